"""The state of a ledger of credits, grown event by event, and the questions one can ask of it.

Always, whatever the order of the events::

    held + retired + canceled + buffer = issued      in every batch, and of all
    the blocks of a batch cover its numbers once     no gap, no overlap
    the numbers of two batches of a series differ

In words: nobody makes, loses or uses a unit twice.

A registry is the one thing here that changes, and only through `recording.record`: a copy for
every event would make a ledger of a million of them unusable. What is wrong with an event is found
before anything changes (`rules.faults`).
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from nonetloss.core.findings import Finding, error
from nonetloss.ledger.credits.blocks import Block, Blocks
from nonetloss.ledger.credits.events import (
    Adjust,
    Batch,
    Begin,
    Cancel,
    Deposit,
    Event,
    Issue,
    OpenAccount,
    Project,
    Release,
    Retire,
    Reverse,
    Split,
    StateProject,
    Transfer,
    Units,
)
from nonetloss.ledger.credits.vocabulary import AccountKind, Status

# What the first event takes as the digest before it.
GENESIS = "0" * 64


class Holding(NamedTuple):
    """Key of what an account has of a batch, in one state."""

    account: str
    batch: str
    status: Status


@dataclass(frozen=True, slots=True)
class Account:
    """An account that was opened."""

    kind: AccountKind
    holder: str


@dataclass(frozen=True, slots=True)
class Totals:
    """How many units there are in each state."""

    issued: int
    tradable: int
    retired: int
    cancelled: int
    buffer: int


@dataclass(slots=True)
class Registry:
    """Everything the events said, ready to be asked. Change it with `recording.record` only.

    `head` is the digest of the last event: it stands for all of them. `patterns` are forms of
    serials, with the series whose numbers they write. `counts` are units by
    account, batch and state. `losses` and `drawn` are tons lost and units drawn by project.
    """

    events: list[Event] = field(default_factory=list)
    head: str = GENESIS
    accounts: dict[str, Account] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    blocks: dict[str, Blocks] = field(default_factory=dict)
    counts: dict[Holding, int] = field(default_factory=dict)
    members: dict[Holding, set[int]] = field(default_factory=dict)
    series: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    references: dict[str, int] = field(default_factory=dict)
    losses: dict[str, int] = field(default_factory=dict)
    drawn: dict[str, int] = field(default_factory=dict)

    @property
    def last_date(self) -> dt.date:
        """Of the last event; the earliest of all days if there is none."""
        return self.events[-1].date if self.events else dt.date.min

    @property
    def name(self) -> str:
        """As its first event says; empty before."""
        first = self.events[0] if self.events else None
        return first.name if isinstance(first, Begin) else ""


class Standing(NamedTuple):
    """A block as it stands: its batch, its first unit, and the block."""

    batch: Batch
    first: int
    block: Block

    @property
    def amount(self) -> int:
        """How many units."""
        return self.block.last - self.first + 1


def chained(previous: str, content: bytes) -> str:
    """Digest of an event: SHA-256 over the digest before it and its content as written."""
    return hashlib.sha256(previous.encode("ascii") + content).hexdigest()


def apply(registry: Registry, event: Event, digest: str) -> None:
    """Change the registry as a checked event says; `digest` is that of the event (`chained`)."""
    number = len(registry.events)
    if isinstance(event, Transfer | Deposit | Release):
        status = Status.BUFFER if isinstance(event, Deposit) else Status.HELD
        for each in event.units:
            _set(registry, each, number, status, event.target)
    elif isinstance(event, Retire | Cancel):
        status = Status.RETIRED if isinstance(event, Retire) else Status.CANCELLED
        for each in event.units:
            _set(registry, each, number, status, None)
    elif isinstance(event, Issue):
        _issue(registry, event, number)
    elif isinstance(event, Split):
        _split(registry, event)
    elif isinstance(event, Adjust):
        _adjust(registry, event)
    elif isinstance(event, Reverse):
        for each in event.units:
            _set(registry, each, number, Status.CANCELLED, None)
        lost, drawn = event.lost, sum(each.amount for each in event.units)
        registry.losses[event.project] = registry.losses.get(event.project, 0) + lost
        registry.drawn[event.project] = registry.drawn.get(event.project, 0) + drawn
    elif isinstance(event, StateProject):
        registry.projects[event.stated.id] = event.stated
    elif isinstance(event, OpenAccount):
        registry.accounts[event.account] = Account(event.account_kind, event.holder)
    if event.reference:
        registry.references[event.reference] = number
    registry.events.append(event)
    registry.head = digest


def totals(registry: Registry, *, batch: str | None = None) -> Totals:
    """Units in each state, of one batch or of all."""
    by = dict.fromkeys(Status, 0)
    for key, count in registry.counts.items():
        if batch is None or key.batch == batch:
            by[key.status] += count
    batches = registry.batches.values() if batch is None else [registry.batches[batch]]
    return Totals(
        issued=sum(b.amount for b in batches),
        tradable=by[Status.HELD],
        retired=by[Status.RETIRED],
        cancelled=by[Status.CANCELLED],
        buffer=by[Status.BUFFER],
    )


def standing(registry: Registry) -> Iterator[Standing]:
    """All blocks, in the order of their batches and numbers."""
    for id, blocks in registry.blocks.items():
        for first, block in blocks:
            yield Standing(registry.batches[id], first, block)


def uncovered(registry: Registry, project: str) -> int:
    """Tons that a project lost and no buffer unit stood for."""
    return registry.losses.get(project, 0) - registry.drawn.get(project, 0)


def next_number(registry: Registry, series: str) -> int:
    """The first number after all batches of a series; 1 if there is none."""
    ranges = registry.series.get(series)
    return ranges[-1][1] + 1 if ranges else 1


def disagreements(registry: Registry) -> tuple[Finding, ...]:
    """Count every block anew: where the invariants do not hold, `credit-ledger.books`.

    Always empty unless somebody changed a registry by other means than `recording`.
    """
    found: list[Finding] = []
    counted: dict[Holding, int] = {}
    for id, batch in registry.batches.items():
        expected = batch.first
        for first, block in registry.blocks[id]:
            if first != expected or block.last < first:
                found.append(error("credit-ledger.books", id, number=first))
            expected = block.last + 1
            key = Holding(block.account, id, block.status)
            counted[key] = counted.get(key, 0) + block.last - first + 1
            if first not in registry.members.get(key, ()):
                found.append(error("credit-ledger.books", id, number=first))
        if expected != batch.last + 1:
            found.append(error("credit-ledger.books", id, number=expected))
    if counted != {key: count for key, count in registry.counts.items() if count}:
        found.append(error("credit-ledger.books", "counts", number=0))
    for ranges in registry.series.values():
        for (_, last, _), (first, _, id) in pairwise(ranges):
            if first <= last:
                found.append(error("credit-ledger.books", id, number=first))
    return tuple(found)


def _issue(registry: Registry, event: Issue, number: int) -> None:
    batch = event.batch
    ranges = registry.series.setdefault(batch.series, [])
    ranges.append((batch.first, batch.last, batch.id))
    ranges.sort()
    registry.batches[batch.id] = batch
    if batch.pattern:
        registry.patterns[batch.pattern] = batch.series
    blocks: Blocks | None = None
    for part in event.parts:
        kind = registry.accounts[part.account].kind
        status = Status.BUFFER if kind is AccountKind.BUFFER else Status.HELD
        block = Block(part.last, part.account, status, number)
        if blocks is None:
            blocks = Blocks(part.first, block._replace(last=batch.last))
        else:
            blocks.cut(part.first)
            blocks.put(part.first, block._replace(last=batch.last))
        key = Holding(part.account, batch.id, status)
        registry.counts[key] = registry.counts.get(key, 0) + part.last - part.first + 1
        registry.members.setdefault(key, set()).add(part.first)
    assert blocks is not None
    registry.blocks[batch.id] = blocks


def _cut(registry: Registry, batch: str, number: int) -> None:
    divided = registry.blocks[batch].cut(number)
    if divided is not None:
        block = divided[1]
        registry.members[Holding(block.account, batch, block.status)].add(number)


def _set(
    registry: Registry, units: Units, number: int, status: Status, account: str | None
) -> None:
    """Give units a new state and, unless None, a new account."""
    batch, first, last = units
    _cut(registry, batch, first)
    _cut(registry, batch, last + 1)
    blocks = registry.blocks[batch]
    for start, block in list(blocks.over(first, last)):
        old = Holding(block.account, batch, block.status)
        new = Holding(account or block.account, batch, status)
        count = block.last - start + 1
        registry.counts[old] -= count
        registry.members[old].discard(start)
        if not registry.counts[old]:
            del registry.counts[old], registry.members[old]
        registry.counts[new] = registry.counts.get(new, 0) + count
        registry.members.setdefault(new, set()).add(start)
        blocks.put(start, Block(block.last, new.account, status, number, *block[4:]))


def _split(registry: Registry, event: Split) -> None:
    (units,) = event.units
    at = units.first
    _cut(registry, units.batch, at)
    for count in event.counts:
        at += count
        _cut(registry, units.batch, at)


def _adjust(registry: Registry, event: Adjust) -> None:
    for batch, first, last in event.units:
        _cut(registry, batch, first)
        _cut(registry, batch, last + 1)
        blocks = registry.blocks[batch]
        for start, block in list(blocks.over(first, last)):
            said = block._replace(
                declaration=event.declaration,
                adjustment=event.adjustment,
                authorization=event.authorization or block.authorization,
            )
            blocks.put(start, said)
