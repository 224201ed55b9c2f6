"""How much units matter: worked by hand, and by listing all draws."""

from itertools import combinations

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.planning import (
    allocate,
    ferrier_importance,
    planning_units,
    rarity_weighted_richness,
    replacement_cost,
)
from nonetloss.offset.planning.objectives import MaximumUtility, MinimumSet


def test_replacement_cost_of_prioritizr_s_documentation():
    # Cost (10, 2, NA, 3), features (0, 0, 0, 1) and (10, 5, 10, 6), targets 1 and 10, units 2 and
    # 4 chosen: without 2 the 10 of unit 1 must be bought (10 + 3 - 5 = 8), 4 is irreplaceable.
    amounts = np.array([[0.0, 10], [0, 5], [0, 10], [1, 6]])
    units = planning_units(amounts, cost=np.array([10.0, 2, np.nan, 3]))
    goal = MinimumSet(np.array([1.0, 10]))
    chosen = np.array([False, True, False, True])
    assert replacement_cost(units, goal, chosen)[:, 0].tolist() == pytest.approx(
        [0, 8, np.nan, np.inf], nan_ok=True
    )
    assert allocate(units, goal, gap=0.0).chosen[:, 0].tolist() == chosen.tolist()


def test_replacement_cost_of_utility_is_what_is_lost():
    # Budget 2 buys the 5 and the 4; without the 5 the 3 comes in: 2 less. Without the 4: 1 less.
    units = planning_units(np.array([[5.0], [4], [3]]), cost=np.ones(3))
    chosen = np.array([True, True, False])
    cost = replacement_cost(units, MaximumUtility(2.0), chosen)[:, 0]
    assert cost.tolist() == pytest.approx([2, 1, 0], abs=1e-5)
    free = replacement_cost(units, MaximumUtility(2.0), chosen, keep_others=False)[:, 0]
    assert free.tolist() == pytest.approx([2, 1, 0], abs=1e-5)


def test_rarity_weighted_richness_by_hand():
    # Feature 1: largest 2, total 4; feature 2: held by unit 2 alone.
    amounts = np.array([[2.0, 0], [1, 3], [1, 0]])
    assert rarity_weighted_richness(amounts).tolist() == pytest.approx(
        [2 / 2 / 4, 1 / 2 / 4 + 3 / 3 / 3, 1 / 2 / 4]
    )
    assert rarity_weighted_richness(np.zeros((2, 1))).tolist() == [0, 0]


def test_the_moments_behind_ferrier_are_those_of_all_draws():
    # Mean and variance of a random draw of 3 of the 5 others of unit 0, listed one by one; R from
    # the normal distribution with these moments.
    from math import erf, sqrt

    values = np.array([4.0, 1, 5, 2, 2, 7])
    others, share, wanted = values[1:], 4 / 6, 12.0

    def reach(drawn, need):
        sums = [sum(c) for c in combinations(others, drawn)]
        mean, spread = np.mean(sums), np.std(sums)
        return 0.5 * (1 - erf((need - mean) / spread / sqrt(2)))

    including, removed, excluding = reach(3, wanted - 4), reach(3, wanted), reach(4, wanted)
    expected = (including - removed) * share / (including * share + excluding * (1 - share))
    found = ferrier_importance(values[:, None], np.array([wanted]), selected=4)
    assert found[0, 0] == pytest.approx(expected, rel=1e-12)


def test_ferrier_at_its_ends():
    amounts = np.array([[5.0, 0], [1, 0], [1, 0]])
    found = ferrier_importance(amounts, np.array([6.0, 0.0]), selected=2)
    assert found[0, 0] == 1.0  # without the 5 the others reach 2 at most
    assert (found[:, 1] == 0).all()  # nothing is asked of feature 2
    with pytest.raises(InputError):
        ferrier_importance(amounts, np.array([1.0, 1.0]), selected=4)
