"""Following up: more gain seen is never worse, and nobody is credited with more than promised."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.grid import Grid
from nonetloss.offset.monitoring import monitor
from nonetloss.offset.monitoring.outlook import pace
from nonetloss.offset.portfolio import select

MODEST = settings(derandomize=True, deadline=None, max_examples=20)
WORSE = ("missed", "warning", "ok")


def parcel(name, without, with_, years):
    return Parcel(
        name=name,
        title=Text(es=f"Sitio {name}", en=f"Site {name}"),
        geometry=shapely.box(0, 0, 1000, 1000),
        area_ha=100.0,
        ecosystem="forest",
        value_without=Estimate.exact(without),
        value_with=Estimate.exact(with_),
        cost_usd=1.0,
        years_to_value=years,
    )


def follow(parcels, rows):
    columns = ["site", "year", "value_low", "value_likely", "value_high"]
    return monitor(
        parcels,
        observations=pd.DataFrame(rows, columns=columns),
        rng=np.random.default_rng(5),
        draws=50,
    )


@st.composite
def cases(draw):
    """One site and an observation of each of some years, ends in order."""
    without, with_ = sorted((draw(st.integers(0, 20)) / 20, draw(st.integers(0, 20)) / 20))
    assume(without < with_)
    site = parcel("a", without, with_, float(draw(st.integers(1, 15))))
    rows = []
    for year in sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=4))):
        ends = sorted(draw(st.integers(0, 19)) / 20 for _ in range(3))
        rows.append(("a", year, *ends))
    return site, rows


@given(cases(), st.integers(1, 10))
@MODEST
def test_seeing_more_is_never_worse(case, step):
    site, rows = case
    better = [(s, y, *(min(1.0, v + step / 20) for v in ends)) for s, y, *ends in rows]
    one, other = follow((site,), rows), follow((site,), better)
    seen, more = (made.progress["observed"].dropna() for made in (one, other))
    assert (more >= seen - 1e-9).all()
    ranks = [
        [WORSE.index(status) for status in made.progress["status"] if status in WORSE]
        for made in (one, other)
    ]
    assert all(b >= a for a, b in zip(*ranks, strict=True))
    assert other.offset_likely[0] >= one.offset_likely[0] - 1e-9
    assert other.reopening["shortfall_qha"][0] <= one.reopening["shortfall_qha"][0] + 1e-9


@given(cases())
@MODEST
def test_nobody_is_credited_with_more_than_was_promised(case):
    site, rows = case
    made = follow((site,), rows)
    promised = made.delivery["promised_qha"][0]
    assert 0 <= made.offset_likely[0] <= promised + 1e-9
    assert (made.offset_draws <= promised + 1e-9).all()
    told = made.outlook.iloc[0]
    assert 0 <= told["probability_of_target"] <= 1
    assert told["forecast_low"] <= told["forecast_likely"] <= told["forecast_high"]
    assert told["warning"] == (told["probability_of_target"] < 0.7)


@given(cases())
@MODEST
def test_a_site_says_nothing_about_another(case):
    site, rows = case
    other = parcel("b", 0.1, 0.9, 10.0)
    alone = follow((site,), rows)
    beside = follow((other, site), [*rows, ("b", 3, 0.2, 0.3, 0.4)])
    mine = beside.outlook[beside.outlook["site"] == "a"].reset_index(drop=True)
    same = [c for c in mine.columns if c not in ("target_year", "target")]
    if alone.outlook["target_year"][0] == mine["target_year"][0]:
        pd.testing.assert_frame_equal(mine[same], alone.outlook[same])
    delivered = beside.delivery.set_index("site")["delivered_qha"]["a"]
    assert delivered == pytest.approx(alone.delivery["delivered_qha"][0])


@given(
    st.lists(st.tuples(st.floats(0.1, 50), st.floats(-20, 80), st.floats(0, 25)), max_size=6),
    st.floats(0.1, 2.0),
    st.floats(0.05, 1.0),
)
@MODEST
def test_each_observation_narrows_the_pace_and_their_order_does_not_matter(seen, mean, deviation):
    def told(rows):
        p, g, v = np.array(rows).reshape(-1, 3).T
        return pace(p, observed=g, variance=v, prior_mean=mean, prior_sd=deviation)

    widths = [told(seen[:n])[1] for n in range(len(seen) + 1)]
    assert all(b <= a + 1e-12 for a, b in pairwise(widths))
    assert told(seen) == pytest.approx(told(seen[::-1]))
    shares = [g / p for p, g, _ in seen]
    assert min([mean, *shares]) - 1e-9 <= told(seen)[0] <= max([mean, *shares]) + 1e-9


def strips(draw, names):
    """Parcels side by side, of three ecosystems, some begun later."""
    made = []
    for i, name in enumerate(names):
        without, gain = draw(st.integers(0, 8)) / 20, draw(st.integers(1, 12)) / 20
        made.append(
            Parcel(
                name=name,
                title=Text(es=f"Sitio {name}", en=f"Site {name}"),
                geometry=shapely.box(2000 * i, 0, 2000 * i + 1000, 1000),
                area_ha=100.0,
                ecosystem=draw(st.sampled_from(("low", "mid", "high"))),
                value_without=Estimate.exact(without),
                value_with=Estimate.exact(without + gain),
                cost_usd=float(draw(st.integers(1, 9))),
                years_to_value=10.0,
            )
        )
    return made


def kind(code, name, *better):
    return Ecosystem(code, name, Text.of(name), Estimate.exact(0.8), better=better)


KINDS = (kind(1, "low", "mid", "high"), kind(2, "mid", "high"), kind(3, "high"))
GROUND = EcosystemMap(
    np.ones((2, 2), dtype=np.int16), Grid(0.0, 2.0, 1.0, 1.0, 2, 2), "EPSG:32718", KINDS
)


@st.composite
def plans(draw):
    """Parcels, and the portfolio chosen of them for random losses, with and without a wish."""
    parcels = strips(draw, [f"p{i}" for i in range(draw(st.integers(1, 6)))])
    lost = np.array([[[float(draw(st.integers(0, 60))) for _ in KINDS]]])
    spread = np.linspace(0.7, 1.2, 40)
    loss = Loss(
        "quality_hectare", ("route",), ("direct",), ("low", "mid", "high"), lost,
        lost[..., None] * spread,
    )  # fmt: skip
    chosen = select(
        parcels,
        residual=loss,
        ecosystems=GROUND,
        rng=np.random.default_rng(3),
        probability=draw(st.sampled_from((None, 0.6))),
        periods=draw(st.sampled_from((None, {2: 1e9, 6: 1e9}))),
        delay_rate=0.05,
        scenarios=5,
        locked_in=draw(st.sampled_from(((), ("p0",)))),
    )
    return parcels, chosen


@given(plans())
@MODEST
def test_what_is_delivered_as_promised_is_the_offset_of_the_plan(plan):
    parcels, chosen = plan
    told = chosen.shares.groupby("asset")["gain_qha"].sum()
    assert [told.get(a, 0.0) for a in chosen.assets] == pytest.approx(
        chosen.offset_likely.tolist(), abs=1e-9
    )
    rows = [(p.name, 10, p.value_with.likely, p.value_without.likely) for p in parcels]
    seen = pd.DataFrame(rows, columns=["site", "year", "value", "control"])
    seen = seen[seen["site"].isin(chosen.chosen)]
    for observations in (None, seen):
        made = monitor(
            parcels,
            portfolio=chosen,
            observations=observations,
            rng=np.random.default_rng(5),
        )
        assert made.assets == chosen.assets
        assert made.offset_likely == pytest.approx(chosen.offset_likely, abs=1e-9)
        by_asset = made.served.groupby("asset")["delivered_qha"].sum()
        assert by_asset.reindex(made.assets, fill_value=0.0).tolist() == pytest.approx(
            made.offset_likely.tolist(), abs=1e-9
        )
        assert not made.reopened


@given(plans(), st.integers(0, 5), st.integers(0, 10))
@MODEST
def test_a_shortfall_is_borne_by_those_who_relied_on_the_site(plan, which, tenths):
    parcels, chosen = plan
    assume(chosen.chosen)
    failed = chosen.chosen[which % len(chosen.chosen)]
    rows = []
    for p in parcels:
        if p.name in chosen.chosen:
            share = tenths / 10 if p.name == failed else 1.0
            base = p.value_without.likely
            rows.append((p.name, 10, base + share * (p.value_with.likely - base), base))
    seen = pd.DataFrame(rows, columns=["site", "year", "value", "control"])
    made = monitor(parcels, portfolio=chosen, observations=seen, rng=np.random.default_rng(5))
    relied = chosen.shares[chosen.shares["parcel"] == failed].groupby("asset")["gain_qha"].sum()
    missing = (1 - tenths / 10) * relied.reindex(made.assets, fill_value=0.0).to_numpy()
    assert chosen.offset_likely - made.offset_likely == pytest.approx(missing, abs=1e-9)
