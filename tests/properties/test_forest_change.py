"""Whatever the maps: windows change nothing, plain arrays say the same, zones add up."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.forest.change.dates import of_rasters
from nonetloss.forest.change.transitions import change_codes, tally, transition_table
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayCells, ArrayStore

CRS = "EPSG:32719"


@st.composite
def maps(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 20)), draw(st.integers(1, 20)))
    count = draw(st.integers(2, 5))
    years = sorted(draw(st.sets(st.integers(1990, 2024), min_size=count, max_size=count)))
    layers = (rng.random((count, *shape)) < 0.6).astype(float)
    layers[rng.random(layers.shape) < draw(st.sampled_from([0.0, 0.1]))] = np.nan
    inside = rng.random(shape) < draw(st.sampled_from([0.7, 1.0]))
    zones = rng.integers(0, 4, shape)
    amount = np.where(rng.random(shape) < 0.9, rng.integers(0, 50, shape), np.nan)
    return layers, years, inside, zones, amount


@settings(derandomize=True, deadline=None, max_examples=60)
@given(maps(), st.integers(1, 9))
def test_what_was_lost_is_what_plain_arrays_say(case, side):
    layers, years, inside, zones, amount = case
    grid = Grid(300_000.0, 8_700_000.0, 100.0, 100.0, *inside.shape)

    def placed(values):
        return WindowedRaster(ArrayCells(values), grid, CRS)

    dates = of_rasters(
        [Raster(v, grid, CRS) for v in layers], years=years, inside=placed(inside.astype("u1"))
    )
    found, drawn = tally(
        dates, zones=placed(zones), zone_count=3, amount=placed(amount), store=ArrayStore(),
        side=side,
    )  # fmt: skip
    table = transition_table(found.pairs.sum(axis=0), years=years, cell_ha=1.0)
    for k, (one, other) in enumerate(pairwise(layers)):
        known = inside & ~np.isnan(one) & ~np.isnan(other)
        lost = known & (one == 1) & (other == 0)
        row = table.iloc[k]
        assert row["lost_ha"] == lost.sum()
        assert row["gained_ha"] == (known & (one == 0) & (other == 1)).sum()
        assert row["forest_start_ha"] == (known & (one == 1)).sum()
        assert row["forest_end_ha"] == (known & (other == 1)).sum()
        assert row["unknown_ha"] == (inside & ~known).sum()
        assert row["forest_end_ha"] == row["forest_start_ha"] - row["lost_ha"] + row["gained_ha"]
        if row["forest_start_ha"]:
            # The yearly share that takes the forest to what is left of it.
            left = row["forest_start_ha"] * (1 - row["percent_per_year"] / 100) ** row["years"]
            assert left == pytest.approx(row["forest_start_ha"] - row["lost_ha"], abs=1e-6)
        for zone in range(4):
            here = lost & (zones == zone)
            assert found.pairs[zone, k, 1, 0] == here.sum()
            assert found.amounts[zone, k] == np.nansum(amount[here])
            assert found.amount_unknown[zone, k] == np.isnan(amount[here]).sum()
    states = np.where(np.isnan(layers), 2, layers).astype(np.uint8)
    codes = change_codes(states)
    codes[~inside] = 0
    assert np.array_equal(drawn.cells.values, codes)
    assert found.codes.sum() == inside.sum()
    for code in np.unique(codes[inside]):
        assert found.codes[:, code].sum() == (codes[inside] == code).sum()


@settings(derandomize=True, deadline=None, max_examples=80)
@given(st.lists(st.sampled_from([0, 1, 2]), min_size=2, max_size=6))
def test_every_history_has_the_code_of_the_definition(history):
    if 2 in history:
        expected = 0
    elif all(history):
        expected = 1
    elif not any(history):
        expected = 2
    elif not history[0]:
        expected = 3
    else:
        expected = 10 + history.index(0)
    states = np.array(history, dtype=np.uint8)[:, None, None]
    assert change_codes(states).item() == expected
