"""Fewer corners for a route over cells: straight pieces that cross no closed cell.

Mathematical formulation
    Vertices 0 … n-1 of the given route; an edge (j, i), j < i, may be used if the straight piece
    between them touches no blocked cell, or if i = j + 1. Minimize the sum of line integrals of
    cost over the edges used plus a charge p per edge, p = tolerance × cost of the given route /
    (n - 1). The given route is feasible, so the result costs at most (1 + tolerance) times it.

In words
    Pull the string tight where nothing stands in the way, as long as the cost hardly rises.

With unlimited window this is the exact optimum among routes through the given vertices. It is
the idea of any-angle path smoothing (Botea, Müller & Schaeffer 2004; Nash et al. 2007, Theta*),
solved as a shortest path instead of greedily.
"""

import numpy as np
from numba import njit

from nonetloss.core.errors import InputError
from nonetloss.numerics.grid import Grid

_CORNER = 1e-9


def straighten(
    points: np.ndarray,
    cost: np.ndarray,
    *,
    grid: Grid,
    blocked: np.ndarray | None = None,
    tolerance: float = 0.005,
    window: int = 64,
) -> np.ndarray:
    """Which vertices of a line to keep.

    Parameters
    ----------
    points : float64 (n, 2)
        x, y of the vertices, inside the grid.
    cost : (rows, columns)
        Cost per unit of length; not negative, NaN only where blocked.
    grid : Grid
    blocked : bool (rows, columns), optional
        Cells that no new piece may touch, not even by a corner. Pieces of the given line are
        never refused.
    tolerance : float
        Relative cost that simplicity may add; 0 only shortens where that costs nothing.
    window : int
        Longest piece, in vertices of the given line, at least 1.

    Returns
    -------
    int64 (k,)
        Ascending positions in `points`, first and last included.

    Raises
    ------
    InputError
        `sightlines.points` for fewer than two points, points off the grid, or a window below 1.
    """
    points = np.asarray(points, dtype=np.float64)
    x = (points[:, 0] - grid.left) / grid.cell_width if points.ndim == 2 else np.empty(0)
    y = (grid.top - points[:, 1]) / grid.cell_height if points.ndim == 2 else np.empty(0)
    inside = (x >= 0) & (x <= grid.columns) & (y >= 0) & (y <= grid.rows)
    if len(x) < 2 or not inside.all() or window < 1 or not tolerance >= 0:
        found = {"points": len(x), "window": window, "tolerance": tolerance}
        raise InputError.because("sightlines.points", "line", found=found)
    closed = np.zeros(grid.shape, np.bool_) if blocked is None else blocked
    prices = np.where(closed, 0.0, np.asarray(cost, dtype=np.float64))
    previous = _shortest(
        x, y, prices, closed, grid.cell_width, grid.cell_height, int(window), float(tolerance)
    )
    kept = [len(x) - 1]
    while kept[-1] != 0:
        kept.append(int(previous[kept[-1]]))
    return np.array(kept[::-1], dtype=np.int64)


@njit(cache=True, nogil=True)
def _shortest(
    x: np.ndarray, y: np.ndarray, cost: np.ndarray, closed: np.ndarray, width: float,
    height: float, window: int, tolerance: float,
) -> np.ndarray:  # fmt: skip
    """Predecessor of each vertex on the cheapest chain from the first."""
    count = x.size
    raw = np.zeros(count)
    for i in range(1, count):
        price, _ = _look(x[i - 1], y[i - 1], x[i], y[i], cost, closed, width, height)
        raw[i] = price
    charge = tolerance * raw.sum() / (count - 1)
    best = np.full(count, np.inf)
    best[0] = 0.0
    previous = np.zeros(count, np.int64)
    for i in range(1, count):
        for j in range(i - 1, max(i - window, 0) - 1, -1):
            price = raw[i]
            free = True
            if j < i - 1:
                price, free = _look(x[j], y[j], x[i], y[i], cost, closed, width, height)
            # Equal offers: the longer piece, which is looked at later, wins.
            if free and best[j] + price + charge <= best[i]:
                best[i] = best[j] + price + charge
                previous[i] = j
    return previous


@njit(cache=True, nogil=True)
def _look(
    x0: float, y0: float, x1: float, y1: float, cost: np.ndarray, closed: np.ndarray,
    width: float, height: float,
) -> tuple[float, bool]:  # fmt: skip
    """(line integral of cost, whether no closed cell is touched) of a straight piece."""
    rows, columns = cost.shape
    dx, dy = x1 - x0, y1 - y0
    length = np.hypot(dx * width, dy * height)
    if length == 0.0:
        return 0.0, True
    total = 0.0
    free = True
    t = 0.0
    while t < 1.0:
        # The next cell border ahead, in either direction.
        tx = _next(x0, dx, t)
        ty = _next(y0, dy, t)
        end = min(tx, ty, 1.0)
        middle = 0.5 * (t + end)
        column = min(max(int(np.floor(x0 + middle * dx)), 0), columns - 1)
        row = min(max(int(np.floor(y0 + middle * dy)), 0), rows - 1)
        total += (end - t) * length * cost[row, column]
        if closed[row, column]:
            free = False
        # Through a corner, or along a border: the cells beside are touched as well.
        if end < 1.0 and abs(tx - ty) * max(abs(dx), abs(dy)) < _CORNER:
            corner_x = int(np.rint(x0 + end * dx))
            corner_y = int(np.rint(y0 + end * dy))
            free = free and not _any(closed, corner_y - 1, corner_y, corner_x - 1, corner_x)
            end = max(tx, ty)
        if abs(dx) < _CORNER and abs(x0 - np.rint(x0)) < _CORNER:
            edge = int(np.rint(x0))
            free = free and not _any(closed, row, row, edge - 1, edge)
        if abs(dy) < _CORNER and abs(y0 - np.rint(y0)) < _CORNER:
            edge = int(np.rint(y0))
            free = free and not _any(closed, edge - 1, edge, column, column)
        t = max(end, np.nextafter(t, 2.0))
    return total, free


@njit(cache=True, nogil=True)
def _next(start: float, step: float, t: float) -> float:
    """Where along the piece it next meets a cell border in one direction; 2 if never."""
    if step == 0.0:
        return 2.0
    at = start + t * step
    if step > 0:
        border = np.floor(at) + 1.0
        if border - at < _CORNER:
            border += 1.0
    else:
        border = np.ceil(at) - 1.0
        if at - border < _CORNER:
            border -= 1.0
    return (border - start) / step


@njit(cache=True, nogil=True)
def _any(closed: np.ndarray, top: int, bottom: int, left: int, right: int) -> bool:
    rows, columns = closed.shape
    for row in range(max(top, 0), min(bottom, rows - 1) + 1):
        for column in range(max(left, 0), min(right, columns - 1) + 1):
            if closed[row, column]:
                return True
    return False
