"""Forty years of money: revenue of carbon at several prices against the budget, and who shares.

Mathematical formulation
    For price p, growth g, credits sold q[t], fee f per credit, other income I[t], costs K[t],
    discount factors d[t] (`numerics.discounting`), t = 0 in the first year::

        R[t]   = p (1 + g)^t q[t]
        net[t] = R[t] + I[t] - K[t] - f q[t]
        NPV    = sum_t d[t] net[t]
        break-even price = sum_t d[t] (K[t] + f q[t] - I[t]) / sum_t d[t] (1 + g)^t q[t]

In words
    NPV rises in a straight line with the price, so that each draw of credits and costs has one
    price at which it is zero. No price is forecast: what follows from each is shown.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, offenders, warning
from nonetloss.core.language import Text
from nonetloss.forest.concession.budget import Budget, Flow, read_budget
from nonetloss.forest.concession.contract import (
    Contract,
    clock_table,
    obligation_table,
    read_date,
    years_left,
)
from nonetloss.forest.concession.results import Concession
from nonetloss.forest.concession.selling import Credits, sold_credits
from nonetloss.forest.concession.sharing import Party, read_sharing, share_out
from nonetloss.numerics.discounting import discount_factors
from nonetloss.numerics.stats import probability

LOW, HIGH = 0.05, 0.95
DELAYS = tuple(range(6))
HOLDER = "holder"
_CASES = {
    "project": Text(es="Antes del reparto", en="Before sharing"),
    "after-revenue-shares": Text(
        es="Tras las partes del ingreso", en="After the shares of revenue"
    ),
}
_HOLDER_TITLE = Text(es="Concesionario (resto)", en="Concession holder (rest)")


class Permanence(Protocol):
    """Non-permanence risk; `clock` as in `forest.credits.tenure`, empty without a contract."""

    clock: pd.DataFrame


def plan_concession(
    budget: pd.DataFrame,
    *,
    decision_date: datetime.date,
    rng: np.random.Generator,
    start: str,
    prices_usd_per_tco2e: Sequence[float],
    draws: int = 1000,
    credits: Credits | None = None,
    permanence: Permanence | None = None,
    obligations: pd.DataFrame | None = None,
    sharing: pd.DataFrame | None = None,
    contract_years: int = 40,
    renewal_years: int = 0,
    renewal_evidence: str = "",
    renewal_supposed: bool = False,
    project_start: str | None = None,
    minimum_longevity: float = 40.0,
    first_year: int | None = None,
    horizon_years: int = 40,
    standard: str | None = None,
    delay_years: int = 1,
    after_plan: str = "nothing",
    price_growth: float = 0.0,
    fee_usd_per_tco2e: float = 0.0,
    discount_rate: float = 0.05,
    timing: str = "end",
    losses: str = "carried",
) -> Concession:
    """The contract, its duties and its money, at each price.

    Parameters
    ----------
    budget : DataFrame
        See `budget.read_budget`.
    decision_date : date
        The day of the study: obligations before it are past; the first year, unless given.
    rng, draws
        Draws of the budget; as many as the credits have, where there are credits.
    start : str
        ISO date on which the contract began; `contract_years`, `renewal_years`,
        `renewal_evidence` and `renewal_supposed` as in `contract.Contract`.
    prices_usd_per_tco2e : sequence of float
        At least one; each once.
    credits : CreditPlan, optional
        None: the contract and its costs only.
    permanence : Permanence, optional
        What the buffer of the credits rests on; told where it counts another renewal.
    obligations, sharing : DataFrame, optional
        See `contract.obligation_table`, `sharing.read_sharing`.
    project_start : str, optional
        ISO date on which the commitment to the standard begins, not before the contract; None: the
        day of the study.
    minimum_longevity : float
        Years that a contract must last from then on.
    first_year, horizon_years : int
        First calendar year of the cash flow, and how many.
    standard, delay_years, after_plan
        See `selling.sold_credits`.
    price_growth : float
        Yearly growth of the price, real.
    fee_usd_per_tco2e : float
        What issuing and selling one credit costs.
    discount_rate, timing
        See `numerics.discounting`; the base date is the start of the first year.
    losses : str
        Whether the surplus that is shared makes up earlier losses first: see `sharing`.

    Raises
    ------
    InputError
        `concession.date`, `concession.prices`, `concession.years`,
        `concession.project-before-contract`, and what the parts raise.
    """
    prices = _prices(prices_usd_per_tco2e)
    contract = Contract(
        read_date(start, name="start"), contract_years, renewal_years, renewal_evidence.strip(),
        renewal_supposed,
    )  # fmt: skip
    begins = _beginning(project_start, contract, day=decision_date)
    opens = decision_date.year if first_year is None else first_year
    duties, found = obligation_table(obligations, contract=contract, on=decision_date)
    told: list[Finding] = [*found, *_tenure(contract, begins, minimum_longevity)]
    told += _disagreement(contract, permanence)
    if credits is not None:
        draws = credits.net_draws.shape[-1]
    money, found = read_budget(budget, first_year=opens, years=horizon_years, draws=draws, rng=rng)
    told += [*found, *_paid_after(money, contract)]
    parties = read_sharing(sharing, holder=HOLDER)

    def sales(delay: int) -> tuple[Flow, tuple[Finding, ...]]:
        if credits is None:
            return Flow(np.zeros(horizon_years), np.zeros((horizon_years, draws))), ()
        return sold_credits(
            credits, standard=standard, contract=contract, first_year=opens, years=horizon_years,
            delay=delay, after_plan=after_plan,
        )  # fmt: skip

    sold, found = sales(delay_years)
    told += found
    terms = Terms(
        first_year=opens,
        growth=(1.0 + price_growth) ** np.arange(horizon_years),
        factors=discount_factors(horizon_years, rate=discount_rate, timing=timing),
        fee=fee_usd_per_tco2e,
        losses=losses,
    )
    runs = {price: run_of(price, sold, money, parties, terms) for price in prices}
    left = years_left(contract.start, contract.proven_end, begins)
    events = _events(contract, decision_date, begins)
    return Concession(
        cashflow=_stacked(_cash(p, r, sold, terms) for p, r in runs.items()),
        distribution=pd.DataFrame([_spread(p, r, money, terms) for p, r in runs.items()]),
        breakeven=breakeven_table(sold, money, parties, terms),
        sharing=_stacked(_shares(p, r, parties, terms) for p, r in runs.items()),
        sharing_by_year=_stacked(_yearly(p, r, terms) for p, r in runs.items()),
        delays=_delayed(prices, {n: sales(n)[0] for n in DELAYS}, money, terms),
        obligations=duties,
        clock=clock_table(contract, events=events, minimum_years=minimum_longevity),
        budget_items=money.items,
        contract_end=contract.counted_end.isoformat(),
        renewal=_renewal(contract),
        renewal_years=contract.renewal_years,
        project_start=begins.isoformat(),
        years_left=left,
        longevity_fails=bool(left < minimum_longevity),
        standard="" if credits is None else (standard or credits.standards[0]),
        discount_rate=discount_rate,
        findings=tuple(told),
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same at every price. `growth` and `factors` are (years,)."""

    first_year: int
    growth: np.ndarray
    factors: np.ndarray
    fee: float
    losses: str

    @property
    def years(self) -> np.ndarray:
        """Calendar years of the horizon."""
        return self.first_year + np.arange(len(self.factors))


@dataclass(frozen=True, slots=True)
class Run:
    """Money at one price: (years, 1 + draws), the first column the likely one."""

    revenue: np.ndarray
    income: np.ndarray
    cost: np.ndarray
    net: np.ndarray
    received: Mapping[str, np.ndarray]
    holder: np.ndarray


def run_of(price: float, sold: Flow, budget: Budget, parties: Sequence[Party], terms: Terms) -> Run:
    """Revenue, costs and shares of every year at one price."""
    credits = _columns(sold)
    revenue = price * terms.growth[:, None] * credits
    income = _columns(budget.income)
    cost = _columns(budget.cost) + terms.fee * credits
    received, holder = share_out(
        parties, revenue=revenue, other=income - cost, losses=terms.losses
    )  # fmt: skip
    return Run(revenue, income, cost, revenue + income - cost, received, holder)


def breakeven_table(
    sold: Flow, budget: Budget, parties: Sequence[Party], terms: Terms
) -> pd.DataFrame:
    """The price at which NPV is zero, before and after shares of revenue; see `Concession`."""
    credits = _columns(sold)
    needed = terms.factors @ (_columns(budget.cost) + terms.fee * credits - _columns(budget.income))
    worth = terms.factors @ (terms.growth[:, None] * credits)
    first = sum(p.share for p in parties if p.base == "revenue")
    rows = []
    for (case, title), kept in zip(_CASES.items(), (1.0, 1.0 - first), strict=True):
        # Where nothing is sold no price pays, unless there is nothing to pay.
        with np.errstate(divide="ignore", invalid="ignore"):
            price = np.where(worth * kept > 0, needed / (worth * kept), np.inf)
        price = np.where((needed <= 0) & ~(worth * kept > 0), 0.0, np.maximum(price, 0.0))
        low, high = _never(price[1:], (LOW, HIGH))
        rows.append(
            {
                "case": case,
                "title_es": title.es,
                "title_en": title.en,
                "price_usd": _finite(price[0]),
                "price_low_usd": low,
                "price_high_usd": high,
                "share_without": float(np.isinf(price[1:]).mean()) if len(price) > 1 else np.nan,
            }
        )
    return pd.DataFrame(rows)


def payback_of(net: np.ndarray) -> np.ndarray:
    """Index of the year in which the running sum is back at zero or more; inf if it never is.

    After it was first below zero; 0 if it never was below. `net` (years, …); the result has the
    shape of one year.
    """
    below = np.cumsum(net, axis=0) < 0
    back = np.logical_or.accumulate(below, axis=0) & ~below
    first = np.where(back.any(axis=0), back.argmax(axis=0), np.inf)
    return np.asarray(np.where(below.any(axis=0), first, 0.0))


def relapse_of(net: np.ndarray) -> float:
    """Index of the first year after `payback_of` in which the running sum of `net` (years,) is
    below zero again; inf if it never is.
    """
    back = payback_of(net)
    below = np.flatnonzero(np.cumsum(net) < 0)
    after = below[below > back]
    return float(after[0]) if len(after) else np.inf


def _prices(given: Sequence[float]) -> tuple[float, ...]:
    prices = tuple(float(p) for p in given)
    good = all(np.isfinite(p) and p >= 0 for p in prices)
    if not prices or not good or len(set(prices)) < len(prices):
        raise InputError.because(
            "concession.prices", "prices_usd_per_tco2e", found=offenders(given) or "–"
        )
    return tuple(sorted(prices))


def _beginning(written: str | None, contract: Contract, *, day: datetime.date) -> datetime.date:
    """Start of the project, which holds nothing before the contract does."""
    if written is None:
        return day
    begins = read_date(written, name="project_start")
    if begins < contract.start:
        raise InputError.because(
            "concession.project-before-contract", "project_start", date=begins.isoformat(),
            start=contract.start.isoformat(),
        )  # fmt: skip
    return begins


def _renewal(contract: Contract) -> str:
    if not contract.renewal_years:
        return "none"
    if contract.evidence:
        return "shown"
    return "supposed" if contract.supposed else "unproven"


def _disagreement(contract: Contract, permanence: Permanence | None) -> list[Finding]:
    """Credits that stand on a renewal which the money does not count, or the reverse."""
    if permanence is None or permanence.clock.empty:
        return []
    clock = permanence.clock
    counted = bool((clock["longevity_years"] > clock["contract_years_left"]).any())
    if counted == contract.counts_renewal:
        return []
    there = (clock["year"] + clock["longevity_years"]).max()
    return [
        warning("concession.renewal-disagrees", "permanence", there=f"{there:.0f}",
                here=contract.counted_end.isoformat())
    ]  # fmt: skip


def _tenure(contract: Contract, begins: datetime.date, minimum: float) -> list[Finding]:
    """The trap of a long contract that began long ago."""
    proven = years_left(contract.start, contract.proven_end, begins)
    if proven >= minimum:
        return []
    asked = contract.renewal_years > 0 and not contract.evidence
    code = "concession.renewal-unproven" if asked else "concession.too-short"
    if asked and contract.supposed:
        code = "concession.renewal-supposed"
    return [
        warning(
            code, "contract", term=contract.years, start=contract.start.isoformat(),
            date=begins.isoformat(), left=f"{proven:.1f}", minimum=f"{minimum:g}",
            end=contract.proven_end.isoformat(), renewal=contract.renewal_years,
        )
    ]  # fmt: skip


def _paid_after(money: Budget, contract: Contract) -> list[Finding]:
    """Costs after the end of a contract that can issue nothing any more."""
    ends = contract.counted_end
    items = money.items
    late = items.loc[(items["kind"] == "cost") & (items["last_year"] > ends.year), "item"]
    if late.empty:
        return []
    return [
        warning("concession.paid-after-contract", "budget", count=len(late),
                names=offenders(late), end=ends.isoformat())
    ]  # fmt: skip


def _events(
    contract: Contract, day: datetime.date, begins: datetime.date
) -> dict[str, tuple[Text, datetime.date]]:
    events = {
        "project-start": (Text(es="Inicio del proyecto", en="Start of the project"), begins),
        "study": (Text(es="Día del estudio", en="Day of the study"), day),
    }
    if contract.renewal_years:
        renewed = Text(es="Fin con renovación", en="End with renewal")
        events["renewed-end"] = (renewed, contract.renewed_end)
    return events


def _columns(flow: Flow) -> np.ndarray:
    return np.column_stack([flow.likely, flow.draws])


def _ends(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Likely, low and high of (…, 1 + draws)."""
    if values.shape[-1] == 1:
        nothing = np.full(values.shape[:-1], np.nan)
        return values[..., 0], nothing, nothing
    low, high = np.quantile(values[..., 1:], (LOW, HIGH), axis=-1)
    return values[..., 0], low, high


def _cash(price: float, run: Run, sold: Flow, terms: Terms) -> pd.DataFrame:
    table = pd.DataFrame({"price": price, "year": terms.years, "credits_tco2e": sold.likely})
    parts = {
        "revenue": run.revenue,
        "income": run.income,
        "cost": run.cost,
        "shared": run.net - run.holder,
        "net": run.net,
        "holder": run.holder,
        "cumulative": np.cumsum(run.net, axis=0),
    }
    for name, values in parts.items():
        likely, low, high = _ends(values)
        table[f"{name}_usd"], table[f"{name}_low_usd"] = likely, low
        table[f"{name}_high_usd"] = high
    return table


def _spread(price: float, run: Run, budget: Budget, terms: Terms) -> dict[str, float]:
    row: dict[str, float] = {"price": price}
    for name, values in (("npv", run.net), ("holder_npv", run.holder)):
        likely, low, high = _ends(terms.factors @ values)
        row |= {f"{name}_usd": float(likely), f"{name}_low_usd": float(low)}
        row[f"{name}_high_usd"] = float(high)
    worth = (terms.factors @ run.net)[1:]
    if len(worth):
        chance = probability(worth > 0)
        row |= {"probability_npv_positive": chance.value, "probability_low": chance.low}
        row["probability_high"] = chance.high
    payback = payback_of(run.net)
    soon, late = _never(payback[1:], (LOW, HIGH))
    row |= {"payback_year": _finite(payback[0] + terms.first_year)}
    row |= {"payback_low": soon + terms.first_year, "payback_high": late + terms.first_year}
    row["relapse_year"] = _finite(relapse_of(run.net[:, 0]) + terms.first_year)
    row["payback_years"] = _finite(payback[0] + 1)
    until = len(terms.factors) if np.isinf(payback[0]) else int(payback[0]) + 1
    costs = float(run.cost[:until, 0].sum())
    row["secured_share"] = float(budget.secured[:until].sum()) / costs if costs > 0 else np.nan
    return row


def _delayed(
    prices: Sequence[float], sold: Mapping[int, Flow], budget: Budget, terms: Terms
) -> pd.DataFrame:
    """Likely NPV at each price for each delay of the sales."""
    rows = []
    for delay, flow in sold.items():
        likely = Budget(_bare(budget.cost), _bare(budget.income), budget.secured, budget.items)
        for price in prices:
            net = run_of(price, _bare(flow), likely, (), terms).net[:, 0]
            rows.append(
                {"price": price, "delay_years": delay, "npv_usd": float(terms.factors @ net)}
            )
    return pd.DataFrame(rows)


def _bare(flow: Flow) -> Flow:
    """A flow without its draws."""
    return Flow(flow.likely, flow.draws[:, :0])


def _stacked(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(list(tables), ignore_index=True)


def _shares(price: float, run: Run, parties: Sequence[Party], terms: Terms) -> pd.DataFrame:
    known = {p.name: p for p in parties}
    revenue = float(run.revenue[:, 0].sum())
    rows = []
    for name, values in {**run.received, HOLDER: run.holder}.items():
        title = known[name].title if name in known else _HOLDER_TITLE
        likely, low, high = _ends(values.sum(axis=0))
        rows.append(
            {
                "price": price,
                "party": name,
                "title_es": title.es,
                "title_en": title.en,
                "kind": known[name].kind if name in known else HOLDER,
                "total_usd": float(likely),
                "total_low_usd": float(low),
                "total_high_usd": float(high),
                "npv_usd": float(terms.factors @ values[:, 0]),
                "share": float(likely) / revenue if revenue > 0 and likely >= 0 else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _yearly(price: float, run: Run, terms: Terms) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame({"price": price, "party": name, "year": terms.years, "usd": values[:, 0]})
            for name, values in {**run.received, HOLDER: run.holder}.items()
        ],
        ignore_index=True,
    )


def _never(values: np.ndarray, shares: tuple[float, ...]) -> list[float]:
    """Quantiles of numbers some of which are infinite; NaN where the quantile is."""
    if len(values) == 0:
        return [float("nan")] * len(shares)
    found = np.quantile(values, shares, method="inverted_cdf")
    return [_finite(v) for v in found]


def _finite(value: float) -> float:
    return float(value) if np.isfinite(value) else float("nan")
