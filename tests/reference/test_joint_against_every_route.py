"""The oracle of the joint search: every simple route with every set of parcels, on tiny grids."""

import itertools
import math

import numpy as np
import pytest

from nonetloss.core.errors import NoRouteError
from nonetloss.offset.joint.problem import Ground, Market
from nonetloss.offset.joint.search import cheapest_together

Cell = tuple[int, int]


def moves(closed: np.ndarray, cell: Cell) -> list[Cell]:
    """Eight neighbors; a diagonal only between two open cells."""
    rows, columns = closed.shape
    found = []
    for dr, dc in itertools.product((-1, 0, 1), repeat=2):
        row, column = cell[0] + dr, cell[1] + dc
        if (dr, dc) == (0, 0) or not (0 <= row < rows and 0 <= column < columns):
            continue
        beside = closed[row, cell[1]] or closed[cell[0], column]
        if not closed[row, column] and not (dr and dc and beside):
            found.append((row, column))
    return found


def routes(closed: np.ndarray, start: Cell, end: Cell) -> list[list[Cell]]:
    """All simple routes."""
    found: list[list[Cell]] = []

    def walk(path: list[Cell]) -> None:
        if path[-1] == end:
            found.append(path)
            return
        for cell in moves(closed, path[-1]):
            if cell not in path:
                walk([*path, cell])

    walk([start])
    return found


def amount(layer: np.ndarray, route: list[Cell]) -> float:
    """Length times the mean of both ends, move by move; cells of one meter."""
    return sum(
        math.dist(a, b) * (float(layer[a]) + float(layer[b])) / 2
        for a, b in itertools.pairwise(route)
    )


def covers(market: Market, chosen: np.ndarray, loss: np.ndarray) -> bool:
    """Hall: every set of losses is covered by what any of them accepts."""
    need = np.maximum(market.factor * loss - market.allowance, 0)
    supply = np.zeros(market.accepted.shape[1])
    for parcel in np.flatnonzero(chosen):
        supply[market.group[parcel]] += market.gain[parcel]
    sets = itertools.chain.from_iterable(
        itertools.combinations(range(need.size), size) for size in range(1, need.size + 1)
    )
    return all(
        need[list(some)].sum() <= supply[market.accepted[list(some)].any(axis=0)].sum() + 1e-9
        for some in sets
    )


def cheapest_of_all(ground: Ground, market: Market) -> float:
    """Least cost of route and parcels; infinite if nothing is permitted."""
    best = math.inf
    for bits in itertools.product((False, True), repeat=market.cost.size):
        chosen = np.array(bits, dtype=bool)
        if any(chosen[a] and chosen[b] for a, b in market.overlaps):
            continue
        closed = ground.blocked.copy()
        for parcel in np.flatnonzero(chosen):
            closed.flat[market.land[parcel]] = True
        if closed[ground.start] or closed[ground.end]:
            continue
        for route in routes(closed, ground.start, ground.end):
            cost = amount(ground.cost, route) + float(market.cost @ chosen)
            spared = amount(ground.barred, route) <= market.barred_limit * (1 + 1e-9)
            if cost < best and spared:
                loss = np.array([amount(layer, route) for layer in ground.loss])
                if covers(market, chosen, loss):
                    best = cost
    return best


def random_case(seed: int, *, shape: Cell = (3, 4), parcels: int = 4) -> tuple[Ground, Market]:
    """A tiny grid with holes, one to three assets, parcels on land that routes may cross."""
    rng = np.random.default_rng(seed)
    assets, groups = (int(n) for n in rng.integers(1, 4, size=2))
    rows, columns = shape
    blocked = rng.random(shape) < 0.1
    start, end = (int(rng.integers(rows)), 0), (int(rng.integers(rows)), columns - 1)
    blocked[start] = blocked[end] = False
    accepted = rng.random((assets, groups)) < 0.5
    accepted[np.arange(assets), rng.integers(groups, size=assets)] = True
    cells = rows * columns
    land = tuple(
        np.sort(rng.choice(cells, int(rng.integers(0, 3)), replace=False)) for _ in range(parcels)
    )
    limited = rng.random() < 0.4
    return (
        Ground(
            cost=rng.uniform(1, 2, shape),
            loss=rng.uniform(0, 2, (assets, *shape)) * (rng.random((assets, *shape)) < 0.6),
            barred=rng.uniform(0, 1, shape) if limited else np.zeros(shape),
            blocked=blocked,
            start=start,
            end=end,
            cell_size=(1.0, 1.0),
        ),
        Market(
            cost=rng.uniform(0.2, 8, parcels),
            gain=rng.uniform(1, 14, parcels),
            group=rng.integers(groups, size=parcels),
            accepted=accepted,
            land=land,
            allowance=np.full(assets, 0.01),
            overlaps=((0, 1),) if rng.random() < 0.3 else (),
            factor=float(rng.choice([1.0, 1.5])),
            barred_limit=float(rng.uniform(0.5, 3)) if limited else math.inf,
        ),
    )


@pytest.mark.parametrize("seed", range(40))
def test_the_optimum_against_every_route_with_every_set_of_parcels(seed):
    ground, market = random_case(seed)
    best = cheapest_of_all(ground, market)
    try:
        found = cheapest_together(ground, market, gap=0.0)
    except NoRouteError:
        assert math.isinf(best)
        return
    if math.isinf(best):
        assert found.impossible
        assert not found.plan.permitted
        return
    assert found.plan.permitted
    assert found.plan.total == pytest.approx(best, rel=1e-6)
    assert found.bound <= best * (1 + 1e-6)
    assert found.gap <= 2e-6
