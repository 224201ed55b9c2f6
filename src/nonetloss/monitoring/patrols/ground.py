"""Effort beside forest, risk and carbon, on coarse cells; and which share of each was in reach.

Cells are kilometers wide, so that no result shows where a person was or something was met.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.shapes import lines_of, polygons_of
from nonetloss.landscape.windowed import WindowedRaster, windowed
from nonetloss.monitoring.patrols.effort import planar_lines
from nonetloss.numerics.distance import distance_to
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.rasterize import line_lengths, rasterize_center, rasterize_touched
from nonetloss.numerics.windows import Window, windows

# Above this the table of cells is no longer coarse: the size of cells must be raised.
MOST_CELLS = 250_000
# Points per reach, and at most, with which the share of the land in reach is counted.
FINE = 50
MOST_POINTS = 4_000_000


@dataclass(frozen=True, slots=True)
class Reach:
    """What lies within `reach_m` of tracked stretches, as lines in a tree; perhaps none."""

    tree: shapely.STRtree
    reach_m: float


@dataclass(frozen=True, slots=True)
class Ground:
    """The land that patrols answer for, coarse square cells over it, and what is in reach."""

    area: BaseGeometry
    grid: Grid
    crs: str
    seen: Reach


def ground_of(
    segments: pd.DataFrame, *, area: BaseGeometry, crs: str, cell_m: float, reach_m: float
) -> Ground:
    """Cells of `cell_m` over `area`, and what lies within `reach_m` of the tracks.

    Raises
    ------
    InputError
        `patrols.no-area` for an empty area, `patrols.cells-too-small`.
    """
    if area.is_empty or area.area <= 0:
        raise InputError.because("patrols.no-area", "zones")
    bounds = area.bounds
    grid = Grid.covering((bounds[0], bounds[1], bounds[2], bounds[3]), cell_m)
    if grid.rows * grid.columns > MOST_CELLS:
        raise InputError.because(
            "patrols.cells-too-small", "cell_m", count=grid.rows * grid.columns, limit=MOST_CELLS
        )
    return Ground(area, grid, crs, reach_of(segments, crs=crs, reach_m=reach_m))


def reach_of(segments: pd.DataFrame, *, crs: str, reach_m: float) -> Reach:
    """Tracked stretches and how far they reach."""
    return Reach(shapely.STRtree(planar_lines(segments[segments["tracked"]], crs=crs)), reach_m)


def in_reach(reach: Reach, grid: Grid) -> np.ndarray:
    """Whether the center of each cell lies within reach of a stretch; bool (rows, columns).

    The distance to the nearest cell that a stretch touches is that to the stretch itself, give or
    take half a diagonal; only where this does not decide is the stretch measured.
    """
    seen = np.zeros(grid.shape, dtype=np.bool_)
    pad_rows = int(np.ceil(reach.reach_m / grid.cell_height)) + 1
    pad_columns = int(np.ceil(reach.reach_m / grid.cell_width)) + 1
    outer = Grid(
        grid.left - pad_columns * grid.cell_width,
        grid.top + pad_rows * grid.cell_height,
        grid.cell_width,
        grid.cell_height,
        grid.rows + 2 * pad_rows,
        grid.columns + 2 * pad_columns,
    )
    near = reach.tree.query(shapely.box(*outer.bounds))
    if len(near) == 0:
        return seen
    lines = reach.tree.geometries[np.sort(near)]
    touched = rasterize_touched(lines_of(lines, subject="tracks"), grid=outer)
    size = (grid.cell_width, grid.cell_height)
    inner = (
        slice(pad_rows, pad_rows + grid.rows), slice(pad_columns, pad_columns + grid.columns)
    )  # fmt: skip
    distance = distance_to(touched, cell_size=size)[inner]
    half = float(np.hypot(*size)) / 2 * (1 + 1e-9)
    seen[distance <= reach.reach_m - half] = True
    doubtful = np.nonzero(~seen & (distance <= reach.reach_m + half))
    if len(doubtful[0]):
        points = shapely.points(*grid.center_of(*doubtful))
        hit, _ = reach.tree.query_nearest(points, max_distance=reach.reach_m, all_matches=False)
        seen[doubtful[0][hit], doubtful[1][hit]] = True
    return seen


def area_in_reach(ground: Ground) -> float:
    """Share of the land within reach, by points a `FINE`-th of the reach apart."""
    left, bottom, right, top = ground.area.bounds
    step = max(ground.seen.reach_m / FINE, np.sqrt((right - left) * (top - bottom) / MOST_POINTS))
    grid = Grid.covering((left, bottom, right, top), float(step))
    inside = covered = 0
    for window in windows(grid.shape):
        part = _grid_of(grid, window)
        land = _mask(ground.area, part)
        if land.any():
            inside += int(land.sum())
            covered += int((land & in_reach(ground.seen, part)).sum())
    return covered / inside if inside else float("nan")


def cell_effort(segments: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Effort in each cell of the grid, row by row: effort_km, effort_h, visits.

    Geodesic length and time of a stretch are shared out by the planar length in each cell; a
    stretch without length belongs to the cell it lies in. `visits` counts patrol and local day.
    """
    size = ground.grid.rows * ground.grid.columns
    tracked = segments[segments["tracked"]].reset_index(drop=True)
    lines = planar_lines(tracked, crs=ground.crs)
    pieces = line_lengths(lines_of(lines, subject="tracks"), grid=ground.grid)
    owner = np.repeat(np.arange(len(tracked)), np.diff(pieces.offsets))
    moving = pieces.total[owner] > 0
    owner, cells, lengths = owner[moving], pieces.cells[moving], pieces.lengths[moving]
    share = lengths / pieces.total[owner]
    standing = np.flatnonzero(pieces.total == 0)
    at = _cell_at(lines[standing], ground.grid)
    inside = at >= 0
    owner = np.concatenate([owner, standing[inside]])
    cells = np.concatenate([cells, at[inside]])
    share = np.concatenate([share, np.ones(int(inside.sum()))])
    visits = pd.DataFrame(
        {"cell": cells, "patrol": tracked["patrol"].to_numpy()[owner],
         "day": tracked["day"].to_numpy()[owner]}
    ).drop_duplicates()  # fmt: skip
    km, hours = tracked["km"].to_numpy()[owner], tracked["hours"].to_numpy()[owner]
    return pd.DataFrame(
        {
            "effort_km": np.bincount(cells, weights=share * km, minlength=size),
            "effort_h": np.bincount(cells, weights=share * hours, minlength=size),
            "visits": np.bincount(visits["cell"].to_numpy(np.int64), minlength=size),
        }
    )


def cell_shapes(ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    """Squares of the grid (rows · columns,), and their area within the land, in hectares."""
    grid = ground.grid
    rows, columns = np.divmod(np.arange(grid.rows * grid.columns), grid.columns)
    left = grid.left + columns * grid.cell_width
    top = grid.top - rows * grid.cell_height
    boxes = shapely.box(left, top - grid.cell_height, left + grid.cell_width, top)
    shapely.prepare(ground.area)
    return boxes, shapely.area(shapely.intersection(boxes, ground.area)) / 1e4


@dataclass(frozen=True, slots=True)
class Sums:
    """A quantity summed over the land: by cell, in all, and within reach."""

    by_cell: np.ndarray
    total: float
    covered: float


def sums_of(amounts: "Amounts", ground: Ground) -> Mapping[str, Sums]:
    """Sums of pixel amounts by cell and within reach; a pixel belongs where its center lies.

    Parameters
    ----------
    amounts : Amounts
    ground : Ground

    Raises
    ------
    GeometryError
        `crs.mixed` if the raster lies in another CRS.
    """
    raster = amounts.raster
    require_same(raster.crs, ground.crs, name=amounts.name)
    size = ground.grid.rows * ground.grid.columns
    by_cell = {name: np.zeros(size) for name in amounts.names}
    covered = dict.fromkeys(amounts.names, 0.0)
    for window in windows(raster.grid.shape):
        part = _grid_of(raster.grid, window)
        inside = _mask(ground.area, part)
        if not inside.any():
            continue
        seen = in_reach(ground.seen, part)[inside]
        rows, columns = np.nonzero(inside)
        x, y = part.center_of(rows, columns)
        row = np.floor((ground.grid.top - y) / ground.grid.cell_height).astype(np.int64)
        column = np.floor((x - ground.grid.left) / ground.grid.cell_width).astype(np.int64)
        cell = np.clip(row, 0, ground.grid.rows - 1) * ground.grid.columns
        cell += np.clip(column, 0, ground.grid.columns - 1)
        values = raster.cells.read(window)[inside]
        for name, amount in amounts.of(values):
            by_cell[name] += np.bincount(cell, weights=amount, minlength=size)
            covered[name] += float(amount[seen].sum())
    return {name: Sums(v, float(v.sum()), covered[name]) for name, v in by_cell.items()}


@dataclass(frozen=True, slots=True)
class Amounts:
    """What each pixel of a raster holds, under one or more names.

    `weights` maps a name to how values of the raster become amounts: a number for each value of an
    integer raster (a lookup by code), or None for the value itself, where NaN counts as none.
    """

    name: str
    raster: WindowedRaster
    weights: Mapping[str, np.ndarray | None]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the amounts."""
        return tuple(self.weights)

    def of(self, values: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """Amounts of pixels, by name."""
        for name, lookup in self.weights.items():
            if lookup is None:
                yield name, np.nan_to_num(values.astype(np.float64), nan=0.0)
            else:
                yield name, lookup[values]


def whole_amounts(name: str, raster: Raster | WindowedRaster) -> Amounts:
    """The values of a raster as they are."""
    return Amounts(name, windowed(raster), {name: None})


def cells_frame(table: pd.DataFrame, boxes: np.ndarray, ground: Ground) -> gpd.GeoDataFrame:
    """Cells that meet the land, as features named by row and column."""
    rows, columns = np.divmod(np.arange(len(table)), ground.grid.columns)
    names = [f"r{row}c{column}" for row, column in zip(rows, columns, strict=True)]
    named = pd.concat([pd.Series(names, name="cell"), table], axis=1)
    kept = (table["area_ha"] > 0).to_numpy()
    return gpd.GeoDataFrame(
        named[kept].reset_index(drop=True), geometry=boxes[kept], crs=ground.crs
    )


def _cell_at(lines: np.ndarray, grid: Grid) -> np.ndarray:
    """Index of the cell in which each line begins; -1 outside the grid."""
    if len(lines) == 0:
        return np.zeros(0, dtype=np.int64)
    start = shapely.get_coordinates(shapely.get_point(lines, 0))
    row = np.floor((grid.top - start[:, 1]) / grid.cell_height).astype(np.int64)
    column = np.floor((start[:, 0] - grid.left) / grid.cell_width).astype(np.int64)
    inside = (row >= 0) & (row < grid.rows) & (column >= 0) & (column < grid.columns)
    return np.asarray(np.where(inside, row * grid.columns + column, -1))


def _grid_of(grid: Grid, window: Window) -> Grid:
    return Grid(
        grid.left + window.column * grid.cell_width,
        grid.top - window.row * grid.cell_height,
        grid.cell_width,
        grid.cell_height,
        window.rows,
        window.columns,
    )


def _mask(shape: BaseGeometry, grid: Grid) -> np.ndarray:
    """Cells whose center lies in a shape."""
    clipped = shapely.intersection(shape, shapely.box(*grid.bounds))
    parts = [p for p in shapely.get_parts([clipped]) if p.geom_type in ("Polygon", "MultiPolygon")]
    parts = [
        q for p in parts for q in shapely.get_parts([p]) if not q.is_empty and q.area > 0
    ]  # fmt: skip
    if not parts:
        return np.zeros(grid.shape, dtype=np.bool_)
    burned = rasterize_center(polygons_of(parts), np.ones(len(parts)), grid=grid, fill=0.0)
    return np.asarray(burned > 0)
