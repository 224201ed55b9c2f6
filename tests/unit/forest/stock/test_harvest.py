"""Checks of equations on felled trees: by hand, by analysis of variance, and with bad tables."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.stock.harvest import check_allometry, site_spread

RNG = np.random.default_rng(31)
N = 40
D = RNG.uniform(6, 90, N)
H = 40 * D / (25 + D)
RHO = RNG.uniform(0.4, 0.8, N)
FELLED = pd.DataFrame(
    {
        "site": np.repeat(["s1", "s2", "s3", "s4"], 10),
        "diameter": D,
        "height": H,
        "density": RHO,
        "biomass": 0.0673 * (RHO * D**2 * H) ** 0.976 * np.exp(RNG.normal(0, 0.3, N)),
    }
)


def measure(fit, name):
    return fit.measures.set_index("measure").loc[name, "value"]


def test_the_fit_by_hand():
    fit = check_allometry(FELLED, diameter_unit="cm")
    slope, intercept = np.polyfit(np.log(RHO * D**2 * H), np.log(FELLED["biomass"]), 1)
    assert fit.equation.estimate == pytest.approx((intercept, slope))
    rest = np.log(FELLED["biomass"]) - intercept - slope * np.log(RHO * D**2 * H)
    assert fit.equation.sigma == pytest.approx(np.sqrt((rest**2).sum() / (N - 2)))
    assert fit.equation.coefficients[0] == pytest.approx(intercept + fit.equation.sigma**2 / 2)
    assert fit.equation.range_cm == (D.min(), D.max())


def test_sites_by_hand():
    fit = check_allometry(FELLED, diameter_unit="cm")
    predicted = 0.0673 * (RHO * D**2 * H) ** 0.976
    bias = predicted[:10].sum() / FELLED["biomass"][:10].sum() - 1
    first = fit.sites.set_index("site").loc["s1"]
    assert (first["trees"], first["bias"]) == (10, pytest.approx(bias))
    assert measure(fit, "site-bias-sd") == pytest.approx(fit.sites["bias"].std(ddof=1))


def test_the_spread_between_sites_is_found():
    """400 sites of 25 trees: sd 0.2 between, 0.35 within."""
    rng = np.random.default_rng(32)
    site = np.repeat(np.arange(400), 25)
    error = rng.normal(0, 0.2, 400)[site] + rng.normal(0, 0.35, site.size)
    table = pd.DataFrame({"site": site, "measured_kg": 100.0, "predicted_kg": 100 * np.exp(error)})
    assert site_spread(table) == pytest.approx(0.2, rel=0.1)
    alike = table.assign(predicted_kg=100 * np.exp(rng.normal(0, 0.35, site.size)))
    assert site_spread(alike) < 0.05


def test_the_order_of_rows_plays_no_role():
    one = check_allometry(FELLED, diameter_unit="cm")
    other = check_allometry(FELLED.iloc[::-1], diameter_unit="cm")
    pd.testing.assert_frame_equal(one.measures, other.measures)
    pd.testing.assert_frame_equal(one.trees_check, other.trees_check)


def test_inches_and_kilograms_per_cubic_meter():
    other = FELLED.assign(diameter=D / 2.54, density=RHO * 1000)
    found = check_allometry(other, diameter_unit="in", density_unit="kg/m3")
    assert found.equation.estimate == pytest.approx(
        check_allometry(FELLED, diameter_unit="cm").equation.estimate
    )


def test_an_equation_of_another_form_has_no_coefficients_beside_the_fit():
    fit = check_allometry(FELLED, diameter_unit="cm", equation="chave-2005-moist")
    assert fit.coefficients["checked"].isna().all()
    own = check_allometry(
        FELLED, diameter_unit="cm", equation="own", expression="0.0673*(rho*D^2*H)^0.976"
    )
    reference = check_allometry(FELLED, diameter_unit="cm")
    assert measure(own, "total-ratio") == pytest.approx(measure(reference, "total-ratio"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"density": RHO * 1000}, "stock.density-impossible"),
        ({"height": 200.0}, "stock.height-impossible"),
        ({"diameter": D * 10}, "stock.diameter-impossible"),
        ({"biomass": -1.0}, "stock.harvest-biomass"),
        ({"biomass": np.nan}, "stock.harvest-few"),
        ({"diameter": 20.0, "height": 15.0, "density": 0.6}, "stock.harvest-alike"),
        ({"diameter": "thick"}, "stock.not-a-number"),
    ],
)
def test_bad_tables(change, code):
    with pytest.raises(InputError) as problem:
        check_allometry(FELLED.assign(**change), diameter_unit="cm")
    assert problem.value.findings[0].code == code


def test_a_missing_column_and_stress():
    with pytest.raises(InputError) as problem:
        check_allometry(FELLED.drop(columns="height"), diameter_unit="cm")
    assert problem.value.findings[0].code == "stock.column-missing"
    with pytest.raises(InputError) as problem:
        check_allometry(FELLED, diameter_unit="cm", equation="chave-2014-7")
    assert problem.value.findings[0].code == "stock.column-missing"
