"""How far the forest of each cell is open to new access: layer factors and existing roads."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from nonetloss.avoid import mappings
from nonetloss.avoid.layer_parts import of_dimension
from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders
from nonetloss.landscape.crs import require_same
from nonetloss.landscape.layer import Layer
from nonetloss.landscape.shapes import polygons_of
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.zonal import coverage


def covered_share(shapes: Sequence[Any], *, grid: Grid, subject: str) -> np.ndarray:
    """Share of each cell under the union of some polygons; float64 (rows, columns)."""
    areal = [p for p in (of_dimension(s, 2) for s in shapes if s is not None) if p is not None]
    union = shapely.union_all(np.array(areal, dtype=object)) if areal else shapely.MultiPolygon()
    union = of_dimension(union, 2) or shapely.MultiPolygon()
    return coverage(polygons_of([union], subject=subject), grid=grid).raster_of(0)


def layer_named(layers: Sequence[Layer], name: str, *, code: str) -> Layer:
    """The layer of that name, or an error of the given code that lists the names there are."""
    for layer in layers:
        if layer.name == name:
            return layer
    known = offenders(sorted(layer.name for layer in layers), 20) or "–"
    raise InputError.because(code, name, known=known)


def forest_weight(
    grid: Grid,
    *,
    layers: Sequence[Layer],
    layer_factors: Mapping[str, Any],
    existing_access: Mapping[str, Any],
    crs: Any,
) -> np.ndarray:
    """Factor on the induced loss of each cell, in [0, 1]; float64 (rows, columns).

    Each layer of `layer_factors` multiplies the share of the cell it covers by its factor; each
    of `existing_access` takes out the share of the cell within its distance.

    Raises
    ------
    InputError
        `induced.layer` (no such layer), `induced.factor` (outside [0, 1]),
        `surface.distance` (negative).
    UnitError
        For a distance without unit.
    """
    weight = np.ones(grid.shape)
    known = [layer.name for layer in layers]
    for name, factor in sorted(mappings.access_factors(layer_factors, layers=known).items()):
        layer = layer_named(layers, name, code="induced.layer")
        require_same(layer.features.crs, crs, name=name)
        share = covered_share(layer.features.geometry, grid=grid, subject=name)
        weight *= 1 - (1 - factor) * share
    for name, reach in sorted(mappings.access_distances(existing_access, layers=known).items()):
        layer = layer_named(layers, name, code="induced.layer")
        require_same(layer.features.crs, crs, name=name)
        near = shapely.buffer(
            np.asarray(layer.features.geometry.array, dtype=object), reach, quad_segs=32
        )
        weight *= 1 - covered_share(near, grid=grid, subject=name)
    return weight
