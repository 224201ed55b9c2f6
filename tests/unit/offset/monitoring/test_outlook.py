"""The two models of the early warning against integration, scipy and a count of draws."""

import numpy as np
import pytest
from scipy import stats

from nonetloss.offset.monitoring.outlook import (
    UNKNOWN,
    forecast_pace,
    forecast_straight,
    pace,
    pert_variance,
)

PLANNED = np.array([5.0, 10.0, 15.0])
OBSERVED = np.array([3.0, 8.0, 9.0])
VARIANCE = np.array([1.0, 0.0, 4.0])


def test_one_exact_observation_by_hand():
    # Prior N(1, 0.5^2); one observation 6 of 10 planned, spread between years 0.1.
    # Precision 1/0.25 + 1/0.01 = 104; mean (1/0.25 + 0.6/0.01)/104 = 64/104.
    mean, deviation = pace(np.array([10.0]), observed=np.array([6.0]), variance=np.array([0.0]))
    assert mean == pytest.approx(64 / 104)
    assert deviation == pytest.approx(104**-0.5)


def test_pace_against_integration_over_a_grid():
    share = np.linspace(-3, 5, 200_001)
    density = stats.norm.pdf(share, 1.0, 0.5)
    for p, g, v in zip(PLANNED, OBSERVED, VARIANCE, strict=True):
        density = density * stats.norm.pdf(g, share * p, np.sqrt(v + (0.1 * p) ** 2))
    density /= density.sum()
    mean = (share * density).sum()
    deviation = np.sqrt(((share - mean) ** 2 * density).sum())
    assert pace(PLANNED, observed=OBSERVED, variance=VARIANCE) == pytest.approx(
        (mean, deviation), rel=1e-6
    )


def test_without_observations_the_belief_stays():
    empty = np.array([])
    assert pace(empty, observed=empty, variance=empty, prior_mean=0.8, prior_sd=0.3) == (
        pytest.approx(0.8),
        pytest.approx(0.3),
    )


def test_years_in_which_nothing_was_planned_say_nothing():
    with_zero = pace(
        np.array([0.0, 10.0]), observed=np.array([-4.0, 6.0]), variance=np.array([0.0, 0.0])
    )
    assert with_zero == pytest.approx((64 / 104, 104**-0.5))


def test_a_surer_observation_pulls_more():
    sure = pace(np.array([10.0]), observed=np.array([4.0]), variance=np.array([0.0]))
    vague = pace(np.array([10.0]), observed=np.array([4.0]), variance=np.array([9.0]))
    assert 0.4 < sure[0] < vague[0] < 1.0
    assert sure[1] < vague[1]


def test_the_forecast_of_the_pace_is_its_normal():
    told = forecast_pace((0.8, 0.1), planned=50.0, target=45.0, year_spread=0.1)
    spread = 50 * np.sqrt(0.1**2 + 0.1**2)
    assert told.likely == pytest.approx(0.8 * 50)
    assert (told.low, told.high) == pytest.approx(stats.norm.ppf([0.05, 0.95], 40, spread))
    assert told.probability == pytest.approx(stats.norm.sf(45, 40, spread))


def test_the_chance_is_a_share_of_simulated_futures():
    rng = np.random.default_rng(20261121)
    share = pace(PLANNED, observed=OBSERVED, variance=VARIANCE)
    told = forecast_pace(share, planned=20.0, target=14.0)
    paces = rng.normal(*share, size=200_000)
    gains = paces * 20 + rng.normal(0, 0.1 * 20, size=paces.size)
    error = np.sqrt(told.probability * (1 - told.probability) / paces.size)
    assert abs((gains >= 14).mean() - told.probability) < 4 * error


def test_where_nothing_is_planned_the_forecast_is_certain():
    told = forecast_pace((0.8, 0.1), planned=0.0, target=0.0)
    assert (told.low, told.high, told.probability) == (0.0, 0.0, 1.0)


def test_straight_against_scipy():
    years = np.array([1.0, 2.0, 4.0, 5.0])
    gains = np.array([2.0, 5.0, 7.0, 12.0])
    told = forecast_straight(years, observed=gains, year=10.0, target=20.0)
    line = stats.linregress(years, gains)
    center = line.intercept + 10 * line.slope
    rest = gains - line.intercept - line.slope * years
    around = ((years - 3.0) ** 2).sum()
    scale = np.sqrt((rest**2).sum() / 2 * (1 + 1 / 4 + (10 - 3.0) ** 2 / around))
    assert told.likely == pytest.approx(center)
    assert (told.low, told.high) == pytest.approx(stats.t.ppf([0.05, 0.95], 2, center, scale))
    assert told.probability == pytest.approx(stats.t.sf(20, 2, center, scale))


def test_a_perfect_line_has_no_spread():
    years = np.array([1.0, 2.0, 3.0])
    told = forecast_straight(years, observed=2 * years, year=10.0, target=20.0)
    assert (told.low, told.likely, told.high, told.probability) == (20.0, 20.0, 20.0, 1.0)


@pytest.mark.parametrize("years", [[], [1.0, 2.0], [3.0, 3.0, 3.0]])
def test_too_little_for_a_line_is_unknown(years):
    years = np.array(years)
    told = forecast_straight(years, observed=years, year=10.0, target=1.0)
    assert told is UNKNOWN
    assert np.isnan(told.probability)


def test_variance_of_a_pert_against_its_draws():
    from nonetloss.numerics.stats import pert

    rng = np.random.default_rng(3)
    draws = pert(1.0, 2.0, 6.0, size=400_000, rng=rng)
    low, likely, high = (np.array([v]) for v in (1.0, 2.0, 6.0))
    assert pert_variance(low, likely, high)[0] == pytest.approx(draws.var(), rel=0.01)
    assert pert_variance(likely, likely, likely)[0] == 0.0


def test_chances_come_true_as_often_as_they_say():
    """Sites made as the model believes: of those told 20 to 40 %, so many reach the target."""
    rng = np.random.default_rng(20261121)
    planned, variance = np.array([4.0, 8.0, 12.0]), np.array([1.0, 1.0, 4.0])
    told, reached = [], []
    for _ in range(4000):
        share = rng.normal(1.0, 0.5)
        noise = rng.normal(0, np.sqrt(variance + (0.1 * planned) ** 2))
        made = pace(planned, observed=share * planned + noise, variance=variance)
        told.append(forecast_pace(made, planned=20.0, target=18.0).probability)
        reached.append(share * 20 + rng.normal(0, 0.1 * 20) >= 18.0)
    told, reached = np.array(told), np.array(reached)
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (told >= low) & (told < low + 0.2)
        error = np.sqrt(0.25 / inside.sum())
        assert abs(reached[inside].mean() - told[inside].mean()) < 3 * error
