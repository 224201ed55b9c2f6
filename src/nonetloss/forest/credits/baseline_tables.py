"""A baseline as tables: by zone, stratum and year, and beside the country's reference level."""

import numpy as np
import pandas as pd

from nonetloss.forest.credits.activity import Sums
from nonetloss.forest.credits.emissions import Factors
from nonetloss.forest.credits.rule_use import row, used
from nonetloss.forest.stock.result import HIGH, LOW
from nonetloss.rules.model import RulesInForce

_LEVEL, _AREA = "redd.reference-level", "redd.reference-area"


def activity(
    zones: tuple[str, ...],
    factors: Factors,
    years: tuple[int, ...],
    hectares: np.ndarray,
    emissions: np.ndarray,
    draws: np.ndarray,
) -> pd.DataFrame:
    """One row per zone, stratum and year."""
    rows = [
        {
            "zone": zone,
            "stratum": factors.strata[s],
            "title_es": factors.titles[s].es,
            "title_en": factors.titles[s].en,
            "year": year,
            "hectares": float(hectares[z, s, y]),
            "tco2e": float(emissions[z, s, y]),
            **_ends(draws[z, s, y]),
        }
        for z, zone in enumerate(zones)
        for s in range(len(factors.strata))
        for y, year in enumerate(years)
    ]
    return pd.DataFrame(rows)


def by_year(
    zones: tuple[str, ...],
    years: tuple[int, ...],
    hectares: np.ndarray,
    emissions: np.ndarray,
    draws: np.ndarray,
) -> pd.DataFrame:
    """One row per zone and year, over all strata."""
    rows = [
        {
            "zone": zone,
            "year": year,
            "hectares": float(hectares[z, :, y].sum()),
            "tco2e": float(emissions[z, :, y].sum()),
            **_ends(draws[z, :, y].sum(axis=0)),
        }
        for z, zone in enumerate(zones)
        for y, year in enumerate(years)
    ]
    return pd.DataFrame(rows)


def zones_table(
    sums: Sums,
    stock: np.ndarray,
    hectares: np.ndarray,
    emissions: np.ndarray,
    draws: np.ndarray,
) -> pd.DataFrame:
    """One row per zone, over all strata and years; `stock` (zones, strata) in tCO2e."""
    rows = [
        {
            "zone": zone,
            "area_ha": float(sums.area_ha[z].sum()),
            "forest_ha": float(sums.forest_ha[z].sum()),
            "stock_tco2e": float(stock[z].sum()),
            "hectares": float(hectares[z].sum()),
            "tco2e": float(emissions[z].sum()),
            **_ends(draws[z].sum(axis=(0, 1))),
        }
        for z, zone in enumerate(sums.zones)
    ]
    return pd.DataFrame(rows)


def beside_reference(
    sums: Sums, emissions: np.ndarray, ruleset: RulesInForce | None
) -> pd.DataFrame:
    """Emissions per hectare of land and year beside those of the country's reference level."""
    known = () if ruleset is None else ruleset.parameter_ids()
    if ruleset is None or _LEVEL not in known or _AREA not in known:
        return pd.DataFrame()
    named = {ruleset.name: ruleset}
    level = used(named, ruleset.name, _LEVEL, unit="tCO2e/year")
    reference = level.value / ruleset.value(_AREA, unit="ha")
    area = sums.area_ha.sum(axis=1)
    per_ha = emissions.sum(axis=1).mean(axis=1) / np.where(area > 0, area, np.nan)
    return pd.DataFrame(
        {
            "zone": sums.zones,
            "tco2e_ha_year": per_ha,
            "reference_tco2e_ha_year": reference,
            "ratio": per_ha / reference,
        }
    ).assign(**{k: v for k, v in row(level).items() if k not in ("parameter", "value")})


def history(sums: Sums, years: tuple[float, ...], per_year: np.ndarray) -> pd.DataFrame:
    """Hectares lost per year in both periods of the cover, beside those of the baseline.

    `years` of the three dates; `per_year` (zones,) of the baseline. Empty without a cover.
    """
    rows = [
        {
            "zone": zone,
            "from_year": float(years[p]),
            "to_year": float(years[p + 1]),
            "ha_per_year": (seen := float(sums.lost_ha[z, p]) / (years[p + 1] - years[p])),
            "baseline_ha_per_year": float(per_year[z]),
            "ratio": float(per_year[z]) / seen if seen > 0 else np.nan,
        }
        for z, zone in enumerate(sums.zones)
        for p in range(sums.lost_ha.shape[1])
    ]
    return pd.DataFrame(rows)


def factors_table(factors: Factors) -> pd.DataFrame:
    """One row per stratum: what stands before and after, and what is emitted."""
    table = pd.DataFrame(
        {
            "stratum": factors.strata,
            "title_es": [t.es for t in factors.titles],
            "title_en": [t.en for t in factors.titles],
            "before_tco2e_ha": factors.before,
            "after_tco2e_ha": factors.after,
            "other_tco2e_ha": factors.other,
            "factor_tco2e_ha": factors.likely,
        }
    )
    low, high = np.quantile(factors.draws, (LOW, HIGH), axis=1)
    return table.assign(low_tco2e_ha=low, high_tco2e_ha=high)


def _ends(draws: np.ndarray) -> dict[str, float]:
    """5 % and 95 % of draws (draws,), as the columns tco2e_low and tco2e_high."""
    low, high = np.quantile(draws, (LOW, HIGH))
    return {"tco2e_low": float(low), "tco2e_high": float(high)}
