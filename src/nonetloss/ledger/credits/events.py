"""What can happen to credits: frozen events, and their plain form that is written and digested.

Units are whole tons of CO2 equivalent, numbered. An event names the very numbers that it moves, so
that a replay has nothing to choose. Nothing is ever taken back: units that are retired or canceled
stay so, and stay attributed to the account that held them.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple

from nonetloss.core.errors import LedgerError
from nonetloss.core.findings import offenders
from nonetloss.ledger.credits.vocabulary import AccountKind, Adjustment, Declaration

# Regen Ledger's bound: a reason is a sentence, not a document.
LONGEST_TEXT = 512
_WORD = re.compile(r"[\w.\-/]{1,80}")


class Units(NamedTuple):
    """Units `first` to `last` of a batch, both included."""

    batch: str
    first: int
    last: int

    @property
    def amount(self) -> int:
        """How many."""
        return self.last - self.first + 1


class Part(NamedTuple):
    """Units `first` to `last` of a batch that is being issued, and who gets them."""

    account: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Project:
    """What units are issued for. `status` is a word of CAD Trust; `country` two letters (ISO)."""

    id: str
    name: str
    status: str
    program: str = ""
    methodology: str = ""
    country: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Units issued together: serial numbers `first` to `last` of a `series`, of one vintage.

    Numbers of one series never repeat, whatever the batch. `pattern` is how a registry writes a
    range of them, with `{first}` and `{last}` in it; "": the id of the batch before them. `labels`
    are further certifications of these units.
    """

    id: str
    project: str
    series: str
    first: int
    last: int
    vintage_start: dt.date
    vintage_end: dt.date
    unit_type: str = "Reduction - nature"
    pattern: str = ""
    labels: tuple[str, ...] = ()

    @property
    def amount(self) -> int:
        """How many units."""
        return self.last - self.first + 1

    def serial(self, first: int, last: int) -> str:
        """A range of its numbers as the registry writes it."""
        pattern = self.pattern or f"{self.id}-{{first}}-{{last}}"
        return pattern.replace("{first}", str(first)).replace("{last}", str(last))


@dataclass(frozen=True, slots=True)
class Event:
    """`date` is the day of booking, `actor` who did it.

    `reference` is a name of the caller's own for the operation, or empty. Not empty, it can be
    recorded once only: who does not know whether an event was confirmed may send it again.
    """

    kind: ClassVar[str] = ""

    date: dt.date
    actor: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin(Event):
    """First event of every ledger."""

    kind: ClassVar[str] = "begin"

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount(Event):
    """Opens an account. `holder` is whose it is, as people read it."""

    kind: ClassVar[str] = "open"

    account: str
    account_kind: AccountKind
    holder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateProject(Event):
    """Says what a project is now; the latest word holds."""

    kind: ClassVar[str] = "project"

    stated: Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue(Event):
    """Makes a batch. `parts` cover its numbers in order, without gap; a buffer gets `Buffer`."""

    kind: ClassVar[str] = "issue"

    batch: Batch
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Event):
    """Divides one block of units into blocks of `counts` units, in order; nobody gains or loses."""

    kind: ClassVar[str] = "split"

    units: tuple[Units, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Event):
    """From one holder to another; a reason may be given."""

    kind: ClassVar[str] = "transfer"

    units: tuple[Units, ...]
    source: str
    target: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit(Event):
    """From a holder into a buffer; a reason may be given."""

    kind: ClassVar[str] = "deposit"

    units: tuple[Units, ...]
    source: str
    target: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Event):
    """From a buffer back to a holder; a reason may be given."""

    kind: ClassVar[str] = "release"

    units: tuple[Units, ...]
    source: str
    target: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retire(Event):
    """Uses units up for somebody's emissions. `beneficiary_id` is for instance a LEI."""

    kind: ClassVar[str] = "retire"

    units: tuple[Units, ...]
    source: str
    beneficiary: str
    reason: str
    detail: str = ""
    beneficiary_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Event):
    """Takes units away without anybody's use: nobody may claim them."""

    kind: ClassVar[str] = "cancel"

    units: tuple[Units, ...]
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse(Event):
    """Carbon of a project was lost again: buffer units are canceled for it.

    `lost` is the loss in tCO2e, rounded up. `units` are those drawn from buffers, at most `lost`
    and what earlier losses of the project left open; empty if there were none. A `lost` of 0 books
    no new loss, and its units cover an earlier one. What units do not cover stays open.
    `avoidable`: the loss was the doing of the project.
    """

    kind: ClassVar[str] = "reverse"

    units: tuple[Units, ...]
    project: str
    lost: int
    cause: str
    avoidable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Event):
    """Says how a host country adjusts its account for units, and on which authorization."""

    kind: ClassVar[str] = "adjust"

    units: tuple[Units, ...]
    declaration: Declaration
    adjustment: Adjustment
    authorization: str = ""


Moved = Transfer | Deposit | Release | Retire | Cancel
KINDS: dict[str, type[Event]] = {
    made.kind: made
    for made in (
        Begin, OpenAccount, StateProject, Issue, Split, Transfer, Deposit, Release, Retire, Cancel,
        Reverse, Adjust,
    )
}  # fmt: skip


def is_word(name: object) -> bool:
    """Whether something can name an account, a batch, a project or a series."""
    return isinstance(name, str) and _WORD.fullmatch(name) is not None


def as_plain(event: Event) -> dict[str, Any]:
    """The content of an event in plain values, which its digest covers."""
    made: dict[str, Any] = {"kind": event.kind}
    for name, write, _ in _PLAN[event.kind]:
        value = getattr(event, name)
        made[name] = value if write is None else write(value)
    return made


def from_plain(plain: Any) -> Event:
    """The event that a plain form says; the inverse of `as_plain`.

    Raises
    ------
    LedgerError
        `credit-ledger.event-form`: kind or keys unknown or missing, or a value of another type.
    """
    kind = plain.get("kind") if isinstance(plain, Mapping) else None
    if not isinstance(kind, str) or kind not in _PLAN:
        raise _form("kind", offenders(KINDS, 20))
    steps = _PLAN[kind]
    if len(plain) != len(steps) + 1:
        raise _form(kind, offenders((name for name, _, _ in steps), 20))
    made = {}
    for name, _, read in steps:
        try:
            made[name] = read(plain[name])
        except (KeyError, TypeError, ValueError) as cause:
            raise _form(kind, name) from cause
    return KINDS[kind](**made)


def _form(subject: str, expected: str) -> LedgerError:
    return LedgerError.because("credit-ledger.event-form", subject, expected=expected)


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _day(value: Any) -> dt.date:
    return dt.date.fromisoformat(value)


def _several(value: object) -> list[Any]:
    if type(value) is not list:
        raise TypeError
    return value


def _units(value: object) -> tuple[Units, ...]:
    return tuple(
        Units(_text(batch), _whole(first), _whole(last)) for batch, first, last in _several(value)
    )


def _parts(value: object) -> tuple[Part, ...]:
    return tuple(Part(_text(a), _whole(first), _whole(last)) for a, first, last in _several(value))


def _batch_plain(batch: Batch) -> dict[str, Any]:
    plain: dict[str, Any] = {f.name: getattr(batch, f.name) for f in fields(Batch)}
    return plain | {
        "vintage_start": batch.vintage_start.isoformat(),
        "vintage_end": batch.vintage_end.isoformat(),
        "labels": list(batch.labels),
    }


_BATCH: dict[str, Callable[[Any], Any]] = {
    "first": _whole,
    "last": _whole,
    "vintage_start": _day,
    "vintage_end": _day,
    "labels": lambda value: tuple(_text(word) for word in _several(value)),
}


def _record(of: type, readers: Mapping[str, Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if not isinstance(value, dict) or set(value) != {f.name for f in fields(of)}:
            raise TypeError
        return of(**{name: readers.get(name, _text)(value[name]) for name in value})

    return read


_WRITERS: dict[str, Callable[[Any], Any]] = {
    "date": lambda value: value.isoformat(),
    "account_kind": str,
    "declaration": str,
    "adjustment": str,
    "stated": lambda value: {f.name: getattr(value, f.name) for f in fields(Project)},
    "batch": _batch_plain,
    "parts": lambda value: [list(part) for part in value],
    "units": lambda value: [list(each) for each in value],
    "counts": list,
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "date": _day,
    "account_kind": AccountKind,
    "declaration": Declaration,
    "adjustment": Adjustment,
    "stated": _record(Project, {}),
    "batch": _record(Batch, _BATCH),
    "parts": _parts,
    "units": _units,
    "counts": lambda value: tuple(_whole(count) for count in _several(value)),
    "lost": _whole,
    "avoidable": _flag,
}
# For each kind its fields, how to write and how to read each of them.
_PLAN = {
    kind: tuple((f.name, _WRITERS.get(f.name), _READERS.get(f.name, _text)) for f in fields(made))
    for kind, made in KINDS.items()
}
