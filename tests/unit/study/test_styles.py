"""Styles that QGIS reads: well-formed QML, one default for each layer of the GeoPackage."""

import datetime
import re
import sqlite3
from contextlib import closing
from xml.etree import ElementTree

import geopandas as gpd
import pytest
from shapely import LineString, MultiPoint, Point, box

from nonetloss.io import geopackage
from nonetloss.landscape.layer import Role
from nonetloss.study import styles

# The columns in which QGIS keeps styles inside a database, in its order.
QGIS_COLUMNS = [
    *("id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column"),
    *("styleName", "styleQML", "styleSLD", "useAsDefault", "description", "owner", "ui"),
    "update_time",
]
AREA, LINE, POINT = box(0, 0, 1, 1), LineString([(0, 0), (1, 1)]), Point(0, 0)


def features(*shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:32718")


def parsed(qml):
    root = ElementTree.fromstring(qml)
    assert root.tag == "qgis"
    return root


def options(symbol):
    return {o.get("name"): o.get("value") for o in symbol.iter("Option") if o.get("name")}


@pytest.mark.parametrize(
    ("shapes", "kind", "symbol_layer"),
    [
        ((AREA,), "fill", "SimpleFill"),
        ((LINE,), "line", "SimpleLine"),
        ((POINT, MultiPoint([(0, 0), (1, 1)])), "marker", "SimpleMarker"),
        ((AREA, LINE), "fill", "SimpleFill"),
        ((), "fill", "SimpleFill"),
    ],
)
@pytest.mark.parametrize("role", list(Role))
def test_a_layer_is_drawn_by_its_geometry_and_role(shapes, kind, symbol_layer, role):
    root = parsed(styles.layer_style(features(*shapes), role))
    (renderer,) = root.findall("renderer-v2")
    assert renderer.get("type") == "singleSymbol"
    (symbol,) = renderer.iter("symbol")
    assert symbol.get("type") == kind
    (drawn,) = symbol.findall("layer")
    assert drawn.get("class") == symbol_layer
    colors = [v for k, v in options(symbol).items() if "color" in k]
    assert colors
    for color in colors:
        assert re.fullmatch(r"\d+(,\d+){3}", color)
        assert all(0 <= int(part) <= 255 for part in color.split(","))


def test_every_role_has_a_color_of_its_own():
    areas = features(AREA)
    drawn = [options(parsed(styles.layer_style(areas, role)))["color"] for role in Role]
    assert len(set(drawn)) == len(Role)


def test_routes_are_told_apart_by_origin_and_strange_origins_are_escaped():
    origins = ["user", "least-cost", "front", 'a <b> & "c"', "user"]
    root = parsed(styles.routes_style(features(*[LINE] * 5, origin=origins)))
    (renderer,) = root.findall("renderer-v2")
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "origin")
    categories = {c.get("value"): c.get("symbol") for c in renderer.iter("category")}
    assert set(categories) == set(origins)
    symbols = {s.get("name"): options(s)["line_color"] for s in renderer.iter("symbol")}
    assert set(symbols) == set(categories.values())
    assert len(set(symbols.values())) == 4


def test_routes_without_origins_have_one_symbol():
    root = parsed(styles.routes_style(features(LINE)))
    assert root.find("renderer-v2").get("type") == "singleSymbol"


def test_every_layer_has_one_default_style_in_the_table_of_qgis(tmp_path):
    layers = {"park": features(AREA), "roads": features(LINE), "towns": features(POINT)}
    drawn = {name: styles.layer_style(layers[name], Role.PROHIBITED) for name in layers}
    path = tmp_path / "layers.gpkg"
    geopackage.write(path, layers, styles=drawn, date=datetime.date(2026, 11, 21))
    with closing(sqlite3.connect(path)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(layer_styles)")]
        rows = database.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
        ).fetchall()
        held = dict(database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
    assert columns == QGIS_COLUMNS
    assert [(name, default) for name, _, default, _ in rows] == [(n, 1) for n in layers]
    # The style is found by the names under which the file holds the layer.
    assert {name: column for name, column, *_ in rows} == held
    for name, _, _, qml in rows:
        assert qml == drawn[name]
        parsed(qml)
