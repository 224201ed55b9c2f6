"""A project of 1200 ha beside a belt of 1200 ha, 100 m pixels, 0.06 ha expected loss in each."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss import rules
from nonetloss.core.language import Text
from nonetloss.forest.credits.baseline import baseline
from nonetloss.forest.risk.risk_map import RiskMap
from nonetloss.forest.stock.result import CarbonStock
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayCells

DAY = dt.date(2026, 11, 21)
CRS = "EPSG:32719"
GRID = Grid(0.0, 4000.0, 100.0, 100.0, 40, 60)
# 20 tC/ha, in tCO2e.
AFTER = {"low": "15 tC/ha", "likely": "20 tC/ha", "high": "25 tC/ha", "source": "assumption"}
EXACT = {"low": "20 tC/ha", "likely": "20 tC/ha", "high": "20 tC/ha"}


def windowed_of(values, *, grid=GRID, crs=CRS):
    return WindowedRaster(ArrayCells(values), grid, crs)


@pytest.fixture
def standards():
    return {name: rules.ruleset(name).on(DAY) for name in ("verra", "art", "ccb")}


@pytest.fixture
def risk():
    hectares = np.full(GRID.shape, 0.0625, np.float32)
    return RiskMap(windowed_of(hectares), 6.0, 2026.0, "benchmark", 150.0, 150.0)


@pytest.fixture
def zones():
    shapes = [shapely.box(0, 0, 3000, 4000), shapely.box(3000, 0, 6000, 4000)]
    return gpd.GeoDataFrame({"zone": ["project", "belt"]}, geometry=shapes, crs=CRS)


def stock_of(likely, *, strata=("hill",), areas=None, draws=1, spread=0.0, seed=1):
    """A stock with above- and below-ground carbon; draws share one relative error."""
    likely = np.asarray(likely, float)
    error = 1 + spread * np.random.default_rng(seed).standard_normal(draws)
    return CarbonStock(
        strata,
        tuple(Text.of(s) for s in strata),
        ("above_ground", "below_ground"),
        np.asarray(areas if areas is not None else [100.0] * len(strata), float),
        likely,
        likely[..., None] * error,
    )


@pytest.fixture
def stock():
    """150 + 50 tC per hectare, without error."""
    return stock_of([[150.0, 50.0]], draws=3)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def exact_baseline(risk, zones, stock, rng):
    """12.5 ha a year, 660 tCO2e per ha: 8250 tCO2e a year in either zone; no error."""
    return baseline(risk, zones=zones, stock=stock, rng=rng, after=EXACT)


@pytest.fixture
def drawn_baseline(risk, zones, rng):
    stock = stock_of([[150.0, 50.0]], draws=4000, spread=0.15)
    return baseline(risk, zones=zones, stock=stock, rng=rng, after=AFTER, activity_half_width=0.2)
