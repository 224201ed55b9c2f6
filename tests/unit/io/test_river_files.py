import datetime
import sqlite3
from contextlib import closing
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from nonetloss.core.errors import InputError, OutputError
from nonetloss.core.language import Text
from nonetloss.core.provenance import Source
from nonetloss.io import parquet
from nonetloss.io.river_files import read_network, write_network, write_tables
from nonetloss.landscape.river import Attribute, Component, Dam, DamOption, Status
from nonetloss.landscape.river_tree import build_network

DAY = datetime.date(2026, 11, 21)
NAN = float("nan")


def network(**changes):
    """Two dams in a row, the upper one with two options; ids of all kinds."""
    dams = [
        Dam(
            7,
            above="a",
            below="mouth",
            options=(DamOption("", {"energy": 1 / 3, "sed_trap": 0.0}),),
            status=Status.BUILT,
            title=Text("Uno", "One"),
            river="Ene",
            point=shapely.Point(500_000.25, 9_100_000.5),
            source="MINEM",
        ),
        Dam(
            "07",
            above="3",
            below="a",
            options=(
                DamOption("high", {"energy": 1e9, "sed_trap": 0.5}, 0.25, 0.75),
                DamOption("low", {"energy": NAN, "sed_trap": 1.0}),
            ),
        ),
    ]
    reaches = gpd.GeoDataFrame(
        {"reach": [31, 32], "component": ["mouth", "3"], "length_km": [1.5, 2.5]},
        geometry=[shapely.LineString([(0, 0), (1, 1)]), shapely.LineString([(1, 1), (2, 5)])],
        crs="EPSG:32718",
    )
    reservoirs = gpd.GeoDataFrame(
        {"dam": ["07"], "option": ["high"]}, geometry=[shapely.box(0, 0, 9, 9)], crs="EPSG:32718"
    )
    given = {
        "name": "n",
        "dam_attributes": {
            "energy": Attribute("energy", "MW", Text("Potencia", "Capacity"), "MINEM"),
            "sed_trap": Attribute("sed_trap", ""),
        },
        "component_attributes": {"length_km": Attribute("length_km", "km")},
        "exclusions": [[7, "07"]],
        "crs": "EPSG:32718",
        "reaches": reaches,
        "reservoirs": reservoirs,
        "source": Source("s", Text("t", "u"), Text("o", "p"), "CC0-1.0", schematic=True),
        "title": Text("Red", "Network"),
    }
    components = [
        Component("mouth", {"length_km": 0.1}),
        Component("a", {"length_km": NAN}),
        Component("3", {"length_km": 0.0}),
    ]
    return build_network(components, dams, **(given | changes))


def same_frames(a, b):
    if a is None or b is None:
        return a is b
    attributes = [c for c in a.columns if c != "geometry"]
    return (
        list(a.columns) == list(b.columns)
        and a[attributes].to_numpy().tolist() == b[attributes].to_numpy().tolist()
        and list(a.geometry) == list(b.geometry)
        and a.crs.equals(b.crs)
    )


def assert_same(a, b):
    for name in ("root", "exclusions", "crs", "source", "title"):
        assert getattr(a, name) == getattr(b, name)
    assert dict(a.dam_attributes) == dict(b.dam_attributes)
    assert dict(a.component_attributes) == dict(b.component_attributes)
    # repr tells 7 from "7", and NaN is like NaN in it.
    assert repr(a.components) == repr(b.components)
    assert repr(a.dams) == repr(b.dams)
    assert same_frames(a.reaches, b.reaches)
    assert same_frames(a.reservoirs, b.reservoirs)


def test_a_network_reads_back_as_it_was(tmp_path):
    write_network(tmp_path / "n.gpkg", network(), date=DAY)
    assert_same(read_network(tmp_path / "n.gpkg"), network())


def test_a_network_without_a_place_too(tmp_path):
    plain = network(crs=None, reaches=None, reservoirs=None, source=None, title=None)
    plain = replace(plain, dams=tuple(replace(d, point=None) for d in plain.dams))
    write_network(tmp_path / "n.gpkg", plain, date=DAY)
    assert_same(read_network(tmp_path / "n.gpkg"), plain)


def test_equal_networks_give_equal_bytes_over_a_former_file(tmp_path):
    write_network(tmp_path / "a.gpkg", network(), date=DAY)
    (tmp_path / "b.gpkg").write_bytes(b"former")
    write_network(tmp_path / "b.gpkg", network(), date=DAY)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()


def test_units_stand_in_the_heads_and_styles_come_along(tmp_path):
    path = tmp_path / "n.gpkg"
    write_network(path, network(), date=DAY, styles={"dams": "<qgis/>"})
    found = pyogrio.read_dataframe(path, layer="dams")
    assert {"energy [MW]", "sed_trap []", "passage_up"} <= set(found.columns)
    assert found.crs.to_epsg() == 32718
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
    assert rows == [("dams", "<qgis/>")]


def test_tables_carry_units(tmp_path):
    write_tables(tmp_path, network())
    dams, units = parquet.read(tmp_path / "dams.parquet")
    assert units["energy"] == "MW"
    assert units["sed_trap"] == ""
    assert units["x"] == "degree"
    assert dams.id.tolist() == ["7", "07", "07"]
    assert dams.energy.tolist()[:2] == [1 / 3, 1e9]
    # UTM 18 south has its central meridian at 75° W.
    assert dams.x[0] == pytest.approx(-75.0, abs=1e-5)
    assert np.isnan(dams.x[1])
    components, units = parquet.read(tmp_path / "components.parquet")
    assert units == {"id": "", "length_km": "km"}
    assert components.id.tolist() == ["mouth", "a", "3"]


def test_what_is_no_network_is_told(tmp_path):
    other = tmp_path / "other.gpkg"
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs="EPSG:4326")
    frame.to_file(other, layer="dams")
    for path, code in ((other, "river.not-a-network"), (tmp_path / "none.gpkg", "io.unreadable")):
        with pytest.raises(InputError) as caught:
            read_network(path)
        assert [f.code for f in caught.value.findings] == [code]
        assert path.name in caught.value.render("es")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OutputError):
        write_network(tmp_path / "no" / "n.gpkg", network(), date=DAY)


def test_a_former_file_stands_where_writing_fails(tmp_path):
    path = tmp_path / "n.gpkg"
    path.write_bytes(b"former")
    (tmp_path / ".partial-n.gpkg").mkdir()
    with pytest.raises(OutputError):
        write_network(path, network(), date=DAY)
    assert path.read_bytes() == b"former"
