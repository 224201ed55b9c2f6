"""What was forest and no longer is, what became forest, and how fast.

Mathematical formulation
    Between dates t1 < t2, over cells known at both, F forest at t1, L of it no longer forest at t2,
    G forest at t2 that was none at t1, T = t2 - t1 years::

        ha per year             L / T
        percent per year        100 (1 - (1 - L / F)^(1/T))
        net percent per year    100 ((F - L + G) / F)^(1/T) - 100      negative where forest shrinks

In words
    The percentage is the constant yearly share that takes F to what is left of it in T years; a
    plain L / F / T would understate it. The net one is the rate of FAO.

References
----------
FAO 1995, Forest resources assessment 1990: global synthesis, FAO Forestry Paper 124 (compound
rate); Puyravaud 2003, doi 10.1016/S0378-1127(02)00335-3 (on rates).
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from nonetloss.forest.change.dates import FOREST, NON_FOREST, UNKNOWN, ForestDates
from nonetloss.landscape.windowed import WindowedRaster, measured
from nonetloss.numerics.windows import Cells, CellStore, Window, each, windows

_HECTARE_M2: Final = 10_000.0
_STATES: Final = 3
# Codes of the map of change.
OUTSIDE: Final = 0
STABLE_FOREST: Final = 1
STABLE_NON_FOREST: Final = 2
GAIN: Final = 3
# A cell first lost in period k (from 1) has the code 10 + k.
LOSS: Final = 10
_MOST_CODES: Final = 256


@dataclass(frozen=True, slots=True)
class Tally:
    """Cells counted by zone.

    Parameters
    ----------
    pairs : (zones + 1, periods, 3, 3) int
        Cells by state at the start and end of each period; zone 0 is what lies in none.
    codes : (zones + 1, 256) int
        Cells by code of the map of change.
    amounts : (zones + 1, periods) float
        Sum of the amount over cells lost in each period; NaN amounts left out.
    amount_unknown : (zones + 1, periods) int
        Cells lost whose amount is NaN.
    """

    pairs: np.ndarray
    codes: np.ndarray
    amounts: np.ndarray
    amount_unknown: np.ndarray


def change_codes(states: np.ndarray) -> np.ndarray:
    """The map of change from states (dates, rows, columns), uint8 (rows, columns).

    0 a date is unknown; 1 forest throughout; 2 never forest; 3 forest that came after the first
    date; 10 + k forest at the first date, first found gone at the end of period k. What grows back
    after it was lost stays lost.
    """
    forest = states == FOREST
    gone = np.argmin(forest, axis=0)
    codes = np.where(forest.all(axis=0), STABLE_FOREST, LOSS + gone)
    never = ~forest[0]
    codes = np.where(never, np.where(forest.any(axis=0), GAIN, STABLE_NON_FOREST), codes)
    codes[(states == UNKNOWN).any(axis=0)] = OUTSIDE
    return codes.astype(np.uint8)


def tally(
    dates: ForestDates,
    *,
    zones: WindowedRaster | None = None,
    zone_count: int = 0,
    amount: WindowedRaster | None = None,
    store: CellStore | None = None,
    side: int = 1024,
    workers: Executor | None = None,
) -> tuple[Tally, WindowedRaster | None]:
    """Count states and changes by zone, and draw the map of change where there is room for it.

    Parameters
    ----------
    dates : ForestDates
    zones : WindowedRaster, optional
        Codes 1 … `zone_count`, 0 in none.
    zone_count : int
    amount : WindowedRaster, optional
        What a cell holds that goes with its forest (tCO2e per cell, for example).
    store : CellStore, optional
    side : int
        Of the windows.
    workers : Executor, optional

    Returns
    -------
    Tally, and the map of change (None without a store).

    Raises
    ------
    InputError
        `change.code-unexpected`.
    """
    shape = dates.states.shape
    periods = len(dates.years) - 1
    total = Tally(
        np.zeros((zone_count + 1, periods, _STATES, _STATES), dtype=np.int64),
        np.zeros((zone_count + 1, _MOST_CODES), dtype=np.int64),
        np.zeros((zone_count + 1, periods)),
        np.zeros((zone_count + 1, periods), dtype=np.int64),
    )
    cells = None if store is None else store.create("change", shape=shape, dtype=np.uint8)
    pieces = windows(shape, side=side)
    held = None if amount is None else measured(amount)
    work = partial(_tally_window, dates, zones, zone_count, held)
    for window, (part, codes) in zip(pieces, each(work, pieces, workers=workers), strict=True):
        for into, more in zip(_arrays(total), _arrays(part), strict=True):
            into += more
        if cells is not None:
            cells.write(window, codes)
    drawn = None if cells is None else WindowedRaster(cells, dates.grid, dates.crs)
    return total, drawn


def _arrays(part: Tally) -> tuple[np.ndarray, ...]:
    return part.pairs, part.codes, part.amounts, part.amount_unknown


def _tally_window(
    dates: ForestDates,
    zones: WindowedRaster | None,
    zone_count: int,
    amount: Cells | None,
    window: Window,
) -> tuple[Tally, np.ndarray]:
    states = dates.states.read(window, tuple(range(len(dates.years))))
    codes = change_codes(states)
    inside = dates.within(window)
    if inside is not None:
        codes[~inside] = OUTSIDE
    at = np.ones(codes.shape, dtype=np.bool_) if inside is None else inside
    zone = np.zeros(int(at.sum()), dtype=np.int64)
    if zones is not None:
        zone = zones.cells.read(window)[at].astype(np.int64)
    held = states[:, at].astype(np.int64)
    values = None if amount is None else amount.read(window)[at].astype(np.float64)
    count, periods = zone_count + 1, len(dates.years) - 1
    pairs = np.empty((count, periods, _STATES, _STATES), dtype=np.int64)
    amounts = np.zeros((count, periods))
    unknown = np.zeros((count, periods), dtype=np.int64)
    cells = _STATES * _STATES
    for k in range(periods):
        key = zone * cells + held[k] * _STATES + held[k + 1]
        pairs[:, k] = np.bincount(key, minlength=count * cells).reshape(count, _STATES, _STATES)
        if values is not None:
            lost = (held[k] == FOREST) & (held[k + 1] == NON_FOREST)
            known = lost & ~np.isnan(values)
            amounts[:, k] = np.bincount(zone[known], values[known], minlength=count)
            unknown[:, k] = np.bincount(zone[lost & ~known], minlength=count)
    key = zone * _MOST_CODES + codes[at]
    by_code = np.bincount(key, minlength=count * _MOST_CODES).reshape(count, _MOST_CODES)
    return Tally(pairs, by_code, amounts, unknown), codes


def transition_table(pairs: np.ndarray, *, years: Sequence[float], cell_ha: float) -> pd.DataFrame:
    """One row for each period, from cells (periods, 3, 3) by state at its start and end.

    Returns
    -------
    DataFrame
        from_year, to_year, years, forest_start_ha, lost_ha, gained_ha, forest_end_ha, unknown_ha
        (unknown at one of the two dates, and in none of the other columns), ha_per_year,
        percent_per_year, net_percent_per_year. The percentages are NaN where there was no forest.
    """
    rows = []
    for k, (first, last) in enumerate(pairwise(years)):
        hectares = pairs[k] * cell_ha
        stays, lost = hectares[FOREST, FOREST], hectares[FOREST, NON_FOREST]
        gained = hectares[NON_FOREST, FOREST]
        start, end, length = stays + lost, stays + gained, float(last - first)
        rows.append(
            {
                "from_year": float(first),
                "to_year": float(last),
                "years": length,
                "forest_start_ha": start,
                "lost_ha": lost,
                "gained_ha": gained,
                "forest_end_ha": end,
                "unknown_ha": hectares[UNKNOWN].sum() + hectares[:, UNKNOWN].sum()
                - hectares[UNKNOWN, UNKNOWN],
                "ha_per_year": lost / length,
                # Nothing lost is 0 and not -0.
                "percent_per_year": 0.0 - _compound(start, stays, length),
                "net_percent_per_year": _compound(start, end, length),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _compound(start: float, end: float, years: float) -> float:
    """Yearly rate in percent that takes `start` to `end`."""
    if not start > 0:
        return float("nan")
    return float(100 * ((end / start) ** (1 / years) - 1))


def cell_hectares(dates: ForestDates) -> float:
    """Hectares of a cell of the grid."""
    return dates.grid.cell_area / _HECTARE_M2
