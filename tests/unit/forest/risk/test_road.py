"""With the road minus without it: against brute force, and where the answer is known."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from shapely import LineString, Point, box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.forest.risk.cover import forest_at
from nonetloss.forest.risk.road import road_risk
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.project import Alternative
from nonetloss.numerics.windows import Window
from nonetloss.offset.loss import quality_loss

DRAWS = 400
NEW_COLUMN = 100
VALUE = Estimate.exact(1.0)


def whole(raster):
    return raster.cells.read(Window(0, 0, *raster.cells.shape)).astype(float)


def planned(grid, column=NEW_COLUMN, name="new"):
    x = grid.left + (column + 0.5) * grid.cell_width
    line = LineString([(x, grid.top), (x, grid.top - grid.rows * grid.cell_height)])
    return Alternative(name, Text(es="Vía nueva", en="New road"), line, 20.0)


def strata(grid, crs):
    classes = np.ones(grid.shape, dtype=np.int16)
    classes[60:] = 2
    kinds = (
        Ecosystem(1, "terra-firme", Text(es="TF", en="TF"), VALUE, forest=True),
        Ecosystem(2, "varzea", Text(es="V", en="V"), VALUE, forest=True),
    )
    return EcosystemMap(classes, grid, crs, kinds)


@dataclass(frozen=True)
class Stock:
    strata: tuple[str, ...]
    likely: np.ndarray
    draws: np.ndarray

    def tco2e_per_ha(self):
        return self.likely, self.draws

    def estimates(self):
        known = zip(self.strata, self.likely, strict=True)
        return {n: Estimate.exact(float(v)) for n, v in known if np.isfinite(v)}


def told(roadside, *roads, **given):
    return road_risk(
        roads or (planned(roadside.grid),),
        alternative_model=roadside.model,
        rng=np.random.default_rng(7),
        draws=DRAWS,
        **given,
    )


@pytest.fixture(scope="module")
def result(roadside):
    return told(roadside, ecosystems=strata(roadside.grid, roadside.crs))


def test_without_the_road_it_adds_up_to_what_is_expected(roadside, result):
    expected = roadside.benchmark.validity.expected_ha
    assert np.nansum(whole(result.without)) == pytest.approx(expected, rel=1e-4)
    assert result.total["without_ha"].tolist() == [expected]
    assert result.years == roadside.benchmark.validity.years


def test_the_difference_is_that_of_the_formula(roadside, result):
    """Pixel by pixel: logits with the bin of the nearer road, minus those without it."""
    model = roadside.model.models["scenario"]
    at = [d.name for d in model.drivers].index("highway")
    driver, effect = model.drivers[at], model.effects.drivers[at]
    codes = roadside.cover.codes.cells.read(Window(0, 0, *roadside.grid.shape))
    counted = forest_at(codes, 3)
    logits = model.logit(Window(0, 0, *codes.shape), 3, counted=counted)
    column = np.nonzero(counted)[1]
    edges = driver.lower[1:]
    without = np.digitize(np.abs(column - 20) * 100.0, edges)
    nearer = np.digitize(
        np.minimum(np.abs(column - 20), np.abs(column - NEW_COLUMN)) * 100.0, edges
    )
    # δ of the map without the road, from any one of its pixels.
    chance = whole(result.without)[counted]
    shift = float(np.median(np.log(chance / (1 - chance)) - logits))
    expected = expit(logits + shift + effect[nearer] - effect[without]) - expit(logits + shift)
    # The road runs along the middle of its column of 100 m and clears 20 m of it itself.
    expected[column == NEW_COLUMN] *= 0.8
    found = whole(result.differences["new"])
    assert found[counted] == pytest.approx(expected, abs=1e-5)
    assert (found[~counted] == 0).all()
    assert result.table["likely_ha"].sum() == pytest.approx(expected.sum(), rel=1e-4)


def test_what_is_induced_lies_near_the_new_road(roadside, result):
    found = whole(result.differences["new"])
    share = found[:, NEW_COLUMN - 20 : NEW_COLUMN + 21].sum() / found.sum()
    assert share > 0.7
    assert abs(found[:, :60].sum()) < 0.01 * found.sum()
    by_distance = result.by_distance
    assert by_distance["induced_ha"].sum() == pytest.approx(result.table["likely_ha"].sum())
    per_ha = by_distance["induced_ha"] / by_distance["forest_ha"]
    assert per_ha.iloc[0] > 3 * per_ha.iloc[-1]


def zones(grid, crs):
    """A project at the new road in two features, and a belt far from it."""
    ends = [("project", 90, 100, 0), ("project", 100, 112, 0), ("belt", 0, 15, 0)]
    left, cell, top, bottom = grid.left, grid.cell_width, grid.top, grid.bounds[1]
    boxes = [box(left + a * cell, bottom, left + b * cell, top - c * cell) for _, a, b, c in ends]
    return gpd.GeoDataFrame({"zone": [e[0] for e in ends]}, geometry=boxes, crs=crs)


def test_what_the_road_adds_inside_each_zone_is_what_its_map_adds_there(roadside, result):
    """Sums of both maps over the columns of each zone; nothing else of the result changes."""
    found = told(
        roadside, ecosystems=strata(roadside.grid, roadside.crs),
        zones=zones(roadside.grid, roadside.crs),
    )  # fmt: skip
    assert result.by_zone.empty
    pd.testing.assert_frame_equal(found.total, result.total)
    rows = found.by_zone.set_index("zone")
    assert rows.index.tolist() == ["project", "belt"]
    without, added = whole(found.without), whole(found.differences["new"])
    for zone, columns in (("project", slice(90, 112)), ("belt", slice(0, 15))):
        row = rows.loc[zone]
        assert row["without_ha"] == pytest.approx(np.nansum(without[:, columns]), rel=1e-5)
        assert row["likely_ha"] == pytest.approx(np.nansum(added[:, columns]), rel=1e-4, abs=1e-3)
        assert row["with_ha"] == row["without_ha"] + row["likely_ha"]
        assert row["low_ha"] <= row["likely_ha"] <= row["high_ha"]
    assert rows.loc["belt", "likely_ha"] < 0.01 * rows.loc["project", "likely_ha"]


def test_zones_without_names_are_refused(roadside):
    with pytest.raises(InputError) as caught:
        told(roadside, zones=zones(roadside.grid, roadside.crs).rename(columns={"zone": "name"}))
    assert caught.value.findings[0].code == "road.zones"


def test_neighborhoods_take_part_of_the_effect_and_that_is_told(roadside, result):
    """Six years of a forest whose chance per period is known, with a road at the new place."""
    row, column = np.nonzero(forest_at(whole(roadside.cover.codes).astype(int), 3))
    without = roadside.chance(row, column)
    moved = np.minimum(np.abs(column - 20), np.abs(column - NEW_COLUMN)) + 20
    with_road = roadside.chance(row, moved)
    # The map speaks of six years, the chance of ten: both are near a rate times years here.
    scale = roadside.benchmark.validity.expected_ha / without.sum()
    truth = (with_road - without).sum() * scale
    low, likely, high = result.total[["low_ha", "likely_ha", "high_ha"]].iloc[0]
    assert low < likely < high
    # Nothing but the road makes columns differ, but they differ smoothly: neighborhoods take part
    # of its effect. The model without them comes nearer to the truth.
    without_place = result.total["without_place_ha"].iloc[0]
    assert 0.5 * truth < likely < without_place < 1.1 * truth
    assert high > 0.95 * without_place
    assert "road.models-differ" in [f.code for f in result.findings]


def test_the_range_is_that_of_drawn_effects_and_weights(roadside, result):
    """Draws of the effect, run through the formula pixel by pixel, mixed with the other model."""
    model = roadside.model.models["scenario"]
    at = [d.name for d in model.drivers].index("highway")
    driver, effect = model.drivers[at], model.effects.drivers[at]
    codes = roadside.cover.codes.cells.read(Window(0, 0, *roadside.grid.shape))
    counted = forest_at(codes, 3)
    chance = whole(result.without)[counted]
    logits = np.log(chance / (1 - chance))
    column = np.nonzero(counted)[1]
    edges = driver.lower[1:]
    without = np.digitize(np.abs(column - 20) * 100.0, edges)
    nearer = np.digitize(
        np.minimum(np.abs(column - 20), np.abs(column - NEW_COLUMN)) * 100.0, edges
    )
    rng = np.random.default_rng(11)
    many = rng.multivariate_normal(effect, model.covariances[at], size=DRAWS, method="eigh")
    totals = [(expit(logits + e[nearer] - e[without]) - chance).sum() for e in many]
    low, high = np.quantile(totals, [0.05, 0.95])
    # Two samples of 400 draws: their 5 % and 95 % quantiles differ by some tenths of the spread.
    spread = 0.35 * (high - low)
    assert result.total["low_ha"].iloc[0] == pytest.approx(low, abs=spread)
    assert result.total["high_ha"].iloc[0] == pytest.approx(high, abs=spread)


def test_the_same_seed_gives_the_same_numbers(roadside, result):
    again = told(roadside, ecosystems=strata(roadside.grid, roadside.crs))
    assert again.table.equals(result.table)


def test_what_the_footprint_takes_is_not_induced_too(roadside):
    """All of a column of pixels is cleared: the direct loss holds it."""
    wide = replace(planned(roadside.grid, name="wide"), right_of_way_m=300.0)
    none = replace(planned(roadside.grid, name="none"), right_of_way_m=0.0)
    both = told(roadside, wide, none)
    taken, whole_map = (whole(both.differences[n]) for n in ("wide", "none"))
    around = np.s_[:, NEW_COLUMN - 1 : NEW_COLUMN + 2]
    assert taken[around] == pytest.approx(0.0, abs=1e-9)
    apart = np.delete(whole_map, np.arange(NEW_COLUMN - 1, NEW_COLUMN + 2), axis=1)
    total = both.total.set_index("alternative")["likely_ha"]
    assert total["wide"] == pytest.approx(apart.sum(), rel=1e-5)
    assert total["none"] == pytest.approx(whole_map.sum(), rel=1e-5)


def test_offset_loss_takes_the_table_in_place_of_induced(roadside, result):
    kinds = strata(roadside.grid, roadside.crs)
    footprint = result.table.assign(zone="footprint", area_ha=0.0)
    loss = quality_loss(
        footprint, ecosystems=kinds, rng=np.random.default_rng(1), draws=50, induced=result
    )
    assert loss.likely[0, 1].sum() == pytest.approx(result.table["likely_ha"].sum())


def test_a_road_where_one_is_adds_nothing(roadside):
    same = told(roadside, planned(roadside.grid, column=20, name="same"))
    assert same.table.empty
    assert same.total["likely_ha"].tolist() == [0.0]
    assert "road.nothing" in [f.code for f in same.findings]


def test_two_roads_are_told_apart_and_one_near_the_old_adds_less(roadside):
    both = told(roadside, planned(roadside.grid, 40, "near"), planned(roadside.grid, 100, "far"))
    total = both.total.set_index("alternative")["likely_ha"]
    assert total["near"] < total["far"]
    assert set(both.differences) == {"near", "far"}
    assert both.table["ecosystem"].unique().tolist() == ["forest"]


def test_more_loss_expected_means_more_induced(roadside, result):
    twice = roadside.benchmark.validity.expected_ha / result.years * 2
    more = told(roadside, expected_ha_per_year=twice)
    assert more.total["likely_ha"].iloc[0] > 1.3 * result.total["likely_ha"].iloc[0]


def test_carbon_is_hectares_times_density(roadside):
    rng = np.random.default_rng(3)
    stock = Stock(
        ("terra-firme", "varzea"), np.array([500.0, 400.0]), rng.normal(450, 9, (2, DRAWS))
    )
    found = told(roadside, ecosystems=strata(roadside.grid, roadside.crs), stock=stock)
    hectares = found.table.set_index("ecosystem")["likely_ha"]
    expected = 500 * hectares["terra-firme"] + 400 * hectares["varzea"]
    assert found.carbon.likely.tolist() == [[pytest.approx(expected)]]
    assert found.carbon.columns == (("carbon", "global"),)
    assert found.carbon.draws.shape == (1, 1, DRAWS)
    assert found.carbon.draws.mean() == pytest.approx(expected, rel=0.2)


def test_a_single_stratum_stands_for_all_forest(roadside):
    stock = Stock(("plots",), np.array([545.0]), np.full((1, 7), 545.0))
    found = told(roadside, stock=stock)
    assert found.carbon.likely[0, 0] == pytest.approx(545 * found.total["likely_ha"].iloc[0])
    assert list(found.carbon.services[0].per_ha) == ["forest"]


def test_a_road_that_adds_nothing_has_as_many_draws_of_carbon(roadside):
    stock = Stock(("plots",), np.array([545.0]), np.full((1, 7), 545.0))
    found = told(roadside, planned(roadside.grid, column=20, name="same"), stock=stock)
    assert found.carbon.draws.shape == (1, 1, DRAWS)
    assert (found.carbon.draws == 0).all()


def test_one_known_stratum_of_two_does_not_stand_for_all_forest(roadside):
    stock = Stock(("a", "b"), np.array([np.nan, 400.0]), np.full((2, 7), 400.0))
    found = told(roadside, stock=stock)
    assert found.carbon.likely.tolist() == [[0.0]]
    assert "road.no-stock" in [f.code for f in found.findings]


def test_both_models_speak_of_the_same_ecosystems(roadside, result):
    kinds = strata(roadside.grid, roadside.crs)
    classes = kinds.classes.copy()
    classes[:60] = 0
    part = told(roadside, ecosystems=replace(kinds, classes=classes))
    # Half of the forest is not mapped: neither model counts it.
    assert part.total["likely_ha"].iloc[0] == pytest.approx(
        result.table.set_index("ecosystem").loc["varzea", "likely_ha"]
    )
    share = part.total["without_place_ha"] / part.total["likely_ha"]
    assert share.iloc[0] < 2


def test_forest_without_stock_or_ecosystem_is_told(roadside):
    kinds = strata(roadside.grid, roadside.crs)
    classes = kinds.classes.copy()
    classes[:10] = 0
    stock = Stock(("terra-firme",), np.array([500.0]), np.full((1, DRAWS), 500.0))
    found = told(roadside, ecosystems=replace(kinds, classes=classes), stock=stock)
    assert {"road.unmapped", "road.no-stock"} <= {f.code for f in found.findings}
    for finding in found.findings:
        assert finding.render("es") != finding.render("en")


@pytest.mark.parametrize(
    ("roads", "given", "code"),
    [
        ((), {}, "road.none"),
        (("a", "a"), {}, "road.names"),
        (("a",), {"roads": "rivers"}, "road.driver"),
        (("a",), {"expected_ha_per_year": 0.0}, "road.expected"),
        (("a",), {"expected_ha_per_year": 1e9}, "road.expected"),
    ],
)
def test_what_cannot_be_answered_is_refused(roadside, roads, given, code):
    with pytest.raises(InputError) as caught:
        road_risk(
            [planned(roadside.grid, name=n) for n in roads],
            alternative_model=roadside.model,
            rng=np.random.default_rng(1),
            draws=10,
            **given,
        )
    assert caught.value.findings[0].code == code


def test_a_model_without_distance_to_roads_is_refused(roadside):
    models = {
        k: replace(
            f, drivers=f.drivers[:1], effects=replace(f.effects, drivers=f.effects.drivers[:1])
        )
        for k, f in roadside.model.models.items()
    }
    with pytest.raises(InputError) as caught:
        road_risk(
            [planned(roadside.grid)],
            alternative_model=replace(roadside.model, models=models),
            rng=np.random.default_rng(1),
            draws=10,
        )
    assert caught.value.findings[0].code == "road.driver"


def test_a_point_or_polygon_project_is_near_too(roadside):
    x = roadside.grid.left + 100.5 * 100
    mine = Alternative(
        "mine", Text(es="Mina", en="Mine"), Point(x, roadside.grid.top - 6_000), 50.0
    )
    found = told(roadside, mine)
    assert found.total["likely_ha"].iloc[0] > 0
    assert found.total["km"].tolist() == [0.0]
