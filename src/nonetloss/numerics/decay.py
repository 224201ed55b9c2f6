"""How an influence falls with distance, down to nothing at the end of its reach."""

import numpy as np
from numpy.typing import ArrayLike

from nonetloss.core.errors import InputError

# exp(-2.99) = 0.0503: an exponential influence has fallen to 5 % where its reach ends.
EXPONENTIAL_RATE = 2.99


def linear_decay(distance_m: ArrayLike, *, reach_m: float) -> np.ndarray:
    """``1 - d / reach`` within the reach, 0 beyond it.

    Parameters
    ----------
    distance_m : array of any shape, not negative
        Infinite: nothing is near, the influence is 0. NaN stays NaN.
    reach_m : float
        Positive and finite.

    Raises
    ------
    InputError
        `decay.reach`, `decay.distance` (negative).
    """
    distance = _checked(distance_m, reach_m)
    return np.asarray(np.maximum(0.0, 1.0 - distance / reach_m))


def exponential_decay(
    distance_m: ArrayLike, *, reach_m: float, rate: float = EXPONENTIAL_RATE
) -> np.ndarray:
    """``exp(-rate d / reach)`` within the reach, its end included, and 0 beyond it.

    Parameters
    ----------
    distance_m : array of any shape, not negative
        Infinite: nothing is near, the influence is 0. NaN stays NaN.
    reach_m : float
        Positive and finite.
    rate : float
        How far it has fallen at the end of the reach; 2.99 leaves 5 %.

    Raises
    ------
    InputError
        `decay.reach`, `decay.distance` (negative).
    """
    distance = _checked(distance_m, reach_m)
    return np.asarray(np.where(distance > reach_m, 0.0, np.exp(-rate * distance / reach_m)))


def _checked(distance_m: ArrayLike, reach_m: float) -> np.ndarray:
    if not 0 < reach_m < np.inf:
        raise InputError.because("decay.reach", "reach_m", value=reach_m)
    distance = np.asarray(distance_m, dtype=np.float64)
    if (distance < 0).any():
        raise InputError.because("decay.distance", "distance_m", value=float(np.nanmin(distance)))
    return distance
