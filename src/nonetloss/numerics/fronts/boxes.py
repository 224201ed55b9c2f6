"""Points in nested boxes, to find out fast whether some point reaches a wanted one.

All objectives are maximized whole numbers. A point reaches another if it is nowhere below it.
The boxes are those of a k-d tree over a complete binary tree: node i holds the points
`first[i]:last[i]` and its children are 2i + 1 and 2i + 2. A box whose best corner does not reach
the wanted point holds no point that does, and is passed over whole.

Paper: Bentley 1975, doi 10.1145/361002.361007.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

# Points per leaf: fewer cost more corners, more cost more comparisons (measured flat from 8 to 32).
LEAF = 16
# A search goes down a binary tree of at most 2**60 leaves, keeping one sibling per level.
_DEPTH = 64
# Below every value there can be.
LOWEST = -(2**63) + 1


class Boxes(NamedTuple):
    """Points (n, d) in the order of the leaves, `order` (n,) their former places, and the boxes."""

    points: np.ndarray
    order: np.ndarray
    first: np.ndarray
    last: np.ndarray
    best: np.ndarray


@njit(cache=True, nogil=True)
def reaches(point: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether a point is nowhere below the wanted one."""
    k = 0
    while k < len(wanted) and point[k] >= wanted[k]:
        k += 1
    return k == len(wanted)


@njit(cache=True, nogil=True)
def at_least(points: np.ndarray, row: int, wanted: np.ndarray) -> bool:
    """Whether one row is nowhere below the wanted point."""
    return reaches(points[row], wanted)


@njit(cache=True, nogil=True)
def lowered(value: np.ndarray, shrink: np.ndarray, slack: np.ndarray, out: np.ndarray) -> None:
    """What suffices to stand for a value: relative `shrink`, else absolute `slack`, into `out`.

    A positive value may shrink by the factor 1 - shrink; a negative one (something minimized) may
    grow by 1 / (1 - shrink). Rounded up, so that the bound holds. With shrink 1 anything suffices.
    """
    for k in range(len(value)):
        if shrink[k] == 0.0:
            out[k] = value[k] - slack[k]
        elif shrink[k] >= 1.0:
            out[k] = LOWEST
        elif value[k] >= 0:
            out[k] = np.int64(np.ceil(value[k] * (1.0 - shrink[k])))
        else:
            out[k] = np.int64(np.ceil(value[k] / (1.0 - shrink[k])))


@njit(cache=True, nogil=True)
def _divide(keys: np.ndarray, order: np.ndarray, low: int, high: int, middle: int) -> None:
    """Order `order[low:high]` so far that `middle` parts the lower keys from the higher ones."""
    high -= 1
    while low < high:
        a, b, c = keys[order[low]], keys[order[(low + high) >> 1]], keys[order[high]]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while keys[order[i]] < pivot:
                i += 1
            while keys[order[j]] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@njit(cache=True, nogil=True)
def _corners(
    points: np.ndarray, order: np.ndarray, low: int, high: int, best: np.ndarray, worst: np.ndarray
) -> None:
    for k in range(points.shape[1]):
        top = points[order[low], k]
        bottom = top
        for j in range(low + 1, high):
            value = points[order[j], k]
            top = max(top, value)
            bottom = min(bottom, value)
        best[k] = top
        worst[k] = bottom


@njit(cache=True, nogil=True)
def build(points: np.ndarray, leaf: int = LEAF) -> Boxes:
    """Boxes around points (n, d), at most `leaf` to a box; each box is halved where it is widest.

    Of no points there is one empty box, which nothing reaches.
    """
    count, objectives = points.shape
    leaves = 1
    while leaves * leaf < count:
        leaves *= 2
    nodes = 2 * leaves - 1
    order = np.arange(count)
    first, last = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    best = np.full((nodes, objectives), LOWEST, np.int64)
    worst = np.empty(objectives, np.int64)
    span = np.ones(objectives, np.float64)
    keys = np.empty(count, np.int64)
    last[0] = count
    for i in range(nodes):
        low, high = first[i], last[i]
        if high > low:
            _corners(points, order, low, high, best[i], worst)
        if i == 0 and count:
            for k in range(objectives):
                span[k] = max(1.0, float(best[0, k]) - float(worst[k]))
        if i < leaves - 1:
            middle = (low + high) >> 1
            if high - low > 1:
                widest = np.argmax((best[i].astype(np.float64) - worst) / span)
                for j in range(low, high):
                    keys[order[j]] = points[order[j], widest]
                _divide(keys, order, low, high, middle)
            first[2 * i + 1], last[2 * i + 1] = low, middle
            first[2 * i + 2], last[2 * i + 2] = middle, high
    return Boxes(points[order], order, first, last, best)


@njit(cache=True, nogil=True)
def reached(
    wanted: np.ndarray,
    points: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    best: np.ndarray,
    stack: np.ndarray,
    guess: int,
) -> int:
    """Row of a point that reaches the wanted one, or -1. `guess` is tried first.

    Parameters
    ----------
    points, first, last, best : see `Boxes`; `last` may be moved back where a leaf is not yet full
    stack : (64,) room to work in
    """
    if 0 <= guess < len(points) and at_least(points, guess, wanted):
        return guess
    leaves = (len(first) + 1) // 2
    top = 0
    stack[0] = 0
    while top >= 0:
        i = stack[top]
        top -= 1
        if not at_least(best, i, wanted):
            continue
        if i >= leaves - 1:
            for j in range(first[i], last[i]):
                if at_least(points, j, wanted):
                    return j
        else:
            stack[top + 1] = 2 * i + 1
            stack[top + 2] = 2 * i + 2
            top += 2
    return -1


@njit(cache=True, nogil=True)
def any_reaches(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each of `points` (n, d): is it reached by one of `others` (m, d)? Bool (n,)."""
    boxes = build(others)
    stack = np.empty(_DEPTH, np.int64)
    out = np.empty(len(points), np.bool_)
    guess = -1
    for i in range(len(points)):
        found = reached(points[i], boxes.points, boxes.first, boxes.last, boxes.best, stack, guess)
        out[i] = found >= 0
        guess = found if found >= 0 else guess
    return out


@njit(cache=True, nogil=True)
def _thin(
    points: np.ndarray, order: np.ndarray, shrink: np.ndarray, slack: np.ndarray
) -> np.ndarray:
    boxes = build(points)
    count, objectives = points.shape
    leaves = (len(boxes.first) + 1) // 2
    box_of = np.empty(count, np.int64)
    for i in range(leaves - 1, len(boxes.first)):
        for j in range(boxes.first[i], boxes.last[i]):
            box_of[boxes.order[j]] = i
    # Boxes over the places of all points, filled with those that are kept, one by one.
    kept = np.empty_like(points)
    filled = boxes.first.copy()
    best = np.full_like(boxes.best, LOWEST)
    keep = np.zeros(count, np.bool_)
    stack = np.empty(_DEPTH, np.int64)
    wanted = np.empty(objectives, np.int64)
    for p in order:
        lowered(points[p], shrink, slack, wanted)
        if reached(wanted, kept, boxes.first, filled, best, stack, -1) >= 0:
            continue
        keep[p] = True
        i = box_of[p]
        kept[filled[i]] = points[p]
        filled[i] += 1
        rising = True
        while rising:
            rising = False
            for k in range(objectives):
                if points[p, k] > best[i, k]:
                    best[i, k] = points[p, k]
                    rising = True
            rising = rising and i > 0
            i = (i - 1) >> 1
    return keep


def thin(
    points: np.ndarray,
    *,
    shrink: np.ndarray | None = None,
    slack: np.ndarray | None = None,
    weakest_first: bool = False,
) -> np.ndarray:
    """Mask of points that suffice to stand for all, the strongest first.

    Parameters
    ----------
    points : (n, d) int64
        Maximized.
    shrink : (d,), optional
        Every point is represented by a kept one that reaches 1 - shrink of it. None or 0: no
        less than itself, that is: exactly the non-dominated points, of equal ones the first.
    slack : (d,) int64, optional
        Where shrink is 0: differences up to it count as none.
    weakest_first : bool
        Go through the points from the other end.

    Returns
    -------
    bool (n,)
    """
    objectives = points.shape[1]
    zero = np.zeros(objectives)
    order = strongest_first(points)
    if weakest_first:
        order = order[::-1].copy()
    return _thin(
        points,
        order,
        zero if shrink is None else shrink,
        zero.astype(np.int64) if slack is None else slack,
    )


def strongest_first(points: np.ndarray) -> np.ndarray:
    """Order by the sum of the objectives, each over its range: nothing is dominated by a later one.

    Where rounded sums tie, the lexicographically larger comes first, which no tied one dominates;
    equal points keep their order.
    """
    if len(points) == 0:
        return np.arange(0)
    low = points.min(axis=0)
    strength = ((points - low) / np.maximum(points.max(axis=0) - low, 1)).sum(axis=1)
    # Nearly all sums differ: sorting by them alone, then mending the ties, is far faster.
    order = np.argsort(-strength, kind="stable")
    tied = np.flatnonzero(np.diff(strength[order]) == 0)
    if len(tied):
        order = np.lexsort((*(-points).T[::-1], -strength))
    return order
