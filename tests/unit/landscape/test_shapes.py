import numpy as np
import pytest
import shapely

from nonetloss.core.errors import GeometryError
from nonetloss.landscape.shapes import lines_of, polygons_of
from nonetloss.numerics.shapes import Lines, Polygons

BOW_TIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


def code_of(caught):
    return caught.value.findings[0].code


def test_polygons_and_multipolygons_mix():
    box = shapely.box(0, 0, 4, 4)
    ring = box.difference(shapely.box(1, 1, 2, 2))
    many = shapely.MultiPolygon([box, shapely.box(10, 10, 11, 11)])
    found = polygons_of([box, ring, shapely.Polygon(), many])
    assert len(found) == 4
    assert found.geometry_offsets.tolist() == [0, 1, 2, 3, 5]
    assert found.polygon_offsets.tolist() == [0, 1, 3, 3, 4, 5]
    assert found.ring_offsets.tolist() == [0, 5, 10, 15, 20, 25]


def test_z_is_dropped():
    solid = shapely.Polygon([(0, 0, 5), (1, 0, 5), (1, 1, 6)])
    assert polygons_of([solid]).coordinates.shape == (4, 2)
    assert lines_of([shapely.LineString([(0, 0, 1), (1, 1, 2)])]).coordinates.shape == (2, 2)


def test_rings_and_multilines_are_lines():
    found = lines_of(
        [
            shapely.LinearRing([(0, 0), (1, 0), (1, 1)]),
            shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 4)]]),
        ]
    )
    assert found.geometry_offsets.tolist() == [0, 1, 3]
    assert found.line_offsets.tolist() == [0, 4, 6, 9]


def test_nothing_gives_nothing():
    assert len(polygons_of([])) == 0
    assert len(lines_of([])) == 0


def test_self_crossing_polygons_are_listed_with_the_reason():
    shapes = [shapely.box(0, 0, 1, 1)] + [BOW_TIE] * 7
    with pytest.raises(GeometryError) as caught:
        polygons_of(shapes, subject="concessions")
    assert code_of(caught) == "shapes.invalid"
    for language in ("es", "en"):
        text = caught.value.render(language)
        assert "concessions" in text
        assert "1: Self-intersection[0.5 0.5]" in text
        assert "(+2)" in text


def test_other_types_missing_and_infinite_are_refused():
    with pytest.raises(GeometryError) as caught:
        polygons_of([shapely.Point(0, 0)])
    assert code_of(caught) == "shapes.wrong-type"
    with pytest.raises(GeometryError) as caught:
        lines_of([shapely.box(0, 0, 1, 1)])
    assert code_of(caught) == "shapes.wrong-type"
    with pytest.raises(GeometryError) as caught:
        polygons_of([shapely.box(0, 0, 1, 1), None])
    assert code_of(caught) == "shapes.missing"
    with pytest.raises(GeometryError) as caught:
        lines_of([shapely.LineString([(0, 0), (np.inf, 1)])])
    assert code_of(caught) == "shapes.not-finite"


def test_arrays_that_do_not_fit_are_refused():
    two = np.array([0, 2])
    with pytest.raises(GeometryError) as caught:
        Lines(np.zeros((3, 2)), two, np.array([0, 1]))
    assert code_of(caught) == "shapes.layout"
    with pytest.raises(GeometryError) as caught:
        Lines(np.zeros((2, 3)), two, np.array([0, 1]))
    assert code_of(caught) == "shapes.layout"
    with pytest.raises(GeometryError) as caught:
        Polygons(np.full((2, 2), np.nan), two, np.array([0, 1]), np.array([0, 1]))
    assert code_of(caught) == "shapes.not-finite"
