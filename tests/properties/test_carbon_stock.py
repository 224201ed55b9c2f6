"""What holds of a carbon stock whatever the forest."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import InputError
from nonetloss.forest.stock.allometry import EQUATIONS, biomass_kg
from nonetloss.forest.stock.stock import carbon_stock
from nonetloss.forest.stock.strata import Sample, estimate, weights

QUIET = settings(derandomize=True, deadline=None, max_examples=15)
# Five strata plots at least, so that every stratum has an error.
FORESTS = st.integers(0, 2**32 - 1)


def forest(seed):
    rng = np.random.default_rng(seed)
    plots = pd.DataFrame(
        {
            "plot": [f"p{i}" for i in range(6)],
            "area": rng.uniform(0.25, 2.0, 6),
            "stratum": ["a", "a", "a", "b", "b", "b"],
        }
    )
    n = int(rng.integers(30, 80))
    diameter = 10 + rng.gamma(1.0, 15.0, n)
    trees = pd.DataFrame(
        {
            "plot": rng.choice(plots["plot"], n),
            "diameter": diameter,
            "height": np.where(rng.random(n) < 0.7, 45 * diameter / (25 + diameter), np.nan),
            "density": rng.uniform(0.3, 0.9, n),
        }
    )
    areas = pd.DataFrame({"stratum": ["a", "b"], "area_ha": rng.uniform(100, 1000, 2)})
    return trees, plots, areas


def stock(trees, plots, areas, **more):
    return carbon_stock(
        trees, plots=plots, strata=areas, rng=np.random.default_rng(1), draws=50,
        **{"diameter_unit": "cm", "heights": "feldpausch-western-amazonia"} | more,
    )  # fmt: skip


@QUIET
@given(FORESTS)
def test_the_order_of_rows_changes_nothing(seed):
    trees, plots, areas = forest(seed)
    one = stock(trees, plots, areas)
    order = np.random.default_rng(seed).permutation(len(trees))
    other = stock(trees.iloc[order], plots.iloc[::-1], areas.iloc[::-1])
    assert np.array_equal(one.draws, other.draws)
    pd.testing.assert_frame_equal(one.plots, other.plots)


@QUIET
@given(FORESTS)
def test_units_change_nothing(seed):
    trees, plots, areas = forest(seed)
    one = stock(trees, plots, areas)
    other = stock(
        trees.assign(diameter=trees["diameter"] / 2.54, height=trees["height"] / 0.3048),
        plots.assign(area=plots["area"] * 1e4),
        areas, diameter_unit="in", height_unit="ft", area_unit="m2",
        minimum_diameter_cm=9.999,
    )  # fmt: skip
    assert np.allclose(one.likely, other.likely, rtol=1e-9)


@QUIET
@given(FORESTS)
def test_the_total_is_the_sum_of_its_parts(seed):
    result = stock(*forest(seed))
    total = result.total.set_index("pool")["tc"]
    assert np.isclose(total["all"], total["above_ground"] + total["below_ground"])
    assert np.isclose(total["all"], (result.likely.sum(axis=1) * result.area_ha).sum())
    assert (result.draws >= 0).all()
    assert np.isclose(result.errors["share"].sum(), 1)
    assert result.density_levels["trees"].sum() == result.plots["stems"].sum()


@QUIET
@given(FORESTS, st.floats(1.1, 5.0))
def test_larger_plots_of_the_same_trees_hold_less_per_hectare(seed, factor):
    trees, plots, areas = forest(seed)
    one = stock(trees, plots, areas, root_shoot="none")
    other = stock(trees, plots.assign(area=plots["area"] * factor), areas, root_shoot="none")
    assert np.allclose(one.likely, other.likely * factor)


@QUIET
@given(st.floats(5, 200), st.floats(2, 60), st.floats(0.1, 1.3), st.floats(1.01, 2.0))
def test_a_thicker_taller_or_denser_tree_is_heavier(d, h, rho, factor):
    tree = {"diameter_cm": d, "height_m": h, "density_g_cm3": rho}
    for name in ("chave-2014-4", "chave-2005-moist-height"):
        plain = biomass_kg(EQUATIONS[name], **tree)
        for part in tree:
            more = biomass_kg(EQUATIONS[name], **tree | {part: tree[part] * factor})
            assert more > plain


@QUIET
@given(st.lists(st.tuples(st.floats(1, 500), st.floats(1, 500), st.floats(0.1, 2)), min_size=4,
                max_size=12, unique_by=lambda v: round(v[1])), st.floats(1, 500))  # fmt: skip
def test_every_estimator_is_linear_in_the_plots(rows, whole):
    y, x, a = np.array(rows).T
    for name in ("mean", "area-weighted", "ratio", "regression", "difference"):
        sample = Sample(y, a, x, whole)
        w, constant = weights(sample, estimator=name)
        expected = w @ y + constant
        if expected < -1e-6:
            with pytest.raises(InputError):
                estimate(sample, estimator=name, name="all")
        elif expected > 1e-6:
            found = estimate(sample, estimator=name, name="all").mean
            assert np.isclose(expected, found, rtol=1e-6, atol=1e-6)
