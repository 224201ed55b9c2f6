import numpy as np
import pytest
import shapely

from nonetloss.numerics.grid import Grid
from nonetloss.offset.value.ground import distance_on, share_of_cells

# Four rows of five cells, 10 m wide and 20 m high.
GRID = Grid(100, 80, 10, 20, 4, 5)


def test_distance_on_the_map():
    found = distance_on([shapely.Point(125, 50)], GRID, reach_m=1000)
    rows, columns = np.indices((4, 5))
    assert found == pytest.approx(np.hypot(20 * (rows - 1), 10 * (columns - 2)))


@pytest.mark.parametrize(
    ("x", "y", "row", "column"),
    [(55, 50, 1, -5), (225, 50, 1, 12), (125, 170, -5, 2), (125, -130, 10, 2), (55, 170, -5, -5)],
    ids=["west", "east", "north", "south", "corner"],
)
def test_what_lies_beyond_the_edge_counts_as_far_as_it_reaches(x, y, row, column):
    rows, columns = np.indices((4, 5))
    expected = np.hypot(20 * (rows - row), 10 * (columns - column))
    assert distance_on([shapely.Point(x, y)], GRID, reach_m=400) == pytest.approx(expected)


def test_far_beyond_the_reach_nothing_is_near():
    assert np.isinf(distance_on([shapely.Point(9e6, 9e6)], GRID, reach_m=50)).all()
    assert np.isinf(distance_on([], GRID, reach_m=50)).all()
    assert np.isinf(distance_on([shapely.Polygon()], GRID, reach_m=50)).all()


def test_the_nearest_counts_whatever_lies_elsewhere():
    near, far = shapely.Point(105, 70), shapely.box(5000, 5000, 5001, 5001)
    alone = distance_on([near], GRID, reach_m=100)
    assert distance_on([near, far], GRID, reach_m=100) == pytest.approx(alone)


def test_a_line_is_all_the_cells_it_touches():
    found = distance_on([shapely.LineString([(0, 45), (500, 45)])], GRID, reach_m=10)
    assert found[:, 0].tolist() == [20, 0, 20, 40]


def test_shares_of_cells_once_where_shapes_overlap():
    boxes = [shapely.box(100, 0, 115, 80), shapely.box(110, 0, 115, 80)]
    found = share_of_cells(boxes, GRID)
    assert found == pytest.approx(np.tile([1, 0.5, 0, 0, 0], (4, 1)))
    assert share_of_cells([], GRID).sum() == 0
    assert share_of_cells([shapely.Polygon()], GRID).sum() == 0
