"""How many hectares of each ecosystem each alternative clears, and how many lie around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from nonetloss.avoid import ports
from nonetloss.avoid.zones import ZONES, zones_of
from nonetloss.core.findings import Finding, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.zonal import zonal_table

METHOD = Method(
    id="avoid.footprint",
    question=Text(
        es="¿Cuántas hectáreas de cada ecosistema ocupa cada alternativa y cuántas la rodean?",
        en="How many hectares of each ecosystem does each alternative take, and how many lie "
        "around it?",
    ),
    function="nonetloss.avoid.footprint:footprints",
    inputs=(
        ports.ALTERNATIVES,
        ports.ECOSYSTEMS,
        ports.CRS,
    ),
    outputs=(
        Port(
            "footprints",
            "Footprints",
            Text(
                es="Hectáreas por alternativa, zona y ecosistema.",
                en="Hectares by alternative, zone and ecosystem.",
            ),
            unit="ha",
        ),
    ),
    parameters=(
        Parameter(
            "direct_zone_m",
            Text(
                es="Ancho del anillo directo desde el borde de la huella (borde del bosque: la "
                "mayor parte del efecto cae dentro de 100 m).",
                en="Width of the direct ring from the edge of the footprint (forest edge: most of "
                "the effect falls within 100 m).",
            ),
            unit="m",
            default="100 m",
            low=0.0,
            high=100_000.0,
        ),
        Parameter(
            "indirect_zone_m",
            Text(
                es="Ancho del anillo indirecto desde el borde de la huella (efecto de la "
                "carretera: la mayor parte dentro de 1 km).",
                en="Width of the indirect ring from the edge of the footprint (road effect: most "
                "of it within 1 km).",
            ),
            unit="m",
            default="1 km",
            low=0.0,
            high=100_000.0,
        ),
    ),
    references=(
        "Laurance et al. 2002, doi 10.1046/j.1523-1739.2002.01025.x",
        "Ibisch et al. 2016, doi 10.1126/science.aaf7166",
    ),
    validity=Text(
        es="La fracción de cada celda es exacta; dentro de una celda el mapa vale lo mismo, así "
        "que una faja angosta sobre celdas gruesas es tan precisa como el mapa.",
        en="The share of each cell is exact; within a cell the map is one value, so a narrow "
        "strip over coarse cells is as precise as the map.",
    ),
    example="- {step: footprint, method: avoid.footprint, parameters: {direct_zone_m: 100 m}}",
)

_M2_PER_HA = 10_000.0


@dataclass(frozen=True, slots=True)
class Footprints:
    """Result of `footprints`.

    `table`: alternative, zone (`footprint`, `direct`, `indirect`: disjoint), ecosystem, area_ha,
    for every ecosystem of the map (0 where it does not occur). `extent`: alternative, zone,
    zone_ha (of the shape itself), mapped_ha (on known ecosystem; the sum of the table's rows),
    unmapped_ha. `zones`: the shapes, with alternative and zone.
    """

    table: pd.DataFrame
    extent: pd.DataFrame
    zones: gpd.GeoDataFrame
    findings: tuple[Finding, ...]


def footprints(
    alternatives: Sequence[Alternative],
    *,
    ecosystems: EcosystemMap,
    direct_zone_m: float = 100.0,
    indirect_zone_m: float = 1000.0,
    crs: Any,
) -> Footprints:
    """Area of each ecosystem in each zone of each alternative, by exact coverage of the cells.

    Parameters
    ----------
    alternatives : sequence of Alternative
        In `crs`. Empty gives empty tables.
    ecosystems : EcosystemMap
        On a grid in `crs`. Class 0 and whatever lies outside the grid is unmapped.
    direct_zone_m, indirect_zone_m : float
        Meters from the edge of the footprint, `0 <= direct <= indirect`.
    crs : anything pyproj reads

    Raises
    ------
    GeometryError
        `crs.mixed`, or as `zones.zones_of`.
    """
    require_same(ecosystems.crs, crs, name="ecosystems")
    keys: list[tuple[str, str]] = []
    shapes: list[Any] = []
    for alternative in alternatives:
        zones = zones_of(alternative, direct_zone_m=direct_zone_m, indirect_zone_m=indirect_zone_m)
        keys += [(alternative.name, zone) for zone in ZONES]
        shapes += [shape for _, shape in zones.items()]
    counted = zonal_table(
        polygons_of(shapes, subject="zones"), ecosystems.classes, grid=ecosystems.grid
    ).classes["raster"]
    column = {int(code): i for i, code in enumerate(counted.classes)}
    rows = []
    extent = []
    for i, (alternative_name, zone) in enumerate(keys):
        mapped = 0.0
        for ecosystem in ecosystems.ecosystems:
            at = column.get(ecosystem.code)
            area = float(counted.area[i, at]) / _M2_PER_HA if at is not None else 0.0
            mapped += area
            rows.append((alternative_name, zone, ecosystem.name, area))
        whole = shapes[i].area / _M2_PER_HA
        unmapped = whole - mapped if whole - mapped > 1e-9 * whole else 0.0
        extent.append((alternative_name, zone, whole, mapped, unmapped))
    extent_table = pd.DataFrame(
        extent, columns=["alternative", "zone", "zone_ha", "mapped_ha", "unmapped_ha"]
    )
    return Footprints(
        table=pd.DataFrame(rows, columns=["alternative", "zone", "ecosystem", "area_ha"]),
        extent=extent_table,
        zones=gpd.GeoDataFrame(
            {"alternative": [k[0] for k in keys], "zone": [k[1] for k in keys]},
            geometry=shapes,
            crs=crs,
        ),
        findings=_findings(alternatives, extent_table),
    )


def _findings(alternatives: Sequence[Alternative], extent: pd.DataFrame) -> tuple[Finding, ...]:
    """One for each alternative that leaves the map: what lies there is unknown, not zero."""
    found = []
    for alternative in alternatives:
        rows = extent[extent.alternative == alternative.name].set_index("zone")
        if rows.unmapped_ha.sum() > 0:
            data = {f"{zone}_ha": round(float(rows.unmapped_ha[zone]), 1) for zone in ZONES}
            found.append(
                warning(
                    "footprint.unmapped",
                    alternative.name,
                    alternative=alternative.title,
                    **data,
                )
            )
    return tuple(found)
