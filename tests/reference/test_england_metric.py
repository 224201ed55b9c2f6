"""The statutory biodiversity metric against its own workbook, guide and calculator.

Sheets A-2 and A-3: what the workbook of 23 July 2024 itself gives for rows of 1.2345 ha and
0.8765 ha (read from the golden cases of github.com/jason-svn/LandscapeDataManager). Sheets D-2 and
D-3: printed examples of metric 4.1. The rest: tests of Defra's calculator
(github.com/DEFRA/bng-metric-backend) and of its sales service of credits, and the worked examples
of its trading rules. Numbers only; data under the Open Government Licence v3.0.
"""

from collections import Counter

import pandas as pd
import pytest

from nonetloss import rules
from nonetloss.rulesets.england import tables

GRASS = "Grassland - Modified grassland"
NEUTRAL = "Grassland - Other neutral grassland"
ENGLAND = rules.ruleset("england")


def units_of(**row):
    table = pd.DataFrame([{"module": "area", "strategic": "low", "stage": "created", **row}])
    return ENGLAND.units(table).iloc[0]


def enhanced(start, start_condition, end, condition, **more):
    return units_of(
        stage="enhanced",
        from_habitat=start,
        from_condition=start_condition,
        habitat=end,
        condition=condition,
        **{"size": 1, **more},
    )


def test_sheets_g1_g4_g5_hold_133_habitats():
    bands = Counter(habitat.band for habitat in tables.habitats("area").values())
    assert [bands[band] for band in tables.BANDS] == [20, 43, 27, 38, 5]
    assert sum(bands.values()) == 133
    assert len(tables.habitats("hedgerow")) == 13
    assert len(tables.habitats("watercourse")) == 5


def test_table_of_years_is_0_965_to_the_power_of_the_year():
    time = tables.factors().time
    assert len(time) == 33
    for years, factor in enumerate(time):
        assert factor == pytest.approx(0.965**years, abs=1e-10)
    assert time[10] == 0.7002822742
    assert time[31] == 0.3313955815
    assert time[tables.LONG] == 0.3197967361


class TestPrintedExamples:
    def test_d2_creation_of_other_neutral_grassland(self):
        # 2 ha × 4 × 2.5 × 1 × m(7)
        found = units_of(habitat=NEUTRAL, condition="Fairly Good", size=2)
        assert found == pytest.approx(2 * 4 * 2.5 * 0.7792758067, abs=1e-9)
        assert found == pytest.approx(15.58551613, abs=1e-8)
        assert round(found, 2) == 15.59

    def test_d3_enhancement_of_modified_grassland(self):
        found = enhanced(GRASS, "Moderate", NEUTRAL, "Moderate", size=0.40, strategic="high")
        assert found == pytest.approx(3.128519384528, abs=1e-12)


class TestDefraCalculator:
    """Two or three printed decimals; the exact value stands beside."""

    def test_retained_100_ha(self):
        found = units_of(stage="retained", habitat=GRASS, condition="Moderate", size=100)
        assert found == 400

    def test_created_modified_grassland(self):
        found = units_of(habitat=GRASS, condition="Moderate", size=1)
        assert found == pytest.approx(4 * 0.8671800006, abs=1e-9)
        assert found == pytest.approx(3.468, abs=5e-3)

    @pytest.mark.parametrize(
        ("start", "end", "condition", "exact", "printed"),
        [
            ("Poor", GRASS, "Moderate", (4 - 2) * 0.7002822742 + 2, 3.4),
            ("Moderate", GRASS, "Good", (6 - 4) * 0.7002822742 + 4, 5.4),
            (
                "Moderate",
                "Grassland - Lowland calcareous grassland",
                "Good",
                (18 - 4) * 0.3434151104 * 0.33 + 4,
                5.585,
            ),
        ],
    )
    def test_enhanced_modified_grassland(self, start, end, condition, exact, printed):
        found = enhanced(GRASS, start, end, condition)
        assert found == pytest.approx(exact, abs=1e-9)
        assert found == pytest.approx(printed, abs=5e-3)

    def test_advance_that_covers_the_target_makes_the_difficulty_low(self):
        calcareous = "Grassland - Lowland calcareous grassland"
        assert units_of(habitat=calcareous, condition="Good", size=1, advance_years=20) == 18
        assert enhanced(GRASS, "Moderate", calcareous, "Good", advance_years=30) == 18

    @pytest.mark.parametrize(("advance", "difficulty"), [(0, 0.33), (1, 0.67), (6, 0.67), (7, 1)])
    def test_saltmarsh_created_early_takes_the_difficulty_of_enhancement(self, advance, difficulty):
        saltmarsh = "Coastal saltmarsh - Saltmarshes and saline reedbeds"
        found = units_of(habitat=saltmarsh, condition="Moderate", size=1, advance_years=advance)
        expected = 6 * 2 * tables.factors().time[7 - advance] * difficulty
        assert found == pytest.approx(expected, abs=1e-9)

    @pytest.mark.parametrize(("advance", "difficulty"), [(4, 0.33), (5, 0.67), (9, 0.67), (10, 1)])
    def test_meadow_stays_difficult_until_poor_is_reached(self, advance, difficulty):
        meadow = "Grassland - Lowland meadows"
        found = units_of(habitat=meadow, condition="Moderate", size=1, advance_years=advance)
        expected = 8 * 2 * tables.factors().time[10 - advance] * difficulty
        assert found == pytest.approx(expected, abs=1e-9)

    @pytest.mark.parametrize(
        ("years", "expected"),
        [
            ({}, 0.3197967361),
            ({"advance_years": 1}, 0.3558705807),
            ({"delay_years": 1}, 0.3197967361),
            ({"delay_years": 2}, 0.3197967361),
        ],
    )
    def test_30_plus_counts_down_from_30_when_advanced(self, years, expected):
        acid = "Grassland - Lowland dry acid grassland"
        found = units_of(habitat=acid, condition="Good", size=1, **years)
        assert found == pytest.approx(8 * 3 * 0.33 * expected, abs=1e-9)

    def test_non_priority_ponds_keep_the_difficulty_of_creation(self):
        pond = "Lakes - Ponds (non-priority habitat)"  # low to create, medium to enhance
        found = units_of(habitat=pond, condition="Good", size=1, advance_years=2)
        assert found == pytest.approx(4 * 3 * 0.898632125, abs=1e-9)


MARGIN = "Cropland - Arable field margins tussocky"
LAKE = "Lakes - Moderate alkalinity lakes"


@pytest.mark.parametrize(
    ("habitat", "condition", "strategic", "offset", "expected"),
    [
        (MARGIN, tables.UNASSESSED, "high", 0, 5.4799454999999995),
        (MARGIN, tables.UNASSESSED, "medium", 3, 5.4318),
        (MARGIN, tables.UNASSESSED, "low", 12, 4.938),
        (MARGIN, tables.UNASSESSED, "high", 35, 5.6786999999999992),
        (MARGIN, tables.UNASSESSED, "medium", -6, 4.2328703268330594),
        (MARGIN, tables.UNASSESSED, "low", -35, 1.5791562828617998),
        ("Cropland - Cereal crops", tables.UNASSESSED, "high", 0, 2.7399727499999997),
        ("Cropland - Cereal crops", tables.UNASSESSED, "low", -35, 0.78957814143089988),
        (LAKE, "Good", "high", 0, 2.8959748103312921),
        (LAKE, "Good", "medium", 3, 3.0825326458193061),
        (LAKE, "Good", "low", 12, 3.8616168373252471),
        (LAKE, "Good", "high", 35, 25.554149999999996),
        (LAKE, "Good", "medium", -6, 2.5795517880547503),
        (LAKE, "Good", "low", -35, 2.3450470800497731),
        (LAKE, "Fairly Good", "high", 0, 3.446199383761344),
        (LAKE, "Fairly Good", "medium", 3, 3.6682025225476704),
        (LAKE, "Fairly Good", "low", 12, 4.595309848778963),
        (LAKE, "Fairly Good", "high", 35, 21.295124999999995),
        (LAKE, "Fairly Good", "medium", -6, 2.6619452895118054),
        (LAKE, "Moderate", "high", 0, 3.9369260209945431),
        (LAKE, "Moderate", "medium", 3, 4.1905416235647293),
        (LAKE, "Moderate", "low", 12, 14.814),
        (LAKE, "Moderate", "medium", -6, 3.0409969097837739),
        (LAKE, "Fairly Poor", "high", 0, 3.2857655912041626),
        (LAKE, "Fairly Poor", "medium", 3, 3.4974336329898668),
        (LAKE, "Poor", "high", 0, 2.3522890753381236),
        (LAKE, "Poor", "medium", -6, 1.816976944029199),
    ],
)
def test_sheet_a2_creation_of_1_2345_ha(habitat, condition, strategic, offset, expected):
    found = units_of(
        habitat=habitat,
        condition=condition,
        size=1.2345,
        strategic=strategic,
        advance_years=max(offset, 0),
        delay_years=max(-offset, 0),
    )
    assert found == pytest.approx(expected, abs=1e-9)


ORCHARD = "Grassland - Traditional orchards"
POOL = "Lakes - Temporary lakes ponds and pools (H3170)"
RESERVOIR = "Lakes - Reservoirs"
CALAMINARIAN = "Sparsely vegetated land - Calaminarian grasslands"


@pytest.mark.parametrize(
    ("start", "before", "end", "after", "strategic", "offset", "expected"),
    [
        (
            "Cropland - Horticulture",
            tables.UNASSESSED,
            "Woodland and forest - Lowland beech and yew woodland",
            "Moderate",
            "medium",
            3,
            3.1441948130419966,
        ),
        (ORCHARD, "Fairly Good", ORCHARD, "Good", "low", 12, 15.776999999999997),
        (ORCHARD, "Moderate", ORCHARD, "Good", "low", 12, 15.776999999999997),
        (ORCHARD, "Moderate", ORCHARD, "Fairly Good", "high", 35, 15.119624999999997),
        (ORCHARD, "Fairly Poor", ORCHARD, "Good", "low", 12, 11.863047936587781),
        (ORCHARD, "Fairly Poor", ORCHARD, "Moderate", "medium", -6, 9.7732670319569142),
        (RESERVOIR, "Poor", RESERVOIR, "Moderate", "high", 0, 5.9236236279024759),
        (RESERVOIR, "Poor", RESERVOIR, "Fairly Poor", "medium", 3, 5.059706382225),
        (POOL, "Fairly Good", POOL, "Good", "medium", -6, 15.919584243415519),
        (POOL, "Moderate", POOL, "Good", "medium", -6, 14.284012161773118),
        (POOL, "Moderate", POOL, "Fairly Good", "low", -35, 11.081406696775215),
        (POOL, "Fairly Poor", POOL, "Good", "medium", -6, 12.468663329986498),
        (POOL, "Fairly Poor", POOL, "Fairly Good", "low", -35, 9.0153133935504322),
        (POOL, "Fairly Poor", POOL, "Moderate", "high", 0, 10.958464553943747),
        (POOL, "Poor", POOL, "Good", "medium", -6, 10.492321007677601),
        (POOL, "Poor", POOL, "Fairly Good", "low", -35, 6.9492200903256487),
        (POOL, "Poor", POOL, "Moderate", "high", 0, 9.5617149596412325),
        (POOL, "Poor", POOL, "Fairly Poor", "medium", 3, 8.6773499999999988),
        (CALAMINARIAN, "Fairly Good", CALAMINARIAN, "Good", "medium", -6, 21.158103393123579),
    ],
)
def test_sheet_a3_enhancement_of_0_8765_ha(start, before, end, after, strategic, offset, expected):
    found = enhanced(
        start,
        before,
        end,
        after,
        size=0.8765,
        strategic=strategic,
        advance_years=max(offset, 0),
        delay_years=max(-offset, 0),
    )
    assert found == pytest.approx(expected, abs=1e-9)


class TestHedgerows:
    NATIVE = "Native hedgerow"
    RICH = "Species-rich native hedgerow"

    def enhanced(self, start, before, end, after, **more):
        return enhanced(start, before, end, after, module="hedgerow", **more)

    def test_surveyed(self):
        row = {"module": "hedgerow", "habitat": self.NATIVE, "condition": "Good"}
        assert units_of(stage="retained", size=0.5, **row) == 3

    def test_created(self):
        found = units_of(module="hedgerow", habitat=self.NATIVE, condition="Moderate", size=1)
        assert found == pytest.approx(4 * 0.8368287006, abs=1e-9)
        assert found == pytest.approx(3.348, abs=5e-3)

    @pytest.mark.parametrize(
        ("before", "end", "after", "exact", "printed"),
        [
            ("Poor", NATIVE, "Moderate", (4 - 2) * 0.898632125 + 2, 3.798),
            ("Poor", RICH, "Moderate", (8 - 2) * 0.8368287006 + 2, 7.02),
            ("Moderate", RICH, "Good", (12 - 4) * 0.8368287006 + 4, 10.696),
        ],
    )
    def test_enhanced(self, before, end, after, exact, printed):
        found = self.enhanced(self.NATIVE, before, end, after)
        assert found == pytest.approx(exact, abs=1e-9)
        assert found == pytest.approx(printed, abs=5e-3)

    def test_enhanced_two_years_early(self):
        found = self.enhanced(self.NATIVE, "Moderate", self.NATIVE, "Good", advance_years=2)
        assert found == 6

    def test_half_a_kilometer_of_medium_significance(self):
        found = self.enhanced(
            self.NATIVE, "Poor", self.NATIVE, "Moderate", size=0.5, strategic="medium"
        )
        assert found == pytest.approx(((2 - 1) * 0.898632125 + 1) * 1.1, abs=1e-9)


BANKS = {"encroachment": "minor", "riparian": "minor/none"}


class TestWatercourses:
    PRIORITY = "Priority habitat"

    def enhanced(self, start, before, end, after, **more):
        return enhanced(start, before, end, after, module="watercourse", **more)

    def test_surveyed_without_and_with_encroachment(self):
        row = {"module": "watercourse", "stage": "baseline", "habitat": self.PRIORITY}
        row |= {"condition": "Good", "size": 1}
        assert units_of(**row) == 24
        assert units_of(**row, **BANKS) == pytest.approx(24 * 0.8 * 0.98, abs=1e-12)

    def test_created(self):
        row = {"module": "watercourse", "habitat": self.PRIORITY, "condition": "Moderate"}
        plain = units_of(**row, size=1)
        assert plain == pytest.approx(16 * 0.8368287006 * 0.33, abs=1e-9)
        assert plain == pytest.approx(4.41936, abs=5e-3)
        assert units_of(**row, size=1, **BANKS) == pytest.approx(3.46477, abs=1e-2)
        # no difficulty of enhancement for what is linear; low once the target is reached
        early = units_of(**row, size=1, advance_years=1)
        assert early == pytest.approx(16 * 0.8671800006 * 0.33, abs=1e-9)
        assert units_of(**row, size=1, advance_years=5) == 16

    def test_enhanced(self):
        found = self.enhanced(self.PRIORITY, "Poor", self.PRIORITY, "Moderate", **BANKS)
        assert found == pytest.approx(9.91534208, abs=5e-3)
        exact = ((16 - 8) * 0.8671800006 * 0.67 + 8) * 0.8 * 0.98
        assert found == pytest.approx(exact, abs=1e-9)
        found = self.enhanced(self.PRIORITY, "Moderate", self.PRIORITY, "Good", advance_years=2)
        assert found == pytest.approx((24 - 16) * 0.931225 * 0.67 + 16, abs=1e-9)
        assert found == pytest.approx(20.99, abs=5e-3)

    def test_raised_to_a_better_type_takes_ten_years(self):
        found = self.enhanced("Ditches", "Poor", self.PRIORITY, "Moderate")
        assert found == pytest.approx((16 - 4) * 0.7002822742 * 0.67 + 4, abs=1e-9)
        assert found == pytest.approx(9.63027, abs=5e-3)
        found = self.enhanced("Ditches", "Moderate", self.PRIORITY, "Good")
        assert found == pytest.approx(15.504, abs=5e-3)

    def test_sheet_c3_row_13_culvert_to_ditches(self):
        # 0.5 km, advance 2: the row that says which difficulty ditches have (low to enhance)
        found = self.enhanced(
            "Culvert",
            "Poor",
            "Ditches",
            "Moderate",
            size=0.5,
            from_size=1,
            advance_years=2,
            encroachment="minor",
            riparian="major/moderate",
        )
        assert found == pytest.approx(((4 - 1) * 0.7520011535 + 1) * 0.8 * 0.8, abs=1e-9)
        assert found == pytest.approx(2.08384, abs=5e-6)

    def test_a_longer_watercourse_counts_the_surveyed_length_before(self):
        found = self.enhanced(self.PRIORITY, "Moderate", self.PRIORITY, "Good", size=2, from_size=1)
        assert found == pytest.approx((48 - 16) * 0.8671800006 * 0.67 + 16, abs=1e-9)
        assert found == pytest.approx(34.58848, abs=1e-2)


# Band (8, 6, 4, 2, 0) and difficulties of creation and enhancement, habitat by habitat in the order
# of sheet G-1, as a second reader of the workbook has them (github.com/abitatdotdev/bng, its
# "Watercourse footprint" read as very low).
SECOND_READING = {
    "Cropland": "4LL 4LL 4LL 4LL 2LL 2LL 2LL 2LL 2LL 2LL",
    "Grassland": "6LM 2LL 6HM 6HH 8HH 8HM 2LL 4LL 4LL 6HH 4LL 6HH 8HM",
    "Heathland and shrub": "4LL 4LL 4LL 4LL 4ML 6HM 4LL 8HH 2LL 6ML 2LL 4ML 6MM",
    "Lakes": "8VH 2LH 6HH 6HM 6HH 6HH 6HH 6MM 4LM 4MM 6MM",
    "Sparsely vegetated land": "8VM 6VM 6VM 2LM 2LM 6HL 8VM 6HM 4MM",
    "Urban": (
        "2LL 0LL 2ML 2LL 0LL 4ML 0LL 2LL 2MM 2MM 2LL 4MM 2LL 6MM 2LL 2ML 2MM 0LL 2LL 2LL 2LL"
    ),
    "Individual trees": "4LL 4LL",
    "Wetland": "8VH 8VH 8HH 8VH 8VH 8HH 6MM 8VH",
    "Woodland and forest": "6HL 6HL 6HH 6HH 6HH 2LL 4MM 4LL 4LL 6MM 6HH 6HH 6MM 8VH",
    "Coastal lagoons": "6MM",
    "Rocky shore": "6HM 8VM 6HM 8VM 6HM 8VM 6HM 8VM",
    "Coastal saltmarsh": "6HM 2HM",
    "Intertidal sediment": ("4MM 6HM 6HM 6HH 8VH 6HM 6HM 6HM 2MM 2HM 2MM 2HM 2HM 2HH 2HM 4MM 6HM"),
    "Intertidal hard structures": "2MM 2MM 4MM",
    "Watercourse footprint": "0LL",
}


@pytest.mark.parametrize("broad", SECOND_READING)
def test_bands_and_difficulties_against_a_second_reading_of_the_workbook(broad):
    found = [
        f"{h.distinctiveness:.0f}{h.create_difficulty}{h.enhance_difficulty}"
        for h in tables.habitats("area").values()
        if h.broad == broad
    ]
    assert found == SECOND_READING[broad].split()
