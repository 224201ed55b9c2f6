import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
from affine import Affine

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.io import raster_windows
from nonetloss.io.raster_windows import FileStore
from nonetloss.landscape.windowed import measured
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayCells, Window, windows

UTM = "EPSG:32719"
GRID = Grid(380_000.0, 8_600_000.0, 30.0, 30.0, 5, 7)


def written(path, values, *, transform=None, crs=UTM, scale=None, **profile):
    move = transform or Affine(30.0, 0.0, GRID.left, 0.0, -30.0, GRID.top)
    rows, columns = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=rows, width=columns, count=1, dtype=values.dtype,
        crs=crs, transform=move, **profile,
    ) as file:  # fmt: skip
        file.write(values, 1)
        if scale is not None:
            file.scales, file.offsets = (scale[0],), (scale[1],)
    return path


def codes():
    return np.arange(35, dtype=np.uint8).reshape(5, 7) % 4


def test_a_window_is_what_slicing_gives(tmp_path):
    path = written(tmp_path / "codes.tif", codes())
    raster = raster_windows.placed(path, name="codes", grid=GRID, crs=UTM)
    window = Window(1, 2, 3, 4)
    assert raster.cells.dtype == np.uint8
    assert raster.cells.shape == (5, 7)
    assert np.array_equal(raster.cells.read(window), codes()[1:4, 2:6])


def test_codes_come_as_stored_even_where_the_file_calls_one_nodata(tmp_path):
    path = written(tmp_path / "codes.tif", codes(), nodata=0)
    raster = raster_windows.placed(path, name="codes", grid=GRID, crs=UTM)
    assert np.array_equal(raster.cells.read(Window(0, 0, 5, 7)), codes())


def test_floats_are_unknown_where_the_file_has_nothing(tmp_path):
    values = codes().astype(np.float32)
    values[0, 0] = -9999
    path = written(tmp_path / "biomass.tif", values, nodata=-9999)
    raster = raster_windows.placed(path, name="biomass", grid=GRID, crs=UTM, unit="Mg/ha")
    read = raster.cells.read(Window(0, 0, 5, 7))
    assert np.isnan(read[0, 0])
    assert np.array_equal(read[1:], values[1:])
    assert raster.unit == "Mg/ha"


def test_scaled_integers_are_what_they_mean(tmp_path):
    stored = np.array([[10, 20], [30, -1]], dtype=np.int16)
    move = Affine(30.0, 0.0, GRID.left, 0.0, -30.0, GRID.top)
    path = written(tmp_path / "s.tif", stored, transform=move, nodata=-1, scale=(0.1, 5.0))
    grid = Grid(GRID.left, GRID.top, 30.0, 30.0, 2, 2)
    raster = raster_windows.placed(path, name="s", grid=grid, crs=UTM)
    read = raster.cells.read(Window(0, 0, 2, 2))
    # 10 × 0.1 + 5 = 6, and so on.
    assert read[0].tolist() == pytest.approx([6.0, 7.0])
    assert read[1, 0] == pytest.approx(8.0)
    assert np.isnan(read[1, 1])


def test_cells_travel_to_other_processes(tmp_path):
    path = written(tmp_path / "codes.tif", codes())
    cells = raster_windows.placed(path, name="codes", grid=GRID, crs=UTM).cells
    again = pickle.loads(pickle.dumps(cells))
    assert np.array_equal(again.read(Window(0, 0, 5, 7)), codes())


@pytest.mark.parametrize(
    "grid",
    [
        Grid(380_010.0, 8_600_000.0, 30.0, 30.0, 5, 7),
        Grid(380_000.0, 8_600_000.0, 30.0, 30.0, 5, 6),
        Grid(380_000.0, 8_600_000.0, 30.01, 30.0, 5, 7),
    ],
    ids=["corner", "shape", "size"],
)
def test_a_raster_on_another_grid_is_refused(tmp_path, grid):
    path = written(tmp_path / "codes.tif", codes())
    with pytest.raises(GeometryError) as caught:
        raster_windows.placed(path, name="codes", grid=grid, crs=UTM)
    assert caught.value.findings[0].code == "raster.other-grid"


def test_a_raster_in_another_zone_is_refused(tmp_path):
    path = written(tmp_path / "codes.tif", codes(), crs="EPSG:32718")
    with pytest.raises(GeometryError) as caught:
        raster_windows.placed(path, name="codes", grid=GRID, crs=UTM)
    assert "18S" in str(caught.value)


def test_a_rotated_raster_and_a_missing_band_are_refused(tmp_path):
    turned = Affine(30.0, 1.0, GRID.left, 1.0, -30.0, GRID.top)
    path = written(tmp_path / "turned.tif", codes(), transform=turned)
    with pytest.raises(GeometryError) as caught:
        raster_windows.grid_of(path, name="turned")
    assert caught.value.findings[0].code == "io.raster-rotated"
    path = written(tmp_path / "codes.tif", codes())
    with pytest.raises(InputError) as missing:
        raster_windows.placed(path, name="codes", grid=GRID, crs=UTM, band=2)
    assert missing.value.findings[0].code == "io.band-missing"


def test_what_is_no_raster_is_told(tmp_path):
    path = tmp_path / "codes.tif"
    path.write_text("no raster", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        raster_windows.grid_of(path, name="codes")
    assert caught.value.findings[0].code == "io.unreadable"


def test_a_store_gives_back_what_was_written_in_any_order(tmp_path):
    rng = np.random.default_rng(1)
    whole = rng.random((97, 61))
    cells = FileStore(tmp_path / "room").create("risk", shape=whole.shape, dtype=np.float64)
    assert not cells.read(Window(0, 0, 97, 61)).any()
    for window in reversed(windows(whole.shape, side=16)):
        cells.write(window, whole[window.slices])
    assert np.array_equal(cells.read(Window(0, 0, 97, 61)), whole)
    assert np.array_equal(cells.read(Window(3, 5, 40, 20)), whole[3:43, 5:25])


def test_threads_may_write_side_by_side(tmp_path):
    whole = np.arange(200 * 150, dtype=np.int32).reshape(200, 150)
    cells = FileStore(tmp_path).create("codes", shape=whole.shape, dtype="int32")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda w: cells.write(w, whole[w.slices]), windows(whole.shape, side=13)))
    assert np.array_equal(cells.read(Window(0, 0, 200, 150)), whole)


def test_a_store_keeps_two_results_of_one_name_apart(tmp_path):
    store = FileStore(tmp_path)
    one, other = (store.create("x", shape=(2, 2), dtype=np.uint8) for _ in range(2))
    one.write(Window(0, 0, 2, 2), np.ones((2, 2)))
    assert not other.read(Window(0, 0, 2, 2)).any()


def test_values_of_another_shape_are_refused(tmp_path):
    cells = FileStore(tmp_path).create("x", shape=(2, 2), dtype=np.uint8)
    with pytest.raises(InputError) as caught:
        cells.write(Window(0, 0, 2, 2), np.ones((1, 2)))
    assert caught.value.findings[0].code == "windows.shape"


@pytest.mark.parametrize("kind", [np.float64, np.uint8, bool])
def test_written_cells_are_read_back(tmp_path, kind):
    rng = np.random.default_rng(2)
    values = (rng.random((1100, 700)) * 5).astype(kind)
    grid = Grid(GRID.left, GRID.top, 30.0, 30.0, 1100, 700)
    path, again = tmp_path / "out.tif", tmp_path / "again.tif"
    for file in (path, again):
        raster_windows.write_windowed(
            file, ArrayCells(values), grid=grid, crs=UTM, unit="ha", title="risk"
        )
    with rasterio.open(path) as file:
        assert file.profile["tiled"]
        assert file.overviews(1)
        assert file.units == ("ha",)
        assert file.descriptions == ("risk",)
        assert np.array_equal(file.read(1), values.astype(file.dtypes[0]))
        assert (file.nodata is not None) == np.issubdtype(np.dtype(kind), np.floating)
    assert path.read_bytes() == again.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_whole_amounts_are_unknown_where_the_file_has_nothing(tmp_path):
    values = np.array([[7, -9999], [300, 5]], dtype=np.int16)
    move = Affine(30.0, 0.0, GRID.left, 0.0, -30.0, GRID.top)
    path = written(tmp_path / "biomass.tif", values, transform=move, nodata=-9999)
    grid = Grid(GRID.left, GRID.top, 30.0, 30.0, 2, 2)
    raster = raster_windows.placed(path, name="biomass", grid=grid, crs=UTM)
    assert raster.absent == -9999
    cells = measured(raster)
    read = cells.read(Window(0, 0, 2, 2))
    assert read.dtype == cells.dtype == np.float32
    assert np.array_equal(read, [[7, np.nan], [300, 5]], equal_nan=True)


def test_a_store_that_was_cut_is_told(tmp_path):
    cells = FileStore(tmp_path).create("x", shape=(4, 4), dtype=np.float64)
    cells.path.write_bytes(b"short")
    with pytest.raises(InputError) as caught:
        cells.read(Window(0, 0, 4, 4))
    assert caught.value.findings[0].code == "io.unreadable"
