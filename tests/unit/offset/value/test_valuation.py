import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Severity
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.grid import Grid
from nonetloss.offset.value.valuation import (
    ecological_value,
    mean_and_spread,
    read_comparisons,
    read_weights,
)

GRID = Grid(0, 20, 10, 10, 2, 3)
FORM = {"canopy": {"scores": {0: 0, 100: 1}}, "water": {"benchmark": 50}}


@pytest.fixture
def ecosystems():
    kinds = tuple(
        Ecosystem(code, name, Text(es=name, en=name), Estimate.exact(0.9))
        for code, name in enumerate(("forest", "bog", "grass"), start=1)
    )
    return EcosystemMap(np.array([[1, 1, 2], [1, 0, 2]]), GRID, "EPSG:32718", kinds)


@pytest.fixture
def plots():
    return pd.DataFrame(
        {
            "plot": ["a", "b", "c", "d"],
            "parcel": ["p", "p", "q", "q"],
            "ecosystem": ["forest", "forest", "forest", "bog"],
            "canopy": [100, 80, 60, 0],
            "water": [50, 50, 25, 100],
        }
    )


def test_values_by_hand(ecosystems, plots):
    found = ecological_value(
        ecosystems, indicators=FORM, plots=plots, weights={"canopy": 0.75, "water": 0.25}
    )
    forest = [0.75 * 1 + 0.25 * 1, 0.75 * 0.8 + 0.25, 0.75 * 0.6 + 0.25 * 0.5]
    assert found.plots["value"].tolist() == pytest.approx([0.25, *forest])
    table = found.table.set_index("ecosystem")
    assert table.value_likely["forest"] == pytest.approx(sum(forest) / 3)
    half = stats.t.ppf(0.95, 2) * np.std(forest, ddof=1) / np.sqrt(3)
    assert table.value_low["forest"] == pytest.approx(sum(forest) / 3 - half)
    assert table.value_high["forest"] == pytest.approx(min(1, sum(forest) / 3 + half))
    assert table.area_ha.tolist() == pytest.approx([3 * 100 / 1e4, 2 * 100 / 1e4, 0])
    assert table.origin.tolist() == ["plots", "plots", "study"]
    assert found.ecosystems.by_name("forest").value.likely == pytest.approx(sum(forest) / 3)
    assert found.ecosystems.by_name("grass").value.likely == 0.9
    assert {(f.code, f.subject) for f in found.findings} == {
        ("value.single-plot", "bog"),
        ("value.not-measured", "grass"),
    }
    parcels = found.parcels.set_index(["parcel", "ecosystem"])
    assert parcels.value_likely["p", "forest"] == pytest.approx((forest[0] + forest[1]) / 2)
    assert np.isnan(found.consistency_ratio)
    assert found.raster is None
    # Canopy twice as heavy: weights 1.5 and 0.25 brought to a sum of 1.
    rows = found.sensitivity.set_index(["ecosystem", "indicator"])
    canopy, water = (1 + 0.8 + 0.6) / 3, (1 + 1 + 0.5) / 3
    row = rows.loc[("forest", "canopy")]
    assert row.score == pytest.approx(canopy)
    assert row.value == pytest.approx(table.value_likely["forest"])
    assert row.value_double == pytest.approx((1.5 * canopy + 0.25 * water) / 1.75)
    assert row.value_half == pytest.approx((0.375 * canopy + 0.25 * water) / 0.625)
    assert np.isnan(rows.loc[("grass", "water")].value)


def test_the_order_of_plots_changes_nothing(ecosystems, plots):
    settings = {"indicators": FORM, "weights": {"canopy": 0.75, "water": 0.25}}
    first = ecological_value(ecosystems, plots=plots, **settings)
    second = ecological_value(ecosystems, plots=plots.iloc[::-1], **settings)
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.plots, second.plots)


def test_plots_weigh_by_their_area(ecosystems, plots):
    plots["area_ha"] = [2.0, 1.0, 1.0, 1.0]
    found = ecological_value(
        ecosystems, indicators=FORM, plots=plots, weights={"canopy": 1, "water": 0}
    )
    assert found.table.value_likely[0] == pytest.approx((2 * 1 + 0.8 + 0.6) / 4)


def test_weights_from_judgments(ecosystems, plots):
    found = ecological_value(
        ecosystems, indicators=FORM, plots=plots, judgments={"canopy": {"water": 3}}
    )
    assert found.weights.weight.tolist() == pytest.approx([3 / 4, 1 / 4])
    assert found.consistency_ratio == 0


def test_contradicting_judgments_are_refused_or_told(ecosystems, plots):
    form = FORM | {"soil": {"benchmark": 1}}
    plots["soil"] = 1.0
    judgments = {"canopy": {"water": 9, "soil": "1/9"}, "water": {"soil": 9}}
    with pytest.raises(InputError) as caught:
        ecological_value(ecosystems, indicators=form, plots=plots, judgments=judgments)
    assert caught.value.findings[0].code == "value.inconsistent"
    found = ecological_value(
        ecosystems, indicators=form, plots=plots, judgments=judgments, inconsistent="warn"
    )
    told = [f for f in found.findings if f.code == "value.inconsistent"]
    assert [f.severity for f in told] == [Severity.WARNING]
    assert found.consistency_ratio > 0.1


def test_points_of_the_form_weigh(ecosystems, plots):
    form = {
        "canopy": {"scores": {0: 0, 100: 30}, "most": 30},
        "water": {"scores": {0: 0, 50: 10}, "most": 10},
    }
    found = ecological_value(ecosystems, indicators=form, plots=plots)
    assert found.weights.weight.tolist() == pytest.approx([0.75, 0.25])


def test_places_spread_wider_than_the_mean(ecosystems):
    rng = np.random.default_rng(4)
    plots = pd.DataFrame({"ecosystem": "forest", "canopy": rng.uniform(0, 100, 200)})
    settings = {"indicators": {"canopy": FORM["canopy"]}, "weights": {"canopy": 1}}
    mean = ecological_value(ecosystems, plots=plots, **settings).table.iloc[0]
    places = ecological_value(ecosystems, plots=plots, spread="places", **settings).table.iloc[0]
    assert mean.value_likely == places.value_likely
    assert places.value_high - places.value_low > 5 * (mean.value_high - mean.value_low)
    low, high = np.quantile(plots.canopy / 100, [0.05, 0.95])
    assert (places.value_low, places.value_high) == pytest.approx((low, high))


def test_rasters_give_a_map(ecosystems):
    canopy = Raster(np.array([[100.0, 50, 0], [np.nan, 7, 100]]), GRID, "EPSG:32718")
    water = Raster(np.full((2, 3), 25.0), GRID, "EPSG:32718")
    found = ecological_value(
        ecosystems,
        indicators=FORM,
        rasters={"water": water, "canopy": canopy},
        weights={"canopy": 0.5, "water": 0.5},
    )
    expected = np.array([[0.75, 0.5, 0.25], [np.nan, np.nan, 0.75]])
    assert found.raster.values == pytest.approx(expected, nan_ok=True)
    table = found.table.set_index("ecosystem")
    assert table.value_likely["forest"] == pytest.approx((0.75 + 0.5) / 2)
    assert table.value_likely["bog"] == pytest.approx((0.25 + 0.75) / 2)
    assert table.origin.tolist() == ["raster", "raster", "study"]
    rows = found.sensitivity.set_index(["ecosystem", "indicator"])
    assert rows.score["forest", "canopy"] == pytest.approx((1.0 + 0.5) / 2)
    assert "90 %" in found.ecosystems.by_name("bog").value.source.es


def test_plots_without_a_measure_are_refused_or_left_out(ecosystems, plots):
    plots["water"] = [50, np.nan, 25, 100]
    settings = {"indicators": FORM, "plots": plots, "weights": {"canopy": 0.75, "water": 0.25}}
    with pytest.raises(InputError) as caught:
        ecological_value(ecosystems, **settings)
    assert caught.value.findings[0].code == "condition.missing"
    found = ecological_value(ecosystems, incomplete="leave-out", **settings)
    assert found.table.plots.tolist() == [2, 1, 0]
    assert "value.plots-left-out" in {f.code for f in found.findings}


def test_one_plot_has_no_spread():
    found = mean_and_spread(np.array([0.4]), area=np.array([3.0]), spread="mean", confidence=0.9)
    assert found == (0.4, 0.4, 0.4)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"plots": None}, "value.inputs"),
        ({"rasters": {}}, "value.inputs"),
        ({"weights": None}, "value.inputs"),
        ({"judgments": {"canopy": {"water": 3}}}, "value.inputs"),
        ({"weights": {"canopy": 0.5, "water": 0.6}}, "value.weights"),
        ({"confidence": 1.0}, "stats.share"),
        ({"indicators": {}}, "condition.form"),
    ],
)
def test_bad_settings(ecosystems, plots, change, code):
    settings = {
        "indicators": FORM, "plots": plots, "weights": {"canopy": 0.5, "water": 0.5},
    }  # fmt: skip
    with pytest.raises(InputError) as caught:
        ecological_value(ecosystems, **(settings | change))
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")


@pytest.mark.parametrize(
    ("column", "values", "code"),
    [
        ("ecosystem", ["forest", "forrest", "bog", "bog"], "value.plot-ecosystem"),
        ("area_ha", [1, 0, 1, 1], "value.plot-area"),
        ("area_ha", [1, np.nan, 1, 1], "value.plot-area"),
        ("canopy", [1, -2, 1, 1], "condition.range"),
    ],
)
def test_bad_plots(ecosystems, plots, column, values, code):
    plots[column] = values
    with pytest.raises(InputError) as caught:
        ecological_value(
            ecosystems, indicators=FORM, plots=plots, weights={"canopy": 0.5, "water": 0.5}
        )
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")


def test_plots_say_their_ecosystem(ecosystems, plots):
    with pytest.raises(InputError) as caught:
        ecological_value(
            ecosystems, indicators=FORM, plots=plots.drop(columns="ecosystem"),
            weights={"canopy": 0.5, "water": 0.5},
        )  # fmt: skip
    assert caught.value.findings[0].code == "value.plot-columns"


def test_rasters_in_the_order_of_the_form(ecosystems):
    full = Raster(np.full((2, 3), 100.0), GRID, "EPSG:32718")
    none = Raster(np.zeros((2, 3)), GRID, "EPSG:32718")
    settings = {"indicators": FORM, "weights": {"canopy": 0.75, "water": 0.25}}
    found = ecological_value(ecosystems, rasters=(full, none), **settings)
    assert found.table.value_likely[0] == pytest.approx(0.75)
    with pytest.raises(InputError) as caught:
        ecological_value(ecosystems, rasters=(full,), **settings)
    assert caught.value.findings[0].code == "value.raster-count"
    assert caught.value.render("es")


@pytest.mark.parametrize("case", ["names", "grid"])
def test_bad_rasters(ecosystems, case):
    grid = GRID if case == "names" else Grid(5, 20, 10, 10, 2, 3)
    names = ("canopy", "wader") if case == "names" else ("canopy", "water")
    rasters = {n: Raster(np.ones((2, 3)), grid, "EPSG:32718") for n in names}
    with pytest.raises(InputError) as caught:
        ecological_value(
            ecosystems, indicators=FORM, rasters=rasters, weights={"canopy": 0.5, "water": 0.5}
        )
    assert caught.value.findings[0].code == f"value.raster-{case}"
    assert caught.value.render("es")


def test_what_a_study_writes_is_checked_before_it_runs():
    assert read_weights({"a": 0.5, "b": 0.5}).tolist() == [0.5, 0.5]
    with pytest.raises(InputError):
        read_weights({"a": 0.5, "b": 0.6})
    assert read_comparisons({"a": {"b": 3}})[0, 1] == 3
    with pytest.raises(InputError):
        read_comparisons({"a": {"b": 30}})
