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
