"""Read a raster onto the grid of the study; write one as a Cloud Optimized GeoTIFF."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyproj
import rasterio
import rasterio.features
import rasterio.shutil
from affine import Affine
from rasterio.enums import MaskFlags, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.warp import reproject
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.findings import Finding, notice
from nonetloss.io.atomic import writing
from nonetloss.landscape.crs import require_crs
from nonetloss.numerics.grid import Grid

Method = Literal["nearest", "bilinear", "average", "mode"]


def transform_of(grid: Grid) -> Affine:
    """Where the cells of a grid lie, as rasterio says it."""
    return Affine(grid.cell_width, 0.0, grid.left, 0.0, -grid.cell_height, grid.top)


def read(
    path: Path,
    *,
    name: str,
    grid: Grid,
    crs: Any,
    band: int = 1,
    declared_crs: str | None = None,
    method: Method = "bilinear",
) -> tuple[np.ndarray, list[Finding]]:
    """One band on a grid, float32; nodata and cells outside the file are NaN.

    Only the window under the grid is read, resampled by `method` ("nearest" or "mode" for codes).

    Raises
    ------
    InputError, GeometryError
        `io.unreadable`, `io.band-missing`, `crs.missing`, `io.outside-raster` if the raster and
        the grid do not meet.
    """
    import warnings

    target = pyproj.CRS.from_user_input(crs)
    try:
        with warnings.catch_warnings():
            # A raster without georeference is refused below, in our own words.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as source:
                if band > source.count:
                    raise InputError.because("io.band-missing", name, band=band, n=source.count)
                system = require_crs(source.crs or declared_crs, name=name)
                values = _warped(source, band, system, grid, target, method)
    except RasterioError as cause:
        raise InputError.because("io.unreadable", name, problem=str(cause)) from cause
    absent = float(np.isnan(values).mean())
    if absent == 1.0:
        raise GeometryError.because("io.outside-raster", name, bounds=grid.bounds)
    if absent > 0:
        return values, [notice("io.raster-absent", name, percent=round(100 * absent, 1))]
    return values, []


def _warped(
    source: rasterio.DatasetReader,
    band: int,
    system: pyproj.CRS,
    grid: Grid,
    target: pyproj.CRS,
    method: Method,
) -> np.ndarray:
    """A band on the grid. What lies off the file, or under its mask, stays NaN.

    Where the file declares a scale or an offset (slope kept as integers, for example), the values
    are those it means, not those it stores.
    """
    wanted: dict[str, Any] = {
        "src_crs": rasterio.crs.CRS.from_wkt(system.to_wkt()),
        "dst_crs": rasterio.crs.CRS.from_wkt(target.to_wkt()),
        "dst_transform": transform_of(grid),
        "dst_nodata": np.nan,
    }
    values = np.full(grid.shape, np.nan, dtype=np.float32)
    reproject(
        rasterio.band(source, band),
        values,
        src_nodata=source.nodata,
        resampling=Resampling[method],
        **wanted,
    )
    scale, offset = source.scales[band - 1], source.offsets[band - 1]
    if (scale, offset) != (1.0, 0.0):
        values = (values * scale + offset).astype(np.float32)
    if MaskFlags.per_dataset in source.mask_flag_enums[band - 1]:
        seen = np.full(grid.shape, np.nan, dtype=np.float32)
        shown = source.dataset_mask().astype(np.float32)
        nearest = Resampling.nearest
        reproject(shown, seen, src_transform=source.transform, resampling=nearest, **wanted)
        values[~(seen > 0)] = np.nan
    return values


def write_cog(
    path: Path, values: np.ndarray, *, grid: Grid, crs: Any, unit: str = "", title: str = ""
) -> None:
    """Write one band as a COG: deflate, overviews, nodata NaN for floats and none for integers.

    Booleans become 0 and 1. Equal arrays give equal bytes.
    """
    array = values.astype(np.uint8) if values.dtype == bool else values
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    floating = np.issubdtype(array.dtype, np.floating)
    profile = {
        "driver": "GTiff",
        "width": grid.columns,
        "height": grid.rows,
        "count": 1,
        "dtype": array.dtype.name,
        "crs": rasterio.crs.CRS.from_wkt(pyproj.CRS.from_user_input(crs).to_wkt()),
        "transform": transform_of(grid),
    }
    if floating:
        profile["nodata"] = float("nan")
    with writing(path), rasterio.MemoryFile() as memory:
        with memory.open(**profile) as plain:
            plain.write(array, 1)
            if unit:
                plain.set_band_unit(1, unit)
            if title:
                plain.set_band_description(1, title)
        with memory.open() as plain:
            rasterio.shutil.copy(
                plain,
                path,
                driver="COG",
                compress="DEFLATE",
                predictor="YES",
                overview_resampling="AVERAGE" if floating else "NEAREST",
            )


def burn(shapes: Sequence[BaseGeometry], values: Sequence[float], *, grid: Grid) -> np.ndarray:
    """Values of polygons on a grid, float64, by cell centers; NaN where there is none.

    Where polygons overlap, the last one given holds.
    """
    out = np.full(grid.shape, np.nan)
    pairs = [(s, v) for s, v in zip(shapes, values, strict=True) if not s.is_empty]
    if pairs:
        transform = transform_of(grid)
        rasterio.features.rasterize(pairs, out=out, transform=transform)
    return out
