"""All efficient dam portfolios of a basin, exactly or within a stated ε.

Mathematical formulation
    Choose for every dam site c one allowed option o_c (0: none), of every exclusion group at most
    one dam, so that no other choice within the bounds is at least as good in all criteria and
    better in one. Criteria: `hydropower.compiled`. With ε > 0: a set of such choices of which,
    for every choice within the bounds, one is at least 1 - ε times as good in what is maximized
    and at most 1 + ε times in what is minimized.

In words
    From the headwaters to the mouth, every part of the basin keeps the combinations that could
    still belong to an efficient plan (`numerics.fronts.tree`). Values are whole numbers, so that
    equal sums are equal. What comes out is evaluated again from the definitions before it is
    returned.

Papers
    Wu et al. 2018, doi 10.1609/aaai.v32i1.11347; Gomes-Selman et al. 2018,
    doi 10.1007/978-3-319-93031-2_19; Flecker et al. 2022, doi 10.1126/science.abj4017.

Deviations from the papers
    Children are joined one by one, shortest fronts first, without splitting the tree into pairs;
    nothing is rounded to make fronts short: with ε, parts are left out that a kept one covers.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
import pandas as pd

from nonetloss.core.errors import InfeasibleError, InputError, NoSolutionError
from nonetloss.core.findings import Finding, error, nearest, offenders, warning
from nonetloss.hydropower.compiled import CompiledCriterion
from nonetloss.hydropower.criteria import Criterion, compile_criteria, evaluate
from nonetloss.hydropower.interruption import asked_to_stop
from nonetloss.hydropower.results import Certificate, CriterionLabel, Frontier
from nonetloss.hydropower.whole_numbers import Column, WholeNumbers, whole_numbers
from nonetloss.landscape.river import Dam, Id, RiverNetwork, Status
from nonetloss.numerics.fronts.tree import Guide, TreeFront, TreeProblem, tree_front

Bound = tuple[float | None, float | None]
Fixed = bool | str
# What an interrupted search settles for.
HURRIED_EPSILON = 0.1
# Bits of a whole number that can stand for exclusion groups.
_MOST_GROUPS = 62
# Where values are rounded, those from the definitions may differ by this part of the value.
_AGREEMENT = 1e-9


def pareto_frontier(
    network: RiverNetwork,
    *,
    criteria: Sequence[str | Criterion],
    epsilon: float = 0.0,
    bounds: Mapping[str, Bound] | None = None,
    fixed: Mapping[Id, Fixed] | None = None,
    declared: Sequence[Criterion] = (),
    progress: Callable[[str, float], None] | None = None,
    memory_gib: float = 8.0,
    executor: Executor | None = None,
) -> Frontier:
    """Efficient dam portfolios.

    Parameters
    ----------
    network : RiverNetwork
        Built dams stay, forbidden ones are never built, unless `fixed` says otherwise.
    criteria : sequence of names or Criterion
        See `hydropower.criteria`. Include one that rewards building, or nothing will be built.
    epsilon : float, from 0 (exact) to below 1
    bounds : mapping of criterion to (low, high), optional
        Inclusive, in the unit of the criterion; None where there is none. Also of criteria to
        minimize. With ε, criteria with bounds stay exact.
    fixed : mapping of dam id to bool or name of an option, optional
        True: built, in any of its options. False: not built.
    declared : sequence of Criterion, optional
        Criteria of a study that `criteria` may name.
    progress : callable, optional
        Called with "frontier" and the share of the work that is done, from 0 to 1.
    memory_gib : float
        What the arrays of the search may hold. Where it would be more, the search ends at a
        coarser ε and says so (`finished` False).
    executor : concurrent.futures.Executor, optional
        Takes large joins in parts: threads, or `get_executor()` of a Dask client.

    Returns
    -------
    Frontier
        Rows sorted by the criteria in order. On an interrupt (Ctrl-C), a front at the ε that could
        still be proven, at most about `HURRIED_EPSILON`, with `finished` False; a second interrupt
        raises KeyboardInterrupt.

    Raises
    ------
    InputError
        `frontier.epsilon`, `frontier.bound-unknown`, `frontier.bound-empty`,
        `frontier.dam-unknown`, `frontier.option-unknown`, `frontier.negative`,
        `frontier.groups`, and those of
        `hydropower.criteria.compile_criteria`.
    InfeasibleError
        `frontier.no-portfolio`: which bound nothing meets, and by how much; `frontier.excluded`.
    NoSolutionError
        `frontier.memory` if even a coarse front does not fit.
    """
    compiled = compile_criteria(network, criteria, declared=declared)
    allowed = _allowed(network, fixed or {})
    _check(network, compiled, epsilon, bounds or {}, allowed)
    numbers = whole_numbers(compiled)
    problem = _problem(network, numbers, allowed, bounds or {})
    with asked_to_stop() as asked:
        guide = Guide(
            epsilon=epsilon,
            hurry=lambda: HURRIED_EPSILON if asked() else None,
            limit_bytes=memory_gib * 2**30,
            hurried_epsilon=HURRIED_EPSILON,
            tell=(lambda share: progress("frontier", share)) if progress else lambda _: None,
            executor=executor,
        )
        try:
            found = tree_front(problem, guide)
        except MemoryError as lack:
            raise NoSolutionError.because(
                "frontier.memory", "frontier", memory_gib=memory_gib, epsilon=epsilon
            ) from lack
    if len(found.points) == 0:
        raise InfeasibleError(*_missed(network, numbers, allowed, bounds or {}))
    return _frontier(network, criteria, declared, numbers, found, epsilon)


def _allowed(network: RiverNetwork, fixed: Mapping[Id, Fixed]) -> np.ndarray:
    """Which options of each dam may be chosen, bool (dams, 1 + most options)."""
    options = max((len(dam.options) for dam in network.dams), default=0)
    allowed = np.zeros((len(network.dams), 1 + options), np.bool_)
    by_name = {str(id): id for id in network.dam_ids}
    wanted: dict[Id, Fixed] = {}
    found: list[Finding] = []
    for id, state in fixed.items():
        if str(id) in by_name:
            wanted[by_name[str(id)]] = state
        else:
            guess = nearest(str(id), by_name)
            known = offenders(by_name, 10)
            found.append(error("frontier.dam-unknown", str(id), nearest=guess, known=known))
    for row, dam in enumerate(network.dams):
        allowed[row, _options(dam, wanted.get(dam.id), found)] = True
    if found:
        raise InputError(*found)
    return allowed


def _options(dam: Dam, fixed: Fixed | None, found: list[Finding]) -> list[int]:
    every = list(range(1, len(dam.options) + 1))
    if isinstance(fixed, str):
        names = [option.name for option in dam.options]
        if fixed not in names:
            known = offenders(names, 10)
            found.append(error("frontier.option-unknown", str(dam.id), option=fixed, known=known))
            return [0]
        return [names.index(fixed) + 1]
    if fixed is not None:
        return every if fixed else [0]
    return {Status.BUILT: every[:1], Status.PLANNED: [0, *every], Status.FORBIDDEN: [0]}[dam.status]


def _check(
    network: RiverNetwork,
    compiled: Sequence[CompiledCriterion],
    epsilon: float,
    bounds: Mapping[str, Bound],
    allowed: np.ndarray,
) -> None:
    found: list[Finding] = []
    if not 0 <= epsilon < 1:
        found.append(error("frontier.epsilon", "epsilon", value=epsilon))
    names = [c.name for c in compiled]
    for name, (low, high) in bounds.items():
        if name not in names:
            known = offenders(names, 20)
            guess = nearest(name, names)
            found.append(error("frontier.bound-unknown", name, nearest=guess, known=known))
        elif low is not None and high is not None and low > high:
            found.append(error("frontier.bound-empty", name, low=low, high=high))
    for criterion in compiled:
        parts = (criterion.base, criterion.add[:, 0], criterion.add[allowed])
        if epsilon > 0 and any(np.nanmin(p, initial=0.0) < 0 for p in parts):
            found.append(error("frontier.negative", criterion.name, epsilon=epsilon))
    if len(network.exclusions) > _MOST_GROUPS:
        count = len(network.exclusions)
        found.append(error("frontier.groups", "exclusions", count=count, most=_MOST_GROUPS))
    if found:
        raise InputError(*found)
    stuck = _doubly_built(network, allowed)
    if stuck:
        raise InfeasibleError.because("frontier.excluded", "exclusions", groups=offenders(stuck))


def _doubly_built(network: RiverNetwork, allowed: np.ndarray) -> list[str]:
    """Exclusion groups of which two dams cannot but stand."""
    forced = {dam.id for dam, options in zip(network.dams, allowed, strict=True) if not options[0]}
    return [
        ", ".join(sorted(map(str, group & forced)))
        for group in network.exclusions
        if len(group & forced) > 1
    ]


def _problem(
    network: RiverNetwork,
    numbers: WholeNumbers,
    allowed: np.ndarray,
    bounds: Mapping[str, Bound],
) -> TreeProblem:
    place = {component.id: i for i, component in enumerate(network.components)}
    count, options = len(network.components), allowed.shape[1]
    parent = np.full(count, -1, np.int64)
    above = np.array([place[dam.above] for dam in network.dams], np.int64)
    parent[above] = [place[dam.below] for dam in network.dams]
    width = len(numbers.columns)
    add = np.zeros((count, options, width), np.int64)
    keep = np.ones((count, options, width))
    ways = np.zeros((count, options), np.bool_)
    ways[above] = allowed
    for k, column in enumerate(numbers.columns):
        add[above, :, k], keep[above, :, k] = column.add, column.keep
    claims = np.zeros((count, options), np.int64)
    rows = {dam.id: row for dam, row in zip(network.dams, above, strict=True)}
    for bit, group in enumerate(network.exclusions):
        for id in group:
            claims[rows[id], 1:] |= 1 << bit
    low, high = _whole_bounds(numbers, bounds)
    # An upper bound on what is turned upward makes dominated parts useful.
    mirrored = {k for k in range(width) if np.isfinite(high[k])}
    mirrored |= {r for r, t, _ in numbers.cross if t in mirrored}
    return TreeProblem(
        parent=parent,
        base=np.stack([c.base for c in numbers.columns], axis=1),
        add=add,
        keep=keep,
        allowed=ways,
        claims=claims,
        cross=numbers.cross,
        shown=tuple(range(numbers.shown)),
        low=low,
        high=high,
        mirrored=tuple(sorted(mirrored)),
        slack=np.array([c.slack for c in numbers.columns], np.int64),
    )


def _whole_bounds(
    numbers: WholeNumbers, bounds: Mapping[str, Bound]
) -> tuple[np.ndarray, np.ndarray]:
    width = len(numbers.columns)
    low, high = np.full(width, -np.inf), np.full(width, np.inf)
    for k, column in enumerate(numbers.columns[: numbers.shown]):
        ends = [
            None if value is None else column.bound(value)
            for value in bounds.get(column.criterion.name, (None, None))
        ]
        least, most = ends if column.sign > 0 else ends[::-1]
        # Whole numbers are compared; what is exact in decimals may sit a rounding off in binary.
        if least is not None:
            low[k] = np.ceil(least - abs(least) * 1e-15 - column.slack)
        if most is not None:
            high[k] = np.floor(most + abs(most) * 1e-15 + column.slack)
    return low, high


def _missed(
    network: RiverNetwork,
    numbers: WholeNumbers,
    allowed: np.ndarray,
    bounds: Mapping[str, Bound],
) -> list[Finding]:
    """For every bound, the nearest value that was found while the others hold."""
    names = [c.criterion.name for c in numbers.columns[: numbers.shown]]
    given = [name for name in names if any(end is not None for end in bounds.get(name, ()))]
    found: list[Finding] = []
    for name in given:
        others = {n: ends for n, ends in bounds.items() if n != name}
        column = numbers.columns[names.index(name)]
        values = [
            column.told(values)
            for upward in (True, False)
            for values in _extremes(network, numbers, allowed, others, names.index(name), upward)
        ]
        told = np.concatenate(values)
        if len(told):
            found.append(_miss(column, told, bounds[name], alone=len(given) == 1))
    if not found:
        listed = offenders(given, 10) or "–"
        found.append(error("frontier.no-portfolio-together", "bounds", names=listed))
    return found


def _extremes(
    network: RiverNetwork,
    numbers: WholeNumbers,
    allowed: np.ndarray,
    bounds: Mapping[str, Bound],
    place: int,
    upward: bool,
) -> list[np.ndarray]:
    """Largest (or smallest) whole values of one criterion under bounds of others."""
    column = numbers.columns[place]
    if column.criterion.form == "pairs" or upward:
        problem = _problem(network, numbers, allowed, bounds)
        return [tree_front(replace(problem, shown=(place,)), Guide()).points[:, 0]]
    turned = replace(
        column,
        base=-column.base,
        add=-column.add,
        criterion=replace(
            column.criterion, sense="min" if column.criterion.sense == "max" else "max"
        ),
    )
    columns = (*numbers.columns[:place], turned, *numbers.columns[place + 1 :])
    problem = _problem(network, replace(numbers, columns=columns), allowed, bounds)
    return [-tree_front(replace(problem, shown=(place,)), Guide()).points[:, 0]]


def _miss(column: Column, values: np.ndarray, bound: Bound, *, alone: bool) -> Finding:
    low = -np.inf if bound[0] is None else bound[0]
    high = np.inf if bound[1] is None else bound[1]
    misses = np.maximum(low - values, values - high)
    best = int(np.argmin(misses))
    return error(
        "frontier.no-portfolio" if alone else "frontier.no-portfolio-others",
        column.criterion.name,
        low="–" if bound[0] is None else bound[0],
        high="–" if bound[1] is None else bound[1],
        nearest_value=float(f"{values[best]:.12g}"),
        miss=float(f"{misses[best]:.6g}"),
        unit=column.criterion.unit,
    )


def _frontier(
    network: RiverNetwork,
    criteria: Sequence[str | Criterion],
    declared: Sequence[Criterion],
    numbers: WholeNumbers,
    found: TreeFront,
    asked: float,
) -> Frontier:
    columns = numbers.columns[: numbers.shown]
    place = {component.id: i for i, component in enumerate(network.components)}
    above = [place[dam.above] for dam in network.dams]
    choices = np.ascontiguousarray(found.options[:, above])
    told = np.stack([c.told(found.points[:, k]) for k, c in enumerate(columns)], axis=1)
    order = np.lexsort(told.T[::-1])
    choices, told = choices[order], told[order]
    again = evaluate(network, choices, criteria=criteria, declared=declared)
    _agree(columns, told, again)
    values = pd.DataFrame(
        {
            # What was summed in decimals is told in decimals, the rest as evaluated.
            c.criterion.name: told[:, k] if c.slack == 0 else again.iloc[:, k].to_numpy()
            for k, c in enumerate(columns)
        }
    )
    values.attrs["units"] = {c.criterion.name: c.criterion.unit for c in columns}
    tally = found.tally
    certificate = Certificate(
        epsilon=found.lost,
        exact=found.lost == 0.0,
        resolution={c.criterion.name: c.resolution for c in columns},
        combined=tally.combined,
        examined=tally.examined,
        largest_partial=found.largest,
        peak_bytes=tally.peak_bytes,
        reevaluated=len(choices),
    )
    unfinished = found.hurried and found.lost > asked
    findings = (
        (warning("frontier.unfinished", "frontier", asked=asked, epsilon=round(found.lost, 6)),)
        if unfinished
        else ()
    )
    return Frontier(
        criteria=tuple(
            CriterionLabel(c.criterion.name, c.criterion.title, c.criterion.unit, c.criterion.sense)
            for c in columns
        ),
        dams=network.dam_ids,
        values=values,
        portfolios=choices > 0,
        choices=choices,
        epsilon=found.lost,
        asked_epsilon=asked,
        finished=not unfinished,
        certificate=certificate,
        findings=findings,
    )


def _agree(columns: Sequence[Column], told: np.ndarray, again: pd.DataFrame) -> None:
    """Raise if a value of the search is not that of the definitions: a bug, never to be told."""
    for k, column in enumerate(columns):
        evaluated = again.iloc[:, k].to_numpy()
        largest = float(np.abs(evaluated).max(initial=0.0))
        apart = float(np.abs(evaluated - told[:, k]).max(initial=0.0))
        if not apart <= _AGREEMENT * largest:
            raise NoSolutionError.because(
                "frontier.disagreement", column.criterion.name, apart=apart, largest=largest
            )
