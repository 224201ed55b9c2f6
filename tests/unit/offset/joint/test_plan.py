from types import SimpleNamespace

import numpy as np
import pytest
from shapely.geometry import Point, box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.grid import Grid
from nonetloss.offset.gains import Gains
from nonetloss.offset.joint.plan import joint_route

CRS = "EPSG:32718"
# 11 x 3 cells of 1 km. The middle row is closed but for its ends; the way leads over the upper or
# the lower row: 12 moves of 1 km each.
GRID = Grid(0.0, 3_000.0, 1_000.0, 1_000.0, 3, 11)
START, END = (300.0, 1_400.0), (10_500.0, 1_500.0)
UPPER, LOWER, RIDGE = 1, 2, 3


def case(*, lower_cost=1_100.0, ridge=False):
    classes = np.full(GRID.shape, LOWER)
    classes[0] = UPPER
    if ridge:
        classes[2, 5] = RIDGE
    cost = np.full(GRID.shape, 1_000.0)
    cost[2] = lower_cost
    blocked = np.zeros(GRID.shape, dtype=bool)
    blocked[1, 1:-1] = True
    surface = SimpleNamespace(
        grid=GRID, construction_usd_per_m=cost.astype("f4"), blocked=blocked, right_of_way_m=20.0
    )
    kinds = (
        Ecosystem(UPPER, "swamp", Text.of("Swamp"), Estimate.exact(1.0)),
        Ecosystem(LOWER, "farm", Text.of("Farm"), Estimate.exact(0.1), better=("swamp",)),
        Ecosystem(RIDGE, "ridge", Text.of("Ridge"), Estimate.exact(1.0), offsettable=False),
    )
    return surface, EcosystemMap(classes, GRID, CRS, kinds)


def parcel(name, ecosystem, gain_qha, cost_usd, *, shape=None, **more):
    """Beyond the grid to the south, so that no route crosses it, unless a shape is given."""
    land = shape or box(0, -5_000 - 1_000 * len(name), 900, -4_100 - 1_000 * len(name))
    return Parcel(
        name, Text.of(name), land, gain_qha / 0.5, ecosystem, Estimate.exact(0.2),
        Estimate.exact(0.7), cost_usd, **more,
    )  # fmt: skip


SWAMP, FARM = parcel("s", "swamp", 25.0, 5e6), parcel("ff", "farm", 4.0, 10_000.0)


def plan(*, parcels=(SWAMP, FARM), surface=None, ecosystems=None, **more):
    ground = case()
    return joint_route(
        surface or ground[0],
        start=START,
        end=END,
        ecosystems=ecosystems or ground[1],
        parcels=parcels,
        crs=CRS,
        tolerance_qha=more.pop("tolerance_qha", 0.0),
        neighbors=more.pop("neighbors", 8),
        **more,
    )


def test_the_farms_are_dearer_to_cross_and_far_cheaper_to_offset():
    # Upper: 12 km x 1000 USD/m = 12 Musd; swamp 0.5 + 10 + 0.5 km of 2 ha/km x 1.0 = 22 qha, and
    # 1 km of farm at its ends, 0.2 qha: the swamp parcel, 25 qha, serves both for 5 Musd. Lower:
    # 1 km at 1000, 11 km at 1100 USD/m = 13.1 Musd; farm 12 x 2 x 0.1 = 2.4 qha: 10 000 USD.
    found = plan()
    table = found.comparison.set_index("plan")
    assert found.answer == "offset"
    assert table.build_usd["sequential"] == pytest.approx(12e6)
    assert table.offset_usd["sequential"] == pytest.approx(5e6)
    assert table.loss_qha["sequential"] == pytest.approx(22.2)
    assert table.build_usd["joint"] == pytest.approx(13.1e6)
    assert table.offset_usd["joint"] == pytest.approx(10_000)
    assert table.loss_qha["joint"] == pytest.approx(2.4)
    assert found.total_usd == pytest.approx(13.11e6)
    assert found.saving_usd == pytest.approx(17e6 - 13.11e6)
    assert found.bound_usd == pytest.approx(13.11e6, rel=1e-4)
    assert found.gap <= 1e-4
    assert found.chosen == ("ff",)
    assert "joint.saving" in {f.code for f in found.findings}
    lost = found.losses.set_index(["plan", "ecosystem"])
    assert lost.needed_qha["sequential", "swamp"] == pytest.approx(22.0)
    assert lost.needed_qha["joint", "swamp"] == 0.0


def test_the_routes_go_on_as_alternatives():
    found = plan()
    both = found.alternatives()
    assert [a.name for a in both] == ["joint", "sequential"]
    assert found.joint() == both[:1]
    assert all(a.right_of_way_m == 20.0 for a in both)
    for alternative in both:
        ends = alternative.geometry.boundary.geoms
        assert ends[0].equals(Point(START))
        assert ends[1].equals(Point(END))
    assert both[0].geometry.coords[2] == (500.0, 500.0)


def test_where_both_are_the_same_there_is_one_route_and_nothing_is_saved():
    surface, ecosystems = case(lower_cost=900.0)
    found = plan(surface=surface, ecosystems=ecosystems)
    assert [r.name for r in found.routes] == ["joint"]
    assert found.saving_usd == 0.0


def test_a_parcel_in_the_way_counts_only_for_the_other_route():
    here = parcel("ff", "farm", 4.0, 10_000.0, shape=box(5_100, 100, 5_900, 900))
    found = plan(parcels=(SWAMP, here))
    row = found.table.set_index("parcel").loc["ff"]
    # Over the farms the swamp parcel would do, for 13.1 + 5: the upper way stays the cheaper.
    assert found.total_usd == pytest.approx(17e6)
    assert not row.crossed_joint
    assert not row.joint


def test_a_parcel_too_far_does_not_count():
    # The farm parcel lies 6 km south of the lower row's axis, 8 km of the upper: y from -7000.
    assert plan(max_distance_m=7_000.0).chosen == ("ff",)
    found = plan(max_distance_m=5_000.0, parcels=(SWAMP, FARM))
    assert found.answer == "infeasible"
    assert found.gap == np.inf
    assert np.isnan(found.saving_usd)


def test_what_cannot_be_offset_is_avoided_though_it_is_cheaper():
    surface, ecosystems = case(lower_cost=500.0, ridge=True)
    found = plan(surface=surface, ecosystems=ecosystems)
    assert found.answer == "offset"
    assert found.comparison.barred_qha.tolist() == pytest.approx([2.0, 0.0])
    assert not found.comparison.permitted[0]
    codes = {f.code for f in found.findings}
    assert "joint.sequential-not-permitted" in codes
    assert "joint.unavoidable" not in codes


def test_what_cannot_be_avoided_nor_offset_is_told():
    surface, ecosystems = case(ridge=True)
    surface.blocked[0, 5] = True
    found = plan(surface=surface, ecosystems=ecosystems)
    assert found.answer == "not-offsettable"
    (told,) = [f for f in found.findings if f.code == "joint.unavoidable"]
    assert told.data["least_qha"] == pytest.approx(2.0)


def test_actions_on_one_site_are_not_bought_together():
    # 22.2 qha of need: two actions of 12 qha would do, of one site only one is taken.
    shape = box(0, -9_000, 900, -8_100)
    pair = [
        parcel(f"s{i}", "swamp", 12.0, 1e5, shape=shape, site="one", action=f"{i}")
        for i in range(2)
    ]
    surface, ecosystems = case()
    surface.blocked[2, 5] = True
    assert plan(parcels=pair, surface=surface, ecosystems=ecosystems).answer == "infeasible"


def test_gains_over_time_take_the_place_of_area_times_value():
    years = np.arange(3)
    gains = Gains(
        ("ff",), years, np.ones((1, 3)), np.zeros((1, 3)), np.array([2.3]), np.full((1, 2), 2.3)
    )
    # 2.3 is less than the 2.4 that the farms lose.
    assert plan(gains=gains, parcels=(FARM,)).answer == "infeasible"


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("joint.parameter", {"margin": -1.0}),
        ("joint.parameter", {"confidence": 0.0}),
        ("joint.parameter", {"tolerance_qha": -1.0}),
        ("joint.layer", {"existing_access": {"roads": "1 km"}}),
        ("loss.zone", {"zone_loss": {"far": 0.1}}),
        (
            "joint.grid",
            {"ecosystems": EcosystemMap(np.ones((1, 1)), Grid(0, 1, 1, 1, 1, 1), CRS, ())},
        ),
    ],
)
def test_what_cannot_be_used_is_refused(code, more):
    with pytest.raises(InputError) as wrong:
        plan(**more)
    assert [f.code for f in wrong.value.findings] == [code]
    assert wrong.value.render("es")


def test_an_excluded_end_is_refused():
    surface, ecosystems = case()
    surface.blocked[1, 0] = True
    with pytest.raises(InputError) as wrong:
        plan(surface=surface, ecosystems=ecosystems)
    assert wrong.value.findings[0].code == "joint.end"


def test_findings_read_in_both_languages():
    for finding in plan().findings:
        assert finding.render("es") != finding.render("en")
