"""A ledger in a file: what was confirmed stays, whatever happens to the process."""

import datetime as dt
import errno
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from nonetloss.core.errors import InputError, LedgerError, OutputError
from nonetloss.io import credit_log
from nonetloss.io.credit_log import create_log, open_log, read_log
from nonetloss.ledger.credits.events import Begin, OpenAccount, Project, StateProject
from nonetloss.ledger.credits.operations import Entry, issue, transfer
from nonetloss.ledger.credits.recording import content_of, line_of
from nonetloss.ledger.credits.registry import totals
from nonetloss.ledger.credits.vocabulary import AccountKind

DAY = dt.date(2030, 1, 1)
HOLDER, BUFFER = AccountKind.HOLDER, AccountKind.BUFFER
OPENING = (
    Begin(DAY, "acca", name="Los Amigos"),
    OpenAccount(DAY, "acca", account="acca", account_kind=HOLDER, holder="ACCA · «Ñahui»"),
    OpenAccount(DAY, "acca", account="buyer", account_kind=HOLDER),
    OpenAccount(DAY, "acca", account="pool", account_kind=BUFFER),
    StateProject(DAY, "acca", stated=Project("p", "P", "Registered", country="PE")),
)
ENTRY = Entry(DAY, "acca")


def some_issue(registry, number=1):
    return issue(
        registry, {"acca": 80, "pool": 20}, entry=ENTRY, id=f"b{number}", project="p",
        vintage=(dt.date(2029, 1, 1), dt.date(2029, 12, 31)), series="S",
    )  # fmt: skip


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "credits.jsonl"
    create_log(path, OPENING)
    return path


def codes(problem):
    return [f.code for f in problem.value.findings]


def test_what_is_written_is_read_back(path):
    with open_log(path) as log:
        log.append(some_issue(log.registry))
        log.append(transfer(log.registry, 30, entry=ENTRY, source="acca", target="buyer"))
        head = log.registry.head
    registry, found = read_log(path)
    assert found == ()
    assert registry.head == head
    assert registry.name == "Los Amigos"
    assert registry.accounts["acca"].holder == "ACCA · «Ñahui»"
    assert totals(registry).tradable == 80
    assert len(path.read_bytes().splitlines()) == len(OPENING) + 2


def test_equal_events_give_equal_bytes(path, tmp_path):
    create_log(tmp_path / "again.jsonl", OPENING)
    assert (tmp_path / "again.jsonl").read_bytes() == path.read_bytes()


def test_a_ledger_is_never_created_over_another(path):
    before = path.read_bytes()
    with pytest.raises(OutputError) as problem:
        create_log(path, OPENING)
    assert codes(problem) == ["io.exists"]
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_file_system_without_links(path, tmp_path, monkeypatch):
    def no_links(*_):
        raise PermissionError(errno.EPERM, "not supported")

    monkeypatch.setattr(credit_log.os, "link", no_links)
    create_log(tmp_path / "again.jsonl", OPENING)
    assert (tmp_path / "again.jsonl").read_bytes() == path.read_bytes()
    with pytest.raises(OutputError) as problem:
        create_log(path, OPENING)
    assert codes(problem) == ["io.exists"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again.jsonl", "credits.jsonl"]


def test_a_ledger_that_breaks_a_rule_is_not_created(tmp_path):
    with pytest.raises(LedgerError):
        create_log(tmp_path / "x.jsonl", OPENING[1:])
    assert list(tmp_path.iterdir()) == []


def test_a_refused_event_writes_nothing(path):
    before = path.read_bytes()
    with open_log(path) as log, pytest.raises(LedgerError):
        log.append(OPENING[1])
    assert path.read_bytes() == before


def test_a_policy_is_asked(path):
    asked = []

    def may(actor, action, event):
        asked.append((actor, action))
        return actor == "registrar"

    with open_log(path, may=may) as log:
        with pytest.raises(LedgerError) as problem:
            log.append(some_issue(log.registry))
        assert codes(problem) == ["credit-ledger.not-allowed"]
        event = issue(
            log.registry, {"acca": 1}, entry=Entry(DAY, "registrar"), id="b", project="p",
            vintage=(DAY, DAY), series="S",
        )  # fmt: skip
        log.append(event)
    assert asked == [("acca", "issue"), ("registrar", "issue")]


def test_cut_anywhere_every_complete_line_is_there(path):
    """Cut the file after each of its bytes: all whole lines are kept, the rest is told."""
    with open_log(path) as log:
        log.append(some_issue(log.registry))
        log.append(transfer(log.registry, 30, entry=ENTRY, source="acca", target="buyer"))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    torn_path = path.with_name("torn.jsonl")
    for size in range(len(whole) - 700, len(whole) + 1):
        torn_path.write_bytes(whole[:size])
        registry, found = read_log(torn_path)
        kept = whole[:size].count(b"\n")
        rest = size - (whole[:size].rfind(b"\n") + 1)
        told = ["credit-ledger.torn-tail"] * bool(rest)
        if whole[size : size + 1] == b"\n":  # nothing lacks but the line feed
            kept, told = kept + 1, ["credit-ledger.line-feed"]
        assert len(registry.events) == kept
        assert [f.code for f in found] == told
    torn_path.write_bytes(whole[: first - 2])
    with pytest.raises(InputError) as problem:
        read_log(torn_path)
    assert codes(problem) == ["credit-ledger.empty"]


def test_the_next_writer_drops_a_torn_tail_and_goes_on(path):
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"digest":"0123')
    with open_log(path) as log:
        (told,) = log.findings
        assert told.code == "credit-ledger.torn-tail"
        assert told.data["bytes"] == 15
        log.append(some_issue(log.registry))
    registry, found = read_log(path)
    assert found == ()
    assert len(registry.events) == len(OPENING) + 1
    assert path.read_bytes().startswith(whole)


def test_a_last_line_without_its_line_feed_is_kept_and_ended_again(path):
    """Some editors take the last line feed away; the event before it was confirmed."""
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    registry, (told,) = read_log(path)
    assert (told.code, told.data["events"]) == ("credit-ledger.line-feed", len(OPENING))
    assert path.read_bytes() == whole[:-1]
    with open_log(path) as log:
        assert log.registry.head == registry.head
        assert log.findings == (told,)
        log.append(some_issue(log.registry))
    registry, found = read_log(path)
    assert found == ()
    assert len(registry.events) == len(OPENING) + 1
    assert path.read_bytes().startswith(whole)


def test_a_last_line_that_breaks_a_rule_is_no_torn_tail(path):
    """Its digest fits: somebody wrote it; without its line feed it is refused no less."""
    registry, _ = read_log(path)
    opened_twice = line_of(registry.head, content_of(OPENING[1]))
    path.write_bytes(path.read_bytes() + opened_twice[:-1])
    with pytest.raises(LedgerError) as problem:
        read_log(path)
    assert codes(problem)[0] == "credit-ledger.line"


def test_a_complete_line_that_does_not_fit_is_no_torn_tail(path):
    """A cut is an accident; a line that ends and does not fit was written by somebody."""
    whole = path.read_bytes()
    changed = whole.replace(b"Registered", b"Completed ")
    path.write_bytes(changed)
    with pytest.raises(LedgerError) as problem:
        read_log(path)
    assert codes(problem) == ["credit-ledger.chain-broken"]
    assert problem.value.findings[0].subject == "5"
    with pytest.raises(LedgerError), open_log(path):
        pass
    assert path.read_bytes() == changed
    path.write_bytes(whole + b"garbage\n")
    with pytest.raises(LedgerError) as problem:
        read_log(path)
    assert codes(problem) == ["credit-ledger.line-form"]


def test_one_writes_at_a_time_and_anybody_reads(path):
    with open_log(path) as log:
        with pytest.raises(OutputError) as problem, open_log(path):
            pass
        assert codes(problem) == ["credit-ledger.busy"]
        log.append(some_issue(log.registry))
        assert len(read_log(path)[0].events) == len(OPENING) + 1
    with open_log(path) as log:
        assert len(log.registry.events) == len(OPENING) + 1


def test_no_file_is_told(tmp_path):
    for read in (read_log, lambda p: open_log(p).__enter__()):
        with pytest.raises(InputError) as problem:
            read(tmp_path / "none.jsonl")
        assert codes(problem) == ["credit-ledger.no-file"]
    with pytest.raises(InputError) as problem:
        read_log(tmp_path)
    assert codes(problem) == ["credit-ledger.unreadable"]
    (tmp_path / "empty.jsonl").write_bytes(b"")
    with pytest.raises(InputError) as problem:
        read_log(tmp_path / "empty.jsonl")
    assert codes(problem) == ["credit-ledger.empty"]


@pytest.mark.parametrize("failing", ["write", "fsync"])
def test_a_full_disk_confirms_nothing_and_loses_nothing(path, monkeypatch, failing):
    whole = path.read_bytes()
    real_write, real_fsync = os.write, os.fsync
    broken = [True]

    def half(handle, content):
        if broken[0] and failing == "write":
            real_write(handle, content[:40])
            raise OSError(errno.ENOSPC, "no space left")
        return real_write(handle, content)

    def fsync(handle):
        if broken[0] and failing == "fsync":
            broken[0] = False  # the flush of the restored file works
            raise OSError(errno.EIO, "input/output error")
        return real_fsync(handle)

    monkeypatch.setattr(credit_log.os, "write", half)
    monkeypatch.setattr(credit_log.os, "fsync", fsync)
    with open_log(path) as log:
        head = log.registry.head
        with pytest.raises(OutputError) as problem:
            log.append(some_issue(log.registry))
        assert codes(problem) == ["io.cannot-write"]
        assert log.registry.head == head
        assert path.read_bytes() == whole
        broken[0] = False
        log.append(some_issue(log.registry))
    assert len(read_log(path)[0].events) == len(OPENING) + 1


def test_what_cannot_be_taken_back_closes_the_ledger(path, monkeypatch):
    def fails(*_):
        raise OSError(errno.EIO, "input/output error")

    with open_log(path) as log:
        event = some_issue(log.registry)
        with monkeypatch.context() as patched:
            patched.setattr(credit_log.os, "fsync", fails)
            with pytest.raises(OutputError):
                log.append(event)
        with pytest.raises(OutputError) as problem:
            log.append(event)
        assert codes(problem) == ["credit-ledger.reopen"]
    with open_log(path) as log:
        assert len(log.registry.events) >= len(OPENING)


def test_somebody_who_ignores_the_lock_is_noticed(path):
    with open_log(path) as log:
        with path.open("ab") as file:
            file.write(b"x")
        with pytest.raises(OutputError) as problem:
            log.append(some_issue(log.registry))
        assert codes(problem) == ["credit-ledger.changed"]


_WRITER = """
import sys, datetime as dt
from pathlib import Path
from nonetloss.io.credit_log import open_log
from nonetloss.ledger.credits.operations import Entry, transfer

path = Path(sys.argv[1])
with open_log(path) as log:
    print("ready", len(log.registry.events), flush=True)
    while True:
        number = len(log.registry.events)
        source, target = ("acca", "buyer") if number % 2 else ("buyer", "acca")
        entry = Entry(dt.date(2030, 1, 1), "acca", f"move-{number}")
        log.append(transfer(log.registry, 1, entry=entry, source=source, target=target))
        print(number, flush=True)
"""


def test_a_killed_process_loses_nothing_that_was_confirmed(path):
    """SIGKILL at any moment, again and again: all that was confirmed is there, and no fork."""
    with open_log(path) as log:
        log.append(some_issue(log.registry))
        log.append(transfer(log.registry, 10, entry=ENTRY, source="acca", target="buyer"))
    chance = random.Random(3)
    confirmed = len(OPENING) + 2
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        ready = process.stdout.readline().split()
        assert ready[0] == "ready"
        assert int(ready[1]) >= confirmed
        time.sleep(chance.uniform(0.01, 0.15))
        process.send_signal(signal.SIGKILL)
        told = [int(line) for line in process.stdout.read().split()]
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        registry, _ = read_log(path)
        confirmed = max([confirmed, *(n + 1 for n in told)])
        # What was confirmed, and at most the one that was being written.
        assert confirmed <= len(registry.events) <= max(confirmed, int(ready[1])) + 1
        references = [e.reference for e in registry.events[len(OPENING) + 2 :]]
        assert references == [f"move-{len(OPENING) + 2 + n}" for n in range(len(references))]
        confirmed = len(registry.events)
    assert confirmed > len(OPENING) + 2 + 6


@pytest.mark.parametrize("gone", [False, True])
def test_a_file_put_in_the_place_of_the_open_one_is_noticed(path, gone):
    """What went on into the file without a name would be confirmed, and lost."""
    with open_log(path) as log:
        copy = path.with_name("copy.jsonl")
        copy.write_bytes(path.read_bytes())
        if gone:
            path.unlink()
        else:
            copy.replace(path)
        with pytest.raises(OutputError) as problem:
            log.append(some_issue(log.registry))
        assert codes(problem) == ["credit-ledger.changed"]
