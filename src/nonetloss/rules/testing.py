"""Run the tests that stand beside a rule set: cases in YAML that a lawyer can read and write.

A case names a date and a kind of layer, a parameter, a decision tree or a function, what it
expects, and why::

    - date: 2020-06-01
      layer: national-park
      role: prohibited
      status: confirmed
      because: {es: "…", en: "…"}

`fails: <code>` expects an error instead. Other expectations: `value` (with its unit, for
parameters), `holds` (ids of a list, in order), `instrument`, `article`, `setback`, `says` (words
that the ground, statement, list, note or derivation must hold in Spanish).

A decision tree is followed with answers::

    - date: 2020-06-01
      decision: habitat
      answers: {critical: no, natural: yes}
      outcome: natural
      because: {es: "…", en: "…"}

`outcome` is where they lead, `asks` the question left open, `requires` the ids of what is asked.

A function of the rule set (`functions` in ruleset.yaml) is called `with` arguments, and `gives` a
number (agreeing to 9 digits), a text, a list of numbers, or several fields of its result::

    - date: 2020-06-01
      function: time-factor
      with: {years: 4}
      gives: 1.10
      because: {es: "…", en: "…"}

A `table` (list of rows) becomes its first argument.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from inspect import signature
from math import isclose
from typing import Any

import pandas as pd

from nonetloss.core import package_data
from nonetloss.core.errors import NonetlossError, RulesError
from nonetloss.core.findings import offenders
from nonetloss.core.language import Text
from nonetloss.core.units import quantity
from nonetloss.rules.decision import Decision
from nonetloss.rules.model import LayerRule, RuleParameter, Ruleset, RulesInForce
from nonetloss.rules.reading import ruleset

_SHARED = {"date", "because", "status", "instrument", "article", "says", "fails"}
_KEYS = {
    "layer": _SHARED | {"layer", "role", "setback"},
    "parameter": _SHARED | {"parameter", "value", "force", "holds"},
    "decision": _SHARED | {"decision", "answers", "outcome", "asks", "requires"},
    "function": {"date", "because", "fails", "function", "with", "table", "gives"},
}
_INPUTS = {"date", "because", "answers", "with", "table", *_KEYS}


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
    """All cases of the packaged `rulesets/<name>/tests/*.yaml`, in file order.

    Raises
    ------
    RulesError
        `rules.no-tests` if there are none, `rules.case` for a case that cannot be read, and what
        `rules.ruleset` raises.
    """
    rules = ruleset(name)
    folder = f"rulesets/{name}/tests"
    files = package_data.names(folder, ".yaml")
    return run_files(rules, {f: package_data.read_yaml(f"{folder}/{f}") for f in files})


def run_files(rules: Ruleset, files: Mapping[str, Any]) -> tuple[CaseResult, ...]:
    """All cases of parsed test files, by file name, in their order.

    Raises
    ------
    RulesError
        `rules.no-tests` if there are none, `rules.case` for a case that cannot be read.
    """
    results = tuple(
        result for file, cases in files.items() for result in run_cases(rules, cases, file=file)
    )
    if not results:
        raise RulesError.because("rules.no-tests", rules.name)
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
    expected = {k: v for k, v in case.items() if k not in _INPUTS}
    differences: dict[str, str] = {}
    try:
        in_force = rules.on(case["date"])
        subject = _subject(in_force, what, case)
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


def _subject(rules: RulesInForce, what: str, case: Mapping[str, Any]) -> Any:
    """What the case speaks of: a rule, where a tree leads, or what a function returns."""
    name = str(case[what])
    match what:
        case "layer":
            return rules.layer_rule(name)
        case "parameter":
            return rules.parameter(name)
        case "decision":
            return rules.parameter(name), rules.decide(name, case.get("answers") or {})
    first = () if "table" not in case else (pd.DataFrame(case["table"]),)
    code, given = rules.function(name), case.get("with") or {}
    try:
        signature(code).bind(*first, **given)
    except TypeError as problem:
        raise RulesError.because("rules.arguments", name, problem=str(problem)) from problem
    return code(*first, **given)


def _check(case: Any, file: str, number: int) -> str:
    """The kind of subject of a readable case."""

    def refuse(problem: str) -> RulesError:
        return RulesError.because("rules.case", file, number=number, problem=problem)

    if not isinstance(case, Mapping):
        raise refuse(str(case))
    subjects = [key for key in _KEYS if key in case]
    if len(subjects) != 1:
        raise refuse(" | ".join(_KEYS))
    unknown = set(case) - _KEYS[subjects[0]]
    if unknown:
        raise refuse(offenders(sorted(map(str, unknown))))
    because = case.get("because")
    if not isinstance(because, Mapping) or set(because) != {"es", "en"}:
        raise refuse("because: {es: …, en: …}")
    if not isinstance(case.get("date"), dt.date):
        raise refuse("date: 2020-06-01")
    if set(case) <= _INPUTS:
        raise refuse("nothing expected")
    return subjects[0]


def _differences(rules: RulesInForce, subject: Any, expected: Mapping[str, Any]) -> dict[str, str]:
    decision: Decision | None = None
    if isinstance(subject, tuple) and isinstance(subject[-1], Decision):
        subject, decision = subject
    different: dict[str, str] = {}
    for key, wanted in expected.items():
        match key:
            case "gives":
                found, agrees = str(subject), _gives(subject, wanted)
            case "value":
                found, agrees = _value(rules, subject, wanted)
            case "holds":
                found = str([item.id for item in rules.items(subject.id)])
                agrees = found == str(list(wanted))
            case "outcome" | "asks" | "requires":
                found, agrees = _led(decision, key, wanted)
            case "setback":
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


def _gives(found: Any, wanted: Any) -> bool:
    """Whether a result is the wanted one: numbers to 9 digits, fields by name, lists by place."""
    if isinstance(wanted, Mapping):
        has = found.get if isinstance(found, Mapping) else partial(_field, found)
        return all(_gives(has(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        listed = list(found)
        return len(listed) == len(wanted) and all(map(_gives, listed, wanted))
    if isinstance(wanted, bool | str) or wanted is None:
        return str(found) == str(wanted)
    try:
        return isclose(float(found), float(wanted), rel_tol=1e-9, abs_tol=1e-12)
    except (TypeError, ValueError):  # the result is no number, or has no such field
        return False


def _field(result: Any, name: str) -> Any:
    return getattr(result, name, None)


def _led(decision: Decision | None, key: str, wanted: Any) -> tuple[str, bool]:
    """Where a tree led, and whether that is what the case expects."""
    assert decision is not None  # `_KEYS` lets only a decision case ask for these
    end = decision.outcome
    if key == "requires":
        ids = [item.id for item in end.requires] if end else []
        return str(ids), ids == list(wanted)
    found = (end.id if end else "") if key == "outcome" else decision.open
    shown = found if isinstance(found, str) else (found.id if found else "")
    return shown or "–", shown == str(wanted)


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
        if subject.kind == "list":
            said += [part for item in subject.value for part in (item.title, item.text)]
    return " ".join(text.es for text in said if text)
