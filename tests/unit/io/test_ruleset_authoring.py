import datetime as dt

import pytest

from nonetloss.core.errors import InputError, RulesError, StudyError
from nonetloss.io.ruleset_authoring import new_ruleset, read_cases
from nonetloss.io.ruleset_folder import read_ruleset
from nonetloss.rules import ruleset
from nonetloss.rules.testing import run_files


def test_a_new_set_can_be_used_at_once(tmp_path):
    made = new_ruleset("ec", folder=tmp_path / "rules")
    assert made == tmp_path / "rules" / "ec"
    read = read_ruleset(made)
    assert read.name == "ec"
    assert read.title.es == "Conjunto de reglas ec"
    in_force = read.on(dt.date(2026, 11, 21))
    template = ruleset("template").on(in_force.date)
    assert in_force.parameter_ids() == template.parameter_ids()
    assert in_force.layer_kinds() == template.layer_kinds()
    results = run_files(read, read_cases(made))
    assert len(results) > 5
    assert all(result.passed for result in results)


def test_comments_are_kept(tmp_path):
    text = (new_ruleset("ec", folder=tmp_path) / "ruleset.yaml").read_text("utf-8")
    assert text.startswith("# A rule set is this folder.")
    assert "template" not in text


@pytest.mark.parametrize("name", ["", "Ec", "e c", "-ec", "ec-", "../ec", "ec/x", "é"])
def test_a_name_must_be_plain(name, tmp_path):
    with pytest.raises(RulesError) as caught:
        new_ruleset(name, folder=tmp_path)
    assert caught.value.findings[0].code == "rules.new-name"
    assert list(tmp_path.iterdir()) == []


def test_a_name_must_be_free(tmp_path):
    with pytest.raises(RulesError) as caught:
        new_ruleset("pe", folder=tmp_path)
    assert caught.value.findings[0].code == "rules.new-taken"


def test_what_stands_there_is_not_touched(tmp_path):
    made = new_ruleset("ec", folder=tmp_path)
    (made / "layers.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        new_ruleset("ec", folder=tmp_path)
    assert caught.value.findings[0].code == "rules.new-exists"
    assert (made / "layers.yaml").read_text("utf-8") == "mine"


def test_a_set_without_tests(tmp_path):
    made = new_ruleset("ec", folder=tmp_path)
    (made / "tests" / "roads.yaml").unlink()
    assert read_cases(made) == {}
    with pytest.raises(RulesError) as caught:
        run_files(read_ruleset(made), read_cases(made))
    assert caught.value.findings[0].code == "rules.no-tests"


def test_a_test_file_that_is_no_yaml(tmp_path):
    made = new_ruleset("ec", folder=tmp_path)
    (made / "tests" / "roads.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_cases(made)
    assert caught.value.findings[0].code == "study.not-yaml"
