"""The land that an alternative clears."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import GeometryError
from nonetloss.landscape.project import Alternative

# Segments per quarter circle: a disc drawn with 32 is 0.04 % smaller than the true one.
SEGMENTS = 32


def cleared_land(alternative: Alternative) -> BaseGeometry:
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
    return shapely.buffer(geometry, width / 2, quad_segs=SEGMENTS, cap_style=cap)
