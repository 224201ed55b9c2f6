import datetime as dt

import pandas as pd
import pytest

from nonetloss import rules
from nonetloss.core.errors import RulesError
from nonetloss.core.language import LANGUAGES
from nonetloss.rulesets.victoria import habitat_hectares as hh

POINTS = {
    "large_trees": 6, "canopy": 4, "understory": 15, "weeds": 9, "recruitment": 5, "litter": 3,
    "logs": 2, "patch_size": 4, "neighborhood": 2,
}  # fmt: skip


def table(**changed):
    return pd.DataFrame([{"area_ha": 2.0, **POINTS, **changed}], index=["a"])


def codes(frame, function=hh.units):
    with pytest.raises(RulesError) as caught:
        function(frame)
    assert all(caught.value.render(language) for language in LANGUAGES)
    return [finding.code for finding in caught.value.findings]


def test_the_sum_of_the_points():
    # 44 site + 6 landscape = 50
    assert hh.scores(table())["a"] == pytest.approx(0.5)
    assert hh.units(table())["a"] == pytest.approx(1.0)


def test_rules_of_a_date_may_be_given():
    day = rules.ruleset("victoria").on(dt.date(2010, 1, 1))
    assert hh.units(table(), rules=day)["a"] == pytest.approx(1.0)
    assert day.function("units")(table())["a"] == pytest.approx(1.0)


def test_an_empty_table_has_no_units():
    assert hh.units(table().iloc[:0]).empty


def test_absent_components_scale_the_site_and_are_told_to_be_unverified():
    # without trees (10) and canopy (5): 34 points of 60 count 42.5 of 75; landscape 6
    found = hh.units(table(absent="large_trees canopy", large_trees=None, canopy=None))
    assert found["a"] == pytest.approx(2.0 * (34 * 75 / 60 + 6) / 100)
    assert [f.data["id"] for f in found.attrs["findings"]] == ["habitat-hectares.absent-components"]


def test_a_zero_is_not_an_absence():
    assert hh.scores(table(logs=0))["a"] == pytest.approx(0.48)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (table().drop(columns="area_ha"), ["habitat-hectares.column"]),
        (table(area_ha=-1), ["habitat-hectares.area"]),
        (table(area_ha="wide"), ["habitat-hectares.area"]),
        (table(logs=None), ["habitat-hectares.points"]),
        (table(logs=6), ["habitat-hectares.points"]),
        (table(logs=-1), ["habitat-hectares.points"]),
        (table(absent="logs"), ["habitat-hectares.points"]),
        (table(absent="patch_size", patch_size=None),
         ["habitat-hectares.absent", "habitat-hectares.points"]),
        (table(absent="log"), ["habitat-hectares.absent"]),
        (table().rename(columns={"understory": "understorey"}),
         ["habitat-hectares.column", "habitat-hectares.unknown"]),
        (table(area_ha=-1, logs=9), ["habitat-hectares.area", "habitat-hectares.points"]),
    ],
)  # fmt: skip
def test_faults_are_told_all_at_once(frame, expected):
    assert codes(frame) == expected


def test_a_misspelled_column_brings_the_name_meant():
    with pytest.raises(RulesError) as caught:
        hh.units(table().rename(columns={"understory": "understorey"}))
    assert "understory" in caught.value.findings[1].data["nearest"]


def gains(**changed):
    parts = {"prior_management": 5, "security": 8, "maintenance": 4, "improvement": 3}
    return pd.DataFrame([{"area_ha": 10.0, **parts, **changed}])


def test_gain_is_the_sum_of_its_parts_and_unverified():
    found = hh.gain(gains())
    assert found.iloc[0] == pytest.approx(2.0)
    assert [f.data["id"] for f in found.attrs["findings"]] == ["habitat-hectares.gain-parts"]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (gains().drop(columns=["security"]), ["habitat-hectares.column"]),
        (gains(security=-1), ["habitat-hectares.points"]),
        (gains(security=None), ["habitat-hectares.points"]),
        (gains(security=95), ["habitat-hectares.points"]),
        (gains(area_ha=-2).drop(columns="security"),
         ["habitat-hectares.area", "habitat-hectares.column"]),
    ],
)  # fmt: skip
def test_gains_that_cannot_be(frame, expected):
    assert codes(frame, hh.gain) == expected


def test_a_class_without_any_component_of_the_site_is_refused():
    site = [name for name in POINTS if name not in ("patch_size", "neighborhood")]
    gone = table(absent=" ".join(site), **dict.fromkeys(site))
    assert codes(gone) == ["habitat-hectares.all-absent"]
