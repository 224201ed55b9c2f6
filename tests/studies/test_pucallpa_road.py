"""The schematic Pucallpa case, which the wheel carries."""

import geopandas as gpd
import numpy as np
import pytest
import yaml

from nonetloss.ledger.journal import verify
from nonetloss.ledger.text_form import parse_text, write_text
from nonetloss.study.check import check
from nonetloss.study.expected import compare, read_expected
from nonetloss.study.runner import run_study

STUDY = "pucallpa-road"
EXCLUDED = ("sierra-del-divisor", "isconahua", "serra-do-divisor-brazil")


@pytest.fixture(scope="module")
def run(run_once):
    return run_once(STUDY, languages=("es", "en"))


@pytest.fixture(scope="module")
def drawn(studies):
    """The drawn polygons of the exclusions, projected and joined apart from the program."""
    folder = studies / STUDY / "data"
    areas = gpd.read_file(folder / "protected_areas.geojson").to_crs("EPSG:32718")
    areas = areas.set_index("name").geometry
    reserve = gpd.read_file(folder / "territorial_reserve.geojson").to_crs("EPSG:32718")
    return {
        "sierra-del-divisor": areas["Sierra del Divisor"],
        "serra-do-divisor-brazil": areas["Serra do Divisor"],
        "isconahua": reserve.geometry.iloc[0],
    }


@pytest.fixture(scope="module")
def alternatives(studies):
    return gpd.read_file(studies / STUDY / "data" / "alternatives.geojson").to_crs("EPSG:32718")


def test_nothing_is_odd_before_the_run(studies):
    # Its files draw the odd places only; what the rest is taken for is told, and nothing else.
    found = check(studies / STUDY)
    assert [(f.code, f.subject) for f in found] == [
        ("study.elsewhere", "relief"),
        ("study.elsewhere", "ecosystems"),
    ]


def test_figures_of_expected_yaml(run, studies):
    assert compare(run.folder, read_expected(studies / STUDY / "expected.yaml")) == []


@pytest.mark.parametrize("layer", EXCLUDED)
def test_crossings_equal_an_independent_overlay(run, drawn, alternatives, layer):
    found = run.crossings(alternatives, layer)
    km = alternatives.geometry.intersection(drawn[layer]).length / 1000
    strip = alternatives.geometry.buffer(10, cap_style="flat")
    ha = strip.intersection(drawn[layer]).area / 10_000
    assert found["length_km"].to_numpy() == pytest.approx(km.to_numpy(), abs=1e-6)
    assert found["area_ha"].to_numpy() == pytest.approx(ha.to_numpy(), abs=0.01)


def test_straight_line_and_press_alignment_cross_both_peruvian_areas_and_the_detour_none(
    run, alternatives
):
    for layer in EXCLUDED:
        km = run.crossings(alternatives, layer)["length_km"]
        assert km["straight"] > 10
        assert km["abujao"] > 10
        assert km["southern"] == 0


def test_no_proposed_route_enters_an_exclusion(run, drawn):
    routes = run.routes()
    for polygon in drawn.values():
        assert (routes.geometry.intersection(polygon).length == 0).all()
        # Half the right of way of 20 m stays outside too.
        assert (routes.geometry.distance(polygon) >= 10).all()
    certificates = run.table("routes", "certificates")
    proposed = certificates[certificates["alternative"].isin(routes["name"])]
    assert proposed["holds"].all()
    assert (proposed["meters_inside"] == 0).all()
    assert len(proposed) == len(routes["name"].unique()) * len(EXCLUDED)


def test_avoiding_everything_costs_more_than_any_single_exclusion(run):
    prices = run.table("routes", "prices").set_index("exclusion")["price_usd"]
    assert (prices >= 0).all()
    assert prices["*"] >= prices[list(EXCLUDED)].max()
    # The Brazilian park closes the border: to lift the reserve alone opens no shorter way.
    assert prices["serra-do-divisor-brazil"] > prices["isconahua"] == 0


def test_front_has_at_least_three_routes_none_better_than_another(run):
    front = run.features("routes", "front")
    proven = front[front["proven"] == "supported"]
    values = proven[["cost_usd", "nature_qha", "people"]].to_numpy()
    assert len(values) >= 3
    # Drawing a line from its cells may change its price by half a percent.
    for one in values:
        clearly_better = (values < one * (1 - 0.01) - 1).all(axis=1)
        assert not clearly_better.any()


def test_balance_adds_up_in_each_ecosystem(run):
    table = run.balance()
    residual = table["before"] - table["avoided"] - table["minimized"]
    assert table["residual"].to_numpy() == pytest.approx(residual.to_numpy(), abs=1e-6)
    net = table["offset"] - table["residual"]
    assert table["net"].to_numpy() == pytest.approx(net.to_numpy(), abs=1e-6)
    parts = run.table("balance")
    parts = parts[parts["component"] != "total"].groupby("asset", sort=False)
    for flow in ("before", "avoided", "minimized", "residual"):
        assert parts[flow].sum().to_dict() == pytest.approx(table[flow].to_dict(), abs=1e-6)


def test_the_chosen_route_spares_what_cannot_be_offset(run):
    table = run.balance()
    assert table.loc["white-sand-ridge", "before"] > 0
    assert table.loc["white-sand-ridge", "residual"] == 0
    # ... at the price of other forest, which the run says aloud.
    assert table.loc["terra-firme", "avoided"] < 0
    assert "hierarchy.shifted" in run.codes()


def test_offset_reaches_no_net_loss_at_the_likely_values_and_its_chance_is_stated(run):
    assert run.value("portfolio", "answer") == "offset"
    assert "p14" not in run.value("portfolio", "chosen")  # nobody consented
    assert run.table("balance", "no_net_loss")["holds"].all()
    chance, low, high = (run.value("balance", f"joint-{k}") for k in ("value", "low", "high"))
    assert 0 < low < chance < high < 1


def test_no_community_loses_more_fish_than_it_gains(run):
    services = run.table("portfolio", "services")
    groups = services[services["community"]].set_index("serviceshed")
    assert set(groups.index) == {"ucayali", "tamaya", "abujao"}
    assert groups["met"].all()
    assert (groups["gain"] >= groups["loss"] - 1e-6).all()
    net = groups["gain"] - groups["loss"]
    assert groups["net"].to_numpy() == pytest.approx(net.to_numpy(), abs=1e-6)


def test_who_loses_depends_on_the_alternative(run):
    lost = run.table("services-lost").set_index(["alternative", "serviceshed"])["likely"]
    # The alignment of the press runs along the Abujao; the detour leaves it alone.
    assert lost["abujao", "abujao"] > 0
    assert lost["least-cost", "abujao"] == 0
    assert lost["least-cost", "tamaya"] > lost["abujao", "tamaya"] > 0


def test_the_wanted_probability_holds_in_states_that_the_search_never_saw(run):
    table = run.table("portfolio", "probabilities").set_index(["of", "sample"])
    unseen = table.loc[("all", "held-out")]
    assert unseen["wanted"] == 0.8
    assert unseen["probability"] >= 0.8
    assert unseen["draws"] == 5000 - 200


def test_at_most_one_action_on_a_site_and_every_parcel_says_why(run):
    table = run.table("portfolio")
    chosen = table[table["status"] == "chosen"]
    assert not chosen["site"].duplicated().any()
    for language in ("es", "en"):
        assert table[f"why_{language}"].str.len().min() > 5


def test_deciding_route_and_offset_together_is_never_dearer(run, drawn):
    plans = run.table("joint", "comparison").set_index("plan")
    assert plans["permitted"].all()
    assert plans.loc["joint", "total_usd"] <= plans.loc["sequential", "total_usd"] + 1e-6
    bound = run.value("joint", "bound_usd")
    assert bound <= plans.loc["joint", "total_usd"] + 1e-6
    assert run.value("joint", "gap") <= 0.01
    saving = plans.loc["sequential", "total_usd"] - plans.loc["joint", "total_usd"]
    assert run.value("joint", "saving_usd") == pytest.approx(saving, abs=0.01)
    parcels = plans["parcels"]
    assert parcels["joint"] == parcels["sequential"] - 1  # as the README tells
    lines = run.features("joint", "routes")
    for polygon in drawn.values():
        assert (lines.geometry.intersection(polygon).length == 0).all()


def test_gains_count_their_years(run):
    gains = run.table("gains", "gains").set_index("parcel")
    # Nothing is gained before the action begins, and land is not kept above what it was worth.
    assert (gains["gain_likely_qha"] < gains["static_gain_qha"]).all()
    years = run.table("gains", "trajectories")
    assert ((years["with_likely"] >= 0) & (years["with_likely"] <= 1)).all()
    assert years.groupby("parcel")["year"].max().eq(30).all()


def test_the_plan_of_monitoring_visits_every_chosen_parcel(run):
    visits = run.table("follow-up-plan", "schedule")
    assert set(visits["site"]) == set(run.value("portfolio", "chosen"))
    plots = visits[visits["activity"] == "plots"].merge(
        run.table("portfolio"), left_on="site", right_on="parcel"
    )
    cost = 18_000 + 0.5 * plots["area_ha"]
    assert plots["cost_usd_x"].to_numpy() == pytest.approx(cost.to_numpy(), abs=1e-6)
    budget = run.table("follow-up-plan", "budget")
    assert budget["cost_usd"].sum() == pytest.approx(visits["cost_usd"].sum())


def test_ledger_of_the_run_verifies_and_survives_its_text_form(run):
    text = (run.folder / "ledger.txt").read_text(encoding="utf-8")
    journal = parse_text(text)
    assert verify(journal) == ()
    assert write_text(journal) == text


def test_everything_is_labelled_schematic(run):
    assert run.record["sources"]
    assert all(source["schematic"] for source in run.record["sources"])
    for language, word in (("es", "esquemático"), ("en", "schematic")):
        report = (run.folder / f"report.{language}.html").read_text(encoding="utf-8")
        assert word in report.lower()


def test_the_claim_is_quoted_as_theirs_with_the_public_record_beside_it(run):
    claim, record, *_ = run.record["study"]["context"]
    assert "The Nature Conservancy" in claim["source"]["en"]
    assert claim["en"].startswith("The Nature Conservancy states")
    assert claim["es"].startswith("The Nature Conservancy afirma")
    assert "No independent source" in record["en"]
    assert "No se halló una fuente independiente" in record["es"]
    for language in ("es", "en"):
        report = (run.folder / f"report.{language}.html").read_text(encoding="utf-8")
        assert "The Nature Conservancy" in report


def test_no_real_community_is_placed(studies):
    places = gpd.read_file(studies / STUDY / "data" / "communities.geojson")
    expected = [f"CN {i} (esq.)" for i in range(1, len(places) + 1)]
    assert list(places["name"]) == expected


def test_drawn_areas_are_close_to_the_legal_ones(studies, drawn):
    # DS 014-2015-MINAM; Decreto 97.839/1989; Isconahua: 275,665 ha (press) to 300,000 ha (plan).
    assert drawn["sierra-del-divisor"].area / 1e4 == pytest.approx(1_354_485.10, rel=0.03)
    assert drawn["serra-do-divisor-brazil"].area / 1e4 == pytest.approx(837_555.19, rel=0.03)
    assert 275_665 < drawn["isconahua"].area / 1e4 < 300_000 * 1.03


def test_drawn_files_are_small_and_coarse(studies):
    files = sorted((studies / STUDY / "data").iterdir())
    assert all(path.stat().st_size < 60_000 for path in files)
    for path in (p for p in files if p.suffix == ".geojson"):
        corners = gpd.read_file(path).get_coordinates().to_numpy()
        assert np.allclose(corners, corners.round(2), atol=1e-9)


def test_two_runs_give_the_same_bytes(run, studies, tmp_path):
    again = run_study(studies / STUDY, tmp_path / STUDY)
    files = sorted(p.relative_to(run.folder) for p in run.folder.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    different = [f for f in files if (run.folder / f).read_bytes() != (again / f).read_bytes()]
    assert different == []


def test_parameters_say_where_they_come_from(studies):
    document = yaml.safe_load((studies / STUDY / "study.yaml").read_text(encoding="utf-8"))
    for step in document["steps"]:
        told = set(step.get("sources", {}))
        for name, value in step.get("parameters", {}).items():
            numeric = isinstance(value, str) and any(c.isdigit() for c in value)
            assert name in told or not numeric or step["method"] == "ledger.hierarchy", name


def test_what_the_plan_hangs_on(run):
    table = run.table("sensitivity")
    assert list(dict.fromkeys(table["group"])) == [
        "as_given", "success", "margin", "discount", "weights",
    ]  # fmt: skip
    first = table.iloc[0]
    assert first["kept_covered_percent"] == 100
    share = table[table["group"] == "success"].set_index("value")
    # Less success leaves the same sites with less, and never makes choosing anew cheaper.
    assert share["kept_covered_percent"][0.5] < share["kept_covered_percent"][0.95] == 100
    assert share["new_cost_usd"][0.65] >= first["new_cost_usd"] >= share["new_cost_usd"][0.95]
    # Four attributes, each at half and at twice its weight.
    assert (table["group"] == "weights").sum() == 4 * 2
