"""What people ask for in amounts, as events that name the very units.

Which units: those of the oldest vintage first, then in the order of their batches and numbers, and
among the batches and vintages asked for only. The same registry always gives the same units. No
verb here changes the registry; `recording.record` does.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nonetloss.core.errors import LedgerError
from nonetloss.ledger.credits import spoken
from nonetloss.ledger.credits.events import (
    Adjust,
    Batch,
    Cancel,
    Deposit,
    Issue,
    Part,
    Release,
    Retire,
    Reverse,
    Split,
    Transfer,
    Units,
)
from nonetloss.ledger.credits.registry import Registry, next_number
from nonetloss.ledger.credits.vocabulary import Adjustment, Declaration, Status


@dataclass(frozen=True, slots=True)
class Which:
    """Which units are meant; None: any. `vintage` is the year in which their vintage ends."""

    batch: str | None = None
    vintage: int | None = None
    project: str | None = None


ANYTHING = Which()


@dataclass(frozen=True, slots=True)
class Entry:
    """What every operation carries: the day of booking, who does it, a reference of the caller."""

    date: dt.date
    actor: str
    reference: str = ""


def require_whole(quantity: object, *, subject: str) -> int:
    """A number of units: whole and positive (LedgerError `credit-ledger.quantity`)."""
    wrong = LedgerError.because("credit-ledger.quantity", subject, value=quantity)
    if isinstance(quantity, bool) or not isinstance(quantity, int | float):
        raise wrong
    # A whole number may be longer than any float.
    if isinstance(quantity, float) and not math.isfinite(quantity):
        raise wrong
    if quantity != int(quantity) or quantity < 1:
        raise wrong
    return int(quantity)


def available(
    registry: Registry, *, account: str | None, status: Status, which: Which = ANYTHING
) -> tuple[Units, ...]:
    """All blocks that an account (None: any) has in a state, in the order in which they are taken.

    An account that has none, or that does not exist, gives none.
    """
    keys = [
        key
        for key in registry.members
        if key.status is status
        and account in (None, key.account)
        and _meant(registry.batches[key.batch], which)
    ]
    keys.sort(key=lambda key: _age(registry.batches[key.batch]))
    made: list[Units] = []
    for batch in dict.fromkeys(key.batch for key in keys):
        starts = sorted(s for key in keys if key.batch == batch for s in registry.members[key])
        at = registry.blocks[batch]
        made += [Units(batch, s, next(at.over(s, s))[1].last) for s in starts]
    return tuple(made)


def take(
    registry: Registry,
    quantity: int,
    *,
    account: str | None,
    status: Status,
    which: Which = ANYTHING,
) -> tuple[Units, ...]:
    """The units that an amount means: whole blocks, then the first numbers of the last one.

    Raises
    ------
    LedgerError
        `credit-ledger.quantity`; `credit-ledger.insufficient` if there are fewer.
    """
    units = available(registry, account=account, status=status, which=which)
    return first_of(units, quantity, account=account, status=status)


def first_of(
    units: Sequence[Units], quantity: int, *, account: str | None, status: Status
) -> tuple[Units, ...]:
    """The first so many of units; `account` and `status` are for the message.

    Raises
    ------
    LedgerError
        As `take`.
    """
    wanted = require_whole(quantity, subject=account or str(status))
    taken = _first(units, wanted)
    held = sum(each.amount for each in taken)
    if held < wanted:
        raise LedgerError.because(
            "credit-ledger.insufficient",
            account or "–",
            wanted=wanted,
            held=held,
            status=spoken.state(status),
        )
    return taken


def issue(
    registry: Registry,
    shares: Mapping[str, int],
    *,
    entry: Entry,
    id: str,
    project: str,
    vintage: tuple[dt.date, dt.date],
    series: str,
    first: int | None = None,
    unit_type: str = "Reduction - nature",
    pattern: str = "",
    labels: Sequence[str] = (),
) -> Issue:
    """Units for accounts, in the order of `shares`; a buffer account gets buffer units.

    Parameters
    ----------
    registry : Registry
    shares : mapping of account to units; those of 0 get none
    entry : Entry
    id, project, series, unit_type, pattern, labels : as in `events.Batch`
    vintage : (first day, last day)
    first : int, optional
        First number. None: the one after all numbers of the series.

    Raises
    ------
    LedgerError
        `credit-ledger.quantity`.
    """
    start = next_number(registry, series) if first is None else first
    parts = []
    at = start
    for account, quantity in shares.items():
        if quantity == 0 and not isinstance(quantity, bool):
            continue
        count = require_whole(quantity, subject=account)
        parts.append(Part(account, at, at + count - 1))
        at += count
    if not parts:
        raise LedgerError.because("credit-ledger.quantity", id, value=0)
    batch = Batch(
        id=id, project=project, series=series, first=start, last=at - 1,
        vintage_start=vintage[0], vintage_end=vintage[1], unit_type=unit_type,
        pattern=pattern, labels=tuple(labels),
    )  # fmt: skip
    return Issue(**_entry(entry), batch=batch, parts=tuple(parts))


def transfer(
    registry: Registry,
    quantity: int,
    *,
    entry: Entry,
    source: str,
    target: str,
    reason: str = "",
    which: Which = ANYTHING,
) -> Transfer:
    """From one holder to another."""
    units = take(registry, quantity, account=source, status=Status.HELD, which=which)
    return Transfer(**_entry(entry), units=units, source=source, target=target, reason=reason)


def deposit(
    registry: Registry,
    quantity: int,
    *,
    entry: Entry,
    source: str,
    target: str,
    reason: str = "",
    which: Which = ANYTHING,
) -> Deposit:
    """From a holder into a buffer."""
    units = take(registry, quantity, account=source, status=Status.HELD, which=which)
    return Deposit(**_entry(entry), units=units, source=source, target=target, reason=reason)


def release(
    registry: Registry,
    quantity: int,
    *,
    entry: Entry,
    source: str,
    target: str,
    reason: str = "",
    which: Which = ANYTHING,
) -> Release:
    """From a buffer back to a holder."""
    units = take(registry, quantity, account=source, status=Status.BUFFER, which=which)
    return Release(**_entry(entry), units=units, source=source, target=target, reason=reason)


def retire(
    registry: Registry,
    quantity: int,
    *,
    entry: Entry,
    source: str,
    beneficiary: str,
    reason: str,
    detail: str = "",
    beneficiary_id: str = "",
    which: Which = ANYTHING,
) -> Retire:
    """Use units up for the emissions of a beneficiary."""
    units = take(registry, quantity, account=source, status=Status.HELD, which=which)
    return Retire(
        **_entry(entry), units=units, source=source, beneficiary=beneficiary, reason=reason,
        detail=detail, beneficiary_id=beneficiary_id,
    )  # fmt: skip


def cancel(
    registry: Registry,
    quantity: int,
    *,
    entry: Entry,
    source: str,
    reason: str,
    status: Status = Status.HELD,
    which: Which = ANYTHING,
) -> Cancel:
    """Take units away, held ones or (`status`) those of a buffer."""
    units = take(registry, quantity, account=source, status=status, which=which)
    return Cancel(**_entry(entry), units=units, source=source, reason=reason)


def reverse(
    registry: Registry,
    lost: int,
    *,
    entry: Entry,
    project: str,
    cause: str,
    avoidable: bool = False,
    pooled: bool = True,
) -> Reverse:
    """Draw on the buffer for tons that a project lost: its own units first.

    Parameters
    ----------
    registry : Registry
    lost : int
        tCO2e, rounded up.
    pooled : bool
        Whether units that other projects gave to buffers stand for it too, when its own are gone.

    What no unit covers stays open (`registry.uncovered`) until `cover`.

    Raises
    ------
    LedgerError
        `credit-ledger.quantity`.
    """
    wanted = require_whole(lost, subject=project)
    pool = _pool(registry, project, pooled=pooled)
    return Reverse(
        **_entry(entry), units=_first(pool, wanted), project=project, lost=wanted, cause=cause,
        avoidable=avoidable,
    )  # fmt: skip


def cover(
    registry: Registry,
    quantity: int,
    *,
    entry: Entry,
    project: str,
    cause: str,
    pooled: bool = True,
) -> Reverse:
    """Draw on the buffer for tons that earlier losses of a project left open.

    Raises
    ------
    LedgerError
        `credit-ledger.quantity`; `credit-ledger.insufficient` if buffers have fewer units.
    """
    pool = _pool(registry, project, pooled=pooled)
    units = first_of(pool, quantity, account=None, status=Status.BUFFER)
    return Reverse(**_entry(entry), units=units, project=project, lost=0, cause=cause)


def _pool(registry: Registry, project: str, *, pooled: bool) -> tuple[Units, ...]:
    """Buffer units that stand for a project: its own first."""
    own = available(registry, account=None, status=Status.BUFFER, which=Which(project=project))
    if not pooled:
        return own
    everything = available(registry, account=None, status=Status.BUFFER)
    return own + tuple(u for u in everything if registry.batches[u.batch].project != project)


def split(registry: Registry, units: Units, *, entry: Entry, counts: Sequence[int]) -> Split:
    """Divide one block into blocks of so many units."""
    counted = tuple(require_whole(count, subject=units.batch) for count in counts)
    return Split(**_entry(entry), units=(units,), counts=counted)


def adjust(
    registry: Registry,
    units: Sequence[Units],
    *,
    entry: Entry,
    declaration: Declaration,
    adjustment: Adjustment = Adjustment.NOT_STARTED,
    authorization: str = "",
) -> Adjust:
    """State the corresponding adjustment of units, whatever became of them."""
    return Adjust(
        **_entry(entry), units=tuple(units), declaration=declaration, adjustment=adjustment,
        authorization=authorization,
    )  # fmt: skip


def _entry(entry: Entry) -> dict[str, Any]:
    return {"date": entry.date, "actor": entry.actor, "reference": entry.reference}


def _meant(batch: Batch, which: Which) -> bool:
    return (
        which.batch in (None, batch.id)
        and which.vintage in (None, batch.vintage_end.year)
        and which.project in (None, batch.project)
    )


def _age(batch: Batch) -> tuple[dt.date, dt.date, str, int]:
    return batch.vintage_end, batch.vintage_start, batch.series, batch.first


def _first(units: Sequence[Units], wanted: int) -> tuple[Units, ...]:
    """The first `wanted` of the units, or all if there are fewer."""
    taken: list[Units] = []
    for each in units:
        if wanted <= 0:
            break
        count = min(each.amount, wanted)
        taken.append(Units(each.batch, each.first, each.first + count - 1))
        wanted -= count
    return tuple(taken)
