from importlib.resources import files

import pytest

from nonetloss.core.errors import InputError, RulesError
from nonetloss.io.catalog import sha256_of
from nonetloss.io.ruleset_folder import (
    PARTS,
    digests_of,
    is_folder_name,
    locate_ruleset,
    read_ruleset,
)
from nonetloss.rules.reading import ruleset


@pytest.fixture
def folder(tmp_path):
    """A study folder with the Peruvian rules copied into it."""
    target = tmp_path / "rules" / "mine"
    target.mkdir(parents=True)
    for part in PARTS:
        text = (files("nonetloss") / "rulesets" / "pe" / f"{part}.yaml").read_text("utf-8")
        (target / f"{part}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_names_and_folders():
    assert [is_folder_name(n) for n in ("pe", "england", "./rules/mine", "rules/mine", ".")] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_a_copy_in_a_folder_is_the_rule_set_that_ships(folder):
    assert read_ruleset(locate_ruleset("./rules/mine", folder)) == ruleset("pe")


def test_only_the_header_must_be_there(folder):
    place = folder / "rules" / "mine"
    for part in PARTS[1:]:
        (place / f"{part}.yaml").unlink()
    read = read_ruleset(place)
    assert (dict(read.parameters), dict(read.layers)) == ({}, {})
    assert list(digests_of(place)) == ["ruleset.yaml"]
    assert digests_of(place)["ruleset.yaml"] == sha256_of(place / "ruleset.yaml")


@pytest.mark.parametrize(
    ("name", "code"),
    [("../rules", "io.outside-study"), ("./rules/yours", "io.file-missing")],
)
def test_a_folder_that_cannot_be_used(folder, name, code):
    with pytest.raises(InputError) as caught:
        locate_ruleset(name, folder)
    assert [f.code for f in caught.value.findings] == [code]


def test_files_that_are_no_yaml_come_together(folder):
    place = folder / "rules" / "mine"
    (place / "parameters.yaml").write_text("a: [", encoding="utf-8")
    (place / "layers.yaml").write_text("a: 1\na: 2\n", encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        read_ruleset(place)
    assert [(f.code, f.subject) for f in caught.value.findings] == [
        ("study.not-yaml", "parameters.yaml"),
        ("study.not-yaml", "layers.yaml"),
    ]
