"""The method from tables to tables, and tables that cannot be read."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.area.method import METHOD, forest_area

AREAS = pd.DataFrame({"class": ["loss", "forest"], "area_ha": [20.0, 80.0]})


def points(**columns):
    return pd.DataFrame(
        {
            "map_class": ["loss"] * 10 + ["forest"] * 10,
            "reference_class": ["loss"] * 8 + ["forest"] * 11 + ["loss"],
            **columns,
        }
    )


def codes(raised):
    return [f.code for f in raised.value.findings]


def test_points_and_counts_give_the_same():
    one = forest_area(points(), areas=AREAS)
    counts = pd.DataFrame(
        {
            "map_class": ["loss", "loss", "forest", "forest", "forest"],
            "reference_class": ["loss", "forest", "forest", "loss", "loss"],
            "count": [8, 2, 9, 1, 0],
        }
    )
    other = forest_area(counts, areas=AREAS)
    for name in ("areas", "accuracy", "matrix", "sample_size"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert one.estimator == "error-matrix"


def test_areas_by_hand():
    found = forest_area(points(), areas=AREAS).areas.set_index("class")
    assert found.loc["loss", "area_ha"] == pytest.approx(20 * 0.8 + 80 * 0.1)
    assert found.loc["loss", "mapped_less_estimated_ha"] == pytest.approx(20 - 24)
    assert found.loc["forest", "area_ha"] == pytest.approx(76)
    error = np.sqrt(20**2 * 0.16 / 9 + 80**2 * 0.09 / 9)
    assert found.loc["loss", "standard_error_ha"] == pytest.approx(error)
    assert found.loc["loss", "low_ha"] == pytest.approx(24 - 1.6448536 * error)


def test_strata_of_their_own_take_the_other_road():
    samples = points(stratum=["north"] * 5 + ["south"] * 15)
    areas = pd.DataFrame({"stratum": ["north", "south"], "area_ha": [30.0, 70.0]})
    found = forest_area(samples, areas=areas)
    assert found.estimator == "units-in-strata"
    row = found.areas.set_index("class").loc["loss"]
    # All five of the north, four of fifteen in the south.
    assert row["area_ha"] == pytest.approx(30 + 70 * 4 / 15)
    assert np.isnan(row["mapped_ha"])


def test_a_row_without_a_stratum_lies_in_its_map_class():
    samples = points(stratum=[np.nan] * 20)
    assert forest_area(samples, areas=AREAS).estimator == "error-matrix"


def test_class_numbers_that_a_table_reader_turned_into_floats():
    samples = points()
    samples["map_class"] = [1.0] * 10 + [2.0] * 10
    samples["reference_class"] = [1] * 8 + [2] * 11 + [1]
    areas = pd.DataFrame({"class": [1, 2], "area_ha": [20.0, 80.0]})
    found = forest_area(samples, areas=areas)
    assert found.areas["class"].tolist() == ["1", "2"]
    assert found.areas["area_ha"].tolist() == pytest.approx([24, 76])


def test_titles_and_practice_are_told():
    found = forest_area(
        points(),
        areas=AREAS,
        titles={"loss": {"es": "Pérdida", "en": "Loss"}},
        practice={"same-dates": {"met": False}, "better-reference": {"met": True, "evidence": "x"}},
    )
    assert found.areas["title_es"].tolist() == ["Pérdida", "forest"]
    practice = found.good_practice.set_index("recommendation")["met"]
    assert practice["same-dates"] == "no"
    assert practice["better-reference"] == "yes"
    assert practice["blind-labels"] == "unknown"
    assert practice["enough-units"] == "no"
    assert {f.code for f in found.findings} == {
        "area.few-units", "area.practice-not-met", "area.practice-not-told",
    }  # fmt: skip


def test_a_sample_is_planned_in_three_ways():
    plan = forest_area(points(), areas=AREAS, target_standard_error=0.02, least_units=60)
    table = plan.sample_size
    # (0.2·0.4 + 0.8·0.3)² / 0.02² = 256.
    assert table.groupby("allocation")["units"].sum().tolist() == [256, 256, 256]
    assert table["units"].min() >= 60
    optimal = table[table["allocation"] == "optimal"].set_index("class")
    assert optimal.loc["forest", "units"] == 192
    # 0.2²·0.16/63 + 0.8²·0.09/191.
    want = np.sqrt(0.04 * 0.16 / 63 + 0.64 * 0.09 / 191)
    assert optimal["overall_standard_error"].tolist() == pytest.approx([want, want])


def test_expected_accuracies_take_the_place_of_those_of_the_sample():
    plan = forest_area(points(), areas=AREAS, expected_users={"loss": 0.5, "forest": 0.5})
    assert plan.sample_size["units"].sum() == 3 * 2500


def test_estimates_for_other_steps():
    found = forest_area(points(), areas=AREAS).hectares["loss"]
    assert found.low < found.likely < found.high
    assert found.likely == pytest.approx(24)


@pytest.mark.parametrize(
    ("samples", "areas", "expected"),
    [
        (points().rename(columns={"map_class": "map"}), AREAS, ["area.columns"]),
        (points(), AREAS.rename(columns={"area_ha": "ha"}), ["area.columns"]),
        (points(reference_class=[None] * 20), AREAS, ["area.blank-label"]),
        (points(count=[-1] * 20), AREAS, ["area.counts"]),
        (points(count=["many"] * 20), AREAS, ["area.counts"]),
        (points(count=[0.5] * 20), AREAS, ["area.counts"]),
        (points(count=[0] * 20), AREAS, ["area.no-units"]),
        (points(map_class=["Loss"] * 10 + ["forest"] * 10), AREAS, ["area.class-without-area"]),
        (points().iloc[:10], AREAS, ["area.class-empty"]),
        (points(), pd.concat([AREAS, AREAS.iloc[:1]]), ["area.class-twice"]),
        (points(), AREAS.assign(area_ha=[-1, 80]), ["area.sizes"]),
        (points(), AREAS.assign(area_ha=["?", 80]), ["area.sizes"]),
        (points(), AREAS.assign(**{"class": ["", "forest"]}), ["area.blank-label"]),
    ],
)
def test_tables_that_cannot_be_used(samples, areas, expected):
    with pytest.raises(InputError) as raised:
        forest_area(samples, areas=areas)
    assert codes(raised) == expected
    assert raised.value.render("es") != raised.value.render("en")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"practice": {"better-refrence": {"met": True}}}, "area.practice-unknown"),
        ({"practice": {"same-dates": {"met": "maybe"}}}, "area.practice-answer"),
        ({"practice": {"same-dates": {"met": True}}}, "area.practice-answer"),
        ({"practice": {"same-dates": {"met": False, "why": "x"}}}, "area.practice-answer"),
        ({"practice": {"same-dates": {"met": False, "evidence": 7}}}, "area.practice-answer"),
        ({"expected_users": {"loss": 85}}, "area.share"),
        ({"expected_users": {"loss": True}}, "area.share"),
        ({"titles": {"los": "x"}}, "area.title-of-nothing"),
        ({"titles": {"loss": {"es": "Pérdida"}}}, "area.title-languages"),
        ({"titles": {"loss": 7}}, "area.title-languages"),
    ],
)
def test_declarations_that_cannot_be(given, expected):
    with pytest.raises(InputError) as raised:
        forest_area(points(), areas=AREAS, **given)
    assert codes(raised) == [expected]
    assert raised.value.render("es")


def test_it_is_declared():
    assert METHOD.resolve() is forest_area


def test_an_expected_accuracy_of_no_class_is_refused():
    with pytest.raises(InputError) as raised:
        forest_area(points(), areas=AREAS, expected_users={"los": 0.8})
    assert codes(raised) == ["area.title-of-nothing"]
    assert raised.value.findings[0].subject == "expected_users"
