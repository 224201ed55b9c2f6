"""Where patrols were and when: positions made ready for counting, without the names of people.

A log has one row per position of a patrol. Exports repeat each row for every member of the team,
carry positions without time or place, and clocks that are wrong; all of it is put in order here and
told, by number of rows. Columns that name people are never looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.landscape.crs import require_crs

WGS84 = "EPSG:4326"
# Nothing was tracked by satellite before; receivers that lost their date write their epoch.
EARLIEST = pd.Timestamp("1980-01-07", tz="UTC")

_TEXTS = ("patrol", "leg", "station", "type")
_FIXES = (*_TEXTS, "time", "longitude", "latitude", "ends_only")
# Where an encounter was: read to tell it from others, and then dropped.
_PLACES = ("longitude", "latitude", "x", "y", "X", "Y", "geometry")
_ZONED = r"(?:Z|[+-]\d\d:?\d\d)\s*$"


@dataclass(frozen=True, slots=True)
class PatrolLog:
    """Positions and encounters of patrols.

    `fixes`: patrol, leg, station, type (texts, "" where not given), time (UTC), longitude and
    latitude (WGS 84), ends_only (start and end of a leg that has no track; their place is NaN).
    `encounters`: patrol, category, time (UTC; NaT unknown). No place of an encounter and no name
    of a person is kept.
    """

    fixes: pd.DataFrame
    encounters: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def read_log(
    tracks: "pd.DataFrame | PatrolLog", *, encounters: pd.DataFrame | None, utc_offset_h: float
) -> PatrolLog:
    """Tracks and encounters of a study as a log.

    Parameters
    ----------
    tracks : DataFrame, GeoDataFrame or PatrolLog
        A log stays as it is, and given encounters replace its own. Features of lines are read by
        `fixes_of_lines`, any other table by `fixes_of_table`.
    encounters : DataFrame, optional
        `category`, and where known `time`, `patrol`, `id`; None: those of the log, or none.
    utc_offset_h : float
        What local clocks show more than UTC; times without a zone are local.

    Raises
    ------
    InputError
        `patrols.columns`, `patrols.no-fixes`.
    """
    if isinstance(tracks, PatrolLog):
        fixes, found = tracks.fixes, tracks.findings
        seen = tracks.encounters
    elif isinstance(tracks, gpd.GeoDataFrame) and not (tracks.geom_type == "Point").all():
        fixes, found = fixes_of_lines(tracks)
        seen = no_encounters()
    else:
        fixes, found = fixes_of_table(tracks, utc_offset_h=utc_offset_h)
        seen = no_encounters()
    if encounters is not None:
        seen, more = encounters_of_table(encounters, utc_offset_h=utc_offset_h)
        found = (*found, *more)
    return PatrolLog(fixes, seen, tuple(found))


def fixes_of_table(
    table: pd.DataFrame, *, utc_offset_h: float
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """One row per position from a table.

    Parameters
    ----------
    table : DataFrame
        `patrol`, `time` (ISO 8601), and `longitude`, `latitude` in degrees, or points as
        geometry. May have `leg`, `station`, `type`. All other columns are ignored.
    utc_offset_h : float
        Times without a zone are this many hours ahead of UTC.

    Raises
    ------
    InputError
        `patrols.columns`, `patrols.no-fixes`.
    """
    if isinstance(table, gpd.GeoDataFrame):
        require_crs(table.crs, name="tracks")
        points = table.geometry.to_crs(WGS84)
        table = pd.DataFrame(table).assign(longitude=points.x, latitude=points.y)
    missing = [c for c in ("patrol", "time", "longitude", "latitude") if c not in table.columns]
    if missing:
        raise _columns_missing("tracks", missing, table)
    fixes = pd.DataFrame({name: _text(table, name) for name in _TEXTS})
    fixes["time"] = times_of(table["time"], utc_offset_h=utc_offset_h).to_numpy()
    for name in ("longitude", "latitude"):
        fixes[name] = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
    fixes["ends_only"] = False
    return checked(fixes)


def fixes_of_lines(features: gpd.GeoDataFrame) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """One row per vertex of lines whose third coordinate is the time in milliseconds since 1970.

    Parameters
    ----------
    features : GeoDataFrame
        LineString Z or MultiLineString Z, in any CRS. The patrol is read from `patrol`, or else
        `id`, `uuid`, `patrol_id` (SMART Connect); likewise leg, station and type.

    Raises
    ------
    InputError
        `patrols.columns`, `patrols.no-times` (lines without a third coordinate),
        `patrols.no-fixes`.
    """
    crs = require_crs(features.crs, name="tracks")
    named = {name: _first_of(features, known) for name, known in SMART_COLUMNS.items()}
    if named["patrol"] is None:
        raise _columns_missing("tracks", ["patrol"], features)
    shapes = features.geometry.array
    drawn = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if drawn.any() and not shapely.has_z(shapes[drawn]).any():
        raise InputError.because("patrols.no-times", "tracks", count=int(drawn.sum()))
    parts, owner = shapely.get_parts(np.asarray(shapes), return_index=True)
    xyz, part = shapely.get_coordinates(parts, include_z=True, return_index=True)
    row = owner[part]
    fixes = pd.DataFrame(
        {
            name: "" if column is None else _text(features, column)[row]
            for name, column in named.items()
        },
        index=range(len(row)),
    )
    placed = gpd.GeoSeries(gpd.points_from_xy(xyz[:, 0], xyz[:, 1]), crs=crs).to_crs(WGS84)
    stamps = pd.to_datetime(pd.Series(xyz[:, 2]).round(), unit="ms", errors="coerce", utc=True)
    fixes["time"] = stamps.to_numpy()
    fixes["longitude"], fixes["latitude"] = placed.x.to_numpy(), placed.y.to_numpy()
    fixes["ends_only"] = False
    return checked(fixes)


# Names of the columns in SMART Connect; the first that is there counts.
SMART_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "patrol": ("patrol", "uuid", "patrol_id", "id"),
    "leg": ("leg", "patrol_leg_day_uuid", "patrol_leg_uuid", "patrol_leg_id"),
    "station": ("station",),
    "type": ("type", "patrol_transport", "transport", "patrol_mandate"),
}


def checked(fixes: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Fixes that can be used, and how many cannot and why.

    Raises
    ------
    InputError
        `patrols.no-fixes` if nothing is left.
    """
    fixes = fixes.reset_index(drop=True)
    time = pd.to_datetime(fixes["time"], utc=True)
    fixes["time"] = time
    longitude, latitude = fixes["longitude"], fixes["latitude"]
    # Receivers without a position write 0, 0.
    nowhere = (longitude == 0) & (latitude == 0)
    placed = (longitude.abs() <= 180) & (latitude.abs() <= 90) & ~nowhere
    reasons = {
        "patrols.without-patrol": fixes["patrol"] == "",
        "patrols.without-time": time.isna(),
        "patrols.too-early": time < EARLIEST,
        # Of a leg without a track only the times count.
        "patrols.without-place": ~placed & ~fixes["ends_only"].astype(bool),
    }
    found = [
        warning(code, "tracks", count=int(bad.sum()), rows=offenders(np.flatnonzero(bad) + 1))
        for code, bad in reasons.items()
        if bad.any()
    ]
    usable = ~np.logical_or.reduce([bad.to_numpy() for bad in reasons.values()])
    if not usable.any():
        raise InputError.because("patrols.no-fixes", "tracks", count=len(fixes))
    return fixes.loc[usable, list(_FIXES)].reset_index(drop=True), tuple(found)


def no_encounters() -> pd.DataFrame:
    """An empty table of encounters."""
    empty = pd.DataFrame({"patrol": pd.Series(dtype=object), "category": pd.Series(dtype=object)})
    return empty.assign(time=pd.Series(dtype="datetime64[ns, UTC]"))


def encounters_of_table(
    table: pd.DataFrame, *, utc_offset_h: float
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """What patrols met, each once.

    Parameters
    ----------
    table : DataFrame
        `category`, and where known `time`, `patrol`, `id`. Rows with the same `id` are one
        encounter; without ids, rows of one patrol, time, category and place (`longitude` and
        `latitude`, `x` and `y`, `X` and `Y` or `geometry`, as far as they are there): exports
        repeat them for each member. Rows without a time are one if equal in all columns.
    utc_offset_h : float
        As in `fixes_of_table`.

    Raises
    ------
    InputError
        `patrols.columns`.
    """
    if "category" not in table.columns:
        raise _columns_missing("encounters", ["category"], table)
    plain = pd.DataFrame(table)
    if "id" in plain.columns:
        ids = pd.Series(_text(plain, "id"), index=plain.index)
        repeated = (ids.duplicated() & (ids != "")).to_numpy(copy=True)
        nameless = (ids == "").to_numpy()
        repeated[nameless] = _told_again(plain[nameless], utc_offset_h)
    else:
        repeated = _told_again(plain, utc_offset_h)
    kept = plain[~repeated]
    categories = pd.Series(_text(kept, "category"), index=kept.index)
    found = []
    if repeated.any():
        found.append(notice("patrols.encounters-repeated", "encounters", count=int(repeated.sum())))
    if (categories == "").any():
        count = int((categories == "").sum())
        found.append(warning("patrols.without-category", "encounters", count=count))
    seen = pd.DataFrame({"patrol": _text(kept, "patrol"), "category": categories.to_numpy()})
    if "time" in kept.columns:
        seen["time"] = times_of(kept["time"], utc_offset_h=utc_offset_h).to_numpy()
        seen["time"] = pd.to_datetime(seen["time"], utc=True)
    else:
        seen["time"] = pd.Series(pd.NaT, index=seen.index, dtype="datetime64[ns, UTC]")
    return seen[seen["category"] != ""].reset_index(drop=True), tuple(found)


def _told_again(table: pd.DataFrame, utc_offset_h: float) -> np.ndarray:
    """Which rows without ids tell of an encounter that an earlier row told."""
    whole = table.astype(str).duplicated().to_numpy()
    if "time" not in table.columns:
        return np.asarray(whole)
    names = [n for n in ("patrol", "category", *_PLACES) if n in table.columns]
    what = pd.DataFrame({n: _text(table, n) for n in names}, index=table.index)
    what["time"] = times_of(table["time"], utc_offset_h=utc_offset_h).to_numpy()
    dated = what["time"].notna().to_numpy()
    return np.where(dated, what.duplicated().to_numpy(), whole)


def times_of(values: pd.Series, *, utc_offset_h: float) -> pd.Series:
    """Times in UTC; NaT where the text is none. Without a zone they are local."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.dt.tz_convert("UTC")
    written = values.astype("string").str.strip()
    utc = pd.to_datetime(written, format="ISO8601", errors="coerce", utc=True)
    zoned = written.str.contains(_ZONED, regex=True, na=False).to_numpy(dtype=bool)
    # A date alone ends with digits that look like a zone: 2024-05-01.
    zoned &= written.str.contains(":", na=False).to_numpy(dtype=bool)
    shift = pd.Series(np.where(zoned, 0.0, utc_offset_h), index=values.index)
    shifted: pd.Series = utc - pd.to_timedelta(shift, unit="h")
    return shifted


def _first_of(table: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in table.columns), None)


def _text(table: pd.DataFrame, name: str) -> np.ndarray:
    """A column as stripped text, "" where absent; whole numbers without a decimal point."""
    if name not in table.columns:
        return np.full(len(table), "", dtype=object)
    values = table[name]
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return np.asarray(values.astype("string").fillna("").str.strip().astype(object))


def _columns_missing(subject: str, missing: list[str], table: pd.DataFrame) -> InputError:
    listed = offenders([c for c in table.columns if c in _FIXES or c in ("category", "id")], 20)
    return InputError.because(
        "patrols.columns", subject, missing=offenders(missing), columns=listed or "–"
    )
