import numpy as np
import pytest

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.offset.requirement import Requirement
from nonetloss.offset.search import search, shortfall_findings

MOOR = Ecosystem(1, "bofedal", Text("Bofedal", "High-Andean moor"), Estimate.exact(0.9))


def problem(needed, credited=(10.0, 20.0), cost=(1.0, 5.0)):
    count = len(credited)
    return Requirement(
        credited=np.array(credited),
        group=np.zeros(count, dtype=np.int64),
        accepted=np.ones((1, 1), dtype=bool),
        like=np.ones((1, 1), dtype=bool),
        needed=np.array([float(needed)]),
        cost=np.array(cost),
        overlaps=(),
    )


def found(needed, budget=np.inf, **more):
    return search(problem(needed, **more), (MOOR,), "road", budget, 0.0, None)


def test_all_needs_at_least_cost():
    choice = found(15)
    assert choice.chosen.tolist() == [False, True]
    assert (choice.met, choice.bound, choice.gap, choice.findings) == (True, 5.0, 0.0, ())


def test_too_little_money_names_the_least_that_is_needed():
    choice = found(25, budget=5.5)
    assert not choice.met
    assert choice.chosen.tolist() == [False, True]
    (told,) = choice.findings
    assert (told.code, told.data["needed_usd"]) == ("offset.budget-short", 1 + 5)


def test_too_few_candidates_are_named_in_each_language():
    (told,) = found(50).findings
    assert "High-Andean moor" in told.render("en")
    assert "Bofedal" in told.render("es")
    (none,) = found(50, credited=(), cost=()).findings
    assert none.code == "offset.no-candidate"


def test_free_land_has_no_gap():
    choice = found(5, cost=(0.0, 0.0))
    assert (choice.met, choice.gap, choice.bound) == (True, 0.0, 0.0)


def test_shortfalls_are_not_told_twice():
    told = found(50, credited=(), cost=()).findings
    needs, short = np.array([50.0]), np.array([50.0])
    assert shortfall_findings((MOOR,), needs, short, told) == []
    (again,) = shortfall_findings((MOOR,), needs, short, ())
    assert again.data["shortfall_qha"] == pytest.approx(50)


def test_no_time_leaves_an_answer_that_says_so():
    rng = np.random.default_rng(0)
    hard = problem(300.0, credited=tuple(rng.random(80) * 10), cost=tuple(rng.random(80)))
    choice = search(hard, (MOOR,), "road", 20.0, 0.0, 1e-9)
    if not choice.met:
        assert [f.code for f in choice.findings] == ["offset.time-limit"]
    assert hard.cost @ choice.chosen <= 20 + 1e-6
