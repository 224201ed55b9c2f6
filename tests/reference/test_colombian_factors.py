"""Colombia: factors from 4 to 10 and the area to compensate."""

import datetime as dt

import pandas as pd
import pytest

from nonetloss import rules

COLOMBIA = rules.ruleset("co").on(dt.date(2026, 11, 21))


def test_the_factor_goes_from_4_to_10():
    ends = [
        COLOMBIA.table(f"compensation.{name}", unit="")
        for name in ("representativeness", "rarity", "remnancy", "transformation")
    ]
    assert ends == [(1, 3), (1, 2), (1, 3), (1, 2)]
    assert COLOMBIA.table("compensation.factor", unit="") == tuple(
        map(sum, zip(*ends, strict=True))
    )
    assert COLOMBIA.table("compensation.factor", unit="") == (4, 10)


def test_the_area_is_the_sum_of_area_times_factor():
    table = pd.DataFrame({"area_ha": [3.0, 1.5, 10.0], "factor": [4.0, 10.0, 7.25]})
    found = COLOMBIA.function("compensation.areas")(table)
    assert found.tolist() == pytest.approx([12.0, 15.0, 72.5])
    assert found.sum() == pytest.approx(99.5)
    assert found.attrs["findings"] == ()


def test_half_for_secondary_vegetation_is_unverified_and_said_so():
    table = pd.DataFrame(
        {"area_ha": [10.0, 10.0], "factor": [5.0, 5.0], "secondary": [True, False]}
    )
    found = COLOMBIA.function("compensation.areas")(table)
    assert found.tolist() == pytest.approx([25.0, 50.0])
    (finding,) = found.attrs["findings"]
    assert finding.data["id"] == "compensation.secondary-vegetation"
