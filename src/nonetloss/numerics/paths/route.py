"""The least-cost path between two cells, or two sets of cells."""

from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError, NoRouteError
from nonetloss.core.findings import offenders
from nonetloss.numerics.paths.solve import Dearer, cheapest_cells
from nonetloss.numerics.paths.terrain import Cells, CellSize, Terrain, places, terrain


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A route over cells.

    Parameters
    ----------
    cells : (k, 2) int32
        (row, column) from start to end.
    length : float
        Meters.
    cost : float
        Sum over moves of length × mean cost per meter, in float64, of the cost as given.
    shared : float
        Share of the length inside the corridors of earlier routes; 0 for a route alone.
    """

    cells: np.ndarray
    length: float
    cost: float
    shared: float = 0.0


def least_cost_path(
    cost: np.ndarray,
    start: Cells,
    end: Cells,
    *,
    cell_size: CellSize,
    neighbors: int = 8,
    blocked: np.ndarray | None = None,
    threads: int = 1,
) -> Path:
    """The cheapest route over a raster that excluded cells cannot be slipped through.

    A move between neighbors costs its length × the mean cost per meter of the cells it runs over:
    its two ends and, for a knight move, the two cells crossed between them. A diagonal is refused
    if either of the two cells beside it is excluded, a knight move if one of the crossed cells is.
    So a chain of excluded cells that touch by corners is a barrier.

    The route is found on float32 labels: its cost is the least but for their rounding, at most 6e-8
    of the total per move and in practice below 1e-6 altogether; moves cheaper than 6e-8 of the
    total are not told apart. The cost reported is summed anew in float64.

    Parameters
    ----------
    cost : (rows, columns)
        Cost per meter. Zero is allowed, infinity is excluded; NaN only where blocked. float32 and
        float64 in C order are read in place, anything else is copied to float32.
    start, end : (row, column) or a sequence of them
        With several, the cheapest pair is taken. A cell in both is a route of no length.
    cell_size : float or (height, width)
        Meters, in the order of (row, column).
    neighbors : 8 or 16
        16 adds the knight moves.
    blocked : (rows, columns) bool, optional
        Excluded cells. None: only infinite cost excludes.
    threads : 1 or 2
        2 searches from both ends at once. Faster from about 3000 × 3000 cells if two processors
        are free; among routes of equal cost it may choose another.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        `paths.not-a-raster`, `paths.too-large`, `paths.bad-cost`, `paths.blocked-mismatch`,
        `paths.cell-size`, `paths.neighbors`, `paths.threads`, `paths.not-cells`, `paths.outside`,
        `paths.start-excluded`, `paths.end-excluded`.
    NoRouteError
        `paths.no-route`.

    Notes
    -----
    Memory beyond the input: 8 bytes per cell and the frontier with one thread, 16 with two. A
    plateau of zero cost that the route crosses takes up to 5 bytes per cell more.

    References
    ----------
    Dial 1969, doi 10.1145/363269.363610 (bucket queue); Denardo and Fox 1979,
    doi 10.1287/opre.27.1.161 (nested buckets).
    """
    ground = terrain(cost, cell_size=cell_size, neighbors=neighbors, blocked=blocked)
    starts, ends = places(ground, start, "start"), places(ground, end, "end")
    return found_route(ground, starts, ends, threads=threads)


def found_route(
    ground: Terrain,
    starts: np.ndarray,
    ends: np.ndarray,
    *,
    threads: int,
    dearer: Dearer | None = None,
) -> Path:
    """The cheapest route over `dearer` costs, priced at the true ones; places are checked."""
    if threads not in (1, 2):
        raise InputError.because("paths.threads", "threads", found=threads)
    cells = cheapest_cells(ground, starts, ends, threads=threads, dearer=dearer)
    if cells is None:
        raise NoRouteError.because(
            "paths.no-route",
            "route",
            start=offenders(map(tuple, starts.tolist())),
            end=offenders(map(tuple, ends.tolist())),
        )
    lengths, prices = moves_of(ground, cells)
    return Path(cells, float(lengths.sum()), float(prices.sum()))


def path_cost(
    cost: np.ndarray,
    cells: np.ndarray,
    *,
    cell_size: CellSize,
    blocked: np.ndarray | None = None,
) -> float:
    """Cost of a given sequence of cells by the rules of `least_cost_path`, in float64.

    Parameters
    ----------
    cost, cell_size, blocked
        As in `least_cost_path`.
    cells : (k, 2) integers
        (row, column) pairs, each a move to one of 16 neighbors after the one before. One cell
        alone costs 0.

    Raises
    ------
    InputError
        `paths.not-a-move` if two cells in sequence are no such neighbors, `paths.move-refused` if
        a move touches an excluded cell or cuts its corner, and those of `least_cost_path` on
        shapes and places.
    """
    ground = terrain(cost, cell_size=cell_size, neighbors=16, blocked=blocked)
    places(ground, cells, "cells")
    _, prices = moves_of(ground, np.atleast_2d(np.asarray(cells)))
    return float(prices.sum())


def moves_of(ground: Terrain, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length in meters and cost of each move along (k, 2) cells, float64 (k - 1,)."""
    cells = cells.astype(np.int64)
    before, after = cells[:-1], cells[1:]
    step = after - before
    size = np.abs(step)
    longest, shortest = size.max(axis=1, initial=0), size.min(axis=1, initial=2)
    knight = (longest == 2) & (shortest == 1)
    slanted = (longest == 1) & (shortest == 1)
    legal = knight | (longest == 1)
    if not legal.all():
        at = int(np.argmin(legal))
        raise InputError.because(
            "paths.not-a-move", "cells", a=tuple(before[at].tolist()), b=tuple(after[at].tolist())
        )
    # The two cells beside a diagonal, or those that a knight move crosses.
    half = np.where(knight[:, None], np.trunc(step / 2).astype(np.int64), step)
    beside_a = before + np.where(knight[:, None], half, step * (1, 0))
    beside_b = np.where(knight[:, None], after - half, before + step * (0, 1))
    touched = ground.excluded(before) | ground.excluded(after)
    touched |= (knight | slanted) & (ground.excluded(beside_a) | ground.excluded(beside_b))
    if touched.any():
        at = int(np.argmax(touched))
        raise InputError.because(
            "paths.move-refused", "cells", a=tuple(before[at].tolist()), b=tuple(after[at].tolist())
        )

    def price(where: np.ndarray) -> np.ndarray:
        return ground.cost[where[:, 0], where[:, 1]].astype(np.float64)

    ends = (price(before) + price(after)) / 2
    crossed = np.zeros_like(ends)
    crossed[knight] = (price(beside_a[knight]) + price(beside_b[knight])) / 2
    mean = np.where(knight, (ends + crossed) / 2, ends)
    lengths = np.hypot(step[:, 0] * ground.height_m, step[:, 1] * ground.width_m)
    return lengths, lengths * mean
