"""Balances and refusals of Regen Ledger's scenarios (x/ecocredit/base/keeper/features, Apache-2).

Alice has 10 tradable credits of a batch: what she may do with 5, 10 and 15 of them, and what each
balance is afterwards. Amounts there have six decimals; a unit here is whole.
"""

import datetime as dt

import pytest

from nonetloss.core.errors import LedgerError
from nonetloss.ledger.credits import operations as ask
from nonetloss.ledger.credits.events import Begin, OpenAccount, Project, StateProject
from nonetloss.ledger.credits.recording import record, replay
from nonetloss.ledger.credits.registry import Totals, totals
from nonetloss.ledger.credits.vocabulary import AccountKind, Status

DAY = dt.date(2021, 1, 1)
ENTRY = ask.Entry(DAY, "alice")
BATCH = "C01-001-20200101-20210101-001"
VERBS = {
    "retire": {"beneficiary": "alice", "reason": "offsetting electricity consumption"},
    "cancel": {"reason": "transferring credits to another registry"},
    "transfer": {"target": "bob"},
}


@pytest.fixture
def registry():
    made = replay(
        [
            Begin(DAY, "x", name="regen"),
            *(
                OpenAccount(DAY, "x", account=a, account_kind=AccountKind.HOLDER)
                for a in ("alice", "bob")
            ),
            StateProject(DAY, "x", stated=Project("C01-001", "C", "Registered")),
        ]
    )
    event = ask.issue(
        made, {"alice": 10}, entry=ENTRY, id=BATCH, project="C01-001",
        vintage=(dt.date(2020, 1, 1), dt.date(2020, 12, 31)), series="C01",
    )  # fmt: skip
    return record(made, event)


def attempt(registry, verb, amount, batch=BATCH):
    asked = VERBS[verb] | {"entry": ENTRY, "source": "alice", "which": ask.Which(batch=batch)}
    return record(registry, getattr(ask, verb)(registry, amount, **asked))


def tradable(registry, account):
    units = ask.available(registry, account=account, status=Status.HELD)
    return sum(each.amount for each in units)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("amount", [5, 10])
def test_balance_greater_than_or_equal_to_the_amount(registry, verb, amount):
    attempt(registry, verb, amount)
    assert tradable(registry, "alice") == 10 - amount
    assert tradable(registry, "bob") == (amount if verb == "transfer" else 0)


@pytest.mark.parametrize("verb", VERBS)
def test_balance_less_than_the_amount(registry, verb):
    """Tradable balance: 10, amount 15: insufficient."""
    with pytest.raises(LedgerError) as problem:
        attempt(registry, verb, 15)
    (found,) = problem.value.findings
    assert found.code == "credit-ledger.insufficient"
    assert (found.data["held"], found.data["wanted"]) == (10, 15)
    assert tradable(registry, "alice") == 10


@pytest.mark.parametrize("verb", VERBS)
def test_a_batch_that_does_not_exist(registry, verb):
    with pytest.raises(LedgerError):
        attempt(registry, verb, 1, batch="C01-001-20200101-20210101-002")


@pytest.mark.parametrize("verb", VERBS)
def test_more_decimals_than_the_precision(registry, verb):
    with pytest.raises(LedgerError) as problem:
        attempt(registry, verb, 9.1234567)
    assert problem.value.findings[0].code == "credit-ledger.quantity"


def test_the_supply_of_the_batch_is_updated(registry):
    supply = {
        "retire": Totals(10, 0, 10, 0, 0),
        "cancel": Totals(10, 0, 0, 10, 0),
        "transfer": Totals(10, 10, 0, 0, 0),
    }
    for verb, expected in supply.items():
        again = replay(registry.events)
        attempt(again, verb, 10)
        assert totals(again, batch=BATCH) == expected


def test_credits_sent_to_be_retired(registry):
    """Sent as retired: bob's retired balance is 10, nobody's tradable balance is left."""
    attempt(registry, "transfer", 10)
    event = ask.retire(registry, 10, entry=ENTRY, source="bob", beneficiary="bob", reason="r")
    record(registry, event)
    assert totals(registry) == Totals(10, 0, 10, 0, 0)
    (retired,) = ask.available(registry, account="bob", status=Status.RETIRED)
    assert retired.amount == 10
