"""Patrol tracks and encounters from the exports of SMART Connect, EarthRanger, or plain CSV.

Names and identities of people are read by no one: of every record only patrol, leg, station, type,
time and place are taken, and of an encounter only its category, time and patrol. Where EarthRanger
tells the track of a patrol by its leader, the identity serves to join both files and is dropped.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.errors import ShapelyError

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.io.tables import read_rows
from nonetloss.monitoring.patrols.log import (
    SMART_COLUMNS,
    WGS84,
    PatrolLog,
    checked,
    encounters_of_table,
    fixes_of_lines,
    fixes_of_table,
    no_encounters,
)

# Members that may hold a time of an encounter, the best first; when it was edited says nothing.
_EVENT_TIMES = ("time", "datetime", "created_at")
_EVENT_COLUMNS = ("category", "event_type", "datetime", "time", "patrol", "patrol_id", "id", "uuid")


def read_patrols(
    path: Path,
    *,
    name: str,
    tracks: Path | None = None,
    columns: Mapping[str, str] | None = None,
    utc_offset_h: float = 0.0,
    encoding: str | None = None,
) -> PatrolLog:
    """A log from one export, by what is in the file.

    Parameters
    ----------
    path : Path
        GeoJSON with lines whose third coordinate is milliseconds (SMART Connect); JSON with
        `patrol_segments` (EarthRanger); or CSV of positions, also gzip.
    name : str
        How messages call it.
    tracks : Path, optional
        For EarthRanger: GeoJSON of the tracks of subjects with
        `coordinateProperties.times`, or JSON of observations. Without it only hours are known.
    columns : mapping, optional
        Wanted names to those of the columns of a CSV or the properties of SMART lines.
    utc_offset_h : float
        Times without a zone are this many hours ahead of UTC.
    encoding : str, optional
        Of a CSV.

    Raises
    ------
    InputError
        `patrols.not-json`, `patrols.unknown-format`, `patrols.columns`, `patrols.properties`,
        `patrols.names-fixed`, `patrols.no-times`, `patrols.no-fixes`, and
        what `io.tables.read_rows` raises.
    """
    if is_table(path):
        rows = read_rows(path, name=name, encoding=encoding)
        renamed = rows.rename(columns={old: new for new, old in (columns or {}).items()})
        fixes, found = fixes_of_table(renamed, utc_offset_h=utc_offset_h)
        return PatrolLog(fixes, no_encounters(), found)
    content = _read_json(path, name)
    patrols = _patrols_in(content)
    if patrols is not None:
        if columns:
            raise InputError.because("patrols.names-fixed", name, given=offenders(columns))
        followed = {} if tracks is None else _followed(_read_json(tracks, name), name)
        return _of_earthranger(patrols, followed, utc_offset_h)
    if _is_collection(content):
        fixes, found = fixes_of_lines(_lines_of(content, columns or {}, name))
        return PatrolLog(fixes, no_encounters(), found)
    raise InputError.because("patrols.unknown-format", name)


def read_encounters(
    path: Path,
    *,
    name: str,
    columns: Mapping[str, str] | None = None,
    utc_offset_h: float = 0.0,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Encounters from GeoJSON of SMART observations, EarthRanger events, or CSV.

    Returns
    -------
    DataFrame
        patrol, category, time; places only tell records without ids apart, and are dropped.

    Raises
    ------
    InputError
        `patrols.not-json`, `patrols.unknown-format`, `patrols.columns`.
    """
    if is_table(path):
        rows = read_rows(path, name=name, encoding=encoding)
        rows = rows.rename(columns={old: new for new, old in (columns or {}).items()})
        return encounters_of_table(rows, utc_offset_h=utc_offset_h)
    content = _read_json(path, name)
    if _is_collection(content):
        places = [json.dumps(f.get("geometry")) for f in content["features"]]
        records = [f.get("properties") or {} for f in content["features"]]
    else:
        records = _records_in(content)
        places = [json.dumps(r.get("location")) for r in records]
    if not records:
        raise InputError.because("patrols.unknown-format", name)
    table = pd.DataFrame([{k: r[k] for k in _EVENT_COLUMNS if k in r} for r in records])
    table["geometry"] = places
    named = {"event_type": "category", "datetime": "time", "patrol_id": "patrol", "uuid": "id"}
    renamed = table.rename(columns={k: v for k, v in named.items() if v not in table.columns})
    return encounters_of_table(renamed, utc_offset_h=utc_offset_h)


def is_table(path: Path) -> bool:
    """Whether a file is read as CSV."""
    return path.name.lower().endswith((".csv", ".csv.gz"))


def _is_collection(content: Any) -> bool:
    return isinstance(content, Mapping) and isinstance(content.get("features"), list)


def _read_json(path: Path, name: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as cause:
        raise InputError.because("patrols.not-json", name, problem=str(cause)) from cause


def _records_in(content: Any) -> list[Mapping[str, Any]]:
    """The list of records in `[…]`, `{results: […]}` or `{data: {results: […]}}`."""
    for key in ("data", "results"):
        if isinstance(content, Mapping) and key in content:
            content = content[key]
    records = content if isinstance(content, list) else []
    return [r for r in records if isinstance(r, Mapping)]


def _patrols_in(content: Any) -> list[Mapping[str, Any]] | None:
    records = _records_in(content)
    return records if any("patrol_segments" in r for r in records) else None


def _lines_of(
    content: Mapping[str, Any], columns: Mapping[str, str], name: str
) -> gpd.GeoDataFrame:
    """Lines of a GeoJSON with the columns that say nothing of people.

    Raises
    ------
    InputError
        `patrols.properties` if nothing names the patrol, or `columns` names what is not there.
    """
    wanted = {known for names in SMART_COLUMNS.values() for known in names}
    present = {str(k) for f in content["features"] for k in f.get("properties") or {}}
    missing = [new for new in columns if new not in SMART_COLUMNS]
    missing += [old for new, old in columns.items() if new in SMART_COLUMNS and old not in present]
    if "patrol" not in columns and not present.intersection(SMART_COLUMNS["patrol"]):
        missing.append("patrol")
    if missing and content["features"]:
        raise InputError.because(
            "patrols.properties",
            name,
            missing=offenders(missing),
            known="; ".join(f"{new}: {', '.join(old)}" for new, old in SMART_COLUMNS.items()),
            found=offenders(sorted(present), 20) or "–",
        )
    rows, shapes = [], []
    for feature in content["features"]:
        properties = feature.get("properties") or {}
        row = {k: v for k, v in properties.items() if k in wanted and k not in columns}
        rows.append(row | {new: properties.get(old) for new, old in columns.items()})
        shapes.append(_line_of(feature.get("geometry")))
    crs = ((content.get("crs") or {}).get("properties") or {}).get("name", WGS84)
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=crs)


def _line_of(geometry: Any) -> Any:
    """A line, or None for what is no line or cannot be read."""
    if not isinstance(geometry, Mapping):
        return None
    if geometry.get("type") not in ("LineString", "MultiLineString"):
        return None
    try:
        return shapely.geometry.shape(geometry)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _of_earthranger(
    patrols: Sequence[Mapping[str, Any]], followed: Mapping[str, pd.DataFrame], utc_offset_h: float
) -> PatrolLog:
    """Legs of patrols with the track of their leader, or with their two ends only."""
    rows: list[pd.DataFrame] = []
    events: list[dict[str, Any]] = []
    cancelled = unended = reversed_ = 0
    for patrol in patrols:
        if str(patrol.get("state", "")).lower() == "cancelled":
            cancelled += 1
            continue
        number = str(patrol.get("serial_number") or patrol.get("id") or "")
        for order, segment in enumerate(patrol.get("patrol_segments") or [], start=1):
            events += [_event(e, number) for e in segment.get("events") or []]
            span = segment.get("time_range") or {}
            start, end = _moment(span.get("start_time")), _moment(span.get("end_time"))
            if start is None or end is None:
                unended += 1
            elif end < start:
                reversed_ += 1
            else:
                # Two teams of one patrol must not become one leg.
                leg = str(segment.get("id") or f"segment-{order}")
                rows.append(_leg(segment, number, start, end, followed).assign(leg=leg))
    found = [
        warning(code, "tracks", count=count)
        for code, count in (("patrols.reversed", reversed_), ("patrols.open", unended))
        if count
    ]
    if cancelled:
        found.append(notice("patrols.cancelled", "tracks", count=cancelled))
    if not rows:
        raise InputError.because("patrols.no-fixes", "tracks", count=len(patrols))
    fixes, told = checked(pd.concat(rows, ignore_index=True))
    seen = no_encounters()
    more: tuple[Finding, ...] = ()
    if events:
        seen, more = encounters_of_table(pd.DataFrame(events), utc_offset_h=utc_offset_h)
    return PatrolLog(fixes, seen, (*found, *told, *more))


def _leg(
    segment: Mapping[str, Any],
    patrol: str,
    start: pd.Timestamp,
    end: pd.Timestamp,
    followed: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    leader = segment.get("leader")
    subject = str(leader.get("id", "")) if isinstance(leader, Mapping) else ""
    path = followed.get(subject)
    inside = path[(path["time"] >= start) & (path["time"] <= end)] if path is not None else None
    if inside is not None and len(inside) >= 2:
        leg = inside.assign(ends_only=False)
    else:
        leg = pd.DataFrame({"time": [start, end], "longitude": np.nan, "latitude": np.nan})
        leg["ends_only"] = True
    return leg.assign(
        patrol=patrol,
        station="",
        type=str(segment.get("patrol_type") or ""),
    )


def _event(event: Mapping[str, Any], patrol: str) -> dict[str, Any]:
    inside = ((event.get("geojson") or {}).get("properties") or {}) | dict(event)
    time = next((inside[k] for k in _EVENT_TIMES if inside.get(k)), None)
    return {
        "category": event.get("event_type"),
        "time": time,
        "patrol": patrol,
        "id": event.get("id"),
    }


def _followed(content: Any, name: str) -> dict[str, pd.DataFrame]:
    """Positions by subject: time, longitude, latitude."""
    rows: list[tuple[str, Any, Any, Any]] = []
    if _is_collection(content):
        for feature in content["features"]:
            rows += _vertices(feature)
    else:
        for record in _records_in(content):
            place = record.get("location") or {}
            subject = str(record.get("subject_id") or record.get("subject") or "")
            rows.append(
                (subject, record.get("recorded_at"), place.get("longitude"), place.get("latitude"))
            )
    if not rows:
        raise InputError.because("patrols.unknown-format", name)
    table = pd.DataFrame(rows, columns=["subject", "time", "longitude", "latitude"])
    table["time"] = pd.to_datetime(table["time"], format="ISO8601", errors="coerce", utc=True)
    for column in ("longitude", "latitude"):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    return {str(key): part.drop(columns="subject") for key, part in table.groupby("subject")}


def _vertices(feature: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any, Any]]:
    properties = feature.get("properties") or {}
    subject = str(properties.get("subject_id") or properties.get("id") or "")
    times = (properties.get("coordinateProperties") or {}).get("times") or []
    points = (feature.get("geometry") or {}).get("coordinates") or []
    for time, point in zip(times, points, strict=False):
        yield subject, time, point[0], point[1]


def _moment(value: Any) -> pd.Timestamp | None:
    stamp = pd.to_datetime(value, format="ISO8601", errors="coerce", utc=True)
    return None if stamp is None or pd.isna(stamp) else stamp
