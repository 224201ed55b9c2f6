"""Which route and which parcels together: from the nouns of a study to arrays and back."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, notice, warning
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.coverage import coverage
from nonetloss.numerics.paths import least_cost_path, path_cost
from nonetloss.offset.candidates import Candidates, screen_candidates
from nonetloss.offset.equivalence import accepted, named_ecosystems
from nonetloss.offset.gains import Gains
from nonetloss.offset.joint.method import METHOD
from nonetloss.offset.joint.problem import Ground, Market, Plan, Together
from nonetloss.offset.joint.rates import Loses, loss_rates, newly_reached, read_access
from nonetloss.offset.joint.results import (
    JOINT,
    SEQUENTIAL,
    Answer,
    HasCosts,
    JointPlan,
    PlannedRoute,
)
from nonetloss.offset.joint.search import cheapest_together
from nonetloss.offset.loss import read_zone_loss
from nonetloss.offset.portfolio import read_success

__all__ = ["METHOD", "JointPlan", "joint_route"]

Point = tuple[float, float]
_M_PER_KM = 1_000.0
_TITLES = {
    JOINT: Text(es="Ruta decidida con su compensación", en="Route decided with its offset"),
    SEQUENTIAL: Text(
        es="Ruta de menor costo de obra, compensada después",
        en="Cheapest route to build, offset afterwards",
    ),
}


@dataclass(frozen=True, slots=True)
class _Case:
    """All that leads from the study to the arrays and back."""

    surface: HasCosts
    start: Point
    end: Point
    kinds: tuple[Ecosystem, ...]
    wanted: tuple[int, ...]
    rates: np.ndarray
    candidates: Candidates
    index: np.ndarray
    ground: Ground
    market: Market


def joint_route(
    surface: HasCosts,
    *,
    start: Point,
    end: Point,
    ecosystems: EcosystemMap,
    parcels: Sequence[Parcel],
    crs: Any,
    layers: Sequence[Layer] = (),
    gains: Gains | None = None,
    direct_zone_m: float = 100.0,
    indirect_zone_m: float = 1_000.0,
    zone_loss: Mapping[str, Any] | None = None,
    value_with_project: float = 0.0,
    induced_ha_per_km: float = 0.0,
    decay_distance_m: float = 5_500.0,
    decay_share: float = 0.95,
    existing_access: Mapping[str, Any] | None = None,
    direct_left: float = 1.0,
    induced_left: float = 1.0,
    success: Mapping[str, Any] | None = None,
    confidence: float = 1.0,
    time_factor: float = 1.0,
    margin: float = 0.0,
    max_distance_m: float | None = None,
    tolerance_qha: float = 0.01,
    unavoidable_excess: float = 0.1,
    neighbors: int = 16,
    gap: float = 0.0001,
    searches: int = 300,
    labels: int = 50_000,
) -> JointPlan:
    """The route and the parcels that make up for it, chosen together at least cost.

    Parameters
    ----------
    surface : a cost surface, such as the result of `avoid.surface`
        Construction cost per meter and excluded cells. Its own price of nature is not used.
    start, end : (x, y)
        In the CRS of the study.
    ecosystems : EcosystemMap
        On the grid of the surface. Where an ecosystem cannot be offset, routes keep its loss below
        `tolerance_qha`, or, where no route can, within `unavoidable_excess` of the least.
    parcels : sequence of Parcel
        Candidates as in `offset.portfolio`. A parcel counts only if the strip stays out of it.
    crs : anything pyproj reads
        Of the study.
    layers : sequence of Layer
        Only those that `existing_access` names are read.
    gains : Gains or None
        Gains over time in place of area × (with - without) × time factor.

    Other parameters: see `METHOD` (`nonetloss explain offset.joint`).

    Returns
    -------
    JointPlan

    Raises
    ------
    InputError
        `joint.grid`, `joint.end`, `joint.layer`, `joint.distance`, `joint.parameter`, `loss.zone`,
        `loss.share`, `offset.parcel`, `offset.parameter`, `offset.unknown-ecosystem`,
        `grid.outside`.
    NoRouteError
        `paths.no-route`.

    Notes
    -----
    **Mathematical formulation.** With P a route, c its construction cost, L_e its loss of ecosystem
    e, x_v binary (buy parcel v), y_ge the gain of g that stands for the loss of e, k the
    confidence, g_v the gain of a parcel, m the margin:

        min  c(P) + sum_v c_v x_v
        s.t. sum_{g accepted by e} y_ge >= (1 + m) L_e(P) - tolerance
             sum_e y_ge <= k sum_{v in g} g_v x_v
             x_v = 0 where P runs in parcel v or too far from it
             x_v + x_w <= 1 for actions or parcels on the same land
             loss of what cannot be offset within its limit.

    See `offset.joint.search` for how it is solved and what is proven. Distances and crossings of
    single routes are relaxed in the bound unless the parcels stand in the way.

    **In words.** A dearer road that takes less, or takes what is cheap to offset, can be the
    cheaper plan. Deciding one after the other is one of the plans looked at, so the joint plan is
    never dearer.

    References
    ----------
    Bunton et al. 2015, Integrated planning of linear infrastructure and conservation offsets.
    """
    if ecosystems.grid != surface.grid:
        raise InputError.because("joint.grid", "ecosystems", grid=ecosystems.grid)
    _require(margin, confidence, time_factor, tolerance_qha)
    access = read_access(existing_access or {}, layers=[layer.name for layer in layers])
    loses = Loses(
        right_of_way_m=surface.right_of_way_m,
        direct_zone_m=direct_zone_m,
        indirect_zone_m=max(indirect_zone_m, direct_zone_m),
        zone_loss=read_zone_loss(zone_loss or {}),
        induced_ha_per_km=induced_ha_per_km,
        decay_scale_m=decay_distance_m / math.log(1 / (1 - decay_share)),
        value_with_project=value_with_project,
        direct_left=direct_left,
        induced_left=induced_left,
    )
    rates = loss_rates(
        ecosystems,
        loses=loses,
        reached=newly_reached(layers, access=access, grid=surface.grid, crs=crs),
    )
    given: dict[str, Any] = {} if gains is None else {"gains": gains}
    named_ecosystems(tuple(p.ecosystem for p in parcels), ecosystems)
    candidates = screen_candidates(
        parcels,
        near=None,
        max_distance_m=None,
        half_distance_m=None,
        success=Estimate.exact(1.0) if success is None else read_success(success),
        time_factor=time_factor,
        **given,
    )
    case = _case(
        surface,
        (start, end),
        ecosystems,
        rates,
        candidates,
        owed={k.name: (1 + margin) * _owed(gains, k.name) for k in ecosystems.ecosystems},
        confidence=confidence,
        tolerance_qha=tolerance_qha,
        max_distance_m=max_distance_m,
        neighbors=neighbors,
    )
    limit, least = _barred_limit(case, tolerance_qha, unavoidable_excess)
    found = cheapest_together(
        case.ground,
        _limited(case.market, limit),
        gap=gap,
        most_searches=searches,
        most_labels=labels,
    )
    findings = _findings(found, least=least, tolerance_qha=tolerance_qha, asked=gap)
    return _told(case, found, least > tolerance_qha, (*findings, *candidates.findings))


def _require(margin: float, confidence: float, time_factor: float, tolerance_qha: float) -> None:
    checks = (
        ("margin", margin, "[0, 10]", 0 <= margin <= 10),
        ("confidence", confidence, "(0, 1]", 0 < confidence <= 1),
        ("time_factor", time_factor, "(0, 1]", 0 < time_factor <= 1),
        ("tolerance_qha", tolerance_qha, ">= 0", tolerance_qha >= 0),
    )
    for name, value, allowed, holds in checks:
        if not holds:
            raise InputError.because("joint.parameter", name, allowed=allowed, value=value)


def _owed(gains: Gains | None, ecosystem: str) -> float:
    """What a quality-hectare of loss counts, in the time that gains are told in."""
    return 1.0 if gains is None else gains.loss_factors.get(ecosystem, gains.loss_factor)


def _case(
    surface: HasCosts,
    ends: tuple[Point, Point],
    ecosystems: EcosystemMap,
    rates: np.ndarray,
    candidates: Candidates,
    *,
    owed: Mapping[str, float],
    confidence: float,
    tolerance_qha: float,
    max_distance_m: float | None,
    neighbors: int,
) -> _Case:
    grid, kinds = surface.grid, ecosystems.ecosystems
    cells = tuple(grid.cell_of(*point) for point in ends)
    for name, cell in zip(("start", "end"), cells, strict=True):
        if surface.blocked[cell]:
            raise InputError.because("joint.end", name, cell=cell)
    if cells[0] == cells[1]:
        raise InputError.because("joint.end", "start, end", cell=cells[0])
    open_ = ~surface.blocked
    wanted = tuple(
        i for i, k in enumerate(kinds) if k.offsettable and bool(rates[i][open_].max(initial=0.0))
    )
    barred = np.zeros(grid.shape)
    for rate, kind in zip(rates, kinds, strict=True):
        barred += 0.0 if kind.offsettable else rate
    losing = [kinds[i] for i in wanted]
    groups = sorted({p.ecosystem for p in candidates.parcels})
    may = accepted(losing, groups)
    serving = {g for g, column in zip(groups, may.T, strict=True) if column.any()}
    useful = np.array([p.ecosystem in serving for p in candidates.parcels], dtype=bool)
    # A candidate may give services alone; here only what it gains in quality-hectares counts.
    index = np.flatnonzero(candidates.eligible & useful & (candidates.gain_qha > 0))
    offered = [candidates.parcels[i] for i in index]
    ground = Ground(
        cost=np.where(open_, surface.construction_usd_per_m, 0.0).astype(np.float64),
        loss=rates[list(wanted)],
        barred=barred,
        blocked=surface.blocked,
        start=cells[0],
        end=cells[1],
        cell_size=(grid.cell_height, grid.cell_width),
        neighbors=neighbors,
    )
    half = surface.right_of_way_m / 2
    shapes = np.array([p.geometry for p in offered], dtype=object)

    def near(cells: np.ndarray) -> np.ndarray:
        if max_distance_m is None:
            return np.ones(len(offered), dtype=bool)
        line = line_over(cells, surface=surface, start=ends[0], end=ends[1])
        distance: np.ndarray = shapely.distance(shapes, line) - half
        return distance <= max_distance_m

    market = Market(
        cost=np.array([p.cost_usd for p in offered], dtype=np.float64),
        gain=confidence * candidates.gain_qha[index],
        group=np.array([groups.index(p.ecosystem) for p in offered], dtype=np.int64),
        accepted=may,
        land=_lands(shapes, half, surface),
        allowance=np.full(len(wanted), tolerance_qha),
        overlaps=_rivals(candidates, index),
        factor=np.array([owed[k.name] for k in losing]),
        allowed=near,
    )
    return _Case(surface, *ends, kinds, wanted, rates, candidates, index, ground, market)


def _lands(shapes: np.ndarray, half_m: float, surface: HasCosts) -> tuple[np.ndarray, ...]:
    """Cells in which the axis would bring the strip into each parcel."""
    if not len(shapes):
        return ()
    grown = shapely.buffer(shapes, half_m)
    covered = coverage(polygons_of(grown, subject="parcels"), grid=surface.grid)
    return tuple(covered.cells_of(i)[0] for i in range(len(shapes)))


def _rivals(candidates: Candidates, index: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Pairs among the offered of which at most one is bought: same land, or same site."""
    place = {int(i): k for k, i in enumerate(index)}
    pairs = {(place[a], place[b]) for a, b in candidates.overlaps if a in place and b in place}
    sites: dict[str, list[int]] = {}
    for i, k in place.items():
        if candidates.parcels[i].site:
            sites.setdefault(candidates.parcels[i].site, []).append(k)
    for members in sites.values():
        pairs |= {(a, b) for a in members for b in members if a < b}
    return tuple(sorted(pairs))


def _barred_limit(case: _Case, tolerance_qha: float, excess: float) -> tuple[float, float]:
    """(the most that may be lost of what cannot be offset, the least that any route loses)."""
    ground = case.ground
    if not ground.barred[~ground.blocked].any():
        return math.inf, 0.0
    least = least_cost_path(
        np.where(ground.blocked, 0.0, ground.barred),
        ground.start,
        ground.end,
        cell_size=ground.cell_size,
        neighbors=ground.neighbors,
        blocked=ground.blocked,
    ).cost
    return max(tolerance_qha, (1 + excess) * least), least


def _limited(market: Market, limit: float) -> Market:
    return replace(market, barred_limit=limit)


def line_over(cells: np.ndarray, *, surface: HasCosts, start: Point, end: Point) -> LineString:
    """From the exact start over the centers of the cells to the exact end, corners only."""
    x, y = surface.grid.center_of(cells[:, 0], cells[:, 1])
    points = np.vstack([start, np.column_stack([x, y]), end])
    line: LineString = shapely.simplify(shapely.linestrings(points), 0.0)
    return line


def _told(
    case: _Case, found: Together, unavoidable: bool, findings: tuple[Finding, ...]
) -> JointPlan:
    plans = {SEQUENTIAL: found.sequential, JOINT: found.plan}
    routes = {name: _route(case, name, plan) for name, plan in plans.items()}
    same = np.array_equal(found.plan.way.cells, found.sequential.way.cells)
    answer: Answer = "not-offsettable" if unavoidable else "offset"
    both = found.plan.permitted and found.sequential.permitted
    return JointPlan(
        answer=answer if found.plan.permitted else "infeasible",
        routes=(routes[JOINT],) if same else (routes[JOINT], routes[SEQUENTIAL]),
        chosen=tuple(case.candidates.parcels[i].name for i in case.index[found.plan.chosen]),
        comparison=_comparison(plans, routes),
        losses=_losses(case, plans),
        table=_parcels(case, plans),
        rates=_rates(case, found.price),
        total_usd=found.plan.total,
        saving_usd=found.sequential.total - found.plan.total if both else math.nan,
        bound_usd=found.bound,
        gap=found.gap,
        searches=found.searches,
        right_of_way_m=case.surface.right_of_way_m,
        findings=findings,
    )


def _route(case: _Case, name: str, plan: Plan) -> PlannedRoute:
    line = line_over(plan.way.cells, surface=case.surface, start=case.start, end=case.end)
    return PlannedRoute(
        name=name,
        title=_TITLES[name],
        line=line,
        length_km=line.length / _M_PER_KM,
        build_usd=plan.way.cost,
        offset_usd=plan.offset_cost,
        total_usd=plan.total,
        loss_qha=float(plan.way.loss.sum() + plan.way.barred),
        permitted=plan.permitted,
    )


def _comparison(plans: Mapping[str, Plan], routes: Mapping[str, PlannedRoute]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "plan": name,
                "build_usd": plan.way.cost,
                "offset_usd": plan.offset_cost,
                "total_usd": plan.total,
                "length_km": routes[name].length_km,
                "loss_qha": routes[name].loss_qha,
                "barred_qha": plan.way.barred,
                "shortfall_qha": float(plan.shortfall.sum()),
                "parcels": int(plan.chosen.sum()),
                "permitted": plan.permitted,
            }
            for name, plan in plans.items()
        ]
    )


def _losses(case: _Case, plans: Mapping[str, Plan]) -> pd.DataFrame:
    """What each plan loses by ecosystem; of those that cannot be offset one by one, too."""
    rows = []
    for name, plan in plans.items():
        for i, kind in enumerate(case.kinds):
            at = case.wanted.index(i) if i in case.wanted else None
            lost = 0.0 if at is None else float(plan.way.loss[at])
            if not kind.offsettable:
                layer = np.where(case.ground.blocked, 0.0, case.rates[i])
                lost = path_cost(layer, plan.way.cells, cell_size=case.ground.cell_size)
            needed = 0.0
            if at is not None:
                needed = max(
                    float(case.market.factors[at]) * lost - float(case.market.allowance[at]), 0.0
                )
            rows.append(
                {
                    "plan": name,
                    "ecosystem": kind.name,
                    "title": kind.title,
                    "offsettable": kind.offsettable,
                    "loss_qha": lost,
                    "needed_qha": needed,
                    "shortfall_qha": 0.0 if at is None else float(plan.shortfall[at]),
                }
            )
    return pd.DataFrame(rows)


def _parcels(case: _Case, plans: Mapping[str, Plan]) -> pd.DataFrame:
    place = {int(i): k for k, i in enumerate(case.index)}
    rows = []
    for i, parcel in enumerate(case.candidates.parcels):
        at = place.get(i)
        row: dict[str, Any] = {
            "parcel": parcel.name,
            "title": parcel.title,
            "ecosystem": parcel.ecosystem,
            "cost_usd": parcel.cost_usd,
            "gain_qha": float(case.candidates.gain_qha[i]),
        }
        for name, plan in plans.items():
            row[name] = at is not None and bool(plan.chosen[at])
            row[f"crossed_{name}"] = at is not None and bool(plan.way.crossed[at])
        unasked = "" if at is not None else "joint.nothing-to-serve"
        rows.append(row | {"reason": case.candidates.reason[i] or unasked})
    columns = ["parcel", "title", "ecosystem", "cost_usd", "gain_qha", JOINT, SEQUENTIAL]
    columns += [f"crossed_{JOINT}", f"crossed_{SEQUENTIAL}", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _rates(case: _Case, price: np.ndarray) -> pd.DataFrame:
    open_ = ~case.ground.blocked
    rows = []
    for i, (kind, rate) in enumerate(zip(case.kinds, case.rates, strict=True)):
        at = case.wanted.index(i) if i in case.wanted else None
        per_km = rate[open_] * _M_PER_KM
        rows.append(
            {
                "ecosystem": kind.name,
                "title": kind.title,
                "offsettable": kind.offsettable,
                "mean_qha_per_km": float(per_km.mean()),
                "most_qha_per_km": float(per_km.max()),
                "price_usd_per_qha": math.nan if at is None else float(price[at]),
            }
        )
    return pd.DataFrame(rows)


def _findings(
    found: Together, *, least: float, tolerance_qha: float, asked: float
) -> list[Finding]:
    told: list[Finding] = []
    if least > tolerance_qha:
        told.append(
            warning(
                "joint.unavoidable",
                JOINT,
                least_qha=round(least, 2),
                lost_qha=round(found.plan.way.barred, 2),
            )
        )
    if not found.plan.permitted:
        short = round(float(found.plan.shortfall.sum()), 2)
        code = "joint.impossible" if found.impossible else "joint.none-found"
        return [*told, warning(code, JOINT, shortfall_qha=short)]
    if not found.sequential.permitted:
        told.append(
            warning(
                "joint.sequential-not-permitted",
                SEQUENTIAL,
                shortfall_qha=round(float(found.sequential.shortfall.sum()), 2),
                barred_qha=round(found.sequential.way.barred, 2),
            )
        )
    else:
        saved = found.sequential.total - found.plan.total
        share = 100 * saved / found.sequential.total if found.sequential.total > 0 else 0.0
        told.append(
            notice("joint.saving", JOINT, saving_usd=round(saved, 2), percent=round(share, 3))
        )
    proven = {"bound_usd": round(found.bound, 2), "gap_percent": round(100 * found.gap, 4)}
    if found.gap > asked:
        told.append(warning("joint.unproven", JOINT, searches=found.searches, **proven))
    else:
        told.append(notice("joint.proven", JOINT, searches=found.searches, **proven))
    return told
