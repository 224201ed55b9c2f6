"""Marxan's example folder, read as it is: the program that prioritizr publishes for it.

Published: 10,075 rows, 6,780 columns, 24,778 nonzeros, relaxation 95,647,904.406 at a penalty of
.0005 with exposed edges in full; without a penalty the relaxation is 95,645,749.628.
"""

from dataclasses import replace

import numpy as np
import pytest

from nonetloss.io.marxan import read_marxan
from nonetloss.numerics.milp import solve
from nonetloss.offset.minimum_set import compile_minimum_set
from nonetloss.offset.selection import aim, select


@pytest.fixture(
    scope="module", params=["marxan", "conservation_planning_prioritizr/prioritizr/marxan"]
)
def problem(request, shared_data):
    """The four files by themselves, and the same with an input.dat."""
    place = shared_data / request.param
    if not place.is_dir():
        pytest.skip(f"the data set {request.param} is not under NONETLOSS_DATA")
    return read_marxan(place)


def test_what_the_folder_holds(problem):
    case = problem.case
    assert case.units.shape == (1751, 17, 1)
    assert case.units.amounts[0].nnz == 4662
    assert (case.locked_in.sum(), case.locked_out.sum()) == (317, 1)
    assert problem.targets == pytest.approx(0.3 * case.totals)
    assert {f.code for f in problem.findings} == {"selection.free"}
    assert problem.boundary_penalty in (0, 1)  # without and with input.dat


@pytest.mark.parametrize(
    ("penalty", "shape", "entries", "optimum"),
    [
        (0.0005, (10_075, 6_780), 24_778, 95_647_904.406),
        (0.0, (17, 1_751), 4_662, 95_645_749.628),
    ],
)
def test_the_published_program(problem, penalty, shape, entries, optimum):
    case = problem.case
    model = compile_minimum_set(
        case.units.amounts[0],
        problem.targets,
        cost=case.cost,
        boundary=case.boundary,
        boundary_penalty=penalty,
        exposed_edge_factor=1.0,
        locked_in=case.locked_in,
        locked_out=case.locked_out,
    )
    assert model.shape == shape
    assert model.matrix.nnz == entries
    relaxed = solve(replace(model, integer=np.zeros(shape[1], dtype=bool)))
    assert relaxed.objective == pytest.approx(optimum, abs=1e-3)


def test_a_set_within_one_percent_at_the_published_penalty(problem):
    found = select(
        problem.case,
        aim("minimum-set", problem.targets),
        boundary_penalty=0.0005,
        exposed_edge_factor=1.0,
        gap=0.01,
        explained=0,
    )
    assert 95_647_904.406 <= found.value <= found.bound / 0.99
    assert found.bound >= 95_600_000
    assert found.targets["met"].all()
    assert found.value == pytest.approx(found.cost + 0.0005 * found.boundary)
