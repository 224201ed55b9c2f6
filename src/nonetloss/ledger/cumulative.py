"""The accounts of a basin: several projects and offsets, each offset counted once.

Mathematical formulation
    With L the losses, G the gains that count (see `claims`: every piece of land once) and D what is
    drawn from banks, H what sites lost beyond their counterfactual, for every zone z and
    ecosystem e::

        loss[z, e] = Σ L          gain[z, e] = Σ G + Σ D - Σ H          net = gain - loss
        bank[b, z, e] at any day = Σ deposits until then - Σ draws until then >= 0

In words
    All that was lost in a basin stands against all that was gained there, ecosystem by ecosystem,
    whoever did it and whenever, also long before. A deposit in a bank is not yet a gain for
    anyone; it becomes one when a project draws it, and nobody draws what is not there. A basin in
    balance can hide a project that is not, so each is told.
"""

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from shapely.geometry.base import BaseGeometry

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, candidates, error, notice, offenders, warning
from nonetloss.core.language import Text
from nonetloss.ledger.claims import SHARINGS, Claim, Settled, Sharing, settle
from nonetloss.ledger.cumulative_entries import post_accounts
from nonetloss.ledger.cumulative_rows import (
    BANK,
    GAIN,
    HARM,
    LOSS,
    Row,
    check_rows,
    read_rows,
    wholes_of,
)
from nonetloss.ledger.journal import Journal
from nonetloss.ledger.records import SCALE
from nonetloss.ledger.shared_land import pieces_of
from nonetloss.ledger.titles import joined, titled

ACCOUNT_COLUMNS = (
    "zone", "ecosystem", "project", "entry", "amount_qha", "counted_qha", "date", "parcel", "bank",
    "earlier",
)  # fmt: skip
BALANCE_COLUMNS = (
    "zone", "ecosystem", "loss", "earlier_loss", "gain", "net", "banked",
)  # fmt: skip
PROJECT_COLUMNS = ("project", "zone", "ecosystem", "loss", "gain", "net")
UNITS = dict.fromkeys(("loss", "earlier_loss", "gain", "net", "banked"), "quality_hectare")
CLAIM_COLUMNS = (
    "land", "parcels", "projects", "claims", "claimed_qha", "whole_qha", "counted_qha", "status",
)  # fmt: skip
BANK_COLUMNS = ("bank", "zone", "ecosystem", "deposited_qha", "drawn_qha", "left_qha")


@dataclass(frozen=True, slots=True)
class Cumulative:
    """Losses and gains of all projects.

    `accounts`: zone, ecosystem, project, entry (loss | gain | bank | harm: what a
    site of the plan lost beyond its counterfactual, taken off the gain), amount_qha (as claimed),
    counted_qha, date, parcel, bank, earlier (before the accounts begin). `balance`: zone,
    ecosystem, loss, of which earlier_loss, gain, net, banked (left in banks, not in net), all in
    quality-hectares. `projects`: the same by project. `claims`: one row per piece of land (land,
    parcels, projects, claims, claimed_qha, whole_qha, counted_qha, status: single | shared |
    divided). `banks`: bank, zone, ecosystem, deposited_qha, drawn_qha, left_qha. The journal books
    all of it; its stocks of land and of banks cannot go below zero. Tables also have what projects,
    zones, ecosystems, parcels and land are called (`<column>_title_es`, `_en`).
    """

    accounts: pd.DataFrame
    balance: pd.DataFrame
    projects: pd.DataFrame
    claims: pd.DataFrame
    banks: pd.DataFrame
    journal: Journal
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether no zone has a net loss of any ecosystem."""
        return bool((self.balance["net"] >= -1e-6).all())


def accumulate(
    projects: pd.DataFrame,
    *,
    shapes: Mapping[str, Any] | None = None,
    more: Sequence[Row] = (),
    sharing: Sharing = "refuse",
    since: dt.date | None = None,
    as_of: dt.date | None = None,
    titles: Mapping[str, Text] | None = None,
) -> Cumulative:
    """The accounts of all projects, the balance of every zone, and who claims which land.

    Parameters
    ----------
    projects : DataFrame
        See `cumulative_rows.read_rows`. A column `geometry` tells where parcels lie.
    shapes : mapping of parcel to polygon, or None
        Where parcels lie, in a projected CRS; before the geometries of the table. Parcels that
        nobody placed overlap with nothing, and a notice names them.
    more : sequence of Row
        Rows from elsewhere, for example of the plan of a study.
    sharing : "refuse", "first" or "proportional"
        What to do where more is claimed of land than it gains; see `claims`.
    since : date or None
        Losses before it are told as earlier impacts; they count all the same.
    as_of : date or None
        Rows after it do not count yet. None: all do.
    titles : mapping of name to Text, or None
        What projects, zones, ecosystems and parcels are called. None: by their names.

    Raises
    ------
    InputError
        As `read_rows`; `cumulative.sharing`, `cumulative.geometry`, `cumulative.moved` (two
        outlines of one parcel), `cumulative.double-claim` and `cumulative.over-claim` where
        sharing is refused, the latter always for a single project; `cumulative.bank-unknown`,
        `cumulative.overdrawn`.
    """
    if sharing not in SHARINGS:
        raise InputError.because("cumulative.sharing", str(sharing))
    called = dict(titles or {})
    rows = tuple(sorted((*read_rows(projects), *more)))
    wrong = check_rows(rows)
    if wrong:
        raise InputError(*wrong)
    told: list[Finding] = []
    if as_of is not None and any(row.date > as_of for row in rows):
        later = [row.about for row in rows if row.date > as_of]
        told.append(notice("cumulative.later", offenders(later), count=len(later), date=as_of))
        rows = tuple(row for row in rows if row.date <= as_of)
    places = {r.parcel: None for r in rows if r.claims} | _placed(projects, shapes, rows)
    unplaced = [name for name, shape in places.items() if shape is None]
    if unplaced and len(places) > 1:
        listed = offenders(sorted(unplaced))
        told.append(notice("cumulative.unplaced", listed, count=len(unplaced)))
    pieces = settle(
        [Claim(r.key, r.parcel, r.project, r.date.isoformat(), r.amount) for r in rows if r.claims],
        wholes=wholes_of(rows),
        shares=pieces_of(places),
        sharing=sharing,
    )
    _require_single(pieces, rows, sharing)
    counted = _counted(rows, pieces)
    _require_funds(rows, counted)
    projects_table = _by(rows, counted, PROJECT_COLUMNS[:3])
    balance = _balance(rows, counted, since)
    return Cumulative(
        accounts=titled(
            _accounts(rows, counted, since), ("zone", "ecosystem", "project", "parcel"), called
        ),
        balance=titled(balance, ("zone", "ecosystem"), called),
        projects=titled(projects_table, ("project", "zone", "ecosystem"), called),
        claims=titled(_claims(pieces, rows), ("parcels", "projects"), called),
        banks=titled(_banks(rows, counted), ("bank", "zone", "ecosystem"), called),
        journal=post_accounts(rows, counted=counted, pieces=pieces, titles=called),
        findings=(*_findings(balance, projects_table, pieces, rows, sharing, called), *told),
    )


def _placed(
    projects: pd.DataFrame, shapes: Mapping[str, Any] | None, rows: Sequence[Row]
) -> dict[str, Any]:
    named = {row.parcel for row in rows if row.claims}
    found: dict[str, Any] = {}
    if "geometry" in projects.columns and "parcel" in projects.columns:
        for name, shape in zip(projects["parcel"].astype(str), projects["geometry"], strict=True):
            if name not in named or not isinstance(shape, BaseGeometry) or shape.is_empty:
                continue
            if name in found and not found[name].equals(shape):
                raise InputError.because("cumulative.moved", name)
            found[name] = shape
    return found | {n: s for n, s in (shapes or {}).items() if n in named}


def _require_single(pieces: Sequence[Settled], rows: Sequence[Row], sharing: Sharing) -> None:
    """Raise for land claimed twice, all of it at once, unless a rule of sharing was chosen."""
    by_key: dict[Hashable, Row] = {row.key: row for row in rows}
    found = []
    for piece in pieces:
        if not piece.conflict:
            continue
        owners = sorted({by_key[k].project for k in piece.asked})
        alone = len(owners) == 1 and len(piece.piece) == 1
        if not alone and sharing != "refuse":
            continue
        code = "cumulative.over-claim" if alone else "cumulative.double-claim"
        found.append(
            error(
                code,
                _land(piece),
                projects=offenders(owners, 20),
                claimed=f"{sum(piece.asked.values()) / SCALE:.2f}",
                whole=f"{piece.whole / SCALE:.2f}",
            )
        )
    if found:
        raise InputError(*found)


def _land(piece: Settled) -> str:
    return " + ".join(piece.piece)


def _counted(rows: Sequence[Row], pieces: Sequence[Settled]) -> dict[Hashable, int]:
    """What counts of every row, in millionths."""
    counted: dict[Hashable, int] = {r.key: 0 if r.claims else r.amount for r in rows}
    for piece in pieces:
        for key, amount in piece.counted.items():
            counted[key] += amount
    return counted


def _require_funds(rows: Sequence[Row], counted: Mapping[Hashable, int]) -> None:
    """Raise unless every draw finds its deposit on its day; deposits of a day come first."""
    known = {row.bank for row in rows if row.entry == BANK}
    found = [
        error("cumulative.bank-unknown", name, nearest=candidates(name, sorted(known)))
        for name in sorted({r.bank for r in rows if r.entry == GAIN and r.bank} - known)
    ]
    held: dict[tuple[str, str, str], int] = {}
    red: set[tuple[str, str, str]] = set()
    for row in sorted(rows, key=lambda r: (r.date, r.entry != BANK, r)):
        place = (row.bank, row.zone, row.ecosystem)
        if row.bank not in known or place in red:
            continue
        held[place] = held.get(place, 0) + counted[row.key] * (1 if row.entry == BANK else -1)
        if held[place] < 0:
            red.add(place)
            missing = f"{-held[place] / SCALE:.2f}"
            where = f"{row.zone}, {row.ecosystem}"
            data = {"where": where, "project": row.project, "date": row.date, "missing": missing}
            found.append(error("cumulative.overdrawn", row.bank, **data))
    if found:
        raise InputError(*found)


def _accounts(
    rows: Sequence[Row], counted: Mapping[Hashable, int], since: dt.date | None
) -> pd.DataFrame:
    made = [
        (r.zone, r.ecosystem, r.project, r.entry, r.amount / SCALE, counted[r.key] / SCALE,
         r.date.isoformat(), r.parcel, r.bank, since is not None and r.date < since)
        for r in rows
    ]  # fmt: skip
    return pd.DataFrame(made, columns=list(ACCOUNT_COLUMNS))


def _by(
    rows: Sequence[Row],
    counted: Mapping[Hashable, int],
    by: tuple[str, ...],
    *,
    with_banks: bool = False,
) -> pd.DataFrame:
    """Loss, gain and net by some columns, in exact sums.

    Deposits are neither; `with_banks` gives a row also to places where there is nothing else.
    """
    sums: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        if row.entry == BANK and not with_banks:
            continue
        told = sums.setdefault(tuple(getattr(row, column) for column in by), [0, 0])
        if row.entry != BANK:
            sign = -1 if row.entry == HARM else 1
            told[0 if row.entry == LOSS else 1] += sign * counted[row.key]
    made = [
        (*key, lost / SCALE, got / SCALE, (got - lost) / SCALE)
        for key, (lost, got) in sorted(sums.items())
    ]
    table = pd.DataFrame(made, columns=[*by, "loss", "gain", "net"])
    table.attrs["units"] = UNITS
    return table


def _balance(
    rows: Sequence[Row], counted: Mapping[Hashable, int], since: dt.date | None
) -> pd.DataFrame:
    by = ("zone", "ecosystem")
    table = _by(rows, counted, by, with_banks=True)
    past = [row for row in rows if since is not None and row.date < since and row.entry == LOSS]
    early = _by(past, counted, by).set_index(list(by))["loss"].to_dict()
    left = _banks(rows, counted).groupby(list(by))["left_qha"].sum().to_dict()
    places = list(zip(table["zone"], table["ecosystem"], strict=True))
    table["earlier_loss"] = [float(early.get(place, 0.0)) for place in places]
    table["banked"] = [float(left.get(place, 0.0)) for place in places]
    return table[list(BALANCE_COLUMNS)]


def _banks(rows: Sequence[Row], counted: Mapping[Hashable, int]) -> pd.DataFrame:
    sums: dict[tuple[str, str, str], list[int]] = {}
    for row in rows:
        if row.bank:
            told = sums.setdefault((row.bank, row.zone, row.ecosystem), [0, 0])
            told[0 if row.entry == BANK else 1] += counted[row.key]
    made = [
        (*place, given / SCALE, drawn / SCALE, (given - drawn) / SCALE)
        for place, (given, drawn) in sorted(sums.items())
    ]
    return pd.DataFrame(made, columns=list(BANK_COLUMNS))


def _claims(pieces: Sequence[Settled], rows: Sequence[Row]) -> pd.DataFrame:
    by_key: dict[Hashable, Row] = {row.key: row for row in rows}
    made = []
    for piece in pieces:
        owners = sorted({by_key[key].project for key in piece.asked})
        asked, counted = sum(piece.asked.values()), sum(piece.counted.values())
        shared = "shared" if len(owners) > 1 else "single"
        made.append(
            (_land(piece), ", ".join(piece.piece), ", ".join(owners), len(piece.asked),
             asked / SCALE, piece.whole / SCALE, counted / SCALE,
             "divided" if piece.conflict else shared)
        )  # fmt: skip
    return pd.DataFrame(made, columns=list(CLAIM_COLUMNS))


def _findings(
    balance: pd.DataFrame,
    projects: pd.DataFrame,
    pieces: Sequence[Settled],
    rows: Sequence[Row],
    sharing: Sharing,
    titles: Mapping[str, Text],
) -> list[Finding]:
    found: list[Finding] = []
    by_key: dict[Hashable, Row] = {row.key: row for row in rows}
    for piece in pieces:
        if piece.conflict:
            owners = sorted({by_key[key].project for key in piece.asked})
            lost = sum(piece.asked.values()) - sum(piece.counted.values())
            data = {"projects": joined(owners, titles), "uncounted": f"{lost / SCALE:.2f}"}
            data["land"] = joined(piece.piece, titles, " + ")
            found.append(warning(f"cumulative.divided-{sharing}", _land(piece), **data))
    found += [
        warning(
            "cumulative.harm",
            row.parcel,
            site=joined([row.parcel], titles),
            where=joined([row.zone, row.ecosystem], titles),
            amount=f"{row.amount / SCALE:.2f}",
        )
        for row in rows
        if row.entry == HARM
    ]
    short = balance[balance["net"] < -1e-6]
    for row in short.to_dict("records"):
        where = f"{row['zone']}, {row['ecosystem']}"
        told = joined([row["zone"], row["ecosystem"]], titles)
        found.append(warning("cumulative.net-loss", where, amount=f"{-row['net']:.2f}", where=told))
    open_places = set(zip(short["zone"], short["ecosystem"], strict=True))
    for row in projects.to_dict("records"):
        place = (row["zone"], row["ecosystem"])
        if row["net"] < -1e-6 and place not in open_places:
            data = {
                "where": joined(place, titles),
                "amount": f"{-row['net']:.2f}",
                "project": joined([row["project"]], titles),
            }
            found.append(warning("cumulative.project-short", row["project"], **data))
    return found
