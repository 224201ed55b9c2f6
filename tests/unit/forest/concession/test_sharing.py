"""Shares against a loop that a person can follow; nothing is lost or paid twice."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.forest.concession.selling import risen
from nonetloss.forest.concession.sharing import Party, read_sharing, share_out


def party(name, share, base="surplus") -> Party:
    return Party(name, Text(es=name, en=name), "community", base, share)


def column(*values) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


def test_a_share_of_revenue_comes_before_any_cost():
    received, holder = share_out(
        [party("people", 0.2, "revenue")], revenue=column(100, 100), other=column(-150, -10),
        losses="yearly",
    )  # fmt: skip
    assert received["people"].ravel().tolist() == [20, 20]
    assert holder.ravel().tolist() == [100 - 20 - 150, 100 - 20 - 10]


def test_a_share_of_surplus_waits_until_losses_are_made_up():
    """-50, then +30 and +40: carried, only the last 20 are shared; yearly, all 70 are."""
    parties = [party("people", 0.5)]
    money = {"revenue": column(0, 30, 40), "other": column(-50, 0, 0)}
    carried, rest = share_out(parties, losses="carried", **money)
    assert carried["people"].ravel().tolist() == [0, 0, 10]
    assert rest.ravel().tolist() == [-50, 30, 30]
    yearly, _ = share_out(parties, losses="yearly", **money)
    assert yearly["people"].ravel().tolist() == [0, 15, 20]


def test_a_party_may_have_both():
    received, holder = share_out(
        [party("people", 0.1, "revenue"), party("people", 0.5)], revenue=column(100),
        other=column(-40), losses="carried",
    )  # fmt: skip
    assert received["people"].item() == 10 + 0.5 * (90 - 40)
    assert holder.item() == 25


amounts = st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=8)


@settings(derandomize=True, deadline=None, max_examples=80)
@given(amounts, st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5]), min_size=2, max_size=2))
def test_what_all_receive_is_what_there_is(net, shares):
    revenue = column(*[abs(v) for v in net])
    other = column(*net) - revenue
    parties = [party("a", shares[0], "revenue"), party("b", shares[1])]
    for losses in ("carried", "yearly"):
        received, holder = share_out(parties, revenue=revenue, other=other, losses=losses)
        np.testing.assert_allclose(
            received["a"] + received["b"] + holder, revenue + other, atol=1e-9
        )
        assert (received["b"] >= 0).all()


@settings(derandomize=True, deadline=None, max_examples=80)
@given(amounts)
def test_risen_against_a_loop(series):
    owed, expected = 0.0, []
    for value in series:
        # What is owed from before is made up first.
        free = max(0.0, value - owed)
        owed = max(0.0, owed - value)
        expected.append(free)
    np.testing.assert_allclose(risen(column(*series)).ravel(), expected, atol=1e-9)


def test_read_in_order_of_name_whatever_the_order_of_rows():
    table = pd.DataFrame(
        [
            {"party": "state", "share": 0.1, "kind": "state", "title_es": "Estado"},
            {"party": "people", "share": 0.2, "base": "revenue", "kind": "community"},
        ]
    )
    parties = read_sharing(table, holder="holder")
    assert [(p.name, p.base, p.share) for p in parties] == [
        ("people", "revenue", 0.2), ("state", "surplus", 0.1),
    ]  # fmt: skip
    assert parties[1].title == Text(es="Estado", en="state")
    assert parties == read_sharing(table[::-1], holder="holder")
    assert read_sharing(None, holder="holder") == ()


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"party": "a", "share": 1.2}], {"concession.share", "concession.shares-above-one"}),
        ([{"party": "a", "share": 30}], {"concession.share", "concession.shares-above-one"}),
        ([{"party": "a", "share": -0.1}], {"concession.share"}),
        ([{"party": "a", "share": None}], {"concession.share"}),
        ([{"party": "a", "share": 0.1, "base": "profit"}], {"concession.share-base"}),
        ([{"party": "a", "share": 0.1, "kind": "comunity"}], {"concession.party-kind"}),
        ([{"party": "a", "share": 0.1}] * 2, {"concession.party-twice"}),
        ([{"party": "holder", "share": 0.1}], {"concession.party-twice"}),
        ([{"party": None, "share": 0.1}], {"concession.party-twice"}),
        (
            [{"party": "a", "share": 0.6}, {"party": "b", "share": 0.5}],
            {"concession.shares-above-one"},
        ),
        ([{"party": "a"}], {"concession.columns"}),
    ],
)
def test_shares_that_cannot_be_are_refused(rows, code):
    with pytest.raises(InputError) as caught:
        read_sharing(pd.DataFrame(rows), holder="holder")
    assert {f.code for f in caught.value.findings} == code


def test_the_two_bases_are_apart():
    rows = [{"party": "a", "share": 0.8, "base": "revenue"}, {"party": "b", "share": 0.9}]
    assert len(read_sharing(pd.DataFrame(rows), holder="holder")) == 2
