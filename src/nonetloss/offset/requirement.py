"""The program of a portfolio: parcels bought, gains allocated to losses, shortfall left."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from nonetloss.numerics.milp import Model, Rows, Solution, compile_model, solve

# Quality-hectares; below this a shortfall is rounding of the solver (and of the ledger).
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Requirement:
    """Arrays of the problem.

    `credited` (parcels,) is what each parcel counts for; `group` (parcels,) its ecosystem as an
    index into the gain ecosystems; `accepted` (losses, groups) who may stand for whom; `like`
    (losses, groups) where both are the same ecosystem; `needed` (losses,); `cost` (parcels,);
    `overlaps` pairs of parcels of which at most one is bought.
    """

    credited: np.ndarray
    group: np.ndarray
    accepted: np.ndarray
    like: np.ndarray
    needed: np.ndarray
    cost: np.ndarray
    overlaps: tuple[tuple[int, int], ...]

    @property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """(loss, group) of every allocation that is accepted."""
        loss, group = np.nonzero(self.accepted)
        return loss, group


def available(problem: Requirement) -> np.ndarray:
    """(losses,) what all candidates together could give to each loss, taken by itself."""
    groups = problem.accepted.shape[1]
    supply = np.bincount(problem.group, weights=problem.credited, minlength=groups)
    result: np.ndarray = problem.accepted @ supply
    return result


def compile_cheapest(problem: Requirement, *, budget: float, shortfall: float) -> Model:
    """Least cost with at most this total shortfall (0: everything is met).

    With no shortfall each need must have a parcel at all, which the solver is told as a row of its
    own: a need far below the size of a parcel would else vanish in its integrality tolerance.
    """
    parcels, losses = problem.credited.size, problem.needed.size
    pairs = problem.pairs[0].size
    scale = max(float(problem.cost.max(initial=0.0)), 1e-300)
    objective = np.concatenate([problem.cost / scale, np.zeros(pairs + losses)])
    rows = _rows(problem, budget)
    row = np.concatenate([np.zeros(parcels + pairs), np.ones(losses)])[None, :]
    rows.append(Rows(row, upper=shortfall))
    if shortfall == 0:
        some = np.zeros((losses, objective.size))
        some[:, :parcels] = problem.accepted[:, problem.group]
        rows.append(Rows(some, lower=1.0))
    return _model(problem, objective, rows, np.inf if shortfall > 0 else 0.0)


def compile_least_shortfall(problem: Requirement, *, budget: float) -> Model:
    """Least total shortfall within the budget."""
    parcels, pairs = problem.credited.size, problem.pairs[0].size
    objective = np.concatenate([np.zeros(parcels + pairs), np.ones(problem.needed.size)])
    return _model(problem, objective, _rows(problem, budget), np.inf)


def chosen_parcels(problem: Requirement, answer: Solution) -> np.ndarray:
    """Bool (parcels,) of a solution, without parcels that its own tolerance left idle."""
    chosen = answer.values[: problem.credited.size] > 0.5
    short = float(allocate(problem, chosen)[1].sum())
    for i in sorted(np.flatnonzero(chosen), key=lambda k: (-problem.cost[k], k)):
        without = chosen.copy()
        without[i] = False
        if float(allocate(problem, without)[1].sum()) <= short + 1e-9:
            chosen = without
    return chosen


def allocate(problem: Requirement, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gains of the chosen parcels given to losses: like-for-like first.

    Returns
    -------
    allocation : (losses, groups)
    shortfall : (losses,)
    """
    losses, groups = problem.accepted.shape
    supply = np.bincount(problem.group[chosen], weights=problem.credited[chosen], minlength=groups)
    loss, group = problem.pairs
    count = loss.size
    if count == 0:
        return np.zeros((losses, groups)), problem.needed.copy()
    # Trading up costs a little, so that a gain serves its own ecosystem before another.
    objective = np.concatenate([1e-3 * ~problem.like[loss, group], np.ones(losses)])
    each = np.arange(count)
    give = sparse.csr_array((np.ones(count), (group, each)), shape=(groups, count + losses))
    meet = sparse.csr_array((np.ones(count), (loss, each)), shape=(losses, count + losses))
    rest = sparse.hstack([sparse.csr_array((losses, count)), sparse.eye_array(losses)])
    model = compile_model(
        objective,
        rows=[
            Rows(give, upper=np.maximum(supply, 0.0)),
            Rows(meet + sparse.csr_array(rest), lower=problem.needed),
        ],
    )
    answer = solve(model, gap=0.0)
    allocation = np.zeros((losses, groups))
    allocation[loss, group] = answer.values[:count]
    shortfall = np.maximum(problem.needed - allocation.sum(axis=1), 0.0)
    return allocation, np.where(shortfall < TOLERANCE, 0.0, shortfall)


def _model(problem: Requirement, objective: np.ndarray, rows: list[Rows], most: float) -> Model:
    parcels, losses = problem.credited.size, problem.needed.size
    pairs = objective.size - parcels - losses
    upper = np.concatenate([np.ones(parcels), np.full(pairs, np.inf), np.full(losses, most)])
    return compile_model(
        objective,
        rows=rows,
        column_upper=upper,
        integer=np.arange(objective.size) < parcels,
    )


def _rows(problem: Requirement, budget: float) -> list[Rows]:
    """Columns: parcels bought, allocations, shortfalls."""
    parcels, losses = problem.credited.size, problem.needed.size
    groups = problem.accepted.shape[1]
    loss, group = problem.pairs
    pairs = loss.size
    columns = parcels + pairs + losses
    given = parcels + np.arange(pairs)
    supply = sparse.csr_array(
        (
            np.concatenate([-problem.credited, np.ones(pairs)]),
            (
                np.concatenate([problem.group, group]),
                np.concatenate([np.arange(parcels), given]),
            ),
        ),
        shape=(groups, columns),
    )
    met = sparse.csr_array(
        (
            np.ones(pairs + losses),
            (
                np.concatenate([loss, np.arange(losses)]),
                np.concatenate([given, parcels + pairs + np.arange(losses)]),
            ),
        ),
        shape=(losses, columns),
    )
    rows = [Rows(supply, upper=0.0), Rows(met, lower=problem.needed)]
    if np.isfinite(budget):
        scale = max(float(problem.cost.max(initial=0.0)), 1e-300)
        money = np.concatenate([problem.cost / scale, np.zeros(pairs + losses)])[None, :]
        rows.append(Rows(money, upper=budget / scale))
    if problem.overlaps:
        both = np.zeros((len(problem.overlaps), columns))
        for row, (a, b) in enumerate(problem.overlaps):
            both[row, [a, b]] = 1.0
        rows.append(Rows(both, upper=1.0))
    return rows
