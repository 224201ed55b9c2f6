"""Labels, numbers and waterfalls, checked by arithmetic."""

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from nonetloss.core.language import Text
from nonetloss.study.report import charts, labels, maps, record, words
from nonetloss.study.report.figure import blank, style
from nonetloss.study.report.model import ParameterView


def _axes():
    figure = blank(400, 400)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 400)
    axes.set_ylim(0, 400)
    return axes


def test_labels_of_one_point_do_not_cover_each_other():
    with style("t"):
        axes = _axes()
        wanted = [labels.Label(f"Comunidad {i}", 200, 200) for i in range(8)]
        boxes = labels.place(axes, wanted)
        assert 2 <= len(boxes) <= 8
        pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i]]
        assert not any(a.overlaps(b) for a, b in pairs)
        frame = axes.get_window_extent(FigureCanvasAgg(axes.figure).get_renderer())
        assert all(frame.contains(b.x0, b.y0) and frame.contains(b.x1, b.y1) for b in boxes)


def test_a_label_that_must_be_there_is_drawn_even_without_room():
    with style("t"):
        axes = _axes()
        boxes = labels.place(axes, [labels.Label("A", 200, 200, offset=0, must=True)] * 3)
        assert len(boxes) == 3


def test_a_waterfall_reads_the_total_row():
    flows = ("before", "avoided", "minimized", "residual", "offset", "net")
    rows = [
        ("direct", 20.0, 5.0, 3.0, 12.0, None, None),
        ("induced", 80.0, -10.0, 30.0, 60.0, None, None),
        ("total", 100.0, -5.0, 33.0, 72.0, 80.0, 8.0),
    ]
    table = pd.DataFrame(rows, columns=["component", *flows])
    table["net_low"], table["net_high"] = -2.0, 15.0
    bars = {b.name: b for b in charts.stages(table)}
    assert (bars["before"].direct, bars["before"].induced) == (20.0, 80.0)
    assert bars["avoided"].direct + bars["avoided"].induced == 5.0 - 10.0
    assert bars["offset"].direct - bars["residual"].direct - bars["residual"].induced == 80.0 - 72.0
    assert (bars["net"].low, bars["net"].high) == (-2.0, 15.0)


@pytest.mark.parametrize(
    ("value", "language", "shown"),
    [
        (float("nan"), "es", "–"),
        (None, "en", "–"),
        (0.0, "es", "0"),
        (-1234.6, "es", "−1\u202f235"),
        (-1234.6, "en", "−1,235"),
        (12.34, "en", "12.3"),
        (0.0347, "en", "0.035"),
    ],
)
def test_amounts_keep_absence_apart_from_zero(value, language, shown):
    assert words.amount(value, language) == shown


def test_lists_read_as_people_write_them():
    assert words.listed(["a", "b", "c"], "es") == "a, b y c"
    assert words.listed(["a", "islas"], "es") == "a e islas"
    assert words.listed(["a", "islas"], "en") == "a and islas"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1000.0, "m", "1\u202f000 m"),
        ("5.5 km", "m", "5.5 km"),
        ({"low": 0.1, "likely": 0.2, "high": 0.35}, "", "0.1 – 0.2 – 0.35"),
        ({"roads": {"cost": 0.3, "nature": 0.1}}, "", "roads: cost 0.3, nature 0.1"),
        ({"es": "Se exige.", "en": "Required."}, "", "Se exige."),
        (True, "", "sí"),
        (
            [
                {"id": "a", "title": {"es": "Uno", "en": "One"}, "text": None, "status": "study"},
                {
                    "id": "b",
                    "title": {"es": "Dos", "en": "Two"},
                    "text": None,
                    "status": "confirmed",
                },
            ],
            "",
            "Uno; Dos (confirmado)",
        ),
        (
            {
                "start": "q",
                "questions": {},
                "outcomes": {
                    "x": {"title": {"es": "Sigue", "en": "Go on"}, "requires": []},
                    "y": {"title": {"es": "No sigue", "en": "Stop"}, "requires": []},
                },
            },
            "",
            "Sigue / No sigue",
        ),
    ],
)
def test_parameters_show_their_unit_once(value, unit, shown):
    nothing = Text.of("")
    view = ParameterView("x", nothing, value, unit, "", "", "", "", "study", nothing)
    assert record.value_text(view, "es") == shown


@pytest.mark.parametrize(
    ("id", "value", "shown"),
    [
        ("cover.years", [2014, 2019, 2024], "2014; 2019; 2024"),
        ("years", {"calibration": {"years": [2014, 2019]}}, "calibration: years 2014, 2019"),
        ("window", {"start_year": 2014, "trees": 2014}, "start_year: 2014; trees: 2,014"),
        ("horizon_years", [10, 40], "10; 40"),
        ("cells_ha", [1000, 2014], "1,000; 2,014"),
    ],
)
def test_years_have_no_separators_inside_lists_either(id, value, shown):
    nothing = Text.of("")
    view = ParameterView(id, nothing, value, "", "", "", "", "", "study", nothing)
    assert record.value_text(view, "en") == shown


def test_graticule_steps_are_round():
    assert maps._round_step(0.37) == 0.5
    assert maps._round_step(1.7) == 2.0
    assert maps._degrees(-74.5, 1, "es", "lon") == "74.5° O"
    assert maps._degrees(-8.0, 0, "en", "lat") == "8° S"
