"""What is lost, what it is worth and what is owed for it."""

from functools import partial

import numpy as np

from nonetloss.study.plan.paper import Grid, Paper, figures, prose, table, to_complete
from nonetloss.study.plan.pictures import HALF, png
from nonetloss.study.plan.words import bare, word
from nonetloss.study.report import charts, narrative, record, tables
from nonetloss.study.report.model import Run
from nonetloss.study.report.words import MISSING, amount, percent
from nonetloss.study.report.words import word as told


def residual_impacts(paper: Paper, run: Run) -> None:
    """What remains of each ecosystem after avoiding and minimizing, with its range."""
    language = paper.language
    totals = narrative.asset_totals(run)
    if not len(totals):
        to_complete(paper, word("open-residual", language))
        return
    prose(paper, word("residual-lead", language))
    rows = []
    for row in run.balance.to_dict("records"):
        if abs(float(row["before"])) < 1e-6 and abs(float(row["residual"])) < 1e-6:
            continue
        if row["component"] == "total":
            low, high = row.get("residual_low", np.nan), row.get("residual_high", np.nan)
            spread = told("to", language, low=amount(low, language), high=amount(high, language))
        else:
            spread = MISSING
        component = told(f"component-{row['component']}", language)
        named = f"{tables.asset_name(run, str(row['asset']), language)}: {component}"
        rows.append(
            (
                named,
                *(amount(row[s], language) for s in ("before", "avoided", "minimized", "residual")),
                spread,
            )
        )
    unit = told("unit-qha", language)
    heads = (
        word("col-ecosystem-part", language),
        *(
            f"{told(f'stage.{s}', language)} ({unit})"
            for s in ("before", "avoided", "minimized", "residual")
        ),
        word("col-residual-range", language),
    )
    strong = frozenset(i for i, r in enumerate(rows) if r[-1] != MISSING)
    table(
        paper,
        Grid(
            word("residual-caption", language),
            heads,
            rows,
            (2.2, 1, 1, 1, 1, 1.4),
            frozenset(range(1, 6)),
            strong,
        ),
    )
    _waterfalls(paper, run)
    prose(paper, told("balance-shift", language), gray=True)


def _waterfalls(paper: Paper, run: Run) -> None:
    language = paper.language
    drawn = []
    for row in narrative.asset_totals(run).to_dict("records"):
        if any(abs(row[s]) > 1e-6 for s in ("before", "residual", "offset")):
            asset = str(row["asset"])
            name = tables.asset_name(run, asset, language)
            facts = {s: amount(row[s], language) for s in ("before", "residual", "offset", "net")}
            draw = partial(charts.waterfall, run, asset, language)
            content = png(f"plan-fall-{asset}-{language}", draw, width=HALF)
            drawn.append((content, name, told("balance-alt", language, name=name, **facts)))
    if drawn:
        figures(paper, drawn, caption=word("waterfall-caption", language))


def value_lost(paper: Paper, run: Run) -> None:
    """Ecological value of each ecosystem, where it comes from, and the hectares touched."""
    language = paper.language
    prose(paper, word("value-lead", language))
    rows = []
    for value in run.parameters:
        if value.step == "ecosystems":
            name = run.ecosystems.get(value.id)
            status = told(f"status-{value.status}", language)
            rows.append(
                (
                    name[language] if name else value.id,
                    record.value_text(value, language),
                    value.instrument[language] or MISSING,
                    status,
                )
            )
    if rows:
        heads = tuple(
            word(f"col-{c}", language) for c in ("ecosystem", "value", "source", "status")
        )
        table(paper, Grid(word("value-caption", language), heads, rows, (1.8, 1.6, 2.4, 1.2)))
    else:
        to_complete(paper, word("open-value", language))
    areas = tables.footprints(run, [run.chosen], language)
    if areas is not None and len(areas.columns) == 2:
        heads = (
            bare(areas.columns[0].head),
            f"{tables.route_name(run, run.chosen, language)} (ha)",
        )
        table(
            paper,
            Grid(
                bare(areas.caption),
                heads,
                [tuple(bare(c) for c in r) for r in areas.rows],
                (2, 1),
                frozenset({1}),
            ),
        )
    opened = tables.induced(run, [run.chosen], language)
    if opened is not None:
        heads = tuple(bare(c.head) for c in opened.columns)
        table(
            paper,
            Grid(
                bare(opened.caption),
                heads,
                [tuple(bare(c) for c in r) for r in opened.rows],
                (2, 1, 1, 1),
                frozenset({1, 2, 3}),
            ),
        )
    to_complete(paper, word("open-field", language))


def target(paper: Paper, run: Run) -> None:
    """What is owed per ecosystem, and how sure it shall be."""
    language = paper.language
    owed = run.portfolio.get("requirements")
    if owed is None or not len(owed):
        to_complete(paper, word("open-target", language))
        return
    for line in record.owed(run, language):
        prose(paper, line)
    parts = ("residual_qha", "needed_qha", "credited_qha", "shortfall_qha")
    rows: list[tuple[str, ...]] = [
        (
            tables.asset_name(run, str(row["asset"]), language),
            *(amount(row[c], language) for c in parts),
            told("yes" if row["offsettable"] else "no", language),
            percent(row.get("probability"), language, 1),
        )
        for row in owed.to_dict("records")
    ]
    heads = tuple(
        word(f"col-{c}", language)
        for c in ("ecosystem", "residual", "owed", "credited", "short", "offsettable", "chance")
    )
    table(
        paper,
        Grid(
            word("target-caption", language),
            heads,
            rows,
            (1.8, 1.05, 1.05, 1.1, 1.05, 1.2, 1.2),
            frozenset({1, 2, 3, 4, 6}),
        ),
    )
    wanted = run.parameter("offset.portfolio", "probability")
    if isinstance(wanted, int | float) and wanted > 0:
        prose(paper, word("target-wanted", language, percent=percent(wanted, language)))
    given = record.allocation(run, language)
    if given is not None:
        heads = tuple(bare(c.head) for c in given.columns)
        rows = [tuple(bare(c) for c in r) for r in given.rows]
        table(
            paper,
            Grid(bare(given.caption), heads, rows, (1.5, 1.5, 1, 1.3, 1.4), frozenset({2, 3})),
        )
    conflict = run.offsetting.conflict
    if len(conflict):
        rows = [
            (
                str(r[f"title_{language}"] or r["name"]),
                amount(r["amount"], language),
                str(r["unit"] or ""),
            )
            for r in conflict.to_dict("records")
        ]
        heads = tuple(word(f"col-{c}", language) for c in ("need", "amount", "unit"))
        table(
            paper, Grid(word("conflict-caption", language), heads, rows, (3, 1, 1), frozenset({1}))
        )
