"""What would be cleared and emitted without the project.

The risk map says how many hectares each pixel is expected to lose; the project and its leakage belt
take what lies on them. Hectares times the emission factor of their stratum are the baseline.
"""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.findings import Finding, notice, warning
from nonetloss.forest.credits import baseline_tables as tables
from nonetloss.forest.credits.activity import strata_raster, sum_risk
from nonetloss.forest.credits.baseline_method import METHOD
from nonetloss.forest.credits.emissions import emission_factors, spread
from nonetloss.forest.credits.reading import read_after, read_other_pools
from nonetloss.forest.credits.result import Baseline
from nonetloss.forest.risk.cover import ForestCover
from nonetloss.forest.risk.risk_map import RiskMap
from nonetloss.forest.stock.result import CarbonStock
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster
from nonetloss.rules.model import RulesInForce

__all__ = ["METHOD", "baseline"]

# Half-width of a 90 % interval of the normal distribution in standard deviations.
_Z90 = 1.6448536269514722
# Times the loss of the latest period beyond which a baseline is not told without a warning.
_FAR_ABOVE = 1.5


def baseline(
    risk: RiskMap,
    *,
    zones: gpd.GeoDataFrame,
    stock: CarbonStock,
    rng: np.random.Generator,
    after: Mapping[str, Any],
    strata: EcosystemMap | Raster | WindowedRaster | None = None,
    cover: ForestCover | None = None,
    ruleset: RulesInForce | None = None,
    strata_codes: Mapping[str, str] | None = None,
    other_pools: Mapping[str, Any] | None = None,
    below_ground_years: int = 1,
    horizon_years: int | None = None,
    beyond: str = "constant",
    activity_half_width: float = 0.0,
    first_year: int | None = None,
) -> Baseline:
    """Baseline losses and emissions by zone, stratum and year.

    Parameters
    ----------
    risk : RiskMap
        Expected hectares per pixel over its period; the same in each of its years.
    zones : GeoDataFrame
        Polygons with a column `zone`: `project`, and `belt` where there is one.
    stock : CarbonStock
    rng : numpy.random.Generator
    after : mapping
        What stands after clearing; see `reading.read_after`.
    strata : EcosystemMap, Raster or WindowedRaster, optional
        None: the strata of the stock count by their area.
    cover : ForestCover, optional
        Gives the forest there is, which limits what can be lost, and the history that the baseline
        is set beside. None: the area of the zone, and no history.
    ruleset : RulesInForce, optional
        Rules of the country; with `redd.reference-level` and `redd.reference-area` they give the
        emissions per hectare that the baseline is set beside.
    strata_codes : mapping, optional
        Stratum of each code of a `strata` raster.
    other_pools : mapping, optional
        Further emissions per cleared hectare; see `reading.read_other_pools`.
    below_ground_years : int
        Years over which roots come out; 1: all in the year of clearing.
    horizon_years : int, optional
        None: the period of the map.
    beyond : "constant" or "declining"
        After the period of the map: the same hectares per year, or the same share of the forest
        that is left. Never more than the forest that is left.
    activity_half_width : float
        Half-width of the 90 % interval of the hectares as a share of them; 0: taken as exact.
    first_year : int, optional
        Name of the first year; None: the start of the map's period.

    Returns
    -------
    Baseline
        With the draws of the stock.

    Raises
    ------
    InputError
        What `activity.sum_risk`, `activity.strata_raster`, `emissions.emission_factors` and
        `reading` raise.
    GeometryError
        `crs.mixed`, `raster.other-grid`.
    """
    coded = None
    if strata is not None:
        coded = strata_raster(strata, names=stock.strata, codes=strata_codes)
    factors = emission_factors(
        stock,
        after=read_after(after),
        other_pools=read_other_pools(other_pools or {}),
        below_ground_years=below_ground_years,
        pooled=coded is None,
        rng=rng,
    )
    sums = sum_risk(risk, zones=zones, strata=coded, number=len(factors.strata), cover=cover)
    length = horizon_years or max(1, round(risk.years))
    start = first_year if first_year is not None else int(np.floor(risk.start_year))
    years = tuple(range(start, start + length))
    known = np.isfinite(sums.forest_ha)
    limit = np.where(known, sums.forest_ha, sums.area_ha)
    hectares = yearly(
        sums.loss_ha / risk.years, limit=limit, years=length, period=risk.years, beyond=beyond
    )
    # Where a stratum has no hectares it holds nothing, whether its carbon is known or not.
    stock_today = np.where(limit > 0, limit * factors.before, 0.0)
    draws = factors.draws.shape[1]
    error = np.maximum(1 + activity_half_width / _Z90 * rng.standard_normal(draws), 0.0)
    amounts = spread(hectares, factors.timing)
    per_ha = factors.draws * error
    emissions = amounts * np.nan_to_num(factors.likely)[:, None]
    emissions_draws = amounts[..., None] * np.nan_to_num(per_ha)[:, None, :]
    found = [*sums.findings, *factors.findings]
    found += _doubts(risk, length, activity_half_width, cover is not None)
    beside = tables.beside_reference(sums, emissions, ruleset)
    span = min(length, max(1, round(risk.years)))
    per_year = hectares[..., :span].sum(axis=(1, 2)) / span
    past = tables.history(sums, cover.years if cover is not None else (), per_year)
    found += _above_history(past)
    found += [
        notice("credits.reference-level", row["zone"], ratio=f"{row['ratio']:.2g}")
        for row in beside.to_dict("records")
        if np.isfinite(row["ratio"])
    ]
    return Baseline(
        zones=sums.zones,
        strata=factors.strata,
        years=years,
        hectares=hectares,
        emissions=emissions,
        emissions_draws=emissions_draws,
        factors=factors.likely,
        factor_draws=factors.draws,
        timing=factors.timing,
        activity_error=error,
        stock_tco2e=stock_today,
        activity=tables.activity(sums.zones, factors, years, hectares, emissions, emissions_draws),
        by_year=tables.by_year(sums.zones, years, hectares, emissions, emissions_draws),
        zones_table=tables.zones_table(sums, stock_today, hectares, emissions, emissions_draws),
        factors_table=tables.factors_table(factors),
        reference=beside,
        history=past,
        findings=tuple(found),
    )


def yearly(
    per_year: np.ndarray, *, limit: np.ndarray, years: int, period: float, beyond: str
) -> np.ndarray:
    """Hectares (…, years) from hectares per year (…), never more than what is left of `limit`.

    Within `period` years the rate is kept. After it, "constant" keeps the hectares and "declining"
    the share of what is left.
    """
    left = limit.astype(float).copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num(per_year / (limit - per_year * period))
    share = np.clip(share, 0.0, 1.0)
    out = np.zeros((*per_year.shape, years))
    for year in range(years):
        wanted = per_year if beyond == "constant" or year < period else share * left
        out[..., year] = np.minimum(wanted, left)
        left -= out[..., year]
    return out


def _above_history(past: pd.DataFrame) -> list[Finding]:
    """A warning for each zone whose baseline is far above the latest period that it lived."""
    latest = past.drop_duplicates("zone", keep="last") if len(past) else past
    return [
        warning(
            "baseline.above-history",
            row["zone"],
            baseline=f"{row['baseline_ha_per_year']:.1f}",
            seen=f"{row['ha_per_year']:.1f}",
            years=f"{row['from_year']:g}–{row['to_year']:g}",
        )
        for row in latest.to_dict("records")
        if row["baseline_ha_per_year"] > _FAR_ABOVE * row["ha_per_year"]
    ]


def _doubts(risk: RiskMap, length: int, half_width: float, forest_known: bool) -> list[Finding]:
    found: list[Finding] = []
    if length > risk.years:
        found.append(
            warning("credits.beyond-period", "baseline", period=f"{risk.years:g}", years=length)
        )
    if half_width == 0:
        found.append(notice("credits.activity-exact", "baseline"))
    if not forest_known:
        found.append(notice("credits.forest-unknown", "baseline"))
    return found
