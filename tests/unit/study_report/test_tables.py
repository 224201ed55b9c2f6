"""Single cells of the report's tables."""

from types import SimpleNamespace

import pandas as pd
import pytest

from nonetloss.study.report import record, tables, words
from nonetloss.study.report.reading import read_run
from nonetloss.study.report.words import exclusion_name


@pytest.mark.parametrize(
    ("kind", "counts", "shown"),
    [
        # Two towns on the road and two more in its outer zone are four towns.
        ("point", [2, 0, 2], "4"),
        # One community crossed, met in every zone, and another that only the outer one reaches.
        ("polygon", [1, 1, 2], "2"),
        ("polygon", [None, None, None], "–"),
    ],
)
def test_features_met_are_counted_once(kind, counts, shown):
    zones = ["footprint", "direct", "indirect"]
    group = pd.DataFrame({"geometry": kind, "zone": zones, "count": pd.array(counts, "Int64")})
    assert tables._count(group, "en") == shown


def certificates(*rows):
    return pd.DataFrame(rows, columns=["alternative", "layer", "meters_inside", "holds"])


def cell(*rows):
    run = SimpleNamespace(certificates=certificates(*rows), hidden=("people",))
    return str(tables.certificate_cell(run, "road", "en"))


def test_a_broken_certificate_of_a_hidden_layer_gives_no_number_and_no_false_comfort():
    nan = float("nan")
    only = cell(("road", "people", nan, False), ("road", "park", 0.0, True))
    assert "not published" in only
    assert "closer than" not in only
    assert " m inside" not in only
    both = cell(("road", "people", nan, False), ("road", "park", 1200.0, False))
    assert "1,200 m inside" in both
    assert "not published" in both
    kept = cell(("road", "people", nan, True), ("road", "park", 1200.0, False))
    assert "not published" not in kept


def test_all_exclusions_means_those_that_are_published():
    told = [
        exclusion_name(SimpleNamespace(hidden=hidden, layer_titles={}), "*", "en")
        for hidden in ((), ("people",))
    ]
    assert told == ["All exclusions", "All exclusions that are published"]


def test_a_measure_shows_the_reduction_of_each_component(run_dir):
    run = read_run(run_dir)
    (row,) = record.measures(run, "en").rows
    direct, induced = (words.word(f"component-{c}", "en") for c in ("direct", "induced"))
    # The two add up to the 42 of the measure.
    assert str(row[3]) == f"{direct}: 30.0<br>{induced}: 12.0"
