"""Three-point distributions, quantiles of draws, and how sure a simulated probability is.

Papers: Malcolm, Roseboom, Clark & Fazar 1959, doi 10.1287/opre.7.5.646 (PERT); Wilson 1927,
doi 10.1080/01621459.1927.10502953 (interval of a proportion).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from nonetloss.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Probability:
    """A probability estimated from draws.

    Parameters
    ----------
    value : float
        Share of the draws.
    low, high : float
        Wilson score interval: what the true probability may be, given so many draws. It speaks
        of the simulation only, not of the model.
    confidence : float
        Of the interval.
    standard_error : float
        Monte Carlo standard error, sqrt(p (1 - p) / n).
    draws : int
    """

    value: float
    low: float
    high: float
    confidence: float
    standard_error: float
    draws: int


def pert(
    low: ArrayLike, likely: ArrayLike, high: ArrayLike, *, size: int, rng: np.random.Generator,
    shape: float = 4.0,
) -> np.ndarray:  # fmt: skip
    """Draws from the beta-PERT distribution.

    low + (high - low)·Beta(a, b), a = 1 + λ (likely - low)/(high - low),
    b = 1 + λ (high - likely)/(high - low); its mean is (low + λ likely + high)/(λ + 2).

    Parameters
    ----------
    low, likely, high : float or arrays that broadcast
        ``low <= likely <= high``. Where low equals high, every draw is that number.
    size : int
        Draws; 0 gives an empty array.
    rng : numpy.random.Generator
    shape : float
        λ, the weight of the likely value; 4 is the usual one, 0 the uniform distribution.

    Returns
    -------
    float64 (size, …) with the shape of the parameters behind.

    Raises
    ------
    InputError
        `stats.order`, also if a parameter is NaN or infinite.
    """
    a, m, b = _ordered(low, likely, high)
    span = b - a
    safe = np.where(span > 0, span, 1.0)
    rise = 1.0 + shape * (m - a) / safe
    fall = 1.0 + shape * (b - m) / safe
    # Rounding must not carry a draw beyond its ends.
    return np.clip(a + span * rng.beta(rise, fall, size=(size, *a.shape)), a, b)


def triangular(
    low: ArrayLike, likely: ArrayLike, high: ArrayLike, *, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws from the triangular distribution, mean (low + likely + high)/3; see `pert`."""
    a, m, b = _ordered(low, likely, high)
    span = b - a
    safe = np.where(span > 0, span, 1.0)
    peak = (m - a) / safe
    u = rng.random((size, *a.shape))
    with np.errstate(invalid="ignore"):
        unit = np.where(u < peak, np.sqrt(u * peak), 1.0 - np.sqrt((1.0 - u) * (1.0 - peak)))
    return np.clip(a + span * unit, a, b)


def quantiles(draws: np.ndarray, q: ArrayLike) -> np.ndarray:
    """Quantiles along the first axis by linear interpolation (type 7 of Hyndman & Fan).

    Parameters
    ----------
    draws : (n, …)
        A NaN among the draws makes the quantiles of its column NaN: unknown stays unknown.
    q : float or (k,)
        Between 0 and 1.

    Returns
    -------
    float64, the shape of `q` followed by the shape of one draw.

    Raises
    ------
    InputError
        `stats.no-draws`, `stats.share` if a q lies outside [0, 1].
    """
    values = np.asarray(draws, dtype=np.float64)
    if values.ndim == 0 or len(values) == 0:
        raise InputError.because("stats.no-draws", "quantiles")
    shares = np.asarray(q, dtype=np.float64)
    if not ((shares >= 0) & (shares <= 1)).all():
        raise InputError.because("stats.share", "q", found=shares.tolist())
    unknown = np.isnan(values).any(axis=0)
    result = np.quantile(np.where(unknown, 0.0, values), shares, axis=0)
    return np.asarray(np.where(unknown, np.nan, result))


def probability(hits: np.ndarray, *, confidence: float = 0.95) -> Probability:
    """The probability of an event, from one boolean per draw: ``probability(net >= 0)``.

    Parameters
    ----------
    hits : bool (n,)
    confidence : float
        Of the Wilson interval, inside (0, 1).

    Raises
    ------
    InputError
        `stats.no-draws`, `stats.share`.
    """
    count = int(np.size(hits))
    if count == 0:
        raise InputError.because("stats.no-draws", "probability")
    if not 0 < confidence < 1:
        raise InputError.because("stats.share", "confidence", found=confidence)
    share = float(np.count_nonzero(hits)) / count
    z = float(ndtri(0.5 + confidence / 2))
    weight = 1.0 + z * z / count
    center = (share + z * z / (2 * count)) / weight
    half = z / weight * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    # Exactly 0 and 1 at the ends, where the formula leaves rounding.
    low = 0.0 if share == 0 else max(0.0, center - half)
    high = 1.0 if share == 1 else min(1.0, center + half)
    error = float(np.sqrt(share * (1 - share) / count))
    return Probability(share, float(low), float(high), confidence, error, count)


def _ordered(
    low: ArrayLike, likely: ArrayLike, high: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a, m, b = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (low, likely, high))
    )
    good = (a <= m) & (m <= b) & np.isfinite(a) & np.isfinite(b)
    if not good.all():
        bad = np.argwhere(~good)
        first = tuple(bad[0].tolist())
        raise InputError.because(
            "stats.order", "distribution", count=len(bad),
            low=float(a[first]), likely=float(m[first]), high=float(b[first]),
        )  # fmt: skip
    return a, m, b
