"""A raster that is read piece by piece."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.provenance import Source
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Cells, Window, as_cells

# Corners and sizes may differ by this share of a cell.
_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class WindowedRaster:
    """Cells on a grid. Absence is NaN in floats; integers come as stored.

    `absent` is the integer that the file declares to be no data, if it declares one. It may be a
    code all the same (a tag on 0 often only says that 0 is not drawn): who reads codes decides;
    who reads amounts takes `measured`.
    """

    cells: Cells
    grid: Grid
    crs: str
    unit: str = ""
    source: Source | None = None
    absent: float | None = None

    def __post_init__(self) -> None:
        if self.cells.shape != self.grid.shape:
            raise InputError.because(
                "raster.shape", "raster", found=self.cells.shape, expected=self.grid.shape
            )


@dataclass(frozen=True, slots=True)
class _Measured:
    """Integers as floats, NaN where they hold the value of absence."""

    cells: Cells
    absent: float

    @property
    def shape(self) -> tuple[int, int]:
        return self.cells.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        # A float32 holds integers of two bytes exactly.
        return np.dtype(np.float32 if self.cells.dtype.itemsize <= 2 else np.float64)

    def read(self, window: Window) -> np.ndarray:
        stored = self.cells.read(window)
        values = stored.astype(self.dtype)
        values[stored == self.absent] = np.nan
        return values


def measured(raster: WindowedRaster) -> Cells:
    """Cells in which absence is NaN, also where the file stores amounts as integers."""
    if raster.absent is None or raster.cells.dtype.kind == "f":
        return raster.cells
    return _Measured(raster.cells, raster.absent)


def windowed(raster: Raster | WindowedRaster) -> WindowedRaster:
    """A raster in memory as one that is read by window; a windowed one as it is."""
    if isinstance(raster, WindowedRaster):
        return raster
    return WindowedRaster(
        as_cells(raster.values), raster.grid, raster.crs, raster.unit, raster.source
    )


def require_same_grid(
    first: Raster | WindowedRaster, other: Raster | WindowedRaster, *, name: str
) -> None:
    """Raise unless two rasters have their cells in the same places.

    Raises
    ------
    GeometryError
        `raster.other-grid`, with the coordinate system, corner or size that differs.
    """
    if first.crs != other.crs:
        raise GeometryError.because("raster.other-grid", name, found=other.crs, expected=first.crs)
    require_same_cells(first.grid, other.grid, name=name)


def require_same_cells(wanted: Grid, own: Grid, *, name: str) -> None:
    """Raise GeometryError `raster.other-grid` unless two grids have their cells in one place.

    The corner may differ by a thousandth of a cell, and so may the last cell because of its size.
    """
    cell = np.array([wanted.cell_width, wanted.cell_height])
    corner, own_corner = (wanted.left, wanted.top), (own.left, own.top)
    sizes, own_sizes = tuple(cell.tolist()), (own.cell_width, own.cell_height)
    told: list[tuple[Any, Any, bool]] = [
        (wanted.shape, own.shape, wanted.shape == own.shape),
        (corner, own_corner, _near(corner, own_corner, cell)),
        (sizes, own_sizes, _near(sizes, own_sizes, cell / max(wanted.shape))),
    ]
    for expected, found, same in told:
        if not same:
            raise GeometryError.because("raster.other-grid", name, found=found, expected=expected)


def _near(one: object, two: object, scale: np.ndarray) -> bool:
    return bool(np.all(np.abs(np.asarray(one) - np.asarray(two)) <= _TOLERANCE * scale))
