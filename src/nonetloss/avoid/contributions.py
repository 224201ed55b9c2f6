"""The parts of which a cost surface is made, each on the grid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.signal import fftconvolve

from nonetloss.avoid import mappings
from nonetloss.avoid.access import covered_share, layer_named
from nonetloss.avoid.layer_parts import of_dimension
from nonetloss.avoid.mappings import COST, NATURE
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.layer import Layer
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.line_kernels import exponential_kernel

_M_PER_KM = 1_000.0


@dataclass(frozen=True, slots=True)
class RoadFactors:
    """Factors where a road exists: on construction cost, on nature; `new` is 0 there, 1 else."""

    cost: np.ndarray
    nature: np.ndarray
    new: np.ndarray


def road_factors(
    layers: Sequence[Layer], existing: Mapping[str, Any], *, grid: Grid
) -> RoadFactors:
    """Factors of the layers of existing roads, in every cell that one of them touches.

    `existing` maps a layer to its factor on cost, or to `{cost: …, nature: …}`; the smallest
    factor holds where several roads run.

    Raises
    ------
    InputError
        `surface.layer`, `surface.factor` (outside (0, 1] for cost, [0, 1] for nature).
    """
    factors = {COST: np.ones(grid.shape), NATURE: np.ones(grid.shape)}
    new = np.ones(grid.shape)
    wanted = mappings.road_factors(existing, layers=[layer.name for layer in layers])
    for name, along in wanted.items():
        layer = layer_named(layers, name, code="surface.layer")
        thin = min(grid.cell_width, grid.cell_height) * 1e-3
        shapes = shapely.buffer(np.asarray(layer.features.geometry.array, dtype=object), thin)
        here = covered_share(shapes, grid=grid, subject=name) > 0
        new[here] = 0.0
        for key, factor in along.items():
            factors[key][here] = np.minimum(factors[key][here], factor)
    return RoadFactors(factors[COST], factors[NATURE], new)


def ecosystem_factor(ecosystems: EcosystemMap, multipliers: Mapping[str, Any]) -> np.ndarray:
    """Multiplier of construction cost by ecosystem (wet ground, rock); 1 where none is given.

    Raises
    ------
    InputError
        `surface.ecosystem` (no such class), `surface.factor` (not positive).
    """
    factor = np.ones(ecosystems.grid.shape)
    known = {e.name: e.code for e in ecosystems.ecosystems}
    for name, value in mappings.ecosystem_multipliers(multipliers, ecosystems=known).items():
        factor[ecosystems.classes == known[name]] = value
    return factor


def river_share(layers: Sequence[Layer], rivers: Mapping[str, Any], *, grid: Grid) -> np.ndarray:
    """Share of each cell that is river.

    `rivers` maps a layer to the width of its lines; its polygons have their own. A route that
    crosses at a right angle thus meets, on average, as many meters of river as it is wide.

    Raises
    ------
    InputError
        `surface.layer`, `surface.distance`.
    """
    wet: list[Any] = []
    widths = mappings.river_widths(rivers, layers=[layer.name for layer in layers])
    for name, width in widths.items():
        layer = layer_named(layers, name, code="surface.layer")
        for shape in layer.features.geometry:
            if shape is None or shape.is_empty:
                continue
            line, area = of_dimension(shape, 1), of_dimension(shape, 2)
            wet += [area] if area is not None else []
            wet += [line.buffer(width / 2)] if line is not None and width > 0 else []
    return covered_share(wet, grid=grid, subject="rivers")


def weighted(
    layers: Sequence[Layer], weights: Mapping[str, Any], *, grid: Grid
) -> Iterator[tuple[str, str, np.ndarray]]:
    """(layer, criterion, amount per meter of route) of each weighted layer, one at a time.

    `weights` maps a layer to `{criterion: nature | people | cost, weight: number with unit,
    within: distance}`; lines and points need `within`.

    Raises
    ------
    InputError
        `surface.layer`, `surface.weight`.
    UnitError
        For a weight or distance without its unit.
    """
    read = mappings.layer_weights(weights, layers=[layer.name for layer in layers])
    for name, wanted in read.items():
        layer = layer_named(layers, name, code="surface.layer")
        near = shapely.buffer(
            np.asarray(layer.features.geometry.array, dtype=object), wanted.within_m, quad_segs=32
        )
        share = covered_share(near, grid=grid, subject=name)
        yield name, wanted.criterion, wanted.weight * share


def likely_value(ecosystems: EcosystemMap) -> np.ndarray:
    """Likely ecological value of each cell, in [0, 1]; NaN where there is no class."""
    top = max([int(ecosystems.classes.max()), *(e.code for e in ecosystems.ecosystems)])
    values = np.full(top + 1, np.nan)
    for ecosystem in ecosystems.ecosystems:
        values[ecosystem.code] = ecosystem.value.likely
    return values[ecosystems.classes]


def induced_per_m(
    ecosystems: EcosystemMap, ha_per_km: float, *, scale_m: float, new: np.ndarray
) -> np.ndarray:
    """Quality-hectares that a meter of new road is expected to cost by its access.

    Notes
    -----
    Along an infinite straight road the loss fades as exp(-d / s) (`avoid.kernel`);
    `numerics.line_kernels.exponential_kernel` is that of a point of the road.
    """
    grid = ecosystems.grid
    if ha_per_km <= 0:
        return np.zeros(grid.shape)
    forests = [e.code for e in ecosystems.ecosystems if e.forest]
    stock = np.where(np.isin(ecosystems.classes, forests), likely_value(ecosystems), 0.0)
    kernel = exponential_kernel(grid, scale_m=scale_m)
    # What lies beyond the map is unknown, not empty: the known part of the kernel stands for all,
    # or else routes would be drawn to the edge of the map.
    known = fftconvolve((ecosystems.classes > 0).astype(float), kernel, mode="same")
    spread = fftconvolve(stock, kernel, mode="same") / np.maximum(known, 1e-6)
    return ha_per_km / _M_PER_KM * np.clip(spread, 0.0, 1.0) * new
