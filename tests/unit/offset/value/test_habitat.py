import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.offset.value.habitat import EXPONENTIAL, Threat, habitat_quality, near

CLASSES = np.array([[1, 1, 2, 0]])


def settings(**change):
    road = Threat("road", np.array([[0.0, 10, 20, 30]]), 3.0, 40.0)
    town = Threat("town", np.array([[20.0, 10, 0, 10]]), 1.0, 20.0, EXPONENTIAL)
    return {
        "habitat": {1: 0.9, 2: 0.4},
        "sensitivity": {1: {"road": 0.5, "town": 1.0}, 2: {"road": 0.2, "town": 0.0}},
        "threats": [road, town],
        "half_saturation": 0.2,
    } | change


def test_by_hand():
    found = habitat_quality(CLASSES, **settings(), access=np.array([[1.0, 0.5, 1, 1]]))
    degradation = [
        0.75 * 1 * 0.5 + 0.25 * np.exp(-2.99 * 20 / 20) * 1,
        0.5 * (0.75 * (1 - 10 / 40) * 0.5 + 0.25 * np.exp(-2.99 * 10 / 20)),
        0.75 * (1 - 20 / 40) * 0.2,
    ]
    assert found.degradation[0, :3] == pytest.approx(degradation)
    quality = [
        h * (1 - d**2.5 / (d**2.5 + 0.2**2.5))
        for h, d in zip([0.9, 0.9, 0.4], degradation, strict=True)
    ]
    assert found.quality[0, :3] == pytest.approx(quality)
    assert np.isnan([found.quality[0, 3], found.degradation[0, 3]]).all()
    assert found.rarity is None


def test_at_the_half_saturation_quality_is_half():
    threat = Threat("t", np.zeros((1, 1)), 1.0, 1.0)
    found = habitat_quality(
        np.ones((1, 1), dtype=int), habitat={1: 0.8}, sensitivity={1: {"t": 0.3}},
        threats=[threat], half_saturation=0.3,
    )  # fmt: skip
    assert found.quality[0, 0] == pytest.approx(0.4)


def test_no_threat_near_leaves_all_of_it():
    nowhere = Threat("t", near(np.zeros((1, 4), dtype=bool), cell_size=1.0), 1.0, 5.0)
    felt = {1: {"t": 1.0}, 2: {"t": 1.0}}
    found = habitat_quality(CLASSES, **settings(threats=[nowhere], sensitivity=felt))
    assert found.quality[0, :3] == pytest.approx([0.9, 0.9, 0.4])


def test_more_threat_never_helps():
    rng = np.random.default_rng(5)
    cells = rng.random((20, 20)) < 0.02
    more = cells | (rng.random((20, 20)) < 0.05)
    qualities = [
        habitat_quality(
            np.ones((20, 20), dtype=int), habitat={1: 1.0}, sensitivity={1: {"t": 1.0}},
            threats=[Threat("t", near(c, cell_size=1.0), 1.0, 6.0)], half_saturation=0.2,
        ).quality
        for c in (cells, more)
    ]  # fmt: skip
    assert (qualities[1] <= qualities[0]).all()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"habitat": {1: 0.9}}, "habitat.class"),
        ({"habitat": {1: 1.9, 2: 0.1}}, "habitat.share"),
        ({"sensitivity": {1: {"road": 0.5}, 2: {}}}, "habitat.sensitivity"),
        ({"sensitivity": {c: {"road": -0.5, "town": 1} for c in (1, 2)}}, "habitat.share"),
        ({"access": np.array([[2.0, 1, 1, 1]])}, "habitat.share"),
        ({"access": np.ones((2, 2))}, "habitat.shape"),
        ({"baseline": np.ones((2, 2))}, "habitat.shape"),
        ({"threats": []}, "habitat.threat"),
        ({"half_saturation": 0.0}, "habitat.curve"),
        ({"scale_z": np.nan}, "habitat.curve"),
    ],
)
def test_bad_input(change, code):
    with pytest.raises(InputError) as caught:
        habitat_quality(CLASSES, **settings(**change))
    assert code in {f.code for f in caught.value.findings}
    assert caught.value.render("es")
    assert caught.value.render("en")


def test_access_is_not_read_outside_the_map():
    # The last cell has class 0.
    given = settings(access=np.array([[1.0, 0.5, 1.0, np.nan]]))
    whole = settings(access=np.array([[1.0, 0.5, 1.0, 1.0]]))
    found, expected = (habitat_quality(CLASSES, **s).quality for s in (given, whole))
    assert np.array_equal(found, expected, equal_nan=True)
    with pytest.raises(InputError, match="nan"):
        habitat_quality(CLASSES, **settings(access=np.array([[1.0, np.nan, 1.0, 1.0]])))


@pytest.mark.parametrize(
    ("weight", "reach", "decay"), [(0.0, 1.0, "linear"), (1.0, 0.0, "linear"), (1.0, 1.0, "steep")]
)
def test_bad_threats(weight, reach, decay):
    bad = Threat("road", np.zeros((1, 4)), weight, reach, decay)
    with pytest.raises(InputError) as caught:
        habitat_quality(CLASSES, **settings(threats=[bad]))
    assert caught.value.findings[0].code == "habitat.threat"
