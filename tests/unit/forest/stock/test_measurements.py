"""Tables of trees and plots: units, and everything that must not pass unseen."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.stock.measurements import Units, read_plots, read_trees

CM = Units("cm")
PLOTS = pd.DataFrame({"plot": ["b", "a"], "area": [1.0, 0.25], "stratum": ["high", "low"]})
TREES = pd.DataFrame(
    {
        "plot": ["a", "a", "b", "b", "b"],
        "tree": [1, 2, 1, 2, 3],
        "diameter": [12.0, 31.4, 55.0, 10.0, 20.0],
        "height": [13.0, np.nan, 30.0, 9.0, 16.0],
        "density": [0.5, 0.6, np.nan, 0.4, 0.7],
        "genus": ["Cedrela", None, "Ocotea", "Inga", "Inga"],
        "species": ["odorata", None, "sp.", "edulis", "alba"],
    }
)


def read(trees=TREES, plots=PLOTS, units=CM, minimum_cm=10.0, **more):
    known, _ = read_plots(plots, units=units)
    return read_trees(trees, plots=known, units=units, minimum_cm=minimum_cm, **more)


def codes(call):
    with pytest.raises(InputError) as problem:
        call()
    return [f.code for f in problem.value.findings], problem.value.findings[0]


@pytest.mark.parametrize("area", [100.0, 250.0, 400.0, 500.0, 1000.0, 5000.0])
def test_square_meters_of_small_plots_taken_for_hectares(area):
    """Fifteen trees of 20 cm on a plot of 100 to 5,000 m2: 47 to 0.9 m2 of wood per hectare."""
    plots = pd.DataFrame({"plot": ["a", "b"], "area": [area, area]})
    trees = pd.DataFrame({"plot": ["a", "b"] * 15, "diameter": 20.0})
    limit = ["stock.plot-too-large"] if area > 1000 else ["stock.area-unit"]
    found, finding = codes(lambda: read(trees, plots))
    assert found == limit
    if area <= 1000:
        assert finding.data["nearest"] == "m2"
    read(trees, plots, Units("cm", area="m2"))


def test_a_table_that_was_pasted_twice_is_told():
    one = pd.DataFrame({"plot": "a", "diameter": np.linspace(10, 60, 25)})
    both = pd.concat([one, one], ignore_index=True)
    assert "stock.rows-twice" not in [f.code for f in read(one)[1]]
    assert "stock.rows-twice" in [f.code for f in read(both)[1]]
    assert "stock.rows-twice" not in [f.code for f in read(both.assign(tree=range(50)))[1]]


def test_hectares_taken_for_square_meters():
    found, finding = codes(lambda: read(units=Units("cm", area="m2")))
    assert found == ["stock.area-unit"]
    assert finding.data["nearest"] == "ha"


def test_a_pasture_with_a_single_thin_tree_is_no_mistake():
    plots = pd.DataFrame({"plot": ["a"], "area": [1.5]})
    trees = pd.DataFrame({"plot": ["a"], "diameter": [11.0]})
    assert read(trees, plots)[0].plot.size == 1


def test_plots_are_in_the_order_of_their_names():
    plots, found = read_plots(PLOTS, units=CM)
    assert plots.name == ("a", "b")
    assert plots.area_ha.tolist() == [0.25, 1.0]
    assert plots.stratum.tolist() == ["low", "high"]
    assert np.isnan(plots.stress).all()
    assert found == ()


def test_trees_do_not_depend_on_the_order_of_their_rows():
    one, _ = read()
    other, _ = read(TREES.iloc[::-1])
    for name in ("plot", "diameter_cm", "height_m", "density_g_cm3", "genus", "species"):
        assert np.array_equal(
            getattr(one, name), getattr(other, name),
            equal_nan=getattr(one, name).dtype.kind == "f",
        )  # fmt: skip
    assert one.diameter_cm.tolist() == [12.0, 31.4, 10.0, 20.0, 55.0]
    assert one.genus.tolist() == ["cedrela", "", "inga", "inga", "ocotea"]


@pytest.mark.parametrize(
    ("units", "factor"),
    [
        (Units("mm"), {"diameter": 10}),
        (Units("in"), {"diameter": 1 / 2.54}),
        (Units("m"), {"diameter": 0.01}),
        (Units("cm", shape="girth"), {"diameter": np.pi}),
        (Units("cm", height="ft"), {"height": 1 / 0.3048}),
        (Units("cm", density="kg/m3"), {"density": 1000}),
    ],
)
def test_declared_units_give_the_same_trees(units, factor):
    one, _ = read(minimum_cm=9.9)
    table = TREES.assign(**{c: TREES[c] * f for c, f in factor.items()})
    other, _ = read(table, units=units, minimum_cm=9.9)
    assert np.allclose(one.diameter_cm, other.diameter_cm)
    assert np.allclose(one.height_m, other.height_m, equal_nan=True)
    assert np.allclose(one.density_g_cm3, other.density_g_cm3, equal_nan=True)


@pytest.mark.parametrize(("unit", "factor"), [("m2", 1e4), ("acre", 1 / 0.40468564224)])
def test_areas_of_plots(unit, factor):
    plots, _ = read_plots(PLOTS.assign(area=PLOTS["area"] * factor), units=Units("cm", area=unit))
    assert plots.area_ha == pytest.approx([0.25, 1.0])


def test_columns_are_mapped_by_name():
    theirs = TREES.rename(columns={"diameter": "dap", "plot": "parcela"})
    known, _ = read_plots(PLOTS.rename(columns={"plot": "id"}), units=CM, columns={"plot": "id"})
    found, _ = read_trees(
        theirs, plots=known, units=CM, minimum_cm=10,
        columns={"diameter": "dap", "plot": "parcela"},
    )  # fmt: skip
    assert found.diameter_cm.tolist() == read()[0].diameter_cm.tolist()
    with pytest.raises(InputError) as problem:
        read_trees(theirs, plots=known, units=CM, minimum_cm=10, columns={"diametre": "dap"})
    assert problem.value.findings[0].code == "stock.column-unknown"
    assert problem.value.findings[0].data["nearest"] == "diameter"


def test_plots_without_an_area():
    for area in (np.nan, 0.0, -1.0):
        found, first = codes(lambda area=area: read_plots(PLOTS.assign(area=[1.0, area]), units=CM))
        assert found == ["stock.plot-without-area"]
        assert first.data["plots"] == "a"
    assert codes(lambda: read_plots(PLOTS[["plot"]], units=CM))[0] == ["stock.column-missing"]


def test_square_meters_taken_for_hectares():
    found, _ = codes(lambda: read_plots(PLOTS.assign(area=[10_000, 2_500]), units=CM))
    assert found == ["stock.plot-too-large"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"plot": ["a", "a"]}, "stock.plot-repeated"),
        ({"plot": ["a", None]}, "stock.plot-unnamed"),
        ({"stratum": ["high", None]}, "stock.stratum-missing"),
        ({"area": ["1,5", "2"]}, "stock.not-a-number"),
        ({"area": [np.inf, 2]}, "stock.not-a-number"),
    ],
)
def test_other_faults_of_plots(change, code):
    assert codes(lambda: read_plots(PLOTS.assign(**change), units=CM))[0] == [code]


def test_an_empty_table():
    assert codes(lambda: read_plots(PLOTS.iloc[:0], units=CM))[0] == ["stock.empty"]


def many(n=200, least=10.0, seed=3):
    """Diameters of a forest measured from `least` cm."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"plot": "a", "diameter": least + rng.exponential(12.0, n)})


@pytest.mark.parametrize(
    ("factor", "declared", "code", "guess"),
    [
        (1 / 2.54, "cm", "stock.diameter-unit", "in"),
        (0.01, "cm", "stock.diameter-unit", "m"),
        (10.0, "cm", "stock.diameter-impossible", "mm"),
        (1.0, "m", "stock.diameter-impossible", "cm"),
        (1.0, "mm", "stock.diameter-unit", "cm"),
    ],
)
def test_diameters_in_another_unit(factor, declared, code, guess):
    trees = many()
    trees["diameter"] *= factor
    found, first = codes(lambda: read(trees, units=Units(declared)))
    assert found == [code]
    assert first.data["nearest"] == guess


def test_centimeters_declared_as_inches_leave_a_gap():
    _, found = read(many(), units=Units("in"))
    assert "stock.diameter-gap" in [f.code for f in found]
    assert "stock.diameter-gap" not in [f.code for f in read(many())[1]]


def test_thin_and_dead_trees_do_not_count_and_are_told():
    table = TREES.assign(status=["alive", "muerto", None, "VIVO", "live"])
    found, told = read(table, minimum_cm=11.0)
    assert found.diameter_cm.tolist() == [12.0, 20.0, 55.0]
    assert {f.code: f.data["trees"] for f in told} == {
        "stock.dead-trees": 1, "stock.below-minimum": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("yes", "no"), [(True, False), (1, 0), (1.0, 0.0), ("Yes", "no"), ("sí", "")]
)
def test_a_column_of_dead_trees(yes, no):
    found, told = read(TREES.assign(dead=[no, yes, no, no, no]))
    assert found.diameter_cm.tolist() == [12.0, 10.0, 20.0, 55.0]
    assert [f.code for f in told] == ["stock.dead-trees"]


def test_a_dead_tree_needs_no_diameter():
    table = TREES.assign(status=["dead", "a", "a", "a", "a"])
    table.loc[0, "diameter"] = np.nan
    assert read(table)[0].plot.size == 4


def test_a_plot_without_trees_is_told():
    found, told = read(TREES[TREES["plot"] == "a"])
    assert [f.code for f in told] == ["stock.plot-without-trees"]
    assert set(found.plot) == {0}


def test_stems_of_a_tree_are_no_duplicates():
    twice = pd.concat([TREES, TREES.iloc[:1]])
    found, first = codes(lambda: read(twice))
    assert found == ["stock.tree-repeated"]
    assert first.data["trees"] == "a/1"
    assert read(twice.assign(stem=range(len(twice))))[0].plot.size == 6
    # Trees without a number cannot be told apart.
    assert read(twice.drop(columns="tree"))[0].plot.size == 6


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"plot": ["a", "a", "b", "b", "c"]}, "stock.tree-plot-unknown"),
        ({"diameter": [12, 31, 55, np.nan, 20]}, "stock.diameter-missing"),
        ({"diameter": [12, 31, 55, 0, 20]}, "stock.diameter-impossible"),
        ({"diameter": [12, 31, 900, 14, 20]}, "stock.diameter-impossible"),
        ({"height": [13, 0, 30, 9, 16]}, "stock.height-impossible"),
        ({"height": [13, 130, 30, 9, 16]}, "stock.height-impossible"),
        ({"density": [0.5, 600, 0.5, 0.5, 0.5]}, "stock.density-impossible"),
        ({"density": [0.5, 0.01, 0.5, 0.5, 0.5]}, "stock.density-impossible"),
        ({"status": ["alive", "sick", "alive", "alive", "alive"]}, "stock.status-unknown"),
        ({"status": [True, False, True, True, True]}, "stock.status-unknown"),
        ({"status": [1, 0, 1, 1, 1]}, "stock.status-unknown"),
        ({"dead": ["no", "no", "perhaps", "no", "no"]}, "stock.status-unknown"),
        ({"expansion": [1, 1, 0, 1, 1]}, "stock.expansion"),
        ({"diameter": ["12", "31", "55", "diez", "20"]}, "stock.not-a-number"),
    ],
)
def test_other_faults_of_trees(change, code):
    assert codes(lambda: read(TREES.assign(**change)))[0] == [code]


def test_a_tree_thicker_than_any_is_refused_with_its_plot():
    one = TREES.assign(diameter=[12, 31, 450, 14, 20])
    found, first = codes(lambda: read(one))
    assert found == ["stock.diameter-impossible"]
    assert first.data["limit"] == 300
    plot, tree = str(TREES["plot"].iloc[2]), str(TREES["tree"].iloc[2])
    assert f"{plot}/{tree}: 450 cm" in first.render("es")


def test_numbers_of_plots_are_names():
    plots, _ = read_plots(pd.DataFrame({"plot": [201.0, 204.0], "area": 1.0}), units=CM)
    trees, _ = read_trees(
        pd.DataFrame({"plot": [201, 204], "diameter": [20, 30]}), plots=plots, units=CM,
        minimum_cm=10,
    )  # fmt: skip
    assert plots.name == ("201", "204")
    assert trees.plot.tolist() == [0, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"diameter": "inch"},
        {"diameter": "cm", "height": "yd"},
        {"diameter": "cm", "area": "km2"},
        {"diameter": "cm", "density": "lb/ft3"},
        {"diameter": "cm", "shape": "round"},
    ],
)
def test_units_that_are_none(wrong):
    assert codes(lambda: Units(**wrong))[0] == ["stock.unit"]
