"""Two-dimensional arrays that are read and written piece by piece, and work spread over pieces.

What does not fit into memory is a `Cells`: something with a shape that gives the values of any
window. An ndarray becomes one with `ArrayCells`. Files are made into them where files are opened.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from nonetloss.core.errors import InputError

Result = TypeVar("Result")

# Pieces sent ahead to workers for each result that is waited for.
_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of cells: first row and column, and how many of each (at least one)."""

    row: int
    column: int
    rows: int
    columns: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the window in an array of the whole."""
        return (
            slice(self.row, self.row + self.rows),
            slice(self.column, self.column + self.columns),
        )

    def within(self, outer: "Window") -> tuple[slice, slice]:
        """Index of this window in an array that holds `outer`."""
        row, column = self.row - outer.row, self.column - outer.column
        return slice(row, row + self.rows), slice(column, column + self.columns)

    def padded(self, cells: int, shape: tuple[int, int]) -> "Window":
        """The window with `cells` more on each side, cut to `shape`."""
        top, left = max(0, self.row - cells), max(0, self.column - cells)
        bottom = min(shape[0], self.row + self.rows + cells)
        right = min(shape[1], self.column + self.columns + cells)
        return Window(top, left, bottom - top, right - left)


@runtime_checkable
class Cells(Protocol):
    """Values of (rows, columns) that are read by window."""

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of every window."""

    def read(self, window: Window) -> np.ndarray:
        """The values (window.rows, window.columns); not to be written into."""


@runtime_checkable
class WritableCells(Cells, Protocol):
    """Cells that are written window by window and may then be read.

    `shared`: other processes may write into them too, each its own windows.
    """

    @property
    def shared(self) -> bool:
        """Whether what another process writes arrives here."""

    def write(self, window: Window, values: np.ndarray) -> None:
        """Put values in their place."""


class CellStore(Protocol):
    """Where results that do not fit into memory are kept: files, or memory in tests."""

    def create(self, name: str, *, shape: tuple[int, int], dtype: Any) -> WritableCells:
        """Room for (rows, columns) values, zeros until written."""


@dataclass(frozen=True, slots=True)
class ArrayCells:
    """An array in memory as cells."""

    values: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        rows, columns = self.values.shape
        return rows, columns

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the array."""
        return self.values.dtype

    @property
    def shared(self) -> bool:
        """No: another process has a copy."""
        return False

    def read(self, window: Window) -> np.ndarray:
        """A view."""
        return self.values[window.slices]

    def write(self, window: Window, values: np.ndarray) -> None:
        """Put values in their place."""
        self.values[window.slices] = values


@dataclass(frozen=True, slots=True)
class ArrayStore:
    """A store in memory."""

    def create(self, name: str, *, shape: tuple[int, int], dtype: Any) -> WritableCells:
        """Zeros."""
        return ArrayCells(np.zeros(shape, dtype=dtype))


def as_cells(values: "np.ndarray | Cells") -> Cells:
    """An array as cells; cells as they are."""
    return ArrayCells(values) if isinstance(values, np.ndarray) else values


def require_same_shape(first: Cells, *others: Cells, name: str) -> None:
    """Raise InputError `windows.shape` unless all have the shape of the first."""
    for other in others:
        if other.shape != first.shape:
            raise InputError.because("windows.shape", name, found=other.shape, expected=first.shape)


def windows(shape: tuple[int, int], *, side: int = 2048) -> tuple[Window, ...]:
    """Windows of at most `side` × `side` cells that cover `shape` once, row by row."""
    return tuple(
        Window(row, column, min(side, shape[0] - row), min(side, shape[1] - column))
        for row in range(0, shape[0], side)
        for column in range(0, shape[1], side)
    )


def each(
    work: Callable[[Any], Result], pieces: Iterable[Any], *, workers: Executor | None = None
) -> Iterator[Result]:
    """`work(piece)` of every piece, in order; by `workers`, where there are any.

    Only a few pieces are under way at a time, so that results do not pile up. On a cluster `work`
    and what it holds must be picklable, and files reachable by the same paths.
    """
    if workers is None:
        for piece in pieces:
            yield work(piece)
        return
    waiting: deque[Future[Result]] = deque()
    for piece in pieces:
        waiting.append(workers.submit(work, piece))
        if len(waiting) >= _AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def fill(
    out: WritableCells,
    work: Callable[[Window], np.ndarray],
    *,
    side: int = 2048,
    workers: Executor | None = None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write `work(window)` into every window of `out`.

    Where `out` is shared, workers write by themselves and send nothing back.
    """
    pieces = windows(out.shape, side=side)
    if out.shared:
        for done, _ in enumerate(each(partial(_put, out, work), pieces, workers=workers), start=1):
            _tell(progress, done / len(pieces))
        return
    results = each(work, pieces, workers=workers)
    for done, (window, values) in enumerate(zip(pieces, results, strict=True), start=1):
        out.write(window, values)
        _tell(progress, done / len(pieces))


def _put(out: WritableCells, work: Callable[[Window], np.ndarray], window: Window) -> None:
    out.write(window, work(window))


def _tell(progress: Callable[[float], None] | None, share: float) -> None:
    if progress is not None:
        progress(share)
