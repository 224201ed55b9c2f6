"""The supported front against the convex hull of all points."""

import numpy as np
import pytest
from scipy.optimize import linprog

from nonetloss.core.errors import InputError
from nonetloss.numerics.pareto import nondominated
from nonetloss.numerics.supported import supported, supported_front


def solver_of(points):
    def solve(weights):
        best = int(np.argmin(points @ weights))
        return points[best], best

    return solve


def extreme_supported(points):
    """By linear programs: points with weights that make them better than all others by a margin."""
    found = []
    others = np.unique(points, axis=0)
    for point in others[nondominated(others)]:
        gaps = point - others[(others != point).any(axis=1)]
        objectives = points.shape[1]
        # Maximize t subject to w·(point - other) + t <= 0, sum w = 1, w >= 0.
        result = linprog(
            [0.0] * objectives + [-1.0],
            A_ub=np.column_stack([gaps, np.ones(len(gaps))]),
            b_ub=np.zeros(len(gaps)),
            A_eq=[[1.0] * objectives + [0.0]],
            b_eq=[1.0],
            bounds=[(0, None)] * objectives + [(None, None)],
        )
        if -result.fun > 1e-7:
            found.append(point)
    return np.array(found)


@pytest.mark.parametrize("objectives", [2, 3])
@pytest.mark.parametrize("levels", [8, 1000])
def test_all_extreme_supported_points_are_found(objectives, levels):
    for seed in range(15):
        rng = np.random.default_rng(seed)
        points = rng.integers(0, levels, (60, objectives)) * [1.0, 1e6, 1e-3][:objectives]
        front = supported_front(solver_of(points), objectives=objectives)
        assert front.complete
        rows = {tuple(row) for row in front.values}
        # Scale for the linear programs only.
        scaled = points / points.max(axis=0)
        wanted = extreme_supported(scaled) * points.max(axis=0)
        for row in wanted:
            assert any(np.allclose(row, other, rtol=1e-9) for other in rows), (seed, row, rows)
        np.testing.assert_array_equal(points[list(front.solutions)], front.values)
        assert nondominated(points)[list(front.solutions)][front.proven].all()


def test_each_point_is_best_under_its_weights():
    points = np.random.default_rng(2).random((200, 3)) ** 2
    front = supported_front(solver_of(points), objectives=3)
    for value, weights in zip(front.values, front.weights, strict=True):
        assert value @ weights <= (points @ weights).min() + 1e-9


def test_a_point_in_a_dent_is_missed():
    # (2.2, 2.2) lies above the segment from (0, 4) to (4, 0): no weights make it best.
    points = np.array([[0.0, 4.0], [2.2, 2.2], [4.0, 0.0]])
    front = supported_front(solver_of(points))
    assert front.values.tolist() == [[0.0, 4.0], [4.0, 0.0]]
    assert front.complete
    assert front.solves == 3
    assert supported(points).tolist() == [True, False, True]


def test_a_single_point():
    front = supported_front(solver_of(np.array([[3.0, 5.0]])))
    assert front.values.tolist() == [[3.0, 5.0]]
    assert front.complete
    assert front.proven.tolist() == [True]


def test_the_number_of_solves_bounds_the_search():
    angle = np.linspace(0, np.pi / 2, 500)
    points = 2 - np.column_stack([np.cos(angle), np.sin(angle)])
    front = supported_front(solver_of(points), max_solves=9)
    assert front.solves == 9
    assert not front.complete
    assert len(front.values) == 9
    # The widest gaps come first: no gap is much wider than the mean.
    assert np.diff(front.values[:, 0]).max() < 3 / 8


def test_a_least_weight_is_kept():
    seen = []
    points = np.random.default_rng(3).random((50, 2))

    def solve(weights):
        seen.append(weights)
        return solver_of(points)(weights)

    supported_front(solve, minimum_weight=0.01)
    assert min(w.min() for w in seen) >= 0.01 / 1.01
    assert all(w.sum() == pytest.approx(1) for w in seen)


def test_other_numbers_of_objectives_are_refused():
    with pytest.raises(InputError) as caught:
        supported_front(solver_of(np.ones((1, 4))), objectives=4)
    assert caught.value.findings[0].code == "tradeoff.objectives"


def test_supported_mask_against_linear_programs():
    points = np.random.default_rng(5).integers(0, 12, (40, 3)).astype(float)
    front = points[nondominated(points)]
    mask = supported(front)
    for point, found in zip(front, mask, strict=True):
        result = linprog(
            [0.0] * 3, A_ub=point - front, b_ub=np.full(len(front), 1e-9), A_eq=[[1.0] * 3],
            b_eq=[1.0],
        )  # fmt: skip
        assert (result.status == 0) == found
