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
    Field,
    Row,
    as_plain,
    build,
    code,
    day,
    num,
    share,
    title,
    verdict,
    whole,
)
from nonetloss.study.report.section import Section
from nonetloss.study.report.table import Column, Table
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
        _delays(step, language),
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
    """`12 USD/tCO₂e`."""
    return f"{as_plain(row.get('price'), language)}\u00a0USD/tCO₂e"


def _band(table: pd.DataFrame, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Likely, low and high of an amount of money, in million USD."""
    ends = (f"{name}_usd", f"{name}_low_usd", f"{name}_high_usd")
    empty = np.full(len(table), np.nan)
    likely, low, high = (
        table[c].to_numpy(dtype=float) / MILLION if c in table else empty for c in ends
    )
    return likely, low, high


def _money(head: str, name: str) -> Field:
    """A column of money in million USD, with its ends."""
    return num(head, f"{name}_usd", low=f"{name}_low_usd", high=f"{name}_high_usd", scale=MILLION)


def fan(step: Taken, language: Language) -> list[Band]:
    """Cumulative cash by price, in million USD."""
    table = step.table("cashflow")
    if not {"price", "year", "cumulative_usd"} <= set(table.columns):
        return []
    return [
        Band(
            price_name({"price": price}, language),
            rows["year"].to_numpy(dtype=float),
            *_band(rows, "cumulative"),
        )
        for price, rows in table.groupby("price", sort=False)
    ]


def _values(step: Taken, language: Language) -> list[Bar]:
    table = step.table("distribution")
    if "npv_usd" not in table:
        return []
    names = [price_name(row, language) for row in table.to_dict("records")]
    return [Bar(*found) for found in zip(names, *_band(table, "npv"), strict=True)]


def _distribution(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("distribution"),
        (
            Field("col-price-scenario", price_name, ("price",)),
            _money("col-npv", "npv"),
            share(
                "col-probability-positive",
                "probability_npv_positive",
                digits=1,
                low="probability_low",
                high="probability_high",
            ),
            _money("col-npv-holder", "holder_npv"),
            whole("col-payback", "payback_year"),
            whole("col-relapse", "relapse_year"),
            share("col-secured", "secured_share", digits=0),
        ),
        "forest-distribution",
        word("forest.distribution-caption", language),
        language,
        cards=True,
    )


def _breakeven(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("breakeven"),
        (
            title("col-case", "case", "basis"),
            num("col-breakeven", "price_usd", digits=2, low="price_low_usd", high="price_high_usd"),
            share("col-without-price", "share_without", digits=1),
        ),
        "forest-breakeven",
        word("forest.breakeven-caption", language),
        language,
    )


def _sharing(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("sharing"),
        (
            title("col-party", "party"),
            code("col-party-kind", "kind", "party"),
            _money("col-total-musd", "total"),
            num("col-npv-party", "npv_usd", scale=MILLION),
            share("col-revenue-share", "share_of_revenue", digits=1),
            share("col-revenue-share", "share", digits=1),
        ),
        "forest-sharing",
        word("forest.sharing-caption", language),
        language,
        group=lambda row: price_name(row, language),
    )


def _delays(step: Taken, language: Language) -> Table | None:
    """What it costs to sell later."""
    table = step.table("delays")
    if "delay_years" not in table:
        return None
    wide = table.pivot_table(index="delay_years", columns="price", values="npv_usd", sort=False)
    heads = (
        Column(word("forest.col-delay", language)),
        *(
            Column(
                word("forest.col-npv-at", language, price=price_name({"price": p}, language)), True
            )
            for p in wide.columns
        ),
    )
    rows = [
        (as_plain(delay, language), *(amount(v / MILLION, language) for v in values))
        for delay, values in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return Table("forest-delays", word("forest.delays-caption", language), heads, rows)


def _obligations(step: Taken, language: Language) -> Table | None:
    """What is overdue, unknown or soon due, and of each duty the last one met and the next one."""
    table = step.table("obligations")
    if not {"id", "status", "due"} <= set(table.columns):
        return None
    pressing = ~table["status"].isin(["met", "later"])
    met = table["status"] == "met"
    last = met & ~table[met].duplicated("id", keep="last").reindex(table.index, fill_value=True)
    later = table["status"] == "later"
    soon = later & ~table[later].duplicated("id").reindex(table.index, fill_value=True)
    return build(
        table[pressing | last | soon],
        (
            title("col-obligation", "id"),
            day("col-due", "due"),
            num("col-days-left", "days_left", digits=0),
            verdict("col-status", "status"),
        ),
        "forest-obligations",
        word("forest.obligations-caption", language, count=len(table)),
        language,
        cards=True,
    )


def _clock(step: Taken, language: Language) -> Table | None:
    return build(
        step.table("clock"),
        (
            title("col-moment", "event"),
            day("col-date", "date"),
            day("col-contract-end", "contract_end"),
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
    if not {"price", "year"} <= set(table.columns):
        return None
    prices = list(dict.fromkeys(table["price"]))
    middle = prices[len(prices) // 2]
    names = ("revenue", "income", "cost", "shared", "net", "cumulative")
    return build(
        table[table["price"] == middle],
        (
            whole("col-year", "year"),
            num("col-credits-sold", "credits_tco2e", digits=0),
            *(_money(f"col-{n}-musd", n) for n in names),
        ),
        "forest-cashflow",
        word("forest.cashflow-caption", language, price=price_name({"price": middle}, language)),
        language,
    )


def _notes(step: Taken, language: Language) -> list[str]:
    notes = []
    if step.file("cashflow"):
        notes.append(word("forest.cashflow-file", language, file=step.file("cashflow")))
    notes += _renewal(step, language)
    return [*notes, word("forest.concession-prices", language)]


def _renewal(step: Taken, language: Language) -> list[str]:
    """Whether the money counts a renewal of the contract; nothing where there is none."""
    renewal = step.fact("renewal")
    if renewal not in ("shown", "supposed", "unproven"):
        return []
    years = amount(step.number("renewal_years"), language, 0)
    end = str(step.fact("contract_end"))
    return [word(f"forest.renewal-{renewal}", language, years=years, end=end)]


def likelihood(share: float, language: Language) -> str:
    """A chance as whole percent, never rounded to a certainty that it is not."""
    if 0.995 <= share < 1:
        return ">99\u00a0%"
    return "<1\u00a0%" if 0 < share < 0.005 else percent(share, language)


def headline(step: Taken, language: Language) -> tuple[str, list[str]]:
    """Break-even price, and how sure the plan is at each price."""
    table = step.table("breakeven")
    shown = amount(table["price_usd"].iloc[0], language, 2) if "price_usd" in table else MISSING
    rows = step.table("distribution")
    told = [
        word(
            "forest.card-money",
            language,
            price=price_name(row, language),
            share=likelihood(row["probability_npv_positive"], language),
        )
        for row in rows.to_dict("records")
        if "probability_npv_positive" in rows
    ]
    if "relapse_year" in rows:
        told += [
            word(
                "forest.card-relapse",
                language,
                price=price_name(row, language),
                back=f"{row['payback_year']:.0f}",
                lost=f"{row['relapse_year']:.0f}",
            )
            for row in rows[rows["relapse_year"].notna()].to_dict("records")
        ]
    told += _renewal(step, language)
    if step.fact("longevity_fails") is True:
        years = amount(step.number("years_left"), language, 1)
        begins = str(step.fact("project_start") or MISSING)
        told.append(word("forest.card-years-left", language, years=years, date=begins))
    return shown, told
