"""Findings are values: what a check saw, of which severity, about which subject."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nonetloss.core.language import Language, Text, text


class Severity(StrEnum):
    """How much a finding weighs. Only `error` stops a run."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation. `code` is stable; its text in each language stands in `locale/`."""

    code: str
    severity: Severity
    subject: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def render(self, language: Language) -> str:
        """The text of this finding, with its subject and data filled in."""
        return text(self.code, language, subject=self.subject, **self.data)

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `run.json`."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "subject": self.subject,
            "data": {
                k: {"es": v.es, "en": v.en} if isinstance(v, Text) else v
                for k, v in self.data.items()
            },
        }


def error(code: str, subject: str, **data: Any) -> Finding:
    """A finding that stops the run."""
    return Finding(code, Severity.ERROR, subject, data)


def warning(code: str, subject: str, **data: Any) -> Finding:
    """A finding that a person must read before trusting the result."""
    return Finding(code, Severity.WARNING, subject, data)


def notice(code: str, subject: str, **data: Any) -> Finding:
    """A finding for the record."""
    return Finding(code, Severity.NOTICE, subject, data)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that somebody may have meant; "" if none is like it."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.4)
    return near[0] if near else ""


def candidates(name: str, known: Iterable[str]) -> str:
    """The three known names most like `name`, as text; the first five of all if none is."""
    listed = list(known)
    near = difflib.get_close_matches(name, listed, n=3, cutoff=0.3)
    return offenders(near or listed)


def offenders(items: Iterable[Any], limit: int = 5) -> str:
    """The first five offenders as text, with how many more there are."""
    listed = [str(item) for item in items]
    shown = ", ".join(listed[:limit])
    return shown if len(listed) <= limit else f"{shown} (+{len(listed) - limit})"
