"""Polygons as cells: drawn on each window as it is read."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from nonetloss.landscape.crs import require_same
from nonetloss.landscape.shapes import polygons_of
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.rasterize import rasterize_center
from nonetloss.numerics.shapes import Polygons
from nonetloss.numerics.windows import Window


@dataclass(frozen=True, slots=True)
class ZoneCells:
    """Codes of polygons by cell centers, 0 outside; later polygons hold over earlier."""

    polygons: Polygons
    codes: np.ndarray
    grid: Grid

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the grid."""
        return self.grid.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the codes."""
        return self.codes.dtype

    def read(self, window: Window) -> np.ndarray:
        """Codes (window.rows, window.columns)."""
        return rasterize_center(self.polygons, self.codes, grid=self.grid, fill=0, window=window)


def zone_raster(features: gpd.GeoDataFrame, *, grid: Grid, crs: str, name: str) -> WindowedRaster:
    """Features in the CRS of the grid as codes 1, 2, … in their order.

    int16, or int32 if there are too many.

    Raises
    ------
    GeometryError
        `crs.missing`, `crs.mixed`, and as `landscape.shapes.polygons_of`.
    """
    require_same(features.crs, crs, name=name)
    polygons = polygons_of(features.geometry, subject=name)
    kind = np.int16 if len(features) <= np.iinfo(np.int16).max else np.int32
    codes = np.arange(1, len(features) + 1, dtype=kind)
    return WindowedRaster(ZoneCells(polygons, codes, grid), grid, crs)
