"""Put dam sites on reaches, and make of the reaches between them the components of a network.

In words
    Each dam goes to the nearest point of the nearest reach; how far that is, is told. There it
    cuts the reach: what lies above goes to the component above the dam, what lies below to the
    one below. Lengths and other sums of a cut reach are shared by the position along its line.
    Components are called `mouth` and `above-<dam>`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
import shapely

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, Severity, error, offenders
from nonetloss.core.language import Text
from nonetloss.core.provenance import Source
from nonetloss.landscape.crs import require_crs, study_crs
from nonetloss.landscape.river import Component, Dam, Id, RiverNetwork
from nonetloss.landscape.river_channels import Channels, Snap, snap
from nonetloss.landscape.river_dams import Site, dam_sites
from nonetloss.landscape.river_reaches import (
    LENGTH,
    ReachColumns,
    Reaches,
    basin,
    reach_attributes,
    read_reaches,
)
from nonetloss.landscape.river_tree import build_network, exclusion_findings
from nonetloss.landscape.river_values import value_findings

MOUTH = "mouth"


@dataclass(frozen=True, slots=True, eq=False)
class PlacedNetwork:
    """A network, and where each of its dams was put.

    Parameters
    ----------
    network : RiverNetwork
        With `reaches`; the points of its dams are those given, in the CRS of the network.
    snaps : DataFrame
        One row per dam: `dam`, `reach`, `distance_m` (from the point given to the reach, along
        the ellipsoid), `position` (share of the reach that lies above the dam), `next_reach`
        and `next_distance_m` (the second nearest within the snap distance; None, NaN if none).
    findings : tuple of Finding
        Notices and warnings.
    """

    network: RiverNetwork
    snaps: pd.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a reach, in shares of its length from its upper end, and its component."""

    row: int
    start: float
    end: float
    component: Id


def place_on_reaches(
    dams: gpd.GeoDataFrame,
    reaches: gpd.GeoDataFrame,
    *,
    name: str,
    snap_distance_m: float,
    reaches_name: str | None = None,
    crs: Any = None,
    columns: ReachColumns | None = None,
    units: Mapping[str, str] | None = None,
    mouth: Id | None = None,
    exclusions: Iterable[Iterable[Id]] = (),
    reservoirs: gpd.GeoDataFrame | None = None,
    source: Source | None = None,
    title: Text | None = None,
) -> PlacedNetwork:
    """The network that dams cut out of a layer of reaches.

    Parameters
    ----------
    dams : GeoDataFrame
        Points with the columns of `landscape.river_dams`, with a CRS.
    reaches : GeoDataFrame
        Lines with the columns of `landscape.river_reaches`, with a CRS.
    name : str
        How messages call the network and its dams.
    reaches_name : str, optional
        How messages call the layer of reaches; None: as `name`.
    snap_distance_m : float
        A dam farther than this from every reach is an error.
    crs : anything pyproj reads, optional
        CRS of the network: projected, in meters, true to area over the basin. None: an
        equal-area projection centered on the basin.
    columns : ReachColumns, optional
        None: those of HydroRIVERS.
    units : mapping of attribute to unit, optional
        Of dams and reaches, where the heads of their columns have none.
    mouth : id of a reach, optional
        Only what drains to it is taken; dams on other reaches or beyond the basin are left out
        with a warning. None: the layer has one outlet, and every dam must be on it.
    exclusions : groups of dam ids
        At most one of each may be built.
    reservoirs : GeoDataFrame, optional
        Polygons with the columns `dam` and, where a site has several options, `option`.

    Raises
    ------
    InputError, GeometryError
        Those of `river_dams.dam_sites`, `river_reaches.read_reaches` and `basin`,
        `river_tree.build_network`, `landscape.crs`; and `river.unit-unused`,
        `river.dam-off-reach`, `river.reach-unknown`, `river.snap-tie`, `river.same-place`,
        `river.reach-broken`, `river.no-dam`.
    """
    of_reaches = name if reaches_name is None else reaches_name
    require_crs(dams.crs, name=name)
    require_crs(reaches.crs, name=of_reaches)
    sites, attributes, found = dam_sites(dams, name=name, units=units)
    try:
        known = read_reaches(
            reaches, name=of_reaches, columns=columns or ReachColumns(), units=units
        )
        rows = basin(known, name=of_reaches, mouth=mouth)
    except InputError as problem:
        raise InputError(*_errors(found), *problem.findings) from problem
    unused = [u for u in units or {} if u not in attributes and u not in known.attributes]
    if unused and not _errors(found):
        found.append(error("river.unit-unused", name, offenders=offenders(unused)))
    _stop_at(found)
    system = _system(reaches, rows, crs)
    lines = reaches.geometry.to_crs(system).to_numpy()
    channels = Channels(known, rows, lines, system, chosen=mouth is not None)
    points = gpd.GeoSeries([site.point for site in sites], crs=dams.crs).to_crs(system)
    snaps, problems = snap(sites, list(points), channels, limit_m=snap_distance_m, name=name)
    loose = [_dam(site, MOUTH, MOUTH, None) for site in sites]
    found += problems
    found += value_findings(
        (),
        loose,
        name=name,
        dam_attributes=attributes,
        component_attributes={},
        ranges={},
    )
    groups = [list(group) for group in exclusions]
    found += exclusion_findings([frozenset(group) for group in groups], loose, name=name)
    _stop_at(found)
    pieces, sides = _cut(channels, snaps)
    placed = {site.id: point for site, point in zip(sites, points, strict=True)}
    network = build_network(
        _components(pieces, known),
        [_dam(s.site, *sides[s.site.id], placed[s.site.id]) for s in snaps],
        name=name,
        dam_attributes=attributes,
        component_attributes=known.attributes,
        root=MOUTH,
        exclusions=groups,
        crs=system.to_string(),
        reaches=_frame(pieces, channels),
        reservoirs=None if reservoirs is None else reservoirs.to_crs(system),
        source=source,
        title=title,
    )
    return PlacedNetwork(network, _table(snaps, known), tuple(found))


def unplaced_network(
    dams: gpd.GeoDataFrame,
    reaches: gpd.GeoDataFrame,
    *,
    name: str,
    columns: ReachColumns | None = None,
    units: Mapping[str, str] | None = None,
    exclusions: Iterable[Iterable[Id]] = (),
) -> RiverNetwork:
    """A stand-in for a network whose dams could not be placed: each above the mouth by itself.

    Its names, options and numbers of dams are those of the table; what components bring is 1
    throughout. It serves to check what else a study says, and no computation.

    Raises
    ------
    InputError
        Those of `river_dams.dam_sites` and `river_tree.build_network`.
    """
    sites, attributes, found = dam_sites(dams, name=name, units=units)
    _stop_at(found)
    needed = columns or ReachColumns()
    own, _ = reach_attributes(
        reaches, name=name, units=units or {}, needed=(needed.id, needed.down, needed.length)
    )
    of_reaches = {LENGTH.name: LENGTH, **{a.name: a for a in own.values()}}
    ones = dict.fromkeys(of_reaches, 1.0)
    return build_network(
        [Component(MOUTH, ones), *(Component(f"above-{site.id}", ones) for site in sites)],
        [_dam(site, f"above-{site.id}", MOUTH, None) for site in sites],
        name=name,
        dam_attributes=attributes,
        component_attributes=of_reaches,
        root=MOUTH,
        exclusions=[list(group) for group in exclusions],
    )


def suitable_crs(layer: gpd.GeoDataFrame) -> pyproj.CRS:
    """An equal-area projection in meters, centered on a layer (to a tenth of a degree)."""
    left, bottom, right, top = layer.geometry.to_crs("EPSG:4326").total_bounds
    longitude, latitude = round((left + right) / 2, 1), round((bottom + top) / 2, 1)
    return pyproj.CRS.from_string(
        f"+proj=laea +lat_0={latitude} +lon_0={longitude} +datum=WGS84 +units=m +no_defs"
    )


def _system(reaches: gpd.GeoDataFrame, rows: Sequence[int], crs: Any) -> pyproj.CRS:
    """The CRS of the network, past the gate of `landscape.crs` over the basin."""
    of_basin = reaches.iloc[sorted(rows)]
    system = suitable_crs(of_basin) if crs is None else crs
    left, bottom, right, top = of_basin.geometry.to_crs(system).total_bounds
    return study_crs(system, (left, bottom, right, top))


def _cut(channels: Channels, snaps: Sequence[Snap]) -> tuple[list[_Piece], dict[Id, tuple[Id, Id]]]:
    """Pieces of reaches from the mouth upward, and (above, below) of each dam."""
    on_row: dict[int, list[Snap]] = {}
    for placed in snaps:
        on_row.setdefault(placed.row, []).append(placed)
    top: dict[int | None, Id] = {}
    pieces: list[_Piece] = []
    sides: dict[Id, tuple[Id, Id]] = {}
    for index, row in enumerate(channels.rows):
        component = top[channels.reaches.down[row]] if index else MOUTH
        end = 1.0
        for placed in sorted(on_row.get(row, []), key=lambda s: -s.position):
            pieces.append(_Piece(row, placed.position, end, component))
            sides[placed.site.id] = (f"above-{placed.site.id}", component)
            component, end = f"above-{placed.site.id}", placed.position
        pieces.append(_Piece(row, 0.0, end, component))
        top[row] = component
    return pieces, sides


def _components(pieces: Sequence[_Piece], reaches: Reaches) -> list[Component]:
    """Components with the sums of their pieces, exact whatever the order of the rows."""
    shares: dict[Id, list[_Piece]] = {}
    for piece in pieces:
        shares.setdefault(piece.component, []).append(piece)
    return [
        Component(
            id,
            {
                attribute: math.fsum((p.end - p.start) * values[p.row] for p in own)
                for attribute, values in reaches.values.items()
            },
        )
        for id, own in shares.items()
    ]


def _frame(pieces: Sequence[_Piece], channels: Channels) -> gpd.GeoDataFrame:
    """The pieces as lines, each with the one it flows into.

    A piece without length (dam at the end of a reach) stands only where its component has no
    other one, as two equal points.
    """
    long = {p.component for p in pieces if p.end > p.start}
    kept = [p for p in pieces if p.end > p.start or p.component not in long]
    lengths = channels.reaches.values["length_km"]
    columns = {
        "reach": [channels.reaches.ids[p.row] for p in kept],
        "component": [p.component for p in kept],
        "piece": list(range(1, len(kept) + 1)),
        "next_piece": pd.array(_below(kept, channels.reaches.down), dtype="Int64"),
        "length_km": [(p.end - p.start) * lengths[p.row] for p in kept],
    }
    discharge = channels.reaches.discharge_m3s
    if discharge is not None:
        columns["discharge_m3s"] = [discharge[p.row] for p in kept]
    shapes = [_line(channels.part(p.row, p.start, p.end)) for p in kept]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=channels.crs)


def _below(pieces: Sequence[_Piece], down: Sequence[int | None]) -> list[int | None]:
    """Number, from 1, of the piece below each; pieces stand from the mouth upward."""
    highest: dict[int | None, int] = {}
    numbers: list[int | None] = []
    for number, piece in enumerate(pieces, start=1):
        numbers.append(highest.get(piece.row, highest.get(down[piece.row])))
        highest[piece.row] = number
    return numbers


def _line(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.LineString([shape, shape]) if shape.geom_type == "Point" else shape


def _dam(site: Site, above: Id, below: Id, point: shapely.Point | None) -> Dam:
    return Dam(
        id=site.id,
        above=above,
        below=below,
        options=site.options,
        status=site.status,
        title=site.title,
        river=site.river,
        point=point,
        source=site.source,
    )


def _table(snaps: Sequence[Snap], reaches: Reaches) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "dam": [s.site.id for s in snaps],
            "reach": [reaches.ids[s.row] for s in snaps],
            "distance_m": [s.distance_m for s in snaps],
            "position": [s.position for s in snaps],
            "next_reach": [None if s.next_row is None else reaches.ids[s.next_row] for s in snaps],
            "next_distance_m": [s.next_distance_m for s in snaps],
        }
    )


def _errors(found: Iterable[Finding]) -> list[Finding]:
    return [f for f in found if f.severity is Severity.ERROR]


def _stop_at(found: Iterable[Finding]) -> None:
    problems = _errors(found)
    if problems:
        raise InputError(*problems)
