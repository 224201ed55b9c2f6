"""What each exclusion costs, and which exclusions close the way when there is no route."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.ndimage import label
from shapely.geometry import Point

from nonetloss.avoid.surface import Surface
from nonetloss.core.errors import GeometryError, NoRouteError
from nonetloss.core.findings import offenders
from nonetloss.core.language import Text
from nonetloss.numerics.paths import Path, least_cost_path

Cell = tuple[int, int]
ALL = "*"
COLUMNS = [
    "exclusion", "withheld", "cost_with_usd", "cost_without_usd", "price_usd", "length_with_km",
    "length_without_km", "crossed_km",
]  # fmt: skip
_M_PER_KM = 1_000.0


@dataclass(frozen=True, slots=True)
class Lifted:
    """The cheapest route if the exclusions `names` did not exist."""

    name: str
    title: Text
    names: tuple[str, ...]
    path: Path


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


def prices(
    surface: Surface, best: Path, start: Cell, end: Cell, *, neighbors: int, threads: int = 1
) -> tuple[pd.DataFrame, tuple[Lifted, ...]]:
    """Least cost with all exclusions against least cost without each of them.

    Returns
    -------
    table
        exclusion (layer name, `*` for all that are not hidden), cost_with_usd, cost_without_usd,
        price_usd (the difference, not negative), length_with_km, length_without_km, crossed_km
        (of the cheaper route inside the exclusion). Costs are `total` of the routes over cells.
        A hidden layer has its row with `withheld` True and no numbers: its price would tell how
        much it is in the way; it stays excluded in the row `*`.
    lifted : the cheaper routes
    """
    rows: list[tuple[object, ...]] = []
    lifted: list[Lifted] = []
    shown = [e for e in surface.exclusions if not e.hidden]
    sets: list[tuple[tuple[str, ...], str, Text]] = [((e.name,), e.name, e.title) for e in shown]
    if len(shown) > 1:
        everything = Text(es="todas las exclusiones", en="all exclusions")
        sets.append((tuple(e.name for e in shown), ALL, everything))
    for names, name, title in sets:
        path = _solve(surface, start, end, neighbors, threads, names)
        crossed = np.logical_or.reduce([surface.blocked_by[n] for n in names])
        on_it = crossed[path.cells[:, 0], path.cells[:, 1]]
        price = max(best.cost - path.cost, 0.0)
        rows.append(
            (
                name, False, best.cost, path.cost, price, best.length / _M_PER_KM,
                path.length / _M_PER_KM, _length_on(surface, path, on_it) / _M_PER_KM,
            )
        )  # fmt: skip
        lifted.append(Lifted(name, title, names, path))
    rows += [(e.name, True, *[np.nan] * 6) for e in surface.exclusions if e.hidden]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype(dict.fromkeys(COLUMNS[2:], float) | {"withheld": bool}), tuple(lifted)


def _length_on(surface: Surface, path: Path, on_it: np.ndarray) -> float:
    """Length of a route over marked cells, half of each move by each of its ends; meters."""
    step = np.diff(path.cells.astype(np.float64), axis=0)
    lengths = np.hypot(step[:, 0] * surface.grid.cell_height, step[:, 1] * surface.grid.cell_width)
    return float(lengths @ (0.5 * on_it[:-1] + 0.5 * on_it[1:]))


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
