"""Run searches: one alone, or two that run towards each other on two threads."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from nonetloss.numerics.paths.search import (
    LOW_ON_CHUNKS,
    Meeting,
    alone,
    meeting_cell,
    spread,
)
from nonetloss.numerics.paths.terrain import Terrain, flat_places, tiled
from nonetloss.numerics.paths.tiles import CELLS, neighbor_steps, raise_costs
from nonetloss.numerics.paths.trace import walk_back
from nonetloss.numerics.paths.wheel import CHUNK, LAST, empty_wheel, grown, insert_sources

_SPARE_CHUNKS = 2048
_NO_TARGETS = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Dearer:
    """Costs raised around earlier routes: cost × factor ** n, cell by cell.

    Parameters
    ----------
    times : (rows, columns) uint8
        n in its low bits, `tiles.TIMES`.
    factor : float
        Above 1.
    """

    times: np.ndarray
    factor: float


def labeled(
    ground: Terrain, sources: np.ndarray, targets: np.ndarray | None = None, limit: float = np.inf
) -> np.ndarray:
    """The tiled raster after a search from `sources` (k, 2), up to a target or a label limit."""
    raster, inverse_width = tiled(ground)
    aims = _NO_TARGETS if targets is None else flat_places(ground, targets)
    last = int(min(limit * float(inverse_width) * (1 + 1e-6) + 1, float(LAST)))
    _spread_from(ground, raster, inverse_width, flat_places(ground, sources), aims, last, alone())
    return raster


def _spread_from(
    ground: Terrain,
    raster: np.ndarray,
    inverse_width: np.float32,
    sources: np.ndarray,
    targets: np.ndarray,
    last_bucket: int,
    meeting: Meeting,
) -> None:
    wheel = empty_wheel(_SPARE_CHUNKS + len(sources) // CHUNK + 1)
    insert_sources(wheel, raster, sources)
    steps = neighbor_steps(ground.across)
    moves = ground.moves
    while (
        spread(raster, steps, moves, wheel, inverse_width, last_bucket, targets, meeting)
        == LOW_ON_CHUNKS
    ):
        wheel = grown(wheel, len(wheel.follows))


def cheapest_cells(
    ground: Terrain,
    starts: np.ndarray,
    ends: np.ndarray,
    *,
    threads: int,
    dearer: Dearer | None = None,
) -> np.ndarray | None:
    """(row, column) pairs, int32 (k, 2), of a cheapest route from any start to any end, or None."""
    if threads == 1:
        return _one_way(ground, starts, ends, dearer)
    return _both_ways(ground, starts, ends, dearer)


def _raised(ground: Terrain, dearer: Dearer | None) -> tuple[np.ndarray, np.float32]:
    raster, inverse_width = tiled(ground)
    if dearer is not None:
        raise_costs(raster, ground.across, dearer.times, dearer.factor)
    return raster, inverse_width


def _one_way(
    ground: Terrain, starts: np.ndarray, ends: np.ndarray, dearer: Dearer | None
) -> np.ndarray | None:
    sources, targets = flat_places(ground, starts), flat_places(ground, ends)
    raster, inverse_width = _raised(ground, dearer)
    _spread_from(ground, raster, inverse_width, sources, targets, int(LAST), alone())
    labels = raster[2 * targets.astype(np.int64) + 1]
    nearest = int(np.argmin(labels))
    if not np.isfinite(labels[nearest]):
        return None
    return _path(ground, raster, targets[nearest], sources)[::-1]


def _both_ways(
    ground: Terrain, starts: np.ndarray, ends: np.ndarray, dearer: Dearer | None
) -> np.ndarray | None:
    roots = (flat_places(ground, starts), flat_places(ground, ends))
    with ThreadPoolExecutor(2) as pool:
        prepared = list(pool.map(lambda _: _raised(ground, dearer), roots))
        rasters = [raster for raster, _ in prepared]
        marks = [np.zeros(raster.size // (2 * CELLS), np.uint8) for raster in rasters]
        for mark, root, raster in zip(marks, roots, rasters, strict=True):
            mark[root // CELLS] = 1
            raster[2 * root.astype(np.int64) + 1] = 0
        shared = np.array([0, 0, np.inf, np.inf], np.float32)

        def run(side: int) -> None:
            meeting = Meeting(rasters[1 - side], marks[side], marks[1 - side], shared, side)
            inverse_width = prepared[side][1]
            _spread_from(
                ground, rasters[side], inverse_width, roots[side], _NO_TARGETS, int(LAST), meeting
            )

        list(pool.map(run, (0, 1)))
    middle = int(meeting_cell(rasters[0], rasters[1], marks[0], marks[1], ground.across))
    if middle < 0:
        return None
    there = _path(ground, rasters[0], middle, roots[0])[::-1]
    joined = np.concatenate([there, _path(ground, rasters[1], middle, roots[1])[1:]])
    return _without_loops(joined)


def _without_loops(cells: np.ndarray) -> np.ndarray:
    """The same route without returns to a cell: both halves may cross one plateau of zero cost."""
    keys = [tuple(cell) for cell in cells.tolist()]
    last = {key: at for at, key in enumerate(keys)}
    if len(last) == len(keys):
        return cells
    kept = []
    at = 0
    while at < len(keys):
        at = last[keys[at]]
        kept.append(at)
        at += 1
    return cells[kept]


def _path(ground: Terrain, raster: np.ndarray, cell: int, roots: np.ndarray) -> np.ndarray:
    path = walk_back(raster, ground.across, np.int64(cell), ground.moves, roots)
    assert flat_places(ground, path[-1:])[0] in roots, "labels do not lead back to a source"
    return path
