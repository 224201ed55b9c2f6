import pytest

from nonetloss.ledger.claims import Claim, settle, split
from nonetloss.ledger.shared_land import pieces_of

APART = pieces_of({"p": None, "q": None})


def claim(project, amount, day="2026-01-01", parcel="p"):
    return Claim((project, day, parcel), parcel, project, day, amount)


def counted(claims, sharing, whole=100):
    (piece,) = settle(claims, wholes={"p": whole}, shares=APART, sharing=sharing)
    return {key[0]: n for key, n in piece.counted.items()}


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (10, [1.0, 1.0], [5, 5]),
        (10, [1.0, 1.0, 1.0], [4, 3, 3]),
        (0, [0.2, 0.8], [0, 0]),
        (7, [0.0, 1.0], [0, 7]),
        (1, [0.4, 0.6], [0, 1]),
    ],
)
def test_a_split_is_exact(total, weights, parts):
    assert split(total, weights) == parts


def test_claims_within_the_whole_all_count():
    both = [claim("a", 60), claim("b", 40)]
    for sharing in ("refuse", "first", "proportional"):
        assert counted(both, sharing) == {"a": 60, "b": 40}


def test_three_rules_for_land_claimed_twice():
    # 100 gained; a asks 80 first, b 60 later, c 60 on b's day.
    asked = [claim("a", 80), claim("b", 60, "2027-01-01"), claim("c", 60, "2027-01-01")]
    assert counted(asked, "refuse") == {"a": 0, "b": 0, "c": 0}
    assert counted(asked, "first") == {"a": 80, "b": 10, "c": 10}
    assert counted(asked, "proportional") == {"a": 40, "b": 30, "c": 30}


def test_who_comes_too_late_gets_nothing():
    asked = [claim("b", 60, "2027-01-01"), claim("a", 100)]
    assert counted(asked, "first") == {"a": 100, "b": 0}


def test_the_order_of_claims_changes_nothing():
    asked = [claim("a", 77), claim("b", 61), claim("c", 43, "2025-01-01")]
    for sharing in ("first", "proportional"):
        assert counted(asked, sharing) == counted(asked[::-1], sharing)


def test_a_millionth_of_rounding_is_no_second_claim():
    (piece,) = settle(
        [claim("a", 50), claim("b", 51)], wholes={"p": 100}, shares=APART, sharing="refuse"
    )
    assert not piece.conflict
    assert piece.whole == 101


def test_shared_land_gains_what_the_better_parcel_gains_there():
    from shapely import box

    # a gains 100 on [0, 2], b 300 on [1, 3] (height 1): of the middle, 50 and 150 are asked.
    shares = pieces_of({"a": box(0, 0, 2, 1), "b": box(1, 0, 3, 1)})
    claims = [
        Claim("first", "a", "one", "2026", 100_000),
        Claim("second", "b", "two", "2027", 300_000),
    ]
    found = settle(claims, wholes={"a": 100_000, "b": 300_000}, shares=shares, sharing="first")
    told = {s.piece: (s.whole, dict(s.counted), s.conflict) for s in found}
    assert told == {
        ("a",): (50_000, {"first": 50_000}, False),
        ("a", "b"): (150_000, {"first": 50_000, "second": 100_000}, True),
        ("b",): (150_000, {"second": 150_000}, False),
    }
