"""The smallest conflict against trying all subsets."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import InputError
from nonetloss.numerics.conflict import smallest_conflict
from nonetloss.numerics.milp import Rows, compile_model, solve


def _model(matrix, lower, upper):
    return compile_model(
        np.zeros(matrix.shape[1]), rows=[Rows(matrix, lower, upper)], column_upper=1.0, integer=True
    )


def _feasible(matrix, lower, upper, kept):
    kept = list(kept)
    return solve(_model(matrix[kept], lower[kept], upper[kept])).found


def test_two_of_three_demands_conflict():
    # x <= 0, x >= 1, y >= 1 on binaries: the first two.
    matrix = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    model = _model(matrix, np.array([-np.inf, 1, 1]), np.array([0, np.inf, np.inf]))
    assert smallest_conflict(model, [np.array([k]) for k in range(3)]) == (0, 1)


def test_rows_in_no_group_always_hold():
    matrix = np.array([[1.0], [1.0]])
    model = _model(matrix, np.array([1.0, -np.inf]), np.array([np.inf, 0.0]))
    assert smallest_conflict(model, [np.array([1])]) == (0,)
    assert smallest_conflict(model, []) == ()


def test_a_solvable_model_has_no_conflict():
    model = _model(np.array([[1.0]]), np.array([1.0]), np.array([np.inf]))
    assert smallest_conflict(model, [np.array([0])]) is None


def test_a_row_in_two_groups_is_refused():
    model = _model(np.array([[1.0]]), np.array([1.0]), np.array([np.inf]))
    with pytest.raises(InputError) as refused:
        smallest_conflict(model, [np.array([0]), np.array([0])])
    assert refused.value.findings[0].code == "milp.group"


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(0, 10_000))
def test_no_smaller_set_conflicts(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-2, 3, size=(6, 4)).astype(float)
    lower = rng.integers(-1, 3, size=6).astype(float)
    upper = np.full(6, np.inf)
    found = smallest_conflict(_model(matrix, lower, upper), [np.array([k]) for k in range(6)])
    if found is None:
        assert _feasible(matrix, lower, upper, range(6))
        return
    assert not _feasible(matrix, lower, upper, found)
    smaller = combinations(range(6), len(found) - 1)
    assert all(_feasible(matrix, lower, upper, kept) for kept in smaller)
