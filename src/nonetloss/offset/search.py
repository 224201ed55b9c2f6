"""The search of a portfolio: one goal after the other, and why no selection is enough."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from nonetloss.core.errors import NoSolutionError
from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.numerics.conflict import smallest_conflict
from nonetloss.numerics.milp import Solution, solve
from nonetloss.offset.draft import Demand, Program
from nonetloss.offset.requirement import (
    TOLERANCE,
    Goal,
    Levels,
    Requirement,
    Scenarios,
    available,
    chosen_parcels,
    compile_cheapest,
    compile_program,
)

Objective = Literal["least-cost", "max-utility", "min-shortfall", "min-largest-shortfall"]
OBJECTIVES: tuple[Objective, ...] = (
    "least-cost",
    "max-utility",
    "min-shortfall",
    "min-largest-shortfall",
)
# Goals of an objective, in order; cost at the level that was reached always comes last.
_GOALS: dict[Objective, tuple[Goal, ...]] = {
    "max-utility": ("utility",),
    "min-shortfall": ("shortfall",),
    "min-largest-shortfall": ("largest", "shortfall"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Chosen options, proven bound and gap of their cost, findings, all needs met or not.

    `reached` and `reached_bound` are the value and proven bound of the objective where it is not
    the cost (NaN: it is). `conflict` is the smallest set of demands that cannot hold together,
    empty where all is met. `program` and `answer` are the last ones, of least cost; None where
    nothing had to be searched. `tidy`: the needs alone say what is idle, and idle options were
    given back.
    """

    chosen: np.ndarray
    bound: float
    gap: float
    met: bool
    findings: tuple[Finding, ...] = ()
    reached: float = float("nan")
    reached_bound: float = float("nan")
    conflict: tuple[Demand, ...] = ()
    program: Program | None = None
    answer: Solution | None = None
    tidy: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """How a search is made. `name` is the alternative, for messages."""

    name: str
    budget: float = np.inf
    gap: float = 0.001
    time_limit_s: float | None = None
    objective: Objective = "least-cost"
    equity: float | None = None
    scenarios: Scenarios | None = None


def search(
    problem: Requirement,
    losses: tuple[Ecosystem, ...],
    name: str,
    budget: float,
    gap: float,
    time_limit_s: float | None,
) -> Choice:
    """Meet every need at least cost; failing that, the smallest shortfall, and why."""
    return pursue(problem, losses, Terms(name, budget, gap, time_limit_s))


def pursue(problem: Requirement, losses: tuple[Ecosystem, ...], terms: Terms) -> Choice:
    """The selection that `terms` ask for; what it leaves and why, where not all can be had."""
    nothing = np.zeros(problem.credited.size, dtype=bool)
    idle = not problem.needed.size and not problem.owed.size and not problem.locked
    if idle:
        return Choice(nothing, 0.0, 0.0, True)
    if terms.objective != "least-cost":
        return _by_goals(problem, terms)
    findings = _missing(problem, losses)
    if not findings:
        program = compile_program(
            problem, goal="cost", budget=terms.budget, scenarios=terms.scenarios
        )
        answer = _solved(program, terms)
        if answer.found:
            choice = _priced(problem, program, answer, met=True)
            return choice if terms.equity is None else _fairer(problem, terms, choice)
        if answer.status == "limit":
            findings = [warning("offset.time-limit", terms.name, limit_s=terms.time_limit_s)]
        elif terms.scenarios is not None and _likely_enough(problem, terms):
            return _surest(problem, terms)
        else:
            findings = _unaffordable(problem, losses, terms)
    choice = _least_shortfall(problem, terms)
    return replace(
        choice,
        findings=(*findings, *choice.findings),
        conflict=choice.conflict
        or conflict(problem, budget=terms.budget, time_limit_s=terms.time_limit_s),
    )


def conflict(
    problem: Requirement,
    *,
    budget: float,
    scenarios: Scenarios | None = None,
    time_limit_s: float | None = None,
    limits_alone: bool = False,
) -> tuple[Demand, ...]:
    """The smallest set of needs and limits that cannot hold together; empty: all can.

    `limits_alone`: needs may fall short; what is asked is why not even that helps.
    """
    levels = Levels(shortfall=np.inf, worse=np.inf) if limits_alone else Levels()
    program = compile_program(
        problem, goal="cost", budget=budget, levels=levels, scenarios=scenarios
    )
    merged: dict[tuple[str, str], list[np.ndarray]] = {}
    for demand in program.demands:
        merged.setdefault((demand.kind, demand.name), []).append(demand.rows)
    demands = [Demand(k, n, np.concatenate(rows)) for (k, n), rows in merged.items()]
    try:
        found = smallest_conflict(
            program.model, [d.rows for d in demands], time_limit_s=time_limit_s
        )
    except NoSolutionError:
        return ()
    asked = [demands[i] for i in found or ()]
    # What is wanted first, then what stands against it.
    return tuple(sorted(asked, key=lambda d: d.kind not in ("need", "community", "service")))


def _solved(program: Program, terms: Terms, start: np.ndarray | None = None) -> Solution:
    return solve(program.model, gap=terms.gap, time_limit_s=terms.time_limit_s, start=start)


def _priced(
    problem: Requirement, program: Program, answer: Solution, *, met: bool, tidy: bool = True
) -> Choice:
    # States of the world are met by shares that go with the parcels: none of them is idle.
    tidy = tidy and "missed" not in program.marks
    taken = answer.values[: problem.credited.size] > 0.5
    chosen = chosen_parcels(problem, answer) if tidy else taken
    cost = float(problem.cost @ chosen)
    saved = answer.objective * problem.scale - float(problem.cost @ taken)
    bound = min(max(answer.bound * problem.scale - min(saved, 0.0), 0.0), cost)
    # Costs are scaled by the dearest parcel: differences near 1e-9 are rounding.
    distance = (cost - bound) / cost if cost > 0 else 0.0
    gap = distance if distance > 1e-9 else 0.0
    return Choice(chosen, bound, gap, met, program=program, answer=answer, tidy=tidy)


def _by_goals(problem: Requirement, terms: Terms) -> Choice:
    """One goal after the other at the level reached before, then least cost."""
    levels = Levels(shortfall=np.inf, relative=True)
    reached, bound = float("nan"), float("nan")
    findings: list[Finding] = []
    for goal in _GOALS[terms.objective]:
        program = compile_program(problem, goal=goal, budget=terms.budget, levels=levels)
        answer = _solved(program, terms)
        if not answer.found and levels.worse == 0 and problem.communities.any():
            levels, told = _people_first(problem, terms, levels)
            findings += told
            program = compile_program(problem, goal=goal, budget=terms.budget, levels=levels)
            answer = _solved(program, terms)
        if not answer.found:
            return _none(problem, terms)
        if np.isnan(reached):
            reached, bound = answer.objective, answer.bound
        levels = _kept(levels, goal, answer.objective)
    program = compile_program(problem, goal="cost", budget=terms.budget, levels=levels)
    answer = _solved(program, terms)
    if not answer.found:
        return _none(problem, terms)
    choice = _priced(problem, program, answer, met=not findings, tidy=False)
    return replace(choice, findings=tuple(findings), reached=reached, reached_bound=bound)


def _kept(levels: Levels, goal: Goal, value: float) -> Levels:
    """The level that a goal reached, with room for rounding."""
    if goal == "shortfall":
        return replace(levels, shortfall=value * (1 + 1e-9) + 1e-6)
    if goal == "largest":
        return replace(levels, largest=value * (1 + 1e-9) + 1e-7)
    if goal == "utility":
        return replace(levels, utility=value - 1e-7 * max(1.0, abs(value)))
    return replace(levels, fairness=value - 1e-7 * max(1.0, abs(value)))


def _none(problem: Requirement, terms: Terms) -> Choice:
    """Not even a shortfall helps: what the study fixed cannot hold together."""
    taken = np.zeros(problem.credited.size, dtype=bool)
    found = warning("offset.no-selection", terms.name)
    against = conflict(
        problem, budget=terms.budget, time_limit_s=terms.time_limit_s, limits_alone=True
    )
    return Choice(taken, 0.0, 0.0, False, (found,), conflict=against)


def _people_first(
    problem: Requirement, terms: Terms, levels: Levels
) -> tuple[Levels, list[Finding]]:
    """Levels at which communities end the least below what they had; told where that is not 0."""
    program = compile_program(
        problem, goal="communities", budget=terms.budget, levels=replace(levels, worse=np.inf)
    )
    least = _solved(program, terms)
    if not least.found or least.objective <= TOLERANCE:
        return replace(levels, worse=TOLERANCE), []
    proven = least.bound > 0
    found = (
        warning("offset.community-loses", terms.name)
        if proven
        else warning("offset.time-limit", terms.name, limit_s=terms.time_limit_s)
    )
    return replace(levels, worse=least.objective * (1 + 1e-9) + 1e-6), [found]


def _fairer(problem: Requirement, terms: Terms, cheapest: Choice) -> Choice:
    """The fairest selection for little more money, then the cheapest that is as fair."""
    if not (problem.people > 0).any():
        return cheapest
    cost = float(problem.cost @ cheapest.chosen)
    levels = Levels(cost=cost * (1 + (terms.equity or 0.0)) + 1e-9 * problem.scale)
    money, states = terms.budget, terms.scenarios
    program = compile_program(
        problem, goal="fairness", levels=levels, budget=money, scenarios=states
    )
    fairest = _solved(program, terms)
    if not fairest.found:
        return cheapest
    levels = _kept(levels, "fairness", fairest.objective)
    program = compile_program(problem, goal="cost", levels=levels, budget=money, scenarios=states)
    answer = _solved(program, terms)
    if not answer.found:
        return cheapest
    # What is chosen for fairness is not idle where the needs alone would do without it.
    choice = _priced(problem, program, answer, met=True, tidy=False)
    return replace(choice, reached=fairest.objective, reached_bound=fairest.bound)


def _likely_enough(problem: Requirement, terms: Terms) -> bool:
    """Whether all likely needs can be met, so that only the states of the world cannot."""
    program = compile_program(problem, goal="cost", budget=terms.budget)
    return _solved(program, terms).found


def _surest(problem: Requirement, terms: Terms) -> Choice:
    """The selection that holds in most states, where the wanted share of them is out of reach."""
    scenarios = terms.scenarios
    assert scenarios is not None
    every = replace(scenarios, missed=scenarios.lost.shape[1])
    program = compile_program(problem, goal="misses", budget=terms.budget, scenarios=every)
    fewest = _solved(program, terms)
    if not fewest.found:
        return _least_shortfall(problem, terms)
    held = replace(scenarios, missed=round(fewest.objective))
    program = compile_program(problem, goal="cost", budget=terms.budget, scenarios=held)
    answer = _solved(program, terms)
    answer = answer if answer.found else fewest
    choice = _priced(problem, program, answer, met=False)
    against = conflict(
        problem, budget=terms.budget, scenarios=scenarios, time_limit_s=terms.time_limit_s
    )
    share = round(100 * (1 - held.missed / scenarios.lost.shape[1]), 1)
    found = warning("offset.probability-unreachable", terms.name, percent=share)
    return replace(choice, findings=(found,), conflict=against)


def _least_shortfall(problem: Requirement, terms: Terms) -> Choice:
    """The smallest total shortfall, communities first, and the least cost at that shortfall."""
    # Whatever is searched now, a shortfall is left; its own gap matters more than that of cost.
    # Buying nothing is always possible, unless something is fixed: with it as a start a time limit
    # cannot leave us empty.
    findings: list[Finding] = []
    levels = Levels(shortfall=np.inf)
    program = compile_program(problem, goal="shortfall", budget=terms.budget, levels=levels)
    least = _solved(program, terms, _empty(problem, program))
    if not least.found and problem.communities.any():
        levels, findings = _people_first(problem, terms, levels)
        program = compile_program(problem, goal="shortfall", budget=terms.budget, levels=levels)
        least = _solved(program, terms)
    if not least.found:
        return _none(problem, terms)
    kept = replace(levels, shortfall=least.objective * (1 + 1e-9) + 1e-6)
    program = compile_program(problem, goal="cost", budget=terms.budget, levels=kept)
    answer = _solved(program, terms)
    if answer.found:
        choice = _priced(problem, program, answer, met=False)
    else:
        choice = Choice(chosen_parcels(problem, least), 0.0, 1.0, False)
    return replace(choice, findings=tuple(findings))


def _empty(problem: Requirement, program: Program) -> np.ndarray | None:
    """Nothing bought, everything short: a point to start from; None where that is not allowed."""
    if problem.locked or problem.pieces or problem.communities.any():
        return None
    start = np.zeros(program.model.shape[1])
    tail = problem.needed.size + problem.owed.size
    if tail:
        start[-tail:] = np.concatenate([problem.needed, problem.owed / problem.size])
    return start


def _missing(problem: Requirement, losses: tuple[Ecosystem, ...]) -> list[Finding]:
    """Needs that no choice of candidates can meet, each by itself."""
    found = []
    supply = available(problem)
    for kind, row, need, most in zip(losses, problem.accepted, problem.needed, supply, strict=True):
        told: dict[str, Any] = {"title": kind.title, "needed_qha": round(float(need), 2)}
        if need > 0 and not row[problem.group].any():
            found.append(warning("offset.no-candidate", kind.name, **told))
        elif most < need - TOLERANCE:
            found.append(
                warning(
                    "offset.candidates-short",
                    kind.name,
                    available_qha=round(float(most), 2),
                    **told,
                )
            )
    return found


def _unaffordable(
    problem: Requirement, losses: tuple[Ecosystem, ...], terms: Terms
) -> list[Finding]:
    """Why all needs together cannot be met: the money, or candidates that are shared."""
    titles = Text(
        es=offenders(k.title.es for k in losses), en=offenders(k.title.en for k in losses)
    )
    joint = warning("offset.jointly-short", terms.name, titles=titles)
    if not np.isfinite(terms.budget):
        return [joint]
    free = compile_cheapest(problem, budget=np.inf, shortfall=0.0)
    answer = _solved(free, terms)
    if answer.status == "infeasible":
        return [joint]
    least = answer.bound * problem.scale
    needed = round(max(least, terms.budget), 2)
    return [warning("offset.budget-short", terms.name, budget_usd=terms.budget, needed_usd=needed)]


def shortfall_findings(
    kinds: tuple[Ecosystem, ...],
    needed: np.ndarray,
    shortfall: np.ndarray,
    told: Sequence[Finding],
) -> list[Finding]:
    """One finding per asset that is left short, unless it was told that nothing serves it."""
    without = {f.subject for f in told if f.code == "offset.no-candidate"}
    return [
        warning(
            "offset.shortfall",
            kind.name,
            title=kind.title,
            shortfall_qha=round(float(short), 2),
            needed_qha=round(float(need), 2),
        )
        for kind, need, short in zip(kinds, needed, shortfall, strict=True)
        if short > 0 and kind.name not in without
    ]
