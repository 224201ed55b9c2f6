"""The balance sheet of the mitigation hierarchy: rows, chances, findings."""

from dataclasses import dataclass

import pandas as pd

from nonetloss.core.findings import Finding
from nonetloss.numerics.stats import Probability

TOTAL = "total"
FLOWS = ("before", "avoided", "minimized", "residual", "offset", "net")
QUANTILES = (("p05", 0.05), ("p50", 0.50), ("p95", 0.95))


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
