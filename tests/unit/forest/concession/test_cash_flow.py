"""Present values against closed forms of annuities, and break-even against a search."""

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

from nonetloss.core.errors import InputError
from nonetloss.forest.concession.cash_flow import payback_of, plan_concession
from nonetloss.forest.concession.results import Concession

DAY = datetime.date(2026, 11, 21)


def plan(net=(100.0,) * 40, spread=0.0, draws=400, first=2026) -> SimpleNamespace:
    values = np.array([net], dtype=float)
    noise = 1 + spread * np.random.default_rng(8).standard_normal((1, 1, draws))
    return SimpleNamespace(
        standards=("verra",),
        years=tuple(range(first, first + len(net))),
        net=values,
        net_draws=values[..., None] * noise,
    )


def budget(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows or [{"item": "all", "year": 2026, "until": 2065, "usd": 300.0}])


def run(table=None, **changed) -> Concession:
    settings = {
        "decision_date": DAY, "rng": np.random.default_rng(4), "start": "2026-01-01",
        "prices_usd_per_tco2e": (10.0,), "credits": plan(), "delay_years": 0,
        "discount_rate": 0.05,
    } | changed  # fmt: skip
    return plan_concession(budget() if table is None else table, **settings)


def codes(result) -> list[str]:
    return [f.code for f in result.findings]


def annuity(rate: float, years: int) -> float:
    """Worth of one unit at the end of each year."""
    return (1 - (1 + rate) ** -years) / rate


@pytest.mark.parametrize(("price", "net"), [(3.0, 0.0), (5.0, 200.0), (10.0, 700.0), (0.0, -300.0)])
def test_a_constant_flow_is_an_annuity(price, net):
    """100 credits and 300 USD a year: net is 100 p - 300 in each of forty years."""
    row = run(prices_usd_per_tco2e=(price,)).distribution.iloc[0]
    assert row["npv_usd"] == pytest.approx(net * annuity(0.05, 40), abs=1e-6)
    assert row["npv_low_usd"] == pytest.approx(row["npv_usd"], abs=1e-6)
    assert row["probability_npv_positive"] == float(net > 1e-9)


@pytest.mark.parametrize(("timing", "years"), [("start", 1.0), ("mid", 0.5), ("end", 0.0)])
def test_the_moment_of_the_year_moves_the_worth(timing, years):
    row = run(timing=timing).distribution.iloc[0]
    assert row["npv_usd"] == pytest.approx(700 * annuity(0.05, 40) * 1.05**years)


def test_a_growing_price_is_a_growing_annuity():
    """sum (1+g)^(t-1) / (1+r)^t = (1 - ((1+g)/(1+r))^n) / (r - g)."""
    row = run(price_growth=0.02, fee_usd_per_tco2e=1.0).distribution.iloc[0]
    growing = (1 - (1.02 / 1.05) ** 40) / (0.05 - 0.02)
    assert row["npv_usd"] == pytest.approx(1000 * growing - (300 + 100) * annuity(0.05, 40))


def test_a_delay_costs_the_last_years_and_interest():
    """Sold a year later: 39 sales, each worth 1/1.05 less; told as a row for every delay."""
    result = run(delay_years=1)
    expected = 1000 * annuity(0.05, 39) / 1.05 - 300 * annuity(0.05, 40)
    assert result.distribution["npv_usd"].item() == pytest.approx(expected)
    delays = result.delays.set_index("delay_years")["npv_usd"]
    for delay in range(6):
        worth = 1000 * annuity(0.05, 40 - delay) / 1.05**delay - 300 * annuity(0.05, 40)
        assert delays[delay] == pytest.approx(worth)


def test_break_even_is_cost_per_credit_where_both_are_constant():
    table = run(fee_usd_per_tco2e=0.5).breakeven.set_index("case")
    assert table.loc["project", "price_usd"] == pytest.approx(300 / 100 + 0.5)
    assert table.loc["project", "share_without"] == 0.0


def test_break_even_against_a_search_draw_by_draw():
    rows = budget(
        {"item": "start", "year": 2026, "usd_low": 500, "usd_likely": 900, "usd_high": 2500},
        {"item": "run", "year": 2027, "until": 2065, "usd_low": 100, "usd_likely": 150,
         "usd_high": 400},
        {"item": "grant", "year": 2026, "until": 2028, "usd": 90, "kind": "income"},
    )  # fmt: skip
    given = {"credits": plan(spread=0.3), "price_growth": 0.01, "fee_usd_per_tco2e": 0.2}
    result = run(rows, **given)

    def worth(price: float) -> float:
        return float(
            run(rows, prices_usd_per_tco2e=(price,), **given).distribution["npv_usd"].item()
        )

    project = result.breakeven.set_index("case").loc["project"]
    assert project["price_usd"] == pytest.approx(brentq(worth, 0.0, 100.0), rel=1e-9)
    assert project["price_low_usd"] < project["price_usd"] < project["price_high_usd"]
    # At the price that 95 % of the draws need, 95 % of them pay.
    at = run(rows, prices_usd_per_tco2e=(project["price_high_usd"] * 1.0000001,), **given)
    assert at.distribution["probability_npv_positive"].item() == pytest.approx(0.95, abs=0.003)


def test_shares_of_revenue_raise_the_price_needed():
    sharing = pd.DataFrame([{"party": "people", "share": 0.25, "base": "revenue"}])
    table = run(sharing=sharing).breakeven.set_index("case")["price_usd"]
    assert table["after-revenue-shares"] == pytest.approx(table["project"] / 0.75)


def test_no_credits_have_no_price_that_pays():
    result = run(credits=None)
    assert result.breakeven["price_usd"].isna().all()
    assert result.breakeven["share_without"].tolist() == [1.0, 1.0]
    assert result.standard == ""
    assert result.distribution["npv_usd"].item() == pytest.approx(-300 * annuity(0.05, 40))
    free = run(budget({"item": "a", "year": 2026, "usd": 0.0}), credits=None)
    assert free.breakeven["price_usd"].tolist() == [0.0, 0.0]


def test_the_flow_of_each_year_adds_up():
    sharing = pd.DataFrame(
        [
            {"party": "people", "share": 0.2, "base": "revenue", "kind": "community"},
            {"party": "state", "share": 0.1, "kind": "state"},
        ]
    )
    result = run(
        prices_usd_per_tco2e=(12.0, 4.0), sharing=sharing, credits=plan(spread=0.2),
        fee_usd_per_tco2e=0.3,
    )  # fmt: skip
    flow = result.cashflow
    assert len(flow) == 2 * 40
    assert flow["price"].unique().tolist() == [4.0, 12.0]
    np.testing.assert_allclose(
        flow["net_usd"], flow["revenue_usd"] + flow["income_usd"] - flow["cost_usd"]
    )
    np.testing.assert_allclose(flow["holder_usd"] + flow["shared_usd"], flow["net_usd"])
    for price, part in flow.groupby("price"):
        np.testing.assert_allclose(part["cumulative_usd"], part["net_usd"].cumsum())
        parties = result.sharing[result.sharing["price"] == price]
        assert parties["total_usd"].sum() == pytest.approx(part["net_usd"].sum())
        by_year = result.sharing_by_year[result.sharing_by_year["price"] == price]
        np.testing.assert_allclose(
            by_year.groupby("year")["usd"].sum(), part.set_index("year")["net_usd"]
        )
        row = result.distribution.set_index("price").loc[price]
        assert parties["npv_usd"].sum() == pytest.approx(row["npv_usd"])
    people = result.sharing.set_index(["price", "party"])
    assert people.loc[(12.0, "people"), "total_usd"] == pytest.approx(0.2 * 12 * 100 * 40)
    assert people.loc[(12.0, "people"), "share"] == pytest.approx(0.2)
    for name in ("revenue", "net", "cumulative"):
        assert (flow[f"{name}_low_usd"] <= flow[f"{name}_high_usd"]).all()


def test_a_loss_is_no_share():
    rows = run(prices_usd_per_tco2e=(1.0,)).sharing
    assert rows["party"].tolist() == ["holder"]
    assert rows["total_usd"].item() == pytest.approx(40 * (100 - 300))
    assert rows["share"].isna().all()


def test_a_higher_price_is_never_worse():
    rows = run(
        prices_usd_per_tco2e=(1.0, 2.0, 4.0, 8.0), credits=plan(spread=0.5),
        sharing=pd.DataFrame([{"party": "p", "share": 0.3}]),
    ).distribution  # fmt: skip
    for column in ("npv_usd", "npv_low_usd", "npv_high_usd", "holder_npv_usd",
                   "probability_npv_positive"):  # fmt: skip
        assert rows[column].is_monotonic_increasing


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        ([5, 5], 0),
        ([-10, 4, 6, 1], 2),
        ([-10, 4, 5], np.inf),
        ([-10, 20, -30, 40], 1),
        ([10, -20, 10, 5], 2),
        ([0, 0], 0),
    ],
)
def test_payback_is_the_first_return_to_zero(net, expected):
    assert payback_of(np.array(net, dtype=float)[:, None]).tolist() == [expected]


def test_payback_and_secured_income_for_the_risk_tool():
    """1,000 at first, then 1,000 - 300 a year: -1,000 - 300 + 1,000, + 700: in the second year."""
    rows = budget(
        {"item": "start", "year": 2026, "usd": 1000},
        {"item": "all", "year": 2026, "until": 2065, "usd": 300},
        {"item": "grant", "year": 2026, "usd": 100, "kind": "income", "secured": "yes"},
        {"item": "hope", "year": 2026, "usd": 50, "kind": "income"},
    )
    row = run(rows).distribution.iloc[0]
    assert row["payback_year"] == 2027
    assert row["payback_years"] == 2
    assert row["secured_share"] == pytest.approx(100 / (1000 + 2 * 300))
    never = run(rows, prices_usd_per_tco2e=(1.0,)).distribution.iloc[0]
    assert np.isnan(never["payback_year"])
    assert np.isnan(never["payback_years"])


def test_forty_years_from_2001_are_too_few_in_2026():
    result = run(start="2001-07-07", after_plan="nothing")
    assert result.longevity_fails
    assert result.years_left == pytest.approx(14 + 228 / 365)
    assert "concession.too-short" in codes(result)
    assert "concession.after-contract" in codes(result)
    assert "concession.paid-after-contract" in codes(result)
    asked = run(start="2001-07-07", renewal_years=40)
    assert "concession.renewal-unproven" in codes(asked)
    assert asked.longevity_fails
    proven = run(start="2001-07-07", renewal_years=40, renewal_evidence="Resolución 1")
    assert not proven.longevity_fails
    assert proven.contract_end == "2081-07-07"
    old = run(start="2001-07-07", project_start="2001-07-07")
    assert not old.longevity_fails


def test_the_same_draws_for_the_same_seed():
    rows = budget({"item": "a", "year": 2026, "until": 2065, "usd_low": 1, "usd_likely": 5,
                   "usd_high": 9})  # fmt: skip
    one, two = (run(rows, credits=plan(spread=0.3)) for _ in range(2))
    pd.testing.assert_frame_equal(one.distribution, two.distribution)
    pd.testing.assert_frame_equal(one.cashflow, two.cashflow)


@pytest.mark.parametrize("prices", [(), (-1.0,), (np.nan,), (5.0, 5.0), (np.inf,)])
def test_prices_that_cannot_be(prices):
    with pytest.raises(InputError) as caught:
        run(prices_usd_per_tco2e=prices)
    assert [f.code for f in caught.value.findings] == ["concession.prices"]


def test_a_contract_without_a_date():
    for bad in ({"start": "7/7/2001"}, {"project_start": "soon"}):
        with pytest.raises(InputError) as caught:
            run(**bad)
        assert [f.code for f in caught.value.findings] == ["concession.date"]


def test_a_single_draw_and_none_at_all():
    one = run(credits=plan(draws=1)).distribution.iloc[0]
    assert one["npv_low_usd"] == one["npv_usd"]
    none = run(credits=None, draws=0).distribution.iloc[0]
    assert np.isnan(none["npv_low_usd"])
    assert none["npv_usd"] == pytest.approx(-300 * annuity(0.05, 40))


def clock(*, shown: bool, start: int = 2001, years: int = 40, renewal: int = 40):
    """As the step on permanence tells it, from the start of the contract to its end."""
    year = np.arange(start, start + years + 1)
    left = np.minimum(start + years - year, years).astype(float)
    renewed = start + years + renewal - year
    return SimpleNamespace(
        clock=pd.DataFrame(
            {"year": year, "contract_years_left": left,
             "longevity_years": renewed if shown else left}
        )
    )  # fmt: skip


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize(
    ("given", "counted"),
    [({}, False), ({"renewal_supposed": True}, True), ({"renewal_evidence": "R 1"}, True)],
)
def test_credits_and_money_count_the_same_renewal(shown, given, counted):
    result = run(
        start="2001-07-07", renewal_years=40, permanence=clock(shown=shown), **given
    )  # fmt: skip
    told = [f for f in result.findings if f.code == "concession.renewal-disagrees"]
    assert bool(told) == (shown != counted)
    if told:
        assert told[0].data["there"] == ("2081" if shown else "2041")
        assert told[0].data["here"] == ("2081-07-07" if counted else "2041-07-07")


def test_a_scoring_without_a_contract_says_nothing_of_the_renewal():
    empty = SimpleNamespace(clock=clock(shown=True).clock.iloc[:0])
    assert "concession.renewal-disagrees" not in codes(run(permanence=empty))


def test_a_supposed_renewal_counts_for_the_money_and_not_as_proof():
    given = {"start": "2001-07-01", "renewal_years": 40, "project_start": "2026-01-01"}
    supposed = run(**given, renewal_supposed=True)
    assert "concession.renewal-supposed" in codes(supposed)
    assert "concession.renewal-unproven" not in codes(supposed)
    assert (supposed.renewal, supposed.contract_end) == ("supposed", "2081-07-01")
    # To 2041-07-01: 15 years and the 181 of 365 days to the first of July.
    assert supposed.longevity_fails
    assert supposed.years_left == pytest.approx(15 + 181 / 365)
    sold = supposed.cashflow.set_index("year")["credits_tco2e"]
    # 2041-07-01 is no end of selling any more: forty years of 100.
    assert sold.tolist() == [100.0] * 40
    left = run(**given)
    assert (left.renewal, left.contract_end) == ("unproven", "2041-07-01")
    assert left.cashflow["credits_tco2e"].sum() == pytest.approx(100 * (15 + 181 / 365))
    assert run(**given, renewal_evidence="R 1").renewal == "shown"
    assert run().renewal == "none"


def test_what_was_paid_back_may_be_lost_again():
    """800 once, then 1,000 - 300 a year until the plan ends in 2028, then - 300 a year."""
    rows = budget(
        {"item": "start", "year": 2026, "usd": 800},
        {"item": "all", "year": 2026, "until": 2065, "usd": 300},
    )
    row = run(rows, credits=plan((100.0,) * 3), after_plan="nothing").distribution.iloc[0]
    # -100, 600, 1,300; then 1,000, 700, 400, 100, -200: 2033.
    assert row["payback_year"] == 2027
    assert row["relapse_year"] == 2033
    assert np.isnan(run(rows).distribution["relapse_year"].item())


def test_a_project_does_not_begin_before_its_contract():
    with pytest.raises(InputError) as caught:
        run(start="2026-01-01", project_start="2001-01-01")
    assert caught.value.findings[0].code == "concession.project-before-contract"
    # The day of the study may come before: a contract that is planned.
    assert run(start="2027-01-01").years_left == 40


def between(values, share):
    """The quantile of a list: linear between its two neighbors in order; inf stays inf."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    left = int(place)
    right = min(left + 1, len(ordered) - 1)
    if place == left or ordered[left] == ordered[right]:
        return ordered[left]
    return ordered[left] + (place - left) * (ordered[right] - ordered[left])


@pytest.mark.parametrize("delay", [0, 2])
@pytest.mark.parametrize("price", [2.0, 4.0, 9.0])
def test_worth_payback_and_chance_against_a_loop_over_draws(price, delay):
    """Every draw and year by itself, with a purse that owes what a bad year lacks."""
    rng = np.random.default_rng(12)
    years, rate, growth, fee, draws = 12, 0.07, 0.01, 0.5, 81
    net = rng.normal(100.0, 90.0, (years, draws))
    likely = [100.0, 80.0, -150.0, *[100.0] * 9]
    credits = SimpleNamespace(
        standards=("verra",), years=tuple(range(2026, 2026 + years)), net=np.array([likely]),
        net_draws=net[None],
    )  # fmt: skip
    table = budget(
        {"item": "start", "year": 2026, "usd": 900},
        {"item": "all", "year": 2026, "until": 2037, "usd": 150},
        {"item": "grant", "year": 2029, "usd": 40, "kind": "income"},
    )
    row = run(
        table, credits=credits, prices_usd_per_tco2e=(price,), horizon_years=years,
        delay_years=delay, discount_rate=rate, price_growth=growth, fee_usd_per_tco2e=fee,
    ).distribution.iloc[0]  # fmt: skip

    def flow_of(vintages):
        owed, money = 0.0, []
        sold = [0.0] * delay
        for own in vintages:
            left = own - owed
            owed = max(0.0, -left)
            sold.append(max(0.0, left))
        for t in range(years):
            cost = 150 + (900 if t == 0 else 0) - (40 if t == 3 else 0)
            money.append(sold[t] * (price * (1 + growth) ** t - fee) - cost)
        worth = sum(each / (1 + rate) ** (t + 1) for t, each in enumerate(money))
        purse, below, back = 0.0, False, float("inf")
        for t, each in enumerate(money):
            purse += each
            if below and purse >= 0:
                back = t
                break
            below = below or purse < 0
        return worth, (back if below else 0)

    worth, back = flow_of(likely)
    assert row["npv_usd"] == pytest.approx(worth)
    np.testing.assert_equal(row["payback_year"], 2026 + back if np.isfinite(back) else np.nan)
    simulated = [flow_of(net[:, d]) for d in range(draws)]
    worths = [w for w, _ in simulated]
    assert row["npv_low_usd"] == pytest.approx(between(worths, 0.05))
    assert row["npv_high_usd"] == pytest.approx(between(worths, 0.95))
    assert row["probability_npv_positive"] == sum(w > 0 for w in worths) / draws
    for column, share in (("payback_low", 0.05), ("payback_high", 0.95)):
        # 0.05 and 0.95 of 80 steps are whole: each is the payback of one draw.
        expected = between([b for _, b in simulated], share)
        np.testing.assert_equal(row[column], 2026 + expected if np.isfinite(expected) else np.nan)
