import numpy as np
import pytest
import rasterio
from affine import Affine

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.io import raster
from nonetloss.numerics.grid import Grid

GRID = Grid(500_000.0, 9_000_000.0, 100.0, 100.0, 4, 6)
UTM = "EPSG:32718"


def write(path, values, *, crs=UTM, nodata=None, transform=None):
    values = np.asarray(values)
    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": values.dtype.name,
        "crs": crs,
        "nodata": nodata,
        "transform": transform or raster.transform_of(GRID),
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(values, 1)
    return path


def read(path, **options):
    return raster.read(path, name="relief", grid=GRID, crs=UTM, **options)


def test_values_on_the_same_grid_come_back_as_they_are(tmp_path):
    values = np.arange(24, dtype=np.float32).reshape(4, 6)
    found, findings = read(write(tmp_path / "a.tif", values))
    np.testing.assert_array_equal(found, values)
    assert findings == []


def test_nodata_is_unknown_and_told(tmp_path):
    values = np.arange(24, dtype=np.int16).reshape(4, 6)
    values[0, 0] = -1
    found, findings = read(write(tmp_path / "a.tif", values, nodata=-1), method="nearest")
    assert np.isnan(found[0, 0])
    assert np.isnan(found).sum() == 1
    assert [(f.code, f.data["percent"]) for f in findings] == [("io.raster-absent", 4.2)]


def test_cells_off_the_file_are_unknown_even_without_nodata(tmp_path):
    half = np.ones((4, 3), dtype=np.uint8)
    found, _ = read(write(tmp_path / "a.tif", half), method="nearest")
    np.testing.assert_array_equal(np.isnan(found), np.arange(6)[None, :].repeat(4, 0) >= 3)
    assert (found[:, :3] == 1).all()


def test_cells_under_a_mask_are_unknown(tmp_path):
    path = write(tmp_path / "a.tif", np.ones((4, 6), dtype=np.uint8))
    with rasterio.open(path, "r+") as target:
        target.write_mask(np.eye(4, 6, dtype=bool) == 0)
    found, _ = read(path, method="nearest")
    np.testing.assert_array_equal(np.isnan(found), np.eye(4, 6, dtype=bool))


def test_average_of_finer_cells(tmp_path):
    fine = np.arange(8 * 12, dtype=np.float32).reshape(8, 12)
    where = Affine(50.0, 0, GRID.left, 0, -50.0, GRID.top)
    found, _ = read(write(tmp_path / "a.tif", fine, transform=where), method="average")
    np.testing.assert_allclose(found, fine.reshape(4, 2, 6, 2).mean(axis=(1, 3)))


def test_a_raster_without_crs_or_elsewhere_or_without_the_band(tmp_path):
    values = np.ones((4, 6), dtype=np.float32)
    with pytest.raises(GeometryError, match="coordinate reference system"):
        read(write(tmp_path / "a.tif", values, crs=None))
    assert read(tmp_path / "a.tif", declared_crs=UTM)[0].sum() == 24
    away = Affine(100.0, 0, 900_000, 0, -100.0, GRID.top)
    with pytest.raises(GeometryError) as caught:
        read(write(tmp_path / "b.tif", values, transform=away, nodata=-1))
    assert caught.value.findings[0].code == "io.outside-raster"
    with pytest.raises(InputError) as caught:
        read(write(tmp_path / "c.tif", values), band=2)
    assert caught.value.findings[0].code == "io.band-missing"
    (tmp_path / "d.tif").write_text("no raster", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read(tmp_path / "d.tif")
    assert caught.value.findings[0].code == "io.unreadable"


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int16, bool])
def test_a_cog_reads_back_and_repeats_its_bytes(tmp_path, kind):
    values = (np.arange(24).reshape(4, 6) % 2).astype(kind)
    for name in ("a.tif", "b.tif"):
        raster.write_cog(tmp_path / name, values, grid=GRID, crs=UTM, unit="m", title="relief")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    with rasterio.open(tmp_path / "a.tif") as source:
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.transform == raster.transform_of(GRID)
        np.testing.assert_array_equal(source.read(1), values.astype(float))


def test_a_cog_of_many_cells_is_tiled_and_has_overviews(tmp_path):
    grid = Grid(0.0, 110_000.0, 100.0, 100.0, 1100, 1300)
    values = np.zeros(grid.shape, np.float32)
    raster.write_cog(tmp_path / "a.tif", values, grid=grid, crs=UTM, unit="m")
    with rasterio.open(tmp_path / "a.tif") as source:
        assert source.block_shapes == [(512, 512)]
        # Halved until one tile holds all: 1300 / 2 = 650 > 512, / 4 = 325.
        assert source.overviews(1) == [2, 4]


def test_burning_by_cell_centers():
    import shapely

    # Covers the centers of the four cells at the left top, and misses all others.
    box = shapely.box(500_000, 8_999_800, 500_199, 9_000_000)
    burned = raster.burn([box], [3.0], grid=GRID)
    assert np.isfinite(burned).sum() == 4
    assert (burned[:2, :2] == 3.0).all()
    assert np.isnan(raster.burn([], [], grid=GRID)).all()


def test_scale_and_offset_of_the_file_are_applied(tmp_path):
    stored = np.arange(24, dtype=np.int16).reshape(4, 6)
    path = write(tmp_path / "a.tif", stored, nodata=3)
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (0.1,), (5.0,)
    found, _ = read(path)
    # 23 stored means 23 × 0.1 + 5 = 7.3.
    assert found[-1, -1] == pytest.approx(23 * 0.1 + 5.0)
    assert np.isnan(found).sum() == 1
