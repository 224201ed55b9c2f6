"""Errors of trees in plots, against closed forms, a plain loop, and themselves."""

import numpy as np
import pytest
from numba import njit

from nonetloss.forest.stock import propagation
from nonetloss.forest.stock.allometry import EQUATIONS, Equation, own_equation
from nonetloss.forest.stock.expression import read_expression
from nonetloss.forest.stock.height import MODELS, HeightModel, fit
from nonetloss.forest.stock.propagation import COMPONENTS, Measured, expected_kg, plot_draws_kg
from nonetloss.numerics import noise
from nonetloss.numerics.noise import seeds

N = 60
DRAWS = 20_000
_RNG = np.random.default_rng(11)
DIAMETER = np.sort(10 + _RNG.gamma(1.2, 12, N))
HEIGHT = 40 * DIAMETER / (25 + DIAMETER)


def trees(**change):
    n = DIAMETER.size
    given = {
        "plot": np.arange(n) % 3,
        "diameter_cm": DIAMETER,
        "height_m": HEIGHT,
        "height_error_m": np.zeros(n),
        "density_g_cm3": np.full(n, 0.6),
        "density_error": np.full(n, 0.07),
        "stress": np.full(n, np.nan),
        "expansion": np.ones(n),
    }
    return Measured(**given | change)


def drawn(measured=None, *, equation="chave-2014-4", model=None, draws=DRAWS, seed=1, **more):
    chosen = equation if isinstance(equation, Equation) else EQUATIONS[equation]
    return plot_draws_kg(
        trees() if measured is None else measured, plots=3, equation=chosen, model=model,
        draws=draws, rng=np.random.default_rng(seed), **more,
    )  # fmt: skip


@njit
def noise_of(state, n):
    """Of each of n trees: four normal numbers, then a uniform one."""
    found = []
    for _ in range(n):
        z = np.empty(4)
        for j in range(4):
            z[j], state = noise.normal(state)
        u, state = noise.uniform(state)
        found.append((z, u))
    return found


def sums(values):
    return np.bincount(np.arange(N) % 3, values, minlength=3)


def test_diameters_in_closed_form():
    """A biomass of D kg: the variance of a plot is that of the mixture, summed."""
    found = drawn(equation=own_equation(read_expression("D"), sigma=0.0), only=("diameter",))
    usual = (0.0062 * DIAMETER + 0.0904) ** 2
    variance = sums(0.95 * usual + 0.05 * 4.64**2)
    assert found.mean(axis=1) == pytest.approx(sums(DIAMETER), rel=2e-3)
    assert found.var(axis=1) == pytest.approx(variance, rel=0.05)
    plain = drawn(
        equation=own_equation(read_expression("D"), sigma=0.0), only=("diameter",),
        gross_errors=False,
    )  # fmt: skip
    assert plain.var(axis=1) == pytest.approx(sums(usual), rel=0.05)


def test_densities_in_closed_form():
    """0.0509 ρ D² H is straight in ρ."""
    found = drawn(equation="chave-2005-moist-height", only=("density",))
    factor = 0.0509 * DIAMETER**2 * HEIGHT
    assert found.mean(axis=1) == pytest.approx(sums(0.6 * factor), rel=5e-3)
    assert found.std(axis=1) == pytest.approx(np.sqrt(sums((0.07 * factor) ** 2)), rel=0.03)


def test_measured_heights_in_closed_form():
    measured = trees(height_error_m=0.1 * HEIGHT)
    found = drawn(measured, equation="chave-2005-moist-height", only=("height",))
    one = 0.0509 * 0.6 * DIAMETER**2 * HEIGHT
    assert found.mean(axis=1) == pytest.approx(sums(one), rel=5e-3)
    assert found.std(axis=1) == pytest.approx(np.sqrt(sums((0.1 * one) ** 2)), rel=0.03)


def test_residuals_of_the_equation_in_closed_form():
    """Independent lognormals: mean AGB, variance AGB² (exp(σ²) - 1), summed."""
    found = drawn(equation="chave-2005-moist-height", only=("allometry",))
    one = 0.0509 * 0.6 * DIAMETER**2 * HEIGHT
    assert found.mean(axis=1) == pytest.approx(sums(one), rel=5e-3)
    spread = np.sqrt(sums(one**2 * np.expm1(0.311**2)))
    assert found.std(axis=1) == pytest.approx(spread, rel=0.03)


def test_an_own_equation_has_the_same_residuals():
    own = own_equation(read_expression("0.0509*rho*D^2*H"), sigma=0.311)
    found = drawn(equation=own)
    assert np.allclose(found, drawn(equation="chave-2005-moist-height"), rtol=1e-9)


@pytest.mark.parametrize("name", ["weibull", "michaelis", "log1", "log2"])
def test_modeled_heights_are_those_of_the_model_on_average(name):
    rng = np.random.default_rng(12)
    d = np.linspace(10, 120, 300)
    model = fit(name, diameter_cm=d, height_m=40 * d / (25 + d) * np.exp(rng.normal(0, 0.1, 300)))
    measured = trees(height_m=np.full(N, np.nan))
    own = own_equation(read_expression("H + 0*D"), sigma=0.0)
    found = drawn(measured, equation=own, model=model, only=("height",))
    expected = expected_kg(measured, equation=own, model=model)
    assert found.mean(axis=1) == pytest.approx(sums(expected), rel=0.01)
    if model.form != "logarithmic":
        # The residual of each tree, in meters; coefficients add a little.
        assert (found.var(axis=1) >= 0.95 * sums(np.full(N, model.residual**2))).all()


def test_heights_stay_above_breast_height_and_densities_within_known_woods():
    low = HeightModel("low", MODELS["chave-2014"].title, "", "michaelis", (2.0, 5.0, 0.0), 50.0)
    measured = trees(height_m=np.full(N, np.nan))
    own = own_equation(read_expression("H + 0*D"), sigma=0.0)
    found = drawn(measured, equation=own, model=low, draws=200)
    assert (found >= 20 * 1.3 - 1e-9).all()
    wild = trees(density_error=np.full(N, 5.0))
    rho = own_equation(read_expression("rho + 0*D"), sigma=0.0)
    found = drawn(wild, equation=rho, draws=200)
    assert (found >= 20 * 0.08 - 1e-9).all()
    assert (found <= 20 * 1.39 + 1e-9).all()


def test_all_errors_against_a_plain_loop():
    """The same noise, tree by tree in Python."""
    equation = EQUATIONS["chave-2014-4"]
    model = MODELS["feldpausch-western-amazonia"]
    tall = np.where(np.arange(N) % 2 == 0, HEIGHT, np.nan)
    measured = trees(height_m=tall, height_error_m=0.05 * HEIGHT, expansion=1.0 + np.arange(N) % 2)
    draws = 5
    found = drawn(measured, model=model, draws=draws, seed=9)
    rng = np.random.default_rng(9)
    nu = equation.degrees
    spread = np.sqrt(nu / rng.chisquare(nu, draws))
    free = rng.standard_normal((draws, 2)) @ np.linalg.cholesky(equation.covariance).T
    a, b = (np.array(equation.estimate) + spread[:, None] * free).T
    expected = np.zeros((3, draws))
    # Trees with a modeled height take their noise first.
    order = [*range(1, N, 2), *range(0, N, 2)]
    for k, state in enumerate(seeds(rng, draws)):
        for i, (z, u) in zip(order, noise_of(state, N), strict=True):
            sd = 4.64 if u < 0.05 else 0.0062 * DIAMETER[i] + 0.0904
            d = DIAMETER[i] + sd * z[0]
            if i % 2 == 0:
                h = HEIGHT[i] + 0.05 * HEIGHT[i] * z[1]
            else:
                h = 46.263 * (1 - np.exp(-0.08760 * d**0.6072)) + 5.277 * z[1]
            rho = min(max(0.6 + 0.07 * z[2], 0.08), 1.39)
            log = a[k] + b[k] * np.log(rho * d**2 * max(h, 1.3))
            one = np.exp(log + equation.sigma * spread[k] * z[3])
            expected[i % 3, k] += (1 + i % 2) * one
    assert np.allclose(found, expected, rtol=1e-10)


def test_the_same_seed_gives_the_same_draws_and_another_others():
    assert np.array_equal(drawn(draws=20), drawn(draws=20))
    assert not np.array_equal(drawn(draws=20), drawn(draws=20, seed=2))


def test_without_errors_every_draw_is_the_expected_biomass():
    for name in ("chave-2014-4", "chave-2005-moist"):
        found = drawn(equation=name, draws=3, only=())
        expected = sums(expected_kg(trees(), equation=EQUATIONS[name], model=None))
        assert np.allclose(found, expected[:, None], rtol=1e-12)
    stress = trees(stress=np.full(N, -0.044), height_m=np.full(N, np.nan))
    model = MODELS["chave-2014"]
    found = drawn(stress, model=model, draws=2, only=())
    expected = sums(expected_kg(stress, equation=EQUATIONS["chave-2014-4"], model=model))
    assert np.allclose(found, expected[:, None], rtol=1e-12)


@pytest.mark.parametrize("name", ["feldpausch-western-amazonia", "chave-2014"])
def test_without_errors_of_trees_only_coefficients_differ(name):
    bare = trees(height_m=np.full(N, np.nan), stress=np.full(N, -0.044))
    model = MODELS[name]
    fixed = drawn(bare, model=model, draws=3, only=())
    found = drawn(bare, model=model, draws=4_000, tree_errors=False)
    # Coefficients of a published height model have no error; those of equation 4 have little.
    assert found.mean(axis=1) == pytest.approx(fixed[:, 0], rel=5e-3)
    ratio = found / found.mean(axis=1, keepdims=True)
    assert np.corrcoef(ratio).min() > 0.99
    assert ratio.std(axis=1).max() < 0.02
    own = own_equation(read_expression("0.06*rho*D^2*H"), sigma=0.4)
    same = drawn(bare, equation=own, model=model, draws=3, tree_errors=False)
    expected = sums(expected_kg(bare, equation=own, model=model))
    assert np.allclose(same, expected[:, None], rtol=1e-12)


def test_errors_of_one_kind_are_those_of_the_same_noise():
    """What is left out changes nothing of the noise of the rest."""
    some = drawn(draws=50, only=("density",))
    assert np.array_equal(some, drawn(draws=50, only=("density",)))
    alone = [drawn(draws=4_000, only=(c,)).var(axis=1) for c in COMPONENTS]
    assert sum(alone) == pytest.approx(drawn(draws=4_000).var(axis=1), rel=0.15)


def test_how_much_is_worked_on_at_once_changes_nothing(monkeypatch):
    one = drawn(draws=40)
    monkeypatch.setattr(propagation, "_BLOCK", 100)
    assert np.array_equal(drawn(draws=40), one)


def test_a_plot_without_trees_is_zero():
    found = plot_draws_kg(
        trees(), plots=4, equation=EQUATIONS["chave-2014-4"], model=None, draws=3,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    assert found.shape == (4, 3)
    assert (found[3] == 0).all()


def test_the_bounds_are_those_of_the_reference():
    assert (propagation.LOWEST, propagation.HIGHEST, propagation.LOWEST_M) == (0.08, 1.39, 1.3)
    assert (propagation.RELATIVE, propagation.CONSTANT_CM) == (0.0062, 0.0904)
    assert (propagation.GROSS_CM, propagation.GROSS_SHARE) == (4.64, 0.05)
