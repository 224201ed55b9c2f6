import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import LANGUAGES
from nonetloss.offset.gains import Gains
from nonetloss.offset.monitoring.planned import planned_sites


def test_a_straight_rise_by_hand(parcels):
    (north, south), found = planned_sites(parcels)
    assert [f.code for f in found] == ["monitoring.straight"]
    # North: 100 ha, 0.5 more in ten years: 5 quality-hectares a year, then level.
    assert [north.gain_qha(y) for y in (0, 1, 4, 10, 30)] == pytest.approx([0, 5, 20, 50, 50])
    assert south.gain_qha(5) == pytest.approx(50 * 0.4 / 2)
    assert north.promised_qha == pytest.approx(50)


def test_it_rises_only_when_the_action_begins(make_parcel):
    late = make_parcel("late", 10.0, 0.2, 0.7, start_year=3.0, years_to_value=5.0)
    (site,), _ = planned_sites((late,))
    assert [site.gain_qha(y) for y in (0, 3, 5.5, 8)] == pytest.approx([0, 0, 2.5, 5])


def test_a_value_that_is_there_at_once_is_not_there_before(make_parcel):
    bought = make_parcel("bought", 10.0, 0.2, 0.7, start_year=3.0, years_to_value=0.0)
    (site,), _ = planned_sites((bought,))
    assert [site.gain_qha(y) for y in (2, 3, 9)] == pytest.approx([0, 5, 5])


def test_land_to_be_protected_holds_while_the_counterfactual_falls(make_parcel):
    forest = make_parcel("forest", 10.0, 0.3, 0.8, action="protect")
    (site,), _ = planned_sites((forest,))
    assert [site.value_with(y) for y in (0, 4, 10, 20)] == pytest.approx([0.8] * 4)
    # 0.8 to 0.3 in ten years: 0.05 a year.
    assert [site.value_without(y) for y in (0, 4, 10, 20)] == pytest.approx([0.8, 0.6, 0.3, 0.3])
    assert site.gain_qha(4) == pytest.approx(10 * 0.2)


def test_before_it_begins_land_follows_its_counterfactual(make_parcel):
    late = make_parcel(
        "late", 10.0, 0.2, 0.9, start_year=5.0, years_to_value=5.0, value_today=Estimate.exact(0.6)
    )
    (site,), _ = planned_sites((late,))
    # Without: 0.6 to 0.2 in ten years. With: 0.4 in year 5, then 0.1 a year.
    assert [site.value_without(y) for y in (0, 5, 10)] == pytest.approx([0.6, 0.4, 0.2])
    assert [site.value_with(y) for y in (0, 5, 7, 10)] == pytest.approx([0.6, 0.4, 0.6, 0.9])


def test_years_that_the_parcel_does_not_say_are_the_horizon(make_parcel):
    (site,), _ = planned_sites(
        (make_parcel("p", 10.0, 0.0, 1.0, years_to_value=float("nan")),), horizon_years=20.0
    )
    assert site.gain_qha(5) == pytest.approx(10 * 5 / 20)


def test_gains_give_trajectory_and_promise(parcels):
    years = np.array([0.0, 10.0])
    gains = Gains(
        parcels=("north", "south"),
        years=years,
        with_offset=np.array([[0.3, 0.6], [0.5, 0.5]]),
        without_offset=np.array([[0.3, 0.2], [0.5, 0.4]]),
        likely=np.array([21.0, 3.0]),
        draws=np.zeros((2, 4)),
    )
    (north, _), found = planned_sites(parcels, gains=gains)
    assert found == ()
    # Half way: 0.45 with, 0.25 without.
    assert north.gain_qha(5) == pytest.approx(100 * (0.45 - 0.25))
    assert north.promised_qha == 21.0


def test_a_table_comes_first_and_counts_years_like_the_study(parcels, portfolio):
    table = pd.DataFrame(
        {
            "site": ["north", "north"],
            "year": [2026, 2030],
            "value_with": [0.2, 0.6],
            "value_without": [np.nan, 0.1],
        }
    )
    (north, south), _ = planned_sites(parcels, portfolio=portfolio, planned=table, first_year=2026)
    # In 2028: 0.4 with, (0.2 + 0.1)/2 without.
    assert north.gain_qha(2) == pytest.approx(100 * (0.4 - 0.15))
    assert north.promised_qha == 50.0
    assert south.gain_qha(10) == pytest.approx(20)


def test_only_what_was_chosen_is_followed_up(parcels, portfolio):
    import dataclasses

    one = dataclasses.replace(portfolio, chosen=("south",))
    assert [s.name for s in planned_sites(parcels, portfolio=one)[0]] == ["south"]


@pytest.mark.parametrize(
    ("codes", "rows"),
    [
        (["monitoring.site-unknown"], [("nort", 1, 0.5)]),
        (["monitoring.plan-value"], [("north", 1, 1.5)]),
        (["monitoring.plan-value"], [("north", None, 0.5)]),
        (["monitoring.plan-twice"], [("north", 1, 0.5), ("north", 1, 0.6)]),
        (
            ["monitoring.site-unknown", "monitoring.plan-value"],
            [("nort", 1, 0.5), ("north", 2, -0.1)],
        ),
    ],
)
def test_bad_plans_are_refused_all_at_once(parcels, codes, rows):
    table = pd.DataFrame(rows, columns=["site", "year", "value_with"])
    with pytest.raises(InputError) as caught:
        planned_sites(parcels, planned=table)
    assert [f.code for f in caught.value.findings] == codes
    for finding in caught.value.findings:
        assert all(finding.render(language) for language in LANGUAGES)


def test_the_nearest_name_is_suggested(parcels):
    table = pd.DataFrame({"site": ["nort"], "year": [1], "value_with": [0.5]})
    with pytest.raises(InputError, match="Did you mean north"):
        planned_sites(parcels, planned=table)


def test_nothing_to_follow_up_is_refused(parcels):
    with pytest.raises(InputError) as caught:
        planned_sites(())
    assert caught.value.findings[0].code == "monitoring.no-site"
    with pytest.raises(InputError):
        planned_sites(parcels[:0], portfolio=None)


def test_columns_that_are_missing_are_named(parcels):
    with pytest.raises(InputError, match="value_with"):
        planned_sites(parcels, planned=pd.DataFrame({"site": [], "year": []}))
