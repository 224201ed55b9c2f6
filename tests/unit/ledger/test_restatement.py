import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import LedgerError
from nonetloss.core.language import LANGUAGES, Text
from nonetloss.ledger.balance_entries import post_balance
from nonetloss.ledger.hierarchy import balance
from nonetloss.ledger.journal import Journal, balance_of, verify
from nonetloss.ledger.restatement import restate

DAY = dt.date(2026, 11, 21)
LATER = dt.date(2031, 11, 21)


def struck(offset, residual=(10.0, 5.0), assets=("forest", "river side")):
    lost = np.array([residual])
    zero = np.zeros_like(lost)
    gain = np.array(offset, dtype=float)
    return balance(
        lost, before_draws=lost[..., None], avoided_likely=zero, avoided_draws=zero[..., None],
        minimized_likely=zero, minimized_draws=zero[..., None], offset_likely=gain,
        offset_draws=gain[:, None], assets=assets, components=("direct",),
    )  # fmt: skip


def held(journal, asset):
    path = f"nature:{asset}:total"
    return {
        n: balance_of(journal, f"{path}:{n}", unit="quality_hectare") / 1e6
        for n in ("owed", "credit", "settled", "used", "gain")
    }


def test_what_was_settled_is_owed_again():
    journal = restate(post_balance(struck([12, 5]), date=DAY), balance=struck([7, 5]), date=LATER)
    assert held(journal, "forest") == {
        "owed": 3.0, "credit": 0.0, "settled": 7.0, "used": 7.0, "gain": -7.0
    }  # fmt: skip
    assert held(journal, "river-side")["owed"] == 0
    steps = [e.id.split("/")[-2] for e in journal.entries if e.date == LATER]
    assert steps == ["reopen", "gain"]


def test_more_gain_settles_what_is_still_owed():
    journal = restate(post_balance(struck([4, 5]), date=DAY), balance=struck([11, 5]), date=LATER)
    assert held(journal, "forest") == {
        "owed": 0.0, "credit": 1.0, "settled": 10.0, "used": 10.0, "gain": -11.0
    }  # fmt: skip


def test_narrations_use_the_titles():
    journal = restate(
        post_balance(struck([12, 5]), date=DAY),
        balance=struck([7, 5]),
        date=LATER,
        titles={"forest": Text(es="bosque", en="forest")},
    )
    said = journal.entries[-2].narration
    assert said == Text(
        es="Vuelve a deberse, porque no se logró: bosque",
        en="Owed again, because it was not gained: forest",
    )


@given(st.lists(st.floats(0, 20), min_size=1, max_size=5))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_after_any_history_the_books_are_those_of_the_last_balance(gains):
    journal = post_balance(struck([gains[0], 5]), date=DAY)
    for n, gain in enumerate(gains[1:], start=1):
        journal = restate(journal, balance=struck([gain, 5]), date=DAY.replace(year=DAY.year + n))
    fresh = post_balance(struck([gains[-1], 5]), date=DAY)
    assert held(journal, "forest") == held(fresh, "forest")
    assert verify(journal, head=journal.head) == ()


@pytest.mark.parametrize(
    ("code", "journal", "again"),
    [
        ("ledger.restate-unopened", Journal(), struck([7, 5])),
        ("ledger.restate-residual", post_balance(struck([12, 5]), date=DAY),
         struck([7, 5], residual=(11.0, 5.0))),
    ],
)  # fmt: skip
def test_another_balance_is_refused(code, journal, again):
    with pytest.raises(LedgerError) as caught:
        restate(journal, balance=again, date=LATER)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert all(finding.render(language) for language in LANGUAGES)


def test_dates_go_forward():
    journal = post_balance(struck([12, 5]), date=LATER)
    with pytest.raises(LedgerError):
        restate(journal, balance=struck([7, 5]), date=DAY)
