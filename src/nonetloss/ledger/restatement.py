"""The balance reopened: books of a plan brought to what a later balance states, by new entries.

Nothing that was booked is touched. Where less was gained than the plan had claimed, what had been
settled with it is owed again, then the claimed gain is taken back; where more was gained, it is
booked and settles what is still owed.
"""

import datetime as dt
from collections.abc import Mapping

from nonetloss.core.errors import LedgerError
from nonetloss.core.language import Text, text
from nonetloss.ledger.balance_entries import account_word
from nonetloss.ledger.journal import Journal, append, balance_of
from nonetloss.ledger.records import (
    Assertion,
    Entry,
    Posting,
    Record,
    decimal_text,
    millionths,
)
from nonetloss.ledger.statement import TOTAL, Balance

# Millionths by which the residual of a table may differ from the books, per component (rounding).
_ROUNDING = 4


def restate(
    journal: Journal,
    *,
    balance: Balance,
    date: dt.date,
    root: str = "nature",
    titles: Mapping[str, Text] | None = None,
) -> Journal:
    """A new journal in which the offset of a plan is what `balance` says it is.

    Parameters
    ----------
    journal : Journal
        With the accounts that `post_balance` opened under `root`.
    balance : Balance
        Struck again with what was delivered; the same assets, the same residual loss.
    date : date
        Of the new entries; not before the last one of the journal.
    titles : mapping of asset to Text, or None
        What narrations call an asset. None: its name.

    Returns
    -------
    Journal
        Equal to the one given if nothing changed but for the assertions that say so.

    Raises
    ------
    LedgerError
        `ledger.restate-unopened` for an asset without accounts, `ledger.restate-residual` if the
        loss itself differs (that is another balance, not a later state of this one), or as
        `journal.append`.
    """
    called = {} if titles is None else titles
    records: list[Record] = []
    totals = balance.table[balance.table["component"] == TOTAL]
    for row in totals.to_dict("records"):
        asset = str(row["asset"])
        path = f"{root}:{account_word(asset)}:{TOTAL}"
        if f"{path}:owed" not in journal.accounts:
            raise LedgerError.because("ledger.restate-unopened", asset, account=f"{path}:owed")
        unit = balance.unit
        owed, settled, gain = (
            balance_of(journal, f"{path}:{name}", unit=unit) for name in ("owed", "settled", "gain")
        )
        residual = owed + settled
        if abs(millionths(row["residual"]) - residual) > _ROUNDING * (1 + len(balance.components)):
            raise LedgerError.because(
                "ledger.restate-residual",
                asset,
                expected=decimal_text(residual),
                found=decimal_text(millionths(row["residual"])),
                unit=unit,
            )
        about = called.get(asset, Text.of(asset))
        target = max(millionths(row["offset"]), 0)
        records += _to(path, residual, settled, -gain, target, about, date, unit)
    return append(journal, *records)


def _to(
    path: str,
    residual: int,
    settled: int,
    gain: int,
    target: int,
    about: Text,
    date: dt.date,
    unit: str,
) -> list[Record]:
    """Entries that take settled and gained amounts to a new gain, in an order that is never red."""
    keep = min(residual, target)
    records: list[Record] = []

    def move(step: str, amounts: dict[str, int]) -> None:
        lines = tuple(Posting(f"{path}:{name}", n, unit) for name, n in amounts.items())
        id = f"{path}:{step}:{date.isoformat()}".replace(":", "/")
        said = Text(
            es=text(f"ledger.restate-{step}", "es", about=about),
            en=text(f"ledger.restate-{step}", "en", about=about),
        )
        records.append(Entry(date, id, said, lines))

    if keep < settled:
        back = settled - keep
        move("reopen", {"owed": back, "settled": -back, "credit": back, "used": -back})
    if target != gain:
        move("gain", {"gain": gain - target, "credit": target - gain})
    if keep > settled:
        more = keep - settled
        move("settle", {"owed": -more, "settled": more, "credit": -more, "used": more})
    records.append(Assertion(date, f"{path}:owed", residual - keep, unit))
    records.append(Assertion(date, f"{path}:credit", target - keep, unit))
    return records
