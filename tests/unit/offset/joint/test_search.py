import math
from dataclasses import replace

import numpy as np
import pytest

from nonetloss.core.errors import NoRouteError
from nonetloss.offset.joint.problem import Ground, Market
from nonetloss.offset.joint.search import cheapest_together


def two_ways(*, neighbors: int = 8) -> Ground:
    """From the middle left to the middle right, over the top row or over the bottom row.

    Six moves of one meter each. Over the top: 0.5 + 0.5 for both ends and the row at 1 a meter:
    6 x 1 = 6; loss 1.5 + 4 x 3 + 1.5 = 15. Over the bottom: 1.5 + 4 x 2 + 1.5 = 11; loss
    0.5 + 4 x 1 + 0.5 = 5.
    """
    cost, loss = np.ones((3, 5)), np.zeros((1, 3, 5))
    cost[2], loss[0, 0], loss[0, 2] = 2.0, 3.0, 1.0
    blocked = np.zeros((3, 5), dtype=bool)
    blocked[1, 1:4] = True
    return Ground(cost, loss, np.zeros((3, 5)), blocked, (1, 0), (1, 4), (1.0, 1.0), neighbors)


def small_and_large(**changed) -> Market:
    """A parcel of gain 5 for 2 and one of gain 10 for 20."""
    market = Market(
        cost=np.array([2.0, 20.0]),
        gain=np.array([5.0, 10.0]),
        group=np.array([0, 0]),
        accepted=np.array([[True]]),
        land=(np.empty(0, np.int64), np.empty(0, np.int64)),
        allowance=np.zeros(1),
    )
    return replace(market, **changed)


@pytest.mark.parametrize("neighbors", [8, 16])
def test_a_dearer_route_that_takes_less_is_the_cheaper_plan(neighbors):
    found = cheapest_together(two_ways(neighbors=neighbors), small_and_large(), gap=0.0)
    assert found.sequential.total == pytest.approx(6 + 2 + 20)
    assert found.plan.total == pytest.approx(11 + 2)
    assert found.plan.chosen.tolist() == [True, False]
    assert found.bound == pytest.approx(13, rel=2e-6)
    assert found.gap <= 2e-6


def test_a_parcel_under_the_route_does_not_count():
    # The small parcel lies on the bottom row: there 11 + 20 = 31, over the top 6 + 22 = 28.
    market = small_and_large(land=(np.array([12]), np.empty(0, np.int64)))
    found = cheapest_together(two_ways(), market, gap=0.0)
    assert found.plan.total == pytest.approx(28)
    assert found.bound == pytest.approx(28, rel=2e-6)


def test_a_parcel_too_far_from_the_route_does_not_count():
    # Over the bottom only the large parcel is near enough: 31; over the top both: 28.
    market = small_and_large(allowed=lambda cells: np.array([bool((cells[:, 0] == 0).any()), True]))
    found = cheapest_together(two_ways(), market, gap=0.0)
    assert found.plan.total == pytest.approx(28)
    assert found.bound <= 28


def test_more_gain_is_needed_than_is_lost_where_the_factor_says_so():
    # Twice: over the bottom 10 of gain, 11 + 20 = 31; over the top 30, more than there is.
    found = cheapest_together(two_ways(), small_and_large(factor=2.0), gap=0.0)
    assert found.plan.total == pytest.approx(31)
    assert not found.sequential.permitted
    assert found.sequential.shortfall == pytest.approx([30 - 15])


def test_what_is_allowed_to_stay_is_not_offset():
    # 5 may stay: over the bottom 11 and no parcel.
    found = cheapest_together(two_ways(), small_and_large(allowance=np.array([5.0])), gap=0.0)
    assert found.plan.total == pytest.approx(11)
    assert not found.plan.chosen.any()


def test_parcels_on_the_same_land_are_not_bought_together():
    # 15 over the top would take both.
    found = cheapest_together(two_ways(), small_and_large(overlaps=((0, 1),)), gap=0.0)
    assert found.plan.total == pytest.approx(13)
    assert found.sequential.shortfall == pytest.approx([5])


def test_what_nothing_makes_up_for_is_kept_within_its_limit():
    ground = two_ways()
    ground.barred[2] = 1.0
    # Over the bottom 5 of the barred are lost, over the top none.
    found = cheapest_together(ground, small_and_large(barred_limit=4.0), gap=0.0)
    assert found.plan.total == pytest.approx(28)
    assert cheapest_together(ground, small_and_large(barred_limit=5.0), gap=0.0).plan.total == (
        pytest.approx(13)
    )


def test_no_plan_at_all_is_proven_impossible_and_the_least_shortfall_is_shown():
    market = small_and_large(gain=np.array([1.0, 2.0]))
    found = cheapest_together(two_ways(), market, gap=0.0)
    assert found.impossible
    assert math.isinf(found.bound)
    assert not found.plan.permitted
    assert found.plan.shortfall == pytest.approx([5 - 3])
    assert math.isinf(found.gap)


def test_without_parcels_nothing_is_permitted_unless_nothing_is_lost():
    nothing = np.empty(0)
    market = Market(nothing, nothing, nothing.astype(int), np.zeros((1, 0), bool), (), np.zeros(1))
    assert cheapest_together(two_ways(), market).impossible
    ground = two_ways()
    ground.loss[0, 2] = 0.0
    found = cheapest_together(ground, market, gap=0.0)
    assert found.plan.total == pytest.approx(11)


def test_of_equally_cheap_routes_the_sequential_plan_takes_the_one_cheaper_to_offset():
    ground = two_ways()
    ground.cost[2] = 1.0
    found = cheapest_together(ground, small_and_large(), gap=0.0)
    assert found.plan.total == found.sequential.total == pytest.approx(6 + 2)


def test_ends_that_are_not_connected_are_told():
    ground = two_ways()
    ground.blocked[0, 2] = ground.blocked[2, 2] = True
    with pytest.raises(NoRouteError):
        cheapest_together(ground, small_and_large())


def test_the_number_of_searches_is_kept_and_the_bound_still_holds():
    full = cheapest_together(two_ways(), small_and_large(), gap=0.0)
    for most in (1, 2, 4, 8):
        found = cheapest_together(two_ways(), small_and_large(), gap=0.0, most_searches=most)
        assert found.bound <= full.plan.total <= found.plan.total


def test_equal_input_gives_equal_output():
    pairs = [(two_ways(), small_and_large()) for _ in range(2)]
    one, other = (cheapest_together(ground, market, gap=0.0) for ground, market in pairs)
    assert one.plan.total == other.plan.total
    assert one.bound == other.bound
    assert one.searches == other.searches


def test_among_ties_of_one_corridor_the_route_that_takes_least_is_seen_before_any_price():
    # An open field of one cost: from corner to corner of 3 x 6 cells by 2 slanted and 3 straight
    # moves, in any order. Only the lowest row takes nothing; two searches are the first and the
    # bound's, so that the ties alone must find it.
    loss = np.full((1, 3, 6), 1.0)
    loss[0, 2] = 0.0
    ground = Ground(
        np.ones((3, 6)), loss, np.zeros((3, 6)), np.zeros((3, 6), bool), (0, 0), (2, 5), (1.0, 1.0)
    )
    found = cheapest_together(ground, small_and_large(), gap=0.0, most_searches=4)
    # Slanted down at once: sqrt(2) x 1 and sqrt(2) x 1/2, then nothing.
    assert found.sequential.way.loss == pytest.approx([1.5 * math.sqrt(2)])
    assert found.sequential.way.cost == pytest.approx(2 * math.sqrt(2) + 3)


def test_the_price_of_loss_is_that_of_the_next_parcel_in_parts():
    # The bottom takes 5, all that the small parcel gives: the next unit is of the large, 20 / 10.
    found = cheapest_together(two_ways(), small_and_large(), gap=0.0)
    assert found.price == pytest.approx([20 / 10], rel=1e-6)
    # A need that is raised by half asks for as much more of it.
    market = small_and_large(factor=1.5, allowance=np.array([0.01]))
    assert cheapest_together(two_ways(), market, gap=0.0).price == pytest.approx([1.5 * 20 / 10])


def test_loss_that_no_parcel_is_left_for_has_no_price():
    market = small_and_large(gain=np.array([5.0, 1e-6]))
    found = cheapest_together(two_ways(), market, gap=0.0)
    assert found.plan.total == pytest.approx(11 + 2)
    assert np.isnan(found.price).all()
