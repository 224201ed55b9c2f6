"""Square cells in which predicted and actual loss are summed up and compared.

VT0007 asks for Thiessen cells around regular points cut to the jurisdiction; around a regular
lattice these are squares.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.cover import (
    START,
    UNKNOWN,
    Date,
    ForestCover,
    Period,
    forest_at,
    lost_in,
)
from nonetloss.forest.risk.edges import pixel_m
from nonetloss.landscape.windowed import WindowedRaster, require_same_grid
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Cells, Window, each, windows

Alignment = Literal["centered", "corner", "reference"]
Kept = Literal["full", "forest"]
ALIGNMENTS: Final = ("centered", "corner", "reference")
KEPT: Final = ("full", "forest")
_HECTARE_M2: Final = 10_000.0
# A cell is whole if it has more than this share of the area of the largest one.
_WHOLE: Final = 0.999


@dataclass(frozen=True, slots=True)
class Squares:
    """Cells of `step` × `step` pixels over a raster.

    `rows` and `columns` are (n, 2): first pixel and the one after the last, cut to the raster.
    Only in the reference alignment may neighbors share a row of pixels.
    """

    rows: np.ndarray
    columns: np.ndarray
    step: int
    pixel_ha: float

    @property
    def shape(self) -> tuple[int, int]:
        """Cells down and across."""
        return len(self.rows), len(self.columns)

    @property
    def cell_ha(self) -> float:
        """Area of a whole cell."""
        return self.step * self.step * self.pixel_ha


def squares(grid: Grid, *, cell_ha: float, alignment: Alignment = "centered") -> Squares:
    """Cells of about `cell_ha` hectares: their side is cut to whole pixels.

    Parameters
    ----------
    grid : Grid
        Square cells, in meters.
    cell_ha : float
        At least one pixel.
    alignment : "centered", "corner" or "reference"
        Centered: around the points at multiples of the step from the upper left corner; each
        pixel belongs to one cell. Corner: the first cell begins in that corner. Reference: as the
        reference program does, which counts the row of pixels between two cells in both, where
        the step is odd.

    Raises
    ------
    InputError
        `assessment.cell` if a cell is smaller than a pixel.
    """
    pixel = pixel_m(grid)
    side_m = int(np.sqrt(cell_ha * _HECTARE_M2)) if np.isfinite(cell_ha) and cell_ha > 0 else 0
    step = int(side_m // pixel)
    if step < 1:
        raise InputError.because(
            "assessment.cell", "cell_ha", found=cell_ha, pixel_ha=grid.cell_area / _HECTARE_M2
        )
    rows = _bounds(grid.rows, step, alignment, closed=True)
    columns = _bounds(grid.columns, step, alignment, closed=False)
    return Squares(rows, columns, step, pixel * pixel / _HECTARE_M2)


def _bounds(length: int, step: int, alignment: Alignment, *, closed: bool) -> np.ndarray:
    """(n, 2) first pixel and the one after the last of each cell along one axis."""
    if alignment == "corner":
        first = np.arange(0, length, step)
        last = first + step
    else:
        centers = step * np.arange(length // step + 2)
        # Pixel i has its center at i + 0.5; a center on the edge belongs to the cell after it,
        # and in the reference also to the one before.
        first = np.ceil(centers - step / 2 - 0.5).astype(np.int64)
        last = first + step
        if alignment == "reference" and closed:
            last = np.floor(centers + step / 2 - 0.5).astype(np.int64) + 1
    bounds = np.clip(np.stack([first, last], axis=1), 0, length)
    return bounds[bounds[:, 1] > bounds[:, 0]]


def cell_sums(values: np.ndarray, window: Window, cells: Squares) -> np.ndarray:
    """Sums float64 (cells down, cells across) of what one window holds of each cell."""
    down = _along(values, cells.rows - window.row)
    return np.ascontiguousarray(_along(down.T, cells.columns - window.column).T)


def _along(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Sums over ranges of rows; equal values add to equal sums wherever they stand."""
    inside = np.clip(bounds, 0, len(values))
    out = np.zeros((len(bounds), values.shape[1]))
    for i in np.flatnonzero(inside[:, 1] > inside[:, 0]):
        out[i] = values[inside[i, 0] : inside[i, 1]].sum(axis=0, dtype=np.float64)
    return out


@dataclass(frozen=True, slots=True)
class LostHectares:
    """What a period really lost inside, as cells in ha per pixel (float32)."""

    cover: ForestCover
    period: Period

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.cover.codes.cells.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32."""
        return np.dtype(np.float32)

    def read(self, window: Window) -> np.ndarray:
        """Hectares (window.rows, window.columns)."""
        lost = lost_in(self.cover.codes.cells.read(window), self.period)
        if self.cover.inside is not None:
            lost = lost & (self.cover.inside.cells.read(window) != 0)
        return lost * np.float32(pixel_m(self.cover.codes.grid) ** 2 / _HECTARE_M2)


def lost_hectares(cover: ForestCover, period: Period) -> WindowedRaster:
    """Actual loss of a period as a raster in ha per pixel."""
    return WindowedRaster(LostHectares(cover, period), cover.codes.grid, cover.codes.crs, "ha")


def cell_table(
    cover: ForestCover,
    *,
    predicted: WindowedRaster,
    period: Period,
    cell_ha: float,
    alignment: Alignment = "centered",
    kept: Kept = "full",
    side: int = 2048,
    workers: Executor | None = None,
    progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Actual and predicted hectares by cell.

    Parameters
    ----------
    cover : ForestCover
    predicted : WindowedRaster
        Hectares per pixel on the grid of the cover; NaN is outside and adds nothing.
    period : Period
        Whose loss is the actual one.
    cell_ha, alignment
        See `squares`.
    kept : "full" or "forest"
        Full: cells with more than 99.9 % of the area inside that the largest one has, with or
        without forest (VT0007), of which something is known. Forest: every cell with forest
        inside when the period began.
    side, workers, progress
        Windows, who works on them, who is told.

    Returns
    -------
    Columns row, column (of the cell), x, y (its middle, in the CRS), area_ha (inside), forest_ha
    (when the period began), actual_ha, predicted_ha. Empty if no cell is kept.

    Raises
    ------
    GeometryError
        `raster.other-grid`, `risk.cells-not-square`.
    InputError
        `assessment.cell`.
    """
    require_same_grid(cover.codes, predicted, name="predicted")
    grid = cover.codes.grid
    cells = squares(grid, cell_ha=cell_ha, alignment=alignment)
    pieces = windows(grid.shape, side=side)
    work = partial(_sums_of, cover, predicted.cells, period, cells)
    total = np.zeros((5, *cells.shape))
    for done, part in enumerate(each(work, pieces, workers=workers), start=1):
        total += part
        if progress is not None:
            progress(done / len(pieces))
    area, forest, actual = total[:3] * cells.pixel_ha
    # A cell of which nothing is known is no proof of a good prediction.
    known = total[4] > 0
    keep = forest > 0 if kept == "forest" else (area > _WHOLE * area.max()) & known
    row, column = np.nonzero(keep)
    x = grid.left + cells.columns.mean(axis=1)[column] * grid.cell_width
    y = grid.top - cells.rows.mean(axis=1)[row] * grid.cell_height
    return pd.DataFrame(
        {
            "row": row,
            "column": column,
            "x": x,
            "y": y,
            "area_ha": area[keep],
            "forest_ha": forest[keep],
            "actual_ha": actual[keep],
            "predicted_ha": total[3][keep],
        }
    )


def _sums_of(
    cover: ForestCover, predicted: Cells, period: Period, cells: Squares, window: Window
) -> np.ndarray:
    """(5, cells down, cells across): pixels inside, with forest, lost; hectares; known pixels.

    Where the cover has no border, inside is what is known.
    """
    codes = cover.codes.cells.read(window)
    known = codes != UNKNOWN
    inside = known
    if cover.inside is not None:
        inside = cover.inside.cells.read(window) != 0
    start: Date = START[period]
    layers = (
        inside,
        inside & forest_at(codes, start),
        inside & lost_in(codes, period),
        np.nan_to_num(predicted.read(window), nan=0.0),
        inside & known,
    )
    return np.stack([cell_sums(layer, window, cells) for layer in layers])
