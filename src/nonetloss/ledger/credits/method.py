"""The accounts of planned credits in a study: issued by vintage, then what is done with them."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError, LedgerError
from nonetloss.core.findings import Finding, candidates, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.ledger.credits.balances import (
    events_table,
    holdings_table,
    open_losses,
    reversals_table,
    totals_table,
)
from nonetloss.ledger.credits.cad_trust import issuance_table, unit_table
from nonetloss.ledger.credits.events import (
    Begin,
    Issue,
    OpenAccount,
    Project,
    StateProject,
    is_word,
)
from nonetloss.ledger.credits.operations import Entry, issue
from nonetloss.ledger.credits.plan_rows import (
    Operation,
    Setting,
    event_of,
    read_operations,
    refused,
    unused_cells,
)
from nonetloss.ledger.credits.recording import record
from nonetloss.ledger.credits.registry import Registry
from nonetloss.ledger.credits.vocabulary import UNIT_TYPES, AccountKind

# Sums of floats end this close to the whole number that they are meant to be. Not a share of the
# sum: of a large plan that would be whole tons.
_SLACK_T = 1e-6
# Columns of the second data model that tell who used a unit up.
_USED = (
    "unitStatusDate", "unitRetirementBeneficiary", "unitRetirementBeneficiaryId",
    "unitRetirementDetail",
)  # fmt: skip


class Credits(Protocol):
    """Net credits and buffer by standard and year; a credit plan is one."""

    @property
    def standards(self) -> tuple[str, ...]:
        """Names."""

    @property
    def years(self) -> tuple[int, ...]:
        """Vintages, as calendar years."""

    @property
    def net(self) -> np.ndarray:
        """(standards, years) tCO2e that may be traded."""

    @property
    def buffer(self) -> np.ndarray:
        """(standards, years) tCO2e that go to the buffer, positive."""


@dataclass(frozen=True, slots=True)
class CreditAccounts:
    """What becomes of planned credits, as the tables of `balances` and `cad_trust` tell it.

    `head` is the digest of the last event. `open_losses`: tons that a project lost and no buffer
    unit stands for.
    """

    standard: str
    events: pd.DataFrame
    holdings: pd.DataFrame
    totals: pd.DataFrame
    units: pd.DataFrame
    issuances: pd.DataFrame
    reversals: pd.DataFrame
    open_losses: dict[str, int]
    head: str
    findings: tuple[Finding, ...] = ()


def credit_accounts(
    credits: Credits,
    *,
    operations: pd.DataFrame | None = None,
    standard: str | None = None,
    project: str = "project",
    project_name: str | None = None,
    program: str = "",
    country: str = "",
    methodology: str = "",
    holder: str = "holder",
    buffer: str = "buffer",
    unit_type: str = "Reduction - nature",
    issue_after_days: float = 180.0,
) -> CreditAccounts:
    """Book the credits of a plan, vintage by vintage, and the operations planned with them.

    Each year gives one batch: whole units for the holder and the buffer. Together they are the tons
    of net and buffer rounded down, and the buffer is rounded up, so that never more is issued or
    traded than was computed. A year whose net is below zero trades nothing, and what it lacks is
    taken off the net of the years after it (`made_good`); its buffer stays as it is.

    Parameters
    ----------
    credits : Credits
        As of `forest.credits`; years in order.
    operations : DataFrame, optional
        See `plan_rows.read_operations`. None: nothing but issuance. Accounts that it names and
        that are not the holder's or the buffer are opened as holders' accounts.
    standard : name among `credits.standards`; None: the first
    project, holder, buffer : words that name the project and the two accounts
    project_name, program, country, methodology : as tables write them; None, "": not given
    unit_type : word of CAD Trust
    issue_after_days : days from the end of a year to its issuance

    Raises
    ------
    InputError
        `credit-ledger.standard-unknown`, `credit-ledger.not-known` (NaN in net or buffer),
        `credit-ledger.negative-buffer`, `credit-ledger.years`, `credit-ledger.names`, and as
        `plan_rows.read_operations`.
    LedgerError
        An operation that cannot be done: `credit-ledger.operation`, and why.
    """
    chosen = credits.standards[0] if standard is None else standard
    if chosen not in credits.standards:
        near = candidates(chosen, credits.standards)
        raise InputError.because("credit-ledger.standard-unknown", chosen, nearest=near)
    wrong = [repr(name) for name in (project, holder, buffer) if not is_word(name)]
    if wrong or holder == buffer:
        raise InputError.because("credit-ledger.names", offenders(wrong) or holder)
    setting = Setting(holder, buffer, project, actor="study")
    vintages, found = _vintages(credits, chosen)
    rows = () if operations is None else read_operations(operations, setting=setting)
    registry = Registry()
    issues = [
        (dt.date(year, 12, 31) + dt.timedelta(days=issue_after_days), year, units)
        for year, units in vintages
    ]
    first = min([day for day, _, _ in issues] + [r.date for r in rows], default=dt.date.min)
    stated = Project(
        project, project_name or project, "Registered", program or chosen, methodology, country
    )
    _open(registry, first, setting, rows, stated)
    _book(registry, issues, rows, setting, unit_type)
    found.append(notice("credit-ledger.simulated", project, standard=chosen))
    found += unused_cells(rows)
    lost = open_losses(registry)
    if lost:
        found.append(warning("credit-ledger.uncovered", project, tons=sum(lost.values())))
    units = unit_table(registry, model="1")
    used = unit_table(registry, model="2")[list(_USED)]
    return CreditAccounts(
        standard=chosen, events=events_table(registry), holdings=holdings_table(registry),
        totals=totals_table(registry), units=pd.concat([units, used], axis=1),
        issuances=issuance_table(registry), reversals=reversals_table(registry),
        open_losses=lost, head=registry.head, findings=tuple(found),
    )  # fmt: skip


def whole_units(net_tco2e: float, buffer_tco2e: float) -> tuple[int, int]:
    """Tradable and buffer units of a year: their sum rounded down, the buffer rounded up.

    Both arguments are finite, the buffer not negative, and their sum not negative. A sum within a
    millionth of a ton below a whole number is that number.
    """
    total = math.floor(net_tco2e + buffer_tco2e + _SLACK_T)
    kept = min(total, math.ceil(buffer_tco2e - _SLACK_T))
    return total - kept, kept


def made_good(net: Sequence[float]) -> tuple[list[float], float]:
    """What each year has to trade once the lack of earlier years is taken off, and what is left.

    ``debt[y] = min(0, net[y] + debt[y - 1])``; a year trades ``max(0, net[y] + debt[y - 1])``. The
    buffer of a year is left as it is: it answers for reversals, not for a baseline that failed.

    Returns
    -------
    (tons by year, lack that no year made good; not negative)
    """
    traded = []
    debt = 0.0
    for own in net:
        left = own + debt
        traded.append(max(0.0, left))
        debt = min(0.0, left)
    return traded, abs(debt)


def _vintages(
    credits: Credits, standard: str
) -> tuple[list[tuple[int, tuple[int, int]]], list[Finding]]:
    """Units by year, (tradable, buffer), and what to tell of it."""
    row = credits.standards.index(standard)
    net, buffer = np.asarray(credits.net)[row], np.asarray(credits.buffer)[row]
    years = list(credits.years)
    if years != sorted(set(years)):
        raise InputError.because("credit-ledger.years", offenders(years))
    unknown = [y for y, n, b in zip(years, net, buffer, strict=True) if not np.isfinite(n + b)]
    if unknown:
        raise InputError.because("credit-ledger.not-known", standard, years=offenders(unknown))
    if (buffer < 0).any():
        bad = [y for y, b in zip(years, buffer, strict=True) if b < 0]
        raise InputError.because("credit-ledger.negative-buffer", standard, years=offenders(bad))
    traded, lack = made_good(net.tolist())
    made = [
        (year, whole_units(left, kept))
        for year, left, kept in zip(years, traded, buffer.tolist(), strict=True)
    ]
    short = [year for year, own in zip(years, net.tolist(), strict=True) if own < 0]
    if not short:
        return made, []
    return made, [warning("credit-ledger.negative-vintage", offenders(short), tons=f"{lack:.0f}")]


def _open(
    registry: Registry,
    date: dt.date,
    setting: Setting,
    rows: Sequence[Operation],
    stated: Project,
) -> None:
    actor = setting.actor
    record(registry, Begin(date, actor, name=setting.project))
    named = [setting.holder, *(r.account for r in rows), *(r.target for r in rows)]
    for account in dict.fromkeys(name for name in named if name and name != setting.buffer):
        record(registry, OpenAccount(date, actor, account=account, account_kind=AccountKind.HOLDER))
    record(
        registry, OpenAccount(date, actor, account=setting.buffer, account_kind=AccountKind.BUFFER)
    )
    record(registry, StateProject(date, actor, stated=stated))


def _book(
    registry: Registry,
    issues: Sequence[tuple[dt.date, int, tuple[int, int]]],
    rows: Sequence[Operation],
    setting: Setting,
    unit_type: str,
) -> None:
    """Issuances and operations in order of date; of one day, issuances first."""
    agenda: list[tuple[dt.date, int, tuple[int, tuple[int, int]] | Operation]] = [
        (day, 0, (year, units)) for day, year, units in issues if sum(units)
    ]
    agenda += [(row.date, 1, row) for row in rows]
    for day, _, item in sorted(agenda, key=lambda each: each[:2]):
        if isinstance(item, Operation):
            event = event_of(registry, item, setting=setting)
            try:
                record(registry, event)
            except LedgerError as problem:
                raise refused(item, problem) from problem
        else:
            record(registry, _issuance(registry, day, item, setting, unit_type))


def _issuance(
    registry: Registry,
    day: dt.date,
    vintage: tuple[int, tuple[int, int]],
    setting: Setting,
    unit_type: str,
) -> Issue:
    year, (traded, kept) = vintage
    return issue(
        registry,
        {setting.holder: traded, setting.buffer: kept},
        entry=Entry(day, setting.actor),
        id=f"{setting.project}-{year}",
        project=setting.project,
        vintage=(dt.date(year, 1, 1), dt.date(year, 12, 31)),
        # A series of its own, so that nobody takes planned numbers for those of a registry.
        series="plan",
        unit_type=unit_type,
        pattern=f"PLAN-{setting.project}-{year}-{{first}}-{{last}}",
    )


def _text(name: str, es: str, en: str, default: str | None = None) -> Parameter:
    return Parameter(
        name, Text(es=es, en=en), kind="text", default=default, optional=default is None
    )


METHOD = Method(
    id="ledger.credits",
    question=Text(
        es="¿Qué pasa con cada crédito: quién lo tiene, quién lo usó y cuánto queda en reserva?",
        en="What becomes of each credit: who holds it, who used it, how much stays in the buffer?",
    ),
    function="nonetloss.ledger.credits.method:credit_accounts",
    inputs=(
        Port(
            "credits",
            "CreditPlan",
            Text(
                es="Créditos netos y reserva por estándar y año.",
                en="Net credits and buffer by standard and year.",
            ),
            unit="tCO2e",
        ),
        Port(
            "operations",
            "table",
            Text(
                es="Operaciones previstas: date, action (transfer, deposit, release, retire, "
                "cancel, reverse, cover, adjust), quantity, y según el caso vintage, account, "
                "target, beneficiary, reason…",
                en="Planned operations: date, action (transfer, deposit, release, retire, cancel, "
                "reverse, cover, adjust), quantity and, where they apply, vintage, account, "
                "target, beneficiary, reason…",
            ),
            optional=True,
        ),
    ),
    outputs=(
        Port(
            "accounts",
            "CreditAccounts",
            Text(
                es="Hechos con su huella, tenencias, bloques de unidades y totales.",
                en="Events with their digests, holdings, blocks of units and totals.",
            ),
            unit="tCO2e",
        ),
    ),
    parameters=(
        _text(
            "standard",
            "Estándar cuyos créditos se asientan; si falta, el primero.",
            "Standard whose credits are booked; otherwise the first.",
        ),
        _text(
            "project",
            "Palabra con que se nombra el proyecto en las series.",
            "Word that names the project in serials.",
            "project",
        ),
        _text("project_name", "Nombre del proyecto.", "Name of the project."),
        _text("program", "Programa que acredita.", "Crediting program."),
        _text("country", "País, en dos letras.", "Country, in two letters."),
        _text("methodology", "Metodología.", "Methodology."),
        _text(
            "holder",
            "Cuenta que recibe los créditos negociables.",
            "Account that receives the tradable credits.",
            "holder",
        ),
        _text("buffer", "Cuenta del fondo de reserva.", "Account of the buffer.", "buffer"),
        Parameter(
            "unit_type",
            Text(es="Tipo de unidad (palabra de CAD Trust).", en="Type of unit, as in CAD Trust."),
            kind="choice",
            choices=UNIT_TYPES["2"],
            default="Reduction - nature",
        ),
        Parameter(
            "issue_after_days",
            Text(
                es="Tiempo entre el fin de un año y la emisión de sus créditos.",
                en="Time from the end of a year to the issuance of its credits.",
            ),
            unit="day",
            default="180 day",
            low=0.0,
            high=36_500.0,
        ),
    ),
    references=(
        "Climate Action Data Trust 2026, data model 2.0.2 (vocabularies and unit tables)",
        "Regen Ledger 2023, x/ecocredit (tradable + retired + canceled = issued)",
    ),
    validity=Text(
        es="Es el libro de un plan: ninguna de sus unidades existe en un registro. Quién puede "
        "hacer cada operación lo decide quien lleva el libro, no el libro.",
        en="It is the ledger of a plan: none of its units exists in a registry. Who may do which "
        "operation is decided by whoever keeps the ledger, not by the ledger.",
    ),
    example=(
        "- {step: ledger, method: ledger.credits, parameters: {project: los-amigos, "
        "holder: acca, issue_after_days: 270 day}}"
    ),
)
