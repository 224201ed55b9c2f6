"""The cheapest portfolio of parcels that makes up for the residual loss, or why there is none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.project import Alternative
from nonetloss.offset.candidates import gain_draws, screen_candidates
from nonetloss.offset.equivalence import named_ecosystems
from nonetloss.offset.minimum_set import Selection as Selection
from nonetloss.offset.minimum_set import minimum_set as minimum_set
from nonetloss.offset.portfolio_tables import allocation_table, parcel_table, requirement_table
from nonetloss.offset.requirement import TOLERANCE, Requirement, allocate
from nonetloss.offset.search import requirement_of, search, shortfall_findings

Answer = Literal["offset", "not-offsettable", "infeasible"]
Vary = Literal["together", "independently"]


class HasResidual(Protocol):
    """A plan that knows what it leaves."""

    @property
    def residual(self) -> Loss:
        """Loss that remains."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The chosen parcels and what they make up for.

    `table` has one row per parcel (columns: parcel, title_es, title_en, ecosystem, action,
    area_ha, distance_m, value_without, value_with, place_factor, gain_qha, credited_qha,
    cost_usd, usd_per_qha, status (chosen | candidate | excluded), reason).
    `requirements` has one row per asset (asset, residual_qha, needed_qha, credited_qha,
    shortfall_qha, offsettable, probability). `allocation` says which gain stands for which loss
    (loss, gain, credited_qha, like_for_like).

    `offset_likely` (assets,) and `offset_draws` (assets, draws) are the whole gains of the chosen
    parcels, in `assets`' order, each counted once. `bound` is the least cost that is proven
    possible, and `gap` the relative distance to it, both for the question that `answer` answers.
    `probability` is the share of draws in which no asset is left with a net loss.
    """

    answer: Answer
    chosen: tuple[str, ...]
    table: pd.DataFrame
    requirements: pd.DataFrame
    allocation: pd.DataFrame
    cost_usd: float
    bound: float
    gap: float
    assets: tuple[str, ...]
    offset_likely: np.ndarray
    offset_draws: np.ndarray
    probability: float
    findings: tuple[Finding, ...]


def select(
    parcels: Sequence[Parcel],
    *,
    residual: Loss | HasResidual,
    ecosystems: EcosystemMap,
    rng: np.random.Generator,
    alternatives: Sequence[Alternative] | None = None,
    alternative: str | None = None,
    near: BaseGeometry | None = None,
    budget_usd: float | None = None,
    max_distance_m: float | None = None,
    half_distance_m: float | None = None,
    confidence: float = 1.0,
    time_factor: float = 1.0,
    success: Mapping[str, Any] | None = None,
    margin: float = 0.0,
    vary: Vary = "together",
    tolerance_qha: float = TOLERANCE,
    gap: float = 0.001,
    time_limit_s: float | None = None,
) -> Portfolio:
    """The parcels of least cost whose additional gain makes up for the residual loss.

    Parameters
    ----------
    parcels : sequence of Parcel
        What could be offered. Their order does not matter.
    residual : Loss, or a plan with a `residual`
        What remains after avoiding and minimizing; components are added up per asset.
    ecosystems : EcosystemMap
        What is like-for-like, what is better, what cannot be offset.
    rng : numpy Generator
        Draws the gains; as many as `residual` has draws.
    alternatives, alternative : sequence of Alternative, name; or None
        Where the impact lies. `alternative` may be None when `residual` holds only one.
    near : geometry or None
        The impact itself, in place of an alternative's geometry. None in both: no distances.
    budget_usd : float or None
        Money for parcels. None: no limit.
    max_distance_m, half_distance_m : float or None
        See `offset.candidates.screen_candidates`.
    confidence : float
        In (0, 1]: a likely gain is credited at this share against the need. It is a precaution of
        the plan and does not change the gain that enters the balance.
    time_factor : float
        In (0, 1]: share at which a gain counts because it comes later.
    success : mapping or None
        ``{low, likely, high, source}``: share of the modelled gain that is reached. None: 1.
    margin : float
        The plan needs (1 + margin) times the likely residual. Raises the probability of no net
        loss, which is reported as it results.
    vary : "together" or "independently"
        How the values of parcels go up and down across draws; see `gain_draws`.
    tolerance_qha : float
        A residual up to this is no loss, also where it cannot be offset. The default is the
        resolution of the ledger.
    gap : float
        Proven relative gap at which the search stops.
    time_limit_s : float or None
        Seconds for each of at most four searches. None: no limit, the same answer everywhere.

    Returns
    -------
    Portfolio
        `answer` is `offset` when every need is met; `infeasible` when candidates or budget do not
        reach, with the selection of smallest shortfall; `not-offsettable` when an ecosystem that
        cannot be offset keeps a residual (the others are served all the same).

    Raises
    ------
    InputError
        `offset.parcel`, `offset.parameter`, `offset.alternative`, `offset.unknown-ecosystem`.

    Notes
    -----
    **Mathematical formulation.** With x_v binary (buy parcel v), y_ge >= 0 the credited gain of
    ecosystem g given to the loss of ecosystem e, k the confidence, R_e the likely residual, m the
    margin, and g_v = area_v (VE_with - VE_without)_v × success × time × place_v,

        min  sum_v c_v x_v
        s.t. sum_e y_ge <= sum_{v in g} k g_v x_v          (each gain counted once)
             sum_{g: g = e or g in better(e)} y_ge >= (1 + m) R_e
             sum_v c_v x_v <= B,    x_v + x_w <= 1 for parcels on the same land.

    When no x meets all needs, the smallest total shortfall s is found first, then the least cost
    at that shortfall.

    **In words.** Buy the cheapest land whose gain, beyond what would happen anyway, covers each
    loss with its own ecosystem or a better one, and use no gain twice.

    The whole gain of a chosen parcel goes to the assets it serves, in proportion to what was
    allocated; a surplus therefore helps in the draws where less is gained or more is lost.
    """
    loss, name = _residual(residual, alternative)
    reach = Estimate.exact(1.0) if success is None else read_success(success)
    _require_parameters(confidence, time_factor, margin, budget_usd, vary)
    likely, draws = loss.of(name)
    lost, lost_draws = likely.sum(axis=0), draws.sum(axis=0)
    kinds = named_ecosystems(loss.assets, ecosystems)
    named_ecosystems(tuple(p.ecosystem for p in parcels), ecosystems)
    candidates = screen_candidates(
        parcels,
        near=near if near is not None else _impact(alternatives, name),
        max_distance_m=max_distance_m,
        half_distance_m=half_distance_m,
        success=reach,
        time_factor=time_factor,
    )
    wanted = np.array(
        [k.offsettable and r > tolerance_qha for k, r in zip(kinds, lost, strict=True)], dtype=bool
    )
    needed = np.where(wanted, (1.0 + margin) * lost, 0.0)
    problem, index = requirement_of(candidates, kinds, wanted, needed, confidence)
    losses = tuple(k for k, w in zip(kinds, wanted, strict=True) if w)
    budget = np.inf if budget_usd is None else float(budget_usd)
    choice = search(problem, losses, name, budget, gap, time_limit_s)
    taken = np.zeros(len(candidates.parcels), dtype=bool)
    taken[index[choice.chosen]] = True
    sample = gain_draws(
        candidates,
        taken,
        success=reach,
        time_factor=time_factor,
        together=vary == "together",
        draws=lost_draws.shape[1],
        rng=rng,
    )
    given, short = allocate(problem, choice.chosen)
    shortfall = np.zeros(len(kinds))
    shortfall[wanted] = short
    share = _shares(problem, given, wanted)
    offset_draws = share @ sample[index]
    kept = (offset_draws - lost_draws >= -tolerance_qha) | (lost_draws <= tolerance_qha)
    probability = float(kept.all(axis=0).mean()) if kept.size else 1.0
    barred = ~np.array([k.offsettable for k in kinds], dtype=bool) & (lost > tolerance_qha)
    met = choice.met and not shortfall.any()
    return Portfolio(
        answer="not-offsettable" if barred.any() else "offset" if met else "infeasible",
        chosen=tuple(p.name for p, t in zip(candidates.parcels, taken, strict=True) if t),
        table=parcel_table(candidates, taken, confidence),
        requirements=requirement_table(kinds, lost, needed, shortfall, given, wanted, kept),
        allocation=allocation_table(problem, given, losses, candidates),
        cost_usd=float(problem.cost @ choice.chosen),
        bound=choice.bound,
        gap=choice.gap,
        assets=loss.assets,
        offset_likely=share @ (candidates.gain_qha[index] * choice.chosen),
        offset_draws=offset_draws,
        probability=probability,
        findings=(
            *_barred_findings(kinds, lost, barred),
            *choice.findings,
            *shortfall_findings(kinds, needed, shortfall, choice.findings),
            *candidates.findings,
            notice("offset.probability", name, percent=round(100 * probability, 1)),
        ),
    )


def _barred_findings(
    kinds: tuple[Ecosystem, ...], lost: np.ndarray, barred: np.ndarray
) -> list[Finding]:
    return [
        warning("offset.not-offsettable", k.name, title=k.title, residual_qha=round(float(r), 2))
        for k, r, told in zip(kinds, lost, barred, strict=True)
        if told
    ]


def _shares(problem: Requirement, given: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(assets, candidates): to which assets the gain of each parcel goes; columns sum to 1 or 0."""
    total = given.sum(axis=0)
    split = given / np.where(total > 0, total, 1.0)
    share = np.zeros((wanted.size, problem.group.size))
    share[wanted] = split[:, problem.group]
    return share


def _residual(residual: Loss | HasResidual, alternative: str | None) -> tuple[Loss, str]:
    loss = residual if isinstance(residual, Loss) else residual.residual
    name = alternative
    if name is None and len(loss.alternatives) == 1:
        name = loss.alternatives[0]
    if name not in loss.alternatives:
        raise InputError.because(
            "offset.alternative", f"{alternative}", known=offenders(loss.alternatives, 20)
        )
    return loss, str(name)


def _impact(alternatives: Sequence[Alternative] | None, name: str) -> BaseGeometry | None:
    """The strip, area or disk that the alternative clears; None when it is not given."""
    for alternative in alternatives or ():
        if alternative.name == name:
            geometry = alternative.geometry
            solid = geometry.geom_type in ("Polygon", "MultiPolygon")
            return geometry if solid else geometry.buffer(alternative.right_of_way_m / 2)
    return None


def read_success(
    success: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> Estimate:
    """The share of the modelled gain that is reached.

    Raises
    ------
    InputError
        `offset.parameter`.
    """
    try:
        low, likely, high = (float(success[k]) for k in ("low", "likely", "high"))
        reach = Estimate(low, likely, high, Text.of(success.get("source", "")))
    except (NonetlossError, KeyError, TypeError, ValueError) as cause:
        raise InputError.because(
            "offset.parameter", "success", allowed="0 <= low <= likely <= high <= 1", value=success
        ) from cause
    if not 0 <= reach.low <= reach.high <= 1:
        raise InputError.because(
            "offset.parameter", "success", allowed="0 <= low <= likely <= high <= 1", value=success
        )
    return reach


def _require_parameters(
    confidence: float, time_factor: float, margin: float, budget_usd: float | None, vary: str
) -> None:
    checks: tuple[tuple[str, object, str, bool], ...] = (
        ("confidence", confidence, "(0, 1]", 0 < confidence <= 1),
        ("time_factor", time_factor, "(0, 1]", 0 < time_factor <= 1),
        ("margin", margin, "[0, 10]", 0 <= margin <= 10),
        ("budget_usd", budget_usd, ">= 0", budget_usd is None or budget_usd >= 0),
        ("vary", vary, "together, independently", vary in ("together", "independently")),
    )
    for name, value, allowed, holds in checks:
        if not holds:
            raise InputError.because("offset.parameter", name, allowed=allowed, value=value)


METHOD = Method(
    id="offset.portfolio",
    question=Text(
        es="¿Qué predios compensan la pérdida residual al menor costo, y alcanza?",
        en="Which parcels make up for the residual loss at least cost, and is it enough?",
    ),
    function="nonetloss.offset.portfolio:select",
    inputs=(
        Port(
            "parcels",
            "Parcel",
            Text(es="Predios candidatos.", en="Candidate parcels."),
            many=True,
        ),
        Port(
            "residual",
            "Loss",
            Text(
                es="Pérdida que queda tras evitar y minimizar (o el plan de minimización).",
                en="Loss left after avoiding and minimizing (or the minimization plan).",
            ),
            unit="quality_hectare",
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(
                es="Equivalencias: qué es igual, qué es mejor, qué no es compensable.",
                en="Equivalence: what is alike, what is better, what cannot be offset.",
            ),
        ),
        Port(
            "alternatives",
            "Alternative",
            Text(es="Trazos, para la distancia.", en="Routes, for the distance."),
            optional=True,
            many=True,
        ),
        Port(
            "rng",
            "Generator",
            Text(es="Azar del estudio.", en="Randomness of the study."),
            ambient=True,
        ),
    ),
    outputs=(
        Port(
            "portfolio",
            "Portfolio",
            Text(
                es="Predios elegidos, o por qué no se puede.",
                en="Chosen parcels, or why it cannot be done.",
            ),
            unit="quality_hectare",
        ),
    ),
    parameters=(
        Parameter(
            "alternative",
            Text(
                es="Alternativa cuya pérdida se compensa.",
                en="Alternative whose loss is offset.",
            ),
            kind="text",
            optional=True,
        ),
        Parameter(
            "budget_usd",
            Text(
                es="Dinero para predios; sin límite si falta.",
                en="Money for parcels; no limit where absent.",
            ),
            unit="usd",
            low=0.0,
            optional=True,
        ),
        Parameter(
            "max_distance_m",
            Text(
                es="Distancia máxima del predio al impacto.",
                en="Largest distance from the impact to a parcel.",
            ),
            unit="m",
            low=0.0,
            optional=True,
        ),
        Parameter(
            "half_distance_m",
            Text(
                es="Distancia a la que la ganancia cuenta la mitad.",
                en="Distance at which a gain counts half.",
            ),
            unit="m",
            low=1.0,
            optional=True,
        ),
        Parameter(
            "confidence",
            Text(
                es="Parte de la ganancia probable que se acredita, por precaución.",
                en="Share of the likely gain that is credited, as a precaution.",
            ),
            default=1.0,
            low=0.01,
            high=1.0,
        ),
        Parameter(
            "time_factor",
            Text(
                es="Factor por los años hasta que la ganancia llega.",
                en="Factor for the years until the gain is there.",
            ),
            default=1.0,
            low=0.01,
            high=1.0,
        ),
        Parameter(
            "success",
            Text(
                es="Parte de la ganancia modelada que se logra (low, likely, high, source).",
                en="Share of the modelled gain that is reached (low, likely, high, source).",
            ),
            kind="mapping",
            reader="nonetloss.offset.portfolio:read_success",
            optional=True,
        ),
        Parameter(
            "margin",
            Text(
                es="Cuánto más que la pérdida probable se compensa; sube la probabilidad de "
                "pérdida neta cero.",
                en="How much more than the likely loss is offset; raises the probability of no "
                "net loss.",
            ),
            default=0.0,
            low=0.0,
            high=10.0,
        ),
        Parameter(
            "vary",
            Text(
                es="Si los predios varían juntos (prudente) o por separado.",
                en="Whether parcels vary together (prudent) or independently.",
            ),
            kind="choice",
            default="together",
            choices=("together", "independently"),
        ),
        Parameter(
            "tolerance_qha",
            Text(
                es="Residuo hasta el cual no se habla de pérdida.",
                en="Residual up to which there is no loss to speak of.",
            ),
            unit="quality_hectare",
            default=TOLERANCE,
            low=TOLERANCE,
            high=100.0,
        ),
        Parameter(
            "time_limit_s",
            Text(
                es="Tiempo por búsqueda; con límite, la respuesta puede depender de la máquina.",
                en="Time per search; with a limit the answer may depend on the machine.",
            ),
            unit="s",
            low=0.1,
            optional=True,
        ),
        Parameter(
            "gap",
            Text(
                es="Brecha relativa demostrada con que se detiene la búsqueda.",
                en="Proven relative gap at which the search stops.",
            ),
            default=0.001,
            low=0.0,
            high=0.5,
        ),
    ),
    references=(
        "BBOP 2012, ISBN 978-1-932928-44-0",
        "Kiesecker et al. 2010, doi 10.1890/090005",
        "Huangfu & Hall 2018 (HiGHS), doi 10.1007/s12532-017-0130-5",
    ),
    validity=Text(
        es="La ganancia se mide contra el contrafactual declarado de cada predio; si este es "
        "optimista, también lo es el resultado. No modela fugas ni permanencia.",
        en="Gain is measured against the stated counterfactual of each parcel; where that is "
        "optimistic, so is the result. Leakage and permanence are not modelled.",
    ),
    example=(
        "- {step: portfolio, method: offset.portfolio, inputs: {residual: measures}, "
        "parameters: {budget_usd: 5 Musd, max_distance_m: 100 km}}"
    ),
)
