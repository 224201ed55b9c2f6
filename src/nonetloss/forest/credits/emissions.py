"""From hectares to emissions: factors per stratum, and the years over which they come out.

E(s, t) = Σ_k ha(s, t - k) · w(s, k) · EF(s), with
EF(s) = (C(s) before - C after)·44/12 + other pools, C of all pools of the stock, in tCO2e per ha.

What is above the ground comes out in the year of clearing; of what is below, 1/n a year over n
years. The weights w of a stratum add up to 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, nearest, offenders, warning
from nonetloss.core.language import Text
from nonetloss.forest.credits.reading import drawn
from nonetloss.forest.stock.result import CO2_PER_CARBON, CarbonStock

ALL = "all"
_ALL_TITLE = Text(es="Todos los estratos", en="All strata")
_BELOW = "below_ground"


@dataclass(frozen=True, slots=True)
class Factors:
    """Emission factors in tCO2e per cleared hectare.

    `before`, `after`, `likely` (strata,); `other`, pools beside those of the stock, alike in all
    strata: likely = before - after + other. `draws` (strata, draws); `timing` (strata, years after
    the clearing), rows add up to 1.
    """

    strata: tuple[str, ...]
    titles: tuple[Text, ...]
    before: np.ndarray
    after: np.ndarray
    other: float
    likely: np.ndarray
    draws: np.ndarray
    timing: np.ndarray
    findings: tuple[Finding, ...] = ()


def emission_factors(
    stock: CarbonStock,
    *,
    after: Mapping[str, Estimate],
    other_pools: Mapping[str, Estimate],
    below_ground_years: int,
    pooled: bool,
    rng: np.random.Generator,
) -> Factors:
    """Factors of every stratum of a stock; of the mean of the strata by area, if `pooled`.

    Parameters
    ----------
    stock : CarbonStock
        Its draws are the draws of the factors.
    after : mapping of stratum to Estimate
        tCO2e per ha that stand after clearing; "" for every stratum that is not named.
    other_pools : mapping of pool to Estimate
        tCO2e per ha emitted beside, alike in all strata.
    below_ground_years : int
        At least 1.

    Raises
    ------
    InputError
        `credits.after-unknown`, `credits.after-missing`, `credits.strata-needed`,
        `credits.stock-draws`.
    """
    if stock.draws.shape[-1] == 0:
        raise InputError.because("credits.stock-draws", "stock")
    strata, titles, pools, pool_draws = _pools_of(stock, pooled=pooled)
    drawn_after, likely_after = _after(after, strata, stock.draws.shape[-1], rng=rng)
    before = pools.sum(axis=1) * CO2_PER_CARBON
    other = float(sum(other_pools[pool].likely for pool in sorted(other_pools)))
    likely = before - likely_after + other
    draws = pool_draws.sum(axis=1) * CO2_PER_CARBON - drawn_after
    for pool in sorted(other_pools):
        draws = draws + drawn(other_pools[pool], draws=draws.shape[1], rng=rng)
    found: list[Finding] = []
    low = [s for s, value in zip(strata, likely, strict=True) if value <= 0]
    if low:
        found.append(warning("credits.factor-negative", "after", strata=offenders(low)))
    missing = [s for s, value in zip(strata, before, strict=True) if not np.isfinite(value)]
    if missing:
        found.append(warning("credits.stratum-without-stock", "stock", strata=offenders(missing)))
    timing = _timing(stock.pools, pools, likely, below_ground_years)
    return Factors(strata, titles, before, likely_after, other, likely, draws, timing, tuple(found))


def spread(hectares: np.ndarray, timing: np.ndarray) -> np.ndarray:
    """Hectares (zones, strata, years) as they are emitted: each clearing over its years after.

    What would come out after the last year is left out: it belongs to no vintage here.
    """
    out = np.zeros_like(hectares)
    years = hectares.shape[-1]
    for lag in range(min(timing.shape[1], years)):
        out[..., lag:] += hectares[..., : years - lag] * timing[:, lag][:, None]
    return out


def _pools_of(
    stock: CarbonStock, *, pooled: bool
) -> tuple[tuple[str, ...], tuple[Text, ...], np.ndarray, np.ndarray]:
    if not pooled:
        return stock.strata, stock.titles, stock.likely, stock.draws
    if len(stock.strata) == 1:
        return stock.strata, stock.titles, stock.likely, stock.draws
    weights = stock.area_ha / stock.area_ha.sum()
    if not np.isfinite(weights).all():
        raise InputError.because(
            "credits.strata-needed", "strata", strata=offenders(stock.strata, 20)
        )
    return (
        (ALL,),
        (_ALL_TITLE,),
        np.einsum("s,sp->p", weights, stock.likely)[None],
        np.einsum("s,spd->pd", weights, stock.draws)[None],
    )


def _after(
    after: Mapping[str, Estimate], strata: tuple[str, ...], draws: int, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    strange = sorted(set(after) - {"", *strata})
    if strange:
        raise InputError.because(
            "credits.after-unknown",
            "after",
            found=offenders(strange),
            known=offenders(strata, 20),
            nearest=nearest(strange[0], strata),
        )
    missing = [s for s in strata if s not in after and "" not in after]
    if missing:
        raise InputError.because("credits.after-missing", "after", strata=offenders(missing))
    # One draw for each estimate that was given, shared by the strata that it speaks for.
    drawn_once = {name: drawn(after[name], draws=draws, rng=rng) for name in sorted(after)}
    used = [s if s in after else "" for s in strata]
    return (
        np.array([drawn_once[u] for u in used]),
        np.array([after[u].likely for u in used]),
    )


def _timing(
    names: tuple[str, ...], pools: np.ndarray, likely: np.ndarray, years: int
) -> np.ndarray:
    timing = np.zeros((len(likely), years))
    below = pools[:, names.index(_BELOW)] if _BELOW in names else np.zeros(len(likely))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num(below * CO2_PER_CARBON / likely)
    share = np.clip(share, 0.0, 1.0)
    timing[:] = share[:, None] / years
    timing[:, 0] += 1.0 - share
    return timing
