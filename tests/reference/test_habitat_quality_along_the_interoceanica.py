"""Habitat quality around the roads of Madre de Dios, distances against shapely's."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.layer import Layer, Role
from nonetloss.numerics.grid import Grid
from nonetloss.offset.value.habitat_condition import habitat_condition

CRS = "EPSG:32719"
# 60 × 60 km around Puerto Maldonado, cells of 250 m.
GRID = Grid(450_000, 8_640_000, 250, 250, 240, 240)
REACH_M = 5_500.0


def layer(name, path, **reading):
    if not path.is_file():
        pytest.skip(f"the data set of {path.parent.name} is not under NONETLOSS_DATA")
    features = gpd.read_file(path, **reading).to_crs(CRS)
    return Layer(name, Text(es=name, en=name), features, Role.CONTEXT)


@pytest.fixture(scope="module")
def layers(shared_data):
    return (
        layer("roads", shared_data / "mdd_roads_rivers_osm" / "mdd_roads_osm.gpkg"),
        layer(
            "parks",
            shared_data / "peru_protected_areas" / "peru_anp_sernanp_2023_simplified100m.gpkg",
            bbox=(-70.0, -13.5, -68.5, -12.0),
        ),
    )


def run(layers, **change):
    forest = Ecosystem(1, "forest", Text(es="bosque", en="forest"), Estimate.exact(0.8))
    settings = {
        "threats": {"roads": {"weight": 1, "reach": "5.5 km", "decay": "exponential"}},
        "sensitivity": {"forest": 1.0},
        "half_saturation": 0.5,
    }
    return habitat_condition(
        EcosystemMap(np.ones(GRID.shape, dtype=np.int16), GRID, CRS, (forest,)),
        layers=layers, rng=np.random.default_rng(1), draws=1, **(settings | change),
    )  # fmt: skip


def test_distances_against_shapely(layers):
    found = run(layers)
    roads = shapely.union_all(layers[0].features.geometry)
    rng = np.random.default_rng(2)
    rows, columns = rng.integers(0, 240, (2, 200))
    x, y = GRID.center_of(rows, columns)
    meters = shapely.distance(shapely.points(x, y), roads)
    worn = found.degradation.values[rows, columns]
    # A cell that a road touches is one with its center at most half a diagonal from it.
    half = 250 / np.sqrt(2)
    nearer, farther = np.maximum(0, meters - half), meters + half

    def influence(distance):
        return np.where(distance > REACH_M, 0.0, np.exp(-2.99 * distance / REACH_M))

    assert (worn >= influence(farther) - 1e-9).all()
    assert (worn <= influence(nearer) + 1e-9).all()
    assert (worn[meters > REACH_M + half] == 0).all()
    assert (meters > REACH_M + half).any()
    assert (meters < 250).any()


def test_protected_land_keeps_more_and_nothing_else_changes(layers):
    open_land, closed = run(layers), run(layers, access={"parks": 0.2})
    parks = shapely.union_all(shapely.make_valid(layers[1].features.geometry.to_numpy()))
    rows, columns = np.indices(GRID.shape)
    x, y = GRID.center_of(rows, columns)
    inside = shapely.contains_xy(parks, x.ravel(), y.ravel()).reshape(GRID.shape)
    assert inside.any()
    before, after = open_land.degradation.values, closed.degradation.values
    assert after[inside] == pytest.approx(0.2 * before[inside])
    assert (after[~inside] == before[~inside]).all()
    assert closed.table.quality[0] > open_land.table.quality[0]
