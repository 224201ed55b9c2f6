"""Charts of compensation: years, sensitivity, who gains and loses, progress, joint plan."""

from collections.abc import Sequence
from textwrap import fill, wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

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
    VERMILION,
    blank,
)
from nonetloss.study.report.model import Run
from nonetloss.study.report.offset_names import assumption_name, site_name
from nonetloss.study.report.record import unit_label
from nonetloss.study.report.words import amount, word

# More panels than this no page holds; the table has all of them.
PANELS = 12


def panels(run: Run) -> list[str]:
    """Parcels whose trajectories are drawn: the chosen ones, or all where none was chosen."""
    table = run.offsetting.trajectories
    if not len(table):
        return []
    known = list(dict.fromkeys(table["parcel"].astype(str)))
    chosen = [p.name for p in run.parcels if p.chosen and p.name in known]
    return (chosen or known)[:PANELS]


def _grid(
    width: float, count: int, tall: float = 132.0, gap: float = 16.0
) -> tuple[Figure, list[Axes]]:
    """Small panels left to right; `gap` pixels between them."""
    across = 2 if width <= NARROW else min(4 if width > 700 else 3, count)
    down = -(-count // across)
    height = down * tall + (56 if width <= NARROW else 40)
    figure = blank(width, height)
    left, gap_x, gap_y = max(40.0, gap), gap, 40.0
    each = (width - left - 10 - gap_x * (across - 1)) / across
    made = []
    for index in range(count):
        row, column = divmod(index, across)
        x = left + column * (each + gap_x)
        y = height - 22 - row * tall - (tall - gap_y)
        axes = figure.add_axes((x / width, y / height, each / width, (tall - gap_y) / height))
        if column:
            axes.tick_params(labelleft=False)
        made.append(axes)
    return figure, made


def _below(figure: Figure, shown: str) -> None:
    width = 72 * figure.get_size_inches()[0]
    told = fill(shown, int(width / 6.4))
    figure.text(0.5, 0.01, told, ha="center", va="bottom", fontsize=11, color=INK)


def _title(run: Run, axes: Axes, name: str, language: Language) -> None:
    """The name of a site over its panel, as much of it as fits."""
    room = axes.get_window_extent().width
    axes.set_title(site_name(run, name, language, int(room / 6.4)), fontsize=10, pad=3)


def trajectories(run: Run, language: Language, width: float) -> Figure:
    """Ecological value per hectare of every chosen parcel, with the offset and without it."""
    names = panels(run)
    table = run.offsetting.trajectories
    figure, made = _grid(width, len(names))
    drawn = table[table["parcel"].astype(str).isin(names)]
    ends = [c for c in ("with_high", "without_high", "with_likely") if c in drawn]
    top = min(1.0, 1.08 * float(np.nanmax(drawn[ends].to_numpy(dtype=float))))
    for axes, name in zip(made, names, strict=True):
        rows = drawn[drawn["parcel"].astype(str) == name]
        years = rows["year"].to_numpy(dtype=float)
        looks = (("without", ORANGE, "--"), ("with", BLUE, "-"))
        for kind, color, dash in looks:
            if f"{kind}_low" in rows:
                axes.fill_between(
                    years, rows[f"{kind}_low"], rows[f"{kind}_high"], color=color, alpha=0.22, lw=0
                )
            axes.plot(years, rows[f"{kind}_likely"], color=color, ls=dash, lw=2)
        axes.set_ylim(0, top)
        axes.set_xlim(years.min(), years.max())
        _title(run, axes, name, language)
        axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(3))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: number(v, language, 1)))
        axes.tick_params(labelsize=9.5, length=2)
        axes.grid(axis="y", color=LINE, lw=0.5, zorder=0)
    _below(figure, word("axis-years", language))
    return figure


def assumptions(run: Run) -> pd.DataFrame:
    """Gain of the chosen parcels together under each changed assumption: assumption, value,
    gain_qha, change (against the run's own); empty without a table of sensitivity.
    """
    table = run.offsetting.sensitivity
    if not len(table):
        return pd.DataFrame()
    chosen = {p.name for p in run.parcels if p.chosen}
    rows = table[table["parcel"].astype(str).isin(chosen)] if chosen else table
    whole = rows.groupby(["assumption", "value"], sort=False, dropna=False)["gain_likely_qha"].sum()
    found = whole.reset_index().rename(columns={"gain_likely_qha": "gain_qha"})
    given = found.loc[found["assumption"] == "as_given", "gain_qha"]
    if not len(given) or float(given.iloc[0]) == 0:
        return pd.DataFrame()
    return found.assign(change=found["gain_qha"] / float(given.iloc[0]) - 1.0)


def sensitivity(run: Run, language: Language, width: float) -> Figure:
    """How far each changed assumption moves the gain of the chosen parcels.

    Assumptions that change nothing are those of the run itself; the table has them. Labels stand
    in lines of their own, which no bar, line or number crosses.
    """
    table = assumptions(run)
    table = table[(table["assumption"] != "as_given")]
    moved = table[table["change"].abs() > 1e-6]
    rows = (moved if len(moved) else table).to_dict("records")
    told = [
        wrap(assumption_name(str(r["assumption"]), r["value"], language), int((width - 24) / 6.6))
        for r in rows
    ]
    line, bar, gap = 14.0, 12.0, 9.0
    heights = [line * len(lines) + bar + gap for lines in told]
    figure, axes = _frame(width, sum(heights) + 52, left=12, bottom=48, right=12, top=4)
    values = [100 * float(r["change"]) for r in rows]
    low, high = min(*values, 0.0), max(*values, 0.0)
    span = (high - low) or 1.0
    # Room at both ends for the longest number.
    room = 0.32 if width > NARROW else 0.75
    axes.set_xlim(low - room * span, high + room * span)
    axes.set_ylim(0, sum(heights))
    top = sum(heights)
    for row, lines, tall, value in zip(rows, told, heights, values, strict=True):
        label = "\n".join(lines)
        axes.text(axes.get_xlim()[0], top - 2, label, va="top", ha="left", fontsize=11)
        y = top - line * len(lines) - 3 - bar / 2
        good = value >= 0
        axes.barh(y, value, height=bar, color=GREEN if good else VERMILION, zorder=2)
        axes.vlines(0, y - bar / 2 - 2, y + bar / 2 + 2, color=INK, lw=1, zorder=3)
        shown = f"{number(value, language, 0)} % · {amount(row['gain_qha'], language)}"
        axes.text(
            value + (0.012 if good else -0.012) * span,
            y,
            shown.replace("-", "−"),
            va="center_baseline",
            ha="left" if good else "right",
            fontsize=10,
            fontweight="bold",
        )
        top -= tall
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    _axis(axes, language, x=True)
    axes.set_xlabel(word("axis-change", language))
    return figure


def beneficiaries(run: Run, language: Language, width: float) -> Figure:
    """Loss and gain of each service in each serviceshed, as shares of the larger of the two.

    Services have different units: every row has its own scale, and its amounts are written.
    """
    table = run.offsetting.services
    rows = table[(table["loss"].abs() > 0) | (table["gain"].abs() > 0)].iloc[::-1]
    narrow = width <= NARROW
    figure, axes = _frame(width, 58 * len(rows) + 30, left=12, bottom=20, right=12, top=4)
    for y, row in enumerate(rows.to_dict("records")):
        largest = max(float(row["loss"]), float(row["gain"])) or 1.0
        unit = unit_label(str(row["unit"]), language)
        for shift, part, color, hatch in (
            (0.13, "loss", VERMILION, "////"),
            (-0.15, "gain", GREEN, ""),
        ):
            size = float(row[part]) / largest
            axes.barh(
                y + shift,
                size,
                height=0.25,
                color=color,
                hatch=hatch,
                edgecolor="white",
                lw=0,
                zorder=2,
            )
            told = word(f"people-{part}", language)
            shown = f"{told} {amount(row[part], language)} {unit}"
            axes.text(size + 0.01, y + shift, shown, va="center", fontsize=10, fontweight="bold")
        name = f"{row[f'title_{language}']} · {row[f'shed_title_{language}']}"
        axes.text(0, y + 0.29, name, va="bottom", ha="left", fontsize=10.5 if narrow else 11.5)
    axes.set_xlim(0, 2.15 if narrow else 1.5)
    axes.set_ylim(-0.42, len(rows) - 0.3)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.spines["left"].set_color(MUTED)
    axes.spines["bottom"].set_visible(False)
    return figure


def comparison(run: Run, language: Language, width: float) -> Figure:
    """Cost of the plan decided in one piece beside that of one decision after the other."""
    table = run.offsetting.comparison
    rows = table.iloc[::-1].to_dict("records")
    figure, axes = _frame(width, 62 * len(rows) + 60, left=12, bottom=50, right=16, top=4)
    top = max(float(np.nan_to_num(r["total_usd"])) for r in rows) / 1e6 or 1.0
    for y, row in enumerate(rows):
        build, offset = (float(np.nan_to_num(row[c])) / 1e6 for c in ("build_usd", "offset_usd"))
        axes.barh(y, build, height=0.34, color=BLUE, zorder=2)
        axes.barh(
            y,
            offset,
            left=build,
            height=0.34,
            color=GREEN,
            hatch="////",
            edgecolor="white",
            lw=0,
            zorder=2,
        )
        name = word(f"plan-{row['plan']}", language)
        axes.text(0, y + 0.24, name, va="bottom", fontsize=11.5)
        total = build + offset
        axes.text(
            total + 0.01 * top,
            y,
            number(total, language, 1),
            va="center",
            fontsize=11,
            fontweight="bold",
        )
    axes.set_xlim(0, 1.16 * top)
    axes.set_ylim(-0.4, len(rows) - 0.25)
    axes.set_yticks([])
    axes.spines["left"].set_color(MUTED)
    _axis(axes, language, x=True)
    axes.set_xlabel(word("axis-total", language))
    axes.grid(axis="x", color=LINE, lw=0.5, zorder=0)
    return figure


def watched(run: Run) -> list[str]:
    """Sites with observations, in order of the table."""
    table = run.offsetting.progress
    if not len(table):
        return []
    return list(dict.fromkeys(table["site"].astype(str)))[:PANELS]


def progress(run: Run, language: Language, width: float) -> Figure:
    """Planned gain of each site against what was observed."""
    names = watched(run)
    seen, planned = run.offsetting.progress, run.offsetting.planned
    figure, made = _grid(width, len(names), 140.0, 46.0)
    signs = {"ok": ("o", GREEN), "warning": ("^", ORANGE), "missed": ("X", VERMILION)}
    for axes, name in zip(made, names, strict=True):
        rows = seen[seen["site"].astype(str) == name]
        # Of a long plan only the years around what was seen.
        last = float(rows["year"].max()) + 3
        plan = planned[(planned["site"].astype(str) == name) & (planned["year"] <= last)]
        if len(plan):
            axes.plot(plan["year"], plan["planned"], color=MUTED, lw=1.8)
        for row in rows.to_dict("records"):
            shape, color = signs.get(str(row["status"]), ("o", BLACK))
            axes.plot(
                [row["year"]] * 2, [row["observed_low"], row["observed_high"]], color=color, lw=1.5
            )
            axes.plot(row["year"], row["observed"], shape, color=color, ms=6)
        axes.set_ylim(bottom=min(0.0, float(np.nanmin(np.append(rows["observed_low"], 0.0)))))
        _title(run, axes, name, language)
        axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.yaxis.set_major_locator(MaxNLocator(3))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: number(v, language)))
        axes.tick_params(labelsize=9.5, length=2, labelleft=True)
        axes.grid(axis="y", color=LINE, lw=0.5, zorder=0)
    _below(figure, word("axis-gain", language))
    return figure


def accounts(run: Run, language: Language, width: float, names: Sequence[str]) -> Figure:
    """Loss, gain and net of each zone and ecosystem, in quality-hectares."""
    table = run.offsetting.standing.iloc[::-1]
    figure, axes = _frame(width, 54 * len(table) + 56, left=12, bottom=48, right=16, top=4)
    most = float(table[["loss", "gain"]].to_numpy(dtype=float).max()) or 1.0
    for y, (row, name) in enumerate(
        zip(table.to_dict("records"), reversed(list(names)), strict=True)
    ):
        loss, gain, net = (float(row[c]) for c in ("loss", "gain", "net"))
        axes.barh(
            y + 0.12, loss, height=0.22, color=VERMILION, hatch="////", edgecolor="white", lw=0
        )
        axes.barh(y - 0.12, gain, height=0.22, color=GREEN)
        axes.text(0, y + 0.26, name, va="bottom", fontsize=11)
        axes.text(
            max(loss, gain) + 0.01 * most,
            y,
            f"{word('people-net', language)} {amount(net, language)}",
            va="center",
            fontsize=10.5,
            fontweight="bold",
        )
    axes.set_xlim(0, 1.3 * most)
    axes.set_ylim(-0.42, len(table) - 0.3)
    axes.set_yticks([])
    axes.spines["left"].set_color(MUTED)
    _axis(axes, language, x=True)
    axes.set_xlabel(word("axis-account", language))
    axes.grid(axis="x", color=LINE, lw=0.5, zorder=0)
    return figure
