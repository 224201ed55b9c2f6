"""Which slicing of the moving window predicts Guadeloupe better, as riskmapjnr found.

riskmapjnr 1.3.2 (patched, it does not run as released), windows of 5 × 5 cells, threshold at
99.5 %: classes of equal area have a lower wRMSE (4.5) than equal intervals (5.2). The size of its
cells was not written down and ours rescales to what was lost: only the order is held against it.
"""

import geopandas as gpd
import pytest
import rasterio

from nonetloss.forest.risk.assessment import assess
from nonetloss.forest.risk.benchmark import risk
from nonetloss.forest.risk.cover_method import forest_cover
from nonetloss.forest.risk.moving_window import moving_window
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.grid import Grid

# 40 and 50 pixels of 30 m.
SIZES = (144.0, 225.0)


@pytest.fixture(scope="module")
def errors(shared_data):
    folder = shared_data / "carbon_deforestation_risk"
    border = gpd.read_file(folder / "ctry_border_GLP.gpkg").to_crs("EPSG:5490")
    with rasterio.open(folder / "fcc123_GLP.tif") as file:
        values, to_map = file.read(1), file.transform
    grid = Grid(to_map.c, to_map.f, to_map.a, -to_map.e, *values.shape)
    cover = forest_cover(
        [Raster(values, grid, "EPSG:5490")],
        encoding="three-dates",
        years=(2000, 2010, 2020),
        jurisdiction=border,
    )
    benchmark = risk(cover, division_blocks=(1, 1))

    def wrmse(slicing):
        model = moving_window(cover, benchmark=benchmark, side_cells=5, slicing=slicing)
        told = assess(cover, benchmark=benchmark, models=(model,), cells_ha=SIZES, kept="forest")
        table = told.measures.set_index(["model", "evaluation", "cell_ha"])["wrmse_ha"].sort_index()
        return [table["moving-window", "prediction", size] for size in SIZES]

    return {slicing: wrmse(slicing) for slicing in ("equal-area", "equal-interval")}


def test_equal_areas_err_less_than_equal_intervals(errors):
    for ours, other in zip(errors["equal-area"], errors["equal-interval"], strict=True):
        assert ours < other
