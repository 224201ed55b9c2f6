"""Gains made before they are needed: a bank of credits or of whole parcels.

The two kinds are those of OffsetSim: `credit` is an account from which each loss takes what it
needs; in `parcel` whole parcels are traded for a loss, and what is left over is lost or kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, offenders, warning

BankKind = Literal["credit", "parcel"]
BANKS: tuple[str, ...] = get_args(BankKind)
# Quality-hectares; below this something missing is rounding.
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Deposit:
    """A gain of a parcel that exists from a year on. `until` NaN: it does not expire."""

    parcel: str
    ecosystem: str
    year: float
    amount_qha: float
    until: float = float("nan")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A loss that asks for credit in a year, its multiplier included."""

    name: str
    ecosystem: str
    year: float
    amount_qha: float


@dataclass(frozen=True, slots=True)
class Bank:
    """What was paid in, drawn and refused.

    `journal` has one row per entry in order of time: year, entry (deposit | draw | expiry |
    surplus), name, parcel, ecosystem, amount_qha (drawn and expired negative), balance_qha of the
    ecosystem after it. `served` and `refused` name the withdrawals.
    """

    journal: pd.DataFrame
    served: tuple[str, ...]
    refused: tuple[str, ...]
    findings: tuple[Finding, ...]

    def balance(self, ecosystem: str) -> float:
        """Credit left in an ecosystem."""
        own = self.journal.loc[self.journal["ecosystem"] == ecosystem, "amount_qha"]
        return float(own.sum())


@dataclass(slots=True)
class _Lot:
    deposit: Deposit
    left: float


def settle(
    deposits: Sequence[Deposit],
    *,
    withdrawals: Sequence[Withdrawal],
    kind: BankKind = "credit",
    keep_surplus: bool = True,
) -> Bank:
    """Serve losses in order of time from gains that are there by then.

    Parameters
    ----------
    deposits : sequence of Deposit
    withdrawals : sequence of Withdrawal
        Served in order of year, then name; a loss that cannot be served in full draws nothing and
        is refused. In one year deposits come before withdrawals, and what is valid until a year
        may still be drawn in it.
    kind : "credit" or "parcel"
        `credit`: the oldest credit is drawn first and split as needed. `parcel`: whole parcels are
        drawn, the one with the oldest credit first, until the loss is covered.
    keep_surplus : bool
        With `parcel`: whether what is drawn beyond the loss, and what the parcel still yields
        later, is credit for later losses, or is nature's and never paid in.

    Raises
    ------
    InputError
        `bank.kind`, `bank.amount`, `bank.repeated`.

    Notes
    -----
    Credit serves losses of its own ecosystem only, and never a loss before the gain is there. The
    order of the arguments does not matter.
    """
    _require_sound(deposits, withdrawals, kind)
    rows: list[tuple[float, str, str, str, str, float]] = []
    lots: list[_Lot] = []
    gone: set[str] = set()
    waiting = sorted(deposits, key=lambda d: (d.year, d.parcel))
    served, refused, found = [], [], []
    for loss in sorted(withdrawals, key=lambda w: (w.year, w.name)):
        while waiting and waiting[0].year <= loss.year:
            _pay_in(waiting.pop(0), lots, gone, rows)
        _expire(lots, loss.year, rows)
        usable = [x for x in lots if x.deposit.ecosystem == loss.ecosystem and x.left > 0]
        there = sum(x.left for x in usable)
        if there < loss.amount_qha - _TOLERANCE:
            refused.append(loss.name)
            found.append(
                warning(
                    "bank.short",
                    loss.name,
                    ecosystem=loss.ecosystem,
                    year=f"{loss.year:g}",
                    needed_qha=round(loss.amount_qha, 4),
                    available_qha=round(there, 4),
                )
            )
            continue
        served.append(loss.name)
        if kind == "credit":
            _draw_credit(loss, usable, rows)
        else:
            gone |= _draw_parcels(loss, usable, keep_surplus, rows)
    for deposit in waiting:
        _pay_in(deposit, lots, gone, rows)
    return Bank(_journal(rows), tuple(served), tuple(refused), tuple(found))


def _pay_in(deposit: Deposit, lots: list[_Lot], gone: set[str], rows: list[tuple]) -> None:
    if deposit.parcel in gone:
        return
    _expire(lots, deposit.year, rows)
    lots.append(_Lot(deposit, deposit.amount_qha))
    entry = (deposit.year, "deposit", deposit.parcel, deposit.parcel)
    rows.append((*entry, deposit.ecosystem, deposit.amount_qha))


def _expire(lots: list[_Lot], year: float, rows: list[tuple]) -> None:
    late = [lot for lot in lots if lot.left > 0 and lot.deposit.until < year]
    for lot in sorted(late, key=lambda x: (x.deposit.until, x.deposit.parcel)):
        if lot.left > _TOLERANCE:
            entry = (lot.deposit.until, "expiry", lot.deposit.parcel, lot.deposit.parcel)
            rows.append((*entry, lot.deposit.ecosystem, -lot.left))
            lot.left = 0.0


def _draw_credit(loss: Withdrawal, usable: list[_Lot], rows: list[tuple]) -> None:
    missing = loss.amount_qha
    for lot in usable:
        if missing <= _TOLERANCE:
            return
        taken = min(lot.left, missing)
        lot.left -= taken
        missing -= taken
        rows.append((loss.year, "draw", loss.name, lot.deposit.parcel, loss.ecosystem, -taken))


def _draw_parcels(
    loss: Withdrawal, usable: list[_Lot], keep_surplus: bool, rows: list[tuple]
) -> set[str]:
    """Draw whole parcels; those whose further gains are nature's."""
    missing = loss.amount_qha
    drawn: set[str] = set()
    for parcel in dict.fromkeys(lot.deposit.parcel for lot in usable):
        if missing <= _TOLERANCE:
            break
        own = [lot for lot in usable if lot.deposit.parcel == parcel]
        taken = sum(lot.left for lot in own)
        for lot in own:
            # The oldest is used up first; what is left over expires when it would have.
            used = min(lot.left, max(missing, 0.0))
            lot.left = lot.left - used if keep_surplus else 0.0
            missing -= used
        drawn.add(parcel)
        rows.append((loss.year, "draw", loss.name, parcel, loss.ecosystem, -taken))
        over = sum(lot.left for lot in own)
        if over > _TOLERANCE:
            rows.append((loss.year, "surplus", loss.name, parcel, loss.ecosystem, over))
    return set() if keep_surplus else drawn


def _journal(rows: list[tuple]) -> pd.DataFrame:
    columns = ["year", "entry", "name", "parcel", "ecosystem", "amount_qha"]
    table = pd.DataFrame(rows, columns=columns).astype({"year": float, "amount_qha": float})
    table["balance_qha"] = table.groupby("ecosystem", sort=False)["amount_qha"].cumsum()
    return table


def _require_sound(
    deposits: Sequence[Deposit], withdrawals: Sequence[Withdrawal], kind: str
) -> None:
    if kind not in BANKS:
        raise InputError.because("bank.kind", kind, allowed=" | ".join(BANKS))
    named = [(d.parcel, d.amount_qha, d.year, d.until < d.year) for d in deposits]
    named += [(w.name, w.amount_qha, w.year, False) for w in withdrawals]
    wrong = [
        name
        for name, amount, year, late in named
        if late or not (0 < amount < float("inf") and abs(year) < float("inf"))
    ]
    if wrong:
        raise InputError.because("bank.amount", offenders(sorted(wrong)))
    names = [w.name for w in withdrawals]
    twice = sorted({n for n in names if names.count(n) > 1})
    paid = [(d.parcel, d.year) for d in deposits]
    twice += sorted({f"{p} ({y:g})" for p, y in paid if paid.count((p, y)) > 1})
    if twice:
        raise InputError.because("bank.repeated", offenders(twice))
