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
    a, b = first.grid, other.grid
    cell = np.array([a.cell_width, a.cell_height])
    told = [
        (first.crs, other.crs, first.crs == other.crs),
        (a.shape, b.shape, a.shape == b.shape),
        ((a.left, a.top), (b.left, b.top), _near([a.left, a.top], [b.left, b.top], cell)),
        (
            (a.cell_width, a.cell_height),
            (b.cell_width, b.cell_height),
            _near(cell, [b.cell_width, b.cell_height], cell / max(a.shape)),
        ),
    ]
    for expected, found, same in told:
        if not same:
            raise GeometryError.because("raster.other-grid", name, found=found, expected=expected)


def _near(one: object, two: object, scale: np.ndarray) -> bool:
    return bool(np.all(np.abs(np.asarray(one) - np.asarray(two)) <= _TOLERANCE * scale))
