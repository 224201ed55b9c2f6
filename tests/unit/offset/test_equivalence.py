import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.numerics.grid import Grid
from nonetloss.offset.equivalence import accepted, named_ecosystems


def kind(name, better=()):
    return Ecosystem(1, name, Text.of(name), Estimate.exact(0.5), better=better)


LOW, MID, HIGH = kind("low", ("mid",)), kind("mid", ("high",)), kind("high")


def test_like_for_like_or_better_as_declared():
    # Neither symmetric (high does not take mid) nor continued (low does not take high).
    assert accepted([LOW, MID, HIGH], ["low", "mid", "high"]).tolist() == [
        [True, True, False],
        [False, True, True],
        [False, False, True],
    ]


def test_empty_sides():
    assert accepted([], ["low"]).shape == (0, 1)
    assert accepted([LOW], []).shape == (1, 0)


def test_unknown_names_are_told():
    world = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", (LOW, MID))
    assert named_ecosystems(("mid", "low"), world) == (MID, LOW)
    with pytest.raises(InputError) as caught:
        named_ecosystems(("mid", "moon"), world)
    assert "moon" in caught.value.render("es")
