"""The search of a portfolio: all needs at least cost, or the smallest shortfall and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.numerics.milp import solve
from nonetloss.offset.candidates import Candidates
from nonetloss.offset.equivalence import accepted
from nonetloss.offset.requirement import (
    TOLERANCE,
    Requirement,
    available,
    chosen_parcels,
    compile_cheapest,
    compile_least_shortfall,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Chosen parcels (bool, among candidates), proven bound and gap, findings, all met or not."""

    chosen: np.ndarray
    bound: float
    gap: float
    met: bool
    findings: tuple[Finding, ...] = ()


def search(
    problem: Requirement,
    losses: tuple[Ecosystem, ...],
    name: str,
    budget: float,
    gap: float,
    time_limit_s: float | None,
) -> Choice:
    """Meet every need at least cost; failing that, the smallest shortfall, and why."""
    parcels = problem.credited.size
    if not losses:
        return Choice(np.zeros(parcels, dtype=bool), 0.0, 0.0, True)
    scale = max(float(problem.cost.max(initial=0.0)), 1e-300)
    findings = _missing(problem, losses)
    if not findings:
        model = compile_cheapest(problem, budget=budget, shortfall=0.0)
        answer = solve(model, gap=gap, time_limit_s=time_limit_s)
        if answer.found:
            chosen = chosen_parcels(problem, answer)
            return _priced(problem, chosen, answer.bound * scale, True, ())
        if answer.status == "limit":
            findings = [warning("offset.time-limit", name, limit_s=time_limit_s)]
        else:
            findings = _unaffordable(problem, losses, name, budget, gap, time_limit_s)
    # Whatever is searched now, a shortfall is left; its own gap matters more than that of cost.
    # Buying nothing is always possible: with it as a start a time limit cannot leave us empty.
    nothing = np.concatenate([np.zeros(parcels + problem.pairs[0].size), problem.needed])
    least = solve(
        compile_least_shortfall(problem, budget=budget),
        gap=gap,
        time_limit_s=time_limit_s,
        start=nothing,
    )
    limit = least.objective * (1 + 1e-9) + 1e-6
    answer = solve(
        compile_cheapest(problem, budget=budget, shortfall=limit),
        gap=gap,
        time_limit_s=time_limit_s,
    )
    chosen = chosen_parcels(problem, answer if answer.found else least)
    bound = answer.bound * scale if answer.found else 0.0
    return _priced(problem, chosen, bound, False, tuple(findings))


def _priced(
    problem: Requirement,
    chosen: np.ndarray,
    bound: float,
    met: bool,
    findings: tuple[Finding, ...],
) -> Choice:
    cost = float(problem.cost @ chosen)
    bound = min(max(bound, 0.0), cost)
    # Costs are scaled by the dearest parcel: differences near 1e-9 are rounding.
    distance = (cost - bound) / cost if cost > 0 else 0.0
    return Choice(chosen, bound, distance if distance > 1e-9 else 0.0, met, findings)


def _missing(problem: Requirement, losses: tuple[Ecosystem, ...]) -> list[Finding]:
    """Needs that no choice of candidates can meet, each by itself."""
    found = []
    supply = available(problem)
    for kind, row, need, most in zip(losses, problem.accepted, problem.needed, supply, strict=True):
        told: dict[str, Any] = {"title": kind.title, "needed_qha": round(float(need), 2)}
        if not row[problem.group].any():
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
    problem: Requirement,
    losses: tuple[Ecosystem, ...],
    name: str,
    budget: float,
    gap: float,
    time_limit_s: float | None,
) -> list[Finding]:
    """Why all needs together cannot be met: the money, or candidates that are shared."""
    titles = Text(
        es=offenders(k.title.es for k in losses), en=offenders(k.title.en for k in losses)
    )
    joint = warning("offset.jointly-short", name, titles=titles)
    if not np.isfinite(budget):
        return [joint]
    free = compile_cheapest(problem, budget=np.inf, shortfall=0.0)
    answer = solve(free, gap=gap, time_limit_s=time_limit_s)
    if answer.status == "infeasible":
        return [joint]
    least = answer.bound * float(problem.cost.max(initial=0.0))
    needed = round(max(least, budget), 2)
    return [warning("offset.budget-short", name, budget_usd=budget, needed_usd=needed)]


def requirement_of(
    candidates: Candidates,
    kinds: tuple[Ecosystem, ...],
    wanted: np.ndarray,
    needed: np.ndarray,
    confidence: float,
) -> tuple[Requirement, np.ndarray]:
    """The arrays over candidates that can serve some need, and their place among parcels."""
    losses = [k for k, w in zip(kinds, wanted, strict=True) if w]
    names = sorted({p.ecosystem for p in candidates.parcels})
    may = accepted(losses, names)
    serving = {n for n, column in zip(names, may.T, strict=True) if column.any()}
    useful = [p.ecosystem in serving for p in candidates.parcels]
    index = np.flatnonzero(candidates.eligible & np.array(useful, dtype=bool))
    chosen = [candidates.parcels[i] for i in index]
    position = {int(i): k for k, i in enumerate(index)}
    pairs = tuple(
        (position[a], position[b])
        for a, b in candidates.overlaps
        if a in position and b in position
    )
    like = np.array([[k.name == n for n in names] for k in losses], dtype=bool)
    problem = Requirement(
        credited=confidence * candidates.gain_qha[index],
        group=np.array([names.index(p.ecosystem) for p in chosen], dtype=np.int64),
        accepted=may,
        like=like.reshape(may.shape),
        needed=needed[wanted],
        cost=np.array([p.cost_usd for p in chosen], dtype=np.float64),
        overlaps=pairs,
    )
    return problem, index


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
