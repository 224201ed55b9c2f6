"""The nouns that a search for routes returns."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from shapely.geometry import LineString

from nonetloss.avoid.certificate import Certificate
from nonetloss.core.findings import Finding
from nonetloss.core.language import Text
from nonetloss.landscape.project import Alternative, Origin
from nonetloss.landscape.raster import Raster

# How sure it is that no other route beats this one.
EXACT = "exact"
SUPPORTED = "supported"
APPROXIMATE = "approximate"


@dataclass(frozen=True, slots=True)
class RouteResult:
    """One route.

    `line` begins and ends at the exact points of the project. `cells` (k, 2) is the route over
    the grid that was proven; the line is drawn from it and priced anew, so its numbers may differ
    by the drawing tolerance. `cost_usd` construction, `nature_qha` quality-hectares, `people`
    weighted meters close to people, `total_usd` construction plus the price of the offset.

    `proven`: "exact" – the least cost on the grid; "supported" – no other route over the grid is
    better in one criterion without being worse in another (best under its weights); "approximate"
    – found near a proven route of a coarser grid, good but not proven. All up to the rounding of
    the search (relatively 1e-6). `shared` is the share of its length inside the corridors of the
    routes named before it. `certificates` has one entry for each exclusion.
    """

    name: str
    title: Text
    line: LineString
    cells: np.ndarray
    length_km: float
    cost_usd: float
    nature_qha: float
    people: float
    total_usd: float
    origin: Origin
    proven: str
    shared: float
    certificates: tuple[Certificate, ...]

    @property
    def is_clear(self) -> bool:
        """Whether the line keeps out of every exclusion."""
        return all(c.holds for c in self.certificates)


@dataclass(frozen=True, slots=True)
class Routes:
    """Result of `route.find_routes`.

    - `front`: routes that trade construction cost against nature (and people), by rising cost.
    - `dissimilar`: other ways than the least-cost route, as they were found.
    - `lifted`: the least-cost route if one exclusion did not exist, where that is cheaper; only to
      price it. Hidden layers have none.
    - `corridor`: relative excess over the least cost of the cheapest route through each cell;
      NaN beyond the limit asked for, where excluded or not connected.
    - `prices`: what each exclusion costs (price of avoidance), see `comparison.price_table`.
    - `comparison`: all routes and the user's alternatives on the same surface, see
      `comparison.Comparison`.
    - `certificates`: see `certificate.Certificate`, for all of them.
    - `coarse_front`: the whole front on a coarse grid, points in dents included, see
      `front.Front`.
    """

    least_cost: RouteResult
    front: tuple[RouteResult, ...]
    dissimilar: tuple[RouteResult, ...]
    lifted: tuple[RouteResult, ...]
    corridor: Raster
    prices: pd.DataFrame
    comparison: pd.DataFrame
    certificates: pd.DataFrame
    coarse_front: pd.DataFrame
    right_of_way_m: float
    findings: tuple[Finding, ...]

    def results(self) -> tuple[RouteResult, ...]:
        """Least-cost, front and dissimilar routes; of those with the same line, the first."""
        seen: set[bytes] = set()
        kept = []
        for route in (self.least_cost, *self.front, *self.dissimilar):
            key = route.line.wkb
            if key not in seen:
                seen.add(key)
                kept.append(route)
        return tuple(kept)

    def alternatives(self) -> tuple[Alternative, ...]:
        """`results` as alternatives, for screening, footprint and all that follows."""
        return tuple(
            Alternative(r.name, r.title, r.line, self.right_of_way_m, r.origin)
            for r in self.results()
        )
