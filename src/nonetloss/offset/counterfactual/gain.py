"""What each parcel gains beyond what would happen anyway, over the years and as credited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.discounting import TIMINGS
from nonetloss.numerics.stats import quantiles
from nonetloss.offset.counterfactual.crediting import (
    CREDITS,
    Convention,
    likely_credit,
    moments,
    sensitivity,
)
from nonetloss.offset.counterfactual.curves import STRAIGHT, Curve, decline
from nonetloss.offset.counterfactual.planned import PlannedChange
from nonetloss.offset.counterfactual.reading import (
    read_curves,
    read_leakage,
    read_planned,
    read_rates,
    read_reversal,
    require_names,
)
from nonetloss.offset.counterfactual.trajectories import (
    HOLDING,
    RESTORING,
    Outlook,
    action_of,
    draw_world,
    drawn_values,
    paths,
    today_of,
)
from nonetloss.offset.counterfactual.vocabulary import (
    GAINS,
    IMPACTS,
    NOT_ADDITIONAL,
    NOT_LOST_AGAIN,
    credited,
)
from nonetloss.offset.equivalence import named_ecosystems
from nonetloss.offset.gains import Gains

VARIES = ("together", "independently")
_WITHOUT = "without"
_NOTHING = Estimate.exact(0.0)
# Ends of the interval that is told of a value over the years.
_LOW_HIGH = (0.05, 0.95)


def counterfactual(
    parcels: Sequence[Parcel],
    *,
    ecosystems: EcosystemMap,
    rng: np.random.Generator,
    draws: int,
    horizon_years: float = 30.0,
    discount_rate: float = 0.0,
    timing: str = "end",
    credit: str = "mean",
    gain: str = "net_gains",
    impact: str = "current_condition",
    background_loss_rate: Mapping[str, Any] | None = None,
    leakage: Mapping[str, Any] | None = None,
    reversal: Mapping[str, Any] | None = None,
    curves: Mapping[str, Any] | None = None,
    planned: Mapping[str, Any] | None = None,
    vary: str = "together",
) -> Gains:
    """Gain of every parcel against what would happen anyway, with its distribution.

    Parameters
    ----------
    parcels : sequence of Parcel
        Values with and without the offset, in [0, 1], and where known today's value, the start,
        the years it takes and the name of the curve. Their order does not matter.
    ecosystems : EcosystemMap
        Names that rates and parcels may use.
    rng : numpy Generator
    draws : int
        States of the world, at least 1.
    horizon_years : float
        Years, whole, over which gain and loss are compared; the impact is in year 0.
    discount_rate : float
        Per year, as a share. 0: a gain in ten years counts as one today.
    timing : "start", "mid" or "end"
        Moment of each year at which the values are taken and discounted.
    credit : "mean" or "end"
        `mean`: the discounted mean of the yearly gain, which is less than the final gain wherever
        it takes years to come. `end`: the gain in the last year, as OffsetSim does.
    gain : str
        What counts as gain, see `vocabulary.credited`.
    impact : "current_condition" or "future_condition"
        Whether the lost land is counted as it is, or as it would have become by itself (with
        `background_loss_rate`): then `loss_factors` are below 1.
    background_loss_rate : mapping or None
        Share of its value that land without an offset loses each year, by ecosystem; see
        `reading.read_rates`. In these ecosystems it stands in the place of the parcels' value
        without. None: the parcels' stated values.
    leakage : mapping or None
        Share of averted loss that happens elsewhere, `reading.read_leakage`. None: none.
    reversal : mapping or None
        Share of the gain that is lost again each year, `reading.read_reversal`. None: none.
    curves : mapping or None
        `reading.read_curves`; `without` is the curve of the stated value without. None: straight.
    planned : mapping or None
        Changes that come without the offset, by parcel, `reading.read_planned`. None: none.
    vary : "together" or "independently"
        Whether all parcels stand high or low in the same draws. Rates, leakage and reversal are
        shared in any case.

    Returns
    -------
    Gains
        Parcels sorted by name. `years` are the moments of the values: 0 … H-1, ½ … H-½ or 1 … H.

    Raises
    ------
    InputError
        `counterfactual.horizon`, `counterfactual.choice`, `counterfactual.gain`,
        `counterfactual.draws`, `counterfactual.name`, `counterfactual.parcel`,
        `counterfactual.action` (neither protection nor restoration, and no value today),
        `offset.unknown-ecosystem`, `discounting.rate` and what the readers raise.

    Notes
    -----
    With A the area, g(t) the yearly gain per hectare and d_t the discount factor of year t,

        gain = A sum_t d_t g(t) / sum_t d_t

    so that an offset that is whole from year 0 on is credited A (with - without), and a loss that
    is whole from year 0 on counts 1. Rates and the loss factor are likely values; the factor has
    no draws.

    **In words.** Follow each parcel year by year with and without the offset; what lies between
    the two lines is the gain, late years counting less, and what only moved elsewhere not at all.
    """
    ordered = tuple(sorted(parcels, key=lambda p: p.name))
    _require(
        horizon_years, draws, timing=timing, credit=credit, gain=gain, impact=impact, vary=vary
    )
    named_ecosystems(tuple(p.ecosystem for p in ordered), ecosystems)
    rates = read_rates(
        background_loss_rate or {}, ecosystems=[e.name for e in ecosystems.ecosystems]
    )
    shapes, changes = read_curves(curves or {}), read_planned(planned or {})
    _require_parcels(ordered, shapes, changes)
    leaked = _NOTHING if leakage is None else read_leakage(leakage)
    outlook = Outlook(
        times=moments(horizon_years, timing),
        horizon=float(horizon_years),
        curves=shapes,
        without=shapes.get(_WITHOUT, STRAIGHT),
        rates=rates,
        planned=changes,
        reversal=_NOTHING if reversal is None else read_reversal(reversal),
    )
    convention = Convention(gain, credit, discount_rate, timing)
    found = _Lines.empty(len(ordered), outlook.times.size, draws)
    world = draw_world(outlook, leaked, together=vary == "together", draws=draws, rng=rng)
    for i, parcel in enumerate(ordered):
        _likely(i, parcel, outlook, convention, leaked, found)
        ways = paths(parcel, drawn_values(parcel, world, rng), outlook, rng=rng)
        parts = credited(gain, ways, leakage=world.leakage)
        found.draws[i] = parcel.area_ha * convention.credit_of(parts[0] + parts[1])
        found.spread[:2, i] = quantiles(ways.intended, _LOW_HIGH)
        found.spread[2:, i] = quantiles(ways.without, _LOW_HIGH)
    factors = {
        name: float(convention.credit_of(decline(1.0, outlook.times, rate=rate.likely))[0])
        for name, rate in rates.items()
        if impact == "future_condition"
    }
    # Whatever ecosystem is lost whose rate nobody gave counts in full.
    whole = len(factors) < len(ecosystems.ecosystems)
    return Gains(
        parcels=tuple(p.name for p in ordered),
        years=outlook.times,
        with_offset=found.intended,
        without_offset=found.without,
        likely=found.restored + found.averted,
        draws=found.draws,
        loss_factor=1.0 if whole else max(factors.values(), default=1.0),
        findings=_findings(ordered, outlook, convention, found),
        with_low=found.spread[0],
        with_high=found.spread[1],
        without_low=found.spread[2],
        without_high=found.spread[3],
        restored=found.restored,
        averted=found.averted,
        static=found.static,
        loss_factors=factors,
        yearly=found.yearly,
        sensitivity=sensitivity(ordered, outlook=outlook, convention=convention, leakage=leaked),
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """What is filled in parcel by parcel; `spread` is with low, with high, without low and high."""

    intended: np.ndarray
    without: np.ndarray
    yearly: np.ndarray
    spread: np.ndarray
    restored: np.ndarray
    averted: np.ndarray
    static: np.ndarray
    draws: np.ndarray

    @classmethod
    def empty(cls, parcels: int, years: int, draws: int) -> "_Lines":
        lines = [np.zeros((parcels, years)) for _ in range(3)]
        numbers = [np.zeros(parcels) for _ in range(3)]
        return cls(*lines, np.zeros((4, parcels, years)), *numbers, np.zeros((parcels, draws)))  # type: ignore[call-arg]  # three lines, three numbers


def _likely(
    i: int,
    parcel: Parcel,
    outlook: Outlook,
    convention: Convention,
    leaked: Estimate,
    found: _Lines,
) -> None:
    """The likely path of one parcel; planned changes count by their probability."""
    case = likely_credit(parcel, outlook, convention, leaked.likely)
    found.intended[i], found.without[i] = case.ways.intended[0], case.ways.without[0]
    found.restored[i], found.averted[i] = case.restored, case.averted
    found.yearly[i] = case.yearly
    found.static[i] = parcel.area_ha * (parcel.value_with.likely - parcel.value_without.likely)


def _require(horizon_years: float, draws: int, **choices: str) -> None:
    if not (horizon_years >= 1 and float(horizon_years).is_integer()):
        raise InputError.because("counterfactual.horizon", "horizon_years", value=horizon_years)
    if draws < 1:
        raise InputError.because("counterfactual.draws", "draws", value=draws)
    allowed = {
        "timing": TIMINGS,
        "credit": CREDITS,
        "gain": GAINS,
        "impact": IMPACTS,
        "vary": VARIES,
    }
    for name, value in choices.items():
        if value not in allowed[name]:
            raise InputError.because(
                "counterfactual.choice", name, allowed=" | ".join(allowed[name]), value=value
            )


def _require_parcels(
    parcels: tuple[Parcel, ...], curves: Mapping[str, Curve], changes: tuple[PlannedChange, ...]
) -> None:
    names = [p.name for p in parcels]
    require_names("planned", (c.parcel for c in changes), names)
    require_names("trajectory", (p.trajectory for p in parcels if p.trajectory), curves)
    for parcel in parcels:
        values = (parcel.value_with, parcel.value_without, today_of(parcel))
        checks = (
            ("name", parcel.name, names.count(parcel.name) == 1),
            ("area_ha", parcel.area_ha, 0 < parcel.area_ha < np.inf),
            ("years_to_value", parcel.years_to_value, not parcel.years_to_value < 0),
            (
                "value",
                [(v.low, v.high) for v in values],
                all(0 <= v.low <= v.high <= 1 for v in values),
            ),
        )
        for field, value, holds in checks:
            if not holds:
                raise InputError.because(
                    "counterfactual.parcel", parcel.name, field=field, value=value
                )
    # What such land is worth today decides between a gain that is there at once and none.
    strange = [
        p for p in parcels if p.value_today is None and action_of(p) not in HOLDING | RESTORING
    ]
    if strange:
        raise InputError.because(
            "counterfactual.action",
            offenders(p.name for p in strange),
            action=offenders(dict.fromkeys(p.action or "–" for p in strange)),
        )


def _findings(
    parcels: tuple[Parcel, ...], outlook: Outlook, convention: Convention, found: _Lines
) -> tuple[Finding, ...]:
    gained = found.restored + found.averted
    by_rate = [p for p in parcels if p.ecosystem in outlook.rates]
    late = [p for p in parcels if p.start_year >= outlook.horizon]
    negative = [p for p, g in zip(parcels, gained, strict=True) if g < 0]
    assumed = [p for p in parcels if p.value_today is None]
    told: list[Finding] = []
    if convention.gain in NOT_ADDITIONAL:
        told.append(warning("counterfactual.counts-what-is-there", convention.gain))
    if convention.gain in NOT_LOST_AGAIN and outlook.reversal.high > 0:
        told.append(warning("counterfactual.reversal-not-counted", convention.gain))
    for code, who, make in (
        ("counterfactual.after-the-horizon", late, warning),
        ("counterfactual.negative-gain", negative, warning),
        ("counterfactual.today-assumed", assumed, notice),
        ("counterfactual.rate-in-place", by_rate, notice),
    ):
        if who:
            names = offenders(p.name for p in who)
            titles = Text(
                es=offenders(p.title.es for p in who), en=offenders(p.title.en for p in who)
            )
            told.append(make(code, names, parcels=titles, count=len(who)))
    total = float(np.maximum(gained, 0.0).sum())
    if convention.gain == "net_gains" and total > 0:
        kept = float(np.maximum(found.averted, 0.0).sum())
        back = float(np.maximum(found.restored, 0.0).sum())
        told.append(
            notice(
                "counterfactual.shares",
                convention.gain,
                averted_percent=round(100 * kept / (kept + back), 1),
                credited_qha=round(float(gained.sum()), 2),
                static_qha=round(float(found.static.sum()), 2),
            )
        )
    return tuple(told)
