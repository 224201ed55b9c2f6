"""Portfolios that stay good when the numbers turn out otherwise.

Mathematical formulation
    Candidates x from one or several fronts, scenarios s. In each scenario, d_s(x) = the largest ε
    by which some candidate that reaches the targets there is better in every loss criterion at
    once (without targets: in every criterion). The choice has the least max_s d_s(x) among the
    candidates that reach the targets in every scenario; then the least mean; then as `choice`.
    A candidate is efficient in s if no candidate is nowhere worse and somewhere better there (or,
    with `within`, better by no more than that in every criterion at once); jointly, if that holds
    for the values of all scenarios side by side.

In words
    Regret is what one would wish to have built otherwise once the truth is known. The robust
    choice keeps the worst of it small.

Papers
    Savage 1951, doi 10.1080/01621459.1951.10500768 (minimax regret); Kouvelis & Yu 1997,
    doi 10.1007/978-1-4757-2620-6 (discrete robust optimization).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InfeasibleError, InputError
from nonetloss.core.findings import Finding, notice
from nonetloss.core.language import LANGUAGES, Text, text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower import ports
from nonetloss.hydropower.choice import LEAST, Choice, best_of, described, front_notices
from nonetloss.hydropower.criterion import Criterion
from nonetloss.hydropower.oriented import (
    FLECKER,
    Oriented,
    loss_names,
    oriented,
    reaching,
    require_same_dams,
    targets_of,
    units,
    values_of,
)
from nonetloss.hydropower.results import Frontier
from nonetloss.hydropower.scenarios import Factor, Scenario, scenarios_of
from nonetloss.landscape.river import RiverNetwork
from nonetloss.numerics.pareto import nondominated
from nonetloss.numerics.shortfall import beaten

METHOD = Method(
    id="hydropower.robust",
    question=Text(
        es="¿Qué portafolios siguen siendo buenos si los datos resultan otros?",
        en="Which portfolios stay good if the numbers turn out otherwise?",
    ),
    function="nonetloss.hydropower.robust:robust",
    inputs=(
        Port(
            "frontier",
            "Frontier",
            Text(
                es="Uno o varios frentes: de ellos salen los candidatos.",
                en="One or several fronts: candidates are taken from them.",
            ),
            many=True,
        ),
        ports.NETWORK,
        ports.DECLARED,
        Port(
            "rng",
            "Generator",
            Text(es="Generador de números aleatorios.", en="Generator of random numbers."),
            ambient=True,
            optional=True,
        ),
    ),
    outputs=(
        Port(
            "robust",
            "Robust",
            Text(
                es="Eficiencia y arrepentimiento de cada candidato, y el elegido.",
                en="Efficiency and regret of every candidate, and the one chosen.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "scenarios",
            Text(
                es="Factores por escenario: {seco: {energy: 0.8}, gases: {ghg: {482: 2}}}.",
                en="Factors by scenario: {dry: {energy: 0.8}, gases: {ghg: {482: 2}}}.",
            ),
            kind="mapping",
            optional=True,
        ),
        Parameter(
            "uncertain",
            Text(
                es="Factores [bajo, probable, alto] por atributo: {sed_trap: [0.7, 1, 1.2]}.",
                en="Factors [low, likely, high] by attribute: {sed_trap: [0.7, 1, 1.2]}.",
            ),
            kind="mapping",
            optional=True,
        ),
        Parameter(
            "samples",
            Text(
                es="Sorteos de los factores inciertos, represa por represa; 0: solo los extremos.",
                en="Draws of the uncertain factors, dam by dam; 0: the ends only.",
            ),
            kind="integer",
            default="0",
            low=0,
            high=10_000,
        ),
        Parameter(
            "targets",
            Text(
                es="Metas por criterio que deben alcanzarse en todos los escenarios.",
                en="Targets by criterion, to be reached in every scenario.",
            ),
            kind="mapping",
            optional=True,
        ),
        LEAST,
        Parameter(
            "within",
            Text(
                es="Holgura con que un candidato aún cuenta como eficiente; 0.01 es 1 %.",
                en="Slack within which a candidate still counts as efficient; 0.01 is 1 %.",
            ),
            default=0.0,
            low=0.0,
            high=1.0,
        ),
    ),
    references=(
        "Savage 1951, doi 10.1080/01621459.1951.10500768",
        "Kouvelis and Yu 1997, doi 10.1007/978-1-4757-2620-6",
        FLECKER,
    ),
    validity=Text(
        es="Compara solo los candidatos dados: para que en cada escenario estén todos los buenos, "
        "dé también los frentes buscados con los números de esos escenarios.",
        en="Compares the candidates given only: for all that are good in a scenario to be there, "
        "also give the fronts sought with the numbers of those scenarios.",
    ),
    example="- {step: robust, method: hydropower.robust, parameters: "
    "{uncertain: {sed_trap: [0.7, 1, 1.2], energy: [0.8, 1, 1.05]}, targets: {energy: 5000 MW}}}",
)

# Numbers of candidates, scenarios and criteria held side by side for the joint front.
_STACKED = 40_000_000


@dataclass(frozen=True, slots=True)
class Robust:
    """Result of `robust`.

    `table`: candidate, row (in the first front, or -1), efficient_share (of scenarios),
    max_regret (NaN where a target is missed in some scenario), worst_scenario, mean_regret,
    reaches_share, joint (NaN where too many to compare), chosen, dams_total, then the criteria in
    the likely scenario. `choices` is int8 (candidates, dams). `scenarios`: scenario, criterion,
    unit, best, worst (of the candidates), efficient (how many), chosen, chosen_regret. `factors`:
    scenario, attribute, dam ("": all), factor. `always` counts the candidates that are efficient
    in every scenario. `choice` is the candidate of least worst regret.
    """

    table: pd.DataFrame
    choices: np.ndarray
    scenarios: pd.DataFrame
    factors: pd.DataFrame
    choice: Choice
    always: int
    within: float
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Judged:
    """Candidates in one scenario, all arrays (n, …)."""

    name: str
    turned: Oriented
    efficient: np.ndarray
    reaches: np.ndarray
    regret: np.ndarray


def robust(
    frontier: Frontier | Sequence[Frontier],
    *,
    network: RiverNetwork,
    declared: Sequence[Criterion] = (),
    rng: np.random.Generator | None = None,
    scenarios: Mapping[str, Any] | None = None,
    uncertain: Mapping[str, Any] | None = None,
    samples: int = 0,
    targets: Mapping[str, Any] | None = None,
    least: Sequence[str] | None = None,
    within: float = 0.0,
) -> Robust:
    """Judge candidates in every scenario and take the one of least worst regret.

    Parameters
    ----------
    frontier : Frontier or several of them
        All their portfolios are candidates; equal ones count once. The criteria are those of the
        first.
    network : RiverNetwork
        The likely numbers.
    declared : sequence of Criterion
        What the study declares.
    rng, scenarios, uncertain, samples
        As `hydropower.scenarios.scenarios_of`.
    targets : mapping of criterion to number or text with unit, optional
        To be reached in every scenario. None: no target; regret is then measured in all criteria.
    least : sequence of criteria, optional
        Loss criteria, where there are targets; None: all without a target.
    within : float
        Share by which an efficient candidate may be beaten in every criterion at once.

    Returns
    -------
    Robust
        Time grows with candidates times efficient candidates, for each scenario.

    Raises
    ------
    InfeasibleError
        `selection.unreachable-everywhere`: in which scenario the most nearly sufficient candidate
        misses, and by how much.
    InputError
        `selection.front-empty`, `selection.criterion-unknown`, `selection.least-none`,
        `selection.least-repeated`, `selection.other-network`, and the codes of `scenarios_of`,
        `evaluate` and of units.
    """
    fronts = (frontier,) if isinstance(frontier, Frontier) else tuple(frontier)
    candidates, rows = _candidates(fronts, network, declared)
    wanted = targets_of(candidates, targets) if targets else {}
    names = (
        loss_names(candidates, least, wanted if least is None else ())
        if wanted or least is not None
        else tuple(c.name for c in candidates.criteria)
    )
    made = scenarios_of(network, scenarios, uncertain=uncertain, samples=samples, rng=rng)
    judged = [_judge(candidates, s, declared, wanted, names, within) for s in made]
    regrets = np.column_stack([j.regret for j in judged])
    reaches = np.column_stack([j.reaches for j in judged])
    place = _minimax(candidates, judged, regrets, reaches, wanted, names)
    joint = _joint(judged)
    # One notice for the loosest front is enough.
    found = list(front_notices(max(fronts, key=lambda front: front.epsilon)))
    if joint is None:
        found.append(notice("selection.joint-skipped", "robust", count=len(candidates)))
    efficient = np.column_stack([j.efficient for j in judged])
    whole = np.asarray(reaches.all(axis=1))
    worst = np.where(whole, np.nan_to_num(regrets, nan=0.0).max(axis=1), nan)
    table = pd.DataFrame(
        {
            "candidate": np.arange(len(candidates)),
            "row": rows,
            "efficient_share": efficient.mean(axis=1),
            "max_regret": worst,
            "worst_scenario": _worst_scenarios(judged, regrets, reaches),
            "mean_regret": np.where(whole, np.nan_to_num(regrets, nan=0.0).mean(axis=1), nan),
            "reaches_share": reaches.mean(axis=1),
            "joint": joint if joint is not None else pd.array([pd.NA] * len(rows), "boolean"),
            "chosen": np.arange(len(candidates)) == place,
            "dams_total": candidates.portfolios.sum(axis=1),
        }
    )
    table = pd.concat([table, candidates.values], axis=1)
    table.attrs["units"] = units(candidates)
    return Robust(
        table=table,
        choices=candidates.choices,
        scenarios=_scenario_table(candidates, judged, place),
        factors=_factor_table(made),
        choice=_chosen(candidates, place, int(rows[place]), whole, wanted, names, len(made)),
        always=int(efficient.all(axis=1).sum()),
        within=within,
        findings=tuple(found),
    )


def _candidates(
    fronts: Sequence[Frontier], network: RiverNetwork, declared: Sequence[Criterion]
) -> tuple[Frontier, np.ndarray]:
    """All different portfolios as one front-like table, and their rows in the first front."""
    if not fronts or not any(len(front) for front in fronts):
        raise InputError.because("selection.front-empty", "frontier")
    for front in fronts:
        require_same_dams(front, network)
    stacked = np.concatenate([front.choices for front in fronts]).astype(np.int8)
    first = np.sort(np.unique(stacked, axis=0, return_index=True)[1])
    choices = stacked[first]
    values = values_of(fronts[0], network, choices, declared)
    rows = np.where(first < len(fronts[0]), first, -1)
    whole = replace(fronts[0], values=values, choices=choices, portfolios=choices > 0)
    return whole, rows


def _judge(
    candidates: Frontier,
    scenario: Scenario,
    declared: Sequence[Criterion],
    targets: Mapping[str, float],
    names: Sequence[str],
    within: float,
) -> _Judged:
    values = values_of(candidates, scenario.network, candidates.choices, declared)
    here = replace(candidates, values=values)
    turned = oriented(here)
    rounded = np.round(turned.lower / _steps(turned)) * _steps(turned)
    efficient = _efficient(rounded)
    reaches = reaching(here, targets) if targets else np.ones(len(values), dtype=bool)
    columns = [turned.names.index(name) for name in names]
    regret = np.full(len(values), nan)
    if reaches.any():
        regret[reaches] = _behind(rounded[reaches][:, columns])
    if within > 0:
        efficient = efficient | (_behind(rounded, efficient) <= within)
    return _Judged(scenario.name, turned, efficient, reaches, regret)


def _steps(turned: Oriented) -> np.ndarray:
    return np.where(turned.tolerance > 0, turned.tolerance, 1.0)


def _efficient(lower: np.ndarray) -> np.ndarray:
    """Mask of the rows that no row dominates; equal rows alike."""
    different, which = np.unique(lower, axis=0, return_inverse=True)
    return np.asarray(nondominated(different)[np.ravel(which)])


def _behind(lower: np.ndarray, efficient: np.ndarray | None = None) -> np.ndarray:
    """d of every row against the efficient ones, 0 for those themselves."""
    best = _efficient(lower) if efficient is None else efficient
    others = np.unique(lower[best], axis=0)
    sizes = np.abs(others)
    scales = np.where(sizes > 0, sizes, np.ptp(lower, axis=0))
    behind = np.zeros(len(lower))
    behind[~best] = beaten(lower[~best], others, scales)
    return behind


def _minimax(
    candidates: Frontier,
    judged: Sequence[_Judged],
    regrets: np.ndarray,
    reaches: np.ndarray,
    targets: Mapping[str, float],
    names: Sequence[str],
) -> int:
    able = np.flatnonzero(reaches.all(axis=1))
    if not len(able):
        raise _unreachable(candidates, judged, targets)
    for over in (np.max, np.mean):
        key = np.round(over(regrets[able], axis=1), 9)
        able = able[key == key.min()]
    return int(able[best_of(candidates, able, names, np.ones(len(names)))])


def _unreachable(
    candidates: Frontier, judged: Sequence[_Judged], targets: Mapping[str, float]
) -> InfeasibleError:
    """The candidate whose worst miss is smallest, and where it misses."""
    misses = []
    for j in judged:
        columns = [j.turned.names.index(name) for name in targets]
        wanted = np.array(list(targets.values())) * j.turned.sign[columns]
        size = np.where(wanted == 0, 1.0, np.abs(wanted))
        misses.append(np.maximum(j.turned.lower[:, columns] - wanted, 0.0) / size)
    stacked = np.stack(misses)
    row = int(np.argmin(stacked.max(axis=(0, 2))))
    s, c = np.unravel_index(int(np.argmax(stacked[:, row])), stacked[:, row].shape)
    name = list(targets)[int(c)]
    turned = judged[int(s)].turned
    column = turned.names.index(name)
    unit = units(candidates)[name]
    value = float(turned.lower[row, column] * turned.sign[column])
    return InfeasibleError.because(
        "selection.unreachable-everywhere",
        name,
        scenario=judged[int(s)].name,
        target=f"{targets[name]:.10g} {unit}".strip(),
        value=f"{value:.10g} {unit}".strip(),
    )


def _joint(judged: Sequence[_Judged]) -> np.ndarray | None:
    if sum(j.turned.lower.size for j in judged) > _STACKED:
        return None
    steps = [np.round(j.turned.lower / _steps(j.turned)) for j in judged]
    return _efficient(np.concatenate(steps, axis=1))


def _worst_scenarios(
    judged: Sequence[_Judged], regrets: np.ndarray, reaches: np.ndarray
) -> list[str]:
    """The scenario of the worst regret; the first in which a target is missed; "" for none."""
    missed = ~reaches.all(axis=1)
    at = np.where(missed, np.argmin(reaches, axis=1), np.argmax(np.nan_to_num(regrets), axis=1))
    some = missed | (np.nan_to_num(regrets).max(axis=1) > 0)
    return [judged[int(s)].name if known else "" for s, known in zip(at, some, strict=True)]


def _scenario_table(candidates: Frontier, judged: Sequence[_Judged], place: int) -> pd.DataFrame:
    told = units(candidates)
    return pd.DataFrame(
        [
            {
                "scenario": j.name,
                "criterion": name,
                "unit": told[name],
                "best": j.turned.lower[:, c].min() * j.turned.sign[c],
                "worst": j.turned.lower[:, c].max() * j.turned.sign[c],
                "efficient": int(j.efficient.sum()),
                "chosen": j.turned.lower[place, c] * j.turned.sign[c],
                "chosen_regret": float(j.regret[place]),
            }
            for j in judged
            for c, name in enumerate(j.turned.names)
        ]
    )


def _factor_table(made: Sequence[Scenario]) -> pd.DataFrame:
    names = [f.name for f in fields(Factor)]
    rows = [(s.name, f.attribute, f.dam, f.factor) for s in made for f in s.factors]
    return pd.DataFrame(rows, columns=names)


def _chosen(
    candidates: Frontier,
    place: int,
    row: int,
    whole: np.ndarray,
    targets: Mapping[str, float],
    names: Sequence[str],
    count: int,
) -> Choice:
    title = Text(es=text("selection.robust-title", "es"), en=text("selection.robust-title", "en"))
    able = np.flatnonzero(whole)
    choice = described(candidates, place, able, targets, names, "robust", title)
    told = {lang: text("selection.why-robust", lang, count=count) for lang in LANGUAGES}
    return replace(choice, row=row, why=Text(es=told["es"], en=told["en"]), findings=())
