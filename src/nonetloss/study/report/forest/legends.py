"""Legends of the forest sections, in HTML beside the figures."""

from collections.abc import Sequence

import geopandas as gpd
from markupsafe import Markup

from nonetloss.core.language import Language
from nonetloss.study.report.figure import BLACK, BLUE, MUTED, ORANGE, VERMILION
from nonetloss.study.report.forest.drawing import SERIES, Band, Part
from nonetloss.study.report.forest.maps import NOTHING, Shade, outline, zone_look
from nonetloss.study.report.forest.rows import known
from nonetloss.study.report.legend import Item
from nonetloss.study.report.legend import layers as layer_legend
from nonetloss.study.report.model import LayerView
from nonetloss.study.report.words import word

_SVG = '<svg class="swatch" viewBox="0 0 34 16" aria-hidden="true" focusable="false">{0}</svg>'


def sign(content: str) -> Markup:
    """A swatch; the content is built here from constants and colors, never from a user's text."""
    return Markup(_SVG).format(Markup(content))


def box(color: str, *, hatched: bool = False) -> str:
    """A filled rectangle."""
    paint = f'fill="{color}" stroke="{MUTED}" stroke-width="0.5"'
    shape = f'<rect x="3" y="2" width="28" height="12" {paint}/>'
    if hatched:
        shape += "".join(
            f'<line x1="{x}" y1="14" x2="{x + 9}" y2="2" stroke="#fff" stroke-width="1"/>'
            for x in range(4, 24, 6)
        )
    return shape


def stroke(color: str, width: float, dash: str = "") -> str:
    """A line across the swatch."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="1" y1="8" x2="33" y2="8" stroke="{color}" stroke-width="{width}"{dashed}/>'


def series(found: Sequence[Band]) -> list[Item]:
    """One line per series, with its color and dashes."""
    items = []
    for i, band in enumerate(found):
        color, dash = SERIES[i % len(SERIES)]
        dashes = "" if isinstance(dash, str) else " ".join(f"{1.6 * d:g}" for d in dash[1])
        items.append(Item(sign(stroke(color, 3, dashes)), band.name))
    return items


def classes(found: Sequence[Shade], language: Language, *, zero: str = "") -> list[Item]:
    """The classes of a map, from low to high; `zero` says what a zero is, if it occurs."""
    items = [Item(sign(box(s.color)), s.label) for s in found]
    return [Item(sign(box(NOTHING)), zero), *items] if zero else items


def layers(shown: Sequence[LayerView], language: Language) -> list[Item]:
    """Layers of a map on which areas are outlines only."""
    items = []
    for layer in shown:
        kinds = {str(k).removeprefix("Multi") for k in layer.features.geom_type.unique()}
        if "Polygon" not in kinds or layer.kind == "river":
            items += layer_legend([layer], language)
            continue
        color, dash, thick = outline(layer)
        line = stroke(color, thick, "" if dash == "solid" else "2.5 2.5")
        items.append(
            Item(sign(line), layer.title[language], layer_legend([layer], language)[0].note)
        )
    return items


def outlines(zones: gpd.GeoDataFrame | None, language: Language) -> list[Item]:
    """The zones of a map."""
    if zones is None or "zone" not in zones:
        return []
    items = []
    for name in dict.fromkeys(zones["zone"].astype(str)):
        color, dash = zone_look(name)
        dashes = "" if dash == "solid" else "7 3"
        items.append(Item(sign(stroke(color, 3, dashes)), known("zone", name, language)))
    return items


def fitted(language: Language) -> list[Item]:
    """Marks and lines of an assessment."""
    dot = f'<circle cx="17" cy="8" r="4.5" fill="{BLUE}"/>'
    return [
        Item(sign(dot), word("forest.legend-cell", language)),
        Item(sign(stroke(MUTED, 2)), word("forest.legend-equal", language)),
        Item(sign(stroke(VERMILION, 3, "8 3")), word("forest.legend-ols", language)),
        Item(sign(stroke(BLACK, 3, "2.5 2.5")), word("forest.legend-theil-sen", language)),
    ]


def plots(language: Language) -> list[Item]:
    """Plots, and the mean with its interval."""
    tick = f'<path d="M17 1 V15" stroke="{BLUE}" stroke-width="2"/>'
    mean = (
        f'<path d="M3 8 H31" stroke="{BLACK}" stroke-width="2.6"/>'
        f'<path d="M17 2 L23 8 L17 14 L11 8 Z" fill="{ORANGE}" stroke="{BLACK}"/>'
    )
    return [
        Item(sign(tick), word("forest.legend-plot", language)),
        Item(sign(mean), word("forest.legend-mean", language)),
    ]


def parts(found: Sequence[Part], shown: Sequence[str]) -> list[Item]:
    """Parts of a whole with their numbers."""
    return [
        Item(sign(box(p.color, hatched=bool(p.hatch))), p.name, note)
        for p, note in zip(found, shown, strict=True)
    ]


def road(language: Language) -> list[Item]:
    """The planned road."""
    return [Item(sign(stroke(BLACK, 3, "8 3")), word("forest.legend-road", language))]


def risk_and_effort(language: Language) -> list[Item]:
    """The two bars of each fifth of the land."""
    return [
        Item(sign(box(ORANGE)), word("forest.legend-risk", language)),
        Item(sign(box(BLUE, hatched=True)), word("forest.legend-effort", language)),
    ]


def sites(language: Language) -> list[Item]:
    """Sites, and their mean with its interval."""
    first, second = plots(language)
    return [
        Item(first.sign, word("forest.legend-site", language)),
        Item(second.sign, word("forest.legend-site-mean", language)),
    ]
