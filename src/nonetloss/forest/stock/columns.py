"""Columns of the tables that people bring, as text and as numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import offenders


def require_columns(table: pd.DataFrame, needed: Sequence[str], *, subject: str) -> pd.DataFrame:
    """The table itself.

    Raises
    ------
    InputError
        `stock.column-missing`, or `stock.empty` without a row.
    """
    missing = [c for c in needed if c not in table.columns]
    if missing:
        raise InputError.because(
            "stock.column-missing", subject, missing=offenders(missing),
            found=offenders(table.columns, 20),
        )  # fmt: skip
    if not len(table):
        raise InputError.because("stock.empty", subject)
    return table


def label(value: object) -> str:
    """A cell as text without spaces around; "" if empty, and 3.0 as 3."""
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def numbers(rows: pd.DataFrame, column: str, subject: str) -> np.ndarray:
    """A column as floats; empty cells are NaN, text that is no number is refused."""
    read = pd.to_numeric(rows[column], errors="coerce").to_numpy(dtype=np.float64)
    bad = [str(v) for v, x in zip(rows[column], read, strict=True) if label(v) and np.isnan(x)]
    infinite = np.isinf(read)
    if bad or infinite.any():
        found = offenders(bad or ["inf"])
        raise InputError.because("stock.not-a-number", subject, column=column, found=found)
    return read
