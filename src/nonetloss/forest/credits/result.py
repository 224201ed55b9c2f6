"""What the steps from a risk map to credits give."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from nonetloss.core.findings import Finding


@dataclass(frozen=True, slots=True)
class Baseline:
    """What would be cleared and emitted without the project, per zone, stratum and year.

    `likely` (zones, strata, years) hectares; `emissions` the same in tCO2e; `emissions_draws`
    (zones, strata, years, draws). `factors` (strata,) tCO2e per ha and `factor_draws`
    (strata, draws), without `activity_error` (draws,), the factor that the draws of all hectares
    share; `timing` (strata, years after the clearing) says when they come out.
    `stock_tco2e` (zones, strata) is what stands there today.

    `activity`: zone, stratum, title_es, title_en, year, hectares, tco2e, tco2e_low, tco2e_high.
    `by_year`: zone, year, hectares, tco2e, tco2e_low, tco2e_high. `zones_table`: zone,
    area_ha, forest_ha, stock_tco2e, hectares, tco2e, tco2e_low, tco2e_high of all years.
    `factors_table`: stratum, title_es, title_en, then before_tco2e_ha, after_tco2e_ha,
    other_tco2e_ha (further pools), factor_tco2e_ha (before - after + other), low_tco2e_ha,
    high_tco2e_ha. `history`: zone, from_year, to_year, ha_per_year (lost in a period of the cover),
    baseline_ha_per_year (over the period of the map), ratio (NaN where nothing was lost); empty
    without a cover. `reference`: zone, tco2e_ha_year,
    reference_tco2e_ha_year, ratio, source, source_es, source_en, status: beside the reference level
    of the country, where its rules have one.
    """

    zones: tuple[str, ...]
    strata: tuple[str, ...]
    years: tuple[int, ...]
    hectares: np.ndarray
    emissions: np.ndarray
    emissions_draws: np.ndarray
    factors: np.ndarray
    factor_draws: np.ndarray
    timing: np.ndarray
    activity_error: np.ndarray
    stock_tco2e: np.ndarray
    activity: pd.DataFrame
    by_year: pd.DataFrame
    zones_table: pd.DataFrame
    factors_table: pd.DataFrame
    reference: pd.DataFrame = field(default_factory=pd.DataFrame)
    history: pd.DataFrame = field(default_factory=pd.DataFrame)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Permanence:
    """Scores of the Non-Permanence Risk Tool.

    `percent`: overall risk, before the minimum; NaN where an answer is missing. `buffer_share`:
    the share of stock change that goes to the buffer (0 to 1), at least the minimum; NaN where
    unknown. `failed`: names of the rules that fail; empty if none.

    `scores`: part, part_es, part_en, item, title_es, title_en, answer, score (NaN: unknown), fails
    (yes | no | unknown), evidence_es, evidence_en, source, status (confirmed | unverified | study).
    `totals`: part, title_es, title_en, score, limit, outcome (pass | fail | unknown | ""),
    reason_es, reason_en (questions that fail, whatever the score), status
    (the worst of what it rests on); the last rows are the minimum and the contribution to the
    buffer, in percent. Internal, external and overall risk fail where one of their questions does.
    `clock`: year, contract_years_left, longevity_years, longevity_if_renewed_years, minimum_years,
    score, outcome (pass | fail), project_start (bool), status; empty without a contract.
    """

    percent: float
    buffer_share: float
    failed: tuple[str, ...]
    scores: pd.DataFrame
    totals: pd.DataFrame
    clock: pd.DataFrame
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditPlan:
    """Credits per standard and vintage (calendar year), in tCO2e.

    `gross`, `project`, `leakage`, `uncertainty`, `buffer`, `net`: (standards, years), likely;
    net = gross - project - leakage - uncertainty - buffer, each of them counted positive when it
    takes away. `net_draws`, `buffer_draws`: (standards, years, draws).

    `waterfall`: standard, standard_title_es, standard_title_en, step (gross | project |
    leakage-belt | leakage-outside | leakage-market | uncertainty | buffer | net), title_es,
    title_en, order, tco2e (negative where it takes away), low, high, parameter, value, source (the
    rule or "study"), source_es, source_en, status (confirmed | unverified | study | ""). One row
    per standard and step, over all years.
    `vintages`: standard, year, gross_tco2e, project_tco2e, leakage_tco2e, uncertainty_tco2e,
    buffer_tco2e, net_tco2e, net_low, net_high, credits (whole tonnes to issue, cut
    down, after making good what earlier years emitted too much), basis (observed | assumed).
    `parameters`: standard, parameter, title_es, title_en, value, source, source_es, source_en,
    status: all that a number rests on.
    `comparison`: one row per standard: standard, title_es, title_en, the sums of the vintages,
    net_low, net_high, uncertainty_share, buffer_share, kept_share (net of gross), permanence
    (of the scoring given: pass | fail | unknown; "" where the standard does not ask it), eligible
    (no | unknown: nothing here can say yes), standing_es, standing_en (whom the standard serves),
    standing_status (of that statement), status (the worst of all that the row rests on).
    `strategies`: strategy, title_es, title_en, half_width, share, tco2e, source, source_es,
    source_en, status: what each way to deduct uncertainty would take off the same reductions.
    """

    standards: tuple[str, ...]
    years: tuple[int, ...]
    gross: np.ndarray
    project: np.ndarray
    leakage: np.ndarray
    uncertainty: np.ndarray
    buffer: np.ndarray
    net: np.ndarray
    net_draws: np.ndarray
    buffer_draws: np.ndarray
    waterfall: pd.DataFrame
    vintages: pd.DataFrame
    parameters: pd.DataFrame
    comparison: pd.DataFrame
    strategies: pd.DataFrame
    findings: tuple[Finding, ...] = ()

    def of(self, standard: str) -> Mapping[str, np.ndarray]:
        """Arrays over years of one standard, by name."""
        row = self.standards.index(standard)
        names = ("gross", "project", "leakage", "uncertainty", "buffer", "net")
        return {name: getattr(self, name)[row] for name in names}


@dataclass(frozen=True, slots=True)
class Scorecard:
    """CCB criteria with evidence.

    `scorecard`: criterion, title_es, title_en, kind (required | gold), met (yes | no | unknown |
    waived), evidence_es, evidence_en, link, supported (bool: met, with evidence or a link).
    Of `required_total`, `required_supported` are met with evidence or a link, `required_bare` are
    said to be met without either, and `required_waived` are covered by another program. `gold`:
    Gold levels that are supported, if no required criterion is open or bare. `label`: what a
    verified project would carry, "" while one is.
    """

    scorecard: pd.DataFrame
    required_supported: int
    required_bare: int
    required_waived: int
    required_total: int
    gold: tuple[str, ...]
    label: str
    findings: tuple[Finding, ...] = ()
