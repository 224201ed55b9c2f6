"""The program of a portfolio: land bought, gains allocated, people served, shortfall left.

Columns of every program begin with one binary per option (a parcel with its action and, where there
are periods, the one in which it begins).
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy import sparse

from nonetloss.numerics.connectivity import contiguity
from nonetloss.numerics.milp import Rows, Solution, compile_model, solve
from nonetloss.offset.draft import Draft, Entries, Program

# Quality-hectares; below this a shortfall is rounding of the solver (and of the ledger).
TOLERANCE = 1e-6

Goal = Literal["cost", "shortfall", "largest", "utility", "fairness", "misses", "communities"]


def _nothing(*shape: int) -> np.ndarray:
    return np.zeros(shape)


@dataclass(frozen=True, slots=True)
class Requirement:
    """Arrays of the problem.

    `credited` (options,) is what each option counts for; `group` (options,) the class of options
    that count alike, an index into the columns of `accepted` (losses, groups), who may stand for
    whom; `like` (losses, groups) where both are the same ecosystem; `needed` (losses,); `cost`
    (options,); `overlaps` sets of options of which at most one is taken. `worth` (losses, groups)
    is what a unit of gain counts against a loss (empty: 1).

    `served` (services, options) is what each option gives of each service to each group of people,
    `owed` (services,) what has to be given, `communities` (services,) bool where falling short is
    not allowed at any price, `lost` (services,) what is lost itself, below which nobody in a
    community may end (empty: as `owed`), `people` (services,) NaN where nobody counted, `usual`
    (services,) the amount by which people of that service are compared.

    `locked` are sets of options of each of which one is taken in any case; `links` (m, 2)
    neighbors, `bonus` what a pair of taken neighbors saves, `pieces` (0: any) in how many connected
    pieces the taken ones may fall.
    `barred` holds options that a limit of the study keeps out, by the name of the limit, so that a
    conflict can name it. `period` (options,) and `purse` (periods,) money by period (empty: none).
    """

    credited: np.ndarray
    group: np.ndarray
    accepted: np.ndarray
    like: np.ndarray
    needed: np.ndarray
    cost: np.ndarray
    overlaps: tuple[tuple[int, ...], ...]
    worth: np.ndarray = field(default_factory=lambda: _nothing(0, 0))
    served: np.ndarray = field(default_factory=lambda: _nothing(0, 0))
    owed: np.ndarray = field(default_factory=lambda: _nothing(0))
    communities: np.ndarray = field(default_factory=lambda: _nothing(0).astype(bool))
    lost: np.ndarray = field(default_factory=lambda: _nothing(0))
    people: np.ndarray = field(default_factory=lambda: _nothing(0))
    usual: np.ndarray = field(default_factory=lambda: _nothing(0))
    locked: tuple[tuple[int, ...], ...] = ()
    links: np.ndarray = field(default_factory=lambda: _nothing(0, 2).astype(np.int64))
    bonus: float = 0.0
    pieces: int = 0
    barred: tuple[tuple[str, tuple[int, ...]], ...] = ()
    period: np.ndarray = field(default_factory=lambda: _nothing(0).astype(np.int64))
    purse: np.ndarray = field(default_factory=lambda: _nothing(0))

    @property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """(loss, group) of every allocation that is accepted."""
        loss, group = np.nonzero(self.accepted)
        return loss, group

    @property
    def scale(self) -> float:
        """The dearest option: costs are told to the solver as shares of it."""
        return max(float(self.cost.max(initial=0.0)), 1e-300)

    def counted(self, loss: np.ndarray, group: np.ndarray) -> np.ndarray:
        """What a unit of gain of a group counts against a loss."""
        return self.worth[loss, group] if self.worth.size else np.ones(np.shape(loss))

    @property
    def size(self) -> np.ndarray:
        """(services,) the most that is ever needed of one option: what is owed and what others
        may take away. 1 where that is nothing."""
        return most_needed(self.served, self.owed)

    @property
    def share(self) -> np.ndarray:
        """(services,) shortfall of one `size` as a share of what is owed, or of the size."""
        return self.size / np.where(self.owed > 0, self.owed, self.size)

    @property
    def floor(self) -> np.ndarray:
        """(services,) what has to be given so that nobody ends with less than there was."""
        return self.lost if self.lost.size else self.owed


@dataclass(frozen=True, slots=True)
class Scenarios:
    """States of the world of which all but `missed` must end without a net loss.

    `gain` (options, n), `lost` (losses, n), `served` (services, options, n), `owed` (services, n).
    A loss up to `tolerance` is none.
    """

    gain: np.ndarray
    lost: np.ndarray
    served: np.ndarray
    owed: np.ndarray
    missed: int
    tolerance: float = TOLERANCE


@dataclass(frozen=True, slots=True)
class Levels:
    """What has been reached already and must be kept while the next goal is pursued.

    `shortfall` is the most that may be left in all, in quality-hectares or, with `relative`, as a
    sum of shares of the needs; `largest` the largest share of any need; `utility` the least gain;
    `fairness` the least net service per person; `cost` the most money. `worse` is the most by
    which communities may end below what they had, as a sum of shares of what they lose.
    """

    shortfall: float = 0.0
    relative: bool = False
    largest: float = np.inf
    utility: float = -np.inf
    fairness: float = -np.inf
    cost: float = np.inf
    worse: float = 0.0


def most_needed(served: np.ndarray, owed: np.ndarray) -> np.ndarray:
    """(services, …) what is owed plus all that options take away; 1 where that is nothing.

    An option that gives more gives enough, whatever else is taken: told to the solver as giving
    just this, a need far below the size of a parcel stays a number near 1.
    """
    taken = -np.minimum(served, 0.0).sum(axis=1) if served.size else np.zeros(owed.shape)
    most = np.maximum(owed, 0.0) + taken
    return np.where(most > 0, most, 1.0)


def available(problem: Requirement) -> np.ndarray:
    """(losses,) what all candidates together could give to each loss, taken by itself."""
    groups = problem.accepted.shape[1]
    supply = np.bincount(problem.group, weights=problem.credited, minlength=groups)
    every = np.indices(problem.accepted.shape)
    counts = problem.counted(every[0], every[1])
    result: np.ndarray = (problem.accepted * counts) @ supply
    return result


def shortfall_weights(problem: Requirement, *, relative: bool) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the shortfall of each loss (per qha) and of each service (per `size`).

    Relative: shares of the need. Absolute: quality-hectares, and a service that is missed whole
    weighs as much as the mean need of an ecosystem.
    """
    wanted = problem.needed > 0
    if relative:
        return 1.0 / np.where(wanted, problem.needed, 1.0), problem.share
    mean = float(problem.needed[wanted].mean()) if wanted.any() else 1.0
    return np.ones(problem.needed.size), mean * problem.share


def compile_program(
    problem: Requirement,
    *,
    goal: Goal,
    budget: float = np.inf,
    levels: Levels | None = None,
    scenarios: Scenarios | None = None,
) -> Program:
    """The program of one goal; every kind of row that can be dropped carries its demand.

    With no shortfall allowed each need must have an option at all, which the solver is told as a
    row of its own: a need far below the size of a parcel would else vanish in its integrality
    tolerance.
    """
    kept = levels or Levels()
    draft = Draft()
    x = draft.columns(problem.credited.size, upper=1.0, integer=True)
    price = [(x, problem.cost / problem.scale), *_land(draft, problem, x, budget)]
    loose = goal in ("shortfall", "largest", "utility", "communities") or kept.shortfall > 0
    short, lacking = _needs(draft, problem, x, kept, loose, scenarios)
    _levels(draft, problem, kept, (x, short, lacking), price)
    objective: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"cost": price}
    weights = shortfall_weights(problem, relative=kept.relative)
    objective["shortfall"] = [(short, weights[0]), (lacking, weights[1])]
    objective["utility"] = [(x, problem.credited * _useful(problem))]
    missed = draft.marks.get("missed", x[:0])
    objective["misses"] = [(missed, np.ones(missed.size))]
    objective["communities"] = [_worse(draft, problem)]
    if goal in ("largest", "fairness"):
        worst = draft.columns(1, lower=0.0 if goal == "largest" else -np.inf)
        objective[goal] = [(worst, np.ones(1))]
        if goal == "largest":
            _largest(draft, problem, (short, lacking), worst)
        else:
            _fair(draft, problem, x, worst)
    total = np.zeros(draft.width)
    for columns, values in objective[goal]:
        total[columns] += values
    return draft.program(total, maximize=goal in ("utility", "fairness"))


def compile_cheapest(problem: Requirement, *, budget: float, shortfall: float) -> Program:
    """Least cost with at most this total shortfall (0: everything is met)."""
    levels = Levels(shortfall=shortfall)
    return compile_program(problem, goal="cost", budget=budget, levels=levels)


def compile_least_shortfall(problem: Requirement, *, budget: float) -> Program:
    """Least total shortfall within the budget."""
    levels = Levels(shortfall=np.inf)
    return compile_program(problem, goal="shortfall", budget=budget, levels=levels)


def chosen_parcels(problem: Requirement, answer: Solution) -> np.ndarray:
    """Bool (options,) of a solution, without options that its own tolerance left idle."""
    chosen = answer.values[: problem.credited.size] > 0.5
    if problem.pieces or problem.bonus:
        return chosen
    fixed = {i for options in problem.locked for i in options}
    short = _all_short(problem, chosen)
    for i in sorted(np.flatnonzero(chosen), key=lambda k: (-problem.cost[k], k)):
        without = chosen.copy()
        without[i] = False
        if i not in fixed and (_all_short(problem, without) <= short + 1e-9).all():
            chosen = without
    return chosen


def allocate(problem: Requirement, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gains of the chosen options given to losses: like-for-like first.

    Returns
    -------
    allocation : (losses, groups)
    shortfall : (losses,)
    """
    losses, groups = problem.accepted.shape
    supply = np.bincount(problem.group[chosen], weights=problem.credited[chosen], minlength=groups)
    loss, group = problem.pairs
    count = loss.size
    if count == 0:
        return np.zeros((losses, groups)), problem.needed.copy()
    # Trading up costs a little, so that a gain serves its own ecosystem before another.
    objective = np.concatenate([1e-3 * ~problem.like[loss, group], np.ones(losses)])
    each = np.arange(count)
    give = sparse.csr_array((np.ones(count), (group, each)), shape=(groups, count + losses))
    worth = problem.counted(loss, group)
    meet = sparse.csr_array((worth, (loss, each)), shape=(losses, count + losses))
    rest = sparse.hstack([sparse.csr_array((losses, count)), sparse.eye_array(losses)])
    model = compile_model(
        objective,
        rows=[
            Rows(give, upper=np.maximum(supply, 0.0)),
            Rows(meet + sparse.csr_array(rest), lower=problem.needed),
        ],
    )
    answer = solve(model, gap=0.0)
    allocation = np.zeros((losses, groups))
    allocation[loss, group] = answer.values[:count]
    met = np.zeros(losses)
    np.add.at(met, loss, worth * answer.values[:count])
    shortfall = np.maximum(problem.needed - met, 0.0)
    return allocation, np.where(shortfall < TOLERANCE, 0.0, shortfall)


def services_short(problem: Requirement, chosen: np.ndarray) -> np.ndarray:
    """(services,) what is still owed after the chosen options, in the unit of each."""
    given = problem.served[:, chosen].sum(axis=1) if problem.owed.size else problem.owed
    short = problem.owed - given
    return np.where(short > TOLERANCE * problem.size, short, 0.0)


def _all_short(problem: Requirement, chosen: np.ndarray) -> np.ndarray:
    """Total shortfall of losses, and that of each service as a share."""
    needs = float(allocate(problem, chosen)[1].sum())
    return np.concatenate([[needs], services_short(problem, chosen) / problem.size])


def _useful(problem: Requirement) -> np.ndarray:
    """(options,) 1 where the gain may stand for some loss, else 0."""
    if not problem.accepted.size:
        return np.zeros(problem.credited.size)
    stands = np.asarray(problem.accepted.any(axis=0), dtype=np.float64)
    return stands[problem.group]


def _land(
    draft: Draft, problem: Requirement, x: np.ndarray, budget: float
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows on what can be bought together; what they add to the price."""
    zero = np.zeros_like(x)
    if np.isfinite(budget):
        money = (zero, x, problem.cost / problem.scale)
        draft.rows(1, [money], upper=budget / problem.scale, kind="budget")
    for k, purse in enumerate(problem.purse):
        at = np.flatnonzero(problem.period == k)
        if np.isfinite(purse):
            entries = [(np.zeros_like(at), x[at], problem.cost[at] / problem.scale)]
            draft.rows(1, entries, upper=purse / problem.scale, kind="period", names=[str(k)])
    if problem.overlaps:
        rows = np.repeat(np.arange(len(problem.overlaps)), [len(c) for c in problem.overlaps])
        members = x[np.concatenate([np.asarray(c) for c in problem.overlaps])]
        draft.rows(len(problem.overlaps), [(rows, members, 1.0)], upper=1.0)
    for i, options in enumerate(problem.locked):
        at = x[list(options)]
        draft.rows(1, [(at * 0, at, 1.0)], lower=1.0, kind="locked", names=[str(i)])
    for limit, options in problem.barred:
        at = x[list(options)]
        draft.rows(1, [(at * 0, at, 1.0)], upper=0.0, kind=limit)
    if problem.pieces:
        whole = contiguity(problem.links, x.size, components=problem.pieces)
        more = draft.columns(whole.columns, upper=whole.upper, integer=whole.integer)
        place = np.concatenate([x, more])
        first = draft.height
        for block in whole.rows:
            part = sparse.coo_array(block.matrix)
            draft.rows(
                part.shape[0],
                [(part.row, place[part.col], part.data)],
                lower=block.lower,
                upper=block.upper,
            )
        draft.label("pieces", first)
    if problem.bonus and len(problem.links):
        count = len(problem.links)
        both = draft.columns(count, upper=1.0)
        each = np.arange(count)
        for end in (0, 1):
            one = (each, x[problem.links[:, end]], -1.0)
            draft.rows(count, [(each, both, 1.0), one], upper=0.0)
        return [(both, np.full(count, -problem.bonus / problem.scale))]
    return []


def _needs(
    draft: Draft,
    problem: Requirement,
    x: np.ndarray,
    kept: Levels,
    loose: bool,
    scenarios: Scenarios | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the shortfall of losses (qha) and of services (in `size`)."""
    losses, groups = problem.accepted.shape
    loss, group = problem.pairs
    each = np.arange(losses)
    if scenarios is None:
        y = draft.columns(loss.size)
        draft.rows(groups, [(problem.group, x, -problem.credited), (group, y, 1.0)], upper=0.0)
        given = (loss, y, problem.counted(loss, group))
    else:
        given = _here_and_now(draft, problem, x, scenarios)
    draft.marks["worse"] = draft.columns(int(problem.communities.sum()) if loose else 0)
    short = draft.columns(losses, upper=np.inf if loose else 0.0)
    met: list[Entries] = [given, (each, short, 1.0)]
    draft.rows(losses, met, lower=problem.needed, kind="need", names=[str(e) for e in each])
    if not loose:
        wanted = np.flatnonzero(np.asarray(problem.needed > 0))
        able = np.asarray(problem.credited > 0)
        served = np.asarray(problem.accepted)[wanted][:, problem.group] & able
        row, option = np.nonzero(served)
        names = [str(e) for e in wanted]
        draft.rows(wanted.size, [(row, x[option], 1.0)], lower=1.0, kind="need", names=names)
    lacking = draft.columns(problem.owed.size, upper=np.inf if loose else 0.0)
    _people(draft, problem, x, kept, lacking)
    return short, lacking


def _people(
    draft: Draft, problem: Requirement, x: np.ndarray, kept: Levels, lacking: np.ndarray
) -> None:
    """Rows of the services: what is owed, softly where something may lack; and what communities
    had, from which they may fall short by what `kept.worse` allows in all."""
    for c in range(problem.owed.size):
        kind = "community" if problem.communities[c] else "service"
        gives = (np.zeros_like(x), x, np.minimum(problem.served[c] / problem.size[c], 1.0))
        rest = (np.zeros(1), lacking[[c]], 1.0)
        owed = problem.owed[c] / problem.size[c]
        draft.rows(1, [gives, rest], lower=owed, kind=kind, names=[str(c)])
    worse, weights = _worse(draft, problem)
    at = np.flatnonzero(problem.communities)[: worse.size]
    for column, c in zip(worse.tolist(), at.tolist(), strict=True):
        gives = (np.zeros_like(x), x, np.minimum(problem.served[c] / problem.size[c], 1.0))
        entries: list[Entries] = [gives]
        if kept.worse > 0:
            entries.append((np.zeros(1), np.array([column]), 1.0))
        had = problem.floor[c] / problem.size[c]
        draft.rows(1, entries, lower=had, kind="community", names=[str(c)])
    if 0 < kept.worse < np.inf:
        draft.rows(1, [(np.zeros_like(worse), worse, weights)], upper=kept.worse)


def _worse(draft: Draft, problem: Requirement) -> tuple[np.ndarray, np.ndarray]:
    """Columns of what communities end below what they had, in `size`; weights to shares of it."""
    columns = draft.marks["worse"]
    at = np.flatnonzero(problem.communities)[: columns.size]
    floor, size = problem.floor[at], problem.size[at]
    return columns, size / np.where(floor > 0, floor, size)


def _here_and_now(
    draft: Draft, problem: Requirement, x: np.ndarray, scenarios: Scenarios
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares of each option given to each loss, the same in every state; rows of the states.

    Returns the entries with which the likely needs are met.
    """
    allowed = problem.accepted[:, problem.group]
    loss, option = np.nonzero(allowed)
    f = draft.columns(loss.size, upper=1.0)
    some = np.flatnonzero(allowed.any(axis=0))
    position = np.full(x.size, -1)
    position[some] = np.arange(some.size)
    entries: list[Entries] = [(position[option], f, 1.0)]
    entries.append((np.arange(some.size), x[some], -1.0))
    draft.rows(some.size, entries, lower=0.0, upper=0.0)
    count = scenarios.lost.shape[1]
    first = draft.height
    missed = draft.columns(count, upper=1.0, integer=True)
    draft.marks |= {"missed": missed, "shares": f, "loss": loss, "option": option}
    states = np.arange(count)
    for e in range(problem.needed.size):
        none = scenarios.lost[e] <= scenarios.tolerance
        lost = np.where(none, 0.0, scenarios.lost[e] * (1 + 1e-7))
        mine = np.flatnonzero(loss == e)
        gain = scenarios.gain[option[mine]]
        size = np.maximum(lost, 1.0)
        # What a missed state may lack at most: all that is lost, and gains that turn out negative.
        spare = lost - np.minimum(gain, 0.0).sum(axis=0)
        rows = np.repeat(states, mine.size)
        columns = np.tile(f[mine], count)
        entries = [(rows, columns, (gain / size).T.ravel()), (states, missed, spare / size)]
        draft.rows(count, entries, lower=np.where(none, -np.inf, lost / size))
    # What is owed or given never vanishes in rounding: every state has its own measure.
    sizes = most_needed(scenarios.served, scenarios.owed)
    for c in range(problem.owed.size):
        gain = np.minimum(scenarios.served[c] / sizes[c], 1.0)
        owed = scenarios.owed[c] / sizes[c] * (1 + 1e-7)
        spare = np.maximum(owed, 0.0) - np.minimum(gain, 0.0).sum(axis=0)
        rows, columns = np.repeat(states, x.size), np.tile(x, count)
        draft.rows(count, [(rows, columns, gain.T.ravel()), (states, missed, spare)], lower=owed)
    draft.rows(1, [(np.zeros(count), missed, 1.0)], upper=float(scenarios.missed))
    draft.label("probability", first)
    return loss, f, problem.credited[option] * problem.counted(loss, problem.group[option])


def _levels(
    draft: Draft,
    problem: Requirement,
    kept: Levels,
    columns: tuple[np.ndarray, np.ndarray, np.ndarray],
    price: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    x, short, lacking = columns
    if 0 < kept.shortfall < np.inf:
        weights = shortfall_weights(problem, relative=kept.relative)
        sums: list[Entries] = [
            (np.zeros_like(c), c, w) for c, w in zip((short, lacking), weights, strict=True)
        ]
        draft.rows(1, sums, upper=kept.shortfall)
    if np.isfinite(kept.largest):
        worst = draft.columns(1, upper=kept.largest)
        _largest(draft, problem, (short, lacking), worst)
    if np.isfinite(kept.utility):
        gain = problem.credited * _useful(problem)
        draft.rows(1, [(np.zeros_like(x), x, gain)], lower=kept.utility)
    if np.isfinite(kept.fairness):
        fair = draft.columns(1, lower=kept.fairness)
        _fair(draft, problem, x, fair)
    if np.isfinite(kept.cost):
        paid: list[Entries] = [(np.zeros_like(c), c, v) for c, v in price]
        draft.rows(1, paid, upper=kept.cost / problem.scale)


def _largest(
    draft: Draft, problem: Requirement, short: tuple[np.ndarray, np.ndarray], worst: np.ndarray
) -> None:
    """No share of a need that is missed lies above `worst`."""
    for columns, weights in zip(short, shortfall_weights(problem, relative=True), strict=True):
        each = np.arange(columns.size)
        most = np.repeat(worst, columns.size)
        draft.rows(columns.size, [(each, columns, weights), (each, most, -1.0)], upper=0.0)


def _fair(draft: Draft, problem: Requirement, x: np.ndarray, worst: np.ndarray) -> None:
    """Nobody's net service per person, as a share of what is usual, lies below `worst`."""
    for c in np.flatnonzero(problem.people > 0):
        unit = problem.people[c] * problem.usual[c]
        gives = (np.zeros_like(x), x, problem.served[c] / unit)
        draft.rows(1, [gives, (np.zeros(1), worst, -1.0)], lower=problem.owed[c] / unit)
