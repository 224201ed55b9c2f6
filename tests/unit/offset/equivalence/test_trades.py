import numpy as np
import pytest
from shapely.geometry import box

from nonetloss.core.errors import InputError
from nonetloss.core.estimate import Estimate
from nonetloss.core.language import Text
from nonetloss.landscape.ecosystems import Ecosystem, EcosystemMap
from nonetloss.landscape.parcel import Parcel
from nonetloss.numerics.grid import Grid
from nonetloss.offset.equivalence import (
    Multipliers,
    TradingRules,
    accepted,
    allowed_pairs,
    multiplier,
    named_ecosystems,
    refusals,
)


def kind(name, better=()):
    return Ecosystem(1, name, Text.of(name), Estimate.exact(0.5), better=better)


LOW, MID, HIGH = kind("low", ("mid",)), kind("mid", ("high",)), kind("high")


def test_like_for_like_or_better_as_declared():
    # Neither symmetric (high does not take mid) nor continued (low does not take high).
    assert accepted([LOW, MID, HIGH], ["low", "mid", "high"]).tolist() == [
        [True, True, False],
        [False, True, True],
        [False, False, True],
    ]


def test_empty_sides():
    assert accepted([], ["low"]).shape == (0, 1)
    assert accepted([LOW], []).shape == (1, 0)


def test_unknown_names_are_told():
    world = EcosystemMap(np.ones((1, 1)), Grid(0, 0, 1, 1, 1, 1), "EPSG:32718", (LOW, MID))
    assert named_ecosystems(("mid", "low"), world) == (MID, LOW)
    with pytest.raises(InputError) as caught:
        named_ecosystems(("mid", "moon"), world)
    assert "moon" in caught.value.render("es")


def lot(name, ecosystem, zone="", start=float("nan"), takes=float("nan")):
    return Parcel(
        name,
        Text.of(name),
        box(0, 0, 1, 1),
        10.0,
        ecosystem,
        Estimate.exact(0.3),
        Estimate.exact(0.6),
        1.0,
        zone=zone,
        start_year=start,
        years_to_value=takes,
    )


KINDS = (LOW, MID, HIGH)
NAMES = ["low", "mid", "high"]


def test_like_for_like_alone():
    held = TradingRules(trade="like-for-like")
    assert accepted(KINDS, NAMES, held).tolist() == np.eye(3, dtype=bool).tolist()


def test_trading_up_needs_a_higher_declared_rank():
    # low (1) takes mid (it says so) and high (3 > 1); mid (3) ties with high, but names it; high
    # takes nothing else. "moon" has no rank and is never a trade up.
    held = TradingRules(trade="trading-up", rank={"low": 1, "mid": 3, "high": 3})
    assert accepted(KINDS, [*NAMES, "moon"], held).tolist() == [
        [True, True, True, False],
        [False, True, True, False],
        [False, False, True, False],
    ]


def test_one_ecosystem_may_have_its_own_trade():
    held = TradingRules(by_ecosystem={"low": "like-for-like"})
    assert accepted(KINDS, NAMES, held)[0].tolist() == [True, False, False]
    assert accepted(KINDS, NAMES, held)[1].tolist() == [False, True, True]


def test_what_cannot_be_offset_takes_nothing_at_all():
    barred = Ecosystem(4, "spring", Text.of("s"), Estimate.exact(1.0), offsettable=False)
    pairs = allowed_pairs([barred, MID], [lot("a", "spring"), lot("b", "mid")], TradingRules())
    assert pairs.tolist() == [[False, False], [False, True]]
    named = refusals([MID], [lot("b", "mid")], TradingRules(not_offsettable=("mid",)))
    assert named.tolist() == [["equivalence.not-offsettable"]]


def test_distance_holds_up_to_the_limit_and_an_unknown_one_is_refused():
    held = TradingRules(max_distance_m=1000.0)
    lots = [lot(n, "low") for n in "abc"]
    told = refusals([LOW], lots, held, distance_m=np.array([1000.0, 1000.5, np.nan]))
    assert told.tolist() == [["", "equivalence.too-far", "equivalence.distance-unknown"]]
    # Without a rule of distance nobody asks for it.
    assert allowed_pairs([LOW], lots, TradingRules()).all()
    with pytest.raises(InputError, match="distance") as caught:
        allowed_pairs([LOW], lots, held)
    assert caught.value.findings[0].code == "equivalence.distance-needed"
    with pytest.raises(InputError):
        allowed_pairs([LOW], lots, held, distance_m=np.zeros(2))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("any", [True, True, True, True]),
        ("same", [True, False, False, False]),
        ("same-or-neighbor", [True, True, False, False]),
    ],
)
def test_basin_rules(rule, expected):
    held = TradingRules(zone=rule, impact_zones=("ucayali",), neighbors={"ucayali": ("huallaga",)})
    lots = [lot(n, "low", zone=n) for n in ("ucayali", "huallaga", "tigre")] + [lot("?", "low")]
    assert allowed_pairs([LOW], lots, held)[0].tolist() == expected


def test_neighbors_are_so_in_either_direction():
    held = TradingRules(
        zone="same-or-neighbor", impact_zones=("ucayali",), neighbors={"huallaga": ("ucayali",)}
    )
    lots = [lot(n, "low", zone=n) for n in ("huallaga", "tigre")]
    assert allowed_pairs([LOW], lots, held)[0].tolist() == [True, False]


def test_a_loss_may_lie_in_zones_of_its_own():
    held = TradingRules(zone="same", impact_zones=("ucayali",))
    lots = [lot("u", "low", zone="ucayali"), lot("t", "low", zone="tigre")]
    assert allowed_pairs([LOW], lots, held, zones={"low": ("tigre",)})[0].tolist() == [False, True]


def test_the_multiplier_is_the_product_of_its_parts():
    held = TradingRules(
        impact_zones=("ucayali",),
        neighbors={"ucayali": ("huallaga",)},
        multipliers=Multipliers(
            time_rate=0.1,
            success=0.8,
            failure=0.5,
            half_distance_m=10_000.0,
            zones=(1.0, 4 / 3, 2.0),
            out_of_kind=1.5,
            by_ecosystem={"low": 3.0},
        ),
    )
    lots = [
        lot("near", "low", zone="ucayali", takes=0),
        lot("late", "mid", zone="huallaga", start=1, takes=2),
    ]
    found = multiplier([LOW], lots, held, distance_m=np.array([0.0, 20_000.0]))
    risk = 1 / (0.5 * 0.8)
    expected = [3 * risk, 3 * 1.5 * 1.1**3 * risk * 2**2 * 4 / 3]
    assert found[0] == pytest.approx(expected, rel=1e-12)


def test_where_time_counts_a_parcel_must_say_when():
    held = TradingRules(multipliers=Multipliers(time_rate=0.05))
    assert refusals([LOW], [lot("a", "low")], held).tolist() == [["equivalence.delay-unknown"]]
    assert np.isnan(multiplier([LOW], [lot("a", "low")], held)).all()
    # A delay for those who do not say it; the start of the action is added.
    fallback = TradingRules(delay_years=10.0, multipliers=Multipliers(time_rate=0.05))
    found = multiplier([LOW], [lot("a", "low"), lot("b", "low", start=2)], fallback)
    assert found[0] == pytest.approx([1.05**10, 1.05**12])


def test_allowed_pairs_have_a_finite_multiplier():
    held = TradingRules(
        max_distance_m=5e4,
        impact_zones=("z",),
        multipliers=Multipliers(time_rate=0.03, half_distance_m=1e4, zones=(1, 2, 3)),
    )
    lots = [lot("a", "low", zone=z, takes=t) for z in ("", "z", "y") for t in (1.0, float("nan"))]
    reach = np.array([1e4, np.nan, 1e4, 1e4, 1e4, 9e4])
    pairs = allowed_pairs([LOW], lots, held, distance_m=reach)
    assert pairs[0].tolist() == [False, False, True, False, True, False]
    assert np.isfinite(multiplier([LOW], lots, held, distance_m=reach)[pairs]).all()


def test_nothing_on_either_side():
    held = TradingRules(max_distance_m=1.0)
    assert allowed_pairs([], [lot("a", "low")], held).shape == (0, 1)
    assert multiplier([LOW], [], held).shape == (1, 0)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"trade": "best"}, "equivalence.rule"),
        ({"zone": "basin"}, "equivalence.rule"),
        ({"max_distance_m": -1.0}, "equivalence.rule"),
        ({"max_distance_m": float("nan")}, "equivalence.rule"),
        ({"delay_years": -1.0}, "equivalence.rule"),
        ({"by_ecosystem": {"low": "best"}}, "equivalence.rule"),
        ({"rank": {"low": float("nan")}}, "equivalence.rule"),
        ({"trade": "trading-up"}, "equivalence.rank-needed"),
        ({"by_ecosystem": {"low": "trading-up"}}, "equivalence.rank-needed"),
        ({"zone": "same"}, "equivalence.zone-needed"),
    ],
)
def test_rules_that_cannot_be_are_refused(given, code):
    with pytest.raises(InputError) as caught:
        TradingRules(**given)
    assert caught.value.findings[0].code == code
    assert caught.value.render("es") != caught.value.render("en")


def test_a_gain_beyond_any_multiple_is_too_far():
    """150 km are 1,500 half distances of 100 m: 2^1500 is more than a number can tell."""
    rules = TradingRules(multipliers=Multipliers(half_distance_m=100.0))
    parcel = Parcel(
        "p", Text.of("p"), box(0, 0, 1, 1), 1.0, "low", Estimate.exact(0), Estimate.exact(1), 1.0
    )
    told = refusals([LOW], [parcel], rules, distance_m=np.array([150_000.0]))
    assert told.tolist() == [["equivalence.too-far"]]
