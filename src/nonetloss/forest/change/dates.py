"""Forest at any number of dates, in one form whatever the files say.

A state is 0 (no forest), 1 (forest) or 2 (unknown). States come window by window, one layer for
each date, from codes of three dates (`forest.risk.cover`), from one layer per date, or from tree
cover and year of loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, Protocol

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.forest.risk.cover import CODE_OF_BITS, ForestCover
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster, measured, require_same_grid, windowed
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Cells, Window

NON_FOREST: Final = 0
FOREST: Final = 1
UNKNOWN: Final = 2

Encoding = Literal["layers", "loss-year"]
ENCODINGS: Final[tuple[str, ...]] = ("layers", "loss-year")
# The year that Hansen et al. 2013 count loss from.
_ZERO_YEAR: Final = 2000
# What is unexpected, shown of the first window that has it.
_SHOWN: Final = 5


class States(Protocol):
    """States by window."""

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""

    def read(self, window: Window, dates: tuple[int, ...]) -> np.ndarray:
        """uint8 (dates, window.rows, window.columns), for the dates at these positions."""


@dataclass(frozen=True, slots=True)
class ForestDates:
    """States at the dates `years`, increasing, on a grid.

    `inside` (not 0 inside) is what counts; None: everything. What lies outside still tells where
    an edge is.
    """

    states: States
    years: tuple[float, ...]
    grid: Grid
    crs: str
    inside: WindowedRaster | None = None

    def within(self, window: Window) -> np.ndarray | None:
        """Which cells of a window count; None: all."""
        return None if self.inside is None else self.inside.cells.read(window) != 0


@dataclass(frozen=True, slots=True)
class _Coded:
    codes: Cells

    @property
    def shape(self) -> tuple[int, int]:
        return self.codes.shape

    def read(self, window: Window, dates: tuple[int, ...]) -> np.ndarray:
        return np.asarray(_STATE_OF_CODE[list(dates)][:, self.codes.read(window)])


# State of each code at each of its three dates.
_STATE_OF_CODE: Final = np.full((3, 256), UNKNOWN, dtype=np.uint8)
for _bits, _code in enumerate(CODE_OF_BITS.tolist()):
    _STATE_OF_CODE[:, _code] = [(_bits >> 2) & 1, (_bits >> 1) & 1, _bits & 1]


@dataclass(frozen=True, slots=True)
class _Layers:
    layers: tuple[Cells, ...]

    @property
    def shape(self) -> tuple[int, int]:
        return self.layers[0].shape

    def read(self, window: Window, dates: tuple[int, ...]) -> np.ndarray:
        states = np.empty((len(dates), window.rows, window.columns), dtype=np.uint8)
        for k, date in enumerate(dates):
            values = self.layers[date].read(window)
            unknown = _unknown(values)
            wrong = ~unknown & (values != 0) & (values != 1)
            _refuse(values[wrong], f"forest[{date + 1}]", "0, 1")
            states[k] = np.where(unknown, UNKNOWN, values == 1)
        return states


@dataclass(frozen=True, slots=True)
class _LossYear:
    canopy: Cells
    loss: Cells
    years: tuple[float, ...]
    canopy_percent: float

    @property
    def shape(self) -> tuple[int, int]:
        return self.canopy.shape

    def read(self, window: Window, dates: tuple[int, ...]) -> np.ndarray:
        canopy, loss = self.canopy.read(window), self.loss.read(window)
        unknown = _unknown(canopy) | _unknown(loss)
        wrong = ~_unknown(canopy) & ((canopy < 0) | (canopy > 100))
        _refuse(canopy[wrong], "forest[1]", "0 … 100")
        wrong = ~_unknown(loss) & ((loss < 0) | (loss != np.floor(loss)) | (loss > 99))
        _refuse(loss[wrong], "forest[2]", "0 … 99")
        grown = canopy >= self.canopy_percent
        gone = np.where(loss > 0, loss.astype(np.float64) + _ZERO_YEAR, np.inf)
        # Loss of a year is known at its end: a pixel of 2010 is gone on the map of 2010.
        states = np.stack([grown & (gone > self.years[d]) for d in dates]).astype(np.uint8)
        states[:, unknown] = UNKNOWN
        return states


def of_cover(cover: ForestCover) -> ForestDates:
    """The three dates of a cover. Regrowth is seen here, as gain; `forest.risk` never counts it."""
    codes = cover.codes
    return ForestDates(_Coded(codes.cells), cover.years, codes.grid, codes.crs, cover.inside)


def of_rasters(
    forest: Sequence[Raster | WindowedRaster],
    *,
    years: Sequence[float],
    encoding: str = "layers",
    canopy_percent: float = 30.0,
    inside: WindowedRaster | None = None,
) -> ForestDates:
    """Dates from rasters.

    Parameters
    ----------
    forest : sequence of rasters
        "layers": one for each year, 1 forest, 0 none. "loss-year": tree cover in percent, and year
        of loss counted from 2000 (0: none). Unknown are NaN, and a value that the file declares to
        be no data and that could be nothing else.
    years : sequence of float
        Increasing, at least two; with "loss-year" from 2000 on.
    encoding : "layers" or "loss-year"
    canopy_percent : float
        Tree cover from which there is forest; "loss-year" only.
    inside : WindowedRaster, optional

    Raises
    ------
    InputError
        `change.rasters` for another number of rasters, `change.years`, `change.year-before-map`.
    GeometryError
        `raster.other-grid`.
    """
    dates = tuple(float(y) for y in years if not isinstance(y, str))
    rising = all(a < b for a, b in pairwise(dates))
    if len(dates) < max(2, len(years)) or not rising or not np.isfinite(dates).all():
        raise InputError.because("change.years", "years", found=offenders(years, 10))
    if encoding == "loss-year" and dates[0] < _ZERO_YEAR:
        raise InputError.because(
            "change.year-before-map", "years", year=f"{dates[0]:g}", first=_ZERO_YEAR
        )
    wanted = len(dates) if encoding == "layers" else 2
    if len(forest) != wanted:
        raise InputError.because(
            "change.rasters", "forest", encoding=encoding, wanted=wanted, found=len(forest)
        )
    parts = [windowed(part) for part in forest]
    for k, part in enumerate(parts[1:], start=2):
        require_same_grid(parts[0], part, name=f"forest[{k}]")
    cells = tuple(_readable(part, encoding, k) for k, part in enumerate(parts))
    states: States = _Layers(cells)
    if encoding == "loss-year":
        states = _LossYear(cells[0], cells[1], dates, canopy_percent)
    if inside is not None:
        require_same_grid(parts[0], inside, name="inside")
    return ForestDates(states, dates, parts[0].grid, parts[0].crs, inside)


def _readable(raster: WindowedRaster, encoding: str, index: int) -> Cells:
    """Cells, NaN where the file declares a value that is no code to be no data."""
    most = 1 if encoding == "layers" else (100, 99)[index]
    if raster.absent is None or 0 <= raster.absent <= most:
        return raster.cells
    return measured(raster)


def _unknown(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values))
    return np.zeros(values.shape, dtype=np.bool_)


def _refuse(wrong: np.ndarray, subject: str, allowed: str) -> None:
    if wrong.size:
        values = offenders((f"{v:g}" for v in np.unique(wrong)), _SHOWN)
        raise InputError.because("change.code-unexpected", subject, values=values, allowed=allowed)
