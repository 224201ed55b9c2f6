"""Rates by brute force, classes by definition, maps that add up."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.assessment import assess
from nonetloss.forest.risk.benchmark import risk
from nonetloss.forest.risk.classes import EdgeClasses
from nonetloss.forest.risk.cover import forest_at, lost_in
from nonetloss.forest.risk.moving_window import WindowClasses, moving_window
from nonetloss.forest.risk.moving_window_method import SLICINGS
from nonetloss.numerics.windows import Window, windows


def whole(cells):
    return cells.read(Window(0, 0, *cells.shape))


def test_rates_and_classes_are_those_of_a_loop(cover_of, random_codes):
    codes = random_codes(40, 45)
    cover = cover_of(codes)
    bounds = np.linspace(0.001, 0.03, 28)
    model = WindowClasses(cover, "calibration", 3, EdgeClasses(cover, 150.0), bounds)
    forest, lost = forest_at(codes, 1), lost_in(codes, "calibration")
    edge = EdgeClasses(cover, 150.0)(Window(0, 0, 40, 45), 2)
    found = np.zeros(codes.shape, dtype=int)
    for window in windows(codes.shape, side=17):
        found[window.slices] = model(window, 2)
    for r, c in np.ndindex(*codes.shape):
        around = np.s_[max(r - 3, 0) : r + 4, max(c - 3, 0) : c + 4]
        share = lost[around].sum() / max(forest[around].sum(), 1)
        rate = 1 - (1 - share) ** (1 / 10)
        expected = edge[r, c] if edge[r, c] <= 1 else 2 + (rate >= bounds).sum()
        assert found[r, c] == expected


@pytest.mark.parametrize("slicing", SLICINGS)
def test_maps_add_up_and_classes_cover_what_is_there(cover_of, random_codes, slicing):
    cover = cover_of(random_codes())
    benchmark = risk(cover)
    told = moving_window(cover, benchmark=benchmark, side_cells=7, slicing=slicing)
    lost = lost_in(whole(cover.codes.cells), "calibration").sum() * 0.09
    assert told.calibration.total_ha == pytest.approx(lost)
    for map_, asked in (
        (told.confirmation, benchmark.confirmation),
        (told.validity, benchmark.validity),
    ):
        # In a few classes every pixel is full: the rest is told, not lost.
        capped = "risk.capped" in [f.code for f in map_.findings]
        assert map_.total_ha == pytest.approx(asked.expected_ha, rel=0.01 if capped else 1e-6)
    first = told.classes[told.classes["fit"] == "calibration"]
    assert first["pixels"].sum() == forest_at(whole(cover.codes.cells), 1).sum()
    assert (np.diff(first["from_rate"].iloc[1:]) >= 0).all()
    if slicing == "equal-interval":
        steps = np.diff(first["from_rate"].iloc[1:])
        assert steps == pytest.approx(steps[0])


def test_it_can_be_judged_beside_others(cover_of, random_codes):
    cover = cover_of(random_codes())
    benchmark = risk(cover)
    told = moving_window(cover, benchmark=benchmark, side_cells=7)
    found = assess(cover, benchmark=benchmark, models=(told,), cells_ha=[20.0], kept="forest")
    assert set(found.verdict["model"]) == {"moving-window"}


def test_an_even_side_is_refused(cover_of, random_codes):
    cover = cover_of(random_codes())
    with pytest.raises(InputError) as told:
        moving_window(cover, benchmark=risk(cover), side_cells=6)
    assert told.value.findings[0].code == "window.side"
