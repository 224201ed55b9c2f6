"""Kernel of the front within a tolerance: labels that stand for many paths.

A label carries the costs of one path and an apex, the componentwise minimum over all paths that it
stands for. Two open labels of a cell are joined if one of their paths costs at most (1 + tolerance)
times the common apex in every objective. Both grow by the same moves, so the bound holds to the
end: each efficient path is matched by a path found, whatever was joined on the way.

Paper: Zhang, Salzman, Kumar, Felner, Hernández & Koenig 2022 (A*pex), doi
10.1609/icaps.v32i1.19825. Here on the lists of `numerics.label_setting`.
"""

import numpy as np
from numba import njit

from nonetloss.numerics.label_setting import (
    ROOM,
    edge,
    is_dominated,
    next_label,
    pop,
    push,
    recycle,
    settle,
)


@njit(cache=True, nogil=True)
def _is_covered(
    head: int, opened: np.ndarray, paths: np.ndarray, apex: np.ndarray, slack: float
) -> bool:
    """Whether a solution costs at most `slack` times the apex in every objective.

    Apexes come up with the first objective rising, so there every earlier solution does.
    """
    return is_dominated(head, opened, paths, int(apex[1] * slack), int(apex[2] * slack))


@njit(cache=True, nogil=True)
def _fits(path: np.ndarray, apex: np.ndarray, slack: float) -> bool:
    return path[0] <= apex[0] * slack and path[1] <= apex[1] * slack and path[2] <= apex[2] * slack


@njit(cache=True, nogil=True)
def _unlink(label: int, cell: int, opened: np.ndarray, open_heads: np.ndarray) -> None:
    before = -1
    item = open_heads[cell]
    while item != label:
        before = item
        item = opened[item]
    if before < 0:
        open_heads[cell] = opened[label]
    else:
        opened[before] = opened[label]


@njit(cache=True, nogil=True)
def _join(
    cell: int, apex: np.ndarray, path: np.ndarray, parent: int, slack: float, keys: np.ndarray,
    paths: np.ndarray, parents: np.ndarray, opened: np.ndarray, open_heads: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Widen `apex` and `path` by an open label of the cell, if one fits.

    Returns that label, which is now out of use, or -1; and the parent of the path kept.
    """
    common = np.empty(3, dtype=np.int64)
    item = open_heads[cell]
    while item >= 0:
        for k in range(3):
            common[k] = min(apex[k], keys[item, k])
        if _fits(path, common, slack):
            apex[:] = common
            return item, parent
        if _fits(paths[item], common, slack):
            apex[:] = common
            path[:] = paths[item]
            return item, parents[item]
        item = opened[item]
    return -1, parent


@njit(cache=True, nogil=True)
def search_cover(
    costs: np.ndarray, bounds: np.ndarray, end: int, moves: np.ndarray, slack: float,
    keys: np.ndarray, paths: np.ndarray, cells: np.ndarray, parents: np.ndarray,
    follows: np.ndarray, opened: np.ndarray, heap: np.ndarray, heads: np.ndarray,
    open_heads: np.ndarray, solutions: np.ndarray, found: np.ndarray, state: np.ndarray,
) -> bool:  # fmt: skip
    """As `label_setting.search`; `keys` holds the apex, `paths` the costs of the path.

    A label that was joined into another has cell -1 and leaves when the heap brings it up.
    `opened` links the open labels of a cell; and the solutions, from `solutions[0]` on, by the
    costs of their paths.
    """
    apex = np.empty(3, dtype=np.int64)
    path = np.empty(3, dtype=np.int64)
    while state[1] > 0:
        if state[0] + ROOM > len(cells) or state[3] >= len(found):
            return False
        label = pop(heap, state[1], keys)
        state[1] -= 1
        cell = cells[label]
        if cell < 0:
            recycle(label, parents, state)
            continue
        _unlink(label, cell, opened, open_heads)
        if is_dominated(heads[cell], follows, keys, keys[label, 1], keys[label, 2]) or (
            _is_covered(solutions[0], opened, paths, keys[label], slack)
        ):
            recycle(label, parents, state)
            continue
        settle(heads, cell, follows, keys, label)
        if cell == end:
            settle(solutions, 0, opened, paths, label)
            found[state[3]] = label
            state[3] += 1
            continue
        for m in range(len(moves)):
            there = cell + moves[m, 0]
            if bounds[0, there] < 0 or edge(costs[0], cell, moves[m]) < 0:
                continue
            for k in range(3):
                step = edge(costs[k], cell, moves[m]) - bounds[k, cell] + bounds[k, there]
                apex[k] = keys[label, k] + step
                path[k] = paths[label, k] + step
            if is_dominated(heads[there], follows, keys, apex[1], apex[2]) or (
                _is_covered(solutions[0], opened, paths, apex, slack)
            ):
                continue
            joined, parent = _join(
                there, apex, path, label, slack, keys, paths, parents, opened, open_heads
            )
            if joined >= 0:
                _unlink(joined, there, opened, open_heads)
                cells[joined] = -1
            new = next_label(parents, state)
            keys[new], paths[new] = apex, path
            cells[new], parents[new] = there, parent
            opened[new] = open_heads[there]
            open_heads[there] = new
            push(heap, state[1], keys, new)
            state[1] += 1
    return True
