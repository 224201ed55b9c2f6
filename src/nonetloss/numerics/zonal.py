"""Exact area-weighted zonal statistics of many, also overlapping, polygons over several rasters.

The coverage (`numerics.coverage`) is computed once and shared by all rasters. Fully covered runs
are counted directly; partly covered cells count with their share. Zones are independent, so an
area that two zones share counts in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numba import njit

from nonetloss.core.errors import InputError
from nonetloss.numerics.coverage import Coverage, coverage, run_tasks
from nonetloss.numerics.distance import distance_to
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.rasterize import (
    LineLengths,
    line_lengths,
    rasterize_center,
    rasterize_majority,
    rasterize_touched,
)
from nonetloss.numerics.shapes import Lines, Polygons

__all__ = [
    "Coverage", "LineLengths", "Lines", "Polygons", "ZonalClasses", "ZonalStats", "ZonalTable",
    "coverage", "distance_to", "line_lengths", "rasterize_center", "rasterize_majority",
    "rasterize_touched", "zonal_table",
]  # fmt: skip

# Cells per task; fixed, so that sums do not depend on the number of threads.
_TASK_CELLS = 4_000_000
# Widest span of class codes that is counted as it is; wider ones are first renumbered.
_DIRECT_SPAN = 1 << 10
_LOOKUP_SPAN = 1 << 26


@dataclass(frozen=True, slots=True)
class ZonalClasses:
    """Area of each class in each zone.

    Parameters
    ----------
    classes : (k,)
        Values found inside at least one zone, ascending, in the type of the raster.
    area : float64 (zones, k)
        In squared CRS units. 0 = the class does not occur there.
    missing_area : float64 (zones,)
        Area whose raster value is nodata.
    """

    classes: np.ndarray
    area: np.ndarray
    missing_area: np.ndarray


@dataclass(frozen=True, slots=True)
class ZonalStats:
    """Statistics of one raster in each zone; all arrays float64 (zones,).

    Parameters
    ----------
    sum : value × share of the cell, added up: for rasters that hold an amount per cell.
    integral : value × covered area, added up: for rasters that hold a density per squared CRS unit.
    mean : area-weighted mean; NaN where `valid_area` is 0.
    minimum, maximum : over all cells touched with a positive area; NaN where `valid_area` is 0.
    valid_area : area with a known value, in squared CRS units.
    missing_area : area whose value is NaN or nodata.
    """

    sum: np.ndarray
    integral: np.ndarray
    mean: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray
    valid_area: np.ndarray
    missing_area: np.ndarray


@dataclass(frozen=True, slots=True)
class ZonalTable:
    """What the zones hold, per raster name; see `zonal_table`.

    Parameters
    ----------
    classes, stats : mapping of raster name to result
        One of the two is filled, as `by` says.
    zone_area, covered_area : float64 (zones,)
        Area of the zone, and of its part inside the grid, in squared CRS units.
    outside_share : float64 (zones,)
        Share of the zone outside the grid, about which nothing is known.
    """

    zone_area: np.ndarray
    covered_area: np.ndarray
    outside_share: np.ndarray
    classes: Mapping[str, ZonalClasses] = field(default_factory=dict)
    stats: Mapping[str, ZonalStats] = field(default_factory=dict)


def zonal_table(
    geometries: Polygons | Coverage,
    rasters: Mapping[str, np.ndarray] | np.ndarray,
    *,
    grid: Grid,
    by: Literal["class", "stats"] = "class",
    nodata: Mapping[str, float] | float | None = None,
    threads: int | None = None,
) -> ZonalTable:
    """Areas per class, or statistics, of every zone over every raster.

    Parameters
    ----------
    geometries : Polygons or Coverage
        A `Coverage` computed before on the same grid is used as it is.
    rasters : mapping of name to (rows, columns) array, or one array (its name is "raster")
        `by="class"` takes integers or booleans, `by="stats"` any real numbers (NaN = absent).
    grid : Grid
    by : "class" or "stats"
    nodata : number, mapping of name to number, or None
        Value that stands for "unknown" beside NaN. None: every value counts.
    threads : int, optional
        None takes all processors. The result does not depend on it.

    Raises
    ------
    InputError
        `zonal.shape` (raster or coverage on another grid), `zonal.not-integer`.
    """
    named = rasters if isinstance(rasters, Mapping) else {"raster": rasters}
    for name, raster in named.items():
        if raster.shape != grid.shape:
            raise InputError.because("zonal.shape", name, found=raster.shape, wanted=grid.shape)
        if by == "class" and raster.dtype.kind not in "iub":
            raise InputError.because("zonal.not-integer", name, found=str(raster.dtype))
    if isinstance(geometries, Coverage):
        covered = geometries
        if covered.grid != grid:
            raise InputError.because(
                "zonal.shape", "coverage", found=covered.grid.shape, wanted=grid.shape
            )
    else:
        covered = coverage(geometries, grid=grid, threads=threads)
    absent = nodata if isinstance(nodata, Mapping) else dict.fromkeys(named, nodata)
    classes: dict[str, ZonalClasses] = {}
    stats: dict[str, ZonalStats] = {}
    for name, raster in named.items():
        if by == "class":
            classes[name] = _classes(covered, raster, absent.get(name), threads)
        else:
            stats[name] = _stats(covered, raster, absent.get(name), threads)
    return ZonalTable(
        covered.zone_area, covered.covered_area, covered.outside_share, classes, stats
    )


def _classes(
    covered: Coverage, raster: np.ndarray, nodata: float | None, threads: int | None
) -> ZonalClasses:
    values = np.ascontiguousarray(raster).ravel()
    if values.dtype == np.bool_:
        values = values.view(np.uint8)
    codes, first, listed = _codes(values)

    def part(task: _Task) -> np.ndarray:
        return _count_classes(codes, first, len(listed), *_pieces(covered, task))

    area = np.zeros((len(covered), len(listed)))
    tasks = _tasks(covered)
    for task, counted in zip(tasks, run_tasks(part, tasks, threads=threads), strict=True):
        area[task[0] : task[0] + len(counted)] += counted
    area *= covered.grid.cell_area
    known = listed != nodata if nodata is not None else np.ones(len(listed), dtype=np.bool_)
    missing = area[:, ~known].sum(axis=1)
    found = known & (area > 0).any(axis=0)
    return ZonalClasses(listed[found].astype(raster.dtype), area[:, found], missing)


def _codes(values: np.ndarray) -> tuple[np.ndarray, int, np.ndarray]:
    """(codes, first code, value of each code from the first on), with few unused codes."""
    low, high = int(values.min()), int(values.max())
    if high - low < _DIRECT_SPAN:
        return values, low, np.arange(low, high + 1)
    if high - low < _LOOKUP_SPAN:
        shifted = values.astype(np.int64) - low
        present = np.zeros(high - low + 1, dtype=np.bool_)
        present[shifted] = True
        renumbered = np.cumsum(present, dtype=np.int32) - 1
        return renumbered[shifted], 0, np.flatnonzero(present) + low
    listed, inverse = np.unique(values, return_inverse=True)
    return inverse.astype(np.int32), 0, listed


def _stats(
    covered: Coverage, raster: np.ndarray, nodata: float | None, threads: int | None
) -> ZonalStats:
    values = np.ascontiguousarray(raster).ravel()
    if values.dtype == np.bool_:
        values = values.view(np.uint8)
    mark = np.nan if nodata is None else float(nodata)

    def part(task: _Task) -> np.ndarray:
        return _summarize(values, mark, *_pieces(covered, task))

    total = np.zeros((len(covered), 5))
    total[:, 3], total[:, 4] = np.inf, -np.inf
    tasks = _tasks(covered)
    for task, found in zip(tasks, run_tasks(part, tasks, threads=threads), strict=True):
        rows = total[task[0] : task[0] + len(found)]
        rows[:, :3] += found[:, :3]
        rows[:, 3] = np.minimum(rows[:, 3], found[:, 3])
        rows[:, 4] = np.maximum(rows[:, 4], found[:, 4])
    valid = total[:, 1] > 0
    mean, low, high = (np.full(len(covered), np.nan) for _ in range(3))
    mean[valid] = total[valid, 0] / total[valid, 1]
    low[valid], high[valid] = total[valid, 3], total[valid, 4]
    cell = covered.grid.cell_area
    return ZonalStats(
        total[:, 0], total[:, 0] * cell, mean, low, high, total[:, 1] * cell, total[:, 2] * cell
    )


# (first zone, end zone, first run, end run, first cell, end cell)
_Task = tuple[int, int, int, int, int, int]


def _tasks(covered: Coverage) -> list[_Task]:
    """Pieces of about `_TASK_CELLS` cells: a large zone is split, small zones share a piece."""
    tasks: list[_Task] = []
    reach = np.cumsum(covered.run_lengths, dtype=np.int64)
    for start, stop in _cuts(reach):
        a = int(np.searchsorted(covered.run_offsets, start, side="right")) - 1
        b = int(np.searchsorted(covered.run_offsets, stop, side="left"))
        tasks.append((a, b, start, stop, 0, 0))
    for start, stop in _cuts(np.arange(1, len(covered.cells) + 1)):
        a = int(np.searchsorted(covered.cell_offsets, start, side="right")) - 1
        b = int(np.searchsorted(covered.cell_offsets, stop, side="left"))
        tasks.append((a, b, 0, 0, start, stop))
    return tasks


def _cuts(reach: np.ndarray) -> list[tuple[int, int]]:
    if len(reach) == 0:
        return []
    marks = np.arange(_TASK_CELLS, int(reach[-1]), _TASK_CELLS)
    ends = np.unique(np.append(np.searchsorted(reach, marks) + 1, len(reach)))
    return [(int(a), int(b)) for a, b in zip(np.append(0, ends[:-1]), ends, strict=True)]


def _pieces(covered: Coverage, task: _Task) -> tuple[np.ndarray, ...]:
    """Arrays of one task: run bounds per zone, runs, cell bounds per zone, cells."""
    a, b, run_start, run_stop, cell_start, cell_stop = task
    runs = slice(run_start, run_stop)
    cells = slice(cell_start, cell_stop)
    return (
        np.clip(covered.run_offsets[a : b + 1], run_start, run_stop) - run_start,
        covered.run_starts[runs],
        covered.run_lengths[runs],
        np.clip(covered.cell_offsets[a : b + 1], cell_start, cell_stop) - cell_start,
        covered.cells[cells],
        covered.fractions[cells],
    )


@njit(cache=True, nogil=True)
def _count_classes(
    codes: np.ndarray, first: int, size: int, run_bounds: np.ndarray, starts: np.ndarray,
    lengths: np.ndarray, cell_bounds: np.ndarray, cells: np.ndarray, fractions: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Cells of each class per zone; (zones of the task, classes)."""
    zones = len(run_bounds) - 1
    area = np.zeros((zones, size))
    # Two counters in turn: equal neighbors would wait for one another on a single one.
    even = np.zeros(size, dtype=np.int64)
    odd = np.zeros(size, dtype=np.int64)
    for zone in range(zones):
        if run_bounds[zone] < run_bounds[zone + 1]:
            for run in range(run_bounds[zone], run_bounds[zone + 1]):
                start = starts[run]
                stop = start + lengths[run]
                for i in range(start, stop - 1, 2):
                    even[np.int64(codes[i]) - first] += 1
                    odd[np.int64(codes[i + 1]) - first] += 1
                if (stop - start) % 2:
                    even[np.int64(codes[stop - 1]) - first] += 1
            for code in range(size):
                area[zone, code] = even[code] + odd[code]
                even[code] = 0
                odd[code] = 0
        for i in range(cell_bounds[zone], cell_bounds[zone + 1]):
            area[zone, np.int64(codes[cells[i]]) - first] += fractions[i]
    return area


@njit(cache=True, nogil=True)
def _summarize(
    values: np.ndarray, nodata: float, run_bounds: np.ndarray, starts: np.ndarray,
    lengths: np.ndarray, cell_bounds: np.ndarray, cells: np.ndarray, fractions: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """(zones of the task, 5): sum, valid cells, missing cells, minimum, maximum."""
    zones = len(run_bounds) - 1
    out = np.zeros((zones, 5))
    for zone in range(zones):
        low, high = np.inf, -np.inf
        for run in range(run_bounds[zone], run_bounds[zone + 1]):
            total = 0.0
            missing = 0
            for i in range(starts[run], starts[run] + lengths[run]):
                value = np.float64(values[i])
                if np.isnan(value) or value == nodata:
                    missing += 1
                else:
                    total += value
                    low = min(low, value)
                    high = max(high, value)
            out[zone, 0] += total
            out[zone, 1] += lengths[run] - missing
            out[zone, 2] += missing
        for i in range(cell_bounds[zone], cell_bounds[zone + 1]):
            value = np.float64(values[cells[i]])
            if np.isnan(value) or value == nodata:
                out[zone, 2] += fractions[i]
            else:
                out[zone, 0] += value * fractions[i]
                out[zone, 1] += fractions[i]
                low = min(low, value)
                high = max(high, value)
        out[zone, 3] = low
        out[zone, 4] = high
    return out
