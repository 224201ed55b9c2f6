"""Tables of compensation: why each site, people, years, follow-up, accounts, joint plan."""

from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.language import Language
from nonetloss.study.report import sensitivity_charts
from nonetloss.study.report.model import Run
from nonetloss.study.report.offset_names import endless, known, site_name
from nonetloss.study.report.record import unit_label, value_text
from nonetloss.study.report.table import Table, columns, lines, small, status_tag, tag
from nonetloss.study.report.tables import asset_name
from nonetloss.study.report.words import MISSING, amount, listed, million, percent, word


def _records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.to_dict("records")


def plan_sensitivity(run: Run, language: Language) -> Table | None:
    """The same sites and the sites chosen anew under each change; None without such a step."""
    table = sensitivity_charts.changes(run)
    if not len(table):
        return None
    rows = [
        (
            str(r[f"assumption_{language}"]),
            percent(float(r["kept_covered_percent"]) / 100, language),
            asset_name(run, str(r["kept_worst_ecosystem"]), language)
            if r["kept_worst_ecosystem"]
            else MISSING,
            percent(float(r["kept_services_percent"]) / 100, language),
            million(r["new_cost_usd"], language),
            sensitivity_charts.cost_change(table, r, language),
            amount(r["new_differs"], language, 0),
            _held(str(r["new_answer"]) == "offset", language),
        )
        for r in _records(table)
    ]
    heads = columns(
        language, "col-changed", "#col-still-covered", "col-least-covered", "#col-still-served",
        "#col-anew-musd", "#col-anew-change", "#col-differs", "col-anew-enough",
    )  # fmt: skip
    return Table("sensitivity", word("plan-sensitivity-caption", language), heads, rows, cards=True)


def _between(low: Any, high: Any, language: Language) -> str:
    ends = [amount(v, language) for v in (low, high)]
    return MISSING if MISSING in ends else word("to", language, low=ends[0], high=ends[1])


def _held(good: bool, language: Language) -> str:
    return tag("holds" if good else "breaks", word("yes" if good else "no", language))


def near_optimal(run: Run, language: Language) -> Table | None:
    """The cheapest portfolio and others that cost almost the same; None if there is no other."""
    table = run.offsetting.near_optimal
    if len(table) < 2:
        return None
    rows = [
        (
            word("near-best" if int(r["differs"]) == 0 else "near-other", language),
            million(r["cost_usd"], language),
            ", ".join(_numbers(run, str(r["parcels"]))),
            amount(r["differs"], language, 0),
        )
        for r in _records(table)
    ]
    heads = columns(language, "col-portfolio", "#col-cost-musd", "col-sites", "#col-differs")
    return Table("near-optimal", word("near-caption", language), heads, rows, cards=True)


def _numbers(run: Run, names: str) -> list[str]:
    order = [p.name for p in run.parcels]
    found = [n.strip() for n in names.split(",") if n.strip()]
    return [str(i + 1) for i in sorted(order.index(n) for n in found if n in order)]


def conflict(run: Run, language: Language) -> Table | None:
    """The smallest set of requirements that cannot be met together."""
    table = run.offsetting.conflict
    if not len(table):
        return None
    rows = [
        (
            str(r[f"title_{language}"] or r["name"]),
            known("conflict", r["kind"], language),
            f"{amount(r['amount'], language)} {unit_label(str(r['unit'] or ''), language)}".strip(),
        )
        for r in _records(table)
    ]
    heads = columns(language, "col-required", "col-kind", "col-how-much")
    return Table("conflict", word("conflict-caption", language), heads, rows, cards=True)


def probabilities(run: Run, language: Language) -> Table | None:
    """How often what is owed is reached, and on which simulations that was measured."""
    table = run.offsetting.probabilities
    if not len(table):
        return None
    rows = [
        (
            known("reached", r["of"], language),
            known("sample", r["sample"], language),
            amount(r["draws"], language, 0),
            percent(r["probability"], language, 1),
            _shares(r["low"], r["high"], language),
            percent(r["wanted"], language),
        )
        for r in _records(table)
    ]
    heads = columns(
        language, "col-reached", "col-sample", "#col-draws", "#col-chance", "#col-within",
        "#col-wanted",
    )  # fmt: skip
    return Table("probabilities", word("probabilities-caption", language), heads, rows, cards=True)


def _shares(low: Any, high: Any, language: Language) -> str:
    if not np.isfinite([float(low), float(high)]).all():
        return MISSING
    ends = (percent(v, language, 1) for v in (low, high))
    return word("to", language, **dict(zip(("low", "high"), ends, strict=True)))


def replacement(run: Run, language: Language) -> Table | None:
    """Chosen sites by what it would cost to do without them, dearest first."""
    table = run.offsetting.sites
    if "replacement_cost_usd" not in table.columns:
        return None
    chosen = table[table["status"] == "chosen"].sort_values(
        "replacement_cost_usd", ascending=False, kind="stable"
    )
    rows = [
        (
            site_name(run, str(r["parcel"]), language),
            amount(r["gain_qha"], language),
            million(r["cost_usd"], language),
            tag("breaks", word("irreplaceable", language))
            if endless(r["replacement_cost_usd"])
            else million(r["replacement_cost_usd"], language),
            small(str(r[f"why_{language}"] or "")),
        )
        for r in _records(chosen)
    ]
    if not rows:
        return None
    heads = columns(
        language, "col-parcel", "#col-gain", "#col-cost-musd", "#col-replacement", "col-why"
    )
    return Table("replacement", word("replacement-caption", language), heads, rows, cards=True)


def gains(run: Run, language: Language) -> Table | None:
    """Gain of every chosen parcel with time, beside the one without."""
    table = run.offsetting.gains
    if not len(table):
        return None
    chosen = {p.name for p in run.parcels if p.chosen}
    mine = table[table["parcel"].astype(str).isin(chosen)] if chosen else table
    parts = ("static_gain_qha", "gain_likely_qha")
    rows = [
        (
            site_name(run, str(r["parcel"]), language),
            *(amount(r.get(c), language) for c in parts),
            _between(r["gain_low_qha"], r["gain_high_qha"], language),
            *(amount(r.get(c), language) for c in ("restored_qha", "averted_qha")),
        )
        for r in _records(mine)
    ]
    heads = columns(
        language, "col-parcel", "#col-static", "#col-timed", "#col-range", "#col-restored",
        "#col-averted",
    )  # fmt: skip
    return Table("gains", word("gains-caption", language), heads, rows, cards=True)


def people(run: Run, language: Language) -> Table | None:
    """What every group of people loses and gains of each service."""
    table = run.offsetting.services
    if not len(table):
        return None
    rows = []
    for r in _records(table):
        many = amount(r["people"], language, 0)
        told = word("people-many", language, count=many) if many != MISSING else ""
        group = word("people-community", language) if r["community"] else ""
        rows.append(
            (
                lines(
                    str(r[f"shed_title_{language}"]),
                    small("; ".join(p for p in (told, group) if p)),
                ),
                f"{r[f'title_{language}']} ({unit_label(str(r['unit']), language)})",
                *(amount(r[c], language) for c in ("loss", "gain", "net")),
                _between(r["net_low"], r["net_high"], language),
                amount(r.get("net_per_person"), language),
                percent(r.get("probability"), language, 1) if "probability" in r else MISSING,
                _held(bool(r["met"]), language),
            )
        )
    heads = columns(
        language, "col-group", "col-service", "#col-lost", "#col-given", "#col-net-service",
        "#col-net-range", "#col-per-person", "#col-chance", "col-met",
    )  # fmt: skip
    return Table("people-table", word("people-caption", language), heads, rows, cards=True)


def losing(run: Run, language: Language) -> str:
    """Who is left with less, and who with more, in a sentence."""
    table = run.offsetting.services
    if not len(table):
        return ""
    column = f"shed_title_{language}"
    less = list(dict.fromkeys(table.loc[table["net"] < 0, column].astype(str)))
    more = list(dict.fromkeys(table.loc[table["net"] > 0, column].astype(str)))
    if less:
        return word(
            "people-some-lose",
            language,
            losing=listed(less, language),
            gaining=listed(more, language) or MISSING,
        )
    return word("people-none-loses", language, gaining=listed(more, language) or MISSING)


def progress(run: Run, language: Language) -> Table | None:
    """Planned and observed gain of each site and year."""
    table = run.offsetting.progress
    if not len(table):
        return None
    signs = {"ok": "holds", "warning": "restricted", "missed": "breaks"}
    rows = [
        (
            site_name(run, str(r["site"]), language),
            str(int(r["year"])),
            amount(r["planned"], language),
            lines(
                amount(r["observed"], language),
                small(_between(r["observed_low"], r["observed_high"], language)),
            ),
            percent(r["ratio"], language),
            percent(r["standard"], language),
            tag(signs.get(str(r["status"]), "context"), known("status", r["status"], language)),
            small("; ".join(str(r[c]) for c in ("source", "observer") if _told(r.get(c)))),
        )
        for r in _records(table)
    ]
    heads = columns(
        language, "col-site", "col-year", "#col-planned", "#col-observed", "#col-ratio",
        "#col-standard", "col-progress", "col-who-saw",
    )  # fmt: skip
    return Table("progress-table", word("progress-caption", language), heads, rows, cards=True)


def _told(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def outlook(run: Run, language: Language) -> Table | None:
    """Whether each site will reach its target."""
    table = run.offsetting.outlook
    if not len(table):
        return None
    rows = [
        (
            site_name(run, str(r["site"]), language),
            str(int(r["target_year"])),
            amount(r["target"], language),
            amount(r["forecast_likely"], language),
            _between(r["forecast_low"], r["forecast_high"], language),
            percent(r["probability_of_target"], language),
            tag("breaks", word("alarm", language))
            if r["warning"]
            else tag("holds", word("no", language)),
        )
        for r in _records(table)
    ]
    heads = columns(
        language, "col-site", "col-year", "#col-target", "#col-forecast", "#col-range",
        "#col-chance", "col-alarm",
    )  # fmt: skip
    return Table("outlook", word("outlook-caption", language), heads, rows, cards=True)


def corrective(run: Run, language: Language) -> Table | None:
    """Actions that would close a gap."""
    table = run.offsetting.corrective
    if not len(table):
        return None
    rows = [
        (
            site_name(run, str(r["site"]), language),
            str(r[f"title_{language}"]),
            amount(r["gap_qha"], language),
            lines(
                amount(r["closes_qha"], language),
                small(_between(r["closes_low_qha"], r["closes_high_qha"], language)),
            ),
            million(r["cost_usd"], language),
            _held(bool(r["enough"]), language),
        )
        for r in _records(table)
    ]
    heads = columns(
        language, "col-site", "col-action", "#col-gap", "#col-closes", "#col-cost-musd",
        "col-enough",
    )  # fmt: skip
    return Table("corrective", word("corrective-caption", language), heads, rows, cards=True)


def reopening(run: Run, language: Language) -> Table | None:
    """The balance with what was really gained; only once something was seen."""
    table = run.offsetting.reopening
    if not len(table) or not len(run.offsetting.progress):
        return None
    parts = ("residual_qha", "promised_qha", "delivered_qha", "shortfall_qha")
    rows = [
        (
            asset_name(run, str(r["asset"]), language),
            *(amount(r[c], language) for c in parts),
            percent(r["probability_closed"], language, 1),
            tag(
                "holds" if r["status"] == "kept" else "breaks",
                known("books", r["status"], language),
            ),
        )
        for r in _records(table)
    ]
    heads = columns(
        language, "col-ecosystem", "#col-residual", "#col-promised", "#col-delivered",
        "#col-shortfall", "#col-chance", "col-books",
    )  # fmt: skip
    return Table("reopening", word("reopening-caption", language), heads, rows, cards=True)


def schedule(run: Run, language: Language) -> Table | None:
    """Activities of the follow-up: what, when, on how many sites, at which cost."""
    table = run.offsetting.schedule
    if not len(table):
        return None
    rows = []
    for _, group in table.groupby("activity", sort=False):
        first = group.iloc[0]
        years = sorted({int(y) for y in group["year"]})
        rows.append(
            (
                str(first[f"title_{language}"]),
                str(first[f"indicator_{language}"]),
                ", ".join(str(y) for y in years),
                amount(group["site"].nunique(), language, 0),
                million(float(group["cost_usd"].sum()), language),
            )
        )
    whole = million(float(table["cost_usd"].sum()), language)
    rows.append((word("total", language), "", "", "", whole))
    heads = columns(
        language, "col-activity", "col-indicator", "col-years", "#col-site-count", "#col-cost-musd"
    )
    marked = frozenset({len(rows) - 1})
    caption = word("schedule-caption", language)
    return Table("schedule", caption, heads, rows, cards=True, marked=marked)


def comparison(run: Run, language: Language) -> Table | None:
    """Route and offset together beside one after the other."""
    table = run.offsetting.comparison
    if not len(table):
        return None
    parts = ("build_usd", "offset_usd", "total_usd")
    rows = [
        (
            word(f"plan-{r['plan']}", language),
            # The two plans may differ by little: one more decimal than elsewhere.
            *(amount(float(r[c]) / 1e6, language, 2) for c in parts),
            amount(r["length_km"], language, 1),
            amount(r["loss_qha"], language),
            amount(r.get("shortfall_qha"), language),
            ", ".join(_bought(run, str(r["plan"]))) or MISSING,
        )
        for r in _records(table)
    ]
    heads = columns(
        language, "col-plan", "#col-build-musd", "#col-offset-musd", "#col-total-musd",
        "#col-length-km", "#col-loss-qha", "#col-shortfall", "col-sites",
    )  # fmt: skip
    return Table("comparison", word("comparison-caption", language), heads, rows, cards=True)


def _bought(run: Run, plan: str) -> list[str]:
    table = run.offsetting.bought
    if plan not in table.columns:
        return []
    return _numbers(run, ",".join(table.loc[table[plan].astype(bool), "parcel"].astype(str)))


def traded(run: Run, language: Language) -> Table | None:
    """How many parcels may stand for each loss, and which gain each quality-hectare asks for."""
    table = run.offsetting.traded
    if not len(table):
        return None
    rows = [
        (
            str(r[f"title_{language}"]),
            amount(r["loss_qha"], language),
            amount(r["parcels"], language, 0),
            _between(r["least_gain_needed_qha"], r["most_gain_needed_qha"], language),
            _held(bool(r["offsettable"]), language),
        )
        for r in _records(table)
    ]
    heads = columns(
        language, "col-loss", "#col-residual", "#col-candidates", "#col-gain-asked",
        "col-offsettable",
    )  # fmt: skip
    return Table("traded", word("traded-caption", language), heads, rows, cards=True)


def _titled(row: dict[str, Any], name: str, language: Language) -> str:
    """The title of what a column names, or what stands there where the run gives no title."""
    title = row.get(f"{name}_title_{language}")
    return str(title) if _told(title) else str(row[name])


def account_names(run: Run, language: Language) -> list[str]:
    """`zone · ecosystem` of each row of the standing accounts."""
    return [
        f"{_titled(r, 'zone', language)} · {asset_name(run, str(r['ecosystem']), language)}"
        for r in _records(run.offsetting.standing)
    ]


def standing(run: Run, language: Language) -> Table | None:
    """Loss and gain of all projects by zone and ecosystem."""
    table = run.offsetting.standing
    if not len(table):
        return None
    parts = ("loss", "earlier_loss", "gain", "banked", "net")
    rows = [
        (
            name,
            *(amount(r.get(c), language) for c in parts),
            _held(float(r["net"]) >= -1e-6, language),
        )
        for name, r in zip(account_names(run, language), _records(table), strict=True)
    ]
    heads = columns(
        language, "col-account", "#col-loss-of", "#col-earlier", "#col-gain", "#col-banked",
        "#col-net-qha", "col-closed",
    )  # fmt: skip
    return Table("standing", word("standing-caption", language), heads, rows, cards=True)


def accounts(run: Run, language: Language) -> Table | None:
    """Every entry of every project."""
    table = run.offsetting.accounts
    if not len(table):
        return None
    rows = [
        (
            _titled(r, "project", language),
            known("entry", r["entry"], language),
            f"{_titled(r, 'zone', language)} · {asset_name(run, str(r['ecosystem']), language)}",
            _titled(r, "parcel", language) if _told(r.get("parcel")) else MISSING,
            *(_booked(r, c, language) for c in ("amount_qha", "counted_qha")),
            str(r["date"] or MISSING)[:10].replace("-", "\u2011"),
        )
        for r in _records(table)
    ]
    heads = columns(
        language, "col-project", "col-entry", "col-account", "col-land", "#col-claimed",
        "#col-counted", "col-date",
    )  # fmt: skip
    return Table("accounts", word("accounts-caption", language), heads, rows, cards=True)


def _booked(row: dict[str, Any], column: str, language: Language) -> str:
    """An amount of the accounts; harm is written as what is taken off."""
    value = row.get(column)
    if row["entry"] == "harm" and isinstance(value, int | float):
        value = -value
    return amount(value, language)


def claims(run: Run, language: Language) -> Table | None:
    """Land that more than one claim is made on."""
    table = run.offsetting.claims
    if not len(table) or "status" not in table.columns:
        return None
    shared = table[table["status"] != "single"]
    if not len(shared):
        return None
    rows = [
        (
            _titled(r, "parcels", language),
            _titled(r, "projects", language),
            *(amount(r[c], language) for c in ("claimed_qha", "whole_qha", "counted_qha")),
            known("claim", r["status"], language),
        )
        for r in _records(shared)
    ]
    heads = columns(
        language, "col-land", "col-project", "#col-claimed", "#col-whole", "#col-counted",
        "col-claim",
    )  # fmt: skip
    return Table("claims", word("claims-caption", language), heads, rows, cards=True)


# Rules that say how a country counts compensation, whether or not a step took a number from them.
_LAW = ("hierarchy.", "compensation.", "seia.", "plan.", "value.", "offset.", "altoandino.", "not-")


def law(run: Run, language: Language) -> Table | None:
    """Formulas and rules of the country on compensation, with instrument and status."""
    rows = [
        (
            p.title[language] or p.id,
            value_text(p, language),
            lines(p.instrument[language] or MISSING, small(p.article)),
            status_tag(p.status, language),
        )
        for p in run.parameters
        if not p.step and p.id.startswith(_LAW)
    ]
    if not rows:
        return None
    heads = columns(language, "col-parameter", "col-value", "col-instrument", "col-status")
    caption = word("law-caption", language)
    return Table("law-table", caption, heads, rows, cards=True)
