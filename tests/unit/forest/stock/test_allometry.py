"""Biomass of trees: what equations need, absence, and draws of coefficients."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.stock.allometry import (
    EQUATIONS,
    biomass_kg,
    coefficient_draws,
    environmental_stress,
    own_equation,
)
from nonetloss.forest.stock.expression import read_expression

FOUR = EQUATIONS["chave-2014-4"]


def test_what_each_equation_needs():
    assert FOUR.needs == ("D", "H", "rho")
    assert EQUATIONS["chave-2014-7"].needs == ("D", "rho", "E")
    assert EQUATIONS["chave-2005-moist"].needs == ("D", "rho")


def test_what_is_unknown_stays_unknown():
    found = biomass_kg(FOUR, diameter_cm=[20.0, 20.0], height_m=[15.0, np.nan], density_g_cm3=0.6)
    assert np.isnan(found).tolist() == [False, True]
    assert biomass_kg(FOUR, diameter_cm=[], height_m=[], density_g_cm3=[]).size == 0


@pytest.mark.parametrize("name", ["diameter_cm", "height_m", "density_g_cm3"])
def test_nothing_is_zero_or_less(name):
    tree = {"diameter_cm": 20.0, "height_m": 15.0, "density_g_cm3": 0.6} | {name: 0.0}
    with pytest.raises(InputError) as problem:
        biomass_kg(FOUR, **tree)
    assert problem.value.findings[0].code == "stock.not-positive"
    assert problem.value.findings[0].subject == name


def test_a_water_deficit_is_negative():
    with pytest.raises(InputError) as problem:
        environmental_stress(
            temperature_seasonality=500, water_deficit_mm=300, precipitation_seasonality=60
        )
    assert problem.value.findings[0].code == "stock.water-deficit"


def test_draws_have_the_covariance_that_is_published():
    """cov(β) = V ν/(ν - 2), which is V to 1 in 2,000; σ has mean s (1 + 3/(4ν)) nearly."""
    c, sigma = coefficient_draws(FOUR, size=100_000, rng=np.random.default_rng(1))
    found = np.cov(c[:, 0], c[:, 1])
    assert np.allclose(found, FOUR.covariance, rtol=0.03)
    assert c[:, :2].mean(axis=0) == pytest.approx(FOUR.estimate, abs=5e-4)
    assert sigma.std() == pytest.approx(FOUR.sigma / np.sqrt(2 * FOUR.degrees), rel=0.02)


def test_the_expected_biomass_is_the_mean_over_draws_and_residuals():
    """exp(x + σ²/2): the constants of draws leave out what residuals bring back."""
    rng = np.random.default_rng(2)
    for name in ("chave-2014-7", "chave-2005-moist-height"):
        equation = EQUATIONS[name]
        c, sigma = coefficient_draws(equation, size=1, rng=rng)
        assert sigma[0] == equation.sigma
        assert c[0, 0] + sigma[0] ** 2 / 2 == pytest.approx(equation.coefficients[0])
        assert c[0, 1:].tolist() == list(equation.coefficients[1:])


def test_an_own_equation_has_no_coefficients_to_draw():
    own = own_equation(read_expression("0.1 * D^2.5"), sigma=0.3)
    c, sigma = coefficient_draws(own, size=3, rng=np.random.default_rng(3))
    assert c.shape == (3, 7)
    assert sigma.tolist() == [0.3] * 3
