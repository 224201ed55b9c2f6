import datetime as dt

import pandas as pd
import pytest

from nonetloss import rules
from nonetloss.core.errors import RulesError
from nonetloss.core.language import LANGUAGES
from nonetloss.rules.reading import ruleset_from

HEADER = {
    "name": "england",
    "title": {"es": "Tierra", "en": "Land"},
    "valid": {"from": dt.date(2020, 1, 1), "until": None},
    "reviewed": dt.date(2026, 1, 1),
}


def finding_of(call, *arguments):
    with pytest.raises(RulesError) as caught:
        call(*arguments)
    (finding,) = caught.value.findings
    assert all(finding.render(language) for language in LANGUAGES)
    return finding


def test_a_declared_formula_is_found():
    england = rules.ruleset("england")
    assert england.function("units").__module__ == "nonetloss.rulesets.england.metric"


def test_every_declared_formula_of_every_set_exists():
    for name in rules.names():
        declared = rules.ruleset(name)
        for function in declared.functions:
            assert callable(declared.function(function))


def test_a_set_without_a_metric_counts_no_units():
    finding = finding_of(rules.ruleset("template").units, pd.DataFrame())
    assert (finding.code, finding.subject) == ("rules.function-unknown", "units")


def test_an_unknown_formula_lists_those_there_are():
    finding = finding_of(rules.ruleset("england").function, "unit")
    assert finding.code == "rules.function-unknown"
    assert "units" in finding.data["known"]


@pytest.mark.parametrize("target", ["metric:nothing", "nowhere:units"])
def test_a_declared_formula_that_does_not_exist(target):
    land = ruleset_from({"ruleset": HEADER | {"functions": {"units": target}}})
    finding = finding_of(land.function, "units")
    assert (finding.code, finding.data["target"]) == ("rules.function-missing", target)


@pytest.mark.parametrize(
    "functions", [{"units": "metric.units"}, {"units": "os.path:join"}, {"units": 3}, ["units"]]
)
def test_how_a_formula_is_declared(functions):
    finding = finding_of(ruleset_from, {"ruleset": HEADER | {"functions": functions}})
    assert finding.code == "rules.bad-value"
