"""The contract: when it ends, how long it still lasts at any date, what falls due and what is met.

Mathematical formulation
    With start s and n years, the contract holds on the days s <= d < s + n years. What is left on
    day d is the number of whole years a to its end, and the days r that remain before them::

        years left = a + r / (days of the contract year in which d lies)

In words
    A term counted in years ends on the day of the same name; where a month lacks that day (29 of
    February) on the last of the month. A renewal counts only with evidence: a right to ask for it
    is not yet a right.
"""

import calendar
import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, offenders, warning
from nonetloss.core.language import Text

_STATES = ("met", "open", "")


@dataclass(frozen=True, slots=True)
class Contract:
    """A concession of `years` from `start`; `renewal_years` more, if `evidence` names a document.

    `supposed`: the renewal is counted without one, to see what would follow if it were shown.

    Raises
    ------
    InputError
        `concession.years`.
    """

    start: datetime.date
    years: int
    renewal_years: int = 0
    evidence: str = ""
    supposed: bool = False

    def __post_init__(self) -> None:
        if self.years < 1 or self.renewal_years < 0:
            found = f"{self.years}, {self.renewal_years}"
            raise InputError.because("concession.years", "contract", found=found)

    @property
    def end(self) -> datetime.date:
        """First day on which the contract no longer holds, without renewal."""
        return anniversary(self.start, self.years)

    @property
    def renewed_end(self) -> datetime.date:
        """The same with the renewal, whether there is evidence or not."""
        return anniversary(self.start, self.years + self.renewal_years)

    @property
    def proven_end(self) -> datetime.date:
        """The end that can be shown: with the renewal only where there is evidence."""
        return self.renewed_end if self.evidence else self.end

    @property
    def counts_renewal(self) -> bool:
        """Whether there is a renewal that is counted: shown, or supposed."""
        return self.renewal_years > 0 and bool(self.evidence or self.supposed)

    @property
    def counted_end(self) -> datetime.date:
        """The end up to which the cash flow counts: proven, or supposed."""
        return self.renewed_end if self.counts_renewal else self.end


def read_date(text: object, *, name: str) -> datetime.date:
    """A date from ISO text.

    Raises
    ------
    InputError
        `concession.date`.
    """
    # NaT, the date of an empty cell, is a datetime to Python.
    if isinstance(text, datetime.datetime) and not pd.isna(text):
        return text.date()
    if not isinstance(text, datetime.datetime) and isinstance(text, datetime.date):
        return text
    try:
        return datetime.date.fromisoformat(str(text).strip())
    except ValueError as cause:
        raise InputError.because("concession.date", name, found=text) from cause


def read_start(
    given: object, *, layers: Sequence[str] = (), ecosystems: Sequence[str] = ()
) -> datetime.date:
    """Parameter `start` as a date; raises as `read_date`. The names there are do not matter."""
    return read_date(given, name="start")


def read_project_start(
    given: object, *, layers: Sequence[str] = (), ecosystems: Sequence[str] = ()
) -> datetime.date:
    """As `read_start`, of parameter `project_start`."""
    return read_date(given, name="project_start")


def anniversary(start: datetime.date, years: int) -> datetime.date:
    """The day of the same name `years` later; the last of the month where it lacks that day."""
    year = start.year + years
    last = calendar.monthrange(year, start.month)[1]
    return datetime.date(year, start.month, min(start.day, last))


def years_left(start: datetime.date, end: datetime.date, on: datetime.date) -> float:
    """Years from `on` to `end` of a contract from `start`; 0 from the end on.

    Before the start it is the whole term.
    """
    if on >= end:
        return 0.0
    day = max(on, start)
    # Contract year k runs from anniversary k to k + 1.
    k = day.year - start.year
    k -= anniversary(start, k) > day
    opens, closes = anniversary(start, k), anniversary(start, k + 1)
    term = end.year - start.year
    return (term - k - 1) + (closes - day).days / (closes - opens).days


def share_of_year(start: datetime.date, end: datetime.date, year: int) -> float:
    """Share of the days of a calendar year that lie in start <= day < end."""
    opens, closes = datetime.date(year, 1, 1), datetime.date(year + 1, 1, 1)
    held = (min(end, closes) - max(start, opens)).days
    return max(0, held) / (closes - opens).days


def clock_table(
    contract: Contract, *, events: dict[str, tuple[Text, datetime.date]], minimum_years: float
) -> pd.DataFrame:
    """Years left at each event, and at every fifth year of the contract.

    Returns
    -------
    DataFrame
        event, title_es, title_en, date (ISO), contract_end (ISO), years_left,
        years_left_renewed (NaN without a renewal), proven_years_left, enough (whether those reach
        `minimum_years`). In order of date.
    """
    marks = {
        f"year-{n}": (Text(es=f"Año {n} del contrato", en=f"Year {n} of the contract"),
                      anniversary(contract.start, n))
        for n in range(0, contract.years + 1, 5)
    }  # fmt: skip
    rows = []
    for name, (title, day) in {**events, **marks}.items():
        proven = years_left(contract.start, contract.proven_end, day)
        renewed = years_left(contract.start, contract.renewed_end, day)
        rows.append(
            {
                "event": name,
                "title_es": title.es,
                "title_en": title.en,
                "date": day.isoformat(),
                "contract_end": contract.end.isoformat(),
                "years_left": years_left(contract.start, contract.end, day),
                "years_left_renewed": renewed if contract.renewal_years else np.nan,
                "proven_years_left": proven,
                "enough": bool(proven >= minimum_years),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values(["date", "event"], kind="stable").reset_index(drop=True)


def obligation_table(
    obligations: pd.DataFrame | None, *, contract: Contract, on: datetime.date
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """What the contract asks for, each time it falls due.

    Parameters
    ----------
    obligations : DataFrame or None
        `id`, `due` (ISO date), and where known `title_es`, `title_en`, `every_years` (it falls due
        again), `met_until` (what fell due up to that day is met), `status` (met | open; of a
        single date), `source` and `note`, which are passed on. None: no obligations.
    contract : Contract
        Recurring obligations run until its end.
    on : date
        The day from which overdue is told.

    Returns
    -------
    DataFrame
        id, title_es, title_en, due (ISO), status, days_left (negative when past), source, note.
        `status`: met;
        overdue (past, known as open); unknown (past, nobody said); due (within a year); later.

    Raises
    ------
    InputError
        With everything wrong in all rows: `concession.columns`, `concession.obligation-due`,
        `concession.obligation-outside`, `concession.obligation-twice`,
        `concession.obligation-status`, `concession.obligation-every`.
    """
    columns = ["id", "title_es", "title_en", "due", "status", "days_left", "source", "note"]
    if obligations is None or obligations.empty:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns}), ()
    rows = _obligations(obligations, contract)
    told = []
    for one in rows:
        for due in _occurrences(one, contract.end):
            left = (due - on).days
            told.append(
                {
                    "id": one.name,
                    "title_es": one.title.es,
                    "title_en": one.title.en,
                    "due": due.isoformat(),
                    "status": _status(one, due, left),
                    "days_left": left,
                    "source": one.source,
                    "note": one.note,
                }
            )
    table = pd.DataFrame(told, columns=columns)
    table = table.sort_values(["due", "id"], kind="stable").reset_index(drop=True)
    found = []
    for code, status in (("concession.overdue", "overdue"), ("concession.unknown-past", "unknown")):
        names = table.loc[table["status"] == status, "id"]
        if len(names):
            found.append(
                warning(code, "obligations", count=len(names), names=offenders(sorted(set(names))))
            )
    return table, tuple(found)


@dataclass(frozen=True, slots=True)
class _Obligation:
    name: str
    title: Text
    due: datetime.date
    every: int
    status: str
    met_until: datetime.date | None
    source: str
    note: str


def _obligations(table: pd.DataFrame, contract: Contract) -> list[_Obligation]:
    missing = [c for c in ("id", "due") if c not in table.columns]
    if missing:
        listed = offenders(table.columns, 20)
        raise InputError.because(
            "concession.columns", "obligations", missing=offenders(missing), columns=listed
        )
    found: list[Finding] = []
    read: list[_Obligation] = []
    for _, row in table.iterrows():
        name = _word(row, "id")
        try:
            due = read_date(row["due"], name=name)
            until = _word(row, "met_until")
            met_until = read_date(until, name=name) if until else None
        except InputError:
            found.append(error("concession.obligation-due", name, found=row["due"]))
            continue
        every = float(pd.to_numeric(row.get("every_years", np.nan), errors="coerce"))
        if not np.isnan(every) and (every < 1 or every % 1):
            found.append(error("concession.obligation-every", name, found=every))
            continue
        status = _word(row, "status")
        if status not in _STATES:
            found.append(error("concession.obligation-status", name, found=status))
        if not contract.start <= due <= contract.end:
            found.append(
                error("concession.obligation-outside", name, due=due.isoformat(),
                      start=contract.start.isoformat(), end=contract.end.isoformat())
            )  # fmt: skip
        title = Text(es=_word(row, "title_es") or name, en=_word(row, "title_en") or name)
        repeat = 0 if np.isnan(every) else int(every)
        told = (_word(row, "source"), _word(row, "note"))
        read.append(_Obligation(name, title, due, repeat, status, met_until, *told))
    names = [one.name for one in read]
    twice = sorted({n for n in names if names.count(n) > 1 or not n})
    if twice:
        found.append(error("concession.obligation-twice", "obligations", names=offenders(twice)))
    if found:
        raise InputError(*found)
    return read


def _occurrences(one: _Obligation, end: datetime.date) -> list[datetime.date]:
    if not one.every:
        return [one.due]
    days = []
    n = 0
    while (due := anniversary(one.due, n * one.every)) <= end:
        days.append(due)
        n += 1
    return days


def _status(one: _Obligation, due: datetime.date, days_left: int) -> str:
    if one.met_until is not None and due <= one.met_until:
        return "met"
    if one.status == "met" and not one.every:
        return "met"
    if days_left < 0:
        # Whoever told up to when it was met said by it that what came later is open.
        known = one.status == "open" or one.met_until is not None
        return "overdue" if known else "unknown"
    return "due" if days_left <= 365 else "later"


def _word(row: pd.Series, column: str) -> str:
    value = row.get(column)
    return "" if value is None or pd.isna(value) else str(value).strip()
