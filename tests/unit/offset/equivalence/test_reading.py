import pytest

from nonetloss.core.errors import InputError, UnitError
from nonetloss.offset.equivalence import Multipliers, TradingRules, read_rules

KNOWN = ("aguajal", "terra-firme")


def test_everything_that_may_be_written():
    read = read_rules(
        {
            "trade": "trading-up",
            "by_ecosystem": {"aguajal": "like-for-like"},
            "rank": {"aguajal": 2, "terra-firme": 1},
            "not_offsettable": ["aguajal"],
            "max_distance": "100 km",
            "zone": "same-or-neighbor",
            "impact_zones": ["ucayali"],
            "neighbors": {"ucayali": ["huallaga"]},
            "delay": "10 year",
            "multipliers": {
                "time_rate": "3 percent",
                "success": 0.8,
                "failure": 0.1,
                "half_distance": "50 km",
                "zones": {"same": 1, "neighbor": 1.25, "elsewhere": 2},
                "out_of_kind": 1.5,
                "by_ecosystem": {"aguajal": 4},
            },
        },
        ecosystems=KNOWN,
    )
    assert read == TradingRules(
        trade="trading-up",
        by_ecosystem={"aguajal": "like-for-like"},
        rank={"aguajal": 2.0, "terra-firme": 1.0},
        not_offsettable=("aguajal",),
        max_distance_m=100_000.0,
        zone="same-or-neighbor",
        impact_zones=("ucayali",),
        neighbors={"ucayali": ("huallaga",)},
        delay_years=10.0,
        multipliers=Multipliers(
            time_rate=0.03,
            success=0.8,
            failure=0.1,
            half_distance_m=50_000.0,
            zones=(1.0, 1.25, 2.0),
            out_of_kind=1.5,
            by_ecosystem={"aguajal": 4.0},
        ),
    )


def test_nothing_written_are_the_rules_as_they_stand():
    read = read_rules({}, ecosystems=KNOWN)
    assert read.trade == TradingRules().trade
    assert read.multipliers == Multipliers()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_distanc": "1 km"}, "max_distance"),
        ({"rank": {"aguajall": 1}}, "aguajal"),
        ({"not_offsettable": ["forest"]}, "terra-firme"),
        ({"not_offsettable": "aguajal"}, "not_offsettable"),
        ({"trade": 3}, "trade"),
        ({"trade": "like"}, "like-for-like"),
        ({"multipliers": {"zones": {"same": 1}}}, "elsewhere"),
        ({"multipliers": [1]}, "time_rate"),
        ({"multipliers": {"out_of_kind": 0.5}}, "out_of_kind"),
        ({"neighbors": []}, "neighbors"),
    ],
)
def test_slips_are_told_with_what_there_is(given, said):
    with pytest.raises(InputError) as caught:
        read_rules(given, ecosystems=KNOWN)
    assert said in caught.value.render("en")
    assert said in caught.value.render("es")


def test_a_distance_without_unit_is_refused():
    with pytest.raises(UnitError):
        read_rules({"max_distance": 100}, ecosystems=KNOWN)
