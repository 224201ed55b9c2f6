import math

import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.findings import error, notice
from nonetloss.landscape.river import Attribute, Component, Dam, DamOption, Status
from nonetloss.landscape.river_tree import build_network, cycles, upward
from nonetloss.landscape.river_values import plain_number

ENERGY = {"energy": Attribute("energy", "MW")}
LENGTH = {"length_km": Attribute("length_km", "km")}


def dam(id, above, below, *options, status=Status.PLANNED):
    return Dam(id, above, below, options or (DamOption("", {"energy": 1.0}),), status)


def component(id, length=1.0):
    return Component(id, {"length_km": length})


def build(components, dams, **arguments):
    given = {"name": "basin", "dam_attributes": ENERGY, "component_attributes": LENGTH}
    return build_network(components, dams, **(given | arguments))


def codes(*arguments, **more):
    with pytest.raises(InputError) as caught:
        build(*arguments, **more)
    return {f.code: f.render("en") for f in caught.value.findings}


FOUR = [component(i) for i in range(4)]
CHAIN = [dam("c", 3, 2), dam("a", 1, 0), dam("b", 2, 1)]


def test_components_stand_from_the_mouth_upward():
    network = build(FOUR[::-1], CHAIN)
    assert [c.id for c in network.components] == [0, 1, 2, 3]
    assert network.root == 0
    assert network.dam_ids == ("c", "a", "b")
    assert build(FOUR[:1], []).root == 0
    assert upward(0, [dam("a", 1, 0), dam("b", 2, 0), dam("c", 3, 1)]) == [0, 1, 3, 2]


def test_the_unknown_passes_and_the_infinite_does_not():
    unknown = [component(0), component(1, math.nan)]
    option = DamOption("", {"energy": math.nan})
    assert build(unknown, [dam("a", 1, 0, option)])
    option = DamOption("tall", {"energy": math.inf})
    found = codes([component(0), component(1, -math.inf)], [dam("a", 1, 0, option)])
    assert found.keys() == {"river.infinite"}
    assert "a (tall)" in codes(FOUR[:2], [dam("a", 1, 0, option)])["river.infinite"]


@pytest.mark.parametrize(
    ("components", "dams", "expected"),
    [
        ([], [], {"river.no-component": "basin"}),
        (FOUR, CHAIN[1:], {"river.orphan": ": 3."}),
        (FOUR, [CHAIN[0], CHAIN[1]], {"river.two-roots": ": 0, 2."}),
        (FOUR[:2], [], {"river.two-roots": ": 0, 1."}),
        (FOUR[:2], [dam("a", 1, 0), dam("b", 0, 1)], {"river.cycle": "0 → 1 → 0"}),
        (FOUR[:1], [dam("a", 0, 0)], {"river.cycle": "0 → 0"}),
        (FOUR[:2], [dam("a", 1, 0), dam("b", 1, 0)], {"river.two-ways-down": "1 (a, b)"}),
        (FOUR[:2], [dam("a", 1, 0), dam("a", 1, 0)], {"river.repeated-dam": ": a."}),
        ([*FOUR[:2], FOUR[1]], CHAIN[1:2], {"river.repeated-component": ": 1."}),
        (FOUR[:3], [dam(1, 1, 0), dam("1", 2, 0)], {"river.repeated-dam": ": 1."}),
        (
            [*FOUR[:2], component("1")],
            [dam("a", 1, 0), dam("b", "1", 0)],
            {"river.repeated-component": ": 1."},
        ),
        (FOUR[:2], [Dam("a", 1, 0, ())], {"river.no-option": ": a."}),
        (
            FOUR[:2],
            [dam("a", 1, 0, DamOption("", {}), DamOption("", {}))],
            {"river.repeated-option": ": a."},
        ),
        (
            FOUR[:2],
            [dam("a", 1, 0, DamOption("", {"ghg": 1.0}))],
            {"river.unit-missing": ": ghg."},
        ),
        (
            FOUR[:2],
            [dam("a", 1, 0, DamOption("", {}, -0.5, 2.0))],
            {"river.out-of-range": "a: "},
        ),
        ([FOUR[0], component(1, -1.0)], CHAIN[1:2], {"river.out-of-range": "1: -1"}),
    ],
)
def test_what_is_wrong_is_named(components, dams, expected):
    found = codes(components, dams)
    assert found.keys() == expected.keys()
    assert all(says in found[code] for code, says in expected.items())


def test_exclusions_name_dams_that_can_yield():
    built = [dam(i, c, 0, status=Status.BUILT) for i, c in (("a", 1), ("b", 2))]
    free = [*built, dam("c", 3, 0)]
    assert build(FOUR, free, exclusions=[["a", "c"]]).exclusions == (frozenset({"a", "c"}),)
    found = codes(FOUR, free, exclusions=[["a", "b", "c"], ["c", "x", "w"]])
    assert "a + b" in found["river.exclusion-built"]
    assert "w, x" in found["river.exclusion-unknown"]


def test_what_the_reader_found_comes_along():
    first = error("river.no-dam", "basin")
    told = notice("river.columns-left-out", "basin", columns="x")
    assert codes(FOUR, CHAIN[1:], found=[first, told]).keys() == {"river.no-dam", "river.orphan"}
    assert build(FOUR, CHAIN, found=[told])


def test_ranges_of_the_caller_count_too():
    assert (
        "a: 1" in codes(FOUR[:2], CHAIN[1:2], ranges={"energy": (2.0, 3.0)})["river.out-of-range"]
    )


def test_cycles_start_at_their_least_id():
    assert cycles({3: 1, 1: 2, 2: 3, 7: 3, 9: 8}) == [[1, 2, 3]]
    assert cycles({"b": 4, 4: "b", 5: 5}) == [[4, "b"], [5]]
    assert cycles({}) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1379.0", 1379.0),
        (" +.5 ", 0.5),
        ("-2.", -2.0),
        ("1e3", 1000.0),
        ("1,379.0", None),
        ("1.379,00", None),
        ("1 379", None),
        ("1_379", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("0x1p3", None),
        ("", None),
    ],
)
def test_a_plain_number_is_one_number_or_none(text, value):
    assert plain_number(text) == value
