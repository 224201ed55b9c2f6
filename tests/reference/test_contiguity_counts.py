"""Connected subsets of small grids: all pass the constraints, and nothing else does.

13, 218 and 11,506 connected nonempty subsets of square grids of 2, 3 and 4 cells a side are the
published counts (the issue that the index-ordered arcs of another tool let only 12, 133 and 2,842
pass is what these tests keep away).
"""

import numpy as np
import pytest
from scipy import sparse

from nonetloss.numerics.connectivity import contiguity, pieces
from nonetloss.numerics.milp import Rows, compile_model, solve

CASES = [(2, 13), (3, 218), (4, 11_506)]


def _grid(size):
    number = np.arange(size * size).reshape(size, size)
    right = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    down = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    return np.concatenate([right, down])


def _subsets(size):
    units = size * size
    return ((np.arange(1, 2**units)[:, None] >> np.arange(units)) & 1).astype(bool)


def _arcs(edges):
    pairs = np.unique(np.sort(edges, axis=1), axis=0)
    return np.concatenate([pairs[:, 0], pairs[:, 1]]), np.concatenate([pairs[:, 1], pairs[:, 0]])


def _pieces_of_all(edges, subsets):
    """Lowest unit of the piece of each chosen unit, of all subsets at once; `units` elsewhere."""
    units = subsets.shape[1]
    lowest = np.where(subsets, np.arange(units), units)
    for _ in range(units):  # no path inside a subset has more steps
        for first, second in edges:
            both = subsets[:, first] & subsets[:, second]
            least = np.minimum(lowest[both, first], lowest[both, second])
            lowest[both, first] = lowest[both, second] = least
    return lowest


def _certificates(edges, chosen, columns):
    """Roots, supplies and flows that show connected subsets to pass: a tree from one root each."""
    many, units = chosen.shape
    start, end = _arcs(edges)
    row = np.arange(many)
    point = np.zeros((many, columns))
    root = chosen.argmax(axis=1)
    point[row, root], point[row, units + root] = 1.0, chosen.sum(axis=1)
    # The arc by which each unit is reached, and after how many steps.
    parent = np.full((many, units), -1)
    step = np.where(np.arange(units) == root[:, None], 0, -1)
    for now in range(1, units):
        for arc, (a, b) in enumerate(zip(start, end, strict=True)):
            new = (step[:, a] == now - 1) & chosen[:, b] & (step[:, b] < 0)
            step[new, b], parent[new, b] = now, arc
    below = chosen.astype(float)
    for now in range(units - 1, 0, -1):
        at, unit = np.nonzero(step == now)
        arc = parent[at, unit]
        point[at, 2 * units + arc] = below[at, unit]
        np.add.at(below, (at, start[arc]), below[at, unit])
    return np.concatenate([chosen.astype(float), point], axis=1)


@pytest.mark.parametrize(("size", "count"), CASES)
def test_pieces_of_all_subsets_are_those_of_the_package(size, count):
    # What the tests below take for connected; every subset, or for the largest grid some.
    edges, subsets = _grid(size), _subsets(size)
    lowest = _pieces_of_all(edges, subsets)
    for chosen, least in zip(
        subsets[:: 1 + len(subsets) // 600], lowest[:: 1 + len(subsets) // 600], strict=True
    ):
        numbered = np.full(size * size, -1)
        numbered[chosen] = np.unique(least[chosen], return_inverse=True)[1]
        assert np.array_equal(pieces(edges, chosen), numbered)
    assert ((lowest == lowest.min(axis=1)[:, None]) == subsets).all(axis=1).sum() == count


@pytest.mark.parametrize(("size", "count"), CASES)
def test_every_connected_subset_passes(size, count):
    edges, subsets = _grid(size), _subsets(size)
    lowest = _pieces_of_all(edges, subsets)
    connected = subsets[((lowest == lowest.min(axis=1)[:, None]) == subsets).all(axis=1)]
    assert len(connected) == count
    block = contiguity(edges, size * size)
    points = _certificates(edges, connected, block.columns)
    assert (points[:, size * size :] <= block.upper).all()
    assert (points >= 0).all()
    for rows in block.rows:
        value = points @ sparse.csr_array(rows.matrix).T
        assert (value >= rows.lower - 1e-9).all()
        assert (value <= rows.upper + 1e-9).all()


@pytest.mark.parametrize(("size", "count"), CASES)
def test_no_disconnected_subset_passes(size, count):
    # Summed over one piece the balance reads: supply + inflow - outflow = size of the piece. Flow
    # across its rim is zero, for the other end is not chosen, so that each piece needs a root of
    # its own; and there is one root at most.
    units = size * size
    edges, subsets = _grid(size), _subsets(size)
    start, end = _arcs(edges)
    few, _, supply, balance, tail, head = contiguity(edges, units).rows
    assert few.upper == 1.0
    assert (np.asarray(few.matrix.todense())[0, units : 2 * units] == 1).all()
    matrix = balance.matrix.toarray()
    capacity = [-sparse.csr_array(r.matrix)[:, :units].toarray() for r in (tail, head)]
    source = -supply.matrix.toarray()[:, units : 2 * units]
    lowest = _pieces_of_all(edges, subsets)
    apart = ((lowest != lowest.min(axis=1)[:, None]) & subsets).any(axis=1)
    chosen, lowest = subsets[apart], lowest[apart]
    bound = np.minimum(*(chosen.astype(float) @ c.T for c in capacity))
    for unit in range(units):  # the pieces whose lowest unit it is
        member = (lowest == unit)[(lowest == unit).any(axis=1)]
        most = bound[(lowest == unit).any(axis=1)]
        summed = member.astype(float) @ matrix
        inflow = (np.maximum(summed[:, 3 * units :], 0) * most).sum(axis=1)
        assert (inflow == 0).all()  # without a root of its own nothing arrives
        assert (summed[:, 2 * units : 3 * units] == member).all()
    assert np.array_equal(source, units * np.eye(units))  # no supply without a root
    assert start.size == end.size
    assert len(chosen) == 2**units - 1 - count


@pytest.mark.parametrize("size", [2, 3])
def test_the_solver_agrees_on_every_subset(size):
    edges, units = _grid(size), size * size
    block = contiguity(edges, units)
    for chosen in _subsets(size):
        model = compile_model(
            np.zeros(units + block.columns),
            rows=list(block.rows),
            column_lower=np.concatenate([chosen, np.zeros(block.columns)]).astype(float),
            column_upper=np.concatenate([chosen, block.upper]).astype(float),
            integer=np.concatenate([np.ones(units, dtype=bool), block.integer]),
        )
        assert solve(model).found == (pieces(edges, chosen).max() == 0)


def test_two_pieces_pass_where_two_are_allowed():
    edges = _grid(3)
    block = contiguity(edges, 9, components=2)
    chosen = np.zeros(9)
    for corners, passes in (([0, 8], True), ([0, 2, 6], False)):
        chosen[:] = 0
        chosen[corners] = 1
        model = compile_model(
            np.zeros(9 + block.columns),
            rows=[*block.rows, Rows(np.zeros((1, 9 + block.columns)))],
            column_lower=np.concatenate([chosen, np.zeros(block.columns)]),
            column_upper=np.concatenate([chosen, block.upper]),
            integer=np.concatenate([np.ones(9, dtype=bool), block.integer]),
        )
        assert solve(model).found == passes
