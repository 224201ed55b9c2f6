"""Minimum cuts of sparse graphs whose terminal weights change again and again.

`min sum_i u_i x_i + sum_{ij} w_ij |x_i - x_j|` over x in {0, 1}: the cheapest set of nodes when
every edge between a member and a non-member costs its weight. Solved exactly as a maximum flow.
Flow found for one `u` is kept for the next, which is near it in a search over prices.

References
----------
Boykov & Kolmogorov 2004, doi 10.1109/TPAMI.2004.60; Kohli & Torr 2007 (re-use of flow),
doi 10.1109/TPAMI.2007.1128.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from nonetloss.core.errors import InputError

_FREE, _SOURCE, _SINK = 0, 1, 2
_NONE, _TERMINAL, _ORPHAN = -1, -2, -3


@dataclass(slots=True)
class CutGraph:
    """Residual flow of a graph; `edge_graph` makes one, `minimum_cut` uses and updates it.

    Arcs of node i stand at `first[i] : first[i + 1]`; `rest` is their residual capacity, `head`
    where they lead, `back` the arc that leads back. `terminal` (nodes,): what is left towards the
    source (positive) or the sink (negative). `unary` is what the terminals stand for now.
    """

    first: np.ndarray
    head: np.ndarray
    back: np.ndarray
    rest: np.ndarray
    terminal: np.ndarray
    unary: np.ndarray


def edge_graph(nodes: int, first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> CutGraph:
    """A graph of undirected edges (first[k], second[k]) of weight >= 0, without any flow yet.

    Raises
    ------
    InputError
        `milp.edges` for an edge out of range or of a node with itself; `milp.not-finite` for a
        weight that is negative or not finite.
    """
    a, b = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    size = np.asarray(weight, dtype=np.float64)
    bad = (a == b) | (np.minimum(a, b) < 0) | (np.maximum(a, b) >= nodes)
    if bad.any():
        raise InputError.because(
            "milp.edges", "edges", units=nodes, offenders=str(np.flatnonzero(bad)[:5].tolist())
        )
    if not np.isfinite(size).all() or (size < 0).any():
        raise InputError.because("milp.not-finite", "weight", where="")
    edges = a.size
    tail = np.concatenate([a, b])
    order = np.argsort(tail, kind="stable")
    place = np.empty(2 * edges, dtype=np.int64)
    place[order] = np.arange(2 * edges)
    start = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=nodes), out=start[1:])
    head = np.concatenate([b, a])[order]
    back = np.concatenate([place[edges:], place[:edges]])[order]
    return CutGraph(
        first=start,
        head=head.astype(np.int32),
        back=back,
        rest=np.concatenate([size, size])[order],
        terminal=np.zeros(nodes),
        unary=np.zeros(nodes),
    )


def minimum_cut(graph: CutGraph, unary: np.ndarray) -> np.ndarray:
    """(nodes,) bool: the smallest of the cheapest sets of nodes for these prices of nodes.

    Parameters
    ----------
    graph : CutGraph
        Changed in place: it keeps the flow for the next call.
    unary : (nodes,)
        Cost of taking each node; negative: it pays. Infinite values lock a node out or in.
    """
    wanted = np.clip(np.asarray(unary, dtype=np.float64), -1e30, 1e30)
    graph.terminal += graph.unary - wanted
    graph.unary[:] = wanted
    finite = np.abs(wanted[np.abs(wanted) < 1e29])
    scale = max(float(finite.max(initial=0.0)), float(graph.rest.max(initial=0.0)), 1e-300)
    arcs = _Arcs(graph.first, graph.head, graph.back, graph.rest, graph.terminal, 1e-12 * scale)
    result: np.ndarray = _maximum_flow(arcs) == _SOURCE
    return result


class _Arcs(NamedTuple):
    """Arrays of a `CutGraph`; capacities up to `least` count as none."""

    first: np.ndarray
    head: np.ndarray
    back: np.ndarray
    rest: np.ndarray
    terminal: np.ndarray
    least: float


class _Forest(NamedTuple):
    """One tree per terminal: which one, the arc to the parent, and how far from the terminal.

    `far` holds as of the round in `stamp`.
    """

    tree: np.ndarray
    parent: np.ndarray
    stamp: np.ndarray
    far: np.ndarray


class _Queue(NamedTuple):
    """A ring of nodes that may grow; `ends`: where it starts, where it stops, and the round."""

    items: np.ndarray
    queued: np.ndarray
    ends: np.ndarray


@njit(cache=True, nogil=True)
def _room(arcs: _Arcs, arc: int, side: int) -> float:
    """What fits along an arc of a node: away from the source, or towards the sink."""
    room: float = arcs.rest[arc] if side == _SOURCE else arcs.rest[arcs.back[arc]]
    return room


@njit(cache=True, nogil=True)
def _push(queue: _Queue, node: int) -> None:
    if not queue.queued[node]:
        queue.items[queue.ends[1]] = node
        queue.queued[node] = True
        queue.ends[1] = (queue.ends[1] + 1) % queue.items.size


@njit(cache=True, nogil=True)
def _pop(queue: _Queue, forest: _Forest) -> int:
    """The next node that is still in a tree; -1 where there is none."""
    while queue.ends[0] != queue.ends[1]:
        node: int = queue.items[queue.ends[0]]
        queue.ends[0] = (queue.ends[0] + 1) % queue.items.size
        queue.queued[node] = False
        if forest.tree[node] != _FREE:
            return node
    return -1


@njit(cache=True, nogil=True)
def _maximum_flow(arcs: _Arcs) -> np.ndarray:
    """Grow a tree from each terminal, push where they touch, adopt what that cut off."""
    nodes = arcs.terminal.size
    forest = _Forest(
        np.zeros(nodes, dtype=np.int8),
        np.full(nodes, _NONE, dtype=np.int64),
        np.zeros(nodes, dtype=np.int64),
        np.zeros(nodes, dtype=np.int64),
    )
    queue = _Queue(
        np.empty(nodes + 1, dtype=np.int64),
        np.zeros(nodes, dtype=np.bool_),
        np.zeros(3, dtype=np.int64),
    )
    for i in range(nodes):
        if abs(arcs.terminal[i]) > arcs.least:
            forest.tree[i] = _SOURCE if arcs.terminal[i] > 0 else _SINK
            forest.parent[i] = _TERMINAL
            forest.far[i] = 1
            _push(queue, i)
    current = _pop(queue, forest)
    while current >= 0:
        bridge = _grow(current, arcs, forest, queue)
        if bridge < 0:
            current = _pop(queue, forest)
            continue
        queue.ends[2] += 1
        _adopt(_augment(bridge, arcs, forest), arcs, forest, queue)
        if forest.tree[current] == _FREE:
            current = _pop(queue, forest)
    return forest.tree


@njit(cache=True, nogil=True)
def _grow(i: int, arcs: _Arcs, forest: _Forest, queue: _Queue) -> int:
    """Take free neighbors into the tree of node i; the arc where it touches the other, or -1."""
    first, head, back, rest, _terminal, least = arcs
    tree, parent, stamp, far = forest
    side = tree[i]
    for a in range(first[i], first[i + 1]):
        if (rest[a] if side == _SOURCE else rest[back[a]]) <= least:
            continue
        j = head[a]
        if tree[j] == _FREE:
            tree[j] = side
            _push(queue, j)
        elif tree[j] != side:
            return a if side == _SOURCE else back[a]
        elif stamp[j] > stamp[i] or far[j] <= far[i]:
            continue
        parent[j] = back[a]
        stamp[j] = stamp[i]
        far[j] = far[i] + 1
    return -1


@njit(cache=True, nogil=True)
def _augment(bridge: int, arcs: _Arcs, forest: _Forest) -> np.ndarray:
    """Push all that fits along the path over the bridge; the nodes that it cuts off."""
    _first, head, back, rest, terminal, least = arcs
    _tree, parent, _stamp, _far = forest
    amount = rest[bridge]
    length = 0
    for side in (_SOURCE, _SINK):
        i = head[back[bridge]] if side == _SOURCE else head[bridge]
        while parent[i] != _TERMINAL:
            up = parent[i]
            amount = min(amount, rest[back[up]] if side == _SOURCE else rest[up])
            i = head[up]
            length += 1
        amount = min(amount, abs(terminal[i]))
    orphans = np.empty(length + 2, dtype=np.int64)
    count = 0
    rest[bridge] -= amount
    rest[back[bridge]] += amount
    for side in (_SOURCE, _SINK):
        i = head[back[bridge]] if side == _SOURCE else head[bridge]
        while parent[i] != _TERMINAL:
            up = parent[i]
            used = back[up] if side == _SOURCE else up
            rest[used] -= amount
            rest[back[used]] += amount
            if rest[used] <= least:
                parent[i] = _ORPHAN
                orphans[count] = i
                count += 1
            i = head[up]
        terminal[i] += -amount if side == _SOURCE else amount
        if abs(terminal[i]) <= least:
            parent[i] = _ORPHAN
            orphans[count] = i
            count += 1
    return orphans[:count]


@njit(cache=True, nogil=True)
def _adopt(orphans: np.ndarray, arcs: _Arcs, forest: _Forest, queue: _Queue) -> None:
    """Find each orphan a parent whose path leads to a terminal, or set it free."""
    first, head, back, rest, _terminal, least = arcs
    tree, parent, stamp, far = forest
    pending = np.empty(max(2 * orphans.size, 16), dtype=np.int64)
    pending[: orphans.size] = orphans
    total, done = orphans.size, 0
    while done < total:
        i = pending[done]
        done += 1
        side = tree[i]
        best, nearest = -1, 1 << 62
        for a in range(first[i], first[i + 1]):
            j = head[a]
            if (rest[back[a]] if side == _SOURCE else rest[a]) <= least or tree[j] != side:
                continue
            length = _depth(j, arcs, forest, queue.ends[2])
            if 0 <= length < nearest:
                nearest, best = length, a
        parent[i] = best  # -1 where there is none
        if best >= 0:
            stamp[i] = queue.ends[2]
            far[i] = nearest + 1
            continue
        for a in range(first[i], first[i + 1]):
            j = head[a]
            if tree[j] != side:
                continue
            if (rest[back[a]] if side == _SOURCE else rest[a]) > least:
                _push(queue, j)
            if parent[j] >= 0 and head[parent[j]] == i:
                parent[j] = _ORPHAN
                if total == pending.size:
                    wider = np.empty(2 * total, dtype=np.int64)
                    wider[:total] = pending
                    pending = wider
                pending[total] = j
                total += 1
        tree[i] = _FREE


@njit(cache=True, nogil=True)
def _depth(start: int, arcs: _Arcs, forest: _Forest, time: int) -> int:
    """Steps from a node up to its terminal, noted on the way; -1 where the path is cut."""
    _first, head, _back, rest, _terminal, _least = arcs
    _tree, parent, stamp, far = forest
    length, k = 0, start
    while stamp[k] != time or parent[k] < _TERMINAL:
        up = parent[k]
        length += 1
        if up == _TERMINAL:
            stamp[k] = time
            far[k] = 1
            length -= 1
            break
        if up < 0:
            return -1
        k = head[up]
    length += far[k]
    rest, k = length, start
    while stamp[k] != time:
        stamp[k] = time
        far[k] = rest
        rest -= 1
        k = head[parent[k]]
    return length
