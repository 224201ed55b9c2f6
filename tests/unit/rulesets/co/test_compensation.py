import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import RulesError
from nonetloss.core.language import LANGUAGES
from nonetloss.rulesets.co import compensation

CRITERIA = {"representativeness": 2.0, "rarity": 1.5, "remnancy": 2.0, "transformation": 1.0}


def table(**columns):
    return pd.DataFrame({"area_ha": [10.0, 4.0], **columns}, index=["x", "y"])


def test_a_factor_from_its_criteria():
    assert compensation.factor(**CRITERIA) == 6.5
    found = compensation.areas(table(**CRITERIA))
    assert found["y"] == pytest.approx(26.0)


def test_an_official_factor_goes_before_its_criteria():
    assert compensation.areas(table(factor=4.0, **CRITERIA))["x"] == pytest.approx(40.0)


def test_no_rows_no_area():
    assert compensation.areas(table(factor=4.0).iloc[:0]).empty


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (table(), ["co.column"]),
        (table(factor=3.9), ["co.factor"]),
        (table(factor=10.1), ["co.factor"]),
        (table(factor=np.nan), ["co.factor"]),
        (table(**{**CRITERIA, "rarity": 2.5}), ["co.factor"]),
        (table(rarity=1.0, remnancy=1.0), ["co.column", "co.column"]),
        (table(factor=5.0).drop(columns="area_ha"), ["co.column"]),
        (table(factor=5.0).assign(area_ha=[1.0, -1.0]), ["co.area"]),
        (table(factor=5.0).assign(area_ha=[1.0, np.inf]), ["co.area"]),
        (table(factor=5.0, secondary=["yes", True]), ["co.secondary"]),
        (table(factor=50.0).assign(area_ha=-1), ["co.area", "co.factor"]),
    ],
)
def test_faults_are_told_all_at_once(frame, expected):
    with pytest.raises(RulesError) as caught:
        compensation.areas(frame)
    assert [finding.code for finding in caught.value.findings] == expected
    assert all(caught.value.render(language) for language in LANGUAGES)


def test_all_criteria_out_of_range_are_told():
    with pytest.raises(RulesError) as caught:
        compensation.factor(representativeness=0, rarity=3, remnancy=4, transformation=np.nan)
    assert [f.subject for f in caught.value.findings] == list(CRITERIA)
