"""Tables of CAD Trust, out and in again: every unit, its state, its owner and its words."""

import datetime as dt

import pandas as pd
import pytest

from nonetloss.core.errors import InputError
from nonetloss.ledger.credits.cad_trust import UNIT_COLUMNS, derived_id, tables, untranslatable
from nonetloss.ledger.credits.events import (
    Begin,
    OpenAccount,
    Project,
    StateProject,
    Units,
)
from nonetloss.ledger.credits.foreign_tables import block_number, from_cad_trust, serial_pattern
from nonetloss.ledger.credits.importing import events_of, word_of
from nonetloss.ledger.credits.operations import (
    Entry,
    adjust,
    cancel,
    issue,
    retire,
    reverse,
    transfer,
)
from nonetloss.ledger.credits.recording import record, replay
from nonetloss.ledger.credits.registry import disagreements, standing, totals
from nonetloss.ledger.credits.vocabulary import (
    AccountKind,
    Adjustment,
    Declaration,
    Status,
)

DAY = dt.date(2030, 6, 30)
LATER = dt.date(2031, 1, 31)
ENTRY = Entry(DAY, "acca")
LEI = "529900T8BM49AURSDO55"
MODELS = pytest.mark.parametrize("model", ["1", "2"])


@pytest.fixture
def registry():
    kinds = {"acca": AccountKind.HOLDER, "buyer": AccountKind.HOLDER, "pool": AccountKind.BUFFER}
    made = replay(
        [
            Begin(DAY, "acca", name="Los Amigos"),
            *(
                OpenAccount(DAY, "acca", account=a, account_kind=k, holder=f"{a} · Ñahui, S.A.")
                for a, k in kinds.items()
            ),
            StateProject(
                DAY,
                "acca",
                stated=Project(
                    "los-amigos",
                    "Los Amigos",
                    "Registered",
                    "VCS",
                    "VM0048",
                    "PE",
                    "https://example.org",
                ),
            ),
        ]
    )
    for year in (2028, 2029):
        record(made, issue(
            made, {"acca": 80, "pool": 20}, entry=ENTRY, id=f"la-{year}", project="los-amigos",
            vintage=(dt.date(year, 1, 1), dt.date(year, 12, 31)), series="units",
            labels=("CCB-Biodiversity Gold",) if year == 2029 else (),
        ))  # fmt: skip
    record(made, transfer(made, 30, entry=ENTRY, source="acca", target="buyer"))
    said = {"beneficiary": "An airline", "beneficiary_id": LEI, "reason": "Flights"}
    record(made, retire(made, 1, entry=ENTRY, source="buyer", detail="2029", **said))
    record(made, cancel(made, 2, entry=ENTRY, source="acca", reason="Error of area"))
    record(made, reverse(made, 5, entry=ENTRY, project="los-amigos", cause="Fire"))
    promised = {"declaration": Declaration.COMMITTED, "adjustment": Adjustment.PENDING}
    record(made, adjust(made, [Units("la-2028", 1, 1)], entry=ENTRY, **promised))
    return made


def again(given):
    rows, projects, found = from_cad_trust(given)
    events, more = events_of(rows, projects, name="again", date=LATER, actor="x")
    return replay(events), [f.code for f in (*found, *more)]


def described(registry):
    return [
        (
            s.batch.id, s.batch.serial(s.first, s.block.last), s.amount, s.block.status,
            registry.accounts[s.block.account].holder, s.batch.labels, s.batch.vintage_start,
        )
        for s in standing(registry)
    ]  # fmt: skip


@MODELS
def test_tables_hold_every_unit(registry, model):
    made = tables(registry, model=model)
    unit = made["unit"]
    assert tuple(unit.columns) == UNIT_COLUMNS[model]
    first, last = (
        ("unitBlockStart", "unitBlockEnd") if model == "1" else ("unitStartBlock", "unitEndBlock")
    )
    assert (unit[last].astype(int) - unit[first].astype(int) + 1 == unit["unitCount"]).all()
    by_status = unit.groupby("unitStatus")["unitCount"].sum()
    # 160 held - 1 retired - 2 canceled; 40 buffer - 5 reversed
    expected = {"Buffer": 35, "Cancelled": 7, "Held": 157, "Retired": 1}
    assert by_status.to_dict() == expected
    ended = unit[unit["unitStatus"].isin(["Retired", "Cancelled"])]
    assert sorted(ended["unitStatusReason"]) == ["Error of area", "Fire", "Flights"]
    assert unit["unitStatusReason"].ne("").sum() == 3
    assert len(made["project"]) == 1
    assert len(made["issuance"]) == 2
    assert made["label"]["labelName"].tolist() == ["CCB-Biodiversity Gold"]
    key = "issuanceId" if model == "1" else "cadTrustIssuanceId"
    assert set(unit[key]) == {derived_id("issuance", f"la-{y}") for y in (2028, 2029)}
    assert untranslatable(registry, model=model) == ()


@MODELS
def test_out_and_in_again_nothing_changes(registry, model):
    back, codes = again(tables(registry, model=model))
    assert described(back) == described(registry)
    assert totals(back) == totals(registry)
    assert disagreements(back) == ()
    if model == "1":  # does not say when, nor for whom
        assert codes == ["credit-ledger.import-undated", "credit-ledger.import-nameless"]
        (block,) = [s.block for s in standing(back) if s.block.adjustment is Adjustment.PENDING]
        assert block.status is Status.RETIRED
    else:
        assert codes == []
        retired = [e for e in back.events if e.kind == "retire"]
        said = (retired[0].beneficiary, retired[0].beneficiary_id, retired[0].detail)
        assert said == ("An airline", LEI, "2029")
        assert retired[0].date == DAY


def test_words_that_a_model_does_not_know_are_told(registry):
    record(registry, StateProject(LATER, "x", stated=Project("v", "V", "Verified")))
    (told,) = untranslatable(registry, model="1")
    assert (told.code, told.subject) == ("credit-ledger.other-model", "Verified")
    assert untranslatable(registry, model="2") == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unitCount": 99}, "import-count"),
        ({"unitStartBlock": "AX1"}, "import-row"),
        ({"unitStartBlock": "none"}, "import-row"),
        ({"unitStartBlock": "99999"}, "import-row"),
        ({"unitStatus": "Rejected"}, "import-status"),
        ({"unitStatus": "held"}, "import-status"),
        ({"cadTrustIssuanceId": "other"}, "import-row"),
        ({"unitStatusDate": "31/12/2030"}, "import-row"),
    ],
)
def test_rows_that_cannot_be_used(registry, change, code):
    given = tables(registry)
    for column, value in change.items():
        given["unit"][column] = given["unit"][column].astype(object)
        given["unit"].loc[3, column] = value
    with pytest.raises(InputError) as problem:
        again(given)
    (found,) = problem.value.findings
    assert (found.code, found.subject) == (f"credit-ledger.{code}", "4")


@pytest.mark.parametrize("model", ["1", "2"])
def test_an_issuance_told_twice_is_refused(registry, model):
    """The last row would decide the vintage of all its units."""
    given = tables(registry, model=model)
    twice = given["issuance"].iloc[[0]].assign(endDate="2025-12-31")
    given["issuance"] = pd.concat([given["issuance"], twice], ignore_index=True)
    with pytest.raises(InputError) as problem:
        again(given)
    (found,) = problem.value.findings
    assert found.code == "credit-ledger.import-issuance-twice"


def test_texts_that_are_cut_are_told(registry):
    given = tables(registry)
    (row,) = given["unit"].index[given["unit"]["unitStatus"] == "Retired"]
    given["unit"]["unitRetirementDetail"] = given["unit"]["unitRetirementDetail"].astype(object)
    given["unit"].loc[row, "unitRetirementDetail"] = "x" * 512
    assert "credit-ledger.import-cut" not in again(given)[1]
    given["unit"].loc[row, "unitRetirementDetail"] = "x" * 513
    back, told = again(given)
    assert "credit-ledger.import-cut" in told
    (retired,) = [e for e in back.events if e.kind == "retire"]
    assert retired.detail == "x" * 512


def test_missing_columns_are_named(registry):
    given = tables(registry)
    given["unit"] = given["unit"].drop(columns=["unitStatus"])
    with pytest.raises(InputError) as problem:
        again(given)
    assert problem.value.findings[0].data["missing"] == "unitStatus"


def test_units_that_left_or_expired_are_canceled_with_the_word(registry):
    given = tables(registry, model="1")
    held = given["unit"].index[given["unit"]["unitStatus"] == "Held"]
    given["unit"].loc[held[0], "unitStatus"] = "Exported"
    given["unit"].loc[held[1], "unitStatus"] = "Pending Export"
    back, codes = again(given)
    moved = int(given["unit"].loc[held[0], "unitCount"])
    assert totals(back).cancelled == totals(registry).cancelled + moved
    assert "Exported" in [e.reason for e in back.events if e.kind == "cancel"]
    assert codes[0] == "credit-ledger.import-translated"


def test_a_gap_in_the_numbers_makes_another_batch(registry):
    given = tables(registry)
    given["unit"] = given["unit"].drop(index=1)
    back, _ = again(given)
    assert sorted(back.batches) == ["la-2028", "la-2028.2", "la-2029"]
    missing = registry.blocks["la-2028"]
    assert totals(back).issued == 200 - [b.last - s + 1 for s, b in missing][1]


def test_nothing_in_the_table_is_told():
    with pytest.raises(InputError) as problem:
        events_of([], {}, name="x", date=DAY, actor="x")
    assert problem.value.findings[0].code == "credit-ledger.import-empty"


@pytest.mark.parametrize(
    ("text", "expected"), [("AX10", ("AX", 10)), ("10", ("", 10)), ("A1-B22", ("A1-B", 22))]
)
def test_block_ends_are_free_text_with_a_number(text, expected):
    assert block_number(text) == expected


@pytest.mark.parametrize(
    ("serial", "first", "last", "expected"),
    [
        ("VCS9819-2014-1233022-1234022", 1233022, 1234022, "VCS9819-2014-{first}-{last}"),
        ("AX1000-AX1010", 1000, 1010, "AX{first}-AX{last}"),
        ("b-1-1", 1, 1, "b-{first}-{last}"),
        ("b-1-1-1", 1, 1, ""),  # nobody can tell which
        ("free text", 1, 2, ""),
    ],
)
def test_how_a_registry_writes_ranges(serial, first, last, expected):
    assert serial_pattern(serial, first, last) == expected


def test_words_from_names():
    assert word_of("Ñahui & Cía. S.A.") == "nahui-cia.-s.a"
    assert word_of("江苏") == "account"
    assert word_of("a", taken=("a", "a-2")) == "a-3"


def test_an_empty_ledger_has_empty_tables():
    table = tables(replay([]))
    assert all(isinstance(t, pd.DataFrame) and t.empty for t in table.values())


def _foreign(*blocks):
    """Tables of one issuance with blocks of (serial, first, last)."""
    units = [
        {
            "cadTrustIssuanceId": "i1", "unitSerialId": serial, "unitStartBlock": str(first),
            "unitEndBlock": str(last), "unitCount": last - first + 1,
            "unitType": "Reduction - nature", "unitStatus": "Held", "unitCurrentOwner": "ACCA",
        }
        for serial, first, last in blocks
    ]  # fmt: skip
    issuance = {
        "cadTrustIssuanceId": "i1", "issuanceId": "i1", "issuanceDate": "2030-01-01",
        "projectId": "p", "startDate": "2029-01-01", "endDate": "2029-12-31",
    }  # fmt: skip
    project = {
        "projectId": "p", "projectName": "P", "projectCreditingProgram": "",
        "methodologyCode": "", "projectStatus": "Registered",
    }  # fmt: skip
    return {
        "unit": pd.DataFrame(units), "issuance": pd.DataFrame([issuance]),
        "project": pd.DataFrame([project]),
    }  # fmt: skip


def test_a_unit_told_again_under_a_serial_of_another_form_is_not_issued_twice():
    """Unit 50 stands in 1-100 already; its own serial gives no range, and so no series."""
    rows, projects, _ = from_cad_trust(_foreign(("AX-1-100", 1, 100), ("AX-50", 50, 50)))
    with pytest.raises(InputError) as problem:
        events_of(rows, projects, name="n", date=LATER, actor="x")
    assert [f.code for f in problem.value.findings] == ["credit-ledger.import-overlap"]
    assert problem.value.findings[0].data["shared"] == "50–50"
    # Known to be other units: the text before the numbers differs.
    rows, projects, _ = from_cad_trust(_foreign(("AX-1-100", 1, 100), ("BX-50-51", 50, 51)))
    events, _ = events_of(rows, projects, name="n", date=LATER, actor="x")
    assert totals(replay(events)).issued == 102


def test_a_vcu_serial_of_other_numbers_than_its_block_is_refused():
    serial = "19385-101-200-VCS-VCU-1507-VER-ET-14-1340-01012029-31122029-1"
    assert len(from_cad_trust(_foreign((serial, 101, 200)))[0]) == 1
    with pytest.raises(InputError) as problem:
        from_cad_trust(_foreign((serial, 1, 100)))
    assert [f.code for f in problem.value.findings] == ["credit-ledger.import-row"]
