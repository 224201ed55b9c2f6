"""Cost of the cheapest route to every cell, and through every cell."""

import numpy as np

from nonetloss.core.errors import InputError, NoRouteError
from nonetloss.core.findings import offenders
from nonetloss.numerics.paths.solve import labeled
from nonetloss.numerics.paths.terrain import Cells, CellSize, Terrain, places, terrain
from nonetloss.numerics.paths.tiles import unpack_labels


def cost_distance(
    cost: np.ndarray,
    sources: Cells,
    *,
    cell_size: CellSize,
    neighbors: int = 8,
    blocked: np.ndarray | None = None,
    max_cost: float | None = None,
) -> np.ndarray:
    """Cost of the cheapest route from the nearest source to each cell.

    Parameters
    ----------
    cost, cell_size, neighbors, blocked
        As in `least_cost_path`.
    sources : (row, column) or a sequence of them
    max_cost : float, optional
        Search no further than this, in the unit of the result. None: search everything.

    Returns
    -------
    (rows, columns) float32
        Zero at the sources; NaN where excluded, not reached, or dearer than `max_cost`.

    Raises
    ------
    InputError
        As in `least_cost_path`, and `paths.max-cost` if it is negative or NaN.

    Notes
    -----
    8 bytes per cell at the peak, the result included. Labels are sums in float32, relatively 1e-5
    off at most on rasters of 10,000 × 10,000 cells.
    """
    ground = terrain(cost, cell_size=cell_size, neighbors=neighbors, blocked=blocked)
    if max_cost is not None and not max_cost >= 0:
        raise InputError.because("paths.max-cost", "max_cost", found=max_cost)
    limit = np.inf if max_cost is None else float(max_cost)
    return _field(ground, places(ground, sources, "sources"), limit)


def _field(ground: Terrain, sources: np.ndarray, limit: float = np.inf) -> np.ndarray:
    raster = labeled(ground, sources, limit=limit)
    rows, columns = ground.shape
    unpack_labels(raster, ground.across, rows, columns, np.float32(limit))
    raster.resize(rows * columns, refcheck=False)
    return raster.reshape(rows, columns)


def corridor(
    cost: np.ndarray,
    start: Cells,
    end: Cells,
    *,
    cell_size: CellSize,
    neighbors: int = 8,
    blocked: np.ndarray | None = None,
) -> np.ndarray:
    """Cost of the cheapest route from start to end that passes through each cell.

    The near-optimal band is where it is at most (1 + tolerance) × its minimum, and the minimum is
    the cost of the least-cost path.

    Parameters
    ----------
    cost, start, end, cell_size, neighbors, blocked
        As in `least_cost_path`.

    Returns
    -------
    (rows, columns) float32
        NaN where excluded or not connected.

    Raises
    ------
    InputError, NoRouteError
        As in `least_cost_path`.

    Notes
    -----
    12 bytes per cell at the peak, the result included.
    """
    ground = terrain(cost, cell_size=cell_size, neighbors=neighbors, blocked=blocked)
    starts, ends = places(ground, start, "start"), places(ground, end, "end")
    through = _field(ground, starts)
    through += _field(ground, ends)
    if np.isnan(through[ends[:, 0], ends[:, 1]]).all():
        raise NoRouteError.because(
            "paths.no-route",
            "corridor",
            start=offenders(map(tuple, starts.tolist())),
            end=offenders(map(tuple, ends.tolist())),
        )
    return through
