import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import InputError, NoRouteError
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.paths import least_cost_path
from nonetloss.numerics.shapes import Lines
from nonetloss.numerics.sightlines import straighten
from nonetloss.numerics.zonal import line_lengths, rasterize_touched


def centers(grid, cells):
    return np.column_stack(grid.center_of(cells[:, 0], cells[:, 1]))


def lines(points):
    return Lines(points, np.array([0, len(points)]), np.array([0, 1]))


def integral(points, cost, grid):
    found = line_lengths(lines(points), grid=grid)
    return float((cost.ravel()[found.cells] * found.lengths).sum())


def test_a_staircase_over_even_ground_becomes_one_straight_line():
    grid = Grid(0, 20, 1, 1, 20, 20)
    path = least_cost_path(np.ones((20, 20)), (0, 0), (7, 19), cell_size=1.0)
    kept = straighten(centers(grid, path.cells), np.ones((20, 20)), grid=grid)
    assert kept.tolist() == [0, len(path.cells) - 1]


def test_a_wall_is_rounded_not_crossed():
    grid = Grid(0, 20, 1, 1, 20, 20)
    blocked = np.zeros((20, 20), bool)
    blocked[10, :15] = True
    cost = np.ones((20, 20))
    path = least_cost_path(cost, (2, 2), (18, 2), cell_size=1.0, blocked=blocked)
    points = centers(grid, path.cells)
    line = points[straighten(points, cost, grid=grid, blocked=blocked)]
    # Down to the open end of the wall, around it, and back.
    assert len(line) <= 5
    assert not (rasterize_touched(lines(line), grid=grid) & blocked).any()


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([8, 16]),
    st.sampled_from([0.0, 0.01, 0.2]),
    st.sampled_from([(1.0, 1.0), (2.0, 0.5)]),
)
def test_cost_stays_within_tolerance_and_no_new_piece_touches_a_closed_cell(
    seed, neighbors, tolerance, size
):
    rng = np.random.default_rng(seed)
    grid = Grid(5.0, 50.0, size[1], size[0], 18, 22)
    cost = rng.uniform(1, 10, grid.shape)
    blocked = rng.random(grid.shape) < 0.2
    blocked[0, 0] = blocked[-1, -1] = False
    try:
        path = least_cost_path(
            cost, (0, 0), (17, 21), cell_size=size, neighbors=neighbors, blocked=blocked
        )
    except NoRouteError:
        return
    points = centers(grid, path.cells)
    kept = straighten(points, cost, grid=grid, blocked=blocked, tolerance=tolerance)
    line = points[kept]
    assert integral(line, cost, grid) <= (1 + tolerance) * path.cost * (1 + 1e-9)
    for i in np.flatnonzero(np.diff(kept) > 1):
        piece = line[i : i + 2]
        assert not (rasterize_touched(lines(piece), grid=grid) & blocked).any()


def test_nothing_is_gained_that_a_full_search_over_vertices_would_not_find():
    rng = np.random.default_rng(4)
    grid = Grid(0, 12, 1, 1, 12, 12)
    cost = rng.uniform(1, 5, grid.shape)
    path = least_cost_path(cost, (0, 0), (11, 11), cell_size=1.0)
    points = centers(grid, path.cells)
    n = len(points)
    best = np.full(n, np.inf)
    best[0] = 0
    for i in range(1, n):
        for j in range(i):
            best[i] = min(best[i], best[j] + integral(points[[j, i]], cost, grid))
    line = points[straighten(points, cost, grid=grid, tolerance=0.0, window=n)]
    assert integral(line, cost, grid) == pytest.approx(best[-1], rel=1e-12)


@pytest.mark.parametrize(
    "more", [{"points": np.zeros((1, 2))}, {"points": np.array([[0, 0], [9, 0]])}, {"window": 0}]
)
def test_bad_input_is_refused(more):
    given = {"points": np.array([[0.5, 0.5], [1.5, 0.5]]), "window": 5} | more
    with pytest.raises(InputError) as caught:
        straighten(
            given["points"], np.ones((2, 2)), grid=Grid(0, 2, 1, 1, 2, 2), window=given["window"]
        )
    assert caught.value.findings[0].code == "sightlines.points"
