import numpy as np
import pytest
from shapely.geometry import LineString, box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.candidates import gain_draws, screen_candidates

ROAD = LineString([(0, 0), (10_000, 0)]).buffer(10)
SURE = Estimate.exact(1.0)


def parcel(name, y=1000.0, *, x=0.0, area=100.0, without=0.4, with_=0.9, cost=1.0, consent=True):
    spread = [v if isinstance(v, Estimate) else Estimate.exact(v) for v in (without, with_)]
    return Parcel(
        name,
        Text.of(name),
        box(x, y, x + 1000, y + 1000),
        area,
        "forest",
        spread[0],
        spread[1],
        cost,
        consent=consent,
    )


def screened(parcels, **more):
    arguments = {
        "near": ROAD,
        "max_distance_m": None,
        "half_distance_m": None,
        "success": SURE,
        "time_factor": 1.0,
        **more,
    }
    return screen_candidates(parcels, **arguments)


def test_gain_is_area_times_value_beyond_the_counterfactual():
    result = screened(
        [parcel("a", 2010, area=100)],
        half_distance_m=2000.0,
        success=Estimate.exact(0.8),
        time_factor=0.9,
    )
    assert result.distance_m == pytest.approx([2000])
    assert result.gain_qha == pytest.approx([100 * (0.9 - 0.4) * 0.5 * 0.8 * 0.9])


def test_each_reason_to_stay_out_is_told_once_with_its_parcels():
    result = screened(
        [
            parcel("sure", x=20_000),
            parcel("refused", consent=False),
            parcel("also-refused", consent=False),
            parcel("nothing-added", without=0.9),
            parcel("unpriced", cost=float("nan")),
            parcel("far", 60_000),
        ],
        max_distance_m=50_000.0,
    )
    told = {f.code: (f.subject, f.data["count"]) for f in result.findings}
    assert told == {
        "offset.no-consent": ("also-refused, refused", 2),
        "offset.not-additional": ("nothing-added", 1),
        "offset.cost-unknown": ("unpriced", 1),
        "offset.too-far": ("far", 1),
    }
    assert [p.name for p, e in zip(result.parcels, result.eligible, strict=True) if e] == ["sure"]
    assert all(f.render("es") for f in result.findings)


def test_the_same_land_twice_is_a_pair_and_touching_neighbors_are_not():
    result = screened(
        [
            parcel("protect", 5000),
            parcel("restore", 5500),
            parcel("neighbor", 6000, x=1000),
            parcel("refused", 5000, consent=False),
        ]
    )
    names = [p.name for p in result.parcels]
    assert [(names[a], names[b]) for a, b in result.overlaps] == [("protect", "restore")]


def test_land_under_the_road_is_no_gain_and_is_told():
    result = screened([parcel("a", -500)])
    (found,) = result.findings
    assert (found.code, found.data["overlap_ha"]) == ("offset.parcel-crossed", 1000 * 20 / 1e4)
    # A strip of 20 m through a square of 1000 m.
    assert result.gain_qha == pytest.approx([100 * (0.9 - 0.4) * (1 - 20 / 1000)])
    gain = gain_draws(
        result,
        np.array([True]),
        success=SURE,
        time_factor=1.0,
        together=True,
        draws=2,
        rng=np.random.default_rng(0),
    )
    assert gain[0] == pytest.approx(np.full(2, result.gain_qha[0]))


def test_without_an_impact_distances_are_unknown_and_play_no_role():
    result = screened([parcel("a")], near=None, max_distance_m=1.0, half_distance_m=1.0)
    assert np.isnan(result.distance_m).all()
    assert result.eligible.all()
    assert result.place.tolist() == [1.0]


def test_no_parcels():
    assert screened([]).parcels == ()


@pytest.mark.parametrize(
    "parcels",
    [
        [parcel("a"), parcel("a")],
        [parcel("a", area=0.0)],
        [parcel("a", area=float("nan"))],
        [parcel("a", cost=-1.0)],
        [parcel("a", with_=1.2)],
        [parcel("a", without=-0.1)],
    ],
)
def test_bad_parcels(parcels):
    with pytest.raises(InputError) as caught:
        screened(parcels)
    assert caught.value.findings[0].code == "offset.parcel"
    assert caught.value.render("es")


def draws(parcels, chosen, *, together=True, success=SURE, count=2000):
    return gain_draws(
        screened(parcels),
        np.array(chosen),
        success=success,
        time_factor=0.5,
        together=together,
        draws=count,
        rng=np.random.default_rng(3),
    )


def test_certain_values_have_certain_gains():
    gain = draws([parcel("a"), parcel("b")], [True, False])
    assert gain[0] == pytest.approx(np.full(2000, 100 * (0.9 - 0.4) * 0.5))
    assert not gain[1].any()


def test_parcels_that_vary_together_spread_wider_than_apart():
    spread = Estimate(0.6, 0.8, 1.0)
    parcels = [parcel(n, x=5000.0 * i, with_=spread) for i, n in enumerate("abcd")]
    joint = draws(parcels, [True] * 4)
    apart = draws(parcels, [True] * 4, together=False)
    # Four equal gains: fully coupled the deviation is 4 s, independent it is 2 s.
    assert joint.sum(axis=0).std() / apart.sum(axis=0).std() == pytest.approx(2, rel=0.1)
    assert joint.sum(axis=0).mean() == pytest.approx(apart.sum(axis=0).mean(), rel=0.02)


def test_success_is_one_for_all_parcels():
    gain = draws([parcel("a"), parcel("b", x=9000)], [True, True], success=Estimate(0.2, 0.5, 0.9))
    assert gain[0] == pytest.approx(gain[1])
    assert gain[0].min() >= 100 * 0.5 * 0.5 * 0.2
    assert gain[0].max() <= 100 * 0.5 * 0.5 * 0.9
