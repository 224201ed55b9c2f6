"""Cells and coverage against shapely, cell by cell and pixel by pixel."""

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import windowed
from nonetloss.monitoring.patrols.effort import planar_lines
from nonetloss.monitoring.patrols.ground import (
    Amounts,
    area_in_reach,
    cell_effort,
    cell_shapes,
    cells_frame,
    ground_of,
    in_reach,
    reach_of,
    sums_of,
    whole_amounts,
)
from nonetloss.monitoring.patrols.log import fixes_of_table
from nonetloss.monitoring.patrols.segments import segments_of
from nonetloss.numerics.grid import Grid

CRS = "EPSG:32719"
BACK = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
AREA = shapely.Polygon(
    [(400_000, 8_600_000), (420_000, 8_600_000), (420_000, 8_615_000), (405_000, 8_620_000)]
)


def segments(points, patrol="p") -> pd.DataFrame:
    longitude, latitude = BACK.transform(*np.array(points, dtype=float).T)
    times = pd.date_range("2026-05-01T00:00Z", periods=len(points), freq="1h")
    rows = pd.DataFrame(
        {
            "patrol": patrol,
            "time": [t.isoformat() for t in times],
            "longitude": longitude,
            "latitude": latitude,
        }
    )
    fixes, _ = fixes_of_table(rows, utc_offset_h=0)
    return segments_of(fixes, utc_offset_h=0, max_gap_h=4, max_speed_kmh=1e9)[0]


def ground(stretches, cell_m=5000.0, reach_m=1000.0, area=AREA):
    return ground_of(stretches, area=area, crs=CRS, cell_m=cell_m, reach_m=reach_m)


coordinate = st.tuples(
    st.integers(400_000, 420_000).map(float), st.integers(8_600_000, 8_620_000).map(float)
)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.lists(coordinate, min_size=2, max_size=6, unique=True))
def test_effort_per_cell_is_the_length_inside_it(points):
    stretches = segments(points)
    land = ground(stretches, area=shapely.box(400_000, 8_600_000, 420_000, 8_620_000))
    table = cell_effort(stretches, land)
    boxes, _ = cell_shapes(land)
    lines = planar_lines(stretches, crs=CRS)
    share = np.array([shapely.length(shapely.intersection(lines, b)) for b in boxes])
    share = share / shapely.length(lines)
    interior = _off_borders(lines, boxes)
    np.testing.assert_allclose(
        table["effort_km"][interior], (share @ stretches["km"])[interior], atol=1e-6
    )
    np.testing.assert_allclose(
        table["effort_h"][interior], (share @ stretches["hours"])[interior], atol=1e-6
    )
    assert (table["visits"] <= 1).all()


def _off_borders(lines, boxes) -> np.ndarray:
    """Cells along whose border no line runs: those that shapely counts on both sides."""
    along = np.array(
        [shapely.length(shapely.intersection(lines, shapely.boundary(b))).sum() for b in boxes]
    )
    return along < 1e-9


def test_effort_outside_the_cells_is_lost_and_inside_adds_up():
    stretches = segments([(401_000, 8_601_000), (419_000, 8_609_000)])
    assert cell_effort(stretches, ground(stretches))["effort_km"].sum() == pytest.approx(
        stretches["km"].sum()
    )
    gone = segments([(500_000, 8_601_000), (510_000, 8_601_000)])
    assert cell_effort(gone, ground(gone)).to_numpy().sum() == 0


def test_a_patrol_that_stands_still_visits_its_cell():
    stretches = segments([(401_000, 8_601_000), (401_000, 8_601_000)])
    table = cell_effort(stretches, ground(stretches))
    assert table["visits"].sum() == 1
    assert table["effort_h"].sum() == 1.0
    assert table["effort_km"].sum() == 0.0


def test_visits_count_patrols_and_days_once():
    two_days = segments([(401_000 + 10 * h, 8_601_000) for h in range(30)])
    other = segments([(401_500, 8_601_000), (401_600, 8_601_000)], patrol="q")
    both = pd.concat([two_days, other], ignore_index=True)
    assert cell_effort(both, ground(both))["visits"].sum() == 3


def test_cells_have_the_area_that_lies_in_the_land():
    land = ground(segments([(401_000, 8_601_000), (402_000, 8_601_000)]))
    boxes, area_ha = cell_shapes(land)
    assert area_ha.sum() == pytest.approx(AREA.area / 1e4)
    frame = cells_frame(pd.DataFrame({"area_ha": area_ha}), boxes, land)
    assert (frame["area_ha"] > 0).all()
    assert frame["cell"].is_unique
    sides = frame.bounds
    assert (sides["maxx"] - sides["minx"] == 5000).all()
    assert (sides["minx"] % 5000 == 0).all()


@settings(derandomize=True, deadline=None, max_examples=25)
@given(
    st.lists(coordinate, min_size=2, max_size=8),
    st.sampled_from([(300.0, 200.0), (2500.0, 1700.0), (37.0, 900.0)]),
    st.sampled_from([150.0, 1000.0, 2500.0]),
)
def test_in_reach_is_the_distance_to_the_nearest_stretch(points, size, reach_m):
    """Whatever the size of cells beside the reach; stretches may be points."""
    grid = Grid(404_000, 8_612_000, *size, 40, 30)
    stretches = segments(points)
    lines = planar_lines(stretches, crs=CRS)
    x, y = grid.center_of(*np.indices(grid.shape))
    nearest = shapely.distance(shapely.points(x, y)[..., None], np.array(lines)[None, None]).min(
        axis=-1
    )
    found = in_reach(reach_of(stretches, crs=CRS, reach_m=reach_m), grid)
    clear = np.abs(nearest - reach_m) > 1e-6
    np.testing.assert_array_equal(found[clear], (nearest <= reach_m)[clear])


def test_the_area_in_reach_of_a_line_is_a_stadium():
    stretches = segments([(405_000, 8_608_000), (412_000, 8_608_000)])
    box = shapely.box(400_000, 8_600_000, 420_000, 8_615_000)
    land = ground(stretches, area=box, reach_m=2500)
    stadium = 7_000 * 5_000 + np.pi * 2500**2
    assert area_in_reach(land) == pytest.approx(stadium / box.area, rel=1e-3)


def test_shares_in_reach_against_every_pixel():
    rng = np.random.default_rng(3)
    grid = Grid(398_000, 8_622_000, 300, 200, 115, 80)
    raster = Raster(rng.random(grid.shape), grid, CRS)
    raster.values[5:9] = np.nan
    stretches = segments([(401_000, 8_602_000), (415_000, 8_605_000), (408_000, 8_616_000)])
    land = ground(stretches, reach_m=2500)
    sums = sums_of(whole_amounts("w", raster), land)["w"]
    x, y = grid.center_of(*np.indices(grid.shape))
    points = shapely.points(x, y)
    values = np.nan_to_num(raster.values)
    inside = shapely.contains(AREA, points)
    near = shapely.distance(points, shapely.MultiLineString(list(
        planar_lines(stretches, crs=CRS)))) <= 2500  # fmt: skip
    assert sums.total == pytest.approx(values[inside].sum())
    assert sums.covered == pytest.approx(values[inside & near].sum())
    expected = np.zeros(land.grid.rows * land.grid.columns)
    row = ((land.grid.top - y) // 5000).astype(int)
    column = ((x - land.grid.left) // 5000).astype(int)
    flat = (row * land.grid.columns + column)[inside]
    np.add.at(expected, flat, values[inside])
    np.testing.assert_allclose(sums.by_cell, expected)


def test_codes_become_amounts():
    grid = Grid(405_000, 8_610_000, 100, 100, 2, 2)
    codes = windowed(Raster(np.array([[5, 8], [0, 6]], dtype=np.uint8), grid, CRS))
    table = np.zeros(256)
    table[[6, 8]] = 1.0
    stretches = segments([(405_000, 8_610_000), (405_100, 8_610_000)])
    land = ground(stretches)
    assert sums_of(Amounts("c", codes, {"loss": table}), land)["loss"].total == 2.0


def test_nothing_tracked_covers_nothing():
    stretches = segments([(401_000, 8_601_000), (402_000, 8_601_000)]).assign(tracked=False)
    land = ground(stretches)
    assert area_in_reach(land) == 0.0
    grid = Grid(405_000, 8_610_000, 100, 100, 2, 2)
    sums = sums_of(whole_amounts("w", Raster(np.ones(grid.shape), grid, CRS)), land)["w"]
    assert (sums.total, sums.covered) == (4.0, 0.0)


def test_land_without_area_and_cells_without_number_are_refused():
    stretches = segments([(401_000, 8_601_000), (402_000, 8_601_000)])
    for bad in (shapely.Polygon(), shapely.LineString([(0, 0), (1, 1)])):
        with pytest.raises(InputError) as caught:
            ground(stretches, area=bad)
        assert caught.value.findings[0].code == "patrols.no-area"
    with pytest.raises(InputError) as caught:
        ground(stretches, cell_m=10.0)
    assert caught.value.findings[0].code == "patrols.cells-too-small"


def test_a_raster_elsewhere_is_refused():
    grid = Grid(-70.0, -12.0, 0.1, 0.1, 2, 2)
    land = ground(segments([(401_000, 8_601_000), (402_000, 8_601_000)]))
    with pytest.raises(GeometryError):
        sums_of(whole_amounts("w", Raster(np.ones(grid.shape), grid, "EPSG:4326")), land)
