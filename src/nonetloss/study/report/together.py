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
    shapes = [shape for view in views for shape in view.features.geometry if shape is not None]
    union = shapely.union_all(np.array(shapes, dtype=object))
    width = float(run.project.get("right_of_way_m", np.nan))
    strip = shapely.buffer(found.line, width / 2, cap_style="flat")
    km = shapely.length(shapely.intersection(found.line, union)) / _M_PER_KM
    return float(km), float(shapely.area(shapely.intersection(strip, union)) / _M2_PER_HA)
