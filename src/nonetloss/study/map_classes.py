"""Colors and names of maps whose cells are codes: for the report, and for QGIS.

A map of codes has its colors inside the file, which any program shows, and a style of its own name
beside it (`change.qml`), from which QGIS takes the names of the classes too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from nonetloss.core.language import Text
from nonetloss.forest.change.method import ForestChange
from nonetloss.forest.risk.cover import CODE_TITLES, ForestCover

# Cells of this code are outside of the map, or unknown: nothing is drawn there.
ABSENT = 0
# Told apart by color-blind readers too (Okabe and Ito, and pale tones beside them).
KEPT, OPEN, CAME = "#9cc3a5", "#ece7da", "#56b4e9"
FIRST_LOSS, SECOND_LOSS = "#e69f00", "#d55e00"
# Loss has a color for each period, from early to late.
LOSSES = (FIRST_LOSS, SECOND_LOSS, "#cc79a7", "#6b3d00", "#0072b2")
COVER = {
    5: KEPT, 6: FIRST_LOSS, 7: FIRST_LOSS, 8: SECOND_LOSS, **dict.fromkeys((1, 2, 3, 4), OPEN)
}  # fmt: skip
PATTERN = {1: "#2f7d4f", 2: "#a6d08b", 3: "#f0e442", 4: FIRST_LOSS, 5: OPEN}
# For classes of which the order means nothing.
_ANY = (
    "#009e73", "#e69f00", "#56b4e9", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#6a4c93",
    "#8c6d31", "#9aa2a9",
)  # fmt: skip
_FIRST_LOSS_CODE = 11


@dataclass(frozen=True, slots=True)
class MapClass:
    """One code of a map: its color (`#rrggbb`) and what it means."""

    code: int
    color: str
    title: Text


def change_color(code: int) -> str:
    """The color of a code of the map of change."""
    fixed = {1: KEPT, 2: OPEN, 3: CAME}
    return fixed.get(code) or LOSSES[(code - _FIRST_LOSS_CODE) % len(LOSSES)]


def classes_of(name: str, record: Any) -> tuple[MapClass, ...]:
    """Classes of the part `name` of a result; none if its cells are no codes that are known."""
    if isinstance(record, ForestCover) and name == "codes":
        return tuple(MapClass(code, COVER[code], CODE_TITLES[code]) for code in sorted(COVER))
    if isinstance(record, ForestChange) and name == "change":
        codes = [int(code) for code in record.class_areas["code"]]
        return _listed(record.class_areas, {code: change_color(code) for code in codes})
    if isinstance(record, ForestChange) and name == "pattern":
        return _listed(record.pattern_legend, PATTERN)
    return ()


def numbered(titles: Sequence[tuple[int, Text]]) -> tuple[MapClass, ...]:
    """Classes of any map with codes and titles, in colors that take turns."""
    return tuple(
        MapClass(code, _ANY[k % len(_ANY)], title) for k, (code, title) in enumerate(titles)
    )


def color_table(classes: Sequence[MapClass]) -> dict[int, tuple[int, int, int, int]]:
    """Red, green, blue and opacity (0 to 255) of every code; what is absent is transparent."""
    table = {ABSENT: (255, 255, 255, 0)}
    for one in classes:
        red, green, blue = (int(one.color[i : i + 2], 16) for i in (1, 3, 5))
        table[one.code] = (red, green, blue, 255)
    return table


def style(classes: Sequence[MapClass]) -> str:
    """QML of a raster of codes, with the names of its classes in both languages."""
    entries = "".join(
        f'<paletteEntry value="{one.code}" color="{one.color}" alpha="255" '
        f'label="{escape(_label(one.title))}"/>'
        for one in classes
    )
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">'
        '<qgis version="3.28" styleCategories="Symbology"><pipe>'
        '<rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">'
        f"<rasterTransparency/><colorPalette>{entries}</colorPalette></rasterrenderer>"
        "</pipe></qgis>"
    )


def _label(title: Text) -> str:
    return title.es if title.es == title.en else f"{title.es} / {title.en}"


def _listed(table: pd.DataFrame, colors: Mapping[int, str]) -> tuple[MapClass, ...]:
    rows = zip(table["code"], table["title_es"], table["title_en"], strict=True)
    return tuple(
        MapClass(int(code), colors[int(code)], Text(es=str(es), en=str(en)))
        for code, es, en in rows
        if int(code) in colors
    )
