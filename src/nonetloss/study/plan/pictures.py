"""Figures of the report as PNG, for a document that Word and LibreOffice open alike."""

import io
from collections.abc import Callable

from matplotlib import patheffects
from matplotlib.figure import Figure
from matplotlib.text import Text as Drawn

from nonetloss.study.report.figure import style

WIDE, HALF = 620.0, 358.0
_DPI = 165.0


def png(key: str, draw: Callable[[float], Figure], *, width: float = WIDE) -> bytes:
    """Draw at a width of CSS pixels; equal input gives equal bytes.

    Names on maps get the white rim that the page gives them by its style sheet.
    """
    with style(key):
        figure = draw(width)
        for label in figure.findobj(Drawn):
            if str(label.get_gid() or "").startswith("halo"):
                rim = patheffects.withStroke(linewidth=2.5, foreground="white")
                label.set_path_effects([rim])
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()
