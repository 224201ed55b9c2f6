"""Greenhouse gases of reservoirs, by how much is known.

Tiers
    a  Net emissions per dam, from measurements or models (G-res, RE-Emission).
       Net = after less before less what others cause.
    b  Inundated area by class times emission factors that the user gives with their source, for
       the first years after flooding and for later ones (the structure of IPCC 2019, volume 4,
       chapter 7; the split at 20 years is to be verified there). No factor is built in.
    c  Power density (capacity over area) as the clean development mechanism classed it in ACM0002,
       to be verified against the version in force: above 10 W/m2 none, from 4 to 10 W/m2
       90 kgCO2e/MWh, below 4 W/m2 no figure.

Emissions per energy are a ratio: they are told, never optimized, because the ratio of two sums is
no sum of ratios. A tonne per GWh is a gram per kWh.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.hydropower.quantities import require

# To be verified: ACM0002, large-scale renewable electricity.
NO_FIGURE_W_M2 = 4.0
NO_EMISSION_W_M2 = 10.0
BETWEEN_T_PER_GWH = 90.0
# To be verified: age at which IPCC 2019 changes the factors of flooded land.
YOUNG_YEARS = 20.0


@dataclass(frozen=True, slots=True)
class AreaFactor:
    """Emissions of one class of flooded land, tCO2e per ha and year, young and old, with source."""

    young_t_per_ha: float
    old_t_per_ha: float
    source: Text

    def __post_init__(self) -> None:
        require(self.young_t_per_ha, name="young_t_per_ha", low=-np.inf)
        require(self.old_t_per_ha, name="old_t_per_ha", low=-np.inf)
        if not (self.source.es.strip() and self.source.en.strip()):
            raise InputError.because("greenhouse.factor-source", "area factor")


def area_emissions_t(
    area_ha: Mapping[str, float], *, factors: Mapping[str, AreaFactor], life_years: float
) -> float:
    """Mean emissions per year over the life of a reservoir, tCO2e (tier b).

    Parameters
    ----------
    area_ha : mapping of class to area
        Classes do not overlap. Empty: nothing flooded, 0.
    factors : mapping of class to AreaFactor
    life_years : above 0
        Years up to 20 take the young factor, later ones the old.

    Raises
    ------
    InputError
        `greenhouse.factor-missing` (a flooded class without a factor), `hydropower.quantity`.
    """
    require(life_years, name="life_years", above=True)
    require(list(area_ha.values()), name="area_ha")
    lacking = sorted(name for name, area in area_ha.items() if area > 0 and name not in factors)
    if lacking:
        raise InputError.because(
            "greenhouse.factor-missing", ", ".join(lacking), known=", ".join(factors) or "–"
        )
    young = min(life_years, YOUNG_YEARS) / life_years
    per_ha = {
        n: young * f.young_t_per_ha + (1 - young) * f.old_t_per_ha for n, f in factors.items()
    }
    return float(sum(area * per_ha[name] for name, area in area_ha.items() if area > 0))


def power_density_w_m2(
    capacity_mw: np.ndarray | float, *, area_ha: np.ndarray | float
) -> np.ndarray:
    """Capacity over flooded area, W/m2; inf where nothing is flooded.

    Raises
    ------
    InputError
        `hydropower.quantity` (negative, NaN).
    """
    watts = 1e6 * require(capacity_mw, name="capacity_mw", above=True)
    meters = 1e4 * require(area_ha, name="area_ha")
    return np.asarray(np.where(meters > 0, watts / np.where(meters > 0, meters, 1.0), np.inf))


def density_emissions_t(
    power_density: np.ndarray | float, *, energy_gwh: np.ndarray | float
) -> np.ndarray:
    """Emissions per year, tCO2e, by power density (tier c); NaN below 4 W/m2.

    Exactly 4 and exactly 10 W/m2 take the figure of the class between.

    Raises
    ------
    InputError
        `hydropower.quantity`.
    """
    density = require(power_density, name="power_density")
    energy = require(energy_gwh, name="energy_gwh")
    per_gwh = np.where(density > NO_EMISSION_W_M2, 0.0, BETWEEN_T_PER_GWH)
    return np.asarray(np.where(density < NO_FIGURE_W_M2, np.nan, per_gwh * energy))


def intensity_g_per_kwh(
    emissions_t: np.ndarray | float, *, energy_gwh: np.ndarray | float
) -> np.ndarray:
    """Emissions per energy, gCO2e/kWh; NaN where there is no energy.

    Parameters
    ----------
    emissions_t : number or array
        Per year, net; may be negative.
    energy_gwh : number or array, not negative
        Per year.

    Raises
    ------
    InputError
        `hydropower.quantity`.
    """
    energy = require(energy_gwh, name="energy_gwh")
    positive = np.where(energy > 0, energy, 1.0)
    return np.asarray(np.where(energy > 0, np.asarray(emissions_t) / positive, np.nan))
