"""How yearly gains become one number, and how that number hangs on what was assumed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nonetloss.core.estimate import Estimate
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.discounting import TIMINGS, discounted_mean
from nonetloss.offset.counterfactual.trajectories import Outlook, likely_values, paths
from nonetloss.offset.counterfactual.vocabulary import GAINS, NOT_ADDITIONAL, Paths, credited

CREDITS = ("mean", "end")
# Discount rates per year at which the gain is told again.
RATES = (0.0, 0.01, 0.03, 0.05)
_BEFORE = {"start": 1.0, "mid": 0.5, "end": 0.0}


@dataclass(frozen=True, slots=True)
class Convention:
    """What counts as gain, and how its years are put together."""

    gain: str
    credit: str
    rate: float
    timing: str

    def credit_of(self, yearly: np.ndarray) -> np.ndarray:
        """(n,) of yearly gains (n, years)."""
        if self.credit == "end":
            return np.asarray(yearly[..., -1])
        return discounted_mean(yearly, rate=self.rate, timing=self.timing)


def moments(horizon_years: float, timing: str) -> np.ndarray:
    """Times, in years from the impact, at which the value of each year is taken."""
    return np.arange(1.0, horizon_years + 1.0) - _BEFORE[timing]


@dataclass(frozen=True, slots=True)
class LikelyCredit:
    """The likely case of one parcel, area included; planned changes count by their probability.

    `restored` and `averted` are what is brought back and kept, as credited; `yearly` (years,) is
    the gain of each year.
    """

    ways: Paths
    restored: float
    averted: float
    yearly: np.ndarray


def likely_credit(
    parcel: Parcel, outlook: Outlook, convention: Convention, leakage: float
) -> LikelyCredit:
    """Likely paths of one parcel, and what they bring back and keep."""
    ways = paths(parcel, likely_values(parcel, outlook), outlook, rng=None)
    restored, averted = credited(convention.gain, ways, leakage=leakage)
    back, kept = (
        parcel.area_ha * float(convention.credit_of(part)[0]) for part in (restored, averted)
    )
    return LikelyCredit(ways, back, kept, parcel.area_ha * (restored + averted)[0])


def sensitivity(
    parcels: Sequence[Parcel], *, outlook: Outlook, convention: Convention, leakage: Estimate
) -> pd.DataFrame:
    """The likely gain again, with one assumption changed at a time.

    Returns
    -------
    DataFrame
        One row per parcel and case: parcel, assumption (as_given | discount_rate | timing | credit
        | gain | leakage | reversal | background_loss_rate | planned), value (as text) and
        gain_likely_qha.
        Estimates are put at their low and high ends, all ecosystems at once; what has no spread is
        left out.
    """
    rows = []
    for assumption, value, ahead, way, leaked in _cases(outlook, convention, leakage):
        for parcel in parcels:
            found = likely_credit(parcel, ahead, way, leaked)
            rows.append((parcel.name, assumption, value, found.restored + found.averted))
    return pd.DataFrame(rows, columns=["parcel", "assumption", "value", "gain_likely_qha"])


def _cases(
    outlook: Outlook, convention: Convention, leakage: Estimate
) -> Iterator[tuple[str, str, Outlook, Convention, float]]:
    given = leakage.likely
    yield "as_given", "", outlook, convention, given
    for rate in RATES:
        way = replace(convention, rate=rate)
        yield "discount_rate", f"{rate:g}", outlook, way, given
    for timing in TIMINGS:
        ahead = replace(outlook, times=moments(outlook.horizon, timing))
        yield "timing", timing, ahead, replace(convention, timing=timing), given
    for credit in CREDITS:
        yield "credit", credit, outlook, replace(convention, credit=credit), given
    for gain in GAINS:
        # What counts nature that is there already is no gain to compare with.
        if gain not in NOT_ADDITIONAL:
            yield "gain", gain, outlook, replace(convention, gain=gain), given
    if not leakage.is_exact:
        for end in (leakage.low, leakage.high):
            yield "leakage", f"{end:g}", outlook, convention, end
    if not outlook.reversal.is_exact:
        for end in (outlook.reversal.low, outlook.reversal.high):
            ahead = replace(outlook, reversal=Estimate.exact(end))
            yield "reversal", f"{end:g}", ahead, convention, given
    if any(not rate.is_exact for rate in outlook.rates.values()):
        for name in ("low", "high"):
            rates = {n: Estimate.exact(getattr(r, name)) for n, r in outlook.rates.items()}
            ahead = replace(outlook, rates=rates)
            yield "background_loss_rate", name, ahead, convention, given
    if outlook.planned:
        yield "planned", "none", replace(outlook, planned=()), convention, given
