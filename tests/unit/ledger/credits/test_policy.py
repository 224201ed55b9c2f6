import datetime as dt

import pytest

from nonetloss.core.errors import InputError, LedgerError
from nonetloss.ledger.credits.events import Begin, OpenAccount, Project, StateProject
from nonetloss.ledger.credits.operations import Entry, issue, retire, transfer
from nonetloss.ledger.credits.policy import ANY, Role, by_roles, read_roles
from nonetloss.ledger.credits.recording import record, replay
from nonetloss.ledger.credits.vocabulary import AccountKind

DAY = dt.date(2030, 1, 1)
ROLES = {
    "registrar": Role(frozenset({ANY}), frozenset({ANY})),
    "acca": Role(frozenset({"transfer", "retire"}), frozenset({"acca"})),
}


@pytest.fixture
def registry():
    made = replay(
        [
            Begin(DAY, "registrar", name="x"),
            *(
                OpenAccount(DAY, "registrar", account=a, account_kind=AccountKind.HOLDER)
                for a in ("acca", "buyer")
            ),
            StateProject(DAY, "registrar", stated=Project("p", "P", "Registered")),
        ]
    )
    vintage = (dt.date(2029, 1, 1), dt.date(2029, 12, 31))
    event = issue(made, {"acca": 10, "buyer": 10}, entry=Entry(DAY, "registrar"), id="b",
                  project="p", vintage=vintage, series="S")  # fmt: skip
    return record(made, event, may=by_roles(ROLES))


@pytest.mark.parametrize(
    ("actor", "source", "allowed"),
    [("acca", "acca", True), ("acca", "buyer", False), ("registrar", "buyer", True),
     ("stranger", "acca", False), ("", "acca", False)],
)  # fmt: skip
def test_out_of_which_account(registry, actor, source, allowed):
    target = "buyer" if source == "acca" else "acca"
    event = transfer(registry, 1, entry=Entry(DAY, actor), source=source, target=target)
    head = registry.head
    if allowed:
        record(registry, event, may=by_roles(ROLES))
    else:
        with pytest.raises(LedgerError):
            record(registry, event, may=by_roles(ROLES))
        assert registry.head == head


def test_an_action_that_is_not_listed(registry):
    event = StateProject(DAY, "acca", stated=Project("p", "P", "Withdrawn"))
    with pytest.raises(LedgerError) as problem:
        record(registry, event, may=by_roles(ROLES))
    assert problem.value.findings[0].code == "credit-ledger.not-allowed"


def test_nobody_is_asked_about_what_is_wrong_anyway(registry):
    """The policy sees sound events only, each once; and it sees the event itself."""
    asked = []

    def may(actor, action, event):
        asked.append((actor, action, event.units[0]))
        return True

    fine = retire(
        registry, 10, entry=Entry(DAY, "acca"), source="acca", beneficiary="B", reason="R"
    )
    record(registry, fine, may=may)
    with pytest.raises(LedgerError):
        record(registry, fine, may=may)
    assert asked == [("acca", "retire", ("b", 1, 10))]


def test_roles_as_people_write_them():
    said = read_roles(
        {"acca": {"actions": ["transfer"], "accounts": ["acca"]}, "r": {"actions": ["*"]}}
    )
    assert said["acca"] == Role(frozenset({"transfer"}), frozenset({"acca"}))
    assert said["r"].accounts == frozenset()
    wrong = {"a": {"actions": ["fly"]}, "b": {}, "c": ["transfer"], "d": {"actions": [], "x": 1},
             "e": {"actions": ["issue"], "accounts": "acca"}}  # fmt: skip
    with pytest.raises(InputError) as problem:
        read_roles(wrong)
    assert [f.subject for f in problem.value.findings] == list(wrong)
