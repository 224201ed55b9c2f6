"""What is a hectare worth to nature, and to people?

Question on the ground
    Which indicators describe the state of an ecosystem, who weighs them against each other, and
    what do species and the services of nature add that hectares do not tell?

Public names
    `offset.value.ahp_weights`, `offset.value.weighted_value`, `offset.value.Weights`,
    `offset.value.valuation.ecological_value`, `offset.value.habitat.habitat_quality`,
    `offset.value.star.star_threat_abatement`, `offset.value.persistence.persistence_change`,
    `offset.value.abundance.abundance_loss`.

Papers
    Saaty 1977, doi 10.1016/0022-2496(77)90033-5; Parkes et al. 2003,
    doi 10.1046/j.1442-8903.4.s.4.x; Mair et al. 2021, doi 10.1038/s41559-021-01432-0; Eyres et
    al. 2025, doi 10.1098/rstb.2023.0327; Sharp et al. 2020, InVEST user guide.

What it does not do
    It decides nobody's weights, and does not turn species, carbon and water into one number.
"""

from nonetloss.offset.value.ahp import (
    CONSISTENCY_LIMIT,
    RANDOM_INDEX,
    Weights,
    ahp_weights,
    checked_weights,
    combined_judgments,
    read_judgments,
    require_consistent,
    weighted_value,
)

__all__ = [
    "CONSISTENCY_LIMIT",
    "RANDOM_INDEX",
    "Weights",
    "ahp_weights",
    "checked_weights",
    "combined_judgments",
    "read_judgments",
    "require_consistent",
    "weighted_value",
]
