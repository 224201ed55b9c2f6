"""What several projects say they lost and gained: rows read and checked, all faults at once."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, offenders
from nonetloss.ledger.balance_entries import account_word
from nonetloss.ledger.records import millionths

LOSS, GAIN, BANK = "loss", "gain", "bank"
# What a site of a plan lost beyond what it would have lost anyway; no table can state it.
HARM = "harm"
KINDS = (LOSS, GAIN, BANK)
COLUMNS = ("project", "zone", "ecosystem", "entry", "amount_qha", "date")


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One line of the accounts, sortable. `amount` and `whole` are millionths; `whole` -1: unsaid.

    A `loss` names neither parcel nor bank; a `gain` one of them: the parcel that it grew on, or the
    bank that it is drawn from; a deposit (`bank`) both; `harm` the parcel, and its amount is
    taken off the gain.
    """

    date: dt.date
    zone: str
    ecosystem: str
    project: str
    entry: str
    parcel: str
    bank: str
    amount: int
    whole: int = -1

    @property
    def key(self) -> tuple[str, ...]:
        """What tells a row from every other one."""
        day = self.date.isoformat()
        return (
            day, self.zone, self.ecosystem, self.project, self.entry, self.parcel, self.bank
        )  # fmt: skip

    @property
    def claims(self) -> bool:
        """Whether the row claims what a parcel gains."""
        return bool(self.parcel) and self.entry != HARM

    @property
    def about(self) -> str:
        """How messages name the row."""
        return " ".join(
            part for part in (self.project, self.entry, self.parcel or self.bank) if part
        )


def read_rows(table: pd.DataFrame, *, name: str = "projects") -> tuple[Row, ...]:
    """The rows, sorted; their order in the table does not matter.

    Parameters
    ----------
    table : DataFrame
        Columns `project`, `zone`, `ecosystem`, `entry` (loss | gain | bank), `amount_qha` (not
        negative), `date` (ISO 8601); where they apply, `parcel`, `bank`, and `parcel_gain_qha`,
        what the whole parcel gains. No rows: no accounts.

    Raises
    ------
    InputError
        `cumulative.columns`, or with everything that is wrong in all rows: `cumulative.blank`,
        `cumulative.entry`, `cumulative.amount`, `cumulative.date`, `cumulative.origin`,
        `cumulative.whole`, `cumulative.twice`, `cumulative.alike`.
    """
    missing = [c for c in COLUMNS if c not in table.columns]
    if missing:
        raise InputError.because(
            "cumulative.columns",
            name,
            missing=", ".join(missing),
            columns=offenders(map(str, table.columns), 20),
        )
    rows: list[Row] = []
    faults: dict[str, list[str]] = {}
    for number, given in enumerate(table.to_dict("records"), start=1):
        row, code = _read(given)
        if row is None:
            about = f"{number} ({_word(given.get('project')) or '–'})"
            faults.setdefault(code, []).append(about)
        else:
            rows.append(row)
    found = [error(code, offenders(rows)) for code, rows in sorted(faults.items())]
    found += check_rows(rows)
    if found:
        raise InputError(*found)
    return tuple(sorted(rows))


def check_rows(rows: Sequence[Row]) -> list[Finding]:
    """What is wrong with rows together: repeated, of two minds on a parcel, alike in name."""
    found = []
    keys = Counter(row.key for row in rows)
    twice = sorted({row.about for row in rows if keys[row.key] > 1})
    if twice:
        found.append(error("cumulative.twice", offenders(twice)))
    said: dict[str, set[int]] = {}
    for row in rows:
        if row.parcel and row.whole >= 0:
            said.setdefault(row.parcel, set()).add(row.whole)
    torn = sorted(parcel for parcel, wholes in said.items() if len(wholes) > 1)
    if torn:
        found.append(error("cumulative.whole", offenders(torn)))
    for part in ("project", "zone", "ecosystem", "parcel", "bank"):
        names = {getattr(row, part) for row in rows} - {""}
        words: dict[str, list[str]] = {}
        for name in sorted(names):
            words.setdefault(account_word(name), []).append(name)
        alike = [", ".join(group) for group in words.values() if len(group) > 1]
        if alike:
            found.append(error("cumulative.alike", offenders(alike)))
    return found


def wholes_of(rows: Sequence[Row]) -> dict[str, int]:
    """What each parcel gains as a whole: as stated, else the largest row that names it.

    So a parcel that several rows divide, be they of one project, needs its whole gain stated.
    """
    largest: dict[str, int] = {}
    stated: dict[str, int] = {}
    for row in rows:
        if row.claims:
            largest[row.parcel] = max(largest.get(row.parcel, 0), row.amount)
            if row.whole >= 0:
                stated[row.parcel] = row.whole
    return largest | stated


def _read(given: Mapping[Any, Any]) -> tuple[Row | None, str]:
    """The row, or the code of the first thing that is wrong with it."""
    words = {c: _word(given.get(c)) for c in (*COLUMNS[:4], "parcel", "bank")}
    origin = (bool(words["parcel"]), bool(words["bank"]))
    allowed = {LOSS: {(False, False)}, GAIN: {(True, False), (False, True)}, BANK: {(True, True)}}
    date = _date(given["date"])
    amount = _amount(given["amount_qha"])
    whole = _amount(given.get("parcel_gain_qha"), absent=-1)
    checks: list[tuple[str, Callable[[], bool]]] = [
        ("cumulative.blank", lambda: all(words[c] for c in COLUMNS[:3])),
        ("cumulative.entry", lambda: words["entry"] in KINDS),
        ("cumulative.amount", lambda: amount is not None and whole is not None),
        ("cumulative.date", lambda: date is not None),
        ("cumulative.origin", lambda: origin in allowed[words["entry"]]),
    ]
    for code, holds in checks:
        if not holds():
            return None, code
    assert date is not None
    assert amount is not None
    assert whole is not None
    row = Row(date, words["zone"], words["ecosystem"], words["project"], words["entry"],
              words["parcel"], words["bank"], amount, whole)  # fmt: skip
    return row, ""


def _word(value: Any) -> str:
    blank = value is None or value is pd.NA or value != value
    return "" if blank else str(value).strip()


def _amount(value: Any, absent: int | None = None) -> int | None:
    """Millionths; None if it is no amount, `absent` if nothing was given."""
    if _word(value) == "":
        return absent
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return millionths(number) if math.isfinite(number) and number >= 0 else None


def _date(value: Any) -> dt.date | None:
    if _word(value) == "":  # pandas has a missing time that calls itself a datetime
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(_word(value))
    except ValueError:
        return None
