"""How many people live where a reservoir would stand.

People are counted from a raster of persons per cell (WorldPop, GHS-POP) or from points with a
number of persons (census of populated places). The study step `hydropower.inundation` takes
points; whoever has a raster calls `people_in_raster` from Python. Communities are not persons:
they are counted apart, as features of their own layer. Nothing here is ever done with a layer
marked hidden.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nonetloss.core.errors import GeometryError, InputError
from nonetloss.core.findings import offenders
from nonetloss.hydropower.quantities import require
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.zonal import zonal_table

_M2_PER_HA = 10_000.0


def people_in_raster(
    polygons: Sequence[shapely.Geometry], population: Raster, *, buffer_m: float = 0.0
) -> pd.DataFrame:
    """Persons inside each polygon; a cell that is partly inside counts with its share.

    Parameters
    ----------
    polygons : sequence of Polygon or MultiPolygon
        In the CRS of the raster. Empty ones hold nobody.
    population : Raster
        Persons per cell (not per area), not negative; NaN where unknown.
    buffer_m : float
        Meters around each polygon that count too.

    Returns
    -------
    DataFrame
        people, unknown_ha (area without a value or outside the raster; people there are not
        counted).

    Raises
    ------
    InputError
        `hydropower.quantity` (negative persons or buffer).
    GeometryError
        As `landscape.shapes.polygons_of`.
    """
    require(buffer_m, name="buffer_m")
    known = population.values[~np.isnan(population.values)]
    require(known, name="population")
    shapes = [shape.buffer(buffer_m) if buffer_m else shape for shape in polygons]
    table = zonal_table(
        polygons_of(shapes, subject="reservoirs"),
        population.values,
        grid=population.grid,
        by="stats",
    )
    stats = table.stats["raster"]
    outside = table.zone_area - table.covered_area
    return pd.DataFrame(
        {"people": stats.sum, "unknown_ha": (stats.missing_area + outside) / _M2_PER_HA}
    )


def people_at_points(
    polygons: Sequence[shapely.Geometry],
    places: gpd.GeoDataFrame,
    *,
    column: str,
    crs: object,
    name: str = "places",
    buffer_m: float = 0.0,
) -> np.ndarray:
    """Persons (polygons,) of the places inside or on the edge of each polygon.

    Parameters
    ----------
    polygons : sequence of Polygon or MultiPolygon, in `crs`
    places : GeoDataFrame of points, in `crs`
    column : str
        Persons of each place.
    name : str
        Of the layer, for messages.
    buffer_m : float

    Raises
    ------
    InputError
        `people.column` (no such column), `people.unknown` (a place without a number),
        `hydropower.quantity`.
    GeometryError
        `crs.missing`, `crs.mixed`, `people.not-points`.
    """
    require(buffer_m, name="buffer_m")
    require_same(places.crs, crs, name=name)
    if column not in places.columns:
        columns = offenders([c for c in places.columns if c != places.geometry.name], 20)
        raise InputError.because("people.column", name, column=column, known=columns)
    if len(places) and set(places.geom_type) != {"Point"}:
        raise GeometryError.because("people.not-points", name)
    persons = pd.to_numeric(places[column], errors="coerce").to_numpy(float)
    unknown = np.flatnonzero(np.isnan(persons))
    if len(unknown):
        raise InputError.because("people.unknown", name, column=column, count=len(unknown))
    require(persons, name=column)
    tree = shapely.STRtree(places.geometry.to_numpy())
    shapes = [shape.buffer(buffer_m) if buffer_m else shape for shape in polygons]
    inside = [tree.query(shape, predicate="intersects") for shape in shapes]
    return np.array([persons[rows].sum() for rows in inside], dtype=float)
