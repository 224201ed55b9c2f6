"""Measures chosen under a budget, and what remains, with its distribution."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.ports import RNG
from nonetloss.core.units import quantity
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.project import Alternative
from nonetloss.minimize.best_set import BestSet, best_set, remaining_loss
from nonetloss.minimize.catalogue import Measure, catalogue, check_links
from nonetloss.numerics.stats import pert


@dataclass(frozen=True, slots=True)
class MinimizationPlan:
    """The chosen measures and what they leave.

    `table` has one row per measure of the catalogue (columns: measure, title_es, title_en, phase,
    chosen, units, basis, cost_usd, cost_low_usd, cost_high_usd, cost_status, avoided_alone_qha,
    avoided_last_qha, evidence_es, evidence_en). `avoided_alone_qha` is what the measure would do
    by itself; `avoided_last_qha` what the chosen set would lose without it (NaN where it is not
    chosen).

    `effects` has one row per effect of each measure (columns: measure, chosen, component, assets,
    effect_low, effect_likely, effect_high, effect_status, avoided_alone_qha, avoided_last_qha,
    source_es, source_en). Its two quantities add up to those of the measure; in a component, the
    chosen ones enclose what the balance says was minimized: the sum of `avoided_last_qha` is at
    most that, the sum of `avoided_alone_qha` at least.

    `minimized_likely` (components, assets) and `minimized_draws` (components, assets, draws) are
    what is avoided; `residual` is what remains, as a `Loss` with this one alternative.
    `frontier` says what each further dollar buys. `optimal` means: proven, gap 0.
    """

    alternative: str
    table: pd.DataFrame
    effects: pd.DataFrame
    chosen: tuple[str, ...]
    cost_usd: float
    components: tuple[str, ...]
    assets: tuple[str, ...]
    minimized_likely: np.ndarray
    minimized_draws: np.ndarray
    residual: Loss
    gap: float
    optimal: bool
    frontier: pd.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Problem:
    """The catalogue as arrays: measures × cells, where cells are components × assets."""

    measures: tuple[Measure, ...]
    loss: np.ndarray
    effects: np.ndarray
    cost: np.ndarray
    requires: tuple[tuple[int, int], ...]
    excludes: tuple[tuple[int, int], ...]

    def best(self, budget: float) -> BestSet:
        return best_set(
            self.loss,
            effects=self.effects,
            cost=self.cost,
            budget=budget,
            requires=self.requires,
            excludes=self.excludes,
        )


def choose(
    loss: Loss,
    *,
    alternative: str,
    budget_usd: float,
    rng: np.random.Generator,
    ecosystems: EcosystemMap | None = None,
    alternatives: Sequence[Alternative] | None = None,
    length_km: float | None = None,
    base: str = "road",
    changes: Mapping[str, Any] | None = None,
    measures: Sequence[Measure] | None = None,
    weights: Mapping[str, float] | None = None,
    frontier_steps: int = 8,
) -> MinimizationPlan:
    """The affordable measures that avoid most of the likely loss, proven, and what remains.

    Parameters
    ----------
    loss : Loss
        Losses before measures; positive.
    alternative : str
        Which alternative of `loss` would be built.
    budget_usd : float
        Money for measures, against their likely cost; infinite means no limit.
    rng : numpy Generator
        Draws the effectiveness, once per effect and state of the world.
    ecosystems : EcosystemMap or None
        Says which assets are forest. None: effects on `forest` act on every asset.
    alternatives : sequence of Alternative or None
        Gives the length of the road when `length_km` is None.
    length_km : float or None
        Length of the road. None: that of the alternative's geometry, if it is a line; where all
        measures are lump sums none is needed.
    base : "road" or "none"
        The catalogue that `changes` change: the packaged one of roads, or an empty one for
        projects that are no roads.
    changes : mapping or None
        Changes to the packaged catalogue, see `minimize.catalogue.catalogue`.
    measures : sequence of Measure or None
        A catalogue of one's own in place of the packaged one (then `changes` is not read).
    weights : mapping or None
        Weight per asset in the choice, 1 where absent. Losses are reported unweighted.
    frontier_steps : int
        Budgets between zero and the whole catalogue for `frontier`; 0 leaves it empty.

    Returns
    -------
    MinimizationPlan

    Raises
    ------
    InputError
        `measures.alternative`, `measures.length`, `measures.not-a-line`, `measures.budget`,
        `measures.weight`, and those of the catalogue.

    Notes
    -----
    **Mathematical formulation.** With l_ca the likely loss of component c in asset a, w_a its
    weight, e_mca the likely effectiveness of measure m and S the chosen set,

        max  sum_ca w_a l_ca (1 - prod_{m in S} (1 - e_mca))
        s.t. sum_{m in S} cost_m <= budget, requirements and exclusions of the catalogue,

    solved to proven optimality by `minimize.best_set.best_set`. The residual of draw d is
    l_cad prod_{m in S} (1 - e_mcad), where e_mcad is drawn from the PERT distribution of the
    effect, the same for all assets of that effect.

    **In words.** Each measure takes its share of what the others have left (decision
    science/0004). The choice looks at likely values; the distribution is computed afterwards for
    the set that was chosen.
    """
    if alternative not in loss.alternatives:
        raise InputError.because(
            "measures.alternative", alternative, known=offenders(loss.alternatives, 20)
        )
    if np.isnan(budget_usd) or budget_usd < 0:
        raise InputError.because("measures.budget", "budget_usd", value=budget_usd)
    pool = catalogue(changes, base=base) if measures is None else _sorted(measures)
    length = _length_km(alternative, alternatives, length_km, pool)
    likely, draws = loss.of(alternative)
    given = read_weights(weights or {}, ecosystems=loss.assets)
    weight = np.array([given.get(asset, 1.0) for asset in loss.assets], dtype=np.float64)
    masks = [_masks(m, loss, ecosystems) for m in pool]
    problem = _compiled(pool, masks, likely * weight[None, :], length)
    best = problem.best(float(budget_usd))
    left_likely, left_draws = _left(pool, masks, best.chosen, draws.shape, rng)
    residual = replace(
        loss,
        alternatives=(alternative,),
        likely=(likely * left_likely)[None],
        draws=(draws * left_draws)[None],
    )
    effects = _effects(problem, masks, likely, best.chosen)
    return MinimizationPlan(
        alternative=alternative,
        table=_table(problem, effects, best.chosen, length),
        effects=effects,
        chosen=tuple(m.id for m, taken in zip(pool, best.chosen, strict=True) if taken),
        cost_usd=float(problem.cost @ best.chosen),
        components=loss.components,
        assets=loss.assets,
        minimized_likely=likely - residual.likely[0],
        minimized_draws=draws - residual.draws[0],
        residual=residual,
        gap=best.gap,
        optimal=best.gap == 0.0,
        frontier=_frontier(problem, np.maximum(likely, 0.0).ravel(), frontier_steps),
        findings=_findings(problem, best.chosen, alternative, float(budget_usd)),
    )


def _sorted(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    pool = tuple(sorted(measures, key=lambda m: m.id))
    check_links(pool)
    return pool


def _length_km(
    alternative: str,
    alternatives: Sequence[Alternative] | None,
    length_km: float | None,
    pool: Sequence[Measure],
) -> float:
    """Length by which costs are counted; 0 where every measure is a lump sum and none is known.

    The outline of a reservoir or a mine is not a length: what is no line has none.
    """
    length = length_km
    if length is None:
        named = {a.name: a.geometry for a in alternatives or ()}
        shape = named.get(alternative)
        by_length = [m.id for m in pool if m.cost.basis != "lump-sum"]
        linear = shape is None or int(shapely.get_dimensions(shape)) == 1
        if not by_length and (shape is None or not linear):
            return 0.0
        if not linear:
            raise InputError.because(
                "measures.not-a-line", alternative, measures=offenders(by_length, 20)
            )
        length = 0.0 if shape is None else shape.length / 1000
    if not 0 < length < np.inf:
        raise InputError.because("measures.length", alternative, length_km=length)
    return float(length)


def read_changes(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> tuple[Measure, ...]:
    """The measures that a study changes or adds; errors as `minimize.catalogue.catalogue`.

    Whether it changes the packaged catalogue or begins with none, only the method knows: a measure
    described in full is sound in both.
    """
    return catalogue(given)


def read_weights(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str]
) -> dict[str, float]:
    """Weight in the choice by asset.

    Raises
    ------
    InputError
        `measures.weight` (negative or infinite, or of an asset that is not there).
    UnitError
        If a weight is not a pure number.
    """
    known = tuple(ecosystems)
    made = {}
    for asset, value in given.items():
        number = quantity(value, "", name=f"weights.{asset}")
        if asset not in known or number < 0:
            listed = offenders(known, 20) or "–"
            raise InputError.because("measures.weight", asset, value=value, known=listed)
        made[asset] = number
    return made


def _masks(measure: Measure, loss: Loss, ecosystems: EcosystemMap | None) -> list[np.ndarray]:
    """Per effect of the measure, which cells (components, assets) it acts on."""
    forest = None if ecosystems is None else {e.name for e in ecosystems.ecosystems if e.forest}
    masks = []
    for effect in measure.effects:
        everywhere = "all" in effect.assets or ("forest" in effect.assets and forest is None)
        wanted = set(effect.assets)
        if "forest" in wanted:
            wanted = (wanted - {"forest"}) | (forest or set())
        here = [everywhere or asset in wanted for asset in loss.assets]
        rows = [component == effect.component for component in loss.components]
        masks.append(np.outer(rows, here))
    return masks


def _compiled(
    pool: tuple[Measure, ...], masks: list[list[np.ndarray]], loss: np.ndarray, length_km: float
) -> _Problem:
    effects = np.zeros((len(pool), loss.size))
    for row, (measure, cells) in enumerate(zip(pool, masks, strict=True)):
        left = np.ones(loss.shape)
        for effect, mask in zip(measure.effects, cells, strict=True):
            left = np.where(mask, left * (1 - effect.effectiveness.likely), left)
        effects[row] = 1.0 - left.ravel()
    index = {m.id: i for i, m in enumerate(pool)}
    return _Problem(
        measures=pool,
        loss=np.maximum(loss, 0.0).ravel(),
        effects=effects,
        cost=np.array([m.cost.units(length_km) * m.cost.usd.likely for m in pool]),
        requires=tuple((index[m.id], index[o]) for m in pool for o in m.requires),
        excludes=tuple((index[m.id], index[o]) for m in pool for o in m.excludes),
    )


def _left(
    pool: tuple[Measure, ...],
    masks: list[list[np.ndarray]],
    chosen: np.ndarray,
    shape: tuple[int, ...],
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Share of the loss that remains: likely (components, assets) and by draw."""
    likely, draws = np.ones(shape[:2]), np.ones(shape)
    for measure, cells, taken in zip(pool, masks, chosen, strict=True):
        for effect, mask in zip(measure.effects, cells, strict=True):
            spread = effect.effectiveness
            # Drawn also when not chosen, so that one choice does not shift another's draws.
            sample = np.asarray(
                pert(spread.low, spread.likely, spread.high, size=shape[2], rng=rng)
            )
            if taken:
                likely = np.where(mask, likely * (1 - spread.likely), likely)
                draws = np.where(mask[:, :, None], draws * (1 - sample), draws)
    return likely, draws


def _effects(
    problem: _Problem, masks: list[list[np.ndarray]], likely: np.ndarray, chosen: np.ndarray
) -> pd.DataFrame:
    """One row per effect; where two of one measure meet, the second acts on what the first left."""
    loss = np.maximum(likely, 0.0)
    rows = []
    for i, measure in enumerate(problem.measures):
        others = chosen.copy()
        others[i] = False
        last = loss * np.prod(1.0 - problem.effects[others], axis=0).reshape(loss.shape)
        left = np.ones(loss.shape)
        for effect, mask in zip(measure.effects, masks[i], strict=True):
            spread = effect.effectiveness
            share = np.where(mask, left * spread.likely, 0.0)
            left -= share
            source = Text.of(spread.source)
            rows.append(
                {
                    "measure": measure.id,
                    "chosen": bool(chosen[i]),
                    "component": effect.component,
                    "assets": ", ".join(effect.assets),
                    "effect_low": spread.low,
                    "effect_likely": spread.likely,
                    "effect_high": spread.high,
                    "effect_status": effect.status,
                    "avoided_alone_qha": float((loss * share).sum()),
                    "avoided_last_qha": float((last * share).sum()) if chosen[i] else float("nan"),
                    "source_es": source.es,
                    "source_en": source.en,
                }
            )
    return pd.DataFrame(rows)


def _table(
    problem: _Problem, effects: pd.DataFrame, chosen: np.ndarray, length_km: float
) -> pd.DataFrame:
    rows = []
    for i, measure in enumerate(problem.measures):
        units = measure.cost.units(length_km)
        own = effects[effects["measure"] == measure.id]
        rows.append(
            {
                "measure": measure.id,
                "title_es": measure.title.es,
                "title_en": measure.title.en,
                "phase": measure.phase,
                "chosen": bool(chosen[i]),
                "basis": measure.cost.basis,
                "units": units,
                "cost_usd": units * measure.cost.usd.likely,
                "cost_low_usd": units * measure.cost.usd.low,
                "cost_high_usd": units * measure.cost.usd.high,
                "cost_status": measure.cost.status,
                "avoided_alone_qha": float(own["avoided_alone_qha"].sum(skipna=False)),
                "avoided_last_qha": float(own["avoided_last_qha"].sum(skipna=False)),
                "evidence_es": "; ".join(e.es for e in measure.evidence),
                "evidence_en": "; ".join(e.en for e in measure.evidence),
            }
        )
    return pd.DataFrame(rows)


def _frontier(problem: _Problem, loss: np.ndarray, steps: int) -> pd.DataFrame:
    """What further money buys: budgets from zero to the whole catalogue, each solved exactly."""
    whole, total = float(problem.cost.sum()), float(loss.sum())
    rows: list[dict[str, Any]] = []
    for budget in np.linspace(0.0, whole, steps + 1) if steps and whole > 0 else ():
        best = problem.best(float(budget))
        cost = float(problem.cost @ best.chosen)
        remaining = remaining_loss(best.chosen, loss=loss, effects=problem.effects)
        if rows and cost == rows[-1]["cost_usd"]:
            continue
        before = rows[-1] if rows else {"cost_usd": 0.0, "avoided_qha": 0.0}
        more = total - remaining - before["avoided_qha"]
        names = [m.id for m, taken in zip(problem.measures, best.chosen, strict=True) if taken]
        rows.append(
            {
                "budget_usd": float(budget),
                "cost_usd": cost,
                "avoided_qha": total - remaining,
                "remaining_qha": remaining,
                "marginal_usd_per_qha": (cost - before["cost_usd"]) / more
                if more > 0
                else float("nan"),
                "measures": ", ".join(names),
            }
        )
    columns = ["budget_usd", "cost_usd", "avoided_qha", "remaining_qha"]
    return pd.DataFrame(rows, columns=[*columns, "marginal_usd_per_qha", "measures"])


def _findings(
    problem: _Problem, chosen: np.ndarray, alternative: str, budget: float
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    useful = problem.effects @ problem.loss > 0
    idle = [m for m, acts in zip(problem.measures, useful, strict=True) if not acts]
    if idle:
        found.append(notice("measures.no-effect", _names(idle), titles=_titles(idle)))
    unsure = [
        measure
        for measure, taken in zip(problem.measures, chosen, strict=True)
        if taken and any(effect.status == "unverified" for effect in measure.effects)
    ]
    if unsure:
        titles = _titles(unsure)
        found.append(
            warning("measures.unverified", _names(unsure), titles=titles, count=len(unsure))
        )
    if not chosen.any() and useful.any():
        least = float(problem.cost[useful].min())
        found.append(
            warning("measures.nothing-affordable", alternative, budget_usd=budget, least_usd=least)
        )
    return tuple(found)


def _names(measures: Sequence[Measure]) -> str:
    return offenders((m.id for m in measures), 40)


def _titles(measures: Sequence[Measure]) -> Text:
    return Text(
        es=offenders((m.title.es for m in measures), 40),
        en=offenders((m.title.en for m in measures), 40),
    )


METHOD = Method(
    id="minimize.measures",
    question=Text(
        es="¿Qué medidas reducen más la pérdida con este presupuesto, y qué queda por compensar?",
        en="Which measures reduce the loss most within this budget, and what is left to offset?",
    ),
    function="nonetloss.minimize.measures:choose",
    inputs=(
        Port(
            "loss",
            "Loss",
            Text(
                es="Pérdidas por alternativa antes de medidas.",
                en="Losses by alternative before measures.",
            ),
            unit="quality_hectare",
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(es="Dice qué ecosistemas son bosque.", en="Says which ecosystems are forest."),
            optional=True,
        ),
        Port(
            "alternatives",
            "Alternative",
            Text(
                es="Trazos, para medir la longitud cuando no se da.",
                en="Routes, to measure the length when it is not given.",
            ),
            optional=True,
            many=True,
        ),
        RNG,
    ),
    outputs=(
        Port(
            "plan",
            "MinimizationPlan",
            Text(
                es="Medidas elegidas y pérdida residual.",
                en="Chosen measures and the residual loss.",
            ),
            unit="quality_hectare",
        ),
    ),
    parameters=(
        Parameter(
            "alternative",
            Text(es="Alternativa que se construiría.", en="Alternative that would be built."),
            kind="text",
        ),
        Parameter(
            "budget_usd",
            Text(es="Dinero para medidas.", en="Money for measures."),
            unit="usd",
            low=0.0,
        ),
        Parameter(
            "length_km",
            Text(
                es="Longitud de la vía; si falta, la de la alternativa.",
                en="Length of the road; if absent, that of the alternative.",
            ),
            unit="km",
            low=0.0,
            optional=True,
        ),
        Parameter(
            "base",
            Text(
                es="Catálogo del que se parte: el de carreteras que viene con el programa, o "
                "ninguno, para proyectos que no son vías (sus medidas van en changes).",
                en="Catalogue to begin with: that of roads which ships with the program, or none, "
                "for projects that are no roads (their measures stand in changes).",
            ),
            kind="choice",
            choices=("road", "none"),
            default="road",
        ),
        Parameter(
            "changes",
            Text(
                es="Cambios al catálogo de medidas, por medida.",
                en="Changes to the catalogue of measures, by measure.",
            ),
            kind="mapping",
            reader="nonetloss.minimize.measures:read_changes",
            optional=True,
        ),
        Parameter(
            "weights",
            Text(
                es="Peso de cada activo en la elección; 1 si falta.",
                en="Weight of each asset in the choice; 1 where absent.",
            ),
            kind="mapping",
            reader="nonetloss.minimize.measures:read_weights",
            optional=True,
        ),
        Parameter(
            "frontier_steps",
            Text(
                es="Presupuestos con que se muestra qué compra cada dólar más.",
                en="Budgets that show what each further dollar buys.",
            ),
            kind="integer",
            default=8,
            low=0,
            high=100,
        ),
    ),
    references=(
        "Duran & Grossmann 1986, doi 10.1007/BF02592064",
        "Kiesecker et al. 2010, doi 10.1890/090005",
    ),
    validity=Text(
        es="Los efectos se multiplican y se eligen por su valor probable; las medidas que se "
        "refuerzan o se estorban entre sí más allá de eso no están modeladas. Casi todas las "
        "eficacias del catálogo son rangos de expertos sin verificar.",
        en="Effects multiply and are chosen by their likely value; measures that strengthen or "
        "hinder each other beyond that are not modelled. Almost all effectiveness in the "
        "catalogue is an unverified expert range.",
    ),
    example="- {step: measures, method: minimize.measures, parameters: {budget_usd: 3 Musd}}",
)
