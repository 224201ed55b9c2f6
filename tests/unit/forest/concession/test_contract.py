"""Terms, years left and obligations, by calendar."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.forest.concession.contract import (
    Contract,
    anniversary,
    clock_table,
    obligation_table,
    read_date,
    share_of_year,
    years_left,
)

D = datetime.date
AMIGOS = Contract(D(2001, 7, 7), 40)


def codes(found) -> list[str]:
    return [f.code for f in found]


def test_a_term_of_forty_years():
    assert AMIGOS.end == D(2041, 7, 7)
    assert AMIGOS.proven_end == AMIGOS.end


def test_a_renewal_counts_with_a_document_only():
    asked = Contract(D(2001, 7, 7), 40, 40)
    proven = Contract(D(2001, 7, 7), 40, 40, "Resolución 1")
    assert asked.renewed_end == proven.renewed_end == D(2081, 7, 7)
    assert asked.proven_end == D(2041, 7, 7)
    assert proven.proven_end == D(2081, 7, 7)


@pytest.mark.parametrize(("years", "renewal"), [(0, 0), (-1, 0), (40, -1)])
def test_terms_that_cannot_be(years, renewal):
    with pytest.raises(InputError):
        Contract(D(2001, 7, 7), years, renewal)


def test_the_last_of_february_stands_for_the_29th():
    assert anniversary(D(2024, 2, 29), 1) == D(2025, 2, 28)
    assert anniversary(D(2024, 2, 29), 4) == D(2028, 2, 29)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (D(2001, 7, 7), 40.0),
        (D(1999, 1, 1), 40.0),  # not yet begun
        (D(2002, 7, 7), 39.0),
        (D(2026, 7, 7), 15.0),
        # July 7 to November 21 is 137 days: 228 of 365 remain of the year to July 2027.
        (D(2026, 11, 21), 14 + 228 / 365),
        # The contract year from July 2027 holds February 29: 366 days.
        (D(2027, 7, 8), 13 + 365 / 366),
        (D(2041, 7, 6), 1 / 365),
        (D(2041, 7, 7), 0.0),
        (D(2050, 1, 1), 0.0),
    ],
)
def test_years_left(on, expected):
    assert years_left(AMIGOS.start, AMIGOS.end, on) == pytest.approx(expected, abs=1e-12)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.dates(D(1990, 1, 1), D(2045, 12, 31)), st.integers(1, 60), st.integers(0, 30_000))
def test_years_left_fall_with_every_day_and_agree_with_days(start, years, later):
    end = anniversary(start, years)
    day = start + datetime.timedelta(days=later)
    left, tomorrow = (years_left(start, end, d) for d in (day, day + datetime.timedelta(days=1)))
    assert tomorrow < left or left == tomorrow == 0
    if day < end:
        assert left == pytest.approx((end - day).days / 365.25, abs=0.01)


def test_a_share_of_a_year_counts_its_days():
    # July 7 to December 31, 2001: 178 days; January 1 to July 6, 2041: 187.
    assert share_of_year(AMIGOS.start, AMIGOS.end, 2001) == 178 / 365
    assert share_of_year(AMIGOS.start, AMIGOS.end, 2041) == 187 / 365
    assert share_of_year(AMIGOS.start, AMIGOS.end, 2024) == 1
    assert share_of_year(AMIGOS.start, AMIGOS.end, 2000) == 0
    assert share_of_year(AMIGOS.start, AMIGOS.end, 2042) == 0


def test_the_clock_tells_whether_enough_is_left():
    contract = Contract(D(2001, 7, 7), 40, 40, "")
    event = {"project-start": (Text(es="Inicio", en="Start"), D(2026, 7, 7))}
    table = clock_table(contract, events=event, minimum_years=40.0).set_index("event")
    assert table.loc["year-0", ["years_left", "years_left_renewed"]].tolist() == [40, 80]
    row = table.loc["project-start"]
    assert (row["years_left"], row["years_left_renewed"], row["proven_years_left"]) == (15, 55, 15)
    assert not row["enough"]
    assert table.loc["year-0", "enough"]
    assert table["date"].is_monotonic_increasing
    proven = Contract(D(2001, 7, 7), 40, 40, "R")
    renewed = clock_table(proven, events=event, minimum_years=40.0).set_index("event")
    assert renewed.loc["project-start", "enough"]


def test_without_a_renewal_there_is_nothing_renewed():
    table = clock_table(AMIGOS, events={}, minimum_years=40.0)
    assert table["years_left_renewed"].isna().all()


def duties(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows)


TODAY = D(2026, 11, 21)


def states(table, on=TODAY, contract=AMIGOS) -> dict[tuple[str, str], str]:
    told, _ = obligation_table(table, contract=contract, on=on)
    return {(r["id"], r["due"]): r["status"] for _, r in told.iterrows()}


def test_what_falls_due_and_what_is_met():
    table = duties(
        {"id": "inventory", "due": "2003-07-07", "status": "met"},
        {"id": "fine", "due": "2020-01-01", "status": "open"},
        {"id": "audit", "due": "2021-01-01"},
        {"id": "plan", "due": "2027-03-31"},
        {"id": "closing", "due": "2041-07-07"},
    )
    assert states(table) == {
        ("inventory", "2003-07-07"): "met",
        ("fine", "2020-01-01"): "overdue",
        ("audit", "2021-01-01"): "unknown",
        ("plan", "2027-03-31"): "due",
        ("closing", "2041-07-07"): "later",
    }
    _, found = obligation_table(table, contract=AMIGOS, on=TODAY)
    assert codes(found) == ["concession.overdue", "concession.unknown-past"]


def test_an_obligation_comes_back_until_the_contract_ends():
    table = duties(
        {"id": "report", "due": "2002-03-31", "every_years": 1, "met_until": "2025-12-31"}
    )
    told = states(table)
    assert len(told) == 40  # 2002 to 2041
    assert told[("report", "2025-03-31")] == "met"
    assert told[("report", "2026-03-31")] == "overdue"
    assert told[("report", "2027-03-31")] == "due"
    assert told[("report", "2041-03-31")] == "later"


def test_of_a_repeated_duty_one_word_says_nothing():
    """`met` of a row that falls due forty times does not say which time."""
    told = states(duties({"id": "r", "due": "2025-01-01", "every_years": 1, "status": "met"}))
    assert told[("r", "2025-01-01")] == "unknown"


def test_days_left_are_negative_when_past():
    table, _ = obligation_table(
        duties({"id": "a", "due": "2026-11-20", "source": "Clause 7", "note": None}),
        contract=AMIGOS,
        on=TODAY,
    )
    assert table["days_left"].tolist() == [-1]
    assert table[["source", "note"]].to_numpy().tolist() == [["Clause 7", ""]]
    assert (table["title_es"].item(), table["title_en"].item()) == ("a", "a")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"id": "a", "due": "31/03/2027"}, "concession.obligation-due"),
        ({"id": "a", "due": None}, "concession.obligation-due"),
        ({"id": "a", "due": "2027-01-01", "met_until": "x"}, "concession.obligation-due"),
        ({"id": "a", "due": "2001-07-06"}, "concession.obligation-outside"),
        ({"id": "a", "due": "2041-07-08"}, "concession.obligation-outside"),
        ({"id": "a", "due": "2027-01-01", "status": "done"}, "concession.obligation-status"),
        ({"id": "a", "due": "2027-01-01", "every_years": 0}, "concession.obligation-every"),
        ({"id": "a", "due": "2027-01-01", "every_years": 1.5}, "concession.obligation-every"),
        ({"id": None, "due": "2027-01-01"}, "concession.obligation-twice"),
        ({"due": "2027-01-01"}, "concession.columns"),
    ],
)
def test_rows_that_cannot_be_are_refused(row, code):
    with pytest.raises(InputError) as caught:
        obligation_table(duties(row), contract=AMIGOS, on=TODAY)
    assert codes(caught.value.findings) == [code]


def test_all_that_is_wrong_is_told_at_once():
    table = duties({"id": "a", "due": "x"}, {"id": "b", "due": "2000-01-01"}, {
        "id": "b", "due": "2030-01-01"})  # fmt: skip
    with pytest.raises(InputError) as caught:
        obligation_table(table, contract=AMIGOS, on=TODAY)
    assert sorted(codes(caught.value.findings)) == [
        "concession.obligation-due", "concession.obligation-outside", "concession.obligation-twice",
    ]  # fmt: skip


def test_no_obligations():
    for none in (None, pd.DataFrame()):
        table, found = obligation_table(none, contract=AMIGOS, on=TODAY)
        assert table.empty
        assert found == ()


def test_dates():
    assert read_date("2001-07-07", name="start") == D(2001, 7, 7)
    assert read_date(pd.Timestamp("2001-07-07 05:00"), name="start") == D(2001, 7, 7)
    assert read_date(datetime.datetime(2001, 7, 7, 5), name="start") == D(2001, 7, 7)  # noqa: DTZ001 - a local date of a contract
    for bad in ("07/07/2001", "", None, np.nan, pd.NaT, 2001):
        with pytest.raises(InputError) as caught:
            read_date(bad, name="start")
        assert codes(caught.value.findings) == ["concession.date"]
