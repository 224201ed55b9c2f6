"""A regular, north-up raster grid: where its cells lie. No CRS, no values."""

from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of `cell_width` × `cell_height`, first row at the top.

    Parameters
    ----------
    left, top : float
        Outer corner of cell (0, 0), in CRS units.
    cell_width, cell_height : float
        Positive sizes of a cell, in CRS units (meters in projected systems).
    rows, columns : int
        Shape of any array on this grid.
    """

    left: float
    top: float
    cell_width: float
    cell_height: float
    rows: int
    columns: int

    def __post_init__(self) -> None:
        sizes = (self.cell_width, self.cell_height, self.rows, self.columns)
        if not all(np.isfinite(s) and s > 0 for s in sizes) or not np.isfinite(
            self.left + self.top
        ):
            raise InputError.because("grid.not-positive", "grid", sizes=sizes)

    @classmethod
    def covering(
        cls, bounds: tuple[float, float, float, float], cell_size: float | tuple[float, float]
    ) -> "Grid":
        """The smallest grid with corners at multiples of the cell size that covers `bounds`.

        `bounds` is (left, bottom, right, top); `cell_size` one number or (width, height).
        """
        width, height = cell_size if isinstance(cell_size, tuple) else (cell_size, cell_size)
        left = np.floor(bounds[0] / width) * width
        top = np.ceil(bounds[3] / height) * height
        columns = max(1, int(np.ceil((bounds[2] - left) / width)))
        rows = max(1, int(np.ceil((top - bounds[1]) / height)))
        return cls(float(left), float(top), float(width), float(height), rows, columns)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return (self.rows, self.columns)

    @property
    def cell_area(self) -> float:
        """Area of one cell, in squared CRS units."""
        return self.cell_width * self.cell_height

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top)."""
        return (
            self.left,
            self.top - self.rows * self.cell_height,
            self.left + self.columns * self.cell_width,
            self.top,
        )

    def cell_of(self, x: float, y: float) -> tuple[int, int]:
        """(row, column) of the cell that holds a point.

        Raises
        ------
        InputError
            `grid.outside` if the point lies outside the grid.
        """
        row = int(np.floor((self.top - y) / self.cell_height))
        column = int(np.floor((x - self.left) / self.cell_width))
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            raise InputError.because("grid.outside", "point", x=x, y=y, bounds=self.bounds)
        return row, column

    def center_of(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(x, y) of cell centers."""
        x = self.left + (np.asarray(columns) + 0.5) * self.cell_width
        y = self.top - (np.asarray(rows) + 0.5) * self.cell_height
        return x, y
