"""What a plan gives away, by hand (numbers of `three` in test_choice)."""

import dataclasses

import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.regret import regret
from nonetloss.hydropower.states import evaluate_states


@pytest.fixture
def three(rivers):
    return rivers.three()


@pytest.fixture
def front(rivers, three):
    return rivers.front_of(three, ["energy", "connectivity"])


@pytest.fixture
def states(three):
    return evaluate_states(three, plans={"only-a": ["a"]}, criteria=["energy"])


def test_a_dominated_plan(front, states, three):
    """a alone: 107 MW, 5 km; a and b: 127 MW, 5 km. The energies gained are 20 of 107."""
    found = regret(front, states=states, network=three, plans=["only-a"], k=2)
    row = found.table.iloc[0]
    assert (row["verdict"], row["dominated_by"], row["row"]) == ("dominated", 1, -1)
    # Nobody is better in both.
    assert row["distance"] == 0.0
    energy, river = (found.improvements.iloc[i] for i in (0, 1))
    assert (energy["value"], energy["best"], energy["gain"]) == (107.0, 127.0, 20.0)
    assert energy["gain_percent"] == pytest.approx(100 * 20 / 107)
    assert (energy["add"], energy["drop"]) == ("b", "")
    assert river["gain"] == 0.0
    assert found.dominating["state"].tolist() == ["only-a"]
    near = found.nearest
    # By values: 20 of the range 127 - 7; then 80 of 120 and 3.8 of 5: the worse counts.
    values = near[near["by"] == "values"]
    assert values["distance"].tolist() == pytest.approx([20 / 120, 3.8 / 5])
    assert values["dominates"].tolist() == [True, False]
    by_dams = near[near["by"] == "dams"]
    assert by_dams["dams_changed"].tolist() == [1, 1]
    assert by_dams["add"].tolist() == ["b", ""]
    assert by_dams["drop"].tolist() == ["", "a"]


def test_an_efficient_plan_has_nothing_to_gain(front, states, three):
    found = regret(front, states=states, network=three)
    assert found.table["state"].tolist() == ["today", "full", "only-a"]
    assert found.table["verdict"].tolist() == ["efficient", "efficient", "dominated"]
    gains = found.improvements.set_index("state")["gain"]
    assert gains["today"].tolist() == gains["full"].tolist() == [0.0, 0.0]
    full = found.table.iloc[1]
    assert front.values["energy"][full["row"]] == 127.0


def test_a_plan_that_is_better_in_everything_by_a_share(rivers, three):
    """On energy and greenhouse gases, a dam c' of 100 MW at 0.75 beats a: 1.5 → half, 7 MW less.

    b alone (27 MW, 0.25) against a plan of 20 MW and 0.5: better by 7/27 and by 0.25/0.25.
    """
    front = rivers.front_of(three, ["energy", "ghg"])
    worse = dataclasses.replace(front, values=front.values.assign(ghg=front.values["ghg"] / 2))
    states = evaluate_states(three, plans={"b": ["b"]}, criteria=["energy"])
    found = regret(worse, states=states, network=three, plans=["b"])
    # Same energy at half the gas: not better in both. No portfolio is.
    assert found.table["distance"].tolist() == [0.0]
    more = dataclasses.replace(
        front,
        values=front.values.assign(
            ghg=front.values["ghg"] / 2, energy=front.values["energy"] * 1.25
        ),
    )
    found = regret(more, states=states, network=three, plans=["b"])
    # min(1 - 27 / (1.25 · 27), 0.25 / 0.125 - 1) = min(0.2, 1).
    assert found.table["distance"].tolist() == pytest.approx([0.2])


def test_a_plan_beyond_the_front(front, states, three):
    kept = front.values["energy"] < 100
    bounded = dataclasses.replace(
        front, values=front.values[kept].reset_index(drop=True), choices=front.choices[kept],
        portfolios=front.portfolios[kept],
    )  # fmt: skip
    found = regret(bounded, states=states, network=three, plans=["full"])
    assert found.table["verdict"].tolist() == ["beyond"]
    assert found.improvements.empty
    assert found.dominating.empty


def test_no_plans_no_rows(front, states, three):
    found = regret(front, states=states, network=three, plans=[])
    assert found.table.empty
    assert found.nearest.empty


def test_what_cannot_be_asked(front, states, three):
    with pytest.raises(InputError) as raised:
        regret(front, states=states, network=three, k=0)
    assert raised.value.findings[0].code == "selection.count"
    with pytest.raises(InputError) as raised:
        regret(front, states=states, network=three, plans=["only-b"])
    finding = raised.value.findings[0]
    assert (finding.code, finding.data["nearest"]) == ("selection.plan-unknown", "only-a")


def test_a_plan_with_an_unknown_dam_names_the_nearest(rivers):
    network = rivers.network({0: {}, 1: {}}, [rivers.dam("tambo-40", 0, 1, energy=1.0)])
    with pytest.raises(InputError) as raised:
        evaluate_states(network, plans={"p": ["tambo-4"]}, criteria=["energy"])
    assert "tambo-40" in raised.value.render("en")
