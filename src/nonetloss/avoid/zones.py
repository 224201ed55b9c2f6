"""The strip that is built and the rings around it, from one alternative."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import GeometryError
from nonetloss.landscape.cleared import SEGMENTS, cleared_land
from nonetloss.landscape.project import Alternative

FOOTPRINT = "footprint"
DIRECT = "direct"
INDIRECT = "indirect"
ZONES = (FOOTPRINT, DIRECT, INDIRECT)


@dataclass(frozen=True, slots=True)
class Zones:
    """Disjoint zones of one alternative, in the CRS of the study.

    `footprint` is what is cleared. `direct` holds what lies within `direct_zone_m` of the
    footprint and outside it, `indirect` what lies within `indirect_zone_m` and outside both, so
    that areas of the three add up. `axis` is the line itself, or None for polygons and points.
    """

    footprint: BaseGeometry
    direct: BaseGeometry
    indirect: BaseGeometry
    axis: BaseGeometry | None

    def items(self) -> tuple[tuple[str, BaseGeometry], ...]:
        """(name, geometry) from the inside out."""
        geometries = (self.footprint, self.direct, self.indirect)
        return tuple(zip(ZONES, geometries, strict=True))

    @property
    def whole(self) -> BaseGeometry:
        """The three together."""
        return shapely.union_all([self.footprint, self.direct, self.indirect])


def zones_of(alternative: Alternative, *, direct_zone_m: float, indirect_zone_m: float) -> Zones:
    """Footprint, direct and indirect zone of influence as disjoint areas.

    Parameters
    ----------
    alternative : Alternative
    direct_zone_m, indirect_zone_m : float
        Distances from the edge of the footprint, meters, `0 <= direct <= indirect`. Zero gives
        an empty zone.

    Raises
    ------
    GeometryError
        As `landscape.cleared.cleared_land`, or `zones.distances` if the distances are not in order.
    """
    if not 0 <= direct_zone_m <= indirect_zone_m < np.inf:
        raise GeometryError.because(
            "zones.distances", alternative.name, direct=direct_zone_m, indirect=indirect_zone_m
        )
    footprint = cleared_land(alternative)
    near = shapely.union(footprint, shapely.buffer(footprint, direct_zone_m, quad_segs=SEGMENTS))
    far = shapely.union(near, shapely.buffer(footprint, indirect_zone_m, quad_segs=SEGMENTS))
    linear = int(shapely.get_dimensions(alternative.geometry)) == 1
    return Zones(
        footprint=footprint,
        direct=areal(shapely.difference(near, footprint)),
        indirect=areal(shapely.difference(far, near)),
        axis=alternative.geometry if linear else None,
    )


def areal(geometry: BaseGeometry) -> BaseGeometry:
    """Only the polygons of a geometry: a difference may leave lines along shared borders."""
    parts = shapely.get_parts(geometry)
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
