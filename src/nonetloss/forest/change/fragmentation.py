"""How much forest lies at an edge, in what pieces, and how far from clearings.

Mathematical formulation
    d(c) is the distance between the centers of a forest cell c and the nearest cell without forest;
    unknown cells and the border of the raster are no edge. With the width e of the edge::

        core          d > e
        patch         other forest of a piece that has no core
        perforation   other forest nearer to a hole than to any other land without forest
        edge          all other forest

    Pieces of forest hold together at corners; land without forest only at sides. A hole is a piece
    of land without forest that reaches neither the border of the raster nor an unknown cell.

In words
    Core is forest that does not feel the edge. Clearings inside a forest perforate it; a clearing
    that opens to the outside (along a road, a river) makes edge. A grove too small to have a core
    is a patch.

References
----------
Vogt et al. 2007, doi 10.1007/s10980-006-9013-2 (core, patch, perforation, edge); Jaeger 2000,
doi 10.1023/A:1008129329289 (effective mesh size); Haddad et al. 2015, doi 10.1126/sciadv.1500052
(distance to the edge). Vogt's classes are morphological; connectors are not told apart here.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from math import ceil, sqrt
from typing import Final

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.forest.change.dates import FOREST, NON_FOREST, UNKNOWN, ForestDates
from nonetloss.forest.risk.edges import pixel_m
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.capped_distance import capped_squares
from nonetloss.numerics.components import Components, components
from nonetloss.numerics.windows import CellStore, Window, WritableCells, each, fill

_HECTARE_M2: Final = 10_000.0
_SLIGHT: Final = 1e-9
# Farther than this, in cells, no window looks: with its border it would take gigabytes.
_FARTHEST: Final = 4096
# Codes of the map of pattern.
OUTSIDE, CORE, EDGE, PERFORATION, PATCH, OPEN = 0, 1, 2, 3, 4, 5
# What the first of two maps says: land that opens to the outside, holes, forest with core or not.
_OUTER, _HOLE, _WITH_CORE, _WITHOUT_CORE = 1, 2, 3, 4
# Upper ends of the classes of patch size, ha.
PATCH_HA: Final = (1.0, 10.0, 100.0, 1_000.0, 10_000.0)


@dataclass(frozen=True, slots=True)
class Fragmentation:
    """The pattern of the forest at one date.

    `summary` has one row: year, forest_ha, core_ha, edge_ha, perforation_ha, patch_ha, patches
    (pieces of forest, large ones too), largest_ha, mean_ha, mesh_ha (effective mesh size over all
    known land), edge_km, edge_m_per_ha (of forest), median_distance_m (to the edge; NaN where it
    lies beyond the last limit). `distances`: year, from_m, to_m (infinite: beyond), forest_ha,
    share, cumulative_share. `sizes`: year, from_ha, to_ha, patches, forest_ha. `pattern` is the map
    (uint8: 0 outside or unknown, 1 core, 2 edge, 3 perforation, 4 patch, 5 no forest).
    """

    summary: pd.DataFrame
    distances: pd.DataFrame
    sizes: pd.DataFrame
    pattern: WindowedRaster


def fragmentation(
    dates: ForestDates,
    *,
    date: int,
    edge_m: float,
    distances_m: Sequence[float],
    store: CellStore,
    name: str = "pattern",
    side: int = 1024,
    workers: Executor | None = None,
) -> Fragmentation:
    """Core, edge, perforation and patches of the forest at one date, window by window.

    Parameters
    ----------
    dates : ForestDates
        Square cells.
    date : int
        Position among `dates.years`.
    edge_m : float
        Width of the edge, at least half a cell.
    distances_m : sequence of float
        Increasing upper ends of the classes of distance to the edge.
    store : CellStore
        Room for two maps of one byte a cell.
    name : str
        Of the map.
    side : int
        Of the windows.
    workers : Executor, optional

    Returns
    -------
    Fragmentation
        Hectares and lengths count what lies inside; pieces that have a cell inside.

    Raises
    ------
    InputError
        `change.edge-width`, `change.distances`, `change.distance-far` beyond 4,096 cells.
    GeometryError
        `risk.cells-not-square`.
    """
    cell = pixel_m(dates.grid)
    if not (np.isfinite(edge_m) and edge_m >= cell / 2):
        raise InputError.because("change.edge-width", "edge_m", found=edge_m, cell=cell)
    limits = np.asarray(distances_m, dtype=np.float64)
    if limits.size == 0 or not (np.diff(limits, prepend=0.0) > 0).all():
        raise InputError.because("change.distances", "distances_m", found=offenders(distances_m))
    farthest = max(edge_m, float(limits[-1]))
    if not farthest / cell <= _FARTHEST:
        raise InputError.because(
            "change.distance-far", "distances_m", found=farthest, limit=f"{_FARTHEST * cell:g}"
        )
    shape = dates.states.shape
    forest = components(
        partial(_is, dates, date, True), shape, diagonal=True, side=side, workers=workers
    )
    open_land = components(
        partial(_is, dates, date, False), shape, diagonal=False, side=side, workers=workers
    )
    # Squares of distances in cells are whole: the slight excess only undoes rounding.
    edge = edge_m / cell * (1 + _SLIGHT)
    reach = limits / cell * (1 + _SLIGHT)
    pieces = _pieces(dates, date, forest, open_land, edge, reach, workers)
    first = store.create(f"{name}-pieces", shape=shape, dtype=np.uint8)
    work = partial(_first_map, dates, date, forest, open_land, pieces)
    fill(first, work, side=side, workers=workers)
    drawn = store.create(name, shape=shape, dtype=np.uint8)
    counts = np.zeros(OPEN + 1, dtype=np.int64)
    sides = 0
    second = partial(_second_map, dates, first, edge, max(1, ceil(edge_m / cell)))
    results = each(second, forest.pieces, workers=workers)
    for window, (codes, found, borders) in zip(forest.pieces, results, strict=True):
        drawn.write(window, codes)
        counts += found
        sides += borders
    return Fragmentation(
        _summary(dates.years[date], counts, pieces, sides, reach, cell),
        _distances(dates.years[date], pieces, reach, limits, cell),
        _sizes(dates.years[date], pieces, cell),
        WindowedRaster(drawn, dates.grid, dates.crs),
    )


@dataclass(frozen=True, slots=True)
class _Pieces:
    """By piece of forest: cells inside, whether it has a core; by piece of open land: a hole.

    `squares` are the squared distances, in cells, that forest inside has to the edge, rising, and
    `cells` how many cells have each.
    """

    inside: np.ndarray
    has_core: np.ndarray
    is_hole: np.ndarray
    squares: np.ndarray
    cells: np.ndarray
    known: int

    def sizes(self) -> np.ndarray:
        """Cells inside of each piece that has some, rising: sums do not depend on the windows."""
        return np.sort(self.inside[self.inside > 0])


def _is(dates: ForestDates, date: int, forest: bool, window: Window) -> np.ndarray:
    state = dates.states.read(window, (date,))[0]
    # Unknown cells join open land: whatever touches them is no hole.
    return np.asarray(state == FOREST if forest else state != FOREST)


def _pieces(
    dates: ForestDates,
    date: int,
    forest: Components,
    open_land: Components,
    edge: float,
    reach: np.ndarray,
    workers: Executor | None,
) -> _Pieces:
    inside = np.zeros(forest.count + 1, dtype=np.int64)
    has_core = np.zeros(forest.count + 1, dtype=np.bool_)
    opens = np.zeros(open_land.count + 1, dtype=np.bool_)
    squares, amounts = [], []
    known = 0
    work = partial(_look, dates, date, forest, open_land, edge, reach)
    for numbers, cells, cored, outward, near, many, seen in each(
        work, forest.pieces, workers=workers
    ):
        inside[numbers] += cells
        has_core[cored] = True
        opens[outward] = True
        squares.append(near)
        amounts.append(many)
        known += seen
    each_square, at = np.unique(np.concatenate(squares), return_inverse=True)
    total = np.zeros(each_square.size, dtype=np.int64)
    np.add.at(total, at, np.concatenate(amounts))
    return _Pieces(inside, has_core, ~opens, each_square, total, known)


def _look(
    dates: ForestDates,
    date: int,
    forest: Components,
    open_land: Components,
    edge: float,
    reach: np.ndarray,
    window: Window,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Of one window: pieces and their cells inside, those with core, open land that is no hole."""
    shape = dates.states.shape
    radius = max(1, ceil(max(edge, reach[-1]) * (1 - 2 * _SLIGHT)))
    wide = window.padded(radius, shape)
    states = dates.states.read(wide, (date,))[0]
    squares = capped_squares(states == NON_FOREST, radius=radius)[window.within(wide)]
    state = states[window.within(wide)]
    within = dates.within(window)
    counted = np.ones(state.shape, np.bool_) if within is None else within
    number = forest.labels(window)
    numbers, cells = np.unique(number[counted & (number > 0)], return_counts=True)
    cored = np.unique(number[(number > 0) & (squares > edge**2)])
    land = open_land.labels(window)
    outward = [land[state == UNKNOWN]]
    if window.row == 0:
        outward.append(land[0])
    if window.column == 0:
        outward.append(land[:, 0])
    if window.row + window.rows == shape[0]:
        outward.append(land[-1])
    if window.column + window.columns == shape[1]:
        outward.append(land[:, -1])
    near, many = np.unique(squares[counted & (number > 0)], return_counts=True)
    seen = int((counted & (state != UNKNOWN)).sum())
    return numbers, cells, cored, np.unique(np.concatenate(outward)), near, many, seen


def _first_map(
    dates: ForestDates,
    date: int,
    forest: Components,
    open_land: Components,
    pieces: _Pieces,
    window: Window,
) -> np.ndarray:
    """Land that opens to the outside, holes, forest with core and without; 0 unknown."""
    state = dates.states.read(window, (date,))[0]
    core = np.where(pieces.has_core[forest.labels(window)], _WITH_CORE, _WITHOUT_CORE)
    hole = np.where(pieces.is_hole[open_land.labels(window)], _HOLE, _OUTER)
    codes = np.where(state == FOREST, core, hole)
    codes[state == UNKNOWN] = OUTSIDE
    return codes.astype(np.uint8)


def _second_map(
    dates: ForestDates, first: WritableCells, edge: float, radius: int, window: Window
) -> tuple[np.ndarray, np.ndarray, int]:
    """The pattern, cells inside by code, and sides of cells between forest and open land inside."""
    wide = window.padded(radius, dates.states.shape)
    inner = window.within(wide)
    land = first.read(wide)
    to_hole = capped_squares(land == _HOLE, radius=radius)[inner]
    to_outer = capped_squares(land == _OUTER, radius=radius)[inner]
    here = land[inner]
    nearest = np.minimum(to_hole, to_outer)
    codes = np.where(to_hole < to_outer, PERFORATION, EDGE)
    codes = np.where(nearest > edge**2, CORE, codes)
    codes[here == _WITHOUT_CORE] = PATCH
    codes[(here == _OUTER) | (here == _HOLE)] = OPEN
    codes[here == OUTSIDE] = OUTSIDE
    borders = _sides(land, inner, dates.within(window))
    within = dates.within(window)
    if within is not None:
        codes[~within] = OUTSIDE
    return codes.astype(np.uint8), np.bincount(codes.ravel(), minlength=OPEN + 1), borders


def _sides(land: np.ndarray, inner: tuple[slice, slice], within: np.ndarray | None) -> int:
    """Sides that forest cells of the window (inside) share with open land, also beyond it."""
    forest = (land == _WITH_CORE) | (land == _WITHOUT_CORE)
    open_land = (land == _OUTER) | (land == _HOLE)
    here = forest[inner] if within is None else forest[inner] & within
    around = np.pad(open_land, 1)
    rows, columns = inner
    total = 0
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        top, left = rows.start + 1 + down, columns.start + 1 + right
        beside = around[top : top + here.shape[0], left : left + here.shape[1]]
        total += int((here & beside).sum())
    return total


def _summary(
    year: float, counts: np.ndarray, pieces: _Pieces, sides: int, reach: np.ndarray, cell: float
) -> pd.DataFrame:
    hectare = cell**2 / _HECTARE_M2
    sizes = pieces.sizes() * hectare
    forest = float(counts[[CORE, EDGE, PERFORATION, PATCH]].sum() * hectare)
    known = pieces.known * hectare
    return pd.DataFrame(
        {
            "year": [float(year)],
            "forest_ha": forest,
            "core_ha": counts[CORE] * hectare,
            "edge_ha": counts[EDGE] * hectare,
            "perforation_ha": counts[PERFORATION] * hectare,
            "patch_ha": counts[PATCH] * hectare,
            "patches": int(sizes.size),
            "largest_ha": float(sizes.max(initial=0.0)),
            "mean_ha": float(sizes.mean()) if sizes.size else float("nan"),
            "mesh_ha": float((sizes**2).sum() / known) if known else float("nan"),
            "edge_km": sides * cell / 1000,
            "edge_m_per_ha": sides * cell / forest if forest else float("nan"),
            "median_distance_m": _median(pieces, reach) * cell,
        }
    )


def _median(pieces: _Pieces, reach: np.ndarray) -> float:
    """Distance, in cells, within which half of the forest lies; NaN beyond the last limit."""
    if not pieces.cells.size:
        return float("nan")
    half = np.searchsorted(np.cumsum(pieces.cells), pieces.cells.sum() / 2)
    square = int(pieces.squares[half])
    return sqrt(square) if square <= reach[-1] ** 2 else float("nan")


def _distances(
    year: float, pieces: _Pieces, reach: np.ndarray, limits: np.ndarray, cell: float
) -> pd.DataFrame:
    # Classes are closed above: a cell at 300 m is within 300 m.
    at = np.searchsorted(reach**2, pieces.squares.astype(np.float64))
    cells = np.zeros(limits.size + 1, dtype=np.int64)
    np.add.at(cells, at, pieces.cells)
    hectares = cells * cell**2 / _HECTARE_M2
    total = hectares.sum()
    share = hectares / total if total else np.full(cells.size, np.nan)
    return pd.DataFrame(
        {
            "year": float(year),
            "from_m": np.concatenate([[0.0], limits]),
            "to_m": np.concatenate([limits, [np.inf]]),
            "forest_ha": hectares,
            "share": share,
            "cumulative_share": np.cumsum(share),
        }
    )


def _sizes(year: float, pieces: _Pieces, cell: float) -> pd.DataFrame:
    sizes = pieces.sizes() * cell**2 / _HECTARE_M2
    at = np.searchsorted(PATCH_HA, sizes, side="right")
    return pd.DataFrame(
        {
            "year": float(year),
            "from_ha": [0.0, *PATCH_HA],
            "to_ha": [*PATCH_HA, np.inf],
            "patches": np.bincount(at, minlength=len(PATCH_HA) + 1),
            "forest_ha": np.bincount(at, sizes, minlength=len(PATCH_HA) + 1),
        }
    )
