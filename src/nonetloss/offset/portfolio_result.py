"""A portfolio as it is told: what was chosen, what it makes up for, how sure, and why."""

import itertools
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import shapely

from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.numerics.milp import conversation
from nonetloss.offset.chance import Chance, interval
from nonetloss.offset.draft import Demand
from nonetloss.offset.need import ServiceNeed
from nonetloss.offset.portfolio_case import Case, World, case_of, shares
from nonetloss.offset.portfolio_tables import (
    allocation_table,
    conflict_table,
    parcel_table,
    probability_table,
    requirement_table,
    service_table,
    share_table,
    with_reasons,
)
from nonetloss.offset.requirement import TOLERANCE, Requirement, allocate, services_short
from nonetloss.offset.search import Choice, Terms, conflict, shortfall_findings
from nonetloss.offset.service_gain import reduced
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
    like_for_like), and `shares` to which assets the whole gain of each chosen parcel goes (parcel,
    asset, share of its gain, delay_factor, gain_qha in the measure of the loss; the latter adds up
    to `offset_likely`). `services`, `conflict`, `near_optimal`, `probabilities`: see
    `offset.portfolio_tables` and `offset.why`.

    `offset_likely` (assets,) and `offset_draws` (assets, draws) are the whole gains of the
    chosen parcels, in `assets`' order, each counted once, and in the measure of the loss
    (divided by the loss factor of the gains, which is 1 where losses last). `bound` is the
    least cost that is proven possible, and `gap` the relative distance to it, both for the
    question that `answer` answers (net of the neighbor bonus, where there is one). `objective`
    and what was `reached` of it with its proven bound; NaN for the least cost. `probability` is
    the share of draws (with a wanted probability: of those that the search never saw) in which no
    asset is left with a net loss.
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
    shares: pd.DataFrame = field(default_factory=pd.DataFrame)


def told(
    case: Case,
    terms: Terms,
    world: World,
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
    share = shares(options, choice, need.wanted)
    sample, served = world.gain(case, taken, world.draws)
    sample = sample * choice.chosen[:, None]
    offset_draws = share @ sample
    # The balance holds losses as they are: gains are told in the same measure.
    measure = 1.0 / np.where(need.factor > 0, need.factor, 1.0)
    kept = _kept(case, offset_draws, served, choice, tolerance)
    net = _net(case.services, served, choice.chosen)
    held = kept["ecosystems"]
    every = np.asarray(held.all(axis=0)) if held.size else np.ones(world.draws, dtype=bool)
    met = choice.met and not (shortfall.any() or _services_lack(case, choice))
    tables = _tables(case, terms, choice, met)
    barred = bool(need.barred.any())
    covered = _by_loss(problem, given)
    likely, credited = _given(case, choice)
    together = {"ecosystems": every, "services": np.asarray(kept["services"].all(axis=0))}
    if case.services is None:
        together.pop("services")
    wanted_held = np.asarray(held[need.wanted].all(axis=0) & kept["needed"].all(axis=0))
    seen = 0 if chance is None else chance.states
    unseen = slice(seen, None)
    likely_gain = options.factor * case.candidates.gain_qha[options.parcel]
    return Portfolio(
        answer="not-offsettable" if barred else "offset" if met else "infeasible",
        chosen=tuple(p.name for p, t in zip(case.candidates.parcels, taken, strict=True) if t),
        table=with_reasons(
            parcel_table(case.candidates, taken, case.asked.confidence),
            tables[0], options, tables[1], case.asked.wishes.periods, choice.chosen,
        ),
        requirements=requirement_table(
            need.kinds, need.lost, need.needed, shortfall, covered, need.wanted,
            held[:, unseen],
        ),
        allocation=allocation_table(problem, given, need.losses, options.names),
        services=service_table(case.services, likely, net, credited),
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
        offset_likely=measure * (share @ (likely_gain * choice.chosen)),
        offset_draws=measure[:, None] * offset_draws,
        probability=float(every[unseen].mean()) if every.size else 1.0,
        findings=_findings(case, terms, choice, chance, shortfall, tables[2], (every, wanted_held)),
        shares=share_table(case.candidates, options, share * choice.chosen, assets, measure),
    )  # fmt: skip


def _given(case: Case, choice: Choice) -> tuple[np.ndarray, np.ndarray]:
    """(columns,) likely gain of services of the chosen options; the same as it is credited."""
    if case.given is None:
        return np.zeros(0), np.zeros(0)
    options = case.options
    factor = options.factor[choice.chosen]
    amount = case.given.likely[:, options.parcel[choice.chosen]]
    told = [reduced(amount, share * factor).sum(axis=1) for share in (1.0, case.asked.confidence)]
    return told[0], told[1]


def _by_loss(problem: Requirement, given: np.ndarray) -> np.ndarray:
    """(losses, groups) what the gains given to each loss count against it."""
    return given * problem.worth if problem.worth.size else given


def _kept(
    case: Case, offset: np.ndarray, served: np.ndarray, choice: Choice, tolerance: float
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


def _services_lack(case: Case, choice: Choice) -> bool:
    return bool(services_short(case.options.problem, choice.chosen).any())


def _tables(
    case: Case, terms: Terms, choice: Choice, met: bool
) -> tuple[list[Text], np.ndarray, pd.DataFrame, pd.DataFrame]:
    """Reasons, replacement costs, the conflict and other good selections."""
    options, wishes = case.options, case.asked.wishes
    replacement = replacement_costs(options, choice, gap=terms.gap, time_limit_s=terms.time_limit_s)
    titles = [p.title for p in case.candidates.parcels if p.name in wishes.locked_in]
    grounds = Grounds(
        case.candidates,
        options,
        choice,
        case.need.losses,
        case.services,
        replacement,
        wishes.locked_in,
        met and terms.objective == "least-cost",
        max(wishes.periods.years, default=np.inf),
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


def _conflict(case: Case, terms: Terms, choice: Choice) -> tuple[Demand, ...]:
    """The conflict, with the limits among its parties that keep parcels out."""
    limits = sorted({*case.candidates.reason} & {"offset.too-far", "offset.locked-out"})
    if not limits or any(d.kind == "probability" for d in choice.conflict):
        return choice.conflict
    if not choice.conflict:
        return ()
    alone = any(f.code == "offset.no-selection" for f in choice.findings)
    wide = case_of(case.candidates, case.need, case.services, case.asked, limits, case.dated)
    return conflict(
        wide.options.problem,
        budget=terms.budget,
        time_limit_s=terms.time_limit_s,
        limits_alone=alone,
    )


def _findings(
    case: Case,
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
    found += _sheds_overlap(case)
    shown = held[0][0 if chance is None else chance.states :]
    percent = round(100 * float(shown.mean()), 1) if shown.size else 100.0
    found.append(notice("offset.probability", terms.name, percent=percent))
    return tuple(found)


def _services_short(case: Case, choice: Choice) -> list[Finding]:
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


def _refused(case: Case) -> list[Finding]:
    """Candidates whose gain the rules of equivalence take for no loss at all."""
    if case.asked.wishes.rules is None:
        return []
    used = set(case.options.parcel.tolist())
    last = max(case.asked.wishes.periods.years, default=np.inf)
    out = [
        p
        for i, (p, r) in enumerate(
            zip(case.candidates.parcels, case.candidates.reason, strict=True)
        )
        if not r and i not in used and not p.start_year > last
    ]
    if not out:
        return []
    titles = Text(es=offenders(p.title.es for p in out), en=offenders(p.title.en for p in out))
    names = offenders(p.name for p in out)
    return [notice("offset.trade-refused", names, parcels=titles, count=len(out))]


def _sheds_overlap(case: Case) -> list[Finding]:
    """Servicesheds of one service that share land: what it gains counts for the people of both."""
    found = []
    for service in () if case.services is None else case.services.loss.services:
        solid = [s for s in service.sheds if s.geometry is not None]
        pairs = [
            (a, b)
            for a, b in itertools.combinations(sorted(solid, key=lambda s: s.name), 2)
            if shapely.area(shapely.intersection(a.geometry, b.geometry)) > 0
        ]
        if pairs:
            names = {
                k: offenders(f"{getattr(a.title, k)} – {getattr(b.title, k)}" for a, b in pairs)
                for k in ("es", "en")
            }
            found.append(
                notice(
                    "offset.sheds-overlap", service.name, title=service.title, sheds=Text(**names)
                )
            )
    return found
