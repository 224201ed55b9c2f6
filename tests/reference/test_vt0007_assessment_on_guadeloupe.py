"""The fitted map of VT0007 on Guadeloupe, assessed as the reference program does.

Expected numbers: UDef-ARP (unmodified) on fcc123_GLP.tif, 1,000-ha cells.
"""

import numpy as np
import pytest
import rasterio

from nonetloss.forest.risk.assessment_cells import cell_table, squares
from nonetloss.forest.risk.benchmark import risk
from nonetloss.forest.risk.cover import ForestCover
from nonetloss.forest.risk.measures import measures
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayCells

CODES = np.array([1, 6, 8, 5], dtype=np.uint8)


@pytest.fixture(scope="module")
def guadeloupe(shared_data):
    with rasterio.open(shared_data / "carbon_deforestation_risk" / "fcc123_GLP.tif") as source:
        values, place = source.read(1), source.transform
    grid = Grid(place.c, place.f, place.a, -place.e, *values.shape)
    codes = WindowedRaster(ArrayCells(CODES[values]), grid, "EPSG:5490")
    cover = ForestCover(codes, (2000.0, 2010.0, 2020.0))
    return cover, risk(cover, division_blocks=(2, 2))


def assessed(guadeloupe, alignment):
    cover, benchmark = guadeloupe
    told = cell_table(
        cover,
        predicted=benchmark.calibration.hectares,
        period="calibration",
        cell_ha=1000.0,
        alignment=alignment,
    )
    return told, measures(
        told["actual_ha"].to_numpy(),
        predicted_ha=told["predicted_ha"].to_numpy(),
        forest_ha=told["forest_ha"].to_numpy(),
        cell_ha=squares(cover.codes.grid, cell_ha=1000.0, alignment=alignment).cell_ha,
    )


def test_the_reference_alignment_gives_its_numbers(guadeloupe):
    cells, told = assessed(guadeloupe, "reference")
    assert told.n == 29 * 27
    assert cells["area_ha"].tolist() == pytest.approx([106 * 105 * 0.09] * 783)
    assert round(told.r_squared, 4) == 0.6769
    assert round(told.ols_slope, 4) == 0.7286
    assert round(told.ols_intercept_ha, 2) == 0.94
    assert round(told.theil_sen_slope, 4) == 0.8809
    assert round(told.mae_ha, 2) == 1.87
    assert round(told.iou_percent, 2) == 57.55
    assert round(told.agreement_ha, 2) == 1981.69
    # An exact Euclidean distance moves the last digit of the program's 1461.46.
    assert round(told.difference_ha, 2) in (1461.45, 1461.46)
    assert told.medae_ha == 0.0


def test_cells_that_share_no_row_differ_in_the_third_digit(guadeloupe):
    _, told = assessed(guadeloupe, "centered")
    assert told.n == 783
    assert round(told.r_squared, 4) == 0.6755
    assert round(told.iou_percent, 2) == 57.47
