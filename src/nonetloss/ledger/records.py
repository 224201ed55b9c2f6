"""What a journal holds: accounts opened, entries, balance assertions, in exact amounts.

Amounts are integers of a millionth of their unit, so that every sum is exact whatever its length
(decision software/0004). A millionth of a quality-hectare is a hundredth of a square meter at full
value. People read and write them as decimals with six places.
"""

import datetime as dt
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from nonetloss.core.errors import LedgerError
from nonetloss.core.language import Text

# Millionths in one unit, and the decimals they need.
SCALE = 1_000_000
PLACES = 6

_ACCOUNT = re.compile(r"[\w.\-]+(:[\w.\-]+)+")
_WORD = re.compile(r"[\w.\-/*]+")
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]{1,6})?")


class AccountKind(StrEnum):
    """A stock can be emptied and never goes below zero; a flow counts what passed, either way."""

    STOCK = "stock"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Open:
    """Opens an account. `account` is a path such as `nature:terra-firme:direct:before`."""

    date: dt.date
    account: str
    kind: AccountKind


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry: `millionths` of `unit` into (positive) or out of (negative)."""

    account: str
    millionths: int
    unit: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction: its postings sum to zero in every unit.

    `date` is the day it is booked, given by the caller. `corrects` names the entry it corrects, or
    is empty.
    """

    date: dt.date
    id: str
    narration: Text
    postings: tuple[Posting, ...]
    corrects: str = ""


@dataclass(frozen=True, slots=True)
class Assertion:
    """States that at this point an account holds exactly so much; the journal refuses otherwise."""

    date: dt.date
    account: str
    millionths: int
    unit: str


Record = Open | Entry | Assertion


def millionths(value: float | int | str | Decimal) -> int:
    """The exact amount nearest to a number (half to even), in millionths of its unit.

    Text must be a plain decimal with at most six places: what a person wrote is never rounded.

    Raises
    ------
    LedgerError
        `ledger.amount` for NaN, infinities, and text that is not such a decimal.
    """
    if isinstance(value, str):
        if not _AMOUNT.fullmatch(value):
            raise LedgerError.because("ledger.amount", value)
        return int(Fraction(value) * SCALE)
    if not math.isfinite(value):
        raise LedgerError.because("ledger.amount", str(value))
    return round(Fraction(value) * SCALE)


def decimal_text(amount: int) -> str:
    """An amount in millionths as a decimal with six places: `1500000` is `1.500000`."""
    whole, part = divmod(abs(amount), SCALE)
    return f"{'-' if amount < 0 else ''}{whole}.{part:0{PLACES}d}"


def posting(account: str, value: float | int | str | Decimal, unit: str) -> Posting:
    """A posting from a number in `unit`; see `millionths`."""
    return Posting(account, millionths(value), unit)


def is_account(name: str) -> bool:
    """Whether a text is an account path: two or more words joined by colons."""
    return _ACCOUNT.fullmatch(name) is not None


def is_word(name: str) -> bool:
    """Whether a text can be a unit or the id of an entry: letters, digits and . - _ / *."""
    return _WORD.fullmatch(name) is not None


def as_plain(record: Record) -> dict[str, Any]:
    """The canonical content of a record, which its digest covers."""
    match record:
        case Open():
            return {
                "open": record.account,
                "date": record.date.isoformat(),
                "kind": str(record.kind),
            }
        case Entry():
            return {
                "entry": record.id,
                "date": record.date.isoformat(),
                "narration": {"es": record.narration.es, "en": record.narration.en},
                "corrects": record.corrects,
                "postings": [[p.account, p.millionths, p.unit] for p in record.postings],
            }
        case Assertion():
            return {
                "balance": record.account,
                "date": record.date.isoformat(),
                "millionths": record.millionths,
                "unit": record.unit,
            }


def name_of(record: Record) -> str:
    """How messages name a record."""
    match record:
        case Open():
            return f"open {record.account}"
        case Entry():
            return record.id
        case Assertion():
            return f"balance {record.account}"
