"""Patrols in a study that runs: exports come in by kind, and no name leaves in any file."""

import json
import sqlite3

import pandas as pd
import pytest

from nonetloss.core.errors import InputError, StudyError
from nonetloss.study.runner import run_study

NOON = 1_772_366_400_000  # 2026-03-01T12:00:00Z in milliseconds
SECRET = "Xochitl Quispe"


def smart(leader: str) -> dict:
    vertices = [[-74.5 + 0.01 * i, -8.41, NOON + 1_800_000 * i] for i in range(10)]
    return {
        "type": "Feature",
        "geometry": {"type": "MultiLineString", "coordinates": [vertices]},
        "properties": {
            "uuid": "patrol-a",
            "patrol_leg_day_uuid": "day-1",
            "patrol_transport": "Foot",
            "station": "Puesto 1",
            "patrol_leader_name": leader,
        },
    }


def study_with(small_study, content: dict, *, kind: str):
    path = small_study.folder / "data" / "patrols.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    (small_study.folder / "data" / "met.csv").write_text(
        "id,patrol,time,category,longitude,latitude,reported_by\n"
        f"1,patrol-a,2026-03-01T13:00Z,clearing,-74.4321,-8.4321,{SECRET}\n",
        encoding="utf-8",
    )
    said = {"title": {"es": "p", "en": "p"}, "origin": "invented for a test",
            "licence": "CC0-1.0", "schematic": True}  # fmt: skip
    small_study.catalog["sources"]["export"] = {"path": "data/patrols.json", "kind": kind, **said}
    small_study.catalog["sources"]["met"] = {"path": "data/met.csv", "kind": "table", **said}
    small_study.study["tables"] = {
        "tracks": {"source": "export"},
        "encounters": {"source": "met"},
    }
    small_study.study["steps"] = [
        {
            "step": "patrols",
            "method": "monitoring.patrols",
            "parameters": {"utc_offset_h": -5, "loss_categories": ["clearing"]},
        }
    ]
    return small_study.save()


def test_smart_tracks_run_and_name_nobody(small_study, tmp_path):
    content = {"type": "FeatureCollection", "features": [smart(SECRET), smart("Another Name")]}
    out = run_study(
        study_with(small_study, content, kind="patrols"), tmp_path / "run", languages=()
    )
    step = out / "01-patrols"
    effort = pd.read_parquet(step / "effort.parquet").iloc[0]
    assert (effort["patrols"], effort["patrol_days"]) == (1, 1)
    assert effort["hours"] == pytest.approx(4.5)
    assert (step / "cells.gpkg").is_file()
    files = [p for p in out.rglob("*") if p.is_file()]
    for secret in (SECRET, "Another Name", "74.4321"):
        for path in files:
            assert secret.encode() not in path.read_bytes(), path.name
    with sqlite3.connect(step / "cells.gpkg") as database:
        names = {row[1] for row in database.execute("pragma table_info('cells')")}
    database.close()
    assert names >= {"effort_km", "visits"}
    assert not names & {"leader", "patrol", "patrol_leader_name"}


def test_earthranger_patrols_run(small_study, tmp_path):
    content = {
        "data": {
            "results": [
                {
                    "serial_number": 7,
                    "state": "done",
                    "patrol_segments": [
                        {
                            "id": "s",
                            "patrol_type": "boat",
                            "leader": {"id": "x", "name": SECRET},
                            "time_range": {
                                "start_time": "2026-03-01T12:00:00Z",
                                "end_time": "2026-03-01T18:00:00Z",
                            },
                        }
                    ],
                }
            ]
        }
    }
    out = run_study(
        study_with(small_study, content, kind="patrols"), tmp_path / "run", languages=()
    )
    effort = pd.read_parquet(out / "01-patrols" / "effort.parquet").iloc[0]
    assert effort["hours"] == 6.0
    assert pd.isna(effort["km"])


def test_events_of_earthranger_leave_neither_name_nor_place(small_study, tmp_path):
    """Tracks and events come from one export; reporter, leader and place stay in it."""

    def seen(number, member):
        return {
            "id": f"e-{number}",
            "event_type": "clearing",
            "time": "2026-03-01T13:00:00Z",
            "title": f"Seen by {member}",
            "reported_by": {"name": member},
            "location": {"longitude": -74.4321, "latitude": -8.4321},
            "geojson": {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [-74.4321, -8.4321]},
                "properties": {"reported_by": member, "datetime": "2026-03-01T13:00:00Z"},
            },
        }

    leg = {
        "patrol_type": "boat",
        "leader": {"id": "x", "name": SECRET, "username": "Another Name"},
        "start_location": {"longitude": -74.4321, "latitude": -8.4321},
        "time_range": {"start_time": "2026-03-01T12:00:00Z", "end_time": "2026-03-01T18:00:00Z"},
        "events": [seen(1, SECRET), seen(1, "Another Name"), seen(2, SECRET)],
    }
    patrol = {"serial_number": 7, "title": SECRET, "state": "done", "patrol_segments": [leg]}
    study_with(small_study, {"data": {"results": [patrol]}}, kind="patrols")
    del small_study.study["tables"]["encounters"]
    out = run_study(small_study.save(), tmp_path / "run", languages=())
    met = pd.read_parquet(out / "01-patrols" / "encounters.parquet")
    assert met[["category", "n"]].to_numpy().tolist() == [["clearing", 2]]
    for path in (p for p in out.rglob("*") if p.is_file()):
        for secret in (SECRET, "Another Name", "74.4321", "8.4321"):
            assert secret.encode() not in path.read_bytes(), path.name


def test_an_export_that_is_none_stops_the_study(small_study, tmp_path):
    with pytest.raises(StudyError) as caught:
        run_study(study_with(small_study, {}, kind="patrols"), tmp_path / "run", languages=())
    assert "patrols.unknown-format" in [f.code for f in caught.value.findings]


def test_lines_read_as_a_layer_have_lost_their_times(small_study, tmp_path):
    content = {"type": "FeatureCollection", "features": [smart(SECRET)]}
    with pytest.raises(InputError) as caught:
        run_study(study_with(small_study, content, kind="vector"), tmp_path / "run", languages=())
    assert "patrols.no-times" in [f.code for f in caught.value.findings]
    assert "kind: patrols" in caught.value.render("en")


def test_a_table_of_positions_is_declared_as_a_table(small_study, tmp_path):
    folder = study_with(small_study, {}, kind="patrols")
    (folder / "data" / "patrols.json").rename(folder / "data" / "patrols.csv")
    small_study.catalog["sources"]["export"]["path"] = "data/patrols.csv"
    small_study.save()
    with pytest.raises(StudyError) as caught:
        run_study(folder, tmp_path / "run", languages=())
    assert "study.source-kind" in [f.code for f in caught.value.findings]
