"""Means, totals and ratios of an area from sampled units, each with its standard error.

A unit is a plot or a point; `values` hold one number for each. Multiply an estimated mean per
hectare by the hectares (`Estimated.times`) for the total. Without a finite population correction:
plots are a small part of the land they stand for; `combined_ratio` takes one where it is not.

References
----------
Cochran 1977, Sampling Techniques, ISBN 978-0-471-16240-7: stratified (5.9, degrees of freedom
5.16), ratio (6.4, 6.44 combined), regression (7.3), post-stratified (5A.42). McRoberts et al. 2013,
doi 10.1016/j.rse.2012.10.007 (a map as the covariate).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders

# 5 % and 95 %, like the ends of draws.
CONFIDENCE = 0.90
# Numbers that differ by less than this share are one number.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Estimated:
    """An estimate with its standard error and confidence interval.

    Parameters
    ----------
    mean : float
    standard_error : float
        Of the mean. A standard error of 0 says that all sampled units were alike.
    low, high : float
        ``mean ∓ t·standard_error``, t of Student with `degrees` degrees of freedom.
    n : int
        Units sampled.
    degrees : float
        Degrees of freedom; infinite: the normal distribution.
    confidence : float
        Of the interval.
    """

    mean: float
    standard_error: float
    low: float
    high: float
    n: int
    degrees: float
    confidence: float = CONFIDENCE

    @property
    def relative_half_width(self) -> float:
        """Half of the interval as a share of the mean; NaN where the mean is 0."""
        if self.mean == 0:
            return float("nan")
        return (self.high - self.low) / 2 / abs(self.mean)

    def times(self, factor: float) -> "Estimated":
        """The same estimate multiplied by a known number (hectares, carbon fraction)."""
        low, high = sorted((self.low * factor, self.high * factor))
        error = self.standard_error * abs(factor)
        return replace(self, mean=self.mean * factor, standard_error=error, low=low, high=high)


def estimated(
    mean: float, standard_error: float, *, n: int, degrees: float, confidence: float = CONFIDENCE
) -> Estimated:
    """An estimate with its interval.

    Raises
    ------
    InputError
        `area.confidence` unless inside (0, 1).
    """
    if not 0 < confidence < 1:
        raise InputError.because("area.confidence", "confidence", found=confidence)
    half = float(student.ppf(0.5 + confidence / 2, degrees)) * standard_error
    return Estimated(
        float(mean), float(standard_error), float(mean - half), float(mean + half),
        int(n), float(degrees), float(confidence),
    )  # fmt: skip


def draws_of(estimate: Estimated, *, size: int, rng: np.random.Generator) -> np.ndarray:
    """(size,) states of the world: the mean plus its standard error times Student's t.

    The normal distribution where the degrees of freedom are infinite. Draws may be negative when
    the error is large: they are not cut off, since that would move their mean.
    """
    if np.isinf(estimate.degrees):
        noise = rng.standard_normal(size)
    else:
        noise = rng.standard_t(estimate.degrees, size)
    return np.asarray(estimate.mean + estimate.standard_error * noise)


def simple(values: ArrayLike, *, confidence: float = CONFIDENCE) -> Estimated:
    """Mean of units that were drawn at random: s/√n, n - 1 degrees of freedom.

    Parameters
    ----------
    values : (n,)
        At least two.
    confidence : float
        Of the interval.

    Raises
    ------
    InputError
        `area.unknown-values` for NaN, `area.too-few-units`, `area.confidence`.
    """
    y = _column(values, "values")
    _require_units(y.size, 2, "values")
    error = y.std(ddof=1) / np.sqrt(y.size)
    return estimated(y.mean(), error, n=y.size, degrees=y.size - 1, confidence=confidence)


def stratified(
    values: ArrayLike,
    *,
    strata: Sequence[object] | np.ndarray,
    areas: Mapping[str, float],
    confidence: float = CONFIDENCE,
) -> Estimated:
    """Mean over all strata, from units drawn at random within each.

    Parameters
    ----------
    values : (n,)
        Of each unit, per hectare.
    strata : (n,) of str
        Stratum of each unit.
    areas : mapping
        Size of every stratum, in any one unit. A stratum of size 0 may have no unit.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimated
        ``Σ W ȳ``, variance ``Σ W² s²/n``; degrees of freedom after Satterthwaite.

    Raises
    ------
    InputError
        `area.unknown-values`, `area.other-length`, `area.stratum-unknown` for a unit of a stratum
        without a size, `area.stratum-empty` for a stratum without units, `area.stratum-one-unit`,
        `area.sizes`, `area.confidence`.
    """
    y = _column(values, "values")
    groups = _groups(strata, y.size, areas, least=2)
    parts = {
        name: estimated(y[at].mean(), y[at].std(ddof=1) / np.sqrt(at.size), n=at.size,
                        degrees=at.size - 1, confidence=confidence)
        for name, at in groups.items()
    }  # fmt: skip
    return combined(parts, areas=areas, confidence=confidence)


def combined(
    parts: Mapping[str, Estimated], *, areas: Mapping[str, float], confidence: float = CONFIDENCE
) -> Estimated:
    """Mean over strata that were each estimated by themselves, in any way.

    Raises
    ------
    InputError
        `area.stratum-empty` for a stratum with a size and no estimate, `area.stratum-unknown` for
        the reverse, `area.sizes`, `area.confidence`.
    """
    weights = weights_of(areas)
    _require_same(set(parts), weights)
    mean = sum(weights[k] * part.mean for k, part in parts.items())
    variances = {k: (weights[k] * part.standard_error) ** 2 for k, part in parts.items()}
    variance = sum(variances.values())
    below = sum(v**2 / parts[k].degrees for k, v in variances.items())
    # All units alike: no error, and nothing that degrees of freedom could widen.
    degrees = variance**2 / below if below > 0 else float("inf")
    n = sum(part.n for part in parts.values())
    return estimated(mean, np.sqrt(variance), n=n, degrees=degrees, confidence=confidence)


def post_stratified(
    values: ArrayLike,
    *,
    strata: Sequence[object] | np.ndarray,
    areas: Mapping[str, float],
    confidence: float = CONFIDENCE,
) -> Estimated:
    """Mean over strata that a map gives to units drawn at random over the whole area.

    How many units fall into each stratum is then chance, which the second term of the variance
    pays for: ``Σ W s²/n + Σ (1 - W) s²/n²``. Arguments and errors as of `stratified`.
    """
    y = _column(values, "values")
    groups = _groups(strata, y.size, areas, least=2)
    weights = weights_of(areas)
    n = y.size
    mean = sum(weights[k] * y[at].mean() for k, at in groups.items())
    spread = {k: y[at].var(ddof=1) for k, at in groups.items()}
    variance = sum(weights[k] * s / n + (1 - weights[k]) * s / n**2 for k, s in spread.items())
    degrees = n - len(groups)
    return estimated(mean, np.sqrt(variance), n=n, degrees=degrees, confidence=confidence)


def ratio(
    y: ArrayLike, *, x: ArrayLike, x_population: float = 1.0, confidence: float = CONFIDENCE
) -> Estimated:
    """Ratio of means; with the mean or total of x, the mean or total of y.

    For plots of unequal area: y is the carbon in a plot, x the plot's hectares, and the ratio the
    carbon per hectare, in which a large plot weighs more than a small one.

    Parameters
    ----------
    y, x : (n,)
        Of each unit.
    x_population : float
        Mean (or total) of x over the whole population; 1 gives the ratio itself.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimated
        ``R = Σy/Σx``; variance ``Σ(y - Rx)²/((n - 1) n x̄²)``, each times `x_population` (squared).
        Biased by the order of 1/n.

    Raises
    ------
    InputError
        `area.unknown-values`, `area.other-length`, `area.too-few-units`, `area.ratio-of-zero`
        unless the sum of x is positive, `area.confidence`.
    """
    top, below = _column(y, "y"), _column(x, "x")
    _require_length(below.size, top.size, "x")
    _require_units(top.size, 2, "y")
    if not below.sum() > 0:
        raise InputError.because("area.ratio-of-zero", "x", found=float(below.sum()))
    n = top.size
    value = top.sum() / below.sum()
    residual = top - value * below
    error = np.sqrt((residual**2).sum() / (n - 1) / n) / below.mean()
    whole = estimated(value, error, n=n, degrees=n - 1, confidence=confidence)
    return whole.times(x_population)


def combined_ratio(
    y: ArrayLike,
    *,
    x: ArrayLike,
    strata: Sequence[object] | np.ndarray,
    areas: Mapping[str, float],
    finite: bool = False,
    confidence: float = CONFIDENCE,
) -> Estimated:
    """Ratio of two stratified means, as areas and accuracies are when strata are no map classes.

    Parameters
    ----------
    y, x : (n,)
        Of each unit.
    strata, areas
        As in `stratified`.
    finite : bool
        Sizes are numbers of units, so that a stratum which was sampled whole has no error.
    confidence : float
        Of the interval, by the normal distribution.

    Returns
    -------
    Estimated
        ``R = Σ W ȳ / Σ W x̄``; variance
        ``Σ W² (1 - f)(s_y² + R² s_x² - 2 R s_xy)/n / (Σ W x̄)²``.

    Raises
    ------
    InputError
        As `stratified`, and `area.ratio-of-zero`; `area.sampled-more` if `finite` and a stratum
        has more units sampled than it holds.
    """
    top, below = _column(y, "y"), _column(x, "x")
    _require_length(below.size, top.size, "x")
    groups = _groups(strata, top.size, areas, least=2)
    weights = weights_of(areas)
    denominator = sum(weights[k] * below[at].mean() for k, at in groups.items())
    if not denominator > 0:
        raise InputError.because("area.ratio-of-zero", "x", found=float(denominator))
    value = sum(weights[k] * top[at].mean() for k, at in groups.items()) / denominator
    held = {str(k): float(v) for k, v in areas.items()}
    if finite:
        more = [k for k, at in groups.items() if at.size > held[k]]
        if more:
            raise InputError.because("area.sampled-more", "areas", strata=offenders(more))
    variance = 0.0
    for name, at in groups.items():
        residual = top[at] - value * below[at]
        left = 1 - at.size / held[name] if finite else 1.0
        variance += weights[name] ** 2 * left * residual.var(ddof=1) / at.size
    error = np.sqrt(variance) / denominator
    return estimated(value, error, n=top.size, degrees=float("inf"), confidence=confidence)


def regression_assisted(
    y: ArrayLike,
    *,
    x: ArrayLike,
    x_mean_population: ArrayLike,
    confidence: float = CONFIDENCE,
) -> Estimated:
    """Mean of y, corrected by what a map says of the whole area (GREG, simple random sample).

    Parameters
    ----------
    y : (n,)
        Measured on the ground.
    x : (n,) or (n, p)
        The map (covariates) at the same units.
    x_mean_population : float or (p,)
        Mean of the map over the whole area.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimated
        ``ȳ + (X̄ - x̄)·b`` with b of ordinary least squares; variance ``SSE/(n - p - 1)/n``;
        n - p - 1 degrees of freedom. Nearly unbiased whatever the map is worth: a poor one only
        fails to narrow the interval.

    Raises
    ------
    InputError
        `area.unknown-values`, `area.other-length`, `area.too-few-units` with fewer than p + 2,
        `area.covariate-constant` if covariates do not vary or repeat each other.
    """
    values = _column(y, "y")
    covariates = np.asarray(x, dtype=np.float64)
    covariates = covariates[:, None] if covariates.ndim == 1 else covariates
    whole = np.atleast_1d(np.asarray(x_mean_population, dtype=np.float64))
    _require_length(covariates.shape[0], values.size, "x")
    _require_length(whole.size, covariates.shape[1], "x_mean_population")
    if not (np.isfinite(covariates).all() and np.isfinite(whole).all()):
        raise InputError.because("area.unknown-values", "x", count=_unknown(covariates, whole))
    n, p = covariates.shape
    _require_units(n, p + 2, "y")
    center = covariates.mean(axis=0)
    # Columns in one scale, so that the rank does not depend on units.
    spread = covariates.std(axis=0)
    # Equal numbers may differ from their mean by rounding.
    spread[np.ptp(covariates, axis=0) <= _ROUNDING * np.abs(covariates).max(axis=0)] = 0.0
    if (spread == 0).any():
        raise InputError.because("area.covariate-constant", "x", columns=p)
    scaled = (covariates - center) / spread
    if np.linalg.matrix_rank(scaled) < p:
        raise InputError.because("area.covariate-constant", "x", columns=p)
    slopes = np.linalg.lstsq(scaled, values - values.mean(), rcond=None)[0]
    residual = values - values.mean() - scaled @ slopes
    mean = values.mean() + float(((whole - center) / spread) @ slopes)
    degrees = n - p - 1
    error = np.sqrt((residual**2).sum() / degrees / n)
    return estimated(mean, error, n=n, degrees=degrees, confidence=confidence)


def difference(
    y: ArrayLike, *, x: ArrayLike, x_mean_population: float, confidence: float = CONFIDENCE
) -> Estimated:
    """Mean of the map plus the mean error of the map at the units (simple random sample).

    For a map in the unit of y that was made without these units; exactly unbiased.
    ``X̄ + mean(y - x)``, variance ``s²(y - x)/n``. Errors as of `simple` and `ratio`.
    """
    values, mapped = _column(y, "y"), _column(x, "x")
    _require_length(mapped.size, values.size, "x")
    if not np.isfinite(x_mean_population):
        raise InputError.because("area.unknown-values", "x_mean_population", count=1)
    gap = simple(values - mapped, confidence=confidence)
    moved = float(x_mean_population)
    return replace(gap, mean=gap.mean + moved, low=gap.low + moved, high=gap.high + moved)


def _column(values: ArrayLike, name: str) -> np.ndarray:
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1:
        raise InputError.because("area.other-length", name, found=column.shape, expected="(n,)")
    if not np.isfinite(column).all():
        raise InputError.because("area.unknown-values", name, count=_unknown(column))
    return column


def _unknown(*arrays: np.ndarray) -> int:
    return sum(int((~np.isfinite(a)).sum()) for a in arrays)


def _require_length(found: int, expected: int, name: str) -> None:
    if found != expected:
        raise InputError.because("area.other-length", name, found=found, expected=expected)


def _require_units(found: int, least: int, name: str) -> None:
    if found < least:
        raise InputError.because("area.too-few-units", name, found=found, least=least)


def weights_of(areas: Mapping[str, float]) -> dict[str, float]:
    """Share of each stratum that has a size above 0.

    Raises
    ------
    InputError
        `area.sizes` for sizes that are negative or unknown, or if all are 0.
    """
    bad = [f"{k}: {v}" for k, v in areas.items() if not (np.isfinite(v) and v >= 0)]
    total = float(sum(areas.values()))
    if bad or not total > 0:
        raise InputError.because("area.sizes", "areas", offenders=offenders(bad or ["Σ = 0"]))
    return {str(k): float(v) / total for k, v in areas.items() if v > 0}


def _require_same(sampled: set[str], weights: Mapping[str, float]) -> None:
    strange = sorted(sampled - set(weights))
    if strange:
        known = offenders(weights, 20)
        raise InputError.because(
            "area.stratum-unknown", "strata", strata=offenders(strange), known=known
        )
    empty = [k for k in weights if k not in sampled]
    if empty:
        raise InputError.because("area.stratum-empty", "strata", strata=offenders(empty))


def _groups(
    strata: Sequence[object] | np.ndarray, n: int, areas: Mapping[str, float], *, least: int
) -> dict[str, np.ndarray]:
    """Indices of the units of each stratum, in the order of `areas`."""
    labels = np.array([str(s) for s in strata])
    _require_length(labels.size, n, "strata")
    weights = weights_of(areas)
    _require_same(set(labels.tolist()), weights)
    groups = {name: np.flatnonzero(labels == name) for name in weights}
    few = [k for k, at in groups.items() if at.size < least]
    if few:
        raise InputError.because("area.stratum-one-unit", "strata", strata=offenders(few))
    return groups
