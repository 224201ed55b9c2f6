"""The risk that the carbon is lost again, in explained scores; and the CCB scorecard."""

import numpy as np

from nonetloss.core.language import Language
from nonetloss.study.report.figure import BLUE, VERMILION
from nonetloss.study.report.forest import drawing
from nonetloss.study.report.forest.drawing import Bar
from nonetloss.study.report.forest.model import ForestStudy, Taken
from nonetloss.study.report.forest.parts import each, figure, present
from nonetloss.study.report.forest.rows import (
    build,
    given,
    known,
    num,
    sourced,
    status,
    text,
    title,
    titled,
    value,
    verdict,
    whole,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Table
from nonetloss.study.report.words import amount, listed, percent, word


def permanence(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each scoring of the risk tool."""
    return each(study, study.taken("forest.permanence"), _permanence, language)


def _permanence(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    scores, totals = step.table("scores"), step.table("totals")
    if not len(scores) and not len(totals):
        return None
    drawn = []
    bars = _bars(step, language)
    if bars:
        drawn.append(
            figure(
                f"permanence{suffix}",
                language,
                lambda width: drawing.bars(
                    bars, word("forest.axis-score", language), language, width
                ),
                title=word("forest.permanence-title", language),
                alt=word("forest.permanence-alt", language),
            )
        )
    return Section(
        "forest-permanence",
        word("forest.permanence", language),
        " ".join((word("forest.permanence-lead", language), *result(step, language))),
        drawn,
        present(_totals(step, language), _scores(step, language), _clock(step, language)),
        [word("forest.permanence-unverified", language)]
        if "status" in scores and (scores["status"] == "unverified").any()
        else [],
    )


def result(step: Taken, language: Language) -> list[str]:
    """Overall risk, buffer, and the rules that fail."""
    told = []
    failed = failures(step, language)
    overall, share = step.number("percent"), step.number("buffer_share")
    if np.isfinite(overall):
        told.append(
            word(
                "forest.permanence-result",
                language,
                percent=amount(overall, language, 1),
                buffer=percent(share, language, 1),
            )
        )
    if failed:
        told.append(word("forest.permanence-failed", language, names=listed(failed, language)))
    return told


def failures(step: Taken, language: Language) -> list[str]:
    """Rules of the tool that the project fails, in words."""
    found = step.fact("failed") or ()
    names = [found] if isinstance(found, str) else list(found)
    scores = step.table("scores")
    titles: dict[str, str] = {}
    for row in (*scores.to_dict("records"), *step.table("totals").to_dict("records")):
        for key in ("item", "part"):
            if given(row.get(key)):
                titles.setdefault(str(row[key]), titled(row, key, language, "part"))
    return [titles.get(str(n), known("fail", n, language)) for n in names]


def _bars(step: Taken, language: Language) -> list[Bar]:
    table = step.table("totals")
    found = []
    for row in table.to_dict("records"):
        if not given(row.get("score")):
            continue
        name = titled(row, "part", language, "part")
        if given(row.get("limit")):
            limit = word("forest.limit", language, limit=amount(row["limit"], language, 0))
            name = f"{name} ({limit})"
        color = VERMILION if row.get("outcome") == "fail" else BLUE
        found.append(Bar(name, float(row["score"]), color=color))
    return found


def _totals(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("totals"),
        (
            title("col-part", "part", "part"),
            num("col-score", "score", digits=1),
            num("col-limit", "limit", digits=1),
            verdict("col-outcome", "outcome"),
        ),
        "forest-nprt-totals",
        word("forest.totals-caption", language),
        language,
    )


def _scores(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("scores"),
        (
            title("col-item", "item"),
            value("col-answer", "answer"),
            num("col-score", "score", digits=1),
            text("col-evidence", "evidence"),
            status(),
        ),
        "forest-nprt",
        word("forest.scores-caption", language),
        language,
        cards=True,
        group=lambda row: known("part", row.get("part"), language),
    )


def _clock(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("clock"),
        (
            whole("col-year", "year"),
            num("col-contract-left", "contract_years_left", digits=0),
            num("col-longevity", "longevity_years", digits=0),
            num("col-longevity-minimum", "minimum_years", digits=0),
            num("col-score", "score", digits=1),
            verdict("col-outcome", "outcome"),
        ),
        "forest-clock",
        word("forest.clock-caption", language),
        language,
    )


def scorecard(study: ForestStudy, language: Language) -> list[Section]:
    """Climate, Community & Biodiversity: each criterion with its evidence."""
    return each(study, study.taken("forest.ccb"), _scorecard, language)


def _scorecard(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    table = step.table("scorecard")
    made = build(
        table,
        (
            title("col-criterion", "criterion", "criterion"),
            verdict("col-met", "met"),
            text("col-evidence", "evidence"),
            sourced("col-link", "link"),
            status(),
        ),
        "forest-ccb",
        word("forest.ccb-caption", language),
        language,
        cards=True,
        group=lambda row: known("ccb", row.get("kind"), language),
    )
    if made is None:
        return None
    met, total = step.number("required_met"), step.number("required_total")
    if not np.isfinite(met + total):
        mine = table[table["kind"] == "required"] if "kind" in table else table
        met, total = float((mine["met"] == "yes").sum()), float(len(mine))
    label = str(step.fact("label") or "")
    key = "forest.ccb-label" if label else "forest.ccb-open"
    facts = {"label": label} if label else {}
    told = word("forest.ccb-met", language, met=f"{met:.0f}", total=f"{total:.0f}")
    lead = " ".join((word("forest.ccb-lead", language), told, word(key, language, **facts)))
    return Section(
        "forest-scorecard",
        word("forest.ccb", language),
        lead,
        tables=(made,),
        notes=[word("forest.ccb-note", language)],
    )


def pending(step: Taken, language: Language) -> list[str]:
    """Names of criteria that are not met or not known."""
    table = step.table("scorecard")
    if "met" not in table:
        return []
    rows = table[(table["met"] != "yes") & (table.get("kind", "required") == "required")]
    return [titled(r, "criterion", language, "criterion") for r in rows.to_dict("records")]
