"""Kernels of the coverage: signed areas of polygon edges, accumulated along rows.

Each polygon edge is split at the cell borders. A piece makes an event: it adds to its cell its
signed height (`cover`) and the signed area to its right inside the cell (`area`). Along a row, the
sum of the covers so far plus the areas of the cell is the share covered: exact up to rounding,
with no sub-sampling. Only cells that an edge crosses are visited; the share of what lies between
two of them on a row is the sum of the covers.

The accumulation is the one of anti-aliased font rasterizers. The exactextract program gets the
same shares by walking the outline of the polygon inside each cell.

Coordinates are in cells: x to the right, y downward.
"""

import numpy as np
from numba import njit

# Shares closer than this to 0 or 1 are 0 or 1: far above rounding, far below any use.
SNAP = 1e-12


@njit(cache=True, nogil=True)
def ring_signs(
    x: np.ndarray, y: np.ndarray, rings: np.ndarray, shell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Factor that makes shells add and holes subtract; signed area in cells."""
    count = len(rings) - 1
    signs = np.zeros(count, dtype=np.int8)
    areas = np.zeros(count)
    for ring in range(count):
        first, last = rings[ring], rings[ring + 1]
        twice = 0.0
        for i in range(first, last):
            j = i + 1 if i + 1 < last else first
            # Relative to the first vertex: keeps the digits of large coordinates.
            twice += (x[i] - x[first]) * (y[j] - y[first]) - (x[j] - x[first]) * (y[i] - y[first])
        role = 1 if shell[ring] else -1
        areas[ring] = role * abs(twice) / 2
        if twice != 0.0:
            # y points down: a ring with a positive sum goes up on its left side.
            signs[ring] = -role if twice > 0.0 else role
    return signs, areas


@njit(cache=True, nogil=True)
def _event_bound(
    x: np.ndarray, y: np.ndarray, first: int, last: int, rows: int, columns: int
) -> int:
    """At least as many events as the edges of a ring make."""
    bound = 0
    for i in range(first, last):
        j = i + 1 if i + 1 < last else first
        low = min(max(min(y[i], y[j]), 0.0), rows)
        high = min(max(y[i], y[j], 0.0), rows)
        left = min(max(min(x[i], x[j]), 0.0), columns)
        right = min(max(x[i], x[j], 0.0), columns)
        bound += int(high) - int(low) + int(right) - int(left) + 5
    return bound


@njit(cache=True, nogil=True)
def _row_events(
    row: int, xa: float, xb: float, height: float, sign: float, columns: int,
    ev_row: np.ndarray, ev_col: np.ndarray, ev_cover: np.ndarray, ev_area: np.ndarray, n: int,
) -> int:  # fmt: skip
    """Events of the piece of an edge within one row; `height` > 0."""
    left = min(xa, xb)
    right = max(xa, xb)
    if left >= columns:
        return n
    col = int(left) if left > 0.0 else 0
    if right <= col + 1.0:
        # Within one column, or wholly left of the grid.
        middle = 0.0
        if left >= 0.0:
            middle = (left + right) / 2 - col
        elif right > 0.0:
            middle = 0.5 * right * right / (right - left)
        ev_row[n], ev_col[n] = row, col
        ev_cover[n] = sign * height
        ev_area[n] = sign * height * (1.0 - middle)
        return n + 1
    slope = height / (right - left)
    done = 0.0
    start = left
    if left < 0.0:
        done = -left * slope
        ev_row[n], ev_col[n] = row, 0
        ev_cover[n] = sign * done
        ev_area[n] = sign * done
        n += 1
        start = 0.0
    while col < columns and start < right:
        stop = min(col + 1.0, right)
        reached = height if stop == right else min((stop - left) * slope, height)
        cover = sign * (reached - done)
        ev_row[n], ev_col[n] = row, col
        ev_cover[n] = cover
        ev_area[n] = cover * (1.0 - ((start + stop) / 2 - col))
        n += 1
        done = reached
        start = stop
        col += 1
    return n


@njit(cache=True, nogil=True)
def _edge_events(
    x0: float, y0: float, x1: float, y1: float, sign: float, rows: int, columns: int,
    ev_row: np.ndarray, ev_col: np.ndarray, ev_cover: np.ndarray, ev_area: np.ndarray, n: int,
) -> int:  # fmt: skip
    """Split one edge at the cell borders.

    It is walked from its upper end whatever its direction, so that two zones that share the edge
    get exactly complementary shares.
    """
    if y0 == y1:
        return n
    if y0 > y1:
        x0, y0, x1, y1 = x1, y1, x0, y0
        sign = -sign
    if y1 <= 0.0 or y0 >= rows:
        return n
    slope = (x1 - x0) / (y1 - y0)
    ya = max(y0, 0.0)
    end = min(y1, float(rows))
    xa = x0 if ya == y0 else x0 + (ya - y0) * slope
    row = int(ya)
    while ya < end:
        yb = min(row + 1.0, end)
        xb = x1 if yb == y1 else x0 + (yb - y0) * slope
        n = _row_events(
            row, xa, xb, yb - ya, sign, columns, ev_row, ev_col, ev_cover, ev_area, n
        )  # fmt: skip
        xa, ya = xb, yb
        row += 1
    return n


@njit(cache=True, nogil=True)
def _counting_order(keys: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Stable re-ordering of `order` by `keys[order]`."""
    n = len(order)
    out = np.empty(n, dtype=np.int64)
    low = keys[0]
    high = keys[0]
    for i in range(n):
        low = min(low, keys[i])
        high = max(high, keys[i])
    place = np.zeros(high - low + 2, dtype=np.int64)
    for i in range(n):
        place[keys[i] - low + 1] += 1
    for i in range(1, len(place)):
        place[i] += place[i - 1]
    for i in range(n):
        key = keys[order[i]] - low
        out[place[key]] = order[i]
        place[key] += 1
    return out


@njit(cache=True, nogil=True)
def crossed_cells(
    ev_row: np.ndarray, ev_col: np.ndarray, ev_cover: np.ndarray, ev_area: np.ndarray,
    columns: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:  # fmt: skip
    """Sort events and join those of one cell.

    Returns rows and columns of the crossed cells in order, the share of each, the share of the
    cells that follow it on its row, and how many of these followers are partly covered.
    """
    total = len(ev_row)
    order = _counting_order(ev_row, _counting_order(ev_col, np.arange(total)))
    row = np.empty(total, dtype=np.int32)
    col = np.empty(total, dtype=np.int32)
    share = np.empty(total)
    after = np.empty(total)
    n = -1
    winding = 0.0
    partial = 0
    for position in order:
        if n < 0 or ev_row[position] != row[n] or ev_col[position] != col[n]:
            same_row = n >= 0 and ev_row[position] == row[n]
            if winding > SNAP and winding < 1.0 - SNAP:
                partial += (ev_col[position] if same_row else columns) - col[n] - 1
            if not same_row:
                winding = 0.0
            n += 1
            row[n], col[n], share[n] = ev_row[position], ev_col[position], winding
        share[n] += ev_area[position]
        winding += ev_cover[position]
        after[n] = winding
    if winding > SNAP and winding < 1.0 - SNAP:
        partial += columns - col[n] - 1
    n += 1
    return row[:n], col[:n], share[:n], after[:n], partial


@njit(cache=True, nogil=True)
def sweep(
    row: np.ndarray, col: np.ndarray, share: np.ndarray, after: np.ndarray, columns: int,
    cells: np.ndarray, fractions: np.ndarray, starts: np.ndarray, lengths: np.ndarray,
    n: int, k: int,
) -> tuple[int, int]:  # fmt: skip
    """Write crossed cells and the stretches between them as partial cells and full runs.

    `n` and `k` say how much of the outputs is in use; there must be room for all crossed cells
    and partly covered followers, and for two runs per crossed cell.
    """
    total = len(row)
    open_end = -1
    for i in range(total):
        cell = int(row[i]) * columns + col[i]
        if share[i] >= 1.0 - SNAP:
            if open_end == cell and col[i] > 0:
                lengths[k - 1] += 1
            else:
                starts[k], lengths[k] = cell, 1
                k += 1
            open_end = cell + 1
        elif share[i] > SNAP:
            cells[n], fractions[n] = cell, share[i]
            n += 1
        if after[i] > SNAP:
            follows = i + 1 < total and row[i + 1] == row[i]
            gap = (col[i + 1] if follows else columns) - col[i] - 1
            if gap > 0 and after[i] >= 1.0 - SNAP:
                if open_end == cell + 1:
                    lengths[k - 1] += gap
                else:
                    starts[k], lengths[k] = cell + 1, gap
                    k += 1
                open_end = cell + 1 + gap
            elif gap > 0:
                for step in range(1, gap + 1):
                    cells[n], fractions[n] = cell + step, after[i]
                    n += 1
    return n, k


@njit(cache=True, nogil=True)
def _zone_events(
    x: np.ndarray, y: np.ndarray, rings: np.ndarray, signs: np.ndarray, first: int, last: int,
    rows: int, columns: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Events of all rings of one zone, in no order."""
    bound = 0
    for ring in range(first, last):
        bound += _event_bound(x, y, rings[ring], rings[ring + 1], rows, columns)
    ev_row = np.empty(bound, dtype=np.int32)
    ev_col = np.empty(bound, dtype=np.int32)
    ev_cover = np.empty(bound)
    ev_area = np.empty(bound)
    n = 0
    for ring in range(first, last):
        start, stop = rings[ring], rings[ring + 1]
        for i in range(start, stop):
            j = i + 1 if i + 1 < stop else start
            n = _edge_events(
                x[i], y[i], x[j], y[j], float(signs[ring]), rows, columns,
                ev_row, ev_col, ev_cover, ev_area, n,
            )  # fmt: skip
    return ev_row[:n], ev_col[:n], ev_cover[:n], ev_area[:n]


@njit(cache=True, nogil=True)
def grown(array: np.ndarray, used: int, needed: int) -> np.ndarray:
    """The array, or a copy at least twice as long if `needed` does not fit."""
    if needed <= len(array):
        return array
    larger = np.empty(max(needed, 2 * len(array)), dtype=array.dtype)
    larger[:used] = array[:used]
    return larger


@njit(cache=True, nogil=True)
def cover_zones(
    first: int, last: int, x: np.ndarray, y: np.ndarray, rings: np.ndarray, signs: np.ndarray,
    zone_rings: np.ndarray, rows: int, columns: int,
) -> tuple[np.ndarray, ...]:  # fmt: skip
    """Cells, fractions, run starts, run lengths and their counts of zones [first, last)."""
    cells = np.empty(1024, dtype=np.int64)
    fractions = np.empty(1024)
    starts = np.empty(1024, dtype=np.int64)
    lengths = np.empty(1024, dtype=np.int32)
    cell_counts = np.zeros(last - first, dtype=np.int64)
    run_counts = np.zeros(last - first, dtype=np.int64)
    n = 0
    k = 0
    for zone in range(first, last):
        ev_row, ev_col, ev_cover, ev_area = _zone_events(
            x, y, rings, signs, zone_rings[zone], zone_rings[zone + 1], rows, columns
        )
        if len(ev_row) == 0:
            continue
        row, col, share, after, partial = crossed_cells(ev_row, ev_col, ev_cover, ev_area, columns)
        cells = grown(cells, n, n + len(row) + partial)
        fractions = grown(fractions, n, n + len(row) + partial)
        starts = grown(starts, k, k + 2 * len(row))
        lengths = grown(lengths, k, k + 2 * len(row))
        m, j = sweep(row, col, share, after, columns, cells, fractions, starts, lengths, n, k)
        cell_counts[zone - first] = m - n
        run_counts[zone - first] = j - k
        n, k = m, j
    return (
        cells[:n].copy(), fractions[:n].copy(), starts[:k].copy(), lengths[:k].copy(),
        cell_counts, run_counts,
    )  # fmt: skip
