"""Error matrices by hand, their doubts, and matrices that cannot be."""

from math import sqrt

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.area.accuracy import within
from nonetloss.forest.area.error_matrix import error_matrix
from nonetloss.forest.area.estimators import estimated
from nonetloss.forest.area.units import units_in_strata


def codes(raised):
    return [f.code for f in raised.value.findings]


def found_codes(accuracy):
    return [f.code for f in accuracy.findings]


def test_two_classes_by_hand():
    # 30 ha of forest of which 1 in 5 is none; 70 ha of non-forest of which 1 in 10 is forest.
    found = error_matrix([[4, 1], [1, 9]], classes=["f", "n"], mapped_ha={"f": 30, "n": 70})
    assert found.areas[0].mean == pytest.approx(30 * 0.8 + 70 * 0.1)
    variance = 30**2 * 0.8 * 0.2 / 4 + 70**2 * 0.1 * 0.9 / 9
    assert found.areas[0].standard_error == pytest.approx(sqrt(variance))
    assert found.producers[0].mean == pytest.approx(24 / 31)
    assert found.overall.mean == pytest.approx(0.3 * 0.8 + 0.7 * 0.9)
    assert found.total_ha == 100
    assert found.units == {"f": 5, "n": 10}


def test_a_class_that_only_the_reference_knows():
    counts = [[8, 0, 2], [1, 9, 0], [0, 0, 0]]
    found = error_matrix(counts, classes=["f", "n", "mine"], mapped_ha={"f": 50, "n": 50})
    assert found.areas[2].mean == pytest.approx(10)
    assert found.mapped_ha.tolist() == [50, 50, 0]
    assert np.isnan(found.users[2].mean)
    assert found.producers[2].mean == 0
    assert "area.class-not-mapped" in found_codes(found)


def test_a_class_that_was_never_found_is_no_proof_that_there_is_none():
    found = error_matrix([[9, 0], [5, 0]], classes=["f", "n"], mapped_ha={"f": 50, "n": 50})
    assert found.areas[1].mean == 0
    assert np.isnan(found.producers[1].mean)
    assert {"area.class-never-seen", "area.all-alike", "area.few-units"} <= set(found_codes(found))
    assert all(f.render("es") and f.render("en") for f in found.findings)


def test_many_units_leave_no_doubt():
    found = error_matrix([[90, 10], [5, 95]], classes=["f", "n"], mapped_ha={"f": 50, "n": 50})
    assert found.findings == ()


def test_an_estimate_for_other_steps_is_cut_to_what_is_possible():
    found = error_matrix([[1, 1], [1, 1]], classes=["f", "n"], mapped_ha={"f": 50, "n": 50})
    assert found.areas[0].low < 0
    estimate = found.area("f")
    assert (estimate.low, estimate.likely, estimate.high) == (0, 50, 100)
    with pytest.raises(KeyError):
        found.area("mine")


def test_within_keeps_mean_and_error():
    found = within(estimated(0.98, 0.05, n=9, degrees=np.inf), 0, 1)
    assert (found.mean, found.standard_error, found.high) == (0.98, 0.05, 1)


CASES = [
    ([[5, 1, 0], [1, 5, 0]], {"a": 1, "b": 1}, ["area.matrix-shape"]),
    ([[5, 1], [0, 0]], {"a": 1, "b": 1}, ["area.class-empty"]),
    ([[5, 1], [1, 5]], {"a": 1, "b": 1, "c": 3}, ["area.class-empty"]),
    ([[5, 1], [1, 5]], {"a": 1}, ["area.class-without-area"]),
    ([[5, -1], [1, 5]], {"a": 1, "b": 1}, ["area.counts"]),
    ([[5, 0.5], [1, 5]], {"a": 1, "b": 1}, ["area.counts"]),
    ([[5, np.nan], [1, 5]], {"a": 1, "b": 1}, ["area.counts"]),
    ([[1, 0], [1, 5]], {"a": 1, "b": 1}, ["area.stratum-one-unit"]),
    ([[5, 1], [1, 5]], {"a": -1, "b": 1}, ["area.sizes"]),
    ([[5, 1], [1, 5]], {"a": np.nan, "b": 1}, ["area.sizes"]),
    ([[5, 1], [1, 5]], {"a": 0, "b": 0}, ["area.sizes"]),
    # Everything at once.
    ([[0, 0], [1, 0]], {"a": 1, "b": 1}, ["area.class-empty", "area.stratum-one-unit"]),
]


@pytest.mark.parametrize(("counts", "mapped", "expected"), CASES)
def test_matrices_that_cannot_be(counts, mapped, expected):
    with pytest.raises(InputError) as raised:
        error_matrix(counts, classes=["a", "b"], mapped_ha=mapped)
    assert codes(raised) == expected
    assert raised.value.render("es") != raised.value.render("en")


def test_a_class_named_twice():
    with pytest.raises(InputError) as raised:
        error_matrix([[5, 1], [1, 5]], classes=["a", "a"], mapped_ha={"a": 1})
    assert codes(raised) == ["area.matrix-shape"]


def test_units_with_strata_that_have_no_unit_or_one():
    calls = {
        "area.stratum-empty": {"strata": "xxxx", "areas_ha": {"x": 1, "y": 1}},
        "area.stratum-one-unit": {"strata": "xxxy", "areas_ha": {"x": 1, "y": 1}},
        "area.stratum-unknown": {"strata": "xxzz", "areas_ha": {"x": 1}},
        "area.other-length": {"strata": "xx", "areas_ha": {"x": 1}},
        "area.units-proportion": {
            "strata": "xxyy",
            "areas_ha": {"x": 1, "y": 1},
            "units": {"x": 10, "y": 20},
        },
        "area.sampled-more": {"strata": "xxxx", "areas_ha": {"x": 1}, "units": {"x": 3}},
    }
    for expected, given in calls.items():
        with pytest.raises(InputError) as raised:
            units_in_strata("abab", reference="aabb", **given)
        assert codes(raised) == [expected]
        assert raised.value.render("es")


def test_units_of_strata_that_are_districts():
    # Two districts of 10 and 30 ha; half of the first and one in four of the second is forest.
    found = units_in_strata(
        "fnfnnn", reference="fnfnnn", strata="aabbbb", areas_ha={"a": 10, "b": 30}
    )
    assert found.classes == ("f", "n")
    assert found.areas[0].mean == pytest.approx(10 * 0.5 + 30 * 0.25)
    assert found.overall.mean == 1
    assert np.isnan(found.mapped_ha).all()
