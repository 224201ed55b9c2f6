import datetime as dt
import math

import pandas as pd
import pytest

from nonetloss import rules
from nonetloss.core.errors import RulesError
from nonetloss.rulesets.england.credits import credit_cost, credits_needed
from nonetloss.rulesets.england.trading import trading_rules

ENGLAND = rules.ruleset("england")
GRASS = "Grassland - Modified grassland"
NEUTRAL = "Grassland - Other neutral grassland"
BOG = "Wetland - Blanket bog"


def parcel(stage, habitat, condition, size, **more):
    row = {"module": "area", "stage": stage, "habitat": habitat, "condition": condition}
    return row | {"size": size, "strategic": "low"} | more


def state(*rows, **options):
    return ENGLAND.function("statement")(pd.DataFrame(rows), **options)


SITE = (
    parcel("baseline", GRASS, "Moderate", 10),  # 10 × 2 × 2 = 40
    parcel("retained", GRASS, "Moderate", 4),  # 16
    parcel("enhanced", GRASS, "Good", 2, from_habitat=GRASS, from_condition="Moderate"),
)  # (12 - 8) × m(10) + 8; 4 ha lost


def test_totals_of_a_site():
    found = state(*SITE).totals.set_index("module").loc["area"]
    enhanced = (12 - 8) * 0.7002822742 + 8
    assert (found["baseline"], found["retained"], found["lost"]) == (40, 16, 16)
    assert found["enhanced"] == pytest.approx(enhanced)
    assert found["net"] == pytest.approx(16 + enhanced - 40)
    assert found["net_percent"] == pytest.approx(100 * (enhanced - 24) / 40)
    assert found["required"] == pytest.approx(4)
    assert found["shortfall"] == pytest.approx(4 + 24 - enhanced)
    assert not found["met"]


def test_what_is_left_as_it_is_elsewhere_changes_nothing():
    there = {"location": "off-site", "spatial_risk": "outside"}
    kept = [parcel(stage, NEUTRAL, "Good", 5, **there) for stage in ("baseline", "retained")]
    with_it, without = state(*SITE, *kept), state(*SITE)
    assert with_it.totals["total"].tolist() == without.totals["total"].tolist()
    assert with_it.changes.set_index("habitat").loc[NEUTRAL, "change"] == 0


def test_gains_elsewhere_count_with_their_risk_and_raise_no_target():
    there = {"location": "off-site", "spatial_risk": "outside"}
    gain = [
        parcel("baseline", GRASS, "Poor", 20, **there),
        parcel("enhanced", NEUTRAL, "Good", 20, from_habitat=GRASS, from_condition="Poor", **there),
    ]
    found = state(*SITE, *gain)
    row = found.totals.iloc[0]
    after = ((20 * 4 * 3 - 40) * 0.5860163055 + 40) * 0.5
    assert row["off_site"] == pytest.approx(after - 40 * 0.5)
    assert row["required"] == pytest.approx(4)
    assert row["met"]
    assert found.met  # low is made good by surplus of medium
    assert found.credits.empty


def test_units_short_are_bought_double_and_the_tier_is_open():
    found = state(*SITE).credits.iloc[0]
    short = 4 + 24 - ((12 - 8) * 0.7002822742 + 8)
    assert found["units_short"] == pytest.approx(short)
    assert found["credits"] == pytest.approx(2 * short)
    assert found["low_gbp"] == pytest.approx(2 * short * 42_000)
    assert found["high_gbp"] == pytest.approx(2 * short * 650_000)
    stated = state(*SITE, area_tier="a1").credits.iloc[0]
    assert stated["low_gbp"] == stated["high_gbp"] == pytest.approx(2 * short * 42_000)


def test_no_credits_for_what_is_of_very_high_distinctiveness():
    found = state(parcel("baseline", BOG, "Good", 1))
    assert [finding.code for finding in found.findings] == ["england.very-high-loss"]
    assert BOG in found.findings[0].render("es")
    assert math.isnan(found.credits.iloc[0]["credits"])
    assert found.rules.set_index("band").loc["V.High", "shortfall"] == 24


def test_modules_are_told_apart_and_never_add_up():
    hedge = parcel("baseline", "Native hedgerow", "Good", 1, module="hedgerow")  # 6
    river = parcel("baseline", "Ditches", "Good", 1, module="watercourse")  # 12
    found = state(*SITE, hedge, river)
    totals = found.totals.set_index("module")
    assert totals["unit"].tolist() == ["ha", "km", "km"]
    assert totals.loc["hedgerow", "shortfall"] == pytest.approx(6.6)
    assert totals.loc["watercourse", "shortfall"] == pytest.approx(13.2)
    credits = found.credits.set_index("module")
    assert credits.loc["hedgerow", "low_gbp"] == pytest.approx(2 * 6.6 * 44_000)
    assert credits.loc["watercourse", "high_gbp"] == pytest.approx(2 * 13.2 * 230_000)


def test_no_more_is_kept_than_was_surveyed():
    with pytest.raises(RulesError) as caught:
        state(
            parcel("baseline", GRASS, "Poor", 3),
            parcel("retained", GRASS, "Poor", 2),
            parcel("enhanced", NEUTRAL, "Good", 2, from_habitat=GRASS, from_condition="Poor"),
            parcel("retained", BOG, "Poor", 1),
        )
    found = caught.value.findings
    assert [finding.code for finding in found] == ["england.more-than-surveyed"] * 2
    assert [finding.subject for finding in found] == [GRASS, BOG]
    assert (found[0].data["surveyed"], found[0].data["kept"]) == ("3", "4")
    assert "ha o km" in caught.value.render("es")


def test_the_loss_of_what_is_irreplaceable_is_never_met():
    beech = "Woodland and forest - Lowland beech and yew woodland"
    ancient = parcel("baseline", beech, "Good", 2, irreplaceable="yes")
    there = {"location": "off-site", "spatial_risk": "inside"}
    sealed = "Urban - Developed land; sealed surface"
    bare = parcel("baseline", sealed, "N/A - Other", 1000, **there)
    planted = parcel("created", beech, "Good", 1000, **there)
    found = state(ancient, bare, planted)
    assert found.totals["met"].all()
    assert found.rules["met"].all()
    assert [(f.code, f.subject) for f in found.findings] == [("england.irreplaceable-loss", beech)]
    assert not found.met
    kept = state(ancient, ancient | {"stage": "retained"}, bare, planted)
    assert kept.findings == ()
    assert kept.met


def test_felled_woodland_and_its_replacement_trade_as_one():
    felled = parcel("baseline", "Woodland and forest - Felled", "Good", 1)
    planted = parcel("created", "Woodland and forest - Replacement for felled woodland", "Good", 10)
    found = state(felled, planted)
    assert found.changes["habitat"].tolist() == ["Woodland and forest - Felled"]
    planted_units = 10 * 6 * 3 * 0.33 * 0.3197967361
    assert found.changes["change"].iloc[0] == pytest.approx(planted_units - 18)


def test_another_target_and_another_day():
    assert state(*SITE, target=0.0).totals["required"].tolist() == [0]
    on_the_day = ENGLAND.on(dt.date(2025, 3, 1)).function("statement")
    assert on_the_day(pd.DataFrame(SITE)).totals["required"].tolist() == [pytest.approx(4)]


def test_a_site_without_a_baseline_has_no_percentage():
    found = state(parcel("created", GRASS, "Good", 1)).totals.iloc[0]
    assert math.isnan(found["net_percent"])
    assert found["met"]


def trade(module, **changes):
    rows = [(module, name, change) for name, change in changes.items()]
    return trading_rules(pd.DataFrame(rows, columns=["module", "habitat", "change"])).set_index(
        "band"
    )


def test_hedgerow_surplus_flows_down_the_bands():
    names = {
        "Species-rich native hedgerow with trees - associated with bank or ditch": 5.0,  # V.High
        "Species-rich native hedgerow with trees": -3.0,  # High
        "Native hedgerow with trees - associated with bank or ditch": 1.0,  # High
        "Species-rich native hedgerow": -2.0,  # Medium
        "Native hedgerow": -1.5,  # Low
        "Non-native and ornamental hedgerow": 0.0,
    }
    found = trade("hedgerow", **names)
    assert not found["met"].all()
    assert found.loc["High", "from_above"] == 5  # 5 - 3 covers high
    assert found.loc["Medium", "from_above"] == 1 + 2
    assert found.loc["Medium", "cumulative"] == 1
    assert found.loc["Low", "shortfall"] == pytest.approx(0.5)
    assert found.loc["V.Low", "from_above"] == 0


def test_high_area_habitats_do_not_help_one_another():
    found = trade(
        "area",
        **{"Grassland - Lowland calcareous grassland": -2.0, "Wetland - Reedbeds": 5.0},
    )
    assert found.loc["High", ["shortfall", "surplus", "short_in"]].tolist() == [
        2.0,
        5.0,
        "Grassland - Lowland calcareous grassland",
    ]
    assert found.loc["Medium", "from_above"] == 5


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("sea", GRASS, 1.0), "england.choice-unknown"),
        (("area", "Reedbed", 1.0), "england.habitat-unknown"),
    ],
)
def test_changes_of_what_is_unknown_are_refused(row, code):
    with pytest.raises(RulesError) as caught:
        trading_rules(pd.DataFrame([row], columns=["module", "habitat", "change"]))
    (finding,) = caught.value.findings
    assert finding.code == code
    assert finding.render("es")


def test_no_change_breaks_no_rule():
    empty = pd.DataFrame(columns=["module", "habitat", "change"])
    assert trading_rules(empty).empty
    assert trade("area", **{GRASS: 0.0})["met"].all()


@pytest.mark.parametrize(
    ("credits", "code"),
    [
        ({"a6": 1.0}, "england.credit-tier"),
        ({"a1": -1.0}, "england.credits-number"),
        ({"a1": math.nan}, "england.credits-number"),
    ],
)
def test_credits_that_cannot_be(credits, code):
    with pytest.raises(RulesError) as caught:
        credit_cost(credits)
    assert [finding.code for finding in caught.value.findings] == [code]
    assert caught.value.render("es")


def test_two_credits_per_unit():
    assert credits_needed(3.5) == 7
    assert credit_cost({}).total_gbp == 0


def test_a_table_without_rows_owes_nothing():
    empty = pd.DataFrame(columns=list(SITE[0]))
    found = ENGLAND.function("statement")(empty)
    assert found.met
    assert found.totals.empty
    assert found.credits.empty


def test_land_out_of_nothing_meets_nothing():
    # 10 ha surveyed, 12 after the work: the two more are not the site's.
    made = state(*SITE[:2], parcel("created", NEUTRAL, "Good", 8))
    assert made.totals["met"].all()
    assert not made.met
    (told,) = [f for f in made.findings if f.code == "england.land-grows"]
    assert (told.subject, told.data) == ("on-site", {"before": "10", "after": "12"})
    assert state(*SITE[:2], parcel("created", NEUTRAL, "Good", 6)).met


@pytest.mark.parametrize(
    "above", ["Individual trees - Urban tree", "Urban - Ground based green wall"]
)
def test_trees_and_green_walls_stand_above_the_land(above):
    made = state(*SITE, parcel("created", above, "Good", 4), parcel("created", NEUTRAL, "Good", 4))
    assert not [f for f in made.findings if f.code == "england.land-grows"]


@pytest.mark.parametrize("target", [math.nan, -0.1, math.inf])
def test_targets_that_ask_nothing_readable_are_refused(target):
    with pytest.raises(RulesError) as caught:
        state(*SITE, target=target)
    assert caught.value.findings[0].code == "england.target"


def test_an_unknown_tier_is_refused_even_where_nothing_is_short():
    with pytest.raises(RulesError) as caught:
        state(parcel("baseline", GRASS, "Good", 0), area_tier="hedgerow")
    assert caught.value.findings[0].code == "england.credit-tier"
