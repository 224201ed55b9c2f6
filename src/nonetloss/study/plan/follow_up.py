"""How it is followed up, when, what it costs, who pays and who agreed."""

from collections.abc import Sequence

import pandas as pd

from nonetloss.study.plan.paper import (
    Grid,
    Paper,
    blank,
    bullets,
    figure,
    prose,
    table,
    to_complete,
)
from nonetloss.study.plan.pictures import png
from nonetloss.study.plan.words import word
from nonetloss.study.report import offset_charts
from nonetloss.study.report.model import Run
from nonetloss.study.report.offset_names import site_name
from nonetloss.study.report.words import amount, million, percent, texts
from nonetloss.study.report.words import word as told


def monitoring(paper: Paper, run: Run) -> None:
    """Indicators, how often, which standard, and what has been seen so far."""
    language = paper.language
    _rule_says(paper, run, ("plan.monitoring-frequency", "plan.performance-thresholds"))
    plan = run.offsetting.schedule
    if not len(plan):
        to_complete(paper, word("open-monitoring", language))
        return
    rows = []
    for _, group in plan.groupby("activity", sort=False):
        first = group.iloc[0]
        rows.append(
            (
                str(first[f"title_{language}"]),
                str(first[f"indicator_{language}"]),
                _years(group["year"]),
                amount(group["site"].nunique(), language, 0),
            )
        )
    heads = tuple(
        word(f"col-{c}", language) for c in ("activity", "indicator", "years", "sites-count")
    )
    table(
        paper,
        Grid(
            word("monitoring-caption", language), heads, rows, (1.8, 1.8, 2.6, 0.8), frozenset({3})
        ),
    )
    standards = run.parameter("offset.monitoring", "standards")
    if isinstance(standards, dict) and standards:
        heads = tuple(word(f"col-{c}", language) for c in ("from-year", "standard"))
        bars = [(str(year), percent(share, language)) for year, share in standards.items()]
        table(paper, Grid(word("standards-caption", language), heads, bars, (1, 1), frozenset({1})))
    _warning(paper, run)
    _seen(paper, run)
    for point in ("open-team", "open-baseline", "open-report"):
        to_complete(paper, word(point, language))


def _warning(paper: Paper, run: Run) -> None:
    language = paper.language
    below = run.parameter("offset.monitoring", "warn_below")
    if isinstance(below, int | float):
        prose(paper, word("monitoring-warning", language, percent=percent(below, language)))
    declared = run.parameter("offset.monitoring", "corrections")
    if isinstance(declared, dict) and declared:
        prose(paper, word("corrections-lead", language))
        bullets(paper, [texts(c.get("title", n))[language] for n, c in declared.items()])
    else:
        to_complete(paper, word("open-corrections", language))


def _seen(paper: Paper, run: Run) -> None:
    """Observations, where the run has some."""
    language = paper.language
    seen = run.offsetting.progress
    if not len(seen):
        return
    drawn = png(f"plan-seen-{language}", lambda size: offset_charts.progress(run, language, size))
    figure(paper, drawn, caption=word("seen-figure", language), alt=told("progress-alt", language))
    ahead = run.offsetting.outlook
    if len(ahead):
        rows = [
            (
                site_name(run, str(r["site"]), language),
                str(int(r["target_year"])),
                amount(r["target"], language),
                told(
                    "to",
                    language,
                    low=amount(r["forecast_low"], language),
                    high=amount(r["forecast_high"], language),
                ),
                percent(r["probability_of_target"], language),
                told("yes" if r["warning"] else "no", language),
            )
            for r in ahead.to_dict("records")
        ]
        heads = tuple(
            word(f"col-{c}", language)
            for c in ("site", "year", "target", "forecast", "chance", "alarm")
        )
        table(
            paper,
            Grid(
                word("outlook-caption", language),
                heads,
                rows,
                (2.6, 0.8, 1, 1.6, 1.2, 0.8),
                frozenset({1, 2, 3, 4}),
            ),
        )


def _years(years: pd.Series) -> str:
    """`2030–2033, 2040`."""
    found = sorted({int(y) for y in years})
    runs: list[list[int]] = []
    for year in found:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)


def schedule(paper: Paper, run: Run) -> None:
    """What happens in which year."""
    language = paper.language
    plan = run.offsetting.schedule
    if not len(plan):
        to_complete(paper, word("open-schedule", language))
        return
    activities = plan.drop_duplicates("activity")
    names = {str(r["activity"]): str(r[f"title_{language}"]) for r in activities.to_dict("records")}
    counts = plan.pivot_table(
        index="year", columns="activity", values="site", aggfunc="nunique", sort=True
    )
    rows = [
        (str(int(str(year))), *(amount(v, language, 0) for v in counts.loc[year, list(names)]))
        for year in counts.index
    ]
    heads = (
        word("col-year", language),
        *(word("visits-of", language, name=n) for n in names.values()),
    )
    numeric = frozenset(range(1, len(heads)))
    table(
        paper,
        Grid(word("schedule-caption", language), heads, rows, (0.7, *[1.5] * len(names)), numeric),
    )
    prose(paper, word("schedule-note", language), gray=True)
    to_complete(paper, word("open-works-schedule", language))


def budget(paper: Paper, run: Run) -> None:
    """Cost of measures, sites and follow-up; what no table knows stays open."""
    language = paper.language
    rows: list[Sequence[str]] = []
    parts: list[float] = []
    chosen = [p for p in run.parcels if p.chosen]
    if chosen:
        cost = sum(p.cost_usd for p in chosen)
        parts.append(cost)
        rows.append(
            (
                word("budget-sites", language, count=len(chosen)),
                million(cost, language),
                word("budget-sites-note", language),
            )
        )
    made = run.measures
    if len(made) and made["chosen"].any():
        cost = float(made.loc[made["chosen"].astype(bool), "cost_usd"].sum())
        parts.append(cost)
        rows.append(
            (
                word("budget-measures", language),
                million(cost, language),
                word("budget-measures-note", language),
            )
        )
    spent = run.offsetting.budget
    if len(spent):
        cost = float(spent["cost_usd"].sum())
        parts.append(cost)
        years = f"{int(spent['year'].min())}–{int(spent['year'].max())}"
        rows.append(
            (
                word("budget-monitoring", language),
                million(cost, language),
                word("budget-monitoring-note", language, years=years),
            )
        )
    for item in ("management", "contingency", "agreements", "guarantee"):
        name = word(f"budget-{item}", language)
        rows.append((name, blank(paper, name), ""))
    if parts:
        rows.append(
            (
                word("budget-known", language),
                million(sum(parts), language),
                word("budget-known-note", language),
            )
        )
    heads = tuple(word(f"col-{c}", language) for c in ("item", "cost-musd", "note"))
    strong = frozenset({len(rows) - 1} if parts else ())
    table(
        paper,
        Grid(word("budget-caption", language), heads, rows, (2.6, 1.2, 3), frozenset({1}), strong),
    )
    if len(spent):
        lines: list[tuple[str, ...]] = [
            (
                str(int(r["year"])),
                amount(r["visits"], language, 0),
                amount(r["cost_usd"], language, 0),
                amount(r["discounted_usd"], language, 0),
            )
            for r in spent.to_dict("records")
        ]
        names = ["year", "visits", "cost-usd", "discounted"]
        if (spent["discounted_usd"] - spent["cost_usd"]).abs().max() < 0.5:
            # Without a discount rate both columns say the same.
            names, lines = names[:3], [line[:3] for line in lines]
        heads = tuple(word(f"col-{c}", language) for c in names)
        widths = (1, 1, 1.5, 1.5)[: len(names)]
        grid = Grid(word("budget-years", language), heads, lines, widths, frozenset({1, 2, 3}))
        table(paper, grid)


def finance(paper: Paper, run: Run) -> None:
    """Who pays, and for how long."""
    language = paper.language
    _rule_says(paper, run, ("plan.finance",))
    for point in ("open-source", "open-fund", "open-duration"):
        to_complete(paper, word(point, language))


def agreements(paper: Paper, run: Run) -> None:
    """With whom one must agree; the state of each is for people to write."""
    language = paper.language
    prose(paper, word("agreements-lead", language))
    open_cell = blank(paper)
    rows: list[Sequence[str]] = [
        (site_name(run, p.name, language), word("agreement-holder", language), open_cell)
        for p in run.parcels
        if p.chosen
    ]
    services = run.offsetting.services
    if len(services):
        groups = services[services["community"].astype(bool)]
        matter = word("agreement-community", language)
        sheds = dict.fromkeys(groups[f"shed_title_{language}"].astype(str))
        rows += [(shed, matter, open_cell) for shed in sheds]
    rows.append(
        (word("agreement-people", language), word("agreement-consultation", language), open_cell)
    )
    rows.append((word("agreement-areas", language), word("agreement-opinion", language), open_cell))
    heads = tuple(word(f"col-{c}", language) for c in ("party", "matter", "state"))
    table(paper, Grid(word("agreements-caption", language), heads, rows, (2.6, 3, 1.2)))
    for point in ("open-agreements", "open-consultation"):
        to_complete(paper, word(point, language))


def _rule_says(paper: Paper, run: Run, names: Sequence[str]) -> None:
    language = paper.language
    for rule in run.parameters:
        if rule.id in names and not rule.step:
            status = told(f"status-{rule.status}", language)
            said = texts(rule.value)[language]
            prose(paper, f"{rule.title[language]}: {said} ({rule.instrument[language]}; {status})")


def other(paper: Paper, title: str) -> None:
    """A content that the rules ask for and this program knows nothing of."""
    to_complete(paper, word("open-other", paper.language, title=title))
