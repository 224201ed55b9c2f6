"""Emissions with and without the project, and what leaks elsewhere: per year and draw.

Observed losses hold where a year has them; for other years the study assumes how much of the
baseline loss is averted. Leakage in the belt is what is emitted there beyond its baseline; beyond
the belt and through markets it is a share of what is averted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.forest.credits.activity import BELT, PROJECT
from nonetloss.forest.credits.emissions import spread
from nonetloss.forest.credits.reading import LEAKAGE_PARTS, drawn
from nonetloss.forest.credits.result import Baseline
from nonetloss.numerics.stats import pert


@dataclass(frozen=True, slots=True)
class Flow:
    """Tonnes of CO2e per year: `likely` (years,), `draws` (years, draws)."""

    likely: np.ndarray
    draws: np.ndarray

    def __add__(self, other: "Flow") -> "Flow":
        return Flow(self.likely + other.likely, self.draws + other.draws)

    def __sub__(self, other: "Flow") -> "Flow":
        return Flow(self.likely - other.likely, self.draws - other.draws)

    def times(self, likely: np.ndarray | float, draws: np.ndarray | float) -> "Flow":
        """The product with a factor, and with its draws (draws,) or (years, draws)."""
        return Flow(self.likely * likely, self.draws * draws)

    def positive(self) -> "Flow":
        """Nothing below zero, draw by draw."""
        return Flow(np.maximum(self.likely, 0.0), np.maximum(self.draws, 0.0))

    def at_most(self, other: "Flow") -> "Flow":
        """Nothing above another flow, draw by draw."""
        return Flow(np.minimum(self.likely, other.likely), np.minimum(self.draws, other.draws))


@dataclass(frozen=True, slots=True)
class Flows:
    """Baseline, project and leakage of the years of a baseline.

    `project` is all that is emitted with the project inside its area, `project_stock` the part that
    is a change of stock (without fire and fuel). `leakage` by part: belt, outside, market.
    `observed` (years,): whether the losses of the project area were observed.
    """

    gross: Flow
    project: Flow
    project_stock: Flow
    leakage: Mapping[str, Flow]
    observed: np.ndarray
    findings: tuple[Finding, ...]


def flows(
    base: Baseline,
    *,
    observed: pd.DataFrame | None,
    effectiveness: Estimate | None,
    leakage: Mapping[str, Estimate],
    other_emissions: Estimate | None,
    rng: np.random.Generator,
) -> Flows:
    """All flows of a project.

    Parameters
    ----------
    base : Baseline
    observed : DataFrame or None
        As `reading.read_observed` returns it.
    effectiveness : Estimate or None
        Share of the baseline loss that is averted in years without observation.
    leakage : mapping
        Shares by part; a part that is absent is zero, and said to be.
    other_emissions : Estimate or None
        tCO2e per year.

    Raises
    ------
    InputError
        `credits.effectiveness-needed`, `credits.observed-strata`.
    """
    if observed is not None:
        _require_all_strata(base, observed)
    draws = base.emissions_draws.shape[-1]
    project = base.zones.index(PROJECT)
    gross = zone_flow(base, project)
    seen = _seen(base, observed, PROJECT)
    if not seen.all() and effectiveness is None:
        raise InputError.because("credits.effectiveness-needed", "effectiveness")
    kept = effectiveness or Estimate.exact(0.0)
    eff = drawn(kept, draws=draws, rng=rng)
    stock = _assumed(base, project, ~seen).times(1 - kept.likely, 1 - eff)
    if observed is not None:
        stock = stock + _observed(base, observed, PROJECT, rng=rng)
    emitted = stock
    if other_emissions is not None:
        extra = drawn(other_emissions, draws=draws, rng=rng)
        each = np.ones(len(base.years))
        emitted = stock + Flow(each * other_emissions.likely, each[:, None] * extra)
    averted = (gross - emitted).positive()
    found: list[Finding] = []
    leaks: dict[str, Flow] = {}
    for part in LEAKAGE_PARTS:
        share = leakage.get(part, Estimate.exact(0.0))
        taken = drawn(share, draws=draws, rng=rng)
        leaks[part] = averted.times(share.likely, taken)
    belt_seen = _seen(base, observed, BELT)
    if observed is not None and belt_seen.any():
        leaks["belt"] = _belt(base, observed, belt_seen, leaks["belt"], rng=rng)
    found += [
        warning("credits.leakage-absent", part)
        for part in LEAKAGE_PARTS
        if part not in leakage and not (part == "belt" and belt_seen.all())
    ]
    if seen.any() and not seen.all():
        found.append(
            notice("credits.partly-observed", "observed", years=int(seen.sum()), all=len(seen))
        )
    elif not seen.any():
        found.append(notice("credits.nothing-observed", "observed"))
    return Flows(gross, emitted, stock, leaks, seen, tuple(found))


def zone_flow(base: Baseline, zone: int) -> Flow:
    """Baseline emissions of a zone over all strata."""
    return Flow(base.emissions[zone].sum(axis=0), base.emissions_draws[zone].sum(axis=0))


def _require_all_strata(base: Baseline, observed: pd.DataFrame) -> None:
    """Raise InputError where strata are told apart and one that loses forest has no row."""
    for (zone, year), rows in observed.groupby(["zone", "year"]):
        told = set(rows["stratum"])
        loses = base.hectares[base.zones.index(str(zone))].sum(axis=1) > 0
        missing = [s for s, lost in zip(base.strata, loses, strict=True) if lost and s not in told]
        if missing and "" not in told:
            raise InputError.because(
                "credits.observed-strata", str(zone), year=year, missing=offenders(missing)
            )


def _seen(base: Baseline, observed: pd.DataFrame | None, zone: str) -> np.ndarray:
    if observed is None:
        return np.zeros(len(base.years), dtype=bool)
    return np.isin(base.years, observed.loc[observed["zone"] == zone, "year"])


def _assumed(base: Baseline, zone: int, years: np.ndarray) -> Flow:
    """Baseline emissions of what is cleared in the years marked, whenever they come out."""
    amounts = spread(base.hectares[zone] * years, base.timing)
    per_ha = np.nan_to_num(base.factor_draws * base.activity_error)
    return Flow((amounts * np.nan_to_num(base.factors)[:, None]).sum(axis=0), amounts.T @ per_ha)


def _observed(
    base: Baseline, observed: pd.DataFrame, zone: str, *, rng: np.random.Generator
) -> Flow:
    """Emissions of observed losses, whenever they come out."""
    index = base.zones.index(zone)
    draws = base.emissions_draws.shape[-1]
    rows = observed[observed["zone"] == zone]
    likely = np.zeros((len(base.strata), len(base.years)))
    drawn_ha = np.zeros((draws, *likely.shape))
    for row in rows.itertuples():
        year = base.years.index(int(str(row.year)))
        share = _strata_share(base, index, str(row.stratum), year)
        low, middle, high = (float(str(v)) for v in (row.low, row.likely, row.high))
        likely[:, year] += share * middle
        hectares = pert(low, middle, high, size=draws, rng=rng)
        drawn_ha[:, :, year] += hectares[:, None] * share
    amounts = spread(likely, base.timing)
    amounts_drawn = spread(drawn_ha, base.timing)
    return Flow(
        (amounts * np.nan_to_num(base.factors)[:, None]).sum(axis=0),
        np.einsum("dsy,sd->yd", amounts_drawn, np.nan_to_num(base.factor_draws)),
    )


def _strata_share(base: Baseline, zone: int, stratum: str, year: int) -> np.ndarray:
    """How an observed loss is divided among strata: as the baseline's, else as the stock."""
    share = np.zeros(len(base.strata))
    if stratum:
        share[base.strata.index(stratum)] = 1.0
        return share
    weights = base.hectares[zone, :, year]
    if not weights.sum() > 0:
        weights = np.nan_to_num(base.stock_tco2e[zone])
    if not weights.sum() > 0:
        weights = np.ones(len(share))
    return np.asarray(weights / weights.sum())


def _belt(
    base: Baseline, observed: pd.DataFrame, seen: np.ndarray, assumed: Flow, *,
    rng: np.random.Generator,
) -> Flow:  # fmt: skip
    """What the belt emits beyond its baseline in observed years; the assumed leakage elsewhere."""
    index = base.zones.index(BELT)
    excess = (_observed(base, observed, BELT, rng=rng) - _assumed(base, index, seen)).positive()
    return Flow(
        np.where(seen, excess.likely, assumed.likely),
        np.where(seen[:, None], excess.draws, assumed.draws),
    )
