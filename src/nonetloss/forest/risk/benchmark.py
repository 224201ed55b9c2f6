"""The benchmark of VT0007: risk by distance to the forest edge, fitted, confirmed, predicted."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice
from nonetloss.forest.risk.classes import CLASSES, EdgeClasses, class_edges
from nonetloss.forest.risk.cover import ForestCover
from nonetloss.forest.risk.density import (
    MOST_ITERATIONS,
    Divisions,
    Fitted,
    divisions_of,
    fit_classes,
    fitted_map,
    predict_classes,
)
from nonetloss.forest.risk.edges import pixel_m
from nonetloss.forest.risk.risk_map import RiskMap
from nonetloss.forest.risk.threshold import Threshold, negligible_risk_threshold
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster, windowed
from nonetloss.landscape.zone_cells import zone_raster
from nonetloss.numerics.windows import CellStore

MODEL: Final = "benchmark"
# The reference calls this the usual number of modeling regions.
_USUAL_REGIONS = (10, 200)
# Codes of divisions beyond it are no codes.
_MOST_CODE = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Threshold, classes and regions of the benchmark, and its maps of three periods.

    `calibration` is the fitted map of the first period, `confirmation` the prediction of the
    second from it (with the loss that happened), `validity` the prediction of the years to come
    from the whole history. `threshold` has from_m, to_m, center_m, lost, cumulative; `classes` has
    class, from_m, to_m and, at the start of each fit, pixels, lost, frequency; `densities` one row
    per fit and modeling region.
    """

    threshold_m: int
    threshold: pd.DataFrame
    classes: pd.DataFrame
    densities: pd.DataFrame
    calibration: RiskMap
    confirmation: RiskMap
    validity: RiskMap
    fits: tuple[Fitted, Fitted]
    findings: tuple[Finding, ...]


def risk(
    cover: ForestCover,
    *,
    validity_years: float = 6.0,
    share: float = 0.995,
    divisions: Raster | WindowedRaster | gpd.GeoDataFrame | None = None,
    division_blocks: Sequence[float] | None = None,
    expected_ha_per_year: float | None = None,
    iterations: int = MOST_ITERATIONS,
    store: CellStore | None = None,
    workers: Executor | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Benchmark:
    """Fit the benchmark on the past and predict the loss of the validity period.

    First as a test: fitted on the calibration period, it predicts the confirmation period. Then
    for use: fitted on the whole history, it predicts the validity period from the last date on.

    Parameters
    ----------
    cover : ForestCover
    validity_years : float
        Length of the period to predict.
    share : float
        Of the historical loss that lies within the negligible risk threshold.
    divisions : raster of codes or polygons, optional
        Administrative divisions; one for all without them.
    division_blocks : two numbers, optional
        Rows and columns of equal rectangles in place of divisions.
    expected_ha_per_year : float, optional
        Loss of the jurisdiction in the validity period, from its activity data; the mean of the
        history without it.
    iterations : int
        Of the adjustment, at most.
    store, workers, progress : optional
        Where maps are kept (memory without one), who works, who is told.

    Returns
    -------
    Benchmark

    Raises
    ------
    InputError
        `risk.no-loss`, `risk.no-edge`, `risk.threshold`, `risk.divisions`,
        `risk.divisions-type`, `risk.divisions-twice` (both kinds), `risk.division-missing`,
        `risk.division-blocks`, `risk.expected`, `risk.nothing-to-allocate`.
    GeometryError
        `risk.cells-not-square`, `raster.other-grid`, `crs.mixed`.

    References
    ----------
    Verra VT0007 v1.0, checked against numbers of its reference program.
    """
    tell = _Stages(progress, 7)
    spread = _divisions(divisions, division_blocks, cover)
    found = negligible_risk_threshold(cover, share=share, workers=workers, progress=tell.next())
    classes_of = EdgeClasses(cover, found.meters)
    fit = partial(fit_classes, cover, classes_of, divisions=spread, workers=workers)
    first = fit(period="calibration", progress=tell.next())
    both = fit(period="historical", progress=tell.next())
    second = fit(period="confirmation", progress=tell.next())
    calibration = fitted_map(
        first,
        cover,
        classes_of,
        model=MODEL,
        name="risk-calibration",
        store=store,
        workers=workers,
        progress=tell.next(),
    )
    predict = partial(
        predict_classes, model=MODEL, store=store, iterations=iterations, workers=workers
    )
    confirmation = predict(
        first,
        cover,
        classes_of,
        date=2,
        expected_ha=second.lost_ha,
        years=cover.length("confirmation"),
        name="risk-confirmation",
        progress=tell.next(),
    )
    findings = [*_doubts(first, both, cover)]
    yearly = expected_ha_per_year
    if yearly is None:
        yearly = both.lost_ha / cover.length("historical")
        findings.append(
            notice("risk.expected-from-history", "risk", ha_per_year=float(f"{yearly:.6g}"))
        )
    validity = predict(
        both,
        cover,
        classes_of,
        date=3,
        expected_ha=yearly * validity_years,
        years=validity_years,
        name="risk-validity",
        progress=tell.next(),
    )
    findings += [*confirmation.findings, *validity.findings]
    return Benchmark(
        found.meters,
        found.histogram,
        _class_table(found, first, both, cover),
        _density_table(first, both),
        calibration,
        confirmation,
        validity,
        (first, both),
        tuple(f for i, f in enumerate(findings) if f not in findings[:i]),
    )


class _Stages:
    """Progress over a number of stages of about equal length."""

    def __init__(self, progress: Callable[[str, float], None] | None, count: int) -> None:
        self.progress, self.count, self.at = progress, count, -1

    def next(self) -> Callable[[float], None] | None:
        if self.progress is None:
            return None
        self.at += 1
        tell, start, count = self.progress, self.at, self.count
        return lambda share: tell("risk", (start + share) / count)


def _divisions(
    given: Raster | WindowedRaster | gpd.GeoDataFrame | None,
    blocks: Sequence[float] | None,
    cover: ForestCover,
) -> Divisions:
    if given is not None and blocks is not None:
        raise InputError.because("risk.divisions-twice", "division_blocks", found=list(blocks))
    if isinstance(given, gpd.GeoDataFrame):
        grid, crs = cover.codes.grid, cover.codes.crs
        raster = zone_raster(given, grid=grid, crs=crs, name="divisions")
        return divisions_of(raster, cover)
    if isinstance(given, Raster):
        # Codes of a raster that was put on the grid of a study come as floats.
        values = given.values
        known = np.where(np.isnan(values), 0, values)
        if not ((known == np.trunc(known)) & (np.abs(known) <= _MOST_CODE)).all():
            raise InputError.because("risk.divisions-type", "divisions", found=values.dtype)
        whole = known.astype(np.int32)
        return divisions_of(windowed(Raster(whole, given.grid, given.crs)), cover)
    if given is not None:
        return divisions_of(given, cover)
    if blocks is None:
        return Divisions()
    if len(blocks) != 2 or not all(float(b).is_integer() and b >= 1 for b in blocks):
        raise InputError.because("risk.division-blocks", "division_blocks", found=list(blocks))
    rows, columns = int(blocks[0]), int(blocks[1])
    return Divisions(blocks=(rows, columns), count=rows * columns)


def _doubts(first: Fitted, both: Fitted, cover: ForestCover) -> list[Finding]:
    findings = []
    regions = int((both.pixels[1:] > 0).sum())
    low, high = _USUAL_REGIONS
    if not low <= regions <= high:
        findings.append(notice("risk.regions-few", "risk", n=regions))
    filled = np.flatnonzero(first.pixels.sum(axis=1))
    if len(filled) == 1:
        only = int(filled[0])
        findings.append(
            notice("risk.one-class", "risk", year=f"{cover.years[0]:g}", class_number=only)
        )
    return findings


def _class_table(found: Threshold, first: Fitted, both: Fitted, cover: ForestCover) -> pd.DataFrame:
    edges = class_edges(found.meters, pixel_m(cover.codes.grid))
    table = pd.DataFrame({"class": np.arange(1, CLASSES + 1)})
    table["from_m"] = edges
    table["to_m"] = np.append(np.inf, edges[:-1])
    for name, fit in (("calibration", first), ("historical", both)):
        pixels, lost = fit.pixels.sum(axis=1)[1:], fit.lost.sum(axis=1)[1:]
        table[f"pixels_{name}"], table[f"lost_{name}"] = pixels, lost
        with np.errstate(invalid="ignore"):
            table[f"frequency_{name}"] = lost / np.where(pixels > 0, pixels, np.nan)
    return table


def _density_table(*fits: Fitted) -> pd.DataFrame:
    return pd.concat(
        [fit.table().assign(fit=fit.period).loc[:, ["fit", *fit.table().columns]] for fit in fits],
        ignore_index=True,
    )
