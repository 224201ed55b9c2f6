"""Degree of regulation on three reaches in a row and a side river, by hand."""

import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss.core.errors import InputError
from nonetloss.hydropower.fragments import fragment_lengths
from nonetloss.hydropower.quantities import YEAR_S
from nonetloss.hydropower.regulated_flow import (
    degree_of_regulation,
    network_scores,
    regulated_km,
)
from nonetloss.hydropower.regulation import regulate
from nonetloss.hydropower.states import evaluate_states

# Reach 0 flows into 1, 1 and 3 into 2, 2 is the outlet.
DOWN = np.array([1, 2, -1, 2])
VOLUME = np.array([100.0, 200.0, 1000.0, 500.0])
LENGTH = np.array([10.0, 20.0, 30.0, 40.0])
# Dam 0 acts from reach 0, dam 1 from reach 3.
AT = np.array([0, 3])


def test_percent_by_hand():
    found = degree_of_regulation(
        DOWN, dam_reach=AT, storage_m3=np.array([[20.0, 0.0], [20.0, 50.0]]), volume_m3=VOLUME
    )
    assert found.tolist() == [[20.0, 10.0, 2.0, 0.0], [20.0, 10.0, 7.0, 10.0]]


def test_kilometers_by_class_by_hand():
    percent = np.array([[20.0, 10.0, 2.0, 0.0], [30.0, 10.0, 7.0, 10.0]])
    found = regulated_km(percent, length_km=LENGTH)
    assert found.tolist() == [[60.0, 30.0, 0.0], [100.0, 70.0, 10.0]]


def test_scores_add_up_to_the_weighted_regulation():
    storage = np.array([20.0, 50.0])
    scores = network_scores(DOWN, dam_reach=AT, storage_m3=storage, volume_m3=VOLUME, weight=LENGTH)
    # Dam 0: 100 · 20 · (10/100 + 20/200 + 30/1000); dam 1: 100 · 50 · (40/500 + 30/1000).
    assert scores.tolist() == pytest.approx([2000 * 0.23, 5000 * 0.11])
    for built in ([0, 0], [1, 0], [0, 1], [1, 1]):
        percent = degree_of_regulation(
            DOWN, dam_reach=AT, storage_m3=storage * built, volume_m3=VOLUME
        )
        assert (scores * built).sum() == pytest.approx((percent * LENGTH).sum())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"down": np.array([1, 0, -1, 2])}, "regulation.circle"),
        ({"down": np.array([1, 9, -1, 2])}, "regulation.reach-unknown"),
        ({"dam_reach": np.array([0, -1])}, "regulation.reach-unknown"),
        ({"storage_m3": np.array([-1.0, 0.0])}, "hydropower.quantity"),
        ({"volume_m3": VOLUME * 0}, "hydropower.quantity"),
        ({"volume_m3": VOLUME * np.nan}, "hydropower.quantity"),
    ],
)
def test_what_cannot_be(change, code):
    given = {"down": DOWN, "dam_reach": AT, "storage_m3": np.ones(2), "volume_m3": VOLUME, **change}
    with pytest.raises(InputError) as caught:
        degree_of_regulation(given.pop("down"), **given)
    assert caught.value.findings[0].code == code


def basin(rivers, *, reaches=True, **changes):
    """Dam b above dam a; b stores what 1 m3/s brings in a year. Piece 6 is a side river."""
    dams = [
        rivers.dam("a", 0, 1, **{"storage": 0.0, "flow": 40.0, **changes}),
        rivers.dam("b", 1, 2, **{"storage": 1.0 * YEAR_S, "flow": 10.0, **changes}),
    ]
    parts = {0: {"length_km": 50.0}, 1: {"length_km": 20.0}, 2: {"length_km": 10.0}}
    lines = gpd.GeoDataFrame(
        {
            "piece": [7, 8, 9, 6],
            "next_piece": [8, 9, None, 9],
            "component": [2, 1, 0, 0],
            "length_km": [10.0, 20.0, 30.0, 20.0],
            "discharge_m3s": [10.0, 40.0, 200.0, 100.0],
        },
        geometry=[shapely.LineString([(0, 0), (1, 1)])] * 4,
        crs="EPSG:32718",
    )
    units = {"storage": "m^3", "flow": "m^3/s"}
    net = rivers.network(parts, dams, dam_units=units)
    if not reaches:
        return net
    return dataclasses.replace(net, reaches=lines, crs="EPSG:32718")


def test_below_each_dam_by_hand(rivers):
    """1 of 10 m3/s below dam b, 1 of 40 below dam a."""
    net = basin(rivers)
    found = regulate(net, states=evaluate_states(net, criteria=["fragmented"]))
    assert found.findings == ()
    dams = found.dams.query("state == 'full'").set_index("dam")["regulation_percent"]
    assert dams["b"] == pytest.approx(100 * 1 / 10)
    assert dams["a"] == pytest.approx(100 * 1 / 40)
    assert found.table["most_percent"].tolist() == pytest.approx([0.0, 0.0, 10.0])


def test_kilometers_of_a_state(rivers):
    net = basin(rivers)
    table = regulate(net, states=evaluate_states(net, criteria=["fragmented"])).table
    full = table.set_index("state").loc["full"]
    # Dam b acts from piece 8 (1 of 40 m3/s) on; piece 9 has 1 of 200. Piece 7 is above a dam.
    assert full["regulated_2_km"] == 20.0
    assert full["regulated_10_km"] == 0.0
    assert full["affected_km"] == 10.0 + 20.0
    assert table.set_index("state").loc["none", "affected_km"] == 0.0


def test_without_reaches_kilometers_are_not_told(rivers):
    net = basin(rivers, reaches=False)
    found = regulate(net, states=evaluate_states(net, criteria=["fragmented"]))
    assert [f.code for f in found.findings] == ["regulation.no-reaches"]
    assert found.table["affected_km"].isna().all()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"flow": 0.0}, "hydropower.quantity"),
        ({"flow": float("nan")}, "hydropower.dams-without-value"),
        ({"storage": -1.0}, "hydropower.quantity"),
    ],
)
def test_dams_that_cannot_be_judged(rivers, change, code):
    net = basin(rivers, **change)
    with pytest.raises(InputError) as caught:
        regulate(net, states=evaluate_states(net, criteria=["fragmented"]))
    assert caught.value.findings[0].code == code


def test_pieces_of_the_river_by_hand(rivers):
    """Lengths 5, 3, 2, 10; dams a (0-1), b (1-2), c (0-3)."""
    net = rivers.three()
    found = fragment_lengths(net, np.array([1, 0, 1]))
    assert found["fragment"].tolist() == [0, 1, 3]
    assert found["length"].tolist() == [5.0, 3.0 + 2.0, 10.0]
    assert found["connected"].tolist() == [True, False, False]
    assert fragment_lengths(net, np.zeros(3, dtype=int))["length"].tolist() == [20.0]
    with pytest.raises(InputError):
        fragment_lengths(net, np.zeros(2, dtype=int))
