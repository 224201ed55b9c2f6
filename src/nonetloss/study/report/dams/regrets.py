"""How far the plans on the table are from the efficient portfolios."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from nonetloss.core.language import Language, number
from nonetloss.study.report.dams.model import Answer, DamStudy
from nonetloss.study.report.dams.names import (
    criterion_columns,
    criterion_unit,
    criterion_values,
    dam_names,
    digits_of,
    option_name,
    told,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Table, columns, lines, small, tag
from nonetloss.study.report.words import MISSING, percent, word

VERDICTS = {"efficient": "holds", "dominated": "breaks", "beyond": "context"}


@dataclass(frozen=True, slots=True)
class Regretted:
    """What a card says of a plan."""

    figure: str
    unit: str
    sentences: tuple[str, ...]


def worst_regret(study: DamStudy, language: Language) -> Regretted | None:
    """Of the plans that somebody brought, the one farthest from the front, and a sentence on each
    other one; None without any.
    """
    answers = study.taken("regret")
    if not answers:
        return None
    answer = answers[-1]
    table = answer.table()
    plans = {s.name for s in study.plans}
    mine = table[table["state"].isin(plans)] if len(table) else table
    if not len(mine):
        return None
    ordered = mine.sort_values("distance", ascending=False, kind="stable")
    worst = _worst(study, answer, ordered.iloc[0], language)
    others = [_of_plan(study, r, language) for r in ordered.iloc[1:].to_dict("records")]
    if others:
        others.append(word("dams.plan-details", language, section=word("dams.regret", language)))
    return replace(worst, sentences=(*worst.sentences, *others))


def _of_plan(study: DamStudy, row: dict[Any, Any], language: Language) -> str:
    """The verdict on a plan in a sentence."""
    name = _title(study, str(row["state"]), language)
    if row["verdict"] != "dominated":
        return word(f"dams.plan-{row['verdict']}", language, name=name)
    count = int(row["dominated_by"])
    if count == 1:
        return word("dams.plan-other-one", language, name=name)
    return word("dams.plan-other", language, name=name, count=number(count, language))


def _worst(study: DamStudy, answer: Answer, row: pd.Series, language: Language) -> Regretted:
    """The figure of the plan farthest from the front, and what it could gain for nothing."""
    name = _title(study, str(row["state"]), language)
    if row["verdict"] == "efficient":
        text = word("dams.plan-efficient", language, name=name)
        return Regretted(word("dams.efficient", language), "", (text,))
    if row["verdict"] == "beyond":
        return Regretted(MISSING, "", (word("dams.plan-beyond", language, name=name),))
    count = int(row["dominated_by"])
    better = answer.table("improvements")
    better = better[better["state"] == row["state"]] if len(better) else better
    found = [
        word(
            "dams.plan-better",
            language,
            criterion=c.title[language],
            value=told(r["value"], language, digits_of(answer.front.values[:, i])),
            best=told(r["best"], language, digits_of(answer.front.values[:, i])),
            unit=criterion_unit(c, language),
            percent=percent(float(r["gain_percent"]) / 100, language, 1),
        ).replace(" )", ")")
        for i, c in enumerate(answer.front.criteria)
        for r in better.to_dict("records")
        if r["criterion"] == c.name and r["gain"] > 0
    ]
    first = word("dams.plan-dominated", language, name=name)
    intro = (word("dams.plan-better-intro", language),) if found else ()
    unit = word("dams.plan-unit-one" if count == 1 else "dams.plan-unit", language)
    return Regretted(number(count, language), unit, (first, *intro, *found))


def _title(study: DamStudy, name: str, language: Language) -> str:
    state = study.state(name)
    return state.title[language] if state else name


def regret(study: DamStudy, answer: Answer, language: Language) -> Section | None:
    """Verdict on each plan, what it could gain for nothing, and what is nearest to it."""
    table = answer.table()
    if not len(table):
        return None
    made = [_verdicts(study, answer, table, language)]
    better = answer.table("improvements")
    if len(better):
        better = better[better["gain"] > 0]
    if len(better):
        made.append(_improvements(study, answer, better, language))
    near = answer.table("nearest")
    off = set(table[table["verdict"] != "efficient"]["state"])
    # A plan on the front is its own nearest neighbor.
    near = near[near["state"].isin(off)] if len(near) else near
    if len(near):
        made.append(_nearest(study, answer, near, language))
    lead = word("dams.regret-lead", language)
    notes = (word("dams.regret-note", language),)
    return Section("dams-regret", word("dams.regret", language), lead, tables=made, notes=notes)


def _verdicts(study: DamStudy, answer: Answer, table: pd.DataFrame, language: Language) -> Table:
    heads = (
        *columns(language, "dams.col-plan", "dams.col-verdict"),
        *columns(
            language, "#dams.col-better-ones", "#dams.col-front-distance", "#dams.col-dams-total"
        ),
        *criterion_columns(answer.front, language),
    )
    rows = [
        (
            _title(study, str(r["state"]), language),
            tag(VERDICTS[r["verdict"]], word(f"dams.verdict-{r['verdict']}", language)),
            number(int(r["dominated_by"]), language),
            _distance(r["distance"], language),
            number(int(r["dams_total"]), language),
            *criterion_values(answer.front, r, language),
        )
        for r in table.to_dict("records")
    ]
    caption = word("dams.regret-caption", language)
    return Table("dams-regret-table", caption, heads, rows, cards=True)


def _distance(value: Any, language: Language) -> str:
    return MISSING if pd.isna(value) else percent(float(value), language, 1)


def _improvements(
    study: DamStudy, answer: Answer, better: pd.DataFrame, language: Language
) -> Table:
    heads = (
        *columns(language, "dams.col-criterion", "#dams.col-now", "#dams.col-attainable"),
        *columns(language, "#dams.col-gain-percent", "dams.col-exchange"),
    )
    rows: list[tuple[str, ...]] = []
    last = ""
    for r in better.to_dict("records"):
        found = answer.front.criterion(str(r["criterion"]))
        if found is None:
            continue
        if r["state"] != last:
            last = r["state"]
            rows.append((_title(study, str(last), language),))
        digits = digits_of(answer.front.values[:, answer.front.criteria.index(found)])
        unit = criterion_unit(found, language)
        rows.append(
            (
                found.title[language],
                f"{told(r['value'], language, digits)} {unit}".strip(),
                f"{told(r['best'], language, digits)} {unit}".strip(),
                percent(float(r["gain_percent"]) / 100, language, 1),
                _swap(study, answer, r, language),
            )
        )
    return Table("dams-improvements", word("dams.improvements-caption", language), heads, rows)


def _swap(study: DamStudy, answer: Answer, row: dict[Any, Any], language: Language) -> str:
    """Which dams come, which go, and which have another option, in lines."""
    parts = []
    for key in ("add", "drop", "change"):
        ids = str(row.get(key) or "")
        names = (
            _changed(study, answer, row, ids, language)
            if key == "change"
            else dam_names(study, ids, language)
        )
        if names:
            parts.append(word(f"dams.swap-{key}", language, names=", ".join(names)))
    return lines(*parts) if parts else MISSING


def _changed(
    study: DamStudy, answer: Answer, row: dict[Any, Any], ids: str, language: Language
) -> list[str]:
    """`Dam (option → option)` of the sites where a plan and a portfolio have different ones."""
    state, at = study.state(str(row["state"])), int(row["row"])
    told_changes = []
    for id in (part.strip() for part in ids.split(",") if part.strip()):
        name = dam_names(study, id, language)[0]
        index = next((i for i, d in enumerate(study.dams) if d.id == id), None)
        if index is not None and state is not None and state.choices is not None and at >= 0:
            before, after = (
                option_name(study, id, int(choices[index]), language)
                for choices in (state.choices, answer.front.choices[at])
            )
            name = word("dams.swap-option", language, name=name, before=before, after=after)
        told_changes.append(name)
    return told_changes


def _nearest(study: DamStudy, answer: Answer, near: pd.DataFrame, language: Language) -> Table:
    heads = (
        *columns(language, "dams.col-portfolio", "dams.col-near-by", "dams.col-exchange"),
        *columns(language, "#dams.col-changed"),
        *criterion_columns(answer.front, language),
    )
    rows: list[tuple[str, ...]] = []
    last = ""
    for r in near.to_dict("records"):
        if r["state"] != last:
            last = r["state"]
            rows.append((_title(study, str(last), language),))
        note = word("dams.dominates", language) if r["dominates"] else ""
        portfolio = word("dams.js-portfolio", language, row=number(int(r["row"]) + 1, language))
        rows.append(
            (
                lines(portfolio, small(note)),
                word(f"dams.by-{r['by']}", language),
                _swap(study, answer, r, language),
                number(int(r["dams_changed"]), language),
                *criterion_values(answer.front, r, language),
            )
        )
    caption = word("dams.nearest-caption", language)
    return Table("dams-nearest", caption, heads, rows, cards=True)
