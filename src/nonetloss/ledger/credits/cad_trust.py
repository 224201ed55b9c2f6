"""Tables of the Climate Action Data Trust: out of a ledger, and a new ledger out of them.

Both data models are written: "1" with the corresponding adjustment of each unit block, "2" (schema
2.0.2) with beneficiaries. Ids that the data model wants as UUID are derived from our own names, so
that the same ledger always gives the same tables. The tables tell what is, not what happened: a
ledger made from them begins with the state they tell.
"""

import datetime as dt
import uuid

import pandas as pd

from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.ledger.credits.events import Cancel, Issue, Project, Retire, Reverse
from nonetloss.ledger.credits.registry import Registry, Standing, standing
from nonetloss.ledger.credits.vocabulary import (
    PROJECT_STATUSES,
    UNIT_METRIC,
    UNIT_TYPES,
    DataModel,
)

# Name space of the derived ids.
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:nonetloss:credit-ledger")

UNIT_COLUMNS: dict[DataModel, tuple[str, ...]] = {
    "1": (
        "warehouseUnitId", "issuanceId", "unitOwner", "countryJurisdictionOfOwner",
        "unitBlockStart", "unitBlockEnd", "unitCount", "serialNumberBlock", "vintageYear",
        "unitType", "unitStatus", "unitStatusReason", "unitTags", "unitRegistryLink",
        "correspondingAdjustmentDeclaration", "correspondingAdjustmentStatus",
    ),
    "2": (
        "cadTrustUnitId", "cadTrustIssuanceId", "unitSerialId", "unitStartBlock", "unitEndBlock",
        "unitCount", "unitType", "unitVintageYear", "unitStatus", "unitStatusReason",
        "unitStatusDate", "unitRetirementDetail", "unitRetirementBeneficiary",
        "unitRetirementBeneficiaryId", "unitLink", "unitMetric", "unitCurrentOwner",
        "unitItmosReferenceId",
    ),
}  # fmt: skip
ISSUANCE_COLUMNS: dict[DataModel, tuple[str, ...]] = {
    "1": ("id", "issuanceId", "warehouseProjectId", "startDate", "endDate", "issuanceDate"),
    "2": (
        "cadTrustIssuanceId", "issuanceId", "issuanceDate", "projectId", "startDate", "endDate",
    ),
}  # fmt: skip
PROJECT_COLUMNS: dict[DataModel, tuple[str, ...]] = {
    "1": (
        "warehouseProjectId", "projectId", "projectName", "program", "projectLink",
        "projectStatus", "projectStatusDate", "methodology", "unitMetric",
    ),
    "2": (
        "cadTrustProjectId", "projectId", "projectName", "projectCreditingProgram", "projectLink",
        "projectStatus", "projectStatusDate", "methodologyCode", "projectUnitMetric",
    ),
}  # fmt: skip


def unit_table(registry: Registry, *, model: DataModel = "2") -> pd.DataFrame:
    """One row for each block of units. Both ends of a block belong to it.

    Where a unit is held or in a buffer, the reason is empty.
    """
    rows = [_unit_row(registry, each, model) for each in standing(registry)]
    return pd.DataFrame(rows, columns=list(UNIT_COLUMNS[model]))


def issuance_table(registry: Registry, *, model: DataModel = "2") -> pd.DataFrame:
    """One row for each batch, with its vintage and the day of issue."""
    rows = []
    for event in registry.events:
        if isinstance(event, Issue):
            batch = event.batch
            id = derived_id("issuance", batch.id)
            row = {
                "id": id, "cadTrustIssuanceId": id, "issuanceId": batch.id,
                "issuanceDate": event.date.isoformat(),
                "warehouseProjectId": derived_id("project", batch.project),
                "projectId": batch.project,
                "startDate": batch.vintage_start.isoformat(),
                "endDate": batch.vintage_end.isoformat(),
            }  # fmt: skip
            rows.append([row[name] for name in ISSUANCE_COLUMNS[model]])
    return pd.DataFrame(rows, columns=list(ISSUANCE_COLUMNS[model]))


def project_table(registry: Registry, *, model: DataModel = "2") -> pd.DataFrame:
    """One row for each project, as it was last stated."""
    since: dict[str, dt.date] = {}
    for event in registry.events:
        stated = getattr(event, "stated", None)
        if isinstance(stated, Project):
            since[stated.id] = event.date
    rows = []
    for project in registry.projects.values():
        id = derived_id("project", project.id)
        row = {
            "warehouseProjectId": id, "cadTrustProjectId": id, "projectId": project.id,
            "projectName": project.name, "program": project.program,
            "projectCreditingProgram": project.program, "projectLink": project.link,
            "projectStatus": project.status,
            "projectStatusDate": since[project.id].isoformat(),
            "methodology": project.methodology, "methodologyCode": project.methodology,
            "unitMetric": UNIT_METRIC, "projectUnitMetric": UNIT_METRIC,
        }  # fmt: skip
        rows.append([row[name] for name in PROJECT_COLUMNS[model]])
    return pd.DataFrame(rows, columns=list(PROJECT_COLUMNS[model]))


def label_table(registry: Registry) -> pd.DataFrame:
    """One row for each label of each batch."""
    rows = [
        (derived_id("issuance", batch.id), batch.id, label)
        for batch in registry.batches.values()
        for label in batch.labels
    ]
    return pd.DataFrame(rows, columns=["cadTrustIssuanceId", "issuanceId", "labelName"])


def tables(registry: Registry, *, model: DataModel = "2") -> dict[str, pd.DataFrame]:
    """All tables by name: project, issuance, unit, label."""
    return {
        "project": project_table(registry, model=model),
        "issuance": issuance_table(registry, model=model),
        "unit": unit_table(registry, model=model),
        "label": label_table(registry),
    }


def untranslatable(registry: Registry, *, model: DataModel) -> tuple[Finding, ...]:
    """Words of the ledger that a data model does not know: `credit-ledger.other-model`.

    They stand in the tables as they are; a node of CAD Trust would refuse them.
    """
    types = {batch.unit_type for batch in registry.batches.values()} - set(UNIT_TYPES[model])
    statuses = {p.status for p in registry.projects.values()} - set(PROJECT_STATUSES[model])
    words = offenders(sorted(types | statuses))
    return (warning("credit-ledger.other-model", words, model=model),) if words else ()


def derived_id(*names: str) -> str:
    """A UUID that is always the same for the same names."""
    return str(uuid.uuid5(_SPACE, "/".join(names)))


def _unit_row(registry: Registry, each: Standing, model: DataModel) -> list[object]:
    batch, first, block = each
    ended = registry.events[block.since]
    serial = batch.serial(first, block.last)
    retired = ended if isinstance(ended, Retire) else None
    reason = ""
    if isinstance(ended, Retire | Cancel):
        reason = ended.reason
    elif isinstance(ended, Reverse):
        reason = ended.cause
    id = derived_id("unit", batch.series, str(first), str(block.last))
    issuance = derived_id("issuance", batch.id)
    holder = registry.accounts[block.account].holder or block.account
    row: dict[str, object] = {
        "warehouseUnitId": id, "cadTrustUnitId": id,
        "issuanceId": issuance, "cadTrustIssuanceId": issuance,
        "unitOwner": holder, "unitCurrentOwner": holder, "countryJurisdictionOfOwner": "",
        "unitBlockStart": str(first), "unitStartBlock": str(first),
        "unitBlockEnd": str(block.last), "unitEndBlock": str(block.last),
        "unitCount": each.amount, "serialNumberBlock": serial, "unitSerialId": serial,
        "vintageYear": batch.vintage_end.year, "unitVintageYear": batch.vintage_end.year,
        "unitType": batch.unit_type, "unitStatus": str(block.status), "unitStatusReason": reason,
        "unitStatusDate": ended.date.isoformat(), "unitTags": "; ".join(batch.labels),
        "unitRegistryLink": registry.projects[batch.project].link,
        "unitLink": registry.projects[batch.project].link, "unitMetric": UNIT_METRIC,
        "correspondingAdjustmentDeclaration": str(block.declaration),
        "correspondingAdjustmentStatus": str(block.adjustment),
        "unitItmosReferenceId": block.authorization,
        "unitRetirementDetail": retired.detail if retired else "",
        "unitRetirementBeneficiary": retired.beneficiary if retired else "",
        "unitRetirementBeneficiaryId": retired.beneficiary_id if retired else "",
    }  # fmt: skip
    return [row[name] for name in UNIT_COLUMNS[model]]
