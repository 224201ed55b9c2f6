"""The cheapest set of units that meets every target, proven (the minimum set problem)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from nonetloss.core.errors import InfeasibleError, InputError, NoSolutionError
from nonetloss.core.findings import error, offenders
from nonetloss.numerics.milp import Model, solve
from nonetloss.numerics.program import Program, add_products
from nonetloss.offset.planning.large import Priced, priced_minimum_set
from nonetloss.offset.planning.outline import Outline, outline_and_edges

# From so many units on, prices on targets are searched first; above so many units and edges an
# exact search would not end, and what the prices prove is the answer.
_MANY = 2_000
_PROVABLE = 60_000


@dataclass(frozen=True, slots=True)
class Selection:
    """`chosen` (units,) bool; `objective` and its proven `bound`; `gap` relative.

    `cost` is the cost of the chosen units alone, without the boundary term.
    """

    chosen: np.ndarray
    objective: float
    bound: float
    gap: float
    cost: float


def minimum_set(
    amounts: Any,
    targets: np.ndarray,
    *,
    cost: np.ndarray,
    boundary: Any = None,
    boundary_penalty: float = 0.0,
    exposed_edge_factor: float = 0.5,
    locked_in: np.ndarray | None = None,
    locked_out: np.ndarray | None = None,
    gap: float = 0.001,
    time_limit: float | None = None,
) -> Selection:
    """Units of least cost whose amounts reach every target.

    Parameters
    ----------
    amounts : sparse or dense (units, features)
        What each unit holds of each feature; not negative.
    targets : (features,)
        Amount wanted of each feature.
    cost : (units,)
        Not negative; NaN means that the unit is not available.
    boundary : sparse or dense symmetric (units, units), or None
        Shared edge lengths; the diagonal holds the *whole* perimeter of each unit.
    boundary_penalty : float
        Cost per length of boundary of the selection; 0 leaves the boundary out.
    exposed_edge_factor : float
        Share of its length at which an edge that borders no unit is counted.
    locked_in, locked_out : (units,) bool, or None
        Units that must, or cannot, be chosen. A unit without cost cannot be locked in.
    gap : float
        Relative gap at which the search stops; 0 asks for the proven optimum. Problems of more
        than some 60,000 units and shared edges may stop above it: `Selection.gap` says what is
        proven, also then.
    time_limit : float or None
        Seconds for the exact search; None for no limit.

    Returns
    -------
    Selection

    Raises
    ------
    InputError
        `minimum-set.input` (shapes, NaN, negative numbers, a boundary that is not symmetric),
        `minimum-set.locked` (a unit both in and out).
    InfeasibleError
        `minimum-set.unreachable`, one finding per feature whose available units sum to less than
        its target.
    NoSolutionError
        `minimum-set.time` when the time limit passed without any solution.

    Notes
    -----
    **Mathematical formulation.** With x binary, c cost, r amounts, t targets, p the penalty, S_ij
    shared edges and P_i = sum_j S_ij + f (perimeter_i - sum_j S_ij),

        min  sum_i c_i x_i + p (sum_i P_i x_i - 2 sum_{i<j} S_ij z_ij)
        s.t. sum_i r_ij x_i >= t_j,  z_ij <= x_i,  z_ij <= x_j,  0 <= z_ij <= 1.

    z_ij needs no integrality: its coefficient pushes it up to min(x_i, x_j). From 2,000 units on
    prices on the targets and minimum cuts give a bound and a set first (see
    `planning.large.priced_minimum_set`), from which the exact search starts where it is needed.

    **In words.** Pay for units and for the outline of the selection; reach every target.
    """
    parts = _checked(
        amounts,
        targets,
        cost=cost,
        boundary=boundary,
        boundary_penalty=boundary_penalty,
        exposed_edge_factor=exposed_edge_factor,
        locked_in=locked_in,
        locked_out=locked_out,
    )
    units = parts.price.size
    priced = _priced(parts, gap) if units >= _MANY else None
    if priced is not None:
        near = priced.objective - priced.bound
        if near <= gap * abs(priced.objective) or units + parts.edges > _PROVABLE:
            return _selection(parts, priced.chosen, priced.bound)
    start = None if priced is None else _point(parts, priced.chosen)
    answer = solve(_compiled(parts), gap=gap, time_limit_s=time_limit, start=start)
    if not answer.found:
        # Targets were checked one by one and units bind nothing else: only time can be missing.
        raise NoSolutionError.because("minimum-set.time", "minimum set", limit=time_limit)
    bound = answer.bound if priced is None else max(answer.bound, priced.bound)
    return _selection(parts, answer.values[:units] > 0.5, bound)


def compile_minimum_set(
    amounts: Any,
    targets: np.ndarray,
    *,
    cost: np.ndarray,
    boundary: Any = None,
    boundary_penalty: float = 0.0,
    exposed_edge_factor: float = 0.5,
    locked_in: np.ndarray | None = None,
    locked_out: np.ndarray | None = None,
) -> Model:
    """The program of `minimum_set`, checked and compiled but not solved; same arguments."""
    return _compiled(
        _checked(
            amounts,
            targets,
            cost=cost,
            boundary=boundary,
            boundary_penalty=boundary_penalty,
            exposed_edge_factor=exposed_edge_factor,
            locked_in=locked_in,
            locked_out=locked_out,
        )
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    """What was given, checked; `price` is zero where a unit is outside for want of a cost."""

    matrix: sparse.csr_array
    wanted: np.ndarray
    price: np.ndarray
    outline: Outline | None
    penalty: float
    inside: np.ndarray
    outside: np.ndarray

    @property
    def edges(self) -> int:
        """Number of shared edges that are paid for."""
        return 0 if self.outline is None else self.outline.length.size


def _checked(
    amounts: Any,
    targets: np.ndarray,
    *,
    cost: np.ndarray,
    boundary: Any,
    boundary_penalty: float,
    exposed_edge_factor: float,
    locked_in: np.ndarray | None,
    locked_out: np.ndarray | None,
) -> _Parts:
    matrix = sparse.csr_array(amounts, dtype=np.float64)
    wanted = np.asarray(targets, dtype=np.float64)
    price = np.asarray(cost, dtype=np.float64)
    units, features = matrix.shape
    _require(wanted.shape == (features,) and np.isfinite(wanted).all(), "targets")
    _require(price.shape == (units,) and not (price < 0).any(), "cost")
    _require(np.isfinite(matrix.data).all() and not (matrix.data < 0).any(), "amounts")
    _require(boundary_penalty >= 0 and exposed_edge_factor >= 0, "boundary_penalty")
    inside = _mask(locked_in, units, "locked_in")
    outside = _mask(locked_out, units, "locked_out") | ~np.isfinite(price)
    both = np.flatnonzero(inside & outside)
    if both.size:
        raise InputError.because("minimum-set.locked", offenders(both))
    _require_reachable(matrix, wanted, ~outside)
    outline = None
    if boundary is not None and boundary_penalty > 0:
        outline = outline_and_edges(boundary, units, exposed_edge_factor)
    known = np.where(np.isfinite(price), price, 0.0)
    return _Parts(matrix, wanted, known, outline, boundary_penalty, inside, outside)


def _compiled(parts: _Parts) -> Model:
    program = Program()
    units = program.columns(
        parts.price.size,
        cost=parts.price,
        lower=parts.inside.astype(np.float64),
        upper=(~parts.outside).astype(np.float64),
        integer=True,
    )
    program.rows((units, parts.matrix.T), lower=parts.wanted)
    if parts.outline is not None:
        program.price(units, parts.penalty * parts.outline.outline)
        saved = -2 * parts.penalty * parts.outline.length
        add_products(program, units, parts.outline.first, parts.outline.second, saved)
    return program.compile()


def _priced(parts: _Parts, gap: float) -> Priced | None:
    return priced_minimum_set(
        parts.matrix,
        parts.wanted,
        cost=parts.price,
        outline=parts.outline,
        penalty=parts.penalty,
        inside=parts.inside,
        outside=parts.outside,
        gap=gap,
    )


def _point(parts: _Parts, chosen: np.ndarray) -> np.ndarray:
    """All columns of the program at a set of units."""
    if parts.outline is None:
        return chosen.astype(np.float64)
    both = chosen[parts.outline.first] & chosen[parts.outline.second]
    return np.concatenate([chosen, both]).astype(np.float64)


def _selection(parts: _Parts, chosen: np.ndarray, bound: float) -> Selection:
    spent = float(parts.price[chosen].sum())
    objective = spent
    if parts.outline is not None:
        both = chosen[parts.outline.first] & chosen[parts.outline.second]
        length = parts.outline.outline[chosen].sum() - 2 * parts.outline.length[both].sum()
        objective += parts.penalty * float(length)
    proven = min(bound, objective)
    apart = objective - proven
    gap = 0.0 if apart <= 1e-12 * abs(objective) else apart / max(abs(objective), 1e-300)
    return Selection(chosen, objective, proven, gap, spent)


def _require_reachable(matrix: Any, wanted: np.ndarray, available: np.ndarray) -> None:
    reach = matrix.T @ available.astype(np.float64)
    short = np.flatnonzero(reach < wanted - 1e-9 * np.maximum(1.0, np.abs(wanted)))
    if short.size:
        raise InfeasibleError(
            *(
                error(
                    "minimum-set.unreachable",
                    f"{j}",
                    available=float(reach[j]),
                    target=float(wanted[j]),
                )
                for j in short
            )
        )


def _mask(given: np.ndarray | None, units: int, name: str) -> np.ndarray:
    if given is None:
        return np.zeros(units, dtype=bool)
    mask = np.asarray(given)
    _require(mask.shape == (units,) and mask.dtype == bool, name)
    return mask


def _require(holds: object, name: str) -> None:
    if not holds:
        raise InputError.because("minimum-set.input", name)
