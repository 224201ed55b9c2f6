"""Which values at the root a part of the tree can still lead to, to cut what no bound allows."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Reach:
    """Least and most of each objective that the subtree of a node brings, `low`, `high` (n, d).

    `brings_low`, `brings_high` (n, d) are the same after the best choice above the node.
    """

    parent: np.ndarray
    base: np.ndarray
    add: np.ndarray
    keep: np.ndarray
    allowed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    brings_low: np.ndarray
    brings_high: np.ndarray

    def at_root(self, node: int, values: np.ndarray, column: int, *, most: bool) -> np.ndarray:
        """Most (or least) that whole values (k,) of one objective at a node become at the root."""
        brings = self.brings_high if most else self.brings_low
        value = values.astype(np.float64)
        while node > 0:
            value = _through(self.add, self.keep, self.allowed, node, column, value, most=most)
            below = int(self.parent[node])
            siblings = np.flatnonzero(self.parent == below)
            value = value + self.base[below, column]
            value += brings[siblings, column].sum() - brings[node, column]
            node = below
        return value


def reach_of(
    parent: np.ndarray, base: np.ndarray, add: np.ndarray, keep: np.ndarray, allowed: np.ndarray
) -> Reach:
    """Extremes by every subtree, from the leaves down; exclusions are not looked at.

    Parameters
    ----------
    parent : (n,) int
        -1 at the root, which comes first; every node after its parent.
    base : (n, d)
    add, keep : (n, options, d)
    allowed : (n, options) bool
    """
    count, objectives = base.shape
    low, high = base.astype(np.float64), base.astype(np.float64)
    brings_low, brings_high = np.zeros((count, objectives)), np.zeros((count, objectives))
    for node in range(count - 1, 0, -1):
        for k in range(objectives):
            one = high[node, k : k + 1]
            brings_high[node, k] = _through(add, keep, allowed, node, k, one, most=True)[0]
            one = low[node, k : k + 1]
            brings_low[node, k] = _through(add, keep, allowed, node, k, one, most=False)[0]
        high[parent[node]] += brings_high[node]
        low[parent[node]] += brings_low[node]
    return Reach(parent, base, add, keep, allowed, low, high, brings_low, brings_high)


def _through(
    add: np.ndarray,
    keep: np.ndarray,
    allowed: np.ndarray,
    node: int,
    column: int,
    value: np.ndarray,
    *,
    most: bool,
) -> np.ndarray:
    """The best (or worst) that the options above a node make of values."""
    options = np.flatnonzero(allowed[node])
    ways = add[node, options, column][:, None] + keep[node, options, column][:, None] * value
    out: np.ndarray = ways.max(axis=0) if most else ways.min(axis=0)
    return out
