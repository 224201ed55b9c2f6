"""Discount factors with the moment of crediting said, present values, means over years.

A year's amount may be credited at the start, the middle or the end of that year; at 3 % the choice
moves a present value by up to 3 %. No moment is the right one for all, so it is always an argument.

Paper: Thur 2007, doi 10.1007/s00267-006-0361-0 (crediting within the year in habitat equivalency
analysis).
"""

import numpy as np
from numpy.typing import ArrayLike

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders

TIMINGS = ("start", "mid", "end")

_ELAPSED = {"start": 1.0, "mid": 0.5, "end": 0.0}
"""What to take from a year's number to get the time between the base date and its crediting."""


def discount_factors(
    years: int | ArrayLike, *, rate: float, timing: str = "end", base: float = 0.0
) -> np.ndarray:
    """What one unit credited in each year is worth on the base date.

    Year y runs from y - 1 to y, counted from the date 0. Its factor is (1 + r)^(base - u), with
    u = y - 1 (start), y - 1/2 (mid) or y (end). Years before the base date (0, -1, …) have
    factors above 1: what is past is compounded.

    Parameters
    ----------
    years : int or array of float
        A count n stands for the years 1 … n, shape (n,); 0 gives an empty array. An array holds
        the numbers of the years themselves; its shape is kept.
    rate : float
        Per year, as a share (0.03 is 3 %); 0 discounts nothing. Above -1.
    timing : str
        "start", "mid" or "end" of each year.
    base : float
        Date to which amounts are brought, in years after the date 0.

    Raises
    ------
    InputError
        `discounting.rate`, `discounting.timing`, `discounting.years` (a negative count, or years
        that are not finite).
    """
    _check(rate, timing)
    if isinstance(years, int | np.integer):
        if years < 0:
            raise InputError.because("discounting.years", "years", value=int(years))
        numbers = np.arange(1.0, int(years) + 1.0)
    else:
        numbers = np.asarray(years, dtype=np.float64)
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        raise InputError.because("discounting.years", "years", value=offenders(numbers[wrong]))
    return (1.0 + rate) ** (base - numbers + _ELAPSED[timing])


def present_value(
    series: ArrayLike, *, rate: float, timing: str = "end", base: float = 0.0
) -> np.ndarray:
    """Worth on the base date of amounts of the years 1 … n, summed over the last axis.

    Parameters
    ----------
    series : array, shape (..., n)
        Amount of each year. NaN (unknown) makes its sum NaN; n = 0 gives 0.
    rate, timing, base
        As in `discount_factors`.

    Returns
    -------
    numpy.ndarray, shape (...)
        In the unit of the amounts (0-d for a single series).

    Raises
    ------
    InputError
        As `discount_factors`; `discounting.no-years` for a single number instead of a series.
    """
    amounts = _series(series)
    factors = discount_factors(amounts.shape[-1], rate=rate, timing=timing, base=base)
    return np.asarray(amounts @ factors)


def discounted_mean(series: ArrayLike, *, rate: float, timing: str = "end") -> np.ndarray:
    """Constant yearly amount that is worth as much as the series (its annuity).

    sum_t d_t x_t / sum_t d_t over the last axis. A constant series returns its constant, whatever
    the rate and timing; at rate 0 it is the plain mean. Within one series the timing cancels: it
    shifts all factors alike.

    Parameters
    ----------
    series : array, shape (..., n)
        Amount of each year 1 … n, n at least 1. NaN makes its mean NaN.
    rate, timing
        As in `discount_factors`.

    Returns
    -------
    numpy.ndarray, shape (...)

    Raises
    ------
    InputError
        As `present_value`; `discounting.no-years` also when n = 0.
    """
    amounts = _series(series)
    if amounts.shape[-1] == 0:
        raise InputError.because("discounting.no-years", "series", shape=str(amounts.shape))
    factors = discount_factors(amounts.shape[-1], rate=rate, timing=timing)
    return np.asarray(amounts @ (factors / factors.sum()))


def annuity_factor(
    years: float, *, rate: float, timing: str = "end", first_year: float = 1.0
) -> float:
    """Present value of one unit in each of `years` years from `first_year` on.

    (1 - (1 + r)^-n)/r · (1 + r)^(1 - f) · (1 + r)^s, with s = 1 (start), 1/2 (mid), 0 (end): the
    closed form, which also answers for a perpetuity (n = infinity: 1/r at the end of the year).

    Parameters
    ----------
    years : float
        How many; ``inf`` for ever, which needs a positive rate. 0 gives 0.
    rate, timing
        As in `discount_factors`.
    first_year : float
        Number of the first year that counts; 1 is the year that starts on the base date.

    Raises
    ------
    InputError
        `discounting.rate`, `discounting.timing`, `discounting.years` (negative or NaN), or
        `discounting.perpetuity` for a perpetuity at a rate of 0 or less.
    """
    _check(rate, timing)
    if np.isnan(years) or years < 0 or not np.isfinite(first_year):
        raise InputError.because("discounting.years", "years", value=f"{years}, {first_year}")
    if np.isinf(years) and rate <= 0:
        raise InputError.because("discounting.perpetuity", "rate", rate=rate)
    shift = (1.0 + rate) ** (1.0 - first_year + _ELAPSED[timing])
    # expm1 and log1p keep small rates exact, where 1 - (1 + r)^-n loses its digits.
    plain = years if rate == 0 else -np.expm1(-years * np.log1p(rate)) / rate
    return float(plain * shift)


def _check(rate: float, timing: str) -> None:
    if not (np.isfinite(rate) and rate > -1.0):
        raise InputError.because("discounting.rate", "rate", rate=rate)
    if timing not in TIMINGS:
        allowed = " | ".join(TIMINGS)
        raise InputError.because("discounting.timing", "timing", timing=timing, allowed=allowed)


def _series(series: ArrayLike) -> np.ndarray:
    amounts = np.asarray(series, dtype=np.float64)
    if amounts.ndim == 0:
        raise InputError.because("discounting.no-years", "series", shape="()")
    return amounts
