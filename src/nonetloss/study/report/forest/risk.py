"""Where deforestation would fall: classes of risk, maps of the models, and the road."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawn
from shapely.geometry.base import BaseGeometry

from nonetloss.core.language import Language, number
from nonetloss.study.report.forest import drawing, legends, maps
from nonetloss.study.report.forest.drawing import Bar, Columns, Curve
from nonetloss.study.report.forest.maps import Shade
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
    Field,
    Row,
    build,
    code,
    ends,
    num,
    reach,
    share,
    title,
    titled,
    whole,
)
from nonetloss.study.report.record import unit_label
from nonetloss.study.report.section import Figure, Section
from nonetloss.study.report.table import Table, tag
from nonetloss.study.report.words import amount, word

MODELS = ("forest.risk", "forest.alternative")
# Roads whose maps the page has room for; the tables have all of them.
ROAD_MAPS = 2
LEAST_PERCENT = 1e-3
PROJECT = "project"
HECTARE_M2 = 10_000.0
# Maps of expected loss, the one for use first.
MAPS = ("validity-hectares", "prediction-hectares", "hectares", "confirmation-hectares")


def models(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each model of risk."""
    return [
        section
        for method in MODELS
        for section in each(study, study.taken(method), _model, language)
    ]


def percent_of_cell(raster: RasterView) -> np.ndarray:
    """Expected loss as percent of the area of a cell of the file, so that any scale reads alike."""
    return 100.0 * raster.values / raster.cell_ha


def _model(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    raster = step.raster(*MAPS)
    classes = step.table("classes")
    if raster is None and not len(classes):
        return None
    drawn = []
    if raster is not None:
        drawn.append(_risk_map(study, step, raster, language, suffix))
    if len(classes):
        drawn.append(_class_chart(classes, language, suffix))
    drawn += [f for f in (_effects(step, language, suffix),) if f is not None]
    kind = step.method.rpartition(".")[2]
    made = present(
        _periods(step, language),
        _validation(step, language),
        _classes(classes, language),
    )
    notes = [word("forest.risk-map-meaning", language)] if raster is not None else []
    if "densities" in step.files:
        count, file = len(step.table("densities")), step.file("densities")
        notes.append(
            word("forest.densities-file", language, count=number(count, language), file=file)
        )
    return Section(
        f"forest-{kind}",
        word(f"forest.{kind}", language),
        _lead(step, kind, language),
        drawn,
        made,
        notes,
    )


def _lead(step: Taken, kind: str, language: Language) -> str:
    told = word(f"forest.{kind}-lead", language)
    meters = step.number("threshold_m")
    if np.isfinite(meters):
        shown = amount(meters, language, 0)
        told = f"{told} {word('forest.threshold', language, meters=shown)}"
    return told


def _risk_map(
    study: ForestStudy, step: Taken, raster: RasterView, language: Language, suffix: str
) -> Figure:
    values = percent_of_cell(raster)
    found = maps.shades(values, language, unit="%")
    layers = placing(study)
    years = _years(step, raster)
    key = "forest.risk-map-title" if years else "forest.risk-map-title-plain"
    return figure(
        f"{step.method.rpartition('.')[2]}-map{suffix}",
        language,
        lambda width: maps.raster_map(
            study.run,
            raster,
            maps.painted(values, found),
            study.zones,
            layers,
            language,
            width,
        ),
        title=word(key, language, **({"years": years} if years else {})),
        alt=word("forest.risk-map-alt", language),
        items=[
            legends.classes(found, language, zero=word("forest.legend-no-risk", language)),
            [*legends.outlines(study.zones, language), *legends.layers(layers, language)],
        ],
        source=map_source(study, layers, raster, language),
        schematic=map_schematic(study.run, layers),
        half=True,
    )


def _years(step: Taken, raster: RasterView) -> str:
    """`2020-2026`: the period of a map, from the values that stand beside it."""
    part = next((p for p in step.rasters if step.rasters[p] is raster), "")
    stem = part.rpartition("hectares")[0]
    start, length = (step.facts.get(f"{stem}{n}") for n in ("start_year", "years"))
    if not isinstance(start, int | float) or not isinstance(length, int | float):
        return ""
    return f"{start:.0f}\u2013{start + length:.0f}"


def _class_chart(classes: pd.DataFrame, language: Language, suffix: str) -> Figure:
    column = _frequency(classes)
    numbers = [f"{c:.0f}" for c in classes["class"]]
    values = 100 * classes[column].to_numpy(dtype=float) if column else np.zeros(len(classes))
    found = Columns(numbers, values)
    labels = (word("forest.axis-class", language), word("forest.axis-frequency", language))
    return figure(
        f"classes{suffix}",
        language,
        lambda width: drawing.upright(found, labels, language, width, log=_wide(values)),
        title=word("forest.classes-title", language),
        alt=word("forest.classes-alt", language),
        half=True,
    )


def _frequency(classes: pd.DataFrame) -> str:
    """The column of fitted frequency: of the whole history, else of any fit."""
    for name in ("frequency_historical", "frequency"):
        if name in classes:
            return name
    return next((c for c in classes.columns if c.startswith("frequency")), "")


def _wide(values: np.ndarray) -> bool:
    """Whether the values span so much that only a logarithmic axis shows them all."""
    found = values[np.isfinite(values) & (values > 0)]
    return bool(found.size > 1 and found.max() / found.min() > 100)


def _classes(classes: pd.DataFrame, language: Language) -> Table | None:
    """Classes in which there is forest; the file has all thirty."""
    counted = [c for c in classes.columns if c.startswith("pixels")]
    if counted:
        classes = classes[(classes[counted] > 0).any(axis=1)]
    fits = ("calibration", "historical")
    return build(
        classes,
        (
            whole("col-class", "class"),
            num("col-from-m", "from_m", digits=0),
            reach("col-to-m", "to_m"),
            *(whole(f"col-pixels-{f}", f"pixels_{f}") for f in fits),
            *(share(f"col-frequency-{f}", f"frequency_{f}", digits=3) for f in fits),
        ),
        "forest-classes",
        word("forest.classes-caption", language),
        language,
    )


def _effects(step: Taken, language: Language, suffix: str) -> Figure | None:
    """How the chance of loss changes along each driver, everything else being equal."""
    table = step.table("effects")
    if not {"fit", "driver", "odds_ratio", "upper"} <= set(table.columns):
        return None
    last = list(dict.fromkeys(table["fit"]))[-1]
    mine = table[table["fit"] == last]
    found = [
        Curve(
            f"{titled(rows.iloc[0].to_dict(), 'driver', language, 'driver')}"
            f" ({unit_label(str(rows['unit'].iloc[0]), language) or '0–1'})",
            *(rows[c].to_numpy(dtype=float) for c in ("lower", "upper", "odds_ratio")),
        )
        for _, rows in mine.groupby("driver", sort=False)
    ]
    return figure(
        f"effects{suffix}",
        language,
        lambda width: drawing.curves(found, word("forest.axis-odds", language), language, width),
        title=word("forest.effects-title", language),
        alt=word("forest.effects-alt", language, count=len(found)),
        half=True,
    )


def _validation(step: Taken, language: Language) -> Table | None:
    """Which drivers and how much smoothing told best what they had not seen."""
    effects = step.table("effects")
    names = {
        str(r["driver"]): titled(r, "driver", language, "driver")
        for r in effects.to_dict("records")
        if "driver" in effects
    }
    return build(
        step.table("validation"),
        (
            num("col-cells-stiffness", "cells_stiffness", digits=2),
            num("col-bins-stiffness", "bins_stiffness", digits=2),
            num("col-deviance", "per_pixel", digits=6),
            Field("col-chosen", _chosen, ("chosen",)),
        ),
        "forest-validation",
        word("forest.validation-caption", language),
        language,
        group=lambda row: "; ".join(names.get(n, n) for n in str(row["drivers"]).split(", ")),
        marked=lambda row: row["chosen"] is True,
    )


def _chosen(row: Row, language: Language) -> str:
    return tag("chosen", word("forest.chosen", language)) if row["chosen"] is True else ""


PERIODS = ("calibration", "fit", "confirmation", "prediction", "validity")


def _periods(step: Taken, language: Language) -> Table | None:
    """What each map allocates, how often it was adjusted, and by how much."""
    rows = []
    for name in PERIODS:
        facts = {
            n: step.facts.get(f"{name}-{n}")
            for n in ("start_year", "years", "expected_ha", "total_ha", "adjustment", "iterations")
        }
        if facts["total_ha"] is not None:
            rows.append({"period": name, **facts})
    return build(
        pd.DataFrame(rows),
        (
            title("col-period", "period", "period"),
            whole("col-start-year", "start_year"),
            num("col-years", "years", digits=1),
            num("col-expected-ha", "expected_ha", digits=2),
            num("col-allocated-ha", "total_ha", digits=2),
            num("col-adjustment", "adjustment", digits=5),
            whole("col-iterations", "iterations"),
        ),
        "forest-periods",
        word("forest.periods-caption", language),
        language,
    )


def roads(study: ForestStudy, language: Language) -> list[Section]:
    """Risk with the planned road minus risk without it."""
    return each(study, study.taken("forest.road-risk"), _road, language)


def _road(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    total = step.table("total")
    if not {"alternative", "likely_ha"} <= set(total.columns):
        return None
    names = [n for n in step.rasters if n.startswith("differences-")]
    drawn = [_road_map(study, step, n, language, suffix) for n in names[:ROAD_MAPS]]
    bars = [
        Bar(titled(row, "alternative", language), float(row["likely_ha"]), *_ends_ha(row))
        for row in total.to_dict("records")
    ]
    drawn.append(
        figure(
            f"road-bars{suffix}",
            language,
            lambda width: drawing.bars(
                bars, word("forest.axis-induced", language), language, width
            ),
            title=word("forest.road-bars-title", language),
            alt=word("forest.road-bars-alt", language),
            half=True,
        )
    )
    return Section(
        "forest-road",
        word("forest.road", language),
        word("forest.road-lead", language, years=amount(step.number("years"), language, 0)),
        drawn,
        present(
            _added(total, language),
            _added_in_zones(step, language),
            _induced(study, step, language),
            _road_carbon(step, language),
            _by_distance(step, language),
        ),
        [word("forest.road-ends", language), word("forest.road-model", language)],
    )


def _ends_ha(row: Row) -> tuple[float, float]:
    return ends(row, "low_ha", "high_ha")


def _added(total: pd.DataFrame, language: Language) -> Table | None:
    """What each alternative adds to the loss of the whole map."""
    return build(
        total,
        (
            title("col-alternative", "alternative"),
            num("col-new-km", "km", digits=1),
            num("col-without-ha", "without_ha", digits=0),
            num("col-with-ha", "with_ha", digits=0),
            num("col-induced-ha", "likely_ha", digits=0, low="low_ha", high="high_ha"),
            num("col-without-place", "without_place_ha", digits=0),
        ),
        "forest-induced",
        word("forest.added-caption", language),
        language,
        cards=True,
    )


def _added_in_zones(step: Taken, language: Language) -> Table | None:
    """What each alternative adds inside the project and inside the belt."""
    names = _alternatives(step, language)
    return build(
        step.table("by_zone"),
        (
            code("col-zone", "zone", "zone"),
            num("col-without-ha", "without_ha", digits=1),
            num("col-with-ha", "with_ha", digits=1),
            num("col-induced-ha", "likely_ha", digits=1, low="low_ha", high="high_ha"),
        ),
        "forest-induced-zones",
        word("forest.added-zones-caption", language),
        language,
        group=lambda row: names.get(str(row["alternative"]), str(row["alternative"])),
    )


def added_to_project(step: Taken, most: str, language: Language) -> list[str]:
    """What the road that adds `most` to the map adds inside the project, and which adds most there.

    Nothing where zones are unknown.
    """
    table = step.table("by_zone")
    if not {"alternative", "zone", "likely_ha"} <= set(table.columns):
        return []
    inside = table[table["zone"] == PROJECT]
    if not len(inside):
        return []
    row = inside.iloc[int(inside["likely_ha"].argmax())].to_dict()
    told = []
    if str(row["alternative"]) != most:
        own = inside.loc[inside["alternative"] == most, "likely_ha"].sum()
        told.append(word("forest.card-road-inside", language, ha=amount(own, language, 1)))
    name = _alternatives(step, language).get(str(row["alternative"]), str(row["alternative"]))
    low, likely, high = (amount(row[c], language, 1) for c in ("low_ha", "likely_ha", "high_ha"))
    facts = {"name": name, "ha": likely, "low": low, "high": high}
    return [*told, word("forest.card-road-project", language, **facts)]


def _alternatives(step: Taken, language: Language) -> dict[str, str]:
    """Titles of the alternatives by name."""
    rows = step.table("total").to_dict("records")
    return {str(r["alternative"]): titled(r, "alternative", language) for r in rows}


def _induced(study: ForestStudy, step: Taken, language: Language) -> Table | None:
    """The same by ecosystem."""
    names, kinds = _alternatives(step, language), study.run.ecosystems

    def ecosystem(row: Row, language: Language) -> str:
        found = kinds.get(str(row["ecosystem"]))
        return found[language] if found else str(row["ecosystem"])

    return build(
        step.table("table"),
        (
            Field("col-ecosystem", ecosystem, ("ecosystem",)),
            num("col-induced-ha", "likely_ha", low="low_ha", high="high_ha"),
        ),
        "forest-induced-strata",
        word("forest.induced-caption", language),
        language,
        group=lambda row: names.get(str(row["alternative"]), str(row["alternative"])),
    )


def _by_distance(step: Taken, language: Language) -> Table | None:
    """Where, from the new road, the loss is added."""
    names = _alternatives(step, language)
    return build(
        step.table("by_distance"),
        (
            num("col-road-from", "lower_m", digits=0),
            reach("col-road-to", "upper_m"),
            num("col-forest-ha", "forest_ha", digits=0),
            num("col-without-ha", "without_ha", digits=1),
            num("col-with-ha", "with_ha", digits=1),
            num("col-induced-ha", "induced_ha", digits=1),
        ),
        "forest-road-distance",
        word("forest.road-distance-caption", language),
        language,
        group=lambda row: names.get(str(row["alternative"]), str(row["alternative"])),
    )


def _road_map(
    study: ForestStudy, step: Taken, name: str, language: Language, suffix: str
) -> Figure:
    raster = step.rasters[name]
    alternative = name.removeprefix("differences-")
    values = percent_of_cell(raster)
    # The neighborhood of the map has no road nearer: next to nothing is nothing.
    values[np.abs(values) < LEAST_PERCENT] = 0.0
    below = bool((values < 0).any())
    found = (maps.turning if below else maps.shades)(values, language, unit="%")
    layers = placing(study)
    lines = [r.line for r in study.run.routes if r.name == alternative]
    label = _alternatives(step, language).get(alternative, alternative)
    return figure(
        f"road-{name}{suffix}",
        language,
        partial(_draw_road, study, raster, values, found, language, lines),
        title=word("forest.road-map-title", language, name=label),
        alt=word("forest.road-map-alt", language),
        items=[
            legends.classes(found, language, zero=word("forest.legend-no-change", language)),
            [
                *(legends.road(language) if lines else ()),
                *legends.outlines(study.zones, language),
                *legends.layers(layers, language),
            ],
        ],
        source=map_source(study, layers, raster, language),
        schematic=map_schematic(study.run, layers),
        half=True,
    )


def _draw_road(
    study: ForestStudy,
    raster: RasterView,
    values: np.ndarray,
    found: Sequence[Shade],
    language: Language,
    lines: Sequence[BaseGeometry],
    width: float,
) -> Drawn:
    return maps.raster_map(
        study.run,
        raster,
        maps.painted(values, found, zero="#eef1ec"),
        study.zones,
        placing(study),
        language,
        width,
        lines=lines,
    )


def _road_carbon(step: Taken, language: Language) -> Table | None:
    """Carbon that the road would release, where a stock was bound."""
    names = _alternatives(step, language)

    def alternative(row: Row, language: Language) -> str:
        return names.get(str(row["alternative"]), str(row["alternative"]))

    return build(
        step.table("carbon-table"),
        (
            Field("col-alternative", alternative, ("alternative",)),
            num("col-tco2e", "likely", low="low", high="high", digits=0),
            num("col-mean-tco2e", "mean", digits=0),
        ),
        "forest-road-carbon",
        word("forest.road-carbon-caption", language),
        language,
    )
