"""The balance equals a count by hand, whatever comes in, and its entries agree with its table."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.ledger.balance_entries import post_balance
from nonetloss.ledger.hierarchy import balance
from nonetloss.ledger.journal import balance_of, verify

DAY = dt.date(2026, 11, 21)
COMPONENTS = ("direct", "induced")
MODEST = settings(derandomize=True, deadline=None, max_examples=50)


def made(seed, assets, draws):
    """Flows with a residual that is never negative; avoided may be."""
    rng = np.random.default_rng(seed)

    def flows(*shape):
        before = rng.gamma(1.0, 50.0, (2, assets, *shape)) * (rng.random((2, assets, *shape)) > 0.2)
        avoided = before * rng.uniform(-0.5, 1.0, before.shape)
        minimized = (before - avoided) * rng.choice([0.0, 0.4, 1.0], before.shape)
        return {"before": before, "avoided": avoided, "minimized": minimized}

    likely, drawn = flows(), flows(draws)
    offset = rng.gamma(1.0, 60.0, (assets,)), rng.normal(60.0, 60.0, (assets, draws))
    arrays = {f"{flow}_likely": values for flow, values in likely.items()}
    arrays |= {f"{flow}_draws": values for flow, values in drawn.items()}
    return arrays | {"offset_likely": offset[0], "offset_draws": offset[1]}


cases = st.builds(made, st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 30))


def strike(arrays):
    arrays = dict(arrays)
    assets = [f"asset-{n}" for n in range(arrays["offset_likely"].shape[0])]
    return balance(arrays.pop("before_likely"), **arrays, assets=assets)


@given(cases)
@MODEST
def test_probability_is_a_count_of_draws(arrays):
    struck = strike(arrays)
    assets, draws = arrays["offset_draws"].shape
    hits, together = [0] * assets, 0
    for d in range(draws):
        held = []
        for a in range(assets):
            owed = sum(
                arrays["before_draws"][c, a, d]
                - arrays["avoided_draws"][c, a, d]
                - arrays["minimized_draws"][c, a, d]
                for c in range(2)
            )
            held.append(arrays["offset_draws"][a, d] - owed >= -1e-6)
        hits = [h + ok for h, ok in zip(hits, held, strict=True)]
        together += all(held)
    assert struck.no_net_loss["probability"].tolist() == [h / draws for h in hits]
    assert struck.joint.value == together / draws
    assert struck.joint.value <= min(struck.no_net_loss["probability"])


@given(cases)
@MODEST
def test_the_order_of_assets_changes_nothing(arrays):
    struck = strike(arrays)
    turned = {
        name: values[..., ::-1] if name.endswith("likely") else values[..., ::-1, :]
        for name, values in arrays.items()
    }
    other = strike(turned)
    assert other.joint == struck.joint
    columns = ["before", "residual", "net"]
    totals = struck.table.query("component == 'total'")[columns].to_numpy()
    np.testing.assert_array_equal(
        other.table.query("component == 'total'")[columns].to_numpy(), totals[::-1]
    )


@given(cases)
@MODEST
def test_the_journal_agrees_with_the_table(arrays):
    struck = strike(arrays)
    journal = post_balance(struck, date=DAY)
    assert verify(journal) == ()
    for row in struck.table.query("component == 'total'").to_dict("records"):
        path = f"nature:{row['asset']}:total"
        owed = balance_of(journal, f"{path}:owed", unit=struck.unit)
        credit = balance_of(journal, f"{path}:credit", unit=struck.unit)
        assert (credit - owed) / 1e6 == pytest.approx(row["net"], abs=3e-6)
        assert min(owed, credit) == 0
    for row in struck.table.query("component != 'total'").to_dict("records"):
        for flow, sign in (("before", -1), ("avoided", 1), ("minimized", 1)):
            account = f"nature:{row['asset']}:{row['component']}:{flow}"
            posted = balance_of(journal, account, unit=struck.unit) / 1e6
            assert sign * posted == pytest.approx(row[flow], abs=2e-6)


def test_independent_assets_hold_together_with_the_product_of_their_chances():
    # Offset uniform on [0, 1] against residual 0.3 and 0.6: 0.7 and 0.4, jointly 0.28.
    rng = np.random.default_rng(20261121)
    draws = 20_000
    zero, zero_drawn = np.zeros((1, 2)), np.zeros((1, 2, draws))
    struck = balance(
        np.array([[0.3, 0.6]]),
        before_draws=np.broadcast_to(np.array([[[0.3], [0.6]]]), (1, 2, draws)),
        avoided_likely=zero,
        avoided_draws=zero_drawn,
        minimized_likely=zero,
        minimized_draws=zero_drawn,
        offset_likely=np.array([0.5, 0.5]),
        offset_draws=rng.random((2, draws)),
        assets=("a", "b"),
        components=("direct",),
    )
    chances = struck.no_net_loss["probability"].tolist()
    assert chances == pytest.approx([0.7, 0.4], abs=4 * (0.25 / draws) ** 0.5)
    assert abs(struck.joint.value - 0.7 * 0.4) < 4 * struck.joint.standard_error
