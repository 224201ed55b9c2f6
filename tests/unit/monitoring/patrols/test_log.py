"""Positions in order: what is dropped is told by number of rows, and nobody is named."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.monitoring.patrols.log import (
    PatrolLog,
    encounters_of_table,
    fixes_of_lines,
    fixes_of_table,
    no_encounters,
    read_log,
    times_of,
)


def table(**changed) -> pd.DataFrame:
    rows = {
        "patrol": ["P1", "P1"],
        "time": ["2026-03-01T12:00:00Z", "2026-03-01T12:10:00Z"],
        "longitude": [-70.10, -70.11],
        "latitude": [-12.50, -12.50],
        "leader": ["Somebody Somewhere", "Somebody Somewhere"],
    }
    return pd.DataFrame(rows | changed)


def codes(found) -> list[str]:
    return [f.code for f in found]


def test_only_what_is_needed_is_kept():
    fixes, found = fixes_of_table(table(), utc_offset_h=-5)
    assert list(fixes.columns) == [
        "patrol", "leg", "station", "type", "time", "longitude", "latitude", "ends_only",
    ]  # fmt: skip
    assert found == ()
    assert "Somebody" not in fixes.to_csv()


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("time", None, "patrols.without-time"),
        ("time", "yesterday", "patrols.without-time"),
        ("time", "1970-01-01T00:00:00Z", "patrols.too-early"),
        ("longitude", np.nan, "patrols.without-place"),
        ("latitude", 91.0, "patrols.without-place"),
        ("longitude", 181.0, "patrols.without-place"),
        ("patrol", None, "patrols.without-patrol"),
        ("patrol", "  ", "patrols.without-patrol"),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_and_told(column, value, code):
    rows = table()
    rows[column] = [rows[column][0], value]
    fixes, found = fixes_of_table(rows, utc_offset_h=0)
    assert len(fixes) == 1
    assert codes(found) == [code]
    assert found[0].data == {"count": 1, "rows": "2"}


def test_a_receiver_without_position_writes_zero_zero():
    fixes, found = fixes_of_table(
        table(longitude=[-70.1, 0.0], latitude=[-12.5, 0.0]), utc_offset_h=0
    )
    assert len(fixes) == 1
    assert codes(found) == ["patrols.without-place"]


def test_nothing_left_is_an_error():
    with pytest.raises(InputError) as caught:
        fixes_of_table(table(time=["", None]), utc_offset_h=0)
    assert codes(caught.value.findings) == ["patrols.no-fixes"]


@pytest.mark.parametrize("column", ["patrol", "time", "longitude", "latitude"])
def test_a_missing_column_is_named_and_columns_of_people_are_not(column):
    with pytest.raises(InputError) as caught:
        fixes_of_table(table().drop(columns=column), utc_offset_h=0)
    told = caught.value.findings[0].data
    assert told["missing"] == column
    assert "leader" not in told["columns"]


def test_times_without_a_zone_are_local():
    # 07:00 in Peru (UTC - 5) is 12:00 UTC; a stated zone holds whatever the offset.
    given = pd.Series(
        ["2026-03-01T07:00:00", "2026-03-01T12:00:00Z", "2026-03-01T14:00:00+02:00", "2026-03-01"]
    )
    found = times_of(given, utc_offset_h=-5).dt.strftime("%Y-%m-%d %H:%M").tolist()
    assert found == ["2026-03-01 12:00"] * 3 + ["2026-03-01 05:00"]


def test_whole_numbers_as_patrols_lose_their_decimal_point():
    fixes, _ = fixes_of_table(table(patrol=[7.0, 7.0]), utc_offset_h=0)
    assert set(fixes["patrol"]) == {"7"}


START_MS = 1_772_366_400_000  # 2026-03-01T12:00:00Z: 20,513.5 days · 86,400,000 ms


def line(*xy, ms=START_MS, step=60_000) -> shapely.LineString:
    return shapely.LineString([(x, y, ms + i * step) for i, (x, y) in enumerate(xy)])


def test_vertices_of_lines_carry_milliseconds():
    shapes = [shapely.MultiLineString([line((-70.1, -12.5), (-70.2, -12.5))]), None]
    smart = gpd.GeoDataFrame(
        {
            "uuid": ["p-1", "p-2"],
            "id": ["LA_000001", "LA_000002"],
            "patrol_leg_day_uuid": ["d-1", "d-2"],
            "patrol_transport": ["Foot", "Boat"],
            "station": ["Post A", None],
            "patrol_leader_name": ["Somebody", "Somebody"],
        },
        geometry=shapes,
        crs="EPSG:4326",
    )
    fixes, _ = fixes_of_lines(smart)
    assert fixes["time"].tolist() == [
        pd.Timestamp("2026-03-01T12:00:00Z"), pd.Timestamp("2026-03-01T12:01:00Z"),
    ]  # fmt: skip
    assert (
        fixes[["patrol", "leg", "type", "station"]].to_numpy().tolist()
        == [["p-1", "d-1", "Foot", "Post A"]] * 2
    )
    assert "Somebody" not in fixes.to_csv()


def test_lines_in_the_projection_of_a_study_come_back_to_degrees():
    smart = gpd.GeoDataFrame(
        {"patrol": ["p"]}, geometry=[line((-70.1, -12.5), (-70.2, -12.6))], crs="EPSG:4326"
    )
    plain, _ = fixes_of_lines(smart)
    moved, _ = fixes_of_lines(smart.to_crs("EPSG:32719"))
    np.testing.assert_allclose(
        moved[["longitude", "latitude"]], plain[["longitude", "latitude"]], atol=1e-9
    )
    assert moved["time"].equals(plain["time"])


def test_lines_without_times_are_refused():
    flat = gpd.GeoDataFrame(
        {"patrol": ["p"]}, geometry=[shapely.LineString([(0, 0), (1, 1)])], crs="EPSG:4326"
    )
    with pytest.raises(InputError) as caught:
        fixes_of_lines(flat)
    assert codes(caught.value.findings) == ["patrols.no-times"]


def test_tracks_without_a_coordinate_system_are_refused():
    with pytest.raises(GeometryError):
        fixes_of_lines(gpd.GeoDataFrame({"patrol": ["p"]}, geometry=[line((0, 0), (1, 1))]))


def test_points_are_positions_too():
    points = gpd.GeoDataFrame(
        table().drop(columns=["longitude", "latitude"]),
        geometry=gpd.points_from_xy([-70.10, -70.11], [-12.5, -12.5]),
        crs="EPSG:4326",
    )
    log = read_log(points, encounters=None, utc_offset_h=0)
    assert log.fixes["longitude"].tolist() == [-70.10, -70.11]
    assert log.encounters.empty


def test_encounters_count_once_and_lose_their_place():
    rows = pd.DataFrame(
        {
            "id": ["a", "a", "b", None, None],
            "category": ["snare", "snare", "snare", "camp", None],
            "time": ["2026-03-01T12:00:00Z"] * 5,
            "longitude": [-70.1] * 5,
            "reported_by": ["Somebody"] * 5,
        }
    )
    seen, found = encounters_of_table(rows, utc_offset_h=0)
    assert seen["category"].tolist() == ["snare", "snare", "camp"]
    assert list(seen.columns) == ["patrol", "category", "time"]
    assert codes(found) == ["patrols.encounters-repeated", "patrols.without-category"]


def test_without_ids_only_equal_rows_are_one():
    rows = pd.DataFrame({"category": ["snare"] * 3, "time": ["a", "a", "b"], "n": [1, 1, 1]})
    seen, _ = encounters_of_table(rows, utc_offset_h=0)
    assert len(seen) == 2
    assert seen["time"].isna().all()


def test_without_ids_a_roster_does_not_multiply_encounters():
    """An export writes each encounter once for every member; two at other places are two."""
    rows = [
        {"patrol": "p", "category": "snare", "time": "2026-03-01T12:00", "X": x, "member": name}
        for x in (-70.1, -70.2)
        for name in ("Ana", "Beto", "Caro")
    ]
    # The same moment written in another zone, by another member.
    rows.append(rows[0] | {"time": "2026-03-01T17:00Z", "member": "Dora"})
    rows.append(rows[0] | {"patrol": "q"})
    rows.append(rows[0] | {"category": "camp"})
    rows.append(rows[0] | {"time": "2026-03-01T12:01"})
    seen, (told,) = encounters_of_table(pd.DataFrame(rows), utc_offset_h=-5)
    assert seen["category"].tolist() == ["snare", "snare", "snare", "camp", "snare"]
    assert seen["patrol"].tolist() == ["p", "p", "q", "p", "p"]
    assert told.data["count"] == 5


def test_encounters_need_a_category():
    with pytest.raises(InputError):
        encounters_of_table(pd.DataFrame({"time": ["2026-03-01"]}), utc_offset_h=0)


def test_a_log_stays_and_given_encounters_replace_its_own():
    fixes, _ = fixes_of_table(table(), utc_offset_h=0)
    log = PatrolLog(fixes, no_encounters())
    given = pd.DataFrame({"category": ["camp"]})
    assert read_log(log, encounters=None, utc_offset_h=0) == PatrolLog(fixes, log.encounters, ())
    assert read_log(log, encounters=given, utc_offset_h=0).encounters["category"].tolist() == [
        "camp"
    ]
