"""A river network from a table of dams and a layer of reaches (for example HydroRIVERS)."""

import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding
from nonetloss.core.language import Text
from nonetloss.core.provenance import Source
from nonetloss.io import tables, vector
from nonetloss.landscape.river import Id, RiverNetwork
from nonetloss.landscape.river_reaches import ReachColumns
from nonetloss.landscape.river_snapping import PlacedNetwork, place_on_reaches, unplaced_network

_TABLES = (".csv", ".csv.gz")


def read_river_tables(
    dams: Path | str,
    reaches: Path | str,
    *,
    snap_distance_m: float,
    dams_crs: str | None = None,
    reaches_crs: str | None = None,
    x: str = "x",
    y: str = "y",
    dams_layer: str | None = None,
    reaches_layer: str | None = None,
    encoding: str | None = None,
    crs: Any = None,
    columns: ReachColumns | None = None,
    units: Mapping[str, str] | None = None,
    mouth: Id | None = None,
    exclusions: Iterable[Iterable[Id]] = (),
    reservoirs: Path | str | None = None,
    source: Source | None = None,
    title: Text | None = None,
) -> PlacedNetwork:
    """The network that the dams of a table cut out of a layer of rivers.

    Parameters
    ----------
    dams : Path or str
        CSV with columns `x` and `y` in `dams_crs`, or any vector file of points; the other
        columns are those of `landscape.river_dams`.
    reaches : Path or str
        Any vector file of lines; `columns` says how its columns are called, those of HydroRIVERS
        if None.
    dams_crs, reaches_crs : str, optional
        CRS of files that have none; needed for a CSV.
    dams_layer, reaches_layer : str, optional
        Needed only where a file has several layers.
    encoding : str, optional
        Of the table of dams; None: what the file says, else UTF-8.
    reservoirs : Path or str, optional
        Vector file of polygons with the columns `dam` and `option`.
    snap_distance_m, crs, units, mouth, exclusions, source, title
        As in `landscape.river_snapping.place_on_reaches`.

    Raises
    ------
    InputError, GeometryError
        Those of `io.tables.read_points`, `io.vector.read` and
        `landscape.river_snapping.place_on_reaches`; `river.dam-without-place`.
    """
    dams, reaches = Path(dams), Path(reaches)
    found: list[Finding] = []
    points, told = _points(dams, layer=dams_layer, crs=dams_crs, encoding=encoding, x=x, y=y)
    absent = [finding for finding in told if finding.code == "io.without-geometry"]
    if absent:
        raise InputError.because("river.dam-without-place", dams.name, **absent[0].data)
    lines, more = _read(reaches, layer=reaches_layer, crs=reaches_crs)
    found += told + more
    lakes = None
    if reservoirs is not None:
        lakes, more = _read(Path(reservoirs))
        found += more
    placed = place_on_reaches(
        points,
        lines,
        name=dams.name,
        reaches_name=reaches.name,
        snap_distance_m=snap_distance_m,
        crs=crs,
        columns=columns,
        units=units,
        mouth=mouth,
        exclusions=exclusions,
        reservoirs=lakes,
        source=source,
        title=title,
    )
    return PlacedNetwork(placed.network, placed.snaps, (*found, *placed.findings))


def read_unplaced_tables(
    dams: Path | str,
    reaches: Path | str,
    *,
    dams_crs: str | None = None,
    reaches_crs: str | None = None,
    x: str = "x",
    y: str = "y",
    dams_layer: str | None = None,
    reaches_layer: str | None = None,
    encoding: str | None = None,
    columns: ReachColumns | None = None,
    units: Mapping[str, str] | None = None,
    exclusions: Iterable[Iterable[Id]] = (),
) -> RiverNetwork:
    """`landscape.river_snapping.unplaced_network` of the files that `read_river_tables` reads.

    Raises
    ------
    InputError, GeometryError
        Those of the two readers and of `unplaced_network`.
    """
    dams, reaches = Path(dams), Path(reaches)
    points, _ = _points(dams, layer=dams_layer, crs=dams_crs, encoding=encoding, x=x, y=y)
    lines, _ = _read(reaches, layer=reaches_layer, crs=reaches_crs)
    return unplaced_network(
        points, lines, name=dams.name, columns=columns, units=units, exclusions=exclusions
    )


def _points(
    dams: Path, *, layer: str | None, crs: str | None, encoding: str | None, x: str, y: str
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Dams of a CSV or of a vector file."""
    if not dams.name.lower().endswith(_TABLES):
        return _read(dams, layer=layer, crs=crs, encoding=encoding)
    points, told = tables.read_points(dams, name=dams.name, x=x, y=y, crs=crs, encoding=encoding)
    return points.drop(columns=[x, y]), told


def _read(
    path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Features of a file in their own CRS."""
    own = crs
    if own is None:
        try:
            with warnings.catch_warnings():
                # Of several layers it looks at the first; which one is meant, `vector` decides.
                warnings.simplefilter("ignore", UserWarning)
                own = pyogrio.read_info(path, layer=layer)["crs"]
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as cause:
            raise InputError.because("io.unreadable", path.name, problem=str(cause)) from cause
    return vector.read(
        path, name=path.name, crs=own, layer=layer, declared_crs=crs, encoding=encoding
    )
