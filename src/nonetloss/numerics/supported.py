"""The supported front: all points that some weighted sum of the objectives makes best.

Mathematical formulation
    Y is the set of attainable values, all minimized, d objectives. A point is supported if it
    minimizes w·y over Y for some w ≥ 0, w ≠ 0. The extreme supported points are the vertices of
    conv(Y) + R≥0^d. P is the set found so far. Every facet of conv(P) + R≥0^d has a normal
    w ≥ 0; minimizing w·y either finds a point below the facet, which joins P, or proves that
    none is. When all facets are proven, the two polyhedra are equal and P holds every extreme
    supported point.

In words
    Between two neighbors of the front, ask for the best point with just the weights under which
    the two are equally good. If a better one comes, ask again on both sides of it; if not, there
    is nothing between them that a weighted sum could find.

With two objectives this is the dichotomic search of Aneja & Nair 1979, doi 10.1287/mnsc.25.1.73.
With three, facets replace neighbors, as in Przybylski, Gandibleux & Ehrgott 2010,
doi 10.1287/ijoc.1090.0342, but the hull is computed anew with far points p + M·e_k that stand for
the directions of R≥0^d, in the manner of Özpeynirci & Köksalan 2010, doi 10.1287/mnsc.1100.1248.

Points that no weighted sum reaches (unsupported) exist and are not found here: see
`numerics.tradeoff.exact_path_front`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import ConvexHull

from nonetloss.core.errors import InputError
from nonetloss.numerics.pareto import nondominated

Solve = Callable[[np.ndarray], tuple[np.ndarray, Any]]


@dataclass(frozen=True, slots=True)
class SupportedFront:
    """Points found by weighted sums, sorted by the first objective.

    Parameters
    ----------
    values : float64 (k, d)
        None dominates another.
    weights : float64 (k, d)
        Weights under which the point is best, summing to 1.
    solutions : tuple of length k
        What `solve` returned beside the values.
    proven : bool (k,)
        Efficient beyond doubt: best for a strictly positive combination of weights that were
        solved. False: best only with a weight of 0 somewhere, so that a better one may exist.
    complete : bool
        Every extreme supported point is among `values`, up to the tolerance.
    solves : int
        Calls of `solve`.
    """

    values: np.ndarray
    weights: np.ndarray
    solutions: tuple[Any, ...]
    proven: np.ndarray
    complete: bool
    solves: int


def supported_front(
    solve: Solve, *, objectives: int = 2, max_solves: int = 200, tolerance: float = 1e-9,
    minimum_weight: float = 0.0,
) -> SupportedFront:  # fmt: skip
    """All extreme supported points of a multi-objective problem that `solve` can scalarize.

    Parameters
    ----------
    solve : callable of weights (d,) to (values (d,), solution)
        Minimizes the weighted sum of the objectives exactly. Weights are not negative.
    objectives : int
        2 or 3.
    max_solves : int
        Stop after so many calls, at the widest gaps first; `complete` is then False.
    tolerance : float
        Relative improvement of the weighted sum below which a facet counts as proven.
    minimum_weight : float
        Least share of any weight, for solvers that refuse a zero. Points that need a smaller one
        are then not found, and `complete` refers to the others.

    Raises
    ------
    InputError
        `tradeoff.objectives`; `tradeoff.not-a-number` if `solve` returns NaN.
    """
    if objectives not in (2, 3):
        raise InputError.because(
            "tradeoff.objectives", "supported_front", found=objectives, wanted="2, 3"
        )
    wanted: list[np.ndarray] = []
    asked: list[np.ndarray] = []
    values: list[np.ndarray] = []
    solutions: list[Any] = []

    queue = list(np.eye(objectives))
    while queue and len(asked) < max(1, max_solves):
        wanted.append(queue.pop(0))
        raised = np.maximum(wanted[-1] / wanted[-1].sum(), minimum_weight)
        asked.append(raised / raised.sum())
        value, solution = solve(asked[-1])
        values.append(np.asarray(value, dtype=np.float64))
        solutions.append(solution)
        if not queue:
            queue = _widest_unproven(np.array(values), np.array(wanted), tolerance)
    complete = not queue
    return _front(np.array(asked), np.array(values), solutions, complete, tolerance)


def facets(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Facets of conv(points) + R≥0^d for scaled points.

    Returns
    -------
    normals (m, d), not negative, summing to 1; offsets (m,), the least normal·point; spread (m,),
    the largest distance between points on the facet.
    """
    count, objectives = points.shape
    far = 4.0 * np.eye(objectives)
    cloud = np.concatenate([points, *(points + step for step in far)])
    hull = ConvexHull(cloud)
    normals = -hull.equations[:, :-1]
    lower = (normals > -1e-10).all(axis=1)
    normals = np.maximum(normals[lower], 0.0)
    normals /= normals.sum(axis=1, keepdims=True)
    corners = hull.simplices[lower]
    offsets = (normals @ points.T).min(axis=1)
    spread = np.zeros(len(normals))
    for i, corner in enumerate(corners):
        own = points[corner[corner < count]]
        if len(own) > 1:
            spread[i] = np.abs(own[:, None] - own[None]).max()
    return normals, offsets, spread


def supported(values: np.ndarray, *, tolerance: float = 1e-9) -> np.ndarray:
    """Mask of the points that lie on the lower convex hull of all; bool (n,)."""
    if len(values) == 0:
        return np.zeros(0, dtype=np.bool_)
    scaled, _ = _scaled(np.asarray(values, dtype=np.float64))
    normals, offsets, _ = facets(scaled)
    return np.asarray(((scaled @ normals.T - offsets) <= tolerance).any(axis=1))


def _scaled(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values between 0 and 1, and the ranges; a constant objective keeps range 1."""
    low = values.min(axis=0)
    spans = values.max(axis=0) - low
    spans[spans <= 1e-12 * np.maximum(np.abs(low), 1e-300)] = 1.0
    return (values - low) / spans, spans


def _distinct(values: np.ndarray, tolerance: float) -> np.ndarray:
    """Positions of the non-dominated points, sorted; of points equal up to tolerance the first."""
    keep = np.flatnonzero(nondominated(values))
    keep = keep[np.lexsort(values[keep].T[::-1])]
    scale = np.maximum(np.abs(values).max(axis=0), 1e-300)
    distinct: list[int] = []
    for i in keep:
        apart = np.abs(values[distinct] - values[i]) > tolerance * scale
        if apart.any(axis=1).all():
            distinct.append(int(i))
    return np.array(distinct, dtype=np.int64)


def _widest_unproven(values: np.ndarray, wanted: np.ndarray, tolerance: float) -> list[np.ndarray]:
    """Weights of the widest facet that was not asked yet, or nothing."""
    scaled, spans = _scaled(values[_distinct(values, tolerance)])
    normals, _, spread = facets(scaled)
    known = wanted * spans
    known /= known.sum(axis=1, keepdims=True)
    for i in np.argsort(-spread, kind="stable"):
        if np.abs(known - normals[i]).max(axis=1).min() > 1e-9:
            return [normals[i] / spans]
    return []


def _front(
    asked: np.ndarray, values: np.ndarray, solutions: list[Any], complete: bool, tolerance: float
) -> SupportedFront:
    chosen = _distinct(values, tolerance)
    sums = values @ asked.T
    best = sums.min(axis=0)
    optimal = sums[chosen] <= best + tolerance * np.maximum(np.abs(best), 1e-300)
    weights = optimal.astype(np.float64) @ asked
    proven = (weights > 0).all(axis=1)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    return SupportedFront(
        values[chosen], weights, tuple(solutions[i] for i in chosen), proven, complete,
        len(asked),
    )  # fmt: skip
