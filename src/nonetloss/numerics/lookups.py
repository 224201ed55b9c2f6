"""Counting and painting by two codes per cell, in one pass and without arrays in between."""

import numpy as np
from numba import njit


def tally(
    first: np.ndarray, second: np.ndarray, marked: np.ndarray, *, size: tuple[int, int]
) -> np.ndarray:
    """Cells by two codes, and how many of them are marked.

    Parameters
    ----------
    first, second : integers (rows, columns)
        Codes below `size`; cells whose first code is 0 are not counted.
    marked : bool (rows, columns)
    size : (int, int)
        Numbers of codes.

    Returns
    -------
    int64 (2, size[0], size[1])
        All cells, and the marked ones.
    """
    out = np.zeros((2, *size), dtype=np.int64)
    _tally(first, second, marked, out)
    return out


def paint(values: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """`values[first, second]` of every cell, in the type of `values` (codes, codes)."""
    out = np.empty(first.shape, dtype=values.dtype)
    _paint(values, first, second, out)
    return out


def picked(table: np.ndarray, index: np.ndarray, where: np.ndarray, *, beyond: int) -> np.ndarray:
    """`table[index]` where `where`, 0 elsewhere; the last value of the table at index `beyond`.

    `table` (n,) gives its type to the result; `index` are integers below n, or `beyond`.
    """
    out = np.empty(index.shape, dtype=table.dtype)
    _pick(table, index, where, beyond, out)
    return out


@njit(cache=True, nogil=True)
def _tally(first: np.ndarray, second: np.ndarray, marked: np.ndarray, out: np.ndarray) -> None:
    for r in range(first.shape[0]):
        for c in range(first.shape[1]):
            code = first[r, c]
            if code:
                out[0, code, second[r, c]] += 1
                if marked[r, c]:
                    out[1, code, second[r, c]] += 1


@njit(cache=True, nogil=True)
def _paint(values: np.ndarray, first: np.ndarray, second: np.ndarray, out: np.ndarray) -> None:
    for r in range(first.shape[0]):
        for c in range(first.shape[1]):
            out[r, c] = values[first[r, c], second[r, c]]


@njit(cache=True, nogil=True)
def _pick(
    table: np.ndarray, index: np.ndarray, where: np.ndarray, beyond: int, out: np.ndarray
) -> None:
    last = table[-1]
    for r in range(index.shape[0]):
        for c in range(index.shape[1]):
            if not where[r, c]:
                out[r, c] = 0
            else:
                at = index[r, c]
                out[r, c] = last if at == beyond else table[at]
