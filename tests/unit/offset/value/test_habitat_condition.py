from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.layer import Layer, Role
from nonetloss.numerics.grid import Grid
from nonetloss.offset.value.habitat_condition import (
    habitat_condition,
    read_access,
    read_habitat,
    read_sensitivity,
    read_threats,
)

CRS = "EPSG:32718"
# Ten by ten cells of one hectare.
GRID = Grid(0, 1000, 100, 100, 10, 10)


def layer(name, *shapes, hidden=False):
    features = gpd.GeoDataFrame(geometry=list(shapes), crs=CRS)
    return Layer(name, Text(es=name, en=name), features, Role.CONTEXT, hidden=hidden)


def ecosystems(value=0.8):
    classes = np.ones((10, 10), dtype=np.int16)
    classes[:, 5:] = 2
    kinds = (
        Ecosystem(1, "forest", Text(es="bosque", en="forest"), Estimate(0.6, value, 1.0)),
        Ecosystem(2, "bog", Text(es="turbera", en="bog"), Estimate.exact(0.5)),
    )
    return EcosystemMap(classes, GRID, CRS, kinds)


def footprints(**shapes):
    zones = [(name, zone, g) for name, parts in shapes.items() for zone, g in parts.items()]
    frame = gpd.GeoDataFrame(
        {"alternative": [z[0] for z in zones], "zone": [z[1] for z in zones]},
        geometry=[z[2] for z in zones],
        crs=CRS,
    )
    return SimpleNamespace(zones=frame)


def run(given=None, **change):
    settings = {
        "layers": (layer("road", shapely.box(0, 900, 1000, 1000)),),
        "rng": np.random.default_rng(1),
        "draws": 200,
        "threats": {"road": {"weight": 1, "reach": "500 m"}},
        "sensitivity": {"forest": 1.0, "bog": {"road": 0.5}},
        "half_saturation": 0.5,
    }
    return habitat_condition(given or ecosystems(), **(settings | change))


def test_quality_of_a_row_by_hand():
    # A road along the top row of cells: its cells touch those of the second row too.
    found = run()
    distance = np.array([0, 0, 100, 200, 300, 400, 500, 600, 700, 800])
    worn = np.maximum(0, 1 - distance / 500)
    assert found.degradation.values[:, 0] == pytest.approx(worn)
    assert found.degradation.values[:, 9] == pytest.approx(worn * 0.5)
    quality = 0.8 * (1 - worn**2.5 / (worn**2.5 + 0.5**2.5))
    assert found.quality.values[:, 0] == pytest.approx(quality)
    table = found.table.set_index("ecosystem")
    assert table.quality["forest"] == pytest.approx(quality.mean())
    assert table.quality_qha["forest"] == pytest.approx(50 * quality.mean())
    assert found.ecosystems.by_name("forest").value.likely == pytest.approx(quality.mean())
    assert found.loss is None
    assert found.findings == ()


def test_a_road_beyond_the_edge_reaches_in():
    outside = (layer("road", shapely.LineString([(-200, -150), (1200, -150)])),)
    found = run(layers=outside)
    assert found.degradation.values[9, 0] == pytest.approx(1 - 200 / 500)


def test_points_and_lines_are_threats_too():
    places = (layer("road", shapely.Point(50, 950), shapely.LineString([(940, 0), (960, 0)])),)
    found = run(layers=places)
    assert found.degradation.values[0, 0] == 1
    assert found.degradation.values[0, 1] == pytest.approx(1 - 100 / 500)
    assert found.degradation.values[9, 9] == pytest.approx(0.5)


def test_protected_land_is_less_open():
    park = layer("park", shapely.box(0, 0, 500, 1000))
    layers = (*(layer("road", shapely.box(0, 900, 1000, 1000)),), park)
    found = run(layers=layers, access={"park": 0.2})
    assert found.degradation.values[0, :5] == pytest.approx(np.full(5, 0.2))
    assert found.degradation.values[0, 5:] == pytest.approx(np.full(5, 0.5))


def test_the_loss_of_a_footprint_alone_is_its_area_times_quality():
    # A quarter of a hectare of forest, far from the road.
    zones = footprints(a={"footprint": shapely.box(0, 0, 50, 50), "direct": GRID_BOX})
    found = run(footprints=zones)
    assert found.loss.alternatives == ("a",)
    assert found.loss.likely[0, 0] == pytest.approx([0.25 * 0.8, 0])
    assert found.loss.likely[0, 1].tolist() == [0, 0]
    row = found.alternatives.iloc[0]
    assert (row.lost_qha, row.footprint_qha, row.around_qha) == pytest.approx((0.2, 0.2, 0))
    # The spread is that of the suitability.
    assert found.loss.draws[0, 0, 0].min() >= 0.25 * 0.6
    assert found.loss.draws[0, 0, 0].max() <= 0.25 * 1.0


GRID_BOX = shapely.box(*GRID.bounds)


def test_the_project_as_a_threat_wears_what_is_around():
    threats = {"road": {"weight": 1, "reach": "500 m"}, "project": {"weight": 1, "reach": "500 m"}}
    ground = shapely.box(410, 110, 490, 190)
    settings = {"threats": threats, "sensitivity": {"forest": 1.0, "bog": 0.5}}
    found = run(footprints=footprints(a={"footprint": ground}), **settings)
    # By hand from the formula: both threats weigh one half.
    rows, columns = np.indices((10, 10))
    road = np.maximum(0, 1 - np.maximum(rows - 1, 0) * 100 / 500)
    far = 100 * np.hypot(rows - 8, columns - 4)
    felt = np.where(columns < 5, 1.0, 0.5)
    value = np.where(columns < 5, 0.8, 0.5)

    def quality(worn):
        return value * (1 - worn**2.5 / (worn**2.5 + 0.5**2.5))

    today = quality(0.5 * road * felt)
    after = quality(0.5 * (road + np.maximum(0, 1 - far / 500)) * felt)
    share = np.zeros((10, 10))
    share[8, 4] = 0.64
    lost = today - (1 - share) * after
    assert found.quality.values == pytest.approx(today)
    assert found.loss.likely[0, 0] == pytest.approx([lost[:, :5].sum(), lost[:, 5:].sum()])
    row = found.alternatives.set_index("ecosystem").loc["forest"]
    assert row.footprint_qha == pytest.approx(0.64 * today[8, 4])
    assert row.around_qha == pytest.approx(lost[:, :5].sum() - 0.64 * today[8, 4])


def test_suitability_replaces_the_value():
    found = run(habitat={"forest": {"low": 0.1, "likely": 0.2, "high": 0.3}, "bog": 1.0})
    assert found.table.habitat.tolist() == [0.2, 1.0]


def test_a_threat_that_is_nowhere_is_told():
    found = run(layers=(layer("road", shapely.box(5000, 5000, 5001, 5001)),))
    assert [f.code for f in found.findings] == ["habitat.no-threat"]
    assert found.findings[0].render("es")
    assert run(layers=(layer("road"),)).table.quality.tolist() == pytest.approx([0.8, 0.5])


def test_a_half_saturation_far_off_is_told():
    found = run(half_saturation=0.01)
    assert [f.code for f in found.findings] == ["habitat.half-saturation"]
    assert found.findings[0].data["advised"] == 0.5
    assert found.findings[0].render("es")


def test_a_class_without_cells_keeps_its_value():
    given = ecosystems()
    given.classes[:] = 1
    found = run(given)
    assert found.ecosystems.by_name("bog").value.likely == 0.5
    assert np.isnan(found.table.quality[1])
    assert found.table.quality_qha[1] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"threats": {}}, "habitat.rule"),
        ({"threats": {"rode": {"weight": 1, "reach": "1 km"}}}, "habitat.layer"),
        ({"threats": {"road": {"weight": 0, "reach": "1 km"}}}, "habitat.rule"),
        ({"threats": {"road": {"weight": 1, "reach": "-1 km"}}}, "habitat.rule"),
        ({"threats": {"road": {"weight": 1}}}, "habitat.rule"),
        ({"threats": {"road": {"weight": 1, "reach": 5}}}, "units.missing"),
        ({"threats": {"road": {"weight": 1, "reach": "1 m", "decay": "steep"}}}, "habitat.rule"),
        ({"threats": {"road": {"weight": 1, "reach": "1 m", "color": "red"}}}, "habitat.rule"),
        ({"sensitivity": {"forrest": 1}}, "habitat.ecosystem"),
        ({"sensitivity": {"forest": 2}}, "habitat.rule"),
        ({"sensitivity": {"forest": 1}}, "habitat.sensitivity"),
        ({"habitat": {"sea": 1}}, "habitat.ecosystem"),
        ({"habitat": {"bog": {"low": 0}}}, "habitat.rule"),
        ({"access": {"park": 1}}, "habitat.layer"),
        ({"access": {"road": 1.5}}, "habitat.rule"),
        ({"draws": 0}, "loss.draws"),
        ({"footprints": SimpleNamespace(zones=gpd.GeoDataFrame(
            {"alternative": [], "zone": []}, geometry=[], crs="EPSG:32719"))}, "crs.mixed"),
    ],
)  # fmt: skip
def test_bad_input(change, code):
    with pytest.raises(NonetlossError) as caught:
        run(**change)
    assert code in {f.code for f in caught.value.findings}
    assert caught.value.render("es")
    assert caught.value.render("en")


@pytest.mark.parametrize("change", [{}, {"threats": {"project": {"weight": 1, "reach": "1 km"}},
                                         "access": {"road": 0.5}}])  # fmt: skip
def test_a_hidden_layer_is_not_drawn_by_what_it_threatens(change):
    with pytest.raises(InputError) as caught:
        run(layers=(layer("road", shapely.box(0, 0, 1, 1), hidden=True),), **change)
    assert caught.value.findings[0].code == "habitat.hidden"
    assert caught.value.render("es")


def test_access_takes_polygons():
    with pytest.raises(InputError) as caught:
        run(layers=(layer("road", shapely.LineString([(0, 0), (1, 1)])),), access={"road": 0.5})
    assert caught.value.findings[0].code == "habitat.polygons"


def test_what_a_study_writes_is_checked_before_it_runs():
    kinds, layers = ("forest",), ("road", "park")
    threats = {"road": {"weight": 2, "reach": "3 km"}, "project": {"weight": 1, "reach": "1 km"}}
    rules = read_threats(threats, layers=layers)
    assert [(r.name, r.reach_m) for r in rules] == [("road", 3000), ("project", 1000)]
    assert read_sensitivity({"forest": {"road": 0.5}}, ecosystems=kinds)["forest"]["road"] == 0.5
    assert read_habitat({"forest": 0.7}, ecosystems=kinds)["forest"].likely == 0.7
    assert read_access({"park": 0.1}, layers=layers) == {"park": 0.1}
