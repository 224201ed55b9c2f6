import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.numerics.discounting import (
    annuity_factor,
    discount_factors,
    discounted_mean,
    present_value,
)


def test_a_count_stands_for_the_years_one_to_n():
    np.testing.assert_allclose(discount_factors(3, rate=0.25), [0.8, 0.8**2, 0.8**3])
    assert discount_factors(0, rate=0.03).shape == (0,)


def test_the_three_moments_of_a_year():
    np.testing.assert_allclose(discount_factors(2, rate=0.21, timing="start"), [1.0, 1 / 1.21])
    # half a year at 21 % is a factor of 1.1, and of 1.1 * 1.21 a year later
    np.testing.assert_allclose(
        discount_factors(2, rate=0.21, timing="mid"), [1 / 1.1, 1 / (1.1 * 1.21)]
    )
    np.testing.assert_allclose(
        discount_factors(2, rate=0.21, timing="end"), [1 / 1.21, 1 / 1.21**2]
    )


def test_numbers_of_years_keep_their_shape_and_past_years_are_compounded():
    np.testing.assert_allclose(
        discount_factors([[0, -1], [1, 2]], rate=0.1), [[1.0, 1.1], [1 / 1.1, 1 / 1.21]]
    )


def test_a_base_date_brings_amounts_forward():
    np.testing.assert_allclose(discount_factors(2, rate=0.1, base=2.0), [1.1, 1.0])


def test_present_value_by_hand():
    # 110 in one year and 121 in two years at 10 % are 100 + 100 today
    assert present_value([110.0, 121.0], rate=0.1) == pytest.approx(200.0)
    assert present_value([[110.0, 0.0], [0.0, 121.0]], rate=0.1) == pytest.approx(100.0)
    assert present_value([], rate=0.1) == 0.0
    assert np.isnan(present_value([1.0, np.nan], rate=0.1))


@pytest.mark.parametrize("timing", ["start", "mid", "end"])
def test_the_mean_of_a_constant_is_the_constant(timing):
    mean = discounted_mean(np.full((2, 7), 3.5), rate=0.04, timing=timing)
    np.testing.assert_allclose(mean, [3.5, 3.5])


def test_the_mean_by_hand():
    # factors 1/2 and 1/4: (1/2 * 3 + 1/4 * 9) / (3/4) = 5
    assert discounted_mean([3.0, 9.0], rate=1.0) == pytest.approx((1.5 + 2.25) / 0.75)
    assert discounted_mean([1.0, 2.0, 6.0], rate=0.0) == pytest.approx(3.0)


def test_the_annuity_is_the_sum_of_the_factors():
    for timing in ("start", "mid", "end"):
        for rate in (0.0, 1e-12, 0.03, -0.02):
            factors = discount_factors(np.arange(4, 24), rate=rate, timing=timing)
            closed = annuity_factor(20, rate=rate, timing=timing, first_year=4)
            assert closed == pytest.approx(factors.sum(), rel=1e-12)


def test_a_perpetuity_is_worth_one_over_the_rate():
    assert annuity_factor(np.inf, rate=0.03) == pytest.approx(1 / 0.03)
    assert annuity_factor(np.inf, rate=0.03, timing="start") == pytest.approx(1.03 / 0.03)
    assert annuity_factor(0, rate=0.03) == 0.0


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: discount_factors(3, rate=-1.0), "discounting.rate"),
        (lambda: discount_factors(3, rate=np.nan), "discounting.rate"),
        (lambda: discount_factors(3, rate=0.03, timing="begin"), "discounting.timing"),
        (lambda: discount_factors(-1, rate=0.03), "discounting.years"),
        (lambda: discount_factors([1.0, np.nan], rate=0.03), "discounting.years"),
        (lambda: present_value(3.0, rate=0.03), "discounting.no-years"),
        (lambda: discounted_mean(np.empty((2, 0)), rate=0.03), "discounting.no-years"),
        (lambda: annuity_factor(-1, rate=0.03), "discounting.years"),
        (lambda: annuity_factor(np.inf, rate=0.0), "discounting.perpetuity"),
    ],
)
def test_what_cannot_be_discounted_is_refused(call, code):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.findings[0].code == code
    assert caught.value.render("es") != caught.value.render("en")
