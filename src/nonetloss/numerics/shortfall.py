"""How far a point falls short of others, as shares, all objectives minimized.

Mathematical formulation
    r_c(x, g) = (x_c - g_c) / s_c(g), with s_c(g) > 0 the scale of g in objective c (its own size,
    or one number for all). 0 where x_c = g_c; ±∞ where s_c(g) = 0 and x_c differs.
    cover(m, p) = max_c r_c(m, p): the ε within which m stands for p.
    beaten(x) = max(0, max_g min_c r_c(x, g)): the largest ε by which some g is better than x in
    every objective at once.

In words
    `cover` asks whether one point can stand for another; `beaten` how clearly a point loses.

Papers: Papadimitriou & Yannakakis 2000, doi 10.1109/SFCS.2000.892068 (ε-covers); Zitzler et al.
2003, doi 10.1109/TEVC.2003.810758 (the ε-indicator).
"""

import numpy as np
from numba import njit


def beaten(points: np.ndarray, others: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """The largest share by which one of the others is better in every objective at once.

    Parameters
    ----------
    points : (n, d)
        Minimized.
    others, scales : (m, d)
        Points to compare with, and s_c(g) for each of them, not negative.

    Returns
    -------
    float (n,)
        0 where no other point is better everywhere; infinite where one is so by zero scales only.
    """
    return np.asarray(_beaten(_rows(points), _rows(others), _rows(scales)))


def cover(members: np.ndarray, points: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """ε (k, n) within which each of the members (k, d) stands for each of the points (n, d).

    `scales` (n, d) are those of the points.
    """
    return np.asarray(_cover(_rows(members), _rows(points), _rows(scales)))


def _rows(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=np.float64)


@njit(cache=True, nogil=True)
def ratio(difference: float, scale: float) -> float:
    """difference / scale; a zero scale makes any difference infinite."""
    if difference == 0.0:
        return 0.0
    if scale == 0.0:
        return np.inf if difference > 0.0 else -np.inf
    return difference / scale


@njit(cache=True, nogil=True)
def stands_for(member: np.ndarray, point: np.ndarray, scale: np.ndarray, enough: float) -> float:
    """cover(member, point), or the first number found that is not below `enough`."""
    worst = 0.0
    for c in range(len(point)):
        share = ratio(member[c] - point[c], scale[c])
        if share > worst:
            worst = share
            if worst >= enough:
                break
    return worst


@njit(cache=True, nogil=True)
def _beaten(points: np.ndarray, others: np.ndarray, scales: np.ndarray) -> np.ndarray:
    found = np.zeros(len(points))
    for i in range(len(points)):
        best = 0.0
        for g in range(len(others)):
            least = np.inf
            for c in range(points.shape[1]):
                share = ratio(points[i, c] - others[g, c], scales[g, c])
                if share < least:
                    least = share
                    if least <= best:
                        break
            best = max(best, least)
        found[i] = best
    return found


@njit(cache=True, nogil=True)
def _cover(members: np.ndarray, points: np.ndarray, scales: np.ndarray) -> np.ndarray:
    found = np.empty((len(members), len(points)))
    for m in range(len(members)):
        for p in range(len(points)):
            found[m, p] = stands_for(members[m], points[p], scales[p], np.inf)
    return found
