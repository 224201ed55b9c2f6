"""The schematic dams of the upper Ucayali: facts with sources, drawings, and every portfolio."""

import csv
import itertools
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import yaml

from nonetloss.ledger.journal import verify
from nonetloss.ledger.text_form import parse_text
from nonetloss.study.check import check
from nonetloss.study.expected import compare, read_expected
from nonetloss.study.runner import run_study

STUDY = "upper-ucayali-dams"
CRITERIA = ["energy", "connectivity", "dci_p", "sediment", "inundated"]
SIGNS = {"energy": 1, "connectivity": 1, "dci_p": 1, "sediment": 1, "inundated": -1}
EXCLUDED = {"mainique-1", "urubamba"}


@pytest.fixture(scope="module")
def run(run_once):
    return run_once(STUDY, languages=("es", "en"))


@pytest.fixture(scope="module")
def rows(studies):
    """The table of dams as a person reads it."""
    with (studies / STUDY / "data" / "dams.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def document(studies):
    return yaml.safe_load((studies / STUDY / "study.yaml").read_text(encoding="utf-8"))


def number(row: dict, column: str) -> float:
    return float(row[column])


@pytest.fixture(scope="module")
def everything(run, rows, studies):
    """All portfolios that may be, with their criteria, apart from the program.

    Taken from the program: only between which components a dam stands, and which piece of which
    reach belongs to which component.
    """
    dams = pd.read_parquet(run.folder / "network-dams.parquet")
    pieces = gpd.read_file(run.folder / "network.gpkg", layer="reaches")
    reaches = gpd.read_file(studies / STUDY / "data" / "reaches.geojson")
    per_km = (reaches["sediment []"] / reaches["LENGTH_KM"]).set_axis(reaches["HYRIV_ID"])
    pieces["sediment"] = pieces["length_km"] * per_km.loc[pieces["reach"].astype(int)].to_numpy()
    base = pieces.groupby("component")[["length_km", "sediment"]].sum()

    by_id = {row["id"]: row for row in rows}
    ways = [[1] if status == "built" else [0, 1] for status in dams["status"]]
    choices = np.array(list(itertools.product(*ways)), dtype=np.int8)
    ids = list(dams["id"])
    both = choices[:, ids.index("mainique-1")] * choices[:, ids.index("urubamba")] > 0
    choices = choices[~both]

    def picked(column: str) -> np.ndarray:
        """Value of what stands, (portfolios, dams); 0 where nothing does."""
        return choices * np.array([number(by_id[id], column) for id in ids])

    passes = np.where(choices > 0, picked("passage_up") * picked("passage_down"), 1.0)
    carries = np.where(choices > 0, 1 - picked("sed_trap"), 1.0)
    above, below = list(dams["above"]), list(dams["below"])

    def at_mouth(column: str, keep: np.ndarray) -> np.ndarray:
        """Sum over components of what they bring times what every dam below them lets pass."""
        total = np.zeros(len(choices))
        for component, amount in base[column].items():
            share, place = np.ones(len(choices)), component
            while place in above:
                dam = above.index(place)
                share, place = share * keep[:, dam], below[dam]
            total += amount * share
        return total

    def joined() -> np.ndarray:
        """Share of all pairs of kilometers that fish can swim between, percent (Cote et al.)."""

        def way_down(place: int) -> set[int]:
            dams_below = set()
            while place in above:
                dams_below.add(above.index(place))
                place = below[above.index(place)]
            return dams_below

        total = np.zeros(len(choices))
        for one, other in itertools.product(base.index, repeat=2):
            between = sorted(way_down(one) ^ way_down(other))
            both_ways = base["length_km"][one] * base["length_km"][other]
            total += both_ways * passes[:, between].prod(axis=1)
        return 100 * total / base["length_km"].sum() ** 2

    return choices, pd.DataFrame(
        {
            "energy": picked("energy [MW]").sum(axis=1),
            "connectivity": at_mouth("length_km", passes),
            "dci_p": joined(),
            "sediment": at_mouth("sediment", carries),
            "inundated": picked("inundated [ha]").sum(axis=1),
        }
    )


def better(values: pd.DataFrame) -> np.ndarray:
    """Criteria so that more is better, rounded so that ties of sums are ties."""
    signed = values[CRITERIA].to_numpy() * list(SIGNS.values())
    return signed.round(6)


def dominated(candidates: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Whether some row of `by` is as good in all criteria and better in one."""
    answer = np.zeros(len(candidates), dtype=bool)
    for one in by:
        answer |= (one >= candidates).all(axis=1) & (one > candidates).any(axis=1)
    return answer


def test_nothing_is_odd_before_the_run(studies):
    found = check(studies / STUDY)
    assert {(f.code, str(f.severity)) for f in found} == {
        ("river.columns-left-out", "notice"),
        ("river.snapped", "notice"),
        ("study.elsewhere", "notice"),
    }


def test_figures_of_expected_yaml(run, studies):
    assert compare(run.folder, read_expected(studies / STUDY / "expected.yaml")) == []


@pytest.fixture(scope="module")
def clear(run, everything):
    """Which portfolios leave out Mainique 1, whose drawn reservoir enters Megantoni."""
    ids = list(pd.read_parquet(run.folder / "network-dams.parquet")["id"])
    return everything[0][:, ids.index("mainique-1")] == 0


@pytest.mark.parametrize(
    ("step", "count"),
    # 14 planned sites. Without Mainique 1, all subsets of the other 13; with it, not with Urubamba.
    [("frontier", 2**13), ("frontier-mainique", 2**13 + 2**12)],
)
def test_front_is_all_efficient_portfolios_of_all_that_may_be(run, everything, clear, step, count):
    choices, values = everything
    if step == "frontier":
        choices, values = choices[clear], values[clear]
    assert len(choices) == count
    front = run.table(step, "portfolios")
    dams = [column for column in front.columns if column.startswith("dam_")]
    assert len(dams) == 32
    found, best = better(front), better(values)
    assert not dominated(found, by=np.unique(best, axis=0)[::-1]).any()
    assert {tuple(v) for v in best[~dominated(best, by=found)]} == {tuple(v) for v in found}
    # Each portfolio of the front is worth what it says.
    place = {tuple(c): i for i, c in enumerate(choices.tolist())}
    mine = values.iloc[[place[tuple(c)] for c in front[dams].to_numpy().tolist()]]
    assert np.allclose(mine.to_numpy(), front[CRITERIA].to_numpy(), rtol=1e-9)
    assert run.value(step, "certificate")["exact"]
    assert run.value(step, "finished")


def test_all_answers_come_from_the_front_that_respects_the_sanctuary(document):
    for step in document["steps"]:
        assert step.get("inputs", {}).get("frontier", "frontier") == "frontier"
    (front,) = (s for s in document["steps"] if s["step"] == "frontier")
    assert front["parameters"]["fixed"] == {"mainique-1": False}


def test_no_two_dams_that_may_stand_together_flood_each_other(run, rows, studies, document):
    """Neither the land nor the site: no portfolio of the front is impossible for that."""
    assert [set(group) for group in document["network"]["exclusions"]] == [EXCLUDED]
    drawn = gpd.read_file(studies / STUDY / "data" / "reservoirs.geojson").to_crs("EPSG:32718")
    places = gpd.GeoSeries.from_xy(
        [number(r, "x") for r in rows], [number(r, "y") for r in rows], crs="EPSG:4326"
    ).set_axis([r["id"] for r in rows])
    sites = places.to_crs("EPSG:32718")
    for one, other in itertools.permutations(drawn.itertuples(), 2):
        if {one.dam, other.dam} != EXCLUDED:
            assert one.geometry.intersection(other.geometry).area == 0
    for lake in drawn.itertuples():
        others = sites[~sites.index.isin({lake.dam, *EXCLUDED})]
        assert not others.within(lake.geometry).any()
    assert (run.table("reservoirs")["overlap_ha"] == 0).all()


def test_only_capacities_that_somebody_published_are_chosen_from(rows, document):
    """One row per site, and no row that this study invented."""
    assert len({row["id"] for row in rows}) == len(rows) == 32
    assert not any("hypothetical" in (row["source"] + row["note"]).lower() for row in rows)
    told = " ".join(c["en"] for c in document["context"])
    assert (
        "2,000 MW (with the wall\nof 165 m)" in told or "2,000 MW (with the wall of 165 m)" in told
    )


def test_the_plan_of_2010_gives_away_river_fish_sediment_and_land(run, everything, clear):
    values = everything[1][clear]
    table = run.table("regret").set_index("state")
    assert table.loc["peru-brasil-2010", "verdict"] == "dominated"
    # Among all portfolios with as much of the rest, these are the best, one criterion at a time.
    plan = run.table("states").set_index("state").loc["peru-brasil-2010"]
    gains = run.table("regret", "improvements").set_index(["state", "criterion"])
    for criterion in CRITERIA:
        others = [c for c in CRITERIA if c != criterion]
        fine = np.all([SIGNS[c] * (values[c] - plan[c]) >= -1e-6 for c in others], axis=0)
        best = (SIGNS[criterion] * values.loc[fine, criterion]).max() * SIGNS[criterion]
        told = gains.loc[("peru-brasil-2010", criterion), "best"]
        assert told == pytest.approx(best, rel=1e-9)


def test_the_choice_reaches_its_target_and_enters_no_area_of_indirect_use(run):
    assert run.value("choice", "values")["energy"] >= 5000
    assert "mainique-1" not in run.value("choice", "dams")
    screening = run.table("screening")
    here = (screening["role"] == "prohibited") & (screening["zone"] == "footprint")
    crossed = screening[here & screening["met"]]
    assert set(crossed["alternative"]) == {"peru-brasil-2010"}
    assert set(crossed["layer"]) == {"megantoni"}


def least_loss(reaching: pd.DataFrame) -> int:
    """Label of the efficient row of least worst loss, as share of the range; then of least sum."""
    signed = better(reaching)
    efficient = ~dominated(signed, by=signed[np.argsort(-signed[:, 1])])
    losses = -signed[efficient][:, 1:]
    shares = (losses - losses.min(axis=0)) / np.ptp(losses, axis=0)
    order = np.lexsort([shares.sum(axis=1), shares.max(axis=1).round(9)])
    return int(reaching.index[efficient][order[0]])


def test_areas_do_not_change_the_choice_but_capacities_do(run, rows, everything, clear):
    choices, values = everything
    ids = list(pd.read_parquet(run.folder / "network-dams.parquet")["id"])
    areas = {r["id"]: number(r, "inundated [ha]") for r in rows}
    chosen = tuple(run.table("choice", "choices").filter(like="dam_").iloc[0])
    place = choices.tolist().index(list(chosen))
    assert least_loss(values[clear & (values["energy"] >= 5000)]) == place
    factors = run.table("robust", "factors")
    changed_areas = factors.query("attribute == 'inundated'")
    assert set(changed_areas["scenario"]) == {
        "tambo-40-12000-ha",
        "tambo-40-73000-ha",
        "canyons-as-tambo-40",
    }
    for _, changed in changed_areas.groupby("scenario"):
        told = values.copy()
        for dam, factor in zip(changed["dam"], changed["factor"], strict=True):
            told["inundated"] += (factor - 1) * areas[dam] * (choices[:, ids.index(dam)] > 0)
        assert least_loss(told[clear & (values["energy"] >= 5000)]) == place
    # Every project, and no existing plant, with 10 % less: 2460.98 stays, of the rest 0.9.
    fewer = factors.query("attribute == 'energy'")
    assert set(fewer["dam"]) == {r["id"] for r in rows if r["status"] == "planned"}
    assert set(fewer["factor"]) == {0.9}
    told = 2460.98 + 0.9 * (values["energy"] - 2460.98)
    assert told[place] < 5000 <= values["energy"][place]
    robust = run.table("robust").query("chosen")
    assert robust["row"].tolist() != [run.value("choice", "row")]
    assert 2460.98 + 0.9 * (robust["energy"].item() - 2460.98) >= 5000
    assert robust["efficient_share"].tolist() == [1.0]


def test_reservoirs_flood_what_the_table_says(run, rows, studies):
    drawn = gpd.read_file(studies / STUDY / "data" / "reservoirs.geojson").to_crs("EPSG:32718")
    said = {r["id"]: number(r, "inundated [ha]") for r in rows}
    for lake in drawn.itertuples():
        assert lake.geometry.is_valid
        assert lake.area_ha == said[lake.dam]
        assert lake.geometry.area / 1e4 == pytest.approx(lake.area_ha, rel=0.04)
    shapes = drawn.set_index("dam").geometry
    table = run.table("reservoirs").set_index("alternative")
    union = shapes[["paquitzapango", "tambo-40", "tambo-60", "mainique-1"]].union_all()
    assert table.loc["peru-brasil-2010", "area_ha"] == pytest.approx(union.area / 1e4)


def test_the_balance_adds_up_and_no_net_loss_is_likely(run):
    table = run.balance()
    residual = table["before"] - table["avoided"] - table["minimized"]
    assert table["residual"].to_numpy() == pytest.approx(residual.to_numpy(), abs=1e-6)
    assert run.value("portfolio", "answer") == "offset"
    assert "p14" not in run.value("portfolio", "chosen")  # nobody consented
    assert run.table("balance", "no_net_loss")["holds"].all()
    # What cannot be offset is avoided: the gorges of Paquitzapango and Mainique.
    assert table.loc["gorge-forest", "before"] > 0
    assert table.loc["gorge-forest", "residual"] == 0
    journal = parse_text((run.folder / "ledger.txt").read_text(encoding="utf-8"))
    assert verify(journal) == ()


def test_every_dam_has_a_source_and_every_estimate_is_marked(rows):
    head = {column.split(" [")[0] for column in rows[0]}
    for row in rows:
        assert row["source"].strip()
        marked = {part.strip() for part in row["estimated"].split(";") if part.strip()}
        assert marked <= head | {"title"}
        # No area without a source is told as a fact, and no trapping but that of no dam at all.
        fact = row["id"] == "tambo-40"
        no_dam = row["passage_up"] == "1"
        assert ("inundated" in marked) != (fact or no_dam)
        assert ("sed_trap" in marked) != no_dam
        assert ("public Ucayali tree" in row["source"]) <= ("energy" in marked)
    # As the catalog says: six capacities were matched with the public tree.
    assert sum("public Ucayali tree" in row["source"] for row in rows) == 6
    outside = {"inambari", "quitaracsa", "poechos", "chaglla", "san-gaban"}
    assert not outside & {row["id"] for row in rows}


def test_only_criteria_that_every_dam_has_are_optimized(rows, document):
    asked = [s for s in document["steps"] if s["method"] == "hydropower.frontier"]
    assert asked
    for step in asked:
        for criterion in step["parameters"]["criteria"]:
            for column in rows[0]:
                if column.split(" [")[0] == criterion:
                    assert all(row[column] for row in rows)
    assert not all(row["population [people]"] for row in rows)
    told = " ".join(u["en"] for u in document["unknowns"] if u.get("critical"))
    assert "Displaced people are published for two projects only" in told


def test_no_people_in_isolation_and_no_real_community_is_placed(run, studies, document):
    kinds = {layer["kind"] for layer in run.record["layers"]}
    assert kinds == {"national-park", "national-sanctuary", "communal-reserve", "native-community"}
    places = gpd.read_file(studies / STUDY / "data" / "communities.geojson")
    assert list(places["name"]) == [f"CN {i} (esq.)" for i in range(1, len(places) + 1)]
    for path in (studies / STUDY / "data").iterdir():
        assert "ugapakori" not in path.read_text(encoding="utf-8")
    assert any("Kugapakori" in u["en"] for u in document["unknowns"] if u.get("critical"))


def test_everything_is_labelled_schematic_and_the_record_is_told_with_sources(run):
    assert run.record["sources"]
    assert all(source["schematic"] for source in run.record["sources"])
    assert all(told["source"]["en"] for told in run.record["study"]["context"])
    for language, word in (("es", "esquemático"), ("en", "schematic")):
        report = (run.folder / f"report.{language}.html").read_text(encoding="utf-8")
        assert word in report.lower()
        assert "Central Asháninka del Río Ene" in report


def test_drawn_files_are_small_and_coarse(studies):
    folder = studies / STUDY / "data"
    for path in folder.iterdir():
        assert path.stat().st_size < 60_000
        if path.suffix == ".geojson":
            corners = gpd.read_file(path).get_coordinates().to_numpy()
            assert np.allclose(corners, corners.round(3), atol=1e-9)
            assert json.loads(path.read_text(encoding="utf-8"))["type"] == "FeatureCollection"
    reaches = gpd.read_file(folder / "reaches.geojson")
    assert 25 <= len(reaches) <= 60
    assert (reaches["LENGTH_KM"] % 5 == 0).all()


def test_drawn_areas_are_close_to_the_legal_ones(studies):
    areas = gpd.read_file(studies / STUDY / "data" / "protected_areas.geojson")
    drawn = areas.to_crs("EPSG:32718").area / 1e4
    assert drawn.to_numpy() == pytest.approx(areas["legal_ha"].to_numpy(), rel=0.03)


def test_two_runs_give_the_same_bytes(studies, tmp_path):
    folders = [run_study(studies / STUDY, tmp_path / name, languages=()) for name in ("a", "b")]
    first, second = (
        {p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in folders
    )
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_dams_stand_on_their_rivers(run, rows):
    snaps = pd.read_csv(run.folder / "network-snaps.csv")
    assert set(snaps["dam"]) == {row["id"] for row in rows}
    assert (snaps["distance_m"] <= 5000).all()
