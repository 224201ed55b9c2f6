"""How much each unit matters to a selection.

References
----------
Cabeza & Moilanen 2006 (replacement cost), doi 10.1016/j.biocon.2006.04.025; Ferrier et al. 2000,
doi 10.1016/S0006-3207(99)00149-4; Albuquerque & Beier 2015 (rarity-weighted richness),
doi 10.1371/journal.pone.0119905.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse, special

from nonetloss.core.errors import InputError
from nonetloss.numerics.milp import Model, solve
from nonetloss.offset.planning.allocation import Allocation
from nonetloss.offset.planning.compiling import compile_allocation
from nonetloss.offset.planning.demands import Demand
from nonetloss.offset.planning.objectives import Objective
from nonetloss.offset.planning.units import Units


def replacement_cost(
    units: Units,
    objective: Objective,
    chosen: np.ndarray | Allocation,
    *,
    demands: Sequence[Demand] = (),
    keep_others: bool = True,
    gap: float = 0.0,
    time_limit_s: float | None = None,
) -> np.ndarray:
    """How much worse the objective gets when one chosen unit cannot be had.

    Parameters
    ----------
    chosen : (units,) or (units, zones) bool, or an Allocation
    keep_others : bool
        True: the other chosen units stay (the cost of filling the hole). False: all are free again
        (the cost of doing without).

    Returns
    -------
    (units, zones) float
        0 where not chosen, inf where irreplaceable, NaN where the unit is not available.

    Notes
    -----
    The objective of the chosen units themselves is taken with the best of all that is still free,
    as in the search without the unit. Utility and features count as losses: higher is worse.
    """
    given = chosen.chosen if isinstance(chosen, Allocation) else np.asarray(chosen, dtype=bool)
    given = given[:, None] if given.ndim == 1 else given
    if given.shape != units.cost.shape:
        raise InputError.because(
            "planning.shape", "chosen", expected=units.cost.shape, found=given.shape
        )
    compiled = compile_allocation(units, objective, demands=demands)
    model = compiled.model
    flat = given.T.ravel()
    lower, upper = model.column_lower.copy(), model.column_upper.copy()
    columns = np.arange(compiled.chosen.start, compiled.chosen.stop)
    held = lower.copy()
    held[columns[flat]] = 1.0
    base = solve(_bounded(model, held, upper), gap=gap, time_limit_s=time_limit_s).objective
    if not keep_others:
        base = solve(model, gap=gap, time_limit_s=time_limit_s).objective
    result = np.where(np.isnan(units.cost.T.ravel()), np.nan, 0.0)
    for column in np.flatnonzero(flat):
        low = held.copy() if keep_others else lower.copy()
        high = upper.copy()
        low[columns[column]] = high[columns[column]] = 0.0
        answer = solve(_bounded(model, low, high), gap=gap, time_limit_s=time_limit_s)
        result[column] = answer.objective - base if answer.found else np.inf
    return result.reshape(units.shape[2], units.shape[0]).T


def _bounded(model: Model, lower: np.ndarray, upper: np.ndarray) -> Model:
    return replace(model, column_lower=lower, column_upper=upper)


def rarity_weighted_richness(amounts: Any) -> np.ndarray:
    """(units,) sum over features of amount / largest amount / total, in relative terms.

    Parameters
    ----------
    amounts : sparse or dense (units, features), not negative
        A feature that no unit holds adds nothing.

    Notes
    -----
    sum_j (r_ij / max_j) / total_j: a unit counts for what is rare everywhere else.
    """
    matrix = sparse.csc_array(amounts, dtype=np.float64)
    total = matrix.sum(axis=0)
    most = matrix.max(axis=0).toarray().ravel() if matrix.shape[0] else np.zeros(matrix.shape[1])
    weight = np.where(total > 0, 1.0 / np.maximum(most * total, 1e-300), 0.0)
    result: np.ndarray = matrix @ weight
    return result


def ferrier_importance(amounts: Any, targets: np.ndarray, *, selected: int) -> np.ndarray:
    """(units, features): how likely each unit is needed for a target, among sets of equal size.

    Parameters
    ----------
    amounts : sparse or dense (units, features), not negative
    targets : (features,)
        Amount wanted; a target at or below 0 needs nobody.
    selected : int
        Number n of units in a set, from 1 to the number of units.

    Returns
    -------
    (units, features)
        In [0, 1]; 1 where a set without the unit cannot reach the target. Sum over features for
        the score of a unit.

    Notes
    -----
    With N units, sums over units other than i, and Phi from the normal approximation of a random
    draw without replacement: R_inc = P(r_i + others of n - 1 reach t), R_rem = P(others of n - 1
    reach t), R_exc = P(others of n reach t), q = n / N,

        importance = (R_inc - R_rem) q / (R_inc q + R_exc (1 - q)).

    The variance of one draw is the population's, SS/N' - (S/N')^2 over the N' = N - 1 others; that
    of the sum of m draws is m times it, with the correction (N' - m) / (N' - 1) of a finite
    population. These are the moments of all draws without replacement, as listing them shows
    (`test_the_moments_behind_ferrier_are_those_of_all_draws`). prioritizr takes sqrt(SS - S^2/N^2)
    for the deviation of one draw, without dividing SS by N: its scores differ from these.

    Raises
    ------
    InputError
        `planning.selected`.
    """
    matrix = sparse.csr_array(amounts, dtype=np.float64).toarray()
    count = matrix.shape[0]
    if not 1 <= selected <= count:
        raise InputError.because("planning.selected", "selected", found=selected, units=count)
    wanted = np.asarray(targets, dtype=np.float64)[None, :]
    others = max(count - 1, 1)
    mean = (matrix.sum(axis=0) - matrix) / others
    square = ((matrix**2).sum(axis=0) - matrix**2) / others
    variance = np.maximum(square - mean**2, 0.0)
    including = _reach(mean, variance, selected - 1, others, wanted - matrix)
    removed = _reach(mean, variance, selected - 1, others, wanted)
    excluding = _reach(mean, variance, selected, others, wanted)
    share = selected / count
    reached = including * share + excluding * (1.0 - share)
    result = np.where(
        reached > 0, (including - removed) * share / np.where(reached > 0, reached, 1.0), 0.0
    )
    alone = np.asarray(matrix.sum(axis=0) - matrix < wanted - 1e-12, dtype=bool)
    needed = alone & (matrix > 0) & (matrix.sum(axis=0) >= wanted - 1e-12) & (wanted > 0)
    return np.where(needed, 1.0, np.where(wanted > 0, result, 0.0))


def _reach(
    mean: np.ndarray, variance: np.ndarray, drawn: int, others: int, wanted: np.ndarray
) -> np.ndarray:
    """Chance that `drawn` of the others sum to what is wanted."""
    drawn = min(drawn, others)
    finite = (others - drawn) / (others - 1) if others > 1 else 0.0
    spread = np.sqrt(drawn * variance * finite)
    middle = drawn * mean
    certain = np.where(middle >= wanted - 1e-12, 1.0, 0.0)
    score = (wanted - middle) / np.where(spread > 0, spread, 1.0)
    return np.where(spread > 0, special.ndtr(-score), certain)
