"""What a search runs over: the checked cost raster, its exclusions and the lengths of its moves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.numerics.paths.search import Moves
from nonetloss.numerics.paths.tiles import (
    cells_with_border,
    fill,
    flat_indices,
    tiles_across,
)

CellSize = float | tuple[float, float]
"""Meters: one number for square cells, or (height, width), in the order of (row, column)."""

Cells = tuple[int, int] | Sequence[tuple[int, int]] | np.ndarray
"""One (row, column), or several."""

_NO_MASK = np.empty((0, 0), np.bool_)
_SAMPLE = 1 << 16
_LOW_SHARE = 0.1
_CELLS_PER_BUCKET = 16


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """A raster to search.

    Parameters
    ----------
    cost : (rows, columns) float32 or float64
        Cost per meter; infinite is excluded.
    blocked : (rows, columns) or (0, 0) bool
        Excluded cells; (0, 0) means none.
    height_m, width_m : float
        Size of a cell.
    neighbors : int
        8 or 16.
    """

    cost: np.ndarray
    blocked: np.ndarray
    height_m: float
    width_m: float
    neighbors: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.cost.shape[0], self.cost.shape[1]

    @property
    def across(self) -> int:
        """Tiles in a row of tiles."""
        return tiles_across(self.shape[1])

    @property
    def moves(self) -> Moves:
        """Lengths of the moves, as the search wants them."""
        h, w = self.height_m, self.width_m
        return Moves(
            vertical=np.float32(h),
            horizontal=np.float32(w),
            diagonal=np.float32(np.hypot(h, w)),
            two_down=np.float32(np.hypot(2 * h, w) / 2),
            two_across=np.float32(np.hypot(h, 2 * w) / 2),
            knights=self.neighbors == 16,
        )

    def excluded(self, cells: np.ndarray) -> np.ndarray:
        """Whether each (row, column) of (k, 2) is excluded: bool (k,)."""
        rows, columns = cells[:, 0], cells[:, 1]
        out = np.isposinf(self.cost[rows, columns])
        return out | self.blocked[rows, columns] if self.blocked.size else out


def terrain(
    cost: np.ndarray, *, cell_size: CellSize, neighbors: int, blocked: np.ndarray | None
) -> Terrain:
    """Check the shape, type and sizes of what the user gave; values are checked by `tiled`."""
    cost = np.asarray(cost)
    if cost.ndim != 2 or cost.size == 0 or cost.dtype.kind not in "fiu":
        raise InputError.because(
            "paths.not-a-raster", "cost", shape=cost.shape, dtype=str(cost.dtype)
        )
    if cells_with_border(*cost.shape) >= 2**31:
        raise InputError.because("paths.too-large", "cost", shape=cost.shape)
    if cost.dtype not in (np.float32, np.float64) or not cost.dtype.isnative:
        cost = cost.astype(np.float32)
    if neighbors not in (8, 16):
        raise InputError.because("paths.neighbors", "neighbors", found=neighbors)
    height, width = _sizes(cell_size)
    return Terrain(np.ascontiguousarray(cost), _mask(blocked, cost.shape), height, width, neighbors)


def _sizes(cell_size: CellSize) -> tuple[float, float]:
    sizes = np.atleast_1d(np.asarray(cell_size, dtype=object))
    try:
        numbers = [float(size) for size in sizes]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) not in (1, 2) or not all(np.isfinite(s) and s > 0 for s in numbers):
        raise InputError.because("paths.cell-size", "cell_size", found=cell_size)
    return numbers[0], numbers[-1]


def _mask(blocked: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    if blocked is None:
        return _NO_MASK
    blocked = np.asarray(blocked)
    if blocked.shape != shape or blocked.dtype != np.bool_:
        raise InputError.because(
            "paths.blocked-mismatch",
            "blocked",
            shape=blocked.shape,
            dtype=str(blocked.dtype),
            expected=shape,
        )
    return np.ascontiguousarray(blocked)


def places(ground: Terrain, cells: Cells, subject: str) -> np.ndarray:
    """Checked (row, column) pairs, int64 (k, 2), without repetition.

    Raises
    ------
    InputError
        `paths.not-cells`, `paths.outside`, `paths.start-excluded`, `paths.end-excluded`.
    """
    try:
        found = np.asarray(cells)
    except ValueError:
        found = np.empty(0)
    pairs = found.reshape(1, -1) if found.ndim == 1 else found
    if pairs.ndim != 2 or pairs.shape[1] != 2 or len(pairs) == 0 or pairs.dtype.kind not in "iu":
        raise InputError.because("paths.not-cells", subject, found=str(cells)[:80])
    pairs = pairs.astype(np.int64)
    outside = ((pairs < 0) | (pairs >= ground.shape)).any(axis=1)
    if outside.any():
        listed = offenders(map(tuple, pairs[outside].tolist()))
        raise InputError.because("paths.outside", subject, cells=listed, shape=ground.shape)
    shut = ground.excluded(pairs)
    if shut.any():
        code = "paths.end-excluded" if subject == "end" else "paths.start-excluded"
        listed = offenders(map(tuple, pairs[shut].tolist()))
        raise InputError.because(code, subject, cells=listed)
    return np.unique(pairs, axis=0)


def tiled(ground: Terrain) -> tuple[np.ndarray, np.float32]:
    """The tiled raster with infinite labels, and the inverse width of a bucket.

    Raises
    ------
    InputError
        `paths.bad-cost` if a cell that is not blocked holds NaN or a negative number.
    """
    raster = np.empty(2 * cells_with_border(*ground.shape), np.float32)
    smallest, row, column = fill(ground.cost, ground.blocked, ground.across, raster)
    if row >= 0:
        raise InputError.because(
            "paths.bad-cost",
            "cost",
            row=int(row),
            column=int(column),
            value=float(ground.cost[row, column]),
        )
    return raster, np.float32(1.0 / bucket_width(ground, smallest))


def bucket_width(ground: Terrain, smallest: float) -> float:
    """A width with full but short buckets. Any positive width gives the same labels.

    At least the shortest edge, and longer than a low share of the edges only: a cell is worked anew
    where shorter edges lead on within its bucket. Wider where the buckets of a path along both
    sides would else hold too few cells each.
    """
    shortest = min(ground.height_m, ground.width_m)
    step = max(1, int(np.sqrt(ground.cost.size / _SAMPLE)))
    sample = ground.cost[::step, ::step]
    usable = np.isfinite(sample) & (sample > 0)
    if ground.blocked.size:
        usable &= ~ground.blocked[::step, ::step]
    values = sample[usable]
    if not values.size:
        return float(np.clip(smallest, 1e-30, 1e30)) if np.isfinite(smallest) else 1.0
    low, middle = np.quantile(values.astype(np.float64), (_LOW_SHARE, 0.5))
    around = float(middle) * (ground.shape[0] * ground.height_m + ground.shape[1] * ground.width_m)
    width = max(float(low) * shortest, _CELLS_PER_BUCKET * around / ground.cost.size)
    return float(np.clip(max(width, smallest * shortest), 1e-30, 1e30))


def flat_places(ground: Terrain, pairs: np.ndarray) -> np.ndarray:
    """Sorted flat indices of checked places, int32."""
    return np.sort(flat_indices(pairs, ground.across))
