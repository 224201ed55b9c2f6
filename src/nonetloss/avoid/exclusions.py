"""Where the project must not pass: features with the distance to keep, as vectors and as cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.avoid.layer_parts import parts_of
from nonetloss.core.language import Text
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.zonal import rasterize_touched

# Distances closer than this are equal: coordinates in meters carry about 1e-9 m.
TOLERANCE_M = 1e-6
_SEGMENTS = 16
# A buffer drawn with straight pieces lies inside the true one; this factor puts it outside.
_OUTSIDE = 1 / np.cos(np.pi / (4 * _SEGMENTS))


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The features of one layer and the distance that the axis of the route keeps from them.

    `clearance_m` is the layer's setback plus half the right of way, so that not only the axis but
    the whole cleared strip stays outside.
    """

    name: str
    title: Text
    shapes: np.ndarray
    clearance_m: float
    hidden: bool

    def meters_inside(self, line: BaseGeometry) -> float:
        """Length of the axis inside the layer's polygons or along its lines; meters."""
        hits = self.shapes[shapely.intersects(self.shapes, line)]
        if not len(hits):
            return 0.0
        return float(shapely.length(shapely.union_all(shapely.intersection(hits, line))))

    def nearest_m(self, line: BaseGeometry) -> float:
        """Distance from the axis to the nearest feature; meters."""
        tree = shapely.STRtree(self.shapes)
        _, distance = tree.query_nearest(line, return_distance=True, all_matches=False)
        return float(distance[0])

    def is_kept(self, line: BaseGeometry) -> bool:
        """Whether no meter of the axis is inside and the clearance is kept, within 1 µm."""
        near = self.nearest_m(line)
        return near >= self.clearance_m - TOLERANCE_M and self.meters_inside(line) == 0.0

    def mask(self, grid: Grid) -> np.ndarray:
        """Every cell that the features with their clearance touch; bool (rows, columns)."""
        reach = shapely.box(*grid.bounds).buffer(2 * self.clearance_m + grid.cell_width)
        near = self.shapes[shapely.intersects(self.shapes, reach)]
        grown = shapely.buffer(near, self.clearance_m * _OUTSIDE, quad_segs=_SEGMENTS)
        return rasterize_touched(polygons_of(grown, subject=self.name), grid=grid)


def exclusions_of(
    layers: Sequence[Layer], *, right_of_way_m: float, with_restricted: bool, crs: Any
) -> tuple[Exclusion, ...]:
    """Exclusions from the prohibited layers (and the restricted ones, if asked), by name.

    Layers without features give none.

    Raises
    ------
    GeometryError
        `crs.mixed`, `screening.invalid-geometry`.
    """
    roles = {Role.PROHIBITED, Role.RESTRICTED} if with_restricted else {Role.PROHIBITED}
    found = []
    for layer in sorted(layers, key=lambda layer: layer.name):
        if layer.role not in roles:
            continue
        require_same(layer.features.crs, crs, name=layer.name)
        pieces = [part.shapes for part in parts_of(layer)]
        if pieces:
            shapes = np.concatenate(pieces)
            shapely.prepare(shapes)
            found.append(
                Exclusion(
                    layer.name,
                    layer.title,
                    shapes,
                    layer.setback_m + right_of_way_m / 2,
                    layer.hidden,
                )
            )
    return tuple(found)
