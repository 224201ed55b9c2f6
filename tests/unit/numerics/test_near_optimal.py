"""Nearly optimal solutions against the list of all solutions."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import InputError
from nonetloss.numerics.milp import Rows, compile_model, solve
from nonetloss.numerics.near_optimal import different


def _cover(cost, amounts, target):
    return compile_model(
        cost, rows=[Rows(amounts[None, :], lower=target)], column_upper=1.0, integer=True
    )


def test_the_other_half_is_the_most_different():
    # Four equal units, two are needed: the first answer, then exactly the other two.
    model = _cover(np.ones(4), np.ones(4), 2.0)
    best = solve(model, gap=0.0)
    other = different(model, best=best, columns=np.arange(4), slack=0.0, count=5)
    assert np.array_equal(other[0].values > 0.5, best.values < 0.5)
    assert other[0].objective == 2.0


def test_nothing_useless_is_added_to_look_different():
    model = _cover(np.array([1.0, 0.01, 0.01]), np.array([1.0, 0.0, 0.0]), 1.0)
    best = solve(model, gap=0.0)
    assert different(model, best=best, columns=np.arange(3), slack=0.1, count=3) == ()


def test_a_negative_slack_is_refused():
    model = _cover(np.ones(1), np.ones(1), 1.0)
    with pytest.raises(InputError):
        different(model, best=solve(model), columns=np.arange(1), slack=-0.1, count=1)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.2, 0.5]))
def test_the_first_alternative_is_as_far_as_any_within_the_slack(seed, slack):
    rng = np.random.default_rng(seed)
    cost, amounts = rng.integers(1, 9, 6).astype(float), rng.integers(1, 9, 6).astype(float)
    model = _cover(cost, amounts, 0.5 * amounts.sum())
    best = solve(model, gap=0.0)
    taken = best.values > 0.5
    reach = 0
    for x in product((0, 1), repeat=6):
        x = np.array(x)
        if amounts @ x >= 0.5 * amounts.sum() and cost @ x <= best.objective * (1 + slack) + 1e-9:
            reach = max(reach, int((taken & (x == 0)).sum()))
    found = different(model, best=best, columns=np.arange(6), slack=slack, count=1, gap=0.0)
    left_out = int((taken & (found[0].values < 0.5)).sum()) if found else 0
    assert left_out == reach
    assert all(s.objective <= best.objective * (1 + slack) + 1e-6 for s in found)
