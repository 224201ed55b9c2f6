"""How much of a route lies inside several layers at once, where they overlap counted once."""

from collections.abc import Sequence

import numpy as np
import shapely

from nonetloss.study.report.model import Run

_M_PER_KM = 1_000.0
_M2_PER_HA = 10_000.0


def inside_any(run: Run, route: str, layers: Sequence[str]) -> tuple[float, float]:
    """(km of the axis, ha of the right of way) inside the union of some layers.

    NaN for both if one of the layers may not be drawn (it is hidden), or the route is unknown:
    then only the numbers layer by layer can be told.
    """
    views = [view for view in run.layers if view.name in set(layers)]
    found = run.route(route)
    if found is None or len(views) < len(set(layers)):
        return np.nan, np.nan
    if found.line.length == 0:
        return np.nan, np.nan
    shapes = [shape for view in views for shape in view.features.geometry if shape is not None]
    union = shapely.union_all(np.array(shapes, dtype=object))
    width = float(run.project.get("right_of_way_m", np.nan))
    strip = shapely.buffer(found.line, width / 2, cap_style="flat")
    km = shapely.length(shapely.intersection(found.line, union)) / _M_PER_KM
    return float(km), float(shapely.area(shapely.intersection(strip, union)) / _M2_PER_HA)


def meters_inside(run: Run, route: str) -> float:
    """Meters of a route inside any excluded layer, from its certificates.

    Where several layers are entered, their union; where that cannot be drawn, the longest one.
    Hidden layers take no part: how much of a route lies in one would help to find it.
    """
    rows = run.certificates
    mine = rows[(rows["alternative"] == route) & (rows["meters_inside"] > 0)]
    mine = mine[~mine["layer"].isin(run.hidden)]
    if len(mine) < 2:
        return float(mine["meters_inside"].sum())
    km, _ = inside_any(run, route, list(mine["layer"]))
    return float(mine["meters_inside"].max()) if np.isnan(km) else km * _M_PER_KM
