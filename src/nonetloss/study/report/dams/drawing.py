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
    """Reaches by component and dams, in a CRS in meters; None without lines or places."""
    reaches = study.reaches
    x = np.array([d.x for d in study.dams])
    y = np.array([d.y for d in study.dams])
    if reaches is None or not len(reaches) or reaches.crs is None or not np.isfinite(x).any():
        return None
    crs = map_crs(reaches)
    index = {name: i for i, name in enumerate(study.tree.names)}
    lines = []
    placed = reaches.to_crs(crs)
    for component, shape in zip(placed["component"].astype(str), placed.geometry, strict=True):
        for part in shapely.get_parts(shape):
            if component in index and part.geom_type == "LineString" and not part.is_empty:
                lines.append((index[component], np.asarray(part.coords)[:, :2]))
    if not lines:
        return None
    to_crs = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    dams = np.column_stack(to_crs.transform(x, y))
    dams[~np.isfinite(dams).all(axis=1)] = np.nan
    return BasinDrawing(tuple(lines), dams, crs)


def map_crs(reaches: gpd.GeoDataFrame) -> str:
    """The CRS of the network if it is in meters; else an equal-area one about its center."""
    crs = pyproj.CRS.from_user_input(reaches.crs)
    if crs.is_projected:
        return str(reaches.crs.to_string())
    left, bottom, right, top = reaches.total_bounds
    return f"+proj=laea +lat_0={(bottom + top) / 2:.1f} +lon_0={(left + right) / 2:.1f} +units=m"


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
