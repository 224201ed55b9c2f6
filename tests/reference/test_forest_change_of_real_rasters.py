"""Real maps: loss by year and its emissions against plain sums, and published pixel counts.

Clips of Hansen et al. 2013 (GFC-2023) and of forest carbon emissions on one grid, Sierra de Neiba;
forest of Martinique at three dates; changes of Guadeloupe (counts of the files themselves).
"""

import numpy as np
import pytest
import rasterio

from nonetloss.forest.change.dates import of_rasters
from nonetloss.forest.change.fragmentation import fragmentation
from nonetloss.forest.change.method import forest_change
from nonetloss.forest.change.transitions import tally, transition_table
from nonetloss.forest.risk.cover_method import forest_cover
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import windowed
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayStore

YEARS = tuple(range(2000, 2024))
PIXEL_HA = 0.09


def bands(path):
    if not path.is_file():
        pytest.skip(f"{path.name} is not under NONETLOSS_DATA")
    with rasterio.open(path) as source:
        t = source.transform
        grid = Grid(t.c, t.f, t.a, -t.e, *source.shape)
        return source.read(), grid


@pytest.fixture(scope="module")
def neiba(shared_data):
    folder = shared_data / "forest_carbon_rasters_mapme"
    cover, grid = bands(folder / "Hansen_GFC-2023-v1.11_treecover2000_20N_080W.tif")
    loss, _ = bands(folder / "Hansen_GFC-2023-v1.11_lossyear_20N_080W.tif")
    carbon, _ = bands(folder / "gfw_forest_carbon_gross_emissions_Mg_CO2e_px_20N_080W.tif")
    return cover[0], loss[0], carbon[0], grid


def test_loss_by_year_and_its_emissions_against_sums(neiba):
    cover, loss, carbon, grid = neiba
    assert cover.shape == loss.shape == carbon.shape == (221, 192)
    dates = of_rasters(
        [Raster(cover, grid, "EPSG:4326"), Raster(loss, grid, "EPSG:4326")],
        years=YEARS, encoding="loss-year", canopy_percent=30,
    )  # fmt: skip
    amount = windowed(Raster(carbon, grid, "EPSG:4326"))
    counted, _ = tally(dates, amount=amount, side=50)
    table = transition_table(counted.pairs[0], years=YEARS, cell_ha=PIXEL_HA)
    for k in range(1, 24):
        lost = (loss == k) & (cover >= 30)
        assert table["lost_ha"].iloc[k - 1] == pytest.approx(lost.sum() * PIXEL_HA)
        known = lost & ~np.isnan(carbon)
        assert counted.amounts[0, k - 1] == pytest.approx(carbon[known].astype(float).sum())
        assert counted.amount_unknown[0, k - 1] == (lost & np.isnan(carbon)).sum()
    assert table["forest_start_ha"].iloc[0] == pytest.approx((cover >= 30).sum() * PIXEL_HA)
    # Nothing grows back in this encoding.
    assert table["gained_ha"].sum() == 0
    left = (cover >= 30) & (loss == 0)
    assert table["forest_end_ha"].iloc[-1] == pytest.approx(left.sum() * PIXEL_HA)


def test_martinique_keeps_its_pixels(shared_data):
    """825,404, 815,977 and 767,858 pixels of forest in 2000, 2010 and 2020."""
    layers, grid = bands(
        shared_data / "carbon_deforestation_risk" / "forest-MTQ-2000-2010-2020.tif"
    )
    found = forest_change(
        forest=[Raster(v, grid, "EPSG:5490") for v in layers], years=(2000, 2010, 2020),
        store=ArrayStore(), fragmentation_dates="none",
    )  # fmt: skip
    first, second = found.transitions.itertuples()
    pixels = [first.forest_start_ha, first.forest_end_ha, second.forest_end_ha]
    assert np.array(pixels) / PIXEL_HA == pytest.approx([825_404, 815_977, 767_858])
    want = ((layers[0] == 1) & (layers[1] == 0)).sum()
    assert first.lost_ha == pytest.approx(want * PIXEL_HA)
    # 815,977 of 825,404 in ten years, had nothing grown back.
    net = 100 * ((815_977 / 825_404) ** 0.1 - 1)
    assert first.net_percent_per_year == pytest.approx(net)


def test_guadeloupe_by_cover_and_its_pattern_in_windows(shared_data):
    """29,835 pixels lost in the first period, 40,956 in the second, 815,694 remain."""
    layers, grid = bands(shared_data / "carbon_deforestation_risk" / "fcc123_GLP.tif")
    cover = forest_cover(
        [Raster(layers[0], grid, "EPSG:5490")], encoding="three-dates", years=(2000, 2010, 2020)
    )
    found = forest_change(cover, store=ArrayStore(), fragmentation_dates="last")
    lost = found.transitions["lost_ha"] / PIXEL_HA
    assert lost.tolist() == pytest.approx([29_835, 40_956])
    row = found.fragmentation.iloc[0]
    parts = row[["core_ha", "edge_ha", "perforation_ha", "patch_ha"]].sum()
    assert parts == pytest.approx(815_694 * PIXEL_HA)
    assert row["forest_ha"] == pytest.approx(815_694 * PIXEL_HA)
    # The same pattern from a corner of the map in one piece and in small windows.
    corner = layers[0][1200:1700, 1100:1600]
    states = [Raster((corner == 3).astype(np.uint8), Grid(0, 0, 30, 30, 500, 500), "EPSG:5490")] * 2
    dates = of_rasters(states, years=(2010, 2020))
    one, other = (
        fragmentation(
            dates, date=1, edge_m=100, distances_m=(100, 1000), store=ArrayStore(), side=side
        )
        for side in (97, 500)
    )
    assert (one.pattern.cells.values == other.pattern.cells.values).all()
    assert one.summary.equals(other.summary)
    assert one.distances.equals(other.distances)
