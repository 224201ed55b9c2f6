"""Who may count the gain of which land: each piece once, in exact amounts.

Mathematical formulation
    Claim c asks a_cp of piece p (its amount times the share of its parcel that the piece is). The
    piece gains at most W_p, the most that any parcel over it gains there. If Σ_c a_cp <= W_p all
    claims count. Else, by `sharing`::

        refuse        the claims are an error
        proportional  x_cp = a_cp W_p / Σ_c a_cp
        first         in order of date, x_cp = min(a_cp, what is left of W_p);
                      claims of one day share what is left in proportion

In words
    Land gains once. Whoever claims it a second time has to be told so, or share it by a rule that
    does not depend on who is listed first.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Literal

from nonetloss.ledger.shared_land import Piece

Sharing = Literal["refuse", "first", "proportional"]
SHARINGS = ("refuse", "first", "proportional")


@dataclass(frozen=True, slots=True)
class Claim:
    """An amount that somebody takes from a parcel. `rank` orders claims in time: the date."""

    key: Hashable
    parcel: str
    project: str
    rank: str
    millionths: int


@dataclass(frozen=True, slots=True)
class Settled:
    """One piece: what it gains at most, who asks for how much, and what counts.

    `asked` and `counted` go by key of the claim, in millionths. `conflict`: more was asked than
    the piece gains.
    """

    piece: Piece
    whole: int
    asked: Mapping[Hashable, int]
    counted: Mapping[Hashable, int]
    conflict: bool


def settle(
    claims: Sequence[Claim],
    *,
    wholes: Mapping[str, int],
    shares: Mapping[str, Mapping[Piece, float]],
    sharing: Sharing,
) -> tuple[Settled, ...]:
    """What counts of every claim, piece by piece, sorted by piece.

    Parameters
    ----------
    claims : sequence of Claim
        Keys are unique and sortable; the order of the claims does not matter.
    wholes : mapping of parcel to millionths that the whole parcel gains
    shares : mapping of parcel to shares by piece, from `shared_land.pieces_of`
    sharing : "refuse" counts nothing of a piece in conflict
    """
    asked: dict[Piece, dict[Claim, int]] = {}
    most: dict[Piece, int] = {}
    for parcel in sorted({c.parcel for c in claims}):
        pieces, weights = zip(*sorted(shares[parcel].items()), strict=True)
        for piece, part in zip(pieces, split(wholes[parcel], weights), strict=True):
            most[piece] = max(most.get(piece, 0), part)
    for claim in sorted(claims, key=lambda c: (c.rank, c.key)):
        pieces, weights = zip(*sorted(shares[claim.parcel].items()), strict=True)
        for piece, part in zip(pieces, split(claim.millionths, weights), strict=True):
            asked.setdefault(piece, {})[claim] = part
    made = []
    for piece in sorted(asked):
        wanted = asked[piece]
        total = sum(wanted.values())
        # Shares of whole amounts round to a millionth, one for each claim at most.
        rounding = len(wanted) if total - most[piece] <= len(wanted) else 0
        whole = max(most[piece], total) if rounding else most[piece]
        conflict = total > whole
        counted = dict(wanted) if not conflict else _shared(wanted, whole, sharing)
        made.append(
            Settled(
                piece,
                whole,
                {c.key: n for c, n in wanted.items()},
                {c.key: n for c, n in counted.items()},
                conflict,
            )
        )
    return tuple(made)


def split(total: int, weights: Sequence[float]) -> list[int]:
    """A whole amount in parts as the weights, exactly: largest remainders are rounded up.

    Weights are not negative and not all zero; of equal remainders the first is rounded up.
    """
    exact = [Fraction(w) for w in weights]
    shares = [total * w / sum(exact) for w in exact]
    parts = [int(s) for s in shares]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - shares[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def _shared(wanted: Mapping[Claim, int], whole: int, sharing: Sharing) -> dict[Claim, int]:
    if sharing == "refuse":
        return dict.fromkeys(wanted, 0)
    if sharing == "proportional":
        return dict(zip(wanted, split(whole, list(wanted.values())), strict=True))
    counted: dict[Claim, int] = {}
    left = whole
    for _, day in groupby(wanted, key=lambda c: c.rank):  # sorted by rank
        together = list(day)
        amounts = [wanted[c] for c in together]
        if sum(amounts) > left:
            amounts = split(left, amounts)
        counted |= dict(zip(together, amounts, strict=True))
        left -= sum(amounts)
    return counted
