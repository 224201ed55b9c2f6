"""What counts as gain and as impact: the vocabulary of OffsetSim.

Source: the program OffsetSim (isaacpeterson/offset_simulator), whose names are kept; Maron et al.
2018, doi 10.1038/s41893-017-0007-7 (no net loss relative to what).
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from nonetloss.core.errors import InputError

Gain = Literal[
    "restoration_gains",
    "avoided_condition_decline",
    "net_gains",
    "current_condition_maintain",
    "current_condition_protect",
    "protected_condition",
]
Impact = Literal["current_condition", "future_condition"]
GAINS: tuple[str, ...] = get_args(Gain)
IMPACTS: tuple[str, ...] = get_args(Impact)
# Credits for nature that is there already: nothing is added, so that no net loss cannot follow.
NOT_ADDITIONAL = ("current_condition_maintain", "current_condition_protect", "protected_condition")

# Credits that do not look at the value with the offset: what is lost again still counts.
NOT_LOST_AGAIN = ("avoided_condition_decline", *NOT_ADDITIONAL)


@dataclass(frozen=True, slots=True)
class Paths:
    """Values of a hectare over the years, (n, years), n draws or 1.

    `intended` with the offset; `without` it, planned changes included; `protected` without it and
    without planned changes; `at_start` (n,) when the offset begins; `begun` (years,) whether it
    has.
    """

    intended: np.ndarray
    without: np.ndarray
    protected: np.ndarray
    at_start: np.ndarray
    begun: np.ndarray


def credited(
    gain: str, paths: Paths, *, leakage: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Credit per hectare and year, (n, years): (what is brought back, what is kept).

    Parameters
    ----------
    gain : str
        One of `GAINS`.
    paths : Paths
    leakage : float or (n,)
        Share of an averted loss that happens elsewhere instead, in [0, 1]. It is taken from
        averted loss only, and only where a loss is averted; with `net_gains`, what the offset
        itself does not hold (value with it below v(s)) is not averted and does not leak.

    Raises
    ------
    InputError
        `counterfactual.gain`.

    Notes
    -----
    With v(s) the value when the offset begins, from then on

        restoration_gains           with(t) - v(s)
        avoided_condition_decline   v(s) - without(t)
        net_gains                   both: with(t) - without(t)
        current_condition_maintain  v(s), held
        current_condition_protect   v(s), though it may go on declining
        protected_condition         what is left under protection, at t

    The last three count what is there already.
    """
    if gain not in GAINS:
        raise InputError.because("counterfactual.gain", gain, allowed=" | ".join(GAINS))
    before = np.reshape(paths.at_start, (-1, 1))
    share = np.reshape(np.asarray(leakage, np.float64), (-1, 1))
    restored = np.where(paths.begun, paths.intended - before, 0.0)
    held = np.minimum(before, paths.intended) if gain == "net_gains" else before
    leaked = share * np.maximum(0.0, held - paths.without)
    averted = np.where(paths.begun, before - paths.without - leaked, 0.0)
    nothing = np.zeros_like(restored)
    if gain == "restoration_gains":
        return restored, nothing
    if gain == "avoided_condition_decline":
        return nothing, averted
    if gain == "net_gains":
        return restored, averted
    there = paths.protected if gain == "protected_condition" else before
    return nothing, np.where(paths.begun, there + nothing, 0.0)
