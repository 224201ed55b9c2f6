"""Prices and minimum cuts: bounds that hold, sets that reach their targets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from nonetloss.numerics.milp import solve
from nonetloss.offset.minimum_set import compile_minimum_set
from nonetloss.offset.planning.large import priced_minimum_set
from nonetloss.offset.planning.outline import outline_and_edges
from nonetloss.offset.portfolio import minimum_set


def _grid_lengths(height, width):
    number = np.arange(height * width).reshape(height, width)
    pairs = np.concatenate(
        [
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
        ]
    )
    size = height * width
    half = sparse.coo_array((np.ones(len(pairs)), pairs.T), shape=(size, size)).tocsr()
    return sparse.csr_array(half + half.T + 4 * sparse.eye_array(size))


def _case(seed, height=6, width=7):
    rng = np.random.default_rng(seed)
    size = height * width
    amounts = rng.random((size, 3)) * (rng.random((size, 3)) < 0.6)
    cost = rng.random(size) + 0.1
    return amounts, cost, 0.3 * amounts.sum(axis=0), rng


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.05, 0.4]))
def test_bound_and_set_around_the_optimum(seed, penalty):
    amounts, cost, targets, rng = _case(seed)
    lengths = _grid_lengths(6, 7)
    inside = rng.random(42) < 0.05
    outside = ~inside & (rng.random(42) < 0.05)
    model = compile_minimum_set(
        amounts,
        targets,
        cost=cost,
        boundary=lengths,
        boundary_penalty=penalty,
        locked_in=inside,
        locked_out=outside,
    )
    best = solve(model, gap=0.0)
    found = priced_minimum_set(
        sparse.csr_array(amounts),
        targets,
        cost=cost,
        outline=outline_and_edges(lengths, 42, 0.5) if penalty else None,
        penalty=penalty,
        inside=inside,
        outside=outside,
        gap=0.0,
    )
    assert found.bound <= best.objective + 1e-9
    assert found.objective >= best.objective - 1e-9
    assert (amounts[found.chosen].sum(axis=0) >= targets - 1e-9).all()
    assert found.chosen[inside].all()
    assert not found.chosen[outside].any()


@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_large_sets_are_proven_and_reach_their_targets(penalty):
    amounts, cost, targets, _ = _case(5, 60, 50)
    lengths = _grid_lengths(60, 50)
    found = minimum_set(
        amounts, targets, cost=cost, boundary=lengths, boundary_penalty=penalty, gap=0.02
    )
    assert found.gap <= 0.02
    assert (amounts[found.chosen].sum(axis=0) >= targets - 1e-6).all()
    taken = found.chosen.astype(float)
    exposed = np.asarray(lengths.diagonal() - (lengths - 4 * sparse.eye_array(3000)).sum(axis=1))
    cut = (lengths.diagonal() - exposed) @ taken - taken @ (
        (lengths - 4 * sparse.eye_array(3000)) @ taken
    )
    by_hand = cost @ taken + penalty * (cut + 0.5 * exposed @ taken)
    assert found.objective == pytest.approx(by_hand)
    relaxed = minimum_set(amounts, targets, cost=cost, gap=0.02)
    assert relaxed.bound <= found.objective


def test_the_same_bytes_twice():
    amounts, cost, targets, _ = _case(9, 50, 50)
    lengths = _grid_lengths(50, 50)
    twice = [
        minimum_set(amounts, targets, cost=cost, boundary=lengths, boundary_penalty=0.2, gap=0.05)
        for _ in range(2)
    ]
    assert np.array_equal(twice[0].chosen, twice[1].chosen)
    assert twice[0].bound == twice[1].bound


def test_nothing_asked_for_takes_what_is_locked_in_and_fills_a_hole():
    lengths = _grid_lengths(50, 50)
    inside = np.zeros((50, 50), dtype=bool)
    inside[10:13, 10:13] = True
    inside[11, 11] = False  # open, it costs 4 of outline at 1 each; filled, its price of 0.5
    amounts, cost = np.ones((2500, 1)), np.full(2500, 0.5)
    found = minimum_set(
        amounts,
        np.zeros(1),
        cost=cost,
        boundary=lengths,
        boundary_penalty=1.0,
        locked_in=inside.ravel(),
    )
    assert found.chosen.sum() == 9
    assert found.objective == pytest.approx(9 * 0.5 + 12)
    assert found.gap == 0.0
    assert minimum_set(amounts, np.zeros(1), cost=cost).chosen.sum() == 0
