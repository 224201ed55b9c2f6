import numpy as np
import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.core.language import LANGUAGES
from nonetloss.offset.monitoring.observed import read_observations
from nonetloss.offset.monitoring.planned import planned_sites


@pytest.fixture
def sites(parcels):
    return planned_sites(parcels)[0]


def read(table, sites, **options):
    return read_observations(table, sites=sites, **({"first_year": 0, "as_of": None} | options))


def test_a_gain_by_hand(sites, observe):
    table, found = read(observe(("north", 4, 0.35)), sites)
    (row,) = table.to_dict("records")
    # 100 ha x (0.35 - 0.2)
    assert row["observed"] == row["observed_low"] == row["observed_high"] == pytest.approx(15.0)
    assert row["area_ha"] == 100.0
    assert [f.code for f in found] == ["monitoring.no-control"]


def test_an_area_and_a_control_that_were_seen_come_before_the_plan(sites):
    table, found = read(
        pd.DataFrame(
            {
                "site": ["north"],
                "year": [4],
                "value_low": [0.4],
                "value_likely": [0.5],
                "value_high": [0.6],
                "area_ha": [80.0],
                "control_low": [0.1],
                "control_likely": [0.25],
                "control_high": [0.3],
                "observer": ["crew"],
            }
        ),
        sites,
    )
    (row,) = table.to_dict("records")
    assert row["observed"] == pytest.approx(80 * (0.5 - 0.25))
    assert row["observed_low"] == pytest.approx(80 * (0.4 - 0.3))
    assert row["observed_high"] == pytest.approx(80 * (0.6 - 0.1))
    assert (row["observer"], row["source"], found) == ("crew", "", ())


def test_a_site_may_be_named_by_its_ground(sites, observe):
    table, _ = read(observe(("island", 2, 0.5)), sites)
    assert table["site"].tolist() == ["south"]


def test_ground_that_two_parcels_share_names_neither(make_parcel, observe):
    pair = [make_parcel(n, 10.0, 0.2, 0.7, site="island") for n in ("a", "b")]
    with pytest.raises(InputError) as caught:
        read(observe(("island", 2, 0.5)), planned_sites(pair)[0])
    assert caught.value.findings[0].code == "monitoring.site-unknown"


def test_calendar_years(sites, observe):
    table, _ = read(observe(("north", 2030, 0.35)), sites, first_year=2026)
    assert table[["year", "count"]].to_numpy().tolist() == [[2030, 4]]


def test_no_rows_are_an_empty_table(sites, observe):
    table, found = read(observe(), sites)
    assert len(table) == 0
    assert found == ()


def test_order_of_rows_changes_nothing(sites, observe):
    rows = [("north", 4, 0.35), ("south", 1, 0.42), ("north", 2, 0.3)]
    pd.testing.assert_frame_equal(
        read(observe(*rows), sites)[0], read(observe(*rows[::-1]), sites)[0]
    )


BAD = {
    "monitoring.site-unknown": [("nort", 1, 0.5, 1.0)],
    "monitoring.year": [("north", 1.5, 0.5, 1.0)],
    "monitoring.before-start": [("north", -1, 0.5, 1.0)],
    "monitoring.after": [("north", 6, 0.5, 1.0)],
    "monitoring.twice": [("north", 1, 0.5, 1.0), ("north", 1, 0.6, 1.0)],
    "monitoring.value": [("north", 1, 1.01, 1.0), ("north", 2, -0.1, 1.0), ("south", 1, None, 1.0)],
    "monitoring.area": [("north", 1, 0.5, -1.0), ("south", 1, 0.5, 51.0)],
}


@pytest.mark.parametrize("code", sorted(BAD))
def test_bad_rows_are_refused(sites, observe, code):
    table = observe(*BAD[code], columns=("site", "year", "value", "area_ha"))
    with pytest.raises(InputError) as caught:
        read(table, sites, as_of=5)
    (finding,) = caught.value.findings
    assert finding.code == code
    assert all(finding.render(language) for language in LANGUAGES)


def test_all_that_is_wrong_is_said_at_once(sites, observe):
    rows = [row for code in sorted(BAD) for row in BAD[code]]
    with pytest.raises(InputError) as caught:
        read(observe(*rows, columns=("site", "year", "value", "area_ha")), sites, as_of=5)
    assert {f.code for f in caught.value.findings} == set(BAD)


def test_ends_out_of_order_and_text_are_refused(sites):
    table = pd.DataFrame(
        {"site": ["north"], "year": [1], "value_low": [0.6], "value_likely": [0.5],
         "value_high": [0.7]}
    )  # fmt: skip
    with pytest.raises(InputError, match=r"value observed"):
        read(table, sites)
    words = pd.DataFrame({"site": ["north"], "year": [1], "value": ["0,5"]})
    with pytest.raises(InputError, match=r"value observed"):
        read(words, sites)


def test_ends_of_a_control_without_its_likely_value_are_refused(sites):
    table = pd.DataFrame(
        {"site": ["north"], "year": [1], "value": [0.5], "control_low": [0.1],
         "control_likely": [np.nan], "control_high": [0.3]}
    )  # fmt: skip
    with pytest.raises(InputError, match=r"value observed"):
        read(table, sites)


def test_an_end_that_nobody_gave_is_no_spread(sites):
    table = pd.DataFrame(
        {"site": ["north"], "year": [1], "value_likely": [0.5], "value_high": [np.nan]}
    )
    made, _ = read(table, sites)
    assert made["observed_low"][0] == made["observed_high"][0] == pytest.approx(30.0)


@pytest.mark.parametrize("lacking", ["site", "year", "value"])
def test_columns_that_are_missing_are_named(sites, observe, lacking):
    with pytest.raises(InputError, match=lacking):
        read(observe(("north", 1, 0.5)).drop(columns=lacking), sites)


def test_before_the_action_of_that_site(make_parcel, observe):
    late = planned_sites((make_parcel("late", 10.0, 0.2, 0.7, start_year=3.0),))[0]
    with pytest.raises(InputError, match="before the action"):
        read(observe(("late", 2, 0.2)), late)
    assert len(read(observe(("late", 3, 0.2)), late)[0]) == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ((None, 1, 0.3), "monitoring.site-unknown"),
        ((np.nan, 1, 0.3), "monitoring.site-unknown"),
        (("north", 1e9, 0.3), "monitoring.year"),
        (("north", 3001, 0.3), "monitoring.year"),
    ],
)
def test_rows_without_a_site_and_years_out_of_this_world_are_refused(sites, observe, row, code):
    with pytest.raises(InputError) as caught:
        read(observe(row), sites)
    assert [f.code for f in caught.value.findings] == [code]
