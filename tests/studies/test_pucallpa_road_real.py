"""The Pucallpa case on official and open layers."""

import geopandas as gpd
import pytest

from nonetloss.study.expected import compare, read_expected

STUDY = "pucallpa-road-real"


@pytest.fixture(scope="module")
def run(run_once, shared_data):
    return run_once(STUDY, data=shared_data, languages=("es", "en"))


@pytest.fixture(scope="module")
def park(shared_data):
    areas = gpd.read_file(shared_data / "peru_protected_areas" / "peru_anp_sernanp_2023.gpkg")
    mine = areas[(areas["tipo"] == "PN") & (areas["nombre"] == "Sierra del Divisor")]
    return mine.to_crs("EPSG:32718").geometry.iloc[0]


@pytest.fixture(scope="module")
def lines(studies):
    return gpd.read_file(studies / STUDY / "data" / "alternatives.geojson").to_crs("EPSG:32718")


def test_figures_of_expected_yaml(run, studies):
    assert compare(run.folder, read_expected(studies / STUDY / "expected.yaml")) == []


def test_every_line_of_the_user_crosses_the_park_as_an_independent_overlay_says(run, park, lines):
    found = run.crossings(lines, "sierra-del-divisor")
    km = lines.geometry.intersection(park).length / 1000
    ha = lines.geometry.buffer(10, cap_style="flat").intersection(park).area / 10_000
    assert (km > 10).all()
    assert found["length_km"].to_numpy() == pytest.approx(km.to_numpy(), abs=1e-6)
    assert found["area_ha"].to_numpy() == pytest.approx(ha.to_numpy(), abs=0.01)
    for name, length in zip(lines["name"], km, strict=True):
        assert run.table("routes", "comparison").set_index("alternative").loc[name, "crosses"]
        certificates = run.table("routes", "certificates")
        mine = certificates[certificates["alternative"] == name].set_index("layer")
        assert mine.loc["sierra-del-divisor", "meters_inside"] / 1000 == pytest.approx(length)
        assert not mine.loc["sierra-del-divisor", "holds"]


def test_the_chosen_route_and_all_others_keep_out_of_the_park(run, park):
    routes = run.routes()
    assert "least-cost" in set(routes["name"])
    assert (routes.geometry.intersection(park).length == 0).all()
    assert (routes.geometry.distance(park) >= 10).all()
    certificates = run.table("routes", "certificates")
    proposed = certificates[certificates["alternative"].isin(routes["name"])]
    assert proposed["holds"].all()
    assert (proposed["meters_inside"] == 0).all()


def test_front_has_at_least_three_distinct_routes(run):
    front = run.features("routes", "front")
    lines = {shape.wkb for shape in front.geometry}
    assert len(lines) == len(front) >= 3
    # Distinct on the ground too: at least three lie apart by more than a cell of 500 m.
    apart = []
    for shape in front.geometry:
        if all(shape.hausdorff_distance(other) > 1_000 for other in apart):
            apart.append(shape)
    assert len(apart) >= 3


def test_no_proposed_route_crosses_a_native_community_and_that_has_a_price(run, lines):
    reason = run.record["study"]["decision"]["reason"]["en"]
    assert "beside the native community San Mateo" in reason
    routes = run.routes()
    assert run.crossings(lines, "communities")["length_km"]["straight"] > 3
    assert (run.crossings(routes[["name"]], "communities")["length_km"] == 0).all()
    prices = run.table("routes", "prices").set_index("exclusion")["price_on_grid_usd"]
    assert prices["*"] >= prices["communities"] > 0


def test_balance_adds_up(run):
    table = run.balance()
    residual = table["before"] - table["avoided"] - table["minimized"]
    assert table["residual"].to_numpy() == pytest.approx(residual.to_numpy(), abs=1e-6)
    net = table["offset"] - table["residual"]
    assert table["net"].to_numpy() == pytest.approx(net.to_numpy(), abs=1e-6)


def test_the_whole_run_with_both_reports_takes_less_than_two_minutes(run):
    # Processor time of this process, so that a busy machine does not decide.
    assert run.cpu_seconds < 120


def test_what_is_missing_is_said_aloud(run):
    unknowns = run.record["study"]["unknowns"]
    told = " ".join(u["en"] for u in unknowns if u["critical"])
    assert "official polygon of the Isconahua Reserve is missing" in told
    assert "indigenous lands of the Brazilian side are missing" in told
    assert "no cadastre" in told
    assert not all(u["critical"] for u in unknowns)
    assert "surface.no-relief" in run.codes()
    assert not any(layer["kind"] == "territorial-reserve" for layer in run.record["layers"])


def test_official_layers_are_told_apart_from_drawn_ones(run):
    schematic = {source["name"]: source["schematic"] for source in run.record["sources"]}
    assert not schematic["protected-areas"]
    assert {n for n, drawn in schematic.items() if drawn} == {
        "alternatives",
        "ecosystems",
        "parcels",
    }
