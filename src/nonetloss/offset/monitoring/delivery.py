"""What the sites have delivered of what was promised, and which balance that reopens.

Mathematical formulation
    For site i with promised credit C_i, its last observed gain o_i and the gain p_i planned for
    that year::

        share_i = min(1, max(0, o_i) / p_i)   1 where nothing was to be gained yet (p_i <= 0)
                                              0 where an observation was due and there is none
        harm_i  = min(0, o_i - min(0, p_i))   0 where nobody looked
        delivered_i = C_i share_i + harm_i
        delivered_e = Σ_i a_ei C_i share_i + h_ei harm_i
        shortfall_e = max(0, residual_e - delivered_e)

    a_ei is the part of the promise of site i that stands for the loss of ecosystem e in the plan,
    h_ei = a_ei / Σ_e a_ei, and 1 for its own ecosystem where the plan needs nothing of the site.

In words
    A promise stands as long as the site is where the plan said it would be by now. What falls short
    is taken off the credit in the same proportion, and the loss that it covered is open again. A
    site worth less than it would be without the offset has lost the credit, and what it lost
    besides is taken off as it is: a proportion of a small first gain could take off any amount.
    Being ahead of the plan earns nothing more unless the study says so: an early start is no proof
    of a higher end. Whoever did not look cannot count.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nonetloss.core.findings import Finding, notice, warning
from nonetloss.numerics.stats import pert
from nonetloss.offset.monitoring.allotted import Allotment
from nonetloss.offset.monitoring.planned import Chosen, Site
from nonetloss.offset.monitoring.progress import UNOBSERVED, latest

KEPT, REOPENED, OPEN = "kept", "reopened", "open"
_TOLERANCE_QHA = 1e-6

SITE_COLUMNS = (
    "site", "ecosystem", "year", "promised_qha", "gained_qha", "share", "harm_qha",
    "delivered_qha", "basis",
)  # fmt: skip
ASSET_COLUMNS = (
    "asset", "residual_qha", "promised_qha", "gained_qha", "harm_qha", "delivered_qha",
    "delivered_low_qha", "delivered_high_qha", "shortfall_qha", "status", "probability_closed",
)  # fmt: skip
SERVED_COLUMNS = (
    "site", "title_es", "title_en", "asset", "share", "promised_qha", "kept_qha", "harm_qha",
    "delivered_qha",
)  # fmt: skip


def delivered_sites(
    table: pd.DataFrame, *, sites: Sequence[Site], first_year: int = 0, surplus: bool = False
) -> pd.DataFrame:
    """One row per site (`SITE_COLUMNS`) from the table of progress.

    `gained_qha` is the gain that stands there by the last observation, NaN where nobody looked;
    `basis` is observed, not-due or unobserved.
    """
    last = latest(table)
    absent = set(table.loc[table["status"] == UNOBSERVED, "site"])
    rows = []
    for site in sites:
        seen = last.get(site.name)
        share, harm, basis = 1.0, 0.0, "not-due"
        if seen is not None:
            gained = np.array([seen["observed"]], dtype=float)
            (share,), (harm,) = _told(gained, float(seen["planned"]), surplus)
            basis = "observed" if seen["planned"] > 0 else "not-due"
        elif site.name in absent:
            share, basis = 0.0, "unobserved"
        rows.append(
            {
                "site": site.name,
                "ecosystem": site.parcel.ecosystem,
                "year": first_year + round(site.start) if seen is None else int(seen["year"]),
                "promised_qha": site.promised_qha,
                "gained_qha": np.nan if seen is None else float(seen["observed"]),
                "share": float(share),
                "harm_qha": float(harm),
                "delivered_qha": float(share * site.promised_qha + harm),
                "basis": basis,
            }
        )
    return pd.DataFrame(rows, columns=list(SITE_COLUMNS))


def _told(gained: np.ndarray, planned: float, surplus: bool) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the promise, and what is worse than without the offset, of observed gains."""
    harm = np.minimum(0.0, gained - min(0.0, planned))
    if planned <= 0:
        return np.ones_like(gained), harm
    share = np.maximum(gained, 0.0) / planned
    return share if surplus else np.minimum(1.0, share), harm


def delivered_draws(
    table: pd.DataFrame,
    *,
    delivered: pd.DataFrame,
    surplus: bool,
    draws: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """(sites, draws) of what was kept of the promise, and of what is worse than without the offset.

    The observed range is read as a PERT distribution. Sites vary
    independently: the range is that of a measurement, not of the world.
    """
    likely = delivered["promised_qha"] * delivered["share"]
    kept = np.repeat(likely.to_numpy(float)[:, None], draws, axis=1)
    harmed = np.repeat(delivered["harm_qha"].to_numpy(float)[:, None], draws, axis=1)
    last = latest(table)
    for i, row in enumerate(delivered.to_dict("records")):
        seen = last.get(str(row["site"]))
        if seen is None:
            continue
        ends = (seen["observed_low"], seen["observed"], seen["observed_high"])
        gained = pert(*ends, size=draws, rng=rng)
        share, harm = _told(gained, float(seen["planned"]), surplus)
        kept[i], harmed[i] = row["promised_qha"] * share, harm
    return kept, harmed


def expected_draws(
    delivered: pd.DataFrame,
    *,
    pace: np.ndarray,
    pace_sd: np.ndarray,
    year_spread: float,
    surplus: bool,
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """(sites, draws): what will have been delivered in the target year, at the pace of each site.

    The promise times the share gained, one at most (unless `surplus`), the share being normal
    around the pace with its uncertainty and the spread between years. Sites vary independently.
    """
    promised = delivered["promised_qha"].to_numpy(float)[:, None]
    spread = np.hypot(pace_sd, year_spread)[:, None]
    share = pace[:, None] + spread * rng.standard_normal((len(pace), draws))
    return np.asarray(promised * (share if surplus else np.minimum(1.0, share)))


def reopened_sites(
    delivered: pd.DataFrame, *, assets: pd.DataFrame, allotted: Allotment
) -> set[str]:
    """Sites that deliver less than they promised for an ecosystem whose balance is open again."""
    short = ((delivered["share"] < 1.0) | (delivered["harm_qha"] < 0)).to_numpy()
    opened = (assets["status"] == REOPENED).to_numpy()
    serves = (allotted.harm[opened] > 0).any(axis=0)
    return set(delivered.loc[short & serves, "site"])


def served(
    delivered: pd.DataFrame, *, sites: Sequence[Site], allotted: Allotment, factor: np.ndarray
) -> pd.DataFrame:
    """One row per site and ecosystem that it stands for (`SERVED_COLUMNS`), as the balance counts.

    Sums of `delivered_qha` by asset are the offset of the reopened balance, where not negative.
    """
    rows = []
    for i, (site, row) in enumerate(zip(sites, delivered.to_dict("records"), strict=True)):
        for e in np.flatnonzero((allotted.share[:, i] != 0) | (allotted.harm[:, i] != 0)):
            promised = factor[e] * allotted.share[e, i] * row["promised_qha"]
            harm = factor[e] * allotted.harm[e, i] * row["harm_qha"]
            kept = promised * row["share"]
            title = site.parcel.title
            rows.append(
                (site.name, title.es, title.en, allotted.assets[e], allotted.share[e, i],
                 promised, kept, harm, kept + harm)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=list(SERVED_COLUMNS))


def delivered_assets(
    delivered: pd.DataFrame,
    *,
    draws: np.ndarray,
    allotted: Allotment,
    portfolio: Chosen | None = None,
    ahead: np.ndarray | None = None,
    as_of: int = 0,
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """One row per ecosystem that lost (`ASSET_COLUMNS`), and the findings that reopen.

    `draws` (assets, draws) is what was delivered, `ahead` (sites, draws) what will have been kept
    in the target year, of which `probability_closed` is the share of draws that cover the likely
    residual loss. Without a portfolio the residual loss is unknown (NaN), and what was promised
    takes its place.
    """
    assets, share, harm = allotted.assets, allotted.share, allotted.harm
    promised = share @ delivered["promised_qha"].to_numpy(float)
    gained = harm @ np.nan_to_num(delivered["gained_qha"].to_numpy(float))
    kept = (delivered["promised_qha"] * delivered["share"]).to_numpy(float)
    harmed = harm @ delivered["harm_qha"].to_numpy(float)
    got = share @ kept + harmed
    residual = np.full(len(assets), np.nan)
    if portfolio is not None:
        told = portfolio.requirements.set_index("asset")["residual_qha"]
        residual = np.array([float(told.get(a, np.nan)) for a in assets])
    owed = np.where(np.isnan(residual), promised, residual)
    short = np.maximum(owed - got, 0.0)
    covered = promised >= owed - _TOLERANCE_QHA
    open_now = short > _TOLERANCE_QHA
    status = np.where(~open_now, KEPT, np.where(covered, REOPENED, OPEN))
    low, high = np.quantile(draws, [0.05, 0.95], axis=1)
    closed = np.full(len(assets), np.nan)
    if ahead is not None:
        closed = (share @ ahead >= owed[:, None] - _TOLERANCE_QHA).mean(axis=1)
    columns = (assets, residual, promised, gained, harmed, got, low, high, short, status, closed)
    table = pd.DataFrame(dict(zip(ASSET_COLUMNS, columns, strict=True)))
    found: list[Finding] = []
    for row in table.to_dict("records"):
        numbers = {k: f"{row[k]:.2f}" for k in ("promised_qha", "delivered_qha", "shortfall_qha")}
        numbers["as_of"] = str(as_of)
        if row["status"] == REOPENED:
            found.append(warning("monitoring.reopened", row["asset"], **numbers))
        elif row["status"] == OPEN:
            found.append(warning("monitoring.still-open", row["asset"], **numbers))
        elif row["promised_qha"] > 0:
            found.append(notice("monitoring.kept", row["asset"], **numbers))
        if row["delivered_qha"] < -_TOLERANCE_QHA:
            beyond = f"{-row['delivered_qha']:.2f}"
            found.append(
                warning("monitoring.harm-beyond", row["asset"], beyond=beyond, as_of=str(as_of))
            )
    return table, tuple(found)
