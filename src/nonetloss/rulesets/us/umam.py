"""Florida's Uniform Mitigation Assessment Method (chapter 62-345).

Mathematical formulation
    Score = sum of the indicators / their maximum (30; uplands 20). delta = score with - score
    without. Functional loss FL = delta of the impact x area. Relative functional gain
    RFG = PAF x delta of the mitigation / (risk x T). Area of mitigation = FL / RFG.

In words
    Mitigation must give back, on enough area, what the impact takes, and more of it the later and
    the less surely it comes.

Numbers and their status stand in `parameters.yaml`; what `mitigation` returns carries a notice for
each that nobody verified. `score` and `time_factor` return plain numbers: ask `rules.unverified`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nonetloss.core.errors import RulesError
from nonetloss.core.findings import Finding, offenders
from nonetloss.rules import RulesInForce

INDICATORS = 3
UPLAND_INDICATORS = 2


@dataclass(frozen=True, slots=True)
class Mitigation:
    """What mitigation an impact needs.

    Parameters
    ----------
    functional_loss : float
        FL: loss of score times area, in functional units (area unit of the impact).
    relative_gain : float
        RFG per unit of area.
    time_factor : float
        T used.
    area : float
        FL / RFG, in the unit of the impact's area.
    findings : tuple of Finding
        What the result rests on that nobody verified.
    """

    functional_loss: float
    relative_gain: float
    time_factor: float
    area: float
    findings: tuple[Finding, ...]


def score(indicators: ArrayLike, *, rules: RulesInForce, upland: bool = False) -> np.ndarray:
    """Score between 0 and 1 of assessment areas.

    Parameters
    ----------
    indicators : array, shape (..., 3), or (..., 2) for uplands
        Points of each indicator, 0 to 10, in the order of the list `umam.indicators`; uplands
        have no water environment.
    upland : bool

    Returns
    -------
    numpy.ndarray, shape (...)

    Raises
    ------
    RulesError
        `umam.indicators` if their number or their points are not possible.
    """
    points = np.asarray(indicators, dtype=np.float64)
    count = UPLAND_INDICATORS if upland else INDICATORS
    top = rules.value("umam.indicator-maximum", unit="")
    shape_fits = points.ndim > 0 and points.shape[-1] == count
    wrong = ~((points >= 0) & (points <= top))
    if not shape_fits or wrong.any():
        shown = offenders(points[wrong]) if shape_fits else str(points.shape)
        raise RulesError.because("umam.indicators", "umam", count=count, top=top, values=shown)
    whole = rules.value("umam.upland-score-maximum" if upland else "umam.score-maximum", unit="")
    return np.asarray(points.sum(axis=-1) / whole)


def time_factor(years: float, *, rules: RulesInForce, exempt: bool = False) -> float:
    """T: what the wait for the mitigation multiplies.

    Parameters
    ----------
    years : float
        From the impact until the mitigation fully offsets it; 0 or less if it precedes the impact.
        A part of a year counts as a whole one.
    exempt : bool
        True for the phosphate and heavy mineral mining that the rule exempts: T is 1.

    Raises
    ------
    RulesError
        `umam.years` if `years` is not a number.
    """
    return _time(years, rules, exempt)[0]


def mitigation(
    *, impact_area: float, impact_delta: float, mitigation_delta: float, years: float,
    rules: RulesInForce, risk: float = 1.0, preservation: float = 1.0, exempt: bool = False,
) -> Mitigation:  # fmt: skip
    """Area of mitigation that makes up for an impact.

    Parameters
    ----------
    impact_area : float
        In any unit; the answer has the same.
    impact_delta, mitigation_delta : float
        Score lost, and score gained (with minus without), both between 0 and 1.
    years, exempt
        As in `time_factor`.
    risk : float
        1 (sure) to 3, by quarters.
    preservation : float
        Preservation adjustment factor, above 0 to 1; 1 where the mitigation is not preservation.

    Raises
    ------
    RulesError
        `umam.range` (area, deltas, preservation), `umam.risk`, `umam.years`, `umam.no-gain`.
    """
    for name, value, top in (
        ("impact_area", impact_area, np.inf),
        ("impact_delta", impact_delta, 1.0),
        ("mitigation_delta", mitigation_delta, 1.0),
        ("preservation", preservation, rules.value("umam.preservation-maximum", unit="")),
    ):
        if not 0 <= value <= top or np.isinf(value):
            raise RulesError.because("umam.range", name, value=value, top=top)
    low, high, step = rules.table("umam.risk", unit="")
    if not low <= risk <= high or abs((risk - low) / step - round((risk - low) / step)) > 1e-9:
        raise RulesError.because("umam.risk", "risk", value=risk, low=low, high=high, step=step)
    factor, time_ids = _time(years, rules, exempt)
    lost = impact_delta * impact_area
    gain = preservation * mitigation_delta / (risk * factor)
    if gain <= 0 < lost:
        raise RulesError.because("umam.no-gain", "mitigation_delta", loss=f"{lost:.6g}")
    rests_on = ("umam.formula", "umam.score-maximum", "umam.risk", *time_ids)
    findings = rules.unverified(*rests_on, subject="umam")
    return Mitigation(lost, gain, factor, lost / gain if lost else 0.0, findings)


def _time(years: float, rules: RulesInForce, exempt: bool) -> tuple[float, tuple[str, ...]]:
    """The factor, and the parameters that it comes from."""
    if np.isnan(years):
        raise RulesError.because("umam.years", "years", value=years)
    if exempt:
        return 1.0, ()
    for stem in ("umam.time-lag", "umam.time-lag-long"):
        ends = rules.table(f"{stem}.years", unit="")
        factors = rules.table(f"{stem}.factors", unit="")
        for end, factor in zip(ends, factors, strict=True):
            if years <= end:
                return factor, (f"{stem}.factors",)
    return rules.value("umam.time-lag-last", unit=""), ("umam.time-lag-last",)
