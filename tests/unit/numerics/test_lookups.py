"""Counting and painting by codes, against plain indexing."""

import numpy as np
import pytest

from nonetloss.numerics.lookups import paint, picked, tally


@pytest.fixture(scope="module")
def codes():
    rng = np.random.default_rng(2)
    shape = (40, 50)
    return rng.integers(0, 5, shape), rng.integers(0, 3, shape), rng.random(shape) < 0.3


def test_tally_counts_what_masks_count(codes):
    first, second, marked = codes
    found = tally(first, second, marked, size=(5, 3))
    for a in range(1, 5):
        for b in range(3):
            here = (first == a) & (second == b)
            assert found[0, a, b] == here.sum()
            assert found[1, a, b] == (here & marked).sum()
    assert found[:, 0].sum() == 0


def test_paint_is_indexing(codes):
    first, second, _ = codes
    values = np.arange(15, dtype=np.float32).reshape(5, 3)
    painted = paint(values, first, second)
    assert painted.dtype == np.float32
    assert np.array_equal(painted, values[first, second])


def test_picked_takes_the_last_value_beyond(codes):
    first, _, marked = codes
    table = np.array([10, 11, 12, 13, 99], dtype=np.int16)
    index = np.where(first == 4, 1000, first)
    expected = np.where(marked, np.where(index == 1000, 99, table[first]), 0)
    assert np.array_equal(picked(table, index, marked, beyond=1000), expected)
