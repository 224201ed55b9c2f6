"""What `offset.portfolio` is asked for, read and checked before anything is computed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, Protocol

import numpy as np
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import nearest, offenders
from nonetloss.core.language import Text, text
from nonetloss.core.units import quantity
from nonetloss.landscape.cleared import cleared_land
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.project import Alternative
from nonetloss.offset.candidates import Candidates
from nonetloss.offset.equivalence import Multipliers, read_rules
from nonetloss.offset.gains import Gains
from nonetloss.offset.options import Periods, Wishes
from nonetloss.offset.search import OBJECTIVES

Vary = Literal["together", "independently"]


class HasResidual(Protocol):
    """A plan that knows what it leaves."""

    @property
    def residual(self) -> Loss:
        """Loss that remains."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Parameters as the search needs them."""

    success: Estimate
    confidence: float
    wishes: Wishes
    alternative_count: int
    alternative_slack: float


def asked_of(given: Mapping[str, Any], *, gains: Gains | None, ecosystems: EcosystemMap) -> Asked:
    """Check all parameters and put them together.

    Raises
    ------
    InputError
        `offset.parameter`, `offset.time-twice`, `offset.periods`, and those of the rules.
    """
    _require_parameters(given)
    if gains is not None and given["time_factor"] != 1:
        raise InputError.because("offset.time-twice", "time_factor", value=given["time_factor"])
    names = [e.name for e in ecosystems.ecosystems]
    rules = given["trading"]
    success = given["success"]
    read = None if rules is None else read_rules(rules, ecosystems=names)
    if gains is not None and read is not None and read.multipliers.time_rate > 0:
        value = read.multipliers.time_rate
        raise InputError.because("offset.time-twice", "trading.multipliers.time_rate", value=value)
    if read is not None:
        _require_charged_once(given, read.multipliers)
    wishes = Wishes(
        rules=read,
        locked_in=tuple(given["locked_in"]),
        neighbor_distance_m=given["neighbor_distance_m"],
        neighbor_bonus_usd=given["neighbor_bonus_usd"],
        pieces=given["pieces"] or 0,
        periods=read_periods(given["periods"] or {}, delay_rate=given["delay_rate"]),
    )
    return Asked(
        success=Estimate.exact(1.0) if success is None else read_success(success),
        confidence=given["confidence"],
        wishes=wishes,
        alternative_count=given["alternative_count"],
        alternative_slack=given["alternative_slack"],
    )


def _require_charged_once(given: Mapping[str, Any], held: Multipliers) -> None:
    """Raise where a multiplier charges what a parameter of the plan charges already."""
    risk = "success" if held.success < 1 else "failure"
    twice = (
        ("time_factor", "time_rate", given["time_factor"] != 1 and held.time_rate > 0),
        ("success", risk, given["success"] is not None and held.risk() > 1),
        (
            "half_distance_m",
            "half_distance",
            given["half_distance_m"] is not None and held.needs_distance,
        ),
    )
    for name, other, both in twice:
        if both:
            raise InputError.because(
                "offset.charged-twice", name, other=f"trading.multipliers.{other}"
            )


def residual_of(residual: Loss | HasResidual, alternative: str | None) -> tuple[Loss, str]:
    """The loss itself and the alternative it is of.

    Raises
    ------
    InputError
        `offset.alternative`.
    """
    loss = residual if isinstance(residual, Loss) else residual.residual
    name = alternative
    if name is None and len(loss.alternatives) == 1:
        name = loss.alternatives[0]
    if name not in loss.alternatives:
        raise InputError.because(
            "offset.alternative", f"{alternative}", known=offenders(loss.alternatives, 20)
        )
    return loss, str(name)


def impact_of(alternatives: Sequence[Alternative] | None, name: str) -> BaseGeometry | None:
    """The strip, area or disk that the alternative clears; None where none are given.

    Raises
    ------
    InputError
        `offset.alternative` when others are given, but not this one.
    """
    if not alternatives:
        return None
    for alternative in alternatives:
        if alternative.name == name:
            return cleared_land(alternative)
    known = offenders((a.name for a in alternatives), 20)
    raise InputError.because("offset.alternative", name, known=known)


def read_success(
    success: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> Estimate:
    """The share of the modelled gain that is reached.

    Raises
    ------
    InputError
        `offset.parameter`.
    """
    try:
        low, likely, high = (float(success[k]) for k in ("low", "likely", "high"))
        reach = Estimate(low, likely, high, Text.of(success.get("source", "")))
    except (NonetlossError, KeyError, TypeError, ValueError) as cause:
        raise InputError.because(
            "offset.parameter", "success", allowed="0 <= low <= likely <= high <= 1", value=success
        ) from cause
    if not 0 <= reach.low <= reach.high <= 1:
        raise InputError.because(
            "offset.parameter", "success", allowed="0 <= low <= likely <= high <= 1", value=success
        )
    return reach


def read_periods(
    given: Mapping[Any, Any],
    *,
    delay_rate: float = 0.0,
    layers: Iterable[str] = (),
    ecosystems: Iterable[str] = (),
) -> Periods:
    """Years and budgets, ``{0: 2 Musd, 5: .inf}``; empty: no periods.

    Raises
    ------
    InputError
        `offset.periods`.
    """
    try:
        years = tuple(float(year) for year in given)
        budgets = tuple(
            float(b) if isinstance(b, int | float) else quantity(b, "usd", name="periods")
            for b in given.values()
        )
    except (NonetlossError, TypeError, ValueError) as cause:
        raise InputError.because("offset.periods", "periods", value=given) from cause
    rising = all(a < b for a, b in pairwise(years))
    if not rising or not all(b >= 0 for b in budgets):
        raise InputError.because("offset.periods", "periods", value=given)
    return Periods(years, budgets, delay_rate)


def require_locked(
    parcels: Sequence[Parcel],
    locked_in: Sequence[str],
    locked_out: Sequence[str],
    candidates: Candidates | None = None,
) -> None:
    """Raise unless every fixed parcel is there, fixed one way, and able to be a candidate.

    Raises
    ------
    InputError
        `offset.locked-unknown`, `offset.locked-both`, `offset.locked-barred`.
    """
    known = [p.name for p in parcels]
    for name in (*locked_in, *locked_out):
        if name not in known:
            raise InputError.because(
                "offset.locked-unknown",
                name,
                nearest=nearest(name, known),
                known=offenders(sorted(known), 20),
            )
    both = sorted(set(locked_in) & set(locked_out))
    if both:
        raise InputError.because("offset.locked-both", offenders(both))
    if candidates is None:
        return
    for parcel, code in zip(candidates.parcels, candidates.reason, strict=True):
        if code and parcel.name in locked_in:
            key = f"offset.why-{code.partition('.')[2]}"
            why = Text(es=text(key, "es"), en=text(key, "en"))
            raise InputError.because("offset.locked-barred", parcel.name, why=why)


def _require_parameters(given: Mapping[str, Any]) -> None:
    bounds: dict[str, tuple[float, float]] = {
        "margin": (0, 10),
        "budget_usd": (0, np.inf),
        "equity": (0, 10),
        "neighbor_distance_m": (0, np.inf),
        "neighbor_bonus_usd": (0, np.inf),
        "pieces": (1, np.inf),
        "delay_rate": (0, 1),
        "scenarios": (1, 10_000),
        "alternative_count": (0, 100),
        "alternative_slack": (0, 10),
        "max_distance_m": (0, np.inf),
        "tolerance_qha": (0, np.inf),
        "gap": (0, 1),
    }
    choices = {
        "vary": ("together", "independently"),
        "objective": OBJECTIVES,
        "service_needs": ("all", "communities", "none"),
    }
    shares = {name: given[name] for name in ("confidence", "time_factor")}
    checks: list[tuple[str, str, bool]] = [
        (name, "(0, 1]", 0 < value <= 1) for name, value in shares.items()
    ]
    wanted = given["probability"]
    checks.append(("probability", "(0, 1)", wanted is None or 0 < wanted < 1))
    half = given["half_distance_m"]
    checks.append(("half_distance_m", "(0, inf]", half is None or half > 0))
    for name, (low, high) in bounds.items():
        value = given[name]
        allowed = f"[{low}, {high}]"
        checks.append((name, allowed, value is None or low <= value <= high))
    for name, known in choices.items():
        checks.append((name, ", ".join(known), given[name] in known))
    # The objectives other than cost weigh what is left; a probability asks that nothing is.
    other = given["objective"] != "least-cost"
    checks.append(
        (
            "objective",
            "least-cost (probability, equity)",
            not (other and (wanted or given["equity"])),
        )
    )
    for name, allowed, holds in checks:
        if not holds:
            raise InputError.because("offset.parameter", name, allowed=allowed, value=given[name])
