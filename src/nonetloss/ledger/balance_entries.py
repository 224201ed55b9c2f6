"""A balance written into the journal: double entries, each step closed by assertions."""

import datetime as dt
import re

from nonetloss.core.language import Text
from nonetloss.ledger.journal import Journal, append
from nonetloss.ledger.records import (
    AccountKind,
    Assertion,
    Entry,
    Open,
    Posting,
    Record,
    millionths,
)
from nonetloss.ledger.statement import TOTAL, Balance


def post_balance(
    balance: Balance, *, date: dt.date, journal: Journal | None = None, root: str = "nature"
) -> Journal:
    """The likely values of a balance as entries, every step closed by balance assertions.

    Accounts of an asset: per component `before`, `avoided`, `minimized` (flows) and `residual`
    (stock); in all `owed` and `credit` (stocks), `gain`, `settled` and `used` (flows). What is
    owed and not settled is net loss; credit not used is net gain. `root` begins all accounts: give
    each plan of a common journal its own.

    Amounts are the rounded levels (before, after avoiding, after minimizing), and flows are their
    differences, so that rounding never makes a stock negative; a posted flow may differ by one
    millionth from the table.

    Raises
    ------
    LedgerError
        As `journal.append`, for example `ledger.account-twice` if `root` is already in use.
    """
    records: list[Record] = []
    rows = balance.table.to_dict("records")
    parts = {
        (row["asset"], row["component"]): (row["before"], row["avoided"], row["residual"])
        for row in rows
    }
    gains = {row["asset"]: row["offset"] for row in rows if row["component"] == TOTAL}
    for asset in balance.assets:
        owed = 0
        path = f"{root}:{account_word(asset)}"
        total = f"{path}:{TOTAL}"
        records += _opened(total, ("owed", "credit"), ("gain", "settled", "used"), date)
        for component in balance.components:
            before, avoided, residual = parts[asset, component]
            levels = (
                millionths(before),
                max(millionths(before - avoided), 0),
                millionths(residual),
            )
            records += _component_records(
                f"{path}:{account_word(component)}", f"{total}:owed", levels, date, balance.unit
            )
            owed += levels[-1]
        gain = millionths(gains[asset])
        records += _offset_records(total, owed, gain, date, balance.unit)
    return append(Journal() if journal is None else journal, *records)


def _opened(
    path: str, stocks: tuple[str, ...], flows: tuple[str, ...], date: dt.date
) -> list[Record]:
    kinds = [(s, AccountKind.STOCK) for s in stocks] + [(f, AccountKind.FLOW) for f in flows]
    return [Open(date, f"{path}:{name}", kind) for name, kind in kinds]


def _component_records(
    path: str, owed: str, levels: tuple[int, int, int], date: dt.date, unit: str
) -> list[Record]:
    """Before → residual, less avoided, less minimized; then the residual becomes what is owed."""
    before, after_avoiding, residual = levels
    stock = f"{path}:residual"
    steps = [
        (
            "before",
            f"{path}:before",
            before,
            "Pérdida de la alternativa de referencia.",
            "Loss of the reference alternative.",
        ),
        (
            "avoided",
            f"{path}:avoided",
            after_avoiding - before,
            "Evitado por la alternativa elegida.",
            "Avoided by the chosen alternative.",
        ),
        (
            "minimized",
            f"{path}:minimized",
            residual - after_avoiding,
            "Minimizado por las medidas.",
            "Minimized by the measures.",
        ),
    ]
    records = _opened(path, ("residual",), ("before", "avoided", "minimized"), date)
    for name, other, amount, es, en in steps:
        records += _move(f"{path}:{name}", other, stock, amount, Text(es, en), date, unit)
    records.append(Assertion(date, stock, residual, unit))
    narration = Text("Pérdida residual por compensar.", "Residual loss to be offset.")
    records += _move(f"{path}:owed", stock, owed, residual, narration, date, unit)
    records.append(Assertion(date, stock, 0, unit))
    return records


def _offset_records(path: str, owed: int, gain: int, date: dt.date, unit: str) -> list[Record]:
    """The gain becomes credit; credit settles what is owed, as far as it goes."""
    settled = min(owed, gain)
    text = Text("Ganancia de la compensación ambiental.", "Gain of the offset.")
    records = _move(f"{path}:gain", f"{path}:gain", f"{path}:credit", gain, text, date, unit)
    if settled:
        lines = (
            Posting(f"{path}:owed", -settled, unit),
            Posting(f"{path}:settled", settled, unit),
            Posting(f"{path}:credit", -settled, unit),
            Posting(f"{path}:used", settled, unit),
        )
        said = Text("La ganancia salda la pérdida residual.", "The gain settles the residual loss.")
        records.append(Entry(date, _id(f"{path}:settle"), said, lines))
    records.append(Assertion(date, f"{path}:owed", owed - settled, unit))
    records.append(Assertion(date, f"{path}:credit", gain - settled, unit))
    return records


def _move(
    id: str, source: str, target: str, amount: int, narration: Text, date: dt.date, unit: str
) -> list[Record]:
    """An entry that moves an amount, or nothing if there is nothing to move."""
    if not amount:
        return []
    lines = (Posting(source, -amount, unit), Posting(target, amount, unit))
    return [Entry(date, _id(id), narration, lines)]


def _id(path: str) -> str:
    return path.replace(":", ".")


def account_word(name: str) -> str:
    """A name as one word of an account path: what no account may hold becomes a hyphen."""
    return re.sub(r"[^\w.\-]+", "-", name)
