"""The proof is arithmetic on vectors: every number below can be redone on paper."""

import numpy as np
import pytest
from shapely import LineString, Point, box

from nonetloss.avoid.certificate import COLUMNS, certificate_table, certify
from nonetloss.avoid.exclusions import exclusions_of

ROAD = LineString([(0, 0), (1000, 0)])
RIGHT_OF_WAY_M = 20.0


def certified(world, *layers, line=ROAD):
    exclusions = exclusions_of(
        layers, right_of_way_m=RIGHT_OF_WAY_M, with_restricted=True, crs=world.crs
    )
    return certify(line, exclusions)


def test_meters_inside_are_those_of_the_axis_counted_once(world):
    # Inside from x = 200 to 500 and, in a second area that overlaps it, from 400 to 600.
    park = world.prohibited("park", box(200, -50, 500, 50), box(400, -10, 600, 10))
    (found,) = certified(world, park)
    assert found.meters_inside == pytest.approx(600 - 200)
    assert found.nearest_m == 0.0
    assert not found.holds


def test_along_a_line_the_road_is_inside_where_the_two_run_together(world):
    river = world.prohibited("river", LineString([(300, 0), (350, 0), (350, 900)]))
    (found,) = certified(world, river)
    assert found.meters_inside == pytest.approx(50)
    assert not found.holds


def test_the_nearest_feature_counts_from_the_axis(world):
    # 3-4-5: from the end of the road, (1000, 0), 300 m east and 400 m north; the other is farther.
    towns = world.prohibited("towns", Point(1300, 400), Point(-900, 0))
    (found,) = certified(world, towns)
    assert found.nearest_m == pytest.approx(500)
    assert found.meters_inside == 0.0


@pytest.mark.parametrize(
    ("away_m", "holds"),
    [
        (100 + 20 / 2, True),
        (100 + 20 / 2 - 0.9e-6, True),
        (100 + 20 / 2 - 2e-6, False),
        (100.0, False),
    ],
)
def test_setback_and_half_the_right_of_way_are_kept_within_a_micrometer(world, away_m, holds):
    park = world.prohibited("park", box(0, away_m, 1000, 2000), setback_m=100.0)
    (found,) = certified(world, park)
    assert found.required_m == 100 + 20 / 2
    assert found.nearest_m == pytest.approx(away_m, abs=1e-9)
    assert found.holds is holds


def test_touching_the_edge_is_no_meter_inside_but_breaks_the_distance(world):
    park = world.prohibited("park", box(1000, -10, 1100, 10))
    (found,) = certified(world, park)
    assert found.meters_inside == 0.0
    assert found.nearest_m == 0.0
    assert not found.holds


@pytest.mark.parametrize(("away_m", "holds"), [(500, True), (0, False)])
def test_of_a_hidden_layer_only_whether_it_holds_is_told(world, away_m, holds):
    refuge = world.prohibited("refuge", box(0, away_m, 1000, 2000), hidden=True)
    (found,) = certified(world, refuge)
    assert np.isnan([found.meters_inside, found.nearest_m, found.required_m]).all()
    assert found.holds is holds


def test_the_table_has_a_row_for_each_line_and_layer(world):
    park = world.prohibited("park", box(200, -50, 500, 50))
    far = world.prohibited("far", box(0, 5000, 1000, 6000))
    around = LineString([(0, 0), (0, 1000), (1000, 1000)])
    lines = [
        ("straight", certified(world, park, far)),
        ("around", certified(world, park, far, line=around)),
    ]
    table = certificate_table(lines)
    assert list(table.columns) == COLUMNS
    assert table[["alternative", "layer"]].to_numpy().tolist() == [
        ["straight", "far"],
        ["straight", "park"],
        ["around", "far"],
        ["around", "park"],
    ]
    assert table["meters_inside"].tolist() == [0.0, 300.0, 0.0, 0.0]
    assert table["nearest_m"].tolist() == [5000.0, 0.0, 4000.0, 200.0]
    assert table["holds"].tolist() == [True, False, True, True]


def test_without_exclusions_the_table_is_empty_with_its_columns():
    table = certificate_table([("straight", ())])
    assert list(table.columns) == COLUMNS
    assert len(table) == 0
    assert table["holds"].dtype == bool
