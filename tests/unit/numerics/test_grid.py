import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.numerics.grid import Grid


def test_corners_lie_at_multiples_of_the_cell_size():
    grid = Grid.covering((105.0, -5.0, 299.0, 150.0), (100.0, 50.0))
    # Width: 100 to 300 in 2 columns of 100. Height: -50 to 150 in 4 rows of 50.
    assert grid.bounds == (100.0, -50.0, 300.0, 150.0)
    assert grid.shape == (4, 2)
    assert grid.cell_area == 100.0 * 50.0


def test_a_point_has_one_cell_and_a_cell_its_center():
    grid = Grid(100.0, 150.0, 100.0, 50.0, 4, 2)
    assert grid.cell_of(100.0, 149.9) == (0, 0)
    assert grid.cell_of(299.9, -49.9) == (3, 1)
    assert grid.cell_of(200.0, 100.0) == (1, 1)  # on an edge: the cell to the right and below
    x, y = grid.center_of(np.array([0, 3]), np.array([0, 1]))
    assert x.tolist() == [150.0, 250.0]
    assert y.tolist() == [125.0, -25.0]


def test_a_degenerate_rectangle_is_one_cell():
    assert Grid.covering((0.0, 0.0, 0.0, 0.0), 10.0).shape == (1, 1)


@pytest.mark.parametrize("point", [(99.9, 0.0), (300.0, 0.0), (150.0, 150.1), (150.0, -50.1)])
def test_outside_is_refused(point):
    with pytest.raises(InputError) as caught:
        Grid(100.0, 150.0, 100.0, 50.0, 4, 2).cell_of(*point)
    assert caught.value.findings[0].code == "grid.outside"


@pytest.mark.parametrize(
    "changed",
    [(0.0, 50.0, 4, 2), (100.0, -50.0, 4, 2), (100.0, np.nan, 4, 2), (100.0, 50.0, 0, 2)],
)
def test_sizes_must_be_positive(changed):
    with pytest.raises(InputError) as caught:
        Grid(100.0, 150.0, *changed)
    assert caught.value.findings[0].code == "grid.not-positive"
