"""The few points of a front that stand best for all of it.

Mathematical formulation
    Of n points, minimized, choose M with |M| = k, forced points included, so that
    max_p min_{m in M} cover(m, p) is least; `cover` as in `numerics.shortfall`.

In words
    Whoever likes some point of the front finds in the menu one that is at most ε worse in
    everything. Of two objectives, each member covers a stretch of the front, and the smallest ε is
    found exactly by bisection over a greedy sweep. Of more, members are spread (the point worst
    covered becomes one), then moved to the middle of what they cover and swapped; short fronts are
    searched completely. The bound of long fronts: of k + 1 witnesses two share a member, so that
    no menu is better than the best point for the closest pair of them; and no menu is better than
    one that need only cover a few scattered points, if no such one exists.

Papers
    Gonzalez 1985, doi 10.1016/0304-3975(85)90224-5 (farthest first); Koltun &
    Papadimitriou 2007, Theoretical Computer Science 371, and Bazgan, Jamain & Vanderpooten 2015,
    Operations Research Letters 43 (few representatives of a Pareto set, exact for two objectives).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from nonetloss.numerics.pareto import nondominated
from nonetloss.numerics.shortfall import cover, stands_for

# Longest front that is searched completely: its matrix of covers stays below 20 MB.
SEARCHED = 1500
# Steps of that search in all, each over the whole matrix of bits.
_WORK = 4e8
_ROUNDS = 12
# Points that stand for a longer front while members are sought.
_SKETCHED = 300
# Points that prove a bound on a longer front, tries at it, and steps of search for each.
_WITNESSES = 128
_TRIES = 10
_STEPS = 150
# New places tried for a member; of more, evenly spread ones.
_TRIED = 1500
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Representatives:
    """Members (k,) as indices of the points, and what they cover.

    `serving` (n,) is the position in `members` of the one nearest to each point; `covers` (n,) its
    ε. `coverage` is the largest of them, `bound` what no choice of so many members can be below;
    `exact` whether they meet.
    """

    members: np.ndarray
    serving: np.ndarray
    covers: np.ndarray
    coverage: float
    bound: float
    exact: bool


def representatives(
    points: np.ndarray, scales: np.ndarray, *, count: int, forced: Sequence[int] = ()
) -> Representatives:
    """Choose members.

    Parameters
    ----------
    points, scales : (n, d)
        Minimized; scales are not negative.
    count : int
        At least 1 and at least the number of `forced`. As many as there are efficient points or
        more: all of those, ε is 0.
    forced : indices of points that must be members

    Returns
    -------
    Representatives
        Members in the order of the points. Empty for no points. The memory needed is a few
        numbers for each point; for the complete search of short fronts, SEARCHED² numbers.
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    scales = np.ascontiguousarray(scales, dtype=np.float64)
    kept = np.ones(len(points), dtype=bool)
    if len(points) and points.shape[1] <= 4:
        # Who stands for a point stands for all that it dominates. Of many objectives, it takes
        # longer to find those than to keep them.
        kept = nondominated(points)
        kept[list(forced)] = True
    index = np.flatnonzero(kept)
    front, sizes = np.ascontiguousarray(points[index]), np.ascontiguousarray(scales[index])
    must = np.searchsorted(index, np.unique(np.array(forced, dtype=np.int64)))
    if len(index) <= count:
        members, bound = np.arange(len(index)), 0.0
    elif points.shape[1] == 2:
        members, bound = _on_a_line(front, sizes, count, must)
    else:
        members, bound = _spread(front, sizes, count, must)
        if len(index) <= SEARCHED:
            members, bound = _searched(front, sizes, count, must, members, bound)
        else:
            members = _by_sketch(front, sizes, count, must, members)
            reached = float(_assigned(front, sizes, members)[1].max())
            bound = max(bound, _witnessed(front, sizes, count, must, bound, reached))
    chosen = np.sort(index[members])
    serving, covers = _assigned(points, scales, chosen)
    coverage = float(covers.max()) if len(covers) else 0.0
    exact = coverage <= bound + _CLOSE * max(1.0, bound)
    return Representatives(chosen, serving, covers, coverage, min(bound, coverage), exact)


def _on_a_line(
    points: np.ndarray, scales: np.ndarray, count: int, must: np.ndarray
) -> tuple[np.ndarray, float]:
    """Two objectives, no point dominated: positions of the members, and the proven bound."""
    order = np.argsort(points[:, 0], kind="stable")
    line, sizes = points[order], scales[order]
    fixed = np.flatnonzero(np.isin(order, must))
    even = np.linspace(0, len(line) - 1, count - len(fixed) + 2).round().astype(np.int64)[1:-1]
    best = np.union1d(fixed, even)
    low, high = 0.0, float(_assigned(line, sizes, best)[1].max())
    if not np.isfinite(high):
        # Only members that share its zeros can stand for a point.
        found = _swept(line, sizes, count, fixed, 1e12)
        if found is None:
            return order[best], float("inf")
        best, high = found, float(_assigned(line, sizes, found)[1].max())
    while high - low > 1e-12 * max(1.0, high):
        middle = (low + high) / 2
        found = _swept(line, sizes, count, fixed, middle)
        if found is None:
            low = middle
        else:
            best = found
            high = min(middle, float(_assigned(line, sizes, found)[1].max()))
    return order[best], low


def _swept(
    line: np.ndarray, scales: np.ndarray, count: int, fixed: np.ndarray, epsilon: float
) -> np.ndarray | None:
    """Members that cover the line within ε; None if `count` do not suffice."""
    up_to = line + epsilon * scales
    # The member furthest along that still covers each point, and the first point it leaves out.
    furthest = np.searchsorted(line[:, 0], up_to[:, 0], side="right") - 1
    falling = -np.minimum.accumulate(up_to[:, 1])
    open_points = np.ones(len(line), dtype=bool)
    for f in fixed:
        open_points[: f + 1] &= up_to[: f + 1, 0] < line[f, 0]
        open_points[f : max(f + 1, int(np.searchsorted(falling, -line[f, 1], "right")))] = False
    members = list(fixed)
    left = np.flatnonzero(open_points)
    at = 0
    while at < len(left):
        if len(members) == count:
            return None
        member = max(int(furthest[left[at]]), int(left[at]))
        members.append(member)
        reach = max(member + 1, int(np.searchsorted(falling, -line[member, 1], side="right")))
        at = int(np.searchsorted(left, reach))
    return np.unique(np.array(members, dtype=np.int64))


def _spread(
    points: np.ndarray, scales: np.ndarray, count: int, must: np.ndarray
) -> tuple[np.ndarray, float]:
    """Farthest first, then moved and swapped while that helps; and the bound by witnesses."""
    free = count - len(must)
    members = [int(m) for m in must]
    covers = _assigned(points, scales, must)[1] if members else np.full(len(points), np.inf)
    witnesses: list[int] = []
    while len(witnesses) < free:
        worst = int(np.argmax(covers)) if np.isfinite(covers).any() else _middle(points)
        witnesses.append(worst)
        members.append(worst)
        covers = np.minimum(covers, _assigned(points, scales, np.array([worst]))[1])
    witnesses.append(int(np.argmax(covers)))
    near = _assigned(points, scales, must)[1][witnesses].min() if len(must) else np.inf
    bound = min(float(near), float(_closest_pair(points, scales, np.array(witnesses))))
    return _improved(points, scales, np.array(members), len(must)), bound


def _middle(points: np.ndarray) -> int:
    """The point whose worst objective, as a share of the range, is best."""
    span = np.ptp(points, axis=0)
    shares = (points - points.min(axis=0)) / np.where(span > 0, span, 1.0)
    return int(np.argmin(shares.max(axis=1)))


def _improved(
    points: np.ndarray, scales: np.ndarray, members: np.ndarray, fixed: int
) -> np.ndarray:
    best, reached = members, float(_assigned(points, scales, members)[1].max())
    for _ in range(_ROUNDS):
        trial = _centered(points, scales, best, fixed)
        value = float(_assigned(points, scales, trial)[1].max())
        if not value < reached:
            trial, value = _swapped(points, scales, best, fixed)
            if not value < reached:
                break
        best, reached = trial, value
    return best


def _centered(
    points: np.ndarray, scales: np.ndarray, members: np.ndarray, fixed: int
) -> np.ndarray:
    """Each free member moved to the point that covers its share of the front best."""
    serving, covers = _assigned(points, scales, members)
    moved = members.copy()
    for i in range(fixed, len(members)):
        served = np.flatnonzero(serving == i)
        if len(served):
            # The hardest points first: most candidates fail on them.
            served = served[np.argsort(-covers[served], kind="stable")]
            moved[i] = _center(points, scales, served, members[i], covers[served[0]], _TRIED)
    return moved


def _swapped(
    points: np.ndarray, scales: np.ndarray, members: np.ndarray, fixed: int
) -> tuple[np.ndarray, float]:
    """The best of leaving out one free member for the point worst covered."""
    worst = int(np.argmax(_assigned(points, scales, members)[1]))
    best, reached = members, np.inf
    for i in range(fixed, len(members)):
        trial = members.copy()
        trial[i] = worst
        trial = _centered(points, scales, trial, fixed)
        value = float(_assigned(points, scales, trial)[1].max())
        if value < reached:
            best, reached = trial, value
    return best, reached


def _searched(
    points: np.ndarray,
    scales: np.ndarray,
    count: int,
    must: np.ndarray,
    members: np.ndarray,
    bound: float,
) -> tuple[np.ndarray, float]:
    """Bisection over all values that ε can have, each decided by a complete search.

    A decision that would take too long is left open: it neither improves the members nor the
    bound.
    """
    matrix = _matrix(points, scales)
    reached = float(matrix[members].min(axis=0).max())
    values = np.unique(matrix[(matrix >= bound) & (matrix < reached)])
    nodes = max(50, int(_WORK / (len(points) ** 2 / 8) / (2 * np.log2(len(values) + 2))))

    def decide(place: int) -> tuple[int, np.ndarray]:
        covers = matrix <= values[place]
        left = ~covers[must].any(axis=0) if len(must) else np.ones(len(points), dtype=bool)
        state, found = _search(_packed(covers), _packed(left[None])[0], count - len(must), nodes)
        return int(state), np.union1d(must, found[found >= 0])

    # Values before `proven` are too small for any choice; those from `high` on are reached.
    low, high, proven = 0, len(values), 0
    while low < high:
        middle = (low + high) // 2
        state, found = decide(middle)
        if state > 0:
            high, members = middle, found
        else:
            low = middle + 1
            proven = low if state == 0 else proven
    unknown = high
    while proven < unknown:
        middle = (proven + unknown) // 2
        if decide(middle)[0] == 0:
            proven = middle + 1
        else:
            unknown = middle
    return members, max(bound, float(values[proven]) if proven < len(values) else reached)


def _by_sketch(
    points: np.ndarray, scales: np.ndarray, count: int, must: np.ndarray, members: np.ndarray
) -> np.ndarray:
    """The members found on a sketch of the front, moved on all of it, if they are better."""
    sketch = np.unique(np.concatenate([must, _scattered(points, scales, _SKETCHED)]))
    few, sizes = points[sketch], scales[sketch]
    held = np.searchsorted(sketch, must)
    found, bound = _spread(few, sizes, count, held)
    found, _ = _searched(few, sizes, count, held, found, bound)
    # Fixed members first, as where they are moved.
    free = np.setdiff1d(sketch[found], must)
    trial = _improved(points, scales, np.concatenate([must, free]), len(must))
    values = [float(_assigned(points, scales, m)[1].max()) for m in (members, trial)]
    return trial if values[1] < values[0] else members


def _witnessed(
    points: np.ndarray,
    scales: np.ndarray,
    count: int,
    must: np.ndarray,
    bound: float,
    reached: float,
) -> float:
    """The largest ε tried for which no choice of members covers even a few scattered points."""
    few = _scattered(points, scales, _WITNESSES)
    shares = cover(points, points[few], scales[few])
    low, high = bound, reached
    for _ in range(_TRIES if np.isfinite(reached) else 0):
        middle = (low + high) / 2
        covers = shares <= middle
        left = ~covers[must].any(axis=0) if len(must) else np.ones(len(few), dtype=bool)
        # Members that cover the same are one.
        different = np.unique(_packed(covers), axis=0)
        state, _ = _search(different, _packed(left[None])[0], count - len(must), _STEPS)
        if state == 0:
            low = middle
        else:
            high = middle
    return low


def _scattered(points: np.ndarray, scales: np.ndarray, count: int) -> np.ndarray:
    """Farthest first: each further point is the one worst covered by those before."""
    return np.asarray(_scatter(points, scales, _middle(points), count))


@njit(cache=True, nogil=True)
def _scatter(points: np.ndarray, scales: np.ndarray, first: int, count: int) -> np.ndarray:
    chosen = np.empty(count, dtype=np.int64)
    covers = np.full(len(points), np.inf)
    chosen[0] = first
    for i in range(1, count):
        worst = 0
        for p in range(len(points)):
            share = stands_for(points[chosen[i - 1]], points[p], scales[p], covers[p])
            if share < covers[p]:
                covers[p] = share
            if covers[p] > covers[worst]:
                worst = p
        chosen[i] = worst
    return chosen


def _packed(covers: np.ndarray) -> np.ndarray:
    """Rows of bool as rows of uint64, bit b of word w for column 64 w + b."""
    columns = covers.shape[1]
    padded = np.zeros((len(covers), -(-columns // 64) * 64), dtype=np.uint8)
    padded[:, :columns] = covers
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def _assigned(
    points: np.ndarray, scales: np.ndarray, members: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each point, the position of the member that covers it best, and its ε."""
    serving, covers = _assign(points, scales, np.asarray(members, dtype=np.int64))
    return serving, covers


@njit(cache=True, nogil=True)
def _assign(
    points: np.ndarray, scales: np.ndarray, members: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    serving = np.zeros(len(points), dtype=np.int64)
    covers = np.full(len(points), np.inf)
    for p in range(len(points)):
        for i in range(len(members)):
            share = stands_for(points[members[i]], points[p], scales[p], covers[p])
            if share < covers[p]:
                covers[p] = share
                serving[p] = i
    return serving, covers


@njit(cache=True, nogil=True)
def _matrix(points: np.ndarray, scales: np.ndarray) -> np.ndarray:
    found = np.empty((len(points), len(points)))
    for m in range(len(points)):
        for p in range(len(points)):
            found[m, p] = stands_for(points[m], points[p], scales[p], np.inf)
    return found


@njit(cache=True, nogil=True)
def _closest_pair(points: np.ndarray, scales: np.ndarray, witnesses: np.ndarray) -> float:
    """The least ε within which some point stands for two of the witnesses."""
    least = np.inf
    shares = np.empty(len(witnesses))
    for m in range(len(points)):
        for i in range(len(witnesses)):
            w = witnesses[i]
            shares[i] = stands_for(points[m], points[w], scales[w], least)
        shares.sort()
        if len(shares) > 1 and shares[1] < least:
            least = shares[1]
    return least


@njit(cache=True, nogil=True)
def _center(
    points: np.ndarray,
    scales: np.ndarray,
    served: np.ndarray,
    member: int,
    radius: float,
    tried: int,
) -> int:
    """Of the points served, the one that covers them all best; `member` unless one is better."""
    hard = served.copy()
    best = member
    for i in range(0, len(served), max(1, len(served) // tried)):
        worst = 0.0
        for j in range(len(hard)):
            p = hard[j]
            worst = max(worst, stands_for(points[served[i]], points[p], scales[p], radius))
            if worst >= radius:
                # What stopped this one will stop others.
                hard[j] = hard[j // 2]
                hard[j // 2] = p
                break
        if worst < radius:
            radius = worst
            best = served[i]
    return best


@njit(cache=True, nogil=True)
def _bits(word: np.uint64) -> int:
    """Number of ones."""
    x = np.uint64(word)
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True)
def _rarest(covers: np.ndarray, left: np.ndarray) -> int:
    """The point still open that the fewest members cover; -1 if none is open."""
    best, fewest = -1, len(covers) + 1
    for w in range(len(left)):
        if left[w] == np.uint64(0):
            continue
        for b in range(64):
            bit = np.uint64(1) << np.uint64(b)
            if left[w] & bit:
                number = 0
                for m in range(len(covers)):
                    if covers[m, w] & bit:
                        number += 1
                        if number >= fewest:
                            break
                if number < fewest:
                    best, fewest = w * 64 + b, number
    return best


@njit(cache=True, nogil=True)
def _gains(covers: np.ndarray, left: np.ndarray, gains: np.ndarray) -> None:
    for m in range(len(covers)):
        total = 0
        for w in range(len(left)):
            total += _bits(covers[m, w] & left[w])
        gains[m] = total


@njit(cache=True, nogil=True)
def _search(covers: np.ndarray, left: np.ndarray, count: int, nodes: int) -> tuple[int, np.ndarray]:
    """Can `count` rows of bits cover all bits of `left`? 1 yes, 0 no, -1 too long; and the rows."""
    rows, words = covers.shape
    chosen = np.full(max(count, 1), -1, dtype=np.int64)
    open_bits = np.empty((count + 1, words), dtype=np.uint64)
    open_bits[0] = left
    order = np.empty((count + 1, rows), dtype=np.int64)
    number = np.zeros(count + 1, dtype=np.int64)
    place = np.zeros(count + 1, dtype=np.int64)
    gains = np.empty(rows, dtype=np.int64)
    used, depth, fresh = 0, 0, True
    while depth >= 0:
        if fresh:
            used += 1
            if used > nodes:
                return -1, chosen
            point = _rarest(covers, open_bits[depth])
            if point < 0:
                chosen[depth:] = -1
                return 1, chosen
            number[depth], place[depth] = 0, 0
            remaining = 0
            for w in range(words):
                remaining += _bits(open_bits[depth, w])
            _gains(covers, open_bits[depth], gains)
            if gains.max() * (count - depth) >= remaining:
                bit = np.uint64(1) << np.uint64(point % 64)
                ranked = np.argsort(-gains)
                for r in range(rows):
                    if covers[ranked[r], point // 64] & bit:
                        order[depth, number[depth]] = ranked[r]
                        number[depth] += 1
        if place[depth] < number[depth]:
            member = order[depth, place[depth]]
            place[depth] += 1
            chosen[depth] = member
            for w in range(words):
                open_bits[depth + 1, w] = open_bits[depth, w] & ~covers[member, w]
            depth += 1
            fresh = True
        else:
            depth -= 1
            fresh = False
    return 0, chosen
