"""The front drawn for paper: parallel axes and scatter plots; better is always up, or to the right.

Up to `LINES` portfolios are lines and dots; more are drawn as density, an image in which the
number of portfolios through a pixel gives its shade (on a logarithmic scale).
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nonetloss.core.language import Language, number
from nonetloss.study.report.dams.embedding import Mark, kept_rows
from nonetloss.study.report.dams.model import CriterionView, FrontView
from nonetloss.study.report.dams.names import criterion_head
from nonetloss.study.report.figure import BLUE, INK, LINE, MUTED, NARROW, blank
from nonetloss.study.report.words import word

# More lines than this are drawn as density: the file would grow and the eye see a blot.
LINES = 2_000
# A density does not change visibly beyond so many portfolios.
DRAWN = 200_000
# Width of one line of a label beside an axis, in CSS pixels.
LABEL_LINE = 17.0
GOOD = "#00593f"
PURPLE = "#8e4585"
DENSITY = LinearSegmentedColormap.from_list("density", ["#a9cce6", "#6baed6", "#2171b5", "#08265a"])


@dataclass(frozen=True, slots=True)
class Look:
    """How a marked portfolio is drawn: color, dashes and symbol each tell it apart."""

    color: str
    dash: Any
    marker: str


LOOKS = {
    "today": Look("#000000", "solid", "D"),
    "full": Look("#d55e00", (0, (5, 2)), "s"),
    "plan": Look(PURPLE, (0, (1.5, 1.8)), "^"),
    "chosen": Look("#007a58", "solid", "*"),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """From the values of a criterion to 0 (worst) … 1 (best) of an axis, and its ticks."""

    low: float
    high: float
    sign: int

    def at(self, values: Any) -> np.ndarray:
        """Places of values on the axis."""
        share = (np.asarray(values, dtype=float) - self.low) / (self.high - self.low)
        return share if self.sign > 0 else 1 - share

    def ticks(self, wanted: int, language: Language) -> list[tuple[float, str]]:
        """Place and text of round numbers."""
        locator = MaxNLocator(wanted, steps=[1, 2, 2.5, 5, 10])
        values = np.asarray(locator.tick_values(self.low, self.high), dtype=float)
        step = float(values[1] - values[0])
        digits = next((d for d in range(9) if abs(step * 10**d - round(step * 10**d)) < 1e-6), 9)
        inside = values[(values >= self.low) & (values <= self.high)]
        return [
            (float(self.at(v)), number(float(v), language, digits).replace("-", "−"))
            for v in inside
        ]


def scales(front: FrontView, marks: Sequence[Mark]) -> list[Scale]:
    """One scale per criterion, over the front and the marked portfolios."""
    made = []
    for i, criterion in enumerate(front.criteria):
        seen = np.append(front.values[:, i], [m.values[i] for m in marks])
        low, high = float(np.nanmin(seen)), float(np.nanmax(seen))
        pad = 0.03 * (high - low) or 1.0
        made.append(Scale(low - pad, high + pad, criterion.sign))
    return made


def parallel_axes(
    front: FrontView, marks: Sequence[Mark], language: Language, width: float
) -> Figure:
    """One axis per criterion, one line per portfolio; on a phone the axes lie flat."""
    wide = width > NARROW
    count = len(front.criteria)
    if wide:
        height, start, end, low, high = 446.0, 74.0, width - 74.0, 26.0, 368.0
    else:
        height = 96.0 * count
        start, end, low, high = height - 52.0, 44.0, 14.0, width - 14.0
    main = np.linspace(start, end, count) if count > 1 else np.array([start])
    figure, axes = _sheet(width, height)
    found = scales(front, marks)
    rows = kept_rows(front.values, (), DRAWN)
    places = np.column_stack([s.at(front.values[rows, i]) for i, s in enumerate(found)])
    cross = low + places * (high - low)
    _lines(axes, main, cross, wide)
    for i, criterion in enumerate(front.criteria):
        ends = np.array([[main[i], low], [main[i], high]])
        axes.plot(*(ends if wide else ends[:, ::-1]).T, color=INK, lw=1.2, zorder=5)
        for place, text in found[i].ticks(6 if wide else 4, language):
            at = low + place * (high - low)
            _tick(axes, text, main[i], at, last=i == count - 1, wide=wide)
        step = abs(end - start) / max(1, count - 1)
        _head(axes, criterion, language, i, count, main[i], step, width, high, wide)
    for mark in marks:
        spots = np.array(
            [low + float(s.at(v)) * (high - low) for s, v in zip(found, mark.values, strict=True)]
        )
        look = LOOKS[mark.kind]
        line = np.column_stack([main, spots] if wide else [spots, main])
        axes.plot(
            *line.T,
            color=look.color,
            ls=look.dash,
            lw=2.2,
            marker=look.marker,
            ms=11 if look.marker == "*" else 7,
            mec="white",
            mew=0.8,
            zorder=8,
        )
        for spot in line:
            _letter(axes, mark, float(spot[0]), float(spot[1]))
    return figure


def _letter(axes: Axes, mark: Mark, x: float, y: float) -> None:
    """The letter of a plan beside its symbol."""
    if mark.badge:
        axes.annotate(
            mark.badge,
            (x, y),
            (6, 3),
            textcoords="offset points",
            fontsize=10.5,
            fontweight="bold",
            color=LOOKS[mark.kind].color,
            zorder=10,
        ).set_gid(f"halo-mark-{len(axes.texts)}")


def _sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """Axes whose units are CSS pixels of the whole figure."""
    figure = blank(width, height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.axis("off")
    return figure, axes


def _lines(axes: Axes, main: np.ndarray, cross: np.ndarray, wide: bool) -> None:
    if len(cross) <= LINES:
        shown = np.stack([np.broadcast_to(main, cross.shape), cross], axis=2)
        alpha = float(np.clip(60 / max(1, len(cross)), 0.12, 0.8))
        axes.add_collection(
            LineCollection(
                list(shown if wide else shown[:, :, ::-1]),
                colors=BLUE,
                linewidths=0.8,
                alpha=alpha,
                zorder=2,
            )
        )
        return
    first, last = round(float(main.min())), round(float(main.max()))
    low, high = int(cross.min()), int(cross.max()) + 2
    counts = np.zeros((last - first + 1, high - low))
    for i in range(len(main) - 1):
        a, b = main[i], main[i + 1]
        for at in range(int(np.ceil(min(a, b))), int(np.floor(max(a, b))) + 1):
            share = (at - a) / (b - a)
            spot = cross[:, i] + share * (cross[:, i + 1] - cross[:, i]) - low
            column = np.bincount(spot.astype(int), minlength=high - low)
            counts[at - first] = column[: high - low]
    image = counts.T if wide else counts
    box = (first, last + 1, low, high) if wide else (low, high, first, last + 1)
    _density(axes, image, box, 2)


def _density(
    axes: Axes, counts: np.ndarray, box: tuple[float, float, float, float], order: int
) -> None:
    """Counts as an image: nothing where there is nothing, darker where there are more."""
    shade = np.log1p(counts) / np.log1p(max(1.0, float(counts.max())))
    colors = DENSITY(shade)
    colors[..., 3] = counts > 0
    x, y = axes.get_xlim(), axes.get_ylim()
    pixels = (255 * colors).round().astype(np.uint8)
    axes.imshow(
        pixels, extent=box, origin="lower", interpolation="nearest", aspect="auto", zorder=order
    )
    axes.set_xlim(x)
    axes.set_ylim(y)


def _tick(axes: Axes, text: str, main: float, at: float, *, last: bool, wide: bool) -> None:
    if wide:
        side = 8 if last else -8
        align = "left" if last else "right"
        drawn = axes.text(
            main + side, at, text, fontsize=10.5, color=MUTED, ha=align, va="center", zorder=9
        )
    else:
        drawn = axes.text(
            at, main - 6, text, fontsize=10, color=MUTED, ha="center", va="top", zorder=9
        )
    drawn.set_gid(f"halo-tick-{len(axes.texts)}")


def _head(
    axes: Axes,
    criterion: CriterionView,
    language: Language,
    index: int,
    count: int,
    main: float,
    step: float,
    width: float,
    high: float,
    wide: bool,
) -> None:
    """Title, unit and the direction that is better."""
    head = criterion_head(criterion, language)
    if not wide:
        axes.text(14, main + 9, head, fontsize=11, fontweight="bold", va="bottom", zorder=9)
        # The direction is the same on all axes: said once, then shown.
        better = word("dams.better-right", language) if index == 0 else "→"
        axes.text(high, main + 9, better, fontsize=10, color=GOOD, ha="right", va="bottom")
        return
    outer = index in (0, count - 1)
    room = 0.5 * step + 66 if outer else step - 14
    text = textwrap.fill(head, max(8, int(room / 7.6)))
    align, x = "center", main
    if index == 0:
        align, x = "left", 4.0
    elif index == count - 1:
        align, x = "right", width - 4
    axes.text(x, high + 22, text, fontsize=11.5, fontweight="bold", ha=align, va="bottom")
    axes.text(
        main, high + 6, word("dams.better-up", language), fontsize=10.5, color=GOOD, ha="center"
    )


def scatter_plots(
    front: FrontView, marks: Sequence[Mark], language: Language, width: float
) -> Figure:
    """Every pair of criteria; on a phone the first against each other one."""
    wide = width > NARROW
    count = len(front.criteria)
    found = scales(front, marks)
    # Room for the longest number beside the axes, and for two lines of label.
    longest = max(len(text) for s in found[1:] or found for _, text in s.ticks(5, language))
    left, gap = (50.0 + 6.2 * longest, 14.0) if wide else (14.0 + 6.4 * longest, 62.0)
    if wide:
        columns = max(1, count - 1)
        low = _panel_height(width, left, gap, columns)
        heads = [_side_label(c, language, low) for c in front.criteria[1:]]
        left += LABEL_LINE * (max((h.count("\n") for h in heads), default=1) - 1)
        w = min(420.0, (width - left - 16 - gap * (columns - 1)) / columns)
        h = _panel_height(width, left, gap, columns)
        height = 16 + columns * (h + gap) + 44
        panels = [
            (c, r + 1, left + c * (w + gap), 16 + r * (h + gap))
            for r in range(columns)
            for c in range(r + 1)
        ]
    else:
        w = width - left - 12
        h = 0.6 * w
        height = (count - 1) * (h + gap) + 30
        panels = [(0, r, left, 26 + (r - 1) * (h + gap)) for r in range(1, count)]
    figure = blank(width, height)
    rows = kept_rows(front.values, (), DRAWN)
    places = np.column_stack([s.at(front.values[rows, i]) for i, s in enumerate(found)])
    for x, y, at, top in panels:
        axes = figure.add_axes((at / width, 1 - (top + h) / height, w / width, h / height))
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        for spine in axes.spines.values():
            spine.set_visible(True)
        dense = len(places) * len(panels) > LINES
        _cloud(axes, places[:, [x, y]], int(w), int(h), dense=dense)
        for mark in marks:
            spot = [float(found[i].at(mark.values[i])) for i in (x, y)]
            look = LOOKS[mark.kind]
            size = 12 if look.marker == "*" else 7
            axes.plot(*spot, look.marker, ms=size, color=look.color, mec="white", mew=0.8, zorder=8)
            _letter(axes, mark, *spot)
        _panel_axes(
            axes,
            front,
            found,
            (x, y),
            language,
            bottom=y == count - 1 or not wide,
            side=x == 0,
            wide=wide,
            size=(w, h, left),
        )
    return figure


def _panel_height(width: float, left: float, gap: float, columns: int) -> float:
    """Height of a panel where so many stand side by side."""
    w = min(420.0, (width - left - 16 - gap * (columns - 1)) / columns)
    return float(np.clip(0.72 * w, 96, 300))


def _side_label(criterion: CriterionView, language: Language, h: float) -> str:
    """Title, unit and direction of the axis at the left, in lines no longer than the panel."""
    label = f"{criterion_head(criterion, language)} {word('dams.arrow', language)}"
    return textwrap.fill(label, max(12, int(h / 7.4)))


def _cloud(axes: Axes, places: np.ndarray, w: int, h: int, *, dense: bool) -> None:
    if not dense:
        axes.plot(*places.T, ".", ms=3.2, color=BLUE, alpha=0.6, mew=0, zorder=3)
        return
    dot = 3 if len(places) < 2_000 else (2 if len(places) < 50_000 else 1)
    shape = (max(1, h // dot), max(1, w // dot))
    counts, _, _ = np.histogram2d(places[:, 1], places[:, 0], bins=shape, range=((0, 1), (0, 1)))
    _density(axes, counts, (0, 1, 0, 1), 3)


def _panel_axes(
    axes: Axes,
    front: FrontView,
    found: Sequence[Scale],
    pair: tuple[int, int],
    language: Language,
    *,
    bottom: bool,
    side: bool,
    wide: bool,
    size: tuple[float, float, float],
) -> None:
    """Ticks and labels; `size` is width, height and the room at the left for numbers and label."""
    x, y = pair
    w, h, gutter = size
    x_ticks = found[x].ticks(4 if w > 150 else 2, language)
    y_ticks = found[y].ticks(5 if h > 150 else 3, language)
    axes.set_xticks([t for t, _ in x_ticks], [s if bottom else "" for _, s in x_ticks], fontsize=10)
    axes.set_yticks([t for t, _ in y_ticks], [s if side else "" for _, s in y_ticks], fontsize=10)
    axes.grid(color=LINE, lw=0.5, zorder=0)
    axes.tick_params(length=2, pad=3)
    arrow = word("dams.arrow", language)
    if bottom:
        label = f"{criterion_head(front.criteria[x], language)} {arrow}"
        axes.set_xlabel(
            textwrap.fill(label, max(12, int(w / 6.6))), fontsize=10.5, fontweight="bold"
        )
    if side:
        label = f"{criterion_head(front.criteria[y], language)} {arrow}"
        if wide:
            label = _side_label(front.criteria[y], language, h)
            axes.set_ylabel(label, fontsize=10.5, fontweight="bold", va="top")
            axes.yaxis.set_label_coords(-(gutter - 4) / w, 0.5)
        else:
            head = criterion_head(front.criteria[y], language)
            axes.set_title(f"↑ {head}", fontsize=10.5, x=-(gutter - 6) / w, pad=5, ha="left")
