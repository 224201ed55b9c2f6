"""Shapes on the cells of a map: what they take of each, and how far each lies from them."""

from collections.abc import Sequence
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import shapely

from nonetloss.landscape.layer import Layer
from nonetloss.landscape.shapes import lines_of, polygons_of
from nonetloss.numerics.coverage import coverage
from nonetloss.numerics.distance import distance_to
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.rasterize import rasterize_touched


class HasZones(Protocol):
    """A result that carries the shapes of the zones of each alternative."""

    @property
    def zones(self) -> gpd.GeoDataFrame:
        """Columns alternative, zone and geometry."""


def shapes_of(layer: Layer) -> list[Any]:
    """Geometries of a layer, without missing and empty ones."""
    return [g for g in layer.features.geometry if g is not None and not g.is_empty]


def distance_on(shapes: Sequence[Any], grid: Grid, *, reach_m: float) -> np.ndarray:
    """Distance (rows, columns) in meters to the nearest cell that a shape touches.

    Cells beyond the edge of the map are looked at as far as `reach_m`; what lies farther out may
    be missed. Infinite where there is no shape.
    """
    present = np.array([s for s in shapes if not s.is_empty], dtype=object)
    if not len(present):
        return np.full(grid.shape, np.inf)
    above, left, wide = _widened(grid, shapely.total_bounds(present), reach_m)
    parts = shapely.get_parts(present)
    dimension = shapely.get_dimensions(parts)
    touched = np.zeros(wide.shape, dtype=np.bool_)
    # A point becomes a disc much smaller than a cell.
    small = min(grid.cell_width, grid.cell_height) * 1e-3
    areas = [*parts[dimension == 2], *shapely.buffer(parts[dimension == 0], small)]
    if areas:
        touched |= rasterize_touched(polygons_of(areas, subject="shapes"), grid=wide)
    if (dimension == 1).any():
        touched |= rasterize_touched(lines_of(parts[dimension == 1], subject="shapes"), grid=wide)
    found = distance_to(touched, cell_size=(grid.cell_width, grid.cell_height))
    return found[above : above + grid.rows, left : left + grid.columns]


def _widened(grid: Grid, bounds: np.ndarray, reach_m: float) -> tuple[int, int, Grid]:
    """A grid that holds whatever of `bounds` lies within reach of the map.

    Also the rows that it adds above and the columns that it adds at the left.
    """
    own = grid.bounds
    sizes = (grid.cell_width, grid.cell_height) * 2
    beyond = (own[0] - bounds[0], own[1] - bounds[1], bounds[2] - own[2], bounds[3] - own[3])
    # One cell more: a shape on the edge of a cell touches the cell behind it as well.
    left, below, right, above = (
        int(np.ceil(np.clip(meters, 0.0, reach_m) / size)) + 1
        for meters, size in zip(beyond, sizes, strict=True)
    )
    wide = Grid(
        grid.left - left * grid.cell_width,
        grid.top + above * grid.cell_height,
        grid.cell_width,
        grid.cell_height,
        grid.rows + above + below,
        grid.columns + left + right,
    )
    return above, left, wide


def share_of_cells(shapes: Sequence[Any], grid: Grid) -> np.ndarray:
    """Share of each cell (rows, columns) that polygons take, once where they overlap."""
    share = np.zeros(grid.rows * grid.columns)
    whole = shapely.union_all(list(shapes))
    if not whole.is_empty:
        found = coverage(polygons_of([whole], subject="shapes"), grid=grid)
        share[found.cells] = found.fractions
        runs = zip(found.run_starts.tolist(), found.run_lengths.tolist(), strict=True)
        for start, length in runs:
            share[start : start + length] = 1.0
    return share.reshape(grid.shape)
