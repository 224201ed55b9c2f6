"""The tables that explain a carbon stock."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import t as student

from nonetloss.core.errors import InputError
from nonetloss.core.language import text
from nonetloss.forest.area.estimators import Estimated
from nonetloss.forest.area.sample_size import allocate
from nonetloss.forest.stock import height
from nonetloss.forest.stock.carbon import Assumptions, PlotBiomass, Pools
from nonetloss.forest.stock.land import Land
from nonetloss.forest.stock.measurements import Plots
from nonetloss.forest.stock.propagation import Measured
from nonetloss.forest.stock.result import CO2_PER_CARBON, HIGH, LOW, POOLS

# Half widths of the 90 % interval, as shares of the mean, for which plots are counted.
TARGETS = (0.05, 0.10, 0.15, 0.20)
# Beyond this many plots the count goes up in tenths.
_MANY_PLOTS = 2_000


def interval(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """5 % and 95 % of the last axis; NaN where there is no draw or one is unknown."""
    if draws.shape[-1] == 0:
        empty = np.full(draws.shape[:-1], np.nan)
        return empty, empty
    low, high = np.quantile(draws, (LOW, HIGH), axis=-1)
    return low, high


def plots_table(
    plots: Plots, land: Land, biomass: PlotBiomass, trees: Measured, result: Pools, *,
    carbon_fraction: float,
) -> pd.DataFrame:  # fmt: skip
    """One row a plot, in the order of their names."""
    low, high = interval(biomass.draws)
    index = {s: i for i, s in enumerate(land.strata)}
    ratio = np.array([result.root_ratio[index[s]] for s in plots.stratum])
    stems = np.bincount(trees.plot, trees.expansion, minlength=len(plots.name))
    roots = biomass.likely * ratio
    return pd.DataFrame(
        {
            "plot": plots.name,
            "stratum": plots.stratum.astype(str),
            "area_ha": plots.area_ha,
            "stems": np.bincount(trees.plot, minlength=len(plots.name)),
            "stems_per_ha": stems / plots.area_ha,
            "agb_mg_ha": biomass.likely,
            "agb_low": low,
            "agb_high": high,
            "bgb_mg_ha": roots,
            "tc_ha": (biomass.likely + roots) * carbon_fraction,
            "covariate": plots.covariate,
            "x": plots.x,
            "y": plots.y,
        }
    )


def strata_table(land: Land, result: Pools, *, estimator: str) -> pd.DataFrame:
    """One row a stratum; `se` is the standard error of sampling alone, tC per hectare.

    Errors of measured trees are part of how plots differ, and so of `se`. `low` and `high` carry
    the errors that all trees share as well. Roots and carbon fraction as likely.
    """
    total = result.draws.sum(axis=1)
    low, high = interval(total)
    likely = result.likely.sum(axis=1)
    means = result.means.estimated
    mean = np.array([e.mean for e in means])
    factor = np.divide(likely, mean, out=np.full(likely.size, np.nan), where=mean > 0)
    return pd.DataFrame(
        {
            "stratum": land.strata,
            "title_es": [t.es for t in land.titles],
            "title_en": [t.en for t in land.titles],
            "area_ha": land.area_ha,
            "plots": [e.n for e in means],
            "estimator": estimator,
            "agb_mg_ha": mean,
            "root_ratio": result.root_ratio,
            "tc_ha": likely,
            "se": np.array([e.standard_error for e in means]) * factor,
            "low": low,
            "high": high,
            "tco2e_ha": likely * CO2_PER_CARBON,
            "tco2e_ha_low": low * CO2_PER_CARBON,
            "tco2e_ha_high": high * CO2_PER_CARBON,
            "covariate_mean": land.covariate_mean,
        }
    )


def total_table(land: Land, result: Pools) -> pd.DataFrame:
    """Pools and their sum, over the strata that have plots; NaN where an area is unknown.

    `area_ha` is the land that it speaks of, `area_without_ha` what no plot stands for.
    """
    sampled = np.array([e.n > 0 for e in result.means.estimated])
    area = land.area_ha[sampled]
    without = float(land.area_ha[~sampled].sum()) if (~sampled).any() else 0.0
    rows = []
    for name in (*POOLS, "all"):
        pick = slice(None) if name == "all" else [POOLS.index(name)]
        likely = float((result.likely[sampled][:, pick].sum(axis=1) * area).sum())
        drawn = (result.draws[sampled][:, pick].sum(axis=1) * area[:, None]).sum(axis=0)
        low, high = (float(v) for v in interval(drawn))
        half = (high - low) / 2 / likely if likely > 0 else float("nan")
        rows.append(
            {
                "pool": name,
                "title_es": text(f"stock.pool-{name.replace('_', '-')}", "es"),
                "title_en": text(f"stock.pool-{name.replace('_', '-')}", "en"),
                "area_ha": float(area.sum()),
                "area_without_ha": without,
                "tc": likely,
                "tc_low": low,
                "tc_high": high,
                "tco2e": likely * CO2_PER_CARBON,
                "tco2e_low": low * CO2_PER_CARBON,
                "tco2e_high": high * CO2_PER_CARBON,
                "tco2e_ha": likely * CO2_PER_CARBON / area.sum() if area.size else float("nan"),
                "relative_half_width": half,
            }
        )
    return pd.DataFrame(rows)


def sample_size_table(land: Land, means: Sequence[Estimated]) -> pd.DataFrame:
    """Plots needed for several half widths of the 90 % interval, allocated for least variance.

    Sampling error alone, from how plots differ within the strata today; empty where no stratum has
    two plots, an area is unknown or nothing grows.
    """
    columns = [
        "target", "stratum", "title_es", "title_en", "plots_now", "plots_needed", "plots_more",
    ]  # fmt: skip
    by_name = dict(zip(land.strata, means, strict=True))
    spread = {s: float(e.standard_error * np.sqrt(e.n)) for s, e in by_name.items() if e.n > 1}
    sizes = dict(zip(land.strata, land.area_ha.tolist(), strict=True))
    sizes = {s: sizes[s] for s in spread}
    if len(sizes) == 1:
        sizes = dict.fromkeys(sizes, 1.0)
    known = [*sizes.values(), *spread.values()]
    if not spread or not np.isfinite(known).all():
        return pd.DataFrame(columns=columns)
    whole = sum(sizes.values())
    mean = sum(sizes[s] / whole * by_name[s].mean for s in sizes)
    if not mean > 0:
        return pd.DataFrame(columns=columns)
    titles = dict(zip(land.strata, land.titles, strict=True))
    rows = []
    for target in TARGETS:
        for s, count in _plots_for(target * mean, sizes, spread).items():
            now = by_name[s].n
            rows.append((target, s, titles[s].es, titles[s].en, now, count, max(0, count - now)))
    return pd.DataFrame(rows, columns=columns)


def _plots_for(
    half_width: float, sizes: Mapping[str, float], spread: Mapping[str, float]
) -> dict[str, int]:
    """Fewest plots by stratum with ``t(n - H)·√(Σ W² s²/n_h)`` at most the half width."""
    whole = sum(sizes.values())
    weighted = {s: size / whole * spread[s] for s, size in sizes.items()}
    deviation = sum(weighted.values())
    n = 2 * len(sizes)
    # Without whole numbers of plots: never more than what is needed.
    while student.ppf(HIGH, n - len(sizes)) * deviation / np.sqrt(n) > half_width:
        n += 1 if n < _MANY_PLOTS else n // 10
    while True:
        given = allocate(n, sizes=sizes, deviations=spread, how="optimal", least=2)
        error = np.sqrt(sum(weighted[s] ** 2 / given[s] for s in sizes))
        if student.ppf(HIGH, n - len(sizes)) * error <= half_width * (1 + 1e-9):
            return given
        n += 1 if n < _MANY_PLOTS else n // 10


def heights_table(measured: Measured, *, assumptions: Assumptions) -> pd.DataFrame:
    """Trees by where their height comes from: `source`, titles, trees, share."""
    n = measured.diameter_cm.size
    known = int(np.isfinite(measured.height_m).sum())
    if "H" not in assumptions.equation.needs:
        counts = {"none": n}
    elif assumptions.height_model is None:
        counts = {"measured": known}
    else:
        counts = {"measured": known, assumptions.height_model.name: n - known}
    model = assumptions.height_model
    rows = [
        {
            "source": source,
            "title_es": model.title.es if model and source == model.name
            else text(f"stock.height-{source}", "es"),
            "title_en": model.title.en if model and source == model.name
            else text(f"stock.height-{source}", "en"),
            "trees": count,
            "share": count / n if n else float("nan"),
        }
        for source, count in counts.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def height_models_table(diameter_cm: np.ndarray, height_m: np.ndarray) -> pd.DataFrame:
    """All models fitted to the measured heights, best first; empty where they are too few."""
    columns = ["model", "trees", "rse_m", "bias", "residual", "a", "b", "c"]
    rows = []
    for name in height.FITTED:
        try:
            m = height.fit(name, diameter_cm=diameter_cm, height_m=height_m)
        except InputError:
            continue
        rows.append((name, m.trees, m.rse_m, m.bias, m.residual, *m.coefficients))
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("rse_m", kind="stable", ignore_index=True)


def errors_table(shares: pd.DataFrame) -> pd.DataFrame:
    """Shares of the variance with their titles, the largest first."""
    titled = shares.assign(
        title_es=[text(f"stock.error-{c}", "es") for c in shares["component"]],
        title_en=[text(f"stock.error-{c}", "en") for c in shares["component"]],
    )
    columns = ["component", "title_es", "title_en", "sd_mg_ha", "share"]
    return titled[columns].sort_values("share", ascending=False, kind="stable", ignore_index=True)
