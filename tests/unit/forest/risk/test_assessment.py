"""Cells by brute force, measures by hand and SciPy, and the rule that an alternative must meet."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import linregress

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.assessment import assess
from nonetloss.forest.risk.assessment_cells import (
    ALIGNMENTS,
    cell_sums,
    cell_table,
    lost_hectares,
    squares,
)
from nonetloss.forest.risk.cover import ForestCover
from nonetloss.forest.risk.measures import measures
from nonetloss.forest.risk.risk_map import RiskMap
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayCells, Window, windows

PIXEL = 100.0  # one hectare


def grid(rows, columns):
    return Grid(0.0, rows * PIXEL, PIXEL, PIXEL, rows, columns)


def raster(values):
    return WindowedRaster(ArrayCells(values), grid(*values.shape), "EPSG:32719")


def cover_of(codes, inside=None):
    inner = None if inside is None else raster(inside.astype(np.uint8))
    return ForestCover(raster(codes.astype(np.uint8)), (2000.0, 2010.0, 2020.0), inner)


def risk_map(hectares, model, start):
    return RiskMap(raster(hectares.astype(np.float32)), 10.0, start, model, 0.0, 0.0)


@dataclass(frozen=True)
class Maps:
    calibration: RiskMap
    confirmation: RiskMap


@pytest.mark.parametrize("alignment", ALIGNMENTS)
@pytest.mark.parametrize(("rows", "columns", "cell_ha"), [(23, 17, 25), (20, 20, 16), (5, 31, 9)])
def test_sums_are_those_of_a_loop_over_pixel_centers(alignment, rows, columns, cell_ha):
    rng = np.random.default_rng(1)
    values = rng.random((rows, columns))
    cells = squares(grid(rows, columns), cell_ha=cell_ha, alignment=alignment)
    total = np.zeros(cells.shape)
    for window in windows((rows, columns), side=7):
        total += cell_sums(values[window.slices], window, cells)
    step = int(np.sqrt(cell_ha))
    expected = np.zeros(cells.shape)
    for r, c in itertools.product(range(rows), range(columns)):
        for i, j in itertools.product(*map(range, cells.shape)):
            down, across = r + 0.5, c + 0.5
            if alignment == "corner":
                low = (i * step, j * step)
                hit = low[0] <= down < low[0] + step and low[1] <= across < low[1] + step
            else:
                low = (i * step - step / 2, j * step - step / 2)
                top = down <= low[0] + step if alignment == "reference" else down < low[0] + step
                hit = low[0] <= down and top and low[1] <= across < low[1] + step
            if hit:
                expected[i, j] += values[r, c]
    assert total == pytest.approx(expected)


@pytest.mark.parametrize("alignment", ["corner", "centered"])
def test_every_pixel_is_in_one_cell(alignment):
    cells = squares(grid(40, 33), cell_ha=49, alignment=alignment)
    total = cell_sums(np.ones((40, 33)), Window(0, 0, 40, 33), cells)
    assert total.sum() == 40 * 33


def test_a_cell_smaller_than_a_pixel_is_refused():
    with pytest.raises(InputError) as told:
        squares(grid(4, 4), cell_ha=0.5)
    assert told.value.findings[0].code == "assessment.cell"


def test_the_table_counts_what_is_inside_and_keeps_whole_cells():
    codes = np.full((4, 6), 5)
    codes[0, 0], codes[3, 5], codes[0, 2] = 6, 8, 7
    inside = np.ones((4, 6))
    inside[0, 0] = 0
    hectares = np.full((4, 6), 0.25, dtype=np.float32)
    hectares[0, 0] = np.nan
    cover = cover_of(codes, inside)
    told = cell_table(
        cover, predicted=raster(hectares), period="calibration", cell_ha=4, alignment="corner"
    )
    # Cells of 2 × 2 pixels; the first one is cut, five are whole; only (0, 2) was lost inside.
    assert told["area_ha"].tolist() == [4.0] * 5
    assert told["actual_ha"].tolist() == [1.0, 0, 0, 0, 0]
    assert told["predicted_ha"].tolist() == [1.0] * 5
    assert told.loc[0, ["x", "y"]].tolist() == [300.0, 300.0]
    every = cell_table(
        cover,
        predicted=raster(hectares),
        period="confirmation",
        cell_ha=4,
        alignment="corner",
        kept="forest",
    )
    assert len(every) == 6
    # Forest when the confirmation began: 24 pixels without the three that were lost or regrown …
    assert every["forest_ha"].sum() == 22.0
    assert every["actual_ha"].sum() == 1.0


def test_lost_hectares_of_a_period_add_up():
    codes = np.array([[5, 6, 7], [8, 1, 0]])
    told = lost_hectares(cover_of(codes), "historical")
    assert told.cells.read(Window(0, 0, 2, 3)).tolist() == [[0, 1, 1], [1, 0, 0]]


def test_measures_by_hand():
    x, y = np.array([0.0, 2, 4]), np.array([1.0, 1, 4])
    told = measures(x, predicted_ha=y, forest_ha=np.array([1.0, 1, 2]), cell_ha=50.0)
    # |x - y| = 1, 1, 0; smaller 0 + 1 + 4; larger 1 + 2 + 4.
    assert (told.medae_ha, told.mae_ha, told.difference_ha) == (1.0, 2 / 3, 2.0)
    assert told.medae_percent == 2.0
    assert (told.agreement_ha, told.iou_percent) == (5.0, 100 * 5 / 7)
    assert told.wrmse_ha == pytest.approx(np.sqrt((1 + 1 + 0) / 4))
    assert told.rmse_ha == pytest.approx(np.sqrt(2 / 3))
    # Slopes 0, 3/4, 3/2.
    assert told.theil_sen_slope == 0.75
    # Σ(x - 2)(y - 2) = 2 + 0 + 4 over Σ(x - 2)² = 8.
    assert told.ols_slope == 0.75
    assert told.ols_intercept_ha == pytest.approx(2 - 0.75 * 2)
    assert told.r_squared == pytest.approx(6**2 / (8 * 6))


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), min_size=3, max_size=20))
def test_the_line_is_that_of_scipy_and_the_sums_agree(points):
    x, y = np.round(np.array(points), 3).T
    told = measures(x, predicted_ha=y, forest_ha=np.ones(len(x)), cell_ha=1.0)
    # |x - y| = larger - smaller, cell by cell.
    assert told.difference_ha == pytest.approx(x.sum() + y.sum() - 2 * told.agreement_ha)
    if np.ptp(x) > 0 and np.ptp(y) > 0:
        line = linregress(x, y)
        assert told.ols_slope == pytest.approx(line.slope, abs=1e-9)
        assert told.r_squared == pytest.approx(line.rvalue**2, abs=1e-9)


def test_what_is_not_known_is_not_a_number():
    told = measures(np.zeros(3), predicted_ha=np.zeros(3), forest_ha=np.zeros(3), cell_ha=1.0)
    unknown = (told.r_squared, told.ols_slope, told.theil_sen_slope, told.iou_percent)
    assert np.isnan([*unknown, told.wrmse_ha]).all()
    assert told.medae_ha == 0.0


def scene():
    """Two periods; the loss of each is known, so that errors may be set."""
    rng = np.random.default_rng(5)
    codes = rng.choice([1, 5, 6, 8], p=[0.2, 0.5, 0.15, 0.15], size=(24, 24))
    first, second = (codes == 6).astype(float), (codes == 8).astype(float)
    return codes, first, second


def maps(name, first, second):
    return Maps(risk_map(first, name, 2000.0), risk_map(second, name, 2010.0))


@pytest.mark.parametrize(
    ("fit_error", "prediction_error", "accepted"),
    [(0.1, 0.1, ("model",)), (0.1, 0.3, ()), (0.3, 0.1, ()), (0.2, 0.1, ()), (0.2, 0.2, ())],
)
def test_a_model_must_be_better_in_fit_and_in_prediction(fit_error, prediction_error, accepted):
    codes, first, second = scene()
    benchmark = maps("benchmark", first + 0.2, second + 0.2)
    model = maps("model", first + fit_error, second + prediction_error)
    told = assess(
        cover_of(codes), benchmark=benchmark, models=(model,), cells_ha=[16], alignment="corner"
    )
    assert told.accepted == accepted
    assert len(told.verdict) == 2
    # 16 pixels a cell, each off by the error that was set.
    errors = told.measures.set_index(["model", "evaluation"])["medae_ha"]
    assert errors["benchmark", "fit"] == pytest.approx(3.2, rel=1e-6)
    assert errors["model", "prediction"] == pytest.approx(16 * prediction_error, rel=1e-6)
    code = "assessment.qualifies" if accepted else "assessment.not-qualified"
    assert code in [f.code for f in told.findings]


def test_the_sign_test_counts_cells_that_came_nearer():
    codes, first, second = scene()
    benchmark = maps("benchmark", first + 0.2, second + 0.2)
    model = maps("model", first + 0.1, second + 0.1)
    told = assess(
        cover_of(codes), benchmark=benchmark, models=(model,), cells_ha=[36], alignment="corner"
    )
    # 24 / 6 squared cells, all nearer: 2 · 0.5^16 of a chance.
    assert told.verdict["closer"].tolist() == [16, 16]
    assert told.verdict["chance"].tolist() == pytest.approx([2 * 0.5**16] * 2)


@pytest.mark.parametrize(("worse", "told_so"), [(0, False), (7, True)])
def test_a_lower_median_that_may_be_chance_is_told(worse, told_so):
    """Nearer in 9 of 16 cells is a lower median, and no proof (p = 0.8)."""
    codes, first, second = scene()
    error = np.full((24, 24), 0.1)
    for i in range(worse):
        error[6 * (i // 4) : 6 * (i // 4) + 6, 6 * (i % 4) : 6 * (i % 4) + 6] = 0.3
    told = assess(
        cover_of(codes),
        benchmark=maps("benchmark", first + 0.2, second + 0.2),
        models=(maps("model", first + error, second + error),),
        cells_ha=[36],
        alignment="corner",
    )
    assert told.accepted == ("model",)
    assert ("assessment.may-be-chance" in [f.code for f in told.findings]) == told_so


def test_another_size_may_turn_the_verdict_and_that_is_told():
    codes, first, second = scene()
    left = np.zeros((24, 24))
    left[:, ::2], left[:, 1::2] = 0.5, -0.5
    # Errors that cancel in pairs of columns beat a constant one only in large cells.
    model = maps("model", first + left, second + left)
    benchmark = maps("benchmark", first + 0.2, second + 0.2)
    told = assess(
        cover_of(codes),
        benchmark=benchmark,
        models=(model,),
        cells_ha=[16, 1],
        alignment="corner",
    )
    assert told.accepted == ("model",)
    assert "assessment.hangs-on-size" in [f.code for f in told.findings]


def test_the_benchmark_alone_is_measured():
    codes, first, second = scene()
    told = assess(cover_of(codes), benchmark=maps("benchmark", first, second), cells_ha=[16])
    assert told.accepted == ()
    assert told.verdict.empty
    assert isinstance(told.cells, pd.DataFrame)
    assert set(told.measures["medae_ha"]) == {0.0}


@pytest.mark.parametrize(
    ("sizes", "code"),
    [([], "assessment.sizes"), ([4, 4], "assessment.sizes"), ([576], "assessment.cells")],
)
def test_sizes_that_compare_nothing_are_refused(sizes, code):
    codes, first, second = scene()
    with pytest.raises(InputError) as told:
        assess(
            cover_of(codes),
            benchmark=maps("benchmark", first, second),
            cells_ha=sizes,
            alignment="corner",
        )
    assert told.value.findings[0].code == code


def test_maps_of_other_years_are_refused():
    codes, first, second = scene()
    shifted = Maps(risk_map(first, "model", 2000.0), risk_map(second, "model", 2011.0))
    with pytest.raises(InputError) as told:
        assess(
            cover_of(codes),
            benchmark=maps("benchmark", first, second),
            models=(shifted,),
            cells_ha=[16],
        )
    assert told.value.findings[0].code == "assessment.period"


def test_models_that_allocate_other_totals_are_told():
    codes, first, second = scene()
    one, other = maps("benchmark", first, second), maps("model", first, second)
    one = replace(one, confirmation=replace(one.confirmation, total_ha=100.0))
    other = replace(other, confirmation=replace(other.confirmation, total_ha=90.0))
    told = assess(cover_of(codes), benchmark=one, models=(other,), cells_ha=[16])
    found = [f for f in told.findings if f.code == "assessment.totals-differ"]
    assert len(found) == 1
    assert "90" in found[0].render("es")
    assert "la predicción" in found[0].render("es")


def test_what_is_not_known_is_no_cell():
    codes = np.full((8, 8), 5)
    codes[:4] = 0
    codes[6, 6] = 6
    hectares = np.full((8, 8), 0.1, dtype=np.float32)
    hectares[:4] = np.nan
    look = {"predicted": raster(hectares), "period": "calibration", "cell_ha": 16}
    # Without a border the known half is the area; with one, unknown cells are left out too.
    for inside in (None, np.ones((8, 8))):
        told = cell_table(cover_of(codes, inside), alignment="corner", **look)
        assert told["row"].tolist() == [1, 1]
        assert told["actual_ha"].tolist() == [0.0, 1.0]


def test_two_models_of_one_name_are_refused():
    codes, first, second = scene()
    one = maps("benchmark", first, second)
    with pytest.raises(InputError) as told:
        assess(cover_of(codes), benchmark=one, models=(one,), cells_ha=[16])
    assert told.value.findings[0].code == "assessment.models"


def test_cells_without_loss_are_told():
    codes, first, second = scene()
    codes[:, 4:] = 1
    first[:, 4:], second[:, 4:] = 0, 0
    told = assess(cover_of(codes), benchmark=maps("benchmark", first, second), cells_ha=[16])
    idle = [f for f in told.findings if f.code == "assessment.idle-cells"]
    said = {f.render("es").partition(":")[0] for f in idle}
    assert said == {"En el ajuste", "En la predicción"}
