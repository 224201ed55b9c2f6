"""What nature gives people: ecosystem services and the land and people they reach."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text


@dataclass(frozen=True, slots=True)
class Serviceshed:
    """The land from which a group of people receives a service, and those people.

    `geometry` None: the land is everywhere (a global service such as carbon). `people` NaN: nobody
    counted them. `community`: a group that must not lose more than it gains.
    """

    name: str
    title: Text
    geometry: BaseGeometry | None = None
    people: float = float("nan")
    community: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One service: what a hectare of each ecosystem gives today, and to whom.

    `unit` is what is counted, for example `tCO2e` or `t/year`; `per_ha` is that amount per hectare,
    by name of the ecosystem; an ecosystem that is not named gives nothing. `sheds` never empty.
    """

    name: str
    title: Text
    unit: str
    per_ha: Mapping[str, Estimate]
    sheds: tuple[Serviceshed, ...]


@dataclass(frozen=True, slots=True)
class ServiceLoss:
    """Loss of services by alternative, one column per (service, serviceshed), positive.

    `likely` (alternatives, columns); `draws` (alternatives, columns, draws): the same draw is the
    same state of the world in all alternatives. `columns` holds (name of the service, name of the
    serviceshed); the unit of a column is that of its service.
    """

    services: tuple[Service, ...]
    alternatives: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    likely: np.ndarray
    draws: np.ndarray

    def __post_init__(self) -> None:
        shape = (len(self.alternatives), len(self.columns))
        if self.likely.shape != shape or self.draws.shape[:2] != shape:
            raise InputError.because(
                "loss.shape",
                "services",
                found=(self.likely.shape, self.draws.shape),
                expected=shape,
            )

    def of(self, alternative: str) -> tuple[np.ndarray, np.ndarray]:
        """(likely (columns,), draws (columns, draws)) of one alternative."""
        index = self.alternatives.index(alternative)
        return self.likely[index], self.draws[index]
