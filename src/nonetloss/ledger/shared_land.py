"""Land that several parcels cover, taken apart into pieces that each lie in the same parcels.

Two offsets on one piece of land are one offset. Parcels are cut along each other's borders; each
piece knows the parcels that it lies in, and each parcel which share of it every piece is.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders

# A piece up to this share of its smallest parcel is digitizing, not land claimed twice: the same
# limit as for candidates (`offset.candidates.OVERLAP`).
OVERLAP = 0.01

Piece = tuple[str, ...]


def pieces_of(
    parcels: Mapping[str, Any], *, overlap: float = OVERLAP
) -> dict[str, dict[Piece, float]]:
    """Which share of each parcel lies in which piece; a piece is named by its parcels, sorted.

    Parameters
    ----------
    parcels : mapping of name to polygon or None
        None: nobody said where it is, so it overlaps with nothing.
    overlap : float
        Pieces up to this share of the smallest parcel that they lie in are left to each parcel.

    Returns
    -------
    dict
        For each parcel, shares by piece, which sum to 1. The order of the parcels does not matter.

    Raises
    ------
    InputError
        `cumulative.geometry` for a parcel without area or with an invalid outline.
    """
    placed = {n: parcels[n] for n in sorted(parcels) if parcels[n] is not None}
    wrong = [n for n, g in placed.items() if not (shapely.is_valid(g) and shapely.area(g) > 0)]
    if wrong:
        raise InputError.because("cumulative.geometry", offenders(wrong))
    found: dict[str, dict[Piece, float]] = {n: {(n,): 1.0} for n in sorted(parcels)}
    for group in _groups(placed):
        found |= _cut({n: placed[n] for n in group}, overlap)
    return found


def _groups(placed: Mapping[str, Any]) -> list[list[str]]:
    """Parcels that are joined by chains of overlaps, two at least, each group sorted."""
    names = list(placed)
    if len(names) < 2:
        return []
    shapes = np.array([placed[n] for n in names], dtype=object)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    ahead = first < second
    first, second = first[ahead], second[ahead]
    common = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    parent = list(range(len(names)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for a, b in zip(first[common > 0], second[common > 0], strict=True):
        low, high = sorted((root(int(a)), root(int(b))))
        parent[high] = low
    groups: dict[int, list[str]] = {}
    for i, name in enumerate(names):
        groups.setdefault(root(i), []).append(name)
    return [g for g in groups.values() if len(g) > 1]


def _cut(group: Mapping[str, Any], overlap: float) -> dict[str, dict[Piece, float]]:
    names = list(group)
    shapes = np.array([group[n] for n in names], dtype=object)
    lines = shapely.union_all(shapely.boundary(shapes))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    points, over = shapely.STRtree(shapes).query(shapely.point_on_surface(faces), "within")
    members: dict[int, list[str]] = {}
    for face, i in sorted(zip(points.tolist(), over.tolist(), strict=True)):
        members.setdefault(face, []).append(names[i])
    areas: dict[Piece, float] = {}
    for face, size in enumerate(shapely.area(faces).tolist()):
        piece = tuple(members.get(face, ()))
        if piece:  # a hole between parcels is nobody's
            areas[piece] = areas.get(piece, 0.0) + size
    whole = dict(zip(names, shapely.area(shapes), strict=True))
    shares: dict[str, dict[Piece, float]] = {n: {} for n in names}
    for piece, area in areas.items():
        apart = len(piece) > 1 and area <= overlap * min(whole[n] for n in piece)
        for name in piece:
            key = (name,) if apart else piece
            shares[name][key] = shares[name].get(key, 0.0) + area
    return {
        n: {p: a / sum(parts.values()) for p, a in sorted(parts.items())}
        for n, parts in shares.items()
    }
