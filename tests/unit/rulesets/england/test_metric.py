import math

import pandas as pd
import pytest

from nonetloss import rules
from nonetloss.core.errors import RulesError
from nonetloss.rulesets.england import metric, tables

ENGLAND = rules.ruleset("england")
GRASS = "Grassland - Modified grassland"
ROW = {
    "module": "area",
    "stage": "created",
    "habitat": GRASS,
    "condition": "Moderate",
    "size": 2.0,
    "strategic": "low",
}


def units_of(*rows):
    return ENGLAND.units(pd.DataFrame(rows)).tolist()


def test_units_keep_the_index_and_name_the_licence():
    table = pd.DataFrame([ROW, ROW], index=["north", "south"])
    found = ENGLAND.units(table)
    assert found.index.tolist() == ["north", "south"]
    assert found.name == "units"
    assert "Open Government Licence" in found.attrs["licence"]


def test_an_empty_table_has_no_units():
    empty = pd.DataFrame(columns=list(ROW))
    assert ENGLAND.units(empty).empty
    assert ENGLAND.function("factors")(empty).empty


def test_a_parcel_of_nothing_counts_nothing():
    assert units_of(ROW | {"size": 0}) == [0]


def test_very_low_habitats_count_nothing():
    road = {"habitat": "Urban - Developed land; sealed surface", "condition": tables.OTHER}
    assert units_of(ROW | road | {"stage": "baseline"}, ROW | road) == [0, 0]


@pytest.mark.parametrize(
    ("risk", "factor"), [("inside", 1), ("neighboring", 0.75), ("outside", 0.5)]
)
def test_the_spatial_risk_bears_on_what_is_created_elsewhere(risk, factor):
    here, there = units_of(ROW, ROW | {"location": "off-site", "spatial_risk": risk})
    assert there == pytest.approx(here * factor)
    survey = ROW | {"stage": "baseline"}
    here, there = units_of(survey, survey | {"location": "off-site", "spatial_risk": risk})
    assert there == here


@pytest.mark.parametrize(("level", "factor"), [("high", 1.15), ("medium", 1.1), ("low", 1)])
def test_strategic_significance(level, factor):
    assert units_of(ROW | {"stage": "retained", "strategic": level}) == [
        pytest.approx(2 * 2 * 2 * factor)
    ]


def test_factors_can_be_followed_by_hand():
    found = metric.factors(pd.DataFrame([ROW | {"delay_years": 40}])).iloc[0]
    assert (found["years_standard"], found["years"]) == ("4", "30+")
    assert (found["difficulty"], found["time_factor"]) == ("L", 0.3197967361)
    assert math.isnan(found["from_units"])
    product = 2 * found["distinctiveness"] * found["condition_score"] * found["time_factor"]
    assert found["units"] == pytest.approx(product)


def test_both_banks_may_be_told_in_either_order():
    river = {"module": "watercourse", "habitat": "Canals", "stage": "baseline"}
    one, other = (ROW | river | {"riparian": banks} for banks in ("major/minor", "minor/major"))
    assert units_of(one, other) == [pytest.approx(2 * 4 * 2 * 0.84)] * 2


def test_a_culvert_encroaches_by_itself():
    culvert = {"module": "watercourse", "habitat": "Culvert", "condition": "Poor"}
    assert units_of(ROW | culvert | {"stage": "baseline"}) == [pytest.approx(2 * 2 * 1 * 0.68)]


@pytest.mark.parametrize(
    ("standard", "advance", "delay", "expected"),
    [
        (5, 0, 0, 5),
        (5, 3, 0, 2),
        (5, 9, 0, 0),
        (5, 0, 25, 30),
        (5, 0, 26, tables.LONG),
        (tables.LONG, 0, 0, tables.LONG),
        (tables.LONG, 0, 4, tables.LONG),
        (tables.LONG, 5, 0, 25),
        (tables.LONG, 31, 0, 0),
    ],
)
def test_remaining_years(standard, advance, delay, expected):
    assert metric.remaining_years(standard, advance=advance, delay=delay) == expected


def test_individual_trees_enter_by_their_area():
    assert metric.tree_area_ha("Medium", count=10) == pytest.approx(0.163)
    tree = {"habitat": "Individual trees - Urban tree", "condition": "Good", "stage": "baseline"}
    assert units_of(ROW | tree | {"size": metric.tree_area_ha("Large")}) == [
        pytest.approx(0.0366 * 4 * 3)
    ]
    with pytest.raises(RulesError) as caught:
        metric.tree_area_ha("Huge")
    assert caught.value.findings[0].code == "england.tree-size"
    assert "Very large" in caught.value.render("es")


def test_a_delay_leaves_the_difficulty_of_creation_where_poor_takes_no_year():
    # Open mosaic reaches Poor in year 0: there already at the loss, but not if it starts later.
    def made(**more):
        row = {"module": "area", "stage": "created", "condition": "Poor", "size": 1}
        row |= {"habitat": "Urban - Open mosaic habitats on previously developed land"}
        return metric.factors(pd.DataFrame([row | {"strategic": "low"} | more]))["difficulty"][0]

    assert (made(), made(delay_years=5)) == ("L", "M")
