"""Rasterization against shapely on every cell, one by one."""

from itertools import pairwise

import numpy as np
import pytest
import shapely

from nonetloss.core.errors import InputError
from nonetloss.landscape.shapes import lines_of, polygons_of
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.rasterize import (
    line_lengths,
    rasterize_center,
    rasterize_majority,
    rasterize_touched,
)

GRID = Grid(left=0.0, top=16.0, cell_width=1.0, cell_height=1.0, rows=16, columns=16)


def boxes(grid):
    columns, rows = np.meshgrid(np.arange(grid.columns), np.arange(grid.rows))
    left = grid.left + columns * grid.cell_width
    top = grid.top - rows * grid.cell_height
    return shapely.box(left, top - grid.cell_height, left + grid.cell_width, top)


def lattice_points(rng, count, step):
    """Points on a lattice finer than the grid, some outside it: every kind of touching occurs."""
    return np.round(rng.uniform(-3, 19, (count, 2)) / step) * step


def test_touched_polygons_equal_shapely_intersects():
    rng = np.random.default_rng(0)
    cells = boxes(GRID)
    tested = 0
    while tested < 150:
        step = [1.0, 0.5, 0.25, 0.001][tested % 4]
        shape = shapely.Polygon(lattice_points(rng, rng.integers(3, 7), step))
        if not shape.is_valid or shape.is_empty:
            continue
        found = rasterize_touched(polygons_of([shape]), grid=GRID)
        np.testing.assert_array_equal(found, shapely.intersects(cells, shape), err_msg=shape.wkt)
        tested += 1


def test_touched_lines_equal_shapely_intersects():
    rng = np.random.default_rng(1)
    cells = boxes(GRID)
    for i in range(150):
        step = [1.0, 0.5, 0.25, 0.001][i % 4]
        line = shapely.LineString(lattice_points(rng, rng.integers(2, 6), step))
        if i % 3 == 0:
            line = shapely.MultiLineString([line, shapely.LineString(lattice_points(rng, 2, 1.0))])
        found = rasterize_touched(lines_of([line]), grid=GRID)
        np.testing.assert_array_equal(found, shapely.intersects(cells, line), err_msg=line.wkt)


def test_touched_equals_shapely_on_a_metric_grid_with_large_coordinates():
    grid = Grid(500_000.0, 9_070_000.0, 30.0, 30.0, rows=25, columns=30)
    rng = np.random.default_rng(2)
    cells = boxes(grid)
    left, bottom, right, top = grid.bounds
    for _ in range(40):
        line = shapely.LineString(rng.uniform([left, bottom], [right, top], (4, 2)))
        found = rasterize_touched(lines_of([line]), grid=grid)
        np.testing.assert_array_equal(found, shapely.intersects(cells, line))


def test_a_thin_tip_and_a_point_are_kept():
    # 1 mm wide, between two rows of cell centers: center rasterization loses all of it.
    tip = shapely.box(2.5, 7.1, 9.5, 7.101)
    zones = polygons_of([tip])
    assert not rasterize_center(zones, np.array([1]), grid=GRID, fill=0).any()
    touched = rasterize_touched(zones, grid=GRID)
    assert touched[8, 2:10].all()
    assert touched.sum() == 8
    point = lines_of([shapely.LineString([(4.5, 4.5), (4.5, 4.5)])])
    assert np.argwhere(rasterize_touched(point, grid=GRID)).tolist() == [[11, 4]]


def test_a_corner_touches_four_cells():
    corner = lines_of([shapely.LineString([(5, 5), (5, 5)])])
    found = np.argwhere(rasterize_touched(corner, grid=GRID)).tolist()
    assert found == [[10, 4], [10, 5], [11, 4], [11, 5]]


def test_no_shape_touches_nothing():
    assert not rasterize_touched(polygons_of([]), grid=GRID).any()
    assert not rasterize_touched(lines_of([]), grid=GRID).any()


def test_centers_equal_shapely_contains():
    rng = np.random.default_rng(3)
    x, y = GRID.center_of(*np.indices(GRID.shape))
    tested = 0
    while tested < 100:
        shape = shapely.Polygon(rng.uniform(-3, 19, (rng.integers(3, 8), 2)))
        if not shape.is_valid:
            continue
        shape = shape.difference(shapely.Point(8, 8).buffer(2.2))
        if shape.is_empty:
            continue
        found = rasterize_center(polygons_of([shape]), np.array([7]), grid=GRID, fill=0)
        np.testing.assert_array_equal(found == 7, shapely.contains_xy(shape, x, y))
        tested += 1


def test_centers_on_shared_edges_go_to_one_polygon_and_later_ones_overwrite():
    halves = polygons_of([shapely.box(0, 0, 7.5, 16), shapely.box(7.5, 0, 16, 16)])
    found = rasterize_center(halves, np.array([1, 2]), grid=GRID, fill=0)
    assert np.unique(found, return_counts=True)[1].tolist() == [7 * 16, 9 * 16]
    both = polygons_of([shapely.box(0, 0, 16, 16), shapely.box(0, 0, 2, 2)])
    found = rasterize_center(both, np.array([1.0, 2.0]), grid=GRID, fill=np.nan)
    assert (found == 2).sum() == 4


def test_majority_adds_shares_of_equal_values():
    # One cell: 0.4 of class 1, 0.3 + 0.3 of class 2 in two polygons.
    zones = polygons_of(
        [shapely.box(0, 15, 0.4, 16), shapely.box(0.4, 15, 0.7, 16), shapely.box(0.7, 15, 1, 16)]
    )
    found = rasterize_majority(zones, np.array([1, 2, 2]), grid=GRID, fill=0)
    assert found[0, 0] == 2
    assert (found != 0).sum() == 1
    assert rasterize_majority(zones, np.array([1, 2, 3]), grid=GRID, fill=0)[0, 0] == 1


def test_majority_equals_the_largest_intersection():
    rng = np.random.default_rng(6)
    points = shapely.MultiPoint(rng.uniform(0, 16, (40, 2)))
    frame = shapely.box(0, 0, 16, 16)
    tiles = np.array(list(shapely.voronoi_polygons(points, extend_to=frame).geoms))
    tiles = shapely.intersection(tiles, frame)
    found = rasterize_majority(polygons_of(tiles), np.arange(len(tiles)), grid=GRID, fill=-1)
    shares = np.stack([shapely.area(shapely.intersection(boxes(GRID), t)) for t in tiles])
    np.testing.assert_allclose(
        np.take_along_axis(shares, found[None], axis=0)[0], shares.max(axis=0), atol=1e-9
    )


def test_majority_minimum_and_full_cells():
    zones = polygons_of([shapely.box(0, 12, 4.3, 16), shapely.box(1, 13, 2, 14)])
    found = rasterize_majority(zones, np.array([5, 6]), grid=GRID, fill=0, minimum=0.5)
    assert found[0, :6].tolist() == [5, 5, 5, 5, 0, 0]
    assert found[2, 1] == 5


def test_values_must_match_the_polygons():
    zones = polygons_of([shapely.box(0, 0, 1, 1)])
    for verb in (rasterize_center, rasterize_majority):
        with pytest.raises(InputError) as caught:
            verb(zones, np.array([1, 2]), grid=GRID, fill=0)
        assert caught.value.findings[0].code == "zonal.values"


def test_line_lengths_equal_the_intersections_with_cell_boxes():
    rng = np.random.default_rng(7)
    lines = [shapely.LineString(rng.uniform(-3, 19, (5, 2))) for _ in range(30)]
    lines.append(shapely.MultiLineString([[(0.5, 0.5), (3.5, 0.5)], [(10.2, 3), (10.2, 9)]]))
    found = line_lengths(lines_of(lines), grid=GRID)
    for i, line in enumerate(lines):
        part = slice(found.offsets[i], found.offsets[i + 1])
        raster = np.zeros(GRID.shape)
        raster.ravel()[found.cells[part]] = found.lengths[part]
        # A line that crosses itself would be cut short by `intersection`: sum its segments.
        wanted = sum(
            shapely.length(shapely.intersection(boxes(GRID), shapely.LineString(pair)))
            for part in shapely.get_parts(line)
            for pair in pairwise(part.coords)
        )
        np.testing.assert_allclose(raster, wanted, atol=1e-9)
    np.testing.assert_allclose(found.total, shapely.length(np.array(lines)), rtol=1e-12)


def test_line_along_a_border_counts_once():
    found = line_lengths(lines_of([shapely.LineString([(3, 2.5), (3, 6)])]), grid=GRID)
    assert (found.cells % 16).tolist() == [3] * 4
    assert found.lengths.sum() == pytest.approx(3.5)
