"""What a concession owes, pays, earns and shares, as a result."""

from dataclasses import dataclass

import pandas as pd

from nonetloss.core.findings import Finding


@dataclass(frozen=True, slots=True)
class Concession:
    """The contract and its cash flow at several prices, with their distribution.

    Money is in USD of the study's price basis; low and high are the 5 and 95 % of draws; `price`
    is in USD per tCO2e in the first year. NaN where unknown, or where it never happens.

    `cashflow`: price, year, credits_tco2e, then revenue, income, cost, shared, net, holder and
    cumulative, each with _usd, _low_usd, _high_usd: net = revenue + income - cost, cumulative its
    running sum, shared what goes to all parties, holder = net - shared. `distribution`: price,
    npv_usd, npv_low_usd, npv_high_usd, probability_npv_positive, probability_low,
    probability_high (of the simulation), holder_npv_usd, holder_npv_low_usd, holder_npv_high_usd,
    payback_year, payback_low, payback_high (year in which the running sum is back at zero or more),
    relapse_year (first year after it in which the running sum is below zero again), payback_years
    (to its end, from the first year), secured_share (part of the costs until then
    that income marked as secured covers).
    `breakeven`: case (project | after-revenue-shares), title_es, title_en, price_usd,
    price_low_usd, price_high_usd (NPV of zero), share_without (of draws in which no price pays).
    `sharing`: price, party, title_es, title_en, kind, total_usd, total_low_usd, total_high_usd,
    npv_usd, share (of the revenue of all years; NaN for a loss). `sharing_by_year`: price, party,
    year, usd. `delays`: price, delay_years, npv_usd.
    `obligations`: id, title_es, title_en, due, status (met | overdue | unknown | due | later),
    days_left, source, note. `clock`: event, title_es, title_en, date, contract_end, years_left,
    years_left_renewed, proven_years_left, enough. `budget_items`: item, kind, first_year,
    last_year, payments, usd, usd_low, usd_high.

    `contract_end`: ISO date up to which the cash flow counts. `renewal`: shown (by a document),
    supposed (counted without one), unproven (declared, not counted) or none; `renewal_years` what
    it would add. `years_left`: from `project_start` (ISO date) to the end that can be shown.
    `longevity_fails`: whether those are fewer than the minimum.
    """

    cashflow: pd.DataFrame
    distribution: pd.DataFrame
    breakeven: pd.DataFrame
    sharing: pd.DataFrame
    sharing_by_year: pd.DataFrame
    delays: pd.DataFrame
    obligations: pd.DataFrame
    clock: pd.DataFrame
    budget_items: pd.DataFrame
    contract_end: str
    renewal: str
    renewal_years: int
    project_start: str
    years_left: float
    longevity_fails: bool
    standard: str
    discount_rate: float
    findings: tuple[Finding, ...] = ()
