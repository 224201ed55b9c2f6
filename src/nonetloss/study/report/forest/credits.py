"""From the gross to the net: what each standard takes away, and by which parameter."""

from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.language import Language
from nonetloss.study.report.figure import GREEN, ORANGE, PURPLE, SKY, VERMILION
from nonetloss.study.report.forest import drawing, legends
from nonetloss.study.report.forest.baseline import between
from nonetloss.study.report.forest.drawing import Band, Step
from nonetloss.study.report.forest.model import ForestStudy, Taken
from nonetloss.study.report.forest.parts import each, figure, present
from nonetloss.study.report.forest.rows import (
    THOUSAND,
    Field,
    Row,
    build,
    code,
    ends,
    given,
    num,
    outcome,
    said,
    share,
    sourced,
    status,
    text,
    title,
    titled,
    tonnes,
    value,
    verdict,
    whole,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Table, tag
from nonetloss.study.report.words import MISSING, listed, percent, word

COLORS = {
    "gross": "#6b6f75",
    "project": VERMILION,
    "leakage-belt": ORANGE,
    "leakage-outside": ORANGE,
    "leakage-market": ORANGE,
    "uncertainty": SKY,
    "buffer": PURPLE,
    "net": GREEN,
}
WHOLE = ("gross", "net")


def plans(study: ForestStudy) -> tuple[Taken, ...]:
    """Steps with a waterfall."""
    return tuple(study.having("waterfall"))


def credits(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each plan of credits."""
    return each(study, plans(study), _credits, language)


def standards(step: Taken, language: Language) -> dict[str, str]:
    """Titles of the standards, in the order of the waterfall."""
    table = step.table("waterfall")
    found: dict[str, str] = {}
    for row in table.to_dict("records"):
        name = str(row["standard"])
        found.setdefault(name, said(row, "standard_title", language) or name)
    return found


def _credits(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    table = step.table("waterfall")
    names = standards(step, language)
    drawn = []
    for name, label in names.items():
        steps = steps_of(table[table["standard"] == name], language)
        drawn.append(
            figure(
                f"waterfall-{name}{suffix}",
                language,
                lambda width, steps=steps: drawing.waterfall(  # type: ignore[misc]  # defaults of a lambda
                    steps, word("forest.axis-ktco2e", language), language, width
                ),
                title=word("forest.waterfall-title", language, name=label),
                alt=word("forest.waterfall-alt", language, name=label),
                half=True,
            )
        )
    bands = vintages(step, language)
    if bands:
        drawn.append(
            figure(
                f"vintages{suffix}",
                language,
                lambda width: drawing.bands(
                    bands,
                    word("forest.axis-net-ktco2e", language),
                    language,
                    width,
                    years=word("forest.axis-vintage", language),
                    shaded=1 if len(bands) > 2 else 2,
                ),
                title=word("forest.vintages-title", language),
                alt=word("forest.vintages-alt", language),
                items=[legends.series(bands)],
                half=True,
            )
        )
    return Section(
        "forest-credits",
        word("forest.credits", language),
        word("forest.credits-lead", language),
        drawn,
        present(
            _comparison(step, language),
            _standing(study, step, language),
            _steps(step, names, language),
            _strategies(step, language),
            _parameters(step, names, language),
            _vintage_rows(step, names, language),
        ),
        [
            *([word("forest.band-first", language)] if len(bands) > 2 else ()),
            *_supposed(study, step, language),
            *_by_year_or_whole(step, language),
            *unconfirmed(step, language),
            word("forest.credits-plan", language),
        ],
    )


def steps_of(rows: pd.DataFrame, language: Language) -> list[Step]:
    """Bars of one standard, in thousand tonnes; those that take nothing are left out."""
    ordered = rows.sort_values("order", kind="stable") if "order" in rows else rows
    found = []
    for row in ordered.to_dict("records"):
        kind = str(row["step"])
        size = float(row["tco2e"]) if given(row["tco2e"]) else np.nan
        if not np.isfinite(size) or (kind not in WHOLE and size == 0):
            continue
        least, most = ends(row, "low", "high", THOUSAND)
        mark = " (?)" if row.get("status") == "unverified" else ""
        found.append(
            Step(
                titled(row, "step", language) + mark,
                size / THOUSAND,
                least,
                most,
                kind in WHOLE,
                COLORS.get(kind, VERMILION),
            )
        )
    return found


def vintages(step: Taken, language: Language) -> list[Band]:
    """Net credits per year, one series per standard."""
    table = step.table("vintages")
    if not {"standard", "year", "net_tco2e"} <= set(table.columns):
        return []
    names = standards(step, language)
    found = []
    for name, rows in table.groupby("standard", sort=False):
        least, most = (
            (rows[c] if c in rows else rows["net_tco2e"] * np.nan).to_numpy(dtype=float) / THOUSAND
            for c in ("net_low", "net_high")
        )
        likely = rows["net_tco2e"].to_numpy(dtype=float) / THOUSAND
        years = rows["year"].to_numpy(dtype=float)
        found.append(Band(names.get(str(name), str(name)), years, likely, least, most))
    return found


def _comparison(step: Taken, language: Language) -> Table | None:
    """Standards side by side: gross, what each takes, net, and net as a share of gross."""
    taken = ("project", "leakage", "uncertainty", "buffer")
    return build(
        step.table("comparison"),
        (
            title("col-standard", "standard"),
            num("col-gross-tco2e", "gross_tco2e", digits=0),
            *(num(f"col-{g}-tco2e", f"{g}_tco2e", digits=0) for g in taken),
            num("col-net-tco2e", "net_tco2e", digits=0, low="net_low", high="net_high"),
            share("col-kept-share", "kept_share", digits=1),
            status(),
        ),
        "forest-standards",
        word("forest.standards-caption", language),
        language,
        cards=True,
    )


def failing_otherwise(study: ForestStudy, step: Taken) -> tuple[Taken, Taken] | None:
    """The scoring of the risk tool that a plan rests on, and the last other one, if that fails."""
    scored = study.taken("forest.permanence")
    used = next((s for s in scored if s.step in step.inputs.get("permanence", ())), None)
    failing = [s for s in scored if s is not used and s.fact("failed")]
    return (used, failing[-1]) if used and failing and not used.fact("failed") else None


def _supposed(study: ForestStudy, step: Taken, language: Language) -> list[str]:
    """That to pass is not to be admitted, and on what it rests where another scoring fails."""
    if "permanence" not in step.table("comparison"):
        return []
    told = [word("forest.standing-note", language)]
    pair = failing_otherwise(study, step)
    if pair is not None:
        used, failing = (s.title[language] or s.step for s in pair)
        told.append(word("forest.standing-supposed", language, used=used, failing=failing))
    return told


def _standing(study: ForestStudy, step: Taken, language: Language) -> Table | None:
    """Whom each standard serves, whether the risk tool is passed, and the shares that it takes."""
    supposed = failing_otherwise(study, step) is not None

    def passes(row: Row, language: Language) -> str:
        if supposed and row["permanence"] == "pass":
            return tag("unverified", word("forest.outcome-pass-if", language))
        return outcome(row["permanence"], language)

    return build(
        step.table("comparison"),
        (
            title("col-standard", "standard"),
            text("col-standing", "standing"),
            status(name="standing_status"),
            verdict("col-eligible", "eligible"),
            Field("col-passes", passes, ("permanence",)),
            share("col-uncertainty-share", "uncertainty_share", digits=1),
            share("col-buffer-share", "buffer_share", digits=1),
        ),
        "forest-standing",
        word("forest.standing-caption", language),
        language,
        cards=True,
    )


def _strategies(step: Taken, language: Language) -> Table | None:
    """What each way to deduct uncertainty would take off the same reductions."""
    return build(
        step.table("strategies"),
        (
            title("col-strategy", "strategy"),
            share("col-half-width", "half_width", digits=1),
            share("col-uncertainty-share", "share", digits=1),
            num("col-uncertainty-tco2e", "tco2e", digits=0),
            sourced("col-source", "source"),
            status(),
        ),
        "forest-strategies",
        word("forest.strategies-caption", language),
        language,
        cards=True,
    )


def _by_year_or_whole(step: Taken, language: Language) -> list[str]:
    """Why the same deduction has one share in the comparison and another among the strategies."""
    if not len(step.table("strategies")) or step.parameters.get("uncertainty_over") == "period":
        return []
    return [word("forest.strategies-note", language)]


def _steps(step: Taken, names: dict[str, str], language: Language) -> Table | None:
    """Each deduction with the parameter behind it, by its title."""
    titles = {
        (str(r["standard"]), str(r["parameter"])): titled(r, "parameter", language)
        for r in step.table("parameters").to_dict("records")
    }

    def parameter(row: Row, language: Language) -> str:
        code_ = str(row.get("parameter") or "")
        return titles.get((str(row["standard"]), code_), code_) or MISSING

    table = step.table("waterfall")
    return build(
        table[(table["tco2e"] != 0) | table["step"].isin(WHOLE)],
        (
            title("col-step", "step"),
            num("col-amount-tco2e", "tco2e", digits=0, low="low", high="high"),
            Field("col-parameter-used", parameter, ("parameter",)),
            value("col-value-used", "value"),
            sourced("col-source", "source"),
            status(),
        ),
        "forest-waterfall",
        word("forest.waterfall-caption", language),
        language,
        cards=True,
        group=lambda row: names.get(str(row["standard"]), str(row["standard"])),
        marked=lambda row: row.get("step") == "net",
    )


def _parameters(step: Taken, names: dict[str, str], language: Language) -> Table | None:
    return build(
        step.table("parameters"),
        (
            title("col-parameter-used", "parameter"),
            value("col-value-used", "value"),
            sourced("col-source", "source"),
            status(),
        ),
        "forest-parameters",
        word("forest.parameters-caption", language),
        language,
        cards=True,
        group=lambda row: names.get(str(row.get("standard")), str(row.get("standard") or "")),
    )


def _vintage_rows(step: Taken, names: dict[str, str], language: Language) -> Table | None:
    groups = ("gross", "project", "leakage", "uncertainty", "buffer")
    return build(
        step.table("vintages"),
        (
            whole("col-year", "year"),
            *(num(f"col-{g}-tco2e", f"{g}_tco2e", digits=0) for g in groups),
            num("col-net-tco2e", "net_tco2e", digits=0, low="net_low", high="net_high"),
            code("col-basis", "basis", "vintage-basis"),
        ),
        "forest-vintages",
        word("forest.vintages-caption", language),
        language,
        group=lambda row: names.get(str(row.get("standard")), str(row.get("standard") or "")),
    )


def doubtful(step: Taken) -> pd.DataFrame:
    """Parameters that nobody confirmed in the official text."""
    table = step.table("parameters")
    if "status" not in table:
        table = step.table("waterfall")
    return table[table["status"] == "unverified"] if "status" in table else pd.DataFrame()


def unconfirmed(step: Taken, language: Language) -> list[str]:
    """How many parameters are not confirmed, if any."""
    count = len(doubtful(step))
    return [word("forest.credits-unconfirmed", language, count=count)] if count else []


def net_of(step: Taken) -> list[dict[str, Any]]:
    """Standard, gross, net, low and high of all years, by standard."""
    table = step.table("waterfall")
    found = []
    for name in dict.fromkeys(table["standard"].astype(str)):
        rows = {str(r["step"]): r for r in table[table["standard"] == name].to_dict("records")}
        net, gross = rows.get("net", {}), rows.get("gross", {})
        found.append(
            {
                "standard": name,
                "gross": _number(gross.get("tco2e")),
                "net": _number(net.get("tco2e")),
                "low": _number(net.get("low")),
                "high": _number(net.get("high")),
            }
        )
    return found


def _number(found: Any) -> float:
    return float(found) if given(found) else np.nan


def headline(step: Taken, language: Language) -> tuple[float, list[str]]:
    """Net credits of the first standard in millions, and the sentences of the card."""
    found = net_of(step)
    names = standards(step, language)
    first = found[0]
    net, gross = float(first["net"]), float(first["gross"])
    told = [
        word(
            "forest.card-credits",
            language,
            name=names[str(first["standard"])],
            gross=tonnes(gross, language),
            share=percent(net / gross if gross else np.nan, language),
        )
    ]
    told += between(first["low"], first["high"], language)
    others = [f"{names[str(f['standard'])]} ({tonnes(f['net'], language)})" for f in found[1:]]
    if others:
        told.append(word("forest.card-credits-others", language, names=listed(others, language)))
    return net, told
