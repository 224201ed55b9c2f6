"""Overlapping layers count once in what the report says of all of them together."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, box

from nonetloss.study.report.together import inside_any, meters_inside


def layer(name, shape):
    return SimpleNamespace(name=name, features=gpd.GeoDataFrame(geometry=[shape]))


@pytest.fixture
def run():
    route = SimpleNamespace(line=LineString([(0, 0), (10_000, 0)]))
    rows = [("line", "park", 4000.0), ("line", "reserve", 4000.0), ("line", "far", 0.0)]
    return SimpleNamespace(
        # 1 km to 5 km, and 3 km to 7 km: together 1 km to 7 km.
        layers=(
            layer("park", box(1000, -500, 5000, 500)),
            layer("reserve", box(3000, -500, 7000, 500)),
        ),
        route=lambda name: route if name == "line" else None,
        project={"right_of_way_m": 20.0},
        hidden=(),
        certificates=pd.DataFrame(rows, columns=["alternative", "layer", "meters_inside"]),
    )


def test_what_lies_in_two_layers_counts_once(run):
    km, ha = inside_any(run, "line", ["park", "reserve"])
    assert km == pytest.approx(7 - 1)
    assert ha == pytest.approx((7 - 1) * 1000 * 20 / 10_000)
    assert meters_inside(run, "line") == pytest.approx(6000)


def test_a_layer_that_is_not_drawn_leaves_the_sum_untold(run):
    assert np.isnan(inside_any(run, "line", ["park", "secret"])).all()
    run.layers = run.layers[:1]
    assert meters_inside(run, "line") == pytest.approx(4000)


def test_a_hidden_layer_takes_no_part(run):
    run.hidden = ("reserve",)
    assert meters_inside(run, "line") == pytest.approx(4000)
