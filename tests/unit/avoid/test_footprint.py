import numpy as np
import pytest
from shapely.geometry import LineString, Polygon

from nonetloss.avoid.footprint import footprints
from nonetloss.core.errors import GeometryError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.project import Alternative
from nonetloss.numerics.grid import Grid

CRS = "EPSG:32718"
HALF = Estimate.exact(0.5)


def halves(grid=None):
    """Western half terra firme, eastern half aguajal, on cells of 500 m."""
    grid = grid or Grid(0.0, 10_000.0, 500.0, 500.0, 20, 20)
    classes = np.ones(grid.shape, dtype=np.uint8)
    classes[:, grid.columns // 2 :] = 2
    return EcosystemMap(
        classes,
        grid,
        CRS,
        (
            Ecosystem(1, "terra-firme", Text.of("tf"), HALF, forest=True),
            Ecosystem(2, "aguajal", Text.of("a"), HALF, forest=True),
            Ecosystem(7, "absent", Text.of("x"), HALF),
        ),
    )


def road(*points, width=20.0):
    return Alternative("road", Text.of("road"), LineString(points), width)


def area(result, zone, ecosystem):
    table = result.table
    return float(table[(table.zone == zone) & (table.ecosystem == ecosystem)].area_ha.iloc[0])


def test_a_road_across_two_ecosystems_splits_its_strip_and_its_rings():
    found = footprints([road((3000, 5100), (6000, 5100))], ecosystems=halves(), crs=CRS)
    assert area(found, "footprint", "terra-firme") == pytest.approx(2000 * 20 / 1e4)
    assert area(found, "footprint", "aguajal") == pytest.approx(1000 * 20 / 1e4)
    assert area(found, "footprint", "absent") == 0.0
    # Two sides of 100 m, half a disc at each end up to its polygonal drawing, flat at the strip.
    ends = 2 * (20 * 100 + 2 * np.pi * 100**2 / 4) / 1e4
    direct = area(found, "direct", "terra-firme") + area(found, "direct", "aguajal")
    assert direct == pytest.approx(2 * 100 * 3000 / 1e4 + ends, rel=1e-4)
    assert found.findings == ()


def test_ecosystems_of_a_zone_add_up_to_its_area_inside_the_map():
    found = footprints(
        [road((1500, 1500), (8000, 7000), (8500, 3000))], ecosystems=halves(), crs=CRS
    )
    sums = found.table.groupby("zone").area_ha.sum()
    shapes = found.zones.set_index("zone").geometry.area / 1e4
    for zone in ("footprint", "direct", "indirect"):
        assert sums[zone] == pytest.approx(shapes[zone], rel=1e-9)
    assert (found.extent.unmapped_ha == 0).all()


def test_what_leaves_the_map_is_unknown_not_zero():
    found = footprints([road((9000, 5100), (11_000, 5100))], ecosystems=halves(), crs=CRS)
    extent = found.extent.set_index("zone")
    assert extent.mapped_ha["footprint"] == pytest.approx(1000 * 20 / 1e4)
    assert extent.unmapped_ha["footprint"] == pytest.approx(1000 * 20 / 1e4)
    (finding,) = found.findings
    assert finding.code == "footprint.unmapped"
    assert finding.data["footprint_ha"] == 2.0


def test_no_alternatives_give_empty_tables_and_another_crs_is_refused():
    assert footprints([], ecosystems=halves(), crs=CRS).table.empty
    with pytest.raises(GeometryError) as caught:
        footprints([], ecosystems=halves(), crs="EPSG:32719")
    assert caught.value.findings[0].code == "crs.mixed"


def test_an_empty_polygon_takes_no_ground():
    nothing = Alternative("none", Text.of("none"), Polygon(), 0.0)
    result = footprints([nothing], ecosystems=halves(), crs=CRS)
    assert result.table.area_ha.sum() == 0
    assert result.extent.zone_ha.tolist() == [0.0, 0.0, 0.0]
    assert result.findings == ()
