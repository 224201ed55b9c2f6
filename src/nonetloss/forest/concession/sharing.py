"""Who receives what: shares of revenue, shares of the surplus, and the rest to the holder.

Mathematical formulation
    With revenue R, other income I, costs K in year t, shares r_k of revenue and s_k of surplus::

        S[t] = R[t] (1 - sum r_k) + I[t] - K[t]
        D[t] = max(0, S[t])                                 losses of a year are the holder's
        D[t] = H[t] - H[t-1],  H[t] = max(0, max_{u<=t} sum_{v<=u} S[v])    losses are carried
        party k receives r_k R[t] + s_k D[t];  holder  S[t] - sum s_k D[t]

In words
    A share of revenue is paid before any cost; a share of the surplus only when there is one. What
    all receive, the holder included, adds up to revenue and income less costs, in every year.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding, error, nearest, offenders
from nonetloss.core.language import Text
from nonetloss.forest.concession.selling import risen

BASES = ("revenue", "surplus")
LOSSES = ("carried", "yearly")
KINDS = ("community", "state", "manager", "other")
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a share of the revenue or of the surplus."""

    name: str
    title: Text
    kind: str
    base: str
    share: float


def read_sharing(table: pd.DataFrame | None, *, holder: str) -> tuple[Party, ...]:
    """Parties of the agreement, in order of name and base.

    Parameters
    ----------
    table : DataFrame or None
        `party`, `share` (0 to 1), and where known `base` (revenue | surplus; blank: surplus),
        `kind` (community | state | manager | other), `title_es`, `title_en`. A party may have a
        share of each base. None: all is the holder's.
    holder : str
        Name of whoever keeps the rest; no party may bear it.

    Raises
    ------
    InputError
        With everything wrong: `concession.columns`, `concession.share`, `concession.share-base`,
        `concession.party-kind`, `concession.party-twice`, `concession.shares-above-one`.
    """
    if table is None or table.empty:
        return ()
    missing = [c for c in ("party", "share") if c not in table.columns]
    if missing:
        raise InputError.because(
            "concession.columns", "sharing", missing=offenders(missing),
            columns=offenders(table.columns, 20),
        )  # fmt: skip
    found: list[Finding] = []
    parties = [_party(row, found) for _, row in table.iterrows()]
    keys = [(p.name, p.base) for p in parties]
    twice = sorted({n for n, b in keys if keys.count((n, b)) > 1 or n in ("", holder)})
    if twice:
        found.append(error("concession.party-twice", "sharing", names=offenders(twice)))
    for base in BASES:
        total = sum(p.share for p in parties if p.base == base)
        if total > 1 + _SLACK:
            found.append(error("concession.shares-above-one", base, total=f"{total:g}"))
    if found:
        raise InputError(*found)
    return tuple(sorted(parties, key=lambda p: (p.name, p.base)))


def share_out(
    parties: Sequence[Party], *, revenue: np.ndarray, other: np.ndarray, losses: str
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What each party and the holder receive.

    Parameters
    ----------
    parties : sequence of Party
    revenue, other : (years, …)
        Revenue of carbon; other income less costs.
    losses : str
        `carried` or `yearly`.

    Returns
    -------
    dict of (years, …) by name of the party, and (years, …) of the holder.
    """
    first = sum(p.share for p in parties if p.base == "revenue")
    surplus = revenue * (1.0 - first) + other
    shared = risen(surplus) if losses == "carried" else np.maximum(surplus, 0.0)
    received: dict[str, np.ndarray] = {}
    holder = surplus.copy()
    for party in parties:
        amount = party.share * (revenue if party.base == "revenue" else shared)
        received[party.name] = received.get(party.name, 0.0) + amount
        if party.base == "surplus":
            holder = holder - amount
    return received, holder


def _party(row: pd.Series, found: list[Finding]) -> Party:
    name, kind = _word(row, "party"), _word(row, "kind") or "other"
    base = _word(row, "base") or "surplus"
    share = float(pd.to_numeric(row["share"], errors="coerce"))
    if not 0 <= share <= 1:
        found.append(error("concession.share", name, found=row["share"]))
    if base not in BASES:
        known = offenders(BASES)
        found.append(
            error("concession.share-base", name, found=base, known=known,
                  nearest=nearest(base, BASES))
        )  # fmt: skip
    if kind not in KINDS:
        found.append(
            error("concession.party-kind", name, found=kind, known=offenders(KINDS),
                  nearest=nearest(kind, KINDS))
        )  # fmt: skip
    title = Text(es=_word(row, "title_es") or name, en=_word(row, "title_en") or name)
    return Party(name, title, kind, base, share)


def _word(row: pd.Series, column: str) -> str:
    value = row.get(column)
    return "" if value is None or pd.isna(value) else str(value).strip()
