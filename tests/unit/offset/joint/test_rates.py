import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, box

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.zonal import zonal_table
from nonetloss.offset.joint.rates import Loses, loss_rates, newly_reached, read_access

CRS = "EPSG:32718"
GRID = Grid(0.0, 8_000.0, 100.0, 100.0, 80, 80)
KINDS = (
    Ecosystem(1, "forest", Text.of("forest"), Estimate(0.7, 0.8, 0.9), forest=True),
    Ecosystem(2, "farm", Text.of("farm"), Estimate.exact(0.3)),
)
EVERYWHERE = np.ones(GRID.shape)


def map_of(classes):
    return EcosystemMap(classes, GRID, CRS, KINDS)


FOREST = map_of(np.ones(GRID.shape, dtype=np.int64))


def test_in_one_ecosystem_a_meter_takes_what_a_straight_road_takes():
    # Strip: 20 m x 0.8. Rings: 2 x 100 m x 0.8 x 0.15 and 2 x 900 m x 0.8 x 0.02. Access: 50
    # ha/km x 0.8. Per meter: (16 + 24 + 28.8) / 10 000 + 0.05 x 0.8 = 0.00688 + 0.04.
    loses = Loses(
        20.0,
        zone_loss={"direct": Estimate(0.05, 0.15, 0.3), "indirect": Estimate(0, 0.02, 0.05)},
        induced_ha_per_km=50.0,
    )
    rates = loss_rates(FOREST, loses=loses, reached=EVERYWHERE)
    assert rates[0] == pytest.approx(0.00688 + 0.04, rel=1e-6)
    assert not rates[1].any()


def test_measures_leave_a_share_and_cleared_land_keeps_value():
    # (0.8 - 0.2) x 20 m / 10 000 x 1/2 + 0.05 x 0.6 x 1/4.
    loses = Loses(
        20.0, induced_ha_per_km=50.0, value_with_project=0.2, direct_left=0.5, induced_left=0.25
    )
    rates = loss_rates(FOREST, loses=loses, reached=EVERYWHERE)
    assert rates[0] == pytest.approx(0.0006 + 0.0075, rel=1e-6)


def test_access_takes_forest_only_and_only_where_it_is_new():
    classes = np.full(GRID.shape, 2)
    loses = Loses(20.0, induced_ha_per_km=50.0)
    assert loss_rates(map_of(classes), loses=loses, reached=EVERYWHERE)[1] == pytest.approx(0.0006)
    half = loss_rates(FOREST, loses=loses, reached=EVERYWHERE / 2)[0]
    assert half == pytest.approx(0.0016 + 0.02, rel=1e-6)


def test_rings_against_the_exact_areas_around_a_straight_line():
    """A line 300 m beside the border of two ecosystems: what the polygons around it hold."""
    classes = np.ones(GRID.shape, dtype=np.int64)
    classes[:, 40:] = 2
    line = LineString([(3_650.0, 0.0), (3_650.0, 8_000.0)])
    loses = Loses(20.0, zone_loss={"indirect": Estimate.exact(0.1)})
    rates = loss_rates(map_of(classes), loses=loses, reached=EVERYWHERE)
    inner, outer = (line.buffer(10 + r, cap_style="flat") for r in (100, 1_000))
    areas = zonal_table(polygons_of([outer.difference(inner)]), classes, grid=GRID).classes[
        "raster"
    ]
    for i, kind in enumerate(KINDS):
        exact = areas.area[0, list(areas.classes).index(kind.code)] / line.length
        told = rates[i, 40, 36] - (classes[40, 36] == kind.code) * kind.value.likely * 20 / 1e4
        assert told == pytest.approx(exact * kind.value.likely * 0.1 / 1e4, rel=0.02)


def test_what_is_beyond_the_map_is_unknown_and_not_empty():
    loses = Loses(20.0, zone_loss={"indirect": Estimate.exact(0.1)}, induced_ha_per_km=50.0)
    classes = np.ones(GRID.shape, dtype=np.int64)
    classes[:10] = 0
    rates = loss_rates(map_of(classes), loses=loses, reached=EVERYWHERE)[0]
    assert rates[10:] == pytest.approx(rates[79, 40], rel=1e-6)


def layer(shapes, crs=CRS):
    return Layer("roads", Text.of("r"), gpd.GeoDataFrame(geometry=shapes, crs=crs), Role.CONTEXT)


def test_access_that_is_there_covers_a_share_of_each_cell():
    # A road along x = 450 m reached to 100 m: cells 3 and 5 half, cell 4 whole.
    open_ = newly_reached(
        [layer([LineString([(450, -500), (450, 8_500)]), None])],
        access={"roads": 100.0},
        grid=GRID,
        crs=CRS,
    )
    assert open_[40, 2:7] == pytest.approx([1.0, 0.5, 0.0, 0.5, 1.0])
    assert newly_reached([], access={}, grid=GRID, crs=CRS).all()


def test_a_layer_in_another_crs_is_refused():
    with pytest.raises(GeometryError):
        newly_reached(
            [layer([box(0, 0, 1, 1)], crs="EPSG:32719")], access={"roads": 1.0}, grid=GRID, crs=CRS
        )


def test_access_is_read_with_its_unit_and_all_that_is_wrong_at_once():
    assert read_access({"roads": "5.5 km"}, layers=["roads"]) == {"roads": 5_500.0}
    with pytest.raises(InputError) as wrong:
        read_access({"roads": 5, "rivers": "1 km", "paths": "-1 m"}, layers=["roads", "paths"])
    codes = sorted(f.code for f in wrong.value.findings)
    assert codes == ["joint.distance", "joint.layer", "units.missing"]
