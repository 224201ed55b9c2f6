import dataclasses

import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.forest.credits.baseline import baseline
from nonetloss.forest.credits.credits import credits
from nonetloss.forest.credits.programs import PROGRAMS
from nonetloss.forest.credits.result import Permanence
from nonetloss.forest.credits.waterfall import whole_credits

from .conftest import EXACT, GRID, stock_of, windowed_of

WHOLE = {"low": 1.0, "likely": 1.0, "high": 1.0}


def sourced(raw):
    """A share as a study must write it: with a source."""
    parts = raw if isinstance(raw, dict) else dict.fromkeys(("low", "likely", "high"), raw)
    return {"source": "assumption"} | parts


def made(baseline, standards, rng, **changed):
    given = {"effectiveness": WHOLE, "buffer_share": 0.12} | changed
    if given["effectiveness"] is not None:
        given["effectiveness"] = sourced(given["effectiveness"])
    if "leakage" in given:
        given["leakage"] = {part: sourced(raw) for part, raw in given["leakage"].items()}
    return credits(baseline, standards=standards, rng=rng, **given)


def test_net_is_gross_less_all_that_is_taken_off(drawn_baseline, standards, rng):
    plan = made(
        drawn_baseline,
        standards,
        rng,
        effectiveness={"low": 0.4, "likely": 0.8, "high": 0.9},
        leakage={"belt": {"low": 0.0, "likely": 0.1, "high": 0.3}, "outside": 0.05, "market": 0.02},
        other_emissions={"low": "1 tCO2e/year", "likely": "2 tCO2e/year", "high": "4 tCO2e/year"},
    )
    assert plan.standards == tuple(PROGRAMS)
    left = plan.gross - plan.project - plan.leakage - plan.uncertainty - plan.buffer
    np.testing.assert_allclose(plan.net, left)
    totals = plan.waterfall.set_index(["standard", "step"])["tco2e"]
    for name in plan.standards:
        steps = totals[name]
        assert steps.drop("net").sum() == pytest.approx(steps["net"])
        assert steps["net"] == pytest.approx(plan.of(name)["net"].sum())
    by_year = plan.vintages.set_index(["standard", "year"])
    assert by_year.loc[("vm0048", 2028), "net_tco2e"] == pytest.approx(plan.net[0, 2])
    assert (plan.vintages["net_low"] <= plan.vintages["net_high"]).all()
    assert set(plan.vintages["basis"]) == {"assumed"}
    assert plan.net_draws.shape == (4, 6, 4000)


def test_without_error_the_programs_differ_by_rule_alone(exact_baseline, standards, rng):
    plan = made(exact_baseline, standards, rng, leakage={"belt": 0.1})
    # 8250 a year, all averted; a tenth leaks; 12 % of the stock change to the buffer.
    vcs = 8250 * (1 - 0.10 - 0.12)
    for name in ("vm0048", "vm0007", "vm0015"):
        np.testing.assert_allclose(plan.of(name)["net"], vcs)
    # TREES without mitigations and with the least national share: 25 % and 20 % of gross.
    np.testing.assert_allclose(plan.of("trees")["net"], 8250 * (1 - 0.25 - 0.20))
    assert plan.comparison.set_index("standard")["buffer_share"].tolist() == [0.12] * 3 + [0.25]


def test_trees_with_all_mitigations_and_most_of_the_forest(exact_baseline, standards, rng):
    plan = made(
        exact_baseline,
        standards,
        rng,
        under=["trees"],
        national_share=0.95,
        reversal_mitigations=["legislation", "variability", "plan"],
    )
    # 25 - 5 - 10 - 5 = 5 % to the buffer, nothing for leakage.
    np.testing.assert_allclose(plan.net, 8250 * 0.95)
    (told,) = [f for f in plan.findings if f.code == "credits.few-draws"]
    assert (told.data["draws"], told.data["least"]) == (3, "10000")


@pytest.mark.parametrize(
    ("share", "leakage"), [(0.1, 0.20), (0.25, 0.10), (0.6, 0.05), (0.9, 0.05), (0.91, 0.0)]
)
def test_trees_leakage_by_national_share(share, leakage, exact_baseline, standards, rng):
    plan = made(exact_baseline, standards, rng, under=["trees"], national_share=share)
    np.testing.assert_allclose(plan.leakage, 8250 * leakage)


def test_observed_losses_take_the_place_of_the_assumption(exact_baseline, standards, rng):
    seen = pd.DataFrame(
        {"zone": ["project", "project"], "year": [2026, 2028], "hectares": [2.5, 0.0]}
    )
    plan = made(
        exact_baseline,
        standards,
        rng,
        under=["vm0015"],
        observed=seen,
        effectiveness={"low": 0.8, "likely": 0.8, "high": 0.8},
        buffer_share=0.0,
    )
    # 2.5 ha observed; a fifth of 12.5 ha assumed; none observed; assumed again.
    expected = 660 * np.array([2.5, 2.5, 0.0, 2.5, 2.5, 2.5])
    np.testing.assert_allclose(plan.project[0], expected)
    assert plan.vintages["basis"].tolist() == ["observed", "assumed", "observed"] + ["assumed"] * 3
    assert "credits.partly-observed" in {f.code for f in plan.findings}


def test_all_years_observed_need_no_assumption(exact_baseline, standards, rng):
    seen = pd.DataFrame({"zone": "project", "year": exact_baseline.years, "hectares": 12.5})
    plan = made(exact_baseline, standards, rng, observed=seen, effectiveness=None)
    np.testing.assert_allclose(plan.net, 0.0, atol=1e-9)


def test_the_belt_leaks_what_it_emits_beyond_its_baseline(exact_baseline, standards, rng):
    belt = pd.DataFrame(
        {"zone": "belt", "year": exact_baseline.years, "hectares": [12.5, 14.5, 3.0, 12.5, 20.0, 0]}
    )
    plan = made(
        exact_baseline,
        standards,
        rng,
        under=["vm0048"],
        observed=belt,
        leakage={"belt": 0.5, "outside": 0.0, "market": 0.0},
    )
    # 2 and 7.5 ha more than the 12.5 ha of the baseline; less loss in the belt is no gain.
    np.testing.assert_allclose(plan.leakage[0], 660 * np.array([0, 2.0, 0, 0, 7.5, 0]), atol=1e-8)
    assert not [f for f in plan.findings if f.code == "credits.leakage-absent"]


def test_spread_of_observed_losses_enters_the_draws(drawn_baseline, standards, rng):
    seen = pd.DataFrame(
        {
            "zone": "project",
            "year": drawn_baseline.years,
            "hectares": 2.0,
            "hectares_low": 1.0,
            "hectares_high": 4.0,
            "stratum": "hill",
        }
    )
    plan = made(drawn_baseline, standards, rng, observed=seen, effectiveness=None)
    spread = plan.gross[0, 0] - plan.project[0, 0]
    assert spread == pytest.approx((12.5 - 2.0) * 660)
    width = plan.waterfall.set_index(["standard", "step"]).loc[("vm0048", "project")]
    assert width["low"] < width["tco2e"] < width["high"] < 0


def test_more_loss_than_without_the_project_gives_no_credits_and_says_so(
    exact_baseline, standards, rng
):
    seen = pd.DataFrame({"zone": ["project"], "year": [2027], "hectares": [20.0]})
    plan = made(exact_baseline, standards, rng, observed=seen)
    # 7.5 ha too much; nothing is put aside or deducted where nothing is reduced.
    assert plan.of("vm0048")["net"][1] == pytest.approx(-7.5 * 660)
    assert plan.of("vm0048")["buffer"][1] == 0.0
    whole = plan.vintages.set_index(["standard", "year"])["credits"]
    assert whole[("vm0048", 2027)] == 0
    assert whole[("vm0048", 2026)] == 8250 - 0.12 * 8250
    told = [f for f in plan.findings if f.code == "credits.negative-vintage"]
    assert {f.subject for f in told} == set(plan.standards)
    assert {f.data["years"] for f in told} == {"2027"}


def test_fire_is_emitted_but_no_change_of_stock(exact_baseline, standards, rng):
    fire = {"low": "100 tCO2e/year", "likely": "100 tCO2e/year", "high": "100 tCO2e/year"}
    plan = made(exact_baseline, standards, rng, under=["vm0048"], other_emissions=fire)
    np.testing.assert_allclose(plan.project, 100.0)
    np.testing.assert_allclose(plan.buffer, 0.12 * 8250)
    np.testing.assert_allclose(plan.net, 8250 - 100 - 0.12 * 8250)
    listed = plan.parameters.set_index("parameter")
    assert listed.loc["other_emissions", "value"] == 100.0


def permanence_of(**changed):
    given = {
        "percent": 17.5,
        "buffer_share": 0.175,
        "failed": (),
        "scores": pd.DataFrame({"status": ["unverified", "study"]}),
        "totals": pd.DataFrame(),
        "clock": pd.DataFrame(),
    } | changed
    return Permanence(**given)


def test_the_buffer_follows_the_risk_unless_the_study_says_otherwise(
    exact_baseline, standards, rng
):
    plan = made(
        exact_baseline, standards, rng, permanence=permanence_of(), buffer_share=None,
        under=["vm0007"],
    )  # fmt: skip
    np.testing.assert_allclose(plan.buffer, 0.175 * 8250)
    # To pass the risk tool is not to be admitted: VM0007 is here for comparison.
    assert plan.comparison["permanence"].tolist() == ["pass"]
    assert plan.comparison["eligible"].tolist() == ["no"]
    buffer = plan.waterfall.set_index("step").loc["buffer"]
    assert (buffer["value"], buffer["status"]) == (0.175, "unverified")
    own = made(
        exact_baseline, standards, rng, permanence=permanence_of(), buffer_share=0.2,
        under=["vm0007"],
    )  # fmt: skip
    np.testing.assert_allclose(own.buffer, 0.2 * 8250)
    assert own.waterfall.set_index("step").loc["buffer", "status"] == "study"


@pytest.mark.parametrize(
    ("scored", "passes", "eligible"),
    [
        (None, "unknown", "unknown"),
        ({}, "pass", "unknown"),
        ({"percent": np.nan}, "unknown", "unknown"),
        ({"failed": ("longevity.years",)}, "fail", "no"),
    ],
)
def test_no_standard_is_said_to_admit_the_project(
    scored, passes, eligible, exact_baseline, standards, rng
):
    given = None if scored is None else permanence_of(**scored)
    plan = made(exact_baseline, standards, rng, permanence=given)
    rows = plan.comparison.set_index("standard")
    assert rows["permanence"].to_dict() == dict.fromkeys(("vm0048", "vm0007", "vm0015"), passes) | {
        "trees": ""
    }
    # Earlier methodologies compare only, and TREES credits jurisdictions.
    assert rows["eligible"].to_dict() == {"vm0048": eligible} | dict.fromkeys(
        ("vm0007", "vm0015", "trees"), "no"
    )
    told = "credits.permanence-failed" in {f.code for f in plan.findings}
    assert told is (passes == "fail")


def test_whom_a_standard_serves_is_told_to_be_unconfirmed(exact_baseline, standards, rng):
    plan = made(exact_baseline, standards, rng)
    rows = plan.comparison.set_index("standard")
    assert rows.loc["vm0048", "standing_status"] == "unverified"
    listed = plan.parameters[plan.parameters["parameter"].str.endswith(".standing")]
    assert listed["standard"].tolist() == list(plan.standards)
    (told,) = [f for f in plan.findings if f.code == "credits.unverified"]
    for name in ("vm0048", "vm0007", "vm0015"):
        assert f"verra:{name}.standing" in told.data["parameters"]


def test_another_strategy_and_the_whole_period(drawn_baseline, standards, rng):
    plan = made(
        drawn_baseline,
        standards,
        rng,
        under=["vm0048", "vm0015"],
        uncertainty={"vm0048": "none", "vm0015": "trees"},
        uncertainty_over="period",
    )
    np.testing.assert_allclose(plan.of("vm0048")["uncertainty"], 0.0)
    assert (plan.of("vm0015")["uncertainty"] > 0).all()
    taken = plan.strategies.set_index("strategy")
    assert taken.loc["none", "tco2e"] == 0.0
    assert taken.loc["trees", "tco2e"] == pytest.approx(plan.of("vm0015")["uncertainty"].sum())


def test_every_unverified_value_is_marked(exact_baseline, standards, rng):
    plan = made(exact_baseline, standards, rng, leakage={"belt": 0.1})
    marked = plan.waterfall.set_index(["standard", "step"])["status"]
    assert marked[("vm0048", "uncertainty")] == "unverified"
    assert marked[("trees", "buffer")] == "unverified"
    assert marked[("vm0048", "leakage-belt")] == "study"
    assert set(plan.parameters["status"]) == {"unverified", "study"}
    (told,) = [f for f in plan.findings if f.code == "credits.unverified"]
    for source in set(plan.parameters.loc[plan.parameters["status"] == "unverified", "source"]):
        assert source in told.render("es")
    assert plan.comparison["standing_es"].str.len().gt(10).all()
    assert set(plan.comparison["status"]) == {"unverified"}


@pytest.mark.parametrize(
    ("given", "subject"),
    [
        ({"effectiveness": WHOLE}, "effectiveness"),
        ({"effectiveness": WHOLE | {"source": " "}}, "effectiveness"),
        ({"effectiveness": sourced(WHOLE), "leakage": {"belt": 0.1}}, "leakage.belt"),
    ],
)
def test_shares_that_decide_credits_need_a_source(given, subject, exact_baseline, standards, rng):
    with pytest.raises(InputError) as caught:
        credits(exact_baseline, standards=standards, rng=rng, buffer_share=0.12, **given)
    (told,) = caught.value.findings
    assert (told.code, told.subject) == ("credits.source-needed", subject)


def test_what_the_risk_tool_still_misses_is_named(exact_baseline, standards, rng):
    open_ = pd.DataFrame(
        {"part": ["finance", "tenure"], "item": ["payback", "protected"], "score": [np.nan, 0.0]}
    )
    lacking = permanence_of(buffer_share=float("nan"), scores=open_)
    for permanence, missing in ((lacking, "finance.payback"), (None, "permanence")):
        with pytest.raises(InputError) as caught:
            made(exact_baseline, standards, rng, buffer_share=None, permanence=permanence)
        assert caught.value.findings[0].data["missing"] == missing


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"under": ["vm0009"]}, "credits.program-unknown"),
        ({"under": []}, "credits.program-unknown"),
        ({"effectiveness": None}, "credits.effectiveness-needed"),
        ({"effectiveness": 1.2}, "credits.estimate"),
        ({"effectiveness": {"low": 0.9, "likely": 0.8, "high": 1.0}}, "credits.estimate"),
        ({"effectiveness": {"low": 0.1, "likely": 0.8, "hihg": 1.0}}, "credits.estimate"),
        ({"leakage": {"belts": 0.1}}, "credits.leakage-part"),
        ({"leakage": {"belt": -0.1}}, "credits.estimate"),
        ({"buffer_share": None}, "credits.buffer-needed"),
        (
            {"buffer_share": None, "permanence": permanence_of(buffer_share=float("nan"))},
            "credits.buffer-needed",
        ),
        ({"uncertainty": {"vm0048": "art"}}, "credits.strategy-unknown"),
        ({"uncertainty": {"vcs": "none"}}, "credits.program-unknown"),
        ({"reversal_mitigations": ["law"]}, "credits.mitigation-unknown"),
        ({"other_emissions": {"low": 1, "likely": 2, "high": 3}}, "credits.estimate"),
        ({"observed": pd.DataFrame({"zone": ["project"]})}, "credits.observed-columns"),
    ],
)
def test_what_cannot_be_reckoned_is_refused(changed, code, exact_baseline, standards, rng):
    with pytest.raises(InputError) as caught:
        made(exact_baseline, standards, rng, **changed)
    assert caught.value.findings[0].code == code


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("camp", 2026, 1.0)], "observed-name"),
        ([("project", 2025, 1.0)], "observed-year"),
        ([("project", "soon", 1.0)], "observed-year"),
        ([("project", 2026, -1.0)], "observed-value"),
        ([("project", 2026, None)], "observed-value"),
        ([("project", 2026, 1.0), ("project", 2026, 2.0)], "observed-twice"),
    ],
)
def test_observations_that_cannot_be_used(rows, code, exact_baseline, standards, rng):
    table = pd.DataFrame(rows, columns=["zone", "year", "hectares"])
    with pytest.raises(InputError) as caught:
        made(exact_baseline, standards, rng, observed=table)
    assert caught.value.findings[0].code == f"credits.{code}"


def test_a_study_without_art_cannot_compare_trees(exact_baseline, standards, rng):
    verra = {"verra": standards["verra"]}
    with pytest.raises(InputError) as caught:
        made(exact_baseline, verra, rng)
    assert caught.value.findings[0].code == "credits.standard-missing"
    plan = made(exact_baseline, verra, rng, under=["vm0048"])
    assert "trees" not in set(plan.strategies["strategy"])


def test_observed_losses_without_stratum_follow_the_baseline(exact_baseline, standards, rng):
    seen = pd.DataFrame({"zone": ["project"], "year": [2026], "hectares": [5.0]})
    quiet = dataclasses.replace(
        exact_baseline,
        hectares=np.zeros_like(exact_baseline.hectares),
        emissions=np.zeros_like(exact_baseline.emissions),
        emissions_draws=np.zeros_like(exact_baseline.emissions_draws),
    )
    plan = made(quiet, standards, rng, under=["vm0015"], observed=seen)
    # No baseline loss: what is cleared belongs to the strata as the stock does.
    assert plan.project[0, 0] == pytest.approx(5 * 660)


def test_what_a_year_emitted_too_much_is_made_good_before_more_is_issued(
    exact_baseline, standards, rng
):
    # 12.5 ha a year expected; 30 ha lost in 2027: -17.5 · 660 = -11550 t against 8250 t a year.
    seen = pd.DataFrame(
        {
            "zone": "project",
            "year": exact_baseline.years,
            "hectares": [0.0, 30.0, 0.0, 0.0, 0.0, 0.0],
        }
    )
    plan = made(
        exact_baseline, standards, rng, under=["vm0015"], observed=seen, effectiveness=None,
        buffer_share=0.0,
    )  # fmt: skip
    np.testing.assert_allclose(plan.net[0], [8250, -11550, 8250, 8250, 8250, 8250])
    assert plan.vintages["credits"].tolist() == [8250, 0, 0, 2 * 8250 - 11550, 8250, 8250]


def test_whole_credits_and_whole_buffer_are_no_more_than_there_is():
    # 100.2 + 50.3: 150 units, of which 51 go to the buffer; 100.9 + 50.9: 151, of which 51.
    assert whole_credits(np.array([100.2, 100.9, 0.0]), np.array([50.3, 50.9, 0.0])) == [99, 100, 0]


def test_buffer_and_deduction_take_no_more_than_is_left(exact_baseline, standards, rng):
    # 95 % of what is averted leaks; 12 % of it would be more than is left.
    plan = made(exact_baseline, standards, rng, under=["vm0007"], leakage={"belt": 0.95})
    np.testing.assert_allclose(plan.buffer, 0.05 * 8250)
    np.testing.assert_allclose(plan.net, 0.0, atol=1e-9)
    assert "credits.negative-vintage" not in {f.code for f in plan.findings}
    # More leaks than is averted: nothing is put aside, and the year lacks the difference.
    over = made(
        exact_baseline, standards, rng, under=["vm0007"], leakage={"belt": 0.7, "outside": 0.7}
    )
    np.testing.assert_allclose(over.buffer, 0.0)
    np.testing.assert_allclose(over.net, -0.4 * 8250)


def test_the_share_of_uncertainty_is_that_of_the_rule(drawn_baseline, standards, rng):
    plan = made(drawn_baseline, standards, rng, leakage={"belt": 0.2}, uncertainty_over="period")
    shares = plan.comparison.set_index("standard")["uncertainty_share"]
    assert shares["vm0007"] == pytest.approx(
        plan.strategies.set_index("strategy").loc["vm0007", "share"]
    )
    trees = plan.of("trees")
    assert shares["trees"] == pytest.approx(
        trees["uncertainty"].sum() / (trees["gross"] - trees["project"]).sum()
    )


def test_a_buffer_below_what_the_risk_asks_is_told(exact_baseline, standards, rng):
    def told(**changed):
        plan = made(exact_baseline, standards, rng, under=["vm0048"], **changed)
        return [f.data for f in plan.findings if f.code == "credits.buffer-low"]

    assert told(buffer_share=0.05) == [{"given": "5", "asked": "12"}]
    assert told(buffer_share=0.12) == []
    assert told(buffer_share=0.12, permanence=permanence_of()) == [{"given": "12", "asked": "17.5"}]
    assert told(buffer_share=None, permanence=permanence_of()) == []


def test_a_share_that_the_study_does_not_give_is_not_said_to_be_its_own(
    exact_baseline, standards, rng
):
    silent = made(exact_baseline, standards, rng, under=["trees"])
    assert "national_share" not in set(silent.parameters["parameter"])
    said = made(exact_baseline, standards, rng, under=["trees"], national_share=0.3)
    assert said.parameters.set_index("parameter").loc["national_share", "value"] == 0.3


@pytest.fixture
def two_strata(risk, zones, rng):
    stock = stock_of([[150.0, 50.0], [90.0, 30.0]], strata=("hill", "swamp"), draws=3)
    codes = np.ones(GRID.shape, np.int16)
    codes[:20] = 2
    return baseline(
        risk, zones=zones, stock=stock, rng=rng, after=EXACT, strata=windowed_of(codes),
        strata_codes={1: "hill", 2: "swamp"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("project", "hill", 2026, 1.0)], "observed-strata"),
        ([("project", "hill", 2026, 1.0), ("project", None, 2026, 1.0)], "observed-mixed"),
    ],
)
def test_strata_are_observed_all_or_together(rows, code, two_strata, standards, rng):
    table = pd.DataFrame(rows, columns=["zone", "stratum", "year", "hectares"])
    with pytest.raises(InputError) as caught:
        made(two_strata, standards, rng, observed=table)
    assert caught.value.findings[0].code == f"credits.{code}"


def test_the_order_of_observations_changes_nothing(two_strata, standards):
    rows = [
        (zone, stratum, year, 1.0 + year % 5, 0.5, 9.0)
        for zone in ("project", "belt")
        for stratum in ("hill", "swamp")
        for year in two_strata.years
    ]
    names = ["zone", "stratum", "year", "hectares", "hectares_low", "hectares_high"]
    plans = [
        made(
            two_strata, standards, np.random.default_rng(1), effectiveness=None,
            observed=pd.DataFrame(order, columns=names),
        )
        for order in (rows, rows[::-1])
    ]  # fmt: skip
    np.testing.assert_array_equal(plans[0].net_draws, plans[1].net_draws)


def test_few_draws_tell_nothing_of_the_error(exact_baseline, drawn_baseline, standards, rng):
    def codes(base, under):
        return {f.code for f in made(base, standards, rng, under=under).findings}

    assert "credits.draws-scarce" in codes(exact_baseline, ["vm0048"])
    assert "credits.draws-scarce" not in codes(exact_baseline, ["vm0015"])
    assert "credits.draws-scarce" not in codes(drawn_baseline, ["vm0048"])
