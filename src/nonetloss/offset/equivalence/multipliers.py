"""How much more gain than loss is owed: for time, for risk, for place.

Papers: Moilanen et al. 2009, doi 10.1111/j.1526-100X.2008.00382.x (ratios that hold with a wanted
probability); Laitila, Moilanen & Pouzols 2014, doi 10.1111/2041-210X.12287 (multipliers for time);
Bull et al. 2017, doi 10.1111/conl.12335 (multipliers in practice).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from nonetloss.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Multipliers:
    """What a loss owes beyond itself; as it stands, nothing.

    `time_rate` per year; `success` the share of a modelled gain that is reached and `failure` the
    chance that nothing is; `half_distance_m` the distance at which a gain counts half; `zones` the
    multipliers in the zone of the impact, beside it and elsewhere; `out_of_kind` that of a gain in
    another ecosystem; `by_ecosystem` that of a lost ecosystem. Every one is at least 1.
    """

    time_rate: float = 0.0
    success: float = 1.0
    failure: float = 0.0
    half_distance_m: float = float("inf")
    zones: tuple[float, float, float] = (1.0, 1.0, 1.0)
    out_of_kind: float = 1.0
    by_ecosystem: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ordered = len(self.zones) == 3 and 1 <= self.zones[0] <= self.zones[1] <= self.zones[2]
        checks = (
            ("time_rate", self.time_rate, "0 … 1", 0 <= self.time_rate <= 1),
            ("success", self.success, "(0, 1]", 0 < self.success <= 1),
            ("failure", self.failure, "[0, 1)", 0 <= self.failure < 1),
            ("half_distance_m", self.half_distance_m, "> 0 m", self.half_distance_m > 0),
            ("zones", self.zones, "1 ≤ a ≤ b ≤ c < ∞", ordered and self.zones[2] < np.inf),
            ("out_of_kind", self.out_of_kind, "≥ 1", 1 <= self.out_of_kind < np.inf),
            *(
                (f"by_ecosystem.{name}", value, "≥ 1", 1 <= value < np.inf)
                for name, value in self.by_ecosystem.items()
            ),
        )
        for name, value, allowed, holds in checks:
            if not holds:
                raise InputError.because("equivalence.rule", name, allowed=allowed, value=value)

    @property
    def needs_distance(self) -> bool:
        """Whether distance changes what is owed."""
        return bool(np.isfinite(self.half_distance_m))

    @property
    def needs_zone(self) -> bool:
        """Whether the zone of a parcel changes what is owed."""
        return self.zones != (1.0, 1.0, 1.0)

    def risk(self) -> float:
        """The multiplier of risk."""
        return float(risk_multiplier(self.success, failure=self.failure))

    def place(self, distance_m: np.ndarray, relation: np.ndarray) -> np.ndarray:
        """The multiplier of place; `relation` as `trades.zone_relation` gives it."""
        place = np.ones(relation.shape)
        if self.needs_distance:
            place = distance_multiplier(distance_m, half_distance_m=self.half_distance_m)
        if self.needs_zone:
            # -1, not known, takes the NaN at the end.
            place = place * np.array([*self.zones, np.nan])[relation]
        return place


def time_multiplier(delay_years: ArrayLike, *, rate: float) -> np.ndarray:
    """(1 + r)^delay: what a gain that comes later must grow to, to be worth the loss today.

    Parameters
    ----------
    delay_years : float or array
        Years from the loss to the gain. Negative (the gain is there already) owes no more and no
        less than none: an advance is never a discount. NaN stays NaN.
    rate : float
        Per year, at least 0.

    Raises
    ------
    InputError
        `equivalence.rule`.
    """
    if not 0 <= rate < np.inf:
        raise InputError.because("equivalence.rule", "rate", allowed="≥ 0", value=rate)
    years = np.maximum(0.0, np.asarray(delay_years, dtype=np.float64))
    with np.errstate(over="ignore"):
        return np.asarray((1.0 + rate) ** years)


def risk_multiplier(success: ArrayLike, *, failure: ArrayLike = 0.0) -> np.ndarray:
    """1 / ((1 - failure) · success): the expected gain then equals what was promised.

    It restores the mean and says nothing of how often less comes; `robust_multiplier` does.

    Parameters
    ----------
    success : float or array
        Share of the modelled gain that is reached where the measure works, in (0, 1].
    failure : float or array
        Chance that the measure gives nothing, in [0, 1).

    Raises
    ------
    InputError
        `equivalence.rule`.
    """
    share, lost = np.asarray(success, np.float64), np.asarray(failure, np.float64)
    for name, value, allowed, holds in (
        ("success", success, "(0, 1]", (share > 0) & (share <= 1)),
        ("failure", failure, "[0, 1)", (lost >= 0) & (lost < 1)),
    ):
        if not holds.all():
            raise InputError.because("equivalence.rule", name, allowed=allowed, value=value)
    return np.asarray(1.0 / ((1.0 - lost) * share))


def robust_multiplier(loss: ArrayLike, gain: ArrayLike, *, probability: float) -> float:
    """The smallest multiplier with which gain reaches loss in that share of the draws.

    With m the multiplier, the m for which ``mean(m * gain >= loss) >= probability``.

    Parameters
    ----------
    loss, gain : (draws,)
        Loss, and the gain of an offset that on paper equals it; the same draw is the same state
        of the world.
    probability : float
        In (0, 1].

    Returns
    -------
    float
        `inf` where so many draws gain nothing that no multiple is enough. 0 where nothing is lost.

    Raises
    ------
    InputError
        `equivalence.rule`, `equivalence.draws`.
    """
    lost, gained = np.asarray(loss, np.float64), np.asarray(gain, np.float64)
    if lost.shape != gained.shape or lost.ndim != 1 or lost.size == 0:
        raise InputError.because(
            "equivalence.draws", "loss, gain", found=f"{lost.shape}, {gained.shape}"
        )
    if not 0 < probability <= 1:
        raise InputError.because(
            "equivalence.rule", "probability", allowed="(0, 1]", value=probability
        )
    ratio = np.full(lost.size, np.inf)
    np.divide(lost, gained, out=ratio, where=gained > 0)
    ratio[lost <= 0] = np.where(gained[lost <= 0] < 0, np.inf, 0.0)
    # The k-th smallest ratio covers k draws; k/n >= p needs k = ceil(p n).
    rank = max(1, int(np.ceil(round(probability * lost.size, 9))))
    return float(max(0.0, np.sort(ratio)[rank - 1]))


def distance_multiplier(distance_m: ArrayLike, *, half_distance_m: float) -> np.ndarray:
    """2^(distance / half distance): a gain at the half distance counts half.

    Parameters
    ----------
    distance_m : float or array
        At least 0. NaN stays NaN; a thousand half distances and more are infinitely much.
    half_distance_m : float
        Above 0; `inf`: place does not matter.

    Raises
    ------
    InputError
        `equivalence.rule`.
    """
    meters = np.asarray(distance_m, dtype=np.float64)
    if not half_distance_m > 0:
        raise InputError.because(
            "equivalence.rule", "half_distance_m", allowed="> 0 m", value=half_distance_m
        )
    if (meters < 0).any():
        raise InputError.because(
            "equivalence.rule", "distance_m", allowed="≥ 0 m", value=distance_m
        )
    with np.errstate(over="ignore"):
        return np.asarray(2.0 ** (meters / half_distance_m))
