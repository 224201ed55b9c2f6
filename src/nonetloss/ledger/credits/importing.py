"""A ledger out of somebody else's table of unit blocks: what each block is, as events in order.

A table says what became of each block, not who held it between. The events therefore issue every
block to the one who holds it now, or who ended it, and then retire, cancel or adjust it. Numbers
that the table leaves out are not issued: consecutive blocks of an issuance are one batch, and
after a gap another begins.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, notice, offenders, warning
from nonetloss.ledger.credits.events import (
    LONGEST_TEXT,
    Adjust,
    Batch,
    Begin,
    Cancel,
    Event,
    Issue,
    OpenAccount,
    Part,
    Project,
    Retire,
    StateProject,
    Units,
    is_word,
)
from nonetloss.ledger.credits.vocabulary import AccountKind, Adjustment, Declaration, Status

# Where a table is silent and the ledger wants a word.
NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One block as a table tells it. `number` is its row, from 1; `ended` None: not told."""

    number: int
    project: str
    issuance: str
    series: str
    first: int
    last: int
    vintage_start: dt.date
    vintage_end: dt.date
    issued: dt.date
    status: Status
    owner: str = ""
    unit_type: str = "Reduction - nature"
    pattern: str = ""
    labels: tuple[str, ...] = ()
    ended: dt.date | None = None
    beneficiary: str = ""
    beneficiary_id: str = ""
    reason: str = ""
    detail: str = ""
    declaration: Declaration = Declaration.UNKNOWN
    adjustment: Adjustment = Adjustment.NOT_STARTED
    authorization: str = ""


def events_of(
    rows: Sequence[BlockRow],
    projects: Mapping[str, Project],
    *,
    name: str,
    date: dt.date,
    actor: str,
) -> tuple[tuple[Event, ...], tuple[Finding, ...]]:
    """The events of a new ledger, in order of date, and what a reader should know of them.

    Parameters
    ----------
    rows : sequence of BlockRow
    projects : mapping of id to Project
        Those that rows name. One whose status issues no units is an error when recorded.
    name : str
        Of the ledger.
    date : date
        Day of the import: what has no date of its own happened then, nothing happened later.
    actor : str

    Raises
    ------
    InputError
        `credit-ledger.import-empty`, or everything wrong with the rows:
        `credit-ledger.import-overlap`, `credit-ledger.import-dates`.
    """
    if not rows:
        raise InputError.because("credit-ledger.import-empty", name)
    wrong = _wrong_dates(rows, date) + _overlaps(rows)
    if wrong:
        raise InputError(*wrong)
    accounts = _accounts(rows)
    dated: list[tuple[dt.date, int, Event]] = []
    for batch, members in _batches(rows):
        parts = tuple(Part(accounts[_place(r)], r.first, r.last) for r in members)
        issued = members[0].issued
        dated.append((issued, 0, Issue(issued, actor, batch=batch, parts=parts)))
        for row in members:
            source = accounts[_place(row)]
            dated += _after(row, batch.id, source, date, actor)
    dated.sort(key=lambda each: each[:2])
    first = min(dated[0][0], date)
    opening: list[Event] = [Begin(first, actor, name=name)]
    opening += [
        OpenAccount(first, actor, account=account, account_kind=kind, holder=owner)
        for (owner, kind), account in accounts.items()
    ]
    opening += [StateProject(first, actor, stated=project) for project in projects.values()]
    return (*opening, *(event for _, _, event in dated)), _told(rows, date)


def word_of(text: str, *, taken: Iterable[str] = ()) -> str:
    """A word that can name an account or a project, from a name as people write it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    word = re.sub(r"[^a-z0-9.]+", "-", plain.lower()).strip("-.")[:60] or "account"
    names = set(taken)
    made, number = word, 2
    while made in names:
        made, number = f"{word}-{number}", number + 1
    return made


def _place(row: BlockRow) -> tuple[str, AccountKind]:
    kind = AccountKind.BUFFER if row.status is Status.BUFFER else AccountKind.HOLDER
    return row.owner or NOT_STATED, kind


def _accounts(rows: Sequence[BlockRow]) -> dict[tuple[str, AccountKind], str]:
    made: dict[tuple[str, AccountKind], str] = {}
    for row in rows:
        place = _place(row)
        if place not in made:
            name = place[0] if place[1] is AccountKind.HOLDER else f"{place[0]} buffer"
            made[place] = word_of(name, taken=made.values())
    return made


def _batches(rows: Sequence[BlockRow]) -> list[tuple[Batch, list[BlockRow]]]:
    """Consecutive blocks of one issuance and kind together; ids `issuance`, `issuance.2`, …"""
    runs: list[list[BlockRow]] = []
    for row in sorted(rows, key=lambda r: (r.series, r.first)):
        if runs and _continues(runs[-1][-1], row):
            runs[-1].append(row)
        else:
            runs.append([row])
    runs.sort(key=lambda run: (run[0].issued, run[0].number))
    made = []
    taken: set[str] = set()
    for run in runs:
        first, last = run[0], run[-1]
        name = first.issuance if is_word(first.issuance) else word_of(first.issuance)
        id, number = name, 2
        while id in taken:
            id, number = f"{name}.{number}", number + 1
        taken.add(id)
        batch = Batch(
            id=id, project=first.project, series=first.series, first=first.first, last=last.last,
            vintage_start=first.vintage_start, vintage_end=first.vintage_end,
            unit_type=first.unit_type, pattern=first.pattern, labels=first.labels,
        )  # fmt: skip
        made.append((batch, run))
    return made


def _continues(one: BlockRow, other: BlockRow) -> bool:
    alike = all(
        getattr(one, name) == getattr(other, name)
        for name in (
            "series", "issuance", "project", "vintage_start", "vintage_end", "unit_type",
            "pattern", "labels", "issued",
        )
    )  # fmt: skip
    return alike and other.first == one.last + 1


def _after(
    row: BlockRow, batch: str, source: str, date: dt.date, actor: str
) -> list[tuple[dt.date, int, Event]]:
    units = (Units(batch, row.first, row.last),)
    made: list[tuple[dt.date, int, Event]] = []
    day = row.ended or date
    reason = row.reason[:LONGEST_TEXT] or NOT_STATED
    if row.status is Status.RETIRED:
        retired = Retire(
            day, actor, units=units, source=source, beneficiary=row.beneficiary or NOT_STATED,
            reason=reason, detail=row.detail[:LONGEST_TEXT], beneficiary_id=row.beneficiary_id,
        )  # fmt: skip
        made.append((day, 1, retired))
    elif row.status is Status.CANCELLED:
        made.append((day, 1, Cancel(day, actor, units=units, source=source, reason=reason)))
    plain = (Declaration.UNKNOWN, Adjustment.NOT_STARTED, "")
    if (row.declaration, row.adjustment, row.authorization) != plain:
        adjusted = Adjust(
            date, actor, units=units, declaration=row.declaration, adjustment=row.adjustment,
            authorization=row.authorization,
        )  # fmt: skip
        made.append((date, 2, adjusted))
    return made


def _wrong_dates(rows: Sequence[BlockRow], date: dt.date) -> list[Finding]:
    bad = [
        r.number
        for r in rows
        if not r.vintage_start <= r.vintage_end <= r.issued <= (r.ended or date) <= date
    ]
    if not bad:
        return []
    return [error("credit-ledger.import-dates", offenders(bad), date=date.isoformat())]


def _overlaps(rows: Sequence[BlockRow]) -> list[Finding]:
    found: list[Finding] = []
    before: BlockRow | None = None
    for row in sorted(rows, key=lambda r: (r.series, r.first, r.number)):
        if before is not None and row.series == before.series and row.first <= before.last:
            found.append(_overlap(row, before))
            if row.last <= before.last:
                continue
        before = row
    return found + _overlaps_unnamed(rows, {f.subject for f in found})


def _overlap(row: BlockRow, before: BlockRow) -> Finding:
    shared = f"{row.first}–{min(row.last, before.last)}"
    code = "credit-ledger.import-overlap"
    return error(code, str(row.number), other=before.number, shared=shared)


def _overlaps_unnamed(rows: Sequence[BlockRow], told: set[str]) -> list[Finding]:
    """Rows of one issuance that share numbers, where a serial does not say that they differ."""
    found: list[Finding] = []
    before: BlockRow | None = None
    for row in sorted(rows, key=lambda r: (r.project, r.issuance, r.first, r.number)):
        same = before is not None and (row.project, row.issuance) == (
            before.project, before.issuance
        )  # fmt: skip
        if before is not None and same and row.first <= before.last:
            if not (row.pattern and before.pattern) and str(row.number) not in told:
                found.append(_overlap(row, before))
            if row.last <= before.last:
                continue
        before = row
    return found


def _told(rows: Sequence[BlockRow], date: dt.date) -> tuple[Finding, ...]:
    found: list[Finding] = []
    ended = [r for r in rows if r.status in (Status.RETIRED, Status.CANCELLED)]
    undated = sum(r.ended is None for r in ended)
    if undated:
        day = date.isoformat()
        found.append(notice("credit-ledger.import-undated", str(undated), date=day))
    cut = [r.number for r in ended if max(len(r.reason), len(r.detail)) > LONGEST_TEXT]
    if cut:
        found.append(
            warning(
                "credit-ledger.import-cut", offenders(cut), count=len(cut), longest=LONGEST_TEXT
            )
        )
    nameless = sum(r.status is Status.RETIRED and not r.beneficiary for r in ended)
    if nameless:
        found.append(warning("credit-ledger.import-nameless", str(nameless), word=NOT_STATED))
    return tuple(found)
