"""The whole chain on a forest small enough to add up by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.stats import t
from shapely.geometry import Point

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import LANGUAGES, Text
from nonetloss.forest.stock.harvest import check_allometry
from nonetloss.forest.stock.result import CarbonStock
from nonetloss.forest.stock.stock import carbon_stock
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.grid import Grid

PLOTS = pd.DataFrame(
    {
        "plot": ["p1", "p2", "p3", "p4", "p5"],
        "area": [1.0, 1.0, 0.5, 1.0, 1.0],
        "stratum": ["hill", "hill", "hill", "swamp", "swamp"],
    }
)
AREAS = pd.DataFrame({"stratum": ["hill", "swamp"], "area_ha": [3000.0, 1000.0]})
TREES = pd.DataFrame(
    {
        "plot": ["p1", "p1", "p2", "p3", "p4", "p4", "p5"],
        "diameter": [100.0, 80.0, 120.0, 90.0, 60.0, 50.0, 70.0],
        "height": [40.0, 35.0, 42.0, 38.0, 30.0, 28.0, 32.0],
        "density": [0.6, 0.7, 0.5, 0.6, 0.4, 0.6, 0.5],
    }
)


def kilograms(table=TREES):
    return 0.0673 * (table["density"] * table["diameter"] ** 2 * table["height"]) ** 0.976


def stock(trees=TREES, *, plots=PLOTS, strata=AREAS, draws=200, seed=5, **more):
    return carbon_stock(
        trees, plots=plots, strata=strata, rng=np.random.default_rng(seed), draws=draws,
        **{"diameter_unit": "cm"} | more,
    )  # fmt: skip


def test_plots_strata_and_total_by_hand():
    result = stock(root_shoot="ipcc-2006-rainforest", carbon_fraction=0.5)
    kg = kilograms().to_numpy()
    plots = np.array([kg[0] + kg[1], kg[2], kg[3] / 0.5, kg[4] + kg[5], kg[6]]) / 1000
    assert result.plots["plot"].tolist() == ["p1", "p2", "p3", "p4", "p5"]
    assert result.plots["agb_mg_ha"].to_numpy() == pytest.approx(plots)
    assert result.plots["bgb_mg_ha"].to_numpy() == pytest.approx(0.37 * plots)
    assert result.plots["stems_per_ha"].tolist() == [2, 1, 2, 2, 1]
    means = np.array([plots[:3].mean(), plots[3:].mean()])
    assert result.strata == ("hill", "swamp")
    assert result.likely[:, 0] == pytest.approx(0.5 * means)
    assert result.likely[:, 1] == pytest.approx(0.5 * 0.37 * means)
    total = result.total.set_index("pool")
    above = 0.5 * (3000 * means[0] + 1000 * means[1])
    assert total.loc["above_ground", "tc"] == pytest.approx(above)
    assert total.loc["all", "tco2e"] == pytest.approx(above * 1.37 * 44 / 12)
    assert total.loc["all", "area_ha"] == 4000
    errors = np.array([plots[:3].std(ddof=1) / np.sqrt(3), plots[3:].std(ddof=1) / np.sqrt(2)])
    assert result.strata_table["se"].to_numpy() == pytest.approx(errors * 0.5 * 1.37)


def test_the_result_as_estimates_of_a_service():
    result = stock()
    likely, draws = result.tco2e_per_ha()
    found = result.estimates()
    assert list(found) == ["hill", "swamp"]
    for i, estimate in enumerate(found.values()):
        assert estimate.likely == pytest.approx(likely[i])
        assert estimate.low == pytest.approx(min(likely[i], np.quantile(draws[i], 0.05)))
        assert estimate.low <= estimate.likely <= estimate.high


def test_equal_seeds_give_equal_draws_whatever_the_order_of_rows():
    one = stock()
    other = stock(TREES.iloc[::-1], plots=PLOTS.sample(frac=1, random_state=3),
                  strata=AREAS.iloc[::-1])  # fmt: skip
    assert np.array_equal(one.draws, other.draws)
    assert np.array_equal(one.likely, other.likely)
    assert not np.array_equal(one.draws, stock(seed=6).draws)


def test_the_shares_of_the_errors():
    found = stock(site_error=0.2, carbon_fraction_error=0.01, root_shoot_error=0.1).errors
    shares = found.set_index("component")["share"]
    assert shares.sum() == pytest.approx(1)
    assert found["share"].is_monotonic_decreasing
    assert (shares > 0).sum() == 7
    # Heights are measured, without an error.
    assert shares["height"] == 0
    # The site error acts on everything alike: mean · sqrt(exp(0.2²) - 1).
    kg = kilograms().to_numpy()
    plots = np.array([kg[0] + kg[1], kg[2], kg[3] / 0.5, kg[4] + kg[5], kg[6]]) / 1000
    mean = 0.75 * plots[:3].mean() + 0.25 * plots[3:].mean()
    sd = found.set_index("component")["sd_mg_ha"]
    assert sd["site"] == pytest.approx(mean * np.sqrt(np.expm1(0.04)))
    assert sd["carbon-fraction"] == pytest.approx(mean * 0.01 / 0.47)
    sampling = np.array([plots[:3].std(ddof=1) / 3**0.5, plots[3:].std(ddof=1) / 2**0.5])
    between = (0.75 * sampling[0]) ** 2 + (0.25 * sampling[1]) ** 2
    # What the errors of trees explain of how plots differ is not counted twice.
    within = sd["diameter"] ** 2 + sd["density"] ** 2
    assert sd["sampling"] == pytest.approx(np.sqrt(between - within))


def test_errors_of_trees_are_not_added_to_a_sample_of_plots():
    """Plots all alike have no sampling error: what is left is the line of equation 4.

    With ln(ρD²H) = x in every tree, ln AGB has the standard deviation
    √(var a + 2 x cov(a, b) + x² var b) of the coefficients that all trees share; half of sigma²,
    which stands in the expected biomass, adds σ²/2·√(2/ν).
    """
    plots = pd.DataFrame({"plot": list("abcdef"), "area": 1.0})
    trees = pd.DataFrame({"plot": list("abcdef") * 4, "diameter": 30.0, "height": 20.0,
                          "density": 0.6})  # fmt: skip
    result = stock(trees, plots=plots, strata=None, area_ha=10.0, draws=20_000)
    x = np.log(0.6 * 30**2 * 20)
    error = np.sqrt(4.45854937e-04 - 2 * x * 5.36662522e-05 + x**2 * 6.95788913e-06)
    error = np.hypot(error, 0.35753964**2 / 2 * np.sqrt(2 / 4002))
    above = result.draws[0, 0]
    assert above.std() / above.mean() == pytest.approx(error, rel=0.02)
    assert above.mean() == pytest.approx(result.likely[0, 0], rel=2e-3)
    # A plot by itself has the errors of its four trees: at least those of the residuals.
    width = result.plots["agb_high"] - result.plots["agb_low"]
    assert (width / result.plots["agb_mg_ha"] > 2 * 1.5 * 0.3575 / np.sqrt(4)).all()
    sd = result.errors.set_index("component")["sd_mg_ha"]
    assert sd["sampling"] == 0
    agb = result.plots["agb_mg_ha"][0]
    assert sd["allometry"] == pytest.approx(error * agb, rel=0.1)


def test_a_map_that_no_estimator_uses_is_told():
    raster = Raster(np.ones((2, 2)), Grid(0, 200, 100, 100, 2, 2), "EPSG:32719")
    assert "stock.covariate-unused" in [f.code for f in stock(covariate=raster).findings]


def test_an_equation_undefined_within_the_errors_is_refused():
    """Every tree has a biomass as measured, but not within its error."""
    thin = TREES.assign(diameter=10.5)
    with pytest.raises(InputError) as problem:
        stock(thin, equation="own", expression="ln(D - 9)^2.5")
    assert problem.value.findings[0].code == "stock.biomass-undefined"


def test_the_site_error_widens_the_interval():
    plain = stock(draws=4_000).draws.std(axis=2)
    wide = stock(draws=4_000, site_error=0.3, diameter_error="none").draws.std(axis=2)
    assert (wide > plain).all()


def test_pools_move_together():
    result = stock(site_error=0.2)
    assert np.allclose(result.draws[:, 1], 0.205 * result.draws[:, 0])


def test_roots_follow_the_biomass_of_the_stratum():
    heavy = TREES.assign(expansion=40.0)
    found = stock(heavy, root_shoot="mokany-2006-moist").strata_table
    assert (found["agb_mg_ha"] > 125).tolist() == [True, True]
    assert found["root_ratio"].tolist() == [0.235, 0.235]
    assert stock(root_shoot="mokany-2006-moist").strata_table["root_ratio"].tolist() == [0.205] * 2
    none = stock(root_shoot="none")
    assert (none.likely[:, 1] == 0).all()
    assert "stock.roots-unverified" not in [f.code for f in none.findings]


def test_a_map_narrows_the_interval_of_the_total():
    kg = kilograms().to_numpy()
    plots = np.array([kg[0] + kg[1], kg[2], kg[3] / 0.5, kg[4] + kg[5], kg[6]]) / 1000
    noise = np.array([0.1, -0.1, 0.05, 0.1, -0.1])
    with_map = PLOTS.assign(stratum="all", covariate=0.5 * plots + noise)
    one = pd.DataFrame({"stratum": ["all"], "area_ha": [4000.0], "covariate_mean": [3.0]})
    plain = stock(plots=with_map, strata=one)
    helped = stock(plots=with_map, strata=one, estimator="regression")
    assert helped.strata_table["se"][0] < plain.strata_table["se"][0] / 3
    assert helped.strata_table["estimator"].tolist() == ["regression"]


def test_plots_needed_for_a_target_by_trying_every_number():
    one = PLOTS.assign(stratum="all")
    result = stock(plots=one, strata=None, area_ha=10.0)
    y = result.plots["agb_mg_ha"]
    found = result.sample_size.set_index("target")
    for target in (0.05, 0.10, 0.15, 0.20):
        enough = [
            n for n in range(2, 2000)
            if t.ppf(0.95, n - 1) * y.std(ddof=1) / np.sqrt(n) <= target * y.mean()
        ]  # fmt: skip
        assert found.loc[target, "plots_needed"] == enough[0]
        assert found.loc[target, "plots_more"] == max(0, enough[0] - 5)
    assert found["title_es"].tolist() == ["Toda la superficie"] * 4


def test_plots_needed_in_two_strata_go_where_they_vary_most():
    result = stock()
    found = result.sample_size[result.sample_size["target"] == 0.05].set_index("stratum")
    y = result.plots.groupby("stratum")["agb_mg_ha"]
    spread, mean = y.std(ddof=1), 0.75 * y.mean()["hill"] + 0.25 * y.mean()["swamp"]

    def half_width(hill, swamp):
        error = np.hypot(0.75 * spread["hill"] / hill**0.5, 0.25 * spread["swamp"] / swamp**0.5)
        return t.ppf(0.95, hill + swamp - 2) * error

    hill, swamp = found.loc["hill", "plots_needed"], found.loc["swamp", "plots_needed"]
    assert half_width(hill, swamp) <= 0.05 * mean
    fewer = [(a, hill + swamp - 1 - a) for a in range(2, hill + swamp - 2)]
    assert all(half_width(a, b) > 0.05 * mean for a, b in fewer)
    assert hill > swamp


def test_a_map_of_ecosystems_and_a_biomass_raster():
    """Plots with shapes, strata from a map, the covariate read where each plot lies."""
    grid = Grid(0, 400, 100, 100, 4, 5)
    classes = np.repeat([[1], [1], [2], [2]], 5, axis=1)
    kinds = tuple(
        Ecosystem(i + 1, name, Text(es=f"{name} es", en=name), Estimate.exact(1.0), forest=True)
        for i, name in enumerate(("hill", "swamp"))
    )
    ground = EcosystemMap(classes, grid, "EPSG:32719", kinds)
    raster = Raster(np.arange(20.0).reshape(4, 5) + 1, grid, "EPSG:32719")
    spots = [Point(50, 350), Point(150, 350), Point(250, 250), Point(50, 150), Point(450, 50)]
    placed = gpd.GeoDataFrame(PLOTS, geometry=spots, crs="EPSG:32719")
    result = stock(plots=placed, strata=ground, covariate=raster, estimator="difference",
                   root_shoot="none", carbon_fraction=0.5)  # fmt: skip
    assert result.area_ha.tolist() == [10.0, 10.0]
    assert result.titles[0].es == "hill es"
    assert result.plots["covariate"].tolist() == [1, 2, 8, 11, 20]
    y = result.plots["agb_mg_ha"].to_numpy()
    hill = (1 + 10) / 2 + (y[:3] - [1, 2, 8]).mean()
    assert result.likely[0, 0] == pytest.approx(0.5 * hill)
    assert result.strata_table["covariate_mean"].tolist() == [5.5, 15.5]


def test_unknown_areas_leave_the_total_unknown_and_the_hectare_known():
    result = stock(strata=None)
    assert np.isnan(result.total["tc"]).all()
    assert np.isfinite(result.likely).all()
    assert np.isfinite(result.errors["share"]).all()


def test_one_plot_alone_has_a_mean_and_no_error():
    result = stock(TREES[TREES["plot"] == "p1"], plots=PLOTS.iloc[:1], strata=None, area_ha=10.0)
    assert np.isfinite(result.likely).all()
    assert result.strata_table[["se", "low", "high"]].isna().all(axis=None)
    assert result.total["tc_low"].isna().all()
    sd = result.errors.set_index("component")["sd_mg_ha"]
    assert np.isnan(sd["sampling"])
    assert sd["allometry"] > 0
    assert result.errors["share"].isna().all()
    assert len(result.sample_size) == 0
    with pytest.raises(InputError) as problem:
        result.estimates()
    assert problem.value.findings[0].code == "stock.estimate-unknown"


def test_a_stratum_without_plots_is_not_in_the_total():
    more = pd.concat([AREAS, pd.DataFrame({"stratum": ["peat"], "area_ha": [500.0]})])
    result = stock(strata=more)
    assert np.isnan(result.likely[result.strata.index("peat")]).all()
    total = result.total.set_index("pool").loc["all"]
    assert total["tc"] == pytest.approx(stock().total.set_index("pool").loc["all", "tc"])
    assert (total["area_ha"], total["area_without_ha"]) == (4000, 500)
    assert list(result.estimates()) == ["hill", "swamp"]
    assert "stock.stratum-without-plots" in [f.code for f in result.findings]


@pytest.mark.parametrize("heights", ["feldpausch-western-amazonia", "chave-2014"])
def test_modeled_heights_where_none_was_measured(heights):
    bare = TREES.drop(columns="height")
    result = stock(bare, heights=heights, stress=-0.044)
    assert result.heights.set_index("source")["trees"].to_dict() == {"measured": 0, heights: 7}
    half = TREES.assign(height=[40.0, np.nan, 42.0, np.nan, 30.0, np.nan, 32.0])
    mixed = stock(half, heights=heights, stress=-0.044)
    assert mixed.heights["trees"].tolist() == [4, 3]
    without = stock(half, heights=heights, stress=-0.044, use_measured_heights=False)
    assert without.heights["trees"].tolist() == [0, 7]
    assert np.array_equal(without.likely, result.likely)


def test_heights_fitted_to_those_that_were_measured():
    rng = np.random.default_rng(8)
    d = rng.uniform(10, 90, 100)
    many = pd.DataFrame(
        {"plot": rng.choice(PLOTS["plot"], 100), "diameter": d, "density": 0.6,
         "height": np.where(rng.random(100) < 0.4, 40 * d / (25 + d), np.nan)}
    )  # fmt: skip
    result = stock(many, heights="michaelis")
    assert result.height_models["model"].tolist()[0] == "michaelis"
    full = stock(many.assign(height=40 * d / (25 + d)))
    assert np.allclose(result.likely, full.likely, rtol=1e-6)


def test_an_equation_without_heights_says_so():
    result = stock(TREES.drop(columns="height"), equation="chave-2014-7", stress=-0.044)
    assert result.heights["source"].tolist() == ["none"]


def test_an_equation_fitted_to_felled_trees():
    felled = pd.DataFrame(
        {"site": ["a", "b"] * 10, "diameter": np.linspace(10, 100, 20), "height": 25.0,
         "density": 0.6}
    )  # fmt: skip
    felled["biomass"] = 0.05 * felled["density"] * felled["diameter"] ** 2 * felled["height"]
    fit = check_allometry(felled, diameter_unit="cm")
    result = stock(allometry=fit, equation="fitted")
    expected = 0.05 * TREES["density"] * TREES["diameter"] ** 2 * TREES["height"]
    assert result.plots["agb_mg_ha"].sum() == pytest.approx(
        (expected / [1, 1, 1, 0.5, 1, 1, 1]).sum() / 1000
    )


def test_own_and_unverified_equations_are_told():
    own = stock(equation="own", expression="0.0673*(rho*D^2*H)^0.976")
    assert own.likely == pytest.approx(stock().likely)
    assert "stock.equation-without-error" in [f.code for f in own.findings]
    old = stock(equation="chave-2005-moist-height")
    assert "stock.equation-unverified" in [f.code for f in old.findings]
    assert "stock.site-error-zero" in [f.code for f in old.findings]


def test_shared_errors_that_nobody_knows_are_told():
    """Without them an interval is that of sampling alone."""
    unknown = {"stock.height-regional", "stock.equation-without-coefficients"}
    assert not unknown & {f.code for f in stock().findings}
    bare = TREES.drop(columns="height")
    found = stock(bare, heights="feldpausch-western-amazonia").findings
    assert [f.data["trees"] for f in found if f.code == "stock.height-regional"] == [7]
    without = stock(bare, equation="chave-2014-7", stress=-0.044)
    assert unknown & {f.code for f in without.findings} == {"stock.equation-without-coefficients"}
    assert without.errors.set_index("component")["share"]["allometry"] == 0


def test_the_published_figure_stands_beside_the_plots():
    result = stock(published={"total": "79.4 MtCO2e", "area": "360000 acre"}, root_shoot="none")
    found = result.published.set_index("figure")["computed"]
    assert found["total"] == pytest.approx(result.total.set_index("pool").loc["all", "tco2e"])
    assert found["per-ha-plots"] == pytest.approx(found["total"] / 4000)


def test_every_finding_speaks_both_languages():
    few = stock(equation="chave-2005-moist-height", published={
        "total": "1 MtCO2e", "area": "10 ha", "per_ha": "1 tCO2e/ha"})  # fmt: skip
    assert {"stock.published-disagrees", "stock.few-plots"} <= {f.code for f in few.findings}
    for finding in few.findings:
        assert all(finding.render(language).strip() for language in LANGUAGES)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"trees": TREES.drop(columns="height")}, "stock.height-missing"),
        ({"trees": TREES.drop(columns="density")}, "stock.density-missing"),
        ({"equation": "chave-2014-7"}, "stock.stress-missing"),
        ({"equation": "chave-2014-5"}, "stock.equation"),
        ({"equation": "own"}, "stock.expression-missing"),
        ({"equation": "own", "expression": "D - 70"}, "stock.biomass-undefined"),
        ({"equation": "fitted"}, "stock.fit-missing"),
        ({"heights": "curtis", "trees": TREES}, "stock.height-model"),
        ({"trees": TREES.drop(columns="height"), "heights": "log1"}, "stock.height-few"),
        ({"minimum_diameter_cm": 130.0}, "stock.diameter-unit"),
        ({"trees": TREES.assign(status="dead")}, "stock.no-trees"),
        ({"estimator": "ratio"}, "stock.covariate-missing"),
        ({"draws": 1}, "stock.draws"),
        ({"root_shoot": "mokany"}, "stock.choice"),
        ({"diameter_error": "some"}, "stock.choice"),
        ({"diameter_unit": "in"}, "stock.diameter-impossible"),
    ],
)
def test_what_is_refused(change, code):
    change = dict(change)
    if change.get("diameter_unit") == "in":
        change["trees"] = TREES.assign(diameter=TREES["diameter"] * 2.54)
    with pytest.raises(InputError) as problem:
        stock(**change)
    assert problem.value.findings[0].code == code


def test_implausible_plots_are_told():
    small = PLOTS.assign(area=PLOTS["area"] / 500)
    assert "stock.plot-implausible" in [f.code for f in stock(plots=small).findings]


def test_a_stock_has_one_row_a_stratum():
    good = stock()
    with pytest.raises(InputError) as problem:
        CarbonStock(good.strata, good.titles, good.pools, good.area_ha[:1], good.likely, good.draws)
    assert problem.value.findings[0].code == "stock.shape"
