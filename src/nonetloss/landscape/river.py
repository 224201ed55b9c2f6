"""A river network: dam-free components joined by dams, as a tree whose root is the mouth.

A component is a stretch of rivers that no dam site divides. Every component but the root meets
its downstream neighbor at exactly one dam site, so that there is one dam site less than there are
components. Each site has one or several options (heights, run of river or storage), of which at
most one is built.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import geopandas as gpd
import shapely

from nonetloss.core.language import Text
from nonetloss.core.provenance import Source

# Dams of files with numbers keep their numbers; dams of tables may have names.
Id = int | str


class Status(StrEnum):
    """What may still be decided of a dam site."""

    BUILT = "built"
    PLANNED = "planned"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class DamOption:
    """One way to build a dam.

    `values` are its attributes by name, in the units of the network (`energy`, `sed_trap`, …).
    The passabilities say which part of the fish gets past, from 0 (none) to 1 (as without a dam).
    """

    name: str
    values: Mapping[str, float]
    passage_up: float = 0.0
    passage_down: float = 0.0


@dataclass(frozen=True, slots=True)
class Dam:
    """A dam site between the component above it and the one below it.

    `above` and `below` are ids of components. `point` is in the CRS of the network, None where
    nobody gave one. `status` built means: one of the options stands (the first, unless fixed
    otherwise).
    """

    id: Id
    above: Id
    below: Id
    options: tuple[DamOption, ...]
    status: Status = Status.PLANNED
    title: Text | None = None
    river: str = ""
    point: shapely.Point | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A dam-free part of the river. `values` are its attributes (`connectivity`, `sediment`)."""

    id: Id
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Attribute:
    """What an attribute of dams or components is measured in. `unit` "" means a ratio or index.

    `sense` says whether its source wants more of it ("max") or less ("min"); "" where the source
    does not say.
    """

    name: str
    unit: str
    title: Text | None = None
    source: str = ""
    sense: Literal["", "max", "min"] = ""


@dataclass(frozen=True, slots=True)
class RiverNetwork:
    """Components and dams, checked to be one tree.

    `components` stand in an order in which every one comes after the one below it (the root
    first); `dams` in the order of the input. `exclusions` are groups of dam ids of which at most
    one may be built. `reaches`, where known, are lines with the columns `reach`, `component`,
    `length_km` and, where their order is known, `piece` (a number, smallest at the mouth) and
    `next_piece` (the one it flows into, null at the mouth), and `discharge_m3s` (mean annual, NaN
    unknown) where somebody gave it; `reservoirs` are polygons with the columns `dam` and `option`
    (its name, "" where the site has one only). Both are in `crs`.
    """

    components: tuple[Component, ...]
    dams: tuple[Dam, ...]
    root: Id
    dam_attributes: Mapping[str, Attribute]
    component_attributes: Mapping[str, Attribute]
    exclusions: tuple[frozenset[Id], ...] = ()
    crs: str | None = None
    reaches: gpd.GeoDataFrame | None = None
    reservoirs: gpd.GeoDataFrame | None = None
    source: Source | None = None
    title: Text | None = field(default=None)

    @property
    def dam_ids(self) -> tuple[Id, ...]:
        """Ids of the dams, in order."""
        return tuple(dam.id for dam in self.dams)

    def dam(self, id: Id) -> Dam:
        """The dam of that id; KeyError if there is none."""
        return _by_id(self.dams)[id]


def _by_id(dams: tuple[Dam, ...]) -> Mapping[Id, Dam]:
    return MappingProxyType({dam.id: dam for dam in dams})
