import numpy as np
import pytest

from nonetloss.core.errors import InputError, NoRouteError
from nonetloss.numerics.paths import corridor, cost_distance


def test_distances_by_hand():
    # Unit cost, 10 m high and 20 m wide cells: 20 m across, 10 m down, √500 m aslant.
    field = cost_distance(np.ones((2, 3)), (0, 0), cell_size=(10.0, 20.0))
    slant = 500**0.5
    expected = [[0, 20, 40], [10, slant, 20 + slant]]
    np.testing.assert_allclose(field, expected, rtol=1e-6)
    assert field.dtype == np.float32
    assert field.flags.c_contiguous


def test_blocked_unreached_and_too_dear_are_unknown():
    blocked = np.zeros((3, 9), bool)
    blocked[:, 5] = True
    field = cost_distance(np.ones((3, 9)), (1, 0), cell_size=1, blocked=blocked, max_cost=3)
    np.testing.assert_allclose(field[1], [0, 1, 2, 3] + [np.nan] * 5)


def test_limit_of_zero_leaves_the_sources():
    field = cost_distance(np.ones((4, 4)), [(0, 0), (3, 3)], cell_size=1, max_cost=0)
    assert np.isfinite(field).sum() == 2


@pytest.mark.parametrize("limit", [-1.0, np.nan])
def test_limit_below_zero_is_refused(limit):
    with pytest.raises(InputError) as caught:
        cost_distance(np.ones((4, 4)), (0, 0), cell_size=1, max_cost=limit)
    assert caught.value.findings[0].code == "paths.max-cost"


def test_every_cell_as_a_source():
    cells = np.argwhere(np.ones((300, 300), bool))
    assert not cost_distance(np.ones((300, 300)), cells, cell_size=1).any()


def test_source_inside_an_exclusion_is_refused():
    with pytest.raises(InputError) as caught:
        cost_distance(np.full((4, 4), np.inf), (0, 0), cell_size=1)
    assert caught.value.findings[0].code == "paths.start-excluded"


def test_corridor_of_a_straight_line_by_hand():
    # Three rows of unit cost, six steps: through the row above or below, two slants more.
    found = corridor(np.ones((3, 7)), (1, 0), (1, 6), cell_size=1)
    np.testing.assert_allclose(found[1], 6)
    np.testing.assert_allclose(found[0, 1:6], 6 - 2 + 2 * 2**0.5, rtol=1e-6)


def test_corridor_without_a_route():
    blocked = np.zeros((5, 5), bool)
    blocked[2] = True
    with pytest.raises(NoRouteError):
        corridor(np.ones((5, 5)), (0, 0), (4, 4), cell_size=1, blocked=blocked)
