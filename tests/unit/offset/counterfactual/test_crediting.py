import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.grid import Grid
from nonetloss.offset.counterfactual import counterfactual
from nonetloss.offset.counterfactual.crediting import moments

KIND = Ecosystem(1, "a", Text.of("a"), Estimate.exact(0.8))
MAP = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", (KIND,))


def parcel(name, today):
    return Parcel(
        name, Text.of(name), box(0, 0, 1, 1), 10.0, "a",
        Estimate.exact(0.2), Estimate.exact(0.6), 1.0, value_today=Estimate.exact(today),
    )  # fmt: skip


def found(**more):
    return counterfactual(
        [parcel("p", 0.4), parcel("q", 0.2)],
        ecosystems=MAP,
        rng=np.random.default_rng(0),
        draws=2,
        horizon_years=4,
        discount_rate=0.03,
        **more,
    )


def test_the_moments_of_a_year():
    assert moments(3, "start").tolist() == [0, 1, 2]
    assert moments(3, "mid").tolist() == [0.5, 1.5, 2.5]
    assert moments(3, "end").tolist() == [1, 2, 3]


def test_one_assumption_changes_at_a_time():
    gains = found(leakage={"low": 0.0, "likely": 0.2, "high": 0.5})
    table = gains.sensitivity.set_index(["assumption", "value", "parcel"])["gain_likely_qha"]
    for i, name in enumerate("pq"):
        assert table["as_given", "", name] == pytest.approx(gains.likely[i])
        assert table["discount_rate", "0.03", name] == pytest.approx(gains.likely[i])
        assert table["timing", "end", name] == pytest.approx(gains.likely[i])
        # Without discounting the mean of 1/4 … 4/4 is 2.5/4.
        whole = 0.2 + 0.8 * 0.2 if name == "p" else 0.4
        assert table["discount_rate", "0", name] == pytest.approx(10 * whole * 2.5 / 4)
        assert table["credit", "end", name] == pytest.approx(10 * whole)
        both = table["gain", "restoration_gains", name]
        both += table["gain", "avoided_condition_decline", name]
        assert table["gain", "net_gains", name] == pytest.approx(both)
    # Only what is kept from being lost can leak: "q" only restores.
    assert table["leakage", "0.5", "q"] == table["leakage", "0", "q"]
    ends = [table["leakage", v, "p"] for v in ("0", "0.5")]
    assert ends[1] / ends[0] == pytest.approx((0.2 + 0.5 * 0.2) / 0.4)
    # What was not given, or has no spread, is not varied.
    assert not {"reversal", "background_loss_rate", "planned"} & set(
        gains.sensitivity["assumption"]
    )


def test_estimates_at_their_ends_and_planned_changes_left_out():
    gains = found(
        reversal={"low": 0.0, "likely": 0.05, "high": 0.1},
        background_loss_rate={"a": {"low": 0.0, "likely": 0.02, "high": 0.05}},
        planned={"p": {"year": "2 year", "probability": 0.5, "value_after": 0}},
    )
    table = gains.sensitivity.set_index(["assumption", "value", "parcel"])["gain_likely_qha"]
    given = table["as_given", "", "p"]
    assert table["reversal", "0.1", "p"] < given < table["reversal", "0", "p"]
    assert table["background_loss_rate", "low", "p"] < given
    assert given < table["background_loss_rate", "high", "p"]
    assert table["planned", "none", "p"] < given
    assert table["planned", "none", "q"] == table["as_given", "", "q"]
