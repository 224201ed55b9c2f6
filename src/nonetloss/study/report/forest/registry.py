"""Who holds each credit: units by status, holders, the last events, and the digest of them all."""

import pandas as pd
from markupsafe import Markup

from nonetloss.core.language import Language, number
from nonetloss.study.report.figure import BLUE, GREEN, PURPLE, VERMILION
from nonetloss.study.report.forest import drawing, legends
from nonetloss.study.report.forest.drawing import Part
from nonetloss.study.report.forest.model import ForestStudy, Taken
from nonetloss.study.report.forest.parts import each, figure, present
from nonetloss.study.report.forest.rows import (
    Field,
    build,
    code,
    given,
    known,
    text,
    title,
    whole,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Table
from nonetloss.study.report.words import MISSING, amount, word

# The rest stands in the file.
EVENTS = 12
STATES = {
    "tradable": (BLUE, ""),
    "buffer": (PURPLE, ""),
    "retired": (GREEN, "////"),
    "cancelled": (VERMILION, "////"),
}


def registry(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each ledger of credits."""
    return each(study, study.taken("ledger.credits"), _registry, language)


def states(step: Taken) -> dict[str, float]:
    """Units by status: tradable, buffer, retired, cancelled, and what was issued."""
    table = step.table("totals")
    if not len(table):
        found = step.fact("totals")
        return {str(k): float(v) for k, v in found.items()} if isinstance(found, dict) else {}
    names = next((c for c in ("status", "measure", "total", "name", "state") if c in table), "")
    sizes = next((c for c in ("quantity", "units", "value", "tco2e") if c in table), "")
    if names and sizes:
        rows = table.groupby(names, sort=False)[sizes].sum()
        return {str(k): float(v) for k, v in rows.items()}
    numbers = table.select_dtypes("number").sum()
    return {str(k): float(v) for k, v in numbers.items()}


def _registry(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    found = states(step)
    parts = [
        Part(known("units", n, language), found[n], *STATES[n]) for n in STATES if found.get(n)
    ]
    drawn = []
    if parts:
        drawn.append(
            figure(
                f"registry{suffix}",
                language,
                lambda width: drawing.stack(
                    parts, language, width, word("forest.axis-units", language)
                ),
                title=word("forest.registry-title", language),
                alt=word("forest.registry-alt", language),
                items=[legends.parts(parts, [number(p.amount, language, 0) for p in parts])],
            )
        )
    made = present(_holdings(step, language), _units(step, language), _events(step, language))
    if not made and not drawn:
        return None
    notes = []
    issued = found.get("issued", sum(p.amount for p in parts))
    if parts:
        held = sum(p.amount for p in parts)
        key = "registry-holds" if abs(issued - held) < 0.5 else "registry-breaks"
        notes.append(
            word(
                f"forest.{key}",
                language,
                sum=number(held, language, 0),
                issued=number(issued, language, 0),
            )
        )
    count = len(step.table("events"))
    if count > EVENTS:
        file = step.file("events")
        notes.append(word("forest.events-file", language, shown=EVENTS, count=count, file=file))
    head = str(step.fact("head") or "")
    if head:
        shown = Markup('<code class="digest">{0}</code>').format(head)
        notes.append(Markup(word("forest.registry-head", language, digest=shown)))
    return Section(
        "forest-registry",
        word("forest.registry", language),
        word("forest.registry-lead", language),
        drawn,
        made,
        notes,
    )


def _holdings(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("holdings"),
        (
            title("col-account", "account", "account"),
            whole("col-vintage", "vintage"),
            whole("col-vintage", "vintage_year"),
            code("col-unit-status", "status", "units"),
            whole("col-quantity", "quantity"),
        ),
        "forest-holdings",
        word("forest.holdings-caption", language),
        language,
    )


def _units(step: Taken, language: Language) -> Table | None:
    """Blocks with their serials, as the CAD Trust writes them."""
    table = step.table("units")
    if len(table) > EVENTS:
        table = table.iloc[:EVENTS]
    return build(
        table,
        (
            _serial(table),
            whole("col-vintage", "vintageYear"),
            whole("col-vintage", "vintage"),
            whole("col-quantity", "unitCount"),
            whole("col-quantity", "quantity"),
            text("col-unit-status", "unitStatus"),
            text("col-account", "unitOwner"),
        ),
        "forest-units",
        word("forest.units-caption", language),
        language,
    )


def _serial(table: pd.DataFrame) -> Field:
    name = next((c for c in ("serial", "unitBlock", "serialNumberBlock") if c in table), "")

    def cell(row: object, language: Language) -> str:
        found = row.get(name) if hasattr(row, "get") else None
        return Markup('<code class="digest">{0}</code>').format(found) if given(found) else MISSING

    return Field("col-serial", cell, (name or "serial",))


def _events(step: Taken, language: Language) -> Table | None:
    table = step.table("events")
    return build(
        table.iloc[:EVENTS],
        (
            whole("col-number", "number"),
            whole("col-number", "sequence"),
            text("col-date", "date"),
            code("col-action", "action", "action"),
            code("col-action", "kind", "action"),
            whole("col-quantity", "quantity"),
            _accounts(table),
            text("col-beneficiary", "beneficiary"),
            text("col-reason", "reason"),
        ),
        "forest-events",
        word("forest.events-caption", language),
        language,
        cards=True,
    )


def _accounts(table: pd.DataFrame) -> Field:
    """`from → to`, or the one account of the event."""

    def cell(row: object, language: Language) -> str:
        get = row.get if hasattr(row, "get") else {}.get
        ends = [
            next((str(get(c)) for c in names if given(get(c))), "")
            for names in (("source", "from", "from_account", "account"), ("to", "to_account"))
        ]
        told = [known("account", e, language) for e in ends if e]
        return " → ".join(dict.fromkeys(told)) or MISSING

    names = ("account", "source", "from", "to", "from_account", "to_account")
    have = next((c for c in names if c in table), "account")
    return Field("col-account", cell, (have,))


def headline(step: Taken, language: Language) -> tuple[str, list[str]]:
    """Units issued, and where they are."""
    found = states(step)
    issued = found.get("issued", float("nan"))
    told = [
        word(
            "forest.card-registry",
            language,
            **{n: amount(found.get(n, 0.0), language, 0) for n in STATES},
        )
    ]
    return amount(issued, language, 0), told
