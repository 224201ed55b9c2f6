import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.counterfactual import Curve, PlannedChange
from nonetloss.offset.counterfactual.trajectories import (
    Outlook,
    draw_world,
    drawn_values,
    likely_values,
    paths,
    today_of,
)

EXACT = Estimate.exact
TIMES = np.arange(1.0, 11.0)


def lot(**more):
    fields = {"value_without": EXACT(0.2), "value_with": EXACT(0.6), **more}
    return Parcel(
        name="p", title=Text.of("p"), geometry=box(0, 0, 1, 1), area_ha=1.0, ecosystem="a",
        cost_usd=1.0, **fields,
    )  # fmt: skip


def likely(parcel, **more):
    outlook = Outlook(TIMES, 10.0, **more)
    return paths(parcel, likely_values(parcel, outlook), outlook, rng=None)


def test_todays_value_where_nobody_says_it():
    assert today_of(lot(action="protection")) == EXACT(0.6)
    assert today_of(lot(action="restoration")) == EXACT(0.2)
    assert today_of(lot()) == EXACT(0.2)
    assert today_of(lot(action="protection", value_today=EXACT(0.5))) == EXACT(0.5)


def test_until_it_begins_an_offset_changes_nothing():
    ways = likely(lot(start_year=4.5, value_today=EXACT(0.4)))
    assert np.array_equal(ways.intended[:, :4], ways.without[:, :4])
    assert ways.begun.tolist() == [False] * 4 + [True] * 6
    # Without: from 0.4 to 0.2 in ten years; 0.31 when it begins. Then 5.5 years up to 0.6.
    assert ways.at_start == pytest.approx([0.4 - 0.2 * 0.45])
    assert ways.intended[0, 5] == pytest.approx(0.31 + (0.6 - 0.31) * 1.5 / 5.5)


def test_an_offset_made_in_advance_is_there_already():
    ways = likely(lot(start_year=-5.0, years_to_value=10.0))
    assert ways.at_start == pytest.approx([0.2])
    assert ways.intended[0, :6] == pytest.approx(0.2 + 0.4 * np.minimum(1, np.arange(6, 12) / 10))


def test_the_stated_value_without_follows_its_curve():
    ways = likely(lot(value_today=EXACT(0.4)), without=Curve("step", years=5.0))
    assert ways.without[0] == pytest.approx([0.4] * 4 + [0.2] * 6)


def test_protection_is_read_apart_from_planned_changes():
    change = PlannedChange("p", 0.0, year=3.0)
    ways = likely(lot(), planned=(change, PlannedChange("other", 1.0, year=1.0)))
    assert ways.without[0] == pytest.approx([0.2, 0.2] + [0.0] * 8)
    assert ways.protected[0] == pytest.approx([0.2] * 10)


def test_a_share_of_the_gain_returns_each_year():
    ways = likely(lot(years_to_value=0.0), reversal=EXACT(0.1))
    assert ways.intended[0] == pytest.approx(0.2 + 0.4 * 0.9**TIMES)


def test_one_world_for_all_parcels():
    outlook = Outlook(TIMES, 10.0, rates={"a": Estimate(0.0, 0.01, 0.03)})
    rng = np.random.default_rng(3)
    world = draw_world(outlook, Estimate(0, 0.1, 0.3), together=True, draws=200, rng=rng)
    spread = lot(value_with=Estimate(0.5, 0.6, 0.8))
    one, two = (drawn_values(spread, world, rng) for _ in range(2))
    assert one.rate is two.rate
    # The same ranking, though not the same numbers.
    assert np.array_equal(np.argsort(one.intended), np.argsort(two.intended))
    assert not np.array_equal(one.intended, two.intended)
    apart = draw_world(outlook, EXACT(0.1), together=False, draws=200, rng=rng)
    three, four = (drawn_values(spread, apart, rng) for _ in range(2))
    assert abs(np.corrcoef(three.intended, four.intended)[0, 1]) < 0.3


def test_todays_value_goes_with_the_value_that_it_stands_for():
    rng = np.random.default_rng(3)
    outlook = Outlook(TIMES, 10.0)
    world = draw_world(outlook, EXACT(0.0), together=True, draws=50, rng=rng)
    held = lot(action="protection", value_with=Estimate(0.5, 0.6, 0.8))
    values = drawn_values(held, world, rng)
    assert values.today is values.intended
    # So that protection gains nothing of what is only uncertain.
    ways = paths(held, values, outlook, rng=rng)
    assert ways.intended == pytest.approx(np.repeat(values.today[:, None], 10, axis=1))
