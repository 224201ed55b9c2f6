"""Rows of tables from the tables of a run: a column that a run lacks is left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from nonetloss.core.language import Language, number
from nonetloss.study.report.record import plain
from nonetloss.study.report.table import Column, Table, lines, link, small, status_tag, tag
from nonetloss.study.report.words import MISSING, amount, has_word, percent, word

Row = Mapping[Any, Any]
Cell = Callable[[Row, Language], str]

MILLION = 1_000_000.0
THOUSAND = 1_000.0


@dataclass(frozen=True, slots=True)
class Field:
    """One column: the key of its head, how its cells are written, and the columns it needs."""

    head: str
    cell: Cell
    needs: tuple[str, ...]
    numeric: bool = False


def given(value: Any) -> bool:
    """Whether a cell holds anything."""
    return value is not None and value is not pd.NA and value == value and value != ""


def said(row: Row, name: str, language: Language) -> str:
    """A text that may stand in two columns, `name_es` and `name_en`, or in one."""
    for key in (f"{name}_{language}", name):
        if given(row.get(key)):
            return str(row[key])
    return ""


def known(group: str, code: Any, language: Language) -> str:
    """A code of a result in words, where there are words; else as people may read it."""
    if not given(code):
        return MISSING
    key = f"forest.{group}-{str(code).replace(' ', '-')}"
    return word(key, language) if has_word(key) else str(code)


def ranged(likely: Any, low: Any, high: Any, language: Language, digits: int | None = None) -> str:
    """A number, and its 5 % and 95 % quantiles on a line of their own where they are known."""
    shown = amount(_float(likely), language, digits)
    least, most = (amount(_float(v), language, digits) for v in (low, high))
    if MISSING in (least, most) or least == most == shown:
        return shown
    return lines(shown, small(word("to", language, low=least, high=most)))


def ends(row: Row, low: str, high: str, scale: float = 1.0) -> tuple[float, float]:
    """The ends of an interval; NaN where the row does not know them."""
    return _float(row.get(low)) / scale, _float(row.get(high)) / scale


def tonnes(value: Any, language: Language) -> str:
    """Tonnes of CO2 equivalent with their unit, to three digits; millions as such."""
    figure, unit = tonnes_apart(value, language)
    return f"{figure}\u00a0{unit}" if figure != MISSING else MISSING


def tonnes_apart(value: Any, language: Language) -> tuple[str, str]:
    """The figure and the unit of `tonnes`."""
    size = _float(value)
    if not np.isfinite(size) or abs(size) >= MILLION:
        return amount(size / MILLION, language), word("forest.million-tonnes", language)
    return amount(float(f"{size:.3g}"), language, 0), "tCO₂e"


def _float(value: Any) -> float:
    return float(value) if given(value) else np.nan


def text(head: str, name: str, *, note: str = "") -> Field:
    """A text; `note` is a second one below it, in small."""

    def cell(row: Row, language: Language) -> str:
        shown, below = said(row, name, language), said(row, note, language) if note else ""
        return lines(shown, small(below)) if below else shown or MISSING

    return Field(head, cell, (name,))


def title(head: str, name: str, group: str = "") -> Field:
    """The title of a row, else its name, else the words for its code."""

    def cell(row: Row, language: Language) -> str:
        return titled(row, name, language, group)

    return Field(head, cell, (name,))


def titled(row: Row, name: str, language: Language, group: str = "") -> str:
    """Its title in the language (`title_es`, or `name_title_es`), else words for its code."""
    for prefix in (f"{name}_title", "title"):
        if given(row.get(f"{prefix}_{language}")):
            return str(row[f"{prefix}_{language}"])
    return known(group, row.get(name), language)


def day(head: str, name: str) -> Field:
    """A date, which does not break at its hyphens."""

    def cell(row: Row, language: Language) -> str:
        found = row.get(name)
        return Markup('<span class="whole">{0}</span>').format(found) if given(found) else MISSING

    return Field(head, cell, (name,))


def code(head: str, name: str, group: str) -> Field:
    """A code in words."""
    return Field(head, lambda row, language: known(group, row.get(name), language), (name,))


def reach(head: str, name: str) -> Field:
    """A distance; one without end has the sign for it."""

    def cell(row: Row, language: Language) -> str:
        found = _float(row.get(name))
        return "∞" if np.isinf(found) else amount(found, language, 0)

    return Field(head, cell, (name,), numeric=True)


def num(
    head: str,
    name: str,
    *,
    digits: int | None = None,
    low: str = "",
    high: str = "",
    scale: float = 1.0,
) -> Field:
    """A number, with the columns of its ends where the table has them."""

    def cell(row: Row, language: Language) -> str:
        likely, least, most = (_float(row.get(c)) / scale for c in (name, low, high))
        return ranged(likely, least, most, language, digits)

    return Field(head, cell, (name,), numeric=True)


def share(head: str, name: str, *, digits: int = 1, low: str = "", high: str = "") -> Field:
    """A share in [0, 1] as percent."""

    def cell(row: Row, language: Language) -> str:
        shown, least, most = (
            percent(_float(row.get(c)), language, digits) for c in (name, low, high)
        )
        if MISSING in (least, most):
            return shown
        return lines(shown, small(word("to", language, low=least, high=most)))

    return Field(head, cell, (name,), numeric=True)


def whole(head: str, name: str) -> Field:
    """A year or a count, as it is written: without separators where it is a year."""

    def cell(row: Row, language: Language) -> str:
        value = _float(row.get(name))
        if not np.isfinite(value):
            return MISSING
        year = is_year(name) and 1500 <= value <= 3000
        return f"{value:.0f}" if year else number(value, language, 0)

    return Field(head, cell, (name,), numeric=not is_year(name))


def is_year(name: str) -> bool:
    """Whether a column holds years, which have no separators."""
    return "year" in name.lower() or "vintage" in name.lower()


def value(head: str, name: str) -> Field:
    """Whatever it is: a number, a switch, a text."""

    def cell(row: Row, language: Language) -> str:
        found = row.get(f"{name}_{language}", row.get(name))
        return as_plain(found, language)

    return Field(head, cell, (name,))


def as_plain(found: Any, language: Language) -> str:
    """A number, switch, list or text as a reader expects it; numbers in texts are read as such."""
    if not given(found):
        return MISSING
    if isinstance(found, np.generic):
        found = found.item()
    if isinstance(found, str):
        if found in ("yes", "no"):
            return word(found, language)
        if found in ("true", "false", "True", "False"):
            found = found.lower() == "true"
        else:
            try:
                found = float(found)
            except ValueError:
                return found
    return plain(found, language)


def status(head: str = "col-status", name: str = "status") -> Field:
    """Confirmed, unverified, or set by the study."""
    return Field(head, lambda row, language: status_cell(row.get(name), language), (name,))


def status_cell(found: Any, language: Language) -> str:
    """The sign of a status; nothing where there is none."""
    return status_tag(str(found), language) if given(found) else ""


def sourced(head: str, name: str, url: str = "link") -> Field:
    """Who says so, with a link where there is one."""

    def cell(row: Row, language: Language) -> str:
        shown = said(row, name, language)
        address = str(row.get(url) or row.get("url") or "")
        return link(shown or address, address) if (shown or address) else MISSING

    return Field(head, cell, (name,))


def verdict(head: str, name: str) -> Field:
    """Pass, fail or unknown; yes, no or unknown; with a sign of its own."""
    return Field(head, lambda row, language: outcome(row.get(name), language), (name,))


GOOD = {"pass", "yes", "waived", "met", "true", "1", "done", "kept"}
BAD = {"fail", "no", "unmet", "false", "0", "overdue", "broken"}
OPEN = {"unknown", "open"}


def outcome(found: Any, language: Language) -> str:
    """The sign of an outcome."""
    if not given(found):
        return ""
    code_ = str(found).lower()
    signs = (("holds", GOOD), ("breaks", BAD), ("unverified", OPEN))
    kind = next((k for k, codes in signs if code_ in codes), "context")
    code_ = {"true": "yes", "1": "yes", "false": "no", "0": "no"}.get(code_, code_)
    return tag(kind, known("outcome", code_, language))


def build(
    frame: pd.DataFrame,
    fields: Sequence[Field],
    key: str,
    caption: str,
    language: Language,
    *,
    cards: bool = False,
    marked: Callable[[Row], bool] | None = None,
    group: Callable[[Row], str] | None = None,
) -> Table | None:
    """A table of the fields that the frame has columns for; None of an empty frame.

    `group` gives the head under which a row stands; it is written where it changes.
    """
    if not len(frame):
        return None
    have = set(frame.columns)
    shown = [f for f in fields if all(_has(have, n) for n in f.needs)]
    if not shown:
        return None
    rows: list[tuple[str, ...]] = []
    stand_out = []
    last: str | None = None
    for row in frame.to_dict("records"):
        under = group(row) if group else ""
        if group and under != last:
            rows.append((under,))
            last = under
        if marked is not None and marked(row):
            stand_out.append(len(rows))
        rows.append(tuple(f.cell(row, language) for f in shown))
    kept = _telling(shown, rows)
    heads = tuple(Column(_head(shown[i].head, language), numeric=shown[i].numeric) for i in kept)
    # On a phone a card shows what it has; what does not apply to it would only take room.
    blank = {i for i in kept[1:] if cards and not shown[i].numeric}
    told = [
        row
        if len(row) == 1
        else tuple("" if i in blank and row[i] == MISSING else row[i] for i in kept)
        for row in rows
    ]
    return Table(key, caption, heads, told, cards=cards, marked=frozenset(stand_out))


def _telling(shown: Sequence[Field], rows: Sequence[Sequence[str]]) -> list[int]:
    """Columns that hold something; one of numbers stays, for that nothing is known tells much."""
    whole_rows = [row for row in rows if len(row) == len(shown)]
    return [
        i
        for i, field in enumerate(shown)
        if i == 0 or field.numeric or any(row[i] not in ("", MISSING) for row in whole_rows)
    ]


def _has(have: set[str], name: str) -> bool:
    return bool({name, f"{name}_es"} & have)


def _head(key: str, language: Language) -> str:
    return word(f"forest.{key}" if has_word(f"forest.{key}") else key, language)


def note(content: str) -> Markup | str:
    """Secondary text in a cell."""
    return small(content)
