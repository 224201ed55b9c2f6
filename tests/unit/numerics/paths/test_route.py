import math

import numpy as np
import pytest

from nonetloss.core.errors import InputError, NoRouteError
from nonetloss.numerics.paths import least_cost_path, path_cost

ONES = np.ones((6, 7), np.float32)


def chain(n, rise, run, *, mirrored):
    """A barrier one cell thick from edge to edge, whose cells touch by corners where it climbs."""
    blocked = np.zeros((n, n), bool)
    along = np.arange(n)
    if rise <= run:
        blocked[along * rise // run, along] = True
    else:
        blocked[along, along * run // rise] = True
    return blocked[:, ::-1].copy() if mirrored else blocked


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("neighbors", [8, 16])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("rise", "run"), [(1, 1), (1, 2), (2, 1), (1, 3)])
def test_chain_of_cells_touching_by_corners_is_a_barrier(rise, run, mirrored, neighbors, threads):
    n = 60
    blocked = chain(n, rise, run, mirrored=mirrored)
    corners = [(0, n - 1), (n - 1, 0)] if not mirrored else [(0, 0), (n - 1, n - 1)]
    options = {"cell_size": 1.0, "neighbors": neighbors, "blocked": blocked, "threads": threads}
    with pytest.raises(NoRouteError, match="no route"):
        least_cost_path(np.ones((n, n), np.float32), *corners, **options)
    # One cell opened is a gate.
    gap = np.argwhere(blocked)[len(np.argwhere(blocked)) // 2]
    around = np.zeros_like(blocked)
    around[gap[0] - 1 : gap[0] + 2, gap[1] - 1 : gap[1] + 2] = True
    options["blocked"] = blocked & ~around
    assert least_cost_path(np.ones((n, n), np.float32), *corners, **options).cost > 0


@pytest.mark.parametrize("neighbors", [8, 16])
def test_straight_wall_is_a_barrier(neighbors):
    blocked = np.zeros((60, 60), bool)
    blocked[30] = True
    with pytest.raises(NoRouteError):
        least_cost_path(
            np.ones((60, 60)), (0, 0), (59, 59), cell_size=1, neighbors=neighbors, blocked=blocked
        )


def test_infinite_cost_is_a_barrier_like_the_mask():
    cost = np.ones((10, 10))
    cost[np.arange(10), np.arange(10)] = np.inf
    with pytest.raises(NoRouteError):
        least_cost_path(cost, (0, 9), (9, 0), cell_size=1)


def test_price_by_hand_for_eight_neighbors():
    # Right (1 + 3) / 2 × 30 m, then down and right √(20² + 30²) × (3 + 5) / 2.
    cost = np.array([[1, 3, 9], [9, 9, 5]], np.float32)
    path = least_cost_path(cost, (0, 0), (1, 2), cell_size=(20.0, 30.0))
    assert path.cells.tolist() == [[0, 0], [0, 1], [1, 2]]
    assert path.cost == pytest.approx(30 * 2 + math.hypot(20, 30) * 4, rel=1e-12)
    assert path.length == pytest.approx(30 + math.hypot(20, 30), rel=1e-12)


def test_knight_move_pays_the_mean_of_four_cells():
    # Two rows of 20 m down and one column of 30 m: hypot(40, 30) = 50 m × (2 + 4 + 6 + 8) / 4.
    cost = np.array([[2, 99], [4, 6], [99, 8]], np.float32)
    cells = [(0, 0), (2, 1)]
    assert path_cost(cost, cells, cell_size=(20.0, 30.0)) == pytest.approx(50 * 5)
    path = least_cost_path(cost, (0, 0), (2, 1), cell_size=(20.0, 30.0), neighbors=16)
    assert path.cells.tolist() == [[0, 0], [2, 1]]
    assert path.cost == pytest.approx(250)


@pytest.mark.parametrize("crossed", [(1, 0), (1, 1)])
def test_knight_move_is_closed_by_either_crossed_cell(crossed):
    blocked = np.zeros((3, 2), bool)
    blocked[crossed] = True
    with pytest.raises(InputError, match="does"):
        path_cost(np.ones((3, 2)), [(0, 0), (2, 1)], cell_size=1, blocked=blocked)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("neighbors", [8, 16])
def test_start_is_end(threads, neighbors):
    path = least_cost_path(ONES, (2, 3), (2, 3), cell_size=5, neighbors=neighbors, threads=threads)
    assert path.cells.tolist() == [[2, 3]]
    assert (path.length, path.cost) == (0.0, 0.0)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (1, 3000)])
def test_tiny_and_thin_rasters(shape, threads):
    end = (shape[0] - 1, shape[1] - 1)
    path = least_cost_path(
        np.full(shape, 2.0), (0, 0), end, cell_size=1, neighbors=16, threads=threads
    )
    moves = [max(shape) - 1, math.sqrt(2)][shape == (2, 2)]
    assert path.cost == pytest.approx(2 * moves)


@pytest.mark.parametrize("threads", [1, 2])
def test_cheapest_pair_of_several_is_taken(threads):
    path = least_cost_path(
        np.ones((20, 20)),
        [(0, 0), (0, 19)],
        np.array([[19, 0], [4, 19]]),
        cell_size=1,
        threads=threads,
    )
    assert path.cells[[0, -1]].tolist() == [[0, 19], [4, 19]]
    assert path.cost == 4


@pytest.mark.parametrize("threads", [1, 2])
def test_many_ends(threads):
    ends = [(50, c) for c in range(60)]
    path = least_cost_path(np.ones((60, 60)), (0, 30), ends, cell_size=1, threads=threads)
    assert path.cost == 50


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("neighbors", [8, 16])
def test_plateau_of_zero_cost_is_crossed_for_nothing(threads, neighbors):
    cost = np.zeros((80, 90))
    cost[:, 40] = 7
    path = least_cost_path(
        cost, (0, 0), (79, 89), cell_size=1, neighbors=neighbors, threads=threads
    )
    assert path.cost == pytest.approx(7)  # half before, half after: 1 × 7
    assert len({tuple(c) for c in path.cells.tolist()}) == len(path.cells)


def test_edges_below_the_resolution_of_the_labels_still_make_a_path():
    # Behind the wall labels are near 1e9, whose float32 neighbors lie 64 apart.
    cost = np.ones((50, 50))
    cost[:, 25] = 1e9
    path = least_cost_path(cost, (0, 0), (49, 49), cell_size=1)
    assert path.cost == pytest.approx(1e9, rel=1e-6)
    assert path.cost == path_cost(cost, path.cells, cell_size=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.uint8, ">f4", np.float16])
def test_every_numeric_type_and_layout_gives_the_same(dtype):
    rng = np.random.default_rng(1)
    cost = rng.integers(1, 100, (40, 40)).astype(dtype)
    expected = least_cost_path(cost.astype(np.float32), (0, 0), (39, 39), cell_size=1)
    for layout in (cost, np.asfortranarray(cost), np.repeat(cost, 2, axis=1)[:, ::2]):
        frozen = layout.view()
        frozen.flags.writeable = False
        for given in (layout, frozen):
            before = given.copy()
            assert least_cost_path(given, (0, 0), (39, 39), cell_size=1).cost == expected.cost
            assert np.array_equal(given, before)


def test_repeats_are_identical():
    rng = np.random.default_rng(1)
    cost = rng.integers(1, 4, (100, 100)).astype(np.float32)
    first, second = (
        least_cost_path(cost, (0, 0), (99, 99), cell_size=1, neighbors=16) for _ in range(2)
    )
    assert np.array_equal(first.cells, second.cells)


def refused(code, *args, **options):
    with pytest.raises(InputError) as caught:
        least_cost_path(*args, **({"cell_size": 1} | options))
    assert [f.code for f in caught.value.findings] == [code]
    for language in ("es", "en"):
        assert "{" not in caught.value.render(language)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("paths.not-a-raster", {"cost": np.ones(5)}),
        ("paths.not-a-raster", {"cost": np.ones((0, 5))}),
        ("paths.not-a-raster", {"cost": np.ones((5, 5), complex)}),
        ("paths.bad-cost", {"cost": np.where(np.eye(6, 7) > 0, np.nan, 1.0)}),
        ("paths.bad-cost", {"cost": np.where(np.eye(6, 7) > 0, -1, 1)}),
        ("paths.blocked-mismatch", {"blocked": np.zeros((7, 6), bool)}),
        ("paths.blocked-mismatch", {"blocked": np.zeros((6, 7), np.uint8)}),
        ("paths.cell-size", {"cell_size": 0}),
        ("paths.cell-size", {"cell_size": (1, -1)}),
        ("paths.cell-size", {"cell_size": np.nan}),
        ("paths.cell-size", {"cell_size": (1, 1, 1)}),
        ("paths.cell-size", {"cell_size": "wide"}),
        ("paths.cell-size", {"cell_size": None}),
        ("paths.neighbors", {"neighbors": 4}),
        ("paths.threads", {"threads": 3}),
        ("paths.not-cells", {"start": []}),
        ("paths.not-cells", {"start": (1, 2, 3)}),
        ("paths.not-cells", {"start": (1.5, 2.0)}),
        ("paths.not-cells", {"end": [(1, 2), (3,)]}),
        ("paths.outside", {"start": (6, 0)}),
        ("paths.outside", {"end": [(0, 0), (0, -1)]}),
    ],
)
def test_what_cannot_be_used_is_refused(code, changes):
    given = {"cost": ONES, "start": (0, 0), "end": (5, 6)} | changes
    refused(code, given.pop("cost"), given.pop("start"), given.pop("end"), **given)


def test_ends_inside_exclusions_are_refused():
    blocked = np.zeros((6, 7), bool)
    blocked[2, 3] = True
    refused("paths.start-excluded", ONES, (2, 3), (5, 6), blocked=blocked)
    refused("paths.end-excluded", ONES, (0, 0), [(5, 6), (2, 3)], blocked=blocked)
    refused("paths.start-excluded", np.where(blocked, np.inf, 1), (2, 3), (5, 6))


def test_unknown_cost_is_allowed_where_blocked():
    cost = np.ones((6, 7))
    cost[2, 3] = np.nan
    cost[2, 4] = -5
    path = least_cost_path(cost, (0, 0), (5, 6), cell_size=1, blocked=~(cost >= 0))
    assert np.isfinite(path.cost)


def test_path_cost_of_one_cell_is_nothing():
    assert path_cost(ONES, [(1, 1)], cell_size=1) == 0


@pytest.mark.parametrize("cells", [[(0, 0), (0, 2)], [(0, 0), (0, 0)], [(0, 0), (2, 2)]])
def test_path_cost_refuses_jumps(cells):
    with pytest.raises(InputError) as caught:
        path_cost(ONES, cells, cell_size=1)
    assert caught.value.findings[0].code == "paths.not-a-move"


def test_path_cost_refuses_a_cut_corner():
    blocked = np.zeros((2, 2), bool)
    blocked[0, 1] = True
    with pytest.raises(InputError) as caught:
        path_cost(np.ones((2, 2)), [(0, 0), (1, 1)], cell_size=1, blocked=blocked)
    assert caught.value.findings[0].code == "paths.move-refused"
