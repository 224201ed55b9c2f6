import datetime as dt

import pytest

from nonetloss import rules
from nonetloss.core.errors import RulesError
from nonetloss.rules.testing import run_cases, run_tests

WHY = {"es": "Porque sí.", "en": "Because."}
DAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(r, id=f"{name}-{r.file}-{r.number}")
        for name in rules.names()
        for r in run_tests(name)
    ],
)
def test_the_cases_of_each_rule_set(result):
    assert result.passed, f"{result.subject} on {result.on}: {result.found}. {result.because.en}"


def run(**case):
    (result,) = run_cases(
        rules.ruleset("template"), [{"date": DAY, "because": WHY, **case}], file="x.yaml"
    )
    return result


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ({"layer": "national-park", "role": "context"}, "role: prohibited"),
        ({"layer": "national-park", "setback": "5 m"}, "setback: 0.0 m"),
        ({"layer": "national-park", "says": "dragones"}, "says: La ley de ejemplo"),
        ({"layer": "national-park", "fails": "rules.date-outside"}, "fails: –"),
        ({"layer": "lake", "role": "context"}, "fails: rules.layer-kind-unknown"),
        ({"layer": "lake", "fails": "rules.date-outside"}, "fails: rules.layer-kind-unknown"),
        ({"parameter": "right-of-way.road", "value": "16 m"}, "value: 20 m"),
        ({"parameter": "right-of-way.road", "status": "confirmed"}, "status: unverified"),
        ({"parameter": "right-of-way.road", "force": "technical"}, "force: legal"),
        ({"parameter": "ahp.random-index", "value": [0, 0, 0.5, 0.9]}, "value: [0, 0, 0.58, 0.9]"),
        ({"parameter": "induced.loss-per-km", "value": {"low": "60 ha/km"}}, "value: {"),
        ({"parameter": "compensation.goal", "value": {"es": "Otra", "en": "Other"}}, "value: "),
    ],
)
def test_a_case_that_does_not_hold_says_what_was_found(case, found):
    result = run(**case)
    assert not result.passed
    assert result.found.startswith(found)


def run_in(name, **case):
    (result,) = run_cases(
        rules.ruleset(name), [{"date": DAY, "because": WHY, **case}], file="x.yaml"
    )
    return result


DUTY = {"decision": "compensation.duty"}
YES = {"residual": True, "irreplaceable": False}


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ({**DUTY, "answers": YES, "outcome": "refuse"}, "outcome: offset"),
        ({**DUTY, "answers": YES, "asks": "residual"}, "asks: –"),
        ({**DUTY, "answers": YES, "requires": ["permit"]}, "requires: ['plan']"),
        ({**DUTY, "answers": YES, "status": "confirmed"}, "status: unverified"),
        ({**DUTY, "outcome": "offset"}, "outcome: –"),
        ({**DUTY, "asks": "irreplaceable"}, "asks: residual"),
        ({**DUTY, "requires": ["plan"]}, "requires: []"),
        ({**DUTY, "answers": {"residul": True}, "outcome": "offset"}, "fails: rules.question"),
        ({"decision": "compensation.goal", "outcome": "offset"}, "fails: rules.not-a-decision"),
        (
            {"parameter": "compensation.principles", "holds": ["additionality", "hierarchy"]},
            "holds: ['hierarchy', 'additionality']",
        ),
        ({"parameter": "compensation.principles", "says": "dragones"}, "says: Jerarquía"),
    ],
)
def test_what_trees_and_lists_say_instead(case, found):
    result = run(**case)
    assert not result.passed
    assert result.found.startswith(found)


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ({"with": {"years": 4}, "gives": 1.2}, "gives: 1.1"),
        ({"with": {"years": 4, "area": 3}, "gives": 1.1}, "fails: rules.arguments"),
        ({"with": {"yaers": 4}, "gives": 1.1}, "fails: rules.arguments"),
        ({"with": {"years": 4}, "fails": "umam.years"}, "fails: –"),
        ({"with": {"years": 4}, "fails": "umam.years", "function": "umam"}, "fails: rules.functi"),
    ],
)
def test_what_a_function_gives_instead(case, found):
    result = run_in("us", **{"function": "umam.time-factor", **case})
    assert not result.passed
    assert result.found.startswith(found)


@pytest.mark.parametrize(
    ("wanted", "passed"),
    [
        ([0.7, 0.5], True),
        ([0.7], False),
        ([0.7, 0.51], False),
        ([0.7 + 1e-12, 0.5], True),
    ],
)
def test_lists_are_compared_place_by_place(wanted, passed):
    given = {"indicators": [[7, 8, 6], [5, 5, 5]]}
    result = run_in("us", function="umam.score", **{"with": given}, gives=wanted)
    assert result.passed is passed


@pytest.mark.parametrize(
    ("wanted", "passed"),
    [
        ({"debit": 10, "timing": "mid"}, True),
        ({"debit": 10, "timing": "end"}, False),
        ({"debit": 11}, False),
        ({"depth": 10}, False),
        (20, False),
    ],
)
def test_fields_of_a_result_are_compared_by_name(wanted, passed):
    given = {
        "loss": [1], "gain": [0.5], "area": 10, "loss_from": 2020, "gain_from": 2020,
        "base_year": 2020, "rate": 0,
    }  # fmt: skip
    result = run_in("us", function="hea.scale", **{"with": given}, gives=wanted)
    assert result.passed is passed


def test_a_case_may_expect_an_error():
    assert run(layer="lake", fails="rules.layer-kind-unknown").passed


@pytest.mark.parametrize(
    "case",
    [
        "park",
        {"date": DAY, "because": WHY, "role": "context"},
        {"date": DAY, "because": WHY, "layer": "river", "parameter": "x", "role": "context"},
        {"date": DAY, "because": WHY, "layer": "river", "rol": "context"},
        {"date": DAY, "because": WHY, "layer": "river", "value": "1 m"},
        {"date": DAY, "because": "why", "layer": "river", "role": "context"},
        {"date": "today", "because": WHY, "layer": "river", "role": "context"},
        {"date": DAY, "because": WHY, "layer": "river"},
        {"date": DAY, "because": WHY, "decision": "compensation.duty", "answers": {}},
        {"date": DAY, "because": WHY, "function": "units", "with": {}, "table": []},
        {"date": DAY, "because": WHY, "function": "units", "gives": 1, "status": "confirmed"},
    ],
)
def test_a_case_that_cannot_be_read_is_refused(case):
    with pytest.raises(RulesError) as caught:
        run_cases(rules.ruleset("template"), [case], file="x.yaml")
    (finding,) = caught.value.findings
    assert (finding.code, finding.subject, finding.data["number"]) == ("rules.case", "x.yaml", 1)
    assert finding.render("es")


def test_a_file_must_hold_a_list():
    with pytest.raises(RulesError):
        run_cases(rules.ruleset("template"), {"date": DAY}, file="x.yaml")
