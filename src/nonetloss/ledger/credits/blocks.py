"""Blocks of consecutive units that share an account and a state, found by any of their numbers."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import NamedTuple

from nonetloss.ledger.credits.vocabulary import Adjustment, Declaration, Status

# Longest list into which a number is put; longer ones are halved. Numbers are only ever added.
_LONGEST = 2048


class Block(NamedTuple):
    """Units up to `last`. `since` is the number of the event that put them into this state."""

    last: int
    account: str
    status: Status
    since: int
    declaration: Declaration = Declaration.UNKNOWN
    adjustment: Adjustment = Adjustment.NOT_STARTED
    authorization: str = ""


class Starts:
    """Sorted whole numbers to which others are added: fast also when there are millions."""

    __slots__ = ("_lists", "_tops")

    def __init__(self, first: int) -> None:
        self._lists = [[first]]
        self._tops = [first]

    def add(self, value: int) -> None:
        """Put a number in its place."""
        index = min(bisect_left(self._tops, value), len(self._lists) - 1)
        chosen = self._lists[index]
        insort(chosen, value)
        if len(chosen) > _LONGEST:
            half = len(chosen) // 2
            self._lists[index : index + 1] = [chosen[:half], chosen[half:]]
            self._tops[index : index + 1] = [chosen[half - 1], chosen[-1]]
        else:
            self._tops[index] = chosen[-1]

    def floor(self, value: int) -> int:
        """The largest number that is not above `value`; there is one."""
        index = bisect_left(self._tops, value)
        if index == len(self._lists) or self._lists[index][0] > value:
            return self._tops[index - 1]
        chosen = self._lists[index]
        return chosen[bisect_right(chosen, value) - 1]


class Blocks:
    """The blocks of one batch. They cover its numbers without gap or overlap, always."""

    __slots__ = ("_at", "_starts", "first", "last")

    def __init__(self, first: int, block: Block) -> None:
        self.first = first
        self.last = block.last
        self._starts = Starts(first)
        self._at = {first: block}

    def __len__(self) -> int:
        return len(self._at)

    def over(self, first: int, last: int) -> Iterator[tuple[int, Block]]:
        """(start, block) of all blocks that hold a unit from `first` to `last`, in order."""
        start = self._starts.floor(first)
        while start <= last:
            block = self._at[start]
            yield start, block
            start = block.last + 1

    def __iter__(self) -> Iterator[tuple[int, Block]]:
        return self.over(self.first, self.last)

    def cut(self, number: int) -> tuple[int, Block] | None:
        """Make a block begin at `number`; (start, block) that was divided, or None if it did."""
        if number in self._at or number > self.last:
            return None
        start = self._starts.floor(number)
        block = self._at[start]
        self._at[start] = Block(number - 1, *block[1:])
        self._at[number] = block
        self._starts.add(number)
        return start, block

    def put(self, start: int, block: Block) -> None:
        """Replace the block that begins at `start` by one of the same units."""
        self._at[start] = block
