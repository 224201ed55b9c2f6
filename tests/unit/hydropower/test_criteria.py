"""Criteria on a basin of four components that a person can work out by hand."""

import dataclasses

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.hydropower.criteria import Criterion, available, compile_criteria, evaluate
from nonetloss.landscape.river import Dam, DamOption, Status


def value(net, chosen, criterion):
    choices = np.array([[1 if d.id in chosen else 0 for d in net.dams]])
    return evaluate(net, choices, criteria=[criterion]).iloc[0, 0]


@pytest.mark.parametrize(
    ("criterion", "chosen", "expected"),
    [
        ("energy", "", 0.0),
        ("energy", "abc", 100.0 + 20.0 + 7.0),
        ("ghg", "ab", 1.5 + 0.25),
        # Lengths 5, 3, 2, 10: dam a lets nobody pass, dam b half up and 0.8 down.
        ("connectivity", "", 20.0),
        ("connectivity", "a", 5.0 + 10.0),
        ("connectivity", "b", 5.0 + 3.0 + 0.5 * 0.8 * 2.0 + 10.0),
        ("connectivity", "bc", 5.0 + 3.0 + 0.4 * 2.0),
        ("sediment", "", 1.0 + 2.0 + 4.0 + 8.0),
        ("sediment", "ab", 1.0 + 0.5 * (2.0 + 0.1 * 4.0) + 8.0),
        ("fragmented", "", 0.0),
        ("fragmented", "ab", 3.0 + 2.0),
        ("fragmented", "bc", 2.0 + 10.0),
        ("dci_d", "a", 100 * 15.0 / 20.0),
        ("dci_p", "", 100.0),
        ("dci_p", "a", 100 * (15.0**2 + 5.0**2) / 20.0**2),
        # Pairs across b count 0.4 twice: (8 + 10)² + 2² + 2 · 0.4 · 18 · 2.
        ("dci_p", "b", 100 * (18.0**2 + 2.0**2 + 2 * 0.4 * 18.0 * 2.0) / 400.0),
    ],
)
def test_by_hand(rivers, criterion, chosen, expected):
    assert value(rivers.three(), chosen, criterion) == pytest.approx(expected, rel=1e-12)


def test_values_come_with_their_units_and_in_the_order_asked(rivers):
    names = ["dci_p", "energy", "fragmented"]
    table = evaluate(rivers.three(), np.zeros((2, 3), dtype=np.int8), criteria=names)
    assert list(table.columns) == names
    assert table.attrs["units"] == {"dci_p": "%", "energy": "MW", "fragmented": "km"}
    assert len(table) == 2
    assert evaluate(rivers.three(), np.zeros((0, 3), dtype=int), criteria=names).shape == (0, 3)


def test_what_a_network_has_by_itself(rivers):
    assert set(available(rivers.three())) == {
        "energy", "ghg", "connectivity", "sediment", "dci_p", "dci_d", "fragmented",
    }  # fmt: skip


def test_each_option_of_a_site_has_its_own_values(rivers):
    options = (DamOption("low", {"energy": 10.0}, 1.0, 0.5), DamOption("high", {"energy": 30.0}))
    parts = {0: {"length_km": 4.0}, 1: {"length_km": 6.0}}
    net = rivers.network(parts, [Dam("a", 1, 0, options)])
    table = evaluate(net, np.array([[0], [1], [2]]), criteria=["energy", "connectivity"])
    assert table["energy"].tolist() == [0.0, 10.0, 30.0]
    assert table["connectivity"].tolist() == [10.0, 4.0 + 0.5 * 6.0, 4.0]


def test_portfolios_may_be_booleans_and_one_may_stand_alone(rivers):
    table = evaluate(rivers.three(), np.array([True, False, True]), criteria=["energy"])
    assert table["energy"].tolist() == [107.0]


def test_second_generation_trees_bring_their_own_affine_form(rivers):
    dam = rivers.dam("a", 0, 1, jobs_s=5.0, jobs_p=0.5, jobs_q=0.9)
    net = rivers.network({0: {"jobs": 1.0}, 1: {"jobs": 10.0}}, [dam])
    assert available(net)[0] == "jobs"
    table = evaluate(net, np.array([[0], [1]]), criteria=["jobs"])
    assert table["jobs"].tolist() == [1.0 + 0.9 * 10.0, 1.0 + 5.0 + 0.5 * 10.0]


def test_decimals_stay_decimals(rivers):
    """1 - 0.9 is 0.1, and 0.5 · 0.8 is 0.4, so that exact sums are possible."""
    sediment, connectivity = compile_criteria(rivers.three(), ["sediment", "connectivity"])
    assert sediment.keep[1].tolist() == [1.0, 0.1]
    assert connectivity.keep[1].tolist() == [1.0, 0.4]


def test_numbers_of_the_compiled_form(rivers):
    net = rivers.three()
    fragmented, dci_p = compile_criteria(net, ["fragmented", "dci_p"])
    assert (fragmented.form, fragmented.sense, fragmented.unit) == ("affine", "min", "km")
    assert fragmented.base.tolist() == [0.0] * 4
    assert fragmented.add.tolist() == [[0.0, 3.0 + 2.0], [0.0, 2.0], [0.0, 10.0]]
    assert fragmented.keep.tolist() == [[1.0, 0.0]] * 3
    assert (dci_p.form, dci_p.scale) == ("pairs", 100 / 20.0**2)
    assert dci_p.title == Text(dci_p.title.es, dci_p.title.en)


@pytest.mark.parametrize(
    ("unit", "title"),
    [
        ("MW", Text("Potencia instalada", "Installed capacity")),
        ("kW", Text("Potencia instalada", "Installed capacity")),
        ("GWh", Text("Energía", "Energy")),
    ],
)
def test_energy_in_units_of_power_is_told_as_capacity(rivers, unit, title):
    net = rivers.three()
    units = {
        **net.dam_attributes,
        "energy": dataclasses.replace(net.dam_attributes["energy"], unit=unit),
    }
    (energy,) = compile_criteria(dataclasses.replace(net, dam_attributes=units), ["energy"])
    assert energy.title == title


def codes(caught) -> list[str]:
    return [f.code for f in caught.value.findings]


def test_an_unknown_criterion_is_told_with_the_nearest(rivers):
    with pytest.raises(InputError, match='Did you mean "energy"') as caught:
        compile_criteria(rivers.three(), ["energia", "ghg"])
    assert codes(caught) == ["criteria.unknown"]
    assert "¿Quiso decir «energy»?" in caught.value.render("es")


@pytest.mark.parametrize(
    ("asked", "code"), [([], "criteria.none"), (["ghg", "ghg"], "criteria.repeated")]
)
def test_criteria_are_asked_for_once_and_at_least_one(rivers, asked, code):
    with pytest.raises(InputError) as caught:
        evaluate(rivers.three(), np.zeros((1, 3), dtype=int), criteria=asked)
    assert codes(caught) == [code]


@pytest.mark.parametrize(
    ("changed", "criterion", "code", "named"),
    [
        ({"energy": float("nan")}, "energy", "criteria.dams-without-value", "x"),
        ({"energy": float("inf")}, "energy", "criteria.not-finite", "x"),
        ({"sed_trap": 1.2}, "sediment", "criteria.trap", "x: 1.2"),
        ({"sed_trap": -0.1}, "sediment", "criteria.trap", "x: -0.1"),
        ({"sed_trap": float("nan")}, "sediment", "criteria.dams-without-value", "x"),
        ({"up": -0.5}, "connectivity", "criteria.passage", "x: -0.5"),
        ({"down": 1.5}, "dci_p", "criteria.passage", "x: 1.5"),
        ({"up": float("nan")}, "dci_d", "criteria.dams-without-value", "x"),
    ],
)
def test_bad_numbers_of_dams_are_told_with_the_dam(rivers, changed, criterion, code, named):
    values = {"energy": 1.0, "sed_trap": 0.1, **changed}
    dams = [rivers.dam("x", 0, 1, **values), rivers.dam("y", 1, 2, energy=1.0, sed_trap=0.2)]
    parts = {i: {"length_km": 1.0, "sediment": 1.0} for i in range(3)}
    with pytest.raises(InputError) as caught:
        compile_criteria(rivers.network(parts, dams), [criterion])
    assert codes(caught) == [code]
    assert named in caught.value.render("en")
    assert "y" not in caught.value.findings[0].data["offenders"]


def test_a_dam_that_lacks_an_attribute_is_told_like_an_unknown_one(rivers):
    dams = [rivers.dam("x", 0, 1), rivers.dam("y", 1, 2, energy=1.0)]
    net = rivers.network({i: {"length_km": 1.0} for i in range(3)}, dams)
    with pytest.raises(InputError) as caught:
        compile_criteria(net, ["energy"])
    assert caught.value.findings[0].data["offenders"] == "x"


def test_of_a_forbidden_site_nothing_need_be_known(rivers):
    dams = [
        rivers.dam("x", 0, 1, status=Status.FORBIDDEN, energy=float("nan")),
        rivers.dam("y", 1, 2, energy=1.0),
    ]
    net = rivers.network({i: {"length_km": 1.0} for i in range(3)}, dams)
    assert evaluate(net, np.array([[0, 1]]), criteria=["energy"])["energy"].tolist() == [1.0]
    assert np.isnan(compile_criteria(net, ["energy"])[0].add[0, 1])


@pytest.mark.parametrize(
    ("lengths", "code"),
    [
        ([1.0, float("nan")], "criteria.components-without-value"),
        ([1.0, -2.0], "criteria.negative-base"),
        ([0.0, 0.0], "criteria.no-length"),
    ],
)
def test_bad_lengths_are_told(rivers, lengths, code):
    net = rivers.network(
        {i: {"length_km": length} for i, length in enumerate(lengths)},
        [rivers.dam("x", 0, 1, energy=1.0)],
    )
    with pytest.raises(InputError) as caught:
        compile_criteria(net, ["dci_p"])
    assert codes(caught) == [code]


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("", "criteria.unit-missing"),
        ("km", "criteria.unit-wrong"),
        ("nonsense", "criteria.unit-wrong"),
    ],
)
def test_energy_needs_a_unit_of_power_or_energy(rivers, unit, code):
    net = rivers.network(
        {0: {"length_km": 1.0}, 1: {"length_km": 1.0}},
        [rivers.dam("x", 0, 1, energy=1.0)],
        dam_units={"energy": unit},
    )
    with pytest.raises(InputError) as caught:
        compile_criteria(net, ["energy"])
    assert codes(caught) == [code]


@pytest.mark.parametrize("unit", ["MW", "GWh", "kW", "MWh"])
def test_energy_may_be_told_as_power_or_energy(rivers, unit):
    net = rivers.network(
        {0: {"length_km": 1.0}, 1: {"length_km": 1.0}},
        [rivers.dam("x", 0, 1, energy=1.0)],
        dam_units={"energy": unit},
    )
    assert compile_criteria(net, ["energy"])[0].unit == unit


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        (np.zeros((1, 2), dtype=int), "criteria.choices-shape"),
        (np.zeros((1, 3)), "criteria.choices-shape"),
        (np.zeros((1, 1, 3), dtype=int), "criteria.choices-shape"),
        (np.array([[0, 2, 0]]), "criteria.choices-unknown"),
        (np.array([[0, -1, 0]]), "criteria.choices-unknown"),
    ],
)
def test_choices_that_mean_nothing_are_refused(rivers, choices, code):
    with pytest.raises(InputError) as caught:
        evaluate(rivers.three(), choices, criteria=["energy"])
    assert codes(caught) == [code]


def test_a_criterion_that_asks_for_what_is_not_there_is_told(rivers):
    wanted = Criterion("jobs", Text.of("jobs"), "", "max", "additive", add="enrgy")
    with pytest.raises(InputError, match='Did you mean "energy"') as caught:
        compile_criteria(rivers.three(), [wanted])
    assert codes(caught) == ["criteria.attribute-unknown"]
    negative = dataclasses.replace(wanted, add=1.0, keep=-0.5, form="affine")
    with pytest.raises(InputError) as caught:
        compile_criteria(rivers.three(), [negative])
    assert codes(caught) == ["criteria.negative-keep"]
