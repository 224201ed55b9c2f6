"""Solutions nearly as good as the best, as different from each other as can be.

References
----------
Brill, Chang & Hopkins 1982 (modeling to generate alternatives), doi 10.1287/mnsc.28.3.221.
"""

import numpy as np
from scipy import sparse

from nonetloss.core.errors import InputError
from nonetloss.numerics.milp import Model, Rows, Solution, compile_model, solve


def different(
    model: Model,
    *,
    best: Solution,
    columns: np.ndarray,
    slack: float,
    count: int,
    gap: float = 1e-3,
    time_limit_s: float | None = None,
) -> tuple[Solution, ...]:
    """Up to `count` further solutions whose objective is within `slack` of the best one.

    Parameters
    ----------
    model : Model
    best : Solution
        A solution of it.
    columns : (k,) int
        The binary columns that are looked at (which sites, not how a gain is shared out).
    slack : float
        Relative loss of objective that is allowed, at least 0.
    count : int
        At least 0.
    gap : float
        Relative gap of each search for the most different solution.
    time_limit_s : float or None
        Seconds for each search; what was found until then is taken.

    Returns
    -------
    tuple of Solution
        In the order found; fewer where no other solution is good enough. `objective` is that of
        `model`; `bound` and `gap` are measured against what `best` proved.

    Raises
    ------
    InputError
        `milp.slack` for a negative slack or count.

    Notes
    -----
    **Mathematical formulation.** With S_1 … S_k the columns at 1 in the solutions so far,
    maximize d subject to d <= sum_{i in S_j} (1 - x_i) for each j and the objective within the
    slack; of equal d the better objective. What is counted is what an earlier solution holds and
    the new one does not: adding something useless makes no difference.

    **In words.** Do without as many of the sites used so far as the price allows.
    """
    if slack < 0 or count < 0:
        raise InputError.because("milp.slack", "slack", slack=slack, count=count)
    sign = -1.0 if model.maximize else 1.0
    worst = best.objective + sign * max(slack * abs(best.objective), 1e-9)
    room = max(abs(worst - best.objective), 1e-9)
    used = [best.values[columns] > 0.5]
    found: list[Solution] = []
    while len(found) < count:
        wide = _most_different(model, columns, used, worst=worst, room=room)
        answer = solve(wide, gap=gap, time_limit_s=time_limit_s)
        if not answer.found or answer.values[-1] < 0.5:
            break
        values = answer.values[:-1]
        objective = float(model.objective @ values)
        distance = abs(objective - best.bound)
        relative = 0.0 if distance == 0 else distance / max(abs(objective), 1e-300)
        found.append(Solution(values, objective, best.bound, relative, answer.status))
        used.append(values[columns] > 0.5)
    return tuple(found)


def _most_different(
    model: Model, columns: np.ndarray, used: list[np.ndarray], *, worst: float, room: float
) -> Model:
    """One more column, the number of used columns that are left out of each earlier solution."""
    width = model.shape[1]
    wide = sparse.hstack([model.matrix, sparse.csr_array((model.shape[0], 1))], format="csr")
    apart = np.zeros((len(used), width + 1))
    for row, taken in enumerate(used):
        apart[row, columns[taken]] = 1.0
    apart[:, -1] = 1.0
    sizes = np.array([float(taken.sum()) for taken in used])
    price = np.append(model.objective, 0.0)
    limit = {"lower": worst} if model.maximize else {"upper": worst}
    # The price decides between equally different solutions: at most half of one site.
    sign = 1.0 if model.maximize else -1.0
    goal = np.append(sign * 0.5 * model.objective / room, 1.0)
    return compile_model(
        goal,
        rows=[
            Rows(wide, model.row_lower, model.row_upper),
            Rows(apart, upper=sizes),
            Rows(price[None, :], **limit),
        ],
        column_lower=np.append(model.column_lower, 0.0),
        column_upper=np.append(model.column_upper, max(float(sizes.min()), 0.0)),
        integer=np.append(model.integer, True),
        maximize=True,
    )
