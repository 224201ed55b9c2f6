"""Words of the Climate Action Data Trust, in its two data models, and how ours map onto them.

Model "1" is the first public one (2022), model "2" the schema 2.0.2 (2026). The ledger knows four
states of a unit; whatever else a registry writes is translated here, or refused.
"""

from enum import StrEnum
from typing import Literal

DataModel = Literal["1", "2"]
DATA_MODELS: tuple[DataModel, ...] = ("1", "2")


class Status(StrEnum):
    """What became of a unit. Every issued unit is in exactly one of the four states."""

    HELD = "Held"
    BUFFER = "Buffer"
    RETIRED = "Retired"
    CANCELLED = "Cancelled"


class AccountKind(StrEnum):
    """Holders trade and retire; a buffer only keeps units against reversals."""

    HOLDER = "holder"
    BUFFER = "buffer"


class Declaration(StrEnum):
    """What the host country says about a corresponding adjustment (Paris Agreement, Article 6)."""

    COMMITTED = "Committed"
    NOT_REQUIRED = "Not Required"
    UNKNOWN = "Unknown"


class Adjustment(StrEnum):
    """How far a corresponding adjustment has come; it never goes back."""

    NOT_STARTED = "Not Started"
    PENDING = "Pending"
    COMPLETED = "Completed"


ADJUSTMENT_ORDER = tuple(Adjustment)

UNIT_METRIC = "tCO2e"
UNIT_STATUSES: dict[DataModel, tuple[str, ...]] = {
    "1": ("Held", "Retired", "Cancelled", "Expired", "Buffer", "Exported", "Pending Export"),
    "2": (
        "Buffer", "Cancelled", "Expired", "Held", "Inactive", "Issued", "Rejected", "Retired",
    ),
}  # fmt: skip
UNIT_TYPES: dict[DataModel, tuple[str, ...]] = {
    "1": (
        "Reduction - nature", "Reduction - technical", "Removal - nature", "Removal - technical",
    ),
    "2": (
        "Avoidance - nature", "Avoidance - technical", "Not Determined", "Reduction - nature",
        "Reduction - technical", "Removal - nature", "Removal - technical",
    ),
}  # fmt: skip
PROJECT_STATUSES: dict[DataModel, tuple[str, ...]] = {
    "1": (
        "Listed", "Registered", "Completed", "Transitioned", "Withdrawn", "De-registered",
    ),
    "2": (
        "Certified", "Completed", "Inactive", "Listed", "Registered", "Rejected", "Validated",
        "Verified", "Withdrawn",
    ),
}  # fmt: skip

ANY_UNIT_TYPE = tuple(sorted({word for words in UNIT_TYPES.values() for word in words}))
ANY_PROJECT_STATUS = tuple(sorted({word for words in PROJECT_STATUSES.values() for word in words}))
# Units are issued to projects that a registry has accepted, and to no other.
ISSUING = ("Registered", "Completed", "Certified", "Verified")

# What other registries write, as one of our four states. What left for another registry or has
# expired can no longer be used here: canceled, with the word of the table as the reason.
AS_OURS = {
    "Held": Status.HELD,
    "Issued": Status.HELD,
    "Pending Export": Status.HELD,
    "Buffer": Status.BUFFER,
    "Retired": Status.RETIRED,
    "Cancelled": Status.CANCELLED,
    "Exported": Status.CANCELLED,
    "Expired": Status.CANCELLED,
}
