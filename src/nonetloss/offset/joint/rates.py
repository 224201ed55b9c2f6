"""What a meter of route takes of each ecosystem, cell by cell.

The loss that `offset.loss` counts exactly along a line is told here per meter, as on a long
straight road: the right of way in its cell, rings around it and the deforestation that access
brings spread by kernels (`numerics.line_kernels`). Where roads bend sharply or run close to each
other, rings of a real line overlap and it loses less.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from scipy.signal import fftconvolve

from nonetloss.core.errors import InputError, NonetlossError
from nonetloss.core.estimate import Estimate
from nonetloss.core.findings import offenders
from nonetloss.core.units import quantity
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.ecosystems import EcosystemMap
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.line_kernels import exponential_kernel, strip_kernel
from nonetloss.numerics.zonal import coverage

_M2_PER_HA = 10_000.0
_M_PER_KM = 1_000.0


@dataclass(frozen=True, slots=True)
class Loses:
    """What a route takes.

    `right_of_way_m`: width cleared. `direct_zone_m`, `indirect_zone_m`: distances of the rings
    from its edge, and `zone_loss` the share of the value lost in each (`direct`, `indirect`).
    `induced_ha_per_km`: forest that the access of a kilometer brings down in continuous forest, at
    all distances, fading with `decay_scale_m`. `value_with_project`: what cleared land keeps.
    `direct_left`, `induced_left`: share of the loss that measures on site leave.
    """

    right_of_way_m: float
    direct_zone_m: float = 100.0
    indirect_zone_m: float = 1_000.0
    zone_loss: Mapping[str, Estimate] = field(default_factory=dict)
    induced_ha_per_km: float = 0.0
    decay_scale_m: float = 1_836.0
    value_with_project: float = 0.0
    direct_left: float = 1.0
    induced_left: float = 1.0


def loss_rates(ecosystems: EcosystemMap, *, loses: Loses, reached: np.ndarray) -> np.ndarray:
    """Likely quality-hectares lost per meter of route, (ecosystems, rows, columns) float64.

    Parameters
    ----------
    ecosystems : EcosystemMap
        Cells of class 0 hold nothing that is known; the known part of a ring stands for all of it.
    loses : Loses
    reached : float (rows, columns)
        Factor on the induced loss of each cell, see `newly_reached`.

    Notes
    -----
    With h half the right of way, the ring between the distances a and b from the axis covers
    2 (b - a) meters² per meter, of which the ecosystem e holds (b k_b - a k_a) / (b - a), k_r its
    share within r of a straight line through the cell.
    """
    half = loses.right_of_way_m / 2
    known = (ecosystems.classes > 0).astype(np.float64)
    edges = (half, half + loses.direct_zone_m, half + loses.indirect_zone_m)
    rates = np.zeros((len(ecosystems.ecosystems), *ecosystems.grid.shape))
    shares = {z: e.likely for z, e in loses.zone_loss.items()}
    rings = [
        (edges[0], edges[1], shares.get("direct", 0.0)),
        (edges[1], edges[2], shares.get("indirect", 0.0)),
    ]
    for rate, kind in zip(rates, ecosystems.ecosystems, strict=True):
        here = (ecosystems.classes == kind.code).astype(np.float64)
        lost = max(0.0, kind.value.likely - loses.value_with_project)
        direct = here * loses.right_of_way_m * lost
        for near, far, share in rings:
            if share > 0 and far > near:
                within = [
                    r * _share(here, known, strip_kernel(ecosystems.grid, half_width_m=r))
                    for r in (near, far)
                ]
                area = 2 * np.maximum(within[1] - within[0], 0.0)
                direct += area * kind.value.likely * share
        rate += loses.direct_left * direct / _M2_PER_HA
        if kind.forest and loses.induced_ha_per_km > 0:
            kernel = exponential_kernel(ecosystems.grid, scale_m=loses.decay_scale_m)
            spread = _share(here * reached, known, kernel)
            induced = loses.induced_ha_per_km / _M_PER_KM * spread * lost
            rate += loses.induced_left * induced
    return rates


def _share(here: np.ndarray, known: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Share of what is known around each cell that is `here`, in [0, 1]."""
    if kernel.sum() == kernel[kernel.shape[0] // 2, kernel.shape[1] // 2]:
        return np.where(known > 0, here, 0.0)
    found = fftconvolve(here, kernel, mode="same")
    around = fftconvolve(known, kernel, mode="same")
    share = np.clip(found / np.maximum(around, 1e-6), 0.0, 1.0)
    # Rounding of the transform, not ecosystem.
    return np.where(share < 1e-9, 0.0, share)


def read_access(
    given: Mapping[str, Any], *, layers: Iterable[str], ecosystems: Iterable[str] = ()
) -> dict[str, float]:
    """Meters from each layer within which there is access already.

    Raises
    ------
    InputError
        `joint.layer` (no such layer), `joint.distance` (negative).
    UnitError
        For a distance without unit.
    """
    known = tuple(layers)
    problems: list[NonetlossError] = []
    reach: dict[str, float] = {}
    for name, value in sorted(given.items()):
        where = f"existing_access.{name}"
        try:
            if name not in known:
                told = offenders(sorted(known), 20) or "–"
                raise InputError.because("joint.layer", where, known=told)
            reach[name] = quantity(value, "m", name=where)
            if reach[name] < 0:
                raise InputError.because("joint.distance", where, found=value)
        except NonetlossError as problem:
            problems.append(problem)
    if problems:
        raise InputError(*(f for p in problems for f in p.findings))
    return reach


def newly_reached(
    layers: Sequence[Layer], *, access: Mapping[str, float], grid: Grid, crs: Any
) -> np.ndarray:
    """Share of each cell beyond the access there is, (rows, columns) in [0, 1].

    Several layers multiply, as in `avoid.induced`.

    Raises
    ------
    GeometryError
        `crs.mixed`.
    """
    open_ = np.ones(grid.shape)
    named = {layer.name: layer for layer in layers}
    for name, reach in sorted(access.items()):
        layer = named[name]
        require_same(layer.features.crs, crs, name=name)
        shapes = [s for s in layer.features.geometry if s is not None and not s.is_empty]
        grown = shapely.buffer(np.array(shapes, dtype=object), reach, quad_segs=32)
        near = shapely.union_all(grown)
        parts = shapely.get_parts(near)
        areal = shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
        open_ *= 1 - coverage(polygons_of([areal], subject=name), grid=grid).raster_of(0)
    return open_
