"""Risk as the rate of recent loss in a window around each pixel: the JNR moving window."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding
from nonetloss.forest.risk.benchmark import Benchmark
from nonetloss.forest.risk.classes import CLASSES, NEGLIGIBLE, EdgeClasses
from nonetloss.forest.risk.cover import START, Date, ForestCover, Period, forest_at, lost_in
from nonetloss.forest.risk.density import fit_classes, fitted_map, predict_classes
from nonetloss.forest.risk.drivers import box_sums
from nonetloss.forest.risk.moving_window_method import METHOD
from nonetloss.forest.risk.risk_map import RiskMap
from nonetloss.numerics.windows import CellStore, Window, each, windows

__all__ = ["METHOD", "MovingWindow", "WindowClasses", "moving_window"]

MODEL: Final = "moving-window"
# Rates are counted this finely to cut them into equal areas.
_LEVELS: Final = 65_536
_PERIODS: Final[tuple[Period, Period]] = ("calibration", "historical")


@dataclass(frozen=True, slots=True)
class WindowClasses:
    """Classes by the yearly rate of loss in the fitted period around each pixel.

    Class 1 lies at the negligible risk threshold and beyond; class k from 2 to 30 has rates from
    `bounds[k - 3]` (included) to `bounds[k - 2]`, (28,) ascending.
    """

    cover: ForestCover
    period: Period
    radius: int
    edge: EdgeClasses
    bounds: np.ndarray

    def rate(self, window: Window) -> np.ndarray:
        """1 - (1 - lost/forest)^(1/years) of the square around each pixel; 0 without forest."""
        wide = window.padded(self.radius, self.cover.codes.cells.shape)
        codes, inner = self.cover.codes.cells.read(wide), window.within(wide)
        forest = box_sums(forest_at(codes, START[self.period]), self.radius)[inner]
        lost = box_sums(lost_in(codes, self.period), self.radius)[inner]
        share = lost / np.maximum(forest, 1)
        return np.asarray(1.0 - (1.0 - share) ** (1.0 / self.cover.length(self.period)))

    def __call__(self, window: Window, date: Date) -> np.ndarray:
        """Classes (window.rows, window.columns) int16; 0 where no forest counts."""
        edge = self.edge(window, date)
        classes = (np.digitize(self.rate(window), self.bounds) + 2).astype(np.int16)
        classes[edge <= NEGLIGIBLE] = edge[edge <= NEGLIGIBLE]
        return classes


@dataclass(frozen=True, slots=True)
class MovingWindow:
    """Result of `moving_window`.

    `classes`, per fit: fit, class, from_rate, to_rate (per year; NaN for class 1), pixels, lost,
    frequency. Maps as those of the benchmark.
    """

    classes: pd.DataFrame
    calibration: RiskMap
    confirmation: RiskMap
    validity: RiskMap
    findings: tuple[Finding, ...]


def moving_window(
    cover: ForestCover,
    *,
    benchmark: Benchmark,
    side_cells: int = 11,
    slicing: str = "equal-interval",
    store: CellStore | None = None,
    workers: Executor | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> MovingWindow:
    """Predict loss where there was loss around: thirty classes, then as the benchmark.

    Parameters
    ----------
    cover : ForestCover
    benchmark : Benchmark
        Gives threshold, divisions, and what is expected in the validity period.
    side_cells : int
        Of the square around each pixel; odd.
    slicing : "equal-interval" or "equal-area"
        Of the rates of forest within the threshold into 29 classes.
    store, workers, progress : optional

    Raises
    ------
    InputError
        `window.side` for an even side; as the maps of the benchmark.
    """
    if side_cells % 2 == 0:
        raise InputError.because("window.side", "side_cells", found=side_cells)
    edge = EdgeClasses(cover, benchmark.threshold_m)
    first, both = (
        _sliced(WindowClasses(cover, period, side_cells // 2, edge, np.zeros(0)), slicing, workers)
        for period in _PERIODS
    )
    spread = benchmark.fits[0].divisions
    fits = [
        fit_classes(cover, model, period=model.period, divisions=spread, workers=workers)
        for model in (first, both)
    ]
    if progress is not None:
        progress("moving-window", 0.5)
    draw = partial(fitted_map, model=MODEL, store=store, workers=workers)
    predict = partial(predict_classes, model=MODEL, store=store, workers=workers)
    confirmation = predict(
        fits[0],
        cover,
        first,
        date=2,
        expected_ha=benchmark.confirmation.expected_ha,
        years=benchmark.confirmation.years,
        name="window-confirmation",
    )
    validity = predict(
        fits[1],
        cover,
        both,
        date=3,
        expected_ha=benchmark.validity.expected_ha,
        years=benchmark.validity.years,
        name="window-validity",
    )
    tables = []
    for model, fit in zip((first, both), fits, strict=True):
        pixels, lost = fit.pixels.sum(axis=1)[1:], fit.lost.sum(axis=1)[1:]
        table = pd.DataFrame({"fit": model.period, "class": np.arange(1, CLASSES + 1)})
        table["from_rate"] = [np.nan, 0.0, *model.bounds]
        table["to_rate"] = [np.nan, *model.bounds, 1.0]
        table["pixels"], table["lost"] = pixels, lost
        with np.errstate(invalid="ignore"):
            table["frequency"] = lost / np.where(pixels > 0, pixels, np.nan)
        tables.append(table)
    calibration = draw(fits[0], cover, first, name="window-calibration")
    found = [*confirmation.findings, *validity.findings]
    return MovingWindow(
        pd.concat(tables, ignore_index=True),
        calibration,
        confirmation,
        validity,
        tuple(f for i, f in enumerate(found) if f not in found[:i]),
    )


def _sliced(model: WindowClasses, slicing: str, workers: Executor | None) -> WindowClasses:
    """The model with bounds between 29 classes of the rates of forest within the threshold."""
    counts = np.zeros(_LEVELS, dtype=np.int64)
    pieces = windows(model.cover.codes.cells.shape)
    for part in each(partial(_levels, model), pieces, workers=workers):
        counts += part
    seen = np.flatnonzero(counts)
    top = (seen[-1] + 1) / _LEVELS if len(seen) else 1.0
    steps = np.arange(1, CLASSES - 1) / (CLASSES - 1)
    bounds = top * steps
    if slicing == "equal-area" and len(seen):
        upto = np.cumsum(counts) / counts.sum()
        bounds = np.searchsorted(upto, steps) / _LEVELS
    return WindowClasses(model.cover, model.period, model.radius, model.edge, bounds)


def _levels(model: WindowClasses, window: Window) -> np.ndarray:
    within = model.edge(window, START[model.period]) > NEGLIGIBLE
    levels = np.minimum((model.rate(window)[within] * _LEVELS).astype(np.int64), _LEVELS - 1)
    return np.bincount(levels, minlength=_LEVELS)
