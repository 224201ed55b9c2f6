"""From shapely geometries to the arrays of the kernels, checked on the way."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from nonetloss.core.errors import GeometryError
from nonetloss.core.findings import offenders
from nonetloss.numerics.shapes import Lines, Polygons

_POLYGONS = (int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON))
_LINES = (
    int(shapely.GeometryType.LINESTRING),
    int(shapely.GeometryType.LINEARRING),
    int(shapely.GeometryType.MULTILINESTRING),
)


def polygons_of(geometries: Iterable[Any], *, subject: str = "polygons") -> Polygons:
    """Polygons and multipolygons as ragged arrays.

    Parameters
    ----------
    geometries : iterable of shapely geometries, GeoSeries or geometry array
        Empty polygons stay, as zones that cover nothing. An empty iterable gives no zones.
        Z and M are dropped.
    subject : str
        Name of the layer, for messages.

    Raises
    ------
    GeometryError
        `shapes.missing` (None), `shapes.wrong-type`, `shapes.invalid` (the first five and why),
        `shapes.not-finite`.
    """
    array = _array(geometries, subject, _POLYGONS, "Polygon, MultiPolygon")
    _require_finite(array, subject)
    bad = np.flatnonzero(~shapely.is_valid(array))
    if len(bad):
        why = [f"{i}: {shapely.is_valid_reason(array[i])}" for i in bad[:5]]
        which = offenders(why + [str(i) for i in bad[5:]])
        raise GeometryError.because("shapes.invalid", subject, count=len(bad), which=which)
    if len(array) == 0:
        none = np.zeros(1, dtype=np.int64)
        return Polygons(np.zeros((0, 2)), none, none, none)
    # One multipolygon in the array makes shapely use the three-level layout for all.
    mixed = np.append(array, shapely.MultiPolygon())
    _, coordinates, (rings, polygons, zones) = shapely.to_ragged_array(mixed, include_z=False)
    return Polygons(coordinates, rings, polygons, zones[:-1])


def lines_of(geometries: Iterable[Any], *, subject: str = "lines") -> Lines:
    """Lines and multilines as ragged arrays; see `polygons_of`.

    A line may cross itself. Rings are read as closed lines.

    Raises
    ------
    GeometryError
        `shapes.missing`, `shapes.wrong-type`, `shapes.not-finite`.
    """
    array = _array(geometries, subject, _LINES, "LineString, MultiLineString")
    _require_finite(array, subject)
    if len(array) == 0:
        none = np.zeros(1, dtype=np.int64)
        return Lines(np.zeros((0, 2)), none, none)
    rings = shapely.get_type_id(array) == int(shapely.GeometryType.LINEARRING)
    array[rings] = [shapely.LineString(ring) for ring in array[rings]]
    mixed = np.append(array, shapely.MultiLineString())
    _, coordinates, (lines, features) = shapely.to_ragged_array(mixed, include_z=False)
    return Lines(coordinates, lines, features[:-1])


def _array(
    geometries: Iterable[Any], subject: str, allowed: tuple[int, ...], wanted: str
) -> np.ndarray:
    listed = list(geometries)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    kinds = shapely.get_type_id(array)
    absent = np.flatnonzero(kinds < 0)
    if len(absent):
        raise GeometryError.because(
            "shapes.missing", subject, count=len(absent), which=offenders(absent)
        )
    other = np.flatnonzero(~np.isin(kinds, allowed))
    if len(other):
        which = offenders(f"{i}: {array[i].geom_type}" for i in other)
        raise GeometryError.because(
            "shapes.wrong-type", subject, count=len(other), which=which, wanted=wanted
        )
    return array


def _require_finite(array: np.ndarray, subject: str) -> None:
    coordinates = shapely.get_coordinates(array)
    bad = np.flatnonzero(~np.isfinite(coordinates).all(axis=1))
    if len(bad):
        raise GeometryError.because(
            "shapes.not-finite", subject, count=len(bad), first=coordinates[bad[0]].tolist()
        )
