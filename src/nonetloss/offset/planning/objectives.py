"""What a selection is for: five questions, each a frozen record.

Targets are amounts, (features,) summed over all zones or (features, zones) for each zone by
itself; NaN asks for nothing. `extra` adds targets over some zones together. Weights (features,)
default to 1. The amount of a budget is in the unit of the costs.

References
----------
Minimum shortfall: Arponen et al. 2005, doi 10.1111/j.1523-1739.2005.00218.x; maximum features:
Church et al. 1996, doi 10.1016/0006-3207(95)00102-6.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class JointTarget:
    """At least `amount` of one feature in several zones together (indices)."""

    feature: int
    zones: tuple[int, ...]
    amount: float


@dataclass(frozen=True, slots=True)
class MinimumSet:
    """Reach every target at least cost."""

    targets: np.ndarray
    extra: tuple[JointTarget, ...] = ()


@dataclass(frozen=True, slots=True)
class MaximumUtility:
    """Hold as much as possible, weighted, within a budget; of equal amounts, the cheaper."""

    budget: float
    weights: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class MaximumFeatures:
    """Reach as many targets as possible, weighted, within a budget."""

    targets: np.ndarray
    budget: float
    weights: np.ndarray | None = None
    extra: tuple[JointTarget, ...] = ()


@dataclass(frozen=True, slots=True)
class MinimumShortfall:
    """Miss targets as little as possible in sum, each as a weighted share of itself."""

    targets: np.ndarray
    budget: float
    weights: np.ndarray | None = None
    extra: tuple[JointTarget, ...] = ()


@dataclass(frozen=True, slots=True)
class MinimumLargestShortfall:
    """Let the target that is missed by the largest share be missed as little as possible."""

    targets: np.ndarray
    budget: float
    extra: tuple[JointTarget, ...] = ()


Objective = (
    MinimumSet | MaximumUtility | MaximumFeatures | MinimumShortfall | MinimumLargestShortfall
)
