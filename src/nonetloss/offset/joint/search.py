"""Route and parcels together at least cost, with a proven bound.

Mathematical formulation
    min  c(P) + sum_v k_v x_v
    s.t. P a route from start to end through open cells, x binary,
         sum_{g accepted by e} y_ge >= f l_e(P) - a_e        for each asset e,
         sum_e y_ge <= sum_{v in g} s_v x_v                  for each kind of gain g,
         l_0(P) <= b                                         what nothing makes up for,
         x_v = 0 where P touches v, x_v + x_w <= 1 for parcels on the same land.

    For prices w >= 0 the cheapest route of c + w·l has the value phi(w), and every route keeps
    c + w·l >= phi(w). The relaxation holds the parcels exactly and of the routes only such
    inequalities; its optimum is a bound. Parcels in the way of the route add a term: with the set
    X bought and its land closed, phi_X(w) >= phi(w) and
    c + w·l >= phi_X(w) - (phi_X(w) - phi(w)) sum_{v in X} (1 - x_v).

In words
    Ask for the best parcels if routes could be mixed at will; take from there what a unit of each
    loss costs; look for the route that is cheapest at these prices; buy for that route what it
    needs; and go on until the best plan found costs no more than the bound. What mixing routes
    leaves open is closed by listing the routes within the limits of a set of parcels, in order of
    their bound.

The route of least cost, with the cheapest parcels for it, is the first plan that is looked at.
So the answer costs no more than deciding one after the other. Where several routes cost the same to
build, the sequential plan is the one of them, among those looked at, that is cheapest to offset:
what is saved is then due to the decision and not to a tie.
"""

import math
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from scipy.ndimage import binary_dilation

from nonetloss.core.errors import NoRouteError
from nonetloss.numerics.paths import corridor
from nonetloss.offset.joint.enumeration import Limits, cheapest_within
from nonetloss.offset.joint.pricing import (
    ROUNDING,
    cheapest_way,
    closed_by,
    layers_of,
    least_onward,
    way_of,
)
from nonetloss.offset.joint.problem import Ground, Market, Plan, Together, Way
from nonetloss.offset.joint.program import (
    MISSING,
    Cut,
    Scale,
    credit,
    prices,
    purchase,
    relaxed,
    worth_of_loss,
)

# Assets whose every set has a limit of its own in the list of routes: 2**8 sets.
_MOST_SETS = 8
# Prices beyond those of the mixture, at which single routes are sought.
_DEARER = (1.05, 1.2, 1.5, 2.5)
# What the loss of the cheapest route weighs beside its cost where ties are broken.
_TIED = (1e-4, 1e-2, 1.0)
# Prices are settled when known routes and all routes differ by this share of the total.
_SETTLED = 1e-7


@dataclass(slots=True)
class _State:
    """What is known so far: `best` of all plans, `level` of those as cheap to build as any."""

    ground: Ground
    market: Market
    layers: np.ndarray
    scale: Scale
    gap: float
    most_searches: int
    ways: dict[bytes, Way] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    best: Plan | None = None
    level: Plan | None = None
    price: np.ndarray = field(default_factory=lambda: np.zeros(0))
    searches: int = 0

    @property
    def total(self) -> float:
        """Money for the best plan that is permitted; infinite without one."""
        return math.inf if self.best is None or not self.best.permitted else self.best.total


def cheapest_together(
    ground: Ground,
    market: Market,
    *,
    gap: float = 1e-4,
    most_searches: int = 300,
    most_labels: int = 50_000,
) -> Together:
    """The route and the parcels of least cost together, and how far from proven that is.

    Parameters
    ----------
    ground : Ground
    market : Market
        No parcels: every loss stays a shortfall.
    gap : float
        Relative gap at which the search stops; 0 asks for the optimum.
    most_searches : int
        Searches over the ground after which it stops. The same on every machine.
    most_labels : int
        Labels of each list of routes; about 100 bytes each.

    Returns
    -------
    Together
        Where no plan is permitted, the one of least shortfall that was found.

    Raises
    ------
    NoRouteError
        `paths.no-route`.
    InputError
        `paths.*`: costs that are negative or unknown, ends that are blocked.
    """
    layers = layers_of(ground)
    weights = np.zeros(len(layers))
    weights[0] = 1.0
    first = cheapest_way(ground, market, layers=layers, weights=weights, closed=ground.blocked)
    state = _State(ground, market, layers, _scale(market, first), gap, most_searches, searches=1)
    _consider(state, first)
    state.price = np.zeros(market.accepted.shape[0])
    least = first.cost * (1 - ROUNDING)
    nothing = np.zeros(market.cost.size)
    state.cuts.append(Cut(np.zeros(market.accepted.shape[0]), 0.0, nothing, least))
    _spare_barred(state)
    _spare_at_no_cost(state, first)
    bound, impossible = _improve(state, least, most_labels)
    plan, sequential = state.best, state.level
    assert plan is not None, "the first route is always looked at"
    assert sequential is not None, "it is as cheap to build as any"
    if not _is_better(state, plan, sequential):
        plan = sequential
    if plan.permitted:
        bound = min(bound, plan.total)
    elif impossible:
        bound = math.inf
    distance = plan.total - bound
    relative = distance / plan.total if plan.permitted and plan.total > 0 else math.inf
    return Together(
        plan=plan,
        sequential=sequential,
        bound=bound,
        gap=0.0 if plan.permitted and distance <= 1e-12 * abs(plan.total) else relative,
        price=worth_of_loss(market, plan.way, scale=state.scale),
        impossible=impossible,
        ways=len(state.ways),
        searches=state.searches,
    )


def _scale(market: Market, first: Way) -> Scale:
    money = max(first.cost, float(market.cost.max(initial=0.0)))
    size = max(float(first.loss.max(initial=0.0)), float(market.gain.max(initial=0.0)))
    return Scale(money if money > 0 else 1.0, size if size > 0 else 1.0)


def _is_better(state: _State, plan: Plan, other: Plan) -> bool:
    """Strictly better: first what is permitted, then what leaves less, then what costs less."""

    def key(p: Plan) -> tuple[float, float]:
        limit = state.market.barred_limit
        over = max(p.way.barred - limit * (1 + 1e-9), 0.0) if np.isfinite(limit) else 0.0
        missing = (p.shortfall.sum() + over) * state.scale.money / state.scale.size
        return (float(not p.permitted), float(p.total + MISSING * missing))

    return key(plan) < key(other)


def _consider(state: _State, way: Way) -> None:
    """Buy for a route what it needs; keep the plan if it is the best so far."""
    state.ways[way.cells.tobytes()] = way
    plan = purchase(state.market, way, scale=state.scale, gap=state.gap / 10)
    if state.best is None or _is_better(state, plan, state.best):
        state.best = plan
    # Of routes that cost the same to build, deciding one after the other may take any.
    least = next(iter(state.ways.values())).cost
    if way.cost <= least * (1 + ROUNDING) and (
        state.level is None or _is_better(state, plan, state.level)
    ):
        state.level = plan


def _spare_barred(state: _State) -> None:
    """Look at the route that loses least of the barred: if any keeps the limit, it does."""
    if state.layers[-1].any() and np.isfinite(state.market.barred_limit):
        weights = np.zeros(len(state.layers))
        weights[-1] = 1.0
        _consider(state, _searched(state, weights, state.ground.blocked))


def _spare_at_no_cost(state: _State, first: Way) -> None:
    """Look at routes as cheap to build as the cheapest that take less: ties are common on a grid.

    Only cells on cheapest routes and beside them stay open there; what loss is worth is told by
    the parcel that makes up for it at the lowest price.
    """
    ground, market = state.ground, state.market
    if not (market.cost.size and first.cost > 0):
        return
    through = corridor(
        state.layers[0],
        ground.start,
        ground.end,
        cell_size=ground.cell_size,
        neighbors=ground.neighbors,
        blocked=ground.blocked,
    )
    # Twice the labels' own rounding, from both ends; and the cells that moves cross.
    level = through <= float(np.nanmin(through)) * (1 + 4 * ROUNDING)
    closed = ground.blocked | ~binary_dilation(level, np.ones((3, 3), bool), iterations=2)
    each = np.where(market.accepted[:, market.group], market.cost / market.gain, np.inf)
    cheapest = each.min(axis=1, initial=np.inf)
    price = np.where(np.isfinite(cheapest), cheapest, 0.0)
    worth = float(price @ first.loss)
    for part in _TIED:
        if worth > 0 and state.searches < state.most_searches:
            weights = np.concatenate([[1.0], part * first.cost / worth * price, [0.0]])
            way = _around(state, weights, closed)
            if way is not None and way.cost <= first.cost * (1 + ROUNDING):
                _look_at(state, way)


def _searched(state: _State, weights: np.ndarray, closed: np.ndarray) -> Way:
    state.searches += 1
    return cheapest_way(
        state.ground, state.market, layers=state.layers, weights=weights, closed=closed
    )


def _improve(state: _State, bound: float, most_labels: int) -> tuple[float, bool]:
    """(proven bound, whether it is proven that no plan is permitted)."""
    settled: set[bytes] = set()
    listed: set[bytes] = set()
    while state.searches < state.most_searches:
        outer = relaxed(
            state.market, state.cuts, scale=state.scale, gap=state.gap / 10, missing=math.inf
        )
        if not outer.found or outer.bound >= _beyond(state) / 2:
            return (bound, True) if math.isinf(state.total) else (state.total, False)
        bound = max(bound, outer.bound)
        if bound >= state.total * (1 - state.gap):
            break
        key = outer.chosen.tobytes()
        if key not in settled:
            settled.add(key)
            _settle(state, outer.chosen)
        elif key not in listed and most_labels > 0:
            listed.add(key)
            _list_routes(state, outer.chosen, most_labels)
        else:
            break
    return bound, False


def _beyond(state: _State) -> float:
    """More money than any plan of use costs."""
    worst = state.total if math.isfinite(state.total) else MISSING * state.scale.money
    return 2 * (worst + float(state.market.cost.sum()))


def _settle(state: _State, chosen: np.ndarray) -> None:
    """Find the prices at which routes are best for these parcels, and all cuts on the way."""
    closed = closed_by(state.ground, state.market, chosen)
    if not _known(state, chosen):
        alone = np.zeros(len(state.layers))
        alone[0] = 1.0
        around = _around(state, alone, closed)
        if around is None:
            # No route is left where all of these are bought.
            state.cuts.append(_only_if_all(state, chosen, _beyond(state)))
            return
        _look_at(state, around)
    loss_price, barred_price = state.price, 0.0
    while state.searches < state.most_searches:
        known = _known(state, chosen)
        loss_price, barred_price, value = prices(state.market, known, chosen, scale=state.scale)
        state.price = loss_price
        worth = credit(state.market, chosen, loss_price, barred_price)
        weights = np.concatenate([[1.0], loss_price, [barred_price]])
        way = _searched(state, weights, state.ground.blocked)
        least = held = _sum(weights, way)
        _look_at(state, way)
        if (chosen & way.crossed).any():
            way = _around(state, weights, closed) or way
            held = max(least, _sum(weights, way))
            _look_at(state, way)
        # Each parcel of the set that is not bought opens its land: no more is known then.
        lift = -(held - least) * (1 - ROUNDING) * chosen
        state.cuts.append(
            Cut(loss_price, barred_price, lift, held * (1 - ROUNDING) + float(lift @ chosen))
        )
        old = any(way.cells.tobytes() == w.cells.tobytes() for w in known)
        if old or held - worth >= value - _SETTLED * state.scale.money:
            break
    _take_less(state, closed, loss_price, barred_price)


def _take_less(
    state: _State, closed: np.ndarray, loss_price: np.ndarray, barred_price: float
) -> None:
    """Look at routes that spare more than the prices ask: one that is not mixed must fit whole."""
    for times in _DEARER:
        if state.searches < state.most_searches:
            weights = np.concatenate([[1.0], times * loss_price, [times * barred_price]])
            way = _around(state, weights, closed)
            if way is not None:
                _look_at(state, way)


def _known(state: _State, chosen: np.ndarray) -> list[Way]:
    """Routes found so far that leave the land of these parcels alone."""
    return [w for w in state.ways.values() if not (chosen & w.crossed).any()]


def _sum(weights: np.ndarray, way: Way) -> float:
    return float(weights @ [way.cost, *way.loss, way.barred])


def _only_if_all(state: _State, chosen: np.ndarray, least: float) -> Cut:
    """Routes cost at least this where all of these parcels are bought, whatever else is."""
    known = state.cuts[0].least
    lift = -(least - known) * chosen
    return Cut(np.zeros_like(state.price), 0.0, lift, least + float(lift @ chosen))


def _only_if_these(state: _State, chosen: np.ndarray, least: float) -> Cut:
    """Routes cost at least this where these parcels are bought and no others."""
    known = state.cuts[0].least
    lift = (least - known) * np.where(chosen, -1.0, 1.0)
    return Cut(np.zeros_like(state.price), 0.0, lift, least + float(lift @ chosen))


def _around(state: _State, weights: np.ndarray, closed: np.ndarray) -> Way | None:
    """The cheapest route that leaves the land of the parcels alone; None if there is none."""
    if closed[state.ground.start] or closed[state.ground.end]:
        return None
    try:
        return _searched(state, weights, closed)
    except NoRouteError:
        return None


def _list_routes(state: _State, chosen: np.ndarray, most_labels: int) -> None:
    """The cheapest route within what these parcels cover, and what that proves."""
    closed = closed_by(state.ground, state.market, chosen)
    known = _known(state, chosen)
    if closed[state.ground.start] or closed[state.ground.end] or not known:
        return
    loss_price, barred_price, _ = prices(state.market, known, chosen, scale=state.scale)
    worth = credit(state.market, chosen, loss_price, barred_price)
    most = state.total if math.isfinite(state.total) else _beyond(state)
    most -= float(state.market.cost @ chosen)
    weights = np.concatenate([[1.0], loss_price, [barred_price]])
    found = cheapest_within(
        state.layers,
        closed,
        start=state.ground.start,
        end=state.ground.end,
        cell_size=state.ground.cell_size,
        neighbors=state.ground.neighbors,
        limits=_limits(state, chosen, closed, weights, most + worth, most),
        most_labels=most_labels,
    )
    least = most
    if found.cells is not None:
        way = way_of(found.cells, ground=state.ground, market=state.market, layers=state.layers)
        _look_at(state, way)
        least = way.cost
    if not found.complete:
        least = min(least, found.reached - worth)
    if least > state.cuts[0].least:
        state.cuts.append(_only_if_these(state, chosen, least))


def _limits(
    state: _State,
    chosen: np.ndarray,
    closed: np.ndarray,
    priced: np.ndarray,
    most_priced: float,
    most_cost: float,
) -> Limits:
    """What a route must keep to be paired with these parcels and beat the best plan.

    The priced sum and the cost first; then, for each set of assets, no more loss than what is
    credited to any of them covers (by Hall's theorem all of them together are enough); then the
    barred.
    """
    market = state.market
    assets = market.accepted.shape[0]
    supply = market.supply(chosen)
    rows, most, deep = [priced, np.eye(len(priced))[0]], [most_priced, most_cost], [True, True]
    largest = assets if assets <= _MOST_SETS else 1
    for size in range(1, largest + 1):
        for members in combinations(range(assets), size):
            row = np.zeros(len(priced))
            row[1 + np.array(members)] = market.factors[list(members)]
            covered = supply[market.accepted[list(members)].any(axis=0)].sum()
            limit = float(covered + market.allowance[list(members)].sum())
            rows.append(row)
            most.append(limit + 1e-9 * state.scale.size)
            deep.append(size == 1)
    if np.isfinite(market.barred_limit):
        rows.append(np.eye(len(priced))[-1])
        most.append(market.barred_limit * (1 + 1e-9))
        deep.append(True)
    onward = [
        least_onward(state.ground, layers=state.layers, weights=row, closed=closed)
        if far
        else np.zeros(closed.shape)
        for row, far in zip(rows, deep, strict=True)
    ]
    state.searches += sum(deep)
    return Limits(np.array(rows), np.array(onward), np.array(most))


def _look_at(state: _State, way: Way) -> None:
    """Consider a route unless it is known or dearer alone than the best plan."""
    key = way.cells.tobytes()
    if key not in state.ways:
        if way.cost < state.total:
            _consider(state, way)
        else:
            state.ways[key] = way
