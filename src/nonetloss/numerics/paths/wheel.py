"""A monotone priority queue: three nested wheels of 1024 buckets (Dial 1969; Denardo and Fox 1979).

A label falls into bucket `int(label / width)`. The first wheel holds the buckets around the current
one, the second spans of 1024 buckets, the third spans of 1024 × 1024; when a wheel has turned, the
next span is dealt out. So no ratio of the longest to the shortest edge can overrun the queue, any
positive width gives exact labels (a bucket is worked until it stays empty), and the width only
decides the speed. Labels past the last bucket share it.

Buckets are chains of fixed chunks from one pool, recycled as they are read. The pool is never
re-bound inside a compiled loop: a search that runs low returns, and the pool grows outside.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from nonetloss.numerics.paths.tiles import Index, Real

BITS = 10
BUCKETS = 1 << BITS
MASK = BUCKETS - 1
WHEELS = 3
CHUNK_BITS = 6
CHUNK = 1 << CHUNK_BITS
LAST = np.float32((1 << 30) - 64)
"""Number of the last bucket, exact in float32."""

# Places in `state`
CURRENT = 0
FREE = 1


class Wheel(NamedTuple):
    """Arrays of one queue.

    `cells` int32 and `labels` float32 are one interleaved memory: entry p is (cells[2p],
    labels[2p + 1]). `head`, `tail` (buckets,) are entry positions, `follows` (chunks,) links the
    chunks, `free` (chunks,) is a stack of unused chunks, `state` int64 holds the current bucket
    and the height of that stack.
    """

    cells: np.ndarray
    labels: np.ndarray
    follows: np.ndarray
    head: np.ndarray
    tail: np.ndarray
    free: np.ndarray
    state: np.ndarray


def empty_wheel(spare_chunks: int) -> Wheel:
    """A queue without entries: one chunk for each bucket, and some to spare."""
    owned = WHEELS * BUCKETS
    chunks = owned + spare_chunks
    entries = np.empty(2 * CHUNK * chunks, np.int32)
    head = (np.arange(owned, dtype=np.int64) * CHUNK).astype(np.int32)
    free = np.empty(chunks, np.int32)
    free[:spare_chunks] = np.arange(owned, chunks, dtype=np.int32)
    state = np.array([0, spare_chunks], np.int64)
    follows = np.empty(chunks, np.int32)
    return Wheel(entries, entries.view(np.float32), follows, head, head.copy(), free, state)


def grown(wheel: Wheel, more_chunks: int) -> Wheel:
    """The same queue with more chunks to spare."""
    old = len(wheel.follows)
    chunks = old + more_chunks
    entries = np.empty(2 * CHUNK * chunks, np.int32)
    entries[: len(wheel.cells)] = wheel.cells
    follows = np.empty(chunks, np.int32)
    follows[:old] = wheel.follows
    free = np.empty(chunks, np.int32)
    height = int(wheel.state[FREE])
    free[:height] = wheel.free[:height]
    free[height : height + more_chunks] = np.arange(old, chunks, dtype=np.int32)
    wheel.state[FREE] = height + more_chunks
    return wheel._replace(
        cells=entries, labels=entries.view(np.float32), follows=follows, free=free
    )


@njit(cache=True, nogil=True, forceinline=True)
def slot(bucket: Index, current: Index) -> Index:
    """Place of a bucket among the three wheels, seen from the current one."""
    differs = bucket ^ current
    if differs < BUCKETS:
        return bucket & MASK
    if differs < BUCKETS * BUCKETS:
        return BUCKETS + ((bucket >> BITS) & MASK)
    return 2 * BUCKETS + (bucket >> (2 * BITS))


@njit(cache=True, nogil=True)
def insert(wheel: Wheel, cell: Index, label: Real, inverse_width: Real) -> None:
    """Add one entry. There must be a chunk to spare."""
    cells, labels, follows, _, tail, free, state = wheel
    bucket = np.int64(min(label * inverse_width, LAST))
    place = slot(bucket, state[CURRENT])
    at = np.int64(tail[place])
    cells[2 * at] = cell
    labels[2 * at + 1] = label
    at += 1
    if (at & (CHUNK - 1)) == 0:
        state[FREE] -= 1
        chunk = np.int64(free[state[FREE]])
        follows[(at >> CHUNK_BITS) - 1] = chunk
        at = chunk * CHUNK
    tail[place] = at


@njit(cache=True, nogil=True)
def insert_sources(wheel: Wheel, tiled: np.ndarray, sources: np.ndarray) -> None:
    """Label sources with 0 and add them. Spare chunks: one for each 64 of them, and one more."""
    for source in sources:
        cell = np.int64(source)
        tiled[2 * cell + 1] = np.float32(0)
        insert(wheel, cell, np.float32(0), np.float32(1))


@njit(cache=True, nogil=True)
def _deal_out(wheel: Wheel, place: Index, tiled: np.ndarray, inverse_width: Real) -> None:
    """Move the entries of an outer bucket inwards, but for those that have improved since.

    Each chunk is given back before the entry that needs a new one is placed, and the inner buckets
    are empty, so the spare chunks suffice.
    """
    cells, labels, follows, head, tail, free, state = wheel
    at = np.int64(head[place])
    end = np.int64(tail[place])
    while at != end:
        cell = np.int64(cells[2 * at])
        label = labels[2 * at + 1]
        at += 1
        if (at & (CHUNK - 1)) == 0:
            chunk = (at >> CHUNK_BITS) - 1
            at = np.int64(follows[chunk]) * CHUNK
            free[state[FREE]] = chunk
            state[FREE] += 1
        if tiled[2 * cell + 1] == label:
            insert(wheel, cell, label, inverse_width)
    start = (at >> CHUNK_BITS) << CHUNK_BITS
    head[place] = start
    tail[place] = start


@njit(cache=True, nogil=True)
def next_bucket(wheel: Wheel, tiled: np.ndarray, inverse_width: Real) -> Index:
    """Turn to the next bucket with entries and return its number, or -1 if there is none."""
    head, tail, state = wheel.head, wheel.tail, wheel.state
    first = (state[CURRENT] & MASK) + 1
    while True:
        now = state[CURRENT]
        for digit in range(first, BUCKETS):
            if head[digit] != tail[digit]:
                state[CURRENT] = (now & ~MASK) | digit
                return state[CURRENT]
        found = False
        for level in range(1, WHEELS):
            shift = BITS * level
            for digit in range(((now >> shift) & MASK) + 1, BUCKETS):
                place = level * BUCKETS + digit
                if head[place] != tail[place]:
                    state[CURRENT] = (((now >> shift) & ~MASK) | digit) << shift
                    _deal_out(wheel, place, tiled, inverse_width)
                    found = True
                    break
            if found:
                break
        if not found:
            return -1
        first = 0
