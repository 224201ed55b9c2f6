"""Attributes of dams that follow from others, where nobody gave them.

`sed_trap`
    Where components have a load (`sediment`): from the residence time of the water, storage over
    mean annual flow, by the curve of `hydropower.sediment`.
`dor`
    Where reaches say their order and their flow: what each dam adds to the degree of regulation
    of the network, the mean over all reaches weighted by length, in percent. It is additive, so
    that the sum over what stands is the mean of the network (`hydropower.regulated_flow`; not
    capped).

Both need the attribute `storage` (or `volume`), and `sed_trap` the attribute `flow`, with units.
What is given is never replaced.
"""

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice
from nonetloss.hydropower.quantities import conversion, dam_values
from nonetloss.hydropower.reach_order import reach_order
from nonetloss.hydropower.regulated_flow import network_scores
from nonetloss.hydropower.sediment import residence_years, trap_efficiency
from nonetloss.landscape.river import Attribute, Dam, RiverNetwork

# Names of the storage of reservoirs, the first that a network has.
STORAGE = ("storage", "volume")


def derived_attributes(network: RiverNetwork) -> tuple[RiverNetwork, tuple[Finding, ...]]:
    """The network with `sed_trap` and `dor` where they can be derived, and a notice of each.

    Parameters
    ----------
    network : RiverNetwork
        Returned as it is where nothing can be derived, or nothing is missing.

    Raises
    ------
    InputError
        `hydropower.quantity` (negative storage or flow, or storage where nothing flows), those
        of `hydropower.reach_order`.
    """
    if not _is_known(network, STORAGE, "m^3"):
        return network, ()
    made: list[tuple[Attribute, np.ndarray]] = []
    storage = dam_values(network, STORAGE, unit="m^3")[:, 1:]
    wants_trap = "sediment" in network.component_attributes
    wants_trap = wants_trap and "sed_trap" not in network.dam_attributes
    if wants_trap and _is_known(network, ("flow",), "m^3/s"):
        flow = dam_values(network, ("flow",), unit="m^3/s")[:, 1:]
        made.append((Attribute("sed_trap", ""), _trapped(storage, flow)))
    if "dor" not in network.dam_attributes:
        scores = _scores(network)
        if scores is not None:
            made.append((Attribute("dor", "%"), storage * scores[:, None]))
    if not made:
        return network, ()
    told = tuple(notice(f"derived.{a.name.replace('_', '-')}", "network") for a, _ in made)
    values = {attribute.name: table for attribute, table in made}
    attributes = {**network.dam_attributes, **{a.name: a for a, _ in made}}
    return (
        replace(
            network,
            dams=tuple(_with(dam, d, values) for d, dam in enumerate(network.dams)),
            dam_attributes=MappingProxyType(attributes),
        ),
        told,
    )


def _is_known(network: RiverNetwork, names: tuple[str, ...], unit: str) -> bool:
    """Whether the first of the attributes that is there can be told in the unit."""
    name = next((n for n in names if n in network.dam_attributes), None)
    if name is None:
        return False
    try:
        conversion(network.dam_attributes, name, unit)
    except InputError:
        # A storage of energy, say: whoever needs water asks for it and is told.
        return False
    return True


def _trapped(storage: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Share trapped (dams, options); 0 without storage, NaN where a number is not known."""
    found = np.where(storage == 0, 0.0, np.nan)
    known = ~np.isnan(storage) & ~np.isnan(flow) & (storage != 0)
    years = residence_years(storage[known], inflow_m3s=flow[known])
    found[known] = trap_efficiency(years)
    return found


def _scores(network: RiverNetwork) -> np.ndarray | None:
    """Percent (dams,) that each m3 of storage adds to the mean of the network."""
    order = reach_order(network)
    if order is None or not order.length_km.sum() > 0:
        return None
    return network_scores(
        order.down,
        dam_reach=order.dam_reach,
        storage_m3=np.ones(len(network.dams)),
        volume_m3=order.volume_m3,
        weight=order.length_km / order.length_km.sum(),
    )


def _with(dam: Dam, row: int, values: dict[str, np.ndarray]) -> Dam:
    options = tuple(
        replace(
            option,
            values={**option.values, **{n: float(table[row, o]) for n, table in values.items()}},
        )
        for o, option in enumerate(dam.options)
    )
    return replace(dam, options=options)
