"""A ledger of credits: a million events replayed, from memory and from its file.

40 batches of 100,000 units each; then every event moves, retires, deposits or cancels a few units
out of the middle of whatever block they lie in, so that blocks are cut all the time. Told are the
events per second and the peak of resident memory of: making and recording the events, reading the
file back (every digest, every rule), the same lines only parsed and chained without any rule (the
floor), and appending with a flush to the disk for each event.

    python benchmarks/ledger.py [--quick]
"""

import datetime as dt
import hashlib
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from nonetloss.io.credit_log import create_log, open_log, read_log
from nonetloss.ledger.credits.events import (
    Begin,
    Cancel,
    Deposit,
    OpenAccount,
    Project,
    Retire,
    StateProject,
    Transfer,
    Units,
)
from nonetloss.ledger.credits.operations import Entry, issue
from nonetloss.ledger.credits.recording import content_of, line_of
from nonetloss.ledger.credits.registry import Registry, apply, chained, disagreements, totals
from nonetloss.ledger.credits.rules import faults
from nonetloss.ledger.credits.vocabulary import AccountKind

# Seconds of the processor, user and system: other programs on the machine do not count.
clock = time.process_time
DAY = dt.date(2030, 1, 1)
HOLDERS = tuple(f"holder-{n}" for n in range(50))
BATCHES, SIZE = 40, 100_000


def opening(registry):
    def put(event):
        apply(registry, event, chained(registry.head, content_of(event)))

    put(Begin(DAY, "x", name="benchmark"))
    for name in HOLDERS:
        put(OpenAccount(DAY, "x", account=name, account_kind=AccountKind.HOLDER))
    put(OpenAccount(DAY, "x", account="pool", account_kind=AccountKind.BUFFER))
    put(StateProject(DAY, "x", stated=Project("p", "P", "Registered")))
    for n in range(BATCHES):
        put(
            issue(
                registry,
                {HOLDERS[n % len(HOLDERS)]: SIZE},
                entry=Entry(DAY, "x"),
                id=f"b{n}",
                project="p",
                vintage=(dt.date(2029, 1, 1), dt.date(2029, 12, 31)),
                series="S",
            )
        )


def random_event(registry, rng_ints, rng_kind, owner):
    """A sound event about one to three units; `owner` is who has each unit, or -1."""
    number, length, to = (int(v) for v in rng_ints)
    who = owner[number]
    if who < 0:
        return None
    last = number
    while last < number + length and (last + 1) % SIZE and owner[last + 1] == who:
        last += 1
    batch = number // SIZE
    units = (Units(f"b{batch}", number + 1, last + 1),)
    source = HOLDERS[who]
    if rng_kind < 0.90:
        if to == who:
            return None
        owner[number : last + 1] = to
        return Transfer(DAY, "x", units=units, source=source, target=HOLDERS[to])
    owner[number : last + 1] = -1
    if rng_kind < 0.96:
        return Retire(
            DAY, "x", units=units, source=source, beneficiary="An airline", reason="Flights of 2029"
        )
    if rng_kind < 0.98:
        return Deposit(DAY, "x", units=units, source=source, target="pool")
    return Cancel(DAY, "x", units=units, source=source, reason="Error of measurement")


def make(events, path, rng):
    """Record random events, each checked, and write their lines at once."""
    registry = Registry()
    opening(registry)
    owner = np.repeat(np.arange(BATCHES) % len(HOLDERS), SIZE)
    head, seconds = "0" * 64, 0.0
    with path.open("wb") as file:
        for event in registry.events:
            content = content_of(event)
            line = line_of(head, content)
            head = line[11:75].decode()
            file.write(line)
        while len(registry.events) < events:
            ints = rng.integers((0, 0, 0), (BATCHES * SIZE, 3, len(HOLDERS)), (50_000, 3))
            for row, kind in zip(ints, rng.random(50_000), strict=True):
                event = random_event(registry, row, kind, owner)
                if event is None:
                    continue
                start = clock()
                content = content_of(event)
                assert not faults(registry, event)
                file.write(line_of(registry.head, content))
                apply(registry, event, chained(registry.head, content))
                seconds += clock() - start
                if len(registry.events) >= events:
                    break
    return registry, seconds


def chained_only(path):
    """Parse and digest every line, with no rule: what no replay can do without."""
    head = "0" * 64
    start = clock()
    with path.open("rb") as file:
        for line in file:
            content = line[85:-2]
            head = hashlib.sha256(head.encode() + content).hexdigest()
            json.loads(content)
    return clock() - start, head


def main(quick=False):
    """Rows of {contender, events, cpu_s, events_per_s, peak_mb}."""
    events = 50_000 if quick else 1_000_000
    rows = []

    def tell(contender, count, seconds):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append(
            {
                "contender": contender, "events": count, "cpu_s": seconds,
                "events_per_s": count / seconds, "peak_mb": peak,
            }
        )  # fmt: skip
        print(
            f"{contender:44s} {count:9,d} events {seconds:7.2f} s {count / seconds:10,.0f} per s  "
            f"peak {peak:6.0f} MB",
            flush=True,
        )

    print(f"ledger: {events:,} events, {BATCHES} batches of {SIZE:,}, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "credits.jsonl"
        made, seconds = make(events, path, np.random.default_rng(1))
        head, whole = made.head, totals(made)
        blocks = sum(len(b) for b in made.blocks.values())
        tell("record (check, chain, write)", len(made.events), seconds)
        del made
        seconds, floor = chained_only(path)
        assert floor == head
        tell("floor: parse and chain only", events, seconds)
        start = clock()
        registry, found = read_log(path)
        tell("replay from the file, every rule checked", events, clock() - start)
        assert registry.head == head
        assert totals(registry) == whole
        assert not found
        start = clock()
        assert disagreements(registry) == ()
        tell("count every block anew", blocks, clock() - start)
        print(f"{path.stat().st_size / 2**20:.0f} MiB, {blocks:,} blocks, {whole}")
        rows[-1] |= {"file_mib": path.stat().st_size / 2**20, "blocks": blocks}
        del registry
        small = Path(name) / "small.jsonl"
        base = Registry()
        opening(base)
        create_log(small, base.events)
        count = 200 if quick else 2000
        with open_log(small) as log:
            start = time.perf_counter()  # waiting for the disk is what takes the time
            for n in range(count):
                units = (Units("b0", n + 1, n + 1),)
                log.append(Transfer(DAY, "x", units=units, source=HOLDERS[0], target=HOLDERS[1]))
            tell("append, flushed each (wall)", count, time.perf_counter() - start)
    return rows


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
