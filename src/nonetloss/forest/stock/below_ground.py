"""Roots from what stands above the ground, and carbon from biomass.

Sources: IPCC 2006 Guidelines, vol. 4, table 4.4; Mokany et al. 2006,
doi 10.1111/j.1365-2486.2005.001043.x. Values were not checked against the official texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nonetloss.core.language import Text


@dataclass(frozen=True, slots=True)
class RootShoot:
    """Roots as a share of the biomass above, by whether that is below or from `threshold_mg_ha`."""

    name: str
    title: Text
    source: str
    below: float
    above: float
    threshold_mg_ha: float = 125.0

    def ratio(self, above_ground_mg_ha: np.ndarray) -> np.ndarray:
        """The ratio at each biomass; that below the threshold where it is unknown."""
        return np.where(above_ground_mg_ha >= self.threshold_mg_ha, self.above, self.below)


_IPCC = "IPCC 2006, vol. 4, table 4.4"
ROOT_SHOOT: Mapping[str, RootShoot] = {
    r.name: r
    for r in (
        RootShoot(
            "ipcc-2006-rainforest",
            Text(es="IPCC 2006, bosque lluvioso tropical", en="IPCC 2006, tropical rainforest"),
            _IPCC, 0.37, 0.37,
        ),
        RootShoot(
            "ipcc-2006-moist-deciduous",
            Text(es="IPCC 2006, caducifolio húmedo", en="IPCC 2006, moist deciduous forest"),
            _IPCC, 0.20, 0.24,
        ),
        RootShoot(
            "mokany-2006-moist",
            Text(es="Mokany 2006, bosque tropical húmedo", en="Mokany 2006, tropical moist forest"),
            "Mokany et al. 2006, doi 10.1111/j.1365-2486.2005.001043.x", 0.205, 0.235,
        ),
    )
}  # fmt: skip
