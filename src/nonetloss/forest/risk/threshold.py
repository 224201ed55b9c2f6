"""The negligible risk threshold: beyond it hardly any forest was lost."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.cover import PERIODS, START, ForestCover, Period, lost_in
from nonetloss.forest.risk.edges import look, pixel_m
from nonetloss.numerics.capped_distance import BEYOND
from nonetloss.numerics.windows import Window, each, windows

_FIRST_RADIUS = 64
# Farther than this, in cells, is looked at no more: a window with its border is then 10,000 cells
# wide and takes about a gigabyte.
_LAST_RADIUS = 4096


@dataclass(frozen=True, slots=True)
class Threshold:
    """Distance in whole meters within which `share` of the loss of the period lies.

    `histogram` has one row per bin of one pixel: from_m, to_m, center_m, lost (pixels),
    cumulative (share of all lost pixels). `lost` counts the lost pixels inside.
    """

    meters: int
    share: float
    lost: int
    histogram: pd.DataFrame


def negligible_risk_threshold(
    cover: ForestCover,
    *,
    share: float = 0.995,
    period: Period = "historical",
    side: int = 2048,
    workers: Executor | None = None,
    progress: Callable[[float], None] | None = None,
) -> Threshold:
    """The distance to the edge within which a share of the forest loss of a period fell.

    Distances run from the centers of lost pixels to that of the nearest non-forest at the start
    of the period. They are counted in bins of one pixel from the smallest one; the center of the
    first bin that reaches the share, cut to whole meters, is the threshold.

    Parameters
    ----------
    cover : ForestCover
    share : float
        Above 0, at most 1.
    period : "historical", "calibration" or "confirmation"
    side : int
        Cells along a window. Memory is some 12 bytes for each cell of a window with its border.
    workers : Executor, optional
    progress : callable, optional
        Told the share done: half after the first radius, half of the rest after the next.

    Raises
    ------
    InputError
        `risk.no-loss` if nothing was lost inside in the period, `risk.no-edge` if there is no
        non-forest near what was lost.

    References
    ----------
    Verra VT0007 v1.0; checked against its reference program.
    """
    pixel = pixel_m(cover.codes.grid)
    shape = cover.codes.cells.shape
    radius = min(_FIRST_RADIUS, max(shape))
    done = 0.0
    while True:
        counts = _counted(cover, period, radius, side, workers, _half_of_rest(progress, done))
        done += (1 - done) / 2
        lost = int(counts.sum())
        if lost == 0:
            raise InputError.because("risk.no-loss", period, period=PERIODS[period])
        found = _histogram(counts[:-1], lost, pixel)
        reached = np.flatnonzero(found["cumulative"].to_numpy() >= share)
        # A bin is whole only if all of it lies within the radius.
        if len(reached) and found["to_m"].iloc[reached[0]] <= radius * pixel:
            shown = found.iloc[: reached[0] + 1]
            return Threshold(int(shown["center_m"].iloc[-1]), share, lost, shown)
        if radius >= min(_LAST_RADIUS, int(np.hypot(*shape)) + 1):
            if len(reached):
                shown = found.iloc[: reached[0] + 1]
                return Threshold(int(shown["center_m"].iloc[-1]), share, lost, shown)
            raise InputError.because(
                "risk.no-edge", period, period=PERIODS[period], within_m=round(radius * pixel)
            )
        radius = min(radius * 4, _LAST_RADIUS, int(np.hypot(*shape)) + 1)


def _half_of_rest(
    progress: Callable[[float], None] | None, done: float
) -> Callable[[float], None] | None:
    """Nobody knows how many radii are tried: each takes half of what is left."""
    if progress is None:
        return None
    return lambda share: progress(done + share * (1 - done) / 2)


def _counted(
    cover: ForestCover,
    period: Period,
    radius: int,
    side: int,
    workers: Executor | None,
    progress: Callable[[float], None] | None,
) -> np.ndarray:
    """Lost pixels by squared distance in cells; the last one counts those beyond the radius."""
    total = np.zeros(radius * radius + 2, dtype=np.int64)
    pieces = windows(cover.codes.cells.shape, side=side)
    work = partial(_distances_of, cover, period=period, radius=radius)
    for done, (squares, count) in enumerate(each(work, pieces, workers=workers), start=1):
        total[squares] += count
        if progress is not None:
            progress(done / len(pieces))
    return total


def _distances_of(
    cover: ForestCover, window: Window, *, period: Period, radius: int
) -> tuple[np.ndarray, np.ndarray]:
    seen = look(cover, window, date=START[period], radius=radius)
    squares = seen.squares[seen.counted & lost_in(seen.codes, period)]
    squares = np.where(squares == BEYOND, radius * radius + 1, squares)
    return np.unique(squares, return_counts=True)


def _histogram(counts: np.ndarray, lost: int, pixel: float) -> pd.DataFrame:
    """Bins of one pixel from the smallest distance; cumulative shares are of all lost pixels."""
    squares = np.flatnonzero(counts)
    if not len(squares):
        return pd.DataFrame(
            {name: np.empty(0) for name in ("from_m", "to_m", "center_m", "lost", "cumulative")}
        )
    distances = np.sqrt(squares.astype(float))
    first = distances[0]
    bins = np.floor(distances - first).astype(int)
    binned = np.bincount(bins, weights=counts[squares])
    start = (first + np.arange(len(binned))) * pixel
    return pd.DataFrame(
        {
            "from_m": start,
            "to_m": start + pixel,
            "center_m": start + pixel / 2,
            "lost": binned.astype(np.int64),
            "cumulative": np.cumsum(binned) / lost,
        }
    )
