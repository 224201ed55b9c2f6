"""Bad input, each kind with a message that says what must hold, what was found, what to do."""

import inspect
import json
from importlib import import_module
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from nonetloss.core.errors import NonetlossError, NoRouteError
from nonetloss.core.findings import Finding
from nonetloss.core.language import Text
from nonetloss.rules.reading import ruleset
from nonetloss.study import dam_check, registry
from nonetloss.study.check import check
from nonetloss.study.runner import run_study
from nonetloss.study.schema import StudyDocument

NAN = float("nan")


def only(found: list[Finding], code: str) -> Finding:
    """The one finding of a code; both of its texts can be read."""
    matching = [f for f in found if f.code == code]
    assert len(matching) == 1, [f.code for f in found]
    for language in ("es", "en"):
        assert matching[0].render(language)
    return matching[0]


def feature(geometry: dict, **properties) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def box(left, bottom, right, top) -> dict:
    return shapely.geometry.mapping(shapely.box(left, bottom, right, top))


def bow_tie(x, y, size=0.02) -> dict:
    ring = [[x, y], [x + size, y + size], [x + size, y], [x, y + size], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_the_small_study_is_sound(small_study):
    assert [f for f in check(small_study.folder) if f.severity == "error"] == []


def test_unknown_key(small_study):
    small_study.study["layers"]["park"]["setbak"] = "3 m"
    small_study.study["cel_size"] = "1 km"
    found = check(small_study.save())
    assert {(f.subject, f.data["nearest"]) for f in found if f.code == "study.unknown-key"} == {
        ("layers.park.setbak", "setback"),
        ("cel_size", "cell_size"),
    }


def test_a_key_given_twice(small_study):
    path = small_study.folder / "study.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\nseed: 8\n", encoding="utf-8")
    assert "seed" in only(check(small_study.folder), "study.not-yaml").data["problem"]


def test_missing_key_wrong_type_and_missing_language_come_together(small_study):
    del small_study.study["rules"]
    small_study.study["draws"] = "many"
    small_study.study["title"] = {"es": "Solo español"}
    found = check(small_study.save())
    assert {(f.code, f.subject) for f in found} == {
        ("study.missing-key", "rules"),
        ("study.wrong-value", "draws"),
        ("study.text-languages", "title"),
    }


def test_no_study_there(tmp_path):
    assert [(f.code, f.subject) for f in check(tmp_path)] == [
        ("study.file-missing", "study.yaml"),
        ("study.file-missing", "catalog.yaml"),
    ]


def test_missing_layer_file(small_study):
    (small_study.folder / "data" / "park.geojson").unlink()
    assert only(check(small_study.folder), "io.file-missing").subject == "park"


def test_missing_source(small_study):
    del small_study.catalog["sources"]["park"]
    found = [f for f in check(small_study.save()) if f.code == "study.source-unknown"]
    assert found[0].subject == "layers.park"


def test_missing_data_root(small_study):
    small_study.catalog["sources"]["park"]["path"] = "${NONETLOSS_DATA}/park.gpkg"
    assert only(check(small_study.save()), "io.data-root").data["root"] == "NONETLOSS_DATA"


def test_a_path_cannot_leave_the_study(small_study):
    small_study.catalog["sources"]["park"]["path"] = "../../park.geojson"
    only(check(small_study.save()), "io.outside-study")


def as_file(small_study, name: str, frame: gpd.GeoDataFrame, suffix: str, **section) -> Path:
    path = small_study.folder / "data" / f"{name}.{suffix}"
    frame.to_file(path)
    small_study.catalog["sources"][name] |= {"path": f"data/{name}.{suffix}", **section}
    return small_study.save()


def park(crs) -> gpd.GeoDataFrame:
    shape = [shapely.box(-74.47, -8.45, -74.43, -8.35)]
    return gpd.GeoDataFrame({"name": ["Sierra"]}, geometry=shape, crs=crs)


def test_missing_crs(small_study):
    with pytest.warns(UserWarning, match="crs"):
        folder = as_file(small_study, "park", park(None), "shp")
    assert only(check(folder), "crs.missing").subject == "park"
    small_study.catalog["sources"]["park"]["crs"] = "EPSG:4326"
    assert [f.code for f in check(small_study.save())] == []


def test_a_declared_crs_that_the_file_contradicts(small_study):
    small_study.catalog["sources"]["park"]["crs"] = "EPSG:24878"
    only(check(small_study.save()), "io.crs-contradiction")


def test_mixed_crs_are_brought_to_that_of_the_study(small_study, tmp_path):
    folder = as_file(small_study, "park", park("EPSG:4326").to_crs("EPSG:24878"), "gpkg")
    assert [f for f in check(folder) if f.severity == "error"] == []


def test_mixed_crs_inside_a_computation_are_refused():
    from nonetloss.avoid.screening import screen
    from nonetloss.core.language import Text
    from nonetloss.landscape.layer import Layer, Role
    from nonetloss.landscape.project import Alternative

    road = Alternative("a", Text.of("a"), shapely.LineString([(5e5, 9e6), (6e5, 9e6)]), 20.0)
    layer = Layer("park", Text.of("park"), park("EPSG:4326"), Role.PROHIBITED)
    with pytest.raises(NonetlossError, match="CRS") as caught:
        screen(
            [road],
            layers=[layer],
            ruleset=None,
            direct_zone_m=1,
            indirect_zone_m=2,
            crs="EPSG:32718",
        )
    only(list(caught.value.findings), "crs.mixed")


@pytest.mark.parametrize(
    ("crs", "code"),
    [
        ("EPSG:4326", "crs.not-metric"),
        ("EPSG:999999", "crs.unknown"),
        ("EPSG:32712", "crs.distorted"),
    ],
)
def test_a_crs_that_cannot_carry_areas(small_study, crs, code):
    small_study.study["crs"] = crs
    found = check(small_study.save())
    assert code in {f.code for f in found} or "crs.out-of-use" in {f.code for f in found}


def test_empty_layer(small_study):
    small_study.layer("park", [])
    assert only(check(small_study.save()), "io.empty").subject == "park"


def test_a_filter_that_leaves_nothing(small_study):
    small_study.study["layers"]["park"]["where"] = {"name": ["Sierra Nahui"]}
    assert "Sierra Ñahui" in only(check(small_study.save()), "io.nothing-selected").data["present"]


def test_a_layer_far_away_is_told_and_kept_out(small_study):
    small_study.layer("ponds", [feature(box(-70, -12, -69, -11), name="x")])
    section = {"source": "ponds", "kind": "wetland", "title": "Ponds"}
    ground = {"es": "inventado", "en": "invented"}
    small_study.study["layers"]["ponds"] = section | {
        "role": "context",
        "ground": ground,
        "setback": "0 m",
    }
    found = only(check(small_study.save()), "io.nothing-in-extent")
    assert found.severity == "notice"


@pytest.mark.parametrize("hidden", [False, True])
def test_an_exclusion_far_away_is_a_warning(small_study, hidden):
    small_study.study["layers"]["park"]["hidden"] = hidden
    small_study.layer("park", [feature(box(-70, -12, -69, -11), name="x")])
    found = check(small_study.save())
    warned = only(found, "study.exclusion-absent")
    assert (warned.severity, warned.subject) == ("warning", "layers.park")
    assert "io.nothing-in-extent" not in [f.code for f in found]


def test_a_ring_that_does_not_close_names_its_feature(small_study):
    good, left_open = box(-74.47, -8.45, -74.43, -8.35), box(-74.47, -8.45, -74.43, -8.35)
    left_open["coordinates"] = [left_open["coordinates"][0][:-1]]
    small_study.layer("park", [feature(good, name="x"), feature(left_open, name="Sierra")])
    # Warnings are errors in tests: none of GDAL reaches the screen either.
    found = only(check(small_study.save()), "io.unclosed-ring")
    assert (found.subject, found.data["offenders"]) == ("park", "1 (Sierra)")


def test_self_crossing_polygons_name_the_first_five(small_study):
    ties = [feature(bow_tie(-74.50 + 0.01 * i, -8.40), name=str(i)) for i in range(7)]
    small_study.layer("park", ties)
    found = only(check(small_study.save()), "io.invalid-geometry")
    assert found.data["count"] == 7
    assert found.data["offenders"].count("Self-intersection") == 5
    assert found.data["offenders"].endswith("(+2)")


def test_self_crossing_polygons_are_rebuilt_only_if_the_catalog_says_so(small_study):
    small_study.layer("park", [feature(bow_tie(-74.45, -8.40), name="x")], repair=True)
    found = only(check(small_study.save()), "io.repaired")
    # Two triangles of 0.02° × 0.01° / 2 each: 2 × 0.0001 deg² × 111.2 km × 110.0 km ≈ 243 ha.
    assert found.data["after_ha"] == pytest.approx(243, rel=0.02)
    assert found.data["count"] == 1
    assert found.severity == "warning"


def test_swapped_coordinates(small_study):
    small_study.layer("park", [feature(box(-8.45, -74.47, -8.35, -74.43), name="x")])
    assert only(check(small_study.save()), "io.misplaced-swapped").subject == "park"


def test_swapped_coordinates_of_what_draws_the_extent(small_study):
    lines = [[(-8.40, -74.55), (-8.40, -74.35)], [(-8.40, -74.55), (-8.30, -74.45)]]
    shapes = [shapely.geometry.mapping(shapely.LineString(line)) for line in lines]
    named = zip(shapes, ("straight", "north"), strict=True)
    small_study.layer("alternatives", [feature(each, name=name) for each, name in named])
    found = check(small_study.save())
    assert only(found, "study.around-swapped").subject == "alternatives"
    assert "crs.distorted" not in [f.code for f in found]


def test_swapped_ends_that_draw_the_extent(small_study):
    small_study.study["extent"]["around"] = ["project"]
    for end in ("start", "end"):
        place = small_study.study["project"][end]
        place["x"], place["y"] = place["y"], place["x"]
    assert only(check(small_study.save()), "study.around-swapped").subject == "project"


def test_one_swapped_feature_among_good_ones_is_told(small_study):
    good, swapped = box(-74.47, -8.45, -74.43, -8.35), box(-8.45, -74.47, -8.35, -74.43)
    small_study.layer("park", [feature(good, name="x"), feature(swapped, name="y")])
    found = only(check(small_study.save()), "io.some-swapped")
    assert (found.severity, found.data["count"], found.data["offenders"]) == ("warning", 1, "1")


@pytest.mark.parametrize("corners", [(-74.47, 8.35, -74.43, 8.45), (74.43, -8.45, 74.47, -8.35)])
def test_wrong_hemisphere(small_study, corners):
    small_study.layer("park", [feature(box(*corners), name="x")])
    assert only(check(small_study.save()), "io.misplaced-hemisphere").subject == "park"


def test_two_alternatives_of_one_name_are_not_taken_for_one(small_study):
    straight, north = [(-74.55, -8.40), (-74.35, -8.40)], [(-74.55, -8.40), (-74.45, -8.30)]
    lines = [shapely.geometry.mapping(shapely.LineString(points)) for points in (straight, north)]
    small_study.layer("alternatives", [feature(each, name="north ") for each in lines])
    found = only(check(small_study.save()), "study.alternatives-repeated")
    assert (found.severity, found.subject, found.data["names"]) == (
        "error",
        "alternatives",
        "north",
    )
    with pytest.raises(NonetlossError, match="north"):
        run_study(small_study.folder, small_study.folder / "out", languages=())


def test_an_alternative_without_name(small_study):
    line = shapely.geometry.mapping(shapely.LineString([(-74.55, -8.40), (-74.35, -8.40)]))
    small_study.layer("alternatives", [feature(line, name=None), feature(line, name="straight")])
    assert only(check(small_study.save()), "study.name-blank").data["offenders"] == "0"


def test_a_northern_utm_zone_instead_of_the_southern(small_study):
    southern = park("EPSG:4326").to_crs("EPSG:32718")
    northern = southern.set_crs("EPSG:32618", allow_override=True)
    folder = as_file(small_study, "park", northern, "gpkg")
    only(check(folder), "io.misplaced-hemisphere")


def test_latitude_first_beyond_ninety_degrees(small_study):
    small_study.layer("park", [feature(box(-8.4, -100.2, -8.3, -100.1), name="x")])
    only(check(small_study.save()), "io.coordinates-impossible")


def test_across_the_antimeridian(small_study):
    small_study.layer("park", [feature(box(-179.0, -8.5, 179.0, -8.3), name="x")])
    only(check(small_study.save()), "io.antimeridian")


def test_the_project_on_the_wrong_hemisphere(small_study):
    line = {"type": "LineString", "coordinates": [[-74.55, 8.40], [-74.35, 8.40]]}
    small_study.layer("alternatives", [feature(line, name="straight"), feature(line, name="north")])
    assert {f.code for f in check(small_study.save())} & {"study.extent-elsewhere"}


def test_a_place_with_swapped_coordinates(small_study):
    small_study.study["project"]["start"] |= {"x": -8.4, "y": -94.55}
    assert only(check(small_study.save()), "study.place").subject == "project.start"


@pytest.mark.parametrize(
    ("x", "y", "code"),
    [
        (-74.55, 8.40, "io.misplaced-hemisphere"),
        (-8.40, -74.55, "io.misplaced-swapped"),
        (-70.00, -12.00, "study.place-outside"),
    ],
)
def test_an_end_of_the_project_off_the_extent_is_found_before_the_run(small_study, x, y, code):
    small_study.study["extent"] = {"bounds": [540000, 9060000, 580000, 9085000]}
    small_study.study["project"]["start"] |= {"x": x, "y": y}
    assert only(check(small_study.save()), code).subject == "project.start"


def test_an_alternative_that_leaves_the_extent(small_study):
    small_study.study["extent"] = {"bounds": [540000, 9060000, 560000, 9085000]}
    assert "straight" in only(check(small_study.save()), "study.outside-extent").data["offenders"]


def latin(small_study, **section) -> Path:
    path = small_study.folder / "data" / "park.geojson"
    path.write_bytes(path.read_text(encoding="utf-8").replace("\\u00d1", "Ñ").encode("latin-1"))
    small_study.catalog["sources"]["park"] |= section
    return small_study.save()


def test_names_that_are_not_utf8(small_study):
    assert only(check(latin(small_study)), "io.encoding").subject == "park"


def test_names_in_a_declared_encoding_are_read(small_study, tmp_path):
    folder = latin(small_study, encoding="latin-1")
    assert [f for f in check(folder) if f.severity == "error"] == []
    out = run_study(folder, tmp_path / "run", languages=())
    assert gpd.read_file(out / "layers.gpkg", layer="park").label[0] == "Sierra Ñahui"


def test_a_study_that_is_not_utf8(small_study):
    path = small_study.folder / "study.yaml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    only(check(small_study.folder), "study.not-utf8")


@pytest.mark.parametrize(
    ("value", "code"),
    [(500, "units.missing"), ("500 kg", "units.dimension"), ("5 hectometros", "units.unknown")],
)
def test_units(small_study, value, code):
    small_study.study["cell_size"] = value
    small_study.study["steps"][0]["parameters"]["direct_zone_m"] = value
    assert only(check(small_study.save()), code).subject == "cell_size"
    small_study.study["cell_size"] = "500 m"
    assert only(check(small_study.save()), code).subject == "screening.direct_zone_m"


@pytest.mark.parametrize(
    ("kind", "width", "told"),
    [
        ("road", "200 m", False),
        ("road", "201 m", True),
        ("road", "5 km", True),
        ("mine", "5 km", False),
    ],
)
def test_a_right_of_way_wider_than_any_road(small_study, kind, width, told):
    small_study.study["project"] |= {"kind": kind, "right_of_way": width}
    found = [f for f in check(small_study.save()) if f.code == "study.right-of-way-wide"]
    assert [(f.severity, f.subject) for f in found] == [("warning", "project.right_of_way")] * told
    assert all(f.render("es") and f.render("en") for f in found)


def test_a_parameter_outside_its_bounds(small_study):
    small_study.study["steps"][0]["parameters"]["direct_zone_m"] = "-5 m"
    found = only(check(small_study.save()), "parameter.out-of-bounds")
    assert (found.subject, found.data["value"]) == ("screening.direct_zone_m", "-5 m")


@pytest.mark.parametrize("value", [1.9, -0.1, {"low": 0.5, "likely": 0.8, "high": 1.2}])
def test_an_ecological_value_outside_0_and_1(small_study, value):
    name = next(iter(small_study.study["ecosystems"]["classes"]))
    small_study.study["ecosystems"]["classes"][name]["value"] = value
    found = only(check(small_study.save()), "parameter.out-of-bounds")
    assert found.subject == f"ecosystems.classes.{name}.value"


@pytest.mark.parametrize(
    ("quantity", "unit", "value"),
    [
        ("slope", "percent", NAN),
        ("slope", "percent", -1.0),
        ("slope", "degree", 90.0),
        ("elevation", "m", float("inf")),
        ("elevation", "m", -9999.0),
    ],
)
def test_an_impossible_relief_elsewhere(small_study, quantity, unit, value):
    small_study.study["relief"] = {
        "source": "park",
        "quantity": quantity,
        "unit": unit,
        "field": "name",
        "elsewhere": value,
    }
    found = only(check(small_study.save()), "parameter.out-of-bounds")
    assert found.subject == "relief.elsewhere"


def test_an_unknown_parameter(small_study):
    small_study.study["steps"][0]["parameters"]["direct_zone"] = "5 m"
    assert only(check(small_study.save()), "parameter.unknown").subject == "screening.direct_zone"


def test_parcels_with_text_for_a_number_and_an_unknown_ecosystem_come_together(small_study):
    values = dict.fromkeys(("value_without_low", "value_without_likely"), 0.2)
    values |= {"value_without_high": 0.3, "value_with_low": 0.5}
    values |= {"value_with_likely": 0.6, "value_with_high": 0.7}
    land = box(-74.50, -8.42, -74.49, -8.41)
    rows = [
        {"name": "a", "ecosystem": "varzea", "cost_usd": "mucho"},
        {"name": "b", "ecosystem": "sabana", "cost_usd": "5"},
        {"name": "c", "ecosystem": "varzea", "cost_usd": "-5"},
        {"name": "d", "ecosystem": "varzea", "cost_usd": "5"},
    ]
    small_study.layer("parcels", [feature(land, **row, **values) for row in rows])
    small_study.study["parcels"] = {"source": "parcels"}
    errors = [f for f in check(small_study.save()) if f.severity == "error"]
    assert {(f.code, f.subject) for f in errors} == {
        ("study.parcel-numbers", "a"),
        ("study.parcel-ecosystem", "b"),
        ("study.parcel-numbers", "c"),
    }


def test_a_date_outside_the_rule_set(small_study):
    small_study.study["decision_date"] = "1950-01-01"
    only(check(small_study.save()), "rules.date-outside")


def test_a_decision_after_the_last_review_of_the_rules_is_told_once(small_study, tmp_path):
    assert check(small_study.folder) == []
    reviewed = ruleset(small_study.study["rules"]).reviewed
    small_study.study["decision_date"] = reviewed.isoformat()
    assert check(small_study.save()) == []
    small_study.study["decision_date"] = f"{reviewed.year + 20}-01-01"
    found = only(check(small_study.save()), "rules.after-review")
    assert (found.severity, found.data["reviewed"]) == ("warning", reviewed.isoformat())
    out = run_study(small_study.folder, tmp_path / "run", languages=())
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))["findings"]
    assert [f["code"] for f in told].count("rules.after-review") == 1


def test_an_unknown_rule_set_and_kind(small_study):
    small_study.study["layers"]["park"]["kind"] = "nacional-park"
    only(check(small_study.save()), "study.kind-unknown")
    small_study.study["rules"] = "perú"
    only(check(small_study.save()), "rules.ruleset-unknown")


def test_an_unknown_standard_is_told_of_standards(small_study):
    small_study.study["standards"] = ["vera"]
    found = only(check(small_study.save()), "study.standards-unknown")
    assert (found.subject, found.data["nearest"]) == ("standards", "verra")
    assert "«standards:»" in found.render("es")


def test_a_role_changed_without_a_ground(small_study):
    small_study.study["layers"]["park"]["role"] = "context"
    found = check(small_study.save())
    assert only(found, "study.override-without-ground").subject == "layers.park"


# Routes.


@pytest.fixture
def routed(small_study):
    """The small study with a surface and a route between its two ends, around the park."""
    small_study.study["extent"]["margin"] = "8 km"
    small_study.study["ecosystems"]["elsewhere"] = "terra-firme"
    small_study.study["steps"] = [
        {
            "step": "surface",
            "method": "avoid.surface",
            "parameters": {"base_cost_usd_per_m": "1 Musd/km"},
        },
        {"step": "routes", "method": "avoid.route"},
    ]
    small_study.save()
    return small_study


def refused(folder: Path, out: Path, code: str) -> NonetlossError:
    with pytest.raises(NonetlossError) as caught:
        run_study(folder, out, languages=())
    only(list(caught.value.findings), code)
    only(list(caught.value.findings), "study.step-failed")
    assert not out.exists()
    return caught.value


def test_start_inside_an_exclusion(routed, tmp_path):
    routed.study["project"]["start"] |= {"x": -74.45, "y": -8.40}
    found = only(check(routed.save()), "route.end-excluded")
    assert (found.subject, found.data["layers"]) == ("start", "park")
    with pytest.raises(NonetlossError) as caught:
        run_study(routed.folder, tmp_path / "run", languages=())
    only(list(caught.value.findings), "route.end-excluded")
    assert not (tmp_path / "run").exists()


def test_an_end_whose_cell_alone_touches_an_exclusion_is_told_by_the_run(routed, tmp_path):
    # 60 m west of the park, whose edge is at -74.47: outside with half a right of way of 10 m,
    # but in a cell of 500 m that the park touches.
    routed.study["project"]["start"] |= {"x": -74.47 - 60 / 110_000, "y": -8.40}
    folder = routed.save()
    assert [f for f in check(folder) if f.severity == "error"] == []
    refused(folder, tmp_path / "run", "route.end-too-close")


def test_no_route_exists(routed, tmp_path):
    routed.layer("park", [feature(box(-74.47, -9.5, -74.43, -7.5), name="wall")])
    problem = refused(routed.save(), tmp_path / "run", "route.closed")
    assert isinstance(problem, NoRouteError)


_SHARE = {"low": 0.5, "likely": 0.6, "high": 0.7}
_INTENSITY = {"low": "1 ha/km", "likely": "2 ha/km", "high": "3 ha/km"}


@pytest.mark.parametrize(
    ("method", "parameter", "value", "expected"),
    [
        ("surface", "ecosystem_multipliers", {"varzea": -2}, {("surface.factor", "varzea")}),
        ("surface", "ecosystem_multipliers", {"varzea": NAN}, {("units.not-a-number", "varzea")}),
        ("surface", "ecosystem_multipliers", {"varsea": 2}, {("surface.ecosystem", "varsea")}),
        ("surface", "rivers", {"rio": "60 m"}, {("surface.layer", "rio")}),
        ("surface", "rivers", {"park": 60}, {("units.missing", "park")}),
        ("surface", "rivers", {"park": "-60 m"}, {("surface.distance", "park")}),
        (
            "surface",
            "rivers",
            {"rio": "60 m", "park": 60},
            {("surface.layer", "rio"), ("units.missing", "park")},
        ),
        ("surface", "existing_roads", {"camino": 0.5}, {("surface.layer", "camino")}),
        ("surface", "existing_roads", {"park": {"cost": 2}}, {("surface.factor", "park")}),
        (
            "surface",
            "weighted_layers",
            {"parque": {"criterion": "people", "weight": 1}},
            {("surface.layer", "parque")},
        ),
        (
            "surface",
            "weighted_layers",
            {"park": {"criterion": "nature", "weight": 1}},
            {("units.missing", "park.weight")},
        ),
        (
            "surface",
            "weighted_layers",
            {"park": {"criterion": "folk", "weight": 1}},
            {("surface.weight", "park")},
        ),
        ("surface", "slope_multipliers", {0: 1, 8: -1}, {("surface.slope-table", "")}),
        ("surface", "slope_multipliers", {NAN: 1, 8: 2}, {("surface.slope-table", "")}),
        ("induced", "layer_factors", {"parque": 0.2}, {("induced.layer", "parque")}),
        ("induced", "layer_factors", {"park": 1.2}, {("induced.factor", "park")}),
        ("induced", "existing_access", {"park": "-1 km"}, {("surface.distance", "park")}),
        ("induced", "intensity", _INTENSITY | {"high": "0.1 ha/km"}, {("core.estimate-order", "")}),
        ("induced", "intensity", _INTENSITY | {"low": 1}, {("units.missing", "low")}),
    ],
)
def test_what_a_run_would_refuse_in_a_mapping_is_found_before_it(
    routed, tmp_path, method, parameter, value, expected
):
    parameters = {"base_cost_usd_per_m": "1 Musd/km"} if method == "surface" else {}
    routed.study["steps"] = [
        {
            "step": "tried",
            "method": f"avoid.{method}",
            "parameters": parameters | {parameter: value},
        }
    ]
    errors = [f for f in check(routed.save()) if f.severity == "error"]
    wanted = {
        (code, f"tried.{parameter}" + (f".{entry}" if entry else "")) for code, entry in expected
    }
    assert {(f.code, f.subject) for f in errors} == wanted
    for found in errors:
        assert "{'" not in found.render("es") + found.render("en")
    with pytest.raises(NonetlossError) as caught:
        run_study(routed.folder, tmp_path / "run", languages=())
    assert {f.code for f in caught.value.findings} == {code for code, _ in expected}


@pytest.mark.parametrize(
    ("module", "reader", "value", "code"),
    [
        ("offset.loss", "read_zone_loss", {"indirecto": 0.1}, "loss.zone"),
        ("offset.loss", "read_zone_loss", {"direct": -0.1}, "loss.share"),
        ("offset.loss", "read_zone_loss", {"direct": NAN}, "loss.share"),
        ("offset.portfolio", "read_success", _SHARE | {"high": 1.2}, "offset.parameter"),
        ("offset.portfolio", "read_success", _SHARE | {"low": NAN}, "offset.parameter"),
        ("minimize.measures", "read_weights", {"varsea": 2}, "measures.weight"),
        ("minimize.measures", "read_weights", {"varzea": -2}, "measures.weight"),
        ("minimize.measures", "read_changes", {"no-such-measure": None}, "measures.unknown"),
    ],
)
def test_readers_of_minimize_and_offset_refuse_what_cannot_be(module, reader, value, code):
    read = getattr(import_module(f"nonetloss.{module}"), reader)
    with pytest.raises(NonetlossError) as caught:
        read(value, layers=("park",), ecosystems=("varzea",))
    only(list(caught.value.findings), code)


def test_every_mapping_parameter_has_a_reader_of_its_own():
    mappings = [
        (method.id, parameter)
        for method in registry.methods().values()
        for parameter in method.parameters
        if parameter.kind == "mapping"
    ]
    assert len(mappings) >= 11
    for method, parameter in mappings:
        # What is said of a river network is read with the network at hand.
        if f"{method}.{parameter.name}" in dam_check.READ or method == "hydropower.robust":
            continue
        read = parameter.resolve_reader()
        assert read is not None
        assert {"layers", "ecosystems"} <= set(inspect.signature(read).parameters)


def test_nan_in_cost(routed, tmp_path):
    routed.layer("relief", [feature(box(-74.5, -8.6, -74.3, -8.2), slope=3.0)])
    routed.study["relief"] = {
        "source": "relief",
        "quantity": "slope",
        "unit": "percent",
        "field": "slope",
    }
    refused(routed.save(), tmp_path / "run", "surface.relief-unknown")


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("least-cots", "least-cost"),
        ("strait", "straight"),
        ("front-0", "front-1"),
        ("disimilar-2", "dissimilar-1"),
    ],
)
def test_a_mistyped_alternative_is_found_although_a_step_seeks_routes(routed, written, nearest):
    routed.study["decision"]["chosen"] = written
    found = only(check(routed.save()), "study.alternative-unknown")
    assert (found.subject, found.data["nearest"]) == ("decision.chosen", nearest)


@pytest.mark.parametrize("name", ["least-cost", "front-12", "dissimilar-2", "straight"])
def test_routes_that_a_step_will_find_may_be_chosen(routed, name):
    routed.study["decision"]["chosen"] = name
    assert [f for f in check(routed.save()) if f.severity == "error"] == []
    # Without the step that finds them, only what the user brings has a name.
    del routed.study["steps"][1]
    found = [f for f in check(routed.save()) if f.code == "study.alternative-unknown"]
    assert len(found) == (0 if name == "straight" else 1)


def test_what_the_schema_finds_is_told_in_spanish(small_study):
    small_study.study["seed"] = "x"
    small_study.study["draws"] = 1
    small_study.study["project"]["kind"] = "rode"
    said = " ".join(f.render("es") for f in check(small_study.save()))
    assert "debe ser un número entero" in said
    assert "el límite inferior es 100" in said
    assert "debe ser uno de road, rail" in said
    assert "should" not in said


def test_a_source_may_be_a_name_or_a_text_in_both_languages(small_study):
    both = {"es": "inventado para una prueba", "en": "invented for a test"}
    small_study.study["context"] = [
        {"es": "Dicho.", "en": "Said.", "source": "A person"},
        {"es": "Escrito.", "en": "Written.", "source": both},
    ]
    small_study.study["project"]["right_of_way_source"] = both
    small_study.study["project"]["start"]["source"] = both
    value = {"low": 0.5, "likely": 0.6, "high": 0.7, "source": both}
    small_study.study["ecosystems"]["classes"]["varzea"]["value"] = value
    small_study.study["steps"][0]["sources"] = {"direct_zone_m": both, "indirect_zone_m": "DAR"}
    small_study.save()
    small_study.catalog["sources"]["park"]["origin"] = both
    assert check(small_study.save()) == []
    document = StudyDocument.model_validate(small_study.study)
    assert [told.source for told in document.context] == [Text.of("A person"), Text.of(both)]
    assert document.ecosystems.classes["varzea"].value.source == Text.of(both)


@pytest.mark.parametrize("place", ["context", "origin", "estimate", "step", "project"])
def test_a_source_in_one_language_of_two(small_study, place):
    half = {"es": "inventado"}
    value = {"low": 0.5, "likely": 0.6, "high": 0.7, "source": half}
    if place == "context":
        small_study.study["context"] = [{"es": "Dicho.", "en": "Said.", "source": half}]
    elif place == "origin":
        small_study.catalog["sources"]["park"]["origin"] = half
    elif place == "estimate":
        small_study.study["ecosystems"]["classes"]["varzea"]["value"] = value
    elif place == "step":
        small_study.study["steps"][0]["sources"] = {"direct_zone_m": half}
    else:
        small_study.study["project"]["right_of_way_source"] = half
    assert "study.text-languages" in {f.code for f in check(small_study.save())}


def test_an_unknown_may_be_critical_and_needs_both_languages(small_study):
    both = {"es": "Falta la reserva.", "en": "The reserve is missing."}
    small_study.study["unknowns"] = [both, both | {"critical": True}]
    assert check(small_study.save()) == []
    document = StudyDocument.model_validate(small_study.study)
    assert [unknown.critical for unknown in document.unknowns] == [False, True]
    small_study.study["unknowns"] = [{"es": "Falta la reserva."}, both | {"critical": "perhaps"}]
    assert {(f.code, f.subject) for f in check(small_study.save())} == {
        ("study.missing-key", "unknowns.0.en"),
        ("study.wrong-value", "unknowns.1.critical"),
    }
