"""The reaches of a network in their order downstream, with their flow and the dams above them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.hydropower.quantities import YEAR_S, require
from nonetloss.landscape.river import RiverNetwork

_COLUMNS = frozenset({"piece", "next_piece", "component", "length_km", "discharge_m3s"})


@dataclass(frozen=True, slots=True)
class ReachOrder:
    """Reaches by their row.

    `down` (reaches,) is the row below, -1 at the mouth; `dam_reach` (dams,) the row just below
    each dam; `volume_m3` (reaches,) the mean annual volume, infinite where the flow is zero or not
    known, so that nothing regulates it; `component` (reaches,) the id of the component.
    """

    down: np.ndarray
    dam_reach: np.ndarray
    component: np.ndarray
    length_km: np.ndarray
    volume_m3: np.ndarray


def reach_order(network: RiverNetwork) -> ReachOrder | None:
    """The order of the reaches; None where they say no flow or no order.

    Raises
    ------
    InputError
        `regulation.dam-off-reach`, `regulation.reach-unknown`, `hydropower.quantity` (a negative
        flow).
    """
    reaches = network.reaches
    if reaches is None or not set(reaches.columns) >= _COLUMNS:
        return None
    place = {int(piece): r for r, piece in enumerate(reaches["piece"])}
    below = [None if pd.isna(piece) else int(piece) for piece in reaches["next_piece"]]
    unknown = [piece for piece in below if piece is not None and piece not in place]
    if unknown:
        listed = offenders(unknown)
        raise InputError.because("regulation.reach-unknown", "next_piece", reaches=listed)
    down = np.array([-1 if piece is None else place[piece] for piece in below], dtype=np.intp)
    component = reaches["component"].to_numpy()
    flow = np.nan_to_num(reaches["discharge_m3s"].to_numpy(float), nan=0.0)
    require(flow, name="discharge_m3s")
    return ReachOrder(
        down=down,
        dam_reach=_first_below(network, component, down),
        component=component,
        length_km=reaches["length_km"].to_numpy(float),
        volume_m3=np.where(flow > 0, flow * YEAR_S, np.inf),
    )


def _first_below(network: RiverNetwork, component: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Reach (dams,) just below each dam: below the one that leaves the dam's upper component."""
    leaves: dict[object, int] = {}
    for r, below in enumerate(down):
        if below >= 0 and component[below] != component[r]:
            leaves[component[r]] = int(below)
    lost = [dam.id for dam in network.dams if dam.above not in leaves]
    if lost:
        raise InputError.because("regulation.dam-off-reach", "reaches", dams=offenders(lost))
    return np.array([leaves[dam.above] for dam in network.dams], dtype=np.intp)
