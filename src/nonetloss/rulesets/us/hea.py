"""Habitat equivalency analysis: services lost for some time, made up elsewhere later.

Mathematical formulation
    A_I Σ_t L_t (1 + r)^(P - t) = A_R Σ_t G_t (1 + r)^(P - t), solved for A_R: area injured A_I,
    share of service lost L_t in year t, share gained G_t per unit of area restored, rate r, base
    year P. Each side in service-area-years worth what they are in P: DSAYs if areas are in acres.

In words
    A year without service counts more the earlier it falls; so does a year of service regained.

Two choices within the year are kept apart, since both move the answer (Thur 2007, doi
10.1007/s00267-006-0361-0): how much of a year's change in level counts in that year
(`yearly_levels`), and at which moment of the year its service is discounted (`timing`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nonetloss.core.errors import RulesError
from nonetloss.core.findings import Finding, offenders
from nonetloss.numerics.discounting import annuity_factor, discount_factors
from nonetloss.rules import RulesInForce

CREDITING = ("start", "mid", "end")


@dataclass(frozen=True, slots=True)
class Equivalency:
    """Both sides of a habitat equivalency analysis.

    Parameters
    ----------
    debit : float
        Discounted service-area-years lost, all of the injured area.
    credit_per_area : float
        The same gained, per unit of area restored.
    area : float
        Area to restore, in the unit of the injured area: debit / credit_per_area.
    rate : float
        Discount rate per year.
    timing : str
        Moment of the year: start, mid, end.
    findings : tuple of Finding
        What the result rests on that nobody verified.
    """

    debit: float
    credit_per_area: float
    area: float
    rate: float
    timing: str
    findings: tuple[Finding, ...]


def yearly_levels(boundaries: ArrayLike, *, crediting: str = "mid") -> np.ndarray:
    """Level of each year from the levels at the beginnings and ends of years.

    Parameters
    ----------
    boundaries : array, shape (..., n + 1)
        Share of service lost or gained on the first day of each year and on the last of the last.
    crediting : str
        "mid": the mean of both ends, exact where the level changes linearly within the year.
        "start": the whole change counts from the first day; the convention of many worksheets,
        which for a linear recovery understates a loss and overstates a gain. "end": the change
        counts only once the year is over.

    Returns
    -------
    numpy.ndarray, shape (..., n)

    Raises
    ------
    RulesError
        `hea.level`, `hea.crediting`.
    """
    levels = _levels(boundaries, "boundaries")
    match crediting:
        case "start":
            return levels[..., 1:].copy()
        case "mid":
            return (levels[..., :-1] + levels[..., 1:]) / 2
        case "end":
            return levels[..., :-1].copy()
    raise RulesError.because("hea.crediting", crediting, allowed=" | ".join(CREDITING))


def credit(
    levels: ArrayLike, *, first_year: float, base_year: float, rate: float | None = None,
    timing: str = "mid", forever: bool = False, rules: RulesInForce | None = None,
) -> float:  # fmt: skip
    """Discounted service-years per unit of area: Σ_t x_t (1 + r)^(P - t).

    Year t runs from t to t + 1; its service is worth (1 + r)^(P - t) if credited at its start, as
    the printed equation does, half a year less at "mid" and one year less at "end".

    Parameters
    ----------
    levels : array, shape (n,)
        Share of service in each year, between 0 and 1; empty gives 0.
    first_year : float
        Year of the first level.
    base_year : float
        P, to whose first day everything is brought.
    rate : float, optional
        Per year; None takes `hea.discount-rate` of `rules`.
    timing : str
        "start", "mid" or "end" of each year.
    forever : bool
        Whether the last level goes on for ever after the last year.
    rules : RulesInForce, optional

    Raises
    ------
    RulesError
        `hea.level`, `hea.rate-missing`.
    InputError
        As `numerics.discounting`: rate, timing, a perpetuity at a rate of 0 or less.
    """
    amounts = _levels(levels, "levels")
    if amounts.ndim != 1:
        raise RulesError.because("hea.level", "levels", values=str(amounts.shape))
    r = _rate(rate, rules)
    # The year t is the year t - P + 1 after the base date.
    first = first_year - base_year + 1
    count = amounts.shape[-1]
    factors = discount_factors(first + np.arange(count), rate=r, timing=timing)
    total = float(amounts @ factors)
    if forever and count and amounts[-1] > 0:
        tail = annuity_factor(np.inf, rate=r, timing=timing, first_year=first + count)
        total += float(amounts[-1]) * tail
    return total


def debit(
    levels: ArrayLike, *, area: float, first_year: float, base_year: float,
    rate: float | None = None, timing: str = "mid", forever: bool = False,
    rules: RulesInForce | None = None,
) -> float:  # fmt: skip
    """Discounted service-area-years lost: `area` times `credit` of the shares lost.

    Raises
    ------
    RulesError, InputError
        As `credit`; `hea.area` for an area that is negative or not finite.
    """
    if not (np.isfinite(area) and area >= 0):
        raise RulesError.because("hea.area", "area", value=area)
    return area * credit(
        levels, first_year=first_year, base_year=base_year, rate=rate, timing=timing,
        forever=forever, rules=rules,
    )  # fmt: skip


def scale(
    loss: ArrayLike, gain: ArrayLike, *, area: float, loss_from: float, gain_from: float,
    base_year: float, rate: float | None = None, timing: str = "mid", loss_forever: bool = False,
    gain_forever: bool = False, rules: RulesInForce | None = None,
) -> Equivalency:  # fmt: skip
    """Area to restore so that what is gained is worth what was lost.

    Parameters
    ----------
    loss, gain : array, shape (n,) and (m,)
        Shares of service lost in the injured area, and gained where it is restored, per year.
    area : float
        Injured, in any unit; the answer has the same.
    loss_from, gain_from : float
        Years of the first loss and the first gain.
    base_year, rate, timing, rules
        As in `credit`.
    loss_forever, gain_forever : bool
        Whether the last level goes on for ever.

    Raises
    ------
    RulesError, InputError
        As `debit`; `hea.no-gain` if nothing is gained while something is lost.
    """
    r = _rate(rate, rules)
    lost = debit(
        loss, area=area, first_year=loss_from, base_year=base_year, rate=r, timing=timing,
        forever=loss_forever,
    )  # fmt: skip
    gained = credit(
        gain, first_year=gain_from, base_year=base_year, rate=r, timing=timing, forever=gain_forever
    )
    if gained <= 0 < lost:
        raise RulesError.because("hea.no-gain", "gain", debit=f"{lost:.6g}")
    used = rules is not None and rate is None
    findings = rules.unverified("hea.discount-rate", subject="hea") if rules and used else ()
    return Equivalency(lost, gained, lost / gained if lost else 0.0, r, timing, findings)


def _rate(rate: float | None, rules: RulesInForce | None) -> float:
    if rate is not None:
        return rate
    if rules is None:
        raise RulesError.because("hea.rate-missing", "rate")
    return rules.value("hea.discount-rate", unit="")


def _levels(levels: ArrayLike, name: str) -> np.ndarray:
    amounts = np.asarray(levels, dtype=np.float64)
    wrong = ~((amounts >= 0) & (amounts <= 1))
    if amounts.ndim == 0 or wrong.any():
        shown = offenders(amounts[wrong]) if amounts.ndim else str(amounts)
        raise RulesError.because("hea.level", name, values=shown)
    return amounts
