"""Front of the plan: what it is, the answer in brief, the project, the law and the hierarchy."""

from typing import Any

import numpy as np

from nonetloss.core.language import Language, Text
from nonetloss.study.plan.paper import (
    MAP_CM,
    Grid,
    Paper,
    blank,
    box,
    bullets,
    figure,
    heading,
    page_break,
    prose,
    table,
    table_of_contents,
    to_complete,
)
from nonetloss.study.plan.pictures import png
from nonetloss.study.plan.words import bare, has_word, word
from nonetloss.study.report import joint_words, maps, narrative, offset_rows, record, tables
from nonetloss.study.report.model import RouteView, Run
from nonetloss.study.report.offset_names import known
from nonetloss.study.report.page import decisive, main_routes
from nonetloss.study.report.words import MISSING, amount, listed, million, percent, texts
from nonetloss.study.report.words import word as told

# Warnings that leave room for the table of contents on the first page.
_SHORT = 4
# Rules of a country that speak of the law of compensation; the list of contents has its own place.
_LAW = ("hierarchy.", "compensation.", "seia.", "plan.", "offset.", "influence-area.")


def cover(paper: Paper, run: Run) -> None:
    """Title, whose plan it is, and what the reader must know before anything else."""
    language = paper.language
    paper.document.add_heading(word("title", language), 0)
    prose(paper, word("draft", language), gray=True)
    rows = [
        (word("cover-project", language), texts(run.project.get("name"))[language]),
        (word("cover-study", language), run.title[language]),
        (word("cover-date", language), run.decision_date),
        (word("cover-rules", language), run.rules_title[language] or run.rules),
        (word("cover-holder", language), blank(paper, word("open-holder", language))),
        (word("cover-consultant", language), blank(paper, word("open-consultant", language))),
        (word("cover-authority", language), blank(paper, word("open-authority", language))),
    ]
    heads = (word("col-item", language), word("col-detail", language))
    table(paper, Grid(word("cover-caption", language), heads, rows, (1, 2.4)))
    warnings = [word("warn-draft", language), word("warn-unverified", language)]
    if run.schematic:
        names = listed([s.title[language] for s in run.schematic], language)
        warnings.insert(0, told("schematic", language, names=names))
    warnings += [u[language] for u in run.critical]
    box(paper, word("warn-title", language), warnings)
    if len(warnings) > _SHORT:
        page_break(paper)  # else the table of contents would be torn apart
    table_of_contents(paper)


def summary(paper: Paper, run: Run) -> None:
    """The verdict and the way from the first loss to the net balance."""
    language = paper.language
    heading(paper, word("summary", language))
    for verdict in narrative.verdict(run, language):
        prose(paper, verdict.headline, verdict.detail)
    totals = narrative.asset_totals(run)
    if not len(totals):
        to_complete(paper, word("open-balance", language))
        return
    stages = ("before", "avoided", "minimized", "residual", "offset", "net")
    unit = told("unit-qha", language)
    rows = []
    for asset in totals.to_dict("records"):
        if any(abs(float(asset[s])) > 1e-6 for s in ("before", "residual", "offset")):
            name = tables.asset_name(run, str(asset["asset"]), language)
            rows.append((name, *(amount(asset[s], language) for s in stages)))
    heads = (
        told("col-ecosystem", language),
        *(f"{told(f'stage.{s}', language)} ({unit})" for s in stages),
    )
    grid = Grid(
        word("summary-caption", language), heads, rows, (1.5, *[1.05] * 6), frozenset(range(1, 7))
    )
    table(paper, grid)
    joint = narrative.joint_certainty(run)
    if joint is not None:
        shown = percent(joint.probability, language, 1)
        prose(paper, word("summary-probability", language, percent=shown))
    proof = record.portfolio_line(run, language)
    prose(paper, proof, told("qha-meaning", language))


def project(paper: Paper, run: Run) -> None:
    """What is built and where, with the map of alternatives."""
    language = paper.language
    heading(paper, word("project", language))
    prose(paper, run.question[language])
    about = run.project
    width = about.get("right_of_way_m")
    source = texts(about.get("right_of_way_source"))[language]
    route = run.route(run.chosen)
    kind = str(about.get("kind") or "")
    rows = [
        (word("project-name", language), texts(about.get("name"))[language] or MISSING),
        (word("project-kind", language), word(f"kind-{kind}", language))
        if has_word(f"kind-{kind}")
        else (word("project-kind", language), kind or MISSING),
    ]
    if run.start is not None or run.end is not None:
        rows.append((word("project-ends", language), _ends(run, language)))
    if width:
        wide = f"{amount(width, language, 0)} m. {source}".strip()
        rows.append((word("project-width", language), wide))
    if route is not None:
        detail = f"{route.title[language]}: {amount(route.length_km, language, 1)} km"
        if np.isfinite(route.cost_usd):
            cost = million(route.cost_usd, language)
            detail = word("project-route-cost", language, route=detail, cost=cost)
        rows.append((word("project-route", language), detail))
    rows += [
        (word("project-category", language), blank(paper, word("open-category", language))),
        (word("project-works", language), blank(paper, word("open-works", language))),
        (word("project-place", language), blank(paper, word("open-place", language))),
        (word("project-team", language), blank(paper, word("open-team", language))),
    ]
    heads = (word("col-item", language), word("col-detail", language))
    table(paper, Grid(word("project-caption", language), heads, rows, (1, 2.4)))
    if run.reason[language]:
        prose(paper, word("project-reason", language, reason=run.reason[language]))
    shown, layers = main_routes(run), maps.drawable(run.layers)
    if shown:
        drawn = png(
            f"plan-map-{language}",
            lambda size: maps.alternatives_map(run, shown, layers, language, size),
        )
        names = [f"{r.badge} {r.title[language]}" for r in shown]
        caption = word("map-caption", language, routes="; ".join(names), crs=run.crs)
        figure(
            paper,
            drawn,
            caption=caption,
            width_cm=MAP_CM,
            alt=told("map-alt", language, count=len(shown)),
        )
    prose(paper, word("map-hidden", language) if run.hidden else "", gray=True)


def _ends(run: Run, language: Language) -> str:
    names = [site.title[language] for site in (run.start, run.end) if site is not None]
    return " – ".join(names) or MISSING


def law(paper: Paper, run: Run) -> None:
    """Every rule on compensation with its instrument and whether it was confirmed."""
    language = paper.language
    heading(paper, word("law", language))
    prose(
        paper,
        word(
            "law-lead",
            language,
            rules=run.rules_title[language] or run.rules,
            date=run.decision_date,
        ),
    )
    rows = []
    mine = [p for p in run.parameters if not p.step and p.id.startswith(_LAW)]
    for rule in sorted(mine, key=lambda p: [p.id.startswith(part) for part in _LAW], reverse=True):
        if rule.id == "plan.contents":
            continue
        ground = "\n".join(p for p in (rule.instrument[language], rule.article) if p)
        status = told(f"status-{rule.status}", language)
        said = record.value_text(rule, language)
        rows.append((rule.title[language] or rule.id, bare(said), ground, status))
    if rows:
        heads = tuple(word(f"col-{c}", language) for c in ("rule", "says", "instrument", "status"))
        table(paper, Grid(word("law-caption", language), heads, rows, (1.4, 2.6, 1.4, 0.9)))
    else:
        to_complete(paper, word("open-law", language))
    missing = [e for r in run.parameters if r.id == "not-confirmed" for e in r.value]
    if missing:
        heading(paper, word("law-missing", language), 2)
        prose(paper, word("law-missing-lead", language))
        bullets(paper, [Text.of(e["title"])[language] for e in missing])
    to_complete(paper, word("open-counsel", language))


def hierarchy(paper: Paper, run: Run) -> None:
    """How loss was avoided and minimized before anything is offset."""
    language = paper.language
    heading(paper, word("hierarchy", language))
    rule = _rule(run, "hierarchy.order")
    if rule is not None:
        status = told(f"status-{rule.status}", language)
        prose(paper, f"{texts(rule.value)[language]} ({rule.instrument[language]}; {status})")
    heading(paper, word("avoid", language), 2)
    _avoided(paper, run)
    heading(paper, word("minimize", language), 2)
    _minimized(paper, run)
    heading(paper, word("restore", language), 2)
    to_complete(paper, word("open-restore", language))


def _avoided(paper: Paper, run: Run) -> None:
    language = paper.language
    names = decisive(run)
    shown = [r for r in run.routes if r.name in names]
    if not shown:
        key = "open-avoid-dams" if run.of_dams else "open-avoid"
        to_complete(paper, word(key, language))
        return
    heads = tuple(
        word(f"col-{c}", language)
        for c in ("route", "length", "build", "loss", "crosses", "certificate")
    )
    grid = Grid(
        word("avoid-caption", language),
        heads,
        [_route(run, route, language) for route in shown],
        (1.7, 0.95, 1.2, 1.3, 2, 1.5),
        frozenset({1, 2, 3}),
        marked=frozenset(i for i, r in enumerate(shown) if r.name == run.chosen),
    )
    table(paper, grid)
    joint = offset_rows.comparison(run, language)
    if joint is not None:
        heads = tuple(bare(c.head) for c in joint.columns[:6])
        rows = [tuple(bare(c) for c in row[:6]) for row in joint.rows]
        numeric = frozenset(range(1, 6))
        table(
            paper, Grid(word("joint-caption", language), heads, rows, (2, 1, 1, 1, 1, 1), numeric)
        )
        prose(paper, joint_words.scope(run, language), gray=True)


def _route(run: Run, route: RouteView, language: Language) -> tuple[str, ...]:
    marked = (("chosen", run.chosen), ("reference", run.reference))
    marks = [f"({told(k, language)})" for k, n in marked if n == route.name]
    crossed = [
        f"{tables.title_of(run, str(r['layer']), language)}: "
        f"{amount(r['length_km'], language, 1)} km"
        for r in tables.crossed(run, route.name).to_dict("records")
    ]
    return (
        "\n".join([f"{route.badge} {route.title[language]}", *marks]),
        amount(route.length_km, language, 1),
        million(route.cost_usd, language),
        amount(route.nature_qha, language),
        "\n".join(crossed) or _none_crossed(run, route.name, language),
        bare(tables.certificate_cell(run, route.name, language)).replace("\n", " "),
    )


def _none_crossed(run: Run, name: str, language: Language) -> str:
    """That nothing is crossed is known only where the route was screened."""
    screened = len(run.screening) > 0 and name in set(run.screening["alternative"])
    return told(tables.none_crossed(run, name), language) if screened else MISSING


def _minimized(paper: Paper, run: Run) -> None:
    language = paper.language
    made = run.measures
    made = made[made["chosen"].astype(bool)] if len(made) else made
    if not len(made):
        to_complete(paper, word("open-minimize", language))
        return
    rows = []
    for row in made.to_dict("records"):
        effects = run.effects
        mine = effects[effects["measure"] == row["measure"]] if len(effects) else effects
        sources = dict.fromkeys(str(s) for s in mine.get(f"source_{language}", ()) if s)
        codes = dict.fromkeys(str(s) for s in mine.get("effect_status", ()) if s)
        status = [told(f"status-{s}", language) for s in codes]
        # A source may say its status itself.
        status = [s for s in status if not any(s.lower() in t.lower() for t in sources)]
        rows.append(
            (
                str(row[f"title_{language}"]),
                known("phase", str(row["phase"]), language),
                amount(
                    row["avoided_last_qha"]
                    if "avoided_last_qha" in row
                    else row["avoided_alone_qha"],
                    language,
                ),
                million(row["cost_usd"], language),
                "; ".join([*sources, *status]) or MISSING,
            )
        )
    whole = float(made["cost_usd"].sum())
    totals = narrative.asset_totals(run)
    spared = amount(float(totals["minimized"].sum()), language) if len(totals) else ""
    together = word("minimize-together", language)
    rows.append((together, "", spared, million(whole, language), ""))
    heads = tuple(
        word(f"col-{c}", language) for c in ("measure", "phase", "spared", "cost-musd", "evidence")
    )
    table(
        paper,
        Grid(
            word("minimize-caption", language),
            heads,
            rows,
            (2.2, 1.1, 1.2, 1, 2.4),
            frozenset({2, 3}),
            frozenset({len(rows) - 1}),
        ),
    )
    prose(paper, word("minimize-note", language), gray=True)


def _rule(run: Run, name: str) -> Any:
    return next((p for p in run.parameters if p.id == name and not p.step), None)
