"""Fronts of dam portfolios against every portfolio there is, on random small trees."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import InfeasibleError
from nonetloss.hydropower import pareto_frontier
from nonetloss.hydropower.criteria import evaluate
from nonetloss.landscape.river import (
    Attribute,
    Component,
    Dam,
    DamOption,
    RiverNetwork,
    Status,
)
from nonetloss.numerics.fronts import tree

CHECKED = settings(derandomize=True, deadline=None, max_examples=60)
ATTRIBUTES = ("energy", "cost", "sed_trap")
CRITERIA = ("energy", "cost", "connectivity", "sediment", "dci_p")
MAXIMIZED = {"energy", "connectivity", "sediment", "dci_p"}


@st.composite
def networks(draw, most=6):
    """Trees of up to seven components, with options, status, passage and exclusions."""
    count = draw(st.integers(1, most))
    number = st.integers(0, 12).map(lambda n: n / 4)
    share = st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0])
    dams = []
    for id in range(1, count + 1):
        options = tuple(
            DamOption(
                f"o{k}",
                {"energy": draw(number), "cost": draw(number), "sed_trap": draw(share)},
                draw(share),
                draw(share),
            )
            for k in range(draw(st.sampled_from([1, 1, 2])))
        )
        status = draw(st.sampled_from([Status.PLANNED] * 4 + [Status.BUILT, Status.FORBIDDEN]))
        dams.append(Dam(id, id, draw(st.integers(0, id - 1)), options, status))
    # Something at the mouth, or shares of nothing would be asked for.
    components = tuple(
        Component(i, {"connectivity": draw(number) + (i == 0), "sediment": draw(number)})
        for i in range(count + 1)
    )
    built = {dam.id for dam in dams if dam.status is Status.BUILT}
    exclusions = []
    if count >= 2 and draw(st.booleans()):
        group = draw(st.sets(st.integers(1, count), min_size=2, max_size=3))
        if len(group & built) < 2:
            exclusions.append(frozenset(group))
    units = {"energy": "MW", "cost": "usd", "sed_trap": ""}
    return RiverNetwork(
        components=components,
        dams=tuple(dams),
        root=0,
        dam_attributes={n: Attribute(n, units[n]) for n in ATTRIBUTES},
        component_attributes={n: Attribute(n, "") for n in ("connectivity", "sediment")},
        exclusions=tuple(exclusions),
    )


def everything(network):
    """Every portfolio that status, options and exclusions allow, int8 (n, dams)."""
    ways = []
    for dam in network.dams:
        options = range(1, len(dam.options) + 1)
        ways.append(
            {
                Status.BUILT: [1],
                Status.FORBIDDEN: [0],
                Status.PLANNED: [0, *options],
            }[dam.status]
        )
    ids = network.dam_ids
    fine = [
        choice
        for choice in product(*ways)
        if all(
            sum(c > 0 for c, id in zip(choice, ids, strict=True) if id in group) <= 1
            for group in network.exclusions
        )
    ]
    return np.array(fine, dtype=np.int8).reshape(-1, len(ids))


def oriented(values, criteria):
    signs = np.array([1.0 if c in MAXIMIZED else -1.0 for c in criteria])
    return np.round(values[list(criteria)].to_numpy() * signs, 9)


def best(points):
    """Distinct points that no other dominates, by comparing all with all."""
    points = np.unique(points, axis=0)
    at_least = (points[:, None] >= points[None]).all(axis=2)
    beaten = (at_least & ~np.eye(len(points), dtype=bool)).any(axis=0)
    return points[~beaten]


subsets = st.lists(st.sampled_from(CRITERIA), min_size=1, max_size=4, unique=True)


@CHECKED
@given(networks(), subsets)
def test_an_exact_front_is_that_of_all_portfolios(network, criteria):
    front = pareto_frontier(network, criteria=criteria)
    points = oriented(evaluate(network, everything(network), criteria=criteria), criteria)
    assert np.array_equal(np.unique(oriented(front.values, criteria), axis=0), best(points))
    assert len(front) == len(best(points))
    again = evaluate(network, front.choices, criteria=criteria)
    assert np.allclose(again, front.values, rtol=1e-12, atol=0)
    assert front.certificate.exact
    assert np.array_equal(front.portfolios, front.choices > 0)


def some_bounds(data, criteria, values):
    """Bounds at values that occur, to meet them exactly; and which portfolios lie within."""
    bounds = {}
    inside = np.ones(len(values), dtype=bool)
    for name in data.draw(st.lists(st.sampled_from(criteria), min_size=1, unique=True)):
        ends = sorted(data.draw(st.tuples(*[st.sampled_from(values[name].tolist())] * 2)))
        shape = data.draw(st.sampled_from(["low", "high", "band"]))
        low = None if shape == "high" else ends[0]
        high = None if shape == "low" else ends[1]
        bounds[name] = (low, high)
        inside &= (low is None) | (values[name] >= (low or 0) - 1e-9)
        inside &= (high is None) | (values[name] <= (high or 0) + 1e-9)
    return bounds, inside


@CHECKED
@given(networks(), subsets, st.data())
def test_a_bounded_front_is_that_of_the_portfolios_within(network, criteria, data):
    values = evaluate(network, everything(network), criteria=criteria)
    bounds, inside = some_bounds(data, criteria, values)
    if not inside.any():
        with pytest.raises(InfeasibleError):
            pareto_frontier(network, criteria=criteria, bounds=bounds)
        return
    front = pareto_frontier(network, criteria=criteria, bounds=bounds)
    points = oriented(values[inside], criteria)
    assert np.array_equal(np.unique(oriented(front.values, criteria), axis=0), best(points))


@CHECKED
@given(networks(), st.data())
def test_fixed_dams_stay_fixed(network, data):
    criteria = ("energy", "connectivity")
    id = data.draw(st.sampled_from(network.dam_ids))
    dam = network.dam(id)
    state = data.draw(st.sampled_from([True, False, *(option.name for option in dam.options)]))
    portfolios = everything(
        # What is fixed overrides the status; the oracle lists all portfolios and filters.
        RiverNetwork(
            components=network.components,
            dams=tuple(
                Dam(d.id, d.above, d.below, d.options, Status.PLANNED) if d.id == id else d
                for d in network.dams
            ),
            root=0,
            dam_attributes=network.dam_attributes,
            component_attributes=network.component_attributes,
            exclusions=network.exclusions,
        )
    )
    column = portfolios[:, network.dam_ids.index(id)]
    names = ["", *(option.name for option in dam.options)]
    fine = (column > 0) == state if isinstance(state, bool) else column == names.index(state)
    if not fine.any():
        with pytest.raises(InfeasibleError):
            pareto_frontier(network, criteria=criteria, fixed={id: state})
        return
    front = pareto_frontier(network, criteria=criteria, fixed={id: state})
    points = oriented(evaluate(network, portfolios[fine], criteria=criteria), criteria)
    assert np.array_equal(np.unique(oriented(front.values, criteria), axis=0), best(points))


def covered(points, by, epsilon):
    """Of each point: do some others reach 1 - ε of its gains at 1 + ε of its losses?"""
    wanted = np.where(points > 0, points * (1 - epsilon), points * (1 + epsilon))
    return (by[None] >= wanted[:, None] - 1e-9).all(axis=2).any(axis=1)


@pytest.mark.parametrize("epsilon", [0.02, 0.2, 0.6])
def test_a_front_within_epsilon_covers_all_portfolios(epsilon, monkeypatch):
    # On small trees thinning would never start.
    monkeypatch.setattr(tree, "_WORTH_THINNING", 1)
    shorter = 0

    @CHECKED
    @given(networks(most=7), subsets)
    def check(network, criteria):
        nonlocal shorter
        front = pareto_frontier(network, criteria=criteria, epsilon=epsilon)
        points = oriented(evaluate(network, everything(network), criteria=criteria), criteria)
        assert covered(points, oriented(front.values, criteria), front.epsilon).all()
        assert front.epsilon <= epsilon + 1e-12
        shorter += len(front) < len(best(points))

    check()
    # A budget that is never used would pass as well.
    assert shorter > 0


@pytest.mark.parametrize("epsilon", [0.05, 0.4])
def test_a_bounded_front_within_epsilon_covers_the_portfolios_within(epsilon, monkeypatch):
    monkeypatch.setattr(tree, "_WORTH_THINNING", 1)

    @CHECKED
    @given(networks(most=7), subsets, st.data())
    def check(network, criteria, data):
        values = evaluate(network, everything(network), criteria=criteria)
        bounds, inside = some_bounds(data, criteria, values)
        if not inside.any():
            with pytest.raises(InfeasibleError):
                pareto_frontier(network, criteria=criteria, bounds=bounds, epsilon=epsilon)
            return
        front = pareto_frontier(network, criteria=criteria, bounds=bounds, epsilon=epsilon)
        points = oriented(values[inside], criteria)
        found = oriented(front.values, criteria)
        assert covered(points, found, front.epsilon).all()
        # What is returned lies within the bounds itself.
        assert {tuple(row) for row in found.tolist()} <= {tuple(row) for row in points.tolist()}

    check()
