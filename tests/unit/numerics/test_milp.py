from itertools import product

import numpy as np
import pytest
from scipy import sparse

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Severity
from nonetloss.numerics.milp import Model, Rows, compile_model, conversation, solve


def knapsack() -> Model:
    # Items worth 10, 13, 7, 8 of weights 3, 4, 2, 3 into 6: best is 13 + 7 at weight 6.
    return compile_model(
        np.array([10.0, 13, 7, 8]),
        rows=[Rows(np.array([[3.0, 4, 2, 3]]), upper=6.0)],
        column_upper=1.0,
        integer=True,
        maximize=True,
    )


def test_knapsack_solved_by_hand():
    answer = solve(knapsack(), gap=0.0)
    assert answer.values.tolist() == [0, 1, 1, 0]
    assert answer.objective == 13 + 7
    assert (answer.bound, answer.gap, answer.status) == (20, 0, "optimal")


def test_continuous_program_has_its_value_as_bound():
    # min x + y with x + 2y >= 3: all by y = 3/2.
    answer = solve(compile_model(np.ones(2), rows=[Rows(np.array([[1.0, 2]]), lower=3.0)]))
    assert answer.values == pytest.approx([0, 1.5])
    assert answer.bound == answer.objective
    assert answer.gap == 0


@pytest.mark.parametrize("seed", range(12))
def test_random_binary_programs_against_enumeration(seed):
    rng = np.random.default_rng(seed)
    cost, matrix = rng.random(8) * 10, rng.random((3, 8))
    need = matrix.sum(axis=1) * rng.uniform(0.2, 0.8)
    model = compile_model(cost, rows=[Rows(matrix, lower=need)], column_upper=1.0, integer=True)
    answer = solve(model, gap=0.0)
    best = min(
        cost @ np.array(x) for x in product((0, 1), repeat=8) if (matrix @ x >= need - 1e-9).all()
    )
    assert answer.objective == pytest.approx(best, rel=1e-9)
    assert answer.bound <= answer.objective


def test_same_model_gives_same_bytes():
    rng = np.random.default_rng(5)
    matrix = rng.random((4, 60))
    model = compile_model(
        rng.random(60), rows=[Rows(matrix, lower=8.0)], column_upper=1.0, integer=True
    )
    first, second = solve(model), solve(model)
    assert first.values.tobytes() == second.values.tobytes()
    assert (first.objective, first.bound) == (second.objective, second.bound)


def test_a_gap_of_ten_percent_is_kept_and_told():
    rng = np.random.default_rng(7)
    cost, matrix = rng.random(80) + 0.5, rng.random((5, 80))
    model = compile_model(cost, rows=[Rows(matrix, lower=10.0)], column_upper=1.0, integer=True)
    loose, exact = solve(model, gap=0.1), solve(model, gap=0.0)
    assert loose.gap <= 0.1
    assert loose.bound <= exact.objective <= loose.objective
    assert loose.objective <= exact.objective * 1.1 + 1e-9


def test_infeasible_and_unbounded_are_answers():
    never = compile_model(
        np.ones(2), rows=[Rows(np.ones((1, 2)), lower=3.0)], column_upper=1.0, integer=True
    )
    answer = solve(never)
    assert answer.status == "infeasible"
    assert not answer.found
    assert np.isnan(answer.values).all()
    endless = compile_model(np.array([-1.0]), rows=[])
    assert solve(endless).status == "unbounded"


def test_no_columns():
    assert solve(compile_model(np.zeros(0), rows=[])).objective == 0
    impossible = compile_model(np.zeros(0), rows=[Rows(np.zeros((1, 0)), lower=1.0)])
    assert solve(impossible).status == "infeasible"


def test_a_start_is_accepted():
    start = np.array([1.0, 0, 1, 0])
    assert solve(knapsack(), gap=0.0, start=start).objective == 20


def test_time_limit_returns_what_is_there():
    answer = solve(knapsack(), time_limit_s=1e-9)
    assert answer.status in ("limit", "optimal")
    assert answer.bound >= 20


def test_conversation_is_silent_on_a_sound_model():
    assert conversation(knapsack()) == ()


def test_conversation_tells_rows_that_cannot_hold():
    model = compile_model(
        np.ones(2),
        rows=[Rows(np.array([[1.0, 1]]), lower=3.0), Rows(np.array([[1.0, 0]]), upper=-1.0)],
        column_upper=1.0,
        row_names=("bofedal", "yungas"),
    )
    found = conversation(model)
    assert [(f.code, f.subject) for f in found] == [
        ("milp.infeasible-row", "bofedal"),
        ("milp.infeasible-row", "yungas"),
    ]
    assert found[0].data["most"] == 1 + 1
    assert "bofedal" in found[0].render("es")


def test_conversation_tells_crossed_bounds_and_scale():
    model = compile_model(
        np.array([1e-6, 1e6]), rows=[], column_lower=np.array([0.0, 2]), column_upper=1.0
    )
    codes = {f.code: f.severity for f in conversation(model)}
    assert codes == {"milp.infeasible-column": Severity.ERROR, "milp.scale": Severity.WARNING}


def test_conversation_with_infinite_bounds():
    # x - y with both endless reaches everything; x + y >= 1 too.
    model = compile_model(
        np.zeros(2), rows=[Rows(np.array([[1.0, -1], [1.0, 1]]), lower=1.0, upper=5.0)]
    )
    assert conversation(model) == ()


def test_models_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        knapsack().objective[0] = 5


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"objective": np.array([np.nan])}, "milp.not-finite"),
        ({"rows": [Rows(np.array([[np.inf]]))]}, "milp.not-finite"),
        ({"rows": [Rows(np.array([[1.0]]), lower=np.nan)]}, "milp.not-finite"),
        ({"column_upper": np.array([np.nan])}, "milp.not-finite"),
        ({"rows": [Rows(np.ones((1, 2)))]}, "milp.shape"),
        ({"column_lower": np.zeros(3)}, "milp.shape"),
        ({"row_names": ("a", "b")}, "milp.shape"),
    ],
)
def test_bad_input(arguments, code):
    given = {"objective": np.array([1.0]), "rows": [Rows(sparse.eye_array(1))], **arguments}
    with pytest.raises(InputError) as caught:
        compile_model(given.pop("objective"), **given)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")
