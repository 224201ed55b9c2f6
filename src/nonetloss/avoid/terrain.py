"""Slope from elevation, and the multiplier of construction cost that goes with a slope."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.units import quantity
from nonetloss.landscape.raster import Raster

UNITS = ("m", "percent", "degree")


def slope_percent(relief: Raster) -> np.ndarray:
    """Slope in percent; float64 (rows, columns), NaN where unknown.

    Elevation in meters is differenced between the neighbors on both sides (one side at the edge),
    so slopes shorter than two cells are smoothed away. `percent` and `degree` are slopes already.

    Raises
    ------
    InputError
        `surface.relief-unit`.
    """
    values = np.asarray(relief.values, dtype=float)
    if relief.unit == "percent":
        return values
    if relief.unit == "degree":
        return 100 * np.tan(np.radians(values))
    if relief.unit != "m":
        raise InputError.because(
            "surface.relief-unit", "relief", found=relief.unit or "–", allowed=", ".join(UNITS)
        )
    rise = np.zeros_like(values)
    for axis, size in ((0, relief.grid.cell_height), (1, relief.grid.cell_width)):
        if values.shape[axis] > 1:
            rise += np.gradient(values, size, axis=axis) ** 2
    return np.where(np.isnan(values), np.nan, 100 * np.sqrt(rise))


def slope_table(
    given: Mapping[Any, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """(slopes in percent, ascending; multipliers), checked.

    Raises
    ------
    InputError
        `surface.slope-table` if empty, negative, repeated or not finite numbers.
    """
    written = "{" + ", ".join(f"{slope}: {factor}" for slope, factor in given.items()) + "}"
    try:
        pairs = sorted(
            (float(slope), quantity(factor, "", name="slope_multipliers"))
            for slope, factor in given.items()
        )
    except (TypeError, ValueError) as cause:
        raise InputError.because(
            "surface.slope-table", "slope_multipliers", found=written
        ) from cause
    slopes = np.array([slope for slope, _ in pairs])
    factors = np.array([factor for _, factor in pairs])
    wrong = not len(slopes) or not np.isfinite(slopes).all()
    if wrong or np.any(np.diff(slopes) <= 0) or slopes[0] < 0 or factors.min() <= 0:
        raise InputError.because("surface.slope-table", "slope_multipliers", found=written)
    return slopes, factors


def slope_multiplier(slope: np.ndarray, table: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Multiplier by straight lines between the points of the table, constant beyond its ends."""
    return np.where(np.isnan(slope), np.nan, np.interp(np.nan_to_num(slope), *table))
