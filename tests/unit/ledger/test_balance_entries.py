import dataclasses
import datetime as dt

import numpy as np
import pytest

from nonetloss.core.errors import LedgerError
from nonetloss.core.language import Text
from nonetloss.ledger.balance_entries import account_word, post_balance
from nonetloss.ledger.hierarchy import balance
from nonetloss.ledger.journal import append, balance_of, verify
from nonetloss.ledger.records import Entry, posting

DAY = dt.date(2026, 11, 21)
QHA = "quality_hectare"


def struck(offset, before=(10.0, 20.0), avoided=(4.0, 10.0), minimized=(1.0, 2.0)):
    flows = {"before": before, "avoided": avoided, "minimized": minimized}
    arrays = {}
    for flow, values in flows.items():
        arrays[f"{flow}_likely"] = np.array(values)[:, None]
        arrays[f"{flow}_draws"] = np.array(values)[:, None, None]
    return balance(
        arrays.pop("before_likely"),
        **arrays,
        offset_likely=np.array([offset]),
        offset_draws=np.array([[offset]]),
        assets=["várzea del Ucayali"],
    )


def held(journal, account):
    return balance_of(journal, f"nature:várzea-del-Ucayali:{account}", unit=QHA) / 1_000_000


def test_a_deficit_stays_owed():
    journal = post_balance(struck(offset=12.0), date=DAY)
    assert held(journal, "direct:before") == -10
    assert held(journal, "direct:avoided") == 4
    assert held(journal, "induced:minimized") == 2
    assert held(journal, "direct:residual") == 0
    # Residual (10 - 4 - 1) + (20 - 10 - 2) = 13, of which 12 are settled.
    assert held(journal, "total:settled") == 12
    assert held(journal, "total:owed") == 13 - 12
    assert held(journal, "total:credit") == 0
    assert verify(journal) == ()


def test_a_surplus_stays_credit():
    journal = post_balance(struck(offset=15.5), date=DAY)
    assert held(journal, "total:owed") == 0
    assert held(journal, "total:credit") == 15.5 - 13
    assert held(journal, "total:used") == 13


def test_without_loss_or_gain_nothing_is_moved():
    zero = (0.0, 0.0)
    journal = post_balance(struck(0.0, zero, zero, zero), date=DAY)
    assert journal.entries == ()
    assert verify(journal) == ()


def test_shifted_impact_makes_the_residual_larger():
    journal = post_balance(struck(0.0, avoided=(-3.0, 0.0), minimized=(0.0, 0.0)), date=DAY)
    assert held(journal, "direct:avoided") == -3
    assert held(journal, "total:owed") == 10 + 3 + 20


@pytest.mark.parametrize("part", [1 / 3, 2 / 3, 0.1, 1e-7, 1 - 1e-12])
def test_rounding_never_makes_a_stock_negative(part):
    before = (10.0000005, 1 / 3)
    avoided = tuple(b * part for b in before)
    minimized = tuple(b - a for b, a in zip(before, avoided, strict=True))
    journal = post_balance(struck(0.0, before, avoided, minimized), date=DAY)
    assert held(journal, "total:owed") == 0


def test_a_second_plan_needs_its_own_root():
    journal = post_balance(struck(12.0), date=DAY)
    with pytest.raises(LedgerError) as caught:
        post_balance(struck(12.0), date=DAY, journal=journal)
    assert {f.code for f in caught.value.findings} >= {"ledger.account-twice", "ledger.id"}
    both = post_balance(struck(12.0), date=DAY, journal=journal, root="nature:second")
    assert verify(both) == ()


def test_credit_cannot_be_used_twice():
    journal = post_balance(struck(offset=15.5), date=DAY)
    path = "nature:várzea-del-Ucayali:total"
    again = Entry(
        DAY,
        "again",
        Text("Otra vez", "Again"),
        (posting(f"{path}:credit", -13, QHA), posting(f"{path}:used", 13, QHA)),
    )
    with pytest.raises(LedgerError) as caught:
        append(journal, again)
    assert caught.value.findings[0].code == "ledger.negative-stock"


def test_narrations_use_the_titles_in_both_languages():
    titles = {
        "várzea del Ucayali": Text("Bosque inundable", "Floodplain forest"),
        "direct": Text("directa", "direct"),
    }
    first = post_balance(struck(12.0), date=DAY, titles=titles).entries[0]
    assert first.narration.es.startswith("Bosque inundable, directa: pérdida")
    assert first.narration.en.startswith("Floodplain forest, direct: loss")


def test_the_unit_is_that_of_the_balance():
    in_tonnes = dataclasses.replace(struck(12.0), unit="tCO2e")
    journal = post_balance(in_tonnes, date=DAY)
    assert {p.unit for e in journal.entries for p in e.postings} == {"tCO2e"}


def test_account_words():
    assert account_word("Várzea del Ucayali (norte)") == "Várzea-del-Ucayali-norte-"
