"""The equation of Chave et al. 2014 from its own trees, and four plots of Nouragues, in a study."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.study.expected import compare, read_expected

STUDY = "chave-plots-real"


@pytest.fixture(scope="module")
def run(run_once, shared_data):
    return run_once(STUDY, data=shared_data, languages=("en",))


def test_figures_of_expected_yaml(run, studies):
    assert compare(run.folder, read_expected(studies / STUDY / "expected.yaml")) == []


def test_no_map_is_needed(run):
    assert run.record["grid"] is None
    assert run.record["crs"] is None


def test_every_tree_gets_a_density_from_somewhere(run, shared_data):
    trees = pd.read_csv(shared_data / "forest_plots_allometry" / "NouraguesTrees.csv")
    levels = run.table("stock", "density_levels").set_index("level")["trees"]
    assert levels.sum() == len(trees) == 2050
    assert levels["unknown"] == 0


def test_biomass_of_the_plots_equals_equation_4_by_hand(run, shared_data):
    folder = shared_data / "forest_plots_allometry"
    trees = pd.read_csv(folder / "NouraguesTrees.csv")
    density = pd.read_csv(folder / "wsg_estimates.csv")
    species = density[density["level_tax"] == "species"]
    known = species.set_index("species")["wsg"].to_dict()
    names = trees["Genus"] + " " + trees["Species"]
    rho = np.array([known.get(name, np.nan) for name in names])
    # Where the species is not in the table the study goes to genus, family or plot; a single mean
    # stands for them here, which moves the sum of a hectare by a few percent.
    rho[np.isnan(rho)] = np.nanmean(rho)
    d = trees["D"].to_numpy()
    # Feldpausch et al. 2012, South America.
    h = 42.574 * (1 - np.exp(-0.04820 * d**0.8307))
    mg = 0.0673 * (rho * d**2 * h) ** 0.976 / 1000
    by_hand = pd.Series(mg).groupby(trees["Plot"]).sum()
    told = run.table("stock", "plots").set_index("plot")["agb_mg_ha"]
    for plot, value in by_hand.items():
        assert told[str(plot)] == pytest.approx(value, rel=0.1)


def test_two_plots_of_the_same_hectares_differ_more_than_their_own_errors(run):
    plots = run.table("stock", "plots")
    spread = plots["agb_mg_ha"].std()
    own = ((plots["agb_high"] - plots["agb_low"]) / (2 * 1.645)).mean()
    assert spread > own
