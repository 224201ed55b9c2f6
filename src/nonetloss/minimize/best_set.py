"""The exact best set of measures when their effects multiply."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from nonetloss.numerics.milp import Rows, compile_model, solve

# Money breaks ties: sets whose remaining loss differs by less than this share of the whole loss,
# for the whole cost of the catalogue, count as equal, and the cheaper one is taken.
TIE = 1e-6
# The solver's absolute tolerance is 1e-6; shares are scaled so that it means 1e-10 of the loss.
_SCALE = 1e4
# Effectiveness 1 would have logarithm minus infinity; this much remains instead (1e-12).
_LEAST_LOG = np.log(1e-12)
_TANGENTS = 24
_MOST_ROUNDS = 500


@dataclass(frozen=True, slots=True)
class BestSet:
    """`chosen` (measures,) bool; `remaining` loss; `gap` proven, relative; `rounds` of cuts."""

    chosen: np.ndarray
    remaining: float
    gap: float
    rounds: int


def remaining_loss(chosen: np.ndarray, *, loss: np.ndarray, effects: np.ndarray) -> float:
    """Sum over cells of the loss times the product of (1 - effect) of the chosen measures."""
    left = np.prod(1.0 - effects[np.asarray(chosen, dtype=bool)], axis=0)
    return float(loss @ left)


def best_set(
    loss: np.ndarray,
    *,
    effects: np.ndarray,
    cost: np.ndarray,
    budget: float,
    requires: Sequence[tuple[int, int]] = (),
    excludes: Sequence[tuple[int, int]] = (),
) -> BestSet:
    """The affordable set of measures that leaves the least loss, proven.

    Parameters
    ----------
    loss : (cells,)
        Loss, not negative, already weighted, of each cell (a component in an asset).
    effects : (measures, cells)
        Share in [0, 1] by which each measure reduces what is left in each cell.
    cost : (measures,)
        Not negative, in the unit of `budget`.
    budget : float
        Infinite means: money is no limit.
    requires, excludes : pairs of measure indices
        ``(a, b)`` in `requires`: a only together with b; in `excludes`: never both.

    Returns
    -------
    BestSet
        Empty set when nothing is affordable or nothing is lost.

    Notes
    -----
    **Mathematical formulation.** With x binary, l the loss of a cell, e an effect, c cost and B
    the budget,

        min  sum_k l_k prod_m (1 - e_mk)^x_m
        s.t. sum_m c_m x_m <= B,  x_a <= x_b (requires),  x_a + x_b <= 1 (excludes).

    As prod_m (1 - e_mk)^x_m = exp(t_k) with t_k = sum_m x_m ln(1 - e_mk), the objective is convex
    in x. It is replaced by tangents, y_k >= exp(s)(1 + t_k - s), and the mixed-integer linear
    program is solved again with new tangents at each answer. The answer is proven optimal when it
    has been seen before, because its own tangents are exact there: outer approximation, Duran &
    Grossmann 1986, doi 10.1007/BF02592064, without their nonlinear subproblem, which is not
    needed when all variables are binary.

    **In words.** Each measure takes its share of what the others have left. Choose the set that
    leaves least, within the money; among equal sets, the cheapest.
    """
    measures = effects.shape[0]
    total = float(loss.sum())
    if measures == 0 or total <= 0:
        return BestSet(np.zeros(measures, dtype=bool), max(total, 0.0), 0.0, 0)
    columns, member = np.unique(effects, axis=1, return_inverse=True)
    share = np.bincount(member.ravel(), weights=loss, minlength=columns.shape[1]) / total
    with np.errstate(divide="ignore"):
        logs = np.maximum(np.log1p(-columns), _LEAST_LOG)
    spend = cost / max(float(cost.sum()), 1e-300) * TIE
    fixed = _choice_rows(cost, budget, requires, excludes, logs.shape[1])
    cuts = [_tangents(logs, k) for k in range(logs.shape[1])]
    objective = np.concatenate([spend * _SCALE, share])
    upper = np.concatenate([np.ones(measures), np.full(share.size, np.inf)])
    whole = np.concatenate([np.ones(measures, dtype=bool), np.zeros(share.size, dtype=bool)])
    seen: set[bytes] = set()
    best: tuple[float, np.ndarray] = (np.inf, np.zeros(measures, dtype=bool))
    bound, rounds = 0.0, 0
    while rounds < _MOST_ROUNDS:
        rounds += 1
        model = compile_model(objective, rows=[*fixed, *cuts], column_upper=upper, integer=whole)
        answer = solve(model, gap=0.0)
        chosen = answer.values[:measures] > 0.5
        bound = max(bound, answer.bound / _SCALE)
        exact = float(share @ np.exp(chosen @ logs) + spend @ chosen)
        if exact < best[0]:
            best = (exact, chosen)
        if chosen.tobytes() in seen or best[0] - bound <= 1e-12:
            break
        seen.add(chosen.tobytes())
        cuts.append(_cuts_at(logs, chosen @ logs))
    gap = max(0.0, best[0] - bound) / best[0]
    # What remains within the solver's tolerance (1e-10 of the loss) is rounding, not doubt.
    proven = 0.0 if best[0] - bound <= 10 / _SCALE * 1e-6 else gap
    left = remaining_loss(best[1], loss=loss, effects=effects)
    return BestSet(best[1], left, proven, rounds)


def _choice_rows(
    cost: np.ndarray,
    budget: float,
    requires: Sequence[tuple[int, int]],
    excludes: Sequence[tuple[int, int]],
    cells: int,
) -> list[Rows]:
    measures = cost.size
    rows: list[Rows] = []
    if np.isfinite(budget):
        # In shares of the dearest measure, so that the solver's tolerance is a share too.
        unit = max(float(cost.max()), 1e-300)
        matrix = np.concatenate([cost / unit, np.zeros(cells)])[None, :]
        rows.append(Rows(matrix, upper=budget / unit))
    for pairs, signs, limit in ((requires, (1.0, -1.0), 0.0), (excludes, (1.0, 1.0), 1.0)):
        if pairs:
            matrix = np.zeros((len(pairs), measures + cells))
            for row, (a, b) in enumerate(pairs):
                matrix[row, a], matrix[row, b] = signs
            rows.append(Rows(matrix, upper=limit))
    return rows


def _tangents(logs: np.ndarray, cell: int) -> Rows:
    """Tangents of one cell, spread over all values that its exponent can take."""
    least = float(logs[:, cell].sum())
    points = np.unique(np.linspace(max(least, -12.0), 0.0, _TANGENTS))
    blocks = [_cut(logs, cell, float(point)) for point in points]
    matrix = sparse.csr_array(np.stack([m for m, _ in blocks]))
    return Rows(matrix, lower=np.array([b for _, b in blocks]))


def _cuts_at(logs: np.ndarray, exponents: np.ndarray) -> Rows:
    """The exact tangents of all cells at one choice."""
    blocks = [_cut(logs, cell, float(t)) for cell, t in enumerate(exponents)]
    matrix = sparse.csr_array(np.stack([m for m, _ in blocks]))
    return Rows(matrix, lower=np.array([b for _, b in blocks]))


def _cut(logs: np.ndarray, cell: int, point: float) -> tuple[np.ndarray, float]:
    """y - exp(s) sum_m l_m x_m >= exp(s)(1 - s), in scaled units."""
    measures, cells = logs.shape
    row = np.zeros(measures + cells)
    height = np.exp(point) * _SCALE
    row[:measures] = -height * logs[:, cell]
    row[measures + cell] = 1.0
    return row, height * (1.0 - point)
