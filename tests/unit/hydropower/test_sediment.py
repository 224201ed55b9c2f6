"""The trapping curve at points that a person can check."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.sediment import residence_years, trap_efficiency


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        (0.0, 0.0),
        (0.002, 0.0),
        (0.0025, 0.0),  # √0.0025 = 0.05
        (0.01, 1 - 0.05 / 0.1),
        (0.25, 1 - 0.05 / 0.5),
        (1.0, 0.95),
        (100.0, 1 - 0.05 / 10),
    ],
)
def test_by_hand(years, expected):
    assert trap_efficiency(years) == pytest.approx(expected, abs=1e-15)


def test_it_never_falls_with_residence_and_stays_a_share():
    found = trap_efficiency(np.geomspace(1e-6, 1e6, 500))
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found < 1)).all()


def test_residence_is_volume_over_annual_inflow_in_years():
    """31,536,000 s of 2 m3/s are 63,072,000 m3."""
    assert residence_years(63_072_000.0, inflow_m3s=2.0) == pytest.approx(1.0)


@pytest.mark.parametrize(("volume", "inflow"), [(-1.0, 1.0), (1.0, 0.0), (1.0, float("nan"))])
def test_what_cannot_be(volume, inflow):
    with pytest.raises(InputError):
        residence_years(volume, inflow_m3s=inflow)


@pytest.mark.parametrize("bad", [-0.1, float("nan")])
def test_residence_that_cannot_be(bad):
    with pytest.raises(InputError):
        trap_efficiency(bad)
