"""Allocate units to zones: the best choice, how good it is proven to be, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InfeasibleError, NoSolutionError
from nonetloss.core.findings import Finding, error, offenders
from nonetloss.numerics.conflict import smallest_conflict
from nonetloss.numerics.milp import Solution, conversation, solve
from nonetloss.numerics.near_optimal import different
from nonetloss.offset.planning.compiling import Compiled, amounts_of, compile_allocation
from nonetloss.offset.planning.demands import Demand
from nonetloss.offset.planning.objectives import (
    MaximumFeatures,
    MaximumUtility,
    Objective,
)
from nonetloss.offset.planning.units import Units


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units in zones, with the proof.

    `chosen` (units, zones) bool. `objective` and the proven `bound` in the terms of the objective
    (with outline and links; utility and features as maxima); `gap` relative. `cost` is that of the
    units alone. `targets`: one row per target with feature, zones, target, held, met, shortfall
    (share). `findings`: what looked wrong before solving.
    """

    chosen: np.ndarray
    objective: float
    bound: float
    gap: float
    cost: float
    targets: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def allocate(
    units: Units,
    objective: Objective,
    *,
    demands: Sequence[Demand] = (),
    gap: float = 0.001,
    time_limit_s: float | None = None,
) -> Allocation:
    """Choose units, and the zone of each, with proof of how good the choice is.

    Parameters
    ----------
    units : Units
    objective : MinimumSet, MaximumUtility, MaximumFeatures, MinimumShortfall or \
MinimumLargestShortfall
    demands : sequence of demands
        Locks, neighbors, contiguity, linear rows; outline and links are paid for in the objective.
    gap : float
        Proven relative gap at which the search stops; 0 asks for the optimum.
    time_limit_s : float or None
        Seconds; the best choice until then is returned with its gap.

    Returns
    -------
    Allocation

    Raises
    ------
    InputError
        `planning.*`, `minimum-set.input` for a boundary that cannot be.
    InfeasibleError
        `planning.conflict`: the smallest set of targets and demands that cannot hold together.
    NoSolutionError
        `minimum-set.time` when time passed without any solution.

    Notes
    -----
    **Mathematical formulation.** x_iz binary (unit i in zone z), sum_z x_iz <= 1 (= 1 where
    mandatory), a_t = sum r_ijz x_iz over the feature and zones of target t, c cost, B budget:

        minimum set              min cx                     a_t >= T_t
        maximum utility          max sum_j w_j a_j          cx <= B
        maximum features         max sum_t w_t y_t          a_t >= T_t y_t, y binary, cx <= B
        minimum shortfall        min sum_t w_t y_t          a_t + T_t y_t >= T_t, y <= 1, cx <= B
        minimum largest          min y                      a_t + T_t y >= T_t, y <= 1, cx <= B

    plus p W_zz P_i x_iz - 2 p W_zy B_ij x_iz x_jy for outlines (products as columns), - p C_ij x_i
    x_j for links, sum_{j in N(i)} x_j >= k x_i for neighbors and a flow for contiguity.

    **In words.** Pay for land and for ragged edges; reach what was asked, or as much of it as the
    money allows.
    """
    compiled = compile_allocation(units, objective, demands=demands)
    answer = solve(compiled.model, gap=gap, time_limit_s=time_limit_s)
    if answer.status == "infeasible":
        raise _explained(compiled, time_limit_s)
    if not answer.found:
        raise NoSolutionError.because("minimum-set.time", "allocate", limit=time_limit_s)
    return _allocation(units, objective, compiled, answer)


def alternatives(
    units: Units,
    objective: Objective,
    *,
    demands: Sequence[Demand] = (),
    slack: float = 0.05,
    count: int = 5,
    gap: float = 0.001,
    time_limit_s: float | None = None,
) -> tuple[Allocation, ...]:
    """The best allocation and up to `count` nearly as good ones, as different as can be.

    `slack` is the relative loss of objective that is allowed. Errors as for `allocate`.
    """
    compiled = compile_allocation(units, objective, demands=demands)
    best = solve(compiled.model, gap=gap, time_limit_s=time_limit_s)
    if best.status == "infeasible":
        raise _explained(compiled, time_limit_s)
    if not best.found:
        raise NoSolutionError.because("minimum-set.time", "alternatives", limit=time_limit_s)
    columns = np.arange(compiled.chosen.start, compiled.chosen.stop)
    others = different(
        compiled.model,
        best=best,
        columns=columns,
        slack=slack,
        count=count,
        time_limit_s=time_limit_s,
    )
    return tuple(_allocation(units, objective, compiled, answer) for answer in (best, *others))


def _explained(compiled: Compiled, limit: float | None) -> InfeasibleError:
    rows = [np.arange(at.start, at.stop) for _, at in compiled.groups]
    conflict = smallest_conflict(compiled.model, rows, time_limit_s=limit) or ()
    names = [compiled.groups[k][0] for k in conflict]
    told = offenders(names, 20) if names else "-"
    before = [f for f in conversation(compiled.model) if f.code == "milp.infeasible-row"]
    return InfeasibleError(error("planning.conflict", told, count=len(names)), *before)


def _allocation(
    units: Units, objective: Objective, compiled: Compiled, answer: Solution
) -> Allocation:
    count, _, zones = units.shape
    flat = answer.values[compiled.chosen]
    chosen = flat.reshape(zones, count).T > 0.5
    cost = float(np.where(chosen, np.nan_to_num(units.cost), 0.0).sum())
    value, bound = answer.objective, answer.bound
    if isinstance(objective, MaximumUtility | MaximumFeatures):
        value, bound = -value, -bound
    return Allocation(
        chosen=chosen,
        objective=value,
        bound=bound,
        gap=answer.gap,
        cost=cost,
        targets=_target_table(units, compiled, flat),
        findings=conversation(compiled.model),
    )


def _target_table(units: Units, compiled: Compiled, flat: np.ndarray) -> pd.DataFrame:
    rows = []
    for target in compiled.targets:
        held = float((amounts_of(units, target) @ flat)[0])
        short = max(target.amount - held, 0.0)
        short = 0.0 if short <= 1e-6 * max(target.amount, 1.0) else short
        rows.append(
            {
                "feature": units.features[target.feature],
                "zones": ", ".join(units.zones[z] for z in target.zones),
                "target": target.amount,
                "held": held,
                "met": short == 0.0,
                "shortfall": short / target.amount if target.amount > 0 else 0.0,
            }
        )
    columns = ["feature", "zones", "target", "held", "met", "shortfall"]
    return pd.DataFrame(rows, columns=columns)
