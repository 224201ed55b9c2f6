"""How near roads, rivers or towns are, window by window."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from nonetloss.landscape.shapes import lines_of, polygons_of
from nonetloss.numerics.capped_distance import capped_squares
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.rasterize import rasterize_touched
from nonetloss.numerics.shapes import Lines, Polygons
from nonetloss.numerics.windows import Window


@dataclass(frozen=True, slots=True)
class Nearness:
    """Squared distances in cells to the nearest cell that a shape touches, up to `radius`.

    Shapes beyond the grid count too, as if it went on.
    """

    shapes: tuple[Lines | Polygons, ...]
    grid: Grid
    radius: int

    def squares(self, window: Window) -> np.ndarray:
        """int32 (window.rows, window.columns); `BEYOND` farther than the radius."""
        # Shapes beyond the raster are near too: its end is not that of the road.
        border = self.radius
        part = replace(
            self.grid,
            left=self.grid.left + (window.column - border) * self.grid.cell_width,
            top=self.grid.top - (window.row - border) * self.grid.cell_height,
            rows=window.rows + 2 * border,
            columns=window.columns + 2 * border,
        )
        touched = np.zeros(part.shape, dtype=np.bool_)
        for shape in self.shapes:
            if len(shape):
                touched |= rasterize_touched(shape, grid=part)
        inner = np.s_[border : border + window.rows, border : border + window.columns]
        return capped_squares(touched, radius=self.radius)[inner]


def nearness(geometries: Iterable[Any], *, grid: Grid, reach_m: float, subject: str) -> Nearness:
    """Distances to points, lines and polygons in the CRS of the grid (square cells).

    Parameters
    ----------
    geometries : iterable of shapely geometries
        Collections are taken apart; none, or empty ones, are near nothing.
    grid : Grid
    reach_m : float
        Farther is not told.
    subject : str
        Name of the layer, for messages.

    Raises
    ------
    GeometryError
        As `landscape.shapes.lines_of` and `polygons_of`.
    """
    listed = np.array([g for g in geometries if g is not None], dtype=object)
    parts = shapely.get_parts(listed) if len(listed) else listed
    # Members of collections may be multipart themselves.
    parts = shapely.get_parts(parts) if len(parts) else parts
    parts = np.array([p for p in parts if not p.is_empty], dtype=object)
    kinds = shapely.get_dimensions(parts) if len(parts) else np.zeros(0, dtype=int)
    points = shapely.get_coordinates(parts[kinds == 0])
    alone = np.arange(len(points) + 1, dtype=np.int64)
    shapes = (
        Lines(points, alone, alone),
        lines_of(parts[kinds == 1], subject=subject),
        polygons_of(parts[kinds == 2], subject=subject),
    )
    radius = max(1, int(np.ceil(reach_m / grid.cell_width)))
    return Nearness(tuple(s for s in shapes if len(s)), grid, radius)
