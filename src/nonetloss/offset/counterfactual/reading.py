"""Curves, rates and planned changes as a study writes them."""

from collections.abc import Iterable, Mapping
from typing import Any

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import candidates, nearest, offenders
from nonetloss.core.language import Text, as_written
from nonetloss.core.units import quantity
from nonetloss.offset.counterfactual.curves import Curve
from nonetloss.offset.counterfactual.planned import PlannedChange

_CURVE_UNITS = {"years": "year", "lag": "year", "rate": "", "share": "", "low": "", "high": ""}
_PLANNED_UNITS = {"year": "year", "years": "year", "probability": "", "annual": ""}


def read_curves(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> dict[str, Curve]:
    """Curves by the name that parcels use in `trajectory`.

    ``{fast: {kind: linear, years: 10 year, lag: 2 year}, slow: {kind: exponential, rate: 0.05},
    wood: {kind: logistic, rate: 0.02, low: 0, high: 1}}``; `rate` is per year. The name `without`
    is the curve of the path without the offset.

    Raises
    ------
    InputError
        `counterfactual.key`, `counterfactual.curve`.
    UnitError
        For years without unit.
    """
    made = {}
    for name, raw in _mapping("curves", given).items():
        where = f"curves.{name}"
        fields = _fields(where, raw, _CURVE_UNITS, also=("kind",))
        if "lag" in fields:
            fields["lag_years"] = fields.pop("lag")
        try:
            made[str(name)] = Curve(**fields)
        except InputError as problem:
            raise _within(where, problem) from problem
    return made


def read_rates(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] | None = None
) -> dict[str, Estimate]:
    """Background loss per year by ecosystem: ``{low, likely, high, source}`` or a number.

    Raises
    ------
    InputError
        `counterfactual.ecosystem`, `counterfactual.share`.
    """
    known = None if ecosystems is None else tuple(ecosystems)
    for name in _mapping("background_loss_rate", given):
        if known is not None and name not in known:
            raise InputError.because(
                "counterfactual.ecosystem",
                "background_loss_rate",
                found=name,
                known=offenders(sorted(known), 20),
                nearest=nearest(str(name), known),
            )
    return {
        str(name): read_share(raw, name=f"background_loss_rate.{name}")
        for name, raw in given.items()
    }


def read_leakage(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> Estimate:
    """Share of the averted loss that happens elsewhere instead: ``{low, likely, high, source}``.

    Raises
    ------
    InputError
        `counterfactual.share`.
    """
    return read_share(given, name="leakage")


def read_reversal(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> Estimate:
    """Share of what was gained that is lost again every year: ``{low, likely, high, source}``.

    Raises
    ------
    InputError
        `counterfactual.share`.
    """
    return read_share(given, name="reversal")


def read_planned(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> tuple[PlannedChange, ...]:
    """Planned changes by parcel: one, or a list of them.

    ``{p01: {year: 8 year, probability: 0.5, value_after: 0.1, years: 3 year}, p02: {annual: 0.02,
    value_after: 0}}``, each with a `source`.

    Raises
    ------
    InputError
        `counterfactual.key`, `counterfactual.planned`.
    UnitError
        For years without unit.
    """
    made = []
    for parcel, raw in _mapping("planned", given).items():
        for k, one in enumerate(raw if isinstance(raw, list | tuple) else [raw]):
            where = f"planned.{parcel}" + (f".{k + 1}" if isinstance(raw, list | tuple) else "")
            fields = _fields(where, one, {**_PLANNED_UNITS, "value_after": ""}, also=("source",))
            fields.pop("source", None)
            if "value_after" not in fields:
                raise _key(where, "–", ("value_after", *_PLANNED_UNITS))
            made.append(PlannedChange(parcel=str(parcel), **fields))
    return tuple(made)


def read_share(raw: Any, *, name: str) -> Estimate:
    """A share with its spread, in [0, 1]."""
    values = raw if isinstance(raw, Mapping) else {"low": raw, "likely": raw, "high": raw}
    try:
        low, likely, high = (quantity(values[k], "", name=name) for k in ("low", "likely", "high"))
        share = Estimate(low, likely, high, Text.of(values.get("source", "")))
    except (NonetlossError, KeyError, TypeError) as cause:
        raise InputError.because("counterfactual.share", name, value=as_written(raw)) from cause
    if share.low < 0 or share.high > 1:
        raise InputError.because("counterfactual.share", name, value=as_written(raw))
    return share


def require_names(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Every name is one that there is.

    Raises
    ------
    InputError
        `counterfactual.name`.
    """
    listed = tuple(known)
    unknown = sorted(set(names) - set(listed))
    if unknown:
        raise InputError.because(
            "counterfactual.name",
            what,
            found=offenders(unknown),
            known=candidates(unknown[0], sorted(listed)) or "–",
        )


def _fields(
    where: str, raw: Any, units: Mapping[str, str], *, also: tuple[str, ...]
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in _mapping(where, raw).items():
        if key in units:
            fields[key] = quantity(value, units[key], name=f"{where}.{key}")
        elif key in also:
            fields[key] = value
        else:
            raise _key(where, str(key), (*also, *units))
    return fields


def _mapping(where: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise _key(where, as_written(given), ("{…}",))
    return given


def _key(where: str, found: str, known: tuple[str, ...]) -> InputError:
    return InputError.because(
        "counterfactual.key",
        where,
        found=found,
        known=", ".join(known),
        nearest=nearest(found, known),
    )


def _within(where: str, problem: InputError) -> InputError:
    """The same problem, told with the name of the curve."""
    first = problem.findings[0]
    return InputError.because(first.code, f"{where}.{first.subject}", **dict(first.data))
