"""Polygons as cells, window by window."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import GeometryError
from nonetloss.landscape.zone_cells import zone_raster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Window, windows

CRS = "EPSG:32719"


def zones(shapes, grid, crs=CRS):
    features = gpd.GeoDataFrame(geometry=list(shapes), crs=crs)
    return zone_raster(features, grid=grid, crs=CRS, name="zones").cells


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.sampled_from([30.0, 27.829872698318393, 10 / 3]),
    st.integers(0, 99),
    st.integers(1, 9),
    st.lists(
        st.tuples(*[st.integers(-6, 46)] * 2, *[st.sampled_from([0.0, 0.25, 0.5])] * 2),
        min_size=3, max_size=6, unique=True,
    ),
)  # fmt: skip
def test_borders_through_centers_fall_alike_in_all_windows(cell, tenths, side, vertices):
    grid = Grid(300_000 + tenths / 10, 8_700_000.0, cell, cell, 40, 40)
    corners = [(grid.left + (c + a) * cell, grid.top - (r + b) * cell) for c, r, a, b in vertices]
    shape = shapely.MultiPoint(corners).convex_hull
    if shape.geom_type != "Polygon":
        return
    cells = zones([shape, shapely.box(*shape.bounds)], grid)
    whole = cells.read(Window(0, 0, 40, 40))
    for window in windows((40, 40), side=side):
        assert np.array_equal(cells.read(window), whole[window.slices])


def test_later_polygons_hold_over_earlier():
    grid = Grid(0.0, 30.0, 10.0, 10.0, 3, 3)
    cells = zones([shapely.box(0, 0, 20, 30), shapely.box(10, 0, 30, 30)], grid)
    assert cells.dtype == np.int16
    assert cells.read(Window(0, 0, 3, 3)).tolist() == [[1, 2, 2]] * 3
    assert cells.read(Window(1, 1, 2, 1)).tolist() == [[2], [2]]


def test_more_polygons_than_two_bytes_can_count():
    grid = Grid(0.0, 200.0, 1.0, 1.0, 200, 200)
    column, row = np.meshgrid(np.arange(200), np.arange(200))
    boxes = shapely.box(column, 199 - row, column + 1, 200 - row).ravel()
    found = zones(boxes, grid).read(Window(0, 0, 200, 200))
    assert np.array_equal(found.ravel(), np.arange(1, 40_001))


@pytest.mark.parametrize(("crs", "code"), [("EPSG:32718", "crs.mixed"), (None, "crs.missing")])
def test_polygons_of_another_system_are_refused(crs, code):
    with pytest.raises(GeometryError) as refused:
        zones([shapely.box(0, 0, 1, 1)], Grid(0.0, 30.0, 10.0, 10.0, 3, 3), crs=crs)
    assert refused.value.findings[0].code == code
