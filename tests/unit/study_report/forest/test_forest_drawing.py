"""Classes of maps, bars that add up, and numbers as people read them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.study.report.forest import drawing, maps
from nonetloss.study.report.forest.credits import steps_of
from nonetloss.study.report.forest.drawing import Bar, Cloud, Curve
from nonetloss.study.report.forest.rows import (
    as_plain,
    build,
    num,
    outcome,
    ranged,
    text,
    tonnes,
    whole,
)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=30),
)
def test_every_positive_value_has_one_class_and_its_color(values):
    found = np.array(values)
    classes = maps.shades(found, "en")
    hits = np.array([[s.low <= v < s.high for s in classes] for v in found])
    assert (hits.sum(axis=1) == 1).all()
    colors = maps.painted(found.reshape(1, -1), classes)[0]
    for color, hit in zip(colors, hits, strict=True):
        expected = np.round(255 * np.array(maps.to_rgba(classes[int(hit.argmax())].color)))
        assert color.tolist() == expected.tolist()


def test_classes_end_at_round_numbers():
    # 1, 2, 5 × powers of ten, the last one at or below the top: 5 edges for 6 classes.
    classes = maps.shades(np.linspace(0, 30, 1000), "en", unit="%")
    assert [s.low for s in classes] == [0.0, 1.0, 2.0, 5.0, 10.0, 20.0]
    labels = [s.label.replace("\u00a0", " ") for s in classes]
    assert labels == ["< 1 %", "1 – 2 %", "2 – 5 %", "5 – 10 %", "10 – 20 %", "≥ 20 %"]


def test_a_difference_has_the_same_classes_on_both_sides():
    classes = maps.turning(np.array([-8.0, -1.0, 0.0, 3.0, 8.0]), "en")
    assert [s.low for s in classes] == [-np.inf, -5.0, -2.0, 0.0, 2.0, 5.0]
    assert classes[0].label == "− ≥ 5"
    assert classes[-1].label == "+ ≥ 5"


def test_nothing_and_unknown_are_told_apart():
    classes = maps.shades(np.array([0.5, 3.0]), "en")
    zero, unknown, some = maps.painted(np.array([[0.0, np.nan, 3.0]]), classes)[0]
    assert zero.tolist() == np.round(255 * np.array(maps.to_rgba(maps.NOTHING))).tolist()
    assert unknown[3] == 0
    assert some[3] == 255


def test_a_map_of_nothing_has_no_classes():
    assert maps.shades(np.array([0.0, np.nan]), "en") == []
    assert maps.turning(np.array([0.0]), "en") == []


def test_the_waterfall_leads_from_gross_to_net_in_any_order_of_rows():
    rows = pd.DataFrame(
        [
            ("net", "Net", 3, 60_000.0, ""),
            ("gross", "Gross", 0, 100_000.0, ""),
            ("buffer", "Buffer", 2, -25_000.0, "unverified"),
            ("uncertainty", "Uncertainty", 1, -15_000.0, "confirmed"),
            ("leakage-market", "Market", 2, 0.0, "study"),
        ],
        columns=["step", "title_en", "order", "tco2e", "status"],
    )
    steps = steps_of(rows, "en")
    assert [s.name for s in steps] == ["Gross", "Uncertainty", "Buffer (?)", "Net"]
    # 100 - 15 - 25 = 60 thousand tonnes.
    assert steps[0].amount + steps[1].amount + steps[2].amount == pytest.approx(steps[3].amount)
    assert [s.whole for s in steps] == [True, False, False, True]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(416_361.0, "416,000 tCO₂e"), (79.4e6, "79.4 million tCO₂e"), (847.4, "847 tCO₂e"),
     (np.nan, "–"), (None, "–"), (-2_500_000.0, "−2.50 million tCO₂e")],
)  # fmt: skip
def test_tonnes_keep_three_digits(value, shown):
    assert tonnes(value, "en").replace("\u00a0", " ") == shown


def test_an_interval_stands_below_its_value_only_where_it_is_known():
    assert ranged(12.0, np.nan, 14.0, "en", 0) == "12"
    assert ranged(0.0, 0.0, 0.0, "en", 0) == "0"
    shown = str(ranged(12.0, 10.0, 14.0, "en", 0))
    assert shown.startswith("12<br>")
    assert "10 to 14" in shown


@pytest.mark.parametrize(
    ("given_", "shown"), [("yes", "sí"), ("0.25", "0.25"), (True, "sí"), ("VCS", "VCS"), ("", "–")]
)
def test_answers_read_as_people_write_them(given_, shown):
    assert as_plain(given_, "es") == shown


def test_outcomes_have_a_sign_of_their_own():
    assert "✓" in outcome("pass", "en")
    assert "✕" in outcome("overdue", "en")
    assert "?" in outcome("unknown", "en")
    assert outcome(None, "en") == ""


def test_a_column_that_the_run_lacks_is_left_out_and_years_have_no_separators():
    frame = pd.DataFrame({"year": [2025.0], "km": [1234.0], "title_es": ["x"], "title_en": ["x"]})
    table = build(
        frame, (whole("col-year", "year"), num("col-km", "km", digits=0), text("col-note", "note")),
        "t", "t", "en",
    )  # fmt: skip
    assert [c.numeric for c in table.columns] == [False, True]
    assert table.rows == [("2025", "1,234")]
    assert build(frame.iloc[:0], (whole("col-year", "year"),), "t", "t", "en") is None


def test_a_column_of_texts_in_which_nothing_stands_is_left_out():
    frame = pd.DataFrame({"a": ["x", "y"], "b": ["", None], "n": [np.nan, np.nan]})
    fields = (text("col-plot", "a"), text("col-note", "b"), num("col-km", "n"))
    table = build(frame, fields, "t", "t", "en")
    # Numbers that nobody knows stay: that they are unknown says something.
    assert table.rows == [("x", "–"), ("y", "–")]


@pytest.mark.parametrize("width", [358.0, 520.0])
def test_charts_bear_negative_single_and_unknown_values(width):
    bars = [Bar("a", -3.0, -4.0, -2.0), Bar("b", 2.0), Bar("c", np.nan)]
    left, right = drawing.bars(bars, "x", "en", width).axes[0].get_xlim()
    assert left < -4.0
    assert right > 2.0
    curve = Curve("d", np.array([0.0, 1.0]), np.array([1.0, np.inf]), np.array([0.02, 30.0]))
    low, high = drawing.curves([curve], "x", "en", width).axes[0].get_ylim()
    assert low <= 0.1
    assert high >= 10.0
    cloud = Cloud(np.array([0.0, 1.0]), np.array([0.5, 1.0]))
    assert drawing.scatter(cloud, ("x", "y"), "en", width, 2.0).axes[0].get_xlim()[1] == 2.0


def test_a_negative_bar_keeps_its_name_and_number_apart():
    figure = drawing.bars([Bar("name", -3.0, -4.0, -2.0)], "x", "en", 520.0)
    name, number = figure.axes[0].texts
    assert name.get_position()[0] == pytest.approx(1.05 * -4.0)
    assert number.xy[0] == 0.0
