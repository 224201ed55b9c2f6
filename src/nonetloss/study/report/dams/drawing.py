"""Where components and dams stand in a drawing: on a map, or as a tree without places."""

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from nonetloss.study.report.dams.model import BasinDrawing, DamStudy, Tree

LEAF = 0.7


def drawing(study: DamStudy) -> BasinDrawing:
    """The map where the network has lines and places; else the tree."""
    found = on_map(study)
    return found if found is not None else as_tree(study.tree, len(study.dams))


def on_map(study: DamStudy) -> BasinDrawing | None:
    """Reaches by component and dams, in a CRS in meters; None where dams have no places.

    Without reaches, each dam is joined to the next one downstream by a straight line.
    """
    x = np.array([d.x for d in study.dams])
    y = np.array([d.y for d in study.dams])
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return None
    reaches = study.reaches
    drawn = reaches is not None and len(reaches) > 0 and reaches.crs is not None
    crs = map_crs(reaches) if drawn and reaches is not None else local_crs(x[known], y[known])
    dams = np.full((len(x), 2), np.nan)
    to_crs = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    dams[known] = np.column_stack(to_crs.transform(x[known], y[known]))
    lines = _reach_lines(reaches, study.tree, crs) if drawn and reaches is not None else []
    if lines:
        return BasinDrawing(tuple(lines), dams, crs)
    lines = _joined(study.tree, dams)
    return BasinDrawing(tuple(lines), dams, crs, joined=True) if lines else None


def _reach_lines(reaches: gpd.GeoDataFrame, tree: Tree, crs: str) -> list[tuple[int, np.ndarray]]:
    index = {name: i for i, name in enumerate(tree.names)}
    placed = reaches.to_crs(crs)
    return [
        (index[component], np.asarray(part.coords)[:, :2])
        for component, shape in zip(placed["component"].astype(str), placed.geometry, strict=True)
        if shape is not None and component in index
        for part in shapely.get_parts(shape)
        if part.geom_type == "LineString" and not part.is_empty
    ]


def _joined(tree: Tree, dams: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """A line from each dam to the dam at the lower end of the component that it opens into."""
    found = []
    for dam, below in zip(tree.dam, tree.below, strict=True):
        if below >= 0 and tree.dam[below] >= 0:
            line = dams[[dam, tree.dam[below]]]
            if np.isfinite(line).all():
                found.append((int(below), line))
    return found


def map_crs(reaches: gpd.GeoDataFrame) -> str:
    """The CRS of the network if it is in meters; else an equal-area one about its center."""
    crs = pyproj.CRS.from_user_input(reaches.crs)
    if crs.is_projected:
        return str(reaches.crs.to_string())
    left, bottom, right, top = reaches.to_crs("EPSG:4326").total_bounds
    return local_crs(np.array([left, right]), np.array([bottom, top]))


def local_crs(x: np.ndarray, y: np.ndarray) -> str:
    """An equal-area CRS in meters about the middle of points in degrees."""
    lat, lon = (y.min() + y.max()) / 2, (x.min() + x.max()) / 2
    return f"+proj=laea +lat_0={lat:.1f} +lon_0={lon:.1f} +datum=WGS84 +units=m"


def as_tree(tree: Tree, dams: int) -> BasinDrawing:
    """A tree that lies on its side: the mouth at the left, one step to the right for each dam.

    A component is the line from its dam to the bar from which its tributaries part.
    """
    count = len(tree.below)
    children: list[list[int]] = [[] for _ in range(count)]
    for i, down in enumerate(tree.below):
        if down >= 0:
            children[down].append(i)
    size = np.ones(count, dtype=int)
    for i in range(count - 1, -1, -1):
        if children[i]:
            size[i] = sum(size[c] for c in children[i])
    depth, row = np.zeros(count), np.zeros(count)
    first = np.zeros(count)
    start = 0.0
    for i, down in enumerate(tree.below):
        if down < 0:
            first[i] = start
            start += size[i]
        else:
            depth[i] = depth[down] + 1
        at = first[i]
        # The largest tributary in the middle would cross fewer lines, but order is easier to read.
        for child in children[i]:
            first[child] = at
            at += size[child]
    for i in range(count - 1, -1, -1):
        inside = children[i]
        row[i] = (row[inside[0]] + row[inside[-1]]) / 2 if inside else first[i] + 0.5
    lines: list[tuple[int, np.ndarray]] = []
    places = np.full((dams, 2), np.nan)
    for i in range(count):
        end = depth[i] + (1.0 if children[i] else LEAF)
        lines.append((i, np.array([(depth[i], row[i]), (end, row[i])])))
        if len(children[i]) > 1:
            rows = [row[c] for c in children[i]]
            lines.append((i, np.array([(end, min(rows)), (end, max(rows))])))
        if tree.dam[i] >= 0:
            places[tree.dam[i]] = (depth[i], row[i])
    return BasinDrawing(tuple(lines), places)
