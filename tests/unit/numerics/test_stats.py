import numpy as np
import pytest
from scipy import stats as reference

from nonetloss.core.errors import InputError
from nonetloss.numerics.stats import pert


def rng():
    return np.random.default_rng(4)


@pytest.mark.parametrize(("low", "likely", "high"), [(0, 1, 4), (0, 0, 1), (2, 3, 3), (-5, 0, 1)])
def test_distribution_against_scipy(low, likely, high):
    span = high - low
    expected = reference.beta(
        1 + 4 * (likely - low) / span, 1 + 4 * (high - likely) / span, loc=low, scale=span
    )
    draws = pert(low, likely, high, size=4000, rng=rng())
    assert reference.kstest(draws, expected.cdf).pvalue > 0.001
    assert draws.min() >= low
    assert draws.max() <= high


def test_mean_is_that_of_the_three_points():
    draws = pert(0, 1, 4, size=40_000, rng=rng())
    # The standard deviation of a PERT is below span / 4.
    assert draws.mean() == pytest.approx((0 + 4 * 1 + 4) / 6, abs=4 * 1 / np.sqrt(40_000))


def test_equal_ends_are_certain_and_use_no_randomness():
    generator = rng()
    assert pert(2, 2, 2, size=3, rng=generator).tolist() == [2, 2, 2]
    assert generator.random() == rng().random()


def test_same_seed_gives_same_bytes():
    one, two = (pert(0, 1, 2, size=9, rng=rng()) for _ in range(2))
    assert one.tobytes() == two.tobytes()


def test_no_draws():
    assert pert(0, 1, 2, size=0, rng=rng()).size == 0


@pytest.mark.parametrize("points", [(1, 0, 2), (0, 3, 2), (0, float("nan"), 1), (0, 1, np.inf)])
def test_points_out_of_order(points):
    with pytest.raises(InputError) as caught:
        pert(*points, size=1, rng=rng())
    assert caught.value.findings[0].code == "core.estimate-order"
