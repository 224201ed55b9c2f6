"""From positions to stretches walked, ridden or rowed, each counted once.

Mathematical formulation
    For positions k of a leg in order of time, with geodesic distance d on the WGS 84 ellipsoid::

        stretch k -> k + 1 counts if  0 < t[k+1] - t[k] <= gap  and  d / (t[k+1] - t[k]) <= speed

In words
    Between two positions that are hours apart nobody knows where the patrol was, and what is too
    fast is an error of the receiver: neither its length nor its time counts as effort. A position
    that an export repeats for every member of the team counts once.

Papers: Karney 2013, doi 10.1007/s00190-012-0578-z (geodesics).
"""

import numpy as np
import pandas as pd
import pyproj

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, warning

GEOD = pyproj.Geod(ellps="WGS84")

_ENDS = ("longitude", "latitude", "time")


def segments_of(
    fixes: pd.DataFrame,
    *,
    utc_offset_h: float,
    max_gap_h: float,
    max_speed_kmh: float,
    max_leg_days: float = 31.0,
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Finding, ...]]:
    """Stretches between successive positions, and what was left out.

    Parameters
    ----------
    fixes : DataFrame
        As `PatrolLog.fixes`, in any order.
    utc_offset_h : float
        What local clocks show more than UTC: a stretch belongs to the local day of its start.
    max_gap_h : float
        Longest time between two positions.
    max_speed_kmh : float
        Highest speed that a patrol can have.
    max_leg_days : float
        Longest duration of a leg of which only the ends are known, in days; what is longer was
        never closed, and is left out. Such a leg is one stretch on each local day that it touches.

    Returns
    -------
    DataFrame
        patrol, leg, station, type, start (UTC), day (local date), year (local), km, hours,
        x0, y0, x1, y1 (degrees), tracked (False: a leg of which only the ends are known; its
        length is NaN).
    DataFrame
        `cleaning`: step, rows, km, hours of what was left out (NaN where there is none to tell).
    findings

    Raises
    ------
    InputError
        `patrols.no-effort` if no stretch is left.
    """
    fixes, repeated, conflicting = _once(fixes)
    raw = _pairs(fixes, utc_offset_h)
    same = ["patrol", "start", "end", "x0", "y0", "x1", "y1"]
    # Without places two teams of one patrol cannot be told from one told twice.
    twice = (raw.duplicated(same) & raw["tracked"]).to_numpy()
    gap = raw["tracked"].to_numpy() & (raw["hours"] > max_gap_h).to_numpy()
    fast = raw["tracked"].to_numpy() & (raw["km"] > max_speed_kmh * raw["hours"]).to_numpy()
    endless = ~raw["tracked"].to_numpy() & (raw["hours"] > 24 * max_leg_days).to_numpy()
    left_out = {
        "repeated-stretch": twice, "gap": ~twice & gap, "speed": ~twice & ~gap & fast,
        "endless": endless,
    }  # fmt: skip
    chosen = raw[~(twice | gap | fast | endless)]
    untracked = int((~chosen["tracked"]).sum())
    kept = _by_day(chosen, utc_offset_h).drop(columns="end").reset_index(drop=True)
    cleaning = pd.DataFrame(
        [
            {"step": "repeated-position", "rows": repeated, "km": np.nan, "hours": np.nan},
            {"step": "conflicting-position", "rows": conflicting, "km": np.nan, "hours": np.nan},
            *(
                {
                    "step": step,
                    "rows": int(out.sum()),
                    "km": float(raw.loc[out, "km"].sum()),
                    "hours": float(raw.loc[out, "hours"].sum()),
                }
                for step, out in left_out.items()
            ),
        ]
    )
    if kept.empty:
        raise InputError.because("patrols.no-effort", "tracks", count=len(fixes))
    told = _told(cleaning, untracked, max_gap_h, max_speed_kmh, max_leg_days)
    return kept, cleaning, tuple(told)


def _once(fixes: pd.DataFrame) -> tuple[pd.DataFrame, int, int]:
    """Positions sorted, one per patrol, leg and time; how many repeat and how many contradict."""
    keys = ["patrol", "leg", "time"]
    # Where two places claim one moment, the choice must not hang on the order of rows.
    ordered = fixes.sort_values([*keys, "longitude", "latitude", "station", "type"])
    equal = ordered.duplicated([*keys, "longitude", "latitude"])
    conflicting = ordered.duplicated(keys) & ~equal
    kept = ordered[~(equal | conflicting)].reset_index(drop=True)
    return kept, int(equal.sum()), int(conflicting.sum())


def _pairs(fixes: pd.DataFrame, utc_offset_h: float) -> pd.DataFrame:
    """Each position with the next of its leg."""
    following = (
        (fixes["patrol"].to_numpy()[1:] == fixes["patrol"].to_numpy()[:-1])
        & (fixes["leg"].to_numpy()[1:] == fixes["leg"].to_numpy()[:-1])
    )  # fmt: skip
    first = fixes.iloc[:-1][following].reset_index(drop=True)
    last = fixes.iloc[1:][following].reset_index(drop=True)
    table = first[["patrol", "leg", "station", "type"]].copy()
    table["start"], table["end"] = first["time"], last["time"]
    local = first["time"] + pd.Timedelta(hours=utc_offset_h)
    table["day"] = local.dt.strftime("%Y-%m-%d")
    table["year"] = local.dt.year.astype(np.int64)
    table["hours"] = (last["time"] - first["time"]).dt.total_seconds() / 3600.0
    table["x0"], table["y0"] = first["longitude"], first["latitude"]
    table["x1"], table["y1"] = last["longitude"], last["latitude"]
    table["tracked"] = ~first["ends_only"].to_numpy(dtype=bool)
    _, _, meters = GEOD.inv(*(table[c].to_numpy() for c in ("x0", "y0", "x1", "y1")))
    table["km"] = np.where(table["tracked"], np.asarray(meters) / 1000.0, np.nan)
    return table


def _by_day(stretches: pd.DataFrame, utc_offset_h: float) -> pd.DataFrame:
    """Legs of which only the ends are known, cut at local midnights; all others as they are."""
    parts = []
    day = pd.Timedelta(days=1)
    for leg in stretches[~stretches["tracked"]].to_dict("records"):
        start = leg["start"]
        while start < leg["end"]:
            local = start + pd.Timedelta(hours=utc_offset_h)
            end = min(leg["end"], local.normalize() + day - pd.Timedelta(hours=utc_offset_h))
            parts.append(
                leg
                | {
                    "start": start,
                    "end": end,
                    "day": local.strftime("%Y-%m-%d"),
                    "year": local.year,
                    "hours": (end - start).total_seconds() / 3600.0,
                }
            )
            start = end
    if not parts:
        return stretches
    cut = pd.DataFrame(parts)[list(stretches.columns)].astype(stretches.dtypes.to_dict())
    tracked = stretches[stretches["tracked"]]
    whole = cut if tracked.empty else pd.concat([tracked, cut], ignore_index=True)
    return whole.sort_values(["patrol", "leg", "start"], kind="stable")


def _told(
    cleaning: pd.DataFrame,
    untracked: int,
    max_gap_h: float,
    max_speed_kmh: float,
    max_leg_days: float,
) -> list[Finding]:
    rows = dict(zip(cleaning["step"], cleaning["rows"], strict=True))
    hours = dict(zip(cleaning["step"], cleaning["hours"], strict=True))
    found = []
    repeated = rows["repeated-position"] + rows["repeated-stretch"]
    if repeated:
        found.append(notice("patrols.repeated", "tracks", count=repeated))
    if rows["conflicting-position"]:
        count = rows["conflicting-position"]
        found.append(warning("patrols.conflicting", "tracks", count=count))
    if rows["gap"]:
        found.append(
            notice("patrols.gaps", "tracks", count=rows["gap"], limit=f"{max_gap_h:g}",
                   hours=f"{hours['gap']:.1f}")
        )  # fmt: skip
    if rows["speed"]:
        found.append(
            warning("patrols.too-fast", "tracks", count=rows["speed"], limit=f"{max_speed_kmh:g}")
        )
    if rows["endless"]:
        limit = f"{max_leg_days:g}"
        found.append(warning("patrols.endless", "tracks", count=rows["endless"], limit=limit))
    if untracked:
        found.append(warning("patrols.ends-only", "tracks", count=untracked))
    return found
