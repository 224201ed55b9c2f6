"""What each exclusion costs, and which exclusions close the way when there is no route."""

from dataclasses import dataclass

from scipy.ndimage import label
from shapely.geometry import Point

from nonetloss.avoid.surface import Surface
from nonetloss.core.errors import GeometryError, NoRouteError
from nonetloss.core.findings import offenders
from nonetloss.core.language import Text
from nonetloss.numerics.paths import Path, least_cost_path

Cell = tuple[int, int]
ALL = "*"


@dataclass(frozen=True, slots=True)
class Lifted:
    """The cheapest route if the exclusions `names` did not exist, and what that saves.

    `saved_usd` is the difference of least costs over cells, exact on the grid.
    """

    name: str
    title: Text
    names: tuple[str, ...]
    path: Path
    saved_usd: float


def cell_at(surface: Surface, point: tuple[float, float], *, end: str) -> Cell:
    """The cell of an end of the route, checked to be open.

    Raises
    ------
    InputError
        `grid.outside`.
    GeometryError
        `route.end-excluded` naming the layers that the point (with the clearance it needs) lies
        in, or `route.end-too-close` if only its cell touches them.
    """
    cell = surface.grid.cell_of(*point)
    if not surface.blocked[cell]:
        return cell
    here = {**surface.blocked_by, **surface.hidden_by}
    closing = sorted(name for name, mask in here.items() if mask[cell])
    spot = Point(point)
    vectors = {e.name: e for e in surface.exclusions}
    inside = [n for n in closing if n not in vectors or not vectors[n].is_kept(spot)]
    code = "route.end-excluded" if inside else "route.end-too-close"
    raise GeometryError.because(
        code, end, layers=offenders(inside or closing), x=point[0], y=point[1]
    )


def least_cost(
    surface: Surface,
    start: Cell,
    end: Cell,
    *,
    neighbors: int,
    threads: int = 1,
    lifted: tuple[str, ...] = (),
) -> Path:
    """The cheapest route by `total_usd_per_m`, with the exclusions `lifted` taken away.

    Raises
    ------
    NoRouteError
        `route.closed`, naming the exclusions each of which alone closes the way, or else those
        that close it together.
    """
    try:
        return _solve(surface, start, end, neighbors, threads, lifted)
    except NoRouteError:
        if lifted:
            raise
        raise _closed(surface, start, end) from None


def lifted_paths(
    surface: Surface, best: Path, start: Cell, end: Cell, *, neighbors: int, threads: int = 1
) -> tuple[Lifted, ...]:
    """The cheapest route without each exclusion, and without all of them (name `*`).

    Hidden layers are never lifted: the route through one would show where it lies.
    """
    shown = [e for e in surface.exclusions if not e.hidden]
    sets: list[tuple[str, Text, tuple[str, ...]]] = [(e.name, e.title, (e.name,)) for e in shown]
    if len(shown) > 1:
        everything = Text(es="todas las exclusiones", en="all exclusions")
        sets.append((ALL, everything, tuple(e.name for e in shown)))
    found = []
    for name, title, names in sets:
        path = _solve(surface, start, end, neighbors, threads, names)
        found.append(Lifted(name, title, names, path, max(best.cost - path.cost, 0.0)))
    return tuple(found)


def _solve(
    surface: Surface, start: Cell, end: Cell, neighbors: int, threads: int, lifted: tuple[str, ...]
) -> Path:
    return least_cost_path(
        surface.total_usd_per_m,
        start,
        end,
        cell_size=(surface.grid.cell_height, surface.grid.cell_width),
        neighbors=neighbors,
        blocked=surface.blocked_without(*lifted),
        threads=threads,
    )


def _closed(surface: Surface, start: Cell, end: Cell) -> NoRouteError:
    """Why there is no route: which exclusions open the way when lifted, alone or together.

    No move passes a closed corner, so a route exists if and only if the two cells are joined
    through sides of open cells.
    """
    names = tuple(sorted({**surface.blocked_by, **surface.hidden_by}))

    def opens(*lifted: str) -> bool:
        region, _ = label(~surface.blocked_without(*lifted))
        return bool(region[start] == region[end])

    alone = [name for name in names if opens(name)]
    if alone:
        return NoRouteError.because("route.closed", "route", layers=offenders(alone, 20))
    together = list(names) if opens(*names) else []
    for name in names:
        fewer = [n for n in together if n != name]
        if fewer and opens(*fewer):
            together = fewer
    return NoRouteError.because("route.closed-together", "route", layers=offenders(together, 20))
