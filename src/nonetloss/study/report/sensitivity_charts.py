"""Chart of what the plan hangs on: what the same sites cover, what choosing anew costs."""

from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nonetloss.core.language import Language
from nonetloss.study.report.charts import _axis
from nonetloss.study.report.figure import BLUE, GREEN, INK, LINE, MUTED, NARROW, VERMILION, blank
from nonetloss.study.report.model import Run
from nonetloss.study.report.words import amount, million, percent, word

# CSS pixels: a bar, a line of its label, the space between two changes, the axes below.
_BAR, _LINE, _GAP, _BELOW = 13.0, 14.0, 9.0, 62.0


def changes(run: Run) -> pd.DataFrame:
    """The table of the step, with nothing changed first; empty where the study has no such step."""
    table = run.offsetting.plan_sensitivity
    return table if len(table) > 1 else pd.DataFrame()


def plan_sensitivity(run: Run, language: Language, width: float) -> Figure:
    """Per change: how much of what is owed the same sites cover, and the cost of choosing anew.

    Labels stand in lines of their own over the bars, where nothing else is drawn.
    """
    rows = changes(run).to_dict("records")
    told = [
        wrap(str(row[f"assumption_{language}"]), int((width - 20) / 6.6)) or [""] for row in rows
    ]
    heights = [_LINE * len(lines) + _BAR + _GAP for lines in told]
    height = sum(heights) + _BELOW
    figure = blank(width, height)
    left, between = 12.0, 14.0
    each = (width - 2 * left - between) / 2
    panels = [
        figure.add_axes((x / width, _BELOW / height, each / width, 1 - _BELOW / height))
        for x in (left, left + each + between)
    ]
    top = height - _BELOW
    most = max((float(r["new_cost_usd"]) for r in rows), default=0.0) / 1e6 or 1.0
    # Room at the right end of a panel for the longest number.
    room = 1.55 if width <= NARROW else 1.4
    for axes, whole in zip(panels, (100.0, most), strict=True):
        axes.set_xlim(0, room * whole)
        axes.set_ylim(0, top)
        # The label of a change runs on under the panel beside it.
        axes.patch.set_visible(False)
    for row, lines, tall in zip(rows, told, heights, strict=True):
        label = "\n".join(lines)
        panels[0].text(0, top - 3, label, va="top", fontsize=11, color=INK, clip_on=False)
        middle = top - _LINE * len(lines) - 3 - _BAR / 2
        _covered(panels[0], middle, row, language)
        _anew(panels[1], middle, row, language, room * most)
        top -= tall
    _finish(panels, language, each, most)
    return figure


def _covered(axes: Axes, y: float, row: dict[Any, Any], language: Language) -> None:
    value = least(row)
    good = value >= 100
    axes.barh(
        y, value, height=_BAR, color=GREEN if good else VERMILION,
        hatch="" if good else "////", edgecolor="white", lw=0, zorder=2,
    )  # fmt: skip
    axes.vlines(0, y - _BAR / 2, y + _BAR / 2, color=MUTED, lw=1)
    _number(axes, value, y, percent(value / 100, language), axes.get_xlim()[1])


def _anew(axes: Axes, y: float, row: dict[Any, Any], language: Language, end: float) -> None:
    reached = str(row["new_answer"]) == "offset"
    value = float(row["new_cost_usd"]) / 1e6
    color = MUTED if not reached else BLUE
    axes.barh(
        y, value, height=_BAR, color=color, hatch="" if reached else "....", edgecolor="white",
        lw=0, zorder=2,
    )  # fmt: skip
    axes.vlines(0, y - _BAR / 2, y + _BAR / 2, color=MUTED, lw=1)
    shown = million(row["new_cost_usd"], language)
    _number(axes, value, y, shown if reached else f"{shown} *", end)


def _number(axes: Axes, value: float, y: float, shown: str, end: float) -> None:
    axes.text(value + 0.015 * end, y, shown, va="center_baseline", fontsize=10.5, fontweight="bold")


def _finish(panels: list[Axes], language: Language, each: float, most: float) -> None:
    keys = ("axis-still-covered", "axis-cost-anew")
    for axes, key, whole in zip(panels, keys, (100.0, most), strict=True):
        _axis(axes, language, x=True, count=4)
        # No ticks in the room for numbers; shares end at a tick.
        ticks = [t for t in axes.get_xticks() if -1e-9 <= t <= whole * 1.0001]
        axes.set_xticks([0, 50, 100] if axes is panels[0] else ticks)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_color(LINE)
        label = "\n".join(wrap(word(key, language), int(each / 6.2)))
        axes.set_xlabel(label, fontsize=10.5, loc="left")


def least(row: dict[Any, Any]) -> float:
    """Percent of what is owed that the same sites cover, where it is least; services included."""
    services = float(row["kept_services_percent"])
    kept = float(row["kept_covered_percent"])
    return kept if np.isnan(services) else min(kept, services)


def cost_change(table: pd.DataFrame, row: dict[Any, Any], language: Language) -> str:
    """How much more choosing anew costs than with nothing changed, with its sign."""
    base = float(table["new_cost_usd"].iloc[0])
    if base <= 0:
        return amount(None, language)
    share = float(row["new_cost_usd"]) / base - 1.0
    shown = percent(share, language)
    return f"+{shown}" if share > 0.005 else shown.replace("−0", "0")
