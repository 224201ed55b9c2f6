"""Rasters read and written window by window: no more of them in memory than a window.

A file of a study becomes `FileCells`, which says where the file is and opens it for each window, so
that threads and workers of a cluster may take it along. Results grow in a `FileStore`: plain bytes
row by row, into which any number of processes may write different windows at a time, which a
compressed GeoTIFF does not allow. What is told of a run is copied from there into a GeoTIFF.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyproj
import rasterio
import rasterio.shutil
import rasterio.windows
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.provenance import Source
from nonetloss.io.atomic import writing
from nonetloss.io.raster import transform_of
from nonetloss.landscape.crs import require_crs
from nonetloss.landscape.windowed import WindowedRaster, require_same_cells
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Cells, Window, windows

_BLOCK = 512
_SIDE = 4 * _BLOCK
# What GDAL may keep of files, in MB: else it takes a share of the machine's memory, and nobody
# could state what a run needs.
_CACHE_MB = 128


@dataclass(frozen=True, slots=True)
class FileCells:
    """One band of a raster file. Floats have NaN where the file has nothing; codes come as stored.

    Absence in codes is for the reader of the codes to know: a tag "nodata" on code 0 often only
    says that 0 is not drawn.
    """

    path: Path
    band: int
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    absent: float | None = None
    scale: float = 1.0
    offset: float = 0.0

    def read(self, window: Window) -> np.ndarray:
        """Values of a window, in `dtype`."""
        with _opened(self.path, self.path.name) as source:
            values: np.ndarray = source.read(self.band, window=_place(window))
        if not np.issubdtype(self.dtype, np.floating):
            return values
        known = np.ones(values.shape, dtype=bool) if self.absent is None else values != self.absent
        read = values.astype(self.dtype)
        if (self.scale, self.offset) != (1.0, 0.0):
            read = (read * self.scale + self.offset).astype(self.dtype)
        read[~known] = np.nan
        return read


@dataclass(frozen=True, slots=True)
class StoredCells:
    """Values in a file of plain bytes, row by row; zeros until written."""

    path: Path
    shape: tuple[int, int]
    dtype: np.dtype[Any]

    @property
    def shared(self) -> bool:
        """Yes: whoever sees the file may write its own windows."""
        return True

    def read(self, window: Window) -> np.ndarray:
        """Values of a window."""
        values = np.empty((window.rows, window.columns), dtype=self.dtype)
        with self.path.open("rb", buffering=0) as file:
            for row in self._runs(file, window, values):
                _fill(file, row)
        return values

    def write(self, window: Window, values: np.ndarray) -> None:
        """Put values in their place; they are cast to `dtype`."""
        if values.shape != (window.rows, window.columns):
            raise InputError.because(
                "windows.shape",
                self.path.stem,
                found=values.shape,
                expected=(window.rows, window.columns),
            )
        kept = np.ascontiguousarray(values, dtype=self.dtype)
        with writing(self.path), self.path.open("r+b", buffering=0) as file:
            for row in self._runs(file, window, kept):
                _pour(file, row)

    def _runs(self, file: IO[bytes], window: Window, values: np.ndarray) -> Iterator[memoryview]:
        """Bytes of `values` that lie side by side in the file, the file being at their place."""
        size = self.dtype.itemsize
        whole = window.columns == self.shape[1]
        for row in range(1 if whole else window.rows):
            file.seek(((window.row + row) * self.shape[1] + window.column) * size)
            part = values if whole else values[row]
            yield part.reshape(-1).view(np.uint8).data


@dataclass(frozen=True, slots=True)
class FileStore:
    """Room for results in a folder, which is made when first needed. It is no result itself."""

    folder: Path

    def create(self, name: str, *, shape: tuple[int, int], dtype: Any) -> StoredCells:
        """A new file of zeros; a name that is taken gets a number behind it.

        Raises
        ------
        OutputError
            `io.cannot-write`.
        """
        kind = np.dtype(dtype)
        number = 1
        with writing(self.folder / name):
            self.folder.mkdir(parents=True, exist_ok=True)
            while True:
                path = self.folder / (f"{name}.bin" if number == 1 else f"{name}-{number}.bin")
                try:
                    with path.open("xb") as file:
                        # A hole in the file: no byte is on disk before it is written.
                        file.truncate(shape[0] * shape[1] * kind.itemsize)
                except FileExistsError:
                    number += 1
                    continue
                return StoredCells(path, shape, kind)


def grid_of(path: Path, *, name: str, declared_crs: str | None = None) -> tuple[Grid, pyproj.CRS]:
    """Where the cells of a file lie.

    Raises
    ------
    InputError, GeometryError
        `io.unreadable`, `crs.missing`, `io.raster-rotated` unless the first row is the northern
        one and rows run from west to east.
    """
    with _opened(path, name) as source:
        system = require_crs(source.crs or declared_crs, name=name)
        move = source.transform
        if move.b or move.d or move.a <= 0 or move.e >= 0:
            raise GeometryError.because("io.raster-rotated", name, transform=tuple(move)[:6])
        return Grid(move.c, move.f, move.a, -move.e, source.height, source.width), system


def placed(
    path: Path,
    *,
    name: str,
    grid: Grid,
    crs: Any,
    band: int = 1,
    declared_crs: str | None = None,
    unit: str = "",
    source: Source | None = None,
) -> WindowedRaster:
    """A file whose cells are those of a grid, to be read by window; nothing is resampled.

    Raises
    ------
    InputError, GeometryError
        As `grid_of`; `io.band-missing`; `raster.other-grid`, with what differs.
    """
    own, system = grid_of(path, name=name, declared_crs=declared_crs)
    _require_grid(own, system, grid, pyproj.CRS.from_user_input(crs), name)
    with _opened(path, name) as opened:
        if band > opened.count:
            raise InputError.because("io.band-missing", name, band=band, n=opened.count)
        stored = np.dtype(opened.dtypes[band - 1])
        scale, offset = opened.scales[band - 1], opened.offsets[band - 1]
        absent = opened.nodatavals[band - 1]
    scaled = (scale, offset) != (1.0, 0.0) and not np.issubdtype(stored, np.floating)
    cells = FileCells(
        path, band, own.shape, np.dtype(np.float32) if scaled else stored, absent, scale, offset
    )
    coded = None if np.issubdtype(cells.dtype, np.floating) else absent
    return WindowedRaster(cells, grid, str(crs), unit, source, coded)


def write_windowed(
    path: Path,
    cells: Cells,
    *,
    grid: Grid,
    crs: Any,
    unit: str = "",
    title: str = "",
    colors: Mapping[int, tuple[int, int, int, int]] | None = None,
) -> None:
    """Write cells as a Cloud Optimized GeoTIFF, reading them window by window.

    As `io.raster.write_cog`: booleans become 0 and 1, float64 becomes float32, nodata is NaN for
    floats and none for codes; equal cells give equal bytes. `colors` of bytes (red, green, blue,
    opacity by code) are kept in the file, whose nodata is then 0.
    """
    kind = _written_as(cells.dtype)
    floating = np.issubdtype(kind, np.floating)
    partial = path.with_name(f".{path.stem}.partial.tif")
    profile = {
        "driver": "GTiff",
        "width": grid.columns,
        "height": grid.rows,
        "count": 1,
        "dtype": kind.name,
        "crs": rasterio.crs.CRS.from_wkt(pyproj.CRS.from_user_input(crs).to_wkt()),
        "transform": transform_of(grid),
        "tiled": True,
        "blockxsize": _BLOCK,
        "blockysize": _BLOCK,
        "bigtiff": "IF_SAFER",
    }
    if floating:
        profile["nodata"] = float("nan")
    elif colors:
        profile |= {"nodata": 0, "photometric": "palette"}
    with writing(path), rasterio.Env(GDAL_CACHEMAX=_CACHE_MB):
        try:
            with rasterio.open(partial, "w", **profile) as plain:
                if colors:
                    plain.write_colormap(1, colors)
                for window in windows(cells.shape, side=_SIDE):
                    values = cells.read(window).astype(kind, copy=False)
                    plain.write(values, 1, window=_place(window))
                if unit:
                    plain.set_band_unit(1, unit)
                if title:
                    plain.set_band_description(1, title)
            with rasterio.open(partial) as plain:
                rasterio.shutil.copy(
                    plain,
                    path,
                    driver="COG",
                    compress="DEFLATE",
                    predictor="YES",
                    bigtiff="IF_SAFER",
                    overview_resampling="AVERAGE" if floating else "NEAREST",
                )
        finally:
            partial.unlink(missing_ok=True)


def _written_as(kind: np.dtype[Any]) -> np.dtype[Any]:
    if kind == np.dtype(bool):
        return np.dtype(np.uint8)
    return np.dtype(np.float32) if kind == np.dtype(np.float64) else kind


@contextmanager
def _opened(path: Path, name: str) -> Iterator[rasterio.DatasetReader]:
    try:
        with warnings.catch_warnings():
            # A raster without georeference is refused in our own words.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            source = rasterio.open(path)
        with source, rasterio.Env(GDAL_CACHEMAX=_CACHE_MB):
            yield source
    except RasterioError as cause:
        raise InputError.because("io.unreadable", name, problem=str(cause)) from cause


def _place(window: Window) -> rasterio.windows.Window:
    return rasterio.windows.Window(window.column, window.row, window.columns, window.rows)


def _require_grid(own: Grid, system: pyproj.CRS, wanted: Grid, crs: pyproj.CRS, name: str) -> None:
    """GeometryError `raster.other-grid` unless a file has exactly the cells of a grid."""
    if not system.equals(crs, ignore_axis_order=True):
        raise GeometryError.because("raster.other-grid", name, found=system.name, expected=crs.name)
    require_same_cells(wanted, own, name=name)


def _fill(file: IO[bytes], target: memoryview) -> None:
    done = 0
    while done < len(target):
        got = file.readinto(target[done:])  # type: ignore[attr-defined]  # a raw file has it
        if not got:
            raise InputError.because("io.unreadable", Path(file.name).name, problem="truncated")
        done += got


def _pour(file: IO[bytes], content: memoryview) -> None:
    done = 0
    while done < len(content):
        done += file.write(content[done:])
