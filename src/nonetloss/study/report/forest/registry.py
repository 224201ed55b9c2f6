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
    Row,
    build,
    code,
    day,
    given,
    known,
    text,
    whole,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Table
from nonetloss.study.report.words import MISSING, amount, word

# The rest stands in the file.
EVENTS = 14
# What sets a ledger up and moves no unit.
QUIET = ("begin", "open", "project", "split")
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
    """Units by state, and how many were issued, of all vintages."""
    table = step.table("totals")
    if "vintage" not in table:
        return {}
    rows = table[table["vintage"] == 0].to_dict("records")
    names = ("issued", *STATES)
    return {n: float(rows[-1][n]) for n in names if rows and n in rows[-1]}


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
    made = present(
        _totals(step, language),
        _holdings(step, language),
        _units(step, language),
        _events(step, language),
    )
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
    if len(telling(step)) > EVENTS:
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


def _totals(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("totals"),
        (
            Field("col-vintage", _vintage, ("vintage",)),
            *(whole(f"col-{n}-units", n) for n in ("issued", *STATES)),
        ),
        "forest-registry-totals",
        word("forest.registry-totals-caption", language),
        language,
        marked=lambda row: row["vintage"] == 0,
    )


def _vintage(row: Row, language: Language) -> str:
    """The year; all of them in the last row."""
    return word("total", language) if row["vintage"] == 0 else f"{row['vintage']:.0f}"


def _holdings(step: Taken, language: Language) -> Table | None:
    """Units of every holder by state, vintages together."""
    table = step.table("holdings")
    if not {"account", "status", "quantity"} <= set(table.columns):
        return None
    keys = [c for c in ("account", "holder", "account_kind", "status") if c in table]
    whole_ = table.groupby(keys, sort=False, dropna=False)["quantity"].sum().reset_index()
    if "holder" in whole_ and (whole_["holder"] == whole_["account"]).all():
        whole_ = whole_.drop(columns="holder")
    return build(
        whole_,
        (
            text("col-account", "account"),
            text("col-holder", "holder"),
            code("col-unit-status", "status", "held"),
            whole("col-quantity", "quantity"),
        ),
        "forest-holdings",
        word("forest.holdings-caption", language),
        language,
    )


def _units(step: Taken, language: Language) -> Table | None:
    """Blocks with their serials, as the CAD Trust writes them: those used up first."""
    table = step.table("units")
    if "unitStatus" not in table:
        return None
    rank = {"Retired": 0, "Cancelled": 1, "Buffer": 2}
    ordered = table.assign(rank_=table["unitStatus"].map(rank).fillna(3))
    return build(
        ordered.sort_values("rank_", kind="stable").iloc[:EVENTS],
        (
            Field("col-serial", _serial, ("serialNumberBlock",)),
            whole("col-vintage", "vintageYear"),
            whole("col-quantity", "unitCount"),
            code("col-unit-status", "unitStatus", "held"),
            text("col-account", "unitOwner"),
            text("col-beneficiary", "unitRetirementBeneficiary"),
            text("col-reason", "unitStatusReason"),
            code("col-adjustment-state", "correspondingAdjustmentStatus", "adjustment"),
        ),
        "forest-units",
        word("forest.units-caption", language),
        language,
        cards=True,
    )


def _serial(row: Row, language: Language) -> str:
    return Markup("<code>{0}</code>").format(row["serialNumberBlock"])


def telling(step: Taken) -> pd.DataFrame:
    """Entries that move units; openings of the ledger and of accounts say little."""
    table = step.table("events")
    return table[~table["kind"].isin(QUIET)] if "kind" in table else table


def _events(step: Taken, language: Language) -> Table | None:
    return build(
        _extract(telling(step)),
        (
            whole("col-number", "number"),
            day("col-date", "date"),
            code("col-action", "kind", "action"),
            Field("col-units", _quantity, ("quantity",), numeric=True),
            Field("col-account", _accounts, ("source",)),
            text("col-beneficiary", "beneficiary"),
            text("col-reason", "reason"),
        ),
        "forest-events",
        word("forest.events-caption", language),
        language,
        cards=True,
    )


def _extract(table: pd.DataFrame) -> pd.DataFrame:
    """All that is no issuance first, for it tells most; then issuances, in order of the ledger."""
    if len(table) <= EVENTS:
        return table
    order = (table["kind"] == "issue").to_numpy().argsort(kind="stable")[:EVENTS]
    return table.iloc[sorted(order)]


def _quantity(row: Row, language: Language) -> str:
    return amount(row.get("quantity"), language, 0) if row.get("quantity") else MISSING


def _accounts(row: Row, language: Language) -> str:
    """`from → to`, or the one account of the entry."""
    ends = [str(row[c]) for c in ("source", "target") if given(row.get(c))]
    if not ends and given(row.get("batch")):
        return str(row["batch"])
    return " → ".join(dict.fromkeys(ends)) or MISSING


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
