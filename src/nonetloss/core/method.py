"""One declaration per method: what it asks, takes, gives, cites, and where it holds.

A method is a pure function; its `Method` stands beside it in the same module. The declaration
drives `nonetloss list` and `explain`, the check of study.yaml and the documentation. It is a
description, not a framework: nothing is registered, nothing runs at import.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from nonetloss.core.errors import NonetlossError, StudyError
from nonetloss.core.findings import Finding, error, offenders
from nonetloss.core.language import Text, as_written
from nonetloss.core.units import quantity, range_text


@dataclass(frozen=True, slots=True)
class Port:
    """A named input or output and the noun it carries.

    `noun` names a class of `landscape`, a result class of the domain, or `table`. `ambient` inputs
    (`ruleset`, `grid`, `rng`, `layers`) are given by the study itself, without being bound.
    """

    name: str
    noun: str
    description: Text
    unit: str = ""
    optional: bool = False
    ambient: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number, choice, switch, text or list that a study may set.

    `kind` is "number" (with `unit`, `low`, `high`), "integer", "choice" (with `choices`),
    "flag", "text", "list" or "mapping". `default` None means: must be given unless `optional`.
    A list has texts and plain numbers as members and arrives as a tuple; with a `unit` all of them
    are quantities in it, with `choices` each is one of those, and `low` and `high` bound its
    numbers. `reader`, of a mapping or of any other kind, is the `module:name` of the pure function
    with which the method itself reads it, `reader(given, *, layers, ecosystems)` with the names
    there are; the check calls it too.
    """

    name: str
    description: Text
    kind: str = "number"
    unit: str = ""
    default: Any = None
    low: float = float("-inf")
    high: float = float("inf")
    choices: tuple[str, ...] = ()
    optional: bool = False
    reader: str = ""

    def resolve_reader(self) -> Callable[..., Any] | None:
        """The reader itself; None if there is none."""
        return _named(self.reader) if self.reader else None


@dataclass(frozen=True, slots=True)
class Method:
    """The description of one method. `function` is `module:name`, resolved when it runs."""

    id: str
    question: Text
    function: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    parameters: tuple[Parameter, ...]
    references: tuple[str, ...]
    validity: Text
    example: str

    def resolve(self) -> Callable[..., Any]:
        """The function itself."""
        return _named(self.function)

    def bind(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
        """Arguments from what study.yaml says, and everything that is wrong with it.

        Numbers come back as floats in the declared unit; defaults are filled in; optional
        parameters that were not given are left out, so that the function's own default holds.
        """
        bound: dict[str, Any] = {}
        found: list[Finding] = []
        allowed = {p.name: p for p in self.parameters}
        for name in given:
            if name not in allowed:
                names = offenders(sorted(allowed), 20) or "–"
                found.append(error("parameter.unknown", name, method=self.id, allowed=names))
        for name, parameter in allowed.items():
            value = given.get(name, parameter.default)
            if value is None:
                if not parameter.optional:
                    found.append(
                        error(
                            "parameter.required", name, method=self.id, unit=parameter.unit or "–"
                        )
                    )
                continue
            try:
                bound[name] = _read(parameter, value)
            except NonetlossError as problem:
                found.extend(problem.findings)
        return bound, found


def _named(where: str) -> Callable[..., Any]:
    module, _, name = where.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def _read(parameter: Parameter, value: Any) -> Any:
    if parameter.kind in ("number", "integer"):
        if value is parameter.default and not isinstance(value, str):
            return int(value) if parameter.kind == "integer" else float(value)
        number = quantity(value, parameter.unit, name=parameter.name)
        whole = parameter.kind != "integer" or float(number).is_integer()
        if not whole:
            raise _out_of_bounds(parameter, value)
        _require_within(parameter, number, value)
        return int(number) if parameter.kind == "integer" else number
    if parameter.kind == "list":
        return _read_list(parameter, value)
    types: dict[str, type] = {"choice": str, "flag": bool, "text": str, "mapping": dict}
    if parameter.kind == "choice" and value not in parameter.choices:
        allowed = offenders(parameter.choices, 20)
        raise StudyError.because(
            "parameter.choice", parameter.name, allowed=allowed, value=as_written(value)
        )
    if not isinstance(value, types[parameter.kind]):
        code = f"parameter.{parameter.kind}"
        raise StudyError.because(code, parameter.name, value=as_written(value))
    return value


def _read_list(parameter: Parameter, value: Any) -> tuple[str | int | float, ...]:
    if value is parameter.default:
        return tuple(value)
    if not isinstance(value, list | tuple):
        raise StudyError.because("parameter.list", parameter.name, value=value)
    wrong = [v for v in value if isinstance(v, bool) or not isinstance(v, str | int | float)]
    if wrong:
        raise StudyError.because("parameter.list", parameter.name, value=offenders(wrong))
    if parameter.choices:
        strange = [v for v in value if v not in parameter.choices]
        if strange:
            allowed = offenders(parameter.choices, 20)
            raise StudyError.because(
                "parameter.choice", parameter.name, allowed=allowed, value=offenders(strange)
            )
    members = list(value)
    if parameter.unit:
        members = [quantity(v, parameter.unit, name=parameter.name) for v in value]
    for written, member in zip(value, members, strict=True):
        if not isinstance(member, str):
            _require_within(parameter, member, written)
    return tuple(members)


def _require_within(parameter: Parameter, number: float, written: Any) -> None:
    # NaN lies within nothing.
    if not parameter.low <= number <= parameter.high:
        # 80 where a share is wanted hardly means anything but 80 %.
        percent = parameter.unit in ("", "1") and parameter.high == 1 and 2 <= number <= 100
        raise _out_of_bounds(parameter, written, f"{number / 100:g}" if percent else "")


def _out_of_bounds(parameter: Parameter, written: Any, nearest: str = "") -> StudyError:
    guess = {"nearest": nearest} if nearest else {}
    return StudyError.because(
        "parameter.out-of-bounds",
        parameter.name,
        range=range_text(parameter.low, parameter.high, parameter.unit),
        value=written,
        **guess,
    )
