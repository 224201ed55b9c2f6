import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.value.indicators import (
    point_weights,
    read_indicators,
    score,
    score_table,
)


def one(**entry):
    return read_indicators({"x": entry}, ecosystems=["forest", "bog"])[0]


def test_scores_run_straight_between_points_and_level_beyond():
    indicator = one(scores={0: 0.0, 20: 0.3, 70: 1.0})
    found = score(np.array([0, 10, 20, 45, 70, 90, np.nan]), indicator)
    assert found[:6] == pytest.approx([0, 0.15, 0.3, 0.3 + 0.7 * 25 / 50, 1, 1])
    assert np.isnan(found[6])


def test_scores_may_fall():
    assert score(np.array([25.0]), one(scores={0: 1, 50: 0})) == pytest.approx([0.5])


def test_bands_hold_from_their_bound():
    indicator = one(bands={0: 1.0, 10: 0.5, 30: 0.0})
    assert score(np.array([0, 9.99, 10, 29, 30, 99.0]), indicator).tolist() == [
        1, 1, 0.5, 0.5, 0, 0,
    ]  # fmt: skip
    assert np.isnan(score(np.array([np.nan]), indicator))[0]


def test_classes_by_name():
    indicator = one(classes={"good": 1, "fair": 0.5})
    found = score(np.array(["fair", "good", None, ""], dtype=object), indicator)
    assert found[:2].tolist() == [0.5, 1.0]
    assert np.isnan(found[2:]).all()


def test_a_benchmark_is_that_of_the_ecosystem():
    indicator = one(benchmark={"forest": 40, "bog": 10})
    places = np.array(["forest", "bog", "forest"], dtype=object)
    found = score(np.array([20.0, 20.0, 80.0]), indicator, ecosystems=places)
    assert found == pytest.approx([20 / 40, 1, 1])


def test_a_benchmark_below_zero_at_means_less_is_better():
    indicator = one(benchmark=10, zero_at=50)
    assert score(np.array([0.0, 30.0, 50.0, 60.0]), indicator) == pytest.approx([1, 0.5, 0, 0])


def test_a_form_of_points_weighs_by_its_points():
    """Habitat hectares, site part: large trees 10, canopy 5, understorey 25."""
    form = read_indicators(
        {
            "trees": {"scores": {0: 0, 20: 10}, "most": 10},
            "canopy": {"bands": {0: 0, 30: 3, 60: 5}, "most": 5},
            "understorey": {"classes": {"poor": 5, "full": 25}, "most": 25},
        }
    )
    plots = pd.DataFrame({"trees": [10.0], "canopy": [40.0], "understorey": ["poor"]})
    scores = score_table(plots, indicators=form)
    assert scores == pytest.approx(np.array([[5 / 10, 3 / 5, 5 / 25]]))
    weights = point_weights(form)
    assert weights == pytest.approx([10 / 40, 5 / 40, 25 / 40])
    assert scores @ weights == pytest.approx([(5 + 3 + 5) / 40])
    assert point_weights(read_indicators({"x": {"benchmark": 3}})) is None


def test_habitat_hectares_are_a_form_of_points():
    """Victoria: seven attributes of the site make 75 points, two of the landscape 25."""
    most = {
        "large-trees": 10, "canopy": 5, "understorey": 25, "weeds": 15, "recruitment": 10,
        "litter": 5, "logs": 5, "patch": 10, "neighborhood-and-core": 15,
    }  # fmt: skip
    given = {"large-trees": 8, "canopy": 4, "understorey": 15, "weeds": 9, "recruitment": 6}
    given |= {"litter": 3, "logs": 2, "patch": 6, "neighborhood-and-core": 7}
    form = read_indicators({n: {"scores": {0: 0, m: m}, "most": m} for n, m in most.items()})
    weights = point_weights(form)
    assert sum(most.values()) == 100
    value = score_table(pd.DataFrame([given]), indicators=form) @ weights
    assert value == pytest.approx([(8 + 4 + 15 + 9 + 6 + 3 + 2 + 6 + 7) / 100])


@pytest.mark.parametrize(
    ("measures", "entry", "code"),
    [
        ([-1.0], {"scores": {0: 0, 1: 1}}, "condition.range"),
        ([-0.1, 2.0], {"bands": {0: 0, 1: 1}}, "condition.range"),
        ([101.0], {"scores": {0: 0, 100: 1}, "high": 100}, "condition.range"),
        ([np.inf], {"benchmark": 4}, "condition.range"),
        (["many"], {"benchmark": 4}, "condition.range"),
        (["god"], {"classes": {"good": 1}}, "condition.class"),
        ([1.0], {"benchmark": {"bog": 4}}, "condition.benchmark"),
    ],
)
def test_bad_measures(measures, entry, code):
    with pytest.raises(InputError) as caught:
        score(np.array(measures, dtype=object), one(**entry), ecosystems="forest")
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")
    assert caught.value.render("en")


def test_classes_that_are_numbers_survive_a_gap_in_the_column():
    # A table reads whole numbers with a gap as 1.0, NaN, 2.0.
    found = score(np.array([1.0, np.nan, 2.0]), one(classes={1: 1, 2: 0.5}))
    assert found.tolist() == pytest.approx([1, np.nan, 0.5], nan_ok=True)


def test_the_nearest_class_is_suggested():
    with pytest.raises(InputError) as caught:
        score(np.array(["god"], dtype=object), one(classes={"good": 1, "poor": 0}))
    assert "good" in caught.value.findings[0].data["nearest"]


@pytest.mark.parametrize(
    "entry",
    [
        {},
        3,
        {"scores": {0: 0, 1: 1}, "bands": {0: 0}},
        {"scores": {0: 0}},
        {"scores": {0: 0, 1: 2}},
        {"scores": {0: -0.5, 1: 1}},
        {"scores": {0: 0, 1: "high"}},
        {"bands": {5: 0.5}},
        {"bands": {}},
        {"classes": {}},
        {"classes": {"good": 1.5}},
        {"benchmark": 0},
        {"benchmark": 5, "zero_at": 5},
        {"benchmark": {"sea": 5}},
        {"benchmark": 5, "colour": "red"},
        {"scores": {0: 0, 1: 1}, "zero_at": 3},
        {"scores": {0: 0, 1: 1}, "low": 5, "high": 1},
        {"scores": {0: 0, 1: 20}, "most": 10},
        {"scores": {0: 0, 1: 1}, "most": 0},
        {"scores": [1, 2]},
        {"scores": {np.nan: 0, 1: 1}},
        {"scores": {0: 0, np.inf: 1}},
        {"bands": {0: 0, np.inf: 1}},
        {"benchmark": 5, "zero_at": np.nan},
    ],
)
def test_bad_forms(entry):
    with pytest.raises(InputError) as caught:
        read_indicators({"x": entry}, ecosystems=["forest", "bog"])
    assert {f.code for f in caught.value.findings} == {"condition.form"}
    assert caught.value.render("es")


def test_an_empty_form_and_points_for_some_only():
    with pytest.raises(InputError):
        read_indicators({})
    with pytest.raises(InputError) as caught:
        read_indicators({"x": {"benchmark": 1, "most": 5}, "y": {"benchmark": 1}})
    assert caught.value.findings[0].code == "condition.most"
    assert caught.value.render("es")


def test_a_table_tells_all_that_is_wrong_at_once():
    form = read_indicators(
        {"canopy": {"benchmark": 10}, "water": {"benchmark": 10}, "soil": {"benchmark": 10}}
    )
    plots = pd.DataFrame(
        {"plot": ["p1", "p2"], "cannopy": [1, 2], "water": [-1, 2], "soil": [1.0, np.nan]}
    )
    with pytest.raises(InputError) as caught:
        score_table(plots, indicators=form)
    found = {f.code: f for f in caught.value.findings}
    assert set(found) == {"condition.attribute", "condition.range", "condition.missing"}
    assert found["condition.attribute"].data["nearest"] == "cannopy"
    assert found["condition.missing"].data["plots"] == "p2"
    assert caught.value.render("es")
    scores = score_table(plots[["soil"]], indicators=form[2:], complete=False)
    assert scores[0, 0] == pytest.approx(0.1)
    assert np.isnan(scores[1, 0])
