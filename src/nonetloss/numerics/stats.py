"""Draws from three-point estimates."""

import numpy as np

from nonetloss.core.errors import InputError


def pert(
    low: float, likely: float, high: float, *, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws from the PERT distribution of a three-point estimate.

    Parameters
    ----------
    low, likely, high : float
        Ends and mode, ``low <= likely <= high``. Equal ends give a constant and use no randomness.
    size : int
        Number of draws; 0 gives an empty array.
    rng : numpy Generator

    Returns
    -------
    (size,)
        Values in [low, high] with mean (low + 4 likely + high) / 6.

    Raises
    ------
    InputError
        `core.estimate-order` when the three are out of order or not finite.

    Notes
    -----
    low + (high - low) B, with B beta distributed with parameters 1 + 4 (likely - low)/(high - low)
    and 1 + 4 (high - likely)/(high - low).

    References
    ----------
    Malcolm, Roseboom, Clark & Fazar 1959, doi 10.1287/opre.7.5.646.
    """
    if not (np.isfinite([low, likely, high]).all() and low <= likely <= high):
        raise InputError.because(
            "core.estimate-order", "pert", low=float(low), likely=float(likely), high=float(high)
        )
    span = high - low
    if span == 0:
        return np.full(size, float(low))
    alpha, beta = 1 + 4 * (likely - low) / span, 1 + 4 * (high - likely) / span
    return np.clip(low + span * rng.beta(alpha, beta, size), low, high)
