"""Early warning: will the trajectory of a site reach what it must reach, seen from here?

Mathematical formulation
    `pace`: the site gains a constant share s of what was planned. With planned gain p_k > 0 and
    observed gain g_k in the years observed, measurement variance m_k², spread between years t::

        g_k = s p_k + e_k,   e_k ~ N(0, m_k² + (t p_k)²),   s ~ N(μ0, σ0²)
        1/σ² = 1/σ0² + Σ p_k² / (m_k² + (t p_k)²)
        μ    = σ² (μ0/σ0² + Σ p_k g_k / (m_k² + (t p_k)²))
        g(T) ~ N(μ p_T, p_T² (σ² + t²))

    `straight`: the observed gains lie on a line over the years, by least squares over n >= 3
    observations, with residual variance s²::

        (g(T) - a - b T) / (s sqrt(1 + 1/n + (T - mean)²/S)) ~ Student's t, n - 2 degrees

    In both, the probability of reaching the target is P(g(T) >= target).

In words
    Believe the plan at first, give or take; let each observation pull the belief toward what was
    seen, the more the surer it is and the more had been planned for that year; carry the pace
    forward along the planned curve. Or forget the plan and draw the line through what was seen.

Papers: Gelman et al. 2013, Bayesian Data Analysis, ISBN 978-1-4398-4095-5, section 2.5 (normal with
known variance); Draper & Smith 1998, ISBN 978-0-471-17082-2, section 1.4 (prediction from a line).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

Model = Literal["pace", "straight"]
MODELS = ("pace", "straight")
# Ends that a forecast is told with.
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Forecast:
    """The gain expected in a year: quantiles 5, 50 and 95 %, and the chance of the target.

    `center` and `spread` are mean and standard deviation of `pace`, or fitted value and scale of
    Student's t of `straight`. All NaN where nothing can be said.
    """

    low: float
    likely: float
    high: float
    probability: float
    center: float
    spread: float


UNKNOWN = Forecast(*[float("nan")] * 6)


def pace(
    planned: np.ndarray,
    *,
    observed: np.ndarray,
    variance: np.ndarray,
    prior_mean: float = 1.0,
    prior_sd: float = 0.5,
    year_spread: float = 0.1,
) -> tuple[float, float]:
    """Mean and standard deviation of the share of the plan that a site gains.

    Parameters
    ----------
    planned, observed : (observations,), in one unit
        Years in which nothing was planned to be gained yet say nothing about the pace and are left
        out. No observations: the prior comes back.
    variance : (observations,)
        Of the measurement, in the square of that unit; 0: exact.
    prior_mean, prior_sd, year_spread : float, shares of the plan
        `prior_sd` and `year_spread` above 0.
    """
    told = planned > 0
    p, g, v = planned[told], observed[told], variance[told]
    weight = p / (v + (year_spread * p) ** 2)
    precision = 1.0 / prior_sd**2 + float(weight @ p)
    mean = (prior_mean / prior_sd**2 + float(weight @ g)) / precision
    return mean, precision**-0.5


def forecast_pace(
    share: tuple[float, float], *, planned: float, target: float, year_spread: float = 0.1
) -> Forecast:
    """The gain in a year in which `planned` was planned, at a pace from `pace`."""
    mean, deviation = share
    center = mean * planned
    spread = abs(planned) * float(np.hypot(deviation, year_spread))
    if spread == 0.0:  # nothing is planned there: it is certain
        return Forecast(center, center, center, float(center >= target), center, 0.0)
    low, high = (center + spread * float(ndtri(q)) for q in (LOW, HIGH))
    chance = float(ndtr((center - target) / spread))
    return Forecast(low, center, high, chance, center, spread)


def forecast_straight(
    years: np.ndarray, *, observed: np.ndarray, year: float, target: float
) -> Forecast:
    """The gain in a year by the line through the observed gains.

    Parameters
    ----------
    years, observed : (observations,)
        Fewer than three, or all in one year: `UNKNOWN`. Exactly on a line: no spread.
    """
    n = len(years)
    if n < 3 or np.ptp(years) == 0:
        return UNKNOWN
    middle = years.mean()
    around = float(((years - middle) ** 2).sum())
    slope = float((years - middle) @ observed) / around
    level = float(observed.mean())
    rest = observed - level - slope * (years - middle)
    center = level + slope * (year - middle)
    scale = np.sqrt(float(rest @ rest) / (n - 2) * (1 + 1 / n + (year - middle) ** 2 / around))
    if scale <= 1e-12 * max(1.0, abs(center)):
        return Forecast(center, center, center, float(center >= target), center, 0.0)
    low, high = (center + scale * float(stdtrit(n - 2, q)) for q in (LOW, HIGH))
    chance = float(stdtr(n - 2, (center - target) / scale))
    return Forecast(low, center, high, chance, center, float(scale))


def pert_variance(low: np.ndarray, likely: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Variance of the PERT distribution: (mean - low)(high - mean)/7 (Malcolm et al. 1959)."""
    mean = (low + 4.0 * likely + high) / 6.0
    return np.asarray((mean - low) * (high - mean) / 7.0)
