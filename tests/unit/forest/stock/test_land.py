"""Strata and their areas, from tables, maps and plots; what a map says of plots."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.forest.stock.land import read_land, with_map
from nonetloss.forest.stock.measurements import Units, read_plots
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import as_cells

# Six cells of 100 m: one hectare each. Code 1 terra firme, 2 floodplain, 3 river.
GRID = Grid(0, 200, 100, 100, 2, 3)
CLASSES = np.array([[1, 1, 2], [1, 2, 3]])
BIOMASS = Raster(np.array([[300.0, 200.0, np.nan], [100.0, 150.0, 0.0]]), GRID, "EPSG:32719")


def ecosystem(code, name, *, forest):
    return Ecosystem(code, name, Text.of(name), Estimate.exact(1.0), forest=forest)


MAP = EcosystemMap(
    CLASSES, GRID, "EPSG:32719",
    (ecosystem(1, "terra-firme", forest=True), ecosystem(2, "floodplain", forest=True),
     ecosystem(3, "river", forest=False), ecosystem(4, "bamboo", forest=True)),
)  # fmt: skip
TABLE = pd.DataFrame(
    {
        "stratum": ["terra-firme", "floodplain"],
        "area_ha": [3.0, 2.0],
        "title_es": ["Tierra firme", "Llanura inundable"],
        "title_en": ["Terra firme", "Floodplain"],
    }
)


def plots(**change):
    rows = {
        "plot": ["p1", "p2", "p3"],
        "area": 1.0,
        "stratum": ["terra-firme", "terra-firme", "floodplain"],
        "x": [50.0, 150.0, 150.0],
        "y": [150.0, 150.0, 50.0],
    }
    return read_plots(pd.DataFrame(rows | change), units=Units("cm"))[0]


def test_a_table():
    land = read_land(TABLE, plots=plots())
    assert land.strata == ("floodplain", "terra-firme")
    assert land.area_ha.tolist() == [2.0, 3.0]
    assert land.titles[0] == Text(es="Llanura inundable", en="Floodplain")
    assert np.isnan(land.covariate_mean).all()


def test_a_map_counts_forest_that_is_there():
    land = read_land(MAP, plots=plots())
    assert land.strata == ("floodplain", "terra-firme")
    assert land.area_ha.tolist() == [2.0, 3.0]


def test_plots_alone_know_no_area_unless_told():
    land = read_land(None, plots=plots())
    assert np.isnan(land.area_ha).all()
    one = plots(stratum="all")
    assert read_land(None, plots=one, area_ha=5.0).area_ha.tolist() == [5.0]
    with pytest.raises(InputError) as problem:
        read_land(None, plots=one, area_ha=0.0)
    assert problem.value.findings[0].code == "stock.stratum-area"


def test_numbered_strata_are_the_same_in_both_tables():
    """A column with an empty cell somewhere is read as 1.0, 2.0."""
    table = pd.DataFrame({"stratum": [2.0, 1.0], "area_ha": [20.0, 10.0]})
    land = read_land(table, plots=plots(stratum="1"))
    assert land.strata == ("1", "2")
    assert land.area_ha.tolist() == [10.0, 20.0]


@pytest.mark.parametrize(
    ("strata", "area_ha", "code"),
    [
        (TABLE.iloc[:1], np.nan, "stock.stratum-unknown"),
        (TABLE[["stratum"]], np.nan, "stock.column-missing"),
        (TABLE.assign(area_ha=[3.0, np.nan]), np.nan, "stock.stratum-area"),
        (TABLE.assign(area_ha=[3.0, 0.0]), np.nan, "stock.stratum-area"),
        (TABLE.assign(area_ha=["3", "two"]), np.nan, "stock.not-a-number"),
        (TABLE.assign(area_ha=[3.0, np.inf]), np.nan, "stock.not-a-number"),
        (TABLE.assign(covariate_mean=["3", "two"]), np.nan, "stock.not-a-number"),
        (TABLE.assign(stratum=["terra-firme", None]), np.nan, "stock.stratum-unnamed"),
        (TABLE.iloc[:0], np.nan, "stock.empty"),
        (pd.concat([TABLE, TABLE]), np.nan, "stock.stratum-repeated"),
        (TABLE, 5.0, "stock.area-twice"),
        (None, 5.0, "stock.area-twice"),
    ],
)
def test_faults_of_strata(strata, area_ha, code):
    with pytest.raises(InputError) as problem:
        read_land(strata, plots=plots(), area_ha=area_ha)
    assert problem.value.findings[0].code == code


def test_a_stratum_of_plots_that_the_map_does_not_draw():
    with pytest.raises(InputError) as problem:
        read_land(MAP, plots=plots(stratum=["terra-firme", "terra-firme", "bamboo"]))
    assert problem.value.findings[0].code == "stock.stratum-area"


def test_means_and_values_of_a_map():
    ground = plots()
    land, values = with_map(read_land(MAP, plots=ground), ground, covariate=BIOMASS, ecosystems=MAP)
    # Terra firme: 300, 200, 100; floodplain: 150 and a cell without a value.
    assert land.covariate_mean.tolist() == [150.0, 200.0]
    assert values.tolist() == [300.0, 200.0, 150.0]


def test_one_stratum_is_the_whole_raster():
    ground = plots(stratum="all")
    land, _ = with_map(read_land(None, plots=ground), ground, covariate=BIOMASS, ecosystems=None)
    assert land.covariate_mean.tolist() == [(300 + 200 + 100 + 150 + 0) / 5]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"x": [50.0, 150.0, np.nan]}, "stock.plot-without-place"),
        ({"x": [50.0, 150.0, 950.0]}, "stock.plot-off-map"),
        ({"x": [50.0, 150.0, 250.0], "y": [150.0] * 3}, "stock.plot-off-map"),
    ],
)
def test_plots_off_the_map(change, code):
    ground = plots(**change)
    with pytest.raises(InputError) as problem:
        with_map(read_land(MAP, plots=ground), ground, covariate=BIOMASS, ecosystems=MAP)
    assert problem.value.findings[0].code == code


def test_several_strata_need_a_map_of_them():
    ground = plots()
    with pytest.raises(InputError) as problem:
        with_map(read_land(TABLE, plots=ground), ground, covariate=BIOMASS, ecosystems=None)
    assert problem.value.findings[0].code == "stock.covariate-strata"


def test_a_map_without_values_and_one_of_another_grid():
    ground = plots()
    land = read_land(MAP, plots=ground)
    empty = Raster(np.full(GRID.shape, np.nan), GRID, "EPSG:32719")
    with pytest.raises(InputError) as problem:
        with_map(land, ground, covariate=empty, ecosystems=MAP)
    assert problem.value.findings[0].code == "stock.covariate-empty"
    other = Raster(BIOMASS.values, Grid(0, 200, 90, 100, 2, 3), "EPSG:32719")
    with pytest.raises(GeometryError):
        with_map(land, ground, covariate=other, ecosystems=MAP)


def test_declared_absence_of_whole_numbers_is_no_biomass():
    stored = np.array([[300, 200, -9999], [100, 150, 0]], dtype=np.int16)
    given = WindowedRaster(as_cells(stored), GRID, "EPSG:32719", absent=-9999)
    ground = plots()
    land, values = with_map(read_land(MAP, plots=ground), ground, covariate=given, ecosystems=MAP)
    assert land.covariate_mean.tolist() == [150.0, 200.0]
    assert values.tolist() == [300.0, 200.0, 150.0]
