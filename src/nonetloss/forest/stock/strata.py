"""From plots to strata and to the whole area: means, their errors, and totals.

Each estimator is linear in what the plots hold, so that a state of the world (one draw of the
errors that all trees share) goes through the same weights as the likely values; the sampling error
is then added with Student's t of the plots of the stratum. Errors of single trees are not added
once more: those of measurements are part of how plots differ among each other, and what an equation
leaves unexplained of a tree averages out over the trees of a stratum.

Papers: Ståhl et al. 2016, doi 10.1186/s40663-016-0064-9 (hybrid inference); Cochran 1977,
ISBN 978-0-471-16240-7 (7.3, regression).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.forest.area import estimators
from nonetloss.forest.area.estimators import Estimated

ESTIMATORS = ("mean", "area-weighted", "ratio", "regression", "difference")
WITH_MAP = ("ratio", "regression", "difference")
_LEAST = {"mean": 2, "area-weighted": 2, "ratio": 2, "regression": 3, "difference": 2}
FEW_PLOTS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """The plots of one stratum.

    `values` (n,) likely Mg/ha; `area_ha` (n,); `covariate` (n,) what the map says of each plot, and
    `covariate_mean` over the whole stratum; NaN without a map.
    """

    values: np.ndarray
    area_ha: np.ndarray
    covariate: np.ndarray
    covariate_mean: float


def estimate(sample: Sample, *, estimator: str, name: str) -> Estimated:
    """Mean per hectare of a stratum with at least two plots (three for the regression).

    With few plots the slope of the regression is uncertain, and the more so the further their map
    values lie from those of the stratum: its standard error is ``s·√Σw²`` with the `weights` w,
    that is ``s·√(1/n + (X̄ - x̄)²/Σ(x - x̄)²)``, never below that of `area.estimators`.

    Raises
    ------
    InputError
        `stock.stratum-few-plots`, `stock.covariate-missing`, `stock.mean-negative`, and those of
        `area.estimators`.
    """
    n = sample.values.size
    if n < _LEAST[estimator]:
        raise InputError.because(
            "stock.stratum-few-plots", name, found=n, least=_LEAST[estimator], estimator=estimator
        )
    y, x, whole = sample.values, sample.covariate, sample.covariate_mean
    if estimator in WITH_MAP and not (np.isfinite(x).all() and np.isfinite(whole)):
        raise InputError.because(
            "stock.covariate-missing", name, estimator=estimator, count=int(np.isnan(x).sum())
        )
    match estimator:
        case "mean":
            found = estimators.simple(y)
        case "area-weighted":
            found = estimators.ratio(y * sample.area_ha, x=sample.area_ha)
        case "ratio":
            found = estimators.ratio(y, x=x, x_population=whole)
        case "regression":
            found = estimators.regression_assisted(y, x=x, x_mean_population=whole)
            spread = found.standard_error * np.sqrt(n)
            w, _ = weights(sample, estimator=estimator)
            error = float(spread * np.sqrt((w**2).sum()))
            found = estimators.estimated(found.mean, error, n=n, degrees=found.degrees)
        case _:
            found = estimators.difference(y, x=x, x_mean_population=whole)
    if found.mean < 0:
        raise InputError.because(
            "stock.mean-negative", name, estimator=estimator, found=f"{found.mean:.1f}"
        )
    return found


def weights(sample: Sample, *, estimator: str) -> tuple[np.ndarray, float]:
    """(w (n,), c) with the estimate of `estimate` equal to ``w·values + c``."""
    n = sample.values.size
    x, whole = sample.covariate, sample.covariate_mean
    match estimator:
        case "mean":
            return np.full(n, 1 / n), 0.0
        case "area-weighted":
            return sample.area_ha / sample.area_ha.sum(), 0.0
        case "ratio":
            return np.full(n, whole / x.sum()), 0.0
        case "regression":
            away = x - x.mean()
            return 1 / n + (whole - x.mean()) * away / (away**2).sum(), 0.0
    return np.full(n, 1 / n), float(whole - x.mean())


@dataclass(frozen=True, slots=True)
class StratumMeans:
    """Above-ground biomass by stratum, Mg/ha: `estimated` (strata), `shared` (strata, draws).

    `shared` carries the errors that all trees share only, `draws` sampling as well.
    """

    estimated: tuple[Estimated, ...]
    shared: np.ndarray
    draws: np.ndarray
    findings: tuple[Finding, ...]


def stratum_means(
    samples: Mapping[str, Sample],
    *,
    drawn: Sequence[np.ndarray],
    estimator: str,
    rng: np.random.Generator,
) -> StratumMeans:
    """Mean of every stratum, likely and in each state of the world.

    Parameters
    ----------
    samples : by stratum, in order
        A stratum without plots is unknown (NaN). One with a single plot borrows the coefficient of
        variation of the others, which is told; without others its error is unknown.
    drawn : for each stratum, (plots, draws)
        Mg/ha in each state of the world, with the errors that all trees share.
    estimator : one of `ESTIMATORS`
    rng : numpy.random.Generator

    Raises
    ------
    InputError
        As `estimate`; `stock.estimator` for a name that is not one.
    """
    if estimator not in ESTIMATORS:
        raise InputError.because("stock.estimator", estimator, known=", ".join(ESTIMATORS))
    variation, degrees = _pooled_variation(samples.values())
    draws = drawn[0].shape[1] if drawn else 0
    found: list[Finding] = []
    results, shared, whole = [], [], []
    cut: list[str] = []
    for (name, sample), plots in zip(samples.items(), drawn, strict=True):
        n = sample.values.size
        if n == 0:
            results.append(_unknown(0))
            shared.append(np.full(draws, np.nan))
            whole.append(np.full(draws, np.nan))
            found.append(warning("stock.stratum-without-plots", name))
            continue
        if n == 1:
            result = _single(float(sample.values[0]), variation, degrees)
            if degrees:
                found.append(warning("stock.one-plot", name, borrowed=f"{variation:.0%}"))
            else:
                found.append(warning("stock.one-plot-alone", name))
            w, constant = np.ones(1), 0.0
        else:
            result = estimate(sample, estimator=estimator, name=name)
            w, constant = weights(sample, estimator=estimator)
            if estimator in WITH_MAP and not _inside(sample):
                found.append(
                    warning(
                        "stock.covariate-outside", name, mean=f"{sample.covariate_mean:.4g}",
                        low=f"{sample.covariate.min():.4g}", high=f"{sample.covariate.max():.4g}",
                    )
                )  # fmt: skip
            if n < FEW_PLOTS:
                found.append(warning("stock.few-plots", name, plots=n))
        without = w @ plots + constant
        noise = estimators.draws_of(
            estimators.estimated(0.0, 1.0, n=n, degrees=max(result.degrees, 1)),
            size=draws,
            rng=rng,
        )
        with_sampling = without + result.standard_error * noise
        if (with_sampling < 0).mean() > 1e-3:
            cut.append(name)
        results.append(result)
        shared.append(without)
        whole.append(np.where(with_sampling < 0, 0.0, with_sampling))
    if cut:
        found.append(warning("stock.draws-cut", offenders(cut)))
    return StratumMeans(
        tuple(results), np.array(shared).reshape(len(results), draws),
        np.array(whole).reshape(len(results), draws), tuple(found),
    )  # fmt: skip


def _inside(sample: Sample) -> bool:
    """Whether the mean of the map lies among its values at the plots."""
    x = sample.covariate
    return bool(x.min() <= sample.covariate_mean <= x.max())


def _pooled_variation(samples: Iterable[Sample]) -> tuple[float, float]:
    """Coefficient of variation within strata of two plots or more, and its degrees of freedom."""
    squares, degrees = 0.0, 0.0
    for sample in samples:
        n = sample.values.size
        mean = sample.values.mean() if n else 0.0
        if n > 1 and mean > 0:
            squares += float(((sample.values / mean - 1) ** 2).sum())
            degrees += n - 1
    return (float(np.sqrt(squares / degrees)), degrees) if degrees else (float("nan"), 0.0)


def _single(value: float, variation: float, degrees: float) -> Estimated:
    error = value * variation
    if not np.isfinite(error):
        return Estimated(value, float("nan"), float("nan"), float("nan"), 1, 0.0)
    return estimators.estimated(value, error, n=1, degrees=degrees)


def _unknown(n: int) -> Estimated:
    nan = float("nan")
    return Estimated(nan, nan, nan, nan, n, 0.0)
