"""The Wilson interval equals `scipy.stats.binomtest(...).proportion_ci(method="wilson")`."""

import numpy as np
import pytest
from scipy.stats import binomtest

from nonetloss.numerics.stats import probability


@pytest.mark.parametrize("draws", [1, 7, 100, 5000])
@pytest.mark.parametrize("part", [0.0, 0.03, 0.5, 0.95, 1.0])
def test_wilson_interval_against_scipy(draws, part):
    hits = round(part * draws)
    expected = binomtest(hits, draws).proportion_ci(0.95, method="wilson")
    found = probability(np.arange(draws) < hits)
    assert found.low == pytest.approx(expected.low, abs=1e-12)
    assert found.high == pytest.approx(expected.high, abs=1e-12)
