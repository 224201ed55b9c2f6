"""What energy costs per unit: capital spread over the life of the plant, and operation.

Levelized cost = (capital · CRF + operation) / energy, CRF = r (1 + r)^n / ((1 + r)^n - 1), the
capital recovery factor; 1/n without discounting. Textbook annuity; constant energy and cost over
the years, no construction period and no end value.
"""

import numpy as np

from nonetloss.hydropower.quantities import require


def capital_recovery_factor(rate: float, *, years: float) -> float:
    """Share of the capital to be paid each year.

    Parameters
    ----------
    rate : 0 … 1
        Yearly discount rate; 0 gives 1 / years.
    years : above 0

    Raises
    ------
    InputError
        `hydropower.quantity`.
    """
    require(rate, name="rate", high=1.0)
    require(years, name="years", above=True)
    # expm1 and log1p keep rates near zero exact.
    return float(rate / -np.expm1(-years * np.log1p(rate))) if rate > 0 else 1 / years


def levelized_cost_usd_per_mwh(
    capital_usd: np.ndarray | float,
    *,
    energy_gwh: np.ndarray | float,
    operation_usd: np.ndarray | float = 0.0,
    rate: float,
    years: float,
) -> np.ndarray:
    """Cost of energy in USD/MWh.

    Parameters
    ----------
    capital_usd, operation_usd : number or array, not negative
        Once, and per year.
    energy_gwh : number or array, not negative
        Per year. NaN comes back where it is 0: no energy has no price.
    rate, years
        As `capital_recovery_factor`.

    Raises
    ------
    InputError
        `hydropower.quantity`.
    """
    capital = require(capital_usd, name="capital_usd")
    operation = require(operation_usd, name="operation_usd")
    energy_mwh = 1e3 * require(energy_gwh, name="energy_gwh")
    yearly = capital * capital_recovery_factor(rate, years=years) + operation
    positive = np.where(energy_mwh > 0, energy_mwh, 1.0)
    return np.asarray(np.where(energy_mwh > 0, yearly / positive, np.nan))
