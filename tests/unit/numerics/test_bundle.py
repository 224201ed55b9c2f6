"""The bundle method against linear programs whose maximum is known."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.numerics.bundle import Answer, maximize
from nonetloss.numerics.milp import Rows, compile_model, solve


def _oracle(cost, share):
    """Bound at prices p: sum p + sum min(0, cost - share p), for sum share x >= 1, 0 <= x <= 1."""

    def ask(prices):
        taken = (cost - share @ prices) < 0
        value = prices.sum() + np.minimum(cost - share @ prices, 0).sum()
        return Answer(float(value), 1.0 - share.T @ taken, np.packbits(taken))

    return ask


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_the_dual_of_a_cover_reaches_the_relaxation(seed):
    rng = np.random.default_rng(seed)
    share = rng.random((12, 3)) * (rng.random((12, 3)) < 0.7)
    share /= np.maximum(0.4 * share.sum(axis=0), 1e-9)
    cost = rng.random(12) + 0.1
    relaxed = solve(compile_model(cost, rows=[Rows(share.T, lower=1.0)], column_upper=1.0))
    found = maximize(_oracle(cost, share), np.full(3, 0.2), tolerance=1e-7)
    if relaxed.found:
        assert found.value <= relaxed.objective + 1e-9
        assert found.value >= relaxed.objective * (1 - 1e-5)


def test_the_tightest_cut_comes_first():
    cost, share = np.array([1.0, 2.0]), np.array([[1.0], [1.0]])
    found = maximize(_oracle(cost, share), np.array([5.0]))
    assert found.value == 1.0 or abs(found.value - 1.0) < 1e-6
    assert len(found.witnesses) >= 1
