"""A balance written into the journal: double entries, each step closed by assertions."""

import datetime as dt
import re
from collections.abc import Mapping

from nonetloss.core.language import Text, text
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

# What narrations call the usual components of a loss, unless the caller says otherwise.
COMPONENT_TITLES = {
    "direct": Text(es="impacto directo", en="direct impact"),
    "induced": Text(es="impacto inducido", en="induced impact"),
}


def post_balance(
    balance: Balance,
    *,
    date: dt.date,
    journal: Journal | None = None,
    root: str = "nature",
    titles: Mapping[str, Text] | None = None,
) -> Journal:
    """The likely values of a balance as entries, every step closed by balance assertions.

    Accounts of an asset: per component `before`, `avoided`, `minimized` (flows) and `residual`
    (stock); in all `owed` and `credit` (stocks), `gain`, `settled` and `used` (flows). What is
    owed and not settled is net loss; credit not used is net gain. `root` begins all accounts: give
    each plan of a common journal its own. `titles` gives the assets and components, by name, as
    narrations call them; a name without a title stands for itself, but
    for the usual components (`COMPONENT_TITLES`).

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
    called = COMPONENT_TITLES | dict(titles or {})
    for asset in balance.assets:
        owed = 0
        whole = called.get(asset, Text.of(asset))
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
            part = called.get(component, Text.of(component))
            about = Text(f"{whole.es}, {part.es}", f"{whole.en}, {part.en}")
            account = f"{path}:{account_word(component)}"
            records += _component_records(
                account, f"{total}:owed", levels, about, date, balance.unit
            )
            owed += levels[-1]
        gain = millionths(gains[asset])
        records += _offset_records(total, owed, gain, whole, date, balance.unit)
    return append(Journal() if journal is None else journal, *records)


def _opened(
    path: str, stocks: tuple[str, ...], flows: tuple[str, ...], date: dt.date
) -> list[Record]:
    kinds = [(s, AccountKind.STOCK) for s in stocks] + [(f, AccountKind.FLOW) for f in flows]
    return [Open(date, f"{path}:{name}", kind) for name, kind in kinds]


def _component_records(
    path: str, owed: str, levels: tuple[int, int, int], about: Text, date: dt.date, unit: str
) -> list[Record]:
    """Before → residual, less avoided, less minimized; then the residual becomes what is owed."""
    before, after_avoiding, residual = levels
    stock = f"{path}:residual"
    steps = {"before": before, "avoided": after_avoiding - before}
    steps["minimized"] = residual - after_avoiding
    records = _opened(path, ("residual",), tuple(steps), date)
    for name, amount in steps.items():
        records += _move(name, path, f"{path}:{name}", stock, amount, about, date, unit)
    records.append(Assertion(date, stock, residual, unit))
    if residual:
        records += _move("owed", path, stock, owed, residual, about, date, unit)
        records.append(Assertion(date, stock, 0, unit))
    return records


def _offset_records(
    path: str, owed: int, gain: int, about: Text, date: dt.date, unit: str
) -> list[Record]:
    """The gain becomes credit; credit settles what is owed, as far as it goes."""
    settled = min(owed, gain)
    records = _move("gain", path, f"{path}:gain", f"{path}:credit", gain, about, date, unit)
    if settled:
        lines = (
            Posting(f"{path}:owed", -settled, unit),
            Posting(f"{path}:settled", settled, unit),
            Posting(f"{path}:credit", -settled, unit),
            Posting(f"{path}:used", settled, unit),
        )
        records.append(Entry(date, _id(f"{path}:settle"), _narration("settle", about), lines))
    records.append(Assertion(date, f"{path}:owed", owed - settled, unit))
    records.append(Assertion(date, f"{path}:credit", gain - settled, unit))
    return records


def _move(
    step: str,
    path: str,
    source: str,
    target: str,
    amount: int,
    about: Text,
    date: dt.date,
    unit: str,
) -> list[Record]:
    """An entry that moves an amount, or nothing if there is nothing to move."""
    if not amount:
        return []
    lines = (Posting(source, -amount, unit), Posting(target, amount, unit))
    return [Entry(date, _id(f"{path}:{step}"), _narration(step, about), lines)]


def _narration(step: str, about: Text) -> Text:
    """Both languages are written at once: the journal itself is bilingual."""
    return Text(
        es=text(f"ledger.step-{step}", "es", about=about),
        en=text(f"ledger.step-{step}", "en", about=about),
    )


def _id(path: str) -> str:
    return path.replace(":", "/")


def account_word(name: str) -> str:
    """A name as one word of an account path: what no account may hold becomes a hyphen."""
    return re.sub(r"[^\w.\-]+", "-", name)
