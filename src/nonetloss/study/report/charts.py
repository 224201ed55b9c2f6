"""Charts: cost against nature, price of avoidance, induced deforestation, the waterfall."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from nonetloss.core.language import Language, number
from nonetloss.study.report.figure import (
    BLACK,
    BLUE,
    DOT,
    GREEN,
    INK,
    LINE,
    MUTED,
    NARROW,
    ORANGE,
    SKY,
    VERMILION,
    blank,
)
from nonetloss.study.report.labels import Label, place
from nonetloss.study.report.maps import route_color
from nonetloss.study.report.model import RouteView, Run
from nonetloss.study.report.words import digits_for, exclusion_name, term, word

MARKERS = {"exact": "o", "supported": "s", "approximate": "D", "": "^"}


def tradeoff(run: Run, language: Language, width: float) -> Figure:
    """Construction cost against nature loss; the shape of a point says what is proven of it."""
    routes = [r for r in run.routes if np.isfinite(r.cost_usd) and np.isfinite(r.nature_qha)]
    figure, axes = _frame(width, 440 if width > NARROW else 340, left=84, bottom=52)
    cost = np.array([r.cost_usd / 1e6 for r in routes])
    nature = np.array([r.nature_qha for r in routes])
    front = [r for r in routes if "front" in r.groups or "least-cost" in r.groups]
    _staircase(axes, front)
    for route, x, y in zip(routes, cost, nature, strict=True):
        marker = MARKERS.get(route.proven, "^")
        color = route_color(run, route)
        hollow = route.proven == "approximate"
        axes.plot(
            x,
            y,
            marker,
            ms=11 if route.name == run.chosen else 9,
            zorder=5,
            mfc="white" if hollow else color,
            mec=color,
            mew=2,
        )
        if breaks_exclusion(run, route.name):
            axes.plot(x, y, "x", ms=17, mew=2.2, color=VERMILION, zorder=6)
    axes.margins(0.12)
    axes.autoscale_view()
    _coarse(axes, run)
    _axis(axes, language, x=True)
    _axis(axes, language, x=False)
    axes.set_xlabel(term("construction_cost", language, million=True))
    # Two lines: on a phone the axis is shorter than its label.
    axes.set_ylabel(textwrap.fill(word("priced-loss", language), 30))
    axes.grid(color=LINE, lw=0.5)
    taken = [
        Bbox.from_extents(x - 7, y - 7, x + 7, y + 7)
        for x, y in axes.transData.transform(np.column_stack([cost, nature]))
    ]
    place(
        axes,
        [
            Label(
                r.badge,
                r.cost_usd / 1e6,
                r.nature_qha,
                color=route_color(run, r),
                weight="bold",
                size=12,
                offset=8,
                must=True,
                reaches=(1.0, 2.4, 3.8, 5.2),
            )
            for r in sorted(routes, key=lambda r: (r.name != run.chosen, r.badge))
        ],
        taken=taken,
    )
    return figure


def breaks_exclusion(run: Run, name: str) -> bool:
    """Whether a certificate says that this route runs inside an excluded area."""
    table = run.certificates
    return bool(len(table)) and bool((~table["holds"] & (table["alternative"] == name)).any())


def _coarse(axes: Axes, run: Run) -> None:
    """The whole front on the coarse grid, as far as it lies within the routes' own range."""
    limits = axes.axis()
    if {"cost_usd", "nature_qha"} <= set(run.coarse.columns) and len(run.coarse):
        cost, nature = (run.coarse[c].to_numpy(dtype=float) for c in ("cost_usd", "nature_qha"))
        axes.plot(cost / 1e6, nature, ".", ms=5, color=DOT, zorder=2)
        axes.axis(limits)


def _staircase(axes: Axes, front: Sequence[RouteView]) -> None:
    best: list[tuple[float, float]] = []
    for route in sorted(front, key=lambda r: (r.cost_usd, r.nature_qha)):
        if not best or route.nature_qha < best[-1][1]:
            best.append((route.cost_usd / 1e6, route.nature_qha))
    if len(best) > 1:
        x, y = zip(*best, strict=True)
        axes.step(x, y, where="post", color=MUTED, lw=1.2, ls=(0, (2, 2)), zorder=1)


def _frame(
    width: float, height: float, *, left: float, bottom: float, right: float = 14, top: float = 12
) -> tuple[Figure, Axes]:
    figure = blank(width, height)
    axes = figure.add_axes(
        (
            left / width,
            bottom / height,
            (width - left - right) / width,
            (height - bottom - top) / height,
        )
    )
    return figure, axes


def _axis(axes: Axes, language: Language, *, x: bool, count: int = 5) -> None:
    """Ticks with numbers as the reader's language writes them."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.xaxis if x else axes.yaxis
    low, high = axes.get_xlim() if x else axes.get_ylim()
    count = min(count, 4) if axes.get_window_extent().width <= NARROW else count
    locator = MaxNLocator(count)
    ticks = locator.tick_values(low, high)
    step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
    digits = 0 if step >= 1 else int(np.ceil(-np.log10(step) - 1e-9))
    axis.set_major_locator(locator)
    axis.set_major_formatter(
        FuncFormatter(lambda v, _: number(v, language, digits).replace("-", "−"))
    )


def prices(run: Run, language: Language, width: float) -> Figure:
    """What each exclusion adds to the cheapest route, in million USD."""
    table = run.prices[run.prices["price_usd"].notna()].sort_values(
        ["price_usd", "exclusion"], na_position="first"
    )
    names = [exclusion_name(run, str(e), language) for e in table["exclusion"]]
    values = table["price_usd"].to_numpy(dtype=float) / 1e6
    return _bars(
        names,
        values,
        None,
        term("construction_cost", language, million=True),
        language,
        width,
        word("price.axis", language),
    )


def _bars(
    names: Sequence[str],
    values: np.ndarray,
    spread: np.ndarray | None,
    unit_label: str,
    language: Language,
    width: float,
    axis_label: str = "",
) -> Figure:
    """Horizontal bars with the name above each bar (names never compete with the bars)."""
    row = 40.0
    figure, axes = _frame(width, row * len(names) + 64, left=12, bottom=52, right=16, top=4)
    at = np.arange(len(names), dtype=float)
    high = values if spread is None else spread[:, 1]
    top = float(np.nanmax(np.append(high, 0))) or 1.0
    axes.barh(at, np.nan_to_num(values), height=0.36, color=BLUE, zorder=2)
    if spread is not None:
        error = np.clip(np.abs(spread.T - values), 0, None)
        axes.errorbar(
            values,
            at,
            xerr=error,
            fmt="none",
            ecolor=BLACK,
            elinewidth=1.6,
            capsize=5,
            capthick=1.6,
            zorder=3,
        )
    for y, name, value in zip(at, names, values, strict=True):
        axes.text(0, y + 0.27, name, va="bottom", ha="left", fontsize=11.5)
        end = value if spread is None else float(high[int(y)])
        if np.isfinite(value):
            shown = number(value, language, digits_for(value))
            if spread is not None:
                ends = [number(v, language, digits_for(v)) for v in spread[int(y)]]
                shown = f"{shown} ({ends[0]} – {ends[1]})"
            axes.text(
                max(end, 0) + 0.015 * top, y, shown, va="center", fontsize=11, fontweight="bold"
            ).set_gid(f"halo-{int(y)}")
        else:
            axes.text(0.01 * top, y, word("price.no-route", language), va="center", fontsize=11)
    room = 1.12 if spread is None else (1.28 if width > NARROW else 2.0)
    axes.set_xlim(min(0.0, float(np.nanmin(np.append(values, 0)))), room * top)
    axes.set_ylim(-0.45, len(names) - 0.2)
    axes.set_yticks([])
    axes.spines["left"].set_color(MUTED)
    _axis(axes, language, x=True)
    axes.set_xlabel(axis_label or unit_label)
    axes.grid(axis="x", color=LINE, lw=0.5, zorder=0)
    return figure


def induced(run: Run, language: Language, width: float) -> Figure:
    """Induced deforestation by alternative: low, likely and high."""
    rows = run.induced.groupby("alternative", sort=False)[["low_ha", "likely_ha", "high_ha"]].sum()
    order = [r for r in reversed(run.routes) if r.name in rows.index]
    table = rows.loc[[r.name for r in order]].to_numpy(dtype=float)
    names = [
        f"{r.badge} · {r.title[language]}{' ★' if r.name == run.chosen else ''}" for r in order
    ]
    return _bars(
        names,
        table[:, 1],
        table[:, [0, 2]],
        "",
        language,
        width,
        term("induced_deforestation", language),
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """One bar of a waterfall: from `base` to `base + height`, with its interval at the end."""

    name: str
    direct: float
    induced: float
    low: float
    high: float


STAGES = ("before", "avoided", "minimized", "residual", "offset", "net")


def stages(rows: pd.DataFrame) -> list[Stage]:
    """The six bars of one asset, from its rows of the balance (components, and `total`)."""
    parts = {str(r["component"]): r for r in rows.to_dict("records")}
    total = parts.get("total", {})
    found = []
    for name in STAGES:
        direct, access = (float(parts.get(c, {}).get(name, 0.0)) for c in ("direct", "induced"))
        if name in ("offset", "net"):
            # An offset answers for the asset as a whole, not for a component of it.
            direct, access = float(total.get(name, np.nan)), 0.0
        low, high = (float(total.get(f"{name}_{end}", np.nan)) for end in ("low", "high"))
        found.append(Stage(name, direct, access, low, high))
    return found


COLORS = {
    "before": "#6b6f75",
    "avoided": SKY,
    "minimized": BLUE,
    "residual": ORANGE,
    "offset": GREEN,
}


def waterfall(run: Run, asset: str, language: Language, width: float) -> Figure:
    """Before → avoided → minimized → residual → offset → net, of one asset, as vertical bars."""
    bars = stages(run.balance[run.balance["asset"] == asset])
    narrow = width <= NARROW
    left = 74.0
    figure, axes = _frame(width, 330 if narrow else 340, left=left, bottom=58, top=24)
    value = {b.name: b.direct + b.induced for b in bars}
    base = {
        "before": 0.0,
        "avoided": value["before"] - value["avoided"],
        "minimized": value["before"] - value["avoided"] - value["minimized"],
        "residual": 0.0,
        "offset": value["residual"] - value["offset"],
        "net": 0.0,
    }
    tops: list[float] = []
    lows: list[float] = [0.0]
    for x, bar in enumerate(bars):
        height = -value["net"] if bar.name == "net" else value[bar.name]
        start = base[bar.name]
        color = COLORS.get(bar.name, GREEN if value["net"] >= 0 else VERMILION)
        if bar.name == "avoided" and height < 0:
            color = VERMILION  # nothing was avoided: the loss grew
        if bar.induced and bar.name != "net":
            axes.bar(x, bar.direct, bottom=start, width=0.66, color=color, zorder=2)
            axes.bar(
                x,
                bar.induced,
                bottom=start + bar.direct,
                width=0.66,
                color=color,
                hatch="////",
                edgecolor="white",
                lw=0,
                zorder=2,
            )
        else:
            axes.bar(x, height, bottom=start, width=0.66, color=color, zorder=2)
        low, high = _interval(bar)
        if np.isfinite(low) and np.isfinite(high):
            axes.plot([x, x], [low, high], color=BLACK, lw=1.6, marker="_", ms=9, mew=1.6, zorder=4)
            tops.append(high)
            lows.append(low)
        tops.append(max(start, start + height))
        lows.append(min(start, start + height))
    span = (max(tops) - min(lows)) or 1.0
    axes.set_ylim(min(lows) - 0.13 * span, max(tops) + 0.13 * span)
    axes.set_xlim(-0.5, len(bars) - 0.5)
    axes.axhline(0, color=INK, lw=1, zorder=3)
    _bar_numbers(axes, bars, value, base, span, language)
    labels = [word(f"stage.{b.name}", language) for b in bars]
    axes.set_xticks(
        range(len(bars)),
        labels,
        fontsize=9.5 if narrow else 12,
        rotation=28 if narrow else 0,
        ha="right" if narrow else "center",
        rotation_mode="anchor",
        color=INK,
    )
    axes.tick_params(axis="x", length=0, pad=4 if narrow else 8)
    axes.set_ylabel(term("nature_loss", language) if not narrow else word("loss-axis", language))
    _axis(axes, language, x=False)
    axes.grid(axis="y", color=LINE, lw=0.5, zorder=0)
    return figure


def _interval(bar: Stage) -> tuple[float, float]:
    """Whiskers of the amounts that stand on zero; those of a change would depend on its start."""
    if bar.name == "net":
        return -bar.high, -bar.low
    return (bar.low, bar.high) if bar.name in ("before", "residual") else (np.nan, np.nan)


def _bar_numbers(
    axes: Axes,
    bars: Sequence[Stage],
    value: dict[str, float],
    base: dict[str, float],
    span: float,
    language: Language,
) -> None:
    for x, bar in enumerate(bars):
        amount = value[bar.name]
        sign = ""
        if bar.name in ("avoided", "minimized", "offset") and amount:
            sign = "−" if amount > 0 else "+"
        if bar.name == "net":
            sign = "+" if amount > 0 else ("−" if amount < 0 else "")
        shown = sign + number(abs(amount), language, digits_for(amount))
        drawn = -amount if bar.name == "net" else amount
        _, high = _interval(bar)
        # The number stands where the change ends: under a bar that goes down, over all others.
        down = bar.name in ("avoided", "minimized", "offset") and amount > 0
        over = max(base[bar.name] + max(drawn, 0.0), high if np.isfinite(high) else -np.inf, 0.0)
        axes.text(
            x,
            base[bar.name] - 0.02 * span if down else over + 0.02 * span,
            shown,
            ha="center",
            va="top" if down else "bottom",
            fontsize=10.5,
            fontweight="bold",
            zorder=6,
        ).set_gid(f"halo-{x}")
