from dataclasses import replace

import pytest

from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter

TEXT = Text.of("x")
METHOD = Method(
    id="avoid.example",
    question=TEXT,
    function="math:hypot",
    inputs=(),
    outputs=(),
    parameters=(
        Parameter("reach_m", TEXT, unit="m", low=0.0, high=1000.0),
        Parameter("share", TEXT, unit="", default=0.5, low=0.0, high=1.0),
        Parameter("count", TEXT, kind="integer", default=3, low=1, high=9),
        Parameter("rule", TEXT, kind="choice", choices=("mean", "sum"), default="mean"),
        Parameter("note", TEXT, kind="text", optional=True),
    ),
    references=(),
    validity=TEXT,
    example="",
)


def test_numbers_come_in_the_declared_unit_and_defaults_are_filled_in():
    bound, found = METHOD.bind({"reach_m": "0.5 km"})
    assert found == []
    assert bound == {"reach_m": 500.0, "share": 0.5, "count": 3, "rule": "mean"}


def test_bounds_belong_to_the_range():
    for written, number in (("0 m", 0.0), ("1 km", 1000.0)):
        assert METHOD.bind({"reach_m": written})[0]["reach_m"] == number


@pytest.mark.parametrize(
    ("given", "subject", "code"),
    [
        ({}, "reach_m", "parameter.required"),
        ({"reach_m": "-1 m"}, "reach_m", "parameter.out-of-bounds"),
        ({"reach_m": "1001 m"}, "reach_m", "parameter.out-of-bounds"),
        ({"reach_m": 5}, "reach_m", "units.missing"),
        ({"reach_m": "5 m", "count": 2.5}, "count", "parameter.out-of-bounds"),
        ({"reach_m": "5 m", "rule": "median"}, "rule", "parameter.choice"),
        ({"reach_m": "5 m", "note": 7}, "note", "parameter.text"),
        ({"reach_m": "5 m", "reach": "5 m"}, "reach", "parameter.unknown"),
    ],
)
def test_what_does_not_bind_is_told(given, subject, code):
    assert [(f.subject, f.code) for f in METHOD.bind(given)[1]] == [(subject, code)]


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("mapping", 80, "{nombre: valor}"),
        ("flag", "yes", "true (sí) o false (no)"),
        ("text", ["a"], "un texto"),
    ],
)
def test_a_value_of_another_form_is_told_with_the_form_wanted(kind, value, wanted):
    parameter = Parameter("given", Text.of("x"), kind=kind)
    (found,) = replace(METHOD, parameters=(parameter,)).bind({"given": value})[1]
    assert found.code == f"parameter.{kind}"
    assert wanted in found.render("es")


def test_everything_wrong_is_told_at_once():
    _, found = METHOD.bind({"reach_m": "1 kg", "share": 2, "rule": "median", "other": 1})
    assert {f.subject for f in found} == {"reach_m", "share", "rule", "other"}


def test_the_function_is_found_by_its_name():
    assert METHOD.resolve()(3.0, 4.0) == 5.0


LISTS = Method(
    id="hydropower.example",
    question=TEXT,
    function="math:hypot",
    inputs=(),
    outputs=(),
    parameters=(
        Parameter("criteria", TEXT, kind="list", choices=("energy", "sediment"), optional=True),
        Parameter("dams", TEXT, kind="list", default=(1, "Ene")),
        Parameter("losses", TEXT, kind="list", unit="percent", low=0, high=100, optional=True),
        Parameter("counts", TEXT, kind="list", low=1, optional=True),
    ),
    references=(),
    validity=TEXT,
    example="",
)


def test_a_list_keeps_numbers_and_texts_and_arrives_as_a_tuple():
    bound, found = LISTS.bind(
        {"criteria": ["sediment", "energy"], "dams": [402, "Tambo 40"], "losses": ["5 %", "0.1"]}
    )
    assert bound == {"criteria": ("sediment", "energy"), "dams": (402, "Tambo 40")}
    assert [(f.code, f.subject) for f in found] == [("units.missing", "losses")]
    assert LISTS.bind({"losses": ["0 %", "5 %"]})[0]["losses"] == (0.0, 5.0)
    assert LISTS.bind({})[0] == {"dams": (1, "Ene")}
    assert LISTS.bind({"dams": []})[0] == {"dams": ()}


@pytest.mark.parametrize(
    ("given", "subject", "code", "value"),
    [
        ({"dams": "402"}, "dams", "parameter.list", "402"),
        ({"dams": {"a": 1}}, "dams", "parameter.list", {"a": 1}),
        ({"dams": [[1], True, 2]}, "dams", "parameter.list", "[1], True"),
        ({"criteria": ["energy", "fish"]}, "criteria", "parameter.choice", "fish"),
        ({"losses": ["5 %", "120 %"]}, "losses", "parameter.out-of-bounds", "120 %"),
        ({"losses": ["5 km"]}, "losses", "units.dimension", "5 km"),
        ({"counts": [1, 0]}, "counts", "parameter.out-of-bounds", 0),
        ({"counts": [float("nan")]}, "counts", "parameter.out-of-bounds", None),
    ],
)
def test_what_is_no_such_list_is_told(given, subject, code, value):
    (found,) = LISTS.bind(given)[1]
    assert (found.subject, found.code) == (subject, code)
    assert value is None or found.data["value"] == value
