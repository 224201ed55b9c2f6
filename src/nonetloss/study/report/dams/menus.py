"""The menu to discuss, the order of building, and what holds when the numbers are uncertain."""

from typing import Any

import pandas as pd

from nonetloss.core.language import Language, Text, number
from nonetloss.study.report.dams.model import Answer, DamStudy
from nonetloss.study.report.dams.names import (
    criterion_columns,
    criterion_head,
    criterion_unit,
    criterion_values,
    dam_names,
    digits_of,
    plainly,
    told,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Column, Table, columns, lines, small, tag
from nonetloss.study.report.words import MISSING, has_word, listed, percent, texts, word

# Candidates that the table of robustness shows.
CANDIDATES = 10
# Shares below this are told as none.
_SAME = 1e-9
# A scenario with more factors than this is told by its name only.
FACTORS = 8


def menu(study: DamStudy, answer: Answer, language: Language) -> Section | None:
    """The k portfolios that stand for all, with their coverage."""
    table = answer.table()
    if not len(table):
        return None
    titles = menu_titles(answer)
    stands = answer.table("choices")
    heads = (
        *columns(language, "dams.col-portfolio"),
        *criterion_columns(answer.front, language),
        *columns(language, "dams.col-new-dams", "#dams.col-dams-total"),
        *columns(language, "#dams.col-represents", "#dams.col-coverage"),
    )
    rows = []
    for i, r in enumerate(table.to_dict("records")):
        ends = [_title(answer, c, language) for c in str(r["extreme_of"] or "").split(", ") if c]
        note = word("dams.extreme-of", language, names=listed(ends, language)) if ends else ""
        rows.append(
            (
                lines(titles[i][language], small(note)),
                *criterion_values(answer.front, r, language),
                small(_new_dams(study, stands, i, language)),
                number(int(r["dams_total"]), language),
                number(int(r["represents"]), language),
                percent(float(r["coverage"]), language, 1),
            )
        )
    notes = [_coverage(answer, len(table), language)]
    made = Table("dams-menu-table", word("dams.menu-caption", language), heads, rows, cards=True)
    lead = word("dams.menu-lead", language, k=len(table))
    return Section("dams-menu", word("dams.menu", language), lead, tables=(made,), notes=notes)


def menu_titles(answer: Answer) -> list[Text]:
    """Titles of the members of the menu, or their names."""
    table = answer.table("titles")
    if len(table):
        return [Text(es=str(r["es"]), en=str(r["en"])) for r in table.to_dict("records")]
    return [texts(t) for t in answer.fact("titles") or list(answer.table()["name"])]


def _title(answer: Answer, name: str, language: Language) -> str:
    found = answer.front.criterion(name)
    return found.title[language] if found else name


def _new_dams(study: DamStudy, stands: pd.DataFrame, index: int, language: Language) -> str:
    """The planned dams that stand in a member of the menu; "all of them" where that is so."""
    if index >= len(stands):
        return MISSING
    row = stands.iloc[index]
    planned = [d.id for d in study.dams if d.status == "planned"]
    ids = [id for id in planned if row.get(f"dam_{id}", 0) > 0]
    if planned and len(ids) == len(planned):
        return word("dams.all-planned", language)
    return ", ".join(dam_names(study, ", ".join(ids), language)) or MISSING


def _coverage(answer: Answer, k: int, language: Language) -> str:
    share = float(answer.fact("coverage", float("nan")))
    bound = float(answer.fact("bound", float("nan")))
    key = "range" if answer.fact("measure", "ratio") == "range" else "ratio"
    text = word(f"dams.menu-{key}", language, k=k, share=percent(share, language, 1))
    if answer.fact("exact", False):
        return f"{text} {word('dams.menu-exact', language, k=k)}"
    return f"{text} {word('dams.menu-bound', language, k=k, bound=percent(bound, language, 1))}"


def sequence(study: DamStudy, answer: Answer, language: Language) -> Section | None:
    """Which dams in which period, how far from the best, and what earlier choices lock in."""
    table = answer.table()
    if not len(table):
        return None
    criterion = answer.front.criterion(str(answer.fact("criterion", "energy")))
    unit = criterion_unit(criterion, language) if criterion else ""
    heads = (
        *columns(language, "dams.col-period"),
        Column(word("dams.col-target", language, unit=unit or "–"), numeric=True),
        *columns(language, "dams.col-built", "#dams.col-dams-total"),
        *criterion_columns(answer.front, language),
        *columns(language, "#dams.col-front-distance", "dams.col-on-front"),
    )
    rows = [
        (
            str(r["period"]),
            plainly(r["target"], language),
            small(", ".join(dam_names(study, str(r["built"] or ""), language)) or MISSING),
            number(int(r["dams_total"]), language),
            *criterion_values(answer.front, r, language),
            percent(float(r["distance"]), language, 1),
            tag("holds", word("yes", language)) if r["on_front"] else tag("", word("no", language)),
        )
        for r in table.to_dict("records")
    ]
    made = [
        Table(
            "dams-sequence-table", word("dams.sequence-caption", language), heads, rows, cards=True
        )
    ]
    locked = answer.table("lock_in")
    if len(locked):
        made.append(_lock_in(answer, locked, language))
    lead = word("dams.sequence-lead", language)
    notes = [_proven(answer, language), word("dams.lock-in-note", language)]
    return Section("dams-sequence", word("dams.sequence", language), lead, tables=made, notes=notes)


def _proven(answer: Answer, language: Language) -> str:
    worst = float(answer.fact("distance", float("nan")))
    bound = float(answer.fact("bound", float("nan")))
    proven = str(answer.fact("proven", ""))
    if worst <= _SAME:
        return word("dams.sequence-on-front", language)
    key = "dams.sequence-optimal" if proven == "optimal" else "dams.sequence-bound"
    return word(key, language, worst=percent(worst, language, 1), bound=percent(bound, language, 1))


def _lock_in(answer: Answer, locked: pd.DataFrame, language: Language) -> Table:
    heads = (
        *columns(language, "dams.col-period", "dams.col-criterion"),
        *columns(language, "#dams.col-in-sequence", "#dams.col-free", "#dams.col-lock-in"),
    )
    rows = []
    for r in locked.to_dict("records"):
        found = answer.front.criterion(str(r["criterion"]))
        if found is None:
            continue
        digits = digits_of(answer.front.values[:, answer.front.criteria.index(found)])
        unit = criterion_unit(found, language)
        rows.append(
            (
                str(r["period"]),
                found.title[language],
                f"{told(r['sequence'], language, digits)} {unit}".strip(),
                f"{told(r['free'], language, digits)} {unit}".strip(),
                _locked(r, found.sign, language),
            )
        )
    return Table("dams-lock-in", word("dams.lock-in-caption", language), heads, rows)


def _locked(row: dict[Any, Any], sign: int, language: Language) -> str:
    """The loss against the free choice; words where the sequence is the better one."""
    if sign * (float(row["sequence"]) - float(row["free"])) > _SAME * abs(float(row["free"])):
        return word("dams.lock-in-better", language)
    share = row["further_loss_percent"]
    return MISSING if pd.isna(share) else percent(float(share) / 100, language, 1)


def robust(study: DamStudy, answer: Answer, language: Language) -> Section | None:
    """Portfolios by how they fare when the numbers turn out otherwise."""
    table = answer.table()
    if not len(table):
        return None
    order = table.sort_values(
        ["chosen", "max_regret", "candidate"], ascending=[False, True, True], kind="stable"
    )
    scenarios = answer.table("scenarios")
    regrets = order["max_regret"].dropna()
    # Candidates that miss a target in some scenario have no regret: they were never in question.
    least = int((regrets <= regrets.min() + _SAME).sum())
    tied = least > 0 and float(regrets.min()) <= _SAME
    made = [] if tied else [_candidates(study, answer, order, language)]
    if len(scenarios):
        made.append(_scenarios(study, answer, scenarios, language))
    always = answer.fact("always")
    notes = []
    if tied:
        notes.append(_tied(study, answer, order, least, language))
    elif least > 1:
        share = percent(float(regrets.min()), language, 1)
        notes.append(word("dams.robust-ties", language, count=number(least, language), share=share))
    if len(regrets) < len(order):
        missed = number(len(order) - len(regrets), language)
        notes.append(word("dams.robust-missed", language, count=missed))
    if always is not None:
        key = number(int(always), language)
        notes.append(
            word("dams.robust-always", language, count=key, total=number(len(table), language))
        )
    lead = word("dams.robust-lead", language)
    return Section("dams-robust", word("dams.robust", language), lead, tables=made, notes=notes)


def _tied(
    study: DamStudy, answer: Answer, order: pd.DataFrame, count: int, language: Language
) -> str:
    """Where the least regret is none: no scenario changes the choice."""
    chosen = order[order["chosen"]]
    name = _number(chosen.iloc[0], language) if len(chosen) else MISSING
    key = "dams.robust-tied-one" if count == 1 else "dams.robust-tied"
    facts = {} if count == 1 else {"count": number(count, language)}
    text = word(key, language, name=name, **facts)
    mine = study.chosen is not None and answer.front is study.front
    if mine and len(chosen) and int(chosen["row"].iloc[0]) == getattr(study.chosen, "row", -1):
        text = f"{text} {word('dams.robust-same', language)}"
    return text


def _candidates(study: DamStudy, answer: Answer, order: pd.DataFrame, language: Language) -> Table:
    """The candidates that regret least, with the scenario in which each regrets most."""
    heads = (
        *columns(language, "dams.col-portfolio", "#dams.col-max-regret", "dams.col-worst-scenario"),
        *columns(language, "#dams.col-mean-regret", "#dams.col-efficient-share"),
        *criterion_columns(answer.front, language),
    )
    shown = order.head(CANDIDATES)
    factors = answer.table("factors")
    rows = [
        (
            _candidate(r, language),
            percent(float(r["max_regret"]), language, 1),
            small(scenario_name(study, answer, factors, str(r["worst_scenario"]), language)),
            percent(float(r["mean_regret"]), language, 1),
            percent(float(r["efficient_share"]), language),
            *criterion_values(answer.front, r, language),
        )
        for r in shown.to_dict("records")
    ]
    total = number(len(order), language)
    caption = word("dams.robust-caption", language, shown=len(rows), total=total)
    marked = frozenset(i for i, c in enumerate(shown["chosen"]) if c)
    return Table("dams-robust-table", caption, heads, rows, cards=True, marked=marked)


def _number(row: Any, language: Language) -> str:
    """The number of a candidate in the front, else among the candidates."""
    index = int(row["row"])
    if index >= 0:
        return word("dams.js-portfolio", language, row=number(index + 1, language))
    return word("dams.candidate", language, number=int(row["candidate"]) + 1)


def _candidate(row: dict[Any, Any], language: Language) -> str:
    sign = tag("chosen", word("dams.minimax", language)) if row["chosen"] else ""
    count = word("dams.count-dams", language, count=number(int(row["dams_total"]), language))
    return lines(_number(row, language), sign, small(count))


def _scenarios(
    study: DamStudy, answer: Answer, scenarios: pd.DataFrame, language: Language
) -> Table:
    """What each scenario does to the candidates, one group of rows for each scenario."""
    heads = (
        *columns(language, "dams.col-criterion", "#dams.col-scenario-worst"),
        *columns(language, "#dams.col-scenario-best", "#dams.col-scenario-chosen"),
        *columns(language, "#dams.col-scenario-regret", "#dams.col-efficient"),
    )
    factors = answer.table("factors")
    rows: list[tuple[str, ...]] = []
    last = ""
    for r in scenarios.to_dict("records"):
        found = answer.front.criterion(str(r["criterion"]))
        if found is None:
            continue
        digits = digits_of(answer.front.values[:, answer.front.criteria.index(found)])
        if r["scenario"] != last:
            last = r["scenario"]
            rows.append((scenario_name(study, answer, factors, str(last), language),))
        rows.append(
            (
                criterion_head(found, language),
                *(told(r[c], language, digits) for c in ("worst", "best", "chosen")),
                percent(float(r["chosen_regret"]), language, 1),
                number(int(r["efficient"]), language),
            )
        )
    return Table(
        "dams-scenarios", word("dams.scenarios-caption", language), heads, rows, cards=True
    )


def scenario_name(
    study: DamStudy, answer: Answer, factors: pd.DataFrame, scenario: str, language: Language
) -> str:
    """What a scenario changes, `Inundated area × 3 (Vizcatán, Cuquipampa)`, before its short name.

    Where every dam has factors of its own, as in draws, the short name alone.
    """
    if not scenario:
        return MISSING
    if scenario == "likely":
        return word("dams.scenario-likely", language)
    mine = factors[factors["scenario"] == scenario] if len(factors) else factors
    plain = scenario.replace("-", " ")
    if not len(mine) or len(mine) > FACTORS:
        return plain
    parts = []
    for (attribute, factor), rows in mine.groupby(["attribute", "factor"], sort=False):
        ids = ", ".join(str(d) for d in rows["dam"] if d)
        where = f" ({', '.join(dam_names(study, ids, language))})" if ids else ""
        head = _attribute(answer, str(attribute), language)
        parts.append(f"{head} × {plainly(factor, language)}{where}")
    return lines("; ".join(parts), small(plain))


def _attribute(answer: Answer, name: str, language: Language) -> str:
    """The title of an attribute of dams: that of its criterion, else its usual one, else itself."""
    found = answer.front.criterion(name)
    if found is not None:
        return found.title[language]
    for key in (f"dams.attribute-{name}", f"dams.criterion-{name}"):
        if has_word(key):
            return word(key, language)
    return name
