"""Selections that hang together: as constraints of a program, and as a check.

References
----------
Shirabe 2005 (contiguity by flow), doi 10.1111/j.1538-4632.2005.00605.x.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.numerics.milp import Rows


@dataclass(frozen=True, slots=True)
class Contiguity:
    """Further columns and rows that make a selection contiguous.

    The columns stand after the `units` binary ones they speak of, in this order: one root flag per
    unit (whole, 0 or 1), one supply per unit, one flow per direction of each edge. `rows` span
    the units first, then these `columns`.
    """

    columns: int
    upper: np.ndarray
    integer: np.ndarray
    rows: tuple[Rows, ...]


def contiguity(edges: np.ndarray, units: int, *, components: int = 1) -> Contiguity:
    """Constraints that let exactly those selections pass that fall into few enough pieces.

    Parameters
    ----------
    edges : (m, 2) int
        Pairs of units that are neighbors; direction and repetition play no role.
    units : int
        Number of units; each has a binary column x.
    components : int
        Pieces that are allowed at most; 1: the selection is contiguous.

    Raises
    ------
    InputError
        `milp.edges` for a pair out of range or of a unit with itself; `milp.shape` when fewer
        than one piece is allowed.

    Notes
    -----
    **Mathematical formulation.** r_i in {0, 1} marks roots, s_i >= 0 is what a root sends out,
    f_ij >= 0 flows along the directions of edges:

        sum_i r_i <= k,   r_i <= x_i,   s_i <= n r_i,
        s_i + sum_j f_ji - sum_j f_ij = x_i,
        f_ij <= (n - 1) x_i,   f_ij <= (n - 1) x_j.

    Every chosen unit consumes one unit of flow, which can only come from a root through chosen
    units; conversely a root in each piece supplies it along any spanning tree. So all selections
    of at most k pieces pass, also the empty one, and no other.

    **In words.** Water poured in at one chosen site must reach all chosen sites through chosen
    sites.
    """
    pairs = neighbor_pairs(edges, units)
    if components < 1:
        raise InputError.because("milp.shape", "components", found=components, expected=">= 1")
    start = np.concatenate([pairs[:, 0], pairs[:, 1]])
    end = np.concatenate([pairs[:, 1], pairs[:, 0]])
    arcs = start.size
    one = sparse.eye_array(units, format="csr")
    none = sparse.csr_array((units, units))
    dry = sparse.csr_array((units, arcs))
    each = np.arange(arcs)
    shape = (arcs, units)
    tail = sparse.csr_array((np.ones(arcs), (each, start)), shape=shape)
    head = sparse.csr_array((np.ones(arcs), (each, end)), shape=shape)
    flow = sparse.eye_array(arcs, format="csr")
    still = sparse.csr_array(shape)
    most = float(max(units - 1, 1))
    few = sparse.csr_array(
        np.concatenate([np.zeros(units), np.ones(units), np.zeros(units + arcs)])[None, :]
    )
    rows = (
        Rows(few, upper=float(components)),
        Rows(sparse.hstack([-one, one, none, dry]), upper=0.0),
        Rows(sparse.hstack([none, -float(units) * one, one, dry]), upper=0.0),
        Rows(sparse.hstack([-one, none, one, (head - tail).T]), lower=0.0, upper=0.0),
        Rows(sparse.hstack([-most * tail, still, still, flow]), upper=0.0),
        Rows(sparse.hstack([-most * head, still, still, flow]), upper=0.0),
    )
    upper = np.concatenate([np.ones(units), np.full(units, float(units)), np.full(arcs, most)])
    return Contiguity(upper.size, upper, np.arange(upper.size) < units, rows)


def neighbor_pairs(edges: np.ndarray, units: int) -> np.ndarray:
    """(m, 2) pairs, the smaller index first, sorted, each once.

    Raises
    ------
    InputError
        `milp.edges`.
    """
    pairs = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    bad = (pairs < 0).any(axis=1) | (pairs >= units).any(axis=1) | (pairs[:, 0] == pairs[:, 1])
    if bad.any():
        raise InputError.because(
            "milp.edges", "edges", units=units, offenders=offenders(map(tuple, pairs[bad].tolist()))
        )
    return np.unique(np.sort(pairs, axis=1), axis=0)


def pieces(edges: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(units,) which piece each chosen unit lies in, from 0 by lowest unit; -1 where not chosen."""
    units = chosen.size
    pairs = neighbor_pairs(edges, units)
    kept = pairs[chosen[pairs].all(axis=1)] if pairs.size else pairs
    graph = sparse.csr_array((np.ones(len(kept)), (kept[:, 0], kept[:, 1])), shape=(units, units))
    label = csgraph.connected_components(graph, directed=False)[1]
    result = np.full(units, -1, dtype=np.int64)
    at = np.flatnonzero(chosen)
    _, first, inverse = np.unique(label[at], return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    result[at] = order[inverse]
    return result
