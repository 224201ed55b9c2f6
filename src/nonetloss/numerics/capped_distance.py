"""Exact squared distance to the nearest marked cell, up to a radius: what windows can know.

A window with a border of `radius` cells sees every marked cell that lies within `radius` of its
inner cells, so distances up to the radius are exact however large the raster is.
"""

from typing import Final

import numpy as np
from numba import njit

# Told where the nearest marked cell lies beyond the radius, or where there is none.
BEYOND: Final = np.int32(2**31 - 1)
# The square of the radius must fit into an int32.
_MAX_RADIUS = 46_000


def capped_squares(mask: np.ndarray, *, radius: int) -> np.ndarray:
    """Squared Euclidean distance between cell centers, in cells.

    Parameters
    ----------
    mask : bool (rows, columns)
        True cells are the places to measure to. Cells are square.
    radius : int
        Distances up to it, in cells, are told; from 1 to 46,000.

    Returns
    -------
    int32 (rows, columns)
        Sum of the squares of the row and column offsets to the nearest True cell; 0 on it;
        `BEYOND` where that sum exceeds `radius` squared.

    References
    ----------
    Meijster, Roerdink & Hesselink 2000, doi 10.1007/0-306-47025-X_36 (two passes, linear time);
    Felzenszwalb & Huttenlocher 2012, doi 10.4086/toc.2012.v008a019 (lower envelope).
    """
    if not 1 <= radius <= _MAX_RADIUS:
        raise ValueError(f"radius {radius} is not between 1 and {_MAX_RADIUS}")
    out = np.empty(mask.shape, dtype=np.int32)
    _vertical(np.ascontiguousarray(mask, dtype=np.bool_), np.int32(radius), out)
    _horizontal(out, np.int64(radius))
    return out


@njit(cache=True, nogil=True)
def _vertical(mask: np.ndarray, radius: np.int32, out: np.ndarray) -> None:
    """Rows to the nearest marked cell of the same column; radius + 1 where there is none."""
    rows, columns = mask.shape
    far = radius + np.int32(1)
    for c in range(columns):
        out[0, c] = 0 if mask[0, c] else far
    for r in range(1, rows):
        for c in range(columns):
            above = out[r - 1, c] + np.int32(1)
            out[r, c] = 0 if mask[r, c] else (above if above < far else far)
    for r in range(rows - 2, -1, -1):
        for c in range(columns):
            below = out[r + 1, c] + np.int32(1)
            if below < out[r, c]:
                out[r, c] = below


@njit(cache=True, nogil=True)
def _horizontal(out: np.ndarray, radius: np.int64) -> None:
    """Lower envelope of the parabolas over each row, in place."""
    rows, columns = out.shape
    limit = radius * radius
    center = np.empty(columns, dtype=np.int64)
    height = np.empty(columns, dtype=np.int64)
    start = np.empty(columns, dtype=np.float64)
    for r in range(rows):
        count = 0
        for c in range(columns):
            near = np.int64(out[r, c])
            if near > radius:
                continue
            square = near * near
            begin = -np.inf
            while count:
                other = center[count - 1]
                begin = (square + c * c - height[count - 1] - other * other) / (2.0 * (c - other))
                if begin > start[count - 1]:
                    break
                count -= 1
                begin = -np.inf
            center[count] = c
            height[count] = square
            start[count] = begin
            count += 1
        if count == 0:
            for c in range(columns):
                out[r, c] = BEYOND
            continue
        at = 0
        for c in range(columns):
            while at + 1 < count and start[at + 1] <= c:
                at += 1
            offset = c - center[at]
            found = height[at] + offset * offset
            out[r, c] = found if found <= limit else BEYOND
