"""What would be lost without the project, year by year, in the project and in the leakage belt."""

from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.language import Language
from nonetloss.study.report.forest import drawing, legends
from nonetloss.study.report.forest.drawing import Band
from nonetloss.study.report.forest.model import ForestStudy, Taken
from nonetloss.study.report.forest.parts import each, figure, present
from nonetloss.study.report.forest.risk import PROJECT
from nonetloss.study.report.forest.rows import (
    THOUSAND,
    build,
    code,
    known,
    num,
    title,
    tonnes,
    whole,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Table
from nonetloss.study.report.words import MISSING, amount, word


def baseline(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each baseline."""
    return each(study, study.taken("forest.baseline"), _baseline, language)


def _baseline(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    table = step.table("by_year")
    if not len(table):
        return None
    drawn = []
    for unit, column in (("tco2e", "tco2e"), ("ha", "hectares")):
        found = bands_of(table, column, language, 1.0 if unit == "ha" else THOUSAND)
        if found:
            axis = word(f"forest.axis-baseline-{unit}", language)
            drawn.append(
                figure(
                    f"baseline-{unit}{suffix}",
                    language,
                    lambda width, found=found, axis=axis: drawing.bands(  # type: ignore[misc]  # defaults of a lambda
                        found, axis, language, width, years=word("forest.axis-year", language)
                    ),
                    title=word(f"forest.baseline-{unit}-title", language),
                    alt=word("forest.baseline-alt", language),
                    items=[legends.series(found)],
                    half=True,
                )
            )
    return Section(
        "forest-baseline",
        word("forest.baseline", language),
        word("forest.baseline-lead", language),
        drawn,
        present(
            _zones(step, language),
            _history(step, language),
            _factors(step, language),
            _years(table, language),
        ),
        [word("forest.baseline-ends", language), *_beside(study, step, language)],
    )


def bands_of(
    table: pd.DataFrame, column: str, language: Language, scale: float = 1.0
) -> list[Band]:
    """One series per zone over the years."""
    if not {"zone", "year", column} <= set(table.columns):
        return []
    found = []
    for zone, rows in table.groupby("zone", sort=False):
        ends = [
            (rows[f"{column}_{e}"] if f"{column}_{e}" in rows else rows[column] * np.nan)
            for e in ("low", "high")
        ]
        low, high = (e.to_numpy(dtype=float) / scale for e in ends)
        years = rows["year"].to_numpy(dtype=float)
        likely = rows[column].to_numpy(dtype=float) / scale
        found.append(Band(known("zone", zone, language), years, likely, low, high))
    return found


def _zones(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("zones_table"),
        (
            code("col-zone", "zone", "zone"),
            num("col-area-ha", "area_ha", digits=0),
            num("col-forest-ha", "forest_ha", digits=0),
            num("col-stock-tco2e", "stock_tco2e", digits=0),
            num("col-baseline-ha", "hectares", digits=0),
            num("col-baseline-tco2e", "tco2e", digits=0, low="tco2e_low", high="tco2e_high"),
        ),
        "forest-zones",
        word("forest.zones-caption", language),
        language,
        cards=True,
    )


def _history(step: Taken, language: Language) -> Table | None:
    """What each zone lost in the periods of the cover, beside the baseline."""
    return build(
        step.table("history"),
        (
            whole("col-from-year", "from_year"),
            whole("col-to-year", "to_year"),
            num("col-seen-ha-year", "ha_per_year", digits=1),
            num("col-baseline-ha-year", "baseline_ha_per_year", digits=1),
            num("col-times", "ratio", digits=1),
        ),
        "forest-baseline-history",
        word("forest.baseline-history-caption", language),
        language,
        group=lambda row: known("zone", row.get("zone"), language),
    )


def _beside(study: ForestStudy, step: Taken, language: Language) -> list[str]:
    """What the table of its history means, and what another model expects in the project."""
    told = [word("forest.baseline-history", language)] if len(step.table("history")) else []
    other = study.last("forest.alternative")
    raster = other.raster("validity-hectares") if other else None
    if other is None or raster is None or PROJECT not in _inside(step):
        return told
    ha, years = raster.by_zone.get(PROJECT, float("nan")), other.number("validity-years")
    if np.isfinite(ha + years):
        facts = {"ha": amount(ha, language, 0), "years": amount(years, language, 0)}
        name = other.title[language] or other.step
        told.append(word("forest.baseline-other", language, name=name, **facts))
    return told


def _inside(step: Taken) -> set[str]:
    """Zones of a baseline."""
    table = step.table("zones_table")
    return set(table["zone"].astype(str)) if "zone" in table else set()


def _recent(step: Taken, language: Language) -> list[str]:
    """The baseline of the project beside the latest period that it lived, for the card."""
    table = step.table("history")
    if not {"zone", "ha_per_year", "baseline_ha_per_year"} <= set(table.columns):
        return []
    mine = table[table["zone"] == PROJECT]
    if not len(mine):
        return []
    row = mine.iloc[-1]
    facts = {
        "baseline": amount(row["baseline_ha_per_year"], language, 1),
        "seen": amount(row["ha_per_year"], language, 1),
        "years": f"{row['from_year']:.0f}\u2013{row['to_year']:.0f}",
    }
    return [word("forest.card-history", language, **facts)]


def _factors(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("factors_table"),
        (
            title("col-stratum", "stratum"),
            num("col-before", "before_tco2e_ha", digits=1),
            num("col-after", "after_tco2e_ha", digits=1),
            num("col-other-pools", "other_tco2e_ha", digits=1),
            num(
                "col-factor",
                "factor_tco2e_ha",
                digits=1,
                low="low_tco2e_ha",
                high="high_tco2e_ha",
            ),
        ),
        "forest-factors",
        word("forest.factors-caption", language),
        language,
        cards=True,
    )


def _years(table: pd.DataFrame, language: Language) -> Table | None:
    return build(
        table,
        (
            whole("col-year", "year"),
            num("col-baseline-ha", "hectares", digits=1),
            num("col-baseline-tco2e", "tco2e", digits=0, low="tco2e_low", high="tco2e_high"),
        ),
        "forest-baseline-years",
        word("forest.baseline-years-caption", language),
        language,
        group=lambda row: known("zone", row.get("zone"), language),
    )


def headline(step: Taken, language: Language) -> tuple[float, list[str]]:
    """Emissions of the project area without the project, and the sentences of the card."""
    table = step.table("zones_table")
    if not {"zone", "tco2e"} <= set(table.columns):
        return np.nan, []
    rows = {str(r["zone"]): r for r in table.to_dict("records")}
    mine = rows.get("project") or next(iter(rows.values()))
    years = step.table("by_year")["year"] if len(step.table("by_year")) else pd.Series([np.nan])
    told = [
        word(
            "forest.card-baseline",
            language,
            ha=amount(mine.get("hectares"), language, 0),
            first=f"{years.min():.0f}",
            last=f"{years.max():.0f}",
        )
    ]
    told += _recent(step, language)
    told += between(mine.get("tco2e_low"), mine.get("tco2e_high"), language)
    if "belt" in rows:
        told.append(
            word(
                "forest.card-belt",
                language,
                tco2e=tonnes(rows["belt"]["tco2e"], language),
            )
        )
    return mine["tco2e"], told


def between(low: Any, high: Any, language: Language) -> list[str]:
    """The interval of a figure in tonnes, where it is known."""
    ends = [tonnes(v, language) for v in (low, high)]
    if MISSING in ends:
        return []
    return [word("forest.card-between", language, low=ends[0], high=ends[1])]
