"""Reservoirs as squares of a kilometer, flooded land by hand."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.hydropower.inundation import inundate
from nonetloss.hydropower.people import people_at_points, people_in_raster
from nonetloss.hydropower.states import evaluate_states
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.grid import Grid

CRS = "EPSG:32718"
# In the middle of the zone, where areas hold.
X, Y = 500_000.0, 9_000_000.0


def square(left, bottom, side=1000.0):
    return shapely.box(X + left, Y + bottom, X + left + side, Y + bottom + side)


def basin(rivers, *, undrawn=0.0, third="c"):
    """Reservoirs a and b overlap by half; c has no polygon."""
    dams = [
        rivers.dam("a", 0, 1, energy=1.0, inundated=999.0),
        rivers.dam("b", 1, 2, energy=1.0, inundated=999.0),
        rivers.dam("c", 0, 3, energy=1.0, inundated=undrawn),
    ]
    shapes = gpd.GeoDataFrame(
        {"dam": ["a", "b"], "option": ["", ""]},
        geometry=[square(0, 0), square(500, 0)],
        crs=CRS,
    )
    parts = {i: {"length_km": 1.0} for i in range(4)}
    return rivers.network(parts, dams, crs=CRS, reservoirs=shapes)


def layer(name, shapes, *, hidden=False, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    return Layer(name, Text.of(name), frame, Role.ACCOUNTED, kind="park", hidden=hidden)


def states(net):
    return evaluate_states(net, plans={"a": ["a"], "ab": ["a", "b"]}, criteria=["energy"])


def test_what_overlaps_counts_once(rivers):
    net = basin(rivers, undrawn=7.0)
    table = inundate(net, states=states(net), crs=CRS).table.set_index("state")
    assert table.loc["none", "inundated_ha"] == 0.0
    assert table.loc["a", "inundated_ha"] == pytest.approx(100.0)
    assert table.loc["ab", "inundated_ha"] == pytest.approx(150.0)
    assert table.loc["full", "inundated_ha"] == pytest.approx(150.0 + 7.0)
    assert table.loc["full", ["drawn_ha", "undrawn_ha", "undrawn"]].tolist() == [150.0, 7.0, 1]
    assert table["people"].isna().all()


def test_without_polygons_the_areas_of_the_table_count(rivers):
    parts = {i: {"length_km": 1.0} for i in range(3)}
    dams = [
        rivers.dam("a", 0, 1, energy=1.0, inundated=5.0),
        rivers.dam("b", 1, 2, energy=1.0, inundated=2.5),
    ]
    net = rivers.network(parts, dams)
    found = inundate(net, states=states(net))
    assert found.table["inundated_ha"].tolist() == [0.0, 0.0, 7.5, 5.0, 7.5]
    assert found.layers.empty
    assert found.ecosystems.empty


def test_by_layer_parts_that_overlap_count_once_and_edges_do_not_count(rivers):
    net = basin(rivers)
    parks = layer("parks", [square(0, 0, 200), square(100, 0, 200), square(-500, 0, 500)])
    found = inundate(net, states=states(net), layers=[parks], crs=CRS).layers
    row = found.query("state == 'a'").iloc[0]
    assert row["inundated_ha"] == pytest.approx((300 * 200) / 1e4)
    assert row["features"] == 2
    assert row["met"]
    assert not found.query("state == 'today'").iloc[0]["met"]


def test_of_a_hidden_layer_only_whether_it_is_met_is_told(rivers):
    net = basin(rivers)
    hidden = layer("isolated", [square(0, 0, 200)], hidden=True, population=[10])
    found = inundate(net, states=states(net), layers=[hidden], crs=CRS).layers
    assert found["met"].tolist() == [False, False, True, True, True]
    assert found[["inundated_ha", "features"]].isna().all(axis=None)
    with pytest.raises(InputError) as caught:
        inundate(net, states=states(net), layers=[hidden], crs=CRS, people_layer="isolated")
    assert caught.value.findings[0].code == "inundation.layer-hidden"


def test_by_ecosystem_by_hand(rivers):
    """Cells of 500 m; the west half of square a is class 1, all else class 2."""
    grid = Grid(X, Y + 1000.0, 500.0, 500.0, 2, 4)
    classes = np.array([[1, 2, 2, 2]] * 2, dtype=np.uint8)
    kinds = tuple(
        Ecosystem(code, name, Text.of(name), Estimate.exact(1.0))
        for code, name in ((1, "forest"), (2, "grass"), (3, "moor"))
    )
    land = EcosystemMap(classes, grid, CRS, kinds)
    net = basin(rivers)
    found = inundate(net, states=states(net), ecosystems=land, crs=CRS).ecosystems
    areas = found.query("state == 'ab'")["inundated_ha"].tolist()
    assert areas == pytest.approx([50.0, 100.0, 0.0])


def test_people_of_places_inside_each_once(rivers):
    net = basin(rivers)
    places = [shapely.Point(X + x, Y + 500) for x in (100, 700, 1600)]
    towns = layer("towns", places, population=[10, 200, 3000])
    table = inundate(net, states=states(net), layers=[towns], crs=CRS, people_layer="towns").table
    assert table["people"].tolist() == [0.0, 0.0, 210.0, 210.0, 210.0]
    near = inundate(
        net, states=states(net), layers=[towns], crs=CRS, people_layer="towns", buffer=150.0
    ).table
    assert near["people"].tolist() == [0.0, 0.0, 3210.0, 210.0, 3210.0]


def test_who_lives_where_nobody_drew_the_reservoir_is_not_known(rivers):
    net = basin(rivers, undrawn=7.0)
    towns = layer("towns", [shapely.Point(X + 100, Y + 500)], population=[10])
    found = inundate(net, states=states(net), layers=[towns], crs=CRS, people_layer="towns")
    people = found.table.set_index("state")["people"]
    assert people[["none", "today", "a", "ab"]].tolist() == [0.0, 0.0, 10.0, 10.0]
    assert np.isnan(people["full"])
    told = [f for f in found.findings if f.code == "inundation.people-undrawn"]
    assert [f.data["states"] for f in told] == ["full"]
    # What is known to flood nothing needs no polygon.
    dry = basin(rivers, undrawn=0.0)
    table = inundate(dry, states=states(dry), layers=[towns], crs=CRS, people_layer="towns").table
    assert table["people"].tolist() == [0.0, 0.0, 10.0, 10.0, 10.0]
    assert table["undrawn"].tolist() == [0] * 5


def test_an_unknown_layer_of_places_is_told(rivers):
    net = basin(rivers)
    towns = layer("towns", [shapely.Point(X, Y)], population=[1])
    with pytest.raises(InputError, match="Did you mean"):
        inundate(net, states=states(net), layers=[towns], crs=CRS, people_layer="town")


def test_a_dam_with_neither_polygon_nor_area_is_told(rivers):
    net = basin(rivers, undrawn=float("nan"))
    with pytest.raises(InputError, match="c") as caught:
        inundate(net, states=states(net), crs=CRS)
    assert caught.value.findings[0].code == "hydropower.dams-without-value"


def test_people_of_a_raster_count_by_share():
    """Cells of 100 m with 4, 8 and an unknown number of people; a strip over half of each."""
    raster = Raster(np.array([[4.0, 8.0, np.nan]]), Grid(0.0, 100.0, 100.0, 100.0, 1, 3), CRS)
    strip = shapely.box(0, 0, 400, 50)
    found = people_in_raster([strip, shapely.Polygon()], raster)
    assert found["people"].tolist() == pytest.approx([2.0 + 4.0, 0.0])
    assert found["unknown_ha"].tolist() == pytest.approx([(100 * 50 + 100 * 50) / 1e4, 0.0])
    with pytest.raises(InputError):
        people_in_raster([strip], Raster(-raster.values, raster.grid, CRS))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"column": "persons"}, InputError),
        ({"crs": "EPSG:32719"}, GeometryError),
        ({"buffer_m": -1.0}, InputError),
    ],
)
def test_places_that_cannot_be_counted(change, kind):
    places = gpd.GeoDataFrame({"population": [1.0]}, geometry=[shapely.Point(X, Y)], crs=CRS)
    with pytest.raises(kind):
        people_at_points([square(0, 0)], places, **{"column": "population", "crs": CRS, **change})


def test_a_place_without_a_number_is_no_empty_place():
    shapes = [shapely.Point(X, Y)] * 2
    places = gpd.GeoDataFrame({"population": [1.0, None]}, geometry=shapes, crs=CRS)
    with pytest.raises(InputError) as caught:
        people_at_points([square(0, 0)], places, column="population", crs=CRS)
    assert caught.value.findings[0].code == "people.unknown"
    areas = gpd.GeoDataFrame({"population": [1.0]}, geometry=[square(0, 0)], crs=CRS)
    with pytest.raises(GeometryError):
        people_at_points([square(0, 0)], areas, column="population", crs=CRS)
