"""Estimators against enumerated samples, textbook arithmetic and each other."""

from itertools import product
from math import sqrt

import numpy as np
import pytest
from scipy.stats import t as student

from nonetloss.core.errors import InputError
from nonetloss.forest.area.estimators import (
    combined,
    combined_ratio,
    difference,
    draws_of,
    estimated,
    post_stratified,
    ratio,
    regression_assisted,
    simple,
    stratified,
)


def code(raised) -> str:
    return raised.value.findings[0].code


def test_simple_by_hand():
    found = simple([2, 4, 9], confidence=0.90)
    # Mean 15/3; squares of deviations 9 + 1 + 16 = 26; s² = 13.
    assert found.mean == 5
    assert found.standard_error == pytest.approx(sqrt(13 / 3))
    assert found.degrees == 2
    # Table of Student: t(0.95; 2) = 2.919986.
    assert found.high - 5 == pytest.approx(2.919986 * sqrt(13 / 3), rel=1e-6)
    assert found.relative_half_width == pytest.approx((found.high - 5) / 5)


def test_simple_is_right_on_average_over_every_sample_with_replacement():
    population = np.array([1.0, 3.0, 4.0, 10.0])
    samples = [simple(s) for s in product(population, repeat=3)]
    means = np.array([s.mean for s in samples])
    assert means.mean() == pytest.approx(population.mean())
    assert np.mean([s.standard_error**2 for s in samples]) == pytest.approx(means.var())


def test_stratified_is_right_on_average_over_every_sample():
    low, high = (1.0, 2.0, 6.0), (10.0, 14.0)
    areas = {"low": 30.0, "high": 70.0}
    truth = 0.3 * 3 + 0.7 * 12
    found = [
        stratified([*a, *b], strata=["low"] * 2 + ["high"] * 3, areas=areas)
        for a in product(low, repeat=2)
        for b in product(high, repeat=3)
    ]
    means = np.array([f.mean for f in found])
    assert means.mean() == pytest.approx(truth)
    assert np.mean([f.standard_error**2 for f in found]) == pytest.approx(means.var())


def test_stratified_by_hand():
    found = stratified(
        [1, 3, 10, 10, 16], strata=["a", "a", "b", "b", "b"], areas={"a": 1.0, "b": 3.0}
    )
    # Means 2 and 12; variances 2 and 12; of the means 1 and 4.
    assert found.mean == 0.25 * 2 + 0.75 * 12
    assert found.standard_error == pytest.approx(sqrt(0.0625 * 1 + 0.5625 * 4))
    # Satterthwaite: (0.0625 + 2.25)² / (0.0625²/1 + 2.25²/2).
    assert found.degrees == pytest.approx(2.3125**2 / (0.0625**2 + 2.25**2 / 2))
    assert found.n == 5


def test_stratified_does_not_depend_on_the_order_of_units_and_strata():
    values, strata = [1.0, 3, 10, 12, 16], ["a", "a", "b", "b", "b"]
    one = stratified(values, strata=strata, areas={"a": 1.0, "b": 3.0})
    other = stratified(values[::-1], strata=strata[::-1], areas={"b": 6.0, "a": 2.0, "none": 0})
    assert other.mean == pytest.approx(one.mean)
    assert other.high == pytest.approx(one.high)


def test_combined_takes_strata_that_were_estimated_in_different_ways():
    parts = {"a": estimated(2, 1, n=9, degrees=8), "b": estimated(12, 2, n=5, degrees=4)}
    found = combined(parts, areas={"a": 1, "b": 3})
    assert found.mean == 0.25 * 2 + 0.75 * 12
    assert found.standard_error == pytest.approx(sqrt((0.25 * 1) ** 2 + (0.75 * 2) ** 2))
    assert found.n == 14


def test_units_that_are_all_alike_have_no_error():
    found = stratified([5, 5, 7, 7], strata=list("aabb"), areas={"a": 1, "b": 1})
    assert (found.low, found.mean, found.high) == (6, 6, 6)
    assert found.degrees == np.inf


def test_post_stratified_pays_for_what_chance_gave_each_stratum():
    values, strata, areas = [1, 3, 10, 10, 16], list("aabbb"), {"a": 1.0, "b": 3.0}
    found = post_stratified(values, strata=strata, areas=areas)
    assert found.mean == 9.5
    # Variances 2 and 12, n = 5.
    variance = (0.25 * 2 + 0.75 * 12) / 5 + (0.75 * 2 + 0.25 * 12) / 25
    assert found.standard_error == pytest.approx(sqrt(variance))
    assert found.degrees == 3


def test_ratio_by_hand():
    # Carbon and hectares of three plots: 60 t on 0.5 ha is 120 t/ha.
    found = ratio([10, 20, 30], x=[0.1, 0.2, 0.2])
    assert found.mean == pytest.approx(120)
    # Residuals 10 - 12, 20 - 24, 30 - 24; squares 4 + 16 + 36 = 56; mean of x 0.5/3.
    assert found.standard_error == pytest.approx(sqrt(56 / 2 / 3) / (0.5 / 3))
    # With 1,000 ha: the total.
    total = ratio([10, 20, 30], x=[0.1, 0.2, 0.2], x_population=1000)
    assert total.mean == pytest.approx(120_000)
    assert total.high == pytest.approx(found.high * 1000)


def test_ratio_with_equal_plots_is_the_simple_mean():
    values = [3.0, 8.0, 4.0, 5.0]
    found = ratio(values, x=[1, 1, 1, 1])
    assert found == simple(values)


def test_combined_ratio_of_one_stratum_is_the_ratio_by_the_normal_distribution():
    y, x = [10.0, 20, 30], [0.1, 0.2, 0.2]
    found = combined_ratio(y, x=x, strata=list("aaa"), areas={"a": 7})
    assert found.mean == pytest.approx(ratio(y, x=x).mean)
    assert found.standard_error == pytest.approx(ratio(y, x=x).standard_error)
    assert (found.high - found.mean) / found.standard_error == pytest.approx(1.6448536, abs=1e-6)


def test_combined_ratio_of_ones_is_the_stratified_mean():
    y, strata, areas = [1.0, 3, 10, 12, 16], list("aabbb"), {"a": 1, "b": 3}
    found = combined_ratio(y, x=np.ones(5), strata=strata, areas=areas)
    want = stratified(y, strata=strata, areas=areas)
    assert found.mean == pytest.approx(want.mean)
    assert found.standard_error == pytest.approx(want.standard_error)


def test_a_stratum_that_was_sampled_whole_has_no_error():
    y, strata = [1.0, 3, 10, 12, 16], list("aabbb")
    found = combined_ratio(y, x=np.ones(5), strata=strata, areas={"a": 2, "b": 3}, finite=True)
    assert found.mean == pytest.approx(42 / 5)
    assert found.standard_error == 0
    with pytest.raises(InputError) as raised:
        combined_ratio(y, x=np.ones(5), strata=strata, areas={"a": 1, "b": 3}, finite=True)
    assert code(raised) == "area.sampled-more"


def test_regression_by_hand():
    # Slope of (0, 1), (1, 3), (2, 5), (3, 6): Sxy = 8.5, Sxx = 5; means 1.5 and 3.75.
    found = regression_assisted([1, 3, 5, 6], x=[0, 1, 2, 3], x_mean_population=2.5)
    assert found.mean == pytest.approx(3.75 + 1.7 * (2.5 - 1.5))
    # Syy = 7.5625 + 0.5625 + 1.5625 + 5.0625 = 14.75; SSE = 14.75 - 8.5²/5 = 0.3.
    assert found.standard_error == pytest.approx(sqrt(0.3 / 2 / 4))
    assert found.degrees == 2


def test_regression_on_a_useless_map_changes_nothing_but_a_degree():
    y, x = [1.0, 5.0, 1.0, 5.0], [1.0, 1.0, 2.0, 2.0]
    found = regression_assisted(y, x=x, x_mean_population=9.0)
    assert found.mean == pytest.approx(3)
    assert found.degrees == simple(y).degrees - 1


def test_regression_on_a_perfect_map_leaves_no_error():
    x = np.array([[1.0, 4.0], [2.0, 1.0], [5.0, 3.0], [3.0, 3.0], [0.0, 2.0]])
    y = 2 + 3 * x[:, 0] - x[:, 1]
    found = regression_assisted(y, x=x, x_mean_population=[10.0, 7.0])
    assert found.mean == pytest.approx(2 + 30 - 7)
    assert found.standard_error == pytest.approx(0, abs=1e-12)


def test_regression_does_not_depend_on_the_unit_of_the_map():
    y, x = [1.0, 3, 5, 6], np.array([0.0, 1, 2, 4])
    one = regression_assisted(y, x=x, x_mean_population=2.5)
    other = regression_assisted(y, x=1e6 + 1e-3 * x, x_mean_population=1e6 + 2.5e-3)
    assert other.mean == pytest.approx(one.mean, rel=1e-6)


def test_difference_by_hand():
    # Gaps 1, 1, 4: mean 2, variance 3.
    found = difference([11, 21, 34], x=[10, 20, 30], x_mean_population=25)
    assert found.mean == 27
    assert found.standard_error == 1
    assert found.low == pytest.approx(27 - student.ppf(0.95, 2))


def test_difference_is_right_on_average_however_bad_the_map():
    truth, mapped = np.array([1.0, 3.0, 4.0, 10.0]), np.array([9.0, 0.0, 2.0, 1.0])
    found = [
        difference(truth[list(at)], x=mapped[list(at)], x_mean_population=mapped.mean()).mean
        for at in product(range(4), repeat=2)
    ]
    assert np.mean(found) == pytest.approx(truth.mean())


def test_draws_spread_as_the_estimate_says():
    rng = np.random.default_rng(1)
    few = estimated(10, 2, n=8, degrees=7)
    drawn = draws_of(few, size=200_000, rng=rng)
    assert np.quantile(drawn, [0.05, 0.5, 0.95]) == pytest.approx([few.low, 10, few.high], abs=0.05)
    many = estimated(10, 2, n=8, degrees=np.inf)
    drawn = draws_of(many, size=200_000, rng=rng)
    assert drawn.std() == pytest.approx(2, rel=0.01)


def test_a_negative_factor_keeps_low_below_high():
    found = simple([2, 4, 9]).times(-2)
    assert found.low < found.mean == -10 < found.high
    assert found.standard_error > 0


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: simple([1]), "area.too-few-units"),
        (lambda: simple([1, np.nan]), "area.unknown-values"),
        (lambda: simple([[1, 2]]), "area.other-length"),
        (lambda: simple([1, 2], confidence=90), "area.confidence"),
        (lambda: stratified([1, 2], strata=["a"], areas={"a": 1}), "area.other-length"),
        (lambda: stratified([1, 2], strata="aa", areas={"a": -1}), "area.sizes"),
        (lambda: stratified([1, 2], strata="aa", areas={"a": 0}), "area.sizes"),
        (lambda: stratified([1, 2], strata="aa", areas={"a": np.nan}), "area.sizes"),
        (lambda: stratified([1, 2], strata="ab", areas={"a": 1}), "area.stratum-unknown"),
        (lambda: stratified([1, 2], strata="aa", areas={"a": 1, "b": 1}), "area.stratum-empty"),
        (
            lambda: stratified([1, 2, 3], strata="aab", areas={"a": 1, "b": 1}),
            "area.stratum-one-unit",
        ),
        (lambda: ratio([1, 2], x=[0, 0]), "area.ratio-of-zero"),
        (lambda: ratio([1, 2], x=[1]), "area.other-length"),
        (
            lambda: combined_ratio([1, 2], x=[0, 0], strata="aa", areas={"a": 1}),
            "area.ratio-of-zero",
        ),
        (
            lambda: regression_assisted([1, 2], x=[1, 2], x_mean_population=1),
            "area.too-few-units",
        ),
        (
            lambda: regression_assisted([1, 2, 3], x=[4, 4, 4], x_mean_population=1),
            "area.covariate-constant",
        ),
        (
            lambda: regression_assisted(
                [1, 2, 3, 4, 5], x=np.c_[[1, 2, 3, 4, 6], [2, 4, 6, 8, 12]],
                x_mean_population=[1, 2],
            ),
            "area.covariate-constant",
        ),
        (
            lambda: regression_assisted([1, 2, 3], x=[1, 2, np.nan], x_mean_population=1),
            "area.unknown-values",
        ),
        (
            lambda: regression_assisted([1, 2, 3], x=[1, 2, 4], x_mean_population=[1, 2]),
            "area.other-length",
        ),
        (lambda: difference([1, 2], x=[1, 2], x_mean_population=np.nan), "area.unknown-values"),
    ],
)  # fmt: skip
def test_what_cannot_be_estimated_is_refused(call, expected):
    with pytest.raises(InputError) as raised:
        call()
    assert code(raised) == expected
    assert raised.value.render("es")


@pytest.mark.parametrize(("n", "level"), [(18, 1985.1312465795088), (13, 7577.288695354069)])
def test_a_covariate_that_varies_by_rounding_only_is_constant(n, level):
    """The mean of equal numbers is not always that number: the slope would be made of rounding."""
    y = np.linspace(0.0, 100.0, n) ** 2
    with pytest.raises(InputError) as raised:
        regression_assisted(y, x=[level] * n, x_mean_population=level * 1.5)
    assert code(raised) == "area.covariate-constant"


def test_strata_may_have_numbers_for_names():
    one = combined_ratio(
        [1, 0, 1, 1], x=[1] * 4, strata=[1, 1, 2, 2], areas={1: 10, 2: 10}, finite=True
    )
    other = combined_ratio(
        [1, 0, 1, 1], x=[1] * 4, strata=list("aabb"), areas={"a": 10, "b": 10}, finite=True
    )
    assert one == other
