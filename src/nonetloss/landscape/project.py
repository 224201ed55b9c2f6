"""A project and the ways it could be built."""

from dataclasses import dataclass
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from nonetloss.core.language import Text


class Origin(StrEnum):
    """Who drew an alternative."""

    USER = "user"
    LEAST_COST = "least-cost"
    FRONT = "front"
    DISSIMILAR = "dissimilar"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to build the project.

    `geometry` is a line, polygon or point in the CRS of the study. `right_of_way_m` is the full
    width of the strip that is cleared along a line (ignored for polygons; diameter for points).
    """

    name: str
    title: Text
    geometry: BaseGeometry
    right_of_way_m: float
    origin: Origin = Origin.USER
