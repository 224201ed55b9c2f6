"""Checks that physical formulas share, and attributes of dams as arrays in the unit wanted."""

from collections.abc import Mapping, Sequence

import numpy as np

from nonetloss.core.errors import InputError, UnitError
from nonetloss.core.findings import error, nearest, offenders
from nonetloss.core.units import quantity
from nonetloss.landscape.river import Attribute, RiverNetwork

# Seconds and hours of a year of 365 days.
YEAR_S = 365 * 86_400
YEAR_H = 8_760.0


def require(
    values: object, *, name: str, low: float = 0.0, high: float = np.inf, above: bool = False
) -> np.ndarray:
    """Values as floats, all of them within low … high.

    Parameters
    ----------
    values : number or array
    name : str
        What they are, with their unit, for the message.
    above : bool
        Whether `low` itself is too low.

    Raises
    ------
    InputError
        `hydropower.quantity`: NaN, infinite (unless `high` is) or outside; the first five are told.
    """
    array = np.asarray(values, dtype=float)
    fine = (array > low if above else array >= low) & (array <= high)
    if not fine.all():
        wrong = np.atleast_1d(array)[~np.atleast_1d(fine)]
        said = f"> {low:.10g}" if above else f"≥ {low:.10g}"
        limit = said if np.isinf(high) else f"{said}, ≤ {high:.10g}"
        shown = offenders(f"{v:.10g}" for v in wrong)
        raise InputError.because("hydropower.quantity", name, range=limit, found=shown)
    return array


def dam_values(
    network: RiverNetwork, names: Sequence[str], *, unit: str, optional: bool = False
) -> np.ndarray:
    """The first of some attributes that a network has, in `unit`, as (dams, 1 + options).

    Column 0, nothing built, is 0. NaN beyond the options of a site, and where a value is not
    known: whoever needs it asks `require_known`. All NaN if `optional` and there is none.

    Raises
    ------
    InputError
        `hydropower.attribute-missing` with the nearest, `hydropower.attribute-unit`.
    """
    wide = 1 + max((len(dam.options) for dam in network.dams), default=0)
    table = np.full((len(network.dams), wide), np.nan)
    table[:, 0] = 0.0
    name = next((n for n in names if n in network.dam_attributes), "")
    if not name:
        if optional:
            return table
        known = list(network.dam_attributes)
        near = nearest(names[0], known)
        wanted = offenders(names)
        raise InputError.because(
            "hydropower.attribute-missing",
            wanted,
            unit=unit,
            nearest=near,
            known=offenders(known, 20) or "–",
        )
    factor = conversion(network.dam_attributes, name, unit)
    for d, dam in enumerate(network.dams):
        for o, option in enumerate(dam.options, start=1):
            table[d, o] = factor * option.values.get(name, np.nan)
    return table


def conversion(attributes: Mapping[str, Attribute], name: str, unit: str) -> float:
    """What an attribute is multiplied by to be in `unit`.

    Raises
    ------
    InputError
        `hydropower.attribute-unit`.
    """
    stated = attributes[name].unit
    try:
        return quantity(f"1 {stated}" if stated else 1, unit, name=name)
    except UnitError as cause:
        problem = error("hydropower.attribute-unit", name, found=stated or "–", unit=unit or "–")
        raise InputError(problem) from cause


def chosen_values(table: np.ndarray, choices: np.ndarray) -> np.ndarray:
    """Values (n, dams) of what stands; 0 where nothing does, NaN where it is not known."""
    picked = table[np.arange(table.shape[0])[None, :], np.atleast_2d(choices)]
    return np.asarray(picked)


def require_known(
    network: RiverNetwork,
    table: np.ndarray,
    choices: np.ndarray,
    *,
    name: str,
    low: float = 0.0,
) -> np.ndarray:
    """`chosen_values`, all of them known and at least `low`.

    Raises
    ------
    InputError
        `hydropower.dams-without-value`, with the dams; `hydropower.quantity`.
    """
    values = chosen_values(table, choices)
    unknown = np.flatnonzero(np.isnan(values).any(axis=0))
    if len(unknown):
        dams = offenders(network.dams[d].id for d in unknown)
        raise InputError.because("hydropower.dams-without-value", name, dams=dams)
    return require(values, name=name, low=low)
