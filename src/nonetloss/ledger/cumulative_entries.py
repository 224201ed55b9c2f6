"""The accounts of a basin as a journal whose stocks make counting twice impossible.

Every piece of land is a stock that is filled once with what it gains; claims and deposits take from
it, draws take from the stock of a bank. A stock never goes below zero, so a gain counted twice
could not be booked.
"""

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence

from nonetloss.core.language import Text, text
from nonetloss.ledger.balance_entries import account_word
from nonetloss.ledger.claims import Settled
from nonetloss.ledger.cumulative_rows import BANK, HARM, LOSS, Row
from nonetloss.ledger.journal import Journal, append
from nonetloss.ledger.records import AccountKind, Assertion, Entry, Open, Posting, Record
from nonetloss.ledger.titles import joined

UNIT = "quality_hectare"


def post_accounts(
    rows: Sequence[Row],
    *,
    counted: Mapping[Hashable, int],
    pieces: Sequence[Settled],
    journal: Journal | None = None,
    root: str = "basin",
    titles: Mapping[str, Text] | None = None,
) -> Journal:
    """All rows that count, in order of date; then every project settles and is asserted.

    Accounts: `root:land:<parcels>:grown` (flow) and `:available` (stock); `root:bank:<bank>:<zone>:
    <ecosystem>` (stock); `root:zone:<zone>:<ecosystem>:<project>` with `lost`, `settled`, `used`
    (flows), `owed`, `credit` (stocks), and `harmed` (flow) where a site lost beyond its
    counterfactual: that takes from the credit, and what is more than the credit is owed.

    Parameters
    ----------
    rows : sequence of Row
    counted : mapping of key of a row to millionths that count
    pieces : sequence of Settled
    journal : Journal or None
        What to append to. None: a new one.
    titles : mapping of name to Text, or None
        What narrations call projects, zones, ecosystems and parcels. None: by their names.

    Raises
    ------
    LedgerError
        As `journal.append`.
    """
    by_date = sorted(rows, key=lambda r: (r.date, (BANK, LOSS).count(r.entry) == 0, r))
    books = _Books(root, titles or {})
    taken: dict[Hashable, list[Settled]] = {}
    for piece in pieces:
        for key, amount in piece.counted.items():
            if amount:
                taken.setdefault(key, []).append(piece)
    for row in by_date:
        amount = counted[row.key]
        place = books.project(row)
        if row.entry == LOSS:
            books.move(row, {f"{place}:lost": -amount, f"{place}:owed": amount})
            continue
        if row.entry == HARM:
            books.harm(row, amount)
            continue
        target = books.bank(row) if row.entry == BANK else f"{place}:credit"
        if row.parcel:
            for piece in taken.get(row.key, ()):
                part = piece.counted[row.key]
                books.move(row, {books.land(piece, row.date): -part, target: part}, piece)
        else:
            books.move(row, {books.bank(row): -amount, target: amount})
    books.close()
    return append(Journal() if journal is None else journal, *books.records)


class _Books:
    """Records in the making, and what each account holds."""

    def __init__(self, root: str, titles: Mapping[str, Text]) -> None:
        self.root = root
        self.titles = titles
        self.records: list[Record] = []
        self.held: dict[str, int] = {}
        self.projects: dict[str, Row] = {}
        self.last = dt.date.min

    def open(self, account: str, kind: AccountKind, date: dt.date) -> None:
        if account not in self.held:
            self.records.append(Open(date, account, kind))
            self.held[account] = 0

    def project(self, row: Row) -> str:
        place = self.path("zone", row.zone, row.ecosystem, row.project)
        if row.entry != BANK:
            for name in ("lost", "settled", "used"):
                self.open(f"{place}:{name}", AccountKind.FLOW, row.date)
            for name in ("owed", "credit"):
                self.open(f"{place}:{name}", AccountKind.STOCK, row.date)
            self.projects.setdefault(place, row)
        self.last = max(self.last, row.date)
        return place

    def bank(self, row: Row) -> str:
        account = self.path("bank", row.bank, row.zone, row.ecosystem)
        self.open(account, AccountKind.STOCK, row.date)
        return account

    def land(self, piece: Settled, date: dt.date) -> str:
        """The stock of a piece of land, filled once with the most that it gains."""
        name = "..".join(account_word(parcel) for parcel in piece.piece)
        path = f"{self.root}:land:{name}"
        if f"{path}:available" not in self.held:
            self.open(f"{path}:grown", AccountKind.FLOW, date)
            self.open(f"{path}:available", AccountKind.STOCK, date)
            amounts = {f"{path}:grown": -piece.whole, f"{path}:available": piece.whole}
            self.book(
                date, f"{path}/grown", "grown", joined(piece.piece, self.titles, " + "), amounts
            )
        return f"{path}:available"

    def move(self, row: Row, amounts: Mapping[str, int], piece: Settled | None = None) -> None:
        if not any(amounts.values()):
            return
        words = [*row.key[1:], *(piece.piece if piece else ())]
        id = "/".join([self.root, row.date.isoformat(), *(account_word(w) for w in words if w)])
        step = "drawn" if row.bank and not row.parcel else row.entry
        about = joined((row.project, row.ecosystem, row.zone), self.titles)
        self.book(row.date, id, step, about, amounts)

    def harm(self, row: Row, amount: int) -> None:
        """Takes what a site lost off the credit of its project; what is left is owed."""
        place = self.project(row)
        self.open(f"{place}:harmed", AccountKind.FLOW, row.date)
        taken = min(amount, self.held[f"{place}:credit"])
        steps = {
            "harm": {f"{place}:credit": -taken, f"{place}:harmed": taken},
            "harm-owed": {f"{place}:lost": taken - amount, f"{place}:owed": amount - taken},
        }
        about = joined((row.parcel, row.project, row.ecosystem, row.zone), self.titles)
        words = "/".join(account_word(w) for w in row.key[1:] if w)
        for step, amounts in steps.items():
            if any(amounts.values()):
                id = f"{self.root}/{row.date.isoformat()}/{words}/{step}"
                self.book(row.date, id, step, about, amounts)

    def book(
        self, date: dt.date, id: str, step: str, about: Text, amounts: Mapping[str, int]
    ) -> None:
        said = Text(
            es=text(f"ledger.basin-{step}", "es", about=about),
            en=text(f"ledger.basin-{step}", "en", about=about),
        )
        lines = tuple(Posting(account, n, UNIT) for account, n in amounts.items())
        self.records.append(Entry(date, id.replace(":", "/"), said, lines))
        for account, n in amounts.items():
            self.held[account] += n

    def close(self) -> None:
        """Credit of every project settles what it owes; both ends are asserted."""
        for place, row in sorted(self.projects.items()):
            settled = min(self.held[f"{place}:owed"], self.held[f"{place}:credit"])
            if settled:
                amounts = {
                    f"{place}:owed": -settled,
                    f"{place}:settled": settled,
                    f"{place}:credit": -settled,
                    f"{place}:used": settled,
                }
                about = joined((row.project, row.ecosystem, row.zone), self.titles)
                self.book(self.last, f"{place}/settled", "settled", about, amounts)
            for name in ("owed", "credit"):
                account = f"{place}:{name}"
                self.records.append(Assertion(self.last, account, self.held[account], UNIT))

    def path(self, *words: str) -> str:
        return ":".join([self.root, *(account_word(w) for w in words)])
