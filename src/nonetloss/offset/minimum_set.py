"""The cheapest set of units that meets every target, proven (the minimum set problem)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from nonetloss.core.errors import InfeasibleError, InputError, NoSolutionError
from nonetloss.core.findings import error, offenders
from nonetloss.numerics.milp import Model, Rows, compile_model, solve


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
        Relative gap at which the search stops; 0 asks for the proven optimum.
    time_limit : float or None
        Seconds; None for no limit.

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

    z_ij needs no integrality: its coefficient pushes it up to min(x_i, x_j).

    **In words.** Pay for units and for the outline of the selection; reach every target.
    """
    model = compile_minimum_set(
        amounts,
        targets,
        cost=cost,
        boundary=boundary,
        boundary_penalty=boundary_penalty,
        exposed_edge_factor=exposed_edge_factor,
        locked_in=locked_in,
        locked_out=locked_out,
    )
    units = np.asarray(cost).size
    answer = solve(model, gap=gap, time_limit_s=time_limit)
    if not answer.found:
        # Targets were checked one by one and units bind nothing else: only time can be missing.
        raise NoSolutionError.because("minimum-set.time", "minimum set", limit=time_limit)
    chosen = answer.values[:units] > 0.5
    spent = float(np.asarray(cost, dtype=np.float64)[chosen].sum())
    return Selection(chosen, answer.objective, answer.bound, answer.gap, spent)


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
    objective = np.where(np.isfinite(price), price, 0.0)
    upper = np.where(outside, 0.0, 1.0)
    lower = np.where(inside, 1.0, 0.0)
    if boundary is None or boundary_penalty == 0:
        rows = [Rows(matrix.T, lower=wanted)]
        return compile_model(
            objective, rows=rows, column_lower=lower, column_upper=upper, integer=True
        )
    outline, first, second, shared = _edges(boundary, units, exposed_edge_factor)
    edges = shared.size
    objective = np.concatenate(
        [objective + boundary_penalty * outline, -2 * boundary_penalty * shared]
    )
    each = np.arange(edges)
    above = sparse.csr_array((np.ones(edges), (each, units + each)), shape=(edges, units + edges))
    one = sparse.csr_array((np.ones(edges), (each, first)), shape=(edges, units + edges))
    other = sparse.csr_array((np.ones(edges), (each, second)), shape=(edges, units + edges))
    padded = sparse.hstack([matrix.T, sparse.csr_array((features, edges))], format="csr")
    return compile_model(
        objective,
        rows=[Rows(padded, lower=wanted), Rows(above - one, upper=0), Rows(above - other, upper=0)],
        column_lower=np.concatenate([lower, np.zeros(edges)]),
        column_upper=np.concatenate([upper, np.ones(edges)]),
        integer=np.arange(units + edges) < units,
    )


def _edges(
    boundary: Any, units: int, factor: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Outline (units,) when chosen alone, and shared edges as (first, second, length)."""
    shape = sparse.csr_array(boundary, dtype=np.float64)
    _require(shape.shape == (units, units) and np.isfinite(shape.data).all(), "boundary")
    skew = abs(shape - shape.T)
    _require(skew.nnz == 0 or skew.max() <= 1e-9 * abs(shape).max(), "boundary")
    whole = shape.diagonal()
    pairs = sparse.triu(shape, k=1, format="coo")
    used = pairs.data > 0
    first, second, length = pairs.row[used], pairs.col[used], pairs.data[used]
    met = np.bincount(first, length, units) + np.bincount(second, length, units)
    exposed = whole - met
    _require(bool((exposed >= -1e-6 * np.maximum(whole, 1.0)).all()), "boundary")
    return met + factor * np.maximum(exposed, 0.0), first, second, length


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
