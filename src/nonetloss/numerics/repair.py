"""Mend a set of nodes until it holds enough, and take out what it can do without.

Costs are `sum_i base_i x_i + sum_edges w |x_i - x_j|`; every need is scaled to one.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

# A node whose price has risen by this share since the round began waits for the next round.
_STALE = 0.05
_ROUNDS = 10


class Costs(NamedTuple):
    """Own cost of each node, and its edges: arcs of node i stand at `first[i] : first[i + 1]`."""

    base: np.ndarray
    first: np.ndarray
    head: np.ndarray
    weight: np.ndarray


class Holdings(NamedTuple):
    """What node i holds of `feature`, as a share of the need, at `start[i] : start[i + 1]`."""

    start: np.ndarray
    feature: np.ndarray
    amount: np.ndarray


@njit(cache=True, nogil=True)
def extra_cost(i: int, member: np.ndarray, costs: Costs) -> float:
    """What the cost rises by when node i joins (falls by when it leaves)."""
    cost: float = costs.base[i]
    for a in range(costs.first[i], costs.first[i + 1]):
        cost += -costs.weight[a] if member[costs.head[a]] else costs.weight[a]
    return cost


@njit(cache=True, nogil=True)
def _useful(i: int, held: np.ndarray, price: np.ndarray, holdings: Holdings) -> float:
    """Worth of what node i holds of what is still missing."""
    worth = 0.0
    for k in range(holdings.start[i], holdings.start[i + 1]):
        j = holdings.feature[k]
        worth += price[j] * min(holdings.amount[k], max(1.0 - held[j], 0.0))
    return worth


@njit(cache=True, nogil=True)
def _missing(held: np.ndarray) -> float:
    return float(np.maximum(1.0 - held, 0.0).sum())


@njit(cache=True, nogil=True)
def fill(
    member: np.ndarray,
    held: np.ndarray,
    price: np.ndarray,
    allowed: np.ndarray,
    costs: Costs,
    holdings: Holdings,
) -> bool:
    """Add allowed nodes, cheapest per priced need first, until every `held` is at least one.

    Works in rounds, each of which halves what is missing. `member` (nodes,) bool and `held`
    (features,) change in place; `price` (features,) is positive. False where the allowed nodes are
    not enough.
    """
    while True:
        missing = _missing(held)
        if missing <= 0.0:
            return True
        score = np.full(member.size, np.inf)
        for i in range(member.size):
            if allowed[i] and not member[i]:
                useful = _useful(i, held, price, holdings)
                if useful > 0.0:
                    score[i] = extra_cost(i, member, costs) / useful
        if not _add_best(score, missing, member, held, price, costs, holdings):
            return False


@njit(cache=True, nogil=True)
def _add_best(
    score: np.ndarray,
    missing: float,
    member: np.ndarray,
    held: np.ndarray,
    price: np.ndarray,
    costs: Costs,
    holdings: Holdings,
) -> bool:
    """Add nodes in the order of their score until half of what is missing is there."""
    added = False
    candidates = np.flatnonzero(np.isfinite(score))
    for i in candidates[np.argsort(score[candidates])]:
        useful = _useful(i, held, price, holdings)
        if useful <= 0.0:
            continue
        now = extra_cost(i, member, costs) / useful
        if added and now > score[i] + _STALE * abs(score[i]):
            continue
        member[i] = True
        added = True
        for k in range(holdings.start[i], holdings.start[i + 1]):
            held[holdings.feature[k]] += holdings.amount[k]
        if _missing(held) <= 0.5 * missing:
            break
    return added


@njit(cache=True, nogil=True)
def trim(
    member: np.ndarray,
    held: np.ndarray,
    price: np.ndarray,
    locked: np.ndarray,
    costs: Costs,
    holdings: Holdings,
) -> None:
    """Take out nodes that cost something and are not needed, dearest per priced amount first."""
    for _ in range(_ROUNDS):
        inside = np.flatnonzero(member & ~locked)
        score = np.empty(inside.size)
        for q in range(inside.size):
            i = inside[q]
            worth = 1e-300
            for k in range(holdings.start[i], holdings.start[i + 1]):
                worth += price[holdings.feature[k]] * holdings.amount[k]
            score[q] = -extra_cost(i, member, costs) / worth
        removed = False
        for i in inside[np.argsort(score)]:
            if extra_cost(i, member, costs) > 0.0 and _spare(i, held, holdings):
                member[i] = False
                removed = True
                for k in range(holdings.start[i], holdings.start[i + 1]):
                    held[holdings.feature[k]] -= holdings.amount[k]
        if not removed:
            return


@njit(cache=True, nogil=True)
def _spare(i: int, held: np.ndarray, holdings: Holdings) -> bool:
    """Whether every need is still met without node i."""
    for k in range(holdings.start[i], holdings.start[i + 1]):
        if held[holdings.feature[k]] - holdings.amount[k] < 1.0:
            return False
    return True
