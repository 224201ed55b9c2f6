"""Always, never, some, by hand (numbers of `three` in test_choice)."""

import dataclasses

import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.membership import membership
from nonetloss.landscape.river import DamOption


@pytest.fixture
def three(rivers):
    return rivers.three()


@pytest.fixture
def front(rivers, three):
    return rivers.front_of(three, ["energy", "connectivity"])


def test_counts_over_the_whole_front(front, three):
    table = membership(front, network=three).table.set_index("dam")
    assert table["count"].to_dict() == {"a": 1, "b": 2, "c": 3}
    assert table["share"].tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert table["member"].tolist() == ["some", "some", "always"]
    assert table["status"].tolist() == ["planned", "planned", "built"]
    assert membership(front).table["status"].tolist() == ["", "", ""]


def test_bands_have_their_lower_edge_and_the_last_one_both(front):
    bands = membership(front, edges=["7 MW", 27, 127]).bands
    first, second = (part.set_index("dam") for _, part in bands.groupby("low"))
    assert first["portfolios"].tolist() == [1, 1, 1]
    assert first["member"].tolist() == ["never", "never", "always"]
    # 27 and 127 MW.
    assert second["portfolios"].tolist() == [2, 2, 2]
    assert second["member"].tolist() == ["some", "always", "always"]
    assert bands.attrs["units"]["low"] == "MW"


def test_no_edges_no_bands(front):
    assert membership(front, criterion="whatever").bands.empty


def test_options_are_counted_apart(rivers, three):
    low = DamOption("low", {"energy": 60.0, "sed_trap": 0.1, "ghg": 0.1}, 1.0, 1.0)
    high = dataclasses.replace(three.dams[0].options[0], name="high")
    dams = (dataclasses.replace(three.dams[0], options=(low, high)), *three.dams[1:])
    network = dataclasses.replace(three, dams=dams)
    front = rivers.front_of(network, ["energy", "connectivity"])
    # The low dam lets all pass: 67 MW at 10 km, 87 at 8.8; the high one 127 at 5.
    assert sorted(front.values["energy"]) == [67.0, 87.0, 127.0]
    options = membership(front, network=network).options
    assert options["dam"].tolist() == ["a", "a"]
    assert options["option_name"].tolist() == ["low", "high"]
    assert options["count"].tolist() == [2, 1]


@pytest.mark.parametrize(
    ("edges", "code"),
    [
        ([10], "selection.edges"),
        ([10, 10], "selection.edges"),
        ([10, 5], "selection.edges"),
        ([30, 100], "selection.band-empty"),
        ([0, 50, 100], "selection.band-empty"),
    ],
)
def test_bands_that_cannot_be(front, edges, code):
    with pytest.raises(InputError) as raised:
        membership(front, edges=edges)
    assert raised.value.findings[0].code == code


def test_an_empty_band_names_its_neighbors(front):
    with pytest.raises(InputError) as raised:
        membership(front, edges=[30, 100])
    data = raised.value.findings[0].data
    assert (data["below"], data["above"]) == ("27", "127")


def test_an_unknown_criterion_of_bands(front):
    with pytest.raises(InputError) as raised:
        membership(front, criterion="enrgy", edges=[1, 2])
    assert raised.value.findings[0].data["nearest"] == "energy"
