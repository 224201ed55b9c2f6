"""The front of all ways to choose one option above every node of a tree.

Mathematical formulation
    v_u = base_u ⊕ (⊕ over children c of add[c, o_c] + keep[c, o_c] · v_c), with one allowed option
    o_c for every node but the root, and at most one claim of every group in the whole tree.
    Wanted: the non-dominated v_root (all maximized) within bounds, each with its options.

In words
    From the leaves to the root, every node keeps the front of what its subtree can bring. Children
    are joined shortest fronts first, and only what is not dominated is kept: since all that
    follows never falls where a part rises, a dominated part never belongs to a better whole.

    With a budget ε, joined fronts may be thinned: a part that another reaches up to 1 - δ can be
    represented by it. What is lost in parts that are summed does not add up (the worse one
    counts); what is lost one after the other multiplies, so the budget is shared among the joins
    that are still to come.

    An upper bound on something maximized makes dominated parts useful (the better one may go
    beyond). Such an objective is carried twice, upward and downward, so that only parts equal in
    it are compared. Bounds also cut parts that no completion brings within them.

    Parts that claim from a group of which others may still claim are kept apart until the whole
    group lies in the subtree.

Papers
    Wu et al. 2018, doi 10.1609/aaai.v32i1.11347; Grimson et al. 2024 (affine steps; why fronts
    must not be filtered by upper bounds).
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from nonetloss.numerics.fronts import boxes
from nonetloss.numerics.fronts.reach import Reach, reach_of
from nonetloss.numerics.fronts.staircase import staircase, staircase_sum
from nonetloss.numerics.fronts.sums import (
    Sums,
    Tally,
    Watch,
    columns,
    pairwise,
    sum_front,
    sum_parts,
)
from nonetloss.numerics.fronts.trace import Choice, Start, Sum, Trace, choices, size

# Joins of fewer pairs are never thinned: they cost nothing, and the budget is worth more later.
_WORTH_THINNING = 10_000
# From so many pairs on a join is split among the workers of an executor.
_WORTH_SHARING = 5_000_000


@dataclass(frozen=True, slots=True)
class TreeProblem:
    """A tree of choices in whole numbers.

    Parameters
    ----------
    parent : (n,) int
        -1 at the root, which comes first; every node after its parent.
    base : (n, d) int64
    add : (n, m, d) int64, keep : (n, m, d) float, allowed : (n, m) bool
        Options above each node; row 0 is not used. keep is not negative. Products are rounded.
    claims : (n, m) int64
        Bits of the groups of which an option claims the one place.
    cross : (column of R, column of T, factor), …
        See `sums.sum_front`.
    shown : columns of the result; others are only carried along.
    low, high : (d,) float
        Bounds at the root, infinite where there is none. Of columns in `cross` only at the end.
    mirrored : columns whose bound makes dominated parts useful.
    slack : (d,) int64
        Differences at the root that count as none.
    """

    parent: np.ndarray
    base: np.ndarray
    add: np.ndarray
    keep: np.ndarray
    allowed: np.ndarray
    claims: np.ndarray
    cross: tuple[tuple[int, int, float], ...]
    shown: tuple[int, ...]
    low: np.ndarray
    high: np.ndarray
    mirrored: tuple[int, ...]
    slack: np.ndarray


@dataclass(frozen=True, slots=True)
class TreeFront:
    """Points (k, shown) at the root, the option at every node (k, n), what was lost and taken.

    `lost`: every feasible point is reached by one of these divided by (in what is negative:
    multiplied with) 1 + lost. `hurried`: the search was asked to end sooner.
    """

    points: np.ndarray
    options: np.ndarray
    lost: float
    hurried: bool
    largest: int
    tally: Tally


@dataclass(slots=True)
class Guide:
    """What steers a search from outside.

    `epsilon`: what may be lost; 0 for exact. `hurry()`: asked now and then; the budget to go on
    with if the search is to end soon, else None. `limit_bytes`: beyond it the search hurries as
    well. `tell(share)` hears of progress. `executor` takes large joins in parts.
    """

    epsilon: float = 0.0
    hurry: Callable[[], float | None] = lambda: None
    limit_bytes: float = float("inf")
    hurried_epsilon: float = 0.1
    tell: Callable[[float], None] = lambda _: None
    executor: Executor | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """A front of a subtree with one label; `lost` is a logarithm."""

    points: np.ndarray
    trace: Trace
    lost: float


# Fronts by label: the bits of the groups that are claimed and still open.
_Parts = Mapping[int, _Part]


def tree_front(problem: TreeProblem, guide: Guide) -> TreeFront:
    """Solve; an infeasible problem gives no points.

    Raises
    ------
    MemoryError
        If even a hurried search goes far beyond the limit.
    Whatever `guide.hurry` and `guide.tell` raise.
    """
    return _Search(problem, guide).run()


class _Search:
    """One run: fronts of nodes whose parents are still to come, and what they hold."""

    def __init__(self, problem: TreeProblem, guide: Guide) -> None:
        self.problem = problem
        self.guide = guide
        self.base, self.add, self.keep, self.cross = _mirrored(problem)
        self.plain = self.base.shape[1] == 2 and not self.cross
        self.children = _children(problem.parent)
        self.closed = _closed(problem)
        self.later, self.weight = _outlook(problem, self.children)
        self.floor, self.reach = self._floors()
        # Reach is reckoned in floating point, and rounded products may differ by one at every node.
        most = np.abs(self.base).sum(axis=0) + np.abs(self.add).max(axis=1).sum(axis=0)
        most = np.maximum(most, np.abs(self.reach.most).max(axis=0))
        self.margin = len(self.base) * (2.0 + 2.0**-50 * most)
        self.fronts: dict[int, _Parts] = {}
        self.waiting: list[_Parts] = []
        self.budget = float(np.log1p(guide.epsilon))
        self.hurried = False
        self.lapses = 0
        self.traced = 0
        self.done = 0.0
        self.largest = 1
        self.tally = Tally()

    def run(self) -> TreeFront:
        for node in range(len(self.base) - 1, -1, -1):
            self.fronts[node] = self._node(node)
            self.done += self.weight[node]
            self.guide.tell(self.done / self.weight.sum())
        parts = self.fronts.pop(0)
        shown = list(self.problem.shown)
        if not parts:
            none = np.zeros((0, len(self.base)), np.int8)
            return TreeFront(
                np.zeros((0, len(shown)), np.int64), none, 0.0, self.hurried, 0, self.tally
            )
        part = _union(list(parts.values()), self._front)
        columns = self.problem.low.shape[0]
        values = part.points[:, :columns]
        rows = np.flatnonzero(
            ((values >= self.problem.low) & (values <= self.problem.high)).all(axis=1)
        )
        rows = rows[_without_ties(values[rows][:, shown], self.problem.slack[shown])]
        made = choices(part.trace, rows, len(self.base))
        lost = float(np.expm1(part.lost))
        return TreeFront(values[rows][:, shown], made, lost, self.hurried, self.largest, self.tally)

    def _node(self, node: int) -> _Parts:
        start: _Parts = {0: _Part(self.base[node : node + 1], Start(), 0.0)}
        children = self.children[node]
        self.waiting = [start, *(self._chosen(child) for child in children)]
        order = count = len(self.waiting)
        heap = [(_total(parts), i, parts) for i, parts in enumerate(self.waiting)]
        heapq.heapify(heap)
        while len(heap) > 1:
            first, second = heapq.heappop(heap)[2], heapq.heappop(heap)[2]
            after = int(np.ceil(np.log2(len(heap) + 1))) + self.later[node]
            spot = _Spot(
                node=node,
                after=after,
                share=(count - len(heap)) / count,
                last=node == 0 and not heap,
                floor=self._needed(node, [parts for _, _, parts in heap]),
            )
            joined = self._join(second, first, spot)
            order += 1
            heapq.heappush(heap, (_total(joined), order, joined))
            self.waiting = [parts for _, _, parts in heap]
        self.waiting = []
        whole = {label: self._leveled(part, node) for label, part in heap[0][2].items()}
        return self._settled(whole, self.closed[node, 0])

    def _needed(self, node: int, pending: Sequence[_Parts]) -> np.ndarray:
        """What a sum at a node must reach before the parts that are still to be joined come."""
        if node == 0 and not pending:
            return self.floor
        need = self.reach.need[node].copy()
        for parts in pending:
            tops = [part.points.max(axis=0) for part in parts.values()]
            need -= np.max(tops, axis=0) if tops else 0.0
        return _whole_floor(need - self.margin)

    def _chosen(self, node: int) -> _Parts:
        """What each option above a node makes of its front."""
        by_label: dict[int, list[tuple[_Part, int]]] = {}
        for label, part in self.fronts.pop(node).items():
            for option in np.flatnonzero(self.problem.allowed[node]):
                claim = int(self.problem.claims[node, option])
                if not label & claim:
                    by_label.setdefault(label | claim, []).append((part, int(option)))
        parts = {label: self._edge(node, ways) for label, ways in by_label.items()}
        return self._settled(parts, self.closed[node, 1])

    def _edge(self, node: int, ways: Sequence[tuple[_Part, int]]) -> _Part:
        points = np.concatenate(
            [_moved(p.points, self.add[node, o], self.keep[node, o]) for p, o in ways]
        )
        lengths = [len(part.points) for part, _ in ways]
        fronts = tuple(part.trace for part, _ in ways)
        source, row = _origins(lengths)
        option = np.repeat(np.array([o for _, o in ways], np.int8), lengths)
        # Nothing follows the last choice: bounds decide first, and then what is shown.
        final = self.problem.parent[node] == 0 and len(self.children[0]) == 1
        if (len(ways) > 1 or self.plain) and not final:
            kept = self._front(points)
            points, source, row, option = points[kept], source[kept], row[kept], option[kept]
        trace = Choice(node, fronts, source, row, option)
        self.traced += size(trace)
        return _Part(points, trace, max(part.lost for part, _ in ways))

    def _settled(self, parts: _Parts, closed: int) -> dict[int, _Part]:
        """Labels without the groups that are closed; nothing that a smaller label has as well."""
        by_label: dict[int, list[_Part]] = {}
        for label, part in parts.items():
            by_label.setdefault(label & ~int(closed), []).append(part)
        merged = {label: _union(same, self._front) for label, same in by_label.items()}
        useful = {label: p for label, p in merged.items() if self._useful(label, p, merged)}
        if len(useful) < len(merged):
            # What stands in for a part that is dropped has lost no less than that part.
            lost = max(part.lost for part in merged.values())
            useful = {label: replace(part, lost=lost) for label, part in useful.items()}
        return useful

    def _leveled(self, part: _Part, node: int) -> _Part:
        """A whole node: a bound that no completion can miss any more holds for all alike."""
        twins = np.arange(len(self.problem.low), self.base.shape[1])
        if len(twins) == 0 or len(part.points) < 2:
            return part
        enough = np.maximum(self.reach.sure[node], self.reach.least[node]) + self.margin
        enough = np.ceil(enough)[twins]
        fine = np.abs(enough) < 2.0**62
        twins, level = twins[fine], enough[fine].astype(np.int64)
        if not (part.points[:, twins] > level).any():
            return part
        points = part.points.copy()
        points[:, twins] = np.minimum(points[:, twins], level)
        kept = self._front(points)
        return _rows(_Part(points, part.trace, part.lost), kept)

    def _useful(self, label: int, part: _Part, parts: _Parts) -> bool:
        """False if parts that claim less reach all of this one."""
        less = [p.points for other, p in parts.items() if other != label and not other & ~label]
        return not less or not boxes.any_reaches(part.points, np.concatenate(less)).all()

    def _join(self, first: _Parts, second: _Parts, spot: "_Spot") -> dict[int, _Part]:
        by_label: dict[int, list[_Part]] = {}
        for one, a in first.items():
            for other, b in second.items():
                if not one & other:
                    joined = self._sum(a, b, spot)
                    if len(joined.points):
                        by_label.setdefault(one | other, []).append(joined)
        return {label: _union(same, self._front) for label, same in by_label.items()}

    def _sum(self, a: _Part, b: _Part, spot: "_Spot") -> _Part:
        lost = max(a.lost, b.lost)
        if len(b.points) == 1 or len(a.points) == 1:
            return _within(_shifted(a, b, self.cross, lost), spot.floor)
        pairs = len(a.points) * len(b.points)
        thinning = pairs >= _WORTH_THINNING

        def step_size() -> float:
            return max(0.0, self.budget - lost) / (spot.after + 1) if thinning else 0.0

        def step(settled: float, held: int) -> np.ndarray | None:
            self._tell(spot, settled)
            return self._shrink(step_size(), spot.last) if self._pressed(held) else None

        if self.plain:
            # Along x nothing is ever left out; where y is bounded, nothing is at all.
            shrink = float(self._shrink(step_size(), last=False)[1])
            thinning = thinning and shrink > 0.0
            i, j = staircase_sum(a.points, b.points, shrink=shrink)
            self.tally.combined += pairs
            self.tally.examined += len(i)
            made = Sums(a.points[i] + b.points[j], i.astype(np.int32), j.astype(np.int32))
            step(1.0, made.points.nbytes)
        else:
            solve = sum_front
            if self.guide.executor is not None and pairs >= _WORTH_SHARING:
                solve = partial(sum_parts, executor=self.guide.executor)
            made = solve(
                a.points,
                b.points,
                watch=Watch(step, self.tally),
                shrink=self._shrink(step_size(), spot.last),
                cross=self.cross,
                floor=spot.floor,
            )
        self.largest = max(self.largest, len(made.points))
        trace = Sum(a.trace, b.trace, made.first, made.second)
        self.traced += size(trace)
        return _within(_Part(made.points, trace, lost + step_size()), spot.floor)

    def _shrink(self, step: float, last: bool) -> np.ndarray:
        """Shrink by column: half a step for R, whose square is T; what is bounded stays exact."""
        shrink = np.full(self.base.shape[1], -np.expm1(-step))
        for r, _, _ in self.cross:
            shrink[r] = -np.expm1(-step / 2)
        own = len(self.problem.low)
        bounded = np.isfinite(self.problem.low) | np.isfinite(self.problem.high)
        for r, t, _ in self.problem.cross:
            bounded[r] |= bounded[t]
        shrink[:own][bounded] = 0.0
        shrink[own:] = 0.0
        if last:
            # At the end, what is only carried along has done its duty.
            shrink[np.setdiff1d(np.arange(len(shrink)), self.problem.shown)] = 1.0
        return shrink

    def _front(self, points: np.ndarray) -> np.ndarray:
        return staircase(points) if self.plain else np.flatnonzero(boxes.thin(points))

    def _pressed(self, held: int) -> bool:
        """Whether the budget was raised, because somebody asked for an end or memory runs out."""
        alive = [part for parts in self._alive() for part in parts.values()]
        total = held + self.traced + sum(part.points.nbytes for part in alive)
        self.tally.peak_bytes = max(self.tally.peak_bytes, total)
        wanted = None if self.hurried else self.guide.hurry()
        if total > self.guide.limit_bytes * (1 + 0.25 * self.lapses):
            if self.lapses > 3:
                raise MemoryError
            self.lapses += 1
            wanted = self.guide.hurried_epsilon * 2 ** (self.lapses - 1)
        if wanted is None:
            return False
        self.hurried = True
        self.budget = max(self.budget, float(np.log1p(wanted)))
        return True

    def _alive(self) -> list[_Parts]:
        return [*self.fronts.values(), *self.waiting]

    def _tell(self, spot: "_Spot", settled: float) -> None:
        part = min(1.0, spot.share + settled / (1 + len(self.children[spot.node])))
        self.guide.tell((self.done + part * self.weight[spot.node]) / self.weight.sum())

    def _floors(self) -> tuple[np.ndarray, Reach]:
        """Bounds as floors of all columns: an upper one is a floor of the mirrored column."""
        problem = self.problem
        twins = list(problem.mirrored)
        floor = np.concatenate([problem.low, -problem.high[twins]])
        within = floor.copy()
        for r, t, _ in self.cross:
            # Squares do not add up: what they need is only known at the end.
            within[[r, t]] = -np.inf
        reach = reach_of(problem.parent, self.base, self.add, self.keep, problem.allowed, within)
        return _whole_floor(floor), reach


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a join stands: at which node, how many are still to come, and what it must reach."""

    node: int
    after: int
    share: float
    last: bool
    floor: np.ndarray


def _whole_floor(floor: np.ndarray) -> np.ndarray:
    """The least whole numbers not below a floor; `boxes.LOWEST` where there is none."""
    top = float(2**62)
    whole = np.ceil(np.clip(floor, -top, top)).astype(np.int64)
    return np.where(np.isneginf(floor), boxes.LOWEST, whole)


def _within(part: _Part, floor: np.ndarray) -> _Part:
    return _rows(part, np.flatnonzero((part.points >= floor).all(axis=1)))


def _without_ties(points: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """Places of the points that no other reaches within the slack.

    Where a column varies by less than its slack, the strongest need not be the better: what is
    left is looked at once more from the other end. There, a point that another reaches is worse
    than it by more than the slack somewhere, or the first pass had dropped the other.
    """
    kept = np.flatnonzero(boxes.thin(points, slack=slack))
    if slack.any():
        kept = kept[boxes.thin(points[kept], slack=slack, weakest_first=True)]
    return kept


def _shifted(a: _Part, b: _Part, cross: Sequence[tuple[int, int, float]], lost: float) -> _Part:
    """The sum of a front and a single point."""
    one, many = (a, b) if len(a.points) == 1 else (b, a)
    repeated = np.repeat(one.points, len(many.points), axis=0)
    points = pairwise(many.points, repeated, *columns(cross))
    return _Part(points, Sum(many.trace, one.trace, np.arange(len(points)), None), lost)


def _rows(part: _Part, rows: np.ndarray) -> _Part:
    if len(rows) == len(part.points):
        return part
    zero = np.zeros(len(rows), np.int8)
    trace = Choice(-1, (part.trace,), zero, rows.astype(np.int32), zero)
    return _Part(part.points[rows], trace, part.lost)


def _union(parts: list[_Part], front: Callable[[np.ndarray], np.ndarray]) -> _Part:
    if len(parts) == 1:
        return parts[0]
    lengths = [len(part.points) for part in parts]
    points = np.concatenate([part.points for part in parts])
    source, row = _origins(lengths)
    kept = front(points)
    nothing = np.zeros(len(kept), np.int8)
    trace = Choice(-1, tuple(part.trace for part in parts), source[kept], row[kept], nothing)
    return _Part(points[kept], trace, max(part.lost for part in parts))


def _origins(lengths: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Which of several fronts, one after the other, each point comes from, and its row there."""
    numbers = np.arange(len(lengths), dtype=np.min_scalar_type(len(lengths)))
    rows = [np.arange(n, dtype=np.int32) for n in lengths]
    return np.repeat(numbers, lengths), np.concatenate(rows)


def _moved(points: np.ndarray, add: np.ndarray, keep: np.ndarray) -> np.ndarray:
    moved: np.ndarray = points + add
    for column in np.flatnonzero(keep != 1.0):
        kept = np.rint(points[:, column] * keep[column]).astype(np.int64)
        moved[:, column] = add[column] + kept
    return moved


def _total(parts: _Parts) -> int:
    return sum(len(part.points) for part in parts.values())


def _mirrored(
    problem: TreeProblem,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[tuple[int, int, float], ...]]:
    """Base, add, keep and cross with the mirrored columns, turned around, at the end."""
    twins = list(problem.mirrored)
    width = problem.base.shape[1]
    place = {column: width + i for i, column in enumerate(twins)}
    base = np.hstack([problem.base, -problem.base[:, twins]])
    add = np.concatenate([problem.add, -problem.add[:, :, twins]], axis=2)
    keep = np.concatenate([problem.keep, problem.keep[:, :, twins]], axis=2)
    turned = tuple((place[r], place[t], -f) for r, t, f in problem.cross if t in place)
    return base, add, keep, (*problem.cross, *turned)


def _children(parent: np.ndarray) -> list[list[int]]:
    children: list[list[int]] = [[] for _ in parent]
    for node, below in enumerate(parent):
        if below >= 0:
            children[below].append(node)
    return children


def _closed(problem: TreeProblem) -> np.ndarray:
    """Groups with all claims below each node, and with those above it: bits (n, 2)."""
    count = len(problem.parent)
    claims = np.where(problem.allowed, problem.claims, 0)
    here = np.bitwise_or.reduce(claims, axis=1) if count else np.zeros(0, np.int64)
    closed = np.zeros((count, 2), np.int64)
    bits = [1 << b for b in range(int(here.max(initial=0)).bit_length())]
    for bit in bits:
        inside = np.zeros((count, 2), np.int64)
        for node in range(count - 1, -1, -1):
            inside[node, 1] = inside[node, 0] + bool(here[node] & bit)
            if node:
                inside[problem.parent[node], 0] += inside[node, 1]
        closed |= np.where(inside == inside[0, 0], bit, 0)
    return closed


def _outlook(problem: TreeProblem, children: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Joins worth thinning between each node and the end (n,), and the weight of its work (n,)."""
    count = len(problem.parent)
    free = np.zeros(count)
    joins = np.zeros(count, np.int64)
    open_choice = problem.allowed.sum(axis=1) > 1
    for node in range(count - 1, -1, -1):
        sizes = sorted(free[child] + open_choice[child] for child in children[node])
        free[node] = sum(sizes)
        many = sum(s >= 3 for s in sizes)
        if many > 1 and free[node] >= 10:
            joins[node] = int(np.ceil(np.log2(many)))
    later = np.zeros(count, np.int64)
    for node in range(1, count):
        below = problem.parent[node]
        later[node] = later[below] + joins[below]
    return later, 1.0 + free**2
