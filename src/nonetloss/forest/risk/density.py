"""Share of each modeling region that was lost, and what follows for another date.

A modeling region is a class of risk within an administrative division.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.forest.risk.classes import CLASSES, ClassesOf
from nonetloss.forest.risk.cover import PERIODS, START, UNKNOWN, Date, ForestCover, Period, lost_in
from nonetloss.forest.risk.edges import pixel_m
from nonetloss.forest.risk.risk_map import RiskMap
from nonetloss.landscape.windowed import WindowedRaster, require_same_grid
from nonetloss.numerics.lookups import paint, tally
from nonetloss.numerics.windows import (
    ArrayStore,
    CellStore,
    Window,
    each,
    fill,
    windows,
)

# The ratio of wanted to allocated above which the allocation is repeated, and how often at most.
SETTLED: Final = 1.00001
MOST_ITERATIONS: Final = 5
_HECTARE_M2: Final = 10_000.0

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Divisions:
    """Administrative divisions of the jurisdiction: codes from 1 to `count`; 0 is none.

    `raster` None: one division, everywhere, or, with `blocks` (rows, columns), that many equal
    rectangles of the grid, numbered by row.
    """

    raster: WindowedRaster | None = None
    blocks: tuple[int, int] = (1, 1)
    count: int = 1

    def read(self, window: Window, shape: tuple[int, int]) -> np.ndarray:
        """Codes (window.rows, window.columns), int16."""
        if self.raster is not None:
            return _division_codes(self.raster, window).astype(np.int16)
        rows = _block(np.arange(window.row, window.row + window.rows), shape[0], self.blocks[0])
        columns = _block(
            np.arange(window.column, window.column + window.columns), shape[1], self.blocks[1]
        )
        codes = 1 + rows[:, None] * self.blocks[1] + columns[None, :]
        return codes.astype(np.int16)


def _division_codes(raster: WindowedRaster, window: Window) -> np.ndarray:
    """As stored, and 0 where the file says that there is nothing."""
    codes = raster.cells.read(window)
    return codes if raster.absent is None else np.where(codes == raster.absent, 0, codes)


def _block(index: np.ndarray, length: int, parts: int) -> np.ndarray:
    """Part 0 … parts - 1; a part begins after its share of the length, as the reference does."""
    bounds = np.array([length * k // parts for k in range(1, parts)], dtype=np.int64)
    return np.searchsorted(bounds, index, side="left").astype(np.int16)


def divisions_of(raster: WindowedRaster, cover: ForestCover, *, side: int = 2048) -> Divisions:
    """Divisions from a raster of whole codes from 0 on the grid of the cover.

    Raises
    ------
    GeometryError
        `raster.other-grid`.
    InputError
        `risk.divisions` if a code is negative or above 32,767, `risk.divisions-type` if codes
        are no whole numbers.
    """
    require_same_grid(cover.codes, raster, name="divisions")
    if not np.issubdtype(raster.cells.dtype, np.integer):
        raise InputError.because("risk.divisions-type", "divisions", found=raster.cells.dtype)
    low = high = 0
    for window in windows(raster.cells.shape, side=side):
        codes = _division_codes(raster, window)
        low, high = min(low, int(codes.min())), max(high, int(codes.max()))
    if low < 0 or high > np.iinfo(np.int16).max or high == 0:
        raise InputError.because("risk.divisions", "divisions", low=low, high=high)
    return Divisions(raster, count=high)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Pixels and lost pixels by class (rows, 0 to 30) and division (columns, 0 to their count).

    `frequency` is lost over pixels, NaN where a region has no pixel.
    """

    period: Period
    divisions: Divisions
    pixels: np.ndarray
    lost: np.ndarray
    pixel_ha: float

    @property
    def frequency(self) -> np.ndarray:
        """(classes, divisions)."""
        with np.errstate(invalid="ignore"):
            return self.lost / np.where(self.pixels > 0, self.pixels, np.nan)

    @property
    def lost_ha(self) -> float:
        """What the period lost inside, and what the fitted map adds up to."""
        return float(self.lost.sum() * self.pixel_ha)

    def table(self) -> pd.DataFrame:
        """One row per region that has pixels.

        Columns: region (class · 1000 + division; with 1,000 divisions or more, class · 100,000 +
        division), class, division, pixels, lost, frequency, ha_per_pixel.
        """
        base = 1000 if self.divisions.count < 1000 else 100_000
        classes, divisions = np.nonzero(self.pixels)
        frequency = self.frequency[classes, divisions]
        return pd.DataFrame(
            {
                "region": classes * base + divisions,
                "class": classes,
                "division": divisions,
                "pixels": self.pixels[classes, divisions],
                "lost": self.lost[classes, divisions],
                "frequency": frequency,
                "ha_per_pixel": frequency * self.pixel_ha,
            }
        )


def fit_classes(
    cover: ForestCover,
    classes_of: ClassesOf,
    *,
    period: Period,
    divisions: Divisions | None = None,
    side: int = 2048,
    workers: Executor | None = None,
    progress: Progress | None = None,
) -> Fitted:
    """Count each region's pixels at the start of a period, and those that it lost.

    Raises
    ------
    InputError
        `risk.no-loss` if no pixel that counts was lost, `risk.division-missing` if forest that
        counts lies in no division.
    """
    spread = divisions or Divisions()
    work = partial(_region_counts, cover, classes_of, spread, START[period], period)
    pixels, lost = _summed(work, cover, spread, side, workers, progress)
    _require_divided(pixels)
    if not lost.any():
        raise InputError.because("risk.no-loss", period, period=PERIODS[period])
    area = pixel_m(cover.codes.grid) ** 2 / _HECTARE_M2
    return Fitted(period, spread, pixels, lost, area)


def _require_divided(pixels: np.ndarray) -> None:
    if pixels[1:, 0].any():
        raise InputError.because(
            "risk.division-missing", "divisions", pixels=int(pixels[1:, 0].sum())
        )


def _summed(
    work: Callable[[Window], np.ndarray],
    cover: ForestCover,
    divisions: Divisions,
    side: int,
    workers: Executor | None,
    progress: Progress | None,
) -> np.ndarray:
    pieces = windows(cover.codes.cells.shape, side=side)
    total = np.zeros((2, CLASSES + 1, divisions.count + 1), dtype=np.int64)
    for done, counts in enumerate(each(work, pieces, workers=workers), start=1):
        total += counts
        if progress is not None:
            progress(done / len(pieces))
    return total


def _region_counts(
    cover: ForestCover,
    classes_of: ClassesOf,
    divisions: Divisions,
    date: Date,
    period: Period | None,
    window: Window,
) -> np.ndarray:
    """(2, classes, divisions): pixels, and those lost in the period (0 without one)."""
    classes = classes_of(window, date)
    places = divisions.read(window, cover.codes.cells.shape)
    gone = np.zeros(classes.shape, dtype=np.bool_)
    if period is not None:
        gone = lost_in(cover.codes.cells.read(window), period)
    return tally(classes, places, gone, size=(CLASSES + 1, divisions.count + 1))


@dataclass(frozen=True, slots=True)
class Allocation:
    """Hectares per pixel by region (classes, divisions) that add up to what is expected."""

    ha_per_pixel: np.ndarray
    total_ha: float
    adjustment: float
    iterations: int
    findings: tuple[Finding, ...]


def allocate(
    pixels: np.ndarray, fitted: Fitted, *, expected_ha: float, iterations: int = MOST_ITERATIONS
) -> Allocation:
    """Spread an expected loss over regions in proportion to their fitted frequencies.

    Frequencies are multiplied by expected over allocated, cut to the area of a pixel, and this is
    repeated while the ratio stays above 1.00001 and more is placed. A region that was not there in
    the fit takes the frequency of its class over all divisions; a class that was not there, that of
    the nearest class of lower risk that was, so that nothing is risked up without data.

    Parameters
    ----------
    pixels : int (classes, divisions)
        Pixels of each region at the date of the prediction.
    fitted : Fitted
    expected_ha : float
        To be allocated in all; not negative.
    iterations : int
        At most so many.

    Raises
    ------
    InputError
        `risk.expected` for an expected loss that is negative or not finite,
        `risk.nothing-to-allocate` if no region that is left lost anything in the fit.
    """
    if not (np.isfinite(expected_ha) and expected_ha >= 0):
        raise InputError.because("risk.expected", "expected_ha", found=expected_ha)
    period = PERIODS[fitted.period]
    frequency, findings = _carried(pixels, fitted)
    density = frequency * fitted.pixel_ha
    adjustment, done, total = 1.0, 0, float((pixels * density).sum())
    if total <= 0 and expected_ha > 0:
        raise InputError.because("risk.nothing-to-allocate", fitted.period, period=period)
    while total > 0 and done < iterations:
        ratio = expected_ha / total
        density = np.minimum(density * ratio, fitted.pixel_ha)
        adjustment *= ratio
        done += 1
        before, total = total, float((pixels * density).sum())
        # Where all pixels are full, more rounds would place no more.
        if ratio <= SETTLED or (done > 1 and total <= before):
            break
    if expected_ha > total * SETTLED:
        missing = float(f"{expected_ha - total:.3g}")
        findings.append(
            warning("risk.capped", fitted.period, period=period, missing_ha=missing, n=done)
        )
    return Allocation(density, total, adjustment, done, tuple(findings))


def _carried(pixels: np.ndarray, fitted: Fitted) -> tuple[np.ndarray, list[Finding]]:
    """Frequencies of all regions, with what stands in for those that were not fitted."""
    period = PERIODS[fitted.period]
    frequency = fitted.frequency
    known = fitted.pixels.sum(axis=1)
    mean = np.where(known > 0, fitted.lost.sum(axis=1) / np.maximum(known, 1), np.nan)
    findings: list[Finding] = []
    strange = [c for c in range(1, CLASSES + 1) if pixels[c].any() and not known[c]]
    for unseen in range(1, CLASSES + 1):
        if known[unseen] == 0:
            lower = np.flatnonzero(known[1:unseen]) + 1
            mean[unseen] = mean[lower[-1]] if len(lower) else 0.0
    if strange:
        classes = offenders(strange, CLASSES)
        findings.append(notice("risk.class-unseen", fitted.period, period=period, classes=classes))
    regions = int(((fitted.pixels == 0) & (pixels > 0))[1:].sum())
    if regions:
        findings.append(notice("risk.region-unseen", fitted.period, period=period, n=regions))
    frequency = np.where(np.isnan(frequency), mean[:, None], frequency)
    frequency[0] = 0.0
    return frequency, findings


def predict_classes(
    fitted: Fitted,
    cover: ForestCover,
    classes_of: ClassesOf,
    *,
    date: Date,
    expected_ha: float,
    years: float,
    model: str,
    name: str,
    store: CellStore | None = None,
    iterations: int = MOST_ITERATIONS,
    side: int = 2048,
    workers: Executor | None = None,
    progress: Progress | None = None,
) -> RiskMap:
    """The map of a prediction: frequencies of a fit on the regions of another date.

    Parameters
    ----------
    fitted : Fitted
    cover : ForestCover
    classes_of : ClassesOf
    date : 1, 2 or 3
        Where the predicted period begins.
    expected_ha : float
        Loss of the whole period, to be allocated.
    years : float
        Length of the predicted period.
    model, name : str
        What made the map; the name under which the store keeps it.
    store : CellStore, optional
        Memory, unless given.
    iterations, side, workers, progress
        As `allocate` and `fit_classes`.

    Raises
    ------
    InputError
        As `allocate` and `fit_classes`.
    """
    spread = fitted.divisions
    count = partial(_region_counts, cover, classes_of, spread, date, None)
    half = None if progress is None else (lambda share: progress(share / 2))
    pixels = _summed(count, cover, spread, side, workers, half)[0]
    _require_divided(pixels)
    shares = allocate(pixels, fitted, expected_ha=expected_ha, iterations=iterations)
    rest = None if progress is None else (lambda share: progress((1 + share) / 2))
    hectares = _drawn(
        shares.ha_per_pixel, cover, classes_of, spread, date, name, store, side, workers, rest
    )
    return RiskMap(
        hectares,
        years,
        cover.years[date - 1],
        model,
        expected_ha,
        shares.total_ha,
        shares.adjustment,
        shares.iterations,
        shares.findings,
    )


def fitted_map(
    fitted: Fitted,
    cover: ForestCover,
    classes_of: ClassesOf,
    *,
    model: str,
    name: str,
    store: CellStore | None = None,
    side: int = 2048,
    workers: Executor | None = None,
    progress: Progress | None = None,
) -> RiskMap:
    """The map of a fit: it adds up to what its period lost."""
    density = np.nan_to_num(fitted.frequency) * fitted.pixel_ha
    density[0] = 0.0
    date = START[fitted.period]
    hectares = _drawn(
        density, cover, classes_of, fitted.divisions, date, name, store, side, workers, progress
    )
    total = float((fitted.pixels * density).sum())
    years = cover.length(fitted.period)
    return RiskMap(hectares, years, cover.years[date - 1], model, fitted.lost_ha, total)


def _drawn(
    density: np.ndarray,
    cover: ForestCover,
    classes_of: ClassesOf,
    divisions: Divisions,
    date: Date,
    name: str,
    store: CellStore | None,
    side: int,
    workers: Executor | None,
    progress: Progress | None,
) -> WindowedRaster:
    """Hectares per pixel written window by window."""
    shape = cover.codes.cells.shape
    out = (store or ArrayStore()).create(name, shape=shape, dtype=np.float32)
    work = partial(_hectares_of, density.astype(np.float32), cover, classes_of, divisions, date)
    fill(out, work, side=side, workers=workers, progress=progress)
    return WindowedRaster(out, cover.codes.grid, cover.codes.crs, "ha")


def _hectares_of(
    density: np.ndarray,
    cover: ForestCover,
    classes_of: ClassesOf,
    divisions: Divisions,
    date: Date,
    window: Window,
) -> np.ndarray:
    classes = classes_of(window, date)
    values = paint(density, classes, divisions.read(window, cover.codes.cells.shape))
    outside = cover.codes.cells.read(window) == UNKNOWN
    if cover.inside is not None:
        outside |= cover.inside.cells.read(window) == 0
    values[outside] = np.nan
    return values
