"""Above-ground biomass of a tree from its diameter, height and wood density.

Mathematical formulation
    ``ln AGB = c0 + c1 ln ρ + c2 ln D + c3 ln H + c4 ln²D + c5 ln³D + c6 E``, dry kg, with ρ in
    g/cm³, D in cm, H in m and E the environmental stress. What is not on the logarithmic scale of
    an equation (its residual of standard deviation σ) is paid for by σ²/2 where the expected
    biomass, not the median, is wanted (Baskerville).

Papers: Chave et al. 2014, doi 10.1111/gcb.12629 (eq. 4, eq. 7, E); Chave et al. 2005,
doi 10.1007/s00442-005-0100-x; Réjou-Méchain et al. 2017, doi 10.1111/2041-210X.12753.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.forest.stock.expression import Expression

TERMS = ("1", "ln rho", "ln D", "ln H", "ln2 D", "ln3 D", "E")
_VARIABLE = {"D": "diameter_cm", "H": "height_m", "rho": "density_g_cm3", "E": "stress"}


@dataclass(frozen=True, slots=True)
class Equation:
    """One allometric equation.

    `coefficients` (7,) of `TERMS` give the expected biomass: half of sigma² stands in the constant.
    `sigma` is the residual of ln AGB. `estimate` (p,), `covariance` (p, p) and `basis` (p, 7) tell
    how sure the coefficients are: free numbers, their covariance, and what each means in `TERMS`
    (without the half of sigma²); empty where no covariance is published. `degrees`: of freedom of
    sigma. `range_cm`: diameters of the trees that it was fitted to. An `expression` takes the
    place of the coefficients.
    """

    name: str
    title: Text
    source: str
    coefficients: tuple[float, ...] = ()
    sigma: float = 0.0
    estimate: tuple[float, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    basis: tuple[tuple[float, ...], ...] = ()
    degrees: float = math.inf
    range_cm: tuple[float, float] = (0.0, math.inf)
    confirmed: bool = True
    expression: Expression | None = field(default=None)

    @property
    def needs(self) -> tuple[str, ...]:
        """Which of D, H, rho and E it asks for."""
        if self.expression is not None:
            return self.expression.uses
        c = self.coefficients
        asked = {"D": True, "H": c[3] != 0, "rho": c[1] != 0, "E": c[6] != 0}
        return tuple(name for name, wanted in asked.items() if wanted)


def power_law(
    name: str, title: Text, source: str, *, intercept: float, slope: float, **known: Any
) -> Equation:
    """``exp(intercept) (ρ D² H)^slope``: the form of eq. 4, as expected biomass."""
    coefficients = (intercept, slope, 2 * slope, slope, 0.0, 0.0, 0.0)
    basis = ((1.0, 0, 0, 0, 0, 0, 0), (0.0, 1, 2, 1, 0, 0, 0))
    return Equation(name, title, source, coefficients, basis=basis, **known)


_CHAVE_2014 = "Chave et al. 2014, doi 10.1111/gcb.12629"
_CHAVE_2005 = "Chave et al. 2005, doi 10.1007/s00442-005-0100-x"
# The 4,004 trees of at least 5 cm of the published harvest data, refitted (reference test).
_FIT_4: dict[str, Any] = {
    "estimate": (-2.76213578, 0.97582779),
    "covariance": ((4.45854937e-04, -5.36662522e-05), (-5.36662522e-05, 6.95788913e-06)),
    "sigma": 0.35753964,
    "degrees": 4002.0,
    "range_cm": (5.0, 212.0),
}
# Residual of the refit of eq. 7; the covariance of its coefficients is not published.
_SIGMA_7 = 0.41607

EQUATIONS: Mapping[str, Equation] = {
    e.name: e
    for e in (
        power_law(
            "chave-2014-4",
            Text(es="Chave 2014, ec. 4 (con altura)", en="Chave 2014, eq. 4 (with height)"),
            _CHAVE_2014,
            intercept=math.log(0.0673),
            slope=0.976,
            **_FIT_4,
        ),
        Equation(
            "chave-2014-7",
            Text(es="Chave 2014, ec. 7 (sin altura)", en="Chave 2014, eq. 7 (without height)"),
            _CHAVE_2014,
            (-1.803, 0.976, 2.673, 0.0, -0.0299, 0.0, -0.976),
            sigma=_SIGMA_7,
            range_cm=(5.0, 212.0),
        ),
        Equation(
            "chave-2014-7-refit",
            Text(
                es="Chave 2014, ec. 7, reajustada (BIOMASS)",
                en="Chave 2014, eq. 7, refitted (BIOMASS)",
            ),
            "Réjou-Méchain et al. 2017, doi 10.1111/2041-210X.12753",
            (-2.023977, 0.92023559, 2.79495823, 0.0, -0.04606298, 0.0, -0.89563505),
            sigma=_SIGMA_7,
            range_cm=(5.0, 212.0),
        ),
        Equation(
            "chave-2005-moist",
            Text(
                es="Chave 2005, bosque húmedo (sin altura)",
                en="Chave 2005, moist forest (without height)",
            ),
            _CHAVE_2005,
            (-1.499, 1.0, 2.148, 0.0, 0.207, -0.0281, 0.0),
            sigma=0.356,
            range_cm=(5.0, 156.0),
            confirmed=False,
        ),
        power_law(
            "chave-2005-moist-height",
            Text(
                es="Chave 2005, bosque húmedo (con altura)",
                en="Chave 2005, moist forest (with height)",
            ),
            _CHAVE_2005,
            intercept=math.log(0.0509),
            slope=1.0,
            sigma=0.311,
            range_cm=(5.0, 156.0),
            confirmed=False,
        ),
    )
}


def own_equation(expression: Expression, *, sigma: float) -> Equation:
    """An equation of the user's own. `sigma`: residual of ln AGB around it; 0 if unknown."""
    title = Text(es=f"Ecuación propia: {expression.written}", en=f"Own: {expression.written}")
    return Equation("own", title, expression.written, sigma=sigma, expression=expression)


def environmental_stress(
    *, temperature_seasonality: ArrayLike, water_deficit_mm: ArrayLike,
    precipitation_seasonality: ArrayLike,
) -> np.ndarray:  # fmt: skip
    """Chave's E: ``(0.178 TS - 0.938 CWD - 6.61 PS)·10⁻³``.

    Parameters
    ----------
    temperature_seasonality
        BIO4 of WorldClim: 100 times the standard deviation of monthly temperature in °C.
    water_deficit_mm
        Climatic water deficit in mm per year, zero or negative.
    precipitation_seasonality
        BIO15: coefficient of variation of monthly rain in percent.

    Raises
    ------
    InputError
        `stock.water-deficit` where the deficit is positive: its sign would be turned round.
    """
    deficit = np.asarray(water_deficit_mm, dtype=np.float64)
    if (deficit > 0).any():
        raise InputError.because("stock.water-deficit", "CWD", found=float(np.nanmax(deficit)))
    seasonality = np.asarray(temperature_seasonality, dtype=np.float64)
    rain = np.asarray(precipitation_seasonality, dtype=np.float64)
    return (0.178 * seasonality - 0.938 * deficit - 6.61 * rain) * 1e-3


def biomass_kg(
    equation: Equation, *, diameter_cm: ArrayLike, height_m: ArrayLike = np.nan,
    density_g_cm3: ArrayLike = np.nan, stress: ArrayLike = np.nan,
) -> np.ndarray:  # fmt: skip
    """Expected dry above-ground biomass in kg; NaN where something that it needs is unknown.

    Arguments broadcast. An equation without height ignores heights that are given.

    Raises
    ------
    InputError
        `stock.not-positive` for diameters, heights or densities of zero or less.
    """
    given = {"D": diameter_cm, "H": height_m, "rho": density_g_cm3, "E": stress}
    arrays = {k: np.asarray(v, dtype=np.float64) for k, v in given.items() if k in equation.needs}
    for name, values in arrays.items():
        if name != "E" and (values <= 0).any():
            raise InputError.because(
                "stock.not-positive", _VARIABLE[name], found=float(np.nanmin(values))
            )
    if equation.expression is not None:
        return equation.expression(**arrays)
    c = equation.coefficients
    log_d = np.log(arrays["D"])
    total = c[0] + log_d * (c[2] + log_d * (c[4] + log_d * c[5]))
    for name, k in (("rho", 1), ("H", 3)):
        if name in arrays:
            total = total + c[k] * np.log(arrays[name])
    return np.exp(total + c[6] * arrays["E"] if "E" in arrays else total)


def coefficient_draws(
    equation: Equation, *, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Equations as the harvest data leave them open: (coefficients (size, 7), sigma (size,)).

    σ² ~ s²ν/χ²_ν and β | σ ~ N(b, V σ²/s²): the posterior of a linear model under flat priors,
    drawn exactly and not by a chain. The constants leave out the half of sigma², which the
    residuals of the trees bring back. Where no covariance is known every draw is the same.
    """
    fixed = np.array(equation.coefficients or np.zeros(len(TERMS)))
    fixed[0] -= equation.sigma**2 / 2
    if not equation.estimate:
        return np.tile(fixed, (size, 1)), np.full(size, equation.sigma)
    nu = equation.degrees
    spread = np.sqrt(nu / rng.chisquare(nu, size)) if np.isfinite(nu) else np.ones(size)
    factor = np.linalg.cholesky(np.array(equation.covariance))
    noise = rng.standard_normal((size, len(equation.estimate))) @ factor.T
    free = np.array(equation.estimate) + spread[:, None] * noise
    return free @ np.array(equation.basis), equation.sigma * spread
