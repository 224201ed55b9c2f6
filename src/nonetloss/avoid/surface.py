"""What a meter of road costs in each cell: in money, in nature, in closeness to people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.avoid import contributions
from nonetloss.avoid.access import layer_named
from nonetloss.avoid.exclusions import Exclusion, exclusions_of
from nonetloss.avoid.kernel import decay_scale_m
from nonetloss.avoid.mappings import COST, CRITERIA, NATURE, PEOPLE
from nonetloss.avoid.surface_method import DEFAULT_SLOPE_MULTIPLIERS, METHOD
from nonetloss.avoid.terrain import slope_multiplier, slope_percent, slope_table
from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, warning
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.grid import Grid

__all__ = ["METHOD", "OUTSIDE_MAP", "Surface", "cost_surface"]

# Name under which cells without ecosystem class are excluded: what is lost there is unknown.
OUTSIDE_MAP = "outside-map"
_M2_PER_HA = 10_000.0
# (name, criterion, amount per meter of route in each cell)
Part = tuple[str, str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Surface:
    """Cost of a meter of route in each cell; float32 (rows, columns) each.

    `construction_usd_per_m`; `nature_qha_per_m` (quality-hectares lost); `people_per_m` (weighted
    meters of route close to people, dimensionless); `total_usd_per_m` = construction + offset
    price × nature, what the least-cost route minimizes. All are finite where not `blocked`.
    `blocked_by` holds the cells of each exclusion by layer name, hidden layers apart in
    `hidden_by`: they are for computing, never for showing. `components` says what each part adds
    on average over buildable cells.
    """

    grid: Grid
    crs: str
    construction_usd_per_m: np.ndarray
    nature_qha_per_m: np.ndarray
    people_per_m: np.ndarray
    total_usd_per_m: np.ndarray
    blocked: np.ndarray
    blocked_by: Mapping[str, np.ndarray]
    hidden_by: Mapping[str, np.ndarray]
    exclusions: tuple[Exclusion, ...]
    right_of_way_m: float
    offset_price_usd_per_qha: float
    components: pd.DataFrame
    findings: tuple[Finding, ...]

    def blocked_without(self, *names: str) -> np.ndarray:
        """Blocked cells if the exclusions of these names were lifted."""
        everything = {**self.blocked_by, **self.hidden_by}
        kept = [mask for name, mask in everything.items() if name not in names]
        return np.logical_or.reduce(kept) if kept else np.zeros(self.grid.shape, dtype=bool)


def cost_surface(
    layers: Sequence[Layer],
    *,
    grid: Grid,
    ecosystems: EcosystemMap,
    relief: Raster | None = None,
    right_of_way_m: float,
    base_cost_usd_per_m: float,
    slope_multipliers: Mapping[Any, Any] = DEFAULT_SLOPE_MULTIPLIERS,
    unknown_slope_multiplier: float | None = None,
    ecosystem_multipliers: Mapping[str, Any] | None = None,
    rivers: Mapping[str, Any] | None = None,
    bridge_usd_per_m: float = 0.0,
    existing_roads: Mapping[str, Any] | None = None,
    weighted_layers: Mapping[str, Any] | None = None,
    edge_width_m: float = 0.0,
    edge_value_loss: float = 0.0,
    induced_ha_per_km: float = 0.0,
    decay_distance_m: float = 5_500.0,
    decay_share: float = 0.95,
    offset_price_usd_per_qha: float = 0.0,
    exclude_restricted: bool = False,
    crs: Any,
) -> Surface:
    """Build the surface on which routes are sought and priced.

    Mathematical formulation
        construction = base · slope multiplier · ecosystem multiplier · existing road factor
        + bridge · share of the cell that is river + weighted layers;
        nature = (right of way + 2 · edge width · edge loss) / 10 000 · value · road factor
        + induced ha/m · Σ kernel · forest · value + weighted layers;
        total = construction + offset price · nature.

    In words
        A meter of road costs its base price made dearer by slope and wet ground, plus the bridge
        where there is river. It takes the nature of the strip it clears.

    Parameters
    ----------
    layers : sequence of Layer
        Prohibited ones are excluded with setback and half the right of way around them; others
        count if a parameter names them. Their order does not matter.
    grid : Grid
    ecosystems : EcosystemMap
        On `grid`. Cells of class 0 are excluded as `outside-map`.
    relief : Raster, optional
        Elevation ("m") or slope ("percent", "degree") on `grid`. None: flat, with a notice.

    Other parameters: see `METHOD` (`nonetloss explain avoid.surface`).

    Raises
    ------
    InputError
        `surface.grid`, `surface.relief-unit`, `surface.relief-unknown`, `surface.slope-table`,
        `surface.layer`, `surface.ecosystem`, `surface.weight`, `surface.factor`,
        `surface.distance`, `surface.right-of-way`.
    GeometryError
        `crs.mixed`, `screening.invalid-geometry`.
    """
    _check(grid, ecosystems, relief, right_of_way_m, crs)
    for name in {**(rivers or {}), **(existing_roads or {}), **(weighted_layers or {})}:
        layer = layer_named(layers, name, code="surface.layer")
        require_same(layer.features.crs, crs, name=name)
    roads = contributions.road_factors(layers, existing_roads or {}, grid=grid)
    ground = contributions.ecosystem_factor(ecosystems, ecosystem_multipliers or {})
    slope = _slope(relief, slope_multipliers, unknown_slope_multiplier, grid)
    scale = decay_scale_m(distance_m=decay_distance_m, share=decay_share)
    strip = contributions.likely_value(ecosystems) * roads.nature / _M2_PER_HA

    def parts() -> Iterator[Part]:
        """One at a time: on large grids they do not fit in memory together."""
        yield "base", COST, np.full(grid.shape, base_cost_usd_per_m)
        yield "ground", COST, base_cost_usd_per_m * (slope * ground * roads.cost - 1)
        wet = contributions.river_share(layers, rivers or {}, grid=grid)
        yield "bridges", COST, bridge_usd_per_m * wet
        yield "right of way", NATURE, strip * right_of_way_m
        yield "edge", NATURE, strip * 2 * edge_width_m * edge_value_loss
        yield (
            "induced",
            NATURE,
            contributions.induced_per_m(
                ecosystems, induced_ha_per_km, scale_m=scale, new=roads.new
            ),
        )
        yield from contributions.weighted(layers, weighted_layers or {}, grid=grid)

    exclusions = exclusions_of(
        layers, right_of_way_m=right_of_way_m, with_restricted=exclude_restricted, crs=crs
    )
    masks = {e.name: e.mask(grid) for e in exclusions}
    findings = [notice("surface.no-relief", "relief")] if relief is None else []
    outside = ~np.isin(ecosystems.classes, [e.code for e in ecosystems.ecosystems])
    if outside.any():
        masks[OUTSIDE_MAP] = outside
        percent = round(100 * float(outside.mean()), 1)
        findings.append(warning("surface.outside-map", "ecosystems", percent=percent))
    blocked = np.logical_or.reduce([np.zeros(grid.shape, dtype=bool), *masks.values()])
    total, components = _added_up(parts(), ~blocked)
    _require_known(total[COST], blocked)
    hidden = {e.name for e in exclusions if e.hidden}
    return Surface(
        grid=grid,
        crs=str(crs),
        construction_usd_per_m=total[COST].astype(np.float32),
        nature_qha_per_m=total[NATURE].astype(np.float32),
        people_per_m=total[PEOPLE].astype(np.float32),
        total_usd_per_m=(total[COST] + offset_price_usd_per_qha * total[NATURE]).astype("f4"),
        blocked=blocked,
        blocked_by={name: mask for name, mask in masks.items() if name not in hidden},
        hidden_by={name: mask for name, mask in masks.items() if name in hidden},
        exclusions=exclusions,
        right_of_way_m=right_of_way_m,
        offset_price_usd_per_qha=offset_price_usd_per_qha,
        components=components,
        findings=tuple(findings),
    )


def _check(
    grid: Grid, ecosystems: EcosystemMap, relief: Raster | None, right_of_way_m: float, crs: Any
) -> None:
    require_same(ecosystems.crs, crs, name="ecosystems")
    if relief is not None:
        require_same(relief.crs, crs, name="relief")
    for name, other in (("ecosystems", ecosystems), ("relief", relief)):
        if other is not None and other.grid != grid:
            raise InputError.because("surface.grid", name, found=other.grid, expected=grid)
    if not (np.isfinite(right_of_way_m) and right_of_way_m > 0):
        raise InputError.because("surface.right-of-way", "right_of_way_m", found=right_of_way_m)


def _slope(
    relief: Raster | None, table: Mapping[Any, Any], unknown: float | None, grid: Grid
) -> np.ndarray:
    if relief is None:
        return np.ones(grid.shape)
    factor = slope_multiplier(slope_percent(relief), slope_table(table))
    return factor if unknown is None else np.where(np.isnan(factor), unknown, factor)


def _require_known(cost: np.ndarray, blocked: np.ndarray) -> None:
    """Construction cost must be known and positive wherever a route may pass."""
    unknown = int((np.isnan(cost) & ~blocked).sum())
    if unknown:
        raise InputError.because("surface.relief-unknown", "relief", cells=unknown)


def _added_up(
    parts: Iterable[Part], buildable: np.ndarray
) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """(sum by criterion, what each part adds to a meter of route over buildable cells)."""
    total = {criterion: np.zeros(buildable.shape) for criterion in CRITERIA}
    rows = []
    for name, criterion, cells in parts:
        total[criterion] += cells
        values = cells[buildable]
        mean, top = (values.mean(), values.max()) if values.size else (np.nan, np.nan)
        rows.append((name, criterion, CRITERIA[criterion], float(mean), float(top)))
    return total, pd.DataFrame(rows, columns=["component", "criterion", "unit", "mean", "maximum"])
