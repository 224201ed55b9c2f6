import numpy as np
import pyproj
import pytest

from nonetloss.io.placement import diagnose, swapped_for_use

# Around Pucallpa, UTM 18S.
BOUNDS = (500_000.0, 8_900_000.0, 700_000.0, 9_200_000.0)
DEGREES = pyproj.CRS("EPSG:4326")
UTM = pyproj.CRS("EPSG:32718")


def point(x, y):
    return np.array([[x, y, x, y]], dtype=float)


@pytest.mark.parametrize(
    ("source", "x", "y", "cause"),
    [
        (DEGREES, -8.4, -74.5, "swapped"),
        (DEGREES, -74.5, 8.4, "hemisphere"),
        (DEGREES, 74.5, -8.4, "hemisphere"),
        (DEGREES, 74.5, 8.4, "hemisphere"),
        (DEGREES, 8.4, 74.5, "swapped"),
        (DEGREES, -70.0, -12.0, None),
        (UTM, 9_070_000, 550_000, "swapped"),
        (UTM, 550_000, -930_000, "hemisphere"),
        (UTM, 550_000, 8_000_000, None),
    ],
)
def test_the_usual_mistakes(source, x, y, cause):
    assert diagnose(point(x, y), source, "EPSG:32718", BOUNDS) == cause


def test_most_features_decide():
    boxes = np.concatenate([point(-8.4, -74.5), point(-8.5, -74.4), point(0.0, 0.0)])
    assert diagnose(boxes, DEGREES, "EPSG:32718", BOUNDS) == "swapped"
    assert diagnose(boxes[1:], DEGREES, "EPSG:32718", BOUNDS) is None


@pytest.mark.parametrize(
    ("source", "x", "y", "swapped"),
    [
        (DEGREES, -8.4, -74.5, True),
        (DEGREES, -74.5, -8.4, False),
        (DEGREES, -74.5, 8.4, False),
        (UTM, 9_070_000, 550_000, True),
        (UTM, 550_000, 9_070_000, False),
    ],
)
def test_swapped_without_an_extent_to_compare_with(source, x, y, swapped):
    placed = pyproj.Transformer.from_crs(source, UTM, always_xy=True).transform(x, y)
    assert swapped_for_use(point(*placed), UTM) is swapped


def test_a_crs_without_an_area_of_use_tells_nothing():
    system = pyproj.CRS("+proj=utm +zone=18 +south +datum=WGS84")
    assert not swapped_for_use(point(9_070_000, 550_000), system)
