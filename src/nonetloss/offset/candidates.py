"""Which parcels can be candidates, and what each would gain beyond its counterfactual."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.stats import pert
from nonetloss.offset.gains import Gains

# Two parcels share land when their common area exceeds this share of the smaller one: neighbors
# digitized a few meters over each other do not.
OVERLAP = 0.01
# Reasons to stay out that the study set itself, and could lift.
LIMITS = ("offset.locked-out", "offset.too-far")


@dataclass(frozen=True, slots=True)
class Candidates:
    """Parcels in the order of their names, and what each is good for.

    All arrays have shape (parcels,). `gain_qha` is the likely gain, area × (with - without) ×
    success × time × place × kept; `place` the factor of distance; `kept` the share of the parcel
    that the project leaves; `distance_m` NaN when there is no
    impact geometry; `reason` is empty for a candidate, else the code of why it stays out.
    `overlaps` lists pairs of candidates that share land, other than actions on the same site, with
    parcels that only a limit of the study keeps out; `limits` (parcels,) names these limits.
    """

    parcels: tuple[Parcel, ...]
    gain_qha: np.ndarray
    place: np.ndarray
    kept: np.ndarray
    distance_m: np.ndarray
    reason: tuple[str, ...]
    overlaps: tuple[tuple[int, int], ...]
    findings: tuple[Finding, ...]
    limits: tuple[tuple[str, ...], ...] = ()

    @property
    def eligible(self) -> np.ndarray:
        """Bool (parcels,)."""
        return np.array([not r for r in self.reason], dtype=bool)


def screen_candidates(
    parcels: Sequence[Parcel],
    *,
    near: BaseGeometry | None,
    max_distance_m: float | None,
    half_distance_m: float | None,
    success: Estimate,
    time_factor: float,
    gains: Gains | None = None,
    locked_out: Collection[str] = (),
) -> Candidates:
    """Parcels that add something, with consent, near enough and of known cost.

    Parameters
    ----------
    near : geometry or None
        The impact. None: distance plays no role.
    max_distance_m : float or None
        Parcels farther from the impact stay out. None: no limit.
    half_distance_m : float or None
        Distance at which a gain counts half, ``0.5 ** (distance / half_distance_m)``. None: place
        does not matter.
    success : Estimate
        Share of the modelled gain that is reached.
    time_factor : float
        Factor for the years until the gain is there.
    gains : Gains or None
        Gains against a counterfactual over time, which then take the place of
        area × (with - without) × time. Parcels that they do not name stay out.
    locked_out : names
        Parcels that the study keeps out.

    Raises
    ------
    InputError
        `offset.parcel`.
    """
    ordered = tuple(sorted(parcels, key=lambda p: p.name))
    _require_sound(ordered)
    shapes = np.array([p.geometry for p in ordered], dtype=object)
    distance = np.full(len(ordered), np.nan)
    if near is not None and ordered:
        distance = np.asarray(shapely.distance(shapes, near), dtype=np.float64)
    place = np.ones(len(ordered))
    if half_distance_m is not None and near is not None:
        place = 0.5 ** (distance / half_distance_m)
    kept = np.ones(len(ordered))
    inside = np.zeros(len(ordered))
    if near is not None and ordered:
        inside = shapely.area(shapely.intersection(shapes, near))
        kept = 1.0 - inside / shapely.area(shapes)
    added = _added(ordered, gains, time_factor)
    reasons = tuple(
        _reason(parcel, gain, (meters, max_distance_m), left, parcel.name in locked_out)
        for parcel, gain, meters, left in zip(
            ordered, added.tolist(), distance.tolist(), kept.tolist(), strict=True
        )
    )
    findings = _left_out(ordered, reasons, max_distance_m)
    overlaps = tuple(
        (a, b)
        for a, b in _overlaps(shapes, [not r or r in LIMITS for r in reasons])
        if not ordered[a].site or ordered[a].site != ordered[b].site
    )
    for a, b in overlaps:
        if reasons[a] or reasons[b]:
            continue
        pair = (ordered[a], ordered[b])
        names = ", ".join(p.name for p in pair)
        findings.append(notice("offset.parcels-overlap", names, parcels=_titles(pair)))
    findings.extend(_crossed(ordered, reasons, inside))
    gain = added * place * kept * success.likely
    limits = tuple(
        tuple(
            code
            for code, holds in zip(
                LIMITS,
                (p.name in locked_out, max_distance_m is not None and meters > max_distance_m),
                strict=True,
            )
            if holds
        )
        for p, meters in zip(ordered, distance.tolist(), strict=True)
    )
    return Candidates(
        ordered, gain, place, kept, distance, reasons, overlaps, tuple(findings), limits
    )


def gain_draws(
    candidates: Candidates,
    chosen: np.ndarray,
    *,
    success: Estimate,
    time_factor: float,
    together: bool,
    draws: int,
    rng: np.random.Generator,
    gains: Gains | None = None,
    reached: np.ndarray | None = None,
) -> np.ndarray:
    """Gain (parcels, draws) in quality-hectares of the chosen parcels; zero for the others.

    Values with and without the offset are drawn from PERT distributions and may cross, so that a
    gain can be negative. `together` True: all parcels stand high or low in the same draws (one
    shared ranking for values with, one for values without), which gives the widest total; False:
    parcels vary independently. `success` is drawn once for all parcels, or given as `reached`
    (draws,). `gains` brings its own draws, first ones first, and then only success is drawn.
    """
    count = len(candidates.parcels)
    gain = np.zeros((count, draws))
    if reached is None:
        reached = success_draws(success, draws=draws, rng=rng)
    if gains is not None:
        at = {name: i for i, name in enumerate(gains.parcels)}
        for k in np.flatnonzero(chosen):
            factor = candidates.place[k] * candidates.kept[k]
            row = at[candidates.parcels[k].name]
            gain[k] = factor * gains.draws[row, :draws] * reached
        return gain
    ranks = [np.argsort(np.argsort(rng.random(draws), kind="stable")) for _ in range(2)]
    for i, parcel in enumerate(candidates.parcels):
        if not chosen[i]:
            continue
        pair = []
        for value, rank in zip((parcel.value_with, parcel.value_without), ranks, strict=True):
            sample = np.asarray(pert(value.low, value.likely, value.high, size=draws, rng=rng))
            pair.append(np.sort(sample)[rank] if together else sample)
        factor = parcel.area_ha * candidates.place[i] * candidates.kept[i] * time_factor
        gain[i] = factor * (pair[0] - pair[1]) * reached
    return gain


def success_draws(success: Estimate, *, draws: int, rng: np.random.Generator) -> np.ndarray:
    """(draws,) share of the modelled gain that is reached, one for all parcels."""
    return np.asarray(pert(success.low, success.likely, success.high, size=draws, rng=rng))


def _added(parcels: tuple[Parcel, ...], gains: Gains | None, time_factor: float) -> np.ndarray:
    """(parcels,) quality-hectares beyond the counterfactual; NaN where nobody computed them."""
    if gains is None:
        static = [p.area_ha * (p.value_with.likely - p.value_without.likely) for p in parcels]
        return time_factor * np.array(static).reshape(len(parcels))
    known = dict(zip(gains.parcels, gains.likely.tolist(), strict=True))
    return np.array([known.get(p.name, np.nan) for p in parcels]).reshape(len(parcels))


def _reason(
    parcel: Parcel, added: float, reach: tuple[float, float | None], kept: float, barred: bool
) -> str:
    """Code of why a parcel stays out; empty for a candidate."""
    meters, limit_m = reach
    checks = (
        ("offset.no-consent", not parcel.consent),
        ("offset.inside-footprint", kept <= OVERLAP),
        ("offset.gain-unknown", np.isnan(added)),
        ("offset.not-additional", added < 0 or (added == 0 and not parcel.services)),
        ("offset.cost-unknown", np.isnan(parcel.cost_usd)),
        # Limits of the study come last: what they keep out could be chosen without them.
        ("offset.locked-out", barred),
        ("offset.too-far", limit_m is not None and meters > limit_m),
    )
    return next((code for code, holds in checks if holds), "")


def _left_out(
    parcels: tuple[Parcel, ...], reasons: tuple[str, ...], limit_m: float | None
) -> list[Finding]:
    """One finding per reason, with the parcels it keeps out."""
    found = []
    for code in sorted(set(reasons) - {""}):
        out = [p for p, r in zip(parcels, reasons, strict=True) if r == code]
        limit_km = round((limit_m or 0.0) / 1000, 1)
        names = offenders(p.name for p in out)
        found.append(notice(code, names, parcels=_titles(out), count=len(out), limit_km=limit_km))
    return found


def _titles(parcels: Sequence[Parcel]) -> Text:
    return Text(
        es=offenders(p.title.es for p in parcels), en=offenders(p.title.en for p in parcels)
    )


def _require_sound(parcels: tuple[Parcel, ...]) -> None:
    seen: set[str] = set()
    for parcel in parcels:
        values = (parcel.value_with, parcel.value_without)
        checks: dict[str, tuple[object, bool]] = {
            "name": (parcel.name, parcel.name not in seen),
            "area_ha": (parcel.area_ha, 0 < parcel.area_ha < np.inf),
            "geometry": (parcel.geometry.geom_type, parcel.geometry.area > 0),
            "cost_usd": (parcel.cost_usd, not (parcel.cost_usd < 0 or np.isinf(parcel.cost_usd))),
            "services": (
                [(v.low, v.high) for v in parcel.services.values()],
                all(np.isfinite([v.low, v.high]).all() for v in parcel.services.values()),
            ),
            "value": (
                [(v.low, v.high) for v in values],
                all(v.low >= 0 and v.high <= 1 for v in values),
            ),
        }
        for field, (value, holds) in checks.items():
            if not holds:
                raise InputError.because("offset.parcel", parcel.name, field=field, value=value)
        seen.add(parcel.name)


def _overlaps(shapes: np.ndarray, eligible: list[bool]) -> tuple[tuple[int, int], ...]:
    """Pairs of eligible parcels that share land; the same land twice is one offset, not two."""
    index = np.flatnonzero(eligible)
    if index.size < 2:
        return ()
    tree = shapely.STRtree(shapes[index])
    first, second = tree.query(shapes[index], predicate="intersects")
    ahead = first < second
    a, b = index[first[ahead]], index[second[ahead]]
    common = shapely.area(shapely.intersection(shapes[a], shapes[b]))
    smaller = np.minimum(shapely.area(shapes[a]), shapely.area(shapes[b]))
    shared = common > OVERLAP * smaller
    return tuple(sorted((int(i), int(j)) for i, j in zip(a[shared], b[shared], strict=True)))


def _crossed(
    parcels: tuple[Parcel, ...], reasons: tuple[str, ...], inside: np.ndarray
) -> list[Finding]:
    return [
        warning(
            "offset.parcel-crossed",
            parcel.name,
            title=parcel.title,
            overlap_ha=round(float(area) / 1e4, 2),
        )
        for parcel, reason, area in zip(parcels, reasons, inside, strict=True)
        if not reason and area > 0
    ]
