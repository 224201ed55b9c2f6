"""The nouns of a joint search for a route and the parcels that make up for it: arrays only."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Cell = tuple[int, int]
Allowed = Callable[[np.ndarray], np.ndarray]


def everywhere(_cells: np.ndarray) -> np.ndarray:
    """Any parcel may serve any route."""
    return np.array(True)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Where the route can run, and what a meter of it costs and takes.

    `cost` (rows, columns), money per meter; `loss` (assets, rows, columns), amount of each asset
    lost per meter; `barred` (rows, columns), amount lost per meter that nothing can make up for.
    All non-negative and finite where not `blocked` (rows, columns). `cell_size` is (height, width)
    in meters, `neighbors` 8 or 16.
    """

    cost: np.ndarray
    loss: np.ndarray
    barred: np.ndarray
    blocked: np.ndarray
    start: Cell
    end: Cell
    cell_size: tuple[float, float]
    neighbors: int = 8


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """The parcels on offer.

    `cost`, `gain`, `group` (parcels,): money, amount credited, index of the gain's group.
    `accepted` (assets, groups): may a gain of the group stand for a loss of the asset. `land`: for
    each parcel the flat indices of the cells it touches; a route that runs there excludes it.
    `allowance` (assets,): amount that may stay without offset. `overlaps`: pairs of which at most
    one is bought. `factor`: units of gain needed per unit of loss, one number or (assets,).
    `barred_limit`: the most that may be lost of what nothing can make up for. `allowed` says, for
    the cells of a route, which parcels may serve it (bool (parcels,)), beyond those it crosses.
    """

    cost: np.ndarray
    gain: np.ndarray
    group: np.ndarray
    accepted: np.ndarray
    land: tuple[np.ndarray, ...]
    allowance: np.ndarray
    overlaps: tuple[tuple[int, int], ...] = ()
    factor: float | np.ndarray = 1.0
    barred_limit: float = np.inf
    allowed: Allowed = field(default=everywhere)

    @property
    def sizes(self) -> tuple[int, int, int]:
        """(parcels, assets, groups)."""
        return (self.cost.size, *self.accepted.shape)

    @property
    def factors(self) -> np.ndarray:
        """(assets,) units of gain needed per unit of loss."""
        return np.broadcast_to(np.asarray(self.factor, dtype=np.float64), self.allowance.shape)

    def supply(self, chosen: np.ndarray) -> np.ndarray:
        """(groups,) what the chosen parcels credit."""
        groups = self.accepted.shape[1]
        return np.bincount(self.group[chosen], weights=self.gain[chosen], minlength=groups)


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One route over cells (k, 2): money to build it, amount lost of each asset and of the barred.

    `crossed` and `serving`, bool (parcels,): parcels whose land it runs on, and those that may
    serve it: neither crossed nor left out by the market.
    """

    cells: np.ndarray
    cost: float
    loss: np.ndarray
    barred: float
    crossed: np.ndarray
    serving: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A route, the parcels bought for it, and what stays without offset, amount by asset.

    `permitted`: nothing stays without, and the barred limit is kept.
    """

    way: Way
    chosen: np.ndarray
    offset_cost: float
    shortfall: np.ndarray
    permitted: bool

    @property
    def total(self) -> float:
        """Money for the route and the parcels."""
        return self.way.cost + self.offset_cost


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """What was found and what is proven.

    `plan` is the best route and parcels; `sequential` the cheapest route and then the cheapest
    parcels for it (of equally cheap routes, the one looked at that is cheapest to offset).
    `bound`: no permitted plan costs less (infinite where there is none); `gap` = (total - bound) /
    total, infinite if the plan is not permitted. `price` (assets,): what one more unit of loss of
    each asset would cost in parcels bought in parts, on the route of the plan, money per unit; NaN
    where no parcel is left that could make up for it. `impossible`: proven that no plan is
    permitted. `ways` counts the different routes that were looked at, `searches` the searches for
    them.
    """

    plan: Plan
    sequential: Plan
    bound: float
    gap: float
    price: np.ndarray
    impossible: bool
    ways: int
    searches: int
