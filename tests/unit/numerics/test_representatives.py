"""The few points that stand for a front: by hand, by trying all, and on long fronts."""

from itertools import combinations

import numpy as np
import pytest

from nonetloss.numerics.pareto import nondominated
from nonetloss.numerics.representatives import representatives
from nonetloss.numerics.shortfall import cover


def test_the_middle_of_a_line():
    line = np.array([[float(i), 4.0 - i] for i in range(5)])
    ones = np.ones_like(line)
    found = representatives(line, ones, count=1)
    assert found.members.tolist() == [2]
    assert (found.coverage, found.exact) == (2.0, True)
    assert found.serving.tolist() == [0] * 5
    found = representatives(line, ones, count=2, forced=[0])
    assert found.members[0] == 0
    # 0 stands for itself and 1; 3 for 2 and 4.
    assert found.coverage == 1.0


def test_forced_members_are_there_and_counted():
    line = np.array([[float(i), 4.0 - i] for i in range(5)])
    found = representatives(line, np.ones_like(line), count=2, forced=[0, 4])
    assert found.members.tolist() == [0, 4]
    assert found.coverage == 2.0
    assert found.bound == pytest.approx(2.0)
    assert found.exact


def test_few_points_are_all_members():
    points = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]])
    found = representatives(points, points, count=5)
    assert found.members.tolist() == [0, 1]
    # (3, 3) is dominated: who stands for (1, 2) stands for it.
    assert found.coverage == 0.0
    none = representatives(np.zeros((0, 2)), np.zeros((0, 2)), count=1)
    assert none.members.tolist() == []


@pytest.mark.parametrize("dimensions", [2, 3, 4, 6])
@pytest.mark.parametrize("sign", [1, -1])
def test_against_all_choices(dimensions, sign):
    rng = np.random.default_rng(dimensions)
    for trial in range(12):
        points = sign * rng.integers(trial % 2, 12, size=(13, dimensions)).astype(float)
        points = points[nondominated(points)]
        sizes = np.abs(points)
        count = min(int(rng.integers(1, 5)), len(points))
        forced = [0] if trial % 3 == 0 else []
        found = representatives(points, sizes, count=count, forced=forced)
        matrix = cover(points, points, sizes)
        best = min(
            matrix[list(chosen)].min(axis=0).max()
            for chosen in combinations(range(len(points)), count)
            if set(forced) <= set(chosen)
        )
        assert found.coverage == pytest.approx(best)
        assert found.exact
        assert found.bound <= found.coverage
        own = matrix[found.members].min(axis=0)
        np.testing.assert_array_equal(found.covers, own)
        np.testing.assert_array_equal(matrix[found.members[found.serving], range(len(own))], own)


def test_bound_and_menu_of_the_way_for_long_fronts(monkeypatch):
    """Taken for short ones, where all choices can be tried."""
    monkeypatch.setattr("nonetloss.numerics.representatives.SEARCHED", 0)
    rng = np.random.default_rng(8)
    gaps = []
    for trial in range(20):
        points = rng.integers(1, 60, size=(16, 3 + trial % 3)).astype(float)
        points = points[nondominated(points)]
        count = min(3, len(points))
        forced = [len(points) - 1] if trial % 2 else []
        found = representatives(points, points, count=count, forced=forced)
        matrix = cover(points, points, points)
        best = min(
            matrix[list(chosen)].min(axis=0).max()
            for chosen in combinations(range(len(points)), count)
            if set(forced) <= set(chosen)
        )
        assert found.bound <= best + 1e-12
        assert best <= found.coverage
        assert set(forced) <= set(found.members)
        gaps.append(found.coverage - best)
    # On so few points the sketch is the front itself.
    assert max(gaps) < 1e-9


def test_a_long_front_has_a_true_bound():
    """On a sphere in the positive octant: the bound holds for many menus drawn by chance."""
    rng = np.random.default_rng(0)
    points = rng.random((4000, 3))
    points = -points / np.linalg.norm(points, axis=1)[:, None]
    ones = np.ones_like(points)
    found = representatives(points, ones, count=6)
    assert 0 < found.bound < found.coverage
    matrix = cover(points[found.members], points, ones)
    assert found.coverage == matrix.min(axis=0).max()
    for _ in range(50):
        chosen = rng.choice(len(points), 6, replace=False)
        assert cover(points[chosen], points, ones).min(axis=0).max() >= found.coverage


def test_the_same_front_on_a_line_and_with_an_idle_objective_agree():
    """The exact sweep for two objectives against the complete search for three."""
    rng = np.random.default_rng(2)
    for count in (1, 2, 4):
        points = np.cumsum(rng.integers(1, 9, size=(25, 2)), axis=0).astype(float)
        points[:, 1] = points[::-1, 1]
        points = points[nondominated(points)]
        line = representatives(points, points, count=count)
        idle = np.column_stack([points, np.ones(len(points))])
        searched = representatives(idle, idle, count=count)
        assert line.exact
        assert searched.exact
        assert line.coverage == pytest.approx(searched.coverage)
