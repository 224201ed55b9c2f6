"""Olofsson et al. 2014, doi 10.1016/j.rse.2014.02.015, tables 8-9 and section 5, computed anew.

Three numbers printed in the paper do not follow from its own matrix. They are named here, beside
what the formulas give: the half widths of two producer's accuracies and one standard error.
"""

from math import sqrt

import numpy as np
import pytest

from nonetloss.forest.area.error_matrix import error_matrix
from nonetloss.forest.area.sample_size import allocate, for_overall_accuracy

CLASSES = ("deforestation", "forest-gain", "stable-forest", "stable-non-forest")
COUNTS = [[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]]
PIXELS = (200_000, 150_000, 3_200_000, 6_450_000)
HA_PER_PIXEL = 0.09


@pytest.fixture(scope="module")
def table():
    mapped = {k: p * HA_PER_PIXEL for k, p in zip(CLASSES, PIXELS, strict=True)}
    return error_matrix(COUNTS, classes=CLASSES, mapped_ha=mapped, confidence=0.95)


def half_widths(estimates):
    """With 1.96, as the paper; the interval of the program uses 1.95996."""
    return [1.96 * e.standard_error for e in estimates]


def test_overall_accuracy(table):
    assert table.overall.mean == pytest.approx(0.946512, abs=5e-7)
    assert half_widths([table.overall]) == pytest.approx([0.018484], abs=5e-7)
    assert table.overall.high - table.overall.mean == pytest.approx(0.018484 * 1.959964 / 1.96,
                                                                    abs=1e-6)  # fmt: skip


def test_users_accuracies(table):
    want = [66 / 75, 55 / 75, 153 / 165, 313 / 325]
    assert [u.mean for u in table.users] == pytest.approx(want)
    want = [0.074041, 0.100757, 0.039745, 0.020534]
    assert half_widths(table.users) == pytest.approx(want, abs=1e-6)


def test_producers_accuracies(table):
    want = [0.748661, 0.847156, 0.934509, 0.961609]
    assert [p.mean for p in table.producers] == pytest.approx(want, abs=5e-7)
    want = [0.213310, 0.254408, 0.034324, 0.018362]
    assert half_widths(table.producers) == pytest.approx(want, abs=1e-6)


def test_misprint_half_width_of_the_producers_accuracy_of_forest_gain(table):
    """Printed 0.23; equation 7 gives 0.254."""
    assert half_widths(table.producers)[1] == pytest.approx(0.254, abs=5e-4)
    assert round(half_widths(table.producers)[1], 2) != 0.23


def test_misprint_half_width_of_the_producers_accuracy_of_stable_non_forest(table):
    """Printed 0.01; equation 7 gives 0.018."""
    assert half_widths(table.producers)[3] == pytest.approx(0.018, abs=5e-4)
    assert round(half_widths(table.producers)[3], 2) != 0.01


def test_areas_in_hectares(table):
    want = [21157.76, 11686.15, 285769.93, 581386.15]
    assert [a.mean for a in table.areas] == pytest.approx(want, abs=0.005)
    want = [6157.63, 3755.83, 15509.84, 16281.66]
    assert half_widths(table.areas) == pytest.approx(want, abs=0.005)


def test_misprint_standard_error_of_the_area_of_deforestation(table):
    """Printed 34,097 pixels; two digits changed places: 34,907."""
    assert table.areas[0].standard_error / HA_PER_PIXEL == pytest.approx(34_907, abs=0.5)


def test_area_of_deforestation_by_hand(table):
    weights = np.array(PIXELS) / 10_000_000
    q = np.array([66 / 75, 0, 1 / 165, 2 / 325])
    share = (weights * q).sum()
    variance = (weights**2 * q * (1 - q) / (np.array([75, 75, 165, 325]) - 1)).sum()
    assert table.areas[0].mean == pytest.approx(share * 900_000)
    assert table.areas[0].standard_error == pytest.approx(sqrt(variance) * 900_000)


def test_sample_size_641():
    """(0.02·0.458 + 0.015·0.490 + 0.32·0.3 + 0.645·0.218)² / 0.01² = 640.5."""
    sizes = dict(zip(CLASSES, (0.02, 0.015, 0.32, 0.645), strict=True))
    users = dict(zip(CLASSES, (0.70, 0.60, 0.90, 0.95), strict=True))
    root = 0.02 * sqrt(0.21) + 0.015 * sqrt(0.24) + 0.32 * sqrt(0.09) + 0.645 * sqrt(0.0475)
    assert (root / 0.01) ** 2 == pytest.approx(640.54, abs=0.005)
    assert for_overall_accuracy(sizes, users=users, standard_error=0.01) == 641


def test_proportional_and_equal_allocation_of_641():
    """Alloc1-3 of table 5 cannot be derived from the text; these two columns can."""
    sizes = dict(zip(CLASSES, (0.02, 0.015, 0.32, 0.645), strict=True))
    # 12.82, 9.615, 205.12, 413.445.
    assert list(allocate(641, sizes=sizes).values()) == [13, 10, 205, 413]
    assert sorted(allocate(641, sizes=sizes, how="equal").values()) == [160, 160, 160, 161]


def test_first_example_of_olofsson_2013():
    """doi 10.1016/j.rse.2012.10.031: 45,112 pixels of deforestation, of which 22,353 mapped."""
    counts = [[97, 0, 3], [3, 279, 18], [2, 1, 97]]
    mapped = {"deforestation": 22_353.0, "forest": 1_122_543.0, "non-forest": 610_228.0}
    found = error_matrix(counts, classes=tuple(mapped), mapped_ha=mapped)
    want = 22_353 * 97 / 100 + 1_122_543 * 3 / 300 + 610_228 * 2 / 100
    assert found.areas[0].mean == pytest.approx(want)
    assert round(want) == 45_112
    assert found.users[0].mean == 0.97
    assert found.producers[0].mean == pytest.approx(22_353 * 0.97 / want)
