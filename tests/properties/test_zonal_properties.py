"""What must hold for any polygon and any raster."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.coverage import coverage
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.rasterize import rasterize_touched
from nonetloss.numerics.zonal import zonal_table

GRID = Grid(left=-20.0, top=30.0, cell_width=4.0, cell_height=2.5, rows=20, columns=12)

coordinate = st.one_of(
    st.integers(-30, 40).map(float),
    st.floats(-30, 40, allow_nan=False).map(lambda x: round(x, 3)),
)
polygons = (
    st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=7)
    .map(shapely.Polygon)
    .map(lambda shape: shape if shape.is_valid else shape.convex_hull)
    .filter(lambda shape: shape.geom_type == "Polygon" and shape.area > 1e-6)
)


@settings(derandomize=True, deadline=None, max_examples=80)
@given(polygons)
def test_shares_add_up_to_the_area_inside_the_grid(shape):
    found = coverage(polygons_of([shape]), grid=GRID)
    inside = shapely.intersection(shape, shapely.box(*GRID.bounds)).area
    np.testing.assert_allclose(found.covered_area[0], inside, rtol=1e-9, atol=1e-9)
    cells, shares = found.cells_of(0)
    assert len(np.unique(cells)) == len(cells)
    assert ((shares > 0) & (shares <= 1)).all()


@settings(derandomize=True, deadline=None, max_examples=60)
@given(polygons, polygons)
def test_intersection_and_difference_split_a_zone(first, second):
    parts = [shapely.intersection(first, second), shapely.difference(first, second)]
    parts = [
        shapely.MultiPolygon([p for p in shapely.get_parts(part) if p.geom_type == "Polygon"])
        for part in parts
    ]
    if not all(part.is_valid for part in parts):
        return
    found = coverage(polygons_of([first, *parts]), grid=GRID)
    whole, a, b = (found.raster_of(zone) for zone in range(3))
    np.testing.assert_allclose(whole, a + b, atol=1e-7)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(polygons)
def test_every_covered_cell_is_touched(shape):
    zones = polygons_of([shape])
    covered = coverage(zones, grid=GRID).raster_of(0) > 0
    assert rasterize_touched(zones, grid=GRID)[covered].all()


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.permutations(range(3)), st.integers(0, 10**6))
def test_the_order_of_layers_and_zones_changes_nothing(order, seed):
    rng = np.random.default_rng(seed)
    shapes = [shapely.Point(*rng.uniform(-20, 30, 2)).buffer(9) for _ in range(3)]
    layers = {str(i): rng.integers(0, 4, GRID.shape) for i in range(3)}
    plain = zonal_table(polygons_of(shapes), layers, grid=GRID)
    turned = zonal_table(
        polygons_of([shapes[i] for i in order]), {str(i): layers[str(i)] for i in order}, grid=GRID
    )
    for name, table in turned.classes.items():
        np.testing.assert_array_equal(table.area, plain.classes[name].area[list(order)])
