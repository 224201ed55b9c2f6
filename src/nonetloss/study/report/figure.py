"""From a matplotlib figure to inline SVG with stable bytes, readable by eye and by ear.

Text stays text (selectable, small, read by screen readers); ids are prefixed by the figure's key,
because several figures share one page; nothing in the file tells the time or the machine.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

WIDE = 900.0
HALF = 520.0
NARROW = 358.0

# Okabe & Ito, "Color Universal Design": distinguishable with any color vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
YELLOW, BLUE, VERMILION, PURPLE = "#f0e442", "#0072b2", "#d55e00", "#cc79a7"
DOT = "#9aa2a9"
INK, MUTED, LINE, PAPER = "#1b1f23", "#5a6269", "#c8cdd2", "#ffffff"

_RC: Any = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "hatch.linewidth": 0.7,
    "image.composite_image": False,
}

FONTS = "'DejaVu Sans', Verdana, Geneva, Roboto, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure at two widths: for a laptop or paper, and for a phone."""

    wide: str
    narrow: str


@contextmanager
def style(key: str) -> Iterator[None]:
    """Drawing settings of the report; `key` salts the ids, so that equal input gives equal SVG."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        mpl.rcParams["svg.hashsalt"] = key
        yield


def blank(width: float, height: float) -> Figure:
    """An empty figure of `width` × `height` CSS pixels; font sizes in it are CSS pixels too."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72, facecolor=PAPER)
    FigureCanvasSVG(figure)
    return figure


def picture(
    key: str,
    draw: Callable[[float], Figure],
    *,
    title: str,
    description: str,
    wide: float = WIDE,
) -> Picture:
    """Draw at both widths. `draw` takes the width in CSS pixels and returns the figure."""
    made = []
    for suffix, width in (("w", wide), ("n", NARROW)):
        with style(f"{key}-{suffix}"):
            made.append(to_svg(draw(width), f"{key}-{suffix}", title, description))
    return Picture(*made)


def to_svg(figure: Figure, key: str, title: str, description: str) -> str:
    """The inline SVG of a figure, with `<title>`, `<desc>` and ids that start with `key`."""
    buffer = io.StringIO()
    figure.savefig(
        buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    raw = buffer.getvalue()
    body = raw[raw.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{key}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", body)
    body = re.sub(r' (?:d|x|y|points|transform)="[^"]*"', _short, body)
    body = body.replace("'DejaVu Sans'", FONTS)
    width, height = (72 * size for size in figure.get_size_inches())
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc"><title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-desc">{escape(description)}</desc>'
    )
    return head + re.sub(r"\n\s*", "\n", body[body.index(">") + 1 :]).strip()


def _short(attribute: re.Match[str]) -> str:
    """A tenth of a CSS pixel is enough for an outline, a hundredth for the place of a text."""
    digits = r"(\.\d)\d+" if attribute.group().startswith(" d=") else r"(\.\d\d)\d+"
    return re.sub(digits, r"\1", attribute.group())
