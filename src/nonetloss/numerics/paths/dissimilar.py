"""Several routes that keep apart: the corridor of each makes the next one dearer there."""

from dataclasses import replace

import numpy as np
from numba import njit

from nonetloss.core.errors import InputError
from nonetloss.numerics.paths.route import Path, found_route, moves_of
from nonetloss.numerics.paths.solve import Dearer
from nonetloss.numerics.paths.terrain import Cells, CellSize, Terrain, places, terrain
from nonetloss.numerics.paths.tiles import TIMES, Index

# One byte per cell: how many penalties, whether inside a kept corridor, whether in the newest one.
_NOW = np.uint8(0x40)
_KEPT = np.uint8(0x80)
_TRIES = 3  # searches per route asked for


def dissimilar_paths(
    cost: np.ndarray,
    start: Cells,
    end: Cells,
    *,
    cell_size: CellSize,
    k: int,
    neighbors: int = 8,
    blocked: np.ndarray | None = None,
    penalty: float = 1.5,
    band: float = 0.01,
    near_ends: float = 0.03,
    most_shared: float = 0.75,
    threads: int = 1,
) -> tuple[Path, ...]:
    """Up to k routes, the cheapest first, each away from the corridors of the earlier ones.

    After each search the cost within `band` of its route is multiplied by `penalty`, except near
    the ends, where all routes must meet; the next search runs on the raised cost. A route is kept
    if at most `most_shared` of its length lies inside the corridors of the routes kept; if not,
    its corridor is raised once more. The search gives up after three attempts per route asked for.

    Parameters
    ----------
    cost, start, end, cell_size, neighbors, blocked, threads
        As in `least_cost_path`.
    k : int
        Routes wanted, at least 1.
    penalty : float
        Factor on the cost inside a corridor, above 1; it repeats where corridors overlap.
    band : float
        Half-width of a corridor, as a share of the longer side of the raster; at least one cell.
    near_ends : float
        Radius around both ends of a route without penalty, as a share of the same side.
    most_shared : float
        Largest `Path.shared`, from 0 to 1; 1 refuses only exact repeats.

    Returns
    -------
    tuple of Path
        In the order found. Costs are the true ones, without penalty; `shared` is the share of
        length inside the corridors of the earlier routes, ends included. Fewer than k if no more
        were found; at least one, and no two alike.

    Raises
    ------
    InputError
        As in `least_cost_path`, and `paths.dissimilar` for k, penalty, band, near_ends or
        most_shared out of range.
    NoRouteError
        `paths.no-route`.
    """
    bounds = (k >= 1, penalty > 1, band >= 0, near_ends >= 0, 0 <= most_shared <= 1)
    if not all(bounds) or not np.isfinite([penalty, band, near_ends]).all():
        found = {"k": k, "penalty": penalty, "band": band}
        found |= {"near_ends": near_ends, "most_shared": most_shared}
        raise InputError.because("paths.dissimilar", "dissimilar_paths", found=found)
    ground = terrain(cost, cell_size=cell_size, neighbors=neighbors, blocked=blocked)
    starts, ends = places(ground, start, "start"), places(ground, end, "end")
    radius = max(1, round(band * max(ground.shape)))
    free_radius = round(near_ends * max(ground.shape))
    marks = np.zeros(ground.shape, np.uint8)
    kept: list[Path] = []
    for _ in range(_TRIES * k):
        dearer = Dearer(marks, penalty) if kept else None
        path = found_route(ground, starts, ends, threads=threads, dearer=dearer)
        path = replace(path, shared=_share(ground, path, marks))
        alike = any(np.array_equal(path.cells, earlier.cells) for earlier in kept)
        keep = not alike and (not kept or path.shared <= most_shared)
        if keep:
            kept.append(path)
        if len(kept) == k:
            break
        paint(marks, path.cells, radius, _NOW)
        _settle(marks, keep)
        lift_near(marks, path.cells[[0, -1]], free_radius)
    return tuple(kept)


def _share(ground: Terrain, path: Path, marks: np.ndarray) -> float:
    """Share of the length inside corridors of kept routes; each end of a move counts for half."""
    lengths, _ = moves_of(ground, path.cells)
    if not lengths.size:
        return 0.0
    inside = (marks[path.cells[:, 0], path.cells[:, 1]] & _KEPT) > 0
    return float(lengths @ (0.5 * inside[:-1] + 0.5 * inside[1:]) / lengths.sum())


@njit(cache=True, nogil=True)
def paint(marks: np.ndarray, cells: np.ndarray, radius: Index, bit: Index) -> None:
    """Set a bit in all cells within `radius` cells of any of `cells` (k, 2)."""
    rows, columns = marks.shape
    for down in range(-radius, radius + 1):
        half = int(np.sqrt(radius * radius - down * down))
        for k in range(cells.shape[0]):
            row = cells[k, 0] + down
            if 0 <= row < rows:
                first = max(0, cells[k, 1] - half)
                last = min(columns - 1, cells[k, 1] + half)
                for column in range(first, last + 1):
                    marks[row, column] |= bit


@njit(cache=True, nogil=True)
def lift_near(marks: np.ndarray, cells: np.ndarray, radius: Index) -> None:
    """Take the penalties away within `radius` cells of `cells`."""
    rows, columns = marks.shape
    for k in range(cells.shape[0]):
        for down in range(-radius, radius + 1):
            half = int(np.sqrt(radius * radius - down * down))
            row = cells[k, 0] + down
            if 0 <= row < rows:
                for column in range(
                    max(0, cells[k, 1] - half), min(columns, cells[k, 1] + half + 1)
                ):
                    marks[row, column] &= _KEPT


@njit(cache=True, nogil=True)
def _settle(marks: np.ndarray, keep: bool) -> None:
    """Turn the corridor just painted into one more penalty, and into a kept corridor if so."""
    for row in range(marks.shape[0]):
        for column in range(marks.shape[1]):
            mark = marks[row, column]
            if mark & _NOW:
                mark &= ~_NOW
                if mark & TIMES < TIMES:
                    mark += np.uint8(1)
                if keep:
                    mark |= _KEPT
                marks[row, column] = mark
