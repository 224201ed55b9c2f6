"""How much units matter: worked by hand, and by listing all draws."""

from itertools import combinations
from math import erf, sqrt

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


@pytest.mark.parametrize("selected", [2, 3, 4, 5])
@pytest.mark.parametrize("unit", [0, 2, 5])
def test_the_moments_behind_ferrier_are_those_of_all_draws(unit, selected):
    # Mean and deviation of random draws of the 5 others of a unit, listed one by one; R from the
    # normal distribution with these moments.
    values = np.array([4.0, 1, 5, 2, 2, 7])
    others, share, wanted = np.delete(values, unit), selected / 6, 12.0

    def reach(drawn, need):
        sums = [sum(c) for c in combinations(others, drawn)]
        if drawn == 5:
            return float(sums[0] >= need)
        return 0.5 * (1 - erf((need - np.mean(sums)) / np.std(sums) / sqrt(2)))

    including, removed = reach(selected - 1, wanted - values[unit]), reach(selected - 1, wanted)
    excluding = reach(selected, wanted)
    expected = (including - removed) * share / (including * share + excluding * (1 - share))
    found = ferrier_importance(values[:, None], np.array([wanted]), selected=selected)
    assert found[unit, 0] == pytest.approx(expected, rel=1e-12)


def test_the_deviation_of_prioritizr_is_not_that_of_a_draw():
    # Of 1, 5, 2, 2, 7: SS = 83, S = 17; SS/5 - (17/5)² = 5.04, while SS - (17/5)² = 71.44.
    others = np.array([1.0, 5, 2, 2, 7])
    assert np.std(others) ** 2 == pytest.approx(83 / 5 - (17 / 5) ** 2)
    twice = [sum(c) for c in combinations(others, 2)]
    assert np.var(twice) == pytest.approx(2 * 5.04 * (5 - 2) / (5 - 1))


def test_ferrier_at_its_ends():
    amounts = np.array([[5.0, 0], [1, 0], [1, 0]])
    found = ferrier_importance(amounts, np.array([6.0, 0.0]), selected=2)
    assert found[0, 0] == 1.0  # without the 5 the others reach 2 at most
    assert (found[:, 1] == 0).all()  # nothing is asked of feature 2
    with pytest.raises(InputError):
        ferrier_importance(amounts, np.array([1.0, 1.0]), selected=4)
