"""Planned against observed, per site and year, held against the performance standard.

Mathematical formulation
    With planned gain p, standard s (share of the planned gain of that year), observed o within
    [l, h]::

        bar    = p - (1 - s) |p|          (s p where the plan gains)
        status = ok       o >= bar
                 warning  o < bar <= h    (the observation does not exclude the standard)
                 missed   h < bar
        ratio  = o / p                    (unknown where p is zero)

In words
    A site that is seen to reach the standard is well; one whose range of observation still holds
    the standard is warned; one that even at its best falls short has missed it. A year in which an
    observation was due and none came is `unobserved`: that is a state, not a zero.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.offset.monitoring.planned import Site

OK, WARNING, MISSED, UNOBSERVED = "ok", "warning", "missed", "unobserved"

COLUMNS = (
    "site", "title_es", "title_en", "year", "planned", "observed", "observed_low",
    "observed_high", "ratio", "standard", "status", "area_ha", "value", "control", "source",
    "observer",
)  # fmt: skip
UNITS = dict.fromkeys(("planned", "observed", "observed_low", "observed_high"), "quality_hectare")


def read_standards(
    given: Mapping[Any, Any], *, layers: Sequence[str] = (), ecosystems: Sequence[str] = ()
) -> dict[int, float]:
    """Standards by year, as a study writes them: `{3: 0.5, 5: 0.8}`, sorted by year.

    Raises
    ------
    InputError
        `monitoring.standard` if a year is not whole or a share lies outside [0, 1].
    """
    read = {}
    for year, share in given.items():
        number = isinstance(share, int | float) and not isinstance(share, bool)
        if not str(year).isdecimal() or not number or not 0 <= share <= 1:
            raise InputError.because("monitoring.standard", str(year), value=share)
        read[int(year)] = float(share)
    return dict(sorted(read.items()))


@dataclass(frozen=True, slots=True)
class Standards:
    """The share of the planned gain that counts as performed, in general and from some years on."""

    general: float = 0.9
    by_year: Mapping[int, float] = field(default_factory=dict)

    def of(self, year: int) -> float:
        """The share that holds in a year: that of the last year named up to then."""
        before = [y for y in self.by_year if y <= year]
        return self.by_year[max(before)] if before else self.general


def bar(planned: float, share: float) -> float:
    """What an observed gain must reach."""
    return planned - (1.0 - share) * abs(planned)


def progress(
    observed: pd.DataFrame,
    *,
    sites: Sequence[Site],
    due: Mapping[str, Sequence[int]],
    as_of: int,
    first_year: int = 0,
    standards: Standards | None = None,
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """One row per site and year observed, or due and not observed, sorted by both.

    Parameters
    ----------
    observed : DataFrame
        From `read_observations`.
    due : mapping of site to years since the impact in which an observation is due
    as_of : int
        Last year that counts, as years since the impact.
    standards : Standards or None
        Years as the study counts them. None: nine tenths in all.

    Returns
    -------
    DataFrame
        `COLUMNS`; planned, observed and its ends in quality-hectares of gain.
    """
    rules = Standards() if standards is None else standards
    seen = {(r["site"], int(r["count"])): r for r in observed.to_dict("records")}
    rows = []
    for site in sites:
        years = {c for name, c in seen if name == site.name}
        years |= {int(c) for c in due.get(site.name, ()) if c <= as_of}
        for count in sorted(years):
            year = count + first_year
            rows.append(_row(site, count, year, rules.of(year), seen.get((site.name, count))))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.attrs["units"] = UNITS
    return table, tuple(_findings(table, str(as_of + first_year)))


def _row(
    site: Site, count: int, year: int, share: float, seen: Mapping[Any, Any] | None
) -> dict[str, Any]:
    planned = site.gain_qha(count)
    row = {
        "site": site.name,
        "title_es": site.parcel.title.es,
        "title_en": site.parcel.title.en,
        "year": year,
        "planned": planned,
        "standard": share,
    }
    if seen is None:
        numbers = ("observed", "observed_low", "observed_high", "ratio", "area_ha", "value")
        blank = dict.fromkeys((*numbers, "control"), np.nan)
        return row | blank | {"status": UNOBSERVED, "source": "", "observer": ""}
    goal = bar(planned, share)
    # A millionth of the planned gain is rounding, not a shortfall.
    slack = 1e-6 * abs(planned)
    status = OK if seen["observed"] >= goal - slack else MISSED
    if status == MISSED and seen["observed_high"] >= goal - slack:
        status = WARNING
    taken = ("observed", "observed_low", "observed_high", "area_ha", "value", "control")
    ratio = seen["observed"] / planned if planned else np.nan
    return (
        row
        | {k: float(seen[k]) for k in taken}
        | {"ratio": ratio, "status": status}
        | {k: str(seen[k]) for k in ("source", "observer")}
    )


def latest(table: pd.DataFrame) -> dict[str, dict[Hashable, Any]]:
    """The last observed row of each site, by site; sites that nobody observed are left out."""
    seen = table[table["status"] != UNOBSERVED].sort_values("year", kind="stable")
    return {str(row["site"]): row for row in seen.to_dict("records")}


def _findings(table: pd.DataFrame, as_of: str) -> list[Finding]:
    found = []
    last = latest(table)
    for status in (MISSED, WARNING):
        told = [f"{s} {_reached(r)}" for s, r in last.items() if r["status"] == status]
        if told:
            found.append(
                warning(f"monitoring.{status}", offenders(told), count=len(told), as_of=as_of)
            )
    below = [f"{s} {r['observed']:.2f}" for s, r in last.items() if r["observed"] < 0]
    if below:
        found.append(warning("monitoring.below-counterfactual", offenders(below), as_of=as_of))
    absent = table[table["status"] == UNOBSERVED]
    if len(absent):
        rows = zip(absent["site"], absent["year"], strict=True)
        listed = offenders(f"{site} {year}" for site, year in rows)
        found.append(warning("monitoring.unobserved", listed, count=len(absent), as_of=as_of))
    return found


def _reached(row: Mapping[Hashable, Any]) -> str:
    """Share of the planned gain; both in quality-hectares where there is no such share."""
    if row["planned"] > 0:
        return f"{100 * row['ratio']:.0f} %"
    return f"{row['observed']:.2f} / {row['planned']:.2f}"
