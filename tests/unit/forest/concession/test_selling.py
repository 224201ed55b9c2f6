"""Which credits are sold when, by hand."""

import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.concession.contract import Contract
from nonetloss.forest.concession.selling import sold_credits

CONTRACT = Contract(datetime.date(2001, 7, 7), 60)


def plan(*net, years=None, draws=3) -> SimpleNamespace:
    values = np.array([net], dtype=float)
    spread = values[..., None] * np.linspace(0.5, 1.5, draws)
    first = 2026 if years is None else years[0]
    listed = tuple(range(first, first + len(net))) if years is None else years
    return SimpleNamespace(standards=("verra",), years=listed, net=values, net_draws=spread)


def sell(credits, **changed):
    settings = {
        "standard": None, "contract": CONTRACT, "first_year": 2026, "years": 6, "delay": 0,
        "after_plan": "nothing",
    } | changed  # fmt: skip
    return sold_credits(credits, **settings)


def codes(found) -> list[str]:
    return [f.code for f in found]


def test_a_vintage_is_sold_after_the_delay():
    sold, found = sell(plan(10, 20, 30), delay=2)
    assert sold.likely.tolist() == [0, 0, 10, 20, 30, 0]
    assert sold.draws[:, 0].tolist() == [0, 0, 5, 10, 15, 0]
    assert codes(found) == ["concession.after-plan-nothing"]


@pytest.mark.parametrize(
    ("after", "expected"), [("last", [10, 20, 30, 30, 30, 30]), ("mean", [10, 20, 30, 20, 20, 20])]
)
def test_what_follows_the_plan_is_an_assumption_that_is_told(after, expected):
    sold, found = sell(plan(10, 20, 30), after_plan=after)
    assert sold.likely.tolist() == expected
    assert codes(found) == [f"concession.after-plan-{after}"]


def test_a_plan_as_long_as_the_horizon_assumes_nothing():
    sold, found = sell(plan(*[10] * 6))
    assert sold.likely.tolist() == [10] * 6
    assert found == ()


def test_a_vintage_below_zero_is_made_up_first():
    sold, found = sell(plan(10, -15, 10, 10, 0, 0))
    assert sold.likely.tolist() == [10, 0, 0, 5, 0, 0]
    assert codes(found) == ["concession.negative-vintage"]
    # What was sold stays sold: the sum is the highest the running sum ever was.
    assert sell(plan(10, -15, 0, 0, 0, 0))[0].likely.sum() == 10


def test_vintages_after_the_contract_have_no_seller():
    contract = Contract(datetime.date(2001, 7, 7), 27)  # ends on July 7, 2028
    sold, found = sell(plan(*[366.0] * 6), contract=contract)
    # 2028 has 366 days, 188 of them before July 7.
    assert sold.likely.tolist() == pytest.approx([366, 366, 188, 0, 0, 0])
    assert codes(found) == ["concession.after-contract"]
    renewed = Contract(datetime.date(2001, 7, 7), 27, 27, "Resolución 2")
    assert sell(plan(*[366.0] * 6), contract=renewed)[0].likely.tolist() == [366] * 6


def test_sales_outside_the_horizon_are_told():
    sold, found = sell(plan(10, 20, 30, years=(2024, 2025, 2026)), after_plan="nothing")
    assert sold.likely.tolist() == [30, 0, 0, 0, 0, 0]
    told = {f.code: f.data for f in found}
    assert told["concession.sold-outside"]["tco2e"] == 30


def test_a_standard_that_is_not_there():
    with pytest.raises(InputError) as caught:
        sell(plan(1), standard="art")
    assert codes(caught.value.findings) == ["concession.standard-unknown"]


@pytest.mark.parametrize("years", [(2026, 2028), (2027, 2026), (2026, 2026)])
def test_vintages_must_be_years_in_a_row(years):
    with pytest.raises(InputError) as caught:
        sell(plan(1, 2, years=years))
    assert codes(caught.value.findings) == ["concession.vintages"]


@pytest.mark.parametrize("where", ["net", "net_draws"])
def test_an_unknown_plan_is_not_told_as_a_sure_loss(where):
    credits = plan(10, 20, 30)
    getattr(credits, where)[0, 1] = np.nan
    with pytest.raises(InputError) as problem:
        sell(credits)
    assert [f.code for f in problem.value.findings] == ["concession.credits-unknown"]
