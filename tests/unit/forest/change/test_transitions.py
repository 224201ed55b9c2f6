"""Loss, gain and rates by hand, windowed against whole arrays, and layers that cannot be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.forest.change.dates import of_cover, of_rasters
from nonetloss.forest.change.transitions import change_codes, tally, transition_table
from nonetloss.forest.risk.cover import ForestCover
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import windowed
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayStore, Window

CRS = "EPSG:32719"
NAN = np.nan


def rasters(*layers, cell=100.0, left=0.0):
    grid = Grid(left, 0, cell, cell, *np.asarray(layers[0]).shape)
    return [Raster(np.asarray(v, dtype=np.float32), grid, CRS) for v in layers]


def table_of(dates, **given):
    counted, _ = tally(dates, **given)
    return transition_table(counted.pairs.sum(axis=0), years=dates.years, cell_ha=1.0)


def test_two_dates_by_hand():
    dates = of_rasters(
        rasters([[1, 1, 1, 1, 0, 0, NAN]], [[1, 1, 1, 0, 1, 0, 1]]), years=[2000, 2010]
    )
    row = table_of(dates).iloc[0]
    assert row["forest_start_ha"] == 4
    assert row["lost_ha"] == 1
    assert row["gained_ha"] == 1
    assert row["forest_end_ha"] == 4
    assert row["unknown_ha"] == 1
    assert row["ha_per_year"] == 0.1
    # Three of four are left after ten years.
    assert row["percent_per_year"] == pytest.approx(100 * (1 - 0.75**0.1))
    assert row["net_percent_per_year"] == pytest.approx(0)


def test_the_rate_takes_the_forest_to_what_is_left():
    start = np.ones((1, 100))
    end = start.copy()
    end[0, :36] = 0
    row = table_of(of_rasters(rasters(start, end), years=[2000, 2002])).iloc[0]
    # 100 · 0.8² = 64.
    assert row["percent_per_year"] == pytest.approx(20)
    assert row["net_percent_per_year"] == pytest.approx(-20)
    everything = table_of(of_rasters(rasters(start, 0 * start), years=[2000, 2002])).iloc[0]
    assert everything["percent_per_year"] == 100


def test_without_forest_there_is_no_rate():
    row = table_of(of_rasters(rasters([[0, 0]], [[0, 1]]), years=[2000, 2001])).iloc[0]
    assert np.isnan(row["percent_per_year"])
    assert np.isnan(row["net_percent_per_year"])
    assert row["gained_ha"] == 1


def test_codes_of_three_dates_by_hand():
    histories = {
        (1, 1, 1): 1, (0, 0, 0): 2, (0, 1, 1): 3, (0, 0, 1): 3, (0, 1, 0): 3,
        (1, 0, 0): 11, (1, 0, 1): 11, (1, 1, 0): 12,
        (2, 1, 1): 0, (1, 2, 0): 0, (1, 0, 2): 0, (0, 0, 2): 0,
    }  # fmt: skip
    states = np.array(list(histories), dtype=np.uint8).T[:, None, :]
    assert change_codes(states)[0].tolist() == list(histories.values())


def test_the_codes_of_a_cover_are_the_states_of_its_dates():
    codes = np.arange(9, dtype=np.uint8)[None]
    grid = Grid(0, 0, 100, 100, 1, 9)
    cover = ForestCover(windowed(Raster(codes, grid, CRS)), (2000, 2010, 2020))
    states = of_cover(cover).states.read(Window(0, 0, 1, 9), (0, 1, 2))[:, 0]
    # Forest bits 000:1 001:2 010:3 011:4 111:5 100:6 101:7 110:8; 0 unknown.
    want = ["222", "000", "001", "010", "011", "111", "100", "101", "110"]
    assert ["".join(map(str, s)) for s in states.T] == want


def test_loss_years_are_gone_at_the_end_of_the_year():
    canopy, loss = rasters([[80, 80, 80, 20, 80, NAN]], [[0, 9, 10, 5, 11, 3]])
    dates = of_rasters([canopy, loss], years=[2000, 2010, 2020], encoding="loss-year")
    states = dates.states.read(Window(0, 0, 1, 6), (0, 1, 2))[:, 0]
    assert ["".join(map(str, s)) for s in states.T] == ["111", "100", "100", "000", "110", "222"]


def test_zones_amounts_and_the_map():
    layers = rasters([[1, 1, 1, 1, 1]], [[1, 0, 0, 0, 0]], [[1, 0, 0, 0, 0]])
    dates = of_rasters(layers, years=[2000, 2010, 2020])
    grid = layers[0].grid
    zones = windowed(Raster(np.array([[0, 1, 1, 2, 2]], dtype=np.int16), grid, CRS))
    amount = windowed(Raster(np.array([[9, 1, 2, 4, NAN]]), grid, CRS))
    counted, drawn = tally(
        dates, zones=zones, zone_count=2, amount=amount, store=ArrayStore(), side=2
    )
    assert counted.amounts.tolist() == [[0, 0], [3, 0], [4, 0]]
    assert counted.amount_unknown.tolist() == [[0, 0], [0, 0], [1, 0]]
    assert counted.pairs[:, 0, 1, 0].tolist() == [0, 2, 2]
    assert drawn.cells.values.tolist() == [[1, 11, 11, 11, 11]]


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 4),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.integers(1, 4),
)
def test_sums_hold_whatever_the_windows(seed, count, shape, side):
    rng = np.random.default_rng(seed)
    layers = rng.choice([0.0, 1.0, NAN], size=(count, *shape), p=[0.3, 0.6, 0.1])
    inside = rng.random(shape) < 0.8
    grid = Grid(0, 0, 100, 100, *shape)
    within = windowed(Raster(inside.astype(np.uint8), grid, CRS))
    dates = of_rasters(rasters(*layers), years=range(2000, 2000 + count), inside=within)
    zone = rng.integers(0, 3, shape).astype(np.int16)
    zones = windowed(Raster(zone, grid, CRS))
    counted, drawn = tally(dates, zones=zones, zone_count=2, store=ArrayStore(), side=side)
    one, _ = tally(dates, zones=zones, zone_count=2, side=100)
    assert (counted.pairs == one.pairs).all()
    assert (counted.codes == one.codes).all()
    for z in range(3):
        at = inside & (zone == z)
        assert counted.codes[z].sum() == at.sum()
        for k in range(count - 1):
            a, b = layers[k][at], layers[k + 1][at]
            assert counted.pairs[z, k, 1, 0] == ((a == 1) & (b == 0)).sum()
            assert counted.pairs[z, k].sum() == at.sum()
    table = table_of(dates)
    ends = table["forest_start_ha"] - table["lost_ha"] + table["gained_ha"]
    assert table["forest_end_ha"].tolist() == ends.tolist()
    total = table["forest_start_ha"] + table["unknown_ha"]
    assert (total <= inside.sum()).all()
    assert (drawn.cells.values[~inside] == 0).all()


@pytest.mark.parametrize(
    ("layers", "given", "expected"),
    [
        ([[[1, 2]], [[1, 0]]], {}, "change.code-unexpected"),
        ([[[1, 0]], [[1, 0.5]]], {}, "change.code-unexpected"),
        ([[[1, -1]], [[1, 0]]], {}, "change.code-unexpected"),
        ([[[101, 0]], [[1, 0]]], {"encoding": "loss-year"}, "change.code-unexpected"),
        ([[[50, 0]], [[1.5, 0]]], {"encoding": "loss-year"}, "change.code-unexpected"),
        ([[[50, 0]], [[2011, 0]]], {"encoding": "loss-year"}, "change.code-unexpected"),
        ([[[1, 0]], [[1, 0]]], {"years": [2010, 2000]}, "change.years"),
        ([[[1, 0]], [[1, 0]]], {"years": [2000, 2000]}, "change.years"),
        ([[[1, 0]], [[1, 0]]], {"years": [2000, NAN]}, "change.years"),
        ([[[1, 0]], [[1, 0]]], {"years": [2000, "later"]}, "change.years"),
        ([[[1, 0]]], {"years": [2000]}, "change.years"),
        ([[[1, 0]], [[1, 0]]], {"years": [2000, 2010, 2020]}, "change.rasters"),
    ],
)
def test_layers_that_cannot_be(layers, given, expected):
    given = {"years": [2000, 2010], **given}
    with pytest.raises(InputError) as raised:
        tally(of_rasters(rasters(*layers), **given))
    assert raised.value.findings[0].code == expected
    assert raised.value.render("es") != raised.value.render("en")


def test_layers_on_other_grids():
    one, other = rasters([[1, 0]]), rasters([[1, 0]], left=50.0)
    with pytest.raises(GeometryError) as raised:
        of_rasters([*one, *other], years=[2000, 2010])
    assert raised.value.findings[0].code == "raster.other-grid"
