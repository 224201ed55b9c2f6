"""Fronts of real trade-offs: weighted sums for large problems, every point for coarse grids.

`supported_front` finds what weighted sums can find, on any problem (`numerics.supported`).
`exact_path_front` finds every efficient path on a raster, those in dents of the front included.

Mathematical formulation (exact_path_front)
    A path P from start to end on the raster has costs c_k(P), the sum over its moves of length
    times the mean of objective k over the cells that the move runs through. P is efficient if no
    other path is nowhere worse and somewhere better. One path is returned for each efficient
    vector of costs.

In words
    All routes that make sense for someone, whatever he weighs: each other route is beaten in
    everything by one of these.

Papers: Martins 1984, doi 10.1016/0377-2217(84)90077-8 (labels); Mandow & Pérez de la Cruz 2010,
doi 10.1145/1754399.1754400 (NAMOA*); Hernández et al. 2023, doi 10.1016/j.artint.2022.103807
(BOA*: with lower bounds, one number per cell suffices for two objectives); Pulido, Mandow & Pérez
de la Cruz 2015, doi 10.1016/j.cor.2015.05.007 (one dimension less for three); Zhang et al. 2022,
doi 10.1609/icaps.v32i1.19825 (A*pex: within a tolerance).

Deviation: costs and lengths are rounded to integers before the search, so that ties are ties. Costs
with up to six decimals stay as they are if they fit 24 bits; straight moves on square cells keep
their length, diagonal and knight moves keep it to about 1e-6. The paths returned are priced without
rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError, NoRouteError
from nonetloss.numerics.cover_search import search_cover
from nonetloss.numerics.label_setting import ROOM, lower_bounds, search
from nonetloss.numerics.pareto import nondominated
from nonetloss.numerics.supported import SupportedFront, supported, supported_front

__all__ = ["PathFront", "SupportedFront", "exact_path_front", "price_path", "supported_front"]

Cell = tuple[int, int]

# Knight moves reach two cells: a border of barred cells spares all bounds checks.
_PAD = 2
_BITS = 61
_COST_BITS = 22
_DECIMAL_BITS = 24
_LENGTH_BITS = 24


@dataclass(frozen=True, slots=True)
class PathFront:
    """Efficient paths, sorted by the first objective, then by the second.

    Parameters
    ----------
    values : float64 (k, d)
        Costs of each path, priced in float64 on the costs as given.
    paths : tuple of int32 (m, 2)
        Rows and columns of the cells, from start to end; one path per point.
    supported : bool (k,)
        Whether a weighted sum could find the point. False: it lies in a dent of the front.
    complete : bool
        Every efficient vector of costs is there (with a tolerance: is matched within it). False:
        the label bound was reached and points are missing. Those found are efficient still; with
        a tolerance, efficient within it.
    proven_below : float
        Below this value of the first objective the front is complete; infinite if all of it is.
    tolerance : float
        Each efficient path costs at least 1 / (1 + tolerance) times a point of the front, in
        every objective. 0 = exact.
    resolution : float64 (d,)
        Step to which the costs per cell were rounded for the search.
    labels : int
        Largest number of labels held.
    """

    values: np.ndarray
    paths: tuple[np.ndarray, ...]
    supported: np.ndarray
    complete: bool
    proven_below: float
    tolerance: float
    resolution: np.ndarray
    labels: int


def exact_path_front(
    costs: np.ndarray, start: Cell, end: Cell, *, cell_size: float | tuple[float, float],
    neighbors: int = 8, blocked: np.ndarray | None = None, max_labels: int = 5_000_000,
    tolerance: float = 0.0, resolution: Sequence[float] | None = None,
) -> PathFront:  # fmt: skip
    """Every efficient path between two cells of a coarse raster.

    The number of efficient paths can grow exponentially with the raster. On rough costs with two
    decimals, seconds suffice for about 10,000 cells in two objectives and 1,000 in three; with a
    tolerance of 1 % and 5 %, tens of seconds for 40,000 and 2,500. Coarser costs (`resolution`)
    leave fewer points.

    Parameters
    ----------
    costs : (2 or 3, rows, columns)
        Cost per unit of length in each cell, finite and not negative outside `blocked`.
    start, end : (row, column)
    cell_size : float or (width, height)
    neighbors : 8 or 16
        A diagonal needs both orthogonal neighbors free; a knight move pays the mean of the four
        cells it runs through, all of which must be free.
    blocked : bool (rows, columns), optional
        Cells that no path may enter. None: no cell is excluded.
    max_labels : int
        Bound on memory, 40 bytes each, 72 with a tolerance; `complete` says if it was reached.
    tolerance : float
        Relative slack that makes the front, and the work, smaller; see `PathFront`.
    resolution : sequence of float, optional
        Step to which the costs of each objective are rounded. None: none if the costs have few
        decimals, else 1 / 2**22 of the largest.

    Raises
    ------
    InputError
        `tradeoff.objectives`, `tradeoff.cost`, `tradeoff.place`, `tradeoff.too-large`.
    NoRouteError
        `tradeoff.no-route`.
    """
    layers = np.asarray(costs, dtype=np.float64)
    barred = _barred(layers, blocked)
    _check(layers, barred, start, end)
    steps, integers = _integer_costs(layers, barred, resolution)
    across = layers.shape[2] + 2 * _PAD
    moves, unit = _moves(across, cell_size, neighbors, integers, int((~barred).sum()))
    padded = np.full((3, layers.shape[1] + 2 * _PAD, across), -1, dtype=np.int64)
    inner = (slice(_PAD, -_PAD), slice(_PAD, -_PAD))
    for k in range(3):
        padded[k][inner] = np.where(barred, -1, integers[k] if k < len(integers) else 0)
    flat = padded.reshape(3, -1)
    first, last = ((row + _PAD) * across + column + _PAD for row, column in (start, end))
    bounds = np.stack([lower_bounds(layer, last, moves) for layer in flat])
    if bounds[0, first] < 0:
        raise NoRouteError.because("tradeoff.no-route", "front", start=start, end=end)
    done, labels = _search(flat, bounds, first, last, moves, 1.0 + tolerance, max_labels)
    paths = [_path(label, labels, across) for label in labels.found]
    values = np.array([price_path(layers, path, cell_size=cell_size) for path in paths]).reshape(
        -1, len(layers)
    )
    # Pricing without the rounding may reveal that one point of a near-tie beats another.
    keep = np.flatnonzero(nondominated(values))
    proven = np.inf if done else float(labels.next_key * unit * steps[0] / 4)
    return PathFront(
        values[keep], tuple(paths[i] for i in keep), supported(values[keep]), done, proven,
        tolerance, steps, labels.most,
    )  # fmt: skip


def price_path(
    costs: np.ndarray, path: np.ndarray, *, cell_size: float | tuple[float, float]
) -> np.ndarray:
    """Costs of a path of single, diagonal or knight moves over (d, rows, columns); float64 (d,)."""
    width, height = cell_size if isinstance(cell_size, tuple) else (cell_size, cell_size)
    total = np.zeros(len(costs))
    if len(path) < 2:
        return total
    a, b = path[:-1].astype(np.int64), path[1:].astype(np.int64)
    step = b - a
    length = np.hypot(step[:, 0] * height, step[:, 1] * width)
    sums = costs[:, a[:, 0], a[:, 1]] + costs[:, b[:, 0], b[:, 1]]
    mean = sums / 2
    knight = np.abs(step).max(axis=1) == 2
    if knight.any():
        # The cells passed lie next to each end, along the long leg of the move.
        leg = np.where(np.abs(step) == 2, np.sign(step), 0)
        c, d = a + leg, b - leg
        passed = costs[:, c[:, 0], c[:, 1]] + costs[:, d[:, 0], d[:, 1]]
        mean = np.where(knight, (sums + passed) / 4, mean)
    return np.asarray((mean * length).sum(axis=1))


def _barred(layers: np.ndarray, blocked: np.ndarray | None) -> np.ndarray:
    if layers.ndim != 3 or len(layers) not in (2, 3):
        raise InputError.because(
            "tradeoff.objectives", "exact_path_front", found=layers.shape, wanted="2, 3"
        )
    if blocked is None:
        return np.zeros(layers.shape[1:], dtype=np.bool_)
    if blocked.shape != layers.shape[1:]:
        raise InputError.because(
            "tradeoff.objectives", "blocked", found=blocked.shape, wanted=layers.shape[1:]
        )
    return blocked.astype(np.bool_)


def _check(layers: np.ndarray, barred: np.ndarray, start: Cell, end: Cell) -> None:
    bad = np.argwhere(~barred & ~(np.isfinite(layers) & (layers >= 0)))
    if len(bad):
        first = tuple(bad[0].tolist())
        raise InputError.because(
            "tradeoff.cost", "costs", count=len(bad), first=first, value=layers[first]
        )
    for name, (row, column) in (("start", start), ("end", end)):
        rows, columns = barred.shape
        if not (0 <= row < rows and 0 <= column < columns) or barred[row, column]:
            raise InputError.because("tradeoff.place", name, cell=(row, column))


def _integer_costs(
    layers: np.ndarray, barred: np.ndarray, resolution: Sequence[float] | None
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Step of each objective, and its costs in steps."""
    steps = []
    integers = []
    for k, layer in enumerate(layers):
        free = np.where(barred, 0.0, layer)
        step = _step(free) if resolution is None else float(resolution[k])
        steps.append(step)
        integers.append(np.round(free / step).astype(np.int64))
    return np.array(steps), integers


def _step(layer: np.ndarray) -> float:
    """A power of ten that keeps the costs as they are, if one does; else a small enough step."""
    largest = float(layer.max())
    for decimals in range(7):
        if largest * 10.0**decimals >= 2.0**_DECIMAL_BITS:
            break
        if (np.round(layer, decimals) == layer).all():
            return float(10.0**-decimals)
    return largest / 2.0**_COST_BITS if largest > 0 else 1.0


def _moves(
    across: int, cell_size: float | tuple[float, float], neighbors: int,
    integers: list[np.ndarray], free: int,
) -> tuple[np.ndarray, float]:  # fmt: skip
    """Moves as `label_setting.edge` reads them, and the length of one unit of theirs."""
    width, height = cell_size if isinstance(cell_size, tuple) else (cell_size, cell_size)
    most = max(int(layer.max()) for layer in integers)
    bits = _BITS - free.bit_length() - 2 - max(most, 1).bit_length()
    if bits < 8:
        raise InputError.because(
            "tradeoff.too-large", "exact_path_front", cells=free, steps=most,
            resolution=f"2**-{_BITS}",
        )  # fmt: skip
    longest = 3 * max(width, height)
    # A power of two of the cell keeps straight moves exact on square cells.
    unit = min(width, height) / 2.0 ** (
        min(bits, _LENGTH_BITS + 2) - int(np.ceil(np.log2(longest / min(width, height))))
    )
    rows = []
    reach = 2 if neighbors == 16 else 1
    for dr in range(-reach, reach + 1):
        for dc in range(-reach, reach + 1):
            straight, knight = (dr == 0) != (dc == 0), abs(dr) + abs(dc) == 3
            if (max(abs(dr), abs(dc)) == 2 and not knight) or dr == dc == 0:
                continue
            length = round(float(np.hypot(dr * height, dc * width)) / unit)
            leg_r = int(np.sign(dr)) if abs(dr) >= abs(dc) else 0
            leg_c = int(np.sign(dc)) if abs(dc) >= abs(dr) else 0
            if abs(dr) == abs(dc):
                leg_c = 0
            offset, leg = dr * across + dc, leg_r * across + leg_c
            kind = 0 if straight else 2 if knight else 1
            rows.append((offset, leg, offset - leg, kind, length))
    return np.array(rows, dtype=np.int64), unit


@dataclass(slots=True)
class _Labels:
    """Label arrays of one search; they grow by doubling. `paths` and `opened` only if covering."""

    keys: np.ndarray
    paths: np.ndarray
    cells: np.ndarray
    parents: np.ndarray
    follows: np.ndarray
    opened: np.ndarray
    heap: np.ndarray
    found: np.ndarray
    most: int = 0
    next_key: int = 0

    @classmethod
    def none(cls) -> "_Labels":
        """No labels yet."""
        triple, single = np.empty((0, 3), dtype=np.int64), np.empty(0, dtype=np.int32)
        return cls(triple, triple, single, single, single, single, single, single)

    def enlarge(self, size: int, found: int, covering: bool) -> None:
        """Room for `size` labels and `found` solutions."""
        names = ["keys", "cells", "parents", "follows", "heap"]
        for name in names + (["paths", "opened"] if covering else []):
            setattr(self, name, _enlarged(getattr(self, name), size))
        self.found = _enlarged(self.found, found)


def _enlarged(array: np.ndarray, size: int) -> np.ndarray:
    larger = np.empty((max(size, len(array)), *array.shape[1:]), dtype=array.dtype)
    larger[: len(array)] = array
    return larger


def _search(
    costs: np.ndarray, bounds: np.ndarray, first: int, last: int, moves: np.ndarray,
    slack: float, max_labels: int,
) -> tuple[bool, _Labels]:  # fmt: skip
    """Whether the search came to its end, and the labels, with `found` cut to the solutions."""
    covering = slack > 1.0
    labels = _Labels.none()
    labels.enlarge(max(min(1 << 14, max_labels), ROOM + 1), 256, covering)
    heads = np.full(costs.shape[1], -1, dtype=np.int32)
    open_heads = np.full(costs.shape[1], -1, dtype=np.int32)
    solutions = np.full(1, -1, dtype=np.int32)
    # Labels used, heap size, first free label, solutions found.
    state = np.array([1, 1, -1, 0], dtype=np.int64)
    labels.keys[0], labels.cells[0], labels.parents[0] = bounds[:, first], first, -1
    labels.heap[0] = 0
    if covering:
        labels.paths[0], labels.opened[0], open_heads[first] = bounds[:, first], -1, 0
    while True:
        if covering:
            done = search_cover(
                costs, bounds, last, moves, slack, labels.keys, labels.paths, labels.cells,
                labels.parents, labels.follows, labels.opened, labels.heap, heads, open_heads,
                solutions, labels.found, state,
            )  # fmt: skip
        else:
            done = search(
                costs, bounds, last, moves, labels.keys, labels.cells, labels.parents,
                labels.follows, labels.heap, heads, labels.found, state,
            )  # fmt: skip
        labels.most = int(state[0])
        full = int(state[0]) + ROOM > len(labels.cells)
        if done or (full and len(labels.cells) >= max_labels):
            break
        larger = min(2 * len(labels.cells), max_labels) if full else len(labels.cells)
        labels.enlarge(larger, 2 * len(labels.found), covering)
    labels.next_key = 0 if done else int(labels.keys[labels.heap[0], 0])
    labels.found = labels.found[: int(state[3])]
    return bool(done), labels


def _path(label: int, labels: _Labels, across: int) -> np.ndarray:
    cells = []
    while label >= 0:
        cells.append(int(labels.cells[label]))
        label = int(labels.parents[label])
    rows, columns = np.divmod(np.array(cells[::-1], dtype=np.int32), np.int32(across))
    return np.column_stack([rows - _PAD, columns - _PAD]).astype(np.int32)
