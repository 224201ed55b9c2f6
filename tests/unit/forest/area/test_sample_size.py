"""Sizes of samples against their definition, by search."""

from math import sqrt

import pytest
from scipy.stats import t as student

from nonetloss.core.errors import InputError
from nonetloss.forest.area.sample_size import (
    allocate,
    expected_errors,
    for_mean,
    for_overall_accuracy,
    for_stratified_mean,
)


def code(raised):
    return raised.value.findings[0].code


@pytest.mark.parametrize(("cv", "wanted"), [(0.3, 0.1), (0.05, 0.2), (1.2, 0.05), (0.0, 0.1)])
def test_plots_for_a_mean_are_the_fewest_that_suffice(cv, wanted):
    n = for_mean(cv, relative_half_width=wanted)

    def half(k):
        return student.ppf(0.95, k - 1) * cv / sqrt(k)

    assert half(n) <= wanted
    assert n == 2 or half(n - 1) > wanted


def test_plots_for_a_mean_by_hand():
    # 1.645² · 0.3² / 0.1² = 24.4 by the normal distribution; with Student's t a little more.
    assert for_mean(0.3, relative_half_width=0.1) == 27


def test_no_more_plots_than_there_are():
    few = for_mean(0.3, relative_half_width=0.1, population=40)
    assert few < 27
    assert for_mean(2.0, relative_half_width=0.001, population=40) == 40


def test_a_finite_number_of_units_asks_for_fewer():
    sizes, users = {"a": 1.0, "b": 1.0}, {"a": 0.5, "b": 0.5}
    # (0.5)² / 0.05² = 100; with N = 100: 0.25/(0.0025 + 0.25/100) = 50.
    assert for_overall_accuracy(sizes, users=users, standard_error=0.05) == 100
    assert for_overall_accuracy(sizes, users=users, standard_error=0.05, units=100) == 50


def test_strata_by_hand():
    sizes, s = {"a": 1.0, "b": 3.0}, {"a": 40.0, "b": 20.0}
    z = 1.6448536
    give = {"deviations": s, "half_width": 5.0}
    # Σ W s = 25, Σ W s² = 400 + 300 = 700, 2 Σ W² s² = 2 (100 + 225).
    assert for_stratified_mean(sizes, **give) == int((z / 5) ** 2 * 625 + 1)
    assert for_stratified_mean(sizes, how="proportional", **give) == int((z / 5) ** 2 * 700 + 1)
    assert for_stratified_mean(sizes, how="equal", **give) == int((z / 5) ** 2 * 650 + 1)


def test_optimal_allocation_has_the_least_error_of_all_allocations():
    sizes, users = {"a": 1.0, "b": 2.0, "c": 7.0}, {"a": 0.6, "b": 0.9, "c": 0.97}
    deviations = {k: sqrt(u * (1 - u)) for k, u in users.items()}
    best = allocate(60, sizes=sizes, deviations=deviations, how="optimal", least=2)
    found = expected_errors(best, sizes=sizes, users=users)[1]
    least = min(
        expected_errors({"a": a, "b": b, "c": 60 - a - b}, sizes=sizes, users=users)[1]
        for a in range(2, 57)
        for b in range(2, 59 - a)
    )
    # The formula leaves the degree of freedom of each stratum out of account.
    assert found == pytest.approx(least, rel=2e-3)


def test_the_least_is_given_first_and_the_rest_in_proportion():
    found = allocate(100, sizes={"rare": 1.0, "b": 33.0, "c": 66.0}, least=10)
    assert found == {"rare": 10, "b": 30, "c": 60}


def test_nothing_varies_then_size_decides():
    found = allocate(10, sizes={"a": 4.0, "b": 1.0}, deviations={"a": 0, "b": 0}, how="optimal")
    assert found == {"a": 8, "b": 2}


def test_strata_without_size_get_nothing():
    assert allocate(10, sizes={"a": 4.0, "none": 0.0}) == {"a": 10}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: allocate(5, sizes={"a": 1, "b": 1}, least=3), "area.allocation-too-small"),
        (lambda: allocate(5, sizes={"a": 1}, how="optimal"), "area.stratum-unknown"),
        (lambda: allocate(5, sizes={"a": -1}), "area.sizes"),
        (
            lambda: for_overall_accuracy({"a": 1}, users={"a": 85}, standard_error=0.01),
            "area.share",
        ),
        (
            lambda: for_overall_accuracy({"a": 1}, users={"a": 0.8}, standard_error=0),
            "area.share",
        ),
        (
            lambda: for_overall_accuracy({"a": 1}, users={}, standard_error=0.1),
            "area.stratum-unknown",
        ),
        (lambda: for_mean(-1, relative_half_width=0.1), "area.share"),
        (lambda: for_mean(1, relative_half_width=0), "area.share"),
        (lambda: for_mean(1, relative_half_width=0.1, confidence=1), "area.confidence"),
        (
            lambda: for_stratified_mean({"a": 1}, deviations={"a": 1}, half_width=-1),
            "area.share",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused(call, expected):
    with pytest.raises(InputError) as raised:
        call()
    assert code(raised) == expected
    assert raised.value.render("es")


@pytest.mark.parametrize("wrong", [0, -100, float("nan"), float("inf")])
def test_an_impossible_number_of_units_in_all_is_refused(wrong):
    with pytest.raises(InputError) as raised:
        for_overall_accuracy({"a": 1.0}, users={"a": 0.5}, standard_error=0.01, units=wrong)
    assert raised.value.findings[0].code == "area.population"
    with pytest.raises(InputError) as raised:
        for_mean(0.5, relative_half_width=0.1, population=wrong)
    assert raised.value.findings[0].code == "area.population"


def test_a_wish_that_no_sample_fulfills_is_refused_and_not_cut():
    with pytest.raises(InputError) as raised:
        for_mean(5.0, relative_half_width=1e-6)
    assert raised.value.findings[0].code == "area.sample-too-large"
    # (1.645·5/0.01)² = 676,386: large, and told.
    assert for_mean(5.0, relative_half_width=0.01) == pytest.approx(676_386, rel=1e-3)
