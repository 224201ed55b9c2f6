from dataclasses import replace

import numpy as np
import pytest

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.offset.requirement import Requirement
from nonetloss.offset.search import Terms, pursue, search, shortfall_findings

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


def people(served, owed, lost, *, cost=(1.0, 1.0), communities=(True, True)):
    """Two groups of people and no loss of nature; options serve them only."""
    options = len(cost)
    return Requirement(
        credited=np.zeros(options),
        group=np.zeros(options, dtype=np.int64),
        accepted=np.zeros((0, 1), dtype=bool),
        like=np.zeros((0, 1), dtype=bool),
        needed=np.zeros(0),
        cost=np.array(cost),
        overlaps=(),
        served=np.array(served, dtype=np.float64),
        owed=np.array(owed, dtype=np.float64),
        lost=np.array(lost, dtype=np.float64),
        communities=np.array(communities),
    )


@pytest.mark.parametrize("objective", ["least-cost", "min-shortfall", "min-largest-shortfall"])
def test_a_margin_out_of_reach_takes_no_community_below_what_it_had(objective):
    # The first loses 10 and is owed 20, the second (no community) is owed 40. Money for one option:
    # 12 for the first, or all 40 for the second, which would leave less missing overall.
    asked = people([[12, 0], [0, 40]], (20, 40), (10, 20), communities=(True, False))
    choice = pursue(asked, (), Terms("x", budget=1.0, gap=0.0, objective=objective))
    assert choice.chosen.tolist() == [True, False]
    assert "offset.community-loses" not in {f.code for f in choice.findings}


@pytest.mark.parametrize("objective", ["least-cost", "min-shortfall", "max-utility"])
def test_one_community_beyond_help_does_not_let_go_of_the_others(objective):
    # Nothing serves the first. The second loses 10 of its own, the third is no community.
    served = [[0, 0], [12, 0], [0, 1000]]
    asked = people(served, (5, 20, 1000), (5, 10, 1000), communities=(True, True, False))
    choice = pursue(asked, (), Terms("x", budget=1.0, gap=0.0, objective=objective))
    assert choice.chosen.tolist() == [True, False]
    assert "offset.community-loses" in {f.code for f in choice.findings}


def test_what_stands_against_a_fixed_parcel_is_named_not_a_need_that_may_fall_short():
    asked = replace(problem(500), locked=((1,),))
    for objective in ("least-cost", "max-utility"):
        choice = pursue(asked, (MOOR,), Terms("x", budget=2.0, gap=0.0, objective=objective))
        assert not choice.chosen.any()
        assert sorted(d.kind for d in choice.conflict) == ["budget", "locked"]
