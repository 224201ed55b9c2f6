"""How much carbon a forest holds: from tables of trees and plots to strata and the whole."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.forest.stock import height, tables, wood_density
from nonetloss.forest.stock.allometry import EQUATIONS, Equation
from nonetloss.forest.stock.below_ground import ROOT_SHOOT
from nonetloss.forest.stock.carbon import (
    Assumptions,
    Pools,
    assumed,
    error_shares,
    measured_trees,
    plot_biomass,
    pools,
)
from nonetloss.forest.stock.harvest import AllometryFit, find_equation
from nonetloss.forest.stock.height import FITTED, MODELS, HeightModel
from nonetloss.forest.stock.land import Land, read_land, with_map
from nonetloss.forest.stock.measurements import Plots, Trees, Units, read_plots, read_trees
from nonetloss.forest.stock.propagation import COMPONENTS
from nonetloss.forest.stock.published import published_table, read_published
from nonetloss.forest.stock.result import CO2_PER_CARBON, POOLS, CarbonStock
from nonetloss.forest.stock.strata import WITH_MAP
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import WindowedRaster

EQUATION_CHOICES = (*EQUATIONS, "own", "fitted")
HEIGHT_CHOICES = ("measured", *MODELS, *FITTED)
ROOT_CHOICES = (*ROOT_SHOOT, "none")
DIAMETER_ERRORS = ("chave-2004", "without-gross", "none")


def carbon_stock(
    trees: pd.DataFrame,
    *,
    plots: pd.DataFrame,
    strata: pd.DataFrame | EcosystemMap | None = None,
    densities: pd.DataFrame | None = None,
    covariate: Raster | WindowedRaster | None = None,
    allometry: AllometryFit | None = None,
    rng: np.random.Generator,
    draws: int,
    diameter_unit: str,
    diameter_shape: str = "diameter",
    height_unit: str = "m",
    area_unit: str = "ha",
    density_unit: str = "g/cm3",
    minimum_diameter_cm: float = 10.0,
    equation: str = "chave-2014-4",
    expression: str | None = None,
    expression_error: float = 0.0,
    heights: str = "measured",
    use_measured_heights: bool = True,
    height_error: float = 0.0,
    density_error: float = 0.07,
    diameter_error: str = "chave-2004",
    site_error: float = 0.0,
    stress: float | None = None,
    carbon_fraction: float = 0.47,
    carbon_fraction_error: float = 0.0,
    root_shoot: str = "mokany-2006-moist",
    root_shoot_error: float = 0.0,
    estimator: str = "mean",
    area_ha: float | None = None,
    published: Mapping[str, Any] | None = None,
) -> CarbonStock:
    """Carbon above and below the ground by stratum and in all, with its error and what makes it.

    Parameters
    ----------
    trees : DataFrame
        One row a stem: `plot`, `diameter`; optional `tree`, `stem`, `height`, `density`, `family`,
        `genus`, `species`, `status`, `dead`, `expansion`.
    plots : DataFrame
        One row a plot: `plot`, `area`; optional `stratum`, `stress`, `covariate`, `x`, `y` (or
        shapes, of which the centroid counts).
    strata : DataFrame, EcosystemMap or None
        `stratum`, `area_ha`, optional titles and `covariate_mean`; see `land.read_land`.
    densities : DataFrame, optional
        Wood density by taxon: `density`, `family`, `genus`, `species`, optional `error`.
    covariate : raster, optional
        A biomass map, for the estimators ratio, regression and difference.
    allometry : AllometryFit, optional
        Of `forest.allometry`, for `equation` "fitted".
    rng : numpy.random.Generator
    draws : int
        States of the world.
    diameter_unit : "cm", "mm", "in" or "m"
    diameter_shape : "diameter" or "girth"
    height_unit, area_unit, density_unit : "m"/"ft", "ha"/"m2"/"acre", "g/cm3"/"kg/m3"
    minimum_diameter_cm : float
        Least diameter measured everywhere; thinner trees are left out and told.
    equation : name of `allometry.EQUATIONS`, "own" (with `expression`) or "fitted"
    expression, expression_error : equation of the user's own, and sd of ln AGB around it
    heights : "measured", a regional model, or a model fitted to the measured heights
        Only where the equation asks for heights.
    use_measured_heights : bool
        False: the model is used for trees with a measured height too.
    height_error : float
        Standard deviation of a measured height, as its share.
    density_error : float
        Standard deviation (g/cm3) of densities that stand in the table of trees, and of taxa that
        have none of their own.
    diameter_error : "chave-2004", "without-gross" or "none"
    site_error : float
        Standard deviation of the logarithm of the equation's bias at a site.
    stress : float, optional
        Chave's E of all plots that have none of their own.
    carbon_fraction, carbon_fraction_error, root_shoot_error : float
    root_shoot : name of `below_ground.ROOT_SHOOT`, or "none"
    estimator : "mean", "area-weighted", "ratio", "regression" or "difference"
    area_ha : float, optional
        Of the whole, where there is one stratum only.
    published : mapping, optional
        Published figures of the same land; see `published.read_published`.

    Returns
    -------
    CarbonStock

    Raises
    ------
    InputError
        What reading the tables, the estimators and the equation raise (`stock.*`, `area.*`);
        `stock.no-trees`, `stock.draws`, `stock.choice`.
    """
    if draws < 2:
        raise InputError.because("stock.draws", "draws", found=draws)
    for name, value, known in (
        ("root_shoot", root_shoot, ROOT_CHOICES),
        ("diameter_error", diameter_error, DIAMETER_ERRORS),
    ):
        if value not in known:
            raise InputError.because("stock.choice", name, found=value, known=", ".join(known))
    units = Units(diameter_unit, height_unit, area_unit, density_unit, diameter_shape)
    sites, land, told = _ground(
        plots, strata, covariate if estimator in WITH_MAP else None, units=units, stress=stress,
        area_ha=area_ha,
    )  # fmt: skip
    stems, seen = read_trees(trees, plots=sites, units=units, minimum_cm=minimum_diameter_cm)
    if not stems.plot.size:
        raise InputError.because("stock.no-trees", "trees")
    density = _density(stems, densities, unit=density_unit, error=density_error)
    chosen = _equation(equation, expression, expression_error, allometry)
    assumptions = Assumptions(
        equation=chosen,
        height_model=_height_model(heights, chosen, stems),
        roots=ROOT_SHOOT.get(root_shoot),
        carbon_fraction=carbon_fraction,
        carbon_fraction_error=carbon_fraction_error,
        root_shoot_error=root_shoot_error,
        site_error=site_error,
        gross_errors=diameter_error == "chave-2004",
        errors=tuple(c for c in COMPONENTS if c != "diameter" or diameter_error != "none"),
    )
    measured = measured_trees(
        stems, sites, assumptions=assumptions, density=density, height_error=height_error,
        use_heights=use_measured_heights,
    )  # fmt: skip
    biomass, noted = plot_biomass(measured, sites, assumptions=assumptions, draws=draws, rng=rng)
    result = pools(biomass, sites, land, assumptions=assumptions, estimator=estimator, rng=rng)
    shares = error_shares(
        measured, sites, land, result, assumptions=assumptions, estimator=estimator, draws=draws,
        rng=rng,
    )  # fmt: skip
    check, disagreement = _published(published, land, result, carbon_fraction)
    if covariate is not None and estimator not in WITH_MAP:
        told = (*told, warning("stock.covariate-unused", "covariate", estimator=estimator))
    findings = (*told, *seen, *noted, *result.means.findings, *assumed(assumptions), *disagreement)
    return CarbonStock(
        strata=land.strata,
        titles=land.titles,
        pools=POOLS,
        area_ha=land.area_ha,
        likely=result.likely,
        draws=result.draws,
        plots=tables.plots_table(
            sites, land, biomass, measured, result, carbon_fraction=carbon_fraction
        ),
        strata_table=tables.strata_table(land, result, estimator=estimator),
        total=tables.total_table(land, result),
        published=check,
        sample_size=tables.sample_size_table(land, result.means.estimated),
        density_levels=density.table(),
        heights=tables.heights_table(measured, assumptions=assumptions),
        height_models=tables.height_models_table(stems.diameter_cm, stems.height_m),
        errors=tables.errors_table(shares),
        findings=findings,
    )


def _ground(
    plots: pd.DataFrame, strata: pd.DataFrame | EcosystemMap | None,
    covariate: Raster | WindowedRaster | None, *, units: Units, stress: float | None,
    area_ha: float | None,
) -> tuple[Plots, Land, tuple[Finding, ...]]:  # fmt: skip
    """Plots and the strata that they stand for, with what a map says of both."""
    sites, told = read_plots(_with_points(plots), units=units)
    if stress is not None:
        known = np.isfinite(sites.stress)
        sites = replace(sites, stress=np.where(known, sites.stress, stress))
    land = read_land(strata, plots=sites, area_ha=float("nan") if area_ha is None else area_ha)
    if covariate is not None:
        ecosystems = strata if isinstance(strata, EcosystemMap) else None
        land, values = with_map(land, sites, covariate=covariate, ecosystems=ecosystems)
        sites = replace(sites, covariate=values)
    return sites, land, told


def _with_points(plots: pd.DataFrame) -> pd.DataFrame:
    """Plots with a shape get the coordinates of its centroid, unless they have some."""
    if not isinstance(plots, gpd.GeoDataFrame) or {"x", "y"} <= set(plots.columns):
        return plots
    center = plots.geometry.centroid
    return pd.DataFrame(plots.drop(columns=plots.geometry.name)).assign(x=center.x, y=center.y)


def _density(
    trees: Trees, densities: pd.DataFrame | None, *, unit: str, error: float
) -> wood_density.AssignedDensity:
    known = None if densities is None else wood_density.read_densities(densities, unit=unit)
    return wood_density.assign(
        measured=trees.density_g_cm3, measured_error=error, family=trees.family.tolist(),
        genus=trees.genus.tolist(), species=trees.species.tolist(), plot=trees.plot,
        densities=known, error_if_unknown=error,
    )  # fmt: skip


def _equation(
    name: str, expression: str | None, error: float, fit: AllometryFit | None
) -> Equation:
    if name == "fitted":
        if fit is None:
            raise InputError.because("stock.fit-missing", "allometry")
        return fit.equation
    return find_equation(name, expression=expression, error=error)


def _height_model(name: str, equation: Equation, trees: Trees) -> HeightModel | None:
    if "H" not in equation.needs or name == "measured":
        return None
    if name in FITTED:
        return height.fit(name, diameter_cm=trees.diameter_cm, height_m=trees.height_m)
    if name not in MODELS:
        raise InputError.because("stock.height-model", name, known=offenders(HEIGHT_CHOICES, 20))
    return MODELS[name]


def _published(
    given: Mapping[str, Any] | None, land: Land, result: Pools, carbon_fraction: float
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    figures = {} if given is None else read_published(given)
    pick = slice(None) if figures.get("pool") == "all" else slice(0, 1)
    per_ha = result.likely[:, pick].sum(axis=1) * CO2_PER_CARBON
    area = float(land.area_ha.sum())
    total = float((per_ha * land.area_ha).sum())
    mean = total / area if np.isfinite(area) else float(per_ha[0]) if per_ha.size == 1 else np.nan
    return published_table(
        figures, own_total=total, own_per_ha=mean, own_area_ha=area,
        carbon_fraction=carbon_fraction,
    )  # fmt: skip
