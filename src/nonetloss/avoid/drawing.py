"""From a route over cells to a line that can be staked out, still clear of every exclusion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry import LineString

from nonetloss.avoid.exclusions import Exclusion
from nonetloss.landscape.shapes import lines_of
from nonetloss.numerics.grid import Grid
from nonetloss.numerics.sightlines import straighten
from nonetloss.numerics.zonal import line_lengths, rasterize_touched

Point = tuple[float, float]
_ROUNDINGS = 2


@dataclass(frozen=True, slots=True)
class Style:
    """How lines are drawn.

    `tolerance` is the relative cost that fewer corners may add; `window` the longest straight
    piece, in cells; `rounded` whether corners are cut round where the certificate allows it.
    """

    tolerance: float = 0.005
    window: int = 64
    rounded: bool = True


def draw(
    cells: np.ndarray,
    *,
    start: Point,
    end: Point,
    cost: np.ndarray,
    blocked: np.ndarray,
    grid: Grid,
    exclusions: Sequence[Exclusion],
    style: Style,
) -> LineString:
    """A line from `start` to `end` along the cells, as simple as cost and exclusions allow.

    Three lines are tried, the simplest first: straightened with rounded corners, straightened,
    and through the center of every cell. The first one that keeps clear of all exclusions as
    vectors, touches no blocked cell and costs at most (1 + tolerance) times the last one is
    taken. The last one always holds: exclusions close every cell they touch, and no move of a
    path passes a closed corner.

    Parameters
    ----------
    cells : (k, 2) int
        From `numerics.paths`, none of them blocked.
    start, end : (x, y)
        Inside the first and the last cell.
    cost : (rows, columns)
        Cost per meter by which simplicity is judged.
    """
    centers = np.column_stack(grid.center_of(cells[:, 0], cells[:, 1]))
    points = np.vstack([start, centers, end])
    moved = np.append(True, np.abs(np.diff(points, axis=0)).max(axis=1) > 0)
    points = points[moved]
    if len(points) < 2:
        return LineString(np.vstack([start, end]))
    kept = straighten(
        points, cost, grid=grid, blocked=blocked, tolerance=style.tolerance, window=style.window
    )
    straight = points[kept]
    tries = [straight]
    if style.rounded and len(straight) > 2:
        cut = min(grid.cell_width, grid.cell_height)
        tries.insert(0, rounded(straight, cut_m=cut))
    plain = LineString(points)
    limit = _integral(plain, cost, grid) * (1 + style.tolerance) * (1 + 1e-9)
    for line in map(LineString, tries):
        clear = all(exclusion.is_kept(line) for exclusion in exclusions)
        if clear and _is_open(line, blocked, grid) and _integral(line, cost, grid) <= limit:
            return line
    return plain


def rounded(points: np.ndarray, *, cut_m: float) -> np.ndarray:
    """Corners cut twice (Chaikin), each cut at most a quarter of its side and `cut_m` long.

    Chaikin 1974, doi 10.1016/0146-664X(74)90028-8; the bound on the cut is ours.
    """
    for _ in range(_ROUNDINGS):
        steps = np.diff(points, axis=0)
        length = np.hypot(*steps.T)[:, None]
        cuts = steps * (np.minimum(0.25 * length, cut_m) / np.maximum(length, 1e-300))
        near, far = points[:-1] + cuts, points[1:] - cuts
        inner = np.stack([near, far], axis=1).reshape(-1, 2)[1:-1]
        points = np.vstack([points[:1], inner, points[-1:]])
        cut_m = cut_m / 2
    return points


def _is_open(line: LineString, blocked: np.ndarray, grid: Grid) -> bool:
    """Whether the line touches no blocked cell (some are closed without a vector behind them)."""
    return not bool((rasterize_touched(lines_of([line]), grid=grid) & blocked).any())


def _integral(line: LineString, cost: np.ndarray, grid: Grid) -> float:
    found = line_lengths(lines_of([line]), grid=grid)
    values = cost.ravel()[found.cells].astype(np.float64)
    return float(np.dot(np.where(np.isnan(values), np.inf, values), found.lengths))
