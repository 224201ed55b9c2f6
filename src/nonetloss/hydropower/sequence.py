"""A build sequence over planning periods that stays as near the front as it can.

Mathematical formulation
    Periods t = 1..T with rising targets E_t. Portfolios x_1 ⊆ … ⊆ x_T (what is built stays, with
    the same option), E(x_t) >= E_t. d_t(x) = the largest ε by which some portfolio that reaches
    E_t is better than x in every loss criterion at once (one loss criterion: the further loss
    against the best that could freely be chosen for E_t, as a share of it). Least max_t d_t(x_t);
    then the least sum of the shares by which `choice` ranks.

In words
    A plan that is best today can lock the basin out of what would be best tomorrow. The sequence
    is chosen for all periods together, and what the lock-in costs is told by period.

What is proven
    The best chain among the members of the front is found exactly (`front_distance`). Portfolios
    off the front can do better: single sites and pairs are moved between periods while that helps.
    With one loss criterion, all sequences that could still be better are then searched
    (`hydropower.nested`), and the best is `optimal` among those of the sites that the front uses;
    where that takes too much memory, the same for every two periods gives the bound. With several
    loss criteria, all are tried where they are few, else the bound is 0.

Papers
    Bellman 1957 (dynamic programming); Flecker et al. 2022, doi 10.1126/science.abj4017 (what
    uncoordinated building has cost the Amazon).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import inf, prod
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower import ports
from nonetloss.hydropower.choice import LEAST, best_of, front_notices, unreachable
from nonetloss.hydropower.criterion import Criterion
from nonetloss.hydropower.evaluation import evaluate
from nonetloss.hydropower.nested import Moving, nested_sequences
from nonetloss.hydropower.oriented import (
    FLECKER,
    FRONTIER,
    Oriented,
    amount,
    dams_text,
    label,
    loss_names,
    oriented,
    reaching,
    require_same_dams,
    units,
)
from nonetloss.hydropower.results import Frontier
from nonetloss.hydropower.states import today
from nonetloss.landscape.river import RiverNetwork
from nonetloss.numerics.nesting import best_chain, bits_of
from nonetloss.numerics.pareto import nondominated
from nonetloss.numerics.shortfall import beaten

METHOD = Method(
    id="hydropower.sequence",
    question=Text(
        es="¿En qué orden construir para no quedar atrapados lejos del frente?",
        en="In which order to build so as not to be locked in far from the front?",
    ),
    function="nonetloss.hydropower.sequence:sequence",
    inputs=(FRONTIER, ports.NETWORK, ports.DECLARED),
    outputs=(
        Port(
            "sequence",
            "BuildSequence",
            Text(
                es="Portafolio de cada periodo, distancia al frente y costo de lo ya construido.",
                en="Portfolio of each period, distance from the front and price of the lock-in.",
            ),
        ),
    ),
    parameters=(
        Parameter(
            "targets",
            Text(
                es="Metas crecientes por periodo, en orden: {2030: 4000 MW, 2040: 6000 MW}.",
                en="Rising targets by period, in order: {2030: 4000 MW, 2040: 6000 MW}.",
            ),
            kind="mapping",
        ),
        Parameter(
            "criterion",
            Text(es="Criterio de las metas.", en="Criterion of the targets."),
            kind="text",
            default="energy",
        ),
        LEAST,
        Parameter(
            "within",
            Text(
                es="Distancia al frente que se acepta; 0.05 es 5 %.",
                en="Distance from the front that is accepted; 0.05 is 5 %.",
            ),
            low=0.0,
            high=1e6,
            optional=True,
        ),
        Parameter(
            "improve",
            Text(
                es="Buscar también portafolios fuera del frente.",
                en="Also seek portfolios off the front.",
            ),
            kind="flag",
            default=True,
        ),
        Parameter(
            "memory_gib",
            Text(
                es="Memoria para la prueba, en GiB: con más se prueba más y se tarda más.",
                en="Memory for the proof, in GiB: more proves more, and takes longer.",
            ),
            default=0.1,
            low=0.001,
            high=1000.0,
        ),
    ),
    references=("Bellman 1957, Dynamic Programming, Princeton University Press", FLECKER),
    validity=Text(
        es="Exacto entre los portafolios del frente; fuera de él, según dice «proven». No "
        "descuenta el tiempo ni prevé que cambien los datos de un periodo a otro.",
        en='Exact among the portfolios of the front; beyond it, as "proven" says. It neither '
        "discounts time nor foresees that the data change from one period to the next.",
    ),
    example="- {step: sequence, method: hydropower.sequence, parameters: "
    "{targets: {2030: 4000 MW, 2040: 6000 MW, 2050: 9000 MW}, least: [connectivity]}}",
)

OPTIMAL, BEST_OF_FRONT = "optimal", "best-of-front"

# Sequences that are all tried, portfolios evaluated at once, moves of pairs and rounds of search.
_TRIED = 200_000
_BATCH = 20_000
_PAIRS = 30_000
_ROUNDS = 100
_LEAST_GAIN = 1e-9


@dataclass(frozen=True, slots=True)
class BuildSequence:
    """Result of `sequence`.

    `table`: period, target, distance, on_front, row (-1 off the front), dams_total, dams_added,
    built (ids new in that period), then the criteria. `choices` is int8 (periods, dams), `names`
    the periods. `lock_in`: period, criterion, unit, sense, sequence, free (value of the portfolio
    that `choice` takes for that target alone), further_loss (positive is worse),
    further_loss_percent, free_row. `distance` is the worst of the periods, `front_distance` that
    of the best chain within the front, `bound` what no sequence can be below, `proven` `optimal`
    or `best-of-front`. `reached` says whether `distance` is within what was asked (None: nothing
    was).
    """

    names: tuple[str, ...]
    table: pd.DataFrame
    choices: np.ndarray
    lock_in: pd.DataFrame
    distance: float
    front_distance: float
    bound: float
    proven: str
    reached: bool | None
    criterion: str
    least: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stage:
    """What one period asks: `target` and values turned, `best` (m, losses) not dominated."""

    target: float
    best: np.ndarray
    scales: np.ndarray
    low: np.ndarray
    span: np.ndarray
    free: int

    def price(self, lower: np.ndarray) -> np.ndarray:
        """d_t of losses (n, losses); what only round-off tells apart is 0."""
        behind = beaten(lower, self.best, self.scales)
        return np.where(behind > _LEAST_GAIN, behind, 0.0)

    def cost(self, lower: np.ndarray) -> np.ndarray:
        """Largest share of the range of the stage; above 1 for what is worse than all of it."""
        shares = (lower - self.low) / np.where(self.span > 0, self.span, 1.0)
        return np.asarray(np.maximum(np.where(self.span > 0, shares, 0.0), 0.0).max(axis=1))


@dataclass(frozen=True, slots=True)
class _Problem:
    """Everything that a sequence is judged by. `moving`: the dams that may move."""

    frontier: Frontier
    network: RiverNetwork
    asked: tuple[str | Criterion, ...]
    declared: Sequence[Criterion]
    turned: Oriented
    column: int
    losses: list[int]
    stages: tuple[_Stage, ...]
    moving: Moving


def sequence(
    frontier: Frontier,
    *,
    network: RiverNetwork,
    declared: Sequence[Criterion] = (),
    targets: Mapping[Any, Any],
    criterion: str = "energy",
    least: Sequence[str] | None = None,
    within: float | None = None,
    improve: bool = True,
    memory_gib: float = 0.1,
) -> BuildSequence:
    """Nested portfolios, one for each period, as near the front as can be.

    Parameters
    ----------
    frontier : Frontier
    network : RiverNetwork
    declared : sequence of Criterion
        What the study declares.
    targets : mapping of period to number or text with unit
        In the order of the periods, strictly rising.
    criterion : str
        A maximized criterion of the front.
    least : sequence of criteria, optional
        Whose loss counts; None: all but `criterion`.
    within : float, optional
        Distance asked for. Where it is missed, a warning says what could be had.
    improve : bool
        Whether portfolios off the front may be used. They use sites that some portfolio of the
        front uses, keep to the exclusions, and leave the range of the front in no criterion, so
        that bounds and fixed sites of the search still hold. A site that stands in the whole front
        (built today, fixed, or never worth leaving out) stands from the first period on; where it
        has several options in the front, one of them is kept throughout.
    memory_gib : float
        What the search for a proof may hold. More of it proves more, and takes longer: 0.1 holds
        three periods on some thirty sites, within seconds.

    Raises
    ------
    InfeasibleError
        `selection.unreachable` for the last target.
    InputError
        `selection.front-empty`, `selection.criterion-unknown`, `selection.targets-none`,
        `selection.targets-rising`, `selection.target-sense`, `selection.least-none`,
        `selection.least-repeated`, `selection.other-network`, and the codes of units.
    """
    problem, at, names = _problem(frontier, network, declared, targets, criterion, least)
    rows = _chain(problem)
    chain = frontier.choices[rows].astype(np.int8)
    front_distance = float(_scored(problem, chain[None])[0][0])
    best, bound = chain, 0.0
    if improve and front_distance > _LEAST_GAIN:
        best, bound = _off_front(problem, chain, memory_gib)
    distance = float(_scored(problem, best[None])[0][0])
    bound = min(bound, distance)
    found = list(front_notices(frontier))
    reached = None if within is None else distance <= within + _LEAST_GAIN
    if within is not None and front_distance > within + _LEAST_GAIN:
        told = {"within": f"{within:.4g}", "distance": f"{front_distance:.4g}"}
        found.append(notice("selection.sequence-front", "sequence", **told))
        if not reached:
            told = {"within": f"{within:.4g}", "distance": f"{distance:.4g}"}
            found.append(warning("selection.sequence-beyond", "sequence", **told))
    return BuildSequence(
        names=tuple(at),
        table=_table(problem, at, best),
        choices=best,
        lock_in=_lock_in(problem, at, best),
        distance=distance,
        front_distance=front_distance,
        bound=bound,
        proven=OPTIMAL if distance <= bound + _LEAST_GAIN else BEST_OF_FRONT,
        reached=reached,
        criterion=criterion,
        least=names,
        findings=tuple(found),
    )


def _problem(
    frontier: Frontier,
    network: RiverNetwork,
    declared: Sequence[Criterion],
    targets: Mapping[Any, Any],
    criterion: str,
    least: Sequence[str] | None,
) -> tuple[_Problem, dict[str, float], tuple[str, ...]]:
    turned = oriented(frontier)
    require_same_dams(frontier, network)
    if label(frontier, criterion).sense != "max":
        raise InputError.because("selection.target-sense", criterion)
    if not targets:
        raise InputError.because("selection.targets-none", "targets")
    at = {str(name): amount(frontier, criterion, value) for name, value in targets.items()}
    if any(after <= before for before, after in pairwise(at.values())):
        listed = offenders((f"{name}: {value:.10g}" for name, value in at.items()), 20)
        raise InputError.because("selection.targets-rising", criterion, value=listed)
    names = loss_names(frontier, least, [criterion])
    column = turned.names.index(criterion)
    losses = [turned.names.index(name) for name in names]
    stages = tuple(
        _stage(frontier, turned, criterion, value, losses, names) for value in at.values()
    )
    varying = np.flatnonzero(np.ptp(frontier.choices.astype(np.int16), axis=0))
    options = {
        int(d): tuple(int(k) for k in np.unique(frontier.choices[:, d]) if k) for d in varying
    }
    # What stands in the whole front stands today, or was asked for: it is not for the order.
    always = frozenset(d for d in options if frontier.choices[:, d].all())
    moving = Moving(options, frontier.choices[0].astype(np.int8), always)
    asked = tuple(c.name for c in frontier.criteria)
    problem = _Problem(frontier, network, asked, declared, turned, column, losses, stages, moving)
    return problem, at, names


def _stage(
    frontier: Frontier,
    turned: Oriented,
    criterion: str,
    target: float,
    losses: list[int],
    names: Sequence[str],
) -> _Stage:
    able = np.flatnonzero(reaching(frontier, {criterion: target}))
    if not len(able):
        raise unreachable(frontier, {criterion: target})
    lower = turned.lower[able][:, losses]
    best = lower[nondominated(lower)]
    sizes = np.abs(best)
    # A share of zero means nothing: there, of the range of the front.
    scales = np.where(sizes > 0, sizes, np.ptp(turned.lower[:, losses], axis=0))
    free = int(able[best_of(frontier, able, names, np.ones(len(names)))])
    return _Stage(-target, best, scales, lower.min(axis=0), np.ptp(lower, axis=0), free)


def _chain(problem: _Problem) -> np.ndarray:
    """Rows of the best chain of members of the front. There is one: the last member, always."""
    lower, column = problem.turned.lower, problem.column
    prices, costs = [], []
    for stage in problem.stages:
        able = lower[:, column] <= stage.target + problem.turned.tolerance[column]
        price = np.full(len(lower), np.nan)
        price[able] = stage.price(lower[able][:, problem.losses])
        prices.append(price)
        costs.append(stage.cost(lower[:, problem.losses]))
    choices = problem.frontier.choices
    # One bit for each option of a site, so that within means: with the same option.
    flags = [choices == k for k in range(1, int(choices.max(initial=0)) + 1)]
    whole = np.concatenate(flags, axis=1) if flags else np.zeros((len(choices), 1), dtype=bool)
    return best_chain(bits_of(whole), prices, costs)


def _scored(problem: _Problem, sequences: np.ndarray) -> np.ndarray:
    """(n, 2): worst distance and sum of costs of sequences (n, T, dams); inf if not allowed."""
    count, periods, dams = sequences.shape
    values = evaluate(
        problem.network,
        sequences.reshape(count * periods, dams),
        criteria=problem.asked,
        declared=problem.declared,
    )
    turned = problem.turned
    lower = turned.turned(values).reshape(count, periods, -1)
    slack = turned.tolerance
    inside = (lower <= turned.lower.max(axis=0) + slack).all(axis=2)
    inside &= (lower >= turned.lower.min(axis=0) - slack).all(axis=2)
    scores = np.zeros((count, 2))
    for t, stage in enumerate(problem.stages):
        at = lower[:, t]
        able = inside[:, t] & (at[:, problem.column] <= stage.target + slack[problem.column])
        scores[~able] = inf
        price = stage.price(at[able][:, problem.losses])
        scores[able, 0] = np.maximum(scores[able, 0], price)
        scores[able, 1] += stage.cost(at[able][:, problem.losses])
    last = sequences[:, -1] > 0
    for group in problem.network.exclusions:
        members = [d for d, id in enumerate(problem.frontier.dams) if id in group]
        scores[last[:, members].sum(axis=1) > 1] = inf
    return scores


def _off_front(problem: _Problem, chain: np.ndarray, memory_gib: float) -> tuple[np.ndarray, float]:
    """The best sequence that may leave the front, and what no sequence can be below."""
    periods = len(chain)
    orders = prod(len(problem.moving.columns(d, periods)) for d in problem.moving.options)
    if orders <= _TRIED:
        best = _all_tried(problem, chain, orders)
        return best, float(_scored(problem, best[None])[0][0])
    best, reached = chain, np.array([inf, inf])
    for start in (chain, _union(problem)):
        found, score = _moved(problem, start)
        if _better(score, reached):
            best, reached = found, score
    if len(problem.losses) > 1 or reached[0] <= _LEAST_GAIN:
        return best, 0.0
    whole = tuple(range(periods))
    found_all = _searched(problem, whole, float(reached[0]), memory_gib)
    if found_all is None:
        pairs = [
            _searched(problem, pair, float(reached[0]), memory_gib)
            for pair in combinations(whole, 2)
        ]
        # No sequence over all periods is better than the best over two of them.
        return best, max((found[1] for found in pairs if found is not None), default=0.0)
    sequences, bound = found_all
    scores = _scored(problem, sequences)
    place = _first(scores)
    return (sequences[place] if _better(scores[place], reached) else best), bound


def _searched(
    problem: _Problem, periods: tuple[int, ...], reached: float, memory_gib: float
) -> tuple[np.ndarray, float] | None:
    """All sequences over some periods that are no worse than is known, and the best distance."""
    turned, (loss,) = problem.turned, problem.losses
    limits = []
    for t in periods:
        stage = problem.stages[t]
        # A little more than is known, so that round-off cannot hide the known one.
        worst = stage.best[0, 0] + stage.scales[0, 0] * (reached + _LEAST_GAIN)
        at_least = stage.target + turned.tolerance[problem.column]
        both = {problem.column: at_least, loss: worst + turned.tolerance[loss]}
        limits.append({turned.names[c]: value * turned.sign[c] for c, value in both.items()})
    found = nested_sequences(
        problem.network,
        criteria=[turned.names[problem.column], turned.names[loss]],
        declared=problem.declared,
        moving=problem.moving,
        limits=limits,
        memory_gib=memory_gib,
    )
    if found is None:
        return None
    values = evaluate(
        problem.network,
        found.reshape(-1, found.shape[2]),
        criteria=[turned.names[loss]],
        declared=problem.declared,
    )
    lower = (values.to_numpy() * turned.sign[loss]).reshape(len(found), len(periods))
    prices = [problem.stages[t].price(lower[:, [i]]) for i, t in enumerate(periods)]
    return found, float(np.max(prices, axis=0).min())


def _all_tried(problem: _Problem, chain: np.ndarray, orders: int) -> np.ndarray:
    """Every order of the sites; ties go to the chain of the front, then to the first."""
    periods = len(chain)
    best, reached = chain, _scored(problem, chain[None])[0]
    columns = {d: problem.moving.columns(d, periods) for d in problem.moving.options}
    for start in range(0, orders, _BATCH):
        number = np.arange(start, min(start + _BATCH, orders))
        trial = np.repeat(chain[-1][None, None], len(number), axis=0).repeat(periods, axis=1)
        for d, own in columns.items():
            number, digit = np.divmod(number, len(own))
            trial[:, :, d] = own[digit]
        scores = _scored(problem, trial)
        place = _first(scores)
        if _better(scores[place], reached):
            best, reached = trial[place], scores[place]
    return best


def _union(problem: _Problem) -> np.ndarray:
    """What is freely chosen for each target, on top of what was chosen before."""
    built = np.zeros(len(problem.frontier.dams), dtype=np.int8)
    made = []
    for stage in problem.stages:
        built = np.where(built > 0, built, problem.frontier.choices[stage.free]).astype(np.int8)
        made.append(built)
    return np.array(made, dtype=np.int8)


def _first(scores: np.ndarray) -> int:
    """Place of the best score: worst distance, then sum of costs, then order."""
    return int(np.lexsort([scores[:, 1], np.round(scores[:, 0], 12)])[0])


def _better(score: np.ndarray, than: np.ndarray) -> bool:
    if score[0] < than[0] - _LEAST_GAIN:
        return True
    return bool(score[0] <= than[0] + _LEAST_GAIN and score[1] < than[1] - _LEAST_GAIN)


def _moved(problem: _Problem, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move sites, one or two at a time, to the best other period, while that helps."""
    best, reached = start, _scored(problem, start[None])[0]
    for _ in range(_ROUNDS):
        found = None
        for moves in (_singles, _pairs):
            for trial in moves(problem, best):
                scores = _scored(problem, trial)
                place = _first(scores)
                if _better(scores[place], reached):
                    found, reached = trial[place], scores[place]
            if found is not None:
                break
        if found is None:
            break
        best = found
    return best, reached


def _columns(problem: _Problem, now: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """For each site, its other columns (T,): never, or from some period on, by option."""
    return [
        (d, column)
        for d in problem.moving.options
        for column in problem.moving.columns(d, len(now))
        if (column != now[:, d]).any()
    ]


def _singles(problem: _Problem, now: np.ndarray) -> Iterator[np.ndarray]:
    columns = _columns(problem, now)
    for start in range(0, len(columns), _BATCH):
        part = columns[start : start + _BATCH]
        trial = np.repeat(now[None], len(part), axis=0)
        for i, (d, column) in enumerate(part):
            trial[i, :, d] = column
        yield trial


def _pairs(problem: _Problem, now: np.ndarray) -> Iterator[np.ndarray]:
    columns = _columns(problem, now)
    if len(columns) * (len(columns) - 1) // 2 > _PAIRS:
        return
    pairs = [(a, b) for a, b in combinations(columns, 2) if a[0] != b[0]]
    for start in range(0, len(pairs), _BATCH):
        part = pairs[start : start + _BATCH]
        trial = np.repeat(now[None], len(part), axis=0)
        for i, moved in enumerate(part):
            for d, column in moved:
                trial[i, :, d] = column
        yield trial


def _table(problem: _Problem, at: Mapping[str, float], best: np.ndarray) -> pd.DataFrame:
    frontier, turned = problem.frontier, problem.turned
    values = evaluate(problem.network, best, criteria=problem.asked, declared=problem.declared)
    lower = turned.turned(values)
    before = today(problem.network)
    prices = [
        s.price(x[None, problem.losses])[0] for s, x in zip(problem.stages, lower, strict=True)
    ]
    rows = []
    for t, (name, target) in enumerate(at.items()):
        equal = (np.abs(turned.lower - lower[t]) <= turned.tolerance).all(axis=1)
        new = [id for id, a, b in zip(frontier.dams, before, best[t], strict=True) if b and not a]
        rows.append(
            {
                "period": name,
                "target": target,
                "distance": float(prices[t]),
                "on_front": bool(equal.any()),
                "row": int(np.argmax(equal)) if equal.any() else -1,
                "dams_total": int((best[t] > 0).sum()),
                "dams_added": len(new),
                "built": dams_text(new),
            }
        )
        before = best[t]
    table = pd.concat([pd.DataFrame(rows), values], axis=1)
    target_unit = label(frontier, turned.names[problem.column]).unit
    table.attrs["units"] = {**units(frontier), "target": target_unit}
    return table


def _lock_in(problem: _Problem, at: Mapping[str, float], best: np.ndarray) -> pd.DataFrame:
    turned = problem.turned
    values = evaluate(problem.network, best, criteria=problem.asked, declared=problem.declared)
    lower = turned.turned(values)
    rows = []
    for t, name in enumerate(at):
        free = problem.stages[t].free
        for c, criterion in enumerate(problem.frontier.criteria):
            there = turned.lower[free, c]
            more = lower[t, c] - there
            more = 0.0 if abs(more) <= turned.tolerance[c] else more
            rows.append(
                {
                    "period": name,
                    "criterion": criterion.name,
                    "unit": criterion.unit,
                    "sense": criterion.sense,
                    "sequence": lower[t, c] * turned.sign[c],
                    "free": there * turned.sign[c],
                    "further_loss": more,
                    "further_loss_percent": 100 * more / abs(there) if there else np.nan,
                    "free_row": free,
                }
            )
    return pd.DataFrame(rows)
