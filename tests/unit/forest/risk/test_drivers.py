"""Bins of drivers against brute force, window by window."""

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, MultiPoint, Point, box

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.forest.risk.classes import class_edges
from nonetloss.forest.risk.cover import ForestCover, forest_at, lost_in
from nonetloss.forest.risk.drivers import (
    distance_edges,
    edge_driver,
    loss_driver,
    near_driver,
    outside_driver,
    read_bins,
    share_driver,
    value_driver,
)
from nonetloss.forest.risk.nearness import nearness
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.capped_distance import BEYOND
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayCells, Window, windows

ROWS, COLUMNS, PIXEL = 26, 31, 100.0
GRID = Grid(0.0, ROWS * PIXEL, PIXEL, PIXEL, ROWS, COLUMNS)
TITLE = Text(es="a", en="b")


def raster(values):
    return WindowedRaster(ArrayCells(values), GRID, "EPSG:32719")


@pytest.fixture(scope="module")
def cover():
    rng = np.random.default_rng(2)
    codes = rng.choice([0, 1, 5, 6, 8], p=[0.05, 0.25, 0.5, 0.1, 0.1], size=GRID.shape)
    inside = np.ones(GRID.shape, dtype=np.uint8)
    inside[:, :4] = 0
    years = (2000.0, 2010.0, 2020.0)
    return ForestCover(raster(codes.astype(np.uint8)), years, raster(inside))


def whole(driver, date):
    out = np.zeros(GRID.shape, dtype=np.int64)
    for window in windows(GRID.shape, side=11):
        out[window.slices] = driver.bins_of(window, date)
    return out


def centers():
    rows, columns = np.indices(GRID.shape)
    x, y = GRID.center_of(rows, columns)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def test_forest_around_is_the_share_of_a_loop(cover):
    driver = share_driver(cover, 320.0)
    codes = cover.codes.cells.read(Window(0, 0, ROWS, COLUMNS))
    land = cover.inside.cells.read(Window(0, 0, ROWS, COLUMNS)) != 0
    forest = forest_at(codes, 2) & land
    expected = np.zeros(GRID.shape, dtype=int)
    for r, c in np.ndindex(*GRID.shape):
        around = np.s_[max(r - 3, 0) : r + 4, max(c - 3, 0) : c + 4]
        share = forest[around].sum() / max(land[around].sum(), 1)
        expected[r, c] = min(int(15 * share + 1e-9), 14)
    assert (whole(driver, 2) == expected).all()
    assert len(driver) == 15


def test_a_radius_beyond_the_raster_sees_all_of_it(cover):
    assert np.ptp(whole(share_driver(cover, 10_000.0), 1)) == 0


def test_recent_loss_leaves_the_pixel_itself_out(cover):
    driver = loss_driver(cover, "calibration", 2)
    codes = cover.codes.cells.read(Window(0, 0, ROWS, COLUMNS))
    forest, lost = forest_at(codes, 1), lost_in(codes, "calibration")
    for r, c in np.ndindex(*GRID.shape):
        around = np.s_[max(r - 2, 0) : r + 3, max(c - 2, 0) : c + 3]
        trees = int(forest[around].sum()) - int(forest[r, c])
        gone = int(lost[around].sum()) - int(lost[r, c])
        share = gone / max(trees, 1)
        found = driver.bins_of(Window(r, c, 1, 1), 1)[0, 0]
        assert (
            driver.lower[found] <= share < driver.upper[found]
            or share == 1.0 == driver.upper[found]
        )
    assert (whole(driver, 1) == whole(driver, 2)).all()


def test_less_than_a_pixel_is_refused(cover):
    with pytest.raises(InputError) as told:
        share_driver(cover, 50.0)
    assert told.value.findings[0].code == "model.radius"


def test_the_edge_has_the_classes_of_the_benchmark(cover):
    driver = edge_driver(cover, 400.0)
    codes = cover.codes.cells.read(Window(0, 0, ROWS, COLUMNS))
    forest = forest_at(codes, 1)
    others = np.argwhere(~forest & (codes != 0))
    edges = class_edges(400.0, PIXEL)
    bins = whole(driver, 1)
    for r, c in np.argwhere(forest & (cover.inside.cells.read(Window(0, 0, ROWS, COLUMNS)) != 0)):
        distance = PIXEL * np.sqrt(((others - [r, c]) ** 2).sum(axis=1).min())
        # Class 1 is bin 0, at the threshold and beyond; bin 29 is the nearest.
        expected = min(int((distance < edges).sum()), 29)
        assert bins[r, c] == expected
    assert driver.upper[0] == np.inf
    assert driver.lower[0] == 400.0
    assert driver.lower[-1] == 0.0


def test_the_border_is_that_of_a_loop(cover):
    driver = outside_driver(cover, 5_000.0)
    outside = np.argwhere(cover.inside.cells.read(Window(0, 0, ROWS, COLUMNS)) == 0)
    edges = distance_edges(PIXEL, 5_000.0)
    bins = whole(driver, 1)
    for r, c in np.ndindex(*GRID.shape):
        distance = PIXEL * np.sqrt(((outside - [r, c]) ** 2).sum(axis=1).min())
        assert bins[r, c] == (distance >= edges).sum()


def test_a_cover_without_border_has_no_such_driver(cover):
    with pytest.raises(InputError) as told:
        outside_driver(ForestCover(cover.codes, cover.years), 5_000.0)
    assert told.value.findings[0].code == "model.no-inside"


def test_nearness_is_the_distance_to_cells_that_shapes_touch():
    shapes = [
        LineString([(150, 2550), (1250, 1350)]),
        MultiPoint([(2950, 150), (2050, 2050)]),
        box(2210, 310, 2490, 590),
        Point(),
    ]
    near = nearness(shapes, grid=GRID, reach_m=900.0, subject="roads")
    touched = np.zeros(GRID.shape, dtype=bool)
    for r, c in np.ndindex(*GRID.shape):
        top = GRID.top - r * PIXEL
        cell = box(c * PIXEL, top - PIXEL, (c + 1) * PIXEL, top)
        touched[r, c] = any(cell.intersects(s) for s in shapes)
    marked = np.argwhere(touched)
    found = np.zeros(GRID.shape, dtype=np.int64)
    for window in windows(GRID.shape, side=9):
        found[window.slices] = near.squares(window)
    for r, c in np.ndindex(*GRID.shape):
        square = ((marked - [r, c]) ** 2).sum(axis=1).min()
        assert found[r, c] == (square if square <= 81 else BEYOND)


def test_a_road_just_beyond_the_raster_is_near():
    beyond = [LineString([(-150, 0), (-150, 2600)])]
    near = nearness(beyond, grid=GRID, reach_m=900.0, subject="roads")
    found = np.zeros(GRID.shape, dtype=np.int64)
    for window in windows(GRID.shape, side=9):
        found[window.slices] = near.squares(window)
    # It runs in the second column to the west of the first one.
    expected = (np.arange(COLUMNS) + 2) ** 2
    assert (found == np.where(expected <= 81, expected, BEYOND)).all()


def test_no_shape_is_near_nothing():
    near = nearness([], grid=GRID, reach_m=500.0, subject="roads")
    assert (near.squares(Window(0, 0, 5, 5)) == BEYOND).all()
    driver = near_driver("roads", TITLE, near, reach_m=500.0)
    assert (driver.bins_of(Window(0, 0, 5, 5), 1) == len(driver) - 1).all()


def test_bins_of_distances_hold_what_they_say():
    near = nearness([LineString([(50, 0), (50, 2600)])], grid=GRID, reach_m=2_000.0, subject="r")
    driver = near_driver("r", TITLE, near, reach_m=2_000.0)
    bins = whole(driver, 1)
    distance = np.broadcast_to(np.arange(COLUMNS) * PIXEL, GRID.shape)
    assert (driver.lower[bins] <= distance).all()
    assert (distance < driver.upper[bins]).all()


def test_values_are_cut_at_their_quantiles_and_unknown_ones_have_their_own_bin(cover):
    rng = np.random.default_rng(4)
    values = rng.normal(300, 50, GRID.shape)
    values[3, 7] = np.nan
    driver = value_driver("elevation", TITLE, raster(values), cover)
    bins = whole(driver, 1)
    assert bins[3, 7] == len(driver) - 1
    assert np.isnan(driver.lower[-1])
    inside = np.bincount(bins[:, 4:].ravel(), minlength=len(driver))[:-1]
    assert inside.min() > 0.9 * inside.max() - 2
    known = bins != len(driver) - 1
    assert (driver.lower[bins[known]] <= values[known]).all()
    assert (values[known] < driver.upper[bins[known]]).all()


def test_a_mask_of_zero_and_one_has_two_bins(cover):
    values = np.zeros(GRID.shape)
    values[:10] = 1.0
    driver = value_driver("protected", TITLE, raster(values), cover)
    bins = whole(driver, 1)
    assert set(np.unique(bins[:10])) == {1}
    assert set(np.unique(bins[10:])) == {0}


def test_infinite_values_do_not_spoil_the_bins(cover):
    values = np.random.default_rng(4).normal(300, 50, GRID.shape)
    values[5, 8:20] = np.inf
    driver = value_driver("elevation", TITLE, raster(values), cover)
    assert np.isfinite(driver.lower[1:-1]).all()
    assert (whole(driver, 1)[5, 8:20] == len(driver) - 2).all()


def test_a_driver_without_variation_is_refused(cover):
    with pytest.raises(InputError) as told:
        value_driver("flat", TITLE, raster(np.full(GRID.shape, 3.0)), cover)
    assert told.value.findings[0].code == "model.constant"


def test_another_state_of_the_world_replaces_one_driver(cover):
    roads = gpd.GeoSeries([LineString([(50, 0), (50, 2600)])])
    near = nearness(roads, grid=GRID, reach_m=2_000.0, subject="r")
    drivers = [edge_driver(cover, 400.0), near_driver("r", TITLE, near, reach_m=2_000.0)]
    window = Window(2, 3, 4, 5)
    where = np.ones((4, 5), dtype=bool)
    where[0, 0] = False
    zeros = {1: lambda w: np.zeros((w.rows, w.columns), dtype=np.uint8)}
    bins = read_bins(drivers, window, 1, where=where, instead=zeros)
    assert bins.shape == (19, 2)
    assert (bins[:, 1] == 0).all()
    assert (bins[:, 0] == drivers[0].bins_of(window, 1)[where]).all()


def test_declared_absence_of_whole_numbers_has_the_bin_of_the_unknown(cover):
    rng = np.random.default_rng(4)
    values = rng.integers(100, 900, GRID.shape).astype(np.int16)
    values[3, 7] = values[9, 9] = -32768
    stored = WindowedRaster(ArrayCells(values), GRID, "EPSG:32719", absent=-32768)
    driver = value_driver("elevation", TITLE, stored, cover)
    bins = whole(driver, 1)
    assert bins[3, 7] == bins[9, 9] == len(driver) - 1
    assert driver.upper[0] > 100
