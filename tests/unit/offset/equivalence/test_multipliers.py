import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.equivalence import (
    Multipliers,
    distance_multiplier,
    risk_multiplier,
    robust_multiplier,
    time_multiplier,
)


def test_time_is_compound_interest_and_an_advance_earns_nothing():
    found = time_multiplier([0, 1, 10, -5], rate=0.03)
    assert found == pytest.approx([1, 1.03, 1.03**10, 1])
    assert np.isnan(time_multiplier(np.nan, rate=0.03))
    assert time_multiplier(30, rate=0.0) == 1


def test_risk_restores_the_mean():
    # Half fails; of what works 80 % is reached: 0.4 of the promise on average.
    assert risk_multiplier(0.8, failure=0.5) * (0.5 * 0.8) == pytest.approx(1)
    assert risk_multiplier([1.0, 0.5]).tolist() == [1, 2]


def test_the_half_distance_halves_what_a_gain_counts():
    found = distance_multiplier([0, 50e3, 100e3, 25e3], half_distance_m=50e3)
    assert found == pytest.approx([1, 2, 4, np.sqrt(2)])
    assert distance_multiplier(1e9, half_distance_m=np.inf) == 1


@pytest.mark.parametrize(
    ("probability", "expected"),
    # Ratios of loss to gain 1, 2, 4, inf: three of four draws are covered from 4 on.
    [(0.25, 1), (0.5, 2), (0.6, 4), (0.75, 4), (0.76, np.inf), (1.0, np.inf), (1e-6, 1)],
)
def test_a_ratio_that_holds_in_so_many_draws(probability, expected):
    loss, gain = np.array([4.0, 4, 4, 4]), np.array([4.0, 0, 1, 2])
    assert robust_multiplier(loss, gain, probability=probability) == expected


def test_nothing_lost_owes_nothing():
    assert robust_multiplier([0.0, 0.0], [0.0, 1.0], probability=1.0) == 0
    # Unless the offset itself makes things worse: then no multiple of it helps.
    assert robust_multiplier([0.0], [-1.0], probability=1.0) == np.inf


@pytest.mark.parametrize("seed", range(5))
def test_the_robust_ratio_is_the_smallest_by_trial(seed):
    rng = np.random.default_rng(seed)
    loss, gain = rng.gamma(2.0, size=60), rng.gamma(3.0, size=60) - 0.3
    for p in (0.5, 0.8, 0.9):
        m = robust_multiplier(loss, gain, probability=p)
        assert np.mean(m * (1 + 1e-12) * gain >= loss) >= p
        assert np.mean(m * (1 - 1e-9) * gain >= loss) < p


@pytest.mark.parametrize(
    "given",
    [
        {"time_rate": -0.1},
        {"time_rate": float("nan")},
        {"success": 0.0},
        {"success": 1.1},
        {"failure": 1.0},
        {"half_distance_m": 0.0},
        {"zones": (1.0, 2.0, 1.5)},
        {"zones": (0.5, 1.0, 1.0)},
        {"zones": (1.0, 1.0, np.inf)},
        {"out_of_kind": 0.9},
        {"by_ecosystem": {"a": 0.5}},
    ],
)
def test_a_multiplier_below_one_is_refused(given):
    with pytest.raises(InputError) as caught:
        Multipliers(**given)
    assert caught.value.findings[0].code == "equivalence.rule"


@pytest.mark.parametrize(
    "call",
    [
        lambda: time_multiplier(1, rate=-0.1),
        lambda: risk_multiplier(0.0),
        lambda: risk_multiplier(0.5, failure=1.0),
        lambda: distance_multiplier(1.0, half_distance_m=0.0),
        lambda: distance_multiplier(-1.0, half_distance_m=1.0),
        lambda: robust_multiplier([1.0], [1.0], probability=0.0),
        lambda: robust_multiplier([1.0], [1.0, 2.0], probability=0.5),
        lambda: robust_multiplier([], [], probability=0.5),
    ],
)
def test_bad_arguments_are_refused(call):
    with pytest.raises(InputError):
        call()
