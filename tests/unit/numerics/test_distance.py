import numpy as np
import pytest

from nonetloss.numerics.distance import distance_to


@pytest.mark.parametrize("cell_size", [30.0, (30.0, 12.0)])
def test_distance_equals_brute_force(cell_size):
    mask = np.random.default_rng(0).random((23, 31)) < 0.02
    width, height = cell_size if isinstance(cell_size, tuple) else (cell_size, cell_size)
    rows, columns = np.indices(mask.shape)
    marked = np.argwhere(mask)
    wanted = np.min(
        [np.hypot((rows - r) * height, (columns - c) * width) for r, c in marked], axis=0
    )
    np.testing.assert_allclose(distance_to(mask, cell_size=cell_size), wanted, rtol=1e-12)


def test_nothing_marked_is_infinitely_far():
    assert np.isinf(distance_to(np.zeros((3, 4), dtype=bool), cell_size=10.0)).all()
