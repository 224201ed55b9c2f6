"""Serials and quantities as the Verra registry published them in March and April 2026.

Facts of the public transactions table, in the form in which the offsets-db-data project of
CarbonPlan keeps a sample of it for its tests (MIT).
"""

import datetime as dt
from itertools import pairwise

import pandas as pd
import pytest

from nonetloss.core.errors import InputError, LedgerError
from nonetloss.ledger.credits.foreign_tables import from_verra
from nonetloss.ledger.credits.importing import events_of
from nonetloss.ledger.credits.recording import replay
from nonetloss.ledger.credits.registry import standing, totals
from nonetloss.ledger.credits.vcu import format_vcu, parse_vcu

# serial, quantity, further certifications
PUBLISHED = [
    ("19385-941467007-941467431-VCS-VCU-1507-VER-ET-14-1340-01012020-31122020-1", "425", "CCB"),
    ("19380-941382555-941382741-VCS-VCU-1310-VER-CN-13-3005-01012022-31102022-0", "187", ""),
    ("19381-941412555-941441125-VCS-VCU-1310-VER-CN-13-3005-01012022-31102022-0", "28,571", ""),
    ("19368-940602844-940604553-VCS-VCU-1289-VER-VN-1-1975-01022023-31122023-0", "1,710", ""),
    ("19369-940604554-940605623-VCS-VCU-1289-VER-VN-1-1975-01022023-31122023-0", "1,070", ""),
    ("19334-940082955-940097954-VCS-VCU-576-VER-US-14-4268-01062024-31122024-1", "15,000", "CDR"),
    ("19328-940005924-940008531-VCS-VCU-1289-VER-CN-13-3880-01012022-31122022-0", "2,608", ""),
    ("19314-938136116-938160253-VCS-VCU-466-VER-AR-14-3739-01012022-30062022-1", "24,138", "CCB"),
    ("19306-936117396-936119235-VCS-VCU-1531-VER-MX-14-2887-01012021-31122021-0", "1,840", ""),
    ("19308-936126236-936132715-VCS-VCU-1423-VER-GH-14-3425-01012023-31122023-0", "6,480", ""),
]
# One issuance of project 4150, used up in parts within a day: first, last, quantity.
PARTS = [
    (936487628, 936491271, 3644), (936491272, 936491452, 181), (936491453, 936491779, 327),
    (936491780, 936493081, 1302), (936493082, 936493101, 20), (936493102, 936494559, 1458),
    (936494560, 936494740, 181), (936494741, 936494871, 131),
]  # fmt: skip
PART_FORM = "19309-{}-{}-VCS-VCU-1491-VER-RW-3-4150-01102024-31122024-1"


@pytest.mark.parametrize(("serial", "quantity", "label"), PUBLISHED)
def test_a_published_serial(serial, quantity, label):
    said = parse_vcu(serial)
    assert said.quantity == int(quantity.replace(",", ""))
    assert said.certified == bool(label)
    assert format_vcu(said) == serial


def test_the_code_is_no_key():
    projects = {}
    for serial, *_ in PUBLISHED:
        said = parse_vcu(serial)
        projects.setdefault(said.code, set()).add(said.project)
    assert projects[1289] == {1975, 3880}


def row(serial, quantity, labels="", **more):
    said = parse_vcu(serial)
    return {
        "Issuance Date": "2026-03-19", "Vintage Start": said.vintage_start.isoformat(),
        "Vintage End": said.vintage_end.isoformat(), "ID": said.project, "Name": "P",
        "Country/Area": "C", "Methodology": "M", "Quantity Issued": quantity,
        "Serial Number": serial, "Additional Certifications": labels,
        "Retirement/Cancellation Date": None, "Retirement Beneficiary": None,
        "Retirement Reason": None, "Retirement Details": None,
    } | more  # fmt: skip


def ledger(table):
    rows, projects, found = from_verra(pd.DataFrame(table))
    events, more = events_of(rows, projects, name="v", date=dt.date(2026, 4, 30), actor="x")
    return replay(events), [f.code for f in (*found, *more)]


def test_the_parts_of_an_issuance_follow_each_other_without_gap():
    assert all(one[1] + 1 == other[0] for one, other in pairwise(PARTS))
    used = {"Retirement/Cancellation Date": "2026-03-20", "Retirement Beneficiary": "No owner",
            "Retirement Reason": "Other"}  # fmt: skip
    table = [
        row(PART_FORM.format(a, b), f"{n:,}", "CORSIA; Article 6", **used) for a, b, n in PARTS
    ]
    registry, _ = ledger(table)
    (batch,) = registry.batches.values()
    assert batch.labels == ("CORSIA", "Article 6")
    assert totals(registry).retired == totals(registry).issued == sum(n for *_, n in PARTS)
    serials = [s.batch.serial(s.first, s.block.last) for s in standing(registry)]
    assert serials == [PART_FORM.format(a, b) for a, b, _ in PARTS]


def test_the_published_rows_as_a_ledger():
    """What the table does not tell apart is told; what it leaves out is not issued."""
    table = [row(*each) for each in PUBLISHED]
    table[0] |= {"Retirement/Cancellation Date": "2026-04-10"}
    table[2] |= {"Retirement/Cancellation Date": "2026-04-06", "Retirement Beneficiary": "L."}
    registry, codes = ledger(table)
    whole = totals(registry)
    assert whole.cancelled == 425
    assert whole.retired == 28_571
    assert whole.issued == 425 + 187 + 28571 + 1710 + 1070 + 15000 + 2608 + 24138 + 1840 + 6480
    assert codes == ["credit-ledger.import-merged"]
    assert len(registry.batches) == 10


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Quantity Issued": "426"}, "import-count"),
        ({"Vintage Start": "2021-01-01"}, "import-row"),
        ({"Additional Certifications": ""}, "import-row"),
        ({"ID": 1341}, "import-row"),
        ({"Issuance Date": "yesterday"}, "import-row"),
        ({"Serial Number": "..-NaN-NaN-undefined"}, "serial"),
        ({"Issuance Date": "2020-06-30"}, "import-dates"),
        ({"Retirement/Cancellation Date": "2026-03-01"}, "import-dates"),
        ({"Retirement/Cancellation Date": "2026-05-01"}, "import-dates"),
    ],
)
def test_rows_that_do_not_agree_with_themselves(change, code):
    serial, quantity, label = PUBLISHED[0]
    with pytest.raises((InputError, LedgerError)) as problem:
        ledger([row(serial, quantity, label, **change)])
    assert [f.code for f in problem.value.findings] == [f"credit-ledger.{code}"]


def test_two_rows_with_the_same_units_are_refused():
    serial, quantity, label = PUBLISHED[0]
    with pytest.raises(InputError) as problem:
        ledger([row(serial, quantity, label)] * 2)
    assert [f.code for f in problem.value.findings] == ["credit-ledger.import-overlap"]
