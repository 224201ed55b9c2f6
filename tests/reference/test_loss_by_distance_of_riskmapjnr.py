"""How near to the edge Guadeloupe lost its forest, against three other programs.

riskmapjnr (documentation of Guadeloupe, 30 m): 73.6676 % of the loss of 2000-2020 within 30 m of
the edge of 2000, 99.7994 % within 300 m; its threshold is the first step of 30 m that reaches
99.5 % (240 m; with the older 99 %, 180 m). forestatrisk: minus the distance as a score has an area
under the curve of 0.853. UDef-ARP: the center of the bin, 225 m.
"""

import numpy as np
import pytest
import rasterio
from scipy.stats import mannwhitneyu

from nonetloss.forest.risk.cover import lost_in
from nonetloss.forest.risk.cover_method import forest_cover
from nonetloss.forest.risk.edges import look
from nonetloss.forest.risk.threshold import negligible_risk_threshold
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.capped_distance import BEYOND
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Window, as_cells

RADIUS = 64


@pytest.fixture(scope="module")
def cover(shared_data):
    with rasterio.open(shared_data / "carbon_deforestation_risk" / "fcc123_GLP.tif") as file:
        values, to_map = file.read(1), file.transform
    grid = Grid(to_map.c, to_map.f, to_map.a, -to_map.e, *values.shape)
    source = WindowedRaster(as_cells(values), grid, "EPSG:5490")
    return forest_cover([source], encoding="three-dates", years=(2000, 2010, 2020))


def meters(squares):
    return np.where(squares == BEYOND, np.inf, np.sqrt(squares.astype(float)) * 30)


@pytest.fixture(scope="module")
def lost_m(cover):
    """Distances of what the whole history lost to the edge of its start."""
    seen = look(cover, Window(0, 0, *cover.codes.cells.shape), date=1, radius=RADIUS)
    return meters(seen.squares[seen.counted & lost_in(seen.codes, "historical")])


@pytest.mark.parametrize(("within_m", "percent"), [(30, 73.6676), (300, 99.7994)])
def test_the_share_lost_within_a_distance(within_m, percent, lost_m):
    assert round(100 * (lost_m <= within_m).mean(), 4) == percent


@pytest.mark.parametrize(("percent", "threshold_m"), [(99.0, 180), (99.5, 240)])
def test_the_first_step_of_a_pixel_that_holds_the_share(percent, threshold_m, lost_m):
    steps = np.arange(30, 331, 30)
    shares = np.array([100 * (lost_m <= step).mean() for step in steps])
    assert steps[np.argmax(shares >= percent)] == threshold_m


def test_the_histogram_of_the_threshold_counts_the_same_pixels(cover, lost_m):
    """Its bins hold their lower end and not the upper one: 330 m is the first end past 99.8 %."""
    found = negligible_risk_threshold(cover, share=0.998)
    assert found.lost == len(lost_m)
    table = found.histogram
    for end, share in zip(table["to_m"], table["cumulative"], strict=True):
        assert share == pytest.approx((lost_m < end).mean(), abs=1e-12)
    assert table["to_m"].iloc[-1] == 330
    assert table["cumulative"].iloc[-1] >= 0.998 > table["cumulative"].iloc[-2]
    assert negligible_risk_threshold(cover).meters == (210 + 240) // 2


def test_nearness_to_the_edge_tells_lost_forest_from_what_stays(cover):
    """forestatrisk, loss of 2010-2020 in the forest of 2010: 0.853 on a sample, here on all."""
    seen = look(cover, Window(0, 0, *cover.codes.cells.shape), date=2, radius=RADIUS)
    lost = lost_in(seen.codes, "confirmation")[seen.counted]
    near = -meters(seen.squares[seen.counted])
    pairs = mannwhitneyu(near[lost], near[~lost], method="asymptotic").statistic
    assert pairs / (lost.sum() * (~lost).sum()) == pytest.approx(0.853, abs=1e-3)
