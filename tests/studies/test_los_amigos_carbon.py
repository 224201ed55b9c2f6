"""The bundled carbon case: the published figure, and one chain from plots to credits."""

import json
import re
import shutil

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import yaml

from nonetloss.study.check import check
from nonetloss.study.expected import compare, read_expected
from nonetloss.study.runner import run_study

STUDY = "los-amigos-carbon"
STANDARDS = ("vm0048", "vm0007", "vm0015", "trees")
# A run in one minute, in processor seconds, with what a cold cache of compiled kernels takes.
LIMIT_S = 60


@pytest.fixture(scope="module")
def run(run_once):
    return run_once(STUDY, languages=("es", "en"))


def raster(run, step, part):
    with rasterio.open(run.folder / run.steps[step]["outputs"][part]["file"]) as file:
        return file.read(1), file.transform, file.crs


def test_nothing_is_wrong_with_the_study(studies):
    found = check(studies / STUDY)
    assert [f.code for f in found if f.severity == "error"] == []


def test_figures_of_expected_yaml(run, studies):
    assert compare(run.folder, read_expected(studies / STUDY / "expected.yaml")) == []


def test_it_runs_in_a_minute(run):
    assert run.cpu_seconds < LIMIT_S


def test_the_drawn_concession_is_near_the_published_area(studies):
    zones = gpd.read_file(studies / STUDY / "data" / "zones.geojson").to_crs("EPSG:32719")
    area = dict(zip(zones["zone"], zones.geometry.area / 1e4, strict=True))
    # 360,000 acres.
    assert area["project"] == pytest.approx(360_000 * 0.40468564224, rel=0.005)
    assert zones.geometry.iloc[0].intersection(zones.geometry.iloc[1]).area < 1


def test_strata_add_up_to_the_concession(studies):
    zones = gpd.read_file(studies / STUDY / "data" / "zones.geojson").to_crs("EPSG:32719")
    strata = pd.read_csv(studies / STUDY / "data" / "strata_areas.csv")
    drawn = zones.set_index("zone").geometry["project"].area / 1e4
    assert strata["area_ha"].sum() == pytest.approx(drawn, rel=1e-4)


def test_the_stock_of_the_plots_has_an_interval_and_differs_from_the_published_one(run):
    total = run.table("stock", "total").set_index("pool")
    assert (total["tco2e_low"] < total["tco2e"]).all()
    assert (total["tco2e"] < total["tco2e_high"]).all()
    # Invented trees: near the published 79.4 Mt, and not made to meet it.
    assert 40e6 < total.loc["above_ground", "tco2e"] < 79.4e6
    shares = run.table("stock", "errors")["share"]
    assert shares.sum() == pytest.approx(1.0)


def test_risk_allocates_what_was_lost(run):
    lost = run.table("cover", "periods").set_index("period")["lost_ha"]
    for step in ("risk", "alternative"):
        fitted, *_ = raster(run, step, "calibration-hectares")
        assert np.nansum(fitted) == pytest.approx(lost["calibration"], rel=1e-4)
        predicted, *_ = raster(run, step, "confirmation-hectares")
        assert np.nansum(predicted) == pytest.approx(lost["confirmation"], rel=1e-4)


def test_the_baseline_is_the_risk_map_summed_over_each_zone(run, studies):
    hectares, transform, crs = raster(run, "risk", "validity-hectares")
    zones = gpd.read_file(studies / STUDY / "data" / "zones.geojson").to_crs(crs)
    told = run.table("baseline", "zones_table").set_index("zone")["hectares"]
    for zone, shape in zip(zones["zone"], zones.geometry, strict=True):
        inside = rasterio.features.geometry_mask([shape], hectares.shape, transform, invert=True)
        # Six years, the length of the period of the map.
        assert told[zone] == pytest.approx(np.nansum(hectares[inside]), rel=1e-5)


def test_emissions_are_hectares_times_factors(run):
    activity = run.table("baseline", "activity")
    factors = run.table("baseline", "factors_table").set_index("stratum")["factor_tco2e_ha"]
    by_hand = activity["hectares"] * activity["stratum"].map(factors)
    assert activity["tco2e"].to_numpy() == pytest.approx(by_hand.to_numpy(), rel=1e-6)


def test_the_contract_fails_until_its_renewal_is_shown(run):
    assert "longevity.years" in run.value("permanence", "failed")
    assert run.value("permanence-renewed", "failed") == []
    assert {"permanence.failed", "permanence.tenure", "concession.renewal-supposed"} <= set(
        run.codes()
    )
    clock = run.table("permanence", "clock").set_index("year")
    # 2001 + 40 - 2025.
    assert clock.loc[2025, "contract_years_left"] == 16
    assert (clock.loc[2002:, "outcome"] == "fail").all()


def test_every_standard_adds_up_from_gross_to_net(run):
    table = run.table("credits", "vintages")
    assert set(table["standard"]) == set(STANDARDS)
    taken = table[[f"{c}_tco2e" for c in ("project", "leakage", "uncertainty", "buffer")]].sum(
        axis=1
    )
    net = table["gross_tco2e"] - taken
    assert table["net_tco2e"].to_numpy() == pytest.approx(net.to_numpy(), abs=1e-6)
    falls = run.table("credits", "waterfall")
    steps = falls[falls["step"] != "net"].groupby("standard")["tco2e"].sum()
    ends = falls[falls["step"] == "net"].set_index("standard")["tco2e"]
    assert steps.to_dict() == pytest.approx(ends.to_dict(), abs=1e-6)
    assert "unverified" in set(falls["status"])


def test_every_unit_of_the_ledger_is_somewhere(run):
    totals = run.table("ledger", "totals").set_index("vintage")
    parts = totals[["tradable", "retired", "cancelled", "buffer"]].sum(axis=1)
    assert (parts == totals["issued"]).all()
    planned = run.table("credits", "vintages").set_index(["standard", "year"])
    for year in range(2025, 2031):
        credited = planned.loc[("vm0048", year), ["net_tco2e", "buffer_tco2e"]].sum()
        assert 0 <= credited - totals.loc[year, "issued"] < 1
    assert re.fullmatch(r"[0-9a-f]{64}", run.value("ledger", "head"))
    assert "credit-ledger.simulated" in run.codes()


def test_credits_and_money_suppose_the_same_renewal(run):
    assert "concession.renewal-disagrees" not in run.codes()
    assert "concession.paid-after-contract" not in run.codes()
    assert run.value("concession", "renewal") == "supposed"
    assert run.value("concession", "contract_end") == "2081-07-01"
    # What can be shown is told all the same: 16 years and half of one from 2025 on.
    assert run.value("concession", "years_left") == pytest.approx(16.5, abs=0.01)
    assert run.value("concession", "longevity_fails")
    sold = run.table("concession", "cashflow").set_index(["price", "year"])["credits_tco2e"]
    # Vintages of 2025 to 2062, sold two years later; none is cut by the end of the contract.
    assert (sold.loc[20.0].loc[2042:2064] > 0).all()


def test_what_is_shared_adds_up_to_what_comes_in(run):
    flow = run.table("concession", "cashflow")
    assert flow["year"].nunique() == 40
    shared = run.table("concession", "sharing").groupby("price")["total_usd"].sum()
    # What all receive, the holder included, is what comes in less what is paid.
    net = flow.groupby("price")["net_usd"].sum()
    assert shared.to_dict() == pytest.approx(net.to_dict(), rel=1e-9)


def test_patrols_tell_no_names_and_no_places(run):
    cells = run.features("patrols", "cells")
    # Cells of 5 km, whole.
    assert cells.geometry.area.max() == pytest.approx(25e6)
    assert "patrols.repeated" in run.codes()
    # The answer is the study's; what patrols reach stands beside it, however little that is.
    reached = run.value("patrols", "enforced_share")
    scores = run.table("permanence", "scores").set_index("item")
    assert scores.loc["enforcement", "answer"] == "yes"
    assert f"Patrols reach {100 * reached:.0f} %" in scores.loc["enforcement", "evidence_en"]


def test_answers_on_finance_are_those_of_the_concession_at_20_usd(run):
    at = run.table("concession", "distribution").set_index("price").loc[20.0]
    scores = run.table("permanence", "scores").set_index("item")
    assert float(scores.loc["payback", "answer"]) == at["payback_years"]
    assert float(scores.loc["secured", "answer"]) == pytest.approx(at["secured_share"], abs=0.005)
    cheaper = run.table("concession", "distribution").set_index("price").loc[[5.0, 10.0]]
    assert cheaper["payback_years"].isna().all()
    assert "5 y a 10 USD no se recupera" in scores.loc["payback", "evidence_es"]


def test_operations_are_told_in_one_language(studies):
    table = pd.read_csv(studies / STUDY / "data" / "operations.csv")
    told = table[["beneficiary", "reason", "detail"]].stack()
    assert not told.str.contains(r" / |invented|travel|trial|clearing", regex=True).any()


def test_every_criterion_that_is_met_says_why(run):
    card = run.table("ccb", "scorecard").set_index("criterion")
    met = card[card["met"] == "yes"]
    assert (met["evidence_es"] != "").all()
    assert "ccb.without-evidence" not in run.codes()


def test_the_road_adds_much_on_the_map_and_next_to_nothing_in_the_concession(run):
    roads = run.table("road-risk", "total").set_index("alternative")
    assert (roads["likely_ha"] > 0).all()
    assert (roads["low_ha"] <= roads["likely_ha"]).all()
    # As the README tells.
    assert roads.loc["south-bank", "likely_ha"] == pytest.approx(8_100, rel=0.02)
    inside = run.table("road-risk", "by_zone").set_index(["alternative", "zone"])["likely_ha"]
    assert inside["south-bank", "project"] < 1
    assert inside["south-bank", "belt"] == pytest.approx(2_100, rel=0.05)
    assert inside["north-bank", "project"] == pytest.approx(160, rel=0.05)


def test_the_baseline_lies_above_its_own_history_and_says_so(run):
    """141 ha a year against 18.8 and 50.0, which `change` counts too."""
    history = run.table("baseline", "history").set_index(["zone", "from_year"])
    change = run.table("change", "by_zone").set_index(["zone", "from_year"])["ha_per_year"]
    for at, row in history.iterrows():
        assert row["ha_per_year"] == pytest.approx(change[at])
    recent = history.loc["project", 2019.0]
    assert recent["baseline_ha_per_year"] == pytest.approx(141, abs=0.5)
    assert recent["ratio"] > 2
    assert "baseline.above-history" in run.codes()


def test_what_the_road_draws_in_enters_the_loss_of_nature(run, studies):
    induced = run.table("road-risk").set_index(["alternative", "ecosystem"])["likely_ha"]
    loss = run.table("road-loss", "likely").set_index(["alternative", "component", "asset"])[
        "value"
    ]
    document = yaml.safe_load((studies / STUDY / "study.yaml").read_text(encoding="utf-8"))
    classes = document["ecosystems"]["classes"]
    for (alternative, kind), hectares in induced.items():
        quality = hectares * classes[kind]["value"]
        assert loss[alternative, "induced", kind] == pytest.approx(quality, rel=1e-9)


def test_carbon_of_the_road_can_be_offset_with_parcels(studies, tmp_path):
    folder = _with_parcels(studies / STUDY, tmp_path / "offset-carbon")
    out = run_study(folder, tmp_path / "run", languages=())
    steps = {s["step"]: s for s in json.loads((out / "run.json").read_text("utf-8"))["steps"]}

    def table(step, part):
        return pd.read_parquet(out / steps[step]["outputs"][part]["file"])

    lost = table("road-risk", "carbon-table").set_index("alternative")["likely"]
    services = table("portfolio", "services").set_index("service").loc["carbon"]
    assert services["loss"] == pytest.approx(lost["north-bank"])
    assert services["gain"] >= services["loss"]


def _with_parcels(source, folder):
    """The same study up to the road, with six invented parcels that store carbon."""
    shutil.copytree(source, folder)
    study = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    catalog = yaml.safe_load((folder / "catalog.yaml").read_text(encoding="utf-8"))
    parcels = []
    for i in range(6):
        left, bottom, right, top = -70.2 + 0.15 * i, -12.66, -70.08 + 0.15 * i, -12.58
        ring = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
        ends = dict(zip(("low", "likely", "high"), range(3), strict=True))
        values = {
            **{f"value_without_{e}": 0.2 + 0.05 * n for e, n in ends.items()},
            **{f"value_with_{e}": 0.6 + 0.05 * n for e, n in ends.items()},
            **{f"carbon_gain_{e}": 350 + 50 * n for e, n in ends.items()},
        }
        own = {
            "name": f"p{i}",
            "ecosystem": "floodplain",
            "cost_usd": 1e6 * (i + 1),
            "consent": True,
        }
        shape = {"type": "Polygon", "coordinates": [ring]}
        parcels.append({"type": "Feature", "properties": own | values, "geometry": shape})
    content = json.dumps({"type": "FeatureCollection", "features": parcels})
    (folder / "data" / "parcels.geojson").write_text(content, encoding="utf-8")
    both = {"es": "prueba", "en": "test"}
    catalog["sources"]["parcels"] = {
        "path": "data/parcels.geojson", "kind": "vector", "title": both, "origin": both,
        "licence": "CC0-1.0", "schematic": True,
    }  # fmt: skip
    study["parcels"] = {"source": "parcels"}
    study["servicesheds"] = {"global": {"title": both}}
    study["services"] = {
        "carbon": {
            "title": both, "unit": "tCO2e", "per_ha": {"floodplain": 400}, "per_ha_source": both,
            "sheds": ["global"],
        }
    }  # fmt: skip
    wanted = ("stock", "cover", "risk", "alternative", "road-risk", "footprint", "road-loss")
    study["steps"] = [step for step in study["steps"] if step["step"] in wanted]
    study["steps"][3]["parameters"]["stiffness"] = [128]
    study["steps"].append(
        {
            "step": "portfolio",
            "method": "offset.portfolio",
            "inputs": {"residual": "road-loss", "service_loss": "road-risk.carbon"},
            "parameters": {"alternative": "north-bank"},
        }
    )
    study["draws"] = 200
    for name, written in (("study", study), ("catalog", catalog)):
        text = yaml.safe_dump(written, allow_unicode=True, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_everything_is_labelled_schematic_and_the_claim_is_theirs(run):
    assert all(source["schematic"] for source in run.record["sources"])
    claim, *_ = run.record["study"]["context"]
    assert claim["en"].startswith("ACCA states")
    assert claim["es"].startswith("ACCA afirma")
    for language, word in (("es", "esquemático"), ("en", "schematic")):
        report = (run.folder / f"report.{language}.html").read_text(encoding="utf-8")
        assert word in report.lower()


def test_drawn_files_are_small_and_coarse(studies):
    files = sorted((studies / STUDY / "data").iterdir())
    assert all(path.stat().st_size < 100_000 for path in files)
    for path in (p for p in files if p.suffix == ".geojson"):
        corners = gpd.read_file(path).get_coordinates().to_numpy()
        assert np.allclose(corners, corners.round(2), atol=1e-9)


def test_the_areas_of_the_map_are_its_counted_cells(studies):
    data = studies / STUDY / "data"
    with rasterio.open(data / "forest_change.tif") as file:
        counts = np.bincount(file.read(1).ravel(), minlength=4)
    told = pd.read_csv(data / "map_areas.csv").set_index("class")["units"]
    names = ("non-forest", "lost-2014-2019", "lost-2019-2024", "forest")
    assert [told[name] for name in names] == counts.tolist()


def test_parameters_say_where_they_come_from(studies):
    document = yaml.safe_load((studies / STUDY / "study.yaml").read_text(encoding="utf-8"))
    for step in document["steps"]:
        told = set(step.get("sources", {}))
        for name, value in step.get("parameters", {}).items():
            quantity = isinstance(value, str) and re.match(r"[\d.]+ \S", value)
            assert name in told or not quantity, f"{step['step']}.{name}"


def test_two_runs_give_the_same_bytes(run, studies, tmp_path):
    again = run_study(studies / STUDY, tmp_path / STUDY, languages=())
    files = sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    same = [f for f in files if f.suffix not in (".html", ".json", ".docx")]
    assert len(same) > 80
    different = [f for f in same if (run.folder / f).read_bytes() != (again / f).read_bytes()]
    assert different == []
