"""Mixed-integer linear programs: compile first, solve after.

`compile_model` turns arrays into a checked, read-only `Model`; `solve` hands it to HiGHS and gives
back what was found *and what is proven*. `conversation` says, before any solving, what looks wrong.

One thread, a fixed seed and no log: the same model gives the same bytes.

References
----------
Huangfu & Hall 2018 (HiGHS), doi 10.1007/s12532-017-0130-5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np
from scipy import sparse

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, offenders, warning

Status = Literal["optimal", "infeasible", "unbounded", "limit"]

# Beyond this ratio between the largest and the smallest number of a model, floating-point
# tolerances of the solver (1e-6) begin to decide the answer.
SCALE_LIMIT = 1e9


@dataclass(frozen=True, slots=True)
class Rows:
    """A block of constraints `lower <= matrix @ x <= upper`, shape (rows, columns)."""

    matrix: Any
    lower: np.ndarray | float = -np.inf
    upper: np.ndarray | float = np.inf


@dataclass(frozen=True, slots=True)
class Model:
    """A compiled program; build it with `compile_model`. Arrays are read-only.

    `matrix` is a scipy CSR array (rows, columns). `row_names` is empty or names each row.
    """

    objective: np.ndarray
    matrix: sparse.csr_array
    row_lower: np.ndarray
    row_upper: np.ndarray
    column_lower: np.ndarray
    column_upper: np.ndarray
    integer: np.ndarray
    maximize: bool = False
    row_names: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return (self.row_lower.size, self.objective.size)


@dataclass(frozen=True, slots=True)
class Solution:
    """What was found and what is proven.

    `values` is NaN everywhere when no feasible point was found; integer columns are exact whole
    numbers. `bound` is proven: no feasible point is better. `gap` is
    ``|objective - bound| / |objective|`` (0 when both are equal, inf without a feasible point).
    """

    values: np.ndarray
    objective: float
    bound: float
    gap: float
    status: Status

    @property
    def found(self) -> bool:
        """Whether there is a feasible point."""
        return bool(np.isfinite(self.objective))


def compile_model(
    objective: np.ndarray,
    *,
    rows: Sequence[Rows],
    column_lower: np.ndarray | float = 0.0,
    column_upper: np.ndarray | float = np.inf,
    integer: np.ndarray | bool = False,
    maximize: bool = False,
    row_names: Sequence[str] = (),
) -> Model:
    """A checked, read-only model.

    Parameters
    ----------
    objective : (columns,)
        Coefficient of each variable.
    rows : sequence of Rows
        Blocks of constraints, stacked in the given order. Empty means: only bounds.
    column_lower, column_upper : (columns,) or number
        Bounds of the variables; infinite means none.
    integer : (columns,) bool or bool
        Which variables must be whole.
    row_names : sequence of str
        One per row, for messages; empty for none.

    Raises
    ------
    InputError
        `milp.shape` when lengths differ, `milp.not-finite` for NaN anywhere or infinite
        coefficients.
    """
    cost = np.atleast_1d(np.array(objective, dtype=np.float64))
    columns = cost.size
    blocks = [sparse.csr_array(block.matrix, dtype=np.float64) for block in rows]
    for block in blocks:
        if block.shape[1] != columns:
            raise InputError.because(
                "milp.shape", "matrix", found=block.shape[1], expected=f"{columns}"
            )
    matrix = (
        sparse.csr_array(sparse.vstack(blocks, format="csr"))
        if blocks
        else sparse.csr_array((0, columns))
    )
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    lower = _stacked([block.lower for block in rows], [b.shape[0] for b in blocks], "row_lower")
    upper = _stacked([block.upper for block in rows], [b.shape[0] for b in blocks], "row_upper")
    model = Model(
        objective=cost,
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        column_lower=_spread(column_lower, columns, "column_lower"),
        column_upper=_spread(column_upper, columns, "column_upper"),
        integer=np.broadcast_to(np.asarray(integer, dtype=bool), (columns,)).copy(),
        maximize=maximize,
        row_names=tuple(row_names),
    )
    if model.row_names and len(model.row_names) != lower.size:
        raise InputError.because(
            "milp.shape", "row_names", found=len(model.row_names), expected=f"{lower.size}"
        )
    _require_numbers(model)
    for array in (cost, lower, upper, model.column_lower, model.column_upper, model.integer):
        array.flags.writeable = False
    return model


def conversation(model: Model) -> tuple[Finding, ...]:
    """What looks wrong before solving: empty when nothing does.

    `milp.infeasible-row` (error): even the best values within the bounds miss a row;
    `milp.infeasible-column` (error): a lower bound above its upper bound;
    `milp.scale` (warning): numbers so far apart that rounding may decide the answer.
    """
    found: list[Finding] = []
    crossed = np.flatnonzero(model.column_lower > model.column_upper)
    if crossed.size:
        found.append(error("milp.infeasible-column", "model", columns=offenders(crossed)))
    least, most = _activity(model)
    slack = 1e-6 * np.maximum(1.0, np.abs(np.where(np.isfinite(most), most, 0.0)))
    bad = np.flatnonzero((most < model.row_lower - slack) | (least > model.row_upper + slack))
    for row in bad[:5]:
        name = model.row_names[row] if model.row_names else f"{row}"
        found.append(
            error(
                "milp.infeasible-row",
                name,
                least=float(least[row]),
                most=float(most[row]),
                lower=float(model.row_lower[row]),
                upper=float(model.row_upper[row]),
            )
        )
    for part, values in (("matrix", model.matrix.data), ("objective", model.objective)):
        sizes = np.abs(values[values != 0])
        if sizes.size and sizes.max() / sizes.min() > SCALE_LIMIT:
            found.append(
                warning("milp.scale", part, smallest=float(sizes.min()), largest=float(sizes.max()))
            )
    return tuple(found)


def solve(
    model: Model,
    *,
    gap: float = 1e-3,
    time_limit_s: float | None = None,
    seed: int = 0,
    start: np.ndarray | None = None,
) -> Solution:
    """Solve a compiled model with HiGHS, on one thread.

    Parameters
    ----------
    gap : float
        Stop when the proven relative gap is at most this; 0 asks for the proven optimum.
    time_limit_s : float or None
        Give up after this many seconds and return the best point so far with its bound
        (status `limit`). A limit that bites makes the answer depend on the machine.
    seed : int
        Seed of the solver's own heuristics.
    start : (columns,) or None
        A feasible point to start from.

    Returns
    -------
    Solution
        Status `infeasible` and `unbounded` are answers, not errors.
    """
    if model.shape[1] == 0:
        feasible = bool(np.all(model.row_lower <= 0) and np.all(model.row_upper >= 0))
        value = 0.0 if feasible else np.inf
        status: Status = "optimal" if feasible else "infeasible"
        return Solution(np.zeros(0), value, value, 0.0 if feasible else np.inf, status)
    solver = _solver(gap, time_limit_s, seed)
    solver.passModel(_highs_lp(model))
    if start is not None:
        first = highspy.HighsSolution()
        first.col_value = np.asarray(start, dtype=np.float64).tolist()
        solver.setSolution(first)
    solver.run()
    return _solution(model, solver)


def _solver(gap: float, time_limit_s: float | None, seed: int) -> Any:
    solver = highspy.Highs()
    solver.silent()
    options: dict[str, Any] = {
        "threads": 1,
        "parallel": "off",
        "random_seed": seed,
        "mip_rel_gap": gap,
        "mip_abs_gap": 0.0,
    }
    if time_limit_s is not None:
        options["time_limit"] = float(time_limit_s)
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver


def _highs_lp(model: Model) -> Any:
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = model.shape
    lp.col_cost_ = model.objective
    lp.col_lower_, lp.col_upper_ = model.column_lower, model.column_upper
    lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = model.matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = model.matrix.data
    lp.sense_ = highspy.ObjSense.kMaximize if model.maximize else highspy.ObjSense.kMinimize
    if model.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in model.integer]
    return lp


def _solution(model: Model, solver: Any) -> Solution:
    statuses = highspy.HighsModelStatus
    info = solver.getInfo()
    status = solver.getModelStatus()
    worst = -np.inf if model.maximize else np.inf
    if status == statuses.kUnboundedOrInfeasible:
        # Presolve stops as soon as it knows that no optimum exists; without it HiGHS says which.
        solver.setOptionValue("presolve", "off")
        solver.run()
        status = solver.getModelStatus()
    nothing = np.full(model.objective.size, np.nan)
    if status == statuses.kInfeasible:
        return Solution(nothing, worst, worst, np.inf, "infeasible")
    if status in (statuses.kUnbounded, statuses.kUnboundedOrInfeasible):
        return Solution(nothing, worst, -worst, np.inf, "unbounded")
    optimal = status == statuses.kOptimal
    name: Status = "optimal" if optimal else "limit"
    is_mip = bool(model.integer.any())
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        bound = float(info.mip_dual_bound) if is_mip else -worst
        return Solution(nothing, worst, bound, np.inf, name)
    values = np.array(solver.getSolution().col_value, dtype=np.float64)
    values[model.integer] = np.rint(values[model.integer])
    values = np.clip(values, model.column_lower, model.column_upper) + 0.0
    objective = float(model.objective @ values)
    proven = objective if optimal else -worst
    bound = float(info.mip_dual_bound) if is_mip else proven
    # Rounding of whole numbers can put the objective a hair beyond the bound.
    bound = max(bound, objective) if model.maximize else min(bound, objective)
    distance = abs(objective - bound)
    relative = 0.0 if distance == 0 else distance / max(abs(objective), 1e-300)
    return Solution(values, objective, bound, float(relative), name)


def _activity(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Least and most value that each row can take within the bounds of the columns."""
    positive = model.matrix.maximum(0)
    negative = model.matrix.minimum(0)
    parts = []
    for low, high in (
        (model.column_lower, model.column_upper),
        (model.column_upper, model.column_lower),
    ):
        total = np.zeros(model.shape[0])
        for matrix, bounds in ((positive, low), (negative, high)):
            finite = np.isfinite(bounds)
            total = total + matrix @ np.where(finite, bounds, 0.0)
            endless = np.where(finite, 0.0, np.sign(np.where(finite, 0.0, bounds)))
            reach = matrix @ endless
            with np.errstate(invalid="ignore"):
                total = np.where(reach != 0, np.sign(reach) * np.inf, total)
        parts.append(total)
    return parts[0], parts[1]


def _stacked(values: Sequence[np.ndarray | float], lengths: Sequence[int], name: str) -> np.ndarray:
    if not values:
        return np.zeros(0)
    return np.concatenate([_spread(v, n, name) for v, n in zip(values, lengths, strict=True)])


def _spread(value: np.ndarray | float, length: int, name: str) -> np.ndarray:
    array = np.asarray(value, dtype=np.float64)
    if array.ndim > 0 and array.shape != (length,):
        raise InputError.because("milp.shape", name, found=array.shape, expected=f"{length}")
    return np.broadcast_to(array, (length,)).copy()


def _require_numbers(model: Model) -> None:
    finite = {"objective": model.objective, "matrix": model.matrix.data}
    bounds = {
        "row_lower": model.row_lower,
        "row_upper": model.row_upper,
        "column_lower": model.column_lower,
        "column_upper": model.column_upper,
    }
    for name, array in finite.items():
        if not np.isfinite(array).all():
            where = np.flatnonzero(~np.isfinite(array))
            raise InputError.because("milp.not-finite", name, where=offenders(where))
    for name, array in bounds.items():
        if np.isnan(array).any():
            where = np.flatnonzero(np.isnan(array))
            raise InputError.because("milp.not-finite", name, where=offenders(where))
