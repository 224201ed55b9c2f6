import numpy as np
import pytest
import shapely
from shapely import box

from nonetloss.core.errors import InputError
from nonetloss.ledger.shared_land import pieces_of


def test_apart_or_nowhere_is_one_piece_each():
    found = pieces_of({"a": box(0, 0, 1, 1), "b": box(1, 0, 2, 1), "c": None})
    assert found == {n: {(n,): 1.0} for n in "abc"}


def test_two_squares_by_hand():
    # 2 x 2 at the origin, 2 x 2 one to the right: half of each is shared.
    found = pieces_of({"b": box(1, 0, 3, 2), "a": box(0, 0, 2, 2)})
    assert found == {
        "a": {("a",): 0.5, ("a", "b"): 0.5},
        "b": {("a", "b"): 0.5, ("b",): 0.5},
    }


def test_three_over_one_another_by_hand():
    # Strips [0, 3], [1, 4], [2, 5] of height 1: [2, 3] lies in all three.
    found = pieces_of({n: box(x, 0, x + 3, 1) for n, x in (("a", 0), ("b", 1), ("c", 2))})
    third = pytest.approx(1 / 3)
    assert found["a"] == {("a",): third, ("a", "b"): third, ("a", "b", "c"): third}
    assert found["b"] == {("a", "b"): third, ("a", "b", "c"): third, ("b", "c"): third}


def test_the_same_land_under_two_names():
    assert pieces_of({"a": box(0, 0, 2, 2), "b": box(0, 0, 2, 2)}) == {
        "a": {("a", "b"): 1.0},
        "b": {("a", "b"): 1.0},
    }


def test_one_inside_another():
    found = pieces_of({"whole": box(0, 0, 10, 10), "part": box(2, 2, 7, 6)})
    assert found["part"] == {("part", "whole"): 1.0}
    assert found["whole"][("part", "whole")] == pytest.approx(0.2)


def test_slivers_of_digitizing_are_nobodys_second_claim():
    # 1 of 100 is the limit: a strip of 0.009 is left to each, one of 0.02 is shared.
    assert pieces_of({"a": box(0, 0, 1, 1), "b": box(0.991, 0, 2, 1)}) == {
        "a": {("a",): pytest.approx(1.0)},
        "b": {("b",): pytest.approx(1.0)},
    }
    assert ("a", "b") in pieces_of({"a": box(0, 0, 1, 1), "b": box(0.98, 0, 2, 1)})["a"]


def test_holes_and_parts_against_cells():
    """Parcels made of unit cells: pieces are counted cell by cell."""
    rng = np.random.default_rng(7)
    for _ in range(5):
        covered = {n: rng.random((6, 6)) < 0.4 for n in "abcd"}
        shapes = {
            n: shapely.union_all([box(c, r, c + 1, r + 1) for r, c in np.argwhere(cells)])
            for n, cells in covered.items()
        }
        found = pieces_of(shapes, overlap=0.0)
        for name, cells in covered.items():
            counts: dict[tuple[str, ...], float] = {}
            for r, c in np.argwhere(cells):
                piece = tuple(n for n in "abcd" if covered[n][r, c])
                counts[piece] = counts.get(piece, 0.0) + 1 / cells.sum()
            assert found[name] == pytest.approx(counts)


@pytest.mark.parametrize(
    "shape",
    [shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])],
)
def test_what_has_no_area_or_crosses_itself_is_refused(shape):
    with pytest.raises(InputError) as caught:
        pieces_of({"a": shape})
    assert caught.value.findings[0].code == "cumulative.geometry"
