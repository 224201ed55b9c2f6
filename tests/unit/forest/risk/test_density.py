"""Regions, frequencies and the allocation against plain arithmetic."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.classes import CLASSES, EdgeClasses
from nonetloss.forest.risk.cover import forest_at, lost_in
from nonetloss.forest.risk.density import (
    Divisions,
    Fitted,
    allocate,
    divisions_of,
    fit_classes,
    fitted_map,
    predict_classes,
)
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.windows import Window, as_cells

WHOLE = Window(0, 0, 150, 170)


def fitted(pixels, lost, pixel_ha=0.09):
    """Regions given as {class: (pixels, lost)} of one division."""
    have, gone = np.zeros((CLASSES + 1, 2), int), np.zeros((CLASSES + 1, 2), int)
    for name, count in pixels.items():
        have[name, 1] = count
    for name, count in lost.items():
        gone[name, 1] = count
    return Fitted("calibration", Divisions(), have, gone, pixel_ha)


def counts(pixels):
    out = np.zeros((CLASSES + 1, 2), int)
    for name, count in pixels.items():
        out[name, 1] = count
    return out


def test_regions_count_what_a_loop_counts(cover_of, random_codes):
    codes = random_codes()
    cover = cover_of(codes)
    classes_of = EdgeClasses(cover, 200)
    fit = fit_classes(
        cover, classes_of, period="calibration", divisions=Divisions(blocks=(2, 3), count=6),
        side=40,
    )  # fmt: skip
    classes = classes_of(WHOLE, 1)
    rows, columns = np.indices(codes.shape)
    division = 1 + 3 * (rows > 75) + (columns > 170 // 3) + (columns > 2 * 170 // 3)
    for row in fit.table().itertuples():
        here = (classes == row._2) & (division == row.division)
        assert row.pixels == here.sum()
        assert row.lost == (here & lost_in(codes, "calibration")).sum()
        assert row.region == row._2 * 1000 + row.division
    assert fit.pixels.sum() == forest_at(codes, 1).sum()
    assert fit.lost.sum() == lost_in(codes, "calibration").sum()


def test_a_fitted_map_adds_up_to_what_was_lost(cover_of, random_codes):
    codes = random_codes()
    cover = cover_of(codes)
    classes_of = EdgeClasses(cover, 200)
    fit = fit_classes(cover, classes_of, period="historical")
    drawn = fitted_map(fit, cover, classes_of, model="benchmark", name="x", side=33)
    assert drawn.total_ha == pytest.approx(lost_in(codes, "historical").sum() * 0.09)
    values = drawn.hectares.cells.read(WHOLE)
    assert values.sum(dtype=float) == pytest.approx(drawn.total_ha, rel=1e-6)
    assert (values[~forest_at(codes, 1)] == 0).all()


def test_a_prediction_adds_up_to_what_is_expected(cover_of, random_codes):
    codes = random_codes()
    cover = cover_of(codes)
    classes_of = EdgeClasses(cover, 200)
    fit = fit_classes(cover, classes_of, period="calibration")
    told = predict_classes(
        fit, cover, classes_of, date=2, expected_ha=100.0, years=10.0, model="benchmark", name="y",
        side=64,
    )  # fmt: skip
    values = told.hectares.cells.read(WHOLE)
    assert told.total_ha == pytest.approx(100.0)
    assert values.sum(dtype=float) == pytest.approx(100.0, rel=1e-6)
    assert (values[~forest_at(codes, 2)] == 0).all()
    assert told.start_year == 2010


def test_what_lies_outside_is_not_told(cover_of, random_codes):
    codes = random_codes()
    inside = np.zeros(codes.shape, np.uint8)
    inside[:, 30:] = 1
    codes[0, 100] = 0
    cover = cover_of(codes, inside=inside)
    classes_of = EdgeClasses(cover, 200)
    fit = fit_classes(cover, classes_of, period="historical")
    values = fitted_map(fit, cover, classes_of, model="m", name="x").hectares.cells.read(WHOLE)
    assert np.isnan(values[:, :30]).all()
    assert np.isnan(values[0, 100])
    assert np.isnan(values).sum() == 150 * 30 + 1
    assert fit.lost.sum() == (lost_in(codes, "historical") & (inside == 1)).sum()


def test_allocation_by_hand():
    # Class 30: 10 of 100 pixels, class 2: 1 of 100. Expected twice what the rates give.
    fit = fitted({30: 100, 2: 100}, {30: 10, 2: 1})
    found = allocate(counts({30: 50, 2: 200}), fit, expected_ha=2 * (50 * 0.1 + 200 * 0.01) * 0.09)
    assert found.adjustment == pytest.approx(2.0)
    assert found.ha_per_pixel[30, 1] == pytest.approx(0.2 * 0.09)
    assert found.ha_per_pixel[2, 1] == pytest.approx(0.02 * 0.09)
    assert found.findings == ()


def test_full_pixels_hand_on_what_they_cannot_take():
    # Rates 0.5 and 0.1 on 10 pixels of 1 ha each: 6 ha. Wanted 12: first ratio 2 gives 1 and 0.2,
    # nothing is cut. Wanted 15: ratio 2.5 gives 1.25, cut to 1, and 0.25: 12.5; the next ratio
    # 15/12.5 = 1.2 gives 1 (cut) and 0.3: 13; then 15/13: 0.346...; it converges to 1 and 0.5.
    fit = fitted({30: 10, 2: 10}, {30: 5, 2: 1}, pixel_ha=1.0)
    now = counts({30: 10, 2: 10})
    assert allocate(now, fit, expected_ha=12.0).ha_per_pixel[30, 1] == pytest.approx(1.0)
    second = 0.1 * 2.5 * 1.2 * (15 / 13)
    third = allocate(now, fit, expected_ha=15.0, iterations=3)
    assert third.ha_per_pixel[2, 1] == pytest.approx(second)
    assert third.ha_per_pixel[30, 1] == 1.0
    assert third.iterations == 3
    assert [f.code for f in third.findings] == ["risk.capped"]
    many = allocate(now, fit, expected_ha=15.0, iterations=1000)
    assert many.total_ha == pytest.approx(15.0, rel=2e-5)
    assert many.findings == ()


def test_more_than_there_is_cannot_be_allocated():
    fit = fitted({30: 10}, {30: 5}, pixel_ha=1.0)
    found = allocate(counts({30: 10}), fit, expected_ha=25.0)
    assert found.total_ha == 10.0
    assert found.findings[0].data["missing_ha"] == 15.0


def test_an_unseen_region_takes_its_class_over_all_divisions():
    pixels = np.zeros((CLASSES + 1, 4), int)
    lost = np.zeros_like(pixels)
    pixels[30, 1:3], lost[30, 1:3] = (100, 300), (50, 30)
    fit = Fitted("calibration", Divisions(count=3), pixels, lost, 1.0)
    now = np.zeros_like(pixels)
    now[30, 3] = 10
    found = allocate(now, fit, expected_ha=1.0)
    # (100·0.5 + 300·0.1) / 400 = 0.2 before the ratio makes it 1 ha over 10 pixels.
    assert found.adjustment == pytest.approx(1.0 / (10 * 0.2))
    assert [f.code for f in found.findings] == ["risk.region-unseen"]


def test_an_unseen_class_takes_the_nearest_of_lower_risk():
    fit = fitted({5: 100, 9: 100}, {5: 10, 9: 40}, pixel_ha=1.0)
    found = allocate(counts({8: 10, 3: 10}), fit, expected_ha=1.0)
    assert found.ha_per_pixel[8, 1] == pytest.approx(0.1)
    assert found.ha_per_pixel[3, 1] == 0.0
    assert [f.code for f in found.findings] == ["risk.class-unseen", "risk.region-unseen"]
    assert found.findings[0].data["classes"] == "3, 8"


def test_nothing_expected_is_nothing_allocated():
    fit = fitted({30: 10}, {30: 5})
    assert allocate(counts({30: 10}), fit, expected_ha=0.0).total_ha == 0.0


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_an_impossible_expectation_is_refused(wrong):
    with pytest.raises(InputError) as refused:
        allocate(counts({30: 10}), fitted({30: 10}, {30: 5}), expected_ha=wrong)
    assert refused.value.findings[0].code == "risk.expected"


def test_a_loss_that_no_region_can_take_is_refused():
    with pytest.raises(InputError) as refused:
        allocate(counts({2: 10}), fitted({30: 10, 2: 10}, {30: 5}), expected_ha=1.0)
    assert refused.value.findings[0].code == "risk.nothing-to-allocate"


def raster(values, cover):
    return WindowedRaster(as_cells(values), cover.codes.grid, cover.codes.crs)


def test_divisions_are_read_from_a_raster_and_must_cover_the_forest(cover_of, random_codes):
    cover = cover_of(random_codes())
    codes = np.ones((150, 170), np.int16)
    codes[:, 80:] = 4
    spread = divisions_of(raster(codes, cover), cover)
    assert spread.count == 4
    fit = fit_classes(cover, EdgeClasses(cover, 200), period="historical", divisions=spread)
    assert set(fit.table()["division"]) == {1, 4}
    codes[:, :5] = 0
    with pytest.raises(InputError) as refused:
        fit_classes(cover, EdgeClasses(cover, 200), period="historical", divisions=spread)
    assert refused.value.findings[0].code == "risk.division-missing"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (np.full((150, 170), -1, np.int16), "risk.divisions"),
        (np.full((150, 170), 40_000, np.int32), "risk.divisions"),
        (np.zeros((150, 170), np.int16), "risk.divisions"),
        (np.ones((150, 170)), "risk.divisions-type"),
    ],
)
def test_impossible_divisions_are_refused(values, code, cover_of, random_codes):
    cover = cover_of(random_codes())
    with pytest.raises(InputError) as refused:
        divisions_of(raster(values, cover), cover)
    assert refused.value.findings[0].code == code


def test_numbers_of_regions_stay_apart_with_codes_of_provinces(cover_of, random_codes):
    """1 · 1000 + 1701 would be 2 · 1000 + 701."""
    cover = cover_of(random_codes())
    codes = np.full((150, 170), 701, np.int16)
    codes[:, 80:] = 1701
    spread = divisions_of(raster(codes, cover), cover)
    table = fit_classes(
        cover, EdgeClasses(cover, 200), period="historical", divisions=spread
    ).table()
    assert table["region"].is_unique
    assert (table["region"] == table["class"] * 100_000 + table["division"]).all()


def test_what_a_file_declares_to_be_no_data_is_no_division(cover_of, random_codes):
    cover = cover_of(random_codes())
    codes = np.ones((150, 170), np.uint8)
    codes[:, :5] = 255
    placed = WindowedRaster(as_cells(codes), cover.codes.grid, cover.codes.crs, absent=255.0)
    spread = divisions_of(placed, cover)
    assert spread.count == 1
    with pytest.raises(InputError) as refused:
        fit_classes(cover, EdgeClasses(cover, 200), period="historical", divisions=spread)
    assert refused.value.findings[0].code == "risk.division-missing"


def test_rounds_end_where_all_pixels_are_full():
    """Ratios of 3 in a thousand rounds would not fit into a number."""
    fit = fitted({30: 10}, {30: 5}, pixel_ha=1.0)
    found = allocate(counts({30: 10}), fit, expected_ha=30.0, iterations=1000)
    assert found.total_ha == 10.0
    assert found.iterations == 2
    assert [f.code for f in found.findings] == ["risk.capped"]


def test_little_that_is_missing_is_told_as_more_than_nothing():
    fit = fitted({30: 10}, {30: 5}, pixel_ha=0.001)
    found = allocate(counts({30: 10}), fit, expected_ha=0.0123456)
    assert found.findings[0].data["missing_ha"] == 0.00235
