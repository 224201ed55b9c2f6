"""The penalized fit against a general optimizer, dense algebra and simulated truth."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from nonetloss.core.errors import InputError
from nonetloss.forest.risk.random_effect import (
    Counts,
    Precisions,
    deviance,
    fit_effects,
    problem_of,
)

LATTICE = (3, 4)
SIZES = (5, 2)


def counts_of(seed, n=80, pixels=40):
    rng = np.random.default_rng(seed)
    bins = np.stack([rng.integers(0, s, n) for s in SIZES], axis=1)
    cell = rng.integers(0, 12, n)
    many = rng.integers(1, pixels, n).astype(float)
    chance = expit(-1.5 + 0.4 * bins[:, 0] - bins[:, 1] + 0.1 * cell)
    return Counts(bins, cell, many, rng.binomial(many.astype(int), chance).astype(float))


def problem(counts, bins=2.0, cells=3.0):
    return problem_of(counts, sizes=SIZES, lattice=LATTICE, precisions=Precisions(bins, cells))


def penalized(values, counts, bins, cells):
    """The negative objective, written out in loops."""
    alpha, first, second, rho = values[0], values[1:6], values[6:8], values[8:].reshape(LATTICE)
    total = 0.0
    for (a, b), c, n, k in zip(counts.bins, counts.cell, counts.pixels, counts.lost, strict=True):
        eta = alpha + first[a] + second[b] + rho[c // 4, c % 4]
        total += n * np.logaddexp(0, eta) - k * eta
    for effect in (first, second):
        total += bins / 2 * np.sum(np.diff(effect) ** 2) + 1e-4 / 2 * np.sum(effect**2)
    steps = np.sum(np.diff(rho, axis=0) ** 2) + np.sum(np.diff(rho, axis=1) ** 2)
    return total + cells / 2 * steps + 1e-6 / 2 * np.sum(rho**2)


def test_the_optimum_is_that_of_a_general_optimizer():
    counts = counts_of(1)
    fit = fit_effects(problem(counts))
    assert problem(counts).objective(fit.values) == pytest.approx(
        -penalized(fit.values, counts, 2.0, 3.0)
    )
    found = minimize(
        penalized, np.zeros(20), args=(counts, 2.0, 3.0), method="BFGS", options={"gtol": 1e-4}
    )
    assert penalized(fit.values, counts, 2.0, 3.0) <= found.fun + 1e-9
    at_optimum = expit(fit.effects.logit(counts.bins, counts.cell))
    alpha, first, second, rho = found.x[0], found.x[1:6], found.x[6:8], found.x[8:]
    other = alpha + first[counts.bins[:, 0]] + second[counts.bins[:, 1]] + rho[counts.cell]
    assert at_optimum == pytest.approx(expit(other), abs=1e-3)


def test_the_gradient_vanishes_and_the_start_does_not_matter():
    one = problem(counts_of(2))
    fit = fit_effects(one)
    assert np.abs(one.gradient(fit.values)).max() < 1e-3
    again = fit_effects(one, start=fit.values + 0.3)
    assert again.effects.cells == pytest.approx(fit.effects.cells, abs=1e-4)


def test_fitted_losses_add_up_to_those_observed():
    # The intercept has no prior: its score is the sum of residuals.
    counts = counts_of(3)
    fit = fit_effects(problem(counts))
    expected = counts.pixels @ expit(fit.effects.logit(counts.bins, counts.cell))
    assert expected == pytest.approx(counts.lost.sum(), rel=1e-6)


def test_a_stiff_field_is_flat_and_a_loose_one_follows_the_data():
    counts = counts_of(4)
    stiff = fit_effects(problem(counts, cells=1e7)).effects.cells
    loose = fit_effects(problem(counts, cells=0.1)).effects.cells
    assert np.ptp(stiff) < 1e-4
    assert np.ptp(loose) > 0.3


def test_the_covariance_is_the_clustered_sandwich_of_dense_algebra():
    counts = counts_of(5)
    one = problem(counts)
    fit = fit_effects(one)
    design = one.design.toarray()
    chance = expit(design @ fit.values)
    hessian = design.T @ (design * (counts.pixels * chance * (1 - chance))[:, None])
    inverse = np.linalg.inv(hessian + one.penalty.toarray())
    residual = counts.lost - counts.pixels * chance
    scores = np.stack(
        [(design * residual[:, None])[counts.cell == c].sum(axis=0) for c in range(12)]
    )
    dense = inverse @ (scores.T @ scores) @ inverse
    assert fit.covariance_of(0) == pytest.approx(dense[1:6, 1:6], abs=1e-6)
    assert fit.covariance_of(1) == pytest.approx(dense[6:8, 6:8], abs=1e-6)


def test_known_effects_come_back_from_many_pixels():
    rng = np.random.default_rng(6)
    first = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    field = np.add.outer(np.linspace(-0.5, 0.5, 3), np.linspace(-0.6, 0.6, 4))
    bins = np.stack(np.meshgrid(range(5), range(2), range(12), indexing="ij"), -1).reshape(-1, 3)
    many = np.full(len(bins), 20_000.0)
    eta = -2 + first[bins[:, 0]] + np.array([0.4, -0.4])[bins[:, 1]] + field.ravel()[bins[:, 2]]
    lost = rng.binomial(20_000, expit(eta)).astype(float)
    counts = Counts(bins[:, :2], bins[:, 2], many, lost)
    fit = fit_effects(problem(counts, bins=1.0, cells=1.0))
    assert fit.effects.logit(counts.bins, counts.cell) == pytest.approx(eta, abs=0.06)
    assert np.diff(fit.effects.drivers[0]) == pytest.approx(np.diff(first), abs=0.04)


def test_fewer_drivers_count_the_same_pixels():
    counts = counts_of(7)
    fewer = counts.of_drivers([1])
    assert fewer.pixels.sum() == counts.pixels.sum()
    assert fewer.lost.sum() == counts.lost.sum()
    assert len(fewer) <= 2 * 12
    one = (fewer.cell == 3) & (fewer.bins[:, 0] == 1)
    same = (counts.cell == 3) & (counts.bins[:, 1] == 1)
    assert fewer.lost[one].sum() == counts.lost[same].sum()


def test_deviance_by_hand():
    counts = Counts(np.array([[0, 0]]), np.array([0]), np.array([4.0]), np.array([1.0]))
    fit = fit_effects(problem(counts_of(8)))
    eta = float(fit.effects.logit(counts.bins, counts.cell)[0])
    p = 1 / (1 + np.exp(-eta))
    assert deviance(counts, fit.effects) == pytest.approx(-2 * (np.log(p) + 3 * np.log(1 - p)))


@pytest.mark.parametrize("lost", [0.0, 10.0])
def test_nothing_or_everything_lost_is_refused(lost):
    counts = Counts(
        np.zeros((1, 2), dtype=int), np.zeros(1, dtype=int), np.array([10.0]), np.array([lost])
    )
    with pytest.raises(InputError) as told:
        problem(counts)
    assert told.value.findings[0].code == "model.nothing-lost"
