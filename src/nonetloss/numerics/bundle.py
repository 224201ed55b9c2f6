"""Maximize a concave function of a few prices that only an oracle knows: a proximal bundle.

References
----------
Kiwiel 1990, doi 10.1007/BF01585731; Lemaréchal & Renaud 2001, doi 10.1007/PL00011422.
"""

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np

# A step is taken when it brings this share of what the model promised.
_DESCENT = 0.1
_KEPT = 150
_PIVOTS = 3_000
# How often the model may be doubted before its small promises are believed.
_DOUBTS = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """What the oracle says at some prices: value, supergradient (m,), and what it found."""

    value: float
    slope: np.ndarray
    witness: np.ndarray


@dataclass(frozen=True, slots=True)
class Maximum:
    """Best prices found, their value, and the witnesses of the cuts that are tightest there.

    `witnesses` stand in the order of how tight their cut is.
    """

    prices: np.ndarray
    value: float
    witnesses: tuple[np.ndarray, ...]


def maximize(
    oracle: Callable[[np.ndarray], Answer],
    start: np.ndarray,
    *,
    tolerance: float = 1e-5,
    iterations: int = 400,
) -> Maximum:
    """The largest value over prices >= 0, to a relative tolerance that the model promises.

    Parameters
    ----------
    oracle : callable
        Gives an `Answer` for prices (m,) >= 0. Whatever it says is a lower bound of the maximum.
    start : (m,) >= 0
    tolerance : float
        Stop when the model promises a relative gain below this.
    iterations : int
        Calls of the oracle at most.

    Notes
    -----
    **Mathematical formulation.** Each iteration maximizes theta - |p - c|^2 / (2 t) subject to
    theta <= v_k + g_k (p - p_k) for all cuts k and p >= 0; if the value at the new p brings a tenth
    of what theta promised, p becomes the center c, else only its cut is added.

    **In words.** Trust what was learnt about the function near the best prices so far, and move no
    farther than that trust carries.
    """
    first = oracle(start)
    center, value = start, first.value
    slopes, values = [first.slope], [first.value - float(first.slope @ start)]
    witnesses = [first.witness]
    size = max(abs(value), 1e-300)
    unit = float(start.max(initial=0.0)) or 1.0
    step = 5.0 * float(start @ start) / max(start.size, 1) / size if start.any() else 1.0
    doubts = 0
    for _ in range(iterations):
        size = max(abs(value), 1e-300)
        prices, promised = _model(center, np.array(slopes), np.array(values), step, unit)
        if not promised - value > tolerance * size:
            # A short step promises little wherever it stands: ask the cuts within a wide box.
            doubts += 1
            prices, promised = _wide(center, np.array(slopes), np.array(values), unit)
            if doubts > _DOUBTS or not promised - value > tolerance * size:
                break
        answer = oracle(prices)
        slopes.append(answer.slope)
        values.append(answer.value - float(answer.slope @ prices))
        witnesses.append(answer.witness)
        if answer.value - value >= _DESCENT * (promised - value):
            step *= 2.0 if answer.value - value > 0.5 * (promised - value) else 1.0
            center, value = prices, answer.value
        else:
            step *= 0.9
        if len(slopes) > _KEPT:
            tight = _slack(center, slopes, values)
            kept = sorted({*np.argsort(tight)[: _KEPT * 3 // 4].tolist(), len(slopes) - 1})
            slopes, values = [slopes[k] for k in kept], [values[k] for k in kept]
            witnesses = [witnesses[k] for k in kept]
    order = np.argsort(_slack(center, slopes, values), kind="stable")
    return Maximum(center, value, tuple(witnesses[k] for k in order))


def _slack(center: np.ndarray, slopes: list[np.ndarray], values: list[float]) -> np.ndarray:
    return np.array(values) + np.array(slopes) @ center


def _model(
    center: np.ndarray, slopes: np.ndarray, values: np.ndarray, step: float, unit: float
) -> tuple[np.ndarray, float]:
    """Prices at the maximum of the model with its proximal term, and what it promises there.

    Prices (by `unit`) and values are scaled to sizes near one, where the tolerances of the solver
    fit.
    """
    reached = np.abs(values + slopes @ center).max()
    size = max(float(np.abs(values).max()), float(reached), float(np.abs(slopes).max()) * unit)
    weight = unit * unit / (step * size)
    scaled = _highs_model(center / unit, slopes * (unit / size), values / size, weight)
    return _promise(center, slopes, values, None if scaled is None else scaled * unit)


def _wide(
    center: np.ndarray, slopes: np.ndarray, values: np.ndarray, unit: float
) -> tuple[np.ndarray, float]:
    """Prices that promise most within a box about the center, and what they promise."""
    size = max(float(np.abs(values).max()), float(np.abs(slopes).max()) * unit)
    width = max(unit, float(center.max(initial=0.0))) / unit
    scaled = _highs_model(center / unit, slopes * (unit / size), values / size, None, width)
    return _promise(center, slopes, values, None if scaled is None else scaled * unit)


def _promise(
    center: np.ndarray, slopes: np.ndarray, values: np.ndarray, prices: np.ndarray | None
) -> tuple[np.ndarray, float]:
    if prices is None:
        return center, np.nan
    kept = np.maximum(prices, 0.0)
    return kept, float((values + slopes @ kept).min())


def _highs_model(
    center: np.ndarray,
    slopes: np.ndarray,
    values: np.ndarray,
    weight: float | None,
    box: float = np.inf,
) -> np.ndarray | None:
    """Prices that maximize theta - weight |p - c|^2 / 2 within the box; None where HiGHS fails."""
    cuts, width = slopes.shape
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = width + 1, cuts
    lp.col_cost_ = np.append(-(weight or 0.0) * center, -1.0)
    lp.col_lower_ = np.append(np.maximum(center - box, 0.0), -np.inf)
    lp.col_upper_ = np.append(center + box, np.inf)
    lp.row_lower_, lp.row_upper_ = np.full(cuts, -np.inf), values
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = (np.arange(cuts + 1) * (width + 1)).astype(np.int32)
    lp.a_matrix_.index_ = np.tile(np.arange(width + 1), cuts).astype(np.int32)
    lp.a_matrix_.value_ = np.hstack([-slopes, np.ones((cuts, 1))]).ravel()
    model = highspy.HighsModel()
    model.lp_ = lp
    if weight is not None:
        hessian = highspy.HighsHessian()
        hessian.dim_ = width + 1
        hessian.format_ = highspy.HessianFormat.kTriangular
        hessian.start_ = np.append(np.arange(width + 1), width).astype(np.int32)
        hessian.index_ = np.arange(width).astype(np.int32)
        hessian.value_ = np.full(width, weight)
        model.hessian_ = hessian
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)
    # Both solvers may cycle on degenerate cuts; what they find until then is enough of a model.
    solver.setOptionValue("qp_iteration_limit", _PIVOTS)
    solver.setOptionValue("simplex_iteration_limit", _PIVOTS)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(solver.getSolution().col_value)[:width]
