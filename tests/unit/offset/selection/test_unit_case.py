"""Units from arrays, tables and rasters; edges of polygons and cells."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import sparse

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.grid import Grid
from nonetloss.offset.selection.boundaries import cell_boundary, polygon_boundary, shared_edges
from nonetloss.offset.selection.unit_case import unit_case, units_of_raster, units_of_table


def rows(**changed):
    table = {"id": ["a", "b", "c"], "cost": [1.0, 0.0, np.nan], "x": [1.0, 2.0, 3.0]}
    return pd.DataFrame({**table, **changed})


def code(action, *arguments, **settings):
    with pytest.raises((InputError, GeometryError)) as raised:
        action(*arguments, **settings)
    return raised.value.findings[0].code


def test_a_table_becomes_units_with_locks():
    case = units_of_table(rows(status=[2, "locked-out", ""]), features=["x"])
    assert case.ids.tolist() == ["a", "b", "c"]
    assert case.locked_in.tolist() == [True, False, False]
    assert case.locked_out.tolist() == [False, True, False]
    assert case.totals.tolist() == [1 + 2 + 3]
    assert np.isnan(case.cost[2])
    # Free is not unknown, and it is told.
    assert [f.code for f in case.findings] == ["selection.free"]


def test_locks_may_stand_in_columns_of_their_own():
    case = units_of_table(
        rows(locked_in=[True, False, False], locked_out=[0, 0, 1]), features=["x"]
    )
    assert case.locked_in.tolist() == [True, False, False]
    assert case.locked_out.tolist() == [False, False, True]


def test_unknown_amounts_help_no_target_and_are_told():
    case = units_of_table(rows(x=[1.0, np.nan, 3.0]), features=["x"])
    assert case.totals.tolist() == [4]
    assert "selection.amount-unknown" in [f.code for f in case.findings]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"id": ["a", "a", "c"]}, "selection.id-repeated"),
        ({"status": [2, 9, 0]}, "selection.status"),
        ({"x": ["1", "two", "3"]}, "selection.not-numbers"),
        ({"x": [1.0, -2.0, 3.0]}, "planning.amounts"),
        ({"cost": [1.0, -2.0, 3.0]}, "planning.cost"),
        ({"status": [0, 0, 2]}, "selection.locked"),
        ({"locked_in": [1, 0, 0], "locked_out": [1, 0, 0]}, "selection.locked"),
    ],
)
def test_bad_tables_are_refused(changed, expected):
    assert code(units_of_table, rows(**changed), features=["x"]) == expected


def test_a_missing_column_brings_the_nearest_name():
    with pytest.raises(InputError) as raised:
        units_of_table(rows(swamp=[1.0, 2, 3]), features=["swam"])
    assert raised.value.findings[0].data["nearest"] == "swamp"


def test_edges_need_polygons():
    assert code(units_of_table, rows(), features=["x"], edges=True) == "selection.no-polygons"
    points = gpd.GeoDataFrame(rows(), geometry=gpd.points_from_xy([0, 1, 2], [0, 0, 0]))
    assert code(units_of_table, points, features=["x"], edges=True) == "selection.not-polygons"


def test_shapes_of_arrays_must_agree():
    assert code(unit_case, np.ones((2, 1)), cost=np.ones(2), ids=["a"]) == "planning.shape"
    wrong = np.zeros(3, dtype=bool)
    assert code(unit_case, np.ones((2, 1)), cost=np.ones(2), locked_in=wrong) == "planning.shape"


def test_edges_of_polygons():
    # Two squares of 2 side by side; a third of 1 beside half of the second; a fourth at a corner.
    shapes = [
        shapely.box(0, 0, 2, 2),
        shapely.box(2, 0, 4, 2),
        shapely.box(4, 0, 5, 1),
        shapely.box(5, 1, 6, 2),
    ]
    lengths, found = polygon_boundary(shapes)
    expected = np.diag([8.0, 8, 4, 4])
    expected[0, 1] = expected[1, 0] = 2
    expected[1, 2] = expected[2, 1] = 1
    assert lengths.toarray().tolist() == expected.tolist()
    assert shared_edges(lengths).tolist() == [[0, 1], [1, 2]]
    assert found == ()


def test_a_hole_belongs_to_the_perimeter_and_can_be_filled():
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    lengths, _ = polygon_boundary([ring, shapely.box(1, 1, 2, 2)])
    assert lengths.toarray().tolist() == [[12 + 4, 4], [4, 4]]


def test_polygons_drawn_slightly_apart_share_an_edge_within_the_tolerance():
    shapes = [shapely.box(0, 0, 2, 2), shapely.box(2.001, 0, 4, 2)]
    assert polygon_boundary(shapes)[0][0, 1] == 0
    assert polygon_boundary(shapes, tolerance=0.01)[0][0, 1] == pytest.approx(2)


def test_overlaps_are_told():
    _, found = polygon_boundary([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)])
    assert [(f.code, f.data["count"]) for f in found] == [("selection.overlap", 1)]


def test_edges_of_cells_are_those_of_their_polygons():
    grid = Grid(0.0, 6.0, 3.0, 2.0, 3, 3)
    known = np.array([[1, 1, 0], [0, 1, 1], [1, 1, 1]], dtype=bool)
    boxes = [
        shapely.box(3 * c, 6 - 2 * r - 2, 3 * c + 3, 6 - 2 * r)
        for r, c in np.argwhere(known).tolist()
    ]
    assert np.array_equal(
        cell_boundary(known, grid=grid).toarray(), polygon_boundary(boxes)[0].toarray()
    )


def test_polygons_sum_a_raster_by_the_share_they_cover():
    grid = Grid(0.0, 2.0, 1.0, 1.0, 2, 2)
    raster = Raster(np.array([[1.0, 10.0], [100.0, np.nan]]), grid, "EPSG:32718")
    table = gpd.GeoDataFrame(
        {"id": [1, 2], "cost": [1.0, 1.0]},
        geometry=[shapely.box(0, 0, 1.5, 2), shapely.box(1.5, 0, 2, 2)],
        crs="EPSG:32718",
    )
    case = units_of_table(table, features=["carbon"], rasters=[raster])
    assert case.units.amounts[0].toarray().tolist() == [[1 + 100 + 0.5 * 10], [0.5 * 10]]
    assert code(units_of_table, table, features=["a", "b"], rasters=[raster]) == "selection.rasters"


def test_cells_with_a_cost_are_units_and_totals_count_all_cells():
    grid = Grid(0.0, 2.0, 1.0, 1.0, 2, 2)
    cost = Raster(np.array([[1.0, np.nan], [3.0, 4.0]]), grid, "EPSG:32718")
    swamp = Raster(np.array([[1.0, 2.0], [3.0, np.nan]]), grid, "EPSG:32718")
    case = units_of_raster(cost, features=["swamp"], rasters=[swamp])
    assert case.ids.tolist() == [0, 2, 3]
    assert case.totals.tolist() == [1 + 2 + 3]
    assert case.units.amounts[0].toarray().ravel().tolist() == [1, 3, 0]
    assert sparse.csr_array(case.boundary).diagonal().tolist() == [4, 4, 4]
    assert shared_edges(case.boundary).tolist() == [[0, 1], [1, 2]]
    other = Raster(np.ones((1, 1)), Grid(0.0, 1.0, 1.0, 1.0, 1, 1), "EPSG:32718")
    assert code(units_of_raster, cost, features=["x"], rasters=[other]) == "selection.rasters"
