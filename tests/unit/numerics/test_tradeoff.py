"""The exact front against all simple paths of tiny rasters, and against weighted sums."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError, NoRouteError
from nonetloss.numerics.pareto import nondominated
from nonetloss.numerics.tradeoff import exact_path_front, price_path, supported_front


def steps_from(cell, shape, neighbors, blocked):
    """Allowed moves of the edge model, written cell by cell: (next cell, cells paid)."""
    r, c = cell

    def free(a, b):
        return 0 <= a < shape[0] and 0 <= b < shape[1] and not blocked[a, b]

    for dr in (-2, -1, 0, 1, 2):
        for dc in (-2, -1, 0, 1, 2):
            there = (r + dr, c + dc)
            size = (abs(dr), abs(dc))
            if not free(*there):
                continue
            corner = free(r + dr, c) and free(r, c + dc)
            if size in ((0, 1), (1, 0)) or (size == (1, 1) and corner):
                yield there, [cell, there]
            elif neighbors == 16 and size in ((1, 2), (2, 1)):
                passed = (
                    [(r, c + dc // 2), (r + dr, c + dc // 2)]
                    if size == (1, 2)
                    else [(r + dr // 2, c), (r + dr // 2, c + dc)]
                )
                if all(free(*p) for p in passed):
                    yield there, [cell, *passed, there]


def all_paths(costs, start, end, neighbors, blocked, size):
    """Costs of all simple paths, by walking them one by one."""
    found = []

    def walk(cell, seen, price):
        if cell == end:
            found.append(price)
            return
        for there, paid in steps_from(cell, costs.shape[1:], neighbors, blocked):
            if there not in seen:
                length = np.hypot((there[0] - cell[0]) * size[1], (there[1] - cell[1]) * size[0])
                mean = np.mean([costs[:, a, b] for a, b in paid], axis=0)
                walk(there, seen | {there}, price + length * mean)

    walk(start, {start}, np.zeros(len(costs)))
    return np.array(found)


def assert_same_front(found, wanted):
    wanted = wanted[nondominated(wanted, decimals=6)]
    wanted = wanted[np.lexsort(np.round(wanted, 6).T[::-1])]
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("objectives", [2, 3])
@pytest.mark.parametrize(
    ("neighbors", "shape", "size"),
    [(8, (3, 4), (1.0, 1.0)), (8, (3, 4), (3.0, 2.0)), (16, (3, 3), (1.0, 1.0))],
)
@pytest.mark.parametrize("whole", [True, False])
def test_equals_all_paths_one_by_one(objectives, neighbors, shape, size, whole):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        costs = rng.random((objectives, *shape))
        if whole:
            costs = np.floor(5 * costs)
        blocked = rng.random(shape) < 0.1
        blocked[0, 0] = blocked[-1, -1] = False
        end = (shape[0] - 1, shape[1] - 1)
        wanted = all_paths(costs, (0, 0), end, neighbors, blocked, size)
        if len(wanted) == 0:
            continue
        front = exact_path_front(
            costs, (0, 0), end, cell_size=size, neighbors=neighbors, blocked=blocked
        )
        assert front.complete
        assert front.proven_below == np.inf
        assert_same_front(front.values, wanted)
        for value, path in zip(front.values, front.paths, strict=True):
            assert tuple(path[0]) == (0, 0)
            assert tuple(path[-1]) == end
            assert not blocked[path[:, 0], path[:, 1]].any()
            moves = [m for m, _ in steps_from(tuple(path[0]), shape, neighbors, blocked)]
            assert tuple(path[1]) in moves
            np.testing.assert_array_equal(price_path(costs, path, cell_size=size), value)


def test_a_dent_of_the_front_that_weights_miss():
    # Three lanes, divided by barred rows; each lane is one route of 6 unit moves.
    # The middle lane costs (20, 20); the line from (6, 30) to (30, 6) passes at (18, 18).
    costs = np.ones((2, 5, 7))
    costs[:, 0, 1:6] = [[1.0], [30.0]]
    costs[:, 2, 1:6] = [[20.0], [20.0]]
    costs[:, 4, 1:6] = [[30.0], [1.0]]
    blocked = np.zeros((5, 7), dtype=bool)
    blocked[1, 1:6] = blocked[3, 1:6] = True
    front = exact_path_front(costs, (2, 0), (2, 6), cell_size=1.0, blocked=blocked)
    assert len(front.values) == 3
    assert front.supported.tolist() == [True, False, True]
    # Four whole moves inside the lane and two half-priced at its ends: 4·20 + 2·(1 + 20)/2.
    assert front.values[1].tolist() == [101.0, 101.0]

    def solve(weights):
        best = int(np.argmin(front.values @ weights))
        return front.values[best], best

    assert supported_front(solve).solutions == (0, 2)


def test_the_front_holds_the_best_of_every_weighted_sum():
    rng = np.random.default_rng(7)
    costs = rng.integers(1, 100, (2, 15, 15)) / 10
    front = exact_path_front(costs, (0, 0), (14, 14), cell_size=30.0, neighbors=16)
    assert nondominated(front.values).all()

    def solve(weights):
        mixed = np.stack([np.tensordot(weights, costs, 1)] * 2)
        best = exact_path_front(mixed, (0, 0), (14, 14), cell_size=30.0, neighbors=16)
        path = best.paths[0]
        return price_path(costs, path, cell_size=30.0), path

    sums = supported_front(solve)
    assert sums.complete
    assert 2 < len(sums.values) < len(front.values)
    gaps = np.abs(sums.values[:, None] / front.values[None] - 1).max(axis=2).min(axis=1)
    assert (gaps < 1e-6).all()
    assert front.supported.sum() == len(sums.values)


@pytest.mark.parametrize("objectives", [2, 3])
def test_a_tolerance_covers_the_front_with_fewer_points(objectives):
    rng = np.random.default_rng(8)
    costs = rng.integers(1, 50, (objectives, 10, 10)).astype(float)
    every = exact_path_front(costs, (0, 0), (9, 9), cell_size=1.0)
    fewer = exact_path_front(costs, (0, 0), (9, 9), cell_size=1.0, tolerance=0.1)
    assert len(fewer.values) < len(every.values) / 2
    ratio = (fewer.values[None] / every.values[:, None]).max(axis=2).min(axis=1)
    assert ratio.max() <= 1.1 + 1e-9
    # Each point that is returned is close to an efficient one.
    assert fewer.labels <= every.labels


def test_the_label_bound_is_reached_cleanly():
    costs = np.random.default_rng(9).integers(1, 90, (3, 14, 14)).astype(float)
    every = exact_path_front(costs, (0, 0), (13, 13), cell_size=1.0)
    bound = every.labels // 2
    part = exact_path_front(costs, (0, 0), (13, 13), cell_size=1.0, max_labels=bound)
    assert every.complete
    assert not part.complete
    assert part.labels <= bound
    assert 0 < len(part.values) < len(every.values)
    below = every.values[every.values[:, 0] < part.proven_below * (1 - 1e-9)]
    np.testing.assert_allclose(part.values[: len(below)], below)
    assert len(part.values) - len(below) <= 1
    none = exact_path_front(costs, (0, 0), (13, 13), cell_size=1.0, max_labels=40)
    assert len(none.values) == len(none.paths) == 0


def test_the_search_is_exact_beyond_the_bits_of_a_float():
    # Two lanes that differ by one step of the costs in 2**22.
    costs = np.ones((2, 3, 40))
    costs[0] *= 4_194_304.0
    costs[1, 0] = costs[1, 2] = 4_000_000.0
    costs[1, 2, 20] -= 1
    costs[0, 2, 20] += 1
    blocked = np.zeros((3, 40), dtype=bool)
    blocked[1, 1:-1] = True
    front = exact_path_front(costs, (1, 0), (1, 39), cell_size=1.0, blocked=blocked)
    assert len(front.values) == 2
    assert np.diff(front.values, axis=0).tolist() == [[1.0, -1.0]]


def test_a_chain_of_barred_cells_is_not_slipped_through():
    blocked = np.zeros((8, 8), dtype=bool)
    blocked[np.arange(8), 7 - np.arange(8)] = True
    for neighbors in (8, 16):
        with pytest.raises(NoRouteError) as caught:
            exact_path_front(
                np.ones((2, 8, 8)), (0, 0), (7, 7), cell_size=1.0, neighbors=neighbors,
                blocked=blocked,
            )  # fmt: skip
        assert caught.value.findings[0].code == "tradeoff.no-route"


def test_start_is_end():
    front = exact_path_front(np.ones((2, 3, 3)), (1, 1), (1, 1), cell_size=1.0)
    assert front.values.tolist() == [[0.0, 0.0]]
    assert front.paths[0].tolist() == [[1, 1]]


def test_zero_costs_and_barred_unknowns_are_allowed():
    costs = np.zeros((2, 3, 3))
    costs[:, 0, 2] = np.nan
    blocked = np.isnan(costs[0])
    front = exact_path_front(costs, (0, 0), (2, 2), cell_size=1.0, blocked=blocked)
    assert front.values.tolist() == [[0.0, 0.0]]


def test_bad_input():
    good = np.ones((2, 3, 3))

    def code(*args, **kwargs):
        with pytest.raises(InputError) as caught:
            exact_path_front(*args, cell_size=1.0, **kwargs)
        return caught.value.findings[0].code

    for value in (np.nan, -1.0, np.inf):
        bad = good.copy()
        bad[1, 2, 0] = value
        assert code(bad, (0, 0), (2, 2)) == "tradeoff.cost"
    assert code(np.ones((4, 3, 3)), (0, 0), (2, 2)) == "tradeoff.objectives"
    assert code(good, (0, 0), (2, 2), blocked=np.zeros((2, 2), dtype=bool)) == "tradeoff.objectives"
    assert code(good, (0, 3), (2, 2)) == "tradeoff.place"
    assert code(good, (0, 0), (1, 1), blocked=np.eye(3, dtype=bool)) == "tradeoff.place"
    assert code(good * 1e9, (0, 0), (2, 2), resolution=[1e-9, 1e-9]) == "tradeoff.too-large"
