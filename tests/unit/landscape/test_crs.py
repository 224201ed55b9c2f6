import pyproj
import pytest

from nonetloss.core.errors import GeometryError
from nonetloss.landscape.crs import areal_distortion, require_crs, require_same, study_crs

PUCALLPA = (540_000.0, 9_060_000.0, 580_000.0, 9_085_000.0)


def refused(call, *arguments, **named) -> str:
    with pytest.raises(GeometryError) as caught:
        call(*arguments, **named)
    (finding,) = caught.value.findings
    return finding.code


def test_on_the_central_meridian_area_shrinks_by_the_square_of_the_scale():
    # UTM: scale 0.9996 on the central meridian, so areal scale 0.9996 ** 2.
    there = (500_000.0, 9_000_000.0, 500_000.0, 9_000_000.0)
    found = areal_distortion(pyproj.CRS("EPSG:32718"), there)
    assert found == pytest.approx(1 - 0.9996**2, abs=1e-9)


def test_an_equal_area_projection_has_no_distortion():
    system = pyproj.CRS("ESRI:102033")  # Albers equal area, South America
    assert areal_distortion(system, (-1.5e6, 2.0e6, -1.0e6, 2.5e6)) < 1e-9


def test_utm_is_fit_near_its_meridian_and_unfit_two_zones_away():
    assert study_crs("EPSG:32718", PUCALLPA).name == "WGS 84 / UTM zone 18S"
    # 12° from the meridian: scale about 1 + (0.209 cos 8°)² / 2, areal distortion near 4 %.
    assert refused(study_crs, "EPSG:32718", (1.8e6, 9.06e6, 1.84e6, 9.085e6)) == "crs.distorted"


@pytest.mark.parametrize(
    ("crs", "code"),
    [
        ("EPSG:4326", "crs.not-metric"),
        ("EPSG:2263", "crs.not-metric"),  # feet
        ("EPSG:999999", "crs.unknown"),
        ("nonsense", "crs.unknown"),
    ],
)
def test_what_cannot_carry_areas_is_refused(crs, code):
    assert refused(study_crs, crs, PUCALLPA) == code


def test_a_layer_without_crs_or_in_another_one_is_refused():
    assert refused(require_crs, None, name="park") == "crs.missing"
    assert refused(require_same, "EPSG:32719", "EPSG:32718", name="park") == "crs.mixed"
    assert refused(require_same, None, "EPSG:32718", name="park") == "crs.missing"
    require_same(pyproj.CRS("EPSG:32718").to_wkt(), "EPSG:32718", name="park")
