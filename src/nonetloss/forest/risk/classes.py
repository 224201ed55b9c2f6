"""Thirty classes of risk: 1 is negligible, 30 lies nearest to the edge, 0 is no forest.

A class is a lookup of the squared distance in whole cells, made once from the untouched distances:
it cannot collide with them, at any size of pixel.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.cover import Date, ForestCover
from nonetloss.forest.risk.edges import look, pixel_m
from nonetloss.numerics.capped_distance import BEYOND
from nonetloss.numerics.lookups import picked
from nonetloss.numerics.windows import Cells, Window

CLASSES: Final = 30
NEGLIGIBLE: Final = 1


class ClassesOf(Protocol):
    """What gives the classes of a window at a date: int16, 0 where no forest counts.

    It must be picklable to work on a cluster.
    """

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Classes (window.rows, window.columns)."""


def class_edges(threshold_m: float, pixel_m: float) -> np.ndarray:
    """Distances in meters, (30,) decreasing, from the threshold to the pixel cut to whole meters.

    Class 1 lies at the threshold and beyond; class k from 2 to 30 between edges k - 2 (not
    included) and k - 1 (included); the edges follow a geometric series. What is nearer than the
    last edge is of class 30 too.

    Raises
    ------
    InputError
        `risk.threshold` unless the threshold is above the pixel.
    """
    last = int(pixel_m)
    if not (np.isfinite(threshold_m) and threshold_m > last >= 1):
        raise InputError.because("risk.threshold", "threshold", found=threshold_m, pixel=pixel_m)
    ratio = (last / threshold_m) ** (1 / (CLASSES - 1))
    edges = threshold_m * ratio ** np.arange(CLASSES)
    edges[0], edges[-1] = threshold_m, last
    return np.asarray(edges)


def class_of_distance(distance_m: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Classes 1 to 30 (uint8) of distances in meters; infinite distances are of class 1."""
    return np.minimum(np.digitize(distance_m, edges) + 1, CLASSES).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class StoredClasses:
    """Classes by date that were worked out before and are only read."""

    by_date: Mapping[Date, Cells]

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Classes (window.rows, window.columns) int16; 0 where no forest counts."""
        return self.by_date[date].read(window).astype(np.int16)


@dataclass(frozen=True, slots=True)
class EdgeClasses:
    """Classes of a cover by distance to the edge: the benchmark of VT0007."""

    cover: ForestCover
    threshold_m: float
    _lookup: np.ndarray = field(init=False, repr=False, compare=False)
    _radius: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pixel = pixel_m(self.cover.codes.grid)
        radius = int(np.ceil(self.threshold_m / pixel)) + 1
        distances = np.sqrt(np.arange(radius * radius + 2, dtype=float)) * pixel
        found = class_of_distance(distances, class_edges(self.threshold_m, pixel))
        lookup = found.astype(np.int16)
        lookup[0], lookup[-1] = 0, NEGLIGIBLE
        object.__setattr__(self, "_lookup", lookup)
        object.__setattr__(self, "_radius", radius)

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Classes (window.rows, window.columns) int16; 0 where no forest counts."""
        seen = look(self.cover, window, date=date, radius=self._radius)
        return picked(self._lookup, seen.squares, seen.counted, beyond=int(BEYOND))
