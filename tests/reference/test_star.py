"""STAR: the table of expected declines of quantifyearth/STAR, and scores by hand."""

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.value.star import (
    CATEGORY_WEIGHTS,
    SCOPES,
    SEVERITIES,
    expected_decline,
    range_weighted_richness,
    star_threat_abatement,
)


@pytest.mark.parametrize(
    ("scope", "row"),
    [
        ("whole", [63, 24, 10, 1, 0, 10]),
        ("majority", [52, 18, 9, 0, 0, 9]),
        ("minority", [24, 7, 5, 0, 0, 5]),
    ],
)
def test_expected_declines_of_the_table(scope, row):
    assert [expected_decline(scope=scope, severity=s) for s in SEVERITIES] == row
    assert len(SCOPES) == 3


def test_weights_of_categories():
    assert CATEGORY_WEIGHTS == {"LC": 0, "NT": 100, "VU": 200, "EN": 300, "CR": 400}


def test_unknown_scope_and_severity_take_the_published_defaults():
    assert expected_decline(scope="unknown", severity="unknown") == 9
    assert expected_decline(scope="whole", severity="unknown") == 10
    assert expected_decline(scope="unknown", severity="rapid-declines") == 18


def test_scores_by_hand():
    """Two species, three places, two threats: T = sum of w (AOH / total) (decline / sum)."""
    found = star_threat_abatement(
        np.array([[30.0, 10.0, 0.0], [5.0, 0.0, 15.0]]),
        categories=["CR", "VU"],
        threats=[{"roads": 24.0, "logging": 10.0}, {"logging": 9.0}],
        totals=np.array([100.0, 20.0]),
    )
    assert found.threats == ("roads", "logging")
    first = [400 * 30 / 100, 400 * 10 / 100, 0]
    second = [200 * 5 / 20, 0, 200 * 15 / 20]
    assert found.by_threat[0] == pytest.approx(np.array(first) * 24 / 34)
    assert found.by_threat[1] == pytest.approx(np.array(first) * 10 / 34 + np.array(second))
    assert found.by_species == pytest.approx(np.array([first, second]))
    assert found.total == pytest.approx(np.array(first) + np.array(second))


def test_scores_over_all_places_are_the_weights_of_the_species():
    rng = np.random.default_rng(3)
    habitat = rng.random((5, 40))
    found = star_threat_abatement(
        habitat,
        categories=["LC", "NT", "VU", "EN", "CR"],
        threats=[{"a": 10.0, "b": 5.0}] * 5,
    )
    assert found.by_species.sum(axis=1) == pytest.approx([0, 100, 200, 300, 400])
    assert found.by_threat.sum(axis=1) == pytest.approx([1000 * 2 / 3, 1000 / 3])


def test_a_species_without_effective_threats_has_no_points_to_abate():
    found = star_threat_abatement(
        np.ones((2, 2)), categories=["CR", "CR"], threats=[{}, {"roads": 0.0}]
    )
    assert found.total.tolist() == [0, 0]


def test_range_weighted_richness_by_hand():
    habitat = np.array([[1.0, 1, 0], [1, 0, 0], [0, 0, 0]])
    assert range_weighted_richness(habitat) == pytest.approx([1 / 2 + 1, 1 / 2, 0])
    with_more = range_weighted_richness(habitat, totals=np.array([10.0, 1, 5]))
    assert with_more == pytest.approx([1 / 10 + 1, 1 / 10, 0])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"categories": ["XX", "VU"]}, "species.category"),
        ({"categories": ["VU"]}, "species.shape"),
        ({"threats": [{"a": -1.0}, {}]}, "species.area"),
        ({"totals": np.array([1.0, 100])}, "species.area"),
        ({"totals": np.array([100.0])}, "species.shape"),
    ],
)
def test_bad_input(change, code):
    given = {"categories": ["CR", "VU"], "threats": [{"a": 1.0}, {"a": 1.0}]} | change
    with pytest.raises(InputError) as caught:
        star_threat_abatement(np.full((2, 2), 10.0), **given)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es")


@pytest.mark.parametrize("habitat", [np.ones(3), np.array([[-1.0, 2]]), np.array([[np.nan, 2]])])
def test_bad_habitat(habitat):
    with pytest.raises(InputError) as caught:
        range_weighted_richness(habitat)
    assert caught.value.findings[0].code in ("species.shape", "species.area")


def test_unknown_words_suggest_the_nearest():
    with pytest.raises(InputError) as caught:
        expected_decline(scope="most", severity="rapid-decline")
    found = {f.code: f for f in caught.value.findings}
    assert set(found) == {"species.scope", "species.severity"}
    assert found["species.severity"].data["nearest"] == "rapid-declines"
    assert caught.value.render("es")
