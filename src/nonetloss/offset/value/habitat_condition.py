"""Habitat quality of the ecosystems of a study, and what a project next door takes from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, error, nearest, notice, offenders
from nonetloss.core.language import Text, as_written
from nonetloss.core.units import quantity
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.loss import DIRECT, INDUCED, Loss
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.rasterize import rasterize_center
from nonetloss.numerics.stats import pert
from nonetloss.offset.value.ground import HasZones, distance_on, shapes_of, share_of_cells
from nonetloss.offset.value.habitat import (
    EXPONENTIAL,
    LINEAR,
    SCALE_Z,
    Threat,
    habitat_quality,
)

# Key of the threat that the project itself is.
PROJECT = "project"
FOOTPRINT = "footprint"
_M2_PER_HA = 10_000.0


@dataclass(frozen=True, slots=True)
class ThreatRule:
    """A threat as the study declares it; `name` is that of a layer, or `project`."""

    name: str
    weight: float
    reach_m: float
    decay: str


@dataclass(frozen=True, slots=True)
class HabitatCondition:
    """Result of `habitat_condition`.

    `quality` and `degradation` are the state today. `table`: ecosystem, title_es, title_en,
    area_ha, habitat (its suitability), quality (mean), degradation (mean), quality_qha (area ×
    quality). `ecosystems` is the map with mean quality as value. `loss` is what each alternative
    takes, None without footprints; `alternatives`: alternative, ecosystem, lost_qha (all that is
    lost), footprint_qha (of that, on the land it takes), around_qha (near it).
    """

    quality: Raster
    degradation: Raster
    table: pd.DataFrame
    ecosystems: EcosystemMap
    loss: Loss | None
    alternatives: pd.DataFrame
    findings: tuple[Finding, ...]


def habitat_condition(
    ecosystems: EcosystemMap,
    *,
    layers: Sequence[Layer],
    rng: np.random.Generator,
    draws: int,
    threats: Mapping[str, Any],
    sensitivity: Mapping[str, Any],
    footprints: HasZones | None = None,
    habitat: Mapping[str, Any] | None = None,
    access: Mapping[str, Any] | None = None,
    half_saturation: float = 0.05,
    scale_z: float = SCALE_Z,
) -> HabitatCondition:
    """Habitat quality today and, per alternative, the quality that the project takes.

    Parameters
    ----------
    ecosystems : EcosystemMap
        The land cover.
    layers : sequence of Layer
        Those that `threats` and `access` name are used.
    rng : numpy Generator
    draws : int
        States of the world, at least 1.
    threats : mapping
        ``{layer: {weight: 1, reach: 5 km, decay: exponential}}``; the key `project` is the
        project itself, absent today. Features beyond the edge of the map count as far as they
        reach in.
    sensitivity : mapping
        ``{ecosystem: {threat: 0.7}}``, or one number for all threats.
    footprints : result with `zones`, or None
        Zones of each alternative; the one called `footprint` is taken. None: only today.
    habitat : mapping or None
        Suitability by ecosystem, a number or ``{low, likely, high}``; ecosystems not named, and
        all without it, keep their ecological value.
    access : mapping or None
        ``{layer: 0.2}``: how open its polygons are to threats; the lowest counts where several
        overlap, and 1 elsewhere.
    half_saturation, scale_z : float
        See `habitat.habitat_quality`.

    Returns
    -------
    HabitatCondition
        The loss of an alternative is in quality-hectares, component `direct`; the component
        `induced` is zero, since no access is modelled here. Its draws come from the spread of
        the suitability.

    Raises
    ------
    InputError
        `habitat.rule`, `habitat.layer`, `habitat.ecosystem`, `habitat.polygons`, `habitat.hidden`,
        `loss.draws`, and as `habitat.habitat_quality`.
    GeometryError
        `crs.mixed`.

    Notes
    -----
    Loss_e = sum over cells u of a_u (Q_u today - (1 - f_u) Q_u with the threat `project`), with
    f_u the share of the cell that the footprint takes, by exact coverage. It is the whole loss of
    an alternative beside its footprint: to use it together with shares of zones around the
    footprint would count the same loss twice.
    """
    if draws < 1:
        raise InputError.because("loss.draws", "draws", value=draws)
    named = {layer.name: layer for layer in layers}
    kinds = tuple(e.name for e in ecosystems.ecosystems)
    rules = read_threats(threats, layers=named, ecosystems=kinds)
    felt = read_sensitivity(sensitivity, layers=named, ecosystems=kinds)
    suited = read_habitat(habitat or {}, layers=named, ecosystems=kinds)
    open_to = read_access(access or {}, layers=named, ecosystems=kinds)
    for name in (*(r.name for r in rules if r.name != PROJECT), *open_to):
        if named[name].hidden:
            raise InputError.because("habitat.hidden", name)
        require_same(named[name].features.crs, ecosystems.crs, name=name)
    values = [suited.get(e.name, e.value) for e in ecosystems.ecosystems]
    model = _Model(
        ecosystems=ecosystems,
        rules=rules,
        habitat={e.code: v.likely for e, v in zip(ecosystems.ecosystems, values, strict=True)},
        sensitivity={e.code: _felt(felt.get(e.name, {}), rules) for e in ecosystems.ecosystems},
        access=_openness(open_to, named, ecosystems.grid),
        half_saturation=half_saturation,
        scale_z=scale_z,
    )
    reach_m = max(r.reach_m for r in rules)
    today = {
        r.name: distance_on(shapes_of(named[r.name]), ecosystems.grid, reach_m=reach_m)
        for r in rules
        if r.name != PROJECT
    }
    quality, degradation = model.run(today)
    table = _table(ecosystems, values, quality, degradation)
    loss, lost = None, pd.DataFrame(columns=_LOST)
    if footprints is not None:
        loss, lost = _losses(model, today, footprints, values, rng=rng, draws=draws)
    grid, crs = ecosystems.grid, ecosystems.crs
    return HabitatCondition(
        quality=Raster(quality, grid, crs),
        degradation=Raster(degradation, grid, crs),
        table=table,
        ecosystems=_valued(ecosystems, quality),
        loss=loss,
        alternatives=lost,
        findings=_told(degradation, half_saturation),
    )


def read_threats(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] = ()
) -> tuple[ThreatRule, ...]:
    """Threats as a study writes them; `project` needs no layer.

    Raises
    ------
    InputError
        `habitat.layer`, `habitat.rule`.
    UnitError
        For a reach without unit.
    """
    found: list[Finding] = []
    rules = []
    known = (*layers, PROJECT)
    if not given:
        found.append(error("habitat.rule", "threats", value="{}"))
    for name, entry in given.items():
        if name not in known:
            found.append(_unknown("habitat.layer", f"threats.{name}", name, known))
            continue
        try:
            rules.append(_threat(name, entry))
        except NonetlossError as problem:
            found.extend(problem.findings)
    if found:
        raise InputError(*found)
    return tuple(rules)


def read_sensitivity(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str]
) -> dict[str, float | dict[str, float]]:
    """How much each ecosystem feels each threat, in [0, 1], or all threats alike.

    Raises
    ------
    InputError
        `habitat.ecosystem`, `habitat.rule`.
    """
    known = tuple(ecosystems)
    found: list[Finding] = []
    read: dict[str, float | dict[str, float]] = {}
    for name, entry in given.items():
        if name not in known:
            found.append(_unknown("habitat.ecosystem", f"sensitivity.{name}", name, known))
            continue
        where = f"sensitivity.{name}"
        try:
            if isinstance(entry, Mapping):
                read[name] = {str(t): _share(v, f"{where}.{t}") for t, v in entry.items()}
            else:
                read[name] = _share(entry, where)
        except NonetlossError as problem:
            found.extend(problem.findings)
    if found:
        raise InputError(*found)
    return read


def read_habitat(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str]
) -> dict[str, Estimate]:
    """Suitability by ecosystem, in [0, 1].

    Raises
    ------
    InputError
        `habitat.ecosystem`, `habitat.rule`.
    """
    known = tuple(ecosystems)
    read = {}
    for name, entry in given.items():
        where = f"habitat.{name}"
        if name not in known:
            raise InputError(_unknown("habitat.ecosystem", where, name, known))
        parts = entry if isinstance(entry, Mapping) else dict.fromkeys(_POINTS, entry)
        if not set(_POINTS) <= set(parts) or set(parts) - {*_POINTS, "source"}:
            raise InputError.because("habitat.rule", where, value=as_written(entry))
        low, likely, high = (_share(parts[p], where) for p in _POINTS)
        read[name] = Estimate(low, likely, high, Text.of(parts.get("source", "")))
    return read


def read_access(
    given: Mapping[str, Any], *, layers: Iterable[str], ecosystems: Iterable[str] = ()
) -> dict[str, float]:
    """How open the polygons of each layer are to threats, in [0, 1].

    Raises
    ------
    InputError
        `habitat.layer`, `habitat.rule`.
    """
    known = tuple(layers)
    for name in given:
        if name not in known:
            raise InputError(_unknown("habitat.layer", f"access.{name}", name, known))
    return {name: _share(entry, f"access.{name}") for name, entry in given.items()}


_POINTS = ("low", "likely", "high")
_LOST = ["alternative", "ecosystem", "lost_qha", "footprint_qha", "around_qha"]


@dataclass(frozen=True, slots=True)
class _Model:
    """Everything but where the threats are."""

    ecosystems: EcosystemMap
    rules: tuple[ThreatRule, ...]
    habitat: Mapping[int, float]
    sensitivity: Mapping[int, Mapping[str, float]]
    access: np.ndarray | None
    half_saturation: float
    scale_z: float

    def run(self, distance: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Quality and degradation; a threat without a distance is nowhere."""
        classes = self.ecosystems.classes
        nowhere = np.full(classes.shape, np.inf)
        found = habitat_quality(
            classes,
            habitat=self.habitat,
            sensitivity=self.sensitivity,
            threats=[
                Threat(r.name, distance.get(r.name, nowhere), r.weight, r.reach_m, r.decay)
                for r in self.rules
            ],
            access=self.access,
            half_saturation=self.half_saturation,
            scale_z=self.scale_z,
        )
        return found.quality, found.degradation


def _losses(
    model: _Model,
    today: Mapping[str, np.ndarray],
    footprints: HasZones,
    values: Sequence[Estimate],
    *,
    rng: np.random.Generator,
    draws: int,
) -> tuple[Loss, pd.DataFrame]:
    ecosystems, grid = model.ecosystems, model.ecosystems.grid
    zones = footprints.zones
    require_same(zones.crs, ecosystems.crs, name="footprints")
    taken = zones[zones["zone"] == FOOTPRINT]
    names = tuple(dict.fromkeys(str(a) for a in taken["alternative"]))
    kinds = ecosystems.ecosystems
    cell_ha = grid.cell_area / _M2_PER_HA
    shape = (len(names), 2, len(kinds))
    likely, sample = np.zeros(shape), np.zeros((*shape, draws))
    worth = [pert(v.low, v.likely, v.high, size=draws, rng=rng) for v in values]
    own = [r for r in model.rules if r.name == PROJECT]
    rows = []
    # Per unit of suitability, so that a class of suitability 0 in the likely case still has draws.
    ones = _of_suitability_one(model)
    intact, _ = ones.run(today)
    for a, name in enumerate(names):
        ground = list(taken.loc[taken["alternative"] == name, "geometry"])
        share = share_of_cells(ground, grid)
        after = dict(today)
        if own:
            after[PROJECT] = distance_on(ground, grid, reach_m=own[0].reach_m)
        left, _ = ones.run(after)
        for e, kind in enumerate(kinds):
            cells = ecosystems.classes == kind.code
            lost = float((intact[cells] - (1 - share[cells]) * left[cells]).sum()) * cell_ha
            on_it = float((share[cells] * intact[cells]).sum()) * cell_ha
            likely[a, 0, e] = lost * values[e].likely
            sample[a, 0, e] = lost * worth[e]
            on_it *= values[e].likely
            rows.append((name, kind.name, likely[a, 0, e], on_it, likely[a, 0, e] - on_it))
    assets = tuple(k.name for k in kinds)
    loss = Loss("quality_hectare", names, (DIRECT, INDUCED), assets, likely, sample)
    return loss, pd.DataFrame(rows, columns=_LOST)


def _of_suitability_one(model: _Model) -> _Model:
    return replace(model, habitat=dict.fromkeys(model.habitat, 1.0))


def _felt(given: float | dict[str, float], rules: Sequence[ThreatRule]) -> dict[str, float]:
    if isinstance(given, dict):
        return given
    return {r.name: given for r in rules}


def _openness(
    access: Mapping[str, float], layers: Mapping[str, Layer], grid: Grid
) -> np.ndarray | None:
    if not access:
        return None
    found = np.ones(grid.shape)
    for name, openness in access.items():
        shapes = shapes_of(layers[name])
        if any(int(shapely.get_dimensions(s)) != 2 for s in shapes):
            raise InputError.because("habitat.polygons", name)
        if shapes:
            areas = polygons_of(shapes, subject=name)
            values = np.full(len(shapes), openness)
            found = np.minimum(found, rasterize_center(areas, values, grid=grid, fill=1.0))
    return found


def _table(
    ecosystems: EcosystemMap,
    values: Sequence[Estimate],
    quality: np.ndarray,
    degradation: np.ndarray,
) -> pd.DataFrame:
    cell_ha = ecosystems.grid.cell_area / _M2_PER_HA
    rows = []
    for kind, value in zip(ecosystems.ecosystems, values, strict=True):
        cells = ecosystems.classes == kind.code
        count = int(cells.sum())
        mean = float(quality[cells].mean()) if count else float("nan")
        worn = float(degradation[cells].mean()) if count else float("nan")
        area = count * cell_ha
        total = area * mean if count else 0.0
        title = kind.title
        rows.append((kind.name, title.es, title.en, area, value.likely, mean, worn, total))
    columns = ["ecosystem", "title_es", "title_en", "area_ha", "habitat", "quality"]
    return pd.DataFrame(rows, columns=[*columns, "degradation", "quality_qha"])


def _valued(ecosystems: EcosystemMap, quality: np.ndarray) -> EcosystemMap:
    """The map with the mean quality of each class, its range that of 90 % of the cells."""
    source = Text(
        es="calidad media del hábitat; 90 % de las celdas entre los extremos",
        en="mean habitat quality; 90 % of the cells lie between the ends",
    )
    kinds = []
    for kind in ecosystems.ecosystems:
        found = quality[ecosystems.classes == kind.code]
        if found.size:
            mean = float(np.clip(found.mean(), found.min(), found.max()))
            low, high = (float(q) for q in np.quantile(found, [0.05, 0.95]))
            kind = replace(kind, value=Estimate(min(low, mean), mean, max(high, mean), source))
        kinds.append(kind)
    return replace(ecosystems, ecosystems=tuple(kinds))


def _told(degradation: np.ndarray, half_saturation: float) -> tuple[Finding, ...]:
    known = degradation[np.isfinite(degradation)]
    if not known.size or known.max() == 0:
        return (notice("habitat.no-threat", "threats"),)
    half = float(known.max()) / 2
    if 0.5 <= half_saturation / half <= 2:
        return ()
    return (
        notice(
            "habitat.half-saturation",
            "half_saturation",
            given=half_saturation,
            advised=round(half, 4),
        ),
    )


def _threat(name: str, entry: Any) -> ThreatRule:
    where = f"threats.{name}"
    allowed = {"weight", "reach", "decay"}
    if (
        not isinstance(entry, Mapping)
        or set(entry) - allowed
        or not {"weight", "reach"} <= set(entry)
    ):
        raise InputError.because("habitat.rule", where, value=as_written(entry))
    weight = quantity(entry["weight"], "", name=where)
    reach_m = quantity(entry["reach"], "m", name=where)
    decay = entry.get("decay", LINEAR)
    if weight <= 0 or reach_m <= 0 or decay not in (LINEAR, EXPONENTIAL):
        raise InputError.because("habitat.rule", where, value=as_written(entry))
    return ThreatRule(name, weight, reach_m, decay)


def _share(value: Any, where: str) -> float:
    share = quantity(value, "", name=where)
    if not 0 <= share <= 1:
        raise InputError.because("habitat.rule", where, value=as_written(value))
    return share


def _unknown(code: str, where: str, name: str, known: Sequence[str]) -> Finding:
    listed = offenders(known, 40) or "–"
    if code == "habitat.layer":
        return error("habitat.layer", where, nearest=nearest(name, known), known=listed)
    return error("habitat.ecosystem", where, nearest=nearest(name, known), known=listed)
