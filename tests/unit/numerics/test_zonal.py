"""Zonal tables against sums over the coverage written out, and hand-made cases."""

import numpy as np
import pytest
import shapely

from nonetloss.core.errors import InputError
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics import zonal
from nonetloss.numerics.coverage import coverage
from nonetloss.numerics.grid import Grid

GRID = Grid(left=100.0, top=300.0, cell_width=10.0, cell_height=5.0, rows=40, columns=20)


@pytest.fixture
def zones():
    centers = np.random.default_rng(5).uniform([90, 90], [310, 310], (30, 2))
    shapes = [shapely.Point(c).buffer(7 + 3 * i) for i, c in enumerate(centers)]
    return polygons_of(shapes)


def dense(zones):
    covered = coverage(zones, grid=GRID)
    return np.stack([covered.raster_of(z) for z in range(len(covered))])


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int64, np.uint32])
def test_class_areas_equal_dense_sums(zones, kind):
    rng = np.random.default_rng(1)
    values = {np.uint8: [0, 3, 200], np.int16: [-7, 2, 30000], np.uint32: [1, 2, 4_000_000_000]}
    raster = rng.choice(values.get(kind, [-(10**12), 0, 10**12]), GRID.shape).astype(kind)
    table = zonal.zonal_table(zones, {"a": raster}, grid=GRID, by="class")
    shares = dense(zones)
    found = table.classes["a"]
    assert found.classes.dtype == kind
    assert found.classes.tolist() == np.unique(raster).tolist()
    for k, value in enumerate(found.classes):
        wanted = (shares * (raster == value)).sum(axis=(1, 2)) * 50.0
        np.testing.assert_allclose(found.area[:, k], wanted, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(found.area.sum(axis=1), table.covered_area, rtol=1e-12, atol=1e-9)


def test_nodata_is_counted_apart(zones):
    raster = np.full(GRID.shape, 4, dtype=np.uint8)
    raster[:, 10:] = 255
    found = zonal.zonal_table(zones, raster, grid=GRID, nodata=255).classes["raster"]
    shares = dense(zones) * 50.0
    assert found.classes.tolist() == [4]
    np.testing.assert_allclose(found.missing_area, shares[:, :, 10:].sum(axis=(1, 2)), atol=1e-9)
    np.testing.assert_allclose(found.area[:, 0], shares[:, :, :10].sum(axis=(1, 2)), atol=1e-9)


def test_booleans_are_classes_too(zones):
    raster = np.random.default_rng(2).random(GRID.shape) < 0.5
    found = zonal.zonal_table(zones, raster, grid=GRID).classes["raster"]
    assert found.classes.tolist() == [False, True]
    wanted = (dense(zones) * raster).sum(axis=(1, 2)) * 50.0
    np.testing.assert_allclose(found.area[:, 1], wanted, atol=1e-9)


@pytest.mark.parametrize("nodata", [None, 17.0])
def test_stats_equal_dense_sums(zones, nodata):
    rng = np.random.default_rng(3)
    raster = rng.integers(0, 30, GRID.shape).astype(np.float32)
    raster[rng.random(GRID.shape) < 0.2] = np.nan
    found = zonal.zonal_table(
        zones, {"a": raster, "b": raster * 2}, grid=GRID, by="stats", nodata={"a": nodata}
    ).stats["a"]
    shares = dense(zones)
    known = ~np.isnan(raster) if nodata is None else ~np.isnan(raster) & (raster != nodata)
    value = np.where(known, raster, 0).astype(float)
    weight = shares * known
    total, area = (weight * value).sum(axis=(1, 2)), weight.sum(axis=(1, 2))
    np.testing.assert_allclose(found.sum, total, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(found.integral, total * 50.0, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(found.valid_area, area * 50.0, rtol=1e-12, atol=1e-9)
    missing = (shares * ~known).sum(axis=(1, 2)) * 50.0
    np.testing.assert_allclose(found.missing_area, missing, rtol=1e-12, atol=1e-9)
    some = area > 0
    np.testing.assert_allclose(found.mean[some], total[some] / area[some], rtol=1e-12)
    for zone in np.flatnonzero(some):
        inside = value[weight[zone] > 0]
        assert found.minimum[zone] == inside.min()
        assert found.maximum[zone] == inside.max()


def test_no_known_value_gives_nan_not_zero():
    zones = polygons_of([shapely.box(110, 200, 130, 220), shapely.box(0, 0, 5, 5)])
    raster = np.full(GRID.shape, np.nan)
    found = zonal.zonal_table(zones, raster, grid=GRID, by="stats").stats["raster"]
    assert np.isnan([*found.mean, *found.minimum, *found.maximum]).all()
    assert found.missing_area.tolist() == [400.0, 0.0]
    assert found.valid_area.tolist() == [0.0, 0.0]


def test_overlapping_zones_are_both_complete():
    box = shapely.box(110, 200, 130, 220)
    zones = polygons_of([box, box, box.buffer(20, join_style="mitre")])
    raster = np.ones(GRID.shape, dtype=np.uint8)
    found = zonal.zonal_table(zones, raster, grid=GRID)
    # The third reaches 10 left of the grid: a strip of 10 x 60.
    np.testing.assert_allclose(found.classes["raster"].area[:, 0], [400.0, 400.0, 60 * 60 - 600])
    np.testing.assert_allclose(found.outside_share, [0, 0, 600 / 3600])


def test_a_coverage_is_shared_and_large_zones_are_split(zones, monkeypatch):
    rng = np.random.default_rng(9)
    layers = {f"layer {i}": rng.integers(0, 5, GRID.shape) for i in range(3)}
    covered = coverage(zones, grid=GRID)
    whole = zonal.zonal_table(covered, layers, grid=GRID)
    monkeypatch.setattr(zonal, "_TASK_CELLS", 57)
    split = zonal.zonal_table(covered, layers, grid=GRID, threads=2)
    stats = zonal.zonal_table(covered, layers, grid=GRID, by="stats", threads=2)
    for name in layers:
        a, b = whole.classes[name], split.classes[name]
        np.testing.assert_allclose(a.area, b.area, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(stats.stats[name].sum, (b.area / 50) @ b.classes, atol=1e-9)


def test_no_zones_give_empty_tables():
    found = zonal.zonal_table(polygons_of([]), np.ones(GRID.shape, dtype=int), grid=GRID)
    assert found.classes["raster"].area.shape == (0, 0)
    stats = zonal.zonal_table(polygons_of([]), np.ones(GRID.shape), grid=GRID, by="stats")
    assert stats.stats["raster"].sum.shape == (0,)


def test_rasters_on_another_grid_are_refused(zones):
    with pytest.raises(InputError) as caught:
        zonal.zonal_table(zones, np.ones((3, 3), dtype=int), grid=GRID)
    assert caught.value.findings[0].code == "zonal.shape"
    other = coverage(zones, grid=Grid(0.0, 1.0, 1.0, 1.0, 40, 20))
    with pytest.raises(InputError) as caught:
        zonal.zonal_table(other, np.ones(GRID.shape, dtype=int), grid=GRID)
    assert caught.value.findings[0].code == "zonal.shape"


def test_classes_of_floats_are_refused(zones):
    with pytest.raises(InputError) as caught:
        zonal.zonal_table(zones, np.ones(GRID.shape), grid=GRID)
    assert caught.value.findings[0].code == "zonal.not-integer"
    assert "float64" in caught.value.render("es")
