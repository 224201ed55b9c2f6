import datetime
import sqlite3
import time
from contextlib import closing

import geopandas as gpd
import pyogrio
import shapely

from nonetloss.io import geopackage

DAY = datetime.date(2026, 11, 21)
POINTS = gpd.GeoDataFrame(
    {"name": ["a", "ñ"], "n": [1, 2]}, geometry=shapely.points([[0, 0], [1, 1]]), crs="EPSG:32718"
)
MIXED = gpd.GeoDataFrame(
    {"name": ["l", "p"]},
    geometry=[shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1)],
    crs="EPSG:32718",
)


def write(path):
    geopackage.write(
        path,
        {"points": POINTS, "mixed": MIXED, "none": POINTS[:0]},
        styles={"points": "<qgis/>"},
        date=DAY,
    )
    return path


def test_equal_data_give_equal_bytes_at_another_time(tmp_path):
    first = write(tmp_path / "a.gpkg").read_bytes()
    time.sleep(1.1)
    assert write(tmp_path / "b.gpkg").read_bytes() == first


def test_layers_read_back(tmp_path):
    path = write(tmp_path / "a.gpkg")
    assert [row[0] for row in pyogrio.list_layers(path)] == [
        "points",
        "mixed",
        "none",
        "layer_styles",
    ]
    found = pyogrio.read_dataframe(path, layer="points")
    assert list(found.name) == ["a", "ñ"]
    assert found.crs.to_epsg() == 32718
    assert set(pyogrio.read_dataframe(path, layer="mixed").geom_type) <= {
        "LineString",
        "Polygon",
        "MultiLineString",
        "MultiPolygon",
    }
    assert len(pyogrio.read_dataframe(path, layer="none")) == 0


def test_the_style_is_the_default_of_its_layer_and_the_date_is_given(tmp_path):
    with closing(sqlite3.connect(write(tmp_path / "a.gpkg"))) as database:
        rows = database.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
        dates = {r[0] for r in database.execute("SELECT last_change FROM gpkg_contents")}
        column = database.execute("SELECT column_name FROM gpkg_geometry_columns").fetchone()[0]
    assert rows == [("points", column, "<qgis/>", 1)]
    assert dates == {"2026-11-21T00:00:00.000Z"}


def test_the_configuration_of_gdal_is_left_as_it_was(tmp_path):
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    write(tmp_path / "a.gpkg")
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == before
