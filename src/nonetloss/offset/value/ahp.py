"""Ecological value from indicators, with weights from pairwise comparison (AHP)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, nearest, offenders

# Random index of reciprocal matrices of order 1 to 10 (Saaty's table as commonly printed; not
# checked against the first edition).
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
CONSISTENCY_LIMIT = 0.10
SCALE = 9.0
# Weights that people write with a few decimals.
TOTAL_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights (n,) that sum to 1, and how consistent the judgments behind them are.

    `worst` is the pair (i, j), i < j, whose judgment, once corrected, makes the rest agree best,
    and `fitting` the judgment that all the others imply for it. Three attributes contradict each
    other in a circle: there any of the three could be the wrong one.
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
        An inconsistent matrix is not refused: read `consistent` and `worst`, or call
        `require_consistent`.

    Raises
    ------
    InputError
        `value.judgments` when the matrix is not square, positive, finite and reciprocal, of order
        1 to 10.

    Notes
    -----
    The judgment that the others imply for a pair comes from the matrix without it: zeros in its
    place and 2 on the diagonal of both (Harker 1987). The worst pair is the one whose correction
    lowers the eigenvalue most.

    References
    ----------
    Saaty 1977, doi 10.1016/0022-2496(77)90033-5; Harker 1987,
    doi 10.1016/0270-0255(87)90503-3.
    """
    matrix = np.asarray(judgments, dtype=np.float64)
    _require_judgments(matrix)
    order = matrix.shape[0]
    weights, eigenvalue = _principal(matrix)
    index = max(0.0, (eigenvalue - order) / (order - 1)) if order > 1 else 0.0
    ratio = index / RANDOM_INDEX[order - 1] if order > 2 else 0.0
    worst, fitting = _worst(matrix)
    return Weights(weights, eigenvalue, index, ratio, worst, fitting)


def require_consistent(
    found: Weights,
    *,
    names: Sequence[str],
    judgments: np.ndarray,
    limit: float = CONSISTENCY_LIMIT,
) -> None:
    """Refuse judgments that contradict each other, and say which one and what would fit.

    Parameters
    ----------
    found : Weights
        Of those `judgments`.
    names : (n,)
        What is compared.
    judgments : (n, n)
    limit : float
        Consistency ratio from which judgments are refused.

    Raises
    ------
    InputError
        `value.inconsistent`.
    """
    if found.consistency_ratio >= limit:
        raise InputError(inconsistency(found, names=names, judgments=judgments, limit=limit))


def inconsistency(
    found: Weights, *, names: Sequence[str], judgments: np.ndarray, limit: float
) -> Finding:
    """The finding that names the judgment to look at; an error, for the caller to weigh."""
    i, j = found.worst
    return error(
        "value.inconsistent",
        f"{names[i]} : {names[j]}",
        given=as_judgment(float(np.asarray(judgments)[i, j])),
        fitting=as_judgment(found.fitting),
        ratio=round(found.consistency_ratio, 3),
        limit=limit,
    )


def as_judgment(value: float) -> str:
    """A ratio as people say it: `3`, `1/5`, `2.4`, `1/2.4`."""
    if value >= 1:
        return f"{value:.3g}"
    return f"1/{1 / value:.3g}"


def read_judgments(given: Mapping[str, Any], *, names: Sequence[str]) -> np.ndarray:
    """The pairwise comparison matrix from what a study writes.

    Parameters
    ----------
    given : mapping
        ``{canopy: {water: 3, litter: 5}, water: {litter: "1/2"}}``: canopy matters three times as
        much as water. Each pair once; its other direction is the reciprocal.
    names : (n,)
        All attributes, in the order of the result.

    Raises
    ------
    InputError
        All that is wrong at once: `value.judgment-name`, `value.judgment-scale` (not a number
        from 1/9 to 9), `value.judgment-twice`, `value.judgment-missing`.
    """
    place = {name: i for i, name in enumerate(names)}
    matrix = np.eye(len(place))
    seen: set[tuple[int, int]] = set()
    found: list[Finding] = []
    for first, row in given.items():
        for second, written in (row if isinstance(row, Mapping) else {"": row}).items():
            pair = f"{first} : {second}"
            if first not in place or second not in place or first == second:
                strange = first if first not in place else str(second)
                found.append(
                    error(
                        "value.judgment-name",
                        pair,
                        nearest=nearest(strange, place),
                        known=offenders(names, 20),
                    )
                )
                continue
            number = _ratio(written)
            if number is None:
                found.append(error("value.judgment-scale", pair, value=written))
                continue
            i, j = place[first], place[second]
            if (min(i, j), max(i, j)) in seen:
                found.append(error("value.judgment-twice", pair))
            seen.add((min(i, j), max(i, j)))
            matrix[i, j], matrix[j, i] = number, 1.0 / number
    lacking = [pair for pair in combinations(range(len(place)), 2) if pair not in seen]
    if lacking and not found:
        pairs = offenders(f"{names[i]} : {names[j]}" for i, j in lacking)
        found.append(error("value.judgment-missing", "judgments", pairs=pairs, count=len(lacking)))
    if found:
        raise InputError(*found)
    return matrix


def combined_judgments(judgments: np.ndarray) -> np.ndarray:
    """One matrix from those of several people: the geometric mean of each judgment.

    The geometric mean is the only mean that keeps the matrix reciprocal and treats all alike.

    Parameters
    ----------
    judgments : (people, n, n)
        At least one.

    Raises
    ------
    InputError
        `value.judgments`, as `ahp_weights`.

    References
    ----------
    Aczél & Saaty 1983, doi 10.1016/0022-2496(83)90028-7.
    """
    stack = np.asarray(judgments, dtype=np.float64)
    if stack.ndim != 3 or not len(stack):
        raise InputError.because("value.judgments", "judgments", found=f"{stack.shape}")
    for matrix in stack:
        _require_judgments(matrix)
    return np.asarray(np.exp(np.log(stack).mean(axis=0)))


def checked_weights(given: Mapping[str, Any], *, names: Sequence[str]) -> np.ndarray:
    """Weights (n,) in the order of `names` from ``{name: weight}``.

    Raises
    ------
    InputError
        `value.weight-names` (a name too many or too few), `value.weights` with the sum.
    """
    strange = [n for n in given if n not in names]
    lacking = [n for n in names if n not in given]
    if strange or lacking:
        raise InputError.because(
            "value.weight-names",
            "weights",
            strange=offenders(strange) or "–",
            missing=offenders(lacking) or "–",
        )
    try:
        weights = np.array([float(given[name]) for name in names])
    except (TypeError, ValueError) as cause:
        raise InputError.because(
            "value.weights", "weights", count=len(names), total=float("nan")
        ) from cause
    _require_weights(weights, len(names))
    return weights


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
    _require_weights(weight, score.shape[-1] if score.ndim else -1)
    if (score < 0).any() or (score > 1).any():
        raise InputError.because(
            "value.scores", "scores", low=float(np.nanmin(score)), high=float(np.nanmax(score))
        )
    # A sum over many indicators of score 1 may end an ulp above 1.
    result: np.ndarray = np.minimum(1.0, score @ weight)
    return result


def _require_weights(weights: np.ndarray, count: int) -> None:
    fits = weights.ndim == 1 and weights.size == count
    total = float(weights.sum())
    if not fits or not (weights >= 0).all() or abs(total - 1) > TOTAL_TOLERANCE:
        raise InputError.because(
            "value.weights", "weights", count=weights.size, total=round(total, 9)
        )


def _require_judgments(matrix: np.ndarray) -> None:
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
    if not 1 <= (matrix.shape[0] if square else 0) <= len(RANDOM_INDEX):
        raise InputError.because("value.judgments", "judgments", found=f"{matrix.shape}")
    if not (np.isfinite(matrix).all() and (matrix > 0).all()):
        raise InputError.because("value.judgments", "judgments", found="<= 0")
    # 1 % lets "0.33" stand for 1/3.
    broken = np.argwhere(np.abs(matrix * matrix.T - 1) > 0.02)
    if broken.size:
        i, j = (int(k) for k in broken[0])
        pair = f"a[{i + 1},{j + 1}] = {matrix[i, j]:g}, a[{j + 1},{i + 1}] = {matrix[j, i]:g}"
        raise InputError.because("value.judgments", "judgments", found=pair)


def _principal(matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """Principal right eigenvector, summing to 1, and its eigenvalue."""
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    vector = np.abs(vectors[:, first].real)
    return vector / vector.sum(), float(values[first].real)


def _worst(matrix: np.ndarray) -> tuple[tuple[int, int], float]:
    order = matrix.shape[0]
    if order < 3:
        last = order - 1
        return (0, last), float(matrix[0, last])
    ranked = []
    for i, j in combinations(range(order), 2):
        without = matrix.copy()
        without[i, j] = without[j, i] = 0.0
        without[i, i] = without[j, j] = 2.0
        weights, _ = _principal(without)
        fitting = float(weights[i] / weights[j])
        corrected = matrix.copy()
        corrected[i, j], corrected[j, i] = fitting, 1.0 / fitting
        _, eigenvalue = _principal(corrected)
        beyond = max(fitting, 1.0 / fitting) > SCALE * (1 + 1e-9)
        departure = abs(float(np.log(matrix[i, j] / fitting)))
        # Rounded, so that what ties in theory ties here; then a correction within the scale.
        ranked.append((round(eigenvalue, 9), beyond, -round(departure, 9), (i, j), fitting))
    _, _, _, pair, fitting = min(ranked)
    return pair, fitting


def _ratio(written: Any) -> float | None:
    """A judgment from 1/9 to 9 as a number; None if it is none."""
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        return None
    try:
        number = float(Fraction(str(written)))
    except (ValueError, ZeroDivisionError):
        return None
    return number if 1 / SCALE - 1e-3 <= number <= SCALE else None
