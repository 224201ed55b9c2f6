"""Pattern of forest by hand, and windowed against the definition on the whole array."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.forest.change.dates import of_rasters
from nonetloss.forest.change.fragmentation import fragmentation
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.windowed import windowed
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.windows import ArrayStore

CRS = "EPSG:32719"


def dates_of(states, *, cell=100.0, inside=None, height=None):
    """One forest layer (1, 0, NaN), twice: fragmentation looks at one date."""
    values = np.asarray(states, dtype=np.float32)
    grid = Grid(0, 0, cell, height or cell, *values.shape)
    layers = [Raster(values, grid, CRS)] * 2
    within = None
    if inside is not None:
        within = windowed(Raster(np.asarray(inside, dtype=np.uint8), grid, CRS))
    return of_rasters(layers, years=[2000, 2010], inside=within)


def look(states, *, edge_m=100.0, distances=(100.0, 300.0), side=1024, date=0, **given):
    return fragmentation(
        dates_of(states, **given), date=date, edge_m=edge_m, distances_m=distances,
        store=ArrayStore(), side=side,
    )  # fmt: skip


def codes(found):
    return found.pattern.cells.values


def drawn(text):
    return np.array([[{"#": 1.0, ".": 0.0, "?": np.nan}[c] for c in row] for row in text.split()])


SCENE = drawn(
    """
    ...............
    .#######...##..
    .#######...##..
    .#######.......
    .###.###.......
    .#######.....#.
    .#######....#..
    .#######.......
    ...............
    """
)


def test_the_scene_by_hand():
    found = look(SCENE)
    want = """
    ...............
    .eeeeeee...pp..
    .eccccce...pp..
    .eccoccee......
    .eco.oce.......
    .eccocce.....p.
    .eccccce....p..
    .eeeeeee.......
    ...............
    """
    row = found.summary.iloc[0]
    # A square of 49 less the clearing; around it 4 perforated cells, corners are core (1.41 > 1).
    assert row["forest_ha"] == 48 + 4 + 2
    assert row["perforation_ha"] == 4
    assert row["edge_ha"] == 24
    assert row["core_ha"] == 48 - 24 - 4
    assert row["patch_ha"] == 6
    # Cells that touch at a corner are one piece.
    assert row["patches"] == 3
    assert row["largest_ha"] == 48
    assert row["mean_ha"] == pytest.approx(54 / 3)
    assert row["mesh_ha"] == pytest.approx((48**2 + 4**2 + 2**2) / SCENE.size)
    # Sides: 28 around the square, 4 around the clearing, 8 and 8 around the groves.
    assert row["edge_km"] == pytest.approx((28 + 4 + 8 + 8) * 0.1)
    assert row["edge_m_per_ha"] == pytest.approx(4800 / 54)
    letters = {"e": 2, "c": 1, "o": 3, "p": 4, ".": 5}
    table = np.array([[letters[c] for c in line] for line in want.split()])
    table[3, 8] = 5
    assert (codes(found) == table).all()


def test_distances_and_sizes_by_hand():
    found = look(SCENE)
    near = found.distances
    assert near["to_m"].tolist() == [100, 300, np.inf]
    # Within 100 m: all but the 20 cells of core, which lie within 300 m.
    assert near["forest_ha"].tolist() == [34, 20, 0]
    assert near["cumulative_share"].tolist() == pytest.approx([34 / 54, 1, 1])
    # 34 of 54 cells lie at one cell from the edge.
    assert found.summary["median_distance_m"].item() == 100
    sizes = found.sizes.set_index("to_ha")
    assert sizes.loc[10.0, "patches"] == 2
    assert sizes.loc[100.0, "forest_ha"] == 48
    assert sizes["forest_ha"].sum() == 54


def test_a_clearing_that_opens_to_the_outside_is_edge_and_no_perforation():
    scene = SCENE.copy()
    scene[4, 5:8] = 0
    assert look(scene).summary["perforation_ha"].item() == 0


def test_land_that_touches_the_unknown_or_the_border_is_no_hole():
    ring = np.ones((7, 7))
    ring[3, 3] = 0
    assert look(ring).summary["perforation_ha"].item() == 4
    ring[3, 2] = np.nan
    assert look(ring).summary["perforation_ha"].item() == 0
    corner = np.ones((7, 7))
    corner[0, 3] = 0
    assert look(corner).summary["perforation_ha"].item() == 0


def test_the_unknown_is_no_edge():
    found = look(np.where(np.eye(5) > 0, np.nan, 1.0))
    row = found.summary.iloc[0]
    assert row["core_ha"] == row["forest_ha"] == 20
    assert row["edge_km"] == 0
    assert found.distances["forest_ha"].tolist() == [0, 0, 20]
    assert np.isnan(row["median_distance_m"])


def test_forest_outside_is_not_counted_and_its_clearings_still_make_edge():
    scene = np.ones((5, 10))
    scene[:, 9] = 0
    inside = np.zeros((5, 10))
    inside[:, 4:9] = 1
    row = look(scene, inside=inside).summary.iloc[0]
    assert row["forest_ha"] == 25
    assert row["edge_ha"] == 5
    assert row["edge_km"] == pytest.approx(0.5)
    assert row["patches"] == 1
    assert row["mesh_ha"] == 25


def test_no_forest_at_all():
    row = look(np.zeros((4, 4))).summary.iloc[0]
    assert row["forest_ha"] == 0
    assert row["patches"] == 0
    assert np.isnan(row["mean_ha"])
    assert np.isnan(row["edge_m_per_ha"])
    assert row["mesh_ha"] == 0


def by_definition(forest, known, edge):
    """The classes on the whole array, with scipy's distances and labels."""
    open_land = known & ~forest
    land, _ = ndimage.label(~forest)
    rim = np.zeros_like(forest)
    rim[[0, -1]] = rim[:, [0, -1]] = True
    outward = set(np.unique(land[(rim | ~known) & ~forest]).tolist())
    hole = open_land & ~np.isin(land, list(outward))

    def distance(mask):
        # Infinity less infinity is no distance: far is far.
        return ndimage.distance_transform_edt(~mask) if mask.any() else np.full(mask.shape, 1e9)

    to_hole, to_outer = distance(hole), distance(open_land & ~hole)
    far = np.minimum(to_hole, to_outer) > edge
    pieces, _ = ndimage.label(forest, structure=np.ones((3, 3)))
    with_core = np.isin(pieces, np.unique(pieces[forest & far]))
    want = np.where(far, 1, np.where(to_hole < to_outer, 3, 2))
    want[~with_core] = 4
    want[open_land] = 5
    want[~known] = 0
    return want


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(3, 22), st.integers(3, 22)),
    st.sampled_from([3, 5, 8]),
    st.sampled_from([50.0, 100.0, 150.0, 250.0]),
    st.sampled_from([0.6, 0.85, 0.97]),
    st.booleans(),
)
def test_windows_give_what_the_definition_says(seed, shape, side, edge_m, share, gaps):
    rng = np.random.default_rng(seed)
    forest = rng.random(shape) < share
    known = rng.random(shape) < 0.97 if gaps else np.ones(shape, dtype=bool)
    forest &= known
    states = np.where(known, forest, np.nan)
    found = look(states, edge_m=edge_m, side=side)
    assert (codes(found) == by_definition(forest, known, edge_m / 100)).all()
    row = found.summary.iloc[0]
    assert row["forest_ha"] == forest.sum()
    assert row["patches"] == ndimage.label(forest, structure=np.ones((3, 3)))[1]
    sides = sum(
        (forest[a] & (known & ~forest)[b]).sum()
        for a, b in (
            (np.s_[1:], np.s_[:-1]), (np.s_[:-1], np.s_[1:]),
            (np.s_[:, 1:], np.s_[:, :-1]), (np.s_[:, :-1], np.s_[:, 1:]),
        )
    )  # fmt: skip
    assert row["edge_km"] == pytest.approx(sides * 0.1)
    open_land = known & ~forest
    far = np.full(forest.shape, np.inf)
    if open_land.any():
        far = ndimage.distance_transform_edt(~open_land)
    near = [(far[forest] <= 1).sum(), (far[forest] <= 3).sum(), forest.sum()]
    assert found.distances["forest_ha"].cumsum().tolist() == pytest.approx(near)
    if forest.any():
        middle = np.sort(far[forest])[(forest.sum() - 1) // 2]
        want = 100 * middle if middle <= 3 else np.nan
        assert row["median_distance_m"] == pytest.approx(want, nan_ok=True)
    assert found.sizes["forest_ha"].sum() == pytest.approx(forest.sum())


def test_a_cell_at_exactly_the_width_is_edge_whatever_the_cell():
    scene = np.ones((9, 9))
    scene[:, 0] = 0
    for cell in (1.1, 7.7, 30.0):
        found = look(scene, cell=cell, edge_m=3 * cell, distances=(3 * cell, 5 * cell))
        assert (codes(found)[4] == [5, 2, 2, 2, 1, 1, 1, 1, 1]).all()
        cells = found.distances["forest_ha"] * 1e4 / cell**2
        assert cells.tolist() == pytest.approx([27, 18, 27])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"edge_m": 10.0}, "change.edge-width"),
        ({"edge_m": float("nan")}, "change.edge-width"),
        ({"distances": ()}, "change.distances"),
        ({"distances": (300.0, 100.0)}, "change.distances"),
        ({"distances": (0.0, 100.0)}, "change.distances"),
    ],
)
def test_widths_that_cannot_be(given, expected):
    with pytest.raises(InputError) as raised:
        look(SCENE, **given)
    assert raised.value.findings[0].code == expected
    assert raised.value.render("es")


def test_cells_must_be_square():
    with pytest.raises(GeometryError) as raised:
        look(SCENE, height=50.0)
    assert raised.value.findings[0].code == "risk.cells-not-square"
