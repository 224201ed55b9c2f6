"""Names to values: what each input of a step means, checked before anything runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nonetloss.core.errors import NonetlossError, StudyError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Port
from nonetloss.rules.model import RulesInForce
from nonetloss.study import registry
from nonetloss.study.parts import unknown_part
from nonetloss.study.schema import StepSection, StudyDocument

# Given to any port of that name without being bound; the runner fills them in.
AMBIENT = (
    "layers",
    "ruleset",
    "standards",
    "grid",
    "rng",
    "draws",
    "crs",
    "progress",
    "decision_date",
    "store",
    "workers",
)
_NONE: Mapping[str, RulesInForce] = MappingProxyType({})
# Sections with members of many kinds, which a step must ask for by name.
_ASKED_FOR = ("rasters",)


@dataclass(frozen=True, slots=True)
class _Rules:
    """Where parameters that are taken from rules are looked up."""

    own: RulesInForce | None
    standards: Mapping[str, RulesInForce]

    def of(self, written: str, named: Sequence[str]) -> tuple[RulesInForce | None, str]:
        """The rule set that `name:parameter` or `parameter` means, and the parameter.

        None where the rule set could not be read, which has been told. `named` are the standards
        that the study names.

        Raises
        ------
        StudyError
            `study.standard-unknown`.
        """
        standard, colon, parameter = written.partition(":")
        if not colon:
            return self.own, written
        if standard in self.standards:
            return self.standards[standard], parameter
        if standard in named:
            return None, parameter
        known = tuple(self.standards)
        raise StudyError.because(
            "study.standard-unknown",
            standard,
            nearest=nearest(standard, known),
            known=offenders(known, 20) or "–",
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """One parameter as it enters the method, with what the study wrote and where it comes from.

    `source` is None where nobody gives one. `rule` names the parameter of the rule set that the
    study asked for (`standard:parameter` of a standard), "" for a value of its own.
    """

    value: Any
    unit: str
    written: Any
    source: Text | None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One step, ready: method, references by port, settings by parameter."""

    step: StepSection
    method: Method
    references: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, Setting]


def plan(
    document: StudyDocument,
    ruleset: RulesInForce | None,
    nouns: Iterable[str],
    *,
    standards: Mapping[str, RulesInForce] = _NONE,
) -> tuple[tuple[Call, ...], list[Finding]]:
    """All steps in file order, and everything that is wrong with their names and parameters.

    Parameters
    ----------
    document : StudyDocument
    ruleset : RulesInForce or None
        None, if it could not be read: parameters taken from rules are then not checked.
    nouns : names of what the sections of the study provide
    standards : rule sets by name
        Those that the study names as standards and that could be read.
    """
    sections = set(nouns)
    before: dict[str, Method] = {}
    calls: list[Call] = []
    found: list[Finding] = []
    for step in document.steps:
        if step.step in before or step.step in sections:
            found.append(error("study.step-repeated", step.step))
        try:
            method = registry.method(step.method)
        except StudyError as problem:
            found.extend(problem.findings)
            continue
        references, wrong = _references(step, method, sections, before)
        settings, bad = _settings(step, method, document, _Rules(ruleset, standards))
        found += wrong + bad
        calls.append(Call(step, method, references, settings))
        before[step.step] = method
    return tuple(calls), found


def _references(
    step: StepSection, method: Method, sections: set[str], before: Mapping[str, Method]
) -> tuple[dict[str, tuple[str, ...]], list[Finding]]:
    ports = {port.name: port for port in method.inputs}
    known = sorted(sections | set(before))
    found = [
        error(
            "study.input-unknown",
            f"{step.step}.{name}",
            method=method.id,
            nearest=nearest(name, ports),
            known=offenders(sorted(ports), 20),
        )
        for name in step.inputs
        if name not in ports
    ]
    bound: dict[str, tuple[str, ...]] = {}
    for name, port in ports.items():
        written = step.inputs.get(name)
        if written is not None:
            references = (written,) if isinstance(written, str) else tuple(written)
            bad = [r for r in references if r.partition(".")[0] not in known]
            found += [
                error(
                    "study.name-unknown",
                    f"{step.step}.{name}",
                    reference=reference,
                    nearest=nearest(reference, known),
                    known=offenders(known, 40),
                )
                for reference in bad
            ]
            missing = _parts(f"{step.step}.{name}", references, before)
            found += missing
            if not (bad or missing):
                bound[name] = references
        elif not (port.ambient and name in AMBIENT):
            implied = _implied(port, sections, before)
            if implied is not None:
                bound[name] = (implied,)
            elif not port.optional:
                found.append(
                    error(
                        "study.input-unbound",
                        f"{step.step}.{name}",
                        method=method.id,
                        noun=port.noun,
                        known=offenders(known, 40),
                    )
                )
    return bound, found


def _parts(where: str, references: Iterable[str], before: Mapping[str, Method]) -> list[Finding]:
    """Parts that the result of an earlier step does not have, as far as its type tells."""
    found = []
    for reference in references:
        head, *parts = reference.split(".")
        unknown = unknown_part(before[head], parts) if parts and head in before else None
        if unknown is not None:
            part, known = unknown
            found.append(
                error(
                    "study.part-unknown",
                    where,
                    part=part,
                    nearest=nearest(part, known),
                    known=offenders(known, 30),
                )
            )
    return found


def _implied(port: Port, sections: set[str], before: Mapping[str, Method]) -> str | None:
    """What an unbound port means: the section, or else the latest earlier step, of that name.

    An optional port does not take what another method happens to call alike: one's loss is a map
    of years, the other's a table of hectares.
    """
    name = port.name
    if (name in sections and name not in _ASKED_FOR) or name in before:
        return name
    for step, method in reversed(list(before.items())):
        for given in method.outputs:
            fits = not port.optional or port.noun in ("table", given.noun)
            if given.name == name and fits:
                return step
    return None


def _settings(
    step: StepSection, method: Method, document: StudyDocument, rules: _Rules
) -> tuple[dict[str, Setting], list[Finding]]:
    parameters = {p.name: p for p in method.parameters}
    given: dict[str, Any] = {}
    sources = dict(step.sources)
    taken: dict[str, str] = {}
    found = [
        error("study.source-of-nothing", f"{step.step}.sources.{name}")
        for name in sources
        if name not in step.parameters
    ]
    for name, value in step.parameters.items():
        if isinstance(value, Mapping) and set(value) == {"rule"} and name in parameters:
            written = str(value["rule"])
            try:
                ruleset, wanted = rules.of(written, document.standards)
                if ruleset is None:
                    continue
                rule = ruleset.parameter(wanted)
                unit = parameters[name].unit
                given[name] = f"{ruleset.value(rule.id, unit=unit)!r} {unit}".strip()
                sources.setdefault(name, rule.citation)
                taken[name] = written
            except NonetlossError as problem:
                found.extend(problem.findings)
        else:
            given[name] = value
    # A method that asks for the alternative or the reference means those of the decision, unless
    # the step says another.
    if document.decision is not None:
        decided = {
            "alternative": document.decision.chosen,
            "reference": document.decision.reference,
        }
        given = {k: v for k, v in decided.items() if k in parameters} | given
    taken_from_rules = set(step.parameters) - set(given)
    bound, problems = method.bind(given)
    found += [
        Finding(f.code, f.severity, f"{step.step}.{f.subject}", f.data)
        for f in problems
        if f.subject not in taken_from_rules
    ]
    settings = {
        name: Setting(
            value, parameters[name].unit, given.get(name), sources.get(name), taken.get(name, "")
        )
        for name, value in bound.items()
    }
    return settings, found


def value_of(reference: str, values: Mapping[str, Any]) -> Any:
    """The value of `name` or `name.part.part`.

    A part is an attribute, a key, the `name` of a member of a tuple, or a function without
    arguments, which is called.

    Raises
    ------
    StudyError
        `study.part-unknown`, with what there is.
    """
    head, *parts = reference.split(".")
    value = values[head]
    for part in parts:
        value = _part(value, part, reference)
    return value


def _part(value: Any, part: str, reference: str) -> Any:
    if isinstance(value, Mapping) and part in value:
        return value[part]
    if isinstance(value, Sequence) and not isinstance(value, str):
        named = {str(getattr(member, "name", "")): member for member in value}
        if part in named:
            return named[part]
        raise StudyError.because(
            "study.part-unknown",
            reference,
            part=part,
            nearest=nearest(part, named),
            known=offenders(sorted(named), 20),
        )
    if not part.startswith("_") and hasattr(value, part):
        inside = getattr(value, part)
        return inside() if callable(inside) else inside
    known = [n for n in dir(value) if not n.startswith("_")]
    raise StudyError.because(
        "study.part-unknown",
        reference,
        part=part,
        nearest=nearest(part, known),
        known=offenders(known, 30),
    )


def argument(port: Port, references: Sequence[str], values: Mapping[str, Any]) -> Any:
    """The value of a port: one thing, or, where the port takes many, one flat tuple."""
    found = [value_of(reference, values) for reference in references]
    if not port.many:
        if len(found) != 1:
            raise StudyError.because("study.input-many", port.name, count=len(found))
        return found[0]
    flat: list[Any] = []
    for value in found:
        flat.extend(value) if isinstance(value, tuple | list) else flat.append(value)
    return tuple(flat)
