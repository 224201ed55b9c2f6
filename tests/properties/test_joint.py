import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nonetloss.core.errors import NoRouteError
from nonetloss.offset.joint.problem import Ground, Market
from nonetloss.offset.joint.search import cheapest_together

ROWS, COLUMNS = 5, 6
ROUNDING = 3e-6
seeds = st.integers(0, 10_000)
MANY = settings(derandomize=True, deadline=None, max_examples=25)
FEW = settings(derandomize=True, deadline=None, max_examples=6)


def random_case(seed, *, parcels=5, assets=2):
    """A small grid with holes, and parcels that can cover what routes lose."""
    rng = np.random.default_rng(seed)
    shape = (ROWS, COLUMNS)
    blocked = rng.random(shape) < 0.15
    start, end = (2, 0), (2, COLUMNS - 1)
    blocked[start] = blocked[end] = False
    land = [
        np.sort(rng.choice(ROWS * COLUMNS, int(rng.integers(0, 3)), replace=False))
        for _ in range(parcels)
    ]
    ground = Ground(
        cost=rng.uniform(1, 2, shape),
        loss=rng.uniform(0, 2, (assets, *shape)),
        barred=np.zeros(shape),
        blocked=blocked,
        start=start,
        end=end,
        cell_size=(1.0, 1.0),
        neighbors=int(rng.choice([8, 16])),
    )
    market = Market(
        cost=rng.uniform(0.5, 6, parcels),
        gain=rng.uniform(4, 16, parcels),
        group=rng.integers(assets, size=parcels),
        accepted=np.eye(assets, dtype=bool) | (rng.random((assets, assets)) < 0.3),
        land=tuple(land),
        allowance=np.zeros(assets),
    )
    return ground, market


def together(ground, market, **more):
    try:
        return cheapest_together(ground, market, **({"gap": 0.0} | more))
    except NoRouteError:
        assume(False)
        raise


def some(market, keep):
    """The same market with these parcels, in this order."""
    keep = np.asarray(keep, dtype=int)
    return Market(
        market.cost[keep], market.gain[keep], market.group[keep], market.accepted,
        tuple(market.land[i] for i in keep), market.allowance,
    )  # fmt: skip


def least(found):
    """What is proven to be the least cost, infinite where nothing is permitted."""
    return found.plan.total if found.plan.permitted else math.inf


@MANY
@given(seeds, st.integers(1, 40), st.sampled_from([0, 50, 50_000]))
def test_joint_is_never_dearer_than_sequential_however_short_the_search(seed, searches, labels):
    found = together(*random_case(seed), most_searches=searches, most_labels=labels)
    if found.sequential.permitted:
        assert found.plan.permitted
        assert found.plan.total <= found.sequential.total
    if found.plan.permitted:
        assert found.bound <= found.plan.total
        assert found.bound >= found.sequential.way.cost * (1 - ROUNDING)


@FEW
@given(seeds)
def test_a_plan_buys_what_it_needs_and_nothing_that_its_route_crosses(seed):
    ground, market = random_case(seed)
    plan = together(ground, market).plan
    assert not (plan.chosen & plan.way.crossed).any()
    assert plan.way.cells[0].tolist() == list(ground.start)
    assert plan.way.cells[-1].tolist() == list(ground.end)
    assert not ground.blocked[plan.way.cells[:, 0], plan.way.cells[:, 1]].any()
    if plan.permitted:
        credited = market.supply(plan.chosen)
        assert credited.sum() >= plan.way.loss.sum() * (1 - 1e-6)
        for asset, lost in enumerate(plan.way.loss):
            assert credited[market.accepted[asset]].sum() >= lost * (1 - 1e-6)


@FEW
@given(seeds)
def test_one_more_parcel_never_raises_the_least_cost(seed):
    ground, market = random_case(seed)
    fewer = together(ground, some(market, range(4)))
    more = together(ground, market)
    assert more.bound <= least(fewer) * (1 + ROUNDING)
    assert least(more) <= least(fewer) * (1 + ROUNDING)


@FEW
@given(seeds, st.permutations(range(5)))
def test_the_order_of_parcels_does_not_matter(seed, order):
    ground, market = random_case(seed)
    one, other = together(ground, market), together(ground, some(market, order))
    assert one.plan.permitted == other.plan.permitted
    if one.plan.permitted:
        assert math.isclose(one.plan.total, other.plan.total, rel_tol=ROUNDING)


@FEW
@given(seeds, st.floats(1.0, 3.0))
def test_owing_more_never_costs_less(seed, factor):
    ground, market = random_case(seed)
    plain = together(ground, market)
    strict = together(
        ground,
        Market(
            market.cost, market.gain, market.group, market.accepted, market.land,
            market.allowance, factor=factor,
        ),
    )  # fmt: skip
    assert plain.bound <= least(strict) * (1 + ROUNDING)
