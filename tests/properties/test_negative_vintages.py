"""A vintage below zero: the ledger, the credit plan and the concession follow one rule.

What a year lacks is taken off the net credits of later years, and no buffer pays for it.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nonetloss.forest.concession.contract import Contract
from nonetloss.forest.concession.selling import sold_credits
from nonetloss.forest.credits.waterfall import whole_credits
from nonetloss.ledger.credits.method import credit_accounts

LONG = Contract(dt.date(2001, 7, 7), 60)
TONS = st.integers(-2000, 2000)


@dataclass
class Plan:
    standards: tuple[str, ...]
    years: tuple[int, ...]
    net: np.ndarray
    buffer: np.ndarray

    @property
    def net_draws(self) -> np.ndarray:
        return self.net[..., None]


def plan_of(net, buffer):
    years = tuple(range(2027, 2027 + len(net)))
    return Plan(("verra",), years, np.array([net], float), np.array([buffer], float))


def of_ledger(plan, column):
    totals = credit_accounts(plan).totals.set_index("vintage")[column]
    return [int(totals.get(year, 0)) for year in plan.years]


def of_concession(plan):
    sold, _ = sold_credits(
        plan, standard=None, contract=LONG, first_year=plan.years[0], years=len(plan.years),
        delay=0, after_plan="nothing",
    )  # fmt: skip
    return sold.likely


def by_hand(net):
    """Year by year with a purse that may owe."""
    owed, made = 0, []
    for own in net:
        paid = min(max(own, 0), owed)
        owed += max(-own, 0) - paid
        made.append(max(own, 0) - paid)
    return made


def test_a_plan_with_one_year_below_zero():
    """100; -300 (its 50 of buffer stay); 200 - 200 = 0, still 100 short; 250 - 100 = 150."""
    plan = plan_of([100, -300, 200, 250], [20, 50, 40, 50])
    expected = [100, 0, 0, 150]
    assert of_ledger(plan, "tradable") == expected
    assert of_ledger(plan, "buffer") == [20, 50, 40, 50]
    assert whole_credits(plan.net[0], plan.buffer[0]) == expected
    assert of_concession(plan).tolist() == expected


@given(st.lists(st.tuples(TONS, st.integers(0, 500)), min_size=1, max_size=8))
@settings(derandomize=True, deadline=None, max_examples=60)
@example([(-5, 3), (0, 0), (5, 1), (1, 0)])
def test_three_places_one_rule(rows):
    net, buffer = zip(*rows, strict=True)
    plan = plan_of(net, buffer)
    expected = by_hand(net)
    assert of_ledger(plan, "tradable") == expected
    assert of_ledger(plan, "buffer") == list(buffer)
    assert whole_credits(plan.net[0], plan.buffer[0]) == expected
    assert of_concession(plan).tolist() == expected


@given(st.lists(st.tuples(st.floats(-900, 900), st.floats(0, 300)), min_size=1, max_size=8))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_of_fractions_only_parts_of_tons_are_lost(rows):
    """Sum cut down and buffer cut up: less than two tons a year, and never a ton too many."""
    net, buffer = zip(*rows, strict=True)
    plan = plan_of(net, buffer)
    booked = of_ledger(plan, "tradable")
    assert booked == whole_credits(plan.net[0], plan.buffer[0])
    lost = of_concession(plan) - booked
    assert (lost > -1e-5).all()
    assert (lost < 2).all()
