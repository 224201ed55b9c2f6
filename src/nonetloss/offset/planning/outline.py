"""The outline of units: what each adds alone, and what neighbors save together."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from nonetloss.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Outline:
    """`outline` (units,) when chosen alone; shared edges as `first`, `second`, `length`."""

    outline: np.ndarray
    first: np.ndarray
    second: np.ndarray
    length: np.ndarray


def outline_and_edges(boundary: Any, units: int, exposed_edge_factor: float) -> Outline:
    """Shared edges, and perimeters with exposed edges counted by their factor.

    Parameters
    ----------
    boundary : sparse or dense symmetric (units, units)
        Lengths of shared edges; the diagonal holds the whole perimeter of each unit.
    exposed_edge_factor : float
        Share at which the length of an edge that borders no unit counts.

    Raises
    ------
    InputError
        `minimum-set.input` (shape, not finite, not symmetric, more shared than there is perimeter).
    """
    shape = sparse.csr_array(boundary, dtype=np.float64)
    _require(shape.shape == (units, units) and bool(np.isfinite(shape.data).all()))
    skew = abs(shape - shape.T)
    _require(skew.nnz == 0 or bool(skew.max() <= 1e-9 * abs(shape).max()))
    whole = shape.diagonal()
    pairs = sparse.triu(shape, k=1, format="coo")
    used = pairs.data > 0
    first, second, length = pairs.row[used], pairs.col[used], pairs.data[used]
    met = np.bincount(first, length, units) + np.bincount(second, length, units)
    exposed = whole - met
    _require(bool((exposed >= -1e-6 * np.maximum(whole, 1.0)).all()))
    outline = met + exposed_edge_factor * np.maximum(exposed, 0.0)
    return Outline(outline, first.astype(np.int64), second.astype(np.int64), length)


def _require(holds: bool) -> None:
    if not holds:
        raise InputError.because("minimum-set.input", "boundary")
