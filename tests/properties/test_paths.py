"""Paths and fields equal a plain Dijkstra, written here from the edge rules alone."""

import heapq
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import NoRouteError
from nonetloss.numerics.paths import (
    corridor,
    cost_distance,
    dissimilar_paths,
    least_cost_path,
    path_cost,
    terrain,
)

KINGS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]
KNIGHTS = [(-2, -1), (-2, 1), (-1, -2), (-1, 2), (1, -2), (1, 2), (2, -1), (2, 1)]


def between(cell, move):
    """Cells that must be free for a move, and that a knight move also pays for."""
    (r, c), (dr, dc) = cell, move
    if abs(dr) == 2:
        return [(r + dr // 2, c), (r + dr // 2, c + dc)]
    if abs(dc) == 2:
        return [(r, c + dc // 2), (r + dr, c + dc // 2)]
    return [(r + dr, c), (r, c + dc)] if dr and dc else []


def edges(cost, blocked, size, neighbors):
    """{cell: {neighbor: price}} in float64."""
    rows, columns = cost.shape

    def is_open(cell):
        r, c = cell
        return 0 <= r < rows and 0 <= c < columns and not blocked[cell] and np.isfinite(cost[cell])

    graph = {}
    for cell in np.ndindex(rows, columns):
        if not is_open(cell):
            continue
        graph[cell] = {}
        for move in KINGS + (KNIGHTS if neighbors == 16 else []):
            other = (cell[0] + move[0], cell[1] + move[1])
            touched = between(cell, move)
            if not is_open(other) or not all(is_open(t) for t in touched):
                continue
            paid = [cell, other] + (touched if move in KNIGHTS else [])
            length = math.hypot(move[0] * size[0], move[1] * size[1])
            graph[cell][other] = length * sum(float(cost[p]) for p in paid) / len(paid)
    return graph


def dijkstra(graph, sources):
    best = dict.fromkeys(sources, 0.0)
    heap = [(0.0, s) for s in sources]
    while heap:
        label, cell = heapq.heappop(heap)
        if label > best[cell]:
            continue
        for other, price in graph[cell].items():
            if label + price < best.get(other, math.inf):
                best[other] = label + price
                heapq.heappush(heap, (label + price, other))
    return best


def raster(rng, rows, columns, kind):
    shape = (rows, columns)
    return {
        "small whole numbers": lambda: rng.integers(1, 5, shape).astype(np.float64),
        "constant": lambda: np.full(shape, 3.0),
        "span 1e6": lambda: 10 ** rng.uniform(-3, 3, shape),
        "zeros": lambda: rng.integers(0, 3, shape).astype(np.float64),
        "walls of 1e6": lambda: np.where(rng.random(shape) < 0.3, 1e6, 1.0),
        "infinite cells": lambda: np.where(
            rng.random(shape) < 0.2, np.inf, rng.uniform(1, 9, shape)
        ),
    }[kind]().astype(np.float32)


KINDS = ["small whole numbers", "constant", "span 1e6", "zeros", "walls of 1e6", "infinite cells"]

cases = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "rows": st.integers(1, 12),
        "columns": st.integers(1, 12),
        "kind": st.sampled_from(KINDS),
        "share": st.sampled_from([0.0, 0.15, 0.35]),
        "size": st.sampled_from([(1.0, 1.0), (30.0, 30.0), (10.0, 25.0), (25.0, 2.0)]),
        "neighbors": st.sampled_from([8, 16]),
        "several": st.booleans(),
    }
)


def case(seed, rows, columns, kind, share, several):
    rng = np.random.default_rng(seed)
    cost = raster(rng, rows, columns, kind)
    blocked = rng.random(cost.shape) < share
    free = np.argwhere(~blocked & np.isfinite(cost))
    if not len(free):
        blocked[:] = False
        cost[:] = 1
        free = np.argwhere(~blocked)
    count = 3 if several else 1
    starts, ends = (
        [tuple(p) for p in free[rng.integers(0, len(free), count)].tolist()] for _ in range(2)
    )
    return cost, blocked, starts, ends


@given(cases, st.sampled_from([1, 2]))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_path_equals_brute_force(given_case, threads):
    size, neighbors = given_case.pop("size"), given_case.pop("neighbors")
    cost, blocked, starts, ends = case(**given_case)
    graph = edges(cost, blocked, size, neighbors)
    labels = dijkstra(graph, starts)
    optimum = min((labels[e] for e in ends if e in labels), default=None)
    options = {"cell_size": size, "neighbors": neighbors, "blocked": blocked, "threads": threads}
    if optimum is None:
        with pytest.raises(NoRouteError, match="no route"):
            least_cost_path(cost, starts, ends, **options)
        return
    path = least_cost_path(cost, starts, ends, **options)
    cells = [tuple(c) for c in path.cells.tolist()]
    assert path.cells.dtype == np.int32
    assert cells[0] in starts
    assert cells[-1] in ends
    assert len(set(cells)) == len(cells)
    priced = sum(graph[a][b] for a, b in pairwise(cells))
    assert path.cost == pytest.approx(priced, rel=1e-12)
    assert path.cost == pytest.approx(optimum, rel=1e-6)
    walked = sum(
        math.hypot((a[0] - b[0]) * size[0], (a[1] - b[1]) * size[1]) for a, b in pairwise(cells)
    )
    assert path.length == pytest.approx(walked, rel=1e-12)
    assert path_cost(cost, path.cells, cell_size=size, blocked=blocked) == path.cost


@given(cases, st.sampled_from([None, 0.0, 0.3, 0.7]))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_field_equals_brute_force_everywhere(given_case, limit_share):
    size, neighbors = given_case.pop("size"), given_case.pop("neighbors")
    cost, blocked, starts, _ = case(**given_case)
    labels = dijkstra(edges(cost, blocked, size, neighbors), starts)
    # A limit between two labels, so that rounding decides nothing.
    values = np.unique(list(labels.values()))
    limit = None
    if limit_share is not None:
        at = int(limit_share * (len(values) - 1))
        limit = float(values[at] * (1 + 1e-5))
    field = cost_distance(
        cost, starts, cell_size=size, neighbors=neighbors, blocked=blocked, max_cost=limit
    )
    expected = np.full(cost.shape, np.nan)
    for cell, label in labels.items():
        if limit is None or label <= limit:
            expected[cell] = label
    close = [abs(v - limit) < 1e-4 * v for v in values] if limit is not None else []
    if sum(close) <= 1:
        np.testing.assert_allclose(field, expected, rtol=1e-6)
    assert field.dtype == np.float32


@given(cases)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_corridor_is_the_cheapest_route_through_each_cell(given_case):
    size, neighbors = given_case.pop("size"), given_case.pop("neighbors")
    cost, blocked, starts, ends = case(**given_case)
    graph = edges(cost, blocked, size, neighbors)
    there, back = dijkstra(graph, starts), dijkstra(graph, ends)
    options = {"cell_size": size, "neighbors": neighbors, "blocked": blocked}
    if not any(e in there for e in ends):
        with pytest.raises(NoRouteError, match="no corridor"):
            corridor(cost, starts, ends, **options)
        return
    expected = np.full(cost.shape, np.nan)
    for cell in there.keys() & back.keys():
        expected[cell] = there[cell] + back[cell]
    found = corridor(cost, starts, ends, **options)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    optimum = least_cost_path(cost, starts, ends, **options).cost
    assert np.nanmin(found) == pytest.approx(optimum, rel=1e-6)


@pytest.mark.parametrize("width", [1e-9, 1e-4, 0.05, 1.0, 40.0, 1e4, 1e9])
@pytest.mark.parametrize("kind", KINDS)
def test_any_bucket_width_is_exact(monkeypatch, width, kind):
    rng = np.random.default_rng(11)
    cost = raster(rng, 40, 40, kind)
    blocked = np.zeros(cost.shape, bool)
    cost[0, 0] = 1
    labels = dijkstra(edges(cost, blocked, (2.0, 2.0), 16), [(0, 0)])
    monkeypatch.setattr(terrain, "bucket_width", lambda *_: width)
    field = cost_distance(cost, (0, 0), cell_size=2.0, neighbors=16)
    expected = np.full(cost.shape, np.nan)
    for cell, label in labels.items():
        expected[cell] = label
    np.testing.assert_allclose(field, expected, rtol=1e-6)


@given(st.integers(0, 2**32 - 1), st.sampled_from([8, 16]), st.integers(1, 4))
@settings(max_examples=25, derandomize=True, deadline=None)
def test_dissimilar_paths_are_distinct_legal_and_truly_priced(seed, neighbors, k):
    rng = np.random.default_rng(seed)
    cost = rng.uniform(1, 20, (40, 50)).astype(np.float32)
    blocked = rng.random(cost.shape) < 0.1
    blocked[:3, :3] = blocked[-3:, -3:] = False
    options = {"cell_size": 10.0, "neighbors": neighbors, "blocked": blocked}
    try:
        best = least_cost_path(cost, (0, 0), (39, 49), **options)
    except NoRouteError:
        return
    paths = dissimilar_paths(cost, (0, 0), (39, 49), k=k, most_shared=0.6, **options)
    assert 1 <= len(paths) <= k
    assert paths[0].cost == best.cost
    assert paths[0].shared == 0
    assert len({p.cells.tobytes() for p in paths}) == len(paths)
    for path in paths:
        assert path.cost >= best.cost * (1 - 1e-6)
        assert path.cost == path_cost(cost, path.cells, cell_size=10.0, blocked=blocked)
        assert path.shared <= 0.6
