"""Find a path again from final labels: each label is its predecessor's label plus an edge.

The sums are formed as in the search, bit by bit, so equality is exact and no predecessor needs to
be stored. Where an edge costs nothing, or less than the labels resolve, labels of neighbors are
equal; the way out of such a plateau is found breadth first.
"""

import numpy as np
from numba import njit

from nonetloss.numerics.paths.search import Moves
from nonetloss.numerics.paths.tiles import Index, Real, flat, row_column

_INFINITY = np.float32(np.inf)
_ROW_STEPS = np.array([-1, -1, -1, 0, 0, 1, 1, 1, -2, -2, -1, -1, 1, 1, 2, 2])
_COLUMN_STEPS = np.array([-1, 0, 1, -1, 1, -1, 0, 1, -1, 1, -2, 2, -2, 2, -1, 1])


@njit(cache=True, nogil=True)
def _offer(
    tiled: np.ndarray, across: Index, row: Index, column: Index, move: Index, moves: Moves
) -> tuple[Index, Real]:
    """(cell, label it offers) of the neighbor that lies `move` away; infinity if closed."""
    dr = _ROW_STEPS[move]
    dc = _COLUMN_STEPS[move]
    vertical, horizontal, diagonal, two_down, two_across, _ = moves
    here = tiled[2 * flat(row, column, across)]
    cell = flat(row + dr, column + dc, across)
    half = tiled[2 * cell]
    label = tiled[2 * cell + 1]
    if move >= 8:
        length = two_down if abs(dr) == 2 else two_across
        half_row = dr // 2 if abs(dr) == 2 else 0
        half_column = dc // 2 if abs(dc) == 2 else 0
        straight = flat(row + half_row, column + half_column, across)
        slanted = flat(row + dr - half_row, column + dc - half_column, across)
        # Seen from the predecessor the two crossed cells change places; their sum is the same.
        crossed = tiled[2 * straight] + tiled[2 * slanted]
        return cell, label + length * ((half + here) + crossed)
    if dr != 0 and dc != 0:
        if (
            tiled[2 * flat(row + dr, column, across)] == _INFINITY
            or tiled[2 * flat(row, column + dc, across)] == _INFINITY
        ):
            return cell, _INFINITY
        return cell, label + diagonal * (half + here)
    return cell, label + (vertical if dr != 0 else horizontal) * (half + here)


@njit(cache=True, nogil=True)
def _predecessor(tiled: np.ndarray, across: Index, cell: Index, moves: Moves) -> Index:
    """A neighbor with a smaller label from which this cell has its own, or -1."""
    row, column = row_column(cell, across)
    label = tiled[2 * cell + 1]
    for move in range(16 if moves.knights else 8):
        other, offered = _offer(tiled, across, row, column, move, moves)
        if offered == label and tiled[2 * other + 1] < label:
            return other
    return np.int64(-1)


@njit(cache=True, nogil=True)
def _is_among(cell: Index, sources: np.ndarray) -> bool:
    at = np.searchsorted(sources, cell)
    return bool(at < sources.size and sources[at] == cell)


@njit(cache=True, nogil=True)
def _across_plateau(
    tiled: np.ndarray,
    across: Index,
    cell: Index,
    moves: Moves,
    sources: np.ndarray,
    came_by: np.ndarray,
) -> np.ndarray:
    """Cells after `cell`, over equal labels, to one that is a source or has a predecessor."""
    queue = np.empty(64, np.int32)
    queue[0] = cell
    came_by[cell] = 255
    read = 0
    written = 1
    exit_: Index = np.int64(-1)
    while read < written:
        at: Index = np.int64(queue[read])
        read += 1
        if _is_among(at, sources) or (at != cell and _predecessor(tiled, across, at, moves) >= 0):
            exit_ = at
            break
        row, column = row_column(at, across)
        for move in range(16 if moves.knights else 8):
            other, offered = _offer(tiled, across, row, column, move, moves)
            label = tiled[2 * at + 1]
            if offered == label and tiled[2 * other + 1] == label and came_by[other] == 0:
                came_by[other] = move + 1
                if written == queue.size:
                    longer = np.empty(2 * queue.size, np.int32)
                    longer[:written] = queue
                    queue = longer
                queue[written] = other
                written += 1
    reverse = np.empty(64, np.int32)
    count = 0
    back = exit_
    while back >= 0 and back != cell:
        if count == reverse.size:
            longer = np.empty(2 * count, np.int32)
            longer[:count] = reverse
            reverse = longer
        reverse[count] = back
        count += 1
        move = came_by[back] - 1
        row, column = row_column(back, across)
        back = flat(row - _ROW_STEPS[move], column - _COLUMN_STEPS[move], across)
    return reverse[:count][::-1].copy()


@njit(cache=True, nogil=True)
def walk_back(
    tiled: np.ndarray, across: Index, cell: Index, moves: Moves, sources: np.ndarray
) -> np.ndarray:
    """(row, column) pairs, int32 (k, 2), from a labeled cell back to one of the sorted sources."""
    path = np.empty((256, 2), np.int32)
    came_by = np.empty(0, np.uint8)
    steps = np.empty(1, np.int32)
    steps[0] = cell
    count = 0
    at = np.int64(cell)
    while steps.size:
        while count + steps.size > path.shape[0]:
            longer = np.empty((2 * path.shape[0], 2), np.int32)
            longer[:count] = path[:count]
            path = longer
        for step in steps:
            path[count, 0], path[count, 1] = row_column(np.int64(step), across)
            count += 1
            at = np.int64(step)
        if _is_among(at, sources):
            break
        before = _predecessor(tiled, across, at, moves)
        if before >= 0:
            steps = np.empty(1, np.int32)
            steps[0] = before
        else:
            if came_by.size == 0:
                came_by = np.zeros(tiled.size // 2, np.uint8)
            steps = _across_plateau(tiled, across, at, moves, sources, came_by)
    return path[:count]
