import datetime as dt
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from scipy.integrate import quad
from shapely.geometry import LineString, Point, box

from nonetloss.avoid.induced import induced_deforestation
from nonetloss.avoid.kernel import decay_scale_m, ring_edges, share_between
from nonetloss.core.errors import InputError, UnitError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.project import Alternative
from nonetloss.numerics.grid import Grid
from nonetloss.rules import ruleset

CRS = "EPSG:32718"
SCALE = 5500 / np.log(20)
INTENSITY = {"low": "30 ha/km", "likely": "70 ha/km", "high": "108 ha/km"}
ROAD = Alternative("road", Text.of("road"), LineString([(20_000, 20_000), (60_000, 20_000)]), 20.0)


def forest(columns_of_pasture=0):
    grid = Grid(0.0, 40_000.0, 500.0, 500.0, 80, 160)
    classes = np.ones(grid.shape, dtype=np.uint8)
    classes[:, :columns_of_pasture] = 2
    ecosystems = (
        Ecosystem(1, "forest", Text.of("f"), Estimate.exact(1.0), forest=True),
        Ecosystem(2, "pasture", Text.of("p"), Estimate.exact(0.1)),
    )
    return EcosystemMap(classes, grid, CRS, ecosystems)


def run(alternative=ROAD, ecosystems=None, **more):
    arguments = {"intensity": INTENSITY, "horizon_years": 15.0, "ecosystems": forest(), "crs": CRS}
    if ecosystems is not None:
        arguments["ecosystems"] = ecosystems
    return induced_deforestation([alternative], **(arguments | more))


def layer(name, *shapes):
    features = gpd.GeoDataFrame(geometry=list(shapes), crs=CRS)
    return Layer(name, Text.of(name), features, Role.PROHIBITED)


def test_the_kernel_holds_what_barber_2014_states():
    assert decay_scale_m(distance_m=5500, share=0.95) == pytest.approx(SCALE)
    assert share_between(0, 5500, scale_m=SCALE) == pytest.approx(0.95)
    density, _ = quad(lambda d: np.exp(-d / SCALE) / SCALE, 1000, 2000)
    assert share_between(1000, 2000, scale_m=SCALE) == pytest.approx(density)


def test_a_straight_road_through_uniform_forest_is_length_times_intensity():
    # 40 km; 70 ha/km were seen within 5 km; counting stops at 12 km.
    table = run().table
    assert list(table.ecosystem) == ["forest"]
    within_5, within_12 = 1 - np.exp(-5000 / SCALE), 1 - np.exp(-12_000 / SCALE)
    for column, per_km in (("low_ha", 30), ("likely_ha", 70), ("high_ha", 108)):
        assert table[column][0] == pytest.approx(40 * per_km * within_12 / within_5, rel=1e-9)


def test_the_intensity_of_the_rule_set_is_used_and_cited():
    rules = ruleset("pe").on(dt.date(2026, 11, 21))
    found = run(intensity=None, ruleset=rules)
    given = rules.estimate("induced.loss-per-km", unit="ha/km")
    written = {e: f"{getattr(given, e)} ha/km" for e in ("low", "likely", "high")}
    assert found.table.equals(run(intensity=written).table)
    (finding,) = found.findings
    assert finding.code == "induced.from-rules"
    assert rules.parameter("induced.loss-per-km").citation.es in finding.render("es")


def test_time_scales_in_proportion():
    assert run(horizon_years=30.0).table.likely_ha[0] == pytest.approx(2 * run().table.likely_ha[0])


def test_a_landscape_half_forest_loses_half():
    # Pasture west of x = 40 km: the road and all its rings are symmetric about that line.
    assert run(ecosystems=forest(80)).table.likely_ha[0] == pytest.approx(
        run().table.likely_ha[0] / 2, rel=1e-9
    )


def test_the_footprint_is_never_part_of_the_induced_area():
    rings = run().rings
    assert rings.forest_ha.sum() == pytest.approx(rings.ring_ha.sum())
    reach = ROAD.geometry.buffer(10, cap_style="flat").buffer(12_000, quad_segs=16).area / 1e4
    assert rings.ring_ha.sum() == pytest.approx(reach - 40_000 * 20 / 1e4, rel=1e-9)


def test_no_more_is_lost_than_is_there():
    found = run(intensity=Estimate.exact(1e6))
    assert (found.rings.high_ha <= found.rings.forest_ha + 1e-9).all()
    assert found.table.high_ha[0] == pytest.approx(found.rings.forest_ha.sum())


def test_layer_factors_and_existing_access_reduce_what_is_open():
    everything = box(-1e5, -1e5, 2e5, 2e5)
    park = layer("park", everything)
    assert run(layers=[park], layer_factors={"park": 0.25}).table.likely_ha[0] == pytest.approx(
        run().table.likely_ha[0] / 4
    )
    # An old road on the same line opens everything within 12 km and more: nothing is new.
    old = layer("roads", ROAD.geometry)
    assert run(layers=[old], existing_access={"roads": "13 km"}).table.likely_ha[0] == 0.0
    some = run(layers=[old], existing_access={"roads": "2 km"}).table.likely_ha[0]
    assert 0 < some < run().table.likely_ha[0]


def test_outside_the_map_is_a_warning_and_a_point_a_notice():
    edge = replace(ROAD, geometry=LineString([(71_000, 20_000), (82_000, 20_000)]))
    found = run(edge)
    assert [f.code for f in found.findings] == ["induced.unmapped"]
    # The known part stands for the whole, as long as there is forest enough.
    per_km = 70 * (1 - np.exp(-12_000 / SCALE)) / (1 - np.exp(-5000 / SCALE))
    assert found.table.likely_ha[0] == pytest.approx(11 * per_km, rel=1e-9)
    well = replace(ROAD, geometry=Point(40_000, 20_000))
    found = run(well)
    assert [f.code for f in found.findings] == ["induced.not-a-line"]
    assert found.table.empty


def test_rings_end_at_the_reach():
    assert list(ring_edges(1200.0, 500.0)) == [0.0, 500.0, 1000.0, 1200.0]
    assert list(ring_edges(1000.0, 500.0)) == [0.0, 500.0, 1000.0]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"intensity": None}, "induced.intensity"),
        ({"intensity": {"low": "1 ha/km"}}, "induced.intensity"),
        ({"intensity": INTENSITY | {"low": "-1 ha/km"}}, "induced.intensity"),
        ({"decay_share": 1.0}, "induced.kernel"),
        ({"layer_factors": {"no": 0.5}}, "induced.layer"),
        ({"layers": [layer("x", Point(0, 0))], "layer_factors": {"x": 2}}, "induced.factor"),
    ],
)  # fmt: skip
def test_bad_parameters_are_refused(more, code):
    with pytest.raises(InputError) as caught:
        run(**more)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")


def test_an_intensity_without_unit_is_refused():
    with pytest.raises(UnitError):
        run(intensity={"low": 1, "likely": 2, "high": 3})
