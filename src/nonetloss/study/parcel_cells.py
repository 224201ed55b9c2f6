"""Numbers in the cells of a parcels file, and what is wrong with them, column by column."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nonetloss.core.language import LANGUAGES, Text, text

ENDS = ("low", "likely", "high")
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


def three(stem: str) -> tuple[str, str, str]:
    """The columns of an estimate: `stem`_low, `stem`_likely, `stem`_high."""
    low, likely, high = (f"{stem}_{end}" for end in ENDS)
    return low, likely, high


def absent(value: object) -> bool:
    """Whether a cell says nothing."""
    return value is None or value is pd.NA or value != value or value == ""


def numbers(written: Sequence[Any]) -> list[float]:
    """Cells as floats; NaN where a cell is no number."""
    read = pd.to_numeric(pd.Series(list(written), dtype="object"), errors="coerce")
    return [float(v) for v in read]


def problems(
    row: pd.Series, columns: Sequence[str], *, low: float = -np.inf, high: float = np.inf
) -> list[Text]:
    """What is wrong with the numbers of a row, one text for each bad cell.

    `low`, `high` bound the numbers; a percentage where a share is wanted is told as such.
    """
    found = []
    for column in columns:
        written = row.get(column)
        (number,) = numbers([written])
        code = _problem(written, number, low, high)
        if code:
            shown = f"{number:g}" if np.isfinite(number) else written
            told = {"column": column, "value": shown, "low": f"{low:g}", "high": f"{high:g}"}
            found.append(_text(code, share=f"{number / 100:g}", **told))
    return found


def joined(parts: Sequence[Text]) -> Text:
    """Texts as one, with semicolons."""
    return Text(es="; ".join(p.es for p in parts), en="; ".join(p.en for p in parts))


def out_of_order(stem: str, estimate: Sequence[float]) -> Text:
    """That low, likely and high are not in this order."""
    values = ", ".join(f"{v:g}" for v in estimate)
    return _text("study.cell-order", column=stem, values=values)


def _problem(written: object, number: float, low: float, high: float) -> str:
    """The key of what is wrong with a cell, "" if nothing is."""
    if absent(written):
        return "study.cell-absent"
    if isinstance(written, str) and _DECIMAL_COMMA.fullmatch(written):
        return "study.cell-comma"
    if not np.isfinite(number):
        return "study.cell-not-number"
    if low <= number <= high:
        return ""
    if high == np.inf:
        return "study.cell-low"
    return "study.cell-percent" if high == 1 and 2 <= number <= 100 else "study.cell-range"


def _text(key: str, **data: Any) -> Text:
    es, en = (text(key, language, **data) for language in LANGUAGES)
    return Text(es=es, en=en)
