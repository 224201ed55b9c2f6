"""Where the components and dams of a network stand in arrays."""

from dataclasses import dataclass

import numpy as np

from nonetloss.landscape.river import RiverNetwork


@dataclass(frozen=True, slots=True)
class Places:
    """Rows of components and dams, in the order of the network.

    `parent` (components,) is the component below (-1 at the mouth, which comes first), `above`
    (dams,) the component above each dam, `dam` (components,) the dam below each (-1 at the mouth).
    """

    parent: np.ndarray
    above: np.ndarray
    dam: np.ndarray

    @classmethod
    def of(cls, network: RiverNetwork) -> "Places":
        """The places of a network."""
        place = {component.id: i for i, component in enumerate(network.components)}
        above = np.array([place[dam.above] for dam in network.dams], np.int64)
        parent = np.full(len(place), -1, np.int64)
        dam = np.full(len(place), -1, np.int64)
        parent[above] = [place[dam.below] for dam in network.dams]
        dam[above] = np.arange(len(above))
        return cls(parent, above, dam)
