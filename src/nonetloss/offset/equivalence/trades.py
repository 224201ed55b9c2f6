"""Which gain may stand for which loss: kind, distance, basin, and what cannot be offset.

Papers: BBOP 2012, ISBN 978-1-932928-44-0 (like-for-like or better, trading up, limits to what can
be offset); Pilgrim et al. 2013, doi 10.1111/conl.12002 (offsetability).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.equivalence.multipliers import Multipliers, time_multiplier

Trade = Literal["like-for-like", "like-for-like-or-better", "trading-up"]
ZoneRule = Literal["any", "same", "same-or-neighbor"]
TRADES: tuple[str, ...] = get_args(Trade)
ZONE_RULES: tuple[str, ...] = get_args(ZoneRule)

# Why a pair is refused, in the order in which it is told; each has its text in the locale.
REFUSALS = (
    "equivalence.not-offsettable",
    "equivalence.other-ecosystem",
    "equivalence.distance-unknown",
    "equivalence.too-far",
    "equivalence.zone-unknown",
    "equivalence.other-zone",
    "equivalence.delay-unknown",
)
SAME, NEIGHBOR, ELSEWHERE, UNKNOWN = 0, 1, 2, -1


@dataclass(frozen=True, slots=True)
class TradingRules:
    """What a gain must fulfil to stand for a loss.

    `trade`: `like-for-like` takes the same ecosystem only; `like-for-like-or-better` also those
    that the lost ecosystem names in `better`; `trading-up` also every ecosystem of a higher
    `rank` (conservation priority, declared; an ecosystem without rank is never traded up, nor a
    trade up). `by_ecosystem` sets the trade of single lost ecosystems.

    `max_distance_m` from the impact; `inf`: no limit. `zone`: the parcel must lie in a zone of
    the impact (`same`), or also beside one of them; `neighbors` says which zones lie side by side,
    in either direction. `impact_zones` are the zones (basins) of the impact. `not_offsettable`
    names ecosystems that cannot be offset, besides those whose `offsettable` is False.
    `delay_years` holds for parcels that do not say when their value is reached; NaN: then a gain
    without that date is refused where time counts.
    """

    trade: Trade = "like-for-like-or-better"
    by_ecosystem: Mapping[str, Trade] = field(default_factory=dict)
    rank: Mapping[str, float] = field(default_factory=dict)
    not_offsettable: tuple[str, ...] = ()
    max_distance_m: float = float("inf")
    zone: ZoneRule = "any"
    impact_zones: tuple[str, ...] = ()
    neighbors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delay_years: float = float("nan")
    multipliers: Multipliers = field(default_factory=Multipliers)

    def __post_init__(self) -> None:
        checks = (
            ("trade", self.trade, " | ".join(TRADES), self.trade in TRADES),
            ("zone", self.zone, " | ".join(ZONE_RULES), self.zone in ZONE_RULES),
            ("max_distance_m", self.max_distance_m, "≥ 0", self.max_distance_m >= 0),
            ("delay_years", self.delay_years, "≥ 0", not self.delay_years < 0),
            *(
                (f"by_ecosystem.{name}", trade, " | ".join(TRADES), trade in TRADES)
                for name, trade in self.by_ecosystem.items()
            ),
            *((f"rank.{n}", r, "-∞ < … < ∞", np.isfinite(r)) for n, r in self.rank.items()),
        )
        for name, value, allowed, holds in checks:
            if not holds:
                raise InputError.because("equivalence.rule", name, allowed=allowed, value=value)
        traded_up = "trading-up" in (self.trade, *self.by_ecosystem.values())
        if traded_up and not self.rank:
            raise InputError.because("equivalence.rank-needed", "rank")
        if self.zone != "any" and not self.impact_zones:
            raise InputError.because("equivalence.zone-needed", "impact_zones", rule=self.zone)

    @property
    def needs_distance(self) -> bool:
        """Whether some rule asks how far a parcel lies from the impact."""
        return bool(np.isfinite(self.max_distance_m)) or self.multipliers.needs_distance

    @property
    def needs_zone(self) -> bool:
        """Whether some rule asks in which zone a parcel lies."""
        return self.zone != "any" or self.multipliers.needs_zone


def named_ecosystems(names: Sequence[str], ecosystems: EcosystemMap) -> tuple[Ecosystem, ...]:
    """The ecosystems of these names, in their order.

    Raises
    ------
    InputError
        `offset.unknown-ecosystem` for a name that the map does not declare.
    """
    known = {e.name: e for e in ecosystems.ecosystems}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError.because(
            "offset.unknown-ecosystem",
            offenders(dict.fromkeys(unknown)),
            known=offenders(sorted(known), 20),
        )
    return tuple(known[name] for name in names)


def accepted(
    losses: Sequence[Ecosystem], gains: Sequence[str], rules: TradingRules | None = None
) -> np.ndarray:
    """Bool (losses, gains): may a gain in that ecosystem stand for a loss in this one?

    Without rules a gain is accepted for the same ecosystem, or for one that names it in `better`.
    The relation is what the study declares: it is neither symmetric nor continued from one to the
    next. Rules may narrow it to like-for-like, or widen it to trading up. Whether the lost
    ecosystem can be offset at all is asked in `allowed_pairs`, not here.
    """
    held = TradingRules() if rules is None else rules
    return np.array(
        [[_kind_accepted(loss, gain, held) for gain in gains] for loss in losses], dtype=bool
    ).reshape(len(losses), len(gains))


def allowed_pairs(
    losses: Sequence[Ecosystem],
    parcels: Sequence[Parcel],
    rules: TradingRules,
    *,
    distance_m: np.ndarray | None = None,
    zones: Mapping[str, Sequence[str]] | None = None,
) -> np.ndarray:
    """Bool (losses, parcels): may a gain on that parcel stand for this loss?

    Parameters
    ----------
    losses : sequence of Ecosystem
        The lost ecosystems, one row each.
    parcels : sequence of Parcel
        One column each.
    rules : TradingRules
    distance_m : array or None
        Distance of each parcel from the impact, (parcels,), or from each loss, (losses, parcels).
        NaN: unknown, refused where a rule asks for it. None: not measured, refused as a whole
        where a rule asks for it.
    zones : mapping or None
        Zones in which each lost ecosystem lies, by name, where it is known better than
        `rules.impact_zones`.

    Returns
    -------
    numpy.ndarray
        True also implies that `multiplier` is a finite number for the pair.

    Raises
    ------
    InputError
        `equivalence.distance-needed`, `equivalence.distance-shape`.
    """
    told = refusals(losses, parcels, rules, distance_m=distance_m, zones=zones)
    return np.asarray(told == "", dtype=bool).reshape(len(losses), len(parcels))


def refusals(
    losses: Sequence[Ecosystem],
    parcels: Sequence[Parcel],
    rules: TradingRules,
    *,
    distance_m: np.ndarray | None = None,
    zones: Mapping[str, Sequence[str]] | None = None,
) -> np.ndarray:
    """Text (losses, parcels): the first code of `REFUSALS` that holds; empty where allowed.

    Parameters and errors as `allowed_pairs`.
    """
    shape = (len(losses), len(parcels))
    distance = spread_distance(distance_m, shape, rules)
    relation = zone_relation(losses, parcels, rules, zones=zones)
    delay = np.broadcast_to(delay_of(parcels, rules), shape)
    barred = np.array(
        [not k.offsettable or k.name in rules.not_offsettable for k in losses], dtype=bool
    )
    kinds = accepted(losses, [p.ecosystem for p in parcels], rules)
    # A gain so far away that no multiple of it is enough.
    beyond = np.isinf(rules.multipliers.place(distance, relation))
    limit = {"any": ELSEWHERE, "same": SAME, "same-or-neighbor": NEIGHBOR}[rules.zone]
    holds = {
        "equivalence.not-offsettable": np.broadcast_to(barred.reshape(-1, 1), shape),
        "equivalence.other-ecosystem": ~kinds,
        "equivalence.distance-unknown": np.isnan(distance) & rules.needs_distance,
        "equivalence.too-far": (distance > rules.max_distance_m) | beyond,
        "equivalence.zone-unknown": (relation == UNKNOWN) & rules.needs_zone,
        "equivalence.other-zone": relation > limit,
        "equivalence.delay-unknown": np.isnan(delay) & (rules.multipliers.time_rate > 0),
    }
    told = np.full(shape, "", dtype=object)
    for code in reversed(REFUSALS):
        told[holds[code]] = code
    return told


def multiplier(
    losses: Sequence[Ecosystem],
    parcels: Sequence[Parcel],
    rules: TradingRules,
    *,
    distance_m: np.ndarray | None = None,
    zones: Mapping[str, Sequence[str]] | None = None,
) -> np.ndarray:
    """Units of gain that one unit of loss needs, (losses, parcels), at least 1.

    The product of the multipliers of kind, time, risk and place of `rules.multipliers`; a gain g
    covers g / multiplier of the loss. NaN where something that a multiplier asks for is unknown,
    which `allowed_pairs` refuses. Parameters and errors as `allowed_pairs`.

    Notes
    -----
    The time multiplier charges the wait until a gain is there. Gains of `offset.counterfactual`
    are discounted year by year already: with those, leave `time_rate` at 0, or time counts twice.
    In the same way risk belongs either here or in a `success` share of the plan.
    """
    shape = (len(losses), len(parcels))
    distance = spread_distance(distance_m, shape, rules)
    relation = zone_relation(losses, parcels, rules, zones=zones)
    held = rules.multipliers
    like = np.array([[k.name == p.ecosystem for p in parcels] for k in losses], dtype=bool)
    kind = np.where(like.reshape(shape), 1.0, held.out_of_kind)
    owed = np.array([held.by_ecosystem.get(k.name, 1.0) for k in losses]).reshape(-1, 1)
    delay = delay_of(parcels, rules)
    time = np.ones(len(parcels))
    if held.time_rate > 0:
        time = time_multiplier(delay, rate=held.time_rate)
    return np.asarray(kind * owed * time * held.risk() * held.place(distance, relation))


def delay_of(parcels: Sequence[Parcel], rules: TradingRules) -> np.ndarray:
    """Years from the impact until the value of each parcel is reached, (parcels,).

    Start of the action (0 if not said) plus the years it takes (`rules.delay_years` if not said);
    NaN where neither says it. Negative: the value was there before the impact.
    """
    start = np.array([p.start_year for p in parcels], dtype=np.float64)
    takes = np.array([p.years_to_value for p in parcels], dtype=np.float64)
    return np.asarray(
        np.where(np.isnan(start), 0.0, start) + np.where(np.isnan(takes), rules.delay_years, takes)
    )


def zone_relation(
    losses: Sequence[Ecosystem],
    parcels: Sequence[Parcel],
    rules: TradingRules,
    *,
    zones: Mapping[str, Sequence[str]] | None = None,
) -> np.ndarray:
    """Integers (losses, parcels): 0 same zone, 1 neighboring, 2 elsewhere, -1 not known."""
    result = np.full((len(losses), len(parcels)), UNKNOWN, dtype=np.int8)
    for i, loss in enumerate(losses):
        own = set((zones or {}).get(loss.name, rules.impact_zones))
        beside = {n for zone in own for n in rules.neighbors.get(zone, ())}
        beside |= {zone for zone, names in rules.neighbors.items() if own & set(names)}
        for j, parcel in enumerate(parcels):
            if not own or not parcel.zone:
                continue
            near = NEIGHBOR if parcel.zone in beside else ELSEWHERE
            result[i, j] = SAME if parcel.zone in own else near
    return result


def spread_distance(
    distance_m: np.ndarray | None, shape: tuple[int, int], rules: TradingRules
) -> np.ndarray:
    """Distances as (losses, parcels).

    Raises
    ------
    InputError
        `equivalence.distance-needed`, `equivalence.distance-shape`.
    """
    if distance_m is None:
        if rules.needs_distance and 0 not in shape:
            raise InputError.because("equivalence.distance-needed", "distance_m")
        return np.full(shape, np.nan)
    given = np.asarray(distance_m, dtype=np.float64)
    if given.shape not in (shape, shape[1:]) or (given < 0).any():
        raise InputError.because(
            "equivalence.distance-shape", "distance_m", found=given.shape, expected=shape
        )
    return np.broadcast_to(given, shape)


def _kind_accepted(loss: Ecosystem, gain: str, rules: TradingRules) -> bool:
    trade = rules.by_ecosystem.get(loss.name, rules.trade)
    if gain == loss.name:
        return True
    if trade == "like-for-like":
        return False
    if gain in loss.better:
        return True
    ranks = rules.rank
    known = trade == "trading-up" and loss.name in ranks and gain in ranks
    return known and ranks[gain] > ranks[loss.name]
