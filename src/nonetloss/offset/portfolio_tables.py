"""The tables of a portfolio: parcels, needs, services, which gain stands for which loss."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nonetloss.core.language import LANGUAGES, Text, text
from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.offset.candidates import Candidates
from nonetloss.offset.chance import interval
from nonetloss.offset.draft import Demand
from nonetloss.offset.need import ServiceNeed
from nonetloss.offset.options import Options, Periods
from nonetloss.offset.requirement import TOLERANCE, Requirement
from nonetloss.offset.services import columns_of


def parcel_table(candidates: Candidates, taken: np.ndarray, confidence: float) -> pd.DataFrame:
    """One row per parcel, also those left out."""
    parcels = candidates.parcels
    gain = candidates.gain_qha
    cost = np.array([p.cost_usd for p in parcels], dtype=np.float64)
    credited = np.where(candidates.eligible, confidence * np.maximum(gain, 0.0), 0.0)
    states = [
        "chosen" if t else "excluded" if r else "candidate"
        for t, r in zip(taken, candidates.reason, strict=True)
    ]
    return pd.DataFrame(
        {
            "parcel": [p.name for p in parcels],
            "title_es": [p.title.es for p in parcels],
            "title_en": [p.title.en for p in parcels],
            "ecosystem": [p.ecosystem for p in parcels],
            "site": [p.site or p.name for p in parcels],
            "zone": [p.zone for p in parcels],
            "action": [p.action for p in parcels],
            "area_ha": [p.area_ha for p in parcels],
            "distance_m": candidates.distance_m,
            "value_without": [p.value_without.likely for p in parcels],
            "value_with": [p.value_with.likely for p in parcels],
            "place_factor": candidates.place,
            "gain_qha": gain,
            "credited_qha": credited,
            "cost_usd": cost,
            "usd_per_qha": np.divide(
                cost, credited, out=np.full(cost.size, np.nan), where=credited > 0
            ),
            "status": states,
            "reason": list(candidates.reason),
        }
    )


def requirement_table(
    kinds: tuple[Ecosystem, ...],
    lost: np.ndarray,
    needed: np.ndarray,
    shortfall: np.ndarray,
    given: np.ndarray,
    wanted: np.ndarray,
    kept: np.ndarray,
) -> pd.DataFrame:
    """One row per asset."""
    credited = np.zeros(len(kinds))
    credited[wanted] = given.sum(axis=1)
    return pd.DataFrame(
        {
            "asset": [k.name for k in kinds],
            "residual_qha": lost,
            "needed_qha": needed,
            "credited_qha": credited,
            "shortfall_qha": shortfall,
            "offsettable": [k.offsettable for k in kinds],
            "probability": kept.mean(axis=1),
        }
    )


def allocation_table(
    problem: Requirement,
    given: np.ndarray,
    losses: tuple[Ecosystem, ...],
    names: Sequence[str],
) -> pd.DataFrame:
    """One row per accepted trade that is used; `names` are the ecosystems of the groups."""
    columns = ["loss", "gain", "credited_qha", "like_for_like"]
    rows = [
        (losses[e].name, names[g], float(given[e, g]), bool(problem.like[e, g]))
        for e, g in zip(*np.nonzero(given > TOLERANCE), strict=True)
    ]
    table = pd.DataFrame(rows, columns=columns)
    # Groups of one ecosystem that differ in what a unit counts are one trade to the reader.
    return (
        table.groupby(["loss", "gain", "like_for_like"], as_index=False, sort=False)[columns].sum()[
            columns
        ]
        if len(table)
        else table
    )


def share_table(
    candidates: Candidates,
    options: Options,
    share: np.ndarray,
    assets: Sequence[str],
    measure: np.ndarray,
) -> pd.DataFrame:
    """One row per chosen parcel and asset that its gain serves.

    Parameters
    ----------
    share : (assets, options)
        Part of the gain of each chosen option that goes to each asset.
    measure : (assets,)
        Brings a gain to the measure in which losses are told.
    """
    rows = []
    for e, k in zip(*np.nonzero(share), strict=True):
        i = int(options.parcel[k])
        late = float(options.factor[k])
        part = float(share[e, k])
        gain = float(measure[e]) * part * late * float(candidates.gain_qha[i])
        rows.append((candidates.parcels[i].name, assets[e], part, late, gain))
    columns = ["parcel", "asset", "share", "delay_factor", "gain_qha"]
    return pd.DataFrame(sorted(rows), columns=columns)


def service_table(
    need: ServiceNeed | None, likely: np.ndarray, net: np.ndarray, credited: np.ndarray
) -> pd.DataFrame:
    """One row per service and serviceshed.

    `likely` (columns,) gain of the chosen parcels, `credited` the same with the confidence of the
    plan, by which `met` is told; `net` (columns, draws) gain minus loss.
    """
    names = ["service", "title_es", "title_en", "unit", "serviceshed", "shed_title_es"]
    names += ["shed_title_en", "people", "community", "loss", "needed", "gain", "net", "net_low"]
    names += ["net_high", "net_per_person", "met", "probability"]
    rows = []
    for c, (service, shed) in enumerate(() if need is None else columns_of(need.loss)):
        assert need is not None
        gap = likely[c] - need.lost[c]
        slack = TOLERANCE * max(1.0, float(need.lost[c]))
        low, high = np.quantile(net[c], [0.05, 0.95]) if net.shape[1] else (np.nan, np.nan)
        holds = float((net[c] >= -slack).mean()) if net.shape[1] else np.nan
        per_person = gap / shed.people if shed.people > 0 else np.nan
        counts = credited[c] if need.held[c] else likely[c]
        met = bool(counts >= max(need.needed[c], need.lost[c]) - slack)
        told = (service.name, service.title.es, service.title.en, service.unit, shed.name)
        people = (shed.title.es, shed.title.en, shed.people, shed.community)
        amounts = (need.lost[c], need.needed[c], likely[c], gap, low, high)
        rows.append((*told, *people, *amounts, per_person, met, holds))
    return pd.DataFrame(rows, columns=names)


def conflict_table(
    demands: Sequence[Demand],
    *,
    losses: tuple[Ecosystem, ...],
    needed: np.ndarray,
    services: ServiceNeed | None,
    budget_usd: float,
    locked: Sequence[Text],
    periods: Periods,
) -> pd.DataFrame:
    """The smallest set of needs and limits that cannot hold together; empty where all can.

    Columns kind, name, title_es, title_en, amount, unit.
    """
    held = np.zeros(0, dtype=np.int64) if services is None else np.flatnonzero(services.held)
    rows = []
    for demand in demands:
        name, title, amount, unit = "", Text("", ""), np.nan, ""
        if demand.kind == "need":
            kind = losses[int(demand.name)]
            name, title, unit = kind.name, kind.title, "quality_hectare"
            amount = float(needed[int(demand.name)])
        elif demand.kind in ("service", "community") and services is not None:
            c = held[int(demand.name)]
            service, shed = columns_of(services.loss)[c]
            name, unit = f"{service.name}.{shed.name}", service.unit
            title = Text(
                es=f"{service.title.es} ({shed.title.es})",
                en=f"{service.title.en} ({shed.title.en})",
            )
            amount = float(services.needed[c])
        elif demand.kind == "budget":
            amount, unit = budget_usd, "usd"
        elif demand.kind == "period":
            year = f"{periods.years[int(demand.name)]:g}"
            name, title = year, Text.of(year)
            amount, unit = periods.budgets_usd[int(demand.name)], "usd"
        elif demand.kind == "locked":
            title = locked[int(demand.name)]
        said = [text(f"offset.demand-{demand.kind}", k, title=title) for k in LANGUAGES]
        rows.append((demand.kind, name, *said, amount, unit))
    columns = ["kind", "name", "title_es", "title_en", "amount", "unit"]
    return pd.DataFrame(rows, columns=columns)


def probability_table(
    kept: dict[str, np.ndarray], *, seen: int, wanted: float | None, optimized: float
) -> pd.DataFrame:
    """How often there is no net loss, of what and in which draws.

    Parameters
    ----------
    kept : mapping
        (draws,) bool by what is looked at: ecosystems, services, all.
    seen : int
        Draws, the first ones, whose losses the search saw; 0 without a wanted probability.
    optimized : float
        Share of its own states that the search held; NaN without.
    """
    rows = []
    for name, hits in kept.items():
        rows.append((name, "all", hits.size, *interval(hits), np.nan))
        if wanted is not None and name == "all":
            rows.append((name, "optimized", seen, optimized, np.nan, np.nan, wanted))
            rows.append((name, "held-out", hits.size - seen, *interval(hits[seen:]), wanted))
    columns = ["of", "sample", "draws", "probability", "low", "high", "wanted"]
    return pd.DataFrame(rows, columns=columns)


def with_reasons(
    table: pd.DataFrame,
    reasons: Sequence[Text],
    options: Options,
    replacement_usd: np.ndarray,
    periods: Periods,
    chosen: np.ndarray,
) -> pd.DataFrame:
    """The table of parcels with why_es, why_en, replacement_cost_usd and start_year."""
    cost = np.full(len(table), np.nan)
    cost[options.parcel[chosen]] = replacement_usd[chosen]
    year = np.full(len(table), np.nan)
    if periods.years:
        year[options.parcel[chosen]] = np.array(periods.years)[options.period[chosen]]
    return table.assign(
        why_es=[r.es for r in reasons],
        why_en=[r.en for r in reasons],
        replacement_cost_usd=cost,
        start_year=year,
    )
