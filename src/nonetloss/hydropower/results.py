"""What a search for dam portfolios gives, and what it proves."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nonetloss.core.findings import Finding
from nonetloss.core.language import Text
from nonetloss.landscape.river import Id


@dataclass(frozen=True, slots=True)
class CriterionLabel:
    """Name, title, unit and sense ("max" or "min") of one criterion of a front."""

    name: str
    title: Text
    unit: str
    sense: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is proven of a front, and what the proof took.

    `resolution` says by criterion, in its unit, below which difference two values count as equal;
    0: none, the decimals of the input were summed exactly. `combined` counts the pairs of partial
    portfolios that there were, `examined` those that had to be looked at, `largest_partial` the
    longest front of a part of the basin, `peak_bytes` the largest memory that the search held in
    its own arrays.
    """

    epsilon: float
    exact: bool
    resolution: dict[str, float]
    combined: int
    examined: int
    largest_partial: int
    peak_bytes: int
    reevaluated: int


@dataclass(frozen=True, slots=True)
class Frontier:
    """Efficient dam portfolios.

    `values` has one row per portfolio and one column per criterion, in the unit of the criterion,
    minimized ones positive as well (`values.attrs["units"]`). `portfolios` is bool (rows, dams):
    what stands, built dams included. `choices` is int8 (rows, dams): 0 not built, k the k-th
    option of the site. `dams` are the ids in the order of the columns.

    `epsilon` is what was proven: every feasible portfolio is matched by one of these that is at
    least (1 - epsilon) times as good in what is maximized and at most (1 + epsilon) times in what
    is minimized. `asked_epsilon` is what was asked; where the search was interrupted, `finished`
    is False and `epsilon` the last proven level.
    """

    criteria: tuple[CriterionLabel, ...]
    dams: tuple[Id, ...]
    values: pd.DataFrame
    portfolios: np.ndarray
    choices: np.ndarray
    epsilon: float
    asked_epsilon: float
    finished: bool
    certificate: Certificate
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.values)
