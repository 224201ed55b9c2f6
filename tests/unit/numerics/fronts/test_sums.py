"""Sums of fronts against all sums, and the boxes and staircases they are made with."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nonetloss.numerics.fronts import boxes, staircase, sums
from nonetloss.numerics.pareto import nondominated


def quiet():
    return sums.Watch(lambda _, __: None)


def front(rng, count, objectives, top=40):
    points = rng.integers(0, top, (count, objectives))
    return np.unique(points[nondominated(-points)], axis=0)


def bowl(rng, count):
    """Points on a sphere: no one dominates another, and many sums stand."""
    directions = np.abs(rng.normal(size=(count, 3))) + 0.01
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    return np.rint(1e6 * directions / lengths).astype(np.int64)


def all_sums(first, second):
    return (first[:, None] + second[None]).reshape(-1, first.shape[1])


def best(points):
    return np.unique(points[nondominated(-points)], axis=0)


@pytest.mark.parametrize("objectives", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("seed", range(3))
def test_thin_keeps_exactly_what_nothing_dominates(objectives, seed):
    points = np.random.default_rng(seed).integers(-9, 9, (400, objectives))
    kept = points[boxes.thin(points)]
    assert np.array_equal(np.unique(kept, axis=0), best(points))
    assert len(kept) == len(best(points))


def test_thin_of_nothing_and_of_one():
    assert boxes.thin(np.zeros((0, 3), np.int64)).tolist() == []
    assert boxes.thin(np.array([[5, -5]])).tolist() == [True]


def test_thin_takes_small_differences_for_none():
    points = np.array([[100, 10], [103, 9], [104, 10], [90, 20]])
    exact = boxes.thin(points)
    assert exact.tolist() == [False, False, True, True]
    # 103 and 104 differ by no more than the slack of 5, 9 and 10 by more than 0.
    points = np.array([[103, 10], [104, 10], [108, 9], [110, 9]])
    assert boxes.thin(points).tolist() == [False, True, False, True]
    assert boxes.thin(points, slack=np.array([6, 0])).tolist() == [False, True, False, False]


@pytest.mark.parametrize("objectives", [2, 3, 4, 5])
@pytest.mark.parametrize("sizes", [(1, 60), (7, 7), (60, 45)])
def test_a_sum_front_is_the_front_of_all_sums(objectives, sizes):
    rng = np.random.default_rng(sum(sizes) + objectives)
    first, second = (front(rng, n, objectives) for n in sizes)
    made = sums.sum_front(first, second, watch=quiet())
    assert np.array_equal(np.unique(made.points, axis=0), best(all_sums(first, second)))
    assert np.array_equal(first[made.first] + second[made.second], made.points)


def test_large_fronts_come_in_slices_and_say_how_far_they_are(monkeypatch):
    monkeypatch.setattr(sums, "_LEAST_ROOM", 64)
    rng = np.random.default_rng(4)
    first, second = (bowl(rng, 700) for _ in range(2))
    heard = []
    watch = sums.Watch(lambda share, held: heard.append((share, held)))
    made = sums.sum_front(first, second, watch=watch)
    assert np.array_equal(np.unique(made.points, axis=0), best(all_sums(first, second)))
    shares = [share for share, _ in heard]
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert all(held > 0 for _, held in heard)
    assert watch.tally.combined == len(first) * len(second)
    assert 0 < watch.tally.examined < watch.tally.combined


@pytest.mark.parametrize("shrink", [0.01, 0.1, 0.5])
def test_a_thinned_sum_covers_all_sums(shrink):
    rng = np.random.default_rng(8)
    first, second = (front(rng, 300, 3, top=500) - np.array([0, 500, 0]) for _ in range(2))
    every = all_sums(first, second)
    made = sums.sum_front(first, second, watch=quiet(), shrink=np.full(3, shrink))
    # What is negative (minimized) may grow by 1 / (1 - shrink).
    wanted = np.where(every >= 0, every * (1 - shrink), every / (1 - shrink))
    reached = (made.points[None] >= wanted[:, None]).all(axis=2).any(axis=1)
    assert reached.all()
    assert len(made.points) < len(best(every))


def test_a_search_in_slices_may_go_on_coarser(monkeypatch):
    monkeypatch.setattr(sums, "_LEAST_ROOM", 64)
    rng = np.random.default_rng(4)
    first, second = (bowl(rng, 700) for _ in range(2))
    made = sums.sum_front(first, second, watch=sums.Watch(lambda _, __: np.full(3, 0.2)))
    every = best(all_sums(first, second))
    reached = (made.points[None] >= 0.8 * every[:, None]).all(axis=2).any(axis=1)
    assert reached.all()
    assert len(made.points) < len(every)


def test_squares_get_twice_the_product_of_their_roots():
    rng = np.random.default_rng(2)
    # R, T >= R², something else.
    first, second = (
        np.column_stack([r := rng.integers(1, 30, 80), r**2 + rng.integers(0, 300, 80), x])
        for x in rng.integers(0, 50, (2, 80))
    )
    first, second = best(first), best(second)
    every = all_sums(first, second)
    every[:, 1] += 2 * np.multiply.outer(first[:, 0], second[:, 0]).ravel()
    made = sums.sum_front(first, second, watch=quiet(), cross=((0, 1, 1.0),))
    assert np.array_equal(np.unique(made.points, axis=0), best(every))


def test_workers_find_the_same():
    rng = np.random.default_rng(6)
    first, second = (front(rng, 500, 3, top=300) for _ in range(2))
    with ThreadPoolExecutor(2) as pool:
        made = sums.sum_parts(first, second, pool, watch=quiet(), shrink=np.zeros(3))
    assert np.array_equal(np.unique(made.points, axis=0), best(all_sums(first, second)))
    assert np.array_equal(first[made.first] + second[made.second], made.points)


@pytest.mark.parametrize("seed", range(5))
def test_a_merge_of_staircases_is_the_front_of_all_sums(seed):
    rng = np.random.default_rng(seed)
    first, second = (rng.integers(-300, 300, (n, 2)) for n in (2 + 60 * seed, 90))
    first, second = (x[staircase.staircase(x)] for x in (first, second))
    assert np.array_equal(best(first), np.unique(first, axis=0))
    i, j = staircase.staircase_sum(first, second)
    made = first[i] + second[j]
    assert np.array_equal(np.unique(made, axis=0), best(all_sums(first, second)))
    assert (np.diff(made[:, 0]) < 0).all()
    assert (np.diff(made[:, 1]) > 0).all()


def test_a_thinned_merge_keeps_x_and_covers_y():
    rng = np.random.default_rng(1)
    first, second = (rng.integers(1, 5000, (4000, 2)) for _ in range(2))
    first, second = (x[staircase.staircase(x)] for x in (first, second))
    every = best(all_sums(first, second))
    i, j = staircase.staircase_sum(first, second, shrink=0.05)
    made = first[i] + second[j]
    wanted = every * np.array([1.0, 0.95])
    assert (made[None] >= wanted[:, None]).all(axis=2).any(axis=1).all()
    assert len(made) < len(every)


def test_workers_share_a_front_of_few_points():
    rng = np.random.default_rng(3)
    first, second = front(rng, 4, 3), front(rng, 60, 3)
    with ThreadPoolExecutor(1) as pool:
        made = sums.sum_parts(first, second, pool, watch=quiet(), shrink=np.zeros(3))
    assert np.array_equal(np.unique(made.points, axis=0), best(all_sums(first, second)))


def test_sums_below_a_floor_are_left_out():
    rng = np.random.default_rng(9)
    first, second = front(rng, 80, 3), front(rng, 70, 3)
    floor = np.array([30, boxes.LOWEST, 45])
    every = all_sums(first, second)
    made = sums.sum_front(first, second, watch=quiet(), floor=floor)
    assert np.array_equal(np.unique(made.points, axis=0), best(every[(every >= floor).all(axis=1)]))
    none = sums.sum_front(first, second, watch=quiet(), floor=np.array([999, 0, 0]))
    assert len(none.points) == 0
