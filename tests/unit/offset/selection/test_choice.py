"""Selections of a handful of units against all their subsets; what is told of each."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InfeasibleError, InputError
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.connectivity import pieces as pieces_of
from nonetloss.numerics.grid import Grid
from nonetloss.offset.selection.boundaries import cell_boundary, shared_edges
from nonetloss.offset.selection.choice import aim, outline_length, select
from nonetloss.offset.selection.method import selection
from nonetloss.offset.selection.unit_case import unit_case
from nonetloss.offset.selection.wanted import feature_weights, read_targets, target_amounts

GRID = Grid(0.0, 3.0, 1.0, 1.0, 3, 3)
ALL = np.array(list(product((False, True), repeat=9)))


@pytest.fixture
def case():
    rng = np.random.default_rng(3)
    return unit_case(
        rng.integers(0, 9, (9, 3)).astype(float),
        cost=rng.integers(1, 20, 9).astype(float),
        features=["a", "b", "c"],
        boundary=cell_boundary(np.ones((3, 3), dtype=bool), grid=GRID),
    )


def held(case):
    return ALL @ case.units.amounts[0].toarray()


def cost(case):
    return ALL @ case.cost


def outline(case, factor):
    return np.array([outline_length(case, x, exposed_edge_factor=factor) for x in ALL])


def pieces(case):
    edges = shared_edges(case.boundary)
    return np.array([pieces_of(edges, x).max() + 1 for x in ALL])


def test_outlines_of_squares():
    whole = unit_case(
        np.ones((9, 1)),
        cost=np.ones(9),
        boundary=cell_boundary(np.ones((3, 3), dtype=bool), grid=GRID),
    )
    row = np.arange(9) < 3
    # A row of three along the rim: 3 + 2 edges exposed, 3 toward other units.
    assert outline_length(whole, row, exposed_edge_factor=1.0) == 8
    assert outline_length(whole, row, exposed_edge_factor=0.5) == 5 * 0.5 + 3


@pytest.mark.parametrize("factor", [0.5, 1.0])
def test_minimum_set_with_outlines(case, factor):
    wanted = 0.4 * case.totals
    found = select(
        case, aim("minimum-set", wanted), boundary_penalty=2.0, exposed_edge_factor=factor, gap=0
    )
    reaches = (held(case) >= wanted).all(axis=1)
    assert found.value == pytest.approx((cost(case) + 2 * outline(case, factor))[reaches].min())
    assert found.value == pytest.approx(found.cost + 2 * found.boundary)


@pytest.mark.parametrize("most", [1, 2])
def test_minimum_set_in_few_pieces(case, most):
    wanted = 0.4 * case.totals
    found = select(case, aim("minimum-set", wanted), pieces=most, gap=0)
    fits = (held(case) >= wanted).all(axis=1) & (pieces(case) <= most)
    assert found.value == pytest.approx(cost(case)[fits].min())
    assert found.pieces <= most
    assert found.table["piece"].max() == found.pieces


def test_shortfalls_and_features_within_a_budget(case):
    wanted, budget = 0.6 * case.totals, 0.4 * case.cost.sum()
    fits = cost(case) <= budget
    missed = np.maximum(1 - held(case) / wanted, 0)[fits]
    expected = {
        "minimum-shortfall": missed.sum(axis=1).min(),
        "minimum-largest-shortfall": missed.max(axis=1).min(),
        "maximum-features": (missed <= 1e-9).sum(axis=1).max(),
    }
    for name, value in expected.items():
        found = select(case, aim(name, wanted, budget=budget), gap=0)
        assert found.value == pytest.approx(value, abs=1e-6), name
        assert found.cost <= budget
        assert found.objective == name


def test_most_within_a_budget(case):
    budget = 0.4 * case.cost.sum()
    weights = feature_weights(case, {"a": 2.0})
    found = select(case, aim("maximum-utility", None, budget=budget, weights=weights), gap=0)
    worth = held(case) @ [2, 1, 1]
    assert found.value == pytest.approx(worth[cost(case) <= budget].max(), rel=1e-5)
    assert found.targets["target"].isna().all()


def test_replacement_costs_say_what_is_lost_without_each_unit(case):
    wanted = 0.4 * case.totals
    found = select(case, aim("minimum-set", wanted), gap=0)
    reaches = (held(case) >= wanted).all(axis=1)
    for unit in range(9):
        lost = found.table["replacement_cost"][unit]
        if not found.chosen[unit]:
            assert lost == 0
            continue
        others = found.chosen & (np.arange(9) != unit)
        keeps = ALL[:, others].all(axis=1) & ~ALL[:, unit] & reaches
        best = cost(case)[keeps].min() if keeps.any() else np.inf
        assert lost == pytest.approx(best - found.cost)


def test_what_is_told_of_each_unit():
    # prioritizr's example of replacement costs: targets 1 and 10, solution (0, 1, NA, 1).
    case = unit_case(
        np.array([[0.0, 10], [0, 5], [0, 10], [1, 6]]),
        cost=np.array([10.0, 2, np.nan, 3]),
    )
    found = select(case, aim("minimum-set", np.array([1.0, 10])), gap=0)
    assert found.chosen.tolist() == [False, True, False, True]
    assert found.table["replacement_cost"].tolist() == pytest.approx(
        [0, 8, np.nan, np.inf], nan_ok=True
    )
    assert found.table["reason"].tolist() == [
        "not-chosen", "replaceable", "no-cost", "irreplaceable",
    ]  # fmt: skip
    assert found.table["why"][3].en.startswith("Irreplaceable")
    # Feature 1 in the fourth unit alone: 1 / 1 / 1; feature 2: 6 of at most 10, of 31 in all.
    assert found.table["rarity"][3] == pytest.approx(1 + 6 / 10 / 31)
    assert found.targets["share_held"].tolist() == pytest.approx([1, 11 / 31])
    assert found.targets["available"].tolist() == [1, 21]


def test_many_chosen_units_are_not_replaced_one_by_one_and_that_is_told(case):
    found = select(case, aim("minimum-set", 0.8 * case.totals), explained=1)
    assert "selection.not-replaced" in [f.code for f in found.findings]
    assert found.table.loc[found.chosen, "replacement_cost"].isna().all()


def test_what_cannot_be_reached_is_named(case):
    with pytest.raises(InfeasibleError) as raised:
        select(case, aim("minimum-set", case.totals + np.array([0, 1, 0])))
    (told,) = raised.value.findings
    assert (told.code, told.subject) == ("minimum-set.unreachable", "b")


def code(action, *arguments, **settings):
    with pytest.raises(InputError) as raised:
        action(*arguments, **settings)
    return raised.value.findings[0].code


def test_aims_that_miss_something_are_refused(case):
    wanted = 0.4 * case.totals
    assert code(aim, "minimum-set", None) == "selection.no-target"
    assert code(aim, "minimum-set", wanted, budget=3.0) == "selection.budget-unused"
    assert code(aim, "minimum-shortfall", wanted) == "selection.no-budget"
    loose = unit_case(np.ones((2, 1)), cost=np.ones(2))
    asked = aim("minimum-set", np.array([1.0]))
    assert code(select, loose, asked, pieces=1) == "selection.no-edges"


def test_targets_are_amounts_or_shares(case):
    goals = pd.DataFrame({"feature": ["b", "c"], "target": [5.0, None], "share": [None, 0.2]})
    wanted = target_amounts(
        case, share=0.1, targets=read_targets({"b": "30 %", "a": 7}), goals=goals
    )
    assert wanted == pytest.approx([7, 0.3 * case.totals[1], 0.2 * case.totals[2]])
    assert target_amounts(case) is None
    only = target_amounts(case, targets=read_targets({"a": 7}))
    assert np.isnan(only[1:]).all()


@pytest.mark.parametrize(
    ("given", "expected"),
    [({"a": "130 %"}, "selection.target"), ({"a": -1}, "selection.target"),
     ({"a": "many"}, "selection.target"), ({"z": 1}, "selection.feature-unknown")],
)  # fmt: skip
def test_bad_targets_are_refused(case, given, expected):
    assert code(lambda: target_amounts(case, targets=read_targets(given))) == expected


@pytest.mark.parametrize(
    "goals",
    [{"feature": ["a"]}, {"feature": ["a", "a"], "share": [0.1, 0.2]},
     {"feature": ["a"], "share": [0.1], "target": [3.0]}],
)  # fmt: skip
def test_bad_tables_of_targets_are_refused(case, goals):
    assert code(target_amounts, case, goals=pd.DataFrame(goals)) == "selection.goals"


def test_the_method_takes_rasters_and_gives_a_map():
    cost = Raster(np.array([[5.0, 1, np.nan]] * 3), GRID, "EPSG:32718")
    swamp = Raster(np.ones((3, 3)), GRID, "EPSG:32718")
    found = selection(
        None, features=["swamp"], cost_raster=cost, rasters=[swamp], share=1 / 3, gap=0
    )
    # A third of nine cells, also of those without a cost: the three cells at a cost of 1.
    assert found.cost == 3
    assert found.map.values[:, 1].tolist() == [1, 1, 1]
    assert np.isnan(found.map.values[:, 2]).all()
    assert code(selection, None, features=["swamp"]) == "selection.no-units"
    both = pd.DataFrame({"id": [1], "cost": [1.0], "swamp": [1.0]})
    assert code(selection, both, features=["swamp"], cost_raster=cost) == "selection.no-units"
