"""The journal as text that a person can read, print and compare, and that is read back exactly.

UTF-8, one block per record, a blank line between blocks, each block closed by its digest::

    nonetloss ledger 1

    2026-11-21 open nature:terra-firme:direct:residual stock
      digest 5f0c…

    2026-11-21 entry before-terra-firme-direct
      es "Pérdida antes de mitigar"
      en "Loss before mitigation"
      corrects an-earlier-entry
      nature:terra-firme:direct:before  -1234.500000 quality_hectare
      nature:terra-firme:direct:residual  1234.500000 quality_hectare
      digest 91aa…

    2026-11-21 balance nature:terra-firme:direct:residual  1234.500000 quality_hectare
      digest c07d…

Narrations are JSON strings, so that any sign survives. `corrects` stands only where it applies.
`write_text` aligns the amounts; `parse_text` takes any blanks between the words of a line and
ignores lines that begin with `;`.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

from nonetloss.core.errors import LedgerError
from nonetloss.core.language import Text
from nonetloss.ledger.journal import Journal
from nonetloss.ledger.records import (
    AccountKind,
    Assertion,
    Entry,
    Open,
    Posting,
    Record,
    decimal_text,
    millionths,
)

HEADER = "nonetloss ledger 1"

_DIGEST = re.compile(r"[0-9a-f]{64}")


def write_text(journal: Journal) -> str:
    """The text of a journal; equal journals give equal texts.

    Read it back with `parse_text`: `parse_text(write_text(journal)) == journal`.
    """
    blocks = [HEADER]
    for record, digest in zip(journal.records, journal.digests, strict=True):
        blocks.append("\n".join([*_lines(record), f"  digest {digest}"]))
    return "\n\n".join(blocks) + "\n"


def parse_text(text: str) -> Journal:
    """The journal that a text holds, with the digests that stand in it.

    It is not checked here, so that `verify` can say what someone changed: call it on the result.

    Raises
    ------
    LedgerError
        `ledger.text-form` with the number of the first line that cannot be read.
    """
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    numbered = [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip(" ") and not line.startswith(";")
    ]
    if not numbered or numbered[0][1] != HEADER:
        raise _unreadable(1, lines[0])
    records: list[Record] = []
    digests: list[str] = []
    for block in _blocks(numbered[1:]):
        number, last = block[-1]
        name, _, digest = last.strip(" ").partition(" ")
        if name != "digest" or not _DIGEST.fullmatch(digest) or len(block) < 2:
            raise _unreadable(number, last)
        records.append(_record(block[:-1]))
        digests.append(digest)
    return Journal(tuple(records), tuple(digests))


def _lines(record: Record) -> list[str]:
    day = record.date.isoformat()
    match record:
        case Open():
            return [f"{day} open {record.account} {record.kind}"]
        case Assertion():
            amount = decimal_text(record.millionths)
            return [f"{day} balance {record.account}  {amount} {record.unit}"]
        case Entry():
            width = max(len(p.account) for p in record.postings)
            amounts = [decimal_text(p.millionths) for p in record.postings]
            digits = max(len(a) for a in amounts)
            lines = [f"{day} entry {record.id}"]
            lines += [f"  {lang} {_quoted(record.narration[lang])}" for lang in ("es", "en")]
            lines += [f"  corrects {record.corrects}"] if record.corrects else []
            return lines + [
                f"  {p.account:<{width}}  {a:>{digits}} {p.unit}"
                for p, a in zip(record.postings, amounts, strict=True)
            ]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _blocks(numbered: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Lines grouped by record: each begins at a line that is not indented."""
    block: list[tuple[int, str]] = []
    for number, line in numbered:
        if not line.startswith(" ") and block:
            yield block
            block = []
        block.append((number, line))
    if block:
        yield block


def _record(block: list[tuple[int, str]]) -> Record:
    number, head = block[0]
    words = head.split()
    try:
        date = dt.date.fromisoformat(words[0])
        match words[1:], len(block):
            case ["open", account, kind], 1:
                return Open(date, account, AccountKind(kind))
            case ["balance", account, amount, unit], 1:
                return Assertion(date, account, millionths(amount), unit)
            case ["entry", id], _:
                return _entry(date, id, block[1:])
    except (ValueError, IndexError, LedgerError) as cause:
        if isinstance(cause, LedgerError) and cause.findings[0].code == "ledger.text-form":
            raise
        raise _unreadable(number, head) from cause
    raise _unreadable(number, head)


def _entry(date: dt.date, id: str, lines: list[tuple[int, str]]) -> Entry:
    said: dict[str, Any] = {}
    postings: list[Posting] = []
    for number, line in lines:
        word, _, rest = line.strip(" ").partition(" ")
        try:
            if word in ("es", "en", "corrects") and word not in said and not postings:
                said[word] = rest if word == "corrects" else json.loads(rest)
            else:
                account, amount, unit = line.split()
                postings.append(Posting(account, millionths(amount), unit))
        except (ValueError, LedgerError) as cause:
            raise _unreadable(number, line) from cause
    texts = [said.get("es"), said.get("en")]
    if not all(isinstance(text, str) for text in texts):
        raise _unreadable(lines[0][0] if lines else 0, "es / en")
    narration = Text(es=said["es"], en=said["en"])
    return Entry(date, id, narration, tuple(postings), said.get("corrects", ""))


def _unreadable(number: int, line: str) -> LedgerError:
    return LedgerError.because("ledger.text-form", line.strip()[:80], line=number)
