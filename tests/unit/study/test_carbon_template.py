"""The template of forest carbon is sound and runs, from the plots to the ledger."""

import json
import re

import pytest
import rasterio
import yaml

from nonetloss.io import parquet
from nonetloss.study.check import check
from nonetloss.study.registry import methods
from nonetloss.study.runner import run_study
from nonetloss.study.template import TEMPLATES, new_study

TEMPLATE = TEMPLATES["carbon"]
TEXT = (TEMPLATE / "study.yaml").read_text(encoding="utf-8")
STEPS = {s["step"]: s for s in yaml.safe_load(TEXT)["steps"]}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return new_study(tmp_path_factory.mktemp("new") / "our-forest", kind="carbon")


@pytest.fixture(scope="module")
def run(template, tmp_path_factory):
    return run_study(template, tmp_path_factory.mktemp("out") / "run", languages=())


def table(run, step, name):
    return parquet.read(next(run.glob(f"*-{step}")) / f"{name}.parquet")[0]


def test_it_is_sound(template):
    assert [f.render("en") for f in check(template) if f.severity != "notice"] == []


def test_it_goes_from_plots_to_the_ledger(run):
    told = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert told["study"]["name"] == "our-forest"
    assert [step["step"] for step in told["steps"]] == [
        "stock", "cover", "risk", "assessment", "baseline", "permanence", "credits",
        "concession", "ledger",
    ]  # fmt: skip


def test_every_source_is_marked_as_invented_and_its_file_is_there():
    catalog = yaml.safe_load((TEMPLATE / "catalog.yaml").read_text(encoding="utf-8"))["sources"]
    assert all(source["schematic"] for source in catalog.values())
    held = {p.relative_to(TEMPLATE).as_posix() for p in (TEMPLATE / "data").iterdir()}
    assert {source["path"] for source in catalog.values()} == held


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_notes_of_the_catalog_name_every_column_of_the_tables(language):
    catalog = yaml.safe_load((TEMPLATE / "catalog.yaml").read_text(encoding="utf-8"))["sources"]
    for source in catalog.values():
        if source["kind"] != "table":
            continue
        with (TEMPLATE / source["path"]).open(encoding="utf-8") as lines:
            columns = next(lines).strip().split(",")
        named = re.findall(r"\w+", source["note"][language])
        assert set(columns) <= set(named)


def test_its_forest_is_counted_pixel_by_pixel(run):
    with rasterio.open(TEMPLATE / "data" / "forest.tif") as data:
        code = data.read(1)
    periods = table(run, "cover", "periods").set_index("period").lost_ha
    # Cells of 100 m are of one hectare.
    assert periods["calibration"] == (code == 1).sum()
    assert periods["confirmation"] == (code == 2).sum()


def test_gross_less_what_is_taken_off_is_net_and_the_ledger_issues_it(run):
    vintages = table(run, "credits", "vintages")
    assert list(vintages.standard.unique()) == ["vm0048", "vm0007"]
    off = ["project_tco2e", "leakage_tco2e", "uncertainty_tco2e", "buffer_tco2e"]
    left = vintages.gross_tco2e - vintages[off].sum(axis=1)
    assert vintages.net_tco2e.to_numpy() == pytest.approx(left.to_numpy())
    assert (vintages.net_tco2e > 0).all()
    totals = table(run, "ledger", "totals")
    kept = totals[["tradable", "retired", "cancelled", "buffer"]].sum(axis=1)
    assert totals.issued.tolist() == kept.tolist()
    assert totals.retired.max() == 300  # operations.csv


def test_every_method_that_its_comments_name_is_there():
    named = set(re.findall(r"\b(?:forest|monitoring|ledger)\.[a-z][a-z-]+", TEXT))
    assert named <= set(methods())
    assert len(named) > len(STEPS)


def changed(tmp_path, edit) -> list[str]:
    folder = new_study(tmp_path / "changed", kind="carbon")
    content = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    edit(content, {s["step"]: s for s in content["steps"]})
    text = yaml.safe_dump(content, allow_unicode=True)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return [f.render("en") for f in check(folder) if f.severity == "error"]


def of_published(content, steps):
    # The line as it stands in the comments.
    (line,) = re.findall(r"#\s+(published: \{.*\}) {3}#", TEXT)
    steps["stock"]["parameters"].update(yaml.safe_load(line))


def of_standards(content, steps):
    content["standards"] = ["verra", "art", "ccb"]
    steps["credits"]["parameters"]["under"] = ["vm0048", "vm0007", "vm0015", "trees"]


def of_a_shorter_contract(content, steps):
    steps["permanence"]["parameters"]["contract_start_year"] = 2015


def of_the_flow(content, steps):
    steps["concession"]["parameters"]["after_plan"] = "last"


@pytest.mark.parametrize("edit", [of_published, of_standards, of_a_shorter_contract, of_the_flow])
def test_what_its_comments_offer_is_valid(tmp_path, edit):
    assert changed(tmp_path, edit) == []


def test_the_step_in_its_comments_is_valid_with_the_tables_that_it_names(tmp_path):
    (line,) = re.findall(r"^  #  - (\{step: area.*\})$", TEXT, flags=re.MULTILINE)
    folder = new_study(tmp_path / "changed", kind="carbon")
    (folder / "data" / "sample.csv").write_text(
        "map_class,reference_class,count\nforest,forest,50\nlost,lost,40\nlost,forest,10\n",
        encoding="utf-8",
    )
    (folder / "data" / "areas.csv").write_text("class,area_ha\nforest,900\nlost,100\n", "utf-8")
    for name, edit in {"catalog.yaml": None, "study.yaml": line}.items():
        path = folder / name
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if edit is None:
            other = content["sources"]["plots"]
            content["sources"]["reference-sample"] = {**other, "path": "data/sample.csv"}
            content["sources"]["map-areas"] = {**other, "path": "data/areas.csv"}
        else:
            for table_name in ("reference-sample", "map-areas"):
                content["tables"][table_name] = {"source": table_name}
            content["steps"].insert(1, yaml.safe_load(edit))
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    assert [f.render("en") for f in check(folder) if f.severity == "error"] == []


def test_a_contract_of_2015_fails_as_its_comment_says(tmp_path):
    folder = new_study(tmp_path / "short", kind="carbon")
    path = folder / "study.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    (step,) = [s for s in content["steps"] if s["step"] == "permanence"]
    step["parameters"]["contract_start_year"] = 2015
    content["steps"] = [step]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    run = run_study(folder, tmp_path / "run", languages=())
    totals = table(run, "permanence", "totals").set_index("part")
    # 2015 + 40 - 2026 = 29 years ahead, fewer than 40.
    assert totals.outcome["longevity"] == "fail"
