import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.numerics.decay import exponential_decay, linear_decay


def test_linear_falls_straight():
    distance = np.array([0.0, 5.0, 10.0, 15.0, np.inf, np.nan])
    found = linear_decay(distance, reach_m=10.0)
    assert found[:5] == pytest.approx([1, 1 - 5 / 10, 0, 0, 0])
    assert np.isnan(found[5])


def test_exponential_leaves_five_percent_at_the_end_and_nothing_beyond():
    found = exponential_decay(np.array([0.0, 10.0, 10.0001, np.inf]), reach_m=10.0)
    assert found == pytest.approx([1, np.exp(-2.99), 0, 0])
    assert found[1] == pytest.approx(0.05, abs=0.001)


@pytest.mark.parametrize("decay", [linear_decay, exponential_decay])
@pytest.mark.parametrize(
    ("distance", "reach", "code"),
    [
        (1.0, 0.0, "decay.reach"),
        (1.0, np.inf, "decay.reach"),
        (1.0, np.nan, "decay.reach"),
        (-1.0, 10.0, "decay.distance"),
    ],
)
def test_bad_decay(decay, distance, reach, code):
    with pytest.raises(InputError) as caught:
        decay(distance, reach_m=reach)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")
