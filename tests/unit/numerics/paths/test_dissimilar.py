import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.numerics.paths import dissimilar_paths

LAKE = np.zeros((100, 100), bool)
LAKE[30:70, 30:70] = True


def test_second_route_passes_the_lake_on_the_other_side():
    paths = dissimilar_paths(np.ones((100, 100)), (0, 0), (99, 99), cell_size=1, k=2, blocked=LAKE)
    below = [bool((p.cells[:, 0] > p.cells[:, 1]).any()) for p in paths]
    above = [bool((p.cells[:, 0] < p.cells[:, 1]).any()) for p in paths]
    assert len(paths) == 2
    assert sorted(below) == sorted(above) == [False, True]
    # Mirror images cost the same, and both prices are without penalty.
    assert paths[1].cost == pytest.approx(paths[0].cost)
    assert paths[1].shared < 0.2


def test_a_single_pass_gives_fewer_routes():
    wall = np.zeros((21, 21), bool)
    wall[1:20:2] = True
    for row in range(1, 20, 2):
        wall[row, 20 if row % 4 == 1 else 0] = False
    # A meander one cell wide: there is no second way.
    paths = dissimilar_paths(np.ones((21, 21)), (0, 0), (20, 20), cell_size=1, k=4, blocked=wall)
    assert len(paths) == 1


def test_one_cell_is_one_route():
    assert len(dissimilar_paths(np.ones((5, 5)), (2, 2), (2, 2), cell_size=1, k=3)) == 1


def test_strong_repeated_penalties_exclude_nothing():
    cost = np.random.default_rng(0).uniform(1, 1e6, (60, 60))
    paths = dissimilar_paths(
        cost, (0, 0), (59, 59), cell_size=1, k=8, penalty=1e6, band=0.3, near_ends=0, most_shared=0
    )
    assert len(paths) >= 1


def test_repeats_are_identical():
    cost = np.random.default_rng(0).uniform(1, 9, (80, 80))
    first, second = (dissimilar_paths(cost, (0, 0), (79, 79), cell_size=1, k=4) for _ in range(2))
    assert [p.cells.tolist() for p in first] == [p.cells.tolist() for p in second]
    assert len(first) == 4


@pytest.mark.parametrize(
    "changes",
    [{"k": 0}, {"penalty": 1.0}, {"band": -0.1}, {"near_ends": np.nan}, {"most_shared": 1.1}],
)
def test_out_of_range_is_refused(changes):
    with pytest.raises(InputError) as caught:
        dissimilar_paths(np.ones((5, 5)), (0, 0), (4, 4), cell_size=1, **({"k": 2} | changes))
    assert caught.value.findings[0].code == "paths.dissimilar"
