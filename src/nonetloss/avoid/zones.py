"""The strip that is built and the rings around it, from one alternative."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import GeometryError
from nonetloss.landscape.project import Alternative

FOOTPRINT = "footprint"
DIRECT = "direct"
INDIRECT = "indirect"
ZONES = (FOOTPRINT, DIRECT, INDIRECT)

# Segments per quarter circle: a disc drawn with 32 is 0.04 % smaller than the true one.
_SEGMENTS = 32


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


def footprint_of(alternative: Alternative) -> BaseGeometry:
    """The area that is cleared.

    A line is widened to its right of way, square at both ends, so that a straight line of length
    L clears exactly L × width. A point is a disc of that diameter; a polygon is itself. An empty
    polygon is a plan that takes no ground.

    Raises
    ------
    GeometryError
        `zones.empty` (no geometry, or an empty line or point), `zones.not-finite`,
        `zones.invalid` (a polygon that crosses itself) or `zones.no-width` (a line or point
        without right of way).
    """
    geometry, name = alternative.geometry, alternative.name
    dimension = int(shapely.get_dimensions(geometry))
    if geometry is None or (geometry.is_empty and dimension < 2):
        raise GeometryError.because("zones.empty", name)
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise GeometryError.because("zones.not-finite", name)
    if dimension == 2:
        if not geometry.is_valid:
            reason = shapely.is_valid_reason(geometry)
            raise GeometryError.because("zones.invalid", name, reason=reason)
        return geometry
    width = alternative.right_of_way_m
    if not (np.isfinite(width) and width > 0):
        raise GeometryError.because("zones.no-width", name, width=width)
    cap = "flat" if dimension == 1 else "round"
    return shapely.buffer(geometry, width / 2, quad_segs=_SEGMENTS, cap_style=cap)


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
        As `footprint_of`, or `zones.distances` if the distances are not in order.
    """
    if not 0 <= direct_zone_m <= indirect_zone_m < np.inf:
        raise GeometryError.because(
            "zones.distances", alternative.name, direct=direct_zone_m, indirect=indirect_zone_m
        )
    footprint = footprint_of(alternative)
    near = shapely.union(footprint, shapely.buffer(footprint, direct_zone_m, quad_segs=_SEGMENTS))
    far = shapely.union(near, shapely.buffer(footprint, indirect_zone_m, quad_segs=_SEGMENTS))
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
