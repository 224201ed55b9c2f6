"""What patrols covered and met, as a result."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from nonetloss.core.findings import Finding


@dataclass(frozen=True, slots=True)
class Patrols:
    """Effort, encounters and coverage; no names of people, no places of encounters.

    `effort`: period (year or "all"), by (all | station | type), group, patrols, patrol_days,
    calendar_days, km, hours, swath_km2_merged, swath_km2_unmerged. `encounters`: category, n,
    rated, per_hour, per_day, per_km, per_patrol. `by_year`: year, patrols, patrol_days, km, hours,
    encounters, loss_reports, area_covered_share, risk_covered_share, loss_ha (NaN where no map
    tells), loss_basis (year | mean of a period | "").
    `cells` (features): cell, area_ha, effort_km, effort_h, visits, recent_km, loss_ha, forest_ha,
    risk_ha, stock_tco2e; a column is NaN where nothing was given for it. `by_risk`: class (1 the
    highest fifth of cells by risk per hectare), cells, area_ha, risk_ha, risk_share, effort_km,
    effort_share, visits, unvisited, loss_ha, loss_share. `coverage`: measure (area | forest | risk
    | loss | stock), title_es, title_en, unit, window (all | recent), total, covered, share.
    `cleaning`: step, rows, km, hours of what was left out.

    `enforced_share`: share of the stock (else of the forest, else of the area: `enforced_basis`)
    within reach of a patrol in the last `recent_years` up to `as_of`; NaN if nothing was tracked.
    `last_loss_report`: local date (ISO) of the last encounter of a category of loss; "" if there
    was none. `years_since_loss_report`: from it to `as_of`; NaN if there was none.
    """

    effort: pd.DataFrame
    encounters: pd.DataFrame
    by_year: pd.DataFrame
    cells: gpd.GeoDataFrame
    by_risk: pd.DataFrame
    coverage: pd.DataFrame
    cleaning: pd.DataFrame
    enforced_share: float
    enforced_basis: str
    last_loss_report: str
    years_since_loss_report: float
    recent_years: float
    as_of: str
    findings: tuple[Finding, ...] = ()
