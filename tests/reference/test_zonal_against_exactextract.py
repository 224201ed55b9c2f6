"""Class areas and statistics against the exactextract program."""

import geopandas
import numpy as np
import pytest
import shapely

from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.zonal import zonal_table

exactextract = pytest.importorskip(
    "exactextract", reason="exactextract comes with the benchmark dependencies (make bench)"
)

GRID = Grid(left=1000.0, top=5000.0, cell_width=25.0, cell_height=20.0, rows=120, columns=150)


@pytest.fixture(scope="module")
def zones():
    rng = np.random.default_rng(11)
    left, bottom, right, top = GRID.bounds
    centers = rng.uniform([left, bottom], [right, top], (60, 2))
    shapes = []
    for i, center in enumerate(centers):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 40))
        radius = rng.uniform(20, 30 + 15 * i, 40)
        shape = shapely.Polygon(
            np.column_stack(
                [center[0] + radius * np.cos(angle), center[1] + radius * np.sin(angle)]
            )
        )
        shapes.append(shape if i % 2 else shape.difference(shapely.Point(center).buffer(15)))
    return [shape for shape in shapes if shape.is_valid]


def peer(raster, zones, operations):
    from exactextract.raster import NumPyRasterSource

    left, bottom, right, top = GRID.bounds
    wkt = geopandas.GeoSeries([], crs="EPSG:32718").crs.to_wkt()
    source = NumPyRasterSource(raster, left, bottom, right, top, name="raster", srs_wkt=wkt)
    frame = geopandas.GeoDataFrame(geometry=zones, crs="EPSG:32718")
    return exactextract.exact_extract(source, frame, operations, output="pandas")


def test_class_areas_against_exactextract(zones):
    raster = np.random.default_rng(1).integers(0, 9, GRID.shape).astype(np.uint8)
    table = zonal_table(polygons_of(zones), raster, grid=GRID)
    found = table.classes["raster"]
    rows = peer(raster, zones, ["unique", "frac", "count"])
    wanted = np.zeros_like(found.area)
    for zone, row in rows.iterrows():
        wanted[zone, np.searchsorted(found.classes, row["unique"])] = row["frac"] * row["count"]
    np.testing.assert_allclose(found.area, wanted * GRID.cell_area, rtol=1e-5, atol=0.05)


def test_statistics_against_exactextract(zones):
    rng = np.random.default_rng(2)
    raster = rng.normal(50, 20, GRID.shape)
    raster[rng.random(GRID.shape) < 0.1] = np.nan
    found = zonal_table(polygons_of(zones), raster, grid=GRID, by="stats").stats["raster"]
    rows = peer(raster, zones, ["sum", "mean", "min", "max", "count"])
    np.testing.assert_allclose(found.sum, rows["sum"], rtol=1e-5, atol=0.05)
    np.testing.assert_allclose(found.mean, rows["mean"], rtol=1e-5)
    np.testing.assert_allclose(found.valid_area, rows["count"] * GRID.cell_area, rtol=1e-5)
    np.testing.assert_array_equal(found.minimum, rows["min"])
    np.testing.assert_array_equal(found.maximum, rows["max"])
