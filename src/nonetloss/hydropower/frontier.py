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

import numpy as np
import pandas as pd

from nonetloss.core.errors import InfeasibleError, InputError, NoSolutionError
from nonetloss.core.findings import Finding, error, nearest, offenders, warning
from nonetloss.hydropower.compiled import CompiledCriterion
from nonetloss.hydropower.criteria import Criterion, compile_criteria, evaluate
from nonetloss.hydropower.infeasible import Infeasible
from nonetloss.hydropower.interruption import asked_to_stop
from nonetloss.hydropower.results import Certificate, CriterionLabel, Frontier
from nonetloss.hydropower.search_problem import Bound, Places, problem_of
from nonetloss.hydropower.whole_numbers import Column, WholeNumbers, whole_numbers
from nonetloss.landscape.river import Dam, Id, RiverNetwork, Status
from nonetloss.numerics.fronts.tree import Guide, TreeFront, tree_front

Fixed = bool | str
# What an interrupted search settles for.
HURRIED_EPSILON = 0.1
# Bits of a whole number that can stand for exclusion groups.
_MOST_GROUPS = 62
# What fits the bytes in which choices are kept.
_MOST_OPTIONS = 127
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
        `frontier.groups`, `frontier.options`, `frontier.number-unknown`, and those of
        `hydropower.criteria.compile_criteria`.
    InfeasibleError
        `frontier.no-portfolio`, `frontier.no-portfolio-others`, `frontier.no-portfolio-between`,
        `frontier.no-portfolio-together`: which bound nothing meets, and by how much;
        `frontier.excluded`.
    NoSolutionError
        `frontier.memory` if even a coarse front does not fit.
    """
    compiled = compile_criteria(network, criteria, declared=declared)
    allowed = _allowed(network, fixed or {})
    _check(network, compiled, epsilon, bounds or {}, allowed)
    places = Places.of(network)
    numbers = whole_numbers(compiled, parent=places.parent, above=places.above)
    problem = problem_of(network, places, numbers, allowed, bounds or {})
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
            if len(found.points) == 0:
                case = Infeasible(network, places, compiled, allowed, bounds or {})
                raise InfeasibleError(*case.findings(guide))
        except MemoryError as lack:
            raise NoSolutionError.because(
                "frontier.memory", "frontier", memory_gib=memory_gib, epsilon=epsilon
            ) from lack
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
    for dam in network.dams:
        if len(dam.options) > _MOST_OPTIONS:
            count = len(dam.options)
            found.append(error("frontier.options", str(dam.id), count=count, most=_MOST_OPTIONS))
    for criterion in compiled:
        unknown = np.isnan(np.where(allowed, criterion.add + criterion.keep, 0.0)).any(axis=1)
        if unknown.any():
            dams = offenders(np.array(network.dam_ids, object)[unknown])
            found.append(error("frontier.number-unknown", criterion.name, dams=dams))
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


def _frontier(
    network: RiverNetwork,
    criteria: Sequence[str | Criterion],
    declared: Sequence[Criterion],
    numbers: WholeNumbers,
    found: TreeFront,
    asked: float,
) -> Frontier:
    columns = numbers.columns[: numbers.shown]
    choices = np.ascontiguousarray(found.options[:, Places.of(network).above])
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
        # Sums may cancel: what counts is how large they could have been.
        largest = column.most * column.criterion.scale
        apart = float(np.abs(evaluated - told[:, k]).max(initial=0.0))
        if not apart <= _AGREEMENT * largest:
            raise NoSolutionError.because(
                "frontier.disagreement", column.criterion.name, apart=apart, largest=largest
            )
