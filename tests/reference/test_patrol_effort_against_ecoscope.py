"""Effort by the definitions of ecoscope, worked out here with pandas, beside ours.

The case has the shape of ecoscope's invented SMART example: four patrols, six leg days, five
positions a minute apart in each, and the track of a leg repeated for every member of its team.
ecoscope counts distinct patrols, distinct dates on which a segment starts, sums of length and time,
and areas of segments widened by half the swath, merged (union) or not (sum over segments).
"""

import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from nonetloss.monitoring.patrols.effort import effort_table
from nonetloss.monitoring.patrols.log import fixes_of_lines
from nonetloss.monitoring.patrols.segments import GEOD, segments_of

UTM = "EPSG:32736"
EQUAL_AREA = "EPSG:6933"
# patrol, first position in ms since 1970, longitude, members of the team
LEGS = [
    ("patrol-1", 1_700_000_000_000, 34.10, 2),
    ("patrol-1", 1_700_086_400_000, 34.30, 2),
    ("patrol-2", 1_700_100_000_000, 35.00, 1),
    ("patrol-3", 1_700_200_000_000, 34.50, 2),
    ("patrol-3", 1_700_286_400_000, 34.70, 2),
    ("patrol-4", 1_700_300_000_000, 35.20, 1),
]


def positions(start_ms: int, longitude: float) -> list[tuple[float, float, int]]:
    return [(longitude + 0.001 * i, -1 - 0.001 * i, start_ms + 60_000 * i) for i in range(5)]


@pytest.fixture(scope="module")
def ours() -> pd.Series:
    rows = [
        {
            "uuid": patrol,
            "patrol_leg_day_uuid": f"day-{number}",
            "patrol_leader_name": f"Ranger {member}",
            "geometry": shapely.MultiLineString([positions(start, longitude)]),
        }
        for number, (patrol, start, longitude, team) in enumerate(LEGS)
        for member in range(team)
    ]
    fixes, _ = fixes_of_lines(gpd.GeoDataFrame(rows, crs="EPSG:4326"))
    assert len(fixes) == 50
    kept, cleaning, _ = segments_of(fixes, utc_offset_h=0, max_gap_h=4, max_speed_kmh=100)
    assert cleaning["rows"].sum() == 20
    return effort_table(kept, crs=UTM, swath_m=500).iloc[0]


@pytest.fixture(scope="module")
def theirs() -> gpd.GeoDataFrame:
    """One row per segment, of each leg once."""
    rows = [
        {"patrol": patrol, "start": pd.Timestamp(a[2], unit="ms"), "seconds": (b[2] - a[2]) / 1000,
         "meters": GEOD.inv(*a[:2], *b[:2])[2], "geometry": shapely.LineString([a[:2], b[:2]])}
        for patrol, start, longitude, _ in LEGS
        for a, b in zip(positions(start, longitude), positions(start, longitude)[1:], strict=False)
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, crs="EPSG:4326")


def test_patrols_length_and_time(ours, theirs):
    assert ours["patrols"] == theirs["patrol"].nunique() == 4
    assert ours["hours"] == pytest.approx(theirs["seconds"].sum() / 3600)
    assert ours["hours"] == pytest.approx(6 * 4 / 60)
    assert ours["km"] == pytest.approx(theirs["meters"].sum() / 1000)


def test_their_patrol_days_are_our_calendar_days(ours, theirs):
    """Two patrols on 18 November are one date for them and two patrol days for us."""
    assert ours["calendar_days"] == theirs["start"].dt.date.nunique() == 5
    assert ours["patrol_days"] == 6


def test_ground_seen_once(ours, theirs):
    """Six stadiums, and the union of their corridors where lengths are true."""
    stadiums = (theirs["meters"].sum() * 500 + 6 * math.pi * 250**2) / 1e6
    assert ours["swath_km2_merged"] == pytest.approx(stadiums, rel=3e-3)
    wide = theirs.to_crs(UTM).geometry.buffer(250)
    assert ours["swath_km2_merged"] == pytest.approx(wide.union_all().area / 1e6, rel=2e-3)


def test_a_projection_true_to_area_makes_corridors_too_wide_or_too_narrow():
    """EPSG:6933, their default, is true to length at 30 degrees of latitude only.

    On the equator it shrinks what runs east by cos 30 = 0.866 and stretches what runs north by as
    much; 500 m of width stay 500. A long track east loses 13 %, one north gains 15 %.
    """
    east, north = (
        gpd.GeoSeries([shapely.LineString([(34.0, -0.25), end])], crs="EPSG:4326")
        for end in ((34.5, -0.25), (34.0, 0.25))
    )
    for line, factor in ((east, 0.8664), (north, 1 / 0.8664)):
        true = GEOD.geometry_length(line.iloc[0]) * 500 / 1e6
        wide = line.to_crs(EQUAL_AREA).buffer(250, cap_style="flat").area.iloc[0] / 1e6
        assert wide / true == pytest.approx(factor, rel=0.01)
        ours = line.to_crs(UTM).buffer(250, cap_style="flat").area.iloc[0] / 1e6
        assert ours / true == pytest.approx(1, rel=1e-3)


def test_ground_unmerged_is_summed_over_legs_and_not_over_segments(ours, theirs):
    """Six stadiums; theirs counts the round ends of every segment, and grows with the fixes."""
    length = theirs["meters"].sum()
    legs = (length * 500 + 6 * math.pi * 250**2) / 1e6
    segments = (length * 500 + len(theirs) * math.pi * 250**2) / 1e6
    assert ours["swath_km2_unmerged"] == pytest.approx(legs, rel=5e-3)
    wide = theirs.to_crs(UTM).geometry.buffer(250)
    assert wide.area.sum() / 1e6 == pytest.approx(segments, rel=5e-3)
