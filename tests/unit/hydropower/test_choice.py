"""The portfolio of least loss for a target, by hand.

Of `three`, with c built: nothing more 7 MW, 5 + 3 + 2 = 10 km; b: 27 MW, 5 + 3 + 0.4 · 2 = 8.8;
a: 107 MW, 5; a and b: 127 MW, 5 km. So a alone is dominated.
"""

import dataclasses

import numpy as np
import pytest

from nonetloss.core.errors import InfeasibleError, InputError
from nonetloss.hydropower.choice import choose


@pytest.fixture
def front(rivers):
    return rivers.front_of(rivers.three(), ["energy", "connectivity"])


def test_the_front_is_that_of_the_hand_calculation(front):
    pairs = sorted(zip(front.values["energy"], front.values["connectivity"], strict=True))
    assert pairs == [(7.0, 10.0), (27.0, pytest.approx(8.8)), (127.0, 5.0)]


@pytest.mark.parametrize(
    ("target", "dams"),
    [(7, ("c",)), ("7.5 MW", ("b", "c")), (27, ("b", "c")), ("0.1 GW", ("a", "b", "c"))],
)
def test_the_least_loss_for_a_target(front, target, dams):
    chosen = choose(front, targets={"energy": target}, least=["connectivity"])
    assert chosen.dams == dams
    assert front.choices[chosen.row].tolist() == chosen.choices.tolist()
    assert chosen.choices.dtype == np.int8


def test_a_target_on_what_is_lost_is_a_limit_the_other_way(front):
    # At least 8 km, and as much energy as possible: "loss" of a maximized criterion is what lacks.
    chosen = choose(front, targets={"connectivity": 8}, least=["energy"])
    assert chosen.dams == ("b", "c")


def test_what_it_tells(front):
    chosen = choose(front, targets={"energy": 20}, name="plan")
    table = chosen.table.set_index("criterion")
    assert chosen.eligible == 2
    assert table.loc["energy", ["role", "target", "value", "best"]].tolist() == [
        "target", 20.0, 27.0, 127.0,
    ]  # fmt: skip
    assert table.loc["connectivity", ["role", "best", "worst"]].tolist() == [
        "least", pytest.approx(8.8), 5.0,
    ]  # fmt: skip
    assert table["share_of_range"].tolist() == [1.0, 0.0]
    assert "2" in chosen.why.en
    assert "20 MW" in chosen.why.es
    assert chosen.title.en == "Least loss with Installed capacity ≥ 20 MW"
    assert chosen.findings == ()


def test_several_losses_make_a_compromise(rivers):
    """With energy free, worst shares of the range: each of the three criteria by hand.

    ghg: 0, 0.25, 1.5 + 0.25 = 1.75; 1.5 (a alone is efficient now). Connectivity lost of 10 .. 5.
    Target 20 MW leaves b (8.8, 0.25), ab (5, 1.75), a (5, 1.5): b is best in both.
    Weighted for energy alone, ab.
    """
    front = rivers.front_of(rivers.three(), ["energy", "connectivity", "ghg"])
    assert len(front) == 4
    assert choose(front, targets={"energy": 20}).dams == ("b", "c")
    least = ["energy", "connectivity"]
    chosen = choose(front, targets={"ghg": 5}, least=least, weights={"connectivity": 0})
    assert chosen.dams == ("a", "b", "c")
    with pytest.raises(InputError) as raised:
        choose(front, targets={"ghg": 5}, least=least, weights={"energy": 1, "ghg": 1})
    assert raised.value.findings[0].code == "selection.weight"


def test_what_has_a_limit_may_still_be_lost_as_little_as_possible(front):
    chosen = choose(front, targets={"energy": 20, "connectivity": 4}, least=["connectivity"])
    assert chosen.dams == ("b", "c")
    with pytest.raises(InputError) as raised:
        choose(front, targets={"energy": 20, "connectivity": 4})
    assert raised.value.findings[0].code == "selection.least-none"


def test_a_target_beyond_reach_says_what_is_reachable(front):
    with pytest.raises(InfeasibleError) as raised:
        choose(front, targets={"energy": "128 MW"})
    finding = raised.value.findings[0]
    assert finding.code == "selection.unreachable"
    assert finding.data["value"] == "127 MW"
    assert finding.data["missing"] == "1 MW"
    assert "127 MW" in raised.value.render("es")


def test_targets_that_exclude_each_other_name_the_worse_miss(front):
    # 27 MW and 8.8 km: 100 MW is missed by 73 %, 9 km by 2 %; 127 and 5: 9 km by 44 %.
    with pytest.raises(InfeasibleError) as raised:
        choose(front, targets={"energy": 100, "connectivity": 9}, least=["connectivity"])
    # The nearest is the one whose worse miss is smaller.
    finding = raised.value.findings[0]
    assert (finding.subject, finding.data["value"]) == ("connectivity", "5 km")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"targets": {}}, "selection.targets-none"),
        ({"targets": {"enrgy": 1}}, "selection.criterion-unknown"),
        ({"targets": {"energy": "5 km"}}, "units.dimension"),
        ({"targets": {"energy": 1}, "least": ["conectivity"]}, "selection.criterion-unknown"),
        ({"targets": {"energy": 1}, "least": []}, "selection.least-none"),
        ({"targets": {"energy": 1}, "weights": {"connectivity": -1}}, "selection.weight"),
        ({"targets": {"energy": 1}, "weights": {"connectivity": 0}}, "selection.weight"),
        ({"targets": {"energy": 1}, "weights": {"x": 1}}, "selection.weight"),
    ],
)
def test_what_cannot_be_asked(front, arguments, code):
    with pytest.raises(InputError) as raised:
        choose(front, **arguments)
    assert raised.value.findings[0].code == code
    raised.value.render("es")


def test_an_unknown_criterion_names_the_nearest(front):
    with pytest.raises(InputError) as raised:
        choose(front, targets={"enrgy": 1})
    assert raised.value.findings[0].data["nearest"] == "energy"


def test_an_empty_front_is_refused(front):
    empty = dataclasses.replace(
        front, values=front.values.iloc[:0], choices=front.choices[:0],
        portfolios=front.portfolios[:0],
    )  # fmt: skip
    with pytest.raises(InputError) as raised:
        choose(empty, targets={"energy": 1})
    assert raised.value.findings[0].code == "selection.front-empty"


def test_a_front_within_epsilon_is_told(front):
    loose = dataclasses.replace(front, epsilon=0.05)
    (finding,) = choose(loose, targets={"energy": 1}).findings
    assert finding.code == "selection.front-within"
    assert finding.data["epsilon"] == "0.05"
