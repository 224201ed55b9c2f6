"""Label cells outward from sources: Dijkstra's algorithm in batches on a bucket queue.

One round takes a chunk of the current bucket, keeps the entries whose cell still has that label,
relaxes all their edges without a branch on the outcome, and queues the cells that improved. A
cell that improves within the current bucket is worked again, so every label is final when its
bucket stays empty. Predecessors are not stored: `trace` finds them again from the labels.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from nonetloss.numerics.paths.tiles import CELLS, Index, Real
from nonetloss.numerics.paths.wheel import (
    CHUNK,
    CHUNK_BITS,
    CURRENT,
    FREE,
    LAST,
    MASK,
    Wheel,
    next_bucket,
    slot,
)

MOVES = 16
FINISHED, LOW_ON_CHUNKS = 0, 1
ENOUGH_CHUNKS = CHUNK * MOVES
_INFINITY = np.float32(np.inf)
_FEW = 16  # this many targets are looked at after every bucket, more of them less often
_CAUTION = np.float32(
    1 - 1e-6
)  # covers the rounding of a bucket's lower end and of a sum of labels


class Moves(NamedTuple):
    """Lengths in meters, float32, and whether knight moves are allowed.

    An edge costs its length × the sum of the half costs of its ends. A knight move costs its length
    × the mean of four costs, which is half its length × the sum of four half costs: `two_down` and
    `two_across` are those half lengths.
    """

    vertical: np.float32
    horizontal: np.float32
    diagonal: np.float32
    two_down: np.float32
    two_across: np.float32
    knights: bool


class Meeting(NamedTuple):
    """What two searches that run towards each other share; all empty for a search alone.

    `other` is the tiled raster of the other search; `mine` and `theirs` (tiles,) mark the tiles in
    which each has settled a cell; `shared` float32 (4,) holds the label reached by search 0 and by
    search 1, and the cheapest meeting seen by each.
    """

    other: np.ndarray
    mine: np.ndarray
    theirs: np.ndarray
    shared: np.ndarray
    side: int


def alone() -> Meeting:
    """No other search."""
    marks = np.empty(0, np.uint8)
    return Meeting(np.empty(0, np.float32), marks, marks, np.empty(0, np.float32), 0)


@njit(cache=True, nogil=True, forceinline=True)
def _half(tiled: np.ndarray, cell: Index) -> np.float32:
    return tiled[np.uint64(2 * cell)]


@njit(cache=True, nogil=True, forceinline=True)
def _relax(
    tiled: np.ndarray,
    cell: Index,
    offer: Real,
    open_: bool | np.bool_,
    noted: np.ndarray,
    labels: np.ndarray,
    count: Index,
) -> Index:
    """Offer a label to a cell; if better, it is kept and noted as number `count`. No branch."""
    at = np.uint64(2 * cell + 1)
    old = tiled[at]
    better = (offer < old) & open_
    noted[np.uint64(2 * count)] = cell
    labels[np.uint64(2 * count + 1)] = offer
    tiled[at] = offer if better else old
    return count + np.int64(better)


@njit(cache=True, nogil=True, forceinline=True)
def _knight(
    tiled: np.ndarray,
    cell: Index,
    label: Real,
    length: Real,
    h: Real,
    crossed: Real,
    noted: np.ndarray,
    labels: np.ndarray,
    count: Index,
) -> Index:
    """Relax a knight move; `crossed` sums the halves of the two crossed cells."""
    offer = label + length * ((h + _half(tiled, cell)) + crossed)
    return _relax(tiled, cell, offer, True, noted, labels, count)


@njit(cache=True, nogil=True, forceinline=True)
def _expand(
    tiled: np.ndarray,
    steps: np.ndarray,
    moves: Moves,
    cell: Index,
    noted: np.ndarray,
    labels: np.ndarray,
    count: Index,
) -> Index:
    """Relax the edges of one cell to 8 neighbors; return how many improvements are noted by now.

    A diagonal is closed if one of the two cells beside it is excluded.
    """
    vertical, horizontal, diagonal, _, _, _ = moves
    step = (cell & (CELLS - 1)) * 8
    up = cell + np.int64(steps[np.uint64(step)])
    down = cell + np.int64(steps[np.uint64(step + 1)])
    left = np.int64(steps[np.uint64(step + 2)])
    right = np.int64(steps[np.uint64(step + 3)])
    h = _half(tiled, cell)
    d = tiled[np.uint64(2 * cell + 1)]
    n, s = _half(tiled, up), _half(tiled, down)
    w, e = _half(tiled, cell + left), _half(tiled, cell + right)
    nw, ne = _half(tiled, up + left), _half(tiled, up + right)
    sw, se = _half(tiled, down + left), _half(tiled, down + right)
    open_n, open_s = n < _INFINITY, s < _INFINITY
    open_w, open_e = w < _INFINITY, e < _INFINITY
    k = count
    k = _relax(tiled, up + left, d + diagonal * (h + nw), open_n & open_w, noted, labels, k)
    k = _relax(tiled, up, d + vertical * (h + n), True, noted, labels, k)
    k = _relax(tiled, up + right, d + diagonal * (h + ne), open_n & open_e, noted, labels, k)
    k = _relax(tiled, cell + left, d + horizontal * (h + w), True, noted, labels, k)
    k = _relax(tiled, cell + right, d + horizontal * (h + e), True, noted, labels, k)
    k = _relax(tiled, down + left, d + diagonal * (h + sw), open_s & open_w, noted, labels, k)
    k = _relax(tiled, down, d + vertical * (h + s), True, noted, labels, k)
    return _relax(tiled, down + right, d + diagonal * (h + se), open_s & open_e, noted, labels, k)


@njit(cache=True, nogil=True, forceinline=True)
def _expand_knights(
    tiled: np.ndarray,
    steps: np.ndarray,
    moves: Moves,
    cell: Index,
    noted: np.ndarray,
    labels: np.ndarray,
    count: Index,
) -> Index:
    """Relax the knight moves of one cell; return how many improvements are noted by now.

    A knight move runs as long in the two cells it crosses as in its two ends, so it costs length ×
    mean of the four; an excluded one closes it through its infinite cost.
    """
    _, _, _, two_down, two_across, _ = moves
    step = (cell & (CELLS - 1)) * 8
    up = cell + np.int64(steps[np.uint64(step)])
    down = cell + np.int64(steps[np.uint64(step + 1)])
    left = np.int64(steps[np.uint64(step + 2)])
    right = np.int64(steps[np.uint64(step + 3)])
    up2 = cell + np.int64(steps[np.uint64(step + 4)])
    down2 = cell + np.int64(steps[np.uint64(step + 5)])
    left2 = np.int64(steps[np.uint64(step + 6)])
    right2 = np.int64(steps[np.uint64(step + 7)])
    h = _half(tiled, cell)
    d = tiled[np.uint64(2 * cell + 1)]
    n, s = _half(tiled, up), _half(tiled, down)
    w, e = _half(tiled, cell + left), _half(tiled, cell + right)
    nw, ne = _half(tiled, up + left), _half(tiled, up + right)
    sw, se = _half(tiled, down + left), _half(tiled, down + right)
    k = count
    k = _knight(tiled, up2 + left, d, two_down, h, n + nw, noted, labels, k)
    k = _knight(tiled, up2 + right, d, two_down, h, n + ne, noted, labels, k)
    k = _knight(tiled, up + left2, d, two_across, h, w + nw, noted, labels, k)
    k = _knight(tiled, up + right2, d, two_across, h, e + ne, noted, labels, k)
    k = _knight(tiled, down + left2, d, two_across, h, w + sw, noted, labels, k)
    k = _knight(tiled, down + right2, d, two_across, h, e + se, noted, labels, k)
    k = _knight(tiled, down2 + left, d, two_down, h, s + sw, noted, labels, k)
    return _knight(tiled, down2 + right, d, two_down, h, s + se, noted, labels, k)


# The two loops below are apart, without a branch in them, so that numba can see that no array's
# reference count changes: an atomic count per array and cell would take longer than the search.


@njit(cache=True, nogil=True)
def _relax_8(
    tiled: np.ndarray,
    steps: np.ndarray,
    moves: Moves,
    batch: np.ndarray,
    taken: Index,
    noted: np.ndarray,
    labels: np.ndarray,
) -> Index:
    """Relax the 8 edges of each cell of a batch; return how many improvements are noted."""
    count: Index = 0
    for k in range(taken):
        cell = np.int64(batch[np.uint64(k)])
        count = _expand(tiled, steps, moves, cell, noted, labels, count)
    return count


@njit(cache=True, nogil=True)
def _relax_16(
    tiled: np.ndarray,
    steps: np.ndarray,
    moves: Moves,
    batch: np.ndarray,
    taken: Index,
    noted: np.ndarray,
    labels: np.ndarray,
) -> Index:
    """Relax the 16 edges of each cell of a batch; return how many improvements are noted."""
    count: Index = 0
    for k in range(taken):
        cell = np.int64(batch[np.uint64(k)])
        count = _expand(tiled, steps, moves, cell, noted, labels, count)
        count = _expand_knights(tiled, steps, moves, cell, noted, labels, count)
    return count


@njit(cache=True, nogil=True)
def _queue_all(
    tiled: np.ndarray,
    wheel: Wheel,
    inverse_width: Real,
    noted: np.ndarray,
    noted_labels: np.ndarray,
    count: Index,
) -> None:
    """Queue the noted cells, but for those that improved once more within the batch."""
    cells, labels, follows, _, tail, free, state = wheel
    now = state[CURRENT]
    for k in range(count):
        cell = np.int64(noted[np.uint64(2 * k)])
        label = noted_labels[np.uint64(2 * k + 1)]
        kept = np.int64(tiled[np.uint64(2 * cell + 1)] == label)
        to = np.uint64(slot(np.int64(min(label * inverse_width, LAST)), now))
        at = np.int64(tail[to])
        cells[np.uint64(2 * at)] = cell
        labels[np.uint64(2 * at + 1)] = label
        at += kept
        if kept and (at & (CHUNK - 1)) == 0:
            state[FREE] -= 1
            chunk = np.int64(free[np.uint64(state[FREE])])
            follows[np.uint64((at >> CHUNK_BITS) - 1)] = chunk
            at = chunk << CHUNK_BITS
        tail[to] = at


@njit(cache=True, nogil=True)
def _take(wheel: Wheel, place: Index, tiled: np.ndarray, batch: np.ndarray) -> Index:
    """Read one chunk of a bucket; return how many cells with a current label went to `batch`."""
    cells, labels, follows, head, tail, free, state = wheel
    at = np.int64(head[place])
    end = np.int64(tail[place])
    chunk = at >> CHUNK_BITS
    last = chunk == end >> CHUNK_BITS
    if not last:
        end = (chunk + 1) << CHUNK_BITS
    count: Index = 0
    for entry in range(at, end):
        cell = cells[np.uint64(2 * entry)]
        batch[np.uint64(count)] = cell
        current = tiled[np.uint64(2 * np.int64(cell) + 1)] == labels[np.uint64(2 * entry + 1)]
        count += np.int64(current)
    if last:
        head[place] = end
    else:
        head[place] = np.int64(follows[chunk]) << CHUNK_BITS
        free[state[FREE]] = chunk
        state[FREE] += 1
    return count


@njit(cache=True, nogil=True)
def _cheapest_meeting(tiled: np.ndarray, batch: np.ndarray, count: Index, meeting: Meeting) -> None:
    """Mark the tiles of settled cells and note the cheapest sum of labels where the other was."""
    other, mine, theirs, shared, side = meeting
    best = shared[2 + side]
    for k in range(count):
        cell = np.int64(batch[k])
        mine[cell >> 6] = 1
        if theirs[cell >> 6]:
            best = min(best, tiled[2 * cell + 1] + other[2 * cell + 1])
    shared[2 + side] = best


@njit(cache=True, nogil=True)
def _is_over(
    tiled: np.ndarray,
    bucket: Index,
    inverse_width: Real,
    last_bucket: Index,
    targets: np.ndarray,
    turns: Index,
    shared: np.ndarray,
    side: Index,
) -> bool:
    """Whether the search may stop before it works `bucket`."""
    if bucket < 0 or bucket > last_bucket:
        if shared.size:
            shared[side] = _INFINITY
        return True
    if shared.size:
        shared[side] = np.float32(bucket) / inverse_width
        if (shared[0] + shared[1]) * _CAUTION >= min(shared[2], shared[3]):
            return True
    if targets.size and turns % (1 + targets.size // _FEW) == 0:
        for k in range(targets.size):
            label = tiled[np.uint64(2 * np.int64(targets[k]) + 1)]
            if np.int64(min(label * inverse_width, LAST)) < bucket:
                return True
    return False


@njit(cache=True, nogil=True)
def spread(
    tiled: np.ndarray,
    steps: np.ndarray,
    moves: Moves,
    wheel: Wheel,
    inverse_width: Real,
    last_bucket: Index,
    targets: np.ndarray,
    meeting: Meeting,
) -> int:
    """Work buckets until a target is final, `last_bucket` is done, or nothing is left.

    Returns `LOW_ON_CHUNKS` if the pool must grow before the search is called again to go on.
    """
    head, tail, state = wheel.head, wheel.tail, wheel.state
    batch = np.empty(CHUNK + 1, np.int32)
    noted = np.empty(2 * CHUNK * MOVES + 2, np.int32)
    noted_labels = noted.view(np.float32)
    shared, side = meeting.shared, meeting.side
    together = shared.size > 0
    turns = 0
    while True:
        now = state[CURRENT]
        place = now & MASK
        if head[place] == tail[place]:
            start = (head[place] >> CHUNK_BITS) << CHUNK_BITS
            head[place] = start
            tail[place] = start
            bucket = next_bucket(wheel, tiled, inverse_width)
            turns += 1
            if _is_over(tiled, bucket, inverse_width, last_bucket, targets, turns, shared, side):
                return FINISHED
            continue
        if state[FREE] < ENOUGH_CHUNKS:
            return LOW_ON_CHUNKS
        taken = _take(wheel, place, tiled, batch)
        if together:
            _cheapest_meeting(tiled, batch, taken, meeting)
        if moves.knights:
            count = _relax_16(tiled, steps, moves, batch, taken, noted, noted_labels)
        else:
            count = _relax_8(tiled, steps, moves, batch, taken, noted, noted_labels)
        _queue_all(tiled, wheel, inverse_width, noted, noted_labels, count)


@njit(cache=True, nogil=True)
def meeting_cell(
    forward: np.ndarray,
    backward: np.ndarray,
    forward_marks: np.ndarray,
    backward_marks: np.ndarray,
    across: Index,
) -> Index:
    """The cell with the least sum of labels, or -1.

    It lies in a tile in which the backward search settled a cell, and the forward search settled
    one in that tile or in one of the eight around it (a knight move spans two cells).
    """
    tiles = backward_marks.size
    best = _INFINITY
    found = -1
    for tile in range(tiles):
        if not backward_marks[tile]:
            continue
        near = False
        for row_step in (-across, 0, across):
            for step in (-1, 0, 1):
                beside = tile + row_step + step
                if 0 <= beside < tiles and forward_marks[beside]:
                    near = True
        if not near:
            continue
        for cell in range(tile * CELLS, (tile + 1) * CELLS):
            both = forward[2 * cell + 1] + backward[2 * cell + 1]
            if both < best:
                best = both
                found = cell
    return found
