"""What the reservoirs of each state flood: by layer, by ecosystem, and how many people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, nearest, offenders, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.hydropower import ports
from nonetloss.hydropower.people import people_at_points
from nonetloss.hydropower.quantities import dam_values, require_known
from nonetloss.hydropower.reservoirs import reservoirs
from nonetloss.hydropower.states import States
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.river import RiverNetwork
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.zonal import zonal_table

METHOD = Method(
    id="hydropower.inundation",
    question=Text(
        es="¿Cuánta tierra inunda cada estado, de qué clases, y cuánta gente vive allí?",
        en="How much land does each state flood, of which classes, and how many people live there?",
    ),
    function="nonetloss.hydropower.inundation:inundate",
    inputs=(
        ports.NETWORK,
        ports.STATES,
        Port(
            "layers",
            "Layer",
            Text(
                es="Áreas protegidas, territorios, centros poblados y otras capas.",
                en="Protected areas, territories, towns and other layers.",
            ),
            ambient=True,
            many=True,
            optional=True,
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(es="Mapa de ecosistemas.", en="Map of ecosystems."),
            ambient=True,
            optional=True,
        ),
        Port(
            "crs",
            "CRS",
            Text(es="SRC del estudio, en metros.", en="CRS of the study, in meters."),
            ambient=True,
            optional=True,
        ),
    ),
    outputs=(
        Port(
            "inundation",
            "Inundation",
            Text(
                es="Hectáreas inundadas por estado, capa y ecosistema; personas.",
                en="Hectares flooded by state, layer and ecosystem; people.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "people_layer",
            Text(
                es="Capa de puntos de centros poblados.", en="Layer of points of populated places."
            ),
            kind="text",
            optional=True,
        ),
        Parameter(
            "people_column",
            Text(es="Columna con las personas de cada punto.", en="Column with persons per point."),
            kind="text",
            default="population",
        ),
        Parameter(
            "buffer",
            Text(
                es="Franja alrededor del embalse en que también se desplaza gente.",
                en="Strip around the reservoir where people are displaced too.",
            ),
            unit="m",
            default="0 m",
            low=0.0,
            high=10_000.0,
        ),
    ),
    references=("Flecker et al. 2022, doi 10.1126/science.abj4017",),
    validity=Text(
        es="Vale lo que valen los polígonos a nivel máximo de operación. De una represa sin "
        "polígono se cuenta su superficie («inundated»), sin saber qué clases toca ni quién vive "
        "allí. Los que se "
        "solapan se cuentan una vez.",
        en="Worth what the polygons at full supply level are worth. Of a dam without a polygon "
        'its area ("inundated") counts, without knowing which classes it meets nor who lives '
        "there. What overlaps counts once.",
    ),
    example="- {step: inundation, method: hydropower.inundation, parameters: {buffer: 100 m}}",
)

_M2_PER_HA = 10_000.0


@dataclass(frozen=True, slots=True)
class Inundation:
    """Result of `inundate`. All dams of a state count, built ones too.

    `table`: state, inundated_ha (drawn + undrawn), drawn_ha (union of the polygons), undrawn_ha
    (sum of `inundated` of dams without polygon), undrawn (how many of those flood anything),
    people (NaN where no layer of places was given, or a dam floods land that is not drawn).
    `layers`: state, layer, kind, inundated_ha, features (met), met; of a hidden layer only `met` is
    told. `ecosystems`: state, ecosystem, inundated_ha, empty without a map.
    """

    table: pd.DataFrame
    layers: pd.DataFrame
    ecosystems: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def inundate(
    network: RiverNetwork,
    *,
    states: States,
    layers: Sequence[Layer] = (),
    ecosystems: EcosystemMap | None = None,
    crs: Any = None,
    people_layer: str | None = None,
    people_column: str = "population",
    buffer: float = 0.0,
) -> Inundation:
    """Area under water in each state, each hectare once.

    Parameters
    ----------
    network : RiverNetwork
        With `reservoirs`, or attribute of dams `inundated` (area), or both.
    states : States
    layers : sequence of Layer
        In `crs`. None: nothing is said of any class.
    ecosystems : EcosystemMap, optional
        On a grid in `crs`.
    crs : anything pyproj reads
        Of the study, in meters, true to area. Needed with polygons.
    people_layer, people_column : str
        A layer of points and its column of persons. Without a layer, people stay unknown; in a
        state with undrawn reservoirs too, and a warning says so.
    buffer : float
        Meters around reservoirs, for people only.

    Raises
    ------
    InputError
        `inundation.layer-unknown`, `inundation.layer-hidden`, `hydropower.attribute-missing`,
        `hydropower.dams-without-value` (a dam with neither polygon nor area), those of
        `hydropower.people`.
    GeometryError
        Those of `hydropower.reservoirs.reservoirs`, `crs.mixed`.
    """
    drawn = network.reservoirs is not None and len(network.reservoirs) > 0
    shapes: list[shapely.Geometry] = [shapely.Polygon() for _ in states.names]
    found: tuple[Finding, ...] = ()
    if drawn:
        flooded = reservoirs(network, portfolios=states, crs=crs, existing=True)
        shapes = [alternative.geometry for alternative in flooded.alternatives]
        found = flooded.findings
    missing = _undrawn(network, states.choices)
    areas = np.zeros(missing.shape)
    if missing.any():
        table = dam_values(network, ("inundated",), unit="ha")
        areas = require_known(
            network, table, np.where(missing, states.choices, 0), name="inundated"
        )
    undrawn = (areas > 0).sum(axis=1)
    people = _people(shapes, layers, people_layer, people_column, crs, buffer)
    if people_layer is not None and undrawn.any():
        people = np.where(undrawn > 0, np.nan, people)
        open_states = [name for name, count in zip(states.names, undrawn, strict=True) if count]
        told = offenders(open_states, 20)
        found = (*found, warning("inundation.people-undrawn", people_layer, states=told))
    total = pd.DataFrame(
        {
            "state": list(states.names),
            "inundated_ha": shapely.area(shapes) / _M2_PER_HA + areas.sum(axis=1),
            "drawn_ha": shapely.area(shapes) / _M2_PER_HA,
            "undrawn_ha": areas.sum(axis=1),
            "undrawn": undrawn,
            "people": people,
        }
    )
    return Inundation(
        total,
        _by_layer(states.names, shapes, layers if drawn else (), crs),
        _by_ecosystem(states.names, shapes, ecosystems if drawn else None, crs),
        found,
    )


def _undrawn(network: RiverNetwork, choices: np.ndarray) -> np.ndarray:
    """Whether each standing dam (states, dams) has no polygon."""
    if network.reservoirs is None:
        return choices > 0
    keys = {
        (str(d), str(o))
        for d, o in zip(network.reservoirs["dam"], network.reservoirs["option"], strict=True)
    }
    wide = 1 + max((len(dam.options) for dam in network.dams), default=0)
    lacks = np.zeros((len(network.dams), wide), dtype=bool)
    for d, dam in enumerate(network.dams):
        for o, option in enumerate(dam.options, start=1):
            lacks[d, o] = not {(str(dam.id), option.name), (str(dam.id), "")} & keys
    return np.asarray(lacks[np.arange(len(network.dams)), choices])


def _people(
    shapes: Sequence[shapely.Geometry],
    layers: Sequence[Layer],
    wanted: str | None,
    column: str,
    crs: Any,
    buffer: float,
) -> np.ndarray:
    if wanted is None:
        return np.full(len(shapes), np.nan)
    named = {layer.name: layer for layer in layers}
    if wanted not in named:
        raise InputError.because(
            "inundation.layer-unknown",
            wanted,
            nearest=nearest(wanted, named),
            known=offenders(named, 20) or "–",
        )
    if named[wanted].hidden:
        raise InputError.because("inundation.layer-hidden", wanted)
    places = named[wanted].features
    return people_at_points(shapes, places, column=column, crs=crs, name=wanted, buffer_m=buffer)


def _by_layer(
    names: Sequence[str], shapes: Sequence[shapely.Geometry], layers: Sequence[Layer], crs: Any
) -> pd.DataFrame:
    rows: list[Mapping[str, Any]] = []
    for layer in layers:
        require_same(layer.features.crs, crs, name=layer.name)
        features = layer.features.geometry.to_numpy()
        tree = shapely.STRtree(features)
        for name, shape in zip(names, shapes, strict=True):
            met = tree.query(shape, predicate="intersects")
            # Touching the edge floods nothing.
            met = met[~shapely.touches(features[met], shape)]
            union = shapely.union_all(features[met])
            area = shapely.area(shapely.intersection(union, shape)) / _M2_PER_HA
            rows.append(
                {
                    "state": name,
                    "layer": layer.name,
                    "kind": layer.kind,
                    "inundated_ha": np.nan if layer.hidden else area,
                    "features": np.nan if layer.hidden else float(len(met)),
                    "met": len(met) > 0,
                }
            )
    columns = ["state", "layer", "kind", "inundated_ha", "features", "met"]
    return pd.DataFrame(rows, columns=columns)


def _by_ecosystem(
    names: Sequence[str],
    shapes: Sequence[shapely.Geometry],
    ecosystems: EcosystemMap | None,
    crs: Any,
) -> pd.DataFrame:
    columns = ["state", "ecosystem", "inundated_ha"]
    if ecosystems is None:
        return pd.DataFrame(columns=columns)
    require_same(ecosystems.crs, crs, name="ecosystems")
    counted = zonal_table(
        polygons_of(shapes, subject="reservoirs"), ecosystems.classes, grid=ecosystems.grid
    ).classes["raster"]
    column = {int(code): i for i, code in enumerate(counted.classes)}
    rows = [
        (name, e.name, counted.area[z, column[e.code]] / _M2_PER_HA if e.code in column else 0.0)
        for z, name in enumerate(names)
        for e in ecosystems.ecosystems
    ]
    return pd.DataFrame(rows, columns=columns)
