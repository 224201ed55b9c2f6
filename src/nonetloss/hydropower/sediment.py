"""What a reservoir traps of the sediment that comes to it.

Trap = max(0, 1 - 0.05 / √τ), τ the residence time in years: volume over annual inflow. The curve
is a fit to Brune 1953 (doi 10.1029/TR034i003p00407), in the form of Vörösmarty et al. 2003, to be
verified against the paper. It says nothing for τ <= 0.0025 years (22 hours), where it gives 0.
"""

import numpy as np

from nonetloss.hydropower.quantities import YEAR_S, require

# Below this many years the curve would be negative: 0.05² = 0.0025.
SHORTEST_YEARS = 0.0025


def residence_years(volume_m3: np.ndarray | float, *, inflow_m3s: np.ndarray | float) -> np.ndarray:
    """Residence time in years of 365 days.

    Parameters
    ----------
    volume_m3 : number or array, not negative
    inflow_m3s : number or array, above zero
        Mean annual inflow.

    Raises
    ------
    InputError
        `hydropower.quantity`.
    """
    volume = require(volume_m3, name="volume_m3")
    inflow = require(inflow_m3s, name="inflow_m3s", above=True)
    return np.asarray(volume / (inflow * YEAR_S))


def trap_efficiency(residence_years: np.ndarray | float) -> np.ndarray:
    """Share of the sediment that stays in the reservoir, 0 … 1.

    Parameters
    ----------
    residence_years : number or array, not negative

    Raises
    ------
    InputError
        `hydropower.quantity`.
    """
    years = require(residence_years, name="residence_years")
    long = years > SHORTEST_YEARS
    return np.where(long, 1 - 0.05 / np.sqrt(np.where(long, years, 1.0)), 0.0)
