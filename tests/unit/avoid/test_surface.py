import numpy as np
import pytest
import shapely
from scipy.integrate import quad
from shapely.geometry import LineString, Point, box

from nonetloss.avoid.contributions import induced_per_m
from nonetloss.avoid.kernel import decay_scale_m
from nonetloss.avoid.surface import METHOD, cost_surface
from nonetloss.avoid.terrain import slope_multiplier, slope_percent, slope_table
from nonetloss.core.errors import GeometryError, InputError, UnitError


@pytest.fixture
def build(world):
    def surface(layers=(), **more):
        given = {
            "grid": world.grid(),
            "ecosystems": world.forest(),
            "right_of_way_m": 20.0,
            "base_cost_usd_per_m": 500.0,
            "crs": world.crs,
        }
        return cost_surface(layers, **(given | more))

    return surface


def test_a_flat_uniform_land_costs_its_base_price_and_its_strip(build):
    surface = build(offset_price_usd_per_qha=10_000.0)
    assert np.all(surface.construction_usd_per_m == 500.0)
    # 20 m wide × 1 m = 0.002 ha, worth 0.8 each.
    np.testing.assert_allclose(surface.nature_qha_per_m, 0.002 * 0.8, rtol=1e-6)
    np.testing.assert_allclose(surface.total_usd_per_m, 500 + 10_000 * 0.0016, rtol=1e-6)
    assert not surface.blocked.any()
    assert [f.code for f in surface.findings] == ["surface.no-relief"]


def test_slope_multiplies_by_straight_lines_between_the_points_of_the_table(build, world):
    slopes = np.zeros((40, 40))
    slopes[:, 10], slopes[:, 20], slopes[:, 30] = 5.0, 10.0, 90.0
    surface = build(relief=world.relief(slopes), slope_multipliers={0: 1, 10: 2, 30: 4})
    np.testing.assert_allclose(
        surface.construction_usd_per_m[0, [0, 10, 20, 30]], [500, 750, 1000, 2000]
    )


def test_slope_of_a_tilted_plane_is_its_gradient(world):
    rows, columns = np.mgrid[0:40, 0:40]
    plane = 3.0 * columns - 4.0 * rows  # 3 m and 4 m per cell of 100 m
    np.testing.assert_allclose(slope_percent(world.relief(plane, unit="m")), 5.0)
    np.testing.assert_allclose(
        slope_percent(world.relief(np.full((40, 40), 45.0), unit="degree")), 100.0
    )


def test_unknown_relief_is_refused_unless_the_study_says_what_it_means(build, world):
    slopes = np.zeros((40, 40))
    slopes[3, 4] = np.nan
    with pytest.raises(InputError) as caught:
        build(relief=world.relief(slopes))
    assert caught.value.findings[0].code == "surface.relief-unknown"
    surface = build(relief=world.relief(slopes), unknown_slope_multiplier=3.0)
    assert surface.construction_usd_per_m[3, 4] == 1500.0


def test_a_river_adds_the_bridge_in_proportion_to_its_share_of_the_cell(build, world):
    river = world.layer("river", LineString([(1050, -500), (1050, 4500)]))
    surface = build([river], rivers={"river": "30 m"}, bridge_usd_per_m=20_000.0)
    # A crossing from one cell center to the next beyond meets 30 m of river.
    row = surface.construction_usd_per_m[20].astype(float) - 500
    assert row.sum() * 100 == pytest.approx(30 * 20_000, rel=1e-4)
    assert np.flatnonzero(row).tolist() == [10]


def test_existing_roads_make_both_money_and_nature_cheaper(build, world):
    road = world.layer("road", LineString([(50, 2050), (3950, 2050)]))
    surface = build([road], existing_roads={"road": {"cost": 0.5, "nature": 0.25}})
    assert set(surface.construction_usd_per_m[19]) == {250.0}
    np.testing.assert_allclose(surface.nature_qha_per_m[19], 0.0016 / 4, rtol=1e-6)
    assert set(surface.construction_usd_per_m[18]) == {500.0}


def test_weighted_layers_enter_the_criterion_they_name(build, world):
    village = world.layer("village", box(0, 0, 1000, 1000))
    weights = {"village": {"criterion": "people", "weight": 2}}
    surface = build([village], weighted_layers=weights)
    assert surface.people_per_m[30:, :10].min() == 2.0
    assert surface.people_per_m[:30].max() == 0.0
    weights = {"village": {"criterion": "cost", "weight": "1 kusd/m"}}
    assert build([village], weighted_layers=weights).construction_usd_per_m[35, 5] == 1500.0
    weights = {"village": {"criterion": "nature", "weight": "5 quality_hectare/km"}}
    assert build([village], weighted_layers=weights).nature_qha_per_m[35, 5] == pytest.approx(
        0.0016 + 0.005
    )
    town = world.layer("town", Point(2000, 2000))
    weights = {"town": {"criterion": "people", "weight": 1, "within": "500 m"}}
    people = build([town], weighted_layers=weights).people_per_m
    assert people.sum() * 100**2 == pytest.approx(np.pi * 500**2, rel=5e-3)


def test_ecosystem_multipliers_and_components_are_told(build, world):
    classes = np.ones((40, 40))
    classes[:, :20] = 2
    surface = build(ecosystems=world.with_classes(classes), ecosystem_multipliers={"swamp": 3})
    assert set(surface.construction_usd_per_m[:, 0]) == {1500.0}
    components = surface.components.set_index("component")
    assert components["mean"]["base"] == 500.0
    assert components["mean"]["ground"] == pytest.approx(500.0)  # half the land costs 1000 more


def test_cells_outside_the_map_are_closed_because_what_they_hold_is_unknown(build, world):
    classes = np.ones((40, 40))
    classes[:, 30:] = 0
    surface = build(ecosystems=world.with_classes(classes))
    assert surface.blocked[:, 30:].all()
    assert not surface.blocked[:, :30].any()
    assert np.isnan(surface.nature_qha_per_m[:, 30:]).all()
    assert "surface.outside-map" in [f.code for f in surface.findings]


def test_exclusions_close_every_cell_that_setback_and_half_the_strip_touch(build, world):
    park = world.prohibited("park", box(1000, 1000, 2000, 2000), setback_m=150.0)
    surface = build([park])
    # 150 m + 10 m around [1000, 2000]: from 840 to 2160 m, that is columns 8 to 21.
    closed = np.flatnonzero(surface.blocked.any(axis=0))
    assert (closed[0], closed[-1]) == (8, 21)
    assert surface.exclusions[0].clearance_m == 160.0


def test_restricted_layers_close_only_if_asked_and_hidden_ones_stay_apart(build, world):
    buffer_zone = world.layer("buffer", box(0, 0, 500, 500), role="restricted")
    secret = world.prohibited("secret", box(3000, 3000, 3500, 3500), hidden=True)
    surface = build([buffer_zone, secret])
    assert set(surface.blocked_by) == set()
    assert set(surface.hidden_by) == {"secret"}
    assert surface.blocked.sum() == surface.hidden_by["secret"].sum() > 0
    assert set(build([buffer_zone], exclude_restricted=True).blocked_by) == {"buffer"}
    assert not surface.blocked_without("secret").any()


def test_induced_loss_of_uniform_forest_is_intensity_times_value(world):
    on = world.grid(120, 120, 500.0)
    found = induced_per_m(world.forest(on), 70.0, scale_m=1836.0, new=np.ones(on.shape))
    assert found[60, 60] == pytest.approx(70 / 1000 * 0.8, rel=1e-6)
    # At the edge of the map the same: what lies beyond is unknown, not empty.
    assert found == pytest.approx(np.full(on.shape, 70 / 1000 * 0.8), rel=1e-6)


def test_the_bessel_kernel_adds_up_to_the_exponential_along_a_line():
    from scipy.special import k0

    scale = decay_scale_m(distance_m=5500, share=0.95)
    for distance in (500.0, 2000.0, 6000.0):
        along, _ = quad(
            lambda t, d=distance: k0(np.hypot(t, d) / scale) / (2 * np.pi * scale**2), 0, 3e4
        )
        assert 2 * along == pytest.approx(np.exp(-distance / scale) / (2 * scale), rel=1e-4)


def test_order_of_layers_changes_nothing(build, world):
    layers = [
        world.prohibited("b", box(0, 0, 700, 700)),
        world.prohibited("a", box(500, 500, 900, 900)),
        world.layer("road", LineString([(0, 3000), (4000, 3000)])),
        world.layer("river", LineString([(2000, 0), (2000, 4000)])),
    ]
    more = {
        "existing_roads": {"road": 0.5},
        "rivers": {"river": "50 m"},
        "bridge_usd_per_m": 1e4,
    }
    one, other = build(layers, **more), build(layers[::-1], **more)
    for name in ("construction_usd_per_m", "nature_qha_per_m", "total_usd_per_m", "blocked"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert list(one.blocked_by) == list(other.blocked_by)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"rivers": {"nile": "1 km"}}, "surface.layer"),
        ({"ecosystem_multipliers": {"moon": 2}}, "surface.ecosystem"),
        ({"ecosystem_multipliers": {"forest": 0}}, "surface.factor"),
        ({"existing_roads": {"x": 1.5}}, "surface.factor"),
        ({"existing_roads": {"x": {"speed": 0.5}}}, "surface.factor"),
        ({"weighted_layers": {"x": 3}}, "surface.weight"),
        ({"weighted_layers": {"x": {"criterion": "people"}}}, "surface.weight"),
        ({"weighted_layers": {"x": {"criterion": "people", "weight": -1}}}, "surface.weight"),
        ({"weighted_layers": {"x": {"criterion": "cost", "weight": 1, "a": 2}}}, "surface.weight"),
        ({"right_of_way_m": 0.0}, "surface.right-of-way"),
    ],
)
def test_bad_parameters_are_refused(build, world, more, code):
    with pytest.raises(InputError) as caught:
        build([world.layer("x", Point(0, 0))], **more)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es") != caught.value.render("en")


def test_units_and_grids_and_crs_are_checked(build, world):
    weights = {"x": {"criterion": "cost", "weight": 3}}
    with pytest.raises(UnitError):
        build([world.layer("x", Point(0, 0))], weighted_layers=weights)
    with pytest.raises(InputError) as caught:
        build(grid=world.grid(10, 10))
    assert caught.value.findings[0].code == "surface.grid"
    with pytest.raises(InputError) as caught:
        build(relief=world.relief(np.zeros((40, 40)), unit="feet"))
    assert caught.value.findings[0].code == "surface.relief-unit"
    with pytest.raises(GeometryError):
        build(crs="EPSG:32719")
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    with pytest.raises(GeometryError):
        build([world.prohibited("x", bow_tie)])


@pytest.mark.parametrize("table", [{}, {0: 0}, {-1: 1}, {"steep": 1}])
def test_slope_tables_are_checked(table):
    with pytest.raises(InputError) as caught:
        slope_table(table)
    assert caught.value.findings[0].code == "surface.slope-table"


def test_unknown_slopes_stay_unknown():
    found = slope_multiplier(np.array([np.nan, 0.0]), slope_table({0: 1, 10: 2}))
    assert np.isnan(found[0])
    assert found[1] == 1.0


def test_the_declaration_binds_what_a_study_writes():
    bound, found = METHOD.bind({"base_cost_usd_per_m": "1.2 Musd/km", "bridge_usd_per_m": "9 usd"})
    assert bound["base_cost_usd_per_m"] == pytest.approx(1200.0)
    assert [f.code for f in found] == ["units.dimension"]
