"""Whatever is booked: nothing is created, no stock is negative, no change goes unseen."""

import dataclasses
import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.language import Text
from nonetloss.ledger.journal import Journal, append, balances, check, replay, verify
from nonetloss.ledger.records import AccountKind, Assertion, Entry, Open, Posting
from nonetloss.ledger.text_form import parse_text, write_text

DAY = dt.date(2026, 1, 1)
FLOWS = ("n:world", "n:várzea:flow")
STOCKS = ("n:stock:a", "n:stock:b")
UNITS = ("quality_hectare", "usd", "tCO2e")
OPENED = tuple(Open(DAY, a, AccountKind.FLOW) for a in FLOWS) + tuple(
    Open(DAY, a, AccountKind.STOCK) for a in STOCKS
)
MODEST = settings(derandomize=True, deadline=None, max_examples=60)

amounts = st.integers(min_value=-(10**15), max_value=10**15)
# Any text that UTF-8 can hold: line separators, quotes and control signs included.
writable = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@st.composite
def entries(draw, number):
    """An entry that balances in each of its units; it may still empty a stock too far."""
    lines = []
    for unit in draw(st.lists(st.sampled_from(UNITS), min_size=1, max_size=2, unique=True)):
        chosen = draw(st.lists(st.sampled_from(FLOWS + STOCKS), min_size=1, max_size=3))
        moved = [Posting(account, draw(amounts), unit) for account in chosen]
        rest = -sum(line.millionths for line in moved)
        lines += [*moved, Posting(draw(st.sampled_from(FLOWS)), rest, unit)]
    date = DAY + dt.timedelta(days=number)
    narration = Text(draw(writable), draw(writable))
    return Entry(date, f"e{number}", narration, tuple(lines))


@st.composite
def journals(draw):
    """Appends what can be appended, and states the balance now and then."""
    journal = append(Journal(), *OPENED)
    for number in range(draw(st.integers(1, 8))):
        entry = draw(entries(number))
        if not check(journal, entry):
            journal = append(journal, entry)
            if draw(st.booleans()):
                key = draw(st.sampled_from(sorted(balances(journal))))
                held = balances(journal)[key]
                journal = append(journal, Assertion(entry.date, key[0], held, key[1]))
    return journal


@given(journals())
@MODEST
def test_nothing_is_created_or_lost(journal):
    for unit in UNITS:
        assert sum(n for (_, u), n in balances(journal).items() if u == unit) == 0


@given(journals())
@MODEST
def test_replay_gives_the_same_balances_and_digests(journal):
    again = replay(journal.records)
    assert dict(balances(again)) == dict(balances(journal))
    assert again == journal
    one_by_one = Journal()
    for record in journal.records:
        one_by_one = append(one_by_one, record)
    assert one_by_one == journal


@given(journals())
@MODEST
def test_no_stock_is_negative_at_any_time(journal):
    held = {}
    for record in journal.records:
        if isinstance(record, Entry):
            for line in record.postings:
                key = (line.account, line.unit)
                held[key] = held.get(key, 0) + line.millionths
            assert all(n >= 0 for (account, _), n in held.items() if account in STOCKS)


@given(journals())
@MODEST
def test_text_form_reads_back(journal):
    text = write_text(journal)
    back = parse_text(text.encode("utf-8").decode("utf-8"))
    assert back == journal
    assert write_text(back) == text
    assert verify(back, head=journal.head) == ()


def changed(record, choice):
    """The record with one thing in it made different."""
    later = record.date + dt.timedelta(days=1)
    if isinstance(record, Open):
        other = AccountKind.FLOW if record.kind is AccountKind.STOCK else AccountKind.STOCK
        options = [{"date": later}, {"account": record.account + "x"}, {"kind": other}]
    elif isinstance(record, Assertion):
        options = [{"date": later}, {"millionths": record.millionths + 1}, {"unit": "other"}]
    else:
        first = record.postings[0]
        more = dataclasses.replace(first, millionths=first.millionths + 1)
        said = record.narration
        options = [
            {"date": later},
            {"id": record.id + "x"},
            {"corrects": "e0" if record.corrects != "e0" else ""},
            {"narration": Text(said.es + ".", said.en)},
            {"narration": Text(said.es, said.en + ".")},
            {"postings": (more, *record.postings[1:])},
            {"postings": record.postings[1:]},
            {"postings": (*record.postings, first)},
        ]
    return dataclasses.replace(record, **options[choice % len(options)])


@given(journals(), st.integers(0, 10**6), st.integers(0, 10**6))
@MODEST
def test_the_chain_names_the_first_record_changed(journal, where, how):
    where %= len(journal.records)
    records = list(journal.records)
    records[where] = changed(records[where], how)
    (finding,) = verify(Journal(tuple(records), journal.digests))
    assert finding.code == "ledger.chain-broken"
    assert finding.data["number"] == where + 1


@given(journals(), st.integers(0, 10**6), st.sampled_from(["remove", "repeat", "swap"]))
@MODEST
def test_the_chain_sees_records_removed_repeated_or_swapped(journal, where, how):
    where %= len(journal.records) - 1
    pairs = list(zip(journal.records, journal.digests, strict=True))
    if how == "remove":
        del pairs[where]
    elif how == "repeat":
        pairs.insert(where, pairs[where])
    else:
        pairs[where], pairs[where + 1] = pairs[where + 1], pairs[where]
    records, digests = zip(*pairs, strict=True)
    (finding,) = verify(Journal(records, digests))
    assert finding.code == "ledger.chain-broken"
    assert finding.data["number"] in (where + 1, where + 2)
