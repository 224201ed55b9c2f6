"""Screened areas against computations that share nothing with the code under test."""

import geopandas as gpd
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Polygon, box

from nonetloss.avoid.screening import screen
from nonetloss.core.language import Text
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.project import Alternative

CRS = "EPSG:32718"
rectangles = st.tuples(*[st.integers(0, 30)] * 4).map(
    lambda t: (min(t[0], t[1]), min(t[2], t[3]), max(t[0], t[1]) + 1, max(t[2], t[3]) + 1)
)


def footprint_rows(alternative, shapes):
    layer = Layer("x", Text.of("x"), gpd.GeoDataFrame(geometry=shapes, crs=CRS), Role.PROHIBITED)
    table = screen(
        [alternative], layers=[layer], direct_zone_m=0.0, indirect_zone_m=0.0, crs=CRS
    ).table
    return table[table.zone == "footprint"]


@settings(derandomize=True, deadline=None, max_examples=40)
@given(rectangles, st.lists(rectangles, min_size=1, max_size=6))
def test_union_of_rectangles_equals_a_count_of_unit_squares(project, lands):
    rows = footprint_rows(
        Alternative("a", Text.of("a"), box(*project), 0.0), [box(*land) for land in lands]
    )
    inside = np.zeros((32, 32), dtype=bool)
    inside[project[0] : project[2], project[1] : project[3]] = True
    union = np.zeros_like(inside)
    for x0, y0, x1, y1 in lands:
        union[x0:x1, y0:y1] = True
    whole = rows[rows.feature == ""].iloc[0]
    assert np.isclose(whole.area_ha * 1e4, (inside & union).sum())
    assert np.isclose(whole.share, (inside & union).sum() / union.sum())


def clipped_area(subject, clip):
    """Sutherland-Hodgman: area of a convex counter-clockwise `clip` inside a convex subject."""
    points = list(subject)
    for a, b in zip(clip, clip[1:] + clip[:1], strict=True):

        def side(p, a=a, b=b):
            return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])

        kept = []
        for p, q in zip(points, points[1:] + points[:1], strict=True):
            if side(p) >= 0:
                kept.append(p)
            if (side(p) >= 0) != (side(q) >= 0):
                t = side(p) / (side(p) - side(q))
                kept.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
        points = kept
        if not points:
            return 0.0
    x, y = np.array(points).T
    return 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


coordinates = st.tuples(st.integers(-500, 500), st.integers(-500, 500))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(coordinates, coordinates, st.integers(1, 200), st.tuples(*[coordinates] * 3))
def test_right_of_way_over_a_triangle_equals_convex_clipping(start, end, width, triangle):
    cross = (triangle[1][0] - triangle[0][0]) * (triangle[2][1] - triangle[0][1]) - (
        triangle[1][1] - triangle[0][1]
    ) * (triangle[2][0] - triangle[0][0])
    if start == end or cross == 0:
        return
    counter_clockwise = list(triangle) if cross > 0 else list(triangle)[::-1]
    along = np.subtract(end, start) / np.hypot(*np.subtract(end, start))
    across = np.array([-along[1], along[0]]) * width / 2
    strip = [tuple(p) for p in (start - across, end - across, end + across, start + across)]
    rows = footprint_rows(
        Alternative("a", Text.of("a"), LineString([start, end]), float(width)), [Polygon(triangle)]
    )
    expected = clipped_area(counter_clockwise, strip)
    found = rows[rows.feature == ""].area_ha.iloc[0] * 1e4
    assert np.isclose(found, expected, rtol=1e-9, atol=1e-6)
