"""The front of all sums of two fronts, without forming all sums.

Mathematical formulation
    Of {a ⊕ b : a in A, b in B}, the points that no other reaches (or a set of which one reaches
    1 - δ of each). a ⊕ b = a + b, except that in a pair of objectives (R, T), with T the square
    of R plus closed parts, T = T_a + T_b + 2 R_a R_b.

In words
    Both fronts are laid into nested boxes. The best corners of two boxes add up to the best that
    any of their pairs could be; if a point found before reaches that, none of the pairs needs to
    be formed. What survives is collected, thinned, and becomes what later pairs are held against.
    Strong pairs from all over both fronts are tried first.

Validity
    ⊕ must not fall where a part rises: sums always, (R, T) for R that are not negative.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from nonetloss.numerics.fronts import boxes
from nonetloss.numerics.fronts.boxes import Boxes

# So many points of each front are tried first.
_SEEDS = 96
# Leaves of the summed fronts are small: a corner stands for few pairs, but rejects them well.
_LEAF = 4
# Work between two looks at interrupts and progress: about a tenth of a second.
_SLICE = 300_000
_LEAST_ROOM = 8192
# Parts into which a join is split for the workers of an executor.
_SHARES = 16


@dataclass(slots=True)
class Tally:
    """What the sums took: pairs there were, corners and pairs looked at, bytes held at most."""

    combined: int = 0
    examined: int = 0
    peak_bytes: int = 0


@dataclass(slots=True)
class Watch:
    """Called between slices of work.

    `step(share, bytes)` hears how much of the pairs is settled and what memory is held; it may
    raise, or return a larger shrink (d,) with which to go on, coarser but sooner done.
    """

    step: Callable[[float, int], np.ndarray | None]
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class Sums:
    """Kept sums (k, d), and the rows of the first and the second front that make them (int32)."""

    points: np.ndarray
    first: np.ndarray
    second: np.ndarray


def sum_front(
    first: np.ndarray,
    second: np.ndarray,
    *,
    watch: Watch,
    shrink: np.ndarray | None = None,
    cross: Sequence[tuple[int, int, float]] = (),
    floor: np.ndarray | None = None,
) -> Sums:
    """The front of all sums.

    Parameters
    ----------
    first, second : (n, d), (m, d) int64
        At least one point each, maximized; their sums must not overflow.
    watch : Watch
    shrink : (d,), optional
        Every sum is represented by a kept one that reaches 1 - shrink of it. None: exact. 1: the
        column does not count.
    cross : (column of R, column of T, factor), …
        T of a sum has the factor times 2 R_a R_b on top.
    floor : (d,) int64, optional
        Sums below it in any column are left out. There may then be none.

    Raises
    ------
    Whatever `watch.step` raises.
    """
    objectives = first.shape[1]
    shrink = np.zeros(objectives) if shrink is None else shrink
    floor = np.full(objectives, boxes.LOWEST) if floor is None else floor
    pairs, factors = columns(cross)
    a, b = boxes.build(first, _LEAF), boxes.build(second, _LEAF)
    watch.tally.combined += len(first) * len(second)
    kept, i, j = _seeds(a, b, pairs, factors, shrink, floor)
    todo = np.zeros((512, 2), np.int64)
    left, counts = 1, np.zeros(2)
    while left:
        held = boxes.build(kept)
        i, j = i[held.order], j[held.order]
        room = max(_LEAST_ROOM, len(kept) // 2)
        new = np.empty((room, objectives), np.int64)
        new_i, new_j = np.empty(room, np.int32), np.empty(room, np.int32)
        filled, full = 0, False
        while left and not full:
            seen = counts[0]
            left, filled, full = _work(
                a,
                b,
                pairs,
                factors,
                shrink,
                floor,
                held,
                todo,
                left,
                new,
                new_i,
                new_j,
                filled,
                counts,
            )
            watch.tally.examined += int(counts[0] - seen)
            size = sum(x.nbytes for x in (*a, *b, *held, kept, new, new_i, new_j, i, j))
            coarser = watch.step(float(counts[1]), size)
            shrink = shrink if coarser is None else np.maximum(shrink, coarser)
        kept, i, j = _joined(
            held.points, i, j, new[:filled], new_i[:filled], new_j[:filled], shrink
        )
    return Sums(kept, a.order[i].astype(np.int32), b.order[j].astype(np.int32))


def sum_parts(
    first: np.ndarray,
    second: np.ndarray,
    executor: Executor,
    *,
    watch: Watch,
    shrink: np.ndarray,
    cross: Sequence[tuple[int, int, float]] = (),
    floor: np.ndarray | None = None,
) -> Sums:
    """As `sum_front`, with the first front in parts that the workers of an executor take.

    Every part is solved for itself and their union thinned, exactly, so that the result covers
    as much as that of `sum_front`.
    """
    count = min(_SHARES, len(first))
    order = boxes.build(first, -(-len(first) // count)).order
    shares = np.array_split(order, count)
    waiting = [
        executor.submit(_share, first[rows], second, shrink, tuple(cross), floor) for rows in shares
    ]
    points, i, j = [], [], []
    for number, (rows, future) in enumerate(zip(shares, waiting, strict=True), start=1):
        sums, tally = future.result()
        watch.tally.combined += tally.combined
        watch.tally.examined += tally.examined
        points.append(sums.points)
        i.append(rows[sums.first].astype(np.int32))
        j.append(sums.second)
        watch.step(number / len(shares), sum(p.nbytes for p in points))
    together = np.concatenate(points)
    keep = boxes.thin(together)
    return Sums(together[keep], np.concatenate(i)[keep], np.concatenate(j)[keep])


def _share(
    first: np.ndarray,
    second: np.ndarray,
    shrink: np.ndarray,
    cross: tuple[tuple[int, int, float], ...],
    floor: np.ndarray | None,
) -> tuple[Sums, Tally]:
    watch = Watch(lambda _, __: None)
    sums = sum_front(first, second, watch=watch, shrink=shrink, cross=cross, floor=floor)
    return sums, watch.tally


def _seeds(
    a: Boxes,
    b: Boxes,
    cross: np.ndarray,
    factors: np.ndarray,
    shrink: np.ndarray,
    floor: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, columns = (
        np.unique(np.linspace(0, len(x.points) - 1, min(len(x.points), _SEEDS)).astype(np.int32))
        for x in (a, b)
    )
    i, j = np.repeat(rows, len(columns)), np.tile(columns, len(rows))
    sums = pairwise(a.points[i], b.points[j], cross, factors)
    within = (sums >= floor).all(axis=1)
    sums, i, j = sums[within], i[within], j[within]
    keep = boxes.thin(sums, shrink=shrink)
    return sums[keep], i[keep], j[keep]


def columns(cross: Sequence[tuple[int, int, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Columns (c, 2) and factors (c,) of what is multiplied crosswise."""
    pairs = np.array([c[:2] for c in cross], np.int64).reshape(-1, 2)
    return pairs, np.array([c[2] for c in cross], np.float64)


def pairwise(
    left: np.ndarray, right: np.ndarray, cross: np.ndarray, factors: np.ndarray
) -> np.ndarray:
    """Row by row, left ⊕ right (k, d), with `cross` and `factors` of `columns`."""
    sums: np.ndarray = left + right
    for (r, t), factor in zip(cross, factors, strict=True):
        product = 2.0 * left[:, r].astype(np.float64) * right[:, r].astype(np.float64)
        sums[:, t] += np.rint(factor * product).astype(np.int64)
    return sums


def _joined(
    kept: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    new: np.ndarray,
    new_i: np.ndarray,
    new_j: np.ndarray,
    shrink: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kept and new points together: no kept one reaches a new one, but the reverse may be."""
    if len(new) == 0:
        return kept, i, j
    keep = boxes.thin(new, shrink=shrink)
    new = new[keep]
    still = ~boxes.any_reaches(kept, new)
    return (
        np.concatenate([kept[still], new]),
        np.concatenate([i[still], new_i[keep]]),
        np.concatenate([j[still], new_j[keep]]),
    )


@njit(cache=True, nogil=True)
def _add(
    left: np.ndarray,
    i: int,
    right: np.ndarray,
    j: int,
    cross: np.ndarray,
    factors: np.ndarray,
    out: np.ndarray,
) -> None:
    for k in range(len(out)):
        out[k] = left[i, k] + right[j, k]
    for c in range(len(factors)):
        r = cross[c, 0]
        product = 2.0 * float(left[i, r]) * float(right[j, r])
        out[cross[c, 1]] += np.int64(np.rint(factors[c] * product))


@njit(cache=True, nogil=True)
def _work(
    a: Boxes,
    b: Boxes,
    cross: np.ndarray,
    factors: np.ndarray,
    shrink: np.ndarray,
    floor: np.ndarray,
    held: Boxes,
    todo: np.ndarray,
    left: int,
    new: np.ndarray,
    new_i: np.ndarray,
    new_j: np.ndarray,
    filled: int,
    counts: np.ndarray,
) -> tuple[int, int, bool]:
    """Settle pairs of boxes from the stack `todo` until a slice is done or `new` is full.

    `counts` holds what was looked at, and the share of all pairs that is settled.
    """
    exactly = np.zeros(len(shrink), np.int64)
    pair, wanted = exactly.copy(), exactly.copy()
    stack = np.empty(64, np.int64)
    a_leaf, b_leaf = (len(a.first) + 1) // 2 - 1, (len(b.first) + 1) // 2 - 1
    everything = float(len(a.points)) * float(len(b.points))
    enough = counts[0] + _SLICE
    guess = -1
    while left > 0 and counts[0] < enough:
        p, q = todo[left - 1]
        n, m = a.last[p] - a.first[p], b.last[q] - b.first[q]
        leaf = p >= a_leaf and q >= b_leaf
        if leaf and filled + n * m > len(new):
            return left, filled, True
        left -= 1
        _add(a.best, p, b.best, q, cross, factors, pair)
        counts[0] += 1
        lost = not boxes.reaches(pair, floor)
        if not lost:
            boxes.lowered(pair, shrink, exactly, wanted)
            found = boxes.reached(
                wanted, held.points, held.first, held.last, held.best, stack, guess
            )
            lost = found >= 0
            guess = found if lost else guess
        if lost:
            counts[1] += n * m / everything
        elif not leaf:
            split = q >= b_leaf or (p < a_leaf and n >= m)
            for half in (1, 2):
                todo[left, 0] = 2 * p + half if split else p
                todo[left, 1] = q if split else 2 * q + half
                left += 1
        else:
            counts[0] += n * m
            counts[1] += n * m / everything
            for i in range(a.first[p], a.last[p]):
                for j in range(b.first[q], b.last[q]):
                    _add(a.points, i, b.points, j, cross, factors, pair)
                    if not boxes.reaches(pair, floor):
                        continue
                    boxes.lowered(pair, shrink, exactly, wanted)
                    found = boxes.reached(
                        wanted, held.points, held.first, held.last, held.best, stack, guess
                    )
                    if found < 0:
                        new[filled] = pair
                        new_i[filled], new_j[filled] = i, j
                        filled += 1
                    guess = found if found >= 0 else guess
    return left, filled, False
