"""Stretches: geodesic length against arithmetic on the ellipsoid, each counted once."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

from nonetloss.core.errors import InputError
from nonetloss.monitoring.patrols.log import fixes_of_table
from nonetloss.monitoring.patrols.segments import segments_of

A, F = 6378137.0, 1 / 298.257223563


def fixes(rows, **columns) -> pd.DataFrame:
    """Rows of (patrol, minutes after noon UTC, longitude, latitude)."""
    table = pd.DataFrame(rows, columns=["patrol", "minutes", "longitude", "latitude"])
    noon = pd.Timestamp("2026-03-01T12:00:00Z")
    table["time"] = [(noon + pd.Timedelta(minutes=m)).isoformat() for m in table["minutes"]]
    return fixes_of_table(table.assign(**columns), utc_offset_h=0)[0]


def cut(table, **changed):
    settings = {"utc_offset_h": 0.0, "max_gap_h": 4.0, "max_speed_kmh": 1e9} | changed
    return segments_of(table, **settings)


def rows_of(cleaning) -> dict[str, int]:
    return dict(zip(cleaning["step"], cleaning["rows"], strict=True))


def test_a_degree_along_the_equator_is_an_arc_of_a_circle():
    kept, _, _ = cut(fixes([("p", 0, 10.0, 0.0), ("p", 60, 11.0, 0.0)]))
    assert kept["km"].tolist() == pytest.approx([A * math.pi / 180 / 1000], rel=1e-12)
    assert kept["hours"].tolist() == [1.0]


def test_a_degree_along_the_meridian_is_the_integral_of_its_radius():
    e2 = F * (2 - F)
    south, north = math.radians(-13), math.radians(-12)
    arc, _ = quad(lambda p: A * (1 - e2) / (1 - e2 * math.sin(p) ** 2) ** 1.5, south, north)
    kept, _, _ = cut(fixes([("p", 0, -70.0, -13.0), ("p", 60, -70.0, -12.0)]))
    assert kept["km"].tolist() == pytest.approx([arc / 1000], rel=1e-10)


def test_rows_repeated_for_every_member_count_once():
    once = fixes([("p", 0, -70.0, -12.5), ("p", 10, -70.01, -12.5), ("p", 20, -70.02, -12.5)])
    thrice = pd.concat([once] * 3, ignore_index=True)
    one, _, _ = cut(once)
    three, cleaning, found = cut(thrice)
    pd.testing.assert_frame_equal(one, three)
    assert rows_of(cleaning)["repeated-position"] == 6
    assert [(f.code, f.data["count"]) for f in found] == [("patrols.repeated", 6)]


def test_one_movement_under_two_legs_counts_once():
    legs = fixes(
        [("p", m, -70.0 - m / 1000, -12.5) for m in (0, 10, 0, 10)], leg=["a", "a", "b", "b"]
    )
    kept, cleaning, _ = cut(legs)
    assert len(kept) == 1
    assert rows_of(cleaning)["repeated-stretch"] == 1


def test_two_teams_of_a_patrol_at_one_time_count_both():
    legs = fixes(
        [("p", 0, -70.0, -12.5), ("p", 10, -70.1, -12.5), ("p", 0, -70.0, -12.6),
         ("p", 10, -70.1, -12.6)],
        leg=["a", "a", "b", "b"],
    )  # fmt: skip
    kept, _, _ = cut(legs)
    assert len(kept) == 2


def test_the_order_of_rows_does_not_matter():
    rng = np.random.default_rng(5)
    table = fixes(
        [(f"p{i % 3}", 7 * i, -70 + 0.001 * i, -12.5 + 0.001 * (i % 5)) for i in range(40)]
    )
    expected, _, _ = cut(table)
    shuffled = table.sample(frac=1, random_state=int(rng.integers(1 << 30)))
    pd.testing.assert_frame_equal(cut(shuffled)[0], expected)


def test_times_told_backward_are_put_in_order():
    forward = fixes([("p", m, -70 - m / 100, -12.5) for m in (0, 10, 20)])
    backward = fixes([("p", m, -70 - m / 100, -12.5) for m in (20, 10, 0)])
    pd.testing.assert_frame_equal(cut(forward)[0], cut(backward)[0])


def test_two_places_at_one_time_leave_one_and_are_told():
    table = fixes([("p", 0, -70.0, -12.5), ("p", 0, -70.5, -12.5), ("p", 10, -70.0, -12.51)])
    kept, cleaning, found = cut(table)
    assert len(kept) == 1
    assert kept["hours"].tolist() == pytest.approx([1 / 6])
    assert rows_of(cleaning)["conflicting-position"] == 1
    assert [f.code for f in found] == ["patrols.conflicting"]


def test_a_long_gap_counts_neither_as_time_nor_as_length():
    table = fixes([("p", 0, 10.0, 0.0), ("p", 60, 10.1, 0.0), ("p", 60 + 241, 10.2, 0.0)])
    kept, cleaning, found = cut(table)
    assert kept["hours"].sum() == 1.0
    gap = cleaning.set_index("step").loc["gap"]
    assert gap["rows"] == 1
    assert gap["hours"] == pytest.approx(241 / 60)
    assert [f.code for f in found] == ["patrols.gaps"]
    assert len(cut(table, max_gap_h=241 / 60)[0]) == 2


def test_what_is_too_fast_is_no_patrol():
    # 0.1 degrees of the equator, 11.13 km, in 6 minutes: 111.3 km/h.
    table = fixes([("p", 0, 10.0, 0.0), ("p", 6, 10.1, 0.0), ("p", 66, 10.11, 0.0)])
    kept, cleaning, _ = cut(table, max_speed_kmh=111.0)
    assert rows_of(cleaning)["speed"] == 1
    assert len(kept) == 1
    assert len(cut(table, max_speed_kmh=112.0)[0]) == 2


def test_a_patrol_that_stands_still_has_time_and_no_length():
    kept, _, _ = cut(fixes([("p", 0, -70.0, -12.5), ("p", 30, -70.0, -12.5)]))
    assert kept["km"].tolist() == [0.0]
    assert kept["hours"].tolist() == [0.5]


def test_the_day_is_that_of_local_clocks():
    # 23:00 UTC of March 1 is 18:00 in Peru; 01:00 UTC of March 2 is 20:00 of March 1.
    table = fixes([("p", 660, -70.0, -12.5), ("p", 780, -70.1, -12.5), ("p", 840, -70.2, -12.5)])
    assert cut(table)[0]["day"].tolist() == ["2026-03-01", "2026-03-02"]
    assert cut(table, utc_offset_h=-5.0)[0]["day"].tolist() == ["2026-03-01"] * 2


def test_a_new_year_begins_at_local_midnight():
    table = fixes_of_table(
        pd.DataFrame(
            {
                "patrol": ["p", "p"],
                "time": ["2026-01-01T03:00:00Z", "2026-01-01T04:00:00Z"],
                "longitude": [-70.0, -70.1],
                "latitude": [-12.5, -12.5],
            }
        ),
        utc_offset_h=-5,
    )[0]
    assert cut(table, utc_offset_h=-5.0)[0]["year"].tolist() == [2025]


def test_patrols_and_legs_are_not_joined():
    table = fixes([("p", 0, 0, 1), ("p", 1, 0, 2), ("q", 2, 0, 3), ("q", 3, 0, 4)])
    assert len(cut(table)[0]) == 2
    with pytest.raises(InputError) as caught:
        cut(fixes([("p", 0, 0, 1), ("q", 1, 0, 2)]))
    assert caught.value.findings[0].code == "patrols.no-effort"


def test_a_single_moment_is_no_effort():
    with pytest.raises(InputError):
        cut(fixes([("p", 0, 1.0, 1.0), ("p", 0, 1.0, 1.0)]))


def test_ends_alone_give_hours_and_no_length():
    table = fixes([("p", 0, 0.0, 1.0), ("p", 600, 0.0, 2.0)]).assign(
        ends_only=True, longitude=np.nan, latitude=np.nan
    )
    kept, _, found = cut(table, utc_offset_h=2.0)  # 14:00 to 24:00 by local clocks: one day
    assert kept["hours"].tolist() == [10.0]  # longer than the gap that tracks may have
    assert kept["km"].isna().all()
    assert not kept["tracked"].any()
    assert [f.code for f in found] == ["patrols.ends-only"]


def test_a_leg_of_several_days_is_one_stretch_a_day():
    """2026-03-01 07:00 to 03-04 01:00 by clocks of Peru: 17 h, 24 h, 24 h and 1 h on four days."""
    hours = 17 + 24 + 24 + 1
    table = fixes([("p", 0, 0.0, 1.0), ("p", 60 * hours, 0.0, 2.0)]).assign(
        ends_only=True, longitude=np.nan, latitude=np.nan
    )
    walked = fixes([("q", 0, 0.0, 1.0), ("q", 60, 0.0, 1.01)])
    kept, _, found = cut(pd.concat([table, walked]), utc_offset_h=-5.0)
    legs = kept[~kept["tracked"]]
    assert legs["day"].tolist() == ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
    assert legs["hours"].tolist() == [17.0, 24.0, 24.0, 1.0]
    assert kept.loc[kept["tracked"], "hours"].tolist() == [1.0]
    # One leg, whatever its days.
    assert [f.data["count"] for f in found if f.code == "patrols.ends-only"] == [1]


def test_a_leg_that_ends_at_midnight_does_not_touch_the_next_day():
    table = fixes([("p", 0, 0.0, 1.0), ("p", 12 * 60, 0.0, 2.0)]).assign(
        ends_only=True, longitude=np.nan, latitude=np.nan
    )
    assert cut(table)[0]["day"].tolist() == ["2026-03-01"]


def test_a_leg_that_crosses_the_year_counts_in_both():
    midday = 60 * 24 * (366 - 60)  # from 1 March to 1 January
    table = fixes([("p", midday - 24 * 60, 0.0, 1.0), ("p", midday, 0.0, 2.0)]).assign(
        ends_only=True, longitude=np.nan, latitude=np.nan
    )
    kept, _, _ = cut(table)
    assert kept.groupby("year")["hours"].sum().to_dict() == {2026: 12.0, 2027: 12.0}


def test_a_leg_that_nobody_closed_is_left_out():
    ends = {"ends_only": True, "longitude": np.nan, "latitude": np.nan}
    table = pd.concat(
        [
            fixes([("p", 0, 0.0, 1.0), ("p", 60 * 24 * 32, 0.0, 2.0)]).assign(**ends),
            fixes([("q", 0, 0.0, 1.0), ("q", 60 * 24 * 31, 0.0, 2.0)]).assign(**ends),
        ]
    )
    kept, cleaning, found = cut(table)
    assert set(kept["patrol"]) == {"q"}
    assert kept["hours"].sum() == 24 * 31
    assert rows_of(cleaning)["endless"] == 1
    assert [f.code for f in found] == ["patrols.endless", "patrols.ends-only"]
    with pytest.raises(InputError):
        cut(table, max_leg_days=30.0)
