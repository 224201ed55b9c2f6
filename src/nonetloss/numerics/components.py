"""Connected pieces of a mask that is read window by window.

Each window is labeled by itself; labels that meet at a seam are one piece. Labels are not kept:
they are made again when asked for, so that memory holds one window, the seams, and one number for
each piece of each window.

References
----------
Rosenfeld & Pfaltz 1966, doi 10.1145/321356.321357 (labels and their equivalences).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from nonetloss.numerics.windows import Window, each, windows

Mask = Callable[[Window], np.ndarray]


@dataclass(frozen=True, slots=True)
class Components:
    """Pieces 1, 2, … of a mask over a raster, in the order in which windows show them.

    `mask(window)` gives bool (rows, columns) and must give the same every time. `pieces` are the
    windows that were labeled; labels are told for these only.
    """

    mask: Mask
    diagonal: bool
    pieces: tuple[Window, ...]
    starts: dict[Window, int]
    piece_of: np.ndarray
    count: int

    def labels(self, window: Window) -> np.ndarray:
        """int64 (rows, columns): number of the piece, 0 off the mask.

        Raises
        ------
        KeyError
            For a window that is none of `pieces`.
        """
        start = self.starts[window]
        local, count = _label(self.mask(window), self.diagonal)
        # Provisional numbers of a window follow each other from its start.
        known = np.concatenate([[0], self.piece_of[start : start + count]])
        return np.asarray(known[local])


def components(
    mask: Mask,
    shape: tuple[int, int],
    *,
    diagonal: bool,
    side: int = 1024,
    workers: Executor | None = None,
) -> Components:
    """Pieces of a mask.

    Parameters
    ----------
    mask : callable
        From a window to bool (rows, columns); picklable if there are workers in other processes.
    shape : (rows, columns)
    diagonal : bool
        Whether cells that touch at a corner belong together.
    side : int
        Of the windows.
    workers : Executor, optional
    """
    pieces = windows(shape, side=side)
    found = list(each(partial(_rim, mask, diagonal), pieces, workers=workers))
    starts: dict[Window, int] = {}
    total = 0
    rims = []
    for window, (count, rim) in zip(pieces, found, strict=True):
        starts[window] = total
        rims.append([np.where(edge > 0, edge + total, 0) for edge in rim])
        total += count
    one, other = _meetings(pieces, rims, shape, diagonal)
    graph = sparse.coo_array((np.ones(one.size, np.int8), (one, other)), shape=(total + 1,) * 2)
    group = csgraph.connected_components(graph, directed=False)[1][1:]
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    piece_of = order[inverse].astype(np.int64) + 1 if total else np.zeros(0, np.int64)
    return Components(mask, diagonal, pieces, starts, piece_of, int(first.size))


def _label(mask: np.ndarray, diagonal: bool) -> tuple[np.ndarray, int]:
    structure = np.ones((3, 3)) if diagonal else None
    labels, count = ndimage.label(mask, structure=structure)
    return labels, int(count)


def _rim(mask: Mask, diagonal: bool, window: Window) -> tuple[int, tuple[np.ndarray, ...]]:
    """How many pieces a window has, and its labels along the top, bottom, left and right."""
    labels, count = _label(mask(window), diagonal)
    edges = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return count, tuple(edge.astype(np.int64) for edge in edges)


def _meetings(
    pieces: Sequence[Window],
    rims: Sequence[Sequence[np.ndarray]],
    shape: tuple[int, int],
    diagonal: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of provisional labels that touch across a seam."""
    above: dict[int, np.ndarray] = {}
    below: dict[int, np.ndarray] = {}
    before: dict[int, np.ndarray] = {}
    after: dict[int, np.ndarray] = {}

    def lines(of: dict[int, np.ndarray], at: int, length: int) -> np.ndarray:
        return of.setdefault(at, np.zeros(length, dtype=np.int64))

    for window, (top, bottom, left, right) in zip(pieces, rims, strict=True):
        across = slice(window.column, window.column + window.columns)
        down = slice(window.row, window.row + window.rows)
        lines(below, window.row, shape[1])[across] = top
        lines(above, window.row + window.rows, shape[1])[across] = bottom
        lines(after, window.column, shape[0])[down] = left
        lines(before, window.column + window.columns, shape[0])[down] = right
    ones, others = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for first, second in ((above, below), (before, after)):
        for at in first.keys() & second.keys():
            for shift in (-1, 0, 1) if diagonal else (0,):
                a, b = first[at], second[at]
                a = a[1:] if shift < 0 else a[: a.size - shift]
                b = b[shift:] if shift > 0 else b[: b.size + shift]
                both = (a > 0) & (b > 0)
                ones.append(a[both])
                others.append(b[both])
    return np.concatenate(ones), np.concatenate(others)
