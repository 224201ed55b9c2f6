"""A menu by hand (numbers of `three` in test_choice): (7, 10), (27, 8.8), (127, 5)."""

import dataclasses

import pytest

from nonetloss.core.errors import InputError
from nonetloss.hydropower.menu import menu


@pytest.fixture
def front(rivers):
    return rivers.front_of(rivers.three(), ["energy", "connectivity"])


def test_one_portfolio_for_all(front):
    """(127, 5) has half the river of (7, 10); (27, 8.8) only 27/127 of the energy of (127, 5)."""
    found = menu(front, k=1, extremes=False)
    assert found.table["energy"].tolist() == [127.0]
    assert found.coverage == pytest.approx(1 - 5 / 10)
    assert found.exact
    assert found.bound <= found.coverage
    assert found.table["represents"].tolist() == [3]


def test_two_portfolios_with_and_without_the_extremes(front):
    free = menu(front, k=2, extremes=False)
    assert free.table["energy"].tolist() == [27.0, 127.0]
    assert free.coverage == pytest.approx(1 - 8.8 / 10)
    held = menu(front, k=2)
    assert held.table["energy"].tolist() == [7.0, 127.0]
    assert held.coverage == pytest.approx(1 - 5 / 8.8)
    assert held.table["extreme_of"].tolist() == ["connectivity", "energy"]
    assert held.table["represents"].tolist() == [1, 2]
    assert held.names == ("menu-1", "menu-2")
    assert held.titles[0].es != held.titles[1].es
    assert held.choices.tolist() == [[0, 0, 1], [1, 1, 1]]


def test_measured_by_the_range(front):
    """Ranges 120 MW and 5 km: of (27, 8.8), (127, 5) lacks 3.8 of 5, (7, 10) 20 of 120."""
    found = menu(front, k=2, measure="range")
    assert found.coverage == pytest.approx(20 / 120)
    assert found.exact


def test_the_whole_front_is_its_own_menu(front):
    found = menu(front, k=9)
    assert len(found.table) == 3
    assert (found.coverage, found.bound, found.exact) == (0.0, 0.0, True)


def test_a_zero_that_nobody_matches(rivers):
    """Nothing built emits nothing; a ratio to zero has no meaning."""
    network = dataclasses.replace(rivers.three())
    front = rivers.front_of(network, ["energy", "ghg"])
    found = menu(front, k=1, extremes=False)
    if found.coverage == float("inf"):
        assert [f.code for f in found.findings] == ["selection.menu-infinite"]
    else:
        # (7 MW, 0) stands for the rest in greenhouse gases: 1 - 7/127 in energy.
        assert found.coverage == pytest.approx(1 - 7 / 127)
    assert menu(front, k=1, extremes=False, measure="range").coverage <= 1


def test_a_portfolio_that_is_best_in_several_criteria_is_one_extreme(rivers):
    """Building nothing keeps all of the river and emits nothing; a and b give most energy."""
    front = rivers.front_of(rivers.three(), ["energy", "connectivity", "ghg"])
    found = menu(front, k=2)
    assert found.table["extreme_of"].tolist() == ["connectivity, ghg", "energy"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"k": 0}, "selection.count"),
        ({"k": 1}, "selection.extremes"),
        ({"measure": "feet"}, "selection.measure"),
    ],
)
def test_what_cannot_be_asked(front, arguments, code):
    with pytest.raises(InputError) as raised:
        menu(front, **arguments)
    assert raised.value.findings[0].code == code
