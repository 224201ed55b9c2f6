"""Hectares of expected loss by zone and stratum: the risk map summed over the project and its belt.

A pixel belongs to the zone that holds its center. Everything is read window by window.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, nearest, notice, offenders, warning
from nonetloss.forest.risk.cover import Date, ForestCover, forest_at
from nonetloss.forest.risk.risk_map import RiskMap
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.shapes import polygons_of
from nonetloss.landscape.windowed import WindowedRaster, require_same_grid, windowed
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import Window, windows
from nonetloss.numerics.zonal import rasterize_center

PROJECT, BELT = "project", "belt"
_M2_PER_HA = 10_000.0
# Zones may share this many hectares along a border drawn twice.
_OVERLAP_HA = 1.0
_HIGHEST_CODE = 65_535
_DATES: Final[tuple[Date, ...]] = (1, 2, 3)
# Shares of a zone below which an unknown part is not worth a word.
_NEGLIGIBLE = 1e-3


@dataclass(frozen=True, slots=True)
class Sums:
    """Hectares (zones, strata): expected loss of the whole period, area, and forest at its start.

    `forest_ha` is NaN where no forest cover was given. `lost_ha` (zones, 2): what the first and the
    second period of the cover lost; empty (zones, 0) without a cover.
    """

    zones: tuple[str, ...]
    loss_ha: np.ndarray
    area_ha: np.ndarray
    forest_ha: np.ndarray
    lost_ha: np.ndarray
    findings: tuple[Finding, ...]


def strata_raster(
    strata: EcosystemMap | Raster | WindowedRaster,
    *,
    names: tuple[str, ...],
    codes: Mapping[str, str] | None = None,
) -> tuple[WindowedRaster, np.ndarray]:
    """The raster of strata, and for each of its codes the position of the stratum in `names`.

    An ecosystem map tells its strata by name; a raster needs `codes`, stratum by code. -1 stands
    for a code that is no stratum.

    Raises
    ------
    InputError
        `credits.strata-codes`, `credits.stratum-unknown`, `credits.stratum-code`.
    """
    if isinstance(strata, EcosystemMap):
        raster = windowed(Raster(strata.classes, strata.grid, strata.crs))
        meaning = {e.code: e.name for e in strata.ecosystems if e.forest or e.name in names}
    elif codes:
        raster = windowed(strata)
        meaning = read_strata_codes(codes)
    else:
        raise InputError.because("credits.strata-codes", "strata_codes", known=offenders(names, 20))
    strange = sorted(set(meaning.values()) - set(names))
    if strange:
        raise InputError.because(
            "credits.stratum-unknown",
            "strata",
            found=offenders(strange),
            known=offenders(names, 20),
            nearest=nearest(strange[0], names),
        )
    lookup = np.full(max(meaning, default=0) + 2, -1, dtype=np.int64)
    for code, name in meaning.items():
        lookup[code] = names.index(name)
    return raster, lookup


def read_strata_codes(
    given: Mapping[Any, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> dict[int, str]:
    """Stratum by code of a raster.

    Raises
    ------
    InputError
        `credits.stratum-code` for what is no whole number from 0 to the highest code.
    """
    meaning = {_code(code): str(name) for code, name in given.items()}
    wrong = [code for code in meaning if not 0 <= code <= _HIGHEST_CODE]
    if wrong:
        raise InputError.because("credits.stratum-code", "strata_codes", found=offenders(wrong))
    return meaning


def _code(written: Any) -> int:
    try:
        return int(str(written))
    except ValueError as cause:
        raise InputError.because(
            "credits.stratum-code", "strata_codes", found=str(written)
        ) from cause


def sum_risk(
    risk: RiskMap,
    *,
    zones: gpd.GeoDataFrame,
    strata: tuple[WindowedRaster, np.ndarray] | None,
    number: int,
    cover: ForestCover | None = None,
) -> Sums:
    """Sums of a risk map over zones and strata.

    Parameters
    ----------
    risk : RiskMap
    zones : GeoDataFrame
        Polygons with a column `zone`; features of one zone count together.
    strata : (raster, position of the stratum of each code) or None
        None: one stratum everywhere.
    number : int
        Strata there are.
    cover : ForestCover, optional
        Of the date nearest to the start of the map's period.

    Raises
    ------
    InputError
        `credits.zones-column`, `credits.zones-empty`, `credits.zones-project`,
        `credits.zones-overlap`, `credits.zones-outside`.
    GeometryError
        `crs.mixed`, `raster.other-grid`.
    """
    grid = risk.hectares.grid
    names, shapes = _shapes(zones, crs=risk.hectares.crs)
    if strata is not None:
        require_same_grid(risk.hectares, strata[0], name="strata")
    if cover is not None:
        require_same_grid(risk.hectares, cover.codes, name="cover")
    totals = np.zeros((6, len(names), number + 1))
    polygons, bounds = polygons_of(shapes, subject="zones"), shapely.total_bounds(shapes)
    for window in windows(grid.shape):
        part = _part_of(grid, window)
        if not _meets(part.bounds, bounds):
            continue
        labels = np.arange(1, len(names) + 1, dtype=np.int16)
        zone = rasterize_center(polygons, labels, grid=part, fill=0)
        inside = zone > 0
        if not inside.any():
            continue
        expected = risk.hectares.cells.read(window)[inside].astype(float)
        values = [np.nan_to_num(expected), np.ones(len(expected)), np.isnan(expected)]
        if cover is not None:
            codes = cover.codes.cells.read(window)[inside]
            first, second, third = (forest_at(codes, d) for d in _DATES)
            values.append(forest_at(codes, _date_of(cover, risk.start_year)))
            values += [first & ~second, second & ~third]
        stratum = _stratum(strata, window, inside, number)
        cell = (zone[inside].astype(np.int64) - 1) * (number + 1) + stratum
        for total, value in zip(totals, values, strict=False):
            total.ravel()[:] += np.bincount(cell, weights=value, minlength=total.size)
    loss = totals[0]
    pixel_ha = grid.cell_area / _M2_PER_HA
    area, unknown, forest, early, late = totals[1:] * pixel_ha
    if not area.any():
        raise InputError.because("credits.zones-outside", "zones", bounds=grid.bounds)
    return Sums(
        names,
        loss[:, :number],
        area[:, :number],
        forest[:, :number] if cover is not None else np.full((len(names), number), np.nan),
        np.stack([early, late], axis=1).sum(axis=2)
        if cover is not None
        else np.zeros((len(names), 0)),
        (*_cut(names, shapes, grid), *_doubts(names, loss, area, unknown, number)),
    )


def _shapes(zones: gpd.GeoDataFrame, *, crs: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of zones, the project first, and the union of the features of each."""
    if "zone" not in zones.columns:
        columns = offenders([c for c in zones.columns if c != zones.geometry.name], 20)
        raise InputError.because("credits.zones-column", "zones", found=columns or "–")
    if len(zones) == 0:
        raise InputError.because("credits.zones-empty", "zones")
    require_same(zones.crs, crs, name="zones")
    polygons_of(zones.geometry, subject="zones")
    found = [str(z) for z in dict.fromkeys(zones["zone"])]
    if PROJECT not in found:
        raise InputError.because("credits.zones-project", "zones", found=offenders(found))
    names = (PROJECT, *(z for z in found if z != PROJECT))
    labels = zones["zone"].astype(str).to_numpy()
    shapes = np.array(
        [shapely.union_all(zones.geometry.to_numpy()[labels == name]) for name in names]
    )
    for one in range(len(names)):
        for other in range(one + 1, len(names)):
            shared = shapely.area(shapely.intersection(shapes[one], shapes[other])) / _M2_PER_HA
            if shared > _OVERLAP_HA:
                raise InputError.because(
                    "credits.zones-overlap",
                    "zones",
                    first=names[one],
                    second=names[other],
                    hectares=round(float(shared), 1),
                )
    return names, shapes


def _stratum(
    strata: tuple[WindowedRaster, np.ndarray] | None,
    window: Window,
    inside: np.ndarray,
    number: int,
) -> np.ndarray:
    """Position of the stratum of each pixel inside; `number`, the last column, for none."""
    if strata is None:
        return np.zeros(int(inside.sum()), dtype=np.int64)
    raster, lookup = strata
    values = raster.cells.read(window)[inside]
    # A raster of floats says NaN, or a fraction, where there is no code.
    whole = np.isfinite(values) & (np.floor(values) == values)
    code = np.where(whole, values, -1).astype(np.int64)
    known = (code >= 0) & (code < len(lookup))
    found = lookup[np.where(known, code, len(lookup) - 1)]
    return np.where(found < 0, number, found)


def _part_of(grid: Grid, window: Window) -> Grid:
    return Grid(
        grid.left + window.column * grid.cell_width,
        grid.top - window.row * grid.cell_height,
        grid.cell_width,
        grid.cell_height,
        window.rows,
        window.columns,
    )


def _meets(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    return bool(
        one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
    )


def _date_of(cover: ForestCover, year: float) -> Date:
    return min(_DATES, key=lambda d: abs(cover.years[d - 1] - year))


def _cut(names: tuple[str, ...], shapes: np.ndarray, grid: Grid) -> tuple[Finding, ...]:
    """What of a zone lies beyond the map: no loss is expected there, and no credit."""
    inside = shapely.area(shapely.intersection(shapes, shapely.box(*grid.bounds)))
    beyond = 1 - inside / shapely.area(shapes)
    return tuple(
        warning("credits.zone-cut", name, percent=round(100 * float(share), 1))
        for name, share in zip(names, beyond, strict=True)
        if share > _NEGLIGIBLE
    )


def _doubts(
    names: tuple[str, ...], loss: np.ndarray, area: np.ndarray, unknown: np.ndarray, number: int
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for row, zone in enumerate(names):
        outside = float(loss[row, number])
        if outside > _NEGLIGIBLE * float(loss[row].sum()):
            found.append(warning("credits.loss-without-stratum", zone, hectares=round(outside, 1)))
        blank = float(unknown[row].sum())
        if blank > _NEGLIGIBLE * float(area[row].sum()):
            percent = round(100 * blank / float(area[row].sum()), 1)
            found.append(notice("credits.risk-unknown", zone, percent=percent))
    return tuple(found)
