import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box

from nonetloss.avoid.screening import screen
from nonetloss.avoid.zones import zones_of
from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.findings import Severity
from nonetloss.core.language import Text
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.project import Alternative
from nonetloss.numerics.grid import Grid
from nonetloss.rules import ruleset

CRS = "EPSG:32718"
BOW_TIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
INFINITE = Point(np.inf, 0)


def layer(name, geometries, role=Role.PROHIBITED, **more):
    labels = [f"{name} {i}" for i in range(len(geometries))]
    features = gpd.GeoDataFrame({"label": labels}, geometry=list(geometries), crs=CRS)
    return Layer(name, Text.of(name), features, role, label_field="label", **more)


def road(*points, width=20.0, name="road"):
    return Alternative(name, Text.of(name), LineString(points), width)


def one(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1, table
    return table.iloc[0]


def run(alternatives, layers, direct=100.0, indirect=1000.0, **more):
    return screen(
        alternatives, layers=layers, direct_zone_m=direct, indirect_zone_m=indirect, crs=CRS, **more
    )


def test_a_straight_road_through_a_square_park_gives_the_hectares_of_arithmetic():
    park = layer("park", [box(2000, -3000, 4000, 3000)])
    table = run([road((0, 0), (10_000, 0))], [park]).table
    whole = one(table, zone="footprint", feature="")
    assert whole.area_ha == pytest.approx(2000 * 20 / 1e4)
    assert whole.length_km == pytest.approx(2.0)
    assert whole["count"] == 1
    assert whole.share == pytest.approx(2000 * 20 / (2000 * 6000))
    assert whole.nearest_m == 0
    # The rings stand on both sides, from 10 m to 110 m and from 110 m to 1010 m of the axis.
    assert one(table, zone="direct", feature="").area_ha == pytest.approx(2 * 100 * 2000 / 1e4)
    assert one(table, zone="indirect", feature="").area_ha == pytest.approx(2 * 900 * 2000 / 1e4)
    assert np.isnan(one(table, zone="direct", feature="").length_km)
    assert one(table, zone="footprint", feature="park 0").area_ha == whole.area_ha


def test_features_that_overlap_count_once_in_the_layer_and_each_in_its_row():
    squares = [box(0, -500, 1000, 500), box(500, -500, 1500, 500)]
    table = run([road((-1000, 0), (3000, 0))], [layer("lands", squares)]).table
    whole = one(table, zone="footprint", feature="")
    assert whole.area_ha == pytest.approx(1500 * 20 / 1e4)
    assert whole.length_km == pytest.approx(1.5)
    assert whole.share == pytest.approx(1500 * 20 / (1500 * 1000))
    assert one(table, zone="footprint", feature="lands 0").area_ha == pytest.approx(2.0)
    assert one(table, zone="footprint", feature="lands 1").area_ha == pytest.approx(2.0)


def test_lines_are_measured_by_their_own_length_and_points_are_counted():
    rivers = layer("rivers", [LineString([(500, -5000), (500, 5000)])], Role.CONTEXT)
    towns = layer("towns", [Point(100, 0), Point(200, 60), Point(9e5, 0)], Role.CONTEXT)
    table = run([road((0, 0), (1000, 0))], [towns, rivers]).table
    river = one(table, layer="rivers", zone="footprint", feature="")
    assert river.length_km == pytest.approx(0.020)
    assert river.share == pytest.approx(20 / 10_000)
    assert np.isnan(river.area_ha)
    direct = one(table, layer="rivers", zone="direct", feature="")
    assert direct.length_km == pytest.approx(0.200)
    town = one(table, layer="towns", zone="footprint", feature="")
    assert (town["count"], town.share) == (1, pytest.approx(1 / 3))
    assert one(table, layer="towns", zone="direct", feature="towns 1").nearest_m == 50.0
    assert one(table, layer="towns", zone="direct", feature="")["count"] == 1


def test_nearest_distance_is_from_the_edge_of_the_right_of_way():
    table = run([road((0, 0), (1000, 0))], [layer("far", [box(0, 5000, 10, 5010)])]).table
    assert set(table.nearest_m) == {5000 - 10}
    assert not table.met.any()
    assert set(table.area_ha) == {0.0}
    assert set(table["count"]) == {0}


def test_polygon_and_point_projects_have_a_footprint_of_their_own():
    dam = Alternative("dam", Text.of("dam"), box(0, 0, 1000, 1000), 0.0)
    well = Alternative("well", Text.of("well"), Point(500, 500), 200.0)
    table = run([dam, well], [layer("forest", [box(500, 0, 5000, 5000)], Role.ACCOUNTED)]).table
    assert one(table, alternative="dam", zone="footprint", feature="").area_ha == 50.0
    half_disc = np.pi * 100**2 / 2 / 1e4
    found = one(table, alternative="well", zone="footprint", feature="").area_ha
    assert found == pytest.approx(half_disc, rel=5e-4)


def test_one_layer_may_mix_types_of_geometry():
    mixed = layer(
        "mixed",
        [
            box(0, -10, 100, 10),
            shapely.GeometryCollection([Point(50, 0), LineString([(0, 0), (10, 0)])]),
            MultiPoint([(1, 1), (2, 2)]),
        ],
    )
    table = run([road((0, 0), (100, 0))], [mixed]).table
    rows = table[(table.zone == "footprint") & (table.feature == "")].set_index("geometry")
    assert rows.area_ha["polygon"] == pytest.approx(0.2)
    assert rows.length_km["line"] == pytest.approx(0.010)
    assert rows["count"]["point"] == 2


def test_a_hidden_layer_says_met_or_not_and_nothing_else():
    secret = layer("reserve", [box(0, -10, 100, 10)], hidden=True)
    away = layer("other", [box(9e5, 0, 9.1e5, 10)], hidden=True)
    result = run([road((0, 0), (100, 0))], [secret, away])
    for name, met in (("reserve", True), ("other", False)):
        row = one(result.table, layer=name)
        assert bool(row.met) is met
        assert row.zone == row.feature == row.geometry == ""
        assert row[["area_ha", "length_km", "count", "share", "nearest_m"]].isna().all()
    (finding,) = result.findings
    assert finding.code == "screening.hidden"
    assert set(finding.data) == {"alternative", "layer", "ground"}


def test_roles_give_findings_of_their_weight_in_both_languages():
    park = box(0, -10, 100, 10)
    layers = [layer(role.value, [park], role) for role in Role]
    findings = run([road((0, 0), (100, 0))], layers).findings
    assert [(f.code, f.severity) for f in findings] == [
        ("screening.prohibited", Severity.WARNING),
        ("screening.restricted", Severity.WARNING),
        ("screening.accounted", Severity.NOTICE),
        ("screening.context", Severity.NOTICE),
    ]
    assert "0.2 ha · 0.10 km · n = 1" in findings[0].render("es")
    assert "Legal ground: no rule on record" in findings[0].render("en")


def test_reaching_with_the_zones_only_is_said_apart():
    parks = [layer(role.value, [box(0, 60, 100, 80)], role) for role in Role]
    findings = run([road((0, 0), (100, 0))], parks).findings
    assert [(f.code, f.severity) for f in findings] == [
        ("screening.prohibited-near", Severity.NOTICE),
        ("screening.restricted-near", Severity.NOTICE),
        ("screening.accounted", Severity.NOTICE),
    ]
    assert "nearest distance: 50.0 m" in findings[0].render("en")


def test_a_setback_that_is_not_kept_is_found():
    park = layer("park", [box(0, 60, 100, 80)], setback_m=100.0)
    codes = [
        f.code for f in run([road((0, 0), (100, 0))], [park], direct=0.0, indirect=0.0).findings
    ]
    assert codes == ["screening.setback"]


def test_the_ground_recorded_by_the_study_is_cited():
    park = layer("park", [box(0, -10, 100, 10)], ground=Text(es="acta 3", en="minutes 3"))
    (finding,) = run([road((0, 0), (100, 0))], [park]).findings
    assert "acta 3" in finding.render("es")
    assert finding.as_dict()["data"]["ground"] == {"es": "acta 3", "en": "minutes 3"}


def test_distances_and_legal_ground_come_from_the_rule_set():
    rules = ruleset("pe").on(dt.date(2026, 11, 21))
    park = layer("park", [box(0, -10, 100, 10)], kind="national-park")
    result = screen([road((0, 0), (100, 0))], layers=[park], ruleset=rules, crs=CRS)
    # Technical distances, not legal ones: 1 km (Tisler 2022), 5.5 km (Barber et al. 2014).
    assert (result.direct_zone_m, result.indirect_zone_m) == (1000.0, 5500.0)
    rule = rules.layer_rule("national-park")
    assert set(result.table.status) == {str(rule.status)}
    *distances, finding = result.findings
    assert [f.subject for f in distances] == ["zone.direct", "zone.indirect"]
    assert "1000.0 m" in distances[0].render("es")
    for language in ("es", "en"):
        assert rule.ground[language] in finding.render(language)
        assert rule.citation[language] in finding.render(language)


def test_an_empty_layer_is_a_finding_not_a_silence():
    result = run([road((0, 0), (100, 0))], [layer("nothing", [])])
    assert [f.code for f in result.findings] == ["screening.empty-layer"]
    assert result.table.empty


def test_order_of_layers_changes_nothing():
    layers = [
        layer("a", [box(0, -10, 100, 10)]),
        layer("b", [box(50, -10, 100, 10)], Role.CONTEXT),
        layer("c", [Point(0, 0)], Role.ACCOUNTED),
    ]
    forward = run([road((0, 0), (100, 0))], layers)
    backward = run([road((0, 0), (100, 0))], layers[::-1])
    assert forward.table.astype(str).equals(backward.table.astype(str))
    assert forward.findings == backward.findings


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (
            lambda: run([road((0, 0), (1, 0))], [layer("x", [BOW_TIE])]),
            "screening.invalid-geometry",
        ),
        (
            lambda: run([road((0, 0), (1, 0))], [layer("x", [INFINITE])]),
            "screening.invalid-geometry",
        ),
        (lambda: run([road((0, 0), (1, 0), width=0.0)], []), "zones.no-width"),
        (lambda: run([Alternative("a", Text.of("a"), LineString(), 20.0)], []), "zones.empty"),
        (lambda: run([road((0, 0), (np.inf, 0))], []), "zones.not-finite"),
        (lambda: run([Alternative("a", Text.of("a"), BOW_TIE, 0.0)], []), "zones.invalid"),
        (lambda: run([road((0, 0), (1, 0))], [], direct=10.0, indirect=5.0), "zones.distances"),
    ],
)
def test_geometry_that_cannot_be_used_is_refused(problem, code):
    with pytest.raises(GeometryError) as caught:
        problem()
    assert caught.value.findings[0].code == code
    assert caught.value.render("es") != caught.value.render("en")


def test_a_layer_without_crs_or_in_another_one_is_refused():
    bare = layer("x", [Point(0, 0)])
    naked = Layer("x", Text.of("x"), bare.features.set_crs(None, allow_override=True), bare.role)
    with pytest.raises(GeometryError, match="x"):
        run([road((0, 0), (1, 0))], [naked])
    other = Layer("x", Text.of("x"), bare.features.set_crs(32719, allow_override=True), bare.role)
    with pytest.raises(GeometryError) as caught:
        run([road((0, 0), (1, 0))], [other])
    assert caught.value.findings[0].code == "crs.mixed"


def test_a_distance_must_come_from_somewhere_and_names_must_differ():
    with pytest.raises(InputError) as caught:
        screen([], layers=[], crs=CRS)
    assert caught.value.findings[0].code == "screening.no-distance"
    with pytest.raises(InputError) as caught:
        run([], [layer("x", []), layer("x", [])])
    assert caught.value.findings[0].code == "screening.repeated-name"


def test_zones_are_disjoint_and_nested_in_reach():
    zones = zones_of(
        road((0, 0), (1000, 0), (1000, 1000)), direct_zone_m=50.0, indirect_zone_m=50.0
    )
    assert zones.indirect.area == pytest.approx(0.0, abs=1e-6)
    assert zones.direct.intersection(zones.footprint).area == pytest.approx(0.0, abs=1e-6)
    assert zones.whole.area == pytest.approx(zones.footprint.area + zones.direct.area)


def test_zones_that_leave_the_extent_are_told():
    # The road ends 500 m from the edge of the extent; the strip of the zone beyond it is as high
    # as the zone is there. A park that lies only there would not have been read.
    grid = Grid(-5000.0, 5000.0, 100.0, 100.0, 100, 155)
    straight = road((0, 0), (10_000, 0))
    outside = run([straight], [], grid=grid).findings
    assert [f.code for f in outside] == ["screening.beyond-extent"]
    zone = zones_of(straight, direct_zone_m=100.0, indirect_zone_m=1000.0).whole
    beyond = zone.area - zone.intersection(box(*grid.bounds)).area
    assert outside[0].data["beyond_ha"] == round(beyond / 1e4, 1) > 0
    wide = Grid(-5000.0, 5000.0, 100.0, 100.0, 100, 200)
    assert run([straight], [], grid=wide).findings == ()
    assert run([straight], []).findings == ()


def test_a_plan_that_takes_no_ground_meets_nothing():
    nothing = Alternative("none", Text.of("none"), Polygon(), 0.0)
    hidden = layer("y", [box(0, 0, 9, 9)], hidden=True, setback_m=5.0)
    result = run([nothing], [layer("x", [box(0, 0, 9, 9)], setback_m=5.0), hidden])
    assert not result.table.met.any()
    assert result.table.nearest_m.isna().all()
    assert result.findings == ()
