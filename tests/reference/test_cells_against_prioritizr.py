"""prioritizr's simulated rasters as cells: published optima through the method of studies."""

import numpy as np
import pytest
import rasterio

from nonetloss.landscape.raster import Raster
from nonetloss.numerics.grid import Grid
from nonetloss.offset.selection import aim, select, units_of_raster
from nonetloss.offset.selection.method import selection


def read(path):
    with rasterio.open(path) as source:
        layers = source.read(masked=True).astype(np.float64).filled(np.nan)
        at = source.transform
    grid = Grid(at.c, at.f, at.a, -at.e, *layers.shape[1:])
    return [Raster(layer, grid, "EPSG:32718") for layer in layers]


@pytest.fixture(scope="module")
def simulated(shared_data):
    place = shared_data / "conservation_planning_prioritizr" / "prioritizr"
    if not place.is_dir():
        pytest.skip("the data set conservation_planning_prioritizr is not under NONETLOSS_DATA")
    return read(place / "sim_pu_raster.tif")[0], read(place / "sim_features.tif")


NAMES = ["f1", "f2", "f3", "f4", "f5"]


@pytest.mark.parametrize(("share", "optimum"), [(0.1, 1978.90973), (0.2, 3976.74367)])
def test_shares_are_of_all_cells_and_only_those_with_a_cost_are_chosen(simulated, share, optimum):
    cost, rasters = simulated
    found = selection(None, features=NAMES, cost_raster=cost, rasters=rasters, share=share, gap=0.0)
    assert found.value == pytest.approx(optimum, abs=1e-4)
    assert len(found.table) == 90
    totals = [83.293, 31.211, 71.957, 42.660, 56.708]
    assert found.targets["total"].tolist() == pytest.approx(totals, abs=5e-4)
    assert np.nansum(found.map.values) == found.count


def test_one_piece_costs_more_and_is_one_piece(simulated):
    cost, rasters = simulated
    case = units_of_raster(cost, features=NAMES, rasters=rasters)
    found = select(case, aim("minimum-set", 0.1 * case.totals), pieces=1, gap=0.1, explained=0)
    assert found.pieces == 1
    assert found.value >= 1978.90973
