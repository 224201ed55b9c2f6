"""England's trading rules and credits against the worked examples that Defra published.

Area: "Area Habitat Trading Rules - Worked example", with the cells of the workbook's sheet "Trading
Summary Area Habitats". Watercourses: the worked example of the trading rules of watercourses.
Credits: the test of Defra's sales service. Read in github.com/DEFRA/bng-metric-backend and
github.com/DEFRA/biodiversity-net-gain-service (Open Government Licence v3.0).
"""

import pandas as pd
import pytest

from nonetloss import rules

ENGLAND = rules.ruleset("england")
IGGI = (
    "Intertidal hard structures - Artificial hard structures with integrated greening of grey"
    " infrastructure (IGGI)"
)
BEFORE = {
    "Heathland and shrub - Mixed scrub": 4,
    "Heathland and shrub - Blackthorn scrub": 4,
    "Heathland and shrub - Gorse scrub": 4,
    "Intertidal sediment - Littoral coarse sediment": 4,
    "Intertidal sediment - Littoral sand": 4,
    IGGI: 4,
    "Woodland and forest - Other Scot's pine woodland": 8,
    "Grassland - Other neutral grassland": 4,
    "Urban - Bioswale": 60,
    "Urban - Allotments": 60,
    "Urban - Built linear features": 0,
}
AFTER = {
    "Heathland and shrub - Mixed scrub": 4,
    "Heathland and shrub - Blackthorn scrub": 3.2 + 0.9805448904800002,
    "Heathland and shrub - Gorse scrub": 2,
    "Intertidal sediment - Littoral coarse sediment": 0,
    "Intertidal sediment - Littoral sand": 4,
    IGGI: 0,
    "Woodland and forest - Other Scot's pine woodland": 8,
    "Grassland - Other neutral grassland": 10.18689120268,
    "Urban - Bioswale": 0,
    "Urban - Allotments": 30,
    "Urban - Built linear features": 0,
    "Grassland - Other lowland acid grassland": 108.28816610400001,
    "Heathland and shrub - Willow scrub": 0.3984354038561601,
    "Grassland - Upland acid grassland": 5.09344560134,
    "Lakes - Reservoirs": 2.953733156276,
}


def trade(module, before, after):
    names = sorted(set(before) | set(after))
    changes = pd.DataFrame(
        {
            "module": module,
            "habitat": names,
            "change": [after.get(name, 0) - before.get(name, 0) for name in names],
        }
    )
    return ENGLAND.function("trading_rules")(changes).set_index("band")


def test_area_trading_worked_example():
    found = trade("area", BEFORE, AFTER)
    medium = found.loc["Medium"]
    # grassland and lakes; heathland, and both intertidal broad habitats as one
    assert medium["surplus"] == pytest.approx(119.56850290802001 + 2.953733156276, abs=1e-9)
    assert medium["loss"] == pytest.approx(-1.4210197056638396 - 8, abs=1e-9)
    assert medium["short_in"] == "Heathland and shrub; Intertidal sediment"
    assert medium["shortfall"] == pytest.approx(9.42101970566384, abs=1e-9)
    assert not medium["met"]
    low = found.loc["Low"]
    assert low["loss"] == -90
    assert low["cumulative"] == pytest.approx(23.101216358632172, abs=1e-9)  # cell K125
    assert low["met"]
    # Defra's new calculator does not take the medium deficit from what flows down
    assert low["cumulative"] - medium["loss"] == pytest.approx(32.52223606429601, abs=1e-9)


def test_the_merged_intertidal_habitats_lose_8():
    intertidal = {name: 4 for name in BEFORE if name.startswith("Intertidal")}
    found = trade("area", intertidal, {"Intertidal sediment - Littoral sand": 4})
    assert found.loc["Medium", "loss"] == -8


def test_watercourse_trading_worked_example():
    found = trade(
        "watercourse",
        {"Ditches": 28.13, "Canals": 24.86, "Culvert": 22.44},
        {"Ditches": 41.05, "Canals": 18.68, "Culvert": 0.95},
    )
    medium, low = found.loc["Medium"], found.loc["Low"]
    assert medium["surplus"] == pytest.approx(12.92, abs=1e-9)
    assert medium["loss"] == pytest.approx(-6.18, abs=1e-9)
    assert (medium["met"], medium["short_in"]) == (False, "Canals")
    assert low["loss"] == pytest.approx(-21.49, abs=1e-9)
    assert low["cumulative"] == pytest.approx(-8.57, abs=1e-9)
    assert low["shortfall"] == pytest.approx(8.57, abs=1e-9)


def test_credits_of_the_sales_service():
    tiers = ("a1", "a2", "a3", "a4", "a5", "hedgerow", "watercourse")
    found = ENGLAND.function("credit_cost")(dict.fromkeys(tiers, 1.5))
    expected = (63_000, 72_000, 99_000, 187_500, 975_000, 66_000, 345_000)
    assert tuple(found.by_tier_gbp.values()) == expected
    assert found.total_gbp == 1_807_500
