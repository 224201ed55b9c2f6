"""Distance to the forest edge, window by window, exact up to a radius."""

from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import GeometryError
from nonetloss.forest.risk.cover import UNKNOWN, Date, ForestCover, forest_at
from nonetloss.numerics.capped_distance import capped_squares
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Window

# Sides of a cell may differ by this share: distances are counted in whole cells.
_SQUARE = 1e-6


def pixel_m(grid: Grid) -> float:
    """Side of a cell in meters.

    Raises
    ------
    GeometryError
        `risk.cells-not-square` unless cells are square and at least one meter wide.
    """
    width, height = grid.cell_width, grid.cell_height
    if abs(width - height) > _SQUARE * width or width < 1.0:
        raise GeometryError.because(
            "risk.cells-not-square", "cover", width=f"{width:g}", height=f"{height:g}"
        )
    return width


@dataclass(frozen=True, slots=True)
class Seen:
    """What one window shows at a date: codes, who counts, and squared distances in cells.

    `squares` is int32, `BEYOND` farther than the radius; `counted` is forest inside.
    """

    codes: np.ndarray
    counted: np.ndarray
    squares: np.ndarray


def look(cover: ForestCover, window: Window, *, date: Date, radius: int) -> Seen:
    """Codes of a window, forest inside at a date, and its distance to non-forest at that date.

    Unknown pixels are no edge: what is not known is not taken for cleared land.
    """
    cells = cover.codes.cells
    wide = window.padded(radius, cells.shape)
    codes = cells.read(wide)
    inner = window.within(wide)
    forest = forest_at(codes, date)
    squares = capped_squares(~forest & (codes != UNKNOWN), radius=radius)[inner]
    counted = forest[inner]
    if cover.inside is not None:
        counted = counted & (cover.inside.cells.read(window) != 0)
    return Seen(codes[inner], counted, squares)
