"""Pieces of windows against labels of the whole array."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nonetloss.numerics.components import components
from nonetloss.numerics.windows import Window


def whole(found, shape):
    labels = np.zeros(shape, dtype=np.int64)
    for window in found.pieces:
        labels[window.slices] = found.labels(window)
    return labels


def same_partition(one, other):
    pairs = {(int(a), int(b)) for a, b in zip(one.ravel(), other.ravel(), strict=True)}
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


@settings(derandomize=True, deadline=None, max_examples=80)
@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(1, 13), st.integers(1, 13)),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from([0.0, 0.4, 0.6, 1.0]),
)
def test_windows_give_the_pieces_of_the_whole(seed, shape, side, diagonal, share):
    mask = np.random.default_rng(seed).random(shape) < share
    found = components(lambda w: mask[w.slices], shape, diagonal=diagonal, side=side)
    structure = np.ones((3, 3)) if diagonal else None
    want, count = ndimage.label(mask, structure=structure)
    labels = whole(found, shape)
    assert found.count == count
    assert same_partition(labels, want)
    assert ((labels > 0) == mask).all()
    assert set(np.unique(labels[mask]).tolist()) == set(range(1, count + 1))


def test_corners_of_four_windows_meet():
    mask = np.eye(2, dtype=bool)
    for diagonal, count in ((True, 1), (False, 2)):
        assert (
            components(lambda w: mask[w.slices], (2, 2), diagonal=diagonal, side=1).count == count
        )
    turned = mask[::-1]
    assert components(lambda w: turned[w.slices], (2, 2), diagonal=True, side=1).count == 1


def test_a_snake_through_many_windows_is_one_piece():
    mask = np.zeros((9, 9), dtype=bool)
    mask[::2] = True
    mask[1::4, -1] = True
    mask[3::4, 0] = True
    assert components(lambda w: mask[w.slices], (9, 9), diagonal=False, side=2).count == 1


def test_labels_are_told_for_the_windows_that_were_labelled():
    mask = np.ones((4, 4), dtype=bool)
    found = components(lambda w: mask[w.slices], (4, 4), diagonal=False, side=2)
    with pytest.raises(KeyError):
        found.labels(Window(1, 1, 2, 2))
