"""What a page is made of: sections with figures, tables, findings and, where there is one, an
explorer that answers to the pointer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from nonetloss.study.report.figure import Picture
from nonetloss.study.report.legend import Item
from nonetloss.study.report.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its legend and source line."""

    picture: Picture
    title: str
    legend: Sequence[Sequence[Item]] = ()
    source: str = ""
    schematic: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Fold:
    """Many notices of one kind: closed on the screen, open on paper."""

    title: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Found:
    """Findings of one severity: those shown one by one, and those folded by kind."""

    title: str
    texts: Sequence[str]
    folds: Sequence[Fold] = ()

    @property
    def count(self) -> int:
        """How many there are, folded or not."""
        return len(self.texts) + sum(len(f.texts) for f in self.folds)


@dataclass(frozen=True, slots=True)
class Explorer:
    """What the script of an explorer needs: its data as JSON, and the signs that it draws."""

    data: Markup
    legend: Sequence[Item]
    basin: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the page: lead, figures and tables, notes; `code` is shown as written.

    `explorer` is the live counterpart of the figures: with it, the figures are for paper and for
    browsers without scripts.
    """

    key: str
    title: str
    lead: str = ""
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    items: Sequence[Found] = ()
    code: str = ""
    explorer: Explorer | None = None

    @property
    def told(self) -> bool:
        """Whether it shows more than a note that the study did not compute it."""
        shown = (self.figures, self.tables, self.items, self.code, self.explorer, self.lead)
        return any(shown)
