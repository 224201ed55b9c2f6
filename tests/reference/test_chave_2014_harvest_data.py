"""Chave et al. 2014: equation 4 refitted to its harvest data, and checked on them and in Peru."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.forest.stock.allometry import EQUATIONS, coefficient_draws
from nonetloss.forest.stock.harvest import check_allometry

COLUMNS = {
    "Locality": "site",
    "Trunk.diameter..cm.": "diameter",
    "Total.height..m.": "height",
    "Wood.specific.gravity": "density",
    "Dry.total.AGB..kg.": "biomass",
}


@pytest.fixture(scope="module")
def harvest(shared_data):
    path = shared_data / "forest_plots_allometry" / "Allometry-database-2012m_data.csv"
    if not path.is_file():
        pytest.skip("the harvest data forest_plots_allometry are not under NONETLOSS_DATA")
    return pd.read_csv(path, encoding="latin-1").rename(columns=COLUMNS)


@pytest.fixture(scope="module")
def fit(harvest):
    return check_allometry(harvest, diameter_unit="cm")


def measure(fit, name):
    return fit.measures.set_index("measure").loc[name, "value"]


def test_trees_and_sites(fit):
    # 5,228 trees, of which 4,016 are complete and 4,004 of these at least 5 cm thick.
    assert fit.trees == 4004
    assert measure(fit, "sites") == 58
    told = {f.code: f.data["trees"] for f in fit.findings}
    assert told == {"stock.harvest-incomplete": 5228 - 4016, "stock.harvest-thin": 4016 - 4004}


def test_thicker_than_5_cm_are_3972_as_the_other_reading_has_it(harvest):
    fit = check_allometry(harvest, diameter_unit="cm", minimum_diameter_cm=np.nextafter(5, 6))
    assert fit.trees == 3972


def test_coefficients_of_equation_4(fit):
    found = fit.coefficients.set_index("term")["estimate"]
    assert round(found["intercept"], 5) == -2.76214
    assert round(found["slope"], 6) == 0.975828
    # The reference cuts the last digit off: 0.3575396.
    assert found["sigma"] == pytest.approx(0.357540, abs=5e-7)
    assert round(measure(fit, "aic"), 2) == 3130.56
    # exp(a + s²/2): the published factor.
    assert round(found["factor"], 6) == 0.067325
    assert round(found["factor"], 4) == 0.0673


def test_equation_4_carries_this_fit(fit):
    known, refitted = EQUATIONS["chave-2014-4"], fit.equation
    assert known.estimate == pytest.approx(refitted.estimate, abs=1e-8)
    assert np.allclose(known.covariance, refitted.covariance, rtol=1e-8)
    assert known.sigma == pytest.approx(refitted.sigma, abs=1e-8)
    assert known.degrees == refitted.degrees


def test_published_equation_on_its_trees(fit):
    assert round(measure(fit, "total-ratio"), 5) == 0.99798
    assert round(100 * measure(fit, "mean-relative-bias"), 2) == 13.86
    assert round(100 * measure(fit, "site-bias-mean"), 1) == 5.4
    assert round(100 * measure(fit, "site-bias-sd"), 1) == 20.6


def test_draws_against_1001_draws_of_a_markov_chain():
    """BIOMASS keeps 1,001 states of a chain; their means lie within the error of so many draws."""
    rng = np.random.default_rng(20140629)
    coefficients, sigma = coefficient_draws(EQUATIONS["chave-2014-4"], size=200_000, rng=rng)
    within = 4 / np.sqrt(1001)
    assert coefficients[:, 0].mean() == pytest.approx(-2.76155, abs=within * 0.0211)
    assert coefficients[:, 1].mean() == pytest.approx(0.975777, abs=within * 0.00264)
    assert sigma.mean() == pytest.approx(0.357439, abs=within * 0.0040)
    # D, H and rho stand in one power.
    assert np.array_equal(coefficients[:, 2], 2 * coefficients[:, 1])
    assert np.array_equal(coefficients[:, 3], coefficients[:, 1])


def test_peruvian_trees_of_madre_de_dios(harvest):
    """The 51 trees near Puerto Maldonado: eq. 4 and eq. 7 with E of the place, by hand."""
    peru = harvest[harvest["site"] == "Peru"]
    assert len(peru) == 51
    assert (peru["diameter"].min(), round(peru["diameter"].max())) == (10.6, 169)
    four = check_allometry(peru, diameter_unit="cm")
    d, h, rho = (peru[c] for c in ("diameter", "height", "density"))
    expected = (0.0673 * (rho * d**2 * h) ** 0.976).sum() / peru["biomass"].sum()
    assert measure(four, "total-ratio") == pytest.approx(expected, rel=1e-12)
    seven = check_allometry(
        peru.assign(stress=-0.044034), diameter_unit="cm", equation="chave-2014-7"
    )
    log = np.log(d)
    total = np.exp(-1.803 + 0.976 * 0.044034 + 0.976 * np.log(rho) + 2.673 * log - 0.0299 * log**2)
    assert measure(seven, "total-ratio") == pytest.approx(
        total.sum() / peru["biomass"].sum(), rel=1e-12
    )
    assert np.isnan(four.site_sd)
