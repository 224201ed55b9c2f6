"""Species as assets of their own: the habitat that each alternative takes from each of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, error, nearest, notice, offenders, warning
from nonetloss.core.language import Text, as_written
from nonetloss.core.units import quantity
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.loss import DIRECT, INDUCED, Loss
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.rasterize import rasterize_center
from nonetloss.numerics.stats import pert
from nonetloss.offset.loss import FOOTPRINT, read_zone_loss
from nonetloss.offset.value.ground import HasZones, shapes_of, share_of_cells
from nonetloss.offset.value.persistence import EXPONENT, GOMPERTZ, Curve, persistence
from nonetloss.offset.value.star import (
    CATEGORY_WEIGHTS,
    expected_decline,
    star_threat_abatement,
)

_HA_PER_KM2 = 100.0
_M2_PER_HA = 10_000.0
_POINTS = ("low", "likely", "high")
_KEYS = {"title", "range", "habitat", "category", "area", "historic", "threats", "source"}


@dataclass(frozen=True, slots=True)
class Species:
    """One species as the study declares it.

    `range_layer` names a layer of polygons; empty: the next raster of `ranges`. `habitat` is the
    suitability of each ecosystem, in [0, 1]; ecosystems not named are none. `area_km2` is the
    whole area of habitat on Earth today, `historic_km2` that without people; NaN: not known.
    `threats` gives the expected decline in percent by threat.
    """

    name: str
    title: Text
    range_layer: str
    habitat: Mapping[str, Estimate]
    category: str
    area_km2: float
    historic_km2: float
    threats: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SpeciesLoss:
    """Result of `species_loss`.

    `loss` has one asset per species, in hectares of habitat. `table`: alternative, species,
    title_es, title_en, category, lost_low_ha, lost_likely_ha, lost_high_ha (5 % and 95 % of the
    draws), habitat_km2 (all there is), lost_share, star_points, persistence_now,
    persistence_with, persistence_change (NaN without `historic`). `summary`: alternative,
    species (how many lose something), range_shares (sum of lost shares), star_points,
    extinctions (expected; of the species whose historic habitat is known). `threats`:
    alternative, threat, star_points. `sheds` are the ranges, by species.
    """

    loss: Loss
    table: pd.DataFrame
    summary: pd.DataFrame
    threats: pd.DataFrame
    species: tuple[Species, ...]
    sheds: tuple[Serviceshed, ...]
    findings: tuple[Finding, ...]

    def services(self) -> ServiceLoss:
        """The same loss as services, one per species, for a portfolio to make up for.

        A hectare of an ecosystem gives what it is suited; the land that counts is the range.
        """
        offered = tuple(
            Service(s.name, s.title, "ha", s.habitat, (shed,))
            for s, shed in zip(self.species, self.sheds, strict=True)
        )
        columns = tuple((s.name, s.sheds[0].name) for s in offered)
        return ServiceLoss(
            offered,
            self.loss.alternatives,
            columns,
            self.loss.likely.sum(axis=1),
            self.loss.draws.sum(axis=1),
        )


def species_loss(
    footprints: HasZones,
    *,
    ecosystems: EcosystemMap,
    layers: Sequence[Layer],
    rng: np.random.Generator,
    draws: int,
    species: Mapping[str, Any],
    ranges: Sequence[Raster] | None = None,
    zone_loss: Mapping[str, Any] | None = None,
    curve: str = "power",
    exponent: float = EXPONENT,
) -> SpeciesLoss:
    """Habitat that each alternative takes from each species, and what that means for it.

    Parameters
    ----------
    footprints : result with `zones`
        Zones of each alternative, in the CRS of the ecosystems.
    ecosystems : EcosystemMap
        Where each ecosystem lies.
    layers : sequence of Layer
        Those that `species` name as ranges are used.
    rng : numpy Generator
    draws : int
        States of the world, at least 1.
    species : mapping
        ``{name: {range: layer, habitat: [ecosystem] or {ecosystem: suitability}, category: EN,
        area: 12000 km^2, historic: 30000 km^2, threats: {roads: {scope: majority, severity:
        rapid-declines}}}}``; only habitat and category are needed.
    ranges : sequence of Raster or None
        For the species without a `range`, in their order: presence (or share of a cell) from 0
        to 1 on the grid of the ecosystems; NaN is outside.
    zone_loss : mapping or None
        Share of the habitat that is lost in zones other than the footprint, as in
        `loss.quality_loss`. The footprint takes all of it.
    curve : "power" or "gompertz"
    exponent : float
        z of the power curve; see `persistence.persistence`.

    Returns
    -------
    SpeciesLoss
        Component `direct`; `induced` is zero, since no access is modelled here.

    Raises
    ------
    InputError
        `species.entry`, `species.layer`, `species.ecosystem`, `species.category`,
        `species.scope`, `species.severity`, `species.hidden`, `species.ranges`, `species.presence`,
        `species.whole`, `loss.draws`, `loss.share`, `loss.zone`.
    GeometryError
        `crs.mixed`.

    Notes
    -----
    AOH_s = sum over cells u of a_u R_su h_s(e_u), with R the range and h the suitability of the
    ecosystem; what an alternative takes is the same sum over the exact share of each cell in its
    zones, times the share lost there. Suitability and shares lost are read as PERT distributions,
    one draw of each for all alternatives.

    **In words.** Hectares of habitat inside the range, how much of all its habitat that is, how
    many STAR points lie on it, and how much likelier it makes the end of the species.
    """
    if draws < 1:
        raise InputError.because("loss.draws", "draws", value=draws)
    named = {layer.name: layer for layer in layers}
    kinds = tuple(e.name for e in ecosystems.ecosystems)
    listed = read_species(species, layers=named, ecosystems=kinds)
    zones = footprints.zones
    require_same(zones.crs, ecosystems.crs, name="footprints")
    shares = read_zone_loss(zone_loss or {}, zones=tuple(dict.fromkeys(zones["zone"])))
    shares = {FOOTPRINT: Estimate.exact(1.0)} | shares
    names = tuple(dict.fromkeys(str(a) for a in zones["alternative"]))
    grounds = _grounds(zones, names, tuple(shares), ecosystems)
    everywhere = _Ground(slice(None), ecosystems.classes.ravel(), 1.0)
    extent = np.zeros((len(listed), len(kinds)))
    touched = np.zeros((len(names), len(shares), len(listed), len(kinds)))
    sheds = []
    # One species at a time: ranges of many species would not fit into memory together.
    for i, (present, shed) in enumerate(_ranges(listed, named, tuple(ranges or ()), ecosystems)):
        extent[i] = _hectares(present, everywhere, ecosystems)
        for a, z in np.ndindex(len(names), len(shares)):
            touched[a, z, i] = _hectares(present, grounds[a][z], ecosystems)
        sheds.append(shed)
    loss = _loss(listed, names, kinds, touched, list(shares.values()), draws=draws, rng=rng)
    whole, findings = _whole(listed, kinds, extent)
    model: Curve = GOMPERTZ if curve == GOMPERTZ else exponent
    table, threats = _tables(listed, loss, whole, model)
    return SpeciesLoss(
        loss=loss,
        table=table,
        summary=_summary(table, names),
        threats=threats,
        species=listed,
        sheds=tuple(sheds),
        findings=(*findings, *_threatened(table)),
    )


def read_species(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str]
) -> tuple[Species, ...]:
    """Species as a study writes them, in the order in which it names them.

    Raises
    ------
    InputError
        All that is wrong at once: `species.entry`, `species.layer`, `species.ecosystem`,
        `species.category`, `species.scope`, `species.severity`.
    """
    layer_names, kinds = tuple(layers), tuple(ecosystems)
    found: list[Finding] = []
    read = []
    if not given:
        found.append(error("species.entry", "species", value="{}"))
    for name, entry in given.items():
        try:
            read.append(_species(str(name), entry, layer_names, kinds))
        except NonetlossError as problem:
            found.extend(problem.findings)
    if found:
        raise InputError(*found)
    return tuple(read)


def _species(
    name: str, entry: Any, layers: tuple[str, ...], ecosystems: tuple[str, ...]
) -> Species:
    wrong = error("species.entry", name, value=as_written(entry))
    if not isinstance(entry, Mapping) or set(entry) - _KEYS:
        raise InputError(wrong)
    if not {"habitat", "category"} <= set(entry) or not entry["habitat"]:
        raise InputError(wrong)
    found: list[Finding] = []
    suited = entry["habitat"]
    suited = suited if isinstance(suited, Mapping) else dict.fromkeys(suited, 1.0)
    for kind in suited:
        if kind not in ecosystems:
            near, known = nearest(str(kind), ecosystems), offenders(ecosystems, 40)
            found.append(error("species.ecosystem", f"{name}.{kind}", nearest=near, known=known))
    place = str(entry.get("range", ""))
    if place and place not in layers:
        near, known = nearest(place, layers), offenders(layers, 40) or "–"
        found.append(error("species.layer", f"{name}.{place}", nearest=near, known=known))
    category = str(entry["category"])
    if category not in {*CATEGORY_WEIGHTS, "DD"}:
        known = offenders((*CATEGORY_WEIGHTS, "DD"), 20)
        found.append(error("species.category", f"{name}.{category}", known=known))
    if found:
        raise InputError(*found)
    area, historic = (
        quantity(entry[key], "km^2", name=f"{name}.{key}") if key in entry else float("nan")
        for key in ("area", "historic")
    )
    threats = entry.get("threats", {})
    if area <= 0 or historic <= 0 or not isinstance(threats, Mapping):
        raise InputError(wrong)
    return Species(
        name=name,
        title=Text.of(entry.get("title", name)),
        range_layer=place,
        habitat={str(k): _suitability(v, f"{name}.{k}") for k, v in suited.items()},
        category=category,
        area_km2=area,
        historic_km2=historic,
        threats={str(k): _decline(v, f"{name}.{k}") for k, v in threats.items()},
    )


def _suitability(value: Any, where: str) -> Estimate:
    parts = value if isinstance(value, Mapping) else dict.fromkeys(_POINTS, value)
    if not set(_POINTS) <= set(parts) or set(parts) - {*_POINTS, "source"}:
        raise InputError.because("species.entry", where, value=as_written(value))
    low, likely, high = (quantity(parts[p], "", name=where) for p in _POINTS)
    if not 0 <= low <= likely <= high <= 1:
        raise InputError.because("species.entry", where, value=as_written(value))
    return Estimate(low, likely, high, Text.of(parts.get("source", "")))


def _decline(value: Any, where: str) -> float:
    if not isinstance(value, Mapping) or set(value) != {"scope", "severity"}:
        raise InputError.because("species.entry", where, value=as_written(value))
    return expected_decline(scope=str(value["scope"]), severity=str(value["severity"]))


@dataclass(frozen=True, slots=True)
class _Ground:
    """Cells (flat) of the map, their classes and the share of each that counts."""

    cells: np.ndarray | slice
    classes: np.ndarray
    share: np.ndarray | float


def _grounds(
    zones: gpd.GeoDataFrame,
    names: tuple[str, ...],
    wanted: tuple[str, ...],
    ecosystems: EcosystemMap,
) -> list[list[_Ground]]:
    """What each zone of each alternative takes of the map."""
    found = []
    for name in names:
        row = []
        for zone in wanted:
            chosen = (zones["alternative"] == name) & (zones["zone"] == zone)
            share = share_of_cells(list(zones.loc[chosen, "geometry"]), ecosystems.grid).ravel()
            cells = np.flatnonzero(share)
            row.append(_Ground(cells, ecosystems.classes.ravel()[cells], share[cells]))
        found.append(row)
    return found


def _ranges(
    species: Sequence[Species],
    layers: Mapping[str, Layer],
    rasters: tuple[Raster, ...],
    ecosystems: EcosystemMap,
) -> Iterator[tuple[np.ndarray, Serviceshed]]:
    """Presence (rows, columns) of each species and its range as a serviceshed."""
    waiting = [s.name for s in species if not s.range_layer]
    if len(waiting) != len(rasters):
        named = offenders(waiting, 20) or "–"
        raise InputError.because("species.ranges", named, count=len(rasters))
    following = iter(rasters)
    for kind in species:
        shape = None
        if kind.range_layer:
            present, shape = _drawn_range(kind, layers[kind.range_layer], ecosystems)
        else:
            raster = next(following)
            present = np.nan_to_num(raster.values)
            if raster.grid != ecosystems.grid or (present < 0).any() or (present > 1).any():
                raise InputError.because("species.presence", kind.name)
            require_same(raster.crs, ecosystems.crs, name=kind.name)
        title = Text(es=f"área de distribución de {kind.title.es}", en=f"range of {kind.title.en}")
        yield present, Serviceshed(f"range-{kind.name}", title, shape)


def _drawn_range(
    kind: Species, layer: Layer, ecosystems: EcosystemMap
) -> tuple[np.ndarray, BaseGeometry]:
    if layer.hidden:
        raise InputError.because("species.hidden", layer.name, species=kind.title)
    require_same(layer.features.crs, ecosystems.crs, name=layer.name)
    shapes = shapes_of(layer)
    areas = polygons_of(shapes, subject=layer.name)
    present = rasterize_center(areas, np.ones(len(shapes)), grid=ecosystems.grid, fill=0.0)
    return present, shapely.union_all(shapes)


def _hectares(present: np.ndarray, ground: _Ground, ecosystems: EcosystemMap) -> np.ndarray:
    """Hectares (ecosystems,) of the range on that ground."""
    cell_ha = ecosystems.grid.cell_area / _M2_PER_HA
    inside = present.ravel()[ground.cells] * ground.share * cell_ha
    return np.array([inside[ground.classes == k.code].sum() for k in ecosystems.ecosystems])


def _loss(
    species: Sequence[Species],
    names: tuple[str, ...],
    kinds: tuple[str, ...],
    touched: np.ndarray,
    shares: Sequence[Estimate],
    *,
    draws: int,
    rng: np.random.Generator,
) -> Loss:
    """`touched` is (alternatives, zones, species, ecosystems) hectares of range."""
    none = Estimate.exact(0.0)
    suited = [[s.habitat.get(k, none) for k in kinds] for s in species]
    likely_suited = np.array([[e.likely for e in row] for row in suited])
    drawn_suited = np.stack([np.stack([_draws(e, draws, rng) for e in row]) for row in suited])
    likely_share = np.array([e.likely for e in shares])
    drawn_share = np.stack([_draws(e, draws, rng) for e in shares])
    shape = (len(names), 2, len(species))
    likely, sample = np.zeros(shape), np.zeros((*shape, draws))
    likely[:, 0] = np.einsum("azse,z,se->as", touched, likely_share, likely_suited)
    sample[:, 0] = np.einsum("azse,zd,sed->asd", touched, drawn_share, drawn_suited)
    assets = tuple(s.name for s in species)
    return Loss("ha", names, (DIRECT, INDUCED), assets, likely, sample)


def _draws(value: Estimate, draws: int, rng: np.random.Generator) -> np.ndarray:
    return pert(value.low, value.likely, value.high, size=draws, rng=rng)


def _whole(
    species: Sequence[Species], kinds: tuple[str, ...], extent: np.ndarray
) -> tuple[np.ndarray, list[Finding]]:
    """Whole habitat of each species, km², and for which only that of the extent is known."""
    suited = np.array(
        [[s.habitat[k].likely if k in s.habitat else 0.0 for k in kinds] for s in species]
    )
    inside = (extent * suited).sum(axis=1) / _HA_PER_KM2
    whole = np.array([s.area_km2 for s in species])
    for kind, here in zip(species, inside, strict=True):
        if here > kind.area_km2 * (1 + 1e-6):
            raise InputError.because(
                "species.whole", kind.name, given=kind.area_km2, inside=round(float(here), 1)
            )
        if here > kind.historic_km2 * (1 + 1e-6):
            raise InputError.because(
                "species.whole", kind.name, given=kind.historic_km2, inside=round(float(here), 1)
            )
    unknown = [s for s in species if np.isnan(s.area_km2)]
    told = []
    if unknown:
        titles = Text(
            es=offenders(s.title.es for s in unknown), en=offenders(s.title.en for s in unknown)
        )
        names = offenders(s.name for s in unknown)
        told.append(warning("species.extent-only", names, species=titles))
    return np.where(np.isnan(whole), inside, whole), told


def _tables(
    species: Sequence[Species], loss: Loss, whole: np.ndarray, curve: Curve
) -> tuple[pd.DataFrame, pd.DataFrame]:
    historic = np.array([s.historic_km2 for s in species])
    known = np.isfinite(historic)
    now = np.full(len(species), np.nan)
    now[known] = persistence(whole[known], historic=historic[known], curve=curve)
    rows, pressures = [], []
    for a, alternative in enumerate(loss.alternatives):
        lost_ha = loss.likely[a, 0]
        lost = np.minimum(lost_ha / _HA_PER_KM2, whole)
        after = np.full(len(species), np.nan)
        after[known] = persistence((whole - lost)[known], historic=historic[known], curve=curve)
        low, high = np.quantile(loss.draws[a, 0], [0.05, 0.95], axis=-1)
        share = np.divide(lost, whole, out=np.zeros_like(lost), where=whole > 0)
        scored = [i for i, s in enumerate(species) if s.category in CATEGORY_WEIGHTS]
        points = np.full(len(species), np.nan)
        points[scored] = [CATEGORY_WEIGHTS[species[i].category] * share[i] for i in scored]
        star = star_threat_abatement(
            lost[scored, None],
            categories=[species[i].category for i in scored],
            threats=[species[i].threats for i in scored],
            totals=whole[scored],
        )
        pressures += [
            (alternative, threat, float(score[0]))
            for threat, score in zip(star.threats, star.by_threat, strict=True)
        ]
        for i, kind in enumerate(species):
            rows.append(
                (
                    *(alternative, kind.name, kind.title.es, kind.title.en, kind.category),
                    *(low[i], lost_ha[i], high[i], whole[i], share[i], points[i]),
                    *(now[i], after[i], after[i] - now[i]),
                )
            )
    columns = ["alternative", "species", "title_es", "title_en", "category", "lost_low_ha"]
    columns += ["lost_likely_ha", "lost_high_ha", "habitat_km2", "lost_share", "star_points"]
    columns += ["persistence_now", "persistence_with", "persistence_change"]
    table = pd.DataFrame(rows, columns=columns)
    return table, pd.DataFrame(pressures, columns=["alternative", "threat", "star_points"])


def _summary(table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for name in names:
        mine = table[table["alternative"] == name]
        extinctions = -mine["persistence_change"].sum(min_count=1)
        count = int((mine["lost_likely_ha"] > 0).sum())
        shares, points = mine["lost_share"].sum(), mine["star_points"].sum()
        rows.append((name, count, float(shares), float(points), float(extinctions)))
    columns = ["alternative", "species", "range_shares", "star_points", "extinctions"]
    return pd.DataFrame(rows, columns=columns)


def _threatened(table: pd.DataFrame) -> list[Finding]:
    """One finding per species in danger that some alternative takes habitat from."""
    hit = table[table["category"].isin(["CR", "EN"]) & (table["lost_likely_ha"] > 0)]
    told = []
    for name, rows in hit.groupby("species", sort=True):
        first = rows.iloc[0]
        title = Text(es=str(first["title_es"]), en=str(first["title_en"]))
        told.append(
            notice(
                "species.threatened",
                str(name),
                title=title,
                category=str(first["category"]),
                alternatives=offenders(rows["alternative"]),
            )
        )
    return told
