"""No net loss with a wanted probability: over states of the world, checked on others.

References
----------
Luedtke & Ahmed 2008 (sample average approximation of chance constraints), doi 10.1137/070702928.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from nonetloss.landscape.ecosystems import Ecosystem
from nonetloss.numerics.stats import probability as proportion
from nonetloss.offset.requirement import Requirement, Scenarios
from nonetloss.offset.search import Choice, Terms, pursue

# How often the share of states is raised that the search has to hold.
ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Chance:
    """What the search was asked to hold and what came of it.

    `asked` is the share of `states` that the last search had to hold, `optimized` the share it
    holds, `held_out` the share of other states that the selection holds.
    """

    wanted: float
    states: int
    asked: float
    optimized: float
    held_out: float
    rounds: int


def pursue_probability(
    problem: Requirement,
    losses: tuple[Ecosystem, ...],
    terms: Terms,
    *,
    wanted: float,
    states: Scenarios,
    check: Callable[[Choice], float],
    checked: int,
) -> tuple[Choice, Chance]:
    """Least cost with which the wanted share of states ends without a net loss.

    Parameters
    ----------
    states : Scenarios
        States that the search sees; its `missed` is not read.
    check : function of a Choice
        Share of states that hold, among those that the search never saw.
    checked : int
        How many those are.

    Notes
    -----
    A selection that is best for the states it was chosen by does worse in others. So it is
    measured on others, and where it falls short there, the search has to hold a larger share of
    its own, up to all of them. Looking at the other states a few times favors them a little, and
    they are a sample themselves: the search aims one standard error above what is wanted. Where
    no turn gets there, the selection that holds in most of them is the answer.
    """
    count = states.lost.shape[1]
    allowed = int(np.floor((1.0 - wanted) * count + 1e-9))
    aim = min(wanted + np.sqrt(wanted * (1.0 - wanted) / max(checked, 1)), 1.0)
    best: tuple[Choice, Chance] | None = None
    for turn in range(1, ROUNDS + 1):
        asked = replace(states, missed=allowed)
        choice = pursue(problem, losses, replace(terms, scenarios=asked))
        seen = _share_held(choice, count)
        told = Chance(wanted, count, 1.0 - allowed / count, seen, check(choice), turn)
        if not choice.met:
            return best or (choice, told)
        if best is None or told.held_out > best[1].held_out:
            best = (choice, told)
        if told.held_out >= aim or allowed == 0:
            break
        allowed = max(0, allowed - max(1, int(np.ceil((aim - told.held_out) * count - 1e-9))))
    assert best is not None
    return best


def interval(hits: np.ndarray) -> tuple[float, float, float]:
    """Share of True and its Wilson 95 % interval; NaN without any draw."""
    if hits.size == 0:
        return (float("nan"),) * 3
    told = proportion(hits)
    return told.value, told.low, told.high


def shares_of(choice: Choice, losses: int, options: int) -> np.ndarray | None:
    """(losses, options) shares that the search fixed; None where it fixed none."""
    if choice.program is None or choice.answer is None or "shares" not in choice.program.marks:
        return None
    marks = choice.program.marks
    share = np.zeros((losses, options))
    share[marks["loss"], marks["option"]] = np.clip(choice.answer.values[marks["shares"]], 0, 1)
    return share


def _share_held(choice: Choice, count: int) -> float:
    if choice.program is None or choice.answer is None or "missed" not in choice.program.marks:
        return float("nan")
    return 1.0 - float(choice.answer.values[choice.program.marks["missed"]].sum()) / count
