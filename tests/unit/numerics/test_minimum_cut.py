"""Minimum cuts against the list of all sets of nodes, and against scipy's maximum flow."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import csgraph

from nonetloss.core.errors import InputError
from nonetloss.numerics.minimum_cut import edge_graph, minimum_cut


def _value(x, unary, first, second, weight):
    return x @ unary + np.abs(x[first] - x[second]) @ weight


@settings(derandomize=True, deadline=None, max_examples=80)
@given(st.integers(0, 10_000))
def test_prices_one_after_the_other_against_all_sets(seed):
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(2, 8))
    pairs = [(i, j) for i in range(nodes) for j in range(i) if rng.random() < 0.6] or [(0, 1)]
    first, second = np.array(pairs).T
    weight = rng.integers(0, 5, len(pairs)).astype(float)
    graph = edge_graph(nodes, first, second, weight)
    every = np.array(list(product((0, 1), repeat=nodes)))
    for _ in range(4):  # the flow of one search is kept for the next
        unary = rng.integers(-6, 7, nodes).astype(float)
        values = np.array([_value(x, unary, first, second, weight) for x in every])
        found = minimum_cut(graph, unary)
        assert _value(found.astype(int), unary, first, second, weight) == values.min()
        assert found.sum() == every[values == values.min()].sum(axis=1).min()


def test_a_grid_against_scipy():
    rng = np.random.default_rng(1)
    side = 25
    number = np.arange(side * side).reshape(side, side)
    first = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    second = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    weight = rng.integers(1, 20, first.size)
    unary = rng.integers(-60, 61, side * side)
    found = minimum_cut(
        edge_graph(side * side, first, second, weight.astype(float)), unary.astype(float)
    )
    source, sink = side * side, side * side + 1
    rows = [first, second, np.full(side * side, source), np.arange(side * side)]
    columns = [second, first, np.arange(side * side), np.full(side * side, sink)]
    data = [weight, weight, np.maximum(-unary, 0), np.maximum(unary, 0)]
    network = sparse.csr_array(
        (np.concatenate(data), (np.concatenate(rows), np.concatenate(columns))),
        shape=(side * side + 2,) * 2,
    ).astype(np.int32)
    flow = csgraph.maximum_flow(network, source, sink).flow_value
    least = np.minimum(unary, 0).sum() + flow
    assert _value(found.astype(int), unary, first, second, weight) == least


def test_infinite_prices_lock_nodes():
    graph = edge_graph(3, np.array([0, 1]), np.array([1, 2]), np.array([2.0, 2.0]))
    assert minimum_cut(graph, np.array([-np.inf, 1.0, np.inf])).tolist() == [True, False, False]
    assert minimum_cut(graph, np.array([np.inf, -1.0, -np.inf])).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("edge", "weight", "code"),
    [((0, 0), 1.0, "milp.edges"), ((0, 5), 1.0, "milp.edges"), ((0, 1), -1.0, "milp.not-finite")],
)
def test_graphs_that_cannot_be(edge, weight, code):
    with pytest.raises(InputError) as refused:
        edge_graph(2, np.array([edge[0]]), np.array([edge[1]]), np.array([weight]))
    assert refused.value.findings[0].code == code
