from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss.core.errors import NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.grid import Grid
from nonetloss.offset.portfolio import select
from nonetloss.offset.value.species import read_species, species_loss

CRS = "EPSG:32718"
# Ten by ten cells of 1 km².
GRID = Grid(0, 10_000, 1000, 1000, 10, 10)
MONKEY = {"range": "monkey-range", "habitat": ["forest"], "category": "EN", "area": "100 km^2"}


@pytest.fixture
def ecosystems():
    classes = np.ones((10, 10), dtype=np.int16)
    classes[:, 5:] = 2
    kinds = tuple(
        Ecosystem(code, name, Text(es=name, en=name), Estimate.exact(1.0))
        for code, name in ((1, "forest"), (2, "bog"))
    )
    return EcosystemMap(classes, GRID, CRS, kinds)


def layer(name, *shapes, hidden=False):
    features = gpd.GeoDataFrame(geometry=list(shapes), crs=CRS)
    return Layer(name, Text(es=name, en=name), features, Role.CONTEXT, hidden=hidden)


def footprints(crs=CRS):
    # 4 km² of which half in forest, and a ring of 2 km² of forest beside it.
    frame = gpd.GeoDataFrame(
        {"alternative": ["a", "a", "b"], "zone": ["footprint", "direct", "footprint"]},
        geometry=[
            shapely.box(4000, 4000, 6000, 6000),
            shapely.box(3000, 4000, 4000, 6000),
            shapely.box(9000, 0, 9500, 1000),
        ],
        crs=crs,
    )
    return SimpleNamespace(zones=frame)


def run(ecosystems, species, **change):
    settings = {
        "ecosystems": ecosystems,
        "layers": (layer("monkey-range", shapely.box(0, 0, 10_000, 5000)),),
        "rng": np.random.default_rng(1),
        "draws": 300,
    }
    return species_loss(footprints(), species=species, **(settings | change))


def test_habitat_by_hand(ecosystems):
    # The range covers the southern half: 2 km² of the footprint, 1 of them forest.
    found = run(ecosystems, {"monkey": MONKEY | {"historic": "1600 km^2"}})
    assert found.loss.unit == "ha"
    assert found.loss.likely[:, 0, 0].tolist() == [100, 0]
    assert found.loss.draws[0, 0, 0] == pytest.approx(np.full(300, 100))
    row = found.table.iloc[0]
    assert (row.habitat_km2, row.lost_share, row.star_points) == (100, 1 / 100, 300 / 100)
    assert row.persistence_now == pytest.approx((100 / 1600) ** 0.25)
    assert row.persistence_change == pytest.approx((99 / 1600) ** 0.25 - (100 / 1600) ** 0.25)
    total = found.summary.set_index("alternative")
    assert total.species.tolist() == [1, 0]
    assert total.range_shares["a"] == pytest.approx(1 / 100)
    assert total.extinctions["a"] == pytest.approx(-row.persistence_change)
    assert [(f.code, f.data["alternatives"]) for f in found.findings] == [
        ("species.threatened", "a")
    ]
    assert found.findings[0].render("es")


def test_zones_and_suitability_multiply(ecosystems):
    suited = {"forest": {"low": 0.4, "likely": 0.5, "high": 0.9}, "bog": 0.1}
    found = run(ecosystems, {"monkey": MONKEY | {"habitat": suited}}, zone_loss={"direct": 0.25})
    footprint = 1 * 0.5 + 1 * 0.1
    assert found.loss.likely[0, 0, 0] == pytest.approx(100 * (footprint + 0.25 * 1 * 0.5))
    sample = found.loss.draws[0, 0, 0]
    assert sample.min() >= 100 * (0.4 + 0.1 + 0.25 * 0.4)
    assert sample.max() <= 100 * (0.9 + 0.1 + 0.25 * 0.9)
    assert found.loss.likely[1, 0, 0] == pytest.approx(100 * 0.5 * 0.1)


def test_without_its_area_the_extent_is_the_whole(ecosystems):
    species = {"monkey": {k: v for k, v in MONKEY.items() if k != "area"}}
    found = run(ecosystems, species)
    # 5 × 5 km of forest in the range.
    assert found.table.habitat_km2[0] == 25
    assert found.table.lost_share[0] == pytest.approx(1 / 25)
    assert np.isnan(found.table.persistence_now[0])
    assert np.isnan(found.summary.extinctions[0])
    assert "species.extent-only" in {f.code for f in found.findings}


def test_points_are_shared_among_threats(ecosystems):
    threats = {
        "road": {"scope": "majority", "severity": "rapid-declines"},
        "hunting": {"scope": "whole", "severity": "slow-significant-declines"},
    }
    found = run(ecosystems, {"monkey": MONKEY | {"threats": threats}})
    points = found.threats[found.threats.alternative == "a"].set_index("threat").star_points
    assert points["road"] == pytest.approx(3 * 18 / 28)
    assert points["hunting"] == pytest.approx(3 * 10 / 28)


def test_rasters_are_ranges_too(ecosystems):
    present = np.zeros((10, 10))
    present[4:6, 4] = 0.5
    present[0, 0] = np.nan
    species = {"monkey": MONKEY, "bird": {"habitat": ["forest"], "category": "LC"}}
    found = run(ecosystems, species, ranges=(Raster(present, GRID, CRS),))
    assert found.loss.assets == ("monkey", "bird")
    assert found.loss.likely[0, 0] == pytest.approx([100, 2 * 50])
    assert found.table.star_points[1] == 0


def test_a_species_without_data_has_no_points(ecosystems):
    found = run(ecosystems, {"monkey": MONKEY | {"category": "DD"}})
    assert np.isnan(found.table.star_points[0])
    assert found.summary.star_points[0] == 0


def test_the_loss_is_a_need_of_the_portfolio(ecosystems):
    needs = run(ecosystems, {"monkey": MONKEY}).services()
    assert needs.columns == (("monkey", "range-monkey"),)
    likely, draws = needs.of("a")
    assert likely.tolist() == [100]
    assert draws.shape == (1, 300)
    assert needs.services[0].sheds[0].geometry.area == 50e6
    assert needs.services[0].per_ha["forest"].likely == 1


def test_a_portfolio_makes_up_for_a_species_inside_its_range(ecosystems):
    """The cheapest parcel lies outside the range: two inside make up for 100 ha, 60 ha each."""
    found = run(ecosystems, {"monkey": MONKEY}).services()
    needs = replace(
        found, alternatives=("a",), likely=found.likely[:1], draws=found.draws[:1, :, :20]
    )
    lost = np.zeros((1, 2, 2))
    lost[0, 0, 0] = 10.0
    loss = Loss(
        "quality_hectare", ("a",), ("direct", "induced"), ("forest", "bog"), lost,
        np.repeat(lost[..., None], 20, axis=-1),
    )  # fmt: skip

    def parcel(name, x, y, cost_usd):
        ground = shapely.box(x, y, x + 1000, y + 1000)
        return Parcel(
            name, Text(es=name, en=name), ground, 100.0, "forest", Estimate.exact(0.2),
            Estimate.exact(0.8), cost_usd, services={"monkey": Estimate.exact(0.6)},
        )  # fmt: skip

    chosen = select(
        (
            parcel("outside", 0, 8000, 1.0),
            parcel("first", 0, 0, 5.0),
            parcel("second", 1000, 0, 6.0),
            parcel("dear", 2000, 0, 9.0),
        ),
        residual=loss,
        ecosystems=ecosystems,
        rng=np.random.default_rng(0),
        service_loss=needs,
    )
    table = chosen.table.set_index("parcel")
    assert set(table.index[table.status == "chosen"]) == {"first", "second"}
    assert chosen.services.gain[0] == pytest.approx(2 * 60)


def test_the_gompertz_curve(ecosystems):
    found = run(ecosystems, {"monkey": MONKEY | {"historic": "500 km^2"}}, curve="gompertz")
    expected = np.exp(-np.exp(2.5 - 14.5 * 100 / 500))
    assert found.table.persistence_now[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"category": "EM"}, "species.category"),
        ({"range": "monky-range"}, "species.layer"),
        ({"habitat": ["forrest"]}, "species.ecosystem"),
        ({"habitat": []}, "species.entry"),
        ({"habitat": {"forest": 2}}, "species.entry"),
        ({"habitat": {"forest": {"low": 1}}}, "species.entry"),
        ({"area": "0 km^2"}, "species.entry"),
        ({"area": 5}, "units.missing"),
        ({"area": "3 km^2"}, "species.whole"),
        ({"historic": "3 km^2"}, "species.whole"),
        ({"weight": 3}, "species.entry"),
        ({"threats": {"road": "bad"}}, "species.entry"),
        ({"threats": {"road": {"scope": "all", "severity": "unknown"}}}, "species.scope"),
        ({"threats": ["road"]}, "species.entry"),
    ],
)
def test_bad_species(ecosystems, change, code):
    with pytest.raises(NonetlossError) as caught:
        run(ecosystems, {"monkey": MONKEY | change})
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")
    assert caught.value.render("en")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"species": {}}, "species.entry"),
        ({"draws": 0}, "loss.draws"),
        ({"ranges": (Raster(np.ones((10, 10)), GRID, CRS),)}, "species.ranges"),
        ({"zone_loss": {"direct": 2}}, "loss.share"),
        ({"zone_loss": {"far": 0.2}}, "loss.zone"),
        ({"layers": (layer("monkey-range", shapely.box(0, 0, 1, 1), hidden=True),)},
         "species.hidden"),
    ],
)  # fmt: skip
def test_bad_settings(ecosystems, change, code):
    species = change.pop("species", {"monkey": MONKEY})
    with pytest.raises(NonetlossError) as caught:
        run(ecosystems, species, **change)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")


@pytest.mark.parametrize("values", [np.full((10, 10), 2.0), np.full((10, 10), -1.0)])
def test_presence_lies_between_0_and_1(ecosystems, values):
    with pytest.raises(NonetlossError) as caught:
        run(
            ecosystems, {"bird": {"habitat": ["forest"], "category": "LC"}},
            ranges=(Raster(values, GRID, CRS),),
        )  # fmt: skip
    assert caught.value.findings[0].code == "species.presence"


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(NonetlossError) as caught:
        read_species({"x": {"habitat": ["sea"], "category": "??"}, "y": 3}, ecosystems=("forest",))
    assert [f.code for f in caught.value.findings] == [
        "species.ecosystem", "species.category", "species.entry",
    ]  # fmt: skip
