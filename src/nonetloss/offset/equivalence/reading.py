"""Trading rules as a study writes them, read and checked before anything is computed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nonetloss.core.errors import InputError
from nonetloss.core.findings import nearest, offenders
from nonetloss.core.language import as_written
from nonetloss.core.units import quantity
from nonetloss.offset.equivalence.multipliers import Multipliers
from nonetloss.offset.equivalence.trades import TradingRules

_ZONES = ("same", "neighbor", "elsewhere")


def read_rules(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] | None = None
) -> TradingRules:
    """Trading rules from a mapping; what it does not name keeps its default.

    Parameters
    ----------
    given : mapping
        Keys trade, by_ecosystem, rank, not_offsettable, max_distance (with unit), zone,
        impact_zones, neighbors, delay (with unit), multipliers: ``{time_rate, success, failure,
        half_distance, zones: {same, neighbor, elsewhere}, out_of_kind, by_ecosystem}``. Empty: the
        rules as they stand without any.
    ecosystems : names or None
        Those of the study. None: names are not checked.

    Raises
    ------
    InputError
        `equivalence.rules-key`, `equivalence.ecosystem`, `equivalence.rule`,
        `equivalence.rank-needed`, `equivalence.zone-needed`.
    UnitError
        For a distance or a delay without unit.
    """
    known = None if ecosystems is None else tuple(ecosystems)
    read: dict[str, Callable[[str, Any], Any]] = {
        "trade": _text,
        "by_ecosystem": lambda where, raw: _by_name(where, raw, known, _text),
        "rank": lambda where, raw: _by_name(where, raw, known, _number),
        "not_offsettable": lambda where, raw: _names(where, raw, known),
        "max_distance": lambda where, raw: quantity(raw, "m", name=where),
        "zone": _text,
        "impact_zones": lambda where, raw: _names(where, raw, None),
        "neighbors": lambda where, raw: _by_name(
            where, raw, None, lambda at, names: _names(at, names, None)
        ),
        "delay": lambda where, raw: quantity(raw, "year", name=where),
        "multipliers": lambda where, raw: _multipliers(where, raw, known),
    }
    fields = {"max_distance": "max_distance_m", "delay": "delay_years"}
    return TradingRules(**_read("rules", given, read, fields))


def _multipliers(where: str, given: Any, known: tuple[str, ...] | None) -> Multipliers:
    read: dict[str, Callable[[str, Any], Any]] = {
        "time_rate": _number,
        "success": _number,
        "failure": _number,
        "half_distance": lambda at, raw: quantity(raw, "m", name=at),
        "zones": _zones,
        "out_of_kind": _number,
        "by_ecosystem": lambda at, raw: _by_name(at, raw, known, _number),
    }
    return Multipliers(**_read(where, given, read, {"half_distance": "half_distance_m"}))


def _read(
    where: str,
    given: Any,
    read: Mapping[str, Callable[[str, Any], Any]],
    fields: Mapping[str, str],
) -> dict[str, Any]:
    """Arguments by field from what is written."""
    raw = _mapping(where, given, ", ".join(read))
    for key in raw:
        if key not in read:
            raise InputError.because(
                "equivalence.rules-key",
                where,
                found=key,
                known=", ".join(read),
                nearest=nearest(str(key), read),
            )
    return {fields.get(key, key): read[key](f"{where}.{key}", value) for key, value in raw.items()}


def _zones(where: str, given: Any) -> tuple[float, ...]:
    raw = _mapping(where, given, ", ".join(_ZONES))
    if set(raw) != set(_ZONES):
        raise InputError.because(
            "equivalence.rules-key",
            where,
            found=offenders(sorted(raw)) or "–",
            known=", ".join(_ZONES),
            nearest="",
        )
    return tuple(_number(f"{where}.{key}", raw[key]) for key in _ZONES)


def _by_name(
    where: str, given: Any, known: tuple[str, ...] | None, read: Callable[[str, Any], Any]
) -> dict[str, Any]:
    raw = _mapping(where, given, "{name: …}")
    _known(where, list(raw), known)
    return {str(name): read(f"{where}.{name}", value) for name, value in raw.items()}


def _names(where: str, given: Any, known: tuple[str, ...] | None) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise InputError.because(
            "equivalence.rules-key", where, found=as_written(given), known="[…]", nearest=""
        )
    names = tuple(str(name) for name in given)
    _known(where, names, known)
    return names


def _known(where: str, names: Sequence[str], known: tuple[str, ...] | None) -> None:
    strange = [name for name in names if known is not None and name not in known]
    if strange and known is not None:
        raise InputError.because(
            "equivalence.ecosystem",
            where,
            found=offenders(strange),
            known=offenders(sorted(known), 20),
            nearest=nearest(strange[0], known),
        )


def _mapping(where: str, given: Any, known: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise InputError.because(
            "equivalence.rules-key", where, found=as_written(given), known=known, nearest=""
        )
    return given


def _number(where: str, raw: Any) -> float:
    return quantity(raw, "", name=where)


def _text(where: str, raw: Any) -> str:
    if not isinstance(raw, str):
        raise InputError.because("equivalence.rule", where, allowed="text", value=as_written(raw))
    return raw
