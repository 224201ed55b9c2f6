"""A hypothetical road in Madre de Dios on real roads, rivers, areas, concessions and mining."""

import geopandas as gpd
import pytest

from nonetloss.landscape.crs import areal_distortion, require_crs
from nonetloss.study.expected import compare, read_expected

STUDY = "madre-de-dios-road-real"


@pytest.fixture(scope="module")
def run(run_once, shared_data):
    return run_once(STUDY, data=shared_data)


@pytest.fixture(scope="module")
def areas(shared_data):
    found = gpd.read_file(shared_data / "peru_protected_areas" / "peru_anp_sernanp_2023.gpkg")
    found = found.to_crs("EPSG:32719").set_index(["tipo", "nombre"]).geometry
    return {"amarakaeri": found["RC", "Amarakaeri"], "manu": found["PN", "Manu"]}


@pytest.fixture(scope="module")
def lines(studies):
    return gpd.read_file(studies / STUDY / "data" / "alternatives.geojson").to_crs("EPSG:32719")


def test_figures_of_expected_yaml(run, studies):
    assert compare(run.folder, read_expected(studies / STUDY / "expected.yaml")) == []


@pytest.mark.parametrize("layer", ["amarakaeri", "manu"])
def test_crossings_equal_an_independent_overlay(run, areas, lines, layer):
    found = run.crossings(lines, layer)
    km = lines.geometry.intersection(areas[layer]).length / 1000
    ha = lines.geometry.buffer(8, cap_style="flat").intersection(areas[layer]).area / 10_000
    assert found["length_km"].to_numpy() == pytest.approx(km.to_numpy(), abs=1e-6)
    assert found["area_ha"].to_numpy() == pytest.approx(ha.to_numpy(), abs=0.01)


def test_each_line_of_the_user_enters_an_exclusion_and_no_proposed_route_does(run, areas, lines):
    inside = sum(lines.geometry.intersection(area).length for area in areas.values())
    assert (inside > 0).all()
    routes = run.routes()
    for area in areas.values():
        assert (routes.geometry.intersection(area).length == 0).all()
        assert (routes.geometry.distance(area) >= 8).all()
    certificates = run.table("routes", "certificates")
    assert certificates[certificates["alternative"].isin(routes["name"])]["holds"].all()


def test_the_reserve_is_closed_by_a_recorded_decision_of_the_study(run):
    layers = {layer["name"]: layer for layer in run.record["layers"]}
    assert layers["amarakaeri"]["role"] == "prohibited"
    assert layers["amarakaeri"]["kind"] == "communal-reserve"
    table = run.table("screening")
    ground = table[(table["layer"] == "amarakaeri") & (table["feature"] == "")]["ground_en"]
    assert ground.str.contains("Decision of this study").all()


def test_existing_roads_are_cheaper_to_follow(run, shared_data):
    roads = gpd.read_file(shared_data / "mdd_roads_rivers_osm" / "mdd_roads_osm.gpkg")
    near = roads.to_crs("EPSG:32719").geometry.buffer(500).union_all()
    routes = run.routes().set_index("name").geometry
    # The only road out of Nuevo Edén runs along the right bank: the cheapest route uses it.
    assert routes["least-cost"].intersection(near).length > 10_000


def test_balance_adds_up(run):
    table = run.balance()
    residual = table["before"] - table["avoided"] - table["minimized"]
    assert table["residual"].to_numpy() == pytest.approx(residual.to_numpy(), abs=1e-6)
    net = table["offset"] - table["residual"]
    assert table["net"].to_numpy() == pytest.approx(net.to_numpy(), abs=1e-6)


def test_crs_is_true_to_area_over_the_extent(run):
    grid = run.record["grid"]
    right = grid["left"] + grid["columns"] * grid["cell_width"]
    bottom = grid["top"] - grid["rows"] * grid["cell_height"]
    crs = require_crs(run.record["crs"], name=STUDY)
    assert areal_distortion(crs, (grid["left"], bottom, right, grid["top"])) < 0.005


def test_habitat_quality_is_told_beside_the_balance_and_not_in_it(run):
    today = run.table("habitat").set_index("ecosystem")
    assert (today["quality"] <= today["habitat"] + 1e-9).all()
    amount = today["area_ha"] * today["quality"]
    assert today["quality_qha"].to_numpy() == pytest.approx(amount.to_numpy(), rel=1e-6)
    # Where mining is, along the rivers, land is worse than it could be; in the mountains hardly.
    kept = today["quality"] / today["habitat"]
    assert kept["floodplain"] < kept["terra-firme"] < kept["montane-forest"]
    taken = run.table("habitat", "alternatives")
    assert (taken["lost_qha"] >= 0).all()
    parts = taken["footprint_qha"] + taken["around_qha"]
    assert taken["lost_qha"].to_numpy() == pytest.approx(parts.to_numpy(), abs=1e-6)
    assert run.steps["balance"]["inputs"]["loss"] == ["loss"]
