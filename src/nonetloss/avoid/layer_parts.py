"""The features of a layer sorted by type of geometry, indexed and ready to be measured."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import GeometryError
from nonetloss.core.findings import offenders
from nonetloss.landscape.layer import Layer

KINDS = ("point", "line", "polygon")
_M2_PER_HA = 10_000.0
_M_PER_KM = 1_000.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What lies inside an area: the layer as a whole, each feature met, and which those are."""

    whole: dict[str, Any]
    features: tuple[dict[str, Any], ...]
    touched: np.ndarray


@dataclass(frozen=True, slots=True)
class Part:
    """Features of one layer of one dimension (0 points, 1 lines, 2 polygons).

    `total` is their area (m², union), length (m, union) or number.
    """

    kind: str
    shapes: np.ndarray
    labels: tuple[str, ...]
    tree: shapely.STRtree
    total: float

    def nearest_m(self, footprint: BaseGeometry, *, feature: int | None = None) -> float:
        """Distance from the footprint to the nearest feature, or to one of them; meters.

        NaN from an empty footprint: what takes no ground is nowhere.
        """
        if footprint.is_empty:
            return float("nan")
        if feature is not None:
            return float(shapely.distance(self.shapes[feature], footprint))
        _, distance = self.tree.query_nearest(footprint, return_distance=True, all_matches=False)
        return float(distance[0])

    def measure(
        self, area: BaseGeometry, *, axis: BaseGeometry | None, already: np.ndarray
    ) -> Measured:
        """What of these features lies inside `area`.

        Parameters
        ----------
        area : polygon; an empty one holds nothing
        axis : line or None
            Where given, `length_km` of polygons is that of the axis inside them.
        already : bool (features,)
            Points counted in an inner zone: one that lies on the border counts once.
        """
        hits = np.sort(self.tree.query(area, predicate="intersects"))
        if self.kind == "point":
            return self._measure_points(hits[~already[hits]])
        pieces = shapely.intersection(self.shapes[hits], area)
        size = shapely.area if self.kind == "polygon" else shapely.length
        sizes = size(pieces)
        # Sharing no more than a border is not being met.
        hits, pieces, sizes = hits[sizes > 0], pieces[sizes > 0], sizes[sizes > 0]
        joined = float(size(shapely.union_all(pieces)))
        lengths, crossed = self._lengths(hits, sizes, joined, axis)
        own = size(self.shapes[hits])
        rows = tuple(
            self._row(self.labels[i], int(i), 1, s, s / o, length)
            for i, s, o, length in zip(hits, sizes, own, lengths, strict=True)
        )
        share = joined / self.total if self.total > 0 else np.nan
        return Measured(
            self._row("", None, len(hits), joined, share, crossed), rows, self._mask(hits)
        )

    def _lengths(
        self, hits: np.ndarray, sizes: np.ndarray, joined: float, axis: BaseGeometry | None
    ) -> tuple[np.ndarray, float]:
        """Meters to report for each feature and for all of them together."""
        if self.kind == "line":
            return sizes, joined
        if axis is None:
            return np.full(len(hits), np.nan), np.nan
        inside = shapely.intersection(self.shapes[hits], axis)
        return shapely.length(inside), float(shapely.length(shapely.union_all(inside)))

    def _measure_points(self, hits: np.ndarray) -> Measured:
        rows = tuple(self._row(self.labels[i], int(i), 1, np.nan, 1.0, np.nan) for i in hits)
        whole = self._row("", None, len(hits), np.nan, len(hits) / self.total, np.nan)
        return Measured(whole, rows, self._mask(hits))

    def _row(
        self, label: str, index: int | None, count: int, size: float, share: float, length: float
    ) -> dict[str, Any]:
        return {
            "feature": label,
            "index": index,
            "met": count > 0,
            "area_ha": float(size) / _M2_PER_HA if self.kind == "polygon" else np.nan,
            "length_km": float(length) / _M_PER_KM,
            "count": count,
            "share": float(share),
        }

    def _mask(self, hits: np.ndarray) -> np.ndarray:
        mask = np.zeros(len(self.shapes), dtype=bool)
        mask[hits] = True
        return mask


def parts_of(layer: Layer) -> tuple[Part, ...]:
    """The layer by dimension, polygons first; empty if no feature has a geometry.

    A feature that mixes dimensions takes part in each of them. Features without a label get
    their number, from 1, as `#3`.

    Raises
    ------
    GeometryError
        `screening.invalid-geometry` if a polygon crosses itself, or coordinates are not finite.
    """
    geometries = np.asarray(layer.features.geometry.array, dtype=object)
    labels = _labels(layer, len(geometries))
    present = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    finite = np.isfinite(shapely.get_coordinates(geometries[present])).all()
    bad = np.flatnonzero(present & ~shapely.is_valid(geometries))
    if len(bad) or not finite:
        reasons = shapely.is_valid_reason(geometries[bad])
        which = offenders(f"{labels[i]} ({r})" for i, r in zip(bad, reasons, strict=True))
        raise GeometryError.because(
            "screening.invalid-geometry", layer.name, count=len(bad), which=which or "inf, nan"
        )
    parts = []
    for dimension in (2, 1, 0):
        shapes = [of_dimension(g, dimension) for g in geometries[present]]
        kept = [
            (s, labels[i])
            for s, i in zip(shapes, np.flatnonzero(present), strict=True)
            if s is not None
        ]
        if kept:
            parts.append(_part(KINDS[dimension], kept))
    return tuple(parts)


def of_dimension(geometry: BaseGeometry, dimension: int) -> BaseGeometry | None:
    """The points (0), lines (1) or polygons (2) of a geometry; None if it has none of them."""
    if not isinstance(geometry, shapely.GeometryCollection):
        return geometry if int(shapely.get_dimensions(geometry)) == dimension else None
    pieces = shapely.get_parts(geometry)
    while any(isinstance(p, shapely.GeometryCollection) for p in pieces):
        pieces = shapely.get_parts(pieces)
    pieces = pieces[shapely.get_dimensions(pieces) == dimension]
    return shapely.union_all(pieces) if len(pieces) else None


def _labels(layer: Layer, count: int) -> list[str]:
    numbers = [f"#{i + 1}" for i in range(count)]
    if not layer.label_field or layer.label_field not in layer.features:
        return numbers
    given = layer.features[layer.label_field]
    return [
        n if label is None or label != label or not str(label) else str(label)
        for n, label in zip(numbers, given, strict=True)
    ]


def _part(kind: str, kept: list[tuple[BaseGeometry, str]]) -> Part:
    shapes = np.array([shape for shape, _ in kept], dtype=object)
    if kind == "point":
        total = float(len(shapes))
    else:
        union = shapely.union_all(shapes)
        total = float(union.area if kind == "polygon" else union.length)
    return Part(kind, shapes, tuple(label for _, label in kept), shapely.STRtree(shapes), total)
