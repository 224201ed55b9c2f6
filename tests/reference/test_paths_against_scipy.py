"""Fields with exclusions equal scipy's Dijkstra on a graph built from the edge rules."""

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from nonetloss.numerics.paths import cost_distance, least_cost_path


def shifted(array, dr, dc, fill):
    out = np.full(array.shape, fill, array.dtype)
    rows, columns = array.shape
    to = (slice(max(0, -dr), rows - max(0, dr)), slice(max(0, -dc), columns - max(0, dc)))
    start = (slice(max(0, dr), rows + min(0, dr)), slice(max(0, dc), columns + min(0, dc)))
    out[to] = array[start]
    return out


def scipy_field(cost, blocked, start, neighbors):
    """One source to all cells; edges by shifting the whole raster, float64."""
    ids = np.arange(cost.size).reshape(cost.shape)
    price = np.where(blocked, np.inf, cost.astype(np.float64))
    moves = [(0, 1), (1, 0), (1, 1), (1, -1)]
    if neighbors == 16:
        moves += [(2, 1), (2, -1), (1, 2), (1, -2)]
    starts, ends, weights = [], [], []
    for dr, dc in moves:
        around = [price, shifted(price, dr, dc, np.inf)]
        crossed = []
        if 2 in (abs(dr), abs(dc)):
            half = (int(dr / 2), int(dc / 2))
            crossed = [half, (dr - half[0], dc - half[1])]
            around += [shifted(price, *c, np.inf) for c in crossed]
            beside = []
        else:
            beside = [(dr, 0), (0, dc)] if dr and dc else []
        weight = np.hypot(dr, dc) * np.mean(around, axis=0)
        for step in beside:
            weight = np.where(np.isinf(shifted(price, *step, np.inf)), np.inf, weight)
        usable = np.isfinite(weight)
        starts.append(ids[usable])
        ends.append(shifted(ids, dr, dc, -1)[usable])
        weights.append(weight[usable])
    graph = coo_matrix(
        (np.concatenate(weights), (np.concatenate(starts), np.concatenate(ends))),
        shape=(cost.size, cost.size),
    ).tocsr()
    field = dijkstra(graph, directed=False, indices=ids[start]).reshape(cost.shape)
    field[np.isinf(field)] = np.nan
    return field


@pytest.mark.parametrize("neighbors", [8, 16])
@pytest.mark.parametrize("density", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("span", [100.0, 1e6])
def test_scattered_exclusions_against_scipy(neighbors, density, span):
    rng = np.random.default_rng(17)
    cost = (span ** rng.random((180, 220))).astype(np.float32)
    blocked = rng.random(cost.shape) < density
    blocked[:4, :4] = blocked[-4:, -4:] = False
    expected = scipy_field(cost, blocked, (1, 1), neighbors)
    options = {"cell_size": 1.0, "neighbors": neighbors, "blocked": blocked}
    np.testing.assert_allclose(cost_distance(cost, (1, 1), **options), expected, rtol=3e-6)
    if np.isnan(expected[178, 218]):
        return
    for threads in (1, 2):
        path = least_cost_path(cost, (1, 1), (178, 218), threads=threads, **options)
        assert path.cost == pytest.approx(expected[178, 218], rel=1e-6)
