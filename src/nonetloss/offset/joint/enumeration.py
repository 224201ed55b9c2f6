"""The cheapest route within limits: labels in order of a bound, kept while nothing dominates them.

Every label is a way from the start to a cell with its sums. It goes on only while, with the least
that the rest of the way can add, each of some weighted sums stays within its limit, and while no
other way to the same cell is as good in every sum. Labels are worked in order of the first of
these bounds (Handler and Zang 1980, doi 10.1002/net.3230100403; Carlyle, Royset and Wood 2008,
doi 10.1002/net.20247), so that what is not yet worked is known to be no better than the next.
"""

import heapq
from dataclasses import dataclass

import numpy as np
from numba import njit

from nonetloss.numerics.paths.tiles import Index

_ROW_STEPS = np.array([-1, -1, -1, 0, 0, 1, 1, 1, -2, -2, -1, -1, 1, 1, 2, 2])
_COLUMN_STEPS = np.array([-1, 0, 1, -1, 1, -1, 0, 1, -1, 1, -2, 2, -2, 2, -1, 1])


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Weighted sums of a route and the most that each may be.

    `weights` (limits, layers); `onward` (limits, rows, columns): the least that the weighted sum
    still grows from each cell to the end (0: nothing known); `most` (limits,). The first one
    orders the search, the second is the cost alone: both fall as better routes are found.
    """

    weights: np.ndarray
    onward: np.ndarray
    most: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Limited:
    """`cells` (k, 2) of the best route, None if none keeps the limits; `complete`: nothing is left
    to be looked at; `reached`: no route that was not looked at has a first sum below this.
    """

    cells: np.ndarray | None
    complete: bool
    reached: float


def cheapest_within(
    layers: np.ndarray,
    closed: np.ndarray,
    *,
    start: tuple[int, int],
    end: tuple[int, int],
    cell_size: tuple[float, float],
    neighbors: int,
    limits: Limits,
    most_labels: int,
) -> Limited:
    """The route of least first layer that keeps all limits.

    Parameters
    ----------
    layers : (layers, rows, columns)
        Amounts per meter, non-negative; the first is the cost.
    closed : bool (rows, columns)
    limits : Limits
    most_labels : int
        Labels after which the search gives up.
    """
    rows, columns = closed.shape
    flat = np.ascontiguousarray(layers.reshape(len(layers), -1).T)
    onward = np.ascontiguousarray(limits.onward.reshape(len(limits.most), -1).T)
    best, complete, reached, cells, parents = _search(
        flat,
        closed.ravel(),
        rows,
        columns,
        start[0] * columns + start[1],
        end[0] * columns + end[1],
        cell_size[0],
        cell_size[1],
        neighbors,
        limits.weights,
        onward,
        limits.most.copy(),
        most_labels,
    )
    if best < 0:
        return Limited(None, complete, reached)
    path = []
    at = best
    while at >= 0:
        path.append(divmod(int(cells[at]), columns))
        at = int(parents[at])
    return Limited(np.array(path[::-1], dtype=np.int32), complete, reached)


@njit(cache=True, nogil=True)
def _sums_ahead(
    layers: np.ndarray,
    closed: np.ndarray,
    rows: Index,
    columns: Index,
    cell: Index,
    move: Index,
    height: float,
    width: float,
    sums: np.ndarray,
    out: np.ndarray,
) -> Index:
    """The cell that one move leads to, its sums in `out`; -1 where the move is refused."""
    dr = _ROW_STEPS[move]
    dc = _COLUMN_STEPS[move]
    row = cell // columns
    column = cell - row * columns
    to_row = row + dr
    to_column = column + dc
    if to_row < 0 or to_row >= rows or to_column < 0 or to_column >= columns:
        return -1
    to = to_row * columns + to_column
    if closed[to]:
        return -1
    length = np.sqrt((dr * height) ** 2 + (dc * width) ** 2)
    if dr == 0 or dc == 0:
        for k in range(sums.size):
            out[k] = sums[k] + length * (layers[cell, k] + layers[to, k]) / 2
        return to
    if move >= 8:
        half_row = dr // 2 if abs(dr) == 2 else 0
        half_column = dc // 2 if abs(dc) == 2 else 0
        one = (row + half_row) * columns + column + half_column
        other = (to_row - half_row) * columns + to_column - half_column
    else:
        one = to_row * columns + column
        other = row * columns + to_column
    if closed[one] or closed[other]:
        return -1
    for k in range(sums.size):
        mean = (layers[cell, k] + layers[to, k]) / 2
        if move >= 8:
            mean = (mean + (layers[one, k] + layers[other, k]) / 2) / 2
        out[k] = sums[k] + length * mean
    return to


@njit(cache=True, nogil=True)
def _within(
    weights: np.ndarray,
    onward: np.ndarray,
    most: np.ndarray,
    sums: np.ndarray,
    cell: Index,
) -> float:
    """The first bound of a label; infinite if it breaks a limit."""
    first = 0.0
    for j in range(most.size):
        bound = onward[cell, j]
        for k in range(sums.size):
            bound += weights[j, k] * sums[k]
        if bound > most[j]:
            return np.inf
        if j == 0:
            first = bound
    return first


@njit(cache=True, nogil=True)
def _dominated(
    labels: np.ndarray,
    latest: np.ndarray,
    earlier: np.ndarray,
    dead: np.ndarray,
    cell: Index,
    sums: np.ndarray,
) -> bool:
    """Whether a label at the cell is as good in every sum; those that are worse are marked dead."""
    at = latest[cell]
    while at >= 0:
        if not dead[at]:
            no_worse = True
            no_better = True
            for k in range(sums.size):
                if labels[at, k] > sums[k]:
                    no_worse = False
                elif labels[at, k] < sums[k]:
                    no_better = False
            if no_worse:
                return True
            if no_better:
                dead[at] = True
        at = earlier[at]
    return False


@njit(cache=True, nogil=True)
def _search(
    layers: np.ndarray,
    closed: np.ndarray,
    rows: Index,
    columns: Index,
    start: Index,
    end: Index,
    height: float,
    width: float,
    neighbors: Index,
    weights: np.ndarray,
    onward: np.ndarray,
    most: np.ndarray,
    most_labels: Index,
) -> tuple[Index, bool, float, np.ndarray, np.ndarray]:
    """(label of the best route, complete, bound reached, cells, parents)."""
    count = layers.shape[1]
    labels = np.empty((most_labels, count))
    cells = np.empty(most_labels, np.int64)
    parents = np.empty(most_labels, np.int64)
    earlier = np.empty(most_labels, np.int64)
    dead = np.zeros(most_labels, np.bool_)
    latest = np.full(rows * columns, -1, np.int64)
    sums = np.zeros(count)
    here = np.zeros(count)
    best: Index = -1
    first = _within(weights, onward, most, sums, start)
    heap = [(first, np.int64(0))]
    labels[0] = 0.0
    cells[0] = start
    parents[0] = -1
    earlier[0] = -1
    latest[start] = 0
    used = 1
    reached = np.inf
    while len(heap) > 0:
        bound, at = heapq.heappop(heap)
        if bound > most[0]:
            break
        if dead[at]:
            continue
        cell = cells[at]
        here[:] = labels[at]
        if cell == end:
            # Labels within all limits, the last cost included: the best so far.
            if here[0] <= most[1] and (best < 0 or here[0] < labels[best, 0]):
                best = at
                most[0] -= most[1] - here[0]
                most[1] = here[0]
            continue
        if _within(weights, onward, most, here, cell) == np.inf:
            continue
        if used + neighbors > most_labels:
            reached = bound
            break
        for move in range(neighbors):
            to = _sums_ahead(layers, closed, rows, columns, cell, move, height, width, here, sums)
            if to < 0:
                continue
            ahead = _within(weights, onward, most, sums, to)
            if ahead == np.inf or _dominated(labels, latest, earlier, dead, to, sums):
                continue
            labels[used] = sums
            cells[used] = to
            parents[used] = at
            earlier[used] = latest[to]
            latest[to] = used
            heapq.heappush(heap, (ahead, np.int64(used)))
            used += 1
    return best, reached == np.inf, reached, cells[:used].copy(), parents[:used].copy()
