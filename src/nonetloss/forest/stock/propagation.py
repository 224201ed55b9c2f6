"""Errors of diameters, densities, heights and equations carried to the biomass of plots.

Mathematical formulation
    For each draw k and tree i: ``D' = D + e1`` with ``e1 ~ N(0, 0.0062 D + 0.0904)`` cm for 95 %
    of the trees and ``N(0, 4.64)`` for 5 %; ``ρ' = ρ + e2`` within [0.08, 1.39]; ``H'`` measured
    with an error, or modeled from D' with the residual of its model, at least 1.3 m;
    ``ln AGB' = f_k(D', H', ρ') + e3`` with the coefficients f_k and ``sd(e3)`` of draw k.
    A plot is the sum of its trees.

In words
    One draw is one state of the world. Errors of trees are drawn for each tree; coefficients of
    the equation and of the height model are shared by all trees of a draw, and so do not average
    out over many trees. Values at a bound are set to it, where the published procedure draws
    again: at 0.08 and 1.39 g/cm³ both are rare, and drawing low heights again would raise their
    mean.

Memory: (plots, draws) floats and a few numbers per tree, however many draws.

Papers: Chave et al. 2004, doi 10.1098/rstb.2003.1425 (diameter); Réjou-Méchain et al. 2017,
doi 10.1111/2041-210X.12753.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numba import njit

from nonetloss.forest.stock import allometry, height
from nonetloss.forest.stock.allometry import Equation
from nonetloss.forest.stock.height import FORMS, LOWEST_M, HeightModel
from nonetloss.forest.stock.wood_density import HIGHEST, LOWEST

COMPONENTS = ("diameter", "height", "density", "allometry")
# Chave et al. 2004: measurement error of most trees (share of D, cm), and of a few gross ones.
RELATIVE, CONSTANT_CM, GROSS_CM, GROSS_SHARE = 0.0062, 0.0904, 4.64, 0.05
_THINNEST_CM = 0.1


@dataclass(frozen=True, slots=True)
class Measured:
    """Trees with everything that an equation needs, and the error of each part.

    All (n,). `plot` counts from 0. `height_m` NaN: modeled. `height_error_m` is that of a measured
    height. `stress` is Chave's E, NaN where not needed. `expansion`: trees that each stands for.
    """

    plot: np.ndarray
    diameter_cm: np.ndarray
    height_m: np.ndarray
    height_error_m: np.ndarray
    density_g_cm3: np.ndarray
    density_error: np.ndarray
    stress: np.ndarray
    expansion: np.ndarray


def expected_kg(trees: Measured, *, equation: Equation, model: HeightModel | None) -> np.ndarray:
    """(n,) expected biomass of each tree, from the values as measured."""
    tall = trees.height_m
    if "H" in equation.needs and model is not None:
        modeled = height.predict_m(model, diameter_cm=trees.diameter_cm, stress=trees.stress)
        tall = np.where(np.isfinite(tall), tall, np.maximum(modeled, LOWEST_M))
    return allometry.biomass_kg(
        equation,
        diameter_cm=trees.diameter_cm,
        height_m=tall,
        density_g_cm3=trees.density_g_cm3,
        stress=trees.stress,
    )


def plot_draws_kg(
    trees: Measured,
    *,
    plots: int,
    equation: Equation,
    model: HeightModel | None,
    draws: int,
    rng: np.random.Generator,
    only: Collection[str] = COMPONENTS,
    gross_errors: bool = True,
) -> np.ndarray:
    """(plots, draws) biomass of each plot in kg, in `draws` states of the world.

    Parameters
    ----------
    trees : Measured
        No trees: all plots are 0.
    plots : int
    equation : Equation
        Whether it needs heights decides whether they are drawn at all.
    model : HeightModel or None
        Of trees without a measured height; None if all are measured or none is needed.
    draws : int
    rng : numpy.random.Generator
        The same state gives the same draws, whatever `only` says.
    only : names of `COMPONENTS`
        Which errors are drawn; the others stay at the value as measured.
    gross_errors : bool
        Whether 5 % of the diameters have an error of 4.64 cm.
    """
    coefficients, sigma = allometry.coefficient_draws(equation, size=draws, rng=rng)
    if "allometry" not in only:
        expected = equation.coefficients or np.zeros(len(allometry.TERMS))
        coefficients, sigma = np.tile(expected, (draws, 1)), np.zeros(draws)
    tall = np.zeros((draws, 3))
    form, residual = 0, 0.0
    if model is not None:
        drawn = height.coefficient_draws(model, size=draws, rng=rng)
        tall = drawn if "height" in only else np.tile(model.coefficients, (draws, 1))
        form, residual = FORMS.index(model.form), model.residual
    # Fixed heights are the expected ones, which on a logarithmic form lie above the curve.
    shift = residual**2 / 2 if "height" not in only and form == 0 else 0.0
    scale = np.array([float(c in only) for c in COMPONENTS])
    n = trees.diameter_cm.size
    noise, gross = np.empty((4, n)), np.empty(n)
    work = np.empty((3, n))
    summed = np.zeros((draws, plots))
    stress = np.where(np.isfinite(trees.stress), trees.stress, 0.0)
    offset = stress if model is not None and model.stress else np.zeros(n)
    for k in range(draws):
        rng.standard_normal(out=noise)
        rng.random(out=gross)
        _draw_trees(
            trees.diameter_cm, trees.height_m, trees.height_error_m, trees.density_g_cm3,
            trees.density_error, offset, noise, gross, scale,
            GROSS_SHARE if gross_errors else 0.0, form, tall[k], residual, shift,
            "H" in equation.needs, work,
        )  # fmt: skip
        if equation.expression is not None:
            _add_expression(equation, work, stress, noise[3] * sigma[k], trees, summed[k])
        else:
            _add_biomass(
                work, stress, noise[3], coefficients[k], sigma[k], trees.plot, trees.expansion,
                summed[k],
            )  # fmt: skip
    return summed.T


def _add_expression(
    equation: Equation, work: np.ndarray, stress: np.ndarray, noise: np.ndarray,
    trees: Measured, summed: np.ndarray,
) -> None:  # fmt: skip
    """The equation gives the expected biomass; the residual has mean one around it."""
    assert equation.expression is not None
    values = {"D": work[0], "H": work[1], "rho": work[2], "E": stress}
    used = {k: v for k, v in values.items() if k in equation.needs}
    kilograms = equation.expression(**used)
    if noise.any():
        kilograms = kilograms * np.exp(noise - equation.sigma**2 / 2)
    np.add.at(summed, trees.plot, kilograms * trees.expansion)


@njit(cache=True, nogil=True)
def _draw_trees(
    diameter: np.ndarray, tall: np.ndarray, tall_error: np.ndarray, density: np.ndarray,
    density_error: np.ndarray, offset: np.ndarray, noise: np.ndarray, gross: np.ndarray,
    scale: np.ndarray, share: float, form: int, curve: np.ndarray, residual: float, shift: float,
    with_height: bool, work: np.ndarray,
) -> None:  # fmt: skip
    """Diameter, height and density of every tree in one state of the world."""
    for i in range(diameter.size):
        spread = RELATIVE * diameter[i] + CONSTANT_CM
        if gross[i] < share:
            spread = GROSS_CM
        d = max(diameter[i] + scale[0] * spread * noise[0, i], _THINNEST_CM)
        work[0, i] = d
        if with_height:
            error = scale[1] * noise[1, i]
            if not np.isnan(tall[i]):
                h = tall[i] + tall_error[i] * error
            elif form == 0:
                log_d = np.log(d)
                h = np.exp(
                    curve[0] + log_d * (curve[1] + log_d * curve[2])
                    - offset[i] + shift + residual * error
                )  # fmt: skip
            elif form == 1:
                h = curve[0] * (1.0 - np.exp(-curve[1] * d ** curve[2])) + residual * error
            else:
                h = curve[0] * d / (curve[1] + d) + residual * error
            work[1, i] = max(h, LOWEST_M)
        rho = density[i] + scale[2] * density_error[i] * noise[2, i]
        work[2, i] = min(max(rho, LOWEST), HIGHEST)


@njit(cache=True, nogil=True)
def _add_biomass(
    work: np.ndarray, stress: np.ndarray, noise: np.ndarray, c: np.ndarray, sigma: float,
    plot: np.ndarray, expansion: np.ndarray, summed: np.ndarray,
) -> None:  # fmt: skip
    """Add the biomass of every tree to its plot."""
    for i in range(plot.size):
        log_d = np.log(work[0, i])
        total = c[0] + log_d * (c[2] + log_d * (c[4] + log_d * c[5])) + c[6] * stress[i]
        if c[1] != 0.0:
            total += c[1] * np.log(work[2, i])
        if c[3] != 0.0:
            total += c[3] * np.log(work[1, i])
        summed[plot[i]] += expansion[i] * np.exp(total + sigma * noise[i])
