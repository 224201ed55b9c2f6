"""Why a program has no solution: the smallest set of its demands that cannot hold together.

References
----------
Ignatiev, Previti, Liffiton & Marques-Silva 2015 (smallest unsatisfiable subsets by hitting
sets), doi 10.1007/978-3-319-23219-5_13; Chinneck 2008, ISBN 978-0-387-74931-0.
"""

from collections.abc import Sequence

import numpy as np

from nonetloss.core.errors import InputError, NoSolutionError
from nonetloss.numerics.milp import Model, Rows, compile_model, solve

# A row is kept where it is missed by no more than this, relative to its size.
_SLACK = 1e-6


def smallest_conflict(
    model: Model, groups: Sequence[np.ndarray], *, time_limit_s: float | None = None
) -> tuple[int, ...] | None:
    """Groups of rows that cannot hold together; no fewer groups have no solution.

    Parameters
    ----------
    model : Model
        Its objective plays no role. Rows in no group, bounds and integrality always hold.
    groups : sequence of int arrays
        Indices of the rows of each group, which are kept or dropped as a whole.
    time_limit_s : float or None
        Seconds for each of the searches (about as many as there are groups, times the size of the
        answer). None: no limit.

    Returns
    -------
    tuple of int or None
        Sorted indices into `groups`. Empty: what always holds has no solution by itself. None:
        the whole model has a solution.

    Raises
    ------
    InputError
        `milp.group` when a row stands in two groups or does not exist.
    NoSolutionError
        `milp.conflict-time` when a search passed its time limit.

    Notes
    -----
    **Mathematical formulation.** Let F be the family of sets of groups that have a solution. A set
    has none exactly if it meets the complement of every member of F. So: take a smallest set that
    meets all complements found so far (a set cover); if it has a solution, grow it to a maximal
    member of F and add its complement; else it is a smallest conflict, for every conflict meets
    those complements.

    **In words.** Drop demands until the rest can be met, in many ways; what every such way has to
    drop something of is the conflict.
    """
    rows = _checked(model, groups)
    free = np.setdiff1d(np.arange(model.shape[0]), np.concatenate([*rows, []]).astype(np.int64))
    every = tuple(range(len(rows)))
    dropped: list[np.ndarray] = []
    while True:
        members = _smallest_hitting(dropped, len(rows))
        point = _solution(model, free, rows, members, time_limit_s)
        if point is None:
            return members
        grown = _grow(model, free, rows, members, point, time_limit_s)
        if grown == every:
            return None
        dropped.append(np.setdiff1d(every, grown))


def _checked(model: Model, groups: Sequence[np.ndarray]) -> list[np.ndarray]:
    rows = [np.asarray(group, dtype=np.int64).reshape(-1) for group in groups]
    together = np.concatenate([*rows, []]).astype(np.int64)
    outside = (together < 0) | (together >= model.shape[0])
    if outside.any() or np.unique(together).size != together.size:
        raise InputError.because("milp.group", "groups", rows=model.shape[0])
    return rows


def _smallest_hitting(sets: list[np.ndarray], count: int) -> tuple[int, ...]:
    """A smallest set of indices below `count` that meets every one of `sets`."""
    if not sets:
        return ()
    cover = np.zeros((len(sets), count))
    for row, members in enumerate(sets):
        cover[row, members] = 1.0
    cost = 1.0 + np.arange(count) * 1e-6  # of equal sizes, the first ones
    model = compile_model(cost, rows=[Rows(cover, lower=1.0)], column_upper=1.0, integer=True)
    return tuple(int(i) for i in np.flatnonzero(solve(model, gap=0.0).values > 0.5))


def _grow(
    model: Model,
    free: np.ndarray,
    rows: list[np.ndarray],
    members: tuple[int, ...],
    point: np.ndarray,
    limit: float | None,
) -> tuple[int, ...]:
    """A set around `members` that has a solution and to which no group can be added."""
    kept = set(members) | _held(model, rows, point)
    for group in range(len(rows)):
        if group in kept:
            continue
        found = _solution(model, free, rows, (*kept, group), limit)
        if found is not None:
            kept |= {group} | _held(model, rows, found)
    return tuple(sorted(kept))


def _held(model: Model, rows: list[np.ndarray], point: np.ndarray) -> set[int]:
    """Groups all of whose rows hold at a point."""
    value = model.matrix @ point
    slack = _SLACK * np.maximum(1.0, np.abs(value))
    holds = (value >= model.row_lower - slack) & (value <= model.row_upper + slack)
    return {k for k, group in enumerate(rows) if holds[group].all()}


def _solution(
    model: Model,
    free: np.ndarray,
    rows: list[np.ndarray],
    members: tuple[int, ...],
    limit: float | None,
) -> np.ndarray | None:
    """A point that keeps the free rows and those of the members; None where there is none."""
    kept = np.sort(np.concatenate([free, *(rows[k] for k in members)]).astype(np.int64))
    part = compile_model(
        np.zeros(model.shape[1]),
        rows=[Rows(model.matrix[kept], model.row_lower[kept], model.row_upper[kept])],
        column_lower=model.column_lower,
        column_upper=model.column_upper,
        integer=model.integer,
    )
    answer = solve(part, time_limit_s=limit)
    if answer.status == "limit" and not answer.found:
        raise NoSolutionError.because("milp.conflict-time", "model", limit=limit)
    return answer.values if answer.found else None
