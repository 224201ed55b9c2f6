"""Florida's UMAM: table 1 of rule 62-345.600, and the arithmetic of mitigation."""

import datetime as dt

import pytest

from nonetloss import rules
from nonetloss.rules.dated import Status

TABLE_1 = {
    1: 1, 2: 1.03, 3: 1.07, 4: 1.10, 5: 1.14, 6: 1.25, 10: 1.25, 11: 1.46, 15: 1.46, 16: 1.68,
    20: 1.68,
}  # fmt: skip
UNVERIFIED = {
    21: 1.92, 25: 1.92, 26: 2.18, 30: 2.18, 31: 2.45, 35: 2.45, 36: 2.73, 40: 2.73, 41: 3.03,
    45: 3.03, 46: 3.34, 50: 3.34, 51: 3.65, 55: 3.65, 56: 3.91, 200: 3.91,
}  # fmt: skip
FLORIDA = rules.ruleset("us").on(dt.date(2026, 11, 21))


def mitigation(**changed):
    given = {
        "impact_area": 10.0, "impact_delta": 0.7, "mitigation_delta": 0.4, "years": 5, **changed
    }  # fmt: skip
    return FLORIDA.function("umam.mitigation")(**given)


@pytest.mark.parametrize(("years", "factor"), [*TABLE_1.items(), *UNVERIFIED.items()])
def test_t_by_years(years, factor):
    assert FLORIDA.function("umam.time-factor")(years) == factor


def test_mitigation_that_precedes_the_impact_and_exempt_mining_have_t_1():
    assert FLORIDA.function("umam.time-factor")(-3) == 1
    assert FLORIDA.function("umam.time-factor")(0) == 1
    assert FLORIDA.function("umam.time-factor")(40, exempt=True) == 1


def test_rows_beyond_20_years_are_unverified_and_results_say_so():
    for id in ("umam.time-lag-long.factors", "umam.time-lag-last"):
        assert FLORIDA.parameter(id).status is Status.UNVERIFIED
    assert FLORIDA.parameter("umam.time-lag.factors").status is Status.CONFIRMED

    def named(result):
        return {finding.data["id"] for finding in result.findings}

    assert "umam.time-lag-long.factors" in named(mitigation(years=21))
    assert "umam.time-lag-last" in named(mitigation(years=60))
    assert "umam.time-lag.factors" not in named(mitigation(years=20))


def test_relative_functional_gain_by_hand():
    # FL = 0.7 x 10 = 7; RFG = 0.5 x 0.4 / (2 x 1.14) = 0.2 / 2.28; area = 7 x 2.28 / 0.2 = 79.8
    found = mitigation(risk=2.0, preservation=0.5)
    assert found.functional_loss == pytest.approx(7.0)
    assert found.relative_gain == pytest.approx(0.2 / 2.28)
    assert found.area == pytest.approx(79.8)


def test_scores_are_the_sum_over_thirty_and_over_twenty_in_uplands():
    score = FLORIDA.function("umam.score")
    assert score([[9, 9, 9], [0, 5, 10]]) == pytest.approx([27 / 30, 15 / 30])
    assert score([8, 5], upland=True) == pytest.approx(13 / 20)
