"""The journal: append, correct, replay, verify. Nothing in it is ever changed or removed.

Each record has a digest: SHA-256 over the digest before it and its own canonical content. Whoever
changes, inserts, removes or reorders a record breaks the chain from there on, unless all later
digests are written again; `verify(..., head=...)` with the last digest kept elsewhere (run.json)
also shows that, and a tail cut off.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from nonetloss.core.errors import LedgerError
from nonetloss.core.findings import Finding, error, offenders
from nonetloss.core.language import Text
from nonetloss.core.provenance import digest_of
from nonetloss.ledger.records import (
    AccountKind,
    Entry,
    Open,
    Posting,
    Record,
    as_plain,
    decimal_text,
    is_account,
    is_word,
    name_of,
)

# What the first record takes as the digest before it.
GENESIS = "0" * 64

Balances = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Journal:
    """Records in order, each with its digest. Build it with `append`, `replay` or `parse_text`."""

    records: tuple[Record, ...] = ()
    digests: tuple[str, ...] = ()
    _state: "_State | None" = field(default=None, compare=False, repr=False)

    @property
    def head(self) -> str:
        """The last digest: it stands for the whole journal."""
        return self.digests[-1] if self.digests else GENESIS

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries alone."""
        return tuple(r for r in self.records if isinstance(r, Entry))

    @property
    def accounts(self) -> Mapping[str, AccountKind]:
        """Kinds of the accounts opened, by name."""
        return {r.account: r.kind for r in self.records if isinstance(r, Open)}


@dataclass(slots=True)
class _State:
    """What the rules must know of all records so far."""

    kinds: dict[str, AccountKind] = field(default_factory=dict)
    totals: dict[tuple[str, str], int] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    last: dt.date = dt.date.min

    def copy(self) -> "_State":
        return _State(dict(self.kinds), dict(self.totals), set(self.ids), self.last)

    def apply(self, record: Record) -> None:
        self.last = max(self.last, record.date)
        if isinstance(record, Open):
            self.kinds[record.account] = record.kind
        elif isinstance(record, Entry):
            self.ids.add(record.id)
            for line in record.postings:
                key = (line.account, line.unit)
                self.totals[key] = self.totals.get(key, 0) + line.millionths


def append(journal: Journal, *records: Record) -> Journal:
    """A new journal with the records at its end; the old one is untouched.

    Raises
    ------
    LedgerError
        With everything wrong with the records (see `check`); then none of them is appended.
    """
    grown, found = _grow(journal, records)
    if found:
        raise LedgerError(*found)
    return grown


def check(journal: Journal, *records: Record) -> tuple[Finding, ...]:
    """What is wrong with appending the records, as findings; empty if nothing is.

    `ledger.account-name`, `ledger.account-twice`, `ledger.account-unknown`, `ledger.date-order`,
    `ledger.id`, `ledger.unit`, `ledger.text`, `ledger.no-postings`, `ledger.unbalanced`,
    `ledger.corrects-unknown`, `ledger.negative-stock`, `ledger.assertion`.
    """
    return _grow(journal, records)[1]


def replay(records: Iterable[Record]) -> Journal:
    """The journal that the records make when appended one after the other from nothing.

    Raises
    ------
    LedgerError
        As `append`.
    """
    return append(Journal(), *records)


def correct(
    journal: Journal,
    wrong: str,
    *,
    id: str,
    date: dt.date,
    narration: Text,
    postings: tuple[Posting, ...] = (),
) -> Journal:
    """A new journal where one more entry undoes the entry `wrong` and books `postings` instead.

    Empty `postings` only undo. The wrong entry stays where it is.

    Raises
    ------
    LedgerError
        `ledger.corrects-unknown`, or as `append`.
    """
    original = next((e for e in journal.entries if e.id == wrong), None)
    if original is None:
        raise LedgerError.because("ledger.corrects-unknown", id, corrects=wrong)
    undone = tuple(Posting(p.account, -p.millionths, p.unit) for p in original.postings)
    return append(journal, Entry(date, id, narration, undone + postings, corrects=wrong))


def balances(journal: Journal) -> Balances:
    """What each (account, unit) holds at the end, in millionths of the unit."""
    return MappingProxyType(_state_of(journal).totals)


def balance_of(journal: Journal, account: str, *, unit: str) -> int:
    """What one account holds at the end, in millionths; 0 if nothing was posted there."""
    return _state_of(journal).totals.get((account, unit), 0)


def verify(journal: Journal, *, head: str | None = None) -> tuple[Finding, ...]:
    """Check the whole journal anew: the digest chain first, then every rule of `check`.

    Parameters
    ----------
    head : str, optional
        Last digest as kept elsewhere. None: a chain written anew from some record on, or cut at
        its end, is not seen.

    Returns
    -------
    tuple of Finding
        Empty if all holds. `ledger.chain-broken` names the first record that does not fit;
        `ledger.head` says that the journal is not the one whose head was kept.
    """
    if len(journal.records) != len(journal.digests):
        counts = {"records": len(journal.records), "digests": len(journal.digests)}
        return (error("ledger.chain-length", "journal", **counts),)
    previous = GENESIS
    for number, (record, digest) in enumerate(
        zip(journal.records, journal.digests, strict=True), start=1
    ):
        expected = _digest(previous, record)
        if expected != digest:
            return (
                error(
                    "ledger.chain-broken",
                    name_of(record),
                    number=number,
                    found=digest[:12],
                    expected=expected[:12],
                ),
            )
        previous = digest
    if head is not None and head != journal.head:
        return (error("ledger.head", "journal", found=journal.head[:12], expected=head[:12]),)
    return check(Journal(), *journal.records)


def _digest(previous: str, record: Record) -> str:
    # A lone surrogate cannot be written as UTF-8: `check` reports it, so the digest must not stop.
    plain = {"previous": previous, **as_plain(record)}
    try:
        return digest_of(plain)
    except UnicodeEncodeError:
        return GENESIS


def _state_of(journal: Journal) -> _State:
    if journal._state is not None:
        return journal._state
    state = _State()
    for record in journal.records:
        state.apply(record)
    return state


def _grow(journal: Journal, records: Iterable[Record]) -> tuple[Journal, tuple[Finding, ...]]:
    state = _state_of(journal).copy()
    found: list[Finding] = []
    digests: list[str] = []
    previous = journal.head
    kept = tuple(records)
    for record in kept:
        found += _faults(state, record)
        state.apply(record)
        previous = _digest(previous, record)
        digests.append(previous)
    grown = Journal(journal.records + kept, journal.digests + tuple(digests), state)
    return grown, tuple(found)


def _faults(state: _State, record: Record) -> list[Finding]:
    found: list[Finding] = []
    name = name_of(record)
    if record.date < state.last:
        found.append(
            error(
                "ledger.date-order",
                name,
                date=record.date.isoformat(),
                last=state.last.isoformat(),
            )
        )
    if isinstance(record, Open):
        return found + _open_faults(state, record)
    if isinstance(record, Entry):
        return found + _entry_faults(state, record)
    if record.account not in state.kinds:
        return [*found, error("ledger.account-unknown", name, accounts=record.account)]
    held = state.totals.get((record.account, record.unit), 0)
    if held != record.millionths:
        found.append(
            error(
                "ledger.assertion",
                record.account,
                expected=decimal_text(record.millionths),
                found=decimal_text(held),
                unit=record.unit,
            )
        )
    return found


def _open_faults(state: _State, record: Open) -> list[Finding]:
    if not is_account(record.account):
        return [error("ledger.account-name", repr(record.account))]
    if record.account in state.kinds:
        return [error("ledger.account-twice", record.account)]
    return []


def _entry_faults(state: _State, record: Entry) -> list[Finding]:
    found: list[Finding] = []
    if not is_word(record.id) or record.id in state.ids:
        found.append(error("ledger.id", repr(record.id)))
    if record.corrects and record.corrects not in state.ids:
        found.append(error("ledger.corrects-unknown", record.id, corrects=record.corrects))
    if not _writable(record.narration):
        found.append(error("ledger.text", record.id))
    if not record.postings:
        found.append(error("ledger.no-postings", record.id))
    units = sorted({line.unit for line in record.postings})
    wrong = [unit for unit in units if not is_word(unit)]
    if wrong:
        found.append(error("ledger.unit", record.id, units=offenders(map(repr, wrong))))
    for unit in units:
        total = sum(line.millionths for line in record.postings if line.unit == unit)
        if total:
            found.append(
                error("ledger.unbalanced", record.id, total=decimal_text(total), unit=unit)
            )
    unknown = sorted({line.account for line in record.postings} - set(state.kinds))
    if unknown:
        found.append(error("ledger.account-unknown", record.id, accounts=offenders(unknown)))
    return found + _stock_faults(state, record)


def _stock_faults(state: _State, record: Entry) -> list[Finding]:
    """Stocks that the entry as a whole would take below zero."""
    after: dict[tuple[str, str], int] = {}
    for line in record.postings:
        if state.kinds.get(line.account) is AccountKind.STOCK:
            key = (line.account, line.unit)
            after[key] = after.get(key, state.totals.get(key, 0)) + line.millionths
    return [
        error("ledger.negative-stock", record.id, account=key[0], unit=key[1], left=decimal_text(n))
        for key, n in sorted(after.items())
        if n < 0
    ]


def _writable(narration: Text) -> bool:
    try:
        (narration.es + narration.en).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return bool(narration.es and narration.en)
