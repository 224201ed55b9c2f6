"""Made-up forests: with clearings, and with a road that drives the loss."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt
from scipy.special import expit
from shapely import LineString

from nonetloss.core.language import Text
from nonetloss.forest.risk.alternative import alternative
from nonetloss.forest.risk.benchmark import risk
from nonetloss.forest.risk.cover import ForestCover, codes_of
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayCells, as_cells


@pytest.fixture(scope="session")
def cover_of():
    return _cover_of


@pytest.fixture(scope="session")
def random_codes():
    return _random_codes


def _cover_of(codes, pixel=30.0, inside=None, years=(2000, 2010, 2020)):
    grid = Grid(0.0, 0.0, pixel, pixel, *codes.shape)
    mask = None if inside is None else WindowedRaster(as_cells(inside), grid, "EPSG:32718")
    return ForestCover(WindowedRaster(as_cells(codes), grid, "EPSG:32718"), years, mask)


def _random_codes(rows=150, columns=170, seed=5):
    """Forest with clearings that grow from a few places."""
    rng = np.random.default_rng(seed)
    seeds = rng.random((rows, columns)) < 0.001
    far = distance_transform_edt(~seeds) + rng.normal(0, 2, (rows, columns))
    return codes_of(far > 5, far > 7, far > 9)


ROWS, COLUMNS, PIXEL = 120, 150, 100.0
ROAD_COLUMN = 20


def chance(row, column):
    """Of being lost in one period: falls over kilometers from the road, and to the south."""
    distance_km = np.abs(column - ROAD_COLUMN) * PIXEL / 1000
    return expit(-1.0 - 0.5 * distance_km - 1.5 * row / ROWS)


@pytest.fixture(scope="session")
def roadside():
    """grid, crs, cover, the existing road as a layer, `chance`, benchmark and fitted model."""
    grid = Grid(500_000.0, 9_000_000.0, PIXEL, PIXEL, ROWS, COLUMNS)
    crs = "EPSG:32719"
    rng = np.random.default_rng(1)
    row, column = np.indices(grid.shape)
    first = rng.random(grid.shape) > 0.02
    second = first & (rng.random(grid.shape) > chance(row, column))
    third = second & (rng.random(grid.shape) > chance(row, column))
    codes = WindowedRaster(ArrayCells(codes_of(first, second, third)), grid, crs)
    cover = ForestCover(codes, (2000.0, 2010.0, 2020.0))
    x = grid.left + (ROAD_COLUMN + 0.5) * PIXEL
    shape = LineString([(x, grid.top), (x, grid.top - ROWS * PIXEL)])
    features = gpd.GeoDataFrame(geometry=[shape], crs=crs)
    road = Layer("highway", Text(es="Vía", en="Road"), features, Role.CONTEXT)
    benchmark = risk(cover)
    fitted = alternative(
        cover,
        benchmark=benchmark,
        layers=(road,),
        near=["highway"],
        neighborhood_m=2_000.0,
        forest_around_m=(300.0,),
        stiffness=(2.0, 32.0),
    )
    return SimpleNamespace(
        grid=grid, crs=crs, cover=cover, road=road, chance=chance, benchmark=benchmark,
        model=fitted,
    )  # fmt: skip
