"""LIFE: the two curves and the score of quantifyearth/LIFE, by hand and by brute force."""

from math import exp

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.value.persistence import (
    extinctions_per_km2,
    migrant_persistence,
    persistence,
    persistence_change,
)


@pytest.mark.parametrize("z", [0.1, 0.25, 0.5, 1.0])
def test_the_power_curve(z):
    left = np.array([0.0, 10.0, 50.0, 100.0, 150.0])
    found = persistence(left, historic=np.array(100.0), curve=z)
    assert found == pytest.approx([0, 0.1**z, 0.5**z, 1, 1])


def test_the_default_exponent_is_a_quarter():
    assert persistence(np.array([16.0]), historic=np.array([256.0])) == pytest.approx([1 / 2])


def test_the_gompertz_curve():
    found = persistence(np.array([0.0, 20, 100]), historic=np.array(100.0), curve="gompertz")
    assert found == pytest.approx([exp(-exp(2.5)), exp(-exp(2.5 - 14.5 * 0.2)), exp(-exp(-12.0))])


def test_a_migrant_needs_both_habitats():
    assert migrant_persistence(np.array([0.9, 0.5]), np.array([0.4, 0.0])) == pytest.approx(
        [(0.9 * 0.4) ** 0.5, 0]
    )


def test_change_of_one_place_by_hand():
    """256 km² once, 81 km² left; a place with 65 km² is cleared: (16/256)^.25 - (81/256)^.25."""
    found = persistence_change(
        np.array([[65.0, 16.0]]), scenario=np.array([[0.0, 16.0]]), historic=np.array([256.0])
    )
    assert found == pytest.approx(np.array([[2 / 4 - 3 / 4, 0]]))


def test_habitat_elsewhere_softens_the_blow():
    found = persistence_change(
        np.array([[65.0]]),
        scenario=np.array([[0.0]]),
        historic=np.array([10_000.0]),
        totals=np.array([1361.0]),
    )
    assert found[0, 0] == pytest.approx((1296 / 10_000) ** 0.25 - (1361 / 10_000) ** 0.25)


def test_the_score_is_extinctions_per_km2_and_species():
    change = np.array([[-0.25, 0.1, 0.0], [-0.15, 0.0, 0.0]])
    found = extinctions_per_km2(change, changed_km2=np.array([2.0, 4.0, 0.0]))
    assert found[:2] == pytest.approx([0.4 / 2 / 2, -0.1 / 4 / 2])
    assert np.isnan(found[2])
    whole = extinctions_per_km2(change, changed_km2=np.array([2.0, 4.0, 0.0]), species=1)
    assert whole[:2] == pytest.approx([0.4 / 2, -0.1 / 4])


def test_the_score_is_that_of_square_meters_over_a_million():
    # quantifyearth/LIFE divides by m² / 1e6; by m² alone the score is a millionth of that.
    change, changed_m2 = np.array([[-0.25, 0.1], [-0.15, 0.0]]), np.array([2.5e6, 4e6])
    found = extinctions_per_km2(change, changed_km2=changed_m2 / 1e6)
    assert found == pytest.approx(change.sum(axis=0) / (changed_m2 / 1e6) * -1.0 / 2)
    assert found / 1e6 == pytest.approx(-change.sum(axis=0) / changed_m2 / 2)
    assert found[0] == pytest.approx(0.4 / 2.5 / 2)


@pytest.mark.parametrize("curve", [0.25, 1.0, "gompertz"])
def test_changes_against_brute_force(curve):
    rng = np.random.default_rng(8)
    now, scenario = rng.random((2, 4, 6)) * 10
    historic = rng.random(4) * 100 + 60
    found = persistence_change(now, scenario=scenario, historic=historic, curve=curve)
    for s in range(4):
        for i in range(6):
            changed = now[s].copy()
            changed[i] = scenario[s, i]
            ratio = np.array([changed.sum(), now[s].sum()]) / historic[s]
            after, before = (
                [exp(-exp(2.5 - 14.5 * r)) for r in ratio]
                if curve == "gompertz"
                else [min(1.0, r**curve) for r in ratio]
            )
            assert found[s, i] == pytest.approx(after - before)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"historic": np.array([0.0])}, "species.historic"),
        ({"historic": np.array([np.nan])}, "species.historic"),
        ({"historic": np.array([1.0, 2.0])}, "species.shape"),
        ({"scenario": np.array([[1.0]])}, "species.shape"),
        ({"scenario": np.array([[-1.0, 1.0]])}, "species.area"),
        ({"totals": np.array([1.0])}, "species.area"),
        ({"totals": np.array([1.0, 2.0])}, "species.shape"),
        ({"curve": 0.0}, "species.curve"),
        ({"curve": "steep"}, "species.curve"),
    ],
)
def test_bad_input(change, code):
    given = {"scenario": np.zeros((1, 2)), "historic": np.array([100.0])} | change
    with pytest.raises(InputError) as caught:
        persistence_change(np.array([[5.0, 5.0]]), **given)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")


def test_bad_scores():
    with pytest.raises(InputError):
        extinctions_per_km2(np.zeros((2, 2)), changed_km2=np.ones(3))
    with pytest.raises(InputError) as caught:
        extinctions_per_km2(np.zeros((0, 2)), changed_km2=np.ones(2))
    assert caught.value.findings[0].code == "species.count"
    with pytest.raises(InputError):
        persistence(np.array([-1.0]), historic=np.array([1.0]))
