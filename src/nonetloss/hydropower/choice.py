"""The portfolio of least loss that reaches a target.

Mathematical formulation
    Of the portfolios p with E(p) at least (at most, if minimized) each target, the one with the
    least max_c w_c (L_c(p) - L_c*) / (L_c° - L_c*), then the least sum of the same; L_c* is the
    best and L_c° the worst value of loss criterion c among those portfolios. Ties: the remaining
    criteria of the front in their order, fewer dams, then the order of the choices.

In words
    With one loss criterion: the least of it. With several: the portfolio whose worst sacrifice is
    smallest.

Papers
    Wierzbicki 1980, doi 10.1007/978-3-642-48782-8_32 (distance to an ideal point).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InfeasibleError, InputError
from nonetloss.core.findings import Finding, notice
from nonetloss.core.language import LANGUAGES, Text, text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower.oriented import (
    FLECKER,
    FRONTIER,
    label,
    loss_names,
    oriented,
    reaching,
    targets_of,
)
from nonetloss.hydropower.results import Frontier
from nonetloss.landscape.river import Id

TARGETS = Parameter(
    "targets",
    Text(
        es="Metas por criterio: al menos, si se maximiza; a lo más, si se minimiza. Un número sin "
        "unidad está en la del criterio.",
        en="Targets by criterion: at least, if maximized; at most, if minimized. A number without "
        "a unit is in that of the criterion.",
    ),
    kind="mapping",
)
LEAST = Parameter(
    "least",
    Text(
        es="Criterios cuya pérdida debe ser mínima. Sin esto, todos los que no tienen meta.",
        en="Criteria whose loss is to be least. Without it, all that have no target.",
    ),
    kind="list",
    optional=True,
)

METHOD = Method(
    id="hydropower.choice",
    question=Text(
        es="¿Qué portafolio alcanza la meta con la menor pérdida?",
        en="Which portfolio reaches the target at the least loss?",
    ),
    function="nonetloss.hydropower.choice:choose",
    inputs=(FRONTIER,),
    outputs=(
        Port(
            "choice",
            "Choice",
            Text(es="El portafolio elegido y por qué.", en="The portfolio chosen, and why."),
        ),
    ),
    parameters=(
        TARGETS,
        LEAST,
        Parameter(
            "weights",
            Text(
                es="Peso de cada criterio de pérdida; 1 si falta.",
                en="Weight of each loss criterion; 1 if missing.",
            ),
            kind="mapping",
            optional=True,
        ),
        Parameter(
            "name",
            Text(es="Nombre del portafolio.", en="Name of the portfolio."),
            kind="text",
            default="chosen",
        ),
    ),
    references=("Wierzbicki 1980, doi 10.1007/978-3-642-48782-8_32", FLECKER),
    validity=Text(
        es="Exacto si el frente lo es; si no, dentro de su épsilon. Con varios criterios de "
        "pérdida, los pesos son un juicio de quien decide.",
        en="Exact if the front is; otherwise within its epsilon. With several loss criteria, the "
        "weights are a judgment of whoever decides.",
    ),
    example="- {step: choice, method: hydropower.choice, parameters: "
    "{targets: {energy: 5000 MW}, least: [connectivity]}}",
)

# Shares closer than this are a tie.
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Choice:
    """One portfolio taken from a front.

    `choices` is int8 (dams,): 0 not built, k the k-th option; `dams` are the ids of what stands.
    `row` is its place in the front. `eligible` counts the portfolios that reach the targets.
    `table` has criterion, unit, sense, role (`target`, `least` or ""), target (NaN if none),
    value, best and worst (among the eligible) and share_of_range (0 the best of them, 1 the
    worst; NaN where all are equal).
    """

    name: str
    title: Text
    dams: tuple[Id, ...]
    choices: np.ndarray
    values: Mapping[str, float]
    why: Text
    row: int
    eligible: int
    table: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def choose(
    frontier: Frontier,
    *,
    targets: Mapping[str, Any],
    least: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    name: str = "chosen",
    title: Text | None = None,
) -> Choice:
    """The portfolio of least loss among those that reach the targets.

    Parameters
    ----------
    frontier : Frontier
    targets : mapping of criterion to number or text with unit
        At least so much of a maximized criterion, at most so much of a minimized one. Plain
        numbers are in the unit of the criterion.
    least : sequence of criteria, optional
        None: all criteria of the front without a target. One with a target may be named too.
    weights : mapping of criterion to number, optional
        Not negative; 1 where missing. Only ratios matter.
    name, title
        Of the choice; the title tells the targets if None.

    Returns
    -------
    Choice
        With an ε-front, a notice says so: another portfolio may lose up to ε less.

    Raises
    ------
    InfeasibleError
        `selection.unreachable`: with the portfolio that comes nearest and by how much it misses.
    InputError
        `selection.front-empty`, `selection.criterion-unknown`, `selection.targets-none`,
        `selection.least-none`, `selection.least-repeated`, `selection.weight`, codes of units.
    """
    oriented(frontier)
    wanted = targets_of(frontier, targets)
    names = loss_names(frontier, least, wanted if least is None else ())
    by_weight = _weights(names, weights)
    eligible = np.flatnonzero(reaching(frontier, wanted))
    if not len(eligible):
        raise unreachable(frontier, wanted)
    row = int(eligible[best_of(frontier, eligible, names, by_weight)])
    return described(frontier, row, eligible, wanted, names, name, title)


def best_of(frontier: Frontier, rows: np.ndarray, names: Sequence[str], weights: np.ndarray) -> int:
    """Position among `rows` of the best compromise, with all ties settled."""
    turned = oriented(frontier, names)
    lower = turned.lower[rows]
    low, span = lower.min(axis=0), np.ptp(lower, axis=0)
    # Differences within the tolerance are none.
    real = span > turned.tolerance
    share = np.where(real, (lower - low) / np.where(real, span, 1.0), 0.0) * weights
    left = np.arange(len(rows))
    for key in (np.round(share.max(axis=1), _DIGITS), np.round(share.sum(axis=1), _DIGITS)):
        left = left[key[left] == key[left].min()]
    # Ties are few: the many columns of choices are looked at only then.
    tied = rows[left]
    choices = frontier.choices[tied]
    keys = [*oriented(frontier).lower[tied].T, (choices > 0).sum(axis=1), *choices.T]
    return int(left[np.lexsort(keys[::-1])[0]])


def unreachable(frontier: Frontier, targets: Mapping[str, float]) -> InfeasibleError:
    """What to say where no portfolio reaches all targets: the one that comes nearest."""
    turned = oriented(frontier, list(targets))
    wanted = np.array(list(targets.values())) * turned.sign
    size = np.where(wanted == 0, np.maximum(turned.tolerance, 1.0), np.abs(wanted))
    miss = np.maximum(turned.lower - wanted - turned.tolerance, 0.0) / size
    row = int(np.argmin(miss.max(axis=1)))
    worst = int(np.argmax(miss[row]))
    missed = label(frontier, turned.names[worst])
    value = float(frontier.values[missed.name].iloc[row])
    target = targets[missed.name]
    return InfeasibleError.because(
        "selection.unreachable",
        missed.name,
        target=f"{target:.10g} {missed.unit}".strip(),
        value=f"{value:.10g} {missed.unit}".strip(),
        missing=f"{abs(target - value):.6g} {missed.unit}".strip(),
        count=len(targets),
    )


def _weights(names: Sequence[str], weights: Mapping[str, float] | None) -> np.ndarray:
    given = weights or {}
    for name, weight in given.items():
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if name not in names or not number or not isfinite(weight) or weight < 0:
            raise InputError.because(
                "selection.weight", str(name), value=weight, known=", ".join(names)
            )
    made = np.array([float(given.get(name, 1.0)) for name in names])
    if not made.any():
        raise InputError.because("selection.weight", "weights", value=0, known=", ".join(names))
    return made


def described(
    frontier: Frontier,
    row: int,
    eligible: np.ndarray,
    targets: Mapping[str, float],
    least: Sequence[str],
    name: str,
    title: Text | None,
) -> Choice:
    """One row of a front as a choice, told among the rows that were eligible."""
    turned = oriented(frontier)
    rows = []
    for c, criterion in enumerate(frontier.criteria):
        among = turned.lower[eligible, c]
        best, worst = among.min(), among.max()
        flat = worst - best <= turned.tolerance[c]
        here = turned.lower[row, c]
        role = "target" if criterion.name in targets else "least" if criterion.name in least else ""
        rows.append(
            {
                "criterion": criterion.name,
                "unit": criterion.unit,
                "sense": criterion.sense,
                "role": role,
                "target": targets.get(criterion.name, np.nan),
                "value": here * turned.sign[c],
                "best": best * turned.sign[c],
                "worst": worst * turned.sign[c],
                "share_of_range": np.nan if flat else (here - best) / (worst - best),
            }
        )
    choices = frontier.choices[row].astype(np.int8)
    told = _told(frontier, targets, least, len(eligible))
    return Choice(
        name=name,
        title=title or Text(es=told["es"][0], en=told["en"][0]),
        dams=tuple(id for id, k in zip(frontier.dams, choices, strict=True) if k),
        choices=choices,
        values={r["criterion"]: float(r["value"]) for r in rows},
        why=Text(es=told["es"][1], en=told["en"][1]),
        row=row,
        eligible=len(eligible),
        table=pd.DataFrame(rows),
        findings=front_notices(frontier),
    )


def front_notices(frontier: Frontier) -> tuple[Finding, ...]:
    """A notice where the front is not exact."""
    if frontier.epsilon == 0 and frontier.finished:
        return ()
    return (notice("selection.front-within", "frontier", epsilon=f"{frontier.epsilon:.6g}"),)


def _told(
    frontier: Frontier, targets: Mapping[str, float], least: Sequence[str], eligible: int
) -> dict[str, tuple[str, str]]:
    """By language, a title and why."""
    key = "selection.why-least" if len(least) == 1 else "selection.why-compromise"
    told: dict[str, tuple[str, str]] = {}
    for language in LANGUAGES:
        parts = []
        for name, target in targets.items():
            criterion = label(frontier, name)
            sign = "≥" if criterion.sense == "max" else "≤"
            part = f"{criterion.title[language]} {sign} {target:.10g} {criterion.unit}"
            parts.append(part.strip())
        reached = "; ".join(parts)
        losses = ", ".join(label(frontier, name).title[language] for name in least)
        told[language] = (
            text("selection.choice-title", language, targets=reached),
            text(key, language, count=eligible, targets=reached, least=losses),
        )
    return told
