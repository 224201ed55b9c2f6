"""Ecological value from indicators, with weights from pairwise comparison (AHP)."""

from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError

# Random index of reciprocal matrices of order 1 to 10 (Saaty's table as commonly printed; not
# checked against the first edition).
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
CONSISTENCY_LIMIT = 0.10


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights (n,) that sum to 1, and how consistent the judgments behind them are.

    `worst` is the pair (i, j) whose judgment departs most from the weights, and `fitting` the
    judgment that would agree with them.
    """

    weights: np.ndarray
    eigenvalue: float
    consistency_index: float
    consistency_ratio: float
    worst: tuple[int, int]
    fitting: float

    @property
    def consistent(self) -> bool:
        """Whether the consistency ratio is below 0.10."""
        return self.consistency_ratio < CONSISTENCY_LIMIT


def ahp_weights(judgments: np.ndarray) -> Weights:
    """Weights from a pairwise comparison matrix: its principal right eigenvector.

    Parameters
    ----------
    judgments : (n, n), 1 <= n <= 10
        Positive and reciprocal: entry (i, j) says how many times attribute i matters as much as
        attribute j, on Saaty's scale from 1/9 to 9.

    Returns
    -------
    Weights
        CI = (lambda_max - n) / (n - 1), CR = CI / RI. Up to two attributes are always consistent.
        An inconsistent matrix is not refused: read `consistent` and `worst`.

    Raises
    ------
    InputError
        `value.judgments` when the matrix is not square, positive, finite and reciprocal, of order
        1 to 10.

    References
    ----------
    Saaty 1977, doi 10.1016/0022-2496(77)90033-5.
    """
    matrix = np.asarray(judgments, dtype=np.float64)
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
    order = matrix.shape[0] if square else 0
    if not 1 <= order <= len(RANDOM_INDEX):
        raise InputError.because("value.judgments", "judgments", found=f"{matrix.shape}")
    if not (np.isfinite(matrix).all() and (matrix > 0).all()):
        raise InputError.because("value.judgments", "judgments", found="<= 0")
    # 1 % lets "0.33" stand for 1/3.
    broken = np.argwhere(np.abs(matrix * matrix.T - 1) > 0.02)
    if broken.size:
        i, j = (int(k) for k in broken[0])
        pair = f"a[{i + 1},{j + 1}] = {matrix[i, j]:g}, a[{j + 1},{i + 1}] = {matrix[j, i]:g}"
        raise InputError.because("value.judgments", "judgments", found=pair)
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    vector = np.abs(vectors[:, first].real)
    weights = vector / vector.sum()
    eigenvalue = float(values[first].real)
    index = max(0.0, (eigenvalue - order) / (order - 1)) if order > 1 else 0.0
    ratio = index / RANDOM_INDEX[order - 1] if order > 2 else 0.0
    departure = np.abs(np.log(matrix * weights[None, :] / weights[:, None]))
    i, j = (int(k) for k in np.unravel_index(int(np.argmax(departure)), matrix.shape))
    return Weights(weights, eigenvalue, index, ratio, (i, j), float(weights[i] / weights[j]))


def weighted_value(scores: np.ndarray, *, weights: np.ndarray) -> np.ndarray:
    """Ecological value, the weighted sum of indicator scores.

    Parameters
    ----------
    scores : (..., indicators)
        Each in [0, 1]; NaN where an indicator is unknown makes the value unknown.
    weights : (indicators,)
        Not negative, summing to 1.

    Returns
    -------
    (...)
        Value in [0, 1], NaN where a score is NaN.

    Raises
    ------
    InputError
        `value.weights` (lengths differ, negative, sum other than 1), `value.scores` (outside
        [0, 1]).
    """
    score = np.asarray(scores, dtype=np.float64)
    weight = np.asarray(weights, dtype=np.float64)
    fits = weight.ndim == 1 and score.ndim >= 1 and score.shape[-1] == weight.size
    if not fits or not (weight >= 0).all() or abs(float(weight.sum()) - 1) > 1e-9:
        raise InputError.because(
            "value.weights", "weights", count=weight.size, total=float(weight.sum())
        )
    if (score < 0).any() or (score > 1).any():
        raise InputError.because(
            "value.scores", "scores", low=float(np.nanmin(score)), high=float(np.nanmax(score))
        )
    result: np.ndarray = np.asarray(score @ weight)
    return result
