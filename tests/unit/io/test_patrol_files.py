"""Exports of SMART and EarthRanger as small files written here; names never come through."""

import json

import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.io.patrol_files import read_encounters, read_patrols
from nonetloss.monitoring.patrols.segments import segments_of

NOON = 1_772_366_400_000  # 2026-03-01T12:00:00Z in milliseconds


def write(folder, name, content):
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


def codes(found) -> list[str]:
    return [f.code for f in found]


def smart_feature(leader, day="day-1", points=3, **changed) -> dict:
    vertices = [[-70.1 - 0.01 * i, -12.5, NOON + 600_000 * i] for i in range(points)]
    return {
        "type": "Feature",
        "geometry": {"type": "MultiLineString", "coordinates": [vertices]},
        "properties": {
            "uuid": "patrol-a",
            "id": "LA_000001",
            "patrol_leg_uuid": f"{day}-leg",
            "patrol_leg_day_uuid": day,
            "patrol_leg_day_start": "2026-03-01T12:00:00+00:00",
            "patrol_leg_day_end": "2026-03-01T12:20:00+00:00",
            "patrol_mandate": "Vigilancia",
            "patrol_transport": "Foot",
            "station": "Puesto 1",
            "patrol_leader_name": leader,
            "patrol_leader_uuid": f"u-{leader}",
            **changed,
        },
    }


def collection(*features) -> dict:
    return {"type": "FeatureCollection", "features": list(features)}


def test_smart_repeats_a_track_for_every_member_and_it_counts_once(tmp_path):
    path = write(
        tmp_path, "smart.geojson", collection(*(smart_feature(n) for n in ("Ana", "Beto", "Caro")))
    )
    log = read_patrols(path, name="patrols")
    assert len(log.fixes) == 9
    assert not {"Ana", "Beto", "Caro"} & set(log.fixes.astype(str).to_numpy().ravel())
    kept, cleaning, _ = segments_of(log.fixes, utc_offset_h=-5, max_gap_h=4, max_speed_kmh=100)
    assert len(kept) == 2
    assert cleaning["rows"].sum() == 6  # two thirds of the rows
    assert kept[["patrol", "leg", "station", "type"]].drop_duplicates().to_numpy().tolist() == [
        ["patrol-a", "day-1", "Puesto 1", "Foot"]
    ]


def test_smart_properties_of_other_names_are_mapped(tmp_path):
    feature = smart_feature("Ana", id_patrulla="P-7", puesto="Puesto 9")
    for name in ("uuid", "id"):
        del feature["properties"][name]
    path = write(tmp_path, "smart.geojson", collection(feature))
    with pytest.raises(InputError) as caught:
        read_patrols(path, name="patrols")
    (found,) = caught.value.findings
    assert found.code == "patrols.properties"
    told = found.render("es")
    assert "no se halló: patrol" in told
    assert "id_patrulla" in told
    assert "patrol_id" in told
    named = {"patrol": "id_patrulla", "station": "puesto"}
    log = read_patrols(path, name="patrols", columns=named)
    assert set(log.fixes["patrol"]) == {"P-7"}
    assert set(log.fixes["station"]) == {"Puesto 9"}
    for wrong in ({"patrol": "id_patrola"}, {**named, "leader": "patrol_leader_name"}):
        with pytest.raises(InputError) as caught:
            read_patrols(path, name="patrols", columns=wrong)
        assert codes(caught.value.findings) == ["patrols.properties"]


def test_names_of_earthranger_are_fixed(tmp_path):
    content = [{"serial_number": 7, "patrol_segments": []}]
    path = write(tmp_path, "er.json", content)
    with pytest.raises(InputError) as caught:
        read_patrols(path, name="patrols", columns={"patrol": "title"})
    assert codes(caught.value.findings) == ["patrols.names-fixed"]


def test_features_that_are_no_lines_are_left_out(tmp_path):
    broken = smart_feature("Ana") | {"geometry": {"type": "LineString", "coordinates": [[1]]}}
    point = smart_feature("Ana") | {"geometry": {"type": "Point", "coordinates": [-70, -12]}}
    none = smart_feature("Ana") | {"geometry": None}
    path = write(tmp_path, "s.json", collection(broken, point, none, smart_feature("Ana")))
    assert len(read_patrols(path, name="p").fixes) == 3


def test_smart_without_times_is_refused(tmp_path):
    flat = smart_feature("Ana")
    flat["geometry"] = {"type": "LineString", "coordinates": [[-70.1, -12.5], [-70.2, -12.5]]}
    with pytest.raises(InputError) as caught:
        read_patrols(write(tmp_path, "s.json", collection(flat)), name="p")
    assert codes(caught.value.findings) == ["patrols.no-times"]


def segment(start="2026-03-01T12:00:00Z", end="2026-03-01T18:00:00Z", **changed) -> dict:
    return {
        "id": "seg-1",
        "patrol_type": "boat_patrol",
        "leader": {"id": "subject-7", "name": "Name Of Ranger"},
        "start_location": {"latitude": -12.5, "longitude": -70.1},
        "end_location": {"latitude": -12.6, "longitude": -70.1},
        "time_range": {"start_time": start, "end_time": end},
        "events": [],
        **changed,
    }


def patrol(*segments, number=14, **changed) -> dict:
    return {
        "id": f"uuid-{number}",
        "serial_number": number,
        "title": "Patrol of Name Of Ranger",
        "state": "done",
        "patrol_segments": list(segments),
        **changed,
    }


def answer(*patrols) -> dict:
    return {"data": {"count": len(patrols), "next": None, "results": list(patrols)}}


def test_earthranger_patrols_without_tracks_have_hours_only(tmp_path):
    log = read_patrols(write(tmp_path, "er.json", answer(patrol(segment()))), name="p")
    assert log.fixes["ends_only"].all()
    assert log.fixes[["longitude", "latitude"]].isna().to_numpy().all()
    assert set(log.fixes["patrol"]) == {"14"}
    kept, _, found = segments_of(log.fixes, utc_offset_h=-5, max_gap_h=4, max_speed_kmh=100)
    assert kept["hours"].tolist() == [6.0]
    assert kept["type"].tolist() == ["boat_patrol"]
    assert codes(found) == ["patrols.ends-only"]


def test_legs_without_an_id_stay_apart(tmp_path):
    """Two teams out at one time are two legs; as one, their ends would be paired wrongly."""
    morning = segment(id=None, end="2026-03-01T15:00:00Z")
    late = segment(id=None, start="2026-03-01T13:00:00Z", end="2026-03-01T18:00:00Z")
    log = read_patrols(write(tmp_path, "er.json", answer(patrol(morning, late))), name="p")
    assert log.fixes["leg"].nunique() == 2
    kept, _, _ = segments_of(log.fixes, utc_offset_h=-5, max_gap_h=4, max_speed_kmh=100)
    assert sorted(kept["hours"]) == [3.0, 5.0]


def test_the_three_ways_a_list_is_wrapped(tmp_path):
    one = [patrol(segment())]
    for content in (one, {"results": one}, answer(*one)):
        assert len(read_patrols(write(tmp_path, "er.json", content), name="p").fixes) == 2


TRACK = {
    "type": "Feature",
    "geometry": {
        "type": "LineString",
        "coordinates": [[-70.10, -12.5], [-70.11, -12.5], [-70.12, -12.5], [-70.5, -12.5]],
    },
    "properties": {
        "id": "subject-7",
        "title": "Name Of Ranger",
        "coordinateProperties": {
            "times": [
                "2026-03-01T12:00:00Z", "2026-03-01T12:30:00Z", "2026-03-01T18:00:00Z",
                "2026-03-01T19:00:00Z",
            ]
        },
    },
}  # fmt: skip


def test_tracks_are_joined_by_leader_and_time_and_the_leader_is_forgotten(tmp_path):
    tracks = write(tmp_path, "tracks.geojson", collection(TRACK))
    path = write(tmp_path, "er.json", answer(patrol(segment())))
    log = read_patrols(path, name="p", tracks=tracks)
    assert log.fixes["longitude"].tolist() == [-70.10, -70.11, -70.12]  # 19:00 is after the leg
    assert not log.fixes["ends_only"].any()
    for secret in ("Name Of Ranger", "subject-7"):
        assert secret not in log.fixes.to_csv() + log.encounters.to_csv()


def test_tracks_may_be_observations(tmp_path):
    rows = [
        {
            "subject_id": "subject-7",
            "recorded_at": f"2026-03-01T12:{minute}:00Z",
            "location": {"latitude": -12.5, "longitude": -70.1 - minute / 1000},
        }
        for minute in (10, 20)
    ]
    tracks = write(tmp_path, "obs.json", {"data": {"results": rows}})
    path = write(tmp_path, "er.json", answer(patrol(segment())))
    assert len(read_patrols(path, name="p", tracks=tracks).fixes) == 2


def test_legs_reversed_open_and_cancelled_are_told(tmp_path):
    path = write(
        tmp_path,
        "er.json",
        answer(
            patrol(segment(), number=1),
            patrol(segment("2026-03-02T12:00:00Z", "2026-03-01T12:00:00Z"), number=2),
            patrol(segment(end=None), number=3),
            patrol(segment(start="soon"), number=4),
            patrol(segment(), number=5, state="cancelled"),
        ),
    )
    log = read_patrols(path, name="p")
    assert set(log.fixes["patrol"]) == {"1"}
    assert {f.code: f.data["count"] for f in log.findings} == {
        "patrols.reversed": 1, "patrols.open": 2, "patrols.cancelled": 1,
    }  # fmt: skip


def test_a_leg_of_no_duration_is_no_effort(tmp_path):
    same = segment(end="2026-03-01T12:00:00Z")
    log = read_patrols(write(tmp_path, "er.json", answer(patrol(same))), name="p")
    with pytest.raises(InputError) as caught:
        segments_of(log.fixes, utc_offset_h=0, max_gap_h=4, max_speed_kmh=100)
    assert codes(caught.value.findings) == ["patrols.no-effort"]


def test_only_reversed_legs_leave_nothing(tmp_path):
    wrong = segment("2026-03-02T12:00:00Z", "2026-03-01T12:00:00Z")
    with pytest.raises(InputError) as caught:
        read_patrols(write(tmp_path, "er.json", answer(patrol(wrong))), name="p")
    assert codes(caught.value.findings) == ["patrols.no-fixes"]


def test_events_of_a_leg_are_encounters_without_their_place(tmp_path):
    events = [
        {
            "id": "e-1",
            "event_type": "clearing_rep",
            "updated_at": "2026-09-09T00:00:00Z",
            "geojson": {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [-70.123456, -12.5]},
                "properties": {"datetime": "2026-03-01T13:00:00Z"},
            },
        },
        {"id": "e-1", "event_type": "clearing_rep", "time": "2026-03-01T13:00:00Z"},
        {"id": "e-2", "event_type": "camp_rep", "updated_at": "2026-09-09T00:00:00Z"},
    ]
    path = write(tmp_path, "er.json", answer(patrol(segment(events=events))))
    log = read_patrols(path, name="p")
    assert log.encounters["category"].tolist() == ["clearing_rep", "camp_rep"]
    assert log.encounters["time"].iloc[0] == pd.Timestamp("2026-03-01T13:00:00Z")
    # When it was edited is not when it was met.
    assert pd.isna(log.encounters["time"].iloc[1])
    assert set(log.encounters["patrol"]) == {"14"}
    assert "70.123456" not in log.encounters.to_csv()


def test_csv_with_other_names_of_columns(tmp_path):
    path = write(
        tmp_path,
        "t.csv",
        "Patrulla,Fecha,X,Y,Jefe\n1,2026-03-01T07:00,-70.1,-12.5,Ana\n"
        "1,2026-03-01T07:30,-70.2,-12.5,Ana\n",
    )
    columns = {"patrol": "Patrulla", "time": "Fecha", "longitude": "X", "latitude": "Y"}
    log = read_patrols(path, name="p", columns=columns, utc_offset_h=-5)
    assert log.fixes["time"].iloc[0] == pd.Timestamp("2026-03-01T12:00Z")
    with pytest.raises(InputError) as caught:
        read_patrols(path, name="p")
    assert codes(caught.value.findings) == ["patrols.columns"]


def test_encounters_of_smart_and_of_csv(tmp_path):
    observation = {
        "type": "Feature",
        "geometry": None,
        "properties": {
            "uuid": "o-1",
            "X": -70.1,
            "Y": -12.5,
            "datetime": "2026-03-01T13:00:00Z",
            "category": "Tala",
            "attributes": '[{"attribute": "observer", "value": "Ana"}]',
        },
    }
    path = write(tmp_path, "o.geojson", collection(observation, observation))
    seen, found = read_encounters(path, name="e")
    assert seen.to_numpy().tolist() == [["", "Tala", pd.Timestamp("2026-03-01T13:00:00Z")]]
    assert codes(found) == ["patrols.encounters-repeated"]
    path = write(tmp_path, "o.csv", "clase,fecha\nTala,2026-03-01T08:00\n")
    columns = {"category": "clase", "time": "fecha"}
    seen, _ = read_encounters(path, name="e", columns=columns, utc_offset_h=-5)
    assert seen["time"].tolist() == [pd.Timestamp("2026-03-01T13:00:00Z")]


def test_observations_without_ids_differ_by_place(tmp_path):
    def seen_at(x, member):
        return {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [x, -12.5]},
            "properties": {
                "datetime": "2026-03-01T13:00:00Z", "category": "Tala", "observer": member,
            },
        }  # fmt: skip

    features = [seen_at(x, name) for x in (-70.1, -70.2) for name in ("Ana", "Beto")]
    seen, found = read_encounters(write(tmp_path, "o.geojson", collection(*features)), name="e")
    assert list(seen.columns) == ["patrol", "category", "time"]
    assert len(seen) == 2
    assert codes(found) == ["patrols.encounters-repeated"]


def test_encounters_of_earthranger(tmp_path):
    events = {"data": {"results": [{"id": "1", "event_type": "camp", "time": "2026-03-01T13:00Z"}]}}
    seen, _ = read_encounters(write(tmp_path, "e.json", events), name="e")
    assert seen["category"].tolist() == ["camp"]


@pytest.mark.parametrize("content", ["", "{", "[1, 2"])
def test_a_broken_file_is_told(tmp_path, content):
    for read in (read_patrols, read_encounters):
        with pytest.raises(InputError) as caught:
            read(write(tmp_path, "x.json", content), name="p")
        assert codes(caught.value.findings) == ["patrols.not-json"]


@pytest.mark.parametrize("content", [{}, [], {"data": []}, "1", [1, 2], {"results": [{"a": 1}]}])
def test_json_of_something_else_is_refused(tmp_path, content):
    with pytest.raises(InputError) as caught:
        read_patrols(write(tmp_path, "x.json", content), name="p")
    assert codes(caught.value.findings) == ["patrols.unknown-format"]


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError) as caught:
        read_patrols(tmp_path / "none.json", name="p")
    assert codes(caught.value.findings) == ["patrols.not-json"]
