"""Which units of land, in which zone, do most for nature at least cost?

Question on the ground
    A region is divided into units, each with a cost and an amount of every feature. Which of
    them reach all targets most cheaply, or bring most within a budget, in one piece or compactly,
    and how much better could any other choice be?

Public names
    `offset.planning.planning_units`, `offset.planning.allocate`, `offset.planning.Allocation`,
    `offset.planning.replacement_cost`, `offset.planning.ferrier_importance`,
    `offset.planning.rarity_weighted_richness`, and the objectives and demands of
    `offset.planning.objectives` and `offset.planning.demands`.

Papers
    Rodrigues et al. 2000, doi 10.1016/S0006-3207(99)00171-0 (exact against heuristic selection);
    Beyer et al. 2016, doi 10.1016/j.ecolmodel.2016.02.005 (boundary penalties in linear form);
    Schuster et al. 2020, doi 10.7717/peerj.9258; Ferrier et al. 2000,
    doi 10.1016/S0006-3207(99)00149-4.

What it does not do
    It keeps no account of losses: targets come from outside. For offsets with like-for-like
    rules, counterfactuals and communities, see `offset.portfolio`.
"""

from nonetloss.offset.planning.allocation import Allocation, allocate
from nonetloss.offset.planning.importance import (
    ferrier_importance,
    rarity_weighted_richness,
    replacement_cost,
)
from nonetloss.offset.planning.units import Units, planning_units

__all__ = [
    "Allocation",
    "Units",
    "allocate",
    "ferrier_importance",
    "planning_units",
    "rarity_weighted_richness",
    "replacement_cost",
]
