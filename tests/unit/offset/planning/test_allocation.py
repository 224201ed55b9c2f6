"""Allocations against the list of all allocations, and by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import InfeasibleError, InputError
from nonetloss.numerics.connectivity import pieces
from nonetloss.offset.planning import allocate, planning_units
from nonetloss.offset.planning.allocation import alternatives
from nonetloss.offset.planning.demands import (
    Boundary,
    Connectivity,
    Contiguous,
    Linear,
    LockedIn,
    LockedOut,
    Mandatory,
    Neighbors,
)
from nonetloss.offset.planning.objectives import (
    JointTarget,
    MaximumFeatures,
    MaximumUtility,
    MinimumLargestShortfall,
    MinimumSet,
    MinimumShortfall,
)

EDGES = np.array([[0, 1], [1, 2], [3, 4], [4, 5], [0, 3], [1, 4], [2, 5]])  # two rows of three
EVERY = np.array(list(product((0, 1), repeat=6)))


def _case(seed):
    rng = np.random.default_rng(seed)
    amounts = rng.integers(0, 6, size=(6, 3)).astype(float)
    cost = rng.integers(1, 9, size=6).astype(float)
    return rng, amounts, cost, 0.5 * amounts.sum(axis=0)


def _lengths():
    lengths = np.diag(np.full(6, 4.0))
    for a, b in EDGES:
        lengths[a, b] = lengths[b, a] = 1.0
    return lengths


def _outline(x, factor):
    total = 0.0
    for i in np.flatnonzero(x):
        beside = [b if a == i else a for a, b in EDGES if i in (a, b)]
        total += sum(1 - x[j] for j in beside) + factor * (4 - len(beside))
    return total


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_every_objective_against_all_subsets(seed):
    _, amounts, cost, targets = _case(seed)
    units, budget = planning_units(amounts, cost=cost), 0.4 * cost.sum()
    held, price = EVERY @ amounts, EVERY @ cost
    within = price <= budget + 1e-9
    asked = targets > 0
    share = np.maximum(targets - held, 0)[:, asked] / targets[asked]
    meets = (held >= targets - 1e-9).all(axis=1)
    expected = [
        (MinimumSet(targets), price[meets].min()),
        (MaximumUtility(budget), held.sum(axis=1)[within].max()),
        (MaximumFeatures(targets, budget), (share <= 1e-12).sum(axis=1)[within].max()),
        (MinimumShortfall(targets, budget), share.sum(axis=1)[within].min()),
        (MinimumLargestShortfall(targets, budget), share.max(axis=1, initial=0)[within].min()),
    ]
    for objective, best in expected:
        found = allocate(units, objective, gap=0.0)
        assert found.objective == pytest.approx(best, abs=1e-4)
        assert found.cost <= budget + 1e-6 or isinstance(objective, MinimumSet)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 1.0]))
def test_outline_links_and_pieces_against_all_subsets(seed, factor):
    rng, amounts, cost, targets = _case(seed)
    links = np.triu(rng.integers(0, 4, size=(6, 6)), 1).astype(float)
    units = planning_units(amounts, cost=cost)
    meets = (EVERY @ amounts >= targets - 1e-9).all(axis=1)
    one_piece = np.array([pieces(EDGES, x.astype(bool)).max(initial=-1) <= 0 for x in EVERY])
    degree = np.bincount(EDGES.ravel(), minlength=6)
    near = np.zeros((6, 6))
    near[EDGES[:, 0], EDGES[:, 1]] = near[EDGES[:, 1], EDGES[:, 0]] = 1
    in_company = ((EVERY @ near >= np.minimum(2, degree)) | (EVERY == 0)).all(axis=1)
    price = EVERY @ cost
    outline = np.array([_outline(x, factor) for x in EVERY])
    linked = np.einsum("ni,ij,nj->n", EVERY, links, EVERY)
    lost = np.einsum("ni,ij,nj->n", EVERY, links, 1 - EVERY)
    cases = [
        ([Boundary(_lengths(), 1.5, factor)], price + 1.5 * outline, meets),
        ([Connectivity(links + links.T, 0.7)], price - 0.7 * linked, meets),
        ([Connectivity(links, 0.7)], price + 0.7 * lost, meets),
        ([Contiguous(EDGES)], price, meets & one_piece),
        ([Neighbors(EDGES, 2)], price, meets & in_company),
        ([Linear(cost, lower=0.7 * cost.sum())], price, meets & (price >= 0.7 * cost.sum() - 1e-9)),
    ]
    for demands, value, passing in cases:
        found = allocate(units, MinimumSet(targets), demands=demands, gap=0.0)
        assert found.objective == pytest.approx(value[passing].min(), abs=1e-6)


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.booleans())
def test_zones_against_all_allocations(seed, mandatory):
    rng = np.random.default_rng(seed)
    amounts = [rng.integers(0, 6, size=(4, 2)).astype(float) for _ in range(2)]
    cost = rng.integers(1, 9, size=(4, 2)).astype(float)
    edges = np.array([[0, 1], [1, 2], [2, 3]])
    lengths = np.diag(np.full(4, 4.0))
    lengths[edges[:, 0], edges[:, 1]] = lengths[edges[:, 1], edges[:, 0]] = 1.0
    weights = np.array([[1.0, -0.5], [-0.5, 0.5]])
    targets = np.array([[amounts[0][:, 0].sum() * 0.3, np.nan], [np.nan, np.nan]])
    joint = JointTarget(1, (0, 1), 0.3 * max(a[:, 1].sum() for a in amounts))
    best = np.inf
    for zones in product((-1, 0, 1), repeat=4):
        if mandatory and -1 in zones:
            continue
        taken = [(i, z) for i, z in enumerate(zones) if z >= 0]
        held = sum(amounts[z][i, 0] for i, z in taken if z == 0)
        both = sum(amounts[z][i, 1] for i, z in taken)
        if held < np.nan_to_num(targets[0, 0]) - 1e-9 or both < joint.amount - 1e-9:
            continue
        value = sum(cost[i, z] for i, z in taken)
        value += sum(weights[z, z] * (4 - 0.5 * (4 - (lengths[i] == 1).sum())) for i, z in taken)
        value -= sum(
            2 * weights[zones[a], zones[b]] for a, b in edges if zones[a] >= 0 and zones[b] >= 0
        )
        best = min(best, value)
    demands = [Boundary(lengths, 1.0, zones=weights)]
    demands += [Mandatory()] if mandatory else []
    units = planning_units(amounts, cost=cost)
    found = allocate(units, MinimumSet(targets, extra=(joint,)), demands=demands, gap=0.0)
    # alone: shared edges in full, the others by one half
    assert found.objective == pytest.approx(best, abs=1e-6)


def test_locks_by_hand():
    # prioritizr's documentation: cost (1, 2, 2, NA), features (2, 1, 1) and (10, 10, 10), targets
    # 2 and 10, unit 2 in, unit 1 out: units 2 and 3.
    amounts = np.array([[2.0, 10], [1, 10], [1, 10], [0, 0]])
    units = planning_units(amounts, cost=np.array([1.0, 2, 2, np.nan]))
    demands = [
        LockedIn(np.array([False, True, False, False])),
        LockedOut(np.array([True, False, False, False])),
    ]
    found = allocate(units, MinimumSet(np.array([2.0, 10])), demands=demands, gap=0.0)
    assert found.chosen[:, 0].tolist() == [False, True, True, False]
    assert found.targets["met"].all()


def test_the_smallest_conflict_is_named():
    units = planning_units(np.eye(3), cost=np.ones(3), features=["a", "b", "c"])
    out = LockedOut(np.array([True, False, False]))
    with pytest.raises(InfeasibleError) as refused:
        allocate(units, MinimumSet(np.array([1.0, 1.0, 0.0])), demands=[out])
    assert refused.value.findings[0].code == "planning.conflict"
    assert refused.value.findings[0].subject == "a"
    # Two in one piece whose bridge costs too much.
    line = planning_units(np.array([[1.0, 0], [0, 0], [0, 1.0]]), cost=np.ones(3))
    demands = [
        Contiguous(np.array([[0, 1], [1, 2]])),
        Linear(np.ones(3), upper=2, name="two units"),
    ]
    with pytest.raises(InfeasibleError) as refused:
        allocate(line, MinimumSet(np.ones(2)), demands=demands)
    assert refused.value.findings[0].data["count"] == 4


def test_alternatives_are_nearly_as_cheap_and_differ():
    units = planning_units(np.ones((4, 1)), cost=np.array([1.0, 1, 1.01, 1.01]))
    found = alternatives(units, MinimumSet(np.array([2.0])), slack=0.02, count=3, gap=0.0)
    assert found[0].chosen[:, 0].tolist() == [True, True, False, False]
    assert found[1].chosen[:, 0].tolist() == [False, False, True, True]
    assert found[1].cost == pytest.approx(2.02)


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (lambda: planning_units(np.ones((2, 1)), cost=np.ones(3)), "planning.shape"),
        (lambda: planning_units(-np.ones((2, 1)), cost=np.ones(2)), "planning.amounts"),
        (lambda: planning_units(np.ones((2, 1)), cost=np.array([1.0, -1])), "planning.cost"),
    ],
)
def test_units_that_cannot_be(build, code):
    with pytest.raises(InputError) as refused:
        build()
    assert refused.value.findings[0].code == code


@pytest.mark.parametrize(
    ("objective", "demands", "code"),
    [
        (MinimumSet(np.ones(2)), [], "planning.targets"),
        (MaximumUtility(-1.0), [], "planning.budget"),
        (MaximumUtility(np.nan), [], "planning.budget"),
        (MaximumUtility(1.0, np.array([-1.0])), [], "planning.weights"),
        (
            MinimumSet(np.ones(1)),
            [LockedIn(np.array([True, False])), LockedOut(np.array([True, False]))],
            "planning.locked",
        ),
        (
            MinimumSet(np.ones(1)),
            [Boundary(np.ones((2, 2)), 1.0, zones=np.eye(2))],
            "planning.zones",
        ),
        (MinimumSet(np.ones(1)), [Contiguous(np.array([[0, 2]]))], "milp.edges"),
        (MinimumSet(np.ones(1)), [Linear(np.ones(3))], "planning.shape"),
    ],
)
def test_problems_that_cannot_be(objective, demands, code):
    units = planning_units(np.ones((2, 1)), cost=np.ones(2))
    with pytest.raises(InputError) as refused:
        allocate(units, objective, demands=demands)
    assert refused.value.findings[0].code == code
