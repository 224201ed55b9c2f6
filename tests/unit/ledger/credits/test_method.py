"""Planned credits as a ledger: what is issued, what is done with it, what is refused."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError, LedgerError
from nonetloss.core.language import LANGUAGES
from nonetloss.ledger.credits.events import from_plain
from nonetloss.ledger.credits.method import credit_accounts, whole_units
from nonetloss.ledger.credits.recording import replay


@dataclass
class Plan:
    standards: tuple
    years: tuple
    net: np.ndarray
    buffer: np.ndarray


def plan(net=(800.4, 900.9), buffer=(100.2, 99.5), years=(2027, 2028)):
    return Plan(
        ("verra", "art"),
        tuple(years),
        np.array([net, np.array(net) / 2]),
        np.array([buffer, np.array(buffer) / 2]),
    )


def operations(*rows):
    return pd.DataFrame(list(rows))


def row(date, action, quantity, **more):
    return {"date": date, "action": action, "quantity": quantity} | more


def total(accounts, vintage=0):
    table = accounts.totals.set_index("vintage")
    return table.loc[vintage].to_dict()


def codes(problem):
    return [f.code.removeprefix("credit-ledger.") for f in problem.value.findings]


@pytest.mark.parametrize(
    ("net", "buffer", "expected"),
    [
        (800.4, 100.2, (799, 101)),  # 900.6 -> 900 in all; 100.2 -> 101 kept
        (900.9, 99.5, (900, 100)),  # 1000.4 -> 1000; 99.5 -> 100
        (10.0, 0.0, (10, 0)),
        (0.0, 5.0, (0, 5)),
        (0.3, 0.4, (0, 0)),  # less than one ton is no unit
        (0.1, 0.95, (0, 1)),
        (0.7 * 3, 0.9 * 1.0, (2, 1)),  # 2.0999… + 0.9 is 3
        (3e9 + 0.5, 0.0, (3_000_000_000, 0)),  # half a ton is none, however large the sum
        (0.0, 3e9 + 0.5, (0, 3_000_000_000)),
        (5e9, 2e9 + 0.5, (4_999_999_999, 2_000_000_001)),
    ],
)
def test_whole_units_are_never_more_than_what_was_computed(net, buffer, expected):
    assert whole_units(net, buffer) == expected


def test_each_vintage_is_issued_after_its_year():
    accounts = credit_accounts(plan(), project="los-amigos", holder="acca")
    assert total(accounts) == {
        "issued": 1900, "tradable": 1699, "retired": 0, "cancelled": 0, "buffer": 201,
    }  # fmt: skip
    assert total(accounts, 2027)["issued"] == 900
    issued = accounts.events[accounts.events["kind"] == "issue"]
    # 180 days after 31 December 2027 (2028 is a leap year) and 2028
    assert issued["date"].tolist() == ["2028-06-28", "2029-06-29"]
    assert accounts.holdings["quantity"].sum() == 1900
    assert accounts.units["unitCount"].sum() == 1900
    assert accounts.units["serialNumberBlock"].iloc[0] == "PLAN-los-amigos-2027-1-799"
    assert accounts.standard == "verra"
    assert [f.code for f in accounts.findings] == ["credit-ledger.simulated"]


def test_operations_are_carried_out_in_order_of_date():
    accounts = credit_accounts(
        plan(),
        holder="acca",
        buffer="pool",
        operations=operations(
            row("2030-01-01", "retire", 300, account="airline", beneficiary="An airline",
                reason="Flights of 2029", vintage=2027),
            row("2029-01-01", "transfer", 400, target="airline"),
            row("2030-02-01", "deposit", 10),
            row("2030-03-01", "reverse", 120, reason="Fire", avoidable="no"),
            row("2030-04-01", "release", 50),
            row("2030-05-01", "cancel", 5, reason="Error"),
            row("2030-06-01", "adjust", 300, account="airline", declaration="Committed",
                adjustment="Completed", authorization="PE-7", vintage=2027),
        ),
    )  # fmt: skip
    # issued 1900: 1699 held, 201 buffer
    assert total(accounts) == {
        "issued": 1900,
        "tradable": 1699 - 300 - 10 + 50 - 5,
        "retired": 300,
        "cancelled": 120 + 5,
        "buffer": 201 + 10 - 120 - 50,
    }
    (reversal,) = accounts.reversals.to_dict("records")
    assert (reversal["lost_tco2e"], reversal["drawn"], reversal["uncovered_so_far_tco2e"]) == (
        120,
        120,
        0,
    )
    done = accounts.units[accounts.units["correspondingAdjustmentStatus"] == "Completed"]
    # Held units are adjusted first: 100 are left to the airline, then 200 of those retired.
    assert done.groupby("unitStatus")["unitCount"].sum().to_dict() == {"Held": 100, "Retired": 200}
    retired = accounts.units[accounts.units["unitStatus"] == "Retired"]
    assert set(retired["unitRetirementBeneficiary"]) == {"An airline"}


def test_a_reversal_beyond_the_buffer_is_told():
    accounts = credit_accounts(
        plan(), operations=operations(row("2030-01-01", "reverse", 500, reason="Fire"))
    )
    assert accounts.open_losses == {"project": 500 - 201}
    assert [f.code for f in accounts.findings][-1] == "credit-ledger.uncovered"


def test_an_open_loss_is_covered_by_a_deposit():
    accounts = credit_accounts(
        plan(),
        operations=operations(
            row("2030-01-01", "reverse", 500, reason="Fire"),
            row("2030-02-01", "deposit", 300),
            row("2030-02-01", "cover", 299, reason="Replenished"),
        ),
    )
    assert accounts.open_losses == {}
    assert accounts.reversals["uncovered_so_far_tco2e"].tolist() == [299, 0]
    assert total(accounts)["buffer"] == 1


def test_the_events_of_the_table_are_the_whole_ledger():
    """The table of events alone replays to the same head and totals."""
    accounts = credit_accounts(
        plan(), operations=operations(row("2029-01-01", "transfer", 400, target="airline"))
    )
    events = [from_plain(json.loads(content)) for content in accounts.events["content"]]
    assert replay(events).head == accounts.head == accounts.events["digest"].iloc[-1]


def test_what_a_year_lacks_is_taken_off_the_next():
    """-300, whatever the buffer of that year: then 900 - 300 = 600, and 50 + 100 of buffer."""
    accounts = credit_accounts(plan(net=(-300.0, 900.0), buffer=(50.0, 100.0)))
    assert total(accounts) == {
        "issued": 750, "tradable": 600, "retired": 0, "cancelled": 0, "buffer": 150,
    }  # fmt: skip
    assert total(accounts, 2027)["tradable"] == 0
    (told, _) = accounts.findings
    assert told.code == "credit-ledger.negative-vintage"
    assert told.data["tons"] == "0"
    nothing = credit_accounts(plan(net=(-300.0, 100.0), buffer=(0.0, 0.0)))
    assert total(nothing)["issued"] == 0
    assert nothing.findings[0].data["tons"] == "200"


def test_another_standard():
    assert total(credit_accounts(plan(), standard="art"))["issued"] == 450 + 500
    with pytest.raises(InputError) as problem:
        credit_accounts(plan(), standard="verrra")
    assert codes(problem) == ["standard-unknown"]


@pytest.mark.parametrize(
    ("credits", "code"),
    [
        (plan(net=(np.nan, 1.0)), "not-known"),
        (plan(buffer=(np.inf, 1.0)), "not-known"),
        (plan(buffer=(-1.0, 1.0)), "negative-buffer"),
        (plan(years=(2028, 2027)), "years"),
        (plan(years=(2028, 2028)), "years"),
    ],
)
def test_plans_that_cannot_be_issued(credits, code):
    with pytest.raises(InputError) as problem:
        credit_accounts(credits)
    assert codes(problem) == [code]


@pytest.mark.parametrize("names", [{"holder": "a b"}, {"holder": "buffer"}, {"project": ""}])
def test_names_that_name_nothing(names):
    with pytest.raises(InputError) as problem:
        credit_accounts(plan(), **names)
    assert codes(problem) == ["names"]


@pytest.mark.parametrize(
    ("change", "cell"),
    [
        ({"date": "01/02/2030"}, "date"),
        ({"date": None}, "date"),
        ({"action": "sell"}, "action"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"vintage": "last"}, "vintage"),
        ({"target": "two words"}, "target"),
        ({"avoidable": "perhaps"}, "avoidable"),
        ({"declaration": "Commited"}, "declaration"),
        ({"adjustment": "Done"}, "adjustment"),
    ],
)
def test_cells_that_cannot_be_read(change, cell):
    wrong = row("2030-01-01", "transfer", 1, target="airline") | change
    with pytest.raises(InputError) as problem:
        credit_accounts(plan(), operations=operations(wrong))
    (found,) = problem.value.findings
    assert found.code == "credit-ledger.operation-cell"
    assert found.subject == cell
    assert all(found.render(language) for language in LANGUAGES)


def test_columns_that_are_unknown_or_missing():
    with pytest.raises(InputError) as problem:
        credit_accounts(plan(), operations=pd.DataFrame({"date": ["2030-01-01"], "amount": [1]}))
    assert codes(problem) == ["operation-columns"]
    assert problem.value.findings[0].subject == "action, quantity, amount"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (row("2030-01-01", "retire", 1700, beneficiary="B", reason="R"), "insufficient"),
        (row("2030-01-01", "retire", 10, reason="R"), "beneficiary"),
        (row("2028-01-01", "transfer", 10, target="airline"), "insufficient"),
        (row("2030-01-01", "transfer", 10, target="holder"), "same-account"),
        (row("2030-01-01", "transfer", 10, target="buffer"), "account-kind"),
        (row("2030-01-01", "transfer", 900, target="airline", vintage=2027), "insufficient"),
        (row("2030-01-01", "cancel", 1), "reason"),
    ],
)
def test_operations_that_cannot_be_done_name_their_row(wrong, code):
    fine = row("2029-12-01", "deposit", 1)
    with pytest.raises(LedgerError) as problem:
        credit_accounts(plan(), operations=operations(fine, wrong))
    found = problem.value.findings
    assert codes(problem)[0] == "operation"
    assert code in codes(problem)
    assert found[0].subject == "2"


def test_what_an_action_does_not_use_is_told():
    accounts = credit_accounts(
        plan(),
        operations=operations(
            row("2029-01-01", "transfer", 4, target="airline", reason="Sale", detail="of 4"),
            row("2029-01-02", "reverse", 5, reason="Fire", vintage=2027, account="airline"),
        ),
    )
    told = [f for f in accounts.findings if f.code == "credit-ledger.operation-unused"]
    assert [(f.data["row"], f.subject) for f in told] == [(1, "detail"), (2, "vintage, account")]
    sold = accounts.events[accounts.events["kind"] == "transfer"]
    assert sold["reason"].tolist() == ["Sale"]
