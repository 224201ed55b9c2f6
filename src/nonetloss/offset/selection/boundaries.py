"""Lengths of the edges that units share: of polygons, or of the cells of a raster."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely
from scipy import sparse

from nonetloss.core.errors import GeometryError
from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.numerics.grid import Grid

# Neighbors drawn apart by rounding overlap by less than this share of the smaller one.
_SLIVER = 1e-6


def polygon_boundary(
    geometries: Iterable[Any], *, tolerance: float = 0.0, subject: str = "units"
) -> tuple[sparse.csr_array, tuple[Finding, ...]]:
    """Shared edges of polygons, and their whole perimeters on the diagonal.

    Parameters
    ----------
    geometries : iterable of Polygon or MultiPolygon
        In a projected CRS. Perimeters include those of holes.
    tolerance : float
        Vertices are put on a lattice of this width before edges are compared, in CRS units, so
        that neighbors drawn slightly apart still meet; 0 takes them as they are.
    subject : str
        Name of the layer, for messages.

    Returns
    -------
    lengths : sparse symmetric (units, units)
        Units that touch in points only share nothing.
    findings
        `selection.overlap` if polygons overlap: what lies in both is counted twice.

    Raises
    ------
    GeometryError
        `selection.not-polygons`, `shapes.invalid`.
    """
    shapes = np.array(list(geometries), dtype=object)
    _require_polygons(shapes, subject)
    if tolerance > 0 and shapes.size:
        shapes = shapely.set_precision(shapes, tolerance)
    count = shapes.size
    if count == 0:
        return sparse.csr_array((0, 0)), ()
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="intersects")
    below = first < second
    first, second = first[below], second[below]
    edges = shapely.boundary(shapes)
    length = shapely.length(shapely.intersection(edges[first], edges[second]))
    common = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    smaller = np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
    over = common > _SLIVER * smaller
    found: tuple[Finding, ...] = ()
    if over.any():
        pairs = offenders(f"{a}–{b}" for a, b in zip(first[over], second[over], strict=True))
        found = (warning("selection.overlap", subject, count=int(over.sum()), rows=pairs),)
    perimeter = shapely.length(edges)
    # Where polygons overlap, their outlines may meet along more than one of them has left.
    length = np.where(over, 0.0, length)
    return _matrix(first, second, length, perimeter), found


def cell_boundary(known: np.ndarray, *, grid: Grid) -> sparse.csr_array:
    """Shared edges of the cells of a raster, and their perimeters on the diagonal.

    Parameters
    ----------
    known : (rows, columns) bool
        Cells that are units, numbered row by row. A cell that is none is no neighbor.

    Returns
    -------
    sparse symmetric (units, units), in CRS units
    """
    number = np.full(known.shape, -1, dtype=np.int64)
    number[known] = np.arange(int(known.sum()))
    beside = (number[:, :-1] >= 0) & (number[:, 1:] >= 0)
    under = (number[:-1] >= 0) & (number[1:] >= 0)
    first = np.concatenate([number[:, :-1][beside], number[:-1][under]])
    second = np.concatenate([number[:, 1:][beside], number[1:][under]])
    length = np.concatenate(
        [np.full(beside.sum(), grid.cell_height), np.full(under.sum(), grid.cell_width)]
    )
    around = 2.0 * (grid.cell_width + grid.cell_height)
    return _matrix(first, second, length, np.full(int(known.sum()), around))


def shared_edges(boundary: Any) -> np.ndarray:
    """(m, 2) pairs of units that share an edge, the lower one first."""
    pairs = sparse.triu(sparse.csr_array(boundary), k=1, format="coo")
    used = pairs.data > 0
    return np.column_stack([pairs.row[used], pairs.col[used]]).astype(np.int64)


def _matrix(
    first: np.ndarray, second: np.ndarray, length: np.ndarray, perimeter: np.ndarray
) -> sparse.csr_array:
    count = perimeter.size
    used = length > 0
    half = sparse.coo_array((length[used], (first[used], second[used])), shape=(count, count))
    return sparse.csr_array(half + half.T + sparse.diags_array(perimeter))


def _require_polygons(shapes: np.ndarray, subject: str) -> None:
    kinds = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    wrong = np.flatnonzero(~np.isin(shapely.get_type_id(shapes), [int(k) for k in kinds]))
    if wrong.size:
        raise GeometryError.because(
            "selection.not-polygons", subject, count=int(wrong.size), rows=offenders(wrong)
        )
    bad = np.flatnonzero(~shapely.is_valid(shapes))
    if bad.size:
        which = offenders(f"{i}: {shapely.is_valid_reason(shapes[i])}" for i in bad)
        raise GeometryError.because("shapes.invalid", subject, count=int(bad.size), which=which)
