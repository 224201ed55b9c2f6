"""Credit of a bank from gains over time: released as it is reached, as far as it lasts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import nearest, offenders
from nonetloss.core.language import Text
from nonetloss.core.method import Method, Parameter, Port
from nonetloss.core.units import quantity
from nonetloss.landscape.parcel import Parcel
from nonetloss.offset.counterfactual.banking import (
    BANKS,
    Bank,
    BankKind,
    Deposit,
    Withdrawal,
    settle,
)
from nonetloss.offset.counterfactual.reading import require_names
from nonetloss.offset.gains import Gains

_KEYS = ("ecosystem", "year", "amount")
# Quality-hectares; a smaller rise of a curve is no deposit.
_LEAST = 1e-6


def released(
    gains: Gains, *, parcels: Sequence[Parcel], valid_years: float = float("nan")
) -> tuple[Deposit, ...]:
    """One deposit per parcel and year in which its lasting gain rises.

    Parameters
    ----------
    gains : Gains
        The likely gain of each year as it is credited, leakage taken off; where that is not told,
        what lies between the trajectories with and without.
    parcels : sequence of Parcel
        Area and ecosystem of the parcels of `gains`; others are ignored.
    valid_years : float
        Years for which a deposit may be drawn. NaN: for ever.

    Returns
    -------
    tuple of Deposit
        In one ecosystem and year, what all its parcels release adds up.

    Raises
    ------
    InputError
        `counterfactual.name` for a parcel of `gains` that is not among `parcels`.

    Notes
    -----
    What may be drawn at time t is the least gain from t on, min over u >= t of g(u), with g the
    yearly gain, A (with(u) - without(u)) less leakage: a gain that is lost again later was never a
    credit.
    """
    known = {p.name: p for p in parcels}
    require_names("gains", gains.parcels, known)
    made = []
    for i, name in enumerate(gains.parcels):
        parcel = known[name]
        if gains.yearly is None:
            yearly = parcel.area_ha * (gains.with_offset[i] - gains.without_offset[i])
        else:
            yearly = gains.yearly[i]
        lasting = np.maximum(0.0, np.minimum.accumulate(yearly[::-1])[::-1])
        for year, amount in zip(gains.years, np.diff(lasting, prepend=0.0), strict=True):
            if amount > _LEAST:
                until = float(year) + valid_years
                made.append(Deposit(name, parcel.ecosystem, float(year), float(amount), until))
    return tuple(made)


def bank(
    gains: Gains,
    *,
    parcels: Sequence[Parcel],
    withdrawals: Mapping[str, Any],
    kind: BankKind = "credit",
    keep_surplus: bool = True,
    valid_years: float = float("nan"),
) -> Bank:
    """Serve losses of several years from gains that are there by then.

    Parameters
    ----------
    gains : Gains
        What `offset.counterfactual` gives.
    parcels : sequence of Parcel
    withdrawals : mapping
        See `read_withdrawals`; years count from the same year 0 as the gains.
    kind : "credit" or "parcel"
    keep_surplus : bool
        See `banking.settle`.
    valid_years : float
        Years for which credit may be drawn. NaN: for ever.

    Raises
    ------
    InputError
        `bank.withdrawal`, `bank.kind`, `bank.amount`, `counterfactual.name`.
    """
    asked = read_withdrawals(withdrawals, ecosystems=sorted({p.ecosystem for p in parcels}))
    deposits = released(gains, parcels=parcels, valid_years=valid_years)
    return settle(deposits, withdrawals=asked, kind=kind, keep_surplus=keep_surplus)


def read_withdrawals(
    given: Mapping[str, Any], *, layers: Iterable[str] = (), ecosystems: Iterable[str] | None = None
) -> tuple[Withdrawal, ...]:
    """Losses that ask for credit: ``{phase-1: {ecosystem: x, year: 5 year, amount: 12 qha}}``.

    Raises
    ------
    InputError
        `bank.withdrawal`, `bank.amount`.
    UnitError
        For a year or an amount without unit.
    """
    known = None if ecosystems is None else tuple(ecosystems)
    made = []
    for name, raw in given.items():
        if not isinstance(raw, Mapping) or set(raw) != set(_KEYS):
            found = offenders(sorted(raw)) if isinstance(raw, Mapping) else str(raw)
            raise InputError.because(
                "bank.withdrawal", str(name), found=found or "–", known=", ".join(_KEYS), nearest=""
            )
        ecosystem = str(raw["ecosystem"])
        if known is not None and ecosystem not in known:
            raise InputError.because(
                "bank.withdrawal",
                str(name),
                found=ecosystem,
                known=offenders(known, 20),
                nearest=nearest(ecosystem, known),
            )
        year = quantity(raw["year"], "year", name=f"withdrawals.{name}.year")
        amount = quantity(raw["amount"], "quality_hectare", name=f"withdrawals.{name}.amount")
        if not amount > 0:
            raise InputError.because("bank.amount", str(name))
        made.append(Withdrawal(str(name), ecosystem, year, amount))
    return tuple(made)


METHOD = Method(
    id="offset.bank",
    question=Text(
        es="¿Alcanza la ganancia ya lograda para las pérdidas de cada año?",
        en="Is the gain reached so far enough for the losses of each year?",
    ),
    function="nonetloss.offset.counterfactual.release:bank",
    inputs=(
        Port(
            "gains",
            "Gains",
            Text(es="Ganancias por predio y año.", en="Gains per parcel and year."),
            unit="quality_hectare",
        ),
        Port(
            "parcels",
            "Parcel",
            Text(es="Predios, por su superficie y ecosistema.", en="Parcels: area and ecosystem."),
            many=True,
        ),
    ),
    outputs=(
        Port(
            "bank",
            "Bank",
            Text(
                es="Asientos, saldos, y qué pérdidas se atienden.",
                en="Entries, balances, and which losses are served.",
            ),
            unit="quality_hectare",
        ),
    ),
    parameters=(
        Parameter(
            "withdrawals",
            Text(
                es="Pérdidas que piden crédito, por nombre: {ecosystem, year, amount}.",
                en="Losses that ask for credit, by name: {ecosystem, year, amount}.",
            ),
            kind="mapping",
            reader="nonetloss.offset.counterfactual.release:read_withdrawals",
        ),
        Parameter(
            "kind",
            Text(
                es="«credit» divide los créditos; «parcel» entrega lo de cada predio entero.",
                en='"credit" splits credits; "parcel" hands over those of a parcel whole.',
            ),
            kind="choice",
            choices=BANKS,
            default="credit",
        ),
        Parameter(
            "keep_surplus",
            Text(
                es="Con «parcel»: si lo que sobra vuelve como crédito.",
                en='With "parcel": whether what is left over returns as credit.',
            ),
            kind="flag",
            default=True,
        ),
        Parameter(
            "valid_years",
            Text(
                es="Años durante los que vale un crédito. Sin dato, siempre.",
                en="Years for which a credit is valid. Where absent, for ever.",
            ),
            unit="year",
            low=0.0,
            optional=True,
        ),
    ),
    references=(
        "Gordon et al. 2011, doi 10.1016/j.envsoft.2011.07.021",
        "BBOP 2012, ISBN 978-1-932928-44-0",
    ),
    validity=Text(
        es="Usa las trayectorias probables: lo logrado de verdad lo dice el monitoreo. Un crédito "
        "solo sirve a su propio ecosistema.",
        en="Uses the likely trajectories: what was really reached, monitoring says. A credit "
        "serves its own ecosystem only.",
    ),
    example=(
        "- {step: bank, method: offset.bank, parameters: {withdrawals: {phase-1: "
        "{ecosystem: aguajal, year: 5 year, amount: 12 quality_hectare}}}}"
    ),
)
