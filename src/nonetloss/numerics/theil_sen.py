"""The median of the slopes between all pairs of points, in little memory.

Papers: Theil 1950; Sen 1968, doi 10.1080/01621459.1968.10480934.
"""

import numpy as np
from numba import njit

from nonetloss.core.errors import InputError

_DIGIT = 16
_BASE = 1 << _DIGIT


def theil_sen(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """(slope, intercept) of a line that outliers do not move.

    The slope is the exact median of (y_j - y_i) / (x_j - x_i) over the pairs whose x differ; the
    intercept is median(y) - slope · median(x). Slopes are never all kept: the median is found
    digit by digit, in time that grows with the square of the points.

    Parameters
    ----------
    x, y : float (n,)
        Finite.

    Raises
    ------
    InputError
        `theil-sen.points` if arrays differ in length, hold what is not finite, or no two x differ.
    """
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    good = a.ndim == 1 and a.shape == b.shape and bool(np.isfinite(a).all() & np.isfinite(b).all())
    if not good or len(a) < 2 or np.ptp(a) == 0:
        raise InputError.because("theil-sen.points", "theil_sen", x=a.shape, y=b.shape)
    order = np.argsort(a, kind="stable")
    a, b = a[order], b[order]
    _, repeats = np.unique(a, return_counts=True)
    pairs = len(a) * (len(a) - 1) // 2 - int((repeats * (repeats - 1) // 2).sum())
    low = _select(a, b, (pairs - 1) // 2)
    slope = low if pairs % 2 else (low + _select(a, b, pairs // 2)) / 2
    return slope, float(np.median(b) - slope * np.median(a))


def _select(x: np.ndarray, y: np.ndarray, rank: int) -> float:
    """The slope of that rank, from 0; `x` ascending."""
    prefix = np.uint64(0)
    for digit in range(3, -1, -1):
        counts = _counts(x, y, prefix, digit)
        upto = np.cumsum(counts)
        chosen = int(np.searchsorted(upto, rank, side="right"))
        rank -= int(upto[chosen - 1]) if chosen else 0
        prefix = (prefix << np.uint64(_DIGIT)) | np.uint64(chosen)
    negative = not int(prefix) >> 63
    bits = ~prefix if negative else prefix ^ np.uint64(1 << 63)
    return float(np.array([bits], dtype=np.uint64).view(np.float64)[0])


@njit(cache=True, nogil=True)
def _counts(x: np.ndarray, y: np.ndarray, prefix: np.uint64, digit: int) -> np.ndarray:
    """Slopes whose higher digits are `prefix`, by their next 16 bits in ascending order."""
    counts = np.zeros(_BASE, dtype=np.int64)
    n = len(x)
    slopes = np.empty(n, dtype=np.float64)
    keys = slopes.view(np.uint64)
    top = np.uint64(1) << np.uint64(63)
    shift = np.uint64(_DIGIT * digit)
    wide = np.uint64(_DIGIT)
    mask = np.uint64(_BASE - 1)
    for i in range(n - 1):
        used = 0
        for j in range(i + 1, n):
            rise = x[j] - x[i]
            if rise > 0:
                # 0.0 + makes one zero of both signs of it.
                slopes[used] = 0.0 + (y[j] - y[i]) / rise
                used += 1
        for k in range(used):
            key = keys[k]
            key = ~key if key & top else key | top
            part = key >> shift
            if digit == 3 or part >> wide == prefix:
                counts[part & mask] += 1
    return counts
