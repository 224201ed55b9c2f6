"""How every point of a front came to be, kept as rows of the fronts it was made of."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Start:
    """One point: nothing chosen yet."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Points of several earlier fronts, each with one option chosen at a node (-1: none).

    `source` (n,) is the place in `fronts`, `row` (n,) int32 the row there, `option` (n,)
    int8 what was chosen.
    """

    node: int
    fronts: "tuple[Trace, ...]"
    source: np.ndarray
    row: np.ndarray
    option: np.ndarray


@dataclass(frozen=True, slots=True)
class Sum:
    """Sums of the rows `i` of one front and the rows `j` of another (None: its only row)."""

    first: "Trace"
    second: "Trace"
    i: np.ndarray | None
    j: np.ndarray | None


Trace = Start | Choice | Sum


def size(trace: Trace) -> int:
    """Bytes of the arrays of one step, without those of the steps before."""
    if isinstance(trace, Choice):
        return trace.source.nbytes + trace.row.nbytes + trace.option.nbytes
    if isinstance(trace, Sum):
        return sum(0 if x is None else x.nbytes for x in (trace.i, trace.j))
    return 0


def choices(trace: Trace, rows: np.ndarray, nodes: int) -> np.ndarray:
    """The option chosen at every node, int8 (rows, nodes), for some rows of a front."""
    out = np.zeros((len(rows), nodes), np.int8)
    stack = [(trace, rows, np.arange(len(rows)))]
    while stack:
        step, mine, at = stack.pop()
        if isinstance(step, Sum):
            for before, places in ((step.first, step.i), (step.second, step.j)):
                only = np.zeros(len(mine), np.int64)
                stack.append((before, only if places is None else places[mine], at))
        elif isinstance(step, Choice):
            if step.node >= 0:
                out[at, step.node] = step.option[mine]
            for number, before in enumerate(step.fronts):
                here = step.source[mine] == number
                if here.any():
                    stack.append((before, step.row[mine[here]], at[here]))
    return out
