"""Where each ecosystem lies and what a hectare of it is worth."""

from dataclasses import dataclass

import numpy as np

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.core.provenance import Source
from nonetloss.numerics.grid import Grid


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """One class of the map.

    `value` is the ecological value today, in [0, 1]. `forest` says whether induced deforestation
    applies. `offsettable` False means: a loss here cannot be offset, go back to avoid. `better`
    names ecosystems whose gain is accepted for a loss here (like-for-like or better).
    """

    code: int
    name: str
    title: Text
    value: Estimate
    forest: bool = False
    offsettable: bool = True
    better: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EcosystemMap:
    """Class codes (rows, columns) on a grid; 0 means outside the map."""

    classes: np.ndarray
    grid: Grid
    crs: str
    ecosystems: tuple[Ecosystem, ...]
    source: Source | None = None

    def by_name(self, name: str) -> Ecosystem:
        """The ecosystem of that name; KeyError if there is none."""
        return {e.name: e for e in self.ecosystems}[name]
