"""Areas and accuracies from an error matrix whose rows, the map classes, were the strata.

Mathematical formulation
    Map class i, reference class j, n_ij of n_i units, W_i = A_i / A the mapped shares,
    q_ij = n_ij / n_i::

        p_ij = W_i q_ij                          share of the area
        A_j  = A Σ_i p_ij                        SE(A_j) = A √(Σ_i W_i² q_ij (1 - q_ij)/(n_i - 1))
        U_i  = q_ii                              V(U_i) = U_i (1 - U_i)/(n_i - 1)
        OA   = Σ_i p_ii                          V(OA)  = Σ_i W_i² V(U_i)
        P_j  = p_jj / Σ_i p_ij
        V(P_j) = [A_j² (1 - P_j)² V(U_j) + P_j² Σ_{i≠j} A_i² q_ij (1 - q_ij)/(n_i - 1)] / N_j²

    where in V(P_j) A_i is mapped and N_j = A Σ_i p_ij estimated.

In words
    A map misplaces some classes and invents others. Units drawn in each map class show how much of
    it is truly what; weighted by mapped areas they give the areas, whatever the map got wrong.

References
----------
Olofsson et al. 2014, doi 10.1016/j.rse.2014.02.015, equations 1-11. Three numbers of the example
printed there do not follow from its matrix: the half width of the producer's accuracy of forest
gain, 0.23, is 0.254; that of stable non-forest, 0.01, is 0.018; the standard error of the area of
class 1, 34,097 pixels, is 34,907.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from nonetloss.core.errors import InputError
from nonetloss.core.findings import error, offenders
from nonetloss.forest.area.accuracy import NOT_KNOWN, Accuracy, doubts
from nonetloss.forest.area.estimators import CONFIDENCE, Estimated, estimated


def error_matrix(
    counts: ArrayLike,
    *,
    classes: Sequence[str],
    mapped_ha: Mapping[str, float],
    confidence: float = CONFIDENCE,
) -> Accuracy:
    """Areas and accuracies, with errors, from counts of units drawn within map classes.

    Parameters
    ----------
    counts : (classes, classes) int
        Units by map class (row) and reference class (column). A class that only the reference
        knows has a row of zeros and no mapped area.
    classes : sequence of str
    mapped_ha : mapping
        Hectares of each class on the map; a class left out has none.
    confidence : float
        Of the intervals, by the normal distribution.

    Raises
    ------
    InputError
        Everything wrong at once: `area.matrix-shape`, `area.counts` for negative or broken counts,
        `area.class-empty` for a class with mapped area and no unit, `area.stratum-one-unit`,
        `area.class-without-area` for units in a class that the map has not, `area.sizes`.
    """
    names = tuple(str(c) for c in classes)
    n = np.asarray(counts, dtype=np.float64)
    sizes = _checked(n, names, mapped_ha)
    whole = float(sizes.sum())
    weights = sizes / whole
    rows = n.sum(axis=1)
    sampled = rows > 0
    q = np.divide(n, rows[:, None], out=np.zeros_like(n), where=sampled[:, None])
    shares = weights[:, None] * q
    # Variance of each q_ij; 0 in rows without area, which weigh nothing.
    spread = np.divide(
        q * (1 - q), rows[:, None] - 1, out=np.zeros_like(n), where=(rows > 1)[:, None]
    )
    variances = weights[:, None] ** 2 * spread
    units = int(rows.sum())

    def told(mean: float, variance: float, count: float) -> Estimated:
        return estimated(
            mean, np.sqrt(variance), n=int(count), degrees=np.inf, confidence=confidence
        )

    each = range(len(names))
    truth = shares.sum(axis=0)
    users = [told(q[i, i], spread[i, i], rows[i]) if sampled[i] else NOT_KNOWN for i in each]
    producers = []
    for j in each:
        if truth[j] == 0:
            producers.append(NOT_KNOWN)
            continue
        p = shares[j, j] / truth[j]
        others = variances[:, j].sum() - variances[j, j]
        variance = (1 - p) ** 2 * variances[j, j] + p**2 * others
        producers.append(told(p, variance / truth[j] ** 2, n[:, j].sum()))
    return Accuracy(
        classes=names,
        mapped_ha=sizes,
        counts=n.astype(np.int64),
        shares=shares,
        share_errors=np.sqrt(variances),
        overall=told(np.trace(shares), np.trace(variances), units),
        users=tuple(users),
        producers=tuple(producers),
        areas=tuple(told(truth[j], variances[:, j].sum(), units).times(whole) for j in each),
        total_ha=whole,
        units={names[i]: int(rows[i]) for i in each if sampled[i]},
        findings=doubts(
            names,
            n,
            strata=[names[i] for i in each if sampled[i]],
            reference={names[i]: n[i] for i in each},
        ),
    )


def _checked(n: np.ndarray, names: tuple[str, ...], mapped_ha: Mapping[str, float]) -> np.ndarray:
    """Mapped area of each class (0 where the map has none), or everything that is wrong."""
    if n.shape != (len(names), len(names)) or len(set(names)) != len(names):
        raise InputError.because(
            "area.matrix-shape", "counts", found=n.shape, classes=offenders(names)
        )
    given = {str(k): float(v) for k, v in mapped_ha.items()}
    sizes = np.array([given.get(k, 0.0) for k in names])
    bad = [f"{k}: {v:g}" for k, v in given.items() if not (np.isfinite(v) and v >= 0)]
    if bad or not sizes.sum() > 0:
        raise InputError.because("area.sizes", "areas", offenders=offenders(bad or ["Σ = 0"]))
    found = []
    wrong = ~(np.isfinite(n) & (n >= 0) & (n == np.floor(n)))
    if wrong.any():
        cells = [f"{names[i]}/{names[j]}: {n[i, j]:g}" for i, j in np.argwhere(wrong)]
        raise InputError.because("area.counts", "counts", offenders=offenders(cells))
    rows = n.sum(axis=1)
    # Also classes that have an area and do not occur in the matrix at all.
    outside = [k for k, v in given.items() if k not in names and v > 0]
    empty = [k for k, size, seen in zip(names, sizes, rows, strict=True) if size > 0 and seen == 0]
    if empty or outside:
        found.append(error("area.class-empty", "samples", classes=offenders(empty + outside)))
    strange = [k for k, size, seen in zip(names, sizes, rows, strict=True) if size == 0 and seen]
    if strange:
        known = offenders([k for k, v in given.items() if v > 0], 20)
        found.append(
            error("area.class-without-area", "samples", classes=offenders(strange), known=known)
        )
    single = [k for k, size, seen in zip(names, sizes, rows, strict=True) if size > 0 and seen == 1]
    if single:
        found.append(error("area.stratum-one-unit", "samples", strata=offenders(single)))
    if found:
        raise InputError(*found)
    return sizes
