"""Whatever is done with credits, in any order: none is made, lost or used twice."""

import datetime as dt
import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from nonetloss.core.errors import LedgerError
from nonetloss.ledger.credits import operations as ask
from nonetloss.ledger.credits.cad_trust import tables
from nonetloss.ledger.credits.events import (
    Adjust,
    Begin,
    Cancel,
    Deposit,
    OpenAccount,
    Project,
    Release,
    Retire,
    Reverse,
    Split,
    StateProject,
    Transfer,
    Units,
    as_plain,
    from_plain,
)
from nonetloss.ledger.credits.foreign_tables import from_cad_trust
from nonetloss.ledger.credits.importing import events_of
from nonetloss.ledger.credits.operations import Entry
from nonetloss.ledger.credits.recording import content_of, line_of, read_lines, record, replay
from nonetloss.ledger.credits.registry import (
    GENESIS,
    Registry,
    chained,
    disagreements,
    standing,
    totals,
    uncovered,
)
from nonetloss.ledger.credits.vocabulary import (
    DATA_MODELS,
    AccountKind,
    Adjustment,
    Declaration,
    Status,
)

DAY = dt.date(2030, 1, 1)
HOLDERS = ("acca", "buyer", "broker")
BUFFERS = ("pool", "own-pool")
ACCOUNTS = (*HOLDERS, *BUFFERS)
PROJECTS = ("p1", "p2")
VERBS = ("transfer", "deposit", "release", "retire", "cancel")


def begun():
    registry = Registry()
    record(registry, Begin(DAY, "x", name="test"))
    for kind, names in ((AccountKind.HOLDER, HOLDERS), (AccountKind.BUFFER, BUFFERS)):
        for name in names:
            record(registry, OpenAccount(DAY, "x", account=name, account_kind=kind))
    for id in PROJECTS:
        record(registry, StateProject(DAY, "x", stated=Project(id, id, "Registered")))
    return registry


class OneByOne:
    """The same ledger told unit by unit, slowly and without a thought: the oracle."""

    def __init__(self):
        self.units = {}  # (batch, number): [account, status]
        self.ranges = []  # (first, last) of the one series
        self.lost = dict.fromkeys(PROJECTS, 0)
        self.drawn = dict.fromkeys(PROJECTS, 0)
        self.done = {}  # (batch, number): rank of adjustment

    def numbers(self, units):
        return [(u.batch, n) for u in units for n in range(u.first, u.last + 1)]

    def fine(self, units, account, statuses):
        keys = self.numbers(units)
        return (
            bool(keys)
            and all(u.first <= u.last for u in units)
            and len(set(keys)) == len(keys)
            and all(
                key in self.units
                and self.units[key][1] in statuses
                and account in (None, self.units[key][0])
                for key in keys
            )
        )

    def set(self, units, status, account=None):
        for key in self.numbers(units):
            self.units[key] = [account or self.units[key][0], status]

    def apply(self, event):
        """Whether the event may be; if so it is done."""
        allowed = self.allows(event)
        if allowed:
            self.do(event)
        return allowed

    def allows(self, event):
        held, buffer = (Status.HELD,), (Status.BUFFER,)
        units, source = event.units, getattr(event, "source", None)
        if isinstance(event, Split):
            return True  # asked for soundly only
        if isinstance(event, Retire):
            return source not in BUFFERS and self.fine(units, source, held)
        if isinstance(event, Cancel):
            return self.fine(units, source, held + buffer)
        if isinstance(event, Reverse):
            left = self.lost[event.project] - self.drawn[event.project]
            few = len(self.numbers(units)) <= event.lost + left
            return (
                few and bool(event.lost or units) and (not units or self.fine(units, None, buffer))
            )
        if isinstance(event, Adjust):
            rank = list(Adjustment).index(event.adjustment)
            forward = all(rank >= self.done.get(key, 0) for key in self.numbers(units))
            promised = not rank or event.declaration is Declaration.COMMITTED
            return promised and forward and self.fine(units, None, tuple(Status))
        from_buffer, to_buffer = isinstance(event, Release), isinstance(event, Deposit)
        sound = (source in BUFFERS) == from_buffer and (event.target in BUFFERS) == to_buffer
        states = buffer if from_buffer else held
        return sound and source != event.target and self.fine(units, source, states)

    def do(self, event):
        if isinstance(event, Adjust):
            rank = list(Adjustment).index(event.adjustment)
            self.done |= dict.fromkeys(self.numbers(event.units), rank)
        elif isinstance(event, Retire):
            self.set(event.units, Status.RETIRED)
        elif isinstance(event, Cancel | Reverse):
            self.set(event.units, Status.CANCELLED)
            if isinstance(event, Reverse):
                self.lost[event.project] += event.lost
                self.drawn[event.project] += len(self.numbers(event.units))
        elif not isinstance(event, Split):
            to_buffer = isinstance(event, Deposit)
            self.set(event.units, Status.BUFFER if to_buffer else Status.HELD, event.target)

    def issue(self, event):
        first, last = event.batch.first, event.batch.last
        clash = any(a <= last and first <= b for a, b in self.ranges)
        if clash or event.batch.id in {batch for batch, _ in self.units}:
            return False
        self.ranges.append((first, last))
        for part in event.parts:
            status = Status.BUFFER if part.account in BUFFERS else Status.HELD
            for n in range(part.first, part.last + 1):
                self.units[event.batch.id, n] = [part.account, status]
        return True

    def counted(self):
        made = {}
        for (batch, _), (account, status) in self.units.items():
            made[account, batch, status] = made.get((account, batch, status), 0) + 1
        return made


def told(registry):
    return {
        (each.batch.id, n): [each.block.account, each.block.status]
        for each in standing(registry)
        for n in range(each.first, each.block.last + 1)
    }


def serials(registry):
    """Number, state, holder and serial of every block."""
    return sorted(
        (
            s.first, s.block.last, s.block.status,
            registry.accounts[s.block.account].holder or s.block.account,
            s.batch.serial(s.first, s.block.last),
        )
        for s in standing(registry)
    )  # fmt: skip


def require_invariants(registry):
    whole = totals(registry)
    states = (whole.tradable, whole.retired, whole.cancelled, whole.buffer)
    assert sum(states) == whole.issued
    assert min(states) >= 0
    assert disagreements(registry) == ()
    ranges = sorted((b.first, b.last) for b in registry.batches.values())
    assert all(a[1] < b[0] for a, b in pairwise(ranges))


class CreditMachine(RuleBasedStateMachine):
    """Asks for anything; what the ledger refuses the oracle refuses too, and the reverse."""

    def __init__(self):
        super().__init__()
        self.registry = begun()
        self.oracle = OneByOne()
        self.digest = self.registry.head
        self.days = 0

    @initialize(held=st.integers(0, 30), kept=st.integers(1, 9))
    def first_batch(self, held, kept):
        shares = {"acca": held, "pool": kept}
        self.attempt(
            ask.issue(
                self.registry,
                shares,
                entry=self.entry(),
                id="b0",
                project="p1",
                series="S",
                vintage=(dt.date(2029, 1, 1), dt.date(2029, 12, 31)),
            )
        )

    def entry(self, days=0):
        self.days += days
        return Entry(DAY + dt.timedelta(days=self.days), "x")

    def attempt(self, event):
        before = (self.registry.head, told(self.registry))
        allowed = self.oracle.issue(event) if event.kind == "issue" else self.oracle.apply(event)
        try:
            record(self.registry, event)
        except LedgerError:
            assert not allowed
            assert (self.registry.head, told(self.registry)) == before
            return
        assert allowed
        self.digest = chained(self.digest, content_of(event))

    @rule(
        quantities=st.lists(st.integers(0, 12), min_size=1, max_size=3),
        accounts=st.permutations(ACCOUNTS),
        project=st.sampled_from(PROJECTS),
        gap=st.sampled_from((None, None, None, 0, -3, 5)),
        fresh=st.sampled_from((True, True, True, False)),
    )
    def issue(self, quantities, accounts, project, gap, fresh):
        shares = dict(zip(accounts, quantities, strict=False))
        if not sum(shares.values()):
            return
        ids = list(self.registry.batches)
        last = max((b.last for b in self.registry.batches.values()), default=0)
        event = ask.issue(
            self.registry, shares, entry=self.entry(1),
            id=f"b{len(ids)}" if fresh or not ids else ids[0], project=project,
            vintage=(dt.date(2029, 1, 1), dt.date(2029, 12, 31)), series="S",
            first=None if gap is None else max(1, last + 1 + gap),
        )  # fmt: skip
        self.attempt(event)

    def some_units(self, data, most=2):
        """Ranges that may cross blocks, leave their batch, or name none."""
        made = []
        for _ in range(data.draw(st.integers(1, most))):
            batch = data.draw(st.sampled_from([*self.registry.batches, "none"]))
            known = self.registry.batches.get(batch)
            low, high = (known.first, known.last) if known else (1, 2)
            first = data.draw(st.integers(low - 1, high))
            made.append(Units(batch, first, first + data.draw(st.integers(-1, 6))))
        return tuple(made)

    @rule(
        data=st.data(), make=st.sampled_from((Transfer, Deposit, Release)),
        source=st.sampled_from(ACCOUNTS), taker=st.sampled_from(ACCOUNTS),
    )  # fmt: skip
    def move_ranges(self, data, make, source, taker):
        units = self.some_units(data)
        at = self.entry().date
        self.attempt(make(at, "x", units=units, source=source, target=taker))

    @rule(data=st.data(), source=st.sampled_from(ACCOUNTS), retire=st.booleans())
    def end_ranges(self, data, source, retire):
        units = self.some_units(data)
        at = self.entry().date
        if retire:
            event = Retire(at, "x", units=units, source=source, beneficiary="b", reason="r")
        else:
            event = Cancel(at, "x", units=units, source=source, reason="r")
        self.attempt(event)

    @rule(
        data=st.data(), verb=st.sampled_from(VERBS),
        source=st.sampled_from(ACCOUNTS), taker=st.sampled_from(ACCOUNTS),
        quantity=st.integers(1, 25),
    )  # fmt: skip
    def by_amount(self, data, verb, source, taker, quantity):
        """Amounts: refused exactly if there are fewer."""
        status = Status.BUFFER if verb == "release" else Status.HELD
        batch = data.draw(st.sampled_from([None, *self.registry.batches]))
        held = sum(
            count
            for (account, of, state), count in self.oracle.counted().items()
            if account == source and state is status and batch in (None, of)
        )
        asked = {"entry": self.entry(), "source": source, "which": ask.Which(batch=batch)}
        if verb in ("transfer", "deposit", "release"):
            asked |= {"target": taker}
        elif verb == "retire":
            asked |= {"beneficiary": "b", "reason": "r"}
        else:
            asked |= {"reason": "r"}
        if held < quantity:
            with pytest.raises(LedgerError) as problem:
                getattr(ask, verb)(self.registry, quantity, **asked)
            assert problem.value.findings[0].code == "credit-ledger.insufficient"
            return
        event = getattr(ask, verb)(self.registry, quantity, **asked)
        assert sum(u.amount for u in event.units) == quantity
        self.attempt(event)

    @rule(
        lost=st.integers(1, 20), project=st.sampled_from(PROJECTS), pooled=st.booleans(),
    )  # fmt: skip
    def reverse(self, lost, project, pooled):
        counted = self.oracle.counted()
        buffer = sum(
            count
            for (_, batch, state), count in counted.items()
            if state is Status.BUFFER
            and (pooled or self.registry.batches[batch].project == project)
        )
        event = ask.reverse(
            self.registry, lost, entry=self.entry(1), project=project, cause="fire", pooled=pooled
        )
        assert sum(u.amount for u in event.units) == min(lost, buffer)
        self.attempt(event)

    @rule(data=st.data(), project=st.sampled_from(PROJECTS), lost=st.integers(0, 3))
    def draw_ranges(self, data, project, lost):
        """Any units for any loss: refused beyond what is lost and open."""
        units = self.some_units(data)
        at = self.entry().date
        self.attempt(Reverse(at, "x", units=units, project=project, lost=lost, cause="flood"))

    @rule(quantity=st.integers(1, 9), project=st.sampled_from(PROJECTS))
    def cover(self, quantity, project):
        buffer = sum(n for (_, _, s), n in self.oracle.counted().items() if s is Status.BUFFER)
        asked = {"entry": self.entry(), "project": project, "cause": "replenished"}
        if buffer < quantity:
            with pytest.raises(LedgerError):
                ask.cover(self.registry, quantity, **asked)
            return
        self.attempt(ask.cover(self.registry, quantity, **asked))

    @rule(data=st.data(), parts=st.integers(2, 3))
    def split(self, data, parts):
        blocks = [s for s in standing(self.registry) if s.amount >= parts]
        if not blocks:
            return
        each = data.draw(st.sampled_from(blocks))
        counts = [1] * (parts - 1) + [each.amount - parts + 1]
        before = told(self.registry)
        units = Units(each.batch.id, each.first, each.block.last)
        event = ask.split(self.registry, units, entry=self.entry(), counts=counts)
        self.attempt(event)
        assert told(self.registry) == before
        starts = [s.first for s in standing(self.registry) if s.batch.id == each.batch.id]
        assert set(starts) >= {each.first + n for n in range(parts)}

    @rule(
        data=st.data(), declaration=st.sampled_from(Declaration),
        adjustment=st.sampled_from(Adjustment),
    )  # fmt: skip
    def adjust(self, data, declaration, adjustment):
        units = self.some_units(data, most=1)
        at = self.entry().date
        self.attempt(Adjust(at, "x", units=units, declaration=declaration, adjustment=adjustment))

    @rule()
    def yesterday(self):
        """A date before the last is refused."""
        late = self.registry.last_date - dt.timedelta(days=1)
        with pytest.raises(LedgerError):
            record(self.registry, StateProject(late, "x", stated=Project("p1", "P", "Listed")))

    @invariant()
    def nothing_is_made_or_lost(self):
        require_invariants(self.registry)
        assert told(self.registry) == self.oracle.units
        for project in PROJECTS:
            left = self.oracle.lost[project] - self.oracle.drawn[project]
            assert uncovered(self.registry, project) == left
        assert self.registry.head == self.digest

    def teardown(self):
        """What was recorded replays to the same, from events and from lines."""
        head, lines = GENESIS, []
        for event in self.registry.events:
            plain = as_plain(event)
            assert from_plain(json.loads(json.dumps(plain))) == event
            lines.append(line_of(head, content_of(event)))
            head = chained(head, content_of(event))
        for again in (replay(self.registry.events), read_lines(lines)):
            assert again.head == self.registry.head
            assert again.counts == self.registry.counts
            assert told(again) == told(self.registry)
        self.out_and_in()

    def out_and_in(self):
        """Tables of either data model hold every unit: who has it, and in which state."""
        for model in DATA_MODELS:
            rows, projects, _ = from_cad_trust(tables(self.registry, model=model))
            late = self.registry.last_date + dt.timedelta(days=1)
            events, _ = events_of(rows, projects, name="again", date=late, actor="x")
            again = replay(events)
            assert serials(again) == serials(self.registry)
            assert totals(again) == totals(self.registry)
            assert disagreements(again) == ()


TestCreditLedger = CreditMachine.TestCase
TestCreditLedger.settings = settings(
    derandomize=True, deadline=None, max_examples=80, stateful_step_count=80
)


def test_thousands_of_steps_in_one_ledger():
    """6,000 seeded random steps, sound and unsound, one after the other in a single ledger."""
    rng = np.random.default_rng(5)
    registry, oracle = begun(), OneByOne()
    recorded = refused = 0
    for step in range(6000):
        date = DAY + dt.timedelta(days=step // 40)
        batches = list(registry.batches.values())
        if len(batches) < 2 or rng.random() < 0.02:
            shares = {str(a): int(n) for a, n in zip(ACCOUNTS, rng.integers(0, 60, 5), strict=True)}
            shares["acca"] += 1
            event = ask.issue(
                registry, shares, entry=Entry(date, "x"), id=f"b{len(batches)}", project="p1",
                vintage=(dt.date(2029, 1, 1), dt.date(2029, 12, 31)), series="S",
            )  # fmt: skip
            assert oracle.issue(event)
            record(registry, event)
            continue
        units = []
        for _ in range(rng.integers(1, 3)):
            batch = batches[rng.integers(len(batches))]
            first = int(rng.integers(batch.first, batch.last + 1))
            units.append(Units(batch.id, first, min(batch.last, first + int(rng.integers(0, 4)))))
        source, target = (str(a) for a in rng.choice(ACCOUNTS, 2))
        if rng.random() < 0.8:  # who holds the first unit, so that many steps are sound
            source = oracle.units[units[0].batch, units[0].first][0]
        about = {"units": tuple(units), "source": source}
        events = (
            Transfer(date, "x", **about, target=target),
            Transfer(date, "x", **about, target=target),
            Deposit(date, "x", **about, target=target),
            Release(date, "x", **about, target=target),
            Retire(date, "x", **about, beneficiary="b", reason="r"),
            Cancel(date, "x", **about, reason="r"),
            Reverse(date, "x", units=tuple(units), project="p1", lost=int(rng.integers(0, 9)),
                    cause="fire"),
            Split(date, "x", units=(units[0],), counts=(1, max(1, units[0].amount - 1))),
        )  # fmt: skip
        event = events[rng.integers(len(events))]
        if isinstance(event, Split):
            blocks = {oracle.units[key][0] for key in oracle.numbers(event.units)}
            if units[0].amount < 2 or len(blocks) > 1:
                continue
        try:
            record(registry, event)
        except LedgerError as problem:
            codes = {f.code for f in problem.findings}
            assert isinstance(event, Split) or not oracle.apply(event), codes
            refused += 1
        else:
            assert isinstance(event, Split) or oracle.apply(event)
            recorded += 1
        if step % 200 == 0:
            require_invariants(registry)
            assert told(registry) == oracle.units
    require_invariants(registry)
    assert told(registry) == oracle.units
    assert recorded > 1000
    assert refused > 1500
    again = replay(registry.events)
    assert again.head == registry.head
    assert told(again) == oracle.units
