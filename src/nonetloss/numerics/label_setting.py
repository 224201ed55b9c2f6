"""Kernels of the exact multi-objective shortest path: labels, heap, fronts per cell.

Labels are settled in lexicographic order of f = cost so far + lower bound to the end. At one cell
the first objective of settled labels then never falls, so a new label is dominated if and only if
one settled there is not above it in the second and the third objective. Each cell keeps these
pairs as a list with the second objective rising and the third falling. With two objectives the
third is 0 and the list has one entry.

All costs are integers: sums do not depend on their order, and ties are ties.
"""

import numpy as np
from numba import njit

# Free labels that must be at hand before a label is expanded: the moves of a cell.
ROOM = 16


@njit(cache=True, nogil=True)
def edge(costs: np.ndarray, cell: int, move: np.ndarray) -> int:
    """Cost of one move, or -1 if it is barred.

    `move` is (offset, offset of the first cell passed, of the second, kind, length); `costs` one
    objective on a padded raster, -1 = barred. Kind 0 is straight; 1 diagonal, whose two passed
    cells must be free; 2 a knight move, whose two passed cells must be free and are paid too.
    """
    there = costs[cell + move[0]]
    if there < 0:
        return -1
    if move[3] == 0:
        return 2 * move[4] * (costs[cell] + there)
    first, second = costs[cell + move[1]], costs[cell + move[2]]
    if first < 0 or second < 0:
        return -1
    if move[3] == 1:
        return 2 * move[4] * (costs[cell] + there)
    return move[4] * (costs[cell] + there + first + second)


@njit(cache=True, nogil=True)
def _less(keys: np.ndarray, a: int, b: int) -> bool:
    for k in range(keys.shape[1]):
        if keys[a, k] != keys[b, k]:
            return keys[a, k] < keys[b, k]
    return a < b


@njit(cache=True, nogil=True)
def push(heap: np.ndarray, size: int, keys: np.ndarray, item: int) -> None:
    """Add an item to a heap of `size` items."""
    i = size
    while i > 0:
        parent = (i - 1) // 2
        if not _less(keys, item, heap[parent]):
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = item


@njit(cache=True, nogil=True)
def pop(heap: np.ndarray, size: int, keys: np.ndarray) -> int:
    """Take the least item from a heap of `size` items."""
    top = heap[0]
    item = heap[size - 1]
    size -= 1
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and _less(keys, heap[child + 1], heap[child]):
            child += 1
        if not _less(keys, heap[child], item):
            break
        heap[i] = heap[child]
        i = child
    heap[i] = item
    return top


@njit(cache=True, nogil=True)
def lower_bounds(costs: np.ndarray, end: int, moves: np.ndarray) -> np.ndarray:
    """Least cost of one objective from every cell to the end; -1 where there is no way."""
    count = len(costs)
    best = np.full(count, -1, dtype=np.int64)
    done = np.zeros(count, dtype=np.bool_)
    keys = np.empty((64, 1), dtype=np.int64)
    cells = np.empty(64, dtype=np.int64)
    heap = np.empty(64, dtype=np.int64)
    keys[0, 0], cells[0], heap[0] = 0, end, 0
    used, size = 1, 1
    best[end] = 0
    while size > 0:
        item = pop(heap, size, keys)
        size -= 1
        cell = cells[item]
        if done[cell]:
            continue
        done[cell] = True
        if used + len(moves) > len(cells):
            keys = np.concatenate((keys, np.empty_like(keys)))
            cells = np.concatenate((cells, np.empty_like(cells)))
            heap = np.concatenate((heap, np.empty_like(heap)))
        for m in range(len(moves)):
            step = edge(costs, cell, moves[m])
            there = cell + moves[m, 0]
            if step >= 0 and (best[there] < 0 or best[cell] + step < best[there]):
                best[there] = best[cell] + step
                keys[used, 0], cells[used] = best[there], there
                push(heap, size, keys, used)
                used += 1
                size += 1
    return best


@njit(cache=True, nogil=True)
def is_dominated(head: int, follows: np.ndarray, keys: np.ndarray, second: int, third: int) -> bool:
    """Whether a settled label is not above in the second and third objective."""
    item = head
    while item >= 0 and keys[item, 1] <= second:
        if keys[item, 2] <= third:
            return True
        item = follows[item]
    return False


@njit(cache=True, nogil=True)
def settle(heads: np.ndarray, cell: int, follows: np.ndarray, keys: np.ndarray, new: int) -> None:
    """Put a label that is not dominated into the list of its cell; drop those it dominates."""
    before = -1
    item = heads[cell]
    while item >= 0 and keys[item, 1] < keys[new, 1]:
        before = item
        item = follows[item]
    while item >= 0 and keys[item, 2] >= keys[new, 2]:
        item = follows[item]
    follows[new] = item
    if before < 0:
        heads[cell] = new
    else:
        follows[before] = new


@njit(cache=True, nogil=True)
def next_label(parents: np.ndarray, state: np.ndarray) -> int:
    """A recycled label or a new one."""
    new = state[2]
    if new >= 0:
        state[2] = parents[new]
        return new
    state[0] += 1
    return state[0] - 1


@njit(cache=True, nogil=True)
def recycle(label: int, parents: np.ndarray, state: np.ndarray) -> None:
    """Make a label that no other refers to free again."""
    parents[label] = state[2]
    state[2] = label


@njit(cache=True, nogil=True)
def search(
    costs: np.ndarray, bounds: np.ndarray, end: int, moves: np.ndarray,
    keys: np.ndarray, cells: np.ndarray, parents: np.ndarray, follows: np.ndarray,
    heap: np.ndarray, heads: np.ndarray, found: np.ndarray, state: np.ndarray,
) -> bool:  # fmt: skip
    """Settle labels until none is left (True) or room runs out (False; enlarge and call again).

    `costs` and `bounds` are (3, cells). `keys` holds f, (labels, 3). `state` is [labels used,
    heap size, first free label, solutions found]; free labels hang together by `parents`.
    """
    f = np.empty(3, dtype=np.int64)
    while state[1] > 0:
        if state[0] + ROOM > len(cells) or state[3] >= len(found):
            return False
        label = pop(heap, state[1], keys)
        state[1] -= 1
        cell = cells[label]
        second, third = keys[label, 1], keys[label, 2]
        if is_dominated(heads[cell], follows, keys, second, third) or (
            is_dominated(heads[end], follows, keys, second, third)
        ):
            recycle(label, parents, state)
            continue
        settle(heads, cell, follows, keys, label)
        if cell == end:
            found[state[3]] = label
            state[3] += 1
            continue
        for m in range(len(moves)):
            there = cell + moves[m, 0]
            if bounds[0, there] < 0 or edge(costs[0], cell, moves[m]) < 0:
                continue
            for k in range(3):
                step = edge(costs[k], cell, moves[m])
                f[k] = keys[label, k] - bounds[k, cell] + step + bounds[k, there]
            if is_dominated(heads[there], follows, keys, f[1], f[2]) or (
                is_dominated(heads[end], follows, keys, f[1], f[2])
            ):
                continue
            new = next_label(parents, state)
            keys[new] = f
            cells[new], parents[new] = there, label
            push(heap, state[1], keys, new)
            state[1] += 1
    return True
