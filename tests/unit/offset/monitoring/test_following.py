"""The whole follow-up on two sites, by hand; and its way into balance and books."""

import dataclasses
import datetime as dt
import inspect

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.language import LANGUAGES
from nonetloss.ledger.balance_entries import post_balance
from nonetloss.ledger.hierarchy import balance
from nonetloss.ledger.journal import balance_of, verify
from nonetloss.ledger.restatement import restate
from nonetloss.ledger.text_form import parse_text, write_text
from nonetloss.offset.monitoring import monitor, post_gains
from nonetloss.offset.monitoring.method import METHOD

VISITS = {"plots": {"indicator": {"es": "Valor", "en": "Value"}, "years": [1, 4]}}


def follow(parcels, **options):
    return monitor(
        parcels,
        **({"rng": np.random.default_rng(1), "draws": 200, "activities": VISITS} | options),
    )


@pytest.fixture
def followed(parcels, portfolio, observe):
    # Planned in year 4: north 20, south 8 quality-hectares. Seen: 15 (three quarters) and 8.
    rows = [("north", 1, 0.25), ("north", 4, 0.35), ("south", 1, 0.44), ("south", 4, 0.56)]
    return follow(parcels, portfolio=portfolio, observations=observe(*rows))


def test_progress_by_hand(followed):
    table = followed.progress.set_index(["site", "year"])
    assert table.loc[("north", 4), ["planned", "observed"]].tolist() == pytest.approx([20, 15])
    assert table["ratio"].tolist() == pytest.approx([1.0, 15 / 20, 1.0, 1.0])
    assert table["status"].tolist() == ["ok", "missed", "ok", "ok"]
    assert followed.as_of == 4


def test_what_was_delivered_by_hand(followed):
    assert followed.delivery["share"].tolist() == pytest.approx([0.75, 1.0])
    # 50 promised, three quarters stand: 37.5 of the 48 owed; 20 x 1 for the 15 owed.
    table = followed.reopening.set_index("asset")
    assert table["delivered_qha"].tolist() == pytest.approx([37.5, 20.0])
    assert table["shortfall_qha"].tolist() == pytest.approx([48 - 37.5, 0.0])
    assert table["status"].tolist() == ["reopened", "kept"]
    assert table["gained_qha"].tolist() == pytest.approx([15, 8])
    assert followed.reopened == ("terra-firme",)
    assert followed.offset_likely.tolist() == pytest.approx([37.5, 20.0])
    # Exact observations: every draw is the number itself.
    assert np.ptp(followed.offset_draws, axis=1).max() < 1e-9
    codes = [f.code for f in followed.findings]
    assert {"monitoring.reopened", "monitoring.missed", "monitoring.early-warning"} <= set(codes)
    for finding in followed.findings:
        assert all(finding.render(language) for language in LANGUAGES)


def test_early_warning_by_hand(followed):
    row = followed.outlook.set_index("site").loc["north"]
    # Two exact observations, 5 of 5 and 15 of 20 planned: precision 1/0.25 + 2/0.01 = 204.
    mean = (1 / 0.25 + 1.0 / 0.01 + 0.75 / 0.01) / 204
    assert row["pace"] == pytest.approx(mean)
    assert row["forecast_likely"] == pytest.approx(mean * 50)
    assert (row["target_year"], row["target"]) == (10, pytest.approx(0.9 * 50))
    assert row["probability_of_target"] < 0.7
    assert followed.outlook["warning"].tolist() == [True, False]


def test_the_chance_that_the_balance_closes_by_hand(followed):
    from scipy.stats import norm

    row = followed.outlook.set_index("site").loc["north"]
    # 50 promised, 48 owed: a share of 0.96 or more closes it.
    spread = np.hypot(row["pace_sd"], 0.1)
    chance = norm.sf(48 / 50, row["pace"], spread)
    told = followed.reopening.set_index("asset")["probability_closed"]
    assert told["terra-firme"] == pytest.approx(chance, abs=4 * (0.25 / 200) ** 0.5)
    assert told["varzea"] > told["terra-firme"]


def test_corrective_actions_answer_what_was_seen(followed):
    table = followed.corrective
    assert set(table["site"]) == {"north"}
    assert table["action"].tolist() == ["find-the-cause", "maintain", "add-parcels"]
    assert table["trigger"].tolist() == ["missed, forecast", "missed, forecast", "reopened"]
    gap = 0.9 * 50 - followed.outlook["forecast_likely"][0]
    assert table["gap_qha"].tolist() == pytest.approx([gap] * 3)
    assert table["cost_usd"].isna().all()


def test_declared_corrections_with_effect_and_cost(parcels, portfolio, observe):
    made = follow(
        parcels,
        portfolio=portfolio,
        observations=observe(("north", 1, 0.25), ("north", 4, 0.35)),
        corrections={
            "guard": {"when": ["missed"], "for": ["protect"]},
            "dear": {"when": ["missed"], "closes": 1.0, "cost_usd": "9000 usd"},
            "replant": {
                "title": {"es": "Replantar", "en": "Replant"},
                "when": ["missed", "forecast"],
                "for": ["restore"],
                "closes": {"low": 0.2, "likely": 0.5, "high": 0.9, "source": "the study"},
                "cost_usd": "1000 usd",
                "cost_usd_per_ha": "20 usd/ha",
            },
        },
    )
    table = made.corrective
    assert table[["site", "action"]].to_numpy().tolist() == [
        ["north", "replant"],
        ["north", "dear"],
    ]
    gap = table["gap_qha"][0]
    row = table.iloc[0]
    assert row["cost_usd"] == pytest.approx(1000 + 20 * 100)
    assert row["closes_qha"] == pytest.approx(0.5 * gap)
    assert row["usd_per_qha"] == pytest.approx(3000 / (0.5 * gap))
    assert table["enough"].tolist() == [False, True]


def test_status_of_an_observation_with_a_range(parcels, observe):
    # North, year 4: 20 planned, bar 0.9 x 20 = 18, so values of 0.2 + 0.18 = 0.38.
    columns = ("site", "year", "value_low", "value_likely", "value_high")
    ends = [(0.30, 0.37, 0.39), (0.30, 0.36, 0.37), (0.36, 0.38, 0.50)]
    found = [
        follow(
            parcels[:1], observations=observe(("north", 4, *e), columns=columns)
        ).progress.set_index("year")["status"][4]
        for e in ends
    ]
    assert found == ["warning", "missed", "ok"]


def test_the_range_of_an_observation_is_the_spread_of_what_is_credited(parcels, observe):
    columns = ("site", "year", "value_low", "value_likely", "value_high")
    made = follow(
        parcels[:1],
        draws=4000,
        observations=observe(("north", 4, 0.25, 0.3, 0.5), columns=columns),
    )
    # Shares 5/20, 10/20, 30/20: at most 1 counts, and 50 are promised.
    assert made.offset_likely.tolist() == pytest.approx([25.0])
    assert made.offset_draws.min() >= 50 * 0.25
    assert made.offset_draws.max() == pytest.approx(50.0)
    # P(beta < x) for the PERT from 0.25 to 1.5 with mode 0.5 stays below 1 in most draws.
    from scipy.stats import beta

    whole = beta.sf((1 - 0.25) / 1.25, 1 + 4 * 0.25 / 1.25, 1 + 4 * 1.0 / 1.25)
    assert (made.offset_draws[0] >= 50 - 1e-9).mean() == pytest.approx(whole, abs=0.03)


def test_being_ahead_earns_nothing_more_unless_the_study_says_so(parcels, observe):
    rows = observe(("north", 4, 0.5))
    assert follow(parcels[:1], observations=rows).offset_likely.tolist() == pytest.approx([50])
    # 30 of 20 planned: half as much again.
    more = follow(parcels[:1], observations=rows, surplus=True)
    assert more.offset_likely.tolist() == pytest.approx([75])
    assert more.offset_draws.min() == pytest.approx(75)


def test_what_nobody_looked_at_does_not_count(parcels, portfolio, observe):
    made = follow(parcels, portfolio=portfolio, observations=observe(("north", 4, 0.4)))
    table = made.delivery.set_index("site")
    assert table["basis"].tolist() == ["observed", "unobserved"]
    assert table["delivered_qha"].tolist() == pytest.approx([50, 0])
    assert np.isnan(table["gained_qha"]["south"])
    assert made.reopened == ("varzea",)
    missing = made.progress[made.progress["status"] == "unobserved"]
    assert list(zip(missing["site"], missing["year"], strict=True)) == [
        ("north", 1),
        ("south", 1),
        ("south", 4),
    ]
    assert missing["observed"].isna().all()
    south = made.corrective[made.corrective["site"] == "south"]
    assert south["action"].tolist() == ["survey-what-is-missing", "add-parcels"]


def test_before_an_observation_is_due_the_promise_stands(parcels, portfolio, observe):
    visits = {"plots": {"indicator": "v", "years": [3]}}
    made = follow(
        parcels, portfolio=portfolio, observations=observe(("north", 1, 0.25)), activities=visits
    )
    assert made.delivery["basis"].tolist() == ["observed", "not-due"]
    assert made.reopened == ()


def test_the_plan_alone_reopens_nothing(parcels, portfolio):
    made = follow(parcels, portfolio=portfolio, first_year=2026)
    assert made.as_of is None
    assert len(made.progress) == len(made.outlook) == len(made.corrective) == 0
    assert made.offset_likely.tolist() == pytest.approx([50, 20])
    assert {f.code for f in made.findings} == {"monitoring.straight", "monitoring.cost-unknown"}
    assert made.schedule[["site", "year"]].to_numpy().tolist() == [
        ["north", 2027],
        ["south", 2027],
        ["north", 2030],
        ["south", 2030],
    ]
    assert made.trajectory.query("site == 'north' and year == 2030")["planned"].tolist() == [
        pytest.approx(20)
    ]


@pytest.mark.parametrize("rows", [None, ()])
def test_a_portfolio_that_chose_nothing_leaves_nothing_to_follow_up(
    parcels, portfolio, rows, observe
):
    made = follow(
        parcels,
        portfolio=dataclasses.replace(portfolio, chosen=(), allocation=portfolio.allocation[:0]),
        observations=None if rows is None else observe(),
        as_of=3,
    )
    for name in (
        "progress",
        "trajectory",
        "outlook",
        "delivery",
        "corrective",
        "schedule",
        "budget",
    ):
        assert len(getattr(made, name)) == 0, name
    assert made.offset_likely.tolist() == [0.0, 0.0]
    assert made.offset_draws.shape == (2, 200)
    assert made.reopening["status"].tolist() == ["open", "open"]
    assert "monitoring.nothing-chosen" in {f.code for f in made.findings}


def test_looking_back_without_any_observation(parcels, portfolio, observe):
    made = follow(parcels, portfolio=portfolio, observations=observe(), as_of=4)
    assert set(made.progress["status"]) == {"unobserved"}
    assert made.offset_likely.tolist() == [0.0, 0.0]
    assert not made.outlook["warning"].any()


def test_a_site_below_its_counterfactual(parcels, observe):
    made = follow(parcels[:1], observations=observe(("north", 4, 0.15)))
    # Nothing of the 50 promised, and 100 ha x 0.05 lost besides.
    assert made.reopening["delivered_qha"].tolist() == pytest.approx([-5])
    assert made.offset_likely.tolist() == [0.0]
    assert "monitoring.below-counterfactual" in {f.code for f in made.findings}


def test_a_fire_in_the_first_year_takes_off_what_it_took(parcels, observe):
    # Planned 5 in year 1; 10 fewer than without the offset are there: not -2 times the 50 promised.
    made = follow(parcels[:1], observations=observe(("north", 1, 0.1)))
    assert made.delivery["delivered_qha"].tolist() == pytest.approx([-10])
    assert made.offset_draws == pytest.approx(np.full_like(made.offset_draws, -10))


def test_harm_where_nothing_was_planned_yet_is_no_kept_promise(parcels, observe):
    late = dataclasses.replace(parcels[0], years_to_value=np.nan)
    plan = pd.DataFrame({"site": ["north"] * 3, "year": [0, 2, 10], "value_with": [0.2, 0.2, 0.7]})
    made = follow((late,), observations=observe(("north", 2, 0.05)), planned=plan)
    assert made.delivery["delivered_qha"].tolist() == pytest.approx([50 - 15])
    assert not any("nan" in str(f.data) + f.subject for f in made.findings)


def test_what_was_delivered_stands_in_the_measure_of_the_balance(parcels, portfolio, observe):
    # The plan counted discounted years: 100 in the balance are the 50 of its gains.
    twice = dataclasses.replace(portfolio, offset_likely=np.array([100.0, 20.0]))
    made = follow(
        parcels, portfolio=twice, observations=observe(("north", 4, 0.3), ("south", 4, 0.56))
    )
    assert made.offset_likely.tolist() == pytest.approx([100 / 2, 20])
    assert made.offset_draws[0] == pytest.approx(np.full(200, 50.0))
    assert made.reopening["delivered_qha"].tolist() == pytest.approx([25, 20])


def test_gains_stand_for_what_the_plan_allotted_them_to(parcels, portfolio, observe):
    # 30 of the credit of terra firme stand for várzea: a better ecosystem.
    trades = pd.DataFrame(
        {
            "loss": ["terra-firme", "varzea", "varzea"],
            "gain": ["terra-firme", "terra-firme", "varzea"],
            "credited_qha": [20.0, 30.0, 15.0],
        }
    )
    made = follow(
        parcels,
        portfolio=dataclasses.replace(
            portfolio, allocation=trades, offset_likely=np.array([20.0, 50.0])
        ),
        observations=observe(("north", 4, 0.4), ("south", 4, 0.56)),
    )
    assert made.offset_likely.tolist() == pytest.approx([50 * 0.4, 50 * 0.6 + 20])


def test_standards_by_year(parcels, observe):
    made = follow(
        parcels[:1],
        observations=observe(("north", 1, 0.22), ("north", 4, 0.35)),
        standards={1: 0.3, 4: 0.8},
    )
    assert made.progress["standard"].tolist() == [0.3, 0.8]
    # 2 of 5 planned is enough for 0.3; 15 of 20 is not for 0.8.
    assert made.progress["status"].tolist() == ["ok", "missed"]
    assert made.outlook["target"].tolist() == pytest.approx([0.8 * 50])


def test_a_balance_struck_again_and_restated_in_the_books(followed):
    residual = np.array([[48.0, 15.0]])
    zero = np.zeros((1, 2))

    def strike(likely, draws):
        wide = np.repeat(residual[..., None], draws.shape[1], axis=2)
        return balance(
            residual, before_draws=wide, avoided_likely=zero, avoided_draws=0 * wide,
            minimized_likely=zero, minimized_draws=0 * wide, offset_likely=likely,
            offset_draws=draws, assets=followed.assets, components=("direct",),
        )  # fmt: skip

    promised = strike(np.array([50.0, 20.0]), np.repeat([[50.0], [20.0]], 200, axis=1))
    again = strike(followed.offset_likely, followed.offset_draws)
    assert promised.holds
    assert not again.holds
    assert "hierarchy.net-loss" in {f.code for f in again.findings}

    start = dt.date(2026, 2, 28)
    journal = post_balance(promised, date=start)
    journal = post_gains(followed, start=start, journal=journal)
    journal = restate(journal, balance=again, date=dt.date(2031, 1, 1))
    assert verify(journal, head=journal.head) == ()
    assert parse_text(write_text(journal)) == journal

    def held(account):
        return balance_of(journal, account, unit="quality_hectare") / 1e6

    assert held("seen:north:gained") == pytest.approx(15)
    assert held("nature:terra-firme:total:owed") == pytest.approx(48 - 37.5)
    assert held("nature:terra-firme:total:settled") == pytest.approx(37.5)
    assert held("nature:terra-firme:total:credit") == 0
    assert held("nature:varzea:total:credit") == pytest.approx(20 - 15)
    assert held("nature:varzea:total:owed") == 0
    said = {e.id: e.narration for e in journal.entries}
    assert said["seen/north/4"].es == "Ganancia observada en Parcela north, 4"
    assert "nature/terra-firme/total/reopen/2031-01-01" in said
    # A second look that changes nothing adds assertions and no entry.
    quiet = restate(journal, balance=again, date=dt.date(2032, 1, 1))
    assert quiet.entries == journal.entries


def test_entries_are_changes(followed):
    journal = post_gains(followed, start=dt.date(2028, 2, 29), root="follow-up")
    moved = [(e.id, e.date.isoformat(), e.postings[0].millionths / 1e6) for e in journal.entries]
    assert moved == [
        ("follow-up/north/1", "2029-02-28", 5.0),
        ("follow-up/south/1", "2029-02-28", 2.0),
        ("follow-up/north/4", "2032-02-29", 10.0),
        ("follow-up/south/4", "2032-02-29", 6.0),
    ]


@pytest.mark.parametrize(
    ("code", "options"),
    [
        ("monitoring.parameter", {"warn_below": 1.5}),
        ("monitoring.parameter", {"standard": float("nan")}),
        ("monitoring.parameter", {"horizon_years": float("nan")}),
        ("monitoring.parameter", {"prior_sd": 0.0}),
        ("monitoring.parameter", {"year_spread": 0.0}),
        ("monitoring.parameter", {"model": "curved"}),
        ("monitoring.parameter", {"draws": 0}),
        ("monitoring.standard", {"standards": {"three": 0.5}}),
        ("monitoring.standard", {"standards": {3: 1.5}}),
        ("monitoring.activity", {"activities": {"a": {"years": [1]}}}),
        ("monitoring.activity", {"activities": {"a": {"indicator": "v", "years": [2, 1]}}}),
        ("monitoring.activity", {"activities": {"a": {"indicator": "v", "yaers": [2, 1]}}}),
        ("monitoring.activity-site",
         {"activities": {"a": {"indicator": "v", "years": [2], "sites": ["nort"]}}}),
        ("monitoring.correction", {"corrections": {"a": {"when": ["never"]}}}),
        ("monitoring.correction", {"corrections": {"a": {"when": ["missed"], "closes": 1.5}}}),
        ("monitoring.correction",
         {"corrections": {"a": {"when": ["missed"], "cost_usd": "-5 usd"}}}),
        ("monitoring.correction", {"corrections": {"a": ["missed"]}}),
    ],
)  # fmt: skip
def test_bad_parameters_are_refused(parcels, code, options):
    with pytest.raises(InputError) as caught:
        follow(parcels, **options)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert all(finding.render(language) for language in LANGUAGES)


def test_a_cost_without_its_unit_is_refused(parcels):
    activities = {"a": {"indicator": "v", "years": [1], "cost_usd": 500}}
    with pytest.raises(InputError) as caught:
        follow(parcels, activities=activities)
    assert caught.value.findings[0].code == "units.missing"


def test_schedule_and_budget_by_hand(parcels):
    made = follow(
        parcels,
        activities={
            "plots": {
                "title": {"es": "Parcelas", "en": "Plots"},
                "indicator": {"es": "Valor", "en": "Value"},
                "years": [1, 2],
                "cost_usd": "1000 usd",
                "cost_usd_per_ha": "2 usd/ha",
            },
            "fauna": {
                "indicator": {"es": "Aves", "en": "Birds"},
                "first": 2, "every": 3, "until": 8,
                "cost_usd_per_ha": "4 usd/ha",
                "sites": ["south"],
                "observes": False,
            },
        },
        discount_rate=0.1,
    )  # fmt: skip
    visits = made.schedule.groupby("year")["cost_usd"].sum().to_dict()
    # Plots: 1000 + 2 x 100 and 1000 + 2 x 50; birds: 4 x 50 in years 2, 5, 8.
    assert visits == pytest.approx({1: 2300, 2: 2300 + 200, 5: 200, 8: 200})
    assert made.budget["discounted_usd"].tolist() == pytest.approx(
        [2300 / 1.1, 2500 / 1.1**2, 200 / 1.1**5, 200 / 1.1**8]
    )


def test_an_unknown_cost_is_not_a_zero(parcels):
    made = follow(parcels)
    assert made.schedule["cost_usd"].isna().all()
    assert made.budget["cost_usd"].isna().all()
    assert made.budget["visits"].tolist() == [2, 2]


def test_the_default_schedule(parcels):
    made = follow(parcels[:1], activities=None, horizon_years=20.0)
    assert made.schedule["year"].tolist() == [1, 2, 3, 4, 5, 10, 15, 20]


def test_order_of_parcels_and_rows_changes_nothing(parcels, portfolio, observe):
    columns = ("site", "year", "value_low", "value_likely", "value_high")
    rows = [("north", 4, 0.3, 0.35, 0.4), ("south", 4, 0.5, 0.55, 0.6), ("north", 1, 0.2, 0.2, 0.3)]
    one = follow(parcels, portfolio=portfolio, observations=observe(*rows, columns=columns))
    other = follow(
        parcels[::-1], portfolio=portfolio, observations=observe(*rows[::-1], columns=columns)
    )
    for name in ("progress", "outlook", "delivery", "reopening", "corrective", "schedule"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.offset_draws, other.offset_draws)


def test_the_straight_model(parcels, observe):
    rows = [("north", y, 0.2 + 0.05 * y) for y in (1, 2, 3)]
    made = follow(parcels[:1], observations=observe(*rows), model="straight")
    assert made.outlook["forecast_likely"].tolist() == pytest.approx([50.0])
    assert made.outlook["probability_of_target"].tolist() == [1.0]


def test_the_declaration_names_every_argument():
    declared = {p.name for p in (*METHOD.inputs, *METHOD.parameters)}
    assert declared == set(inspect.signature(monitor).parameters)
    assert METHOD.resolve() is monitor
