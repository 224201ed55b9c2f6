"""What may drive deforestation, cut into bins: the edge, forest around, coast, roads, relief.

Every driver gives the bin of each pixel of a window, so that all that a model needs to know of a
raster of any size is how many pixels of each combination of bins there are, and how many were lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numba import njit

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.forest.risk.classes import CLASSES, EdgeClasses, class_edges
from nonetloss.forest.risk.cover import (
    START,
    UNKNOWN,
    Date,
    ForestCover,
    Period,
    forest_at,
    lost_in,
)
from nonetloss.forest.risk.edges import pixel_m
from nonetloss.forest.risk.nearness import Nearness
from nonetloss.landscape.windowed import WindowedRaster, measured, require_same_grid
from nonetloss.numerics.capped_distance import BEYOND, capped_squares
from nonetloss.numerics.windows import Window, windows

EDGE: Final = "edge"
OUTSIDE: Final = "outside"
_SHARE_BINS: Final = 15
# Shares of the forest around that was lost; the first bin is none at all.
_LOSS_EDGES: Final = np.array([1e-9, 0.02, 0.05, 0.1, 0.16, 0.25, 0.36, 0.5, 0.7])
_RASTER_BINS: Final = 12
# Pixels looked at to cut the values of a raster into bins.
_LOOKED_AT: Final = 1_000_000


class BinsOf(Protocol):
    """What gives the bins of a window at a date: uint8 from 0. It must be picklable."""

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Bins (window.rows, window.columns)."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver with its bins.

    Bin b holds values from `lower[b]` to below `upper[b]`, in `unit`; both NaN for pixels whose
    value is not known.
    """

    name: str
    title: Text
    unit: str
    lower: np.ndarray
    upper: np.ndarray
    bins_of: BinsOf

    def __len__(self) -> int:
        return len(self.lower)


@dataclass(frozen=True, slots=True)
class EdgeBins:
    """Classes of the benchmark, 1 to 30, as bins 0 to 29; what is no forest is in bin 0."""

    classes: EdgeClasses

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Bins (window.rows, window.columns)."""
        return np.maximum(self.classes(window, date) - 1, 0).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class ShareBins:
    """Share of forest of the land within a square of 2 · radius + 1 pixels around each pixel.

    Land is what is inside, or, where there is no inside, what is known.
    """

    cover: ForestCover
    radius: int
    count: int = _SHARE_BINS

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Bins (window.rows, window.columns)."""
        wide = window.padded(self.radius, self.cover.codes.cells.shape)
        codes = self.cover.codes.cells.read(wide)
        land = codes != UNKNOWN
        if self.cover.inside is not None:
            land = self.cover.inside.cells.read(wide) != 0
        forest = box_sums(forest_at(codes, date) & land, self.radius)[window.within(wide)]
        around = box_sums(land, self.radius)[window.within(wide)]
        # Whole numbers: a share on a bound is always in the bin above it.
        return _share_bins(forest, around, self.count)


@dataclass(frozen=True, slots=True)
class LossBins:
    """Share of the forest around each pixel that a period lost, the pixel itself left out.

    Where the pixel is still forest after the period, nothing of it is left out: what a fit sees and
    what a prediction for the next period sees mean the same (Besag 1975, doi 10.2307/2987782).
    """

    cover: ForestCover
    period: Period
    radius: int

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Bins (window.rows, window.columns); the same at every date."""
        wide = window.padded(self.radius, self.cover.codes.cells.shape)
        codes = self.cover.codes.cells.read(wide)
        forest, lost = forest_at(codes, START[self.period]), lost_in(codes, self.period)
        inner = window.within(wide)
        around = (box_sums(forest, self.radius) - forest)[inner]
        gone = (box_sums(lost, self.radius) - lost)[inner]
        return _ratio_bins(gone, around, _LOSS_EDGES)


@njit(cache=True, nogil=True)
def box_sums(mask: np.ndarray, radius: int) -> np.ndarray:
    """How many cells are marked within `radius` rows and columns; int32 (rows, columns)."""
    rows, columns = mask.shape
    out = np.empty((rows, columns), dtype=np.int32)
    # Sums over the rows within reach of the current one.
    column_sums = np.zeros(columns, dtype=np.int32)
    for r in range(min(radius, rows)):
        for c in range(columns):
            column_sums[c] += mask[r, c]
    for r in range(rows):
        if r + radius < rows:
            for c in range(columns):
                column_sums[c] += mask[r + radius, c]
        if r - radius - 1 >= 0:
            for c in range(columns):
                column_sums[c] -= mask[r - radius - 1, c]
        total = np.int32(0)
        for c in range(min(radius, columns)):
            total += column_sums[c]
        for c in range(columns):
            if c + radius < columns:
                total += column_sums[c + radius]
            if c - radius - 1 >= 0:
                total -= column_sums[c - radius - 1]
            out[r, c] = total
    return out


@dataclass(frozen=True, slots=True)
class OutsideBins:
    """Distance in meters to what is not inside (on an island: to the coast), cut at `edges`."""

    inside: WindowedRaster
    edges: np.ndarray

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Bins (window.rows, window.columns)."""
        pixel = pixel_m(self.inside.grid)
        radius = int(np.ceil(self.edges[-1] / pixel))
        wide = window.padded(radius, self.inside.cells.shape)
        squares = capped_squares(self.inside.cells.read(wide) == 0, radius=radius)
        return _distance_bins(squares[window.within(wide)], self.edges, pixel)


@dataclass(frozen=True, slots=True)
class NearBins:
    """Distance in meters to the nearest feature of a layer, cut at `edges`."""

    near: Nearness
    edges: np.ndarray

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Bins (window.rows, window.columns)."""
        return self.of_squares(self.near.squares(window))

    def of_squares(self, squares: np.ndarray) -> np.ndarray:
        """Bins of squared distances in cells."""
        return _distance_bins(squares, self.edges, pixel_m(self.near.grid))


def _distance_bins(squares: np.ndarray, edges: np.ndarray, pixel: float) -> np.ndarray:
    return _steps_reached(squares, np.array([_first_square(edge, pixel) for edge in edges]))


def _first_square(edge: float, pixel: float) -> int:
    """The smallest squared distance in cells that is not below an edge in meters."""
    square = max(0, int((edge / pixel) ** 2) - 1)
    while np.sqrt(float(square)) * pixel < edge:
        square += 1
    return min(square, int(BEYOND))


@njit(cache=True, nogil=True)
def _steps_reached(values: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """How many of some ascending steps each value has reached; uint8."""
    out = np.empty(values.shape, dtype=np.uint8)
    for r in range(values.shape[0]):
        for c in range(values.shape[1]):
            reached = 0
            for step in steps:
                reached += values[r, c] >= step
            out[r, c] = reached
    return out


@njit(cache=True, nogil=True)
def _share_bins(part: np.ndarray, whole: np.ndarray, count: int) -> np.ndarray:
    """Which of `count` equal parts of 0 to 1 the share lies in; of nothing it is 0."""
    out = np.empty(part.shape, dtype=np.uint8)
    for r in range(part.shape[0]):
        for c in range(part.shape[1]):
            share = np.int64(count) * part[r, c] // max(whole[r, c], 1)
            out[r, c] = min(share, count - 1)
    return out


@njit(cache=True, nogil=True)
def _ratio_bins(part: np.ndarray, whole: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How many of some ascending edges the share has reached; of nothing it is 0."""
    out = np.empty(part.shape, dtype=np.uint8)
    for r in range(part.shape[0]):
        for c in range(part.shape[1]):
            share = part[r, c] / max(whole[r, c], 1)
            reached = 0
            for edge in edges:
                reached += share >= edge
            out[r, c] = reached
    return out


@dataclass(frozen=True, slots=True)
class ValueBins:
    """Values of a raster cut at `edges`; a bin of its own, the last, for what is not known."""

    raster: WindowedRaster
    edges: np.ndarray

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Bins (window.rows, window.columns)."""
        values = measured(self.raster).read(window).astype(np.float64)
        bins = np.digitize(values, self.edges)
        bins[np.isnan(values)] = len(self.edges) + 1
        return bins.astype(np.uint8)


def edge_driver(cover: ForestCover, threshold_m: float) -> Driver:
    """Distance to the forest edge in the thirty classes of the benchmark."""
    edges = class_edges(threshold_m, pixel_m(cover.codes.grid))
    lower = np.append(edges[:-1], 0.0)
    title = Text(es="Distancia al borde del bosque", en="Distance to the forest edge")
    bins_of = EdgeBins(EdgeClasses(cover, threshold_m))
    return Driver(EDGE, title, "m", lower, np.append(np.inf, edges[:-1])[:CLASSES], bins_of)


def share_driver(cover: ForestCover, radius_m: float) -> Driver:
    """Share of forest around, within `radius_m` to each side.

    Raises
    ------
    InputError
        `model.radius` for less than one pixel.
    """
    pixel = pixel_m(cover.codes.grid)
    radius = int(radius_m // pixel)
    if radius < 1:
        raise InputError.because("model.radius", "forest_around_m", found=radius_m, pixel=pixel)
    bounds = np.arange(_SHARE_BINS + 1) / _SHARE_BINS
    name = f"forest-within-{radius_m:g}-m"
    title = Text(es=f"Bosque en {radius_m:g} m", en=f"Forest within {radius_m:g} m")
    return Driver(name, title, "1", bounds[:-1], bounds[1:], ShareBins(cover, radius))


def loss_driver(cover: ForestCover, period: Period, radius: int) -> Driver:
    """Loss of a period around, within `radius` cells to each side.

    Raises
    ------
    InputError
        `model.radius-cells` for less than one.
    """
    if radius < 1:
        raise InputError.because("model.radius-cells", "loss_around_cells", found=radius)
    title = Text(es=f"Pérdida reciente en {radius} celdas", en=f"Recent loss within {radius} cells")
    lower, upper = np.append(0.0, _LOSS_EDGES), np.append(_LOSS_EDGES, 1.0)
    bins_of = LossBins(cover, period, radius)
    return Driver(f"loss-within-{radius}-cells", title, "1", lower, upper, bins_of)


def distance_edges(pixel: float, reach_m: float) -> np.ndarray:
    """Twelve distances from five pixels (at least 150 m) to `reach_m`, in a geometric series."""
    first = max(150.0, 5 * pixel)
    return np.geomspace(first, max(reach_m, 2 * first), 12)


def outside_driver(cover: ForestCover, reach_m: float) -> Driver:
    """Distance to the border of what is inside.

    Raises
    ------
    InputError
        `model.no-inside` if the cover has no inside.
    """
    if cover.inside is None:
        raise InputError.because("model.no-inside", OUTSIDE)
    edges = distance_edges(pixel_m(cover.codes.grid), reach_m)
    title = Text(es="Distancia al límite o la costa", en="Distance to the border or coast")
    lower, upper = np.append(0.0, edges), np.append(edges, np.inf)
    return Driver(OUTSIDE, title, "m", lower, upper, OutsideBins(cover.inside, edges))


def near_driver(name: str, title: Text, near: Nearness, *, reach_m: float) -> Driver:
    """Distance to the features of a layer."""
    edges = distance_edges(pixel_m(near.grid), reach_m)
    lower, upper = np.append(0.0, edges), np.append(edges, np.inf)
    return Driver(name, title, "m", lower, upper, NearBins(near, edges))


def value_driver(name: str, title: Text, raster: WindowedRaster, cover: ForestCover) -> Driver:
    """Values of a raster in up to twelve bins of about equal area, and one for what is not known.

    The fit ties that last bin to the one of the highest values, as weakly as any two neighbors.

    Raises
    ------
    GeometryError
        `raster.other-grid`.
    InputError
        `model.constant` if no two values differ.
    """
    require_same_grid(cover.codes, raster, name=name)
    seen = _looked_at(raster, cover)
    edges = np.zeros(0)
    if len(seen):
        edges = np.unique(np.quantile(seen, np.arange(1, _RASTER_BINS) / _RASTER_BINS))
        edges = edges[edges > seen.min()]
    if not len(edges):
        raise InputError.because("model.constant", name)
    lower = np.concatenate([[-np.inf], edges, [np.nan]])
    upper = np.concatenate([edges, [np.inf, np.nan]])
    return Driver(name, title, raster.unit, lower, upper, ValueBins(raster, edges))


def _looked_at(raster: WindowedRaster, cover: ForestCover) -> np.ndarray:
    """Known values of every k-th pixel down and across that is inside."""
    cells = measured(raster)
    shape = cells.shape
    every = max(1, int(np.sqrt(shape[0] * shape[1] / _LOOKED_AT)))
    found = []
    for window in windows(shape):
        values = cells.read(window)[::every, ::every].astype(np.float64)
        counts = np.isfinite(values)
        if cover.inside is not None:
            counts &= cover.inside.cells.read(window)[::every, ::every] != 0
        found.append(values[counts])
    return np.concatenate(found)


def read_bins(
    drivers: Sequence[Driver], window: Window, date: Date, *, where: np.ndarray,
    instead: dict[int, Callable[[Window], np.ndarray]] | None = None,
) -> np.ndarray:  # fmt: skip
    """Bins (chosen pixels, drivers) uint8 of the pixels of a window that `where` chooses.

    `instead` gives the bins of some drivers, by index, in another state of the world.
    """
    other = instead or {}
    columns = [
        (other[i](window) if i in other else driver.bins_of(window, date))[where]
        for i, driver in enumerate(drivers)
    ]
    if not columns:
        return np.zeros((int(where.sum()), 0), dtype=np.uint8)
    return np.stack(columns, axis=-1)
