"""What the forest sections are made of: figures with their words, and sections by step."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import shapely
from matplotlib.figure import Figure as Drawn

from nonetloss.core.language import Language
from nonetloss.study.report.figure import HALF, WIDE, picture
from nonetloss.study.report.forest.model import ForestStudy, RasterView, Taken
from nonetloss.study.report.legend import Item
from nonetloss.study.report.maps import drawable
from nonetloss.study.report.model import LayerView, Run
from nonetloss.study.report.section import Figure, Section
from nonetloss.study.report.table import Table
from nonetloss.study.report.words import amount, word


def figure(
    key: str,
    language: Language,
    draw: Callable[[float], Drawn],
    *,
    title: str,
    alt: str,
    items: Sequence[Sequence[Item]] = (),
    half: bool = False,
    source: str = "",
    schematic: bool = False,
    quiet: bool = False,
) -> Figure:
    """A figure; `half` ones share the width of the page with others."""
    drawn = picture(
        f"forest-{key}-{language}",
        draw,
        title=title,
        description=alt,
        wide=HALF if half else WIDE,
    )
    return Figure(drawn, title, items, source, schematic, quiet)


def map_source(
    study: ForestStudy, layers: Sequence[LayerView], raster: RasterView | None, language: Language
) -> str:
    """CRS, cell, file and sources of a map."""
    run = study.run
    used = {v.source for v in layers}
    names = [s.title[language] for s in run.sources if s.name in used]
    # Without layers, what is drawn comes from the data of the study as a whole.
    names = names or [s.title[language] for s in run.sources]
    facts = {"crs": run.crs, "sources": "; ".join(names) or "–"}
    if raster is None:
        return word("forest.map-source", language, **facts)
    cell = amount((1e4 * raster.cell_ha) ** 0.5, language, 0)
    told = word("map-source", language, cell=cell, **facts)
    return f"{told} {word('forest.map-file', language, file=raster.file)}"


def map_schematic(run: Run, layers: Sequence[LayerView]) -> bool:
    """Whether a map rests on data drawn by hand; its raster may, if any source of the run does."""
    return any(v.schematic for v in layers) or bool(run.schematic)


def placing(study: ForestStudy) -> tuple[LayerView, ...]:
    """Layers that place a map; a layer that is a zone of the study is drawn as that."""
    return tuple(v for v in drawable(study.run.layers) if not _is_zone(study, v))


def _is_zone(study: ForestStudy, layer: LayerView) -> bool:
    """Whether a layer covers the land of one zone, to a hundredth."""
    if study.zones is None or not set(layer.features.geom_type) <= {"Polygon", "MultiPolygon"}:
        return False
    own = shapely.union_all(layer.features.geometry.array)
    return any(
        shapely.area(shapely.symmetric_difference(own, zone)) < 0.01 * zone.area
        for zone in study.zones.geometry
    )


def present(*tables: Table | None) -> list[Table]:
    """Those that there are."""
    return [t for t in tables if t is not None]


def placed(made: Section, step: Taken, index: int, count: int, language: Language) -> Section:
    """A section with a key of its own where several steps give one of its kind."""
    if count < 2:
        return made
    title = f"{made.title} · {step.title[language] or step.step}"
    if index == 0:
        return replace(made, title=title)
    tables = [replace(t, key=f"{t.key}-{index + 1}") for t in made.tables]
    return replace(made, key=f"{made.key}-{index + 1}", title=title, tables=tables)


def each(
    study: ForestStudy,
    steps: Sequence[Taken],
    make: Callable[[ForestStudy, Taken, Language, str], Section | None],
    language: Language,
) -> list[Section]:
    """One section for each step; `make` takes a suffix that keeps the keys of figures apart."""
    found = []
    for index, step in enumerate(steps):
        section = make(study, step, language, "" if index == 0 else f"-{index + 1}")
        if section is not None:
            found.append(placed(section, step, index, len(steps), language))
    return found
