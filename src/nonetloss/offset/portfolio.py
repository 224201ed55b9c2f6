"""The cheapest portfolio of parcels that makes up for the residual loss, or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.services import ServiceLoss
from nonetloss.numerics.milp import conversation
from nonetloss.offset.candidates import Candidates, gain_draws, screen_candidates, success_draws
from nonetloss.offset.chance import Chance, interval, pursue_probability, shares_of
from nonetloss.offset.draft import Demand
from nonetloss.offset.equivalence import named_ecosystems
from nonetloss.offset.gains import Gains
from nonetloss.offset.minimum_set import Selection as Selection
from nonetloss.offset.minimum_set import minimum_set as minimum_set
from nonetloss.offset.need import Need, ServiceNeed, ServiceNeeds, need_of, service_need_of
from nonetloss.offset.options import Options, options_of
from nonetloss.offset.portfolio_input import (
    Asked,
    HasResidual,
    Vary,
    asked_of,
    impact_of,
    require_locked,
    residual_of,
)
from nonetloss.offset.portfolio_input import read_success as read_success
from nonetloss.offset.portfolio_method import METHOD as METHOD
from nonetloss.offset.portfolio_tables import (
    allocation_table,
    conflict_table,
    parcel_table,
    probability_table,
    requirement_table,
    service_table,
    with_reasons,
)
from nonetloss.offset.requirement import (
    TOLERANCE,
    Requirement,
    Scenarios,
    allocate,
    services_short,
)
from nonetloss.offset.search import (
    Choice,
    Objective,
    Terms,
    conflict,
    pursue,
    shortfall_findings,
)
from nonetloss.offset.service_gain import ServiceGain, service_draws, service_gain
from nonetloss.offset.services import columns_of
from nonetloss.offset.why import Grounds, near_optimal, reasons, replacement_costs

Answer = Literal["offset", "not-offsettable", "infeasible"]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The chosen parcels and what they make up for.

    `table` has one row per parcel (columns: parcel, title_es, title_en, ecosystem, site, zone,
    action, area_ha, distance_m, value_without, value_with, place_factor, gain_qha, credited_qha,
    cost_usd, usd_per_qha, status (chosen | candidate | excluded), reason, why_es, why_en,
    replacement_cost_usd (NaN: not chosen; inf: irreplaceable), start_year). `requirements` has one
    row per asset (asset, residual_qha, needed_qha, credited_qha, shortfall_qha, offsettable,
    probability). `allocation` says which gain stands for which loss (loss, gain, credited_qha,
    like_for_like). `services`, `conflict`, `near_optimal`, `probabilities`: see
    `offset.portfolio_tables` and `offset.why`.

    `offset_likely` (assets,) and `offset_draws` (assets, draws) are the whole gains of the
    chosen parcels, in `assets`' order, each counted once, and in the measure of the loss
    (divided by the loss factor of the gains, which is 1 where losses last). `bound` is the
    least cost that is proven possible, and `gap` the relative distance to it, both for the
    question that `answer` answers (net of the neighbor bonus, where there is one). `objective`
    and what was `reached` of it with its proven bound; NaN for the least cost. `probability` is
    the share of draws in which no asset is left with a net loss.
    """

    answer: Answer
    chosen: tuple[str, ...]
    table: pd.DataFrame
    requirements: pd.DataFrame
    allocation: pd.DataFrame
    services: pd.DataFrame
    conflict: pd.DataFrame
    near_optimal: pd.DataFrame
    probabilities: pd.DataFrame
    cost_usd: float
    bound: float
    gap: float
    objective: str
    reached: float
    reached_bound: float
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
    gains: Gains | None = None,
    service_loss: ServiceLoss | None = None,
    alternative: str | None = None,
    near: BaseGeometry | None = None,
    objective: Objective = "least-cost",
    budget_usd: float | None = None,
    periods: Mapping[str, Any] | None = None,
    delay_rate: float = 0.0,
    max_distance_m: float | None = None,
    half_distance_m: float | None = None,
    trading: Mapping[str, Any] | None = None,
    confidence: float = 1.0,
    time_factor: float = 1.0,
    success: Mapping[str, Any] | None = None,
    margin: float = 0.0,
    probability: float | None = None,
    scenarios: int = 100,
    service_needs: ServiceNeeds = "all",
    equity: float | None = None,
    locked_in: Sequence[str] = (),
    locked_out: Sequence[str] = (),
    neighbor_distance_m: float = 0.0,
    neighbor_bonus_usd: float = 0.0,
    pieces: int | None = None,
    vary: Vary = "together",
    alternative_count: int = 3,
    alternative_slack: float = 0.05,
    tolerance_qha: float = TOLERANCE,
    gap: float = 0.001,
    time_limit_s: float | None = None,
) -> Portfolio:
    """The parcels of least cost whose additional gain makes up for the residual loss.

    Parameters
    ----------
    parcels : sequence of Parcel
        What could be offered; those of one `site` are actions of which at most one is taken.
        Their order does not matter.
    residual : Loss, or a plan with a `residual`
        What remains after avoiding and minimizing; components are added up per asset.
    ecosystems : EcosystemMap
        What is like-for-like, what is better, what cannot be offset.
    rng : numpy Generator
        Draws the gains; as many as `residual` has draws.
    alternatives, alternative : sequence of Alternative, name; or None
        Where the impact lies. `alternative` may be None when `residual` holds only one.
    gains : Gains or None
        Gains over time against a counterfactual. None: area times value with less without.
    service_loss : ServiceLoss or None
        Services that people lose, which the selection has to give back inside each serviceshed.
    near : geometry or None
        The impact itself, in place of an alternative's geometry. None in both: no distances.
    objective : "least-cost", "max-utility", "min-shortfall" or "min-largest-shortfall"
        The last three ask for the most gain that may stand for the losses, the smallest sum of
        shares of needs left unmet, or the smallest largest share, within the budget; then for the
        least cost at that level. No community is left worse off for them.
    budget_usd : float or None
        Money for parcels. None: no limit.
    periods, delay_rate : mapping of year to budget, or None; share per year
        Years in which actions may begin and money for each; a gain that begins later counts
        (1 + rate)^-delay. A parcel does not begin before its `start_year`.
    max_distance_m, half_distance_m : float or None
        See `offset.candidates.screen_candidates`.
    trading : mapping or None
        Rules of equivalence and multipliers, see `offset.equivalence.read_rules`. Multipliers
        raise what is needed; the gain in the balance stays what it is.
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
    probability : float or None
        In (0, 1): wanted probability of no net loss in all ecosystems that can be offset, and all
        services that are needed, at once. None: reported only. See `offset.chance`.
    scenarios : int
        States of the world that the search sees; at most half of the draws.
    service_needs : "all", "communities" or "none"
        Whose loss of services has to be made up for.
    equity : float or None
        Share by which the cost may rise so that the group that ends worst, in net service per
        person relative to the mean loss of that service, ends better. None: not asked for.
    locked_in, locked_out : names
        Parcels (actions) that are taken or left out in any case.
    neighbor_distance_m, neighbor_bonus_usd, pieces : float, float, int or None
        Parcels within that distance are neighbors; each pair of chosen neighbors saves the bonus;
        the chosen parcels fall into at most so many connected pieces. None: any number.
    vary : "together" or "independently"
        How the values of parcels go up and down across draws; see `gain_draws`.
    alternative_count, alternative_slack : int, float
        How many other selections to show, and how much dearer, as a share, they may be.
    tolerance_qha : float
        A residual up to this is no loss, also where it cannot be offset. The default is the
        resolution of the ledger.
    gap : float
        Proven relative gap at which the search stops.
    time_limit_s : float or None
        Seconds for each search. None: no limit, the same answer everywhere.

    Returns
    -------
    Portfolio
        `answer` is `offset` when every need is met; `infeasible` when candidates, budget or
        probability do not reach, with the selection of smallest shortfall (or highest
        probability) and the smallest set of demands in conflict; `not-offsettable` when an
        ecosystem that cannot be offset keeps a residual (the others are served all the same).

    Raises
    ------
    InputError
        `offset.parcel`, `offset.parameter`, `offset.alternative`, `offset.unknown-ecosystem`,
        `offset.draws-differ`, `offset.time-twice`, `offset.locked-*`, `offset.periods`,
        `service.of-parcel`, and those of `offset.equivalence`.

    Notes
    -----
    **Mathematical formulation.** With x_v binary (take option v: an action on a parcel, begun in
    a period), y_ge >= 0 the gain of class g given to the loss of ecosystem e, k the confidence,
    R_e the likely residual, m the margin, w_ge <= 1 what a unit of gain counts, q_cv what v gives
    of the service and to the people c, and g_v = area_v (VE_with - VE_without)_v × success × time
    × place_v,

        min  sum_v c_v x_v
        s.t. sum_e y_ge <= sum_{v in g} k g_v x_v          (each gain counted once)
             sum_{g accepted for e} w_ge y_ge >= (1 + m) R_e
             sum_v q_cv x_v >= (1 + m) L_c                 (in every serviceshed)
             sum_v c_v x_v <= B,    sum_{v on the same land} x_v <= 1.

    With a wanted probability p, shares f_ve (sum_e f_ve = x_v) take the place of y, and for all
    but a share 1 - p of the states s, marked by binaries z_s,

        sum_v g_vs f_ve >= R_es (1 - z_s) - (what else may turn negative) z_s,

    and the same for services. When no x meets all needs, the smallest total shortfall is found
    first, communities before others, then the least cost at that shortfall.

    **In words.** Buy the cheapest land whose gain, beyond what would happen anyway, covers each
    loss with its own ecosystem or an accepted one, and gives back to the same people what they
    lose; use no gain twice.

    The whole gain of a chosen parcel goes to the assets it serves, in proportion to what was
    allocated; a surplus therefore helps in the draws where less is gained or more is lost.
    """
    loss, name = residual_of(residual, alternative)
    asked = asked_of(
        {
            "confidence": confidence, "time_factor": time_factor, "margin": margin,
            "budget_usd": budget_usd, "vary": vary, "success": success, "objective": objective,
            "probability": probability, "scenarios": scenarios, "service_needs": service_needs,
            "equity": equity, "neighbor_distance_m": neighbor_distance_m,
            "neighbor_bonus_usd": neighbor_bonus_usd, "pieces": pieces, "delay_rate": delay_rate,
            "periods": periods, "trading": trading, "locked_in": locked_in,
            "alternative_count": alternative_count, "alternative_slack": alternative_slack,
        },
        gains=gains, ecosystems=ecosystems,
    )  # fmt: skip
    draws = loss.of(name)[1].shape[-1]
    need = need_of(
        loss, name, ecosystems=ecosystems, margin=margin, tolerance_qha=tolerance_qha,
        gains=gains, rules=asked.wishes.rules, in_every_state=probability is not None,
    )  # fmt: skip
    named_ecosystems(tuple(p.ecosystem for p in parcels), ecosystems)
    require_locked(parcels, locked_in, locked_out)
    candidates = screen_candidates(
        parcels,
        near=near if near is not None else impact_of(alternatives, name),
        max_distance_m=max_distance_m,
        half_distance_m=half_distance_m,
        success=asked.success,
        time_factor=time_factor,
        gains=gains,
        locked_out=locked_out,
    )
    require_locked(parcels, locked_in, locked_out, candidates)
    service = None
    if service_loss is not None:
        service = service_need_of(
            service_loss, name, margin=margin, needs=service_needs, draws=draws
        )
    case = _case(candidates, need, service, asked)
    world = _World(asked, time_factor, vary == "together", gains, rng, draws)
    terms = Terms(
        name,
        np.inf if budget_usd is None else float(budget_usd),
        gap,
        time_limit_s,
        objective,
        equity,
    )
    choice, chance = _choose(case, terms, world, probability, scenarios, tolerance_qha)
    return _told(case, terms, world, choice, chance, loss.assets, tolerance_qha)


@dataclass(frozen=True, slots=True)
class _Case:
    """The problem of one study: what is owed, what there is."""

    candidates: Candidates
    need: Need
    services: ServiceNeed | None
    given: ServiceGain | None
    options: Options
    asked: Asked


@dataclass(frozen=True, slots=True)
class _World:
    """How states of the world are drawn."""

    asked: Asked
    time_factor: float
    together: bool
    gains: Gains | None
    rng: np.random.Generator
    draws: int

    def gain(self, case: _Case, taken: np.ndarray, draws: int) -> tuple[np.ndarray, np.ndarray]:
        """Gain (options, draws) and services (columns, options, draws) of the parcels taken."""
        reached = success_draws(self.asked.success, draws=draws, rng=self.rng)
        gain = gain_draws(
            case.candidates,
            taken,
            success=self.asked.success,
            time_factor=self.time_factor,
            together=self.together,
            draws=draws,
            rng=self.rng,
            gains=self.gains,
            reached=reached,
        )
        options = case.options
        served = np.zeros((0, options.parcel.size, draws))
        if case.services is not None and case.given is not None:
            served = service_draws(
                case.candidates,
                taken,
                loss=case.services.loss,
                gain=case.given,
                reached=reached,
                together=self.together,
                rng=self.rng,
            )[:, options.parcel]
        return gain[options.parcel] * options.factor[:, None], served


def _case(
    candidates: Candidates,
    need: Need,
    service: ServiceNeed | None,
    asked: Asked,
    limits: Sequence[str] = (),
) -> _Case:
    given = None
    served = None
    if service is not None:
        given = service_gain(candidates, loss=service.loss, success=asked.success)
        served = given.likely[service.held]
    options = options_of(
        candidates,
        need.kinds,
        need.wanted,
        need.needed,
        confidence=asked.confidence,
        wishes=asked.wishes,
        served=served,
        limits=limits,
    )
    if service is not None and given is not None:
        problem = replace(
            options.problem,
            owed=service.needed[service.held],
            communities=service.communities[service.held],
            people=service.people[service.held],
            usual=service.usual(given)[service.held],
        )
        options = replace(options, problem=problem)
    return _Case(candidates, need, service, given, options, asked)


def _choose(
    case: _Case,
    terms: Terms,
    world: _World,
    wanted: float | None,
    scenarios: int,
    tolerance: float,
) -> tuple[Choice, Chance | None]:
    """The selection; with a wanted probability, over states of the world and checked on others."""
    problem, losses = case.options.problem, case.need.losses
    seen = min(scenarios, world.draws // 2)
    if wanted is None or not (problem.needed.size or problem.owed.size):
        return pursue(problem, losses, terms), None
    every = np.ones(len(case.candidates.parcels), dtype=bool)
    gain, served = world.gain(case, every & case.candidates.eligible, world.draws)
    held = np.zeros(0, dtype=bool) if case.services is None else case.services.held
    lost = case.need.lost_draws[case.need.wanted]
    owed = np.zeros((0, world.draws))
    if case.services is not None:
        owed, served = case.services.lost_draws[held], served[held]
    states = Scenarios(
        gain[:, :seen], lost[:, :seen], served[..., :seen], owed[:, :seen], 0, tolerance
    )

    def check(choice: Choice) -> float:
        share = _shares(case.options, choice, case.need.wanted)[case.need.wanted]
        short = share @ gain[:, seen:] - lost[:, seen:]
        fine = ((short >= -tolerance) | (lost[:, seen:] <= tolerance)).all(axis=0)
        if owed.size:
            net = served[:, choice.chosen, seen:].sum(axis=1) - owed[:, seen:]
            slack = TOLERANCE * np.maximum(1.0, owed[:, seen:])
            fine = fine & (net >= -slack).all(axis=0)
        return float(fine.mean())

    return pursue_probability(
        problem,
        losses,
        terms,
        wanted=wanted,
        states=states,
        check=check,
        checked=world.draws - seen,
    )


def _told(
    case: _Case,
    terms: Terms,
    world: _World,
    choice: Choice,
    chance: Chance | None,
    assets: tuple[str, ...],
    tolerance: float,
) -> Portfolio:
    """Everything that is said of a selection."""
    need, options, problem = case.need, case.options, case.options.problem
    count = len(case.candidates.parcels)
    taken = np.zeros(count, dtype=bool)
    taken[options.parcel[choice.chosen]] = True
    given, short = allocate(problem, choice.chosen)
    shortfall = np.zeros(len(need.kinds))
    shortfall[need.wanted] = short
    share = _shares(options, choice, need.wanted)
    sample, served = world.gain(case, taken, world.draws)
    sample = sample * choice.chosen[:, None]
    offset_draws = share @ sample
    # The balance holds losses as they are: gains are told in the same measure.
    told = 1.0 / np.where(need.factor > 0, need.factor, 1.0)
    kept = _kept(case, offset_draws, served, choice, tolerance)
    net = _net(case.services, served, choice.chosen)
    held = kept["ecosystems"]
    every = np.asarray(held.all(axis=0)) if held.size else np.ones(world.draws, dtype=bool)
    tables = _tables(case, terms, choice)
    short_of = shortfall.any() if terms.objective == "least-cost" else _anything_short(case, choice)
    met = choice.met and not short_of
    barred = bool(need.barred.any())
    covered = _by_loss(problem, given)
    likely = np.zeros(0 if case.given is None else len(case.given.likely))
    if case.given is not None:
        likely = case.given.likely[:, options.parcel[choice.chosen]].sum(axis=1)
    together = {"ecosystems": every, "services": np.asarray(kept["services"].all(axis=0))}
    if case.services is None:
        together.pop("services")
    wanted_held = np.asarray(held[need.wanted].all(axis=0) & kept["needed"].all(axis=0))
    seen = 0 if chance is None else chance.states
    likely_gain = options.factor * case.candidates.gain_qha[options.parcel]
    return Portfolio(
        answer="not-offsettable" if barred else "offset" if met else "infeasible",
        chosen=tuple(p.name for p, t in zip(case.candidates.parcels, taken, strict=True) if t),
        table=with_reasons(
            parcel_table(case.candidates, taken, case.asked.confidence),
            tables[0], options, tables[1], case.asked.wishes.periods, choice.chosen,
        ),
        requirements=requirement_table(
            need.kinds, need.lost, need.needed, shortfall, covered, need.wanted, held
        ),
        allocation=allocation_table(problem, given, need.losses, options.names),
        services=service_table(case.services, likely, net),
        conflict=tables[2],
        near_optimal=tables[3],
        probabilities=probability_table(
            together | {"all": wanted_held},
            seen=seen,
            wanted=None if chance is None else chance.wanted,
            optimized=float("nan") if chance is None else chance.optimized,
        ),
        cost_usd=float(problem.cost @ choice.chosen),
        bound=choice.bound,
        gap=choice.gap,
        objective=terms.objective,
        reached=choice.reached,
        reached_bound=choice.reached_bound,
        assets=assets,
        offset_likely=told * (share @ (likely_gain * choice.chosen)),
        offset_draws=told[:, None] * offset_draws,
        probability=float(every.mean()) if every.size else 1.0,
        findings=_findings(case, terms, choice, chance, shortfall, tables[2], (every, wanted_held)),
    )  # fmt: skip


def _shares(options: Options, choice: Choice, wanted: np.ndarray) -> np.ndarray:
    """(assets, options): to which assets the gain of each option goes; columns sum to 1 or 0."""
    problem = options.problem
    share = np.zeros((wanted.size, problem.group.size))
    fixed = shares_of(choice, problem.needed.size, problem.group.size)
    if fixed is None:
        given, _ = allocate(problem, choice.chosen)
        total = given.sum(axis=0)
        fixed = (given / np.where(total > 0, total, 1.0))[:, problem.group]
    share[wanted] = fixed
    return share


def _by_loss(problem: Requirement, given: np.ndarray) -> np.ndarray:
    """(losses, groups) what the gains given to each loss count against it."""
    return given * problem.worth if problem.worth.size else given


def _kept(
    case: _Case, offset: np.ndarray, served: np.ndarray, choice: Choice, tolerance: float
) -> dict[str, np.ndarray]:
    """Bool by draw: no net loss of each asset, of each service, of the services that are needed."""
    lost = case.need.lost_draws
    whole = (offset - lost >= -tolerance) | (lost <= tolerance)
    net = _net(case.services, served, choice.chosen)
    slack = np.zeros(net.shape)
    held = np.zeros(0, dtype=bool)
    if case.services is not None:
        slack = TOLERANCE * np.maximum(1.0, case.services.lost_draws)
        held = case.services.held
    fine = net >= -slack
    return {"ecosystems": whole, "services": fine, "needed": fine[held]}


def _net(services: ServiceNeed | None, served: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(columns, draws) what each group of people gains less what it loses."""
    given = served[:, chosen].sum(axis=1)
    return given if services is None else given - services.lost_draws


def _anything_short(case: _Case, choice: Choice) -> bool:
    problem = case.options.problem
    _, short = allocate(problem, choice.chosen)
    return bool(short.any() or services_short(problem, choice.chosen).any())


def _tables(
    case: _Case, terms: Terms, choice: Choice
) -> tuple[list[Text], np.ndarray, pd.DataFrame, pd.DataFrame]:
    """Reasons, replacement costs, the conflict and other good selections."""
    options, wishes = case.options, case.asked.wishes
    replacement = replacement_costs(options, choice, gap=terms.gap, time_limit_s=terms.time_limit_s)
    parcels = case.candidates.parcels
    titles = [parcels[options.parcel[at[0]]].title for at in options.problem.locked]
    grounds = Grounds(
        case.candidates,
        options,
        choice,
        case.need.losses,
        case.services,
        replacement,
        wishes.locked_in,
    )
    against = conflict_table(
        _conflict(case, terms, choice),
        losses=case.need.losses,
        needed=options.problem.needed,
        services=case.services,
        budget_usd=terms.budget,
        locked=titles,
        periods=wishes.periods,
    )
    others = near_optimal(
        options,
        case.candidates,
        choice,
        count=case.asked.alternative_count,
        slack=case.asked.alternative_slack,
        gap=terms.gap,
        time_limit_s=terms.time_limit_s,
    )
    return reasons(grounds), replacement, against, others


def _conflict(case: _Case, terms: Terms, choice: Choice) -> tuple[Demand, ...]:
    """The conflict, with the limits among its parties that keep parcels out."""
    limits = sorted({*case.candidates.reason} & {"offset.too-far", "offset.locked-out"})
    if not limits or any(d.kind == "probability" for d in choice.conflict):
        return choice.conflict
    if not choice.conflict:
        return ()
    wide = _case(case.candidates, case.need, case.services, case.asked, limits)
    return conflict(wide.options.problem, budget=terms.budget, time_limit_s=terms.time_limit_s)


def _findings(
    case: _Case,
    terms: Terms,
    choice: Choice,
    chance: Chance | None,
    shortfall: np.ndarray,
    against: pd.DataFrame,
    held: tuple[np.ndarray, np.ndarray],
) -> tuple[Finding, ...]:
    need = case.need
    found = [
        warning("offset.not-offsettable", k.name, title=k.title, residual_qha=round(float(r), 2))
        for k, r, told in zip(need.kinds, need.lost, need.barred, strict=True)
        if told
    ]
    found += choice.findings
    if terms.objective != "max-utility":
        found += shortfall_findings(need.kinds, need.needed, shortfall, choice.findings)
    found += _services_short(case, choice)
    if len(against):
        code = "offset.conflict" if len(against) > 1 else "offset.conflict-alone"
        said = Text(es="; ".join(against["title_es"]), en="; ".join(against["title_en"]))
        found.append(warning(code, terms.name, demands=said))
    found += case.candidates.findings
    found += _refused(case)
    if choice.program is not None:
        told = conversation(choice.program.model)
        found += [f for f in told if f.code == "milp.scale"]
    if np.isfinite(choice.reached):
        goal = terms.objective if terms.objective != "least-cost" else "equity"
        found.append(
            notice(
                "offset.objective-reached",
                terms.name,
                objective=goal,
                reached=round(choice.reached, 4),
                bound=round(choice.reached_bound, 4),
            )
        )
    if terms.equity is not None and not (case.options.problem.people > 0).any():
        found.append(warning("offset.equity-without-people", terms.name))
    if chance is not None and choice.met:
        share, low, high = (round(100 * v, 1) for v in interval(held[1][chance.states :]))
        wanted = round(100 * chance.wanted, 1)
        told_of = {"wanted": wanted, "held": share, "low": low, "high": high}
        draws = held[1].size - chance.states
        enough = share >= wanted
        make = notice if enough else warning
        code = "offset.probability-held" if enough else "offset.probability-short"
        found.append(make(code, terms.name, draws=draws, **told_of))
    percent = round(100 * float(held[0].mean()), 1) if held[0].size else 100.0
    found.append(notice("offset.probability", terms.name, percent=percent))
    return tuple(found)


def _services_short(case: _Case, choice: Choice) -> list[Finding]:
    """One finding per service and group of people that is not made whole."""
    if case.services is None or not case.options.problem.owed.size:
        return []
    columns = columns_of(case.services.loss)
    at = np.flatnonzero(case.services.held)
    short = services_short(case.options.problem, choice.chosen)
    owed = case.options.problem.owed
    return [
        warning(
            "offset.service-short",
            f"{columns[c][0].name}.{columns[c][1].name}",
            title=columns[c][0].title,
            shed=columns[c][1].title,
            short=float(f"{short[row]:.4g}"),
            needed=float(f"{owed[row]:.4g}"),
            unit=columns[c][0].unit,
        )
        for row, c in enumerate(at)
        if short[row] > 0
    ]


def _refused(case: _Case) -> list[Finding]:
    """Candidates whose gain the rules of equivalence take for no loss at all."""
    if case.asked.wishes.rules is None:
        return []
    used = set(case.options.parcel.tolist())
    out = [
        p
        for i, (p, r) in enumerate(
            zip(case.candidates.parcels, case.candidates.reason, strict=True)
        )
        if not r and i not in used
    ]
    if not out:
        return []
    titles = Text(es=offenders(p.title.es for p in out), en=offenders(p.title.en for p in out))
    names = offenders(p.name for p in out)
    return [notice("offset.trade-refused", names, parcels=titles, count=len(out))]
