"""From candidates to the arrays of the problem: options, what they count, what goes together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.offset.candidates import Candidates
from nonetloss.offset.equivalence import TradingRules, accepted, allowed_pairs, multiplier
from nonetloss.offset.requirement import Requirement
from nonetloss.offset.service_gain import reduced


@dataclass(frozen=True, slots=True)
class Periods:
    """Years in which actions may begin, money for each, and what a year of delay costs.

    `budgets_usd` inf: no limit. A gain that begins in a later period counts (1 + rate)^-(years
    after the first period), or after the parcel's own `start_year` where what comes before it is
    charged already.
    """

    years: tuple[float, ...] = ()
    budgets_usd: tuple[float, ...] = ()
    delay_rate: float = 0.0

    def factor(self, year: float, since: float) -> float:
        """What a gain counts that begins in `year`, with nothing charged up to `since` (NaN: the
        first period)."""
        waited = year - np.fmax(self.years[0], since)
        return float((1 + self.delay_rate) ** -max(waited, 0.0))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the study asks of the selection beyond its needs. Empty: nothing."""

    rules: TradingRules | None = None
    locked_in: tuple[str, ...] = ()
    neighbor_distance_m: float = 0.0
    neighbor_bonus_usd: float = 0.0
    pieces: int = 0
    periods: Periods = field(default_factory=Periods)


@dataclass(frozen=True, slots=True)
class Options:
    """The problem and where its options come from.

    `parcel` (options,) index among the candidates' parcels; `period` (options,); `factor`
    (options,) what a gain counts because it begins later; `names` (groups,) the ecosystem of each
    group.
    """

    problem: Requirement
    parcel: np.ndarray
    period: np.ndarray
    factor: np.ndarray
    names: tuple[str, ...]


def options_of(
    candidates: Candidates,
    kinds: tuple[Ecosystem, ...],
    wanted: np.ndarray,
    needed: np.ndarray,
    *,
    confidence: float,
    wishes: Wishes | None = None,
    served: np.ndarray | None = None,
    limits: Sequence[str] = (),
    dated: bool = False,
) -> Options:
    """Options over candidates that serve some need, or that are locked in.

    Parameters
    ----------
    kinds, wanted, needed : (assets,)
        Lost ecosystems, which of them must be made up for, and by how much.
    confidence : float
        Share of the likely gain that is credited.
    served : (services, parcels) or None
        What each parcel gives of each service; a parcel that changes any is an option.
    limits : codes
        Reasons to stay out that are limits of the study; parcels left out for these become options
        that are barred, to explain a conflict.
    dated : bool
        The gains know when their parcels begin: only further delay is charged.
    """
    asked = wishes or Wishes()
    losses = [k for k, w in zip(kinds, wanted, strict=True) if w]
    may, worth = _trades(losses, candidates, asked.rules)
    fixed = np.array([p.name in asked.locked_in for p in candidates.parcels], dtype=bool)
    gives = np.zeros((0, len(candidates.parcels))) if served is None else served
    # Gains count where they may stand for a loss; services where people live.
    useful = may.any(axis=0) | (gives != 0).any(axis=0) | fixed
    limited = np.array([r in limits for r in candidates.reason], dtype=bool)
    index = np.flatnonzero((candidates.eligible | limited) & useful)
    charged = dated or (asked.rules is not None and asked.rules.multipliers.time_rate > 0)
    parcel, period, factor = _begun(candidates, index, asked.periods, charged)
    kind = [candidates.parcels[i].ecosystem for i in parcel]
    group, members = _grouped(kind, may[:, parcel], worth[:, parcel])
    first = [int(np.flatnonzero(group == g)[0]) for g in range(members)]
    names = tuple(kind[k] for k in first)
    like = np.array([[k.name == n for n in names] for k in losses], dtype=bool)
    shape = (len(losses), len(names))
    accepts = may[:, parcel][:, first].reshape(shape)
    counts = worth[:, parcel][:, first].reshape(shape)
    problem = Requirement(
        credited=confidence * candidates.gain_qha[parcel] * factor,
        group=group,
        accepted=accepts,
        like=like.reshape(shape),
        needed=needed[wanted],
        cost=np.array([candidates.parcels[i].cost_usd for i in parcel], dtype=np.float64),
        overlaps=_together_at_most_one(candidates, parcel),
        worth=counts,
        served=reduced(gives[:, parcel], confidence * factor),
        locked=tuple(tuple(np.flatnonzero(parcel == i).tolist()) for i in np.flatnonzero(fixed)),
        barred=_barred(candidates, parcel, limits),
        links=_links(candidates, parcel, asked),
        bonus=asked.neighbor_bonus_usd,
        pieces=asked.pieces,
        period=period,
        purse=np.array(asked.periods.budgets_usd),
    )
    return Options(problem, parcel, period, factor, names)


def _trades(
    losses: Sequence[Ecosystem], candidates: Candidates, rules: TradingRules | None
) -> tuple[np.ndarray, np.ndarray]:
    """(losses, parcels): may the gain stand for the loss, and what a unit of it counts."""
    shape = (len(losses), len(candidates.parcels))
    if rules is None:
        may = accepted(losses, [p.ecosystem for p in candidates.parcels])
        return may, np.ones(shape)
    distance = candidates.distance_m
    may = allowed_pairs(losses, candidates.parcels, rules, distance_m=distance)
    times = multiplier(losses, candidates.parcels, rules, distance_m=distance)
    return may, np.divide(1.0, times, out=np.zeros(shape), where=may)


def _begun(
    candidates: Candidates, index: np.ndarray, periods: Periods, charged: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parcel, period and factor of every option."""
    if not periods.years:
        return index, np.zeros(index.size, dtype=np.int64), np.ones(index.size)
    made = [
        (i, k)
        for i in index
        for k, year in enumerate(periods.years)
        if not year < candidates.parcels[i].start_year
    ]
    parcel = np.array([i for i, _ in made], dtype=np.int64)
    period = np.array([k for _, k in made], dtype=np.int64)
    since = [candidates.parcels[i].start_year if charged else np.nan for i in parcel]
    factor = [periods.factor(periods.years[k], s) for k, s in zip(period, since, strict=True)]
    return parcel, period, np.array(factor, dtype=np.float64)


def _grouped(kinds: Sequence[str], may: np.ndarray, worth: np.ndarray) -> tuple[np.ndarray, int]:
    """Options that count alike for every loss, numbered in order of ecosystem and worth."""
    keys = [
        (kind, tuple(may[:, k]), tuple(np.round(worth[:, k], 12))) for k, kind in enumerate(kinds)
    ]
    order = {key: g for g, key in enumerate(sorted(set(keys)))}
    return np.array([order[key] for key in keys], dtype=np.int64), len(order)


def _together_at_most_one(
    candidates: Candidates, parcel: np.ndarray
) -> tuple[tuple[int, ...], ...]:
    """Sets of options of which at most one is taken: same parcel, same site, same land."""
    options: dict[int, list[int]] = {}
    for k, i in enumerate(parcel.tolist()):
        options.setdefault(i, []).append(k)
    sites: dict[str, list[int]] = {}
    for i, at in options.items():
        site = candidates.parcels[i].site
        sites.setdefault(site or f"\0{i}", []).extend(at)
    sets = [tuple(at) for at in sites.values() if len(at) > 1]
    sets += [
        (*options[a], *options[b]) for a, b in candidates.overlaps if a in options and b in options
    ]
    return tuple(sorted(sets))


def _barred(
    candidates: Candidates, parcel: np.ndarray, limits: Sequence[str]
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Options that each limit keeps out; limits that keep out nothing are not there."""
    kept_out = [
        (code, tuple(k for k, i in enumerate(parcel) if code in candidates.limits[i]))
        for code in limits
    ]
    return tuple((code.partition(".")[2], at) for code, at in kept_out if at)


def _links(candidates: Candidates, parcel: np.ndarray, asked: Wishes) -> np.ndarray:
    """(m, 2) options on neighboring parcels; empty where nobody asks."""
    if not asked.pieces and not asked.neighbor_bonus_usd:
        return np.zeros((0, 2), dtype=np.int64)
    shapes = np.array([candidates.parcels[i].geometry for i in parcel], dtype=object)
    if not len(shapes):
        return np.zeros((0, 2), dtype=np.int64)
    tree = shapely.STRtree(shapes)
    pairs = tree.query(shapes, predicate="dwithin", distance=asked.neighbor_distance_m)
    first, second = pairs
    kept = (first < second) & (parcel[first] != parcel[second])
    return np.stack([first[kept], second[kept]], axis=1)
