"""Effort and rates against counts by hand and areas of stadiums."""

import math

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from nonetloss.monitoring.patrols.effort import effort_table, encounter_table
from nonetloss.monitoring.patrols.log import fixes_of_table, no_encounters
from nonetloss.monitoring.patrols.segments import segments_of

CRS = "EPSG:32719"
BACK = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)


def walked(*legs) -> pd.DataFrame:
    """Stretches of legs (patrol, station, type, start time, planar points one hour apart)."""
    rows = []
    for number, (patrol, station, kind, start, points) in enumerate(legs):
        for hour, (x, y) in enumerate(points):
            longitude, latitude = BACK.transform(x, y)
            rows.append(
                {
                    "patrol": patrol,
                    "leg": str(number),
                    "station": station,
                    "type": kind,
                    "time": (pd.Timestamp(start) + pd.Timedelta(hours=hour)).isoformat(),
                    "longitude": longitude,
                    "latitude": latitude,
                }
            )
    fixes, _ = fixes_of_table(pd.DataFrame(rows), utc_offset_h=0)
    return segments_of(fixes, utc_offset_h=0, max_gap_h=4, max_speed_kmh=100)[0]


WEST, EAST, NORTH = (400_000.0, 8_600_000.0), (404_000.0, 8_600_000.0), (400_000.0, 8_603_000.0)


def three() -> pd.DataFrame:
    return walked(
        ("p1", "A", "foot", "2025-05-01T12:00Z", [WEST, EAST]),
        ("p1", "A", "foot", "2025-05-02T12:00Z", [EAST, WEST]),
        ("p2", "A", "boat", "2025-05-02T12:00Z", [WEST, NORTH]),
        ("p3", "B", "boat", "2026-05-02T12:00Z", [WEST, EAST, WEST]),
    )


def row_of(table: pd.DataFrame, period="all", by="all", group="all") -> pd.Series:
    chosen = (table["period"] == period) & (table["by"] == by) & (table["group"] == group)
    (row,) = (r for _, r in table[chosen].iterrows())
    return row


def test_counts_are_those_of_a_person_who_counts():
    table = effort_table(three(), crs=CRS, swath_m=500)
    told = {
        ("all", "all", "all"): (3, 4, 3, 5.0),
        ("2025", "all", "all"): (2, 3, 2, 3.0),
        ("2026", "all", "all"): (1, 1, 1, 2.0),
        ("all", "station", "A"): (2, 3, 2, 3.0),
        ("all", "type", "boat"): (2, 2, 2, 3.0),
        ("2025", "type", "boat"): (1, 1, 1, 1.0),
    }
    for place, (patrols, patrol_days, days, hours) in told.items():
        row = row_of(table, *place)
        assert (row["patrols"], row["patrol_days"], row["calendar_days"]) == (
            patrols, patrol_days, days,
        )  # fmt: skip
        assert row["hours"] == pytest.approx(hours)


def test_length_is_geodesic_and_adds_up_over_groups():
    table = effort_table(three(), crs=CRS, swath_m=500)
    geod = pyproj.Geod(ellps="WGS84")
    path = [BACK.transform(*p) for p in (WEST, EAST)]
    once = geod.line_length([p[0] for p in path], [p[1] for p in path]) / 1000
    up = [BACK.transform(*p) for p in (WEST, NORTH)]
    north = geod.line_length([p[0] for p in up], [p[1] for p in up]) / 1000
    assert row_of(table)["km"] == pytest.approx(4 * once + north, rel=1e-9)
    for by in ("station", "type"):
        parts = table[(table["period"] == "all") & (table["by"] == by)]["km"]
        assert parts.sum() == pytest.approx(4 * once + north)


def stadium(length: float, width: float) -> float:
    """A straight corridor with round ends, km²."""
    return (length * width + math.pi * width**2 / 4) / 1e6


def test_a_swath_is_a_stadium_half_its_width_on_each_side():
    table = effort_table(three(), crs=CRS, swath_m=500)
    # Round ends are polygons of 64 sides, 0.16 % smaller than circles.
    row = row_of(table, "2026")
    assert row["swath_km2_merged"] == pytest.approx(stadium(4000, 500), rel=1e-3)
    boat = row_of(table, "2025", "type", "boat")
    assert boat["swath_km2_merged"] == pytest.approx(stadium(3000, 500), rel=1e-3)


def test_ground_walked_twice_is_seen_once_and_counts_for_each_leg():
    foot = row_of(effort_table(three(), crs=CRS, swath_m=500), "2025", "type", "foot")
    assert foot["swath_km2_merged"] == pytest.approx(stadium(4000, 500), rel=1e-3)
    assert foot["swath_km2_unmerged"] == pytest.approx(2 * stadium(4000, 500), rel=1e-3)


def test_merged_ground_against_a_grid_of_points():
    """Two corridors that cross, by counting points within 250 m of either."""
    segments = three()[lambda t: t["year"] == 2025]
    table = effort_table(segments, crs=CRS, swath_m=500)
    step = 25.0
    x, y = np.meshgrid(
        np.arange(399_700, 404_300, step) + step / 2,
        np.arange(8_599_700, 8_603_300, step) + step / 2,
    )
    points = shapely.points(x.ravel(), y.ravel())
    lines = shapely.MultiLineString([[WEST, EAST], [WEST, NORTH]])
    counted = (shapely.distance(points, lines) <= 250).sum() * step**2 / 1e6
    assert row_of(table, "2025")["swath_km2_merged"] == pytest.approx(counted, rel=5e-3)


def met(*rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["patrol", "category"])
    return table.assign(time=pd.Timestamp("2025-05-01T12:30Z"))


def test_rates_divide_by_the_effort_of_all():
    segments = three()
    table, found = encounter_table(met(("p1", "camp"), ("p2", "camp"), ("p3", "snare")), segments)
    assert found == ()
    assert table["category"].tolist() == ["camp", "snare"]
    assert table["n"].tolist() == [2, 1]
    camp = table.iloc[0]
    assert camp["per_hour"] == pytest.approx(2 / 5)
    assert camp["per_day"] == pytest.approx(2 / 4)
    assert camp["per_patrol"] == pytest.approx(2 / 3)
    assert camp["per_km"] == pytest.approx(2 / segments["km"].sum())


def test_an_encounter_of_nobody_known_does_not_raise_a_rate():
    table, found = encounter_table(met(("p1", "camp"), ("p9", "camp"), ("", "camp")), three())
    assert (table["n"].item(), table["rated"].item()) == (3, 2)
    assert table["per_patrol"].item() == pytest.approx(2 / 3)
    assert [(f.code, f.data["count"]) for f in found] == [("patrols.encounter-of-no-patrol", 1)]


def test_no_effort_makes_a_rate_unknown():
    still = walked(("p1", "", "", "2025-05-01T12:00Z", [WEST, WEST]))
    table, _ = encounter_table(met(("p1", "camp")), still)
    assert np.isnan(table["per_km"].item())
    assert table["per_hour"].item() == 1.0


def test_no_encounters_give_an_empty_table():
    table, found = encounter_table(no_encounters(), three())
    assert table.empty
    assert found == ()
    assert "per_km" in table.columns


def test_legs_without_a_track_have_hours_and_unknown_length():
    untracked = three().assign(tracked=False, km=np.nan)
    row = row_of(effort_table(untracked, crs=CRS, swath_m=500))
    assert row["hours"] == pytest.approx(5.0)
    assert row[["km", "swath_km2_merged", "swath_km2_unmerged"]].isna().all()
