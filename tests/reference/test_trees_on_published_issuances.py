"""ART102, Guyana: what was issued and put into the buffer 2016-2023 (offsets-db-data).

`issued` is the total of a vintage, buffer included. With the buffer at 5 % of gross (25 % less all
three mitigations) gross is buffer/0.05, and what is missing between gross and issued is the
deduction for uncertainty: Guyana accounts for all of its forest, so nothing leaks.
"""

import datetime as dt

import numpy as np
import pytest
from scipy.stats import norm

from nonetloss import rules
from nonetloss.core.errors import InputError
from nonetloss.forest.credits import programs, trees
from nonetloss.forest.credits.flows import Flow, Flows

STANDARDS = {"art": rules.ruleset("art").on(dt.date(2026, 11, 21))}
SHARES = trees.shares(STANDARDS, mitigations=trees.MITIGATIONS, national_share=1.0)
NUMERATOR = STANDARDS["art"].value("trees.uncertainty-numerator", unit="")
DENOMINATOR = STANDARDS["art"].value("trees.uncertainty-denominator", unit="")
DRAWS = 10_000
# year: (issued, buffer, deduction for uncertainty in percent)
ISSUED = {
    2016: (8348155, 481051, 13.230),
    2017: (8070022, 465024, 13.230),
    2018: (7695698, 443454, 13.230),
    2019: (4752242, 273841, 13.230),
    2020: (6651113, 383261, 13.230),
    2021: (7591076, 446714, 15.034),
    2022: (9273338, 540409, 14.201),
    2023: (9621384, 535461, 10.158),
}
YEARS = pytest.mark.parametrize("year", ISSUED)


def test_all_mitigations_leave_five_percent_and_nothing_leaks():
    assert SHARES.buffer == pytest.approx(0.25 - 0.05 - 0.10 - 0.05)
    assert SHARES.leakage == 0.0


@YEARS
def test_the_deduction_behind_each_vintage(year):
    issued, buffer, percent = ISSUED[year]
    share = trees.implied_uncertainty(issued, buffer, buffer_share=SHARES.buffer)
    assert round(100 * share, 3) == pytest.approx(percent, abs=2e-3)


@pytest.mark.parametrize("year", range(2016, 2021))
def test_an_account_of_the_program_ends_at_what_was_issued(year):
    """From gross and one half-width of 41.5 % for all five years, through the program's account."""
    issued, buffer, _ = ISSUED[year]
    gross = buffer / 0.05
    account = programs.account(
        programs.PROGRAMS["trees"],
        _flows(gross, half_width=0.415),
        standards=STANDARDS,
        buffer_share=SHARES.buffer,
        leakage_share=SHARES.leakage,
    )
    assert account.buffer.likely[0] == pytest.approx(buffer)
    by_hand = gross * 0.524417 * 0.415 / 1.645006
    assert account.uncertainty.likely[0] == pytest.approx(by_hand, rel=5e-4)
    assert account.net.likely[0] == pytest.approx(issued - buffer, rel=1e-3)


def _flows(gross, *, half_width):
    """One year in which nothing is lost; 10,000 normal draws with this half-width at 90 %."""
    none = Flow(np.zeros(1), np.zeros((1, DRAWS)))
    spread = norm.ppf((np.arange(DRAWS) + 0.5) / DRAWS) / norm.ppf(0.95)
    likely = np.array([gross])
    drawn = Flow(likely, gross * (1 + half_width * spread)[None, :])
    return Flows(drawn, none, none, {}, np.zeros(1, dtype=bool), ())


def test_the_first_period_has_one_half_width():
    """13.23 % is a half-width of 41.5 % at 90 %: an error of a quarter, as forests have."""
    width = trees.implied_half_width(0.13230, numerator=NUMERATOR, denominator=DENOMINATOR)
    assert width == pytest.approx(0.415, abs=5e-4)
    shares = [
        trees.implied_uncertainty(*ISSUED[year][:2], buffer_share=SHARES.buffer)
        for year in range(2016, 2021)
    ]
    assert max(shares) - min(shares) < 1e-5


def test_a_buffer_on_what_is_left_would_not_fit():
    """On gross less uncertainty, 5 % of 8,348,155 would be 417,408 and not 481,051."""
    issued, buffer, _ = ISSUED[2016]
    assert round(0.05 * issued) == 417408
    assert buffer > 1.15 * 0.05 * issued


def test_hfld_level_by_hand():
    # 12 Mt a year, score 0.8, 19.5 Gt of stock: 0.8 · 0.05 % of 19.5 Gt = 7.8 Mt.
    share = STANDARDS["art"].value("trees.hfld-share", unit="")
    assert trees.hfld_level(12e6, score=0.8, stock=19.5e9, share=share) == pytest.approx(19.8e6)


def test_an_hfld_score_out_of_a_hundred_is_refused():
    """With 80 in place of 0.8 the level would be 792 Mt a year: 65 times what Guyana emits."""
    with pytest.raises(InputError) as caught:
        trees.hfld_level(12e6, score=80, stock=19.5e9, share=0.0005)
    assert caught.value.findings[0].code == "credits.hfld-score"


@YEARS
def test_gross_fits_below_the_highest_hfld_level(year):
    """18.0 Mha of 1,213 tCO2/ha (Guyana's MRVS): 0.05 % of it is 10.9 Mt a year at score 1."""
    share = STANDARDS["art"].value("trees.hfld-share", unit="")
    most = trees.hfld_level(0.0, score=1.0, stock=18_001_790 * 1213, share=share)
    assert most == pytest.approx(10.918e6, rel=1e-3)
    gross = ISSUED[year][1] / SHARES.buffer
    assert 0.5 * most < gross < most
