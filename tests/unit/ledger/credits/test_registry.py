"""What the rules refuse, each with its code, and that nothing has changed then."""

import dataclasses
import datetime as dt

import pytest

from nonetloss.core.errors import LedgerError
from nonetloss.core.language import LANGUAGES
from nonetloss.ledger.credits.events import (
    Adjust,
    Batch,
    Begin,
    Cancel,
    Deposit,
    Issue,
    OpenAccount,
    Part,
    Project,
    Release,
    Retire,
    Reverse,
    Split,
    StateProject,
    Transfer,
    Units,
)
from nonetloss.ledger.credits.operations import Entry, issue
from nonetloss.ledger.credits.recording import record, replay
from nonetloss.ledger.credits.registry import (
    Registry,
    Totals,
    disagreements,
    next_number,
    standing,
    totals,
    uncovered,
)
from nonetloss.ledger.credits.vocabulary import AccountKind, Adjustment, Declaration, Status

DAY = dt.date(2030, 6, 30)
VINTAGE = (dt.date(2029, 1, 1), dt.date(2029, 12, 31))
ENTRY = Entry(DAY, "acca")
HOLDER, BUFFER = AccountKind.HOLDER, AccountKind.BUFFER


def account(name, kind=HOLDER):
    return OpenAccount(DAY, "acca", account=name, account_kind=kind)


@pytest.fixture
def registry():
    """80 units of acca, 20 in a buffer, numbers 1 to 100."""
    made = replay(
        [
            Begin(DAY, "acca", name="Los Amigos"),
            account("acca"),
            account("buyer"),
            account("pool", BUFFER),
            StateProject(DAY, "acca", stated=Project("p", "P", "Registered", country="PE")),
            StateProject(DAY, "acca", stated=Project("listed", "L", "Listed")),
        ]
    )
    return record(made, some_issue(made, acca=80, pool=20))


def some_issue(registry, id="b1", *, first=None, project="p", vintage=VINTAGE, **shares):
    return issue(
        registry, shares, entry=ENTRY, id=id, project=project, vintage=vintage, series="S",
        first=first,
    )  # fmt: skip


def units(first, last, batch="b1"):
    return (Units(batch, first, last),)


def transfer(first, last, source="acca", target="buyer", **more):
    return Transfer(DAY, "acca", units=units(first, last), source=source, target=target, **more)


def retire(first, last, source="acca", **more):
    said = {"beneficiary": "B", "reason": "R"} | more
    return Retire(DAY, "acca", units=units(first, last), source=source, **said)


def refused(registry, event):
    """Codes with which an event is refused; the registry is as it was, in both languages told."""
    before = (registry.head, dict(registry.counts), list(standing(registry)))
    with pytest.raises(LedgerError) as problem:
        record(registry, event)
    assert (registry.head, registry.counts, list(standing(registry))) == before
    for language in LANGUAGES:
        assert problem.value.render(language)
    return [f.code.removeprefix("credit-ledger.") for f in problem.value.findings]


def test_totals_are_by_state(registry):
    record(registry, transfer(1, 30))
    record(registry, retire(1, 10, "buyer"))
    record(registry, Cancel(DAY, "acca", units=units(40, 41), source="acca", reason="error"))
    # 100 issued = (80 - 10 - 2) tradable + 10 retired + 2 canceled + 20 buffer
    assert totals(registry) == Totals(100, 68, 10, 2, 20)
    assert disagreements(registry) == ()


def test_blocks_are_cut_where_units_part(registry):
    record(registry, transfer(31, 40))
    stood = [(s.first, s.block.last, s.block.account) for s in standing(registry)]
    assert stood == [(1, 30, "acca"), (31, 40, "buyer"), (41, 80, "acca"), (81, 100, "pool")]


def test_a_range_may_cross_blocks_of_the_same_holder(registry):
    record(registry, transfer(31, 40))
    record(registry, transfer(31, 40, "buyer", "acca"))
    record(registry, retire(25, 45))
    assert totals(registry).retired == 21


def test_a_reversal_cancels_buffer_and_says_what_is_open(registry):
    drawn = Reverse(DAY, "acca", units=units(81, 95), project="p", lost=40, cause="fire")
    record(registry, drawn)
    assert totals(registry) == Totals(100, 80, 0, 15, 5)
    assert uncovered(registry, "p") == 40 - 15


def test_what_a_reversal_left_open_is_covered_later(registry):
    record(registry, Reverse(DAY, "a", units=units(81, 100), project="p", lost=30, cause="fire"))
    record(registry, Deposit(DAY, "a", units=units(1, 15), source="acca", target="pool"))
    more = Reverse(DAY, "a", units=units(1, 11), project="p", lost=0, cause="replenished")
    assert refused(registry, more) == ["drawn"]  # 11 for 10 that are open
    record(registry, Reverse(DAY, "a", units=units(1, 10), project="p", lost=0, cause="r"))
    assert uncovered(registry, "p") == 0
    assert totals(registry) == Totals(100, 65, 0, 30, 5)


def test_buffer_units_are_deposited_and_released(registry):
    record(registry, Deposit(DAY, "a", units=units(1, 5), source="acca", target="pool"))
    assert totals(registry).buffer == 25
    record(registry, Release(DAY, "a", units=units(3, 4), source="pool", target="buyer"))
    assert totals(registry) == Totals(100, 77, 0, 0, 23)


def test_an_adjustment_stays_with_retired_units_and_goes_forward(registry):
    record(registry, retire(1, 10))

    def adjust(declaration, adjustment, first=1, last=5):
        return Adjust(
            DAY, "acca", units=units(first, last), declaration=declaration, adjustment=adjustment,
            authorization="PE-1",
        )  # fmt: skip

    record(registry, adjust(Declaration.COMMITTED, Adjustment.PENDING))
    first, second, *_ = standing(registry)
    assert (first.first, first.block.last, first.block.status) == (1, 5, Status.RETIRED)
    assert first.block.adjustment is Adjustment.PENDING
    assert first.block.authorization == "PE-1"
    assert second.block.adjustment is Adjustment.NOT_STARTED
    back = adjust(Declaration.COMMITTED, Adjustment.NOT_STARTED)
    assert refused(registry, back) == ["adjustment-back"]
    unpromised = adjust(Declaration.NOT_REQUIRED, Adjustment.COMPLETED)
    assert refused(registry, unpromised) == ["adjustment"]


def test_numbers_go_on_where_the_series_ends(registry):
    assert next_number(registry, "S") == 101
    assert next_number(registry, "other") == 1
    record(registry, some_issue(registry, "b2", first=201, acca=10))
    record(registry, some_issue(registry, "b3", first=101, acca=100))
    assert next_number(registry, "S") == 211


@pytest.mark.parametrize(
    ("first", "last"), [(100, 109), (1, 5), (50, 60), (81, 200), (100, 100), (1, 300)]
)
def test_serial_ranges_never_overlap(registry, first, last):
    event = some_issue(registry, "b2", first=first, acca=last - first + 1)
    assert refused(registry, event) == ["overlap"]


def test_ranges_beside_each_other_do_not_overlap(registry):
    """Nor do the same numbers in another series."""
    record(registry, some_issue(registry, "b2", first=101, acca=1))
    other = Batch("b3", "p", "T", 1, 1, *VINTAGE)
    record(registry, Issue(DAY, "acca", batch=other, parts=(Part("acca", 1, 1),)))
    assert totals(registry).issued == 102


@pytest.mark.parametrize(
    ("event", "codes"),
    [
        (Begin(DAY, "x", name="again"), ["begin"]),
        (account("acca"), ["account-twice"]),
        (account("two words"), ["word"]),
        (account(""), ["word"]),
        (StateProject(DAY, "x", stated=Project("q", "Q", "Approved")), ["project-status-unknown"]),
        (StateProject(DAY, "x", stated=Project("q", "Q", "Listed", country="Peru")), ["country"]),
        (transfer(1, 81), ["not-held"]),
        (transfer(81, 85), ["not-held"]),
        (transfer(1, 5, target="pool"), ["account-kind"]),
        (transfer(1, 5, target="acca"), ["same-account"]),
        (transfer(1, 5, source="nobody"), ["account-unknown", "not-held"]),
        (transfer(5, 1), ["range"]),
        (transfer(0, 5), ["range"]),
        (transfer(95, 101), ["range"]),
        (retire(81, 90, "pool"), ["account-kind", "not-held"]),
        (retire(1, 5, beneficiary=" "), ["beneficiary"]),
        (retire(1, 5, reason=""), ["reason"]),
        (retire(1, 5, reason="x" * 513), ["text"]),
        (dataclasses.replace(retire(1, 5), units=()), ["units-none"]),
        (dataclasses.replace(retire(1, 5), units=units(1, 5, "none")), ["batch-unknown"]),
        (dataclasses.replace(retire(1, 5), units=units(1, 5) + units(5, 6)), ["units-twice"]),
        (dataclasses.replace(retire(1, 5), actor=" "), ["actor"]),
        (dataclasses.replace(retire(1, 5), date=DAY - dt.timedelta(days=1)), ["date-order"]),
        (Cancel(DAY, "x", units=units(1, 5), source="acca", reason=""), ["reason"]),
        (Cancel(DAY, "x", units=units(1, 5), source="buyer", reason="r"), ["not-held"]),
        (Deposit(DAY, "x", units=units(1, 5), source="acca", target="buyer"), ["account-kind"]),
        (Release(DAY, "x", units=units(1, 5), source="pool", target="buyer"), ["not-held"]),
        (Reverse(DAY, "x", units=(), project="p", lost=0, cause="fire"), ["lost"]),
        (Reverse(DAY, "x", units=(), project="q", lost=1, cause=""),
         ["project-unknown", "reason"]),
        (Reverse(DAY, "x", units=units(81, 90), project="p", lost=9, cause="f"), ["drawn"]),
        (Reverse(DAY, "x", units=units(1, 2), project="p", lost=9, cause="f"), ["not-held"]),
        (Split(DAY, "x", units=units(1, 80), counts=(40, 39)), ["counts"]),
        (Split(DAY, "x", units=units(1, 80), counts=(80,)), ["counts"]),
        (Split(DAY, "x", units=units(1, 80), counts=(81, -1)), ["counts"]),
        (Split(DAY, "x", units=units(71, 90), counts=(10, 10)), ["one-block"]),
    ],
)  # fmt: skip
def test_what_is_refused(registry, event, codes):
    assert refused(registry, event) == codes


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"id": "b1"}, ["batch-twice"]),
        ({"id": "two words"}, ["word"]),
        ({"project": "none"}, ["project-unknown"]),
        ({"project": "listed"}, ["project-status"]),
        ({"vintage_start": VINTAGE[1], "vintage_end": VINTAGE[0]}, ["vintage"]),
        ({"vintage_end": DAY + dt.timedelta(days=1)}, ["vintage"]),
        ({"unit_type": "Reduction"}, ["unit-type"]),
        ({"pattern": "VCU-{first}"}, ["pattern"]),
        ({"first": 0}, ["first-last"]),
        ({"last": 90}, ["first-last"]),
        ({"last": 111}, ["parts"]),
        ({"first": 102}, ["parts"]),
    ],
)
def test_issuances_that_are_refused(registry, change, codes):
    event = some_issue(registry, "b2", acca=10)  # 101 to 110
    event = dataclasses.replace(event, batch=dataclasses.replace(event.batch, **change))
    assert refused(registry, event) == codes


@pytest.mark.parametrize(
    "parts",
    [
        (Part("acca", 101, 105), Part("buyer", 107, 110)),
        (Part("acca", 101, 105), Part("buyer", 105, 110)),
        (Part("acca", 101, 111),),
        (Part("acca", 101, 100), Part("buyer", 101, 110)),
        (),
    ],
)
def test_parts_cover_the_batch(registry, parts):
    event = dataclasses.replace(some_issue(registry, "b2", acca=10), parts=parts)
    assert refused(registry, event) == ["parts"]


def test_everything_wrong_is_said_at_once(registry):
    event = retire(1, 90, beneficiary="", reason="", reference="r")
    assert refused(registry, event) == ["beneficiary", "reason", "not-held"]


def test_a_ledger_begins_with_its_beginning():
    assert refused(Registry(), account("acca")) == ["begin"]


def test_what_is_retired_moves_no_more(registry):
    record(registry, retire(1, 10))
    for event in (transfer(1, 1), retire(5, 5), transfer(10, 11)):
        assert refused(registry, event) == ["not-held"]
    again = Cancel(DAY, "x", units=units(1, 1), source="acca", reason="r")
    assert refused(registry, again) == ["not-held"]


def test_a_reference_is_recorded_once(registry):
    record(registry, transfer(1, 5, reference="order-7"))
    assert refused(registry, transfer(6, 9, reference="order-7")) == ["reference-repeated"]


@pytest.mark.parametrize(
    "event",
    [
        dataclasses.replace(retire(1, 5), units=(("b1", 1.0, 5),)),
        dataclasses.replace(retire(1, 5), units=(("b1", True, 5),)),
        dataclasses.replace(retire(1, 5), reason="lone \ud800"),
        dataclasses.replace(retire(1, 5), reason=None),
        dataclasses.replace(retire(1, 5), date="2030-06-30"),
        Reverse(DAY, "x", units=(), project="p", lost=float("nan"), cause="f"),
    ],
)
def test_what_could_not_be_read_back_is_not_recorded(registry, event):
    assert refused(registry, event) == ["event-form"]


def test_somebody_who_changes_the_books_is_found(registry):
    registry.blocks["b1"].put(1, next(iter(registry.blocks["b1"]))[1]._replace(account="buyer"))
    assert {f.code for f in disagreements(registry)} == {"credit-ledger.books"}


def test_two_series_never_write_the_same_serial(registry):
    def made(id, series):
        return issue(
            registry, {"acca": 5}, entry=ENTRY, id=id, project="p", vintage=VINTAGE,
            series=series, pattern="X-{first}-{last}",
        )  # fmt: skip

    record(registry, made("x1", "T"))
    record(registry, made("x2", "T"))  # the numbers go on
    with pytest.raises(LedgerError) as problem:
        record(registry, made("x3", "U"))
    assert [f.code for f in problem.value.findings] == ["credit-ledger.pattern-shared"]
    serials = [s.batch.serial(s.first, s.block.last) for s in standing(registry)]
    assert len(set(serials)) == len(serials)
