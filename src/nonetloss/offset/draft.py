"""A program while it is written: columns and rows block by block, rows labeled by what they ask.

`Draft` is filled and handed over at once; what leaves it is a frozen `Program`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from nonetloss.numerics.milp import Model, Rows, compile_model

# Row, column and value of the entries of a matrix.
Entries = tuple[np.ndarray, np.ndarray, np.ndarray | float]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a set of rows asks: `kind` (need, service, community, budget …), of whom, which rows."""

    kind: str
    name: str
    rows: np.ndarray


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled model and what its rows ask; rows of no demand always hold.

    `marks` names columns that are read again later.
    """

    model: Model
    demands: tuple[Demand, ...]
    marks: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """Columns and rows so far. Mutable, and never kept: only `program` leaves a function."""

    lower: list[np.ndarray] = field(default_factory=list)
    upper: list[np.ndarray] = field(default_factory=list)
    integer: list[np.ndarray] = field(default_factory=list)
    blocks: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)
    least: list[np.ndarray] = field(default_factory=list)
    most: list[np.ndarray] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    marks: dict[str, np.ndarray] = field(default_factory=dict)
    width: int = 0
    height: int = 0

    def columns(
        self,
        count: int,
        *,
        lower: np.ndarray | float = 0.0,
        upper: np.ndarray | float = np.inf,
        integer: np.ndarray | bool = False,
    ) -> np.ndarray:
        """Indices of `count` new columns."""
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), (count,)))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), (count,)))
        self.integer.append(np.broadcast_to(np.asarray(integer, dtype=bool), (count,)))
        self.width += count
        return np.arange(self.width - count, self.width)

    def rows(
        self,
        count: int,
        entries: Sequence[Entries],
        *,
        lower: np.ndarray | float = -np.inf,
        upper: np.ndarray | float = np.inf,
        kind: str = "",
        names: Sequence[str] = (),
    ) -> None:
        """`count` new rows from (row, column, value) triples; rows count from 0.

        With `kind` and no names, all of them are one demand; with names, each row is one of its
        own.
        """
        for row, column, value in entries:
            at = np.asarray(row, dtype=np.int64) + self.height
            values = np.broadcast_to(np.asarray(value, dtype=np.float64), at.shape)
            self.blocks.append((at, np.asarray(column, dtype=np.int64), values))
        self.least.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), (count,)))
        self.most.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), (count,)))
        made = np.arange(self.height, self.height + count)
        if kind and names:
            self.demands.extend(
                Demand(kind, n, made[i : i + 1]) for i, n in enumerate(names) if i < count
            )
        elif kind and count:
            self.demands.append(Demand(kind, "", made))
        self.height += count

    def label(self, kind: str, first: int) -> None:
        """Make all rows from `first` on one demand."""
        self.demands.append(Demand(kind, "", np.arange(first, self.height)))

    def program(self, objective: np.ndarray, *, maximize: bool = False) -> Program:
        """Compile what was written; `objective` over all columns (shorter: zeros behind)."""
        goal = np.zeros(self.width)
        goal[: objective.size] = objective
        parts = [np.concatenate([b[i] for b in self.blocks] or [np.zeros(0)]) for i in range(3)]
        matrix = sparse.csr_array(
            (parts[2], (parts[0].astype(np.int64), parts[1].astype(np.int64))),
            shape=(self.height, self.width),
        )
        model = compile_model(
            goal,
            rows=[Rows(matrix, _joined(self.least), _joined(self.most))],
            column_lower=_joined(self.lower),
            column_upper=_joined(self.upper),
            integer=_joined(self.integer).astype(bool),
            maximize=maximize,
        )
        return Program(model, tuple(self.demands), dict(self.marks))


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([*parts, np.zeros(0)])
