"""Choose planning units, prove how good the choice is, and tell why each one is in it."""

from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.errors import InfeasibleError, InputError
from nonetloss.core.findings import Finding, notice, warning
from nonetloss.core.language import Text, text
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.connectivity import pieces as pieces_of
from nonetloss.offset.minimum_set import Selection, minimum_set
from nonetloss.offset.planning.allocation import allocate
from nonetloss.offset.planning.demands import (
    Boundary,
    Contiguous,
    Demand,
    LockedIn,
    LockedOut,
    Neighbors,
)
from nonetloss.offset.planning.importance import (
    ferrier_importance,
    rarity_weighted_richness,
    replacement_cost,
)
from nonetloss.offset.planning.objectives import (
    MaximumFeatures,
    MaximumUtility,
    MinimumLargestShortfall,
    MinimumSet,
    MinimumShortfall,
    Objective,
)
from nonetloss.offset.planning.outline import outline_and_edges
from nonetloss.offset.selection.boundaries import shared_edges
from nonetloss.offset.selection.unit_case import UnitCase

Aim = Literal[
    "minimum-set",
    "maximum-utility",
    "maximum-features",
    "minimum-shortfall",
    "minimum-largest-shortfall",
]
# A score for each unit and feature is a dense table; beyond so many numbers it is left out.
_SCORED = 5_000_000
# Doing without a unit is a search of its own; among more units than this it may take long.
_REPLACED = 5_000
_HELD = 1e-6


@dataclass(frozen=True, slots=True)
class UnitSelection:
    """What was chosen, how good it is proven to be, and why.

    `table`: one row per unit, with its shape where there are shapes: id, chosen, status (available,
    locked-in, locked-out, no-cost), cost, reason (a code) and why (in words), replacement_cost
    (what the objective loses without the unit while the others stay; 0: not chosen, inf:
    irreplaceable, NaN: not computed), ferrier (sum over features of how likely the unit is needed,
    NaN: not computed), rarity, piece (from 1; 0: not chosen; only with a boundary). `targets`: one
    row per feature: feature, total, available, target, held, share_held, met, shortfall (share).
    `objective` is what was asked, `value` what was reached of it with its proven `bound` and
    relative `gap`; `cost` that of the units alone. `boundary` is the outline of the selection with
    exposed edges counted by their factor, NaN without shared edges. `map`: 1 chosen, 0 not, NaN no
    unit, where units are cells.
    """

    table: pd.DataFrame
    targets: pd.DataFrame
    objective: Aim
    value: float
    bound: float
    gap: float
    cost: float
    boundary: float
    count: int
    pieces: int | None
    chosen: np.ndarray
    map: Raster | None
    findings: tuple[Finding, ...] = ()


def aim(
    objective: Aim,
    targets: np.ndarray | None,
    *,
    budget: float | None = None,
    weights: np.ndarray | None = None,
) -> Objective:
    """The objective of that name; NaN among targets asks for nothing.

    Raises
    ------
    InputError
        `selection.no-target`, `selection.no-budget`, `selection.budget-unused`.
    """
    if objective != "maximum-utility" and (targets is None or not (targets > 0).any()):
        raise InputError.because("selection.no-target", objective)
    if objective == "minimum-set":
        if budget is not None:
            raise InputError.because("selection.budget-unused", objective)
        return MinimumSet(np.asarray(targets))
    if budget is None:
        raise InputError.because("selection.no-budget", objective)
    if objective == "maximum-utility":
        return MaximumUtility(budget, weights)
    wanted = np.asarray(targets)
    if objective == "maximum-features":
        return MaximumFeatures(wanted, budget, weights)
    if objective == "minimum-shortfall":
        return MinimumShortfall(wanted, budget, weights)
    return MinimumLargestShortfall(wanted, budget)


def select(
    case: UnitCase,
    objective: Objective,
    *,
    boundary_penalty: float = 0.0,
    exposed_edge_factor: float = 0.5,
    neighbors: int = 0,
    pieces: int | None = None,
    gap: float = 0.001,
    time_limit_s: float | None = None,
    explained: int = 20,
    crs: str = "",
) -> UnitSelection:
    """Choose units.

    Parameters
    ----------
    case : UnitCase
    objective : Objective
        See `offset.planning.objectives`, or `aim` by name.
    boundary_penalty : float
        Cost per length of outline; 0 leaves outlines out.
    exposed_edge_factor : float
        Share of its length at which an edge that borders no unit counts.
    neighbors : int
        A chosen unit has at least so many chosen neighbors (or all it has).
    pieces : int or None
        The selection falls into at most so many connected pieces; None: any number.
    gap : float
        Proven relative gap at which the search stops; 0: the optimum.
    time_limit_s : float or None
        Seconds; the best choice until then is returned with its gap.
    explained : int
        Replacement costs are computed up to so many chosen units; each is a search.
    crs : str
        CRS of the map, where units are cells.

    Raises
    ------
    InputError
        `selection.no-edges` where outlines, neighbors or pieces are asked for without a boundary;
        `planning.*`.
    InfeasibleError
        `minimum-set.unreachable`, `planning.conflict`.
    NoSolutionError
        `minimum-set.time`.

    Notes
    -----
    Formulations: `offset.minimum_set.minimum_set`, `offset.planning.allocation.allocate`.
    """
    shaped = boundary_penalty > 0 or neighbors > 0 or pieces is not None
    if shaped and case.boundary is None:
        raise InputError.because("selection.no-edges", "boundary")
    demands = _demands(case, boundary_penalty, exposed_edge_factor, neighbors, pieces)
    plain = isinstance(objective, MinimumSet) and neighbors == 0 and pieces is None
    found: tuple[Finding, ...] = ()
    if plain and isinstance(objective, MinimumSet) and not objective.extra:
        best = _minimum_set(
            case, objective, boundary_penalty, exposed_edge_factor, gap, time_limit_s
        )
        chosen, value, bound, apart = best.chosen, best.objective, best.bound, best.gap
    else:
        answer = allocate(
            case.units, objective, demands=demands, gap=gap, time_limit_s=time_limit_s
        )
        chosen, value, bound = answer.chosen[:, 0], answer.objective, answer.bound
        apart, found = answer.gap, answer.findings
    if apart > gap + 1e-9:
        found = (*found, warning("selection.gap-open", "gap", gap=100 * apart, asked=100 * gap))
    lost, more = _replacement(case, objective, chosen, demands, explained, time_limit_s)
    return _told(
        case,
        objective,
        chosen,
        proof=(value, bound, apart),
        lost=lost,
        exposed_edge_factor=exposed_edge_factor,
        crs=crs,
        findings=(*case.findings, *found, *more),
    )


def outline_length(case: UnitCase, chosen: np.ndarray, *, exposed_edge_factor: float) -> float:
    """Length of the outline of chosen units, exposed edges by their factor; NaN without edges."""
    if case.boundary is None:
        return float("nan")
    edges = outline_and_edges(case.boundary, chosen.size, exposed_edge_factor)
    both = chosen[edges.first] & chosen[edges.second]
    return float(edges.outline[chosen].sum() - 2 * edges.length[both].sum())


def target_table(case: UnitCase, targets: np.ndarray | None, chosen: np.ndarray) -> pd.DataFrame:
    """What a choice holds of each feature, beside its target (NaN: none); see `UnitSelection`."""
    matrix = case.units.amounts[0]
    count = matrix.shape[1]
    wanted = np.full(count, np.nan) if targets is None else np.asarray(targets, dtype=np.float64)
    held = matrix.T @ chosen.astype(np.float64)
    can = ~case.locked_out & ~np.isnan(case.cost)
    asked = np.nan_to_num(wanted)
    short = np.maximum(asked - held, 0.0)
    short[short <= _HELD * np.maximum(asked, 1e-300)] = 0.0
    whole = np.where(case.totals > 0, case.totals, np.nan)
    return pd.DataFrame(
        {
            "feature": list(case.units.features),
            "total": case.totals,
            "available": matrix.T @ can.astype(np.float64),
            "target": wanted,
            "held": held,
            "share_held": held / whole,
            "met": short == 0.0,
            "shortfall": short / np.where(asked > 0, asked, 1.0),
        }
    )


def _minimum_set(
    case: UnitCase,
    objective: MinimumSet,
    penalty: float,
    factor: float,
    gap: float,
    limit: float | None,
) -> Selection:
    """The minimum set, with features called by their names where they cannot be reached."""
    try:
        return minimum_set(
            case.units.amounts[0],
            np.nan_to_num(objective.targets),
            cost=case.cost,
            boundary=case.boundary,
            boundary_penalty=penalty,
            exposed_edge_factor=factor,
            locked_in=case.locked_in,
            locked_out=case.locked_out,
            gap=gap,
            time_limit=limit,
        )
    except InfeasibleError as problem:
        names = case.units.features
        raise InfeasibleError(
            *(replace(f, subject=names[int(f.subject)]) for f in problem.findings)
        ) from problem


def _demands(
    case: UnitCase, penalty: float, factor: float, neighbors: int, pieces: int | None
) -> tuple[Demand, ...]:
    demands: list[Demand] = []
    if case.locked_in.any():
        demands.append(LockedIn(case.locked_in))
    if case.locked_out.any():
        demands.append(LockedOut(case.locked_out))
    if penalty > 0:
        demands.append(Boundary(case.boundary, penalty, factor))
    if neighbors > 0 or pieces is not None:
        edges = shared_edges(case.boundary)
        demands += [Neighbors(edges, neighbors)] if neighbors > 0 else []
        demands += [Contiguous(edges, pieces)] if pieces is not None else []
    return tuple(demands)


def _replacement(
    case: UnitCase,
    objective: Objective,
    chosen: np.ndarray,
    demands: tuple[Demand, ...],
    explained: int,
    limit: float | None,
) -> tuple[np.ndarray, tuple[Finding, ...]]:
    """(units,) replacement costs of what was chosen freely, or NaN and a word about it."""
    free = chosen & ~case.locked_in
    if explained == 0 or not free.any() or free.sum() > explained or chosen.size > _REPLACED:
        lost = np.where(chosen, np.nan, 0.0)
        if explained == 0 or not free.any():
            return lost, ()
        told = notice("selection.not-replaced", "replacement_cost", count=int(free.sum()))
        return lost, (told,)
    lost = replacement_cost(case.units, objective, chosen, demands=demands, time_limit_s=limit)[
        :, 0
    ]
    return np.where(case.locked_in, np.nan, lost), ()


def _told(
    case: UnitCase,
    objective: Objective,
    chosen: np.ndarray,
    *,
    proof: tuple[float, float, float],
    lost: np.ndarray,
    exposed_edge_factor: float,
    crs: str,
    findings: tuple[Finding, ...],
) -> UnitSelection:
    wanted = None if isinstance(objective, MaximumUtility) else np.asarray(objective.targets)
    status = np.full(chosen.size, "available", dtype=object)
    status[np.isnan(case.cost)] = "no-cost"
    status[case.locked_out] = "locked-out"
    status[case.locked_in] = "locked-in"
    reason = _reasons(chosen, status, lost)
    said = _words()
    table = pd.DataFrame(
        {
            "id": case.ids,
            "chosen": chosen,
            "status": status,
            "cost": case.cost,
            "reason": reason,
            "why": [said[code] for code in reason],
            "replacement_cost": lost,
            "ferrier": _ferrier(case, wanted, chosen),
            "rarity": rarity_weighted_richness(case.units.amounts[0]),
        }
    )
    number = None
    if case.boundary is not None:
        table["piece"] = pieces_of(shared_edges(case.boundary), chosen) + 1
        number = int(table["piece"].max()) if len(table) else 0
    if case.geometry is not None:
        table = gpd.GeoDataFrame(table, geometry=case.geometry.array, crs=case.geometry.crs)
    value, bound, gap = proof
    return UnitSelection(
        table=table,
        targets=target_table(case, wanted, chosen),
        objective=_name(objective),
        value=value,
        bound=bound,
        gap=gap,
        cost=float(np.nan_to_num(case.cost)[chosen].sum()),
        boundary=outline_length(case, chosen, exposed_edge_factor=exposed_edge_factor),
        count=int(chosen.sum()),
        pieces=number,
        chosen=chosen,
        map=_map(case, chosen, crs),
        findings=findings,
    )


def _reasons(chosen: np.ndarray, status: np.ndarray, lost: np.ndarray) -> np.ndarray:
    reason = np.where(chosen, "chosen", "not-chosen").astype(object)
    reason[chosen & np.isfinite(lost)] = "replaceable"
    reason[chosen & np.isinf(lost)] = "irreplaceable"
    for fixed in ("locked-in", "locked-out", "no-cost"):
        reason[status == fixed] = fixed
    return reason


def _words() -> dict[str, Text]:
    keys = {
        "chosen": "selection.why-chosen",
        "replaceable": "selection.why-replaceable",
        "irreplaceable": "selection.why-irreplaceable",
        "not-chosen": "selection.why-not-chosen",
        "locked-in": "selection.why-locked-in",
        "locked-out": "selection.why-locked-out",
        "no-cost": "selection.why-no-cost",
    }
    return {code: Text(es=text(key, "es"), en=text(key, "en")) for code, key in keys.items()}


def _ferrier(case: UnitCase, wanted: np.ndarray | None, chosen: np.ndarray) -> np.ndarray:
    matrix, count = case.units.amounts[0], int(chosen.sum())
    if wanted is None or count == 0 or matrix.shape[0] * matrix.shape[1] > _SCORED:
        return np.full(chosen.size, np.nan)
    score = ferrier_importance(matrix, np.nan_to_num(wanted), selected=count)
    total: np.ndarray = score.sum(axis=1)
    return total


def _map(case: UnitCase, chosen: np.ndarray, crs: str) -> Raster | None:
    if case.grid is None or case.cells is None:
        return None
    values = np.full(case.grid.rows * case.grid.columns, np.nan, dtype=np.float32)
    values[case.cells] = chosen
    return Raster(values.reshape(case.grid.shape), case.grid, crs)


def _name(objective: Objective) -> Aim:
    names: dict[type, Aim] = {
        MinimumSet: "minimum-set",
        MaximumUtility: "maximum-utility",
        MaximumFeatures: "maximum-features",
        MinimumShortfall: "minimum-shortfall",
        MinimumLargestShortfall: "minimum-largest-shortfall",
    }
    return names[type(objective)]
