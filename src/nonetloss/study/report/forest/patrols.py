"""What the patrols covered, what they met, and where forest went: side by side."""

from collections.abc import Callable

import numpy as np

from nonetloss.core.language import Language
from nonetloss.study.report.forest import drawing, legends, maps
from nonetloss.study.report.forest.drawing import Pair
from nonetloss.study.report.forest.model import ForestStudy, Taken
from nonetloss.study.report.forest.parts import (
    each,
    figure,
    map_schematic,
    map_source,
    placing,
    present,
)
from nonetloss.study.report.forest.rows import (
    Field,
    Row,
    as_plain,
    build,
    code,
    known,
    num,
    share,
    title,
    whole,
)
from nonetloss.study.report.section import Figure, Section
from nonetloss.study.report.table import Table
from nonetloss.study.report.words import amount, percent, word


def patrols(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each step on patrols."""
    return each(study, study.taken("monitoring.patrols"), _patrols, language)


def _patrols(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    made = present(
        _effort(step, language),
        _encounters(step, language),
        _coverage(step, language),
        _by_risk(step, language),
        _years(step, language),
    )
    drawn = [f for f in (_map(study, step, language, suffix),) if f is not None]
    pairs = _pairs(step, language)
    if pairs:
        drawn.append(
            figure(
                f"patrols-risk{suffix}",
                language,
                lambda width: drawing.paired(
                    pairs, word("forest.axis-shares", language), language, width
                ),
                title=word("forest.patrols-risk-title", language),
                alt=word("forest.patrols-risk-alt", language),
                items=[legends.risk_and_effort(language)],
                half=True,
            )
        )
    if not made and not drawn:
        return None
    return Section(
        "forest-patrols",
        word("forest.patrols", language),
        word("forest.patrols-lead", language),
        drawn,
        made,
        [word(f"forest.patrols-{n}", language) for n in ("meaning", "people")],
    )


def _map(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Figure | None:
    cells = step.feature("cells")
    if cells is None or "effort_km" not in cells:
        return None
    values = cells["effort_km"].to_numpy(dtype=float)
    found = maps.shades(values, language, unit="km")
    colors = []
    for v in values:
        hit = next((s.color for s in found if s.low <= v < s.high and v > 0), "")
        colors.append(hit or (maps.NOTHING if v == 0 else ""))
    layers = placing(study)
    return figure(
        f"patrols-map{suffix}",
        language,
        lambda width: maps.cells_map(
            study.run, cells, colors, study.zones, layers, language, width
        ),
        title=word("forest.patrols-map-title", language),
        alt=word("forest.patrols-map-alt", language),
        items=[
            legends.classes(found, language, zero=word("forest.legend-no-patrol", language)),
            [*legends.outlines(study.zones, language), *legends.layers(layers, language)],
        ],
        source=map_source(study, layers, None, language),
        schematic=map_schematic(study.run, layers),
        half=True,
    )


def _effort(step: Taken, language: Language) -> Table | None:
    """Years of everybody, then stations and kinds of patrol over all years."""
    table = step.table("effort")
    if not {"period", "by", "group"} <= set(table.columns):
        return None
    table = table[(table["by"] == "all") | (table["period"].astype(str) == "all")]
    rank = {"all": 0, "station": 1, "type": 2}
    table = table.assign(rank_=table["by"].map(rank), last_=table["period"].astype(str) == "all")
    return build(
        table.sort_values(["rank_", "last_", "period"], kind="stable"),
        (
            Field("col-effort-of", _effort_of, ("group",)),
            whole("col-patrols", "patrols"),
            whole("col-patrol-days", "patrol_days"),
            num("col-km", "km", digits=0),
            num("col-hours", "hours", digits=0),
            num("col-swath-merged", "swath_km2_merged", digits=1),
            num("col-swath-unmerged", "swath_km2_unmerged", digits=1),
        ),
        "forest-effort",
        word("forest.effort-caption", language),
        language,
        group=lambda row: known("by", row.get("by"), language),
        marked=lambda row: row["by"] == "all" and str(row["period"]) == "all",
    )


def _effort_of(row: Row, language: Language) -> str:
    """The year of a row, or its station or kind."""
    if row.get("by") == "all":
        return known("patrol-period", row.get("period"), language)
    return known("patrol-type", row.get("group"), language)


def _encounters(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("encounters"),
        (
            title("col-category", "category", "encounter"),
            whole("col-n", "n"),
            whole("col-rated", "rated"),
            num("col-per-hour", "per_hour", digits=3),
            num("col-per-day", "per_day", digits=2),
            num("col-per-km", "per_km", digits=3),
            num("col-per-patrol", "per_patrol", digits=2),
        ),
        "forest-encounters",
        word("forest.encounters-caption", language),
        language,
    )


def _coverage(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("coverage"),
        (
            title("col-covered", "measure", "covered"),
            Field("col-amount", _amount("total"), ("total",)),
            Field("col-within-reach", _amount("covered"), ("covered",)),
            share("col-covered-share", "share", digits=1),
        ),
        "forest-coverage",
        word("forest.coverage-caption", language),
        language,
        group=lambda row: known("window", row.get("window"), language),
    )


def _amount(name: str) -> Callable[[Row, Language], str]:
    """A number with the unit of its row."""

    def cell(row: Row, language: Language) -> str:
        unit = known("unit", row.get("unit"), language)
        return f"{amount(row.get(name), language, 0)}\u00a0{unit}"

    return cell


def _by_risk(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("by_risk"),
        (
            Field("col-risk-fifth", _fifth, ("class",)),
            whole("col-cells", "cells"),
            num("col-area-ha", "area_ha", digits=0),
            num("col-risk-ha", "risk_ha", digits=1),
            share("col-risk-share", "risk_share", digits=0),
            num("col-km", "effort_km", digits=0),
            share("col-effort-share", "effort_share", digits=0),
            whole("col-unvisited", "unvisited"),
            share("col-loss-share", "loss_share", digits=0),
        ),
        "forest-by-risk",
        word("forest.by-risk-caption", language),
        language,
    )


def _fifth(row: Row, language: Language) -> str:
    return word(f"forest.fifth-{int(row['class'])}", language)


def _years(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("by_year"),
        (
            whole("col-year", "year"),
            whole("col-patrols", "patrols"),
            whole("col-patrol-days", "patrol_days"),
            num("col-km", "km", digits=0),
            whole("col-encounters", "encounters"),
            whole("col-loss-reports", "loss_reports"),
            share("col-area-covered", "area_covered_share", digits=0),
            share("col-risk-covered", "risk_covered_share", digits=0),
            num("col-loss-ha", "loss_ha", digits=1),
            code("col-loss-basis", "loss_basis", "loss-basis"),
        ),
        "forest-patrol-years",
        word("forest.patrol-years-caption", language),
        language,
    )


def _pairs(step: Taken, language: Language) -> list[Pair]:
    """Risk and effort by fifths of the land: whether patrols go where the risk is."""
    table = step.table("by_risk")
    if not {"class", "risk_share", "effort_share"} <= set(table.columns):
        return []
    return [
        Pair(
            _fifth(row, language), 100 * float(row["risk_share"]), 100 * float(row["effort_share"])
        )
        for row in table.to_dict("records")
    ]


def headline(step: Taken, language: Language) -> tuple[str, str, list[str]]:
    """Share of the effort that goes to the fifth of the land most at risk, the name of the figure,
    and what lies near a patrol; without a map of risk, the share of the stock that does.
    """
    enforced = step.number("enforced_share")
    near = near_patrols(step, language)
    table = step.table("by_risk")
    if {"class", "risk_share", "effort_share"} <= set(table.columns):
        first = table[table["class"] == 1]
        if len(first) and np.isfinite(first[["risk_share", "effort_share"]].to_numpy()).all():
            effort, risk = (float(first[c].iloc[0]) for c in ("effort_share", "risk_share"))
            shares = {
                "risk": percent(risk, language, 1),
                "effort": percent(effort, language),
            }
            told = [word("forest.card-patrols-fifth", language, **shares)]
            unit = word("forest.ask-unit-patrols-fifth", language)
            return percent(effort, language), unit, told + near
    return percent(enforced, language), word("forest.ask-unit-patrols", language), near


def _distance(step: Taken, language: Language) -> str:
    """`less than 3 km`, or just `near` where the run does not tell the reach."""
    reach = step.parameters.get("reach_m")
    if not isinstance(reach, int | float):
        return word("forest.near-patrol", language)
    km = as_plain(reach / 1000, language)
    return word("forest.near-patrol-km", language, km=km)


def near_patrols(step: Taken, language: Language) -> list[str]:
    """What lies near a track in recent years, which is not to say that it is watched."""
    near = _distance(step, language)
    enforced = step.number("enforced_share")
    basis = str(step.fact("enforced_basis") or "")
    told = []
    if basis and np.isfinite(enforced):
        years = step.number("recent_years")
        key = "card-patrols-year" if years == 1 else "card-patrols-share"
        facts = {} if years == 1 else {"years": amount(years, language, 0)}
        told.append(
            word(
                f"forest.{key}",
                language,
                share=percent(enforced, language),
                near=near,
                name=known("covered-of", basis, language),
                **facts,
            )
        )
    table = step.table("coverage")
    if {"measure", "window", "share"} <= set(table.columns):
        mine = table[(table["measure"] == "risk") & (table["window"] == "recent")]
        if len(mine):
            told.append(
                word(
                    "forest.card-patrols-risk",
                    language,
                    share=percent(float(mine["share"].iloc[0]), language),
                )
            )
    last = str(step.fact("last_loss_report") or "")
    if last:
        told.append(word("forest.card-patrols-report", language, date=last))
    return told
