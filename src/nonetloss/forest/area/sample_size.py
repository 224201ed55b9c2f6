"""How many units, and where: for an accuracy, for a mean, over strata.

References
----------
Cochran 1977, Sampling Techniques, ISBN 978-0-471-16240-7, equations 5.25 (allocation of least
variance) and 5.66 (size for a wanted variance); Olofsson et al. 2014,
doi 10.1016/j.rse.2014.02.015, equation 13 and section 5.1.2 (at least 50 to 100 in rare classes).
The columns Alloc1-3 of table 5 there do not follow from its text; proportional and equal do.
"""

from collections.abc import Mapping
from math import ceil, sqrt
from typing import Final, Literal

import numpy as np
from scipy.stats import t as student

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.forest.area.estimators import CONFIDENCE, weights_of

Allocation = Literal["proportional", "optimal", "equal"]
ALLOCATIONS: Final[tuple[Allocation, ...]] = ("proportional", "optimal", "equal")
# What rounding may add to a whole number before it counts as the next one.
_SLIGHT: Final = 1e-9
_MOST_UNITS: Final = 10_000_000


def for_overall_accuracy(
    sizes: Mapping[str, float],
    *,
    users: Mapping[str, float],
    standard_error: float,
    units: float | None = None,
) -> int:
    """Units that give the overall accuracy a wanted standard error.

    ``n = (Σ W S)² / (SE² + Σ W S² / N)`` with ``S = √(U (1 - U))``, rounded up.

    Parameters
    ----------
    sizes : mapping
        Area of each map class, in any one unit.
    users : mapping
        The user's accuracy that is expected of each, between 0 and 1.
    standard_error : float
        Wanted, as a share (0.01).
    units : float, optional
        Number N of units in all; without it the sample is a small part.

    Raises
    ------
    InputError
        `area.sizes`, `area.share` unless accuracies and standard error are shares, the latter
        above 0, `area.stratum-unknown`, `area.population` unless `units` are at least one.
    """
    _require_population(units, "units")
    weights = weights_of(sizes)
    deviations = accuracy_deviations(users, classes=tuple(weights))
    if not 0 < standard_error < 1:
        raise InputError.because("area.share", "standard_error", offenders=standard_error)
    root = sum(w * deviations[k] for k, w in weights.items())
    within = sum(w * deviations[k] ** 2 for k, w in weights.items())
    finite = 0.0 if units is None else within / units
    return max(2, ceil(root**2 / (standard_error**2 + finite) - _SLIGHT))


def for_mean(
    coefficient_of_variation: float,
    *,
    relative_half_width: float,
    confidence: float = CONFIDENCE,
    population: float | None = None,
) -> int:
    """Fewest plots whose mean has an interval of at most a wanted relative half width.

    The smallest n with ``t(n - 1)·CV·√(1 - n/N)/√n`` at most the half width.

    Parameters
    ----------
    coefficient_of_variation : float
        Standard deviation of plots over their mean, not negative.
    relative_half_width : float
        Wanted, for example 0.10.
    confidence : float
        Of the interval.
    population : float, optional
        Number N of plots that would cover the whole; without it many.

    Raises
    ------
    InputError
        `area.share` unless the half width is positive and the variation not negative,
        `area.confidence`, `area.population` unless it is at least one, `area.sample-too-large` if
        ten million plots do not suffice.
    """
    _require_population(population, "population")
    if not (coefficient_of_variation >= 0 and np.isfinite(coefficient_of_variation)):
        found = coefficient_of_variation
        raise InputError.because("area.share", "coefficient_of_variation", offenders=found)
    if not relative_half_width > 0:
        raise InputError.because("area.share", "relative_half_width", offenders=relative_half_width)
    if not 0 < confidence < 1:
        raise InputError.because("area.confidence", "confidence", found=confidence)

    def enough(n: int) -> bool:
        left = 1.0 if population is None else max(0.0, 1 - n / population)
        half = student.ppf(0.5 + confidence / 2, n - 1) * coefficient_of_variation * sqrt(left / n)
        return bool(half <= relative_half_width * (1 + _SLIGHT))

    most = _MOST_UNITS if population is None else max(2, ceil(population))
    # The half width falls as n grows: between a size that is too small and one that is enough.
    low, high = 1, 2
    while not enough(high):
        if high == most:
            raise InputError.because(
                "area.sample-too-large", "relative_half_width",
                found=relative_half_width, most=_MOST_UNITS,
            )  # fmt: skip
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def for_stratified_mean(
    sizes: Mapping[str, float],
    *,
    deviations: Mapping[str, float],
    half_width: float,
    how: Allocation = "optimal",
    confidence: float = CONFIDENCE,
) -> int:
    """Units in all strata for a wanted half width of their common mean.

    ``n = (z/E)² (Σ W s)²`` if units are allocated best, ``(z/E)² Σ W s²`` in proportion,
    ``(z/E)² H Σ W² s²`` in equal parts over H strata; z of the normal distribution, rounded up,
    at least two in each stratum.

    Parameters
    ----------
    sizes, deviations : mapping
        Size, and standard deviation among units, of each stratum.
    half_width : float
        E, in the unit of the deviations.
    how : "optimal", "proportional" or "equal"
    confidence : float
        Of the interval.

    Raises
    ------
    InputError
        `area.sizes`, `area.share`, `area.confidence`, `area.stratum-unknown`.
    """
    weights = weights_of(sizes)
    s = _of_all(deviations, tuple(weights), "deviations")
    if not half_width > 0:
        raise InputError.because("area.share", "half_width", offenders=half_width)
    if not 0 < confidence < 1:
        raise InputError.because("area.confidence", "confidence", found=confidence)
    z = float(student.ppf(0.5 + confidence / 2, np.inf))
    if how == "optimal":
        spread = sum(w * s[k] for k, w in weights.items()) ** 2
    elif how == "proportional":
        spread = sum(w * s[k] ** 2 for k, w in weights.items())
    else:
        spread = len(weights) * sum((w * s[k]) ** 2 for k, w in weights.items())
    return max(2 * len(weights), ceil((z / half_width) ** 2 * spread - _SLIGHT))


def allocate(
    n: int,
    *,
    sizes: Mapping[str, float],
    deviations: Mapping[str, float] | None = None,
    how: Allocation = "proportional",
    least: int = 0,
) -> dict[str, int]:
    """Whole numbers of units by stratum, `n` in all.

    Parameters
    ----------
    n : int
    sizes : mapping
        Strata of size 0 get nothing.
    deviations : mapping, optional
        Standard deviation within strata, for "optimal" (in proportion to W·s). All 0: as
        "proportional".
    how : "proportional", "optimal" or "equal"
    least : int
        Units that each stratum gets at least; the others share what is left.

    Returns
    -------
    dict
        By the largest remainders, ties by name, so that the order of strata plays no role.

    Raises
    ------
    InputError
        `area.allocation-too-small` if `n` is less than `least` for all, `area.sizes`,
        `area.stratum-unknown`, `area.share`.
    """
    weights = weights_of(sizes)
    if how == "equal":
        wanted = dict.fromkeys(weights, 1.0)
    elif how == "optimal":
        s = _of_all(deviations or {}, tuple(weights), "deviations")
        wanted = {k: w * s[k] for k, w in weights.items()}
        wanted = wanted if sum(wanted.values()) > 0 else weights
    else:
        wanted = weights
    if n < least * len(weights) or n < 0:
        raise InputError.because("area.allocation-too-small", "n", found=n, least=least,
                                 strata=len(weights))  # fmt: skip
    given = dict.fromkeys(weights, 0)
    open_ = dict(wanted)
    left = n
    while True:
        total = sum(open_.values())
        short = [k for k, w in open_.items() if (left * w / total if total > 0 else 0.0) < least]
        if not short:
            break
        for k in short:
            given[k] = least
            left -= least
            del open_[k]
    if open_:
        given |= _rounded(open_, left)
    elif left:
        # Nobody asked for more than the least: what is left goes by size.
        extra = _rounded(weights, left)
        given = {k: v + extra[k] for k, v in given.items()}
    return {str(k): given[str(k)] for k in sizes if str(k) in given}


def expected_errors(
    allocation: Mapping[str, int], *, sizes: Mapping[str, float], users: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """Standard errors of the user's accuracies and of the overall one under an allocation.

    ``√(U (1 - U)/(n - 1))`` by class and ``√Σ W² U (1 - U)/(n - 1)``; NaN with fewer than two.
    """
    weights = weights_of(sizes)
    s = accuracy_deviations(users, classes=tuple(weights))
    errors = {
        k: s[k] / sqrt(allocation[k] - 1) if allocation.get(k, 0) > 1 else float("nan")
        for k in weights
    }
    return errors, sqrt(sum((w * errors[k]) ** 2 for k, w in weights.items()))


def accuracy_deviations(
    users: Mapping[str, float], *, classes: tuple[str, ...]
) -> dict[str, float]:
    """``√(U (1 - U))`` of each class."""
    given = _of_all(users, classes, "users")
    bad = [f"{k}: {v:g}" for k, v in given.items() if v > 1]
    if bad:
        raise InputError.because("area.share", "users", offenders=offenders(bad))
    return {k: sqrt(u * (1 - u)) for k, u in given.items()}


def _require_population(found: float | None, name: str) -> None:
    if found is not None and not (np.isfinite(found) and found >= 1):
        raise InputError.because("area.population", name, found=found)


def _of_all(values: Mapping[str, float], strata: tuple[str, ...], name: str) -> dict[str, float]:
    given = {str(k): float(v) for k, v in values.items()}
    missing = [k for k in strata if k not in given]
    if missing:
        known = offenders(given, 20)
        raise InputError.because(
            "area.stratum-unknown", name, strata=offenders(missing), known=known
        )
    bad = [f"{k}: {given[k]:g}" for k in strata if not (np.isfinite(given[k]) and given[k] >= 0)]
    if bad:
        raise InputError.because("area.share", name, offenders=offenders(bad))
    return {k: given[k] for k in strata}


def _rounded(wanted: Mapping[str, float], n: int) -> dict[str, int]:
    total = sum(wanted.values())
    exact = {k: n * w / total for k, w in wanted.items()}
    whole = {k: int(v + _SLIGHT) for k, v in exact.items()}
    over = sorted(exact, key=lambda k: (whole[k] - exact[k], k))
    for k in over[: n - sum(whole.values())]:
        whole[k] += 1
    return whole
