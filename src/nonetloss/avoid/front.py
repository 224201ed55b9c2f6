"""The trade-off between money, nature and people: what is proven and what is approximate.

On the grid of the study, weighted sums find every extreme supported point (the convex part of the
front), each proven best under its weights. Points in the dents of the front are found exactly on
a coarse grid, and the routes there are sought again on the fine grid within their corridor; those
are approximate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.ndimage import binary_dilation

from nonetloss.avoid.results import APPROXIMATE, EXACT, SUPPORTED
from nonetloss.avoid.surface import Surface
from nonetloss.core.errors import NoRouteError
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.pareto import nondominated
from nonetloss.numerics.paths import Path, least_cost_path, path_cost
from nonetloss.numerics.tradeoff import exact_path_front, supported_front

Cell = tuple[int, int]
CRITERIA = ("cost_usd", "nature_qha", "people")
# Least weight of a criterion: with 0, routes that waste that criterion would pass as best.
_LEAST_WEIGHT = 1e-3
_MOST_LABELS = 3_000_000
# Corridor around a coarse route in which the fine one is sought, in coarse cells.
_CORRIDOR_CELLS = 1


@dataclass(frozen=True, slots=True)
class FrontRoute:
    """A route of the front: its cells, its values by criterion, and how sure it is.

    `weights` turns each criterion into a common price; under them the route is best (if proven).
    """

    path: Path
    values: np.ndarray
    weights: np.ndarray
    proven: str


@dataclass(frozen=True, slots=True)
class Front:
    """The front on the grid of the study, and the whole front on a coarse grid.

    `complete`: all extreme supported points were found. `coarse`: one row for each point of the
    coarse front, with the criteria, `supported` and `proven` ("exact" on that coarse grid);
    `coarse_complete` says whether all are there, `coarse_cell_m` the size of its cells.
    """

    criteria: tuple[str, ...]
    routes: tuple[FrontRoute, ...]
    complete: bool
    coarse: pd.DataFrame
    coarse_complete: bool
    coarse_cell_m: float


def trade_off(
    surface: Surface,
    start: Cell,
    end: Cell,
    *,
    with_people: bool,
    neighbors: int,
    most_solves: int,
    coarse_cells: int,
    most_approximate: int,
    threads: int = 1,
) -> Front:
    """The front of construction cost, nature loss and, if asked, closeness to people.

    A criterion that is zero in every buildable cell takes no part. With a single criterion left
    the front is its least-cost route.

    Parameters
    ----------
    surface : Surface
    start, end : (row, column), not blocked and connected
    most_solves : int
        Searches on the grid of the study.
    coarse_cells : int
        Largest number of cells of the coarse grid; a quarter of it with three criteria. 0: no
        coarse front.
    most_approximate : int
        Coarse routes in dents that are sought again on the fine grid.
    """
    names, layers = _criteria(surface, with_people)
    scale = np.array([layer[~surface.blocked].mean(dtype=np.float64) for layer in layers])
    size = (surface.grid.cell_height, surface.grid.cell_width)

    def solve(weights: np.ndarray, closed: np.ndarray | None = None) -> tuple[np.ndarray, Path]:
        path = least_cost_path(
            _weighted_sum(weights / scale, layers),
            start,
            end,
            cell_size=size,
            neighbors=neighbors,
            blocked=surface.blocked if closed is None else closed,
            threads=threads,
        )
        values = [path_cost(layer, path.cells, cell_size=size) for layer in layers]
        return np.array(values) / scale, path

    if len(layers) == 1:
        values, path = solve(np.ones(1))
        found = (FrontRoute(path, values * scale, 1 / scale, EXACT),)
        return Front(names, found, True, _coarse_table(names), True, np.nan)
    best = supported_front(
        solve,
        objectives=len(layers),
        max_solves=most_solves,
        minimum_weight=_LEAST_WEIGHT,
        tolerance=1e-6,
    )
    routes = [
        FrontRoute(path, values * scale, weights / scale, SUPPORTED if proven else APPROXIMATE)
        for path, values, weights, proven in zip(
            best.solutions, best.values, best.weights, best.proven, strict=True
        )
    ]
    if coarse_cells < 1:
        return Front(names, tuple(routes), best.complete, _coarse_table(names), False, np.nan)
    wanted = coarse_cells if len(layers) == 2 else coarse_cells // 4
    coarse = _Coarse(surface, start, end, factor=_factor(surface.grid, wanted))
    table, complete, corridors = coarse.front(names, layers, neighbors)
    spread = _evenly(len(corridors), most_approximate)
    spans = np.maximum(np.ptp(best.values, axis=0), 1e-12)
    weights = np.maximum(1 / spans / (1 / spans).sum(), _LEAST_WEIGHT)
    for corridor in (corridors[i] for i in spread):
        try:
            values, path = solve(weights, surface.blocked | ~corridor)
        except NoRouteError:
            continue  # the coarse route ran through a gap that the fine grid shows to be closed
        routes.append(FrontRoute(path, values * scale, weights / scale, APPROXIMATE))
    kept = nondominated(np.array([r.values / scale for r in routes]), decimals=9)
    chosen = sorted(
        (r for r, keep in zip(routes, kept, strict=True) if keep), key=lambda r: tuple(r.values)
    )
    return Front(names, tuple(chosen), best.complete, table, complete, coarse.cell_m)


def _criteria(surface: Surface, with_people: bool) -> tuple[tuple[str, ...], list[np.ndarray]]:
    rasters = [surface.construction_usd_per_m, surface.nature_qha_per_m, surface.people_per_m]
    wanted = list(zip(CRITERIA, rasters, strict=True))[: 3 if with_people else 2]
    used = [(n, r) for n, r in wanted if (r[~surface.blocked] > 0).any()]
    return tuple(n for n, _ in used), [r for _, r in used]


def mixed(surface: Surface, front: Front, route: FrontRoute) -> np.ndarray:
    """The criteria of the front as one price per meter, under the weights of a route."""
    rasters = dict(
        zip(
            CRITERIA,
            (surface.construction_usd_per_m, surface.nature_qha_per_m, surface.people_per_m),
            strict=True,
        )
    )
    return _weighted_sum(route.weights, [rasters[name] for name in front.criteria])


def _weighted_sum(weights: np.ndarray, layers: Sequence[np.ndarray]) -> np.ndarray:
    """Sum of weight × layer in float32, which is what the search works in."""
    total = np.zeros(layers[0].shape, dtype=np.float32)
    for weight, layer in zip(weights, layers, strict=True):
        total += np.float32(weight) * layer
    return total


def spread_out(values: np.ndarray, most: int) -> np.ndarray:
    """Positions of at most `most` of the non-dominated points, ends first, then far from those.

    Parameters
    ----------
    values : (n, d)
        Minimized. Of points that agree to six digits the first is taken.

    Returns
    -------
    int (k,)
        By the first criterion.
    """
    spans = np.maximum(np.ptp(values, axis=0), 1e-6 * np.abs(values).max(axis=0) + 1e-300)
    scaled = (values - values.min(axis=0)) / spans
    left = list(np.flatnonzero(nondominated(scaled, decimals=6)))
    kept = list(
        dict.fromkeys(
            min(left, key=lambda i: tuple(np.roll(scaled[i], -k))) for k in range(values.shape[1])
        )
    )[:most]
    while len(kept) < most:
        apart = [np.abs(scaled[i] - scaled[kept]).max(axis=1).min() for i in left]
        if max(apart) < 1e-6:
            break
        kept.append(left[int(np.argmax(apart))])
    return np.array(sorted(kept, key=lambda i: tuple(values[i])), dtype=np.int64)


def _factor(grid: Grid, cells: int) -> int:
    return max(1, int(np.ceil(np.sqrt(grid.rows * grid.columns / max(cells, 1)))))


def _evenly(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return sorted({int(i) for i in np.linspace(0, count - 1, most)}) if most > 0 else []


def _coarse_table(names: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({n: np.zeros(0) for n in names} | {"supported": [], "proven": []})


class _Coarse:
    """The surface in blocks of `factor` × `factor` cells.

    A block costs the mean of its open cells and is closed if more than half of it is.
    """

    def __init__(self, surface: Surface, start: Cell, end: Cell, *, factor: int) -> None:
        self.factor = factor
        self.shape = surface.grid.shape
        self.cell_m = factor * max(surface.grid.cell_width, surface.grid.cell_height)
        self.size = (factor * surface.grid.cell_width, factor * surface.grid.cell_height)
        self.open = ~surface.blocked
        self.start = (start[0] // factor, start[1] // factor)
        self.end = (end[0] // factor, end[1] // factor)
        share = self._blocks(self.open.astype(np.float64))
        self.blocked = share < 0.5
        self.blocked[self.start] = self.blocked[self.end] = False

    def _blocks(self, values: np.ndarray) -> np.ndarray:
        """Mean over each block; the last blocks may be incomplete."""
        f = self.factor
        rows, columns = (-(-n // f) for n in self.shape)
        padded = np.full((rows * f, columns * f), np.nan)
        padded[: self.shape[0], : self.shape[1]] = values
        blocks = (
            padded.reshape(rows, f, columns, f).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
        )
        known = ~np.isnan(blocks)
        count = known.sum(axis=2)
        sums = np.where(known, blocks, 0.0).sum(axis=2)
        return np.divide(sums, count, out=np.full(sums.shape, np.nan), where=count > 0)

    def front(
        self, names: tuple[str, ...], layers: list[np.ndarray], neighbors: int
    ) -> tuple[pd.DataFrame, bool, list[np.ndarray]]:
        """(points, whether all are there, corridor on the fine grid of each unsupported point)."""
        costs = np.stack([self._blocks(np.where(self.open, layer, np.nan)) for layer in layers])
        if self.start == self.end:
            return _coarse_table(names), True, []
        try:
            found = exact_path_front(
                costs,
                self.start,
                self.end,
                cell_size=self.size,
                neighbors=neighbors,
                blocked=self.blocked,
                max_labels=_MOST_LABELS,
            )
        except NoRouteError:
            return _coarse_table(names), False, []
        table = pd.DataFrame(dict(zip(names, found.values.T, strict=True)))
        table["supported"] = found.supported
        table["proven"] = EXACT
        dents = [p for p, s in zip(found.paths, found.supported, strict=True) if not s]
        return table, found.complete, [self._corridor(path) for path in dents]

    def _corridor(self, path: np.ndarray) -> np.ndarray:
        mask = np.zeros(self.blocked.shape, dtype=bool)
        mask[path[:, 0], path[:, 1]] = True
        mask = binary_dilation(mask, np.ones((3, 3), dtype=bool), iterations=_CORRIDOR_CELLS)
        fine = np.repeat(np.repeat(mask, self.factor, axis=0), self.factor, axis=1)
        return fine[: self.shape[0], : self.shape[1]]
