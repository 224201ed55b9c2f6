"""What each parcel gains against what would happen anyway, year by year and as credited."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from nonetloss.core.errors import InputError
from nonetloss.core.findings import Finding


@dataclass(frozen=True, slots=True)
class Gains:
    """Gain per parcel, area included, in quality-hectares.

    `years` (years,) counts from the impact (year 0). `with_offset`, `without_offset`
    (parcels, years) are likely values per hectare, in [0, 1]. `likely` (parcels,) and `draws`
    (parcels, draws) are the credited gain: the discounted mean of the yearly gain over the
    horizon, so that a loss that lasts the whole horizon counts in full and both are comparable.
    `loss_factor` is what a quality-hectare of loss counts under the same convention (1 where it
    is permanent and starts in year 0). A gain can be negative.

    `with_low`, `with_high`, `without_low`, `without_high` (parcels, years) hold 90 % of the draws
    of those values. `restored` and `averted` (parcels,) are the parts of `likely` that come from
    nature brought back and from loss averted; `static` (parcels,) is area × (value with - value
    without) as the parcels state it, without time. `yearly` (parcels, years) is the likely gain of
    each year as it counts, after leakage and in quality-hectares. `loss_factors` is the loss
    factor by ecosystem, of which `loss_factor` is the largest. `sensitivity` tells the likely gain
    again with one assumption changed at a time (parcel, assumption, value, gain_likely_qha). None
    and empty: not computed.
    """

    parcels: tuple[str, ...]
    years: np.ndarray
    with_offset: np.ndarray
    without_offset: np.ndarray
    likely: np.ndarray
    draws: np.ndarray
    loss_factor: float = 1.0
    findings: tuple[Finding, ...] = ()
    with_low: np.ndarray | None = None
    with_high: np.ndarray | None = None
    without_low: np.ndarray | None = None
    without_high: np.ndarray | None = None
    restored: np.ndarray | None = None
    averted: np.ndarray | None = None
    static: np.ndarray | None = None
    loss_factors: Mapping[str, float] = field(default_factory=dict)
    sensitivity: pd.DataFrame = field(default_factory=pd.DataFrame)
    yearly: np.ndarray | None = None

    def __post_init__(self) -> None:
        shape = (len(self.parcels), self.years.size)
        found = (self.with_offset.shape, self.without_offset.shape)
        lengths = (self.likely.shape[0], self.draws.shape[0])
        if self.yearly is not None and self.yearly.shape != shape:
            raise InputError.because("loss.shape", "gains", found=self.yearly.shape, expected=shape)
        if found != (shape, shape) or lengths != (shape[0], shape[0]):
            raise InputError.because("loss.shape", "gains", found=(found, lengths), expected=shape)
