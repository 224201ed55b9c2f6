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


def _certificate(edges, chosen, columns):
    """Roots, supplies and flows that show a connected subset to pass: a tree from one root."""
    units = chosen.size
    start, end = _arcs(edges)
    point = np.zeros(columns)
    root = int(np.flatnonzero(chosen)[0])
    point[root], point[units + root] = 1.0, chosen.sum()
    parent, order = {root: -1}, [root]
    for unit in order:
        for arc in np.flatnonzero((start == unit) & chosen[end]):
            if int(end[arc]) not in parent:
                parent[int(end[arc])] = int(arc)
                order.append(int(end[arc]))
    below = chosen.astype(float)
    for unit in reversed(order[1:]):
        arc = parent[unit]
        point[2 * units + arc] = below[unit]
        below[start[arc]] += below[unit]
    return np.concatenate([chosen.astype(float), point])


@pytest.mark.parametrize(("size", "count"), CASES)
def test_every_connected_subset_passes(size, count):
    edges, subsets = _grid(size), _subsets(size)
    connected = [s for s in subsets if pieces(edges, s).max() == 0]
    assert len(connected) == count
    block = contiguity(edges, size * size)
    points = np.array([_certificate(edges, s, block.columns) for s in connected])
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
    refused = 0
    for chosen in subsets:
        piece = pieces(edges, chosen)
        if piece.max() == 0:
            continue
        refused += 1
        bound = np.minimum(*(c @ chosen.astype(float) for c in capacity))
        member = piece[None, :] == np.arange(piece.max() + 1)[:, None]
        summed = member.astype(float) @ matrix
        inflow = np.maximum(summed[:, 3 * units :], 0) @ bound
        assert (inflow == 0).all()  # without a root of its own nothing arrives
        assert (summed[:, 2 * units : 3 * units] == member).all()
    assert np.array_equal(source, units * np.eye(units))  # no supply without a root
    assert start.size == end.size
    assert refused == 2**units - 1 - count


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
