"""Charts that several forest sections share: bars that add up, bands over years, points."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nonetloss.core.language import Language, number
from nonetloss.study.report.charts import _axis, _frame
from nonetloss.study.report.figure import (
    BLACK,
    BLUE,
    GREEN,
    INK,
    LINE,
    MUTED,
    NARROW,
    ORANGE,
    PURPLE,
    VERMILION,
    blank,
)
from nonetloss.study.report.words import amount, digits_for

# Series are told apart by color and by dashes.
SERIES = (
    (BLUE, "solid"),
    (ORANGE, (0, (6, 2))),
    (GREEN, (0, (2, 1.5))),
    (PURPLE, (0, (7, 2, 1.5, 2))),
    ("#6a4c93", (0, (4, 1))),
    (VERMILION, (0, (1, 1))),
)
ROW = 40.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its name; `low` and `high` NaN where no error is known."""

    name: str
    likely: float
    low: float = np.nan
    high: float = np.nan
    color: str = BLUE


def bars(found: Sequence[Bar], axis: str, language: Language, width: float) -> Figure:
    """Horizontal bars, name above each, number and interval at the end."""
    shown = [b for b in found if np.isfinite(b.likely)]
    lines = [textwrap.wrap(b.name, int((width - 30) / 6.7)) or [""] for b in shown]
    heights = [ROW + 15.0 * (len(line) - 1) for line in lines]
    figure, axes = _frame(width, sum(heights) + 64, left=12, bottom=52, right=16, top=4)
    ends = [b.high if np.isfinite(b.high) else b.likely for b in shown]
    lowest = min([0.0, *(b.low for b in shown if np.isfinite(b.low)), *(b.likely for b in shown)])
    top = max([0.0, *ends]) or 1.0
    at = 0.0
    # From the top down, in pixels.
    for bar, line, tall in zip(shown, lines, heights, strict=True):
        middle = at - tall + 10
        axes.barh(middle, bar.likely, height=14, color=bar.color, zorder=2)
        if np.isfinite(bar.low + bar.high):
            axes.errorbar(
                bar.likely,
                middle,
                xerr=[[max(bar.likely - bar.low, 0)], [max(bar.high - bar.likely, 0)]],
                fmt="none",
                ecolor=BLACK,
                elinewidth=1.6,
                capsize=5,
                capthick=1.6,
                zorder=3,
            )
        axes.text(
            min(1.05 * lowest, 0.0),
            middle + 10,
            "\n".join(line),
            va="bottom",
            ha="left",
            fontsize=11.5,
            linespacing=1.1,
        ).set_gid(f"halo-name-{len(axes.texts)}")
        tip = bar.high if np.isfinite(bar.high) else bar.likely
        _told(axes, with_ends(bar, language), max(tip, 0.0), middle)
        at -= tall
    ends_ = [
        (max(b.high if np.isfinite(b.high) else b.likely, 0.0), with_ends(b, language))
        for b in shown
    ]
    axes.set_xlim(1.05 * lowest, _room(1.05 * lowest, [*ends_, (top, "")], width - 28))
    axes.set_ylim(at, 4)
    axes.set_yticks([])
    axes.spines["left"].set_color(MUTED)
    _axis(axes, language, x=True)
    axes.set_xlabel(textwrap.fill(axis, int(width / 6.6)), fontsize=11.5)
    axes.grid(axis="x", color=LINE, lw=0.5, zorder=0)
    return figure


def _room(start: float, tips: Sequence[tuple[float, str]], width: float) -> float:
    """Where the axis must end so that every number fits between the tip of its bar and the edge.

    `width` in CSS pixels; a bar keeps three tenths of it, whatever its number takes.
    """
    ends = []
    for tip, text in tips:
        left = max(0.3 * width, width - 14 - 6.9 * len(text))
        ends.append(start + (tip - start) * width / left)
    return max([*ends, start + 1e-9])


def _told(axes: Axes, text: str, x: float, y: float) -> None:
    """A number at the end of a bar, free of the cap of its interval."""
    axes.annotate(
        text,
        (x, y),
        (8, 0),
        textcoords="offset points",
        va="center",
        fontsize=11,
        fontweight="bold",
        zorder=6,
    ).set_gid(f"halo-{len(axes.texts)}")


def with_ends(bar: Bar, language: Language) -> str:
    """`12 (10 – 14)`; the ends with the decimals of the likely value."""
    digits = digits_for(bar.likely)
    shown = amount(bar.likely, language, digits)
    if not np.isfinite(bar.low + bar.high):
        return shown
    ends = " – ".join(amount(v, language, digits) for v in (bar.low, bar.high))
    return f"{shown} ({ends})"


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of a waterfall: what it adds (positive) or takes; `whole` stands on zero."""

    name: str
    amount: float
    low: float = np.nan
    high: float = np.nan
    whole: bool = False
    color: str = VERMILION


def waterfall(found: Sequence[Step], axis: str, language: Language, width: float) -> Figure:
    """From the gross to the net, one bar below the other; names above, so that they never crowd."""
    lines = [textwrap.wrap(s.name, int((width - 30) / 6.7)) or [""] for s in found]
    heights = [ROW + 15.0 * (len(line) - 1) for line in lines]
    figure, axes = _frame(width, sum(heights) + 60, left=12, bottom=52, right=16, top=4)
    tops = [s.high if np.isfinite(s.high) else s.amount for s in found if s.whole]
    top = max([1e-9, *tops])
    lowest = min([0.0, *(s.low for s in found if s.whole and np.isfinite(s.low))])
    level, at, before = 0.0, 0.0, None
    tips: list[tuple[float, str]] = [(top, "")]
    for step, line, tall in zip(found, lines, heights, strict=True):
        middle = at - tall + 10
        start = 0.0 if step.whole else level
        end = start + step.amount
        lowest = min(lowest, start, end)
        if before is not None:
            axes.plot([level, level], [before, middle], color=MUTED, lw=0.8, ls=":", zorder=1)
        axes.barh(
            middle,
            step.amount,
            left=start,
            height=15,
            color=step.color,
            hatch="" if step.whole else "////",
            edgecolor="white",
            lw=0,
            zorder=2,
        )
        tip = max(start, end)
        if step.whole and np.isfinite(step.low + step.high):
            axes.plot(
                [step.low, step.high],
                [middle] * 2,
                color=BLACK,
                lw=1.6,
                marker="|",
                ms=9,
                mew=1.6,
                zorder=4,
            )
            tip = max(tip, step.high)
        axes.text(0, middle + 10, "\n".join(line), va="bottom", ha="left", fontsize=11.5).set_gid(
            f"halo-name-{len(axes.texts)}"
        )
        sign = "" if step.whole else ("+" if step.amount > 0 else "")
        bar = Bar("", step.amount, *((step.low, step.high) if step.whole else (np.nan, np.nan)))
        _told(axes, sign + with_ends(bar, language), tip, middle)
        tips.append((tip, sign + with_ends(bar, language)))
        level, before = end, middle
        at -= tall
    axes.set_xlim(1.05 * lowest, _room(1.05 * lowest, tips, width - 28))
    axes.set_ylim(at, 4)
    axes.set_yticks([])
    axes.axvline(0, color=INK, lw=1, zorder=3)
    _axis(axes, language, x=True)
    axes.set_xlabel(textwrap.fill(axis, int(width / 6.6)), fontsize=11.5)
    axes.grid(axis="x", color=LINE, lw=0.5, zorder=0)
    return figure


@dataclass(frozen=True, slots=True)
class Band:
    """One series over years. `low` and `high` may be all NaN."""

    name: str
    years: np.ndarray
    likely: np.ndarray
    low: np.ndarray
    high: np.ndarray


def bands(
    found: Sequence[Band],
    axis: str,
    language: Language,
    width: float,
    *,
    years: str,
    shaded: int = 9,
) -> Figure:
    """Series with their 5–95 % bands; colors and dashes stand in the legend beside it.

    Only the first `shaded` have bands: many of them over each other show nothing.
    """
    figure, axes = _frame(width, 330 if width > NARROW else 290, left=84, bottom=48, top=14)
    for i, (band, (color, dash)) in enumerate(zip(found, _looks(len(found)), strict=True)):
        if i < shaded:
            axes.fill_between(
                band.years, band.low, band.high, color=color, alpha=0.16, lw=0, zorder=2
            )
            for edge in (band.low, band.high):
                axes.plot(band.years, edge, color=color, lw=0.7, alpha=0.7, zorder=3)
        marker = "o" if len(band.years) < 12 else ""
        axes.plot(
            band.years, band.likely, color=color, ls=dash, lw=2.2, marker=marker, ms=4, zorder=4
        )
    axes.axhline(0, color=INK, lw=1, zorder=3)
    axes.autoscale_view()
    _axis(axes, language, x=False)
    year_axis(axes)
    axes.set_ylabel(textwrap.fill(axis, 34), fontsize=11.5)
    axes.set_xlabel(years, fontsize=11.5)
    axes.grid(axis="y", color=LINE, lw=0.5, zorder=0)
    return figure


def _looks(count: int) -> list[tuple[str, object]]:
    return [SERIES[i % len(SERIES)] for i in range(count)]


def year_axis(axes: Axes) -> None:
    """Whole years, without separators."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    wide = axes.get_window_extent().width > NARROW
    axes.xaxis.set_major_locator(MaxNLocator(8 if wide else 4, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}"))


@dataclass(frozen=True, slots=True)
class Cloud:
    """Cells of an assessment: actual and predicted (ha), and the two lines through them."""

    actual: np.ndarray
    predicted: np.ndarray
    ols: tuple[float, float] = (np.nan, np.nan)
    theil_sen: tuple[float, float] = (np.nan, np.nan)


def scatter(
    found: Cloud, labels: tuple[str, str], language: Language, width: float, top: float
) -> Figure:
    """Predicted against actual, with the line of equality; both axes end at `top`."""
    side = min(width, 420.0)
    figure, axes = _frame(width, side, left=70, bottom=56, right=30, top=12)
    span = np.array([0.0, top])
    axes.plot(span, span, color=MUTED, lw=1.4, zorder=2)
    axes.plot(
        found.actual, found.predicted, "o", ms=4.2, mfc=BLUE, mec="white", mew=0.4, alpha=0.65
    )
    looks = ((found.ols, VERMILION, (0, (6, 2))), (found.theil_sen, BLACK, (0, (1.5, 1.5))))
    for (slope, start), color, dash in looks:
        if np.isfinite(slope + start):
            axes.plot(span, start + slope * span, color=color, ls=dash, lw=2, zorder=5)
    axes.set_xlim(-0.02 * top, top)
    axes.set_ylim(-0.02 * top, top)
    _axis(axes, language, x=True)
    _axis(axes, language, x=False)
    axes.set_xlabel(labels[0], fontsize=11.5)
    axes.set_ylabel(labels[1], fontsize=11.5)
    axes.grid(color=LINE, lw=0.5, zorder=0)
    return figure


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole in one line."""

    name: str
    amount: float
    color: str
    hatch: str = ""


def stack(found: Sequence[Part], language: Language, width: float, axis: str) -> Figure:
    """Parts side by side in one bar; their names and numbers stand in the legend."""
    figure, axes = _frame(width, 96, left=12, bottom=46, right=20, top=6)
    start = 0.0
    for part in found:
        axes.barh(
            0,
            part.amount,
            left=start,
            height=0.8,
            color=part.color,
            hatch=part.hatch,
            edgecolor="white",
            lw=1.2,
            zorder=2,
        )
        start += part.amount
    axes.set_xlim(0, start or 1.0)
    axes.set_ylim(-0.5, 0.5)
    axes.set_yticks([])
    _axis(axes, language, x=True)
    axes.set_xlabel(axis, fontsize=11.5)
    return figure


@dataclass(frozen=True, slots=True)
class Columns:
    """Values by number or name, drawn as upright bars; `line` is a second measure, or None."""

    names: Sequence[str]
    values: np.ndarray


def upright(
    found: Columns, labels: tuple[str, str], language: Language, width: float, *, log: bool = False
) -> Figure:
    """Upright bars with few labels below; on a logarithmic axis where asked for."""
    figure, axes = _frame(width, 250, left=76, bottom=50, right=12, top=12)
    at = np.arange(len(found.values))
    axes.bar(at, np.nan_to_num(found.values), width=0.8, color=BLUE, zorder=2)
    every = max(1, -(-len(at) * 24 // int(width - 88)))
    axes.set_xticks(at[::every], list(found.names)[::every], fontsize=10)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.7, len(at) - 0.3)
    if log:
        axes.set_yscale("log")
        axes.minorticks_off()
        low = float(np.nanmin(found.values[found.values > 0], initial=1.0))
        high = float(np.nanmax(found.values, initial=1e-9))
        powers = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
        ticks = [10.0**p for p in powers]
        axes.set_ylim(ticks[0], ticks[-1])
        axes.set_yticks(
            ticks,
            [number(t, language, max(0, -int(p))) for t, p in zip(ticks, powers, strict=True)],
        )
    else:
        _axis(axes, language, x=False)
    axes.set_xlabel(labels[0], fontsize=11.5)
    axes.set_ylabel(textwrap.fill(labels[1], 30), fontsize=11.5)
    axes.grid(axis="y", color=LINE, lw=0.5, zorder=0)
    return figure


def strips(
    groups: Sequence[tuple[str, np.ndarray, Bar]], axis: str, language: Language, width: float
) -> Figure:
    """Single values of each group as small marks, with their mean and its interval over them."""
    lines = [textwrap.wrap(name, int((width - 30) / 6.7)) or [""] for name, _, _ in groups]
    heights = [54.0 + 15.0 * (len(line) - 1) for line in lines]
    figure, axes = _frame(width, sum(heights) + 60, left=12, bottom=52, right=20, top=4)
    at = 0.0
    for (_, values, mean), line, tall in zip(groups, lines, heights, strict=True):
        middle = at - tall + 16
        drawn = values[np.isfinite(values)]
        axes.plot(
            drawn, np.full(drawn.size, middle), "|", ms=15, mew=1.4, color=BLUE, alpha=0.6, zorder=2
        )
        if np.isfinite(mean.low + mean.high):
            axes.plot([mean.low, mean.high], [middle] * 2, color=BLACK, lw=2.4, zorder=4)
        axes.plot(mean.likely, middle, "D", ms=8, mfc=ORANGE, mec=BLACK, mew=1.2, zorder=5)
        axes.text(0, middle + 13, "\n".join(line), va="bottom", ha="left", fontsize=11.5)
        at -= tall
    top = max((float(np.nanmax(np.append(v, m.high))) for _, v, m in groups), default=1.0)
    axes.set_xlim(0, 1.06 * top)
    axes.set_ylim(at, 4)
    axes.set_yticks([])
    _axis(axes, language, x=True)
    axes.set_xlabel(textwrap.fill(axis, int(width / 6.6)), fontsize=11.5)
    axes.grid(axis="x", color=LINE, lw=0.5, zorder=0)
    return figure


@dataclass(frozen=True, slots=True)
class Pair:
    """Two measures of one thing on one axis."""

    name: str
    first: float
    second: float


def paired(found: Sequence[Pair], axis: str, language: Language, width: float) -> Figure:
    """Two bars for each name, the second one hatched."""
    tall = 58.0
    figure, axes = _frame(width, tall * len(found) + 60, left=12, bottom=52, right=20, top=4)
    values = [v for p in found for v in (p.first, p.second) if np.isfinite(v)]
    top = max([1e-9, *values])
    for i, pair in enumerate(found):
        base = -tall * (i + 1) + 8
        bars_ = ((pair.first, ORANGE, "", 15.0), (pair.second, BLUE, "////", 0.0))
        for value, color, hatch, up in bars_:
            axes.barh(
                base + up + 5,
                np.nan_to_num(value),
                height=11,
                color=color,
                hatch=hatch,
                edgecolor="white",
                lw=0,
                zorder=2,
            )
            axes.text(
                np.nan_to_num(value) + 0.015 * top,
                base + up + 5,
                amount(value, language),
                va="center",
                fontsize=10.5,
                fontweight="bold",
            ).set_gid(f"halo-{len(axes.texts)}")
        axes.text(0, base + 30, pair.name, va="bottom", ha="left", fontsize=11.5)
    axes.set_xlim(0, 1.14 * top)
    axes.set_ylim(-tall * len(found), 2)
    axes.set_yticks([])
    _axis(axes, language, x=True)
    axes.set_xlabel(textwrap.fill(axis, int(width / 6.6)), fontsize=11.5)
    axes.grid(axis="x", color=LINE, lw=0.5, zorder=0)
    return figure


def centered(values: np.ndarray, mean: Bar, axis: str, language: Language, width: float) -> Figure:
    """Single values about zero as marks, with their mean and its interval."""
    figure, axes = _frame(width, 130, left=14, bottom=52, right=20, top=8)
    drawn = values[np.isfinite(values)]
    axes.axvline(0, color=INK, lw=1, zorder=1)
    axes.plot(drawn, np.zeros(drawn.size), "|", ms=22, mew=1.6, color=BLUE, alpha=0.6, zorder=2)
    axes.plot([mean.low, mean.high], [0, 0], color=BLACK, lw=2.4, zorder=4)
    axes.plot(mean.likely, 0, "D", ms=8, mfc=ORANGE, mec=BLACK, mew=1.2, zorder=5)
    reach = 1.08 * float(np.abs(np.append(drawn, 1e-9)).max())
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    _axis(axes, language, x=True)
    axes.set_xlabel(textwrap.fill(axis, int(width / 6.6)), fontsize=11.5)
    axes.grid(axis="x", color=LINE, lw=0.5, zorder=0)
    return figure


@dataclass(frozen=True, slots=True)
class Curve:
    """A measure over the bins of one driver; open bins end at the nearest finite edge."""

    name: str
    lower: np.ndarray
    upper: np.ndarray
    values: np.ndarray


def curves(found: Sequence[Curve], axis: str, language: Language, width: float) -> Figure:
    """One panel below the other, each with its own bins; the line at 1 is "as on average"."""
    tall = 92.0
    height = tall * len(found) + 34
    figure = blank(width, height)
    values = np.concatenate([c.values for c in found])
    known = values[np.isfinite(values) & (values > 0)]
    ends = np.log10([*np.quantile(known, (0.01, 0.99)), 0.5, 2.0]) if known.size else np.zeros(1)
    ticks = 10.0 ** np.arange(np.floor(ends.min()), np.ceil(ends.max()) + 1)
    for i, curve in enumerate(found):
        bottom = height - tall * (i + 1) + 26
        axes = figure.add_axes((64 / width, bottom / height, (width - 78) / width, 46 / height))
        at = np.arange(len(curve.values))
        clipped = np.clip(curve.values, ticks[0], ticks[-1])
        axes.set_yscale("log")
        axes.bar(at, clipped - 1, bottom=1, width=0.86, color=BLUE, zorder=2)
        axes.axhline(1, color=INK, lw=1, zorder=3)
        axes.set_ylim(ticks[0], ticks[-1])
        axes.minorticks_off()
        shown = ticks if len(ticks) < 4 else ticks[:: len(ticks) // 3]
        names = [number(t, language, max(0, -round(np.log10(t)))) for t in shown]
        axes.set_yticks(shown, names, fontsize=9.5)
        axes.set_xlim(-0.6, len(at) - 0.4)
        every = max(1, -(-len(at) * 46 // int(width - 78)))
        names = [_bin(a, b, language) for a, b in zip(curve.lower, curve.upper, strict=True)]
        axes.set_xticks(at[::every], names[::every], fontsize=9.5)
        axes.tick_params(axis="x", length=0)
        axes.set_title(curve.name, fontsize=11, pad=4)
        axes.grid(axis="y", color=LINE, lw=0.5, zorder=0)
    told = textwrap.fill(axis, int(width / 6.4))
    figure.text(0.5, 0.005, told, ha="center", va="bottom", fontsize=11.5, color=INK)
    return figure


def _bin(low: float, high: float, language: Language) -> str:
    """The ends of a bin in short: `1–2`, `≥ 5`; thousands as `5k`."""
    if not np.isfinite(high):
        return f"≥ {_short(low, language)}"
    if not np.isfinite(low):
        return f"< {_short(high, language)}"
    return f"{_short(low, language)}–{_short(high, language)}"


def _short(value: float, language: Language) -> str:
    if abs(value) >= 1000:
        return f"{number(value / 1000, language, 0 if value % 1000 == 0 else 1)}k"
    if value == round(value):
        return amount(value, language, 0)
    # Small shares keep a digit that is not zero.
    return amount(value, language, max(digits_for(value), -int(np.floor(np.log10(abs(value))))))
