"""Effort beside forest change, risk and carbon: shares in reach, cells, years, classes of risk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.windowed import WindowedRaster, windowed
from nonetloss.monitoring.patrols.ground import (
    Amounts,
    Ground,
    Sums,
    area_in_reach,
    cell_effort,
    cell_shapes,
    cells_frame,
    reach_of,
    sums_of,
    whole_amounts,
)
from nonetloss.monitoring.patrols.log import EARLIEST
from nonetloss.numerics.windows import ArrayCells, Window, windows

CLASSES = 5
# Codes of the forest cover benchmark map: lost between the first two dates, between the last two,
# and forest still at the third.
LOST_FIRST, LOST_SECOND, FOREST_NOW = (6, 7), (8,), (5,)

_TITLES = {
    "area": (Text(es="Superficie", en="Area"), "ha"),
    "forest": (Text(es="Bosque en pie", en="Standing forest"), "ha"),
    "risk": (Text(es="Pérdida esperada", en="Expected loss"), "ha"),
    "loss": (Text(es="Pérdida observada", en="Observed loss"), "ha"),
    "stock": (Text(es="Carbono", en="Carbon"), "tCO2e"),
}
_COLUMNS = {"forest": "forest_ha", "risk": "risk_ha", "loss": "loss_ha", "stock": "stock_tco2e"}


@dataclass(frozen=True, slots=True)
class Windows:
    """All stretches, and those of the recent years."""

    every: pd.DataFrame
    recent: pd.DataFrame

    def parts(self) -> dict[str, pd.DataFrame]:
        """By name of the window."""
        return {"all": self.every, "recent": self.recent}


@dataclass(frozen=True, slots=True)
class Maps:
    """Rasters that say what lies where.

    `amounts` of forest, loss, risk and stock, as far as they were given. `losses`: amounts of
    single years or periods, with (first year, year after the last) and whether it is a mean.
    """

    amounts: tuple[Amounts, ...]
    losses: tuple[tuple[Amounts, float, float, str], ...] = ()
    findings: tuple[Finding, ...] = ()


def maps_of(
    *, cover: Any, loss: Any, risk: Any, stock: Any, ecosystems: EcosystemMap | None, until: int
) -> Maps:
    """What the given maps hold per pixel, in hectares or tCO2e; no loss is later than `until`.

    Raises
    ------
    InputError
        `patrols.loss-years`, or `patrols.loss-codes` where they look like years after 2000.
    """
    amounts: list[Amounts] = []
    losses: list[tuple[Amounts, float, float, str]] = []
    found: list[Finding] = []
    if cover is not None:
        pixel_ha = cover.codes.grid.cell_area / 1e4
        parts = {"forest": _lookup(FOREST_NOW, pixel_ha)}
        if loss is None:
            parts["loss"] = _lookup((*LOST_FIRST, *LOST_SECOND), pixel_ha)
            first, middle, last = cover.years
            for codes, start, end in ((LOST_FIRST, first, middle), (LOST_SECOND, middle, last)):
                part = Amounts("cover", cover.codes, {"loss": _lookup(codes, pixel_ha)})
                losses.append((part, start, end, "period"))
        amounts.append(Amounts("cover", cover.codes, parts))
    if loss is not None:
        cells = windowed(loss)
        years = _years_of(cells)
        _require_years(years, until)
        pixel_ha = cells.grid.cell_area / 1e4
        amounts.append(Amounts("loss", _coded(cells, years, pixel_ha), {"loss": None}))
        losses += [
            (Amounts("loss", _coded(cells, (y,), pixel_ha), {"loss": None}), y, y + 1, "year")
            for y in years
        ]
    if risk is not None:
        amounts.append(whole_amounts("risk", risk.hectares))
    if stock is not None and ecosystems is not None:
        carbon, missing = _stock_of(stock, ecosystems)
        amounts.append(carbon)
        if missing:
            found.append(warning("patrols.stratum-unknown", "stock", names=offenders(missing)))
    elif stock is not None:
        found.append(notice("patrols.no-strata", "stock"))
    return Maps(tuple(amounts), tuple(losses), tuple(found))


def sums_of_maps(maps: Maps, grounds: Mapping[str, Ground]) -> dict[str, dict[str, Sums]]:
    """Sums of every measure, for each window of time."""
    return {
        name: {k: v for part in maps.amounts for k, v in sums_of(part, ground).items()}
        for name, ground in grounds.items()
    }


def coverage_table(
    grounds: Mapping[str, Ground], sums: Mapping[str, Mapping[str, Sums]]
) -> pd.DataFrame:
    """Share of area, forest, risk, loss and carbon within reach; see `Patrols.coverage`."""
    rows = []
    for window, ground in grounds.items():
        total = ground.area.area / 1e4
        measures = {"area": (total, total * area_in_reach(ground))}
        measures |= {name: (s.total, s.covered) for name, s in sums[window].items()}
        for name, (title, unit) in _TITLES.items():
            if name in measures:
                whole, covered = measures[name]
                rows.append(
                    {
                        "measure": name,
                        "title_es": title.es,
                        "title_en": title.en,
                        "unit": unit,
                        "window": window,
                        "total": whole,
                        "covered": covered,
                        "share": covered / whole if whole > 0 else np.nan,
                    }
                )
    return pd.DataFrame(rows)


def cells_of(window: Windows, ground: Ground, sums: Mapping[str, Sums]) -> gpd.GeoDataFrame:
    """The coarse cells with effort and what lies in them; see `Patrols.cells`."""
    boxes, area = cell_shapes(ground)
    effort = cell_effort(window.every, ground)
    table = pd.DataFrame({"area_ha": area}).join(effort)
    table["recent_km"] = cell_effort(window.recent, ground)["effort_km"]
    for name, column in _COLUMNS.items():
        table[column] = sums[name].by_cell if name in sums else np.nan
    return cells_frame(table, boxes, ground)


def risk_classes(cells: gpd.GeoDataFrame) -> pd.DataFrame:
    """Cells by fifths of risk per hectare, the highest first; see `Patrols.by_risk`.

    Fifths of the number of cells; cells of equal risk are ordered by name. No rows without risk.
    """
    columns = ("class", "cells", "area_ha", "risk_ha", "risk_share", "effort_km", "effort_share",
               "visits", "unvisited", "loss_ha", "loss_share")  # fmt: skip
    if cells["risk_ha"].isna().all() or cells.empty:
        return pd.DataFrame({name: pd.Series(dtype=np.float64) for name in columns})
    table = pd.DataFrame(cells.drop(columns="geometry"))
    table["density"] = -table["risk_ha"] / table["area_ha"]
    table = table.sort_values(["density", "cell"]).reset_index(drop=True)
    table["class"] = np.arange(len(table)) * CLASSES // len(table) + 1
    grouped = table.groupby("class", sort=True)
    out = grouped[["area_ha", "risk_ha", "effort_km", "visits"]].sum()
    out.insert(0, "cells", grouped.size())
    out["unvisited"] = (table["visits"] == 0).groupby(table["class"]).sum()
    out["loss_ha"] = grouped["loss_ha"].sum(min_count=1)
    for column in ("risk_ha", "effort_km", "loss_ha"):
        whole = out[column].sum(min_count=1)
        share = column.rpartition("_")[0] + "_share"
        out[share] = out[column] / whole if whole > 0 else np.nan
    return out.reset_index()[list(columns)]


def year_table(
    segments: pd.DataFrame, encounters: pd.DataFrame, reports: pd.Series, maps: Maps,
    ground: Ground, *, utc_offset_h: float, reach_m: float,
) -> pd.DataFrame:  # fmt: skip
    """Effort, encounters, coverage and loss of each year; see `Patrols.by_year`.

    Years run from the first to the last with effort or with loss of a known year. A year between
    two with effort has zeros; before the first and after the last, effort is unknown (NaN).
    """
    local = encounters["time"].dt.tz_localize(None) + pd.Timedelta(hours=utc_offset_h)
    met, reported = local.dt.year, reports.dt.year
    lost = _loss_by_year(maps, ground, segments)
    years = sorted(set(segments["year"]) | {y for y, (_, b) in lost.items() if b == "year"})
    risk = next((a for a in maps.amounts if a.name == "risk"), None)
    first, last = int(segments["year"].min()), int(segments["year"].max())
    rows = []
    for year in range(years[0], years[-1] + 1):
        part = segments[segments["year"] == year]
        seen = reach_of(part, crs=ground.crs, reach_m=reach_m)
        that = Ground(ground.area, ground.grid, ground.crs, seen)
        at_risk = sums_of(risk, that)["risk"] if risk is not None else None
        effort = {
            "patrols": float(part["patrol"].nunique()),
            "patrol_days": float(len(part[["patrol", "day"]].drop_duplicates())),
            "km": float(part["km"].sum()),
            "hours": float(part["hours"].sum()),
            "encounters": float((met == year).sum()),
            "loss_reports": float((reported == year).sum()),
            "area_covered_share": area_in_reach(that),
            "risk_covered_share": _share(at_risk),
        }
        if not first <= year <= last:
            effort = dict.fromkeys(effort, np.nan)
        loss, basis = lost.get(year, (np.nan, ""))
        rows.append({"year": year} | effort | {"loss_ha": loss, "loss_basis": basis})
    return pd.DataFrame(rows)


def _share(sums: Sums | None) -> float:
    return sums.covered / sums.total if sums is not None and sums.total > 0 else float("nan")


def _loss_by_year(
    maps: Maps, ground: Ground, segments: pd.DataFrame
) -> dict[int, tuple[float, str]]:
    """Hectares lost on the land in each year: as mapped, or the yearly mean of a period."""
    lost: dict[int, tuple[float, str]] = {}
    for amounts, start, end, basis in maps.losses:
        total = sums_of(amounts, ground)["loss"].total
        if basis == "year":
            lost[int(start)] = (total, "year")
            continue
        for year in range(int(segments["year"].min()), int(segments["year"].max()) + 1):
            # A year lies in the period that holds its beginning.
            if start <= year < end:
                lost[year] = (total / (end - start), "period")
    return lost


def _lookup(codes: tuple[int, ...], pixel_ha: float) -> np.ndarray:
    table = np.zeros(256)
    table[list(codes)] = pixel_ha
    return table


def _years_of(raster: WindowedRaster) -> tuple[int, ...]:
    found: set[int] = set()
    for window in windows(raster.grid.shape):
        values = raster.cells.read(window)
        known = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        found |= {int(v) for v in np.unique(known) if v > 0}
    return tuple(sorted(found))


def _require_years(years: tuple[int, ...], until: int) -> None:
    wrong = [y for y in years if not EARLIEST.year <= y <= until]
    if not wrong:
        return
    code = "patrols.loss-codes" if max(years) < 100 else "patrols.loss-years"
    raise InputError.because(
        code, "loss", found=offenders(wrong), first=EARLIEST.year, last=until, meant=2000 + wrong[0]
    )


@dataclass(frozen=True, slots=True)
class _Years:
    """Hectares of each pixel that was lost in one of some years."""

    raster: WindowedRaster
    years: tuple[int, ...]
    pixel_ha: float

    @property
    def shape(self) -> tuple[int, int]:
        return self.raster.cells.shape

    @property
    def dtype(self) -> np.dtype[np.float64]:
        return np.dtype(np.float64)

    def read(self, window: Window) -> np.ndarray:
        return np.isin(self.raster.cells.read(window), self.years) * self.pixel_ha


def _coded(raster: WindowedRaster, years: tuple[int, ...], pixel_ha: float) -> WindowedRaster:
    return WindowedRaster(_Years(raster, years, pixel_ha), raster.grid, raster.crs, "ha")


def _stock_of(stock: Any, ecosystems: EcosystemMap) -> tuple[Amounts, list[str]]:
    """tCO2e per pixel from strata of the same names; strata of the map without carbon."""
    likely, _ = stock.tco2e_per_ha()
    density = dict(zip(stock.strata, likely, strict=True))
    table = np.zeros(int(max([e.code for e in ecosystems.ecosystems], default=0)) + 1)
    missing = []
    for kind in ecosystems.ecosystems:
        value = float(density.get(kind.name, np.nan))
        if np.isfinite(value):
            table[kind.code] = value * ecosystems.grid.cell_area / 1e4
        else:
            missing.append(kind.name)
    raster = WindowedRaster(ArrayCells(ecosystems.classes), ecosystems.grid, ecosystems.crs)
    return Amounts("stock", raster, {"stock": table}), missing
