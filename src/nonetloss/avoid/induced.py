"""The forest that is expected to fall because of the access, apart from what the works clear."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.avoid.access import forest_weight
from nonetloss.avoid.induced_method import INTENSITY_RULE, METHOD
from nonetloss.avoid.kernel import decay_scale_m, ring_edges, share_between
from nonetloss.avoid.zones import areal
from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, notice, warning
from nonetloss.core.language import Text
from nonetloss.core.units import quantity
from nonetloss.landscape.cleared import cleared_land
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.zonal import zonal_table
from nonetloss.rules.model import RulesInForce

__all__ = ["METHOD", "Induced", "induced_deforestation"]

_M2_PER_HA = 10_000.0
_M_PER_KM = 1_000.0
_SEGMENTS = 16


@dataclass(frozen=True, slots=True)
class Induced:
    """Result of `induced_deforestation`.

    `table`: alternative, ecosystem (forest ones), low_ha, likely_ha, high_ha. `rings`: how each
    number came about: alternative, near_m, far_m, ecosystem, share (of the kernel), ring_ha,
    forest_ha (outside the footprint), reached_ha (after factors and existing access), low_ha,
    likely_ha, high_ha. `scale_m` is the decay scale, `intensity` the hectares per km over the
    horizon at all distances.
    """

    table: pd.DataFrame
    rings: pd.DataFrame
    scale_m: float
    intensity: Estimate
    findings: tuple[Finding, ...]


def induced_deforestation(
    alternatives: Sequence[Alternative],
    *,
    ecosystems: EcosystemMap,
    layers: Sequence[Layer] = (),
    ruleset: RulesInForce | None = None,
    intensity: Mapping[str, Any] | Estimate | None = None,
    intensity_distance_m: float = 5_000.0,
    intensity_years: float = 15.0,
    horizon_years: float = 15.0,
    decay_distance_m: float = 5_500.0,
    decay_share: float = 0.95,
    reach_m: float = 12_000.0,
    ring_m: float = 500.0,
    layer_factors: Mapping[str, Any] | None = None,
    existing_access: Mapping[str, Any] | None = None,
    crs: Any,
) -> Induced:
    """Expected loss of forest by the access that each line opens.

    Mathematical formulation
        loss(e) = sum over rings r of min(forest(e, r),
        L · I · (exp(-near/s) - exp(-far/s)) · reached(e, r) / mapped(r)), with L the length in km,
        I the intensity in ha/km over the horizon at all distances, s the decay scale, forest(e, r)
        the hectares of forest e in ring r outside the footprint, reached(e, r) the same after
        layer factors and existing access, mapped(r) the hectares of the ring that the map knows.

    In words
        In continuous forest each kilometer costs I hectares, spread over distance as the kernel
        says. Where a ring is only part forest, that part of it is lost; no more than is there.

    Parameters
    ----------
    alternatives : sequence of Alternative
        Lines in `crs`. Polygons and points give a notice and no rows: intensity is per km.
    ecosystems : EcosystemMap
        Those with `forest` take part. Where a ring leaves the map, its known part stands for the
        whole ring, with a warning; a ring all outside adds nothing.
    layers : sequence of Layer
        Only those named in `layer_factors` and `existing_access` are read.
    ruleset : RulesInForce, optional
        Gives the intensity when it is None.
    intensity : mapping of low, likely, high to text with unit ha/km, or Estimate in ha/km
    intensity_distance_m, intensity_years : float
        The distance and the period of that observation; it is brought to all distances with the
        kernel and to `horizon_years` in proportion.
    decay_distance_m, decay_share : float
        Calibration of the kernel, see `avoid.kernel`.
    reach_m, ring_m : float
        Meters from the edge of the footprint.
    layer_factors, existing_access : mapping, optional
        See `METHOD`; None: no factor, nothing already reached.

    Raises
    ------
    InputError
        `induced.intensity`, `induced.kernel`, `induced.layer`, `induced.factor`.
    GeometryError
        `crs.mixed`, or as `landscape.cleared.cleared_land`.
    """
    require_same(ecosystems.crs, crs, name="ecosystems")
    scale = decay_scale_m(distance_m=decay_distance_m, share=decay_share)
    observed = _intensity(intensity, ruleset)
    factor = horizon_years / intensity_years
    factor /= share_between(0.0, intensity_distance_m, scale_m=scale)
    total = Estimate(
        observed.low * factor, observed.likely * factor, observed.high * factor, observed.source
    )
    weight = forest_weight(
        ecosystems.grid,
        layers=layers,
        layer_factors=layer_factors or {},
        existing_access=existing_access or {},
        crs=crs,
    )
    edges = ring_edges(reach_m, ring_m)
    tables: list[pd.DataFrame] = []
    findings = _from_rules(ruleset) if intensity is None else []
    for alternative in alternatives:
        footprint = cleared_land(alternative)
        if int(shapely.get_dimensions(alternative.geometry)) != 1:
            findings.append(
                notice("induced.not-a-line", alternative.name, alternative=alternative.title)
            )
            continue
        table, unknown = _rings(alternative, footprint, ecosystems, weight, edges, scale, total)
        tables.append(table)
        if unknown > 1e-6:
            findings.append(
                warning(
                    "induced.unmapped",
                    alternative.name,
                    alternative=alternative.title,
                    percent=round(100 * unknown, 1),
                )
            )
    rings = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_COLUMNS)
    sums = rings.groupby(["alternative", "ecosystem"], sort=False)[list(_ENDS)].sum()
    return Induced(sums.reset_index(), rings, scale, total, tuple(findings))


_ENDS = ("low_ha", "likely_ha", "high_ha")
_COLUMNS = [
    "alternative", "near_m", "far_m", "ecosystem", "share", "ring_ha", "forest_ha", "reached_ha",
    *_ENDS,
]  # fmt: skip


def _intensity(given: Any, ruleset: RulesInForce | None) -> Estimate:
    if isinstance(given, Estimate):
        return given
    if given is None:
        if ruleset is None or INTENSITY_RULE not in ruleset.parameter_ids():
            raise InputError.because("induced.intensity", "intensity", found="–")
        return ruleset.estimate(INTENSITY_RULE, unit="ha/km")
    return read_intensity(given)


def read_intensity(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> Estimate:
    """The intensity in ha/km as a study writes it: low, likely and high with unit, and a source.

    Raises
    ------
    InputError
        `induced.intensity`, `core.estimate-order`.
    UnitError
        For a number without unit.
    """
    if set(given) - {"source"} != {"low", "likely", "high"}:
        raise InputError.because("induced.intensity", "intensity", found=", ".join(map(str, given)))
    low, likely, high = (
        quantity(given[end], "ha/km", name=f"intensity.{end}") for end in ("low", "likely", "high")
    )
    if low < 0:
        raise InputError.because("induced.intensity", "intensity", found=given["low"])
    if not low <= likely <= high:
        data = {"low": low, "likely": likely, "high": high}
        raise InputError.because("core.estimate-order", "intensity", **data)
    return Estimate(low, likely, high, _source(given.get("source", "")))


def _source(given: Any) -> Text:
    try:
        return Text.of(given)
    except (KeyError, TypeError) as cause:
        raise InputError.because("induced.intensity", "intensity.source", found=given) from cause


def _from_rules(ruleset: RulesInForce | None) -> list[Finding]:
    """That the intensity is the rule set's, with its source."""
    if ruleset is None:
        return []
    rule = ruleset.parameter(INTENSITY_RULE)
    given = ruleset.estimate(INTENSITY_RULE, unit="ha/km")
    data = {"low": given.low, "likely": given.likely, "high": given.high}
    return [notice("induced.from-rules", INTENSITY_RULE, citation=rule.citation, **data)]


def _rings(
    alternative: Alternative,
    footprint: BaseGeometry,
    ecosystems: EcosystemMap,
    weight: np.ndarray,
    edges: np.ndarray,
    scale_m: float,
    intensity: Estimate,
) -> tuple[pd.DataFrame, float]:
    """(rows of `Induced.rings`, share of the reach that is unmapped)."""
    reaches = [shapely.buffer(footprint, edge, quad_segs=_SEGMENTS) for edge in edges[1:]]
    shapes = [areal(shapely.difference(reaches[0], footprint))]
    shapes += [areal(shapely.difference(outer, inner)) for inner, outer in pairwise(reaches)]
    areas = shapely.area(np.array(shapes, dtype=object)) / _M2_PER_HA
    forests = [e for e in ecosystems.ecosystems if e.forest]
    codes = [e.code for e in ecosystems.ecosystems]
    rasters: dict[str, np.ndarray] = {"mapped": np.isin(ecosystems.classes, codes)}
    for forest in forests:
        here = ecosystems.classes == forest.code
        rasters[f"all:{forest.name}"] = here
        rasters[f"reached:{forest.name}"] = np.where(here, weight, 0.0)
    found = zonal_table(
        polygons_of(shapes, subject="rings"), rasters, grid=ecosystems.grid, by="stats"
    ).stats
    mapped = found["mapped"].integral / _M2_PER_HA
    length_km = alternative.geometry.length / _M_PER_KM
    rows = []
    for i, (near, far) in enumerate(pairwise(edges)):
        share = share_between(near, far, scale_m=scale_m)
        for forest in forests:
            available = float(found[f"all:{forest.name}"].integral[i]) / _M2_PER_HA
            reached = float(found[f"reached:{forest.name}"].integral[i]) / _M2_PER_HA
            part = share * reached / mapped[i] if mapped[i] > 0 else 0.0
            losses = [
                min(length_km * per_km * part, available)
                for per_km in (intensity.low, intensity.likely, intensity.high)
            ]
            rows.append(
                (
                    alternative.name,
                    near,
                    far,
                    forest.name,
                    share,
                    areas[i],
                    available,
                    reached,
                    *losses,
                )
            )
    return pd.DataFrame(rows, columns=_COLUMNS), float(1 - mapped.sum() / areas.sum())
