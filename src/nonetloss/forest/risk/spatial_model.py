"""A chance of being lost for every forest pixel, from drivers and from where it lies."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from scipy.special import expit

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.classes import CLASSES
from nonetloss.forest.risk.cover import START, Date, ForestCover, Period, forest_at, lost_in
from nonetloss.forest.risk.drivers import Driver, read_bins
from nonetloss.forest.risk.random_effect import Counts, Effects
from nonetloss.numerics.windows import Window, each, windows

# Combinations of bins and neighborhoods are numbered in one int64.
_MOST_KEYS: Final = 2**62


@dataclass(frozen=True, slots=True)
class Lattice:
    """Neighborhoods of `step` × `step` pixels from the upper left corner of a raster."""

    step: int
    shape: tuple[int, int]

    def cells(self, window: Window) -> np.ndarray:
        """Neighborhood row · columns + column of each pixel, int64 (rows, columns)."""
        rows = (np.arange(window.rows) + window.row) // self.step
        columns = (np.arange(window.columns) + window.column) // self.step
        return np.asarray(rows[:, None] * self.shape[1] + columns[None, :])


def lattice_over(shape: tuple[int, int], *, pixel_m: float, side_m: float) -> Lattice:
    """Neighborhoods of about `side_m`, cut to whole pixels.

    Raises
    ------
    InputError
        `model.neighborhood` if that is less than one pixel.
    """
    step = int(side_m // pixel_m)
    if step < 1:
        raise InputError.because(
            "model.neighborhood", "neighborhood_m", found=side_m, pixel=pixel_m
        )
    return Lattice(step, (-(-shape[0] // step), -(-shape[1] // step)))


def potential_bounds() -> np.ndarray:
    """Bounds (29,) ascending between the thirty classes, on the scale 1 + potential over maximum.

    3 - r^k with r = 2^(1/30): classes are narrow where the potential is high (VT0007).
    """
    return np.asarray(3.0 - 2.0 ** (np.arange(CLASSES - 1, 0, -1) / CLASSES))


def class_of_potential(potential: np.ndarray, *, top: float) -> np.ndarray:
    """Classes 1 (low) to 30 (high), int16, of potentials from 0 to `top`; more counts as top."""
    scaled = 1.0 + np.minimum(potential / top, 1.0)
    return (np.digitize(scaled, potential_bounds()) + 1).astype(np.int16)


@dataclass(frozen=True, slots=True)
class SpatialModel:
    """A fitted model; called with a window and a date it gives classes as the benchmark does.

    Thirty classes of the square root of the chance: the root evens out the spread of counts, and
    low risks, where most of the forest lies, do not fall into one class. `top` is the highest
    chance among the pixels that it was fitted to. `bins_stiffness` and `cells_stiffness` are the
    precisions λ and τ. `covariances`: how sure the effects of each driver are (bins, bins); empty
    where nobody asks.
    """

    period: Period
    cover: ForestCover
    drivers: tuple[Driver, ...]
    lattice: Lattice
    effects: Effects
    top: float
    bins_stiffness: float
    cells_stiffness: float
    covariances: tuple[np.ndarray, ...] = ()

    def logit(
        self,
        window: Window,
        date: Date,
        *,
        counted: np.ndarray,
        instead: dict[int, Callable[[Window], np.ndarray]] | None = None,
    ) -> np.ndarray:
        """Logits (chosen pixels,) of a window; `instead` as in `drivers.read_bins`."""
        bins = read_bins(self.drivers, window, date, where=counted, instead=instead)
        return self.effects.logit(bins, self.lattice.cells(window)[counted])

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Classes (window.rows, window.columns) int16; 0 where no forest counts."""
        counted = counted_at(self.cover, window, date)
        classes = np.zeros(counted.shape, dtype=np.int16)
        chance = expit(self.logit(window, date, counted=counted))
        classes[counted] = class_of_potential(np.sqrt(chance), top=float(np.sqrt(self.top)))
        return classes


def counted_at(cover: ForestCover, window: Window, date: Date) -> np.ndarray:
    """Forest inside at a date, bool (window.rows, window.columns)."""
    forest = forest_at(cover.codes.cells.read(window), date)
    if cover.inside is not None:
        forest = forest & (cover.inside.cells.read(window) != 0)
    return forest


def counts_of(
    cover: ForestCover,
    *,
    drivers: Sequence[Driver],
    lattice: Lattice,
    period: Period,
    side: int = 2048,
    workers: Executor | None = None,
    progress: Callable[[float], None] | None = None,
) -> Counts:
    """Every forest pixel at the start of a period, counted by bins and neighborhood.

    Nothing is sampled: the counts hold all that a model of these drivers can learn.

    Raises
    ------
    InputError
        `model.combinations` if there are too many bins and neighborhoods to number.
    """
    sizes = [len(d) for d in drivers]
    count = lattice.shape[0] * lattice.shape[1]
    if float(np.prod([float(s) for s in sizes])) * count > _MOST_KEYS:
        raise InputError.because("model.combinations", "drivers", n=len(drivers))
    pieces = windows(cover.codes.cells.shape, side=side)
    work = partial(_counted, cover, tuple(drivers), lattice, period)
    keys = np.zeros(0, dtype=np.int64)
    sums = np.zeros((2, 0))
    for done, part in enumerate(each(work, pieces, workers=workers), start=1):
        together, at = np.unique(np.concatenate([keys, part[0]]), return_inverse=True)
        both = np.concatenate([sums, part[1]], axis=1)
        sums = np.stack([np.bincount(at, weights=row, minlength=len(together)) for row in both])
        keys = together
        if progress is not None:
            progress(done / len(pieces))
    bins = np.zeros((len(keys), len(sizes)), dtype=np.int64)
    rest = keys
    for d in range(len(sizes) - 1, -1, -1):
        rest, bins[:, d] = np.divmod(rest, sizes[d])
    return Counts(bins, rest, sums[0], sums[1])


def _counted(
    cover: ForestCover,
    drivers: tuple[Driver, ...],
    lattice: Lattice,
    period: Period,
    window: Window,
) -> tuple[np.ndarray, np.ndarray]:
    """(keys, (2, keys) pixels and lost) of one window."""
    date = START[period]
    counted = counted_at(cover, window, date)
    keys = lattice.cells(window)[counted]
    bins = read_bins(drivers, window, date, where=counted)
    for d, driver in enumerate(drivers):
        keys = keys * len(driver) + bins[:, d]
    gone = lost_in(cover.codes.cells.read(window), period)[counted]
    unique, at = np.unique(keys, return_inverse=True)
    rows = (np.ones(len(at)), gone)
    return unique, np.stack([np.bincount(at, weights=r, minlength=len(unique)) for r in rows])
