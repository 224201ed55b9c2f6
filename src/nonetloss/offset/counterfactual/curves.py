"""Curves along which the value of a hectare moves over the years.

Papers: Thur 2007 (recovery paths in habitat equivalency analysis); Curran, Hellweg & Beck 2014,
doi 10.1890/13-0243.1 (recovery takes decades); the program OffsetSim
(isaacpeterson/offset_simulator) for the logistic dynamics of condition.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from nonetloss.core.errors import InputError

Kind = Literal["linear", "step", "exponential", "logistic"]
KINDS: tuple[str, ...] = get_args(Kind)
_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Curve:
    """How a value moves from where it is toward a target.

    `years` is the time it takes: until the target is there (linear, step), or until `share` of the
    way is gone (exponential). NaN: what the parcel says, else what is left of the horizon. `rate`
    per year sets the speed of an exponential in place of `years`, and is the growth rate, signed,
    of a logistic between `low` and `high`. Nothing moves for the first `lag_years`. What a kind
    does not use is refused.
    """

    kind: Kind = "linear"
    years: float = float("nan")
    rate: float = float("nan")
    share: float = _SHARE
    lag_years: float = 0.0
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        needs_rate = self.kind == "logistic"
        with_rate, by_share = needs_rate or self.kind == "exponential", self.kind == "exponential"
        whole = (self.low, self.high) == (0.0, 1.0)
        checks = (
            ("kind", self.kind, " | ".join(KINDS), self.kind in KINDS),
            ("years", self.years, "≥ 0", not self.years < 0 and self.years != np.inf),
            ("rate", self.rate, "-∞ < … < ∞", not needs_rate or np.isfinite(self.rate)),
            ("rate", self.rate, "> 0", self.kind != "exponential" or not self.rate <= 0),
            ("rate", self.rate, "< ∞", not np.isinf(self.rate)),
            # What a kind does not use would be passed over in silence.
            ("rate", self.rate, "logistic | exponential", with_rate or np.isnan(self.rate)),
            ("years", self.years, "years | rate", np.isnan(self.years) or np.isnan(self.rate)),
            ("share", self.share, "exponential", by_share or self.share == _SHARE),
            ("low, high", (self.low, self.high), "logistic", needs_rate or whole),
            ("share", self.share, "(0, 1)", 0 < self.share < 1),
            ("lag_years", self.lag_years, "≥ 0", 0 <= self.lag_years < np.inf),
            ("low, high", (self.low, self.high), "0 ≤ low < high ≤ 1", self._within_unit()),
        )
        for name, value, allowed, holds in checks:
            if not holds:
                raise InputError.because("counterfactual.curve", name, allowed=allowed, value=value)

    def _within_unit(self) -> bool:
        return 0 <= self.low < self.high <= 1


STRAIGHT = Curve()


def along(
    curve: Curve, elapsed: ArrayLike, *, start: ArrayLike, target: ArrayLike, years: float
) -> np.ndarray:
    """Values after so many years on a curve.

    Parameters
    ----------
    curve : Curve
    elapsed : (years,)
        Years since the movement began; at and before 0 the value is `start`.
    start, target : float or (n,)
        Values at the beginning and in the end.
    years : float
        Duration where the curve has none of its own. 0: the target is there at once.

    Returns
    -------
    numpy.ndarray, (n, years)
        A logistic moves by its own law from `start` between `low` and `high`, and stops at
        `target`, which it never passes; away from the target it does not move.

    Notes
    -----
    With s the start, T the target, d the duration and t the years since the lag,

        linear       s + (T - s) min(1, t/d)
        step         s before d, T from d on
        exponential  s + (T - s) (1 - exp(-k t)),  k = rate, or -ln(1 - share)/d
        logistic     L + (H - L)/(1 + exp(-r (t - m))),  m = -ln((s - L)/(H - s))/r
    """
    a = np.reshape(np.asarray(start, np.float64), (-1, 1))
    b = np.reshape(np.asarray(target, np.float64), (-1, 1))
    t = np.maximum(0.0, np.reshape(np.asarray(elapsed, np.float64), (1, -1)) - curve.lag_years)
    if curve.kind == "logistic":
        return np.asarray(_logistic(curve, t, a, b))
    takes = years if np.isnan(curve.years) else curve.years
    # What the lag and a duration of nothing have in common: before it begins, nothing has moved.
    begun = np.reshape(np.asarray(elapsed, np.float64), (1, -1)) >= curve.lag_years
    if curve.kind == "exponential" and not np.isnan(curve.rate):
        share = -np.expm1(-curve.rate * t)
    elif takes <= 0:
        share = begun.astype(np.float64)
    elif curve.kind == "exponential":
        # A thousand durations are for ever, and the quotient stays finite.
        share = -np.expm1(np.log1p(-curve.share) * (np.minimum(t, 1e3 * takes) / takes))
    elif curve.kind == "step":
        share = (t >= takes).astype(np.float64)
    else:
        share = np.minimum(t, takes) / takes
    return np.asarray(a + (b - a) * share)


def decline(start: ArrayLike, elapsed: ArrayLike, *, rate: ArrayLike) -> np.ndarray:
    """Value left, (n, years), when a share `rate` of what is there is lost every year.

    s (1 - b)^t; before year 0 the value is `start`.

    Raises
    ------
    InputError
        `counterfactual.share` for a rate outside [0, 1].
    """
    a = np.reshape(np.asarray(start, np.float64), (-1, 1))
    b = np.reshape(np.asarray(rate, np.float64), (-1, 1))
    if not ((b >= 0) & (b <= 1)).all():
        raise InputError.because("counterfactual.share", "background_loss_rate", value=rate)
    t = np.maximum(0.0, np.reshape(np.asarray(elapsed, np.float64), (1, -1)))
    return np.asarray(a * (1.0 - b) ** t)


def _logistic(curve: Curve, t: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low, high, rate = curve.low, curve.high, curve.rate
    inside = (a > low) & (a < high)
    # At its ends a logistic stands still; beyond them it has no law.
    safe = np.where(inside, a, 0.5 * (low + high))
    moved = low + (high - low) * expit(rate * t + logit((safe - low) / (high - low)))
    toward = (b - a) * rate > 0
    stopped = np.minimum(moved, b) if rate > 0 else np.maximum(moved, b)
    return np.where(inside & toward, stopped, a)
