import numpy as np
import pytest

from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.numerics.stats import probability
from nonetloss.offset.chance import ROUNDS, interval, pursue_probability, shares_of
from nonetloss.offset.requirement import Requirement, Scenarios
from nonetloss.offset.search import Terms, search

MOOR = (Ecosystem(1, "moor", Text.of("moor"), Estimate.exact(0.9)),)
ONE = np.ones((1, 1), dtype=bool)


def problem(options=6):
    return Requirement(
        credited=np.full(options, 10.0),
        group=np.zeros(options, dtype=np.int64),
        accepted=ONE,
        like=ONE,
        needed=np.array([20.0]),
        cost=np.arange(1.0, options + 1),
        overlaps=(),
    )


def states(count=10):
    # State s loses 20 and every parcel gains a bit more than 10 - s/2: ever more are needed.
    gain = np.tile(10.001 - np.arange(count) / 2, (6, 1))
    lost = np.full((1, count), 20.0)
    return Scenarios(gain, lost, np.zeros((0, 6, count)), np.zeros((0, count)), 0)


def pursued(wanted, check):
    return pursue_probability(
        problem(), MOOR, Terms("x", gap=0.0), wanted=wanted, states=states(),
        check=check, checked=10**9,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "parcels"),
    # Gains by parcel 10, 9.5 … 5.5; with 2, 3, 4 parcels 1, 7 (>= 20/3) and 10 (>= 5) states hold.
    [(0.1, 2), (0.2, 3), (0.7, 3), (0.8, 4), (0.99, 4)],
)
def test_the_fewest_parcels_that_hold_in_enough_states(wanted, parcels):
    choice, chance = pursued(wanted, lambda _: 1.0)
    assert choice.met
    assert choice.chosen.sum() == parcels
    assert chance.rounds == 1
    assert shares_of(choice, 1, 6).sum() == pytest.approx(parcels)


def test_where_other_states_disagree_more_of_its_own_must_hold():
    asked = []

    def check(choice):
        asked.append(int(choice.chosen.sum()))
        return 0.0 if choice.chosen.sum() < 4 else 0.9

    choice, chance = pursued(0.2, check)
    # To hold in 2, 5 and 8 of its own ten states.
    assert asked == [3, 3, 4]
    assert choice.chosen.sum() == 4
    assert chance.held_out == 0.9
    assert chance.asked == pytest.approx(0.8)


def test_it_gives_up_after_a_few_rounds_and_says_what_holds():
    choice, chance = pursued(0.2, lambda _: 0.19)
    assert choice.met
    assert chance.rounds <= ROUNDS
    assert chance.held_out == 0.19


def test_interval_is_wilsons_and_unknown_without_draws():
    hits = np.array([True] * 9 + [False])
    told = probability(hits)
    assert interval(hits) == (told.value, told.low, told.high)
    assert np.isnan(interval(np.zeros(0, dtype=bool))).all()


def test_a_search_without_states_fixes_no_shares():
    assert shares_of(search(problem(), MOOR, "x", np.inf, 0.0, None), 1, 6) is None


def test_the_surest_of_its_turns_is_the_answer():
    told = iter([0.30, 0.28, 0.25, 0.2, 0.2, 0.2])
    choice, chance = pursued(0.4, lambda _: next(told))
    assert (chance.held_out, chance.rounds) == (0.30, 1)
    assert choice.chosen.sum() == 3
