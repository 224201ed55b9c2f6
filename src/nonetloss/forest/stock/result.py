"""The carbon of a forest by stratum and pool, with its error."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, offenders
from nonetloss.core.language import Text

CO2_PER_CARBON = 44.0 / 12.0
LOW, HIGH = 0.05, 0.95
POOLS = ("above_ground", "below_ground")
SOURCE = Text(
    es="Parcelas del estudio, con error de muestreo, medición y alometría",
    en="Plots of the study, with the error of sampling, measurement and allometry",
)


@dataclass(frozen=True, slots=True)
class CarbonStock:
    """Carbon per hectare by stratum and pool, and the tables that explain it.

    `area_ha` (strata,), NaN where it is not known. `likely` (strata, pools) and `draws` (strata,
    pools, draws) are tC per hectare; the spread of the draws is the error of the mean of the
    stratum, from sampling (with the measurement errors that make plots differ) and from what all
    trees share, and one draw is the same state of
    the world in all strata and pools. NaN where a stratum has no plots.

    Tables: `plots` (plot, stratum, area_ha, stems, agb_mg_ha, agb_low, agb_high, bgb_mg_ha, tc_ha),
    `strata_table` (stratum, title_es, title_en, area_ha, plots, estimator, tc_ha, se, low, high,
    tco2e_ha, …), `total` (pool, tc, tc_low, tc_high, tco2e, tco2e_low, tco2e_high,
    relative_half_width), `published` (figure, title_es, title_en, published, computed, unit,
    note_es, note_en),
    `sample_size` (target, stratum, plots_now, plots_needed, plots_more), `density_levels` (level,
    trees, share), `heights` (source, trees), `height_models` (model, trees, rse_m, bias, …) and
    `errors` (component, sd_mg_ha, share of the variance). Low and high are the 5 % and 95 %
    quantiles of the draws.
    """

    strata: tuple[str, ...]
    titles: tuple[Text, ...]
    pools: tuple[str, ...]
    area_ha: np.ndarray
    likely: np.ndarray
    draws: np.ndarray
    plots: pd.DataFrame = field(default_factory=pd.DataFrame)
    strata_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    total: pd.DataFrame = field(default_factory=pd.DataFrame)
    published: pd.DataFrame = field(default_factory=pd.DataFrame)
    sample_size: pd.DataFrame = field(default_factory=pd.DataFrame)
    density_levels: pd.DataFrame = field(default_factory=pd.DataFrame)
    heights: pd.DataFrame = field(default_factory=pd.DataFrame)
    height_models: pd.DataFrame = field(default_factory=pd.DataFrame)
    errors: pd.DataFrame = field(default_factory=pd.DataFrame)
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.strata), len(self.pools))
        wrong = (
            len(self.titles) != shape[0]
            or self.area_ha.shape != shape[:1]
            or self.likely.shape != shape
            or self.draws.ndim != 3
            or self.draws.shape[:2] != shape
        )
        if wrong:
            raise InputError.because(
                "stock.shape",
                "carbon stock",
                found=(self.area_ha.shape, self.likely.shape, self.draws.shape),
                expected=shape,
            )

    def tco2e_per_ha(self) -> tuple[np.ndarray, np.ndarray]:
        """All pools together, tCO2e per hectare: (likely (strata,), draws (strata, draws))."""
        return (
            self.likely.sum(axis=1) * CO2_PER_CARBON,
            self.draws.sum(axis=1) * CO2_PER_CARBON,
        )

    def estimates(self) -> Mapping[str, Estimate]:
        """tCO2e per hectare by stratum, as a `Service` takes it.

        Strata without plots are left out. A service reads what is left out as nothing, so that who
        uses this tells of them.

        Raises
        ------
        InputError
            `stock.estimate-unknown` for strata whose mean is known and whose error is not: a
            number without a spread would be read as certain.
        """
        likely, draws = self.tco2e_per_ha()
        known = {
            name: (float(value), drawn)
            for name, value, drawn in zip(self.strata, likely, draws, strict=True)
            if np.isfinite(value)
        }
        bare = [n for n, (_, d) in known.items() if not (d.size and np.isfinite(d).all())]
        if bare:
            raise InputError.because(
                "stock.estimate-unknown", "carbon stock", strata=offenders(bare)
            )
        found: dict[str, Estimate] = {}
        for name, (value, drawn) in known.items():
            low, high = (float(q) for q in np.quantile(drawn, (LOW, HIGH)))
            found[name] = Estimate(min(low, value), value, max(high, value), SOURCE)
        return found
