"""Errors of diameters, densities, heights and equations carried to the biomass of plots.

Mathematical formulation
    For each draw k and tree i: ``D' = D + e1`` with ``e1 ~ N(0, 0.0062 D + 0.0904)`` cm for 95 %
    of the trees and ``N(0, 4.64)`` for 5 %; ``ρ' = ρ + e2`` within [0.08, 1.39]; ``H'`` measured
    with an error, or modeled from D' with the residual of its model, at least 1.3 m;
    ``ln AGB' = f_k(D', H', ρ') + e3`` with the coefficients f_k and ``sd(e3)`` of draw k.
    A plot is the sum of its trees.

In words
    One draw is one state of the world. Errors of trees are drawn for each tree; coefficients of the
    equation and of the height model are shared by all trees of a draw, and so do not average out
    over many trees. What differs from tree to tree widens the interval of a plot, but not once more
    that of a sample of plots (see `strata`), for which it is left out. Values at a bound are set to
    it, where the published procedure draws again: at 0.08 and 1.39 g/cm³ both are rare, and drawing
    low heights again would raise their mean.

Memory: (plots, draws) floats and a few numbers per tree, however many draws.

Papers: Chave et al. 2004, doi 10.1098/rstb.2003.1425 (diameter); Réjou-Méchain et al. 2017,
doi 10.1111/2041-210X.12753.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields

import numpy as np
from numba import njit

from nonetloss.forest.stock import allometry, height
from nonetloss.forest.stock.allometry import Equation
from nonetloss.forest.stock.height import LOWEST_M, HeightModel
from nonetloss.forest.stock.wood_density import HIGHEST, LOWEST
from nonetloss.numerics import noise

COMPONENTS = ("diameter", "height", "density", "allometry")
# Chave et al. 2004: measurement error of most trees (share of D, cm), and of a few gross ones.
RELATIVE, CONSTANT_CM, GROSS_CM, GROSS_SHARE = 0.0062, 0.0904, 4.64, 0.05
_THINNEST_CM = 0.1
# Trees times draws that are worked on at once: arrays that stay in the cache.
_BLOCK = 16_384


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

    def take(self, rows: np.ndarray) -> "Measured":
        """These trees, in this order."""
        return Measured(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


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
    tree_errors: bool = True,
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
    tree_errors : bool
        False: every tree stays at its expected biomass under the coefficients of the draw, which
        all trees share.
    """
    coefficients, sigma = allometry.coefficient_draws(equation, size=draws, rng=rng)
    if "allometry" not in only:
        expected = equation.coefficients or np.zeros(len(allometry.TERMS))
        coefficients, sigma = np.tile(expected, (draws, 1)), np.zeros(draws)
    curves = np.zeros((draws, 3))
    if model is not None:
        drawn = height.coefficient_draws(model, size=draws, rng=rng)
        curves = drawn if "height" in only else np.tile(model.coefficients, (draws, 1))
    states = noise.seeds(rng, draws)
    # Trees whose height is modeled come first, so that slices and no masks part them.
    measured = np.isfinite(trees.height_m)
    trees = trees.take(np.argsort(measured, kind="stable"))
    modeled = int((~measured).sum())
    scale = np.array([float(c in only and tree_errors) for c in COMPONENTS])
    share = GROSS_SHARE if gross_errors else 0.0
    summed = np.zeros((draws, plots))
    many = max(1, _BLOCK // max(1, trees.plot.size))
    for first in range(0, draws, many):
        block = slice(first, min(first + many, draws))
        drawn = np.empty((4, block.stop - first, trees.plot.size))
        if tree_errors:
            _draw_trees(
                states[block], trees.diameter_cm, trees.density_g_cm3, trees.density_error, scale,
                share, drawn,
            )  # fmt: skip
        else:
            # Half of sigma² makes the median of a tree its expected biomass.
            drawn[0], drawn[1], drawn[2] = trees.diameter_cm, 0.0, trees.density_g_cm3
            drawn[3] = sigma[block, None] / 2
        tall = None
        if "H" in equation.needs:
            tall = _heights(drawn, trees, modeled, model, curves[block], fixed=not scale[1])
        kilograms = _kilograms(
            drawn, tall, trees.stress, equation, coefficients[block], sigma[block]
        )
        _add_to_plots(kilograms, trees.expansion, trees.plot, summed[block])
    return summed.T


def _heights(
    drawn: np.ndarray, trees: Measured, modeled: int, model: HeightModel | None,
    curves: np.ndarray, *, fixed: bool,
) -> np.ndarray:  # fmt: skip
    """(draws, trees) heights; the noise of heights stands in ``drawn[1]``."""
    tall: np.ndarray = drawn[1]
    tall[:, modeled:] *= trees.height_error_m[modeled:]
    tall[:, modeled:] += trees.height_m[modeled:]
    if modeled and model is not None:
        error = tall[:, :modeled] * model.residual
        d = drawn[0, :, :modeled]
        a, b, c = (curves[:, j, None] for j in range(3))
        if model.form == "logarithmic":
            log_d = np.log(d)
            total = a + log_d * (b + log_d * c) + error
            if model.stress:
                total -= trees.stress[:modeled]
            # Fixed heights are the expected ones, which lie above the curve.
            tall[:, :modeled] = np.exp(total + (model.residual**2 / 2 if fixed else 0.0))
        elif model.form == "saturating":
            tall[:, :modeled] = a * (1 - np.exp(-b * np.exp(c * np.log(d)))) + error
        else:
            tall[:, :modeled] = a * d / (b + d) + error
    return np.maximum(tall, LOWEST_M, out=tall)


def _kilograms(
    drawn: np.ndarray, tall: np.ndarray | None, stress: np.ndarray, equation: Equation,
    c: np.ndarray, sigma: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """(draws, trees) biomass, with the residual of the equation in ``drawn[3]``."""
    residual = drawn[3]
    residual *= sigma[:, None]
    if equation.expression is not None:
        values = {"D": drawn[0], "H": tall, "rho": drawn[2], "E": stress}
        used = {k: values[k] for k in equation.needs}
        # The equation gives the expected biomass; the residual has mean one around it.
        return equation.expression(**used) * np.exp(residual - sigma[:, None] ** 2 / 2)
    log_d = np.log(drawn[0])
    total = log_d * c[:, 2, None]
    for power, j in ((2, 4), (3, 5)):
        if equation.coefficients[j]:
            total += c[:, j, None] * log_d**power
    total += residual
    total += c[:, 0, None]
    if "E" in equation.needs:
        total += c[:, 6, None] * stress
    if tall is not None and np.array_equal(c[:, 1], c[:, 3]):
        total += c[:, 1, None] * np.log(drawn[2] * tall)
    else:
        if "rho" in equation.needs:
            total += c[:, 1, None] * np.log(drawn[2])
        if tall is not None:
            total += c[:, 3, None] * np.log(tall)
    return np.asarray(np.exp(total, out=total))


@njit(cache=True, nogil=True)
def _draw_trees(
    states: np.ndarray, diameter: np.ndarray, density: np.ndarray, density_error: np.ndarray,
    scale: np.ndarray, share: float, drawn: np.ndarray,
) -> None:  # fmt: skip
    """Diameter, noise of the height, density and noise of the equation, each (draws, trees).

    For each tree four normal numbers in that order, then a uniform one for gross errors.
    """
    for k in range(states.size):
        state = states[k]
        for i in range(diameter.size):
            a, state = noise.normal(state)
            b, state = noise.normal(state)
            c, state = noise.normal(state)
            e, state = noise.normal(state)
            u, state = noise.uniform(state)
            spread = GROSS_CM if u < share else RELATIVE * diameter[i] + CONSTANT_CM
            drawn[0, k, i] = max(diameter[i] + scale[0] * spread * a, _THINNEST_CM)
            drawn[1, k, i] = scale[1] * b
            rho = density[i] + scale[2] * density_error[i] * c
            drawn[2, k, i] = min(max(rho, LOWEST), HIGHEST)
            drawn[3, k, i] = e


@njit(cache=True, nogil=True)
def _add_to_plots(
    kilograms: np.ndarray, expansion: np.ndarray, plot: np.ndarray, summed: np.ndarray
) -> None:
    """Add every tree to its plot: ``summed`` (draws, plots)."""
    for k in range(kilograms.shape[0]):
        for i in range(plot.size):
            summed[k, plot[i]] += expansion[i] * kilograms[k, i]
