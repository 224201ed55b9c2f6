"""Changes that are planned or likely on a parcel without the offset."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A development, clearing or other offset that may come if nothing is done.

    Either in `year`, with `probability`, or any year with the chance `annual` (NaN: not this way).
    Afterwards a hectare is worth `value_after`: less after a development, more where somebody
    would restore it anyway. It takes `years` to get there, which only a dated change may.
    """

    parcel: str
    value_after: float
    year: float = float("nan")
    probability: float = 1.0
    annual: float = float("nan")
    years: float = 0.0

    def __post_init__(self) -> None:
        dated, hazard = not np.isnan(self.year), not np.isnan(self.annual)
        checks = (
            ("year | annual", (self.year, self.annual), "1", dated != hazard),
            ("year", self.year, "≥ 0", not self.year < 0),
            ("annual", self.annual, "0 … 1", not hazard or 0 <= self.annual <= 1),
            ("probability", self.probability, "0 … 1", 0 <= self.probability <= 1),
            ("value_after", self.value_after, "0 … 1", 0 <= self.value_after <= 1),
            ("years", self.years, "≥ 0", 0 <= self.years < np.inf and not (hazard and self.years)),
        )
        for name, value, allowed, holds in checks:
            if not holds:
                raise InputError.because(
                    "counterfactual.planned",
                    f"{self.parcel}.{name}",
                    allowed=allowed,
                    value=value,
                )


def chance(change: PlannedChange, times: np.ndarray) -> np.ndarray:
    """Probability that the change has begun, (years,)."""
    if np.isnan(change.annual):
        return np.where(times >= change.year, change.probability, 0.0)
    return np.asarray(1.0 - (1.0 - change.annual) ** np.maximum(0.0, times))


def expected(values: np.ndarray, times: np.ndarray, changes: Sequence[PlannedChange]) -> np.ndarray:
    """Values (n, years) with the expected effect of the changes, in their order."""
    for change in changes:
        has = chance(change, times)
        values = (1.0 - has) * values + has * _after(values, times, change)
    return values


def drawn(
    values: np.ndarray,
    times: np.ndarray,
    changes: Sequence[PlannedChange],
    *,
    rng: np.random.Generator,
) -> np.ndarray:
    """Values (n, years) where each change comes in some of the n draws and not in others."""
    draws = values.shape[0]
    for change in changes:
        u = rng.random((draws, 1))
        # One uniform number per draw: the change has begun once its chance has passed it.
        has = u < chance(change, times)[None, :]
        values = np.where(has, _after(values, times, change), values)
    return values


def _after(values: np.ndarray, times: np.ndarray, change: PlannedChange) -> np.ndarray:
    """What a hectare is worth at each time if the change has begun."""
    if change.years == 0:
        return np.full_like(values, change.value_after)
    # Towards the value after, from what the hectare would else be worth at that time.
    share = np.clip(times - change.year, 0.0, change.years) / change.years
    return values + (change.value_after - values) * share
