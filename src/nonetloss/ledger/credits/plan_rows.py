"""Operations that a study plans with its credits, read from a table and carried out in order."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nonetloss.core.errors import InputError, LedgerError, NonetlossError
from nonetloss.core.findings import Finding, error, nearest, offenders, warning
from nonetloss.ledger.credits import operations as ask
from nonetloss.ledger.credits import spoken
from nonetloss.ledger.credits.events import Event, is_word
from nonetloss.ledger.credits.registry import Registry
from nonetloss.ledger.credits.vocabulary import Adjustment, Declaration, Status

REQUIRED = ("date", "action", "quantity")
OPTIONAL = (
    "vintage", "account", "target", "beneficiary", "beneficiary_id", "reason", "detail",
    "avoidable", "declaration", "adjustment", "authorization", "reference",
)  # fmt: skip
_MOVE = ("vintage", "account", "target", "reason", "reference")
_USED = {
    "transfer": _MOVE,
    "deposit": _MOVE,
    "release": _MOVE,
    "retire": (
        "vintage", "account", "beneficiary", "beneficiary_id", "reason", "detail", "reference",
    ),
    "cancel": ("vintage", "account", "reason", "reference"),
    "reverse": ("reason", "avoidable", "reference"),
    "cover": ("reason", "reference"),
    "adjust": ("vintage", "account", "declaration", "adjustment", "authorization", "reference"),
}  # fmt: skip
_YES = ("yes", "true", "sí", "si", "1")
_NO = ("no", "false", "0", "")


@dataclass(frozen=True, slots=True)
class Operation:
    """One row: what is to be done. Texts that are not given are empty; `vintage` None: any.

    `unused` are columns that have a value which means nothing to the action.
    """

    number: int
    date: dt.date
    action: str
    quantity: int
    vintage: int | None
    account: str
    target: str
    avoidable: bool
    texts: Mapping[str, str]
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """Names that a table of operations may leave out."""

    holder: str
    buffer: str
    project: str
    actor: str


def read_operations(table: pd.DataFrame, *, setting: Setting) -> tuple[Operation, ...]:
    """Operations in order of date; those of one day in the order of the table.

    Parameters
    ----------
    table : DataFrame
        `date` (ISO 8601), `action` (transfer, deposit, release, retire, cancel, reverse, cover,
        adjust),
        `quantity` (whole units), and where they apply `vintage` (year), `account`, `target`,
        `beneficiary`, `beneficiary_id`, `reason`, `detail`, `avoidable` (yes | no), `declaration`,
        `adjustment`, `authorization`, `reference`. Empty cells: the holder as account, the buffer
        as target of a deposit, any vintage. A reversal takes units of any vintage.

    Raises
    ------
    InputError
        `credit-ledger.operation-columns`, or everything wrong in all rows:
        `credit-ledger.operation-cell`.
    """
    unknown = [str(c) for c in table.columns if c not in (*REQUIRED, *OPTIONAL)]
    missing = [c for c in REQUIRED if c not in table.columns]
    if unknown or missing:
        raise InputError.because(
            "credit-ledger.operation-columns",
            offenders([*missing, *unknown]),
            required=", ".join(REQUIRED),
            optional=", ".join(OPTIONAL),
            nearest=nearest(unknown[0], (*REQUIRED, *OPTIONAL)) if unknown else "",
        )
    made: list[Operation] = []
    found: list[Finding] = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        cells = {str(name): _cell(value) for name, value in row.items()}
        operation = _operation(number, cells, setting, found)
        if operation is not None:
            made.append(operation)
    if found:
        raise InputError(*found)
    return tuple(sorted(made, key=lambda each: (each.date, each.number)))


def unused_cells(operations: Iterable[Operation]) -> tuple[Finding, ...]:
    """Cells that say something which is not booked: warnings `credit-ledger.operation-unused`."""
    return tuple(
        warning(
            "credit-ledger.operation-unused",
            ", ".join(each.unused),
            row=each.number,
            action=spoken.action(each.action),
        )
        for each in operations
        if each.unused
    )


def event_of(registry: Registry, operation: Operation, *, setting: Setting) -> Event:
    """The event that an operation means, with the units it takes.

    Raises
    ------
    LedgerError
        `credit-ledger.operation` with the row, and then why it cannot be done.
    """
    try:
        return _ACTIONS[operation.action](registry, operation, setting)
    except NonetlossError as problem:
        raise refused(operation, problem) from problem


def refused(operation: Operation, problem: NonetlossError) -> LedgerError:
    """Why the operation of a row cannot be done."""
    row = error(
        "credit-ledger.operation",
        str(operation.number),
        action=spoken.action(operation.action),
        date=operation.date.isoformat(),
    )
    return LedgerError(row, *problem.findings)


def _operation(
    number: int, cells: Mapping[str, str], setting: Setting, found: list[Finding]
) -> Operation | None:
    def read(name: str, reader: Callable[[str], Any]) -> Any:
        try:
            return reader(cells.get(name, ""))
        except ValueError:
            value = cells.get(name, "")
            found.append(error("credit-ledger.operation-cell", name, row=number, value=value))
            return None

    before = len(found)
    action = read("action", _action)
    account = read("account", lambda text: _word(text or setting.holder))
    default = {"deposit": setting.buffer, "release": setting.holder}.get(action or "", "")
    target = read("target", lambda text: _word(text or default) if text or default else "")
    if action == "release":
        account = read("account", lambda text: _word(text or setting.buffer))
    made = {
        "date": read("date", lambda text: dt.date.fromisoformat(text[:10])),
        "quantity": read("quantity", _whole),
        "vintage": read("vintage", lambda text: _whole(text) if text else None),
        "avoidable": read("avoidable", _flag),
    }
    read("declaration", lambda text: text and Declaration(text))
    read("adjustment", lambda text: text and Adjustment(text))
    if len(found) > before:
        return None
    texts = {name: cells.get(name, "") for name in OPTIONAL[3:]}
    unused = tuple(c for c in OPTIONAL if cells.get(c) and c not in _USED[action])
    return Operation(
        number=number, action=action, account=account, target=target, texts=texts,
        unused=unused, **made,
    )  # fmt: skip


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _action(text: str) -> str:
    if text not in _ACTIONS:
        raise ValueError(text)
    return text


def _word(text: str) -> str:
    if not is_word(text):
        raise ValueError(text)
    return text


def _flag(text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise ValueError(text)
    return text.lower() in _YES


def _entry(operation: Operation, setting: Setting) -> ask.Entry:
    return ask.Entry(operation.date, setting.actor, operation.texts["reference"])


def _which(operation: Operation) -> ask.Which:
    return ask.Which(vintage=operation.vintage)


def _move(
    verb: Callable[..., Event],
) -> Callable[[Registry, Operation, Setting], Event]:
    def act(registry: Registry, operation: Operation, setting: Setting) -> Event:
        return verb(
            registry, operation.quantity, entry=_entry(operation, setting),
            source=operation.account, target=operation.target,
            reason=operation.texts["reason"], which=_which(operation),
        )  # fmt: skip

    return act


def _retire(registry: Registry, operation: Operation, setting: Setting) -> Event:
    said = operation.texts
    return ask.retire(
        registry, operation.quantity, entry=_entry(operation, setting), source=operation.account,
        beneficiary=said["beneficiary"], reason=said["reason"], detail=said["detail"],
        beneficiary_id=said["beneficiary_id"], which=_which(operation),
    )  # fmt: skip


def _cancel(registry: Registry, operation: Operation, setting: Setting) -> Event:
    status = Status.BUFFER if operation.account == setting.buffer else Status.HELD
    return ask.cancel(
        registry, operation.quantity, entry=_entry(operation, setting), source=operation.account,
        reason=operation.texts["reason"], status=status, which=_which(operation),
    )  # fmt: skip


def _reverse(registry: Registry, operation: Operation, setting: Setting) -> Event:
    return ask.reverse(
        registry, operation.quantity, entry=_entry(operation, setting), project=setting.project,
        cause=operation.texts["reason"], avoidable=operation.avoidable,
    )  # fmt: skip


def _cover(registry: Registry, operation: Operation, setting: Setting) -> Event:
    return ask.cover(
        registry, operation.quantity, entry=_entry(operation, setting), project=setting.project,
        cause=operation.texts["reason"],
    )  # fmt: skip


def _adjust(registry: Registry, operation: Operation, setting: Setting) -> Event:
    said = operation.texts
    # Held units first; then those retired, which a host country adjusts as well.
    units: tuple[Any, ...] = ()
    for status in (Status.HELD, Status.RETIRED):
        units += ask.available(
            registry, account=operation.account, status=status, which=_which(operation)
        )
    return ask.adjust(
        registry,
        ask.first_of(units, operation.quantity, account=operation.account, status=Status.HELD),
        entry=_entry(operation, setting),
        declaration=Declaration(said["declaration"] or Declaration.UNKNOWN),
        adjustment=Adjustment(said["adjustment"] or Adjustment.NOT_STARTED),
        authorization=said["authorization"],
    )


_ACTIONS: dict[str, Callable[[Registry, Operation, Setting], Event]] = {
    "transfer": _move(ask.transfer),
    "deposit": _move(ask.deposit),
    "release": _move(ask.release),
    "retire": _retire,
    "cancel": _cancel,
    "reverse": _reverse,
    "cover": _cover,
    "adjust": _adjust,
}
ACTIONS = tuple(_ACTIONS)
