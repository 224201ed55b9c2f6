"""`offset.portfolio` against every subset of a few parcels, feature by feature.

The second implementation knows nothing of linear programs: it lists subsets, adds up what each
gives, and keeps the best. Gains serve their own ecosystem only, so that no allocation is needed.
"""

import itertools

import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.loss import Loss
from nonetloss.landscape.parcel import Parcel
from nonetloss.landscape.services import Service, ServiceLoss, Serviceshed
from nonetloss.numerics.connectivity import pieces as pieces_of
from nonetloss.numerics.grid import Grid
from nonetloss.offset.chance import pursue_probability
from nonetloss.offset.portfolio import select
from nonetloss.offset.requirement import Requirement, Scenarios
from nonetloss.offset.search import Terms

NAMES = ("a", "b")
MAP = EcosystemMap(
    np.ones((1, 1)),
    Grid(0, 0, 1, 1, 1, 1),
    "EPSG:32718",
    tuple(Ecosystem(i, n, Text.of(n), Estimate.exact(0.5)) for i, n in enumerate(NAMES, 1)),
)
SEEDS = range(12)


class Case:
    """Eight actions on six sites in a row; two services, two valleys, one of them a community."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.gain = rng.integers(5, 40, 8).astype(float)
        self.kind = rng.integers(0, 2, 8)
        self.cost = rng.integers(1, 50, 8).astype(float)
        self.site = np.array([0, 0, 1, 2, 2, 3, 4, 5])
        # One service can fall where land is closed to use.
        self.water = rng.integers(-4, 20, 8).astype(float)
        self.need = rng.integers(0, 45, 2).astype(float)
        self.owed = rng.integers(0, 25, 2).astype(float)
        self.people = np.array([50.0, 10.0])
        self.valley = (self.site >= 3).astype(int)

    def parcels(self, **more):
        return [
            Parcel(
                f"p{i}",
                Text.of(f"p{i}"),
                box(10 * self.site[i], 0, 10 * self.site[i] + 10, 10),
                2.0 * self.gain[i],
                NAMES[self.kind[i]],
                Estimate.exact(0.2),
                Estimate.exact(0.7),
                self.cost[i],
                site=f"s{self.site[i]}",
                services={"water": Estimate.exact(self.water[i] / (2.0 * self.gain[i]))},
                **{k: v[i] for k, v in more.items()},
            )
            for i in range(8)
        ]

    def loss(self):
        likely = self.need[None, None]
        return Loss("quality_hectare", ("x",), ("direct",), NAMES, likely, likely[..., None])

    def services(self):
        sheds = (
            Serviceshed("v0", Text.of("v0"), box(0, 0, 30, 10), 50.0, True),
            Serviceshed("v1", Text.of("v1"), box(30, 0, 70, 10), 10.0),
        )
        service = Service("water", Text.of("water"), "m3", {}, sheds)
        owed = self.owed[None]
        columns = (("water", "v0"), ("water", "v1"))
        return ServiceLoss((service,), ("x",), columns, owed, owed[..., None])

    def subsets(self):
        for bits in itertools.product((False, True), repeat=8):
            taken = np.array(bits)
            if np.unique(self.site[taken]).size == taken.sum():
                yield taken

    def given(self, taken):
        return np.bincount(self.kind[taken], self.gain[taken], 2)

    def watered(self, taken):
        return np.bincount(self.valley[taken], self.water[taken], 2)

    def enough(self, taken, *, services=True):
        met = (self.given(taken) >= self.need - 1e-9).all()
        return met and (not services or (self.watered(taken) >= self.owed - 1e-9).all())


def portfolio(case, *, services=True, parcels=None, **more):
    return select(
        parcels or case.parcels(),
        residual=case.loss(),
        service_loss=case.services() if services else None,
        ecosystems=MAP,
        rng=np.random.default_rng(0),
        gap=0.0,
        alternative_count=0,
        **more,
    )


def cheapest(case, allowed):
    costs = [case.cost[t].sum() for t in case.subsets() if allowed(t)]
    return min(costs, default=np.inf)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("services", [True, False])
def test_least_cost_with_sites_and_services(seed, services):
    case = Case(seed)
    best = cheapest(case, lambda t: case.enough(t, services=services))
    found = portfolio(case, services=services)
    if np.isfinite(best):
        assert found.answer == "offset"
        assert found.cost_usd == pytest.approx(best)
        assert not services or found.services["met"].all()
    else:
        assert found.answer == "infeasible"
        assert len(found.conflict)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_conflict_is_a_smallest_one(seed):
    case = Case(seed)
    case.need *= 2.0
    budget = 60.0
    found = portfolio(case, budget_usd=budget)
    demands = {
        **{
            ("need", NAMES[e]): lambda t, e=e: case.given(t)[e] >= case.need[e] - 1e-9
            for e in range(2)
            if case.need[e] > 0
        },
        ("community", "water.v0"): lambda t: case.watered(t)[0] >= case.owed[0] - 1e-9,
        ("service", "water.v1"): lambda t: case.watered(t)[1] >= case.owed[1] - 1e-9,
        ("budget", ""): lambda t: case.cost[t].sum() <= budget + 1e-9,
    }

    def possible(kept):
        return any(all(demands[d](t) for d in kept) for t in case.subsets())

    smallest = next(
        (
            size
            for size in range(len(demands) + 1)
            if any(not possible(kept) for kept in itertools.combinations(demands, size))
        ),
        None,
    )
    told = list(zip(found.conflict["kind"], found.conflict["name"], strict=True))
    if smallest is None:
        assert found.answer == "offset"
        assert told == []
    else:
        assert found.answer == "infeasible"
        assert len(told) == smallest
        assert not possible(told)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("objective", ["max-utility", "min-shortfall", "min-largest-shortfall"])
def test_other_objectives_within_a_budget(seed, objective):
    case = Case(seed)
    case.owed[0] = 0.0
    budget = 40.0

    def value(taken):
        # Gains may stand for losses only where something is lost.
        useful = case.need > 0
        if objective == "max-utility":
            return -float(case.given(taken)[useful].sum())
        nature = np.maximum(case.need - case.given(taken), 0) / np.where(useful, case.need, 1)
        # Where nothing is owed, less than nothing is measured by all that may be taken away.
        most = [-np.minimum(case.water[case.valley == v], 0).sum() or 1.0 for v in range(2)]
        water = np.maximum(case.owed - case.watered(taken), 0)
        short = np.concatenate([nature, water / np.where(case.owed > 0, case.owed, most)])
        return float(short.sum() if objective == "min-shortfall" else short.max())

    # No community may end with less than it had, whatever the objective.
    allowed = [
        t for t in case.subsets() if case.cost[t].sum() <= budget and case.watered(t)[0] >= -1e-9
    ]
    best = min(value(t) for t in allowed)
    found = portfolio(case, objective=objective, budget_usd=budget)
    taken = np.array([f"p{i}" in found.chosen for i in range(8)])
    assert value(taken) == pytest.approx(best, abs=1e-5)
    assert abs(found.reached) == pytest.approx(abs(best), abs=1e-5)
    if objective != "min-largest-shortfall":
        alike = [case.cost[t].sum() for t in allowed if value(t) <= best + 1e-6]
        assert found.cost_usd == pytest.approx(min(alike))


@pytest.mark.parametrize("seed", SEEDS)
def test_replacement_cost_keeps_the_others_where_that_leaves_a_way(seed):
    case = Case(seed)
    found = portfolio(case)
    if found.answer != "offset":
        return
    table = found.table.set_index("parcel")
    for name in found.chosen:
        i = int(name[1:])
        others = {int(n[1:]) for n in found.chosen} - {i}
        without = cheapest(
            case,
            lambda t, i=i, others=others: (
                case.enough(t) and not t[i] and others <= set(np.flatnonzero(t).tolist())
            ),
        )
        if np.isinf(without):  # then the others may change as well
            without = cheapest(case, lambda t, i=i: case.enough(t) and not t[i])
        assert table.loc[name, "replacement_cost_usd"] == pytest.approx(without - found.cost_usd)
    assert table.drop(list(found.chosen))["replacement_cost_usd"].isna().all()


@pytest.mark.parametrize("seed", SEEDS)
def test_fairest_for_a_little_more(seed):
    case = Case(seed)
    best = cheapest(case, case.enough)
    if not np.isfinite(best) or not case.owed.sum():
        return
    usual = case.owed.sum() / case.people.sum()

    def worst(taken):
        return ((case.watered(taken) - case.owed) / (case.people * usual)).min()

    allowed = [t for t in case.subsets() if case.enough(t) and case.cost[t].sum() <= best * 1.5]
    fairest = max(worst(t) for t in allowed)
    found = portfolio(case, equity=0.5)
    taken = np.array([f"p{i}" in found.chosen for i in range(8)])
    assert worst(taken) == pytest.approx(fairest, abs=1e-5)
    assert found.reached == pytest.approx(fairest, abs=1e-5)
    assert found.cost_usd == pytest.approx(
        min(case.cost[t].sum() for t in allowed if worst(t) >= fairest - 1e-9)
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("most", [1, 2])
def test_selections_in_few_pieces(seed, most):
    case = Case(seed)
    pairs = itertools.combinations(range(8), 2)
    edges = np.array([(i, j) for i, j in pairs if abs(case.site[i] - case.site[j]) == 1])

    def together(taken):
        return pieces_of(edges, taken).max(initial=-1) + 1 <= most

    best = cheapest(case, lambda t: case.enough(t) and together(t))
    found = portfolio(case, pieces=most)
    if np.isfinite(best):
        assert found.cost_usd == pytest.approx(best)
    else:
        assert found.answer == "infeasible"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bonus_for_neighbors(seed):
    case = Case(seed)

    def net(taken):
        sites = np.sort(case.site[taken])
        return case.cost[taken].sum() - 7.0 * (np.diff(sites) == 1).sum()

    best = min((net(t) for t in case.subsets() if case.enough(t)), default=None)
    found = portfolio(case, neighbor_bonus_usd=7.0)
    if best is None:
        assert found.answer == "infeasible"
    else:
        taken = np.array([f"p{i}" in found.chosen for i in range(8)])
        assert net(taken) == pytest.approx(best)


@pytest.mark.parametrize("seed", SEEDS)
def test_actions_begin_in_periods_with_money_of_their_own(seed):
    case = Case(seed)
    rate, purse, years = 0.03, (35.0, 50.0), (0.0, 5.0)
    late = (1 + rate) ** -5.0
    starts = np.where(np.arange(8) % 3 == 0, 5.0, 0.0)
    best = np.inf
    for taken in case.subsets():
        at = np.flatnonzero(taken)
        for second in itertools.product((False, True), repeat=at.size):
            later = np.array(second, dtype=bool)
            if (starts[at][~later] > 0).any():
                continue
            cost = case.cost[at]
            if cost[~later].sum() > purse[0] or cost[later].sum() > purse[1]:
                continue
            gain = np.bincount(case.kind[at], case.gain[at] * np.where(later, late, 1.0), 2)
            if (gain >= case.need - 1e-9).all():
                best = min(best, cost.sum())
    found = portfolio(
        case,
        services=False,
        parcels=case.parcels(start_year=starts),
        periods={str(int(y)): f"{b} usd" for y, b in zip(years, purse, strict=True)},
        delay_rate=rate,
    )
    if np.isfinite(best):
        assert found.answer == "offset"
        assert found.cost_usd == pytest.approx(best)
        begun = found.table.set_index("parcel")["start_year"]
        assert set(begun[list(found.chosen)]) <= set(years)
        assert begun[[n for n in begun.index if n not in found.chosen]].isna().all()
    else:
        assert found.answer == "infeasible"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("wanted", [0.6, 0.8, 1.0 - 1e-9])
def test_least_cost_that_holds_in_enough_states(seed, wanted):
    rng = np.random.default_rng(seed)
    case = Case(seed)
    count = 10
    gain = case.gain[:, None] * rng.uniform(0.4, 1.5, (8, count))
    lost = case.need[:, None] * rng.uniform(0.5, 1.3, (2, count))
    missed = int(np.floor((1 - wanted) * count + 1e-9))
    kinds = np.arange(2)[:, None] == np.arange(2)[None]
    sites = [tuple(np.flatnonzero(case.site == s)) for s in np.unique(case.site)]
    problem = Requirement(
        credited=case.gain,
        group=case.kind,
        accepted=kinds,
        like=kinds,
        needed=case.need,
        cost=case.cost,
        overlaps=tuple(s for s in sites if len(s) > 1),
    )
    states = Scenarios(gain, lost, np.zeros((0, 8, count)), np.zeros((0, count)), 0)

    def holds(taken):
        given = np.stack([gain[taken & (case.kind == e)].sum(axis=0) for e in range(2)])
        return (given >= lost - 1e-9).all(axis=0).sum() >= count - missed

    best = cheapest(case, lambda t: case.enough(t, services=False) and holds(t))
    choice, chance = pursue_probability(
        problem, MAP.ecosystems, Terms("x", gap=0.0), wanted=wanted, states=states,
        check=lambda _: 1.0, checked=10**6,
    )  # fmt: skip
    if np.isfinite(best):
        assert choice.met
        assert case.cost[choice.chosen].sum() == pytest.approx(best)
        assert chance.optimized >= 1 - missed / count - 1e-9
    else:
        assert not choice.met
