"""What each alternative meets: hectares, kilometers, counts, distances, and the rule at stake."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from nonetloss.avoid import ports
from nonetloss.avoid.layer_parts import Part, parts_of
from nonetloss.avoid.zones import FOOTPRINT, ZONES, Zones, zones_of
from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.layer import Layer, Role
from nonetloss.landscape.project import Alternative
from nonetloss.numerics.grid import Grid
from nonetloss.rules.model import LayerRule, RulesInForce

METHOD = Method(
    id="avoid.screening",
    question=Text(
        es="¿Qué toca cada alternativa, cuánto, y qué norma se activa?",
        en="What does each alternative touch, how much of it, and which rule does that trigger?",
    ),
    function="nonetloss.avoid.screening:screen",
    inputs=(
        ports.ALTERNATIVES,
        ports.LAYERS,
        Port(
            "ruleset",
            "RulesInForce",
            Text(es="Normas vigentes en la fecha.", en="Rules in force on the date."),
            ambient=True,
            optional=True,
        ),
        Port(
            "grid",
            "Grid",
            Text(
                es="Extensión hasta la que se leyeron las capas.",
                en="Extent as far as which the layers were read.",
            ),
            ambient=True,
            optional=True,
        ),
        ports.CRS,
    ),
    outputs=(
        Port(
            "screening",
            "Screening",
            Text(es="Tabla y hallazgos por capa.", en="Table and findings by layer."),
        ),
    ),
    parameters=(
        Parameter(
            "direct_zone_m",
            Text(
                es="Ancho de la zona de influencia directa desde el borde de la huella. Si falta, "
                "el de las normas; la ley peruana no fija una distancia: el titular la propone.",
                en="Width of the direct zone of influence from the edge of the footprint. If "
                "missing, the rule set's; Peruvian law fixes no distance: the developer proposes.",
            ),
            unit="m",
            low=0.0,
            high=100_000.0,
            optional=True,
        ),
        Parameter(
            "indirect_zone_m",
            Text(
                es="Ancho de la zona de influencia indirecta desde el borde de la huella. Si "
                "falta, el de las normas.",
                en="Width of the indirect zone of influence from the edge of the footprint. If "
                "missing, the rule set's.",
            ),
            unit="m",
            low=0.0,
            high=100_000.0,
            optional=True,
        ),
    ),
    references=(
        "Barber et al. 2014, doi 10.1016/j.biocon.2014.07.004",
        "Laurance et al. 2009, doi 10.1016/j.tree.2009.06.009",
    ),
    validity=Text(
        es="Áreas y longitudes planas en el SRC del estudio. Ve solo lo que las capas muestran: "
        "que una capa no tenga registros no prueba que no haya nada.",
        en="Planar areas and lengths in the CRS of the study. It sees only what the layers show: "
        "an empty layer does not prove that nothing is there.",
    ),
    example="- {step: screening, method: avoid.screening, parameters: {direct_zone_m: 1 km}}",
)

# Rule-set parameters that give the distances when the study does not.
DIRECT_ZONE_RULE = "zone.direct"
INDIRECT_ZONE_RULE = "zone.indirect"

COLUMNS = (
    "alternative", "layer", "kind", "role", "geometry", "zone", "feature", "met", "area_ha",
    "length_km", "count", "share", "nearest_m", "ground", "status",
)  # fmt: skip
_M2_PER_HA = 10_000.0
_ROLES = {role: order for order, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Screening:
    """Result of `screen`.

    `table` has one row for each alternative, layer, type of geometry (polygon, line, point) and
    zone, with `feature` empty, followed by one row for each feature met there. Zones are disjoint
    (see `avoid.zones`).

    - `area_ha`: of the layer's polygons inside the zone; NaN for lines and points. In the row of
      the whole layer, overlapping features count once.
    - `length_km`: for polygons, km of the project's axis inside them (only in the zone
      `footprint`, NaN elsewhere and for projects that are not lines); for lines, km of the
      layer's lines inside the zone; NaN for points.
    - `count`: features met; missing for hidden layers.
    - `share`: of the whole area, length or count of the layer as it was given (a study gives the
      features that meet its extent, whole), or of the feature, inside the zone; NaN for a layer
      without features.
    - `nearest_m`: from the edge of the footprint to the nearest of those features, 0 if it is
      touched; NaN for an alternative that takes no ground.
    - `ground`, `status`: legal ground with its citation (a `Text`), and whether it is confirmed.

    A hidden layer has a single row, with zone empty and only `met` filled in: whether any zone of
    the alternative, or the layer's setback, reaches it.
    """

    table: pd.DataFrame
    findings: tuple[Finding, ...]
    direct_zone_m: float
    indirect_zone_m: float


@dataclass(frozen=True, slots=True)
class _Ground:
    text: Text
    status: str


def screen(
    alternatives: Sequence[Alternative],
    *,
    layers: Sequence[Layer],
    ruleset: RulesInForce | None = None,
    direct_zone_m: float | None = None,
    indirect_zone_m: float | None = None,
    grid: Grid | None = None,
    crs: Any,
) -> Screening:
    """Measure what each alternative meets and say which rule is at stake.

    Parameters
    ----------
    alternatives : sequence of Alternative
        Lines, polygons or points, in `crs`. Empty gives an empty table.
    layers : sequence of Layer
        In `crs`; their order does not matter. A layer without features gives a finding.
    ruleset : RulesInForce, optional
        Gives the legal ground of each kind of layer, and the distances that are None.
    direct_zone_m, indirect_zone_m : float, optional
        Meters from the edge of the footprint, `0 <= direct <= indirect`.
    grid : Grid, optional
        Extent as far as which the layers are known; zones that leave it give a warning. None: the
        layers are known everywhere.
    crs : anything pyproj reads
        The CRS of the study.

    Raises
    ------
    GeometryError
        `crs.missing`, `crs.mixed`, `screening.invalid-geometry`, or as `zones_of`.
    InputError
        `screening.no-distance` if neither the study nor the rule set gives a distance;
        `screening.repeated-name`.
    """
    direct = _distance(direct_zone_m, DIRECT_ZONE_RULE, "direct_zone_m", ruleset)
    indirect = _distance(indirect_zone_m, INDIRECT_ZONE_RULE, "indirect_zone_m", ruleset)
    _require_unique([a.name for a in alternatives])
    _require_unique([layer.name for layer in layers])
    ordered = sorted(layers, key=lambda layer: (_ROLES[layer.role], layer.name))
    findings = _from_rules(
        {DIRECT_ZONE_RULE: direct_zone_m, INDIRECT_ZONE_RULE: indirect_zone_m}, ruleset
    )
    prepared: list[tuple[Layer, _Ground, tuple[Part, ...]]] = []
    for layer in ordered:
        require_same(layer.features.crs, crs, name=layer.name)
        parts = parts_of(layer)
        if not parts:
            findings.append(notice("screening.empty-layer", layer.name, layer=layer.title))
        prepared.append((layer, _ground_of(layer, ruleset), parts))
    rows: list[dict[str, Any]] = []
    for alternative in alternatives:
        zones = zones_of(alternative, direct_zone_m=direct, indirect_zone_m=indirect)
        findings += _beyond_extent(alternative, zones, grid)
        for layer, ground, parts in prepared:
            found = _hidden_row(zones, layer, parts) if layer.hidden else _rows(zones, layer, parts)
            fixed = {
                "alternative": alternative.name, "layer": layer.name, "kind": layer.kind,
                "role": str(layer.role), "ground": ground.text, "status": ground.status,
            }  # fmt: skip
            rows += [fixed | row for row in found]
            findings += _findings(alternative, layer, ground, found)
    return Screening(_table(rows), tuple(findings), direct, indirect)


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = ["area_ha", "length_km", "share", "nearest_m"]
    return table.astype(dict.fromkeys(numbers, float) | {"count": "Int64", "met": bool})


def _distance(given: float | None, rule: str, name: str, ruleset: RulesInForce | None) -> float:
    if given is not None:
        return given
    if ruleset is None or rule not in ruleset.parameter_ids():
        raise InputError.because("screening.no-distance", name, rule=rule)
    return ruleset.value(rule, unit="m")


def _from_rules(given: dict[str, float | None], ruleset: RulesInForce | None) -> list[Finding]:
    """Which distances the rule set gave, with their source."""
    return [
        notice(
            "screening.distance-from-rules",
            rule,
            title=ruleset.parameter(rule).title,
            distance_m=ruleset.value(rule, unit="m"),
            citation=ruleset.parameter(rule).citation,
        )
        for rule, distance in given.items()
        if distance is None and ruleset is not None
    ]


def _beyond_extent(
    alternative: Alternative, zones: Zones, grid: Grid | None
) -> tuple[Finding, ...]:
    """That the zones leave the extent: what lies there and nowhere inside was never read."""
    if grid is None:
        return ()
    beyond = shapely.difference(zones.whole, shapely.box(*grid.bounds)).area / _M2_PER_HA
    if beyond < 0.01:
        return ()
    data = {"alternative": alternative.title, "beyond_ha": round(beyond, 1)}
    return (warning("screening.beyond-extent", alternative.name, **data),)


def _require_unique(names: list[str]) -> None:
    repeated = sorted({n for n in names if names.count(n) > 1})
    if repeated:
        raise InputError.because("screening.repeated-name", offenders(repeated))


def _ground_of(layer: Layer, ruleset: RulesInForce | None) -> _Ground:
    """The study's own ground if it recorded one; else the rule's with its citation."""
    if layer.ground is not None:
        return _Ground(layer.ground, "study")
    if ruleset is None or layer.kind not in ruleset.layer_kinds():
        return _Ground(Text(es="sin norma registrada", en="no rule on record"), "none")
    rule: LayerRule = ruleset.layer_rule(layer.kind)
    joined = Text(
        es=f"{rule.ground.es} [{rule.citation.es}]", en=f"{rule.ground.en} [{rule.citation.en}]"
    )
    return _Ground(joined, str(rule.status))


def _hidden_row(zones: Zones, layer: Layer, parts: tuple[Part, ...]) -> list[dict[str, Any]]:
    reach = zones.whole
    met = any(
        bool(shapely.intersects(part.shapes, reach).any())
        or part.nearest_m(zones.footprint) < layer.setback_m
        for part in parts
    )
    nothing = dict.fromkeys(("area_ha", "length_km", "share", "nearest_m"), np.nan)
    return [{"geometry": "", "zone": "", "feature": "", "met": met, "count": pd.NA, **nothing}]


def _rows(zones: Zones, layer: Layer, parts: tuple[Part, ...]) -> list[dict[str, Any]]:
    rows = []
    for part in parts:
        already = np.zeros(len(part.shapes), dtype=bool)
        for zone, area in zones.items():
            axis = zones.axis if zone == FOOTPRINT else None
            measured = part.measure(area, axis=axis, already=already)
            already |= measured.touched
            for row in (measured.whole, *measured.features):
                near = part.nearest_m(zones.footprint, feature=row.pop("index"))
                rows.append({"geometry": part.kind, "zone": zone, "nearest_m": near, **row})
    return rows


def _findings(
    alternative: Alternative, layer: Layer, ground: _Ground, rows: list[dict[str, Any]]
) -> list[Finding]:
    """For the layer as a whole: that it is met, and that its setback is not kept.

    Context that only the zones of influence reach stays in the table.
    """
    names = {"alternative": alternative.title, "layer": layer.title, "ground": ground.text}
    if layer.hidden:
        met = any(row["met"] for row in rows)
        return [warning("screening.hidden", alternative.name, **names)] if met else []
    wholes = [row for row in rows if row["feature"] == ""]
    nearest = min((row["nearest_m"] for row in wholes), default=np.inf)
    extent = {zone: _extent([r for r in wholes if r["zone"] == zone]) for zone in ZONES}
    data = (
        names
        | extent
        | {
            "nearest_m": round(nearest, 1) if np.isfinite(nearest) else "–",
            "features": offenders(sorted({r["feature"] for r in rows} - {""})) or "–",
            "status": ground.status,
            "layer_name": layer.name,
        }
    )
    found = []
    strict = layer.role in (Role.PROHIBITED, Role.RESTRICTED)
    if any(row["met"] for row in wholes if row["zone"] == FOOTPRINT):
        make = warning if strict else notice
        found.append(make(f"screening.{layer.role}", alternative.name, **data))
    elif strict and any(row["met"] for row in wholes):
        found.append(notice(f"screening.{layer.role}-near", alternative.name, **data))
    elif layer.role is Role.ACCOUNTED and any(row["met"] for row in wholes):
        found.append(notice("screening.accounted", alternative.name, **data))
    if 0 < nearest < layer.setback_m:
        near = data | {"setback_m": layer.setback_m}
        found.append(warning("screening.setback", alternative.name, **near))
    return found


def _extent(rows: list[dict[str, Any]]) -> str:
    """`12.3 ha · 1.20 km · n = 2`: signs that read alike in both languages."""
    if not any(row["met"] for row in rows):
        return "–"
    area = np.nansum([row["area_ha"] for row in rows])
    length = np.nansum([row["length_km"] for row in rows])
    count = sum(int(row["count"]) for row in rows)
    said = [f"{area:.1f} ha"] if area > 0 else []
    said += [f"{length:.2f} km"] if length > 0 else []
    return " · ".join([*said, f"n = {count}"])
