"""Whatever the forest: windows change nothing, plain arrays say the same, allocations add up."""

from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.classes import CLASSES, EdgeClasses
from nonetloss.forest.risk.cover import UNKNOWN, ForestCover, codes_of, forest_at, lost_in
from nonetloss.forest.risk.density import (
    Divisions,
    Fitted,
    allocate,
    divisions_of,
    fit_classes,
    predict_classes,
)
from nonetloss.forest.risk.threshold import negligible_risk_threshold
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Window, as_cells

CRS = "EPSG:32719"
few = partial(settings, derandomize=True, deadline=None)


@st.composite
def covers(draw):
    """Codes, jurisdiction, divisions and the cover of them, up to 40 × 40 cells."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(2, 40)), draw(st.integers(2, 40)))
    pixel = draw(st.sampled_from([5.0, 10.0, 20.0, 27.829872698318393, 30.0, 100.0]))
    open_share = draw(st.sampled_from([0.003, 0.02, 0.2]))
    first = rng.random(shape) > open_share
    first[rng.integers(shape[0]), rng.integers(shape[1])] = False
    second = first & (rng.random(shape) > 0.1)
    third = (second & (rng.random(shape) > 0.1)) | (~first & (rng.random(shape) < 0.1))
    codes = codes_of(first, second, third)
    codes[rng.random(shape) < draw(st.sampled_from([0.0, 0.05]))] = UNKNOWN
    inside = None
    if draw(st.booleans()):
        inside = (rng.random(shape) < 0.8).astype(np.uint8)
    divisions = rng.integers(1, draw(st.integers(2, 5)), shape).astype(np.int16)
    grid = Grid(300_000.0, 8_700_000.0, pixel, pixel, *shape)
    mask = None if inside is None else WindowedRaster(as_cells(inside), grid, CRS)
    cover = ForestCover(WindowedRaster(as_cells(codes), grid, CRS), (2000, 2010, 2020), mask)
    counted = np.ones(shape, bool) if inside is None else inside == 1
    return codes, counted, divisions, cover


def plain_threshold(codes, counted, pixel, share):
    forest = forest_at(codes, 1)
    edge = ~forest & (codes != UNKNOWN)
    cells = distance_transform_edt(~edge)[lost_in(codes, "historical") & counted]
    bins = np.floor(cells - cells.min()).astype(int)
    reached = np.cumsum(np.bincount(bins)) / cells.size >= share
    return int((cells.min() + np.argmax(reached)) * pixel + pixel / 2)


def plain_classes(codes, counted, date, threshold, pixel):
    """Distances on the whole array; edges of classes compared one after the other."""
    forest = forest_at(codes, date)
    distance = distance_transform_edt(forest | (codes == UNKNOWN)) * pixel
    last = int(pixel)
    edges = [threshold, *(threshold * (last / threshold) ** (i / 29) for i in range(1, 29)), last]
    classes = np.full(codes.shape, CLASSES)
    for k in range(CLASSES - 1, -1, -1):
        classes[distance >= edges[k]] = k + 1
    classes[~(forest & counted)] = 0
    return classes


def known_edge(codes, date):
    return (~forest_at(codes, date) & (codes != UNKNOWN)).any()


@few(max_examples=40)
@given(covers(), st.integers(3, 17), st.sampled_from([0.6, 0.9, 0.995, 1.0]))
def test_threshold_classes_and_regions_are_those_of_plain_arrays(case, side, share):
    codes, counted, divisions, cover = case
    pixel = cover.codes.grid.cell_width
    assume((lost_in(codes, "historical") & counted).any())
    assume((lost_in(codes, "calibration") & counted).any() and known_edge(codes, 1))
    found = negligible_risk_threshold(cover, share=share, side=side)
    assert found.meters == plain_threshold(codes, counted, pixel, share)
    classes_of = EdgeClasses(cover, found.meters)
    spread = divisions_of(WindowedRaster(as_cells(divisions), cover.codes.grid, CRS), cover)
    fit = fit_classes(cover, classes_of, period="calibration", divisions=spread, side=side)
    classes = plain_classes(codes, counted, 1, found.meters, pixel)
    gone = lost_in(codes, "calibration")
    for k in range(1, CLASSES + 1):
        for d in range(1, spread.count + 1):
            here = (classes == k) & (divisions == d)
            assert fit.pixels[k, d] == here.sum()
            assert fit.lost[k, d] == (here & gone).sum()
    assert fit.pixels.sum() == (forest_at(codes, 1) & counted).sum()


def _require_nothing_to_allocate(refused):
    assert [f.code for f in refused.findings] == ["risk.nothing-to-allocate"]


@few(max_examples=30)
@given(covers(), st.integers(3, 17), st.floats(0.01, 0.9))
def test_a_predicted_map_is_one_whatever_the_windows(case, side, share):
    codes, counted, divisions, cover = case
    assume((lost_in(codes, "calibration") & counted).any() and known_edge(codes, 1))
    classes_of = EdgeClasses(cover, negligible_risk_threshold(cover).meters)
    spread = divisions_of(WindowedRaster(as_cells(divisions), cover.codes.grid, CRS), cover)
    whole = Window(0, 0, *codes.shape)
    pixel_ha = cover.codes.grid.cell_area / 1e4
    expected = share * (forest_at(codes, 2) & counted).sum() * pixel_ha
    maps = []
    for size in (side, 1000):
        fit = fit_classes(cover, classes_of, period="calibration", divisions=spread, side=size)
        try:
            told = predict_classes(
                fit, cover, classes_of, date=2, expected_ha=expected, years=10.0, model="m",
                name="x", iterations=50, side=size,
            )  # fmt: skip
        except InputError as refused:
            # All forest that is left lies where nothing was lost, or there is none.
            _require_nothing_to_allocate(refused)
            return
        maps.append((told, told.hectares.cells.read(whole)))
    (told, values), (other, same) = maps
    assert np.array_equal(values, same, equal_nan=True)
    assert (told.total_ha, told.iterations) == (other.total_ha, other.iterations)
    assert np.array_equal(np.isnan(values), ~counted | (codes == UNKNOWN))
    known = values[~np.isnan(values)].astype(float)
    assert known.sum() == pytest.approx(told.total_ha, rel=1e-6)
    assert (known >= 0).all()
    assert (known <= pixel_ha * (1 + 1e-6)).all()
    assert (values[~forest_at(codes, 2) & counted & (codes != UNKNOWN)] == 0).all()
    if not told.findings:
        assert told.total_ha == pytest.approx(expected, rel=2e-5)


@st.composite
def fits(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 4))
    shape = (CLASSES + 1, count + 1)
    pixels = rng.integers(0, 50, shape) * (rng.random(shape) < 0.7)
    pixels[0] = pixels[:, 0] = 0
    lost = np.floor(pixels * rng.random(shape) * draw(st.sampled_from([0.1, 1.0]))).astype(int)
    now = rng.integers(0, 60, shape) * (rng.random(shape) < 0.7)
    now[0] = now[:, 0] = 0
    return Fitted("calibration", Divisions(count=count), pixels, lost, 0.09), now


@few(max_examples=100)
@given(fits(), st.floats(0.001, 3.0), st.sampled_from([1, 5, 400]))
def test_an_allocation_adds_up_or_says_what_is_missing(case, share, iterations):
    fitted, now = case
    expected = share * now.sum() * 0.09
    assume(fitted.lost.any() and expected > 0)
    try:
        found = allocate(now, fitted, expected_ha=expected, iterations=iterations)
    except InputError as refused:
        _require_nothing_to_allocate(refused)
        return
    density = found.ha_per_pixel
    assert (density >= 0).all()
    assert (density <= 0.09).all()
    assert (now * density).sum() == pytest.approx(found.total_ha)
    assert found.iterations <= iterations
    assert found.total_ha <= expected * (1 + 1e-9)
    short = expected > found.total_ha * 1.00001
    assert short == ("risk.capped" in {f.code for f in found.findings})
    # Regions that are not full keep the proportions of their rates.
    rates = fitted.frequency
    seen = (fitted.pixels > 0) & (now > 0) & (rates > 0) & (density < 0.09)
    ratios = density[seen] / rates[seen]
    assert ratios == pytest.approx(np.full(ratios.shape, found.adjustment * 0.09))
    if short and iterations == 400 and (density[(now > 0) & (density > 0)] < 0.09).any():
        # With room left, rounds without end would have placed all of it.
        assert found.total_ha == pytest.approx(expected, rel=1e-3)


@few(max_examples=60)
@given(fits(), st.floats(0.01, 1.0), st.randoms(use_true_random=False))
def test_the_order_of_divisions_changes_nothing(case, share, random):
    fitted, now = case
    expected = share * now.sum() * 0.09
    order = list(range(1, now.shape[1]))
    random.shuffle(order)
    turned = [0, *order]
    other = Fitted(
        "calibration", fitted.divisions, fitted.pixels[:, turned], fitted.lost[:, turned], 0.09
    )
    try:
        one = allocate(now, fitted, expected_ha=expected)
    except InputError:
        with pytest.raises(InputError):
            allocate(now[:, turned], other, expected_ha=expected)
        return
    two = allocate(now[:, turned], other, expected_ha=expected)
    assert two.ha_per_pixel == pytest.approx(one.ha_per_pixel[:, turned])
    assert two.total_ha == pytest.approx(one.total_ha)


@few(max_examples=60)
@given(
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    st.integers(1, 13),
)
def test_blocks_cover_the_grid_once_in_order(shape, blocks, side):
    spread = Divisions(blocks=blocks, count=blocks[0] * blocks[1])
    whole = spread.read(Window(0, 0, *shape), shape)
    row, column = (side * 3) % shape[0], side % shape[1]
    part = Window(row, column, min(side, shape[0] - row), min(side, shape[1] - column))
    assert np.array_equal(spread.read(part, shape), whole[part.slices])
    assert whole.min() == 1
    assert whole.max() <= spread.count
    assert (np.diff(whole.astype(int), axis=0) >= 0).all()
    assert (np.diff(whole.astype(int), axis=1) >= 0).all()
