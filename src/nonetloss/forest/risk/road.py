"""What a planned road adds to the risk of every pixel: with it minus without it.

Mathematical formulation
    Without: θ0 = logit⁻¹(η + δ), with η of the model fitted on the history and δ such that the
    hectares add up to what is expected without the road. With: θ1 = logit⁻¹(η + e[b1] - e[b0] + δ),
    b0 and b1 the bins of the distance to the nearest road without and with the new one, e the
    effect of that distance. Induced = Σ area of the pixel outside the footprint · (θ1 - θ0).

In words
    The same model, the same coefficients; only the distance to a road is another one. What is
    expected without the road is not shared out anew: the road adds to it. What the road itself
    clears is counted with its footprint, and not once more here. The model knows nothing
    of recent loss around a pixel: along a road one loss brings the next, and that is the road's.

Where roads run through places that lose much anyway, nobody can tell the effect of the distance
from that of the place: neighborhoods take part of it, and a model without them gives all of it to
the distance. The likely value is that of the model with neighborhoods; draws lie anywhere between
the two (a uniform weight), so that the range shows that doubt too. See Hodges & Reich 2010,
doi 10.1198/tast.2010.10052 (spatial confounding).
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.optimize import brentq
from scipy.special import expit

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.forest.risk.alternative import AlternativeModel
from nonetloss.forest.risk.drivers import NearBins
from nonetloss.forest.risk.edges import pixel_m
from nonetloss.forest.risk.nearness import Nearness, nearness
from nonetloss.forest.risk.road_method import METHOD
from nonetloss.forest.risk.spatial_model import SpatialModel, counted_at
from nonetloss.landscape.cleared import cleared_land
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.project import Alternative
from nonetloss.landscape.raster import Raster
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.landscape.shapes import polygons_of
from nonetloss.landscape.windowed import WindowedRaster, require_same_grid
from nonetloss.landscape.zone_cells import ZoneCells
from nonetloss.numerics.coverage import coverage
from nonetloss.numerics.shapes import Polygons
from nonetloss.numerics.windows import (
    ArrayStore,
    CellStore,
    Window,
    WritableCells,
    each,
    windows,
)

__all__ = ["METHOD", "RoadRisk", "road_risk"]

_HECTARE_M2: Final = 10_000.0
# Logits are counted in steps this wide where only their sums matter.
_STEP: Final = 0.01
_LOW, _HIGH = 0.05, 0.95
# Stratum of forest that no ecosystem covers, or of all forest where there are no ecosystems.
_UNMAPPED: Final = 0
# Share by which two models may differ without a word.
_FAR_APART: Final = 0.2
FOREST: Final = "forest"
_ENDS: Final = ("low_ha", "likely_ha", "high_ha")
CARBON: Final = "carbon"
# Columns of the keys of `_Sums`.
_STRATUM, _ZONE = 0, 4


class HasDensity(Protocol):
    """Carbon per hectare by stratum."""

    @property
    def strata(self) -> tuple[str, ...]:
        """Names."""

    def tco2e_per_ha(self) -> tuple[np.ndarray, np.ndarray]:
        """tCO2e per hectare: (likely (strata,), draws (strata, draws))."""

    def estimates(self) -> Mapping[str, Estimate]:
        """tCO2e per hectare by stratum."""


@dataclass(frozen=True, slots=True)
class RoadRisk:
    """Result of `road_risk`.

    `table`: alternative, ecosystem, low_ha, likely_ha, high_ha over the whole period, in place of
    that of `avoid.induced`. `total`: alternative, title, km, without_ha, with_ha, low_ha,
    likely_ha, high_ha (induced), without_place_ha (what a model without neighborhoods would say
    of the ecosystems of `table`).
    `by_zone`: alternative, title, zone, without_ha, with_ha, low_ha, likely_ha, high_ha (induced
    inside the zone, on all of its forest); empty where no zones were given.
    `by_distance`: alternative, lower_m, upper_m (to the nearest road once the new one is there),
    forest_ha, without_ha, with_ha, induced_ha, of the forest that the road comes nearer to.
    All of them leave out the footprint of the road, whose loss is direct.
    `differences`: ha per pixel, by alternative; `without`: ha per pixel without any of them.
    `carbon`: loss of the service `carbon` in tCO2e, None without a stock. `years`: length of the
    period.
    """

    table: pd.DataFrame
    total: pd.DataFrame
    by_distance: pd.DataFrame
    without: WindowedRaster
    differences: Mapping[str, WindowedRaster]
    carbon: ServiceLoss | None
    years: float
    findings: tuple[Finding, ...]
    by_zone: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True, slots=True)
class _Zones:
    """Names of zones, and their places from 1 by cell, 0 outside all of them."""

    names: tuple[str, ...]
    cells: ZoneCells


@dataclass(frozen=True, slots=True)
class _Planned:
    """A planned road: how near it is, and what it takes itself."""

    near: Nearness
    taken: Polygons

    def left(self, window: Window) -> np.ndarray:
        """Share of each pixel outside the footprint (rows, columns)."""
        grid = self.near.grid
        part = replace(
            grid,
            left=grid.left + window.column * grid.cell_width,
            top=grid.top - window.row * grid.cell_height,
            rows=window.rows,
            columns=window.columns,
        )
        return 1.0 - coverage(self.taken, grid=part, threads=1).raster_of(0)


@dataclass(frozen=True, slots=True)
class _Scene:
    """The model and what changes in it; `shift` is δ."""

    model: SpatialModel
    driver: int
    ecosystems: EcosystemMap | None
    zones: _Zones | None
    shift: float = 0.0

    @property
    def near(self) -> NearBins:
        """The distance to existing roads."""
        bins_of = self.model.drivers[self.driver].bins_of
        assert isinstance(bins_of, NearBins)
        return bins_of

    @property
    def pixel_ha(self) -> float:
        """Area of a pixel."""
        return pixel_m(self.model.cover.codes.grid) ** 2 / _HECTARE_M2

    def strata(self, window: Window) -> np.ndarray:
        """Codes of ecosystems, int64 (rows, columns)."""
        if self.ecosystems is None:
            return np.zeros((window.rows, window.columns), dtype=np.int64)
        return self.ecosystems.classes[window.slices].astype(np.int64)

    def zone_of(self, window: Window) -> np.ndarray:
        """Places of zones, int64 (rows, columns); 0 outside, or without zones."""
        if self.zones is None:
            return np.zeros((window.rows, window.columns), dtype=np.int64)
        return self.zones.cells.read(window).astype(np.int64)


def road_risk(
    alternatives: Sequence[Alternative],
    *,
    alternative_model: AlternativeModel,
    rng: np.random.Generator,
    draws: int,
    ecosystems: EcosystemMap | None = None,
    stock: HasDensity | None = None,
    zones: gpd.GeoDataFrame | None = None,
    roads: str | None = None,
    expected_ha_per_year: float | None = None,
    store: CellStore | None = None,
    workers: Executor | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> RoadRisk:
    """Risk with each planned road minus risk without any, by pixel, ecosystem and distance.

    Parameters
    ----------
    alternatives : sequence of Alternative
        In the CRS of the cover, with different names.
    alternative_model : AlternativeModel
        Must have used the distance to existing roads.
    rng, draws
        For the error of the effect of distance: draws of its bins, normal with the covariance
        clustered by neighborhood, and of the weight of a model without neighborhoods.
    ecosystems : EcosystemMap, optional
        On the grid of the cover. Without it there is one ecosystem, `forest`.
    stock : CarbonStock, optional
        Its strata are named as the ecosystems. Without ecosystems, its first stratum if it is the
        only one.
    zones : GeoDataFrame, optional
        Polygons with a column `zone`, as those of a baseline: what the road adds inside each of
        them. Features of one zone count together; of polygons that overlap, the later holds.
    roads : str, optional
        Driver of existing roads; the only distance to a layer if not given.
    expected_ha_per_year : float, optional
        Loss of the area without the road.
    store, workers, progress : optional

    Raises
    ------
    InputError
        `road.none`, `road.names`, `road.driver`, `road.expected`, `road.zones`.
    GeometryError
        `crs.mixed`, `raster.other-grid`, those of `landscape.shapes`.
    """
    model = alternative_model.models["scenario"]
    driver = _road_driver(model, roads)
    _require_alternatives(alternatives)
    _require_on(ecosystems, model)
    validity = alternative_model.validity
    expected = validity.expected_ha
    if expected_ha_per_year is not None:
        expected = expected_ha_per_year * validity.years
    tell = _teller(progress, 3 + 2 * len(alternatives))
    placed = _zones(zones, model)
    scene = _placed(_Scene(model, driver, ecosystems, placed), expected, workers, tell(0))
    flat = _Scene(alternative_model.models["without-place"], driver, ecosystems, placed)
    flat = _placed(flat, expected, workers, tell(1))
    room = partial(
        (store or ArrayStore()).create, shape=model.cover.codes.cells.shape, dtype=np.float32
    )
    without = room("road-without")
    _passed(scene, None, without, workers, tell(2))
    effects = _effect_draws(model, driver, rng, draws)
    weight = rng.random(draws)
    cases = []
    for i, alternative in enumerate(alternatives):
        planned = _planned(alternative, scene)
        out = room(f"road-{alternative.name}")
        sums = _passed(scene, planned, out, workers, tell(3 + 2 * i))
        others = _passed(flat, planned, None, workers, tell(4 + 2 * i))
        cases.append(_Case(alternative, out, sums, others, _Draws(scene, effects, weight)))
    return _told(cases, scene, expected, without, stock, validity.years, draws)


def _planned(alternative: Alternative, scene: _Scene) -> _Planned:
    grid = scene.model.cover.codes.grid
    near = nearness(
        [alternative.geometry],
        grid=grid,
        reach_m=scene.near.near.radius * pixel_m(grid),
        subject=alternative.name,
    )
    # A line whose width nobody gave takes nothing that is known.
    ground = shapely.MultiPolygon()
    if shapely.get_dimensions(alternative.geometry) == 2 or alternative.right_of_way_m > 0:
        ground = cleared_land(alternative)
    return _Planned(near, polygons_of([ground], subject=alternative.name))


def _zones(zones: gpd.GeoDataFrame | None, model: SpatialModel) -> _Zones | None:
    if zones is None or zones.empty:
        return None
    codes = model.cover.codes
    if "zone" not in zones.columns:
        found = offenders([c for c in zones.columns if c != zones.geometry.name], 20)
        raise InputError.because("road.zones", "zones", found=found or "–")
    require_same(zones.crs, codes.crs, name="zones")
    names = tuple(dict.fromkeys(zones["zone"].astype(str)))
    places = np.array([names.index(z) + 1 for z in zones["zone"].astype(str)], dtype=np.int16)
    polygons = polygons_of(zones.geometry, subject="zones")
    return _Zones(names, ZoneCells(polygons, places, codes.grid))


def _require_on(ecosystems: EcosystemMap | None, model: SpatialModel) -> None:
    if ecosystems is not None:
        on_grid = Raster(ecosystems.classes, ecosystems.grid, ecosystems.crs)
        require_same(ecosystems.crs, model.cover.codes.crs, name="ecosystems")
        require_same_grid(
            model.cover.codes, replace(on_grid, crs=model.cover.codes.crs), name="ecosystems"
        )


def _road_driver(model: SpatialModel, roads: str | None) -> int:
    layers = {d.name: i for i, d in enumerate(model.drivers) if isinstance(d.bins_of, NearBins)}
    if roads is None and len(layers) == 1:
        return next(iter(layers.values()))
    if roads not in layers:
        raise InputError.because(
            "road.driver", roads or "roads", known=offenders(layers, 20) or "–"
        )
    return layers[roads]


def _require_alternatives(alternatives: Sequence[Alternative]) -> None:
    names = [a.name for a in alternatives]
    if not names:
        raise InputError.because("road.none", "alternatives")
    if len(set(names)) < len(names):
        raise InputError.because("road.names", "alternatives", names=offenders(names))


def _teller(
    progress: Callable[[str, float], None] | None, stages: int
) -> Callable[[int], Callable[[float], None] | None]:
    def at(stage: int) -> Callable[[float], None] | None:
        if progress is None:
            return None
        tell = progress
        return lambda share: tell("road-risk", (stage + share) / stages)

    return at


def _placed(
    scene: _Scene,
    expected_ha: float,
    workers: Executor | None,
    progress: Callable[[float], None] | None,
) -> _Scene:
    """The scene with the δ for which the hectares of all pixels add up to what is expected.

    Raises
    ------
    InputError
        `road.expected` unless it lies between nothing and all of the forest.
    """
    pieces = windows(scene.model.cover.codes.cells.shape)
    found: dict[int, float] = {}
    results = each(partial(_logits_of, scene), pieces, workers=workers)
    for done, (steps, counts) in enumerate(results, start=1):
        for step, count in zip(steps.tolist(), counts.tolist(), strict=True):
            found[step] = found.get(step, 0.0) + count
        if progress is not None:
            progress(done / len(pieces))
    logits = np.array(sorted(found)) * _STEP
    pixels = np.array([found[s] for s in sorted(found)])
    forest = float(pixels.sum()) * scene.pixel_ha
    if not 0 < expected_ha < forest:
        raise InputError.because(
            "road.expected", "expected", found=round(expected_ha, 1), forest_ha=round(forest, 1)
        )

    def missing(shift: float) -> float:
        return float(pixels @ expit(logits + shift)) * scene.pixel_ha - expected_ha

    return replace(scene, shift=float(brentq(missing, -60.0, 60.0, xtol=1e-10)))


def _logits_of(scene: _Scene, window: Window) -> tuple[np.ndarray, np.ndarray]:
    counted = counted_at(scene.model.cover, window, 3)
    logits = scene.model.logit(window, 3, counted=counted)
    return np.unique(np.rint(logits / _STEP).astype(np.int64), return_counts=True)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What a road comes nearer to and does not take, by stratum, bins, logit step and zone.

    `keys` (n, 5) hold stratum, bin without and with it, step, and place of the zone; `pixels` (n,),
    and hectares `without` and `with_road` (n,), added up exactly.
    """

    keys: np.ndarray
    pixels: np.ndarray
    without: np.ndarray
    with_road: np.ndarray

    def induced(self, by: int = _STRATUM) -> dict[int, float]:
        """Hectares by a column of the keys."""
        added = self.with_road - self.without
        return {
            int(s): float(added[self.keys[:, by] == s].sum()) for s in np.unique(self.keys[:, by])
        }


@dataclass(frozen=True, slots=True)
class _Draws:
    """What is drawn: effects of the distance (bins, draws), weight of the other model (draws,)."""

    scene: _Scene
    effects: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, slots=True)
class _Case:
    """What one alternative adds: map, sums by the model, and sums by the one without place."""

    alternative: Alternative
    difference: WritableCells
    sums: _Sums
    flat: _Sums
    draws: _Draws

    def drawn(self, by: int = _STRATUM) -> dict[int, np.ndarray]:
        """Induced hectares (draws,) by a column of the keys, anywhere between both models."""
        others, weight = self.flat.induced(by), self.draws.weight
        own = _sampled(self.sums, self.draws.scene, self.draws.effects, by)
        return {
            code: (1 - weight) * hectares + weight * others.get(code, 0.0)
            for code, hectares in own.items()
        }


def _passed(
    scene: _Scene,
    planned: _Planned | None,
    out: WritableCells | None,
    workers: Executor | None,
    progress: Callable[[float], None] | None,
) -> _Sums:
    """Sums over all windows; writes ha per pixel without the road, or what a planned one adds."""
    pieces = windows(scene.model.cover.codes.cells.shape)
    work = partial(_window, scene, planned)
    keys, sums = np.zeros((0, 5), dtype=np.int64), np.zeros((3, 0))
    results = each(work, pieces, workers=workers)
    for done, (window, (values, own, more)) in enumerate(zip(pieces, results, strict=True), 1):
        if out is not None:
            out.write(window, values)
        joined = np.concatenate([keys, own])
        keys, at = np.unique(joined, axis=0, return_inverse=True)
        both = np.concatenate([sums, more], axis=1)
        sums = np.stack([np.bincount(at.ravel(), row, minlength=len(keys)) for row in both])
        if progress is not None:
            progress(done / len(pieces))
    return _Sums(keys, *sums)


def _window(
    scene: _Scene, planned: _Planned | None, window: Window
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(map, keys, (3, keys) pixels and hectares without and with the road)."""
    model = scene.model
    counted = counted_at(model.cover, window, 3)
    values = np.zeros(counted.shape, dtype=np.float32)
    if model.cover.inside is not None:
        values[model.cover.inside.cells.read(window) == 0] = np.nan
    existing = scene.near.near.squares(window)
    bins = scene.near.of_squares(existing)[counted]
    logits = model.logit(window, 3, counted=counted) + scene.shift
    before = expit(logits) * scene.pixel_ha
    if planned is None:
        values[counted] = before
        return values, np.zeros((0, 5), dtype=np.int64), np.zeros((3, 0))
    nearer = np.minimum(existing, planned.near.squares(window))
    left = planned.left(window)[counted]
    after_bins = scene.near.of_squares(nearer)[counted]
    effect = model.effects.drivers[scene.driver]
    after = expit(logits + effect[after_bins] - effect[bins]) * scene.pixel_ha
    values[counted] = (after - before) * left
    moved = after_bins != bins
    keys = np.stack(
        [
            scene.strata(window)[counted][moved],
            bins[moved],
            after_bins[moved],
            np.rint(logits[moved] / _STEP).astype(np.int64),
            scene.zone_of(window)[counted][moved],
        ],
        axis=1,
    )
    unique, at = np.unique(keys, axis=0, return_inverse=True)
    share = left[moved]
    rows = (share, before[moved] * share, after[moved] * share)
    at = at.ravel()
    return values, unique, np.stack([np.bincount(at, r, minlength=len(unique)) for r in rows])


def _effect_draws(
    model: SpatialModel, driver: int, rng: np.random.Generator, draws: int
) -> np.ndarray:
    """Effects of the distance to roads (bins, draws)."""
    covariance = model.covariances[driver]
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = rng.standard_normal((len(values), draws))
    return np.asarray(model.effects.drivers[driver][:, None] + root @ normal)


def _sampled(
    sums: _Sums, scene: _Scene, effects: np.ndarray, by: int = _STRATUM
) -> dict[int, np.ndarray]:
    """Induced hectares (draws,) by a column of the keys: only the effect is drawn."""
    found: dict[int, np.ndarray] = {}
    for stratum in np.unique(sums.keys[:, by]):
        rows = sums.keys[:, by] == stratum
        _, before, after, step, _ = sums.keys[rows].T
        total = np.zeros(effects.shape[1])
        for b0, b1 in np.unique(np.stack([before, after], axis=1), axis=0):
            own = (before == b0) & (after == b1)
            pixels, logits = sums.pixels[rows][own], step[own] * _STEP
            change = effects[b1] - effects[b0]
            # Chunks of draws would do as well; logits of one pair of bins are few.
            total += pixels @ (expit(logits[:, None] + change[None, :]) - expit(logits)[:, None])
        found[int(stratum)] = total * scene.pixel_ha
    return found


def _told(
    cases: Sequence[_Case],
    scene: _Scene,
    expected_ha: float,
    without: WritableCells,
    stock: HasDensity | None,
    years: float,
    draws: int,
) -> RoadRisk:
    likely: dict[tuple[str, str], float] = {}
    drawn: dict[tuple[str, str], np.ndarray] = {}
    findings: list[Finding] = []
    for case in cases:
        findings += _by_ecosystem(case, scene, likely, drawn)
    named = [c.alternative.name for c in cases]
    carbon, told = _carbon(named, likely, drawn, stock, scene.ecosystems, draws)
    codes = scene.model.cover.codes
    placed = partial(WindowedRaster, grid=codes.grid, crs=codes.crs, unit="ha")
    return RoadRisk(
        pd.DataFrame(
            [(*at, *_range(likely[at], drawn[at])) for at in likely],
            columns=["alternative", "ecosystem", *_ENDS],
        ),
        pd.DataFrame([_total(case, scene, expected_ha, likely, drawn) for case in cases]),
        _by_distance({c.alternative.name: c.sums for c in cases}, scene),
        placed(without),
        {c.alternative.name: placed(c.difference) for c in cases},
        carbon,
        years,
        (*findings, *told),
        _by_zone(cases, scene, without),
    )


def _by_zone(cases: Sequence[_Case], scene: _Scene, without: WritableCells) -> pd.DataFrame:
    """What each alternative adds inside each zone."""
    if scene.zones is None:
        return pd.DataFrame()
    names = scene.zones.names
    before = np.zeros(len(names) + 1)
    for window in windows(without.shape):
        values = np.nan_to_num(without.read(window)).astype(float).ravel()
        places = scene.zone_of(window).ravel()
        before += np.bincount(places, weights=values, minlength=len(before))
    rows = []
    for case in cases:
        added, drawn = case.sums.induced(_ZONE), case.drawn(_ZONE)
        for place, zone in enumerate(names, start=1):
            likely = added.get(place, 0.0)
            rows.append(
                {
                    "alternative": case.alternative.name,
                    "title": case.alternative.title,
                    "zone": zone,
                    "without_ha": before[place],
                    "with_ha": before[place] + likely,
                    **dict(zip(_ENDS, _range(likely, drawn.get(place, np.zeros(1))), strict=True)),
                }
            )
    return pd.DataFrame(rows)


def _by_ecosystem(
    case: _Case,
    scene: _Scene,
    likely: dict[tuple[str, str], float],
    drawn: dict[tuple[str, str], np.ndarray],
) -> list[Finding]:
    """Put the hectares of one alternative under its name and that of each ecosystem."""
    names = _named(scene)
    name, title = case.alternative.name, case.alternative.title
    found = []
    sample = case.drawn()
    for code, hectares in case.sums.induced().items():
        ha = round(hectares, 1)
        if code not in names:
            found.append(warning("road.unmapped", name, alternative=title, ha=ha))
            continue
        # A road that seems to protect is told, and not credited.
        if hectares < 0:
            found.append(warning("road.negative", name, ecosystem=names[code], ha=ha))
        likely[name, names[code]] = max(hectares, 0.0)
        drawn[name, names[code]] = np.maximum(sample[code], 0.0)
    whole = sum(v for at, v in likely.items() if at[0] == name)
    flat = _without_place_ha(case, scene)
    if not case.sums.induced():
        found.append(notice("road.nothing", name, alternative=title))
    elif abs(flat - whole) > _FAR_APART * max(whole, flat):
        other = round(flat, 1)
        found.append(
            warning("road.models-differ", name, alternative=title, ha=round(whole, 1), other=other)
        )
    return found


def _named(scene: _Scene) -> dict[int, str]:
    """Names of strata by code."""
    if scene.ecosystems is None:
        return {_UNMAPPED: FOREST}
    return {e.code: e.name for e in scene.ecosystems.ecosystems if e.code != _UNMAPPED}


def _without_place_ha(case: _Case, scene: _Scene) -> float:
    """What the model without neighborhoods gives in the ecosystems of the table."""
    names = _named(scene)
    return sum(max(ha, 0.0) for code, ha in case.flat.induced().items() if code in names)


def _total(
    case: _Case,
    scene: _Scene,
    expected_ha: float,
    likely: Mapping[tuple[str, str], float],
    drawn: Mapping[tuple[str, str], np.ndarray],
) -> dict[str, object]:
    name = case.alternative.name
    every = [d for at, d in drawn.items() if at[0] == name]
    whole = sum(v for at, v in likely.items() if at[0] == name)
    ends = _range(whole, np.sum(every, axis=0) if every else np.zeros(1))
    return {
        "alternative": name,
        "title": case.alternative.title,
        "km": float(case.alternative.geometry.length) / 1000.0,
        "without_ha": expected_ha,
        "with_ha": expected_ha + whole,
        **dict(zip(_ENDS, ends, strict=True)),
        "without_place_ha": _without_place_ha(case, scene),
    }


def _range(likely: float, draws: np.ndarray) -> tuple[float, float, float]:
    """(low, likely, high) in order, whatever side of the draws the likely value lies on."""
    low, high = np.quantile(draws, [_LOW, _HIGH]) if draws.size else (likely, likely)
    return min(float(low), likely), likely, max(float(high), likely)


def _by_distance(sums: Mapping[str, _Sums], scene: _Scene) -> pd.DataFrame:
    driver = scene.model.drivers[scene.driver]
    parts = []
    for name, own in sums.items():
        at = own.keys[:, 2]
        size = len(driver)
        pixels, before, after = (
            np.bincount(at, weights=row, minlength=size)
            for row in (own.pixels, own.without, own.with_road)
        )
        shown = np.flatnonzero(pixels)
        parts.append(
            pd.DataFrame(
                {
                    "alternative": name,
                    "lower_m": driver.lower[shown],
                    "upper_m": driver.upper[shown],
                    "forest_ha": pixels[shown] * scene.pixel_ha,
                    "without_ha": before[shown],
                    "with_ha": after[shown],
                    "induced_ha": after[shown] - before[shown],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _carbon(
    names: Sequence[str],
    likely: Mapping[tuple[str, str], float],
    drawn: Mapping[tuple[str, str], np.ndarray],
    stock: HasDensity | None,
    ecosystems: EcosystemMap | None,
    draws: int,
) -> tuple[ServiceLoss | None, list[Finding]]:
    """Carbon of the hectares induced, as the loss of a service that is everywhere."""
    if stock is None:
        return None, []
    known, sample = stock.tco2e_per_ha()
    strata, per_ha = stock.strata, dict(stock.estimates())
    if ecosystems is None and len(strata) == 1:
        per_ha = {FOREST: per_ha[strata[0]]} if strata[0] in per_ha else {}
        strata = (FOREST,)
    where = {name: i for i, name in enumerate(strata) if np.isfinite(known[i])}
    total, spread = np.zeros((len(names), 1)), np.zeros((len(names), 1, draws))
    findings = []
    for (name, ecosystem), hectares in likely.items():
        if ecosystem not in where:
            findings.append(
                warning("road.no-stock", name, ecosystem=ecosystem, ha=round(hectares, 1))
            )
            continue
        at, i = where[ecosystem], names.index(name)
        total[i, 0] += hectares * known[at]
        # A stock with another number of draws is read round and round.
        of_stock = np.resize(sample[at], draws) if sample[at].size else np.full(draws, known[at])
        spread[i, 0] += drawn[name, ecosystem] * of_stock
    shed = Serviceshed("global", Text(es="Clima global", en="Global climate"))
    title = Text(es="Carbono almacenado", en="Stored carbon")
    service = Service(CARBON, title, "tCO2e", per_ha, (shed,))
    loss = ServiceLoss((service,), tuple(names), ((CARBON, "global"),), total, spread)
    return loss, findings
