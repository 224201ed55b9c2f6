"""What must hold of gains whatever the parcels: late, leaky and reversed gains are less."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.grid import Grid
from nonetloss.offset.counterfactual import Deposit, Withdrawal, counterfactual, settle

KIND = Ecosystem(1, "a", Text.of("a"), Estimate.exact(0.8))
MAP = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", (KIND,))
MODEST = settings(derandomize=True, deadline=None, max_examples=40)
UNIT = st.floats(0, 1)


@st.composite
def parcels(draw):
    low, today, high = sorted(draw(st.tuples(UNIT, UNIT, UNIT)))
    return Parcel(
        "p", Text.of("p"), box(0, 0, 1, 1), 10.0, "a",
        Estimate.exact(low), Estimate.exact(high), 1.0,
        start_year=draw(st.floats(0, 12)),
        years_to_value=draw(st.floats(0, 30)),
        action=draw(st.sampled_from(["protection", "restoration"])),
        value_today=draw(st.sampled_from([None, Estimate.exact(today)])),
    )  # fmt: skip


def gain(parcel, **more):
    arguments = {"rng": np.random.default_rng(0), "draws": 3, "horizon_years": 10, **more}
    return counterfactual([parcel], ecosystems=MAP, **arguments)


@MODEST
@given(parcels(), st.floats(0, 0.2), st.sampled_from(["start", "mid", "end"]))
def test_a_gain_lies_between_nothing_and_the_whole(parcel, rate, timing):
    found = gain(parcel, discount_rate=rate, timing=timing)
    assert -1e-12 <= found.likely[0] <= found.static[0] + 1e-9
    assert np.allclose(found.draws[0], found.likely[0])
    assert (found.with_offset >= found.without_offset - 1e-12).all()


@MODEST
@given(parcels(), st.floats(0, 0.1), st.floats(0, 0.1))
def test_a_higher_discount_rate_never_raises_what_only_grows(parcel, one, other):
    slow, fast = sorted((one, other))
    kept = gain(parcel, discount_rate=slow).likely[0]
    assert gain(parcel, discount_rate=fast).likely[0] <= kept + 1e-9


@MODEST
@given(parcels(), UNIT, UNIT)
def test_leakage_and_reversal_never_raise_a_gain(parcel, one, other):
    for name in ("leakage", "reversal"):
        less, more = (
            gain(parcel, **{name: dict.fromkeys(("low", "likely", "high"), v)}).likely[0]
            for v in sorted((one, other))
        )
        assert more <= less + 1e-9


@MODEST
@given(parcels(), UNIT)
def test_a_development_that_would_come_raises_it_and_net_is_the_sum(parcel, chance):
    # After the action has begun: what comes before it leaves less to protect.
    plan = {"p": {"year": "13 year", "probability": chance, "value_after": 0}}
    assert gain(parcel, planned=plan, horizon_years=20).likely[0] >= (
        gain(parcel, horizon_years=20).likely[0] - 1e-9
    )
    parts = [
        gain(parcel, gain=g).likely[0] for g in ("restoration_gains", "avoided_condition_decline")
    ]
    assert np.isclose(sum(parts), gain(parcel, gain="net_gains").likely[0])


@MODEST
@given(
    st.lists(st.tuples(st.floats(0, 20), st.floats(0.1, 10)), max_size=5),
    st.lists(st.tuples(st.floats(0, 20), st.floats(0.1, 10)), max_size=5),
    st.sampled_from(["credit", "parcel"]),
    st.booleans(),
)
def test_a_bank_is_never_overdrawn_and_no_gain_is_used_twice(paid, asked, kind, keep):
    deposits = [Deposit(f"d{i}", "a", y, q) for i, (y, q) in enumerate(paid)]
    losses = [Withdrawal(f"w{i}", "a", y, q) for i, (y, q) in enumerate(asked)]
    bank = settle(deposits, withdrawals=losses, kind=kind, keep_surplus=keep)
    assert (bank.journal["balance_qha"] >= -1e-9).all()
    assert (np.diff(bank.journal["year"]) >= 0).all()
    given_out = sum(w.amount_qha for w in losses if w.name in bank.served)
    total = sum(d.amount_qha for d in deposits)
    assert bank.balance("a") <= total - given_out + 1e-9
    by_parcel = bank.journal.groupby("parcel")["amount_qha"].sum()
    assert (by_parcel >= -1e-9).all()
    again = settle(deposits[::-1], withdrawals=losses[::-1], kind=kind, keep_surplus=keep)
    assert again.journal.equals(bank.journal)


@MODEST
@given(parcels(), UNIT, UNIT)
def test_what_leaks_never_makes_a_gain_a_loss(parcel, reversal, leakage):
    shares = {"reversal": reversal, "leakage": leakage}
    given_ = {k: dict.fromkeys(("low", "likely", "high"), v) for k, v in shares.items()}
    assert (gain(parcel, **given_).yearly >= -1e-9).all()
