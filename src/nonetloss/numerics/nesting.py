"""Chains of sets, each within the next, whose worst member is as good as can be.

Mathematical formulation
    Stages t = 1..T with candidates x in C_t, sets as bits, prices d_t(x) >= 0 and costs s_t(x).
    Among chains x_1 ⊆ x_2 ⊆ … ⊆ x_T: the least max_t d_t(x_t); among those, the least Σ_t s_t(x_t).

In words
    What is once built stays. The first pass finds how bad the worst stage must be, the second,
    among chains no worse, the cheapest in sum. Candidates of a stage are tried from good to bad,
    so that the first set found inside another is its best predecessor.

Papers
    Bellman 1957 (dynamic programming over stages).
"""

from collections.abc import Sequence

import numpy as np
from numba import njit


def best_chain(
    sets: np.ndarray, prices: Sequence[np.ndarray], costs: Sequence[np.ndarray]
) -> np.ndarray:
    """Rows (T,) of the best chain; empty if there is none.

    Parameters
    ----------
    sets : uint64 (n, words)
        Candidates as bits.
    prices : T arrays (n,)
        Of each candidate in each stage, not negative; NaN where it may not be taken.
    costs : T arrays (n,)
        Finite. Equal sums: the earlier row.
    """
    bits = np.ascontiguousarray(sets, dtype=np.uint64)
    worst = _labels(bits, prices, add=False)[0]
    limit = np.nanmin(worst[-1]) if np.isfinite(worst[-1]).any() else np.inf
    if not np.isfinite(limit):
        return np.zeros(0, dtype=np.int64)
    allowed = [np.where(p <= limit, c, np.nan) for p, c in zip(prices, costs, strict=True)]
    total, before = _labels(bits, allowed, add=True)
    row = int(np.nanargmin(total[-1]))
    chain = [row]
    for previous in reversed(before[1:]):
        row = int(previous[row])
        chain.append(row)
    return np.array(chain[::-1], dtype=np.int64)


def bits_of(flags: np.ndarray) -> np.ndarray:
    """Rows of bool (n, m) as rows of uint64, padded with zeros."""
    padded = np.zeros((len(flags), max(1, -(-flags.shape[1] // 64)) * 64), dtype=np.uint8)
    padded[:, : flags.shape[1]] = flags
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def _labels(
    bits: np.ndarray, prices: Sequence[np.ndarray], *, add: bool
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """By stage, the label of the best chain to each candidate (NaN: none), and its predecessor."""
    labels = [np.asarray(prices[0], dtype=np.float64)]
    before = [np.full(len(bits), -1, dtype=np.int64)]
    for price in prices[1:]:
        last = labels[-1]
        able = np.flatnonzero(~np.isnan(last))
        ranked = able[np.argsort(last[able], kind="stable")]
        wanted = np.flatnonzero(~np.isnan(price))
        found = np.full(len(bits), -1, dtype=np.int64)
        found[wanted] = _first_inside(bits, ranked, wanted)
        come = np.where(found >= 0, last[found], np.nan)
        labels.append(come + price if add else np.maximum(come, price))
        before.append(found)
    return labels, before


@njit(cache=True, nogil=True)
def _first_inside(bits: np.ndarray, ranked: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """For each wanted row, the first of the ranked rows whose bits are all in it; -1 if none."""
    found = np.full(len(wanted), -1, dtype=np.int64)
    for j in range(len(wanted)):
        for i in range(len(ranked)):
            inside = True
            for w in range(bits.shape[1]):
                if bits[ranked[i], w] & ~bits[wanted[j], w]:
                    inside = False
                    break
            if inside:
                found[j] = ranked[i]
                break
    return found
