"""How much forest there was and how much went: areas, maps of several dates, edges."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from nonetloss.core.language import Language
from nonetloss.study import map_classes
from nonetloss.study.report.figure import BLUE, MUTED, ORANGE, VERMILION
from nonetloss.study.report.forest import drawing, legends, maps
from nonetloss.study.report.forest.drawing import Bar
from nonetloss.study.report.forest.model import ForestStudy, RasterView, Taken
from nonetloss.study.report.forest.parts import (
    each,
    figure,
    map_schematic,
    map_source,
    placing,
    present,
)
from nonetloss.study.report.forest.rows import (
    build,
    code,
    ends,
    known,
    num,
    reach,
    said,
    share,
    text,
    title,
    titled,
    verdict,
    whole,
)
from nonetloss.study.report.legend import Item
from nonetloss.study.report.section import Figure, Section
from nonetloss.study.report.table import Column, Table
from nonetloss.study.report.words import amount, percent, word

THOUSAND = 1_000.0


def accuracy(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each estimate of areas from a sample."""
    return each(study, study.taken("forest.area"), _accuracy, language)


def _accuracy(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    table = step.table("areas")
    if not len(table):
        return None
    bars = _areas(table, language)
    drawn = [
        figure(
            f"areas{suffix}",
            language,
            lambda width: drawing.bars(bars, word("forest.axis-area", language), language, width),
            title=word("forest.areas-title", language),
            alt=word("forest.areas-alt", language),
        )
    ]
    return Section(
        "forest-areas",
        word("forest.areas", language),
        word("forest.areas-lead", language),
        drawn,
        present(
            _classes(step, table, language), _matrix(step, language), _practice(step, language)
        ),
        [*_overall(step, language), word("forest.areas-note", language)],
    )


def _areas(table: pd.DataFrame, language: Language) -> list[Bar]:
    """What the map says, then what the sample says of it."""
    found = []
    for row in table.to_dict("records"):
        name = titled(row, "class", language, "class")
        told = word("forest.mapped", language, name=name)
        found.append(Bar(told, float(row["mapped_ha"]), color="#9aa2a9"))
        told = word("forest.estimated", language, name=name)
        found.append(Bar(told, float(row["area_ha"]), *ends(row, "low_ha", "high_ha"), BLUE))
    return found


def _classes(step: Taken, table: pd.DataFrame, language: Language) -> Table | None:
    """Area on the map and by the sample, with the accuracies of the map beside them."""
    found = step.table("accuracy")
    for measure in ("user", "producer"):
        if {"measure", "class", "likely"} <= set(found.columns):
            mine = found[found["measure"] == measure].set_index("class")
            for column, end in (("likely", ""), ("low", "_low"), ("high", "_high")):
                values = table["class"].map(mine[column])
                table = table.assign(**{f"{measure}{end}": values})
    return build(
        table,
        (
            title("col-class-named", "class", "class"),
            num("col-mapped-ha", "mapped_ha", digits=0),
            num("col-estimated-ha", "area_ha", digits=0, low="low_ha", high="high_ha"),
            num("col-se-ha", "standard_error_ha", digits=0),
            share("col-users", "user", low="user_low", high="user_high"),
            share("col-producers", "producer", low="producer_low", high="producer_high"),
        ),
        "forest-accuracy",
        word("forest.accuracy-caption", language),
        language,
        cards=True,
    )


def _overall(step: Taken, language: Language) -> list[str]:
    """How much of the area the map has right."""
    table = step.table("accuracy")
    rows = table[table["measure"] == "overall"] if "measure" in table else table
    return [
        word(
            "forest.overall",
            language,
            share=percent(r["likely"], language, 1),
            low=percent(r["low"], language, 1),
            high=percent(r["high"], language, 1),
            confidence=percent(step.number("confidence"), language),
        )
        for r in rows.to_dict("records")
    ]


def _matrix(step: Taken, language: Language) -> Table | None:
    """Units by class of the map (rows) and of the reference (columns)."""
    table = step.table("matrix")
    if not {"map_class", "reference_class", "units"} <= set(table.columns):
        return None
    areas = step.table("areas").to_dict("records")
    names = {str(r["class"]): titled(r, "class", language, "class") for r in areas}
    classes = list(dict.fromkeys(table["map_class"].astype(str)))
    units = table.set_index(["map_class", "reference_class"])["units"]
    heads = (
        Column(word("forest.col-map-class", language)),
        *(Column(f"{names.get(c, c)} (n)", numeric=True) for c in classes),
    )
    rows = [
        (names.get(i, i), *(amount(units.get((i, j)), language, 0) for j in classes))
        for i in classes
    ]
    return Table("forest-matrix", word("forest.matrix-caption", language), heads, rows)


def _practice(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("good_practice"),
        (
            title("col-recommendation", "recommendation"),
            verdict("col-met", "met"),
            text("col-evidence", "evidence"),
        ),
        "forest-practice",
        word("forest.practice-caption", language),
        language,
        cards=True,
    )


def change(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each step that compared maps of several dates; else what the cover tells."""
    steps = study.taken("forest.change") or study.taken("forest.cover")
    return each(study, steps, _change, language)


def _change(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    table = step.table("transitions", "periods")
    maps_ = (make(study, step, language, suffix) for make in (_change_map, _pattern_map))
    drawn = [f for f in maps_ if f is not None]
    bars = _rates(table, language)
    if bars:
        drawn.append(
            figure(
                f"change{suffix}",
                language,
                lambda width: drawing.bars(
                    bars, word("forest.axis-ha-year", language), language, width
                ),
                title=word("forest.change-rates-title", language),
                alt=word("forest.change-rates-alt", language),
                half=True,
            )
        )
    made = present(
        _transitions(table, language),
        _dates(step, language),
        _zones(step, language),
        _fragments(step, language),
        _distances(step, language),
    )
    if not drawn and not made:
        return None
    return Section(
        "forest-change",
        word("forest.change", language),
        word("forest.change-lead", language),
        drawn,
        made,
        [word("forest.change-note", language)],
    )


def _rates(table: pd.DataFrame, language: Language) -> list[Bar]:
    if "ha_per_year" not in table:
        return []
    colors = (ORANGE, VERMILION, MUTED, BLUE)
    return [
        Bar(period_name(row, language), float(row["ha_per_year"]), color=colors[i % 4])
        for i, row in enumerate(table.to_dict("records"))
    ]


def period_name(row: Mapping[Any, Any], language: Language) -> str:
    """`2000-2010 (calibration)`, or what of that is known."""
    span = [row.get(a, row.get(b)) for a, b in (("from_year", "from"), ("to_year", "to"))]
    years = "" if None in span else "\u2013".join(_year(v) for v in span)
    name = known("period", row.get("period"), language) if row.get("period") else ""
    if years and name and name != years:
        return f"{years} ({name.lower()})"
    return years or name or said(row, "period", language)


def _year(found: Any) -> str:
    return f"{found:.0f}" if isinstance(found, int | float) else str(found)


def _transitions(table: pd.DataFrame, language: Language) -> Table | None:
    if not len(table):
        return None
    names = {
        f"span_{lang}": [period_name(r, lang) for r in table.to_dict("records")]
        for lang in ("es", "en")
    }
    return build(
        table.assign(**names),
        (
            text("col-period", "span"),
            num("col-forest-start", "forest_start_ha", digits=0),
            num("col-forest-end", "forest_end_ha", digits=0),
            num("col-lost-ha", "lost_ha", digits=0),
            num("col-gained-ha", "gained_ha", digits=0),
            num("col-ha-year", "ha_per_year", digits=1),
            num("col-percent-year", "percent_per_year", digits=3),
        ),
        "forest-transitions",
        word("forest.transitions-caption", language),
        language,
    )


def _dates(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("dates"),
        (whole("col-year", "year"), num("col-forest-ha", "forest_ha", digits=0)),
        "forest-dates",
        word("forest.dates-caption", language),
        language,
    )


def _zones(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("by_zone"),
        (
            code("col-zone", "zone", "zone"),
            code("col-period", "period", "period"),
            num("col-forest-start", "forest_start_ha", digits=0),
            num("col-lost-ha", "lost_ha", digits=0),
            num("col-ha-year", "ha_per_year", digits=1),
            num("col-percent-year", "percent_per_year", digits=3),
        ),
        "forest-change-zones",
        word("forest.change-zones-caption", language),
        language,
    )


def _fragments(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("fragmentation"),
        (
            whole("col-year", "year"),
            num("col-forest-ha", "forest_ha", digits=0),
            num("col-core-ha", "core_ha", digits=0),
            num("col-edge-ha", "edge_ha", digits=0),
            num("col-perforation-ha", "perforation_ha", digits=0),
            num("col-patch-ha", "patch_ha", digits=0),
            whole("col-patches", "pieces"),
            num("col-largest-ha", "largest_ha", digits=0),
            num("col-mesh-ha", "mesh_ha", digits=0),
            num("col-edge-km", "edge_km", digits=0),
            num("col-edge-density", "edge_m_per_ha", digits=1),
        ),
        "forest-fragments",
        word("forest.fragments-caption", language),
        language,
    )


def _distances(step: Taken, language: Language) -> Table | None:
    """How far from clearings the forest lies, at the last date."""
    table = step.table("edge_distance")
    if "year" not in table:
        return None
    last = table["year"].max()
    return build(
        table[table["year"] == last],
        (
            num("col-from-m", "from_m", digits=0),
            reach("col-to-m", "to_m"),
            num("col-forest-ha", "forest_ha", digits=0),
            share("col-share", "share"),
            share("col-cumulative", "cumulative_share"),
        ),
        "forest-edge-distance",
        word("forest.edge-distance-caption", language, year=f"{last:.0f}"),
        language,
    )


@dataclass(frozen=True, slots=True)
class Codes:
    """A raster of codes with the color and the name of each code that is drawn."""

    raster: RasterView
    colors: dict[int, str]
    names: dict[int, str]


def _change_codes(step: Taken, language: Language) -> Codes | None:
    """The map of change, else the codes of the forest cover benchmark map."""
    raster, classes = step.raster("change"), step.table("class_areas")
    if raster is not None and "code" in classes:
        rows = [r for r in classes.to_dict("records") if r["units"] > 0]
        colors = {int(r["code"]): map_classes.change_color(int(r["code"])) for r in rows}
        return Codes(raster, colors, {int(r["code"]): titled(r, "class", language) for r in rows})
    raster = step.raster("codes")
    if raster is None:
        return None
    first, second = _spans(step)
    return Codes(
        raster,
        map_classes.COVER,
        {
            5: word("forest.legend-remaining", language),
            6: word("forest.legend-lost", language, years=first),
            8: word("forest.legend-lost", language, years=second),
            1: word("forest.legend-non-forest", language),
        },
    )


def _spans(step: Taken) -> tuple[str, str]:
    """The two periods of a forest cover benchmark map, as people write them."""
    table = step.table("dates")
    if len(table) < 3:
        return "1–2", "2–3"
    first, middle, last = (f"{y:.0f}" for y in table["year"].iloc[:3])
    return f"{first}\u2013{middle}", f"{middle}\u2013{last}"


def _change_map(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Figure | None:
    """What remains, and when the rest went."""
    found = _change_codes(step, language)
    return _coded_map(study, found, "change-map", language, suffix) if found else None


def _pattern_map(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Figure | None:
    """Core, edge, perforation and patches at the last date."""
    raster, legend = step.raster("pattern"), step.table("pattern_legend")
    if raster is None or "code" not in legend:
        return None
    rows = [r for r in legend.to_dict("records") if int(r["code"]) in map_classes.PATTERN]
    names = {int(r["code"]): titled(r, "code", language) for r in rows}
    return _coded_map(
        study, Codes(raster, map_classes.PATTERN, names), "pattern-map", language, suffix
    )


def _coded_map(
    study: ForestStudy, found: Codes, name: str, language: Language, suffix: str
) -> Figure:
    layers = placing(study)
    items = [Item(legends.sign(legends.box(found.colors[c])), n) for c, n in found.names.items()]
    return figure(
        f"{name}{suffix}",
        language,
        partial(_draw_codes, study, found, language),
        title=word(f"forest.{name}-title", language),
        alt=word(f"forest.{name}-alt", language),
        items=[
            items,
            [*legends.outlines(study.zones, language), *legends.layers(layers, language)],
        ],
        source=map_source(study, layers, found.raster, language),
        schematic=map_schematic(study.run, layers),
        half=True,
    )


def _draw_codes(study: ForestStudy, found: Codes, language: Language, width: float) -> Any:
    return maps.raster_map(
        study.run,
        found.raster,
        maps.coded(found.raster.values, found.colors),
        study.zones,
        placing(study),
        language,
        width,
    )
