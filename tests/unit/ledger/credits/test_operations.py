"""Which units an amount means."""

import datetime as dt

import pytest

from nonetloss.core.errors import LedgerError
from nonetloss.ledger.credits.events import Begin, OpenAccount, Project, StateProject, Units
from nonetloss.ledger.credits.operations import (
    Entry,
    Which,
    available,
    issue,
    require_whole,
    reverse,
    split,
    take,
    transfer,
)
from nonetloss.ledger.credits.recording import record, replay
from nonetloss.ledger.credits.vocabulary import AccountKind, Status

DAY = dt.date(2030, 1, 1)
ENTRY = Entry(DAY, "x")


@pytest.fixture
def registry():
    """Vintages 2029 (issued first, numbers 1-100) and 2028 (101-200); another project's buffer."""
    made = replay([Begin(DAY, "x", name="x")])
    for name, kind in (("acca", "holder"), ("buyer", "holder"), ("pool", "buffer")):
        record(made, OpenAccount(DAY, "x", account=name, account_kind=AccountKind(kind)))
    for project in ("p", "q"):
        record(made, StateProject(DAY, "x", stated=Project(project, "P", "Registered")))
    for year, project in ((2029, "p"), (2028, "p"), (2027, "q")):
        record(made, issue(
            made, {"acca": 90, "pool": 10}, entry=ENTRY, id=f"{project}{year}", project=project,
            vintage=(dt.date(year, 1, 1), dt.date(year, 12, 31)), series="S",
        ))  # fmt: skip
    return made


def taken(registry, quantity, **which):
    return take(registry, quantity, account="acca", status=Status.HELD, which=Which(**which))


def test_the_oldest_vintage_goes_first(registry):
    assert taken(registry, 95, project="p") == (Units("p2028", 101, 190), Units("p2029", 1, 5))
    assert taken(registry, 1) == (Units("q2027", 201, 201),)
    assert taken(registry, 5, vintage=2029) == (Units("p2029", 1, 5),)
    assert taken(registry, 5, batch="p2028") == (Units("p2028", 101, 105),)


def test_blocks_are_taken_in_the_order_of_their_numbers(registry):
    record(registry, transfer(registry, 20, entry=ENTRY, source="acca", target="buyer",
                              which=Which(vintage=2029)))  # fmt: skip
    back = transfer(registry, 10, entry=ENTRY, source="buyer", target="acca")
    record(registry, back)
    assert back.units == (Units("p2029", 1, 10),)
    assert taken(registry, 15, vintage=2029) == (Units("p2029", 1, 10), Units("p2029", 21, 25))


def test_an_account_that_has_nothing(registry):
    assert available(registry, account="nobody", status=Status.HELD) == ()
    with pytest.raises(LedgerError) as problem:
        take(registry, 1, account="pool", status=Status.RETIRED)
    said = problem.value.findings[0]
    assert (said.code, said.data["held"]) == ("credit-ledger.insufficient", 0)


def test_a_reversal_draws_on_its_own_project_first(registry):
    event = reverse(registry, 25, entry=ENTRY, project="p", cause="fire")
    assert event.units == (
        Units("p2028", 191, 200), Units("p2029", 91, 100), Units("q2027", 291, 295),
    )  # fmt: skip
    own = reverse(registry, 25, entry=ENTRY, project="p", cause="fire", pooled=False)
    assert sum(u.amount for u in own.units) == 20
    assert own.lost == 25


def test_a_split_is_of_whole_units(registry):
    units = Units("p2029", 1, 90)
    record(registry, split(registry, units, entry=ENTRY, counts=[30, 60]))
    assert available(registry, account="acca", status=Status.HELD, which=Which(vintage=2029)) == (
        Units("p2029", 1, 30), Units("p2029", 31, 90),
    )  # fmt: skip
    with pytest.raises(LedgerError):
        split(registry, units, entry=ENTRY, counts=[30.5, 59.5])


@pytest.mark.parametrize("wrong", [0, -1, 1.5, float("nan"), float("inf"), True, "3", None])
def test_amounts_are_whole_and_positive(wrong):
    with pytest.raises(LedgerError) as problem:
        require_whole(wrong, subject="acca")
    assert problem.value.findings[0].code == "credit-ledger.quantity"
    assert require_whole(3.0, subject="acca") == 3


def test_an_issuance_of_nothing(registry):
    with pytest.raises(LedgerError):
        issue(registry, {"acca": 0}, entry=ENTRY, id="b", project="p", vintage=(DAY, DAY),
              series="S")  # fmt: skip


def test_a_whole_number_longer_than_any_float_is_told_as_too_many(registry):
    assert require_whole(10**400, subject="x") == 10**400
    with pytest.raises(LedgerError) as problem:
        take(registry, 10**400, account="acca", status=Status.HELD)
    assert problem.value.findings[0].code == "credit-ledger.insufficient"
