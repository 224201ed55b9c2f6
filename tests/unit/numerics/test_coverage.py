"""Coverage against shapely's intersection of every cell box with every polygon."""

import numpy as np
import pytest
import shapely

from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.coverage import coverage
from nonetloss.numerics.grid import Grid

GRID = Grid(left=0.0, top=20.0, cell_width=1.0, cell_height=1.0, rows=20, columns=20)


def boxes(grid):
    columns, rows = np.meshgrid(np.arange(grid.columns), np.arange(grid.rows))
    left = grid.left + columns * grid.cell_width
    top = grid.top - rows * grid.cell_height
    return shapely.box(left, top - grid.cell_height, left + grid.cell_width, top)


def star(rng, center, size, vertices):
    angle = np.sort(rng.uniform(0, 2 * np.pi, vertices))
    radius = rng.uniform(0.1, 1.0, vertices) * size
    corners = [center[0] + radius * np.cos(angle), center[1] + radius * np.sin(angle)]
    return shapely.Polygon(np.column_stack(corners))


def random_shapes(grid, *, seed, count=120):
    """Stars with holes, multipolygons, some on the lattice of half cells, some outside."""
    rng = np.random.default_rng(seed)
    left, bottom, right, top = grid.bounds
    width, height = right - left, top - bottom
    shapes = []
    while len(shapes) < count:
        center = rng.uniform([left - width / 5, bottom - height / 5], [right, top + height / 5])
        shape = star(rng, center, rng.uniform(0.01, 0.5) * width, rng.integers(3, 14))
        if not shape.is_valid:
            continue
        kind = len(shapes) % 4
        if kind == 1:
            snapped = shapely.set_precision(shape, grid.cell_width / 2)
            # Without this, shapely would round its own intersections to the same lattice.
            shape = shapely.set_precision(snapped, 0)
        elif kind == 2:
            shape = shape.difference(shapely.Point(center).buffer(width / 40))
        elif kind == 3:
            other = star(rng, rng.uniform([left, bottom], [right, top]), width / 6, 7)
            shape = shape.union(other) if other.is_valid else shape
        if shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty:
            shapes.append(shape)
    return shapes


@pytest.mark.parametrize(
    "grid",
    [
        GRID,
        Grid(-7_000_000.3, 9_000_000.7, 30.0, 12.5, 17, 13),
        Grid(-75.1, -8.2, 0.01, 0.02, 9, 22),
    ],
    ids=["unit", "utm", "degrees"],
)
def test_shares_equal_the_intersections_with_cell_boxes(grid):
    shapes = random_shapes(grid, seed=4)
    found = coverage(polygons_of(shapes), grid=grid, threads=1)
    cells = boxes(grid)
    for zone, shape in enumerate(shapes):
        wanted = shapely.area(shapely.intersection(cells, shape)) / grid.cell_area
        np.testing.assert_allclose(found.raster_of(zone), wanted, atol=2e-9)
    area = shapely.area(np.array(shapes))
    np.testing.assert_allclose(found.zone_area, area, rtol=1e-9)
    inside = shapely.area(shapely.intersection(np.array(shapes), shapely.box(*grid.bounds)))
    np.testing.assert_allclose(found.covered_area, inside, rtol=1e-9, atol=1e-9 * grid.cell_area)
    np.testing.assert_allclose(found.outside_share, 1 - inside / area, atol=1e-8)


def test_a_hand_made_triangle():
    # Right triangle with legs of 2 cells: half of two cells, all of one.
    triangle = shapely.Polygon([(0, 18), (2, 18), (0, 20)])
    found = coverage(polygons_of([triangle]), grid=GRID)
    cells, shares = found.cells_of(0)
    assert cells.tolist() == [0, 20, 21]
    assert shares.tolist() == [0.5, 1.0, 0.5]
    assert found.cells.tolist() == [0, 21]
    assert (found.run_starts.tolist(), found.run_lengths.tolist()) == ([20], [1])


def test_rectangles_between_cell_borders_keep_their_fractional_rows():
    # 3 whole columns; rows of height 0.25, 1 and 0.5.
    box = shapely.box(4.0, 10.5, 7.0, 12.25)
    shares = coverage(polygons_of([box]), grid=GRID).raster_of(0)
    assert shares[7, 4:7].tolist() == [0.25] * 3
    assert shares[8, 4:7].tolist() == [1.0] * 3
    assert shares[9, 4:7].tolist() == [0.5] * 3
    assert shares.sum() == 3 * (0.25 + 1 + 0.5)


def test_polygons_on_cell_borders_have_only_full_cells():
    found = coverage(polygons_of([shapely.box(3, 5, 9, 11)]), grid=GRID)
    assert len(found.cells) == 0
    assert found.run_lengths.tolist() == [6] * 6


def test_orientation_of_rings_does_not_matter():
    shell = [(1, 1), (15, 2), (12, 17), (2, 13)]
    hole = [(5, 5), (8, 5), (7, 9)]
    wanted = None
    for a in (shell, shell[::-1]):
        for b in (hole, hole[::-1]):
            found = coverage(polygons_of([shapely.Polygon(a, [b])]), grid=GRID).raster_of(0)
            wanted = found if wanted is None else wanted
            np.testing.assert_array_equal(found, wanted)


def test_zones_that_share_an_edge_complement_each_other_exactly():
    rng = np.random.default_rng(8)
    points = shapely.MultiPoint(rng.uniform(0, 20, (60, 2)))
    tiles = shapely.intersection(
        np.array(list(shapely.voronoi_polygons(points, extend_to=shapely.box(0, 0, 20, 20)).geoms)),
        shapely.box(0, 0, 20, 20),
    )
    found = coverage(polygons_of(tiles), grid=GRID)
    total = sum(found.raster_of(zone) for zone in range(len(tiles)))
    np.testing.assert_allclose(total, 1.0, atol=1e-12)


def test_slivers_keep_their_area():
    sliver = shapely.Polygon([(0.1, 0.1), (19.9, 19.8), (19.9, 19.8 + 1e-7)])
    found = coverage(polygons_of([sliver]), grid=GRID)
    assert found.covered_area[0] == pytest.approx(19.8 * 1e-7 / 2, rel=1e-6)


def test_a_thin_diagonal_stores_its_outline_only():
    n = 4000
    grid = Grid(0.0, float(n), 1.0, 1.0, n, n)
    strip = shapely.LineString([(5, 5), (n - 5, n - 5)]).buffer(2.0)
    found = coverage(polygons_of([strip]), grid=grid)
    assert len(found.cells) + len(found.run_starts) < 10 * n
    assert found.covered_area[0] == pytest.approx(strip.area, rel=1e-12)


def test_zones_outside_or_empty_cover_nothing():
    shapes = [shapely.box(-5, -5, -1, -1), shapely.Polygon(), shapely.box(30, 5, 40, 6)]
    found = coverage(polygons_of(shapes), grid=GRID)
    assert found.covered_area.tolist() == [0.0, 0.0, 0.0]
    assert found.outside_share[[0, 2]].tolist() == [1.0, 1.0]
    assert np.isnan(found.outside_share[1])
    assert len(coverage(polygons_of([]), grid=GRID)) == 0


def test_a_zone_larger_than_the_grid_covers_all_of_it():
    found = coverage(polygons_of([shapely.box(-10, -10, 50, 50)]), grid=GRID)
    assert found.run_lengths.tolist() == [20] * 20
    assert found.outside_share[0] == pytest.approx(1 - 400 / 3600)


def test_the_number_of_threads_changes_nothing():
    shapes = random_shapes(GRID, seed=1, count=40) * 60
    one = coverage(polygons_of(shapes), grid=GRID, threads=1)
    two = coverage(polygons_of(shapes), grid=GRID, threads=2)
    for name in ("cell_offsets", "cells", "fractions", "run_offsets", "run_starts", "run_lengths"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
