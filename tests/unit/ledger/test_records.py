import math
from decimal import Decimal

import pytest

from nonetloss.core.errors import LedgerError
from nonetloss.ledger.records import decimal_text, is_account, is_word, millionths, posting


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1_000_000),
        (1.5, 1_500_000),
        (0.1 + 0.2, 300_000),
        ("0.000001", 1),
        ("-12.5", -12_500_000),
        (Decimal("2.25"), 2_250_000),
        # Half to even, on the exact binary value: 2**-7 = 0.0078125.
        (2.0**-7, 7_812),
        (3 * 2.0**-7, 23_438),
        (1e18, 10**24),
    ],
)
def test_amounts_are_exact_millionths(value, expected):
    assert millionths(value) == expected


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, "1e3", "0.0000001", "1,5", "", "nan", "٣", Decimal("NaN")]
)
def test_amounts_that_are_no_plain_decimal_are_refused(value):
    with pytest.raises(LedgerError) as caught:
        millionths(value)
    assert caught.value.findings[0].code == "ledger.amount"


@pytest.mark.parametrize("amount", [0, 1, -1, 1_500_000, -999_999, 10**30])
def test_decimal_text_reads_back(amount):
    assert millionths(decimal_text(amount)) == amount


def test_decimal_text_has_six_places():
    assert decimal_text(-1_500_000) == "-1.500000"
    assert decimal_text(-1) == "-0.000001"


def test_ten_tenths_are_one_whole():
    lines = [posting("a:b", 0.1, "ha") for _ in range(10)]
    assert sum(line.millionths for line in lines) == millionths(1)


def test_names():
    assert is_account("nature:várzea-del-Ucayali:direct:before")
    for bad in ("nature", "a:", ":a", "a b:c", "a:b\n", "", "a::b", "a:\ud800"):
        assert not is_account(bad), bad
    assert is_word("usd/ha")
    assert not is_word("two words")
