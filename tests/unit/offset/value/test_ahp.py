import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.value import (
    ahp_weights,
    checked_weights,
    combined_judgments,
    read_judgments,
    require_consistent,
    weighted_value,
)
from nonetloss.offset.value.ahp import as_judgment


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
    assert result.worst == (0, 3)
    # All other judgments agree that the first weighs 8 times the last.
    assert result.fitting == pytest.approx(8)
    with pytest.raises(InputError) as caught:
        require_consistent(result, names=["canopy", "water", "soil", "birds"], judgments=matrix)
    said = caught.value.findings[0]
    assert (said.code, said.subject) == ("value.inconsistent", "canopy : birds")
    assert (said.data["given"], said.data["fitting"]) == ("1/9", "8")
    assert "canopy : birds" in caught.value.render("es")


@pytest.mark.parametrize("wrong", [(0, 1), (1, 3), (2, 4), (3, 4)])
def test_any_single_wrong_judgment_is_found_and_mended(wrong):
    weights = np.array([5.0, 4, 3, 2, 1])
    matrix = weights[:, None] / weights[None, :]
    i, j = wrong
    true = matrix[i, j]
    matrix[i, j], matrix[j, i] = 1 / 7, 7
    result = ahp_weights(matrix)
    assert result.worst == wrong
    assert result.fitting == pytest.approx(true)


def test_three_judgments_in_a_circle_leave_one_that_fits_the_scale():
    # a12 = 4 and a23 = 4 would need a13 = 16, which is off the scale; a12 = 2 / 4 would do.
    matrix = np.array([[1.0, 4, 2], [1 / 4, 1, 4], [1 / 2, 1 / 4, 1]])
    result = ahp_weights(matrix)
    assert not result.consistent
    assert result.worst == (0, 1)
    assert result.fitting == pytest.approx(2 / 4)


def test_consistent_judgments_pass():
    matrix = np.array([[1.0, 2, 4], [1 / 2, 1, 2], [1 / 4, 1 / 2, 1]])
    require_consistent(ahp_weights(matrix), names=["a", "b", "c"], judgments=matrix)


def test_judgments_are_said_as_people_say_them():
    assert [as_judgment(v) for v in (3.0, 1 / 5, 2.4, 1.0)] == ["3", "1/5", "2.4", "1"]


def test_judgments_are_read_in_either_direction():
    matrix = read_judgments({"b": {"a": "1/3"}, "a": {"c": 5}, "c": {"b": 0.5}}, names="abc")
    assert matrix == pytest.approx(np.array([[1, 3, 5], [1 / 3, 1, 2], [1 / 5, 1 / 2, 1]]))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"a": {"b": 3}}, "value.judgment-missing"),
        ({"a": {"b": 3, "x": 2}}, "value.judgment-name"),
        ({"a": {"a": 1}}, "value.judgment-name"),
        ({"a": {"b": 12}}, "value.judgment-scale"),
        ({"a": {"b": 0}}, "value.judgment-scale"),
        ({"a": {"b": True}}, "value.judgment-scale"),
        ({"a": {"b": "much"}}, "value.judgment-scale"),
        ({"a": {"b": "1/0"}}, "value.judgment-scale"),
        ({"a": {"b": 3}, "b": {"a": 3}}, "value.judgment-twice"),
        ({"a": 3}, "value.judgment-name"),
    ],
)
def test_bad_written_judgments(given, code):
    with pytest.raises(InputError) as caught:
        read_judgments(given, names=["a", "b", "c"])
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")
    assert caught.value.render("en")


def test_people_are_combined_by_the_geometric_mean():
    one = np.array([[1.0, 9], [1 / 9, 1]])
    assert combined_judgments(np.stack([one, one.T])) == pytest.approx(np.ones((2, 2)))
    with pytest.raises(InputError):
        combined_judgments(np.zeros((0, 2, 2)))


def test_weights_by_name():
    assert checked_weights({"b": 0.25, "a": 0.75}, names=["a", "b"]) == pytest.approx([0.75, 0.25])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"a": 0.5, "b": 0.6}, "value.weights"),
        ({"a": 0.5}, "value.weight-names"),
        ({"a": 0.5, "b": 0.5, "c": 0}, "value.weight-names"),
        ({"a": 0.5, "b": "half"}, "value.weights"),
    ],
)
def test_bad_weights_by_name(given, code):
    with pytest.raises(InputError) as caught:
        checked_weights(given, names=["a", "b"])
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")


def test_the_error_of_weights_says_their_sum():
    with pytest.raises(InputError) as caught:
        checked_weights({"a": 0.5, "b": 0.6}, names=["a", "b"])
    assert "1.1" in str(caught.value)


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
