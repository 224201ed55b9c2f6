"""Habitat equivalency analysis against closed forms, exact fractions, and Thur 2007 in words."""

from fractions import Fraction

import numpy as np
import pytest

from nonetloss.rulesets.us import hea


def printed_equation(levels, *, first_year, base_year, rate):
    """Σ_t x_t (1 + r)^(P - t), in exact fractions: a second implementation."""
    growth = 1 + Fraction(rate)
    years = range(first_year, first_year + len(levels))
    return sum(Fraction(x) * growth ** (base_year - t) for t, x in zip(years, levels, strict=True))


@pytest.mark.parametrize("base_year", [1995, 2000, 2004, 2030])
def test_the_printed_equation_is_crediting_at_the_start_of_calendar_years(base_year):
    levels = [1, "0.75", "0.5", "0.125", 0]
    exact = printed_equation(levels, first_year=2000, base_year=base_year, rate="0.03")
    found = hea.credit(
        [float(x) for x in levels], first_year=2000, base_year=base_year, rate=0.03, timing="start"
    )
    assert found == pytest.approx(float(exact), rel=1e-14)


@pytest.mark.parametrize("years", [1, 10, 50])
def test_constant_loss_over_t_years(years):
    # A L (1 - (1 + r)^-T) / r, with the first year credited one year after the base date
    area, lost, rate = 12.0, 0.4, 0.03
    found = hea.debit(
        np.full(years, lost), area=area, first_year=2000, base_year=2000, rate=rate, timing="end"
    )
    assert found == pytest.approx(area * lost * (1 - (1 + rate) ** -years) / rate, rel=1e-13)


def test_a_perpetual_gain_is_worth_g_over_r():
    found = hea.credit(
        [0.25], first_year=2000, base_year=2000, rate=0.03, timing="end", forever=True
    )
    assert found == pytest.approx(0.25 / 0.03, rel=1e-13)


def test_a_loss_of_t_years_against_a_perpetual_gain():
    # A_R = A_I (L/G) (1 - (1 + r)^-T), whatever the moment of the year: both sides have the same
    for timing in ("start", "mid", "end"):
        found = hea.scale(
            np.full(20, 0.6), [0.5], area=10, loss_from=2000, gain_from=2000, base_year=2010,
            rate=0.03, timing=timing, gain_forever=True,
        )  # fmt: skip
        assert found.area == pytest.approx(10 * (0.6 / 0.5) * (1 - 1.03**-20), rel=1e-12)


def test_the_middle_and_the_end_of_the_year_by_hand():
    # at 21 % half a year is a factor of 1.1
    levels = [1.0, 0.5]
    worth = {
        timing: hea.credit(levels, first_year=0, base_year=0, rate=0.21, timing=timing)
        for timing in ("start", "mid", "end")
    }
    assert worth["start"] == pytest.approx(1 + 0.5 / 1.21)
    assert worth["mid"] == pytest.approx(1 / 1.1 + 0.5 / (1.1 * 1.21))
    assert worth["end"] == pytest.approx(1 / 1.21 + 0.5 / 1.21**2)


def test_thur_2007_beginning_of_period_crediting_of_a_linear_recovery():
    # Ten years, no discounting: a triangle of ten years by 1, whose area is 5.
    injury = np.linspace(1, 0, 11)
    restored = np.linspace(0, 1, 11)
    sums = {
        crediting: (
            hea.yearly_levels(injury, crediting=crediting).sum(),
            hea.yearly_levels(restored, crediting=crediting).sum(),
        )
        for crediting in hea.CREDITING
    }
    assert sums["mid"] == pytest.approx((5.0, 5.0))
    # beginning of period: 0.9 + 0.8 + … + 0 understates the injury, 0.1 + … + 1 overstates the gain
    assert sums["start"] == pytest.approx((4.5, 5.5))
    assert sums["end"] == pytest.approx((5.5, 4.5))


def test_thur_2007_the_requirement_is_then_insufficient():
    injury, restored = np.linspace(1, 0, 11), np.linspace(0, 0.8, 16)
    areas = {
        crediting: hea.scale(
            hea.yearly_levels(injury, crediting=crediting),
            hea.yearly_levels(restored, crediting=crediting),
            area=100, loss_from=2000, gain_from=2003, base_year=2000, rate=0.03, gain_forever=True,
        ).area
        for crediting in hea.CREDITING
    }  # fmt: skip
    assert areas["start"] < areas["mid"] < areas["end"]
