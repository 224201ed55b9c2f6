"""Rows of blocks from the tables that people have: of CAD Trust, and of the Verra registry."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, notice, offenders, warning
from nonetloss.ledger.credits.events import Project, is_word
from nonetloss.ledger.credits.importing import BlockRow, word_of
from nonetloss.ledger.credits.vcu import SERIES, parse_vcu
from nonetloss.ledger.credits.vocabulary import (
    AS_OURS,
    UNIT_STATUSES,
    Adjustment,
    DataModel,
    Declaration,
    Status,
)

# A block end is free text; its number is the digits that it ends with.
_END = re.compile(r"(.*?)(\d+)", re.ASCII | re.DOTALL)
# Columns of a data model by what they mean here; "" where it has none.
_UNIT: dict[DataModel, dict[str, str]] = {
    "1": {
        "issuance": "issuanceId", "first": "unitBlockStart", "last": "unitBlockEnd",
        "count": "unitCount", "serial": "serialNumberBlock", "type": "unitType",
        "status": "unitStatus", "reason": "unitStatusReason", "owner": "unitOwner",
        "tags": "unitTags", "declaration": "correspondingAdjustmentDeclaration",
        "adjustment": "correspondingAdjustmentStatus",
    },
    "2": {
        "issuance": "cadTrustIssuanceId", "first": "unitStartBlock", "last": "unitEndBlock",
        "count": "unitCount", "serial": "unitSerialId", "type": "unitType",
        "status": "unitStatus", "reason": "unitStatusReason", "owner": "unitCurrentOwner",
        "ended": "unitStatusDate", "beneficiary": "unitRetirementBeneficiary",
        "beneficiary_id": "unitRetirementBeneficiaryId", "detail": "unitRetirementDetail",
        "authorization": "unitItmosReferenceId",
    },
}  # fmt: skip
_ISSUANCE: dict[DataModel, dict[str, str]] = {
    "1": {"key": "id", "project": "warehouseProjectId"},
    "2": {"key": "cadTrustIssuanceId", "project": "projectId"},
}
_PROJECT: dict[DataModel, dict[str, str]] = {
    "1": {"key": "warehouseProjectId", "program": "program", "methodology": "methodology"},
    "2": {
        "key": "projectId", "program": "projectCreditingProgram",
        "methodology": "methodologyCode",
    },
}  # fmt: skip
_VERRA = (
    "Issuance Date", "Vintage Start", "Vintage End", "ID", "Name", "Quantity Issued",
    "Serial Number", "Additional Certifications", "Retirement/Cancellation Date",
    "Retirement Beneficiary", "Retirement Reason", "Retirement Details", "Methodology",
)  # fmt: skip

Rows = tuple[list[BlockRow], dict[str, Project], tuple[Finding, ...]]


def from_cad_trust(given: Mapping[str, pd.DataFrame]) -> Rows:
    """Blocks and projects from the tables `project`, `issuance`, `unit` of CAD Trust, and `label`.

    The data model is known by the columns. Units that left for another registry, and expired ones,
    become canceled, with that word before the reason; a notice says how many.

    Raises
    ------
    InputError
        `credit-ledger.import-columns`, `credit-ledger.import-issuance-twice`, or everything wrong
        in all rows: `credit-ledger.import-row`, `credit-ledger.import-count`,
        `credit-ledger.import-status`.
    """
    model: DataModel = "1" if "unitBlockStart" in given.get("unit", pd.DataFrame()) else "2"
    units, issuances, known = _UNIT[model], _ISSUANCE[model], _PROJECT[model]
    wanted = {name: units[name] for name in ("issuance", "first", "last", "type", "status")}
    _require(given, "unit", wanted.values())
    _require(given, "issuance", [*issuances.values(), "issuanceId", "startDate", "endDate"])
    _require(given, "project", [known["key"], "projectId", "projectName", "projectStatus"])
    batches = {_cell(r, issuances["key"]): r for r in given["issuance"].to_dict("records")}
    _require_once(given["issuance"], issuances["key"])
    labels: dict[str, tuple[str, ...]] = {}
    for row in given.get("label", pd.DataFrame()).to_dict("records"):
        key = _cell(row, "cadTrustIssuanceId")
        labels[key] = (*labels.get(key, ()), _cell(row, "labelName"))
    projects: dict[str, Project] = {}
    keys: dict[str, str] = {}
    for row in given["project"].to_dict("records"):
        id = _cell(row, "projectId")
        word = id if is_word(id) else word_of(id, taken=projects)
        keys[_cell(row, known["key"])] = word
        projects[word] = Project(
            word, _cell(row, "projectName"), _cell(row, "projectStatus"),
            _cell(row, known["program"]), _cell(row, known["methodology"]),
            link=_cell(row, "projectLink"),
        )  # fmt: skip
    rows: list[BlockRow] = []
    found: list[Finding] = []
    for number, row in enumerate(given["unit"].to_dict("records"), start=1):
        said = {name: _cell(row, column) for name, column in units.items()}
        issuance = batches.get(said["issuance"])
        key = "" if issuance is None else keys.get(_cell(issuance, issuances["project"]), "")
        if issuance is None or not key:
            found.append(_row_fault(number, said["issuance"]))
            continue
        _collect(
            rows,
            found,
            number,
            partial(_unit, number, said, issuance, key, labels.get(said["issuance"], ()), model),
        )
    if found:
        raise InputError(*found)
    return rows, projects, _translated(given["unit"][units["status"]])


def from_verra(table: pd.DataFrame) -> Rows:
    """Blocks and projects from the public table of the Verra registry.

    A block with a date of retirement or cancellation is one of the two, and the table does not say
    which: it counts as retired if it names a beneficiary, a reason or details, else as canceled;
    a warning says how many of each. Names of holders are not in the table.

    Raises
    ------
    InputError
        `credit-ledger.import-columns`, or everything wrong in all rows: `credit-ledger.import-row`,
        `credit-ledger.import-count`, `credit-ledger.serial`.
    """
    _require({"verra": table}, "verra", _VERRA)
    rows: list[BlockRow] = []
    projects: dict[str, Project] = {}
    found: list[Finding] = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        said = {name: _cell(row, name) for name in _VERRA}
        _collect(rows, found, number, partial(_verra, number, said, projects))
    if found:
        raise InputError(*found)
    ended = [r for r in rows if r.status is not Status.HELD]
    retired = sum(r.status is Status.RETIRED for r in ended)
    told: tuple[Finding, ...] = ()
    if ended:
        counts = {"retired": retired, "cancelled": len(ended) - retired}
        told = (warning("credit-ledger.import-merged", str(len(ended)), **counts),)
    return rows, projects, told


def block_number(text: str) -> tuple[str, int]:
    """Prefix and number of a block end: `AX10` is ("AX", 10). ValueError if it ends otherwise."""
    form = _END.fullmatch(text)
    if form is None:
        raise ValueError(text)
    return form[1], int(form[2])


def _unit(
    number: int,
    said: Mapping[str, str],
    issuance: Mapping[Any, Any],
    project: str,
    labels: tuple[str, ...],
    model: DataModel,
) -> BlockRow:
    prefix, first = block_number(said["first"])
    other, last = block_number(said["last"])
    if prefix != other or last < first:
        raise ValueError(f"{said['first']} – {said['last']}")
    _require_count(number, said["count"], first, last)
    pattern = serial_pattern(said["serial"], first, last)
    if "-VCS-VCU-" in said["serial"]:
        vcu = parse_vcu(said["serial"])
        if (vcu.first, vcu.last) != (first, last):
            raise ValueError(said["serial"])
    if said["status"] not in UNIT_STATUSES[model] or said["status"] not in AS_OURS:
        allowed = offenders([w for w in UNIT_STATUSES[model] if w in AS_OURS], 20)
        raise InputError.because(
            "credit-ledger.import-status", str(number), value=said["status"], allowed=allowed
        )
    status = AS_OURS[said["status"]]
    start, end = _day(_cell(issuance, "startDate")), _day(_cell(issuance, "endDate"))
    word = said["status"]
    reason = said["reason"]
    if status is Status.CANCELLED and word != "Cancelled":
        reason = f"{word}: {reason}" if reason else word
    ended = said.get("ended", "")
    issued, name = _cell(issuance, "issuanceDate"), _cell(issuance, "issuanceId")
    return BlockRow(
        number=number, project=project, issuance=name,
        series=_series(said["serial"], pattern, name), first=first, last=last,
        vintage_start=start, vintage_end=end, issued=_day(issued) if issued else end, status=status,
        owner=said["owner"], unit_type=said["type"],
        pattern=pattern,
        labels=labels or _listed(said.get("tags", "")),
        ended=_day(ended) if ended else None, beneficiary=said.get("beneficiary", ""),
        beneficiary_id=said.get("beneficiary_id", ""), reason=reason,
        detail=said.get("detail", ""),
        declaration=Declaration(said.get("declaration") or Declaration.UNKNOWN),
        adjustment=Adjustment(said.get("adjustment") or Adjustment.NOT_STARTED),
        authorization=said.get("authorization", ""),
    )  # fmt: skip


def serial_pattern(serial: str, first: int, last: int) -> str:
    """How a registry writes any range of a batch, from one range; "" where it cannot be known."""
    if "-VCS-VCU-" in serial:
        return parse_vcu(serial).pattern
    numbers = [m for m in re.finditer(r"\d+", serial, re.ASCII) if int(m[0]) in (first, last)]
    if len(numbers) != 2 or [int(m[0]) for m in numbers] != [first, last]:
        return ""
    one, other = numbers
    between = serial[one.end() : other.start()]
    return f"{serial[: one.start()]}{{first}}{between}{{last}}{serial[other.end() :]}"


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(";") if each.strip())


def _series(serial: str, pattern: str, issuance: str) -> str:
    """Numbers are compared where the serials before them are the same text; else they may repeat.

    Tables do not say which numbers belong together; of Verified Carbon Units it is known.
    """
    if "-VCS-VCU-" in serial:
        return SERIES
    before = pattern.partition("{first}")[0] if pattern else issuance
    return word_of(before) if before.strip("- ") else "units"


def _verra(number: int, said: Mapping[str, str], projects: dict[str, Project]) -> BlockRow:
    serial = parse_vcu(said["Serial Number"])
    _require_count(number, said["Quantity Issued"].replace(",", ""), serial.first, serial.last)
    if int(said["ID"]) != serial.project:
        raise ValueError(said["ID"])
    days = (_day(said["Vintage Start"]), _day(said["Vintage End"]))
    if days != (serial.vintage_start, serial.vintage_end):
        raise ValueError(said["Vintage Start"])
    labels = _listed(said["Additional Certifications"])
    if bool(labels) != serial.certified:
        raise ValueError(said["Additional Certifications"])
    id = str(serial.project)
    # Units were issued, so that the registry had accepted the project.
    projects[id] = Project(
        id, said["Name"], "Registered", "VCS", said["Methodology"], serial.country
    )
    ended = said["Retirement/Cancellation Date"]
    told = ("Retirement Beneficiary", "Retirement Reason", "Retirement Details")
    status = Status.HELD
    if ended:
        status = Status.RETIRED if any(said[name] for name in told) else Status.CANCELLED
    return BlockRow(
        number=number, project=id, issuance=f"vcs-{serial.batch}", series=SERIES,
        first=serial.first, last=serial.last, vintage_start=days[0], vintage_end=days[1],
        issued=_day(said["Issuance Date"]), status=status, pattern=serial.pattern, labels=labels,
        ended=_day(ended) if ended else None, beneficiary=said["Retirement Beneficiary"],
        reason=said["Retirement Reason"], detail=said["Retirement Details"],
        # The table does not tell reductions from removals.
        unit_type="Not Determined",
    )  # fmt: skip


def _collect(
    rows: list[BlockRow], found: list[Finding], number: int, read: Callable[[], BlockRow]
) -> None:
    try:
        rows.append(read())
    except InputError as problem:
        found.extend(problem.findings)
    except (ValueError, OverflowError) as cause:
        found.append(_row_fault(number, str(cause)))


def _row_fault(number: int, value: str) -> Finding:
    return error("credit-ledger.import-row", str(number), value=value)


def _require_count(number: int, said: str, first: int, last: int) -> None:
    count = last - first + 1
    if said and float(said) != count:
        raise InputError.because(
            "credit-ledger.import-count", str(number), found=said, expected=count
        )


def _require(given: Mapping[str, pd.DataFrame], name: str, columns: Any) -> None:
    table = given.get(name)
    missing = [c for c in columns if table is None or c not in table.columns]
    if missing:
        raise InputError.because("credit-ledger.import-columns", name, missing=offenders(missing))


def _require_once(issuances: pd.DataFrame, key: str) -> None:
    """Two rows of one key: nobody could say which of them a unit means."""
    keys = pd.Series([_cell(row, key) for row in issuances.to_dict("records")], dtype=object)
    twice = keys[keys.duplicated()].unique()
    if len(twice):
        raise InputError.because("credit-ledger.import-issuance-twice", offenders(twice), key=key)


def _cell(row: Mapping[Any, Any], column: str) -> str:
    value = row.get(column)
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a column of whole numbers with gaps
    return str(value).strip()


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text[:10])


def _translated(statuses: "pd.Series[Any]") -> tuple[Finding, ...]:
    words = [str(s) for s in statuses if str(s) in AS_OURS and AS_OURS[str(s)] != str(s)]
    if not words:
        return ()
    return (
        notice(
            "credit-ledger.import-translated", str(len(words)), words=offenders(sorted(set(words)))
        ),
    )
