"""Read back what a run wrote, as it stands: no reprojection, no repair."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.enums import Resampling
from rasterio.errors import RasterioError

from nonetloss.core.errors import InputError
from nonetloss.io import raster_windows
from nonetloss.landscape.windowed import measured
from nonetloss.landscape.zone_cells import zone_raster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import windows


def read_record(path: Path) -> dict[str, Any]:
    """A JSON document; InputError `io.unreadable` if it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise InputError.because("io.unreadable", path.name, problem=str(cause)) from cause
    if not isinstance(content, dict):
        raise InputError.because("io.unreadable", path.name, problem="not an object")
    return content


def read_layers(path: Path) -> dict[str, gpd.GeoDataFrame]:
    """The layers of a GeoPackage that have geometry, in order; none if there is no such file."""
    if not path.is_file():
        return {}
    try:
        names = [str(row[0]) for row in pyogrio.list_layers(path) if row[1] is not None]
        found = {name: pyogrio.read_dataframe(path, layer=name) for name in names}
    except (DataSourceError, DataLayerError) as cause:
        raise InputError.because("io.unreadable", path.name, problem=str(cause)) from cause
    return found


def read_raster(path: Path) -> tuple[np.ndarray, Grid]:
    """The first band with its grid; float rasters have NaN where there is nothing."""
    try:
        with rasterio.open(path) as source:
            values, move = source.read(1), source.transform
    except RasterioError as cause:
        raise InputError.because("io.unreadable", path.name, problem=str(cause)) from cause
    rows, cols = values.shape
    return values, Grid(move.c, move.f, move.a, -move.e, rows, cols)


def read_overview(path: Path, most: int) -> tuple[np.ndarray, Grid, float]:
    """The first band with no more than `most` cells on a side, its grid, and the area of one cell
    of the file in hectares.

    Floats are means of the file's cells that hold something, NaN where none does; integers are the
    commonest value. A raster of any size is read block by block, never whole.
    """
    try:
        with rasterio.open(path) as source:
            step = max(1, -(-max(source.shape) // most))
            rows, cols = (-(-side // step) for side in source.shape)
            floats = np.dtype(source.dtypes[0]).kind == "f"
            way = Resampling.average if floats else Resampling.mode
            values = source.read(
                1,
                out_shape=(rows, cols),
                resampling=way,
                masked=floats and source.nodata is not None,
            )
            move, bounds = source.transform, source.bounds
    except RasterioError as cause:
        raise InputError.because("io.unreadable", path.name, problem=str(cause)) from cause
    if floats:
        values = np.ma.filled(values.astype(float), np.nan)
    across, down = (bounds.right - bounds.left) / cols, (bounds.top - bounds.bottom) / rows
    grid = Grid(bounds.left, bounds.top, across, down, rows, cols)
    return values, grid, abs(move.a * move.e) / 10_000.0


def sum_inside(path: Path, features: gpd.GeoDataFrame) -> float:
    """Sum of the first band over the cells whose centers lie in one of the features.

    Read block by block; NaN counts nothing. The features are in the CRS of the file.
    """
    grid, crs = raster_windows.grid_of(path, name=path.stem)
    place = raster_windows.placed(path, name=path.stem, grid=grid, crs=crs)
    inside = zone_raster(features, grid=grid, crs=place.crs, name=path.stem)
    total = 0.0
    for window in windows(grid.shape):
        kept = inside.cells.read(window) > 0
        if kept.any():
            total += float(np.nansum(measured(place).read(window)[kept], dtype=float))
    return total


def read_text(path: Path) -> str:
    """A text file, empty if there is none."""
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except UnicodeDecodeError as cause:
        raise InputError.because("io.unreadable", path.name, problem=str(cause)) from cause
