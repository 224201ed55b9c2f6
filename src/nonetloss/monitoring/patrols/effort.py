"""How much was patrolled: patrols, days, kilometers, hours, ground seen; and what was met on it.

Rates divide by effort; where there was none the rate is unknown, never zero or infinite.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyproj
import shapely

from nonetloss.core.findings import Finding, warning
from nonetloss.monitoring.patrols.log import WGS84

ALL = "all"
# Sides of a polygon for a quarter of a circle: its area is 0.16 % too small.
QUARTER = 16


def effort_table(segments: pd.DataFrame, *, crs: str, swath_m: float) -> pd.DataFrame:
    """Effort by year and in all, of everybody, by station and by type.

    Parameters
    ----------
    segments : DataFrame
        As `segments.segments_of` gives them.
    crs : str
        Projected CRS of the study, in meters.
    swath_m : float
        Full width of what a patrol sees, half on each side of its track.

    Returns
    -------
    DataFrame
        period (year or "all"), by (all | station | type), group, patrols, patrol_days (patrol and
        local date), calendar_days (local dates), km (NaN if no leg was tracked), hours,
        swath_km2_merged (ground seen), swath_km2_unmerged (sum over legs: ground seen by several
        counts for each).
    """
    corridors = leg_corridors(segments, crs=crs, swath_m=swath_m)
    rows = []
    for period, by, group, chosen in _groups(segments):
        rows.append(
            {"period": period, "by": by, "group": group} | _totals(chosen, corridors)
        )  # fmt: skip
    return pd.DataFrame(rows)


def leg_corridors(segments: pd.DataFrame, *, crs: str, swath_m: float) -> pd.Series:
    """Ground within half a swath of the tracks, one shape per patrol, leg, year, station, type."""
    tracked = segments[segments["tracked"]]
    lines = planar_lines(tracked, crs=crs)
    legs = pd.MultiIndex.from_frame(tracked[_LEG].drop_duplicates().sort_values(_LEG))
    number = legs.get_indexer(pd.MultiIndex.from_frame(tracked[_LEG]))
    # Stretch by stretch: to widen a dense net of lines at once takes many times as long.
    wide = shapely.buffer(lines, swath_m / 2, quad_segs=QUARTER)
    shapes = [shapely.union_all(wide[number == leg]) for leg in range(len(legs))]
    return pd.Series(shapes, index=legs, dtype=object)


def planar_lines(segments: pd.DataFrame, *, crs: str) -> np.ndarray:
    """Stretches as shapely lines in a projected CRS."""
    to_plane = pyproj.Transformer.from_crs(WGS84, crs, always_xy=True)
    x0, y0 = to_plane.transform(segments["x0"].to_numpy(), segments["y0"].to_numpy())
    x1, y1 = to_plane.transform(segments["x1"].to_numpy(), segments["y1"].to_numpy())
    ends = np.stack([np.column_stack([x0, y0]), np.column_stack([x1, y1])], axis=1)
    return np.asarray(shapely.linestrings(ends.reshape(-1, 2, 2)), dtype=object)


def encounter_table(
    encounters: pd.DataFrame, segments: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Encounters by category, and per hour, patrol day, kilometer and patrol.

    Encounters of patrols without recorded effort are counted in `n` and not in the rates: what
    was met on effort that nobody recorded would raise them.

    Returns
    -------
    DataFrame
        category, n, rated (those that enter the rates), per_hour, per_day (patrol day), per_km,
        per_patrol. NaN where the effort is zero or unknown.
    """
    known = set(segments["patrol"])
    orphan = (encounters["patrol"] != "") & ~encounters["patrol"].isin(known)
    found: tuple[Finding, ...] = ()
    if orphan.any():
        found = (
            warning("patrols.encounter-of-no-patrol", "encounters", count=int(orphan.sum())),
        )  # fmt: skip
    totals = _counts(segments)
    counted = pd.DataFrame({"category": encounters["category"], "rated": ~orphan})
    grouped = counted.groupby("category", sort=True)["rated"]
    table = pd.DataFrame({"n": grouped.size(), "rated": grouped.sum().astype(np.int64)})
    table = table.rename_axis("category").reset_index()
    for column, name in _RATES.items():
        table[column] = table["rated"] / (totals[name] if totals[name] > 0 else np.nan)
    return table, found


_LEG = ["patrol", "leg", "year", "station", "type"]
_RATES = {"per_hour": "hours", "per_day": "patrol_days", "per_km": "km", "per_patrol": "patrols"}


def _groups(segments: pd.DataFrame) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    periods = [(ALL, segments)]
    periods += [(str(year), part) for year, part in segments.groupby("year", sort=True)]
    for period, part in periods:
        yield period, ALL, ALL, part
        for by in ("station", "type"):
            for group, chosen in part.groupby(by, sort=True):
                yield period, by, str(group), chosen


def _counts(segments: pd.DataFrame) -> dict[str, float]:
    days = segments[["patrol", "day"]].drop_duplicates()
    lengths = segments.loc[segments["tracked"], "km"]
    return {
        "patrols": segments["patrol"].nunique(),
        "patrol_days": len(days),
        "calendar_days": segments["day"].nunique(),
        "km": float(lengths.sum()) if len(lengths) else np.nan,
        "hours": float(segments["hours"].sum()),
    }


def _totals(segments: pd.DataFrame, corridors: pd.Series) -> dict[str, float]:
    tracked = segments[segments["tracked"]]
    if tracked.empty:
        seen = {"swath_km2_merged": np.nan, "swath_km2_unmerged": np.nan}
        return _counts(segments) | seen
    legs = pd.MultiIndex.from_frame(tracked[_LEG].drop_duplicates())
    shapes = corridors.loc[legs].to_numpy()
    return _counts(segments) | {
        "swath_km2_merged": float(shapely.union_all(shapes).area) / 1e6,
        "swath_km2_unmerged": float(shapely.area(shapes).sum()) / 1e6,
    }
