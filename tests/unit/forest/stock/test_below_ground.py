"""Roots: the ratio changes at the threshold of its source."""

import numpy as np
import pytest

from nonetloss.forest.stock.below_ground import ROOT_SHOOT


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ipcc-2006-rainforest", [0.37, 0.37, 0.37]),
        ("ipcc-2006-moist-deciduous", [0.20, 0.24, 0.24]),
        ("mokany-2006-moist", [0.205, 0.235, 0.235]),
    ],
)
def test_ratio_below_at_and_above_125_megagrams(name, expected):
    assert ROOT_SHOOT[name].ratio(np.array([124.9, 125.0, 300.0])).tolist() == expected


def test_an_unknown_biomass_takes_the_lower_class_and_stays_unknown():
    unknown = np.array([np.nan])
    assert np.isnan(unknown * ROOT_SHOOT["mokany-2006-moist"].ratio(unknown)).all()
