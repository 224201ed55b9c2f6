"""Legends of the dam sections."""

from collections.abc import Sequence

from markupsafe import Markup

from nonetloss.core.language import Language
from nonetloss.study.report.dams.basin import CUT, SIGNS
from nonetloss.study.report.dams.embedding import Mark
from nonetloss.study.report.dams.figures import LOOKS
from nonetloss.study.report.figure import BLUE, VERMILION
from nonetloss.study.report.legend import Item
from nonetloss.study.report.legend import layers as layers
from nonetloss.study.report.words import word

_SVG = '<svg class="swatch" viewBox="0 0 34 16" aria-hidden="true" focusable="false">{0}</svg>'
_SHAPES = {
    "D": "M17 2 L23 8 L17 14 L11 8 Z",
    "s": "M12 3 H22 V13 H12 Z",
    "^": "M17 2 L23 13 H11 Z",
    "*": "M17 1 L18.8 6 L24 6 L19.8 9.3 L21.4 14.5 L17 11.4 L12.6 14.5 L14.2 9.3 L10 6 L15.2 6 Z",
}


def _sign(content: str) -> Markup:
    return Markup(_SVG).format(Markup(content))


def marks(shown: Sequence[Mark], language: Language, *, dense: bool) -> list[Item]:
    """The efficient portfolios, and each marked one with its color, dashes and symbol."""
    if dense:
        steps = ("#a9cce6", "#6baed6", "#2171b5", "#08265a")
        box = "".join(
            f'<rect x="{1 + 8 * i}" y="3" width="8" height="10" fill="{c}"/>'
            for i, c in enumerate(steps)
        )
        items = [Item(_sign(box), word("dams.mark-density", language))]
    else:
        items = [Item(_sign(_line(BLUE, 1)), word("dams.mark-lines", language))]
    dashes = {"full": "6 3", "plan": "2 2.5"}
    for mark in shown:
        look = LOOKS[mark.kind]
        content = _line(look.color, 2.2, dashes.get(mark.kind, "")) + (
            f'<path d="{_SHAPES[look.marker]}" fill="{look.color}" stroke="#fff"/>'
        )
        label = f"{mark.badge} · {mark.label}" if mark.badge else mark.label
        items.append(Item(_sign(content), label))
    return items


def _line(color: str, width: float, dash: str = "") -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M1 8 H33" stroke="{color}" stroke-width="{width}" fill="none"{dashes}/>'


def _dam(kind: str) -> str:
    """The sign of a dam as maps draw it."""
    marker, face, edge = SIGNS[kind]
    if marker == "x":
        return f'<path d="M12 3 L22 13 M12 13 L22 3" stroke="{edge}" stroke-width="1.8"/>'
    if marker == "s":
        return f'<rect x="12" y="3" width="10" height="10" fill="{face}"/>'
    return f'<circle cx="17" cy="8" r="5" fill="{face}" stroke="{edge}" stroke-width="1.6"/>'


def basin(shown: Sequence[str], language: Language) -> list[Item]:
    """Dams by what becomes of them (those that occur), and rivers."""
    items = [
        Item(_sign(_dam(kind)), word(f"dams.sign-{kind}", language))
        for kind in SIGNS
        if kind in shown
    ]
    return [
        *items,
        Item(_sign(_line(BLUE, 2.4)), word("dams.sign-free", language)),
        Item(_sign(_line(CUT, 1.6, "5 3")), word("dams.sign-cut", language)),
    ]


def basin_live(language: Language) -> list[Item]:
    """Signs of the basin that answers to the selection."""
    pie = (
        f'<circle cx="17" cy="8" r="6" fill="#fff" stroke="{VERMILION}" stroke-width="1.4"/>'
        f'<path d="M17 8 V2 A6 6 0 0 1 20 13.2 Z" fill="{VERMILION}"/>'
    )
    rivers = (
        f'<path d="M1 5 H33" stroke="{BLUE}" stroke-width="3.2"/>'
        '<path d="M1 12 H33" stroke="#aab4be" stroke-width="1.6"/>'
    )
    return [
        Item(_sign(pie), word("dams.sign-share", language)),
        Item(_sign(_dam("built")), word("dams.sign-built", language)),
        Item(_sign(_dam("forbidden")), word("dams.sign-forbidden", language)),
        Item(_sign(rivers), word("dams.sign-free-share", language)),
        Item(_sign(_line(CUT, 1.6, "5 3")), word("dams.sign-cut-all", language)),
    ]
