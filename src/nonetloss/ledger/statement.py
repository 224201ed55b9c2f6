"""The balance sheet of the mitigation hierarchy: rows, chances, findings."""

import math
from dataclasses import dataclass

import pandas as pd

from nonetloss.core.findings import Finding

TOTAL = "total"
FLOWS = ("before", "avoided", "minimized", "residual", "offset", "net")
QUANTILES = (("p05", 0.05), ("p50", 0.50), ("p95", 0.95))

# Two-sided 95 % of the normal distribution, for the Wilson interval.
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Probability:
    """A share of draws, with what the finite number of draws leaves open.

    `low` and `high` are the Wilson 95 % interval (Wilson 1927), which stays inside [0, 1] and does
    not collapse at 0 or 1; `standard_error` is sqrt(p (1 - p) / draws).
    """

    value: float
    low: float
    high: float
    standard_error: float
    draws: int


@dataclass(frozen=True, slots=True)
class Balance:
    """The hierarchy balance of one chosen alternative.

    `table` has one row per asset and component and one `total` row per asset: asset, component,
    unit, then before, avoided, minimized, residual, offset, net at the likely values, and each of
    these with `_p05`, `_p50`, `_p95`. Offset and net of a component row are NaN: they are not
    defined there. `no_net_loss` has one row per asset: holds (at the likely values), probability,
    probability_low, probability_high, standard_error, draws. `joint` is the same for all assets in
    the same draw.
    """

    table: pd.DataFrame
    no_net_loss: pd.DataFrame
    joint: Probability
    unit: str
    assets: tuple[str, ...]
    components: tuple[str, ...]
    tolerance: float
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether every asset reaches no net loss at the likely values."""
        return bool(self.no_net_loss["holds"].all())


def probability(hits: int, draws: int) -> Probability:
    """A share of draws with its Wilson 95 % interval and standard error. `draws` is positive."""
    share = hits / draws
    spread = 1 + _Z**2 / draws
    center = (share + _Z**2 / (2 * draws)) / spread
    half = _Z * math.sqrt(share * (1 - share) / draws + _Z**2 / (4 * draws**2)) / spread
    # The ends are exactly 0 and 1 there; in floats they miss by the last digit.
    low = 0.0 if hits == 0 else center - half
    high = 1.0 if hits == draws else center + half
    return Probability(share, low, high, math.sqrt(share * (1 - share) / draws), draws)
