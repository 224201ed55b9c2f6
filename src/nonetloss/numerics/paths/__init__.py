"""Least-cost paths over rasters, with exclusions that cannot be slipped through.

Question on the ground
    Which way from here to there costs least, without touching what is excluded?

Public names
    `least_cost_path`, `dissimilar_paths`, `Path`: routes. `cost_distance`, `corridor`: fields.
    `path_cost`: the price of a given route.

Papers
    Dijkstra 1959, doi 10.1007/BF01386390; Dial 1969 (bucket queue), doi 10.1145/363269.363610;
    Denardo and Fox 1979 (nested buckets), doi 10.1287/opre.27.1.161; Johnson, Joy, Clarke and
    Jacobi 1993 (corridor penalties for alternative routes), ORNL/TM-12399.

What it does not do
    It does not draw or smooth a line, and knows no coordinates: a route is a sequence of cells. It
    knows no turn, slope or tower. Cost does not depend on the direction of travel.
"""

from nonetloss.numerics.paths.dissimilar import dissimilar_paths
from nonetloss.numerics.paths.field import corridor, cost_distance
from nonetloss.numerics.paths.route import Path, least_cost_path, path_cost

__all__ = [
    "Path",
    "corridor",
    "cost_distance",
    "dissimilar_paths",
    "least_cost_path",
    "path_cost",
]
