"""Codes from every encoding, what they add up to, and what is refused."""

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.forest.risk.cover import codes_of, forest_at, lost_in
from nonetloss.forest.risk.cover_method import forest_cover
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Window, as_cells

# Forest at dates 1, 2, 3 and the code that the reference gives (VMD0055, not confirmed).
CODE = {"000": 1, "001": 2, "010": 3, "011": 4, "111": 5, "100": 6, "101": 7, "110": 8}
GRID = Grid(0.0, 60.0, 30.0, 30.0, 2, 4)
YEARS = (2000, 2010, 2020)


def raster(values, grid=GRID, crs="EPSG:32718"):
    return Raster(np.asarray(values, dtype=np.float32), grid, crs)


def codes(cover):
    return cover.codes.cells.read(Window(0, 0, *cover.codes.cells.shape)).tolist()


def test_codes_follow_the_bits():
    bits = np.array(list(itertools.product([0, 1], repeat=3)), dtype=bool).T
    found = codes_of(*bits)
    expected = [CODE["".join(map(str, map(int, column)))] for column in bits.T]
    assert found.tolist() == expected


def test_regrowth_is_neither_forest_nor_lost_again():
    every = np.arange(9, dtype=np.uint8)
    assert every[forest_at(every, 1)].tolist() == [5, 6, 7, 8]
    assert every[forest_at(every, 2)].tolist() == [5, 8]
    assert every[forest_at(every, 3)].tolist() == [5]
    assert every[lost_in(every, "calibration")].tolist() == [6, 7]
    assert every[lost_in(every, "confirmation")].tolist() == [8]
    assert every[lost_in(every, "historical")].tolist() == [6, 7, 8]


LAYERS = (
    raster([[0, 0, 0, 0], [1, 1, 1, 1]]),
    raster([[0, 0, 1, 1], [0, 0, 1, 1]]),
    raster([[0, 1, 0, 1], [0, 1, 0, 1]]),
)


def test_three_layers():
    cover = forest_cover(LAYERS, encoding="layers", years=YEARS)
    assert codes(cover) == [[1, 2, 3, 4], [6, 7, 8, 5]]


def test_three_dates_in_one_raster():
    cover = forest_cover(
        [raster([[0, 1, 2, 3], [3, 3, 3, 3]])], encoding="three-dates", years=YEARS
    )
    assert codes(cover) == [[1, 6, 8, 5], [5, 5, 5, 5]]


def test_fcbm_codes_stay():
    given = [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert codes(forest_cover([raster(given)], encoding="fcbm", years=YEARS)) == given


def test_tree_cover_and_year_of_loss():
    # 29.5 % is no forest at 30 %; loss in 2010 is gone on the map of 2010, loss in 2011 is not.
    canopy = raster([[29.5, 30, 100, 80], [80, 80, 80, 80]])
    year = raster([[0, 0, 10, 11], [20, 21, 1, 0]])
    cover = forest_cover([canopy, year], encoding="hansen", years=YEARS)
    assert codes(cover) == [[1, 5, 6, 8], [8, 5, 6, 5]]


def test_what_is_absent_is_unknown_unless_the_study_says_so():
    values = [[np.nan, 1, 2, 3], [3, 3, 3, 3]]
    unknown = forest_cover([raster(values)], encoding="three-dates", years=YEARS)
    assert codes(unknown)[0] == [0, 6, 8, 5]
    assert "risk.cover-unknown" in {f.code for f in unknown.findings}
    sea = forest_cover([raster(values)], encoding="three-dates", years=YEARS, absent="non-forest")
    assert codes(sea)[0] == [1, 6, 8, 5]


def test_what_it_adds_up_to():
    cover = forest_cover(
        [raster([[0, 1, 2, 3], [3, 3, 3, 3]])], encoding="three-dates", years=YEARS
    )
    # 7 pixels of 0.09 ha at first, then 6, then 5.
    assert cover.dates["forest_ha"].tolist() == pytest.approx([0.63, 0.54, 0.45])
    periods = cover.periods.set_index("period")
    assert periods.loc["historical", "lost_ha"] == pytest.approx(0.18)
    assert periods.loc["historical", "ha_per_year"] == pytest.approx(0.009)
    assert periods.loc["calibration", "percent_per_year"] == pytest.approx(100 / 7 / 10)
    assert cover.code_areas["pixels"].sum() == 8


def test_only_the_jurisdiction_counts():
    west = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 60, 60)], crs="EPSG:32718")
    cover = forest_cover(
        [raster([[0, 1, 2, 3], [3, 3, 3, 3]])],
        encoding="three-dates", years=YEARS, jurisdiction=west,
    )  # fmt: skip
    assert cover.dates["forest_ha"].tolist() == pytest.approx([0.27, 0.18, 0.18])
    assert codes(cover)[0] == [1, 6, 8, 5]


def test_a_period_without_loss_is_told():
    cover = forest_cover([raster([[3, 3, 2, 0]] * 2)], encoding="three-dates", years=YEARS)
    assert [f.subject for f in cover.findings if f.code == "risk.period-without-loss"] == [
        "calibration"
    ]


def refused(code, error=InputError, **changes):
    given = {"forest": LAYERS, "encoding": "layers", "years": YEARS} | changes
    with pytest.raises(error) as problem:
        forest_cover(given.pop("forest"), **given)
    assert problem.value.findings[0].code == code
    return problem.value.findings[0].data


@pytest.mark.parametrize(
    ("encoding", "forest", "told"),
    [
        ("three-dates", [raster([[0, 1, 2, 7], [3, 3, 9, 3]])], "7, 9"),
        ("three-dates", [raster([[0, 1, 2, 2.5], [3, 3, 3, 3]])], "2.5"),
        ("fcbm", [raster([[255, 1, 1, 1], [1, 1, 1, 1]])], "255"),
        ("layers", [*LAYERS[:2], raster(np.full((2, 4), 2))], "2"),
        ("hansen", [raster(np.full((2, 4), 101)), raster(np.zeros((2, 4)))], "101"),
        ("hansen", [raster(np.full((2, 4), 90)), raster(np.full((2, 4), 2012))], "2012"),
    ],
)
def test_unexpected_codes_are_told(encoding, forest, told):
    data = refused("risk.code-unexpected", encoding=encoding, forest=forest)
    assert data["values"] == told


def test_other_grids_are_refused():
    shifted = Grid(15.0, 60.0, 30.0, 30.0, 2, 4)
    other = [LAYERS[0], LAYERS[1], raster(LAYERS[2].values, shifted)]
    refused("raster.other-grid", GeometryError, forest=other)
    elsewhere = [LAYERS[0], LAYERS[1], raster(LAYERS[2].values, crs="EPSG:32719")]
    refused("raster.other-grid", GeometryError, forest=elsewhere)
    small = raster(np.zeros((2, 3)), Grid(0.0, 60.0, 30.0, 30.0, 2, 3))
    refused("raster.other-grid", GeometryError, forest=[*LAYERS[:2], small])


def test_wrong_numbers_of_rasters_and_years_are_refused():
    refused("risk.rasters", forest=LAYERS[:2])
    refused("risk.years", years=(2000, 2010))
    refused("risk.years", years=(2000, "2010", 2020))
    refused("risk.years-order", years=(2010, 2000, 2020))


def test_no_forest_and_nothing_inside_are_refused():
    refused("risk.no-forest", forest=[raster(np.zeros((2, 4)))], encoding="three-dates")
    far = gpd.GeoDataFrame(geometry=[shapely.box(900, 900, 990, 990)], crs="EPSG:32718")
    refused("risk.nothing-inside", jurisdiction=far)


def test_a_windowed_raster_is_read_as_it_is():
    values = np.array([[0, 1, 2, 3], [3, 3, 3, 3]], dtype=np.uint8)
    source = WindowedRaster(as_cells(values), GRID, "EPSG:32718")
    cover = forest_cover([source], encoding="three-dates", years=YEARS)
    assert codes(cover)[0] == [1, 6, 8, 5]


def stored(values, absent=None):
    """A file that is read by window: integers as they stand in it."""
    return WindowedRaster(as_cells(np.asarray(values, np.uint8)), GRID, "EPSG:32718", absent=absent)


def test_bytes_of_a_file_are_read_like_numbers_in_memory():
    # 2000 + 19 does not fit into a byte.
    canopy, year = [[20, 30, 100, 80], [80] * 4], [[0, 0, 10, 11], [20, 19, 1, 0]]
    one = forest_cover([stored(canopy), stored(year)], encoding="hansen", years=YEARS)
    other = forest_cover([raster(canopy), raster(year)], encoding="hansen", years=YEARS)
    assert codes(one) == codes(other)
    assert codes(one)[1] == [8, 8, 6, 5]


def test_what_a_file_declares_to_be_no_data_is_absent_unless_it_is_a_code():
    values = [[255, 1, 2, 3], [0, 3, 3, 3]]
    cover = forest_cover([stored(values, 255)], encoding="three-dates", years=YEARS)
    assert codes(cover) == [[0, 6, 8, 5], [1, 5, 5, 5]]
    sea = forest_cover(
        [stored(values, 255)], encoding="three-dates", years=YEARS, absent="non-forest"
    )
    assert codes(sea) == [[1, 6, 8, 5], [1, 5, 5, 5]]
    # 0 is "no forest", whatever the tag says.
    values[0][0] = 0
    tagged = forest_cover([stored(values, 0)], encoding="three-dates", years=YEARS)
    assert codes(tagged) == [[1, 6, 8, 5], [1, 5, 5, 5]]


def test_code_0_of_the_benchmark_map_is_absent():
    values = [[0, 5, 6, 8], [1, 5, 5, 5]]
    unknown = forest_cover([stored(values)], encoding="fcbm", years=YEARS)
    assert codes(unknown)[0][0] == 0
    told = forest_cover([stored(values)], encoding="fcbm", years=YEARS, absent="non-forest")
    assert codes(told)[0][0] == 1


def test_tree_cover_of_2000_is_not_told_of_1990():
    forest = [raster(np.full((2, 4), 90)), raster(np.zeros((2, 4)))]
    refused("risk.year-before-map", encoding="hansen", forest=forest, years=(1990, 2000, 2010))


def test_degrees_are_no_meters():
    forest = [raster(np.full((2, 4), 3), crs="EPSG:4326")]
    refused("crs.not-metric", GeometryError, encoding="three-dates", forest=forest)


def test_a_jurisdiction_of_another_zone_is_refused():
    west = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 60, 60)], crs="EPSG:32719")
    refused("crs.mixed", GeometryError, jurisdiction=west)
    refused("crs.missing", GeometryError, jurisdiction=west.set_crs(None, allow_override=True))
