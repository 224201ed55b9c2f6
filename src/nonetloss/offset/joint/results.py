"""The nouns that a joint plan returns."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from shapely.geometry import LineString

from nonetloss.core.findings import Finding
from nonetloss.core.language import Text
from nonetloss.landscape.project import Alternative, Origin
from nonetloss.numerics.grid import Grid

Answer = Literal["offset", "not-offsettable", "infeasible"]
JOINT, SEQUENTIAL = "joint", "sequential"


class HasCosts(Protocol):
    """A surface on which a route can be built: cost per meter, and where it must not pass."""

    @property
    def grid(self) -> Grid:
        """Where the cells lie."""

    @property
    def construction_usd_per_m(self) -> np.ndarray:
        """(rows, columns)."""

    @property
    def blocked(self) -> np.ndarray:
        """Bool (rows, columns)."""

    @property
    def right_of_way_m(self) -> float:
        """Width of the strip that is cleared."""


@dataclass(frozen=True, slots=True)
class PlannedRoute:
    """One route with the parcels bought for it, over cells as it was priced.

    `name` is `joint` or `sequential`; `line` runs from the exact start over the centers of the
    cells to the exact end. `permitted`: everything is offset, and of what cannot be offset no more
    is lost than the limit.
    """

    name: str
    title: Text
    line: LineString
    length_km: float
    build_usd: float
    offset_usd: float
    total_usd: float
    loss_qha: float
    permitted: bool


@dataclass(frozen=True, slots=True)
class JointPlan:
    """Result of `plan.joint_route`.

    - `routes`: the joint plan; after it the sequential one (the cheapest route to build, then the
      cheapest parcels for it) unless both run the same way.
    - `comparison`: plan (sequential | joint), build_usd, offset_usd, total_usd, length_km,
      loss_qha, barred_qha, shortfall_qha, parcels, permitted; always both rows.
    - `losses`: plan, ecosystem, title, offsettable, loss_qha, needed_qha, shortfall_qha.
    - `table`: one row per parcel: parcel, title, ecosystem, cost_usd, gain_qha, joint, sequential
      (bought by that plan), crossed_joint, crossed_sequential, reason (code of why it stays out).
    - `rates`: ecosystem, title, offsettable, mean_qha_per_km and most_qha_per_km over the cells
      where a route may run, price_usd_per_qha (what one more lost quality-hectare would cost
      in parcels, were they bought in parts; NaN where it cannot be offset, or where no candidate
      is left that could).

    `bound_usd` is proven: no route and parcels together cost less (infinite where none will do).
    `gap` is the relative distance of the joint plan to it; infinite where no plan is permitted.
    `saving_usd` is what deciding together saves against one after the other; NaN where one of the
    two is not permitted.
    `answer` is `infeasible` where the candidates do not cover the loss of any route found,
    `not-offsettable` where every route loses something that nothing can make up for.
    """

    answer: Answer
    routes: tuple[PlannedRoute, ...]
    chosen: tuple[str, ...]
    comparison: pd.DataFrame
    losses: pd.DataFrame
    table: pd.DataFrame
    rates: pd.DataFrame
    total_usd: float
    saving_usd: float
    bound_usd: float
    gap: float
    searches: int
    right_of_way_m: float
    findings: tuple[Finding, ...]

    def alternatives(self) -> tuple[Alternative, ...]:
        """The routes as alternatives, for screening, footprint and all that follows."""
        return tuple(
            Alternative(r.name, r.title, r.line, self.right_of_way_m, Origin.LEAST_COST)
            for r in self.routes
        )

    def joint(self) -> tuple[Alternative, ...]:
        """Only the route of the joint plan."""
        return self.alternatives()[:1]
