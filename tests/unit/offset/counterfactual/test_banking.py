import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.counterfactual import Deposit, Withdrawal, settle

OLD, NEW = Deposit("old", "swamp", 0, 10.0), Deposit("new", "swamp", 5, 6.0)


def entries(bank):
    return list(
        bank.journal[["year", "entry", "name", "parcel", "amount_qha"]].itertuples(
            index=False, name=None
        )
    )


def test_credit_is_drawn_as_needed_oldest_first():
    bank = settle([NEW, OLD], withdrawals=[Withdrawal("road", "swamp", 6, 12.0)])
    assert entries(bank) == [
        (0, "deposit", "old", "old", 10),
        (5, "deposit", "new", "new", 6),
        (6, "draw", "road", "old", -10),
        (6, "draw", "road", "new", -2),
    ]
    assert bank.journal["balance_qha"].tolist() == [10, 16, 6, 4]
    assert (bank.served, bank.refused, bank.balance("swamp")) == (("road",), (), 4)


def test_no_loss_is_served_by_a_gain_that_is_not_there_yet():
    bank = settle([OLD, NEW], withdrawals=[Withdrawal("road", "swamp", 4, 12.0)])
    assert bank.refused == ("road",)
    assert bank.findings[0].code == "bank.short"
    # Nothing was drawn, and what comes later is paid in all the same.
    assert bank.balance("swamp") == 10 + 6


def test_whole_parcels_with_and_without_their_surplus():
    losses = [Withdrawal("a", "swamp", 6, 7.0), Withdrawal("b", "swamp", 7, 8.0)]
    kept = settle([OLD, NEW], withdrawals=losses, kind="parcel")
    # "a" takes "old" whole (10) and returns 3; "b" takes these and "new" (6), and returns 1.
    assert kept.served == ("a", "b")
    assert kept.balance("swamp") == 10 + 6 - 7 - 8
    lost = settle([OLD, NEW], withdrawals=losses, kind="parcel", keep_surplus=False)
    # The 3 beyond "a" stay with nature; 6 are left for "b", which asks for 8.
    assert (lost.served, lost.refused) == (("a",), ("b",))
    assert lost.balance("swamp") == 6


def test_a_parcel_goes_with_all_that_it_has_released():
    paid = [Deposit("p", "swamp", y, 2.0) for y in (1, 2, 3)] + [Deposit("q", "swamp", 1, 3.0)]
    losses = [Withdrawal("a", "swamp", 2, 3.5), Withdrawal("b", "swamp", 4, 3.0)]
    kept = settle(paid, withdrawals=losses, kind="parcel")
    # "a" takes both lots of "p" (4), half a unit returns to the second. The lot of "q" is older
    # than that, and is enough for "b".
    draws = kept.journal.query("entry == 'draw'")
    assert draws[["parcel", "amount_qha"]].to_numpy().tolist() == [["p", -4], ["q", -3]]
    assert kept.balance("swamp") == 3 * 2 + 3 - 3.5 - 3
    lost = settle(paid, withdrawals=losses, kind="parcel", keep_surplus=False)
    # The third lot of "p" is nature's and never paid in; "q" serves "b".
    assert lost.served == ("a", "b")
    assert lost.journal.query("entry == 'deposit'")["amount_qha"].sum() == 2 + 2 + 3
    assert lost.balance("swamp") == 0


def test_credit_expires_and_is_valid_in_its_last_year():
    short = Deposit("short", "swamp", 0, 5.0, until=3)
    on_time = settle([short], withdrawals=[Withdrawal("x", "swamp", 3, 5.0)])
    assert on_time.served == ("x",)
    late = settle([short], withdrawals=[Withdrawal("x", "swamp", 3.5, 5.0)])
    assert late.refused == ("x",)
    assert entries(late)[-1] == (3, "expiry", "short", "short", -5)


def test_ecosystems_do_not_mix():
    bank = settle([OLD], withdrawals=[Withdrawal("x", "forest", 9, 1.0)])
    assert bank.refused == ("x",)


def test_the_order_of_the_arguments_does_not_matter():
    losses = [Withdrawal("b", "swamp", 6, 7.0), Withdrawal("a", "swamp", 6, 9.5)]
    there = settle([OLD, NEW], withdrawals=losses)
    back = settle([NEW, OLD], withdrawals=losses[::-1])
    assert there.journal.equals(back.journal)
    # By name within a year: "a" takes 9.5 of 16, and 6.5 are too few for "b".
    assert (there.served, there.refused) == (("a",), ("b",))


@pytest.mark.parametrize(
    ("deposits", "losses", "kind", "code"),
    [
        ([OLD], [], "piggy", "bank.kind"),
        ([Deposit("x", "s", 0, 0.0)], [], "credit", "bank.amount"),
        ([Deposit("x", "s", float("nan"), 1.0)], [], "credit", "bank.amount"),
        ([Deposit("x", "s", 4, 1.0, until=3)], [], "credit", "bank.amount"),
        ([], [Withdrawal("x", "s", 0, -1.0)], "credit", "bank.amount"),
        ([OLD, OLD], [], "credit", "bank.repeated"),
        ([], [Withdrawal("x", "s", 0, 1.0)] * 2, "credit", "bank.repeated"),
    ],
)
def test_bad_entries_are_refused(deposits, losses, kind, code):
    with pytest.raises(InputError) as caught:
        settle(deposits, withdrawals=losses, kind=kind)
    assert caught.value.findings[0].code == code


def test_an_empty_bank():
    assert settle([], withdrawals=[]).journal.empty


def test_what_is_left_of_a_parcel_expires_when_it_would_have():
    """A parcel pays in 10 until year 5 and 1 until year 20; 2 are drawn of the oldest in year 2."""
    paid = [Deposit("p", "swamp", 0, 10.0, until=5), Deposit("p", "swamp", 1, 1.0, until=20)]
    asked = [Withdrawal("early", "swamp", 2, 2.0), Withdrawal("late", "swamp", 10, 8.0)]
    found = settle(paid, withdrawals=asked, kind="parcel")
    assert (found.served, found.refused) == (("early",), ("late",))
    assert found.balance("swamp") == pytest.approx(1.0)


def test_expiries_stand_in_order_of_time_beside_credit_that_does_not_expire():
    paid = [
        Deposit("a", "swamp", 0, 1.0, until=4),
        Deposit("b", "swamp", 0, 1.0),
        Deposit("c", "swamp", 0, 1.0, until=2),
    ]
    found = settle(paid, withdrawals=[Withdrawal("x", "swamp", 9, 1.0)])
    assert found.journal["year"].is_monotonic_increasing
    assert [e for e in entries(found) if e[1] == "expiry"] == [
        (2, "expiry", "c", "c", -1),
        (4, "expiry", "a", "a", -1),
    ]
