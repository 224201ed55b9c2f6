import datetime as dt

import numpy as np
import pytest

from nonetloss import rules
from nonetloss.core.errors import RulesError
from nonetloss.core.language import LANGUAGES
from nonetloss.rulesets.us import umam

US = rules.ruleset("us").on(dt.date(2026, 11, 21))


def mitigation(**changed):
    given = {"impact_area": 10, "impact_delta": 0.7, "mitigation_delta": 0.4, "years": 1, **changed}
    return umam.mitigation(rules=US, **given)


def test_a_part_of_a_year_counts_as_a_whole_one():
    assert umam.time_factor(1.2, rules=US) == 1.03
    assert umam.time_factor(5.5, rules=US) == 1.25


def test_no_loss_needs_no_area():
    assert mitigation(impact_delta=0, mitigation_delta=0).area == 0


def test_waiting_for_ever_takes_the_last_row():
    assert umam.time_factor(np.inf, rules=US) == 3.91


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: umam.score([5, 5], rules=US), "umam.indicators"),
        (lambda: umam.score([5, 5, 5], rules=US, upland=True), "umam.indicators"),
        (lambda: umam.score([5, 5, 10.5], rules=US), "umam.indicators"),
        (lambda: umam.score([5, -1, 5], rules=US), "umam.indicators"),
        (lambda: umam.score([5, np.nan, 5], rules=US), "umam.indicators"),
        (lambda: umam.score(5, rules=US), "umam.indicators"),
        (lambda: umam.time_factor(np.nan, rules=US), "umam.years"),
        (lambda: mitigation(impact_area=-1), "umam.range"),
        (lambda: mitigation(impact_area=np.inf), "umam.range"),
        (lambda: mitigation(impact_area=np.nan), "umam.range"),
        (lambda: mitigation(impact_delta=1.2), "umam.range"),
        (lambda: mitigation(mitigation_delta=-0.1), "umam.range"),
        (lambda: mitigation(preservation=1.1), "umam.range"),
        (lambda: mitigation(risk=0.75), "umam.risk"),
        (lambda: mitigation(risk=3.25), "umam.risk"),
        (lambda: mitigation(risk=1.1), "umam.risk"),
        (lambda: mitigation(risk=np.nan), "umam.risk"),
        (lambda: mitigation(mitigation_delta=0), "umam.no-gain"),
        (lambda: mitigation(preservation=0), "umam.no-gain"),
    ],
)
def test_what_is_refused(call, code):
    with pytest.raises(RulesError) as caught:
        call()
    assert caught.value.findings[0].code == code
    assert all(caught.value.render(language) for language in LANGUAGES)
