import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.value import ahp_weights, weighted_value


@pytest.mark.parametrize("size", [1, 2, 3, 5, 10])
def test_a_matrix_made_of_weights_gives_them_back(size):
    wanted = np.arange(1.0, size + 1) / np.arange(1.0, size + 1).sum()
    result = ahp_weights(wanted[:, None] / wanted[None, :])
    assert result.weights == pytest.approx(wanted)
    assert result.eigenvalue == pytest.approx(size)
    assert result.consistency_ratio == pytest.approx(0, abs=1e-9)
    assert result.consistent


def test_two_attributes_are_always_consistent():
    result = ahp_weights(np.array([[1.0, 9], [1 / 9, 1]]))
    assert result.weights == pytest.approx([0.9, 0.1])
    assert result.consistency_ratio == 0


def test_three_attributes_by_hand():
    # For order 3 the eigenvalue is 1 + q + 1/q with q = (a13 / (a12 a23))^(1/3), and the weights
    # are the geometric means of the rows.
    matrix = np.array([[1.0, 2, 5], [1 / 2, 1, 3], [1 / 5, 1 / 3, 1]])
    result = ahp_weights(matrix)
    q = (5 / (2 * 3)) ** (1 / 3)
    means = np.array([(2 * 5) ** (1 / 3), (3 / 2) ** (1 / 3), (1 / 15) ** (1 / 3)])
    assert result.eigenvalue == pytest.approx(1 + q + 1 / q)
    assert result.consistency_index == pytest.approx((1 + q + 1 / q - 3) / 2)
    assert result.consistency_ratio == pytest.approx((1 + q + 1 / q - 3) / 2 / 0.58)
    assert result.weights == pytest.approx(means / means.sum())
    assert result.consistent


def test_the_judgment_that_breaks_consistency_is_named():
    weights = np.array([8.0, 4, 2, 1])
    matrix = weights[:, None] / weights[None, :]
    matrix[0, 3], matrix[3, 0] = 1 / 9, 9
    result = ahp_weights(matrix)
    assert not result.consistent
    assert set(result.worst) == {0, 3}
    first, second = result.worst
    assert result.fitting == pytest.approx(result.weights[first] / result.weights[second])


@pytest.mark.parametrize(
    "matrix",
    [
        np.ones((2, 3)),
        np.ones(3),
        np.ones((11, 11)),
        np.zeros((0, 0)),
        np.array([[1.0, -2], [-0.5, 1]]),
        np.array([[1.0, np.nan], [1, 1]]),
        np.array([[1.0, 3], [3, 1]]),
        np.array([[2.0, 1], [1, 1]]),
    ],
)
def test_bad_judgments(matrix):
    with pytest.raises(InputError) as caught:
        ahp_weights(matrix)
    assert caught.value.findings[0].code == "value.judgments"
    assert caught.value.render("es")


def test_a_third_written_with_two_decimals_is_accepted():
    assert ahp_weights(np.array([[1.0, 3], [0.33, 1]])).weights[0] == pytest.approx(0.75, abs=0.01)


def test_value_is_the_weighted_sum():
    scores = np.array([[0.5, 1.0], [0.0, 0.2], [np.nan, 1.0]])
    value = weighted_value(scores, weights=np.array([0.25, 0.75]))
    assert value[:2] == pytest.approx([0.25 * 0.5 + 0.75 * 1, 0.75 * 0.2])
    assert np.isnan(value[2])


@pytest.mark.parametrize(
    ("scores", "weights", "code"),
    [
        ([0.5, 0.5], [0.5, 0.6], "value.weights"),
        ([0.5, 0.5], [1.0], "value.weights"),
        ([0.5, 0.5], [1.5, -0.5], "value.weights"),
        ([0.5, 1.5], [0.5, 0.5], "value.scores"),
        ([-0.5, 0.5], [0.5, 0.5], "value.scores"),
    ],
)
def test_bad_values(scores, weights, code):
    with pytest.raises(InputError) as caught:
        weighted_value(np.array(scores), weights=np.array(weights))
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")
