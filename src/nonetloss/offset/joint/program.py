"""The programs of the joint search: parcels exactly, the route through what is known of it."""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from nonetloss.numerics.milp import Model, Rows, compile_model, solve
from nonetloss.offset.joint.problem import Market, Plan, Way

# Price of a missing unit of offset, in the money and the size of the problem: far beyond any
# parcel, so that a plan goes without only where it must.
MISSING = 1e3


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Proven of every route: cost + loss_price·loss + barred_price·barred + lift·bought >= least.

    `lift` (parcels,) weighs the parcels bought: where they stand in the way, routes cost more.
    """

    loss_price: np.ndarray
    barred_price: float
    lift: np.ndarray
    least: float


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Money and amount that count as one in the programs."""

    money: float
    size: float


@dataclass(frozen=True, slots=True, eq=False)
class Outer:
    """A relaxation solved: a bound on the total, and the parcels it would buy."""

    bound: float
    chosen: np.ndarray
    shortfall: float
    found: bool


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Where each kind of variable stands: parcels, allocations, loss, shortfall, barred, build."""

    parcels: int
    pairs: int
    assets: int
    total: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", self.parcels + self.pairs + 2 * self.assets + 2)

    @property
    def loss(self) -> slice:
        """Loss of each asset."""
        first = self.parcels + self.pairs
        return slice(first, first + self.assets)

    @property
    def short(self) -> slice:
        """Shortfall of each asset."""
        first = self.parcels + self.pairs + self.assets
        return slice(first, first + self.assets)


def _columns(market: Market) -> Columns:
    return Columns(market.cost.size, int(market.accepted.sum()), market.accepted.shape[0])


def compile_relaxation(
    market: Market, cuts: list[Cut], *, scale: Scale, missing: float = MISSING
) -> Model:
    """Parcels whole, the route only as good as the cuts say: no plan costs less than this one.

    `missing` infinite allows no shortfall.
    """
    at = _columns(market)
    objective, rows = _objective(market, at, scale, missing), _market_rows(market, at, scale)
    rows.append(_cut_rows(cuts, at, scale))
    lower, upper = np.zeros(at.total), np.full(at.total, np.inf)
    upper[: at.parcels] = 1.0
    upper[-2] = market.barred_limit / scale.size
    if not np.isfinite(missing):
        upper[at.short] = 0.0
    integer = np.arange(at.total) < at.parcels
    return compile_model(
        objective, rows=rows, column_lower=lower, column_upper=upper, integer=integer
    )


def compile_purchase(market: Market, way: Way, *, scale: Scale, slack: float = 0.0) -> Model:
    """The cheapest parcels for one route. `slack`: relative part by which needs are raised."""
    at = _columns(market)
    lower, upper = np.zeros(at.total), np.full(at.total, np.inf)
    upper[: at.parcels] = way.serving
    lower[at.loss] = upper[at.loss] = way.loss * (1 + slack) / scale.size
    lower[-1] = upper[-1] = way.cost / scale.money
    return compile_model(
        _objective(market, at, scale, MISSING),
        rows=_market_rows(market, at, scale),
        column_lower=lower,
        column_upper=upper,
        integer=np.arange(at.total) < at.parcels,
    )


def relaxed(
    market: Market, cuts: list[Cut], *, scale: Scale, gap: float, missing: float = MISSING
) -> Outer:
    """Solve the relaxation."""
    model = compile_relaxation(market, cuts, scale=scale, missing=missing)
    answer = solve(model, gap=gap)
    at = _columns(market)
    short = float(answer.values[at.short].sum()) * scale.size if answer.found else 0.0
    chosen = answer.values[: at.parcels] > 0.5
    return Outer(answer.bound * scale.money, chosen, short, answer.found)


def purchase(market: Market, way: Way, *, scale: Scale, gap: float) -> Plan:
    """The cheapest parcels that make up for one route, or the least shortfall at any price.

    The needs that come out are checked without the tolerance of the solver; where it made use of
    it, the needs are raised by as much and parcels are sought again.
    """
    for slack in (0.0, 4e-6):
        answer = solve(compile_purchase(market, way, scale=scale, slack=slack), gap=gap)
        chosen = answer.values[: market.cost.size] > 0.5
        told = answer.values[_columns(market).short].sum() * scale.size
        short = shortfall(market, chosen, way.loss, scale=scale)
        if short.sum() <= told + 1e-9 * scale.size:
            break
    kept = way.barred <= market.barred_limit * (1 + 1e-9)
    permitted = kept and not short.any()
    return Plan(way, chosen, float(market.cost @ chosen), short, permitted)


def shortfall(market: Market, chosen: np.ndarray, loss: np.ndarray, *, scale: Scale) -> np.ndarray:
    """(assets,) what the chosen parcels leave without offset, least in sum.

    Below 1e-9 of the size of the problem it is rounding.
    """
    asset, group = np.nonzero(market.accepted)
    assets, groups = market.accepted.shape
    need = np.maximum(market.factors * loss - market.allowance, 0.0)
    supply = market.supply(chosen)
    unit = max(float(need.max(initial=0.0)), float(supply.max(initial=0.0)), 1e-300)
    each, count = np.arange(asset.size), asset.size
    give = sparse.csr_array((np.ones(count), (group, each)), shape=(groups, count))
    meet = sparse.csr_array((np.ones(count), (asset, each)), shape=(assets, count))
    if not count:
        return need
    model = compile_model(
        np.ones(count),
        rows=[Rows(give, upper=supply / unit), Rows(meet, upper=need / unit)],
        maximize=True,
    )
    met = meet @ solve(model, gap=0.0).values * unit
    short = np.maximum(need - met, 0.0)
    # The solver keeps its rows to 1e-7 of the unit.
    return np.where(short <= 1e-7 * unit, 0.0, short)


def prices(
    market: Market, ways: list[Way], chosen: np.ndarray, *, scale: Scale
) -> tuple[np.ndarray, float, float]:
    """What loss is worth if these parcels are bought and the routes known so far may be mixed.

    Returns
    -------
    loss_price : (assets,)
        Money per unit of loss.
    barred_price : float
    value : float
        Money for the route in the best mixture, with the price of shortfall: no lower than what
        the cheapest mixture of all routes costs.
    """
    asset, group = np.nonzero(market.accepted)
    _, assets, groups = market.sizes
    supply = market.supply(chosen) / scale.size
    allowance = market.allowance / scale.size
    # Columns: value of the best route, loss price by asset, barred price, gain price by group.
    columns = 2 + assets + groups
    limit = market.barred_limit / scale.size
    finite = np.isfinite(limit)
    objective = np.zeros(columns)
    objective[0] = 1.0
    objective[1 : 1 + assets] = -allowance / market.factors
    objective[1 + assets] = -limit if finite else 0.0
    objective[2 + assets :] = -supply
    bundle = np.zeros((len(ways), columns))
    bundle[:, 0] = 1.0
    for row, way in zip(bundle, ways, strict=True):
        row[1 : 1 + assets] = -way.loss / scale.size
        row[1 + assets] = -way.barred / scale.size
    dear = np.zeros((asset.size, columns))
    each = np.arange(asset.size)
    dear[each, 1 + asset] = 1.0 / market.factors[asset]
    dear[each, 2 + assets + group] = -1.0
    lower, upper = np.zeros(columns), np.full(columns, np.inf)
    lower[0] = -np.inf
    upper[1 : 1 + assets] = MISSING * market.factors
    upper[1 + assets] = MISSING if finite else 0.0
    model = compile_model(
        objective,
        rows=[
            Rows(bundle, upper=np.array([w.cost for w in ways]) / scale.money),
            Rows(dear, upper=0.0),
        ],
        column_lower=lower,
        column_upper=upper,
        maximize=True,
    )
    answer = solve(model, gap=0.0)
    unit = scale.money / scale.size
    loss_price = answer.values[1 : 1 + assets] * unit
    return loss_price, float(answer.values[1 + assets]) * unit, answer.objective * scale.money


def worth_of_loss(market: Market, way: Way, *, scale: Scale) -> np.ndarray:
    """(assets,) what one more unit of loss costs on this route, were parcels bought in parts.

    The slope of the cheapest purchase, parcels not whole, over the next ten thousandth of the
    size of the problem. NaN where no parcel is left that could make up for more.
    """
    at, step = _columns(market), 1e-4
    # Where the allowance is not used up, the next unit is the one behind it.
    loss = np.maximum(way.loss, market.allowance / market.factors)
    whole = compile_purchase(market, replace(way, loss=loss), scale=scale)
    parts = replace(whole, integer=np.zeros_like(whole.integer))
    now = solve(parts, gap=0.0)
    worth = np.full(loss.size, np.nan)
    for asset in range(loss.size):
        column = at.loss.start + asset
        lower, upper = parts.column_lower.copy(), parts.column_upper.copy()
        lower[column] = upper[column] = lower[column] + step
        then = solve(replace(parts, column_lower=lower, column_upper=upper), gap=0.0)
        if then.values[at.short].sum() - now.values[at.short].sum() <= 1e-3 * step:
            bought = market.cost @ (then.values - now.values)[: at.parcels]
            worth[asset] = float(bought) / (step * scale.size)
    return worth


def credit(
    market: Market, chosen: np.ndarray, loss_price: np.ndarray, barred_price: float
) -> float:
    """The most that loss within what the chosen parcels cover can be worth at these prices."""
    each = np.where(market.accepted, (loss_price / market.factors)[:, None], 0.0)
    best = each.max(axis=0, initial=0.0)
    spared = market.allowance @ (loss_price / market.factors)
    barred = barred_price * market.barred_limit if barred_price else 0.0
    return float(market.supply(chosen) @ best + spared + barred)


def _objective(market: Market, at: Columns, scale: Scale, missing: float) -> np.ndarray:
    objective = np.zeros(at.total)
    objective[: at.parcels] = market.cost / scale.money
    objective[at.short] = missing if np.isfinite(missing) else 0.0
    objective[-1] = 1.0
    return objective


def _market_rows(market: Market, at: Columns, scale: Scale) -> list[Rows]:
    asset, group = np.nonzero(market.accepted)
    groups = market.accepted.shape[1]
    given = at.parcels + np.arange(at.pairs)
    loss = np.arange(at.assets) + at.loss.start
    short = np.arange(at.assets) + at.short.start
    one = np.ones(at.pairs)
    supply = sparse.csr_array(
        (
            np.concatenate([-market.gain / scale.size, one]),
            (
                np.concatenate([market.group, group]),
                np.concatenate([np.arange(at.parcels), given]),
            ),
        ),
        shape=(groups, at.total),
    )
    each = np.arange(at.assets)
    need = sparse.csr_array(
        (
            np.concatenate([one, np.ones(at.assets), -market.factors]),
            (np.concatenate([asset, each, each]), np.concatenate([given, short, loss])),
        ),
        shape=(at.assets, at.total),
    )
    rows = [Rows(supply, upper=0.0), Rows(need, lower=-market.allowance / scale.size)]
    if market.overlaps:
        both = np.zeros((len(market.overlaps), at.total))
        for row, (a, b) in zip(both, market.overlaps, strict=True):
            row[[a, b]] = 1.0
        rows.append(Rows(both, upper=1.0))
    return rows


def _cut_rows(cuts: list[Cut], at: Columns, scale: Scale) -> Rows:
    matrix = np.zeros((len(cuts), at.total))
    least = np.zeros(len(cuts))
    for i, cut in enumerate(cuts):
        row = matrix[i]
        row[: at.parcels] = cut.lift / scale.money
        row[at.loss] = cut.loss_price * scale.size / scale.money
        row[-2] = cut.barred_price * scale.size / scale.money
        row[-1] = 1.0
        least[i] = cut.least / scale.money
        # A price far above the others would make a row of numbers too far apart.
        largest = max(1.0, float(np.abs(row).max()))
        matrix[i] = row / largest
        least[i] /= largest
    return Rows(matrix, lower=least)
