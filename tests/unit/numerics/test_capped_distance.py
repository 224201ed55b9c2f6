"""Exact distances up to a radius, against scipy and by hand."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from nonetloss.numerics.capped_distance import BEYOND, capped_squares


@pytest.mark.parametrize("share", [0.001, 0.02, 0.5])
@pytest.mark.parametrize("radius", [1, 3, 8, 300])
def test_equals_the_transform_of_scipy_up_to_the_radius(share, radius):
    mask = np.random.default_rng(7).random((97, 113)) < share
    expected = np.rint(distance_transform_edt(~mask) ** 2).astype(np.int64)
    expected[expected > radius**2] = BEYOND
    assert np.array_equal(capped_squares(mask, radius=radius), expected)


def test_by_hand():
    mask = np.zeros((3, 4), dtype=bool)
    mask[1, 0] = True
    squares = capped_squares(mask, radius=2)
    assert squares.tolist() == [[1, 2, BEYOND, BEYOND], [0, 1, 4, BEYOND], [1, 2, BEYOND, BEYOND]]


def test_without_any_mark_everything_lies_beyond():
    assert (capped_squares(np.zeros((5, 6), dtype=bool), radius=3) == BEYOND).all()


def test_a_border_of_the_radius_makes_a_window_exact():
    mask = np.random.default_rng(3).random((60, 70)) < 0.01
    radius = 9
    whole = capped_squares(mask, radius=radius)
    part = capped_squares(mask[20 - radius : 40 + radius, 25 - radius : 45 + radius], radius=radius)
    assert np.array_equal(part[radius:-radius, radius:-radius], whole[20:40, 25:45])


@pytest.mark.parametrize("radius", [0, 50_000])
def test_a_radius_out_of_reach_is_refused(radius):
    with pytest.raises(ValueError, match="radius"):
        capped_squares(np.ones((2, 2), dtype=bool), radius=radius)
