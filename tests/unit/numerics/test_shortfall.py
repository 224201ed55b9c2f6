"""Shares by which points fall short, by hand."""

import numpy as np

from nonetloss.numerics.shortfall import beaten, cover

POINTS = np.array([[2.0, 10.0], [4.0, 5.0]])


def test_cover_is_the_worst_share():
    # (4, 5) for (2, 10): twice the first. (2, 10) for (4, 5): twice the second.
    assert cover(POINTS, POINTS, POINTS).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert cover(POINTS[:1], np.array([[2.0, 8.0]]), np.array([[2.0, 8.0]])).tolist() == [[0.25]]


def test_beaten_is_the_best_of_the_worst_shares():
    # (3, 11) against (2, 10): worse by 1/2 and by 1/10; against (4, 5) better in the first.
    assert beaten(np.array([[3.0, 11.0]]), POINTS, POINTS).tolist() == [0.1]
    assert beaten(POINTS, POINTS, POINTS).tolist() == [0.0, 0.0]
    # Maximized ones are negative: 80 of 100 and 45 of 50: 20 % and 10 % short.
    others = np.array([[-100.0, -50.0]])
    assert beaten(np.array([[-80.0, -45.0]]), others, -others).tolist() == [0.1]


def test_a_share_of_zero_is_none_or_infinite():
    zero, one = np.array([[0.0, 1.0]]), np.array([[1.0, 1.0]])
    assert cover(zero, zero, zero).tolist() == [[0.0]]
    assert cover(one, zero, zero).tolist() == [[np.inf]]
    assert cover(zero, one, one).tolist() == [[0.0]]


def test_nothing_to_compare_with():
    none = np.zeros((0, 2))
    assert beaten(POINTS, none, none).tolist() == [0.0, 0.0]
    assert beaten(none, POINTS, POINTS).shape == (0,)
