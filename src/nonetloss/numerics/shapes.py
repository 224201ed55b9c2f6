"""Polygons and lines as ragged arrays: the form in which geometry reaches the kernels.

The layout is the one of GeoArrow and of `shapely.to_ragged_array`: offsets into offsets into
coordinates. `nonetloss.landscape.shapes` converts at the domain's edge.
"""

from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import GeometryError


def _check(coordinates: np.ndarray, levels: tuple[np.ndarray, ...], subject: str) -> None:
    if coordinates.ndim != 2 or coordinates.shape[1] != 2:
        raise GeometryError.because("shapes.layout", subject, detail=str(coordinates.shape))
    size = len(coordinates)
    for offsets in levels:
        if offsets.ndim != 1 or len(offsets) == 0 or offsets[0] != 0 or offsets[-1] != size:
            raise GeometryError.because("shapes.layout", subject, detail=str(offsets[:5]))
        if np.any(np.diff(offsets) < 0):
            raise GeometryError.because("shapes.layout", subject, detail=str(offsets[:5]))
        size = len(offsets) - 1
    bad = np.flatnonzero(~np.isfinite(coordinates).all(axis=1))
    if len(bad):
        raise GeometryError.because(
            "shapes.not-finite", subject, count=len(bad), first=coordinates[bad[0]].tolist()
        )


@dataclass(frozen=True, slots=True)
class Polygons:
    """Zones, each a polygon or a multipolygon.

    Parameters
    ----------
    coordinates : float64 (n, 2)
        x, y of all vertices, in CRS units. Rings may be closed (last vertex = first) or not.
    ring_offsets : int (rings + 1,)
        Ring i holds the coordinates ``[ring_offsets[i], ring_offsets[i + 1])``.
    polygon_offsets : int (polygons + 1,)
        Polygon i holds these rings: the first is its shell, the others are holes. Orientation
        does not matter.
    geometry_offsets : int (zones + 1,)
        Zone i holds these polygons. A zone without polygons is empty and covers nothing.

    Raises
    ------
    GeometryError
        `shapes.layout`, `shapes.not-finite`.
    """

    coordinates: np.ndarray
    ring_offsets: np.ndarray
    polygon_offsets: np.ndarray
    geometry_offsets: np.ndarray

    def __post_init__(self) -> None:
        levels = (self.ring_offsets, self.polygon_offsets, self.geometry_offsets)
        _check(self.coordinates, levels, "polygons")

    def __len__(self) -> int:
        return len(self.geometry_offsets) - 1


@dataclass(frozen=True, slots=True)
class Lines:
    """Features, each a line or a multiline; a line of one vertex stands for a point.

    Parameters
    ----------
    coordinates : float64 (n, 2)
        x, y of all vertices, in CRS units.
    line_offsets : int (lines + 1,)
        Line i holds the coordinates ``[line_offsets[i], line_offsets[i + 1])``.
    geometry_offsets : int (features + 1,)
        Feature i holds these lines.

    Raises
    ------
    GeometryError
        `shapes.layout`, `shapes.not-finite`.
    """

    coordinates: np.ndarray
    line_offsets: np.ndarray
    geometry_offsets: np.ndarray

    def __post_init__(self) -> None:
        _check(self.coordinates, (self.line_offsets, self.geometry_offsets), "lines")

    def __len__(self) -> int:
        return len(self.geometry_offsets) - 1
