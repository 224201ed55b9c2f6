"""Non-dominated points against the definition, pair by pair."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.numerics.pareto import hypervolume, nondominated


def by_definition(values):
    keep = []
    for i, a in enumerate(values):
        beaten = ((values <= a).all(axis=1) & (values < a).any(axis=1)).any()
        keep.append(not beaten and not (values[:i] == a).all(axis=1).any())
    return np.array(keep, dtype=bool)


@pytest.mark.parametrize("objectives", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("levels", [2, 6, 10**6])
def test_equals_the_definition(objectives, levels):
    for seed in range(25):
        rng = np.random.default_rng(seed)
        count = int(rng.integers(1, 90))
        values = rng.integers(0, levels, (count, objectives)) / 7
        np.testing.assert_array_equal(nondominated(values), by_definition(values))


@pytest.mark.parametrize("objectives", [2, 3, 4])
def test_infinite_values_compare_too(objectives):
    values = np.random.default_rng(0).integers(0, 4, (60, objectives)).astype(float)
    values[values == 3] = np.inf
    values[values == 0] = -np.inf
    np.testing.assert_array_equal(nondominated(values), by_definition(values))


def test_the_first_of_equal_points_is_kept():
    values = np.array([[2, 2], [1, 3], [2, 2], [1, 3], [3, 3]])
    assert nondominated(values).tolist() == [True, True, False, False, False]


def test_decimals_join_what_differs_by_rounding():
    values = np.array([[0.3, 1.0], [0.1 + 0.2, 1.0 - 1e-16], [0.5, 0.5]])
    assert nondominated(values).tolist() == [True, True, True]
    assert nondominated(values, decimals=9).tolist() == [True, False, True]


def test_no_points():
    assert nondominated(np.zeros((0, 3))).tolist() == []


def test_unknown_values_are_refused():
    with pytest.raises(InputError) as caught:
        nondominated(np.array([[1.0, np.nan]]))
    assert caught.value.findings[0].code == "tradeoff.not-a-number"


@pytest.mark.parametrize("objectives", [3, 4])
def test_a_large_front_is_found_in_full(objectives):
    # Points on a simplex: none dominates another; each shifted copy is dominated.
    points = np.random.default_rng(1).dirichlet(np.ones(objectives), 20_000)
    points = np.round(points * 2**30) / 2**30
    points[:, -1] = 1 - points[:, :-1].sum(axis=1)
    both = np.concatenate([points + 2.0**-20, points])
    found = nondominated(both)
    assert found[20_000:].all()
    assert not found[:20_000].any()


def test_hypervolume_by_hand():
    # Boxes 3 x 1 and 1 x 3 up to (4, 4), overlap 1 x 1.
    points = np.array([[1.0, 3.0], [3.0, 1.0], [3.5, 3.5], [5.0, 0.0]])
    assert hypervolume(points, reference=np.array([4.0, 4.0])) == 3 * 1 + 1 * 3 - 1 * 1
    # The unit cube corner: three boxes 2 x 2 x 1 that share pairwise 2 x 1 x 1, all 1 x 1 x 1.
    cube = np.array([[1.0, 1.0, 2.0], [1.0, 2.0, 1.0], [2.0, 1.0, 1.0]])
    assert hypervolume(cube, reference=np.array([3.0, 3.0, 3.0])) == 3 * 4 - 3 * 2 + 1


def test_hypervolume_in_three_dimensions_by_counting_cells():
    rng = np.random.default_rng(3)
    points = rng.integers(0, 8, (12, 3)).astype(float)
    cells = np.indices((8, 8, 8)).reshape(3, -1).T
    inside = (points[:, None, :] <= cells[None]).all(axis=2).any(axis=0)
    assert hypervolume(points, reference=np.full(3, 8.0)) == inside.sum()
    assert hypervolume(np.zeros((0, 2)), reference=np.ones(2)) == 0.0
