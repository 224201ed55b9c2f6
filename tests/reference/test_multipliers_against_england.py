"""The multipliers, one by one, against the factors of England's statutory biodiversity metric.

The metric multiplies the gain by factors up to 1; here the loss is multiplied by their inverse.
Source: statutory biodiversity metric 4.1, workbook and worked example D-2 (OGL v3).
"""

import pytest

from nonetloss.offset.equivalence import Multipliers, risk_multiplier, time_multiplier
from nonetloss.offset.equivalence.trades import ELSEWHERE, NEIGHBOR, SAME

# A year to the target condition keeps 0.965 of the gain.
RATE = 1 / 0.965 - 1


@pytest.mark.parametrize(
    ("years", "factor"), [(0, 1.0), (10, 0.7002822742), (31, 0.3313955815), (32, 0.3197967361)]
)
def test_time_to_target_condition(years, factor):
    assert 1 / time_multiplier(years, rate=RATE) == pytest.approx(factor, abs=5e-11)


def test_creation_in_advance_is_held_at_the_full_gain():
    assert 1 / time_multiplier(-3, rate=RATE) == 1


@pytest.mark.parametrize("factor", [1, 0.67, 0.33, 0.1])
def test_difficulty(factor):
    assert 1 / risk_multiplier(factor) == pytest.approx(factor)


def test_spatial_risk():
    zones = Multipliers(zones=(1.0, 1 / 0.75, 1 / 0.5)).zones
    assert [1 / zones[z] for z in (SAME, NEIGHBOR, ELSEWHERE)] == pytest.approx([1, 0.75, 0.5])


def test_worked_example_d_2():
    # 2 ha of other neutral grassland: distinctiveness 4, fairly good 2.5, seven years, low
    # difficulty: printed 15.59.
    units = 2 * 4 * 2.5 / (time_multiplier(7, rate=RATE) * risk_multiplier(1.0))
    assert units == pytest.approx(15.58551613, abs=5e-9)
