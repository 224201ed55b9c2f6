"""Heights: fits that must find what made the data, bounds, and what cannot be fitted."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.stock.height import FITTED, MODELS, coefficient_draws, fit, predict_m

D = np.linspace(5, 150, 200)
CURVES = {
    "log1": (np.exp(1.2 + 0.5 * np.log(D)), (1.2, 0.5, 0.0)),
    "log2": (np.exp(0.6 + 1.0 * np.log(D) - 0.08 * np.log(D) ** 2), (0.6, 1.0, -0.08)),
    "weibull": (45 * (1 - np.exp(-0.07 * D**0.7)), (45, 0.07, 0.7)),
    "michaelis": (47 * D / (25 + D), (47, 25, 0.0)),
}


@pytest.mark.parametrize("name", FITTED)
def test_a_fit_finds_the_curve_that_made_the_heights(name):
    height, coefficients = CURVES[name]
    model = fit(name, diameter_cm=D, height_m=height)
    assert model.coefficients == pytest.approx(coefficients, rel=1e-4, abs=1e-9)
    assert model.rse_m == pytest.approx(0, abs=1e-4)
    assert np.allclose(predict_m(model, diameter_cm=D), height, rtol=1e-4)


@pytest.mark.parametrize("name", FITTED)
def test_trees_without_a_height_play_no_role(name):
    rng = np.random.default_rng(4)
    height = CURVES["michaelis"][0] * np.exp(0.1 * rng.standard_normal(D.size))
    with_gaps = np.where(np.arange(D.size) % 3 == 0, np.nan, height)
    known = np.isfinite(with_gaps)
    one = fit(name, diameter_cm=D, height_m=with_gaps)
    other = fit(name, diameter_cm=D[known], height_m=height[known])
    assert one.trees == known.sum()
    assert one.coefficients == other.coefficients


def test_log1_against_the_formulas_of_a_straight_line():
    rng = np.random.default_rng(5)
    height = np.exp(1.2 + 0.5 * np.log(D) + 0.2 * rng.standard_normal(D.size))
    model = fit("log1", diameter_cm=D, height_m=height)
    x, y = np.log(D), np.log(height)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    constant = y.mean() - slope * x.mean()
    rest = y - constant - slope * x
    s2 = (rest**2).sum() / (D.size - 2)
    assert model.coefficients[:2] == pytest.approx((constant, slope))
    assert model.residual == pytest.approx(np.sqrt(s2))
    assert model.covariance[1, 1] == pytest.approx(s2 / ((x - x.mean()) ** 2).sum())


@pytest.mark.parametrize("name", FITTED)
def test_draws_scatter_as_the_covariance_says(name):
    rng = np.random.default_rng(6)
    height = CURVES["michaelis"][0] * np.exp(0.1 * rng.standard_normal(D.size))
    model = fit(name, diameter_cm=D, height_m=height)
    drawn = coefficient_draws(model, size=50_000, rng=rng)
    free = model.covariance.diagonal() > 0
    assert np.allclose(drawn.mean(axis=0), model.coefficients, rtol=0.02, atol=1e-6)
    assert np.allclose(np.cov(drawn.T)[free][:, free], model.covariance[free][:, free], rtol=0.1)


def test_published_models_have_one_state_only():
    model = MODELS["feldpausch-pantropical"]
    drawn = coefficient_draws(model, size=2, rng=np.random.default_rng(7))
    assert drawn.tolist() == [list(model.coefficients)] * 2


def test_without_stress_the_model_of_chave_knows_no_height():
    assert np.isnan(predict_m(MODELS["chave-2014"], diameter_cm=20.0))


@pytest.mark.parametrize(
    ("name", "diameter", "height", "code"),
    [
        ("loglog", D, D, "stock.height-model"),
        ("log1", D[:14], D[:14], "stock.height-few"),
        ("log1", D, np.full(D.size, np.nan), "stock.height-few"),
        ("log2", np.repeat(20.0, 50), np.linspace(10, 20, 50), "stock.height-fit"),
    ],
)
def test_what_cannot_be_fitted(name, diameter, height, code):
    with pytest.raises(InputError) as problem:
        fit(name, diameter_cm=diameter, height_m=height)
    assert problem.value.findings[0].code == code


@pytest.mark.parametrize(
    ("name", "height"),
    [("weibull", np.full(30, 20.0)), ("michaelis", np.linspace(30, 10, 30))],
)
def test_heights_that_do_not_rise_give_no_curve_and_no_warning(name, height):
    with pytest.raises(InputError) as problem:
        fit(name, diameter_cm=np.linspace(10, 60, 30), height_m=height)
    assert problem.value.findings[0].code == "stock.height-fit"
