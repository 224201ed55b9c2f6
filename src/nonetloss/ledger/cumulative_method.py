"""The accounts of a basin in a study: other projects from a table, and the study's own plan."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.ledger.claims import SHARINGS, Sharing
from nonetloss.ledger.cumulative import Cumulative, accumulate
from nonetloss.ledger.cumulative_rows import GAIN, HARM, LOSS, Row
from nonetloss.ledger.records import millionths
from nonetloss.ledger.statement import TOTAL, Balance
from nonetloss.ledger.titles import read_titles


class Land(Protocol):
    """Something with a name that lies somewhere; `landscape.parcel.Parcel` is one."""

    @property
    def name(self) -> str:
        """As claims write it."""

    @property
    def title(self) -> Text:
        """As tables call it."""

    @property
    def geometry(self) -> Any:
        """Polygon in a projected CRS."""


class Kind(Protocol):
    """An ecosystem."""

    @property
    def name(self) -> str:
        """As tables write it."""

    @property
    def title(self) -> Text:
        """As readers call it."""


class Kinds(Protocol):
    """A map of ecosystems; `landscape.ecosystems.EcosystemMap` is one."""

    @property
    def ecosystems(self) -> Sequence[Kind]:
        """All of them."""


class Offsets(Protocol):
    """Chosen parcels and which loss they stand for; a portfolio is one."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of parcels."""

    @property
    def table(self) -> pd.DataFrame:
        """parcel, ecosystem, gain_qha and, where there are zones, zone."""

    @property
    def allocation(self) -> pd.DataFrame:
        """loss, gain, credited_qha."""

    @property
    def shares(self) -> pd.DataFrame:
        """parcel, asset, gain_qha; no columns: as `allocation` says by ecosystem."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Names."""

    @property
    def offset_likely(self) -> np.ndarray:
        """(assets,): gain in the measure of the balance."""


class Delivered(Protocol):
    """What sites have delivered; the result of following them up is one."""

    @property
    def served(self) -> pd.DataFrame:
        """site, asset, kept_qha, harm_qha (negative), in the measure of the balance."""


def cumulative_accounts(
    projects: pd.DataFrame,
    *,
    balance: Balance | None = None,
    portfolio: Offsets | None = None,
    monitoring: Delivered | None = None,
    parcels: Sequence[Land] = (),
    ecosystems: Kinds | None = None,
    decision_date: dt.date | None = None,
    project: str | None = None,
    zone: str | None = None,
    sharing: Sharing = "refuse",
    since: str | None = None,
    as_of: str | None = None,
    titles: Mapping[str, Any] | None = None,
) -> Cumulative:
    """The accounts of all projects in a basin, this study's plan among them if it has a name.

    Parameters
    ----------
    projects : DataFrame
        See `cumulative_rows.read_rows`.
    balance, portfolio, monitoring
        What this study loses and gains, taken in only where `project` is given: the residual loss
        of the balance, and the gains of the chosen parcels, split as the plan allots them. With
        `monitoring`, what was delivered takes the place of what was promised, and what a site lost
        beyond its counterfactual is an entry of its own (`harm`) that is taken off the gain.
    parcels : sequence of Land
        Where parcels lie and what they are called, by name.
    ecosystems : Kinds or None
        What ecosystems are called.
    decision_date : date or None
        The day on which this study's plan is booked; needed with `project`.
    project, zone : text or None
        How the accounts call this study's plan, and the zone of its loss and of parcels without
        one; both or neither.
    sharing : "refuse", "first" or "proportional"
    since, as_of : ISO dates or None
        See `cumulative.accumulate`.
    titles : mapping or None
        What projects, zones and other parcels are called, see `titles.read_titles`.

    Raises
    ------
    InputError
        `cumulative.plan` if the plan is asked for and its parts are not there, `cumulative.day`,
        and as `accumulate`.
    """
    rows: list[Row] = []
    if project is not None or zone is not None:
        parts = {"project": project, "zone": zone, "balance": balance, "date": decision_date}
        missing = [name for name, part in parts.items() if part is None]
        if project is None or zone is None or balance is None or decision_date is None:
            raise InputError.because("cumulative.plan", ", ".join(missing))
        rows += _plan(balance, portfolio, monitoring, project, zone, decision_date)
    called = {p.name: p.title for p in parcels}
    called |= {} if ecosystems is None else {k.name: k.title for k in ecosystems.ecosystems}
    return accumulate(
        projects,
        shapes={p.name: p.geometry for p in parcels},
        more=rows,
        sharing=sharing,
        since=_day(since, "since"),
        as_of=_day(as_of, "as_of"),
        titles=called | read_titles(titles or {}),
    )


def _plan(
    balance: Balance,
    portfolio: Offsets | None,
    monitoring: Delivered | None,
    project: str,
    zone: str,
    date: dt.date,
) -> list[Row]:
    """What the study loses and gains. What a site is worth less than it would be without the offset
    is a row of its own, which takes off the gain of the zone, as the balance does."""
    table = balance.table[balance.table["component"] == TOTAL]
    rows = []
    for name, place, gains, harms in (
        [] if portfolio is None else _served(portfolio, monitoring, zone)
    ):
        whole = sum(gains.values())
        rows += [
            Row(date, place, loss, project, GAIN, name, "", n, whole) for loss, n in gains.items()
        ]
        rows += [Row(date, place, loss, project, HARM, name, "", n) for loss, n in harms.items()]
    for row in table.to_dict("records"):
        lost = millionths(row["residual"])
        if lost:
            rows.append(Row(date, zone, str(row["asset"]), project, LOSS, "", "", lost))
    return sorted(rows)


def _served(
    portfolio: Offsets, monitoring: Delivered | None, zone: str
) -> list[tuple[str, str, dict[str, int], dict[str, int]]]:
    """Parcel, zone, and millionths gained and harmed by the ecosystem whose loss they stand for.

    In the measure of the balance: what all parcels gain for an ecosystem is the offset that the
    balance states for it.
    """
    table = portfolio.table.set_index("parcel")
    if monitoring is not None:
        rows = monitoring.served[["site", "asset", "kept_qha", "harm_qha"]]
        told = list(rows.itertuples(index=False, name=None))
    elif len(portfolio.shares.columns):
        shared = portfolio.shares[["parcel", "asset", "gain_qha"]]
        told = [(*row, 0.0) for row in shared.itertuples(index=False, name=None)]
    else:
        told = _as_allotted(portfolio)
    found = []
    for name in sorted({row[0] for row in told}):
        place = str(table.at[name, "zone"] or "") if "zone" in table.columns else ""
        gains: dict[str, int] = {}
        harms: dict[str, int] = {}
        for _, asset, *amounts in sorted(row for row in told if row[0] == name):
            for amount in amounts:
                n = millionths(amount)
                if n:
                    side = gains if n > 0 else harms
                    side[asset] = side.get(asset, 0) + abs(n)
        found.append((name, place or zone, gains, harms))
    return found


def _as_allotted(portfolio: Offsets) -> list[tuple[str, str, float, float]]:
    """Parcel, asset and gain as the allocation says by ecosystem, which tells no parcels."""
    table = portfolio.table.set_index("parcel")
    promised = table["gain_qha"].astype(float).to_dict()
    shares: dict[str, dict[str, float]] = {}
    for name in sorted(portfolio.chosen):
        kind = str(table.at[name, "ecosystem"])
        trades = portfolio.allocation[portfolio.allocation["gain"] == kind]
        shares[name] = {kind: 1.0}
        if len(trades) and trades["credited_qha"].sum() > 0:
            credited = trades.groupby("loss")["credited_qha"].sum()
            shares[name] = {str(k): float(v) for k, v in (credited / credited.sum()).items()}
    factors = {}
    for asset, held in zip(portfolio.assets, portfolio.offset_likely, strict=True):
        raw = sum(max(promised[n], 0.0) * s.get(asset, 0.0) for n, s in shares.items())
        factors[asset] = float(held) / raw if raw > 0 else 1.0
    return [
        (name, asset, promised[name] * part * factors.get(asset, 1.0), 0.0)
        for name, parts in shares.items()
        for asset, part in parts.items()
    ]


def _day(written: str | None, name: str) -> dt.date | None:
    if written is None:
        return None
    try:
        return dt.date.fromisoformat(str(written))
    except ValueError as cause:
        raise InputError.because("cumulative.day", name, value=written) from cause


METHOD = Method(
    id="ledger.cumulative",
    question=Text(
        es="¿Qué pierden y ganan todos los proyectos de una cuenca, contado una sola vez?",
        en="What do all projects of a basin lose and gain, each offset counted once?",
    ),
    function="nonetloss.ledger.cumulative_method:cumulative_accounts",
    inputs=(
        Port(
            "projects",
            "table",
            Text(
                es="Cuentas: project, zone, ecosystem, entry (loss | gain | bank), amount_qha, "
                "date; donde toque, parcel, bank, parcel_gain_qha, geometry.",
                en="Accounts: project, zone, ecosystem, entry (loss | gain | bank), amount_qha, "
                "date; where they apply, parcel, bank, parcel_gain_qha, geometry.",
            ),
        ),
        Port(
            "balance",
            "Balance",
            Text(es="Balance de este estudio.", en="Balance of this study."),
            unit="quality_hectare",
            optional=True,
        ),
        Port(
            "portfolio",
            "Portfolio",
            Text(es="Parcelas elegidas en este estudio.", en="Parcels chosen in this study."),
            unit="quality_hectare",
            optional=True,
        ),
        Port(
            "monitoring",
            "Monitoring",
            Text(
                es="Lo que esas parcelas han entregado; sin esto, lo prometido.",
                en="What these parcels have delivered; without it, what was promised.",
            ),
            unit="quality_hectare",
            optional=True,
        ),
        Port(
            "parcels",
            "Parcel",
            Text(es="Dónde están las parcelas.", en="Where the parcels lie."),
            many=True,
            optional=True,
        ),
        Port(
            "ecosystems",
            "EcosystemMap",
            Text(es="Cómo se llaman los ecosistemas.", en="What ecosystems are called."),
            optional=True,
        ),
        Port(
            "decision_date",
            "date",
            Text(es="Día en que se asienta este plan.", en="Day on which this plan is booked."),
            ambient=True,
            optional=True,
        ),
    ),
    outputs=(
        Port(
            "cumulative",
            "Cumulative",
            Text(
                es="Cuentas y balance por zona, ecosistema y proyecto; reclamos sobre cada tierra.",
                en="Accounts and balance by zone, ecosystem and project; claims on every land.",
            ),
            unit="quality_hectare",
        ),
    ),
    parameters=(
        Parameter(
            "project",
            Text(
                es="Nombre de este estudio en las cuentas; sin él no entra su plan.",
                en="Name of this study in the accounts; without it its plan does not enter.",
            ),
            kind="text",
            optional=True,
        ),
        Parameter(
            "zone",
            Text(
                es="Zona o cuenca de su pérdida, y de las parcelas que no dicen la suya.",
                en="Zone or basin of its loss, and of parcels that do not say theirs.",
            ),
            kind="text",
            optional=True,
        ),
        Parameter(
            "sharing",
            Text(
                es="Qué hacer si se reclama más de una tierra de lo que gana: refuse, un error; "
                "first, cuenta el primero en fecha; proportional, se reparte.",
                en="What to do where more is claimed of land than it gains: refuse, an error; "
                "first, the earliest counts; proportional, it is divided.",
            ),
            kind="choice",
            choices=SHARINGS,
            default="refuse",
        ),
        Parameter(
            "since",
            Text(
                es="Fecha (AAAA-MM-DD) antes de la cual una pérdida es un impacto anterior.",
                en="Date (YYYY-MM-DD) before which a loss is an earlier impact.",
            ),
            kind="text",
            optional=True,
        ),
        Parameter(
            "as_of",
            Text(
                es="Fecha (AAAA-MM-DD) hasta la que se cuenta.",
                en="Date (YYYY-MM-DD) up to which is counted.",
            ),
            kind="text",
            optional=True,
        ),
        Parameter(
            "titles",
            Text(
                es="Cómo se llaman los proyectos, zonas y predios ajenos: {nombre: {es, en}}.",
                en="What projects, zones and the parcels of others are called: {name: {es, en}}.",
            ),
            kind="mapping",
            reader="nonetloss.ledger.titles:read_titles",
            optional=True,
        ),
    ),
    references=(
        "BBOP 2012, Standard on Biodiversity Offsets, ISBN 978-1-932928-44-0",
        "Mandle et al. 2016, Environmental Modelling & Software 84:121-133",
    ),
    validity=Text(
        es="Vale lo que valgan las cuentas que cada proyecto declara; un proyecto que no está en "
        "la tabla no existe para ella. Una zona no cubre a otra ni un ecosistema a otro.",
        en="Worth what the accounts that each project states are worth; a project that is not in "
        "the table does not exist for it. No zone covers another, no ecosystem another.",
    ),
    example=(
        "- {step: basin, method: ledger.cumulative, inputs: {projects: other-projects}, "
        "parameters: {project: road, zone: aguaytia, sharing: refuse, since: '2020-01-01'}}"
    ),
)
