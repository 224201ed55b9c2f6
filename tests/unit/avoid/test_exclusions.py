"""Which layers exclude, how far they reach, and that their cells never fall short of them."""

import numpy as np
import pytest
from shapely import LineString, Point, box

from nonetloss.avoid.exclusions import exclusions_of
from nonetloss.core.errors import GeometryError
from nonetloss.landscape.layer import Role


def excluded(world, *layers, with_restricted=False, right_of_way_m=20.0, crs=None):
    return exclusions_of(
        layers,
        right_of_way_m=right_of_way_m,
        with_restricted=with_restricted,
        crs=crs or world.crs,
    )


def test_roles_decide_and_names_give_the_order(world):
    square = box(0, 0, 100, 100)
    layers = [world.layer(f"{role}-layer", square, role=role) for role in reversed(Role)]
    assert [e.name for e in excluded(world, *layers)] == ["prohibited-layer"]
    both = excluded(world, *layers, with_restricted=True)
    assert [e.name for e in both] == ["prohibited-layer", "restricted-layer"]


def test_the_clearance_is_the_setback_and_half_the_right_of_way(world):
    park = world.prohibited("park", box(0, 0, 100, 100), setback_m=300.0, hidden=True)
    (found,) = excluded(world, park, right_of_way_m=30.0)
    assert found.clearance_m == 300 + 30 / 2
    assert found.hidden


def test_a_layer_without_features_excludes_nothing(world):
    assert excluded(world, world.prohibited("empty")) == ()


def test_another_crs_is_refused(world):
    park = world.prohibited("park", box(0, 0, 100, 100))
    with pytest.raises(GeometryError) as caught:
        excluded(world, park, crs="EPSG:32719")
    assert caught.value.findings[0].code == "crs.mixed"


@pytest.mark.parametrize(
    ("north_m", "kept"),
    # Below 110 m too near; at 110 m and beyond kept; from 2000 m inside again.
    [(0, False), (109.99, False), (110, True), (500, True), (1890.01, False), (2500, False)],
)
def test_a_line_is_kept_out_from_the_clearance_on(world, north_m, kept):
    areas = (box(0, -500, 4000, 0), box(0, 2000, 4000, 3000))
    (found,) = excluded(world, world.prohibited("park", *areas, setback_m=100.0))
    assert found.is_kept(LineString([(0, north_m), (4000, north_m)])) is kept


def test_every_cell_that_comes_nearer_than_the_clearance_is_masked(world):
    town = Point(2030.0, 1970.0)
    (found,) = excluded(world, world.prohibited("town", town, setback_m=490.0))
    grid = world.grid()
    mask = found.mask(grid)
    rows, columns = np.indices(grid.shape)
    left, top = grid.left + columns * grid.cell_width, grid.top - rows * grid.cell_height
    # Distance from the town to the nearest point of each cell.
    across = np.maximum(0, np.maximum(left - town.x, town.x - (left + grid.cell_width)))
    along = np.maximum(0, np.maximum(town.y - top, (top - grid.cell_height) - town.y))
    distance = np.hypot(across, along)
    assert mask[distance < 500].all()
    # The circle of 16 pieces per quadrant, drawn outside, exceeds the true one by below 0.25 %.
    assert not mask[distance > 500 * 1.0025].any()


def test_features_off_the_grid_reach_into_it_by_their_clearance(world):
    # 150 m east of the grid: with 190 + 10 m the last column (100 m wide) is met, the next not.
    park = world.prohibited("park", box(4150, 0, 5000, 4000), setback_m=190.0)
    (found,) = excluded(world, park)
    mask = found.mask(world.grid())
    assert mask[:, -1].all()
    assert not mask[:, :-1].any()
