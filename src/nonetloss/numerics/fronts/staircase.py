"""Sums of two fronts of two objectives: a merge of sorted rows that jumps over what is beaten.

Mathematical formulation
    Of {a + b : a in A, b in B}, both staircases (x falling, y rising), the points not dominated.

In words
    Every point of the shorter front makes one row: the longer front moved to it, sorted by x. A
    heap merges the rows by falling x. A sum counts only if its y is above all that came before;
    the next one in its row that can still count is found by bisection, for y rises along the row.

Papers
    Knuth 1998, The Art of Computer Programming 3, section 5.4.1 (merging with a heap).
"""

import numpy as np
from numba import njit


def staircase(points: np.ndarray, *, shrink: float = 0.0) -> np.ndarray:
    """Places of the points that suffice to stand for all, x falling and y rising.

    Parameters
    ----------
    points : (n, 2) int64
        Maximized.
    shrink : float
        Every point is represented by one that reaches 1 - shrink of its y, and its x. 0: exactly
        the non-dominated points, of equal ones the first.

    Returns
    -------
    int (k,)
    """
    order = np.lexsort((-points[:, 1], -points[:, 0]))
    return order[_climb(points[order, 1], shrink)]


def staircase_sum(
    first: np.ndarray, second: np.ndarray, *, shrink: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Which pairs of two staircases make the staircase of all sums, x falling.

    Parameters
    ----------
    first, second : (n, 2), (m, 2) int64
        Staircases as `staircase` orders them.
    shrink : float
        As there.

    Returns
    -------
    (int (k,), int (k,))
        Rows of `first` and of `second`.
    """
    turned = len(first) > len(second)
    rows, columns = (second, first) if turned else (first, second)
    room = 4 * (len(rows) + len(columns)) + 1024
    while True:
        i, j = np.empty(room, np.int64), np.empty(room, np.int64)
        found = _merge(rows, columns, shrink, i, j)
        if found >= 0:
            break
        room *= 4
    i, j = i[:found], j[:found]
    return (j, i) if turned else (i, j)


@njit(cache=True, nogil=True)
def _covered_up_to(y: int, shrink: float) -> int:
    """The largest y that a point of height y still stands for."""
    if shrink == 0.0:
        return y
    return int(np.floor(y / (1.0 - shrink) if y > 0 else y * (1.0 - shrink)))


@njit(cache=True, nogil=True)
def _climb(y: np.ndarray, shrink: float) -> np.ndarray:
    """Mask of the points whose y is above what the former ones cover."""
    keep = np.zeros(len(y), np.bool_)
    covered = 0
    for i in range(len(y)):
        if i == 0 or y[i] > covered:
            keep[i] = True
            covered = _covered_up_to(y[i], shrink)
    return keep


@njit(cache=True, nogil=True)
def _above(y: np.ndarray, start: int, floor: int) -> int:
    """First place from `start` on where the rising y is above `floor`; len(y) if there is none."""
    count = len(y)
    if start >= count or y[start] > floor:
        return start
    low, step = start, 1
    while low + step < count and y[low + step] <= floor:
        low += step
        step *= 2
    high = min(low + step, count)
    while high - low > 1:
        middle = (low + high) >> 1
        if y[middle] > floor:
            high = middle
        else:
            low = middle
    return high


@njit(cache=True, nogil=True)
def _comes_first(x: np.ndarray, y: np.ndarray, i: int, j: int) -> bool:
    return x[i] > x[j] or (x[i] == x[j] and y[i] > y[j])


@njit(cache=True, nogil=True)
def _sink(heap: np.ndarray, size: int, at: int, x: np.ndarray, y: np.ndarray) -> None:
    """Put the row at place `at` of the heap where it belongs, below all that come first."""
    row = heap[at]
    child = 2 * at + 1
    while child < size:
        if child + 1 < size and _comes_first(x, y, heap[child + 1], heap[child]):
            child += 1
        if not _comes_first(x, y, heap[child], row):
            break
        heap[at] = heap[child]
        at = child
        child = 2 * at + 1
    heap[at] = row


@njit(cache=True, nogil=True)
def _merge(
    rows: np.ndarray, columns: np.ndarray, shrink: float, i: np.ndarray, j: np.ndarray
) -> int:
    """Kept pairs into `i` and `j`; how many there are, or -1 if they have no room."""
    heights = columns[:, 1].copy()
    place = np.zeros(len(rows), np.int64)
    x = rows[:, 0] + columns[0, 0]
    y = rows[:, 1] + columns[0, 1]
    heap = np.arange(len(rows))
    size = len(rows)
    for at in range(size // 2 - 1, -1, -1):
        _sink(heap, size, at, x, y)
    found = 0
    covered = y[heap[0]] - 1
    while size > 0:
        row = heap[0]
        if y[row] > covered:
            if found == len(i):
                return -1
            i[found], j[found] = row, place[row]
            found += 1
            covered = _covered_up_to(y[row], shrink)
        place[row] = _above(heights, place[row], covered - rows[row, 1])
        if place[row] < len(columns):
            x[row] = rows[row, 0] + columns[place[row], 0]
            y[row] = rows[row, 1] + columns[place[row], 1]
        else:
            size -= 1
            heap[0] = heap[size]
        if size > 0:
            _sink(heap, size, 0, x, y)
    return found
