"""A run is read back as it stands; what cannot be read is refused with the name of the file."""

import datetime

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss.core.errors import InputError
from nonetloss.io import geopackage, raster, run_folder
from nonetloss.numerics.grid import Grid

CRS = "EPSG:32718"


def refused(read, path):
    with pytest.raises(InputError) as caught:
        read(path)
    (found,) = caught.value.findings
    assert (found.code, found.subject) == ("io.unreadable", path.name)
    assert all(found.render(language) for language in ("es", "en"))


def test_a_record_comes_back_with_its_signs(tmp_path):
    path = tmp_path / "run.json"
    path.write_text('{"title": "Várzea ñ", "seed": 7}', encoding="utf-8")
    assert run_folder.read_record(path) == {"title": "Várzea ñ", "seed": 7}


@pytest.mark.parametrize("content", [b"[1, 2]", b"{", b"", b"\xff\xfe{}", b'"text"'])
def test_what_is_no_record_is_refused(tmp_path, content):
    path = tmp_path / "run.json"
    path.write_bytes(content)
    refused(run_folder.read_record, path)


def test_an_absent_record_is_refused(tmp_path):
    refused(run_folder.read_record, tmp_path / "run.json")


def test_layers_come_in_their_order_without_the_table_of_styles(tmp_path):
    towns = gpd.GeoDataFrame({"n": [1, 2]}, geometry=shapely.points([[0, 0], [3, 4]]), crs=CRS)
    park = gpd.GeoDataFrame({"n": [3]}, geometry=[shapely.box(0, 0, 1, 1)], crs=CRS)
    path = tmp_path / "layers.gpkg"
    geopackage.write(
        path,
        {"towns": towns, "park": park},
        styles={"park": "<qgis/>"},
        date=datetime.date(2026, 11, 21),
    )
    found = run_folder.read_layers(path)
    assert list(found) == ["towns", "park"]
    assert found["towns"]["n"].tolist() == [1, 2]
    assert found["towns"].crs.to_epsg() == 32718
    assert found["park"].geometry.area.tolist() == [1.0]


def test_no_file_of_layers_is_no_layers_but_a_broken_one_is_refused(tmp_path):
    path = tmp_path / "layers.gpkg"
    assert run_folder.read_layers(path) == {}
    path.write_bytes(b"no database")
    refused(run_folder.read_layers, path)


def test_a_raster_comes_back_on_its_grid_with_absence(tmp_path):
    grid = Grid(500_000.0, 9_000_000.0, 100.0, 50.0, 2, 3)
    values = np.array([[1, 2, np.nan], [4, 5.5, 6]], dtype=np.float32)
    path = tmp_path / "corridor.tif"
    raster.write_cog(path, values, grid=grid, crs=CRS, unit="usd")
    found, at = run_folder.read_raster(path)
    np.testing.assert_array_equal(found, values)
    assert at == grid


def test_what_is_no_raster_is_refused(tmp_path):
    path = tmp_path / "corridor.tif"
    path.write_bytes(b"no image")
    refused(run_folder.read_raster, path)


def test_a_text_is_empty_where_there_is_none(tmp_path):
    path = tmp_path / "ledger.txt"
    assert run_folder.read_text(path) == ""
    path.write_text("línea\n", encoding="utf-8")
    assert run_folder.read_text(path) == "línea\n"
    path.write_bytes("línea".encode("latin-1"))
    refused(run_folder.read_text, path)


def test_an_overview_holds_the_means_of_what_is_known(tmp_path):
    path = tmp_path / "hectares.tif"
    values = np.array(
        [[1.0, 3.0, np.nan, np.nan], [5.0, 7.0, np.nan, 8.0], [0.0, 0.0, 2.0, 2.0], [0.0] * 4]
    )
    raster.write_cog(path, values, grid=Grid(500.0, 900.0, 30.0, 30.0, 4, 4), crs=CRS, unit="ha")
    found, grid, cell_ha = run_folder.read_overview(path, 2)
    # (1 + 3 + 5 + 7) / 4; 8 alone; 0; (2 + 2 + 0 + 0) / 4.
    np.testing.assert_allclose(found, [[4.0, 8.0], [0.0, 1.0]])
    assert grid == Grid(500.0, 900.0, 60.0, 60.0, 2, 2)
    assert cell_ha == pytest.approx(30 * 30 / 10_000)


def test_an_overview_holds_the_commonest_code(tmp_path):
    path = tmp_path / "codes.tif"
    codes = np.array([[1, 1, 5, 5], [1, 8, 5, 8]], dtype=np.uint8)
    raster.write_cog(path, codes, grid=Grid(0.0, 60.0, 30.0, 30.0, 2, 4), crs=CRS, unit="")
    found, _, _ = run_folder.read_overview(path, 2)
    assert found.tolist() == [[1, 5]]


def test_a_small_raster_is_its_own_overview(tmp_path):
    path = tmp_path / "hectares.tif"
    values = np.array([[1.0, np.nan], [3.0, 4.0]])
    raster.write_cog(path, values, grid=Grid(0.0, 60.0, 30.0, 30.0, 2, 2), crs=CRS, unit="ha")
    np.testing.assert_array_equal(run_folder.read_overview(path, 10)[0], values)


def test_an_overview_of_no_raster_is_refused(tmp_path):
    path = tmp_path / "hectares.tif"
    path.write_bytes(b"nothing")
    refused(lambda p: run_folder.read_overview(p, 10), path)


def test_cells_are_summed_by_their_centers_inside_a_shape(tmp_path):
    values = np.arange(600 * 700, dtype=np.float32).reshape(600, 700) / 1000
    values[5, 5] = np.nan
    grid = Grid(0.0, 6000.0, 10.0, 10.0, 600, 700)
    path = tmp_path / "risk.tif"
    raster.write_cog(path, values, grid=grid, crs="EPSG:32719", unit="ha")
    # Centers at 5, 15 …: columns 1 to 399, rows 0 to 299.
    shape = gpd.GeoDataFrame(geometry=[shapely.box(10, 3000, 4000, 6000)], crs="EPSG:32719")
    expected = np.nansum(values[:300, 1:400], dtype=float)
    assert run_folder.sum_inside(path, shape) == pytest.approx(expected, rel=1e-9)
