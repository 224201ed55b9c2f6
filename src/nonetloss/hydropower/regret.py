"""How far a given plan is from the front, and the efficient plans nearest to it.

Mathematical formulation
    A portfolio dominates the plan if it is nowhere worse and somewhere better.
    improvement_c = the best value of criterion c among the portfolios that are no worse than the
    plan in every other criterion, less the plan's own.
    distance = max(0, max over portfolios of min_c of the share by which it is better in c).
    nearest = least of the largest difference by criterion, as a share of the range of the front;
    or fewest dams that differ.

In words
    What the plan gives away without getting anything for it, and what to add and drop instead.

Papers
    Savage 1951, doi 10.1080/01621459.1951.10500768 (regret); Zitzler et al. 2003,
    doi 10.1109/TEVC.2003.810758 (the ε-indicator).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, nearest, offenders
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower import ports
from nonetloss.hydropower.choice import best_of, front_notices
from nonetloss.hydropower.criterion import Criterion
from nonetloss.hydropower.oriented import (
    FLECKER,
    FRONTIER,
    Oriented,
    differences,
    oriented,
    units,
    values_of,
)
from nonetloss.hydropower.results import Frontier
from nonetloss.hydropower.states import NONE, States
from nonetloss.landscape.river import RiverNetwork
from nonetloss.numerics.shortfall import beaten

METHOD = Method(
    id="hydropower.regret",
    question=Text(
        es="¿Qué pierde un plan frente a los portafolios eficientes, y cuáles le quedan más cerca?",
        en="What does a plan give away against the efficient portfolios, and which are nearest?",
    ),
    function="nonetloss.hydropower.regret:regret",
    inputs=(FRONTIER, ports.STATES, ports.NETWORK, ports.DECLARED),
    outputs=(
        Port(
            "regret",
            "Regret",
            Text(
                es="Veredicto, mejoras posibles y planes eficientes cercanos.",
                en="Verdict, possible improvements and efficient plans nearby.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "plans",
            Text(
                es="Nombres de los estados que se juzgan. Sin esto, todos menos «none».",
                en='Names of the states to judge. Without it, all but "none".',
            ),
            kind="list",
            optional=True,
        ),
        Parameter(
            "k",
            Text(es="Cuántos planes eficientes cercanos.", en="How many efficient plans nearby."),
            kind="integer",
            default="3",
            low=1,
            high=1000,
        ),
    ),
    references=(
        "Savage 1951, doi 10.1080/01621459.1951.10500768",
        "Zitzler et al. 2003, doi 10.1109/TEVC.2003.810758",
        FLECKER,
    ),
    validity=Text(
        es="Juzga solo por los criterios del frente. Un plan «beyond» supera lo que el frente "
        "podía tener: mire sus límites, sus sitios fijos y su épsilon.",
        en='Judges by the criteria of the front only. A plan that is "beyond" exceeds what the '
        "front could have: look at its bounds, its fixed sites and its epsilon.",
    ),
    example="- {step: regret, method: hydropower.regret, parameters: {plans: [full], k: 3}}",
)

EFFICIENT, DOMINATED, BEYOND = "efficient", "dominated", "beyond"


@dataclass(frozen=True, slots=True)
class Regret:
    """Result of `regret`.

    `table`: state, verdict, dominated_by (how many portfolios), distance (0..), row (of the equal
    portfolio of the front, or -1), dams_total, then the criteria. `efficient`: equal in all
    criteria to a portfolio of the front; `beyond`: no portfolio is as good everywhere.
    `improvements`: state, criterion, unit, sense, value, best (with nothing else worse), gain
    (positive is better), gain_percent, row, add, drop, change; no row where the plan is beyond.
    `dominating`: state, row.
    `nearest`: state, by (`values` or `dams`), rank, row, distance (largest difference as share of
    the range), dams_changed, add, drop, change (sites with another option), dominates, criteria.
    """

    table: pd.DataFrame
    improvements: pd.DataFrame
    dominating: pd.DataFrame
    nearest: pd.DataFrame
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    """A state beside the front: `excess` (n, d) is portfolio less plan, so negative is better."""

    name: str
    choices: np.ndarray
    lower: np.ndarray
    excess: np.ndarray
    no_worse: np.ndarray
    dominates: np.ndarray


def regret(
    frontier: Frontier,
    *,
    states: States,
    network: RiverNetwork,
    declared: Sequence[Criterion] = (),
    plans: Sequence[str] | None = None,
    k: int = 3,
) -> Regret:
    """Judge states of the basin by the front.

    Parameters
    ----------
    frontier : Frontier
    states : States
        With the plans; their values are computed again, by the criteria of the front.
    network : RiverNetwork
    declared : sequence of Criterion
        What the study declares.
    plans : names of states, optional
        None: all but `none`.
    k : int
        How many efficient plans nearby, by values and by dams; fewer if the front is shorter.

    Raises
    ------
    InputError
        `selection.front-empty`, `selection.count` (k below 1), `selection.plan-unknown` (with the
        nearest name), `selection.other-network`, and the codes of `evaluate`.
    """
    turned = oriented(frontier)
    if k < 1:
        raise InputError.because("selection.count", "k", value=k)
    names = _names(states, plans)
    choices = np.array([states.choice(name) for name in names], dtype=np.int8)
    choices = choices.reshape(len(names), len(frontier.dams))
    values = values_of(frontier, network, choices, declared)
    lower = turned.turned(values)
    distances = beaten(_snapped(turned, lower), turned.lower, turned.scales())
    rows: list[dict[str, Any]] = []
    better: list[dict[str, Any]] = []
    near: list[dict[str, Any]] = []
    dominating: list[pd.DataFrame] = []
    for i, name in enumerate(names):
        plan = _beside(turned, name, choices[i], lower[i])
        verdict, row = _verdict(turned, plan)
        rows.append(
            {
                "state": name,
                "verdict": verdict,
                "dominated_by": int(plan.dominates.sum()),
                "distance": float(distances[i]),
                "row": row,
                "dams_total": int((plan.choices > 0).sum()),
                **_by_name(values.iloc[i]),
            }
        )
        better += _improvements(frontier, turned, plan)
        near += _nearby(frontier, turned, plan, k)
        found = np.flatnonzero(plan.dominates)
        dominating.append(pd.DataFrame({"state": [name] * len(found), "row": found}))
    return Regret(
        _frame(rows, frontier, _TABLE),
        _frame(better, frontier, _BETTER, criteria=False),
        pd.concat(dominating, ignore_index=True)
        if dominating
        else pd.DataFrame(columns=["state", "row"]),
        _frame(near, frontier, _NEAR),
        front_notices(frontier),
    )


_TABLE = ("state", "verdict", "dominated_by", "distance", "row", "dams_total")
_BETTER = (
    "state", "criterion", "unit", "sense", "value", "best", "gain", "gain_percent", "row",
    "add", "drop", "change",
)  # fmt: skip
_NEAR = (
    "state", "by", "rank", "row", "distance", "dams_changed", "add", "drop", "change", "dominates",
)  # fmt: skip


def _names(states: States, plans: Sequence[str] | None) -> list[str]:
    if plans is None:
        return [name for name in states.names if name != NONE]
    for name in plans:
        if str(name) not in states.names:
            raise InputError.because(
                "selection.plan-unknown",
                str(name),
                nearest=nearest(str(name), states.names),
                known=offenders(states.names, 20),
            )
    return list(dict.fromkeys(str(name) for name in plans))


def _snapped(turned: Oriented, lower: np.ndarray) -> np.ndarray:
    """Values that equal one of the front within the tolerance, replaced by that one."""
    snapped = lower.copy()
    for c, tolerance in enumerate(turned.tolerance):
        column = np.sort(turned.lower[:, c])
        right = np.clip(np.searchsorted(column, lower[:, c]), 0, len(column) - 1)
        for place in (right, np.maximum(right - 1, 0)):
            close = np.abs(column[place] - lower[:, c]) <= tolerance
            snapped[close, c] = column[place][close]
    return snapped


def _beside(turned: Oriented, name: str, choices: np.ndarray, lower: np.ndarray) -> _Plan:
    excess = turned.lower - lower
    excess[np.abs(excess) <= turned.tolerance] = 0.0
    no_worse = excess <= 0
    whole = no_worse.all(axis=1)
    return _Plan(name, choices, lower, excess, no_worse, whole & (excess < 0).any(axis=1))


def _verdict(turned: Oriented, plan: _Plan) -> tuple[str, int]:
    equal = np.flatnonzero((plan.excess == 0).all(axis=1))
    if len(equal):
        return EFFICIENT, int(equal[0])
    return (DOMINATED if plan.dominates.any() else BEYOND), -1


def _improvements(frontier: Frontier, turned: Oriented, plan: _Plan) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for c, criterion in enumerate(frontier.criteria):
        others = np.delete(plan.no_worse, c, axis=1).all(axis=1)
        # Where the plan is beyond the front, there is no portfolio to compare with.
        found = np.flatnonzero(others & plan.no_worse[:, c])
        if not len(found):
            continue
        most = plan.excess[found, c].min()
        found = found[plan.excess[found, c] <= most + turned.tolerance[c]]
        rest = [n for n in turned.names if n != criterion.name] or [criterion.name]
        row = int(found[best_of(frontier, found, rest, np.ones(len(rest)))])
        gain, size = abs(float(plan.excess[row, c])), abs(float(plan.lower[c]))
        rows.append(
            {
                "state": plan.name,
                "criterion": criterion.name,
                "unit": criterion.unit,
                "sense": criterion.sense,
                "value": float(plan.lower[c] * turned.sign[c]),
                "best": float(turned.lower[row, c] * turned.sign[c]),
                "gain": gain,
                "gain_percent": 100 * gain / size if size else (inf if gain else 0.0),
                "row": row,
                **differences(frontier.dams, plan.choices, frontier.choices[row]),
            }
        )
    return rows


def _nearby(frontier: Frontier, turned: Oriented, plan: _Plan, k: int) -> list[dict[str, Any]]:
    ranges = np.ptp(turned.lower, axis=0)
    # A criterion that does not vary over the front is measured by its own size.
    scale = np.where(ranges > turned.tolerance, ranges, np.abs(turned.lower).max(axis=0))
    shares = np.abs(plan.excess) / np.where(scale > 0, scale, 1.0)
    distance, total = shares.max(axis=1), shares.sum(axis=1)
    changed = (frontier.choices != plan.choices).sum(axis=1)
    ties = turned.lower.T[::-1]
    orders = {
        "values": np.lexsort([*ties, changed, np.round(total, 9), np.round(distance, 9)]),
        "dams": np.lexsort([*ties, np.round(total, 9), np.round(distance, 9), changed]),
    }
    return [
        {
            "state": plan.name,
            "by": by,
            "rank": rank + 1,
            "row": int(row),
            "distance": float(distance[row]),
            "dams_changed": int(changed[row]),
            **differences(frontier.dams, plan.choices, frontier.choices[row]),
            "dominates": bool(plan.dominates[row]),
            **_by_name(frontier.values.iloc[row]),
        }
        for by, order in orders.items()
        for rank, row in enumerate(order[:k])
    ]


def _by_name(values: pd.Series) -> dict[str, float]:
    return {str(name): float(value) for name, value in values.items()}


def _frame(
    rows: list[dict[str, Any]],
    frontier: Frontier,
    columns: Sequence[str],
    *,
    criteria: bool = True,
) -> pd.DataFrame:
    names = [c.name for c in frontier.criteria] if criteria else []
    table = pd.DataFrame(rows, columns=[*columns, *names])
    if criteria:
        table.attrs["units"] = units(frontier)
    return table
