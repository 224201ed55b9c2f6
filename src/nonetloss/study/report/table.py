"""A table as the page shows it, and the small signs that stand in its cells."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from nonetloss.core.language import Language
from nonetloss.study.report.words import has_word, word


@dataclass(frozen=True, slots=True)
class Column:
    """Head of a column. A numeric head states its unit in parentheses."""

    head: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`cards` tables turn each row into a card on a phone; others scroll in their box.

    A row with a single cell is the head of the rows that follow. `marked` rows stand out.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[str]]
    cards: bool = False
    marked: frozenset[int] = field(default_factory=frozenset)


def columns(language: Language, *keys: str) -> tuple[Column, ...]:
    """Columns from text keys; a leading `#` marks a numeric one."""
    return tuple(Column(word(k.lstrip("#"), language), numeric=k.startswith("#")) for k in keys)


def tag(kind: str, label: str) -> Markup:
    """A small label with a sign of its own, so that color is never the only clue."""
    signs = {
        "prohibited": "✕",
        "restricted": "▲",
        "accounted": "■",
        "context": "·",
        "confirmed": "✓",
        "unverified": "?",
        "study": "✎",
        "default": "✎",
        "holds": "✓",
        "breaks": "✕",
        "chosen": "★",
        "reference": "○",
        "candidate": "○",
        "excluded": "✕",
        "schematic": "✎",
    }
    sign = signs.get(kind, "·")
    return Markup(
        '<span class="tag tag-{0}"><span aria-hidden="true">{1}</span>\u00a0{2}</span>'
    ).format(kind, sign, label)


def status_tag(status: str, language: Language) -> Markup:
    """Confirmed, unverified, or set by the study."""
    key = f"status-{status}"
    return tag(status, word(key, language) if has_word(key) else status)


def badge(label: str, color: str) -> Markup:
    """The round badge that a route wears on maps and charts."""
    return Markup('<span class="badge" style="background:{0}">{1}</span>').format(color, label)


def link(label: str, url: str) -> Markup | str:
    """A citation's link; anything that is no web address stays text."""
    if not url.startswith(("https://", "http://")):
        return label
    return Markup('<a href="{0}" rel="noreferrer">{1}</a>').format(url, label)


def lines(*parts: str) -> Markup:
    """Parts on lines of their own, empty ones left out."""
    return Markup("<br>").join(escape(p) for p in parts if p)


def small(content: str) -> Markup:
    """Secondary text."""
    return Markup('<span class="small">{0}</span>').format(content) if content else Markup("")
