from itertools import product

import numpy as np
import pytest
from scipy import sparse

from nonetloss.core.errors import InfeasibleError, InputError, NoSolutionError
from nonetloss.offset.minimum_set import compile_minimum_set
from nonetloss.offset.portfolio import minimum_set


def chain(count, width=1.0):
    """Perimeters 4 and shared edges 1 of squares in a row."""
    edges = np.full(count - 1, width)
    return sparse.csr_array(
        sparse.diags_array([edges, np.full(count, 4 * width), edges], offsets=[-1, 0, 1])
    )


@pytest.mark.parametrize("seed", range(10))
def test_without_boundary_against_enumeration(seed):
    rng = np.random.default_rng(seed)
    amounts = rng.random((8, 3)) * (rng.random((8, 3)) < 0.7)
    cost = rng.random(8) + 0.1
    targets = amounts.sum(axis=0) * 0.5
    found = minimum_set(amounts, targets, cost=cost, gap=0.0)
    best = min(
        cost @ np.array(x)
        for x in product((0, 1), repeat=8)
        if (amounts.T @ np.array(x) >= targets - 1e-9).all()
    )
    assert found.objective == pytest.approx(best)
    assert (amounts[found.chosen].sum(axis=0) >= targets - 1e-6).all()
    assert found.gap == pytest.approx(0, abs=1e-9)
    assert found.cost == pytest.approx(found.objective)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_with_boundary_against_enumeration(seed, factor):
    rng = np.random.default_rng(100 + seed)
    count, penalty = 9, 0.3
    amounts, cost = rng.random((count, 2)), rng.random(count) + 0.1
    shape = chain(count)
    targets = amounts.sum(axis=0) * 0.4
    found = minimum_set(
        amounts,
        targets,
        cost=cost,
        boundary=shape,
        boundary_penalty=penalty,
        exposed_edge_factor=factor,
        gap=0.0,
    )
    dense = shape.toarray()
    shared = dense - np.diag(np.diag(dense))
    exposed = np.diag(dense) - shared.sum(axis=1)

    def value(x):
        # An edge counts when exactly one of its two sides is chosen; the outer ones by factor.
        cut = sum(shared[i, j] for i in range(count) for j in range(i + 1, count) if x[i] != x[j])
        return cost @ x + penalty * (cut + factor * exposed @ x)

    best = min(
        value(np.array(x))
        for x in product((0, 1), repeat=count)
        if (amounts.T @ np.array(x) >= targets - 1e-9).all()
    )
    assert found.objective == pytest.approx(best)
    assert value(found.chosen.astype(float)) == pytest.approx(best)


def test_a_compact_set_when_edges_are_dear():
    # Six squares of amount 1 in a row, three wanted: the ends of the row have fewer neighbors,
    # but three in a row always beat three apart.
    found = minimum_set(
        np.ones((6, 1)),
        np.array([3.0]),
        cost=np.ones(6),
        boundary=chain(6),
        boundary_penalty=10,
        gap=0.0,
    )
    places = np.flatnonzero(found.chosen)
    assert places[-1] - places[0] == 2


def test_locks_and_unknown_costs():
    cost = np.array([1.0, 2.0, 2.0, np.nan])
    found = minimum_set(
        np.ones((4, 1)),
        np.array([2.0]),
        cost=cost,
        locked_in=np.array([False, True, False, False]),
        locked_out=np.array([True, False, False, False]),
        gap=0.0,
    )
    assert found.chosen.tolist() == [False, True, True, False]


def test_what_cannot_be_reached_is_named_all_at_once():
    with pytest.raises(InfeasibleError) as caught:
        minimum_set(np.ones((3, 2)), np.array([4.0, 5.0]), cost=np.ones(3))
    assert [f.subject for f in caught.value.findings] == ["0", "1"]
    assert caught.value.findings[0].data == {"available": 3.0, "target": 4.0}
    assert caught.value.render("es")


def test_no_target_buys_nothing():
    found = minimum_set(np.ones((3, 1)), np.zeros(1), cost=np.ones(3))
    assert not found.chosen.any()
    assert found.objective == 0


def test_no_time_at_all_is_told(monkeypatch):
    rng = np.random.default_rng(0)
    amounts = rng.random((200, 5))
    with pytest.raises(NoSolutionError) as caught:
        minimum_set(
            amounts,
            amounts.sum(axis=0) * 0.5,
            cost=rng.random(200),
            gap=0.0,
            time_limit=1e-9,
        )
    assert caught.value.findings[0].code == "minimum-set.time"


@pytest.mark.parametrize(
    "change",
    [
        {"targets": np.ones(3)},
        {"targets": np.array([np.nan, 1])},
        {"cost": np.ones(2)},
        {"cost": np.array([-1.0, 1, 1])},
        {"amounts": np.array([[-1.0, 1], [1, 1], [1, 1]])},
        {"amounts": np.array([[np.nan, 1], [1, 1], [1, 1]])},
        {"boundary": np.ones((2, 2)), "boundary_penalty": 1.0},
        {"boundary": np.array([[4.0, 1, 0], [0, 4, 0], [0, 0, 4]]), "boundary_penalty": 1.0},
        {"boundary": np.ones((3, 3)) * 4, "boundary_penalty": 1.0},
        {"boundary_penalty": -1.0},
        {"locked_in": np.ones(2, dtype=bool)},
        {"locked_out": np.zeros(3)},
    ],
)
def test_bad_input(change):
    given = {"amounts": np.ones((3, 2)), "targets": np.ones(2), "cost": np.ones(3), **change}
    with pytest.raises(InputError) as caught:
        compile_minimum_set(given.pop("amounts"), given.pop("targets"), **given)
    assert caught.value.findings[0].code == "minimum-set.input"
    assert caught.value.render("es")


def test_in_and_out_at_once():
    both = np.array([True, False, False])
    with pytest.raises(InputError) as caught:
        minimum_set(np.ones((3, 1)), np.ones(1), cost=np.ones(3), locked_in=both, locked_out=both)
    assert caught.value.findings[0].code == "minimum-set.locked"
    assert caught.value.render("es")
