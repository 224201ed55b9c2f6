"""What plants generate from flow and head, and how storage upstream changes it.

Mathematical formulation
    E = min(8760 · P · a, Σ_t min(1000 · P, 9.81 · η · H · min(Q_t, Q_max)) · Δt / 1000) MWh,
    with P MW, a the share of hours the plant is available, η efficiency, H net head in m, Q in
    m3/s and Δt in hours: 9.81 · η · Q · H are kW. (The usual formula limits the year only; here
    no period gives more than the capacity either.)
    Regulation upstream: a reservoir with active storage S m3 turns its inflow Q_t into
    Q' = m + (1 - s)(Q_t - m), m the mean, s = min(1, S / R), R the range of the cumulated
    departures Σ (Q_t - m) Δt over the year (the storage that would even it out: Rippl 1883).

In words
    A plant takes what its turbines can of the flow. A reservoir that could hold a third of what
    evening out the year takes, evens it out by a third, for itself and for all plants below. Water
    is neither lost nor gained. This is a planning model: no evaporation, no rule curve, no
    irrigation, no spill beyond the turbines, one head.
"""

from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.hydropower.quantities import YEAR_H, require

GRAVITY = 9.81
# Flow that firm energy counts on is reached in this share of the time.
FIRM_SHARE = 0.95
# Hours of a common month series, January to December.
MONTH_H = 24.0 * np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True, slots=True)
class Plant:
    """A plant: net head, capacity, turbine flow (inf: whatever comes), efficiency, availability."""

    head_m: float
    capacity_mw: float
    max_flow_m3s: float = np.inf
    efficiency: float = 0.9
    availability: float = 1.0

    def __post_init__(self) -> None:
        require(self.head_m, name="head_m", above=True)
        require(self.capacity_mw, name="capacity_mw", above=True)
        require(self.max_flow_m3s, name="max_flow_m3s", above=True)
        require(self.efficiency, name="efficiency", high=1.0, above=True)
        require(self.availability, name="availability", high=1.0)


def annual_energy_gwh(
    flow_m3s: np.ndarray, *, plant: Plant, hours: np.ndarray = MONTH_H
) -> np.ndarray:
    """Energy of a year, in GWh.

    Parameters
    ----------
    flow_m3s : (..., t)
        Mean flow in each period, not negative.
    plant : Plant
    hours : (t,)
        Length of each period; together one year (8,760 h, 8,784 h in a leap year). For a flow
        duration curve, the hours that each flow stands for.

    Returns
    -------
    (...)
        A flow of zero gives zero.

    Raises
    ------
    InputError
        `hydropower.quantity` (negative or NaN), `energy.year` (hours that are no year).
    """
    flow, hours = _checked(flow_m3s, hours)
    kilowatts = GRAVITY * plant.efficiency * plant.head_m * np.minimum(flow, plant.max_flow_m3s)
    kilowatts = np.minimum(kilowatts, 1e3 * plant.capacity_mw)
    generated_mwh = (kilowatts * hours).sum(axis=-1) / 1e3
    limit_mwh = YEAR_H * plant.capacity_mw * plant.availability
    return np.asarray(np.minimum(generated_mwh, limit_mwh) / 1e3)


def firm_energy_gwh(
    flow_m3s: np.ndarray, *, plant: Plant, hours: np.ndarray = MONTH_H
) -> np.ndarray:
    """Energy of a year, in GWh, with the flow that is reached 95 % of the time.

    Parameters and errors as `annual_energy_gwh`.
    """
    flow, hours = _checked(flow_m3s, hours)
    firm = exceeded_flow(flow, share=FIRM_SHARE, hours=hours)
    year = np.broadcast_to(firm[..., None], flow.shape)
    return annual_energy_gwh(year, plant=plant, hours=hours)


def exceeded_flow(flow_m3s: np.ndarray, *, share: float, hours: np.ndarray = MONTH_H) -> np.ndarray:
    """The largest flow that is reached or exceeded in at least `share` of the hours.

    Parameters
    ----------
    flow_m3s : (..., t)
    share : 0 … 1
        0.95 gives Q95. 0 gives the largest flow.
    hours : (t,)

    Returns
    -------
    (...)
        One of the flows given: no interpolation between periods.

    Raises
    ------
    InputError
        `hydropower.quantity`, `energy.year`.
    """
    flow, hours = _checked(flow_m3s, hours)
    require(share, name="share", high=1.0)
    order = np.argsort(-flow, axis=-1, kind="stable")
    sorted_flow = np.take_along_axis(flow, order, axis=-1)
    reached = np.cumsum(hours[order], axis=-1) / hours.sum()
    # Rounding of sums of hours must not push the limit to the next period.
    first = (reached >= share - 1e-12).argmax(axis=-1)
    return np.asarray(np.take_along_axis(sorted_flow, first[..., None], axis=-1)[..., 0])


def evening_storage_m3(flow_m3s: np.ndarray, *, hours: np.ndarray = MONTH_H) -> np.ndarray:
    """Storage (...) in m3 that would turn the flow (..., t) into its mean, year after year.

    Largest less smallest of the cumulated departures from the mean (Rippl 1883), at the ends of
    periods. Errors as `annual_energy_gwh`.
    """
    flow, hours = _checked(flow_m3s, hours)
    mean = (flow * hours).sum(axis=-1, keepdims=True) / hours.sum()
    sums = np.cumsum((flow - mean) * hours * 3600, axis=-1)
    # The year begins and ends at 0, which the last sum is but for rounding.
    sums[..., -1] = 0.0
    return np.asarray(sums.max(axis=-1) - sums.min(axis=-1))


def evened_flow(
    flow_m3s: np.ndarray, *, storage_m3: np.ndarray | float, hours: np.ndarray = MONTH_H
) -> np.ndarray:
    """Flow (..., t) below a reservoir with that active storage, m3 (see the module).

    Storage 0 leaves the flow as it is; the annual volume never changes.

    Parameters
    ----------
    flow_m3s : (..., t)
    storage_m3 : number or (...)
    hours : (t,)

    Raises
    ------
    InputError
        `hydropower.quantity`, `energy.year`.
    """
    flow, hours = _checked(flow_m3s, hours)
    storage = require(storage_m3, name="storage_m3")
    wanted = evening_storage_m3(flow, hours=hours)
    share = np.where(storage >= wanted, 1.0, storage / np.where(wanted > 0, wanted, 1.0))
    share = np.where(storage > 0, share, 0.0)[..., None]
    mean = (flow * hours).sum(axis=-1, keepdims=True) / hours.sum()
    return np.asarray(flow + share * (mean - flow))


def _checked(flow_m3s: np.ndarray, hours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flow = require(flow_m3s, name="flow_m3s")
    length = require(hours, name="hours", above=True)
    if flow.shape[-1:] != length.shape or not YEAR_H - 1e-6 <= length.sum() <= YEAR_H + 24 + 1e-6:
        raise InputError.because(
            "energy.year",
            "hours",
            hours=round(float(length.sum()), 3),
            periods=len(length),
            flows=flow.shape[-1] if flow.ndim else 1,
        )
    return flow, length
