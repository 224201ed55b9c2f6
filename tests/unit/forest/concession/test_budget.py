"""Budgets: sums by hand, and rows that cannot be."""

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.concession.budget import read_budget


def read(*rows, first_year=2026, years=5, draws=200, seed=1):
    return read_budget(
        pd.DataFrame(rows), first_year=first_year, years=years, draws=draws,
        rng=np.random.default_rng(seed),
    )  # fmt: skip


def codes(found) -> list[str]:
    return [f.code for f in found]


def test_once_from_to_and_every_other_year():
    budget, found = read(
        {"item": "posts", "year": 2026, "usd": 50_000},
        {"item": "rangers", "year": 2027, "until": 2030, "usd": 10_000},
        {"item": "truck", "year": 2026, "until": 2030, "every": 2, "usd": 3_000},
    )
    assert found == ()
    assert budget.cost.likely.tolist() == [53_000, 10_000, 13_000, 10_000, 13_000]
    np.testing.assert_allclose(
        budget.cost.draws, np.repeat(budget.cost.likely[:, None], 200, axis=1)
    )
    items = budget.items.set_index("item")
    assert items["payments"].to_dict() == {"posts": 1, "rangers": 4, "truck": 3}
    assert items.loc["rangers", "usd"] == 40_000


def test_income_is_apart_and_secured_income_too():
    budget, _ = read(
        {"item": "rangers", "year": 2026, "until": 2030, "usd": 10},
        {
            "item": "grant",
            "year": 2026,
            "until": 2027,
            "usd": 4,
            "kind": "income",
            "secured": "yes",
        },
        {"item": "visits", "year": 2027, "until": 2030, "usd": 1, "kind": "income"},
    )
    assert budget.income.likely.tolist() == [4, 5, 1, 1, 1]
    assert budget.secured.tolist() == [4, 4, 0, 0, 0]
    assert budget.cost.likely.tolist() == [10] * 5


def test_a_row_is_uncertain_as_a_whole():
    """One draw holds for all its years; its mean is that of PERT, (low + 4 likely + high) / 6."""
    row = {"item": "a", "year": 2026, "until": 2030, "usd_low": 80, "usd_likely": 100,
           "usd_high": 180}  # fmt: skip
    budget, _ = read(row, draws=20_000)
    draws = budget.cost.draws
    assert (draws == draws[0]).all()
    assert draws.min() >= 80
    assert draws.max() <= 180
    assert draws[0].mean() == pytest.approx((80 + 400 + 180) / 6, rel=2e-3)
    assert budget.cost.likely.tolist() == [100] * 5


def test_the_order_of_rows_does_not_matter():
    rows = [
        {"item": name, "year": 2026, "until": 2028, "usd_low": 1, "usd_likely": 2 + n,
         "usd_high": 9}
        for n, name in enumerate("abc")
    ]  # fmt: skip
    one, _ = read(*rows)
    two, _ = read(*rows[::-1])
    np.testing.assert_array_equal(one.cost.draws, two.cost.draws)


def test_some_rows_may_be_certain():
    budget, _ = read(SPREAD, GOOD | {"item": "b"})
    assert budget.cost.likely.tolist() == [3, 0, 0, 0, 0]
    assert np.ptp(budget.cost.draws[0]) > 0


def test_what_lies_outside_the_horizon_is_told():
    budget, found = read({"item": "a", "year": 2024, "until": 2031, "usd": 1})
    assert budget.cost.likely.tolist() == [1] * 5
    assert [(f.code, f.data["count"]) for f in found] == [("concession.outside-horizon", 3)]


def test_no_budget_costs_nothing():
    budget, _ = read_budget(None, first_year=2026, years=3, draws=4, rng=np.random.default_rng(1))
    assert budget.cost.likely.tolist() == [0, 0, 0]
    assert budget.cost.draws.shape == (3, 4)
    assert budget.items.empty


GOOD = {"item": "a", "year": 2026, "usd": 1.0}
SPREAD = {"item": "a", "year": 2026, "usd_low": 1, "usd_likely": 2, "usd_high": 3}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (GOOD | {"usd": -1.0}, "concession.budget-amount"),
        (GOOD | {"usd": np.nan}, "concession.budget-amount"),
        (GOOD | {"usd": np.inf}, "concession.budget-amount"),
        (GOOD | {"usd": "much"}, "concession.budget-amount"),
        (SPREAD | {"usd_likely": 4}, "concession.budget-amount"),
        (SPREAD | {"usd_low": 3, "usd_high": 1}, "concession.budget-amount"),
        (GOOD | SPREAD, "concession.budget-amount"),
        (SPREAD | {"usd_high": None}, "concession.budget-amount"),
        (GOOD | {"until": 2025}, "concession.budget-years"),
        (GOOD | {"until": 20260}, "concession.budget-years"),
        (GOOD | {"year": 2026.5}, "concession.budget-years"),
        (GOOD | {"year": None}, "concession.budget-years"),
        (GOOD | {"until": 2030, "every": 0}, "concession.budget-years"),
        (GOOD | {"kind": "tax"}, "concession.budget-kind"),
        ({"item": "a", "usd": 1}, "concession.columns"),
        ({"item": "a", "year": 2026}, "concession.columns"),
    ],
)
def test_rows_that_cannot_be_are_refused(row, code):
    with pytest.raises(InputError) as caught:
        read(row)
    assert codes(caught.value.findings) == [code]


def test_an_item_is_paid_once_a_year():
    with pytest.raises(InputError) as caught:
        read(GOOD | {"until": 2028}, GOOD | {"year": 2028})
    assert codes(caught.value.findings) == ["concession.budget-twice"]
    assert "a 2028" in caught.value.findings[0].data["names"]
    # The same name as cost and as income is two things.
    read(GOOD, GOOD | {"kind": "income"})


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(InputError) as caught:
        read(GOOD | {"usd": -1.0}, GOOD | {"item": "b", "until": 2000})
    assert codes(caught.value.findings) == [
        "concession.budget-amount", "concession.budget-years",
    ]  # fmt: skip
