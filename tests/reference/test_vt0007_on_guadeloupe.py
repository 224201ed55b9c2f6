"""VT0007 on the forest of Guadeloupe, against numbers of its unmodified reference program.

UDef-ARP (ClarkCGA, commit 14acdaf) on fcc123_GLP.tif of riskmapjnr: 30 m, calibration = code 1,
everything inside, divisions by quarter of the raster.
"""

import numpy as np
import pytest
import rasterio

from nonetloss.forest.risk.benchmark import risk
from nonetloss.forest.risk.cover_method import forest_cover
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Window, as_cells

CLASSES_AT_START = [*range(1, 8), *range(9, 13), *range(14, 17), 19, 21, 26, 30]


@pytest.fixture(scope="module")
def guadeloupe(shared_data):
    path = shared_data / "carbon_deforestation_risk" / "fcc123_GLP.tif"
    with rasterio.open(path) as file:
        values, to_map = file.read(1), file.transform
    grid = Grid(to_map.c, to_map.f, to_map.a, -to_map.e, *values.shape)
    source = WindowedRaster(as_cells(values), grid, "EPSG:5490")
    cover = forest_cover([source], encoding="three-dates", years=(2000, 2010, 2020))
    return values, cover, risk(cover, division_blocks=(2, 2))


def test_pixels_by_code(guadeloupe):
    values, cover, _ = guadeloupe
    assert (values == 1).sum() == 29_835
    lost = cover.periods.set_index("period")["lost_ha"]
    assert lost["calibration"] == pytest.approx(29_835 * 0.09)
    assert lost["historical"] == pytest.approx(np.isin(values, (1, 2)).sum() * 0.09)


def test_the_threshold_is_225_m(guadeloupe):
    assert guadeloupe[2].threshold_m == 225


def test_classes_at_the_start(guadeloupe):
    table = guadeloupe[2].classes.set_index("class")["pixels_calibration"]
    assert list(table[table > 0].index) == CLASSES_AT_START
    assert table[1] == 383_575
    assert table[30] == 190_405


def test_72_regions_add_up_to_the_loss(guadeloupe):
    _, _, found = guadeloupe
    fit = found.densities[found.densities["fit"] == "calibration"]
    assert len(fit) == 72
    assert fit["ha_per_pixel"].max() == pytest.approx(0.016808, abs=5e-7)
    assert found.calibration.total_ha == pytest.approx(2685.15, abs=0.005)
    drawn = found.calibration.hectares.cells.read(Window(0, 0, 2934, 3186))
    assert drawn.sum(dtype=float) == pytest.approx(2685.15, abs=0.005)


def test_predictions_add_up(guadeloupe):
    values, _, found = guadeloupe
    confirmed = (values == 2).sum() * 0.09
    assert found.confirmation.total_ha == pytest.approx(confirmed, rel=1e-5)
    yearly = np.isin(values, (1, 2)).sum() * 0.09 / 20
    assert found.validity.total_ha == pytest.approx(6 * yearly, rel=1e-5)
