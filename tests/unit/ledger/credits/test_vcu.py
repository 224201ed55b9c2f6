import datetime as dt

import pytest

from nonetloss.core.errors import InputError
from nonetloss.ledger.credits.vcu import format_vcu, parse_vcu

SERIAL = "19385-941467007-941467431-VCS-VCU-1507-VER-ET-14-1340-01012020-31122020-1"


def test_every_part_of_a_serial():
    said = parse_vcu(f" {SERIAL} ")
    assert (said.batch, said.first, said.last) == (19385, 941467007, 941467431)
    assert said.quantity == 941467431 - 941467007 + 1 == 425
    assert (said.code, said.type, said.country, said.scope) == (1507, "VER", "ET", 14)
    assert said.project == 1340
    assert (said.vintage_start, said.vintage_end) == (dt.date(2020, 1, 1), dt.date(2020, 12, 31))
    assert said.certified
    assert format_vcu(said) == SERIAL
    assert said.pattern.replace("{first}", "941467007").replace("{last}", "941467431") == SERIAL


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("19385", "019385"),
        ("19385", "x"),
        ("941467007", "941467432"),  # first after last
        ("941467007", "0"),
        ("-ET-", "-Et-"),
        ("-ET-", "-ETH-"),
        ("01012020", "01012021"),  # begins after it ends
        ("01012020", "30022020"),
        ("01012020", "2020-01-01"),
        ("VCS-VCU", "GS-VER"),
        ("2020-1", "2020-2"),
        ("2020-1", "2020"),
        ("1340", "NaN"),
        ("1340", "١٣٤٠"),  # digits, but not these
    ],
)
def test_what_is_no_serial(part, wrong):
    with pytest.raises(InputError) as problem:
        parse_vcu(SERIAL.replace(part, wrong))
    assert problem.value.findings[0].code == "credit-ledger.serial"
