"""The catalogue of measures: what each reduces, by how much, at what cost, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal, get_args

from nonetloss.core import package_data
from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import offenders
from nonetloss.core.language import Text, as_written

Phase = Literal["planning", "design", "construction", "operation"]
Basis = Literal["lump-sum", "per-km", "per-ha", "per-site"]
Status = Literal["confirmed", "unverified"]

PACKAGED = "minimize/measures.yaml"
_FIELDS = {"title", "phase", "effects", "cost", "requires", "excludes", "evidence", "note"}
_EFFECT_FIELDS = {"component", "assets", "low", "likely", "high", "source", "status"}
_COST_FIELDS = {"basis", "usd", "per_km", "source", "status"}


@dataclass(frozen=True, slots=True)
class Effect:
    """A measure lowers the loss of `component` in `assets` by the share `effectiveness`.

    `assets` is `("all",)`, `("forest",)` (ecosystems marked as forest) or names of assets.
    `effectiveness` lies in [0, 1] and refers to what the measures before it have left.
    """

    component: str
    assets: tuple[str, ...]
    effectiveness: Estimate
    status: Status = "unverified"


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of one unit, USD, over the life of the measure.

    Units: one (`lump-sum`), kilometers of road (`per-km`), or hectares (`per-ha`) and sites
    (`per-site`, rounded up) at `per_km` of them along the road.
    """

    basis: Basis
    usd: Estimate
    per_km: float = 1.0
    status: Status = "unverified"

    def units(self, length_km: float) -> float:
        """How many units a road of that length needs."""
        if self.basis == "lump-sum":
            return 1.0
        count = length_km * (1.0 if self.basis == "per-km" else self.per_km)
        # 1e-9 keeps 10 km x 0.1 sites/km at one site in spite of binary rounding.
        return float(ceil(count - 1e-9)) if self.basis == "per-site" else count


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure. `requires` and `excludes` name other measures of the catalogue."""

    id: str
    title: Text
    phase: Phase
    effects: tuple[Effect, ...]
    cost: Cost
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    evidence: tuple[Text, ...] = ()
    note: Text | None = None


def catalogue(
    changes: Mapping[str, Any] | None = None, *, base: str = "road"
) -> tuple[Measure, ...]:
    """The packaged road measures, as a study changes them, sorted by id.

    Parameters
    ----------
    changes : mapping or None
        Per measure id: ``None`` removes it; a mapping replaces the given fields of a packaged
        measure, or describes a new one in full. None changes nothing.
    base : "road" or "none"
        "none" begins with an empty catalogue: every measure is described in full.

    Raises
    ------
    InputError
        `measures.fields` (missing or unknown keys), `measures.value` (a value that cannot be),
        `measures.unknown` (an id that nothing knows, to remove, to require or to exclude).
    """
    raw: dict[str, Any] = dict(package_data.read_yaml(PACKAGED)) if base == "road" else {}
    for name, change in (changes or {}).items():
        if change is None:
            if name not in raw:
                raise InputError.because("measures.unknown", name, known=offenders(sorted(raw), 20))
            del raw[name]
        elif isinstance(change, Mapping):
            raw[name] = {**raw.get(name, {}), **change}
        else:
            raise InputError.because("measures.value", name, field=name, value=as_written(change))
    measures = tuple(parse_measure(name, raw[name]) for name in sorted(raw))
    check_links(measures)
    return measures


def check_links(measures: tuple[Measure, ...]) -> None:
    """Raise `measures.unknown` when a measure requires or excludes one that is not there."""
    known = {m.id for m in measures}
    for measure in measures:
        for other in (*measure.requires, *measure.excludes):
            if other not in known:
                raise InputError.because(
                    "measures.unknown", other, known=offenders(sorted(known), 20)
                )


def parse_measure(name: str, raw: Mapping[str, Any]) -> Measure:
    """A measure from its plain form; see `measures.yaml` for the fields."""
    _require_fields(name, raw, {"title", "phase", "effects", "cost"}, _FIELDS)
    phase = _choice(name, "phase", raw["phase"], get_args(Phase))
    cost = raw["cost"]
    _require_fields(f"{name}.cost", cost, {"basis", "usd", "source", "status"}, _COST_FIELDS)
    note = raw.get("note")
    return Measure(
        id=name,
        title=_text(name, "title", raw["title"]),
        phase=phase,
        effects=tuple(_effect(name, entry) for entry in raw["effects"]),
        cost=Cost(
            basis=_choice(name, "basis", cost["basis"], get_args(Basis)),
            usd=_estimate(f"{name}.cost", cost["usd"], cost["source"], high=float("inf")),
            per_km=_number(f"{name}.cost", "per_km", cost.get("per_km", 1.0)),
            status=_choice(name, "status", cost["status"], get_args(Status)),
        ),
        requires=tuple(raw.get("requires", ())),
        excludes=tuple(raw.get("excludes", ())),
        evidence=tuple(_text(name, "evidence", e) for e in raw.get("evidence", ())),
        note=None if note is None else _text(name, "note", note),
    )


def _effect(name: str, raw: Mapping[str, Any]) -> Effect:
    _require_fields(f"{name}.effects", raw, _EFFECT_FIELDS, _EFFECT_FIELDS)
    assets = raw["assets"]
    return Effect(
        component=str(raw["component"]),
        assets=(assets,) if isinstance(assets, str) else tuple(assets),
        effectiveness=_estimate(f"{name}.effects", raw, raw["source"], high=1.0),
        status=_choice(name, "status", raw["status"], get_args(Status)),
    )


def _estimate(name: str, raw: Any, source: Any, *, high: float) -> Estimate:
    values = raw if isinstance(raw, Mapping) else {"low": raw, "likely": raw, "high": raw}
    low, likely, top = (_number(name, key, values.get(key)) for key in ("low", "likely", "high"))
    if low < 0 or top > high:
        raise InputError.because("measures.value", name, field="low, high", value=f"{low}, {top}")
    told = _text(name, "source", source)
    try:
        return Estimate(low, likely, top, told)
    except NonetlossError as cause:
        raise InputError.because(
            "measures.value", name, field="low, likely, high", value=f"{low}, {likely}, {top}"
        ) from cause


def _text(name: str, field: str, value: Any) -> Text:
    try:
        return Text.of(value)
    except (KeyError, TypeError) as cause:
        raise InputError.because(
            "measures.value", name, field=field, value=as_written(value)
        ) from cause


def _number(name: str, field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise InputError.because("measures.value", name, field=field, value=as_written(value))
    return float(value)


def _choice(name: str, field: str, value: Any, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise InputError.because("measures.value", name, field=field, value=as_written(value))
    return value


def _require_fields(name: str, raw: Any, needed: set[str], allowed: set[str]) -> None:
    given = set(raw) if isinstance(raw, Mapping) else set()
    wrong = sorted(needed - given) + sorted(given - allowed)
    if wrong or not isinstance(raw, Mapping):
        raise InputError.because(
            "measures.fields", name, wrong=offenders(wrong), allowed=offenders(sorted(allowed), 20)
        )
