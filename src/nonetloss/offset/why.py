"""Why each parcel was chosen or not, what it would cost to do without it, and other good choices.

Papers: Cabeza & Moilanen 2006, doi 10.1016/j.biocon.2006.04.025 (replacement cost).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nonetloss.core.language import LANGUAGES, Text, number, text
from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.numerics.milp import Solution, solve
from nonetloss.numerics.near_optimal import different
from nonetloss.offset.candidates import Candidates
from nonetloss.offset.need import ServiceNeed
from nonetloss.offset.options import Options
from nonetloss.offset.requirement import chosen_parcels
from nonetloss.offset.search import Choice
from nonetloss.offset.services import columns_of


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the reasons are read from. `replacement_usd` (options,), see `replacement_costs`.

    `cheapest`: everything is covered, and at least cost. `last_year` of the periods, or inf.
    """

    candidates: Candidates
    options: Options
    choice: Choice
    losses: tuple[Ecosystem, ...]
    services: ServiceNeed | None
    replacement_usd: np.ndarray
    locked_in: tuple[str, ...]
    cheapest: bool = True
    last_year: float = np.inf


def replacement_costs(
    options: Options, choice: Choice, *, gap: float, time_limit_s: float | None
) -> np.ndarray:
    """(options,) by how much the cost rises without each chosen parcel.

    The other chosen ones stay, as they would once they are bought; only where that leaves no way
    may they change too. NaN: not chosen (or no answer within the time limit). Infinite:
    irreplaceable, the same cannot be reached without it at all. Whatever the search held (needs,
    level of shortfall, probability, equity) is held here too; that the study fixed the parcel
    itself is not.
    """
    cost = np.full(choice.chosen.size, np.nan)
    if choice.program is None:
        return cost
    model = choice.program.model
    paid = float(options.problem.cost @ choice.chosen)
    taken = np.flatnonzero(choice.chosen)
    for i in taken:
        rows = model.row_lower.copy()
        for demand in choice.program.demands:
            if demand.kind == "locked" and i in options.problem.locked[int(demand.name)]:
                rows[demand.rows] = -np.inf
        same = np.flatnonzero(options.parcel == options.parcel[i])
        for others_stay in (True, False):
            lower, upper = model.column_lower.copy(), model.column_upper.copy()
            lower[taken] = float(others_stay)
            lower[same], upper[same] = 0.0, 0.0
            without = replace(model, column_lower=lower, column_upper=upper, row_lower=rows)
            answer = solve(without, gap=gap, time_limit_s=time_limit_s)
            if answer.found or answer.status == "limit":
                break
        if answer.found:
            chosen = answer.values[: choice.chosen.size] > 0.5
            cost[i] = max(float(options.problem.cost @ chosen) - paid, 0.0)
        else:
            cost[i] = np.nan if answer.status == "limit" else np.inf
    return cost


def near_optimal(
    options: Options,
    candidates: Candidates,
    choice: Choice,
    *,
    count: int,
    slack: float,
    gap: float,
    time_limit_s: float | None,
) -> pd.DataFrame:
    """Selections that cost nearly the same and share as few parcels as can be.

    Columns solution (0: the one chosen), cost_usd, parcels (text), differs (chosen parcels that
    this one does without).
    """
    sets: list[frozenset[int]] = [_parcels(options, choice.chosen)]
    rows = [_row(options, candidates, choice.chosen, 0, sets[0])]
    others: tuple[Solution, ...] = ()
    if choice.program is not None and choice.answer is not None and count:
        others = different(
            choice.program.model,
            best=choice.answer,
            columns=np.arange(choice.chosen.size),
            slack=slack,
            count=count,
            gap=max(gap, 1e-2),
            time_limit_s=time_limit_s,
        )
    for other in others:
        taken = other.values[: choice.chosen.size] > 0.5
        chosen = chosen_parcels(options.problem, other) if choice.tidy else taken
        named = _parcels(options, chosen)
        if named not in sets:
            sets.append(named)
            rows.append(_row(options, candidates, chosen, len(rows), sets[0]))
    return pd.DataFrame(rows, columns=["solution", "cost_usd", "parcels", "differs"])


def reasons(grounds: Grounds) -> list[Text]:
    """Why each parcel of the candidates was chosen, not chosen, or left out."""
    found = []
    taken = set(grounds.options.parcel[grounds.choice.chosen].tolist())
    for i, code in enumerate(grounds.candidates.reason):
        if code:
            found.append(_said(f"offset.why-{code.partition('.')[2]}"))
        elif i in taken:
            found.append(_why_chosen(grounds, i))
        else:
            found.append(_why_not(grounds, i, taken))
    return found


def _why_chosen(grounds: Grounds, parcel: int) -> Text:
    options, problem = grounds.options, grounds.options.problem
    mine = np.flatnonzero(options.parcel == parcel)
    option = int(mine[grounds.choice.chosen[mine]][0])
    more = float(grounds.replacement_usd[option])
    parts: list[Text] = []
    if grounds.candidates.parcels[parcel].name in grounds.locked_in:
        parts.append(_said("offset.why-locked-in"))
    else:
        only = _only_for(grounds, parcel)
        if only:
            parts.append(_said("offset.why-only-one", titles=_listed(only)))
        elif np.isposinf(more):
            parts.append(_said("offset.why-irreplaceable"))
        elif more > 0:
            parts.append(_said("offset.why-saves", usd=_amount(more)))
        elif more == 0:
            parts.append(_said("offset.why-as-good"))
    serves = problem.accepted[:, problem.group[option]]
    kinds = [k for k, serving in zip(grounds.losses, serves, strict=True) if serving]
    if kinds and _cheapest(grounds, option):
        parts.append(_said("offset.why-cheapest", titles=_listed([k.title for k in kinds])))
    helped = _helped(grounds, option)
    if helped:
        parts.append(_said("offset.why-serves", titles=_listed(helped)))
    part = "offset.why-part" if grounds.cheapest else "offset.why-part-best"
    return _joined(parts or [_said(part)])


def _only_for(grounds: Grounds, parcel: int) -> list[Text]:
    """Titles of the needs that no other candidate can serve at all."""
    options, problem = grounds.options, grounds.options.problem
    found = []
    for e, kind in enumerate(grounds.losses):
        able = problem.accepted[e][problem.group] & (problem.credited > 0)
        if problem.needed[e] > 0 and set(options.parcel[able].tolist()) == {parcel}:
            found.append(kind.title)
    if grounds.services is not None:
        for c, (service, shed) in enumerate(columns_of(grounds.services.loss)):
            at = np.flatnonzero(np.flatnonzero(grounds.services.held) == c)
            if at.size and problem.owed[at[0]] > 0:
                able = problem.served[at[0]] > 0
                if set(options.parcel[able].tolist()) == {parcel}:
                    found.append(_pair(service.title, shed.title))
    return found


def _cheapest(grounds: Grounds, option: int) -> bool:
    """Whether no candidate that counts alike costs less per credited unit."""
    problem = grounds.options.problem
    if problem.credited[option] <= 0:
        return False
    able = (problem.group == problem.group[option]) & (problem.credited > 0)
    price = problem.cost[able] / problem.credited[able]
    mine = problem.cost[option] / problem.credited[option]
    return bool(able.sum() > 1 and mine <= price.min() * (1 + 1e-12))


def _helped(grounds: Grounds, option: int) -> list[Text]:
    """Communities to which the parcel gives something they lose."""
    if grounds.services is None:
        return []
    held = np.flatnonzero(grounds.services.held)
    columns = columns_of(grounds.services.loss)
    problem = grounds.options.problem
    return [
        _pair(columns[c][0].title, columns[c][1].title)
        for row, c in enumerate(held)
        if columns[c][1].community and problem.owed[row] > 0 and problem.served[row, option] > 0
    ]


def _why_not(grounds: Grounds, parcel: int, taken: set[int]) -> Text:
    parcels = grounds.candidates.parcels
    site = parcels[parcel].site
    if site and any(parcels[i].site == site for i in taken):
        return _said("offset.why-site-taken")
    land = {b if a == parcel else a for a, b in grounds.candidates.overlaps if parcel in (a, b)}
    if land & taken:
        other = parcels[min(land & taken)]
        return _said("offset.why-land-taken", title=other.title)
    if parcels[parcel].start_year > grounds.last_year:
        return _said("offset.why-begins-late")
    if parcel not in grounds.options.parcel:
        return _said("offset.why-serves-nothing")
    return _said("offset.why-not-needed" if grounds.cheapest else "offset.why-not-best")


def _said(key: str, **data: Text) -> Text:
    said = {language: text(key, language, **data) for language in LANGUAGES}
    return Text(es=said["es"], en=said["en"])


def _amount(value: float) -> Text:
    return Text(es=number(value, "es"), en=number(value, "en"))


def _pair(service: Text, shed: Text) -> Text:
    return Text(es=f"{service.es} ({shed.es})", en=f"{service.en} ({shed.en})")


def _listed(titles: list[Text]) -> Text:
    return Text(es=", ".join(t.es for t in titles), en=", ".join(t.en for t in titles))


def _joined(parts: list[Text]) -> Text:
    return Text(es=" ".join(p.es for p in parts), en=" ".join(p.en for p in parts))


def _parcels(options: Options, chosen: np.ndarray) -> frozenset[int]:
    return frozenset(options.parcel[chosen].tolist())


def _row(
    options: Options, candidates: Candidates, chosen: np.ndarray, k: int, first: frozenset[int]
) -> tuple[int, float, str, int]:
    named = _parcels(options, chosen)
    names = ", ".join(candidates.parcels[i].name for i in sorted(named))
    return k, float(options.problem.cost @ chosen), names, len(first - named)
