"""Pairwise comparisons with weights and consistency that Saaty printed.

Saaty 1990, doi 10.1016/0377-2217(90)90057-I; Saaty 2003, doi 10.1016/S0377-2217(02)00227-8.
"""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.value import (
    RANDOM_INDEX,
    ahp_weights,
    read_judgments,
    require_consistent,
)

SCHOOL = {
    "learning": {"friends": 4, "life": 3, "vocation": 1, "college": 3, "music": 4},
    "friends": {"life": 7, "vocation": 3, "college": "1/5", "music": 1},
    "life": {"vocation": "1/5", "college": "1/5", "music": "1/6"},
    "vocation": {"college": 1, "music": "1/3"},
    "college": {"music": 3},
}
SCHOOL_NAMES = ("learning", "friends", "life", "vocation", "college", "music")

HOUSE = {
    "size": {
        "transport": 5, "place": 3, "age": 7, "yard": 6, "modern": 6, "condition": "1/3",
        "finance": "1/4",
    },
    "transport": {
        "place": "1/3", "age": 5, "yard": 3, "modern": 3, "condition": "1/5", "finance": "1/7",
    },
    "place": {"age": 6, "yard": 3, "modern": 4, "condition": 6, "finance": "1/5"},
    "age": {"yard": "1/3", "modern": "1/4", "condition": "1/7", "finance": "1/8"},
    "yard": {"modern": "1/2", "condition": "1/5", "finance": "1/6"},
    "modern": {"condition": "1/5", "finance": "1/6"},
    "condition": {"finance": "1/2"},
}  # fmt: skip
HOUSE_NAMES = ("size", "transport", "place", "age", "yard", "modern", "condition", "finance")


def test_random_index_of_the_table():
    assert RANDOM_INDEX == (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)


@pytest.mark.parametrize("size", range(1, 11))
def test_judgments_made_of_weights(size):
    """a_ij = w_i / w_j gives w back, with lambda_max = n and CR = 0."""
    weights = np.arange(1.0, size + 1) ** 2
    weights /= weights.sum()
    found = ahp_weights(weights[:, None] / weights[None, :])
    assert found.weights == pytest.approx(weights)
    assert found.eigenvalue == pytest.approx(size)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)


def test_two_are_always_consistent():
    for judgment in (1.0, 3.0, 9.0):
        found = ahp_weights(np.array([[1, judgment], [1 / judgment, 1]]))
        assert found.consistency_ratio == 0
        assert found.eigenvalue == pytest.approx(2)


def test_choosing_a_school():
    found = ahp_weights(read_judgments(SCHOOL, names=SCHOOL_NAMES))
    assert found.weights == pytest.approx([0.32, 0.14, 0.03, 0.13, 0.24, 0.14], abs=0.006)
    assert not found.consistent


def test_buying_a_house():
    """Printed: lambda_max 9.669, CI 0.238, CR 0.17."""
    found = ahp_weights(read_judgments(HOUSE, names=HOUSE_NAMES))
    printed = [0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333]
    assert found.weights == pytest.approx(printed, abs=0.003)
    assert found.eigenvalue == pytest.approx(9.669, abs=0.002)
    assert found.consistency_index == pytest.approx(0.238, abs=0.001)
    assert found.consistency_ratio == pytest.approx(0.169, abs=0.001)


def test_the_judgment_that_saaty_corrected_is_the_one_that_is_named():
    """Saaty 2003: place against condition = 6 fits least; with 1/2, CR falls to 0.083."""
    judgments = read_judgments(HOUSE, names=HOUSE_NAMES)
    found = ahp_weights(judgments)
    assert tuple(HOUSE_NAMES[i] for i in found.worst) == ("place", "condition")
    assert 1 / 3 < found.fitting < 1
    with pytest.raises(InputError) as caught:
        require_consistent(found, names=HOUSE_NAMES, judgments=judgments)
    assert '"place : condition" = 6' in str(caught.value)
    judgments[2, 6], judgments[6, 2] = 1 / 2, 2
    better = ahp_weights(judgments)
    assert better.consistency_ratio == pytest.approx(0.083, abs=0.001)
    require_consistent(better, names=HOUSE_NAMES, judgments=judgments)
