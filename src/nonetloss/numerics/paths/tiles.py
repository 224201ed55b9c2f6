"""The search's working raster: 8 × 8 tiles of interleaved (half cost, label), 8 bytes a cell.

A cell of cost `c` carries `c / 2`, so that an edge costs length × (half_u + half_v). Excluded cells
and a border two cells wide carry infinity: the search then needs neither bounds nor barrier tests.
Tiles keep the neighborhood of a cell in few cache lines and pages. A flat index splits into
`row_offset(row) + column_offset(column)`, so that eight steps per position in a tile are enough to
reach every neighbor.
"""

import numpy as np
from numba import njit

Index = int | np.integer
"""A count or an index; numba makes 64-bit integers of both."""

Real = float | np.floating
"""A cost, a length or a label."""

PAD = 2
SIDE = 8
CELLS = SIDE * SIDE
TIMES = np.uint8(0x3F)
_INFINITY = np.float32(np.inf)
_HALF = np.float32(0.5)


def tiles_across(columns: int) -> int:
    """Tiles in a row of tiles, border included."""
    return (columns + 2 * PAD + SIDE - 1) // SIDE


def cells_with_border(rows: int, columns: int) -> int:
    """Cells of the tiled raster, border and filling included."""
    return tiles_across(rows) * tiles_across(columns) * CELLS


@njit(cache=True, nogil=True, forceinline=True)
def flat(row: Index, column: Index, across: Index) -> Index:
    """Flat index of a (row, column) of the input raster."""
    r = row + PAD
    c = column + PAD
    return ((r >> 3) * across + (c >> 3)) * CELLS + ((r & 7) << 3) + (c & 7)


@njit(cache=True, nogil=True, forceinline=True)
def row_column(index: Index, across: Index) -> tuple[Index, Index]:
    """(row, column) of a flat index: the inverse of `flat`."""
    tile = index >> 6
    row = (tile // across) * SIDE + ((index >> 3) & 7) - PAD
    column = (tile % across) * SIDE + (index & 7) - PAD
    return row, column


def flat_indices(cells: np.ndarray, across: int) -> np.ndarray:
    """Flat indices, int32 (k,), of (row, column) pairs, (k, 2)."""
    r, c = cells[:, 0].astype(np.int64) + PAD, cells[:, 1].astype(np.int64) + PAD
    index = ((r >> 3) * across + (c >> 3)) * CELLS + ((r & 7) << 3) + (c & 7)
    return index.astype(np.int32)


def neighbor_steps(across: int) -> np.ndarray:
    """Index steps up, down, left, right, and two of each, per position in a tile: int32 (512,)."""
    position = np.arange(CELLS)
    row, column = SIDE + (position >> 3), SIDE + (position & 7)

    def row_offset(r: np.ndarray) -> np.ndarray:
        return (r >> 3) * (across * CELLS) + ((r & 7) << 3)

    def column_offset(c: np.ndarray) -> np.ndarray:
        return (c >> 3) * CELLS + (c & 7)

    steps = np.empty((CELLS, 8), np.int32)
    for k, move in enumerate((-1, 1, -2, 2)):
        at = (0, 1, 4, 5)[k]
        steps[:, at] = row_offset(row + move) - row_offset(row)
        steps[:, at + 2] = column_offset(column + move) - column_offset(column)
    return steps.ravel()


@njit(cache=True, nogil=True)
def fill(
    cost: np.ndarray, blocked: np.ndarray, across: Index, tiled: np.ndarray
) -> tuple[float, Index, Index]:
    """Write half costs and infinite labels; return (smallest, bad row, bad column).

    `cost` (rows, columns) per meter; `blocked` bool of the same shape, or (0, 0) for none. The
    smallest cost is among free cells with a positive one; infinite if there are none. The first bad
    cell is NaN or negative and not blocked; its row is -1 if there is none.
    """
    rows, columns = cost.shape
    masked = blocked.shape[0] > 0
    smallest = np.inf
    bad_row = -1
    bad_column = -1
    tiled[:] = _INFINITY
    for row in range(rows):
        for column in range(columns):
            if masked and blocked[row, column]:
                continue
            value = cost[row, column]
            if not value >= 0:
                if bad_row < 0:
                    bad_row = row
                    bad_column = column
                continue
            if value > 0:
                smallest = min(smallest, value)
            tiled[np.uint64(2 * flat(row, column, across))] = _HALF * np.float32(value)
    return smallest, bad_row, bad_column


@njit(cache=True, nogil=True)
def raise_costs(tiled: np.ndarray, across: Index, times: np.ndarray, factor: Real) -> None:
    """Multiply half costs by factor ** n, n the low bits `TIMES` of `times`, uint8 (rows, columns).

    The factor stops at 1e12: a dearer cell must not turn into an excluded one.
    """
    rows, columns = times.shape
    for row in range(rows):
        for column in range(columns):
            repeats = np.int64(times[row, column] & TIMES)
            if repeats:
                at = np.uint64(2 * flat(row, column, across))
                tiled[at] *= np.float32(min(factor**repeats, 1e12))


@njit(cache=True, nogil=True)
def unpack_labels(
    tiled: np.ndarray, across: Index, rows: Index, columns: Index, limit: Real
) -> None:
    """Move the labels to the front of `tiled`, row by row; NaN where excluded, infinite or > limit.

    In place: a row of tiles is set aside before it is overwritten, and what is written never
    overtakes what is still to be read.
    """
    width = across * CELLS * 2
    band = np.empty(width, np.float32)
    current = -1
    for row in range(rows):
        tile_row = (row + PAD) >> 3
        if tile_row != current:
            current = tile_row
            band[:] = tiled[tile_row * width : (tile_row + 1) * width]
        start = row * columns
        for column in range(columns):
            at = np.uint64(2 * flat(row, column, across) - tile_row * width + 1)
            label = band[at]
            if not label <= limit or label == _INFINITY:
                label = np.float32(np.nan)
            tiled[start + column] = label
