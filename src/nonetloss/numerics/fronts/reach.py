"""What a part of the tree must bring so that floors at the root can still be met.

Mathematical formulation
    brings_c(v) = max over options of add[c, o] + keep[c, o] · v;
    most_u = base_u + Σ over children of brings_c(most_c).
    need_root = floor; need_c = the least v with brings_c(v) ≥ need_u - base_u - Σ over siblings
    of brings(most).
    sure_c is the same with min in place of max, and least in place of most: from there on no
    completion misses the floor.

In words
    A part below its need is lost whatever the rest brings. A part at or above sure is safe
    whatever the rest brings, so that more of it makes no difference.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Reach:
    """`need` and `sure` (n, d) of whole nodes, and the `least` and `most` they can bring (n, d).

    Infinite where there is no floor (need -inf, sure +inf) or nothing suffices (need +inf).
    """

    need: np.ndarray
    sure: np.ndarray
    least: np.ndarray
    most: np.ndarray


def reach_of(
    parent: np.ndarray,
    base: np.ndarray,
    add: np.ndarray,
    keep: np.ndarray,
    allowed: np.ndarray,
    floor: np.ndarray,
) -> Reach:
    """Needs by node; exclusions are not looked at, which only makes them weaker.

    Parameters
    ----------
    parent : (n,) int
        -1 at the root, which comes first; every node after its parent.
    base : (n, d)
    add, keep : (n, options, d)
    allowed : (n, options) bool
    floor : (d,)
        What the root must reach; -inf where nothing is asked.
    """
    count = len(parent)
    most, least = base.astype(np.float64), base.astype(np.float64)
    brings_most, brings_least = np.zeros_like(most), np.zeros_like(most)
    for node in range(count - 1, 0, -1):
        o = allowed[node]
        brings_most[node] = (add[node, o] + keep[node, o] * most[node]).max(axis=0)
        brings_least[node] = (add[node, o] + keep[node, o] * least[node]).min(axis=0)
        most[parent[node]] += brings_most[node]
        least[parent[node]] += brings_least[node]
    need, sure = np.empty_like(most), np.empty_like(most)
    need[0] = floor
    sure[0] = np.where(np.isfinite(floor), floor, np.inf)
    for node in range(1, count):
        below, o = parent[node], allowed[node]
        # What the node itself can bring is taken out of the whole of its parent.
        wanted = need[below] - (most[below] - brings_most[node])
        need[node] = _least_input(add[node, o], keep[node, o], wanted).min(axis=0)
        wanted = sure[below] - (least[below] - brings_least[node])
        sure[node] = _least_input(add[node, o], keep[node, o], wanted).max(axis=0)
    return Reach(need, sure, least, most)


def _least_input(add: np.ndarray, keep: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """By option (o, d), the least v with add + keep · v ≥ wanted; infinite if any, or none, is."""
    inputs = np.where(add >= wanted, -np.inf, np.inf)
    passes = keep > 0
    np.divide(wanted - add, keep, out=inputs, where=passes)
    return inputs
