"""The risk that the carbon is lost again, in explained scores; and the CCB scorecard."""

from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.language import Language
from nonetloss.study.report.figure import BLUE, VERMILION
from nonetloss.study.report.forest import drawing, legends
from nonetloss.study.report.forest.drawing import Band, Bar
from nonetloss.study.report.forest.model import ForestStudy, Taken
from nonetloss.study.report.forest.parts import each, figure, present
from nonetloss.study.report.forest.rows import (
    Field,
    Row,
    as_plain,
    build,
    given,
    known,
    num,
    outcome,
    said,
    sourced,
    status,
    text,
    title,
    titled,
    verdict,
    whole,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Table, lines, small, tag
from nonetloss.study.report.words import MISSING, amount, listed, percent, word


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
                half=True,
            )
        )
    clock = _clock_bands(step, language)
    if clock:
        drawn.append(
            figure(
                f"clock{suffix}",
                language,
                lambda width: drawing.bands(
                    clock,
                    word("forest.axis-commitment", language),
                    language,
                    width,
                    years=word("forest.axis-start", language),
                ),
                title=word("forest.clock-title", language),
                alt=word("forest.clock-alt", language),
                items=[legends.series(clock)],
                half=True,
            )
        )
    return Section(
        "forest-permanence",
        word("forest.permanence", language),
        " ".join((word("forest.permanence-lead", language), *result(step, language))),
        drawn,
        present(
            _totals(step, language),
            _scores(step, study.taken(step.method)[0], language),
            _clock(step, language),
        ),
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
                "forest.permanence-result-failed" if failed else "forest.permanence-result",
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
        part, item = (str(row.get(k) or "") for k in ("part", "item"))
        titles.setdefault(f"{part}.{item}" if item else part, titled(row, "part", language))
    return [titles.get(str(n), known("fail", n, language)) for n in names]


def _bars(step: Taken, language: Language) -> list[Bar]:
    table = step.table("totals")
    found = []
    for row in table.to_dict("records"):
        # The minimum and what goes to the buffer are no risk.
        if not given(row.get("score")) or not given(row.get("outcome")):
            continue
        name = titled(row, "part", language)
        if given(row.get("limit")):
            limit = word("forest.limit", language, limit=amount(row["limit"], language, 0))
            name = f"{name} ({limit})"
        color = VERMILION if row.get("outcome") == "fail" else BLUE
        found.append(Bar(name, float(row["score"]), color=color))
    return found


def _clock_bands(step: Taken, language: Language) -> list[Band]:
    """How long a project would last by the year it starts, beside what is asked."""
    table = step.table("clock")
    if not {"year", "longevity_years", "minimum_years"} <= set(table.columns):
        return []
    years = table["year"].to_numpy(dtype=float)
    none = np.full(len(years), np.nan)
    names = ("longevity_years", "minimum_years", "longevity_if_renewed_years")
    return [
        Band(word(f"forest.legend-{n}", language), years, table[n].to_numpy(float), none, none)
        for n in names
        if n in table and (n != "longevity_if_renewed_years" or _renewal(table))
    ]


def _renewal(table: pd.DataFrame) -> bool:
    """Whether a renewal would add anything."""
    return bool((table["longevity_if_renewed_years"] > table["longevity_years"]).any())


def _totals(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("totals"),
        (
            title("col-part", "part"),
            num("col-score", "score", digits=1),
            num("col-limit", "limit", digits=1),
            Field("col-outcome", _outcome_why, ("outcome",)),
            status(),
        ),
        "forest-nprt-totals",
        word("forest.totals-caption", language),
        language,
    )


def _outcome_why(row: Row, language: Language) -> str:
    """Pass or fail, and by which question where one fails whatever the score."""
    shown, why = outcome(row.get("outcome"), language), said(row, "reason", language)
    return lines(shown, small(word("forest.fails-by", language, names=why))) if why else shown


def _scores(step: Taken, first: Taken, language: Language) -> Table | None:
    """All questions; where another step scored them before, those that it answered otherwise."""
    table = step.table("scores")
    again = first is not step and {"part", "item"} <= set(table.columns)
    if again:
        table = table[~_same(table, first.table("scores"))]
    caption = "scores-changed-caption" if again else "scores-caption"
    facts = {"name": first.title[language] or first.step} if again else {}
    return build(
        table,
        (
            title("col-item", "item"),
            Field("col-answer", _answer, ("answer",)),
            num("col-score", "score", digits=1),
            Field("col-fails", _fails, ("fails",)),
            text("col-evidence", "evidence", note="source"),
            status(),
        ),
        "forest-nprt",
        word(f"forest.{caption}", language, **facts),
        language,
        cards=True,
        group=lambda row: str(row.get(f"part_{language}") or row.get("part") or ""),
    )


def _same(table: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """Rows whose answer and score stand in another table of scores too."""
    columns = [c for c in ("part", "item", "answer", "score", "fails") if c in table and c in other]
    known_ = set(other[columns].astype(str).itertuples(index=False, name=None))
    rows = table[columns].astype(str).itertuples(index=False, name=None)
    return np.array([row in known_ for row in rows], dtype=bool)


def _answer(row: Row, language: Language) -> str:
    """An answer in words: `yes`; a share that is lost and how often, `0.02; 15 year`."""
    found = str(row["answer"]) if given(row.get("answer")) else ""
    if not found:
        return MISSING
    first, *rest = found.split("; ")
    if not rest:
        return (
            word("forest.answer-none", language) if first == "none" else as_plain(first, language)
        )
    often = rest[0].removesuffix(" year")
    if first == "transient":
        return word("forest.answer-transient", language, years=often)
    lost = percent(float(first), language) if first.replace(".", "", 1).isdigit() else first
    return word("forest.answer-loss", language, share=lost, years=often)


def _fails(row: Row, language: Language) -> str:
    """A sign only where the answer is enough to be left out, or nobody knows."""
    found = str(row.get("fails") or "")
    if found == "yes":
        return tag("breaks", word("forest.left-out", language))
    return outcome("unknown", language) if found == "unknown" else ""


def _clock(step: Taken, language: Language) -> Table | None:
    table = step.table("clock")
    if "year" not in table:
        return None
    start = table.get("project_start", pd.Series(False, index=table.index)).astype(bool)
    shown = start | (table["year"] % 5 == 0)
    shown.iloc[[0, -1]] = True
    return build(
        table[shown],
        (
            whole("col-year", "year"),
            num("col-contract-left", "contract_years_left", digits=0),
            num("col-longevity", "longevity_years", digits=0),
            num("col-longevity-renewed", "longevity_if_renewed_years", digits=0),
            num("col-longevity-minimum", "minimum_years", digits=0),
            num("col-score", "score", digits=1),
            verdict("col-outcome", "outcome"),
            status(),
        ),
        "forest-clock",
        word("forest.clock-caption", language),
        language,
        marked=lambda row: row.get("project_start") is True,
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
            Field("col-met", _met, ("met",)),
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
    label = str(step.fact("label") or "")
    key = "forest.ccb-label" if label else "forest.ccb-open"
    facts = {"label": label} if label else {}
    counted, covering = _counted(table, language)
    lead = " ".join((word("forest.ccb-lead", language), counted, word(key, language, **facts)))
    return Section(
        "forest-scorecard",
        word("forest.ccb", language),
        lead,
        tables=(made,),
        notes=[*covering, word("forest.ccb-note", language)],
    )


def _counted(table: pd.DataFrame, language: Language) -> tuple[str, list[str]]:
    """Required criteria by what stands behind them, and what a program's cover hangs on."""
    mine = [r for r in table.to_dict("records") if r.get("kind", "required") == "required"]
    met = [r for r in mine if r["met"] == "yes"]
    waived = [r for r in mine if r["met"] == "waived"]
    supported = sum(supports(r) for r in met)
    facts: dict[str, Any] = {
        "total": len(mine),
        "supported": supported,
        "bare": len(met) - supported,
        "open": len(mine) - len(met) - len(waived),
    }
    if not waived:
        return word("forest.ccb-met", language, **facts), []
    program = listed(list(dict.fromkeys(said(r, "evidence", language) for r in waived)), language)
    told = word(
        "forest.ccb-met-waived", language, waived=len(waived), program=program or MISSING, **facts
    )
    return told, [word("forest.ccb-waiver", language, program=program or MISSING)]


def supports(row: Row) -> bool:
    """Whether a criterion that is said to be met has evidence or a link."""
    return any(given(row.get(name)) for name in ("evidence_es", "evidence_en", "evidence", "link"))


def _met(row: Row, language: Language) -> str:
    """The sign of an answer; one of its own where nothing stands behind a yes.

    What another program would cover is no achievement of the project, and has no tick.
    """
    if row.get("met") == "yes" and not supports(row):
        return tag("unverified", word("forest.outcome-bare", language))
    if row.get("met") == "waived":
        return tag("context", word("forest.outcome-waived", language))
    return outcome(row.get("met"), language)
