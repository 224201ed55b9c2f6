import numpy as np
import pytest

from nonetloss.numerics.stats import probability


def test_hits_of_none_and_of_all_keep_an_open_interval():
    none, every = probability(np.arange(100) < 0), probability(np.arange(100) < 100)
    assert (none.value, none.low, none.standard_error) == (0, 0, 0)
    assert (every.value, every.high) == (1, 1)
    # Wilson at zero hits: z² / (n + z²), with z = 1.96.
    assert none.high == pytest.approx(1.96**2 / (100 + 1.96**2), rel=1e-4)
    assert every.low == pytest.approx(1 - none.high)


def test_a_half():
    half = probability(np.arange(100) < 50)
    assert half.value == 0.5
    assert half.standard_error == pytest.approx((0.5 * 0.5 / 100) ** 0.5)
    assert half.low + half.high == pytest.approx(1)
