"""The template of a plan of dams is sound and runs, from the front to the balance."""

import json
import shutil

import pytest
import yaml

from nonetloss.io import parquet
from nonetloss.study.check import check
from nonetloss.study.runner import run_study
from nonetloss.study.template import new_study


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return new_study(tmp_path_factory.mktemp("new") / "my-basin", kind="dams")


@pytest.fixture(scope="module")
def run(template, tmp_path_factory):
    return run_study(template, tmp_path_factory.mktemp("out") / "run", languages=())


def test_it_is_sound(template):
    assert [f.render("en") for f in check(template) if f.severity != "notice"] == []


def test_it_goes_through_the_same_floors_as_a_road(run):
    told = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert told["study"]["name"] == "my-basin"
    methods = [step["method"] for step in told["steps"]]
    assert methods[1] == "hydropower.frontier"
    assert methods[-5:] == [
        "avoid.footprint", "offset.loss", "minimize.measures", "offset.portfolio",
        "ledger.hierarchy",
    ]  # fmt: skip
    balance, _ = parquet.read(run / "balance.parquet")
    whole = balance[balance.component == "total"]
    left = whole.before - whole.avoided - whole.minimized
    assert whole.residual.to_numpy() == pytest.approx(left.to_numpy())
    assert (whole.before > 0).all()


def test_its_front_keeps_exclusions_and_adds_up(run):
    table, units = parquet.read(run / "02-frontier" / "portfolios.parquet")
    assert units["energy"] == "MW"
    assert not ((table.dam_C > 0) & (table.dam_E > 0)).any()
    table = table.astype(float)
    energy = (
        table.dam_A * 150 + table.dam_B * 120 + table.dam_C * 200 + 80
        + table.dam_E * 150 + table.dam_F * 60
    )  # fmt: skip
    assert energy.tolist() == table.energy.tolist()
    states, _ = parquet.read(run / "01-states" / "table.parquet")
    assert states.set_index("state").energy.to_dict() == {
        "none": 0, "today": 80, "full": 760, "ministry": 500,
    }  # fmt: skip


def step(content: dict, name: str) -> dict:
    return next(s for s in content["steps"] if s["step"] == name)["parameters"]


@pytest.mark.parametrize(
    ("name", "parameters", "found"),
    [
        ("choice", {"targets": {"energi": 400}}, ("criteria.unknown", "choice.targets.energi")),
        (
            "choice",
            {"targets": {"energy": "400 km"}},
            ("units.dimension", "choice.targets.energy"),
        ),
        (
            "choice",
            {"targets": {"energy": 400}, "least": ["fish"]},
            ("criteria.unknown", "choice.least.fish"),
        ),
        (
            "frontier",
            {"criteria": ["energy"], "bounds": {"energy": {"low": "1 ha"}}},
            ("units.dimension", "frontier.bounds.energy.low"),
        ),
        (
            "frontier",
            {"criteria": ["energy"], "fixed": {"AA": True}},
            ("study.dam-unknown", "frontier.fixed.AA"),
        ),
    ],
)
def test_what_steps_say_of_the_network_is_checked_before_the_run(tmp_path, name, parameters, found):
    folder = new_study(tmp_path / "my-basin", kind="dams")
    path = folder / "study.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    step(content, name).clear()
    step(content, name).update(parameters)
    content["steps"] = [{k: v for k, v in s.items() if k != "sources"} for s in content["steps"]]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    assert found in [(f.code, f.subject) for f in check(folder)]


def changed(template, tmp_path, *, dams=(), study=None) -> list[tuple[str, str]]:
    """Errors of a copy whose table of dams and study were changed."""
    folder = tmp_path / "changed"
    shutil.copytree(template, folder)
    path = folder / "data" / "dams.csv"
    text = path.read_text(encoding="utf-8")
    for before, after in dams:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    if study is not None:
        content = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
        study(content)
        (folder / "study.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return [(f.code, f.subject) for f in check(folder) if f.severity == "error"]


def test_a_number_that_a_criterion_needs_is_missed_before_the_run(template, tmp_path):
    found = changed(template, tmp_path, dams=[("120,3.9,6000", "120,3.9,")])
    assert ("criteria.dams-without-value", "frontier.criteria.emissions") in found


def test_a_dam_far_from_all_rivers_hides_no_other_error(template, tmp_path):
    def study(content):
        step(content, "states").update(criteria=["energy", "sediment"], plans={"ministry": ["Z"]})

    found = changed(template, tmp_path, dams=[("-74.55,-8.45", "-74.95,-8.45")], study=study)
    assert {code for code, _ in found} >= {
        "river.dam-off-reach", "criteria.lacking", "states.plan-unknown",
    }  # fmt: skip
