"""Record events one after the other, write them as lines, and read them back with proof.

A ledger in a file has one line for each event::

    {"digest":"5f0c…","event":{"actor":"acca","date":"2026-11-21","kind":"begin",…}}

The digest is SHA-256 over the digest before it and the very bytes of the event. Whoever changes,
inserts, removes or reorders a line breaks the chain from there on, unless all later lines are
written again; a digest kept elsewhere also shows that, and a tail cut off before it.
"""

import json
from collections.abc import Iterable

from nonetloss.core.errors import LedgerError
from nonetloss.core.provenance import canonical_json
from nonetloss.ledger.credits.events import Event, as_plain, from_plain
from nonetloss.ledger.credits.policy import Policy
from nonetloss.ledger.credits.registry import GENESIS, Registry, apply, chained
from nonetloss.ledger.credits.rules import faults

_BEFORE, _BETWEEN, _AFTER = b'{"digest":"', b'","event":', b"}"
_DIGEST = slice(len(_BEFORE), len(_BEFORE) + 64)
_EVENT = slice(_DIGEST.stop + len(_BETWEEN), -len(_AFTER))
_MIDDLE = slice(_DIGEST.stop, _EVENT.start)


def record(registry: Registry, event: Event, *, may: Policy | None = None) -> Registry:
    """Put an event at the end; the same registry, changed.

    Parameters
    ----------
    registry : Registry
    event : Event
    may : Policy, optional
        Asked whether the actor may do this. None: whoever calls has made sure.

    Raises
    ------
    LedgerError
        With everything wrong with the event (`rules.faults`), `credit-ledger.not-allowed` or
        `credit-ledger.event-form`; the registry is then as it was.
    """
    checked, content = check(registry, event, may=may)
    apply(registry, checked, chained(registry.head, content))
    return registry


def check(registry: Registry, event: Event, *, may: Policy | None = None) -> tuple[Event, bytes]:
    """The event as it will be read back, and its content as it is written; nothing is changed.

    Raises
    ------
    LedgerError
        As `record`.
    """
    try:
        content = content_of(event)
    except (TypeError, ValueError, AttributeError) as cause:
        raise LedgerError.because(
            "credit-ledger.event-form", event.kind, expected=str(cause)
        ) from cause
    reread = from_plain(json.loads(content))
    found = faults(registry, reread, may=may)
    if found:
        raise LedgerError(*found)
    return reread, content


def replay(events: Iterable[Event]) -> Registry:
    """The registry that the events make from nothing.

    Raises
    ------
    LedgerError
        As `record`; the first event that does not fit ends it.
    """
    registry = Registry()
    for event in events:
        record(registry, event)
    return registry


def content_of(event: Event) -> bytes:
    """The content of an event as it is written and digested: canonical JSON in UTF-8."""
    return canonical_json(as_plain(event)).encode("utf-8")


def line_of(head: str, content: bytes) -> bytes:
    """The line of an event that follows the digest `head`, with its line feed."""
    digest = chained(head, content).encode("ascii")
    return b"".join((_BEFORE, digest, _BETWEEN, content, _AFTER, b"\n"))


def read_lines(lines: Iterable[bytes]) -> Registry:
    """The registry that lines make; every digest and every rule is checked.

    Parameters
    ----------
    lines : iterable of bytes
        With or without their line feeds; none of them incomplete.

    Raises
    ------
    LedgerError
        `credit-ledger.chain-broken` with the number of the first line whose digest does not fit,
        `credit-ledger.line-form` for one that is none, or `credit-ledger.line` with the number of
        a line whose event breaks a rule, before what is wrong with it.
    """
    registry = Registry()
    for number, line in enumerate(lines, start=1):
        read_line(registry, line, number=number)
    return registry


def read_line(registry: Registry, line: bytes, *, number: int) -> None:
    """Record the event of one line; see `read_lines`."""
    line = line.removesuffix(b"\n")
    content = line[_EVENT]
    frame = (line[: len(_BEFORE)], line[_MIDDLE], line[-1:])
    if frame != (_BEFORE, _BETWEEN, _AFTER):
        shown = line[:60].decode("utf-8", "replace")
        raise LedgerError.because("credit-ledger.line-form", str(number), found=shown)
    found = line[_DIGEST].decode("ascii", "replace")
    expected = chained(registry.head, content)
    if found != expected:
        raise LedgerError.because(
            "credit-ledger.chain-broken", str(number), found=found[:12], expected=expected[:12]
        )
    try:
        event = from_plain(json.loads(content.decode("utf-8")))
    except (ValueError, RecursionError) as cause:
        shown = content[:60].decode("utf-8", "replace")
        raise LedgerError.because("credit-ledger.line-form", str(number), found=shown) from cause
    # Other bytes for the same event, such as a name given twice, can be read in two ways.
    if content_of(event) != content:
        shown = content[:60].decode("utf-8", "replace")
        raise LedgerError.because("credit-ledger.line-form", str(number), found=shown)
    wrong = faults(registry, event)
    if wrong:
        raise LedgerError(*LedgerError.because("credit-ledger.line", str(number)).findings, *wrong)
    apply(registry, event, expected)


def require_head(registry: Registry, head: str) -> int:
    """The number of the event, from 1, whose digest was kept elsewhere: up to it nothing changed.

    A beginning of the digest of at least 12 signs is enough.

    Raises
    ------
    LedgerError
        `credit-ledger.head` if no event has that digest: what came before it was written anew, cut
        off, or is another ledger.
    """
    kept = head.lower()
    if len(kept) >= 12:
        if registry.head.startswith(kept):
            return len(registry.events)
        digest = GENESIS
        for number, event in enumerate(registry.events, start=1):
            digest = chained(digest, content_of(event))
            if digest.startswith(kept):
                return number
    raise LedgerError.because(
        "credit-ledger.head", registry.name or "–", found=registry.head[:12], expected=head[:12]
    )
