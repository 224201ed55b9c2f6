"""How much of a river's yearly flow the reservoirs above it can hold back, reach by reach.

Mathematical formulation
    DOR_r = 100 · Σ_{d above r} x_d V_d / W_r, V_d the storage of dam d and W_r the mean annual
    volume of reach r, both in m3; percent, not capped.
    A network score Σ_r w_r DOR_r with weights w_r is additive over dams:
    a_d = 100 · V_d · Σ_{r below d} w_r / W_r.

In words
    2 % means that a week of the year's water can be held back. Every dam adds to every reach
    below it, most where the river is still small.

Papers
    Lehner et al. 2011, doi 10.1890/100125; Grill et al. 2015, doi 10.1088/1748-9326/10/1/015001;
    Grill et al. 2019, doi 10.1038/s41586-019-1111-9. Of the classes 2, 10 and 30 %, Lehner et al.
    use 2 %; the other two are to be verified.
"""

from collections.abc import Sequence

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.hydropower.quantities import require

# Percent at which kilometers are told.
CLASSES = (2.0, 10.0, 30.0)


def degree_of_regulation(
    down: np.ndarray,
    *,
    dam_reach: np.ndarray,
    storage_m3: np.ndarray,
    volume_m3: np.ndarray,
) -> np.ndarray:
    """Degree of regulation of every reach, in percent.

    Parameters
    ----------
    down : int (reaches,)
        Index of the reach below; -1 at an outlet.
    dam_reach : int (dams,)
        The first reach that feels each dam: the one just below it.
    storage_m3 : (..., dams)
        Storage of what stands; 0 where nothing does.
    volume_m3 : (reaches,)
        Mean annual volume, above zero; infinite: nothing regulates this reach.

    Returns
    -------
    (..., reaches)
        Above 100 where more than a year's flow can be stored.

    Raises
    ------
    InputError
        `hydropower.quantity`, `regulation.circle` (reaches that never come to an outlet),
        `regulation.reach-unknown`.
    """
    storage = require(storage_m3, name="storage_m3")
    volume = require(volume_m3, name="volume_m3", above=True)
    order = _downward(down)
    _require_reaches(dam_reach, len(down))
    above = np.zeros((*storage.shape[:-1], len(down)))
    for d, reach in enumerate(dam_reach):
        above[..., reach] += storage[..., d]
    for reach in order:
        if down[reach] >= 0:
            above[..., down[reach]] += above[..., reach]
    return np.asarray(100 * above / volume)


def network_scores(
    down: np.ndarray,
    *,
    dam_reach: np.ndarray,
    storage_m3: np.ndarray,
    volume_m3: np.ndarray,
    weight: np.ndarray,
) -> np.ndarray:
    """What each dam adds to Σ weight · degree of regulation: an additive criterion.

    Parameters
    ----------
    storage_m3 : (dams,)
    weight : (reaches,)
        Of each reach, for example its length in km, or length times flow.
    down, dam_reach, volume_m3
        As `degree_of_regulation`.

    Returns
    -------
    (dams,)
        In percent times the unit of the weight.

    Raises
    ------
    InputError
        As `degree_of_regulation`.
    """
    storage = require(storage_m3, name="storage_m3")
    volume = require(volume_m3, name="volume_m3", above=True)
    below = require(weight, name="weight") / volume
    _require_reaches(dam_reach, len(down))
    for reach in _downward(down)[::-1]:
        if down[reach] >= 0:
            below[reach] += below[down[reach]]
    return np.asarray(100 * storage * below[np.asarray(dam_reach, dtype=np.intp)])


def regulated_km(
    percent: np.ndarray, *, length_km: np.ndarray, classes: Sequence[float] = CLASSES
) -> np.ndarray:
    """Kilometers with at least each class of regulation, (..., classes).

    Parameters
    ----------
    percent : (..., reaches)
    length_km : (reaches,)
    classes : percent

    Raises
    ------
    InputError
        `hydropower.quantity`.
    """
    length = require(length_km, name="length_km")
    regulation = require(percent, name="percent")
    return np.stack([((regulation >= c) * length).sum(axis=-1) for c in classes], axis=-1)


def _downward(down: np.ndarray) -> np.ndarray:
    """Reaches in an order in which each comes before the one below it."""
    down = np.asarray(down)
    _require_reaches(down[down >= 0], len(down))
    waiting_for = np.bincount(down[down >= 0], minlength=len(down))
    ready = [int(reach) for reach in np.flatnonzero(waiting_for == 0)]
    order: list[int] = []
    while ready:
        reach = ready.pop()
        order.append(reach)
        below = int(down[reach])
        if below >= 0:
            waiting_for[below] -= 1
            if waiting_for[below] == 0:
                ready.append(below)
    if len(order) < len(down):
        circle = np.flatnonzero(waiting_for > 0)
        raise InputError.because("regulation.circle", "down", reaches=offenders(circle))
    return np.array(order, dtype=np.intp)


def _require_reaches(reaches: np.ndarray, count: int) -> None:
    wrong = [int(r) for r in reaches if not 0 <= r < count]
    if wrong:
        raise InputError.because("regulation.reach-unknown", "reach", reaches=offenders(wrong))
