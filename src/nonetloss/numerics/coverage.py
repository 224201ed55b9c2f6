"""The exact share of every grid cell that each polygon covers, kept sparse.

Partly covered cells are stored one by one, fully covered ones as runs along a row. Memory follows
the outline, not the bounding box, so a thin diagonal corridor costs little. The kernels stand in
`numerics.signed_area`.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np

from nonetloss.numerics.grid import Grid
from nonetloss.numerics.shapes import Polygons
from nonetloss.numerics.signed_area import cover_zones, ring_signs

Task = TypeVar("Task")
Result = TypeVar("Result")

# Edges per task; fixed, so that results do not depend on the number of threads.
_TASK_VERTICES = 20_000


@dataclass(frozen=True, slots=True)
class Coverage:
    """What each zone covers on a grid. Zones may overlap; each is complete in itself.

    Cells are numbered row by row: ``cell = row * grid.columns + column``.

    Parameters
    ----------
    grid : Grid
    cell_offsets : int64 (zones + 1,)
        Zone i holds these entries of `cells` and `fractions`.
    cells : int64 (m,)
        Partly covered cells, ascending within a zone.
    fractions : float64 (m,)
        Share of the cell that is covered, in (0, 1).
    run_offsets : int64 (zones + 1,)
        Zone i holds these entries of `run_starts` and `run_lengths`.
    run_starts : int64 (k,)
        First cell of a run of fully covered cells on one row.
    run_lengths : int32 (k,)
    zone_area : float64 (zones,)
        Area of the whole polygon, inside the grid or not, in squared CRS units.
    """

    grid: Grid
    cell_offsets: np.ndarray
    cells: np.ndarray
    fractions: np.ndarray
    run_offsets: np.ndarray
    run_starts: np.ndarray
    run_lengths: np.ndarray
    zone_area: np.ndarray

    def __len__(self) -> int:
        return len(self.zone_area)

    @property
    def covered_area(self) -> np.ndarray:
        """Area of each zone inside the grid, in squared CRS units; (zones,)."""
        full = _sums(self.run_lengths, self.run_offsets)
        return (full + _sums(self.fractions, self.cell_offsets)) * self.grid.cell_area

    @property
    def outside_share(self) -> np.ndarray:
        """Share of each zone that lies outside the grid, in [0, 1]; NaN for a zone without area.

        Shares under 1e-9 are rounding and become 0.
        """
        share = np.full(len(self), np.nan)
        some = self.zone_area > 0
        share[some] = 1.0 - self.covered_area[some] / self.zone_area[some]
        share[some & (share < 1e-9)] = 0.0
        return np.minimum(share, 1.0)

    def cells_of(self, zone: int) -> tuple[np.ndarray, np.ndarray]:
        """(cells, fractions) of one zone, full cells written out, ascending."""
        part = slice(self.cell_offsets[zone], self.cell_offsets[zone + 1])
        runs = slice(self.run_offsets[zone], self.run_offsets[zone + 1])
        full = _expand(self.run_starts[runs], self.run_lengths[runs])
        cells = np.concatenate([self.cells[part], full])
        fractions = np.concatenate([self.fractions[part], np.ones(len(full))])
        order = np.argsort(cells, kind="stable")
        return cells[order], fractions[order]

    def raster_of(self, zone: int) -> np.ndarray:
        """Fractions of one zone as a float64 raster on the grid."""
        raster = np.zeros(self.grid.shape)
        cells, fractions = self.cells_of(zone)
        raster.ravel()[cells] = fractions
        return raster


def coverage(polygons: Polygons, *, grid: Grid, threads: int | None = None) -> Coverage:
    """The share of each cell that each zone covers.

    Parameters
    ----------
    polygons : Polygons
        Valid polygons (no self-crossing); rings in any orientation. An empty collection gives an
        empty coverage.
    grid : Grid
        Polygons are clipped to it; `Coverage.outside_share` says how much was lost.
    threads : int, optional
        None takes all processors. The result does not depend on it.
    """
    x, y = to_cell_units(polygons.coordinates, grid)
    rings, signs, areas, zone_rings = oriented_rings(polygons, x, y)
    zone_area = _sums(areas, zone_rings) * grid.cell_area

    def part(bounds: tuple[int, int]) -> tuple[np.ndarray, ...]:
        return cover_zones(*bounds, x, y, rings, signs, zone_rings, grid.rows, grid.columns)

    parts = run_tasks(part, _blocks(rings[zone_rings]), threads=threads)
    if not parts:
        return _empty(grid, zone_area)
    cells, fractions, starts, lengths, cell_counts, run_counts = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    return Coverage(
        grid, _offsets(cell_counts), cells, fractions, _offsets(run_counts), starts, lengths,
        zone_area,
    )  # fmt: skip


def to_cell_units(coordinates: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """x to the right and y downward, in cells from the upper left corner of the grid."""
    x = (coordinates[:, 0] - grid.left) / grid.cell_width
    y = (grid.top - coordinates[:, 1]) / grid.cell_height
    return np.ascontiguousarray(x), np.ascontiguousarray(y)


def oriented_rings(
    polygons: Polygons, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(ring offsets, factor of each ring, its signed area, ring offsets of each zone).

    The factor makes shells add and holes subtract, whatever their orientation; areas in cells.
    """
    zone_rings = polygons.polygon_offsets[polygons.geometry_offsets].astype(np.int64)
    rings = polygons.ring_offsets.astype(np.int64)
    shell = np.zeros(len(rings) - 1, dtype=np.bool_)
    shell[polygons.polygon_offsets[:-1][np.diff(polygons.polygon_offsets) > 0]] = True
    signs, areas = ring_signs(x, y, rings, shell)
    return rings, signs, areas, zone_rings


def run_tasks(
    work: Callable[[Task], Result], tasks: Sequence[Task], *, threads: int | None
) -> list[Result]:
    """`work` on every task by threads (kernels release the GIL); results in the order given."""
    count = min(threads or os.cpu_count() or 1, len(tasks))
    if count <= 1:
        return [work(task) for task in tasks]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, tasks))


def _blocks(vertex_offsets: np.ndarray) -> list[tuple[int, int]]:
    """Consecutive zones, about `_TASK_VERTICES` vertices each."""
    zones = len(vertex_offsets) - 1
    if zones <= 0:
        return []
    marks = np.arange(_TASK_VERTICES, int(vertex_offsets[-1]), _TASK_VERTICES)
    cuts = np.unique(np.concatenate([[0], np.searchsorted(vertex_offsets[1:], marks) + 1, [zones]]))
    return [(int(a), int(b)) for a, b in pairwise(cuts)]


def _offsets(counts: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


def _sums(values: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Sum of each segment, 0 for an empty one; no running total, so no lost digits."""
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return np.bincount(owner, weights=values, minlength=len(offsets) - 1)


def _expand(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    shift = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return shift + np.arange(int(lengths.sum()))


def _empty(grid: Grid, zone_area: np.ndarray) -> Coverage:
    offsets = np.zeros(len(zone_area) + 1, dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    return Coverage(grid, offsets, none, np.zeros(0), offsets, none, none.astype("i4"), zone_area)
