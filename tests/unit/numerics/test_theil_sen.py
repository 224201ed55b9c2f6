"""The median slope against SciPy and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import theilslopes

from nonetloss.core.errors import InputError
from nonetloss.numerics.theil_sen import theil_sen


def test_by_hand():
    # Slopes 1 (0-1), 2 (0-2: 4/2), 3 (1-2): the median is 2; medians of x and y are 1 and 1.
    assert theil_sen(np.array([0.0, 1, 2]), np.array([0.0, 1, 4])) == (2.0, -1.0)


def test_an_even_number_of_slopes_takes_the_mean_of_the_two_in_the_middle():
    # x 0, 0, 1: the pair without a step is left out; slopes 3 and 1.
    slope, _ = theil_sen(np.array([0.0, 0, 1]), np.array([0.0, 2, 3]))
    assert slope == 2.0


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-50, 50)), min_size=2, max_size=30))
def test_it_is_that_of_scipy(points):
    x, y = np.array(points, dtype=float).T
    if np.ptp(x) == 0:
        return
    expected = theilslopes(y, x)
    assert theil_sen(x, y) == pytest.approx((expected[0], expected[1]), abs=1e-12)


def test_it_is_that_of_scipy_where_most_points_are_zero():
    rng = np.random.default_rng(3)
    x = np.where(rng.random(700) < 0.6, 0.0, rng.gamma(1.0, 3.0, 700))
    y = np.where(rng.random(700) < 0.6, 0.0, 0.5 * x + rng.normal(0, 1, 700))
    expected = theilslopes(y, x)
    assert theil_sen(x, y) == (expected[0], expected[1])


@pytest.mark.parametrize(
    ("x", "y"), [([1.0, 1.0], [0.0, 2.0]), ([1.0], [1.0]), ([0.0, np.nan], [0.0, 1.0])]
)
def test_points_that_give_no_line_are_refused(x, y):
    with pytest.raises(InputError) as told:
        theil_sen(np.array(x), np.array(y))
    assert told.value.findings[0].code == "theil-sen.points"
