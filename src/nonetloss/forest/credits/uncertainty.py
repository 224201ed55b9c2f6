"""How much of a reduction is not credited because it is uncertain: one interface, several rules.

Every rule turns the spread of the draws of a reduction into the share that is taken off.

- ``none``: nothing.
- ``trees``: a·HW90/b, with HW90 the half-width of the 90 % interval as a share of the mean. As
  HW90/b is the relative standard error and a the normal quantile at 70 %, what remains is reached
  with a probability of 70 %.
- ``quantile``: the relative standard deviation times a one-sided t.
- ``excess``, ``acr``, ``gold-standard``: what HW90 exceeds a free band, times a scale.
- ``vm0007``: what the half-width of the 95 % interval exceeds a free band.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nonetloss.core.language import LANGUAGES, Text
from nonetloss.forest.credits.rule_use import Used, used
from nonetloss.rules.model import RulesInForce


@dataclass(frozen=True, slots=True)
class Strategy:
    """A rule of deduction: the rule set and the parameters it reads, and the interval it looks at.

    `kind` is none, ratio (first parameter · HW / second), quantile or excess (what exceeds the
    first parameter, times the second if there is one). `{free}` in a title stands for the first
    parameter in percent: see `titled`.
    """

    name: str
    title: Text
    kind: str
    ruleset: str = ""
    parameters: tuple[str, ...] = ()
    level: float = 0.90


STRATEGIES = {
    s.name: s
    for s in (
        Strategy("none", Text(es="Sin deducción", en="No deduction"), "none"),
        Strategy(
            "trees",
            Text(es="TREES: 70 % de probabilidad", en="TREES: probability of 70 %"),
            "ratio",
            "art",
            ("trees.uncertainty-numerator", "trees.uncertainty-denominator"),
        ),
        Strategy(
            "quantile",
            Text(es="VM0042: t de una cola al 66,7 %", en="VM0042: one-sided t at 66.7 %"),
            "quantile",
            "verra",
            ("vm0042.uncertainty-quantile",),
        ),
        Strategy(
            "excess",
            Text(es="VMD0055: exceso sobre {free} %", en="VMD0055: excess over {free} %"),
            "excess",
            "verra",
            ("vmd0055.uncertainty-free", "vmd0055.uncertainty-scale"),
        ),
        Strategy(
            "acr",
            Text(es="ACR: exceso sobre {free} %", en="ACR: excess over {free} %"),
            "excess",
            "verra",
            ("acr.uncertainty-free",),
        ),
        Strategy(
            "vm0007",
            Text(
                es="VM0007: exceso sobre {free} %, al 95 %",
                en="VM0007: excess over {free} %, at 95 %",
            ),
            "excess",
            "verra",
            ("vm0007.uncertainty-free",),
            level=0.95,
        ),
        Strategy(
            "gold-standard",
            Text(
                es="Gold Standard: exceso sobre {free} %",
                en="Gold Standard: excess over {free} %",
            ),
            "excess",
            "verra",
            ("gold-standard.uncertainty-free",),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Deduction:
    """Share of a reduction that is not credited, in [0, 1], and the spread it comes from.

    `half_width` is that of the strategy's interval as a share of the mean; NaN where the mean is
    not positive, and then nothing is deducted: there is nothing to credit. Where the likely value
    is positive all the same, an account deducts all of it.
    """

    share: float
    half_width: float


def half_width(draws: np.ndarray, *, level: float = 0.90) -> float:
    """Half of the central interval of draws (draws,) as a share of their mean; NaN if it is ≤ 0."""
    mean = float(np.mean(draws))
    if not mean > 0:
        return float("nan")
    low, high = np.quantile(draws, ((1 - level) / 2, (1 + level) / 2))
    return float(high - low) / 2 / mean


def deduction(
    strategy: Strategy, draws: np.ndarray, *, standards: Mapping[str, RulesInForce]
) -> Deduction:
    """What a strategy takes off a reduction with these draws (draws,).

    Raises
    ------
    InputError
        `credits.standard-missing` if the rule set of the strategy is not among the standards.
    """
    width = half_width(draws, level=strategy.level)
    if strategy.kind == "none" or not np.isfinite(width):
        return Deduction(0.0, width)
    values = [u.value for u in parameters_of(strategy, standards=standards)]
    spread = float(np.std(draws, ddof=1) / np.mean(draws)) if len(draws) > 1 else 0.0
    return Deduction(share_of(strategy.kind, width, spread=spread, values=values), width)


def share_of(kind: str, width: float, *, spread: float, values: list[float]) -> float:
    """The share deducted, from a relative half-width and a relative standard deviation."""
    if kind == "ratio":
        share = values[0] * width / values[1]
    elif kind == "quantile":
        share = values[0] * spread
    else:
        share = max(0.0, width - values[0]) * (values[1] if len(values) > 1 else 1.0)
    return float(np.clip(share, 0.0, 1.0))


def parameters_of(strategy: Strategy, *, standards: Mapping[str, RulesInForce]) -> tuple[Used, ...]:
    """The rules that a strategy reads, with their sources."""
    return tuple(used(standards, strategy.ruleset, id, unit="") for id in strategy.parameters)


def titled(strategy: Strategy, rules: Sequence[Used]) -> dict[str, str]:
    """The columns title_es and title_en, with the free band that its rules state."""
    free = f"{100 * rules[0].value:g}" if rules else ""
    return {f"title_{lang}": strategy.title[lang].format(free=free) for lang in LANGUAGES}
