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

from nonetloss.core.errors import InfeasibleError, NoSolutionError
from nonetloss.core.findings import offenders, warning
from nonetloss.hydropower.criteria import Criterion, compile_criteria, evaluate
from nonetloss.hydropower.frontier_input import (
    Fixed,
    allowed_options,
    check_numbers,
    listed,
    negative,
    read_bounds,
)
from nonetloss.hydropower.infeasible import Infeasible
from nonetloss.hydropower.interruption import asked_to_stop
from nonetloss.hydropower.places import Places
from nonetloss.hydropower.results import Certificate, CriterionLabel, Frontier
from nonetloss.hydropower.search_problem import Bound, problem_of
from nonetloss.hydropower.whole_numbers import Column, WholeNumbers, whole_numbers
from nonetloss.landscape.river import Id, RiverNetwork
from nonetloss.numerics.fronts.tree import Guide, TreeFront, tree_front

# What an interrupted search settles for.
HURRIED_EPSILON = 0.1
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
        `frontier.criteria`, `frontier.epsilon`, `frontier.bound-unknown`, `frontier.bound-pair`,
        `frontier.bound-empty`, `frontier.fixed`,
        `frontier.dam-unknown`, `frontier.option-unknown`, `frontier.negative`,
        `frontier.groups`, `frontier.options`, `frontier.number-unknown`, and those of
        `hydropower.criteria.compile_criteria`.
    InfeasibleError
        `frontier.no-portfolio`, `frontier.no-portfolio-others`, `frontier.no-portfolio-between`,
        `frontier.no-portfolio-together`: which bound nothing meets, and by how much;
        `frontier.excluded`.
    NoSolutionError
        `frontier.memory` if even a coarse front does not fit, `frontier.interrupted`.
    """
    criteria = listed(criteria)
    compiled = compile_criteria(network, criteria, declared=declared)
    allowed = allowed_options(network, fixed)
    limits = read_bounds(bounds, [c.name for c in compiled])
    check_numbers(network, compiled, epsilon, allowed)
    places = Places.of(network)
    numbers = whole_numbers(compiled, places=places)
    problem = problem_of(network, places, numbers, allowed, limits)
    # A part of a negative number has no meaning, so that nothing can be left out.
    coarse = 0.0 if any(negative(c, allowed) for c in compiled) else HURRIED_EPSILON
    with asked_to_stop() as asked:

        def hurry() -> float | None:
            if asked() and (problem.mirrored or coarse == 0.0):
                names = offenders(limits, 10) or "–"
                raise NoSolutionError.because("frontier.interrupted", "frontier", names=names)
            return coarse if asked() else None

        guide = Guide(
            epsilon=epsilon,
            hurry=hurry,
            limit_bytes=memory_gib * 2**30,
            hurried_epsilon=coarse,
            tell=(lambda share: progress("frontier", share)) if progress else lambda _: None,
            executor=executor,
        )
        try:
            found = tree_front(problem, guide)
            if len(found.points) == 0:
                case = Infeasible(network, places, compiled, allowed, limits)
                raise InfeasibleError(*case.findings(guide))
        except MemoryError as lack:
            raise NoSolutionError.because(
                "frontier.memory", "frontier", memory_gib=memory_gib, epsilon=epsilon
            ) from lack
    choices = np.ascontiguousarray(found.options[:, places.above])
    return _frontier(network, criteria, declared, numbers, found, choices, epsilon)


def _frontier(
    network: RiverNetwork,
    criteria: Sequence[str | Criterion],
    declared: Sequence[Criterion],
    numbers: WholeNumbers,
    found: TreeFront,
    choices: np.ndarray,
    asked: float,
) -> Frontier:
    columns = numbers.columns[: numbers.shown]
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
