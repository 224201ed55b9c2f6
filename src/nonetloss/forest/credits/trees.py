"""ART TREES: buffer, leakage and uncertainty of a jurisdiction, all taken on gross.

net = gross - buffer·gross - leakage·gross - UA·gross. TREES credits countries and states; applied
to a project it only tells what the same reductions would be worth under its rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nonetloss.core.errors import InputError
from nonetloss.core.language import Text
from nonetloss.forest.credits.rule_use import Used, of_study, told, used
from nonetloss.rules.model import RulesInForce

NAME = "art"
MITIGATIONS = ("legislation", "variability", "plan")
_SHARE = Text(
    es="Parte del bosque nacional que se contabiliza", en="Share of national forest accounted for"
)


@dataclass(frozen=True, slots=True)
class TreesShares:
    """Shares of gross that go to the buffer and to leakage, and the rules they come from."""

    buffer: float
    leakage: float
    used: tuple[Used, ...]


def shares(
    standards: Mapping[str, RulesInForce],
    *,
    mitigations: Sequence[str] = (),
    national_share: float | None = None,
) -> TreesShares:
    """Buffer and leakage of TREES.

    Parameters
    ----------
    standards : mapping of name to RulesInForce
    mitigations : sequence of str
        Of `MITIGATIONS`; each lowers the buffer.
    national_share : float, optional
        Share of the national forest that is accounted for. None: the least, with the highest
        deduction.

    Raises
    ------
    InputError
        `credits.standard-missing`.
    """
    rules = [used(standards, NAME, "trees.buffer", unit="")]
    rules += [
        used(standards, NAME, f"trees.buffer-{m}", unit="") for m in dict.fromkeys(mitigations)
    ]
    buffer = rules[0].value - sum(r.value for r in rules[1:])
    art = standards[NAME]
    bounds = art.table("trees.leakage-bounds", unit="")
    steps = art.table("trees.leakage-shares", unit="")
    share = 0.0 if national_share is None else national_share
    # A share of just 25 % or 60 % lies in the better band; nothing is left only above 90 %.
    band = int(np.searchsorted(bounds[:-1], share, side="right")) + int(share > bounds[-1])
    leakage = steps[band]
    rules += [told(art.parameter("trees.leakage-shares"), NAME)]
    if national_share is not None:
        rules += [of_study("national_share", _SHARE, national_share)]
    return TreesShares(max(0.0, buffer), float(leakage), tuple(rules))


def net(gross: float, *, buffer: float, leakage: float, uncertainty: float) -> float:
    """Credits after all shares of gross."""
    return gross * (1 - buffer - leakage - uncertainty)


def hfld_level(mean: float, *, score: float, stock: float, share: float) -> float:
    """Crediting level where much forest stands and little is lost: mean + score·share·stock.

    `mean` in tCO2e per year over five years, `stock` in tCO2e, `score` from 0 to 1.

    Raises
    ------
    InputError
        `credits.hfld-score` if the score is given in points of a hundred.
    """
    if not 0 <= score <= 1:
        raise InputError.because("credits.hfld-score", "score", value=f"{score:g}")
    return mean + score * share * stock


def implied_uncertainty(issued: float, buffer: float, *, buffer_share: float) -> float:
    """The uncertainty adjustment behind a published issuance, of which `buffer` is a part.

    gross = buffer/buffer_share; what was issued is gross less the adjustment, so that the share is
    1 - issued/gross, where there is no leakage.
    """
    return 1 - issued * buffer_share / buffer


def implied_half_width(share: float, *, numerator: float, denominator: float) -> float:
    """Half-width of the 90 % interval, as a share of the mean, behind an uncertainty adjustment."""
    return share * denominator / numerator
