"""Which site stands for the loss of which ecosystem: the allocation of the plan, carried over."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.offset.monitoring.planned import Chosen, Site


@dataclass(frozen=True, slots=True)
class Allotment:
    """Which site stands for the loss of which ecosystem.

    `share` (assets, sites) is the part of each promise that counts for an ecosystem, as in the
    plan; `harm` (assets, sites) the part of what a site lost besides. Each site that serves any
    ecosystem harms them in the same proportions; one that serves none harms its own.
    """

    assets: tuple[str, ...]
    share: np.ndarray
    harm: np.ndarray


def allotment(sites: Sequence[Site], *, portfolio: Chosen | None = None) -> Allotment:
    """As the shares of the portfolio say, parcel by parcel.

    Where it tells none, as its allocation says by ecosystem; a site whose ecosystem is not in it,
    and every site without a portfolio, stands for its own ecosystem.
    """
    own = sorted({s.parcel.ecosystem for s in sites})
    assets = tuple(own) if portfolio is None else tuple(portfolio.assets)
    if portfolio is not None and len(portfolio.shares.columns):
        share = _shares_told(sites, assets, portfolio.shares)
    else:
        trades = None if portfolio is None else portfolio.allocation
        share = _shares_by_ecosystem(sites, assets, trades)
    whole = share.sum(axis=0)
    harm = share / np.where(whole > 0, whole, 1.0)
    for i, site in enumerate(sites):
        if whole[i] <= 0 and site.parcel.ecosystem in assets:
            harm[assets.index(site.parcel.ecosystem), i] = 1.0
    return Allotment(assets, share, harm)


def _shares_told(sites: Sequence[Site], assets: tuple[str, ...], told: pd.DataFrame) -> np.ndarray:
    given = np.zeros((len(assets), len(sites)))
    at = {site.name: i for i, site in enumerate(sites)}
    for row in told.to_dict("records"):
        given[assets.index(row["asset"]), at[row["parcel"]]] += row["share"] * row["delay_factor"]
    return given


def _shares_by_ecosystem(
    sites: Sequence[Site], assets: tuple[str, ...], trades: pd.DataFrame | None
) -> np.ndarray:
    given = np.zeros((len(assets), len(sites)))
    for i, site in enumerate(sites):
        kind = site.parcel.ecosystem
        rows = None if trades is None else trades[trades["gain"] == kind]
        if rows is not None and len(rows):
            whole = float(rows["credited_qha"].sum()) or 1.0  # nothing credited: for no loss
            for loss, credited in zip(rows["loss"], rows["credited_qha"], strict=True):
                given[assets.index(loss), i] += float(credited) / whole
        elif kind in assets:
            given[assets.index(kind), i] = 1.0
    return given


def measure(
    sites: Sequence[Site], *, share: np.ndarray, portfolio: Chosen | None = None
) -> np.ndarray:
    """(assets,): what a delivered unit counts in the balance of the plan.

    A plan may count gains by a convention (discounted years) that its balance takes back: the
    factor brings what was promised to what that balance holds. 1 without a portfolio, and where
    nothing was promised.
    """
    if portfolio is None:
        return np.ones(len(share))
    promised = share @ np.array([s.promised_qha for s in sites], dtype=float).reshape(len(sites))
    held = np.asarray(portfolio.offset_likely, dtype=float)
    return np.divide(held, promised, out=np.ones(len(share)), where=promised > 0)
