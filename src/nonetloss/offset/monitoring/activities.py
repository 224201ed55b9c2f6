"""What monitoring is to be done, where, when and at what cost: the schedule and its budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders
from nonetloss.core.language import Text
from nonetloss.numerics.discounting import discount_factors
from nonetloss.offset.monitoring.declared import read_costs, read_entries, require_fields
from nonetloss.offset.monitoring.planned import Site

COLUMNS = (
    "site", "year", "activity", "title_es", "title_en", "indicator_es", "indicator_en", "cost_usd",
)  # fmt: skip

_FIELDS = {
    "title", "indicator", "years", "first", "every", "until", "cost_usd", "cost_usd_per_ha",
    "sites", "observes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Activity:
    """One kind of visit.

    `years` count from the start of the action at each site. A visit costs `cost_usd` plus
    `cost_usd_per_ha` for each hectare; NaN: not known. `sites` empty: all. `observes`: the visit
    gives an observation of the ecological value, which is then due.
    """

    name: str
    title: Text
    indicator: Text
    years: tuple[int, ...]
    cost_usd: float = float("nan")
    cost_usd_per_ha: float = 0.0
    sites: tuple[str, ...] = ()
    observes: bool = True


def default_activities(horizon_years: float) -> tuple[Activity, ...]:
    """A survey in each of the first five years, then every fifth up to the horizon, cost unknown.

    A practice, not a rule: the frequency that Peruvian guides ask for is not confirmed.
    """
    last = round(horizon_years)
    years = sorted({*range(1, min(5, last) + 1), *range(10, last + 1, 5), last})
    return (
        Activity(
            "value-survey",
            Text(es="Levantamiento del valor ecológico", en="Survey of the ecological value"),
            Text(
                es="Valor ecológico y superficie lograda, en el sitio y en un control",
                en="Ecological value and area reached, at the site and at a control",
            ),
            tuple(y for y in years if y > 0),
        ),
    )


def read_activities(
    given: Mapping[str, Any], *, layers: Sequence[str] = (), ecosystems: Sequence[str] = ()
) -> tuple[Activity, ...]:
    """Activities as a study writes them.

    `{name: {title, indicator, years: [1, 2, 5] or first, every, until, cost_usd: "800 usd",
    cost_usd_per_ha: "2 usd/ha", sites: [...], observes: true}}`.

    Raises
    ------
    InputError
        `monitoring.activity`, with all that is wrong in all of them.
    """
    return read_entries(given, _activity, code="monitoring.activity")


def _activity(name: str, said: Any) -> Activity:
    require_fields(name, said, _FIELDS, code="monitoring.activity")
    costs = read_costs(said, name=f"activities.{name}")
    years = said.get("years")
    if years is None:
        years = range(int(said["first"]), int(said["until"]) + 1, int(said.get("every", 1)))
    listed = tuple(int(y) for y in years)
    rising = all(a < b for a, b in pairwise(listed))
    if not listed or listed[0] < 0 or not rising or any(v < 0 for v in costs.values()):
        raise InputError.because("monitoring.activity", name, value=[list(listed), costs])
    return Activity(
        name,
        Text.of(said.get("title", name)),
        Text.of(said["indicator"]),
        listed,
        sites=tuple(said.get("sites", ())),
        observes=bool(said.get("observes", True)),
        **costs,
    )


def due_years(sites: Sequence[Site], activities: Sequence[Activity]) -> dict[str, tuple[int, ...]]:
    """Years since the impact in which an observation of each site is due."""
    return {
        s.name: tuple(sorted({y for a in activities if a.observes for y in _visits(a, s)}))
        for s in sites
    }


def schedule(
    sites: Sequence[Site], *, activities: Sequence[Activity], first_year: int = 0
) -> pd.DataFrame:
    """Every visit: `COLUMNS`, sorted by year, site and activity.

    Raises
    ------
    InputError
        `monitoring.activity-site` if an activity names a site that is not followed up.
    """
    known = {s.name for s in sites}
    strange = sorted({n for a in activities for n in a.sites} - known)
    if strange:
        raise InputError.because(
            "monitoring.activity-site", offenders(strange), known=offenders(sorted(known), 20)
        )
    rows = [
        {
            "site": site.name,
            "year": year + first_year,
            "activity": activity.name,
            "title_es": activity.title.es,
            "title_en": activity.title.en,
            "indicator_es": activity.indicator.es,
            "indicator_en": activity.indicator.en,
            "cost_usd": activity.cost_usd + activity.cost_usd_per_ha * site.parcel.area_ha,
        }
        for activity in activities
        for site in sites
        for year in _visits(activity, site)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"year": int, "cost_usd": float})
    return table.sort_values(["year", "site", "activity"], kind="stable").reset_index(drop=True)


def _visits(activity: Activity, site: Site) -> tuple[int, ...]:
    if activity.sites and site.name not in activity.sites:
        return ()
    return tuple(round(site.start) + y for y in activity.years)


def budget(
    visits: pd.DataFrame, *, first_year: int = 0, rate: float = 0.0, timing: str = "end"
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """What monitoring costs by year: year, visits, cost_usd, discounted_usd (on year 0).

    A year with a visit of unknown cost has the cost NaN: an unknown is not a zero.
    """
    by_year = visits.groupby("year", sort=True)["cost_usd"]
    table = pd.DataFrame(
        {
            "year": list(by_year.groups),
            "visits": by_year.size().to_numpy(),
            "cost_usd": [float(np.sum(v.to_numpy())) for _, v in by_year],
        }
    ).astype({"year": int, "cost_usd": float})
    count = table["year"].to_numpy(float) - first_year
    factor = discount_factors(count, rate=rate, timing=timing)
    table["discounted_usd"] = table["cost_usd"] * factor
    unknown = int(visits["cost_usd"].isna().sum())
    found = [notice("monitoring.cost-unknown", "schedule", count=unknown)] if unknown else []
    return table, tuple(found)
