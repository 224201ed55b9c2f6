import math

import pandas as pd
import pytest

from nonetloss import rules
from nonetloss.core.errors import RulesError
from nonetloss.core.language import LANGUAGES
from nonetloss.rulesets.england import tables

ENGLAND = rules.ruleset("england")
GRASS = "Grassland - Modified grassland"
NEUTRAL = "Grassland - Other neutral grassland"
MEADOW = "Grassland - Lowland meadows"
HEATH = "Grassland - Lowland calcareous grassland"
FELLED = "Woodland and forest - Felled"
SEAGRASS = "Intertidal sediment - Littoral seagrass"
ROW = {
    "module": "area",
    "stage": "created",
    "habitat": GRASS,
    "condition": "Moderate",
    "size": 1,
    "strategic": "low",
}
GROWN = ROW | {"stage": "enhanced", "from_habitat": GRASS, "from_condition": "Poor"}
HEDGE = ROW | {"module": "hedgerow", "habitat": "Native hedgerow"}
RIVER = ROW | {"module": "watercourse", "habitat": "Ditches"}
CULVERT = RIVER | {"habitat": "Culvert", "condition": "Poor"}
RICH = "Species-rich native hedgerow"


def findings_of(*rows):
    with pytest.raises(RulesError) as caught:
        ENGLAND.units(pd.DataFrame(rows, index=[f"p{n}" for n in range(len(rows))]))
    for finding in caught.value.findings:
        assert all(finding.render(language) for language in LANGUAGES)
    return caught.value.findings


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (ROW | {"module": "sea"}, "choice-unknown"),
        (ROW | {"stage": "planned"}, "choice-unknown"),
        (ROW | {"strategic": "very high"}, "choice-unknown"),
        (ROW | {"strategic": None}, "choice-unknown"),
        (ROW | {"habitat": "Grassland - Modified grasland"}, "habitat-unknown"),
        (ROW | {"habitat": None}, "habitat-unknown"),
        (ROW | {"habitat": "Native hedgerow"}, "habitat-unknown"),
        (ROW | {"condition": "Excellent"}, "condition-impossible"),
        (ROW | {"condition": "Condition Assessment N/A"}, "condition-impossible"),
        (ROW | {"condition": math.nan}, "condition-impossible"),
        (HEDGE | {"condition": "Fairly Good"}, "condition-impossible"),
        (
            HEDGE | {"habitat": "Non-native and ornamental hedgerow", "condition": "Good"},
            "condition-impossible",
        ),
        (ROW | {"size": -1}, "size"),
        (ROW | {"size": math.nan}, "size"),
        (ROW | {"size": math.inf}, "size"),
        (ROW | {"size": "two"}, "size"),
        (ROW | {"advance_years": -1}, "years"),
        (ROW | {"delay_years": 1.5}, "years"),
        (ROW | {"advance_years": 2, "delay_years": 3}, "advance-and-delay"),
        (ROW | {"stage": "baseline", "delay_years": 3}, "years-elsewhere"),
        (ROW | {"location": "abroad"}, "choice-unknown"),
        (ROW | {"location": "off-site"}, "choice-unknown"),
        (ROW | {"location": "off-site", "spatial_risk": "far"}, "choice-unknown"),
        (ROW | {"spatial_risk": "outside"}, "spatial-risk"),
        (ROW | {"irreplaceable": "perhaps"}, "choice-unknown"),
        (ROW | {"encroachment": "minor"}, "not-a-watercourse"),
        (RIVER | {"encroachment": "moderate"}, "choice-unknown"),
        (RIVER | {"riparian": "minor"}, "choice-unknown"),
        (RIVER | {"encroachment": "culvert"}, "culvert"),
        (CULVERT | {"encroachment": "none"}, "culvert"),
        (ROW | {"habitat": FELLED, "condition": "Good"}, "habitat-stage"),
        (
            ROW
            | {
                "stage": "baseline",
                "habitat": "Woodland and forest - Replacement for felled woodland",
                "condition": "Good",
            },
            "habitat-stage",
        ),
        (ROW | {"stage": "enhanced"}, "start-missing"),
        (GROWN | {"from_condition": None}, "start-missing"),
        (ROW | {"from_habitat": GRASS}, "start-elsewhere"),
        (GROWN | {"from_habitat": "Grass"}, "habitat-unknown"),
        (GROWN | {"from_condition": "Bad"}, "condition-impossible"),
        (GROWN | {"from_size": -2}, "size"),
        (GROWN | {"from_size": 0.5, "size": 1}, "size-grows"),
        (GROWN | {"from_habitat": NEUTRAL}, "trading-down"),
        (
            GROWN | {"habitat": HEATH, "from_habitat": "Grassland - Traditional orchards"},
            "trading-down",
        ),
        (GROWN | {"habitat": MEADOW, "from_habitat": HEATH}, "trading-down"),
        (GROWN | {"from_condition": "Moderate"}, "no-improvement"),
        (
            GROWN
            | RIVER
            | {"stage": "enhanced", "from_habitat": "Ditches", "from_condition": "Moderate"},
            "no-improvement",
        ),
        (GROWN | {"from_condition": "Good"}, "no-improvement"),
        (GROWN | {"habitat": NEUTRAL, "from_condition": "Good"}, "no-improvement"),
        (
            GROWN
            | {
                "habitat": "Sparsely vegetated land - Tall forbs",
                "from_habitat": "Cropland - Cereal crops",
                "from_condition": "Condition Assessment N/A",
            },
            "enhancement-impossible",
        ),
        (GROWN | {"habitat": SEAGRASS}, "enhancement-impossible"),
        (
            GROWN | HEDGE | {"stage": "enhanced", "from_habitat": "Native hedgerow with trees"},
            "trading-down",
        ),
        (
            GROWN | HEDGE | {"stage": "enhanced", "habitat": RICH, "from_habitat": "Line of trees"},
            "enhancement-impossible",
        ),
        (GROWN | RIVER | {"stage": "enhanced", "from_habitat": "Canals"}, "trading-down"),
        (GROWN | RIVER | {"stage": "enhanced", "from_habitat": "Priority habitat"}, "trading-down"),
    ],
)
def test_what_a_row_may_not_say(row, code):
    assert [finding.code for finding in findings_of(row)] == [f"england.{code}"]


def test_everything_wrong_is_told_at_once_with_its_row():
    found = findings_of(ROW | {"size": -1, "habitat": "Bog"}, ROW, ROW | {"strategic": "?"})
    assert [(finding.subject, finding.code) for finding in found] == [
        ("p0", "england.size"),
        ("p0", "england.habitat-unknown"),
        ("p2", "england.choice-unknown"),
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Grassland - Modified grasland", GRASS),
        ("modified grasslands", GRASS),
        ("Blanket bogs", "Wetland - Blanket bog"),
    ],
)
def test_the_nearest_habitat_is_suggested(written, meant):
    (finding,) = findings_of(ROW | {"habitat": written})
    assert finding.data["nearest"] == meant


def test_missing_columns_are_named():
    with pytest.raises(RulesError) as caught:
        ENGLAND.units(pd.DataFrame([{"module": "area", "stage": "baseline", "habitat": GRASS}]))
    (finding,) = caught.value.findings
    assert finding.code == "england.columns-missing"
    assert finding.data["missing"] == "condition, size, strategic"


def test_a_start_not_assessed_is_a_start_in_poor_for_some_heathland():
    bramble = {
        "from_habitat": "Heathland and shrub - Bramble scrub",
        "from_condition": "Condition Assessment N/A",
        "habitat": "Heathland and shrub - Mixed scrub",
    }
    row = GROWN | bramble
    found = ENGLAND.units(pd.DataFrame([row])).iloc[0]
    assert found == pytest.approx((8 - 4) * 0.8368287006 + 4)


def test_a_habitat_may_be_named_without_its_broad_habitat():
    short = ROW | {"habitat": "Modified grassland"}
    assert ENGLAND.units(pd.DataFrame([short, ROW])).nunique() == 1
    assert len(tables.short_names("area")) == len(tables.habitats("area"))
    assert ENGLAND.function("factors")(pd.DataFrame([short]))["habitat"].tolist() == [GRASS]
