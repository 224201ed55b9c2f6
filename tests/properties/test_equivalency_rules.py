"""What must hold of discounting, habitat equivalency, mitigation and decision trees, always."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss import rules
from nonetloss.numerics.discounting import (
    TIMINGS,
    discount_factors,
    discounted_mean,
    present_value,
)
from nonetloss.rulesets.us import hea, umam

MODEST = settings(derandomize=True, deadline=None, max_examples=60)
RATES = st.floats(0, 0.2)
MOMENTS = st.sampled_from(TIMINGS)
LEVELS = st.lists(st.floats(0, 1), min_size=1, max_size=30)
GAINS = st.lists(st.floats(0.01, 1), min_size=1, max_size=30)
DAY = dt.date(2026, 11, 21)
US, COLOMBIA, IFC = (rules.ruleset(name).on(DAY) for name in ("us", "co", "ifc"))
ANSWERS = st.dictionaries(
    st.sampled_from(sorted(IFC.tree("ps6.habitat").questions)), st.sampled_from([True, False, None])
)


@MODEST
@given(RATES, MOMENTS, st.integers(0, 60))
def test_factors_fall_with_time_and_later_crediting_is_worth_less(rate, timing, years):
    factors = discount_factors(years, rate=rate, timing=timing)
    assert (np.diff(factors) <= 0).all()
    start, mid, end = (discount_factors(years, rate=rate, timing=t) for t in TIMINGS)
    assert (start >= mid).all()
    assert (mid >= end).all()


@MODEST
@given(LEVELS, RATES, MOMENTS)
def test_a_mean_lies_between_its_ends_and_is_worth_as_much_as_its_series(series, rate, timing):
    mean = float(discounted_mean(series, rate=rate, timing=timing))
    assert min(series) - 1e-12 <= mean <= max(series) + 1e-12
    even = present_value(np.full(len(series), mean), rate=rate, timing=timing)
    assert even == pytest.approx(float(present_value(series, rate=rate, timing=timing)), abs=1e-9)


@MODEST
@given(LEVELS, GAINS, RATES, MOMENTS, st.integers(0, 20), st.floats(0.1, 100))
def test_area_grows_with_the_wait_and_in_proportion_to_the_injury(
    loss, gain, rate, timing, wait, area
):
    def needed(**changed):
        given = {"area": area, "loss_from": 2000, "gain_from": 2000, "base_year": 2000, **changed}
        return hea.scale(loss, gain, rate=rate, timing=timing, **given).area

    now = needed()
    assert needed(gain_from=2000 + wait) >= now * (1 - 1e-9)
    assert needed(area=3 * area) == pytest.approx(3 * now)
    # the base year brings both sides to another date alike
    assert needed(base_year=2025) == pytest.approx(now, rel=1e-9)


@MODEST
@given(LEVELS, GAINS, RATES, MOMENTS)
def test_a_gain_for_ever_needs_no_more_area(loss, gain, rate, timing):
    given = {"area": 1.0, "loss_from": 0, "gain_from": 0, "base_year": 0}
    rate = max(rate, 0.01)
    once = hea.scale(loss, gain, rate=rate, timing=timing, **given).area
    always = hea.scale(loss, gain, rate=rate, timing=timing, gain_forever=True, **given).area
    assert always <= once


@MODEST
@given(st.floats(-5, 80), st.floats(0, 20), st.integers(0, 7), st.floats(0.05, 1))
def test_mitigation_is_monotone_in_time_risk_and_gain(years, wait, quarters, delta):
    def area(**changed):
        given = {
            "impact_area": 7.0, "impact_delta": 0.6, "mitigation_delta": delta, "years": years,
            "risk": 1 + quarters / 4, **changed,
        }  # fmt: skip
        return umam.mitigation(rules=US, **given).area

    now = area()
    assert now >= 7.0 * 0.6 / delta - 1e-9
    assert area(years=years + wait) >= now
    assert area(risk=1.25 + quarters / 4) >= now
    assert area(mitigation_delta=delta / 2) >= now
    assert area(preservation=0.5) == pytest.approx(2 * now)


@MODEST
@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(4, 10), st.booleans()), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_areas_to_compensate_do_not_depend_on_the_order_of_rows(rows, random):
    table = pd.DataFrame(rows, columns=["area_ha", "factor", "secondary"])
    found = COLOMBIA.function("compensation.areas")(table)
    order = list(table.index)
    random.shuffle(order)
    again = COLOMBIA.function("compensation.areas")(table.loc[order])
    pd.testing.assert_series_equal(found, again.sort_index())
    assert (found >= table["area_ha"] * 2 - 1e-9).all()


@MODEST
@given(ANSWERS)
def test_a_tree_ends_or_asks_and_never_assumes(answers):
    decision = IFC.decide("ps6.habitat", answers)
    assert (decision.outcome is None) != (decision.open is None)
    assert all(answers[question.id] is answer for question, answer in decision.path)
    if decision.open is not None:
        assert answers.get(decision.open.id) is None


@MODEST
@given(ANSWERS)
def test_an_answer_more_never_takes_back_the_way(answers):
    before = IFC.decide("ps6.habitat", answers)
    if before.open is not None:
        after = IFC.decide("ps6.habitat", {**answers, before.open.id: False})
        assert after.path[: len(before.path)] == before.path
