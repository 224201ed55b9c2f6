"""From plots to strata: estimators, their weights, sampling error, and too few plots."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.stock.strata import ESTIMATORS, Sample, estimate, stratum_means, weights

RNG = np.random.default_rng(21)
X = RNG.uniform(100, 400, 12)
Y = 40 + 0.8 * X + RNG.normal(0, 20, 12)
SAMPLE = Sample(Y, RNG.uniform(0.5, 1.5, 12), X, 260.0)
NOWHERE = Sample(np.empty(0), np.empty(0), np.empty(0), 250.0)


def means(samples, *, draws=4, estimator="mean", spread=0.0, seed=1):
    rng = np.random.default_rng(seed)
    drawn = [
        s.values[:, None] * (1 + spread * rng.standard_normal((s.values.size, draws)))
        for s in samples.values()
    ]
    return stratum_means(samples, drawn=drawn, estimator=estimator, rng=rng)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_draws_go_through_the_weights_of_the_estimator(estimator):
    w, constant = weights(SAMPLE, estimator=estimator)
    found = estimate(SAMPLE, estimator=estimator, name="all")
    assert w @ Y + constant == pytest.approx(found.mean, rel=1e-12)


def test_the_estimators_by_hand():
    y, a, x = Y, SAMPLE.area_ha, X
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    by_hand = {
        "mean": y.mean(),
        "area-weighted": (y * a).sum() / a.sum(),
        "ratio": y.sum() / x.sum() * 260,
        "regression": y.mean() + slope * (260 - x.mean()),
        "difference": y.mean() + 260 - x.mean(),
    }
    for name, value in by_hand.items():
        assert estimate(SAMPLE, estimator=name, name="all").mean == pytest.approx(value)


def test_a_map_that_knows_the_forest_narrows_the_interval():
    plain = estimate(SAMPLE, estimator="mean", name="all").standard_error
    helped = estimate(SAMPLE, estimator="regression", name="all").standard_error
    assert plain == pytest.approx(Y.std(ddof=1) / np.sqrt(12))
    assert helped < plain / 2


def test_the_spread_of_the_draws_is_that_of_sampling_and_measurement():
    """Student's t with 11 degrees of freedom: 5 % and 95 % at 1.795885 standard errors."""
    found = means({"all": SAMPLE}, draws=200_000)
    error = Y.std(ddof=1) / np.sqrt(12)
    low, high = np.quantile(found.draws[0], (0.05, 0.95))
    assert low == pytest.approx(Y.mean() - 1.795885 * error, rel=5e-3)
    assert high == pytest.approx(Y.mean() + 1.795885 * error, rel=5e-3)
    both = means({"all": SAMPLE}, draws=200_000, spread=0.3)
    shared = np.sqrt(((0.3 * Y) ** 2).sum()) / 12
    assert both.shared[0].std() == pytest.approx(shared, rel=0.02)
    t_variance = 11 / 9 * error**2
    assert both.draws[0].var() == pytest.approx(shared**2 + t_variance, rel=0.02)


@pytest.mark.parametrize("n", [4, 8])
def test_nine_intervals_of_ten_of_a_regression_with_few_plots_hold_the_truth(n):
    """A map of the biomass and 2,000 samples of plots; without the error of the slope 85 % do."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(2_000):
        x = rng.gamma(4.0, 60.0, n)
        y = 200 + 0.8 * x + rng.normal(0, 30, n)
        found = estimate(Sample(y, np.ones(n), x, 240.0), estimator="regression", name="all")
        held += found.low <= 200 + 0.8 * 240.0 <= found.high
    # Two standard errors of a share of 2,000.
    assert held / 2_000 == pytest.approx(0.9, abs=2 * np.sqrt(0.9 * 0.1 / 2_000))


def test_a_map_beyond_its_values_at_the_plots_is_told():
    beyond = Sample(Y, SAMPLE.area_ha, X, X.max() + 1)
    for estimator in ("ratio", "regression", "difference"):
        found = means({"all": beyond}, estimator=estimator).findings
        assert [f.code for f in found] == ["stock.covariate-outside"]
    assert means({"all": beyond}).findings == ()


def test_a_single_plot_borrows_the_variation_of_the_others():
    one = Sample(np.array([300.0]), np.ones(1), np.full(1, np.nan), np.nan)
    found = means({"many": SAMPLE, "one": one})
    variation = np.sqrt(((Y / Y.mean() - 1) ** 2).sum() / 11)
    assert found.estimated[1].standard_error == pytest.approx(300 * variation)
    assert found.estimated[1].degrees == 11
    assert [f.code for f in found.findings] == ["stock.one-plot"]


def test_a_single_plot_alone_has_an_unknown_error():
    one = Sample(np.array([300.0]), np.ones(1), np.full(1, np.nan), np.nan)
    found = means({"one": one})
    assert found.estimated[0].mean == 300
    assert np.isnan(found.estimated[0].standard_error)
    assert np.isnan(found.draws).all()
    assert [f.code for f in found.findings] == ["stock.one-plot-alone"]


def test_a_stratum_without_plots_is_unknown_and_told():
    found = means({"many": SAMPLE, "nowhere": NOWHERE})
    assert np.isnan(found.estimated[1].mean)
    assert np.isnan(found.draws[1]).all()
    assert np.isfinite(found.draws[0]).all()
    assert [f.code for f in found.findings] == ["stock.stratum-without-plots"]


def test_few_plots_are_told_and_carbon_is_never_negative():
    few = Sample(np.array([10.0, 400.0]), np.ones(2), np.full(2, np.nan), np.nan)
    found = means({"few": few}, draws=5_000)
    assert {f.code for f in found.findings} == {"stock.few-plots", "stock.draws-cut"}
    assert (found.draws >= 0).all()


@pytest.mark.parametrize(
    ("sample", "estimator", "code"),
    [
        (SAMPLE, "median", "stock.estimator"),
        (Sample(Y, SAMPLE.area_ha, np.full(12, np.nan), 260.0), "ratio", "stock.covariate-missing"),
        (Sample(Y, SAMPLE.area_ha, X, np.nan), "difference", "stock.covariate-missing"),
        (Sample(Y[:2], X[:2], X[:2], 260.0), "regression", "stock.stratum-few-plots"),
        (Sample(Y, X, np.full(12, 200.0), 260.0), "regression", "area.covariate-constant"),
        # A map in other units than Mg/ha.
        (Sample(Y, SAMPLE.area_ha, 10 * X, 260.0), "difference", "stock.mean-negative"),
    ],
)
def test_what_cannot_be_estimated(sample, estimator, code):
    with pytest.raises(InputError) as problem:
        means({"all": sample}, estimator=estimator)
    assert problem.value.findings[0].code == code
