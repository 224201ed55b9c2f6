"""Whoever changes, inserts, removes or reorders a line is found."""

import datetime as dt
import hashlib
import json

import pytest

from nonetloss.core.errors import LedgerError
from nonetloss.ledger.credits.events import (
    KINDS,
    Begin,
    OpenAccount,
    Project,
    StateProject,
    as_plain,
    from_plain,
)
from nonetloss.ledger.credits.operations import Entry, issue, transfer
from nonetloss.ledger.credits.recording import (
    content_of,
    line_of,
    read_lines,
    record,
    replay,
    require_head,
)
from nonetloss.ledger.credits.registry import GENESIS, Registry
from nonetloss.ledger.credits.vocabulary import AccountKind

DAY = dt.date(2030, 1, 1)
ENTRY = Entry(DAY, "acca")


@pytest.fixture
def lines():
    registry = Registry()
    record(registry, Begin(DAY, "acca", name="Los Amigos — «bosque»\n\u2028"))
    for name in ("acca", "buyer"):
        holder = AccountKind.HOLDER
        record(registry, OpenAccount(DAY, "acca", account=name, account_kind=holder))
    record(registry, StateProject(DAY, "acca", stated=Project("p", "P", "Registered")))
    vintage = (dt.date(2029, 1, 1), dt.date(2029, 12, 31))
    record(registry, issue(registry, {"acca": 100}, entry=ENTRY, id="b", project="p",
                           vintage=vintage, series="S"))  # fmt: skip
    for _ in range(3):
        record(registry, transfer(registry, 7, entry=ENTRY, source="acca", target="buyer"))
    return written(registry.events)


def written(events):
    head, made = GENESIS, []
    for event in events:
        content = content_of(event)
        made.append(line_of(head, content))
        head = made[-1][11:75].decode()
    return made


def code(problem):
    return problem.value.findings[0].code.removeprefix("credit-ledger.")


def test_a_line_is_json_and_its_digest_by_hand(lines):
    """The chain as anybody can check it, with nothing but SHA-256 and the bytes of the file."""
    head = "0" * 64
    for line in lines:
        parsed = json.loads(line)
        assert list(parsed) == ["digest", "event"]
        content = line[len('{"digest":"') + 64 + len('","event":') : -2]
        assert json.loads(content) == parsed["event"]
        head = hashlib.sha256(head.encode() + content).hexdigest()
        assert parsed["digest"] == head


def test_lines_are_read_back(lines):
    registry = read_lines(lines)
    assert registry.name == "Los Amigos — «bosque»\n\u2028"
    assert registry.head == replay(registry.events).head == json.loads(lines[-1])["digest"]


def test_any_changed_byte_is_found(lines):
    """Every byte of a line, one after the other."""
    number = 5
    for at in range(len(lines[number]) - 1):
        changed = bytearray(lines[number])
        changed[at] ^= 0x01
        with pytest.raises(LedgerError) as problem:
            read_lines([*lines[:number], bytes(changed), *lines[number + 1 :]])
        assert code(problem) in ("chain-broken", "line-form")
        assert problem.value.findings[0].subject == str(number + 1)


def test_a_line_taken_out_put_in_or_moved_is_found(lines):
    for wrong in (
        [*lines[:5], *lines[6:]],
        [*lines[:5], lines[5], lines[5], *lines[6:]],
        [*lines[:5], lines[6], lines[5], *lines[7:]],
    ):
        with pytest.raises(LedgerError) as problem:
            read_lines(wrong)
        assert code(problem) == "chain-broken"


def test_a_cut_tail_is_seen_by_the_head_kept_elsewhere(lines):
    head = read_lines(lines).head
    cut = read_lines(lines[:-1])
    with pytest.raises(LedgerError) as problem:
        require_head(cut, head)
    assert code(problem) == "head"
    assert require_head(read_lines(lines), head) == len(lines)
    assert require_head(read_lines(lines), head[:12].upper()) == len(lines)
    with pytest.raises(LedgerError):
        require_head(read_lines(lines), head[:11])


def test_a_digest_kept_earlier_stands_within_the_chain(lines):
    """Entries since then are no rewriting: every digest of the file is found at its line."""
    registry = read_lines(lines)
    for number, line in enumerate(lines, start=1):
        assert require_head(registry, json.loads(line)["digest"]) == number
    with pytest.raises(LedgerError) as problem:
        require_head(registry, GENESIS)
    assert code(problem) == "head"


def test_a_chain_written_anew_still_has_to_keep_the_rules(lines):
    """Who recomputes all digests cannot retire what nobody holds."""
    events = list(read_lines(lines).events)
    doubled = [*events, events[-1]]
    with pytest.raises(LedgerError) as problem:
        read_lines(written(doubled))
    assert [f.code for f in problem.value.findings] == [
        "credit-ledger.line", "credit-ledger.not-held",
    ]  # fmt: skip
    assert problem.value.findings[0].subject == str(len(doubled))


@pytest.mark.parametrize(
    "content", [b"[]", b"{}", b"not json", b'{"kind":"fly"}', b"[" * 5000, b"NaN"]
)
def test_contents_that_are_no_event(lines, content):
    head = json.loads(lines[-1])["digest"]
    with pytest.raises(LedgerError) as problem:
        read_lines([*lines, line_of(head, content)])
    assert code(problem) in ("event-form", "line-form")


def test_unknown_and_missing_keys_are_refused():
    plain = as_plain(Begin(DAY, "x", name="n"))
    assert from_plain(plain) == Begin(DAY, "x", name="n")
    for wrong in (
        plain | {"more": 1},
        {k: v for k, v in plain.items() if k != "name"},
        plain | {"name": 3},
        plain | {"date": "1/1/2030"},
        plain | {"kind": ["begin"]},
        None,
    ):
        with pytest.raises(LedgerError):
            from_plain(wrong)


def test_every_kind_says_its_own_name():
    assert all(made.kind == kind for kind, made in KINDS.items())
    assert len(KINDS) == 12


@pytest.mark.parametrize(
    "content",
    [
        # A name twice: one reader sees account "c", another "z".
        b'{"account":"z","account":"c","account_kind":"holder","actor":"x","date":"2030-01-01",'
        b'"holder":"","kind":"open","reference":""}',
        # The same day, written otherwise.
        b'{"account":"c","account_kind":"holder","actor":"x","date":"20300101",'
        b'"holder":"","kind":"open","reference":""}',
    ],
)
def test_bytes_that_can_be_read_in_two_ways_are_refused(lines, content):
    head = json.loads(lines[-1])["digest"]
    with pytest.raises(LedgerError) as problem:
        read_lines([*lines, line_of(head, content)])
    assert code(problem) == "line-form"
