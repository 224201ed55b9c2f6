"""Where it is offset, by which measures, what they gain, and who gains or loses by it."""

from typing import Any

import numpy as np

from nonetloss.core.language import Language
from nonetloss.study.plan.paper import (
    MAP_CM,
    Grid,
    Paper,
    blank,
    bullets,
    figure,
    heading,
    prose,
    table,
    to_complete,
)
from nonetloss.study.plan.pictures import png
from nonetloss.study.plan.words import has_word, word
from nonetloss.study.report import maps, offset_charts, record, sensitivity_charts, tables
from nonetloss.study.report.model import Run
from nonetloss.study.report.offset_names import assumption_name, endless, known, site_name, why
from nonetloss.study.report.words import MISSING, amount, listed, million, percent
from nonetloss.study.report.words import word as told

# Findings on every route compared: the report tells them.
_OTHER_ROUTES = ("screening.", "route.")


def _rows_of(run: Run) -> dict[str, dict[Any, Any]]:
    """Rows of the portfolio by parcel."""
    table = run.offsetting.sites
    return {str(r["parcel"]): r for r in table.to_dict("records")} if len(table) else {}


def candidate_areas(paper: Paper, run: Run) -> None:
    """All candidates on a map and in a table, with the reason for each."""
    language = paper.language
    if not run.parcels:
        to_complete(paper, word("open-areas", language))
        return
    chosen = sum(p.chosen for p in run.parcels)
    prose(paper, word("areas-lead", language, count=len(run.parcels), chosen=chosen))
    layers = maps.drawable(run.layers)
    if any(p.geometry is not None for p in run.parcels):
        drawn = png(
            f"plan-parcels-{language}",
            lambda size: maps.parcels_map(run, run.parcels, layers, language, size),
        )
        alt = told("map-parcels-alt", language, count=len(run.parcels))
        figure(paper, drawn, caption=_map_caption(run, language), alt=alt, width_cm=MAP_CM)
    rows = [
        (
            f"{site_name(run, p.name, language)}\n({known('action', p.action, language)})",
            tables.asset_name(run, p.ecosystem, language),
            amount(p.area_ha, language, 0),
            amount(p.distance_m / 1000, language, 1),
            million(p.cost_usd, language),
            known("parcel", p.status, language),
            why(run, p.name, language) or record.reason(p.reason, language) or MISSING,
        )
        for p in run.parcels
    ]
    heads = tuple(
        word(f"col-{c}", language)
        for c in ("site", "ecosystem", "area", "distance", "cost-musd", "state", "why")
    )
    strong = frozenset(i for i, p in enumerate(run.parcels) if p.chosen)
    widths = (2.1, 1.2, 0.9, 1.15, 1.15, 1.15, 2.6)
    grid = Grid(
        word("areas-caption", language), heads, rows, widths, frozenset({2, 3, 4}), marked=strong
    )
    table(paper, grid)
    _others(paper, run)
    to_complete(paper, word("open-tenure", language))


def _map_caption(run: Run, language: Language) -> str:
    told = word("areas-map", language)
    line = word("areas-line", language) if run.route(run.chosen) is not None else ""
    return " ".join(p for p in (told, line, f"CRS {run.crs}.") if p)


def _others(paper: Paper, run: Run) -> None:
    """Portfolios that cost almost the same."""
    language = paper.language
    near = run.offsetting.near_optimal
    if len(near) < 2:
        return
    rows = [
        (
            word("best" if int(r["differs"]) == 0 else "other", language),
            million(r["cost_usd"], language),
            ", ".join(_numbers(run, str(r["parcels"]))),
            amount(r["differs"], language, 0),
        )
        for r in near.to_dict("records")
    ]
    heads = tuple(word(f"col-{c}", language) for c in ("choice", "cost-musd", "sites", "differs"))
    table(
        paper, Grid(word("near-caption", language), heads, rows, (1, 1, 4, 1.2), frozenset({1, 3}))
    )


def _numbers(run: Run, names: str) -> list[str]:
    known_names = [p.name for p in run.parcels]
    found = [n.strip() for n in names.split(",") if n.strip()]
    at = sorted((known_names.index(n) + 1, n) for n in found if n in known_names)
    return [str(number) for number, _ in at] + [n for n in found if n not in known_names]


def measures(paper: Paper, run: Run) -> None:
    """What is done on every chosen site."""
    language = paper.language
    chosen = [p for p in run.parcels if p.chosen]
    if not chosen:
        to_complete(paper, word("open-measures", language))
        return
    prose(paper, word("measures-lead", language))
    rows = []
    for parcel in chosen:
        row = _rows_of(run).get(parcel.name, {})
        ends = (parcel.value_without, parcel.value_with)
        start = row.get("start_year")
        if not (isinstance(start, int | float) and np.isfinite(start)):
            start = parcel.start_year
        known_start = bool(np.isfinite(start))
        rows.append(
            (
                site_name(run, parcel.name, language),
                known("action", parcel.action, language),
                amount(parcel.area_ha, language, 0),
                " → ".join(amount(v, language, 2) for v in ends),
                amount(parcel.gain_qha, language),
                million(parcel.cost_usd, language),
                _calendar(run, float(str(start))) if known_start else blank(paper),
            )
        )
    whole = (sum(p.area_ha for p in chosen), sum(p.gain_qha for p in chosen))
    cost = million(sum(p.cost_usd for p in chosen), language)
    total = told("total", language)
    rows.append(
        (total, "", amount(whole[0], language, 0), "", amount(whole[1], language), cost, "")
    )
    heads = tuple(
        word(f"col-{c}", language)
        for c in ("site", "action", "area", "values", "gain", "cost-musd", "start")
    )
    widths = (2.4, 1.2, 0.9, 1.1, 1.1, 1.15, 1.2)
    strong = frozenset({len(rows) - 1})
    table(
        paper,
        Grid(
            word("measures-caption", language), heads, rows, widths, frozenset({2, 3, 4, 5}), strong
        ),
    )
    for point in ("open-starts", "open-design", "open-safeguards"):
        to_complete(paper, word(point, language))


def _calendar(run: Run, start: float) -> str:
    """The calendar year of a start, counted in years from the impact (year 0)."""
    first = run.parameter("offset.monitoring", "first_year")
    if isinstance(first, int | float) and start < first:
        return f"{int(first + start)}"
    return f"{int(start)}"


def expected_gain(paper: Paper, run: Run) -> None:
    """Gain over time against what would happen anyway, its range, and what it hangs on."""
    language = paper.language
    gains = run.offsetting.gains
    prose(paper, word("gain-lead", language))
    if not len(gains):
        to_complete(paper, word("open-counterfactual", language))
    else:
        _gains(paper, run)
    names = offset_charts.panels(run)
    if names:
        drawn = png(
            f"plan-years-{language}", lambda size: offset_charts.trajectories(run, language, size)
        )
        alt = told("trajectories-alt", language, count=len(names))
        figure(paper, drawn, caption=word("gain-figure", language), alt=alt)
    _probabilities(paper, run)
    changed = offset_charts.assumptions(run)
    if len(changed):
        rows = [
            (
                assumption_name(str(r["assumption"]), r["value"], language),
                amount(r["gain_qha"], language),
                percent(r["change"], language),
            )
            for r in changed.to_dict("records")
        ]
        heads = tuple(word(f"col-{c}", language) for c in ("assumption", "gain", "change"))
        grid = Grid(
            word("sensitivity-caption", language), heads, rows, (3, 1, 1), frozenset({1, 2})
        )
        table(paper, grid)
        prose(paper, word("sensitivity-note", language), gray=True)
    _changed_plan(paper, run)


def _changed_plan(paper: Paper, run: Run) -> None:
    """What the same sites cover and what choosing anew costs, one assumption changed at a time."""
    language = paper.language
    changed = sensitivity_charts.changes(run)
    if not len(changed):
        return
    rows = [
        (
            str(r[f"assumption_{language}"]),
            percent(sensitivity_charts.least(r) / 100, language),
            million(r["new_cost_usd"], language),
            told("yes" if str(r["new_answer"]) == "offset" else "no", language),
        )
        for r in changed.to_dict("records")
    ]
    heads = tuple(
        told(f"col-{c}", language) for c in ("changed", "still-covered", "anew-musd", "anew-enough")
    )
    caption = told("plan-sensitivity-title", language)
    table(paper, Grid(caption, heads, rows, (3, 1, 1, 1), frozenset({1, 2})))
    prose(paper, told("plan-sensitivity-note", language), gray=True)


def _gains(paper: Paper, run: Run) -> None:
    language = paper.language
    chosen = {p.name for p in run.parcels if p.chosen}
    mine = run.offsetting.gains
    mine = mine[mine["parcel"].astype(str).isin(chosen)] if chosen else mine
    rows = [
        (
            site_name(run, str(r["parcel"]), language),
            amount(r.get("static_gain_qha"), language),
            amount(r["gain_likely_qha"], language),
            told(
                "to",
                language,
                low=amount(r["gain_low_qha"], language),
                high=amount(r["gain_high_qha"], language),
            ),
            amount(r.get("restored_qha"), language),
            amount(r.get("averted_qha"), language),
        )
        for r in mine.to_dict("records")
    ]
    heads = tuple(
        word(f"col-{c}", language)
        for c in ("site", "static", "timed", "range", "restored", "averted")
    )
    numeric = frozenset(range(1, 6))
    table(paper, Grid(word("gain-caption", language), heads, rows, (2.6, 1, 1, 1.5, 1, 1), numeric))
    success = run.parameter("offset.portfolio", "success")
    if isinstance(success, dict) and "likely" in success:
        shown = (percent(success[k], language) for k in ("low", "likely", "high"))
        low, likely, high = shown
        prose(paper, word("gain-success", language, low=low, likely=likely, high=high))


def _probabilities(paper: Paper, run: Run) -> None:
    language = paper.language
    chances = run.offsetting.probabilities
    if not len(chances):
        return
    rows = [
        (
            _said("of", str(r["of"]), language),
            _said("sample", str(r["sample"]), language),
            percent(r["probability"], language, 1),
            told(
                "to",
                language,
                low=percent(r["low"], language, 1),
                high=percent(r["high"], language, 1),
            )
            if np.isfinite(float(r["low"]))
            else MISSING,
            percent(r["wanted"], language),
        )
        for r in chances.to_dict("records")
    ]
    heads = tuple(
        word(f"col-{c}", language) for c in ("what", "sample", "chance", "interval", "wanted")
    )
    widths = (2, 2, 1.2, 1.4, 1)
    table(paper, Grid(word("chance-caption", language), heads, rows, widths, frozenset({2, 3, 4})))


def _said(group: str, code: str, language: Language) -> str:
    return word(f"{group}-{code}", language) if has_word(f"{group}-{code}") else code


def people(paper: Paper, run: Run) -> None:
    """Services lost and gained by each group of people."""
    language = paper.language
    heading(paper, word("people", language))
    services = run.offsetting.services
    if not len(services):
        to_complete(paper, word("open-people", language))
        return
    prose(paper, word("people-lead", language))
    rows, losing = [], []
    for row in services.to_dict("records"):
        shed = str(row[f"shed_title_{language}"])
        if float(row["net"]) < 0:
            losing.append(shed)
        many = amount(row["people"], language, 0)
        rows.append(
            (
                f"{row[f'title_{language}']} ({record.unit_label(str(row['unit']), language)})",
                f"{shed}\n{word('people-count', language, count=many)}"
                if many != MISSING
                else shed,
                told("yes" if row["community"] else "no", language),
                amount(row["loss"], language),
                amount(row["gain"], language),
                amount(row["net"], language),
                told(
                    "to",
                    language,
                    low=amount(row["net_low"], language),
                    high=amount(row["net_high"], language),
                ),
            )
        )
    heads = tuple(
        word(f"col-{c}", language)
        for c in ("service", "group", "community", "lost", "given", "net", "range")
    )
    numeric = frozenset({3, 4, 5, 6})
    table(
        paper,
        Grid(
            word("people-caption", language), heads, rows, (1.5, 1.8, 1.25, 1, 1, 1, 1.5), numeric
        ),
    )
    key = "people-losing" if losing else "people-none-loses"
    prose(paper, word(key, language, names=listed(sorted(set(losing)), language)))
    if ((services["loss"].abs() > 0) | (services["gain"].abs() > 0)).any():
        drawn = png(
            f"plan-people-{language}", lambda size: offset_charts.beneficiaries(run, language, size)
        )
        figure(
            paper, drawn, caption=word("people-figure", language), alt=told("people-alt", language)
        )
    to_complete(paper, word("open-people-check", language))


def replaceable(run: Run) -> list[str]:
    """Chosen sites that nothing replaces."""
    rows = _rows_of(run)
    return [n for n, r in rows.items() if endless(r.get("replacement_cost_usd"))]


def risks(paper: Paper, run: Run) -> None:
    """What could make the plan fail, as far as the run knows it."""
    language = paper.language
    heading(paper, word("risks", language))
    warnings = [
        record.finding_text(run, f, language)
        for f in run.findings
        if f.severity != "notice" and not f.code.startswith(_OTHER_ROUTES)
    ]
    alone = [site_name(run, n, language) for n in replaceable(run)]
    if alone:
        warnings.insert(0, word("risk-irreplaceable", language, names=listed(alone, language)))
    bullets(paper, list(dict.fromkeys(warnings)))
    heading(paper, word("unknowns", language), 2)
    bullets(paper, [u[language] for u in dict.fromkeys((*run.critical, *run.unknowns))])
    to_complete(paper, word("open-contingency", language))
