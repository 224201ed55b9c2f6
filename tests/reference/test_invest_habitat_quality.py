"""Habitat quality against the sums that InVEST's own regression tests state."""

import numpy as np
import pytest

from nonetloss.numerics.decay import linear_decay
from nonetloss.offset.value.habitat import (
    EXPONENTIAL,
    LINEAR,
    Threat,
    habitat_quality,
    near,
    rarity_of_classes,
)

SIDE = 100
HABITAT = {1: 1.0, 2: 0.5, 3: 0.0}
SENSITIVITY = {
    1: {"one": 1.0, "two": 1.0},
    2: {"one": 0.5, "two": 1.0},
    3: {"one": 0.3, "two": 1.0},
}


def landcover(below: int) -> np.ndarray:
    classes = np.ones((SIDE, SIDE), dtype=np.int32)
    classes[50:] = below
    return classes


def threats(width: int) -> list[Threat]:
    found = []
    for name, column, weight, reach, decay in (
        ("one", 5, 0.7, 40.0, LINEAR),
        ("two", 10, 1.0, 70.0, EXPONENTIAL),
    ):
        cells = np.zeros((SIDE, SIDE), dtype=bool)
        cells[20:80, column : column + width] = True
        found.append(Threat(name, near(cells, cell_size=1.0), weight, reach, decay))
    return found


def access() -> np.ndarray:
    open_to = np.ones((SIDE, SIDE))
    open_to[:50] = 0.2
    return open_to


def run(below: int, width: int, **change):
    settings = {
        "habitat": HABITAT, "sensitivity": SENSITIVITY, "threats": threats(width),
        "access": access(), "half_saturation": 0.5, "baseline": landcover(1),
    }  # fmt: skip
    return habitat_quality(landcover(below), **(settings | change))


@pytest.mark.parametrize(
    ("below", "width", "degradation", "quality"),
    [(2, 3, 1422.2422, 6961.4536), (3, 6, 1438.791, 4920.1206)],
    ids=["now", "future"],
)
def test_sums_with_access_against_invest(below, width, degradation, quality):
    """InVEST writes float32 rasters: its sums have some seven digits."""
    found = run(below, width)
    assert found.degradation.sum() == pytest.approx(degradation, abs=1e-3)
    assert found.quality.sum() == pytest.approx(quality, abs=1e-3)


def test_sum_of_quality_now_without_access():
    assert run(2, 3, access=None).quality.sum() == pytest.approx(5852.088, abs=1e-3)


@pytest.mark.parametrize(("below", "width"), [(2, 3), (3, 6)], ids=["now", "future"])
def test_sums_of_rarity_against_invest(below, width):
    """Class 1 falls from 10,000 to 5,000 pixels: 5,000 × (1 - 5,000 / 15,000); 2 and 3 are new."""
    found = run(below, width)
    assert found.rarity.sum() == pytest.approx(3333.3335, abs=1e-3)
    assert found.rarity_of_class == pytest.approx({1: 2 / 3, below: 0})


def test_rarity_of_classes_against_invest():
    """Baseline and present pixels 3 : 8, 0 : 4, 1 : 3 and 1 : 8."""
    before = np.repeat([1, 3, 4], [3, 1, 1])
    now = np.repeat([1, 2, 3, 4], [8, 4, 3, 8])
    found = rarity_of_classes(now, baseline=before)
    assert list(found.values()) == pytest.approx([0.27272727, 0, 0.25, 0.11111111], abs=1e-8)


def test_linear_decay_against_invest():
    found = linear_decay(np.array([0, 21, 1, 2, 50, 600]), reach_m=20.0)
    assert found == pytest.approx([1, 0, 0.95, 0.9, 0, 0])


def test_the_nearest_cell_counts_and_not_their_number():
    """One cell of a threat or a whole row behind it: the same, since ADR-0003."""
    one = np.zeros((1, 10), dtype=bool)
    one[0, 3] = True
    many = one.copy()
    many[0, :4] = True
    results = [
        habitat_quality(
            np.ones((1, 10), dtype=int), habitat={1: 1.0}, sensitivity={1: {"t": 1.0}},
            threats=[Threat("t", near(cells, cell_size=1.0), 1.0, 8.0)], half_saturation=0.1,
        ).quality[0, 3:]
        for cells in (one, many)
    ]  # fmt: skip
    assert results[0] == pytest.approx(results[1])
