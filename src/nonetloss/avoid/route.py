"""The least-cost route, the trade-offs, the other ways, and what avoiding costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from nonetloss.avoid.avoidance import ALL, Cell, cell_at, least_cost, lifted_paths
from nonetloss.avoid.certificate import certify
from nonetloss.avoid.comparison import cheapest_line, compare, price_table
from nonetloss.avoid.drawing import Point, Style, draw
from nonetloss.avoid.front import Front, mixed, spread_out, trade_off
from nonetloss.avoid.pricing import price_lines
from nonetloss.avoid.results import APPROXIMATE, EXACT, RouteResult, Routes
from nonetloss.avoid.route_method import METHOD
from nonetloss.avoid.surface import Surface
from nonetloss.core.errors import GeometryError
from nonetloss.core.findings import Finding, notice
from nonetloss.core.language import Text
from nonetloss.landscape.project import Alternative, Origin
from nonetloss.landscape.raster import Raster
from nonetloss.numerics.paths import Path, corridor, dissimilar_paths

__all__ = ["METHOD", "RouteResult", "Routes", "find_routes"]

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class _Task:
    """What all searches of one call share."""

    surface: Surface
    start: Point
    end: Point
    start_cell: Cell
    end_cell: Cell
    neighbors: int
    threads: int
    style: Style

    @property
    def size(self) -> tuple[float, float]:
        """(height, width) of a cell, as `numerics.paths` takes it."""
        return (self.surface.grid.cell_height, self.surface.grid.cell_width)


def find_routes(
    surface: Surface,
    *,
    start: Point,
    end: Point,
    alternatives: Sequence[Alternative] = (),
    neighbors: int = 16,
    dissimilar: int = 3,
    dissimilar_penalty: float = 1.5,
    most_shared: float = 0.75,
    front_criteria: str = "cost-nature",
    front_searches: int = 25,
    front_routes: int = 7,
    coarse_cells: int = 1600,
    front_approximate: int = 6,
    corridor_excess: float = 0.2,
    drawing_tolerance: float = 0.005,
    rounded: bool = True,
    threads: int = 1,
    progress: Progress | None = None,
) -> Routes:
    """Search for routes on a surface, prove what can be proven, price and certify all of them.

    Mathematical formulation
        least cost: min over paths P from start to end through open cells of ∫_P total;
        front: min (∫_P construction, ∫_P nature[, ∫_P people]) in the sense of Pareto;
        price of exclusion X: least cost with all exclusions - least cost without X.

    In words
        The cheapest way that touches nothing excluded; the ways that trade money for nature; ways
        that keep apart; and how much cheaper it would be if one exclusion did not exist.

    Parameters
    ----------
    surface : Surface
    start, end : (x, y)
        In the CRS of the surface; lines begin and end exactly there.
    alternatives : sequence of Alternative
        Routes of the user, priced and certified beside the others; polygons and points are left
        out. Empty: none.

    Other parameters: see `METHOD` (`nonetloss explain avoid.route`).

    Raises
    ------
    InputError
        `grid.outside`, `paths.neighbors`, `route.same-place`.
    GeometryError
        `route.end-excluded`, `route.end-too-close`.
    NoRouteError
        `route.closed`, `route.closed-together`, naming the exclusions.
    """
    tell = progress or (lambda _what, _share: None)
    task = _Task(
        surface=surface,
        start=start,
        end=end,
        start_cell=cell_at(surface, start, end="start"),
        end_cell=cell_at(surface, end, end="end"),
        neighbors=neighbors,
        threads=threads,
        style=Style(tolerance=drawing_tolerance, rounded=rounded),
    )
    if task.start_cell == task.end_cell:
        raise GeometryError.because("route.same-place", "start, end", cell=task.start_cell)
    tell("least-cost", 0.0)
    path = least_cost(surface, task.start_cell, task.end_cell, neighbors=neighbors, threads=threads)
    best = _least_cost_result(task, path)
    tell("corridor", 0.1)
    band = _corridor(task, corridor_excess)
    tell("dissimilar", 0.2)
    others = _dissimilar(task, dissimilar, dissimilar_penalty, most_shared)
    tell("front", 0.35)
    front = trade_off(
        surface,
        task.start_cell,
        task.end_cell,
        with_people=front_criteria == "cost-nature-people",
        neighbors=neighbors,
        most_solves=front_searches,
        coarse_cells=coarse_cells,
        most_approximate=front_approximate,
        threads=threads,
    )
    drawn = _front(task, front, front_routes)
    tell("prices", 0.8)
    lifted = lifted_paths(
        surface, path, task.start_cell, task.end_cell, neighbors=neighbors, threads=threads
    )
    without = {
        lift.name: _result(
            task,
            lift.path,
            name="without-all" if lift.name == ALL else f"without-{lift.name}",
            title=Text(
                es=f"Si no se excluyera: {lift.title.es}", en=f"If not excluded: {lift.title.en}"
            ),
            origin=Origin.LEAST_COST,
            proven=EXACT,
            blocked=surface.blocked_without(*lift.names),
        )
        for lift in lifted
        if lift.saved_usd > 0
    }
    tell("comparison", 0.95)
    best = cheapest_line(best, (*drawn, *others))
    # Lifting all exclusions may bring no more than lifting one: that route is shown once.
    alone = [r.line.wkb for name, r in without.items() if name != ALL]
    shown = tuple(r for name, r in without.items() if name != ALL or r.line.wkb not in alone)
    own = (best, *drawn, *others, *shown)
    users = [a for a in alternatives if int(shapely.get_dimensions(a.geometry)) == 1]
    compared = compare(surface, users, own)
    return Routes(
        least_cost=best,
        front=drawn,
        dissimilar=others,
        lifted=shown,
        corridor=band,
        prices=price_table(surface, best, lifted, without),
        comparison=compared.table,
        certificates=compared.certificates,
        coarse_front=front.coarse,
        right_of_way_m=surface.right_of_way_m,
        findings=(*compared.findings, *_front_findings(front, drawn)),
    )


def _result(
    task: _Task,
    path: Path,
    *,
    name: str,
    title: Text,
    origin: Origin,
    proven: str,
    blocked: np.ndarray | None = None,
    cost: np.ndarray | None = None,
) -> RouteResult:
    """Draw, price and certify a route over cells.

    `blocked` differs from the surface's only where an exclusion was lifted; `cost` from its total
    only where a route was found on another one.
    """
    surface = task.surface
    line = draw(
        path.cells,
        start=task.start,
        end=task.end,
        cost=surface.total_usd_per_m if cost is None else cost,
        blocked=surface.blocked if blocked is None else blocked,
        grid=surface.grid,
        exclusions=surface.exclusions if blocked is None else (),
        style=task.style,
    )
    (price,) = price_lines([line], surface)
    return RouteResult(
        name=name,
        title=title,
        line=line,
        cells=path.cells,
        length_km=price.length_km,
        cost_usd=price.cost_usd,
        nature_qha=price.nature_qha,
        people=price.people,
        total_usd=price.total_usd,
        origin=origin,
        proven=proven,
        shared=path.shared,
        certificates=certify(line, surface.exclusions),
    )


def _least_cost_result(task: _Task, path: Path) -> RouteResult:
    title = Text(es="Ruta de menor costo", en="Least-cost route")
    return _result(
        task, path, name="least-cost", title=title, origin=Origin.LEAST_COST, proven=EXACT
    )


def _corridor(task: _Task, excess: float) -> Raster:
    """Relative excess over the least cost, NaN beyond `excess`."""
    surface = task.surface
    through = corridor(
        surface.total_usd_per_m,
        task.start_cell,
        task.end_cell,
        cell_size=task.size,
        neighbors=task.neighbors,
        blocked=surface.blocked,
    )
    least = np.nanmin(through)
    relative = through / least - 1 if least > 0 else np.where(np.isnan(through), np.nan, 0.0)
    shown = np.where(relative <= excess, relative, np.nan).astype(np.float32)
    return Raster(shown, surface.grid, surface.crs, unit="")


def _dissimilar(task: _Task, count: int, penalty: float, shared: float) -> tuple[RouteResult, ...]:
    if count < 1:
        return ()
    found = dissimilar_paths(
        task.surface.total_usd_per_m,
        task.start_cell,
        task.end_cell,
        cell_size=task.size,
        k=count + 1,
        neighbors=task.neighbors,
        blocked=task.surface.blocked,
        penalty=penalty,
        most_shared=shared,
        threads=task.threads,
    )
    return tuple(
        _result(
            task,
            path,
            name=f"dissimilar-{i}",
            title=Text(es=f"Otra ruta {i}", en=f"Other route {i}"),
            origin=Origin.DISSIMILAR,
            proven=APPROXIMATE,
        )
        for i, path in enumerate(found[1:], start=1)
    )


def _front(task: _Task, front: Front, most: int) -> tuple[RouteResult, ...]:
    """Drawn routes of the front; drawing may bring two together or one above another."""
    drawn = [
        _result(
            task,
            route.path,
            name="front",
            title=Text(es="", en=""),
            origin=Origin.FRONT,
            proven=route.proven,
            cost=mixed(task.surface, front, route),
        )
        for route in front.routes
    ]
    values = np.array([[getattr(r, name) for name in front.criteria] for r in drawn])
    return tuple(
        replace(
            drawn[at],
            name=f"front-{i}",
            title=Text(es=f"Ruta de equilibrio {i}", en=f"Trade-off route {i}"),
        )
        for i, at in enumerate(spread_out(values, most), start=1)
    )


def _front_findings(front: Front, routes: tuple[RouteResult, ...]) -> list[Finding]:
    """What is proven of the front, said plainly."""
    supported = sum(r.proven != APPROXIMATE for r in front.routes)
    data = {
        "given": len(routes),
        "supported": supported,
        "approximate": len(front.routes) - supported,
        "points": len(front.coarse),
        "dents": int((~front.coarse.supported.astype(bool)).sum()),
        "cell_m": round(front.coarse_cell_m, 1) if np.isfinite(front.coarse_cell_m) else "–",
    }
    found = [notice("route.front", "front", **data)]
    if not front.complete:
        found.append(notice("route.front-cut", "front", supported=supported))
    if not front.coarse_complete and np.isfinite(front.coarse_cell_m):
        found.append(notice("route.coarse-front-cut", "front", points=len(front.coarse)))
    return found
