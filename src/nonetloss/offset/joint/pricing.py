"""The cheapest route at given prices of what it takes."""

import numpy as np

from nonetloss.numerics.paths import cost_distance, least_cost_path, path_cost
from nonetloss.offset.joint.problem import Ground, Market, Way

# Searches run on float32 labels: their least cost is proven up to this share (conventions 10).
ROUNDING = 1e-6
# Labels of a whole field add up the rounding of every move (`numerics.paths.cost_distance`).
FIELD_ROUNDING = 1e-5


def layers_of(ground: Ground) -> np.ndarray:
    """(2 + assets, rows, columns): cost, loss of each asset, barred; zero where blocked."""
    stack = np.concatenate([ground.cost[None], ground.loss, ground.barred[None]])
    stack = stack.astype(np.float64)
    stack[:, ground.blocked] = 0.0
    return stack


def closed_by(ground: Ground, market: Market, chosen: np.ndarray) -> np.ndarray:
    """Cells where the route cannot run once these parcels are bought; bool (rows, columns)."""
    closed = ground.blocked.copy()
    for parcel in np.flatnonzero(chosen):
        closed.flat[market.land[parcel]] = True
    return closed


def priced_layer(layers: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Σ weight × layer, float64 (rows, columns); `weights` (layers,)."""
    total = np.zeros(layers.shape[1:])
    for weight, layer in zip(weights, layers, strict=True):
        if weight:
            total += weight * layer
    return total


def cheapest_way(
    ground: Ground,
    market: Market,
    *,
    layers: np.ndarray,
    weights: np.ndarray,
    closed: np.ndarray,
) -> Way:
    """The route of least Σ weight × layer through cells that are not closed.

    Raises
    ------
    NoRouteError
        `paths.no-route`.
    InputError
        `paths.start-excluded`, `paths.end-excluded`.
    """
    found = least_cost_path(
        priced_layer(layers, weights),
        ground.start,
        ground.end,
        cell_size=ground.cell_size,
        neighbors=ground.neighbors,
        blocked=closed,
    )
    return way_of(found.cells, ground=ground, market=market, layers=layers)


def way_of(cells: np.ndarray, *, ground: Ground, market: Market, layers: np.ndarray) -> Way:
    """A route with its sums in float64 and the parcels that may serve it."""
    sums = [path_cost(layer, cells, cell_size=ground.cell_size) for layer in layers]
    crossed = crossings(cells, ground=ground, market=market)
    serving = ~crossed & np.asarray(market.allowed(cells), dtype=bool)
    return Way(cells, sums[0], np.array(sums[1:-1]), sums[-1], crossed, serving)


def crossings(cells: np.ndarray, *, ground: Ground, market: Market) -> np.ndarray:
    """Bool (parcels,): which parcels' land the route would be refused by, were it closed."""
    rows, columns = ground.blocked.shape
    used = np.zeros(rows * columns, dtype=bool)
    used[touched(cells) @ np.array([columns, 1])] = True
    return np.array([bool(used[land].any()) for land in market.land], dtype=bool)


def touched(cells: np.ndarray) -> np.ndarray:
    """Cells that the moves of a route need open: its own, and those beside or under its moves."""
    route = cells.astype(np.int64)
    before, after = route[:-1], route[1:]
    step = after - before
    knight = np.abs(step).max(axis=1, initial=0) == 2
    slanted = ~knight & (np.abs(step).min(axis=1, initial=2) == 1)
    half = np.trunc(step[knight] / 2).astype(np.int64)
    return np.concatenate(
        [
            route,
            before[knight] + half,
            after[knight] - half,
            before[slanted] + step[slanted] * (1, 0),
            before[slanted] + step[slanted] * (0, 1),
        ]
    )


def least_onward(
    ground: Ground, *, layers: np.ndarray, weights: np.ndarray, closed: np.ndarray
) -> np.ndarray:
    """Least Σ weight × layer from each cell to the end, rounded down; infinite where there is none.

    float64 (rows, columns).
    """
    field = cost_distance(
        priced_layer(layers, weights),
        ground.end,
        cell_size=ground.cell_size,
        neighbors=ground.neighbors,
        blocked=closed,
    ).astype(np.float64)
    return np.where(np.isnan(field), np.inf, field * (1 - FIELD_ROUNDING))
