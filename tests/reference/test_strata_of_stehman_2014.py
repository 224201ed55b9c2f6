"""Stehman 2014, doi 10.1080/01431161.2014.930207: forty units in strata that are no map classes.

Estimates and errors to the digits that the R package mapaccuracy 0.1.2 gives for the same units.
"""

import pytest

from nonetloss.forest.area.units import units_in_strata

STRATA = "A" * 10 + "B" * 10 + "C" * 10 + "D" * 10
MAP = "A" * 7 + "B" * 3 + "A" + "B" * 11 + "C" * 6 + "B" * 2 + "D" * 10
REFERENCE = "AAAAACBABC" + "ABBBBBAABB" + "CCCCCDDBBA" + "DDDDDDDCCB"
PIXELS = {"A": 40_000.0, "B": 30_000.0, "C": 20_000.0, "D": 10_000.0}
A, B, C, D = range(4)


@pytest.fixture(scope="module")
def table():
    return units_in_strata(
        MAP, reference=REFERENCE, strata=STRATA, areas_ha=PIXELS, units=PIXELS, confidence=0.95
    )


def test_areas(table):
    # Six, three, one and none of ten in each stratum.
    assert table.areas[A].mean == pytest.approx(40_000 * 0.6 + 30_000 * 0.3 + 20_000 * 0.1)
    assert table.areas[C].mean == pytest.approx(40_000 * 0.2 + 20_000 * 0.5 + 10_000 * 0.2)
    assert table.areas[A].standard_error == pytest.approx(8224.78, abs=0.005)
    assert table.areas[C].standard_error == pytest.approx(6427.977, abs=0.005)


def test_overall_accuracy(table):
    assert table.overall.mean == pytest.approx(0.63)
    assert table.overall.standard_error == pytest.approx(0.08464219, abs=5e-9)


def test_accuracies_of_class_b(table):
    assert table.users[B].mean == pytest.approx(0.574, abs=5e-4)
    assert table.users[B].mean == pytest.approx(0.5744681, abs=5e-8)
    assert table.users[B].standard_error == pytest.approx(0.1247822, abs=5e-8)
    assert table.producers[B].mean == pytest.approx(0.7941176, abs=5e-8)
    assert table.producers[B].standard_error == pytest.approx(0.1165479, abs=5e-8)


def test_a_cell_of_the_error_matrix(table):
    assert table.shares[B, C] == pytest.approx(0.08)
    assert table.shares.sum() == pytest.approx(1)


def test_without_the_finite_population_correction_errors_grow_a_little():
    found = units_in_strata(MAP, reference=REFERENCE, strata=STRATA, areas_ha=PIXELS)
    assert 0.08464219 < found.overall.standard_error < 0.0847
