"""Run the tests that stand beside a rule set: cases in YAML that a lawyer can read and write.

A case names a date and either a kind of layer or a parameter, what it expects, and why::

    - date: 2020-06-01
      layer: national-park
      role: prohibited
      status: confirmed
      because: {es: "…", en: "…"}

`fails: <code>` expects an error instead. Other expectations: `value` (with its unit, for
parameters), `instrument`, `article`, `setback`, `says` (words that the ground, statement or note
must hold in Spanish).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nonetloss.core import package_data
from nonetloss.core.errors import NonetlossError, RulesError
from nonetloss.core.findings import offenders
from nonetloss.core.language import Text
from nonetloss.core.units import quantity
from nonetloss.rules.model import LayerRule, RuleParameter, Ruleset, RulesInForce
from nonetloss.rules.reading import ruleset

_SHARED = {"date", "because", "status", "instrument", "article", "says", "fails"}
_KEYS = {
    "layer": _SHARED | {"layer", "role", "setback"},
    "parameter": _SHARED | {"parameter", "value", "force"},
}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one case expected and what the rule set says. `passed` if they agree."""

    ruleset: str
    file: str
    number: int
    on: dt.date
    subject: str
    expected: str
    found: str
    because: Text
    passed: bool


def run_tests(name: str) -> tuple[CaseResult, ...]:
    """All cases of `rulesets/<name>/tests/*.yaml`, in file order.

    Raises
    ------
    RulesError
        `rules.no-tests` if there are none, `rules.case` for a case that cannot be read, and what
        `rules.ruleset` raises.
    """
    rules = ruleset(name)
    folder = f"rulesets/{name}/tests"
    files = package_data.names(folder, ".yaml")
    results = tuple(
        result
        for file in files
        for result in run_cases(rules, package_data.read_yaml(f"{folder}/{file}"), file=file)
    )
    if not results:
        raise RulesError.because("rules.no-tests", name)
    return results


def run_cases(rules: Ruleset, cases: Any, *, file: str) -> tuple[CaseResult, ...]:
    """Results of a list of cases against a rule set.

    Raises
    ------
    RulesError
        `rules.case` if a case lacks a date, a reason or a subject, or has an unknown key.
    """
    if not isinstance(cases, list):
        raise RulesError.because("rules.case", file, number=0, problem="list expected")
    return tuple(_run(rules, case, file, number) for number, case in enumerate(cases, start=1))


def _run(rules: Ruleset, case: Any, file: str, number: int) -> CaseResult:
    what = _check(case, file, number)
    expected = {k: v for k, v in case.items() if k not in ("date", "because", what)}
    differences: dict[str, str] = {}
    try:
        in_force = rules.on(case["date"])
        subject = (in_force.layer_rule if what == "layer" else in_force.parameter)(case[what])
    except NonetlossError as problem:
        code = problem.findings[0].code
        if case.get("fails") != code:
            differences["fails"] = code
    else:
        differences = _differences(in_force, subject, expected)
    return CaseResult(
        ruleset=rules.name,
        file=file,
        number=number,
        on=case["date"],
        subject=str(case[what]),
        expected=", ".join(f"{key}: {value}" for key, value in expected.items()),
        found=", ".join(f"{key}: {value}" for key, value in differences.items()),
        because=Text.of(case["because"]),
        passed=not differences,
    )


def _check(case: Any, file: str, number: int) -> str:
    """The kind of subject of a readable case."""

    def refuse(problem: str) -> RulesError:
        return RulesError.because("rules.case", file, number=number, problem=problem)

    if not isinstance(case, Mapping):
        raise refuse(str(case))
    subjects = [key for key in _KEYS if key in case]
    if len(subjects) != 1:
        raise refuse("layer | parameter")
    unknown = set(case) - _KEYS[subjects[0]]
    if unknown:
        raise refuse(offenders(sorted(map(str, unknown))))
    because = case.get("because")
    if not isinstance(because, Mapping) or set(because) != {"es", "en"}:
        raise refuse("because: {es: …, en: …}")
    if not isinstance(case.get("date"), dt.date):
        raise refuse("date: 2020-06-01")
    if set(case) <= {"date", "because", subjects[0]}:
        raise refuse("nothing expected")
    return subjects[0]


def _differences(
    rules: RulesInForce, subject: LayerRule | RuleParameter, expected: Mapping[str, Any]
) -> dict[str, str]:
    different: dict[str, str] = {}
    for key, wanted in expected.items():
        match key:
            case "value":
                assert isinstance(subject, RuleParameter)  # a layer case has no `value` key
                found, agrees = _value(rules, subject, wanted)
            case "setback":
                assert isinstance(subject, LayerRule)  # a parameter case has no `setback` key
                found = f"{subject.setback_m} m"
                agrees = subject.setback_m == quantity(wanted, "m", name="setback")
            case "says":
                found = _words(subject)
                agrees = str(wanted).casefold() in found.casefold()
            case "instrument":
                found = subject.instrument.es
                agrees = str(wanted) in (subject.instrument.es, subject.instrument.en)
            case "fails":
                found, agrees = "–", False
            case _:
                found = str(getattr(subject, key))
                agrees = found == str(wanted)
        if not agrees:
            different[key] = found
    return different


def _value(rules: RulesInForce, parameter: RuleParameter, wanted: Any) -> tuple[str, bool]:
    """What the parameter says, and whether it is the wanted amount in its unit."""
    if parameter.kind == "table":
        numbers = rules.table(parameter.id, unit=parameter.unit)
        asked = [quantity(item, parameter.unit, name=parameter.id) for item in wanted]
        return str(list(parameter.value)), list(numbers) == asked
    if parameter.kind == "statement":
        return str(parameter.value), parameter.value == Text.of(wanted)
    ends = wanted if isinstance(wanted, Mapping) else {"likely": wanted}
    estimate = rules.estimate(parameter.id, unit=parameter.unit)
    agrees = all(
        getattr(estimate, end) == quantity(amount, parameter.unit, name=parameter.id)
        for end, amount in ends.items()
    )
    return str(parameter.value), agrees


def _words(subject: LayerRule | RuleParameter) -> str:
    said = [subject.note]
    if isinstance(subject, LayerRule):
        said.append(subject.ground)
    else:
        said.append(subject.derivation)
        if subject.kind == "statement":
            said.append(subject.value)
    return " ".join(text.es for text in said if text)
