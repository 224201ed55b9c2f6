"""Shapes to rasters: every touched cell, the cell center, the largest share, length per cell."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from nonetloss.core.errors import InputError
from nonetloss.numerics.coverage import Coverage, coverage, oriented_rings, to_cell_units
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.shapes import Lines, Polygons
from nonetloss.numerics.signed_area import SNAP, crossed_cells, grown, sweep
from nonetloss.numerics.windows import Window


@dataclass(frozen=True, slots=True)
class LineLengths:
    """Length of each line feature in each cell, sparse.

    Parameters
    ----------
    grid : Grid
    offsets : int64 (features + 1,)
        Feature i holds these entries of `cells` and `lengths`.
    cells : int64 (m,)
        ``row * columns + column``, ascending within a feature, each cell once.
    lengths : float64 (m,)
        In CRS units.
    total : float64 (features,)
        Length of the whole feature, inside the grid or not.
    """

    grid: Grid
    offsets: np.ndarray
    cells: np.ndarray
    lengths: np.ndarray
    total: np.ndarray


def rasterize_touched(shapes: Polygons | Lines, *, grid: Grid) -> np.ndarray:
    """Every cell that a shape touches, be it in one point of its border; bool (rows, columns).

    Cells and shapes are closed sets, so a line along a cell border marks the cells on both sides.
    Zero-width tips, slivers, lines and points (lines of one vertex) are kept. The test is
    conservative: cells within 1e-9 of a cell (or a few units in the last place of the
    coordinates, if that is more) are marked too. Use it for hard exclusions, which a path must
    not slip through.
    """
    touched = np.zeros(grid.shape, dtype=np.bool_)
    flat = touched.ravel()
    x, y = to_cell_units(shapes.coordinates, grid)
    closed = isinstance(shapes, Polygons)
    offsets = shapes.ring_offsets if isinstance(shapes, Polygons) else shapes.line_offsets
    largest = float(np.abs(np.append(shapes.coordinates.ravel(), grid.bounds)).max())
    slack = 1e-9 + 4 * float(np.spacing(largest)) / min(grid.cell_width, grid.cell_height)
    _touch_edges(x, y, offsets.astype(np.int64), closed, slack, touched)
    if isinstance(shapes, Polygons):
        inside = coverage(shapes, grid=grid)
        flat[inside.cells] = True
        _paint_runs(inside.run_starts, inside.run_lengths, True, flat)
    return touched


def rasterize_center(
    polygons: Polygons,
    values: np.ndarray,
    *,
    grid: Grid,
    fill: float,
    window: Window | None = None,
) -> np.ndarray:
    """The value of the polygon that holds each cell's center; later polygons overwrite earlier.

    Parameters
    ----------
    polygons : Polygons
    values : (zones,)
    grid : Grid
    fill : number
        For centers in no polygon.
    window : Window, optional
        Part of the grid that is wanted; the whole without it. A cell gets the same value in every
        window, also where a border runs through its center.

    Returns
    -------
    (rows, columns) array in the type of `values`, of the window. A center on an edge belongs to one
    of the two polygons that share it, never to both.

    Raises
    ------
    InputError
        `zonal.values`.
    """
    values = _one_per_zone(values, polygons)
    part = window or Window(0, 0, *grid.shape)
    out = np.full((part.rows, part.columns), fill, dtype=values.dtype)
    x, y = to_cell_units(polygons.coordinates, grid)
    rings, signs, _, zone_rings = oriented_rings(polygons, x, y)
    _paint_centers(x, y, rings, signs, zone_rings, values, part.row, part.column, out)
    return out


def rasterize_majority(
    geometries: Polygons | Coverage, values: np.ndarray, *, grid: Grid, fill: float,
    minimum: float = 0.0,
) -> np.ndarray:  # fmt: skip
    """The value that covers the largest share of each cell; shares of equal values add up.

    Parameters
    ----------
    geometries : Polygons or Coverage
    values : (zones,)
    grid : Grid
    fill : number
        For cells that no value covers.
    minimum : float
        A value needs more than this share of the cell, in [0, 1).

    Returns
    -------
    (rows, columns) array in the type of `values`. Ties go to the smallest value; where zones
    overlap, one that covers the whole cell wins, the first such zone if there are several.

    Raises
    ------
    InputError
        `zonal.values`.
    """
    values = _one_per_zone(values, geometries)
    covered = geometries if isinstance(geometries, Coverage) else coverage(geometries, grid=grid)
    out = np.full(grid.shape, fill, dtype=values.dtype)
    flat = out.ravel()
    listed, code = np.unique(values, return_inverse=True)
    owner = np.repeat(code, np.diff(covered.cell_offsets))
    order = np.lexsort((owner, covered.cells))
    cells, owner, shares = covered.cells[order], owner[order], covered.fractions[order]
    if len(cells):
        start = np.flatnonzero(np.append(True, (np.diff(cells) != 0) | (np.diff(owner) != 0)))
        shares, cells, owner = np.add.reduceat(shares, start), cells[start], owner[start]
        # Largest share last, and among equals the smallest value last: it is written last.
        order = np.lexsort((-owner, np.round(shares, 12)))
        order = order[shares[order] > max(minimum, SNAP)]
        flat[cells[order]] = listed[owner[order]]
    for zone in range(len(covered) - 1, -1, -1):
        runs = slice(covered.run_offsets[zone], covered.run_offsets[zone + 1])
        _paint_runs(covered.run_starts[runs], covered.run_lengths[runs], values[zone], flat)
    return out


def line_lengths(lines: Lines, *, grid: Grid) -> LineLengths:
    """Length of each line feature in each cell of the grid.

    A stretch along a cell border counts in the cell to its right or below it. What lies outside
    the grid is left out; compare with `LineLengths.total`.
    """
    x, y = to_cell_units(lines.coordinates, grid)
    feature_vertices = lines.line_offsets[lines.geometry_offsets].astype(np.int64)
    breaks = np.zeros(len(x) + 1, dtype=np.bool_)
    breaks[lines.line_offsets] = True
    counts, cells, lengths, total = _line_pieces(
        x, y, feature_vertices, breaks, grid.rows, grid.columns, grid.cell_width, grid.cell_height
    )
    owner = np.repeat(np.arange(len(lines)), counts)
    order = np.lexsort((cells, owner))
    owner, cells, lengths = owner[order], cells[order], lengths[order]
    if len(cells):
        start = np.flatnonzero(np.append(True, (np.diff(cells) != 0) | (np.diff(owner) != 0)))
        lengths, cells, owner = np.add.reduceat(lengths, start), cells[start], owner[start]
    found = np.bincount(owner, minlength=len(lines))
    return LineLengths(grid, np.append(0, np.cumsum(found)), cells, lengths, total)


def _one_per_zone(values: np.ndarray, zones: Polygons | Coverage) -> np.ndarray:
    values = np.asarray(values)
    if values.shape != (len(zones),):
        raise InputError.because("zonal.values", "values", found=values.shape, wanted=len(zones))
    return values


@njit(cache=True, nogil=True)
def _paint_runs(starts: np.ndarray, lengths: np.ndarray, value: float, flat: np.ndarray) -> None:
    for run in range(len(starts)):
        flat[starts[run] : starts[run] + lengths[run]] = value


@njit(cache=True, nogil=True)
def _touch_edge(
    x0: float, y0: float, x1: float, y1: float, slack: float, touched: np.ndarray
) -> None:
    """Mark the closed cells that a segment touches, row band by row band."""
    rows, columns = touched.shape
    if y0 > y1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    if y1 < -slack or y0 > rows + slack:
        return
    if max(x0, x1) < -slack or min(x0, x1) > columns + slack:
        return
    first = max(int(np.ceil(max(y0, -1.0) - 1.0 - slack)), 0)
    last = min(int(np.floor(min(y1, rows + 1.0) + slack)), rows - 1)
    for row in range(first, last + 1):
        # The part of the segment in the closed band of this row, as an interval of x.
        ya = min(max(y0, row - slack), y1)
        yb = max(min(y1, row + 1.0 + slack), y0)
        xa, xb = x0, x1
        if y1 > y0:
            slope = (x1 - x0) / (y1 - y0)
            if ya > y0:
                xa = x0 + (ya - y0) * slope
            if yb < y1:
                xb = x0 + (yb - y0) * slope
        left = max(min(xa, xb), -1.0)
        right = min(max(xa, xb), columns + 1.0)
        begin = max(int(np.ceil(left - 1.0 - slack)), 0)
        end = min(int(np.floor(right + slack)), columns - 1)
        for col in range(begin, end + 1):
            touched[row, col] = True


@njit(cache=True, nogil=True)
def _touch_edges(
    x: np.ndarray, y: np.ndarray, offsets: np.ndarray, closed: bool, slack: float,
    touched: np.ndarray,
) -> None:  # fmt: skip
    for part in range(len(offsets) - 1):
        first, last = offsets[part], offsets[part + 1]
        if last - first == 1:
            _touch_edge(x[first], y[first], x[first], y[first], slack, touched)
        for i in range(first, last - 1):
            _touch_edge(x[i], y[i], x[i + 1], y[i + 1], slack, touched)
        if closed and last - first > 1:
            _touch_edge(x[last - 1], y[last - 1], x[first], y[first], slack, touched)


@njit(cache=True, nogil=True)
def _center_events(
    x: np.ndarray, y: np.ndarray, rings: np.ndarray, signs: np.ndarray, first: int, last: int,
    top: int, left: int, rows: int, columns: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Where edges cross the center line of a row: the first cell whose center lies right of it.

    Crossings are computed in cells of the whole grid; events count from `top` and `left`.
    """
    ev_row = np.empty(256, dtype=np.int32)
    ev_col = np.empty(256, dtype=np.int32)
    ev_cover = np.empty(256)
    n = 0
    for ring in range(first, last):
        start, stop = rings[ring], rings[ring + 1]
        for i in range(start, stop):
            j = i + 1 if i + 1 < stop else start
            a, b, sign = i, j, float(signs[ring])
            if y[a] > y[b]:
                a, b, sign = j, i, -sign
            begin = int(np.ceil(max(y[a], float(top)) - 0.5))
            end = int(np.ceil(min(y[b], float(top + rows)) - 0.5))
            if end > begin:
                ev_row = grown(ev_row, n, n + end - begin)
                ev_col = grown(ev_col, n, n + end - begin)
                ev_cover = grown(ev_cover, n, n + end - begin)
            for row in range(begin, end):
                crossing = x[a] + (row + 0.5 - y[a]) * ((x[b] - x[a]) / (y[b] - y[a]))
                kept = min(max(crossing, float(left)), left + columns + 1.0)
                col = int(np.ceil(kept - 0.5)) - left
                if col < columns:
                    ev_row[n], ev_col[n], ev_cover[n] = row - top, col, sign
                    n += 1
    return ev_row[:n], ev_col[:n], ev_cover[:n]


@njit(cache=True, nogil=True)
def _paint_centers(
    x: np.ndarray, y: np.ndarray, rings: np.ndarray, signs: np.ndarray, zone_rings: np.ndarray,
    values: np.ndarray, top: int, left: int, out: np.ndarray,
) -> None:  # fmt: skip
    rows, columns = out.shape
    flat = out.ravel()
    none = np.empty(0, dtype=np.int64)
    none_shares = np.empty(0)
    for zone in range(len(zone_rings) - 1):
        ev_row, ev_col, ev_cover = _center_events(
            x, y, rings, signs, zone_rings[zone], zone_rings[zone + 1], top, left, rows, columns
        )
        if len(ev_row) == 0:
            continue
        row, col, share, after, _ = crossed_cells(ev_row, ev_col, ev_cover, ev_cover, columns)
        starts = np.empty(2 * len(row), dtype=np.int64)
        lengths = np.empty(2 * len(row), dtype=np.int32)
        _, k = sweep(row, col, share, after, columns, none, none_shares, starts, lengths, 0, 0)
        _paint_runs(starts[:k], lengths[:k], values[zone], flat)


@njit(cache=True, nogil=True)
def _segment_cuts(
    x0: float, y0: float, x1: float, y1: float, rows: int, columns: int
) -> np.ndarray:
    """Ascending positions in [0, 1] where a segment crosses grid lines, with both ends."""
    left, right = min(x0, x1), max(x0, x1)
    top, bottom = min(y0, y1), max(y0, y1)
    c0, c1 = int(np.ceil(max(left, 0.0))), int(np.floor(min(right, float(columns))))
    r0, r1 = int(np.ceil(max(top, 0.0))), int(np.floor(min(bottom, float(rows))))
    cuts = np.empty(max(c1 - c0 + 1, 0) + max(r1 - r0 + 1, 0) + 2)
    cuts[0], cuts[1] = 0.0, 1.0
    n = 2
    if right > left:
        for c in range(c0, c1 + 1):
            cuts[n] = (c - x0) / (x1 - x0)
            n += 1
    if bottom > top:
        for r in range(r0, r1 + 1):
            cuts[n] = (r - y0) / (y1 - y0)
            n += 1
    return np.sort(cuts[:n])


@njit(cache=True, nogil=True)
def _line_pieces(
    x: np.ndarray, y: np.ndarray, feature_vertices: np.ndarray, breaks: np.ndarray,
    rows: int, columns: int, width: float, height: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """(pieces per feature, cell of each piece, its length, whole length per feature)."""
    features = len(feature_vertices) - 1
    counts = np.zeros(features, dtype=np.int64)
    total = np.zeros(features)
    cells = np.empty(1024, dtype=np.int64)
    lengths = np.empty(1024)
    n = 0
    for feature in range(features):
        before = n
        for i in range(feature_vertices[feature], feature_vertices[feature + 1] - 1):
            if breaks[i + 1]:
                continue
            dx, dy = x[i + 1] - x[i], y[i + 1] - y[i]
            length = np.hypot(dx * width, dy * height)
            total[feature] += length
            cuts = _segment_cuts(x[i], y[i], x[i + 1], y[i + 1], rows, columns)
            cells = grown(cells, n, n + len(cuts))
            lengths = grown(lengths, n, n + len(cuts))
            for k in range(len(cuts) - 1):
                middle = (cuts[k] + cuts[k + 1]) / 2
                col = np.floor(x[i] + middle * dx)
                row = np.floor(y[i] + middle * dy)
                if cuts[k + 1] > cuts[k] and 0 <= row < rows and 0 <= col < columns:
                    cells[n] = np.int64(row) * columns + np.int64(col)
                    lengths[n] = (cuts[k + 1] - cuts[k]) * length
                    n += 1
        counts[feature] = n - before
    return counts, cells[:n].copy(), lengths[:n].copy(), total
