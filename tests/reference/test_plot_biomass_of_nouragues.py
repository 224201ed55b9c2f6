"""Plots of Nouragues: sums, errors and wood density against plain computations of their own."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.forest.stock.stock import carbon_stock


def table(shared_data, name):
    path = shared_data / "forest_plots_allometry" / name
    if not path.is_file():
        pytest.skip("the plots of forest_plots_allometry are not under NONETLOSS_DATA")
    return pd.read_csv(path)


def test_one_hectare_of_542_trees_against_a_plain_loop(shared_data):
    trees = table(shared_data, "NouraguesPlot.csv")
    assert len(trees) == 542
    draws = 3_000
    result = carbon_stock(
        trees.rename(columns={"D": "diameter", "H": "height", "WD": "density"}),
        plots=pd.DataFrame({"plot": ["NB1"], "area": [1.0]}),
        rng=np.random.default_rng(1), draws=draws, diameter_unit="cm", height_error=0.05,
    )  # fmt: skip
    d, h, rho = (trees[c].to_numpy() for c in ("D", "H", "WD"))
    likely = (0.0673 * (rho * d**2 * h) ** 0.976).sum() / 1000
    assert result.plots["agb_mg_ha"][0] == pytest.approx(likely, rel=1e-12)
    rng = np.random.default_rng(2)
    totals = np.empty(draws)
    covariance = [[4.45854937e-04, -5.36662522e-05], [-5.36662522e-05, 6.95788913e-06]]
    a, b = rng.multivariate_normal([-2.76213578, 0.97582779], covariance, draws).T
    for k in range(draws):
        sd = np.where(rng.random(d.size) < 0.05, 4.64, 0.0062 * d + 0.0904)
        d_k = d + sd * rng.standard_normal(d.size)
        h_k = np.maximum(h * (1 + 0.05 * rng.standard_normal(d.size)), 1.3)
        rho_k = np.clip(rho + 0.07 * rng.standard_normal(d.size), 0.08, 1.39)
        e = 0.35754 * rng.standard_normal(d.size)
        totals[k] = np.exp(a[k] + b[k] * np.log(rho_k * d_k**2 * h_k) + e).sum() / 1000
    low, high = np.quantile(totals, (0.05, 0.95))
    # Ends of an interval from 3,000 draws scatter by 2-3 % of its width, twice.
    slack = 4 * np.sqrt(2) * totals.std() * np.sqrt(0.05 * 0.95 / draws) / 0.103
    assert result.plots["agb_low"][0] == pytest.approx(low, abs=slack)
    assert result.plots["agb_high"][0] == pytest.approx(high, abs=slack)


def test_wood_density_of_four_plots_against_a_join(shared_data):
    """Levels and densities by plain dictionaries over the 20,332 taxa."""
    trees = table(shared_data, "NouraguesTrees.csv")
    known = table(shared_data, "wsg_estimates.csv")
    result = carbon_stock(
        trees.rename(columns={"Plot": "plot", "D": "diameter", "Family": "family",
                              "Genus": "genus", "Species": "species"}),
        plots=pd.DataFrame({"plot": sorted(set(trees["Plot"])), "area": 1.0}),
        densities=known.rename(columns={"wsg": "density", "sd": "error"}),
        rng=np.random.default_rng(1), draws=10, diameter_unit="cm",
        equation="own", expression="rho + 0*D", expression_error=0.1, root_shoot="none",
    )  # fmt: skip
    species = dict(zip(known["species"].dropna(), known.dropna(subset="species")["wsg"],
                       strict=True))  # fmt: skip
    of_genus = known[known["species"].isna() & known["genus"].notna()].set_index("genus")["wsg"]
    of_family = known[known["genus"].isna()].set_index("family")["wsg"]
    found, level = [], []
    for row in trees.itertuples():
        # 32 trees are told by subspecies (opacum_subsp.rabelianum): their species is known.
        name = f"{row.Genus} {row.Species.partition('_')[0]}"
        if name in species:
            found.append(species[name])
            level.append("species")
        elif row.Genus in of_genus.index:
            found.append(of_genus[row.Genus])
            level.append("genus")
        elif row.Family in of_family.index:
            found.append(of_family[row.Family])
            level.append("family")
        else:
            found.append(np.nan)
            level.append("stand")
    one = pd.DataFrame({"plot": trees["Plot"], "density": found})
    one["density"] = one["density"].fillna(one.groupby("plot")["density"].transform("mean"))
    counts = result.density_levels.set_index("level")["trees"]
    for name in ("species", "genus", "family", "stand"):
        assert counts[name] == level.count(name)
    assert counts[["measured", "all-stands", "unknown"]].sum() == 0
    sums = one.groupby("plot")["density"].sum() / 1000
    assert result.plots["agb_mg_ha"].to_numpy() == pytest.approx(sums.to_numpy())


def test_girths_of_the_plot_are_round_centimeters(shared_data):
    """Its diameters are girths over π: 36 cm around are 11.459 cm across."""
    trees = table(shared_data, "NouraguesPlot.csv")
    girth = trees["D"] * np.pi
    around = carbon_stock(
        trees.assign(girth=girth.round(6)).rename(columns={"H": "height", "WD": "density"})
        .drop(columns="D").rename(columns={"girth": "diameter"}),
        plots=pd.DataFrame({"plot": ["NB1"], "area": [10_000.0]}),
        rng=np.random.default_rng(1), draws=5, diameter_unit="cm", diameter_shape="girth",
        area_unit="m2",
    )  # fmt: skip
    assert girth[0] == pytest.approx(36)
    d, h, rho = (trees[c] for c in ("D", "H", "WD"))
    expected = (0.0673 * (rho * d**2 * h) ** 0.976).sum() / 1000
    assert around.plots["agb_mg_ha"][0] == pytest.approx(expected, rel=1e-6)
