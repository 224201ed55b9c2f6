import numpy as np
import pytest

from nonetloss.numerics.milp import solve
from nonetloss.offset.requirement import (
    Requirement,
    allocate,
    available,
    chosen_parcels,
    compile_cheapest,
    compile_least_shortfall,
)


def problem(**change):
    arguments = {
        "credited": np.array([20.0, 10, 5]),
        "group": np.array([0, 1, 1]),
        # Loss 0 takes both groups, loss 1 only its own.
        "accepted": np.array([[True, True], [False, True]]),
        "like": np.array([[True, False], [False, True]]),
        "needed": np.array([22.0, 8.0]),
        "cost": np.array([4.0, 3, 2]),
        "overlaps": (),
        **change,
    }
    return Requirement(**arguments)


def test_available_counts_every_accepted_group():
    assert available(problem()).tolist() == [20 + 10 + 5, 10 + 5]


def test_allocation_prefers_like_for_like():
    allocation, shortfall = allocate(problem(), np.array([True, True, False]))
    # 10 of group 1: 8 to its own loss, 2 to what group 0 leaves open.
    assert allocation == pytest.approx(np.array([[20, 2], [0, 8]]))
    assert shortfall.tolist() == [0, 0]


def test_shortfall_is_what_no_gain_covers():
    _, shortfall = allocate(problem(), np.array([False, True, False]))
    assert shortfall.sum() == pytest.approx(22 + 8 - 10)
    assert allocate(problem(), np.zeros(3, dtype=bool))[1].tolist() == [22, 8]


def test_size_and_rows_of_the_program():
    program = compile_cheapest(problem(overlaps=((0, 1),)), budget=9.0, shortfall=0.0)
    model = program.model
    # Rows: money, 1 overlap, 2 groups, 2 needs, 2 "some parcel". Columns: 3 parcels, 3 accepted
    # pairs, 2 shortfalls.
    assert model.shape == (1 + 1 + 2 + 2 + 2, 3 + 3 + 2)
    asked = [(d.kind, d.name) for d in program.demands]
    assert sorted(set(asked)) == [("budget", ""), ("need", "0"), ("need", "1")]
    assert solve(model, gap=0.0).status == "infeasible"


def test_least_shortfall_within_the_budget():
    answer = solve(compile_least_shortfall(problem(), budget=6.0).model, gap=0.0)
    # 4 + 2 buys 25 of 30.
    assert answer.objective == pytest.approx(30 - 25)


def test_idle_parcels_are_given_back():
    loose = problem(needed=np.array([5.0, 5.0]))
    answer = solve(compile_cheapest(loose, budget=np.inf, shortfall=0.0).model, gap=0.0)
    values = answer.values.copy()
    values[:3] = 1.0
    whole = type(answer)(values, answer.objective, answer.bound, answer.gap, answer.status)
    assert chosen_parcels(loose, whole).tolist() == [False, True, False]
