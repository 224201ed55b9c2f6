"""Where on which reach a dam stands: the nearest point of the nearest reach, with its distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pyproj
import shapely
from shapely.ops import substring

from nonetloss.core.findings import Finding, error, notice, offenders, warning
from nonetloss.landscape.river_dams import Site
from nonetloss.landscape.river_reaches import Reaches

# Reaches whose distances from a dam differ by less cannot be told apart, nor can two dams on one
# reach that stand closer.
TIE_M = 1.0


@dataclass(frozen=True, slots=True)
class Snap:
    """A site on a reach.

    `position` is the share of the reach that lies above the dam; `distance_m` is measured along
    the ellipsoid; `next_row` is the second nearest reach within the limit, None if none is, and
    `next_distance_m` NaN then.
    """

    site: Site
    row: int
    distance_m: float
    position: float
    next_row: int | None = None
    next_distance_m: float = float("nan")


@dataclass(frozen=True, eq=False)
class Channels:
    """Reaches with their lines in a projected CRS, and which of them are of the basin.

    `rows` are those of the basin, the mouth first; `lines` has one shape per reach of the layer.
    `chosen` says that somebody chose this basin by its mouth, so that dams elsewhere are expected.
    """

    reaches: Reaches
    rows: list[int]
    lines: np.ndarray
    crs: pyproj.CRS
    chosen: bool = False

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of all lines."""
        return shapely.STRtree(self.lines)

    @cached_property
    def of_basin(self) -> frozenset[int]:
        """Rows of the basin, as a set."""
        return frozenset(self.rows)

    @cached_property
    def above(self) -> list[list[int]]:
        """Rows that flow into each row."""
        return self.reaches.above()

    def downstream(self, row: int) -> shapely.LineString | None:
        """The line of a reach, its last point downstream; None if it is not one line.

        The end near the reach below is the lower one; at the mouth, the end near a reach above is
        the upper one. A reach alone is taken to be drawn downstream.
        """
        shape = self.lines[row]
        line = shapely.line_merge(shape) if shape.geom_type == "MultiLineString" else shape
        if line.geom_type != "LineString":
            return None
        first, last = shapely.Point(line.coords[0]), shapely.Point(line.coords[-1])
        below = self.reaches.down[row]
        if below is not None:
            turned = first.distance(self.lines[below]) < last.distance(self.lines[below])
        else:
            feeders = [self.lines[r] for r in self.above[row]]
            turned = bool(feeders) and min(map(last.distance, feeders)) < min(
                map(first.distance, feeders)
            )
        return shapely.reverse(line) if turned else line

    def part(self, row: int, start: float, end: float) -> shapely.Geometry:
        """The part of a reach between two shares of its length from its upper end."""
        line = self.downstream(row) if (start, end) != (0.0, 1.0) else None
        return self.lines[row] if line is None else substring(line, start, end, normalized=True)


def snap(
    sites: Sequence[Site],
    points: Sequence[shapely.Point],
    channels: Channels,
    *,
    limit_m: float,
    name: str,
) -> tuple[list[Snap], list[Finding]]:
    """Sites on the reaches of the basin.

    Parameters
    ----------
    sites, points
        Sites, and their points in the CRS of the channels.
    limit_m : float
        How far a dam may be from its reach.

    Returns
    -------
    snaps : list of Snap
        In the order of the sites. Sites on reaches outside the basin are left out.
    findings : list of Finding
        Errors `river.dam-off-reach`, `river.reach-unknown`, `river.snap-tie`,
        `river.reach-broken`, `river.same-place`, `river.no-dam`; warnings
        `river.outside-basin`, `river.snap-doubtful`; notice `river.snapped`.
    """
    snaps: list[Snap] = []
    problems: dict[str, list[str]] = {}
    to_degrees = pyproj.Transformer.from_crs(channels.crs, "EPSG:4326", always_xy=True)
    for site, point in zip(sites, points, strict=True):
        code, detail, row, following = _choose(site, point, channels, limit_m)
        if code:
            problems.setdefault(code, []).append(detail)
            continue
        line = channels.downstream(row)
        if line is None:
            detail = f"{channels.reaches.ids[row]} ({site.id})"
            problems.setdefault("river.reach-broken", []).append(detail)
            continue
        along = line.project(point)
        distance = _meters(point, line.interpolate(along), to_degrees)
        if distance > limit_m:
            problems.setdefault("river.dam-off-reach", []).append(f"{site.id}: {distance:.0f} m")
            continue
        far = float("nan")
        if following is not None:
            far = _meters(point, _nearest(channels.lines[following], point), to_degrees)
        snaps.append(Snap(site, row, distance, _share(along, line.length), following, far))
    problems |= _same_place(snaps, channels)
    found = [
        warning(code, name, count=len(listed), offenders=offenders(listed))
        if code == "river.outside-basin"
        else error(code, name, offenders=offenders(listed), limit=f"{limit_m:g}")
        for code, listed in problems.items()
    ]
    if not snaps and not any(code != "river.outside-basin" for code in problems):
        found.append(error("river.no-dam", name))
    return snaps, found + _told(snaps, channels, name=name)


def _choose(
    site: Site, point: shapely.Point, channels: Channels, limit_m: float
) -> tuple[str, str, int, int | None]:
    """(code of what is wrong or "", detail, row, row of the second nearest)."""
    if site.reach is not None:
        return _named(site, channels)
    ids = channels.reaches.ids
    near = channels.tree.query(point, predicate="dwithin", distance=limit_m)
    if near.size == 0:
        if channels.chosen and not _in_box(point, channels, limit_m):
            return _outside(site, "—")
        distance = float(point.distance(channels.lines[int(channels.tree.nearest(point))]))
        return "river.dam-off-reach", f"{site.id}: {distance:.0f} m", -1, None
    ranked = sorted(
        (float(point.distance(channels.lines[row])), str(ids[row]), int(row)) for row in near
    )
    tied = [row for distance, _, row in ranked if distance - ranked[0][0] <= TIE_M]
    if not channels.of_basin & set(tied):
        return _outside(site, ids[tied[0]])
    best = tied[0] if len(tied) == 1 else _upper_of_pair(tied, channels)
    if best is None:
        rivals = ", ".join(str(ids[row]) for row in tied)
        return "river.snap-tie", f"{site.id} ({rivals})", -1, None
    others = [row for _, _, row in ranked if row not in tied]
    return "", "", best, others[0] if others else None


def _named(site: Site, channels: Channels) -> tuple[str, str, int, int | None]:
    """The same for a site whose table names its reach."""
    ids = channels.reaches.ids
    if site.reach not in ids:
        return "river.reach-unknown", f"{site.id} ({site.reach})", -1, None
    row = ids.index(site.reach)
    return ("", "", row, None) if row in channels.of_basin else _outside(site, ids[row])


def _outside(site: Site, reach: object) -> tuple[str, str, int, int | None]:
    return "river.outside-basin", f"{site.id} ({reach})", -1, None


def _in_box(point: shapely.Point, channels: Channels, margin_m: float) -> bool:
    left, bottom, right, top = shapely.total_bounds(channels.lines[channels.rows])
    box = shapely.box(left - margin_m, bottom - margin_m, right + margin_m, top + margin_m)
    return bool(box.contains(point))


def _upper_of_pair(rows: Sequence[int], channels: Channels) -> int | None:
    """Of two reaches of which one is all that flows into the other: it; the cut is the same."""
    if len(rows) != 2:
        return None
    for upper, lower in (tuple(rows), tuple(reversed(rows))):
        if channels.reaches.down[upper] == lower and channels.above[lower] == [upper]:
            return upper if {upper, lower} <= channels.of_basin else None
    return None


def _nearest(shape: shapely.Geometry, point: shapely.Point) -> shapely.Point:
    return shapely.Point(shapely.shortest_line(shape, point).coords[0])


def _meters(a: shapely.Point, b: shapely.Point, to_degrees: pyproj.Transformer) -> float:
    """Distance along the ellipsoid of two points of the projected CRS."""
    (ax, bx), (ay, by) = to_degrees.transform([a.x, b.x], [a.y, b.y])
    return float(pyproj.Geod(ellps="WGS84").inv(ax, ay, bx, by)[2])


def _share(along: float, length: float) -> float:
    """Share of a length; within a millimeter of an end it is the end."""
    if along < 1e-3:
        return 0.0
    return 1.0 if length - along < 1e-3 else along / length


def _same_place(snaps: Sequence[Snap], channels: Channels) -> dict[str, list[str]]:
    """Pairs of dams on one reach that cannot be put in order."""
    on_row: dict[int, list[Snap]] = {}
    for placed in snaps:
        on_row.setdefault(placed.row, []).append(placed)
    pairs = []
    for row, placed_here in on_row.items():
        ordered = sorted(placed_here, key=lambda s: s.position)
        length = channels.lines[row].length
        pairs += [
            f"{a.site.id} + {b.site.id}"
            for a, b in pairwise(ordered)
            if (b.position - a.position) * length < TIE_M
        ]
    return {"river.same-place": pairs} if pairs else {}


def _told(snaps: Sequence[Snap], channels: Channels, *, name: str) -> list[Finding]:
    """How far the dams were moved, and where another reach is nearly as near."""
    if not snaps:
        return []
    farthest = max(snaps, key=lambda s: s.distance_m)
    found = [
        notice(
            "river.snapped",
            name,
            count=len(snaps),
            farthest_m=round(farthest.distance_m),
            dam=str(farthest.site.id),
        )
    ]
    doubtful = [
        f"{s.site.id}: {channels.reaches.ids[s.row]} ({s.distance_m:.0f} m), "
        f"{channels.reaches.ids[s.next_row]} ({s.next_distance_m:.0f} m)"
        for s in snaps
        if s.next_row is not None and s.next_distance_m < 2.0 * s.distance_m
    ]
    if doubtful:
        count, listed = len(doubtful), offenders(doubtful)
        found.append(warning("river.snap-doubtful", name, count=count, offenders=listed))
    return found
