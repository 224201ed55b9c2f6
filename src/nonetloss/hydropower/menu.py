"""A short menu of portfolios that stands for a whole front.

Mathematical formulation
    Of the portfolios of the front choose k, so that the smallest ε for which every portfolio of
    the front is matched by one of them is least: at least (1 - ε) times as much of what is
    maximized and at most (1 + ε) times of what is minimized (`ratio`); or at most ε times the
    range of the front worse in each criterion (`range`).

In words
    People can discuss seven plans, not a hundred thousand: whatever they would prefer, one of
    these is at most ε worse in everything.

Papers
    Koltun & Papadimitriou 2007, Theoretical Computer Science 371; Bazgan, Jamain & Vanderpooten
    2015, Operations Research Letters 43; CPAIOR 2024, doi 10.1007/978-3-031-60599-4_9 (fronts of
    dams compressed for decision makers).
"""

from dataclasses import dataclass
from math import isfinite

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice
from nonetloss.core.language import Text, text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower.choice import best_of, front_notices
from nonetloss.hydropower.oriented import FLECKER, FRONTIER, Oriented, oriented, units
from nonetloss.hydropower.results import Frontier
from nonetloss.numerics.representatives import representatives

RATIO, RANGE = "ratio", "range"

METHOD = Method(
    id="hydropower.menu",
    question=Text(
        es="¿Qué pocos portafolios representan a todo el frente, y qué tan bien?",
        en="Which few portfolios stand for the whole front, and how well?",
    ),
    function="nonetloss.hydropower.menu:menu",
    inputs=(FRONTIER,),
    outputs=(
        Port(
            "menu",
            "Menu",
            Text(es="Portafolios representativos.", en="Representative portfolios."),
        ),
    ),
    parameters=(
        Parameter(
            "k",
            Text(es="Cuántos portafolios.", en="How many portfolios."),
            kind="integer",
            default="7",
            low=1,
            high=1000,
        ),
        Parameter(
            "extremes",
            Text(
                es="Incluir el mejor portafolio de cada criterio.",
                en="Include the best portfolio of each criterion.",
            ),
            kind="flag",
            default=True,
        ),
        Parameter(
            "measure",
            Text(
                es="Cómo se mide «peor»: parte del valor (ratio) o del rango del frente (range).",
                en='How "worse" is measured: share of the value (ratio) or of the range of the '
                "front (range).",
            ),
            kind="choice",
            choices=(RATIO, RANGE),
            default=RATIO,
        ),
        Parameter(
            "name",
            Text(
                es="Comienzo de los nombres de los portafolios.",
                en="Beginning of the names of the portfolios.",
            ),
            kind="text",
            default="menu",
        ),
    ),
    references=(
        "Koltun and Papadimitriou 2007, Theoretical Computer Science 371",
        "Bazgan, Jamain and Vanderpooten 2015, Operations Research Letters 43",
        FLECKER,
    ),
    validity=Text(
        es="Exacto con dos criterios y en frentes cortos; si no, con una cota que dice cuánto "
        "mejor podría ser otro menú.",
        en="Exact with two criteria and for short fronts; otherwise with a bound that says how "
        "much better another menu could be.",
    ),
    example="- {step: menu, method: hydropower.menu, parameters: {k: 7, extremes: true}}",
)


@dataclass(frozen=True, slots=True)
class Menu:
    """Result of `menu`.

    `table`: name, row, represents (portfolios of the front that are nearest to it), coverage (ε
    within which it matches those), extreme_of (criteria in which it is best), dams_total, then the
    criteria; from little to much of the first criterion. `choices` is int8 (k, dams). `coverage`
    is the ε of the menu, `bound` what no menu of k (with the extremes, if asked) can be below, and
    `exact` whether the two meet. Infinite: see `measure`.
    """

    names: tuple[str, ...]
    titles: tuple[Text, ...]
    table: pd.DataFrame
    choices: np.ndarray
    k: int
    measure: str
    coverage: float
    bound: float
    exact: bool
    findings: tuple[Finding, ...] = ()


def menu(
    frontier: Frontier,
    *,
    k: int = 7,
    extremes: bool = True,
    measure: str = RATIO,
    name: str = "menu",
) -> Menu:
    """Choose k portfolios that cover the front best.

    Parameters
    ----------
    frontier : Frontier
    k : int
        At least 1; with `extremes` at least as many as there are different extremes. As many as
        the front or more: the whole front.
    extremes : bool
        Whether the best portfolio of each criterion must be in; of several equally good ones,
        the best compromise in the others.
    measure : "ratio" or "range"
        What ε is a share of. A ratio cannot match a value of zero but by zero: where a minimized
        criterion gets to zero, ε may be infinite; a notice then points to `range`.
    name : str
        Portfolios are called name-1, name-2, …

    Raises
    ------
    InputError
        `selection.front-empty`, `selection.count`, `selection.measure`, `selection.extremes`
        (more of them than k).
    """
    turned = oriented(frontier)
    if k < 1:
        raise InputError.because("selection.count", "k", value=k)
    if measure not in (RATIO, RANGE):
        raise InputError.because("selection.measure", str(measure), known=f"{RATIO}, {RANGE}")
    best = _extremes(frontier, turned)
    forced = sorted(set(best.values())) if extremes else []
    if len(forced) > k:
        raise InputError.because("selection.extremes", "k", value=k, needed=len(forced))
    chosen = representatives(turned.lower, turned.scales(measure), count=k, forced=forced)
    first = frontier.values[frontier.criteria[0].name].to_numpy()
    order = np.lexsort([chosen.members, first[chosen.members]])
    rows = chosen.members[order]
    table = pd.DataFrame(
        {
            "name": [f"{name}-{i + 1}" for i in range(len(rows))],
            "row": rows,
            "represents": [int((chosen.serving == i).sum()) for i in order],
            "coverage": [float(chosen.covers[chosen.serving == i].max()) for i in order],
            "extreme_of": [", ".join(n for n, r in best.items() if r == row) for row in rows],
            "dams_total": frontier.portfolios[rows].sum(axis=1),
        }
    )
    table = pd.concat([table, frontier.values.iloc[rows].reset_index(drop=True)], axis=1)
    table.attrs["units"] = units(frontier)
    found = list(front_notices(frontier))
    if not isfinite(chosen.coverage):
        found.append(notice("selection.menu-infinite", "menu"))
    titles = tuple(
        Text(
            es=text("selection.menu-title", "es", number=i + 1),
            en=text("selection.menu-title", "en", number=i + 1),
        )
        for i in range(len(rows))
    )
    return Menu(
        names=tuple(table["name"]),
        titles=titles,
        table=table,
        choices=frontier.choices[rows].astype(np.int8),
        k=k,
        measure=measure,
        coverage=chosen.coverage,
        bound=chosen.bound,
        exact=chosen.exact,
        findings=tuple(found),
    )


def _extremes(frontier: Frontier, turned: Oriented) -> dict[str, int]:
    """Row of a best portfolio of each criterion, as few different ones as a greedy pick finds."""
    best = turned.lower <= turned.lower.min(axis=0) + turned.tolerance
    found: dict[str, int] = {}
    while len(found) < len(turned.names):
        left = [c for c, name in enumerate(turned.names) if name not in found]
        served = best[:, left].sum(axis=1)
        rows = np.flatnonzero(served == served.max())
        others = [n for n in turned.names if n not in found]
        row = int(rows[best_of(frontier, rows, others, np.ones(len(others)))])
        found |= {turned.names[c]: row for c in left if best[row, c]}
    return found
