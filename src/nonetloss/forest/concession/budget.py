"""What the concession pays and receives besides carbon, year by year, with low and high.

Every row of the budget is uncertain as a whole: one draw of a row holds for all its years, since
who underestimates a salary does so each year.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, offenders, warning
from nonetloss.numerics.stats import pert

KINDS = ("cost", "income")
# Years beyond are slips of the pen.
FIRST_YEAR, LAST_YEAR = 1900, 3000
_ENDS = ("usd_low", "usd_likely", "usd_high")


@dataclass(frozen=True, slots=True)
class Flow:
    """Amounts per year in USD: `likely` (years,), `draws` (years, draws)."""

    likely: np.ndarray
    draws: np.ndarray


@dataclass(frozen=True, slots=True)
class Budget:
    """Costs, other income, and the part of that income that is secured already."""

    cost: Flow
    income: Flow
    secured: np.ndarray
    items: pd.DataFrame


def read_budget(
    table: pd.DataFrame | None,
    *,
    first_year: int,
    years: int,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Budget, tuple[Finding, ...]]:
    """A budget table as flows over the years from `first_year` on.

    Parameters
    ----------
    table : DataFrame or None
        `item`, `year` (the first it is paid), in each row `usd` or else `usd_low`, `usd_likely`,
        `usd_high` (at prices of the study), and where known `until` (last year; blank: once),
        `every` (years between payments, 1), `kind` (cost | income; blank: cost), `secured` (yes:
        income that is contracted). None: nothing is paid.
    first_year, years : int
        Years that count. What lies outside is left out and told.
    draws : int
    rng : numpy.random.Generator

    Returns
    -------
    Budget
        `items`: item, kind, first_year, last_year, payments, usd (likely, all years),
        usd_low, usd_high (all at their ends).

    Raises
    ------
    InputError
        With everything wrong in all rows: `concession.columns`, `concession.budget-amount`,
        `concession.budget-years`, `concession.budget-kind`, `concession.budget-twice`.
    """
    span = np.arange(first_year, first_year + years)
    rows = _rows(table)
    paid = np.zeros((len(rows), years))
    outside = 0
    for at, row in enumerate(rows):
        due = np.arange(row.first, row.last + 1, row.every)
        inside = np.isin(span, due)
        paid[at] = inside
        outside += len(due) - int(inside.sum())
    low, likely, high = (np.array([getattr(r, e) for r in rows]) for e in ("low", "likely", "high"))
    drawn = pert(low, likely, high, size=draws, rng=rng) if len(rows) else np.zeros((draws, 0))
    income = np.array([r.kind == "income" for r in rows], dtype=bool)
    secured = np.array([r.kind == "income" and r.secured for r in rows], dtype=bool)

    def flow(chosen: np.ndarray) -> Flow:
        return Flow(
            (paid[chosen] * likely[chosen, None]).sum(axis=0), paid[chosen].T @ drawn[:, chosen].T
        )

    found = []
    if outside:
        end = first_year + years - 1
        found.append(
            warning(
                "concession.outside-horizon", "budget", count=outside, first=first_year, last=end
            )
        )
    budget = Budget(
        cost=flow(~income),
        income=flow(income),
        secured=(paid[secured] * likely[secured, None]).sum(axis=0),
        items=_items(rows, paid),
    )
    return budget, tuple(found)


@dataclass(frozen=True, slots=True)
class _Row:
    item: str
    kind: str
    secured: bool
    first: int
    last: int
    every: int
    low: float
    likely: float
    high: float


def _rows(table: pd.DataFrame | None) -> list[_Row]:
    """Rows in an order that does not depend on that of the table."""
    if table is None or table.empty:
        return []
    amounts = () if "usd" in table.columns else _ENDS
    missing = [c for c in ("item", "year", *amounts) if c not in table.columns]
    if missing:
        listed = offenders(table.columns, 20)
        raise InputError.because(
            "concession.columns", "budget", missing=offenders(missing), columns=listed
        )
    found: list[Finding] = []
    rows: list[_Row] = []
    for _, given in table.iterrows():
        rows += _row(given, found)
    paid = Counter((r.item, r.kind, y) for r in rows for y in range(r.first, r.last + 1, r.every))
    twice = sorted(key for key, count in paid.items() if count > 1)
    if twice:
        names = offenders(sorted({f"{item} {year}" for item, _, year in twice}))
        found.append(error("concession.budget-twice", "budget", names=names))
    if found:
        raise InputError(*found)
    return sorted(rows, key=lambda r: (r.kind, r.item, r.first, r.last))


def _row(given: pd.Series, found: list[Finding]) -> list[_Row]:
    item = str(given["item"]).strip() if not pd.isna(given["item"]) else ""
    kind = _word(given, "kind") or "cost"
    if kind not in KINDS:
        found.append(error("concession.budget-kind", item, found=kind))
        return []
    single, ends = _number(given, "usd"), [_number(given, name) for name in _ENDS]
    if np.isnan(ends).all():
        ends = [single] * 3
    elif not np.isnan(single):
        # Two statements of one amount: nobody can tell which holds.
        ends = [np.nan, single, np.nan]
    if not 0 <= ends[0] <= ends[1] <= ends[2] < np.inf:
        told = ", ".join(f"{v:g}" for v in ends)
        found.append(error("concession.budget-amount", item, found=told))
        return []
    first, until, every = (_number(given, name) for name in ("year", "until", "every"))
    last = first if np.isnan(until) else until
    step = 1.0 if np.isnan(every) else every
    whole = all(np.isfinite(v) and v % 1 == 0 for v in (first, last, step))
    if not whole or not FIRST_YEAR <= first <= last <= LAST_YEAR or step < 1:
        found.append(
            error("concession.budget-years", item, found=f"{first:g}, {until:g}, {every:g}")
        )
        return []
    secured = _word(given, "secured").lower() in ("yes", "true", "1", "1.0", "sí", "si")
    return [_Row(item, kind, secured, int(first), int(last), int(step), ends[0], ends[1], ends[2])]


def _items(rows: list[_Row], paid: np.ndarray) -> pd.DataFrame:
    payments = paid.sum(axis=1)
    return pd.DataFrame(
        {
            "item": [r.item for r in rows],
            "kind": [r.kind for r in rows],
            "first_year": [r.first for r in rows],
            "last_year": [r.last for r in rows],
            "payments": payments.astype(np.int64),
            "usd": payments * np.array([r.likely for r in rows]),
            "usd_low": payments * np.array([r.low for r in rows]),
            "usd_high": payments * np.array([r.high for r in rows]),
        }
    )


def _number(row: pd.Series, name: str) -> float:
    return float(pd.to_numeric(row.get(name, np.nan), errors="coerce"))


def _word(row: pd.Series, name: str) -> str:
    value = row.get(name)
    return "" if value is None or pd.isna(value) else str(value).strip()
