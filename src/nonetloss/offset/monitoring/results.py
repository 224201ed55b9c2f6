"""What following up an offset gives."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from nonetloss.core.findings import Finding


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Planned against observed, the outlook, what was delivered, and what to do and pay.

    `year` in every table is as the study counts it (calendar, or since the impact); gains are in
    quality-hectares. `as_of` is the last year that counts, None while nothing was observed.

    `progress`: site, title_es, title_en, year, planned, observed, observed_low, observed_high,
    ratio, standard, status (ok | warning | missed | unobserved), area_ha, value, control, source,
    observer. `trajectory`: site, year, planned (gain of every year up to the target).
    `outlook`: site, target_year, target, forecast_low, forecast_likely, forecast_high (5, 50,
    95 %), probability_of_target, warning, observations, pace, pace_sd. `delivery`: site, ecosystem,
    year, promised_qha, gained_qha, share, harm_qha (what it lost beyond its counterfactual,
    negative), delivered_qha (promise times share, plus harm), basis. `served`: the same by
    site and asset, in the measure of the balance (site, title, asset, share, promised_qha,
    kept_qha, harm_qha, delivered_qha); sums of the last by asset make up `offset_likely`.
    `reopening`: asset, residual_qha, promised_qha, gained_qha, harm_qha, delivered_qha (and its
    low, high), shortfall_qha, status (kept | reopened | open), probability_closed (in the target
    year, at the pace of the sites).
    `corrective`: site, year, trigger, action, title, gap_qha, closes_qha, cost_usd, usd_per_qha,
    enough. `schedule`: site, year, activity, title, indicator, cost_usd. `budget`: year, visits,
    cost_usd, discounted_usd.

    `offset_likely` (assets,) and `offset_draws` (assets, draws) are what was delivered, in the
    order of `assets` and in the measure of the balance of the plan (see `delivery.measure`): give
    this result to `ledger.hierarchy` in place of the portfolio, and the balance is struck again
    with what is really there.
    """

    as_of: int | None
    progress: pd.DataFrame
    trajectory: pd.DataFrame
    outlook: pd.DataFrame
    delivery: pd.DataFrame
    reopening: pd.DataFrame
    corrective: pd.DataFrame
    schedule: pd.DataFrame
    budget: pd.DataFrame
    assets: tuple[str, ...]
    offset_likely: np.ndarray
    offset_draws: np.ndarray
    first_year: int
    findings: tuple[Finding, ...]
    served: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def reopened(self) -> tuple[str, ...]:
        """Ecosystems whose balance is open again."""
        return tuple(self.reopening.loc[self.reopening["status"] == "reopened", "asset"])
