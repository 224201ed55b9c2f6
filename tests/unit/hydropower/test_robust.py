"""Scenarios and least worst regret, by hand (the fork of test_sequence)."""

import dataclasses

import numpy as np
import pytest

from nonetloss.core.errors import InfeasibleError, InputError
from nonetloss.hydropower.robust import robust
from nonetloss.hydropower.scenarios import multiplied, scenarios_of


@pytest.fixture
def fork(rivers):
    return rivers.network(
        {0: {"length_km": 10.0}, 1: {"length_km": 4.0}, 2: {"length_km": 6.0}},
        [rivers.dam("p", 0, 1, energy=10.0), rivers.dam("q", 0, 2, energy=20.0)],
    )


@pytest.fixture
def front(rivers, fork):
    return rivers.front_of(fork, ["energy", "connectivity"])


def test_the_target_must_hold_in_every_scenario(front, fork):
    """q gives 20 MW, in the dry scenario 10; both together then 20. In the likely one both leave
    10 km where q alone leaves 14: 4 of 14 is the regret."""
    found = robust(
        front, network=fork, scenarios={"dry": {"energy": {"q": 0.5}}}, targets={"energy": "20 MW"}
    )
    assert found.choice.dams == ("p", "q")
    assert found.choice.name == "robust"
    table = found.table.set_index("dams_total")
    both = found.table[found.table["chosen"]].iloc[0]
    assert both["max_regret"] == pytest.approx(4 / 14)
    assert both["mean_regret"] == pytest.approx(2 / 14)
    assert both["worst_scenario"] == "likely"
    assert both["reaches_share"] == 1.0
    only_q = found.table[found.table["energy"] == 20].iloc[0]
    assert only_q["reaches_share"] == 0.5
    assert np.isnan(only_q["max_regret"])
    assert only_q["worst_scenario"] == "dry"
    assert table.loc[0, "reaches_share"] == 0.0
    told = found.scenarios[found.scenarios["criterion"] == "energy"].set_index("scenario")
    assert told["chosen"].tolist() == [30.0, 20.0]
    assert told["chosen_regret"].tolist() == pytest.approx([4 / 14, 0.0])
    assert found.factors.to_numpy().tolist() == [["dry", "energy", "q", 0.5]]


def test_share_of_scenarios_in_which_a_portfolio_is_efficient(front, fork):
    """If q gives 5 MW only, p (10 MW, 16 km) beats it; all others stay efficient."""
    found = robust(front, network=fork, scenarios={"poor": {"energy": {"q": 0.25}}})
    shares = dict(zip(found.table["energy"], found.table["efficient_share"], strict=True))
    assert shares == {0.0: 1.0, 10.0: 1.0, 20.0: 0.5, 30.0: 1.0}
    assert found.always == 3
    assert found.table["joint"].all()
    # q: 5 of 10 MW and 14 of 16 km: the smaller shortfall is 2/16.
    regrets = dict(zip(found.table["energy"], found.table["max_regret"], strict=True))
    assert regrets[20.0] == pytest.approx(2 / 16)
    # With that much slack it counts as efficient.
    assert (
        robust(
            front, network=fork, scenarios={"poor": {"energy": {"q": 0.25}}}, within=0.126
        ).always
        == 4
    )


def test_candidates_of_several_fronts_count_once(front, fork):
    found = robust([front, front], network=fork, scenarios={"x": {"energy": 1.5}})
    assert len(found.table) == len(front)
    part = dataclasses.replace(
        front, values=front.values.iloc[:1], choices=front.choices[:1],
        portfolios=front.portfolios[:1],
    )  # fmt: skip
    found = robust([part, front], network=fork, scenarios={"x": {"energy": 1.5}})
    assert found.table["row"].tolist() == [0, -1, -1, -1]


def test_uncertain_attributes_go_to_their_ends_one_by_one(front, fork):
    made = scenarios_of(fork, uncertain={"energy": [0.5, 1.0, 1.2], "length_km": [1.0, 1.0, 2.0]})
    assert [s.name for s in made] == ["likely", "energy-low", "energy-high", "length_km-high"]
    assert made[1].network.dams[1].options[0].values["energy"] == 10.0
    assert made[3].network.components[2].values["length_km"] == 12.0
    assert made[3].network.dams[1].options[0].values["energy"] == 20.0


def test_draws_are_those_of_the_generator_dam_by_dam(front, fork):
    def run(seed):
        return robust(
            front, network=fork, uncertain={"energy": [0.5, 1.0, 1.2]}, samples=4,
            rng=np.random.default_rng(seed),
        )  # fmt: skip

    first, again, other = run(1), run(1), run(2)
    assert first.factors.equals(again.factors)
    assert not first.factors.equals(other.factors)
    drawn = first.factors[first.factors["scenario"] != "likely"]
    assert len(drawn) == 8
    assert drawn["factor"].between(0.5, 1.2).all()
    assert drawn["factor"].nunique() == 8


def test_shares_stay_shares(rivers):
    three = rivers.three()
    made = scenarios_of(three, {"x": {"sed_trap": 3.0, "passage": 2.0}})[1].network
    assert [d.options[0].values["sed_trap"] for d in made.dams] == [1.0, 1.0, 0.0]
    # Up 0.5 · 2 = 1; down 0.8 · 2 is cut to 1.
    assert (made.dams[1].options[0].passage_up, made.dams[1].options[0].passage_down) == (1.0, 1.0)


def test_no_factor_changes_nothing(fork):
    assert multiplied(fork, ()) == fork


def test_another_network_as_a_scenario(front, fork, rivers):
    other = multiplied(fork, scenarios_of(fork, {"x": {"energy": 2.0}})[1].factors)
    found = robust(front, network=fork, scenarios={"wet": other})
    told = found.scenarios.set_index(["scenario", "criterion"])["best"]
    assert told["wet", "energy"] == 60.0
    with pytest.raises(InputError) as raised:
        robust(front, network=fork, scenarios={"wet": rivers.three()})
    assert raised.value.findings[0].code == "selection.scenario-dams"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "selection.scenarios-none"),
        ({"scenarios": {"x": {}}}, "selection.scenario-form"),
        ({"scenarios": {"x": 0.5}}, "selection.scenario-form"),
        ({"scenarios": {"x": {"enrgy": 0.5}}}, "selection.scenario-attribute"),
        ({"scenarios": {"x": {"energy": {"pp": 0.5}}}}, "selection.scenario-dam"),
        ({"scenarios": {"x": {"energy": -1}}}, "selection.scenario-factor"),
        ({"scenarios": {"x": {"energy": "much"}}}, "selection.scenario-factor"),
        ({"scenarios": {"x": {"length_km": {"p": 2}}}}, "selection.scenario-factor"),
        ({"scenarios": {"likely": {"energy": 0.5}}}, "selection.scenario-name"),
        ({"uncertain": {"energy": [1, 0.5, 2]}}, "selection.scenario-spread"),
        ({"uncertain": {"energy": [1, 2]}}, "selection.scenario-spread"),
        ({"uncertain": {"power": [1, 1, 2]}}, "selection.scenario-attribute"),
        ({"uncertain": {"energy": [1, 1, 2]}, "samples": 3}, "selection.samples"),
        ({"scenarios": {"x": {"energy": 2}}, "samples": -1}, "selection.samples"),
        ({"scenarios": {"x": {"energy": 2}}, "least": ["river"]}, "selection.criterion-unknown"),
    ],
)
def test_what_cannot_be_asked(front, fork, arguments, code):
    with pytest.raises(InputError) as raised:
        robust(front, network=fork, **arguments)
    assert raised.value.findings[0].code == code
    raised.value.render("es")


def test_an_unknown_dam_names_the_nearest(front, fork):
    with pytest.raises(InputError) as raised:
        robust(front, network=fork, scenarios={"x": {"energy": {"pp": 0.5}}})
    assert raised.value.findings[0].data["nearest"] == "p"


def test_a_target_that_fails_in_some_scenario_names_it(front, fork):
    with pytest.raises(InfeasibleError) as raised:
        robust(front, network=fork, scenarios={"dry": {"energy": 0.5}}, targets={"energy": 20})
    finding = raised.value.findings[0]
    assert finding.code == "selection.unreachable-everywhere"
    assert (finding.data["scenario"], finding.data["value"]) == ("dry", "15 MW")
