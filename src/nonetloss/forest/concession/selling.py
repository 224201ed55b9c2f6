"""Which credits are sold in which year.

Mathematical formulation
    With net credits n[v] of vintage v, their running sum C[v], and h[v] the share of the year
    within the contract::

        saleable[v] = max(0, max_{u <= v} C[u]) - max(0, max_{u < v} C[u]),   C of n h
        sold[t]     = saleable[t - delay]

In words
    A vintage below zero is made up by later ones before anything more is sold. What was sold is
    never taken back here; reversals are the buffer's.
"""

from typing import Protocol

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, notice, offenders, warning
from nonetloss.forest.concession.budget import Flow
from nonetloss.forest.concession.contract import Contract, share_of_year

AFTER = ("nothing", "last", "mean")


class Credits(Protocol):
    """Net credits per standard and vintage, in tCO2e."""

    standards: tuple[str, ...]
    years: tuple[int, ...]
    net: np.ndarray
    net_draws: np.ndarray


def sold_credits(
    credits: Credits,
    *,
    standard: str | None,
    contract: Contract,
    first_year: int,
    years: int,
    delay: int,
    after_plan: str,
) -> tuple[Flow, tuple[Finding, ...]]:
    """Credits sold in each year of the horizon, tCO2e.

    Parameters
    ----------
    credits : CreditPlan
    standard : str or None
        Whose credits are sold; None: the first standard of the plan.
    contract : Contract
        Vintages count for their share of the year before its end, a renewal only where it
        is shown or supposed.
    first_year, years : int
        The horizon. Sales outside are left out and told.
    delay : int
        Years from a vintage to its sale.
    after_plan : str
        What the years after the last vintage of the plan issue: `nothing`, as the `last`, or the
        `mean` of all its vintages.

    Raises
    ------
    InputError
        `concession.standard-unknown`, `concession.vintages`, `concession.credits-unknown`.
    """
    name = credits.standards[0] if standard is None else standard
    if name not in credits.standards:
        known = offenders(credits.standards, 20)
        raise InputError.because("concession.standard-unknown", name, known=known)
    vintages = np.asarray(credits.years, dtype=np.int64)
    if len(vintages) == 0 or (np.diff(vintages) != 1).any():
        raise InputError.because("concession.vintages", name, found=offenders(credits.years))
    row = credits.standards.index(name)
    # The likely plan is carried as one more draw.
    net = np.column_stack([credits.net[row], credits.net_draws[row]])
    unknown = ~np.isfinite(net).all(axis=1)
    if unknown.any():
        # Otherwise an unknown plan would be told as a sure loss.
        named = offenders(vintages[unknown])
        raise InputError.because("concession.credits-unknown", name, years=named)
    last = first_year + years - 1 - delay
    found: list[Finding] = []
    if last > vintages[-1]:
        more = last - int(vintages[-1])
        filler = {
            "nothing": np.zeros(net.shape[1]), "last": net[-1], "mean": net.mean(axis=0)
        }[after_plan]  # fmt: skip
        net = np.vstack([net, np.repeat(filler[None], more, axis=0)])
        code = f"concession.after-plan-{after_plan}"
        found.append(notice(code, "credits", last=int(vintages[-1]), until=last))
        vintages = np.arange(vintages[0], last + 1)
    held = np.array([share_of_year(contract.start, contract.counted_end, int(v)) for v in vintages])
    if (held < 1).any():
        years_cut = int((held < 1).sum())
        end = contract.counted_end.isoformat()
        found.append(warning("concession.after-contract", "credits", count=years_cut, end=end))
    if (net[:, 0] < 0).any():
        below = offenders(vintages[net[:, 0] < 0])
        found.append(warning("concession.negative-vintage", "credits", years=below))
    saleable = risen(net * held[:, None])
    sold = np.zeros((years, net.shape[1]))
    at = vintages + delay - first_year
    inside = (at >= 0) & (at < years)
    sold[at[inside]] = saleable[inside]
    lost = float(saleable[~inside, 0].sum())
    if lost > 0:
        found.append(notice("concession.sold-outside", "credits", tco2e=round(lost)))
    return Flow(sold[:, 0], sold[:, 1:]), tuple(found)


def risen(amounts: np.ndarray) -> np.ndarray:
    """By how much the running sum exceeds, each year, all it was before and zero.

    `amounts` (years, …); the sum of the result is the highest the running sum ever was, at least
    zero.
    """
    height = np.maximum.accumulate(np.maximum(np.cumsum(amounts, axis=0), 0.0), axis=0)
    return np.diff(height, axis=0, prepend=np.zeros((1, *amounts.shape[1:])))
