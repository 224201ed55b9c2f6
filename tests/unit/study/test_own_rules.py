"""A study may bring its own rules."""

import json
from importlib.resources import files

import pytest

from nonetloss.study.check import check
from nonetloss.study.runner import run_study


@pytest.fixture
def own_rules(small_study, fake_methods):
    place = small_study.folder / "rules" / "mine"
    place.mkdir(parents=True)
    for part in ("ruleset", "instruments", "parameters", "layers"):
        text = (files("nonetloss") / "rulesets" / "pe" / f"{part}.yaml").read_text("utf-8")
        (place / f"{part}.yaml").write_text(text, encoding="utf-8")
    small_study.study["rules"] = "./rules/mine"
    small_study.study["steps"] = [{"step": "first", "method": "test.tiny"}]
    return small_study


def test_rules_of_the_study_are_those_of_its_folder(own_rules, tmp_path):
    run = run_study(own_rules.save(), tmp_path / "run", languages=())
    rules = json.loads((run / "run.json").read_text(encoding="utf-8"))["rules"]
    assert (rules["name"], rules["folder"]) == ("pe", "./rules/mine")
    assert sorted(rules["files"]) == [
        "instruments.yaml",
        "layers.yaml",
        "parameters.yaml",
        "ruleset.yaml",
    ]


def test_a_kind_that_only_the_own_rules_know(own_rules):
    layers = own_rules.folder / "rules" / "mine" / "layers.yaml"
    text = layers.read_text(encoding="utf-8")
    own_rules.study["layers"]["park"]["kind"] = "sacred-grove"
    assert "study.kind-unknown" in {f.code for f in check(own_rules.save())}
    layers.write_text(text.replace("national-park:", "sacred-grove:", 1), encoding="utf-8")
    assert "study.kind-unknown" not in {f.code for f in check(own_rules.save())}


def test_what_is_wrong_with_the_own_rules_is_told_with_the_rest(own_rules):
    (own_rules.folder / "rules" / "mine" / "layers.yaml").write_text("- 1\n", encoding="utf-8")
    own_rules.study["ecosystems"]["elsewhere"] = "tundra"
    codes = {f.code for f in check(own_rules.save()) if f.severity == "error"}
    assert "study.ecosystem-unknown" in codes
    assert "study.not-mapping" in codes


@pytest.mark.parametrize(
    ("name", "code"), [("./rules/yours", "io.file-missing"), ("../elsewhere", "io.outside-study")]
)
def test_a_folder_that_is_not_there(own_rules, name, code):
    own_rules.study["rules"] = name
    assert code in {f.code for f in check(own_rules.save())}
