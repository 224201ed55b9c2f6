import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.candidates import screen_candidates
from nonetloss.offset.portfolio_tables import allocation_table, parcel_table, requirement_table
from nonetloss.offset.requirement import Requirement

KINDS = tuple(Ecosystem(i, n, Text.of(n), Estimate.exact(0.5)) for i, n in enumerate("ab", 1))


def candidates():
    parcels = [
        Parcel(
            name,
            Text(es=f"predio {name}", en=f"parcel {name}"),
            box(10 * i, 0, 10 * i + 9, 9),
            40.0,
            "a",
            Estimate.exact(0.2),
            Estimate.exact(0.7),
            100.0,
            consent=consent,
        )
        for i, (name, consent) in enumerate((("x", True), ("y", True), ("z", False)))
    ]
    return screen_candidates(
        parcels,
        near=None,
        max_distance_m=None,
        half_distance_m=None,
        success=Estimate.exact(1.0),
        time_factor=1.0,
    )


def test_parcels_are_chosen_left_or_excluded():
    table = parcel_table(candidates(), np.array([True, False, False]), 0.5)
    assert table["status"].tolist() == ["chosen", "candidate", "excluded"]
    assert table["gain_qha"].tolist() == pytest.approx([40 * 0.5] * 3)
    assert table["credited_qha"].tolist() == pytest.approx([40 * 0.5 * 0.5] * 2 + [0])
    assert table["usd_per_qha"].tolist()[:2] == pytest.approx([100 / 10, 100 / 10])
    assert np.isnan(table["usd_per_qha"].iloc[2])
    assert table["title_es"].iloc[0] == "predio x"


def test_needs_by_asset():
    table = requirement_table(
        KINDS,
        np.array([10.0, 0.0]),
        np.array([12.0, 0.0]),
        np.array([2.0, 0.0]),
        np.array([[10.0]]),
        np.array([True, False]),
        np.array([[True, False], [True, True]]),
    )
    assert table["credited_qha"].tolist() == [10, 0]
    assert table["shortfall_qha"].tolist() == [2, 0]
    assert table["probability"].tolist() == [0.5, 1]


def test_only_trades_that_are_used():
    problem = Requirement(
        credited=np.array([20.0]),
        group=np.array([0]),
        accepted=np.ones((2, 1), dtype=bool),
        like=np.array([[True], [False]]),
        needed=np.array([5.0, 3.0]),
        cost=np.array([1.0]),
        overlaps=(),
    )
    table = allocation_table(problem, np.array([[5.0], [0.0]]), KINDS, ("a",))
    assert table.to_dict("records") == [
        {"loss": "a", "gain": "a", "credited_qha": 5.0, "like_for_like": True}
    ]
