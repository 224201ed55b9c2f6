import datetime as dt

import pytest

from nonetloss.core.errors import LedgerError
from nonetloss.core.language import LANGUAGES, Text
from nonetloss.ledger.journal import (
    GENESIS,
    Journal,
    append,
    balance_of,
    balances,
    check,
    correct,
    replay,
    verify,
)
from nonetloss.ledger.records import AccountKind, Assertion, Entry, Open, Posting, posting

DAY = dt.date(2026, 11, 21)
SAID = Text("Prueba", "Test")


def opened():
    return append(
        Journal(),
        Open(DAY, "nature:forest:world", AccountKind.FLOW),
        Open(DAY, "nature:forest:owed", AccountKind.STOCK),
    )


def entry(id, amount, *, unit="quality_hectare", date=DAY, corrects=""):
    lines = (
        posting("nature:forest:world", -amount, unit),
        posting("nature:forest:owed", amount, unit),
    )
    return Entry(date, id, SAID, lines, corrects)


def codes(journal, *records):
    found = check(journal, *records)
    for finding in found:
        for language in LANGUAGES:
            assert finding.render(language)
    return [finding.code for finding in found]


def test_append_returns_a_new_journal_and_leaves_the_old_one():
    before = opened()
    after = append(before, entry("a", 2.5))
    assert balance_of(before, "nature:forest:owed", unit="quality_hectare") == 0
    assert balance_of(after, "nature:forest:owed", unit="quality_hectare") == 2_500_000
    assert len(before.records) == 2


def test_empty_journal():
    assert Journal().head == GENESIS
    assert verify(Journal()) == ()
    assert dict(balances(Journal())) == {}


def test_units_are_kept_apart():
    journal = append(opened(), entry("a", 2), entry("b", 7, unit="usd"))
    assert balance_of(journal, "nature:forest:owed", unit="usd") == 7_000_000
    assert balance_of(journal, "nature:forest:owed", unit="quality_hectare") == 2_000_000


def test_each_unit_must_sum_to_zero_on_its_own():
    lines = (posting("nature:forest:world", -1, "ha"), posting("nature:forest:owed", 1, "usd"))
    assert codes(opened(), Entry(DAY, "a", SAID, lines)) == ["ledger.unbalanced"] * 2


def test_one_millionth_too_many_is_found():
    lines = (
        Posting("nature:forest:world", -1_000_000, "ha"),
        Posting("nature:forest:owed", 1_000_001, "ha"),
    )
    assert codes(opened(), Entry(DAY, "a", SAID, lines)) == ["ledger.unbalanced"]


def test_a_stock_never_falls_below_zero_and_a_flow_may():
    journal = append(opened(), entry("a", 2))
    assert codes(journal, entry("b", -2)) == []
    assert codes(journal, entry("b", -2.000001)) == ["ledger.negative-stock"]


def test_what_is_wrong_with_a_record():
    journal = append(opened(), entry("a", 2))
    yesterday = DAY - dt.timedelta(days=1)
    stranger = Entry(DAY, "b", SAID, (posting("x:y", 1, "ha"), posting("x:z", -1, "ha")))
    half_told = Entry(DAY, "b", Text("", "x"), entry("b", 1).postings)
    unwritable = Entry(DAY, "b", Text("\ud800", "x"), entry("b", 1).postings)
    assert codes(journal, entry("b", 1, date=yesterday)) == ["ledger.date-order"]
    assert codes(journal, entry("a", 1)) == ["ledger.id"]
    assert codes(journal, entry("two words", 1)) == ["ledger.id"]
    assert codes(journal, entry("b", 1, unit="two words")) == ["ledger.unit"]
    assert codes(journal, entry("b", 1, corrects="nobody")) == ["ledger.corrects-unknown"]
    assert codes(journal, Entry(DAY, "b", SAID, ())) == ["ledger.no-postings"]
    assert codes(journal, stranger) == ["ledger.account-unknown"]
    assert codes(journal, half_told) == ["ledger.text"]
    assert codes(journal, unwritable) == ["ledger.text"]
    assert codes(journal, Open(DAY, "nature:forest:owed", AccountKind.FLOW)) == [
        "ledger.account-twice"
    ]
    assert codes(journal, Open(DAY, "forest", AccountKind.FLOW)) == ["ledger.account-name"]
    assert codes(journal, Assertion(DAY, "x:y", 0, "ha")) == ["ledger.account-unknown"]


def test_an_assertion_that_fails_says_both_amounts():
    journal = append(opened(), entry("a", 2))
    wrong = Assertion(DAY, "nature:forest:owed", 3_000_000, "quality_hectare")
    assert codes(journal, wrong) == ["ledger.assertion"]
    said = check(journal, wrong)[0].render("en")
    assert "3.000000 quality_hectare" in said
    assert "2.000000" in said


def test_append_reports_everything_and_appends_nothing():
    with pytest.raises(LedgerError) as caught:
        append(opened(), entry("a", -1), entry("a", 1, date=DAY - dt.timedelta(days=1)))
    assert {f.code for f in caught.value.findings} == {
        "ledger.negative-stock",
        "ledger.id",
        "ledger.date-order",
    }


def test_a_correction_is_one_more_entry():
    journal = append(opened(), entry("a", 5))
    later = DAY + dt.timedelta(days=3)
    right = correct(
        journal,
        "a",
        id="a-corrected",
        date=later,
        narration=SAID,
        postings=entry("x", 3).postings,
    )
    assert right.records[: len(journal.records)] == journal.records
    assert right.entries[-1].corrects == "a"
    assert balance_of(right, "nature:forest:owed", unit="quality_hectare") == 5_000_000 - 2_000_000
    undone = correct(right, "a-corrected", id="undo", date=later, narration=SAID)
    # Undoing the correction brings the first entry back: 3 + (5 - 3).
    assert balance_of(undone, "nature:forest:owed", unit="quality_hectare") == 5_000_000
    with pytest.raises(LedgerError) as caught:
        correct(journal, "nobody", id="b", date=later, narration=SAID)
    assert caught.value.findings[0].code == "ledger.corrects-unknown"


def test_verify_names_the_first_record_that_was_changed():
    journal = append(opened(), entry("a", 5), entry("b", 1), entry("c", 1))
    records = list(journal.records)
    records[3] = entry("b", 2)
    (finding,) = verify(Journal(tuple(records), journal.digests))
    assert finding.code == "ledger.chain-broken"
    assert (finding.subject, finding.data["number"]) == ("b", 4)
    assert "b" in finding.render("es")


def test_a_chain_written_anew_or_cut_is_seen_only_against_the_head_kept_elsewhere():
    journal = append(opened(), entry("a", 5), entry("b", 1))
    forged = replay([*journal.records[:-1], entry("b", 2)])
    cut = Journal(journal.records[:-1], journal.digests[:-1])
    for other in (forged, cut):
        assert verify(other) == ()
        assert [f.code for f in verify(other, head=journal.head)] == ["ledger.head"]
    assert verify(journal, head=journal.head) == ()


def test_verify_applies_the_rules_too():
    # A journal whose digests fit and whose entry does not balance: built by hand, past `append`.
    from nonetloss.ledger.journal import _digest

    bad = Entry(DAY, "a", SAID, (Posting("nature:forest:world", 1, "ha"),))
    good = opened()
    forged = Journal((*good.records, bad), (*good.digests, _digest(good.head, bad)))
    assert [f.code for f in verify(forged)] == ["ledger.unbalanced"]
    short = Journal(good.records, good.digests[:-1])
    assert [f.code for f in verify(short)] == ["ledger.chain-length"]
    surrogate = Entry(DAY, "a", Text("\ud800", "x"), entry("a", 1).postings)
    unwritable = Journal((*good.records, surrogate), (*good.digests, _digest(good.head, surrogate)))
    assert [f.code for f in verify(unwritable)] == ["ledger.text"]
