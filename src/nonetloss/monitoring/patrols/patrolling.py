"""Patrol effort, coverage and encounters, beside forest change and risk.

Mathematical formulation
    With A the land, R the union of all points within reach of tracks, and w(x) what a pixel holds
    (hectares of forest, expected loss, tCO2e)::

        share covered = sum of w(x) for x in A and R  /  sum of w(x) for x in A

In words
    A pixel counts as covered when its center was within reach of a track. What a patrol can see or
    hinder at that distance is a choice of the study, not a fact.
"""

import datetime
from dataclasses import dataclass
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.monitoring.patrols import beside
from nonetloss.monitoring.patrols.effort import effort_table, encounter_table
from nonetloss.monitoring.patrols.ground import ground_of
from nonetloss.monitoring.patrols.log import PatrolLog, read_log
from nonetloss.monitoring.patrols.place import require_near
from nonetloss.monitoring.patrols.results import Patrols
from nonetloss.monitoring.patrols.segments import segments_of
from nonetloss.numerics.grid import Grid

DAYS_OF_YEAR = 365.25
# Smaller cells would show where a person was.
LEAST_CELL_M = 1000.0


class Cover(Protocol):
    """Forest at three dates, as codes 0 to 8 of the forest cover benchmark map."""

    codes: WindowedRaster
    years: tuple[float, float, float]


class Risk(Protocol):
    """Expected loss per pixel over `years`, in hectares."""

    hectares: WindowedRaster
    years: float


class Stock(Protocol):
    """Carbon by stratum."""

    strata: tuple[str, ...]

    def tco2e_per_ha(self) -> tuple[np.ndarray, np.ndarray]:
        """Likely (strata,) and draws (strata, draws)."""


def patrol_effort(
    tracks: "pd.DataFrame | PatrolLog",
    *,
    grid: Grid,
    crs: str,
    decision_date: datetime.date,
    encounters: pd.DataFrame | None = None,
    zones: gpd.GeoDataFrame | None = None,
    cover: Cover | None = None,
    loss: Raster | WindowedRaster | None = None,
    risk: Risk | None = None,
    stock: Stock | None = None,
    ecosystems: EcosystemMap | None = None,
    utc_offset_h: float | None = None,
    swath_m: float = 500.0,
    reach_m: float = 2500.0,
    cell_m: float = 5000.0,
    max_gap_h: float = 4.0,
    max_speed_kmh: float = 100.0,
    max_leg_days: float = 31.0,
    recent_years: float = 1.0,
    zone: str = "project",
    loss_categories: tuple[str, ...] = (),
) -> Patrols:
    """What patrols covered and met, and whether they go where the risk is.

    Parameters
    ----------
    tracks : DataFrame, GeoDataFrame or PatrolLog
        Positions: patrol, time, longitude, latitude, and where known leg, station, type; or lines
        whose third coordinate is the time in milliseconds.
    grid, crs
        Grid of the study and its projected CRS. Without `zones` its extent is the land.
    decision_date : date
        The day of the study: what is later is left out, and the recent years end with it.
    encounters : DataFrame, optional
        category, and where known time, patrol, id.
    zones : GeoDataFrame, optional
        Polygons; those whose `zone` is `zone` are the land (all, without such a column).
    cover : ForestCover, optional
        Forest at three dates: forest today and loss in two periods.
    loss : Raster, optional
        Calendar year in which each pixel was lost, 0 or NaN: not. Takes the place of the loss
        that `cover` tells.
    risk : RiskMap, optional
        Expected loss.
    stock, ecosystems : CarbonStock and EcosystemMap, optional
        Together they say how much carbon is in reach; ecosystems are strata of the same name.
    utc_offset_h : float, optional
        What local clocks show more than UTC (-5 in Peru). None: UTC, which is told.
    swath_m : float
        Full width of the ground that counts as seen in `effort`.
    reach_m : float
        Distance from a track within which land counts as covered.
    cell_m : float
        Side of the cells of the map, at least a kilometer.
    max_gap_h, max_speed_kmh, max_leg_days : float
        See `segments.segments_of`.
    recent_years : float
        Years before `decision_date` that count for `enforced_share`.
    zone : str
        Value in the column `zone` that marks the land.
    loss_categories : tuple of str
        Categories of encounters that report loss of forest.

    Raises
    ------
    InputError
        `patrols.columns`, `patrols.no-fixes`, `patrols.no-times`, `patrols.no-effort`,
        `patrols.no-area`, `patrols.zone-unknown`, `patrols.cells-too-small`,
        `patrols.cells-too-fine`, `patrols.category-unknown`, `patrols.loss-years`,
        `patrols.loss-codes`, `patrols.outside`, `patrols.swapped`.
    GeometryError
        `crs.missing`, `crs.mixed`.
    """
    if not cell_m >= LEAST_CELL_M:
        raise InputError.because(
            "patrols.cells-too-fine", "cell_m", given=f"{cell_m:g}", least=f"{LEAST_CELL_M:g}"
        )
    offset = 0.0 if utc_offset_h is None else utc_offset_h
    log = read_log(tracks, encounters=encounters, utc_offset_h=offset)
    fixes, seen, late = _until(log, decision_date, offset)
    require_near(fixes, zones, grid=grid, crs=crs)
    segments, cleaning, told = segments_of(
        fixes, utc_offset_h=offset, max_gap_h=max_gap_h, max_speed_kmh=max_speed_kmh,
        max_leg_days=max_leg_days,
    )  # fmt: skip
    found = [*log.findings, *late, *told]
    if utc_offset_h is None:
        found.append(notice("patrols.utc-days", "utc_offset_h"))
    area = land_of(zones, zone, grid=grid, crs=crs)
    since = pd.Timestamp(decision_date, tz="UTC") + pd.Timedelta(days=1, hours=-offset)
    recent = segments[segments["start"] >= since - pd.Timedelta(days=recent_years * DAYS_OF_YEAR)]
    window = beside.Windows(segments, recent.reset_index(drop=True))
    grounds = {
        name: ground_of(part, area=area, crs=crs, cell_m=cell_m, reach_m=reach_m)
        for name, part in window.parts().items()
    }
    maps = beside.maps_of(
        cover=cover, loss=loss, risk=risk, stock=stock, ecosystems=ecosystems,
        until=decision_date.year,
    )  # fmt: skip
    found += maps.findings
    sums = beside.sums_of_maps(maps, grounds)
    coverage = beside.coverage_table(grounds, sums)
    cells = beside.cells_of(window, grounds["all"], sums["all"])
    rates, orphans = encounter_table(seen, segments)
    reports = _reports(seen, loss_categories, offset)
    share, basis = _enforced(coverage, tracked=bool(segments["tracked"].any()))
    last, years_since = _last(reports, decision_date)
    if recent.empty:
        found.append(warning("patrols.none-recent", "tracks", years=f"{recent_years:g}"))
    return Patrols(
        effort=effort_table(segments, crs=crs, swath_m=swath_m),
        encounters=rates,
        by_year=beside.year_table(
            segments, seen, reports, maps, grounds["all"], utc_offset_h=offset, reach_m=reach_m
        ),
        cells=cells,
        by_risk=beside.risk_classes(cells),
        coverage=coverage,
        cleaning=cleaning,
        enforced_share=share,
        enforced_basis=basis,
        last_loss_report=last,
        years_since_loss_report=years_since,
        recent_years=recent_years,
        as_of=decision_date.isoformat(),
        findings=tuple(_single([*found, *orphans])),
    )


def land_of(zones: gpd.GeoDataFrame | None, zone: str, *, grid: Grid, crs: str) -> BaseGeometry:
    """The land that patrols answer for: polygons of a zone, or the whole grid.

    Raises
    ------
    InputError
        `patrols.zone-unknown`, `patrols.no-area`.
    """
    if zones is None:
        return shapely.box(*grid.bounds)
    chosen = zones
    if "zone" in zones.columns:
        named = zones["zone"].astype(str)
        chosen = zones[named == zone]
        if chosen.empty:
            known = offenders(sorted(set(named)), 20)
            raise InputError.because("patrols.zone-unknown", zone, known=known)
    shapes = chosen.to_crs(crs).geometry.array
    return shapely.union_all(shapely.make_valid(np.asarray(shapes)))


@dataclass(frozen=True, slots=True)
class _Kept:
    fixes: pd.DataFrame
    encounters: pd.DataFrame


def _until(
    log: PatrolLog, day: datetime.date, utc_offset_h: float
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """Positions and encounters up to the end of a local day; what is later is told."""
    end = pd.Timestamp(day, tz="UTC") + pd.Timedelta(days=1, hours=-utc_offset_h)
    found = []
    kept = []
    for subject, table in (("tracks", log.fixes), ("encounters", log.encounters)):
        late = (table["time"] >= end).to_numpy(dtype=bool)
        if late.any():
            found.append(
                warning("patrols.later", subject, count=int(late.sum()), date=day.isoformat())
            )
        kept.append(table[~late].reset_index(drop=True))
    if kept[0].empty:
        raise InputError.because("patrols.no-fixes", "tracks", count=len(log.fixes))
    return kept[0], kept[1], found


def _reports(
    encounters: pd.DataFrame, categories: tuple[str, ...], utc_offset_h: float
) -> pd.Series:
    """Local times of encounters that report loss; categories nobody used are told as errors."""
    known = set(encounters["category"])
    strange = [c for c in categories if c not in known]
    if strange and known:
        raise InputError.because(
            "patrols.category-unknown", "loss_categories", given=offenders(strange),
            known=offenders(sorted(known), 20),
        )  # fmt: skip
    times = encounters.loc[encounters["category"].isin(categories), "time"].dropna()
    return times.dt.tz_localize(None) + pd.Timedelta(hours=utc_offset_h)


def _last(reports: pd.Series, day: datetime.date) -> tuple[str, float]:
    if reports.empty:
        return "", float("nan")
    last = reports.max()
    elapsed = (pd.Timestamp(day) - last.normalize()).days / DAYS_OF_YEAR
    return last.strftime("%Y-%m-%d"), float(elapsed)


def _enforced(coverage: pd.DataFrame, *, tracked: bool) -> tuple[float, str]:
    """Share in reach in the recent years, of the best measure there is."""
    recent = coverage[coverage["window"] == "recent"].set_index("measure")["share"]
    for basis in ("stock", "forest", "area"):
        if basis in recent.index and np.isfinite(recent[basis]):
            return (float(recent[basis]) if tracked else float("nan")), basis
    return float("nan"), ""


def _single(found: list[Any]) -> list[Finding]:
    """Each finding once, in order."""
    kept: list[Finding] = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return kept
