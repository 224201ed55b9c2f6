from itertools import product

import numpy as np
import pytest

from nonetloss.minimize.best_set import TIE, best_set, remaining_loss


def enumerated(loss, effects, cost, budget, requires=(), excludes=()):
    """Least remaining loss over all subsets, with the same price for ties."""
    best = np.inf
    for bits in product((False, True), repeat=cost.size):
        x = np.array(bits)
        affordable = cost @ x <= budget * (1 + 1e-9)
        held = all(not x[a] or x[b] for a, b in requires)
        apart = not any(x[a] and x[b] for a, b in excludes)
        if affordable and held and apart:
            price = TIE * loss.sum() * (cost @ x) / cost.sum()
            best = min(best, remaining_loss(x, loss=loss, effects=effects) + price)
    return best


@pytest.mark.parametrize("seed", range(40))
def test_equal_to_the_best_of_all_subsets(seed):
    rng = np.random.default_rng(seed)
    measures, cells = int(rng.integers(1, 10)), int(rng.integers(1, 6))
    loss = rng.gamma(1.0, 100.0, cells)
    effects = rng.random((measures, cells)) * rng.choice([0.1, 0.5, 1.0])
    effects[rng.random((measures, cells)) < 0.3] = 0.0
    cost = rng.gamma(1.0, 1e5, measures)
    budget = float(cost.sum() * rng.random())
    requires = [(0, measures - 1)] if measures > 2 else []
    excludes = [(1, 2)] if measures > 3 else []
    best = best_set(
        loss, effects=effects, cost=cost, budget=budget, requires=requires, excludes=excludes
    )
    price = TIE * loss.sum() * (cost @ best.chosen) / cost.sum()
    expected = enumerated(loss, effects, cost, budget, requires, excludes)
    assert best.remaining + price == pytest.approx(expected, rel=1e-8)
    assert best.gap == 0.0
    assert cost @ best.chosen <= budget * (1 + 1e-6)


def test_two_measures_on_one_loss_by_hand():
    # 100 ha; 50 % for 10, 40 % for 10, 20 % for 1. With 11: 100 × 0.5 × 0.8 = 40.
    effects = np.array([[0.5], [0.4], [0.2]])
    best = best_set(np.array([100.0]), effects=effects, cost=np.array([10.0, 10, 1]), budget=11)
    assert best.chosen.tolist() == [True, False, True]
    assert best.remaining == pytest.approx(100 * 0.5 * 0.8)


def test_adding_up_would_choose_otherwise():
    # Added, 0.9 + 0.9 on cell one (1.8 × 50) would beat 0.9 and 0.8 on both cells; multiplied,
    # the second 0.9 saves only 50 × 0.1 × 0.9 = 4.5 and the other 40 × 0.8 = 32.
    effects = np.array([[0.9, 0.0], [0.9, 0.0], [0.0, 0.8]])
    best = best_set(np.array([50.0, 40]), effects=effects, cost=np.ones(3), budget=2)
    assert best.chosen[2]
    assert best.remaining == pytest.approx(50 * 0.1 + 40 * 0.2)


def test_a_useless_measure_is_never_bought():
    effects = np.array([[0.3], [0.0]])
    best = best_set(np.array([10.0]), effects=effects, cost=np.array([1.0, 1]), budget=np.inf)
    assert best.chosen.tolist() == [True, False]


def test_among_equals_the_cheaper():
    effects = np.array([[0.3], [0.3]])
    best = best_set(
        np.array([10.0]),
        effects=effects,
        cost=np.array([2.0, 1.0]),
        budget=np.inf,
        excludes=[(0, 1)],
    )
    assert best.chosen.tolist() == [False, True]


def test_complete_effectiveness_leaves_nothing():
    best = best_set(np.array([10.0]), effects=np.array([[1.0]]), cost=np.array([5.0]), budget=5)
    assert best.remaining == 0
    assert best.chosen.all()


def test_nothing_to_choose_and_nothing_to_lose():
    none = best_set(np.array([3.0]), effects=np.zeros((0, 1)), cost=np.zeros(0), budget=9)
    assert (none.remaining, none.chosen.size) == (3, 0)
    free = best_set(np.zeros(2), effects=np.full((1, 2), 0.5), cost=np.ones(1), budget=9)
    assert not free.chosen.any()


def test_no_money_buys_nothing():
    best = best_set(np.array([10.0]), effects=np.array([[0.5]]), cost=np.array([5.0]), budget=0)
    assert not best.chosen.any()
    assert best.remaining == 10


def test_forty_measures_are_proven_quickly():
    rng = np.random.default_rng(11)
    effects = rng.random((40, 3)) * 0.3
    cost = rng.gamma(2.0, 1.0, 40)
    best = best_set(
        np.array([100.0, 40, 10]), effects=effects, cost=cost, budget=float(cost.sum() / 3)
    )
    assert best.gap == 0.0
    assert best.rounds < 60
