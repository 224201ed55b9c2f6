"""Which points no other point beats: the non-dominated set, all objectives minimized.

In words: a point is dominated if another is nowhere worse and somewhere better. What remains is
the front of real trade-offs.

Up to three objectives, points are sorted lexicographically, so only an earlier point can dominate
a later one; then one objective needs no more comparison. Two objectives take a running minimum,
three a Fenwick tree of prefix minima, both O(n log n). More objectives are held against nested
boxes of what was kept (`numerics.fronts.boxes`).

Papers: Kung, Luccio & Preparata 1975, doi 10.1145/321906.321910; Fenwick 1994,
doi 10.1002/spe.4380240306.
"""

import numpy as np
from numba import njit

from nonetloss.core.errors import InputError
from nonetloss.numerics.fronts.boxes import thin


def nondominated(values: np.ndarray, *, decimals: int | None = None) -> np.ndarray:
    """Mask of the points that no other point dominates; of equal points the first is kept.

    Parameters
    ----------
    values : (n, d)
        One row per point, every column minimized. Infinite values are allowed.
    decimals : int, optional
        Compare after rounding to so many decimals, so that 0.1 + 0.2 equals 0.3. None compares
        the floats as they are.

    Returns
    -------
    bool (n,)
        Empty for no points.

    Raises
    ------
    InputError
        `tradeoff.not-a-number`: an unknown value can neither dominate nor be dominated.
    """
    points = _checked(values)
    if decimals is not None:
        points = np.round(points, decimals)
    count, objectives = points.shape
    keep = np.zeros(count, dtype=np.bool_)
    if count == 0:
        return keep
    # Ranks order as the values do, infinite ones included, and are exact.
    ranks = np.column_stack([np.unique(column, return_inverse=True)[1] for column in points.T])
    if objectives > 3:
        return thin(-ranks.astype(np.int64))
    # The last key of lexsort is the first to compare; it is stable, so equal points keep order.
    order = np.lexsort(ranks.T[::-1])
    ordered = np.ascontiguousarray(ranks[order].astype(np.int64))
    if objectives == 1:
        kept = np.arange(count) == 0
    elif objectives == 2:
        best = np.minimum.accumulate(ordered[:, 1])
        kept = np.append(True, ordered[1:, 1] < best[:-1])
    else:
        kept = _keep_three(ordered)
    keep[order] = kept
    return keep


def hypervolume(values: np.ndarray, *, reference: np.ndarray) -> float:
    """Area (d = 2) or volume (d = 3) that the points dominate up to a reference point.

    Parameters
    ----------
    values : (n, 2) or (n, 3)
        Minimized. Points that do not beat the reference in every objective add nothing.
    reference : (2,) or (3,)

    Raises
    ------
    InputError
        `tradeoff.not-a-number`, `tradeoff.objectives`.
    """
    points = _checked(values)
    corner = np.asarray(reference, dtype=np.float64)
    if points.shape[1] not in (2, 3) or corner.shape != (points.shape[1],):
        raise InputError.because(
            "tradeoff.objectives", "hypervolume", found=points.shape[1], wanted="2, 3"
        )
    points = points[(points < corner).all(axis=1)]
    if points.shape[1] == 2:
        return _area(points, corner)
    levels = np.unique(points[:, 2])
    tops = np.append(levels[1:], corner[2])
    slabs = zip(levels, tops, strict=True) if len(levels) else ()
    return float(
        sum((top - z) * _area(points[points[:, 2] <= z, :2], corner[:2]) for z, top in slabs)
    )


def _area(points: np.ndarray, corner: np.ndarray) -> float:
    front = points[nondominated(points)]
    front = front[np.argsort(front[:, 0])]
    widths = np.append(front[1:, 0], corner[0]) - front[:, 0]
    return float((widths * (corner[1] - front[:, 1])).sum())


def _checked(values: np.ndarray) -> np.ndarray:
    points = np.asarray(values, dtype=np.float64)
    if points.ndim != 2:
        raise InputError.because("tradeoff.objectives", "points", found=points.shape, wanted="n, d")
    bad = np.flatnonzero(np.isnan(points).any(axis=1))
    if len(bad):
        raise InputError.because("tradeoff.not-a-number", "points", count=len(bad), first=bad[0])
    return points


@njit(cache=True, nogil=True)
def _lowest_up_to(tree: np.ndarray, rank: int) -> int:
    low = tree[0]
    i = rank + 1
    while i > 0:
        low = min(low, tree[i])
        i -= i & -i
    return low


@njit(cache=True, nogil=True)
def _put(tree: np.ndarray, rank: int, value: int) -> None:
    i = rank + 1
    while i < len(tree):
        tree[i] = min(tree[i], value)
        i += i & -i


@njit(cache=True, nogil=True)
def _keep_three(ranks: np.ndarray) -> np.ndarray:
    """Of points in lexicographic order: is the third above the lowest seen up to the second?"""
    count = len(ranks)
    keep = np.ones(count, dtype=np.bool_)
    # Entry 0 is never changed and stands for "nothing seen": above every rank.
    tree = np.full(count + 1, count, dtype=np.int64)
    for i in range(count):
        keep[i] = _lowest_up_to(tree, ranks[i, 1]) > ranks[i, 2]
        _put(tree, ranks[i, 1], ranks[i, 2])
    return keep
