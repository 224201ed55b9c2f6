import numpy as np
import pytest
from shapely.geometry import LineString, box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.project import Alternative
from nonetloss.numerics.grid import Grid
from nonetloss.offset.equivalence import equivalence

HALF = Estimate.exact(0.5)
KINDS = (
    Ecosystem(1, "young", Text.of("young"), HALF, better=("old",)),
    Ecosystem(2, "old", Text.of("old"), HALF),
    Ecosystem(3, "spring", Text.of("spring"), HALF, offsettable=False),
    Ecosystem(4, "marsh", Text.of("marsh"), HALF),
)
MAP = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", KINDS)
ROAD = Alternative("road", Text.of("road"), LineString([(0, 0), (1000, 0)]), 20.0)


def loss(*amounts):
    likely = np.array([[amounts, [0.0] * len(amounts)]])
    names = tuple(k.name for k in KINDS)
    return Loss(
        "quality_hectare", ("road",), ("direct", "induced"), names, likely, likely[..., None]
    )


def lot(name, ecosystem, y=0.0):
    return Parcel(name, Text.of(name), box(0, y, 100, y + 100), 1.0, ecosystem, HALF, HALF, 1.0)


LOTS = [lot("b", "old", 5010), lot("a", "young", 1010), lot("c", "young", 20_010)]


def test_pairs_are_told_with_reason_and_what_they_owe():
    found = equivalence(
        LOTS,
        loss=loss(10.0, 2.0, 1.0, 0.0),
        ecosystems=MAP,
        alternatives=[ROAD],
        rules={"max_distance": "10 km", "multipliers": {"half_distance": "5 km"}},
    )
    # Ten meters of the road's own half width lie between its line and its edge.
    assert found.losses == ("young", "old", "spring")
    assert found.parcels == ("a", "b", "c")
    assert found.allowed.tolist() == [[True, True, False], [False, True, False], [False] * 3]
    assert found.multiplier[0, :2] == pytest.approx([2 ** (1000 / 5000), 2.0])
    young = found.pairs.query("loss == 'young'").set_index("parcel")
    assert young["distance_m"].tolist() == pytest.approx([1000, 5000, 20_000])
    assert young["reason"].tolist() == ["", "", "equivalence.too-far"]
    assert young.loc["c", "reason_es"] == "demasiado lejos del impacto"
    rows = found.losses_table.set_index("loss")
    assert rows.loc["young", "parcels"] == 2
    assert rows.loc["young", "least_gain_needed_qha"] == pytest.approx(10 * 2**0.2)
    assert rows.loc["young", "most_gain_needed_qha"] == pytest.approx(20)
    assert np.isnan(rows.loc["spring", "least_gain_needed_qha"])
    assert [f.code for f in found.findings] == ["equivalence.cannot-be-offset"]
    trades = found.trades.set_index(["loss", "gain"])["accepted"]
    assert trades["young", "old"]
    assert not trades["old", "young"]


def test_a_loss_without_any_parcel_is_told():
    found = equivalence(LOTS, loss=loss(0.0, 0.0, 0.0, 3.0), ecosystems=MAP)
    assert [(f.code, f.subject) for f in found.findings] == [("equivalence.no-parcel", "marsh")]


def test_a_zone_that_no_parcel_has_is_told():
    rules = {"zone": "same", "impact_zones": ["ucayali"]}
    found = equivalence(LOTS, loss=loss(1.0, 0, 0, 0), ecosystems=MAP, rules=rules)
    assert [f.code for f in found.findings][-1] == "equivalence.zone-without-parcels"
    assert set(found.pairs["reason"]) == {"equivalence.zone-unknown"}


def test_a_rule_of_distance_needs_the_impact():
    with pytest.raises(InputError) as caught:
        equivalence(LOTS, loss=loss(1.0, 0, 0, 0), ecosystems=MAP, rules={"max_distance": "1 km"})
    assert caught.value.findings[0].code == "equivalence.distance-needed"


def test_the_order_of_parcels_does_not_matter():
    there = equivalence(LOTS, loss=loss(1.0, 1, 0, 0), ecosystems=MAP)
    back = equivalence(LOTS[::-1], loss=loss(1.0, 1, 0, 0), ecosystems=MAP)
    assert there.pairs.equals(back.pairs)


def test_nothing_lost_and_nobody_to_ask():
    assert equivalence(LOTS, loss=loss(0.0, 0, 0, 0), ecosystems=MAP).pairs.empty
    alone = equivalence([], loss=loss(1.0, 0, 0, 0), ecosystems=MAP)
    assert alone.losses_table["parcels"].tolist() == [0]


def test_an_alternative_that_is_not_there():
    with pytest.raises(InputError) as caught:
        equivalence(LOTS, loss=loss(1.0, 0, 0, 0), ecosystems=MAP, alternative="rail")
    assert caught.value.findings[0].code == "offset.alternative"
