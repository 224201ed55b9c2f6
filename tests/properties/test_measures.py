import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.minimize.best_set import best_set, remaining_loss

shares = st.floats(0, 1).map(lambda v: round(v, 3))
tables = st.lists(st.tuples(shares, shares, st.integers(1, 50)), min_size=1, max_size=8)
LOSS = np.array([100.0, 40.0])


def solved(table, budget):
    effects = np.array([[a, b] for a, b, _ in table])
    cost = np.array([c for *_, c in table], dtype=np.float64)
    return best_set(LOSS, effects=effects, cost=cost, budget=float(budget)), effects, cost


@settings(derandomize=True, deadline=None, max_examples=60)
@given(tables, st.integers(0, 150))
def test_proven_affordable_and_true(table, budget):
    best, effects, cost = solved(table, budget)
    assert best.gap == 0
    assert cost @ best.chosen <= budget + 1e-4
    assert best.remaining == remaining_loss(best.chosen, loss=LOSS, effects=effects)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(tables, st.integers(0, 150), st.integers(0, 50))
def test_more_money_never_leaves_more_loss(table, budget, more):
    poor, rich = solved(table, budget)[0], solved(table, budget + more)[0]
    # Up to the price that money has among equals.
    assert rich.remaining <= poor.remaining + 2e-6 * LOSS.sum()


@settings(derandomize=True, deadline=None, max_examples=40)
@given(tables, st.integers(0, 150), st.randoms(use_true_random=False))
def test_order_of_measures_never_changes_what_remains(table, budget, shuffler):
    mixed = list(table)
    shuffler.shuffle(mixed)
    one, two = solved(table, budget)[0], solved(mixed, budget)[0]
    assert abs(one.remaining - two.remaining) <= 2e-6 * LOSS.sum()
