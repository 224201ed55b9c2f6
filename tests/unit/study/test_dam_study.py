"""A plan of dams through check, run and run folder, apart from the methods of hydropower."""

import hashlib
import json
import sys
import types
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from nonetloss.core.findings import warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower.results import Certificate, CriterionLabel, Frontier
from nonetloss.io import parquet
from nonetloss.study import registry
from nonetloss.study.check import check, examine
from nonetloss.study.outputs import Writer
from nonetloss.study.runner import run_study

BOTH = Text.of("x")


@dataclass(frozen=True, slots=True)
class Named:
    table: pd.DataFrame
    choices: np.ndarray


def front_of(network, *, finished: bool = True) -> Frontier:
    """Nothing built but what stands, and everything: energy in MW, kept connectivity."""
    energy = np.array([d.options[0].values["energy"] for d in network.dams])
    choices = np.zeros((2, len(network.dams)), dtype=np.int8)
    choices[:, 3] = 1
    choices[1] = 1
    values = pd.DataFrame({"energy": choices @ energy, "connectivity": [340.0, 100.0]})
    return Frontier(
        criteria=(
            CriterionLabel("energy", Text(es="Potencia", en="Capacity"), "MW", "max"),
            CriterionLabel("connectivity", Text(es="Conectividad", en="Connectivity"), "", "max"),
        ),
        dams=network.dam_ids,
        values=values,
        portfolios=choices > 0,
        choices=choices,
        epsilon=0.0 if finished else 0.25,
        asked_epsilon=0.0,
        finished=finished,
        certificate=Certificate(0.0, True, {"energy": 0.0}, 64, 9, 4, 1000, 2),
        findings=()
        if finished
        else (warning("frontier.unfinished", "frontier", asked="0", epsilon="0.25"),),
    )


def fronts(network, *, finished: bool = True) -> Frontier:
    return front_of(network, finished=finished)


def states(network, *, declared=()) -> Named:
    table = pd.DataFrame({"state": ["none", "full"], "energy": [0.0, 910.0]})
    table.attrs["units"] = {"energy": "MW"}
    return Named(table, np.array([[0] * 6, [1] * 6], dtype=np.int8))


def located(network, *, crs) -> pd.DataFrame:
    return pd.DataFrame({"crs": [str(crs)]})


def _method(name: str, inputs, parameters=()) -> Method:
    function = f"nonetloss_fake_dams:{name}"
    outputs = (Port(name, name, BOTH),)
    return Method(f"test.{name}", BOTH, function, inputs, outputs, parameters, ("none",), BOTH, "")


@pytest.fixture(autouse=True)
def fake_dam_methods(monkeypatch):
    module = types.ModuleType("nonetloss_fake_dams")
    module.fronts, module.states, module.located = fronts, states, located
    monkeypatch.setitem(sys.modules, "nonetloss_fake_dams", module)
    network = Port("network", "RiverNetwork", BOTH)
    made = (
        _method("fronts", (network,), (Parameter("finished", BOTH, kind="flag", default=True),)),
        _method("states", (network, Port("declared", "Criterion", BOTH, optional=True, many=True))),
        _method("located", (network, Port("crs", "CRS", BOTH, ambient=True))),
    )
    monkeypatch.setattr(registry, "methods", lambda: {m.id: m for m in made})


def run(study, out, **options):
    return run_study(study.save(), out, languages=(), **options)


def content(out) -> dict:
    return json.loads((out / "run.json").read_text(encoding="utf-8"))


def errors(study) -> list[tuple[str, str]]:
    return [(f.code, f.subject) for f in check(study.save()) if f.severity == "error"]


def test_a_plan_without_coordinates_is_sound_and_its_run_tells_the_network(dam_study, tmp_path):
    assert check(dam_study.folder) == []
    out = run(dam_study, tmp_path / "run")
    told = content(out)
    assert told["crs"] is None
    assert told["grid"] is None
    assert told["network"]["dams"] == 6
    assert told["network"]["components"] == 7
    assert told["network"]["located"] is False
    # The source file stands with its digest among the sources.
    data = (dam_study.folder / "data" / "tree.txt").read_bytes()
    (source,) = told["sources"]
    assert (source["name"], source["sha256"]) == ("tree", hashlib.sha256(data).hexdigest())
    table, units = parquet.read(out / "network-dams.parquet")
    assert table["id"].tolist() == ["1", "2", "3", "4", "5", "6"]
    assert table["status"].tolist() == ["planned"] * 3 + ["built"] + ["planned"] * 2
    assert table["energy"].tolist() == [300, 120, 200, 80, 150, 60]
    assert table["below"].tolist() == ["0", "1", "1", "2", "3", "5"]
    assert table["x"].isna().all()
    assert units["energy"] == "MW"
    assert not (out / "network.gpkg").exists()
    assert "network-dams.parquet" in (out / "README.txt").read_text(encoding="utf-8")


def test_a_front_is_one_table_of_portfolios_with_units(dam_study, tmp_path):
    out = run(dam_study, tmp_path / "run")
    table, units = parquet.read(out / "01-front" / "portfolios.parquet")
    assert list(table)[:3] == ["energy", "connectivity", "dam_1"]
    # 80 MW stand; all: 300 + 120 + 200 + 80 + 150 + 60 = 910 MW.
    assert table["energy"].tolist() == [80.0, 910.0]
    assert table[[f"dam_{i}" for i in range(1, 7)]].to_numpy().tolist() == [
        [0, 0, 0, 1, 0, 0],
        [1, 1, 1, 1, 1, 1],
    ]
    assert table["dam_1"].dtype == np.int8
    assert (units["energy"], units["connectivity"], units["dam_1"]) == ("MW", "", "")
    outputs = content(out)["steps"][0]["outputs"]
    assert outputs["portfolios"] == {"file": "01-front/portfolios.parquet", "rows": 2}
    assert outputs["epsilon"]["value"] == 0.0
    assert outputs["finished"]["value"] is True
    assert outputs["dams"]["value"] == [1, 2, 3, 4, 5, 6]
    assert outputs["criteria"]["value"][0] == {
        "name": "energy",
        "title": {"es": "Potencia", "en": "Capacity"},
        "unit": "MW",
        "sense": "max",
    }
    assert outputs["certificate"]["value"]["combined"] == 64


def test_an_interrupted_front_is_written_and_told(dam_study, tmp_path):
    dam_study.study["steps"][0]["parameters"] = {"finished": False}
    out = run(dam_study, tmp_path / "run")
    told = content(out)
    assert told["steps"][0]["outputs"]["finished"]["value"] is False
    (found,) = [f for f in told["findings"] if f["code"] == "frontier.unfinished"]
    assert (found["severity"], found["data"]["epsilon"]) == ("warning", "0.25")


def test_choices_are_named_like_the_rows_of_their_table(dam_study, tmp_path):
    dam_study.study["steps"] = [{"step": "states", "method": "test.states"}]
    out = run(dam_study, tmp_path / "run")
    _, units = parquet.read(out / "01-states" / "table.parquet")
    assert units == {"state": "", "energy": "MW"}
    choices, _ = parquet.read(out / "01-states" / "choices.parquet")
    assert choices["state"].tolist() == ["none", "full"]
    assert choices[[f"dam_{i}" for i in range(1, 7)]].sum(axis=1).tolist() == [0, 6]


def test_repeating_a_run_gives_identical_bytes(dam_study, tmp_path):
    runs = [run(dam_study, tmp_path / name) for name in ("a", "b")]
    first, again = (
        {p.relative_to(r).as_posix(): p.read_bytes() for p in r.rglob("*") if p.is_file()}
        for r in runs
    )
    assert first == again


def test_a_large_front_is_written_small(tmp_path):
    rng = np.random.default_rng(0)
    rows, dams = 20_000, 509
    choices = (rng.random((rows, dams)) < 0.02).astype(np.int8)
    small = front_of_sizes(choices)
    written = Writer(tmp_path / "01-front", None, None, frozenset()).write(small)
    path = tmp_path / "01-front" / "portfolios.parquet"
    assert written.outputs["portfolios"]["rows"] == rows
    # An eighth of a byte for each choice would be what bits take.
    assert path.stat().st_size < rows * dams / 4
    table = pq.read_table(path, columns=["dam_7", "dam_508"])
    assert table["dam_508"].to_numpy().sum() == choices[:, 508].sum()


def front_of_sizes(choices: np.ndarray) -> Frontier:
    values = pd.DataFrame({"energy": np.arange(len(choices), dtype=float)})
    label = CriterionLabel("energy", BOTH, "MW", "max")
    proof = Certificate(0.0, True, {}, 0, 0, 0, 0, 0)
    ids = tuple(range(choices.shape[1]))
    return Frontier((label,), ids, values, choices > 0, choices, 0.0, 0.0, True, proof)


def test_units_of_the_study_reach_the_tables(dam_study, tmp_path):
    dam_study.study["network"]["units"] = {"ghg": "kt/year"}
    out = run(dam_study, tmp_path / "run")
    assert parquet.read(out / "network-dams.parquet")[1]["ghg"] == "kt/year"


def test_units_must_be_known_and_of_something(dam_study):
    dam_study.study["network"]["units"] = {"ghg": "smog", "energi": "MW"}
    assert errors(dam_study) == [
        ("study.network-unit", "network.units.ghg"),
        ("study.network-unit-unknown", "network.units.energi"),
    ]


def test_exclusions_of_the_study_are_checked(dam_study):
    dam_study.study["network"]["exclusions"] = [[1, 2], [3, 99]]
    (found,) = [f for f in check(dam_study.save()) if f.code == "river.exclusion-unknown"]
    assert found.data["offenders"] == "99"
    dam_study.study["network"]["exclusions"] = [[1, 2]]
    case, _ = examine(dam_study.save(), data_roots={})
    assert case.values["network"].exclusions == (frozenset({1, 2}),)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"network": {"dam_tree": "tree", "dams": "tree"}}, ("study.network-form", "network")),
        ({"network": {"dams": "tree"}}, ("study.network-form", "network")),
        ({"network": {}}, ("study.network-form", "network")),
        ({"network": None}, ("study.missing-key", "network")),
        (
            {"network": {"dam_tree": "tree", "mouth": 3}},
            ("study.network-table-only", "network"),
        ),
        ({"network": {"dam_tree": "twig"}}, ("study.source-unknown", "network.dam_tree")),
        ({"network": {"tree": "tree"}}, ("study.unknown-key", "network.tree")),
        ({"cell_size": "5"}, ("units.missing", "cell_size")),
    ],
)
def test_a_section_that_cannot_be_is_told(dam_study, change, found):
    dam_study.study |= change
    assert found in errors(dam_study)


def test_a_broken_tree_names_its_offenders(dam_study):
    path = dam_study.folder / "data" / "tree.txt"
    path.write_text(path.read_text().replace("e 0 1 1", "e 6 1 1"), encoding="utf-8")
    assert "river.cycle" in {code for code, _ in errors(dam_study)}


def test_a_layer_source_is_no_tree(dam_study):
    dam_study.catalog["sources"]["tree"]["kind"] = "vector"
    assert errors(dam_study) == [("study.source-kind", "tree")]


def test_what_lies_on_the_map_asks_for_the_map(dam_study):
    dam_study.study["parcels"] = {"source": "tree"}
    assert {("study.missing-key", key) for key in ("crs", "extent", "cell_size")} <= set(
        errors(dam_study)
    )


def test_a_step_on_the_map_asks_for_the_map(dam_study):
    dam_study.study["steps"].append({"step": "map", "method": "test.located"})
    assert errors(dam_study) == [("study.step-needs-place", "map")]
    dam_study.study["crs"] = "EPSG:32718"
    assert errors(dam_study) == []


def test_roads_stay_strict(small_study):
    for key in ("right_of_way", "right_of_way_source"):
        del small_study.study["project"][key]
    for key in ("crs", "extent", "cell_size"):
        del small_study.study[key]
    found = {(f.code, f.subject) for f in check(small_study.save())}
    assert found == {
        ("study.missing-key", key)
        for key in (
            "project.right_of_way",
            "project.right_of_way_source",
            "crs",
            "extent",
            "cell_size",
        )
    }


def test_a_road_without_anything_on_the_map_is_still_a_road(small_study):
    for key in ("alternatives", "layers", "ecosystems", "extent", "decision"):
        del small_study.study[key]
    for end in ("start", "end"):
        del small_study.study["project"][end]
    assert ("study.missing-key", "extent") in {
        (f.code, f.subject) for f in check(small_study.save())
    }
