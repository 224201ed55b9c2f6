"""OffsetSim's words on its default dynamics, derived by hand.

Condition 0 … 100 follows a logistic curve, -0.01 per year without and 0.02 with restoration; gains
are read 15 years after the intervention (defaults of the program). A site at 50 then has

    without  100 / (1 + e^(0.01 · 15))       restored  100 / (1 + e^(-0.02 · 15))

The expected tables of the program itself come from R's random numbers and are not rebuilt.
"""

from math import exp

import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.grid import Grid
from nonetloss.offset.counterfactual import counterfactual

KIND = Ecosystem(1, "feature", Text.of("feature"), Estimate.exact(0.5))
MAP = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", (KIND,))
CURVES = {
    "restore": {"kind": "logistic", "rate": 0.02},
    "without": {"kind": "logistic", "rate": -0.01},
}
NOW = 0.5
WITHOUT = 1 / (1 + exp(0.01 * 15))
RESTORED = 1 / (1 + exp(-0.02 * 15))


def gain(word, **more):
    site = Parcel(
        "site", Text.of("site"), box(0, 0, 1, 1), 1.0, "feature",
        Estimate.exact(0.0), Estimate.exact(1.0), 0.0,
        trajectory="restore", value_today=Estimate.exact(NOW),
    )  # fmt: skip
    return counterfactual(
        [site], ecosystems=MAP, rng=np.random.default_rng(0), draws=2, horizon_years=15,
        credit="end", curves=CURVES, gain=word, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("restoration_gains", RESTORED - NOW),
        ("avoided_condition_decline", NOW - WITHOUT),
        ("net_gains", (RESTORED - NOW) + (NOW - WITHOUT)),
        ("current_condition_maintain", NOW),
        ("current_condition_protect", NOW),
        ("protected_condition", WITHOUT),
    ],
)
def test_gain_of_a_site_at_half_its_condition(word, expected):
    found = gain(word)
    assert found.likely[0] == pytest.approx(expected, rel=1e-12)
    assert found.draws[0] == pytest.approx([expected] * 2, rel=1e-12)


def test_potential_development_in_the_counterfactual_raises_the_gain():
    # A chance of 1 % per year of being cleared: what is left without shrinks by 0.99^15.
    plan = {"site": {"annual": 0.01, "value_after": 0}}
    found = gain("net_gains", planned=plan)
    assert found.likely[0] == pytest.approx(RESTORED - WITHOUT * 0.99**15, rel=1e-12)
    # Protection alone is read on the path that nobody develops.
    assert gain("protected_condition", planned=plan).likely[0] == pytest.approx(WITHOUT)


def test_a_potential_offset_in_the_counterfactual_lowers_it():
    plan = {"site": {"year": "0 year", "probability": 0.2, "value_after": RESTORED}}
    found = gain("net_gains", planned=plan)
    without = 0.8 * WITHOUT + 0.2 * RESTORED
    # The site begins at what it is expected to be worth then, and rises from there.
    start = 0.8 * NOW + 0.2 * RESTORED
    restored = 1 / (1 + exp(-0.02 * 15) * (1 - start) / start)
    assert found.likely[0] == pytest.approx(restored - without, rel=1e-12)
