"""Every value of the factor tables of England's statutory metric 4.1, seen through its units.

The values are those of the workbook (sheets G-1 to G-7; Open Government Licence v3.0), written here
a second time. For the difficulties of watercourses, of which two versions are known, what stands
here is decision 0015.
"""

import pandas as pd
import pytest

from nonetloss import rules
from nonetloss.core.errors import RulesError
from nonetloss.rulesets.england import tables

ENGLAND = rules.ruleset("england")
EXACT = 1e-9
CONDITION = {"Good": 3, "Fairly Good": 2.5, "Moderate": 2, "Fairly Poor": 1.5, "Poor": 1}
MEADOW = "Grassland - Lowland meadows"
CALCAREOUS = "Grassland - Lowland calcareous grassland"
NEUTRAL = "Grassland - Other neutral grassland"
GRASS = "Grassland - Modified grassland"
SALTMARSH = "Coastal saltmarsh - Saltmarshes and saline reedbeds"


def factors_of(**row):
    """All factors of one parcel of 1 ha or km, its units first checked against the public sum."""
    start = {"module": "area", "stage": "created", "condition": "Good", "strategic": "low"}
    table = pd.DataFrame([{**start, "size": 1, **row}])
    found = ENGLAND.function("factors")(table).iloc[0]
    assert ENGLAND.units(table).iloc[0] == found["units"]
    return found


def code_of(**row):
    with pytest.raises(RulesError) as caught:
        factors_of(**row)
    return [finding.code for finding in caught.value.findings]


def close(number):
    return pytest.approx(number, abs=EXACT)


class TestFactorsOfAllModules:
    @pytest.mark.parametrize(
        ("band", "distinctiveness", "count"),
        [("V.High", 8, 20), ("High", 6, 43), ("Medium", 4, 27), ("Low", 2, 38), ("V.Low", 0, 5)],
    )
    def test_distinctiveness_of_all_area_habitats(self, band, distinctiveness, count):
        of_band = [h for h in tables.habitats("area").values() if h.band == band]
        table = pd.DataFrame(
            {
                "module": "area",
                "stage": ["baseline" if h.can_be_baseline else "created" for h in of_band],
                "habitat": [h.name for h in of_band],
                "condition": [h.conditions[-1] for h in of_band],
                "size": 1,
                "strategic": "low",
            }
        )
        found = ENGLAND.function("factors")(table)
        assert list(found["distinctiveness"]) == [distinctiveness] * count
        surveyed = found[found["stage"] == "baseline"]
        expected = distinctiveness * surveyed["condition_score"]
        assert surveyed["units"].to_numpy() == close(expected.to_numpy())

    @pytest.mark.parametrize(
        ("habitat", "condition", "score", "units"),
        [
            *((NEUTRAL, name, score, 4 * score) for name, score in CONDITION.items()),
            ("Cropland - Cereal crops", "Condition Assessment N/A", 1, 2 * 1),
            ("Urban - Developed land; sealed surface", "N/A - Other", 0, 0),
        ],
    )
    def test_condition(self, habitat, condition, score, units):
        found = factors_of(stage="baseline", habitat=habitat, condition=condition)
        assert found["condition_score"] == close(score)
        assert found["units"] == close(units)

    @pytest.mark.parametrize(("strategic", "factor"), [("high", 1.15), ("medium", 1.1), ("low", 1)])
    def test_strategic_significance(self, strategic, factor):
        found = factors_of(stage="baseline", habitat=NEUTRAL, strategic=strategic)
        assert found["units"] == close(4 * 3 * factor)

    @pytest.mark.parametrize(
        ("habitat", "distinctiveness", "years", "letter", "factor"),
        [
            (NEUTRAL, 4, 10, "L", 1),
            ("Lakes - Reservoirs", 4, 10, "M", 0.67),
            (CALCAREOUS, 6, 20, "H", 0.33),
            ("Sparsely vegetated land - Calaminarian grasslands", 8, 10, "V", 0.1),
        ],
    )
    def test_difficulty(self, habitat, distinctiveness, years, letter, factor):
        found = factors_of(habitat=habitat)
        assert (found["difficulty"], found["difficulty_factor"]) == (letter, close(factor))
        assert found["units"] == close(distinctiveness * 3 * 0.965**years * factor)

    # same authority or character area, neighboring, beyond; Marine Plan Areas for the intertidal;
    # waterbody catchment, operational catchment, outside for rivers
    @pytest.mark.parametrize(
        ("risk", "factor"), [("inside", 1), ("neighboring", 0.75), ("outside", 0.5)]
    )
    @pytest.mark.parametrize(
        ("module", "habitat", "units"),
        [
            ("area", NEUTRAL, 4 * 3 * 0.965**10),
            ("area", SALTMARSH, 6 * 3 * 0.965**15 * 0.33),
            ("hedgerow", "Native hedgerow", 2 * 3 * 0.965**12),
            ("watercourse", "Other rivers and streams", 6 * 3 * 0.965**10 * 0.33),
        ],
    )
    def test_spatial_risk_off_site(self, module, habitat, units, risk, factor):
        row = {"module": module, "habitat": habitat}
        found = factors_of(**row, location="off-site", spatial_risk=risk)
        on_site = factors_of(**row)
        assert on_site["spatial_factor"] == 1
        assert found["spatial_factor"] == factor
        assert found["units"] == close(on_site["units"] * factor)
        assert found["units"] == close(units * factor)


EARLY = {"habitat": GRASS, "condition": "Poor"}  # 2 units, one year


class TestTime:
    @pytest.mark.parametrize("years", range(31))
    def test_years_0_to_30(self, years):
        work = {"advance_years": 1} if years == 0 else {"delay_years": years - 1}
        found = factors_of(**EARLY, **work)
        assert (found["years_standard"], found["years"]) == ("1", str(years))
        assert found["time_factor"] == close(0.965**years)
        assert found["units"] == close(2 * 0.965**years)

    def test_entry_31_is_in_the_table_and_31_years_are_30_plus(self):
        assert tables.factors().time[31] == close(0.3313955815)
        found = factors_of(**EARLY, delay_years=30)
        assert (found["years"], found["time_factor"]) == ("30+", close(0.3197967361))
        assert found["time_factor"] == close(0.965**32)

    def test_less_than_nothing_is_nothing_and_both_are_refused(self):
        found = factors_of(**EARLY, advance_years=9)
        assert (found["years"], found["units"]) == ("0", 2)
        both = code_of(**EARLY, advance_years=1, delay_years=1)
        assert both == ["england.advance-and-delay"]


RIVERS = ["Priority habitat", "Other rivers and streams", "Ditches", "Canals"]
RIVER_SCORE = {
    "Priority habitat": 8,
    "Other rivers and streams": 6,
    "Ditches": 4,
    "Canals": 4,
    "Culvert": 2,
}
RIVER_CREATE_YEARS = {"Good": 10, "Fairly Good": 8, "Moderate": 5, "Fairly Poor": 2, "Poor": 1}
RISEN = [
    (before, after, steps)
    for start, before in enumerate(reversed(CONDITION))
    for steps, after in enumerate(list(reversed(CONDITION))[start:])
]


class TestWatercourses:
    @pytest.mark.parametrize(("habitat", "score"), RIVER_SCORE.items())
    def test_distinctiveness(self, habitat, score):
        found = factors_of(
            module="watercourse", stage="baseline", habitat=habitat, condition="Poor"
        )
        assert found["distinctiveness"] == score
        assert found["units"] == close(score * (0.68 if habitat == "Culvert" else 1))

    @pytest.mark.parametrize(
        ("encroachment", "factor"), [("none", 1), ("minor", 0.8), ("major", 0.5)]
    )
    def test_encroachment(self, encroachment, factor):
        row = {"module": "watercourse", "stage": "baseline", "habitat": "Priority habitat"}
        assert factors_of(**row, encroachment=encroachment)["units"] == close(8 * 3 * factor)

    @pytest.mark.parametrize(
        ("banks", "factor"),
        [
            ("major/major", 0.75),
            ("major/moderate", 0.8),
            ("major/minor", 0.84),
            ("major/none", 0.87),
            ("moderate/moderate", 0.85),
            ("moderate/minor", 0.9),
            ("moderate/none", 0.92),
            ("minor/minor", 0.95),
            ("minor/none", 0.98),
            ("none/none", 1),
        ],
    )
    def test_riparian_encroachment_of_both_banks(self, banks, factor):
        row = {"module": "watercourse", "stage": "baseline", "habitat": "Priority habitat"}
        other_way = "/".join(reversed(banks.split("/")))
        for written in (banks, other_way):
            found = factors_of(**row, riparian=written)
            assert found["riparian_factor"] == factor
            assert found["units"] == close(8 * 3 * factor)

    def test_culvert(self):
        row = {"module": "watercourse", "stage": "baseline", "habitat": "Culvert"}
        found = factors_of(**row, condition="Poor", encroachment="culvert", riparian="culvert")
        assert (found["encroachment_factor"], found["riparian_factor"]) == (0.68, 1)
        assert found["units"] == close(2 * 1 * 0.68 * 1)

    # decision 0015: ditches, canals and culverts are of medium difficulty to create, and ditches
    # and canals of low difficulty to enhance
    @pytest.mark.parametrize("condition", RIVER_CREATE_YEARS)
    @pytest.mark.parametrize(
        ("habitat", "difficulty"),
        [
            ("Priority habitat", 0.33),
            ("Other rivers and streams", 0.33),
            ("Ditches", 0.67),
            ("Canals", 0.67),
            ("Culvert", 0.67),
        ],
    )
    def test_creation(self, habitat, difficulty, condition):
        row = {"module": "watercourse", "habitat": habitat, "condition": condition}
        if habitat == "Culvert" and condition != "Poor":
            assert code_of(**row) == ["england.condition-impossible"]
            return
        found = factors_of(**row)
        years = RIVER_CREATE_YEARS[condition]
        assert (found["years_standard"], found["difficulty_factor"]) == (str(years), difficulty)
        value = RIVER_SCORE[habitat] * CONDITION[condition]
        culvert = 0.68 if habitat == "Culvert" else 1
        assert found["units"] == close(value * 0.965**years * difficulty * culvert)

    @pytest.mark.parametrize(("before", "after", "steps"), RISEN)
    @pytest.mark.parametrize("habitat", RIVERS)
    def test_enhancement_by_0_to_4_steps(self, habitat, before, after, steps):
        found = factors_of(
            module="watercourse",
            stage="enhanced",
            habitat=habitat,
            condition=after,
            from_habitat=habitat,
            from_condition=before,
            from_encroachment="major",
            encroachment="minor",
        )
        years = (1, 2, 4, 6, 8)[steps]
        difficulty = 0.67 if RIVER_SCORE[habitat] > 4 else 1
        assert (found["years_standard"], found["difficulty_factor"]) == (str(years), difficulty)
        old, new = (RIVER_SCORE[habitat] * CONDITION[c] for c in (before, after))
        assert found["units"] == close(((new - old) * 0.965**years * difficulty + old) * 0.8)
        assert found["from_units"] == close(old * 0.5)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ({"from_encroachment": "major"}, {"encroachment": "none"}),
            ({"from_riparian": "major/none"}, {"riparian": "minor/none"}),
            (  # 0.5 × 1 before; 0.8 × 0.75 after
                {"from_encroachment": "major", "from_riparian": "none/none"},
                {"encroachment": "minor", "riparian": "major/major"},
            ),
        ],
    )
    def test_the_same_condition_with_less_encroachment_takes_one_year(self, before, after):
        row = {"module": "watercourse", "stage": "enhanced", "habitat": "Ditches"}
        row |= {"condition": "Moderate", "from_habitat": "Ditches", "from_condition": "Moderate"}
        found = factors_of(**row, **before, **after)
        share = found["encroachment_factor"] * found["riparian_factor"]
        assert (found["years_standard"], found["units"]) == ("1", close(4 * 2 * share))
        assert found["units"] > found["from_units"]
        # twice the length: what is added bears difficulty (low) and one year
        longer = factors_of(**row, **before, **after | {"size": 2, "from_size": 1})
        assert longer["units"] == close(((16 - 8) * 0.965 + 8) * share)

    @pytest.mark.parametrize(
        "banks",
        [
            {},
            {"encroachment": "major"},  # before as after
            {"from_encroachment": "none", "encroachment": "minor"},
            {"from_riparian": "none/minor", "riparian": "minor/none"},
            {  # 0.8 × 1 before; 1 × 0.75 after
                "from_encroachment": "minor",
                "from_riparian": "none/none",
                "encroachment": "none",
                "riparian": "major/major",
            },
        ],
    )
    def test_the_same_condition_without_less_encroachment_is_no_improvement(self, banks):
        row = {"module": "watercourse", "stage": "enhanced", "habitat": "Ditches"}
        row |= {"condition": "Moderate", "from_habitat": "Ditches", "from_condition": "Moderate"}
        assert code_of(**row, **banks) == ["england.no-improvement"]

    def test_less_encroachment_does_not_make_a_worse_condition_good(self):
        row = {"module": "watercourse", "stage": "enhanced", "habitat": "Ditches"}
        row |= {"condition": "Poor", "from_habitat": "Ditches", "from_condition": "Moderate"}
        found = code_of(**row, from_encroachment="major", encroachment="none")
        assert found == ["england.no-improvement"]

    def test_a_culvert_that_stays_a_culvert_has_nothing_to_lift(self):
        row = {"module": "watercourse", "stage": "enhanced", "habitat": "Culvert"}
        row |= {"condition": "Poor", "from_habitat": "Culvert", "from_condition": "Poor"}
        assert code_of(**row) == ["england.no-improvement"]


BANK = " - associated with bank or ditch"
NO_TREES = ({"Poor": "1", "Moderate": "5", "Good": "12"}, "3 5 2")
TREES = ({"Poor": "1", "Moderate": "10", "Good": "20"}, "6 10 4")
TREE_LINES = ({"Poor": "5", "Moderate": "20", "Good": "30+"}, "20 30 10")
HEDGES = {
    f"Species-rich native hedgerow with trees{BANK}": (8, TREES),
    "Species-rich native hedgerow with trees": (6, TREES),
    f"Species-rich native hedgerow{BANK}": (6, NO_TREES),
    "Species-rich native hedgerow": (4, NO_TREES),
    f"Native hedgerow with trees{BANK}": (6, TREES),
    f"Native hedgerow{BANK}": (4, NO_TREES),
    "Native hedgerow with trees": (4, TREES),
    "Native hedgerow": (2, NO_TREES),
    "Ecologically valuable line of trees": (4, TREE_LINES),
    f"Ecologically valuable line of trees{BANK}": (4, TREE_LINES),
    "Line of trees": (2, TREE_LINES),
    f"Line of trees{BANK}": (2, TREE_LINES),
    "Non-native and ornamental hedgerow": (1, ({"Poor": "1"}, "")),
}


class TestHedgerows:
    def test_all_thirteen_are_here(self):
        assert set(HEDGES) == set(tables.habitats("hedgerow"))

    @pytest.mark.parametrize("condition", ["Good", "Moderate", "Poor"])
    @pytest.mark.parametrize("habitat", HEDGES)
    def test_distinctiveness_and_condition(self, habitat, condition):
        row = {"module": "hedgerow", "stage": "baseline", "habitat": habitat}
        score = HEDGES[habitat][0]
        found = factors_of(**row, condition=condition)
        assert found["units"] == close(score * {"Good": 3, "Moderate": 2, "Poor": 1}[condition])

    @pytest.mark.parametrize("condition", ["Good", "Moderate", "Poor"])
    @pytest.mark.parametrize("habitat", HEDGES)
    def test_creation_is_of_low_difficulty(self, habitat, condition):
        score, (create, _) = HEDGES[habitat]
        row = {"module": "hedgerow", "habitat": habitat, "condition": condition}
        if condition not in create:
            assert code_of(**row) == ["england.condition-impossible"]
            return
        found = factors_of(**row)
        assert (found["years_standard"], found["difficulty"]) == (create[condition], "L")
        years = 32 if create[condition] == "30+" else int(create[condition])
        assert found["units"] == close(score * CONDITION[condition] * 0.965**years)

    @pytest.mark.parametrize("habitat", [name for name, (_, years) in HEDGES.items() if years[1]])
    def test_enhancement_is_of_low_difficulty(self, habitat):
        score, (_, steps) = HEDGES[habitat]
        pairs = [("Poor", "Moderate"), ("Poor", "Good"), ("Moderate", "Good")]
        for (before, after), years in zip(pairs, steps.split(), strict=True):
            found = factors_of(
                module="hedgerow",
                stage="enhanced",
                habitat=habitat,
                condition=after,
                from_habitat=habitat,
                from_condition=before,
            )
            assert (found["years_standard"], found["difficulty"]) == (years, "L")
            old, new = score * CONDITION[before], score * CONDITION[after]
            assert found["units"] == close((new - old) * 0.965 ** int(years) + old)


HAY = "Grassland - Upland hay meadows"
UPLAND = "Grassland - Upland calcareous grassland"
MIXED, GORSE = "Heathland and shrub - Mixed scrub", "Heathland and shrub - Gorse scrub"
CEREALS = "Cropland - Cereal crops"
BEST = f"Species-rich native hedgerow with trees{BANK}"
RICH_TREES, RICH_BANK = (
    "Species-rich native hedgerow with trees",
    f"Species-rich native hedgerow{BANK}",
)
RICH, NATIVE = "Species-rich native hedgerow", "Native hedgerow"
ORNAMENTAL = "Non-native and ornamental hedgerow"


def trade(module, loses, gains):
    """The band of what is lost by one unit, when another habitat of the module gains two."""
    changes = [(module, loses, -1.0), (module, gains, 2.0)]
    table = pd.DataFrame(changes, columns=["module", "habitat", "change"])
    found = ENGLAND.function("trading_rules")(table)
    return found.set_index("band").loc[tables.habitats(module)[loses].band]


@pytest.mark.parametrize(
    ("module", "loses", "gains", "met"),
    [
        # very high: the same habitat only
        ("area", MEADOW, MEADOW, True),
        ("area", MEADOW, HAY, False),
        # high: the same habitat only, and nothing better
        ("area", CALCAREOUS, CALCAREOUS, True),
        ("area", CALCAREOUS, UPLAND, False),
        ("area", CALCAREOUS, MEADOW, False),
        # medium: the same broad habitat, or higher distinctiveness
        ("area", MIXED, GORSE, True),
        ("area", MIXED, NEUTRAL, False),
        ("area", MIXED, CALCAREOUS, True),
        ("area", MIXED, MEADOW, True),
        ("area", MIXED, GRASS, False),
        # low: the same distinctiveness or better
        ("area", CEREALS, GRASS, True),
        ("area", CEREALS, NEUTRAL, True),
        ("area", CEREALS, MEADOW, True),
        # hedgerows: very high like for like; high like for like or better; the rest band or better
        ("hedgerow", BEST, BEST, True),
        ("hedgerow", BEST, RICH_TREES, False),
        ("hedgerow", RICH_TREES, RICH_TREES, True),
        ("hedgerow", RICH_TREES, BEST, True),
        ("hedgerow", RICH_TREES, RICH_BANK, False),
        ("hedgerow", RICH, "Native hedgerow with trees", True),
        ("hedgerow", RICH, RICH_TREES, True),
        ("hedgerow", RICH, NATIVE, False),
        ("hedgerow", NATIVE, "Line of trees", True),
        ("hedgerow", NATIVE, RICH, True),
        ("hedgerow", NATIVE, ORNAMENTAL, False),
        ("hedgerow", ORNAMENTAL, ORNAMENTAL, True),
        ("hedgerow", ORNAMENTAL, NATIVE, True),
        # watercourses: the same habitat; culverts, a better band
        ("watercourse", "Priority habitat", "Priority habitat", True),
        ("watercourse", "Priority habitat", "Other rivers and streams", False),
        ("watercourse", "Other rivers and streams", "Other rivers and streams", True),
        ("watercourse", "Other rivers and streams", "Priority habitat", False),
        ("watercourse", "Ditches", "Ditches", True),
        ("watercourse", "Ditches", "Canals", False),
        ("watercourse", "Canals", "Other rivers and streams", False),
        ("watercourse", "Culvert", "Ditches", True),
        ("watercourse", "Culvert", "Priority habitat", True),
    ],
)
def test_trading_rules(module, loses, gains, met):
    found = trade(module, loses, gains)
    assert found["met"] == met
    assert found["shortfall"] == close(0 if met else 1)


def test_very_low_area_habitats_have_no_rule():
    name = next(h.name for h in tables.habitats("area").values() if h.band == "V.Low")
    table = pd.DataFrame([("area", name, -1.0)], columns=["module", "habitat", "change"])
    found = ENGLAND.function("trading_rules")(table)
    assert "V.Low" not in set(found["band"])
    assert found["met"].all()


def test_units_of_modules_do_not_make_each_other_good():
    changes = [("area", MEADOW, 9.0), ("hedgerow", NATIVE, -1.0), ("watercourse", "Culvert", -1.0)]
    table = pd.DataFrame(changes, columns=["module", "habitat", "change"])
    found = ENGLAND.function("trading_rules")(table).set_index(["module", "band"])
    assert found.loc[("hedgerow", "Low"), "shortfall"] == close(1)
    assert found.loc[("watercourse", "Low"), "shortfall"] == close(1)


@pytest.mark.parametrize(
    ("module", "habitat", "irreplaceable", "code"),
    [
        ("area", MEADOW, "no", "england.very-high-loss"),
        ("hedgerow", BEST, "no", "england.very-high-loss"),
        ("watercourse", "Priority habitat", "no", "england.very-high-loss"),
        ("area", CALCAREOUS, "yes", "england.irreplaceable-loss"),
    ],
)
def test_what_needs_bespoke_compensation_is_told(module, habitat, irreplaceable, code):
    row = {"module": module, "stage": "baseline", "habitat": habitat, "condition": "Good"}
    row |= {"size": 1, "strategic": "low", "irreplaceable": irreplaceable}
    found = ENGLAND.function("statement")(pd.DataFrame([row]))
    assert code in {finding.code for finding in found.findings}
    assert not found.met


@pytest.mark.parametrize("module", tables.MODULES)
@pytest.mark.parametrize(("gain", "met"), [(0.1, True), (0.0999, False)])
def test_each_module_must_gain_ten_percent(module, gain, met):
    habitat = {"area": NEUTRAL, "hedgerow": NATIVE, "watercourse": "Ditches"}[module]
    row = {"module": module, "habitat": habitat, "condition": "Good", "strategic": "low"}
    before = row | {"stage": "baseline", "size": 1.0}
    kept = row | {"stage": "retained", "size": 1.0}
    added = row | {"stage": "created", "location": "off-site", "spatial_risk": "inside"}
    one = factors_of(**added, size=1)["units"] / factors_of(**before)["units"]
    table = pd.DataFrame([before, kept, added | {"size": gain / one}])
    found = ENGLAND.function("statement")(table)
    assert found.totals.set_index("module").loc[module, "met"] == met
