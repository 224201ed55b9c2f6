"""What must hold of an event before it is recorded; everything wrong is said at once."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

from nonetloss.core.findings import Finding, error, offenders
from nonetloss.ledger.credits import spoken
from nonetloss.ledger.credits.events import (
    LONGEST_TEXT,
    Adjust,
    Begin,
    Cancel,
    Deposit,
    Event,
    Issue,
    OpenAccount,
    Release,
    Retire,
    Reverse,
    Split,
    StateProject,
    Transfer,
    Units,
    is_word,
)
from nonetloss.ledger.credits.policy import Policy
from nonetloss.ledger.credits.registry import Registry, uncovered
from nonetloss.ledger.credits.vocabulary import (
    ADJUSTMENT_ORDER,
    ANY_PROJECT_STATUS,
    ANY_UNIT_TYPE,
    ISSUING,
    AccountKind,
    Adjustment,
    Declaration,
    Status,
)


def faults(registry: Registry, event: Event, *, may: Policy | None = None) -> list[Finding]:
    """Everything that keeps an event from being recorded; empty if nothing does.

    In all of them `credit-ledger.begin`, `.date-order`, `.actor`, `.reference-repeated`, `.text`,
    `.not-allowed`; about units `.units-none`, `.batch-unknown`, `.range`, `.units-twice`,
    `.not-held`; by kind `.word`, `.account-twice`, `.account-unknown`, `.account-kind`,
    `.same-account`, `.project-status-unknown`, `.country`, `.project-unknown`, `.project-status`,
    `.batch-twice`, `.vintage`, `.unit-type`, `.pattern`, `.pattern-shared`, `.overlap`,
    `.parts`, `.counts`, `.beneficiary`, `.reason`, `.lost`, `.drawn`, `.adjustment`,
    `.adjustment-back`.
    """
    found = _of_any(registry, event)
    if isinstance(event, Transfer | Deposit | Release):
        found += _of_move(registry, event)
    elif isinstance(event, Retire | Cancel):
        found += _of_end(registry, event)
    elif isinstance(event, Issue):
        found += _of_issue(registry, event)
    elif isinstance(event, Split):
        found += _of_split(registry, event)
    elif isinstance(event, Adjust):
        found += _of_adjust(registry, event)
    elif isinstance(event, Reverse):
        found += _of_reverse(registry, event)
    elif isinstance(event, OpenAccount):
        found += _of_account(registry, event)
    elif isinstance(event, StateProject):
        found += _of_project(event)
    if not found and may is not None and not may(event.actor, event.kind, event):
        found.append(
            error("credit-ledger.not-allowed", event.actor, action=spoken.action(event.kind))
        )
    return found


def _of_any(registry: Registry, event: Event) -> list[Finding]:
    found: list[Finding] = []
    if isinstance(event, Begin) == bool(registry.events):
        found.append(
            error(
                "credit-ledger.begin",
                event.kind,
                action=spoken.action(event.kind),
                events=len(registry.events),
            )
        )
    if event.date < registry.last_date:
        last = registry.last_date.isoformat()
        found.append(
            error("credit-ledger.date-order", event.kind, date=event.date.isoformat(), last=last)
        )
    if not event.actor.strip():
        found.append(error("credit-ledger.actor", event.kind))
    if event.reference and event.reference in registry.references:
        number = registry.references[event.reference] + 1
        found.append(error("credit-ledger.reference-repeated", event.reference, number=number))
    texts = (event.reference, event.actor, event.name if isinstance(event, Begin) else "")
    return found + _too_long(event.kind, texts)


def _too_long(subject: str, texts: Iterable[str]) -> list[Finding]:
    wrong = [repr(text[:40]) for text in texts if len(text) > LONGEST_TEXT]
    if not wrong:
        return []
    return [error("credit-ledger.text", subject, texts=offenders(wrong), longest=LONGEST_TEXT)]


def _of_units(
    registry: Registry,
    event: Event,
    units: tuple[Units, ...],
    *,
    account: str | None,
    statuses: tuple[Status, ...],
) -> list[Finding]:
    """Whether the units exist, once each, in that account (None: any) and in one of the states."""
    if not units:
        return [error("credit-ledger.units-none", event.kind, action=spoken.action(event.kind))]
    found: list[Finding] = []
    for each in units:
        batch = registry.batches.get(each.batch)
        if batch is None:
            found.append(error("credit-ledger.batch-unknown", each.batch))
        elif not batch.first <= each.first <= each.last <= batch.last:
            found.append(_range(each.batch, each.first, each.last, batch.first, batch.last))
        else:
            found += _not_held(registry, each, account, statuses)
    if len(units) > 1:
        ordered = sorted(units)
        for one, other in pairwise(ordered):
            if one.batch == other.batch and other.first <= one.last:
                found.append(error("credit-ledger.units-twice", other.batch, number=other.first))
    return found


def _range(subject: str, first: int, last: int, low: int, high: int) -> Finding:
    return error("credit-ledger.range", subject, first=first, last=last, low=low, high=high)


def _not_held(
    registry: Registry, units: Units, account: str | None, statuses: tuple[Status, ...]
) -> list[Finding]:
    for start, block in registry.blocks[units.batch].over(units.first, units.last):
        if block.status not in statuses or (account is not None and block.account != account):
            return [
                error(
                    "credit-ledger.not-held",
                    f"{units.batch} {units.first}–{units.last}",
                    number=max(start, units.first),
                    account=block.account,
                    status=spoken.state(block.status),
                    wanted=spoken.states(*statuses, before=account or "–"),
                )
            ]
    return []


def _of_kind(registry: Registry, account: str, kind: AccountKind) -> list[Finding]:
    known = registry.accounts.get(account)
    if known is None:
        return [error("credit-ledger.account-unknown", account)]
    if known.kind is not kind:
        return [
            error(
                "credit-ledger.account-kind",
                account,
                found=spoken.account_kind(known.kind),
                expected=spoken.account_kind(kind),
            )
        ]
    return []


def _of_move(registry: Registry, event: Transfer | Deposit | Release) -> list[Finding]:
    from_buffer, to_buffer = isinstance(event, Release), isinstance(event, Deposit)
    source = AccountKind.BUFFER if from_buffer else AccountKind.HOLDER
    target = AccountKind.BUFFER if to_buffer else AccountKind.HOLDER
    found = _of_kind(registry, event.source, source) + _of_kind(registry, event.target, target)
    if event.source == event.target:
        found.append(error("credit-ledger.same-account", event.source))
    found += _too_long(event.kind, (event.reason,))
    status = Status.BUFFER if from_buffer else Status.HELD
    return found + _of_units(registry, event, event.units, account=event.source, statuses=(status,))


def _of_end(registry: Registry, event: Retire | Cancel) -> list[Finding]:
    found: list[Finding] = []
    if isinstance(event, Retire):
        statuses: tuple[Status, ...] = (Status.HELD,)
        found += _of_kind(registry, event.source, AccountKind.HOLDER)
        if not event.beneficiary.strip():
            found.append(error("credit-ledger.beneficiary", event.kind))
        found += _too_long(
            event.kind, (event.beneficiary, event.reason, event.detail, event.beneficiary_id)
        )
    else:
        statuses = (Status.HELD, Status.BUFFER)
        if event.source not in registry.accounts:
            found.append(error("credit-ledger.account-unknown", event.source))
        found += _too_long(event.kind, (event.reason,))
    if not event.reason.strip():
        found.append(error("credit-ledger.reason", event.kind))
    return found + _of_units(registry, event, event.units, account=event.source, statuses=statuses)


def _of_account(registry: Registry, event: OpenAccount) -> list[Finding]:
    found = _too_long(event.kind, (event.holder,))
    if not is_word(event.account):
        found.append(error("credit-ledger.word", repr(event.account)))
    if event.account in registry.accounts:
        found.append(error("credit-ledger.account-twice", event.account))
    return found


def _of_project(event: StateProject) -> list[Finding]:
    stated = event.stated
    texts = (stated.name, stated.program, stated.methodology, stated.link)
    found = _too_long(event.kind, texts)
    if not is_word(stated.id):
        found.append(error("credit-ledger.word", repr(stated.id)))
    if stated.status not in ANY_PROJECT_STATUS:
        allowed = offenders(ANY_PROJECT_STATUS, 20)
        found.append(error("credit-ledger.project-status-unknown", stated.status, allowed=allowed))
    country = stated.country
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        found.append(error("credit-ledger.country", stated.id, value=country))
    return found


def _of_issue(registry: Registry, event: Issue) -> list[Finding]:
    batch = event.batch
    found = [
        error("credit-ledger.word", repr(word))
        for word in (batch.id, batch.series)
        if not is_word(word)
    ]
    project = registry.projects.get(batch.project)
    if project is None:
        found.append(error("credit-ledger.project-unknown", batch.project))
    elif project.status not in ISSUING:
        allowed = offenders(ISSUING)
        found.append(
            error(
                "credit-ledger.project-status", project.id, status=project.status, allowed=allowed
            )
        )
    if batch.id in registry.batches:
        found.append(error("credit-ledger.batch-twice", batch.id))
    if not batch.vintage_start <= batch.vintage_end <= event.date:
        days = [d.isoformat() for d in (batch.vintage_start, batch.vintage_end, event.date)]
        start, end, issued = days
        found.append(error("credit-ledger.vintage", batch.id, start=start, end=end, date=issued))
    if batch.unit_type not in ANY_UNIT_TYPE:
        allowed = offenders(ANY_UNIT_TYPE, 20)
        found.append(
            error("credit-ledger.unit-type", batch.id, value=batch.unit_type, allowed=allowed)
        )
    pattern = batch.pattern
    if pattern and not (pattern.count("{first}") == pattern.count("{last}") == 1):
        found.append(error("credit-ledger.pattern", batch.id, value=pattern))
    other = registry.patterns.get(pattern, batch.series)
    if pattern and other != batch.series:
        # The same serial would stand for two units.
        found.append(error("credit-ledger.pattern-shared", batch.id, value=pattern, other=other))
    found += _too_long(event.kind, (pattern, *batch.labels))
    return found + _numbers_faults(registry, event)


def _numbers_faults(registry: Registry, event: Issue) -> list[Finding]:
    batch = event.batch
    if not 1 <= batch.first <= batch.last:
        return [error("credit-ledger.first-last", batch.id, first=batch.first, last=batch.last)]
    found: list[Finding] = []
    ranges = registry.series.get(batch.series, [])
    at = bisect_left(ranges, (batch.first,))
    for first, last, other in ranges[max(0, at - 1) : at + 1]:
        if first <= batch.last and batch.first <= last:
            shared = f"{max(first, batch.first)}–{min(last, batch.last)}"
            found.append(error("credit-ledger.overlap", batch.id, other=other, shared=shared))
    expected = batch.first
    for part in event.parts:
        if part.account not in registry.accounts:
            found.append(error("credit-ledger.account-unknown", part.account))
        if part.first != expected or part.last < part.first:
            break
        expected = part.last + 1
    if expected != batch.last + 1:
        found.append(error("credit-ledger.parts", batch.id, number=expected))
    return found


def _of_split(registry: Registry, event: Split) -> list[Finding]:
    found = _of_units(registry, event, event.units, account=None, statuses=tuple(Status))
    if len(event.units) != 1:
        return [*found, error("credit-ledger.counts", event.kind, total=0, expected=1)]
    (units,) = event.units
    total = sum(event.counts)
    if total != units.amount or len(event.counts) < 2 or min(event.counts) < 1:
        found.append(error("credit-ledger.counts", units.batch, total=total, expected=units.amount))
    if not found and len(list(registry.blocks[units.batch].over(units.first, units.last))) > 1:
        found.append(error("credit-ledger.one-block", units.batch))
    return found


def _of_reverse(registry: Registry, event: Reverse) -> list[Finding]:
    found = _too_long(event.kind, (event.cause,))
    if event.project not in registry.projects:
        found.append(error("credit-ledger.project-unknown", event.project))
    if not event.cause.strip():
        found.append(error("credit-ledger.reason", event.kind))
    drawn = sum(each.amount for each in event.units)
    if event.lost < 0 or not (event.lost or drawn):
        found.append(error("credit-ledger.lost", event.project, lost=event.lost))
    most = max(event.lost, 0) + uncovered(registry, event.project)
    if drawn > most:
        found.append(error("credit-ledger.drawn", event.project, drawn=drawn, lost=most))
    if event.units:
        found += _of_units(registry, event, event.units, account=None, statuses=(Status.BUFFER,))
    return found


def _of_adjust(registry: Registry, event: Adjust) -> list[Finding]:
    found = _too_long(event.kind, (event.authorization,))
    begun = event.adjustment is not Adjustment.NOT_STARTED
    if begun and event.declaration is not Declaration.COMMITTED:
        found.append(
            error(
                "credit-ledger.adjustment",
                str(event.declaration),
                adjustment=str(event.adjustment),
            )
        )
    wrong = _of_units(registry, event, event.units, account=None, statuses=tuple(Status))
    if wrong:
        return found + wrong
    order = ADJUSTMENT_ORDER.index(event.adjustment)
    for units in event.units:
        for start, block in registry.blocks[units.batch].over(units.first, units.last):
            if order < ADJUSTMENT_ORDER.index(block.adjustment):
                number = max(start, units.first)
                before = str(block.adjustment)
                found.append(
                    error(
                        "credit-ledger.adjustment-back",
                        units.batch,
                        number=number,
                        before=before,
                        after=str(event.adjustment),
                    )
                )
                break
    return found
