"""Minimum sets of very many units: prices on targets, minimum cuts, and a search among patches."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from nonetloss.numerics.bundle import Answer, Maximum, maximize
from nonetloss.numerics.minimum_cut import CutGraph, edge_graph, minimum_cut
from nonetloss.numerics.repair import Costs, Holdings, fill, trim
from nonetloss.offset.planning.outline import Outline

# Sets of units that were best at some prices near the best ones, mended in turn.
_MENDED = 60
# Patches on which so many of them disagree are toggled, the largest ones, a few times over.
_LOOKED_AT = 30
_PATCHES = 300
_PASSES = 3


@dataclass(frozen=True, slots=True)
class Priced:
    """`chosen` (units,) reaches all targets; no set costs less than `bound`."""

    chosen: np.ndarray
    objective: float
    bound: float


@dataclass(frozen=True, slots=True)
class _Problem:
    """Targets scaled to one; base cost includes open edges.

    `costs` and `holdings` say the same for the kernels of `numerics.repair`.
    """

    share: sparse.csr_array
    by_feature: sparse.csr_array
    base: np.ndarray
    first: np.ndarray
    second: np.ndarray
    weight: np.ndarray
    inside: np.ndarray
    outside: np.ndarray
    costs: Costs
    holdings: Holdings

    def cost(self, chosen: np.ndarray) -> float:
        """Units and outline."""
        cut = self.weight[chosen[self.first] != chosen[self.second]]
        return float(self.base[chosen].sum() + cut.sum())


def priced_minimum_set(
    amounts: sparse.csr_array,
    targets: np.ndarray,
    *,
    cost: np.ndarray,
    outline: Outline | None,
    penalty: float,
    inside: np.ndarray,
    outside: np.ndarray,
    gap: float,
) -> Priced | None:
    """A set of units that reaches all targets, and a proven bound on the cost of any.

    Parameters
    ----------
    amounts : (units, features)
    targets : (features,)
        Each can be reached by the units that are not outside.
    cost : (units,)
        Finite.
    outline : Outline or None
    penalty : float
        Cost per length of outline.
    inside, outside : (units,) bool
        Locked in, locked out.
    gap : float
        Relative gap at which the search stops.

    Returns
    -------
    Priced or None
        None where mending found no set.

    Notes
    -----
    **Mathematical formulation.** With prices p >= 0 on the targets t,

        L(p) = p t + min_x  sum_i (c_i + exposed_i - p r_i) x_i + sum_ij w_ij |x_i - x_j|

    bounds the cost from below for every p. The inner minimum is a minimum cut, solved exactly; a
    bundle method maximizes L over p, which gives the bound of the linear relaxation without ever
    building it. Sets that are optimal at prices near the best ones nearly reach the targets: they
    are filled up and trimmed; patches on which they disagree are then toggled one by one.

    **In words.** Pay for what each unit brings until just enough of it is sold; then settle by
    trial the few patches on which the prices do not decide.
    """
    problem, kept = _scaled(amounts, targets, cost, outline, penalty, inside, outside)
    graph = edge_graph(cost.size, problem.first, problem.second, problem.weight)
    forced = np.where(inside, -np.inf, np.where(outside, np.inf, 0.0))
    if kept == 0:  # nothing is asked for: what is locked in, and holes that cost less filled
        chosen = _best_at(problem, graph, np.zeros(0), forced)
        return Priced(chosen, problem.cost(chosen), problem.cost(chosen))

    def oracle(prices: np.ndarray) -> Answer:
        chosen = _best_at(problem, graph, prices, forced)
        held = problem.by_feature @ chosen
        lower = float(prices.sum()) + problem.cost(chosen) - float(prices @ held)
        return Answer(lower, 1.0 - held, np.packbits(chosen))

    start = _first_prices(problem, kept)
    top = maximize(oracle, start, tolerance=min(1e-5, max(gap, 1e-6) / 10))
    # The cut is exact up to the rounding of its capacities.
    bound = top.value - 1e-9 * max(abs(top.value), 1e-300)
    found = _mended(problem, top, gap)
    if found is None:
        return None
    chosen, value = found
    if value - bound > gap * abs(value):
        chosen = _moved(problem, top, chosen, gap)
        value = problem.cost(chosen)
    return Priced(chosen, value, min(bound, value))


def _scaled(
    amounts: sparse.csr_array,
    targets: np.ndarray,
    cost: np.ndarray,
    outline: Outline | None,
    penalty: float,
    inside: np.ndarray,
    outside: np.ndarray,
) -> tuple[_Problem, int]:
    """The problem with each target at one, and how many targets there are."""
    asked = np.flatnonzero(targets > 0)
    share = sparse.csr_array(amounts[:, asked] @ sparse.diags_array(1.0 / targets[asked]))
    share.sum_duplicates()
    share.eliminate_zeros()
    units = cost.size
    none = np.zeros(0, dtype=np.int64)
    first, second, weight = none, none, np.zeros(0)
    base = cost.astype(np.float64)
    if outline is not None and penalty > 0:
        first, second = outline.first, outline.second
        weight = penalty * outline.length
        met = np.bincount(first, weight, units) + np.bincount(second, weight, units)
        base = base + penalty * outline.outline - met
    both = (np.concatenate([first, second]), np.concatenate([second, first]))
    around = sparse.csr_array((np.concatenate([weight, weight]), both), shape=(units, units))
    by_feature = sparse.csr_array(share.T)
    costs = Costs(base, *_arrays(around))
    holdings = Holdings(*_arrays(share))
    problem = _Problem(
        share, by_feature, base, first, second, weight, inside, outside, costs, holdings
    )
    return problem, asked.size


def _arrays(matrix: sparse.csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts of rows, columns and values, indices as the compiled kernels take them."""
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data


def _best_at(
    problem: _Problem, graph: CutGraph, prices: np.ndarray, forced: np.ndarray
) -> np.ndarray:
    """The cheapest set of units when what they hold is paid at these prices."""
    unary = problem.base - problem.share @ prices + forced
    return minimum_cut(graph, unary) if problem.weight.size else np.asarray(unary < 0)


def _first_prices(problem: _Problem, kept: int) -> np.ndarray:
    """Prices at which the middle of what is on offer pays for itself."""
    free = ~problem.outside
    rate = problem.share[free].sum(axis=1)
    useful = rate > 0
    if not useful.any():
        return np.ones(kept)
    ratio = np.sort(problem.base[free][useful] / rate[useful])
    return np.full(kept, max(float(ratio[ratio.size // 8]), 1e-12))


def _mended(problem: _Problem, top: Maximum, gap: float) -> tuple[np.ndarray, float] | None:
    """The cheapest of the sets near the best prices, filled up and trimmed."""
    price = _positive(top)
    best: tuple[np.ndarray, float] | None = None
    for witness in top.witnesses[:_MENDED]:
        near = np.unpackbits(witness, count=problem.base.size).astype(bool)
        chosen = _complete(problem, near, price)
        if chosen is None:
            return None
        value = problem.cost(chosen)
        if best is None or value < best[1]:
            best = (chosen, value)
        if best[1] - top.value <= gap * abs(best[1]):
            break
    return best


def _complete(problem: _Problem, chosen: np.ndarray, price: np.ndarray) -> np.ndarray | None:
    chosen = (chosen | problem.inside) & ~problem.outside
    held = problem.by_feature @ chosen.astype(np.float64)
    if not fill(chosen, held, price, ~problem.outside, problem.costs, problem.holdings):
        return None
    trim(chosen, held, price, problem.inside, problem.costs, problem.holdings)
    return chosen


def _moved(problem: _Problem, top: Maximum, chosen: np.ndarray, gap: float) -> np.ndarray:
    """Toggle whole patches on which the best sets disagree, as long as that saves something."""
    price = _positive(top)
    value = problem.cost(chosen)
    patches = _patches(problem, top, chosen)
    for _ in range(_PASSES):
        before = value
        for patch in patches:
            if value - top.value <= gap * abs(value):
                return chosen
            trial = chosen.copy()
            trial[patch] = not chosen[patch[0]]
            whole = _complete(problem, trial, price)
            if whole is not None and (now := problem.cost(whole)) < value:
                chosen, value = whole, now
        if value >= before:
            break
    return chosen


def _patches(problem: _Problem, top: Maximum, chosen: np.ndarray) -> list[np.ndarray]:
    """Connected units that every one of the best sets takes, or leaves, together; largest first."""
    units = problem.base.size
    pattern = chosen.astype(np.int64)
    votes = pattern.copy()
    looked_at = top.witnesses[:_LOOKED_AT]
    for power, witness in enumerate(looked_at, start=1):
        member = np.unpackbits(witness, count=units).astype(np.int64)
        votes += member
        pattern += member << power
    apart = (votes > 0) & (votes <= len(looked_at)) & ~problem.inside & ~problem.outside
    index = np.flatnonzero(apart)
    if index.size == 0:
        return []
    a, b = problem.first, problem.second
    linked = apart[a] & apart[b] & (pattern[a] == pattern[b])
    ones = np.ones(int(linked.sum()))
    graph = sparse.csr_array((ones, (a[linked], b[linked])), shape=(units, units))
    label = csgraph.connected_components(graph, directed=False)[1][index]
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    parts = np.split(index[order], starts[1:])
    parts.sort(key=lambda part: (-part.size, int(part[0])))
    return parts[:_PATCHES]


def _positive(top: Maximum) -> np.ndarray:
    """Prices above zero, so that what is asked for without a price still counts for something."""
    most = max(float(top.prices.max(initial=0.0)), 1e-300)
    result: np.ndarray = np.maximum(top.prices, 1e-9 * most)
    return result
