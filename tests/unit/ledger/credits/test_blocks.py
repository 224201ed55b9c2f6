import numpy as np

from nonetloss.ledger.credits.blocks import Block, Blocks, Starts
from nonetloss.ledger.credits.vocabulary import Status


def test_the_floor_is_that_of_a_plain_search():
    """Against a search through a sorted list, over enough numbers that lists are halved."""
    rng = np.random.default_rng(1)
    starts, plain = Starts(1), [1]
    for value in rng.permutation(np.arange(2, 30_001, 2)).tolist():
        starts.add(value)
        plain.append(value)
    ordered = np.sort(plain)
    for wanted in [1, 2, 3, 30_000, 99_999, *rng.integers(1, 30_001, 2000).tolist()]:
        expected = int(ordered[np.searchsorted(ordered, wanted, side="right") - 1])
        assert starts.floor(wanted) == expected


def test_a_cut_divides_a_block_once():
    blocks = Blocks(11, Block(20, "acca", Status.HELD, 0))
    assert blocks.cut(11) is None
    assert blocks.cut(21) is None
    assert blocks.cut(15) == (11, Block(20, "acca", Status.HELD, 0))
    assert blocks.cut(15) is None
    assert [(start, block.last) for start, block in blocks] == [(11, 14), (15, 20)]
    assert [start for start, _ in blocks.over(14, 15)] == [11, 15]
    assert [start for start, _ in blocks.over(15, 20)] == [15]
