import datetime as dt

import numpy as np
import pytest

from nonetloss import rules
from nonetloss.core.errors import InputError, RulesError
from nonetloss.core.language import LANGUAGES
from nonetloss.rulesets.us import hea

US = rules.ruleset("us").on(dt.date(2026, 11, 21))
BASE = {"first_year": 2020, "base_year": 2020}


def test_the_rate_comes_from_the_rules_unless_given():
    assert hea.credit([1], **BASE, timing="end", rules=US) == pytest.approx(1 / 1.03)
    assert hea.credit([1], **BASE, timing="end", rate=0.25, rules=US) == pytest.approx(0.8)
    assert US.function("hea.credit")([1], **BASE, timing="end") == pytest.approx(1 / 1.03)


def test_no_years_are_worth_nothing():
    assert hea.credit([], **BASE, rate=0.03) == 0
    assert hea.credit([], **BASE, rate=0.03, forever=True) == 0
    assert hea.credit([0.5, 0.0], **BASE, rate=0.0, forever=True) == 0.5


def test_nothing_lost_needs_no_area():
    found = hea.scale(
        [0, 0], [0], area=5, loss_from=2020, gain_from=2020, base_year=2020, rate=0.03
    )
    assert found.area == 0


def test_what_went_into_it_is_kept():
    found = hea.scale(
        [1], [0.5], area=5, loss_from=2020, gain_from=2020, base_year=2020, rules=US, timing="start"
    )
    assert (found.rate, found.timing, found.findings) == (0.03, "start", ())
    assert (found.debit, found.credit_per_area, found.area) == (5, 0.5, 10)


def test_rows_of_yearly_levels():
    rows = hea.yearly_levels([[0, 1, 1], [1, 0, 0.5]])
    np.testing.assert_allclose(rows, [[0.5, 1.0], [0.5, 0.25]])


@pytest.mark.parametrize(
    ("call", "error", "code"),
    [
        (lambda: hea.credit([1.1], **BASE, rate=0.03), RulesError, "hea.level"),
        (lambda: hea.credit([-0.1], **BASE, rate=0.03), RulesError, "hea.level"),
        (lambda: hea.credit([np.nan], **BASE, rate=0.03), RulesError, "hea.level"),
        (lambda: hea.credit(0.5, **BASE, rate=0.03), RulesError, "hea.level"),
        (lambda: hea.credit([1], **BASE), RulesError, "hea.rate-missing"),
        (lambda: hea.debit([1], area=-1, **BASE, rate=0.03), RulesError, "hea.area"),
        (lambda: hea.debit([1], area=np.nan, **BASE, rate=0.03), RulesError, "hea.area"),
        (lambda: hea.yearly_levels([1, 0], crediting="begin"), RulesError, "hea.crediting"),
        (
            lambda: hea.scale(
                [1], [0], area=1, loss_from=0, gain_from=0, base_year=0, rate=0.03
            ),
            RulesError,
            "hea.no-gain",
        ),
        (lambda: hea.credit([1], **BASE, rate=0, timing="noon"), InputError, "discounting.timing"),
        (lambda: hea.credit([1], **BASE, rate=-2), InputError, "discounting.rate"),
        (
            lambda: hea.credit([1], **BASE, rate=0, forever=True),
            InputError,
            "discounting.perpetuity",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(call, error, code):
    with pytest.raises(error) as caught:
        call()
    assert caught.value.findings[0].code == code
    assert all(caught.value.render(language) for language in LANGUAGES)


def test_levels_of_several_areas_at_once_are_refused():
    with pytest.raises(RulesError) as caught:
        hea.credit([[1, 0.5], [0.5, 1]], **BASE, rate=0.03)
    assert caught.value.findings[0].code == "hea.level"
