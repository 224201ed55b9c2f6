"""The concession over its years: budget and revenue, who shares, what is owed and when."""

import numpy as np
import pandas as pd

from nonetloss.core.language import Language
from nonetloss.study.report.forest import drawing, legends
from nonetloss.study.report.forest.drawing import Band, Bar
from nonetloss.study.report.forest.model import ForestStudy, Taken
from nonetloss.study.report.forest.parts import each, figure, present
from nonetloss.study.report.forest.rows import (
    MILLION,
    Row,
    build,
    given,
    num,
    share,
    text,
    title,
    titled,
    verdict,
    whole,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Table
from nonetloss.study.report.words import MISSING, amount, percent, word


def concession(study: ForestStudy, language: Language) -> list[Section]:
    """One section for each plan of a concession."""
    return each(study, study.taken("forest.concession"), _concession, language)


def _concession(study: ForestStudy, step: Taken, language: Language, suffix: str) -> Section | None:
    drawn = []
    fans = fan(step, language)
    if fans:
        drawn.append(
            figure(
                f"cashflow{suffix}",
                language,
                lambda width: drawing.bands(
                    fans,
                    word("forest.axis-cumulative", language),
                    language,
                    width,
                    years=word("forest.axis-year", language),
                ),
                title=word("forest.cashflow-title", language),
                alt=word("forest.cashflow-alt", language),
                items=[legends.series(fans)],
                half=True,
            )
        )
    values = _values(step, language)
    if values:
        drawn.append(
            figure(
                f"npv{suffix}",
                language,
                lambda width: drawing.bars(
                    values, word("forest.axis-npv", language), language, width
                ),
                title=word("forest.npv-title", language),
                alt=word("forest.npv-alt", language),
                half=True,
            )
        )
    made = present(
        _distribution(step, language),
        _breakeven(step, language),
        _sharing(step, language),
        _obligations(step, language),
        _clock(step, language),
        _cashflow(step, language),
    )
    if not drawn and not made:
        return None
    return Section(
        "forest-concession",
        word("forest.concession", language),
        word("forest.concession-lead", language),
        drawn,
        made,
        _notes(step, language),
    )


def price_name(row: Row, language: Language) -> str:
    """`Middle: 12 USD/tCO2e`, or what of that is known."""
    for column in ("price_usd", "price_usd_per_tco2e", "usd_per_tco2e"):
        if given(row.get(column)):
            shown = f"{amount(row[column], language, 2)} USD/tCO₂e"
            name = titled(row, "price", language, "price")
            return shown if name in (MISSING, str(row.get(column))) else f"{name}: {shown}"
    price = row.get("price")
    if isinstance(price, int | float | np.number):
        return f"{amount(float(price), language, 2)} USD/tCO₂e"
    return titled(row, "price", language, "price")


def _prefix(table: pd.DataFrame, name: str) -> str:
    """The column of a likely value, whatever its suffix."""
    for column in (f"{name}_usd", f"{name}_likely_usd", f"{name}_likely", name):
        if column in table:
            return column
    return ""


def _ends(table: pd.DataFrame, name: str) -> tuple[np.ndarray, np.ndarray]:
    found = []
    for end in ("low", "high"):
        columns = (f"{name}_{end}_usd", f"{name}_usd_{end}", f"{name}_{end}")
        column = next((c for c in columns if c in table), "")
        values = table[column].to_numpy(dtype=float) if column else np.full(len(table), np.nan)
        found.append(values)
    return found[0], found[1]


def fan(step: Taken, language: Language) -> list[Band]:
    """Cumulative cash by price, in million USD."""
    table = step.table("cashflow")
    column = _prefix(table, "cumulative")
    if not column or not {"price", "year"} <= set(table.columns):
        return []
    found = []
    for _, rows in table.groupby("price", sort=False):
        low, high = _ends(rows, "cumulative")
        name = price_name(rows.iloc[0].to_dict(), language)
        years = rows["year"].to_numpy(dtype=float)
        likely = rows[column].to_numpy(dtype=float) / MILLION
        found.append(Band(name, years, likely, low / MILLION, high / MILLION))
    return found


def _values(step: Taken, language: Language) -> list[Bar]:
    table = step.table("distribution")
    column = _prefix(table, "npv")
    if not column:
        return []
    low, high = _ends(table, "npv")
    return [
        Bar(price_name(row, language), float(row[column]) / MILLION, a / MILLION, b / MILLION)
        for row, a, b in zip(table.to_dict("records"), low, high, strict=True)
    ]


def _distribution(step: Taken, language: Language) -> Table | None:
    table = step.table("distribution")
    if not len(table):
        return None
    low, high = _ends(table, "npv")
    likely = table[_prefix(table, "npv")] if _prefix(table, "npv") else np.nan
    names = {
        f"scenario_{lang}": [price_name(r, lang) for r in table.to_dict("records")]
        for lang in ("es", "en")
    }
    frame = table.assign(**names, npv_=likely, npv_low_=low, npv_high_=high)
    return build(
        frame,
        (
            text("col-price-scenario", "scenario"),
            num("col-npv", "npv_", low="npv_low_", high="npv_high_", scale=MILLION),
            share("col-probability-positive", "probability_npv_positive", digits=0),
            whole("col-payback", "payback_year"),
        ),
        "forest-distribution",
        word("forest.distribution-caption", language),
        language,
        cards=True,
    )


def _breakeven(step: Taken, language: Language) -> Table | None:
    table = step.table("breakeven")
    column = next(
        (c for c in ("price_usd_per_tco2e", "price_usd", "usd_per_tco2e", "price") if c in table),
        "",
    )
    if not column:
        return None
    low, high = _ends(table.rename(columns={column: "price"}), "price")
    frame = table.assign(even_=table[column], even_low_=low, even_high_=high)
    return build(
        frame,
        (
            title("col-case", "case", "case"),
            title("col-case", "measure", "case"),
            num("col-breakeven", "even_", digits=2, low="even_low_", high="even_high_"),
            text("col-note", "note"),
        ),
        "forest-breakeven",
        word("forest.breakeven-caption", language),
        language,
    )


def _sharing(step: Taken, language: Language) -> Table | None:
    table = step.table("sharing")
    if not len(table):
        return None
    column = _prefix(table, "total")
    low, high = _ends(table, "total")
    frame = table.assign(total_=table[column] if column else np.nan, low_=low, high_=high)
    return build(
        frame,
        (
            title("col-party", "party", "party"),
            share("col-share", "share", digits=0),
            num("col-total-musd", "total_", low="low_", high="high_", scale=MILLION),
        ),
        "forest-sharing",
        word("forest.sharing-caption", language),
        language,
        group=(lambda row: price_name(row, language)) if "price" in table else None,
    )


def _obligations(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("obligations"),
        (
            title("col-obligation", "id"),
            text("col-due", "due"),
            num("col-days-left", "days_left", digits=0),
            verdict("col-status", "status"),
            text("col-source", "source"),
            text("col-note", "note"),
        ),
        "forest-obligations",
        word("forest.obligations-caption", language),
        language,
        cards=True,
    )


def _clock(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("clock"),
        (
            title("col-moment", "event"),
            text("col-date", "date"),
            text("col-contract-end", "contract_end"),
            num("col-contract-left", "years_left", digits=1),
            num("col-renewed-left", "years_left_renewed", digits=1),
            num("col-proven-left", "proven_years_left", digits=1),
            verdict("col-enough", "enough"),
        ),
        "forest-contract",
        word("forest.contract-caption", language),
        language,
    )


def _cashflow(step: Taken, language: Language) -> Table | None:
    """Years of the middle price only; the file has all of them."""
    table = step.table("cashflow")
    if "price" not in table or "year" not in table:
        return None
    prices = list(dict.fromkeys(table["price"]))
    mine = table[table["price"] == prices[len(prices) // 2]]
    fields = []
    for name in ("revenue", "cost", "net", "cumulative"):
        column = _prefix(mine, name)
        if not column:
            continue
        low, high = _ends(mine, name)
        mine = mine.assign(**{f"{name}_": mine[column], f"{name}_l_": low, f"{name}_h_": high})
        fields.append(
            num(f"col-{name}-musd", f"{name}_", low=f"{name}_l_", high=f"{name}_h_", scale=MILLION)
        )
    return build(
        mine,
        (whole("col-year", "year"), *fields),
        "forest-cashflow",
        word(
            "forest.cashflow-caption", language, price=price_name(mine.iloc[0].to_dict(), language)
        ),
        language,
    )


def _notes(step: Taken, language: Language) -> list[str]:
    notes = []
    if step.file("cashflow"):
        notes.append(word("forest.cashflow-file", language, file=step.file("cashflow")))
    return [*notes, word("forest.concession-prices", language)]


def headline(step: Taken, language: Language) -> tuple[str, list[str]]:
    """Break-even price, and how sure the plan is at each price."""
    table = step.table("breakeven")
    column = next(
        (c for c in ("price_usd_per_tco2e", "price_usd", "usd_per_tco2e", "price") if c in table),
        "",
    )
    shown = amount(table[column].iloc[0], language, 2) if column else MISSING
    rows = step.table("distribution")
    told = [
        word(
            "forest.card-money",
            language,
            price=price_name(row, language),
            share=percent(row["probability_npv_positive"], language),
        )
        for row in rows.to_dict("records")
        if "probability_npv_positive" in rows
    ]
    return shown, told
