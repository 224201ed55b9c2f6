"""Legends in HTML beside the figures: they wrap on a phone instead of covering the map."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from nonetloss.core.language import Language
from nonetloss.study.report.charts import MARKERS, breaks_exclusion
from nonetloss.study.report.figure import (
    BLACK,
    BLUE,
    DOT,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    SKY,
    VERMILION,
)
from nonetloss.study.report.maps import KIND_HATCHES, LINE_KINDS, ROLE_LOOKS, route_color
from nonetloss.study.report.model import LayerView, RouteView, Run
from nonetloss.study.report.table import badge, tag
from nonetloss.study.report.words import word

_SVG = '<svg class="swatch" viewBox="0 0 34 16" aria-hidden="true" focusable="false">{0}</svg>'

_DOTS = ((10, 11), (22, 5))


@dataclass(frozen=True, slots=True)
class Item:
    """A sign and what it means."""

    sign: Markup
    label: str
    note: Markup | str = ""


def routes(run: Run, shown: Sequence[RouteView], language: Language) -> list[Item]:
    """One line per route: badge, stroke as on the map, title."""
    items = []
    for route in shown:
        color = route_color(run, route)
        chosen = route.name == run.chosen
        dash = "6 3" if route.origin == "user" and not chosen else ""
        stroke = _stroke(color, 4 if chosen else 2.5, dash)
        note = tag("chosen", word("chosen", language)) if chosen else ""
        sign = Markup("{0}{1}").format(badge(route.badge, color), _svg(stroke))
        items.append(Item(sign, route.title[language], note))
    return items


def layers(shown: Sequence[LayerView], language: Language) -> list[Item]:
    """One line per layer drawn: its look, title, role and whether it is schematic."""
    rank = {"prohibited": 0, "restricted": 1, "accounted": 2, "context": 3}
    items = []
    for layer in sorted(shown, key=lambda v: (rank.get(v.role, 9), v.title[language])):
        notes = []
        if layer.role in ("prohibited", "restricted"):
            notes.append(word(f"role-{layer.role}", language))
        if layer.schematic:
            notes.append(word("schematic-mark", language))
        note = Markup('<span class="small">({0})</span>').format(", ".join(notes)) if notes else ""
        items.append(Item(_svg(_layer_sign(layer)), layer.title[language], note))
    return items


def _layer_sign(layer: LayerView) -> str:
    look = ROLE_LOOKS.get(layer.role, ROLE_LOOKS["context"])
    kinds = {str(k).removeprefix("Multi") for k in layer.features.geom_type.unique()}
    if "Polygon" in kinds and layer.kind != "river":
        dash = {"dashed": ' stroke-dasharray="4 2"', "dotted": ' stroke-dasharray="1.5 2"'}
        box = (
            f'<rect x="1" y="1" width="32" height="14" fill="{look.fill}" '
            f'fill-opacity="{look.alpha}" stroke="{look.edge}"{dash.get(look.dash, "")}/>'
        )
        return box + _hatch(KIND_HATCHES.get(layer.kind, look.hatch)[:1], look.edge)
    if "Polygon" in kinds:
        return _box(f'fill="{SKY}" fill-opacity="0.5" stroke="{SKY}"')
    if "LineString" in kinds:
        color = LINE_KINDS.get(layer.kind, look.edge)
        return _stroke(color, 2, "8 2 2 2" if layer.kind == "border" else "")
    if layer.kind == "town":
        return f'<circle cx="17" cy="8" r="4" fill="white" stroke="{INK}" stroke-width="1.4"/>'
    return f'<rect x="13" y="4" width="7" height="7" fill="{look.fill}" stroke="{INK}"/>'


def tradeoff(run: Run, language: Language) -> list[Item]:
    """What the shapes of the trade-off chart mean; only those that occur."""
    present = {r.proven for r in run.routes}
    items = [
        Item(_svg(_marker(proven)), word(f"tradeoff-{proven or 'user'}", language))
        for proven in ("exact", "supported", "approximate", "")
        if proven in present
    ]
    if any(breaks_exclusion(run, r.name) for r in run.routes):
        cross = f'<path d="M11 2 L23 14 M23 2 L11 14" stroke="{VERMILION}" stroke-width="2.4"/>'
        items.append(Item(_svg(cross), word("tradeoff-breaks", language)))
    paint = f'fill="none" stroke="{MUTED}" stroke-dasharray="2 2" stroke-width="1.4"'
    items.append(
        Item(_svg(f'<path d="M2 3 H17 V13 H32" {paint}/>'), word("tradeoff-front", language))
    )
    if len(run.coarse):
        dots = "".join(f'<circle cx="{x}" cy="{y}" r="2.4" fill="{DOT}"/>' for x, y in _DOTS)
        items.append(Item(_svg(dots), word("tradeoff-coarse", language)))
    return items


def _marker(proven: str) -> str:
    shape = MARKERS[proven]
    paint = f'fill="{"white" if proven == "approximate" else INK}" stroke="{INK}" stroke-width="2"'
    return {
        "o": f'<circle cx="17" cy="8" r="5" {paint}/>',
        "s": f'<rect x="12" y="3" width="10" height="10" {paint}/>',
        "D": f'<path d="M17 2 L23 8 L17 14 L11 8 Z" {paint}/>',
        "^": f'<path d="M17 2 L23 13 L11 13 Z" {paint}/>',
    }[shape]


def parcels(language: Language) -> list[Item]:
    """Chosen and other parcels."""
    chosen = _box(f'fill="{GREEN}" fill-opacity="0.75" stroke="#00694c" stroke-width="1.6"')
    other = _box(f'fill="white" stroke="{MUTED}" stroke-dasharray="4 2"')
    return [
        Item(_svg(chosen), word("legend-parcel-chosen", language)),
        Item(_svg(other), word("legend-parcel-other", language)),
    ]


def chosen_line(run: Run, language: Language) -> list[Item]:
    """Only the chosen route."""
    route = run.route(run.chosen)
    if route is None:
        return []
    return [
        Item(
            _svg(_stroke(BLACK, 4)), route.title[language], tag("chosen", word("chosen", language))
        )
    ]


def trajectories(language: Language) -> list[Item]:
    """With the offset and without it."""
    return [
        Item(_svg(_stroke(BLUE, 3)), word("legend-with", language)),
        Item(_svg(_stroke(ORANGE, 3, "7 4")), word("legend-without", language)),
    ]


def flows(language: Language) -> list[Item]:
    """Loss and gain."""
    lost = _box(f'fill="{VERMILION}"') + _hatch("/", "#ffffff")
    return [
        Item(_svg(lost), word("legend-loss", language)),
        Item(_svg(_box(f'fill="{GREEN}"')), word("legend-gain", language)),
    ]


def plans(language: Language) -> list[Item]:
    """Cost of building and cost of the offset."""
    offset = _box(f'fill="{GREEN}"') + _hatch("/", "#ffffff")
    return [
        Item(_svg(_box(f'fill="{BLUE}"')), word("legend-build", language)),
        Item(_svg(offset), word("legend-offset", language)),
    ]


def changes(language: Language) -> list[Item]:
    """What the same sites cover, and the cost of choosing anew."""
    part = _box(f'fill="{VERMILION}"') + _hatch("/", "#ffffff")
    return [
        Item(_svg(_box(f'fill="{GREEN}"')), word("legend-all-covered", language)),
        Item(_svg(part), word("legend-part-covered", language)),
        Item(_svg(_box(f'fill="{BLUE}"')), word("legend-chosen-anew", language)),
        Item(_svg(_box(f'fill="{MUTED}"')), word("legend-anew-short", language)),
    ]


def progress(language: Language) -> list[Item]:
    """The plan, and what was seen against its standard."""
    triangle = f'<path d="M17 2 L23 13 L11 13 Z" fill="{ORANGE}"/>'
    cross = f'<path d="M12 3 L22 13 M22 3 L12 13" stroke="{VERMILION}" stroke-width="3"/>'
    return [
        Item(_svg(_stroke(MUTED, 2.5)), word("legend-planned", language)),
        Item(_svg(f'<circle cx="17" cy="8" r="5" fill="{GREEN}"/>'), word("legend-ok", language)),
        Item(_svg(triangle), word("legend-warning", language)),
        Item(_svg(cross), word("legend-missed", language)),
    ]


def _hatch(kind: str, color: str) -> str:
    """The hatch of an area, as on the map."""
    ends = {
        "/": [(x, 15, x + 10, 1) for x in range(1, 24, 6)],
        "|": [(x, 15, x, 1) for x in range(5, 33, 5)],
        "-": [(1, y, 33, y) for y in (4, 8, 12)],
    }.get(kind, [])
    dots = [(x, y) for x in range(5, 33, 6) for y in (5, 11)] if kind == "." else []
    return "".join(
        f'<line x1="{a}" y1="{b}" x2="{c}" y2="{d}" stroke="{color}" stroke-width="0.8"/>'
        for a, b, c, d in ends
    ) + "".join(f'<circle cx="{x}" cy="{y}" r="0.9" fill="{color}"/>' for x, y in dots)


def _box(paint: str) -> str:
    return f'<rect x="3" y="2" width="28" height="12" {paint}/>'


def _stroke(color: str, width: float, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="1" y1="8" x2="33" y2="8" stroke="{color}" stroke-width="{width}"{dashed}/>'


def _svg(content: str) -> Markup:
    # Content is built above from constants and colors, never from the user's text.
    return Markup(_SVG).format(Markup(content))
