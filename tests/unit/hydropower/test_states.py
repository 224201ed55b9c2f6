"""States of the small basin: dam c stands, a and b are planned."""

import dataclasses

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.hydropower.states import evaluate_states, plan_choices
from nonetloss.landscape.river import Dam, DamOption, Status


def test_the_three_states_and_a_plan(rivers):
    states = evaluate_states(
        rivers.three(), plans={"upper": ["b"]}, criteria=["energy", "fragmented"]
    )
    assert states.names == ("none", "today", "full", "upper")
    assert states.choices.dtype == np.int8
    assert states.choices.tolist() == [[0, 0, 0], [0, 0, 1], [1, 1, 1], [0, 1, 1]]
    assert states.table["state"].tolist() == list(states.names)
    assert states.table["energy"].tolist() == [0.0, 7.0, 127.0, 27.0]
    assert states.table["fragmented"].tolist() == [0.0, 10.0, 3.0 + 2.0 + 10.0, 2.0 + 10.0]
    assert states.table.attrs["units"] == {"energy": "MW", "fragmented": "km"}
    assert [c.sense for c in states.criteria] == ["max", "min"]
    assert states.choice("upper").tolist() == [0, 1, 1]


def test_a_plan_may_have_a_title(rivers):
    title = {"es": "Aguas arriba", "en": "Upstream"}
    plans = {"upper": {"dams": ["b"], "title": title}, "long": {"dams": ["b"]}, "short": ["b"]}
    states = evaluate_states(rivers.three(), plans=plans, criteria=["energy"])
    assert states.titles[3:] == (
        Text("Aguas arriba", "Upstream"),
        Text.of("long"),
        Text.of("short"),
    )
    assert states.titles[:3] == tuple(map(Text.of, ("none", "today", "full")))
    assert states.choices[3:].tolist() == [[0, 1, 1]] * 3


def test_without_criteria_all_there_are(rivers):
    states = evaluate_states(rivers.three())
    assert {"energy", "ghg", "dci_p", "sediment"} <= set(states.table.columns)
    assert states.names == ("none", "today", "full")


def test_an_empty_plan_is_today_and_built_dams_may_be_named(rivers):
    states = evaluate_states(rivers.three(), plans={"a": [], "b": ["c"]}, criteria=["energy"])
    assert states.choices[1:].tolist() == [[0, 0, 1], [1, 1, 1], [0, 0, 1], [0, 0, 1]]


def two_options(rivers, **more):
    options = (DamOption("low", {"energy": 50.0}), DamOption("high", {"energy": 80.0}))
    dams = [
        Dam(1, 1, 0, options),
        rivers.dam(2, 0, 2, energy=60.0),
        rivers.dam(3, 0, 3, energy=5.0, status=Status.FORBIDDEN),
    ]
    parts = {i: {"length_km": 1.0} for i in range(4)}
    return rivers.network(parts, dams, **more)


def test_full_takes_the_option_with_most_energy_and_nothing_forbidden(rivers):
    states = evaluate_states(two_options(rivers), criteria=["energy"])
    assert states.choices[2].tolist() == [2, 1, 0]
    assert states.table["energy"].tolist() == [0.0, 0.0, 80.0 + 60.0]


def test_full_keeps_exclusions_and_says_so(rivers):
    net = two_options(rivers, exclusions=(frozenset({1, 2}),))
    states = evaluate_states(net, criteria=["energy"])
    assert states.choices[2].tolist() == [2, 0, 0]
    assert [f.code for f in states.findings] == ["states.exclusions"]
    assert states.findings[0].data["dams"] == "2"


def test_a_plan_names_the_option(rivers):
    assert plan_choices(two_options(rivers), [{1: "low"}, 2], name="p").tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("plan", "code", "said"),
    [
        ([1], "states.plan-option", "low, high"),
        ([{1: "tall"}], "states.plan-option", "low, high"),
        ([3], "states.plan-forbidden", "forbidden"),
        ([22], "states.plan-unknown", 'Did you mean "2"?'),
        ([2, 2], "states.plan-twice", "repeated: 2"),
        ("2", "states.plan-form", "a list of dams"),
        ({2: True}, "states.plan-form", "a list of dams"),
        ({"title": "x"}, "states.plan-form", "a list of dams"),
        ({"dams": [2], "titel": "x"}, "states.plan-form", "a list of dams"),
        ({"dams": [2], "title": {"es": "x"}}, "states.plan-form", "title: {es: …, en: …}"),
        ({"dams": [2], "title": 7}, "states.plan-form", "title: {es: …, en: …}"),
        ({"dams": "2"}, "states.plan-form", "a list of dams"),
        ({"dams": [22]}, "states.plan-unknown", 'Did you mean "2"?'),
        ([{1: "low"}, 2], "states.plan-excluded", "1, 2"),
    ],
)
def test_plans_that_cannot_be(rivers, plan, code, said):
    net = two_options(rivers, exclusions=(frozenset({1, 2}),))
    with pytest.raises(InputError) as caught:
        evaluate_states(net, plans={"mine": plan}, criteria=["energy"])
    assert [f.code for f in caught.value.findings] == [code]
    assert said in caught.value.render("en")
    assert "mine" in caught.value.render("es")


def test_an_unknown_dam_is_sought_among_titles_too(rivers):
    net = two_options(rivers)
    named = dataclasses.replace(net.dams[1], title=Text.of("Paquitzapango"))
    net = dataclasses.replace(net, dams=(net.dams[0], named, net.dams[2]))
    with pytest.raises(InputError, match='Did you mean "2"'):
        evaluate_states(net, plans={"mine": ["Pakitzapango"]}, criteria=["energy"])


def test_a_plan_may_not_be_called_like_a_state(rivers):
    with pytest.raises(InputError) as caught:
        evaluate_states(rivers.three(), plans={"full": ["a"], "x": ["q"]}, criteria=["energy"])
    assert [f.code for f in caught.value.findings] == ["states.plan-name", "states.plan-unknown"]
