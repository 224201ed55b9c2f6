"""Build a program block by block: columns first, then rows that speak of some of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from nonetloss.numerics.milp import Model, Rows, compile_model


@dataclass(slots=True)
class Program:
    """Columns and rows collected so far; `compile` makes the model of them."""

    _cost: list[np.ndarray] = field(default_factory=list)
    _lower: list[np.ndarray] = field(default_factory=list)
    _upper: list[np.ndarray] = field(default_factory=list)
    _integer: list[np.ndarray] = field(default_factory=list)
    _rows: list[tuple[tuple[tuple[slice, Any], ...], Any, Any]] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)
    _prices: list[tuple[slice, np.ndarray | float]] = field(default_factory=list)
    width: int = 0

    def price(self, where: slice, cost: np.ndarray | float) -> None:
        """Add to the objective of columns that stand already."""
        self._prices.append((where, cost))

    def columns(
        self,
        count: int,
        *,
        cost: np.ndarray | float = 0.0,
        lower: np.ndarray | float = 0.0,
        upper: np.ndarray | float = np.inf,
        integer: np.ndarray | bool = False,
    ) -> slice:
        """`count` further columns; the slice says where they stand."""
        for held, value in (
            (self._cost, cost),
            (self._lower, lower),
            (self._upper, upper),
            (self._integer, integer),
        ):
            held.append(np.broadcast_to(np.asarray(value), (count,)))
        start, self.width = self.width, self.width + count
        return slice(start, self.width)

    def rows(
        self,
        *parts: tuple[slice, Any],
        lower: np.ndarray | float = -np.inf,
        upper: np.ndarray | float = np.inf,
        names: Sequence[str] | str = "",
    ) -> slice:
        """Rows `lower <= sum of matrix @ columns <= upper`; the slice says where they stand.

        `names`: one for each row, or one for all.
        """
        count = parts[0][1].shape[0]
        start = len(self._names)
        self._rows.append((parts, lower, upper))
        self._names += [names] * count if isinstance(names, str) else list(names)
        return slice(start, start + count)

    def compile(self, *, maximize: bool = False) -> Model:
        """The model."""
        blocks = []
        for parts, lower, upper in self._rows:
            by_start = sorted(parts, key=lambda part: part[0].start)
            count = by_start[0][1].shape[0]
            pieces, at = [], 0
            for where, matrix in by_start:
                if where.start > at:
                    pieces.append(sparse.csr_array((count, where.start - at)))
                pieces.append(sparse.csr_array(matrix))
                at = where.stop
            if at < self.width:
                pieces.append(sparse.csr_array((count, self.width - at)))
            blocks.append(Rows(sparse.hstack(pieces, format="csr"), lower, upper))
        objective = _joined(self._cost, np.float64)
        for where, cost in self._prices:
            objective[where] += cost
        return compile_model(
            objective,
            rows=blocks,
            column_lower=_joined(self._lower, np.float64),
            column_upper=_joined(self._upper, np.float64),
            integer=_joined(self._integer, bool),
            maximize=maximize,
            row_names=self._names if any(self._names) else (),
        )


def add_products(
    program: Program, binaries: slice, first: np.ndarray, second: np.ndarray, cost: np.ndarray
) -> None:
    """Columns that equal the products x_first x_second of binary columns, at a cost each.

    `first`, `second` (k,) count from the start of `binaries`. Only the rows that the signs of the
    costs call for are written: a product that pays is held down, one that costs is held up.
    """
    count = first.size
    if count == 0:
        return
    both = program.columns(count, cost=cost, upper=1.0)
    each = np.arange(count)
    shape = (count, binaries.stop - binaries.start)
    one = sparse.csr_array((np.ones(count), (each, first)), shape=shape)
    other = sparse.csr_array((np.ones(count), (each, second)), shape=shape)
    itself = sparse.eye_array(count, format="csr")
    if (cost < 0).any():
        program.rows((binaries, -one), (both, itself), upper=0.0)
        program.rows((binaries, -other), (both, itself), upper=0.0)
    if (cost > 0).any():
        program.rows((binaries, one + other), (both, -itself), upper=1.0)


def _joined(parts: list[np.ndarray], kind: Any) -> np.ndarray:
    return np.concatenate(parts).astype(kind) if parts else np.zeros(0, dtype=kind)
