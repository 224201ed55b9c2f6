"""A layer of river reaches, each with the one it flows into: topology, basin, numbers.

Like HydroRIVERS: one line per reach between two confluences, `NEXT_DOWN` the id of the reach it
flows into, 0 at an outlet.

Papers
    Lehner and Grill 2013, doi 10.1002/hyp.9740 (HydroSHEDS, from which HydroRIVERS is drawn).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import pyproj

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, offenders
from nonetloss.core.language import Text
from nonetloss.landscape.river import Attribute, Id
from nonetloss.landscape.river_dams import attribute_columns, read_ids, read_numbers
from nonetloss.landscape.river_tree import cycles

# Mean annual flow of HydroRIVERS, in m3/s.
DISCHARGE = "DIS_AV_CMS"

LENGTH = Attribute(
    "length_km", "km", Text("Longitud de ríos del tramo", "River length of the component")
)


# What stands, beside an empty cell, for "no reach below".
_OUTLET = (0, "0")


@dataclass(frozen=True, slots=True)
class ReachColumns:
    """Names of the columns of a reach layer.

    `length` holds kilometers; None: lengths are measured along the ellipsoid. `discharge` holds
    the mean annual flow in m3/s; None: `DIS_AV_CMS` where the layer has it, else no flow is known.
    """

    id: str = "HYRIV_ID"
    down: str = "NEXT_DOWN"
    length: str | None = "LENGTH_KM"
    discharge: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Reaches:
    """Reaches by their row.

    Parameters
    ----------
    layer : GeoDataFrame
        As given, one row per reach.
    ids : list of id
    down : list of row or None
        Row of the reach below; None at an outlet and where the reach below is not in the layer.
    values : mapping of attribute to list
        `length_km` and every column with a unit; NaN unknown.
    attributes : mapping of name to Attribute
    lost : mapping of id to id
        Reaches whose reach below is not in the layer, with that one.
    down_column : str
        Column that says the reach below.
    discharge_m3s : list, optional
        Mean annual flow of each reach, NaN unknown; None where the layer has no such column.
    """

    layer: gpd.GeoDataFrame
    ids: list[Id]
    down: list[int | None]
    values: Mapping[str, list[float]]
    attributes: Mapping[str, Attribute]
    lost: Mapping[Id, Id]
    down_column: str
    discharge_m3s: list[float] | None = None

    def above(self) -> list[list[int]]:
        """Rows that flow into each row."""
        rows: list[list[int]] = [[] for _ in self.ids]
        for row, below in enumerate(self.down):
            if below is not None:
                rows[below].append(row)
        return rows


def read_reaches(
    layer: gpd.GeoDataFrame,
    *,
    name: str,
    columns: ReachColumns,
    units: Mapping[str, str] | None = None,
) -> Reaches:
    """The reaches of a layer.

    Parameters
    ----------
    layer : GeoDataFrame
        Lines with a CRS and the columns that `columns` names. Columns with a unit, in their head
        or in `units`, become attributes that are summed over reaches; all others are left out.
    units : mapping of column to unit, optional

    Raises
    ------
    InputError
        All of `river.reach-column-missing`, `river.unit-unknown`, `river.unit-twice`,
        `river.not-a-number`, `river.id-missing`, `river.repeated-reach`, `river.reach-length`,
        `river.reach-cycle` that hold.
    """
    runoff = columns.discharge
    if runoff is None and DISCHARGE in layer.columns:
        runoff = DISCHARGE
    needed = [c for c in (columns.id, columns.down, columns.length, runoff) if c is not None]
    missing = [c for c in needed if c not in layer.columns]
    if missing:
        present = offenders([c for c in layer.columns if c != layer.geometry.name], 20)
        listed = offenders(missing)
        raise InputError.because(
            "river.reach-column-missing", name, missing=listed, columns=present
        )
    attributes, found = reach_attributes(layer, name=name, units=units or {}, needed=needed)
    measured = [c for c in (columns.length, runoff) if c is not None]
    numbers, bad = read_numbers(layer, [*attributes, *measured])
    if bad:
        found.append(error("river.not-a-number", name, offenders=offenders(bad)))
    ids = read_ids(layer[columns.id])
    lengths = numbers[columns.length] if columns.length is not None else _measured_km(layer)
    found += _row_findings(ids, lengths, name=name, column=columns.length or "–")
    place = {id: row for row, id in enumerate(ids) if id is not None}
    below_ids = read_ids(layer[columns.down])
    down = [None if to is None else place.get(to) for to in below_ids]
    flow: dict[Id, Id] = {
        id: below
        for id, row in zip(ids, down, strict=True)
        if id is not None and row is not None and (below := ids[row]) is not None
    }
    circles = cycles(flow)
    if circles:
        shown = (" → ".join(map(str, [*circle, circle[0]])) for circle in circles)
        column = columns.down
        found.append(error("river.reach-cycle", name, column=column, offenders=offenders(shown)))
    if found:
        raise InputError(*found)
    return Reaches(
        layer=layer,
        ids=[id for id in ids if id is not None],
        down=down,
        values={
            LENGTH.name: lengths,
            **{a.name: numbers[column] for column, a in attributes.items()},
        },
        attributes={LENGTH.name: LENGTH, **{a.name: a for a in attributes.values()}},
        lost={
            id: to
            for id, to in zip(ids, below_ids, strict=True)
            if id is not None and to is not None and to not in place and to not in _OUTLET
        },
        down_column=columns.down,
        discharge_m3s=None if runoff is None else numbers[runoff],
    )


def basin(reaches: Reaches, *, name: str, mouth: Id | None) -> list[int]:
    """Rows of the reaches that drain to the mouth, it first, each after the one below it.

    `mouth` None: the one outlet of the layer.

    Raises
    ------
    InputError
        `river.mouth-unknown`, or `river.several-outlets` with the greatest of them, and
        `river.reach-below-unknown` if some flow into reaches that are not in the layer.
    """
    above = reaches.above()
    if mouth is not None:
        rows = [row for row, id in enumerate(reaches.ids) if id == mouth]
        if not rows:
            raise InputError.because("river.mouth-unknown", name, mouth=mouth)
        return _upward(rows[0], above)
    outlets = [row for row, below in enumerate(reaches.down) if below is None]
    if len(outlets) == 1:
        return _upward(outlets[0], above)
    sizes = sorted((-len(_upward(row, above)), str(reaches.ids[row])) for row in outlets)
    listed = offenders(f"{id} ({-size})" for size, id in sizes)
    found = [error("river.several-outlets", name, count=len(outlets), outlets=listed)]
    if reaches.lost:
        wrong = offenders(f"{id} ({to})" for id, to in reaches.lost.items())
        column = reaches.down_column
        found.append(error("river.reach-below-unknown", name, column=column, offenders=wrong))
    raise InputError(*found)


def _upward(start: int, above: list[list[int]]) -> list[int]:
    order = []
    waiting = [start]
    while waiting:
        order.append(waiting.pop())
        waiting.extend(reversed(above[order[-1]]))
    return order


def reach_attributes(
    layer: gpd.GeoDataFrame, *, name: str, units: Mapping[str, str], needed: Iterable[str | None]
) -> tuple[dict[str, Attribute], list[Finding]]:
    """Columns with a unit beside those `needed`, and findings about their units.

    A reach layer has many numbers that nobody asks for: columns without a unit are left out.
    """
    stated = [c for c in layer.columns if c in units or str(c).rstrip().endswith("]")]
    chosen = layer[[*(c for c in stated if c not in needed), layer.geometry.name]]
    return attribute_columns(chosen, name=name, units=units, words=())


def _row_findings(
    ids: list[Id | None], lengths: list[float], *, name: str, column: str
) -> list[Finding]:
    found = []
    absent = [row for row, id in enumerate(ids, start=1) if id is None]
    if absent:
        found.append(error("river.id-missing", name, rows=offenders(absent)))
    seen: set[Id] = set()
    twice: dict[Id, None] = {}
    for id in ids:
        if id is not None and id in seen:
            twice[id] = None
        elif id is not None:
            seen.add(id)
    if twice:
        found.append(error("river.repeated-reach", name, offenders=offenders(twice)))
    wrong = [
        f"{id}: {'–' if math.isnan(length) else f'{length:g}'}"
        for id, length in zip(ids, lengths, strict=True)
        if not (math.isfinite(length) and length >= 0.0)
    ]
    if wrong:
        found.append(error("river.reach-length", name, column=column, offenders=offenders(wrong)))
    return found


def _measured_km(layer: gpd.GeoDataFrame) -> list[float]:
    geod = pyproj.Geod(ellps="WGS84")
    return [geod.geometry_length(line) / 1000.0 for line in layer.geometry.to_crs("EPSG:4326")]
