"""Moments by formula, the Wilson interval by the table of Newcombe 1998 and by coverage."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.numerics.stats import pert, probability, quantiles, triangular

DRAWS = 200_000


def rng():
    return np.random.default_rng(20_260)


@pytest.mark.parametrize(
    ("low", "likely", "high"), [(0, 3, 10), (-5, -5, 1), (2, 9, 9), (1, 1.5, 2)]
)
def test_pert_moments(low, likely, high):
    draws = pert(low, likely, high, size=DRAWS, rng=rng())
    mean = (low + 4 * likely + high) / 6
    # Variance of the beta: (mean - low)(high - mean)/(lambda + 3).
    variance = (mean - low) * (high - mean) / 7
    assert draws.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / DRAWS))
    assert draws.var() == pytest.approx(variance, rel=0.02)
    assert draws.min() >= low
    assert draws.max() <= high


@pytest.mark.parametrize(("low", "likely", "high"), [(0, 3, 10), (-5, -5, 1), (2, 9, 9)])
def test_triangular_moments(low, likely, high):
    draws = triangular(low, likely, high, size=DRAWS, rng=rng())
    mean = (low + likely + high) / 3
    variance = (low**2 + likely**2 + high**2 - low * likely - low * high - likely * high) / 18
    assert draws.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / DRAWS))
    assert draws.var() == pytest.approx(variance, rel=0.02)
    # Below the mode lies (likely - low)/(high - low) of the mass.
    share = (likely - low) / (high - low)
    assert (draws < likely).mean() == pytest.approx(share, abs=0.006)


@pytest.mark.parametrize("verb", [pert, triangular])
def test_no_spread_gives_the_number_itself(verb):
    assert (verb(0.1, 0.1, 0.1, size=50, rng=rng()) == 0.1).all()
    mixed = verb([0.1, 0.0], [0.1, 1.0], [0.1, 2.0], size=50, rng=rng())
    assert mixed.shape == (50, 2)
    assert (mixed[:, 0] == 0.1).all()
    assert np.unique(mixed[:, 1]).size == 50
    assert verb(0, 1, 2, size=0, rng=rng()).shape == (0,)


@pytest.mark.parametrize("verb", [pert, triangular])
def test_the_seed_decides_the_draws(verb):
    first, second = (verb(0, 1, 5, size=9, rng=rng()) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("verb", [pert, triangular])
@pytest.mark.parametrize(
    "points", [(1, 0, 2), (0, 3, 2), (0, np.nan, 2), (0, 1, np.inf), (0, [1, 5], 2)]
)
def test_points_out_of_order_are_refused(verb, points):
    with pytest.raises(InputError) as caught:
        verb(*points, size=3, rng=rng())
    assert caught.value.findings[0].code == "stats.order"


def test_shape_zero_is_uniform():
    draws = pert(0, 0.9, 1, size=DRAWS, rng=rng(), shape=0.0)
    assert draws.mean() == pytest.approx(1 / 2, abs=0.005)
    assert draws.var() == pytest.approx(1 / 12, rel=0.02)


def test_quantiles_by_hand():
    # Type 7: position (n - 1) q; for q = 0.1 of 0, 10, 20, 30: 0.3 of the way to 10.
    draws = np.array([30.0, 0.0, 20.0, 10.0])
    np.testing.assert_allclose(quantiles(draws, [0.0, 0.1, 0.5, 1.0]), [0, 3, 15, 30])
    both = np.column_stack([draws, draws])
    both[2, 1] = np.nan
    found = quantiles(both, [0.5, 1.0])
    np.testing.assert_array_equal(found, [[15, np.nan], [30, np.nan]])
    assert quantiles(draws, 0.5).shape == ()


def test_quantiles_of_nothing_and_beyond_one_are_refused():
    with pytest.raises(InputError) as caught:
        quantiles(np.zeros(0), 0.5)
    assert caught.value.findings[0].code == "stats.no-draws"
    with pytest.raises(InputError) as caught:
        quantiles(np.ones(3), [0.5, 5])
    assert caught.value.findings[0].code == "stats.share"


@pytest.mark.parametrize(
    ("hits", "draws", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_of_newcombe_1998_table_1(hits, draws, low, high):
    found = probability(np.arange(draws) < hits)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.value == hits / draws
    assert found.standard_error == pytest.approx(np.sqrt(hits / draws * (1 - hits / draws) / draws))
    assert found.draws == draws


def test_certain_events_keep_their_ends():
    assert probability(np.ones(10, dtype=bool)).high == 1.0
    assert probability(np.zeros(10, dtype=bool)).low == 0.0
    wide = probability(np.arange(100) < 30, confidence=0.99)
    narrow = probability(np.arange(100) < 30, confidence=0.5)
    assert wide.low < narrow.low < 0.3 < narrow.high < wide.high


def test_the_interval_holds_the_truth_as_often_as_it_says():
    events = np.random.default_rng(4).random((2000, 400)) < 0.07
    intervals = [probability(row) for row in events]
    assert np.mean([p.low <= 0.07 <= p.high for p in intervals]) == pytest.approx(0.95, abs=0.02)


def test_no_draws_and_no_confidence_are_refused():
    with pytest.raises(InputError) as caught:
        probability(np.zeros(0, dtype=bool))
    assert caught.value.findings[0].code == "stats.no-draws"
    with pytest.raises(InputError) as caught:
        probability(np.ones(3, dtype=bool), confidence=95)
    assert caught.value.findings[0].code == "stats.share"
