"""What else a selection must heed, or pays for: locks, neighbors, one piece, outlines, links."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class LockedIn:
    """Units that must be chosen: (units,) for the first zone, or (units, zones), bool."""

    units: np.ndarray


@dataclass(frozen=True, slots=True)
class LockedOut:
    """Units that cannot be chosen: (units,) in any zone, or (units, zones), bool."""

    units: np.ndarray


@dataclass(frozen=True, slots=True)
class Mandatory:
    """Every unit that has a cost somewhere is put into some zone."""


@dataclass(frozen=True, slots=True)
class Neighbors:
    """A chosen unit has at least `least` chosen neighbors, or all it has if those are fewer.

    `edges` (m, 2) pairs of units. Zones count together.
    """

    edges: np.ndarray
    least: int


@dataclass(frozen=True, slots=True)
class Contiguous:
    """The chosen units, in all zones together, fall into at most `components` pieces."""

    edges: np.ndarray
    components: int = 1


@dataclass(frozen=True, slots=True)
class Linear:
    """`lower <= sum of values x <= upper`; values (units,) or (units, zones)."""

    values: np.ndarray
    lower: float = -np.inf
    upper: float = np.inf
    name: str = ""


@dataclass(frozen=True, slots=True)
class Boundary:
    """Cost per length of the outline of what is chosen.

    `lengths` sparse symmetric (units, units): shared edges, the whole perimeter on the diagonal.
    `exposed_edge_factor`: share of its length at which an edge that borders no unit counts.
    `zones` (zones, zones) symmetric, in [-1, 1]: how far two neighbors in these zones save
    outline; None: only where they are in the same zone.
    """

    lengths: Any
    penalty: float
    exposed_edge_factor: float = 0.5
    zones: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Connectivity:
    """Reward per link between two chosen units.

    `links` sparse (units, units), not negative. Symmetric: each pair pays `penalty` times its
    link once when both are chosen. Otherwise `penalty` is paid for each link that leads from a
    chosen unit to one that is not. `zones` as for `Boundary`, symmetric links only.
    """

    links: Any
    penalty: float
    zones: np.ndarray | None = None


Demand = (
    LockedIn | LockedOut | Mandatory | Neighbors | Contiguous | Linear | Boundary | Connectivity
)
