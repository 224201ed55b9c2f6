"""Habitat hectares: the components and maxima of Parkes et al. 2003 as the State publishes them."""

import datetime as dt

import pandas as pd
import pytest

from nonetloss import rules

MAXIMA = {
    "large_trees": 10, "canopy": 5, "understory": 25, "weeds": 15, "recruitment": 10, "litter": 5,
    "logs": 5, "patch_size": 10, "neighborhood": 15,
}  # fmt: skip
VICTORIA = rules.ruleset("victoria")
TODAY = VICTORIA.on(dt.date(2026, 11, 21))


def test_components_and_maxima():
    ids = [item.id for item in TODAY.items("habitat-hectares.components")]
    assert dict(zip(ids, TODAY.table("habitat-hectares.maxima", unit=""), strict=True)) == MAXIMA
    assert sum(list(MAXIMA.values())[:7]) == 75
    assert sum(MAXIMA.values()) == 100


@pytest.mark.parametrize("component", MAXIMA)
def test_each_component_adds_its_points_over_100(component):
    row = {**dict.fromkeys(MAXIMA, 0), component: MAXIMA[component], "area_ha": 8.0}
    found = VICTORIA.units(pd.DataFrame([row]))
    assert found.iloc[0] == pytest.approx(8.0 * MAXIMA[component] / 100)


def test_hectares_times_score():
    half = {name: top / 2 for name, top in MAXIMA.items()}
    found = VICTORIA.units(pd.DataFrame([{**half, "area_ha": 30.0}], index=["north"]))
    assert found["north"] == pytest.approx(15.0)
    assert found.attrs["unit"] == "habitat hectare"
    assert found.attrs["findings"] == ()
