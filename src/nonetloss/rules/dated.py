"""Values and roles with their dates and sources, as a rule set's files hold them."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nonetloss.core.language import Language, Text, text


class Status(StrEnum):
    """Whether someone read the value in a source that states it."""

    CONFIRMED = "confirmed"
    UNVERIFIED = "unverified"


class Force(StrEnum):
    """Whether a value comes from a norm or is a technical default that no norm fixes."""

    LEGAL = "legal"
    TECHNICAL = "technical"


def status_label(status: Status, language: Language) -> str:
    """The status as reports print it: `estado: no verificado`, `status: unverified`."""
    return text(f"rules.status-{status}", language)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A law, guideline, manual or paper. Empty `url` or None `date`: not confirmed.

    `kind` is norm (has articles), study or criterion (of the rule set itself).
    """

    id: str
    kind: str
    citation: Text
    title: Text
    date: dt.date | None
    url: str
    status: Status
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A value of a parameter or a layer rule between two dates, both included, with its source.

    None as `since` or `until` means as long as the rule set itself. `read` is the day on which
    the source was read for this rule set. An empty `article` or `url` means that nobody confirmed
    it; it is shown so and never filled by guess.
    """

    since: dt.date | None
    until: dt.date | None
    instrument: Instrument
    article: str
    url: str
    read: dt.date
    status: Status
    note: Text | None

    def holds_on(self, date: dt.date) -> bool:
        """Whether `date` lies inside."""
        after = self.since is None or self.since <= date
        return after and (self.until is None or date <= self.until)

    def cite(self, language: Language) -> str:
        """Instrument, article and status in one line, as findings and reports print it."""
        article = self.article
        if not article and self.instrument.kind == "norm":
            article = text("rules.article-not-confirmed", language)
        named = ", ".join(part for part in (self.instrument.citation[language], article) if part)
        return f"{named} ({status_label(self.status, language)})"


@dataclass(frozen=True, slots=True)
class ParameterVersion(Version):
    """`value` holds what the file says: text with unit, three of them, several, a Text, or, for the
    kinds list and decision, a tuple of `ListItem` or a `DecisionTree`."""

    value: Any
    derivation: Text | None


@dataclass(frozen=True, slots=True)
class LayerVersion(Version):
    """Role of a kind of layer; `setback_m` is kept free around it (0 where no rule states one)."""

    role: str
    ground: Text
    setback_m: float


@dataclass(frozen=True, slots=True)
class DatedParameter:
    """A parameter with all its versions.

    `kind` is number, estimate, table, statement, list or decision.
    """

    id: str
    title: Text
    kind: str
    unit: str
    force: Force
    versions: tuple[ParameterVersion, ...]


@dataclass(frozen=True, slots=True)
class DatedLayerRule:
    """A kind of layer with all its versions."""

    kind: str
    title: Text
    versions: tuple[LayerVersion, ...]
