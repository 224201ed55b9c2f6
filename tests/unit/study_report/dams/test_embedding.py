"""What the page carries: which portfolios, and how they are packed."""

import base64

import numpy as np

from nonetloss.study.report.dams.embedding import base64_of, kept_rows, packed


def test_few_rows_are_all_kept():
    values = np.arange(12.0).reshape(6, 2)
    assert kept_rows(values, [3], most=6).tolist() == [0, 1, 2, 3, 4, 5]


def test_many_rows_are_chosen_evenly_with_the_ends_and_the_named_ones():
    rng = np.random.default_rng(3)
    values = np.column_stack([np.arange(1000.0), rng.random(1000)])
    rows = kept_rows(values, [123, 777], most=100)
    assert len(rows) == 100
    assert np.array_equal(rows, np.unique(rows))
    assert {0, 999, 123, 777, values[:, 1].argmin(), values[:, 1].argmax()} <= set(rows.tolist())
    # 94 others share the 994 ranks left: gaps of about 994 / 94 < 11, but for rounding.
    assert np.diff(rows).max() <= 12


def test_bits_stand_lowest_first_and_fill_whole_words():
    stands = np.array([True, False, True] + [False] * 5 + [True])
    # Portfolios 0 and 2 in the first byte: 1 + 4; portfolio 8 is bit 0 of the second.
    assert packed(stands).tolist() == [5, 1, 0, 0]
    assert len(packed(np.ones(33, dtype=bool))) == 8


def test_arrays_are_little_endian():
    raw = base64.b64decode(base64_of(np.array([1.0], dtype=">f4")))
    assert raw == np.array([1.0], dtype="<f4").tobytes()
