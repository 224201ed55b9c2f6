"""Multipliers only grow with what they charge for; rules only narrow what they accept."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.equivalence import (
    Multipliers,
    TradingRules,
    allowed_pairs,
    distance_multiplier,
    multiplier,
    risk_multiplier,
    robust_multiplier,
    time_multiplier,
)

MODEST = settings(derandomize=True, deadline=None, max_examples=60)
YEARS = st.floats(-5, 100)
RATE = st.floats(0, 0.2)
SHARE = st.floats(0.01, 1)
METERS = st.floats(0, 1e6)
KINDS = tuple(
    Ecosystem(i + 1, n, Text.of(n), Estimate.exact(0.5), better=b)
    for i, (n, b) in enumerate((("x", ("y",)), ("y", ()), ("z", ("x", "y"))))
)


@MODEST
@given(YEARS, YEARS, RATE, RATE)
def test_time(one, other, slow, fast):
    (a, b), (r, s) = sorted((one, other)), sorted((slow, fast))
    assert 1 <= time_multiplier(a, rate=r) <= time_multiplier(b, rate=r)
    assert time_multiplier(a, rate=r) <= time_multiplier(a, rate=s)


@MODEST
@given(SHARE, SHARE, st.floats(0, 0.99), st.floats(0, 0.99))
def test_risk(one, other, rare, often):
    (a, b), (p, q) = sorted((one, other)), sorted((rare, often))
    assert 1 <= risk_multiplier(b, failure=p) <= risk_multiplier(a, failure=p)
    assert risk_multiplier(a, failure=p) <= risk_multiplier(a, failure=q)


@MODEST
@given(METERS, METERS, st.floats(1e3, 1e6), st.floats(1e3, 1e6))
def test_distance(one, other, narrow, wide):
    (a, b), (h, k) = sorted((one, other)), sorted((narrow, wide))
    assert distance_multiplier(a, half_distance_m=h) >= 1
    assert distance_multiplier(a, half_distance_m=h) <= distance_multiplier(b, half_distance_m=h)
    assert distance_multiplier(a, half_distance_m=k) <= distance_multiplier(a, half_distance_m=h)


@MODEST
@given(st.integers(0, 10**6), st.floats(0.01, 1), st.floats(0.01, 1))
def test_surer_costs_more(seed, one, other):
    rng = np.random.default_rng(seed)
    loss, gain = rng.gamma(2.0, size=30), rng.gamma(2.0, size=30) - 0.2
    p, q = sorted((one, other))
    assert robust_multiplier(loss, gain, probability=p) <= robust_multiplier(
        loss, gain, probability=q
    )
    # Half the gain needs twice the ratio.
    twice = robust_multiplier(loss, gain / 2, probability=p)
    assert np.isclose(twice, 2 * robust_multiplier(loss, gain, probability=p))


def lots(draw_zones, kinds, delays):
    return [
        Parcel(
            f"p{i}", Text.of("p"), box(0, 0, 1, 1), 1.0, k, Estimate.exact(0), Estimate.exact(1),
            1.0, zone=z, years_to_value=d,
        )
        for i, (z, k, d) in enumerate(zip(draw_zones, kinds, delays, strict=True))
    ]  # fmt: skip


PARCELS = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=n, max_size=n),
        st.lists(st.sampled_from("xyz"), min_size=n, max_size=n),
        st.lists(st.floats(0, 50), min_size=n, max_size=n),
        st.lists(METERS, min_size=n, max_size=n),
    )
)


@MODEST
@given(PARCELS, METERS, METERS)
def test_a_stricter_rule_never_allows_more(given_lots, near, far):
    *columns, reach = given_lots
    parcels, distance = lots(*columns), np.array(reach)
    near, far = sorted((near, far))

    def pairs(**rules):
        held = TradingRules(impact_zones=("a",), neighbors={"a": ("b",)}, **rules)
        return allowed_pairs(KINDS, parcels, held, distance_m=distance)

    rank = {"x": 1.0, "y": 2.0, "z": 3.0}
    trades = [
        pairs(trade=t, rank=rank)
        for t in ("like-for-like", "like-for-like-or-better", "trading-up")
    ]
    zones = [pairs(zone=z) for z in ("same", "same-or-neighbor", "any")]
    reaches = [pairs(max_distance_m=m) for m in (near, far, np.inf)]
    for narrow, middle, wide in (trades, zones, reaches):
        assert (narrow <= middle).all()
        assert (middle <= wide).all()


@MODEST
@given(PARCELS, RATE, SHARE, st.floats(1, 5), st.floats(1, 5))
def test_what_is_owed_is_never_below_one_and_order_does_not_matter(
    given_lots, rate, success, beside, elsewhere
):
    *columns, reach = given_lots
    parcels, distance = lots(*columns), np.array(reach)
    held = TradingRules(
        impact_zones=("a",),
        neighbors={"a": ("b",)},
        multipliers=Multipliers(
            time_rate=rate,
            success=success,
            half_distance_m=1e5,
            zones=(1.0, *sorted((beside, elsewhere))),
        ),
    )
    owed = multiplier(KINDS, parcels, held, distance_m=distance)
    may = allowed_pairs(KINDS, parcels, held, distance_m=distance)
    assert (owed[may] >= 1).all()
    assert np.isfinite(owed[may]).all()
    back = multiplier(KINDS, parcels[::-1], held, distance_m=distance[::-1])
    assert np.array_equal(back[:, ::-1], owed, equal_nan=True)
