"""The one exception tree.

::

    NonetlossError              something that must hold does not; carries findings
    ├── InputError              what the user gave cannot be used
    │   ├── StudyError          study.yaml or catalog.yaml
    │   ├── UnitError           unit missing, unknown or of the wrong dimension
    │   ├── GeometryError       coordinates, CRS, invalid shapes
    │   └── RulesError          rule set, parameter, date
    ├── NoSolutionError         the question is sound and the answer is "none"
    │   ├── NoRouteError        start and end are not connected
    │   └── InfeasibleError     no selection meets all targets
    ├── LedgerError             an entry or an assertion that does not balance
    └── OutputError             a result could not be written; nothing was lost

Every error is built from findings, so that it reads in Spanish and English alike.
"""

from typing import Any, Self

from nonetloss.core import findings as _findings
from nonetloss.core.findings import Finding
from nonetloss.core.language import Language


class NonetlossError(Exception):
    """Root of the tree. `findings` is never empty."""

    def __init__(self, *found: Finding) -> None:
        super().__init__(*found)
        self.findings: tuple[Finding, ...] = found

    @classmethod
    def because(cls, code: str, subject: str, **data: Any) -> Self:
        """The error of a single finding."""
        return cls(_findings.error(code, subject, **data))

    def render(self, language: Language) -> str:
        """All findings, one per line."""
        return "\n".join(f.render(language) for f in self.findings)

    def __str__(self) -> str:
        return self.render("en")


class InputError(NonetlossError):
    """What the user gave cannot be used."""


class StudyError(InputError):
    """study.yaml or catalog.yaml says something that cannot be."""


class UnitError(InputError):
    """A unit is missing, unknown or of the wrong dimension."""


class GeometryError(InputError):
    """Coordinates, CRS or shapes that cannot be used."""


class RulesError(InputError):
    """A rule set, a parameter or a date that cannot be used."""


class NoSolutionError(NonetlossError):
    """The question is sound and the answer is "none"."""


class NoRouteError(NoSolutionError):
    """Start and end are not connected."""


class InfeasibleError(NoSolutionError):
    """No selection meets all targets."""


class LedgerError(NonetlossError):
    """An entry or an assertion that does not balance."""


class OutputError(NonetlossError):
    """A result could not be written; what stood there before still stands."""
