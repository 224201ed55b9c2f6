"""Carbon of a forest from measured trees, with every error that can be told.

Mathematical formulation
    Plot p of area a_p: ``B_p = Σ_i w_i AGB_i / a_p`` (Mg/ha). Stratum h: an estimator that is
    linear in B. Carbon ``C = B·CF·(1 + R)`` with the carbon fraction CF and the ratio R of roots to
    shoots. Whole: ``Σ_h A_h C_h``. Draw k repeats all of it with the shared errors of one state of
    the world, plus ``SE_h·t`` for the sampling of stratum h, which holds those of single trees.

In words
    Trees give plots, plots give strata, strata give the total; the same draw runs through all of
    it, so that an error which all trees share, like that of the equation, does not average out.

Papers: Chave et al. 2004, doi 10.1098/rstb.2003.1425; Chave et al. 2014, doi 10.1111/gcb.12629;
Réjou-Méchain et al. 2017, doi 10.1111/2041-210X.12753; Ståhl et al. 2016,
doi 10.1186/s40663-016-0064-9 (sampling and model errors together: hybrid inference).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.forest.stock import propagation, strata, wood_density
from nonetloss.forest.stock.allometry import Equation
from nonetloss.forest.stock.below_ground import RootShoot
from nonetloss.forest.stock.height import HeightModel
from nonetloss.forest.stock.land import Land
from nonetloss.forest.stock.measurements import Plots, Trees
from nonetloss.forest.stock.propagation import COMPONENTS, Measured
from nonetloss.forest.stock.strata import Sample, StratumMeans

# States of the world in which the share of each error is told.
_SHARE_DRAWS = 1_000
# More above the ground has not been measured on a hectare of tropical forest.
_MOST_MG_HA = 1_500.0


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is assumed of trees beyond their measurements.

    `site_error`: standard deviation of the logarithm of the equation's bias at one site, shared by
    all trees; 0 says that the equation is right for this forest. `carbon_fraction_error` and
    `root_shoot_error` (a share of the ratio) are standard deviations, shared too. `roots` None:
    what is below the ground is not counted. `errors`: those drawn, of `COMPONENTS`.
    """

    equation: Equation
    height_model: HeightModel | None
    roots: RootShoot | None
    carbon_fraction: float = 0.47
    carbon_fraction_error: float = 0.0
    root_shoot_error: float = 0.0
    site_error: float = 0.0
    gross_errors: bool = True
    errors: tuple[str, ...] = COMPONENTS


@dataclass(frozen=True, slots=True)
class PlotBiomass:
    """Above-ground biomass of plots, Mg/ha: `likely` (plots,), `draws` (plots, draws).

    `shared` (plots, draws) carries only the errors that all trees share: coefficients of the
    equation and of the height model, and the bias at the site.
    """

    likely: np.ndarray
    draws: np.ndarray
    shared: np.ndarray


@dataclass(frozen=True, slots=True)
class Pools:
    """tC per hectare: `likely` (strata, 2), `draws` (strata, 2, draws); above ground, then below.

    `means` are the strata in Mg/ha; `root_ratio` (strata,) the ratio used in each.
    """

    likely: np.ndarray
    draws: np.ndarray
    means: StratumMeans
    root_ratio: np.ndarray


def measured_trees(
    trees: Trees, plots: Plots, *, assumptions: Assumptions, density: wood_density.AssignedDensity,
    height_error: float, use_heights: bool,
) -> Measured:  # fmt: skip
    """Trees with all that the equation needs.

    `height_error` is the share of a measured height that is its standard deviation.

    Raises
    ------
    InputError
        `stock.density-missing`, `stock.height-missing`, `stock.stress-missing` where the equation
        or the height model needs what no tree or plot has.
    """
    equation, model = assumptions.equation, assumptions.height_model
    tall = trees.height_m if use_heights else np.full(trees.plot.size, np.nan)
    stress = plots.stress[trees.plot]
    if trees.plot.size:
        if "rho" in equation.needs and not np.isfinite(density.density).all():
            raise InputError.because("stock.density-missing", equation.name)
        if "H" in equation.needs and model is None and not np.isfinite(tall).all():
            count = int((~np.isfinite(tall)).sum())
            raise InputError.because("stock.height-missing", equation.name, count=count)
        by_model = model is not None and model.stress and "H" in equation.needs
        if ("E" in equation.needs or by_model) and not np.isfinite(stress).all():
            bare = [n for n, e in zip(plots.name, plots.stress, strict=True) if not np.isfinite(e)]
            raise InputError.because("stock.stress-missing", equation.name, plots=offenders(bare))
    return Measured(
        trees.plot, trees.diameter_cm, tall, np.where(np.isfinite(tall), tall * height_error, 0.0),
        density.density, density.error, stress, trees.expansion,
    )  # fmt: skip


def plot_biomass(
    trees: Measured, plots: Plots, *, assumptions: Assumptions, draws: int,
    rng: np.random.Generator,
) -> tuple[PlotBiomass, tuple[Finding, ...]]:  # fmt: skip
    """Biomass of every plot; a plot without trees has none, which is a zero.

    Raises
    ------
    InputError
        `stock.biomass-undefined` where the equation gives no positive number.
    """
    equation, model = assumptions.equation, assumptions.height_model
    kilograms = propagation.expected_kg(trees, equation=equation, model=model)
    bad = np.flatnonzero(~((kilograms > 0) & np.isfinite(kilograms)))
    if bad.size:
        worst = [f"D {trees.diameter_cm[i]:g} cm: {kilograms[i]:g} kg" for i in bad]
        raise InputError.because("stock.biomass-undefined", equation.name, found=offenders(worst))
    n = len(plots.name)
    likely = np.bincount(trees.plot, kilograms * trees.expansion, minlength=n)
    likely = likely / plots.area_ha / 1e3
    drawn, shared = (
        propagation.plot_draws_kg(
            trees, plots=n, equation=equation, model=model, draws=draws, rng=rng,
            only=assumptions.errors, gross_errors=assumptions.gross_errors, tree_errors=each,
        )
        for each in (True, False)
    )  # fmt: skip
    undefined = ~(np.isfinite(drawn).all(axis=1) & (drawn >= 0).all(axis=1))
    if undefined.any():
        names = [plots.name[i] for i in np.flatnonzero(undefined).tolist()]
        raise InputError.because("stock.biomass-undefined", equation.name, found=offenders(names))
    site = _site_factor(assumptions.site_error, draws, rng)
    found = list(_told(trees, equation, model))
    much = [f"{p}: {b:.0f} Mg/ha" for p, b in zip(plots.name, likely, strict=True)
            if b > _MOST_MG_HA]  # fmt: skip
    if much:
        found.append(
            warning("stock.plot-implausible", "plots", plots=offenders(much), limit=_MOST_MG_HA)
        )
    drawn, shared = (d / plots.area_ha[:, None] / 1e3 * site for d in (drawn, shared))
    return PlotBiomass(likely, drawn, shared), tuple(found)


def _site_factor(error: float, draws: int, rng: np.random.Generator) -> np.ndarray:
    """(draws,) bias of the equation at this site, of mean one."""
    return np.asarray(np.exp(error * rng.standard_normal(draws) - error**2 / 2))


def _told(trees: Measured, equation: Equation, model: HeightModel | None) -> list[Finding]:
    found: list[Finding] = []
    low, high = equation.range_cm
    outside = int(((trees.diameter_cm < low) | (trees.diameter_cm > high)).sum())
    if outside:
        found.append(
            warning("stock.diameter-range", equation.name, trees=outside, low=low, high=high)
        )
    if not equation.confirmed:
        found.append(warning("stock.equation-unverified", equation.name, source=equation.source))
    if equation.expression is not None and equation.sigma == 0:
        found.append(warning("stock.equation-without-error", equation.name))
    if not equation.estimate:
        found.append(notice("stock.equation-without-coefficients", equation.name))
    modeled = int((~np.isfinite(trees.height_m)).sum())
    if "H" in equation.needs and model is not None and modeled and not model.covariance.any():
        found.append(notice("stock.height-regional", model.name, trees=modeled))
    return found


def pools(
    biomass: PlotBiomass, plots: Plots, land: Land, *, assumptions: Assumptions, estimator: str,
    rng: np.random.Generator,
) -> Pools:  # fmt: skip
    """Carbon above and below the ground in every stratum.

    Roots follow the mean biomass of the stratum: a single plot is too small to say in which class
    of biomass its forest is.

    Raises
    ------
    InputError
        As `strata.stratum_means`.
    """
    samples, drawn = {}, []
    for i, name in enumerate(land.strata):
        here = np.flatnonzero(plots.stratum == name)
        samples[name] = Sample(
            biomass.likely[here], plots.area_ha[here], plots.covariate[here],
            float(land.covariate_mean[i]),
        )  # fmt: skip
        drawn.append(biomass.shared[here])
    means = strata.stratum_means(samples, drawn=drawn, estimator=estimator, rng=rng)
    likely = np.array([e.mean for e in means.estimated])
    return _carbon(likely, means, assumptions, rng)


def _carbon(
    likely: np.ndarray, means: StratumMeans, assumptions: Assumptions, rng: np.random.Generator
) -> Pools:
    draws = means.draws.shape[1]
    fraction, roots = _shared(assumptions, draws, rng)
    ratio = np.zeros(likely.size)
    if assumptions.roots is not None:
        ratio = assumptions.roots.ratio(likely)
    above = means.draws * fraction
    below = above * ratio[:, None] * roots
    point = likely * assumptions.carbon_fraction
    return Pools(
        np.stack([point, point * ratio], axis=1), np.stack([above, below], axis=1), means, ratio
    )


def _shared(
    assumptions: Assumptions, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(carbon fraction, factor of the root:shoot ratio) of each draw."""
    noise = rng.standard_normal((2, draws))
    fraction = assumptions.carbon_fraction + assumptions.carbon_fraction_error * noise[0]
    roots = 1 + assumptions.root_shoot_error * noise[1]
    return np.clip(fraction, 0.0, 1.0), np.maximum(roots, 0.0)


def error_shares(
    trees: Measured, plots: Plots, land: Land, result: Pools, *, assumptions: Assumptions,
    estimator: str, draws: int, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """What each error alone does to the mean of all strata: `component`, `sd_mg_ha`, `share`.

    The share is that of the sum of the variances; errors that act together are not told. Errors of
    measured trees are part of how plots differ: `sampling` is what they leave of that. What the
    equation and the height model leave unexplained of single trees averages out over a stratum and
    is not counted. Strata count by area, or by their plots where an area is unknown. Above-ground
    biomass, Mg/ha, but for carbon fraction and roots, which act on carbon alike.
    """
    known = np.array([np.isfinite(e.mean) for e in result.means.estimated])
    size = np.array([e.n for e in result.means.estimated], dtype=np.float64)
    if np.isfinite(land.area_ha[known]).all():
        size = np.where(known, land.area_ha, 0.0)
    weight = np.where(known, size, 0.0) / size[known].sum()
    linear = np.zeros(len(plots.name))
    for i, name in enumerate(land.strata):
        here = np.flatnonzero(plots.stratum == name)
        if here.size:
            linear[here] = weight[i] * _plot_weights(plots, land, i, here, estimator)
    count = min(draws, _SHARE_DRAWS)
    sd = {
        component: _sd_alone(
            component, trees, plots, linear, assumptions=assumptions, draws=count, rng=rng,
            tree_errors=component != "allometry",
        )
        for component in COMPONENTS
    }  # fmt: skip
    curve = _sd_alone(
        "height", trees, plots, linear, assumptions=assumptions, draws=count, rng=rng,
        tree_errors=False,
    )  # fmt: skip
    within = sd["diameter"] ** 2 + sd["density"] ** 2 + max(0.0, sd["height"] ** 2 - curve**2)
    mean = float(sum(w * e.mean for w, e in zip(weight, result.means.estimated, strict=True) if w))
    sd["site"] = mean * float(np.sqrt(np.expm1(assumptions.site_error**2)))
    errors = np.array([e.standard_error for e in result.means.estimated])
    between = float(((weight * errors)[weight > 0] ** 2).sum())
    # NaN stays NaN: the sampling error is unknown.
    sd["sampling"] = float(np.sqrt(np.maximum(between - within, 0.0)))
    sd["carbon-fraction"] = mean * assumptions.carbon_fraction_error / assumptions.carbon_fraction
    ratio = float(np.nansum(weight * np.where(known, result.root_ratio, 0.0)))
    sd["roots"] = mean * assumptions.root_shoot_error * ratio / (1 + ratio)
    table = pd.DataFrame({"component": list(sd), "sd_mg_ha": list(sd.values())})
    variance = table["sd_mg_ha"] ** 2
    # Where one is unknown (a single plot), so is what share the others have.
    whole = variance.sum(skipna=False)
    return table.assign(share=variance / whole if whole > 0 else float("nan"))


def _sd_alone(
    component: str, trees: Measured, plots: Plots, linear: np.ndarray, *,
    assumptions: Assumptions, draws: int, rng: np.random.Generator, tree_errors: bool,
) -> float:  # fmt: skip
    """Standard deviation of ``linear·plots`` (Mg/ha) with one error alone; 0 if it has no part."""
    needed = {"height": "H", "density": "rho"}.get(component, "D")
    if component not in assumptions.errors or needed not in assumptions.equation.needs:
        return 0.0
    model = assumptions.height_model
    drawn = propagation.plot_draws_kg(
        trees, plots=len(plots.name), equation=assumptions.equation,
        # The residual of single trees averages out.
        model=None if model is None else replace(model, residual=0.0),
        draws=draws, rng=rng, only=(component,), gross_errors=assumptions.gross_errors,
        tree_errors=tree_errors,
    )  # fmt: skip
    means = linear @ (drawn / plots.area_ha[:, None] / 1e3)
    # Draws without an error differ in their last digit only.
    return float(means.std(ddof=1)) if np.ptp(means) > 1e-9 * np.abs(means).max() else 0.0


def _plot_weights(plots: Plots, land: Land, i: int, here: np.ndarray, estimator: str) -> np.ndarray:
    if here.size == 1:
        return np.ones(1)
    sample = Sample(
        np.zeros(here.size), plots.area_ha[here], plots.covariate[here],
        float(land.covariate_mean[i]),
    )  # fmt: skip
    return strata.weights(sample, estimator=estimator)[0]


def assumed(assumptions: Assumptions) -> tuple[Finding, ...]:
    """What a reader must know of the assumptions before trusting the interval."""
    found = []
    if assumptions.roots is not None:
        found.append(
            notice("stock.roots-unverified", assumptions.roots.name,
                   source=assumptions.roots.source)
        )  # fmt: skip
    if assumptions.site_error == 0:
        found.append(notice("stock.site-error-zero", assumptions.equation.name))
    return tuple(found)
