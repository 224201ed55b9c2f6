"""What each further percent of loss buys, by hand (numbers of `three` in test_choice)."""

import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.exchange import exchange


@pytest.fixture
def three(rivers):
    return rivers.three()


def test_gain_by_percent(rivers, three):
    """Today 10 km. 12 % less is 8.8 km, just what b leaves: ties count as within."""
    front = rivers.front_of(three, ["energy", "connectivity"])
    found = exchange(front, network=three, percents=(0, 11.9, 12, 49, 50))
    table = found.table
    assert table["added_energy"].tolist() == [0.0, 0.0, 20.0, 20.0, 120.0]
    assert table["dams_total"].tolist() == [1, 1, 2, 2, 3]
    assert table["dams_added"].tolist() == [0, 0, 1, 1, 2]
    assert table["limit"].tolist() == pytest.approx([10, 8.81, 8.8, 5.1, 5])
    assert table["further_loss"].tolist() == pytest.approx([0, 1.19, 1.2, 4.9, 5])
    assert table["loss_percent"].tolist() == pytest.approx([0, 0, 12, 12, 50])
    assert found.choices.tolist() == [[0, 0, 1], [0, 0, 1], [0, 1, 1], [0, 1, 1], [1, 1, 1]]
    assert found.today["value"].tolist() == [7.0, 10.0]
    assert table.attrs["units"]["added_energy"] == "MW"
    assert found.findings == ()


def test_what_is_zero_today_takes_absolute_steps(rivers, three):
    front = rivers.front_of(three, ["energy", "ghg"])
    found = exchange(front, network=three, steps={"ghg": [0, 0.25, 1.5, 1.75]})
    assert [f.code for f in found.findings] == ["selection.zero-today"]
    assert found.table["kind"].unique().tolist() == ["absolute"]
    # Nothing; b; a; a and b.
    assert found.table["added_energy"].tolist() == [0.0, 20.0, 100.0, 120.0]
    assert found.table["loss_percent"].isna().all()


def test_all_criteria_at_once(rivers, three):
    """Sediment today 1 + 2 + 4 + 8 = 15; with b 1 + 2 + 0.1 · 4 + 8 = 11.4 (24 % less);
    with a 1 + 0.5 · (2 + 4) + 8 = 12 (20 % less), but then half the connected river is lost."""
    front = rivers.front_of(three, ["energy", "connectivity", "sediment"])
    table = exchange(front, network=three, percents=(20, 24, 50)).table
    gains = {name: part["added_energy"].tolist() for name, part in table.groupby("criterion")}
    # a and b: 1 + 0.5 · (2 + 0.1 · 4) + 8 = 10.2, 32 % less.
    assert gains["connectivity"] == [20.0, 20.0, 120.0]
    assert gains["sediment"] == [100.0, 100.0, 120.0]
    assert gains["all"] == [0.0, 20.0, 120.0]
    assert table.loc[table["criterion"] == "all", "limit"].isna().all()


def test_no_portfolio_within_is_an_answer(rivers, three):
    """A front that must build a has lost half the river from the start."""
    front = rivers.front_of(three, ["energy", "connectivity"])
    kept = front.values["energy"] > 100
    import dataclasses

    forced = dataclasses.replace(
        front, values=front.values[kept].reset_index(drop=True), choices=front.choices[kept],
        portfolios=front.portfolios[kept],
    )  # fmt: skip
    found = exchange(forced, network=three, percents=(10, 60))
    assert found.table["row"].tolist() == [-1, 0]
    assert found.table["added_energy"].isna().tolist() == [True, False]
    assert found.choices.tolist() == [[0, 0, 0], [1, 1, 1]]
    assert [f.code for f in found.findings] == ["selection.nothing-within"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"gain": "power"}, "selection.criterion-unknown"),
        ({"criteria": ["sedimnt"]}, "selection.criterion-unknown"),
        ({"criteria": ["energy"]}, "selection.least-repeated"),
        ({"percents": ()}, "selection.percents"),
        ({"percents": (1, -1)}, "selection.percents"),
        ({"percents": ("much",)}, "selection.percents"),
        ({"steps": {"connectivity": 3}}, "selection.steps"),
        ({"steps": {"connectivity": [-3]}}, "selection.steps"),
        ({"steps": {"energy": [3]}}, "selection.steps"),
    ],
)
def test_what_cannot_be_asked(rivers, three, arguments, code):
    front = rivers.front_of(three, ["energy", "connectivity"])
    with pytest.raises(InputError) as raised:
        exchange(front, network=three, **arguments)
    assert raised.value.findings[0].code == code


def test_another_network_is_refused(rivers, three):
    front = rivers.front_of(three, ["energy", "connectivity"])
    other = rivers.network({0: {}, 1: {}}, [rivers.dam("z", 0, 1, energy=1.0)])
    with pytest.raises(InputError) as raised:
        exchange(front, network=other)
    assert raised.value.findings[0].code == "selection.other-network"
    assert "z" in raised.value.findings[0].data["offenders"]
